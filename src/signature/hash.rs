//! Digests, over parts at once or over a body as it is read.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::catalog::Algorithm;

/// A running digest, so that a body of any length is proved in constant memory.
#[derive(Clone, Debug)]
pub(super) enum Hash {
    /// HMAC with SHA-1.
    Sha1(Hmac<Sha1>),
    /// HMAC with SHA-256.
    Sha256(Hmac<Sha256>),
    /// HMAC with SHA-384.
    Sha384(Hmac<Sha384>),
    /// HMAC with SHA-512.
    Sha512(Hmac<Sha512>),
    /// SHA-256 without a key.
    Plain(Sha256),
}

impl Hash {
    /// A digest keyed with these bytes; nothing for an algorithm that computes none.
    pub(super) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::HmacSha1 => Hmac::new_from_slice(key).ok().map(Self::Sha1),
            Algorithm::HmacSha256 => Hmac::new_from_slice(key).ok().map(Self::Sha256),
            Algorithm::HmacSha384 => Hmac::new_from_slice(key).ok().map(Self::Sha384),
            Algorithm::HmacSha512 => Hmac::new_from_slice(key).ok().map(Self::Sha512),
            Algorithm::Sha256 => Some(Self::Plain(Sha256::new())),
            Algorithm::Ed25519 | Algorithm::EcdsaP256 | Algorithm::Token => None,
        }
    }

    /// The next part.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha384(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
            Self::Plain(hash) => Digest::update(hash, bytes),
        }
    }

    /// The digest.
    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(hash) => hash.finalize().into_bytes().to_vec(),
            Self::Sha256(hash) => hash.finalize().into_bytes().to_vec(),
            Self::Sha384(hash) => hash.finalize().into_bytes().to_vec(),
            Self::Sha512(hash) => hash.finalize().into_bytes().to_vec(),
            Self::Plain(hash) => hash.finalize().to_vec(),
        }
    }
}

/// The digest over parts, in order; empty for an algorithm that computes none.
pub fn digest(algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Some(mut hash) = Hash::new(algorithm, key) else { return Vec::new() };
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}
