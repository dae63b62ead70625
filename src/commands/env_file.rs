//! A file of `NAME=VALUE` lines, read without touching a secret: nothing is expanded.
//!
//! The common readers of such files replace `$name` inside values, which makes another secret of one that has a dollar
//! sign. So this is our own. It reads what node's dotenv, python-dotenv and docker compose read: `export`, comments,
//! three kinds of quotes, values of several lines. Where they disagree on how far a quoted value goes, no value is taken
//! from the lines in question. An error names a line by its number and never by its text.

use crate::words;

/// The text of a file, not yet read.
#[derive(Debug, Default)]
pub struct EnvFile {
    text: String,
    is_utf8: bool,
}

/// The number of a line that can't be read, from 1, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLine(pub usize, pub &'static str);

/// An assignment as it stands in the file.
#[derive(Debug)]
struct Entry<'t> {
    name: &'t str,
    raw: &'t str,
    line: usize,
    /// The line of a quoted value that this may be a part of.
    doubt: Option<usize>,
}

impl EnvFile {
    /// Reads the text, whose line ends may be LF, CR LF or CR.
    pub fn new(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
        Self { text, is_utf8: std::str::from_utf8(bytes).is_ok() }
    }

    /// The names of its variables, without a look at what they hold. A line inside a quoted value, as of a private key,
    /// names nothing: it is a piece of a secret.
    pub fn names(&self) -> Vec<String> {
        let entries = entries(&self.text).into_iter();
        let names = entries.filter(|entry| entry.doubt.is_none() && words::is_variable(entry.name));
        names.map(|entry| entry.name.to_string()).collect()
    }

    /// The last value under this name.
    pub fn get(&self, name: &str) -> Result<Option<String>, BadLine> {
        let Some(entry) = entries(&self.text).into_iter().rfind(|entry| entry.name == name) else { return Ok(None) };
        if let Some(line) = entry.doubt {
            return Err(BadLine(line, "a quote opens in this line, and where it closes is not clear"));
        }
        if !self.is_utf8 && entry.raw.contains(char::REPLACEMENT_CHARACTER) {
            return Err(BadLine(entry.line, "it is not UTF-8"));
        }
        value(entry.raw).map(Some).map_err(|what| BadLine(entry.line, what))
    }
}

/// Reads the assignments of a text in their order.
fn entries(text: &str) -> Vec<Entry<'_>> {
    let (mut at, mut line) = (0, 1);
    // Up to where, and since which line, all may be a part of a quoted value.
    let mut doubt = (0, 0);
    let mut entries = Vec::new();
    while at < text.len() {
        let mut end = end_of_line(text, at);
        if let Some((name, from)) = assignment(&text[at..end]) {
            let own = doubt;
            let extent = extent(text, at + from, end);
            if let Some(until) = extent.doubt.filter(|until| *until > doubt.0) {
                doubt = (until, if at < doubt.0 { doubt.1 } else { line });
            }
            end = extent.end;
            let doubt = (at < own.0).then_some(own.1);
            entries.push(Entry { name, raw: text[at + from..end].trim_end(), line, doubt });
        }
        line += text[at..end].matches('\n').count() + 1;
        at = end + 1;
    }
    entries
}

fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}

/// The name in a line, and where its value begins.
fn assignment(line: &str) -> Option<(&str, usize)> {
    let rest = line.trim_start();
    let rest = match rest.strip_prefix("export") {
        Some(behind) if behind.starts_with([' ', '\t']) => behind.trim_start(),
        _ => rest,
    };
    let is_colon = |at: usize| rest[at..].starts_with(':') && rest[at + 1..].starts_with([' ', '\t', '\'', '"', '`']);
    let end = rest.find(['=', ':', '#']).filter(|at| rest[*at..].starts_with('=') || is_colon(*at))?;
    let name = rest[..end].trim();
    let bare = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).unwrap_or(name);
    let value = rest[end + 1..].trim_start();
    let is_name = !bare.is_empty() && !bare.contains([' ', '\t', '\'', '"', '`']);
    is_name.then_some((bare, line.len() - value.len()))
}

/// How far a value goes.
struct Extent {
    end: usize,
    /// How far it goes as others read it.
    doubt: Option<usize>,
}

/// Finds the end of the value at `from`, in a line that ends at `end`. A quoted one may end in a later line.
fn extent(text: &str, from: usize, end: usize) -> Extent {
    let one_line = |doubt| Extent { end, doubt };
    let Some(quote) = text[from..].chars().next().filter(|first| matches!(first, '\'' | '"' | '`')) else {
        return one_line(None);
    };
    let triple = quote.to_string().repeat(3);
    if text[from..].starts_with(&triple) {
        return one_line(text[from + 3..].find(&triple).map(|length| from + 3 + length));
    }
    let Some(close) = closing(text, from, quote == '"') else { return one_line(None) };
    let last = end_of_line(text, close);
    if !is_end(&text[close + 1..last]) {
        // Some read a value of several lines then, some only of one.
        let other = closing(text, from, true).unwrap_or(close).max(close);
        return one_line(Some(other).filter(|other| *other > end));
    }
    // Some take a quote behind a backslash for a part of the value between single quotes too.
    let doubt = closing(text, from, true).filter(|other| *other > last);
    Extent { end: last, doubt }
}

/// Where the text that is quoted from `from` on closes.
fn closing(text: &str, from: usize, has_escapes: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes.get(from)?;
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if has_escapes => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether nothing but a comment follows a closing quote.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// A value as a shell would take it, but for `$`, which stays.
fn value(raw: &str) -> Result<String, &'static str> {
    let (text, rest) = match raw.chars().next() {
        Some('\'') => literal(raw, '\'').ok_or("its single quote is not closed")?,
        Some('`') => literal(raw, '`').ok_or("its backquote is not closed")?,
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
    if is_end(rest) { Ok(text) } else { Err("something follows its closing quote") }
}

/// What stands between a quote and the next, and what follows.
fn literal(raw: &str, quote: char) -> Option<(String, &str)> {
    raw[1..].split_once(quote).map(|(inner, rest)| (inner.to_string(), rest))
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
        check("export\tA = 'x'# c\n", "x");
        check("A: x\n", "x");
        check("'A'=x", "x");
        check("A=`it's \"q\" \\n`", "it's \"q\" \\n");
        check("A=\"\" # empty", "");
        check("A=1\rB=2\rA=3", "3");
    }

    #[test]
    fn values_of_several_lines_hold_what_looks_like_a_variable() {
        let key = "-----BEGIN\nA=wrong\n# no comment\n\n-----END";
        for quote in ['\'', '"', '`'] {
            for (before, after) in [("", ""), ("export ", " # c"), ("", "\nC=1"), (" ", "\r\nC='\nA=no\n'")] {
                let text = format!("A=right\n{before}B={quote}{key}{quote}{after}");
                for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
                    let file = EnvFile::new(text.as_bytes());
                    assert_eq!(file.get("A"), Ok(Some("right".to_string())), "{text:?}");
                    assert_eq!(file.get("B"), Ok(Some(key.to_string())), "{text:?}");
                }
            }
        }
        let file = EnvFile::new(b"B=\"say \\\"x\nA=wrong\n\\\"\"\nC=1\nA=it's\n");
        assert_eq!(file.get("A"), Ok(Some("it's".to_string())));
        assert_eq!(file.get("B"), Ok(Some("say \"x\nA=wrong\n\"".to_string())));
    }

    #[test]
    fn what_may_be_a_part_of_another_value_is_not_taken() {
        let unclear = |text: &str, line: usize| {
            let file = EnvFile::new(text.as_bytes());
            assert!(matches!(file.get("A"), Err(BadLine(at, _)) if at == line), "{text:?}: {:?}", file.get("A"));
        };
        unclear("A=right\nB='it\\'s\nA=wrong\nlast'", 2);
        unclear("A=right\nB='first\\'\nA=wrong\nlast'", 2);
        unclear("A=right\nB=`a\\`\nA=wrong\nlast`", 2);
        unclear("A=right\nB=\"\"\"\nA=wrong\n\"\"\"", 2);
        unclear("B='x\nA=wrong\nC='y'", 1);
        unclear("B='x\nA='y'", 1);
        unclear("B=\"C:\\dir\\\"\nA=x\nC=\"y\"", 1);
        // What stands behind is clear again, and so is what follows a slip within one line.
        let clear = |text: &str| assert_eq!(EnvFile::new(text.as_bytes()).get("A"), Ok(Some("x".into())), "{text:?}");
        clear("B='it\\'s\nA=wrong\nlast'\nA=x");
        clear("B=\"x\" y\nA=\"x\"");
        clear("B='x\nA=x");
        clear("B=it's\nA=x\nC=it's");
        clear("# B='\nA=x\n# '");
        clear("say 'B=\nA=x\n'");
        clear("B 'x' = '\nA=x\n'");
    }

    #[test]
    fn a_large_file_of_open_quotes_takes_no_longer_than_its_length() {
        for line in ["A='x\n", "A=\"x\n", "A='\\'\n", "A=\"\"\"\n", "A=`x` y\n", "A=\\\"\n"] {
            let file = EnvFile::new(line.repeat(100_000).as_bytes());
            assert!(file.names().len() <= 100_000);
        }
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
        assert!(matches!(check("B=\"1\n2\"\nA=\"x\n"), Err(BadLine(3, _))));
        assert!(matches!(check("A=`x"), Err(BadLine(1, _))));
        let latin = EnvFile::new(b"B=\xe9\nA=caf\xe9");
        assert!(matches!(latin.get("A"), Err(BadLine(2, _))));
    }
}
