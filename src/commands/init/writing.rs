//! The text of a new `hookproof.toml`.

use std::path::PathBuf;

use reqwest::Url;

use crate::target;

/// What is written of a target.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) name: String,
    pub(super) url: Url,
    pub(super) provider: Option<String>,
    pub(super) secret_env: Option<String>,
    pub(super) env_file: Option<PathBuf>,
}

impl Answers {
    /// The file, with a comment for what may be added.
    pub(super) fn text(&self) -> String {
        let name = &self.name;
        // A target on another machine is used only when it is named, so it is no use as a default.
        let default = if target::is_loopback(&self.url) { "" } else { "# " };
        let mut text = format!(
            "\
# What hookproof goes by in this project. `hookproof config` shows what holds, and where it came from.
# A flag comes before a variable such as HOOKPROOF_TARGET, and a variable before this file. No secret stands here, only
# where one is; TLS checks can't be turned off here, and no proxy can be set.

# The target where none is named; one on another machine has to be named each time.
{default}target = {}

# How long an answer may take.
# timeout = \"10s\"

# Stories and providers of your own: folders, as seen from this file.
# stories = \"webhooks/stories\"
# catalogs = [\"webhooks/providers\"]

# Headers of every delivery that is made.
# [headers]
# X-Tenant = \"acme\"

[targets.{name}]
url = {}
",
            quoted(name),
            quoted(self.url.as_str())
        );
        let file = self.env_file.as_ref().map(|path| path.display().to_string());
        let lines = [
            ("provider", &self.provider, "whose deliveries it takes"),
            ("secret_env", &self.secret_env, "the name of the variable that holds the secret"),
            ("env_file", &file, "where it is there, it comes before the environment"),
        ];
        for (key, value, why) in lines {
            match value {
                Some(value) => text.push_str(&format!("{:<40} # {why}\n", format!("{key} = {}", quoted(value)))),
                None => text.push_str(&format!("# {key} = \"...\"\n")),
            }
        }
        text.push_str(
            "\
# If the receiver reads another header than the documented one, or another signature mode than the provider's first:
# signature_header = \"X-Webhook-Signature\"
# signature_mode = \"hmac\"

# What `hookproof check` goes through where the command line selects nothing.
# [check]
# skip = [\"size-1mb\"]
# timeout = \"5s\"
",
        );
        text
    }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::Answers;
    use crate::config::Config;
    use crate::target;

    fn answers(url: &str, secret_env: Option<&str>) -> Answers {
        Answers {
            name: "app".to_string(),
            url: target::parse(url).unwrap(),
            provider: Some("superfolio".to_string()),
            secret_env: secret_env.map(str::to_string),
            env_file: secret_env.map(|_| "it's \"here\"/.env".into()),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = Config::parse(&answers("3000/hook", Some("MINE")).text(), "").unwrap();
        assert_eq!(config.target.as_deref(), Some("app"));
        let target = &config.targets["app"];
        assert_eq!(target.url.as_str(), "http://localhost:3000/hook");
        assert_eq!((target.provider.as_deref(), target.secret_env.as_deref()), (Some("superfolio"), Some("MINE")));
        assert_eq!(target.env_file.as_deref(), Some("it's \"here\"/.env".as_ref()));
        let far = Config::parse(&answers("https://example.com/", None).text(), "").unwrap();
        assert_eq!((far.target.as_deref(), far.targets["app"].secret_env.as_deref()), (None, None));
    }

    #[test]
    fn every_line_that_is_commented_out_can_be_put_in() {
        let text = answers("3000/", Some("MINE")).text();
        let is_setting = |line: &str| line.contains(" = ") || line.starts_with('[');
        let put_in = |line: &str| match line.strip_prefix("# ").filter(|rest| is_setting(rest)) {
            Some(rest) => rest.to_string(),
            None => line.to_string(),
        };
        let all = text.lines().map(put_in).collect::<Vec<_>>().join("\n");
        let config = Config::parse(&all, "").unwrap_or_else(|error| panic!("{error}\n{all}"));
        assert!(config.timeout.is_some() && config.stories.is_some() && !config.check.is_empty());
        assert!(!config.catalogs.is_empty() && !config.headers.is_empty());
        let target = &config.targets["app"];
        assert!(target.signature_header.is_some() && target.signature_mode.is_some());
    }
}
