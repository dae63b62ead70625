//! The control without a signature, and signed with other forms of the key.

use super::{Parts, Variant};
use crate::catalog::{Algorithm, Decode};
use crate::explain;

/// A shorter text is not taken for one that was encoded.
const SHORTEST: usize = 16;

pub(super) fn variants(parts: &Parts<'_>, secret: &[u8]) -> Vec<Variant> {
    let scheme = parts.scheme;
    let keyed = |code, detail: &str, key: &[u8]| Variant { key: Some(key.to_vec()), ..parts.variant(code, detail) };
    let mut all = Vec::new();
    if scheme.body.is_none() {
        all.push(Variant { is_unsigned: true, ..parts.variant("control-unsigned", "") });
    }
    all.push(keyed("control-empty-key", "", b""));
    all.push(keyed("control-undefined", "", b"undefined"));
    if scheme.algorithm == Algorithm::Token {
        return all;
    }
    let cut = scheme.key.strip.iter().find_map(|begin| secret.strip_prefix(begin.as_bytes()));
    if scheme.key.decode != Decode::Text {
        let leniently = cut.and(explain::leniently_decoded(secret));
        all.extend(cut.map(|bare| keyed("control-undecoded-secret", "the text after its beginning is the key", bare)));
        all.push(keyed("control-undecoded-secret", "its whole text is the key", secret));
        all.extend(leniently.map(|key| keyed("control-secret-prefix", "its beginning is decoded with the rest", &key)));
        return all;
    }
    let bare = cut.or_else(|| after_underscore(secret));
    all.extend(cut.map(|_| keyed("control-secret-prefix", "its beginning is a part of the key", secret)));
    all.extend(
        bare.filter(|_| cut.is_none()).map(|bare| keyed("control-secret-prefix", "its beginning is cut off", bare)),
    );
    for text in [Some(secret), bare].into_iter().flatten().filter(|text| text.len() >= SHORTEST) {
        if let Ok(key) = hex::decode(text) {
            all.push(keyed("control-decoded-secret", "from hexadecimal", &key));
        } else if let Some(key) = explain::decoded(text) {
            all.push(keyed("control-decoded-secret", "from base64", &key));
        }
    }
    all.push(keyed("control-secret-line-end", "", &[secret, b"\n"].concat()));
    all
}

/// Returns what follows the first underscore, as in `whsec_...`.
fn after_underscore(secret: &[u8]) -> Option<&[u8]> {
    let at = secret.iter().position(|byte| *byte == b'_')?;
    let is_word = secret[..at].iter().all(u8::is_ascii_alphanumeric);
    Some(&secret[at + 1..]).filter(|rest| is_word && !rest.is_empty())
}
