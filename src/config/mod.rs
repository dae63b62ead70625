//! `hookproof.toml`: a project's targets, what its check selects, and what else holds where the command line says nothing.
//!
//! Owns the format. It holds references to secrets and never a secret. Where the file is found is the commands' business.

mod digest;
mod places;
mod read;

use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use reqwest::Url;
use serde::Deserialize;

use crate::complaint::Complaint;
use crate::conformance::Level;
use crate::message::{Header, Headers};
use crate::target;
use crate::words;
use places::Places;

pub use digest::{Described, digest};
pub use read::check_name;

/// The name of the file.
pub const FILE: &str = "hookproof.toml";

/// The word for a receiver of our own.
pub const SELF: &str = "self";

/// What a project says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The target where none is named: one of its own by name, or `self`.
    #[serde(deserialize_with = "read::plain")]
    pub target: Option<String>,
    /// How long an answer may take.
    #[serde(deserialize_with = "read::time_limit")]
    pub timeout: Option<Duration>,
    /// Headers of every delivery that is made.
    #[serde(deserialize_with = "read::headers")]
    pub headers: Vec<Header>,
    /// The folder of its stories, as seen from the configuration's folder.
    #[serde(deserialize_with = "read::file")]
    pub stories: Option<PathBuf>,
    /// Folders of its providers, as seen from the configuration's folder.
    #[serde(deserialize_with = "read::files")]
    pub catalogs: Vec<PathBuf>,
    /// Its receivers by name, in their written order.
    #[serde(deserialize_with = "read::targets")]
    pub targets: IndexMap<String, Target>,
    /// What its check selects.
    pub check: Check,
    /// Where each key stands.
    #[serde(skip)]
    places: Places,
}

/// A receiver.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its address.
    #[serde(deserialize_with = "read::address")]
    pub url: Url,
    /// The provider whose deliveries it takes, and whose secret it has.
    #[serde(default, deserialize_with = "read::plain")]
    pub provider: Option<String>,
    /// The variable that holds the secret.
    #[serde(default, deserialize_with = "read::variable")]
    pub secret_env: Option<String>,
    /// The file that holds it, as seen from the configuration's folder.
    #[serde(default, deserialize_with = "read::file")]
    pub secret_file: Option<PathBuf>,
    /// A file of `NAME=VALUE` lines in which variables are looked up first, as seen from the configuration's folder.
    #[serde(default, deserialize_with = "read::file")]
    pub env_file: Option<PathBuf>,
    /// The header that its signatures stand in, if it is not the documented one.
    #[serde(default, deserialize_with = "read::signature_header")]
    pub signature_header: Option<String>,
    /// The signature mode by name, if it is not the provider's first.
    #[serde(default, deserialize_with = "read::plain")]
    pub signature_mode: Option<String>,
    /// Headers of every delivery that is made for it, beside those for all.
    #[serde(default, deserialize_with = "read::headers")]
    pub headers: Vec<Header>,
}

/// What a check sends and how it judges, where the command line says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Globs over the names of cases: these and no others.
    #[serde(deserialize_with = "read::all_plain")]
    pub only: Vec<String>,
    /// Globs over the names of cases: not these.
    #[serde(deserialize_with = "read::all_plain")]
    pub skip: Vec<String>,
    /// This level and those above.
    #[serde(deserialize_with = "read::level")]
    pub level: Option<Level>,
    /// A glob over the names of events.
    #[serde(deserialize_with = "read::plain")]
    pub events: Option<String>,
    /// Whether a should-finding fails the check too.
    pub strict: bool,
    /// How long an answer may take.
    #[serde(deserialize_with = "read::time_limit")]
    pub timeout: Option<Duration>,
    /// How long the whole check may take.
    #[serde(deserialize_with = "read::time_limit")]
    pub deadline: Option<Duration>,
}

impl Config {
    /// Reads a configuration; `shown` is its file as the user knows it.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Complaint> {
        let mut config: Self = toml::from_str(text).map_err(|error| complaint(text, shown, &error))?;
        config.places = Places::of(text);
        match &config.target {
            Some(name) if name != SELF && !config.targets.contains_key(name) => {
                let what = "no target of this file is called so; expected the name of one, or `self`";
                let complaint = config.complaint(text, shown, &["target"], what);
                let known = config.targets.keys().map(String::as_str).chain([SELF]);
                Err(match words::nearest(name, known) {
                    Some(near) => complaint.hinting(format!("did you mean `{near}`?")),
                    None => complaint,
                })
            }
            _ => Ok(config),
        }
    }

    /// The line, from 1, of a key; its table's where it stands in none of its own.
    pub fn line(&self, path: &[&str]) -> Option<usize> {
        self.places.line(path)
    }

    /// A fault of a key's value.
    pub fn complaint(&self, text: &str, shown: &str, path: &[&str], what: &str) -> Complaint {
        Complaint::at(text, shown, self.places.value(path).unwrap_or_default(), what)
    }

    /// A fault of a key itself, whose value is not shown.
    pub fn complaint_of_key(&self, text: &str, shown: &str, path: &[&str], what: &str) -> Complaint {
        Complaint::at(text, shown, self.places.key(path).unwrap_or_default(), what)
    }

    /// The keys of all headers, those of targets too.
    pub fn header_keys(&self) -> impl Iterator<Item = Vec<&str>> {
        let general = self.headers.iter().map(|header| vec!["headers", header.name.as_str()]);
        let of_targets = self.targets.iter().flat_map(|(name, target)| {
            target.headers.iter().map(move |header| vec!["targets", name, "headers", &header.name])
        });
        general.chain(of_targets)
    }

    /// The configuration with its files as seen from where its folder is.
    pub fn seen_from(&mut self, folder: &Path) {
        for path in self.catalogs.iter_mut().chain(&mut self.stories) {
            *path = folder.join(&*path);
        }
        for target in self.targets.values_mut() {
            target.seen_from(folder);
        }
    }

    /// The headers of a delivery for this target, or for an address that is none.
    pub fn headers(&self, target: Option<&Target>) -> Headers {
        let mut headers = Headers(self.headers.clone());
        headers.replace_with(&Headers(target.map(|target| target.headers.clone()).unwrap_or_default()));
        headers
    }
}

impl Target {
    fn seen_from(&mut self, folder: &Path) {
        for file in [&mut self.secret_file, &mut self.env_file].into_iter().flatten() {
            *file = folder.join(&*file);
        }
    }

    /// Returns true if it says where its secret is.
    pub fn names_secret(&self) -> bool {
        self.secret_env.is_some() || self.secret_file.is_some() || self.env_file.is_some()
    }

    /// Whether it is on another machine.
    pub fn is_remote(&self) -> bool {
        !target::is_loopback(&self.url)
    }
}

impl Check {
    /// Whether it selects nothing of its own.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn complaint(text: &str, shown: &str, error: &toml::de::Error) -> Complaint {
    let complaint = Complaint::of_toml(text, shown, error);
    let unknown = complaint.what().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    // Any key of that kind is meant to hold the secret itself.
    if unknown.is_some_and(|key| key.contains("secret")) {
        return complaint
            .reworded("a secret itself never stands in this file")
            .hinting("secret_env = \"NAME\" names the variable that holds it, secret_file = \"PATH\" the file");
    }
    complaint
}

#[cfg(test)]
mod tests;
