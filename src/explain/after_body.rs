//! A digest that stands after the bytes of the body itself, as Go's `h.Sum(body)` gives it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::{Cause, Change, Explanation, Question, ValueOf, explain_digest, is_same_digest};
use crate::catalog::{Encoding, Scheme};
use crate::signature;

/// Values after longer bodies are not looked at.
const LONGEST: usize = 1 << 20;

/// Returns the digest after the body's bytes, written as the scheme writes it.
pub(super) fn digest(scheme: &Scheme, value: &str, body: &[u8]) -> Option<String> {
    if body.is_empty() || body.len() > LONGEST || value.len() > 4 * body.len() + 1024 {
        return None;
    }
    let value = value.trim().trim_matches(['"', '\'']);
    let bare = value.strip_prefix(&scheme.prefix).unwrap_or(value);
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    let decoded =
        hex::decode(bare).ok().into_iter().chain(engines.iter().filter_map(|engine| engine.decode(bare).ok()));
    let tail = |bytes: Vec<u8>| bytes.strip_prefix(body).map(<[u8]>::to_vec);
    let digest = decoded.filter_map(tail).find(|digest| matches!(digest.len(), 20 | 32 | 48 | 64))?;
    Some(match scheme.encoding.unwrap_or(Encoding::Hex) {
        Encoding::Hex => hex::encode(digest),
        Encoding::Base64 => STANDARD.encode(digest),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode(digest),
    })
}

/// Explains a digest that stands after the body's own bytes.
pub(super) fn explain(question: &Question<'_>, digest: &str, in_time: &impl Fn() -> bool) -> Explanation {
    let change = || Change::new("digest-after-body", "");
    let expected = signature::expected(question.scheme, question.secret, &question.scene);
    if expected.is_ok_and(|expected| is_same_digest(question.scheme, digest, &expected)) {
        let cause = Cause { changes: vec![change()], with: None, at: None };
        return Explanation { causes: vec![cause], ..Explanation::default() };
    }
    let mut found = explain_digest(&Question { value: digest, origin: ValueOf::OwnCode, ..*question }, in_time);
    found.causes.iter_mut().for_each(|cause| cause.changes.push(change()));
    found
}
