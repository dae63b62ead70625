//! A body as languages print it: bytes, lists of numbers, and parsed values.

use super::bodies::Add;
use super::rewrite::{MAX_DEPTH, Numbers, longest, number};
use crate::json::{Document, Kind, Node, units};

/// Numbers take up to five characters a byte, so longer bodies are not printed as such.
const LONGEST_LIST: usize = 64 << 10;
/// Node prints this many bytes of a buffer.
const SHOWN: usize = 50;

/// The language whose printing of a parsed value is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Printer {
    /// `{'a': True}`
    Python,
    /// `{"a"=>true}`
    Ruby,
    /// `{"a" => true}`, since Ruby 3.4
    NewRuby,
    /// `{a=true}`
    Java,
    /// `map[a:true]`
    Go,
}

/// Adds the body as its bytes are printed.
pub(super) fn bytes(body: &[u8], add: Add<'_>) {
    if body.len() > LONGEST_LIST {
        return;
    }
    add("body-python-bytes", "", python_bytes(body));
    let joined = |by: &str| body.iter().map(u8::to_string).collect::<Vec<_>>().join(by);
    add(
        "body-buffer",
        "JSON.stringify of a Buffer",
        format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", joined(",")).into(),
    );
    let numbered: Vec<String> = body.iter().enumerate().map(|(at, byte)| format!("\"{at}\":{byte}")).collect();
    add("body-buffer", "JSON.stringify of a Uint8Array", format!("{{{}}}", numbered.join(",")).into());
    add("body-buffer", "a Uint8Array as text", joined(",").into());
    add("body-buffer", "a list of numbers as JSON", format!("[{}]", joined(",")).into());
    add("body-buffer", "a list of numbers, as Python, Ruby and Rust print it", format!("[{}]", joined(", ")).into());
    add("body-buffer", "a list of numbers, as Go prints it", format!("[{}]", joined(" ")).into());
    // Java's bytes have a sign.
    let signed: Vec<String> = body.iter().map(|byte| i8::from_ne_bytes([*byte]).to_string()).collect();
    add("body-buffer", "Java's Arrays.toString", format!("[{}]", signed.join(", ")).into());
    let digits: Vec<String> = body.iter().take(SHOWN).map(|byte| format!(" {byte:02x}")).collect();
    let more = match body.len().saturating_sub(SHOWN) {
        0 => String::new(),
        1 => " ... 1 more byte".to_string(),
        more => format!(" ... {more} more bytes"),
    };
    add("body-buffer", "a Buffer as Node prints it", format!("<Buffer{}{more}>", digits.concat()).into());
    add("body-hex", "", hex::encode(body).into());
    add("body-hex", "digits in upper case", hex::encode_upper(body).into());
}

/// `repr` of bytes.
fn python_bytes(body: &[u8]) -> Vec<u8> {
    let quote = if body.contains(&b'\'') && !body.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = vec![b'b', quote];
    for &byte in body {
        match byte {
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            b'\\' => out.extend(b"\\\\"),
            b' '..=b'~' if byte == quote => out.extend([b'\\', quote]),
            b' '..=b'~' => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    out.push(quote);
    out
}

/// Adds the parsed body as languages print it.
pub(super) fn values(document: &Document<'_>, add: Add<'_>) {
    if !matches!(document.kind(document.root()), Kind::Object | Kind::Array) {
        return;
    }
    for (detail, printer) in [
        ("as Python's str prints it", Printer::Python),
        ("as Ruby's to_s prints it", Printer::Ruby),
        ("as Ruby's to_s prints it since 3.4", Printer::NewRuby),
        ("as Java's toString prints a map", Printer::Java),
    ] {
        if let Some(text) = print(document, printer) {
            add("body-printed", detail, text.into_bytes());
        }
    }
}

/// Prints a document; nothing where it is nested too deep, or grows too much.
pub(super) fn print(document: &Document<'_>, printer: Printer) -> Option<String> {
    let mut out = String::new();
    let most = longest(document.text(document.root()).len());
    write(document, document.root(), printer, (0, most), &mut out)?;
    Some(out)
}

fn write(
    document: &Document<'_>,
    node: Node,
    printer: Printer,
    (depth, most): (usize, usize),
    out: &mut String,
) -> Option<()> {
    if depth > MAX_DEPTH || out.len() > most {
        return None;
    }
    let text = document.text(node);
    let (item, key, open, end) = match printer {
        Printer::Python => (", ", ": ", "{", "}"),
        Printer::Ruby => (", ", "=>", "{", "}"),
        Printer::NewRuby => (", ", " => ", "{", "}"),
        Printer::Java => (", ", "=", "{", "}"),
        Printer::Go => (" ", ":", "map[", "]"),
    };
    match document.kind(node) {
        Kind::String => string(text, printer, out),
        Kind::Number => out.push_str(&number(text, Numbers::IntegerOrFloat)),
        Kind::Literal | Kind::End => out.push_str(literal(text, printer)),
        Kind::Array => {
            out.push('[');
            for (index, value) in document.items(node).enumerate() {
                out.push_str(if index > 0 { item } else { "" });
                write(document, value, printer, (depth + 1, most), out)?;
            }
            out.push(']');
        }
        Kind::Object => {
            out.push_str(open);
            let mut members: Vec<(&str, Node)> =
                document.members(node).map(|member| (document.key_text(member), member.value)).collect();
            if printer == Printer::Go {
                members.sort_by_key(|(key, _)| *key);
            }
            for (index, (name, value)) in members.into_iter().enumerate() {
                out.push_str(if index > 0 { item } else { "" });
                string(name, printer, out);
                out.push_str(key);
                write(document, value, printer, (depth + 1, most), out)?;
            }
            out.push_str(end);
        }
    }
    Some(())
}

fn literal(text: &str, printer: Printer) -> &str {
    match (printer, text) {
        (Printer::Python, "true") => "True",
        (Printer::Python, "false") => "False",
        (Printer::Python, "null") => "None",
        (Printer::Ruby | Printer::NewRuby, "null") => "nil",
        (Printer::Go, "null") => "<nil>",
        _ => text,
    }
}

/// A string in quotes, or bare where the language prints it so.
fn string(literal: &str, printer: Printer, out: &mut String) {
    let text: String = char::decode_utf16(units(literal).flat_map(as_utf16))
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    let quote = match printer {
        Printer::Java | Printer::Go => return out.push_str(&text),
        Printer::Python if !text.contains('\'') || text.contains('"') => '\'',
        _ => '"',
    };
    out.push(quote);
    let is_ruby = matches!(printer, Printer::Ruby | Printer::NewRuby);
    for (at, character) in text.char_indices() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{1b}' if is_ruby => out.push_str("\\e"),
            '\\' => out.push_str("\\\\"),
            // Ruby escapes what would be interpolated.
            '#' if is_ruby && text[at + 1..].starts_with(['{', '$', '@']) => out.push_str("\\#"),
            _ if character == quote => out.extend(['\\', quote]),
            '\u{7f}' if is_ruby => out.push_str("\\x7F"),
            '\0'..' ' if is_ruby => out.push_str(&format!("\\u{:04X}", u32::from(character))),
            '\0'..' ' | '\u{7f}'..'\u{a0}' => out.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out.push(quote);
}

/// A unit of a literal is a character or half of one.
fn as_utf16(unit: u32) -> Vec<u16> {
    match char::from_u32(unit) {
        Some(character) => character.encode_utf16(&mut [0; 2]).to_vec(),
        None => u16::try_from(unit).into_iter().collect(),
    }
}
