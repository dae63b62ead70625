//! The control with some of its signed parts left out, written or joined otherwise.

use jiff::Timestamp;

use super::{Parts, Variant};
use crate::catalog::{Algorithm, Content, Part, Scheme, Stamp, Unit};

fn with(parts: &Parts<'_>, code: &'static str, detail: &str, content: Vec<Part>) -> Variant {
    let scheme = Scheme { content: Content(content), ..parts.scheme.clone() };
    Variant { scheme, ..parts.variant(code, detail) }
}

/// Some of the parts left out.
pub(super) fn without(parts: &Parts<'_>) -> Vec<Variant> {
    let scheme = parts.scheme;
    let content = &scheme.content;
    let is_address = |part: &Part| matches!(part, Part::Url | Part::Path);
    let is_stamp = |part: &Part| is_stamp(scheme, part);
    let mut all = Vec::new();
    let mut add = |code, detail: &str, is_left_out: &dyn Fn(&Part) -> bool| {
        if scheme.signs(is_left_out) {
            all.push(with(parts, code, detail, content.without(is_left_out).0));
        }
    };
    add("control-without-fields", "", &|part| *part == Part::Form);
    add("control-without-id", "", &|part| *part == Part::Id);
    add("control-without-timestamp", "", &is_stamp);
    add("control-without-address", "", &is_address);
    add("control-without-method", "", &|part| *part == Part::Method);
    if scheme.signs(|part| *part == Part::Form) {
        let raw = |part: &Part| if *part == Part::Form { Part::Body } else { part.clone() };
        all.push(with(parts, "control-raw-form", "", content.0.iter().map(raw).collect()));
    }
    if scheme.algorithm != Algorithm::Token && scheme.body.is_none() {
        let body = if scheme.signs(|part| *part == Part::Form) { Part::Form } else { Part::Body };
        let alone = [Part::Secret, body].into_iter().filter(|part| *part != Part::Secret || content.0.contains(part));
        all.push(with(parts, "control-body-only", "", alone.collect()));
    }
    all
}

/// Returns true if a part is the time of signing.
fn is_stamp(scheme: &Scheme, part: &Part) -> bool {
    let place = scheme.timestamp.as_ref().and_then(|stamp| stamp.body.as_ref());
    *part == Part::Timestamp || matches!(part, Part::At(path) if Some(path) == place)
}

/// The timestamp in another unit: where it stands, or in the signed content alone.
pub(super) fn timed(parts: &Parts<'_>, now: Timestamp) -> Vec<Variant> {
    let scheme = parts.scheme;
    let Some(stamp) = scheme.timestamp.as_ref().filter(|_| scheme.covers_timestamp()) else { return Vec::new() };
    let units: &[(Unit, &str)] = match stamp.unit {
        Unit::Seconds => &[(Unit::Milliseconds, "control-milliseconds")],
        Unit::Milliseconds => &[(Unit::Seconds, "control-seconds")],
        Unit::Iso8601 => &[(Unit::Seconds, "control-seconds"), (Unit::Milliseconds, "control-milliseconds")],
    };
    // What counts in seconds has no milliseconds but zero when it is multiplied.
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let mut all = Vec::new();
    for (unit, code) in units {
        let other = Stamp { unit: *unit, ..stamp.clone() };
        let text = other.write(whole);
        let scheme = Scheme { timestamp: Some(other), ..scheme.clone() };
        all.push(Variant { scheme, is_anew: true, ..parts.variant(code, "in the delivery") });
        let swapped = |part: &Part| {
            if is_stamp(parts.scheme, part) { Part::Text(text.clone()) } else { part.clone() }
        };
        let content = parts.scheme.content.0.iter().map(swapped).collect();
        all.push(with(parts, code, "in the signed content", content));
    }
    all
}

/// The parts joined by something else, or in reverse.
pub(super) fn joined(parts: &Parts<'_>) -> Vec<Variant> {
    let scheme = parts.scheme;
    if !scheme.signs(|part| is_stamp(scheme, part) || *part == Part::Id) {
        return Vec::new();
    }
    let plain: Vec<&Part> = scheme.content.0.iter().filter(|part| !matches!(part, Part::Text(_))).collect();
    let mut all = Vec::new();
    for separator in [".", ":"] {
        let mut content = Vec::new();
        for part in &plain {
            if !content.is_empty() {
                content.push(Part::Text(separator.to_string()));
            }
            content.push((*part).clone());
        }
        all.push(with(parts, "control-other-separator", &format!("`{separator}`"), content));
    }
    let unseparated = plain.iter().map(|part| (*part).clone()).collect();
    all.push(with(parts, "control-other-separator", "nothing", unseparated));
    let turned = scheme.content.0.iter().rev().cloned().collect();
    all.push(with(parts, "control-other-order", "in reverse", turned));
    all
}
