//! `listen --expect` waits for certain deliveries, and fails where they do not come.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Listener, Run, hookproof, listen_with, openssl_hmac, post};

const SECRET: &str = "it's a secret to nobody";
const SIGNATURE: &str = "X-Superfolio-Signature";

fn listener(words: &str) -> Listener {
    listen_with(Run::new().env("HOOKPROOF_SECRET", SECRET), words)
}

/// Sends a delivery of an event, signed with this secret.
fn send(listener: &Listener, event: &str, secret: &str) -> u16 {
    let body = json!({ "event_id": "e", "event_type": event, "scope": "s", "data": {}, "event_data": {} }).to_string();
    post(listener.port, &[(SIGNATURE, &openssl_hmac(secret, body.as_bytes()))], body.as_bytes())
}

#[test]
fn it_succeeds_once_all_has_come() {
    let listener = listener("--expect form.submitted*2 --expect superfolio/activity.* --within 20s");
    for event in ["form.submitted", "lead.hot_detected", "activity.page_view", "form.submitted"] {
        assert_eq!(send(&listener, event, SECRET), 200);
    }
    let last = Instant::now();
    let finished = listener.exits(0).says("all 3 expected deliveries have come").says("4 deliveries: 4 valid");
    assert!(last.elapsed() < Duration::from_secs(10), "{:?}", last.elapsed());
    finished.prints("lead.hot_detected");
}

#[test]
fn it_fails_with_what_is_missing_and_what_came_instead() {
    let listener = listener("--expect form.submitted*2 --expect **1 --within 1s --json");
    let begun = Instant::now();
    send(&listener, "form.submitted", SECRET);
    send(&listener, "lead.hot_detected", SECRET);
    let listener =
        listener.exits(1).says("error: an expected delivery has not come").says("  form.submitted: 1 of 2 came");
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    let last = listener.lines().pop().unwrap();
    assert_eq!((&last["hookproof"], &last["met"]), (&json!("expected/1"), &json!(false)));
    let expected = json!([
        { "pattern": "form.submitted", "wanted": 2, "came": 1 },
        { "pattern": "*", "wanted": 1, "came": 2 },
    ]);
    assert_eq!((&last["expected"], &last["ended_by"]), (&expected, &Value::Null));
}

#[test]
fn what_came_instead_is_named() {
    let listener = listener("--expect form.submitted --count 2");
    send(&listener, "lead.hot_detected", SECRET);
    send(&listener, "lead.hot_detected", SECRET);
    listener.exits(1).says("  came instead: 2 superfolio/lead.hot_detected (valid)");
}

#[test]
fn only_verified_deliveries_count_unless_others_are_allowed() {
    for (words, code) in [("", 1), ("--allow unsigned,unchecked", 0)] {
        let listener = listen_with(Run::new(), &format!("--expect form.submitted --expect komo --count 2 {words}"));
        send(&listener, "form.submitted", SECRET);
        let komo = br#"{"event":"SiteViewed","timestamp":"t","site_id":"1","site_name":"n","user_session_id":"u"}"#;
        post(listener.port, &[], komo);
        let finished = listener.exits(code);
        if code == 1 {
            finished.says("--allow unchecked,unsigned counts those too");
        }
    }
    hookproof("listen --expect form.submitted --allow good").exits(2).says("unsigned");
    hookproof("listen --allow unsigned").exits(2).says("--expect");
    hookproof("listen --within 1s").exits(2).says("--expect");
}

#[test]
fn a_wrong_signature_fails_at_once_unless_it_is_allowed() {
    let body = br#"{"event_id":"e","event_type":"form.submitted","scope":"s","data":{},"event_data":{}}"#;
    for missing in [false, true] {
        let waiting = listener("--expect form.submitted --json");
        let status = if missing { post(waiting.port, &[], body) } else { send(&waiting, "lead.hot_detected", "wrong") };
        assert_eq!(status, 401);
        let (label, verdict) = if missing {
            ("superfolio/form.submitted", "missing")
        } else {
            ("superfolio/lead.hot_detected", "invalid")
        };
        let finished =
            waiting.exits(1).says(&format!("error: {label} came and is {verdict}: ")).says("--allow-invalid");
        let last = finished.lines().pop().unwrap();
        assert_eq!((&last["ended_by"]["what"], &last["ended_by"]["verdict"]), (&json!(label), &json!(verdict)));
    }
    let waiting = listener("--expect form.submitted --allow-invalid --json");
    assert_eq!(send(&waiting, "form.submitted", "wrong"), 401);
    assert_eq!(send(&waiting, "form.submitted", SECRET), 200);
    let last = waiting.exits(0).lines().pop().unwrap();
    let instead = json!([{ "what": "superfolio/form.submitted", "verdict": "invalid", "count": 1 }]);
    assert_eq!((&last["met"], &last["instead"]), (&json!(true), &instead));
}

#[test]
fn interrupted_with_expectations_open_it_fails() {
    for signal in ["INT", "TERM"] {
        let waiting = listener("--expect form.submitted*2");
        send(&waiting, "form.submitted", SECRET);
        waiting.signal(signal);
        waiting.exits(1).says("form.submitted: 1 of 2 came");
    }
    let waiting = listener("--expect form.submitted*2 --for 200ms");
    waiting.exits(1).says("2 expected deliveries have not come");
}

#[test]
fn what_is_under_way_delays_no_end() {
    let waiting = listener("--expect form.submitted --allow-invalid");
    let mut stalled = TcpStream::connect(("127.0.0.1", waiting.port)).unwrap();
    stalled.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").unwrap();
    let mut idle = TcpStream::connect(("127.0.0.1", waiting.port)).unwrap();
    idle.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    // Something that takes long to explain.
    let large = format!(r#"{{"event_id":"e","event_type":"form.submitted","x":[{}0]}}"#, "0, ".repeat(50_000));
    post(waiting.port, &[(SIGNATURE, &"0".repeat(64))], large.as_bytes());
    send(&waiting, "form.submitted", SECRET);
    let last = Instant::now();
    waiting.exits(0);
    // A sender that stalls has ten seconds.
    assert!(last.elapsed() < Duration::from_secs(5), "{:?}", last.elapsed());
}

#[test]
fn a_pattern_that_can_never_match_is_a_wrong_command() {
    let check = |words: &str, hint: &str| {
        hookproof(&format!("listen --port 0 --for 100ms {words}")).exits(2).says(hint);
    };
    check("--expect form.submited*2", "did you mean 'form.submitted'?");
    check("--expect form.*2", "did you mean 'form.**2'?");
    check("--expect lead.create --provider superfolio", "no event of superfolio is called `lead.create`");
    check("--expect form.submitted*0", "waits for nothing");
    check("--expect checkout.completed", "PROVIDER/EVENT");
    hookproof("listen --port 0 --for 100ms --expect stripe/checkout.completed").exits(1);
}

#[test]
fn nobody_at_stdout_hides_no_failure() {
    let run = Run::new().args("listen --port 0 --json --expect form.submitted --within 700ms".split(' '));
    let begun = Instant::now();
    let finished = run.unread();
    assert_eq!(finished.output.status.code(), Some(1), "{}", finished.stderr());
    assert!(begun.elapsed() >= Duration::from_millis(600), "it waits all the same");
}

#[test]
fn quiet_says_what_is_missing() {
    let finished = hookproof("listen --port 0 --quiet --expect form.submitted --within 100ms").exits(1);
    assert_eq!(finished.stdout(), "");
    assert!(finished.stderr().starts_with("error: an expected delivery has not come"), "{}", finished.stderr());
}

#[test]
fn many_kinds_of_other_deliveries_are_counted_together() {
    let waiting = listen_with(Run::new(), "--expect lead.hot_detected --count 60 --compact");
    for number in 0..60 {
        send(&waiting, &format!("made.up\u{1b}{number}"), SECRET);
    }
    let stderr = waiting.exits(1).says(" and 50 more").stderr();
    assert!(!stderr.contains('\u{1b}') && stderr.contains("made.up\\u{1b}0 (unchecked)"), "{stderr}");
}
