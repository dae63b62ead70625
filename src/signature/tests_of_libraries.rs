//! Verdicts where a grammar could be read in two ways: as the providers' own libraries read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Judgement, Scene, Tolerance, Verdict, digest, verify};
use crate::catalog::{Algorithm, Catalog, Scheme};
use crate::message::{Delivery, Headers};
use crate::secret::{Named, Secret};

const AT: i64 = 1_750_000_000;
const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"a":1}"#;

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    digest(Algorithm::HmacSha256, key, &[text.as_bytes()])
}

fn hex(key: &str, text: &str) -> String {
    hex::encode(hmac(key.as_bytes(), text))
}

fn scheme(id: &str, mode: &str) -> Scheme {
    let catalog = Catalog::built_in().unwrap();
    let modes = &catalog.provider(id).unwrap().description.signature;
    modes.iter().find(|scheme| scheme.mode == mode).unwrap().clone()
}

fn judge(scheme: &Scheme, secret: &str, headers: &[(&str, String)], body: &str) -> Judgement {
    let headers = headers.iter().fold(Headers::default(), |mut all, (name, value)| {
        all.push(*name, value.as_str());
        all
    });
    let (method, target) = ("POST".to_string(), "https://hooks.example/in".to_string());
    let delivery = Delivery { method, target, headers, body: body.as_bytes().to_vec() };
    let now = jiff::Timestamp::from_second(AT).unwrap();
    let secrets = [Named { from: "TEST".to_string(), secret: Secret::new(secret).unwrap() }];
    verify(scheme, &secrets, &Scene { delivery: &delivery, url: None, now, tolerance: Tolerance::Documented })
}

#[track_caller]
fn expect(judgement: &Judgement, verdict: Verdict, code: &str) {
    let codes: Vec<&str> = if code.is_empty() { Vec::new() } else { vec![code] };
    assert_eq!((judgement.verdict, judgement.codes.clone()), (verdict, codes), "{judgement:?}");
}

#[test]
fn a_space_in_a_list_makes_another_name() {
    for (id, mode, header, stamp, item, between) in [
        ("stripe", "v1", "Stripe-Signature", "t", "v1", (".", ",")),
        ("calendly", "v1", "Calendly-Webhook-Signature", "t", "v1", (".", ",")),
        ("paddle", "h1", "Paddle-Signature", "ts", "h1", (":", ";")),
    ] {
        let scheme = scheme(id, mode);
        let (dot, separator) = between;
        let right = hex("key", &format!("{AT}{dot}{BODY}"));
        let check = |value: String, verdict, code| {
            expect(&judge(&scheme, "key", &[(header, value)], BODY), verdict, code);
        };
        check(format!("{stamp}={AT}{separator}{item}={right}"), Verdict::Valid, "");
        check(format!("{stamp}={AT}{separator} {item}={right}"), Verdict::Invalid, "list-space");
        check(format!("{stamp}={AT}{separator}\u{a0}{item}={right}"), Verdict::Invalid, "list-space");
        check(format!("{item}={right}{separator} {stamp}={AT}"), Verdict::Invalid, "list-space");
        check(format!("{stamp}={AT}{separator}{item} ={right}"), Verdict::Invalid, "list-space");
        // What is there without a space counts, whatever else is.
        check(format!("{stamp}={AT}{separator}{item}={right}{separator} {item}=00"), Verdict::Valid, "");
    }
}

fn standard(secret: &str, at: &str, id: &str) -> [(&'static str, String); 3] {
    let value = STANDARD.encode(hmac(&STANDARD.decode(secret).unwrap(), &format!("{id}.{at}.{BODY}")));
    [
        ("webhook-id", id.to_string()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", format!("v1,{value}")),
    ]
}

#[test]
fn what_the_libraries_of_standard_webhooks_refuse_is_refused() {
    let scheme = scheme("standard-webhooks", "v1");
    let check = |at: &str, id: &str, verdict, code| {
        expect(&judge(&scheme, KEY, &standard(KEY, at, id), BODY), verdict, code);
    };
    let at = AT.to_string();
    check(&at, "msg_1", Verdict::Valid, "");
    check(&at, "", Verdict::Invalid, "id-empty");
    check(&at, " ", Verdict::Invalid, "id-empty");
    check(&format!("+{at}"), "msg_1", Verdict::Invalid, "timestamp-form");
    check(&format!("0{at}"), "msg_1", Verdict::Invalid, "timestamp-form");
    check(&format!("{at}.0"), "msg_1", Verdict::Invalid, "timestamp-form");
    check(&(AT + 301).to_string(), "msg_1", Verdict::Stale, "timestamp-age");
}

#[test]
fn what_the_libraries_of_standard_webhooks_accept_is_accepted_and_told() {
    let scheme = scheme("standard-webhooks", "v1");
    let right = standard(KEY, &AT.to_string(), "msg_1");
    for end in ["\n", " ", "\r\n", "\t"] {
        let secret = format!("whsec_{KEY}{end}");
        expect(&judge(&scheme, &secret, &right, BODY), Verdict::Valid, "secret-white-space");
    }
    let value = right[2].1.clone();
    let with = |value: String| judge(&scheme, KEY, &[right[0].clone(), right[1].clone(), (right[2].0, value)], BODY);
    expect(&with(format!("{value}, v1,AAAA")), Verdict::Valid, "joined-values");
    expect(&with(format!("v1,AAAA, {value}")), Verdict::Valid, "");
    expect(&with(format!("{value},{value}")), Verdict::Invalid, "signature-form");
}

#[test]
fn a_header_that_comes_twice_counts_only_where_both_readings_verify() {
    let scheme = scheme("standard-webhooks", "v1");
    let [id, stamp, signature] = standard(KEY, &AT.to_string(), "msg_1");
    let other = ("webhook-signature", "v1,AAAA".to_string());
    let of = |headers: &[(&str, String)]| judge(&scheme, KEY, headers, BODY);
    let repeated = |headers: &[(&str, String)], words: &str| {
        let judgement = of(headers);
        expect(&judgement, Verdict::Invalid, "repeated-header");
        assert!(judgement.reason.contains(words), "{judgement:?}");
    };
    let both = of(&[id.clone(), stamp.clone(), signature.clone(), other.clone()]);
    assert_eq!((both.verdict, both.codes), (Verdict::Valid, vec!["repeated-header"]));
    let first = "the first value does not";
    repeated(&[id.clone(), stamp.clone(), other.clone(), signature.clone()], first);
    let joined = "the first value verifies, all joined";
    repeated(&[id.clone(), id.clone(), stamp.clone(), signature.clone()], joined);
    repeated(&[id.clone(), stamp.clone(), stamp.clone(), signature.clone()], joined);
    let late = ("webhook-timestamp", (AT + 9).to_string());
    repeated(&[id.clone(), stamp.clone(), late, signature.clone()], joined);
    let neither = of(&[id, stamp, other.clone(), other]);
    assert_eq!(neither.verdict, Verdict::Invalid);
    assert!(neither.codes.contains(&"repeated-header"), "{neither:?}");
    // A bare digest that comes twice is none when joined, and a token neither.
    let github = self::scheme("github", "sha256");
    let value = ("X-Hub-Signature-256", format!("sha256={}", hex("key", BODY)));
    expect(&judge(&github, "key", &[value.clone(), value], BODY), Verdict::Invalid, "repeated-header");
    let gitlab = self::scheme("gitlab", "token");
    let token = ("X-Gitlab-Token", "secret".to_string());
    expect(&judge(&gitlab, "secret", &[token.clone(), token], BODY), Verdict::Invalid, "repeated-header");
}

#[test]
fn a_time_in_a_body_is_judged_by_its_type() {
    let linear = scheme("linear", "hmac");
    let check = |time: &str, verdict, code| {
        let body = format!(r#"{{"webhookTimestamp":{time}}}"#);
        let value = ("Linear-Signature", hex("key", &body));
        expect(&judge(&linear, "key", &[value], &body), verdict, code);
    };
    check("1750000000000", Verdict::Valid, "");
    check("1750000000000.0", Verdict::Valid, "timestamp-number");
    check("\"1750000000000\"", Verdict::Invalid, "timestamp-type");
    check("null", Verdict::Invalid, "timestamp-type");
    let mailgun = scheme("mailgun", "hmac");
    let check = |at: i64, verdict| {
        let signature = hex("key", &format!("{at}token"));
        let body = format!(r#"{{"signature":{{"timestamp":"{at}","token":"token","signature":"{signature}"}}}}"#);
        assert_eq!(judge(&mailgun, "key", &[], &body).verdict, verdict, "{at}");
    };
    check(AT - 900, Verdict::Valid);
    check(AT - 901, Verdict::Stale);
    check(AT + 900, Verdict::Valid);
    check(AT + 901, Verdict::Stale);
}

#[test]
fn other_names_and_digits_are_told() {
    let shopify = scheme("shopify", "hmac");
    let value = STANDARD.encode(hmac(b"key", BODY));
    expect(&judge(&shopify, "key", &[("X-Shopify-Hmac-Sha256", value.clone())], BODY), Verdict::Valid, "");
    expect(&judge(&shopify, "key", &[("Shopify-Hmac-Sha256", value)], BODY), Verdict::Valid, "other-header");
    let hubspot = scheme("hubspot", "v1");
    let value = hex::encode(digest(Algorithm::Sha256, &[], &[b"key", BODY.as_bytes()]));
    let signature = ("X-HubSpot-Signature", value);
    let version = |is: &str| ("X-HubSpot-Signature-Version", is.to_string());
    expect(&judge(&hubspot, "key", std::slice::from_ref(&signature), BODY), Verdict::Valid, "mode-assumed");
    expect(&judge(&hubspot, "key", &[signature.clone(), version("v1")], BODY), Verdict::Valid, "");
    expect(&judge(&hubspot, "key", &[signature, version("v9")], BODY), Verdict::Invalid, "mode-not-meant");
}
