//! A sample becomes a delivery of its own: declared identities and times are renewed, all else stays.

use std::ops::Range;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::make::{Names, make};
use super::{Freshness, Overrides, RenderError, World, check_size};
use crate::catalog::{Event, EventTime, Identity, Life, Template, Times};
use crate::json::{Document, Kind, quote};
use crate::message::Headers;
use crate::moment::{self, Form};
use crate::shell;
use crate::words;

/// Shorter identities are replaced at their declared paths only.
const WHOLE_BODY: usize = 8;

pub(super) struct Renewed {
    pub(super) body: String,
    pub(super) headers: Headers,
    /// The identities that it has.
    pub(super) ids: Vec<(String, String)>,
}

/// A part of the sample and what stands there from now on.
pub(super) type Patch = (Range<usize>, String);

/// What of a sample is another in each delivery: read once, made as often as one likes.
#[derive(Clone, Debug)]
pub(super) struct Plan<'e> {
    event: String,
    object: String,
    /// The sample's time, which moves where the form of it is told.
    time: Option<(Timestamp, Option<Form>)>,
    pub(super) moving: Vec<Moving>,
    pub(super) changing: Vec<Changing<'e>>,
    headers: &'e IndexMap<String, Template>,
}

/// A time of the sample that keeps its distance from the event.
#[derive(Clone, Debug)]
pub(super) struct Moving {
    span: Range<usize>,
    pub(super) at: Timestamp,
    pub(super) form: Form,
    /// As it stands there, without the quotes of a string.
    pub(super) text: String,
    is_string: bool,
}

/// An identity that stands in the sample.
#[derive(Clone, Debug)]
pub(super) struct Changing<'e> {
    name: &'e str,
    identity: &'e Identity,
    was: String,
    given: Option<String>,
    is_fresh: bool,
}

/// What one delivery says in the place of what its sample says.
#[derive(Clone, Debug)]
pub(super) struct Said<'p> {
    plan: &'p Plan<'p>,
    pub(super) by: SignedDuration,
    now: Timestamp,
    event_ms: String,
    event_s: String,
    /// Of each identity of the plan, in its order.
    pub(super) values: Vec<String>,
}

impl Names for Said<'_> {
    fn named(&self, name: &str) -> Option<&str> {
        let place = self.plan.changing.iter().take(self.values.len()).position(|changing| changing.name == name);
        place.map(|place| self.values[place].as_str()).or(match name {
            "event" => Some(&self.plan.event),
            "object" => Some(&self.plan.object),
            "event_ms" => Some(&self.event_ms),
            "event_s" => Some(&self.event_s),
            _ => None,
        })
    }
}

impl<'e> Plan<'e> {
    /// Reads a sample, of which a form has no places.
    pub(super) fn read(
        event: &Event<'e>,
        document: &Document<'_>,
        overrides: &Overrides,
        freshness: Freshness,
        notes: &mut Vec<String>,
    ) -> Result<Self, RenderError> {
        let ids = &overrides.ids;
        check_names(event, ids)?;
        let description = &event.provider.description;
        let mut changing = Vec::new();
        for (name, identity) in &description.identity {
            let given = ids.iter().rev().find(|(wanted, _)| wanted == name).map(|(_, value)| value.clone());
            match sample_value(identity, document) {
                None if given.is_some() => notes.push(format!(
                    "{} has no identity `{name}`; --id {} changes nothing in it",
                    event.full_name(),
                    shell::argument(name)
                )),
                None => {}
                Some(was) => {
                    let given = given.or_else(|| overrides.cast.value(event, name).map(str::to_string));
                    let is_fresh = freshness == Freshness::Fresh && identity.lives != Life::Fixed;
                    changing.push(Changing { name, identity, was, given, is_fresh });
                }
            }
        }
        let times = description.time.as_ref();
        Ok(Self {
            event: event.said_name().to_string(),
            object: event.object.clone().unwrap_or_default(),
            time: event_time(times, document)
                .map(|(was, form)| (was, Some(form).filter(|_| freshness == Freshness::Fresh))),
            moving: moving(times, document),
            changing,
            headers: &description.header,
        })
    }

    /// The identities of a delivery by their names.
    fn ids(&self, said: &Said<'_>) -> Vec<(String, String)> {
        let names = self.changing.iter().map(|changing| changing.name.to_string());
        names.zip(said.values.iter().cloned()).collect()
    }

    /// Whether its times are others in each delivery.
    pub(super) fn moves(&self) -> bool {
        matches!(self.time, Some((_, Some(_))))
    }

    /// Makes one delivery's identities and its time, which is as precise as the sample writes it.
    pub(super) fn say(&self, world: &mut World) -> Result<Said<'_>, RenderError> {
        let (was, now) = match &self.time {
            Some((was, Some(form))) => (*was, moment::cut(world.now, form)),
            Some((was, None)) => (*was, *was),
            None => (world.now, world.now),
        };
        let mut said = Said {
            plan: self,
            by: now.duration_since(was),
            now,
            event_ms: now.as_millisecond().to_string(),
            event_s: now.as_second().to_string(),
            values: Vec::with_capacity(self.changing.len()),
        };
        for changing in &self.changing {
            // One that is given is made all the same, so that with a seed the others stay what they are.
            let made = changing.is_fresh.then(|| make(&changing.identity.make, &said, now, &mut world.random));
            let made = made.transpose()?;
            said.values.push(changing.given.clone().or(made).unwrap_or_else(|| changing.was.clone()));
        }
        Ok(said)
    }

    /// The headers that go with what a delivery says.
    pub(super) fn headers(&self, said: &Said<'_>, world: &mut World) -> Result<Headers, RenderError> {
        let mut headers = Headers::default();
        for (name, template) in self.headers {
            let value = make(template, said, said.now, &mut world.random)?;
            if value.chars().any(char::is_control) {
                return Err(RenderError::HeaderValue { name: name.clone() });
            }
            headers.push(name, value);
        }
        Ok(headers)
    }

    /// The sample with these values in it, and with its times where these are told.
    pub(super) fn put(
        &self,
        document: &Document<'_>,
        sample: &str,
        values: &[String],
        times: Option<&dyn Fn(&Moving) -> String>,
    ) -> Result<String, RenderError> {
        let mut patches: Vec<Patch> =
            times.map_or_else(Vec::new, |text| self.moving.iter().map(|moving| moving.patch(&text(moving))).collect());
        for (changing, new) in self.changing.iter().zip(values).filter(|(changing, new)| changing.was != **new) {
            patches.extend(replaced(changing.name, changing.identity, document, sample, &changing.was, new)?);
            check_size(grown(&patches))?;
        }
        Ok(apply(sample, patches))
    }

    /// The same for a body that is a form: values are replaced where they stand as whole tokens.
    pub(super) fn put_form(&self, body: &str, values: &[String]) -> Result<String, RenderError> {
        let mut patches = Vec::new();
        for (changing, new) in self.changing.iter().zip(values) {
            let Some(was) = changing.identity.value.as_ref().filter(|was| *was != new) else { continue };
            let new: String = form_urlencoded::byte_serialize(new.as_bytes()).collect();
            check_size(grown(&patches) + tokens_equal_to(was, body).count().saturating_mul(new.len()))?;
            patches.extend(tokens_equal_to(was, body).map(|at| (at..at + was.len(), new.clone())));
        }
        Ok(apply(body, patches))
    }
}

impl Changing<'_> {
    /// What it is in every delivery; nothing where each makes its own.
    pub(super) fn constant(&self) -> Option<&str> {
        self.given.as_deref().or((!self.is_fresh).then_some(self.was.as_str()))
    }
}

impl Moving {
    fn patch(&self, text: &str) -> Patch {
        (self.span.clone(), if self.is_string { quote(text) } else { text.to_string() })
    }
}

pub(super) fn renew(
    event: &Event<'_>,
    sample: &str,
    overrides: &Overrides,
    freshness: Freshness,
    world: &mut World,
    notes: &mut Vec<String>,
) -> Result<Renewed, RenderError> {
    let document = read(sample)?;
    let plan = Plan::read(event, &document, overrides, freshness, notes)?;
    let said = plan.say(world)?;
    let write = |moving: &Moving| moment::write(moment::shift(moving.at, said.by), &moving.form);
    let times: Option<&dyn Fn(&Moving) -> String> = if said.by.is_zero() { None } else { Some(&write) };
    let body = plan.put(&document, sample, &said.values, times)?;
    Ok(Renewed { body, headers: plan.headers(&said, world)?, ids: plan.ids(&said) })
}

/// As [`renew`] for a body that is a form.
pub(super) fn renew_form(
    event: &Event<'_>,
    body: &str,
    overrides: &Overrides,
    freshness: Freshness,
    world: &mut World,
) -> Result<Renewed, RenderError> {
    let plan = Plan::read(event, &read(NO_PLACES)?, overrides, freshness, &mut Vec::new())?;
    let said = plan.say(world)?;
    let body = plan.put_form(body, &said.values)?;
    Ok(Renewed { body, headers: plan.headers(&said, world)?, ids: plan.ids(&said) })
}

/// What is read in the place of a form, which is no document.
pub(super) const NO_PLACES: &str = "null";

pub(super) fn read(sample: &str) -> Result<Document<'_>, RenderError> {
    Document::parse(sample).map_err(|error| RenderError::NotJson { what: "the sample", error })
}

fn check_names(event: &Event<'_>, ids: &[(String, String)]) -> Result<(), RenderError> {
    let known = &event.provider.description.identity;
    match ids.iter().find(|(name, _)| !known.contains_key(name)) {
        None => Ok(()),
        Some((name, _)) => Err(RenderError::UnknownIdentity {
            provider: event.provider.id.clone(),
            name: name.clone(),
            known: words::list(&known.keys().cloned().collect::<Vec<_>>(), "and"),
        }),
    }
}

/// The sample's time, and how it is written.
fn event_time(times: Option<&Times>, document: &Document<'_>) -> Option<(Timestamp, Form)> {
    let written = times.and_then(|times| match &times.event {
        EventTime::Literal(text) => Some(text.clone()),
        EventTime::At(path) => document.scalar_at(path),
    });
    moment::read(&written?)
}

pub(super) fn shifted(times: Option<&Times>, document: &Document<'_>, by: SignedDuration) -> Vec<Patch> {
    if by.is_zero() {
        return Vec::new();
    }
    let write = |moving: &Moving| moving.patch(&moment::write(moment::shift(moving.at, by), &moving.form));
    moving(times, document).iter().map(write).collect()
}

/// The times that a document has, each in its own form.
fn moving(times: Option<&Times>, document: &Document<'_>) -> Vec<Moving> {
    let Some(times) = times else { return Vec::new() };
    let own = match &times.event {
        EventTime::At(path) => Some(path),
        EventTime::Literal(_) => None,
    };
    let moving = |path| {
        let node = document.find(path)?;
        let (at, form) = moment::read(&document.scalar(node)?)?;
        let is_string = document.kind(node) == Kind::String;
        let text = document.text(node).trim_matches('"').to_string();
        Some(Moving { span: document.span(node), at, form, text, is_string })
    };
    own.into_iter().chain(&times.shift).filter_map(moving).collect()
}

fn sample_value(identity: &Identity, document: &Document<'_>) -> Option<String> {
    let is_set = |value: &String| value != "null";
    identity.at.iter().filter_map(|path| document.scalar_at(path)).find(is_set).or_else(|| identity.value.clone())
}

pub(super) fn replaced(
    name: &str,
    identity: &Identity,
    document: &Document<'_>,
    sample: &str,
    was: &str,
    new: &str,
) -> Result<Vec<Patch>, RenderError> {
    let mut patches = Vec::new();
    let mut everywhere = was.len() >= WHOLE_BODY;
    for node in identity.at.iter().filter_map(|path| document.find(path)) {
        if document.kind(node) == Kind::Number {
            everywhere = false;
            if !Document::parse(new).is_ok_and(|given| given.kind(given.root()) == Kind::Number) {
                return Err(RenderError::NotANumber { name: name.to_string(), value: new.to_string() });
            }
            patches.push((document.span(node), new.to_string()));
        } else if was.len() < WHOLE_BODY && document.scalar(node).as_deref() == Some(was) {
            patches.push((document.span(node), quote(new)));
        }
    }
    if everywhere {
        let literal = quote(new);
        let inner = &literal[1..literal.len() - 1];
        check_size(tokens_equal_to(was, sample).count().saturating_mul(inner.len()))?;
        patches.extend(tokens_equal_to(was, sample).map(|at| (at..at + was.len(), inner.to_string())));
    }
    Ok(patches)
}

/// The bytes that patches put in.
fn grown(patches: &[Patch]) -> usize {
    patches.iter().map(|(_, new)| new.len()).sum()
}

/// Where a value stands as a whole token: between characters that are no word characters.
fn tokens_equal_to<'a>(value: &'a str, text: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    text.match_indices(value).map(|(at, _)| at).filter(move |&at| {
        let before = &text.as_bytes()[..at];
        let after = &text.as_bytes()[at + value.len()..];
        (!before.last().is_some_and(is_word) || ends_with_escape(before)) && !after.first().is_some_and(is_word)
    })
}

/// Whether the letter at the end belongs to an escape such as `\n`.
fn ends_with_escape(text: &[u8]) -> bool {
    let Some((letter, rest)) = text.split_last() else { return false };
    let backslashes = rest.iter().rev().take_while(|byte| **byte == b'\\').count();
    backslashes % 2 == 1 && b"bfnrt".contains(letter)
}

/// Puts the patches into the text; of two that meet, the one that begins first holds.
pub(super) fn apply(text: &str, mut patches: Vec<Patch>) -> String {
    patches.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (span, new) in patches {
        if span.start >= done {
            out.push_str(&text[done..span.start]);
            out.push_str(&new);
            done = span.end;
        }
    }
    out + &text[done..]
}

#[cfg(test)]
mod tests {
    use super::tokens_equal_to;

    #[test]
    fn an_identity_is_replaced_as_a_whole_token_only() {
        let count = |text: &str| tokens_equal_to("tl_8ad2b0c1", text).count();
        assert_eq!(count(r#"{"tl_8ad2b0c1":"https://a/tl_8ad2b0c1?x=tl_8ad2b0c1"}"#), 3);
        assert_eq!(count(r#"["xtl_8ad2b0c1","tl_8ad2b0c12","tl_8ad2b0c1_2","étl_8ad2b0c1"]"#), 0);
        assert_eq!(count(r#"["see:\ntl_8ad2b0c1\n"]"#), 1, "an escape is no word character");
        assert_eq!(count(r#"["see:\\ntl_8ad2b0c1"]"#), 0, "an escaped backslash is none");
    }
}
