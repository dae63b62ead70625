//! Parts that follow from others: copies and computed changes.

use indexmap::IndexMap;

use super::{Overrides, RenderError, check_size};
use crate::catalog::{Changes, Event};
use crate::json::{self, Create, Document, quote};

/// Computes every derived part that the body has. What the user sets in one wins afterwards, with a
/// note: inconsistent deliveries are worth testing.
pub(super) fn derive(
    event: &Event<'_>,
    mut body: String,
    overrides: &Overrides,
    notes: &mut Vec<String>,
) -> Result<String, RenderError> {
    for derived in &event.provider.description.derived {
        let path = &derived.path;
        if overrides.edits.iter().any(|edit| edit.path().is_within(path)) {
            notes.push(format!("`{path}` is set by hand: it no longer follows from the rest of the body"));
        }
        let document = Document::parse(&body).map_err(|error| RenderError::NotJson { what: "the body", error })?;
        let Some(was) = document.find(path).map(|node| document.text(node)) else { continue };
        let value = match (&derived.mirror, &derived.changes) {
            (Some(source), _) => document.find(source).map(|node| document.text(node).to_string()),
            (None, Some(changes)) => changed(&document, changes),
            (None, None) => None,
        };
        let Some(value) = value else {
            notes.push(format!("`{path}` stays as it is: what it follows from is not in the body"));
            continue;
        };
        if was != value && overrides.data.is_some() && overrides.edits.is_empty() && derived.mirror.is_none() {
            notes.push(format!("`{path}` is computed anew; --body sends bytes untouched"));
        }
        body = json::set(&body, path, &value, Create::No).map_err(|error| RenderError::Change {
            error,
            event: event.full_name(),
            near: None,
            may_create: false,
        })?;
        check_size(body.len())?;
    }
    Ok(body)
}

/// Each top-level key of the record after whose value differs from the record before, in its order.
pub(super) fn changed(document: &Document<'_>, changes: &Changes) -> Option<String> {
    let (from, to) = (document.find(&changes.from)?, document.find(&changes.to)?);
    // Of duplicate keys the last one counts.
    let values = |node| -> IndexMap<_, _> {
        document.members(node).map(|member| (document.key(member), member.value)).collect()
    };
    let before = values(from);
    let entries: Vec<String> = values(to)
        .iter()
        .filter(|(key, value)| before.get(*key).is_none_or(|was| !json::same(document, *was, **value)))
        .map(|(key, value)| format!("{}:{}", quote(key), document.text(*value)))
        .collect();
    Some(format!("{{{}}}", entries.join(",")))
}

#[cfg(test)]
mod tests {
    use super::{Changes, Document, changed};
    use crate::path::Path;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        let text = format!("{{\"b\":{before},\"a\":{after}}}");
        let path = |text| Path::parse(text).unwrap();
        let changes = Changes { from: path("b"), to: path("a") };
        assert_eq!(changed(&Document::parse(&text).unwrap(), &changes).unwrap(), expected, "{text}");
    }

    /// Once every value that was written otherwise counted as a change.
    #[test]
    fn what_is_only_written_otherwise_is_no_change() {
        check(r#"{"a":{"x":1,"y":2}}"#, r#"{"a":{"y":2,"x":1}}"#, "{}");
        check(r#"{"a":"\/\u00e9"}"#, r#"{"a":"/é"}"#, "{}");
        check(r#"{"\u0061":1}"#, r#"{"a":1}"#, "{}");
        check(r#"{"a":1}"#, r#"{"a":1.0}"#, r#"{"a":1.0}"#);
        check(r#"{"a":12345678901234567890}"#, r#"{"a":12345678901234567891}"#, r#"{"a":12345678901234567891}"#);
        check(r#"{"a":1}"#, r#"{"a":2,"b":3,"a":1}"#, r#"{"b":3}"#);
    }

    #[test]
    fn many_keys_are_compared_in_one_pass() {
        let record = |value: &str| {
            let members: Vec<String> = (0..100_000).map(|key| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        };
        check(&record("1"), &record("1"), "{}");
    }
}
