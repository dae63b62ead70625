//! The signing secret: a value that can't be printed.
//!
//! Owns what makes a secret usable and how much of its looks may be told. Where a secret comes
//! from (variable, file, prompt) is the command line's business.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;

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
        self.spellings().iter().fold(bytes.to_vec(), |bytes, spelling| replaced(bytes, spelling))
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

    /// The secret without each of these beginnings that it has, and without what looks like one, as `whsec_` does.
    pub fn without<'a>(&'a self, begins: &'a [String]) -> impl Iterator<Item = Self> + 'a {
        let rest = |begin: &'a String| self.0.strip_prefix(begin.as_bytes());
        let word = self.0.iter().position(|byte| !byte.is_ascii_lowercase()).filter(|at| self.0[*at] == b'_');
        let looks = word.map(|at| &self.0[at + 1..]).filter(|rest| rest.len() >= LONG_REST);
        begins.iter().filter_map(rest).chain(looks).filter_map(|rest| Self::new(rest).ok())
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
    own: Vec<(String, Vec<Named>)>,
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
/// What follows the beginning of a secret is a secret from this length on.
const LONG_REST: usize = 16;
/// Shorter secrets are taken out of output as whole values only: they may be part of any word.
const SHORTEST_PART: usize = 8;

impl Keyring {
    /// Adds a secret of one provider, or of any where none is named.
    pub fn add(&mut self, provider: Option<&str>, from: &str, secret: Secret) {
        let named = Named { from: from.to_string(), secret };
        let Some(provider) = provider else { return self.any.push(named) };
        match self.own.iter_mut().find(|(id, _)| id == provider) {
            Some((_, known)) => known.push(named),
            None => self.own.push((provider.to_string(), vec![named])),
        }
    }

    /// The secrets to use for a provider, the first given first.
    pub fn all_of(&self, provider: &str) -> &[Named] {
        self.own.iter().find(|(id, _)| id == provider).map_or(&self.any, |(_, own)| own)
    }

    /// The first secret to use for a provider.
    pub fn of(&self, provider: &str) -> Option<&Secret> {
        self.all_of(provider).first().map(|named| &named.secret)
    }

    /// Every other secret than those in use for a provider, with whose it is.
    pub fn others(&self, provider: &str) -> Vec<(String, Secret)> {
        let used = self.all_of(provider);
        let own = self.own.iter().flat_map(|(id, own)| own.iter().map(move |named| (format!("that of {id}"), named)));
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

    /// Every secret at hand.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        self.own.iter().flat_map(|(_, own)| own).chain(&self.any).map(|named| &named.secret)
    }
}

/// What hides secrets in a value: a long one wherever it stands, a short one, which may be part of any word or
/// digest, only as a whole value or item.
#[derive(Clone)]
pub struct Veil {
    /// Each spelling, and whether it is hidden as a part too; the longest first.
    spellings: Vec<(Vec<u8>, bool)>,
    marks: Vec<Vec<u8>>,
}

impl Veil {
    /// A veil over secrets. Items stand between the marks, those of the outer list first.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>, marks: &[&str]) -> Self {
        let spelt = |secret: &Secret| {
            let is_part = secret.0.len() >= SHORTEST_PART;
            // A name of a list ends before the padding.
            let bare = secret.0.strip_suffix(b"==").or(secret.0.strip_suffix(b"=")).filter(|bare| !bare.is_empty());
            let all = secret.spellings().into_iter().chain(bare.map(<[u8]>::to_vec));
            all.map(move |spelling| (spelling, is_part))
        };
        let mut spellings: Vec<(Vec<u8>, bool)> = secrets.into_iter().flat_map(spelt).collect();
        // A short one may be the end of a long one.
        spellings.sort_by_key(|(spelling, _)| std::cmp::Reverse(spelling.len()));
        let marks = marks.iter().filter(|mark| !mark.is_empty()).map(|mark| mark.as_bytes().to_vec()).collect();
        Self { spellings, marks }
    }

    /// Whether a value is one of the secrets.
    pub fn hides(&self, value: &[u8]) -> bool {
        let bare = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
        self.spellings.iter().any(|(spelling, _)| spelling == value || spelling == bare)
    }

    /// A value that came, without the secrets.
    pub fn over(&self, value: &[u8]) -> Vec<u8> {
        self.over_parts(self.over_items(value, &self.marks))
    }

    /// A sentence of ours, whose words are no items, without the secrets; it may be cut short within one.
    pub fn over_sentence(&self, text: &str) -> String {
        let covered = String::from_utf8_lossy(&self.over_parts(text.as_bytes().to_vec())).into_owned();
        let pieces: Vec<&str> = covered.split(CUT).collect();
        let last = pieces.len() - 1;
        let whole = |(at, piece): (usize, &&str)| {
            let length = if at < last { self.begun_at_the_end_of(piece.as_bytes()) } else { 0 };
            if length == 0 { (*piece).to_string() } else { format!("{}[secret]", &piece[..piece.len() - length]) }
        };
        pieces.iter().enumerate().map(whole).collect::<Vec<_>>().join(CUT)
    }

    /// How much of a long secret stands at the end of a text that was cut there.
    fn begun_at_the_end_of(&self, text: &[u8]) -> usize {
        let known = |(spelling, _): &(Vec<u8>, bool)| {
            let begins = |length: &usize| text.ends_with(&spelling[..*length]);
            (SHORTEST_CUT..spelling.len().min(text.len() + 1)).rev().find(begins)
        };
        self.spellings.iter().filter(|(_, is_part)| *is_part).filter_map(known).max().unwrap_or(0)
    }

    fn over_items(&self, value: &[u8], marks: &[Vec<u8>]) -> Vec<u8> {
        let Some((mark, inner)) = marks.split_first() else {
            return if self.hides(value) { REDACTED.to_vec() } else { value.to_vec() };
        };
        let mut out = Vec::with_capacity(value.len());
        let mut rest = value;
        // What follows a mark may be the secret as a whole, with the mark in it.
        while !self.hides(rest)
            && let Some(at) = place(rest, mark)
        {
            out.extend(self.over_items(&rest[..at], inner));
            out.extend_from_slice(mark);
            rest = &rest[at + mark.len()..];
        }
        out.extend(self.over_items(rest, inner));
        out
    }

    fn over_parts(&self, bytes: Vec<u8>) -> Vec<u8> {
        let parts = self.spellings.iter().filter(|(_, is_part)| *is_part);
        parts.fold(bytes, |bytes, (spelling, _)| replaced(bytes, spelling))
    }
}

/// Sees quickly whether any of several veils would change a value: almost no value holds a secret.
#[derive(Clone)]
pub struct Lookout(Vec<Finder<'static>>);

impl Lookout {
    /// A lookout for all that these veils hide.
    pub fn new(veils: impl IntoIterator<Item = Veil>) -> Self {
        let spellings: HashSet<Vec<u8>> =
            veils.into_iter().flat_map(|veil| veil.spellings).map(|(spelling, _)| spelling).collect();
        Self(spellings.iter().map(|spelling| Finder::new(spelling).into_owned()).collect())
    }

    /// Whether something that is hidden stands in a value, as a whole or as a part.
    pub fn sees(&self, value: &[u8]) -> bool {
        self.0.iter().any(|finder| finder.find(value).is_some())
    }
}

/// What stands at the end of a text that was shortened.
const CUT: &str = "…";
/// Fewer letters of a secret before that are no loss.
const SHORTEST_CUT: usize = 4;

/// Where a part first stands. Its first byte is looked for alone, which is much faster than a window at a time.
fn place(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let (first, after) = part.split_first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if bytes[from..].starts_with(after) {
            return Some(from - 1);
        }
    }
    None
}

fn replaced(bytes: Vec<u8>, part: &[u8]) -> Vec<u8> {
    if place(&bytes, part).is_none() {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some(at) = place(rest, part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(REDACTED);
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
    out
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
mod tests {
    use super::{Keyring, Secret, SecretError, Veil, place};

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
    fn a_veil_hides_long_secrets_everywhere_and_short_ones_as_items() {
        let secrets = ["hunter2+hunter3", "abc", "a=b"].map(|text| Secret::new(text).unwrap());
        let veil = Veil::new(&secrets, &[",", " ", "="]);
        let check =
            |value: &str, expected: &str| assert_eq!(veil.over(value.as_bytes()), expected.as_bytes(), "{value}");
        check("t=1,v1=00,s=hunter2+hunter3", "t=1,v1=00,s=[secret]");
        check("t=1,hunter2+hunter3=00", "t=1,[secret]=00");
        check("v0=aHVudGVyMitodW50ZXIz", "v0=[secret]");
        check("xhunter2%2Bhunter3x", "x[secret]x");
        check("abc", "[secret]");
        check("t=1,abc=2, v0=abc", "t=1,[secret]=2, v0=[secret]");
        check("v1=YWJj==", "v1=[secret]");
        check("v1=a=b", "v1=[secret]");
        check("v1=0abc1,t=abcd", "v1=0abc1,t=abcd");
        assert_eq!(veil.over_sentence("only abc and hunter2+h…; more"), "only abc and [secret]…; more");
        assert_eq!(veil.over_sentence("only hun…"), "only hun…");
        let many = "a=,".repeat(50_000);
        assert_eq!(veil.over(many.as_bytes()), many.as_bytes());
    }

    #[test]
    fn a_part_is_found_where_it_first_stands() {
        let check = |bytes: &str, part: &str| assert_eq!(place(bytes.as_bytes(), part.as_bytes()), bytes.find(part));
        check("aaab", "aab");
        check("abab-abac", "abac");
        check("ab", "b");
        check("ab", "ab");
        check("ab", "abc");
        check("", "a");
    }

    #[test]
    fn a_provider_keeps_its_secrets_in_the_order_they_were_given() {
        let mut keyring = Keyring::default();
        for (provider, from) in [(Some("acme"), "A"), (None, "B"), (Some("other"), "C"), (Some("acme"), "D")] {
            keyring.add(provider, from, Secret::new(from).unwrap());
        }
        let of = |provider| keyring.all_of(provider).iter().map(|named| named.from.as_str()).collect::<String>();
        assert_eq!([of("acme"), of("other"), of("third")], ["AD", "C", "B"]);
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
