//! Small pieces of wording that several reports share, and what makes remote text harmless.

mod commands;
mod hidden;
mod json;

use std::time::Duration;

use jiff::SignedDuration;

pub use commands::{broken_up, has_command};
pub use json::harmless_line;

/// `1 delivery`, `3 deliveries`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What a delivery is called: `superfolio/form.submitted`, `stripe`, `unknown`.
pub fn delivery(provider: Option<&str>, events: &[String]) -> String {
    match provider {
        None => "unknown".to_string(),
        Some(provider) if events.is_empty() => provider.to_string(),
        Some(provider) => format!("{provider}/{}", list(events, "or")),
    }
}

/// `a`, `a or b`, `a, b or c`.
pub fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., tail] => format!("{} {last} {tail}", head.join(", ")),
    }
}

/// `512 B`, `2.5 KB`, `10.0 MB`; a KB is 1,000 bytes.
pub fn size(bytes: usize) -> String {
    let tenths = |unit: usize| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

/// `0.4 ms`, `12 ms`, `3.2 s`.
pub fn elapsed(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

/// `5 min`, `3 d 4 h`: the two largest units of a span.
pub fn span(time: SignedDuration) -> String {
    let seconds = time.as_secs().unsigned_abs();
    let units = [(31_536_000, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(first) = units.iter().position(|(unit, _)| seconds >= *unit) else { return "0 s".to_string() };
    let (unit, name) = units[first];
    let rest = units.get(first + 1).map(|(unit_below, name)| (seconds % unit / unit_below, name));
    let rest = rest.filter(|(number, _)| *number > 0).map(|(number, name)| format!(" {number} {name}"));
    format!("{} {name}{}", seconds / unit, rest.unwrap_or_default())
}

/// `240 ms`, `1.5 s`, `40 s`, `3 d 4 h`: the time from one moment to another.
pub fn lapse(time: SignedDuration) -> String {
    match time.as_secs() {
        ..=0 => elapsed(Duration::try_from(time).unwrap_or_default()),
        1..60 if time.subsec_millis() >= 100 => elapsed(time.unsigned_abs()),
        _ => span(time),
    }
}

/// The nearest of several names, where one is near enough to have been meant.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (likeness(typed, name), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Whether the value of a variable that switches something on says no.
pub fn says_no(value: &str) -> bool {
    ["", "0", "false", "no", "off"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

/// Whether a text can be the name of an environment variable. One with a part that is long and mixed, as in
/// `whsec_MfKQ9r8GKYqrTwjU`, is the secret itself, given in the place of its name.
pub fn is_variable(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let has = |part: &str, kind: fn(&u8) -> bool| part.as_bytes().iter().any(kind);
    let is_random = |part: &str| part.len() >= 16 && has(part, u8::is_ascii_digit) && has(part, u8::is_ascii_lowercase);
    text.bytes().all(is_word)
        && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        && !text.split('_').any(is_random)
}

/// Longer names are not compared, in bytes: time and memory grow with the product of both lengths.
const COMPARED: usize = 200;

/// How alike two names are, from 0 to 1, whatever their case.
pub fn likeness(one: &str, other: &str) -> f64 {
    if one.len().max(other.len()) > COMPARED {
        return if one == other { 1.0 } else { 0.0 };
    }
    strsim::normalized_damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

/// Returns text that is not ours as it can be shown: control, invisible and bidirectional characters are escaped.
/// Line feeds and tabs stay where `lines` keeps them.
pub fn printable(text: &str, lines: Lines) -> String {
    if text.bytes().all(is_plain) {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '\n' if lines == Lines::Keep => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str(if lines == Lines::Keep { "\t" } else { "\\t" }),
            _ if hidden::is_escaped(text, at, character) => out.push_str(&character.escape_unicode().to_string()),
            _ => out.push(character),
        }
    }
    out
}

/// Returns exact bytes as a terminal can show them. Line ends and tabs stay; bytes that are no text become `\xff`.
pub fn printable_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&printable(&chunk.valid().replace("\r\n", "\n"), Lines::Keep));
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text.split_inclusive('\n').map(|line| commands::broken_up(line, true)).collect()
}

/// Whether a byte is a visible ASCII character or a space. Most text consists of these.
fn is_plain(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_graphic()
}

/// Whether line feeds stay line feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// They stay: the text is shown as a block.
    Keep,
    /// They are written `\n`: the text stays on its line.
    Escape,
}

/// Returns a JSON value as one line for a terminal or a CI log. [`printable`] characters that would be escaped are
/// written as `\u` escapes, and commands of CI systems are broken up. A JSON reader gets the same value.
pub fn json_line(value: &serde_json::Value) -> String {
    harmless_line(value.to_string())
}

/// The first characters of a text, and how many it has besides.
pub fn cut(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (&text[..at], text[at..].chars().count()),
        None => (text, 0),
    }
}

/// At most so many characters of a text, with `…` where something was cut.
pub fn shorten(text: &str, limit: usize) -> String {
    match cut(text, limit) {
        (_, 0) => text.to_string(),
        _ => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, cut, elapsed, is_variable, json_line, lapse, list, nearest, printable, shorten, size};
    use jiff::SignedDuration;
    use std::time::Duration;

    #[test]
    fn a_secret_is_no_name_of_a_variable() {
        for name in ["WEBHOOK_SECRET", "_a1", "superfolio_webhook_secret_2026", "SUPERFOLIOWEBHOOKSECRET2"] {
            assert!(is_variable(name), "{name}");
        }
        let secrets =
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "f3b1c9aa0d4e5f60", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"];
        for none in ["", "1A", "A-B", "a b"].into_iter().chain(secrets) {
            assert!(!is_variable(none), "{none}");
        }
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!([0, 999, 2_567, 10_485_760].map(size), ["0 B", "999 B", "2.5 KB", "10.4 MB"]);
        let shown = [400, 12_300, 3_210_000].map(|micros| elapsed(Duration::from_micros(micros)));
        assert_eq!(shown, ["0.4 ms", "12 ms", "3.2 s"]);
        let lapses = [-5, 240, 1_500, 40_050, 40_900, 60_900, 273_600_000]
            .map(|millis| lapse(SignedDuration::from_millis(millis)));
        assert_eq!(lapses, ["0.0 ms", "240 ms", "1.5 s", "40 s", "40.9 s", "1 min", "3 d 4 h"]);
    }

    #[test]
    fn only_a_near_name_is_offered() {
        assert_eq!(nearest("form.submited", ["form.submitted", "lead.create"]), Some("form.submitted"));
        assert_eq!(nearest("banana", ["form.submitted", "lead.create"]), None);
        // A table of both lengths would not fit into memory.
        let long = "a".repeat(1_000_000);
        assert_eq!(nearest(&format!("{long}b"), [long.as_str(), "a"]), None);
    }

    #[test]
    fn nothing_from_the_wire_can_drive_a_terminal() {
        assert_eq!(printable("a\x1b[31m\u{202e}b\r\n\x7f", Lines::Keep), "a\\u{1b}[31m\\u{202e}b\\r\n\\u{7f}");
        assert_eq!(printable("a\nb", Lines::Escape), "a\\nb");
        assert_eq!(printable("\u{fffd}\u{fffe}\u{ffff}", Lines::Escape), "\u{fffd}\\u{fffe}\\u{ffff}");
        assert_eq!(printable("Zoë 🎉", Lines::Escape), "Zoë 🎉");
    }

    #[test]
    fn a_line_of_json_is_harmless_and_exact() {
        let text = |text: &str| json_line(&text.into());
        let check = |given: &str, shown: &str| {
            assert_eq!(text(given), shown);
            assert_eq!(serde_json::from_str::<String>(&text(given)).unwrap(), given);
        };
        check("Zoë 🎉 \u{1b}\n\"", r#""Zoë 🎉 \u001b\n\"""#);
        check("\u{9b}31m\u{7f}\u{202e}\u{feff}", r#""\u009b31m\u007f\u202e\ufeff""#);
        check("\u{e0041}", r#""\udb40\udc41""#);
        check("###[a\\##[", r##""#\u0023#[a\\\u0023#[""##);
        check("::a\n ::b::c", r#""\u003a:a\n \u003a:b::c""#);
        check(":::a\r\n\t:::b", r#""\u003a\u003a:a\r\n\t\u003a\u003a:b""#);
        check("[::1]:80 \"::a\\n::b", r#""[::1]:80 \"::a\\n::b""#);
        assert_eq!(json_line(&serde_json::json!({"::a": ["##[", null]})), r#"{"\u003a:a":["\u0023#[",null]}"#);
    }

    #[test]
    fn lists_and_cuts_read_well() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("ab🎉d", 4), "ab🎉d");
        assert_eq!(cut("äöüß", 3), ("äöü", 1));
        assert_eq!(cut("äöü", 3), ("äöü", 0));
    }
}
