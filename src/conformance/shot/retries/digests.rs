//! The control with its digest written otherwise, or made with another hash.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{Parts, Variant};
use crate::catalog::{Algorithm, Content, Encoding, Part, Scheme};

/// The prefix that most schemes with a bare digest are mistaken to have.
const PREFIX: &str = "sha256=";

/// A way to write a digest.
type Written = fn(&[u8]) -> String;

fn encoded(parts: &Parts<'_>, detail: &str, written: Written) -> Variant {
    Variant { written: Some(written), ..parts.variant("control-other-encoding", detail) }
}

/// The digest in another encoding, in upper case, with a prefix more or less.
pub(super) fn written(parts: &Parts<'_>) -> Vec<Variant> {
    let scheme = parts.scheme;
    let Some(encoding) = scheme.encoding.filter(|_| scheme.algorithm != Algorithm::Token) else { return Vec::new() };
    let mut all = Vec::new();
    if encoding == Encoding::Hex {
        let upper: Written = |digest| hex::encode_upper(digest);
        all.push(Variant { written: Some(upper), ..parts.variant("control-upper-case", "") });
        all.push(encoded(parts, "base64", |digest| STANDARD.encode(digest)));
    } else {
        all.push(encoded(parts, "hexadecimal", |digest| hex::encode(digest)));
    }
    let with = |code, detail: String, scheme| Variant { scheme, ..parts.variant(code, detail) };
    let has_stamp = scheme.timestamp.as_ref().is_some_and(|stamp| stamp.item.is_some());
    match &scheme.list {
        Some(list) if !has_stamp => {
            let bare = Scheme { list: None, prefix: String::new(), ..scheme.clone() };
            all.push(with("control-without-prefix", format!("without `{}{}`", list.take, list.pair), bare));
        }
        None if !scheme.prefix.is_empty() => {
            let bare = Scheme { prefix: String::new(), ..scheme.clone() };
            all.push(with("control-without-prefix", format!("without `{}`", scheme.prefix), bare));
        }
        None if scheme.algorithm == Algorithm::HmacSha256 && encoding == Encoding::Hex => {
            let prefixed = Scheme { prefix: PREFIX.to_string(), ..scheme.clone() };
            all.push(with("control-with-prefix", format!("`{PREFIX}`"), prefixed));
        }
        _ => {}
    }
    all
}

/// The digest in an encoding that few receivers mistake for the scheme's.
pub(super) fn rarely_written(parts: &Parts<'_>) -> Vec<Variant> {
    let scheme = parts.scheme;
    let Some(encoding) = scheme.encoding.filter(|_| scheme.algorithm != Algorithm::Token) else { return Vec::new() };
    let mut all =
        vec![encoded(parts, "base64 of its hexadecimal digits", |digest| STANDARD.encode(hex::encode(digest)))];
    match encoding {
        Encoding::Hex => {}
        Encoding::Base64 => {
            all.push(encoded(parts, "base64 without padding, with - and _", |digest| URL_SAFE_NO_PAD.encode(digest)));
        }
        Encoding::Base64Url => all.push(encoded(parts, "base64", |digest| STANDARD.encode(digest))),
    }
    all
}

/// The digest of another hash.
pub(super) fn hashed(parts: &Parts<'_>) -> Vec<Variant> {
    let scheme = parts.scheme;
    let others: &[Algorithm] = match scheme.algorithm {
        Algorithm::HmacSha256 => &[Algorithm::HmacSha1, Algorithm::HmacSha512],
        Algorithm::HmacSha1 | Algorithm::HmacSha384 | Algorithm::HmacSha512 | Algorithm::Sha256 => {
            &[Algorithm::HmacSha256]
        }
        Algorithm::Ed25519 | Algorithm::EcdsaP256 | Algorithm::Token => &[],
    };
    let variant = |algorithm: &Algorithm| {
        // An HMAC has the secret as its key, and not in its content.
        let content = Content(scheme.content.0.iter().filter(|part| **part != Part::Secret).cloned().collect());
        let scheme = Scheme { algorithm: *algorithm, content, ..scheme.clone() };
        Variant { scheme, ..parts.variant("control-other-hash", algorithm.word()) }
    };
    others.iter().map(variant).collect()
}
