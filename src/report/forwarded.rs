//! What came of a delivery that went on to an application.

use jiff::Timestamp;
use serde_json::json;

use super::sent::{Outcome, add_answer, refusal_lines, status_line};
use super::{LABEL, body, time_of_day};
use crate::console::{Paint, Tone};
use crate::exit::Exit;
use crate::moment;
use crate::wire::{FORWARDED, MARK};
use crate::words::{self, Lines};

/// Characters of an answer on its line.
const ANSWER: usize = 100;

/// A delivery that went on.
#[derive(Clone, Debug)]
pub struct Forwarded {
    /// Provider and event.
    pub label: String,
    /// The provider's id, where it is known.
    pub provider: Option<String>,
    /// The event, or every event it may be.
    pub events: Vec<String>,
    /// The delivery's own id.
    pub delivery_id: Option<String>,
    /// When it came.
    pub received: Option<Timestamp>,
    /// Who sent it.
    pub peer: Option<String>,
}

/// The line of a delivery that went on, and under it who refused it in front of the handler.
pub fn forwarded_lines(one: &Forwarded, url: &str, outcome: &Outcome, paint: Paint) -> Vec<String> {
    let refused = match outcome {
        Outcome::Answered(answer, _) => refusal_lines(answer),
        _ => Vec::new(),
    };
    std::iter::once(forwarded_line(one, url, outcome, paint)).chain(refused).collect()
}

/// `14:03:11+01:00  superfolio/form.submitted → http://localhost:3000/hook  200 OK  3 ms  thanks`
fn forwarded_line(one: &Forwarded, url: &str, outcome: &Outcome, paint: Paint) -> String {
    let (tone, what) = match outcome {
        Outcome::Answered(answer, is_success) => {
            let text = body::first_part(&answer.body, ANSWER, paint);
            let tone = if *is_success { Tone::Good } else { Tone::Bad };
            (tone, (status_line(answer.status), format!("  {}  {text}", words::elapsed(answer.elapsed))))
        }
        Outcome::Failed(error) => (Tone::Bad, (paint.remote(&error.to_string(), Lines::Escape), String::new())),
        Outcome::Left(_) | Outcome::Unanswered(_) | Outcome::Dry | Outcome::Judged(..) | Outcome::Lost => {
            (Tone::Faint, ("not sent".to_string(), String::new()))
        }
    };
    let line = format!(
        "{}  {} → {}  {}{}",
        paint.tone(Tone::Faint, &time_of_day(one.received)),
        paint.remote(&words::shorten(&one.label, LABEL), Lines::Escape),
        paint.remote(url, Lines::Escape),
        paint.tone(tone, &what.0),
        what.1,
    );
    line.trim_end().to_string()
}

/// The same as a line of JSON, marked `"hookproof":"forwarded/1"`.
pub fn forwarded_json(one: &Forwarded, url: &str, outcome: &Outcome) -> String {
    let event = if let [event] = one.events.as_slice() { Some(event) } else { None };
    let mut line = json!({
        MARK: FORWARDED,
        "received": one.received.map(moment::utc),
        "peer": one.peer,
        "provider": one.provider,
        "event": event,
        "delivery_id": one.delivery_id,
        "target": url,
        "outcome": outcome.word(),
        "ok": outcome.exit() == Exit::Success,
        "status": null,
    });
    add_answer(&mut line, outcome);
    words::json_line(&line)
}
