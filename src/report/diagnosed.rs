//! What `doctor` found: a line each, the next action below it, and a sum.

use serde_json::json;

use super::millis;
use crate::complaint;
use crate::console::{Paint, Tone};
use crate::diagnosis::{Finding, State};
use crate::words;

/// The columns before what was found: the state and what was looked at.
const WIDTHS: [usize; 2] = [6, 10];

/// `fault   connection  local: nobody takes connections: ...`, and the hint below.
pub fn finding_lines(finding: &Finding, paint: Paint) -> Vec<String> {
    let tone = match finding.state {
        State::Ok => Tone::Good,
        State::Note => Tone::Warn,
        State::Fault | State::Unseen => Tone::Bad,
    };
    let [state, check] = [finding.state.word(), finding.check.word()];
    let indent = " ".repeat(WIDTHS[0] + WIDTHS[1] + 4);
    let whose = finding.target.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let found = complaint::lines(&finding.found);
    let took = finding.took.map(|took| paint.tone(Tone::Faint, &format!(" ({})", words::elapsed(took))));
    let mut lines = vec![format!(
        "{}{}  {}{}  {whose}{}",
        paint.tone(tone, state),
        " ".repeat(WIDTHS[0].saturating_sub(state.len())),
        paint.tone(Tone::Strong, check),
        " ".repeat(WIDTHS[1].saturating_sub(check.len())),
        found[0],
    )];
    lines.extend(found[1..].iter().map(|line| format!("{indent}{line}")));
    if let (Some(last), Some(took)) = (lines.last_mut(), took) {
        last.push_str(&took);
    }
    if let Some(hint) = &finding.hint {
        lines.push(format!("{indent}{} {}", paint.tone(Tone::Strong, "hint:"), hint));
    }
    lines
}

/// The same for machines: `doctor/1`.
pub fn finding_json(finding: &Finding) -> String {
    words::json_line(&json!({
        "hookproof": "doctor/1",
        "check": finding.check.word(),
        "target": finding.target,
        "state": finding.state.word(),
        "code": finding.code,
        "found": finding.found,
        "hint": finding.hint,
        "elapsed_ms": finding.took.map(millis),
    }))
}

/// `12 things looked at: 1 fault, 2 notes`.
pub fn diagnosis_summary(findings: &[Finding]) -> String {
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let counts = [
        (count(State::Fault), "fault", "faults"),
        (count(State::Unseen), "not to be looked at", "not to be looked at"),
        (count(State::Note), "note", "notes"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| words::count(number, one, many))
        .collect();
    let told = if told.is_empty() { "all is well".to_string() } else { told.join(", ") };
    format!("{}: {told}", words::count(findings.len(), "thing looked at", "things looked at"))
}
