//! What all answers together tell, slow bodies beside the rest, and each case fired by hand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::receivers::{Handler, Manners, Reply, bare, hmac256, says, sound, tiny};
use super::{
    BTreeSet, Report, SECRET, after, at_once, check, discreet, first, flaw, found, given, judged, refused, right,
};
use crate::support::{Received, Run, hookproof};

#[test]
fn large_answers_and_redirects_are_found() {
    found(vec![
        flaw("talks at length", &["info large-answer: answer-size"], |request| {
            after(request, |body| body.starts_with(b"{").then(|| says(200, &"thanks ".repeat(3_000))))
        }),
        flaw(
            "sends bodies that are no JSON elsewhere",
            &["should redirect: malformed", "info redirect: redirects"],
            |request| {
                first(request, |request| {
                    let is_odd =
                        given(request).is_none() && serde_json::from_slice::<serde_json::Value>(&request.body).is_err();
                    is_odd.then(|| Reply::Now(307, vec![("Location", "/elsewhere".to_string())], String::new()))
                })
            },
        ),
    ]);
}

#[test]
fn a_refusal_with_another_status_than_the_documented_one_is_told_once() {
    let forbids = |provider: &'static str| {
        tiny(Box::new(move |request| {
            let reply = sound(provider, SECRET)(request);
            if reply_status(&reply) == 401 { says(403, "no") } else { reply }
        }))
    };
    // Superfolio documents 401, and Slack documents none.
    let report = judged(check(&forbids("superfolio").url, "superfolio", "--only refuses,refusal-status"));
    let one = BTreeSet::from(["info undocumented-refusal refusal-status".to_string()]);
    assert_eq!((report.exit, report.findings()), (0, one));
    let why = report.case("refusal-status")["reason"].as_str().expect("a reason").to_string();
    assert!(why.ends_with(": 403, and 401 is documented"), "{why}");
    let report = judged(check(&forbids("slack").url, "slack", "--only refuses,refusal-status"));
    assert_eq!((report.exit, report.case("refusal-status")["result"].as_str()), (0, Some("skipped")));
}

#[test]
fn a_fault_is_told_with_the_words_of_its_case() {
    let receiver = bare(
        Manners::default(),
        Box::new(|request| {
            first(request, |request| {
                let is_digest = |value: &str| value.len() == 64 && hex::decode(value).is_ok();
                given(request).is_some_and(|value| value.len() == 64 && !is_digest(value)).then(|| says(500, ""))
            })
        }),
    );
    let told = check(&receiver.url, "superfolio", "--only not-encoded").output().stdout();
    let explained = hookproof("check --explain not-encoded").exits(0).stdout();
    for label in ["  why ", "  mend "] {
        let line = |text: &str| text.lines().find(|line| line.starts_with(label)).map(str::to_string);
        assert_eq!(line(&told).expect("a finding"), line(&explained).expect("a case"), "{told}");
    }
}

#[test]
fn stack_traces_of_several_languages_are_found() {
    let traces = [
        "<pre>SyntaxError: Unexpected token<br> &nbsp; &nbsp;at JSON.parse (&lt;anonymous&gt;)<br> &nbsp; &nbsp;at \
         parse (/app/node_modules/body-parser/lib/types/json.js:92:19)</pre>",
        "{\"stack\":\"SyntaxError: no\\n    at verify (file:///app/hook.mjs:3:9)\"}",
        "Traceback (most recent call last):\n  File \"app.py\", line 3, in hook\nValueError",
        "java.lang.IllegalStateException: no\n\tat com.example.Hook.handle(Hook.java:17)",
        "PHP Fatal error: no in /app/hook.php:3\nStack trace:\n#0 /app/hook.php(12): verify()",
        "app.rb:12:in `call': unexpected token (JSON::ParserError)",
        "System.Exception: no\n   at Hook.Handle() in C:\\hook\\Hook.cs:line 12",
        "thread 'main' panicked at src/main.rs:3:5:\nboom",
        "goroutine 1 [running]:\nmain.main()",
    ];
    let flaws = traces.map(|trace| {
        flaw(trace, &["info stack-trace: stack-traces"], move |request| {
            after(request, |body| body.starts_with(b"this").then(|| says(400, trace)))
        })
    });
    found(flaws.into());
}

#[test]
fn what_all_answers_tell_is_said_in_words() {
    let wordy = tiny(Box::new(|request| {
        let reply = sound("superfolio", SECRET)(request);
        if request.body.starts_with(b"{") { says(reply_status(&reply), &"thanks ".repeat(3_000)) } else { reply }
    }));
    let report = judged(check(&wordy.url, "superfolio", "--only crlf,behaves"));
    assert_eq!(report.case("answer-size")["reason"], "gave a large answer in the case control and 2 others");
    assert!(report.case("redirects")["reason"].as_str().is_some_and(|why| why.starts_with("found none in ")));
}

fn reply_status(reply: &Reply) -> u16 {
    if let Reply::Now(status, ..) = reply { *status } else { 200 }
}

#[test]
fn a_receiver_may_warm_up_at_the_first_delivery() {
    let report = hasty_where(1_200, |_, before| before == 0);
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert_eq!(report.case("answer-time")["result"], "passed");
}

/// A provider that waits a second.
const HASTY: &str = r#"
name = "Acme"
summary = "Anvils"
page = "https://acme.example/webhooks"
checked = "2026-11-20"

[secret]
env = "ACME_SECRET"

[[signature]]
mode = "hmac"
algorithm = "hmac-sha256"
header = "X-Acme-Signature"
secret = "required"
encoding = "hex"

[header]
Content-Type = "application/json"

[delivery]
answer_within = 1

[event]
name = { body = "type" }
id = { body = "id" }

[recognise]
headers = ["X-Acme-Signature"]

[time]
event = "at"

[identity.delivery]
at = ["id"]
make = "dl_{hex:12}"
lives = "delivery"

[events."anvil.dropped"]
summary = "An anvil fell"
"#;
const SAMPLE: &str = r#"{"id":"dl_0123456789ab","type":"anvil.dropped","at":"2026-01-02T03:04:05Z","weight":1}"#;

/// A check for the hasty provider of a receiver that takes so long for one of the deliveries.
fn hasty(pause: u64) -> Report {
    hasty_where(pause, |request, _| request.body.windows(2).any(|pair| pair == b"\r\n"))
}

/// The same, where it is slow for what this tells, by the request and how many came before.
fn hasty_where(pause: u64, is_slow: fn(&Received, usize) -> bool) -> Report {
    let came = AtomicUsize::new(0);
    let handler: Handler = Box::new(move |request: &Received| {
        if request.all("x-acme-signature") != [hex::encode(hmac256(SECRET, &request.body))] {
            return refused();
        }
        if is_slow(request, came.fetch_add(1, Ordering::SeqCst)) {
            std::thread::sleep(Duration::from_millis(pause));
        }
        says(200, "thanks")
    });
    let receiver = bare(Manners::default(), handler);
    let run = check(&receiver.url, "acme", "--catalog own --only crlf,behaves");
    judged(run.file("own/acme/provider.toml", HASTY).file("own/acme/anvil.dropped.json", SAMPLE))
}

#[test]
fn answers_are_held_against_the_time_that_the_provider_waits() {
    let finding = |found: &[&str]| found.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let pauses = [(0, 0, vec![]), (650, 0, vec!["info near-time-limit answer-time"])];
    at_once(
        pauses.into_iter().chain([(1_100, 1, vec!["must over-time-limit answer-time"])]).collect(),
        |(pause, exit, found)| {
            let report = hasty(pause);
            assert_eq!((report.exit, report.findings()), (exit, finding(&found)), "{pause} ms");
        },
    );
    // Where no limit is documented there is none to hold them against, and the time is told.
    let report = judged(check(&tiny(sound("zendesk", SECRET)).url, "zendesk", "--only answer-time"));
    let case = report.case("answer-time");
    assert_eq!((&case["result"], report.exit), (&"skipped".into(), 0));
    assert!(case["reason"].as_str().is_some_and(|why| why.contains("no limit") && why.contains("ms")), "{case}");
}

#[test]
fn a_slow_body_waits_for_the_end_where_one_connection_is_served_at_a_time() {
    let came = Arc::new(Mutex::new(Vec::new()));
    let keeping = came.clone();
    let receiver = tiny(Box::new(move |request| {
        keeping.lock().expect("no panic").push(Instant::now());
        first(request, |_| None)
    }));
    let report = judged(check(&receiver.url, "superfolio", ""));
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert_eq!(report.case("slow-body")["result"], "passed");
    let came = came.lock().expect("no panic");
    let pause = |at: &usize| came[at + 1] - came[*at];
    let longest = (0..came.len() - 1).max_by_key(pause).expect("pauses");
    assert!(pause(&longest) > Duration::from_millis(1_800), "{:?}", pause(&longest));
    // Three deliveries on one connection and the last control follow.
    assert_eq!(came.len() - 2 - longest, 4, "{longest} of {}", came.len());
}

/// `send --fault` of this case.
fn fault(url: &str, case: &str) -> Run {
    let run = hookproof("send superfolio/form.submitted --secret-env KEY --to").arg(url);
    run.args(["--fault", case]).env("KEY", SECRET)
}

#[test]
fn the_cases_that_repeat_break_off_or_take_their_time_are_fired_by_hand() {
    let fired = |case: &str| {
        let receiver = bare(Manners::default(), sound("superfolio", SECRET));
        discreet(fault(&receiver.url, case).exits(0)).says("as a sound receiver does");
        receiver.seen()
    };
    let cases = [
        ("repeat", 2),
        ("repeat-at-once", 2),
        ("out-of-order", 2),
        ("signed-not-json", 1),
        ("signed-empty", 1),
        ("signed-scalar", 1),
        ("signed-array", 1),
        ("deep-nesting", 1),
        ("invalid-utf8", 1),
        ("get", 1),
        ("head", 1),
        ("early-close", 0),
        ("huge-unsigned", 1),
        ("slow-body", 1),
        ("connection-reuse", 3),
    ];
    at_once(cases.into(), |(case, count)| {
        let seen = fired(case);
        assert_eq!(seen.len(), count, "{case}");
        let signed = seen.iter().filter(|request| given(request) == Some(&right(&request.body))).count();
        let unsigned = match case {
            "get" | "head" | "huge-unsigned" | "connection-reuse" => 1,
            _ => 0,
        };
        assert_eq!(signed, count - unsigned, "{case}");
        let body = seen.first().map(|request| request.body.as_slice()).unwrap_or_default();
        match case {
            "repeat" | "repeat-at-once" => assert_eq!(seen[0].body, seen[1].body),
            "signed-empty" => assert_eq!((body.len(), seen[0].all("content-length")), (0, vec!["0"])),
            "signed-scalar" => assert_eq!(body, b"1"),
            "signed-array" => assert!(seen[0].json().is_array()),
            "signed-not-json" => assert!(serde_json::from_slice::<serde_json::Value>(body).is_err()),
            "deep-nesting" => assert!(body.windows(10_000).any(|piece| piece.iter().all(|byte| *byte == b'['))),
            "invalid-utf8" => assert!(std::str::from_utf8(body).is_err()),
            "get" | "head" => assert_eq!((seen[0].method.to_lowercase().as_str(), body.len()), (case, 0)),
            "huge-unsigned" => assert!((29_000_000..31_000_000).contains(&body.len()), "{}", body.len()),
            _ => {}
        }
    });
}

#[test]
fn a_case_fired_by_hand_tells_by_its_exit_what_the_receiver_did() {
    let broken = bare(Manners::default(), Box::new(|_| says(500, "boom")));
    for case in ["repeat", "signed-scalar", "get", "huge-unsigned", "slow-body", "connection-reuse"] {
        discreet(fault(&broken.url, case).exits(1));
    }
    let open = bare(Manners::default(), Box::new(|_| says(200, "")));
    discreet(fault(&open.url, "signed-not-json").exits(1)).says("a sound receiver does otherwise");
    discreet(fault(&open.url, "huge-unsigned").exits(1));
    // These send nothing of their own.
    for case in ["answer-time", "redirects", "answer-size", "stack-traces", "refusal-status"] {
        fault(&open.url, case).exits(2).says("answers to all the others");
    }
}
