//! `listen --respond` and its like answer on purpose, to see what a sender makes of it.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Listener, Run, hookproof, listen_to, openssl_hmac, post, raw};

const SECRET: &str = "it's a secret to nobody";
const SIGNATURE: &str = "X-Superfolio-Signature";

/// A listener with a secret and these words.
fn listener(words: &[&str]) -> Listener {
    listen_to(Run::new().env("HOOKPROOF_SECRET", SECRET), words)
}

fn body(event: &str, id: &str) -> String {
    json!({ "event_id": id, "event_type": event, "scope": "s", "data": {}, "event_data": {} }).to_string()
}

/// Sends a signed delivery; the status of the answer, 0 for none.
fn send(port: u16, event: &str, id: &str) -> u16 {
    let body = body(event, id);
    post(port, &[(SIGNATURE, &openssl_hmac(SECRET, body.as_bytes()))], body.as_bytes())
}

/// The whole request, to be written by hand.
fn request(event: &str, id: &str) -> Vec<u8> {
    let body = body(event, id);
    let signature = openssl_hmac(SECRET, body.as_bytes());
    let length = body.len();
    format!("POST / HTTP/1.1\r\nHost: x\r\n{SIGNATURE}: {signature}\r\nContent-Length: {length}\r\n\r\n{body}").into()
}

#[test]
fn a_script_is_counted_for_each_delivery_id() {
    let listener = listener(&["--respond", "500,502,200", "--json", "--count", "8"]);
    let told = ["a", "a", "b", "a", "a", "b", "c"].map(|id| send(listener.port, "form.submitted", id));
    assert_eq!(told, [500, 502, 500, 200, 200, 502, 500]);
    let forged = body("form.submitted", "c");
    assert_eq!(post(listener.port, &[(SIGNATURE, &"0".repeat(64))], forged.as_bytes()), 401);
    let finished =
        listener.exits(0).says("a: 4 attempts, 500 502 200 200, after ").says("b: 2 attempts, 500 502, after ");
    assert!(!finished.stderr().contains("c: "), "{}", finished.stderr());
    let lines = finished.lines();
    let statuses: Vec<&Value> = lines[..8].iter().map(|line| &line["answer"]["status"]).collect();
    assert_eq!(statuses, [500, 502, 500, 200, 200, 502, 500, 401]);
    assert!(lines[..7].iter().all(|line| line["verdict"] == "valid"));
    assert_eq!((&lines[3]["repeat"]["count"], lines.len()), (&json!(3), 9));
    let last = &lines[8];
    assert_eq!((&last["hookproof"], &last["others"]), (&json!("attempts/1"), &json!(0)));
    let first = &last["retried"][0];
    assert_eq!((&first["delivery_id"], &first["attempts"]), (&json!("a"), &json!(4)));
    assert_eq!(first["answers"], json!([500, 502, 200, 200]));
    assert_eq!(first["gaps_ms"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_has_no_id_is_counted_overall() {
    let listener = listen_to(Run::new(), &["--respond", "503,200"]);
    let told = [b"{}", b"[]", b"{}"].map(|body| post(listener.port, &[], body));
    assert_eq!(told, [503, 200, 200]);
    listener.signal("INT");
    let finished = listener.exits(0).says("3 deliveries: 3 unknown").prints("→ 503");
    assert!(!finished.stderr().contains("attempts"), "{}", finished.stderr());
}

#[test]
fn gaps_are_those_of_the_sender() {
    let listener = listener(&["--respond", "500,200", "--json", "--count", "2"]);
    send(listener.port, "form.submitted", "a");
    std::thread::sleep(Duration::from_millis(1_100));
    send(listener.port, "form.submitted", "a");
    let finished = listener.exits(0).says("a: 2 attempts, 500 200, after 1.");
    let gap = finished.lines()[2]["retried"][0]["gaps_ms"][0].as_u64().unwrap();
    assert!((1_100..5_000).contains(&gap), "{gap}");
}

#[test]
fn each_event_has_its_own_answers() {
    let words = ["--respond", "form.*=500", "--respond", "204", "--hang-up=lead.*", "--json", "--count", "3"];
    let listener = listener(&words);
    let told =
        ["form.submitted", "activity.page_view", "lead.hot_detected"].map(|event| send(listener.port, event, event));
    assert_eq!(told, [500, 204, 0]);
    listener.exits(0);
}

#[test]
fn hanging_up_sends_no_byte_and_is_kept_as_no_status() {
    let folder = tempfile::TempDir::new().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let path = journal.to_str().unwrap();
    let listener = listener(&["--hang-up", "--journal", path, "--compact", "--count", "2"]);
    assert_eq!(raw(listener.port, &request("form.submitted", "a")), "");
    assert_eq!(raw(listener.port, &request("form.submitted", "a")), "");
    listener
        .exits(0)
        .prints("valid  → hang-up")
        .says("2 deliveries: 2 valid")
        .says("a: 2 attempts, hang-up hang-up, after");
    let lines = std::fs::read_to_string(&journal).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((&first["answer"], &first["verdict"]), (&json!({ "status": null }), &json!("valid")));
    hookproof("history --journal").arg(path).exits(0).prints("  hang-up  ");
}

#[test]
fn the_journal_holds_what_is_really_answered() {
    let folder = tempfile::TempDir::new().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let listener = listener(&["--respond", "500,200", "--journal", journal.to_str().unwrap(), "--count", "2"]);
    send(listener.port, "form.submitted", "a");
    send(listener.port, "form.submitted", "a");
    listener.exits(0).prints("→ 500");
    let lines = std::fs::read_to_string(&journal).unwrap();
    let status = |line| serde_json::from_str::<Value>(line).unwrap()["answer"]["status"].clone();
    assert_eq!(lines.lines().map(status).collect::<Vec<_>>(), [500, 200]);
}

#[test]
fn body_and_headers_are_as_given() {
    let words = [
        "--respond",
        "503,200",
        "--retry-after",
        "2s",
        "--respond-body",
        "{\"a\":\"b=c\"}",
        "--respond-header",
        "X-One: 1",
        "--respond-header",
        "form.*=X-One: two=2",
        "--respond-header",
        "lead.*=X-Three: 3",
    ];
    let listener = listener(&words);
    let answer = |close: &str| {
        let request = String::from_utf8(request("form.submitted", "a")).unwrap();
        raw(listener.port, request.replacen("Host: x", close, 1).as_bytes()).to_lowercase()
    };
    let close = "Host: x\r\nConnection: close";
    let first = answer(close);
    assert!(first.starts_with("http/1.1 503 "), "{first}");
    for line in ["retry-after: 2", "content-type: application/json", "x-one: 1", "x-one: two=2"] {
        assert!(first.contains(&format!("\r\n{line}\r\n")), "no {line} in {first}");
    }
    assert!(first.ends_with("\r\n\r\n{\"a\":\"b=c\"}") && !first.contains("x-three"), "{first}");
    let second = answer(close);
    assert!(second.starts_with("http/1.1 200 ") && !second.contains("retry-after"), "{second}");
    listener.signal("TERM");
    listener.exits(0);
}

#[test]
fn a_delay_holds_up_nobody_else_and_no_end() {
    let words = ["--respond-delay", "form.*=20s", "--respond-delay", "lead.*=300ms", "--compact"];
    let listener = listener(&words);
    let mut held = TcpStream::connect(("127.0.0.1", listener.port)).unwrap();
    held.write_all(&request("form.submitted", "a")).unwrap();
    let begun = Instant::now();
    assert_eq!(send(listener.port, "activity.page_view", "b"), 200);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(send(listener.port, "lead.hot_detected", "c"), 200);
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
    let stopped = Instant::now();
    listener.signal("INT");
    let mut answer = String::new();
    let _ = std::io::Read::read_to_string(&mut held, &mut answer);
    assert!(answer.starts_with("HTTP/1.1 200 "), "what is held back is answered at the end: {answer:?}");
    listener.exits(0).prints("→ 200 after 20.0 s").prints("→ 200 after 300 ms").says("3 deliveries: 3 valid");
    assert!(stopped.elapsed() < Duration::from_secs(10), "{:?}", stopped.elapsed());
}

#[test]
fn the_last_of_a_count_has_its_delay_also_where_its_sender_is_gone() {
    let listener = listener(&["--respond-delay", "600ms", "--count", "2"]);
    let mut gone = TcpStream::connect(("127.0.0.1", listener.port)).unwrap();
    gone.write_all(&request("form.submitted", "a")).unwrap();
    let begun = Instant::now();
    assert_eq!(send(listener.port, "form.submitted", "b"), 200);
    assert!(begun.elapsed() >= Duration::from_millis(600), "{:?}", begun.elapsed());
    listener.exits(0);
    let listener = self::listener(&["--respond-delay", "600ms", "--count", "1"]);
    let mut gone = TcpStream::connect(("127.0.0.1", listener.port)).unwrap();
    gone.write_all(&request("form.submitted", "a")).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    drop(gone);
    listener.exits(0).says("1 delivery: 1 valid");
}

#[test]
fn a_seed_fails_the_same_ones() {
    let run = |words: &[&str]| {
        let listener = listener(&[&["--count", "40", "--compact"], words].concat());
        let told: Vec<u16> = (0..40).map(|n| send(listener.port, "form.submitted", &format!("id{n}"))).collect();
        (told, listener.exits(0).stderr())
    };
    let (first, quiet) = run(&["--fail-rate", "0.5", "--seed", "7"]);
    let failed = first.iter().filter(|status| **status == 500).count();
    assert!((8..=32).contains(&failed) && first.iter().all(|status| [200, 500].contains(status)), "{first:?}");
    assert!(!quiet.contains("--seed"), "{quiet}");
    assert_eq!(run(&["--fail-rate", "0.5", "--seed", "7"]).0, first);
    let (second, said) = run(&["--fail-rate", "form.*=0.5"]);
    let seed: String = said.split("--seed ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
    assert_eq!(run(&["--fail-rate", "0.5", "--seed", &seed]).0, second);
}

#[test]
fn what_makes_no_sense_says_what_to_type() {
    let check = |words: &[&str], hint: &str| {
        Run::new().args(["listen", "--port", "0", "--for", "100ms"]).args(words).exits(2).says(hint);
    };
    check(&["--respond", "99"], "write statuses from 200 to 599, or hang-up: 500,500,200");
    check(&["--respond", "500,,200"], "`` is no answer");
    check(&["--respond", "form.submited=500"], "did you mean 'form.submitted'?");
    check(&["--respond-body", "ok=1"], "put '*=' before it");
    check(&["--respond", "500", "--respond", "200"], "given twice for all events");
    check(&["--respond", "form.*=500", "--hang-up=form.*"], "given twice for `form.*`");
    check(&["--retry-after", "2s"], "add --respond 503,200");
    check(&["--retry-after", "1500ms", "--respond", "503"], "whole seconds");
    check(&["--fail-rate", "20"], "from 0 to 1");
    check(&["--seed", "1"], "--fail-rate");
    check(&["--respond-header", "X-A: b\r\nX-B: c"], "no CR, LF or NUL");
}

#[test]
fn what_it_prints_is_read_again() {
    let listener = listener(&["--respond", "500,200", "--json", "--expect", "form.submitted*2"]);
    send(listener.port, "form.submitted", "a");
    send(listener.port, "form.submitted", "a");
    let lines = listener.exits(0).stdout();
    let marks: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["hookproof"].clone()).collect();
    assert_eq!(marks, ["ready/1", "delivery/1", "delivery/1", "attempts/1", "expected/1"]);
    let run = Run::new().env("HOOKPROOF_SECRET", SECRET).stdin(lines).args(["verify", "-"]);
    run.exits(0);
}
