//! Receivers that break on what is signed and odd, on other methods, and on connections that are odd.

use serde_json::Value;

use super::receivers::{Habit, Manners, Reply, bare, says, tiny};
use super::{Flaw, after, bare_flaw, check, first, flaw, found, given, judged, refused, right, routed, words};
use crate::support::Received;

/// Verifies, and breaks on these bytes.
fn breaks(on: fn(&[u8]) -> bool) -> impl Fn(&Received) -> Reply + Send + Sync {
    move |request| after(request, |body| on(body).then(|| says(500, "Internal Server Error")))
}

fn parsed(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

fn is_deep(body: &[u8]) -> bool {
    body.windows(5_000).any(|piece| piece.iter().all(|byte| *byte == b'['))
}

#[test]
fn receivers_that_break_on_signed_bodies_are_found() {
    found(vec![
        flaw(
            "does not catch what the parser throws",
            &["should server-error: signed-not-json signed-empty deep-nesting invalid-utf8"],
            breaks(|body| parsed(body).is_none()),
        ),
        flaw(
            "catches it for objects only",
            &["should server-error: signed-not-json"],
            breaks(|body| body.first().is_some_and(u8::is_ascii_alphabetic)),
        ),
        flaw("accepts what it can't parse", &["should nonsense-accepted: signed-not-json"], |request| {
            after(request, |_| Some(says(200, "thanks")))
        }),
        bare_flaw("ends the connection on what is no JSON", &["must dropped: signed-not-json"], |request| {
            after(request, |body| body.starts_with(b"this").then_some(Reply::Close))
        }),
        flaw("breaks on no body", &["should server-error: signed-empty"], breaks(<[u8]>::is_empty)),
        flaw(
            "breaks on a number",
            &["should server-error: signed-scalar"],
            breaks(|body| parsed(body).is_some_and(|body| body.is_number())),
        ),
        flaw(
            "breaks on a list",
            &["should server-error: signed-array"],
            breaks(|body| parsed(body).is_some_and(|body| body.is_array())),
        ),
        flaw("runs out of stack", &["should server-error: deep-nesting"], breaks(is_deep)),
        flaw(
            "decodes before it parses",
            &["should server-error: invalid-utf8"],
            breaks(|body| std::str::from_utf8(body).is_err()),
        ),
    ]);
}

#[test]
fn receivers_that_a_signed_body_ends_are_found() {
    let dies = |on: fn(&[u8]) -> bool| {
        let handler = move |request: &Received| after(request, |body| on(body).then_some(Reply::Die));
        bare(Manners::default(), routed(handler))
    };
    let of = |name, finds, receiver| Flaw { name, receiver, provider: "superfolio", finds };
    found(vec![
        of("on a text", &["must gone: signed-not-json"], dies(|body| body.starts_with(b"this"))),
        of("on no body", &["must gone: signed-empty"], dies(<[u8]>::is_empty)),
        of("on a number", &["must gone: signed-scalar"], dies(|body| body == b"1")),
        of("on a list", &["must gone: signed-array"], dies(|body| body.starts_with(b"["))),
        of("on deep lists", &["must gone: deep-nesting"], dies(is_deep)),
        of("on bytes", &["must gone: invalid-utf8"], dies(|body| std::str::from_utf8(body).is_err())),
    ]);
}

#[test]
fn receivers_that_break_on_other_methods_are_found() {
    let on = |method: &'static str, reply: fn() -> Reply| {
        move |request: &Received| match &*request.method {
            "POST" => first(request, |_| None),
            other if other == method => reply(),
            _ => says(405, ""),
        }
    };
    let of = |name, finds, receiver| Flaw { name, receiver, provider: "superfolio", finds };
    let broken = || says(500, "TypeError");
    let over_sockets = |handler| bare(Manners::default(), handler);
    found(vec![
        of("breaks on GET", &["must server-error: get"], tiny(Box::new(on("GET", broken)))),
        of("breaks on HEAD", &["must server-error: head"], tiny(Box::new(on("HEAD", broken)))),
        of("drops GET", &["must dropped: get"], over_sockets(Box::new(on("GET", || Reply::Close)))),
        of("drops HEAD", &["must dropped: head"], over_sockets(Box::new(on("HEAD", || Reply::Close)))),
        of("dies of GET", &["must gone: get"], over_sockets(Box::new(on("GET", || Reply::Die)))),
        // Whatever a server says of methods that it does not know.
        of("does not know HEAD", &[], tiny(Box::new(on("HEAD", || says(501, ""))))),
        of("has a page", &[], tiny(Box::new(on("GET", || says(200, "<h1>Here be webhooks</h1>"))))),
    ]);
}

#[test]
fn receivers_that_bear_no_odd_connection_are_found() {
    let with = |habit| {
        let manners = Manners { habit: Some(habit), ..Manners::default() };
        bare(manners, routed(|request| first(request, |_| None)))
    };
    let is_huge = |request: &Received| request.body.len() > 20_000_000;
    let of = |name, finds, receiver| Flaw { name, receiver, provider: "superfolio", finds };
    found(vec![
        of("dies of a broken body", &["must gone: early-close"], with(Habit::DiesOfBrokenBodies)),
        of("reads once", &["info refused: slow-body"], with(Habit::ReadsToTheFirstPause)),
        of("leaves bodies unread", &["info refused: connection-reuse"], with(Habit::LeavesUnsignedBodies)),
        flaw("does not verify large bodies", &["must accepted: huge-unsigned"], move |request| {
            first(request, |request| is_huge(request).then(|| says(200, "thanks")))
        }),
        flaw("runs out of memory", &["must server-error: huge-unsigned"], move |request| {
            first(request, |request| is_huge(request).then(|| says(500, "MemoryError")))
        }),
        bare_flaw("dies of a large body", &["must gone: huge-unsigned"], move |request| {
            first(request, |request| is_huge(request).then_some(Reply::Die))
        }),
        flaw("refuses large bodies oddly", &["should odd-refusal: huge-unsigned"], move |request| {
            first(request, |request| is_huge(request).then(|| says(404, "")))
        }),
    ]);
}

#[test]
fn a_body_that_is_no_json_leaves_the_cases_about_json_out() {
    let any =
        |request: &Received| if given(request) == Some(&right(&request.body)) { says(200, "") } else { refused() };
    let receiver = tiny(routed(any));
    let run = check(&receiver.url, "superfolio", "--body own.txt --only survives");
    let report = judged(run.file("own.txt", "a=1"));
    let skipped = words("signed-not-json signed-scalar signed-array deep-nesting invalid-utf8");
    assert_eq!((report.findings().len(), report.of("skipped")), (0, skipped));
    // One that is JSON has them all.
    let receiver = tiny(routed(|request| first(request, |_| None)));
    let run = check(&receiver.url, "superfolio", "--body own.json --only survives");
    assert_eq!(judged(run.file("own.json", "{\"a\":\"bc\"}")).of("skipped"), words(""));
}
