//! What `verify` found.

use serde_json::{Value, json};

use super::{LABEL, verdict_word};
use crate::console::{Paint, Tone};
use crate::discover::{Fit, Found};
use crate::explain::{self, Cause, Explanation, Fact, Tried, ValueOf};
use crate::signature::{self, Judgement, Verdict};
use crate::words::{self, Lines};

/// Characters of a row: what came in a header may be long.
const ROW: usize = 2_000;

/// Schemes that are listed where several fit.
const MOST_FITS: usize = 12;

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
    /// Why it fails, where that was searched for.
    pub explanation: Option<Explanation>,
    /// Whose value was judged.
    pub origin: ValueOf,
    /// What was noticed besides.
    pub notes: Vec<String>,
    /// The schemes that fit, where no provider's own is known to.
    pub found: Option<Found>,
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
    first.push_str(&paint.tone(Tone::Strong, &paint.remote(&words::shorten(&label, LABEL), Lines::Escape)));
    if !judgement.reason.is_empty() {
        first.push_str(&format!(": {}", paint.remote(&words::shorten(&judgement.reason, ROW), Lines::Escape)));
    }
    let mut lines = vec![first];
    let mut row = |name: &str, text: &str| {
        lines.push(format!(
            "  {} {}",
            paint.tone(Tone::Faint, &format!("{name:<9}")),
            paint.remote(&words::shorten(text, ROW), Lines::Escape)
        ));
    };
    if let Some(scheme) = &verified.scheme {
        row("scheme", scheme);
    }
    row("body", &format!("{} bytes", verified.bytes));
    if let Some(compared) = &judgement.compared {
        row(if verified.origin == ValueOf::OwnCode { "computed" } else { "received" }, &compared.received);
        if let Some(expected) = &compared.expected {
            row("expected", expected);
        }
    }
    for note in &verified.notes {
        row("noticed", note);
    }
    if let Some(explanation) = &verified.explanation {
        lines.extend(explanation_human(explanation, verified.origin, paint));
    }
    lines.extend(verified.found.iter().flat_map(|found| found_human(found, paint)));
    lines
}

/// The schemes that fit, where there is more to say than the verdict has said, and the lines that describe them.
fn found_human(found: &Found, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if found.lines.is_none() || found.fits.len() > 1 {
        for fit in found.fits.iter().take(MOST_FITS) {
            let whose = fit.provider.as_ref().map(|id| format!("{id}, mode {}: ", fit.scheme.mode)).unwrap_or_default();
            let text = format!("{whose}{}", fit_text(fit));
            let text = paint.remote(&words::shorten(&text, ROW), Lines::Escape);
            lines.push(format!("  {} {text}", paint.tone(Tone::Faint, &format!("{:<9}", "fits"))));
        }
        let more = found.fits.len().saturating_sub(MOST_FITS);
        lines.extend((more > 0).then(|| format!("  and {more} more")));
    }
    if let Some(described) = &found.lines {
        let place = format!("DIR/{}/provider.toml", described.id);
        lines.push(format!("  these lines in {place} describe it; --catalog DIR reads them:"));
        lines.push(String::new());
        lines.extend(described.text.lines().map(|line| paint.remote(line, Lines::Escape)));
    }
    lines
}

/// The finding as a line of JSON.
pub fn verified_json(verified: &Verified) -> String {
    let judgement = &verified.judgement;
    let compared = judgement.compared.as_ref();
    words::json_line(&json!({
        "hookproof": "verified/1",
        "valid": judgement.verdict == Verdict::Valid,
        "verdict": judgement.verdict.name(),
        "reason": judgement.reason,
        "codes": judgement.codes,
        "provider": verified.provider,
        "event": verified.event,
        "scheme": verified.scheme,
        "bytes": verified.bytes,
        "received": compared.map_or(Value::Null, |compared| compared.received.clone().into()),
        "expected": compared.and_then(|compared| compared.expected.clone()).map_or(Value::Null, Value::from),
        "noticed": verified.notes,
        "causes": verified.explanation.as_ref().map(|e| e.causes.iter().map(|cause| cause_json(cause, verified.origin)).collect::<Vec<_>>()),
        "facts": verified.explanation.as_ref().map(|e| e.facts.iter().map(|fact| fact.name()).collect::<Vec<_>>()),
        "tried": verified.explanation.as_ref().map(|e| tried_json(&e.tried)),
        "found": verified.found.as_ref().map(found_json),
    }))
}

/// Codes that are named beside one that gives the same bytes.
const SAME: usize = 3;

/// The explanation for the eye.
pub fn explanation_human(explanation: &Explanation, origin: ValueOf, paint: Paint) -> Vec<String> {
    let (matches, other) = match origin {
        ValueOf::Sender => ("matches if", "signed"),
        ValueOf::OwnCode => ("matches if, in your code,", "hashed"),
    };
    let mut lines = Vec::new();
    for cause in &explanation.causes {
        let code = paint.tone(Tone::Faint, &format!("[{}]", cause.code()));
        let text = paint.remote(&cause.text(), Lines::Escape);
        lines.push(format!("  {} {text}  {code}", paint.tone(Tone::Warn, matches)));
        if let Some(at) = &cause.at {
            let shown = |text: &str| paint.remote(text, Lines::Escape);
            lines.push(format!("    first difference at byte {}", at.byte));
            lines.push(format!("      given   {}", shown(&at.given)));
            lines.push(format!("      {other}  {}", shown(&at.signed)));
        }
        lines.push(format!("    {} {}", paint.tone(Tone::Strong, "mend:"), cause.advice(origin)));
        let same: Vec<String> =
            cause.changes.iter().flat_map(|change| &change.same).map(|code| (*code).to_string()).collect();
        if !same.is_empty() {
            let more = same.len().saturating_sub(SAME);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            let named = same.into_iter().take(SAME).collect::<Vec<_>>().join(", ");
            lines.push(format!("    for this body the same as {named}{rest}"));
        }
    }
    let is_searched = explanation.tried.candidates > 0;
    if explanation.causes.is_empty() && is_searched && !explanation.facts.contains(&Fact::DigestRight) {
        lines.push(format!(
            "  {} {}",
            paint.tone(Tone::Warn, "no known cause matches:"),
            tried_text(&explanation.tried)
        ));
    }
    lines.extend(explain::conclusion(explanation, origin).map(|sentence| format!("  {sentence}")));
    if !explanation.causes.is_empty() {
        lines.push(paint.tone(Tone::Faint, "  `hookproof explain CODE` tells how it comes about"));
    }
    lines
}

/// The scheme in words, with the headers in which several schemes may differ.
fn fit_text(fit: &Fit) -> String {
    let stamp = fit.scheme.timestamp.as_ref().and_then(|stamp| stamp.header.as_ref());
    let id = fit.scheme.id.as_ref().map(|id| &id.header);
    let places = [("timestamp", stamp), ("id", id)];
    let told = places.into_iter().filter_map(|(what, names)| Some(format!(", {what} in {}", names?.first())));
    told.fold(signature::describe(&fit.scheme), |text, place| text + &place)
}

fn found_json(found: &Found) -> Value {
    let fit = |fit: &Fit| {
        json!({
            "provider": fit.provider,
            "mode": fit.scheme.mode,
            "header": fit.scheme.place(),
            "scheme": fit_text(fit),
            "secret": fit.from,
        })
    };
    json!({
        "fits": found.fits.iter().map(fit).collect::<Vec<_>>(),
        "tried": found.tried,
        "complete": found.is_complete,
        "id": found.lines.as_ref().map(|lines| &lines.id),
        "provider_toml": found.lines.as_ref().map(|lines| &lines.text),
    })
}

fn tried_text(tried: &Tried) -> String {
    let depth = match tried.depth {
        0 | 1 => "one change at a time",
        2 => "up to two changes together",
        _ => "up to three changes together",
    };
    let ended = if tried.complete { "" } else { "; not all were tried, for want of time" };
    format!(
        "{} candidates from {} bodies, {} keys, {} contents and {} hashes, {depth}{ended}",
        tried.candidates, tried.bodies, tried.keys, tried.contents, tried.digests
    )
}

fn cause_json(cause: &Cause, origin: ValueOf) -> Value {
    json!({
        "code": cause.code(),
        "change": cause.text(),
        "at": cause.at.as_ref().map(|at| json!({ "byte": at.byte, "given": at.given, "signed": at.signed })),
        "advice": cause.advice(origin),
        "same": cause.changes.iter().flat_map(|change| &change.same).collect::<Vec<_>>(),
    })
}

fn tried_json(tried: &Tried) -> Value {
    json!({
        "candidates": tried.candidates,
        "bodies": tried.bodies,
        "keys": tried.keys,
        "contents": tried.contents,
        "digests": tried.digests,
        "depth": tried.depth,
        "complete": tried.complete,
    })
}
