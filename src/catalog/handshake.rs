//! Requests that a provider asks to be answered in a certain way before it sends deliveries.

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::Error as _;

use super::scheme::post;
use super::template::pieces;
use crate::path::Path;

/// A request that is answered and is no delivery.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// What the provider calls it.
    pub name: String,
    /// How it is known.
    pub when: Told,
    /// The request method.
    #[serde(default = "post")]
    pub method: String,
    /// The token that both sides know, where it brings one.
    pub token: Option<TokenPlace>,
    /// Whether it comes with a signature that has to be right.
    #[serde(default)]
    pub signed: bool,
    /// True if the provider sends forged ones to test the endpoint, and drops one that answers.
    #[serde(default)]
    pub tests_forgeries: bool,
    /// The status of the answer.
    #[serde(default = "ok")]
    pub status: u16,
    /// What is answered.
    pub answer: Reply,
}

/// A place with a certain value that tells a handshake.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// A place in a JSON body.
    pub body: Option<Path>,
    /// A field of the query.
    pub query: Option<String>,
    /// What stands there.
    pub is: String,
    /// A place in a JSON body that a handshake does not have.
    pub without: Option<Path>,
}

/// The place of a token that the receiver's owner chose. The receiver has to compare it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPlace {
    /// A field of the query.
    pub query: String,
}

/// What a handshake is answered: text, or a table that becomes JSON.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Plain text.
    Text(ReplyText),
    /// A JSON object.
    Json(IndexMap<String, ReplyValue>),
}

impl Reply {
    /// The places of the body that it gives back or computes with.
    pub fn paths(&self) -> Vec<&Path> {
        self.parts().filter_map(ReplyPart::path).collect()
    }

    /// The fields of the query that it gives back.
    pub fn queries(&self) -> Vec<&str> {
        self.parts().filter_map(ReplyPart::query).collect()
    }

    fn parts(&self) -> impl Iterator<Item = &ReplyPart> {
        let texts: Vec<&ReplyText> = match self {
            Self::Text(text) => vec![text],
            Self::Json(members) => members
                .values()
                .filter_map(|value| if let ReplyValue::Text(text) = value { Some(text) } else { None })
                .collect(),
        };
        texts.into_iter().flat_map(|text| &text.0)
    }

    /// Whether it holds a digest that is made with the secret.
    pub fn computes(&self) -> bool {
        let has = |text: &ReplyText| text.0.iter().any(|part| matches!(part, ReplyPart::Hmac(_)));
        match self {
            Self::Text(text) => has(text),
            Self::Json(members) => members.values().any(|value| matches!(value, ReplyValue::Text(text) if has(text))),
        }
    }
}

/// A value of a JSON answer.
#[derive(Clone, Debug)]
pub enum ReplyValue {
    /// Text with holes.
    Text(ReplyText),
    /// A number.
    Number(i64),
}

/// A text with holes.
#[derive(Clone, Debug)]
pub struct ReplyText(pub Vec<ReplyPart>);

/// A part of what is answered.
#[derive(Clone, Debug)]
pub enum ReplyPart {
    /// Text as it stands.
    Text(String),
    /// A text or number of the JSON body.
    At(Path),
    /// A field of the query.
    Query(String),
    /// The hexadecimal HMAC-SHA256 of a text of the JSON body.
    Hmac(Path),
}

impl ReplyPart {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::At(path) | Self::Hmac(path) => Some(path),
            Self::Text(_) | Self::Query(_) => None,
        }
    }

    fn query(&self) -> Option<&str> {
        if let Self::Query(name) = self { Some(name) } else { None }
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = |text: &str| reply_text(text).map_err(D::Error::custom);
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(plain) => text(&plain).map(Self::Text),
            toml::Value::Table(table) => {
                let value = |(key, value): (String, toml::Value)| match value {
                    toml::Value::String(plain) => Ok((key, ReplyValue::Text(text(&plain)?))),
                    toml::Value::Integer(number) => Ok((key, ReplyValue::Number(number))),
                    other => Err(D::Error::custom(format!("{} can't be answered; expected text", other.type_str()))),
                };
                table.into_iter().map(value).collect::<Result<_, _>>().map(Self::Json)
            }
            other => Err(D::Error::custom(format!("expected a text or a table, found {}", other.type_str()))),
        }
    }
}

fn reply_text(text: &str) -> Result<ReplyText, String> {
    let part = |hole: &str| {
        let path = |path: &str| Path::parse(path).map_err(|error| error.to_string());
        match hole.split_once(':') {
            Some(("at", at)) => path(at).map(ReplyPart::At),
            Some(("query", name)) => Ok(ReplyPart::Query(name.to_string())),
            Some(("hmac", at)) => path(at).map(ReplyPart::Hmac),
            _ => Err(format!("`{{{hole}}}` can't be answered; there are {{at:PATH}} {{query:NAME}} {{hmac:PATH}}")),
        }
    };
    pieces(text, |text| ReplyPart::Text(text.to_string()), part).map(ReplyText)
}

fn ok() -> u16 {
    200
}
