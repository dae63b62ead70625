//! Texts of the cases about a hash that the request names, as in `sha256=`.

use super::{Case, Family, Level, of, refuses};

const NAMED: &str = "compare the name before the digest with the one that the provider documents, and never pass it to \
                     a hash function";

// `list($algo, $hash) = explode('=', $header); hash_hmac($algo, ...)` has all of these faults: the request chooses the
// hash, and before PHP 8 hash_hmac() returns false for an unknown one, which equals an empty digest by `==`.
#[rustfmt::skip]
pub(super) const HASHES: &[Case] = &[
    refuses("algorithm-sha1", "a signature that names SHA-1 is refused",
        "the control with sha1= and its HMAC-SHA1 in the place of the documented hash and digest",
        "The request chooses the hash, as where the name before the digest is passed to the hash function. A forger \
         takes the weakest hash that the language knows, and the stronger one protects nothing.",
        NAMED),
    refuses("algorithm-md5", "a signature that names MD5 is refused",
        "the control with md5= and its HMAC-MD5 in the place of the documented hash and digest",
        "The request chooses the hash, as where the name before the digest is passed to the hash function. A forger \
         takes the weakest hash that the language knows, and the stronger one protects nothing.",
        NAMED),
    refuses("algorithm-wrong", "a wrong signature that names another hash is refused",
        "the control with sha1= and then with md5=, each with a digest made with another secret",
        "The digest is checked for one hash only, and another name skips the check. Anyone can forge deliveries.",
        NAMED),
    refuses("algorithm-unknown", "a wrong signature that names an unknown hash is refused",
        "the control with a name that no hash has and a wrong digest, with that name and no digest, and without a name",
        "A hash function throws or returns nothing for a name that it does not know, and nothing equals an empty digest. Anyone \
         causes a 500 that way, or forges deliveries.",
        NAMED),
    of(Family::Refuses, Level::Info, "algorithm-name", "a right digest under another name is refused",
        "the control with its right digest after a name that no hash has, and after none",
        "The name before the digest is cut off unread. No forgery passes by that alone, but a digest of a later \
         scheme would be read as one of this scheme.",
        NAMED),
];
