//! What the values of a story's file mean: JSON of their own, single places, and what is expected of an answer.

use toml::Value;

use super::expect::At;
use super::pattern::Pattern;
use crate::json::{self, quote};
use crate::path::Path;

/// The key under which a text is told by a pattern.
const MATCHES: &str = "matches";
/// The key under which a value is told as JSON, so that it may be null, or a whole object.
const JSON: &str = "json";

/// Why a value can't be read, and what to write instead.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) hint: Option<&'static str>,
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self { what, hint: None }
    }
}

impl From<&str> for Wrong {
    fn from(what: &str) -> Self {
        what.to_string().into()
    }
}

/// A record: a table, or the same as JSON text.
pub(super) fn record(value: &Value) -> Result<String, Wrong> {
    match value {
        Value::String(text) => {
            of_text(text, "a table is wanted, as { a = 1 }, or JSON in a text, as '{\"a\":1}'; no file is read here")
        }
        other => json_of(other),
    }
}

fn of_text(text: &str, hint: &'static str) -> Result<String, Wrong> {
    json::compact(text).map_err(|error| Wrong { what: format!("this text is {error}"), hint: Some(hint) })
}

/// The places that a value of `set` means: a table leads deeper, so that `data.lead.status = "won"` needs no quotes.
pub(super) fn leaves(path: Path, value: &Value) -> Result<Vec<(Path, String)>, Wrong> {
    deeper(path, value, &|value| match value {
        // As with --set: JSON where it is JSON, else a text.
        Value::String(text) => Ok(json::compact(text).unwrap_or_else(|_| quote(text))),
        other => json_of(other),
    })
}

/// The same for `set-string`, where each value is a text and stays one.
pub(super) fn texts(path: Path, value: &Value) -> Result<Vec<(Path, String)>, Wrong> {
    deeper(path, value, &|value| match value {
        Value::String(text) => Ok(quote(text)),
        _ => Err(Wrong { what: "expected a text".to_string(), hint: Some("`set` takes other values too") }),
    })
}

fn deeper<T>(path: Path, value: &Value, leaf: &dyn Fn(&Value) -> Result<T, Wrong>) -> Result<Vec<(Path, T)>, Wrong> {
    let Some(table) = value.as_table().filter(|table| !table.is_empty()) else {
        return Ok(vec![(path, leaf(value)?)]);
    };
    let mut all = Vec::new();
    for (key, value) in table {
        all.extend(deeper(inner(&path, key)?, value, leaf)?);
    }
    Ok(all)
}

/// What is expected at which places: a table leads deeper here as it does where values are set.
pub(super) fn expected(path: Path, value: &Value) -> Result<Vec<(Path, At)>, Wrong> {
    if let Some(regex) = pattern(value)? {
        return Ok(vec![(path, At::Matches(regex))]);
    }
    if let Some(text) = alone(value, JSON) {
        let text = text.as_str().ok_or("JSON is written as a text here")?;
        let read = of_text(text, "JSON is written as it is sent, as { json = \"null\" }; a text needs no `json`")?;
        return Ok(vec![(path, At::Value(read))]);
    }
    let Some(table) = value.as_table().filter(|table| !table.is_empty()) else {
        return Ok(vec![(path, At::Value(json_of(value)?))]);
    };
    let mut all = Vec::new();
    for (key, value) in table {
        all.extend(expected(inner(&path, key)?, value)?);
    }
    Ok(all)
}

/// The regular expression of `{ matches = "..." }`; nothing where it is another value.
pub(super) fn pattern(value: &Value) -> Result<Option<Pattern>, Wrong> {
    let Some(pattern) = alone(value, MATCHES) else { return Ok(None) };
    let pattern = pattern.as_str().ok_or("a pattern is a text")?;
    Pattern::new(pattern).map(Some).map_err(Wrong::from)
}

/// The value of a table that has this key and no other.
fn alone<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.as_table().filter(|table| table.len() == 1)?.get(key)
}

/// A path that goes on by what a key says.
fn inner(path: &Path, key: &str) -> Result<Path, String> {
    let inner = Path::parse(key).map_err(|error| error.to_string())?;
    Ok(Path(path.0.iter().cloned().chain(inner.0).collect()))
}

/// A value of TOML as JSON text; a time becomes a text.
fn json_of(value: &Value) -> Result<String, Wrong> {
    let joined = |items: Result<Vec<String>, Wrong>| items.map(|items| items.join(","));
    Ok(match value {
        Value::String(text) => quote(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        Value::Float(_) => return Err("JSON has no such number".into()),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Datetime(time) => quote(&time.to_string()),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(json_of).collect())?),
        Value::Table(table) => {
            let member =
                |(key, value): (&String, &Value)| json_of(value).map(|value| format!("{}:{value}", quote(key)));
            format!("{{{}}}", joined(table.iter().map(member).collect())?)
        }
    })
}
