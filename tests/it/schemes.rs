//! Signature schemes beyond a digest of the body: timestamps, lists, keys, addresses, key pairs, handshakes. Every
//! expected value is computed here or was made by the provider's own library.

mod address;
mod age;
mod described;
mod explained;
mod handshakes;
mod hidden;
mod keys;
mod libraries;
mod rotation;
mod sending;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::support::{Finished, Run, hookproof, raw};

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

const VALIDATION: &str = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"q-1"},"event_ts":1}"#;

/// The headers that Slack and Zoom sign with.
fn v0(provider: &str, secret: &str, body: &str) -> Vec<(&'static str, String)> {
    let stamp = now().to_string();
    let value = format!("v0={}", hex256(secret, &format!("v0:{stamp}:{body}")));
    match provider {
        "slack" => vec![("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", value)],
        _ => vec![("x-zm-request-timestamp", stamp), ("x-zm-signature", value)],
    }
}

/// Fails where the three values in a Mailgun body don't belong together.
#[track_caller]
fn signed_inside(body: &Value) {
    let part = |name: &str| body["signature"][name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_string();
    assert_eq!(part("signature"), hex256(SECRET, &(part("timestamp") + &part("token"))));
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
