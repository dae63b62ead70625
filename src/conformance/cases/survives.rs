//! Texts of the cases that a receiver must survive.

use super::{Case, Family, Level, of};

#[rustfmt::skip]
pub(super) const SURVIVES: &[Case] = &[
    of(Family::Survives, Level::Should, "signed-not-json", "a signed body that is not JSON is declined",
        "a text that is not JSON, signed as the provider signs",
        "A right signature is no promise that the body can be parsed. Where the parser's error is not caught it is a \
         500, and the sender repeats it; a 2xx says that something was done with it.",
        "catch what the parser throws, and answer 400"),
    of(Family::Survives, Level::Info, "signed-empty", "a signed body of no bytes is answered",
        "a body of no bytes, signed as the provider signs",
        "Some senders prove an address with an empty body. Frameworks make null or an empty object of it, and code \
         that reads on throws.",
        "answer 400 where there is no body, before reading fields"),
    of(Family::Survives, Level::Info, "signed-scalar", "a signed body of one number is answered",
        "the number 1, signed as the provider signs",
        "It is JSON and has no fields. Code that reads one throws, and in one published library that was the end of \
         the process.",
        "check that the body is an object before reading fields"),
    of(Family::Survives, Level::Info, "signed-array", "a signed body that is a list is answered",
        "a list of three values, signed as the provider signs",
        "It is JSON and has no fields by name. Code that reads one gets nothing, or throws.",
        "check that the body is an object before reading fields"),
    of(Family::Survives, Level::Info, "deep-nesting", "a signed body nested 10,000 deep is answered",
        "the control with an extra field of lists 10,000 deep, signed anew",
        "Parsers that call themselves run out of stack: an exception in Python, the end of the process elsewhere.",
        "limit the depth, and catch what the parser throws"),
    of(Family::Survives, Level::Info, "invalid-utf8", "a signed body that is no UTF-8 is answered",
        "the control with two bytes in a text that are no UTF-8, signed anew",
        "Cut texts and old databases yield such bytes. Decoding them throws in some languages, and silently changes \
         them in others.",
        "hash the bytes, decode them afterwards, and answer 400 where that fails"),
    of(Family::Survives, Level::Info, "get", "a GET is answered",
        "a GET without a body",
        "Browsers, uptime monitors and scanners ask by GET. A handler that takes a body for granted throws, and the \
         alarm that follows hides the ones that count.",
        "route POST alone to the handler, and answer 405 to the rest"),
    of(Family::Survives, Level::Info, "head", "a HEAD is answered",
        "a HEAD",
        "Some senders prove an address by HEAD before they save it. A 5xx says that nobody is home.",
        "let the framework answer HEAD, with 200 or 405"),
    of(Family::Survives, Level::Info, "early-close", "a connection that breaks off is survived",
        "the control up to the middle of its body, and then the connection is closed",
        "Senders time out and networks break. A body that ends early must not be worked on, and the error of reading \
         it must not end the process.",
        "read the whole body before anything else, and catch the error of a broken connection"),
    of(Family::Survives, Level::Must, "huge-unsigned", "an unsigned body of 30 MB is refused",
        "30 MB without a signature",
        "Anyone can send it, as often as they like. A receiver that keeps bodies of any size runs out of memory.",
        "limit the body to what the provider sends at most, and answer 413 above it"),
    of(Family::Survives, Level::Info, "slow-body", "a body that comes slowly is accepted",
        "the control with its body in eight pieces over two seconds",
        "Slow networks and busy senders bring a body in pieces. Code that reads once takes the first piece for the \
         whole, and its signature fails.",
        "read to the end that Content-Length states, with a time limit of some seconds"),
];
