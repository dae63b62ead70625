//! Lines of JSON that are harmless to show, and the same value to a reader of JSON.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{commands, hidden};

/// Escapes in a line of JSON what a terminal or a CI would obey, and what a reader cannot see.
pub fn harmless_line(text: String) -> String {
    if is_harmless(&text) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let (mut starts_line, mut escaped) = (false, false);
    // What needs no escape is copied in one piece.
    let mut copied = 0;
    for (at, character) in text.char_indices() {
        let is_escaped = match character {
            '#' => commands::begins_command(&text[at..]),
            ':' => starts_line && text[at..].starts_with("::"),
            _ => hidden::is_escaped(&text, at, character),
        };
        if is_escaped {
            out.push_str(&text[copied..at]);
            push_escape(character, &mut out);
            copied = at + character.len_utf8();
        }
        // A runner takes `::` for a command at a line's start alone, so an address like `[::1]` stays readable.
        starts_line = match character {
            '"' => !escaped,
            'n' | 'r' => escaped,
            ' ' | ':' | '\\' => starts_line,
            't' => starts_line && escaped,
            _ => starts_line && character.is_whitespace(),
        };
        escaped = character == '\\' && !escaped;
    }
    out.push_str(&text[copied..]);
    out
}

static HASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("##"));
static COLONS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("::"));

/// Whether a line of JSON surely needs no change: most don't, and this is seen many times faster.
fn is_harmless(line: &str) -> bool {
    let bytes = line.as_bytes();
    // In an address like `[::1]` two colons begin nothing.
    let begins = |at: usize| !bytes[..at].ends_with(b"[");
    let is_plain = |(at, byte): (usize, &u8)| {
        !LEADS[usize::from(*byte)] || !line[at..].chars().next().is_some_and(hidden::is_treacherous)
    };
    // Without a way out in the middle many bytes are looked at together.
    let is_ascii = bytes.iter().fold(0, |most: u8, byte| most.max(*byte)) < 0x7f;
    let is_mark = |at: usize| commands::begins_command(&line[at..]) || commands::begins_command(&line[at + 1..]);
    !HASHES.find_iter(bytes).any(is_mark)
        && !COLONS.find_iter(bytes).any(begins)
        && (is_ascii || bytes.iter().enumerate().all(is_plain))
}

/// The bytes that the treacherous characters of a line of JSON begin with: DEL, and the lead bytes of all characters
/// but those of Latin, Cyrillic, Chinese and most Korean text.
const LEADS: [bool; 256] = {
    let mut leads = [false; 256];
    leads[0x7f] = true;
    let mut lead = 0xc2;
    while lead <= 0xf4 {
        leads[lead] = !matches!(lead, 0xc3..=0xcc | 0xd0..=0xd3 | 0xe4..=0xe9 | 0xeb..=0xec);
        lead += 1;
    }
    leads
};

/// `\u009b`, or two of them for characters beyond the first plane.
fn push_escape(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{hidden, json_line};
    use super::LEADS;

    #[test]
    fn the_fast_check_sees_every_treacherous_character() {
        let mut checked = 0;
        for character in ('\u{20}'..=char::MAX).filter(|character| hidden::is_treacherous(*character)) {
            let lead = character.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(LEADS[usize::from(lead)], "{character:?}");
            assert!(json_line(&character.to_string().into()).is_ascii(), "{character:?}");
            assert!(json_line(&format!("a{character}b").into()).is_ascii(), "{character:?}");
            checked += 1;
        }
        assert!(checked > 900_000, "{checked}: unassigned and private characters are most of all");
    }

    #[test]
    fn every_character_is_the_same_to_a_reader_of_json() {
        let all: String = ('\0'..=char::MAX).collect();
        let text = format!("{all}::\n::##[{all}");
        let read: String = serde_json::from_str(&json_line(&text.as_str().into())).expect("JSON");
        assert!(read == text);
    }

    /// A check of each mark to the end of its run would take minutes.
    #[test]
    fn long_runs_take_no_longer_than_other_text() {
        for run in ["#", "##", ":", "::", "##a", "\u{200d}", "\u{fe0f}"] {
            json_line(&run.repeat(100_000).into());
        }
    }

    #[test]
    fn an_emoji_stays_readable_in_json() {
        assert_eq!(json_line(&"👨\u{200d}👩 ☎\u{fe0f} x\u{200d}".into()), "\"👨\u{200d}👩 ☎\u{fe0f} x\\u200d\"");
    }
}
