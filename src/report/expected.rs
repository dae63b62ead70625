//! What was waited for: whether it came, what is missing, and what came instead.

use serde_json::json;

use crate::console::{Paint, Tone};
use crate::expect::{Expected, Instead};
use crate::signature::Verdict;
use crate::wire::{EXPECTED, MARK, READY};
use crate::words::{self, Lines};

/// Kinds of deliveries that are named.
const SHOWN: usize = 10;

/// `all 3 expected deliveries have come`
pub fn expected_met(expected: &Expected) -> String {
    match expected.wanted.iter().map(|wanted| wanted.count).sum::<u64>() {
        1 => "the expected delivery has come".to_string(),
        count => format!("all {count} expected deliveries have come"),
    }
}

/// What is missing, what came instead, and what to do about it.
pub fn expected_failure(expected: &Expected, paint: Paint) -> Vec<String> {
    let missing: u64 = expected.missing().map(|wanted| wanted.count - wanted.came).sum();
    let remote = |text: &str| paint.remote(text, Lines::Escape);
    let mut lines = Vec::new();
    match &expected.spoiler {
        Some(spoiler) => {
            let reason =
                if spoiler.reason.is_empty() { String::new() } else { format!(": {}", remote(&spoiler.reason)) };
            lines.push(format!("{} came and is {}{reason}", remote(&spoiler.label), spoiler.verdict.name()));
        }
        None if missing == 1 => lines.push("an expected delivery has not come".to_string()),
        None => lines.push(format!("{missing} expected deliveries have not come")),
    }
    for wanted in expected.missing() {
        lines.push(format!("  {}: {} of {} came", remote(&wanted.pattern), wanted.came, wanted.count));
    }
    if !expected.instead.is_empty() {
        let kind = |one: &Instead| format!("{} {} ({})", one.count, remote(&one.label), one.verdict.name());
        let mut kinds: Vec<String> = expected.instead.iter().take(SHOWN).map(kind).collect();
        let more = expected.instead.iter().skip(SHOWN).map(|one| one.count).sum::<u64>() + expected.others;
        if more > 0 {
            kinds.push(format!("{more} more"));
        }
        lines.push(format!("  came instead: {}", words::list(&kinds, "and")));
    }
    if let Some(hint) = hint(expected) {
        lines.push(format!("  {} {hint}", paint.tone(Tone::Strong, "hint:")));
    }
    lines
}

/// How what came would have counted.
fn hint(expected: &Expected) -> Option<String> {
    if expected.spoiler.is_some() {
        return Some("--allow-invalid waits on behind such a delivery".to_string());
    }
    let is_harmless = |one: &&Instead| matches!(one.verdict, Verdict::Unchecked | Verdict::Unsigned | Verdict::Unknown);
    let mut verdicts: Vec<&str> = Vec::new();
    for one in expected.instead.iter().filter(|one| one.is_meant).filter(is_harmless) {
        if !verdicts.contains(&one.verdict.name()) {
            verdicts.push(one.verdict.name());
        }
    }
    let secret = if verdicts.contains(&"unchecked") { ", a secret has them verified" } else { "" };
    (!verdicts.is_empty()).then(|| format!("--allow {} counts those too{secret}", verdicts.join(",")))
}

/// The same as the last line of JSON, marked `"hookproof":"expected/1"`.
pub fn expected_json(expected: &Expected) -> String {
    let wanted: Vec<_> = expected
        .wanted
        .iter()
        .map(|one| json!({ "pattern": one.pattern, "wanted": one.count, "came": one.came }))
        .collect();
    let instead: Vec<_> = expected
        .instead
        .iter()
        .map(|one| json!({ "what": one.label, "verdict": one.verdict.name(), "count": one.count }))
        .collect();
    let spoiler = expected.spoiler.as_ref();
    words::json_line(&json!({
        MARK: EXPECTED,
        "met": expected.is_met(),
        "expected": wanted,
        "instead": instead,
        "others": expected.others,
        "ended_by": spoiler.map(|one| json!({ "what": one.label, "verdict": one.verdict.name(), "reason": one.reason })),
    }))
}

/// Where a listener can be reached, as a line of JSON.
pub fn ready_json(urls: &[String]) -> String {
    words::json_line(&json!({ MARK: READY, "urls": urls }))
}
