//! How a provider signs, as `provider.toml` says it: `payloads/README.md` tells each key.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Error as _, SeqAccess, Visitor};

use super::template::{Template, pieces};
use crate::path::Path;

/// A signature scheme: one mode of signing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Its name for `--signature-mode`.
    pub mode: String,
    /// How the signature is made.
    pub algorithm: Algorithm,
    /// The headers it may stand in; none where it stands in the body.
    #[serde(default)]
    pub header: Names,
    /// Whether customers choose that header's name.
    #[serde(default)]
    pub header_is_free: bool,
    /// The place in a JSON body that it stands at.
    pub body: Option<Path>,
    /// Whether every delivery is signed.
    pub secret: Need,
    /// What stands before the digest.
    #[serde(default)]
    pub prefix: String,
    /// How several signatures stand in one value.
    pub list: Option<List>,
    /// How the digest is written. A token has none.
    pub encoding: Option<Encoding>,
    /// What is accepted besides the form we send.
    #[serde(default)]
    pub accept: Vec<Alternative>,
    /// What is signed.
    #[serde(default)]
    pub content: Content,
    /// How the secret becomes the key.
    #[serde(default)]
    pub key: KeyForm,
    /// Where the time of signing stands.
    pub timestamp: Option<Stamp>,
    /// Where the id stands that is signed along.
    pub id: Option<IdHeader>,
    /// What else has to be there for this mode to be meant.
    pub when: Option<HeaderIs>,
}

impl Scheme {
    /// Where the signature stands, for people: a header's name or a path of the body.
    pub fn place(&self) -> String {
        match &self.body {
            Some(path) => format!("body {path}"),
            None => self.header.first().to_string(),
        }
    }

    /// Whether a header of this name carries its signature.
    pub fn reads(&self, name: &str) -> bool {
        self.header.has(name)
    }

    /// Whether the content has a part.
    pub fn signs(&self, wanted: impl Fn(&Part) -> bool) -> bool {
        self.algorithm != Algorithm::Token && self.content.0.iter().any(wanted)
    }

    /// Whether a change of the body breaks the signature.
    pub fn covers_body(&self) -> bool {
        self.signs(|part| matches!(part, Part::Body | Part::Form))
    }

    /// Whether the address has a part in what is signed.
    pub fn covers_address(&self) -> bool {
        self.signs(|part| matches!(part, Part::Url | Part::Path))
    }

    /// Whether a change of the timestamp breaks the signature.
    pub fn covers_timestamp(&self) -> bool {
        let in_body = self.timestamp.as_ref().is_some_and(|stamp| stamp.body.is_some());
        self.signs(|part| match (part, &self.timestamp) {
            (Part::At(path), Some(stamp)) => stamp.body.as_ref() == Some(path),
            (part, _) => *part == Part::Timestamp || in_body && *part == Part::Body,
        })
    }
}

/// Names of headers that mean the same; the first is the one we send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Names {
    /// The one that is sent.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Whether a header's name is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

impl From<&str> for Names {
    fn from(name: &str) -> Self {
        Self(vec![name.to_string()])
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header's name or a list of them")
            }

            fn visit_str<E>(self, name: &str) -> Result<Names, E> {
                Ok(Names::from(name))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Names, A::Error> {
                let mut all = Vec::new();
                while let Some(name) = names.next_element()? {
                    all.push(name);
                }
                if all.is_empty() { Err(A::Error::invalid_length(0, &self)) } else { Ok(Names(all)) }
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC with SHA-1.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
    /// SHA-256 of a content that has the secret in it.
    Sha256,
    /// Ed25519.
    Ed25519,
    /// ECDSA over P-256 and SHA-256, written as DER.
    EcdsaP256,
    /// The secret itself; nothing is signed.
    Token,
}

impl Algorithm {
    /// Whether one key signs and another verifies.
    pub fn is_asymmetric(self) -> bool {
        matches!(self, Self::Ed25519 | Self::EcdsaP256)
    }

    /// The name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha384 => "HMAC-SHA384",
            Self::HmacSha512 => "HMAC-SHA512",
            Self::Sha256 => "SHA-256",
            Self::Ed25519 => "Ed25519 signature",
            Self::EcdsaP256 => "ECDSA P-256 signature",
            Self::Token => "token",
        }
    }

    /// The length of a digest, or of a signature where that is fixed, in bytes.
    pub fn length(self) -> Option<usize> {
        match self {
            Self::HmacSha1 => Some(20),
            Self::HmacSha256 | Self::Sha256 => Some(32),
            Self::HmacSha384 => Some(48),
            Self::HmacSha512 | Self::Ed25519 => Some(64),
            Self::EcdsaP256 | Self::Token => None,
        }
    }
}

/// How a digest is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Base64 with padding.
    Base64,
    /// Base64 with `-` and `_`, without padding.
    Base64Url,
}

impl Encoding {
    /// The name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hex => "hexadecimal",
            Self::Base64 => "base64",
            Self::Base64Url => "URL-safe base64",
        }
    }
}

/// Whether a secret must be there.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Every delivery is signed.
    Required,
    /// Customers may leave it out.
    Optional,
}

/// A form that is accepted, and named, besides the one that is sent.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Alternative {
    /// Hexadecimal digits in upper case.
    UpperCase,
    /// Without the prefix.
    NoPrefix,
    /// Over the body without white space between its tokens.
    CompactBody,
    /// Over the body with `\uXXXX` for all that is not ASCII.
    EscapedBody,
    /// Over the address with some of its `%XX` written plainly.
    DecodedUrl,
}

/// Several items in one value, such as `t=1649367553,v1=5257a8`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// What stands between items.
    pub separator: String,
    /// What stands between an item's name and its value.
    pub pair: String,
    /// The name of the items that are signatures; any of them may match.
    pub take: String,
    /// Names that carry signatures of another kind.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// How a secret becomes a key.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct KeyForm {
    /// Beginnings one of which is cut off.
    #[serde(default)]
    pub strip: Vec<String>,
    /// How the rest is read.
    #[serde(default)]
    pub decode: Decode,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Decode {
    /// The text is the key.
    #[default]
    Text,
    /// Base64, with or without padding.
    Base64,
    /// Base64 with `-` and `_`.
    Base64Url,
    /// Hexadecimal.
    Hex,
}

impl Decode {
    /// The name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Base64 => "base64",
            Self::Base64Url => "URL-safe base64",
            Self::Hex => "hexadecimal",
        }
    }
}

/// Where the time of signing stands, and how old or early it may be.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The headers it may stand in.
    pub header: Option<Names>,
    /// The place in a JSON body.
    pub body: Option<Path>,
    /// The item of the signature's list.
    pub item: Option<String>,
    /// What it counts in.
    pub unit: Unit,
    /// How old it may be, in seconds; any age where nothing is said.
    pub past: Option<u64>,
    /// How far ahead it may be, in seconds; any time where nothing is said.
    pub future: Option<u64>,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Seconds since 1970.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds since 1970.
    #[serde(rename = "ms")]
    Milliseconds,
    /// RFC 3339.
    Iso8601,
}

/// The header of an id that is signed along.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdHeader {
    /// The headers it may stand in.
    pub header: Names,
    /// How a new one is made.
    pub make: Template,
}

/// A header with a certain value.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct HeaderIs {
    /// Its name.
    pub header: String,
    /// Its value.
    pub is: String,
}

/// What is signed: parts in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(pub Vec<Part>);

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands.
    Text(String),
    /// The exact body.
    Body,
    /// The timestamp as it is written.
    Timestamp,
    /// The id that stands in the scheme's header.
    Id,
    /// The request method.
    Method,
    /// The whole address.
    Url,
    /// The path of the address, without the query.
    Path,
    /// A header's value.
    Header(String),
    /// A text or number of a JSON body.
    At(Path),
    /// The fields of a form, sorted by name.
    Form,
    /// The secret.
    Secret,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Body => f.write_str("{body}"),
            Self::Timestamp => f.write_str("{timestamp}"),
            Self::Id => f.write_str("{id}"),
            Self::Method => f.write_str("{method}"),
            Self::Url => f.write_str("{url}"),
            Self::Path => f.write_str("{path}"),
            Self::Header(name) => write!(f, "{{header:{name}}}"),
            Self::At(path) => write!(f, "{{at:{path}}}"),
            Self::Form => f.write_str("{form}"),
            Self::Secret => f.write_str("{secret}"),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self(vec![Part::Body])
    }
}

impl FromStr for Content {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |hole: &str| match hole.split_once(':') {
            Some(("header", name)) if !name.is_empty() => Ok(Part::Header(name.to_string())),
            Some(("at", path)) => Path::parse(path).map(Part::At).map_err(|error| error.to_string()),
            None => match hole {
                "body" => Ok(Part::Body),
                "timestamp" => Ok(Part::Timestamp),
                "id" => Ok(Part::Id),
                "method" => Ok(Part::Method),
                "url" => Ok(Part::Url),
                "path" => Ok(Part::Path),
                "form" => Ok(Part::Form),
                "secret" => Ok(Part::Secret),
                _ => Err(()),
            }
            .map_err(|()| no_part(hole)),
            Some(_) => Err(no_part(hole)),
        };
        pieces(text, |text| Part::Text(text.to_string()), part).map(Self)
    }
}

fn no_part(hole: &str) -> String {
    format!(
        "`{{{hole}}}` is no part of what is signed; there are {{body}} {{timestamp}} {{id}} {{method}} {{url}} {{path}} \
         {{header:NAME}} {{at:PATH}} {{form}} {{secret}}"
    )
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A known answer that a provider or its own library published.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// The mode that it is of.
    pub mode: String,
    /// The secret, or the public key.
    pub secret: String,
    /// The headers that came.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The exact body.
    #[serde(default)]
    pub body: String,
    /// The address, where it is signed.
    pub url: Option<String>,
    /// The request method.
    #[serde(default = "post")]
    pub method: String,
    /// Where it was published.
    pub source: String,
}

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
    /// Whether it comes with a signature that has to be right.
    #[serde(default)]
    pub signed: bool,
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
        let texts: Vec<&ReplyText> = match self {
            Self::Text(text) => vec![text],
            Self::Json(members) => members
                .values()
                .filter_map(|value| if let ReplyValue::Text(text) = value { Some(text) } else { None })
                .collect(),
        };
        texts
            .into_iter()
            .flat_map(|text| &text.0)
            .filter_map(|part| match part {
                ReplyPart::At(path) | ReplyPart::Hmac(path) => Some(path),
                ReplyPart::Text(_) | ReplyPart::Query(_) => None,
            })
            .collect()
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

fn post() -> String {
    "POST".to_string()
}

#[cfg(test)]
mod tests {
    use super::{Content, Part};

    #[test]
    fn contents_are_read() {
        let check = |text: &str, parts: &[Part]| assert_eq!(text.parse(), Ok(Content(parts.to_vec())));
        let text = |text: &str| Part::Text(text.to_string());
        check("{body}", &[Part::Body]);
        check("v0:{timestamp}:{body}", &[text("v0:"), Part::Timestamp, text(":"), Part::Body]);
        check("{method}{url}{header:X-A}", &[Part::Method, Part::Url, Part::Header("X-A".into())]);
        check("{at:signature.token}", &[Part::At(crate::path::Path::parse("signature.token").unwrap())]);
        for broken in ["{bodies}", "{header:}", "{body", "{at:a[}"] {
            assert!(broken.parse::<Content>().is_err(), "{broken}");
        }
    }
}
