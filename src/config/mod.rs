//! `hookproof.toml`: a project's targets, what its check selects, and what else holds where the command line says nothing.
//!
//! Owns the format. It holds references to secrets and never a secret. Where the file is found is the commands' business.

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
use places::Places;

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
                Err(config.complaint(text, shown, &["target"], what))
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
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::Config;
    use crate::conformance::Level;
    use crate::message::Headers;

    const WHOLE: &str = r#"
target = "local"
timeout = "3s"
stories = "hooks/stories"
catalogs = ["hooks", "/opt/hooks"]

[headers]
X-Tenant = "acme"
"X-Trace" = "1"

[targets.local]
url = "3000/superfolio-webhook"
provider = "superfolio"
secret_env = "WEBHOOK_SECRET"

[targets.staging_2]
url = "https://staging.example.com/hook"
secret_file = "keys/staging.txt"
env_file = ".env"
headers = { x-tenant = "other" }

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
    fn settings_are_read_with_their_lines() {
        let config = Config::parse(WHOLE, "hookproof.toml").unwrap();
        assert_eq!((config.target.as_deref(), config.timeout), (Some("local"), Some(Duration::from_secs(3))));
        let names = |headers: Headers| -> Vec<String> {
            headers
                .0
                .iter()
                .map(|header| format!("{}={}", header.name, String::from_utf8_lossy(&header.value)))
                .collect()
        };
        assert_eq!(names(config.headers(None)), ["X-Tenant=acme", "X-Trace=1"]);
        assert_eq!(names(config.headers(config.targets.get("staging_2"))), ["X-Trace=1", "x-tenant=other"]);
        let line = |path: &[&str]| config.line(path);
        assert_eq!(
            [line(&["target"]), line(&["catalogs"]), line(&["headers", "X-Trace"])],
            [Some(2), Some(5), Some(9)]
        );
        assert_eq!(
            [line(&["targets", "local"]), line(&["check", "strict"]), line(&["nothing"])],
            [Some(11), Some(27), None]
        );
    }

    #[test]
    fn settings_that_can_not_be_are_refused() {
        let check = |text: &str, place: &str, what: &str| {
            let complaint = complaint(text);
            assert!(complaint.starts_with(&format!("hookproof.toml:{place}: ")), "{complaint}");
            assert!(complaint.contains(what), "no {what:?} in\n{complaint}");
            assert!(!complaint.contains("hunter2"), "{complaint}");
        };
        check("target = \"far\"", "1:10", "no target of this file");
        check("target = \"http://u:hunter2@h\"", "1:10", "no target of this file");
        check("timeout = \"0s\"", "1:11", "");
        check("[headers]\nAuthorization = \"hunter2\"", "2:1", "`Authorization` holds a credential");
        check("headers = { \"X-Api-Key\" = \"hunter2\" }", "1:13", "`X-Api-Key` holds a credential");
        check("headers = { Content-Length = \"1\" }", "1:13", "follows from the body");
        check("headers = { \"A B\" = \"1\" }", "1:13", "`A B` is no header name");
        check("headers = { A = \"\\n\" }", "1:17", "control character");
        check("stories = \"\"", "1:11", "expected the path of a file");
        check("catalogs = [\"-\"]", "1:12", "expected the path of a file");
        check("journal = \"x\"", "1:1", "unknown field `journal`");
        assert!(Config::parse("target = \"self\"", "").is_ok());
    }

    #[test]
    fn files_are_seen_from_the_configurations_folder() {
        let mut config = Config::parse(WHOLE, "").unwrap();
        config.targets["local"].secret_file = Some("/run/secrets/hook".into());
        config.seen_from(Path::new("../.."));
        let target = &config.targets["staging_2"];
        assert_eq!(target.secret_file.as_deref(), Some(Path::new("../../keys/staging.txt")));
        assert_eq!(target.env_file.as_deref(), Some(Path::new("../../.env")));
        assert_eq!(config.targets["local"].secret_file.as_deref(), Some(Path::new("/run/secrets/hook")));
        assert_eq!(config.catalogs, [Path::new("../../hooks"), Path::new("/opt/hooks")]);
        assert_eq!(config.stories.as_deref(), Some(Path::new("../../hooks/stories")));
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
