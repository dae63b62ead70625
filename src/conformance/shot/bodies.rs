//! Bodies that say the same in other bytes, or a little more.

use crate::catalog::{Event, Shape};
use crate::json::{self, Create, Document, Kind, Node, quote};
use crate::path::Path;

/// The field that a body gets where it has no room of its own for what is to be shown.
const PROBE: &str = "hookproof_check";
/// Letters beyond ASCII, of several scripts.
const LETTERS: &str = "Zo\u{eb} \u{141}ukasz \u{6771}\u{4eac}";
/// Beyond the first plane, and joined.
const EMOJI: &str = "\u{1f389} \u{1f469}\u{200d}\u{1f4bb}";

/// A body in another form.
pub(super) struct Altered {
    pub(super) text: String,
    /// Whether it has a field that the catalog does not know.
    pub(super) has_probe: bool,
}

/// Returns the text of a JSON body, which may be the user's own bytes. The error says what it is instead.
pub(super) fn json_text<'a>(event: &Event<'_>, body: &'a [u8]) -> Result<&'a str, String> {
    let text = std::str::from_utf8(body).ok().filter(|text| Document::parse(text).is_ok());
    let other =
        if event.shape() == Shape::Form { "its bodies are forms, not JSON" } else { "its body is not JSON itself" };
    text.ok_or_else(|| other.to_string())
}

/// The body of a case. The error says why there is none.
pub(super) fn alter(id: &str, event: &Event<'_>, text: &str) -> Result<Altered, String> {
    let same = |text: String| Ok(Altered { text, has_probe: false });
    match id {
        "whitespace" => same(pretty(text)?.replace('\n', " \n\t ") + "\n"),
        "crlf" => same(pretty(text)?.replace('\n', "\r\n") + "\r\n"),
        "escapes" => same(escaped(text)?),
        "utf8" => with_text(event, text, LETTERS),
        "emoji" => with_text(event, text, EMOJI),
        "extra-fields" => with_probe(text, r#"{"note":"a field that was not there before","list":[1,{"deep":true}]}"#),
        "numbers" => with_probe(text, r#"{"float":1.0,"exponent":1E2,"long":12345678901234567890,"small":-0.0}"#),
        "null" => with_null(event, text),
        "missing-fields" => same(without_optional(event, text)?),
        "size-20kb" => padded(text, 20_000),
        "size-150kb" => padded(text, 150_000),
        "size-1mb" => padded(text, 1_000_000),
        _ => same(text.to_string()),
    }
}

fn pretty(text: &str) -> Result<String, String> {
    json::pretty(text).map_err(|error| error.to_string())
}

fn with_probe(text: &str, value: &str) -> Result<Altered, String> {
    // Some send a list of events at once: the first of them has the room.
    let place = if text.trim_start().starts_with("[{") { format!("[0].{PROBE}") } else { PROBE.to_string() };
    let path = Path::parse(&place).map_err(|error| error.to_string())?;
    let text = json::set(text, &path, value, Create::Yes)
        .map_err(|_| "its body is no object, so it has no room for a field more".to_string())?;
    Ok(Altered { text, has_probe: true })
}

/// Null in every field that may be missing. No other field is known to take it.
fn with_null(event: &Event<'_>, text: &str) -> Result<Altered, String> {
    let mut out = text.to_string();
    for path in event.optional() {
        out = json::set(&out, path, "null", Create::No).unwrap_or(out);
    }
    if out == text {
        return Err("no field of its body is documented as one that may be null or missing".to_string());
    }
    Ok(Altered { text: out, has_probe: false })
}

/// Lists within each other, far deeper than any parser goes by recursion.
const DEPTH: usize = 10_000;

/// The body with a field more that is nested so deep.
pub(super) fn nested(body: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "its body is no text".to_string())?;
    let list = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    // What is put in is small: a parser of ours need not go that deep.
    let marked = with_probe(text, "\"hookproof_nested\"")?.text;
    Ok(marked.replace("\"hookproof_nested\"", &list).into_bytes())
}

/// The body with bytes in a text that are no UTF-8.
pub(super) fn broken(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let document = Document::parse(text).ok()?;
    let (node, _) = strings(&document).into_iter().find(|(_, value)| value.len() > 1)?;
    let at = document.span(node).end - 1;
    let mut broken = body.to_vec();
    broken.splice(at..at, [0xff, 0xfe]);
    Some(broken)
}

/// The body with so many bytes in all.
fn padded(text: &str, size: usize) -> Result<Altered, String> {
    let empty = with_probe(text, "\"\"")?.text.len();
    with_probe(text, &quote(&"x".repeat(size.saturating_sub(empty))))
}

/// A free text of the body with this at its end; a field more where it has none.
fn with_text(event: &Event<'_>, text: &str, addition: &str) -> Result<Altered, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let identities = &event.provider.description.identity;
    let is_free = |value: &str| {
        let words = value.split(' ').filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic()));
        words.count() > 1
    };
    let is_identity = |path: &Path| identities.values().any(|identity| identity.at.contains(path));
    let free = document.paths_within(json::Reach { depth: 32, key: 1_000 }).find(|(path, node)| {
        document.kind(*node) == Kind::String
            && document.scalar(*node).is_some_and(|value| is_free(&value))
            && !is_identity(path)
    });
    match free {
        None => with_probe(text, &quote(addition)),
        Some((_, node)) => {
            // Wherever else the same text stands it is a copy, and stays one.
            let value = document.scalar(node).unwrap_or_default();
            let literal = quote(&format!("{value} {addition}"));
            Ok(Altered { text: text.replace(document.text(node), &literal), has_probe: false })
        }
    }
}

/// The same values with what may be escaped in strings escaped.
fn escaped(text: &str) -> Result<String, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (node, _) in strings(&document) {
        let span = document.span(node);
        out.push_str(&text[done..span.start]);
        out.push_str(&escaped_literal(&text[span.clone()]));
        done = span.end;
    }
    out.push_str(&text[done..]);
    if out == text { Err("its body has no text that could be escaped".to_string()) } else { Ok(out) }
}

/// The values that are strings, with what each says.
fn strings(document: &Document<'_>) -> Vec<(Node, String)> {
    let reach = json::Reach { depth: 64, key: 10_000 };
    let nodes = document.paths_within(reach).map(|(_, node)| node);
    let mut all: Vec<(Node, String)> = nodes
        .filter(|node| document.kind(*node) == Kind::String)
        .filter_map(|node| Some((node, document.scalar(node)?)))
        .collect();
    all.sort_by_key(|(node, _)| document.span(*node).start);
    all
}

fn escaped_literal(literal: &str) -> String {
    let mut out = String::with_capacity(literal.len() * 2);
    let mut is_after_backslash = false;
    for (at, character) in literal.char_indices() {
        let is_first = at == 1;
        match character {
            _ if is_after_backslash => {
                out.push(character);
                is_after_backslash = false;
            }
            '\\' => {
                is_after_backslash = true;
                out.push(character);
            }
            '/' => out.push_str("\\/"),
            c if is_first && c.is_ascii_alphabetic() => out.push_str(&format!("\\u{:04x}", c as u32)),
            '<' | '>' | '&' => out.push_str(&format!("\\u{:04x}", character as u32)),
            c if !c.is_ascii() => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn without_optional(event: &Event<'_>, text: &str) -> Result<String, String> {
    let mut out = text.to_string();
    let mut paths: Vec<&Path> = event.optional().collect();
    // What stands inside another goes first, and items from the last on.
    paths.sort_by_key(|path| std::cmp::Reverse(path.to_string()));
    for path in paths {
        if let Ok(shorter) = json::remove(&out, path) {
            out = shorter;
        }
    }
    if out == text { Err("no field of its body is documented as one that may be missing".to_string()) } else { Ok(out) }
}

/// The body with one character changed, and still JSON where it was.
pub(super) fn tampered(body: &[u8]) -> Option<Vec<u8>> {
    let mut changed = body.to_vec();
    let text = std::str::from_utf8(body).ok();
    let document = text.and_then(|text| Document::parse(text).ok());
    let at = match (&document, text) {
        (Some(document), Some(text)) => {
            let inside = |(node, _): &(Node, String)| {
                let span = document.span(*node);
                let inner = span.start + 1..span.end.saturating_sub(1);
                let plain = !text[inner.clone()].contains('\\');
                let last = text.as_bytes()[inner.clone()].iter().rposition(u8::is_ascii_alphanumeric);
                last.filter(|_| plain).map(|last| inner.start + last)
            };
            strings(document).iter().rev().find_map(inside)?
        }
        _ => body.iter().rposition(u8::is_ascii_alphanumeric)?,
    };
    changed[at] = match changed[at] {
        b'9' => b'8',
        b'z' => b'y',
        b'Z' => b'Y',
        other => other + 1,
    };
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::{escaped, padded, tampered};

    #[test]
    fn escaped_bodies_say_the_same() {
        let text = r#"{"a":"x/y","b":["<p>","\n\u00e9","été"],"n":1.0}"#;
        let other = escaped(text).unwrap();
        assert_ne!(other, text);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&other), value(text));
        assert!(other.contains(r"\/") && other.contains(r"\u003c") && other.is_ascii(), "{other}");
    }

    #[test]
    fn a_tampered_body_is_another_of_the_same_length() {
        for body in [r#"{"a":"x","b":["zz9"],"c":true}"#, "a=b&c=d9", r#"{"a":"\n"}"#] {
            let other = tampered(body.as_bytes());
            let Some(other) = other else {
                assert_eq!(body, r#"{"a":"\n"}"#);
                continue;
            };
            assert_eq!(other.iter().zip(body.bytes()).filter(|(a, b)| **a != *b).count(), 1);
            let is_json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
            assert_eq!(is_json(&other), is_json(body.as_bytes()));
        }
    }

    #[test]
    fn padded_bodies_have_their_size_to_the_byte() {
        for size in [20_000, 150_000, 1_000_000] {
            assert_eq!(padded(r#"{"a":1}"#, size).unwrap().text.len(), size);
        }
        assert!(padded("[]", 20_000).is_err() && padded("1", 20_000).is_err());
    }
}
