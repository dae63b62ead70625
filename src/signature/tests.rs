//! Verdicts over published vectors and over what senders write.

use super::{Judgement, Scene, Tolerance, Verdict, verify};
use crate::catalog::{Catalog, Provider};
use crate::message::{Delivery, Headers};
use crate::secret::{Named, Secret};

fn named(secret: &str) -> Vec<Named> {
    vec![Named { from: "TEST".to_string(), secret: Secret::new(secret).unwrap() }]
}

fn judge(provider: &Provider, mode: &str, secret: &str, headers: &[(&str, &str)], body: &str) -> Judgement {
    let scheme = provider.description.signature.iter().find(|scheme| scheme.mode == mode).unwrap();
    let mut delivery = Delivery {
        method: "POST".to_string(),
        target: "https://hooks.example/hook".to_string(),
        headers: Headers::default(),
        body: body.as_bytes().to_vec(),
    };
    for (name, value) in headers {
        delivery.headers.push(*name, *value);
    }
    let now = "2026-06-01T12:00:00Z".parse().unwrap();
    verify(scheme, &named(secret), &Scene { delivery: &delivery, url: None, now, tolerance: Tolerance::Off })
}

/// Every answer that a provider or its library published holds, and not for another body.
#[test]
fn published_vectors_hold() {
    let catalog = Catalog::built_in().unwrap();
    let mut proved = 0;
    for provider in &catalog.providers {
        for vector in &provider.description.vector {
            let scheme = provider.description.signature.iter().find(|scheme| scheme.mode == vector.mode).unwrap();
            let mut delivery = Delivery {
                method: vector.method.clone(),
                target: vector.url.clone().unwrap_or_default(),
                headers: Headers::default(),
                body: vector.body.as_bytes().to_vec(),
            };
            for (name, value) in &vector.headers {
                delivery.headers.push(name, value.as_str());
            }
            let now = "2026-06-01T12:00:00Z".parse().unwrap();
            let verdict = |delivery: &Delivery, secret: &str| {
                let scene = Scene { delivery, url: vector.url.as_deref(), now, tolerance: Tolerance::Off };
                verify(scheme, &named(secret), &scene)
            };
            let judgement = verdict(&delivery, &vector.secret);
            assert_eq!(judgement.verdict, Verdict::Valid, "{} {}: {judgement:?}", provider.id, vector.source);
            proved += 1;
            if scheme.covers_body() {
                delivery.body.push(b'x');
                assert_eq!(verdict(&delivery, &vector.secret).verdict, Verdict::Invalid, "{}", provider.id);
            }
            if !scheme.algorithm.is_asymmetric() {
                let other = verdict(&delivery, "b3RoZXIgc2VjcmV0IG9mIG91cnM=");
                assert_eq!(other.verdict, Verdict::Invalid, "{}", provider.id);
            }
        }
    }
    assert!(proved >= 15, "only {proved} were there");
}

const DIGEST: &str = "485090136a167ff6d70bbba47cd5d54c2774799a9447c70a3cb6bb3bff804bca";
const BODY: &str = r#"{"test":"test"}"#;

fn acme(scheme: &str) -> Provider {
    let text = format!(
        "name = 'Acme'\nsummary = ''\npage = ''\nchecked = ''\n[[signature]]\nmode = 'hmac'\n\
         algorithm = 'hmac-sha256'\nheader = 'X-Signature'\nencoding = 'hex'\nsecret = 'required'\n{scheme}"
    );
    let files = std::iter::once(("provider.toml".to_string(), text)).collect();
    Provider::load(crate::catalog::Folder { id: "acme".into(), shown: "acme".into(), files }).unwrap()
}

fn verdict(scheme: &str, value: &str, body: &str) -> Verdict {
    judge(&acme(scheme), "hmac", "abcd", &[("x-signature", value)], body).verdict
}

/// <https://docs.superleap.com/webhooks/security>: the sample prints bare digits.
#[test]
fn superleap_published_vector() {
    let accepting = "prefix = 'sha256='\naccept = ['no-prefix', 'compact-body']";
    assert_eq!(verdict(accepting, DIGEST, BODY), Verdict::Valid);
    assert_eq!(verdict(accepting, DIGEST, "{ \"test\": \"test\" }\n"), Verdict::Valid);
    assert_eq!(verdict("prefix = 'sha256='", DIGEST, BODY), Verdict::Invalid);
}

#[test]
fn other_writings_are_accepted_only_where_the_scheme_says_so() {
    let upper = DIGEST.to_uppercase();
    assert_eq!(verdict("accept = ['upper-case']", &upper, BODY), Verdict::Valid);
    for broken in ["", "abc", &DIGEST[1..], "zz", &format!("{DIGEST}00"), "é", &upper] {
        assert_eq!(verdict("", broken, BODY), Verdict::Invalid, "{broken}");
    }
}

#[test]
fn any_item_of_a_list_may_match_and_junk_around_it_does_no_harm() {
    let list = "list = { separator = ',', pair = '=', take = 'v1', ignore = ['v0'] }";
    let said = |value: &str| judge(&acme(list), "hmac", "abcd", &[("x-signature", value)], BODY);
    assert_eq!(said(&format!("v1={DIGEST}")).verdict, Verdict::Valid);
    let second = said(&format!("t=1,v1=dummy,,junk,v1={DIGEST}"));
    assert_eq!((second.verdict, second.reason.as_str()), (Verdict::Valid, "signature 2 of 2 matches"));
    let other = said(&format!("v0={DIGEST}"));
    assert_eq!(
        (other.verdict, other.reason.as_str()),
        (Verdict::Invalid, "no `v1` stands in the signature, only v0, which is of another kind")
    );
    assert_eq!(said(DIGEST).verdict, Verdict::Invalid, "a bare digest is no list");
    assert_eq!(said(&"v1=ab,".repeat(10_000)).verdict, Verdict::Invalid);
}

#[test]
fn each_of_several_secrets_is_tried_and_named() {
    let provider = acme("");
    let scheme = &provider.description.signature[0];
    let mut delivery = Delivery {
        method: "POST".into(),
        target: "/".into(),
        headers: Headers::default(),
        body: BODY.as_bytes().to_vec(),
    };
    delivery.headers.push("X-Signature", DIGEST);
    let now = "2026-06-01T12:00:00Z".parse().unwrap();
    let scene = Scene { delivery: &delivery, url: None, now, tolerance: Tolerance::Documented };
    let secret = |from: &str, text: &str| Named { from: from.to_string(), secret: Secret::new(text).unwrap() };
    let both = [secret("NEW", "efgh"), secret("OLD", "abcd")];
    let judgement = verify(scheme, &both, &scene);
    assert_eq!((judgement.verdict, judgement.reason.as_str()), (Verdict::Valid, "with the secret of OLD, 2 of 2"));
}
