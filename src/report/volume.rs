//! What came of a load: counted, with how long answers took.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::body::first_part;
use super::millis;
use super::sent::status_line;
use crate::console::{Paint, Tone};
use crate::exit::Exit;
use crate::tally::{BeforeHandler, Failure, Status, Tally};
use crate::words::{self, Lines};

/// Characters of the widest bar.
const BAR: u64 = 30;
/// The kinds of refusals before the handler that are named for people.
const KINDS: usize = 3;
/// Characters of an answer that was no success.
const EXAMPLE: usize = 80;

/// A receiver or a machine may stand still for so long at the end.
const MOMENT: Duration = Duration::from_millis(250);

/// A load that has ended.
#[derive(Debug)]
pub struct Load<'a> {
    /// Where it went.
    pub target: &'a str,
    /// The full names of its events.
    pub events: &'a [String],
    /// What came of it.
    pub tally: &'a Tally,
    /// From the first delivery to the end.
    pub elapsed: Duration,
    /// Why it ended: `count`, `time`, `unreachable`, `interrupted`, `terminated`, `hung-up`.
    pub ended: &'static str,
    /// Deliveries under way at the end, of which nothing is known.
    pub under_way: u64,
    /// How many were asked for.
    pub count: Option<u64>,
    /// How many were due by the end, where a rate was asked for.
    pub due: Option<u64>,
    /// The rate that was asked for, a second.
    pub rate: Option<f64>,
    /// How many were under way at once, at most.
    pub concurrency: usize,
}

impl Load<'_> {
    fn per_second(&self) -> f64 {
        per_second(self.tally.answers(), self.elapsed)
    }

    /// How many of those that were due never went out.
    fn late(&self) -> u64 {
        let due = self.due.unwrap_or(0).min(self.count.unwrap_or(u64::MAX));
        due.saturating_sub(self.tally.all() + self.under_way)
    }

    /// Whether its time was over, and more than one in a hundred of those that were due never went out: the load failed.
    /// What was due in the last moment fails none, however short it was.
    pub fn fell_short(&self) -> bool {
        let due = self.due.unwrap_or(0).min(self.count.unwrap_or(u64::MAX));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is no less than 0")]
        let last_moment = (self.rate.unwrap_or(0.0) * MOMENT.as_secs_f64()) as u64;
        self.ended == "time" && self.late() > last_moment.max(due / 100)
    }

    /// How many of those that were asked for never went out.
    fn unsent(&self) -> u64 {
        let wanted = match (self.count, self.due) {
            (Some(count), _) => count,
            (None, due) => due.unwrap_or(0),
        };
        wanted.saturating_sub(self.tally.all() + self.under_way)
    }
}

fn per_second(number: u64, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is shown with few digits")]
    let number = number as f64;
    if elapsed.is_zero() { 0.0 } else { number / elapsed.as_secs_f64() }
}

/// `12,000 sent, 11,990 accepted, 1,200 a second`
pub fn volume_progress(tally: &Tally, elapsed: Duration) -> String {
    let counted = counted(tally).into_iter().map(|(word, count)| format!("{} {word}", grouped(count)));
    let rate = rated(per_second(tally.answers(), elapsed));
    format!("{} sent, {}, {rate} a second", grouped(tally.all()), counted.collect::<Vec<_>>().join(", "))
}

/// What came of them, in the words of the summary; the accepted ones always.
fn counted(tally: &Tally) -> Vec<(&'static str, u64)> {
    let unanswered = |kind| tally.unanswered(Some(kind));
    let all = [
        ("accepted", tally.accepted()),
        ("refused", tally.refused()),
        ("timed-out", unanswered("timed-out")),
        ("dropped", unanswered("dropped")),
        ("unreachable", unanswered("unreachable")),
    ];
    all.into_iter().filter(|(word, count)| *count > 0 || *word == "accepted").collect()
}

/// The report for people.
pub fn volume_lines(load: &Load<'_>, paint: Paint) -> Vec<String> {
    let tally = load.tally;
    let noun = if tally.all() == 1 { "delivery" } else { "deliveries" };
    let mut lines = vec![format!(
        "{} in {}: {} answers a second",
        paint.tone(Tone::Strong, &format!("{} {noun}", grouped(tally.all()))),
        words::elapsed(load.elapsed),
        rated(load.per_second()),
    )];
    let kinds = counted(tally);
    let width = kinds.iter().map(|(_, count)| grouped(*count).len()).max().unwrap_or(0);
    for (word, count) in kinds {
        let tone = if word == "accepted" { Tone::Good } else { Tone::Bad };
        lines.push(format!("  {:>width$} {}", grouped(count), paint.tone(tone, word)));
        let statuses = tally.statuses().filter_map(|(status, told)| status_told(word, status, told, paint));
        lines.extend(statuses);
        lines.extend(before_handler(tally, word, paint));
        lines.extend(tally.failures().iter().filter(|failure| failure.kind == word).map(|f| failure_told(f, paint)));
    }
    lines.extend(notes(load).into_iter().map(|note| format!("  {note}")));
    lines.extend(latency(load, paint));
    lines
}

/// `       8 × 500 Internal Server Error: out of memory`
fn status_told(word: &str, status: u16, told: &Status, paint: Paint) -> Option<String> {
    let (count, example) = match word {
        "accepted" => (told.accepted, String::new()),
        "refused" => (told.count - told.accepted, first_part(&told.example, EXAMPLE, paint)),
        _ => return None,
    };
    let example = if example.trim().is_empty() { example } else { format!(": {}", example.trim()) };
    let line = format!("      {} × {}{example}", grouped(count), status_line(status));
    (count > 0).then(|| paint.tone(Tone::Faint, line.trim_end()))
}

/// Returns who answered in front of the handler with the next step, of the most frequent kinds.
fn before_handler(tally: &Tally, word: &str, paint: Paint) -> Vec<String> {
    let all = tally.before_handler();
    let is_of_word = |one: &&&BeforeHandler| word == if one.is_success { "accepted" } else { "refused" };
    let mut of_word = all.iter().filter(is_of_word);
    let told = of_word.by_ref().take(KINDS).flat_map(|one| {
        [format!("      {} × {}", grouped(one.count), one.refusal), format!("        {}", one.refusal.hint)]
    });
    let mut lines: Vec<String> = told.collect();
    let other: u64 = of_word.map(|one| one.count).sum();
    if other > 0 {
        lines.push(format!("      {} × before the handler for other reasons", grouped(other)));
    }
    lines.iter().map(|line| paint.tone(Tone::Faint, line)).collect()
}

fn failure_told(failure: &Failure, paint: Paint) -> String {
    let cause = paint.remote(&failure.cause, Lines::Escape);
    paint.tone(Tone::Faint, &format!("      {} × {cause}", grouped(failure.count)))
}

/// What else there is to know of it.
fn notes(load: &Load<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if load.tally.again() > 0 {
        notes.push(format!(
            "{} of them went out twice: the receiver closed the kept connection without an answer",
            grouped(load.tally.again())
        ));
    }
    if load.under_way > 0 {
        notes.push(format!("another {} under way at the end, of which nothing is known", grouped(load.under_way)));
    }
    if load.ended == "unreachable" {
        notes.push("it ended early: nobody could be reached any more".to_string());
    }
    match load.unsent() {
        0 => {}
        unsent if load.late() == 0 => notes.push(format!("{} did not go out", grouped(unsent))),
        _ => {}
    }
    if load.late() > 0 {
        let due = load.due.unwrap_or(0);
        let (late, due) = (grouped(load.late()), grouped(due.min(load.count.unwrap_or(due))));
        let failed = if load.fell_short() { ", so the load failed" } else { "" };
        notes
            .push(format!("{late} of the {due} that were due did not go out{failed}; a higher --concurrency may help"));
    }
    notes
}

fn latency(load: &Load<'_>, paint: Paint) -> Vec<String> {
    let tally = load.tally;
    let Some(longest) = tally.longest() else { return Vec::new() };
    let parts = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];
    let told = parts.map(|(name, part)| (name, tally.quantile(part).unwrap_or(longest)));
    let told = told.into_iter().chain([("max", longest)]);
    let told: Vec<String> = told.map(|(name, time)| format!("{name} {}", words::elapsed(time))).collect();
    let since = if load.rate.is_some() { ", from when each was due" } else { "" };
    let mut lines = vec![format!("answered within: {}{since}", told.join("  "))];
    let rows = tally.histogram();
    let most = rows.iter().map(|row| row.count).max().unwrap_or(1).max(1);
    for row in rows {
        let length = (row.count * BAR).div_ceil(most);
        let bar = "█".repeat(usize::try_from(length).unwrap_or(0));
        let to = if row.to < Duration::from_millis(1) {
            format!("{} µs", row.to.as_micros())
        } else if row.to < Duration::from_secs(1) {
            format!("{} ms", row.to.as_millis())
        } else {
            format!("{} s", row.to.as_secs())
        };
        lines.push(format!("  ≤ {to:>6}  {bar} {}", paint.tone(Tone::Faint, &grouped(row.count))));
    }
    lines
}

/// One line for machines.
pub fn volume_json(load: &Load<'_>, exit: Exit) -> String {
    let tally = load.tally;
    let statuses: Map<String, Value> =
        tally.statuses().map(|(status, told)| (status.to_string(), told.count.into())).collect();
    let failure = |failure: &Failure| json!({"kind": failure.kind, "cause": failure.cause, "count": failure.count});
    let refusal = |one: &BeforeHandler| {
        let (cause, hint) = (one.refusal.code, one.refusal.hint);
        json!({"cause": cause, "hint": hint, "accepted": one.is_success, "count": one.count})
    };
    let time = |part: f64| tally.quantile(part).map(millis);
    let histogram = tally.histogram().into_iter().map(|row| json!({"to_ms": millis(row.to), "count": row.count}));
    words::json_line(&json!({
        "hookproof": "volume/1",
        "target": load.target,
        "events": load.events,
        "ended": load.ended,
        "ok": exit == Exit::Success,
        "asked": {"count": load.count, "rate_per_second": load.rate, "concurrency": load.concurrency},
        "sent": tally.all(),
        "accepted": tally.accepted(),
        "refused": tally.refused(),
        "unanswered": tally.unanswered(None),
        "under_way": load.under_way,
        "unsent": load.unsent(),
        "due": load.due,
        "sent_twice": tally.again(),
        "elapsed_ms": millis(load.elapsed),
        "per_second": tenths(load.per_second()),
        "statuses": statuses,
        "failures": tally.failures().iter().map(failure).collect::<Vec<_>>(),
        "before_handler": tally.before_handler().into_iter().map(refusal).collect::<Vec<_>>(),
        "latency_ms": {
            "from": if load.rate.is_some() { "due" } else { "sent" },
            "p50": time(0.5),
            "p90": time(0.9),
            "p99": time(0.99),
            "max": tally.longest().map(millis),
        },
        "histogram": histogram.collect::<Vec<_>>(),
    }))
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// `47,619`, or `1.5` where it is little.
fn rated(number: f64) -> String {
    if number < 10.0 {
        return format!("{}", tenths(number));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is neither negative nor that much")]
    grouped(number.round() as u64)
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Load, grouped, rated, volume_json, volume_lines, volume_progress};
    use crate::console::Paint;
    use crate::tally::Tally;
    use crate::transport::SendError;

    fn tally() -> Tally {
        let mut tally = Tally::default();
        (0..1_200).for_each(|_| tally.answered(200, true, b"ok", Duration::from_micros(900)));
        tally.answered(500, false, b"out of \x1b[31m memory", Duration::from_millis(40));
        tally.failed(&SendError::TimedOut(Duration::from_secs(1)));
        tally.sent_again();
        tally
    }

    fn load<'a>(tally: &'a Tally, events: &'a [String]) -> Load<'a> {
        Load {
            target: "http://localhost:3000/",
            events,
            tally,
            elapsed: Duration::from_secs(2),
            ended: "interrupted",
            under_way: 4,
            count: Some(2_000),
            due: None,
            rate: None,
            concurrency: 8,
        }
    }

    #[test]
    fn a_report_tells_all_that_became_of_them() {
        let lines = volume_lines(&load(&tally(), &[]), Paint::default());
        let expected = [
            "1,202 deliveries in 2.0 s: 601 answers a second",
            "  1,200 accepted",
            "      1,200 × 200 OK",
            "      1 refused",
            "      1 × 500 Internal Server Error: out of \\u{1b}[31m memory",
            "      1 timed-out",
            "      1 × no answer within 1.0 s",
            "  1 of them went out twice: the receiver closed the kept connection without an answer",
            "  another 4 under way at the end, of which nothing is known",
            "  794 did not go out",
            "answered within: p50 0.9 ms  p90 0.9 ms  p99 0.9 ms  max 40 ms",
            "  ≤   1 ms  ██████████████████████████████ 1,200",
        ];
        assert_eq!(lines[..expected.len()], expected, "{lines:#?}");
        assert_eq!(lines.last().unwrap(), "  ≤  50 ms  █ 1");
    }

    #[test]
    fn machines_read_the_same() {
        let (tally, events) = (tally(), ["superfolio/form.submitted".to_string()]);
        let line = volume_json(&load(&tally, &events), tally.exit());
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["sent"], &line["unsent"], &line["ok"]), (&1202.into(), &794.into(), &false.into()));
        assert_eq!(line["statuses"]["500"], 1);
        assert_eq!(line["failures"][0]["kind"], "timed-out");
        assert_eq!(line["latency_ms"]["from"], "sent");
    }

    #[test]
    fn a_rate_is_kept_where_one_in_a_hundred_is_late_at_most() {
        let tally = tally();
        let check = |due, count, expected: (u64, bool)| {
            let load = Load { due, count, under_way: 0, ended: "time", ..load(&tally, &[]) };
            assert_eq!((load.late(), load.fell_short()), expected, "{due:?} {count:?}");
        };
        check(None, Some(9_000), (0, false));
        check(None, None, (0, false));
        check(Some(1_202), None, (0, false));
        check(Some(1_214), None, (12, false));
        check(Some(1_215), None, (13, true));
        check(Some(1_215), Some(1_202), (0, false));
        check(Some(9_000), Some(1_300), (98, true));
        let paced = |due| Load { due: Some(due), rate: Some(100.0), ended: "time", under_way: 0, ..load(&tally, &[]) };
        assert!(!paced(1_227).fell_short() && paced(1_228).fell_short(), "a quarter of a second is 25 of them");
        let broken_off = Load { due: Some(9_000), ..load(&tally, &[]) };
        assert!(!broken_off.fell_short(), "who breaks it off knows");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 1.26, 12.6, 47_619.0].map(rated), ["0", "1.3", "13", "47,619"]);
        let told = volume_progress(&tally(), Duration::from_secs(2));
        assert_eq!(told, "1,202 sent, 1,200 accepted, 1 refused, 1 timed-out, 601 a second");
    }
}
