//! The tokenizer: RFC 8259, without recursion.

use std::ops::Range;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// A string literal.
    String,
    /// A number as written.
    Number,
    /// `true`, `false` or `null`.
    Literal,
    /// `}` or `]`; no value begins with it.
    End,
}

impl Kind {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Literal => "literal",
            Self::End => "end",
        }
    }
}

/// The kind of a token, with all that is known of it besides its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Object,
    Array,
    String,
    Escaped,
    Key,
    EscapedKey,
    Number,
    Literal,
    End,
}

/// A token; colons and commas are checked and left out. A body of brackets has one for each byte, so it takes nine bytes.
#[derive(Clone, Copy, Debug)]
#[repr(Rust, packed)]
pub(super) struct Token {
    start: u32,
    /// The index of its closing bracket, for what opens a value; its own length, for others. While a value is open, the
    /// index of the one around it.
    rest: u32,
    sort: Sort,
}

impl Token {
    /// What the value is that it begins.
    pub(super) fn kind(self) -> Kind {
        match self.sort {
            Sort::Object => Kind::Object,
            Sort::Array => Kind::Array,
            Sort::String | Sort::Escaped | Sort::Key | Sort::EscapedKey => Kind::String,
            Sort::Number => Kind::Number,
            Sort::Literal => Kind::Literal,
            Sort::End => Kind::End,
        }
    }

    /// Whether it is a member's key.
    pub(super) fn is_key(self) -> bool {
        matches!(self.sort, Sort::Key | Sort::EscapedKey)
    }

    /// Whether it is a string with a backslash.
    pub(super) fn is_escaped(self) -> bool {
        matches!(self.sort, Sort::Escaped | Sort::EscapedKey)
    }

    /// Whether it opens an object or array.
    pub(super) fn opens(self) -> bool {
        matches!(self.sort, Sort::Object | Sort::Array)
    }

    /// Where it stands in the text.
    pub(super) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + if self.opens() { 1 } else { self.rest as usize }
    }

    /// The index of the last token of the value that it begins, where its own is `at`.
    pub(super) fn last(self, at: usize) -> usize {
        if self.opens() { self.rest as usize } else { at }
    }
}

/// Where and why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at byte {at}: {what}")]
pub struct Malformed {
    /// The offset in bytes, from 0.
    pub at: usize,
    what: &'static str,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
    Nothing,
}

pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, Malformed> {
    if u32::try_from(text.len()).is_err() {
        return Err(Malformed { at: 0, what: "a text of 4 GB and more is not read" });
    }
    let tokens = Vec::with_capacity(room(text.as_bytes()));
    Tokenizer { bytes: text.as_bytes(), at: 0, tokens, open: NONE, escaped: false, next: Next::Value }.run()
}

/// Texts up to this length may have to grow their tokens as they are read, in bytes.
const USUAL: usize = 64 << 10;

/// For how many tokens there is room from the beginning. Those of a long text would be copied again and again, and take
/// twice the memory meanwhile, so they are counted before: each stands behind a bracket, comma or colon, or is a bracket.
fn room(text: &[u8]) -> usize {
    if text.len() <= USUAL {
        return (text.len() / 8).min(1024);
    }
    let is_mark = |byte: &u8| matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':');
    // A count of many bytes at a time fits into one of them.
    let marks: usize =
        text.chunks(255).map(|few| usize::from(few.iter().map(|b| u8::from(is_mark(b))).sum::<u8>())).sum();
    marks + 1
}

/// No value is open.
const NONE: u32 = u32::MAX;

/// A place in a text, or the number of a token of it; both fit, as the text's length does.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

struct Tokenizer<'a> {
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    /// The token of the innermost bracket that is open.
    open: u32,
    /// Whether the string just read has a backslash.
    escaped: bool,
    next: Next,
}

impl Tokenizer<'_> {
    fn run(mut self) -> Result<Vec<Token>, Malformed> {
        loop {
            self.skip_space();
            let Some(&byte) = self.bytes.get(self.at) else { break };
            match (self.next, byte) {
                (Next::Nothing, _) => return self.fail("text after the end"),
                (Next::CommaOrEnd, b',') => self.comma(),
                (Next::CommaOrEnd | Next::ValueOrEnd | Next::KeyOrEnd, b'}' | b']') => self.close(byte)?,
                (Next::CommaOrEnd, _) => return self.fail("`,` or a closing bracket is missing"),
                (Next::Key | Next::KeyOrEnd, b'"') => self.key()?,
                (Next::Key | Next::KeyOrEnd, _) => return self.fail("a key in double quotes is missing"),
                (Next::Value | Next::ValueOrEnd, _) => self.value(byte)?,
            }
        }
        if self.next == Next::Nothing { Ok(self.tokens) } else { self.fail("the text ends too early") }
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, byte: u8) -> Result<(), Malformed> {
        let start = self.at;
        let sort = match byte {
            b'{' => {
                self.open(Sort::Object, Next::KeyOrEnd);
                return Ok(());
            }
            b'[' => {
                self.open(Sort::Array, Next::ValueOrEnd);
                return Ok(());
            }
            b'"' => {
                self.string()?;
                if self.escaped { Sort::Escaped } else { Sort::String }
            }
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.literal()?,
        };
        self.push(sort, start);
        self.after_value();
        Ok(())
    }

    fn open(&mut self, sort: Sort, next: Next) {
        let opener = small(self.tokens.len());
        self.tokens.push(Token { start: small(self.at), rest: self.open, sort });
        self.open = opener;
        self.at += 1;
        self.next = next;
    }

    fn close(&mut self, byte: u8) -> Result<(), Malformed> {
        let last = small(self.tokens.len());
        let Some(opener) = self.tokens.get_mut(self.open as usize) else { return self.fail("nothing is open here") };
        let expected = if opener.sort == Sort::Object { b'}' } else { b']' };
        if byte != expected {
            return self.fail("this bracket closes the other kind");
        }
        self.open = opener.rest;
        opener.rest = last;
        self.at += 1;
        self.push(Sort::End, self.at - 1);
        self.after_value();
        Ok(())
    }

    fn comma(&mut self) {
        self.at += 1;
        self.next = if self.in_object() { Next::Key } else { Next::Value };
    }

    fn key(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        self.string()?;
        self.push(if self.escaped { Sort::EscapedKey } else { Sort::Key }, start);
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b':') {
            return self.fail("`:` is missing");
        }
        self.at += 1;
        self.next = Next::Value;
        Ok(())
    }

    fn after_value(&mut self) {
        self.next = if self.open == NONE { Next::Nothing } else { Next::CommaOrEnd };
    }

    fn in_object(&self) -> bool {
        self.tokens.get(self.open as usize).is_some_and(|opener| opener.sort == Sort::Object)
    }

    fn push(&mut self, sort: Sort, start: usize) {
        self.tokens.push(Token { start: small(start), rest: small(self.at - start), sort });
    }

    fn string(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        self.escaped = false;
        loop {
            self.at += plain(&self.bytes[self.at..]);
            match self.bytes.get(self.at) {
                None => return self.fail("a string is not closed"),
                Some(b'"') => break,
                Some(b'\\') => {
                    self.escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.fail("a control character stands in a string"),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let rest = &self.bytes[self.at + 1..];
        self.at += match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if rest.len() > 4 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return self.fail("this escape does not exist"),
        };
        Ok(())
    }

    fn number(&mut self) -> Result<Sort, Malformed> {
        self.skip_if(b"-");
        if !self.skip_if(b"0") {
            self.digits()?;
        }
        if self.skip_if(b".") {
            self.digits()?;
        }
        if self.skip_if(b"eE") {
            self.skip_if(b"+-");
            self.digits()?;
        }
        Ok(Sort::Number)
    }

    fn skip_if(&mut self, any: &[u8]) -> bool {
        let found = self.bytes.get(self.at).is_some_and(|byte| any.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { self.fail("a digit is missing") } else { Ok(()) }
    }

    fn literal(&mut self) -> Result<Sort, Malformed> {
        let rest = &self.bytes[self.at..];
        let words: [&[u8]; 3] = [b"true", b"false", b"null"];
        let Some(word) = words.iter().find(|word| rest.starts_with(word)) else {
            return self.fail("a value is missing");
        };
        self.at += word.len();
        Ok(Sort::Literal)
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, what })
    }
}

/// How many bytes of a string stand for themselves before the first that doesn't: a quote, a backslash or a control
/// character. Eight are looked at together.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    let all = |byte: u8| EACH * u64::from(byte);
    // The highest bit of each byte below the bound, where that is no more than 128. What a borrow adds stands behind
    // one that is right, and only the first counts.
    let below = |eight: u64, bound: u8| eight.wrapping_sub(all(bound)) & !eight & all(0x80);
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk() {
        let eight = u64::from_le_bytes(*eight);
        let found = below(eight, 0x20) | below(eight ^ all(b'"'), 1) | below(eight ^ all(b'\\'), 1);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = &bytes[at..];
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Token, plain, room, tokenize};
    use crate::testing;

    proptest! {
        #![proptest_config(testing::property(256))]

        #[test]
        fn a_string_is_plain_up_to_its_first_quote_backslash_or_control_character(text in "[a\\x00\\x1f !\"#\\[\\\\\\]\u{7f}é]{0,40}") {
            let first = text.find(|c: char| c < ' ' || c == '"' || c == '\\');
            prop_assert_eq!(plain(text.as_bytes()), first.unwrap_or(text.len()));
        }
    }

    #[test]
    fn tokens_are_small_and_those_of_a_long_text_are_not_copied() {
        assert_eq!(size_of::<Token>(), 9);
        let long = |inner: &str| format!("[{}{inner}]", format!("{inner},").repeat(50_000));
        for inner in ["[]", "{}", "1", "{\"a\":[true,{}]}", "\",:[\\\"\"", "[[[[[]]]]]"] {
            let tokens = tokenize(&long(inner)).unwrap();
            assert!(tokens.len() <= room(long(inner).as_bytes()), "{inner}");
        }
        assert_eq!(room(long("[]").as_bytes()), tokenize(&long("[]")).unwrap().len() + 50_001);
    }

    #[test]
    fn what_the_rfc_allows_is_read() {
        for text in ["1", "-0", "1E+2", "\"\"", " [ ] ", "{}", "[{},[]]", "{\"\":[null,true,false]}", "\"\\ud800\""] {
            assert!(tokenize(text).is_ok(), "{text}");
        }
        assert!(tokenize(&("[".repeat(200_000) + &"]".repeat(200_000))).is_ok());
    }

    #[test]
    fn what_the_rfc_forbids_is_refused() {
        let broken = [
            "",
            " ",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "tru",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "[1 2]",
            "[}",
            "]",
            "{\"a\":}",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "\"\n\"",
            "1 2",
            "\u{feff}1",
            "nullx",
        ];
        for text in broken {
            assert!(tokenize(text).is_err(), "{text:?} was read");
        }
    }
}
