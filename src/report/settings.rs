//! Settings that hold, and where each came from.

use serde_json::{Value, json};

use crate::console::{Paint, Tone};
use crate::words::{self, Lines};

/// A setting that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name, as the configuration writes it.
    pub name: String,
    /// Its value; nothing where it has none.
    pub value: Option<String>,
    /// What kind of place it comes from: `flag`, `variable`, `file` or `default`.
    pub from: &'static str,
    /// The place: a flag, a variable, a file with its line.
    pub at: Option<String>,
}

/// Lines for people: name, value, place.
pub fn settings_human(all: &[Held], paint: Paint) -> Vec<String> {
    let width = all.iter().map(|held| held.name.chars().count()).max().unwrap_or(0);
    let line = |held: &Held| {
        let name = paint.tone(Tone::Strong, &format!("{:<width$}", held.name));
        let value = held.value.as_deref().map_or("-".to_string(), |value| words::printable(value, Lines::Escape));
        let place = held.at.as_deref().unwrap_or(held.from);
        format!("{name}  {value}  {}", paint.tone(Tone::Faint, &format!("({place})")))
    };
    all.iter().map(line).collect()
}

/// A line for machines.
pub fn setting_json(held: &Held) -> String {
    let value = held.value.as_deref().map_or(Value::Null, Value::from);
    let at = held.at.as_deref().map_or(Value::Null, Value::from);
    words::json_line(&json!({
        "hookproof": "setting/1", "name": held.name, "value": value, "from": held.from, "at": at,
    }))
}
