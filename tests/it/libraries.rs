//! Verdicts where a grammar could be read in two ways: as the providers' own libraries read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookproof::catalog::{Algorithm, Alternative, Catalog, Scheme};
use hookproof::inspect::SchemeChoice;
use hookproof::message::{Delivery, Headers};
use hookproof::render::{Randomness, World};
use hookproof::secret::{Named, Secret};
use hookproof::signature::{Judgement, Scene, Tolerance, Verdict, digest, generate, sign, verify};
use rand_chacha::rand_core::SeedableRng as _;

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
fn a_timestamp_that_has_no_age_is_signed_as_it_came() {
    let mut untimed = scheme("slack", "v0");
    let stamp = untimed.timestamp.as_mut().unwrap();
    (stamp.past, stamp.future) = (None, None);
    for (scheme, time, verdict, code) in [
        (&untimed, "1750000000", Verdict::Valid, ""),
        (&untimed, "+1750000000", Verdict::Valid, "timestamp-form"),
        (&untimed, "now", Verdict::Valid, "timestamp-form"),
        (&scheme("slack", "v0"), "+1750000000", Verdict::Invalid, "timestamp-form"),
    ] {
        let value = format!("v0={}", hex("key", &format!("v0:{time}:{BODY}")));
        let headers = [("X-Slack-Signature", value), ("X-Slack-Request-Timestamp", time.to_string())];
        expect(&judge(scheme, "key", &headers, BODY), verdict, code);
    }
}

#[test]
fn loose_base64_is_read_where_it_is_accepted() {
    let strict = scheme("shopify", "hmac");
    let loose = Scheme { accept: vec![Alternative::LooseBase64], ..strict.clone() };
    let right = STANDARD.encode(hmac(b"key", BODY));
    let check = |value: String, code| {
        let headers = [("X-Shopify-Hmac-Sha256", value)];
        expect(&judge(&loose, "key", &headers, BODY), Verdict::Valid, code);
        let verdict = judge(&strict, "key", &headers, BODY).verdict;
        assert_eq!(verdict, if code.is_empty() { Verdict::Valid } else { Verdict::Invalid });
    };
    check(right.clone(), "");
    for value in [format!("\"{right}\""), format!("{right}, {right}"), format!("{} {}", &right[..9], &right[9..])] {
        check(value, "loose-base64");
    }
    let forged = format!("\"{}\"", STANDARD.encode(hmac(b"other", BODY)));
    assert_eq!(judge(&loose, "key", &[("X-Shopify-Hmac-Sha256", forged)], BODY).verdict, Verdict::Invalid);
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
            let judgement = judge(&scheme, "key", &[(header, value)], BODY);
            assert_eq!((judgement.verdict, judgement.codes.first()), (verdict, code), "{judgement:?}");
            assert_eq!(judgement.codes.get(1), code.and(Some(&"digest-right")), "{judgement:?}");
        };
        check(format!("{stamp}={AT}{separator}{item}={right}"), Verdict::Valid, None);
        check(format!("{stamp}={AT}{separator} {item}={right}"), Verdict::Invalid, Some(&"list-space"));
        check(format!("{stamp}={AT}{separator}\u{a0}{item}={right}"), Verdict::Invalid, Some(&"list-space"));
        check(format!("{item}={right}{separator} {stamp}={AT}"), Verdict::Invalid, Some(&"list-space"));
        check(format!("{stamp}={AT}{separator}{item} ={right}"), Verdict::Invalid, Some(&"list-space"));
        let wrong = judge(&scheme, "other", &[(header, format!("{stamp}={AT}{separator} {item}={right}"))], BODY);
        expect(&wrong, Verdict::Invalid, "list-space");
        // What is there without a space counts, whatever else is.
        check(format!("{stamp}={AT}{separator}{item}={right}{separator} {item}=00"), Verdict::Valid, None);
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

const ADDRESS: &str = "https://hooks.example/in";
const SETTINGS: &str = "X-Twilio-Webhooks-Signature-Settings";

/// The mode that a delivery is judged in without a choice, and the verdict.
fn found(id: &str, secret: &str, headers: &[(&str, String)], url: &str, body: &str) -> (String, Judgement) {
    let catalog = Catalog::built_in().unwrap();
    let headers = headers.iter().fold(Headers::default(), |mut all, (name, value)| {
        all.push(*name, value.as_str());
        all
    });
    let delivery = Delivery { method: "POST".into(), target: url.into(), headers, body: body.as_bytes().to_vec() };
    let secrets = [Named { from: "TEST".to_string(), secret: Secret::new(secret).unwrap() }];
    let choice = SchemeChoice::default();
    let scheme = choice.of_received(catalog.provider(id).unwrap(), &delivery, &secrets, true).unwrap();
    let now = jiff::Timestamp::from_second(AT).unwrap();
    let scene = Scene { delivery: &delivery, url: Some(url), now, tolerance: Tolerance::Documented };
    (scheme.mode.clone(), verify(&scheme, &secrets, &scene))
}

#[test]
fn the_settings_header_and_the_address_tell_the_mode_of_twilio() {
    let form = "b=2&a=1";
    let with = |algorithm: Algorithm, text: String| STANDARD.encode(digest(algorithm, b"key", &[text.as_bytes()]));
    let check = |settings: &[&str], value: &str, url: &str, body: &str, mode: &str, verdict, code| {
        let mut headers = vec![("X-Twilio-Signature", value.to_string())];
        headers.extend(settings.iter().map(|value| (SETTINGS, (*value).to_string())));
        let (found, judgement) = found("twilio", "key", &headers, url, body);
        assert_eq!(found, mode, "{settings:?}");
        expect(&judgement, verdict, code);
    };
    let signed = format!("{ADDRESS}a1b2");
    let sha1 = with(Algorithm::HmacSha1, signed.clone());
    let sha256 = with(Algorithm::HmacSha256, signed);
    check(&[], &sha1, ADDRESS, form, "form", Verdict::Valid, "");
    check(&["key=k"], &sha1, ADDRESS, form, "form", Verdict::Valid, "");
    check(&["key=k,algorithm=HMAC_SHA256"], &sha256, ADDRESS, form, "form-sha256", Verdict::Valid, "");
    check(&["key=k, algorithm = hmac_sha256"], &sha256, ADDRESS, form, "form-sha256", Verdict::Valid, "");
    check(&["algorithm=HMAC_SHA256"], &sha1, ADDRESS, form, "form-sha256", Verdict::Invalid, "signature-form");
    check(&["algorithm=HMAC_SHA512"], &sha1, ADDRESS, form, "form", Verdict::Invalid, "mode-not-meant");
    check(&[], &sha256, ADDRESS, form, "form", Verdict::Invalid, "signature-form");
    let url = format!("{ADDRESS}?bodySHA256={}", hex::encode(digest(Algorithm::Sha256, &[], &[BODY.as_bytes()])));
    let value = with(Algorithm::HmacSha1, url.clone());
    check(&[], &value, &url, BODY, "json", Verdict::Valid, "");
    check(&[], &value, &url, "{}", "json", Verdict::Invalid, "body-digest");
    let value = with(Algorithm::HmacSha256, url.clone());
    check(&["algorithm=HMAC_SHA256"], &value, &url, BODY, "json-sha256", Verdict::Valid, "");
    // An address without a digest signs nothing of the body.
    let value = with(Algorithm::HmacSha1, format!("{ADDRESS}?bodySHA256="));
    check(&[], &value, &format!("{ADDRESS}?bodySHA256="), BODY, "json", Verdict::Invalid, "body-digest");
}

#[test]
fn the_names_of_svix_decide_who_is_meant() {
    let [id, stamp, signature] = standard(KEY, &AT.to_string(), "msg_1");
    let webhook = [id.clone(), stamp.clone(), signature.clone()];
    let svix = [("svix-id", id.1), ("svix-timestamp", stamp.1), ("svix-signature", signature.1)];
    let check = |provider: &str, headers: &[(&str, String)], verdict: Verdict| {
        let judgement = found(provider, &format!("whsec_{KEY}"), headers, ADDRESS, BODY).1;
        assert_eq!(judgement.verdict, verdict, "{provider} {headers:?}: {judgement:?}");
    };
    for provider in ["svix", "clerk", "resend"] {
        check(provider, &svix, Verdict::Valid);
    }
    check("standard-webhooks", &webhook, Verdict::Valid);
    check("svix", &webhook, Verdict::Valid);
    check("clerk", &webhook, Verdict::Missing);
    check("resend", &webhook, Verdict::Missing);
    // A header of the provider's own that is wrong is not passed over for another.
    for junk in ["v1,AAAA", "junk", ""] {
        let both: Vec<_> = webhook.iter().cloned().chain([("svix-signature", junk.to_string())]).collect();
        check("svix", &both, Verdict::Invalid);
    }
    // Nor is a part of the provider's own headers.
    for part in [&svix[..1], &svix[1..2], &svix[..2]] {
        let both = [part, &webhook].concat();
        check("svix", &both, Verdict::Invalid);
        check("standard-webhooks", &both, Verdict::Valid);
        let judgement = found("svix", &format!("whsec_{KEY}"), &both, ADDRESS, BODY).1;
        expect(&judgement, Verdict::Invalid, "mode-not-meant");
    }
    check("svix", &[&svix[..], &webhook].concat(), Verdict::Valid);
}

#[test]
fn the_form_of_a_value_tells_how_it_was_made() {
    let judged =
        |value: &str| found("fingerprinting-api", "key", &[("X-Webhook-Signature", value.into())], ADDRESS, BODY);
    for (algorithm, mode, prefix) in [
        (Algorithm::HmacSha256, "hmac", "sha256="),
        (Algorithm::HmacSha1, "hmac-sha1", "sha1="),
        (Algorithm::HmacSha512, "hmac-sha512", "sha512="),
    ] {
        let right = digest(algorithm, b"key", &[BODY.as_bytes()]);
        let wrong = digest(algorithm, b"other", &[BODY.as_bytes()]);
        let check = |write: &dyn Fn(&[u8]) -> String, mode: &str| {
            let (found, judgement) = judged(&write(&right));
            assert_eq!((found.as_str(), judgement.verdict), (mode, Verdict::Valid));
            let (found, judgement) = judged(&write(&wrong));
            assert_eq!((found.as_str(), judgement.verdict, judgement.compared), ("token", Verdict::Invalid, None));
        };
        check(&|digest| hex::encode(digest), mode);
        check(&|digest| STANDARD.encode(digest), &format!("{mode}-base64"));
        check(&|digest| format!("{prefix}{}", hex::encode(digest)), &format!("{mode}-prefixed"));
    }
    assert_eq!(judged("key").0, "token");
    assert_eq!(judged("key").1.verdict, Verdict::Valid);
}

/// Writes a value in the ways in which senders, proxies and people do.
fn written_again(value: &str) -> Vec<String> {
    let (name, bare) = value.rsplit_once(['=', ',']).filter(|(_, bare)| !bare.is_empty()).unwrap_or(("", value));
    let mut all = vec![
        value.to_uppercase(),
        value.to_lowercase(),
        bare.to_string(),
        format!("{value}, {value}"),
        format!("{value},"),
        format!("{value} {value}"),
        format!(" {value} "),
        value.replace(',', ", ").replace(';', "; "),
        format!("\"{value}\""),
        format!("sha256={bare}"),
        format!("v1={bare}"),
        format!("v1,{bare}"),
        format!("{name}="),
        String::new(),
    ];
    all.extend((1..4).map(|n| value.chars().take(value.chars().count() * n / 4).collect()));
    all
}

#[test]
fn no_forged_digest_passes_however_it_is_written() {
    let catalog = Catalog::built_in().unwrap();
    let (now, body) =
        (jiff::Timestamp::from_second(AT).unwrap(), br#"{"webhookTimestamp":1750000000000,"a":1}"#.to_vec());
    let query = format!("{ADDRESS}?bodySHA256={}", hex::encode(digest(Algorithm::Sha256, &[], &[&body])));
    let mut tried = 0;
    for provider in &catalog.providers {
        for scheme in provider.description.signature.iter().filter(|scheme| scheme.body.is_none()) {
            let url = if scheme.body_digest.is_some() { &query } else { ADDRESS };
            let secret = |seed: u8| generate(scheme, [seed; 32]).unwrap();
            let named = |secret: Secret| [Named { from: "TEST".to_string(), secret }];
            let mut delivery =
                Delivery { method: "POST".into(), target: url.into(), headers: Headers::default(), body: body.clone() };
            let mut world = World { now, random: Randomness::from_seed([7; 32]) };
            sign(scheme, &named(secret(1).private), &mut delivery, Some(url), &mut world).unwrap();
            let value = delivery.headers.text(scheme.header.first()).unwrap().to_string();
            let verdict = |values: &[&str], secret: Secret| {
                let mut delivery = delivery.clone();
                delivery.headers.remove(scheme.header.first());
                for value in values {
                    delivery.headers.push(scheme.header.first(), *value);
                }
                let scene = Scene { delivery: &delivery, url: Some(url), now, tolerance: Tolerance::Documented };
                verify(scheme, &named(secret), &scene).verdict
            };
            let public = |seed: u8| Secret::new(secret(seed).public).unwrap();
            let other = public(2);
            assert_eq!(verdict(&[&value], public(1)), Verdict::Valid, "{} {}", provider.id, scheme.mode);
            for forged in std::iter::once(value.clone()).chain(written_again(&value)) {
                for values in [vec![forged.as_str()], vec![&forged, &forged], vec!["x", &forged]] {
                    let found = verdict(&values, other.clone());
                    assert_eq!(found, Verdict::Invalid, "{} {}: {values:?}", provider.id, scheme.mode);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
}
