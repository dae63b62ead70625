//! The one place that takes secrets out of texts: decodes a text, searches the result, and redacts the places of the hits.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::automaton::{Automaton, SHORTEST_CUT, merged};
use super::filter::Filter;
use super::{REDACTED, SHORTEST_PART, Secret, encoded};

/// Layers of encodings of whole texts: base64 in base64.
const LAYERS: usize = 2;
/// Bytes that a secret as a whole value may be spelled with, for each of its own.
const GROWTH: usize = 12;
/// A line of a PEM file is a secret from this length on.
const PEM_LINE: usize = 16;
/// What stands at the end of a text that was shortened.
const CUT: &str = "…";

/// Takes secrets out of texts, in every spelling: a long one wherever it stands, a short one, which may be part of any
/// word or digest, only as a whole value or item.
#[derive(Clone)]
pub struct Redactor {
    /// Leaves most texts without a long secret at once.
    filter: Filter,
    parts: Automaton,
    /// Those that are redacted as whole values too short to be parts.
    whole: Automaton,
    shortest: usize,
    shortest_whole: usize,
    longest: usize,
    /// For each byte whether a value that is a short secret may hold it; nothing without short ones.
    of_short: Option<Box<[bool; 256]>>,
    marks: Vec<Vec<u8>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// Builds a redactor of these secrets and of the keys that they hold. Items stand between the marks, those of the
    /// outer list first.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>, marks: &[&str]) -> Self {
        Self::of(secrets.into_iter().flat_map(forms).collect(), marks)
    }

    /// Builds a redactor of these bytes alone, as of digests.
    pub fn exact<'a>(sequences: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::of(sequences.into_iter().map(<[u8]>::to_vec).collect(), &[])
    }

    fn of(mut forms: Vec<Vec<u8>>, marks: &[&str]) -> Self {
        forms.retain(|form| !form.is_empty());
        forms.sort();
        forms.dedup();
        let parts = || forms.iter().map(Vec::as_slice).filter(|form| form.len() >= SHORTEST_PART);
        let shortest = parts().map(<[u8]>::len).min().unwrap_or(usize::MAX / 8);
        Self {
            filter: Filter::new(parts(), shortest),
            parts: Automaton::new(parts()),
            whole: Automaton::new(forms.iter().map(Vec::as_slice)),
            shortest,
            shortest_whole: forms.iter().map(Vec::len).min().unwrap_or(usize::MAX / 8),
            longest: forms.iter().map(Vec::len).max().unwrap_or(0),
            of_short: of_short(&forms),
            marks: marks.iter().filter(|mark| !mark.is_empty()).map(|mark| mark.as_bytes().to_vec()).collect(),
        }
    }

    /// Whether a secret stands in a text, or is all of it.
    pub fn finds(&self, text: &[u8]) -> bool {
        let may_hold = self.filter.may_hold(text, LAYERS);
        may_hold && !self.long(text, false).is_empty() || (may_hold || self.may_be_short(text)) && self.is_whole(text)
    }

    /// Whether a value is one of the secrets.
    pub fn hides(&self, value: &[u8]) -> bool {
        let may_be_whole = || self.may_be_short(value) || self.filter.may_hold(value, LAYERS);
        self.is_short_enough(value) && may_be_whole() && self.is_whole(value)
    }

    /// Returns the places of the long secrets in a text. Of a text that was cut, the beginning of one at its end counts.
    pub fn places(&self, text: &[u8], is_cut: bool) -> Vec<Range<usize>> {
        if is_cut || self.filter.may_hold(text, LAYERS) { self.long(text, is_cut) } else { Vec::new() }
    }

    /// Whether a value consists of what short secrets may be spelled with.
    fn may_be_short(&self, value: &[u8]) -> bool {
        let Some(of_short) = &self.of_short else { return false };
        // Any byte may be part of an escape sequence.
        let is_escaped = || memchr::memchr3(b'\\', b'%', b'&', value).is_some();
        value.iter().all(|byte| of_short[usize::from(*byte)]) || is_escaped()
    }

    /// Whether a value is no longer than a secret may be spelled.
    fn is_short_enough(&self, value: &[u8]) -> bool {
        value.len() <= self.longest.saturating_mul(GROWTH)
    }

    /// Whether secrets are all of a value.
    fn is_whole(&self, value: &[u8]) -> bool {
        let bare = value.strip_suffix(b"==").or(value.strip_suffix(b"=")).unwrap_or(value);
        if !self.is_short_enough(value) {
            return false;
        }
        let hits = merged(search(&self.whole, value, false, self.shortest_whole, LAYERS));
        hits.iter().any(|hit| hit.start == 0 && (hit.end == value.len() || hit.end == bare.len()))
    }

    /// Returns the places of the long secrets, without asking the filter.
    fn long(&self, text: &[u8], is_cut: bool) -> Vec<Range<usize>> {
        merged(search(&self.parts, text, is_cut, self.shortest, LAYERS))
    }

    /// Whether a secret stands in a text or is all of it, and whether it is all of it, without asking the filter.
    #[cfg(test)]
    pub(super) fn finds_slowly(&self, text: &[u8]) -> (bool, bool) {
        let is_whole = self.is_whole(text);
        (is_whole || !self.long(text, false).is_empty(), is_whole)
    }

    /// Returns a value without the secrets.
    pub fn value(&self, value: &[u8]) -> Vec<u8> {
        if self.hides(value) { REDACTED.to_vec() } else { self.text(value, false) }
    }

    /// Returns a value whose items may be secrets, without them.
    pub fn items(&self, value: &[u8]) -> Vec<u8> {
        self.text(&self.over_items(value, &self.marks), false)
    }

    /// Returns a text, whose words are no values, without the secrets.
    pub fn text(&self, text: &[u8], is_cut: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        for place in self.places(text, is_cut) {
            out.extend_from_slice(&text[from..place.start]);
            out.extend_from_slice(REDACTED);
            from = place.end;
        }
        out.extend_from_slice(&text[from..]);
        out
    }

    /// Returns a sentence of ours without the secrets; it may be cut short within one.
    pub fn sentence(&self, text: &str) -> String {
        let pieces: Vec<&str> = text.split(CUT).collect();
        let last = pieces.len() - 1;
        let redacted = |(at, piece): (usize, &&str)| self.text(piece.as_bytes(), at < last);
        let all: Vec<Vec<u8>> = pieces.iter().enumerate().map(redacted).collect();
        String::from_utf8_lossy(&all.join(CUT.as_bytes())).into_owned()
    }

    fn over_items(&self, value: &[u8], marks: &[Vec<u8>]) -> Vec<u8> {
        let Some((mark, inner)) = marks.split_first() else {
            return if self.hides(value) { REDACTED.to_vec() } else { value.to_vec() };
        };
        let mut out = Vec::with_capacity(value.len());
        let mut rest = value;
        // What follows a mark may be the secret as a whole, with the mark in it.
        while !self.hides(rest)
            && let Some(at) = memchr::memmem::find(rest, mark)
        {
            out.extend(self.over_items(&rest[..at], inner));
            out.extend_from_slice(mark);
            rest = &rest[at + mark.len()..];
        }
        out.extend(self.over_items(rest, inner));
        out
    }
}

/// Searches a text, and what is encoded in it.
fn search(automaton: &Automaton, text: &[u8], is_cut: bool, shortest: usize, layers: usize) -> Vec<Range<usize>> {
    let mut hits = automaton.hits(text, is_cut);
    let shortest = if is_cut { shortest.min(SHORTEST_CUT) } else { shortest };
    if layers > 0 && text.len() > shortest {
        encoded::each(text, shortest, |piece| {
            let is_cut = is_cut && piece.end() + 4 > text.len();
            let inner = search(automaton, &piece.bytes, is_cut, shortest, layers - 1);
            hits.extend(inner.iter().map(|hit| piece.place(hit)));
        });
    }
    hits
}

/// Returns the bytes that may stand in a value that is short secrets, as they are or in digits.
fn of_short(forms: &[Vec<u8>]) -> Option<Box<[bool; 256]>> {
    let mut short = forms.iter().filter(|form| form.len() < SHORTEST_PART).flatten().peekable();
    short.peek()?;
    let mut all = Box::new([false; 256]);
    (0..128u8).filter(u8::is_ascii_alphanumeric).for_each(|byte| all[usize::from(byte)] = true);
    short.chain(b"+/-_=:, \t\r\n\x0c").for_each(|byte| all[usize::from(*byte)] = true);
    Some(all)
}

/// Returns what of a secret is secret: the text as configured, without what stands around it, and the bytes that it
/// encodes, which are the key.
fn forms(secret: &Secret) -> Vec<Vec<u8>> {
    let text = secret.expose();
    let mut all = vec![text.to_vec()];
    if text.len() < SHORTEST_PART {
        return all;
    }
    // A name of a list ends before the padding.
    let bare = text.trim_ascii();
    let unpadded = bare.strip_suffix(b"==").or(bare.strip_suffix(b"=")).unwrap_or(bare);
    all.extend([bare, unpadded].map(<[u8]>::to_vec));
    all.extend(decoded(bare));
    for rest in secret.without(&[]) {
        all.push(rest.expose().to_vec());
        all.extend(decoded(rest.expose()));
    }
    if bare.starts_with(b"-----BEGIN") {
        all.extend(pem(&String::from_utf8_lossy(bare)));
    }
    // What is derived and short may be anything.
    all.retain(|form| form.len() >= SHORTEST_PART);
    all
}

fn decoded(text: &[u8]) -> Vec<Vec<u8>> {
    let bare = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let all = [STANDARD_NO_PAD.decode(bare).ok(), URL_SAFE_NO_PAD.decode(bare).ok(), hex::decode(text).ok()];
    all.into_iter().flatten().collect()
}

/// Returns what of a private key's PEM text is secret: its lines, the bytes that they encode, and the number in them. A
/// variable may hold the text on one line.
fn pem(text: &str) -> Vec<Vec<u8>> {
    let text = text.replace("\\n", "\n");
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let body: String = lines.clone().collect();
    let encoded = decoded(body.as_bytes());
    // An OCTET STRING of 32 bytes, in either form that these keys are written in.
    let is_number = |part: &&[u8]| part.starts_with(&[0x04, 0x20]);
    let numbers = encoded.iter().flat_map(|key| key.windows(34).filter(is_number)).map(|part| part[2..].to_vec());
    let mut all: Vec<Vec<u8>> = numbers.collect();
    all.extend(lines.filter(|line| line.len() >= PEM_LINE).map(|line| line.as_bytes().to_vec()));
    all.extend(encoded);
    all.push(text.clone().into_bytes());
    all
}
