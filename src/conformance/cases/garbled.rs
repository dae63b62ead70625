//! Texts of the cases whose signature or body is garbled, which can end a receiver.

use super::{COMPARE, Case, refuses};

#[rustfmt::skip]
pub(super) const GARBLED: &[Case] = &[
    refuses("empty-signature", "an empty signature is refused",
        "the control with its signature header left empty",
        "Code that asks only whether the header is there lets it pass, or throws on comparing. Uncaught, the error \
         is a 500 or the end of the process, at one request from anyone.",
        "treat an empty header as a missing one, and answer 401"),
    refuses("short-signature", "a signature of a few characters is refused",
        "the control with a few characters in the signature's place",
        "Some constant-time functions throw on unequal lengths, as timingSafeEqual does. Uncaught, that is a 500 or \
         the end of the process, at one request from anyone.",
        COMPARE),
    refuses("one-short", "a signature without its last character is refused",
        "the control with the last character of its signature cut off",
        "A comparison that ends with the shorter value lets any beginning pass; one that throws makes a 500 or ends \
         the process. Anyone can send that request.",
        COMPARE),
    refuses("not-encoded", "a signature of the right length that decodes to nothing is refused",
        "the control with a signature of the right length that is neither hexadecimal nor base64",
        "A guard that counts characters lets it pass, the decoder yields fewer bytes, and the comparison throws: a \
         500 for anyone who asks. Published sample code has this flaw.",
        COMPARE),
    refuses("non-ascii", "a signature with bytes beyond ASCII is refused",
        "the control with bytes beyond ASCII in its signature",
        "Python's compare_digest raises on such text, and elsewhere characters no longer count as bytes. Uncaught, \
         that is a 500 that anyone can cause as often as they like.",
        "turn both sides into bytes before comparing, and answer 401 where that fails"),
    refuses("malformed", "an unsigned body that is not JSON is refused",
        "a body that is not JSON, without a signature",
        "A parser that runs before the verification takes input from anyone. Where its error is not caught, one \
         request is a 500 or the end of the process.",
        "verify the raw bytes first, parse what passed, and catch what the parser throws"),
];
