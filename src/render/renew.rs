//! A sample becomes a delivery of its own: declared identities and times are renewed, all else stays.

use std::collections::HashMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::make::make;
use super::{Freshness, RenderError, World};
use crate::catalog::{Event, EventTime, Identity, Life, Times};
use crate::json::{Document, Kind, quote};
use crate::message::Headers;
use crate::moment;
use crate::words;

/// Shorter identities are replaced at their declared paths only.
const WHOLE_BODY: usize = 8;

pub(super) struct Renewed {
    pub(super) body: String,
    pub(super) headers: Headers,
    /// Every name that a template can use, with what it stands for in this delivery.
    names: HashMap<String, String>,
}

/// A part of the sample and what stands there from now on.
pub(super) type Patch = (Range<usize>, String);

pub(super) fn renew(
    event: &Event<'_>,
    sample: &str,
    ids: &[(String, String)],
    freshness: Freshness,
    world: &mut World,
    notes: &mut Vec<String>,
) -> Result<Renewed, RenderError> {
    check_names(event, ids)?;
    let document = Document::parse(sample).map_err(|error| RenderError::NotJson { what: "the sample", error })?;
    let times = event.provider.description.time.as_ref();
    let (was, now) = event_times(times, &document, freshness, world);
    let mut patches = shifted(times, &document, now.duration_since(was));

    let mut names = HashMap::from([
        ("event".to_string(), event.said_name().to_string()),
        ("object".to_string(), event.object.clone().unwrap_or_default()),
        ("event_ms".to_string(), now.as_millisecond().to_string()),
        ("event_s".to_string(), now.as_second().to_string()),
    ]);
    for (name, identity) in &event.provider.description.identity {
        let Some(was) = sample_value(identity, &document) else {
            if ids.iter().any(|(wanted, _)| wanted == name) {
                notes
                    .push(format!("{} has no identity `{name}`; --id {name} changes nothing in it", event.full_name()));
            }
            continue;
        };
        let given = ids.iter().rev().find(|(wanted, _)| wanted == name).map(|(_, value)| value.clone());
        let fresh = freshness == Freshness::Fresh && identity.lives != Life::Fixed;
        let made = fresh.then(|| make(&identity.make, &names, now, &mut world.random));
        let new = given.or(made).unwrap_or_else(|| was.clone());
        if new != was {
            patches.extend(replaced(name, identity, &document, sample, &was, &new)?);
        }
        names.insert(name.clone(), new);
    }

    let mut headers = Headers::default();
    for (name, template) in &event.provider.description.header {
        let value = make(template, &names, now, &mut world.random);
        if value.chars().any(char::is_control) {
            return Err(RenderError::HeaderValue { name: name.clone() });
        }
        headers.push(name, value);
    }
    Ok(Renewed { body: apply(sample, patches), headers, names })
}

/// As [`renew`] for a body that is a form: the values of identities are replaced where they stand as whole tokens.
pub(super) fn renew_form(
    event: &Event<'_>,
    body: &str,
    ids: &[(String, String)],
    freshness: Freshness,
    world: &mut World,
) -> Result<Renewed, RenderError> {
    let renewed = renew(event, "null", ids, freshness, world, &mut Vec::new())?;
    let mut patches = Vec::new();
    for (name, identity) in &event.provider.description.identity {
        let new = renewed.names.get(name);
        if let Some((was, new)) = identity.value.as_ref().zip(new).filter(|(was, new)| was != new) {
            let new: String = form_urlencoded::byte_serialize(new.as_bytes()).collect();
            patches.extend(tokens_equal_to(was, body).map(|at| (at..at + was.len(), new.clone())));
        }
    }
    Ok(Renewed { body: apply(body, patches), ..renewed })
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

/// The sample's time and the delivery's, which is as precise as the sample writes it.
fn event_times(
    times: Option<&Times>,
    document: &Document<'_>,
    freshness: Freshness,
    world: &World,
) -> (Timestamp, Timestamp) {
    let written = times.and_then(|times| match &times.event {
        EventTime::Literal(text) => Some(text.clone()),
        EventTime::At(path) => document.scalar_at(path),
    });
    match written.as_deref().and_then(moment::read) {
        Some((was, _)) if freshness == Freshness::Verbatim => (was, was),
        Some((was, form)) => (was, moment::cut(world.now, &form)),
        None => (world.now, world.now),
    }
}

pub(super) fn shifted(times: Option<&Times>, document: &Document<'_>, by: SignedDuration) -> Vec<Patch> {
    let Some(times) = times.filter(|_| !by.is_zero()) else { return Vec::new() };
    let own = match &times.event {
        EventTime::At(path) => Some(path),
        EventTime::Literal(_) => None,
    };
    let patch = |path| {
        let node = document.find(path)?;
        let (at, form) = moment::read(&document.scalar(node)?)?;
        let text = moment::write(moment::shift(at, by), &form);
        Some((document.span(node), if document.kind(node) == Kind::String { quote(&text) } else { text }))
    };
    own.into_iter().chain(&times.shift).filter_map(patch).collect()
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
        patches.extend(tokens_equal_to(was, sample).map(|at| (at..at + was.len(), inner.to_string())));
    }
    Ok(patches)
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
