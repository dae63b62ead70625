//! Which cases are sent, and which findings count.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::receivers::{header, says, sound, tiny};
use super::{SECRET, check, first, given, judged, refused, right, words};
use crate::support::hookproof;

#[test]
fn cases_are_selected_by_name_and_by_level() {
    let receiver = tiny(sound("superfolio", SECRET));
    let names = |words: &str| {
        let report = judged(check(&receiver.url, "superfolio", words));
        assert_eq!(report.exit, 0);
        report.names().join(" ")
    };
    assert_eq!(names("--only tampered,sha1"), "control tampered sha1 alive");
    assert_eq!(names("--only tampered --only sha1"), "control tampered sha1 alive");
    assert_eq!(names("--only key-*"), "control key-undefined key-null alive");
    assert_eq!(names("--only event:form.*"), "control event:form.submitted alive");
    assert_eq!(
        names("--only event --events activity.page_view"),
        "control event:activity.page_view event:activity.page_view--tracked alive"
    );
    assert_eq!(names("--only refuses --skip *-*,tampered,sha1"), "control malformed alive");
    let all = names("");
    let musts = names("--level must");
    let without: Vec<&str> = all
        .split(' ')
        .filter(|name| {
            !words(
                "missing-fields unknown-event size-150kb size-1mb chunked content-type-case rotation repeat repeat-at-once \
                 out-of-order signed-not-json signed-empty signed-scalar signed-array deep-nesting invalid-utf8 get head \
                 early-close slow-body connection-reuse answer-time redirects answer-size stack-traces \
         refusal-status",
            )
            .contains(name)
        })
        .collect();
    assert_eq!(musts, without.join(" "));
    let infos = words(
        "content-type-case rotation out-of-order signed-empty signed-scalar signed-array deep-nesting invalid-utf8 get head \
         early-close slow-body connection-reuse answer-time redirects answer-size stack-traces \
         refusal-status",
    );
    let shoulds: Vec<&str> = all.split(' ').filter(|name| !infos.contains(name)).collect();
    assert_eq!(names("--level should"), shoulds.join(" "));
    assert_eq!(names("--level info"), all);
    check(&receiver.url, "superfolio", "--only tamperd").exits(2).says("tamperd").says("hint:");
    check(&receiver.url, "superfolio", "--level most").exits(2);
}

#[test]
fn events_are_selected_by_a_glob() {
    let receiver = tiny(sound("superfolio", SECRET));
    let report = judged(check(&receiver.url, "superfolio", "--events tracking_link.*"));
    let events: Vec<_> = report.names().into_iter().filter(|name| name.starts_with("event:")).collect();
    let wanted = ["event:tracking_link.created", "event:tracking_link.updated", "event:tracking_link.updated--deleted"];
    assert_eq!((report.exit, events), (0, wanted.to_vec()));
    // The control and what is made of it are one of them, too.
    let types: BTreeSet<String> = receiver
        .seen()
        .iter()
        .filter_map(|request| {
            Some(serde_json::from_slice::<Value>(&request.body).ok()?["event_type"].as_str()?.to_string())
        })
        .collect();
    assert!(types.iter().all(|name| name.contains("tracking_link.") || name.contains("unknown")), "{types:?}");
    check(&receiver.url, "superfolio", "--events nothing.*").exits(2).says("nothing.*");
}

#[test]
fn a_body_of_ones_own_is_the_control() {
    let own = "{\"event_type\" : \"form.submitted\",\n\t\"n\": 1.0, \"data\": {\"text\": \"caf\u{e9} a/b\"} }\n";
    let receiver = tiny(sound("superfolio", SECRET));
    let report = judged(check(&receiver.url, "superfolio", "--body own.json").file("own.json", own));
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert!(report.of("passed").contains("tampered") && report.of("passed").contains("whitespace"));
    let seen = receiver.seen();
    assert_eq!(String::from_utf8_lossy(&seen[0].body), own);
    assert_eq!(String::from_utf8_lossy(&seen.last().unwrap().body), own);
    // A case that bears an event's name sends that event, or does not pass.
    let events: BTreeSet<String> = seen
        .iter()
        .filter_map(|request| Some(serde_json::from_slice::<Value>(&request.body).ok()?["event_type"].as_str()?.into()))
        .collect();
    let passed = report.of("passed");
    let named = passed.iter().filter_map(|name| name.strip_prefix("event:")?.split("--").next());
    let unproved: Vec<_> = named.filter(|name| !events.contains(*name)).collect();
    assert!(unproved.is_empty(), "passed and never sent: {unproved:?}");
    // What is no JSON can't be altered, but signed.
    let raw =
        tiny(Box::new(|request| if given(request) == Some(&right(&request.body)) { says(200, "") } else { refused() }));
    let report = judged(check(&raw.url, "superfolio", "--body own.txt").file("own.txt", b"no \xff JSON\n"));
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert!(report.of("skipped").contains("escapes") && report.of("passed").contains("tampered"), "{:?}", report.cases);
    check(&receiver.url, "superfolio", "--body missing.json").exits(3).says("missing.json");
}

#[test]
fn the_list_names_each_case_and_sends_nothing() {
    let receiver = tiny(sound("superfolio", SECRET));
    let listed = check(&receiver.url, "superfolio", "--list").exits(0).stdout();
    assert_eq!(receiver.seen().len(), 0);
    let report = judged(check(&receiver.url, "superfolio", ""));
    let listed: Vec<_> = listed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(listed, report.names());
    // No secret and no address is needed to see it.
    hookproof("check --provider superfolio --list").exits(0).prints("tampered");
}

#[test]
fn a_case_is_told_and_its_near_miss_is_named() {
    let told = hookproof("check --explain tampered").exits(0).stdout();
    for word in ["tampered", "must", "401"] {
        assert!(told.contains(word), "no {word:?} in:\n{told}");
    }
    hookproof("check --explain tamperd").exits(2).says("tampered");
}

#[test]
fn strict_fails_on_a_should_and_not_on_an_info() {
    let limited =
        || tiny(Box::new(|request| first(request, |request| (request.body.len() > 102_400).then(|| says(413, "")))));
    assert_eq!(judged(check(&limited().url, "superfolio", "--only size-150kb")).exit, 0);
    assert_eq!(judged(check(&limited().url, "superfolio", "--only size-150kb --strict")).exit, 1);
    let lower = tiny(Box::new(|request| {
        first(request, |request| {
            (!header(request, "content-type").starts_with("application/json")).then(|| says(415, ""))
        })
    }));
    let report = judged(check(&lower.url, "superfolio", "--only content-type-case --strict"));
    assert_eq!((report.exit, &report.summary["info"]), (0, &json!(1)));
}

#[test]
fn known_findings_pass_and_new_ones_fail() {
    let lax = || tiny(Box::new(|request| if given(request).is_some() { says(200, "") } else { says(401, "") }));
    let earlier = check(&lax().url, "superfolio", "--json").exits(1);
    let with = |url: &str, text: &str| check(url, "superfolio", "--baseline known.jsonl").file("known.jsonl", text);
    let known = with(&lax().url, &earlier.stdout()).exits(0);
    assert!(known.stdout().contains("known from the baseline"), "{}", known.stdout());
    // What was not there then fails, and so does all of it without the file's findings.
    let laxer = tiny(Box::new(|_| says(200, "")));
    let report = judged(with(&laxer.url, &earlier.stdout()));
    assert_eq!(report.exit, 1);
    assert_eq!(
        (&report.case("no-signature")["known"], &report.case("tampered")["known"]),
        (&json!(false), &json!(true))
    );
    with(&lax().url, "{\"hookproof\":\"check/1\"}\n").exits(1);
    for broken in ["", "no json\n", "{\"hookproof\":\"check-case/1\"}\n"] {
        with(&lax().url, broken).exits(3).says("known.jsonl");
    }
}

#[test]
fn a_control_that_failed_before_fails_again() {
    let none = tiny(Box::new(|_| says(404, "")));
    let earlier = check(&none.url, "superfolio", "--json").exits(1);
    let run = check(&none.url, "superfolio", "--baseline known.jsonl").file("known.jsonl", earlier.stdout());
    run.exits(1).prints("control");
}

#[test]
fn the_command_line_selects_where_it_selects_at_all() {
    let lax = tiny(Box::new(|_| says(200, "")));
    let run = |words: &str| {
        let toml = "[check]\nskip = [\"tampered\", \"handshake:*\"]\nlevel = \"should\"\n";
        check(&lax.url, "superfolio", words).file("hookproof.toml", toml)
    };
    run("--only tampered").exits(1).prints("tampered");
    run("--only content-type-case").exits(0).prints("content-type-case");
    let all = judged(run(""));
    assert!(!all.names().contains(&"tampered") && all.names().contains(&"wrong-secret"));
    run("--skip *").exits(2).says("none is left");
    check(&lax.url, "superfolio", "--only ref*").exits(1).prints("wrong-secret");
}
