//! The body as it may have been altered between signing and verifying.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::forms::{self, percent_decoded};
use super::rewrite::{JAVASCRIPT, Middleware, Numbers, Order, PYTHON, Strings, Style, escape, rewrite};
use super::{charsets, multipart, printed, zipped};
use crate::json::{self, Document};

/// One alteration: the code of its cause, what is special about it, and the bytes it gives.
pub(super) type Alteration = (&'static str, &'static str, Vec<u8>);

/// Of a longer body only the likeliest rewritings are made: each costs as much as reading it.
const LONG: usize = 2 << 20;
const LIKELIEST: usize = 4;
/// And of one that is longer than this all but the rarest.
const MEDIUM: usize = 256 << 10;
const MANY: usize = 26;

/// As Go's json.Marshal writes a map.
const GO: Style = Style { strings: Strings::Html, order: Order::Sorted, ..JAVASCRIPT };
/// As PHP's `json_encode` writes what `json_decode` gave.
const PHP: Style = Style { strings: Strings::AsciiSlashes, numbers: Numbers::Php, order: Order::Parsed, ..JAVASCRIPT };

/// Takes each alteration as it is made, so that never all of them are held at once.
pub(super) type Add<'a> = &'a mut dyn FnMut(&'static str, &'static str, Vec<u8>);

/// Alterations of the body as a whole, the likelier first. Says whether none was left out.
pub(super) fn shapes(body: &[u8], add: Add<'_>) -> bool {
    let limit = if body.len() <= MEDIUM {
        usize::MAX
    } else if body.len() <= LONG {
        MANY
    } else {
        LIKELIEST
    };
    if let Ok(text) = std::str::from_utf8(body) {
        // A byte order mark is no part of the JSON behind it.
        if let Ok(document) = Document::parse(text.trim_start_matches('\u{feff}')) {
            rewritten(&document, limit, add);
            if limit == usize::MAX {
                printed::values(&document, add);
            }
        }
        textual(text, add);
        if limit == usize::MAX {
            forms::of_form(text, add);
            multipart::of_multipart(text, add);
            quoted(text, add);
        }
        charsets::of_text(text, add);
    }
    bytewise(body, add);
    if limit == usize::MAX {
        printed::bytes(body, add);
        zipped::zipped(body, add);
    }
    limit == usize::MAX
}

/// Returns the body as common receivers write it again after parsing it, each with the code of its cause, the likelier
/// first. There is none where it is not JSON.
pub(crate) fn rewritings(body: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let Some(document) = std::str::from_utf8(body).ok().and_then(|text| Document::parse(text).ok()) else {
        return Vec::new();
    };
    let styles = [
        ("body-json-stringify", JAVASCRIPT),
        ("body-python-dumps", PYTHON),
        ("body-php-json-encode", PHP),
        ("body-go-marshal", GO),
    ];
    let written = |(code, style)| rewrite(&document, &style).map(|text| (code, text.into_bytes()));
    styles.into_iter().filter_map(written).collect()
}

fn rewritten(document: &Document<'_>, limit: usize, add: Add<'_>) {
    let literal =
        Style { strings: Strings::AsWritten, numbers: Numbers::AsWritten, order: Order::AsWritten, ..JAVASCRIPT };
    let (go, php) = (GO, PHP);
    let ruby = Style { strings: Strings::Plain, numbers: Numbers::Ruby, ..php };
    let indented = |style: Style, indent| Style { indent: Some(indent), key: ": ", ..style };
    let styles = [
        ("body-json-stringify", "", JAVASCRIPT),
        ("body-compact", "", literal),
        ("body-pretty", "two spaces", indented(literal, "  ")),
        ("body-pretty", "two spaces, as JSON.stringify(value, null, 2) does", indented(JAVASCRIPT, "  ")),
        ("body-pretty", "four spaces", indented(literal, "    ")),
        ("body-pretty", "four spaces, as JSON.stringify(value, null, 4) does", indented(JAVASCRIPT, "    ")),
        ("body-pretty", "tabs", indented(literal, "\t")),
        ("body-pretty", "tabs, as JSON.stringify(value, null, '\\t') does", indented(JAVASCRIPT, "\t")),
        ("body-python-dumps", "", PYTHON),
        ("body-python-dumps", "separators without spaces", Style { item: ",", key: ":", ..PYTHON }),
        ("body-python-dumps", "ensure_ascii=False", Style { strings: Strings::Plain, ..PYTHON }),
        (
            "body-python-dumps",
            "ensure_ascii=False, separators without spaces",
            Style { item: ",", key: ":", strings: Strings::Plain, ..PYTHON },
        ),
        ("body-python-dumps", "sort_keys=True", Style { order: Order::Sorted, ..PYTHON }),
        ("body-python-dumps", "indent=2", indented(PYTHON, "  ")),
        ("body-python-dumps", "indent=4", indented(PYTHON, "    ")),
        ("body-keys-sorted", "", Style { order: Order::Sorted, ..literal }),
        ("body-keys-sorted", "and written as JSON.stringify does", Style { order: Order::Sorted, ..JAVASCRIPT }),
        ("body-go-marshal", "", go),
        ("body-go-marshal", "without HTML escapes", Style { strings: Strings::Plain, ..go }),
        ("body-php-json-encode", "", php),
        ("body-php-json-encode", "objects read as arrays", Style { empty_object: "[]", ..php }),
        ("body-php-json-encode", "JSON_UNESCAPED_SLASHES", Style { strings: Strings::Ascii, ..php }),
        ("body-ruby-json", "", ruby),
        ("body-ruby-json", "Rails to_json", Style { strings: Strings::Html, ..ruby }),
        ("body-numbers", "as JavaScript does", Style { numbers: Numbers::Double, ..literal }),
        ("body-numbers", "as Python does", Style { numbers: Numbers::IntegerOrFloat, ..literal }),
        // From here on only for shorter bodies: see MANY.
        ("body-php-json-encode", "JSON_UNESCAPED_UNICODE", Style { strings: Strings::Slashes, ..php }),
        (
            "body-php-json-encode",
            "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE",
            Style { strings: Strings::Plain, ..php },
        ),
        ("body-php-json-encode", "JSON_PRETTY_PRINT", indented(php, "    ")),
        (
            "body-php-json-encode",
            "JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES",
            indented(Style { strings: Strings::Ascii, ..php }, "    "),
        ),
        (
            "body-php-json-encode",
            "JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE",
            indented(Style { strings: Strings::Plain, ..php }, "    "),
        ),
        ("body-php-json-encode", "JSON_PRESERVE_ZERO_FRACTION", Style { numbers: Numbers::PhpPreserved, ..php }),
        (
            "body-php-json-encode",
            "after Laravel trimmed the strings and turned empty ones into null",
            Style { middleware: Middleware::Laravel, ..php },
        ),
        (
            "body-php-json-encode",
            "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE, after Laravel trimmed the strings and turned empty ones \
             into null",
            Style { middleware: Middleware::Laravel, strings: Strings::Plain, ..php },
        ),
        (
            "body-php-json-encode",
            "JSON_UNESCAPED_SLASHES, objects read as arrays",
            Style { strings: Strings::Ascii, empty_object: "[]", ..php },
        ),
        (
            "body-php-json-encode",
            "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE, objects read as arrays",
            Style { strings: Strings::Plain, empty_object: "[]", ..php },
        ),
        (
            "body-python-dumps",
            "sort_keys=True, separators without spaces",
            Style { item: ",", key: ":", order: Order::Sorted, ..PYTHON },
        ),
        (
            "body-python-dumps",
            "sort_keys=True, ensure_ascii=False",
            Style { strings: Strings::Plain, order: Order::Sorted, ..PYTHON },
        ),
        (
            "body-python-dumps",
            "sort_keys=True, ensure_ascii=False, separators without spaces",
            Style { item: ",", key: ":", strings: Strings::Plain, order: Order::Sorted, ..PYTHON },
        ),
        ("body-python-dumps", "sort_keys=True, indent=2", indented(Style { order: Order::Sorted, ..PYTHON }, "  ")),
        ("body-python-dumps", "sort_keys=True, indent=4", indented(Style { order: Order::Sorted, ..PYTHON }, "    ")),
        ("body-keys-sorted", "and indented", indented(Style { order: Order::Sorted, ..literal }, "  ")),
    ];
    for (code, detail, style) in styles.into_iter().take(limit) {
        if let Some(text) = rewrite(document, &style) {
            add(code, detail, text.into_bytes());
        }
    }
}

fn textual(text: &str, sink: Add<'_>) {
    let mut add = |code, detail, text: String| sink(code, detail, text.into_bytes());
    add("body-slashes-escaped", "", text.replace("\\/", "/").replace('/', "\\/"));
    add("body-slashes-unescaped", "", text.replace("\\/", "/"));
    add("body-unicode-escaped", "", escaped(text, |c| !c.is_ascii(), false));
    add("body-unicode-escaped", "digits in upper case", escaped(text, |c| !c.is_ascii(), true));
    add("body-unicode-unescaped", "", unescaped(text, |c| !c.is_ascii()));
    // Control characters too; a quote or a backslash would end the string or begin an escape.
    let is_inside = |c: char| !matches!(c, '"' | '\\');
    add("body-unicode-unescaped", "control characters too", unescaped(text, is_inside));
    add("body-html-escaped", "", escaped(text, |c| matches!(c, '<' | '>' | '&'), false));
    add("body-html-escaped", "digits in upper case", escaped(text, |c| matches!(c, '<' | '>' | '&'), true));
    add("body-html-unescaped", "", unescaped(text, |c| matches!(c, '<' | '>' | '&')));
    add("body-crlf", "", text.replace("\r\n", "\n").replace('\n', "\r\n"));
    add("body-lf", "", text.replace("\r\n", "\n"));
    add("body-newlines-lost", "", text.replace(['\r', '\n'], ""));
    add("body-double-encoded", "", crate::json::quote(text));
    add("body-form", "", {
        let mut form = "payload=".to_string();
        forms::encode(text, forms::WHATWG, &mut form);
        form
    });
    if let Some(inner) = payload_field(text) {
        sink("body-form-decoded", "", inner);
    }
}

/// The body as sanitizers and string functions quote it, and the reverse.
fn quoted(text: &str, sink: Add<'_>) {
    let mut add = |code, detail, text: String| sink(code, detail, text.into_bytes());
    add("body-slashes-added", "", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'"));
    if text.contains('\\') {
        add("body-slashes-stripped", "", stripped(text));
    }
    let entities = |apostrophe: &str, slash: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        text.replace('\'', apostrophe).replace('/', slash)
    };
    add("body-entities", "as PHP's htmlspecialchars writes them", entities("&#039;", "/"));
    add("body-entities", "with &#39;", entities("&#39;", "/"));
    add("body-entities", "with &#x27;", entities("&#x27;", "/"));
    add("body-entities", "as validator.js writes them", entities("&#x27;", "&#x2F;"));
    add("body-entities-resolved", "", super::key_texts::without_entities(text));
    if text.trim_start().starts_with('"') && Document::parse(text).is_ok() {
        let inner = json::units(text.trim()).map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        add("body-double-decoded", "", inner.collect());
    }
}

/// As PHP's stripslashes does.
fn stripped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

fn bytewise(body: &[u8], add: Add<'_>) {
    add("body-empty", "", Vec::new());
    for placeholder in [
        "{}",
        "null",
        "undefined",
        "[object Object]",
        "\"\"",
        "[]",
        "None",
        "nil",
        "Array",
        "[object Promise]",
        "[object ReadableStream]",
    ] {
        add("body-placeholder", placeholder, placeholder.as_bytes().to_vec());
    }
    if std::str::from_utf8(body).is_err() {
        add(
            "body-non-ascii-replaced",
            "bytes that are not UTF-8, by U+FFFD",
            String::from_utf8_lossy(body).into_owned().into_bytes(),
        );
    }
    add("body-base64", "", STANDARD.encode(body).into_bytes());
    if let Ok(bytes) = STANDARD.decode(body.trim_ascii()) {
        zipped::unzipped(&bytes, &mut |code, _, bytes| add(code, "from base64 of compressed bytes", bytes));
        add("body-base64-decoded", "", bytes);
    }
    zipped::unzipped(body, add);
    if let Some((text, order)) = charsets::from_utf16(body) {
        add("body-utf16-decoded", order, text.into_bytes());
    }
}

/// Alterations of the ends, which go together with those of the whole.
pub(super) fn ends(body: &[u8]) -> Vec<Alteration> {
    let mut found: Vec<Alteration> = vec![
        ("body-newline-added", "LF", [body, b"\n"].concat()),
        ("body-newline-added", "CR LF", [body, b"\r\n"].concat()),
    ];
    if let Some(rest) = body.strip_suffix(b"\n") {
        found.push(("body-newline-lost", "", rest.strip_suffix(b"\r").unwrap_or(rest).to_vec()));
    }
    if let Some(rest) = body.strip_suffix(b"\r\n") {
        found.push(("body-newline-lost", "CR LF became LF", [rest, b"\n"].concat()));
        found.push(("body-newline-lost", "CR LF became CR", [rest, b"\r"].concat()));
    }
    found.push(("body-trimmed", "", body.trim_ascii().to_vec()));
    found.push(("body-trimmed", "at the end", body.trim_ascii_end().to_vec()));
    match body.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => found.push(("body-bom-lost", "", rest.to_vec())),
        None => found.push(("body-bom-added", "", [b"\xef\xbb\xbf", body].concat())),
    }
    found
}

fn escaped(text: &str, wanted: impl Fn(char) -> bool, upper: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !wanted(character) {
            out.push(character);
        } else if upper {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            escape(character, &mut out);
        }
    }
    out
}

/// The text with those `\u` escapes resolved that stand for wanted characters.
fn unescaped(text: &str, wanted: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = unescape_one(rest);
        match character.filter(|character| wanted(*character)) {
            Some(character) => out.push(character),
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out + rest
}

/// The character that an escape at the start of a text stands for, and the escape's length.
fn unescape_one(text: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    match (unit(0), unit(6)) {
        (None, _) => (None, 1 + text[1..].chars().next().map_or(0, char::len_utf8)),
        (Some(high @ 0xd800..0xdc00), Some(low)) => (char::decode_utf16([high, low]).next().and_then(Result::ok), 12),
        (Some(unit), _) => (char::from_u32(u32::from(unit)), 6),
    }
}

/// The decoded value of a form's `payload` field.
fn payload_field(text: &str) -> Option<Vec<u8>> {
    let value = text.split('&').find_map(|field| field.strip_prefix("payload="))?;
    Some(percent_decoded(value.replace('+', " ").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{ends, payload_field, shapes, unescaped};

    #[test]
    fn escapes_are_resolved_where_wanted() {
        let text = r#"{"a":"\u00e9\ud83c\udf89\u003c\\u00e9\ud800x\u12"}"#;
        assert_eq!(unescaped(text, |c| !c.is_ascii()), r#"{"a":"é🎉\u003c\\u00e9\ud800x\u12"}"#);
    }

    #[test]
    fn forms_are_decoded() {
        assert_eq!(payload_field("a=b&payload=%7B%22a%22%3A+1%7D%").as_deref(), Some(&b"{\"a\": 1}%"[..]));
    }

    #[test]
    fn odd_bodies_are_no_panic() {
        for body in [
            &b""[..],
            b"\xff",
            b"\\",
            b"\\u",
            "\\é".as_bytes(),
            b"%",
            b"payload=%",
            b"\x1f\x8b",
            b"\"\\ud800\"",
            b"\r\n",
        ] {
            let mut made = 0;
            shapes(body, &mut |_, _, _| made += 1);
            assert!(made > 0 && !ends(body).is_empty());
        }
    }
}
