//! The signing secret: a value that can't be printed.
//!
//! Owns what makes a secret usable and how much of its looks may be told. Where a secret comes
//! from (variable, file, prompt) is the command line's business.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A signing secret or shared token. `Debug` tells its looks only; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text can't be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing is left: receivers that fall back to an empty key accept forgeries.
    #[error("the secret is empty")]
    Empty,
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
        if bytes.is_empty() { Err(SecretError::Empty) } else { Ok(Self(bytes)) }
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

    /// The bytes without this secret in them.
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        if bytes == self.0 {
            return REDACTED.to_vec();
        }
        if self.0.len() < SHORTEST_PART {
            return bytes.to_vec();
        }
        self.spellings().iter().fold(bytes.to_vec(), |bytes, spelling| replaced(&bytes, spelling))
    }

    /// The secret as it is, and as it may be written for transport.
    fn spellings(&self) -> Vec<Vec<u8>> {
        let hex = hex::encode(&self.0);
        let percent = |byte: &u8| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let texts = [
            // Without padding, since the padded form begins with it.
            STANDARD_NO_PAD.encode(&self.0),
            URL_SAFE_NO_PAD.encode(&self.0),
            hex.to_uppercase(),
            hex,
            self.0.iter().map(percent).collect(),
        ];
        std::iter::once(self.0.clone()).chain(texts.map(String::into_bytes)).collect()
    }

    /// Whether a value is this secret, or one of its spellings.
    pub fn is_spelt_by(&self, value: &[u8]) -> bool {
        let bare = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
        self.spellings().iter().any(|spelling| spelling == value || spelling == bare)
    }

    /// Where the secret stands in these bytes.
    pub fn places(&self, bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
        let length = self.0.len();
        if length < SHORTEST_PART {
            return Vec::new();
        }
        let starts = bytes.windows(length).enumerate().filter(|(_, window)| *window == self.0);
        starts.map(|(at, _)| at..at + length).collect()
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

/// A secret with where it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// A variable's name or a file's.
    pub from: String,
    /// The secret.
    pub secret: Secret,
}

/// The secrets of a run: those for any provider, and those of single providers, which come first. There may be
/// several for one, as while a new one takes the place of an old one.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    any: Vec<Named>,
    own: Vec<(String, Named)>,
    unusable: Vec<Unusable>,
}

/// A variable that can't serve as a secret. It is an error only where that secret is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Whose secret it would be; nothing for that of any.
    pub provider: Option<String>,
    /// Where it was taken from.
    pub from: String,
    /// What is wrong with it.
    pub cause: SecretError,
}

/// What stands in output in a secret's place.
const REDACTED: &[u8] = b"[secret]";
/// Shorter secrets are taken out of output as whole values only: they may be part of any word.
const SHORTEST_PART: usize = 8;

impl Keyring {
    /// Adds a secret of one provider, or of any where none is named.
    pub fn add(&mut self, provider: Option<&str>, from: &str, secret: Secret) {
        let named = Named { from: from.to_string(), secret };
        match provider {
            Some(id) => self.own.push((id.to_string(), named)),
            None => self.any.push(named),
        }
    }

    /// The secrets to use for a provider, the first given first.
    pub fn all_of(&self, provider: &str) -> Vec<Named> {
        let own: Vec<Named> =
            self.own.iter().filter(|(id, _)| id == provider).map(|(_, named)| named.clone()).collect();
        if own.is_empty() { self.any.clone() } else { own }
    }

    /// The first secret to use for a provider.
    pub fn of(&self, provider: &str) -> Option<&Secret> {
        let own = self.own.iter().find(|(id, _)| id == provider).map(|(_, named)| named);
        own.or(self.any.first()).map(|named| &named.secret)
    }

    /// Every other secret than those in use for a provider, with whose it is.
    pub fn others(&self, provider: &str) -> Vec<(String, Secret)> {
        let used = self.all_of(provider);
        let own = self.own.iter().map(|(id, named)| (format!("that of {id}"), named));
        let all = own.chain(self.any.iter().map(|named| ("the general one".to_string(), named)));
        let is_used = |secret: &Secret| used.iter().any(|used| used.secret == *secret);
        all.filter(|(_, named)| !is_used(&named.secret)).map(|(whose, named)| (whose, named.secret.clone())).collect()
    }

    /// Whether a provider has a secret of its own.
    pub fn has_own(&self, provider: &str) -> bool {
        self.own.iter().any(|(id, _)| id == provider)
    }

    /// Whether no secret was given at all.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.own.is_empty()
    }

    /// Remembers a variable that can't be used.
    pub fn add_unusable(&mut self, unusable: Unusable) {
        self.unusable.push(unusable);
    }

    /// What stands in the way of a provider's secret, where it has no other of its own.
    pub fn unusable(&self, provider: &str) -> Option<&Unusable> {
        let own = self.unusable.iter().find(|unusable| unusable.provider.as_deref() == Some(provider));
        let general = self.unusable.iter().find(|unusable| unusable.provider.is_none());
        own.filter(|_| !self.has_own(provider)).or(general.filter(|_| self.of(provider).is_none()))
    }

    /// Every variable that can't be used.
    pub fn all_unusable(&self) -> &[Unusable] {
        &self.unusable
    }

    /// The bytes without the secrets in them.
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        self.all().fold(bytes.to_vec(), |bytes, secret| secret.redact(&bytes))
    }

    /// Only the secrets of these providers.
    #[must_use]
    pub fn only(&self, providers: &[&str]) -> Self {
        let own = self.own.iter().filter(|(id, _)| providers.contains(&id.as_str())).cloned().collect();
        Self { any: self.any.clone(), own, unusable: Vec::new() }
    }

    /// Whether these bytes are one of the secrets, so that no output shows them.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        self.all().any(|secret| secret.expose() == bytes)
    }

    fn all(&self) -> impl Iterator<Item = &Secret> {
        self.own.iter().map(|(_, named)| named).chain(&self.any).map(|named| &named.secret)
    }
}

fn replaced(bytes: &[u8], part: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(part.len()).position(|window| window == part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(REDACTED);
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// How a token, which is a secret itself, stands in output: `[token, 32 characters]`.
pub fn redacted_token(value: &[u8]) -> String {
    format!("[token, {} characters]", String::from_utf8_lossy(value).chars().count())
}

/// Whether a value is one that [`redacted_token`] wrote.
pub fn is_redacted(value: &[u8]) -> bool {
    value.starts_with(b"[token, ") && value.ends_with(b" characters]")
}

#[cfg(test)]
mod tests {
    use super::{Keyring, Secret, SecretError};

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

    #[test]
    fn a_secret_is_taken_out_of_what_holds_it() {
        let mut keyring = Keyring::default();
        keyring.add(None, "A", Secret::new("hunter2+").unwrap());
        keyring.add(Some("acme"), "B", Secret::new("abc").unwrap());
        let redacted = |text: &str| String::from_utf8(keyring.redact(text.as_bytes())).unwrap();
        assert_eq!(redacted("Bearer hunter2+, hunter2+!"), "Bearer [secret], [secret]!");
        assert_eq!(redacted("abc"), "[secret]");
        assert_eq!(redacted("abcdef"), "abcdef", "a short secret may be part of any word");
        assert_eq!(
            redacted("aHVudGVyMis= 68756E746572322b hunter2%2B"),
            "[secret]= 68756E746572322b [secret]",
            "spelt for transport"
        );
    }
}
