//! The configuration's format, tried as tables.

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
    assert_eq!((local.provider.as_deref(), local.secret_env.as_deref()), (Some("superfolio"), Some("WEBHOOK_SECRET")));
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
        headers.0.iter().map(|header| format!("{}={}", header.name, String::from_utf8_lossy(&header.value))).collect()
    };
    assert_eq!(names(config.headers(None)), ["X-Tenant=acme", "X-Trace=1"]);
    assert_eq!(names(config.headers(config.targets.get("staging_2"))), ["X-Trace=1", "x-tenant=other"]);
    let line = |path: &[&str]| config.line(path);
    assert_eq!([line(&["target"]), line(&["catalogs"]), line(&["headers", "X-Trace"])], [Some(2), Some(5), Some(9)]);
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
    check("headers = { A = \"1\", a = \"2\" }", "1:11", "`a` is there twice");
    check("[targets.a]\nurl = \"http://u:hunter2@h\"", "2:7", "is a credential");
    check("[targets.a]\nurl = \"https://name@h/a\"", "2:7", "is a credential");
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
    check("[check]\nonly = \"a\"", "2:8", "expected an array", "^^^");
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
fn a_value_of_another_kind_is_not_repeated() {
    let check = |text: &str, what: &str| {
        let complaint = complaint(text);
        assert!(complaint.contains(what) && !complaint.contains("hunter2"), "{complaint}");
    };
    check("headers = \"Authorization: hunter2\"", "invalid type: string, expected a table");
    check("[targets]\nlocal = \"http://u:hunter2@h/\"", "invalid type: string, expected a table");
    check("[targets.a]\nsecret_env = [\"hunter2\"]", "invalid type: array, expected a string");
}

#[test]
fn a_key_that_is_none_is_told_which_one_is_meant() {
    let hint = |text: &str| Config::parse(text, "").expect_err(text).hint().map(str::to_string);
    assert_eq!(hint("targt = \"a\"").as_deref(), Some("did you mean `target`?"));
    assert_eq!(hint("[targets.a]\nurl = \"3000\"\nenvfile = \"a\"").as_deref(), Some("did you mean `env_file`?"));
    assert_eq!(hint("target = \"slef\"").as_deref(), Some("did you mean `self`?"));
    assert_eq!(hint("journal = \"a\""), None);
    // Once the two names were compared in a table of their lengths, which took all memory.
    let long = "a".repeat(500_000);
    assert_eq!(hint(&format!("target = \"{long}b\"\n[targets.{long}]\nurl = \"3000\"")), None);
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
