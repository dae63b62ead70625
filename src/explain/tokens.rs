//! The explanation of a token, which is the secret itself and no digest.

use super::near::nearness_of_token;
use super::readings::readings;
use super::{Altered, Cause, Change, Explanation, Question, Tried, keys_of, targets};
use crate::catalog::Algorithm;
use crate::signature;

/// A token is its own proof: only a value that is made from the secret itself is explained.
pub(super) fn explain_token(question: &Question<'_>) -> Explanation {
    let value = question.value.as_bytes();
    let mut all = keys_of(question);
    let keyed = all.len();
    let prefixed = ["Bearer ", "bearer ", "Token ", "Basic "].map(|prefix| {
        let value = [prefix.as_bytes(), question.secret.expose()].concat();
        (Change::new("digest-prefix", prefix.trim_end()), value)
    });
    all.extend(prefixed);
    let body = &question.scene.delivery.body;
    let digest = signature::digest(Algorithm::HmacSha256, question.secret.expose(), &[body]);
    if targets(question.value, question.scheme).iter().any(|target| target.digest == digest) {
        let change = Change::new("token-scheme", "an HMAC-SHA256 of the body came where the token was expected");
        all.push((change, value.to_vec()));
    }
    let tried = Tried { candidates: all.len(), keys: keyed, depth: 1, complete: true, ..Tried::default() };
    let hit =
        |(change, bytes): Altered| (bytes == value).then(|| Cause { changes: vec![change], with: None, at: None });
    let mut causes: Vec<Cause> = all.into_iter().filter_map(hit).collect();
    if causes.is_empty() {
        causes.extend(read_token(question));
    }
    Explanation { causes, tried, ..Explanation::default() }
}

/// A reading of the value that is the token, or a value that is nearly the token.
fn read_token(question: &Question<'_>) -> Option<Cause> {
    let secret = question.secret.expose();
    let reading = readings(question.value).into_iter().find(|reading| reading.text.as_bytes() == secret);
    let changes = if let Some(reading) = reading {
        reading.writing.iter().map(|(code, detail)| Change::new(code, *detail)).collect()
    } else {
        let (code, detail) = nearness_of_token(question.value.as_bytes(), secret)?;
        vec![Change::new(code, detail)]
    };
    Some(Cause { changes, with: None, at: None })
}
