//! Showing a JSON text compact or line by line, with every literal as it was written.

use super::tokens::Token;
use super::{Document, Kind, Malformed};

/// Two spaces a level.
const INDENT: &str = "  ";
/// A deeper text is not indented: few readers would take it, and its indentation grows with the square of its depth.
const MAX_DEPTH: usize = 500;
/// Neither is one whose layout would be longer than this many times the text, once it is long at all.
const MAX_GROWTH: usize = 32;
/// What counts as long, in bytes.
const LONG: usize = 1 << 20;

/// The text without white space between its tokens.
pub fn compact(text: &str) -> Result<String, Malformed> {
    Ok(Document::parse(text)?.compact())
}

/// The text with one member or item a line, two spaces a level; compact where it is nested too deep for that.
pub fn pretty(text: &str) -> Result<String, Malformed> {
    let document = Document::parse(text)?;
    let (mut deepest, mut length) = (0, 0);
    for line in document.lines() {
        deepest = deepest.max(line.depth);
        length += line.depth * INDENT.len() + line.length() + 1;
    }
    if deepest > MAX_DEPTH || length > (text.len() * MAX_GROWTH).max(LONG) {
        return Ok(document.compact());
    }
    let mut out = String::with_capacity(length);
    for line in document.lines() {
        if !out.is_empty() {
            out.push('\n');
        }
        (0..line.depth).for_each(|_| out.push_str(INDENT));
        line.write(": ", &mut out);
    }
    Ok(out)
}

/// A line of the indented form, without its indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// How many levels deep it stands.
    pub depth: usize,
    /// The key before the value, as written.
    key: Option<&'a str>,
    /// A scalar, an opening or closing bracket, or the two of what is empty.
    value: &'a str,
    comma: bool,
}

impl Line<'_> {
    /// Its bytes at most.
    pub fn length(&self) -> usize {
        self.key.map_or(0, |key| key.len() + 2) + self.value.len() + 1
    }

    /// Writes it, with this after a key.
    pub fn write(&self, colon: &str, out: &mut String) {
        if let Some(key) = self.key {
            out.push_str(key);
            out.push_str(colon);
        }
        out.push_str(self.value);
        if self.comma {
            out.push(',');
        }
    }
}

impl<'a> Document<'a> {
    /// The lines of the indented form, each made when it is asked for: counting them builds nothing.
    pub fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        Lines { text: self.text, tokens: &self.tokens, depth: 0 }
    }

    fn compact(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        self.lines().for_each(|line| line.write(":", &mut out));
        out
    }
}

struct Lines<'a, 'd> {
    text: &'a str,
    /// Those that are still to come.
    tokens: &'d [Token],
    depth: usize,
}

impl Lines<'_, '_> {
    fn take(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn next_ends(&self) -> bool {
        self.tokens.first().is_some_and(|token| token.kind() == Kind::End)
    }
}

impl<'a> Iterator for Lines<'a, '_> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let text = self.text;
        let mut token = self.take()?;
        let key = token.is_key().then(|| &text[token.range()]);
        if key.is_some() {
            token = self.take()?;
        }
        let opens = token.opens();
        if opens && !self.next_ends() {
            let line = Line { depth: self.depth, key, value: &text[token.range()], comma: false };
            self.depth += 1;
            return Some(line);
        }
        let value = match token.kind() {
            Kind::Object => "{}",
            Kind::Array => "[]",
            _ => &text[token.range()],
        };
        if opens {
            self.take();
        }
        if token.kind() == Kind::End {
            self.depth = self.depth.saturating_sub(1);
        }
        let comma = !self.tokens.is_empty() && !self.next_ends();
        Some(Line { depth: self.depth, key, value, comma })
    }

    /// Every token begins a line, but for values behind their keys and what closes an empty value.
    fn count(self) -> usize {
        let is_empty = |pair: &&[Token]| pair[0].opens() && pair[1].kind() == Kind::End;
        self.tokens.iter().filter(|token| !token.is_key()).count() - self.tokens.windows(2).filter(is_empty).count()
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, compact, pretty};

    #[test]
    fn literals_duplicates_and_order_stay() {
        let text = "{ \"b\" : [ 1E2 , -0.0,\t\"\\/\" ] ,\r\n\"a\": {} , \"a\": [], \"n\":12345678901234567890 }";
        assert_eq!(compact(text).unwrap(), r#"{"b":[1E2,-0.0,"\/"],"a":{},"a":[],"n":12345678901234567890}"#);
        let expected = "{\n  \"b\": [\n    1E2,\n    -0.0,\n    \"\\/\"\n  ],\n  \"a\": {},\n  \"a\": [],\n  \"n\": 12345678901234567890\n}";
        assert_eq!(pretty(text).unwrap(), expected);
    }

    #[test]
    fn the_two_layouts_agree_with_serde_json() {
        for text in
            ["[]", "{}", "[[],{}]", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"e\"}", "\"x\"", "[{\"a\":1},{\"b\":[2]}]"]
        {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(pretty(text).unwrap(), serde_json::to_string_pretty(&value).unwrap());
            assert_eq!(compact(&pretty(text).unwrap()).unwrap(), text);
            let document = Document::parse(text).unwrap();
            assert_eq!(document.lines().count(), document.lines().fold(0, |count, _| count + 1));
        }
    }

    /// The indentation of 20,000 brackets was 800 MB.
    #[test]
    fn indentation_does_not_grow_with_the_square_of_the_depth() {
        let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(pretty(&nested(500, "1")).unwrap().lines().nth(500), Some((" ".repeat(1000) + "1").as_str()));
        assert_eq!(pretty(&nested(501, " 1")).unwrap(), nested(501, "1"));
        let wide = nested(499, &format!("{}0", "0,".repeat(200_000)));
        assert_eq!(pretty(&wide).unwrap(), wide);
        let deep = nested(1_000_000, " ");
        assert_eq!(pretty(&deep).unwrap().len(), 2_000_000);
        assert_eq!(Document::parse(&deep).unwrap().lines().count(), 1_999_999);
    }
}
