//! `verify`: a captured delivery proved, in every form it can be kept in.

use serde_json::json;

use crate::support::{Finished, Run, hookproof, openssl_hmac};

const SECRET: &str = "it's a secret to nobody";
const BODY: &[u8] = br#"{"event_id":"e1","event_type":"form.submitted","scope":"s","data":{},"event_data":{}}"#;

/// `hookproof verify` of `body` as the file `input`, with the secret at hand.
fn verify(words: &str, input: impl AsRef<[u8]>) -> Run {
    hookproof(&format!("verify {words}")).env("HOOKPROOF_SECRET", SECRET).file("input", input)
}

/// The header of a superfolio signature.
fn header(value: &str) -> String {
    format!("X-Superfolio-Signature: {value}")
}

/// Ends a run, and expects this code, this verdict first, and no secret anywhere.
#[track_caller]
fn finds(run: Run, code: i32, verdict: &str) -> Finished {
    let finished = run.exits(code);
    let out = finished.stdout();
    assert!(out.starts_with(verdict), "{out}");
    assert!(!out.contains(SECRET) && !finished.stderr().contains(SECRET), "{out}");
    finished
}

/// A body as an HTTP message with these header lines.
fn message(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("POST /hook HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n").as_bytes(), body].concat()
}

/// A delivery as a line of `listen --json`.
fn line(signature: &str, body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    let headers = [["x-superfolio-signature", signature]];
    json!({"hookproof": "delivery/1", "method": "POST", "target": "/", "headers": headers, "body": body}).to_string()
}

#[test]
fn a_body_is_proved_by_its_header_or_its_signature() {
    let good = openssl_hmac(SECRET, BODY);
    let tampered = [BODY, b" "].concat();
    finds(verify("input -H", BODY).arg(header(&good)), 0, "valid");
    finds(verify("input -p superfolio --signature", BODY).arg(&good), 0, "valid");
    finds(verify("- -H", b"").arg(header(&good)).stdin(BODY), 0, "valid");
    finds(verify("input -H", &tampered).arg(header(&good)), 1, "invalid");
    finds(verify("input -p superfolio --signature", &tampered).arg(&good), 1, "invalid");
    finds(verify("input -p superfolio -H X-Other:1", BODY), 1, "missing");
    finds(verify("input -p superfolio --as body", BODY), 1, "missing");
}

#[test]
fn both_digests_are_printed() {
    let (received, expected) = ("0".repeat(64), openssl_hmac(SECRET, BODY));
    let finished = finds(verify("input -H", BODY).arg(header(&received)), 1, "invalid");
    finished.prints(&format!("received  {received}")).prints(&format!("expected  {expected}"));
    let value = format!("sha256={expected}");
    finds(verify("input -p swapcard --signature", BODY).arg(&value), 0, "valid").prints(&format!("expected  {value}"));
}

#[test]
fn an_http_message_is_proved_with_any_line_ends_and_chunked() {
    let good = openssl_hmac(SECRET, BODY);
    let signed = header(&good);
    let whole = message(&format!("{signed}\r\nContent-Length: {}", BODY.len()), BODY);
    let lf = String::from_utf8_lossy(&whole).replace("\r\n", "\n");
    let (first, rest) = BODY.split_at(10);
    let chunks = [b"a;x=y\r\n", first, format!("\r\n{:x}\r\n", rest.len()).as_bytes(), rest, b"\r\n0\r\n\r\n"].concat();
    let chunked = message(&format!("{signed}\r\nTransfer-Encoding: chunked"), &chunks);
    for input in [&whole, lf.as_bytes(), &chunked, &message(&signed, BODY)] {
        finds(verify("input", input), 0, "valid").prints("superfolio/form.submitted");
        finds(verify("", b"").stdin(input), 0, "valid");
        finds(verify("input --as http", input), 0, "valid");
    }
    finds(verify("input", message(&signed, &[BODY, b"\n"].concat())), 1, "invalid");
    finds(verify("input", message("X-A: b", BODY)), 1, "missing").prints("superfolio");
    let short = message(&format!("{signed}\r\nContent-Length: 9999"), BODY);
    finds(verify("input", short), 0, "valid").prints("Content-Length says 9999");
}

#[test]
fn a_crlf_inside_the_body_of_a_message_counts() {
    let body = b"{\r\n}\r\n";
    let input = message(&header(&openssl_hmac(SECRET, body)), body);
    finds(verify("input", input), 0, "valid");
}

#[test]
fn lines_of_listen_are_proved_each() {
    let good = line(&openssl_hmac(SECRET, BODY), BODY);
    let bad = line(&"0".repeat(64), BODY);
    finds(verify("input", &good), 0, "valid");
    finds(verify("--as line", b"").stdin(good.as_str()), 0, "valid");
    finds(verify("input", format!("{good}\n\n{good}\r\n")), 0, "valid");
    let finished = verify("input --json", format!("{good}\n{bad}\n{good}\n")).exits(1);
    let verdicts: Vec<_> = finished.lines().iter().map(|line| line["verdict"].clone()).collect();
    assert_eq!(verdicts, ["valid", "invalid", "valid"]);
}

#[test]
fn what_listen_caught_verifies_byte_for_byte() {
    for body in [&b"{ \"event_type\":1E2,\r\n\"Zo\xc3\xab\":\"\\u001b\"}\n"[..], b"\xff\x00\x1b"] {
        let listener = crate::support::listen_with(Run::new(), "--json --count 1 --provider superfolio");
        crate::support::post(listener.port, &[("X-Superfolio-Signature", &openssl_hmac(SECRET, body))], body);
        finds(verify("input", listener.exits(0).stdout()), 0, "valid");
    }
}

#[test]
fn without_headers_the_input_must_show_what_it_is() {
    // As `replay` does with the same file.
    verify("input", BODY).exits(3).says("neither an HTTP request nor a line");
    hookproof("replay input --to 1").file("input", BODY).exits(3);
    verify("input --as http", BODY).exits(3).says("not an HTTP request");
    verify("input --as line", BODY).exits(3).says("delivery/1");
    verify("input --as line", b"nonsense").exits(3).says("not a line of JSON");
    verify("input --as tree", BODY).exits(2).says("http");
}

#[test]
fn what_can_not_be_judged_has_its_own_exit_codes() {
    let komo = br#"{"event":"SiteViewed","timestamp":"t","site_id":"1","site_name":"n","user_session_id":"u"}"#;
    finds(verify("input -p komo --as body", komo), 3, "unsigned");
    finds(verify("input --as body", komo), 3, "unsigned");
    verify("input --as body", b"{}").exits(2).says("--provider");
    verify("input -p nobody --as body", BODY).exits(2).says("nobody");
    verify("missing-file -p superfolio --as body", b"").exits(3).says("missing-file");
    verify(". -p superfolio --as body", b"").exits(3).says("can't read");
    let bare = |words: &str| hookproof(words).file("input", BODY);
    bare("verify input -p superfolio --signature 00").exits(2).says("SUPERFOLIO_WEBHOOK_SECRET");
    bare("verify input -p superfolio --signature 00").env("HOOKPROOF_SECRET", "").exits(2).says("empty");
}

#[test]
fn other_writings_of_a_signature_are_accepted_where_documented_and_said() {
    let check = |provider: &str, value: &str, body: &[u8], said: &str| {
        let run = verify(&format!("input -p {provider} --signature"), body).arg(value);
        finds(run, 0, "valid").prints(said);
    };
    let digest = openssl_hmac(SECRET, b"{\"a\":1}");
    let upper = digest.to_uppercase();
    for (provider, prefix) in [("superfolio", ""), ("superleap", "sha256="), ("swapcard", "sha256=")] {
        check(provider, &format!("{prefix}{upper}"), b"{\"a\":1}", "upper case");
    }
    check("superleap", &digest, b"{\"a\":1}", "without the prefix");
    check("superleap", &digest, b"{ \"a\": 1 }\n", "without white space");
    for (provider, value, body) in [
        ("swapcard", &digest, "{\"a\":1}"),
        ("superfolio", &digest, "{ \"a\": 1 }"),
        ("superfolio", &digest[1..].to_string(), "{\"a\":1}"),
    ] {
        finds(verify(&format!("input -p {provider} --signature"), body).arg(value), 1, "invalid");
    }
}

/// <https://docs.superleap.com/webhooks/security>
#[test]
fn superleaps_published_vector_verifies() {
    let value = "485090136a167ff6d70bbba47cd5d54c2774799a9447c70a3cb6bb3bff804bca";
    let run = |key: &str| {
        let run = hookproof(&format!("verify input --signature {value} -p superleap")).env("HOOKPROOF_SECRET", key);
        run.file("input", r#"{"test":"test"}"#)
    };
    run("abcd").exits(0).prints("valid").prints("without the prefix");
    run("abce").exits(1).prints("invalid");
}

#[test]
fn a_token_is_equal_or_differs_and_is_never_printed() {
    let check = |token: &str, code: i32, said: &str| {
        for json in ["", "--json"] {
            let run = verify(&format!("input -p fingerprinting-api {json} --signature"), BODY).arg(token);
            let finished = run.exits(code).prints(said);
            let all = finished.stdout() + &finished.stderr();
            assert!(!all.contains(SECRET) && !all.contains(token), "{all}");
        }
    };
    check(SECRET, 0, "the token is equal");
    check("some other token", 1, "the token differs");
}

#[test]
fn a_redacted_token_can_not_be_compared() {
    let listener = crate::support::listen_with(Run::new(), "--json --count 1");
    crate::support::post(listener.port, &[("X-Webhook-Signature", SECRET)], b"{}");
    let line = listener.exits(0).stdout();
    assert!(!line.contains(SECRET), "{line}");
    verify("input", &line).exits(3).says("redacted");
}

#[test]
fn a_failure_counts_before_a_line_that_can_not_be_tested() {
    let token = r#"{"hookproof":"delivery/1","method":"POST","target":"/","headers":[["x-webhook-signature","[token, 23 characters]"]],"body":"{}"}"#;
    let bad = line(&"0".repeat(64), BODY);
    verify("input", format!("{bad}\n{token}\n")).exits(1);
    verify("input", format!("{token}\n{bad}\n")).exits(1);
}

#[test]
fn json_is_one_line_that_says_it_all() {
    let good = openssl_hmac(SECRET, BODY);
    let line = verify("input --json -H", BODY).arg(header(&good)).exits(0).lines().remove(0);
    assert_eq!(line["hookproof"], "verified/1");
    let told = json!([line["valid"], line["verdict"], line["provider"], line["event"], line["bytes"]]);
    assert_eq!(told, json!([true, "valid", "superfolio", "form.submitted", BODY.len()]));
    assert_eq!((&line["received"], &line["expected"]), (&json!(good), &json!(good)));
    let line = verify("input --json -p superfolio --signature 00", BODY).exits(1).lines().remove(0);
    assert_eq!((&line["valid"], &line["verdict"], &line["expected"]), (&json!(false), &json!("invalid"), &json!(good)));
}

#[test]
fn no_explain_judges_each_line_and_searches_for_no_cause() {
    let good = openssl_hmac(SECRET, BODY);
    let tampered = [BODY, b" "].concat();
    let lines = format!("{}\n{}\n{}\n", line(&good, BODY), line(&good, &tampered), line("", BODY));
    let told = verify("input --json --no-explain", lines).exits(1).lines();
    let verdicts: Vec<_> = told.iter().map(|line| line["verdict"].clone()).collect();
    assert_eq!(verdicts, ["valid", "invalid", "invalid"]);
    assert!(told.iter().all(|line| line["causes"].is_null() && line["tried"].is_null()), "{told:?}");
    verify("input -p superfolio --no-explain --computed 00", BODY).exits(2);
}

#[test]
fn a_long_body_is_proved_as_it_streams() {
    for length in [(16 << 20) - 1, 16 << 20, (16 << 20) + 1, 20 << 20] {
        let mut body: Vec<u8> = (0..=250_u8).cycle().take(length).collect();
        let good = openssl_hmac(SECRET, &body);
        let run = |words: &str, body: &[u8]| verify(words, body).arg(header(&good));
        finds(run("input -H", &body), 0, "valid").prints(&format!("{length} bytes"));
        finds(verify("- -H", b"").arg(header(&good)).stdin(body.as_slice()), 0, "valid");
        *body.last_mut().unwrap() ^= 1;
        finds(run("input -H", &body), 1, "invalid");
    }
}

#[test]
fn a_broken_line_hides_none_of_the_others() {
    let good = line(&openssl_hmac(SECRET, BODY), BODY);
    let finished = verify("input", format!("{good}\nnot json {{\n{good}\n")).exits(3);
    assert_eq!(finished.stdout().matches("valid").count(), 2, "{}", finished.stdout());
}
