//! What exists: providers, their events, and one realistic body for each.
//!
//! A provider is a folder of data; no code names one. The folders under `payloads` are embedded, a
//! user's own come from the command line's edge as plain text and are read by the same code.

mod accept;
mod content;
mod describe;
mod handshake;
mod left_out;
mod load;
mod retry;
mod scheme;
mod select;
mod sound;
mod template;
mod when;

pub use accept::Alternative;
pub use content::{Content, Part};
pub use describe::{
    Carried, Changes, Derived, Description, Each, EventTime, Identity, Life, Origin, Pattern, Place, Stability,
    Statuses, Times,
};
pub use handshake::{Handshake, Reply, ReplyPart, ReplyText, ReplyValue, TokenPlace, Told};
pub use left_out::{FolderRead, LeftOut};
pub use load::{CatalogError, Folder};
pub use retry::{MOST_RETRIES, Pause, Reasons, Retries, RetryHeader};
pub use scheme::{
    Algorithm, BodyDigest, Decode, Encoding, IdHeader, KeyForm, List, Names, Need, Scheme, Side, Stamp, StampType,
    Unit, Vector,
};
pub use select::{SelectError, Variants, names_story};
pub use template::{Piece, Template};
pub use when::{Condition, Conditions};

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

use crate::json;
use crate::path::Path;
use describe::{EventText, Verb};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/payloads");
/// Every embedded `provider.toml` as one JSON text, by the build script.
static DESCRIPTIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/descriptions.json"));

/// Every provider at hand.
#[derive(Debug)]
pub struct Catalog {
    /// In the order they were read.
    pub providers: Vec<Provider>,
    /// The broken folders, which are none of them.
    left_out: Vec<LeftOut>,
}

/// The folder of a provider's stories, beside its samples.
pub const STORIES: &str = "stories";

/// The name of the neutral body of a provider whose events are not cataloged.
pub const EXAMPLE: &str = "example";

/// A provider: its description and its samples.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its id, as in `superfolio/form.submitted`.
    pub id: String,
    /// The provider that this is another name of.
    pub alias_of: Option<String>,
    shown: String,
    /// What its `provider.toml` says.
    pub description: Description,
    samples: BTreeMap<String, Sample>,
    /// Its stories by name, as written.
    stories: BTreeMap<String, String>,
    /// The description as written, for the lines of complaints.
    text: String,
}

/// A sample as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sample {
    shape: Shape,
    text: String,
}

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// JSON.
    Json,
    /// The fields of a form, as a browser sends them.
    Form,
}

/// A story of a provider's folder, as it is written.
#[derive(Clone, Debug)]
pub struct StoryText<'a> {
    /// Whose it is.
    pub provider: &'a Provider,
    /// Its name, without its provider.
    pub name: &'a str,
    /// Its file, as the user knows it.
    pub file: String,
    /// The text of it.
    pub text: &'a str,
}

/// An event that can be rendered: a named form of it, with its sample.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Whose it is.
    pub provider: &'a Provider,
    /// Its name, as the provider writes it.
    pub name: String,
    /// The variant, where it is not the default form.
    pub variant: Option<&'a str>,
    /// What it means.
    pub summary: &'a str,
    /// Where the sample comes from.
    pub origin: Origin,
    /// The object, for an event whose name follows a pattern.
    pub object: Option<String>,
    text: Option<&'a EventText>,
    sample: &'a Sample,
    preset: Vec<(Path, String)>,
}

impl Catalog {
    /// What is built in.
    pub fn built_in() -> Result<Self, CatalogError> {
        Self::of_embedded(Self::embedded(), DESCRIPTIONS)
    }

    /// The folders that are built in.
    pub fn embedded() -> Vec<Folder> {
        let file = |file: &include_dir::File<'_>| {
            let name = file.path().file_name()?.to_str()?.to_string();
            Some((name, file.contents_utf8()?.to_string()))
        };
        let folder = |dir: &Dir<'_>| {
            let id = dir.path().file_name()?.to_str()?.to_string();
            let stories = dir.get_dir(dir.path().join(STORIES)).into_iter().flat_map(Dir::files).filter_map(file);
            let stories = stories.map(|(name, text)| (format!("{STORIES}/{name}"), text));
            let files = dir.files().filter_map(file).chain(stories).collect();
            Some(Folder { shown: format!("payloads/{id}"), id, files })
        };
        EMBEDDED.dirs().filter_map(folder).collect()
    }

    /// Every pattern of event names, with whose it is.
    pub fn patterns(&self) -> impl Iterator<Item = (&Provider, &Pattern)> {
        self.providers.iter().flat_map(|p| p.description.pattern.iter().map(move |pattern| (p, pattern)))
    }

    /// The provider of this id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }
}

impl Provider {
    /// Returns the headers that hold a time which the signature does not cover, though it covers another, each with
    /// true where it counts milliseconds.
    pub fn unsigned_times(&self, scheme: &Scheme) -> Vec<(String, bool)> {
        let Some(stamp) = scheme.timestamp.as_ref().filter(|stamp| stamp.past.is_some() && scheme.covers_timestamp())
        else {
            return Vec::new();
        };
        let time = |template: &Template| match &template.0[..] {
            [Piece::Name(name)] if name == "event_ms" => Some(true),
            [Piece::Name(name)] if name == "event_s" => Some(false),
            _ => None,
        };
        let is_own = |name: &str| stamp.header.as_ref().is_some_and(|names| names.has(name));
        let headers = self.description.header.iter().filter(|(name, _)| !is_own(name) && !scheme.verifies_with(name));
        headers.filter_map(|(name, template)| Some((name.clone(), time(template)?))).collect()
    }

    /// Returns the headers that hold an ID of the delivery which the signature does not cover.
    pub fn unsigned_ids(&self, scheme: &Scheme) -> Vec<&str> {
        let is_id = |template: &Template| match &template.0[..] {
            [Piece::Name(name)] => {
                let identity = self.description.identity.get(name);
                identity.is_some_and(|identity| identity.lives == Life::Delivery && identity.at.is_empty())
            }
            _ => false,
        };
        let headers = self.description.header.iter().filter(|(name, _)| !scheme.verifies_with(name));
        headers.filter(|(_, template)| is_id(template)).map(|(name, _)| name.as_str()).collect()
    }

    /// The id that its secrets go by, whichever of its names is used.
    pub fn family(&self) -> &str {
        self.alias_of.as_deref().unwrap_or(&self.id)
    }

    /// Returns true if the provider sends a header of this name that is more than plain HTTP.
    pub fn sends(&self, name: &str) -> bool {
        const PLAIN: [&str; 10] = [
            "accept",
            "accept-encoding",
            "authorization",
            "cache-control",
            "connection",
            "content-type",
            "host",
            "idempotency-key",
            "traceparent",
            "user-agent",
        ];
        let is = |own: &&String| own.eq_ignore_ascii_case(name);
        let naming = [&self.description.event.name, &self.description.event.id].into_iter().flatten();
        let of_naming = naming.filter_map(|place| if let Place::Header(names) = place { Some(&names.0) } else { None });
        let of_schemes = self.description.signature.iter().flat_map(Scheme::header_names);
        let mut all = self.description.header.keys().chain(of_naming.flatten()).chain(of_schemes);
        !PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(name)) && all.any(|own| is(&own))
    }

    /// The default mode of signing; nothing where the provider documents no signature.
    pub fn scheme(&self) -> Option<&Scheme> {
        self.description.signature.first()
    }

    /// Whether an answer with this status is a success by the provider's rule.
    pub fn accepts(&self, status: u16) -> bool {
        self.description.delivery.success.iter().any(|rule| rule.holds(status))
    }

    /// Every event in its default form, and the neutral body where there is one.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        let named = self.description.events.keys().filter_map(|name| self.event(name, None));
        named.chain(self.example())
    }

    /// Its stories: their names, and each file with its text.
    pub fn stories(&self) -> impl Iterator<Item = StoryText<'_>> {
        self.stories.iter().map(|(name, text)| StoryText {
            provider: self,
            name,
            file: format!("{}/{STORIES}/{name}.toml", self.shown),
            text,
        })
    }

    /// Whether any of its events are known by name.
    pub fn has_events(&self) -> bool {
        !self.description.events.is_empty() || !self.description.pattern.is_empty()
    }

    fn example(&self) -> Option<Event<'_>> {
        let example = self.description.example.as_ref()?;
        Some(Event {
            provider: self,
            name: EXAMPLE.to_string(),
            variant: None,
            summary: &example.summary,
            origin: Origin::Neutral,
            object: None,
            text: None,
            sample: self.samples.get(EXAMPLE)?,
            preset: Vec::new(),
        })
    }

    /// An event's variants.
    pub fn variants(&self, name: &str) -> impl Iterator<Item = &str> {
        self.description.events.get(name).into_iter().flat_map(|event| event.variants.keys().map(String::as_str))
    }

    /// The event of this name, also one that follows a pattern.
    pub fn event(&self, name: &str, variant: Option<&str>) -> Option<Event<'_>> {
        match self.description.events.get_key_value(name) {
            Some((_, text)) => self.listed(name, text, variant),
            None if name == EXAMPLE && variant.is_none() && self.description.example.is_some() => self.example(),
            None if variant.is_none() => self.description.pattern.iter().find_map(|p| self.patterned(p, name)),
            None => None,
        }
    }

    fn listed<'a>(&'a self, name: &str, text: &'a EventText, variant: Option<&str>) -> Option<Event<'a>> {
        let mut event = Event {
            provider: self,
            name: name.to_string(),
            variant: None,
            summary: &text.summary,
            origin: text.sample,
            object: name.split_once('.').map(|(object, _)| object.to_string()),
            text: Some(text),
            sample: self.samples.get(name)?,
            preset: Vec::new(),
        };
        if let Some(variant) = variant {
            let (key, about) = text.variants.get_key_value(variant)?;
            event.sample = self.samples.get(&format!("{name}--{variant}"))?;
            event.variant = Some(key);
            event.summary = &about.summary;
            event.origin = about.sample;
        }
        Some(event)
    }

    fn patterned<'a>(&'a self, pattern: &'a Pattern, name: &str) -> Option<Event<'a>> {
        let (object, verb) = pattern.read(name)?;
        let preset = |(path, value): (&String, &serde_json::Value)| Some((Path::parse(path).ok()?, value.to_string()));
        Some(Event {
            provider: self,
            name: name.to_string(),
            variant: None,
            summary: &verb.summary,
            origin: Origin::Inferred,
            object: Some(object),
            text: None,
            sample: self.samples.get(&pattern.sample)?,
            preset: verb.set.iter().filter_map(preset).collect(),
        })
    }
}

impl StoryText<'_> {
    /// `superfolio/@hot-lead`
    pub fn full_name(&self) -> String {
        format!("{}/@{}", self.provider.id, self.name)
    }
}

impl Pattern {
    /// The object and the verb of a name that follows the pattern.
    fn read(&self, name: &str) -> Option<(String, &Verb)> {
        self.verbs.iter().find_map(|(verb, about)| {
            let shape = self.name.replace("{verb}", verb);
            let (before, after) = shape.split_once("{object}")?;
            let object = name.strip_prefix(before)?.strip_suffix(after)?;
            let is_slug = !object.is_empty() && object.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
            is_slug.then(|| (object.to_string(), about))
        })
    }
}

impl Event<'_> {
    /// `superfolio/activity.page_view--tracked`
    pub fn full_name(&self) -> String {
        let variant = self.variant.map(|variant| format!("--{variant}")).unwrap_or_default();
        format!("{}/{}{variant}", self.provider.id, self.name)
    }

    /// The name that a delivery of it says: the neutral body goes by that of a documented event.
    pub fn said_name(&self) -> &str {
        match &self.provider.description.example {
            Some(example) if self.is_neutral() => &example.event,
            _ => &self.name,
        }
    }

    /// Whether it is the neutral body of a provider whose events are not cataloged.
    pub fn is_neutral(&self) -> bool {
        self.origin == Origin::Neutral
    }

    /// What its body is written in.
    pub fn shape(&self) -> Shape {
        self.sample.shape
    }

    /// The sample's body, compact, as the provider would send it.
    pub fn sample(&self) -> Result<String, CatalogError> {
        if self.sample.shape == Shape::Form {
            return Ok(self.sample.text.trim_end().to_string());
        }
        let broken = |what: String| CatalogError {
            file: format!("{}/{}.json", self.provider.shown, self.name),
            line: None,
            what,
        };
        let mut body = json::compact(&self.sample.text).map_err(|error| broken(error.to_string()))?;
        for (path, value) in &self.preset {
            body = json::set(&body, path, value, json::Create::No).map_err(|error| broken(error.to_string()))?;
        }
        Ok(body)
    }

    /// Whether a text stands in what the catalog says of it, whatever its case.
    pub fn mentions(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut parts = vec![self.full_name(), self.summary.to_string(), self.scope().unwrap_or_default().to_string()];
        if self.is_neutral() {
            // It stands for the provider.
            let description = &self.provider.description;
            parts = vec![self.provider.id.clone(), description.name.clone(), description.summary.clone()];
        }
        parts.iter().any(|part| part.to_lowercase().contains(&text))
    }

    /// The provider's grouping, where documented.
    pub fn scope(&self) -> Option<&str> {
        self.text.and_then(|text| text.scope.as_deref())
    }

    /// Whether it is live.
    pub fn stability(&self) -> Stability {
        self.text.map_or(Stability::Stable, |text| text.stability)
    }

    /// The page that documents it.
    pub fn page(&self) -> &str {
        self.text.and_then(|text| text.page.as_deref()).unwrap_or(&self.provider.description.page)
    }

    /// Paths that may be missing.
    pub fn optional(&self) -> impl Iterator<Item = &Path> {
        let own = self.text.map(|text| text.optional.as_slice()).unwrap_or_default();
        self.provider.description.optional.iter().chain(own)
    }

    /// Objects whose keys are not fixed.
    pub fn open(&self) -> impl Iterator<Item = &Path> {
        let own = self.text.map(|text| text.open.as_slice()).unwrap_or_default();
        self.provider.description.open.iter().chain(own)
    }

    /// What the provider's page doesn't say of the event, then of all of them.
    pub fn undocumented(&self) -> impl Iterator<Item = &str> {
        let own = self.text.map(|text| text.undocumented.as_slice()).unwrap_or_default();
        own.iter().chain(&self.provider.description.undocumented).map(String::as_str)
    }
}
