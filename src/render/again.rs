//! A captured delivery becomes one of its own: what its provider declares as its ids and times is renewed, all else stays.

use std::collections::HashMap;

use jiff::Timestamp;

use super::make::make;
use super::renew::{apply, replaced, shifted};
use super::{RenderError, World, check_size};
use crate::catalog::{Description, EventTime, Identity, Life, Piece, Provider, Template};
use crate::json::{self, Create, Document, Kind, quote};
use crate::message::{Delivery, Headers};
use crate::moment::{self, Form};
use crate::path::Path;

/// Names of templates that stand for the event's time.
const TIMES: [&str; 2] = ["event_ms", "event_s"];

/// What of a captured delivery is another now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// The names of the ids.
    pub ids: Vec<String>,
    /// Whether its time is.
    pub is_dated: bool,
}

/// Gives a captured delivery new ids and the present time, where its provider declares them.
pub fn renew_captured(provider: &Provider, delivery: &mut Delivery, world: &mut World) -> Result<Renewal, RenderError> {
    let description = &provider.description;
    // What is no JSON has no places.
    let text = String::from_utf8(delivery.body.clone()).ok().filter(|text| Document::parse(text).is_ok());
    let is_json = text.is_some();
    let text = text.unwrap_or_else(|| "null".to_string());
    let document = Document::parse(&text).map_err(|error| RenderError::NotJson { what: "the body", error })?;
    let mut names = read_headers(description, &delivery.headers);
    let written = event_time(description, &document, &names);
    let now = written.as_ref().map_or(world.now, |(_, form)| moment::cut(world.now, form));
    let mut renewal = Renewal { ids: Vec::new(), is_dated: written.is_some() };
    let times = description.time.as_ref();
    let mut patches = written.map_or_else(Vec::new, |(was, _)| shifted(times, &document, now.duration_since(was)));
    names.insert("event_ms".to_string(), now.as_millisecond().to_string());
    names.insert("event_s".to_string(), now.as_second().to_string());
    for (name, identity) in description.identity.iter().filter(|(_, identity)| identity.lives == Life::Delivery) {
        let Some(was) = value(identity, &document).or_else(|| names.get(name).cloned()) else { continue };
        if !identity.make.names().iter().all(|name| names.contains_key(*name)) {
            continue;
        }
        let new = make(&identity.make, &names, now, &mut world.random)?;
        // A number that the sample has as text can't be made anew.
        let Ok(more) = replaced(name, identity, &document, &text, &was, &new) else { continue };
        patches.extend(more);
        // One that is written with escapes is no token of the text.
        let own = identity.at.iter().filter_map(|path| document.find(path));
        let own = own.filter(|node| {
            document.kind(*node) == Kind::String && document.scalar(*node).as_deref() == Some(was.as_str())
        });
        patches.extend(own.map(|node| (document.span(node), quote(&new))));
        check_size(patches.iter().map(|(_, new)| new.len()).sum())?;
        names.insert(name.clone(), new);
        renewal.ids.push(name.clone());
    }
    if is_json {
        delivery.body = mirrored(description, &document, apply(&text, patches))?.into_bytes();
    }
    renew_headers(description, &mut delivery.headers, &names, &mut renewal, (now, world))?;
    Ok(renewal)
}

/// What the headers say of the names in their templates.
fn read_headers(description: &Description, headers: &Headers) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for (name, template) in &description.header {
        names.extend(headers.text(name).and_then(|value| read(template, value)).unwrap_or_default());
    }
    names
}

/// The values that the holes of a template have in a text.
fn read(template: &Template, text: &str) -> Option<HashMap<String, String>> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut rest = text;
    let mut pieces = template.0.iter().peekable();
    while let Some(piece) = pieces.next() {
        let known = match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Name(name) => names.get(name).map(String::as_str),
            _ => None,
        };
        if let Some(known) = known {
            rest = rest.strip_prefix(known)?;
            continue;
        }
        let end = match pieces.peek() {
            None => rest.len(),
            Some(Piece::Text(next)) => rest.find(next.as_str())?,
            Some(_) => return None,
        };
        if let Piece::Name(name) = piece {
            names.insert(name.clone(), rest[..end].to_string());
        }
        rest = &rest[end..];
    }
    rest.is_empty().then_some(names)
}

/// When the event was, and how that is written.
fn event_time(
    description: &Description,
    document: &Document<'_>,
    names: &HashMap<String, String>,
) -> Option<(Timestamp, Form)> {
    let in_body = match description.time.as_ref().map(|times| &times.event) {
        Some(EventTime::At(path)) => document.scalar_at(path),
        _ => None,
    };
    let in_header = || TIMES.iter().find_map(|name| names.get(*name)).cloned();
    moment::read(&in_body.or_else(in_header)?)
}

fn value(identity: &Identity, document: &Document<'_>) -> Option<String> {
    let is_set = |value: &String| value != "null";
    identity.at.iter().filter_map(|path| document.scalar_at(path)).find(is_set)
}

/// A part that was a copy of another is one again.
fn mirrored(description: &Description, was: &Document<'_>, mut body: String) -> Result<String, RenderError> {
    let text = |document: &Document<'_>, path: &Path| document.find(path).map(|node| document.text(node).to_string());
    for derived in &description.derived {
        let Some(source) = &derived.mirror else { continue };
        let copy = text(was, &derived.path);
        if copy.is_none() || copy != text(was, source) {
            continue;
        }
        let document = Document::parse(&body).map_err(|error| RenderError::NotJson { what: "the body", error })?;
        let Some(value) = text(&document, source) else { continue };
        let event = String::new();
        body = json::set(&body, &derived.path, &value, Create::No).map_err(|error| RenderError::Change {
            error,
            event,
            near: None,
            may_create: false,
        })?;
        check_size(body.len())?;
    }
    Ok(body)
}

/// Headers that hold an id or the time are made anew, with all else that stands in them.
fn renew_headers(
    description: &Description,
    headers: &mut Headers,
    names: &HashMap<String, String>,
    renewal: &mut Renewal,
    (now, world): (Timestamp, &mut World),
) -> Result<(), RenderError> {
    for (name, template) in &description.header {
        let is_time = |name: &&str| TIMES.contains(name);
        let is_renewed = |name: &&str| is_time(name) || renewal.ids.iter().any(|id| id == name);
        if !template.names().iter().any(is_renewed) {
            continue;
        }
        let header = headers.0.iter_mut().find(|header| header.name.eq_ignore_ascii_case(name));
        let Some(header) = header else { continue };
        let is_read = std::str::from_utf8(&header.value).is_ok_and(|value| read(template, value).is_some());
        if is_read {
            header.value = make(template, names, now, &mut world.random)?.into_bytes();
            renewal.is_dated |= template.names().iter().any(is_time);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::{Renewal, read, renew_captured};
    use crate::catalog::Catalog;
    use crate::message::{Delivery, Headers};
    use crate::render::{Randomness, World};

    fn renewed(provider: &str, headers: &[(&str, &str)], body: &str) -> (Delivery, Renewal) {
        let catalog = Catalog::built_in().unwrap();
        let mut delivery =
            Delivery { method: "POST".into(), target: "/".into(), headers: Headers::default(), body: body.into() };
        for (name, value) in headers {
            delivery.headers.push(*name, *value);
        }
        let now: Timestamp = "2026-06-01T12:00:00.123Z".parse().unwrap();
        let mut world = World { now, random: Randomness::from_seed([1; 32]) };
        let renewal = renew_captured(catalog.provider(provider).unwrap(), &mut delivery, &mut world).unwrap();
        (delivery, renewal)
    }

    #[test]
    fn ids_times_and_their_copies_are_renewed_and_nothing_else() {
        let body = r#"{ "event_id": "0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20", "timestamp":"2020-01-01T00:00:05Z","n":1E2,
            "see":"/0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20/x","data":{"submission":{"created_at":"2020-01-01T00:00:00Z"}},
            "event_data":{"submission":{"created_at":"2020-01-01T00:00:00Z"}},"session_id":"sess_1"}"#;
        let (delivery, renewal) = renewed("superfolio", &[], body);
        assert_eq!(renewal, Renewal { ids: vec!["event".into()], is_dated: true });
        let text = String::from_utf8(delivery.body).unwrap();
        let id = text.split('"').nth(3).unwrap();
        let expected = body
            .replace("0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20", id)
            .replace("2020-01-01T00:00:05Z", "2026-06-01T12:00:00Z")
            .replace("2020-01-01T00:00:00Z", "2026-06-01T11:59:55Z");
        assert_eq!(text, expected);
        assert_ne!(id, "0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20");
    }

    #[test]
    fn an_id_that_is_written_with_escapes_is_renewed_at_its_place() {
        let (delivery, _) = renewed("stripe", &[], r#"{"id":"evt\u005f1Nabcdefgh","created":1577836800}"#);
        let text = String::from_utf8(delivery.body).unwrap();
        assert!(text.starts_with(r#"{"id":"evt_1"#) && text.ends_with(r#","created":1780315200}"#), "{text}");
    }

    #[test]
    fn an_id_in_a_header_is_renewed_with_what_stands_beside_it() {
        let was = "orgorg:lead:1577836800000:orgorg_record12:lead.update:b8WqZ5dN";
        let (delivery, renewal) = renewed("superleap", &[("X-Superleap-Event-Id", was)], "no json");
        let value = delivery.headers.text("x-superleap-event-id").unwrap();
        assert!(value.starts_with("orgorg:lead:1780315200123:orgorg_record12:lead.update:"), "{value}");
        assert!(!value.ends_with("b8WqZ5dN") && renewal.is_dated, "{value}");
        assert_eq!((renewal.ids.as_slice(), delivery.body.as_slice()), (&["nonce".to_string()][..], &b"no json"[..]));
        let (delivery, _) = renewed("superleap", &[("X-Superleap-Event-Id", "other")], "{}");
        assert_eq!(delivery.headers.text("x-superleap-event-id"), Some("other"));
    }

    #[test]
    fn a_template_is_read_where_it_fits() {
        let names = |template: &str, text: &str| {
            let mut names: Vec<_> = read(&template.parse().unwrap(), text)?.into_values().collect();
            names.sort();
            Some(names.join(" "))
        };
        assert_eq!(names("{a}:{b}:{a}_x", "1:2:1_x").as_deref(), Some("1 2"));
        assert_eq!(names("{a}:{b}:{a}_x", "1:2:3_x"), None);
        assert_eq!(names("{hex:4}-{a}", "beef-1").as_deref(), Some("1"));
        assert_eq!(names("{a}{b}", "12"), None);
        assert_eq!(names("fixed", "other"), None);
    }
}
