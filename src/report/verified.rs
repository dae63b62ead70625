//! What `verify` found.

use serde_json::{Value, json};

use super::verdict_word;
use crate::console::{Paint, Tone};
use crate::signature::{Judgement, Verdict};
use crate::words::Lines;

/// A delivery that was held against a scheme.
#[derive(Debug)]
pub struct Verified {
    /// The provider's id.
    pub provider: Option<String>,
    /// The event, where the delivery names it.
    pub event: Option<String>,
    /// The scheme in words.
    pub scheme: Option<String>,
    /// The length of the body.
    pub bytes: u64,
    /// What its signature proves.
    pub judgement: Judgement,
    /// What was noticed besides.
    pub notes: Vec<String>,
}

/// The finding for the eye.
pub fn verified_human(verified: &Verified, paint: Paint) -> Vec<String> {
    let judgement = &verified.judgement;
    let label = match (&verified.provider, &verified.event) {
        (Some(provider), Some(event)) => format!("  {provider}/{event}"),
        (Some(provider), None) => format!("  {provider}"),
        (None, _) => String::new(),
    };
    let mut first = verdict_word(judgement.verdict, paint);
    first.push_str(&paint.tone(Tone::Strong, &paint.remote(&label, Lines::Escape)));
    if !judgement.reason.is_empty() {
        first.push_str(&format!(": {}", paint.remote(&judgement.reason, Lines::Escape)));
    }
    let mut lines = vec![first];
    let mut row = |name: &str, text: &str| {
        lines.push(format!(
            "  {} {}",
            paint.tone(Tone::Faint, &format!("{name:<9}")),
            paint.remote(text, Lines::Escape)
        ));
    };
    if let Some(scheme) = &verified.scheme {
        row("scheme", scheme);
    }
    row("body", &format!("{} bytes", verified.bytes));
    if let Some(compared) = &judgement.compared {
        row("received", &compared.received);
        row("expected", &compared.expected);
    }
    for note in &verified.notes {
        row("noticed", note);
    }
    lines
}

/// The finding as a line of JSON.
pub fn verified_json(verified: &Verified) -> String {
    let judgement = &verified.judgement;
    let compared = judgement.compared.as_ref();
    json!({
        "hookproof": "verified/1",
        "valid": judgement.verdict == Verdict::Valid,
        "verdict": judgement.verdict.name(),
        "reason": judgement.reason,
        "provider": verified.provider,
        "event": verified.event,
        "scheme": verified.scheme,
        "bytes": verified.bytes,
        "received": compared.map_or(Value::Null, |compared| compared.received.clone().into()),
        "expected": compared.map_or(Value::Null, |compared| compared.expected.clone().into()),
        "noticed": verified.notes,
    })
    .to_string()
}
