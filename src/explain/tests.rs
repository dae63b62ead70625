//! Planted causes are found, and nothing else is.
#![expect(clippy::print_stdout, reason = "the tests tell how much was planted")]

use super::bodies::{ends, shapes};
use super::digests::{Construction, OTHERS};
use super::{Explanation, Question, ValueOf, explain, keys_of};
use crate::catalog::{Algorithm, Alternative, Encoding, Need, Scheme};
use crate::message::{Delivery, Headers};
use crate::secret::Secret;

const BODIES: [&str; 5] = [
    r#"{"event_id":"e-1","event_type":"form.submitted","amount":10}"#,
    "{\"b\": 1.0, \"a\": 1E2, \"2\": \"x\", \"url\": \"https://a/b\", \"name\": \"Zo\u{eb} \u{1f389}\"}\n",
    "{\r\n  \"html\": \"<p>a&b</p>\",\r\n  \"esc\": \"\\u00e9\\/\\u003c\",\r\n  \"n\": 12345678901234567890\r\n}\r\n",
    "payload=%7B%22a%22%3A1%7D",
    "  plain text, no JSON  ",
];
const SECRETS: [&str; 4] = ["s3cr3t", "whsec_c2VjcmV0LWtleS1ieXRlcw==", "with space # and $HOME", "0123456789abcdef"];

fn scheme(prefix: &str, algorithm: Algorithm) -> Scheme {
    Scheme {
        mode: "hmac".into(),
        algorithm,
        header: "X-Signature".into(),
        header_is_free: false,
        secret: Need::Required,
        prefix: prefix.into(),
        encoding: Some(Encoding::Hex),
        accept: vec![Alternative::UpperCase],
    }
}

fn delivery(body: &str) -> Delivery {
    let mut headers = Headers::default();
    headers.push("Host", "hooks.example:8080");
    headers.push("X-Request-Timestamp", "1764000000");
    headers.push("X-Request-Id", "req_123456");
    Delivery { method: "POST".into(), target: "/hook?a=b".into(), headers, body: body.as_bytes().to_vec() }
}

fn ask(scheme: &Scheme, secret: &str, delivery: &Delivery, value: &str) -> Explanation {
    let secret = Secret::new(secret).unwrap();
    explain(
        &Question { scheme, secret: &secret, others: &[], delivery, value, origin: ValueOf::Sender, depth: 3 },
        || true,
    )
}

fn all_shapes(text: &str) -> Vec<super::bodies::Alteration> {
    let mut all = Vec::new();
    shapes(text.as_bytes(), &mut |code, detail, bytes| all.push((code, detail, bytes)));
    all
}

/// Whether the first cause is the planted one, or one that gives the same bytes.
fn names(explanation: &Explanation, codes: &[&str]) -> bool {
    explanation.causes.iter().any(|cause| {
        let matches = |(change, code): (&super::Change, &&str)| change.code == *code || change.same.contains(code);
        cause.changes.len() == codes.len() && cause.changes.iter().zip(codes).all(matches)
    })
}

#[test]
fn every_single_cause_that_is_planted_is_found() {
    let (mut planted, mut missed) = (0, Vec::new());
    for prefix in ["", "sha256="] {
        let scheme = scheme(prefix, Algorithm::HmacSha256);
        for text in BODIES {
            let delivery = delivery(text);
            for secret in SECRETS {
                let mut plant = |code: &'static str, key: &[u8], construction: Construction, parts: &[&[u8]]| {
                    let value = format!("{prefix}{}", hex::encode(construction.digest(key, parts)));
                    let own = Construction::HmacSha256.digest(secret.as_bytes(), &[text.as_bytes()]);
                    if value.ends_with(&hex::encode(own)) {
                        return;
                    }
                    planted += 1;
                    if !names(&ask(&scheme, secret, &delivery, &value), &[code]) {
                        missed.push(format!("{code} on {text:?} with {secret:?}"));
                    }
                };
                let hmac = Construction::HmacSha256;
                for (code, _, body) in all_shapes(text).into_iter().chain(ends(text.as_bytes())) {
                    plant(code, secret.as_bytes(), hmac, &[&body]);
                }
                for (code, _, key) in super::keys::alterations(secret.as_bytes()) {
                    plant(code, &key, hmac, &[text.as_bytes()]);
                }
                for (code, _, before, after) in super::contents::alterations(&delivery) {
                    plant(code, secret.as_bytes(), hmac, &[&before, text.as_bytes(), &after]);
                }
                for (construction, code, _) in OTHERS {
                    plant(code, secret.as_bytes(), construction, &[text.as_bytes()]);
                }
            }
        }
    }
    println!("planted {planted}, missed {}", missed.len());
    assert!(planted > 1_000 && missed.is_empty(), "of {planted} were missed: {missed:#?}");
}

#[test]
fn planted_pairs_are_found() {
    let scheme = scheme("", Algorithm::HmacSha256);
    let (mut planted, mut missed) = (0, Vec::new());
    for text in &BODIES[..3] {
        let delivery = delivery(text);
        for (shape, _, body) in all_shapes(text).into_iter().step_by(3) {
            for (key_code, _, key) in super::keys::alterations(b"s3cr3t").into_iter().step_by(3) {
                let is_plain = body == text.as_bytes() || key == b"s3cr3t" || body.is_empty();
                if is_plain {
                    continue;
                }
                planted += 1;
                let value = hex::encode(Construction::HmacSha256.digest(&key, &[&body]));
                if !names(&ask(&scheme, "s3cr3t", &delivery, &value), &[shape, key_code]) {
                    missed.push(format!("{shape} with {key_code} on {text:?}"));
                }
            }
        }
    }
    println!("planted {planted} pairs, missed {}", missed.len());
    assert!(planted > 100 && missed.is_empty(), "of {planted} were missed: {missed:#?}");
}

#[test]
fn ways_of_writing_a_right_digest_are_named() {
    let delivery = delivery(BODIES[0]);
    let digest = Construction::HmacSha256.digest(b"s3cr3t", &[BODIES[0].as_bytes()]);
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &digest);
    let twice = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hex::encode(&digest));
    let digits = hex::encode(&digest);
    let check = |prefix: &str, value: &str, code: &str| {
        let explanation = ask(&scheme(prefix, Algorithm::HmacSha256), "s3cr3t", &delivery, value);
        assert!(names(&explanation, &[code]), "{code}: {explanation:?}");
    };
    check("", &encoded, "digest-base64");
    check("", &twice, "digest-base64-of-hex");
    check("", &format!("sha256={digits}"), "digest-prefix");
    check("sha256=", &digits, "digest-prefix");
    check("", &format!("\"{digits}\""), "digest-quoted");
    check("", &format!("t=1764000000,v1={digits}"), "digest-prefix");
}

#[test]
fn a_wrong_secret_is_never_explained_away() {
    for index in 0..300 {
        let wrong = format!("wrong-secret-{index}");
        let body = BODIES[index % BODIES.len()];
        let delivery = delivery(body);
        let value = hex::encode(Construction::HmacSha256.digest(wrong.as_bytes(), &[body.as_bytes()]));
        let scheme_of = |algorithm| scheme("", algorithm);
        let secret = Secret::new("the-right-secret").unwrap();
        let hmac = scheme_of(Algorithm::HmacSha256);
        let question = Question {
            scheme: &hmac,
            secret: &secret,
            others: &[],
            delivery: &delivery,
            value: &value,
            origin: ValueOf::Sender,
            depth: 2,
        };
        let explanation = explain(&question, || true);
        assert!(explanation.causes.is_empty(), "{wrong}: {explanation:?}");
        assert!(explanation.tried.candidates > 1_000, "{:?}", explanation.tried);
        let token = ask(&scheme_of(Algorithm::Token), "the-right-secret", &delivery, &wrong);
        assert!(token.causes.is_empty(), "{wrong}: {token:?}");
    }
}

#[test]
fn a_token_that_was_altered_is_named() {
    let scheme = scheme("", Algorithm::Token);
    let delivery = delivery(BODIES[0]);
    let check = |value: &str, code: &str| assert!(names(&ask(&scheme, "tok_en", &delivery, value), &[code]), "{code}");
    check("tok_en\n", "key-newline");
    check("\"tok_en\"", "key-quotes");
    check("undefined", "key-undefined");
    check("Bearer tok_en", "digest-prefix");
    let digest = Construction::HmacSha256.digest(b"tok_en", &[BODIES[0].as_bytes()]);
    check(&hex::encode(digest), "token-scheme");
}

#[test]
fn another_secret_at_hand_is_named_by_its_owner() {
    let scheme = scheme("", Algorithm::HmacSha256);
    let delivery = delivery(BODIES[0]);
    let (right, other) = (Secret::new("right").unwrap(), Secret::new("other").unwrap());
    let value = hex::encode(Construction::HmacSha256.digest(b"other", &[BODIES[0].as_bytes()]));
    let others = [("acme".to_string(), other)];
    let question = Question {
        scheme: &scheme,
        secret: &right,
        others: &others,
        delivery: &delivery,
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
    };
    let explanation = explain(&question, || true);
    assert!(explanation.causes[0].text().contains("acme"), "{explanation:?}");
    assert!(!keys_of(&question).is_empty());
}

#[test]
fn time_that_is_up_is_said() {
    let scheme = scheme("", Algorithm::HmacSha256);
    let delivery = delivery(BODIES[0]);
    let secret = Secret::new("s").unwrap();
    let value = "ab".repeat(32);
    let question = Question {
        scheme: &scheme,
        secret: &secret,
        others: &[],
        delivery: &delivery,
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
    };
    let explanation = explain(&question, || false);
    assert!(explanation.causes.is_empty() && !explanation.tried.complete);
}
