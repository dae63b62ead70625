//! What a provider asks before it sends, and how it is answered.

use serde_json::{Value, json};

use super::{OLD, SECRET, VALIDATION, ask, discreet, hex256, listener, now, run, text, v0};
use crate::support::listen_with;

const CHALLENGE: &str = r#"{"type":"url_verification","challenge":"c-1","token":"t"}"#;
const PING: &str = r#"{"id":"1","application_id":"2","type":1,"token":"t","version":1}"#;

#[test]
fn a_handshake_is_answered_told_and_not_counted() {
    let encrypted = hex256(SECRET, "q-1");
    let check = |words: &str, target: &str, headers: &[(&str, String)], body: &str, answer: &str, name: &str| {
        let caught = listen_with(listener(), &format!("--json --count 1 {words}"));
        let method = if body.is_empty() { "GET" } else { "POST" };
        for _ in 0..2 {
            let (status, said) = ask(caught.port, method, target, headers, body);
            let same = match serde_json::from_str::<Value>(answer) {
                Ok(json @ Value::Object(_)) => serde_json::from_str::<Value>(&said).ok() == Some(json),
                _ => said == answer,
            };
            assert!(status == 200 && same, "{words}: {status} {said}");
        }
        // A listener that counted them would be gone.
        ask(caught.port, "POST", "/hook", &[("X-Of", "mine".into())], "{\"mine\":1}");
        let finished = discreet(caught.exits(0)).says(name);
        let lines = finished.lines();
        assert_eq!(lines.iter().map(|line| &line["body"]).collect::<Vec<_>>(), ["{\"mine\":1}"], "{words}");
        assert!(finished.stderr().contains("1 delivery"), "{}", finished.stderr());
    };
    let slack = v0("slack", SECRET, CHALLENGE);
    check("-p slack", "/hook", &[], CHALLENGE, "c-1", "url_verification");
    check("", "/hook", &slack, CHALLENGE, "c-1", "url_verification");
    check("--secret-env NEW", "/hook", &slack, CHALLENGE, "c-1", "url_verification");
    check("-p slack --secret-env OLD --secret-env NEW", "/hook", &slack, CHALLENGE, "c-1", "url_verification");
    let zoom = v0("zoom", SECRET, VALIDATION);
    let answer = json!({"plainToken": "q-1", "encryptedToken": encrypted}).to_string();
    check("--secret-env NEW", "/hook", &zoom, VALIDATION, &answer, "endpoint.url_validation");
    check("-p zoom --secret-env NEW", "/hook", &zoom, VALIDATION, &answer, "endpoint.url_validation");
    check("-p discord", "/hook", &[], PING, r#"{"type":1}"#, "PING");
    let subscribe = "/hook?hub.mode=subscribe&hub.challenge=11%2058&hub.verify_token=v";
    check("", subscribe, &[], "", "11 58", "hub.challenge");
    check("-p meta --secret-env NEW", subscribe, &[], "", "11 58", "hub.challenge");
}

#[test]
fn a_handshake_with_a_wrong_signature_is_refused() {
    let check = |words: &str, headers: &[(&str, String)], body: &str, secret_part: &str| {
        let caught = listen_with(listener(), words);
        let (status, said) = ask(caught.port, "POST", "/hook", headers, body);
        assert_eq!(status, 401, "{words}: {said}");
        assert!(!said.contains(secret_part), "{said}");
        caught.signal("INT");
        discreet(caught.exits(0));
    };
    let digest = hex256(SECRET, "q-1");
    for words in ["-p slack --secret-env NEW", "--secret-env slack=NEW"] {
        check(words, &v0("slack", OLD, CHALLENGE), CHALLENGE, "c-1");
    }
    check("-p slack --secret-env NEW", &[], CHALLENGE, "c-1");
    check("-p zoom --secret-env NEW", &v0("zoom", OLD, VALIDATION), VALIDATION, &digest);
    check("-p zoom --secret-env NEW", &[], VALIDATION, &digest);
    let key = run("sign body -p discord --generate-key --json").exits(0).lines().remove(0);
    let caught = listen_with(listener().env("KEY", text(&key, "public_key")), "-p discord --secret-env KEY");
    let headers = [("X-Signature-Ed25519", "0".repeat(128)), ("X-Signature-Timestamp", now().to_string())];
    assert_eq!(ask(caught.port, "POST", "/hook", &headers, PING).0, 401);
    caught.signal("INT");
    caught.exits(0);
}

#[test]
fn a_digest_is_not_made_without_the_secret() {
    let caught = listen_with(listener(), "-p zoom");
    let (status, said) = ask(caught.port, "POST", "/hook", &[], VALIDATION);
    assert!(!said.contains("encryptedToken") && !said.contains(&hex256("", "q-1")), "{status} {said}");
    caught.signal("INT");
    caught.exits(0).says("endpoint.url_validation").says("secret");
}

#[test]
fn a_get_without_a_handshake_is_still_not_allowed() {
    let caught = listen_with(listener(), "");
    for target in ["/hook", "/hook?hub.mode=unsubscribe&hub.challenge=1", "/hook?hub.challenge=1", "/?mode=subscribe"] {
        assert_eq!(ask(caught.port, "GET", target, &[], "").0, 405, "{target}");
    }
    assert_eq!(ask(caught.port, "PUT", "/hook?hub.mode=subscribe&hub.challenge=1", &[], "").0, 405);
    caught.signal("INT");
    caught.exits(0).says("0 deliveries");
    let caught = listen_with(listener(), "-p stripe");
    assert_eq!(ask(caught.port, "GET", "/hook?hub.mode=subscribe&hub.challenge=1", &[], "").0, 405);
    caught.signal("INT");
    caught.exits(0);
}
