//! A body that was cut, or that goes on where its announced length ends.
//!
//! Senders count characters where `Content-Length` counts bytes, so a receiver gets less than was signed; code that
//! reads as many bytes as a string has characters does the same.

use serde::de::IgnoredAny;

use super::facts::breaks_off;
use crate::message::Delivery;

/// One alteration: the code of its cause, what is special about it, and the bytes it gives.
type Alteration = (&'static str, String, Vec<u8>);

/// Brackets and quotes that a body which breaks off may lack.
const OPEN: usize = 64;

/// Returns the body with what stands behind it, and cut where its length was counted wrongly.
pub(super) fn alterations(body: &[u8], delivery: &Delivery, beyond: &[u8]) -> Vec<Alteration> {
    let mut found = Vec::new();
    if !beyond.is_empty() {
        let detail = format!("{} bytes more than its Content-Length says", beyond.len());
        let trimmed = beyond.trim_ascii_end();
        found.extend((trimmed != beyond).then(|| ("body-beyond-length", detail.clone(), [body, trimmed].concat())));
        found.push(("body-beyond-length", detail, [body, beyond].concat()));
    }
    let mut cut = |length: usize, detail: String| {
        if length > 0 && length < body.len() {
            found.push(("body-cut-short", detail, body[..length].to_vec()));
        }
    };
    if let Some(announced) = delivery.headers.text("content-length").and_then(|length| length.trim().parse().ok()) {
        cut(announced, format!("its first {announced} bytes, as Content-Length says"));
    }
    if let Ok(text) = std::str::from_utf8(body) {
        let (characters, units) = (text.chars().count(), text.encode_utf16().count());
        cut(characters, format!("after {characters} bytes, as many as it has characters"));
        cut(units, format!("after {units} bytes, as many as it has UTF-16 units"));
    }
    if breaks_off(delivery)
        && let Some(rest) = closing(body)
    {
        let whole = [body, rest.as_bytes()].concat();
        found.push(("body-beyond-length", format!("`{rest}`, which is missing at its end"), whole));
    }
    found
}

/// Returns the brackets and quotes that a JSON text lacks at its end.
fn closing(body: &[u8]) -> Option<String> {
    let mut open = Vec::new();
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => open.push('}'),
            b'[' if !in_string => open.push(']'),
            b'}' | b']' if !in_string => {
                open.pop();
            }
            _ => {}
        }
    }
    let rest: String = in_string.then_some('"').into_iter().chain(open.into_iter().rev()).collect();
    let whole = [body, rest.as_bytes()].concat();
    (rest.len() <= OPEN && serde_json::from_slice::<IgnoredAny>(&whole).is_ok()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{alterations, closing};
    use crate::message::{Delivery, Headers};

    #[track_caller]
    fn check(body: &str, length: Option<&str>, beyond: &str, code: &str, expected: &str) {
        let mut headers = Headers::default();
        if let Some(length) = length {
            headers.push("Content-Length", length);
        }
        let delivery = Delivery { method: "POST".into(), target: "/".into(), headers, body: body.into() };
        let found = alterations(body.as_bytes(), &delivery, beyond.as_bytes());
        let is_there = found.iter().any(|(known, _, bytes)| *known == code && bytes == expected.as_bytes());
        assert!(is_there, "{body:?}: {found:?}");
    }

    #[test]
    fn bodies_of_another_length_are_tried() {
        check("{\"a\":1", None, "}", "body-beyond-length", "{\"a\":1}");
        check("{\"a\":1", None, "}\n", "body-beyond-length", "{\"a\":1}");
        check("{\"a\":1", None, "}\n", "body-beyond-length", "{\"a\":1}\n");
        check("{\"a\":1}junk", Some("7"), "", "body-cut-short", "{\"a\":1}");
        check("{\"a\":\"éé\"}", None, "", "body-cut-short", "{\"a\":\"éé");
        check("\u{1f642}ab", None, "", "body-cut-short", "\u{1f642}");
        check("{\"a\":[\"é", None, "", "body-beyond-length", "{\"a\":[\"é\"]}");
    }

    #[test]
    fn a_body_of_the_right_length_is_left_alone() {
        let headers = Headers(Vec::new());
        let delivery = Delivery { method: "POST".into(), target: "/".into(), headers, body: b"{\"a\":1}".to_vec() };
        assert!(alterations(&delivery.body, &delivery, b"").is_empty());
        assert_eq!(closing(b"{\"a\\\"b\":[1,"), None, "a comma needs a value behind it");
        assert_eq!(closing(b"{\"a\\\"b\":[1").as_deref(), Some("]}"));
    }
}
