//! An explanation never contradicts what is known of a delivery.

use serde_json::{Value, json};

use crate::support::{Run, hookproof, listen_with, openssl_hmac, post};

const SECRET: &str = "it's a secret to nobody";
const BODY: &str = "{\"event_id\":\"e-1\",\"event_type\":\"form.submitted\",\"n\":1}";

fn verify(provider: &str, value: &str) -> Value {
    let run = hookproof(&format!("verify body --json -p {provider} --secret-env S --signature")).arg(value);
    run.file("body", BODY).env("S", SECRET).exits(1).lines().remove(0)
}

#[track_caller]
fn check(line: &Value, code: &str, facts: &Value) {
    assert_eq!((&line["causes"][0]["code"], &line["facts"]), (&json!(code), facts), "{line}");
    assert_eq!(line["verdict"], "invalid");
}

#[test]
fn a_value_that_is_nearly_right_blames_neither_secret_nor_body() {
    let right = openssl_hmac(SECRET, BODY.as_bytes());
    check(&verify("superfolio", &format!("x{}", &right[1..])), "value-altered", &json!([]));
    check(&verify("superfolio", &right[..40]), "value-cut", &json!([]));
    check(&verify("github", &format!("sha256={}...", &right[..20])), "value-cut", &json!([]));
    check(&verify("github", &format!("sha256={},sha256={right}", "0".repeat(64))), "value-several", &json!([]));
    check(&verify("github", &format!("sha256%3D{right}")), "value-percent-encoded", &json!([]));
}

#[test]
fn a_computed_value_that_is_nearly_right_is_not_of_something_else() {
    let right = openssl_hmac(SECRET, BODY.as_bytes());
    let run = hookproof("verify body --json -p superfolio --secret-env S --computed").arg(&right[..63]);
    let line = run.file("body", BODY).env("S", SECRET).exits(1).lines().remove(0);
    check(&line, "value-cut", &json!([]));
    assert!(line["reason"].as_str().is_some_and(|reason| reason.contains("nearly")), "{line}");
}

#[test]
fn a_right_digest_with_a_timestamp_in_another_unit_is_told() {
    let digest = openssl_hmac(SECRET, format!("1767267099257.{BODY}").as_bytes());
    let line = verify("stripe", &format!("t=1767267099257,v1={digest}"));
    check(&line, "timestamp-unit", &json!(["digest-right"]));
}

#[test]
fn bytes_behind_the_announced_length_are_tried() {
    let body = "{\"text\":\"🙄 hi\"}";
    let message = |body: &str| {
        let digest = openssl_hmac(SECRET, "{\"text\":\"🙄 hi\"}".as_bytes());
        format!(
            "POST /h HTTP/1.1\r\nX-GitHub-Event: push\r\nX-Hub-Signature-256: sha256={digest}\r\nContent-Length: {}\r\n\r\n{body}",
            "{\"text\":\"🙄 hi\"}".chars().count(),
        )
    };
    let line = |body: &str| {
        let run = hookproof("verify message --json --secret-env S").file("message", message(body)).env("S", SECRET);
        run.exits(1).lines().remove(0)
    };
    check(&line(body), "body-beyond-length", &json!(["body-incomplete"]));
    let cut = line(&body[..body.len() - 5]);
    assert_eq!((&cut["causes"], &cut["facts"]), (&json!([]), &json!(["body-incomplete"])), "{cut}");
}

#[test]
fn a_secret_that_verifies_other_deliveries_is_known_to_be_right() {
    let line = |body: &str, signature: &str| {
        json!({"hookproof": "delivery/1", "method": "POST", "target": "/", "body": body,
            "headers": [["X-Superfolio-Signature", signature]]})
    };
    let right = openssl_hmac(SECRET, BODY.as_bytes());
    let again = BODY.replace("\"n\":1", "\"n\":2");
    let lines = [line(BODY, &right), line(&again, &right), line(&again, &openssl_hmac("other", b""))];
    let text = lines.map(|line| line.to_string()).join("\n");
    let run = hookproof("verify lines --json --secret-env S").file("lines", text).env("S", SECRET);
    let found = run.exits(1).lines();
    check(&found[1], "signature-earlier", &json!(["signature-of-earlier"]));
    assert_eq!((&found[2]["causes"], &found[2]["facts"]), (&json!([]), &json!(["secret-proven"])));
}

#[test]
fn a_retry_with_the_first_attempts_signature_is_known_for_what_it_is() {
    let right = openssl_hmac(SECRET, BODY.as_bytes());
    let again = BODY.replace("\"n\":1", "\"n\":2");
    let headers = [("X-Superfolio-Signature", right.as_str())];
    for (words, has_line) in [("--json", true), ("--compact", false)] {
        let run = Run::new().env("SUPERFOLIO_WEBHOOK_SECRET", SECRET);
        let listener = listen_with(run, words);
        let answers = [BODY, &again].map(|body| post(listener.port, &headers, body.as_bytes()));
        assert_eq!(answers, [200, 401]);
        std::thread::sleep(std::time::Duration::from_millis(300));
        listener.signal("INT");
        let finished = listener.exits(0);
        if has_line {
            let told = &finished.lines()[1]["signature_earlier"];
            assert_eq!((&told["code"], &told["same_id"]), (&json!("signature-earlier"), &json!(true)), "{told}");
            finished.says("[signature-earlier]");
        } else {
            finished.prints("[signature-earlier]");
        }
    }
}
