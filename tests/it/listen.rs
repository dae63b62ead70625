//! `listen`: verdicts, what is shown, and what a hostile sender meets.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::testing::skipped;
use crate::support::{Run, hookproof, listen_with, openssl_hmac, post, quiet_listener, raw, read_request};

const SECRET: &str = "it's a secret to nobody";
const SUPERFOLIO: &[u8] = br#"{"event_id":"e1","event_type":"form.submitted","scope":"s","data":{},"event_data":{}}"#;
const KOMO: &[u8] =
    br#"{"event":"SiteViewed","timestamp":"2026-01-01T00:00:00Z","site_id":"1","site_name":"n","user_session_id":"u"}"#;
const FINGERPRINT: &[u8] =
    br#"{"id":"1","visitor":{"id":"v","firstSeen":"x"},"trafficSource":{},"device":{},"screen":{}}"#;

/// A listener with these words and the secret, the status that it answers to one delivery, and its line of JSON.
fn caught(words: &str, secret: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    let run = Run::new();
    let run = if secret.is_empty() { run } else { run.env("HOOKPROOF_SECRET", secret) };
    let listener = listen_with(run, &format!("--json --count 1 {words}"));
    let status = post(listener.port, headers, body);
    (status, listener.exits(0).lines().remove(0))
}

/// What a listener with these words prints of one delivery.
fn shown(words: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
    let listener = listen_with(Run::new(), &format!("--count 1 {words}"));
    assert_eq!(post(listener.port, headers, body), 200);
    listener.exits(0).stdout()
}

/// The status of each answer in what came back.
fn statuses(answer: &str) -> Vec<u16> {
    answer.split("HTTP/1.1 ").skip(1).map(|rest| rest[..3].parse().expect("a status")).collect()
}

/// The header of a superfolio signature.
fn superfolio(value: &str) -> [(&str, &str); 1] {
    [("X-Superfolio-Signature", value)]
}

#[test]
fn each_verdict_has_its_answer() {
    let good = openssl_hmac(SECRET, SUPERFOLIO);
    let check = |words: &str, secret: &str, headers: &[(&str, &str)], body: &[u8], status: u16, verdict: &str| {
        let (answered, line) = caught(words, secret, headers, body);
        let told = (answered, line["verdict"].as_str().unwrap(), &line["answer"]["status"]);
        assert_eq!(told, (status, verdict, &json!(status)), "{words} {secret:?} {headers:?}");
    };
    for words in ["", "--provider superfolio"] {
        check(words, SECRET, &superfolio(&good), SUPERFOLIO, 200, "valid");
        check(words, SECRET, &superfolio(&good), b"{\"event_type\":1}", 401, "invalid");
        check(words, "another", &superfolio(&good), SUPERFOLIO, 401, "invalid");
        check(words, SECRET, &superfolio("nonsense"), SUPERFOLIO, 401, "invalid");
        check(words, SECRET, &superfolio(""), SUPERFOLIO, 401, "invalid");
        check(words, SECRET, &[], SUPERFOLIO, 401, "missing");
        check(words, "", &superfolio(&good), SUPERFOLIO, 200, "unchecked");
        check(words, "", &[], SUPERFOLIO, 200, "unchecked");
    }
    check("", SECRET, &[("X-Webhook-Signature", SECRET)], FINGERPRINT, 200, "valid");
    check("", SECRET, &[("X-Webhook-Signature", "another")], FINGERPRINT, 401, "invalid");
    check("", "", &[], KOMO, 200, "unsigned");
    check("", "", &[], b"{}", 200, "unknown");
    check("--provider komo", SECRET, &[], KOMO, 200, "unsigned");
    check("--provider komo", SECRET, &[], b"{}", 200, "unsigned");
    check("--provider superfolio", SECRET, &[], KOMO, 401, "missing");
}

#[test]
fn nobody_gets_past_a_secret_by_dressing_up_as_a_provider_that_does_not_sign() {
    let check = |headers: &[(&str, &str)], body: &[u8], verdict: &str| {
        let (status, line) = caught("", SECRET, headers, body);
        assert_eq!((status, line["verdict"].as_str().unwrap()), (401, verdict), "{headers:?}");
    };
    check(&[], KOMO, "unsigned");
    check(&[], b"{}", "unknown");
    check(&[], b"\xff", "unknown");
    check(&[("User-Agent", "Swapcard/Webhook")], b"{}", "missing");
    check(&[("X-Superfolio-Signature", &openssl_hmac("", SUPERFOLIO))], SUPERFOLIO, "invalid");
}

#[test]
fn an_event_that_nothing_names_has_its_candidates_listed() {
    let text = shown("--compact", &[], FINGERPRINT);
    assert!(text.contains("fingerprinting-api/NEW_VISIT or NEW_VISITOR"), "{text}");
    let (_, line) = caught("", "", &[], FINGERPRINT);
    assert_eq!((&line["event"], &line["events"]), (&Value::Null, &json!(["NEW_VISIT", "NEW_VISITOR"])));
}

#[test]
fn an_unchecked_delivery_says_how_to_give_the_secret() {
    let text = shown("--color always", &[], SUPERFOLIO);
    assert!(text.contains("\u{1b}[33m") && text.contains("SUPERFOLIO_WEBHOOK_SECRET"), "{text}");
}

#[test]
fn a_line_of_json_holds_the_exact_delivery() {
    let (_, line) =
        caught("", SECRET, &[("X-A", "1, 2"), ("X-A", "3")], b"{ \"a\":1E2,\r\n\"Zo\xc3\xab\":\"\\u001b\"}\n");
    assert_eq!(line["hookproof"], "delivery/1");
    assert_eq!(line["body"], "{ \"a\":1E2,\r\n\"Zo\u{eb}\":\"\\u001b\"}\n");
    assert_eq!((&line["method"], &line["target"]), (&json!("POST"), &json!("/hook")));
    let headers = line["headers"].as_array().unwrap();
    let of_mine: Vec<_> = headers.iter().filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case("x-a")).collect();
    assert_eq!(of_mine.iter().map(|pair| &pair[1]).collect::<Vec<_>>(), ["1, 2", "3"]);
    let received = line["received"].as_str().unwrap();
    assert!(received.ends_with('Z') && received.contains('T'), "{received}");
    let (_, line) = caught("", SECRET, &[], b"\xff\x00\x01");
    assert_eq!((&line["body"], &line["body_base64"]), (&Value::Null, &json!("/wAB")));
}

#[test]
fn a_token_is_never_shown() {
    for words in ["", "--json", "--compact", "--full"] {
        for secret in [SECRET, "other"] {
            let run = Run::new().env("HOOKPROOF_SECRET", secret);
            let listener = listen_with(run, &format!("--count 1 {words}"));
            post(listener.port, &[("X-Webhook-Signature", SECRET)], FINGERPRINT);
            let finished = listener.exits(0);
            let all = finished.stdout() + &finished.stderr();
            assert!(!all.contains(SECRET), "{words}: {all}");
        }
    }
}

#[test]
fn json_is_shown_as_it_was_written() {
    let text = shown("", &[], br#"{"b":1E2,"a":12345678901234567890.10,"a":"\/","c":{}}"#);
    let body = "  {\n    \"b\": 1E2,\n    \"a\": 12345678901234567890.10,\n    \"a\": \"\\/\",\n    \"c\": {}\n  }\n";
    assert!(text.ends_with(body), "{text}");
}

#[test]
fn long_bodies_are_folded_unless_wanted_in_full() {
    let long = format!("[{}0]", "0,".repeat(200));
    let lines = |words: &str| shown(words, &[], long.as_bytes()).lines().count();
    assert!(lines("") < 50, "{}", lines(""));
    assert!(lines("--full") > 200, "{}", lines("--full"));
    assert_eq!(lines("--compact"), 1);
}

#[test]
fn bytes_that_are_no_text_are_dumped() {
    let text = shown("", &[], b"\xff\xfe\x00hello");
    assert!(text.contains("ff fe 00 68") && text.contains("hello"), "{text}");
}

#[test]
fn port_zero_is_free_and_both_loopback_addresses_answer() {
    let listener = listen_with(Run::new(), "--count 2");
    assert_ne!(listener.port, 0);
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    if let Ok(mut stream) = TcpStream::connect(("::1", listener.port)) {
        let head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        stream.write_all(head).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    } else {
        skipped("this machine has no IPv6");
        post(listener.port, &[], b"{}");
    }
    listener.exits(0);
}

#[test]
fn a_busy_port_is_a_clear_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    hookproof(&format!("listen --port {port}")).exits(3).says(&format!("port {port}")).says("--port 0");
}

#[test]
fn other_methods_get_a_clear_answer() {
    let listener = listen_with(Run::new(), "--count 1");
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = raw(listener.port, request.as_bytes());
        assert_eq!(statuses(&answer), [405], "{method}");
        assert!(answer.to_lowercase().contains("allow: post"), "{answer}");
        assert_eq!(answer.contains("webhooks come here"), method != "HEAD", "{answer}");
    }
    post(listener.port, &[], b"{}");
    // What was no delivery is not counted as one.
    listener.exits(0).says("1 delivery: 1 unknown; 6 other requests turned away");
}

#[test]
fn what_was_refused_is_told_on_stderr() {
    for words in ["", "--json", "--compact"] {
        let listener = listen_with(Run::new(), &format!("--max-body 10B {words}"));
        let tell = |head: &str, body: &str| {
            let head = format!("{head}\nHost: x\nConnection: close\n\n").replace('\n', "\r\n");
            raw(listener.port, (head + body).as_bytes());
        };
        tell("GET /x?y=1 HTTP/1.1", "");
        tell("POST /large HTTP/1.1\nContent-Length: 11", "hello world");
        tell("POST /hosts HTTP/1.1\nHost: x", "");
        tell("POST /coding HTTP/1.1\nTransfer-Encoding: gzip, chunked", "0\r\n\r\n");
        listener.signal("TERM");
        let finished = listener.exits(0);
        let shown = finished.stdout().lines().filter(|line| !line.contains("\"ready/1\"")).count();
        assert_eq!(shown, 0, "{words}");
        let stderr = finished.stderr();
        let line = |start: &str| {
            let found = stderr.lines().find(|line| line.starts_with(start));
            let (_, rest) =
                found.unwrap_or_else(|| panic!("{start} in {stderr}")).split_once(" from 127.0.0.1:").unwrap();
            rest.trim_start_matches(|c: char| c.is_ascii_digit()).to_string()
        };
        assert_eq!(line("GET /x?y=1"), ": 405, webhooks come as POST");
        assert_eq!(line("POST /large"), ": 413, the body is larger than --max-body allows");
        assert_eq!(line("POST /hosts"), ": 400, a request has exactly one Host header");
        assert!(line("POST /coding").starts_with(": 501, "), "{stderr}");
        assert!(stderr.ends_with("0 deliveries; 4 other requests turned away\n"), "{stderr}");
    }
}

#[test]
fn a_flood_of_refused_requests_is_told_in_few_lines() {
    let listener = listen_with(Run::new(), "");
    let one = "GET /flood HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /flood HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&raw(listener.port, (one.repeat(499) + last).as_bytes())), [405; 500]);
    std::thread::sleep(Duration::from_millis(1_500));
    listener.signal("TERM");
    let finished =
        listener.exits(0).says("0 deliveries; 500 other requests turned away").says("more requests were refused");
    let lines = finished.stderr().matches("GET /flood").count();
    assert!((20..=100).contains(&lines), "{lines}");
}

#[test]
fn a_refused_request_drives_no_terminal() {
    let listener = listen_with(Run::new().env("GITHUB_ACTIONS", "true"), "");
    raw(listener.port, "GET /\u{9b}2J::error:: HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".as_bytes());
    listener.signal("TERM");
    let stderr = listener.exits(0).says("1 other request turned away").stderr();
    let commands = stderr.lines().filter(|line| line.trim_start().starts_with("::")).count();
    assert!(!stderr.contains('\u{9b}') && commands == 0, "{stderr}");
}

#[test]
fn a_name_is_listened_to_at_all_of_its_addresses() {
    let listener = listen_with(Run::new(), "--host localhost");
    let resolved = ("localhost", listener.port).to_socket_addrs().expect("localhost has addresses");
    // What can't be bound here can't be listened to either.
    let mut addresses: Vec<_> = resolved.filter(|address| TcpListener::bind((address.ip(), 0)).is_ok()).collect();
    addresses.dedup();
    for address in &addresses {
        let mut stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        let request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        stream.write_all(request).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{address}: {answer}");
    }
    if addresses.len() < 2 {
        skipped("localhost has one address here");
    }
    listener.signal("TERM");
    let finished = listener.exits(0);
    for address in addresses {
        assert!(finished.stderr().contains(&format!("http://{address}")), "{address}: {}", finished.stderr());
    }
}

#[test]
fn a_signature_mode_or_header_leaves_those_providers_alone_that_do_not_have_it() {
    hookproof("listen --port 0 --for 1s --signature-mode nonsense").exits(2).says("nonsense").says("hmac");
    let good = openssl_hmac(SECRET, SUPERFOLIO);
    for words in ["--signature-mode token", "--signature-mode hmac", "--signature-header X-Mine"] {
        let (status, line) = caught(words, SECRET, &superfolio(&good), SUPERFOLIO);
        assert_eq!((status, line["verdict"].as_str().unwrap()), (200, "valid"), "{words}");
        let (status, line) = caught(words, SECRET, &superfolio(&openssl_hmac("x", SUPERFOLIO)), SUPERFOLIO);
        assert_eq!((status, line["verdict"].as_str().unwrap()), (401, "invalid"), "{words}");
    }
    let named = "--signature-header X-Mine --provider superfolio";
    assert_eq!(caught(named, SECRET, &[("X-Mine", &good)], SUPERFOLIO).0, 200);
    // A header that customers choose is the chosen one.
    let body = openssl_hmac(SECRET, FINGERPRINT);
    let both = "--signature-mode hmac --signature-header X-Mine";
    assert_eq!(caught(both, SECRET, &[("X-Mine", &body)], FINGERPRINT).0, 200);
    assert_eq!(caught(both, SECRET, &[("X-Webhook-Signature", &body)], FINGERPRINT).0, 401);
}

#[test]
fn an_explanation_goes_where_it_belongs_and_delays_no_end() {
    // A body that takes long to search.
    let large = format!(r#"{{"event_id":"e1","event_type":"form.submitted","x":[{}0]}}"#, "0, ".repeat(12_000));
    for words in ["--json", ""] {
        let listener = listen_with(Run::new().env("HOOKPROOF_SECRET", SECRET), words);
        for _ in 0..3 {
            assert_eq!(post(listener.port, &superfolio(&"0".repeat(64)), large.as_bytes()), 401);
        }
        let begun = Instant::now();
        listener.signal("TERM");
        let finished = listener.exits(0).says("3 invalid");
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        if words == "--json" {
            assert_eq!(finished.lines().len(), 3);
            finished.says("was refused");
        } else {
            finished.prints("was refused");
        }
    }
}

#[test]
fn it_ends_after_a_count_or_a_time_and_sums_up() {
    let listener = listen_with(Run::new(), "--count 3");
    for _ in 0..2 {
        post(listener.port, &[], KOMO);
    }
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    listener.exits(0).says("3 deliveries: 2 unsigned, 1 unknown");

    let begun = Instant::now();
    listen_with(Run::new(), "--for 700ms").exits(0).says("0 deliveries");
    assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
}

#[test]
fn interrupting_it_is_a_success_and_sums_up() {
    for signal in ["INT", "TERM"] {
        let listener = listen_with(Run::new(), "");
        post(listener.port, &[], KOMO);
        listener.signal(signal);
        listener.exits(0).says("1 delivery: 1 unsigned").prints("komo/SiteViewed");
    }
}

#[test]
fn the_sender_learns_nothing_about_the_signature() {
    let listener = listen_with(Run::new().env("HOOKPROOF_SECRET", SECRET), "");
    for value in ["0".repeat(64), "short".into(), String::new()] {
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Superfolio-Signature: {value}\r\n");
        let request = [format!("{head}Content-Length: {}\r\n\r\n", SUPERFOLIO.len()).as_bytes(), SUPERFOLIO].concat();
        let answer = raw(listener.port, &request).to_lowercase();
        assert!(answer.starts_with("http/1.1 401"), "{answer}");
        for word in [openssl_hmac(SECRET, SUPERFOLIO).as_str(), "digest", "signature", "secret", "hmac", "expected"] {
            assert!(!answer.contains(word), "{word}: {answer}");
        }
    }
    listener.signal("TERM");
    listener.exits(0).says("3 invalid");
}

#[test]
fn quiet_says_and_shows_nothing() {
    let (running, port) = quiet_listener("--count 1");
    assert_eq!(post(port, &[], b"{}"), 200);
    let finished = running.finish();
    assert_eq!((finished.stdout(), finished.stderr()), (String::new(), String::new()));
    assert!(finished.output.status.success());
}

#[test]
fn one_connection_carries_several_deliveries() {
    let listener = listen_with(Run::new(), "--count 4 --json");
    let one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    let last = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    // Pipelined, then one after the other.
    assert_eq!(statuses(&raw(listener.port, &[&one[..], last].concat())), [200, 200]);
    let mut stream = TcpStream::connect(("127.0.0.1", listener.port)).unwrap();
    stream.write_all(one).unwrap();
    assert!(read_request(&mut stream).starts_with("http/1.1 200"));
    stream.write_all(last).unwrap();
    assert!(read_request(&mut stream).starts_with("http/1.1 200"));
    assert_eq!(listener.exits(0).lines().len(), 4);
}
