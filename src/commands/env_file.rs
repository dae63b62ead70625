//! A file of `NAME=VALUE` lines, read without touching a secret: nothing is expanded.
//!
//! The common reader of such files replaces `$name` inside values, which makes another secret of one
//! that has a dollar sign, without a word. So this is our own, and complains only of a line that is
//! wanted, by its number and never by its text.

use crate::words;

/// The lines of a file, not yet read.
#[derive(Debug, Default)]
pub(super) struct EnvFile {
    text: String,
}

/// The number of a line that can't be read, from 1, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine(pub(super) usize, pub(super) &'static str);

impl EnvFile {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        Self { text: text.strip_prefix('\u{feff}').unwrap_or(&text).to_string() }
    }

    /// The names of its variables, without a look at what they hold.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |line: &str| {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            line.split_once('=').map(|(name, _)| name.trim().to_string())
        };
        self.text.lines().filter_map(name).filter(|name| words::is_variable(name)).collect()
    }

    /// The last value under this name.
    pub(super) fn get(&self, name: &str) -> Result<Option<String>, BadLine> {
        let is_wanted = |line: &str| {
            let line = line.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line);
            line.split_once('=').filter(|(known, _)| known.trim() == name).map(|(_, value)| value.trim().to_string())
        };
        let found = self.text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, is_wanted(line)?)));
        let Some((number, raw)) = found.last() else { return Ok(None) };
        value(&raw).map(Some).map_err(|what| BadLine(number, what))
    }
}

/// A value as a shell would take it, but for `$`, which stays.
fn value(raw: &str) -> Result<String, &'static str> {
    let (text, rest) = match raw.chars().next() {
        Some('\'') => {
            let (inner, rest) = raw[1..].split_once('\'').ok_or("its single quote is not closed")?;
            (inner.to_string(), rest)
        }
        Some('"') => double_quoted(&raw[1..])?,
        _ => {
            // A comment begins at a # behind white space; a # inside a word belongs to it.
            let end = raw.find(" #").or_else(|| raw.find("\t#")).unwrap_or(raw.len());
            let bare = raw[..end].trim_end();
            if bare.contains([' ', '\t']) {
                return Err("a value with blanks stands in quotes");
            }
            (bare.to_string(), "")
        }
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') { Ok(text) } else { Err("something follows its closing quote") }
}

fn double_quoted(raw: &str) -> Result<(String, &str), &'static str> {
    let mut text = String::new();
    let mut characters = raw.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((text, &raw[at + 1..])),
            '\\' => match characters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, 't')) => text.push('\t'),
                Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => text.push(escaped),
                Some((_, other)) => text.extend(['\\', other]),
                None => break,
            },
            _ => text.push(character),
        }
    }
    Err("its double quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::{BadLine, EnvFile};

    #[test]
    fn values_are_taken_as_they_stand() {
        let check = |text: &str, expected: &str| {
            assert_eq!(EnvFile::new(text.as_bytes()).get("A"), Ok(Some(expected.to_string())), "{text:?}");
        };
        check("A=pa$word", "pa$word");
        check("A=\"pa$word \\\"q\\\" \\$x\\n\" # c", "pa$word \"q\" $x\n");
        check("\u{feff}export A='it \\n $x'\r\n", "it \\n $x");
        check("A=old\nB-C=odd line\nnonsense\nA=a#b=c # comment\n", "a#b=c");
        check("A=", "");
    }

    #[test]
    fn names_are_told_without_their_values() {
        let file = EnvFile::new(b"\xef\xbb\xbfA=1\n# B=2\n export C = x y\nno line\nD-E=1\n");
        assert_eq!(file.names(), ["A", "C"]);
    }

    #[test]
    fn a_wanted_line_that_is_broken_is_told_by_its_number() {
        let check = |text: &str| EnvFile::new(text.as_bytes()).get("A");
        assert!(matches!(check("B=1\nA=a b"), Err(BadLine(2, _))));
        assert!(matches!(check("A='x"), Err(BadLine(1, _))));
        assert!(matches!(check("A=\"x\" y"), Err(BadLine(1, _))));
        assert_eq!(check("B=a b"), Ok(None));
    }
}
