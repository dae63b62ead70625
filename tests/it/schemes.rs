//! Signature schemes beyond a digest of the body: timestamps, lists, keys, addresses, key pairs, handshakes. Every
//! expected value is computed here or was made by the provider's own library.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::support::{Finished, Run, accepting, hookproof, listen_with, post, raw, skipped};

/// Long, without words, and in the form of Standard Webhooks: its text and its key differ.
const SECRET: &str = "whsec_UXg3dlRtSzJ3WjgtcExkNVJnWV9oTjNiSmM2K0ZzVzF1RTBpQW85PWtWdFg0ek1xRw==";
const OLD: &str = "whsec_Zkoya1h3OFpwUTUtbVZ0N0xkUl95TjFjSGI0K0dzVTNlQTZpT28wPVdxS3pCOXhUag==";
const BODY: &str = r#"{"id":"evt_1","type":"customer.created","n":1.0,"url":"https://a/b"}"#;
const AT: i64 = 1_750_000_000;
const URL: &str = "https://hooks.example/in?a=1";
const DAY: i64 = 86_400;

fn sha256(key: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key.as_ref()).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

fn sha1(key: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Vec<u8> {
    Hmac::<Sha1>::new_from_slice(key.as_ref()).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

fn hex256(key: &str, text: &str) -> String {
    hex::encode(sha256(key, text))
}

fn base256(key: impl AsRef<[u8]>, text: &str) -> String {
    BASE64_STANDARD.encode(sha256(key, text))
}

/// The bytes behind `whsec_`.
fn decoded(secret: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap()
}

/// `hookproof` with the body at hand and both secrets in the variables NEW and OLD.
fn run(words: &str) -> Run {
    hookproof(words).file("body", BODY).env("NEW", SECRET).env("OLD", OLD)
}

/// `verify` of the body with these headers.
fn verify(words: &str, headers: &[(&str, String)]) -> Run {
    with_headers(run(&format!("verify body {words}")), headers)
}

fn with_headers(run: Run, headers: &[(&str, String)]) -> Run {
    headers.iter().fold(run, |run, (name, value)| run.arg("-H").arg(format!("{name}: {value}")))
}

fn stripe(at: i64, secret: &str) -> (&'static str, String) {
    ("Stripe-Signature", format!("t={at},v1={}", hex256(secret, &format!("{at}.{BODY}"))))
}

/// A delivery of Standard Webhooks under the names that begin with `webhook` or `svix`.
fn standard(names: &str, at: i64, secret: &str) -> [(String, String); 3] {
    let value = base256(decoded(secret), &format!("msg_1.{at}.{BODY}"));
    let header = |name: &str, value: String| (format!("{names}-{name}"), value);
    [header("id", "msg_1".into()), header("timestamp", at.to_string()), header("signature", format!("v1,{value}"))]
}

fn names<N: AsRef<str>>(headers: &[(N, String)]) -> Vec<(&str, String)> {
    headers.iter().map(|(name, value)| (name.as_ref(), value.clone())).collect()
}

/// Fails where a piece of the secret stands in what was printed.
#[track_caller]
fn keeps(secret: &str, output: &str) {
    let inner = secret.strip_prefix("whsec_").unwrap_or(secret).as_bytes();
    for piece in inner.windows(9.min(inner.len())).filter(|piece| piece.is_ascii()) {
        let piece = std::str::from_utf8(piece).unwrap();
        assert!(!output.contains(piece), "{piece:?} of the secret stands in:\n{output}");
    }
}

#[track_caller]
fn discreet(finished: Finished) -> Finished {
    let all = finished.stdout() + &finished.stderr();
    for secret in [SECRET, OLD] {
        keeps(secret, &all);
        keeps(&String::from_utf8_lossy(&decoded(secret)), &all);
    }
    finished
}

/// Ends a run, and expects this code, this verdict in the first line, and no secret anywhere.
#[track_caller]
fn finds(run: Run, code: i32, verdict: &str) -> Finished {
    let finished = discreet(run.exits(code));
    assert!(finished.stdout().split_whitespace().next() == Some(verdict), "{}", finished.stdout());
    finished
}

/// A usage error that says this.
#[track_caller]
fn refuses(run: Run, text: &str) {
    let finished = discreet(run.exits(2)).says("hint:").says(text);
    assert_eq!(finished.stdout(), "");
}

/// Sends a request, and gives the status of the answer and its body.
fn ask(port: u16, method: &str, target: &str, headers: &[(&str, String)], body: &str) -> (u16, String) {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let answer = raw(port, format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status: {answer:?}")), body.to_string())
}

/// `hookproof` for a listener: both secrets at hand, and used only where they are named.
fn listener() -> Run {
    Run::new().env("NEW", SECRET).env("OLD", OLD)
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    i64::try_from(since.as_secs()).expect("seconds")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// A vector judged at this time: the exit code and the verdict.
fn judged(vector: &Value, mode: bool, at: i64) -> (Option<i32>, String) {
    let body = BASE64_STANDARD.decode(text(vector, "body_base64")).expect("base64");
    let secret = vector["secret"].as_str().unwrap_or_else(|| text(vector, "public_key"));
    let mut run = hookproof("verify input --json --secret-env KEY").file("input", body).env("KEY", secret);
    run = run.args(["--at", &at.to_string(), "--provider", text(vector, "provider")]);
    run = run.args(["--url", text(vector, "url"), "--method", text(vector, "method")]);
    if let Some(named) = vector["mode"].as_str().filter(|_| mode) {
        run = run.args(["--signature-mode", named]);
    }
    for (name, value) in vector["headers"].as_object().expect("headers") {
        run = run.arg("-H").arg(format!("{name}: {}", value.as_str().expect("text")));
    }
    let finished = run.output();
    let line: Value = serde_json::from_slice(&finished.output.stdout).unwrap_or_else(|_| json!(finished.stderr()));
    let all = finished.stdout() + &finished.stderr();
    keeps(secret, if vector["secret"].is_null() { "" } else { &all });
    assert_eq!(line["valid"] == true, line["verdict"] == "valid", "{line}");
    (finished.output.status.code(), line["verdict"].as_str().unwrap_or(&all).to_string())
}

/// What is judged otherwise than by the library that made it. An invalid one is judged once, since its explanation takes
/// time.
fn misjudged(vector: &Value) -> Vec<String> {
    let (at, provider) = (vector["at"].as_i64().expect("a time"), text(vector, "provider"));
    let dated = matches!(provider, "standard-webhooks" | "stripe" | "paddle" | "slack" | "linear");
    let later = if dated || vector["mode"] == "v3" { (Some(1), "stale") } else { (Some(0), "valid") };
    let valid = [(true, at, (Some(0), "valid")), (false, at, (Some(0), "valid")), (true, at + 3653 * DAY, later)];
    let invalid = [(true, at, (Some(1), "invalid"))];
    let wanted = if vector["valid"] == true { &valid[..] } else { &invalid };
    let judge = |(mode, at, expected): &(bool, i64, (Option<i32>, &str))| {
        let found = judged(vector, *mode, *at);
        let words = || format!("{provider} {}: {} at {at}: {found:?}", vector["mode"], vector["name"]);
        ((found.0, found.1.as_str()) != *expected).then(words)
    };
    wanted.iter().filter_map(judge).collect()
}

#[test]
fn what_the_providers_own_libraries_signed_is_judged_as_they_judge_it() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../interop/vectors.json")).expect("JSON");
    let of = |valid: bool| vectors.iter().filter(move |vector| vector["valid"] == valid);
    let schemes = |valid: bool| -> BTreeSet<_> {
        of(valid).map(|vector| (text(vector, "provider"), vector["mode"].as_str(), text(vector, "library"))).collect()
    };
    assert!(schemes(true) == schemes(false) && schemes(true).len() >= 19, "{:?}", schemes(true));
    let halves: Vec<Vec<&Value>> = (0..2).map(|half| vectors.iter().skip(half).step_by(2).collect()).collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let judge = |half: &Vec<&Value>| half.iter().flat_map(|vector| misjudged(vector)).collect::<Vec<_>>();
        let running: Vec<_> = halves.iter().map(|half| scope.spawn(move || judge(half))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_good_signature_that_is_old_is_stale_and_says_how_old() {
    let later = AT + 3 * DAY + 4 * 3600;
    let check = |words: &str, code: i32, verdict: &str| {
        finds(verify(&format!("-p stripe --secret-env NEW {words}"), &[stripe(AT, SECRET)]), code, verdict)
    };
    check(&format!("--at {later}"), 1, "stale").prints("valid, but 3 d 4 h old (tolerance 5 min)");
    check(&format!("--at {AT}"), 0, "valid");
    check("--at 2025-06-15T15:06:40Z", 0, "valid");
    check("--at 2025-06-15T17:06:40+02:00", 0, "valid");
    check(&format!("--at {}", AT + 300), 0, "valid");
    check(&format!("--at {}", AT + 301), 1, "stale");
    check("", 1, "stale");
    check("--at now", 1, "stale");
    check("--tolerance off", 0, "valid");
    check(&format!("--at {later} --tolerance 76h"), 0, "valid");
    check(&format!("--at {later} --tolerance 75h"), 1, "stale");
    let words = format!("-p stripe --secret-env NEW --json --at {later}");
    let line = discreet(verify(&words, &[stripe(AT, SECRET)]).exits(1)).lines().remove(0);
    assert_eq!((&line["verdict"], &line["valid"]), (&json!("stale"), &json!(false)));
    assert_eq!(line["reason"], "valid, but 3 d 4 h old (tolerance 5 min)");
    let fresh = verify("-p stripe --secret-env NEW", &[stripe(now() - 100, SECRET)]);
    finds(fresh, 0, "valid");
    let of_now = verify("-p stripe --secret-env NEW --at now", &[stripe(now() - 3 * DAY - 4 * 3600 - 60, SECRET)]);
    finds(of_now, 1, "stale").prints("3 d 4 h old");
    finds(verify(&format!("-p stripe --secret-env OLD --at {later}"), &[stripe(AT, SECRET)]), 1, "invalid");
}

#[test]
fn a_tolerance_may_be_told_in_days() {
    let check = |tolerance: &str, code: i32, verdict: &str| {
        let words = format!("-p stripe --secret-env NEW --at {} --tolerance {tolerance}", AT + 9 * DAY);
        finds(verify(&words, &[stripe(AT, SECRET)]), code, verdict);
    };
    check("10d", 0, "valid");
    check("8d", 1, "stale");
}

#[test]
fn a_timestamp_from_the_future_is_stale_where_the_scheme_says_so() {
    let check = |ahead: i64, code: i32, verdict: &str| {
        let headers = standard("webhook", AT + ahead, SECRET);
        finds(verify(&format!("-p standard-webhooks --secret-env NEW --at {AT}"), &names(&headers)), code, verdict)
    };
    check(300, 0, "valid");
    check(301, 1, "stale").prints("in the future (tolerance 5 min)");
    let ahead = [stripe(AT + DAY, SECRET)];
    finds(verify(&format!("-p stripe --secret-env NEW --at {AT}"), &ahead), 0, "valid");
}

#[test]
fn a_captured_delivery_is_judged_by_the_time_it_came_in() {
    let (name, value) = stripe(AT, SECRET);
    let line = |received: &str| {
        json!({"hookproof": "delivery/1", "method": "POST", "target": "/", "headers": [[name, value]],
            "body": BODY, "received": received})
        .to_string()
    };
    let check = |input: String, at: &str| run(&format!("verify input --secret-env NEW {at}")).file("input", input);
    finds(check(line("2025-06-15T15:07:00Z"), "--at captured"), 0, "valid");
    finds(check(line("2025-06-15T15:12:00Z"), "--at captured"), 1, "stale").prints("5 min 20 s old");
    finds(check(line("2025-06-15T15:07:00Z"), ""), 1, "stale").prints("--at captured");
    let http = format!("POST /h HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\n\r\n{BODY}");
    refuses(check(http, "--at captured"), "--at TIME");
    let caught = listen_with(listener(), "--json --count 1 --tolerance off --secret-env NEW");
    assert_eq!(
        post(caught.port, &[stripe(now() - 200, SECRET)].each_ref().map(|(n, v)| (*n, v.as_str())), BODY.as_bytes()),
        200
    );
    let line = caught.exits(0).stdout();
    finds(check(line, "--at captured"), 0, "valid");
}

#[test]
fn a_listener_refuses_what_is_stale_unless_age_does_not_matter() {
    let check = |words: &str, at: i64, verdict: &str| {
        let caught = listen_with(listener(), &format!("--json --count 1 --secret-env NEW {words}"));
        let (status, _) = ask(caught.port, "POST", "/hook", &[stripe(at, SECRET)], BODY);
        let line = discreet(caught.exits(0)).lines().remove(0);
        assert_eq!((status == 200, text(&line, "verdict")), (verdict == "valid", verdict), "{words}");
    };
    check("", now(), "valid");
    check("", now() - 400, "stale");
    check("--tolerance 10m", now() - 400, "valid");
    check("--tolerance off", AT, "valid");
}

#[test]
fn the_signature_and_the_secret_that_matched_are_told() {
    let signed = |secret: &str| hex256(secret, &format!("{AT}.{BODY}"));
    let nobody = signed("nobody's");
    let check = |secrets: &str, items: &[&str], code: i32, verdict: &str| {
        let items = items.join(",v1=");
        let words = format!("-p stripe --at {AT} {secrets}");
        finds(verify(&words, &[("Stripe-Signature", format!("t={AT},v1={items},v0={nobody}"))]), code, verdict)
    };
    let both = "--secret-env OLD --secret-env NEW";
    let said = check(both, &[&nobody, &signed(SECRET)], 0, "valid");
    said.prints("signature 2 of 2").prints("the secret of NEW, 2 of 2");
    check(both, &[&signed(OLD), &nobody, &nobody], 0, "valid").prints("signature 1 of 3").prints("OLD, 1 of 2");
    let one = check("--secret-env NEW", &[&signed(SECRET)], 0, "valid");
    assert!(!one.stdout().contains("1 of 1"), "{}", one.stdout());
    check(both, &[&nobody, &nobody], 1, "invalid");
    check("--secret-env OLD", &[&signed(SECRET), &nobody], 1, "invalid");
    check("--secret-env NEW --secret-env OLD", &[&signed(SECRET)], 0, "valid").prints("NEW, 1 of 2");
}

#[test]
fn the_value_that_was_expected_is_the_one_that_came_where_a_later_secret_matches() {
    let words = format!("-p stripe --at {AT} --json --secret-env OLD --secret-env NEW");
    let line = verify(&words, &[stripe(AT, SECRET)]).exits(0).lines().remove(0);
    assert!(text(&line, "received").contains(text(&line, "expected")), "{line}");
}

#[test]
fn several_secrets_sign_where_the_scheme_has_a_list() {
    let both = "--secret-env OLD --secret-env NEW";
    let signed = |secret: &str| hex256(secret, &format!("{AT}.{BODY}"));
    let printed = discreet(run(&format!("sign body -p stripe --at {AT} {both}")).exits(0)).stdout();
    assert_eq!(printed.trim_end(), format!("Stripe-Signature: t={AT},v1={},v1={}", signed(OLD), signed(SECRET)));
    let signed = |secret: &str| base256(decoded(secret), &format!("msg_1.{AT}.{BODY}"));
    let words = format!("sign body -p standard-webhooks --id msg_1 --at {AT} --json {both}");
    let line = discreet(run(&words).exits(0)).lines().remove(0);
    assert_eq!(text(&line, "value"), format!("v1,{} v1,{}", signed(OLD), signed(SECRET)));
    for provider in ["shopify", "github", "intercom", "square --url https://a.example/"] {
        refuses(run(&format!("sign body -p {provider} {both}")), "give one");
    }
    refuses(run(&format!("render shopify --format http {both}")), "give one");
    let stub = accepting();
    discreet(run(&format!("send stripe {both}")).args(["--to", &stub.url]).exits(0));
    let got = stub.next();
    let items: Vec<_> = got.all("stripe-signature")[0].split(',').map(str::to_string).collect();
    let content = format!("{}.{}", items[0].strip_prefix("t=").unwrap(), String::from_utf8_lossy(&got.body));
    assert_eq!(items[1..], [OLD, SECRET].map(|secret| format!("v1={}", hex256(secret, &content))));
}

#[test]
fn a_listener_takes_the_old_secret_and_the_new() {
    let caught = listen_with(listener(), "--json --count 3 --secret-env OLD --secret-env NEW");
    let status = |secret: &str| ask(caught.port, "POST", "/hook", &[stripe(now(), secret)], BODY).0;
    assert_eq!([status(OLD), status(SECRET), status("other")], [200, 200, 401]);
    discreet(caught.exits(0));
}

/// What each provider that signs the address makes of a JSON body, or of a form, sent to it with this method.
fn addressed(provider: &str, method: &str, url: &str) -> Vec<(&'static str, String)> {
    match provider {
        "square" => vec![("x-square-hmacsha256-signature", base256(SECRET, &format!("{url}{BODY}")))],
        "twilio" => vec![("X-Twilio-Signature", BASE64_STANDARD.encode(sha1(SECRET, format!("{url}a1a=zb2"))))],
        "hubspot" => {
            let stamp = format!("{AT}123");
            let value = base256(SECRET, &format!("{method}{url}{BODY}{stamp}"));
            vec![("X-HubSpot-Request-Timestamp", stamp), ("X-HubSpot-Signature-v3", value)]
        }
        _ => panic!("{provider}"),
    }
}

/// `verify` of such a delivery.
fn verify_addressed(provider: &str, words: &str, method: &str, url: &str) -> Run {
    let run = run(&format!("verify input -p {provider} --secret-env NEW --at {AT} {words}"));
    let body = if provider == "twilio" { "b=2&a=1&a%3D=z" } else { BODY };
    with_headers(run.file("input", body), &addressed(provider, method, url))
}

#[test]
fn an_address_that_is_signed_has_to_be_given_and_right() {
    for provider in ["square", "hubspot", "twilio"] {
        let verify = |words: &str| verify_addressed(provider, words, "POST", URL);
        finds(verify(&format!("--url {URL}")), 0, "valid");
        finds(verify(&format!("--url {URL}&b=2")), 1, "invalid");
        refuses(verify(""), "--url");
        refuses(run(&format!("sign body -p {provider} --secret-env NEW")), "--url");
        let wrong = verify_addressed(provider, &format!("--url {URL}"), "POST", &URL.replace("https", "http"));
        finds(wrong, 1, "invalid").prints("[content-address]");
        let wrong = verify_addressed(provider, &format!("--url {}", URL.replace("https", "http")), "POST", URL);
        finds(wrong, 1, "invalid").prints("[content-address]");
    }
    let signed = discreet(run(&format!("sign body -p square --secret-env NEW --url {URL}")).exits(0)).stdout();
    let (name, value) = addressed("square", "POST", URL).remove(0);
    assert_eq!(signed.trim_end(), format!("{name}: {value}"));
}

#[test]
fn a_method_that_is_signed_has_to_be_right() {
    let put = |words: &str| verify_addressed("hubspot", &format!("--url {URL} {words}"), "PUT", URL);
    finds(put("--method PUT"), 0, "valid");
    finds(put("--method POST"), 1, "invalid");
    let line = run(&format!("sign body -p hubspot --json --secret-env NEW --url {URL} --method PUT --at {AT}"));
    let line = discreet(line.exits(0)).lines().remove(0);
    let stamp = format!("{AT}000");
    let value = base256(SECRET, &format!("PUT{URL}{BODY}{stamp}"));
    assert_eq!(line["headers"], json!([["X-HubSpot-Request-Timestamp", stamp], ["X-HubSpot-Signature-v3", value]]));
}

#[test]
fn a_listener_knows_its_address_from_a_flag_or_from_the_proxy() {
    let check = |words: &str, forwarded: &[(&str, &str)], url: &str, status: u16| {
        let caught = listen_with(listener(), &format!("--count 1 -p square --secret-env NEW {words}"));
        let mut headers = addressed("square", "POST", url);
        headers.extend(forwarded.iter().map(|(name, value)| match *name {
            "X-Forwarded-Proto" => ("X-Forwarded-Proto", (*value).to_string()),
            _ => ("X-Forwarded-Host", (*value).to_string()),
        }));
        assert_eq!(ask(caught.port, "POST", "/in?a=1", &headers, BODY).0, status, "{words} {forwarded:?} {url}");
        discreet(caught.exits(0))
    };
    let proxy = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "tunnel.example")];
    check("--public-url https://hooks.example", &[], URL, 200);
    check("--public-url https://hooks.example/", &[], URL, 200);
    check("--public-url https://hooks.example", &proxy, URL, 200);
    check("--public-url https://hooks.example", &proxy, "https://tunnel.example/in?a=1", 401);
    check("", &proxy, "https://tunnel.example/in?a=1", 200);
    check("", &[("X-Forwarded-Proto", "https")], "https://localhost/in?a=1", 200);
    check("", &[], "http://localhost/in?a=1", 200);
    check("", &[], "https://localhost/in?a=1", 401);
    let refused = check("--public-url https://hooks.example", &[], "http://hooks.example/in?a=1", 401);
    let all = refused.stdout() + &refused.stderr();
    assert!(all.contains("[content-address]"), "{all}");
}

const CHALLENGE: &str = r#"{"type":"url_verification","challenge":"c-1","token":"t"}"#;
const VALIDATION: &str = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"q-1"},"event_ts":1}"#;
const PING: &str = r#"{"id":"1","application_id":"2","type":1,"token":"t","version":1}"#;

/// The headers that Slack and Zoom sign with.
fn v0(provider: &str, secret: &str, body: &str) -> Vec<(&'static str, String)> {
    let stamp = now().to_string();
    let value = format!("v0={}", hex256(secret, &format!("v0:{stamp}:{body}")));
    match provider {
        "slack" => vec![("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", value)],
        _ => vec![("x-zm-request-timestamp", stamp), ("x-zm-signature", value)],
    }
}

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

/// The headers of a line of `sign --json`, for `verify`.
fn signed_headers(line: &Value) -> Vec<(&str, String)> {
    let pairs = line["headers"].as_array().expect("headers").iter();
    pairs.map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap().to_string())).collect()
}

#[test]
fn a_key_pair_made_on_the_spot_signs_and_its_public_key_verifies() {
    for (provider, mode) in [("discord", ""), ("sendgrid", ""), ("standard-webhooks", "--signature-mode v1a")] {
        let words = format!("sign body -p {provider} {mode} --generate-key --json");
        let line = run(&words).exits(0).lines().remove(0);
        let other = run(&words).exits(0).lines().remove(0);
        let verify = |body: &str, key: &str| {
            let run = hookproof(&format!("verify input -p {provider} {mode} --secret-env KEY")).file("input", body);
            with_headers(run, &signed_headers(&line)).env("KEY", key)
        };
        verify(BODY, text(&line, "public_key")).exits(0).prints("valid");
        finds(verify(&format!("{BODY} "), text(&line, "public_key")), 1, "invalid");
        assert_ne!(line["public_key"], other["public_key"]);
        finds(verify(BODY, text(&other, "public_key")), 1, "invalid");
    }
    refuses(run("sign body -p stripe --generate-key"), "key pair");
    refuses(run("verify body -p discord --secret-env KEY --computed 00").env("KEY", &"a".repeat(64)), "--signature");
    refuses(run("verify body -p sendgrid --secret-env NEW --computed 00"), "--signature");
}

#[test]
fn a_public_key_signs_nothing() {
    for (provider, mode) in [("sendgrid", ""), ("standard-webhooks", "--signature-mode v1a"), ("discord", "")] {
        let words = format!("sign body -p {provider} {mode}");
        let line = run(&format!("{words} --generate-key --json")).exits(0).lines().remove(0);
        refuses(run(&format!("{words} --secret-env KEY")).env("KEY", text(&line, "public_key")), "public key");
    }
}

#[test]
fn a_private_key_that_is_kept_is_for_its_owner_alone() {
    for (provider, length) in [("discord", 64), ("sendgrid", 40)] {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("key");
        let words = format!("sign body -p {provider} --generate-key --json --key-out");
        let made = run(&words).arg(&path).exits(0);
        let key = std::fs::read_to_string(&path).expect("the key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        }
        keeps(&key.trim()[..length], &(made.stdout() + &made.stderr()));
        let again = run(&words).arg(&path).output();
        assert!(!again.output.status.success() && again.stdout().is_empty(), "{}", again.stdout());
        assert!(again.stderr().contains("key"), "{}", again.stderr());
        assert_eq!(std::fs::read_to_string(&path).expect("the key"), key, "what was there stays");
        let line = made.lines().remove(0);
        let signed = run(&format!("sign body -p {provider} --json --at {AT} --secret-file")).arg(&path).exits(0);
        keeps(&key.trim()[..length], &(signed.stdout() + &signed.stderr()));
        let run = verify(&format!("-p {provider} --secret-env KEY"), &signed_headers(&signed.lines()[0]));
        run.env("KEY", text(&line, "public_key")).exits(0).prints("valid");
    }
}

#[test]
fn keys_that_openssl_made_sign_and_verify() {
    let openssl = |words: &[&str]| std::process::Command::new("openssl").args(words).output();
    let Ok(_) = openssl(&["version"]) else { return skipped("there is no openssl here to make keys") };
    for (provider, words) in [
        ("discord", &["-algorithm", "ed25519"][..]),
        ("sendgrid", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ] {
        let folder = tempfile::TempDir::new().expect("a folder");
        let [private, public, content, signature] =
            ["private", "public", "content", "signature"].map(|name| folder.path().join(name).display().to_string());
        let made = openssl(&[&["genpkey", "-out", &private], words].concat()).expect("openssl");
        if !made.status.success() {
            skipped(&format!("this openssl makes no key for {provider}"));
            continue;
        }
        assert!(openssl(&["pkey", "-in", &private, "-pubout", "-out", &public]).expect("openssl").status.success());
        let signed = run(&format!("sign body -p {provider} --json --at {AT} --secret-file")).arg(&private).exits(0);
        let line = signed.lines().remove(0);
        let pem = std::fs::read_to_string(&private).expect("the key");
        for line in pem.lines().filter(|line| !line.starts_with('-')) {
            // The beginning of it says the algorithm.
            keeps(&line[40.min(line.len() - 16)..], &(signed.stdout() + &signed.stderr()));
        }
        let judge = || verify(&format!("-p {provider} --secret-file {public}"), &signed_headers(&line));
        judge().exits(0).prints("valid");
        judge().file("body", format!("{BODY}\n")).exits(1).prints("invalid");
        refuses(run(&format!("sign body -p {provider} --secret-file {public}")), "public key");
        // The other way round: openssl judges what was signed here.
        std::fs::write(&content, format!("{AT}{BODY}")).expect("the content");
        let value = text(&line, "value");
        let bytes = if provider == "discord" { hex::decode(value).ok() } else { BASE64_STANDARD.decode(value).ok() };
        std::fs::write(&signature, bytes.expect("a signature")).expect("the signature");
        let how: &[&str] = if provider == "discord" { &["-rawin"] } else { &["-rawin", "-digest", "sha256"] };
        let judged = ["pkeyutl", "-verify", "-pubin", "-inkey", &public, "-sigfile", &signature, "-in", &content];
        let judged = openssl(&[&judged, how].concat()).expect("openssl");
        assert!(judged.status.success(), "{provider}: {}", String::from_utf8_lossy(&judged.stderr));
    }
}

#[test]
fn an_alias_sends_its_own_headers_and_reads_the_common_ones_too() {
    for names_of in ["svix", "webhook"] {
        let headers = standard(names_of, AT, SECRET);
        for provider in ["svix", "clerk", "resend", "standard-webhooks"] {
            let words = format!("-p {provider} --secret-env NEW --at {AT}");
            finds(verify(&words, &names(&headers)), 0, "valid");
            let words = format!("-p {provider} --secret-env OLD --at {AT}");
            finds(verify(&words, &names(&headers)), 1, "invalid");
        }
    }
    let line = discreet(run(&format!("sign body -p svix --secret-env NEW --id msg_1 --at {AT} --json")).exits(0));
    let own: Vec<_> = standard("svix", AT, SECRET).into_iter().map(|(name, value)| json!([name, value])).collect();
    assert_eq!(line.lines()[0]["headers"], json!(own));
    let stub = accepting();
    discreet(run("send svix --secret-env NEW").args(["--to", &stub.url]).exits(0));
    let got = stub.next();
    let part = |name: &str| got.all(name).first().map_or_else(|| panic!("no {name}"), ToString::to_string);
    let content = format!("{}.{}.{}", part("svix-id"), part("svix-timestamp"), String::from_utf8_lossy(&got.body));
    assert_eq!(part("svix-signature"), format!("v1,{}", base256(decoded(SECRET), &content)));
    assert!(got.all("webhook-signature").is_empty());
}

#[test]
fn the_variable_of_a_provider_or_of_its_alias_is_found() {
    let check = |provider: &str, variable: &str, headers: &[(&str, String)]| {
        let words = format!("-p {provider} --at {AT}");
        finds(verify(&words, headers).env(variable, SECRET), 0, "valid");
        finds(verify(&words, headers).env(variable, OLD), 1, "invalid");
        refuses(verify(&words, headers), variable);
    };
    check("stripe", "STRIPE_WEBHOOK_SECRET", &[stripe(AT, SECRET)]);
    check("svix", "SVIX_WEBHOOK_SECRET", &names(&standard("svix", AT, SECRET)));
    check("standard-webhooks", "STANDARD_WEBHOOKS_SECRET", &names(&standard("webhook", AT, SECRET)));
    check("clerk", "CLERK_WEBHOOK_SIGNING_SECRET", &names(&standard("svix", AT, SECRET)));
    let signed = discreet(run("sign body -p stripe --at 1750000000").env("STRIPE_WEBHOOK_SECRET", SECRET).exits(0));
    assert_eq!(signed.stdout().trim_end(), format!("Stripe-Signature: {}", stripe(AT, SECRET).1));
}

#[test]
fn every_provider_sends_to_a_receiver_of_its_own() {
    let lines = hookproof("events --json").exits(0).lines();
    let events = lines.iter().filter(|line| line["hookproof"] == "event/1");
    let providers: BTreeSet<&str> = events.map(|line| text(line, "provider")).collect();
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/payloads")).expect("the folders");
    for folder in folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()) {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(providers.contains(name.as_str()), "{name} is not listed");
    }
    let failed: Vec<String> = providers
        .iter()
        .filter_map(|provider| {
            let finished = hookproof(&format!("send {provider} --to self --keep-going")).output();
            let failed = finished.output.status.code() != Some(0);
            failed.then(|| format!("{provider}: {}{}", finished.stdout(), finished.stderr()))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_body_of_ones_own_goes_out_untouched_and_signed() {
    let stub = accepting();
    for body in [&b"{ \"a\":1E2,\r\n\"Zo\xc3\xab\":\"\\u001b\" }\n"[..], b"\xff\x00not json", b""] {
        let run = run("send stripe --body own --secret-env NEW").file("own", body).args(["--to", &stub.url]);
        discreet(run.exits(0));
        let got = stub.next();
        assert_eq!(got.body, body);
        let value = got.all("stripe-signature")[0];
        let (stamp, digest) = value.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("a signature");
        assert!((stamp.parse::<i64>().unwrap() - now()).abs() < 60, "{stamp}");
        assert_eq!(digest, hex::encode(sha256(SECRET, [stamp.as_bytes(), b".", body].concat())));
    }
    assert!(stub.is_idle());
}

#[test]
fn a_form_is_signed_by_its_sorted_fields() {
    for (words, url) in
        [("", "http://localhost:4400/"), ("--to https://hooks.example/sms?x=1", "https://hooks.example/sms?x=1")]
    {
        let printed = discreet(run(&format!("render twilio --format http --secret-env NEW {words}")).exits(0)).stdout();
        let (head, body) = printed.split_once("\r\n\r\n").or_else(|| printed.split_once("\n\n")).expect("a message");
        let mut fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
        assert!(fields.len() > 5, "{body}");
        fields.sort();
        let content: String = fields.iter().flat_map(|(name, value)| [&**name, &**value]).collect();
        let value = BASE64_STANDARD.encode(sha1(SECRET, format!("{url}{content}")));
        assert!(head.contains(&format!("X-Twilio-Signature: {value}")), "{head}");
        assert!(head.contains("Content-Type: application/x-www-form-urlencoded"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
    }
}

/// Fails where the three values in a Mailgun body don't belong together.
#[track_caller]
fn signed_inside(body: &Value) {
    let part = |name: &str| body["signature"][name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_string();
    assert_eq!(part("signature"), hex256(SECRET, &(part("timestamp") + &part("token"))));
}

#[test]
fn a_signature_that_stands_in_the_body_is_put_there() {
    let stub = accepting();
    discreet(run("send mailgun --secret-env NEW").args(["--to", &stub.url]).exits(0));
    signed_inside(&stub.next().json());
    let http = discreet(run("render mailgun --format http --secret-env NEW").exits(0)).stdout();
    let body = http.split_once("\r\n\r\n").or_else(|| http.split_once("\n\n")).expect("a message").1.to_string();
    signed_inside(&serde_json::from_str(&body).expect("JSON"));
    finds(run("verify input -p mailgun --as body --secret-env NEW").file("input", &body), 0, "valid");
    finds(run("verify input -p mailgun --as body --secret-env OLD").file("input", &body), 1, "invalid");
    let line = discreet(run("render mailgun --json --secret-env NEW").exits(0)).lines().remove(0);
    signed_inside(&serde_json::from_str(text(&line, "body")).expect("JSON"));
}

#[test]
fn a_body_rendered_alone_has_its_signature_inside_too() {
    let body = discreet(run("render mailgun --secret-env NEW").exits(0)).stdout();
    signed_inside(&serde_json::from_str(&body).expect("JSON"));
}

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
fn a_long_secret_stays_out_of_everything_that_is_printed() {
    let mut digest = Sha256::digest("a long secret");
    let mut long = String::new();
    while long.len() < 600 {
        digest = Sha256::digest(digest);
        long += BASE64_STANDARD.encode(digest).trim_end_matches('=');
    }
    let run = |words: &str| hookproof(words).file("body", BODY).env("LONG", &long).env("OTHER", "x");
    let check = |run: Run, codes: &[i32]| {
        let finished = run.output();
        let all = finished.stdout() + &finished.stderr();
        keeps(&long, &all);
        keeps(&hex::encode(&long), &all);
        keeps(&BASE64_STANDARD.encode(&long), &all);
        assert!(codes.contains(&finished.output.status.code().unwrap()), "{all}");
        assert!(!all.is_empty());
    };
    let hubspot = ["X-HubSpot-Signature-Version: v1", "X-HubSpot-Signature: 00"];
    let v1 = hex::encode(Sha256::digest(format!("{long}{BODY}\n")));
    for (words, json) in [("", false), ("--json", true)] {
        for secret in ["--secret-env LONG", "--secret-env OTHER --secret-env LONG"] {
            let words = format!("{secret} {words}");
            check(run(&format!("verify body -p stripe --signature t=1,v1=00 {words}")), &[1]);
            check(run(&format!("verify body -p github --signature sha256=00 {words}")), &[1]);
            check(run(&format!("verify body -p stripe --signature {long} {words}")), &[1]);
            check(run(&format!("verify body -p hubspot {words}")).args(["-H", hubspot[0], "-H", hubspot[1]]), &[1]);
            let found = format!("X-HubSpot-Signature: {v1}");
            check(run(&format!("verify body -p hubspot {words}")).args(["-H", hubspot[0], "-H", &found]), &[1]);
            check(run(&format!("sign body -p stripe {words}")), &[0]);
        }
        check(run(&format!("sign body -p hubspot --signature-mode v1 --secret-env LONG {words}")), &[0]);
        check(run(&format!("sign body -p discord --secret-env LONG {words}")), &[2]);
        check(run(&format!("verify body -p discord --signature 00 --secret-env LONG {words}")), &[1, 2, 3]);
        check(run(&format!("sign body -p standard-webhooks --secret-env LONG {words}")), &[0, 2]);
        check(run(&format!("render mailgun --secret-env LONG {}", if json { words } else { "--format curl" })), &[0]);
        check(run(&format!("send hubspot --to self --secret-env LONG {}", if json { words } else { "-v" })), &[0]);
        check(run(&format!("send zoom --to self --secret-env LONG {}", if json { words } else { "-v" })), &[0]);
    }
    for words in ["--json", "", "--full"] {
        let caught = listen_with(run(""), &format!("--secret-env LONG {words}"));
        for key in [&long, "other"] {
            ask(caught.port, "POST", "/h", &v0("zoom", key, VALIDATION), VALIDATION);
            ask(caught.port, "POST", "/h", &[stripe(now(), key)], BODY);
        }
        caught.signal("INT");
        let finished = caught.exits(0).says("deliveries");
        keeps(&long, &(finished.stdout() + &finished.stderr()));
    }
}

/// The forms in which a sender may put the secret into a header.
fn spelt(secret: &str) -> Vec<String> {
    let bare = secret.strip_prefix("whsec_").unwrap();
    let encoded = BASE64_STANDARD.encode(secret);
    [secret, bare, &encoded, &hex::encode(secret), &hex::encode(bare)].map(str::to_string).to_vec()
}

#[test]
fn a_secret_that_stands_in_a_signature_is_not_printed() {
    let forms = ["t=1,v1=SECRET", "t=1,v1=abc,s=SECRET", "t=1,SECRET=abc", "v0=SECRET", "SECRET", "t=SECRET,v1=00"];
    for value in spelt(SECRET) {
        for json in ["", "--json"] {
            // The names of others are cut short after some of them.
            let cut = format!("{}SECRET=1", "a-long-name=1,".repeat(5));
            for form in forms.into_iter().chain([cut.as_str()]) {
                let run = run(&format!("verify body -p stripe --secret-env NEW --secret-env OLD {json} --signature"));
                let finished = discreet(run.arg(form.replace("SECRET", &value)).exits(1));
                assert!(!finished.stdout().contains(&value), "{form}: {}", finished.stdout());
            }
            let headers = [("webhook-signature", format!("v1,{value}")), ("webhook-id", value.clone())];
            let finished =
                discreet(verify(&format!("-p standard-webhooks --secret-env NEW {json}"), &headers).exits(1));
            assert!(!finished.stdout().contains(&value), "{}", finished.stdout());
            let computed = verify(&format!("-p stripe --secret-env NEW {json} --computed {value}"), &[stripe(AT, OLD)]);
            assert!(!computed.exits(1).stdout().contains(&value));
        }
    }
    let hidden = verify("-p stripe --secret-env NEW", &[("Stripe-Signature", format!("t=1,v1={SECRET}"))]).exits(1);
    hidden.prints("the secret itself was sent").prints("received  t=1,v1=[secret]");
    // That of another provider is none of this scheme's.
    let other = verify("-p stripe --secret-env stripe=NEW", &[("Stripe-Signature", format!("t=1,v1=00,s={OLD}"))]);
    discreet(other.env("STANDARD_WEBHOOKS_SECRET", OLD).exits(1)).prints("s=[secret]");
    // With a right signature beside it too.
    let (name, right) = stripe(AT, SECRET);
    let valid = verify(&format!("-p stripe --secret-env NEW --at {AT}"), &[(name, format!("{right},s={SECRET}"))]);
    finds(valid, 0, "valid").prints("s=[secret]");
}

#[test]
fn a_secret_in_a_header_is_not_shown_by_a_listener() {
    for words in ["", "--json", "--full"] {
        let caught = listen_with(listener(), &format!("--secret-env NEW {words}"));
        for value in spelt(SECRET) {
            for form in [format!("t=1,v1={value}"), format!("t=1,v1=00,s={value}"), format!("t=1,{value}=0")] {
                ask(caught.port, "POST", "/h", &[("Stripe-Signature", form)], BODY);
            }
            let [id, at, _] = standard("webhook", now(), SECRET);
            let signature = ("webhook-signature".to_string(), format!("v1,{value}"));
            ask(caught.port, "POST", "/h", &names(&[id, at, signature]), BODY);
        }
        caught.signal("INT");
        let finished = discreet(caught.exits(0));
        let all = finished.stdout() + &finished.stderr();
        assert!(spelt(SECRET).iter().all(|value| !all.contains(value)), "{all}");
    }
}

#[test]
fn a_short_secret_is_hidden_as_an_item_and_leaves_digests_whole() {
    let verify = |value: &str| {
        let run = hookproof("verify body -p stripe --secret-env KEY --signature").arg(value);
        run.file("body", BODY).env("KEY", "abc12").exits(1)
    };
    verify("t=1,v1=00,s=abc12").prints("received  t=1,v1=00,s=[secret]");
    verify("t=1,abc12=00").prints("only [secret]").prints("received  t=1,[secret]=00");
    let digest = format!("abc12{}", "0".repeat(59));
    verify(&format!("t=1,v1={digest}")).prints(&format!("received  t=1,v1={digest}"));
}

#[test]
fn a_key_that_can_t_be_used_is_a_usage_error() {
    let headers = [("X-Signature-Ed25519", "0".repeat(128)), ("X-Signature-Timestamp", AT.to_string())];
    let check = |words: &str| verify(&format!("-p discord {words}"), &headers).env("BADK", "no key at all");
    refuses(check("--secret-env BADK"), "BADK: the secret is no Ed25519 public key");
    refuses(check("--secret-env BADK"), "where to find it");
    refuses(check("--secret-env BADK --secret-env NEW"), "BADK or NEW");
    let key = run("sign body -p discord --generate-key --json").exits(0).lines().remove(0);
    let some = check("--secret-env BADK --secret-env KEY").env("KEY", text(&key, "public_key"));
    let some = finds(some, 1, "invalid").prints("BADK is of no use here").prints("no known cause matches");
    assert!(!some.stdout().contains("KEY is of no use"), "{}", some.stdout());
    // A listener explains it without a word about the digest.
    let caught = listen_with(listener().env("BADK", "no key at all"), "-p discord --secret-env BADK --count 1");
    ask(caught.port, "POST", "/h", &headers, BODY);
    let all = caught.exits(0);
    assert!(!(all.stdout() + &all.stderr()).contains("the value is no digest"), "{}", all.stdout());
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
fn a_signature_in_the_body_is_not_given_by_a_flag() {
    let body = r#"{"signature":{"timestamp":"1750000000","token":"t0","signature":"00"},"event-data":{}}"#;
    let run = |words: &str| run(&format!("verify mg -p mailgun --secret-env NEW {words}")).file("mg", body);
    refuses(run("--signature x"), "body signature.signature");
    finds(run("--as body"), 1, "invalid");
    let over_body = hex256(SECRET, body);
    finds(run(&format!("--computed {over_body}")), 1, "invalid").prints("[content-body]");
}

#[test]
fn every_secret_is_searched_while_one_replaces_another() {
    let pretty = "{\n  \"a\": 1\n}";
    for (secret, name) in [(SECRET, "NEW"), (OLD, "OLD")] {
        for secrets in ["--secret-env NEW --secret-env OLD", "--secret-env OLD --secret-env NEW"] {
            let value = format!("sha256={}", hex256(secret, "{\"a\":1}"));
            let run = run(&format!("verify p -p github {secrets}")).file("p", pretty).arg("--signature").arg(value);
            finds(run, 1, "invalid").prints(&format!("with the secret of {name}  [body-json-stringify]"));
            let value = hex256(secret, pretty);
            let words = format!("verify p -p github {secrets} --computed {value}");
            finds(self::run(&words).file("p", pretty), 0, "valid");
        }
    }
    // What holds with any of them names none.
    let value = format!("sha256={}", hex256("", pretty));
    let run = run("verify p -p github --secret-env NEW --secret-env OLD --signature").file("p", pretty).arg(value);
    let finished = finds(run, 1, "invalid").prints("[key-empty]");
    assert!(!finished.stdout().contains("with the secret of"), "{}", finished.stdout());
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

#[test]
fn what_is_signed_beside_the_signature_is_made_where_the_body_lacks_it() {
    let signed = |body: &str| {
        let finished = discreet(run("sign q -p mailgun --secret-env NEW").file("q", body).exits(0));
        let body: Value = serde_json::from_str(finished.stdout().trim()).expect("JSON");
        signed_inside(&body);
        body["signature"]["token"].as_str().expect("a token").to_string()
    };
    let token = signed(r#"{"event-data":{}}"#);
    assert!(token.len() == 50 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert_ne!(token, signed(r#"{"event-data":{}}"#));
    assert_eq!(signed(r#"{"signature":{"token":"mine"}}"#), "mine");
    refuses(run("sign q -p mailgun --secret-env NEW").file("q", "[]"), "signature");
    let scheme = r#"body = "sig"
encoding = "hex"
content = "{at:event.id}""#;
    let description = DESCRIPTION
        .replace("header = \"X-Acme-Signature\"\nsecret", "secret")
        .replace("encoding = \"hex\"\ncontent = \"{timestamp}.{body}\"", scheme)
        .replace("timestamp = { header = \"X-Acme-Time\", unit = \"s\", past = 300 }\n", "");
    let refused = described(&description, "sign q -p acme --catalog own --secret-env NEW").file("q", "{}");
    refuses(refused, "the body has to have `event.id`");
}

#[test]
fn a_key_of_nothing_signed_is_not_kept() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("key");
    run("sign nothing -p discord --generate-key --key-out").arg(&path).exits(3);
    assert!(!path.exists());
}

const DESCRIPTION: &str = r#"name = "Acme"
summary = "Anvils"
page = "https://acme.example/webhooks"
checked = "2026-11-20"

[secret]
env = "ACME_SECRET"

[[signature]]
mode = "v1"
algorithm = "hmac-sha256"
header = "X-Acme-Signature"
secret = "required"
encoding = "hex"
content = "{timestamp}.{body}"
timestamp = { header = "X-Acme-Time", unit = "s", past = 300 }

[header]
Content-Type = "application/json"
X-Acme-Event = "{event}"

[event]
name = { header = "X-Acme-Event" }

[recognise]
headers = ["X-Acme-Signature"]

[events."anvil.dropped"]
summary = "An anvil fell"
"#;

fn described(description: &str, words: &str) -> Run {
    let run = run(words).file("own/acme/provider.toml", description);
    run.file("own/acme/anvil.dropped.json", "{\"a\":1}")
}

#[test]
fn a_scheme_that_was_described_signs_as_it_says() {
    let line = described(DESCRIPTION, &format!("sign body -p acme --catalog own --secret-env NEW --at {AT} --json"));
    let value = hex256(SECRET, &format!("{AT}.{BODY}"));
    let headers = json!([["X-Acme-Time", AT.to_string()], ["X-Acme-Signature", value]]);
    assert_eq!(discreet(line.exits(0)).lines()[0]["headers"], headers);
}

#[test]
fn a_scheme_that_contradicts_itself_names_file_and_line() {
    described(DESCRIPTION, "events acme --catalog own").exits(0);
    let block = 9..=17;
    let check = |from: &str, to: &str, said: &str| {
        assert!(DESCRIPTION.contains(from), "{from}");
        let description = DESCRIPTION.replacen(from, to, 1);
        for words in ["events acme --catalog own", "sign body -p acme --catalog own --secret-env NEW"] {
            let finished = discreet(described(&description, words).exits(3));
            let stderr = finished.stderr();
            let place = stderr.split_once("own/acme/provider.toml:").map(|(_, rest)| rest);
            let line = place.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
            assert!(line.is_some_and(|line| block.contains(&line)), "{to}: {stderr}");
            assert!(stderr.contains(said) && finished.stdout().is_empty(), "no {said:?} for {to:?}: {stderr}");
        }
    };
    check("encoding = \"hex\"\n", "", "encoding");
    check("encoding = \"hex\"", "encoding = \"octal\"", "octal");
    check("secret = \"required\"", "secret = \"required\"\nbody = \"sig\"", "header or a body");
    check("header = \"X-Acme-Signature\"\n", "", "header or a body");
    check("timestamp = { header = \"X-Acme-Time\", unit = \"s\", past = 300 }\n", "", "timestamp");
    check("{timestamp}.{body}", "{timestmap}.{body}", "timestmap");
    check("{timestamp}.{body}", "{timestamp}.{body", "{body");
    check("{timestamp}.{body}", "{id}.{timestamp}.{body}", "id");
    check("header = \"X-Acme-Time\"", "item = \"t\"", "list");
    check("unit = \"s\"", "unit = \"fortnight\"", "fortnight");
    check("hmac-sha256", "sha256", "{secret}");
    check("hmac-sha256", "token", "token");
    check("encoding = \"hex\"", "encoding = \"hex\"\nkey = { decode = \"rot13\" }", "rot13");
    check("encoding = \"hex\"", "encoding = \"hex\"\naccept = [\"anything\"]", "anything");
    check("past = 300", "past = -300", "-300");
}
