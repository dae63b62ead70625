//! Project configurations: complaints are bounded and tell no secret, and what is accepted holds what it may.

use hookproof::config::{Config, SELF, check_name};
use hookproof::journal::is_credential;
use hookproof::target;
use hookproof::words::is_variable;

/// A line that no complaint may repeat.
const SECRET_LINE: &str = "\nsecret = \"hunter2-hunter2\"\n";

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Config::parse(text, "hookproof.toml") {
        Ok(config) => check(&config),
        Err(complaint) => {
            let shown = complaint.to_string();
            is_bounded(&shown, text);
            assert!(complaint.hint().is_none_or(|hint| hint.len() <= text.len() + 500));
        }
    }
    if text.contains("hunter2") {
        return;
    }
    let at_end = [text, SECRET_LINE].concat();
    for text in [at_end, [SECRET_LINE, text].concat()] {
        let shown = Config::parse(&text, "hookproof.toml").map_err(|complaint| complaint.to_string());
        assert!(shown.as_ref().is_err_and(|shown| !shown.contains("hunter2")), "{shown:?}");
    }
}

/// A complaint shows at most four lines of the file, each shortened.
fn is_bounded(shown: &str, text: &str) {
    assert!(shown.starts_with("hookproof.toml:"), "{shown}");
    let line: Option<usize> = shown.split(':').nth(1).and_then(|line| line.parse().ok());
    assert!(line.is_some_and(|line| line <= text.split('\n').count()), "{shown}");
    assert!(shown.len() <= 8 * text.len() + 4_000, "a complaint of {} bytes", shown.len());
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
}

fn check(config: &Config) {
    for (name, own) in &config.targets {
        assert_eq!(check_name(name), Ok(()));
        assert!(target::login(&own.url).is_none(), "a credential in {name}");
        assert!(own.secret_env.as_deref().is_none_or(is_variable));
        assert!(config.line(&["targets", name]).is_some(), "{name} stands in no line");
        assert!(!(own.is_remote() && target::is_loopback(&own.url)));
    }
    let is_known = |name: &String| name == SELF || config.targets.contains_key(name);
    assert!(config.target.as_ref().is_none_or(is_known));
    for key in config.header_keys() {
        assert!(config.line(&key).is_some(), "{key:?} stands in no line");
        assert!(key.last().is_some_and(|name| !is_credential(name)), "{key:?}");
    }
}
