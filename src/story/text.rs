//! What a story's file says, word for word: the shape of the file and nothing else.
//!
//! Places are kept beside the words that only the catalog can judge, so that a complaint can point at them.

use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, de};
use toml::{Spanned, Value};

use crate::catalog::Statuses;
use crate::moment;

/// A story's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) summary: String,
    /// Whose the events are that are named without a provider.
    pub(super) provider: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) step: Vec<Step>,
}

/// A step. A list of names, values by their path or name, and the rest in a word each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Step {
    pub(super) event: Spanned<String>,
    pub(super) variant: Option<Spanned<String>>,
    pub(super) name: Option<String>,
    pub(super) delay: Option<Spanned<Pause>>,
    #[serde(default)]
    pub(super) new: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) id: IndexMap<Spanned<String>, Id>,
    pub(super) data: Option<Spanned<Value>>,
    pub(super) before: Option<Spanned<Value>>,
    pub(super) after: Option<Spanned<Value>>,
    #[serde(default)]
    pub(super) set: IndexMap<Spanned<String>, Value>,
    #[serde(default)]
    pub(super) set_string: IndexMap<Spanned<String>, Value>,
    #[serde(default)]
    pub(super) unset: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) create: bool,
    pub(super) fault: Option<Spanned<String>>,
    pub(super) expect: Option<Expect>,
}

/// The value of an identity.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text or a whole number")]
pub(super) enum Id {
    Text(String),
    Number(i64),
}

/// What is expected of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    #[serde(default, deserialize_with = "statuses")]
    pub(super) status: Vec<Statuses>,
    #[serde(default)]
    pub(super) header: IndexMap<Spanned<String>, Spanned<Value>>,
    #[serde(default)]
    pub(super) body: IndexMap<Spanned<String>, Spanned<Value>>,
    pub(super) text: Option<Spanned<Value>>,
    #[serde(default, deserialize_with = "time_limit")]
    pub(super) within: Option<Duration>,
}

/// How long to wait before a step.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Pause(#[serde(deserialize_with = "pause")] pub(super) Duration);

fn pause<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    moment::pause(&lapse(from)?).map_err(de::Error::custom)
}

/// A time with its unit, as a text.
fn lapse<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a duration like \"500ms\", \"3s\" or \"2m\"")]
    enum Lapse {
        Text(String),
    }
    Lapse::deserialize(from).map(|Lapse::Text(text)| text)
}

fn time_limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    moment::time_limit(&lapse(from)?).map(Some).map_err(de::Error::custom)
}

/// A status as a number or as a text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a status like 202 or \"2xx\", or a list of them")]
enum Status {
    Number(u16),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a status like 202 or \"2xx\", or a list of them")]
enum OneOrMore {
    One(Status),
    More(Vec<Status>),
}

fn statuses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Statuses>, D::Error> {
    let all = match OneOrMore::deserialize(from)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(none) if none.is_empty() => return Err(de::Error::custom("an empty list expects no status")),
        OneOrMore::More(all) => all,
    };
    let text = |status| match status {
        Status::Number(number) => number.to_string(),
        Status::Text(text) => text,
    };
    all.into_iter().map(|status| Statuses::try_from(text(status)).map_err(de::Error::custom)).collect()
}
