//! What was caught: for the eye, and as a line that `verify` reads again.

use serde_json::{Value, json};

use super::noticed::{self, Noticed};
use super::{LABEL, body, sent::header_lines, verdict_word};
use crate::console::{Paint, Tone};
use crate::inspect::{Inspected, Shaken};
use crate::message::{Capture, Headers};
use crate::moment;
use crate::shell;
use crate::signature::Verdict;
use crate::wire;
use crate::words::{self, Lines};

/// A delivery that was caught and looked at.
#[derive(Debug)]
pub struct Caught<'a> {
    /// What came.
    pub capture: &'a Capture,
    /// Its headers, with tokens redacted.
    pub headers: &'a Headers,
    /// What it is.
    pub inspected: &'a Inspected<'a>,
    /// What was noticed of it besides.
    pub noticed: &'a Noticed,
}

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// One line.
    Compact,
    /// Headers that matter and the body, folded where it is long.
    Folded,
    /// All of the body.
    Full,
}

/// Headers that say nothing about a delivery.
const DULL: [&str; 6] = ["host", "accept", "connection", "content-length", "accept-encoding", "transfer-encoding"];

/// The delivery for the eye.
pub fn caught_human(caught: &Caught<'_>, detail: Detail, paint: Paint) -> Vec<String> {
    let Caught { capture, inspected, noticed, .. } = caught;
    let judgement = &inspected.judgement;
    let time = capture.received.map(|_| time_of_day(capture.received) + "  ");
    let label = words::shorten(&inspected.identified.label(), LABEL);
    let target = match capture.delivery.target.as_str() {
        "/" => String::new(),
        target => format!("  at {}", paint.remote(&words::shorten(target, LABEL), Lines::Escape)),
    };
    let mut first = format!(
        "{}{}{}  {}  {}",
        paint.tone(Tone::Faint, &time.unwrap_or_default()),
        paint.tone(Tone::Strong, &paint.remote(&label, Lines::Escape)),
        paint.tone(Tone::Faint, &target),
        words::size(capture.delivery.body.len()),
        verdict_word(judgement.verdict, paint),
    );
    if !judgement.reason.is_empty() {
        first.push_str(&format!(": {}", body::one_line(&judgement.reason, detail, paint)));
    }
    if inspected.identified.is_unlisted() {
        first.push_str("  (not in the catalog)");
    }
    first.push_str(&noticed::answered(noticed, inspected.status));
    first.push_str(&noticed::brief(noticed, capture.received, detail, paint));
    let mut lines = vec![first];
    lines.extend(noticed::lines(noticed, capture.received, detail, paint));
    if let Some(hint) = hint(inspected) {
        lines.push(format!("  {}", paint.tone(Tone::Warn, &hint)));
    }
    if detail != Detail::Compact {
        lines.extend(header_lines(&headers_that_matter(caught), detail, paint));
        lines.extend(body::show(&capture.delivery.body, detail, paint));
    }
    lines
}

fn headers_that_matter(caught: &Caught<'_>) -> Headers {
    let mut headers = caught.headers.clone();
    headers.0.retain(|header| !DULL.iter().any(|dull| header.name.eq_ignore_ascii_case(dull)));
    headers
}

/// The local time with its offset, `14:03:11+01:00`.
pub fn time_of_day(at: Option<jiff::Timestamp>) -> String {
    at.map(|at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S%:z").to_string()).unwrap_or_default()
}

/// What the user can do to have it verified.
fn hint(inspected: &Inspected<'_>) -> Option<String> {
    let provider = inspected.identified.provider;
    match inspected.judgement.verdict {
        Verdict::Unchecked => {
            let variable = provider.and_then(|p| p.description.secret.as_ref()).map(|place| place.env.as_str());
            Some(format!(
                "set {} or give --secret-env NAME to have it verified",
                variable.unwrap_or("HOOKPROOF_SECRET")
            ))
        }
        Verdict::Unsigned if inspected.status == 401 => {
            let id = provider.map(|provider| shell::argument(&provider.id)).unwrap_or_default();
            Some(format!("a secret is given, so only signed deliveries get in; --provider {id} lets these in"))
        }
        Verdict::Unknown if inspected.status == 401 => {
            Some("a secret is given, so only signed deliveries get in; --provider says whose these are".to_string())
        }
        _ => None,
    }
}

/// The delivery as a line of JSON, marked `"hookproof":"delivery/1"`, times in UTC.
pub fn caught_json(caught: &Caught<'_>) -> String {
    let Caught { capture, headers, inspected, noticed } = caught;
    let mut line = wire::write_delivery(&capture.delivery, headers);
    let mut add = |key: &str, value: Value| line.insert(key.to_string(), value);
    add("received", capture.received.map(moment::utc).into());
    add("peer", capture.peer.clone().into());
    let identified = &inspected.identified;
    add("provider", identified.provider.map(|provider| provider.id.clone()).into());
    let event = if let [event] = identified.events.as_slice() { Some(event.clone()) } else { None };
    add("event", event.into());
    if identified.events.len() > 1 {
        add("events", identified.events.clone().into());
    }
    add("delivery_id", identified.delivery_id.clone().into());
    add("verdict", inspected.judgement.verdict.name().into());
    add("reason", inspected.judgement.reason.clone().into());
    if !inspected.judgement.codes.is_empty() {
        add("codes", inspected.judgement.codes.clone().into());
    }
    add("answer", json!({ "status": inspected.answered().and_then(|usual| noticed.status(usual)) }));
    noticed::add_members(noticed, &mut line);
    words::json_line(&Value::Object(line))
}

/// `handshake slack/url_verification: answered 200`
pub fn shaken_line(shaken: &Shaken<'_>, paint: Paint) -> String {
    let how = match &shaken.answer {
        Ok(answer) if shaken.is_proved => format!("answered {}", answer.status),
        Ok(answer) => format!("answered {}, without proof of who asks", answer.status),
        Err(why) => format!("not answered, since {why}"),
    };
    paint.tone(Tone::Faint, &format!("handshake {}/{}: {how}", shaken.provider.id, shaken.name))
}

/// `3 deliveries: 2 valid, 1 invalid`
pub fn listen_summary(verdicts: &[(Verdict, usize)]) -> String {
    let total = verdicts.iter().map(|(_, count)| count).sum();
    let parts: Vec<String> = verdicts.iter().map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
    let total = words::count(total, "delivery", "deliveries");
    if parts.is_empty() { total } else { format!("{total}: {}", parts.join(", ")) }
}
