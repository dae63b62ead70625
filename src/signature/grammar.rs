//! How signatures stand in a header's value: a bare digest, one with a prefix, or a list of named items.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::Remark;
use crate::catalog::{Algorithm, Alternative, Encoding, Scheme};

/// Items of a list that are looked at; a hostile sender could send thousands.
const MOST: usize = 64;

/// What stands in a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The signatures, each as text without its name.
    pub(super) items: Vec<String>,
    /// The timestamp, where the scheme's stands in the list.
    pub(super) stamp: Option<String>,
    /// The names of other items.
    pub(super) others: Vec<String>,
    /// Names of the scheme that are no names as they stand, since white space is around them.
    pub(super) spaced: Vec<String>,
}

/// Takes a value apart. One that is no list is one item. Most libraries split a list at its separator and trim nothing,
/// so an item with a space before its name has another name.
pub(super) fn read(scheme: &Scheme, value: &str) -> Reading {
    let Some(list) = &scheme.list else {
        return Reading { items: vec![value.to_string()], ..Reading::default() };
    };
    let stamp = scheme.timestamp.as_ref().and_then(|stamp| stamp.item.as_deref());
    let mut reading = Reading::default();
    let is_trimmed = scheme.accept.contains(&Alternative::Spaces);
    for part in value.split(list.separator.as_str()).take(MOST) {
        let part = if is_trimmed { part.trim() } else { part };
        let Some((name, text)) = part.split_once(list.pair.as_str()) else { continue };
        let bare = name.trim();
        let name = if is_trimmed { bare } else { name };
        if name != bare && (bare == list.take || Some(bare) == stamp) {
            reading.spaced.push(bare.to_string());
        } else if name == list.take {
            reading.items.push(text.to_string());
        } else if Some(name) == stamp {
            // Of several the last one counts, as in the providers' own libraries.
            reading.stamp = Some(text.to_string());
        } else {
            reading.others.push(name.to_string());
        }
    }
    reading
}

/// A value from digests, with the timestamp where it stands in the list.
pub(super) fn write(scheme: &Scheme, stamp: Option<&str>, digests: &[Vec<u8>]) -> String {
    value(scheme, stamp, digests.iter().map(|digest| item(scheme, digest)))
}

/// A value from digests that are written already.
pub(super) fn value(scheme: &Scheme, stamp: Option<&str>, mut items: impl Iterator<Item = String>) -> String {
    let Some(list) = &scheme.list else { return items.next().unwrap_or_default() };
    let in_list = scheme.timestamp.as_ref().and_then(|place| place.item.as_deref());
    let stamp = in_list.zip(stamp).map(|(name, stamp)| format!("{name}{}{stamp}", list.pair));
    stamp.into_iter().chain(items).collect::<Vec<_>>().join(&list.separator)
}

/// One digest as it is written, with its prefix or its name.
pub(super) fn item(scheme: &Scheme, digest: &[u8]) -> String {
    let text = encoded(scheme, digest);
    match &scheme.list {
        Some(list) => format!("{}{}{}{text}", list.take, list.pair, scheme.prefix),
        None => format!("{}{text}", scheme.prefix),
    }
}

/// A digest's text.
pub(super) fn encoded(scheme: &Scheme, digest: &[u8]) -> String {
    match scheme.encoding {
        Some(Encoding::Base64) => STANDARD.encode(digest),
        Some(Encoding::Base64Url) => URL_SAFE_NO_PAD.encode(digest),
        Some(Encoding::Hex) | None => digits(digest),
    }
}

/// The digest that an item's text stands for, and what is unusual about how it is written.
pub(super) fn digest(scheme: &Scheme, text: &str) -> Result<(Vec<u8>, Vec<Remark>), Remark> {
    let mut notes = Vec::new();
    let accepts = |other: Alternative| scheme.accept.contains(&other);
    let text = match text.strip_suffix(',') {
        Some(before) if accepts(Alternative::JoinedValues) => {
            let what = "a comma follows the signature, as where values of several headers are joined";
            notes.push(Remark::new("joined-values", what));
            before
        }
        _ => text,
    };
    let bare = match text.strip_prefix(scheme.prefix.as_str()) {
        Some(bare) => bare,
        None if accepts(Alternative::NoPrefix) => {
            notes.push(Remark::new("no-prefix", format!("without the prefix `{}`", scheme.prefix)));
            text
        }
        None => {
            let what = format!("the signature does not begin with `{}`", scheme.prefix);
            return Err(Remark::new("prefix-missing", what));
        }
    };
    if bare.is_empty() {
        return Err(Remark::new("signature-empty", "the signature is empty"));
    }
    let encoding = scheme.encoding.unwrap_or(Encoding::Hex);
    let digest = match encoding {
        Encoding::Hex => from_digits(bare),
        Encoding::Base64 => STANDARD.decode(bare).ok().or_else(|| {
            let digest = Some(bare).filter(|_| accepts(Alternative::LooseBase64)).and_then(loose_base64)?;
            let what = "the signature has characters that are not base64 or stand behind it";
            notes.push(Remark::new("loose-base64", what));
            Some(digest)
        }),
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode(bare.trim_end_matches('=')).ok(),
    };
    let digest = digest.filter(|digest| scheme.algorithm.length().is_none_or(|length| digest.len() == length));
    let digest = digest.ok_or_else(|| Remark::new("signature-form", not_written(scheme.algorithm, encoding, bare)))?;
    if encoding == Encoding::Hex && bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let said = Remark::new("upper-case", "the digits are in upper case");
        if !accepts(Alternative::UpperCase) {
            return Err(said);
        }
        notes.push(said);
    }
    Ok((digest, notes))
}

/// Written into room of its length: what grows digit by digit takes many times as long.
fn digits(digest: &[u8]) -> String {
    let mut text = vec![0; 2 * digest.len()];
    // The room fits.
    let _ = hex::encode_to_slice(digest, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

fn from_digits(text: &str) -> Option<Vec<u8>> {
    let mut digest = vec![0; text.len() / 2];
    hex::decode_to_slice(text, &mut digest).is_ok().then_some(digest)
}

/// Decodes base64 as lenient decoders do: other ASCII characters are passed over, and it ends at its padding, which
/// must be there.
fn loose_base64(text: &str) -> Option<Vec<u8>> {
    let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let bare: Vec<u8> = text.bytes().take_while(|byte| *byte != b'=').filter(is_of_it).collect();
    let padding = text.bytes().filter(|byte| *byte == b'=').count();
    let is_whole = text.is_ascii() && !bare.is_empty() && padding >= (4 - bare.len() % 4) % 4;
    STANDARD_NO_PAD.decode(bare).ok().filter(|_| is_whole)
}

fn not_written(algorithm: Algorithm, encoding: Encoding, bare: &str) -> String {
    let length = bare.chars().count();
    let is_hex = bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (encoding, algorithm.length()) {
        (Encoding::Hex, Some(expected)) if is_hex => {
            format!("the digest has {length} digits, {} has {}", algorithm.word(), expected * 2)
        }
        (Encoding::Hex, _) => format!("the digest is not hexadecimal ({length} characters)"),
        (_, Some(expected)) => {
            format!("the digest is not {} of {expected} bytes ({length} characters)", encoding.word())
        }
        _ => format!("the signature is not {} ({length} characters)", encoding.word()),
    }
}
