//! A secret → the ways to make a key of it.

use super::is_public_pem;
use crate::catalog::{Algorithm, Decode, KeyForm, Scheme};
use crate::secret::Secret;
use crate::signature::{Key, Use};

/// The longest beginning that may be cut off, as in `whsec_`.
const LONGEST_BEGINNING: usize = 16;

/// A key with the way it was read from the secret.
pub(super) struct ReadKey {
    /// The way.
    pub(super) form: KeyForm,
    /// Its bytes; none of a public key.
    pub(super) bytes: Vec<u8>,
}

/// Returns the forms that give a key of the algorithm, the plainest first; of those that give the same key, one.
pub(super) fn forms(algorithm: Algorithm, secret: &Secret) -> Vec<ReadKey> {
    if is_public_pem(secret) && !algorithm.is_asymmetric() {
        return Vec::new();
    }
    let beginning = beginning(secret);
    let strips = std::iter::once(Vec::new()).chain(beginning.map(|begin| vec![begin]));
    let decodes = [Decode::Text, Decode::Base64, Decode::Base64Url, Decode::Hex];
    let all = strips.flat_map(|strip| decodes.map(|decode| KeyForm { strip: strip.clone(), decode }));
    if algorithm.is_asymmetric() {
        // The reader of public keys tries every encoding itself.
        let decode = if hex::decode(secret.expose()).is_ok() { Decode::Hex } else { Decode::Base64 };
        let form = KeyForm { strip: Vec::new(), decode };
        return read(algorithm, &form, secret).map(|_| ReadKey { form, bytes: Vec::new() }).into_iter().collect();
    }
    let mut keys: Vec<ReadKey> = Vec::new();
    for form in all {
        let bytes = read(algorithm, &form, secret).map(|key| key.bytes().to_vec()).unwrap_or_default();
        if !bytes.is_empty() && !keys.iter().any(|known| known.bytes == bytes) {
            keys.push(ReadKey { form, bytes });
        }
    }
    keys
}

fn read(algorithm: Algorithm, form: &KeyForm, secret: &Secret) -> Option<Key> {
    let scheme = Scheme { key: form.clone(), ..super::blank("", algorithm) };
    Key::read(&scheme, secret, Use::Verify).ok()
}

/// The beginning of a secret up to its first `_`: `whsec_`.
fn beginning(secret: &Secret) -> Option<String> {
    let text = std::str::from_utf8(secret.expose()).ok()?;
    let (word, rest) = text.split_once('_')?;
    let is_word = !word.is_empty() && word.len() < LONGEST_BEGINNING && word.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_word && !rest.is_empty()).then(|| format!("{word}_"))
}
