//! `hookproof.toml`: a project's targets, and what its check selects.
//!
//! Owns the format. It holds references to secrets and never a secret. Where the file is found is the commands' business.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use reqwest::Url;
use serde::{Deserialize, Deserializer, de};

use crate::complaint::Complaint;
use crate::conformance::Level;
use crate::words::{self, Lines};
use crate::{moment, target};

/// The name of the file.
pub const FILE: &str = "hookproof.toml";

/// What a project says of its receivers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its receivers by name, in their written order.
    #[serde(default, deserialize_with = "targets")]
    pub targets: IndexMap<String, Target>,
    /// What its check selects.
    #[serde(default)]
    pub check: Check,
}

/// A receiver.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its address.
    #[serde(deserialize_with = "address")]
    pub url: Url,
    /// The provider whose deliveries it takes, and whose secret it has.
    #[serde(default, deserialize_with = "plain")]
    pub provider: Option<String>,
    /// The variable that holds the secret.
    #[serde(default, deserialize_with = "variable")]
    pub secret_env: Option<String>,
    /// The file that holds it, as seen from the configuration's folder.
    #[serde(default, deserialize_with = "file")]
    pub secret_file: Option<PathBuf>,
    /// A file of `NAME=VALUE` lines in which variables are looked up first, as seen from the configuration's folder.
    #[serde(default, deserialize_with = "file")]
    pub env_file: Option<PathBuf>,
}

/// What a check sends and how it judges, where the command line says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Globs over the names of cases: these and no others.
    #[serde(deserialize_with = "all_plain")]
    pub only: Vec<String>,
    /// Globs over the names of cases: not these.
    #[serde(deserialize_with = "all_plain")]
    pub skip: Vec<String>,
    /// This level and those above.
    #[serde(deserialize_with = "level")]
    pub level: Option<Level>,
    /// A glob over the names of events.
    #[serde(deserialize_with = "plain")]
    pub events: Option<String>,
    /// Whether a should-finding fails the check too.
    pub strict: bool,
    /// How long an answer may take.
    #[serde(deserialize_with = "time_limit")]
    pub timeout: Option<Duration>,
    /// How long the whole check may take.
    #[serde(deserialize_with = "time_limit")]
    pub deadline: Option<Duration>,
}

impl Config {
    /// Reads a configuration; `shown` is its file as the user knows it.
    pub fn parse(text: &str, shown: &str) -> Result<Self, Complaint> {
        toml::from_str(text).map_err(|error| complaint(text, shown, &error))
    }
}

impl Target {
    /// The target with its files as seen from where the configuration's folder is.
    pub fn seen_from(&mut self, folder: &Path) {
        for file in [&mut self.secret_file, &mut self.env_file].into_iter().flatten() {
            *file = folder.join(&*file);
        }
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

fn targets<'de, D: Deserializer<'de>>(from: D) -> Result<IndexMap<String, Target>, D::Error> {
    let named = IndexMap::<Name, Target>::deserialize(from)?;
    Ok(named.into_iter().map(|(Name(name), target)| (name, target)).collect())
}

/// The name of a target: no word that means an address.
#[derive(PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_word) {
            return Err(format!("`{name}` is no name of a target; expected a-z, 0-9, _ and -"));
        }
        if name == "self" {
            return Err("`self` means a receiver of our own; expected another name".to_string());
        }
        if target::parse(&name).is_ok() || name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("`{name}` is an address; expected a name that is none"));
        }
        Ok(Self(name))
    }
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

fn plain<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Plain::deserialize(from).map(|Plain(text)| Some(text))
}

fn all_plain<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Vec::<Plain>::deserialize(from).map(|all| all.into_iter().map(|Plain(text)| text).collect())
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    target::parse(&String::deserialize(from)?).map_err(de::Error::custom)
}

/// What stands there may be the secret itself, so it is not repeated.
fn variable<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    if words::is_variable(&name) {
        return Ok(Some(name));
    }
    Err(de::Error::custom("secret_env takes the name of a variable, and what is given is none"))
}

fn file<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let Plain(path) = Plain::deserialize(from)?;
    // A dash would be stdin, which isn't the file's to take.
    if path.is_empty() || path == "-" {
        return Err(de::Error::custom("expected the path of a file"));
    }
    Ok(Some(path.into()))
}

fn level<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Level>, D::Error> {
    let word = String::deserialize(from)?;
    let level = [Level::Must, Level::Should, Level::Info].into_iter().find(|level| level.word() == word);
    level.map(Some).ok_or_else(|| de::Error::custom("expected must, should or info"))
}

fn time_limit<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    moment::time_limit(&String::deserialize(from)?).map(Some).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::Config;
    use crate::conformance::Level;

    const WHOLE: &str = r#"
[targets.local]
url = "3000/superfolio-webhook"
provider = "superfolio"
secret_env = "WEBHOOK_SECRET"

[targets.staging_2]
url = "https://staging.example.com/hook"
secret_file = "keys/staging.txt"
env_file = ".env"

[check]
only = ["tampered", "size-*"]
skip = ["size-1mb"]
level = "should"
events = "activity.*"
strict = true
timeout = "5s"
deadline = "45s"
"#;

    #[track_caller]
    fn complaint(text: &str) -> String {
        Config::parse(text, "hookproof.toml").expect_err(text).to_string()
    }

    #[test]
    fn targets_and_selection_are_read_in_their_written_order() {
        let config = Config::parse(WHOLE, "hookproof.toml").unwrap();
        assert_eq!(config.targets.keys().collect::<Vec<_>>(), ["local", "staging_2"]);
        let local = &config.targets["local"];
        assert_eq!(local.url.as_str(), "http://localhost:3000/superfolio-webhook");
        assert_eq!(
            (local.provider.as_deref(), local.secret_env.as_deref()),
            (Some("superfolio"), Some("WEBHOOK_SECRET"))
        );
        assert!(!local.is_remote() && config.targets["staging_2"].is_remote());
        assert_eq!(config.check.only, ["tampered", "size-*"]);
        assert_eq!((config.check.level, config.check.strict), (Some(Level::Should), true));
        assert_eq!(config.check.timeout, Some(Duration::from_secs(5)));
        assert_eq!(config.check.deadline, Some(Duration::from_secs(45)));
        assert!(Config::parse("", "").unwrap().check.is_empty() && !config.check.is_empty());
    }

    #[test]
    fn files_are_seen_from_the_configurations_folder() {
        let mut target = Config::parse(WHOLE, "").unwrap().targets["staging_2"].clone();
        target.seen_from(Path::new("../.."));
        assert_eq!(target.secret_file.as_deref(), Some(Path::new("../../keys/staging.txt")));
        assert_eq!(target.env_file.as_deref(), Some(Path::new("../../.env")));
        target.secret_file = Some("/run/secrets/hook".into());
        target.seen_from(Path::new(".."));
        assert_eq!(target.secret_file.as_deref(), Some(Path::new("/run/secrets/hook")));
    }

    #[test]
    fn a_fault_is_told_with_its_place_and_marked() {
        let check = |text: &str, place: &str, what: &str, marks: &str| {
            let complaint = complaint(text);
            assert!(complaint.starts_with(&format!("hookproof.toml:{place}: ")), "{text}\n{complaint}");
            assert!(complaint.contains(what), "no {what:?} in\n{complaint}");
            assert!(complaint.contains(marks), "no {marks:?} in\n{complaint}");
        };
        check("[check]\nlevl = \"must\"", "2:1", "unknown field `levl`", "  2 | levl\n    | ^^^^");
        check("[check]\nlevel = \"high\"", "2:9", "expected must", "  2 | level = \"high\"\n    |         ^^^^^^");
        check("[check]\ntimeout = \"5\"", "2:11", "500ms", "| timeout = \"5\"\n    |           ^^^");
        check("[check]\nonly = \"a\"", "2:8", "expected a sequence", "^^^");
        check("[check]\nskip = [\"\\u001b[m\"]", "2:8", "printable", "^^^^^^^^^^^^");
        check("[check]\r\nstrict = 1\r\n", "2:10", "expected a boolean", "| strict = 1\n    |          ^");
        check("# \u{1f511}\n\n[targets.a]\nurl = \"3000\" x", "4:14", "", "^");
        check("[targets.a]\nprovider = \"b\"", "1:1", "missing field `url`", "| [targets.a]\n    | ^^^^^^^^^^^");
        check("[targets.a]\nurl = \"example.com\"", "2:7", "write the scheme too", "^^^^^^^^^^^^^");
        check("a = { \"\u{e9}\u{e9}\" = 1, b", "1:18", "unclosed", "^");
        check("[targets", "1:9", "", "^");
        check("x = \u{1b}[31m", "1:6", "unexpected", "^");
    }

    #[test]
    fn names_of_targets_are_words_that_mean_no_address() {
        for name in ["self", "localhost", "3000", "99999", "\"Local\"", "\"a.b\"", "\"\"", "\"a b\"", "\"127.0.0.1\""] {
            let complaint = complaint(&format!("[targets.{name}]\nurl = \"3000/\""));
            assert!(complaint.contains("hookproof.toml:1:10: "), "{complaint}");
            assert!(complaint.contains("expected"), "{complaint}");
        }
    }

    #[test]
    fn connections_and_commands_are_no_keys() {
        for key in ["insecure = true", "proxy = \"http://h\"", "cacert = \"a\"", "command = \"x\"", "name = \"a\""] {
            assert!(complaint(&format!("[targets.a]\nurl = \"3000/\"\n{key}")).contains("unknown field"), "{key}");
            assert!(complaint(&format!("[check]\n{key}")).contains("unknown field"), "{key}");
            assert!(complaint(key).contains("unknown field"), "{key}");
        }
    }

    #[test]
    fn a_secret_that_was_written_down_is_refused_and_not_shown() {
        let check = |line: &str, what: &str| {
            let text = format!("[targets.a]\nurl = \"3000/\"\n{line}");
            let error = Config::parse(&text, "hookproof.toml").expect_err(line);
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(error.to_string().contains(what), "{error}");
            error.hint().map(str::to_string)
        };
        let itself = "3:1: a secret itself never stands in this file";
        for line in
            ["secret = \"hunter2\"", "\"secret\" = 'hunter2'", "signing_secret = \"hunter2\"", "secret.a = \"hunter2\""]
        {
            assert!(check(line, itself).is_some_and(|hint| hint.contains("secret_env = \"NAME\"")), "{line}");
        }
        check("secret_env = \"hunter2 \"", "takes the name of a variable");
        check("secret_env = [\"hunter2\"]", "expected a string");
        check("secret = \"hunter2", "3:");
        check("secret = \"hunter2\" x", "3:");
        check("\"secret\" = \"hunter2\" x", "3:");
        check("password = \"hunter2\"", "unknown field");
        let inline = complaint("targets = { a = { url = \"3000/\", secret = \"hunter2\", x = 1 } }");
        assert!(inline.contains("1:34: a secret itself") && !inline.contains("hunter2"), "{inline}");
        let url = complaint("[targets.a]\nurl = \"http://u:hunter2@h\" x");
        assert!(!url.contains("hunter2") && url.contains("u:***@h"), "{url}");
    }
}
