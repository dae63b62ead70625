//! Every delivery is one of its own: declared identities and times are new, all else stays.

use std::collections::{BTreeMap, BTreeSet};

use hookproof::catalog::{Event, EventTime, Life, Piece, Place, Shape};
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

/// The body as a tree; a form is none.
fn tree(form: &Event<'_>, line: &Value) -> Value {
    match form.shape() {
        Shape::Json => serde_json::from_str(line["body"].as_str().expect("a body")).expect("JSON"),
        Shape::Form => Value::Null,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a form declares, and a sample and a fresh delivery of it.
struct Pair<'a> {
    name: String,
    form: &'a Event<'a>,
    /// Pointers of times; the event's own is the first, where the body has one.
    times: BTreeSet<String>,
    /// Every identity that stands in the sample: its value there, its value in the delivery.
    identities: BTreeMap<&'a str, (String, String)>,
    /// Where identities are declared to stand.
    declared: BTreeMap<String, &'a str>,
    /// Those that are numbers, which are renewed where they are declared and nowhere else.
    numbers: BTreeSet<&'a str>,
    sample: Value,
    fresh: Value,
}

impl<'a> Pair<'a> {
    fn new(form: &'a Event<'a>, sample: &Value, fresh: &Value) -> Self {
        let (sample, fresh) = (tree(form, sample), tree(form, fresh));
        let about = &form.provider.description;
        let mut pointers: BTreeSet<String> = about.time.iter().flat_map(|times| &times.shift).map(pointer).collect();
        if let Some(EventTime::At(path)) = about.time.as_ref().map(|times| &times.event) {
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
        let (mut identities, mut declared, mut numbers) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for (name, identity) in &about.identity {
            let at: Vec<String> = identity.at.iter().map(pointer).collect();
            if at.iter().any(|at| sample.pointer(at).is_some_and(Value::is_number)) {
                numbers.insert(name.as_str());
            }
            let values = at.iter().filter_map(|at| scalar(sample.pointer(at)?));
            let Some(was) = values.chain(identity.value.clone()).next() else { continue };
            if let Some(is) = counterpart(&sample, &fresh, &was) {
                identities.insert(name.as_str(), (was, is));
                declared.extend(at.into_iter().map(|at| (at, name.as_str())));
            }
        }
        Self { name: form.full_name(), form, times: pointers, identities, declared, numbers, sample, fresh }
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
            (Value::String(was), Value::String(is)) => {
                let expected = self.declared_at(at, was).unwrap_or_else(|| self.renewed(was));
                assert_eq!(&expected, is, "{} {at}", self.name);
            }
            (Value::Number(was), Value::Number(is)) => {
                let was = was.to_string();
                assert_eq!(self.declared_at(at, &was).unwrap_or(was), is.to_string(), "{} {at}", self.name);
            }
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

    /// The new value of the identity that is declared to stand here and does.
    fn declared_at(&self, at: &str, text: &str) -> Option<String> {
        let (was, is) = &self.identities[*self.declared.get(at)?];
        (was == text).then(|| is.clone())
    }

    /// The text with every identity's new value in place of the sample's.
    fn renewed(&self, text: &str) -> String {
        let long = self.identities.iter().filter(|(name, (was, _))| was.len() >= 8 && !self.numbers.contains(*name));
        long.fold(text.to_string(), |text, (_, (was, is))| text.replace(was, is))
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
            Form::Milliseconds | Form::DateTime { fraction: 3.., .. } => 1,
            Form::DateTime { .. } | Form::Seconds => 1_000,
            Form::Date => 86_400_000,
        };
        assert!(drift.as_millis().abs() <= grain, "{} {at}: {was} became {is}", self.name);
    }
}

/// What stands in the delivery where the sample has this value: as a whole one, or else inside an address.
fn counterpart(sample: &Value, fresh: &Value, wanted: &str) -> Option<String> {
    let whole = |was: &str, is: &str| (was == wanted).then(|| is.to_string());
    let inside = |was: &str, is: &str| {
        let at = was.find(wanted)?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_token = !was[..at].ends_with(is_word) && !was[at + wanted.len()..].starts_with(is_word);
        // What stands before it may be renewed too and is as long as it was.
        is_token.then(|| is.get(at..at + wanted.len()).map(str::to_string))?
    };
    find(sample, fresh, &whole).or_else(|| if wanted.len() < 8 { None } else { find(sample, fresh, &inside) })
}

fn find(was: &Value, is: &Value, look: &impl Fn(&str, &str) -> Option<String>) -> Option<String> {
    match (was, is) {
        (Value::Array(was), Value::Array(is)) => was.iter().zip(is).find_map(|(was, is)| find(was, is, look)),
        (Value::Object(was), Value::Object(is)) => {
            was.values().zip(is.values()).find_map(|(was, is)| find(was, is, look))
        }
        _ => look(&scalar(was)?, &scalar(is)?),
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
        if form.shape() == Shape::Form {
            let body = |line: &serde_json::Value| line["body"].as_str().expect("text").to_string();
            let (one_body, other_body) = (body(&first[index]), body(&second[index]));
            assert_ne!(one_body, other_body, "{}: a form has identities of its own", one.name);
            let names = |body: &str| {
                body.split('&').map(|field| field.split('=').next().map(str::to_string)).collect::<Vec<_>>()
            };
            assert_eq!(names(&one_body), names(&body(&samples[index])), "{}: nothing else changes", one.name);
            continue;
        }
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

/// What is new with every delivery, beside the parts of `x-superleap-event-id`.
const RENEWED: [&str; 9] = [
    "github X-GitHub-Delivery",
    "github X-GitHub-Hook-ID",
    "gitlab Idempotency-Key",
    "gitlab X-Gitlab-Event-UUID",
    "linear Linear-Delivery",
    "shopify X-Shopify-Event-Id",
    "shopify X-Shopify-Webhook-Id",
    "twilio I-Twilio-Idempotency-Token",
    "zendesk X-Zendesk-Webhook-Invocation-Id",
];

#[test]
fn headers_are_renewed_where_they_hold_identities_and_times() {
    let catalog = catalog();
    let [one, two] = [(); 2].map(|()| rendered_lines(&catalog, &["--at", LATER]));
    let mut seen = 0;
    let mut renewed = BTreeSet::new();
    for (one, two) in one.iter().zip(&two) {
        for (was, is) in
            one["headers"].as_array().expect("headers").iter().zip(two["headers"].as_array().expect("headers"))
        {
            assert_eq!(was[0], is[0], "{}", one["event"]);
            let (provider, header) = (one["provider"].as_str().expect("an id"), was[0].as_str().expect("a name"));
            if header != "x-superleap-event-id" {
                if was != is {
                    renewed.insert(format!("{provider} {header}"));
                }
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
    assert_eq!(renewed, RENEWED.map(str::to_string).into());
}

/// A neutral body's headers name the event that it stands for.
#[test]
fn headers_name_the_event() {
    let catalog = catalog();
    let mut seen = BTreeSet::new();
    for (form, line) in forms(&catalog).iter().zip(rendered_lines(&catalog, &[])) {
        let Some(Place::Header(names)) = &form.provider.description.event.name else { continue };
        let headers = line["headers"].as_array().expect("headers");
        let is_named = |header: &&Value| names.has(header[0].as_str().expect("a name"));
        let told: Vec<&Value> = headers.iter().filter(is_named).map(|header| &header[1]).collect();
        assert_eq!(told, [form.said_name()], "{}", form.full_name());
        seen.insert(form.provider.id.as_str());
    }
    assert_eq!(seen, ["github", "gitlab", "shopify", "superleap"].into());
}

#[test]
fn seed_and_time_fix_the_bytes() {
    let catalog = catalog();
    let lines = |seed: &str, at: &str| rendered_lines(&catalog, &["--seed", seed, "--at", at]);
    let first = lines("7", LATER);
    assert_eq!(first, lines("7", LATER), "the same seed and time");
    let samples = rendered_lines(&catalog, &["--verbatim"]);
    let (other_seed, other_time) = (lines("8", LATER), lines("7", "2031-03-05T06:07:09.912Z"));
    for (index, form) in forms(&catalog).iter().enumerate() {
        let (name, about) = (form.full_name(), &form.provider.description);
        assert_ne!(first[index], other_seed[index], "{name}: another seed");
        let same_body = |other: &[Value]| first[index]["body"] == other[index]["body"];
        // A deletion's record may be all that the body has, but its times move too.
        assert_eq!(same_body(&other_time), about.time.is_none(), "{name}: another time");
        let (one, two) =
            (Pair::new(form, &samples[index], &first[index]), Pair::new(form, &samples[index], &other_time[index]));
        // A receiver may deduplicate by the body alone.
        assert!(!same_body(&other_seed), "{name}: the body of another seed");
        for (identity, (_, value)) in &one.identities {
            let is_time = |piece: &Piece| match piece {
                Piece::Ulid => true,
                Piece::Name(name) => name == "event_s" || name == "event_ms",
                _ => false,
            };
            let carries_time = about.identity[*identity].make.0.iter().any(is_time);
            let same = *value == two.identities[identity].1;
            let is_fixed = about.identity[*identity].lives == Life::Fixed;
            assert_eq!(same, is_fixed || !carries_time, "{name}: `{identity}`: a seed fixes it");
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
