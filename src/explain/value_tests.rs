//! Values that were altered on their way are found and named, and a right digest blames nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::rand_core::SeedableRng as _;

use super::{Explanation, Fact, Idle, Question, ValueOf, explain};
use crate::catalog::{Catalog, Scheme};
use crate::message::{Delivery, Headers};
use crate::render::{Randomness, World};
use crate::secret::{Named, Secret};
use crate::signature::{self, Scene, Tolerance};

const BODY: &str = "{\"id\":\"évt_1\",\"n\":1.0}";
const SECRET: &str = "whsec_c2VjcmV0LWtleS1ieXRlcy0xMjM0NTY=";

fn scheme(id: &str) -> Scheme {
    Catalog::built_in().unwrap().provider(id).unwrap().scheme().unwrap().clone()
}

/// A delivery that the provider signed, and the value of its signature.
fn signed(scheme: &Scheme, body: &str) -> (Delivery, String) {
    let mut delivery =
        Delivery { method: "POST".into(), target: "/".into(), headers: Headers::default(), body: body.into() };
    let mut world = World { now: now(), random: Randomness::from_seed([7; 32]) };
    let named = Named { from: "TEST".to_string(), secret: Secret::new(SECRET).unwrap() };
    signature::sign(scheme, &[named], &mut delivery, None, &mut world).unwrap();
    let value = String::from_utf8(signature::received(scheme, &delivery).remove(0)).unwrap();
    (delivery, value)
}

fn now() -> jiff::Timestamp {
    "2025-11-24T16:00:00Z".parse().unwrap()
}

/// Explains a value that stands in the signature's header.
fn ask(scheme: &Scheme, mut delivery: Delivery, value: &str, beyond: &[u8]) -> Explanation {
    delivery.headers.remove(scheme.header.first());
    delivery.headers.push(scheme.header.first(), value);
    let secret = Secret::new(SECRET).unwrap();
    let scene = Scene { delivery: &delivery, url: None, now: now(), tolerance: Tolerance::Off };
    let origin = ValueOf::Sender;
    let question =
        Question { scheme, secret: &secret, others: &[], scene, value, origin, depth: 2, beyond, variable: None };
    explain(&question, || true)
}

#[track_caller]
fn check(id: &str, alter: impl Fn(&str) -> String, code: &str) {
    let scheme = scheme(id);
    let (delivery, value) = signed(&scheme, BODY);
    let altered = alter(&value);
    assert_ne!(altered, value, "{id}");
    let found = ask(&scheme, delivery, &altered, b"");
    if found.facts.contains(&Fact::DigestRight) {
        // The scheme's own reading takes it as it stands.
        return;
    }
    let codes: Vec<String> = found.causes.iter().map(super::Cause::code).collect();
    assert!(
        codes.iter().any(|known| known.split('+').any(|part| part == code)),
        "{id}: {altered:?} should be {code}: {found:?}"
    );
}

/// The alterations that any value may have suffered, with the codes of their causes.
fn check_all(id: &str) {
    let without = |at: usize, value: &str| format!("{}{}", &value[..at], &value[at + 1..]);
    check(id, |value| format!("\"{value}\""), "digest-quoted");
    check(id, |value| format!("[{value}]"), "digest-quoted");
    check(id, |value| format!("b'{value}'"), "digest-quoted");
    check(id, |value| format!("\u{feff}{value}"), "value-invisible");
    check(id, |value| format!("X-My-Signature: {value}"), "value-header-line");
    check(id, |value| format!("{value}\\n"), "value-line-break");
    check(id, |value| format!("{}\n{}", &value[..value.len() - 9], &value[value.len() - 9..]), "value-line-break");
    check(
        id,
        |value| value.replace('=', "%3D").replace('+', "%2B").replace(',', "%2C") + "%20",
        "value-percent-encoded",
    );
    check(id, |value| value.replace('=', "&#61;").replace('+', "&#43;") + "&nbsp;", "value-escaped");
    check(id, |value| value[..value.len() - 9].to_string(), "value-cut");
    check(id, |value| format!("{}...", &value[..value.len() - 12]), "value-cut");
    check(id, |value| without(value.len() - 20, value), "value-altered");
    check(id, |value| format!("{}!{}", &value[..value.len() - 20], &value[value.len() - 19..]), "value-altered");
    check(id, |value| format!("{}xx{}", &value[..value.len() - 20], &value[value.len() - 20..]), "value-altered");
}

#[test]
fn altered_values_of_every_kind_of_scheme_are_named() {
    check_all("superfolio");
    check_all("github");
    check_all("shopify");
    check_all("typeform");
    check_all("stripe");
    check_all("standard-webhooks");
}

#[test]
fn values_that_only_base64_can_suffer_are_named() {
    check("shopify", str::to_lowercase, "value-case-lost");
    check("shopify", |value| value.trim_end_matches('=').to_string(), "digest-base64");
    check("shopify", |value| format!("hmac{value}"), "value-surrounded");
    let scheme = scheme("shopify");
    // A body whose digest has a plus.
    let body =
        (0..10_000).map(|n| format!("{{\"n\":{n}}}")).find(|body| signed(&scheme, body).1.contains('+')).unwrap();
    let (delivery, value) = signed(&scheme, &body);
    let code = |altered: &str| ask(&scheme, delivery.clone(), altered, b"").causes[0].code();
    assert_eq!(code(&value.replace('+', " ")), "value-plus-lost");
    assert_eq!(code(&value.replace('+', "%2B")), "value-percent-encoded");
    assert_eq!(code(&value.replace('+', "\\u002b")), "value-escaped");
}

#[test]
fn one_of_several_values_is_named() {
    let other = "0".repeat(64);
    check("github", |value| format!("sha256={other},{value}"), "value-several");
    check("github", |value| format!("{value},sha256={other}"), "value-several");
    check("github", |value| format!("{value}, {value}"), "value-several");
    check("superfolio", |value| format!("{value}, {value}"), "value-several");
    check("shopify", |value| format!("{value},{value}"), "value-several");
}

#[test]
fn a_list_that_is_separated_otherwise_is_read() {
    check("stripe", |value| value.replace(',', ";"), "value-list");
    check("stripe", |value| value.replace(',', "&"), "value-list");
    check("stripe", |value| format!("\"{value}\""), "digest-quoted");
    check("stripe", |value| value.replace('=', "%3D").replace(',', "%2C"), "value-percent-encoded");
}

#[test]
fn a_right_digest_blames_neither_secret_nor_body() {
    let scheme = scheme("stripe");
    let stamped = |stamp: &str| {
        let (delivery, _) = signed(&scheme, BODY);
        let content = format!("{stamp}.{BODY}");
        let digest = signature::digest(scheme.algorithm, SECRET.as_bytes(), &[content.as_bytes()]);
        ask(&scheme, delivery, &format!("t={stamp},v1={}", hex::encode(digest)), b"")
    };
    for (stamp, code) in [
        ("1767267099257", "timestamp-unit"),
        ("1767267099257123", "timestamp-unit"),
        ("1767267099257123456", "timestamp-unit"),
        ("1767267099.25", "timestamp-form"),
        ("2026-01-01T11:31:39Z", "timestamp-form"),
        ("soon", "timestamp-form"),
    ] {
        let found = stamped(stamp);
        assert_eq!((found.facts.as_slice(), found.causes.len()), ([Fact::DigestRight].as_slice(), 1), "{stamp}");
        assert_eq!(found.causes[0].code(), code, "{stamp}");
    }
}

#[test]
fn bytes_behind_the_announced_length_are_tried() {
    let scheme = scheme("github");
    let (mut delivery, value) = signed(&scheme, BODY);
    let beyond = delivery.body.split_off(BODY.len() - 1);
    let found = ask(&scheme, delivery.clone(), &value, &beyond);
    assert_eq!(found.causes[0].code(), "body-beyond-length");
    let found = ask(&scheme, delivery.clone(), &value, b"");
    assert_eq!(found.causes[0].code(), "body-beyond-length", "the bracket that is missing is seen");
    delivery.body.truncate(12);
    let found = ask(&scheme, delivery, &value, b"");
    assert_eq!((found.causes.len(), found.facts), (0, vec![Fact::BodyIncomplete]));
    let (delivery, value) = signed(&scheme, &BODY[..BODY.len() - 1]);
    let longer = Delivery { body: BODY.into(), ..delivery };
    assert_eq!(ask(&scheme, longer, &value, b"").causes[0].code(), "body-cut-short");
}

/// A value of another secret or body is nothing that is known, however it is written.
#[test]
fn a_wrong_digest_is_not_near_to_the_right_one() {
    let schemes = [scheme("github"), scheme("shopify"), scheme("stripe")];
    for index in 0..300_u32 {
        let scheme = &schemes[index as usize % 3];
        let (delivery, _) = signed(scheme, BODY);
        let digest = signature::digest(crate::catalog::Algorithm::HmacSha256, &index.to_le_bytes(), &[b"other"]);
        let hex = hex::encode(&digest);
        let values =
            [hex.clone(), hex[..40].to_string(), format!("{}...", &hex[..12]), STANDARD.encode(&digest).to_lowercase()];
        let value = &values[(index / 3) as usize % 4];
        let found = ask(scheme, delivery, value, b"");
        assert!(found.causes.is_empty() && found.facts.is_empty(), "{value}: {found:?}");
        assert!(found.idle != Some(Idle::NoKey));
    }
}
