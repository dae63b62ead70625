//! What `provider.toml` says, word for word: the shape of the file and nothing else.
//!
//! Unknown fields are refused, so that a misspelt one is an error with its line and not a silence.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::Error as _;

use super::handshake::Handshake;
use super::retry::Retries;
use super::scheme::{Names, Scheme, Vector};
use super::template::Template;
use super::when::Conditions;
use crate::moment;
use crate::path::Path;
use crate::shell::Variable;

/// A provider's description.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The name as people write it.
    pub name: String,
    /// What the provider is, in a line.
    pub summary: String,
    /// The address of its webhook documentation.
    pub page: String,
    /// The day that page was last read, `2026-11-20`.
    pub checked: String,
    /// What that page doesn't say.
    #[serde(default)]
    pub undocumented: Vec<String>,
    /// Paths that may be missing, over all events.
    #[serde(default)]
    pub optional: Vec<Path>,
    /// Objects whose keys are not fixed, over all events.
    #[serde(default)]
    pub open: Vec<Path>,
    /// Where the secret is found.
    pub secret: Option<SecretPlace>,
    /// The ways to sign; the first is what happens unless another is chosen. None: unsigned.
    #[serde(default)]
    pub signature: Vec<Scheme>,
    /// Requests that are answered and are no deliveries.
    #[serde(default)]
    pub handshake: Vec<Handshake>,
    /// Known answers that were published.
    #[serde(default)]
    pub vector: Vec<Vector>,
    /// How an answer is judged.
    #[serde(default)]
    pub delivery: Rules,
    /// Headers besides the signature, in order.
    #[serde(default)]
    pub header: IndexMap<String, Template>,
    /// Where a delivery names its event and itself.
    #[serde(default)]
    pub event: Naming,
    /// How a delivery is known as this provider's.
    #[serde(default)]
    pub recognise: Marks,
    /// Which parts are times.
    pub time: Option<Times>,
    /// What is renewed with every delivery.
    #[serde(default)]
    pub identity: IndexMap<String, Identity>,
    /// Parts that follow from others.
    #[serde(default)]
    pub derived: Vec<Derived>,
    /// Parts that go on from step to step of a story.
    #[serde(default)]
    pub carried: Vec<Carried>,
    /// Other names that the same provider goes by.
    #[serde(default)]
    pub alias: IndexMap<String, Alias>,
    /// The neutral body of a provider whose events are not cataloged.
    pub example: Option<Example>,
    /// The events by name.
    #[serde(default)]
    pub events: IndexMap<String, EventText>,
    /// Events whose names follow a pattern.
    #[serde(default)]
    pub pattern: Vec<Pattern>,
}

/// Another name that a provider goes by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The name as people write it.
    pub name: String,
    /// The mode of signing that goes first.
    pub mode: String,
    /// The modes that it has; all where nothing is said.
    #[serde(default)]
    pub modes: Vec<String>,
    /// The conditions that a mode has under this name besides its own.
    #[serde(default)]
    pub when: IndexMap<String, Conditions>,
    /// The environment variable of its secret.
    pub env: Option<Variable>,
    /// Its webhook documentation.
    pub page: Option<String>,
}

/// The neutral body of a provider whose events are not cataloged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The event that its headers name.
    pub event: String,
    /// What it is.
    pub summary: String,
}

/// Where a user finds and keeps the signing secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPlace {
    /// The provider's own environment variable.
    pub env: Variable,
    /// Where the provider shows it.
    pub find: Option<String>,
    /// What it begins with; anything where nothing is said.
    #[serde(default)]
    pub begins: Vec<String>,
}

/// How an answer is judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Status codes and classes that count as success: `2xx`, `202`.
    pub success: Vec<Statuses>,
    /// Whether the provider documents that.
    pub success_documented: bool,
    /// The documented status for a bad signature.
    pub refusal: Option<u16>,
    /// Seconds that the provider waits for an answer, where it says so.
    pub answer_within: Option<u64>,
    /// The documented retries, in a sentence.
    pub retries: Option<String>,
    /// The same, as far as it can be followed.
    pub retry: Option<Retries>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            success: vec![Statuses::Class(2)],
            success_documented: false,
            refusal: None,
            answer_within: None,
            retries: None,
            retry: None,
        }
    }
}

/// A status code or a class of them.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub enum Statuses {
    /// `2xx`: all of a hundred.
    Class(u16),
    /// One code.
    Code(u16),
}

impl TryFrom<String> for Statuses {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let class = text.strip_suffix("xx").and_then(|digit| digit.parse().ok());
        let class = class.filter(|digit| (1..=5).contains(digit)).map(Self::Class);
        let code = || text.parse().ok().filter(|code| (100..=599).contains(code)).map(Self::Code);
        class.or_else(code).ok_or_else(|| format!("`{text}` is no status; expected one like `2xx` or `202`"))
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(class) => write!(f, "{class}xx"),
            Self::Code(code) => write!(f, "{code}"),
        }
    }
}

impl Statuses {
    /// Whether a status is meant by this.
    pub fn holds(self, status: u16) -> bool {
        match self {
            Self::Class(class) => status / 100 == class,
            Self::Code(code) => status == code,
        }
    }
}

/// Where a delivery names its event and itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Naming {
    /// The event's name.
    pub name: Option<Place>,
    /// The id of the delivery.
    pub id: Option<Place>,
}

/// A place in a delivery.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A header, under any of these names.
    Header(Names),
    /// A path of the body.
    Body(Path),
}

/// How a delivery is known as a provider's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marks {
    /// Headers any of which names the provider.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The `User-Agent` it sends.
    pub user_agent: Option<String>,
    /// Paths of the body that together name the provider.
    #[serde(default)]
    pub body: Vec<Path>,
}

/// Which parts of a body are times.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// The event's own.
    pub event: EventTime,
    /// Those that keep their distance from it.
    #[serde(default)]
    pub shift: Vec<Path>,
}

/// Where the event's time stands.
#[derive(Clone, Debug)]
pub enum EventTime {
    /// At a path of the body.
    At(Path),
    /// Nowhere: the time that the sample was made for, as written in the description.
    Literal(String),
}

impl<'de> Deserialize<'de> for EventTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if moment::read(&text).is_some() {
            return Ok(Self::Literal(text));
        }
        Path::parse(&text).map(Self::At).map_err(D::Error::custom)
    }
}

/// A part of a delivery that is renewed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Where it is declared to stand.
    #[serde(default)]
    pub at: Vec<Path>,
    /// How a new one is made.
    pub make: Template,
    /// How long one serves.
    pub lives: Life,
    /// Of what a story has one each, where it isn't one in all.
    pub each: Option<Each>,
    /// The sample's value, for one that stands in no body.
    pub value: Option<String>,
}

/// How long an identity serves.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Life {
    /// New with every delivery.
    Delivery,
    /// New with every story.
    Story,
    /// Stays what it is.
    Fixed,
}

/// Of what a story has an identity each.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// One for each kind of object.
    Object,
}

/// Parts that stay what they were in the step of a story before, as long as an identity does.
///
/// What a sample leaves empty stays empty, and a time that is the event's own is the event's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// The identity that they belong to.
    pub with: String,
    /// Where they stand.
    pub paths: Vec<Path>,
    /// Where they stood, where that is another place.
    pub from: Option<Path>,
    /// Whether they stand where the sample has null, and nowhere else.
    #[serde(default)]
    pub fills_null: bool,
}

/// A part that follows from others.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Where it stands.
    pub path: Path,
    /// It is a copy of this.
    pub mirror: Option<Path>,
    /// It holds what changed between two records.
    pub changes: Option<Changes>,
}

/// The two records of a change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The record before.
    pub from: Path,
    /// The record after.
    pub to: Path,
}

/// What is said of an event, or of one of its variants.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventText {
    /// What it means, in our words.
    pub summary: String,
    /// The provider's grouping, where documented.
    pub scope: Option<String>,
    /// Whether it is live.
    #[serde(default)]
    pub stability: Stability,
    /// Where the sample comes from.
    #[serde(default)]
    pub sample: Origin,
    /// The page, where it is not the provider's.
    pub page: Option<String>,
    /// Paths that may be missing.
    #[serde(default)]
    pub optional: Vec<Path>,
    /// Objects whose keys are not fixed.
    #[serde(default)]
    pub open: Vec<Path>,
    /// What the page doesn't say of it.
    #[serde(default)]
    pub undocumented: Vec<String>,
    /// Other documented forms.
    #[serde(default)]
    pub variants: IndexMap<String, VariantText>,
}

/// What is said of a variant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantText {
    /// How it differs.
    pub summary: String,
    /// Where the sample comes from.
    #[serde(default)]
    pub sample: Origin,
}

/// Whether an event is live.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Stability {
    /// Live.
    #[default]
    Stable,
    /// Live and may change.
    Beta,
    /// Announced, not live.
    Announced,
}

/// Where a sample comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The provider documents its shape.
    #[default]
    Documented,
    /// Its shape follows from another event's.
    Inferred,
    /// The documented envelope with values that mean nothing.
    Neutral,
}

/// Events whose names follow a pattern, such as any custom object's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// `{object}.{verb}`
    pub name: String,
    /// The sample's file, without its ending.
    pub sample: String,
    /// The object of the sample.
    pub example: String,
    /// What such an event is.
    pub summary: String,
    /// The verbs.
    pub verbs: IndexMap<String, Verb>,
}

/// One verb of a pattern.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verb {
    /// What it means.
    pub summary: String,
    /// What its deliveries have in the sample's place.
    #[serde(default)]
    pub set: IndexMap<String, serde_json::Value>,
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Stability {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
            Self::Announced => "announced",
        }
    }
}

impl Origin {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::Neutral => "neutral",
        }
    }
}
