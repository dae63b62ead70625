//! A story in full: its steps with their pauses, changes and expectations.

use std::time::Duration;

use serde_json::{Value, json};

use crate::console::{Paint, Tone};
use crate::render::{Edit, Overrides};
use crate::story::{Step, Story};
use crate::words::{self, Lines};

/// A story told step by step.
pub fn story_full(story: &Story<'_>, paint: Paint) -> Vec<String> {
    let steps = words::count(story.steps.len(), "step", "steps");
    let length = words::lapse(story.length(Duration::ZERO).try_into().unwrap_or_default());
    let mut lines = vec![paint.tone(Tone::Strong, &printable(&story.name))];
    if !story.summary.is_empty() {
        lines.push(format!("  {}", printable(&story.summary)));
    }
    let length = if story.length(Duration::ZERO).is_zero() { String::new() } else { format!(" in {length}") };
    lines.push(paint.tone(Tone::Faint, &format!("  {steps}{length}")));
    for (number, step) in (1..).zip(&story.steps) {
        let delay = step.delay.map(|delay| words::lapse(delay.try_into().unwrap_or_default()));
        let delay = delay.map(|delay| paint.tone(Tone::Faint, &format!("  after {delay}"))).unwrap_or_default();
        lines.push(String::new());
        lines.push(format!("{number:>3}  {}{delay}", paint.tone(Tone::Strong, &step.event.full_name())));
        for (label, text) in rows(step) {
            lines.push(format!("     {} {}", paint.tone(Tone::Faint, &format!("{label:<8}")), printable(&text)));
        }
    }
    lines
}

/// What is said of a step besides its event, each with its label.
fn rows(step: &Step<'_>) -> Vec<(&'static str, String)> {
    let Overrides { ids, data, before, after, edits, .. } = &step.changes;
    let mut rows = vec![("is", step.name.clone().unwrap_or_else(|| step.event.summary.to_string()))];
    rows.extend(step.new.iter().map(|name| ("new", name.clone())));
    rows.extend(ids.iter().map(|(name, value)| ("id", format!("{name} = {value}"))));
    for (label, given) in [("data", data), ("before", before), ("after", after)] {
        rows.extend(given.iter().map(|json| (label, json.clone())));
    }
    rows.extend(edits.iter().map(|edit| match edit {
        Edit::Set(path, value) => ("set", format!("{path} = {value}")),
        Edit::Unset(path) => ("unset", path.to_string()),
    }));
    rows.extend(step.fault.iter().map(|case| ("fault", case.clone())));
    rows.extend(step.expect.iter().map(|expect| ("expect", expect.to_string())));
    rows
}

/// A file is the user's, and still may hold what would drive a terminal.
fn printable(text: &str) -> String {
    words::printable(text, Lines::Escape)
}

/// A story as a line of JSON.
pub fn story_json(story: &Story<'_>) -> String {
    let step = |step: &Step<'_>| {
        json!({
            "event": step.event.full_name(),
            "name": step.name,
            "delay_s": step.delay.map(|delay| delay.as_secs_f64()),
            "fault": step.fault,
            "expect": step.expect.as_ref().map(ToString::to_string),
        })
    };
    words::json_line(&json!({
        "hookproof": "story/1",
        "story": story.name,
        "summary": story.summary,
        "length_s": story.length(Duration::ZERO).as_secs_f64(),
        "steps": story.steps.iter().map(step).collect::<Vec<Value>>(),
    }))
}
