//! The hash as it may have been computed, and the digest as it may have been written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use sha1::Sha1;
use sha2::Digest;

use super::readings::{Writing, names_header, readings};
use crate::catalog::{Algorithm, Alternative, Encoding, Scheme};
use crate::signature::{self, Layout};

/// A way to compute a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Construction {
    /// As a scheme would.
    Of(Algorithm),
    /// SHA-256 of everything but a secret.
    PlainSha256,
    /// SHA-1 of everything but a secret.
    PlainSha1,
    /// SHA-256 of the secret and the rest.
    SecretFirst,
    /// SHA-256 of the rest and the secret.
    SecretLast,
    /// HMAC-SHA256 of the secret, keyed with the rest.
    Swapped,
}

/// A construction with the code of its cause and what is special about it.
pub(super) type Other = (Construction, &'static str, &'static str);

const ALL: [Other; 9] = [
    (Construction::Of(Algorithm::HmacSha256), "digest-sha256", ""),
    (Construction::Of(Algorithm::HmacSha1), "digest-sha1", ""),
    (Construction::Of(Algorithm::HmacSha512), "digest-sha512", ""),
    (Construction::Of(Algorithm::HmacSha384), "digest-sha384", ""),
    (Construction::PlainSha256, "digest-no-key", "SHA-256"),
    (Construction::PlainSha1, "digest-no-key", "SHA-1"),
    (Construction::SecretFirst, "content-with-secret", "SHA-256 of the secret and the body"),
    (Construction::SecretLast, "content-with-secret", "SHA-256 of the body and the secret"),
    (Construction::Swapped, "digest-swapped", ""),
];

/// Every construction but the scheme's own.
pub(super) fn others(scheme: &Scheme) -> Vec<Other> {
    if scheme.algorithm.is_asymmetric() {
        return Vec::new();
    }
    let own = |other: &&Other| other.0 != Construction::Of(scheme.algorithm);
    let mut others: Vec<Other> = ALL.iter().filter(own).copied().collect();
    if scheme.algorithm == Algorithm::Sha256 {
        // Its content holds the secret already.
        others.retain(|(construction, ..)| {
            !matches!(construction, Construction::SecretFirst | Construction::SecretLast | Construction::Swapped)
        });
        for other in &mut others {
            if other.0 == Construction::Of(Algorithm::HmacSha256) {
                other.1 = "digest-hmac";
            }
        }
    }
    others
}

impl Construction {
    /// Whether the key has a part in it.
    pub(super) fn is_keyed(self) -> bool {
        !matches!(self, Self::PlainSha256 | Self::PlainSha1)
    }

    /// The length of its digest in bytes.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Of(algorithm) => algorithm.length().unwrap_or(0),
            Self::PlainSha1 => 20,
            _ => 32,
        }
    }

    /// The digest of what is signed.
    pub(super) fn digest(self, key: &[u8], layout: &Layout, body: &[u8], form: &[u8]) -> Vec<u8> {
        if let Self::Of(Algorithm::Sha256) = self {
            return signature::digest(Algorithm::Sha256, key, &layout.parts(body, form, key));
        }
        let parts = layout.parts(body, form, &[]);
        match self {
            Self::Of(algorithm) => signature::digest(algorithm, key, &parts),
            Self::PlainSha256 => signature::digest(Algorithm::Sha256, &[], &parts),
            Self::PlainSha1 => Sha1::digest(parts.concat()).to_vec(),
            Self::SecretFirst => signature::digest(Algorithm::Sha256, &[], &[&[key], parts.as_slice()].concat()),
            Self::SecretLast => signature::digest(Algorithm::Sha256, &[], &[parts.as_slice(), &[key]].concat()),
            Self::Swapped => signature::digest(Algorithm::HmacSha256, &parts.concat(), &[key]),
        }
    }
}

/// A digest that a text may hold, and the code for how it is written where that is not the scheme's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) digest: Vec<u8>,
    pub(super) writing: Writing,
}

/// No writing of a digest is longer, in characters.
const LONGEST: usize = 512;
/// Signatures of a key pair that are searched for: each costs a verification a candidate.
const SIGNATURES: usize = 4;
/// Parts of a list that are looked at.
const PARTS: usize = 64;

/// Every digest that a text may hold, each in the plainest reading.
pub(super) fn targets(text: &str, scheme: &Scheme) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    for reading in readings(text) {
        for (value, prefix) in values(&reading.text, scheme).into_iter().filter(|(value, _)| value.len() <= LONGEST) {
            for (digest, encoding) in decoded(value, scheme) {
                let writing = [reading.writing.as_slice(), &prefix, &encoding].concat();
                match found.iter_mut().find(|target| target.digest == digest) {
                    Some(known) if known.writing.len() > writing.len() => known.writing = writing,
                    Some(_) => {}
                    None => found.push(Target { digest, writing }),
                }
            }
        }
    }
    if scheme.algorithm.is_asymmetric() {
        found.truncate(SIGNATURES);
    }
    found
}

/// A text that may be nearly a digest, and how it is written apart from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) text: String,
    pub(super) writing: Writing,
}

/// A shorter text proves nothing, in bytes.
const SHORTEST: usize = 11;
/// Fragments that are compared with each digest.
const FRAGMENTS: usize = 32;

/// Returns every text that may be nearly a digest, the plainest reading of each.
pub(super) fn fragments(text: &str, scheme: &Scheme) -> Vec<Fragment> {
    let mut found: Vec<Fragment> = Vec::new();
    if scheme.algorithm.is_asymmetric() {
        return found;
    }
    for reading in readings(text) {
        for (value, prefix) in values(&reading.text, scheme) {
            let is_fit = (SHORTEST..=LONGEST).contains(&value.len()) && found.len() < FRAGMENTS;
            if is_fit && !found.iter().any(|fragment| fragment.text == value) {
                let writing = [reading.writing.as_slice(), &prefix].concat();
                found.push(Fragment { text: value.to_string(), writing });
            }
        }
    }
    found
}

/// The text without what stands before a digest, and each part of a list.
fn values<'a>(text: &'a str, scheme: &Scheme) -> Vec<(&'a str, Writing)> {
    let own = scheme.prefix.as_str();
    let is_accepted = own.is_empty() || scheme.accept.contains(&Alternative::NoPrefix);
    let lost = if is_accepted { Vec::new() } else { vec![("digest-prefix", "without its own")] };
    let whole = match text.strip_prefix(own) {
        Some(rest) if scheme.list.is_none() => vec![without_space(rest)],
        Some(rest) => vec![(rest, vec![("digest-prefix", "without the list around it")])],
        None => vec![(text, lost)],
    };
    let spaced = behind_spaced(text, own).filter(|_| scheme.list.is_none());
    let mut values = Vec::new();
    if let Some(list) = &scheme.list {
        for part in text.split(list.separator.as_str()).take(PARTS) {
            let named = part.trim().split_once(list.pair.as_str()).filter(|(name, _)| *name == list.take);
            values.extend(named.map(|(_, rest)| without_space(rest.strip_prefix(own).unwrap_or(rest))));
        }
    }
    values.extend(whole);
    values.extend(spaced.map(|rest| (rest, SPACED.to_vec())));
    let parts = || text.split([',', ';', ' ', ':']).take(PARTS).filter(|part| !part.is_empty());
    if names_header(text) {
        // What follows the name is a reading of its own.
        return values;
    }
    let is_several = scheme.list.is_none() && parts().filter(|part| is_digest(part, own)).count() > 1;
    for part in parts() {
        // `sha256=A,sha256=B`: each part is written as the scheme writes a whole value.
        if let Some(rest) = part.strip_prefix(own).filter(|_| is_several && is_digest(part, own)) {
            values.push((rest, vec![("value-several", "")]));
            continue;
        }
        if let Some((before, rest)) = part.split_once('=')
            && !before.is_empty()
            && format!("{before}=") != own
            && before.len() <= 12
            && before.bytes().all(|byte| byte.is_ascii_graphic())
            // What is left of base64 is its padding.
            && !rest.trim_matches('=').is_empty()
        {
            values.push((rest, vec![("digest-prefix", "another prefix")]));
        } else if part != text {
            values.push((part, vec![("digest-prefix", "one of several")]));
        }
    }
    values
}

/// The writing of a digest that white space parts from its prefix.
const SPACED: [(&str, &str); 1] = [("digest-prefix", "its own, with white space")];

/// A digest behind its prefix, without white space that some senders put between the two.
fn without_space(rest: &str) -> (&str, Writing) {
    let bare = rest.trim_start();
    (bare, if bare == rest { Vec::new() } else { SPACED.to_vec() })
}

/// What follows a prefix that has white space in it, such as `sha256 = ` for `sha256=`.
fn behind_spaced<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text;
    for letter in prefix.chars() {
        rest = rest.trim_start().strip_prefix(letter)?;
    }
    (!prefix.is_empty() && !text.starts_with(prefix)).then(|| rest.trim_start())
}

/// Whether a part of a value looks like a whole digest of its own.
fn is_digest(part: &str, prefix: &str) -> bool {
    let Some(bare) = part.strip_prefix(prefix) else { return false };
    let is_length = |bytes: Vec<u8>| matches!(bytes.len(), 20 | 32 | 48 | 64);
    hex::decode(bare).is_ok_and(is_length) || STANDARD.decode(bare).is_ok_and(is_length)
}

/// The bytes that a value may stand for.
fn decoded(value: &str, scheme: &Scheme) -> Vec<(Vec<u8>, Writing)> {
    let mut found = Vec::new();
    let encoding = scheme.encoding.unwrap_or(Encoding::Hex);
    let as_hex: &[(&'static str, &'static str)] = if encoding == Encoding::Hex { &[] } else { &[("digest-hex", "")] };
    // `AB-CD`, `ab:cd` and `0xabcd` are how other tools print bytes.
    let bare: String = value.trim_start_matches("0x").chars().filter(|c| !matches!(c, '-' | ':' | ' ')).collect();
    if bare != value
        && let Ok(bytes) = hex::decode(&bare)
    {
        found.push((bytes, [as_hex, &[("digest-separators", "")]].concat()));
    }
    if let Ok(bytes) = hex::decode(value) {
        let is_upper = encoding == Encoding::Hex && value.bytes().any(|byte| byte.is_ascii_uppercase());
        let upper: &[(&'static str, &'static str)] = if is_upper { &[("digest-upper-case", "")] } else { &[] };
        // Hexadecimal is valid base64 too, of other bytes.
        if let Ok(inner) = hex::decode(STANDARD.encode(&bytes)) {
            found.push((inner, vec![("digest-hex-as-base64", "")]));
        }
        found.push((bytes, [as_hex, upper].concat()));
    }
    for (engine, own, detail) in [
        (STANDARD, Some(Encoding::Base64), ""),
        (STANDARD_NO_PAD, None, "without padding"),
        (URL_SAFE, None, "URL-safe"),
        (URL_SAFE_NO_PAD, Some(Encoding::Base64Url), "URL-safe, without padding"),
    ] {
        let Ok(bytes) = engine.decode(value) else { continue };
        if let Ok(inner) = hex::decode(&bytes) {
            found.push((inner, vec![("digest-base64-of-hex", detail)]));
        }
        let writing = if own == Some(encoding) { Vec::new() } else { vec![("digest-base64", detail)] };
        found.push((bytes, writing));
    }
    match scheme.algorithm {
        Algorithm::Ed25519 => found.retain(|(bytes, _)| bytes.len() == 64),
        Algorithm::EcdsaP256 => found.retain(|(bytes, _)| bytes.first() == Some(&0x30) && bytes.len() > 8),
        _ => found.retain(|(bytes, _)| matches!(bytes.len(), 20 | 32 | 48 | 64)),
    }
    found
}
