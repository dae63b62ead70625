//! `--count`: signed deliveries as lines, for tools that fire them.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::{hookproof, openssl_hmac};

const SECRET: &str = "it's a secret to nobody";

#[test]
fn each_line_is_a_signed_delivery_of_its_own() {
    let words = "render superfolio/form.submitted superleap/lead.update --count 5 --format json";
    let lines = hookproof(words).env("HOOKPROOF_SECRET", SECRET).exits(0).lines();
    let of = |line: &Value, name: &str| {
        let headers = line["headers"].as_array().expect("headers");
        let header = headers.iter().find(|header| header[0].as_str().expect("a name").eq_ignore_ascii_case(name));
        header.map(|header| header[1].as_str().expect("a value").to_string())
    };
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().expect("an event")).collect();
    assert_eq!(events, ["form.submitted", "lead.update", "form.submitted", "lead.update", "form.submitted"]);
    let bodies: HashSet<&str> = lines.iter().map(|line| line["body"].as_str().expect("a body")).collect();
    assert_eq!(bodies.len(), 5);
    for line in &lines {
        let digest = openssl_hmac(SECRET, line["body"].as_str().expect("a body").as_bytes());
        let signature = of(line, "x-superfolio-signature").or_else(|| of(line, "x-superleap-signature"));
        assert!(signature.is_some_and(|signature| signature.ends_with(&digest)), "{line}");
    }
}

#[test]
fn the_first_lines_are_those_of_single_deliveries() {
    let lines = |words: &str| {
        let words = format!("render {words} --format json --seed 3 --at 2026-06-01T12:00:00Z");
        hookproof(&words).env("HOOKPROOF_SECRET", SECRET).exits(0).stdout()
    };
    let two = "superfolio/form.submitted superleap/lead.update";
    let single = lines(two);
    assert!(lines(&format!("{two} --count 4")).starts_with(&single));
    let pretty = lines(&format!("{two} --pretty"));
    assert_eq!(lines(&format!("{two} --pretty --count 2")), pretty);
}

#[test]
fn a_reader_who_has_had_enough_ends_it() {
    let words = "render superfolio/form.submitted --unsigned --format json --count 1000000000";
    let mut running = hookproof(words).spawn();
    drop(running.child.stdout.take());
    assert_eq!(running.finish().output.status.code(), Some(0));
}

#[test]
fn it_is_for_lines_and_shows_no_token() {
    hookproof("render superfolio/form.submitted --unsigned --count 2").exits(2).says("--format json");
    let token = hookproof("render fingerprinting-api/NEW_VISIT --count 2 --json").env("HOOKPROOF_SECRET", SECRET);
    token.exits(2).says("the secret itself").says("--reveal");
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("out.jsonl");
    hookproof("render superfolio/form.submitted --unsigned --json --count 3 -o").arg(&file).exits(0);
    assert_eq!(std::fs::read_to_string(&file).expect("the file").lines().count(), 3);
}
