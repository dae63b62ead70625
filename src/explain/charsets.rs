//! A body that went through another character set.

use super::bodies::Add;

/// The characters of Windows-1252 from 0x80 to 0x9f; what it lacks stands for itself, as in the WHATWG standard.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Of a longer text only the commonest are made, in bytes.
const LONG: usize = 256 << 10;

/// Adds what other character sets make of a text that is not all ASCII.
pub(super) fn of_text(text: &str, add: Add<'_>) {
    if !text.is_ascii() {
        replaced(text, add);
        read_wrong(text, add);
        if text.len() <= LONG {
            rarely_replaced(text, add);
            rarely_read_wrong(text, add);
            cut_by_chunks(text, add);
        }
    }
    add("body-utf16", "little-endian", text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    add("body-utf16", "big-endian", text.encode_utf16().flat_map(u16::to_be_bytes).collect());
}

const REPLACED: &str = "body-non-ascii-replaced";

fn replaced(text: &str, add: Add<'_>) {
    let each = |by: fn(char) -> usize, mark: &str| {
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            if character.is_ascii() {
                out.push(character);
            } else {
                (0..by(character)).for_each(|_| out.push_str(mark));
            }
        }
        out.into_bytes()
    };
    add(REPLACED, "each character by ?", each(|_| 1, "?"));
    add(REPLACED, "each UTF-16 unit by ?, as .NET's Encoding.ASCII does", each(char::len_utf16, "?"));
    add(REPLACED, "each byte by ?", each(char::len_utf8, "?"));
    add(REPLACED, "each character by U+FFFD", each(|_| 1, "\u{fffd}"));
    add(REPLACED, "each byte by U+FFFD", each(char::len_utf8, "\u{fffd}"));
    add(REPLACED, "left out", each(|_| 0, ""));
}

fn rarely_replaced(text: &str, add: Add<'_>) {
    let beyond = |by: &str| text.replace(|character| character > '\u{ffff}', by).into_bytes();
    add(REPLACED, "beyond the first plane by U+FFFD", beyond("\u{fffd}"));
    add(REPLACED, "beyond the first plane by two U+FFFD", beyond("\u{fffd}\u{fffd}"));
    add(REPLACED, "beyond the first plane by ?, as MySQL's utf8 does", beyond("?"));
    add(REPLACED, "beyond the first plane left out", beyond(""));
    add("body-low-bytes", "of each UTF-16 unit", text.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect());
    let seven = text.bytes().map(|byte| byte & 0x7f).collect();
    add("body-low-bytes", "seven bits of each byte, as Node's toString('ascii') does", seven);
}

/// Adds the text with one character cut by the end of a chunk, where each chunk is decoded by itself. The first part
/// becomes one U+FFFD, and each byte of the second part another.
fn cut_by_chunks(text: &str, add: Add<'_>) {
    /// A shorter body comes in one chunk.
    const SHORTEST: usize = 512;
    /// Characters that are cut; with more of them too many bodies would be tried.
    const MOST: usize = 24;
    let wide = || text.char_indices().filter(|(_, character)| !character.is_ascii());
    if text.len() < SHORTEST || wide().nth(MOST).is_some() {
        return;
    }
    for (at, character) in wide() {
        for marks in 2..=character.len_utf8() {
            let (before, after) = (&text[..at], &text[at + character.len_utf8()..]);
            add("body-chunks", "", [before, &"\u{fffd}".repeat(marks), after].concat().into_bytes());
        }
    }
}

fn to_latin1(character: char) -> Option<u8> {
    u8::try_from(u32::from(character)).ok()
}

fn read_wrong(text: &str, add: Add<'_>) {
    if let Some(bytes) = text.chars().map(to_latin1).collect() {
        add("body-latin1", "", bytes);
    }
    add("body-mojibake", "", text.bytes().map(char::from).collect::<String>().into_bytes());
}

fn rarely_read_wrong(text: &str, add: Add<'_>) {
    for (code, encode) in [("body-latin1", to_latin1 as fn(char) -> Option<u8>), ("body-windows-1252", to_windows)] {
        let filled = |count: fn(char) -> usize| {
            let bytes = |c: char| encode(c).map_or_else(|| vec![b'?'; count(c)], |byte| vec![byte]);
            text.chars().flat_map(bytes).collect::<Vec<u8>>()
        };
        if let Some(bytes) = text.chars().map(encode).collect() {
            add(code, "", bytes);
        } else {
            add(code, "what it lacks became ?", filled(|_| 1));
            add(code, "each UTF-16 unit that it lacks became ?, as .NET does", filled(char::len_utf16));
        }
    }
    add("body-mojibake", "as Windows-1252", text.bytes().map(from_windows).collect::<String>().into_bytes());
    // The given body may be the one that was read wrong.
    for (detail, encode) in [("", to_latin1 as fn(char) -> Option<u8>), ("as Windows-1252", to_windows)] {
        let bytes = text.chars().map(encode).collect::<Option<Vec<u8>>>();
        let right = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|right| !right.is_ascii());
        if let Some(right) = right {
            add("body-mojibake-undone", detail, right.into_bytes());
        }
    }
}

fn from_windows(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn to_windows(character: char) -> Option<u8> {
    if character.is_ascii() {
        return to_latin1(character);
    }
    let index = WINDOWS.iter().position(|known| *known == character);
    match index.and_then(|index| u8::try_from(index + 0x80).ok()) {
        Some(byte) => Some(byte),
        None => to_latin1(character).filter(|byte| !(0x80..=0x9f).contains(byte)),
    }
}

/// Decodes UTF-16 text, with the name of its byte order. Without a byte order mark it must be evident: every other
/// byte of its beginning is zero.
pub(crate) fn from_utf16(bytes: &[u8]) -> Option<(String, &'static str)> {
    /// Units that are looked at where there is no byte order mark.
    const LOOKED_AT: usize = 64;
    let (rest, little) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ => {
            let pairs = || bytes.chunks_exact(2).take(LOOKED_AT);
            let is = |zero: usize| bytes.len() >= 4 && pairs().all(|pair| pair[zero] == 0 && pair[1 - zero] != 0);
            if !is(0) && !is(1) {
                return None;
            }
            (bytes, is(1))
        }
    };
    if rest.len() % 2 != 0 {
        return None;
    }
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let text = char::decode_utf16(rest.chunks_exact(2).map(unit)).collect::<Result<String, _>>().ok()?;
    Some((text, if little { "little-endian" } else { "big-endian" }))
}

#[cfg(test)]
mod tests {
    use super::{from_utf16, of_text};

    #[track_caller]
    fn check(text: &str, code: &str, detail: &str, expected: &[u8]) {
        let mut made = Vec::new();
        of_text(text, &mut |code, detail, bytes| made.push((code, detail, bytes)));
        let found = made.iter().find(|(known, about, _)| *known == code && about.contains(detail)).expect(code);
        assert_eq!(found.2, expected);
    }

    #[test]
    fn other_character_sets_write_as_they_do() {
        check("é🚒’", "body-non-ascii-replaced", ".NET", b"????");
        check("é🚒’", "body-non-ascii-replaced", "MySQL", "é?’".as_bytes());
        check("é🚒", "body-low-bytes", "unit", b"\xe9\x3d\x92");
        check("é", "body-low-bytes", "seven", b"\x43\x29");
        check("é’🚒", "body-latin1", ".NET", b"\xe9???");
        check("é’", "body-windows-1252", "", b"\xe9\x92");
        check("é’", "body-mojibake", "Windows", "Ã©â€™".as_bytes());
        check("Ã©â€™", "body-mojibake-undone", "Windows", "é’".as_bytes());
    }

    /// Made with Node 20, which decoded the chunks of a request each by itself.
    #[test]
    fn a_character_between_two_chunks_is_replaced() {
        let text = |middle: &str| format!("{}{middle}{}", "a".repeat(300), "b".repeat(300));
        let mut made = Vec::new();
        of_text(&text("🚒"), &mut |code, _, bytes| made.extend((code == "body-chunks").then_some(bytes)));
        let marks = |count: usize| text(&"\u{fffd}".repeat(count)).into_bytes();
        assert_eq!(made, [marks(2), marks(3), marks(4)]);
    }

    #[test]
    fn utf16_is_read_where_it_is_evident() {
        let check = |bytes: &[u8], expected: Option<(&str, &str)>| {
            assert_eq!(from_utf16(bytes).as_ref().map(|(text, order)| (text.as_str(), *order)), expected);
        };
        check(b"\xff\xfe{\0}\0", Some(("{}", "little-endian")));
        check(b"\xfe\xff\0{\0}", Some(("{}", "big-endian")));
        check(b"{\0}\0", Some(("{}", "little-endian")));
        check(b"\0{\0}", Some(("{}", "big-endian")));
        check(b"\xff\xfe", Some(("", "little-endian")));
        check(b"\xff\xfe{\0}", None);
        check(b"\xff\xfe\0\xd8", None);
        check(b"{}{}", None);
        check(b"", None);
        check(b"\0\0\0\0", None);
    }
}
