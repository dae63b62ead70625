//! A header's value → the ways in which a signature may be written in it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::catalog::{Encoding, List};

/// The lengths of digests, and of Ed25519 signatures, in bytes.
const LENGTHS: [usize; 4] = [20, 32, 48, 64];
/// The lengths of ECDSA signatures over P-256 in DER, in bytes.
const DER: std::ops::RangeInclusive<usize> = 68..=72;
/// The longest text before a digest.
const LONGEST_PREFIX: usize = 32;
/// Items of a list that are looked at.
const MOST_ITEMS: usize = 16;
/// Separators of lists, with the sign between the name of an item and its value.
const LISTS: [(&str, &str); 9] =
    [(", ", "="), (",", "="), ("; ", "="), (";", "="), (" ", ","), (" ", "="), ("&", "="), (",", ":"), (",", " ")];

/// A way in which a signature is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The text before the digest.
    pub(super) prefix: String,
    /// The list that it stands in.
    pub(super) list: Option<List>,
    /// The encoding of the digest.
    pub(super) encoding: Encoding,
    /// The length of the digest in bytes.
    pub(super) length: usize,
    /// True if its hexadecimal digits are in upper case.
    pub(super) is_upper: bool,
    /// The other items of the list, by name and value.
    pub(super) items: Vec<(String, String)>,
}

/// Returns every way to read a value as a signature; none where nothing in it has the length of a digest.
pub(super) fn forms(value: &str) -> Vec<Form> {
    if let Some(form) = prefixed(value) {
        return vec![form];
    }
    LISTS
        .iter()
        .map(|(separator, pair)| listed(value, separator, pair))
        .find(|forms| !forms.is_empty())
        .unwrap_or_default()
}

/// A digest with nothing, or a short word and a separator, before it.
fn prefixed(value: &str) -> Option<Form> {
    let form = |prefix: &str, text: &str| {
        let (encoding, length) = digest(text)?;
        let is_upper = encoding == Encoding::Hex && text.bytes().any(|byte| byte.is_ascii_uppercase());
        Some(Form { prefix: prefix.to_string(), list: None, encoding, length, is_upper, items: Vec::new() })
    };
    let is_end = |(at, c): (usize, char)| matches!(c, '=' | ':' | ',' | ' ').then_some(at + 1);
    let ends = value.char_indices().take(LONGEST_PREFIX).filter_map(is_end);
    std::iter::once(0)
        .chain(ends)
        .filter(|end| is_word(&value[..*end]))
        .find_map(|end| form(&value[..end], &value[end..]))
}

/// Returns true for what may stand before a digest: a word, with separators behind it.
fn is_word(prefix: &str) -> bool {
    let word = prefix.trim_end_matches(['=', ':', ',', ' ']);
    prefix.is_empty()
        || !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The digests among the named items of a list, one form for each name.
fn listed(value: &str, separator: &str, pair: &str) -> Vec<Form> {
    let parts: Vec<&str> = value.split(separator).take(MOST_ITEMS).collect();
    let items: Vec<(&str, &str)> = parts.iter().filter_map(|part| part.split_once(pair)).collect();
    let is_named = |(name, _): &(&str, &str)| is_word(name) && !name.is_empty() && !name.contains(' ');
    if items.len() < 2 || items.len() < parts.len() || !items.iter().all(is_named) {
        return Vec::new();
    }
    let names: BTreeSet<&str> = items.iter().map(|(name, _)| *name).collect();
    let form = |take: &str| {
        let text = items.iter().find(|(name, _)| *name == take).map(|(_, text)| *text)?;
        let form = prefixed(text)?;
        let others = items.iter().filter(|(name, _)| *name != take);
        let items: Vec<(String, String)> = others.map(|(name, text)| ((*name).into(), (*text).into())).collect();
        let list = List {
            separator: separator.to_string(),
            pair: pair.to_string(),
            take: take.to_string(),
            ignore: Vec::new(),
        };
        Some(Form { list: Some(list), items, ..form })
    };
    names.into_iter().filter_map(form).collect()
}

/// The encoding and the length of a digest; nothing for another text.
fn digest(text: &str) -> Option<(Encoding, usize)> {
    if let Ok(bytes) = hex::decode(text) {
        return LENGTHS.contains(&bytes.len()).then_some((Encoding::Hex, bytes.len()));
    }
    let read = [(Encoding::Base64, STANDARD.decode(text)), (Encoding::Base64Url, URL_SAFE_NO_PAD.decode(text))];
    read.into_iter().find_map(|(encoding, bytes)| {
        let bytes = bytes.ok()?;
        let is_der = DER.contains(&bytes.len()) && bytes.first() == Some(&0x30);
        (LENGTHS.contains(&bytes.len()) || is_der).then_some((encoding, bytes.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::forms;
    use crate::catalog::Encoding;

    const HEX: &str = "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a";
    const BASE64: &str = "c0zGLzKEFWj0VxWuufTXiRMk5tlI5MbGDAYhzaxIYjo=";

    /// The prefix, the list's name and encoding of each form.
    fn check(value: &str, expected: &[(&str, &str, Encoding)]) {
        let found = forms(value);
        let take = |form: &super::Form| form.list.as_ref().map(|list| list.take.clone()).unwrap_or_default();
        let found: Vec<_> = found.iter().map(|form| (form.prefix.clone(), take(form), form.encoding)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(prefix, take, encoding)| (prefix.to_string(), take.to_string(), *encoding)).collect();
        assert_eq!(found, expected, "{value}");
    }

    #[test]
    fn values_are_read_as_providers_write_them() {
        check(HEX, &[("", "", Encoding::Hex)]);
        check(BASE64, &[("", "", Encoding::Base64)]);
        check(&BASE64.replace('=', ""), &[("", "", Encoding::Base64Url)]);
        check(&format!("sha256={HEX}"), &[("sha256=", "", Encoding::Hex)]);
        check(&format!("sha256 {HEX}"), &[("sha256 ", "", Encoding::Hex)]);
        check(&format!("HMAC {BASE64}"), &[("HMAC ", "", Encoding::Base64)]);
        check(&format!("v1,{BASE64}"), &[("v1,", "", Encoding::Base64)]);
        check(&format!("t=1649367553,v1={HEX}"), &[("", "v1", Encoding::Hex)]);
        check(&format!("t=1649367553, v1={HEX}"), &[("", "v1", Encoding::Hex)]);
        check(&format!("ts=1649367553;h1={HEX};h1={HEX}"), &[("", "h1", Encoding::Hex)]);
        check(&format!("v1,{BASE64} v1,{BASE64}"), &[("", "v1", Encoding::Base64)]);
        check(&format!("v0={HEX},v1={HEX}"), &[("", "v0", Encoding::Hex), ("", "v1", Encoding::Hex)]);
    }

    #[test]
    fn other_values_are_no_signatures() {
        for value in ["", "push", "=", "application/json", "2f9a7c", "a, b", "t=1,v1=2", &"=".repeat(9_000)] {
            check(value, &[]);
        }
    }
}
