//! Hiding secrets in what is shown.

use std::collections::HashSet;

use memchr::memmem::Finder;

use super::{REDACTED, SHORTEST_PART, Secret};

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
pub(super) fn place(bytes: &[u8], part: &[u8]) -> Option<usize> {
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

/// The bytes with all of a part taken out.
pub(super) fn replaced(bytes: Vec<u8>, part: &[u8]) -> Vec<u8> {
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

#[cfg(test)]
mod tests {
    use super::{Veil, place};
    use crate::secret::Secret;

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
}
