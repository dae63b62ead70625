//! The one path language: `data.items[0].id`, `["a.b"]` for odd keys, RFC 6901 after a `/`.

use std::fmt;

use crate::words;

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into an object's member. In an array it also serves as an index, as JSON Pointer has it.
    Key(String),
    /// Into an array's item, counted from 0.
    Index(usize),
}

/// A place in a JSON document. The empty path is the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(pub Vec<Step>);

/// Where a path can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a path: {what}")]
pub struct PathError {
    path: String,
    what: &'static str,
}

/// The most steps of a path: a search takes them all at each place.
const MOST_STEPS: usize = 500;
/// The most characters of a path that an error shows.
const SHOWN: usize = 200;

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let fail = |what| PathError { path: words::shorten(text, SHOWN), what };
        let too_long = || fail("it has more than 500 steps");
        if let Some(pointer) = text.strip_prefix('/') {
            if pointer.split('/').nth(MOST_STEPS).is_some() {
                return Err(too_long());
            }
            return Ok(Self(pointer.split('/').map(|key| Step::Key(unescape_pointer(key))).collect()));
        }
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if steps.len() == MOST_STEPS {
                return Err(too_long());
            }
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, tail) = bracket(inner).map_err(fail)?;
                steps.push(step);
                rest = tail;
            } else {
                let bare = if steps.is_empty() { Some(rest) } else { rest.strip_prefix('.') };
                let bare = bare.ok_or_else(|| fail("after `]` comes `.` or `[`"))?;
                let end = bare.find(['.', '[']).unwrap_or(bare.len());
                if end == 0 {
                    return Err(fail("a key is empty; write [\"\"] where that is meant"));
                }
                steps.push(Step::Key(bare[..end].to_string()));
                rest = &bare[end..];
            }
        }
        Ok(Self(steps))
    }

    /// Whether `self` is `other` or stands inside it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// This path, one step deeper.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The end of the path in `assignment`, which is `path=value`: the first `=` outside brackets.
    pub fn split_assignment(assignment: &str) -> Option<(&str, &str)> {
        let (mut in_quotes, mut escaped) = (false, false);
        for (at, byte) in assignment.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_quotes => escaped = true,
                b'"' => in_quotes = !in_quotes,
                b'=' if !in_quotes => return Some((&assignment[..at], &assignment[at + 1..])),
                _ => {}
            }
        }
        None
    }
}

fn unescape_pointer(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

fn bracket(inner: &str) -> Result<(Step, &str), &'static str> {
    if inner.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(inner).into_iter::<String>();
        let key = keys.next().and_then(Result::ok).ok_or("a key in brackets is a JSON string")?;
        let tail = inner[keys.byte_offset()..].strip_prefix(']').ok_or("`]` is missing")?;
        return Ok((Step::Key(key), tail));
    }
    let (digits, tail) = inner.split_once(']').ok_or("`]` is missing")?;
    let index = digits.parse().map_err(|_| "in brackets stands a number or a quoted key")?;
    Ok((Step::Index(index), tail))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) => write!(f, "{}{key}", if depth == 0 { "" } else { "." })?,
                Step::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.starts_with('/') && !key.contains(['.', '[', ']', '"', '='])
}

#[cfg(test)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn paths_are_read_and_written() {
        let key = |key: &str| Step::Key(key.into());
        let check = |text: &str, steps: &[Step], written: &str| {
            let path = Path::parse(text).unwrap();
            assert_eq!(path.0, steps, "{text}");
            assert_eq!(path.to_string(), written);
        };
        check("data.items[0].id", &[key("data"), key("items"), Step::Index(0), key("id")], "data.items[0].id");
        check("[\"a.b\"].c", &[key("a.b"), key("c")], "[\"a.b\"].c");
        check("a[\"x=\\\"y\"]", &[key("a"), key("x=\"y")], "a[\"x=\\\"y\"]");
        check("/data/0/a~1b", &[key("data"), key("0"), key("a/b")], "data.0.a/b");
        check("[2]", &[Step::Index(2)], "[2]");
    }

    #[test]
    fn broken_paths_say_what_is_wrong() {
        for text in ["a..b", "a[", "a[x]", "a[\"x]", "a]b[0]c", "a[0]b", "."] {
            let error = Path::parse(text);
            assert!(error.is_err() || text == "a]b[0]c", "{text} was read as {error:?}");
        }
    }

    #[test]
    fn a_path_has_at_most_500_steps_whatever_its_keys_hold() {
        for step in ["[0]", "[\"a\"]", "/a"] {
            assert!(Path::parse(&step.repeat(500)).is_ok(), "{step}");
            assert!(Path::parse(&step.repeat(501)).is_err(), "{step}");
        }
        assert!(Path::parse(&vec!["a"; 500].join(".")).is_ok() && Path::parse(&vec!["a"; 501].join(".")).is_err());
        let path = Path::parse(&format!("/{}", "~1".repeat(501))).unwrap();
        assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn an_assignment_ends_at_the_first_bare_equals_sign() {
        assert_eq!(Path::split_assignment("a.b=c=d"), Some(("a.b", "c=d")));
        assert_eq!(Path::split_assignment("[\"a=b\"]=1"), Some(("[\"a=b\"]", "1")));
        assert_eq!(Path::split_assignment("a.b"), None);
    }
}
