//! Deliveries that were tried again: how often, what each time was answered, and how long the sender waited.

use std::time::Duration;

use serde_json::json;

use super::LABEL;
use crate::console::Paint;
use crate::respond::{Answer, Attempts, Retried};
use crate::wire::{ATTEMPTS, MARK};
use crate::words::{self, Lines};

/// Deliveries that are told for the eye.
const SHOWN: usize = 20;

/// `e8058321: 3 attempts, 500 500 200, after 1.0 s and 2.1 s`, a line each.
pub fn attempts_lines(attempts: &Attempts, paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = attempts.retried.iter().take(SHOWN).map(|one| line(one, paint)).collect();
    let more = attempts.retried.len().saturating_sub(SHOWN) + attempts.others;
    if more > 0 {
        lines.push(format!("and {} tried again", words::count(more, "more delivery", "more deliveries")));
    }
    lines
}

fn line(retried: &Retried, paint: Paint) -> String {
    let id = paint.remote(&words::shorten(&retried.delivery_id, LABEL), Lines::Escape);
    let answers: Vec<String> = retried.answers.iter().map(|answer| answer.word()).collect();
    let gaps: Vec<String> = retried.gaps.iter().map(|gap| told(*gap)).collect();
    let is_cut = retried.count as usize > answers.len();
    let gaps = if is_cut { gaps.join(", ") } else { words::list(&gaps, "and") };
    let more = if is_cut { " and so on" } else { "" };
    format!("{id}: {} attempts, {}{more}, after {gaps}{more}", retried.count, answers.join(" "))
}

/// `2.1 s`, `5 min`.
fn told(gap: Duration) -> String {
    if gap.as_secs() < 60 { words::elapsed(gap) } else { words::lapse(gap.try_into().unwrap_or_default()) }
}

/// The same as a line of JSON, marked `"hookproof":"attempts/1"`; a hang-up stands as null.
pub fn attempts_json(attempts: &Attempts) -> String {
    let retried = |one: &Retried| {
        json!({
            "delivery_id": one.delivery_id,
            "attempts": one.count,
            "answers": one.answers.iter().map(|answer| Answer::status(*answer)).collect::<Vec<_>>(),
            "gaps_ms": one.gaps.iter().map(|gap| u64::try_from(gap.as_millis()).unwrap_or(u64::MAX)).collect::<Vec<_>>(),
        })
    };
    let retried: Vec<_> = attempts.retried.iter().map(retried).collect();
    words::json_line(&json!({ MARK: ATTEMPTS, "retried": retried, "others": attempts.others }))
}
