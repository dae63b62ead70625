//! An address with a query, where the signature covers the address.

use std::collections::BTreeSet;

use super::receivers::{Receiver, header, hmac256, is_base64_of, says, tiny, url};
use super::{Report, SECRET, check, judged, routed, text};
use crate::support::{Received, hookproof};

const CASE: &str = "address-query";

/// A receiver that verifies over the address that this makes of a request.
fn built(address: impl Fn(&Received) -> String + Send + Sync + 'static) -> Receiver {
    tiny(routed(move |request| {
        let content = [address(request).as_bytes(), &request.body].concat();
        let is_right = is_base64_of(header(request, "x-square-hmacsha256-signature"), &hmac256(SECRET, content));
        says(if is_right { 200 } else { 403 }, "")
    }))
}

fn checked(receiver: &Receiver, after: &str, words: &str) -> Report {
    judged(check(&format!("{}{after}", receiver.url), "square", &format!("--only {CASE} {words}")))
}

fn without_query(request: &Received) -> String {
    let whole = url(request);
    whole.split('?').next().unwrap_or_default().to_string()
}

#[test]
fn a_receiver_that_builds_the_whole_address_has_no_finding() {
    for (after, expected) in [("", "/hook?hookproof=1&text=a%20b"), ("?t=1", "/hook?t=1&hookproof=1&text=a%20b")] {
        let receiver = built(url);
        let report = checked(&receiver, after, "--strict");
        assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
        assert_eq!((&report.case(CASE)["result"], &report.case(CASE)["status"]), (&"passed".into(), &200.into()));
        let seen = receiver.seen();
        let targets: Vec<&str> = seen.iter().map(|request| request.target.as_str()).collect();
        let usual = format!("/hook{after}");
        assert_eq!(targets, [&*usual, &*usual, expected, &*usual]);
        assert!(header(&seen[1], "host").starts_with("hookproof.example:"), "{}", header(&seen[1], "host"));
        assert_ne!(seen[1].body, seen[2].body, "a repeat may be answered as such");
    }
}

#[test]
fn a_receiver_that_builds_the_address_without_its_query_is_found() {
    let receiver = built(without_query);
    let report = checked(&receiver, "", "");
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::from(["should refused address-query".to_string()])));
    assert!(text(report.case(CASE), "reason").contains("403"), "{}", report.case(CASE));
    assert_eq!(checked(&receiver, "", "--strict").exit, 1);
    // The query is there, and written otherwise.
    let decoded = built(|request| url(request).replace("%20", " "));
    assert_eq!(checked(&decoded, "", "").findings(), BTreeSet::from(["should refused address-query".to_string()]));
}

/// As the provider's page shows it: the address is a constant, which has to be changed with the provider's.
#[test]
fn a_receiver_that_is_configured_with_its_address_has_no_finding() {
    let address = std::sync::Arc::new(std::sync::OnceLock::new());
    let receiver = built({
        let address = address.clone();
        move |_| address.get().cloned().unwrap_or_default()
    });
    address.set(receiver.url.clone()).expect("it is set once");
    let report = checked(&receiver, "", "--strict");
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert_eq!(report.case(CASE)["reason"], "verifies over an address of its own, whatever the request says");
}

#[test]
fn a_receiver_that_breaks_on_a_query_is_found() {
    let receiver = tiny(routed(|request| {
        let is_known = request.target == "/hook" && header(request, "host").starts_with("127.0.0.1");
        says(if is_known { 200 } else { 500 }, "")
    }));
    let report = checked(&receiver, "", "");
    assert_eq!(report.findings(), BTreeSet::from(["must server-error address-query".to_string()]));
}

#[test]
fn the_case_is_listed_told_and_fired_where_the_address_is_signed() {
    let list = |provider: &str| hookproof("check --list --provider").arg(provider).exits(0).stdout();
    assert!(list("square").contains(CASE) && list("twilio").contains(CASE) && list("hubspot").contains(CASE));
    assert!(!list("superfolio").contains(CASE) && !list("stripe").contains(CASE));
    hookproof("check --explain address-query").exits(0).prints("request line").prints("(should)");
    let receiver = built(url);
    let run = hookproof("send square --fault address-query --secret-env KEY --to").arg(&receiver.url);
    run.env("KEY", SECRET).exits(0).prints("200");
    assert!(receiver.seen().iter().any(|request| request.target == "/hook?hookproof=1&text=a%20b"));
    // A mode that does not sign the address has no such case.
    let run =
        hookproof("send hubspot --fault address-query --signature-mode v1 --secret-env KEY --to").arg(&receiver.url);
    run.env("KEY", SECRET).exits(2).says("does not cover the address");
}
