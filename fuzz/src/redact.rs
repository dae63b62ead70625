//! Redaction: no spelling of a secret remains in a text, and other text stays. Fields: secret, before, after.

use hookproof::secret::{Redactor, Secret};
use hookproof::wire::base64;

use super::input::fields;

/// Shorter secrets are redacted only as a whole value.
const SHORTEST: usize = 8;

pub(crate) fn run(data: &[u8]) {
    let [given, before, after] = fields(data);
    let _ = Secret::from_file(data).map(|(secret, _)| (secret.looks(), secret.looks_malformed()));
    // Text beside the mark `[secret]` could form such a secret again.
    let Ok(secret) = Secret::new(given) else { return };
    let redactor = Redactor::new([&secret], &[]);
    if given.len() < SHORTEST || given.iter().any(|byte| b"[]".contains(byte)) {
        assert_eq!(redactor.value(given), b"[secret]");
        return;
    }
    for spelling in [given.to_vec(), hex(given), base64(given).into_bytes()] {
        let text = [before, &spelling, after].concat();
        let shown = redactor.value(&text);
        assert!(redactor.places(&shown, false).is_empty(), "it is still in {:?}", String::from_utf8_lossy(&shown));
        assert!(shown.len() <= text.len() + 8, "{} bytes for {}", shown.len(), text.len());
        assert_eq!(redactor.value(&shown), shown);
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
