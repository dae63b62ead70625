//! Redaction: no spelling of a secret remains in a text, and other text stays. Fields: secret, before, after.

use hookproof::secret::{Redactor, Secret};
use hookproof::wire::base64;

use super::input::fields;

/// Shorter secrets are redacted only as a whole value.
const SHORTEST: usize = 8;

pub(crate) fn run(data: &[u8]) {
    let [given, before, after] = fields(data);
    let _ = Secret::from_file(data).map(|(secret, _)| (secret.looks(), secret.looks_malformed()));
    let Ok(secret) = Secret::new(given) else { return };
    let redactor = Redactor::new([&secret], &[",", " ", "="]);
    // Text beside the mark `[secret]` could form such a secret again.
    if given.len() < SHORTEST || given.iter().any(|byte| b"[]".contains(byte)) {
        assert_eq!(redactor.value(given), b"[secret]");
        return;
    }
    for spelling in [given.to_vec(), hex(given), base64(given).into_bytes()] {
        is_gone(&redactor, before, &spelling, after);
    }
    // An escape sequence may be read otherwise behind a backslash, and base64 behind another digit.
    let (before, after) = ([before, b" <"].concat(), [b"> ", after].concat());
    for spelling in escaped(given).into_iter().chain(inside_base64(given)) {
        is_gone(&redactor, &before, &spelling, &after);
    }
    let _ = redactor.items(&[&before, given, &after].concat());
}

fn is_gone(redactor: &Redactor, before: &[u8], spelling: &[u8], after: &[u8]) {
    let text = [before, spelling, after].concat();
    let shown = redactor.value(&text);
    let is_there = |part: &[u8]| shown.windows(part.len()).any(|window| window == part);
    assert!(!is_there(spelling) && redactor.places(&shown, false).is_empty(), "it is still in {:?}", words(&shown));
    assert!(shown.len() <= text.len() + 8, "{} bytes for {}", shown.len(), text.len());
    assert_eq!(redactor.value(&shown), shown);
    let end = before.len() + spelling.len();
    for cut in [text.len() / 2, end - spelling.len() / 2, end] {
        assert!(redactor.text(&text[..cut], true).len() <= cut + 8, "it grows at {cut}");
    }
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Each byte as an escape sequence of a URL, and each character as one of JSON and HTML.
fn escaped(secret: &[u8]) -> Vec<Vec<u8>> {
    let percent = secret.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect();
    let Ok(text) = std::str::from_utf8(secret) else { return vec![percent] };
    let json = text.encode_utf16().flat_map(|unit| format!("\\u{unit:04x}").into_bytes()).collect();
    let html = text.chars().flat_map(|character| format!("&#{};", u32::from(character)).into_bytes()).collect();
    vec![percent, json, html]
}

/// The base64 of a text with the secret in it, at each alignment.
fn inside_base64(secret: &[u8]) -> Vec<Vec<u8>> {
    (1..4).map(|length| base64(&[&b"usr:"[4 - length..], secret].concat()).into_bytes()).collect()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
