//! A delivery of no known provider: its scheme is searched, described and never chosen silently.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Run, hookproof, openssl_hmac};

const SECRET: &str = "it's a secret to nobody";
const BODY: &str = "{\"a\": 1, \"b\": \"x\"}";
const TIME: &str = "1764563000";

/// The digest of a message as base64.
fn base64(message: &str) -> String {
    STANDARD.encode(hex::decode(openssl_hmac(SECRET, message.as_bytes())).unwrap())
}

fn hex_of(message: &str) -> String {
    openssl_hmac(SECRET, message.as_bytes())
}

/// `verify` of the body under these headers.
fn run(body: &str, headers: &[(&str, &str)]) -> Run {
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let run = hookproof("verify body --json --secret-env S").file("body", body).env("S", SECRET);
    lines.fold(run, |run, line| run.arg("-H").arg(line))
}

fn line(run: Run, exit: i32) -> Value {
    run.exits(exit).lines().remove(0)
}

/// The scheme is found, and its lines serve to verify the same delivery and to refuse another.
#[track_caller]
fn check(headers: &[(&str, &str)], words: &[&str], scheme: &str) {
    let more = |run: Run| words.iter().fold(run, Run::arg);
    let found = line(more(run(BODY, headers)), 0);
    assert_eq!((&found["verdict"], &found["codes"]), (&json!("valid"), &json!(["scheme-found"])), "{found}");
    assert_eq!((&found["provider"], &found["scheme"]), (&json!(null), &json!(scheme)), "{found}");
    let (id, text) = (found["found"]["id"].as_str().unwrap(), found["found"]["provider_toml"].as_str().unwrap());
    let with_lines =
        |body| more(run(body, headers)).file(&format!("own/{id}/provider.toml"), text).arg("--catalog").arg("own");
    let again = line(with_lines(BODY), 0);
    assert_eq!((&again["verdict"], &again["provider"]), (&json!("valid"), &json!(id)), "{again}");
    let is_token = scheme.contains("shared secret itself");
    if !headers.is_empty() && !is_token {
        let other = line(with_lines("{\"a\": 2}"), 1);
        assert_eq!((&other["verdict"], &other["provider"]), (&json!("invalid"), &json!(id)), "{other}");
    }
}

#[test]
fn a_digest_of_the_body_is_found_however_it_is_written() {
    let (hex, base64) = (hex_of(BODY), base64(BODY));
    let of = "HMAC-SHA256 of the raw body";
    check(&[("acme-signature", &format!("v1={hex}"))], &[], &format!("acme-signature: `v1=` and the hexadecimal {of}"));
    check(&[("Signature", &format!("sha256 {hex}"))], &[], &format!("Signature: `sha256 ` and the hexadecimal {of}"));
    check(&[("X-Acme-Sig", &format!("HMAC {base64}"))], &[], &format!("X-Acme-Sig: `HMAC ` and the base64 {of}"));
    check(&[("X-Acme-Sig", &hex.to_uppercase())], &[], &format!("X-Acme-Sig: hexadecimal {of}"));
    let several = format!("v1={},v1={hex}", "0".repeat(64));
    check(&[("X-Acme-Sig", &several)], &[], &format!("X-Acme-Sig: `v1=` and hexadecimal {of}"));
}

#[test]
fn a_timestamp_an_id_and_an_address_are_found() {
    let stamped = hex_of(&format!("{TIME}.{BODY}"));
    let of = "HMAC-SHA256 of";
    check(
        &[("Acme-Signature", &format!("t={TIME},v1={stamped}"))],
        &[],
        &format!("Acme-Signature: `v1=` and hexadecimal {of} `{{timestamp}}.{{body}}`"),
    );
    check(
        &[("Acme-Signature", &hex_of(&format!("v0:{TIME}:{BODY}"))), ("Acme-Sent", TIME)],
        &[],
        &format!("Acme-Signature: hexadecimal {of} `v0:{{timestamp}}:{{body}}`"),
    );
    check(
        &[
            ("Acme-Signature", &format!("v1,{}", base64(&format!("m1.{TIME}.{BODY}")))),
            ("Acme-Id", "m1"),
            ("Acme-Sent", TIME),
        ],
        &[],
        &format!("Acme-Signature: `v1,` and the base64 {of} `{{id}}.{{timestamp}}.{{body}}`"),
    );
    check(
        &[("Acme-Signature", &hex_of(&format!("POST|https://a.example/h|{TIME}|{BODY}"))), ("Acme-Sent", TIME)],
        &["--url", "https://a.example/h"],
        &format!("Acme-Signature: hexadecimal {of} `{{method}}|{{url}}|{{timestamp}}|{{body}}`"),
    );
}

#[test]
fn a_published_delivery_of_an_unlisted_provider_is_found() {
    // The body, the key and the signature stand in CircleCI's documentation of its webhooks.
    let signature = "circleci-signature: v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a";
    let run = hookproof("verify body --json --secret-env S").file("body", "hello world").env("S", "secret");
    let found = line(run.arg("-H").arg(signature), 0);
    assert_eq!((&found["verdict"], &found["found"]["id"]), (&json!("valid"), &json!("circleci")), "{found}");
}

#[test]
fn a_token_is_found_and_not_shown() {
    let found = line(run(BODY, &[("Acme-Token", SECRET)]), 0);
    assert_eq!(found["scheme"], "Acme-Token: the shared secret itself; the body is not signed", "{found}");
    assert!(!found.to_string().contains(SECRET), "{found}");
    check(&[("Acme-Token", SECRET)], &[], "Acme-Token: the shared secret itself; the body is not signed");
}

#[test]
fn a_signature_without_its_header_is_found() {
    check(
        &[],
        &["--signature", &format!("v1={}", hex_of(BODY))],
        "X-Signature: `v1=` and the hexadecimal HMAC-SHA256 of the raw body",
    );
}

/// The verdict is open, and these are the candidates.
#[track_caller]
fn check_tie(found: &Value, code: &str, providers: &Value) {
    assert_eq!((&found["verdict"], &found["codes"]), (&json!("unknown"), &json!([code])), "{found}");
    let of = |fit: &Value| fit["provider"].clone();
    let fits: Vec<Value> = found["found"]["fits"].as_array().unwrap().iter().map(of).collect();
    assert_eq!((&json!(fits), &found["found"]["provider_toml"]), (providers, &json!(null)), "{found}");
}

#[test]
fn providers_that_share_a_header_tie() {
    let sha256 = format!("sha256={}", hex_of(BODY));
    let found = line(run(BODY, &[("X-Hub-Signature-256", &sha256)]), 2);
    check_tie(&found, "several-providers", &json!(["github", "meta"]));
    let stamped = format!("t={TIME},v1={}", hex_of(&format!("{TIME}.{BODY}")));
    let found = line(run(BODY, &[]).arg("--signature").arg(&stamped), 2);
    check_tie(&found, "several-providers", &json!(["calendly", "stripe"]));
}

#[test]
fn a_shared_header_that_holds_no_provider_s_signature_is_named() {
    let found = line(run(BODY, &[("X-Hub-Signature", &format!("sha256={}", hex_of(BODY)))]), 0);
    assert_eq!(found["codes"], json!(["scheme-found"]), "{found}");
    let named = "X-Hub-Signature is a header of github, intercom and meta";
    assert!(found["noticed"].as_array().unwrap().contains(&json!(named)), "{found}");
    let refused = run(BODY, &[("X-Hub-Signature", &format!("sha1={}", "7".repeat(40)))]).exits(2);
    assert!(refused.stderr().contains(named) && refused.stderr().contains("--provider"), "{}", refused.stderr());
}

#[test]
fn one_provider_that_fits_is_told() {
    let time = jiff::Timestamp::now().as_second().to_string();
    let digest = hex_of(&format!("{time}:{BODY}"));
    let found = line(run(BODY, &[]).arg("--signature").arg(format!("ts={time};h1={digest}")), 0);
    assert_eq!((&found["verdict"], &found["provider"]), (&json!("valid"), &json!("paddle")), "{found}");
    assert!(found["noticed"].to_string().contains("paddle alone"), "{found}");
}

#[test]
fn schemes_that_make_the_same_signature_tie() {
    let headers =
        [("Acme-Signature", hex_of(&format!("{TIME}.{BODY}"))), ("Acme-Sent", TIME.into()), ("Acme-At", TIME.into())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    check_tie(&line(run(BODY, &headers), 2), "several-schemes", &json!([null, null]));
}

#[test]
fn two_headers_of_one_delivery_are_two_modes() {
    let hex = hex_of(BODY);
    let found = line(run(BODY, &[("Acme-Signature", &hex), ("Acme-Signature-2", &format!("sha256={hex}"))]), 0);
    let text = found["found"]["provider_toml"].as_str().unwrap();
    assert_eq!(text.matches("[[signature]]").count(), 2, "{text}");
    check(
        &[("Acme-Signature", &hex), ("Acme-Signature-2", &format!("sha256={hex}"))],
        &[],
        "Acme-Signature: hexadecimal HMAC-SHA256 of the raw body",
    );
}

#[test]
fn a_changed_body_is_explained_without_a_provider() {
    let found = line(run(BODY, &[("Acme-Signature", &hex_of(&format!("{BODY}\n")))]), 1);
    assert_eq!((&found["verdict"], &found["provider"]), (&json!("invalid"), &json!(null)), "{found}");
    assert_eq!(found["causes"][0]["code"], "body-newline-added", "{found}");
}

#[test]
fn names_as_cgi_shows_them_are_told() {
    let signature = format!("sha256={}", hex_of(BODY));
    let found = line(run(BODY, &[("HTTP_X_HUB_SIGNATURE_256", &signature), ("HTTP_X_GITHUB_EVENT", "push")]), 1);
    assert_eq!((&found["verdict"], &found["provider"]), (&json!("missing"), &json!("github")), "{found}");
    assert_eq!(found["codes"], json!(["header-name"]), "{found}");
    assert!(found["reason"].as_str().unwrap().contains("X-Hub-Signature-256"), "{found}");
    // What no verification needs may have any name.
    let found = line(run(BODY, &[("X-Hub-Signature-256", &signature), ("HTTP_X_GITHUB_EVENT", "push")]), 0);
    assert_eq!((&found["verdict"], &found["provider"]), (&json!("valid"), &json!("github")), "{found}");
    // A wrong one is explained as under its own name.
    let wrong = format!("sha256={}", hex_of(&format!("{BODY}\n")));
    let found = line(run(BODY, &[("x_hub_signature_256", &wrong), ("x_github_event", "push")]), 1);
    assert_eq!(found["causes"][0]["code"], "body-newline-added", "{found}");
}

#[test]
fn the_scheme_of_a_header_as_cgi_shows_it_has_its_name_of_http() {
    let digest = hex_of(BODY);
    let found = line(run(BODY, &[("HTTP_X_ACME_SIGNATURE", &digest)]), 0);
    assert_eq!(found["found"]["fits"][0]["header"], "X-Acme-Signature", "{found}");
}

#[test]
fn a_signature_in_another_header_than_the_provider_s_is_found() {
    let prefixed = format!("sha256={}", hex_of(BODY));
    let found = line(run(BODY, &[("X-GitHub-Event", "push"), ("X-Acme-Signature", &prefixed)]), 1);
    assert_eq!((&found["verdict"], &found["provider"]), (&json!("missing"), &json!("github")), "{found}");
    assert_eq!(found["found"]["fits"][0]["header"], "X-Acme-Signature", "{found}");
    assert!(found["noticed"].to_string().contains("--signature-header X-Acme-Signature"), "{found}");
    let again = run(BODY, &[("X-GitHub-Event", "push"), ("X-Acme-Signature", &prefixed)]);
    assert_eq!(line(again.arg("--signature-header").arg("X-Acme-Signature"), 0)["verdict"], "valid");
}

#[test]
fn another_secret_fits_nothing() {
    let signature = openssl_hmac("another", format!("{TIME}.{BODY}").as_bytes());
    let refused = run(BODY, &[("Acme-Signature", &signature), ("Acme-Sent", TIME), ("Acme-Id", "m1")]).exits(2);
    assert!(refused.stdout().is_empty() && refused.stderr().contains("Acme-Signature"), "{}", refused.stderr());
}

#[test]
fn a_public_key_proves_no_hmac() {
    let key = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";
    let forged = openssl_hmac(key, BODY.as_bytes());
    let run = hookproof("verify body --json --secret-env S").file("body", BODY).env("S", key);
    run.arg("-H").arg(format!("Acme-Signature: {forged}")).exits(2);
}

#[test]
fn without_a_secret_the_way_on_is_told() {
    let signature = format!("Acme-Signature: {}", hex_of(BODY));
    let refused = hookproof("verify body").file("body", BODY).arg("-H").arg(signature).exits(2);
    assert!(refused.stderr().contains("--secret-env"), "{}", refused.stderr());
}
