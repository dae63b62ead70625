//! Verdicts where the official libraries are strict, and what is accepted and told.

use serde_json::{Value, json};

use super::{
    AT, BODY, SECRET, ask, discreet, finds, hex256, listener, names, now, refuses, run, standard, stripe, verify,
};
use crate::support::{hookproof, listen_with};

fn codes(line: &Value) -> Vec<&str> {
    line["codes"].as_array().unwrap_or_else(|| panic!("no codes: {line}")).iter().filter_map(Value::as_str).collect()
}

#[test]
fn a_repeated_header_is_judged_alike_by_a_listener_and_by_verify() {
    let (right, wrong) = (stripe(now(), SECRET), stripe(now(), "other"));
    let caught = listen_with(listener(), "--json --count 2 --secret-env NEW");
    let status = |headers: &[(&str, String)]| ask(caught.port, "POST", "/hook", headers, BODY).0;
    assert_eq!(status(&[right.clone(), wrong.clone()]), 200, "the first and all joined verify");
    assert_eq!(status(&[wrong, right]), 401);
    let lines = discreet(caught.exits(0)).lines();
    assert_eq!((codes(&lines[0]), codes(&lines[1])), (vec!["repeated-header"], vec!["repeated-header"]));
    for line in lines {
        let code = i32::from(line["verdict"] != "valid");
        let again = run("verify input --json --secret-env NEW").file("input", line.to_string()).exits(code);
        assert_eq!(codes(&discreet(again).lines()[0]), ["repeated-header"]);
    }
}

#[test]
fn a_space_in_a_signature_is_refused_and_named() {
    let (name, value) = stripe(AT, SECRET);
    let words = format!("-p stripe --json --secret-env NEW --at {AT}");
    let line = verify(&words, &[(name, value.replace(',', ", "))]).exits(1).lines().remove(0);
    assert_eq!(codes(&line), ["list-space", "digest-right"]);
    // Milliseconds in the place of seconds are told too, and neither secret nor body is blamed.
    let (at, digest) = (AT * 1_000, hex256(SECRET, &format!("{}.{BODY}", AT * 1_000)));
    let line = verify(&words, &[(name, format!("t={at}, v1={digest}"))]).exits(1).lines().remove(0);
    assert_eq!((codes(&line), &line["causes"]), (vec!["list-space", "digest-right"], &Value::Null));
}

#[test]
fn a_secret_of_white_space_is_refused_and_white_space_behind_one_is_told() {
    refuses(run("verify body -p github --signature x --secret-env BLANK").env("BLANK", " \t "), "secret");
    let headers = standard("webhook", AT, SECRET);
    let words = format!("verify body -p standard-webhooks --json --secret-env END --at {AT}");
    let run = run(&words).env("END", &format!("{SECRET}\n"));
    let line = super::with_headers(run, &names(&headers)).exits(0).lines().remove(0);
    assert_eq!(codes(&line), ["secret-white-space"]);
}

#[test]
fn an_address_that_is_told_is_signed_letter_for_letter() {
    let whole = "https://me:pw@hooks.example/in?a=1#rc=3";
    let sign = run(&format!("sign body -p square --json --secret-env NEW --url {whole}"));
    let value = discreet(sign.exits(0)).lines()[0]["value"].as_str().unwrap().to_string();
    let check = |url: &str, code: i32| {
        let headers = [("x-square-hmacsha256-signature", value.clone())];
        verify(&format!("-p square --secret-env NEW --url {url}"), &headers).exits(code);
    };
    check(whole, 0);
    check("https://hooks.example/in?a=1", 1);
    check("https://hooks.example/in?a=1#rc=3", 1);
}

#[test]
fn verify_says_that_signing_is_optional() {
    let body = r#"{"action":"profile_create"}"#;
    let verify = |words: &str| hookproof(&format!("verify body -p swapcard --as body {words}")).file("body", body);
    let line = verify("--json -H X-A:b").exits(2).lines().remove(0);
    assert_eq!((&line["verdict"], &line["valid"]), (&json!("unchecked"), &json!(false)));
    // A signature that came cannot be judged without the secret, nor can a delivery that is always signed.
    verify("-H X-Signature-256:sha256=00").exits(2).says("hint:");
    hookproof("verify body -p superfolio --as body -H X-A:b").file("body", body).exits(2).says("hint:");
}

#[test]
fn how_a_customer_writes_an_hmac_can_be_chosen_for_sending_and_is_recognised() {
    let sent = |mode: &str| {
        let run = run(&format!("sign body -p fingerprinting-api --json --secret-env NEW --signature-mode {mode}"));
        discreet(run.exits(0)).lines()[0]["value"].as_str().unwrap().to_string()
    };
    assert_eq!(sent("hmac"), hex256(SECRET, BODY));
    assert_eq!(sent("hmac-prefixed"), format!("sha256={}", hex256(SECRET, BODY)));
    for mode in ["hmac-base64", "hmac-sha1", "hmac-sha512-base64"] {
        let headers = [("X-Webhook-Signature", sent(mode))];
        finds(verify("-p fingerprinting-api --secret-env NEW", &headers), 0, "valid").prints(mode);
    }
}

#[test]
fn events_tell_what_is_accepted_and_where_libraries_differ() {
    let line = hookproof("events paddle/example --json").exits(0).lines().remove(0);
    assert!(line["signature"][0]["libraries"].as_array().is_some_and(|lines| !lines.is_empty()), "{line}");
    let line = hookproof("events discord/example --json").exits(0).lines().remove(0);
    assert_eq!(line["signature"][0]["accept"], json!(["upper-case"]));
}
