//! What is sent after a refused control, for every built-in scheme.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

use super::{MOST, retries};
use crate::catalog::{Catalog, Provider, Scheme};
use crate::conformance::finding;
use crate::conformance::shot::Kit;
use crate::message::{Delivery, Headers};
use crate::render::{Randomness, World, verbatim};
use crate::secret::{Named, Secret};
use crate::signature::generate;

const URL: &str = "https://hooks.example/hook";
/// What every scheme with a key has.
const COMMON: [&str; 6] = ["unsigned", "empty-key", "undefined", "other-encoding", "other-hash", "secret-line-end"];

/// What is sent after a control that was refused: codes, details and deliveries.
fn sent(provider: &Provider, scheme: &Scheme, secret: Secret, url: &str) -> Vec<(&'static str, String, Delivery)> {
    let wrong = generate(scheme, [7; 32]).unwrap().private;
    let secrets = [Named { from: "a test".to_string(), secret }];
    let kit = Kit {
        scheme: Some(scheme),
        secrets: &secrets,
        url,
        foreign: "X-Other",
        wrong: &wrong,
        token: None,
        takes_extra: true,
        unsigned: None,
        is_public: true,
    };
    let body = verbatim(&provider.events().next().unwrap()).unwrap().into_bytes();
    let base = Delivery { method: "POST".to_string(), target: url.to_string(), headers: Headers::default(), body };
    let now = Timestamp::from_second(1_780_000_000).unwrap();
    let mut world = World { now, random: Randomness::from_seed([0; 32]) };
    let mut all = Vec::new();
    let Some(mut retries) = retries(provider, base, &kit, &mut world) else { return all };
    while let Some(retry) = retries.next(&kit, &mut world) {
        assert_eq!(retry.forged.is_none(), retry.code == "control-unsigned", "{}", retry.code);
        assert_ne!(retry.forged.as_ref(), Some(&retry.delivery), "{}", retry.code);
        all.push((retry.code, retry.detail, retry.delivery));
    }
    all
}

#[test]
fn every_retry_differs_and_has_its_finding_and_tells_no_secret() {
    let catalog = Catalog::built_in().unwrap();
    for provider in &catalog.providers {
        for scheme in &provider.description.signature {
            let secret = generate(scheme, [1; 32]).unwrap().private;
            let text = String::from_utf8(secret.expose().to_vec()).unwrap();
            let all = sent(provider, scheme, secret, URL);
            let what = format!("{} {}", provider.id, scheme.mode);
            assert!(all.len() < MOST, "{what}: {}", all.len());
            for (index, (code, detail, delivery)) in all.iter().enumerate() {
                assert!(finding(code).is_some(), "{what}: {code} is not told");
                assert!(!all[..index].iter().any(|(.., other)| other == delivery), "{what}: {code} {detail} twice");
                assert!(!detail.contains(&text[..12]), "{what}: {detail}");
            }
        }
    }
}

#[test]
fn what_is_sent_follows_from_the_scheme() {
    let catalog = Catalog::built_in().unwrap();
    let check = |provider: &str, url: &str, expected: &[&str]| {
        let provider = catalog.provider(provider).unwrap();
        let scheme = provider.scheme().unwrap();
        let secret = generate(scheme, [1; 32]).unwrap().private;
        let codes: BTreeSet<&str> = sent(provider, scheme, secret, url).into_iter().map(|(code, ..)| code).collect();
        let own = codes.iter().filter_map(|code| code.strip_prefix("control-"));
        let own: Vec<&str> = own.filter(|code| !COMMON.contains(code)).collect();
        assert_eq!(own, expected, "{}", provider.id);
    };
    check("shopify", URL, &["decoded-secret", "empty-body", "other-header", "rewritten-body"]);
    let with_query = format!("{URL}?tenant=1");
    let address = ["other-address", "other-port", "other-protocol", "other-slash"];
    check(
        "twilio",
        &with_query,
        &[
            &["decoded-secret"],
            &address[..1],
            &["other-mode"],
            &address[1..],
            &["raw-form", "without-address", "without-fields", "without-query"],
        ]
        .concat(),
    );
    check(
        "square",
        URL,
        &[&["decoded-secret", "empty-body"], &address[..], &["rewritten-body", "without-address"]].concat(),
    );
    check(
        "slack",
        URL,
        &[
            "body-only",
            "decoded-secret",
            "empty-body",
            "milliseconds",
            "other-order",
            "other-separator",
            "rewritten-body",
            "upper-case",
            "without-prefix",
            "without-timestamp",
        ],
    );
    check("intercom", URL, &["decoded-secret", "empty-body", "rewritten-body", "upper-case", "without-prefix"]);
}
