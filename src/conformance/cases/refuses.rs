//! Texts of the cases that a receiver must refuse.

use super::{Case, RAW, refuses};

#[rustfmt::skip]
pub(super) const REFUSES: &[Case] = &[
    refuses("tampered", "a body that was changed is refused",
        "the control with one letter or digit of its body changed after signing",
        "The signature does not protect the body. Whoever holds one delivery can change an account or an amount in \
         it and send it as the provider's.",
        "compute the signature over the whole raw body, and answer 401 where it differs"),
    refuses("whitespace-appended", "a body with a blank after it is refused",
        "the control with a blank after its body, under the old signature",
        "The body is trimmed, or parsed and written again, before it is hashed. Bytes that nobody signed pass, and \
         sound deliveries in another notation are lost.",
        RAW),
    refuses("no-signature", "a delivery without a signature is refused",
        "the control without its signature header",
        "Anyone who knows the address can send events as the provider, and the handler acts on them.",
        "answer 401 where the header is missing, with no exception for development"),
    refuses("wrong-secret", "a signature made with another secret is refused",
        "the control signed with a secret that is not the receiver's",
        "The signature is read and not checked against the secret. Any key will do, so anyone can forge deliveries.",
        "compute the signature with the secret, compare, and answer 401 where they differ"),
    refuses("empty-key", "a signature made with an empty key is refused",
        "the control signed with an empty key",
        "An empty key is among those that are tried, as where the variable of a second secret is not set, and anyone \
         can sign with it. Nine public repositories were found to accept forgeries that way.",
        "refuse to start without the secret, and never try a key that is empty"),
    refuses("key-undefined", "a signature made with the key undefined is refused",
        "the control signed with the text undefined as its key",
        "A variable that is not set was turned into text, and that text is a key. Anyone can guess it and forge \
         deliveries.",
        "check that each secret is set before it becomes a string, and refuse to start without it"),
    refuses("key-null", "a signature made with the key null is refused",
        "the control signed with the text null as its key",
        "A secret that is not set was turned into text, and that text is a key. Anyone can guess it and forge \
         deliveries.",
        "check that each secret is set before it becomes a string, and refuse to start without it"),
    refuses("sha1", "a signature with SHA-1 in its place is refused",
        "the control with its HMAC-SHA1 in the signature's place",
        "The sender of a request chooses the hash, or an older scheme was left open. A forger takes the weakest one \
         that passes, and the stronger protects nothing.",
        "accept the one hash that the scheme names, and drop the older header or version"),
    refuses("old-timestamp", "an old timestamp is refused",
        "the control signed with a timestamp older than the scheme allows",
        "A delivery that leaked from a log or a proxy can be sent again at any time. Its signature stays good, and \
         what it orders is done twice.",
        "compare the signed timestamp with the clock, and answer 401 beyond the tolerance"),
    refuses("future-timestamp", "a timestamp in the future is refused",
        "the control signed with a timestamp further ahead than the scheme allows",
        "A negative age slips through a check for deliveries that are too old. What a sender with a wrong clock \
         signed can be replayed until that moment is past.",
        "compare the absolute difference between timestamp and clock with the tolerance"),
    refuses("unsigned-time", "an old timestamp with a fresh time in an unsigned header is refused",
        "the control signed with a timestamp older than the scheme allows, and a fresh time in each header that holds \
         one and is not signed",
        "The age is read from a header that anyone can rewrite. A delivery that leaked can be sent again at any time, \
         and what it orders is done twice.",
        "read the age from the timestamp that the signature covers, and from nothing else"),
    refuses("first-half", "a signature that is right in its first half only is refused",
        "the control with the second half of its signature changed",
        "Only a part of the signature is compared. A forger has that much less to guess.",
        "compare the whole signature: lengths first, then all bytes with a constant-time function"),
    refuses("other-header", "a signature under another provider's header is refused",
        "the control with its signature under another provider's header and none under its own",
        "A signature is taken from wherever one is found. Where providers share the code, the weakest scheme among \
         them opens all the others.",
        "read the one header that the provider documents, chosen by the route and not by what came"),
];
