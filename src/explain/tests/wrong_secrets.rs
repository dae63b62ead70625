//! Digests of wrong secrets are never explained.

use super::{BODIES, VARIABLE, ask, delivery, hmac, plain, scene, token};
use crate::explain::{Question, ValueOf, explain, targets};
use crate::secret::Secret;

/// Digests of wrong secrets, so many in one value: each is searched for as if it came alone.
const TOGETHER: usize = 64;

/// Returns how many candidates were compared with each of the digests of wrong secrets. None may match.
fn wrong_secrets(range: std::ops::Range<usize>, depth: usize) -> usize {
    let body = BODIES[range.start / TOGETHER % BODIES.len()];
    let delivery = delivery(body);
    let wrong = |index: usize| format!("v1={}", hex::encode(hmac(format!("wrong-secret-{index}").as_bytes(), body)));
    let value = range.clone().map(wrong).collect::<Vec<_>>().join(",");
    let secret = Secret::new(format!("the-right-secret-{}", range.start)).unwrap();
    let plain = plain("");
    let question = Question {
        scheme: &plain,
        secret: &secret,
        variable: Some(VARIABLE),
        others: &[],
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth,
        beyond: &[],
    };
    // Hexadecimal digits are read as base64 too.
    assert!(targets(&value, &plain).len() >= range.len());
    let explanation = explain(&question, || true);
    assert!(explanation.causes.is_empty(), "{range:?}: {explanation:?}");
    explanation.tried.candidates
}

#[test]
fn wrong_secrets_are_never_explained_away() {
    let mut tried = 0;
    for start in (0..10_000).step_by(TOGETHER) {
        // Pairs take a hundred times as long.
        let depth = if start % (TOGETHER * 16) == 0 { 2 } else { 1 };
        tried += wrong_secrets(start..(start + TOGETHER).min(10_000), depth);
    }
    println!("10,000 wrong secrets, {tried} candidates, none of which matched");
    assert!(tried > 10_000, "{tried}");
}

#[test]
#[ignore = "takes minutes"]
fn wrong_secrets_are_never_explained_away_by_pairs_or_triples() {
    let range = |index: usize| index * TOGETHER..((index + 1) * TOGETHER).min(10_000);
    let tried: usize = (0..10_000_usize.div_ceil(TOGETHER)).map(|index| wrong_secrets(range(index), 3)).sum();
    println!("10,000 wrong secrets, {tried} candidates, none of which matched");
}

#[test]
fn a_wrong_token_is_never_explained_away() {
    for index in 0..300 {
        let wrong = format!("wrong-secret-{index}");
        let token = ask(&token(), "the-right-secret", &delivery(BODIES[0]), &wrong);
        assert!(token.causes.is_empty(), "{wrong}: {token:?}");
    }
}
