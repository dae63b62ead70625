//! The digest of everything in a project that decides where a secret goes and in what form.
//!
//! Each value is written with its length before it, so that no two projects have one text. The order in which targets
//! and keys are written does not count.

use sha2::{Digest as _, Sha256};
use toml::Value;

use super::{Config, Target};
use crate::message::Header;

/// The sections of provider.toml that choose a secret, or the form in which it goes out.
const SECTIONS: [&str; 5] = ["secret", "signature", "handshake", "alias", "recognise"];

/// A provider of the project's own catalogs.
#[derive(Clone, Debug)]
pub struct Described<'a> {
    /// Its id.
    pub id: &'a str,
    /// The text of its provider.toml.
    pub text: &'a str,
}

/// Computes the digest of a configuration, as it is written, and of the providers of its catalogs.
pub fn digest(config: &Config, providers: &[Described<'_>]) -> String {
    let mut out = Canonical(Sha256::new());
    out.text("hookproof-trust/1");
    out.maybe(config.target.as_deref());
    out.headers(&config.headers);
    let mut targets: Vec<(&String, &Target)> = config.targets.iter().collect();
    targets.sort_by_key(|(name, _)| name.as_str());
    out.count(targets.len());
    for (name, target) in targets {
        out.text(name);
        out.target(target);
    }
    out.count(config.catalogs.len());
    for path in &config.catalogs {
        out.bytes(path.as_os_str().as_encoded_bytes());
    }
    out.count(providers.len());
    for provider in providers {
        out.provider(provider);
    }
    hex::encode(out.0.finalize())
}

struct Canonical(Sha256);

impl Canonical {
    fn count(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn maybe(&mut self, text: Option<&str>) {
        self.count(usize::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn headers(&mut self, headers: &[Header]) {
        self.count(headers.len());
        for header in headers {
            self.text(&header.name);
            self.bytes(&header.value);
        }
    }

    fn target(&mut self, target: &Target) {
        self.text(target.url.as_str());
        self.maybe(target.provider.as_deref());
        self.maybe(target.secret_env.as_deref());
        for file in [&target.secret_file, &target.env_file] {
            self.count(usize::from(file.is_some()));
            self.bytes(file.as_deref().map_or(&[], |path| path.as_os_str().as_encoded_bytes()));
        }
        self.maybe(target.signature_header.as_deref());
        self.maybe(target.signature_mode.as_deref());
        self.headers(&target.headers);
    }

    /// What can't be read as TOML counts as it is written.
    fn provider(&mut self, provider: &Described<'_>) {
        self.text(provider.id);
        let Ok(table) = provider.text.parse::<toml::Table>() else { return self.text(provider.text) };
        for section in SECTIONS {
            self.count(usize::from(table.contains_key(section)));
            if let Some(value) = table.get(section) {
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        self.text(value.type_str());
        match value {
            Value::String(text) => self.text(text),
            Value::Array(all) => {
                self.count(all.len());
                for value in all {
                    self.value(value);
                }
            }
            Value::Table(table) => {
                let mut members: Vec<(&String, &Value)> = table.iter().collect();
                members.sort_by_key(|(key, _)| key.as_str());
                self.count(members.len());
                for (key, value) in members {
                    self.text(key);
                    self.value(value);
                }
            }
            plain => self.text(&plain.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Described, digest};
    use crate::config::Config;

    fn of(config: &str, providers: &[(&str, &str)]) -> String {
        let described: Vec<Described<'_>> = providers.iter().map(|(id, text)| Described { id, text }).collect();
        digest(&Config::parse(config, "").unwrap(), &described)
    }

    const CONFIG: &str = "catalogs = [\"cat\"]\n[targets.a]\nurl = \"https://a.example/\"\nsecret_env = \"A\"\n\
        [targets.b]\nurl = \"https://b.example/\"\nprovider = \"komo\"\n";
    const PROVIDER: &str = "name = \"x\"\n[secret]\nenv = \"A\"\n[[signature]]\nmode = \"m\"\n";

    #[test]
    fn everything_that_decides_where_a_secret_goes_changes_it() {
        let usual = of(CONFIG, &[("x", PROVIDER)]);
        let changed = |from: &str, to: &str| {
            assert!(CONFIG.contains(from) || PROVIDER.contains(from), "{from}");
            let text = CONFIG.replace(from, to);
            let other = of(&text, &[("x", &PROVIDER.replace(from, to))]);
            assert_ne!(other, usual, "{from} -> {to}");
        };
        changed("https://a.example/", "https://a.example/x");
        changed("https://a.example/", "http://a.example/");
        changed("secret_env = \"A\"", "secret_env = \"B\"");
        changed("secret_env = \"A\"", "secret_file = \"A\"");
        changed("secret_env = \"A\"", "env_file = \"A\"");
        changed("secret_env = \"A\"", "secret_env = \"A\"\nenv_file = \"A\"");
        changed("secret_env = \"A\"", "secret_env = \"A\"\nheaders = { Host = \"c\" }");
        changed("secret_env = \"A\"", "secret_env = \"A\"\nsignature_header = \"Host\"");
        changed("secret_env = \"A\"", "secret_env = \"A\"\nsignature_mode = \"Host\"");
        changed("provider = \"komo\"", "provider = \"x\"");
        changed("provider = \"komo\"\n", "");
        changed("[targets.b]", "[targets.c]");
        changed("[\"cat\"]", "[\"dog\"]");
        changed("[\"cat\"]", "[\"cat\"]\ntarget = \"a\"");
        changed("[\"cat\"]", "[\"cat\"]\nheaders = { X-A = \"1\" }");
        changed("env = \"A\"\n[[", "env = \"B\"\n[[");
        changed("mode = \"m\"", "mode = \"n\"");
        changed("[[signature]]", "[[handshake]]");
        changed("name = \"x\"", "[alias.y]\nname = \"x\"");
        changed("name = \"x\"", "[recognise]\nname = \"x\"");
        assert_ne!(of(CONFIG, &[("y", PROVIDER)]), usual);
        assert_ne!(of(CONFIG, &[]), usual);
        assert_ne!(of(CONFIG, &[("x", PROVIDER), ("x", PROVIDER)]), usual);
    }

    #[test]
    fn what_decides_nothing_leaves_it() {
        let usual = of(CONFIG, &[("x", PROVIDER)]);
        let same =
            |config: &str, provider: &str| assert_eq!(of(config, &[("x", provider)]), usual, "{config}{provider}");
        same(&format!("# a comment\ntimeout = \"3s\"\n{CONFIG}[check]\nstrict = true\n"), PROVIDER);
        same(CONFIG, "[[signature]]\nmode = 'm'\n[secret]\nenv = \"A\"\n[events.a]\nsummary = \"b\"\n");
        let (first, second) = CONFIG.split_once("[targets.b]").unwrap();
        let (top, first) = first.split_once("[targets.a]").unwrap();
        same(&format!("{top}[targets.b]{second}[targets.a]{first}"), PROVIDER);
    }

    #[test]
    fn no_text_can_be_moved_from_one_value_to_the_next() {
        let with = |name: &str, value: &str| {
            let config = format!("[targets.a]\nurl = \"3000\"\nheaders = {{ {name} = \"{value}\" }}");
            of(&config, &[])
        };
        assert_ne!(with("ab", "c"), with("a", "bc"));
        let two = |first: &str, second: &str| {
            of("", &[("x", &format!("[secret]\na = \"{first}\"\nb = \"{second}\"")), ("y", "")])
        };
        assert_ne!(two("1", "23"), two("12", "3"));
        assert_ne!(of("", &[("x", "secret = 1")]), of("", &[("x", "secret = \"1\"")]));
        assert_ne!(of("", &[("x", "secret = [[1], 2]")]), of("", &[("x", "secret = [[1, 2]]")]));
        assert_ne!(of("", &[("x", "not toml [")]), of("", &[("x", "not toml {")]));
    }
}
