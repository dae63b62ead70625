//! `listen` points out where a delivery is made otherwise than the catalog's event.

use hookproof::catalog::{Event, Provider};
use hookproof::drift::Made;
use hookproof::json::{self, Create, Document};
use hookproof::render::{Freshness, Overrides, Randomness, World, render};
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Value, json};

use crate::catalog::{catalog, forms};
use crate::support::{Run, hookproof, listen_with, openssl_hmac, post, quiet_listener};

const SECRET: &str = "it's a secret to nobody";

/// A rendered body, with these fields set to other values.
fn body(event: &str, changes: &[&str]) -> Vec<u8> {
    let run = Run::new().args(["render", event, "--create"]);
    run.args(changes).exits(0).output.stdout
}

/// What a listener with these words prints of one delivery, and its exit code.
fn shown(words: &str, body: &[u8], code: i32) -> String {
    let listener = listen_with(Run::new(), &format!("--count 1 {words}"));
    assert_eq!(post(listener.port, &[], body), 200);
    listener.exits(code).stdout()
}

/// The differences in a listener's line of JSON.
fn drift(body: &[u8]) -> Value {
    let text = shown("--json", body, 0);
    let line: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    line.get("drift").cloned().unwrap_or_default()
}

/// The events that a delivery of this form may be taken for.
fn said(provider: &Provider, event: &Event<'_>) -> Vec<String> {
    match &provider.description.event.name {
        Some(_) => vec![event.name.clone()],
        None => provider.description.events.keys().cloned().collect(),
    }
}

#[test]
fn nothing_that_is_made_here_drifts() {
    let catalog = catalog();
    let mut all = forms(&catalog);
    for (provider, pattern) in catalog.patterns() {
        let names =
            pattern.verbs.keys().map(|verb| pattern.name.replace("{object}", "invoice").replace("{verb}", verb));
        all.extend(names.map(|name| provider.event(&name, None).expect("an event of the pattern")));
    }
    let mut judged = 0;
    for event in all {
        let Some(made) = Made::of(event.provider, &said(event.provider, &event)) else {
            assert!(event.is_neutral(), "{}", event.full_name());
            continue;
        };
        let check = |what: &str, body: &str| {
            let found = made.differences(Some(&Document::parse(body).expect("JSON")));
            assert_eq!(found, [], "{} {what}: {body}", event.full_name());
        };
        for seed in 0..3 {
            for freshness in [Freshness::Fresh, Freshness::Verbatim] {
                let random = Randomness::from_seed([seed; 32]);
                let mut world = World { now: "2026-06-01T12:00:00Z".parse().expect("a time"), random };
                let rendered = render(&event, &Overrides::default(), freshness, &mut world).expect("a body");
                check("rendered", &rendered.body);
                let (mut nulls, mut shorter) = (rendered.body.clone(), rendered.body.clone());
                let mut optional: Vec<_> = event.optional().collect();
                optional.sort_by_key(|path| std::cmp::Reverse(path.to_string()));
                for path in optional {
                    nulls = json::set(&nulls, path, "null", Create::No).unwrap_or(nulls);
                    shorter = json::remove(&shorter, path).unwrap_or(shorter);
                }
                check("with null in what may be missing", &nulls);
                check("without what may be missing", &shorter);
            }
        }
        judged += 1;
    }
    assert_eq!(judged, 34 + 8 + 2 * 3, "events, variants, and verbs of a pattern");
}

#[test]
fn nothing_that_is_sent_from_here_drifts() {
    let listener = listen_with(Run::new().env("HOOKPROOF_SECRET", SECRET), "--strict");
    for provider in ["superfolio", "superleap", "komo", "swapcard", "fingerprinting-api", "stripe", "twilio"] {
        // What is signed with the general secret is judged; where nothing is signed, a listener with a secret refuses.
        let words = format!("send {provider} --variants --keep-going --to {}/hook", listener.port);
        hookproof(&words).env("HOOKPROOF_SECRET", SECRET).exits(i32::from(provider == "komo"));
    }
    listener.signal("TERM");
    let finished = listener.exits(0).says("deliveries: ").says("40 valid");
    assert!(!finished.stderr().contains("drift"), "{}", finished.stderr());
}

#[test]
fn differences_are_told_with_their_paths() {
    let changed = ["--set", "data.form.title=7", "--set", "data.colour=1", "--unset", "user_id"];
    let body = body("form.submitted", &changed);
    let expected = json!([
        { "path": "user_id", "what": "missing" },
        { "path": "data.colour", "what": "unknown" },
        { "path": "data.form.title", "what": "type", "expected": ["string"], "seen": "number" },
    ]);
    assert_eq!(drift(&body), expected);
    let text = shown("", &body, 0);
    for line in [
        "  drift: user_id is missing\n",
        "  drift: data.colour is not in the catalog\n",
        "  drift: data.form.title is a number, not a string\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    let compact = shown("--compact", &body, 0);
    assert!(
        !compact.contains("drift:") && compact.lines().next().unwrap().ends_with("  drift in 3 places"),
        "{compact}"
    );
}

#[test]
fn of_many_differences_a_few_are_shown() {
    let sets: Vec<String> = (0..9).map(|key| format!("--set=data.new{key}={key}")).collect();
    let body = body("form.submitted", &sets.iter().map(String::as_str).collect::<Vec<_>>());
    let count = |text: &str| text.matches("  drift: data.new").count();
    let text = shown("", &body, 0);
    assert!(count(&text) == 5 && text.contains("\n  and 4 more\n"), "{text}");
    let text = shown("--full", &body, 0);
    assert!(count(&text) == 9 && !text.contains(" more\n"), "{text}");
}

#[test]
fn drift_fails_where_it_is_wanted_strictly() {
    let body = body("form.submitted", &["--set", "data.colour=1"]);
    for words in ["", "--json", "--compact", "--full"] {
        let listener = listen_with(Run::new(), &format!("--strict --count 2 {words}"));
        post(listener.port, &[], &body);
        post(listener.port, &[], b"{}");
        listener.exits(1).says("2 deliveries: 1 unchecked, 1 unknown; 1 drifted from the catalog");
    }
    // Also where nothing is shown.
    let (running, port) = quiet_listener("--strict --count 1");
    post(port, &[], &body);
    assert_eq!(running.finish().output.status.code(), Some(1));
}

#[test]
fn what_is_refused_or_not_cataloged_is_not_judged() {
    let body = body("form.submitted", &["--set", "data.colour=1"]);
    let run = Run::new().env("HOOKPROOF_SECRET", SECRET);
    let listener = listen_with(run, "--strict --count 4");
    let signed = |value: &str, body: &[u8]| post(listener.port, &[("X-Superfolio-Signature", value)], body);
    assert_eq!(signed(&"0".repeat(64), &body), 401);
    let unlisted = br#"{"event_id":"e","event_type":"form.burnt","anything":1}"#;
    assert_eq!(signed(&openssl_hmac(SECRET, unlisted), unlisted), 200);
    let neutral = br#"{"anything":1}"#;
    let token = format!("sha256={}", openssl_hmac(SECRET, neutral));
    let headers = [("X-GitHub-Event", "push"), ("X-Hub-Signature-256", token.as_str()), ("X-GitHub-Delivery", "1")];
    assert_eq!(post(listener.port, &headers, neutral), 200);
    let long = format!(r#"{{"event_id":"e2","event_type":"{}"}}"#, "x".repeat(100_000));
    assert_eq!(signed(&openssl_hmac(SECRET, long.as_bytes()), long.as_bytes()), 200);
    listener.exits(0).says("3 valid");
}

#[test]
fn a_path_from_the_wire_drives_no_terminal() {
    let body =
        br#"{"event_id":"e","event_type":"form.submitted","scope":"s","data":{"\u001b[31m\u202e":1},"event_data":{}}"#;
    let text = shown("--color never", body, 0);
    assert!(text.contains("drift: ") && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
}
