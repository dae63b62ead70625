//! Changing a JSON text: the value at a path is spliced, all else stays byte for byte.

use std::ops::Range;

use super::{Document, Kind, Malformed, Node, quote};
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
    let document = Document::parse(text)?;
    let Some((last, parents)) = path.0.split_last() else {
        return Err(ChangeError::NoPlace { path: path.clone(), at: path.clone(), kind: "the whole body" });
    };
    let missing = || ChangeError::Missing(path.clone());
    let parent = document.find(&Path(parents.to_vec())).ok_or_else(missing)?;
    let entries = entries(&document, parent, last);
    if !entries.iter().any(|entry| entry.goes) {
        return Err(missing());
    }
    // The comma that goes is the one after an entry, or before it where nothing stays behind it.
    let kept = entries.iter().rposition(|entry| !entry.goes);
    let begin = |index: usize| entries[index].span.start;
    let end = |index: usize| entries[index].span.end;
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for index in (0..kept.unwrap_or(0)).filter(|index| entries[*index].goes) {
        out.push_str(&text[at..begin(index)]);
        at = begin(index + 1);
    }
    let tail = kept.map_or(begin(0), end);
    out.push_str(&text[at..tail]);
    out.push_str(&text[end(entries.len() - 1)..]);
    Ok(out)
}

/// A member, from its key on, or an item.
struct Entry {
    goes: bool,
    span: Range<usize>,
}

fn entries(document: &Document<'_>, parent: Node, wanted: &Step) -> Vec<Entry> {
    let is_wanted = |member| matches!(wanted, Step::Key(key) if document.has_key(member, key));
    let members = document.members(parent).map(|member| Entry {
        goes: is_wanted(member),
        span: document.span(member.key).start..document.span(member.value).end,
    });
    let items = document
        .items(parent)
        .enumerate()
        .map(|(index, item)| Entry { goes: is_index(wanted, index), span: document.span(item) });
    members.chain(items).collect()
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
        (Kind::Object, Step::Key(key)) => (document.members(parent).count(), format!("{}:{made}", quote(key))),
        (Kind::Array, step) => {
            let count = document.items(parent).count();
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
        check(r#"{ "a":1, "a":2 }"#, "a", "{  }");
        check(r#"{"a":1,"\u0061":2, "b":3, "a":4 ,"c":5 ,"a":6, "a":7}"#, "a", r#"{"b":3, "c":5}"#);
        check("[1,2,3]", "[1]", "[1,3]");
        check(r#"{"a":[1,2,3]}"#, "/a/0", r#"{"a":[2,3]}"#);
        assert!(remove("{}", &Path::parse("a").unwrap()).is_err());
    }
}
