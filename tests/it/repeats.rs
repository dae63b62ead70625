//! `listen` points out what it was delivered before.

use serde_json::{Value, json};

use crate::support::{Run, listen_with, openssl_hmac, post};

const SECRET: &str = "it's a secret to nobody";
const SIGNATURE: &str = "X-Superfolio-Signature";

fn superfolio(id: &str, note: &str) -> Vec<u8> {
    let body = json!({ "event_id": id, "event_type": "form.submitted", "scope": note, "data": {}, "event_data": {} });
    body.to_string().into_bytes()
}

fn komo(name: &str) -> Vec<u8> {
    let body = json!({
        "event": "SiteViewed", "timestamp": "2026-01-01T00:00:00Z", "site_id": "1", "site_name": name, "user_session_id": "u",
    });
    body.to_string().into_bytes()
}

/// Headers and a body.
type Posted<'a> = (Vec<(&'a str, &'a str)>, Vec<u8>);

/// What a listener tells of each of these deliveries in its lines of JSON, and the lines.
fn told(run: Run, deliveries: &[Posted<'_>]) -> Vec<Value> {
    let listener = listen_with(run, &format!("--json --count {}", deliveries.len()));
    for (headers, body) in deliveries {
        post(listener.port, headers, body);
    }
    listener.exits(0).lines()
}

fn counts(lines: &[Value]) -> Vec<Option<u64>> {
    lines.iter().map(|line| line.get("repeat").map(|repeat| repeat["count"].as_u64().unwrap())).collect()
}

#[test]
fn a_delivery_is_known_again_by_its_id() {
    let bodies = [("e1", "a"), ("e2", "a"), ("e1", "a"), ("e1", "another body"), ("", "a"), ("", "a")];
    let deliveries = bodies.map(|(id, note)| (Vec::new(), superfolio(id, note)));
    let lines = told(Run::new(), &deliveries);
    // An empty id is none, and what has none is known by its body.
    assert_eq!(counts(&lines), [None, None, Some(2), Some(3), None, Some(2)]);
    assert_eq!(lines[3]["repeat"]["first"], lines[0]["received"]);
}

#[test]
fn the_journal_names_the_entry_that_is_repeated() {
    let file = tempfile::TempDir::new().unwrap();
    let run = Run::new().env("HOOKPROOF_JOURNAL", file.path().join("j.jsonl").to_str().unwrap());
    told(
        run,
        &[("e1", "a"), ("e2", "a"), ("e1", "a"), ("e1", "b")].map(|(id, note)| (Vec::new(), superfolio(id, note))),
    );
    let entries: Vec<Value> = std::fs::read_to_string(file.path().join("j.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of: Vec<&Value> = entries.iter().map(|entry| &entry["repeat_of"]).collect();
    assert_eq!(of, [&Value::Null, &Value::Null, &entries[0]["id"], &entries[0]["id"]]);
}

#[test]
fn what_has_no_id_is_known_again_by_its_body() {
    let bodies = [komo("a"), komo("b"), komo("a"), b"{}".to_vec(), b"{} ".to_vec(), b"{}".to_vec()];
    let lines = told(Run::new(), &bodies.map(|body| (Vec::new(), body)));
    assert_eq!(counts(&lines), [None, None, Some(2), None, None, Some(2)]);
}

#[test]
fn an_id_is_a_providers_own() {
    let stripe = br#"{"id":"e1","object":"event","type":"ping","data":{"object":{}}}"#.to_vec();
    let signature = vec![("Stripe-Signature", "t=1,v1=00")];
    let lines = told(Run::new(), &[(Vec::new(), superfolio("e1", "a")), (signature, stripe)]);
    assert_eq!((&lines[0]["delivery_id"], &lines[1]["delivery_id"]), (&json!("e1"), &json!("e1")));
    assert_eq!(counts(&lines), [None, None]);
}

#[test]
fn a_forged_delivery_makes_no_genuine_one_a_repeat() {
    let body = superfolio("e1", "a");
    let good = openssl_hmac(SECRET, &body);
    let wrong = "0".repeat(64);
    let values = [Some(wrong.as_str()), None, Some(&good), Some(&wrong), Some(&good)];
    let deliveries = values.map(|value| (value.map(|value| (SIGNATURE, value)).into_iter().collect(), body.clone()));
    let lines = told(Run::new().env("HOOKPROOF_SECRET", SECRET), &deliveries);
    let verdicts: Vec<_> = lines.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["invalid", "missing", "valid", "invalid", "valid"]);
    assert_eq!(counts(&lines), [None, None, None, None, Some(2)]);
}

#[test]
fn a_repeat_is_told_in_one_line() {
    for (words, is_below) in [("--compact", false), ("", true)] {
        let listener = listen_with(Run::new(), &format!("--count 2 {words}"));
        for _ in 0..2 {
            post(listener.port, &[], &komo("a"));
        }
        let text = listener.exits(0).stdout();
        let told: Vec<&str> = text.lines().filter(|line| line.contains("delivered 2 times in ")).collect();
        assert!(told.len() == 1 && told[0].ends_with(" ms"), "{text}");
        assert_eq!(told[0].starts_with("  delivered"), is_below, "{text}");
        let above = text.lines().take_while(|line| *line != told[0]).last().unwrap();
        assert!(above.contains("komo/SiteViewed"), "{text}");
    }
}
