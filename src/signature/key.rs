//! From a secret's text to the key of a scheme.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signer as _, Verifier as _};
use p256::ecdsa;
use p256::elliptic_curve::sec1::FromSec1Point as _;
use p256::pkcs8::EncodePublicKey as _;

use super::Remark;
use crate::catalog::{Algorithm, Decode, KeyForm, Scheme};
use crate::secret::Secret;

/// Why a secret can't be the key of a scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(String);

/// A key as a scheme uses it.
#[derive(Clone, Debug)]
pub enum Key {
    /// The bytes of an HMAC key, of a token, or of what is hashed along.
    Bytes(Vec<u8>),
    /// One of the pair, or both.
    Pair(Box<Pair>),
}

/// A public key, with its private one where that is what was given.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "it always stands in a box")]
pub enum Pair {
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey, Option<ed25519_dalek::SigningKey>),
    /// P-256.
    P256(ecdsa::VerifyingKey, Option<ecdsa::SigningKey>),
}

/// What a key is wanted for; 32 bytes of Ed25519 may be either half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// For signing.
    Sign,
    /// For verifying.
    Verify,
}

/// A pair that was made for a test.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The private key, as a secret is given.
    pub private: Secret,
    /// The public key, as the provider shows it.
    pub public: String,
}

impl Key {
    /// Reads a secret as the scheme says.
    pub fn read(scheme: &Scheme, secret: &Secret, wanted: Use) -> Result<Self, KeyError> {
        if !scheme.algorithm.is_asymmetric() {
            return bytes(&scheme.key, secret.expose()).map(Self::Bytes);
        }
        let fail = || KeyError(format!("the secret is no {}", kind(scheme, wanted)));
        let text = String::from_utf8_lossy(secret.expose());
        let pair = if text.trim_start().starts_with("-----BEGIN") {
            // A variable often holds a PEM file on one line.
            let pem = text.replace("\\n", "\n");
            from_pem(scheme.algorithm, pem.trim())
        } else {
            let engines = [scheme.key.decode, Decode::Hex, Decode::Base64, Decode::Base64Url];
            let read = |decode| bytes(&KeyForm { decode, ..scheme.key.clone() }, secret.expose()).ok();
            let keys: Vec<Vec<u8>> = engines.into_iter().filter_map(read).collect();
            if wanted == Use::Sign
                && !begins_as_private(scheme, secret)
                && keys.iter().any(|key| could_be_either(scheme, key))
            {
                return Err(KeyError(
                    "the secret has 32 bytes, as a public key has; signing needs PEM, or both halves: the seed and the \
                     public key after it"
                        .to_string(),
                ));
            }
            // Where halves have beginnings, bare bytes may be the secret of another mode.
            let is_told = scheme.key.strip.is_empty()
                || scheme.key.strip.iter().any(|begin| secret.expose().starts_with(begin.as_bytes()));
            keys.iter().filter(|_| is_told).find_map(|bytes| from_bytes(scheme.algorithm, bytes, wanted))
        };
        let pair = pair.ok_or_else(fail)?;
        if wanted == Use::Sign && !pair.can_sign() {
            return Err(KeyError("the secret is a public key; signing needs the private one".to_string()));
        }
        Ok(Self::Pair(Box::new(pair)))
    }

    /// The bytes of a symmetric key.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Pair(_) => &[],
        }
    }
}

impl Pair {
    fn can_sign(&self) -> bool {
        match self {
            Self::Ed25519(_, private) => private.is_some(),
            Self::P256(_, private) => private.is_some(),
        }
    }

    /// Whether a signature over a message is this key's.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(public, _) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| public.verify(message, &signature).is_ok()),
            Self::P256(public, _) => {
                ecdsa::Signature::from_der(signature).is_ok_and(|signature| public.verify(message, &signature).is_ok())
            }
        }
    }

    /// The signature over a message; empty without the private key.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(_, Some(private)) => private.sign(message).to_bytes().to_vec(),
            Self::P256(_, Some(private)) => {
                let signature: ecdsa::Signature = private.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            _ => Vec::new(),
        }
    }
}

/// A seed of Ed25519 looks like its public key.
fn could_be_either(scheme: &Scheme, key: &[u8]) -> bool {
    scheme.algorithm == Algorithm::Ed25519 && key.len() == 32
}

/// Whether a text begins as private keys do, where the two halves begin differently.
fn begins_as_private(scheme: &Scheme, secret: &Secret) -> bool {
    match scheme.key.strip.as_slice() {
        [_, .., private] => secret.expose().starts_with(private.as_bytes()),
        _ => false,
    }
}

/// The key's bytes: without its beginning, decoded.
fn bytes(form: &KeyForm, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
    let bare = form.strip.iter().find_map(|begin| secret.strip_prefix(begin.as_bytes())).unwrap_or(secret);
    let what = if bare.len() < secret.len() { "what follows the secret's beginning" } else { "the secret" };
    let decoded = match form.decode {
        Decode::Text => Some(bare.to_vec()),
        Decode::Hex => hex::decode(bare).ok(),
        // Base64 has no white space, and a file or a variable often ends in some: the libraries pass over it.
        Decode::Base64 => decoder(&alphabet::STANDARD).decode(bare.trim_ascii_end()).ok(),
        Decode::Base64Url => decoder(&alphabet::URL_SAFE).decode(bare.trim_ascii_end()).ok(),
    };
    let decoded = decoded.ok_or_else(|| KeyError(format!("{what} is no {}", form.decode.word())))?;
    if decoded.is_empty() { Err(KeyError(format!("{what} is empty"))) } else { Ok(decoded) }
}

/// Says that white space after a secret is passed over, where it is.
pub(super) fn remark(scheme: &Scheme, secret: &Secret) -> Option<Remark> {
    let is_base64 = matches!(scheme.key.decode, Decode::Base64 | Decode::Base64Url);
    let is_pem = secret.expose().trim_ascii_start().starts_with(b"-----BEGIN");
    let ends = secret.expose().last().is_some_and(u8::is_ascii_whitespace);
    let what = "white space after the secret is passed over";
    (is_base64 && !is_pem && ends).then(|| Remark::new("secret-white-space", what))
}

fn decoder(alphabet: &alphabet::Alphabet) -> GeneralPurpose {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, lenient)
}

fn kind(scheme: &Scheme, wanted: Use) -> String {
    let curve = if scheme.algorithm == Algorithm::Ed25519 { "Ed25519" } else { "P-256" };
    let half = if wanted == Use::Sign { "private" } else { "public" };
    format!("{curve} {half} key: PEM, or {} of its bytes, was expected", scheme.key.decode.word())
}

fn from_pem(algorithm: Algorithm, pem: &str) -> Option<Pair> {
    if algorithm == Algorithm::Ed25519 {
        let private = ed25519_dalek::SigningKey::from_pkcs8_pem(pem).ok().map(ed25519);
        return private
            .or_else(|| Some(Pair::Ed25519(ed25519_dalek::VerifyingKey::from_public_key_pem(pem).ok()?, None)));
    }
    let private = p256::SecretKey::from_pkcs8_pem(pem).or_else(|_| p256::SecretKey::from_sec1_pem(pem));
    let public = || p256::PublicKey::from_public_key_pem(pem).ok().map(|key| Pair::P256(key.into(), None));
    private.ok().map(|key| nist(key.into())).or_else(public)
}

fn from_bytes(algorithm: Algorithm, bytes: &[u8], wanted: Use) -> Option<Pair> {
    if algorithm == Algorithm::Ed25519 {
        return match (<[u8; 32]>::try_from(bytes), <[u8; 64]>::try_from(bytes), wanted) {
            (Ok(seed), _, Use::Sign) => Some(ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))),
            (Ok(public), _, Use::Verify) => {
                Some(Pair::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(&public).ok()?, None))
            }
            (_, Ok(both), _) => ed25519_dalek::SigningKey::from_keypair_bytes(&both).ok().map(ed25519),
            _ => {
                let private = ed25519_dalek::SigningKey::from_pkcs8_der(bytes).ok().map(ed25519);
                let public = || ed25519_dalek::VerifyingKey::from_public_key_der(bytes).ok();
                private.or_else(|| Some(Pair::Ed25519(public()?, None)))
            }
        };
    }
    let private = p256::SecretKey::from_pkcs8_der(bytes).or_else(|_| {
        p256::SecretKey::from_sec1_der(bytes)
            .map_err(|_| p256::pkcs8::Error::KeyMalformed(p256::pkcs8::KeyError::Invalid))
    });
    let private = private.ok().or_else(|| p256::SecretKey::from_slice(bytes).ok());
    let public = || {
        let der = p256::PublicKey::from_public_key_der(bytes).ok();
        der.or_else(|| p256::PublicKey::from_sec1_point(&p256::Sec1Point::from_bytes(bytes).ok()?).into_option())
    };
    private.map(|key| nist(key.into())).or_else(|| Some(Pair::P256(public()?.into(), None)))
}

fn ed25519(private: ed25519_dalek::SigningKey) -> Pair {
    Pair::Ed25519(private.verifying_key(), Some(private))
}

fn nist(private: ecdsa::SigningKey) -> Pair {
    Pair::P256(*private.verifying_key(), Some(private))
}

/// A secret of the scheme's own form, made from randomness.
pub fn generate(scheme: &Scheme, seed: [u8; 32]) -> Result<Generated, KeyError> {
    let write = |begin: Option<&String>, bytes: &[u8]| {
        let text = match scheme.key.decode {
            Decode::Text | Decode::Hex => hex::encode(bytes),
            Decode::Base64 => STANDARD.encode(bytes),
            Decode::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
        };
        format!("{}{text}", begin.map_or("", String::as_str))
    };
    let (first, last) = (scheme.key.strip.first(), scheme.key.strip.last());
    let (private, public) = match scheme.algorithm {
        Algorithm::Ed25519 => {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed);
            // Both halves: 32 bytes alone could be either.
            (write(last, &key.to_keypair_bytes()), write(first, key.verifying_key().as_bytes()))
        }
        Algorithm::EcdsaP256 => {
            let fail = || KeyError("no P-256 key came of this randomness; try again".to_string());
            let key = p256::SecretKey::from_slice(&seed).map_err(|_| fail())?;
            let private = p256::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).map_err(|_| fail())?;
            let public = key.public_key().to_public_key_der().map_err(|_| fail())?;
            (write(last, private.as_bytes()), write(first, public.as_bytes()))
        }
        _ => {
            let text = write(first, &seed);
            (text.clone(), text)
        }
    };
    let private = Secret::new(private).map_err(|error| KeyError(error.to_string()))?;
    Ok(Generated { private, public })
}
