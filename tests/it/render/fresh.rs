//! Every delivery is one of its own: declared identities and times are new, all else stays.

use std::collections::{BTreeMap, BTreeSet};

use hookproof::catalog::{Event, EventTime, Life, Piece};
use hookproof::moment::{self, Form};
use hookproof::path::{Path, Step};
use serde_json::{Map, Value};

use super::body;
use crate::catalog::{catalog, forms, rendered_lines};

const LATER: &str = "2031-03-05T06:07:08.912Z";

/// A path of the catalog as a JSON Pointer, which `serde_json` reads on its own.
fn pointer(path: &Path) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Index(index) => format!("/{index}"),
    };
    path.0.iter().map(step).collect()
}

fn tree(line: &Value) -> Value {
    serde_json::from_str(line["body"].as_str().expect("a body")).expect("JSON")
}

/// What a form declares, and a sample and a fresh delivery of it.
struct Pair<'a> {
    name: String,
    form: &'a Event<'a>,
    /// Pointers of times; the event's own is the first, where the body has one.
    times: BTreeSet<String>,
    /// Every identity that stands in the sample: its value there, its value in the delivery.
    identities: BTreeMap<&'a str, (String, String)>,
    sample: Value,
    fresh: Value,
}

impl<'a> Pair<'a> {
    fn new(form: &'a Event<'a>, sample: &Value, fresh: &Value) -> Self {
        let (sample, fresh) = (tree(sample), tree(fresh));
        let about = &form.provider.description;
        let times = about.time.as_ref().expect("times");
        let mut pointers: BTreeSet<String> = times.shift.iter().map(pointer).collect();
        if let EventTime::At(path) = &times.event {
            pointers.insert(pointer(path));
        }
        // What is derived has the times of its source.
        for part in &about.derived {
            let source = part.mirror.as_ref().or(part.changes.as_ref().map(|changes| &changes.to));
            let source = pointer(source.expect("a source"));
            let copies = pointers.iter().filter_map(|at| Some(pointer(&part.path) + at.strip_prefix(&source)?));
            let copies: Vec<String> = copies.collect();
            pointers.extend(copies);
        }
        let mut identities = BTreeMap::new();
        for (name, identity) in &about.identity {
            let at = identity.at.iter().map(pointer).filter_map(|at| sample.pointer(&at)?.as_str().map(str::to_string));
            let Some(was) = at.chain(identity.value.clone()).next() else { continue };
            if let Some(place) = place_of(&sample, &was) {
                let is = fresh.pointer(&place).and_then(Value::as_str).expect("the same place").to_string();
                identities.insert(name.as_str(), (was, is));
            }
        }
        Self { name: form.full_name(), form, times: pointers, identities, sample, fresh }
    }

    /// Complains of every difference that nothing declares, and of declared ones that did not come.
    fn check(&self) {
        self.walk(&self.sample, &self.fresh, "");
        for (name, (was, is)) in &self.identities {
            let lives = self.form.provider.description.identity[*name].lives;
            assert_eq!(was == is, lives == Life::Fixed, "{}: `{name}` was {was} and is {is}", self.name);
        }
    }

    fn walk(&self, was: &Value, is: &Value, at: &str) {
        match (was, is) {
            (Value::Object(was), Value::Object(is)) => self.walk_members(was, is, at),
            (Value::Array(was), Value::Array(is)) => {
                assert_eq!(was.len(), is.len(), "{} {at}", self.name);
                for (index, (was, is)) in was.iter().zip(is).enumerate() {
                    self.walk(was, is, &format!("{at}/{index}"));
                }
            }
            _ if self.times.contains(at) && !was.is_null() => self.check_time(was, is, at),
            (Value::String(was), Value::String(is)) => assert_eq!(&self.renewed(was), is, "{} {at}", self.name),
            _ => assert_eq!(was, is, "{} {at}", self.name),
        }
    }

    fn walk_members(&self, was: &Map<String, Value>, is: &Map<String, Value>, at: &str) {
        let keys: Vec<String> = was.keys().map(|key| self.renewed(key)).collect();
        assert_eq!(keys.iter().collect::<Vec<_>>(), is.keys().collect::<Vec<_>>(), "{} {at}", self.name);
        for ((key, was), is) in was.iter().zip(is.values()) {
            self.walk(was, is, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")));
        }
    }

    /// The text with every identity's new value in place of the sample's.
    fn renewed(&self, text: &str) -> String {
        let long = self.identities.values().filter(|(was, _)| was.len() >= 8);
        long.fold(text.to_string(), |text, (was, is)| text.replace(was, is))
    }

    /// A time keeps its form and its distance from the event.
    fn check_time(&self, was: &Value, is: &Value, at: &str) {
        let read = |value: &Value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_string);
            moment::read(&text).unwrap_or_else(|| panic!("{} {at}: {value}", self.name))
        };
        let ((was_at, was_form), (is_at, is_form)) = (read(was), read(is));
        assert_eq!(was_form, is_form, "{} {at}: {was} became {is}", self.name);
        assert_eq!(was.is_string(), is.is_string(), "{} {at}", self.name);
        let about = self.form.provider.description.time.as_ref().expect("times");
        let event_was = match &about.event {
            EventTime::At(path) => read(self.sample.pointer(&pointer(path)).expect("the event's time")).0,
            EventTime::Literal(text) => text.parse().expect("RFC 3339"),
        };
        let event_is: jiff::Timestamp = LATER.parse().expect("RFC 3339");
        let drift = was_at.duration_since(event_was) - is_at.duration_since(event_is);
        let grain = match was_form {
            Form::Milliseconds | Form::DateTime { fraction: 3, .. } => 1,
            Form::DateTime { .. } | Form::Seconds => 1_000,
            Form::Date => 86_400_000,
        };
        assert!(drift.as_millis().abs() <= grain, "{} {at}: {was} became {is}", self.name);
    }
}

/// Where a string stands as a whole value.
fn place_of(tree: &Value, wanted: &str) -> Option<String> {
    let inner = |at: &str, value: &Value| place_of(value, wanted).map(|rest| format!("/{at}{rest}"));
    match tree {
        Value::String(text) => (text == wanted).then(String::new),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| inner(&index.to_string(), item)),
        Value::Object(members) => members.iter().find_map(|(key, value)| inner(key, value)),
        _ => None,
    }
}

#[test]
fn deliveries_differ_from_the_sample_in_declared_identities_and_times_and_nowhere_else() {
    let catalog = catalog();
    let samples = rendered_lines(&catalog, &["--verbatim"]);
    let first = rendered_lines(&catalog, &["--at", LATER]);
    let second = rendered_lines(&catalog, &["--at", LATER]);
    for (index, form) in forms(&catalog).iter().enumerate() {
        let one = Pair::new(form, &samples[index], &first[index]);
        let two = Pair::new(form, &samples[index], &second[index]);
        one.check();
        two.check();
        assert!(!one.identities.is_empty(), "{} declares nothing of its own", one.name);
        for (name, (_, value)) in &one.identities {
            let is_fixed = form.provider.description.identity[*name].lives == Life::Fixed;
            assert_eq!(*value == two.identities[name].1, is_fixed, "{}: `{name}` of two deliveries", one.name);
        }
        for at in &one.times {
            assert_eq!(one.fresh.pointer(at), two.fresh.pointer(at), "{} {at}: --at fixes the times", one.name);
        }
    }
}

#[test]
fn headers_are_renewed_where_they_hold_identities_and_times() {
    let catalog = catalog();
    let [one, two] = [(); 2].map(|()| rendered_lines(&catalog, &["--at", LATER]));
    let mut seen = 0;
    for (one, two) in one.iter().zip(&two) {
        for (was, is) in
            one["headers"].as_array().expect("headers").iter().zip(two["headers"].as_array().expect("headers"))
        {
            if was[0] != "x-superleap-event-id" {
                assert_eq!(was, is, "{}", one["event"]);
                continue;
            }
            let parts = |header: &Value| -> Vec<String> {
                header[1].as_str().expect("text").split(':').map(str::to_string).collect()
            };
            let (was, is) = (parts(was), parts(is));
            let differ: Vec<bool> = was.iter().zip(&is).map(|(was, is)| was != is).collect();
            assert_eq!(differ, [false, false, false, true, false, true], "{was:?} and {is:?}");
            let name = one["event"].as_str().expect("a name");
            assert_eq!(was[1], name.split('.').next().expect("an object"));
            assert_eq!(was[2], "1930457228912", "the event's time in milliseconds");
            assert_eq!(was[3].split('_').next(), Some(was[0].as_str()));
            assert_eq!(was[4], name);
            assert!(was.iter().all(|part| !part.is_empty()), "{was:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
}

#[test]
fn seed_and_time_fix_the_bytes() {
    let catalog = catalog();
    let lines = |seed: &str, at: &str| rendered_lines(&catalog, &["--seed", seed, "--at", at]);
    let first = lines("7", LATER);
    assert_eq!(first, lines("7", LATER), "the same seed and time");
    let (other_seed, other_time) = (lines("8", LATER), lines("7", "2031-03-05T06:07:09.912Z"));
    for (index, form) in forms(&catalog).iter().enumerate() {
        assert_ne!(first[index]["body"], other_seed[index]["body"], "{}: another seed", form.full_name());
        // A deletion's record may be all that the body has, but its times move too.
        assert_ne!(first[index]["body"], other_time[index]["body"], "{}: another time", form.full_name());
        let (one, two) =
            (Pair::new(form, &first[index], &first[index]), Pair::new(form, &other_time[index], &other_time[index]));
        for (name, (_, value)) in &one.identities {
            let make = &form.provider.description.identity[*name].make;
            let carries_time = make.0.iter().any(|piece| matches!(piece, Piece::Ulid));
            assert_eq!(
                *value == two.identities[name].1,
                !carries_time,
                "{}: `{name}`: a seed fixes it",
                form.full_name()
            );
        }
    }
}

#[test]
fn without_a_time_the_event_happens_now() {
    let before = jiff::Timestamp::now();
    let at: jiff::Timestamp =
        body(&["integration.test"])["timestamp"].as_str().expect("a time").parse().expect("RFC 3339");
    let late = at.duration_since(before).as_millis();
    assert!((-1..60_000).contains(&late), "{late} ms late");
}

/// `--at` as typed, and the event's time as the body writes it.
#[track_caller]
fn check_at(event: &str, path: &str, at: &str, expected: &Value) {
    assert_eq!(body(&[event, "--at", at]).pointer(path), Some(expected), "{event} --at {at}");
}

#[test]
fn times_keep_their_form() {
    check_at("integration.test", "/timestamp", "2026-06-01T17:45:12.987654Z", &"2026-06-01T17:45:12.987Z".into());
    check_at("integration.test", "/timestamp", "2026-06-01T19:45:12+02:00", &"2026-06-01T17:45:12.000Z".into());
    check_at("integration.test", "/timestamp", "1780335912", &"2026-06-01T17:45:12.000Z".into());
    check_at("NEW_VISIT", "/date", "2026-06-01T17:45:12.987Z", &"2026-06-01T17:45:12Z".into());
    check_at("superleap/lead.create", "/after/created_at", "2026-06-01T17:45:12.987Z", &1_780_335_912_987_u64.into());
    check_at("superleap/student.create", "/diff/created_at", "2026-06-01T17:45:12.987Z", &1_780_335_912_987_u64.into());
    check_at("profile_update", "/datetime", "0", &"1970-01-01T00:00:00.000Z".into());
}

#[test]
fn what_is_not_declared_stays() {
    let at = ["--at", LATER];
    let kept = |event: &str, path: &str| {
        let fresh = body(&[&[event][..], &at].concat());
        assert_eq!(fresh.pointer(path), body(&[event, "--verbatim"]).pointer(path), "{event} {path}");
        assert!(fresh.pointer(path).is_some(), "{event} has no {path}");
    };
    kept("portfolio.project_changed", "/data/project/timeline");
    kept("portfolio.availability_changed", "/data/availability/available_from");
    kept("profile_update", "/profile/communityProfile/fieldValues/1/value");
    kept("form.submitted", "/data/submission/responses");
}

#[test]
fn a_ulid_carries_the_events_time() {
    let id =
        body(&["activity.page_view", "--at", LATER])["data"]["activity"]["id"].as_str().expect("an id").to_string();
    let ulid = ulid::Ulid::from_string(id.strip_prefix("evt_").expect("a prefix")).expect("a ULID");
    assert_eq!(ulid.timestamp_ms(), 1_930_457_228_912);
}

#[test]
fn a_time_that_is_none_is_refused() {
    super::refused(&["integration.test", "--at", "yesterday"], &["`yesterday`", "RFC 3339"]);
    super::refused(&["integration.test", "--verbatim", "--seed", "7"], &["cannot be used with"]);
    super::refused(&["integration.test", "--seed", "seven"], &["seven"]);
}
