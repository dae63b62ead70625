//! What the user gives: whole parts, then single places. None of it is renewed.

use super::{Edit, Overrides, RenderError, compact_given};
use crate::catalog::{Changes, Event};
use crate::json::{self, ChangeError, Create, Document, Reach};
use crate::path::{Path, Step};
use crate::words;

/// The name of the part that `--data` replaces, where the body has one.
const ENVELOPED: &str = "data";
/// How far a near miss is looked for: a body that was given may be large.
const NEAR: Reach = Reach { depth: 64, key: 200 };
/// And among how many paths.
const NEAR_PATHS: usize = 5_000;

/// Puts the given parts into the body.
pub(super) fn give(event: &Event<'_>, mut body: String, overrides: &Overrides) -> Result<String, RenderError> {
    if let Some(data) = &overrides.data {
        let data = compact_given("the given data", data)?;
        body = if is_whole_body(&body) { data } else { put_given(event, &body, &enveloped(), &data)? };
    }
    let records = [("the record before", &overrides.before), ("the record after", &overrides.after)];
    for (index, (what, record)) in records.into_iter().enumerate() {
        let Some(record) = record else { continue };
        let changes = changes(event).ok_or_else(|| RenderError::NoRecords { event: event.full_name() })?;
        let path = if index == 0 { &changes.from } else { &changes.to };
        body = put_given(event, &body, path, &compact_given(what, record)?)?;
    }
    Ok(body)
}

/// Makes the single changes, in order.
pub(super) fn edit(event: &Event<'_>, body: String, edits: &[&Edit], create: Create) -> Result<String, RenderError> {
    edits.iter().try_fold(body, |body, edit| match edit {
        Edit::Set(path, value) => put(event, &body, path, value, create),
        Edit::Unset(path) => {
            json::remove(&body, path).map_err(|error| explained(event, &body, path, error, Create::No))
        }
    })
}

/// Whether given data replaces all of this body.
fn is_whole_body(body: &str) -> bool {
    !Document::parse(body).is_ok_and(|document| document.find(&enveloped()).is_some())
}

/// The two records that the event's derived part compares.
pub(super) fn changes<'a>(event: &Event<'a>) -> Option<&'a Changes> {
    event.provider.description.derived.iter().find_map(|derived| derived.changes.as_ref())
}

fn enveloped() -> Path {
    Path(vec![Step::Key(ENVELOPED.to_string())])
}

fn put(event: &Event<'_>, body: &str, path: &Path, value: &str, create: Create) -> Result<String, RenderError> {
    json::set(body, path, value, create).map_err(|error| {
        let made = json::set(body, path, value, Create::Yes);
        explained(event, body, path, error, if made.is_ok() { Create::Yes } else { Create::No })
    })
}

/// Puts a whole part in its place, which is never made.
fn put_given(event: &Event<'_>, body: &str, path: &Path, value: &str) -> Result<String, RenderError> {
    json::set(body, path, value, Create::No).map_err(|error| explained(event, body, path, error, Create::No))
}

/// `create` says whether the place could be made.
fn explained(event: &Event<'_>, body: &str, path: &Path, error: ChangeError, create: Create) -> RenderError {
    let near = near(body, &path.to_string());
    RenderError::Change { error, event: event.full_name(), near, may_create: create == Create::Yes }
}

/// The path of the body that was meant, where one is near enough.
fn near(body: &str, typed: &str) -> Option<String> {
    let document = Document::parse(body).ok().filter(|_| typed.len() <= NEAR.key)?;
    let paths = document.paths_within(NEAR).take(NEAR_PATHS).map(|(path, _)| path.to_string());
    let paths: Vec<String> = paths.filter(|path| path.len() <= NEAR.key).collect();
    // A last step alone, as in `email` for `data.lead.email`, is the commonest slip after a typing error.
    let last = format!(".{typed}");
    let inner = paths.iter().find(|path| path.ends_with(&last)).map(String::as_str);
    inner.or_else(|| words::nearest(typed, paths.iter().map(String::as_str))).map(str::to_string)
}
