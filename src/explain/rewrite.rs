//! The body as other languages' JSON writers would write it again.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::json::{self, Document, Kind, Node, units};

/// How a writer writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) item: &'static str,
    pub(super) key: &'static str,
    pub(super) indent: Option<&'static str>,
    pub(super) strings: Strings,
    pub(super) numbers: Numbers,
    pub(super) order: Order,
    /// PHP reads an empty object into an empty array.
    pub(super) empty_object: &'static str,
    pub(super) middleware: Middleware,
}

/// What a framework does to strings before the code sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Middleware {
    Nothing,
    /// `TrimStrings` and `ConvertEmptyStringsToNull`, which are on by default.
    Laravel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strings {
    AsWritten,
    /// Escapes only what must be.
    Plain,
    /// Python: non-ASCII as `\u` escapes.
    Ascii,
    /// PHP: that, and `\/`.
    AsciiSlashes,
    /// PHP with `JSON_UNESCAPED_UNICODE`: `\/` alone.
    Slashes,
    /// Go and Rails: `<`, `>`, `&` and the two line separators.
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    AsWritten,
    /// Every number is a double, written as ECMAScript does.
    Double,
    /// Integers stay, others are doubles and show it: `1.0`, `100.0`.
    IntegerOrFloat,
    /// Ruby: the same, and a mantissa always has its point.
    Ruby,
    /// PHP: floats lose a fraction of zero.
    Php,
    /// PHP with `JSON_PRESERVE_ZERO_FRACTION`.
    PhpPreserved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    AsWritten,
    /// As a parser keeps it: of duplicates the last value at the first one's place.
    Parsed,
    /// That, and keys that are array indices first.
    JavaScript,
    Sorted,
}

/// What JSON.stringify writes.
pub(super) const JAVASCRIPT: Style = Style {
    item: ",",
    key: ":",
    indent: None,
    strings: Strings::Plain,
    numbers: Numbers::Double,
    order: Order::JavaScript,
    empty_object: "{}",
    middleware: Middleware::Nothing,
};

/// What Python's json.dumps writes.
pub(super) const PYTHON: Style = Style {
    item: ", ",
    key: ": ",
    strings: Strings::Ascii,
    numbers: Numbers::IntegerOrFloat,
    order: Order::Parsed,
    ..JAVASCRIPT
};

/// Deeper documents are left alone: every writer that is imitated here would refuse them too.
pub(super) const MAX_DEPTH: usize = 500;

/// Neither is a text made that is so much longer than the document: that is indentation and no body of anybody's.
pub(super) fn longest(length: usize) -> usize {
    (16 * length + (64 << 10)).min(2 * length + (64 << 20))
}

/// The document in a style; nothing where it is nested too deep, or grows too much.
pub(super) fn rewrite(document: &Document<'_>, style: &Style) -> Option<String> {
    let mut out = String::new();
    let most = longest(document.text(document.root()).len());
    write(document, document.root(), style, (0, most), &mut out)?;
    Some(out)
}

fn write(
    document: &Document<'_>,
    node: Node,
    style: &Style,
    (depth, most): (usize, usize),
    out: &mut String,
) -> Option<()> {
    if depth > MAX_DEPTH || out.len() > most {
        return None;
    }
    let text = document.text(node);
    match document.kind(node) {
        Kind::String if style.middleware == Middleware::Laravel => {
            let value = document.scalar(node).unwrap_or_default();
            match value.trim() {
                "" => out.push_str("null"),
                trimmed => write_string(&json::quote(trimmed), style.strings, out),
            }
        }
        Kind::String => write_string(text, style.strings, out),
        Kind::Number => out.push_str(&number(text, style.numbers)),
        Kind::Literal | Kind::End => out.push_str(text),
        Kind::Array => {
            let mut items = document.items(node).peekable();
            if items.peek().is_none() {
                out.push_str("[]");
                return Some(());
            }
            out.push('[');
            for (index, item) in items.enumerate() {
                separate(index, style, depth + 1, out);
                write(document, item, style, (depth + 1, most), out)?;
            }
            close(']', style, depth, out);
        }
        Kind::Object => {
            let members = members(document, node, style.order);
            if members.is_empty() {
                out.push_str(style.empty_object);
                return Some(());
            }
            out.push('{');
            for (index, (key, value)) in members.into_iter().enumerate() {
                separate(index, style, depth + 1, out);
                write_string(key, style.strings, out);
                out.push_str(style.key);
                write(document, value, style, (depth + 1, most), out)?;
            }
            close('}', style, depth, out);
        }
    }
    Some(())
}

fn separate(index: usize, style: &Style, depth: usize, out: &mut String) {
    if index > 0 {
        out.push_str(if style.indent.is_some() { "," } else { style.item });
    }
    break_line(style, depth, out);
}

fn close(bracket: char, style: &Style, depth: usize, out: &mut String) {
    break_line(style, depth, out);
    out.push(bracket);
}

fn break_line(style: &Style, depth: usize, out: &mut String) {
    if let Some(indent) = style.indent {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str(indent));
    }
}

/// The members as keys' literals and values, in a writer's order.
fn members<'a>(document: &Document<'a>, node: Node, order: Order) -> Vec<(&'a str, Node)> {
    let all = document.members(node);
    if order == Order::AsWritten {
        return all.map(|member| (document.key_text(member), member.value)).collect();
    }
    let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
    let mut kept: Vec<(Cow<'a, str>, &str, Node)> = Vec::new();
    for member in all {
        let (key, text) = (document.key(member), document.key_text(member));
        if let Some(&place) = places.get(&key) {
            kept[place].2 = member.value;
        } else {
            places.insert(key.clone(), kept.len());
            kept.push((key, text, member.value));
        }
    }
    match order {
        Order::Sorted => kept.sort_by(|a, b| a.0.cmp(&b.0)),
        Order::JavaScript => kept.sort_by_key(|(key, ..)| array_index(key).map_or((1, 0), |index| (0, index))),
        Order::AsWritten | Order::Parsed => {}
    }
    kept.into_iter().map(|(_, text, value)| (text, value)).collect()
}

/// JavaScript puts keys that are array indices first, in their numeric order.
fn array_index(key: &str) -> Option<u32> {
    let index: u32 = key.parse().ok()?;
    (index.to_string() == key && index < u32::MAX).then_some(index)
}

fn write_string(literal: &str, strings: Strings, out: &mut String) {
    if stays(literal, strings) {
        return out.push_str(literal);
    }
    out.push('"');
    for unit in units(literal) {
        write_unit(unit, strings, out);
    }
    out.push('"');
}

/// Whether a literal is certain to be written as it stands. Most are, and a body may have millions.
fn stays(literal: &str, strings: Strings) -> bool {
    let has = |bytes: &[u8]| literal.bytes().any(|byte| bytes.contains(&byte));
    match strings {
        Strings::AsWritten => true,
        Strings::Plain => !has(b"\\"),
        Strings::Ascii => literal.is_ascii() && !has(b"\\\x7f"),
        Strings::Slashes => !has(b"\\/"),
        Strings::AsciiSlashes => literal.is_ascii() && !has(b"\\/"),
        Strings::Html => literal.is_ascii() && !has(b"\\<>&"),
    }
}

fn write_unit(unit: u32, strings: Strings, out: &mut String) {
    let Some(character) = char::from_u32(unit) else { return out.push_str(&format!("\\u{unit:04x}")) };
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '/' if matches!(strings, Strings::AsciiSlashes | Strings::Slashes) => out.push_str("\\/"),
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if strings == Strings::Html => escape(character, out),
        '\0'..' ' => escape(character, out),
        '\u{7f}' if strings == Strings::Ascii => escape(character, out),
        _ if !character.is_ascii() && matches!(strings, Strings::Ascii | Strings::AsciiSlashes) => {
            escape(character, out);
        }
        _ => out.push(character),
    }
}

/// `\u00e9`, or two of them for characters beyond the first plane.
pub(super) fn escape(character: char, out: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.push_str("\\u");
        out.extend([12, 8, 4, 0].map(|shift| char::from(b"0123456789abcdef"[usize::from(*unit >> shift & 15)])));
    }
}

pub(super) fn number(text: &str, numbers: Numbers) -> Cow<'_, str> {
    let is_integer = || !text.contains(['.', 'e', 'E']);
    // Fifteen digits are exact in a double.
    let is_exact = || text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    match numbers {
        Numbers::AsWritten => text.into(),
        // Minus nothing is nothing, as an integer.
        Numbers::IntegerOrFloat | Numbers::Ruby | Numbers::Php | Numbers::PhpPreserved if text == "-0" => "0".into(),
        Numbers::Php | Numbers::PhpPreserved if is_integer() && text.parse::<i64>().is_ok() => text.into(),
        Numbers::Php => php_float(text, "").into(),
        Numbers::PhpPreserved => php_float(text, ".0").into(),
        Numbers::IntegerOrFloat | Numbers::Ruby if is_integer() => text.into(),
        Numbers::IntegerOrFloat => float(text).into(),
        Numbers::Ruby => pointed(&float(text)).into(),
        Numbers::Double if is_exact() => text.into(),
        // A double that is too large for one is written as null.
        Numbers::Double => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => ryu_js::Buffer::new().format(value).to_string().into(),
            _ => "null".into(),
        },
    }
}

/// `1e+16` with its point: `1.0e+16`.
fn pointed(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0e{exponent}"),
        _ => text.to_string(),
    }
}

/// A float as PHP's `json_encode` writes it, measured with PHP 8.2. `whole` ends one without a fraction.
fn php_float(text: &str, whole: &str) -> String {
    let Ok(value) = text.parse::<f64>() else { return text.to_string() };
    if value == 0.0 || (1e-4..1e17).contains(&value.abs()) {
        let digits = value.to_string();
        return if digits.contains('.') { digits } else { digits + whole };
    }
    let shortest = format!("{value:e}");
    pointed(&shortest.replace("e-", "e~").replace('e', "e+").replace("e+~", "e-"))
}

/// A float as Python's repr writes it: shortest digits, an exponent from 1e16 on and below 1e-4.
fn float(text: &str) -> String {
    let Ok(value) = text.parse::<f64>() else { return text.to_string() };
    if !value.is_finite() {
        return if value > 0.0 { "Infinity".to_string() } else { "-Infinity".to_string() };
    }
    if value == 0.0 || (1e-4..1e16).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let shortest = format!("{value:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |rest| ("-", rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::{JAVASCRIPT, PYTHON, Style, rewrite};
    use crate::json::Document;

    /// A body of 250 KB that is deep and wide became 250 MB, eight times over.
    #[test]
    fn indentation_is_bounded() {
        let tabs = Style { indent: Some("\t"), ..JAVASCRIPT };
        let wide = format!("{}{}0{}", "[".repeat(490), "0,".repeat(100_000), "]".repeat(490));
        assert_eq!(rewrite(&Document::parse(&wide).unwrap(), &tabs), None);
        assert!(rewrite(&Document::parse(&wide).unwrap(), &JAVASCRIPT).is_some());
    }

    #[track_caller]
    fn check(style: &Style, text: &str, expected: &str) {
        assert_eq!(rewrite(&Document::parse(text).unwrap(), style).unwrap(), expected);
    }

    /// Made with Node 20: JSON.stringify(JSON.parse(text)).
    #[test]
    fn javascript_writes_as_node_does() {
        check(&JAVASCRIPT, r#"{"b":1.0,"2":"\/","1":1E2,"b":0.10}"#, r#"{"1":100,"2":"/","b":0.1}"#);
        check(&JAVASCRIPT, "[12345678901234567890,1e21,1e-7,-0,1e400]", "[12345678901234567000,1e+21,1e-7,0,null]");
        check(
            &JAVASCRIPT,
            r#"["\u00e9\ud83c\udf89","\ud800","\u001f\u007f\u2028"]"#,
            "[\"é🎉\",\"\\ud800\",\"\\u001f\u{7f}\u{2028}\"]",
        );
    }

    /// Made with Python 3.11: json.dumps(json.loads(text)).
    #[test]
    fn python_writes_as_python_does() {
        check(&PYTHON, r#"{"b":1.0,"2":"\/é🎉","b":1E2}"#, r#"{"b": 100.0, "2": "/\u00e9\ud83c\udf89"}"#);
        check(
            &PYTHON,
            "[1e16,1e-5,123456789012345678901234567890,0.1,1.5e300]",
            "[1e+16, 1e-05, 123456789012345678901234567890, 0.1, 1.5e+300]",
        );
    }
}
