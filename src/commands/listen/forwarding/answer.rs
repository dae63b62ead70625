//! What passes: a delivery on its way to the application, and its answer on the way back to the sender.

use crate::message::{Answer, Delivery, Headers};
use crate::replay;
use crate::report::Outcome;
use crate::transport::{KEPT, Reply, SendError};

/// The longest answer that is given back whole, in bytes.
pub(super) const LONGEST: usize = 8 << 20;
/// What is said where one is longer.
pub(super) const TOO_LONG: &str =
    "an answer of the application was longer than 8 MiB, so its sender got the status alone";
/// Headers of an exchange with a proxy, and the wait for a word that the sender has had already.
const OURS: [&str; 4] = ["proxy-authorization", "proxy-authenticate", "proxy-authentication-info", "expect"];

/// What came, without what belongs to the connection.
pub(super) fn onward(delivery: Delivery) -> Delivery {
    let headers = between(&delivery.headers);
    Delivery { headers, ..delivery }
}

/// The headers that pass from one connection to the other.
fn between(headers: &Headers) -> Headers {
    let mut headers = replay::without_hops(headers);
    for name in OURS {
        headers.remove(name);
    }
    headers
}

/// What the sender gets of an application's answer.
pub(super) fn reply_of(outcome: &Outcome) -> Reply {
    match outcome {
        Outcome::Answered(answer, _) if is_too_long(answer) => {
            Reply::text(answer.status, "the application's answer is longer than 8 MiB and not given back\n")
        }
        Outcome::Answered(answer, _) => Reply::of(answer.status, &between(&answer.headers), answer.body.clone()),
        Outcome::Failed(SendError::TimedOut(_)) => not_delivered(504),
        _ => not_delivered(502),
    }
}

/// An answer that can't be given back is none: it leads to another protocol, or its body stands in a transfer coding
/// that is not undone here, without which the sender would not know what the bytes are.
pub(super) fn usable(outcome: Outcome) -> Outcome {
    let Outcome::Answered(answer, is_success) = outcome else { return outcome };
    if answer.status < 200 {
        return Outcome::Failed(SendError::Dropped(format!("{} asks for another protocol", answer.status)));
    }
    if is_coded(&answer) {
        return Outcome::Failed(SendError::Dropped("of transfer codings only `chunked` is understood".to_string()));
    }
    Outcome::Answered(answer, is_success)
}

/// Whether an answer is too long to be given back.
pub(super) fn is_too_long(answer: &Answer) -> bool {
    answer.body.len() > LONGEST
}

/// Whether a body stands in a transfer coding besides chunks.
fn is_coded(answer: &Answer) -> bool {
    let codings = answer.headers.all("transfer-encoding").flat_map(|value| value.split(|byte| *byte == b','));
    codings.map(<[u8]>::trim_ascii).any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"chunked"))
}

/// What of an outcome is told: of a long answer its beginning.
pub(super) fn told(outcome: Outcome) -> Outcome {
    let Outcome::Answered(mut answer, is_success) = outcome else { return outcome };
    answer.is_cut |= answer.body.len() > KEPT;
    answer.body.truncate(KEPT);
    Outcome::Answered(answer, is_success)
}

/// What the sender gets where there is no answer to give back.
pub(super) fn not_delivered(status: u16) -> Reply {
    Reply::text(status, "this delivery could not be handed on; try again\n")
}
