//! Pieces of a text that are base64, hexadecimal or a list of numbers, decoded with the place of each byte.

use std::ops::Range;

use super::pieces;
use super::spelling::{Readings, introduces};

/// Digits that are decoded at once, so that a text of any length takes bounded memory.
const WINDOW: usize = 32 * 1024;
/// Digits of them that are decoded again with those that follow.
const OVERLAP: usize = 4 * 1024;

/// A digit with its place in the text.
#[derive(Clone, Copy)]
struct Digit {
    value: u8,
    from: usize,
    to: usize,
}

/// Bytes that a piece of a text decodes to.
pub(super) struct Piece<'a> {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    digits: &'a [Digit],
    /// Bytes of a group, and its digits.
    group: (usize, usize),
}

impl Piece<'_> {
    /// Returns the place in the text of a range of the bytes.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let (bytes, digits) = self.group;
        let first = |byte: usize| byte / bytes * digits + byte % bytes;
        // But for numbers, a byte takes two digits.
        let last = first(range.end - 1) + usize::from(digits > 1);
        self.digits[first(range.start)].from..self.digits[last].to
    }

    /// Returns where the last digit ends in the text.
    pub(super) fn end(&self) -> usize {
        self.digits.last().map_or(0, |digit| digit.to)
    }
}

/// Decodes every piece of at least this many bytes.
pub(super) fn each(text: &[u8], shortest: usize, mut found: impl FnMut(&Piece)) {
    let shortest = shortest.max(1);
    let (least, least_hex) = ((shortest * 4).div_ceil(3), shortest * 2);
    let (may_be_base64, may_be_hex) = likely(text, least, least_hex);
    if may_be_base64 {
        spans(text, BASE64, least, |span| {
            Run::new(base64_value, b"", least).over(text, span, &mut |digits| {
                (0..4).filter_map(|from| digits.get(from..)).for_each(|digits| found(&from_base64(digits)));
            });
        });
    }
    if may_be_hex {
        spans(text, HEX, least_hex, |span| {
            Run::new(hex_value, b" :-", least_hex).over(text, span, &mut |digits| {
                (0..2).filter_map(|from| digits.get(from..)).for_each(|digits| found(&from_hex(digits)));
            });
        });
    }
    numbers(text, shortest, &mut |digits: &[Digit]| found(&from_numbers(digits)));
}

/// Whether a test holds for what a piece of at least this many bytes decodes to.
pub(super) fn any(text: &[u8], shortest: usize, holds: &mut impl FnMut(&[u8]) -> bool) -> bool {
    let shortest = shortest.max(1);
    let mut is_any = false;
    if text.len() >= WINDOW {
        each(text, shortest, |piece| is_any = is_any || holds(&piece.bytes));
        return is_any;
    }
    let least = (shortest * 4).div_ceil(3);
    if !pieces::may_encode(text, least) {
        return false;
    }
    numbers(text, shortest, &mut |digits: &[Digit]| is_any = is_any || holds(&from_numbers(digits).bytes));
    is_any || pieces::any(text, least, shortest * 2, holds)
}

/// Passes on the values of the digits in a row that may be escaped.
pub(super) fn escaped(text: &[u8], span: Range<usize>, is_hex: bool, least: usize, mut found: impl FnMut(&[u8])) {
    let mut run = if is_hex { Run::new(hex_value, b" :-", least) } else { Run::new(base64_value, b"", least) };
    run.over(text, span, &mut |digits| found(&digits.iter().map(|digit| digit.value).collect::<Vec<_>>()));
}

/// The bit of what may be part of base64.
pub(super) const BASE64: u8 = 1;
/// The bit of what may be part of hexadecimal digits.
pub(super) const HEX: u8 = 2;

/// What a byte may be part of.
pub(super) const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut one = 0u8;
    loop {
        let is_any = matches!(one, b'\\' | b'%' | b'&' | b'#' | b';' | b'{' | b'}' | b'\n' | b'\r' | b'\t');
        let is_base64 = one.is_ascii_alphanumeric() || matches!(one, b'+' | b'/' | b'-' | b'_');
        let is_hex = one.is_ascii_hexdigit() || matches!(one, b' ' | b':' | b'-');
        classes[one as usize] = (is_any || is_base64) as u8 | ((is_any || is_hex) as u8) << 1;
        if one == u8::MAX {
            break;
        }
        one += 1;
    }
    classes
};

/// Returns the classes of which as many bytes as this stand in a row, without a branch for each byte.
fn likely(text: &[u8], base64: usize, hex: usize) -> (bool, bool) {
    let (mut run, mut longest) = ([0; 2], [0; 2]);
    for byte in text {
        let class = usize::from(CLASSES[usize::from(*byte)]);
        run = [(run[0] + 1) * (class & 1), (run[1] + 1) * (class >> 1)];
        longest = [longest[0].max(run[0]), longest[1].max(run[1])];
    }
    (longest[0] >= base64, longest[1] >= hex)
}

/// Finds where so many digits may stand in a row. Most of a text is left at once.
fn spans(text: &[u8], class: u8, shortest: usize, mut found: impl FnMut(Range<usize>)) {
    let (mut begin, mut is_after_break) = (0, false);
    for (at, &byte) in text.iter().enumerate() {
        let is_indented = is_after_break && byte == b' ';
        is_after_break = breaks(byte) || is_indented;
        if CLASSES[usize::from(byte)] & class == 0 && !is_after_break {
            if at - begin >= shortest {
                found(begin..at);
            }
            begin = at + 1;
        }
    }
    if text.len() - begin >= shortest {
        found(begin..text.len());
    }
}

/// Returns a character that may be escaped, where it is a digit or breaks a line; otherwise the byte.
fn character(text: &[u8], at: usize) -> (u8, usize) {
    let own = (text[at], at + 1);
    if text[at] == b'+' || !introduces(text[at]) {
        return own;
    }
    let readings = Readings::of(text, at);
    let find = |counts: &dyn Fn(&u8) -> bool| {
        readings.iter().find_map(|reading| Some((reading.single().filter(counts)?, reading.end)))
    };
    // An escaped letter may be read as an escaped line break too.
    find(&|byte| base64_value(*byte).is_some()).or_else(|| find(&|byte| breaks(*byte))).unwrap_or(own)
}

pub(super) fn breaks(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\t')
}

/// Digits in a row, which may be wrapped in lines, and have single separators between them.
struct Run {
    digits: Vec<Digit>,
    value: fn(u8) -> Option<u8>,
    separators: &'static [u8],
    shortest: usize,
    is_after_break: bool,
}

impl Run {
    fn new(value: fn(u8) -> Option<u8>, separators: &'static [u8], shortest: usize) -> Self {
        Self { digits: Vec::new(), value, separators, shortest, is_after_break: false }
    }

    fn over(&mut self, text: &[u8], span: Range<usize>, found: &mut impl FnMut(&[Digit])) {
        let mut at = span.start;
        while at < span.end {
            let (byte, to) = character(text, at);
            self.take(byte, at..to, text.get(to), found);
            at = to;
        }
        self.end(found);
    }

    /// Takes the next character, before which the run may have ended.
    fn take(&mut self, byte: u8, place: Range<usize>, next: Option<&u8>, found: &mut impl FnMut(&[Digit])) {
        let is_digit = |byte: &u8| (self.value)(*byte).is_some();
        if let Some(value) = (self.value)(byte) {
            self.digits.push(Digit { value, from: place.start, to: place.end });
            self.is_after_break = false;
            if self.digits.len() == WINDOW {
                found(&self.digits);
                self.digits.drain(..WINDOW - OVERLAP);
            }
        } else if self.digits.is_empty() || self.separators.contains(&byte) && next.is_some_and(is_digit) {
        } else if breaks(byte) || byte == b' ' && self.is_after_break {
            self.is_after_break = true;
        } else {
            self.end(found);
        }
    }

    fn end(&mut self, found: &mut impl FnMut(&[Digit])) {
        if self.digits.len() >= self.shortest {
            found(&self.digits);
        }
        self.digits.clear();
        self.is_after_break = false;
    }
}

fn from_base64(digits: &[Digit]) -> Piece<'_> {
    let mut bytes = Vec::with_capacity(digits.len());
    for group in digits.chunks(4) {
        for (at, pair) in group.windows(2).enumerate() {
            let both = u16::from(pair[0].value) << 6 | u16::from(pair[1].value);
            // The bytes of a group end 4, 2 and 0 bits before the end of their second digit.
            bytes.push((both >> (4 - 2 * at) & 0xff) as u8);
        }
    }
    Piece { bytes, digits, group: (3, 4) }
}

fn from_hex(digits: &[Digit]) -> Piece<'_> {
    let bytes = digits.chunks_exact(2).map(|pair| pair[0].value << 4 | pair[1].value).collect();
    Piece { bytes, digits, group: (1, 2) }
}

fn from_numbers(digits: &[Digit]) -> Piece<'_> {
    Piece { bytes: digits.iter().map(|digit| digit.value).collect(), digits, group: (1, 1) }
}

pub(super) const fn base64_value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

pub(super) const fn hex_value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => return None,
    })
}

/// Finds lists of numbers that are bytes: `[104, 117, 110]`.
fn numbers(text: &[u8], shortest: usize, found: &mut impl FnMut(&[Digit])) {
    let mut run: Vec<Digit> = Vec::new();
    let mut from = 0;
    while let Some(comma) = memchr::memchr(b',', &text[from..]) {
        let mut at = before(text, from, from + comma);
        from += comma + 1;
        while let Some(digit) = number(text, at) {
            run.push(digit);
            from = from.max(digit.to);
            if run.len() == WINDOW {
                found(&run);
                run.drain(..WINDOW - OVERLAP);
            }
            let Some(next) = after_comma(text, digit.to) else { break };
            at = next;
        }
        if run.len() >= shortest {
            found(&run);
        }
        run.clear();
    }
}

/// Returns where the number before a comma begins.
fn before(text: &[u8], floor: usize, comma: usize) -> usize {
    let digits = text[floor..comma].iter().rev().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    comma - digits
}

fn number(text: &[u8], at: usize) -> Option<Digit> {
    let length = text.get(at..)?.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let value = std::str::from_utf8(&text[at..at + length]).ok()?.parse().ok()?;
    Some(Digit { value, from: at, to: at + length })
}

fn after_comma(text: &[u8], at: usize) -> Option<usize> {
    text.get(at).filter(|byte| **byte == b',')?;
    Some(at + 1 + text[at + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count())
}

#[cfg(test)]
mod tests {
    use super::each;

    /// Asserts that a piece decodes to these bytes at this place of the text.
    #[track_caller]
    fn check(text: &str, bytes: &str, place: &str) {
        let mut places = Vec::new();
        each(text.as_bytes(), 3, |piece| {
            let at = piece.bytes.windows(bytes.len()).position(|window| window == bytes.as_bytes());
            places.extend(at.map(|at| &text[piece.place(&(at..at + bytes.len()))]));
        });
        assert!(places.contains(&place), "{text}: {places:?}");
    }

    #[test]
    fn pieces_are_decoded_at_every_alignment() {
        check("x=aHVudGVyMitodW50ZXIz!", "hunter2+hunter3", "aHVudGVyMitodW50ZXIz");
        check("xaHVudGVyMitodW50ZXIz", "hunter2+hunter3", "aHVudGVyMitodW50ZXIz");
        check("Basic dXNlcjpodW50ZXIy", "hunter2", "podW50ZXIy");
        check("Pz8_Pz8-", "???", "Pz8_");
        check(r"Pz8\/Pz8%2b", "???", r"Pz8\/");
        check("aHVudGVy\r\n  MitodW50ZXIz", "hunter2+hunter3", "aHVudGVy\r\n  MitodW50ZXIz");
        check(r"aHVudGVy\nMitodW50ZXIz", "hunter2+hunter3", r"aHVudGVy\nMitodW50ZXIz");
        check("0x68756E746572", "hunter", "68756E746572");
        check("<Buffer 68 75 6e 74 65 72>", "hunter", "68 75 6e 74 65 72");
        check("{\"data\":[104,117,\n 110, 116,101,114]}", "hunter", "104,117,\n 110, 116,101,114");
        check("1000,1,104,117,110", "hun", "104,117,110");
    }
}
