//! Memory that a delivery needs besides its own bytes: what is read out of it, and the text that shows it.
//!
//! These are bounds. Where the text exists its true size counts.

use super::handling::Show;
use crate::inspect::{Inspected, Seen};
use crate::message::Capture;
use crate::report::Detail;

/// What is shown of any delivery besides what it holds, in bytes.
const FRAME: usize = 2 << 10;
/// The most that one byte becomes in JSON: `\u0001`.
const ESCAPED: usize = 6;
/// Shorter texts are not looked at: they are taken to grow as far as they can.
const SHORT: usize = 4 << 10;
/// So much is read of a body that is shown folded: 32 lines of 2,000 characters.
const FOLDED: usize = 256 << 10;
/// The most that one byte becomes where all of a body is laid out.
const LAID_OUT: usize = 9;
/// The most that is laid out of a short body.
const SHORT_LAYOUT: usize = 64 << 10;

/// How much longer than itself each byte may become in a line of JSON. Of characters beyond ASCII this is a mean.
const GROWTH: [u8; 256] = {
    let mut growth = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        growth[byte] = match byte {
            0..0x20 | 0x7f | 0x23 | 0x3a => 5, // `#` and `:` may begin a command of a CI's log.
            0x22 | 0x5c => 1,
            0x80.. => 2,
            _ => 0,
        };
        byte += 1;
    }
    growth
};

/// The most that a text takes in a line of JSON.
pub(super) fn in_json(text: &[u8]) -> usize {
    if text.len() <= SHORT {
        return text.len() * ESCAPED;
    }
    text.len() + text.iter().map(|byte| usize::from(GROWTH[usize::from(*byte)])).sum::<usize>()
}

/// The copies that were made of parts of a request.
pub(super) fn copies(seen: &Seen<'_>) -> usize {
    match seen {
        Seen::Delivery(inspected) => names(inspected).map(str::len).sum::<usize>() + inspected.judgement.reason.len(),
        Seen::Handshake(found) => found.answer.as_ref().map_or(0, |answer| answer.text.len()),
    }
}

/// The texts of an inspected delivery that its sender chose.
pub(super) fn names<'a>(inspected: &'a Inspected<'_>) -> impl Iterator<Item = &'a str> {
    let identified = &inspected.identified;
    identified.events.iter().chain(&identified.delivery_id).map(String::as_str)
}

/// The text that shows a request.
pub(super) fn shown(show: Show, capture: &Capture, seen: &Seen<'_>) -> usize {
    let Seen::Delivery(inspected) = seen else { return 0 };
    let delivery = &capture.delivery;
    let headers: usize = delivery.headers.0.iter().map(|header| header.name.len() + header.value.len() + 8).sum();
    let head = FRAME + ESCAPED * (headers + delivery.target.len() + inspected.judgement.reason.len());
    let body = delivery.body.len();
    match show {
        Show::Nothing => 0,
        Show::Human(Detail::Compact) => head,
        Show::Human(Detail::Folded) => head + LAID_OUT * body.min(FOLDED),
        Show::Human(Detail::Full) => head + LAID_OUT * body + SHORT_LAYOUT.min(body * body),
        Show::Json => {
            head + in_json(&delivery.body) + names(inspected).map(|name| in_json(name.as_bytes())).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::in_json;
    use crate::{testing, words};

    proptest! {
        #![proptest_config(testing::property(256))]

        #[test]
        fn no_line_of_json_is_longer_than_its_bound(text in "([\\x00-\\x7f]|\\PC|[:#\\[\u{ad}\u{200b}\u{e0041}]){0,200}") {
            let bound = in_json(text.repeat(4_097 / text.len().max(1) + 1).as_bytes());
            let line = words::json_line(&text.repeat(4_097 / text.len().max(1) + 1).into());
            prop_assert!(line.len() <= bound + 2, "{} > {bound}", line.len());
        }
    }

    #[test]
    fn a_usual_body_is_taken_for_little_more_than_it_is() {
        let body = br#"{"id":"evt_1","text":"some words of usual length"},"#.repeat(1_000);
        assert!(in_json(&body) < body.len() * 3 / 2);
        assert_eq!(in_json(&[1; 10_000]), 60_000);
    }
}
