//! The beginning of a message's body as text, for the reports that are written to a file.

use crate::json;
use crate::words;

/// The beginning of a body, and what was left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// JSON indented, other text as it came, bytes that are no text as `\xff`.
    pub(super) text: String,
    /// How much more there is, where there is more: "1.0 MB", or characters of what is laid out.
    pub(super) rest: Option<String>,
}

/// At most so many characters of a body, of which `length` bytes were there and these came this far.
pub(super) fn excerpt(body: &[u8], length: usize, limit: usize) -> Excerpt {
    let is_cut = length > body.len();
    let text = match std::str::from_utf8(body) {
        Ok(text) => json::pretty(text).unwrap_or_else(|_| text.to_string()),
        Err(_) => spelled(body, is_cut),
    };
    let (head, more) = words::cut(&text, limit);
    let rest = match (length.saturating_sub(body.len()), more) {
        (0, 0) => None,
        // What is laid out is longer than what came, so characters can't be told from bytes.
        (0, more) => Some(words::count(more, "character", "characters")),
        (unseen, _) => Some(words::size(unseen)),
    };
    Excerpt { text: head.to_string(), rest }
}

/// Text with the bytes that belong to no character spelled out. Where a body is cut, the part of a character at its
/// end is left out.
fn spelled(body: &[u8], is_cut: bool) -> String {
    let mut out = String::with_capacity(body.len());
    let mut chunks = body.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        out.push_str(chunk.valid());
        if is_cut && chunks.peek().is_none() {
            break;
        }
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    fn check(body: &[u8], length: usize, text: &str, rest: Option<&str>) {
        let excerpt = excerpt(body, length, 20);
        assert_eq!((excerpt.text.as_str(), excerpt.rest.as_deref()), (text, rest), "{body:?}");
    }

    #[test]
    fn the_beginning_of_any_body_is_text() {
        check(b"", 0, "", None);
        check(br#"{"a":1E2}"#, 9, "{\n  \"a\": 1E2\n}", None);
        check(b"{\"a\":", 5, "{\"a\":", None);
        check(b"a\xff\xc3b\xc3", 5, "a\\xff\\xc3b\\xc3", None);
        check(b"a\xff\xc3", 2_000_000, "a\\xff", Some("1.9 MB"));
        check("12345678901234567890äb".as_bytes(), 23, "12345678901234567890", Some("2 characters"));
        check("ab\u{e4}".split_at(2).0.as_bytes(), 4, "ab", Some("2 B"));
    }
}
