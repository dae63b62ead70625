//! The value of a signature as it may have been before something wrote it another way: quoted, escaped, encoded, copied.
//!
//! Each reading undoes named changes. Digests are found in readings by [`super::digests`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::catalog::List;

/// Changes of how a value is written: the code of each, and what is special about it.
pub(super) type Writing = Vec<(&'static str, &'static str)>;

/// A text that a value may have been, with the changes that lead back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) writing: Writing,
}

/// Readings that are made of one value.
const MOST: usize = 48;
/// Changes that are undone one after the other.
const DEPTH: usize = 3;
/// Longer values are read only as they stand, in bytes.
const LONGEST: usize = 4096;
/// Numbers in a list of bytes.
const BYTES: usize = 64;

/// A change and the function that undoes it. The function returns nothing where it does not apply.
type Step = (&'static str, &'static str, fn(&str) -> Option<String>);

const STEPS: [Step; 14] = [
    ("digest-quoted", "", unwrapped),
    ("digest-quoted", "as Python prints bytes", without_bytes_mark),
    ("value-invisible", "", without_invisible),
    ("value-header-line", "", without_name),
    ("value-line-break", "", without_space),
    ("value-line-break", "written as \\n", without_written_breaks),
    ("value-line-break", "and quoted-printable", from_quoted_printable),
    ("value-percent-encoded", "", percent_decoded),
    ("value-plus-lost", "", with_plus),
    ("value-escaped", "for HTML", from_html),
    ("value-escaped", "for JSON", from_json),
    ("value-escaped", "with backslashes", without_backslashes),
    ("digest-separators", "as a list of numbers", from_numbers),
    ("digest-base64-of-hex", "with all that stands before it", from_base64),
];

/// Returns the value as it stands and every other reading of it, the plainer first.
pub(super) fn readings(value: &str) -> Vec<Reading> {
    let mut found = vec![Reading { text: value.to_string(), writing: Vec::new() }];
    if value.len() > LONGEST {
        return found;
    }
    let mut next = 0;
    while next < found.len() && found.len() < MOST {
        let Reading { text, writing } = found[next].clone();
        next += 1;
        if writing.len() >= DEPTH {
            continue;
        }
        for (code, detail, undo) in STEPS {
            let Some(other) = undo(&text) else { continue };
            let is_new = !other.is_empty() && !found.iter().any(|reading| reading.text == other);
            if is_new && found.len() < MOST {
                let mut writing = writing.clone();
                if !writing.contains(&(code, detail)) {
                    writing.push((code, detail));
                }
                found.push(Reading { text: other, writing });
            }
        }
    }
    found
}

/// Returns a list's value with its items joined as the scheme joins them, if they stand apart in another way.
pub(super) fn rejoined(text: &str, list: &List) -> Option<String> {
    let is_between = |c: char| matches!(c, ',' | ';' | '&' | '|') || c.is_whitespace();
    // A separator may be the pair's own sign elsewhere, as the comma of `v1,AAAA v1,BBBB` is.
    let is_between = |c: char| is_between(c) && !list.pair.contains(c);
    let items: Vec<&str> = text.split(is_between).filter(|item| !item.is_empty()).collect();
    let joined = items.join(&list.separator);
    (items.len() > 1 && joined != text).then_some(joined)
}

/// White space, quotes, brackets and a final comma around the value.
fn unwrapped(text: &str) -> Option<String> {
    let is_around = |c: char| c.is_whitespace() || "\"'`\u{201c}\u{201d}\u{2018}\u{2019}<>()[]{}".contains(c);
    let bare = text.trim_matches(is_around);
    let bare = bare.trim_end_matches([',', ';']).trim_end_matches(is_around);
    (bare != text).then(|| bare.to_string())
}

fn without_bytes_mark(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('b')?;
    let quoted = |quote: char| inner.strip_prefix(quote)?.strip_suffix(quote);
    quoted('\'').or_else(|| quoted('"')).map(str::to_string)
}

/// Byte order marks, zero-width and no-break spaces, and control characters come along when text is copied.
fn without_invisible(text: &str) -> Option<String> {
    let is_invisible = |c: char| {
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{a0}' | '\u{ad}')
            || c.is_control() && !c.is_whitespace()
    };
    // A byte order mark that was read as Latin-1.
    let text_without = text.replace("\u{ef}\u{bb}\u{bf}", "");
    let bare: String = text_without.chars().filter(|c| !is_invisible(*c)).collect();
    (bare != text).then_some(bare)
}

/// `X-Signature: value`, `-H 'X-Signature: value'` and `"X-Signature": "value"`.
fn without_name(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("-H").map_or(text, |rest| rest.trim_start().trim_matches(['\'', '"']));
    let (name, rest) = text.split_once(':').or_else(|| text.split_once("=>"))?;
    let name = name.trim().trim_matches(['"', '\'']);
    let is_plain = name.len() > 3 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let is_name = name.contains(['-', '_']) || ["signature", "authorization"].contains(&&*name.to_ascii_lowercase());
    let rest = rest.trim().trim_matches(['"', '\'']);
    (is_plain && is_name && !rest.is_empty()).then(|| rest.to_string())
}

/// Whether a text is a whole header line.
pub(super) fn names_header(text: &str) -> bool {
    without_name(text).is_some()
}

fn without_space(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (bare != text && bare != text.trim()).then_some(bare)
}

fn without_written_breaks(text: &str) -> Option<String> {
    let bare = text.replace("\\r", "").replace("\\n", "").replace("%0D", "").replace("%0A", "");
    (bare != text).then_some(bare)
}

/// Mail programs break a line with `=` at its end, and write `=` as `=3D`.
fn from_quoted_printable(text: &str) -> Option<String> {
    let bare = text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=").replace("=2B", "+").replace("=2F", "/");
    (bare != text).then_some(bare)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = digits.and_then(|digits| hex::decode(digits).ok()) {
            out.extend(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(out).ok().filter(|out| out != text)
}

/// A form decoder turns `+` into a space.
fn with_plus(text: &str) -> Option<String> {
    let inner = text.trim_matches(['\r', '\n']);
    (inner.contains(' ')).then(|| inner.replace(' ', "+"))
}

/// Character references of the characters that base64, lists and quotes are made of.
const REFERENCES: [(&str, &str); 18] = [
    ("&#43;", "+"),
    ("&#x2b;", "+"),
    ("&plus;", "+"),
    ("&#47;", "/"),
    ("&#x2f;", "/"),
    ("&sol;", "/"),
    ("&#61;", "="),
    ("&#x3d;", "="),
    ("&equals;", "="),
    ("&#44;", ","),
    ("&#x2c;", ","),
    ("&comma;", ","),
    ("&#34;", "\""),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

fn from_html(text: &str) -> Option<String> {
    if !text.contains('&') {
        return None;
    }
    let lower = |text: &str| text.replace("&#x2B;", "+").replace("&#x2F;", "/").replace("&#x3D;", "=");
    let bare = REFERENCES.iter().fold(lower(text), |text, (reference, plain)| text.replace(reference, plain));
    (bare != text).then_some(bare)
}

fn from_json(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let literal = if text.starts_with('"') { text.to_string() } else { format!("\"{text}\"") };
    serde_json::from_str::<String>(&literal).ok().filter(|bare| bare != text)
}

fn without_backslashes(text: &str) -> Option<String> {
    text.contains('\\').then(|| text.replace('\\', ""))
}

/// `[12, 255, -3]` and `<Buffer 0c ff fd>` as hexadecimal digits.
fn from_numbers(text: &str) -> Option<String> {
    let inner = text.trim().trim_matches(['[', ']', '{', '}', '<', '>', '(', ')']);
    if let Some(rest) = inner.strip_prefix("Buffer ") {
        return Some(rest.split_whitespace().collect());
    }
    let numbers: Vec<&str> = inner.split([',', ' ']).map(str::trim).filter(|number| !number.is_empty()).collect();
    if numbers.len() < 16 || numbers.len() > BYTES {
        return None;
    }
    // Java and C# print bytes with and without a sign.
    let byte = |number: &&str| -> Option<u8> {
        number.parse::<u8>().ok().or_else(|| number.parse::<i8>().ok().map(i8::cast_unsigned))
    };
    numbers.iter().map(byte).collect::<Option<Vec<u8>>>().map(hex::encode)
}

/// Base64 of a whole header value, prefix and all.
fn from_base64(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let inner = String::from_utf8(bytes).ok()?;
    let is_value = inner.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && inner.contains(['=', ',']);
    is_value.then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::{MOST, readings, rejoined};
    use crate::catalog::List;

    /// Checks that a value can be read as another, with this change named.
    #[track_caller]
    fn check(value: &str, expected: &str, code: &str) {
        let found = readings(value);
        let reading = found.iter().find(|reading| reading.text == expected);
        let reading = reading.unwrap_or_else(|| panic!("{value:?} is not read as {expected:?}: {found:?}"));
        assert!(reading.writing.iter().any(|(known, _)| *known == code), "{value:?}: {reading:?}");
    }

    #[test]
    fn every_change_of_a_value_is_undone() {
        check(" a1b2 ", "a1b2", "digest-quoted");
        check("\"a1b2\"", "a1b2", "digest-quoted");
        check("[\"sha256=a1\"]", "sha256=a1", "digest-quoted");
        check("<a1b2>,", "a1b2", "digest-quoted");
        check("b'a1b2'", "a1b2", "digest-quoted");
        check("\u{feff}a1\u{200b}b2", "a1b2", "value-invisible");
        check("X-Hub-Signature-256: sha256=a1", "sha256=a1", "value-header-line");
        check("-H 'X-Signature: a1b2'", "a1b2", "value-header-line");
        check("\"X-Signature\": \"a1b2\"", "a1b2", "value-header-line");
        check("Signature: a1b2", "a1b2", "value-header-line");
        check("a1\n  b2", "a1b2", "value-line-break");
        check("a1b2\\n", "a1b2", "value-line-break");
        check("a1=\r\nb2=3D", "a1b2=", "value-line-break");
        check("a%2Bb%3D", "a+b=", "value-percent-encoded");
        check("a%252Bb", "a+b", "value-percent-encoded");
        check("a b c=", "a+b+c=", "value-plus-lost");
        check("a&#43;b&#x3D;", "a+b=", "value-escaped");
        check("a\\/b\\u003d", "a/b=", "value-escaped");
        check("\\\"a1b2\\\"", "a1b2", "value-escaped");
        check("c2hhMjU2PWFi", "sha256=ab", "digest-base64-of-hex");
        check(
            "[1, 2, -1, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",
            "0102ffff000102030405060708090a0b",
            "digest-separators",
        );
        check("<Buffer 0a ff 00>", "0aff00", "digest-separators");
    }

    #[test]
    fn readings_are_few_whatever_comes() {
        let wild = "\\\"%25 +&#43;\\n[1,2]\u{feff}".repeat(60);
        assert!(readings(&wild).len() <= MOST);
        assert_eq!(readings(&"a ".repeat(4000)).len(), 1, "a long value is read as it stands");
        assert_eq!(readings("a1b2").len(), 1);
    }

    #[test]
    fn items_of_a_list_are_joined_as_the_scheme_joins_them() {
        let list = |separator: &str, pair: &str| List {
            separator: separator.into(),
            pair: pair.into(),
            take: "v1".into(),
            ignore: Vec::new(),
        };
        assert_eq!(rejoined("t=1; v1=a", &list(",", "=")).as_deref(), Some("t=1,v1=a"));
        assert_eq!(rejoined("t=1&v1=a", &list(",", "=")).as_deref(), Some("t=1,v1=a"));
        assert_eq!(rejoined("v1,a\nv1,b", &list(" ", ",")).as_deref(), Some("v1,a v1,b"));
        assert_eq!(rejoined("t=1,v1=a", &list(",", "=")), None);
        assert_eq!(rejoined("alone", &list(",", "=")), None);
    }
}
