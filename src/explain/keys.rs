//! The key as it may have been altered between the provider and the code that uses it.

use base64::Engine as _;
use base64::alphabet::STANDARD as STANDARD_ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};

use super::key_texts;
use crate::catalog::{Decode, KeyForm};

/// One alteration: the code of its cause, what is special about it, and the key it gives. The detail
/// never holds a character of the secret.
pub(super) type Alteration = (&'static str, &'static str, Vec<u8>);

/// Alterations of a key, the likelier first. Where a scheme decodes the secret's text, each is tried as text and decoded.
pub(super) fn alterations(form: &KeyForm, secret: &[u8]) -> Vec<Alteration> {
    let strip = |text: &[u8]| {
        let cut = form.strip.iter().find_map(|begin| text.strip_prefix(begin.as_bytes()));
        cut.unwrap_or(text).to_vec()
    };
    let mut texts = of_text(secret);
    // What alters nothing here is no alteration.
    texts.retain(|(.., text)| text != secret);
    if form.decode == Decode::Text {
        let mut all = texts;
        if strip(secret) != secret {
            all.insert(0, ("key-prefix", "with its beginning", secret.to_vec()));
        }
        return all;
    }
    let mut all = vec![
        ("key-not-decoded", "the whole secret", secret.to_vec()),
        ("key-not-decoded", "what follows its beginning", strip(secret)),
    ];
    for (code, detail, text) in texts {
        let bare = strip(&text);
        let decoded = match form.decode {
            Decode::Hex => hex::decode(&bare).ok(),
            _ => decoded(&bare),
        };
        // What was encoded first and is decoded then is the text as it was.
        all.extend(decoded.filter(|key| *key != secret && *key != strip(secret)).map(|key| (code, detail, key)));
        all.push((code, detail, text));
    }
    all
}

/// Alterations of a text.
fn of_text(key: &[u8]) -> Vec<Alteration> {
    let mut found: Vec<Alteration> = Vec::new();
    let mut add = |code, detail, key: Vec<u8>| found.push((code, detail, key));
    add("key-newline", "an LF follows it", [key, b"\n"].concat());
    add("key-newline", "CR LF follows it", [key, b"\r\n"].concat());
    if let Some(rest) = key.strip_suffix(b"\n") {
        add("key-newline", "without the line end at its end", rest.strip_suffix(b"\r").unwrap_or(rest).to_vec());
    }
    add("key-whitespace", "a blank follows it", [key, b" "].concat());
    add("key-whitespace", "a blank stands before it", [b" ", key].concat());
    add("key-whitespace", "a CR follows it", [key, b"\r"].concat());
    add("key-whitespace", "without white space around it", key.trim_ascii().to_vec());
    add("key-quotes", "in double quotes", [b"\"", key, b"\""].concat());
    add("key-quotes", "in single quotes", [b"'", key, b"'"].concat());
    if let [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] = key {
        add("key-quotes", "without its quotes", inner.to_vec());
    }
    add("key-empty", "", Vec::new());
    for nothing in ["undefined", "null", "None", "nil"] {
        add("key-undefined", nothing, nothing.as_bytes().to_vec());
    }
    let bare = key.iter().position(|byte| *byte == b'_').map(|at| &key[at + 1..]);
    if let Some(bare) = bare {
        add("key-prefix", "without the part up to its first underscore", bare.to_vec());
    }
    add("key-prefix", "with whsec_ before it", [b"whsec_", key].concat());
    for part in [Some(key), bare].into_iter().flatten() {
        if let Some(bytes) = decoded(part) {
            add("key-decoded", "from base64", bytes);
        }
        // Some decoders skip what is no base64 and ask for no padding.
        if let Some(bytes) = leniently_decoded(part) {
            add("key-decoded", "from base64, leniently", bytes);
        }
        if let Ok(bytes) = hex::decode(part) {
            add("key-decoded", "from hexadecimal", bytes);
        }
    }
    add("key-encoded", "as base64", STANDARD.encode(key).into_bytes());
    add("key-encoded", "as hexadecimal", hex::encode(key).into_bytes());
    if let Ok(text) = std::str::from_utf8(key) {
        add("key-escapes", "\\n resolved", text.replace("\\n", "\n").into_bytes());
        add("key-escapes", "line ends written \\n", text.replace('\n', "\\n").into_bytes());
        if let Some((before, _)) = text.split_once('#') {
            add("key-cut", "from its # on", before.trim_end().as_bytes().to_vec());
        }
        if let Some((before, rest)) = text.split_once('$') {
            let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            add("key-cut", "of what looks like a variable", [before, after].concat().into_bytes());
        }
    }
    if let Ok(text) = std::str::from_utf8(key) {
        found.extend(key_texts::alterations(text));
    }
    found
}

/// Decodes base64 of either alphabet, with or without padding.
pub(crate) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    engines.iter().find_map(|engine| engine.decode(text).ok())
}

/// As Node's Buffer.from(text, 'base64') decodes, which never fails.
pub(crate) fn leniently_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let alphabet = |byte: &u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(*byte),
        _ => byte.is_ascii_alphanumeric().then_some(*byte),
    };
    let mut digits: Vec<u8> = text.iter().take_while(|byte| **byte != b'=').filter_map(alphabet).collect();
    // A single digit at the end holds no byte.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&STANDARD_ALPHABET, config).decode(digits).ok().filter(|bytes| !bytes.is_empty())
}
