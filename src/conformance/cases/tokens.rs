//! Texts of the cases about a shared token in another spelling.

use super::{Case, Family, Level, of, refuses};

const EXACT: &str = "compare the lengths of the token and of what came, then all bytes with a constant-time function";

#[rustfmt::skip]
pub(super) const TOKENS: &[Case] = &[
    refuses("token-upper-case", "the token in upper case is refused",
        "the control with its token in upper case",
        "Letters are compared without their case, as a text column of MySQL does by default. A forger has far fewer \
         tokens to guess.",
        EXACT),
    refuses("token-lower-case", "the token in lower case is refused",
        "the control with its token in lower case",
        "Letters are compared without their case, as a text column of MySQL does by default. A forger has far fewer \
         tokens to guess.",
        EXACT),
    refuses("token-suffix", "the token with a letter after it is refused",
        "the control with one more letter at the end of its token",
        "Only the beginning of what came is compared, or the token is searched in it. A long value that holds many \
         guesses passes with one request.",
        EXACT),
    refuses("token-prefix", "the token with a letter before it is refused",
        "the control with one more letter at the start of its token",
        "Only the end of what came is compared, or the token is searched in it. A long value that holds many guesses \
         passes with one request.",
        EXACT),
    of(Family::Refuses, Level::Info, "token-decorated", "the token in quotes or with an encoded blank is refused",
        "the control with its token in quotes, with %20 after it, and with a no-break space after it",
        "What came is decoded or trimmed before it is compared. Only the exact token is the provider's.",
        "compare the header's value as it came"),
];
