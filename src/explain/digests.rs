//! The hash as it may have been computed, and the digest as it may have been written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::catalog::{Alternative, Scheme};

/// A way to compute a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Construction {
    HmacSha256,
    HmacSha1,
    HmacSha384,
    HmacSha512,
    PlainSha256,
    PlainSha1,
    SecretFirst,
    SecretLast,
    Swapped,
}

/// Every construction but the scheme's own, with the code of its cause.
pub(super) const OTHERS: [(Construction, &str, &str); 8] = [
    (Construction::HmacSha1, "digest-sha1", ""),
    (Construction::HmacSha512, "digest-sha512", ""),
    (Construction::HmacSha384, "digest-sha384", ""),
    (Construction::PlainSha256, "digest-no-key", "SHA-256"),
    (Construction::PlainSha1, "digest-no-key", "SHA-1"),
    (Construction::SecretFirst, "content-with-secret", "SHA-256 of the secret and the body"),
    (Construction::SecretLast, "content-with-secret", "SHA-256 of the body and the secret"),
    (Construction::Swapped, "digest-swapped", ""),
];

impl Construction {
    /// Whether the key has a part in it.
    pub(super) fn is_keyed(self) -> bool {
        !matches!(self, Self::PlainSha256 | Self::PlainSha1)
    }

    /// The length of its digest in bytes.
    pub(super) fn length(self) -> usize {
        match self {
            Self::HmacSha1 | Self::PlainSha1 => 20,
            Self::HmacSha384 => 48,
            Self::HmacSha512 => 64,
            _ => 32,
        }
    }

    /// The digest over the parts, in order.
    pub(super) fn digest(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::HmacSha256 => mac::<Hmac<Sha256>>(key, parts),
            Self::HmacSha1 => mac::<Hmac<Sha1>>(key, parts),
            Self::HmacSha384 => mac::<Hmac<Sha384>>(key, parts),
            Self::HmacSha512 => mac::<Hmac<Sha512>>(key, parts),
            Self::PlainSha256 => plain::<Sha256>(parts),
            Self::PlainSha1 => plain::<Sha1>(parts),
            Self::SecretFirst => plain::<Sha256>(&[&[key], parts].concat()),
            Self::SecretLast => plain::<Sha256>(&[parts, &[key]].concat()),
            Self::Swapped => mac::<Hmac<Sha256>>(&parts.concat(), &[key]),
        }
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn plain<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// A digest that a text may hold, and the code for how it is written where that is not the scheme's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) digest: Vec<u8>,
    pub(super) writing: Vec<(&'static str, &'static str)>,
}

/// No writing of a digest is longer, in characters.
const LONGEST: usize = 512;

/// Every digest that a text may hold, each in the plainest reading.
pub(super) fn targets(text: &str, scheme: &Scheme) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    let trimmed = text.trim().trim_matches(['"', '\'']).trim();
    let quoting: &[(&str, &str)] = if trimmed == text { &[] } else { &[("digest-quoted", "")] };
    for (value, prefix) in values(trimmed, scheme).into_iter().filter(|(value, _)| value.len() <= LONGEST) {
        for (digest, encoding) in decoded(value) {
            let parts = [quoting, prefix.as_slice(), encoding.as_slice()];
            let writing = parts.concat();
            match found.iter_mut().find(|target| target.digest == digest) {
                Some(known) if known.writing.len() > writing.len() => known.writing = writing,
                Some(_) => {}
                None => found.push(Target { digest, writing }),
            }
        }
    }
    found
}

type Writing = Vec<(&'static str, &'static str)>;

/// The text without what stands before a digest, and each part of a list.
fn values<'a>(text: &'a str, scheme: &Scheme) -> Vec<(&'a str, Writing)> {
    let own = scheme.prefix.as_str();
    let is_accepted = own.is_empty() || scheme.accept.contains(&Alternative::NoPrefix);
    let lost = if is_accepted { Vec::new() } else { vec![("digest-prefix", "without its own")] };
    let mut values = match text.strip_prefix(own) {
        Some(rest) => vec![(rest, Vec::new())],
        None => vec![(text, lost)],
    };
    for part in text.split([',', ';', ' ', ':']) {
        if let Some((before, rest)) = part.split_once('=')
            && !before.is_empty()
            && format!("{before}=") != own
            && before.len() <= 12
        {
            values.push((rest, vec![("digest-prefix", "another prefix")]));
        } else if part != text {
            values.push((part, vec![("digest-prefix", "one of several")]));
        }
    }
    values
}

/// The bytes that a value may stand for.
fn decoded(value: &str) -> Vec<(Vec<u8>, Writing)> {
    let mut found = Vec::new();
    // `AB-CD`, `ab:cd` and `0xabcd` are how other tools print bytes.
    let bare: String = value.trim_start_matches("0x").chars().filter(|c| !matches!(c, '-' | ':' | ' ')).collect();
    if bare != value
        && let Ok(bytes) = hex::decode(&bare)
    {
        found.push((bytes, vec![("digest-separators", "")]));
    }
    if let Ok(bytes) = hex::decode(value) {
        let upper = value.bytes().any(|byte| byte.is_ascii_uppercase());
        found.push((bytes, if upper { vec![("digest-upper-case", "")] } else { Vec::new() }));
    }
    for (engine, detail) in [
        (STANDARD, ""),
        (STANDARD_NO_PAD, "without padding"),
        (URL_SAFE, "URL-safe"),
        (URL_SAFE_NO_PAD, "URL-safe, without padding"),
    ] {
        let Ok(bytes) = engine.decode(value) else { continue };
        if let Ok(inner) = hex::decode(&bytes) {
            found.push((inner, vec![("digest-base64-of-hex", detail)]));
        }
        found.push((bytes, vec![("digest-base64", detail)]));
    }
    found.retain(|(bytes, _)| matches!(bytes.len(), 20 | 32 | 48 | 64));
    found
}
