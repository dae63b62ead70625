//! How a check ends: a receiver that is gone, late or slow, a control that is refused, a deadline, a signal.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;

use super::receivers::{Handler, Manners, Reply, bare, hmac256, says, sound, tiny, tiny_at};
use super::{Report, SECRET, by, check, discreet, first, given, judged, refused, right, routed, taken, text, words};
use crate::support::{Received, Reserved, closed_port};

#[test]
fn slow_answers_are_findings_and_two_of_them_end_a_family() {
    let is_slow =
        |is_slow: fn(&Received) -> bool| -> Handler {
            Box::new(move |request| {
                if is_slow(request) { Reply::Late(Duration::from_millis(3_300)) } else { first(request, |_| None) }
            })
        };
    let receiver = tiny(is_slow(|request| request.body.len() > 100_000 && given(request).is_some()));
    let report = judged(check(&receiver.url, "superfolio", "--timeout 2s --skip huge-unsigned"));
    assert_eq!(report.exit, 1);
    let wanted = ["must no-answer size-150kb", "must no-answer size-1mb"].map(String::from);
    assert_eq!(report.findings(), BTreeSet::from(wanted));
    assert_eq!(report.of("unsent"), words("chunked content-type-case rotation"));
    assert_eq!(
        (&report.case("tampered")["result"], &report.case("alive")["result"]),
        (&json!("passed"), &json!("passed"))
    );
    assert!(text(report.case("chunked"), "reason").contains("time"), "{}", report.case("chunked"));

    let slow = is_slow(|request| given(request) != Some(&right(&request.body)));
    let receiver = tiny(routed(slow));
    let report = judged(check(&receiver.url, "superfolio", "--timeout 2s"));
    assert_eq!(report.exit, 1);
    // A body of that size has longer, and the late answer is a 200.
    let wanted = ["must no-answer tampered", "must no-answer whitespace-appended", "must accepted huge-unsigned"];
    let wanted = wanted.map(String::from);
    assert_eq!(report.findings(), BTreeSet::from(wanted));
    assert!(report.of("unsent").contains("no-signature") && report.of("unsent").contains("malformed"));
    assert_eq!(report.case("alive")["result"], "passed");
}

#[test]
fn a_receiver_that_goes_names_the_case_before() {
    let dies = |dies: fn(&Received) -> bool| {
        let handler = move |request: &Received| if dies(request) { Reply::Die } else { first(request, |_| None) };
        bare(Manners::default(), Box::new(handler))
    };
    let unsigned = |request: &Received| given(request).is_none();
    let receiver = dies(unsigned);
    let report = judged(check(&receiver.url, "superfolio", ""));
    assert_eq!(report.exit, 1);
    assert_eq!(report.findings(), BTreeSet::from(["must gone no-signature".to_string()]));
    let later: Vec<_> = report.cases.iter().skip_while(|case| case["name"] != "no-signature").skip(1).collect();
    assert!(later.len() > 10 && later.iter().all(|case| case["result"] == "unsent"), "{later:?}");
    assert_eq!(receiver.seen().iter().filter(|request| unsigned(request)).count(), 1);
    let receiver = dies(unsigned);
    let finished = discreet(check(&receiver.url, "superfolio", "").exits(1));
    assert!(finished.stdout().contains("no-signature"), "{}", finished.stdout());

    // With several under way, none is lost from the report.
    let all = judged(check(&tiny(sound("superfolio", SECRET)).url, "superfolio", ""));
    let report = judged(check(&dies(unsigned).url, "superfolio", "--jobs 4"));
    assert_eq!((report.exit, report.names()), (1, all.names()));
    assert_eq!(report.case("no-signature")["severity"], "must");

    // A connection that is closed may be a refusal here; that the receiver is gone shows later.
    let receiver = dies(|request| given(request).is_some_and(|given| !given.is_ascii()));
    let report = judged(check(&receiver.url, "superfolio", ""));
    assert_eq!(report.exit, 1);
    assert_eq!(report.findings(), BTreeSet::from(["must gone non-ascii".to_string()]));
    let names = report.names();
    let later = names.iter().skip_while(|name| **name != "malformed").copied();
    assert_eq!(report.of("unsent"), later.collect());
}

#[test]
fn no_connection_at_the_first_control_exits_3() {
    let url = format!("http://127.0.0.1:{}/hook", closed_port());
    let finished = discreet(check(&url, "superfolio", "").exits(3)).says("no connection to 127.0.0.1:");
    assert_eq!(finished.stdout(), "");
    discreet(check(&url, "superfolio", "--json").exits(3));
    let started = Instant::now();
    discreet(check(&url, "superfolio", "--wait 600ms").exits(3));
    assert!(started.elapsed() >= Duration::from_millis(600));
}

#[test]
fn a_receiver_that_comes_up_late_is_waited_for() {
    let reserved = Reserved::new();
    let url = format!("http://127.0.0.1:{}/hook", reserved.port());
    let running = check(&url, "superfolio", "--wait 20s --only tampered").spawn();
    std::thread::sleep(Duration::from_millis(700));
    let receiver = tiny_at(reserved.listen(), sound("superfolio", SECRET));
    let finished = running.finish();
    assert_eq!(finished.output.status.code(), Some(0), "{}{}", finished.stdout(), finished.stderr());
    // Waiting sends nothing that a receiver could take for a delivery.
    assert_eq!(receiver.seen().len(), 3);
}

/// A control that is refused: what came, and what was told.
#[track_caller]
fn refused_control(handler: Handler, hint: &str) -> (Vec<Received>, Report) {
    let receiver = tiny(handler);
    let finished = discreet(check(&receiver.url, "superfolio", "").exits(1));
    assert!(finished.stdout().contains(hint), "no {hint:?}:\n{}", finished.stdout());
    receiver.seen();
    let report = judged(check(&receiver.url, "superfolio", ""));
    assert_eq!((report.exit, &report.case("control")["result"]), (1, &json!("failed")));
    assert!(report.cases.iter().skip(1).all(|case| case["result"] == "unsent"), "{:?}", report.cases);
    (receiver.seen(), report)
}

#[test]
fn a_refused_control_ends_the_check_and_says_why_it_may_have_been() {
    let answers = |status: u16, headers: &[(&'static str, &str)], text: &str| -> Handler {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        let text = text.to_string();
        Box::new(move |_| Reply::Now(status, headers.clone(), text.clone()))
    };
    refused_control(answers(404, &[], "not found"), "path");
    refused_control(answers(307, &[("Location", "/hook/")], ""), "/hook/");
    refused_control(answers(302, &[("Location", "/login?next=/hook")], ""), "login");
    refused_control(answers(419, &[], "Page Expired"), "CSRF");
    refused_control(answers(403, &[], "CSRF verification failed. Request aborted."), "CSRF");
    refused_control(answers(403, &[("Content-Type", "text/html")], "<form>Please log in</form>"), "login page");
    refused_control(answers(415, &[], ""), "content type");
    refused_control(answers(405, &[], ""), "POST");
    refused_control(answers(500, &[], "boom"), "log");
    let closing = bare(Manners::default(), Box::new(|_| Reply::Close));
    let report = judged(check(&closing.url, "superfolio", ""));
    assert_eq!((report.exit, report.findings()), (1, BTreeSet::from(["must dropped control".to_string()])));
    let (seen, report) = refused_control(sound("superfolio", "another secret"), "secret");
    assert_eq!(report.case("control")["finding"], "refused");
    // The control, then unsigned, with an empty key and with `undefined`, before other forms.
    let of = |index: usize, key: &str| hex::encode(hmac256(key, &seen[index].body));
    let signatures: Vec<_> = seen.iter().map(given).collect();
    assert_eq!(signatures[..4], [Some(&*of(0, SECRET)), None, Some(&of(2, "")), Some(&of(3, "undefined"))]);
    assert!(signatures.contains(&Some(&of(4, SECRET).to_uppercase())), "{signatures:?}");
}

#[test]
fn a_control_that_is_accepted_another_way_is_the_finding() {
    let keyed = |key: &'static str| -> Handler {
        Box::new(move |request| by(request, |given| given == hex::encode(hmac256(key, &request.body))))
    };
    let code = |handler: Handler| {
        let report = judged(check(&tiny(handler).url, "superfolio", ""));
        assert_eq!((report.exit, report.findings().len()), (1, 1), "{:?}", report.findings());
        assert_eq!(report.case("control")["severity"], "must");
        text(report.case("control"), "finding").to_string()
    };
    assert_eq!(code(keyed("")), "control-empty-key");
    assert_eq!(code(keyed("undefined")), "control-undefined");
    // A comparison the wrong way round proves nothing about an empty key.
    let inverted = |request: &Received| by(request, |given| given != right(&request.body));
    assert_eq!(code(Box::new(inverted)), "control-any-signature");
    assert_eq!(code(keyed("another secret")), "refused");
    // Whatever it refuses with.
    let hidden = |request: &Received| match by(request, |given| given == hex::encode(hmac256("", &request.body))) {
        Reply::Now(401, ..) => says(404, ""),
        other => other,
    };
    assert_eq!(code(Box::new(hidden)), "control-empty-key");
    assert_eq!(
        code(Box::new(|request| by(request, |given| given == right(&request.body).to_uppercase()))),
        "control-upper-case"
    );
    assert_eq!(
        code(Box::new(|request| if given(request).is_none() { taken(request) } else { refused() })),
        "control-unsigned"
    );
}

#[test]
fn the_deadline_ends_a_check_and_tells_what_was_not_sent() {
    let slow = tiny(Box::new(|request| {
        std::thread::sleep(Duration::from_millis(150));
        first(request, |_| None)
    }));
    let started = Instant::now();
    let report = judged(check(&slow.url, "superfolio", "--deadline 1s"));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(report.findings(), BTreeSet::new());
    assert!(report.of("unsent").contains("tampered") && report.of("passed").contains("control"), "{:?}", report.cases);
    assert!(text(report.case("tampered"), "reason").contains("deadline"), "{}", report.case("tampered"));
    // What was not proved is no success.
    assert_ne!(report.exit, 0);
    // An answer that does not come is not waited for beyond it, be it the first.
    let silent = tiny(Box::new(|_| Reply::Late(Duration::from_secs(30))));
    let started = Instant::now();
    assert_ne!(judged(check(&silent.url, "superfolio", "--deadline 700ms")).exit, 0);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn an_interrupt_ends_a_check() {
    let silent = tiny(Box::new(|_| Reply::Late(Duration::from_secs(30))));
    let running = check(&silent.url, "superfolio", "").spawn();
    while silent.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.signal("INT");
    let started = Instant::now();
    assert_eq!(running.finish().output.status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn a_deadline_bounds_the_first_answer_and_those_after_a_refusal() {
    let slow = tiny(Box::new(|_| Reply::Late(Duration::from_secs(30))));
    let begun = Instant::now();
    let report = judged(check(&slow.url, "superfolio", "--deadline 500ms"));
    assert_eq!((report.exit, report.findings().len()), (3, 0), "{:?}", report.cases);
    let first = std::sync::atomic::AtomicBool::new(true);
    let hangs = tiny(Box::new(move |_| {
        let is_first = first.swap(false, std::sync::atomic::Ordering::Relaxed);
        if is_first { says(401, "") } else { Reply::Late(Duration::from_secs(30)) }
    }));
    assert_eq!(judged(check(&hangs.url, "superfolio", "--deadline 1s")).exit, 1);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
