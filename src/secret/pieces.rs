//! Pieces of a text that are base64 or hexadecimal, decoded without their places.

use std::ops::Range;

use super::encoded::{BASE64, CLASSES, HEX, base64_value, breaks, escaped, hex_value};

/// What is no digit.
const NONE: u8 = u8::MAX;

/// An encoding whose digits stand in rows.
struct Encoding {
    /// The bit of its class.
    class: u8,
    /// The value of each byte that is a digit.
    values: [u8; 256],
    /// What may stand between two digits.
    separators: &'static [u8],
}

static OF_BASE64: Encoding = Encoding { class: BASE64, values: values(true), separators: b"" };
static OF_HEX: Encoding = Encoding { class: HEX, values: values(false), separators: b" :-" };

const fn values(is_base64: bool) -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut one = 0u8;
    loop {
        let value = if is_base64 { base64_value(one) } else { hex_value(one) };
        if let Some(value) = value {
            values[one as usize] = value;
        }
        if one == u8::MAX {
            return values;
        }
        one += 1;
    }
}

/// Whether a test holds for what a row of at least `least` base64 digits or `least_hex` hexadecimal digits decodes to.
pub(super) fn any(text: &[u8], least: usize, least_hex: usize, holds: &mut impl FnMut(&[u8]) -> bool) -> bool {
    let mut bytes = Vec::new();
    let mut is_any = |digits: &[u8], decode: fn(&[u8], &mut Vec<u8>)| {
        bytes.clear();
        decode(digits, &mut bytes);
        holds(&bytes)
    };
    OF_BASE64.any(text, least, &mut |digits| {
        (0..4).filter_map(|from| digits.get(from..)).any(|digits| is_any(digits, from_base64))
    }) || OF_HEX.any(text, least_hex, &mut |digits| {
        (0..2).filter_map(|from| digits.get(from..)).any(|digits| is_any(digits, from_hex))
    })
}

/// What a byte of any encoding, or of a list of numbers, may be.
static OF_ANY: [bool; 256] = {
    let mut all = [false; 256];
    let mut one = 0u8;
    loop {
        all[one as usize] = CLASSES[one as usize] != 0 || one.is_ascii_whitespace() || one == b',';
        if one == u8::MAX {
            break all;
        }
        one += 1;
    }
};

/// Whether as many bytes as this stand in a row that may be part of an encoding.
pub(super) fn may_encode(text: &[u8], least: usize) -> bool {
    let mut begin = 0;
    while let Some(row) = text.get(begin..begin + least) {
        match row.iter().rposition(|byte| !OF_ANY[usize::from(*byte)]) {
            Some(at) => begin += at + 1,
            None => return true,
        }
    }
    false
}

impl Encoding {
    /// Whether a test holds for a row of digits.
    fn any(&self, text: &[u8], least: usize, holds: &mut impl FnMut(&[u8]) -> bool) -> bool {
        let mut digits = Vec::new();
        let mut begin = 0;
        // Most rows are too short, which is seen from their end without reading all of them.
        while begin + least <= text.len() {
            let end = begin + least;
            if let Some(at) = (begin..end).rev().find(|at| !self.may_hold(text, *at)) {
                begin = at + 1;
                continue;
            }
            let end = (end..text.len()).find(|at| !self.may_hold(text, *at)).unwrap_or(text.len());
            if self.any_in(text, begin..end, least, &mut digits, holds) {
                return true;
            }
            begin = end + 1;
        }
        false
    }

    /// Whether a byte may stand in a row: a line of one may be indented.
    fn may_hold(&self, text: &[u8], at: usize) -> bool {
        let is_indent = || text[at] == b' ' && at > 0 && (breaks(text[at - 1]) || text[at - 1] == b' ');
        CLASSES[usize::from(text[at])] & self.class != 0 || is_indent()
    }

    fn any_in(
        &self,
        text: &[u8],
        span: Range<usize>,
        least: usize,
        digits: &mut Vec<u8>,
        holds: &mut impl FnMut(&[u8]) -> bool,
    ) -> bool {
        if memchr::memchr3(b'\\', b'%', b'&', &text[span.clone()]).is_some() {
            let mut is_any = false;
            escaped(text, span, self.class == HEX, least, |digits| is_any = is_any || holds(digits));
            return is_any;
        }
        digits.clear();
        digits.reserve(span.len());
        let mut is_after_break = false;
        for at in span {
            let value = self.values[usize::from(text[at])];
            if value != NONE {
                digits.push(value);
                is_after_break = false;
            } else if digits.is_empty() || self.separates(text, at) {
            } else if breaks(text[at]) || text[at] == b' ' && is_after_break {
                is_after_break = true;
            } else {
                if digits.len() >= least && holds(digits) {
                    return true;
                }
                digits.clear();
                is_after_break = false;
            }
        }
        digits.len() >= least && holds(digits)
    }

    fn separates(&self, text: &[u8], at: usize) -> bool {
        self.separators.contains(&text[at])
            && text.get(at + 1).is_some_and(|next| self.values[usize::from(*next)] != NONE)
    }
}

fn from_base64(digits: &[u8], bytes: &mut Vec<u8>) {
    let (groups, rest) = digits.as_chunks::<4>();
    bytes.resize(groups.len() * 3, 0);
    for ([a, b, c, d], three) in groups.iter().zip(bytes.as_chunks_mut::<3>().0) {
        *three = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    if let [a, b, ..] = rest {
        bytes.push(a << 2 | b >> 4);
    }
    if let [_, b, c] = rest {
        bytes.push(b << 4 | c >> 2);
    }
}

fn from_hex(digits: &[u8], bytes: &mut Vec<u8>) {
    bytes.extend(digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low));
}
