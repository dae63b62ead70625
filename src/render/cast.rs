//! What the deliveries of a story have in common: identities that go through all steps, and parts that stay what they
//! were as long as the identity does that they belong to.
//!
//! Which ones those are is declared by the provider; a story binds or renews them by name.

use jiff::{SignedDuration, Timestamp};

use super::change::changes;
use super::derive::changed;
use super::{Overrides, RenderError, check_size};
use crate::catalog::{Carried, Each, Event, EventTime, Life};
use crate::json::{self, Create, Document, Kind};
use crate::moment::{self, Form};
use crate::path::Path;

/// A whole second that is less before the event than this may be the event's own.
const CUT: SignedDuration = SignedDuration::from_secs(2);

/// What is known after the steps that a story has taken.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    bound: Vec<Bound>,
    seen: Vec<Seen>,
}

/// An identity of the story.
#[derive(Clone, Debug)]
struct Bound {
    role: Role,
    value: String,
}

/// Whose identity it is: two providers may use one name, and so may two kinds of object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Role {
    provider: String,
    name: String,
    object: Option<String>,
}

/// A part of a delivery that went before.
#[derive(Clone, Debug)]
struct Seen {
    /// The role and the value of the identity that it belongs to.
    with: (Role, String),
    path: Path,
    text: String,
}

impl Role {
    fn of(event: &Event<'_>, name: &str) -> Self {
        let is_each = event.provider.description.identity.get(name).is_some_and(|i| i.each == Some(Each::Object));
        let object = event.object.clone().filter(|_| is_each);
        Self { provider: event.provider.family().to_string(), name: name.to_string(), object }
    }
}

impl Cast {
    /// Binds an identity from here on.
    pub fn bind(&mut self, event: &Event<'_>, name: &str, value: &str) {
        let role = Role::of(event, name);
        self.bound.retain(|bound| bound.role != role);
        self.bound.push(Bound { role, value: value.to_string() });
    }

    /// Lets an identity go: the next delivery that has it begins another.
    pub fn release(&mut self, event: &Event<'_>, name: &str) {
        let role = Role::of(event, name);
        self.bound.retain(|bound| bound.role != role);
    }

    /// Whether an identity of the event goes through a story.
    pub fn keeps(event: &Event<'_>, name: &str) -> bool {
        event.provider.description.identity.get(name).is_some_and(|identity| identity.lives != Life::Delivery)
    }

    /// What an identity is bound to.
    pub(super) fn value(&self, event: &Event<'_>, name: &str) -> Option<&str> {
        let role = Role::of(event, name);
        self.bound.iter().find(|bound| bound.role == role).map(|bound| bound.value.as_str())
    }

    /// Remembers a delivery: the identities that it was made with, and its parts that go on.
    pub fn learn(&mut self, event: &Event<'_>, body: &str, ids: &[(String, String)]) {
        let story = |name: &str| event.provider.description.identity.get(name).map(|i| i.lives) == Some(Life::Story);
        for (name, value) in ids.iter().filter(|(name, _)| story(name)) {
            self.bind(event, name, value);
        }
        let Ok(document) = Document::parse(body) else { return };
        if is_gone(event, &document) {
            return self.forget(event);
        }
        for carried in &event.provider.description.carried {
            let Some(value) = value_of(ids, &carried.with) else { continue };
            let with = (Role::of(event, &carried.with), value.to_string());
            for path in carried.from.as_ref().map_or(carried.paths.as_slice(), std::slice::from_ref) {
                let Some(node) = document.find(path).filter(|node| document.text(*node) != "null") else { continue };
                self.seen.retain(|seen| seen.with != with || seen.path != *path);
                self.seen.push(Seen { with: with.clone(), path: path.clone(), text: document.text(node).to_string() });
            }
        }
    }

    /// Lets go of a record that is no more: what comes after begins another.
    fn forget(&mut self, event: &Event<'_>) {
        let description = &event.provider.description;
        let to = changes(event).map(|changes| &changes.to);
        let is_of_record = |name: &str| {
            let carries = |carried: &Carried| carried.with == name && carried.paths.iter().any(|path| Some(path) == to);
            let each = description.identity.get(name).and_then(|identity| identity.each);
            each == Some(Each::Object) || description.carried.iter().any(carries)
        };
        for name in description.identity.keys().filter(|name| is_of_record(name)) {
            let role = Role::of(event, name);
            let gone = self.bound.iter().position(|bound| bound.role == role).map(|at| self.bound.remove(at));
            self.seen.retain(|seen| gone.as_ref().is_none_or(|gone| seen.with != (role.clone(), gone.value.clone())));
        }
    }

    fn seen(&self, event: &Event<'_>, carried: &Carried, path: &Path, ids: &[(String, String)]) -> Option<&str> {
        let with = (Role::of(event, &carried.with), value_of(ids, &carried.with)?);
        let is_it = |seen: &&Seen| seen.with.0 == with.0 && seen.with.1 == with.1 && seen.path == *path;
        self.seen.iter().find(is_it).map(|seen| seen.text.as_str())
    }
}

fn value_of<'a>(ids: &'a [(String, String)], name: &str) -> Option<&'a str> {
    ids.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Puts what goes on into a delivery that was renewed, before what the user gives.
pub(super) fn carry(
    event: &Event<'_>,
    renewed: String,
    ids: &[(String, String)],
    now: Timestamp,
    overrides: &Overrides,
) -> Result<String, RenderError> {
    let cast = &overrides.cast;
    if cast.seen.is_empty() {
        return Ok(renewed);
    }
    let fail = |error| RenderError::Change { error, event: event.full_name(), near: None, may_create: false };
    let fresh = Document::parse(&renewed).map_err(|error| RenderError::NotJson { what: "the sample", error })?;
    let mut body = renewed.clone();
    for carried in &event.provider.description.carried {
        for path in &carried.paths {
            let from = carried.from.as_ref().unwrap_or(path);
            let Some(text) = cast.seen(event, carried, from, ids) else { continue };
            if is_open(event, &fresh, path, carried.fills_null, now) {
                let value = if is_unchanged(event, path, overrides) {
                    with_own_changes(event, &fresh, text).map_err(fail)?
                } else {
                    text.to_string()
                };
                body = json::set(&body, path, &value, Create::No).map_err(fail)?;
                check_size(body.len())?;
            }
        }
    }
    Ok(body)
}

/// Whether what went before stands at a path: there is something there already, and it isn't the event's own time.
fn is_open(event: &Event<'_>, fresh: &Document<'_>, path: &Path, fills_null: bool, now: Timestamp) -> bool {
    let Some(node) = fresh.find(path) else { return false };
    match fresh.kind(node) {
        _ if fills_null => fresh.text(node) == "null",
        Kind::Object => fresh.members(node).next().is_some(),
        _ => fresh.text(node) != "null" && !is_own_time(event, fresh, path, now),
    }
}

/// Whether a time is that of the event itself: when something was made, or last changed.
fn is_own_time(event: &Event<'_>, fresh: &Document<'_>, path: &Path, now: Timestamp) -> bool {
    let Some(times) = event.provider.description.time.as_ref().filter(|times| times.shift.contains(path)) else {
        return false;
    };
    let of_event = match &times.event {
        EventTime::At(at) => fresh.scalar_at(at).and_then(|text| moment::read(&text)).map_or(now, |(at, _)| at),
        EventTime::Literal(_) => now,
    };
    let written = fresh.scalar_at(path).and_then(|text| moment::read(&text));
    written.is_some_and(|(at, form)| match form {
        // What is written without fractions was cut in the sample, and again when it was moved.
        Form::Seconds | Form::DateTime { fraction: 0, .. } => {
            (SignedDuration::ZERO..CUT).contains(&of_event.duration_since(at))
        }
        _ => at == moment::cut(of_event, &form),
    })
}

/// Whether a delivery tells that a record was removed: there was one before, and after it is empty.
fn is_gone(event: &Event<'_>, document: &Document<'_>) -> bool {
    let Some(changes) = changes(event) else { return false };
    let has = |path: &Path| document.find(path).map(|node| document.members(node).next().is_some());
    has(&changes.from) == Some(true) && has(&changes.to) == Some(false)
}

/// Whether a path is the record after a change, and nobody says what changes.
fn is_unchanged(event: &Event<'_>, path: &Path, overrides: &Overrides) -> bool {
    let is_edited = || overrides.edits.iter().any(|edit| edit.path().is_within(path));
    changes(event).is_some_and(|changes| changes.to == *path) && overrides.after.is_none() && !is_edited()
}

/// The record that went before, changed as the sample's own record is.
fn with_own_changes(event: &Event<'_>, fresh: &Document<'_>, record: &str) -> Result<String, json::ChangeError> {
    let Some(diff) = changes(event).and_then(|changes| changed(fresh, changes)) else { return Ok(record.to_string()) };
    let diff = Document::parse(&diff)?;
    diff.members(diff.root()).try_fold(record.to_string(), |record, member| {
        let path = Path::default().then(crate::path::Step::Key(diff.key(member).into_owned()));
        json::set(&record, &path, diff.text(member.value), Create::Yes)
    })
}
