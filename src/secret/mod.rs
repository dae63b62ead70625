//! The signing secret: a value that can't be printed.
//!
//! Owns what makes a secret usable and how much of its looks may be told. Where a secret comes
//! from (variable, file, prompt) is the command line's business.

mod automaton;
mod encoded;
mod entities;
mod filter;
mod keyring;
mod pieces;
mod redactor;
mod spelling;
#[cfg(test)]
mod tests;

pub use keyring::{Keyring, Named, Unusable};
pub use redactor::Redactor;

use std::fmt;

/// What stands in output in a secret's place.
const REDACTED: &[u8] = b"[secret]";
/// What follows the beginning of a secret is a secret from this length on.
const LONG_REST: usize = 16;
/// Shorter secrets are taken out of output as whole values only: they may be part of any word.
const SHORTEST_PART: usize = 8;

/// A signing secret or shared token. `Debug` tells its looks only; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text can't be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing is left: receivers that fall back to an empty key accept forgeries.
    #[error("the secret is empty")]
    Empty,
    /// White space only: what is left of a variable that was never filled in.
    #[error("the secret is white space only")]
    Blank,
    /// A byte order mark or NUL bytes: the file was saved as UTF-16.
    #[error("the secret is UTF-16 text; save it as UTF-8")]
    Utf16,
    /// The file has more than one line.
    #[error("the secret has a line break inside; a secret is one line")]
    InnerNewline,
}

impl Secret {
    /// A secret taken as it is.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Err(SecretError::Empty);
        }
        let is_blank = std::str::from_utf8(&bytes).is_ok_and(|text| text.trim().is_empty());
        if is_blank { Err(SecretError::Blank) } else { Ok(Self(bytes)) }
    }

    /// A secret read from a file, and what was cut off it: a byte order mark, one final newline.
    pub fn from_file(bytes: &[u8]) -> Result<(Self, Vec<&'static str>), SecretError> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
            return Err(SecretError::Utf16);
        }
        let mut cut = Vec::new();
        let bare = bytes.strip_prefix(b"\xef\xbb\xbf");
        cut.extend(bare.map(|_| "the byte order mark"));
        let bytes = bare.unwrap_or(bytes);
        let line = bytes.strip_suffix(b"\n").map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest));
        let text = line.unwrap_or(bytes);
        let is_pem = text.starts_with(b"-----BEGIN");
        if !is_pem && text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Err(SecretError::InnerNewline);
        }
        cut.extend(line.map(|_| "one final newline"));
        Ok((Self::new(text)?, cut))
    }

    /// The bytes, for the key of a hash and the value of a token header only.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret without each of these beginnings that it has, and without what looks like one, as `whsec_` does.
    pub fn without<'a>(&'a self, begins: &'a [String]) -> impl Iterator<Item = Self> + 'a {
        let rest = |begin: &'a String| self.0.strip_prefix(begin.as_bytes());
        let word = self.0.iter().position(|byte| !byte.is_ascii_lowercase()).filter(|at| self.0[*at] == b'_');
        let looks = word.map(|at| &self.0[at + 1..]).filter(|rest| rest.len() >= LONG_REST);
        begins.iter().filter_map(rest).chain(looks).filter_map(|rest| Self::new(rest).ok())
    }

    /// What may be told of it: "32 characters, ends with LF".
    pub fn looks(&self) -> String {
        let length = String::from_utf8_lossy(&self.0).chars().count();
        let mut looks = format!("{length} character{}", if length == 1 { "" } else { "s" });
        if self.0.ends_with(b"\r\n") {
            looks.push_str(", ends with CR LF");
        } else if self.0.ends_with(b"\n") {
            looks.push_str(", ends with LF");
        } else if self.0.last().is_some_and(u8::is_ascii_whitespace) {
            looks.push_str(", ends with white space");
        }
        if self.0.first().is_some_and(u8::is_ascii_whitespace) {
            looks.push_str(", begins with white space");
        }
        if self.is_quoted() {
            looks.push_str(", stands in quotes");
        }
        if self.has_invisible_end() {
            looks.push_str(", has an invisible character at an end");
        }
        looks
    }

    /// Whether its looks point at a copying mistake: white space around it, or quotes.
    pub fn looks_malformed(&self) -> bool {
        let trimmed = self.0.trim_ascii();
        trimmed.len() != self.0.len() || self.is_quoted() || self.has_invisible_end()
    }

    /// Whether it has the form of a key that calls an API, or of a JSON web token.
    pub fn looks_like_api_key(&self) -> bool {
        let prefixes: [&[u8]; 10] =
            [b"sk_", b"pk_", b"rk_", b"sk-", b"ghp_", b"shpat_", b"xoxb-", b"AKIA", b"eyJ", b"Bearer "];
        prefixes.iter().any(|prefix| self.0.starts_with(prefix))
    }

    /// No-break and zero-width spaces come along when a secret is copied from a page.
    fn has_invisible_end(&self) -> bool {
        let text = String::from_utf8_lossy(&self.0);
        let is_invisible = |c: char| {
            !c.is_ascii() && (c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}'))
        };
        text.chars().next().is_some_and(is_invisible) || text.chars().next_back().is_some_and(is_invisible)
    }

    fn is_quoted(&self) -> bool {
        matches!(self.0.as_slice(), [b'"', .., b'"'] | [b'\'', .., b'\''])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.looks())
    }
}

/// How a token, which is a secret itself, stands in output: `[token, 32 characters]`. One that stands like that already
/// says so still.
pub fn redacted_token(value: &[u8]) -> String {
    if is_redacted(value) {
        return String::from_utf8_lossy(value).into_owned();
    }
    format!("[token, {} characters]", String::from_utf8_lossy(value).chars().count())
}

/// Whether a value is one that [`redacted_token`] wrote.
pub fn is_redacted(value: &[u8]) -> bool {
    value.starts_with(b"[token, ") && value.ends_with(b" characters]")
}

#[cfg(test)]
mod looks {
    use super::{Secret, SecretError};

    #[test]
    fn debug_tells_looks_and_no_character() {
        let secret = Secret::new("hunter2\n").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(8 characters, ends with LF)");
    }

    #[test]
    fn one_final_newline_of_a_file_is_cut_and_no_more() {
        let cut = |text: &str| Secret::from_file(text.as_bytes());
        assert_eq!(cut("abc\n"), Ok((Secret(b"abc".to_vec()), vec!["one final newline"])));
        assert_eq!(cut("abc\r\n"), Ok((Secret(b"abc".to_vec()), vec!["one final newline"])));
        assert_eq!(cut("abc "), Ok((Secret(b"abc ".to_vec()), vec![])));
        assert_eq!(cut("abc\n\n"), Err(SecretError::InnerNewline));
        assert_eq!(cut("a\nb\n"), Err(SecretError::InnerNewline));
        let both = vec!["the byte order mark", "one final newline"];
        assert_eq!(cut("\u{feff}abc\n"), Ok((Secret(b"abc".to_vec()), both)));
        assert_eq!(cut("\n"), Err(SecretError::Empty));
        assert_eq!(Secret::from_file(b"\xff\xfea\0b\0"), Err(SecretError::Utf16));
    }
}
