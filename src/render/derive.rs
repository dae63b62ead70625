//! Parts that follow from others: copies and computed changes.

use super::{Overrides, RenderError};
use crate::catalog::{Changes, Event};
use crate::json::{self, Create, Document, quote};
use crate::path::Path;

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
        })?;
    }
    Ok(body)
}

/// Each top-level key of the record after whose JSON differs from the record before, in its order.
fn changed(document: &Document<'_>, changes: &Changes) -> Option<String> {
    let members = |path: &Path| document.find(path).map(|node| document.members(node));
    let before = members(&changes.from)?;
    let differs = |key: &str, value: &str| {
        let was = before.iter().rfind(|member| member.key == key);
        was.is_none_or(|member| document.text(member.value) != value)
    };
    let entries: Vec<String> = members(&changes.to)?
        .iter()
        .filter(|member| differs(&member.key, document.text(member.value)))
        .map(|member| format!("{}:{}", quote(&member.key), document.text(member.value)))
        .collect();
    Some(format!("{{{}}}", entries.join(",")))
}
