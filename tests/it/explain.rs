//! A failed signature is explained by the binary: the change named, the place shown, the secret kept.

use crate::support::{Finished, Run, hookproof, listen, openssl_hmac, post};

const SECRET: &str = "tr0ub4dor&3";
const BODY: &str =
    "{\"event_id\":\"e-1\",\"event_type\":\"form.submitted\",\"data\":{\"n\":1.0,\"url\":\"https://a/b\"}}";

fn verify(words: &str) -> Run {
    hookproof(&format!("verify body.json --provider superfolio --secret-env S {words}"))
        .file("body.json", BODY)
        .env("S", SECRET)
}

fn signed(secret: &str, body: &str) -> Finished {
    verify("--json --signature").arg(openssl_hmac(secret, body.as_bytes())).exits(1)
}

#[test]
fn the_commonest_causes_are_named_with_their_stable_codes() {
    let check = |secret: &str, body: &str, code: &str| {
        let finished = signed(secret, body);
        let line = &finished.lines()[0];
        let cause = &line["causes"][0];
        let same = cause["same"].as_array().expect("codes").iter().any(|other| other == code);
        assert!(cause["code"] == code || same, "{code}: {line}");
        assert!(cause["advice"].as_str().is_some_and(|advice| !advice.is_empty()));
        assert_eq!((&line["valid"], &line["verdict"]), (&false.into(), &"invalid".into()));
        assert!(!finished.stdout().contains(SECRET) && !finished.stderr().contains(SECRET));
    };
    check(SECRET, &format!("{BODY}\n"), "body-newline-added");
    check(SECRET, &BODY.replace("1.0", "1"), "body-json-stringify");
    check(SECRET, &BODY.replace('/', "\\/"), "body-slashes-escaped");
    check(
        SECRET,
        &serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(BODY).unwrap()).unwrap(),
        "body-pretty",
    );
    check(SECRET, "", "body-empty");
    check("undefined", BODY, "key-undefined");
    check(&format!("{SECRET}\n"), BODY, "key-newline");
    check(&format!("\"{SECRET}\""), BODY, "key-quotes");
}

#[test]
fn the_first_difference_is_shown_with_its_surroundings() {
    let line = signed(SECRET, &BODY.replace("1.0", "1")).lines().remove(0);
    let byte = BODY.find(".0").expect("the number");
    assert_eq!(line["causes"][0]["at"]["byte"], byte);
    assert!(line["causes"][0]["at"]["given"].as_str().expect("text").contains("1.0"), "{line}");
}

#[test]
fn a_pair_of_causes_is_found_and_both_are_named() {
    let line = signed("undefined", &format!("{BODY}\n")).lines().remove(0);
    assert_eq!(line["causes"][0]["code"], "body-newline-added+key-undefined");
}

#[test]
fn a_computed_value_tells_what_the_users_code_hashed() {
    let computed = |value: String| verify("--json --computed").arg(value);
    let wrong = computed(openssl_hmac(SECRET, b"")).exits(1).lines().remove(0);
    assert_eq!(wrong["causes"][0]["code"], "body-empty");
    let right = computed(openssl_hmac(SECRET, BODY.as_bytes())).exits(0).lines().remove(0);
    assert_eq!(right["valid"], true);
    let base64 = computed("ZG8gbm90IG1hdGNoIGFueXRoaW5nIGF0IGFsbCEhIQ==".to_string()).exits(1).lines().remove(0);
    assert_eq!(base64["causes"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_computed_value_is_held_against_a_captured_message_too() {
    let http = format!(
        "POST /h HTTP/1.1\r\nHost: x\r\nX-Superfolio-Signature: {}\r\n\r\n{BODY}",
        openssl_hmac(SECRET, BODY.as_bytes())
    );
    let run =
        hookproof("verify message --secret-env S --json --computed").arg(openssl_hmac("undefined", BODY.as_bytes()));
    let line = run.file("message", http).env("S", SECRET).exits(1).lines().remove(0);
    assert_eq!(line["causes"][0]["code"], "key-undefined");
}

#[test]
fn what_can_not_be_explained_says_how_much_was_tried() {
    let finished = verify("--signature").arg(openssl_hmac("another secret altogether", BODY.as_bytes())).exits(1);
    let finished = finished.prints("no known cause matches").prints("candidates").prints("three changes together");
    assert!(!finished.stdout().contains("matches if"));
    let line = signed("another secret altogether", BODY).lines().remove(0);
    assert!(line["tried"]["candidates"].as_u64().is_some_and(|tried| tried > 1_000), "{line}");
    assert_eq!(line["causes"], serde_json::json!([]));
}

#[test]
fn what_catches_the_eye_is_noticed() {
    let http =
        format!("POST /h HTTP/1.1\r\nHost: x\r\nContent-Length: 333\r\nX-Signature-256: sha256=00\r\n\r\n{BODY}");
    hookproof("verify message --provider superfolio --secret-env S")
        .file("message", http)
        .env("S", "sk_live_0123456789")
        .exits(1)
        .prints("Content-Length says 333")
        .prints("X-Signature-256, which is Swapcard's; this scheme reads X-Superfolio-Signature")
        .prints("looks like an API key");
}

#[test]
fn other_deliveries_of_the_input_that_verify_are_told() {
    let line = |signature: String| {
        serde_json::json!({"hookproof": "delivery/1", "method": "POST", "target": "/", "body": BODY,
            "headers": [["X-Superfolio-Signature", signature]]})
        .to_string()
    };
    let good = line(openssl_hmac(SECRET, BODY.as_bytes()));
    let bad = line(openssl_hmac("other", BODY.as_bytes()));
    hookproof("verify lines --secret-env S")
        .file("lines", format!("{good}\n{bad}\n"))
        .env("S", SECRET)
        .exits(1)
        .prints("1 other delivery of this input verified with the same secret");
}

#[test]
fn a_listener_explains_on_its_terminal_and_never_to_the_sender() {
    let listener = listen(hookproof("--color never").env("SUPERFOLIO_WEBHOOK_SECRET", SECRET));
    let signature = openssl_hmac(SECRET, format!("{BODY}\n").as_bytes());
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &signature)], BODY.as_bytes()), 401);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    listener.signal("INT");
    let finished = listener.exits(0).prints("why superfolio/form.submitted of ");
    finished.prints("[body-newline-added]");
}

#[test]
fn every_code_has_its_story_and_an_unknown_one_gets_a_hint() {
    hookproof("explain body-newline-added").exits(0).prints("mend:");
    hookproof("explain body-empty+key-undefined").exits(0).prints("key-undefined: ");
    hookproof("explain body-emty").exits(2).says("did you mean `body-empty`?");
    let codes = hookproof("explain --json").exits(0).lines();
    for code in
        ["body-crlf", "body-newline-lost", "key-not-decoded", "digest-base64", "digest-sha1", "content-no-timestamp"]
    {
        assert!(codes.iter().any(|story| story["code"] == code), "{code}");
    }
}

#[test]
fn a_secret_in_the_body_or_the_address_does_not_get_into_an_explanation() {
    let secret = "shortsecret1";
    let body = format!("{{\"a\": 1.0, \"b\": \"{secret}\"}}");
    let url = format!("https://x.example/h?secret={secret}");
    for signed in [body.replace("1.0", "1").replace(' ', ""), format!("{url}{body}")] {
        let signature = openssl_hmac(secret, signed.as_bytes());
        let http = format!(
            "POST /h?secret={secret} HTTP/1.1\r\nHost: x.example\r\nX-Superfolio-Signature: {signature}\r\n\r\n{body}"
        );
        for words in ["", "--json"] {
            let run = hookproof(&format!("verify message --secret-env S {words}")).file("message", &http);
            let finished = run.env("S", secret).exits(1);
            assert!(!finished.stdout().contains(secret), "{}", finished.stdout());
            assert!(
                finished.stdout().contains("code\":\"") || finished.stdout().contains("matches if"),
                "{}",
                finished.stdout()
            );
        }
    }
}

#[test]
fn a_digest_that_holds_a_short_secrets_letters_stays_whole() {
    let body = r#"{"event_type":"form.submitted","n":1468}"#;
    let digest = openssl_hmac("abcd", body.as_bytes());
    assert!(digest.contains("abcd"), "the body was chosen for that");
    let run = hookproof("verify body -p superfolio --secret-env S --signature").arg(&digest).file("body", body);
    run.env("S", "abcd").exits(0).prints(&digest);
    let listener = listen(Run::new().env("SUPERFOLIO_WEBHOOK_SECRET", "abcd").args(["--color", "never"]));
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &digest)], body.as_bytes()), 200);
    listener.signal("INT");
    listener.exits(0).prints(&digest);
}

#[test]
fn a_form_that_the_scheme_accepts_is_no_cause() {
    let check = |words: &str, body: &str, key: &str, signed: &str| {
        let run = hookproof(&format!("verify body --json --secret-env S {words}")).file("body", body);
        let run = run.arg(openssl_hmac(key, signed.as_bytes())).env("S", SECRET).exits(1);
        assert_eq!(run.lines()[0]["causes"][0]["code"], "key-undefined", "{}", run.stdout());
    };
    check("-p superleap --signature", "{\"a\":1}", "undefined", "{\"a\":1}");
    check("-p superleap --signature", "{ \"a\": 1.0 }", "undefined", "{\"a\":1.0}");
    check("-p swapcard --computed", "{}", "undefined", "{}");
}

#[test]
fn a_computed_value_is_right_however_it_is_written() {
    let digest = openssl_hmac(SECRET, BODY.as_bytes());
    for value in
        [digest.clone(), format!("sha256={digest}"), digest.to_uppercase(), format!("SHA2-256(stdin)= {digest}")]
    {
        let run = hookproof("verify body.json -p swapcard --secret-env S --computed").arg(&value);
        run.file("body.json", BODY).env("S", SECRET).exits(0).prints("your code's value is right");
    }
}

#[test]
fn a_computed_value_over_a_long_body_is_judged_too() {
    let body = vec![b'x'; (16 << 20) + 5];
    let computed = |value: String| {
        hookproof("verify body -p superfolio --secret-env S --computed").arg(value).file("body", &body).env("S", SECRET)
    };
    computed(openssl_hmac(SECRET, &body)).exits(0).prints("your code's value is right");
    let bare = hookproof("verify body -p swapcard --secret-env S --computed").arg(openssl_hmac(SECRET, &body));
    bare.file("body", &body).env("S", SECRET).exits(0).prints("your code's value is right");
    computed("0".repeat(64)).exits(1).prints("your code hashed something else");
}

#[test]
fn a_value_that_is_no_digest_is_not_searched_for() {
    let finished = verify("--computed").arg("hello").exits(1).prints("no digest that can be compared");
    assert!(!finished.stdout().contains("candidates"), "{}", finished.stdout());
    verify("--signature").arg(SECRET).exits(1).prints("[token-scheme]");
}

#[test]
fn the_advice_is_for_the_one_who_asks() {
    let advice = |flag: &str| {
        let run = verify(&format!("--json {flag}")).arg(openssl_hmac(SECRET, format!("{BODY}\n").as_bytes()));
        run.exits(1).lines()[0]["causes"][0]["advice"].as_str().expect("advice").to_string()
    };
    assert!(advice("--signature").contains("the signed body ends with a line end that this one lacks"));
    assert!(advice("--computed").contains("printf"));
}

/// What PHP 8.2 and Python 3.11 wrote of these bodies.
#[test]
fn what_other_languages_wrote_is_recognised() {
    let check = |given: &str, written: &str, code: &str| {
        let run = hookproof("verify body -p superfolio --json --secret-env S --computed").file("body", given);
        let line = run.arg(openssl_hmac(SECRET, written.as_bytes())).env("S", SECRET).exits(1).lines().remove(0);
        let cause = &line["causes"][0];
        let same = cause["same"].as_array().is_some_and(|same| same.iter().any(|other| other == code));
        assert!(cause["code"] == code || same, "{code}: {line}");
    };
    check("[1.0, 2, \"x/y\"]", "[1,2,\"x\\/y\"]", "body-php-json-encode");
    check("[1e-8, 1e17, -0, \"é/\"]", "[1.0e-8,1.0e+17,0,\"\\u00e9\\/\"]", "body-php-json-encode");
    check("{\"a\": \"é/\"}", "{\"a\":\"é\\/\"}", "body-php-json-encode");
    check("{\"a\": \"x/y\"}", "{\n    \"a\": \"x\\/y\"\n}", "body-php-json-encode");
    check("{\"b\": \"é\", \"a\": -0}", "{\"a\":0,\"b\":\"\\u00e9\"}", "body-python-dumps");
    check("{\"b\": \"\u{7f}\", \"a\": 1}", "{\"b\": \"\\u007f\", \"a\": 1}", "body-python-dumps");
    check("\u{feff}{\"a\": 1.0}", "{\"a\":1}", "body-json-stringify");
}
