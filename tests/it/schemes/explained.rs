//! Why a signature is wrong, for every family of schemes.

use serde_json::json;

use super::{
    AT, BODY, OLD, SECRET, URL, base256, decoded, discreet, finds, hex256, names, sha1, sha256, standard, stripe,
    verify,
};
use crate::support::Run;

/// A wrong digest, and the codes of which one explains it.
type Mistake = (&'static str, Vec<(&'static str, String)>, String, &'static [&'static str]);

fn mistakes() -> Vec<Mistake> {
    let stripe = |key: &[u8], content: String, codes| -> Mistake {
        let digest = hex::encode(sha256(key, content));
        ("stripe", vec![("Stripe-Signature", format!("t={AT},v1={digest}"))], digest, codes)
    };
    let standard = |key: &str| -> Mistake {
        let digest = base256(key, &format!("msg_1.{AT}.{BODY}"));
        let value = format!("v1,{digest}");
        let headers =
            vec![("webhook-id", "msg_1".into()), ("webhook-timestamp", AT.to_string()), ("webhook-signature", value)];
        ("standard-webhooks", headers, digest, &["key-not-decoded"])
    };
    let plain = |provider, header, prefix: &str, digest: Vec<u8>, codes| -> Mistake {
        let digest = hex::encode(digest);
        (provider, vec![(header, format!("{prefix}{digest}"))], digest, codes)
    };
    let key = SECRET.as_bytes();
    vec![
        stripe(key, BODY.into(), &["content-no-timestamp"]),
        stripe(key, format!("{AT}:{BODY}"), &["content-separator"]),
        stripe(key, format!("{AT}000.{BODY}"), &["content-timestamp-form"]),
        stripe(&decoded(SECRET), format!("{AT}.{BODY}"), &["key-decoded", "key-prefix"]),
        standard(SECRET),
        standard(SECRET.strip_prefix("whsec_").unwrap()),
        plain("shopify", "X-Shopify-Hmac-Sha256", "", sha256(key, BODY), &["digest-hex"]),
        plain("github", "X-Hub-Signature-256", "sha256=", sha1(key, BODY), &["digest-sha1"]),
        plain("intercom", "X-Hub-Signature", "sha1=", sha256(key, BODY), &["digest-sha256"]),
    ]
}

/// The code of the first cause in a line, and those that lead to the same.
#[track_caller]
fn explained(run: Run, codes: &[&str]) {
    let finished = discreet(run.exits(1));
    let line = finished.lines().remove(0);
    assert_eq!((&line["verdict"], &line["valid"]), (&json!("invalid"), &json!(false)), "{line}");
    let cause = &line["causes"][0];
    let same = cause["same"].as_array().into_iter().flatten().chain([&cause["code"]]);
    assert!(same.into_iter().any(|code| codes.contains(&code.as_str().unwrap_or_default())), "{codes:?}: {line}");
    assert!(cause["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{line}");
}

#[test]
fn mistakes_with_timestamps_keys_and_digests_are_named() {
    for (provider, headers, _, codes) in mistakes() {
        explained(verify(&format!("-p {provider} --secret-env NEW --at {AT} --json"), &headers), codes);
    }
}

#[test]
fn what_code_of_ones_own_computed_is_explained_likewise() {
    for (provider, mut headers, digest, codes) in mistakes() {
        // What came is right, or at least other than what was computed.
        let right = match provider {
            "stripe" => stripe(AT, SECRET).1,
            "standard-webhooks" => standard("webhook", AT, SECRET)[2].1.clone(),
            "shopify" => continue, // below
            "github" => format!("sha256={}", hex256(SECRET, BODY)),
            _ => format!("sha1={}", hex::encode(sha1(SECRET, BODY))),
        };
        headers.last_mut().unwrap().1 = right;
        let words = format!("-p {provider} --secret-env NEW --at {AT} --json --computed {digest}");
        explained(verify(&words, &headers), codes);
    }
}

#[test]
fn a_computed_digest_in_the_wrong_encoding_is_explained_too() {
    let header = ("X-Shopify-Hmac-Sha256", base256(SECRET, BODY));
    let words = format!("-p shopify --secret-env NEW --json --computed {}", hex256(SECRET, BODY));
    explained(verify(&words, &[header]), &["digest-hex"]);
}

#[test]
fn a_computed_digest_that_is_right_is_said_to_be() {
    let digest = hex256(SECRET, &format!("{AT}.{BODY}"));
    let words = format!("-p stripe --secret-env NEW --at {AT} --computed {digest}");
    finds(verify(&words, &[stripe(AT, OLD)]), 0, "valid");
    let digest = base256(decoded(SECRET), &format!("msg_1.{AT}.{BODY}"));
    let words = format!("-p standard-webhooks --secret-env NEW --at {AT} --computed {digest}");
    finds(verify(&words, &names(&standard("webhook", AT, OLD))), 0, "valid");
}

#[test]
fn a_secret_that_can_t_be_decoded_is_explained_all_the_same() {
    let value = base256("not base64!", &format!("msg_1.{AT}.{BODY}"));
    let headers = [
        ("webhook-id", "msg_1".to_string()),
        ("webhook-timestamp", AT.to_string()),
        ("webhook-signature", format!("v1,{value}")),
    ];
    let run = verify(&format!("-p standard-webhooks --secret-env KEY --at {AT}"), &headers).env("KEY", "not base64!");
    finds(run, 1, "invalid").prints("[key-not-decoded]");
}

#[test]
fn a_key_that_was_not_decoded_has_no_other_name() {
    let (_, headers, _, _) = mistakes().swap_remove(4);
    let run = verify(&format!("-p standard-webhooks --secret-env NEW --at {AT} --json"), &headers);
    let cause = &run.exits(1).lines()[0]["causes"][0];
    assert_eq!((&cause["code"], &cause["same"]), (&json!("key-not-decoded"), &json!([])));
}

#[test]
fn seconds_where_milliseconds_belong_are_told() {
    let value = base256(SECRET, &format!("POST{URL}{BODY}{AT}"));
    let headers = [("X-HubSpot-Request-Timestamp", AT.to_string()), ("X-HubSpot-Signature-v3", value)];
    let run = verify(&format!("-p hubspot --secret-env NEW --url {URL}"), &headers);
    finds(run, 1, "stale").prints("it seems to be in seconds");
}
