//! Changing a JSON text: the value at a path is spliced, all else stays byte for byte.

use super::{Document, Kind, Malformed, quote};
use crate::path::{Path, Step};

/// Why a change can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The text to change, or the new value, is not JSON.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is nothing at this path.
    #[error("`{0}` is not in the body")]
    Missing(Path),
    /// The path leads into something that has no such place, even when creating.
    #[error("`{path}` can't be created: `{at}` is {kind}")]
    NoPlace {
        /// The path asked for.
        path: Path,
        /// How far it leads.
        at: Path,
        /// What stands there.
        kind: &'static str,
    },
}

/// The text with `value`, a JSON text, at `path`. What is missing is made only where `create` says so.
pub fn set(text: &str, path: &Path, value: &str, create: Create) -> Result<String, ChangeError> {
    Document::parse(value)?;
    let document = Document::parse(text)?;
    if let Some(node) = document.find(path) {
        let span = document.span(node);
        return Ok(splice(text, span.start, span.end, value));
    }
    match create {
        Create::No => Err(ChangeError::Missing(path.clone())),
        Create::Yes => insert(&document, path, value),
    }
}

/// Whether a path that isn't there is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// A missing path is an error.
    No,
    /// Missing members, and the item after an array's last, are made.
    Yes,
}

/// The text without the member or item at `path`; of duplicate keys every one goes.
pub fn remove(text: &str, path: &Path) -> Result<String, ChangeError> {
    let mut text = text.to_string();
    let mut removed = false;
    while let Some((shorter, kind)) = remove_one(&text, path)? {
        text = shorter;
        removed = true;
        // Behind an item the next one moves up; only an object has the same key again.
        if kind == Kind::Array {
            break;
        }
    }
    if removed { Ok(text) } else { Err(ChangeError::Missing(path.clone())) }
}

/// The text without one entry, and the kind of what it stood in.
fn remove_one(text: &str, path: &Path) -> Result<Option<(String, Kind)>, ChangeError> {
    let document = Document::parse(text)?;
    let Some((last, parents)) = path.0.split_last() else {
        return Err(ChangeError::NoPlace { path: path.clone(), at: path.clone(), kind: "the whole body" });
    };
    let Some(parent) = document.find(&Path(parents.to_vec())) else { return Ok(None) };
    // Every entry with its span; a member's begins at its key.
    let spans: Vec<_> = match document.kind(parent) {
        Kind::Object => document
            .members(parent)
            .iter()
            .map(|m| {
                (last == &Step::Key(m.key.clone()), document.tokens[m.key_token].start, document.span(m.value).end)
            })
            .collect(),
        _ => document
            .items(parent)
            .iter()
            .enumerate()
            .map(|(i, &item)| (is_index(last, i), document.span(item).start, document.span(item).end))
            .collect(),
    };
    let Some(at) = spans.iter().rposition(|span| span.0) else { return Ok(None) };
    // The comma that goes is the one after it, or before it where it is the last.
    let (start, end) = match (spans.get(at + 1), at) {
        (Some(next), _) => (spans[at].1, next.1),
        (None, 0) => (spans[at].1, spans[at].2),
        (None, _) => (spans[at - 1].2, spans[at].2),
    };
    Ok(Some((splice(text, start, end, ""), document.kind(parent))))
}

fn is_index(step: &Step, index: usize) -> bool {
    match step {
        Step::Index(wanted) => *wanted == index,
        Step::Key(key) => key.parse() == Ok(index),
    }
}

fn insert(document: &Document<'_>, path: &Path, value: &str) -> Result<String, ChangeError> {
    let known = (0..path.0.len()).rev().find(|&depth| document.find(&Path(path.0[..depth].to_vec())).is_some());
    let depth = known.unwrap_or(0);
    let at = Path(path.0[..depth].to_vec());
    let Some(parent) = document.find(&at) else { return Err(ChangeError::Missing(path.clone())) };
    let no_place = |kind| ChangeError::NoPlace { path: path.clone(), at: at.clone(), kind };
    let made = make(&path.0[depth + 1..], value).map_err(no_place)?;
    let (count, entry) = match (document.kind(parent), &path.0[depth]) {
        (Kind::Object, Step::Key(key)) => (document.members(parent).len(), format!("{}:{made}", quote(key))),
        (Kind::Array, step) => {
            let count = document.items(parent).len();
            if !is_index(step, count) {
                return Err(no_place("an array that is shorter"));
            }
            (count, made)
        }
        (kind, _) => return Err(no_place(kind.word())),
    };
    let closing = document.span(parent).end - 1;
    let inner = document.text[..closing].trim_end();
    let comma = if count == 0 { "" } else { "," };
    Ok(splice(document.text, inner.len(), inner.len(), &format!("{comma}{entry}")))
}

/// The objects that the missing steps ask for, around the value.
fn make(steps: &[Step], value: &str) -> Result<String, &'static str> {
    steps.iter().rev().try_fold(value.to_string(), |inner, step| match step {
        Step::Key(key) => Ok(format!("{{{}:{inner}}}", quote(key))),
        Step::Index(0) => Ok(format!("[{inner}]")),
        Step::Index(_) => Err("an array that is shorter"),
    })
}

fn splice(text: &str, start: usize, end: usize, new: &str) -> String {
    [&text[..start], new, &text[end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::{ChangeError, Create, Path, remove, set};

    fn changed(text: &str, path: &str, value: &str, create: Create) -> Result<String, ChangeError> {
        set(text, &Path::parse(path).unwrap(), value, create)
    }

    #[test]
    fn a_value_is_spliced_and_all_else_stays() {
        let text = r#"{ "a": 1E2, "b": {"c": [1, 2]} }"#;
        let check = |path, value, expected: &str| assert_eq!(changed(text, path, value, Create::No).unwrap(), expected);
        check("b.c[1]", "\"x\"", r#"{ "a": 1E2, "b": {"c": [1, "x"]} }"#);
        check("a", "{}", r#"{ "a": {}, "b": {"c": [1, 2]} }"#);
        assert!(changed(text, "b.d", "1", Create::No).is_err());
        assert!(changed(text, "a", "nope", Create::No).is_err());
    }

    #[test]
    fn missing_places_are_made_on_demand() {
        let check = |text, path, expected: &str| assert_eq!(changed(text, path, "1", Create::Yes).unwrap(), expected);
        check("{}", "a", r#"{"a":1}"#);
        check(r#"{"a":0}"#, "b.c[0].d", r#"{"a":0,"b":{"c":[{"d":1}]}}"#);
        check("[0]", "[1]", "[0,1]");
        check("{ }", "a", r#"{"a":1 }"#);
        assert!(changed("[0]", "[3]", "1", Create::Yes).is_err());
        assert!(changed(r#"{"a":"x"}"#, "a.b", "1", Create::Yes).is_err());
    }

    #[test]
    fn a_removed_entry_takes_its_comma_along() {
        let check = |text, path: &str, expected: &str| {
            assert_eq!(remove(text, &Path::parse(path).unwrap()).unwrap(), expected);
        };
        check(r#"{"a":1,"b":2}"#, "a", r#"{"b":2}"#);
        check(r#"{"a":1,"b":2}"#, "b", r#"{"a":1}"#);
        check(r#"{"a":1}"#, "a", "{}");
        check(r#"{"a":1,"b":2,"a":3}"#, "a", r#"{"b":2}"#);
        check("[1,2,3]", "[1]", "[1,3]");
        check(r#"{"a":[1,2,3]}"#, "/a/0", r#"{"a":[2,3]}"#);
        assert!(remove("{}", &Path::parse("a").unwrap()).is_err());
    }
}
