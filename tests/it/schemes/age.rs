//! How old or early a signature may be.

use serde_json::json;

use super::{
    AT, BODY, DAY, SECRET, ask, discreet, finds, listener, names, now, refuses, run, standard, stripe, text, verify,
};
use crate::support::{listen_with, post};

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
