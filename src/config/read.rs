//! How the values of a configuration are read: what they may be, and the words where they are something else.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, de};

use super::{SELF, Target};
use crate::conformance::Level;
use crate::journal;
use crate::message::Header;
use crate::moment;
use crate::target;
use crate::words::{self, Lines};

pub(super) fn targets<'de, D: Deserializer<'de>>(from: D) -> Result<IndexMap<String, Target>, D::Error> {
    let named = IndexMap::<Name, Target>::deserialize(from)?;
    Ok(named.into_iter().map(|(Name(name), target)| (name, target)).collect())
}

/// The name of a target.
#[derive(PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        check_name(&name).map(|()| Self(name))
    }
}

/// Whether a text can be the name of a target: no word that means an address.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    if name.is_empty() || !name.bytes().all(is_word) {
        return Err(format!("`{name}` is no name of a target; expected a-z, 0-9, _ and -"));
    }
    if name == SELF {
        return Err("`self` means a receiver of our own; expected another name".to_string());
    }
    if target::parse(name).is_ok() || name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{name}` is an address; expected a name that is none"));
    }
    Ok(())
}

/// A text that may stand in a message as it is.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Plain(String);

impl TryFrom<String> for Plain {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if words::printable(&text, Lines::Escape) == text { Ok(Self(text)) } else { Err("expected printable text") }
    }
}

pub(super) fn plain<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Plain::deserialize(from).map(|Plain(text)| Some(text))
}

pub(super) fn all_plain<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Vec::<Plain>::deserialize(from).map(|all| all.into_iter().map(|Plain(text)| text).collect())
}

pub(super) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<reqwest::Url, D::Error> {
    let url = target::parse(&String::deserialize(from)?).map_err(de::Error::custom)?;
    match target::login(&url) {
        None => Ok(url),
        Some(_) => Err(de::Error::custom(
            "a name or a password before the host is a credential, which never stands in this file; --to URL gives it",
        )),
    }
}

/// What stands there may be the secret itself, so it is not repeated.
pub(super) fn variable<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    if words::is_variable(&name) {
        return Ok(Some(name));
    }
    Err(de::Error::custom("secret_env takes the name of a variable, and what is given is none"))
}

pub(super) fn file<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    File::deserialize(from).map(|File(path)| Some(path))
}

pub(super) fn files<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    Vec::<File>::deserialize(from).map(|all| all.into_iter().map(|File(path)| path).collect())
}

/// A path that the file may name.
#[derive(Deserialize)]
#[serde(try_from = "Plain")]
struct File(PathBuf);

impl TryFrom<Plain> for File {
    type Error = &'static str;

    fn try_from(Plain(path): Plain) -> Result<Self, &'static str> {
        // A dash would be stdin, which isn't the file's to take.
        if path.is_empty() || path == "-" { Err("expected the path of a file") } else { Ok(Self(path.into())) }
    }
}

/// Headers by name, each as it may go out.
pub(super) fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Header>, D::Error> {
    let named = IndexMap::<HeaderName, HeaderValue>::deserialize(from)?;
    let mut seen = BTreeSet::new();
    if let Some(HeaderName(twice)) = named.keys().find(|HeaderName(name)| !seen.insert(name.to_ascii_lowercase())) {
        return Err(de::Error::custom(format!("`{twice}` is there twice: the case of a header's name does not count")));
    }
    Ok(named.into_iter().map(|(HeaderName(name), HeaderValue(value))| Header { name, value: value.into() }).collect())
}

/// The name of a header that is no secret.
#[derive(PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
struct HeaderName(String);

impl TryFrom<String> for HeaderName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Header::new(&name, "")?;
        if journal::is_credential(&name) {
            return Err(format!("`{name}` holds a credential, which never stands in this file; -H gives it"));
        }
        Ok(Self(name))
    }
}

/// Reads the name of the header that a signature stands in. It may be one of credentials: its value is not in the file.
pub(super) fn signature_header<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    Header::new(&name, "").map_err(de::Error::custom)?;
    Ok(Some(name))
}

/// The value of a header.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct HeaderValue(String);

impl TryFrom<String> for HeaderValue {
    type Error = String;

    fn try_from(value: String) -> Result<Self, String> {
        Header::new("X", &value)
            .map(|_| Self(value))
            .map_err(|_| "the value of a header holds no control character".to_string())
    }
}

pub(super) fn level<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Level>, D::Error> {
    let word = String::deserialize(from)?;
    let level = [Level::Must, Level::Should, Level::Info].into_iter().find(|level| level.word() == word);
    level.map(Some).ok_or_else(|| de::Error::custom("expected must, should or info"))
}

pub(super) fn time_limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    moment::time_limit(&String::deserialize(from)?).map(Some).map_err(de::Error::custom)
}
