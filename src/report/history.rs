//! Entries of a journal: a line each, or one in full.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Detail, LABEL, body, sent::header_lines, verdict_word};
use crate::console::{Paint, Tone};
use crate::journal::Entry;
use crate::message::Capture;
use crate::respond::Answer;
use crate::signature::Verdict;
use crate::words::{self, Lines};

/// Characters of a delivery's own id.
const DELIVERY_ID: usize = 80;
/// What stands in the place of a status that the application gave.
const FORWARDED: &str = "fwd";
/// The columns of what differs in length.
const WIDTHS: [usize; 2] = [32, 9];

/// `7k3m9qzx  2026-06-01 14:03:11  superfolio/form.submitted  valid  200  2.5 KB  evt_1`
pub fn history_line(entry: &Entry, paint: Paint) -> String {
    let label = paint.remote(&words::shorten(&entry.label(), LABEL), Lines::Escape);
    let mut line = format!(
        "{}  {}  {}{}  {}{}  {}  {}",
        remote(&entry.id, paint),
        paint.tone(Tone::Faint, &local(entry.received, "%Y-%m-%d %H:%M:%S")),
        paint.tone(Tone::Strong, &label),
        padding(&label, WIDTHS[0]),
        verdict(entry, paint),
        padding(&entry.verdict, WIDTHS[1]),
        answered(entry, FORWARDED),
        words::size(entry.size),
    );
    for more in [entry.delivery_id.as_deref().map(|id| remote(id, paint)), repeat(entry, paint)].into_iter().flatten() {
        line.push_str(&format!("  {more}"));
    }
    line
}

/// The status, or why there is none.
fn answered(entry: &Entry, forwarded: &str) -> String {
    match entry.status {
        Some(status) => status.to_string(),
        None if entry.is_handed_on => forwarded.to_string(),
        None => Answer::HangUp.word(),
    }
}

/// An entry with its headers and all of its body.
pub fn history_full(entry: &Entry, capture: &Capture, paint: Paint) -> Vec<String> {
    let target = words::shorten(&capture.delivery.target, LABEL);
    let mut first = format!(
        "{}  {}  {}  {} {}  {}  {}",
        remote(&entry.id, paint),
        paint.tone(Tone::Faint, &local(entry.received, "%Y-%m-%d %H:%M:%S%:z")),
        paint.tone(Tone::Strong, &paint.remote(&words::shorten(&entry.label(), LABEL), Lines::Escape)),
        paint.remote(&capture.delivery.method, Lines::Escape),
        paint.remote(&target, Lines::Escape),
        words::size(entry.size),
        verdict(entry, paint),
    );
    if !entry.reason.is_empty() {
        first.push_str(&format!(": {}", body::one_line(&entry.reason, Detail::Full, paint)));
    }
    first.push_str(&format!("  → {}", answered(entry, "forwarded")));
    let about = [
        entry.peer.as_deref().map(|peer| format!("from {}", remote(peer, paint))),
        entry.delivery_id.as_deref().map(|id| format!("delivery {}", remote(id, paint))),
        repeat(entry, paint),
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    let mut lines = vec![first];
    if !about.is_empty() {
        lines.push(format!("  {}", paint.tone(Tone::Faint, &about.join(", "))));
    }
    lines.extend(header_lines(&capture.delivery.headers, Detail::Full, paint));
    lines.extend(body::show(&capture.delivery.body, Detail::Full, paint));
    lines
}

fn remote(text: &str, paint: Paint) -> String {
    paint.remote(&words::shorten(text, DELIVERY_ID), Lines::Escape)
}

fn repeat(entry: &Entry, paint: Paint) -> Option<String> {
    entry.repeat_of.as_deref().map(|id| format!("repeat of {}", remote(id, paint)))
}

fn verdict(entry: &Entry, paint: Paint) -> String {
    let known = Verdict::ALL.into_iter().find(|verdict| verdict.name() == entry.verdict);
    known.map_or_else(|| remote(&entry.verdict, paint), |verdict| verdict_word(verdict, paint))
}

fn padding(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.chars().count()))
}

fn local(at: Option<Timestamp>, form: &str) -> String {
    at.map(|at| at.to_zoned(TimeZone::system()).strftime(form).to_string()).unwrap_or_default()
}
