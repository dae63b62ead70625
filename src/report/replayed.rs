//! What was sent again, what came back, and what was answered the first time.

use serde_json::{Value, json};

use super::sent::{Out, Outcome, add_answer, back_lines};
use crate::console::{Paint, Tone};
use crate::exit::Exit;
use crate::moment;
use crate::replay::{Change, Manner};
use crate::words::{self, Lines};
use crate::{report::LABEL, wire::Told};

/// A delivery that was sent again.
#[derive(Debug)]
pub struct Replayed<'a> {
    /// What goes out.
    pub out: Out<'a>,
    /// Its events.
    pub events: &'a [String],
    /// What was kept of it.
    pub told: &'a Told,
    /// When it came.
    pub received: Option<jiff::Timestamp>,
    /// How much of it goes out as it came.
    pub manner: Manner,
}

/// `→ 7k3m9qzx  superfolio/form.submitted  2.5 KB  as captured`
pub fn replayed_out(replayed: &Replayed<'_>, paint: Paint) -> String {
    let Replayed { out, told, manner, .. } = replayed;
    let id = told.id.as_ref().map(|id| paint.remote(id, Lines::Escape) + "  ").unwrap_or_default();
    let label = paint.remote(&words::shorten(&out.event, LABEL), Lines::Escape);
    let how = match (manner, out.signed_in) {
        (Manner::Exact, _) => "as captured",
        (Manner::ReSigned, Some(_)) => "signed afresh",
        (Manner::Fresh, Some(_)) => "fresh, signed afresh",
        (Manner::ReSigned, None) => "unsigned",
        (Manner::Fresh, None) => "fresh, unsigned",
    };
    format!("→ {id}{}  {}  {how}", paint.tone(Tone::Strong, &label), words::size(out.delivery.body.len()))
}

/// The lines back, with what changed.
pub fn replayed_lines(replayed: &Replayed<'_>, outcome: &Outcome, change: Option<Change>, paint: Paint) -> Vec<String> {
    let mut lines = back_lines(&replayed.out, outcome, paint);
    if let (Some(change), Some(before)) = (change, replayed.told.status) {
        let tone = match change {
            Change::Fixed | Change::StillPassing => Tone::Good,
            Change::Regressed | Change::StillFailing => Tone::Bad,
        };
        lines.insert(1, format!("  {} ({before} the first time)", paint.tone(tone, change.words())));
    }
    lines
}

/// One line for machines.
pub fn replayed_json(replayed: &Replayed<'_>, outcome: &Outcome, change: Option<Change>) -> String {
    let Replayed { out, told, manner, .. } = replayed;
    let event = if let [event] = replayed.events { Some(event) } else { None };
    let mut line = json!({
        "hookproof": "replayed/1",
        "id": told.id,
        "received": replayed.received.map(moment::utc_micros),
        "provider": Some(out.provider).filter(|id| !id.is_empty()),
        "event": event,
        "target": out.delivery.target,
        "bytes": out.delivery.body.len(),
        "manner": manner.name(),
        "outcome": outcome.word(),
        "ok": outcome.exit() == Exit::Success,
        "status": Value::Null,
        "before": told.status,
        "change": change.map(Change::name),
    });
    add_answer(&mut line, outcome);
    words::json_line(&line)
}
