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

    /// The names of its variables, without a look at what they hold. A line inside a quoted value, as of a private key,
    /// names nothing: it is a piece of a secret.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut rest = self.text.as_str();
        while !rest.is_empty() {
            let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = below;
            let Some((name, value)) = assignment(line) else { continue };
            if words::is_variable(name) {
                names.push(name.to_string());
            }
            if let Some(quote) = left_open(value)
                && let Some(end) = closing(below, quote)
            {
                rest = below[end..].split_once('\n').map_or("", |(_, below)| below);
            }
        }
        names
    }

    /// The last value under this name.
    pub(super) fn get(&self, name: &str) -> Result<Option<String>, BadLine> {
        let is_wanted = |line| assignment(line).filter(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        let found = self.text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, is_wanted(line)?)));
        let Some((number, raw)) = found.last() else { return Ok(None) };
        value(&raw).map(Some).map_err(|what| BadLine(number, what))
    }
}

/// The name and the raw value of a line.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    line.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
}

/// The quote that a value begins with and does not end with.
fn left_open(value: &str) -> Option<char> {
    let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    closing(&value[1..], quote).is_none().then_some(quote)
}

/// Where a quoted text ends.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.find(|c| {
        let ends = c == quote && !is_escaped;
        is_escaped = quote == '"' && c == '\\' && !is_escaped;
        ends
    })
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
        let names = |text: &str| EnvFile::new(text.as_bytes()).names();
        let key = "A=\"-----BEGIN\r\nSECRETabc=\nsay \\\"D=\nD=1\n-----END\" # E=\nB='\nSECRET=\n'\nC=1";
        assert_eq!(names(key), ["A", "B", "C"]);
        // A quote that nothing closes is a slip in its own line.
        assert_eq!(names("A='x\nB=1"), ["A", "B"]);
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
