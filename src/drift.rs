//! Where a delivery is made otherwise than the catalog's event: fields that it does not know, that are missing,
//! or of another type.
//!
//! All forms of an event count together: a field that one of them leaves out may be missing. Where a sample has
//! null, an empty list or an object whose keys are not fixed, nothing is known, and nothing is judged.

use indexmap::IndexMap;

use crate::catalog::{Event, Place, Provider, Shape};
use crate::json::{Document, Kind, Node};
use crate::path::{Path, Step};
use crate::words;

/// Values of a body that are looked at: a sender may send millions.
const LOOKED_AT: usize = 20_000;
/// Differences that are kept.
const KEPT: usize = 100;
/// Characters of a key, which the sender chose.
const KEY: usize = 100;
/// Deeper in a sample nothing is known.
const DEEPEST: usize = 64;

/// The types of JSON.
const TYPES: [&str; 6] = ["object", "list", "string", "number", "boolean", "null"];
const OBJECT: usize = 0;
const LIST: usize = 1;
const NULL: usize = 5;

/// One place where a delivery differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where; empty for the body as a whole.
    pub path: String,
    /// How.
    pub what: What,
}

/// How a place differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The catalog does not know it.
    Unknown,
    /// It is missing.
    Missing,
    /// It is of another type.
    Type {
        /// The types that the catalog knows.
        expected: Vec<&'static str>,
        /// What it is.
        seen: &'static str,
    },
    /// The body is no JSON.
    NotJson,
}

impl What {
    /// The name in machine output.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Type { .. } => "type",
            Self::NotJson => "not-json",
        }
    }
}

/// How the bodies of an event are made.
#[derive(Clone, Debug)]
pub struct Made(Part);

/// A place of a body, in all samples together.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Which of the types stand there.
    types: [bool; TYPES.len()],
    /// Whether its keys are not fixed.
    is_open: bool,
    /// Whether it repeats another part, in which everything is judged already.
    is_copy: bool,
    members: IndexMap<String, Member>,
    items: Option<Box<Part>>,
}

#[derive(Clone, Debug, Default)]
struct Member {
    part: Part,
    is_required: bool,
    /// Whether the provider is known by it, so that it stands in an open object too.
    is_mark: bool,
}

impl Made {
    /// What the catalog knows of a delivery that may be any of these events; nothing where one of them has no sample of its own.
    pub fn of(provider: &Provider, events: &[String]) -> Option<Self> {
        let mut forms = Vec::new();
        for name in events {
            forms.push(provider.event(name, None)?);
            forms.extend(provider.variants(name).filter_map(|variant| provider.event(name, Some(variant))));
        }
        let is_known = |form: &Event<'_>| !form.is_neutral() && form.shape() == Shape::Json;
        if forms.is_empty() || !forms.iter().all(is_known) {
            return None;
        }
        let texts: Vec<String> = forms.iter().map(Event::sample).collect::<Result<_, _>>().ok()?;
        let documents: Vec<Document<'_>> =
            texts.iter().map(|text| Document::parse(text)).collect::<Result<_, _>>().ok()?;
        let roots: Vec<_> = documents.iter().map(|document| (document, document.root())).collect();
        let mut root = part_of(&roots, DEEPEST);
        for form in &forms {
            form.optional().for_each(|path| root.leave_out(&path.0));
            form.open().for_each(|path| root.at(&path.0, |part| part.is_open = true));
        }
        let about = &provider.description;
        for derived in &about.derived {
            root.at(&derived.path.0, |part| match derived.mirror {
                Some(_) => part.is_copy = true,
                None => part.is_open = true,
            });
        }
        let named = [&about.event.name, &about.event.id].into_iter().flatten().filter_map(|place| match place {
            Place::Body(path) => Some(path),
            Place::Header(_) => None,
        });
        about.recognise.body.iter().chain(named).for_each(|path| root.mark(&path.0));
        Some(Self(root))
    }

    /// Where a body differs; nothing of it for one that is none.
    pub fn differences(&self, body: Option<&Document<'_>>) -> Vec<Difference> {
        let Some(body) = body else { return vec![Difference { path: String::new(), what: What::NotJson }] };
        let mut look = Look { body, found: Vec::new(), left: LOOKED_AT };
        look.at(&self.0, body.root(), &Here { above: None, step: None });
        look.found.into_iter().map(|(_, difference)| difference).collect()
    }
}

/// All that stands at one place of several documents, taken together.
fn part_of(nodes: &[(&Document<'_>, Node)], depth: usize) -> Part {
    let mut part = Part::default();
    for (document, node) in nodes {
        part.types[type_of(document, *node)] = true;
    }
    if depth == 0 {
        // As if nothing were known of it.
        return Part::default();
    }
    let is = |kind: Kind| nodes.iter().filter(move |(document, node)| document.kind(*node) == kind);
    let mut keys: IndexMap<String, Vec<(&Document<'_>, Node)>> = IndexMap::new();
    for (document, node) in is(Kind::Object) {
        for member in document.members(*node) {
            keys.entry(document.key(member).into_owned()).or_default().push((document, member.value));
        }
    }
    let objects = is(Kind::Object).count();
    let member = |(key, values): (String, Vec<_>)| {
        let is_required = values.len() == objects;
        (key, Member { part: part_of(&values, depth - 1), is_required, is_mark: false })
    };
    part.members = keys.into_iter().map(member).collect();
    let items: Vec<_> =
        is(Kind::Array).flat_map(|(document, node)| document.items(*node).map(move |item| (*document, item))).collect();
    part.items = (!items.is_empty()).then(|| Box::new(part_of(&items, depth - 1)));
    part
}

fn type_of(document: &Document<'_>, node: Node) -> usize {
    match document.kind(node) {
        Kind::Object => OBJECT,
        Kind::Array => LIST,
        Kind::String => 2,
        Kind::Number => 3,
        _ if document.text(node) == "null" => NULL,
        _ => 4,
    }
}

impl Part {
    /// Whether it is not known what may stand here.
    fn is_anything(&self) -> bool {
        !self.types.iter().enumerate().any(|(index, stands)| *stands && index != NULL)
    }

    /// The part within, where the samples have it. All items of a list are one.
    fn step(&mut self, step: &Step) -> Option<&mut Self> {
        match step {
            Step::Key(key) if self.members.contains_key(key) => {
                self.members.get_mut(key).map(|member| &mut member.part)
            }
            _ => self.items.as_deref_mut(),
        }
    }

    fn at(&mut self, steps: &[Step], change: impl FnOnce(&mut Self)) {
        let part = steps.iter().try_fold(self, |part, step| part.step(step));
        part.map(change);
    }

    /// The place may be missing, or null; a sample without it knows it all the same.
    fn leave_out(&mut self, steps: &[Step]) {
        let Some((last, above)) = steps.split_last() else { return };
        self.at(above, |part| match last {
            Step::Key(key) if part.types[OBJECT] => {
                let member = part.members.entry(key.clone()).or_default();
                member.is_required = false;
                member.part.types[NULL] = true;
            }
            _ => {}
        });
    }

    /// The provider is known by this place.
    fn mark(&mut self, steps: &[Step]) {
        let [Step::Key(key), rest @ ..] = steps else { return };
        if let Some(member) = self.members.get_mut(key) {
            member.is_mark = true;
            member.part.mark(rest);
        }
    }
}

/// The way to a value: no path is made but for what differs.
struct Here<'a> {
    above: Option<&'a Here<'a>>,
    step: Option<StepTo<'a>>,
}

#[derive(Clone, Copy)]
enum StepTo<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Here<'a> {
    fn then(&'a self, step: StepTo<'a>) -> Self {
        Self { above: Some(self), step: Some(step) }
    }

    fn path(&self) -> Path {
        let mut steps: Vec<Step> = std::iter::successors(Some(self), |here| here.above)
            .filter_map(|here| here.step)
            .map(|step| match step {
                StepTo::Key(key) => Step::Key(words::shorten(key, KEY)),
                StepTo::Index(index) => Step::Index(index),
            })
            .collect();
        steps.reverse();
        Path(steps)
    }
}

/// A look at one body.
struct Look<'a> {
    body: &'a Document<'a>,
    /// What differs, with its path in which all items of a list are one: those are told once.
    found: Vec<(Path, Difference)>,
    /// How much may still be looked at.
    left: usize,
}

impl Look<'_> {
    fn at(&mut self, part: &Part, node: Node, here: &Here<'_>) {
        if part.is_anything() || !self.may_go_on() {
            return;
        }
        let seen = type_of(self.body, node);
        if !part.types[seen] {
            let expected = TYPES.iter().zip(part.types).filter(|(_, stands)| *stands).map(|(word, _)| *word).collect();
            self.tell(here, What::Type { expected, seen: TYPES[seen] });
        } else if seen == OBJECT && !part.is_copy {
            self.within(part, node, here);
        } else if let (LIST, Some(items)) = (seen, &part.items) {
            for (index, item) in self.body.items(node).enumerate().take(self.left) {
                self.at(items, item, &here.then(StepTo::Index(index)));
            }
        }
    }

    fn within(&mut self, part: &Part, node: Node, here: &Here<'_>) {
        let body = self.body;
        // Of duplicate keys the last one counts.
        let mut there = vec![None; part.members.len()];
        for member in body.members(node) {
            if !self.may_go_on() {
                return;
            }
            let key = body.key(member);
            match part.members.get_index_of(key.as_ref()) {
                Some(index) => there[index] = Some(member.value),
                None if part.is_open => {}
                None => self.tell(&here.then(StepTo::Key(&key)), What::Unknown),
            }
        }
        for ((key, member), value) in part.members.iter().zip(there) {
            let here = here.then(StepTo::Key(key));
            match value {
                _ if part.is_open && !member.is_mark => {}
                Some(value) => self.at(&member.part, value, &here),
                None if member.is_required => self.tell(&here, What::Missing),
                None => {}
            }
        }
    }

    fn may_go_on(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0 && self.found.len() < KEPT
    }

    fn tell(&mut self, here: &Here<'_>, what: What) {
        let path = here.path();
        let steps = path.0.iter().map(|step| if let Step::Key(_) = step { step.clone() } else { Step::Index(0) });
        let place = Path(steps.collect());
        let is_told = self.found.iter().any(|(known, difference)| *known == place && difference.what == what);
        if self.may_go_on() && !is_told {
            self.found.push((place, Difference { path: path.to_string(), what }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, KEPT, Made, part_of};
    use crate::json::Document;
    use crate::path::Path;

    /// What bodies differ in from samples, as text.
    #[track_caller]
    fn check(samples: &[&str], body: &str, expected: &[&str]) {
        let documents: Vec<_> = samples.iter().map(|text| Document::parse(text).unwrap()).collect();
        let roots: Vec<_> = documents.iter().map(|document| (document, document.root())).collect();
        assert_eq!(told(&Made(part_of(&roots, 64)), body), expected, "{body}");
    }

    fn told(made: &Made, body: &str) -> Vec<String> {
        let tell = |found: Difference| format!("{} {:?}", found.path, found.what);
        made.differences(Document::parse(body).ok().as_ref()).into_iter().map(tell).collect()
    }

    #[test]
    fn fields_are_unknown_missing_or_of_another_type() {
        let sample = r#"{"a":{"b":1,"c":"x"},"d":true}"#;
        check(&[sample], r#"{"a":{"b":-2.5E3,"c":""},"d":false}"#, &[]);
        check(&[sample], r#"{"d":true,"d":false,"a":{"c":"y","b":0}}"#, &[]);
        check(&[sample], r#"{"a":{"b":1,"c":"x","e":1},"d":true,"f":[]}"#, &["f Unknown", "a.e Unknown"]);
        check(&[sample], r#"{"a":{"c":"x"}}"#, &["a.b Missing", "d Missing"]);
        let number = r#"a.c Type { expected: ["string"], seen: "number" }"#;
        check(&[sample], r#"{"a":{"b":1,"c":1},"d":true}"#, &[number]);
        check(&[sample], r#"{"a":[],"d":true}"#, &[r#"a Type { expected: ["object"], seen: "list" }"#]);
        check(&[sample], "[", &[" NotJson"]);
        check(&[sample], "null", &[r#" Type { expected: ["object"], seen: "null" }"#]);
    }

    #[test]
    fn the_forms_of_an_event_count_together() {
        let samples = [r#"{"a":1,"b":null}"#, r#"{"a":"x","b":{"c":1},"d":2}"#];
        check(&samples, r#"{"a":2,"b":{"c":3},"d":4}"#, &[]);
        check(&samples, r#"{"a":"y","b":null}"#, &[]);
        check(
            &samples,
            r#"{"a":true,"b":{}}"#,
            &[r#"a Type { expected: ["string", "number"], seen: "boolean" }"#, "b.c Missing"],
        );
    }

    #[test]
    fn what_no_sample_tells_is_not_judged() {
        check(&[r#"{"a":null,"b":[]}"#], r#"{"a":{"x":1},"b":[1,"x",{}]}"#, &[]);
    }

    #[test]
    fn items_are_judged_together_and_told_once() {
        let sample = r#"{"list":[{"a":1},{"a":2,"b":"x"}]}"#;
        check(&[sample], r#"{"list":[]}"#, &[]);
        check(&[sample], r#"{"list":[{"a":1},{"a":1,"b":"y"},{"a":2}]}"#, &[]);
        check(&[sample], r#"{"list":[{"a":1},{"b":"y","c":1},{"c":2}]}"#, &["list[1].c Unknown", "list[1].a Missing"]);
    }

    #[test]
    fn declared_places_may_be_missing_null_or_open() {
        let text = r#"{"type":"x","map":{"k":1,"type":"y"},"list":[{"a":1,"b":2}]}"#;
        let document = Document::parse(text).unwrap();
        let mut root = part_of(&[(&document, document.root())], 64);
        let path = |text: &str| Path::parse(text).unwrap().0;
        root.leave_out(&path("list[1].b"));
        root.leave_out(&path("new"));
        root.at(&path("map"), |part| part.is_open = true);
        root.mark(&path("map.type"));
        let made = Made(root);
        for fine in [
            r#"{"type":"x","map":{"type":""},"list":[{"a":1}]}"#,
            r#"{"type":"x","map":{"k":"x","type":"","l":[]},"list":[{"a":1,"b":null}],"new":[1]}"#,
            r#"{"type":"x","map":{"type":""},"list":[],"new":null}"#,
        ] {
            assert_eq!(told(&made, fine), Vec::<String>::new(), "{fine}");
        }
        let other = r#"{"type":"x","map":{},"list":[{"b":"x"}]}"#;
        let number = r#"list[0].b Type { expected: ["number", "null"], seen: "string" }"#;
        assert_eq!(told(&made, other), ["map.type Missing", "list[0].a Missing", number]);
    }

    #[test]
    fn a_hostile_body_costs_little() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        check(&[r#"{"a":[[1]]}"#], &deep, &[r#"a[0][0] Type { expected: ["number"], seen: "list" }"#]);
        let document = Document::parse(r#"{"a":[{"b":1,"c":2}]}"#).unwrap();
        let made = Made(part_of(&[(&document, document.root())], 64));
        let many = format!(r#"{{"a":[{}{{}}]}}"#, "{},".repeat(1_000_000));
        assert_eq!(told(&made, &many), ["a[0].b Missing", "a[0].c Missing"]);
        let keys = (0..300_000).fold(String::new(), |all, key| all + &format!("\"{key}\":0,"));
        assert_eq!(told(&made, &format!("{{{keys}\"a\":[]}}")).len(), KEPT);
        let long = told(&made, &format!(r#"{{"a":[],"{}":1}}"#, "k".repeat(1_000_000)));
        assert!(long.len() == 1 && long[0].len() < 200, "{long:?}");
    }
}
