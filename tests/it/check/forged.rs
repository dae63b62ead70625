//! Forgeries by a property of the scheme: handshakes, hashes named by the request, spelt tokens, unsigned times and IDs.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use serde_json::{Value, json};

use super::receivers::{Handler, Manners, Receiver, Reply, bare, header, hmac1, hmac256, is_near, says};
use super::{Report, SECRET, at_once, check, judged, proved, routed};
use crate::support::Received;

fn mac(content: impl AsRef<[u8]>) -> String {
    hex::encode(hmac256(SECRET, content))
}

fn md5(content: &[u8]) -> String {
    hex::encode(
        Hmac::<Md5>::new_from_slice(SECRET.as_bytes()).expect("any key").chain_update(content).finalize().into_bytes(),
    )
}

fn json_of(request: &Received) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// Answers a verified request: 400 where it is not JSON.
fn done(request: &Received) -> Reply {
    if json_of(request).is_null() { says(400, "no JSON") } else { says(200, "thanks") }
}

fn if_right(is_right: bool, request: &Received) -> Reply {
    if is_right { done(request) } else { says(401, "no") }
}

/// A receiver of this provider with a rule of its own, checked in these cases only.
fn checked(provider: &str, only: &str, handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Report {
    let receiver = bare(Manners::default(), routed(handler));
    judged(check(&receiver.url, provider, &format!("--only {only}")))
}

#[track_caller]
fn finds(report: &Report, wanted: &[&str]) {
    assert_eq!(report.findings(), wanted.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
}

fn swapcard(rule: impl Fn(&str, &str, &[u8]) -> bool + Send + Sync + 'static) -> Report {
    checked("swapcard", "algorithm-*", move |request| {
        let (name, given) = header(request, "X-Signature-256").split_once('=').unwrap_or_default();
        if_right(rule(name, given, &request.body), request)
    })
}

#[test]
fn a_hash_that_the_request_names_is_found() {
    let own = |name: &str, given: &str, body: &[u8]| name == "sha256" && given == mac(body);
    let report = swapcard(own);
    finds(&report, &[]);
    assert_eq!(report.of("passed").len(), 7, "{:?}", report.names());
    let sha1 = |body: &[u8]| hex::encode(hmac1(SECRET, body));
    let chosen = swapcard(move |name, given, body| match name {
        "sha1" => given == sha1(body),
        "md5" => given == md5(body),
        _ => own(name, given, body),
    });
    finds(&chosen, &["must accepted algorithm-sha1", "must accepted algorithm-md5"]);
    // hash_hmac() of PHP 7 is false for an unknown hash, and false == ''.
    let loose = swapcard(move |name, given, body| own(name, given, body) || name == "hookproof" && given.is_empty());
    finds(&loose, &["must accepted algorithm-unknown"]);
    let skipping = swapcard(move |name, given, body| own(name, given, body) || matches!(name, "sha1" | "md5"));
    finds(&skipping, &["must accepted algorithm-sha1", "must accepted algorithm-md5", "must accepted algorithm-wrong"]);
    finds(&swapcard(|_, given, body| given == mac(body)), &["info accepted algorithm-name"]);
}

#[test]
fn a_token_in_another_spelling_is_found() {
    let gitlab = |rule: fn(&str) -> bool| {
        checked("gitlab", "token-*", move |request| if_right(rule(header(request, "X-Gitlab-Token")), request))
    };
    let sound = gitlab(|given| given == SECRET);
    finds(&sound, &[]);
    assert_eq!(sound.of("passed").len(), 7, "{:?}", sound.names());
    finds(
        &gitlab(|given| given.eq_ignore_ascii_case(SECRET)),
        &["must accepted token-upper-case", "must accepted token-lower-case"],
    );
    finds(&gitlab(|given| given.starts_with(SECRET)), &["must accepted token-suffix", "info accepted token-decorated"]);
    finds(&gitlab(|given| given.ends_with(SECRET)), &["must accepted token-prefix"]);
    finds(&gitlab(|given| given.trim_matches('"') == SECRET), &["info accepted token-decorated"]);
}

/// A token without letters has no other case.
#[test]
fn a_token_without_letters_is_not_sent_in_another_case() {
    let exact = bare(
        Manners::default(),
        routed(|request| if_right(header(request, "X-Gitlab-Token") == "24681012-1416", request)),
    );
    let report = judged(check(&exact.url, "gitlab", "--only token-*").env("KEY", "24681012-1416"));
    finds(&report, &[]);
    assert_eq!(report.of("skipped"), BTreeSet::from(["token-upper-case", "token-lower-case"]));
}

/// Verifies as Slack and Zoom sign.
fn is_v0(request: &Received, prefix: &str) -> bool {
    let at = header(request, if prefix == "x-zm" { "x-zm-request-timestamp" } else { "X-Slack-Request-Timestamp" });
    let given = header(request, if prefix == "x-zm" { "x-zm-signature" } else { "X-Slack-Signature" });
    let content = [format!("v0:{at}:").as_bytes(), &request.body].concat();
    is_near(at) && given == format!("v0={}", mac(content))
}

/// The answer to Zoom's handshake, where it is one that this rule answers.
fn zoom_answer(request: &Received, answers: fn(&str) -> bool) -> Option<Reply> {
    let body = json_of(request);
    let token = body["payload"]["plainToken"].as_str().filter(|_| body["event"] == "endpoint.url_validation")?;
    let answer = json!({ "plainToken": token, "encryptedToken": mac(token) });
    answers(token).then(|| says(200, &answer.to_string()))
}

#[test]
fn an_answer_to_a_forged_handshake_is_found() {
    let zoom = |rule: fn(&Received) -> Reply| checked("zoom", "handshake*", rule);
    let sound = zoom(|request| {
        if !is_v0(request, "x-zm") {
            return says(401, "no");
        }
        zoom_answer(request, |_| true).unwrap_or_else(|| done(request))
    });
    finds(&sound, &[]);
    assert_eq!(sound.of("passed").len(), 7, "{:?}", sound.cases);
    let name = |case: &str| format!("must accepted {case}:endpoint.url_validation");
    let all = ["handshake-unsigned", "handshake-forged", "handshake-oracle", "handshake-marks"].map(name);
    let oracle =
        zoom(|request| zoom_answer(request, |_| true).unwrap_or_else(|| if_right(is_v0(request, "x-zm"), request)));
    assert_eq!(oracle.findings(), all.clone().into());
    let guarded = zoom(|request| {
        zoom_answer(request, |token| !token.contains(':')).unwrap_or_else(|| if_right(is_v0(request, "x-zm"), request))
    });
    let without: BTreeSet<_> = all.into_iter().filter(|finding| !finding.contains("oracle")).collect();
    assert_eq!(guarded.findings(), without);
}

#[test]
fn a_challenge_that_is_echoed_counts_less_than_a_forgery_that_is_handled() {
    let slack = |rule: fn(&Received) -> Reply| checked("slack", "handshake*", rule);
    let echoing = slack(|request| {
        let body = json_of(request);
        match body["challenge"].as_str() {
            Some(challenge) if body["type"] == "url_verification" => says(200, challenge),
            _ => if_right(is_v0(request, "slack"), request),
        }
    });
    let name = |case: &&str| format!("should accepted {case}:url_verification");
    assert_eq!(
        echoing.findings(),
        ["handshake-unsigned", "handshake-forged", "handshake-marks"].iter().map(name).collect()
    );
    let handling = slack(|request| {
        let body = json_of(request);
        match body["challenge"].as_str() {
            Some(challenge) if is_v0(request, "slack") => says(200, challenge),
            _ if body["type"] == "url_verification" && !body["event"].is_null() => says(200, "handled"),
            _ => if_right(is_v0(request, "slack"), request),
        }
    });
    finds(&handling, &["must accepted handshake-marks:url_verification"]);
    let sound = proved("slack");
    finds(&sound, &[]);
    assert_eq!(sound.case("handshake-marks:url_verification")["result"], "passed");
}

#[test]
fn a_ping_that_is_answered_unverified_is_found() {
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let file = folder.path().join("key");
    let sign =
        crate::support::hookproof("sign --provider discord --generate-key --json --key-out").arg(&file).stdin("{}");
    let line = sign.exits(0).lines().remove(0);
    let sound = super::sound("discord", super::text(&line, "public_key"));
    let receiver = bare(
        Manners::default(),
        Box::new(
            move |request| {
                if json_of(request)["type"] == 1 { says(200, r#"{"type":1}"#) } else { sound(request) }
            },
        ),
    );
    let run = crate::support::hookproof("check --provider discord --only handshake*").arg(&receiver.url);
    let report = judged(run.arg("--secret-file").arg(&file));
    let names = ["unsigned", "forged", "marks"].map(|case| format!("must accepted handshake-{case}:PING"));
    assert_eq!(report.findings(), names.into());
}

fn milliseconds() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis()).expect("a time")
}

fn is_recent(at: Option<i64>) -> bool {
    at.is_some_and(|at| (milliseconds() - at).abs() <= 60_000)
}

#[test]
fn an_age_that_is_read_from_an_unsigned_header_is_found() {
    let linear = |time: fn(&Received) -> Option<i64>| {
        checked("linear", "*-time*", move |request| {
            let is_right = header(request, "Linear-Signature") == mac(&request.body);
            if_right(is_right && is_recent(time(request)), request)
        })
    };
    let sound = linear(|request| json_of(request)["webhookTimestamp"].as_i64());
    finds(&sound, &[]);
    assert_eq!(sound.case("unsigned-time")["result"], "passed");
    finds(&linear(|request| header(request, "Linear-Timestamp").parse().ok()), &["must accepted unsigned-time"]);
}

/// A receiver that tells at /rows how many it wrote.
fn counting(handler: impl Fn(&Received, &AtomicI64) -> Reply + Send + Sync + 'static) -> Receiver {
    let rows = Arc::new(AtomicI64::new(0));
    let routed: Handler = Box::new(move |request| match &*request.method {
        "POST" => handler(request, &rows),
        _ => says(200, &rows.load(Ordering::SeqCst).to_string()),
    });
    bare(Manners::default(), routed)
}

fn probed(receiver: &Receiver, provider: &str, only: &str) -> Report {
    let rows = receiver.url.replace("/hook", "/rows");
    judged(check(&receiver.url, provider, &format!("--only {only}")).args(["--probe", &rows]))
}

#[test]
fn work_that_is_done_again_under_another_unsigned_id_is_found() {
    let deduplicating = |key: fn(&Received) -> String| {
        let seen = Mutex::new(BTreeSet::new());
        counting(move |request, rows| {
            if header(request, "X-Hub-Signature-256") != format!("sha256={}", mac(&request.body)) {
                return says(401, "no");
            }
            if seen.lock().expect("no panic").insert(key(request)) {
                rows.fetch_add(1, Ordering::SeqCst);
            }
            done(request)
        })
    };
    let careless = deduplicating(|request| header(request, "X-GitHub-Delivery").to_string());
    finds(&probed(&careless, "github", "repeat*"), &["must repeated-effect repeat-other-id"]);
    // Without the number it is not seen.
    finds(&judged(check(&careless.url, "github", "--only repeat*")), &[]);
    let careful = deduplicating(|request| mac(&request.body));
    let report = probed(&careful, "github", "repeat-other-id");
    assert_eq!(report.case("repeat-other-id")["result"], "passed");
}

/// Each delivery has a body of its own, also within one second.
#[test]
fn a_receiver_that_deduplicates_by_body_loses_nothing_in_two_checks_at_once() {
    let seen = Mutex::new(BTreeSet::new());
    let receiver = counting(move |request, rows| {
        if header(request, "X-Hub-Signature-256") != format!("sha256={}", mac(&request.body)) {
            return says(401, "no");
        }
        if seen.lock().expect("no panic").insert(request.body.clone()) {
            rows.fetch_add(1, Ordering::SeqCst);
        }
        done(request)
    });
    for _ in 0..2 {
        finds(&probed(&receiver, "github", "repeat,forged-first"), &[]);
    }
    let ids: BTreeSet<String> = receiver.seen().iter().map(|request| json_of(request)["hook_id"].to_string()).collect();
    assert!(ids.len() > 4, "{ids:?}");
    // Bytes of the user's own are the same in each, so that no effect of a later one is missed.
    let rows = receiver.url.replace("/hook", "/rows");
    let run = check(&receiver.url, "github", "--only forged-first --body own").file("own", r#"{"zen":"own"}"#);
    let report = judged(run.args(["--probe", &rows]));
    finds(&report, &[]);
    assert!(super::text(report.case("forged-first"), "reason").contains("the same body"), "{:?}", report.cases);
}

#[test]
fn a_receiver_of_tokens_has_no_fault_in_a_repeat_under_another_id() {
    let receiver = counting(|request, rows| {
        if header(request, "X-Gitlab-Token") != SECRET {
            return says(401, "no");
        }
        rows.fetch_add(1, Ordering::SeqCst);
        done(request)
    });
    let report = probed(&receiver, "gitlab", "repeat-other-id");
    finds(&report, &[]);
    assert_eq!(report.case("repeat-other-id")["result"], "skipped");
}

#[test]
fn the_work_of_an_accepted_early_delivery_counts_as_its_acceptance_does() {
    let receiver = counting(|request, rows| {
        let time = header(request, "X-Slack-Request-Timestamp");
        let signed = [b"v0:", time.as_bytes(), b":", &request.body].concat();
        if header(request, "X-Slack-Signature") != format!("v0={}", mac(signed)) {
            return says(401, "no");
        }
        rows.fetch_add(1, Ordering::SeqCst);
        done(request)
    });
    finds(&probed(&receiver, "slack", "future-timestamp"), &["info accepted future-timestamp"]);
}

#[test]
fn a_genuine_delivery_that_a_forgery_suppresses_is_found() {
    let storing = |is_first: bool| {
        let seen = Mutex::new(BTreeSet::new());
        counting(move |request, rows| {
            let is_right = header(request, "X-Superfolio-Signature") == mac(&request.body);
            let id = json_of(request)["event_id"].to_string();
            let is_new = || seen.lock().expect("no panic").insert(id.clone());
            if is_first && !is_new() {
                return says(200, "a repeat");
            }
            if !is_right {
                return says(401, "no");
            }
            if is_first || is_new() {
                rows.fetch_add(1, Ordering::SeqCst);
            }
            done(request)
        })
    };
    let report = probed(&storing(true), "superfolio", "forged-first");
    finds(&report, &["must lost-effect forged-first"]);
    let report = probed(&storing(false), "superfolio", "forged-first");
    finds(&report, &[]);
    assert_eq!(report.case("forged-first")["result"], "passed");
}

#[test]
fn new_cases_are_explained() {
    at_once(
        vec!["handshake-oracle", "handshake-marks", "algorithm-md5", "token-suffix", "unsigned-time", "forged-first"],
        |case| {
            crate::support::hookproof("check --explain").arg(case).exits(0).prints(case);
        },
    );
    let explained = |case: &str| crate::support::hookproof("check --explain").arg(case).exits(0).stdout();
    let told = explained("unsigned-time");
    for number in [1140, 1268] {
        assert!(told.contains(&format!("\n  seen in https://github.com/linear/linear/pull/{number}\n")), "{told}");
    }
    assert!(!explained("token-suffix").contains("seen in"));
}
