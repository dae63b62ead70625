//! A delivery as pieces and holes: what the user wants otherwise is applied once, and each delivery fills the holes.
//!
//! The ordinary rendering runs once with marks in the place of identities and times; where they stand in the end are
//! the holes. So there is one way to make a delivery, and a filled stencil equals [`super::render`] byte for byte.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::renew::{Moving, NO_PLACES, Plan, Said, read};
use super::{Freshness, Overrides, RenderError, Rendered, World, finished, render};
use crate::catalog::{Changes, Event, Shape};
use crate::json::{self, Document, quote};
use crate::moment;

/// A mark begins with this number or a later one of twenty digits, so that it may stand in the place of a number too.
const FIRST: u128 = 41_827_364_554_637_281_905;
/// And ends with this, after the number of its hole.
const TAIL: &str = "50918273645546";
/// Digits of a hole's number.
const NUMBER: usize = 6;

/// An event that is ready to be delivered any number of times.
#[derive(Clone, Debug)]
pub struct Stencil<'e> {
    plan: Plan<'e>,
    cut: Cut<'e>,
}

#[derive(Clone, Debug)]
enum Cut<'e> {
    /// What stands between the holes, and how long a body becomes.
    Pieces(Vec<Piece>, usize),
    /// What changed between two records depends on what is filled in, so each delivery is rendered on its own.
    Anew(Box<(Event<'e>, Overrides, Freshness)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// An identity of the plan, in a JSON body.
    Identity(usize),
    /// The same in a form.
    Field(usize),
    /// A time of the plan.
    Time(usize),
}

impl<'e> Stencil<'e> {
    /// Makes a stencil of an event.
    pub fn cut(event: &Event<'e>, overrides: &Overrides, freshness: Freshness) -> Result<Self, RenderError> {
        let sample = event.sample()?;
        let mut notes = Vec::new();
        let given = format!("{event:?} {overrides:?}");
        let marks = Marks::beside(&[&sample, &given]);
        if event.shape() == Shape::Form {
            overrides.refuse_places(event)?;
            let plan = Plan::read(event, &read(NO_PLACES)?, overrides, freshness, &mut notes)?;
            let body = plan.put_form(&sample, &marks.values(&plan))?;
            let cut = pieces(&body, &marks, &plan, Piece::Field);
            return Ok(Self { plan, cut });
        }
        let document = read(&sample)?;
        let plan = Plan::read(event, &document, overrides, freshness, &mut notes)?;
        let time = |moving: &Moving| marks.time(&plan, moving);
        let times: Option<&dyn Fn(&Moving) -> String> = if plan.moves() { Some(&time) } else { None };
        let body = plan.put(&document, &sample, &marks.values(&plan), times)?;
        let body = finished(event, body, overrides, &mut notes)?;
        let cut = if is_undecided(event, &body, &marks, &plan) {
            Cut::Anew(Box::new((event.clone(), overrides.clone(), freshness)))
        } else {
            pieces(&body, &marks, &plan, Piece::Identity)
        };
        Ok(Self { plan, cut })
    }

    /// Makes one delivery's body and headers, as [`super::render`] does; its notes are told there.
    pub fn fill(&self, world: &mut World) -> Result<Rendered, RenderError> {
        let (pieces, length) = match &self.cut {
            Cut::Pieces(pieces, length) => (pieces, *length),
            Cut::Anew(whole) => {
                let (event, overrides, freshness) = whole.as_ref();
                return render(event, overrides, *freshness, world);
            }
        };
        let said = self.plan.say(world)?;
        let mut body = String::with_capacity(length);
        for piece in pieces {
            match piece {
                Piece::Text(text) => body.push_str(text),
                Piece::Identity(place) => body.push_str(&inner(&said.values[*place])),
                Piece::Field(place) => body.extend(form_urlencoded::byte_serialize(said.values[*place].as_bytes())),
                Piece::Time(place) => write_time(&self.plan.moving[*place], &said, &mut body),
            }
        }
        Ok(Rendered { body, headers: self.plan.headers(&said, world)?, ids: Vec::new(), notes: Vec::new() })
    }

    /// Whether each delivery is rendered on its own after all.
    pub fn is_whole(&self) -> bool {
        matches!(self.cut, Cut::Anew(_))
    }
}

fn write_time(moving: &Moving, said: &Said<'_>, out: &mut String) {
    if said.by.is_zero() {
        out.push_str(&moving.text);
    } else {
        moment::write_to(moment::shift(moving.at, said.by), &moving.form, out);
    }
}

/// A text as it stands between the quotes of JSON.
fn inner(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\')) {
        return Cow::Borrowed(text);
    }
    let literal = quote(text);
    Cow::Owned(literal[1..literal.len() - 1].to_string())
}

/// The texts that stand where the holes will be.
struct Marks {
    head: String,
}

impl Marks {
    /// Marks that stand in none of these texts.
    fn beside(texts: &[&str]) -> Self {
        let is_free = |head: &String| texts.iter().all(|text| !text.contains(head.as_str()));
        // Texts that hold all of these don't fit into memory.
        let head = (FIRST..2 * FIRST).map(|number| number.to_string()).find(is_free);
        Self { head: head.unwrap_or_default() }
    }

    fn of(&self, number: usize) -> String {
        format!("{}{number:0NUMBER$}{TAIL}", self.head)
    }

    /// A mark for each identity that is new with every delivery; the others are what they are.
    fn values(&self, plan: &Plan<'_>) -> Vec<String> {
        let value = |(place, said): (usize, Option<&str>)| said.map_or_else(|| self.of(place), str::to_string);
        plan.changing.iter().map(super::renew::Changing::constant).enumerate().map(value).collect()
    }

    /// Equal times have one mark: they are equal in every delivery.
    fn time(&self, plan: &Plan<'_>, moving: &Moving) -> String {
        let is_same = |other: &Moving| (other.at, &other.form) == (moving.at, &moving.form);
        self.of(plan.changing.len() + plan.moving.iter().position(is_same).unwrap_or_default())
    }

    /// Where the next mark of a text begins, and the number of its hole.
    fn next(&self, text: &str) -> Option<(usize, usize)> {
        let start = text.find(&self.head)?;
        let number = text.get(start + self.head.len()..)?.get(..NUMBER)?.parse().ok()?;
        Some((start, number))
    }

    fn length(&self) -> usize {
        self.head.len() + NUMBER + TAIL.len()
    }

    /// The number of the hole that a JSON literal is as a whole.
    fn whole(&self, literal: &str) -> Option<usize> {
        let bare = literal.trim_matches('"');
        self.next(bare).filter(|(start, _)| *start == 0 && bare.len() == self.length()).map(|(_, number)| number)
    }
}

fn pieces<'e>(body: &str, marks: &Marks, plan: &Plan<'_>, identity: fn(usize) -> Piece) -> Cut<'e> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some((start, number)) = marks.next(rest) {
        pieces.push(Piece::Text(rest[..start].to_string()));
        let hole = number.checked_sub(plan.changing.len()).map_or_else(|| identity(number), Piece::Time);
        pieces.push(hole);
        rest = &rest[start + marks.length()..];
    }
    pieces.push(Piece::Text(rest.to_string()));
    // A mark is longer than most of what it stands for.
    Cut::Pieces(pieces, body.len())
}

/// Whether it takes the values of a delivery to tell what changed between its two records.
fn is_undecided(event: &Event<'_>, body: &str, marks: &Marks, plan: &Plan<'_>) -> bool {
    let Ok(document) = Document::parse(body) else { return false };
    let derived = event.provider.description.derived.iter().filter(|derived| document.find(&derived.path).is_some());
    derived.filter_map(|derived| derived.changes.as_ref()).any(|changes| differ(&document, changes, marks, plan))
}

fn differ(document: &Document<'_>, changes: &Changes, marks: &Marks, plan: &Plan<'_>) -> bool {
    let Some((from, to)) = document.find(&changes.from).zip(document.find(&changes.to)) else { return false };
    let members = |node| -> IndexMap<Cow<'_, str>, _> {
        document.members(node).map(|member| (document.key(member), member.value)).collect()
    };
    let (before, after) = (members(from), members(to));
    let has_hole = |text: &str| marks.next(text).is_some();
    if before.keys().filter(|key| has_hole(key)).ne(after.keys().filter(|key| has_hole(key))) {
        return true;
    }
    let form = |text: &str| {
        let place = marks.whole(text)?.checked_sub(plan.changing.len())?;
        plan.moving.get(place).map(|moving| &moving.form)
    };
    after.iter().any(|(key, value)| {
        let Some(was) = before.get(key) else { return false };
        let (old, new) = (document.text(*was), document.text(*value));
        // Two times of one form that differ in the sample differ whenever they are.
        let are_times = form(old).is_some_and(|old| form(new) == Some(old));
        (has_hole(old) || has_hole(new)) && !json::same(document, *was, *value) && !are_times
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::{Piece, Stencil};
    use crate::catalog::{Catalog, Variants};
    use crate::json::{Create, quote};
    use crate::path::Path;
    use crate::render::{Edit, Freshness, Overrides, Randomness, World, render};

    fn world(stream: u64, at: &str) -> World {
        let mut random = Randomness::from_seed([7; 32]);
        random.set_stream(stream);
        World { now: at.parse::<Timestamp>().unwrap(), random }
    }

    const TIMES: [&str; 4] = [
        "2026-06-01T17:45:12.345Z",
        "2031-12-31T23:59:59.999999999Z",
        "1999-01-01T00:00:00Z",
        "2024-02-29T12:00:00.05Z",
    ];

    #[track_caller]
    fn check(name: &str, overrides: &Overrides) -> Stencil<'static> {
        let catalog: &'static Catalog = Box::leak(Box::new(Catalog::built_in().unwrap()));
        let event = catalog.select(name, Variants::With).unwrap().remove(0);
        let stencil = Stencil::cut(&event, overrides, Freshness::Fresh).unwrap();
        for (stream, at) in (0..).zip(TIMES) {
            let expected = render(&event, overrides, Freshness::Fresh, &mut world(stream, at)).unwrap();
            let filled = stencil.fill(&mut world(stream, at)).unwrap();
            assert_eq!((filled.body, filled.headers), (expected.body, expected.headers), "{name} at {at}");
        }
        stencil
    }

    #[test]
    fn every_form_of_every_event_is_filled_as_it_is_rendered() {
        let catalog = Catalog::built_in().unwrap();
        let mut counted = 0;
        for event in catalog.providers.iter().flat_map(|provider| provider.forms(Variants::With)) {
            for freshness in [Freshness::Fresh, Freshness::Verbatim] {
                let none = Overrides::default();
                let stencil = Stencil::cut(&event, &none, freshness).unwrap();
                assert!(!stencil.is_whole(), "{}", event.full_name());
                for (stream, at) in (0..).zip(TIMES) {
                    let mut expected = world(stream, at);
                    let mut filled = world(stream, at);
                    let rendered = render(&event, &none, freshness, &mut expected).unwrap();
                    let ours = stencil.fill(&mut filled).unwrap();
                    assert_eq!(ours.body, rendered.body, "{} at {at}", event.full_name());
                    assert_eq!(ours.headers, rendered.headers, "{} at {at}", event.full_name());
                    assert_eq!(expected.random, filled.random, "what is signed next is as random");
                    counted += 1;
                }
            }
        }
        assert!(counted > 500, "{counted}");
    }

    #[test]
    fn what_the_user_gives_is_in_every_delivery() {
        let path = |text| Path::parse(text).unwrap();
        let given = |id: &str, value: &str| (id.to_string(), value.to_string());
        let ids = vec![given("session", "s \"quoted\" \\ \u{1}é"), given("event", "mine")];
        check("superfolio/activity.page_view--tracked", &Overrides { ids, ..Overrides::default() });
        let set = |at, value: &str| Edit::Set(path(at), value.to_string());
        let edits = vec![
            set("timestamp", "\"2020-01-01T00:00:00Z\""),
            set("data.extra.deep", "[1E2,\"x\"]"),
            Edit::Unset(path("data.session")),
        ];
        let edits = Overrides { edits, create: Create::Yes, ..Overrides::default() };
        check("superfolio/activity.page_view", &edits);
        let data = Overrides { data: Some("{\"event_id\":1}".to_string()), ..Overrides::default() };
        check("superfolio/form.submitted", &data);
        check("fingerprinting-api/NEW_VISIT", &data);
    }

    /// Marks are numbers, which anybody may write.
    #[test]
    fn a_text_that_looks_like_a_mark_stays() {
        let mark = super::Marks::beside(&[]).of(0);
        let edits = vec![Edit::Set(Path::parse("event_id").unwrap(), quote(&mark))];
        check("superfolio/form.submitted", &Overrides { edits, ..Overrides::default() });
    }

    #[test]
    fn a_change_that_depends_on_what_is_filled_in_is_computed_each_time() {
        assert!(!check("superleap/lead.update", &Overrides::default()).is_whole());
        // The record after has the id that a delivery makes, the one before has a fixed one.
        let before = Some(r#"{"id":"lead_100000000","name":"A","created_at":1739871042615}"#.to_string());
        assert!(check("superleap/lead.update", &Overrides { before, ..Overrides::default() }).is_whole());
        let (before, after) = (Some(r#"{"a":1}"#.to_string()), Some(r#"{"a":2}"#.to_string()));
        assert!(!check("superleap/lead.update", &Overrides { before, after, ..Overrides::default() }).is_whole());
    }

    #[test]
    fn the_holes_of_a_form_and_of_a_number_are_found() {
        let has = |name: &str, wanted: fn(&Piece) -> bool| match check(name, &Overrides::default()).cut {
            super::Cut::Pieces(pieces, _) => pieces.iter().any(wanted),
            super::Cut::Anew(_) => false,
        };
        assert!(has("twilio", |piece| matches!(piece, Piece::Field(_))));
        assert!(has("hubspot", |piece| matches!(piece, Piece::Identity(_))));
        assert!(has("superfolio/form.submitted", |piece| matches!(piece, Piece::Time(_))));
    }
}
