//! How a provider signs, as `provider.toml` says it: `payloads/README.md` tells each key.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::accept::Alternative;
use super::content::{Content, Part};
use super::template::Template;
use super::when::Conditions;
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
    /// Conditions of this mode beside the signature, such as a header or a query field.
    #[serde(default)]
    pub when: Conditions,
    /// The digest of the body in the address: what is signed covers the body through it.
    pub body_digest: Option<BodyDigest>,
    /// Points in which the official libraries differ. The stricter one counts.
    #[serde(default)]
    pub libraries: Vec<String>,
    /// True if the user chose this mode; `when` then does not decide.
    #[serde(skip)]
    pub is_chosen: bool,
}

impl Scheme {
    /// Where the signature stands, for people: a header's name or a path of the body.
    pub fn place(&self) -> String {
        match &self.body {
            Some(path) => format!("body {path}"),
            None => self.header.first().to_string(),
        }
    }

    /// Every header that it names: of the signature, the timestamp, the id and the mark of its mode.
    pub(crate) fn header_names(&self) -> impl Iterator<Item = &String> {
        let stamp = self.timestamp.iter().filter_map(|stamp| stamp.header.as_ref());
        let others = stamp.chain(self.id.iter().map(|id| &id.header)).flat_map(|names| &names.0);
        self.header.0.iter().chain(others).chain(self.when.headers())
    }

    /// Returns true if verification needs the header of this name: it carries the signature, its timestamp,
    /// its id or its mode, or its value is signed.
    pub fn verifies_with(&self, name: &str) -> bool {
        let is_signed = |part: &Part| matches!(part, Part::Header(header) if header.eq_ignore_ascii_case(name));
        self.header_names().any(|own| own.eq_ignore_ascii_case(name)) || self.signs(is_signed)
    }

    /// Text that it writes into the values of headers.
    pub(super) fn header_texts(&self) -> impl Iterator<Item = &str> {
        let list = self.list.iter().flat_map(|list| [&list.separator, &list.pair, &list.take]);
        let stamp = self.timestamp.iter().filter_map(|stamp| stamp.item.as_ref());
        let id = self.id.iter().flat_map(|id| id.make.texts());
        let marks = self.when.0.iter().filter_map(|when| when.is.as_ref());
        std::iter::once(&self.prefix).chain(list).chain(stamp).chain(marks).map(String::as_str).chain(id)
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
        self.body_digest.is_some() || self.signs(|part| matches!(part, Part::Body | Part::Form))
    }

    /// Whether the address has a part in what is signed.
    pub fn covers_address(&self) -> bool {
        self.signs(|part| matches!(part, Part::Url | Part::Path))
    }

    /// Returns the name of the hash that a value writes before its digest, as in `sha256=`.
    pub fn hash_name(&self) -> Option<&'static str> {
        let name = match self.algorithm {
            Algorithm::HmacSha1 => "sha1",
            Algorithm::HmacSha256 | Algorithm::Sha256 => "sha256",
            Algorithm::HmacSha384 => "sha384",
            Algorithm::HmacSha512 => "sha512",
            Algorithm::Ed25519 | Algorithm::EcdsaP256 | Algorithm::Token => return None,
        };
        let before = self.prefix.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_prefix = before.len() < self.prefix.len() && before.to_ascii_lowercase().ends_with(name);
        let is_item = self.list.as_ref().is_some_and(|list| list.take.to_ascii_lowercase().ends_with(name));
        (is_prefix || is_item).then_some(name)
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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
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
    /// The type of the JSON value in the body; any where nothing is said.
    #[serde(rename = "type")]
    pub kind: Option<StampType>,
    /// What it counts in.
    pub unit: Unit,
    /// How old it may be, in seconds; any age where nothing is said.
    pub past: Option<u64>,
    /// How far ahead it may be, in seconds; any time where nothing is said.
    pub future: Option<u64>,
    /// The sides whose bound is neither documented nor enforced by every official library. A receiver without that
    /// bound has no fault.
    #[serde(default)]
    pub advisory: Vec<Side>,
}

/// A side of the time of receipt.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Before it.
    Past,
    /// After it.
    Future,
}

/// The type of a timestamp in a body.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum StampType {
    /// A number of JSON: a string is refused.
    Number,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
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

/// A digest of the body that stands in the address, which is signed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct BodyDigest {
    /// The field of the query that holds the hexadecimal SHA-256 of the body.
    pub query: String,
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

/// The method of a request where none is said.
pub(super) fn post() -> String {
    "POST".to_string()
}
