//! Modes that sign an address with the digest of the body in its query: the digest has to be compared too.

use std::collections::BTreeSet;

use form_urlencoded::parse;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::receivers::{Reply, header, hmac1, hmac256, is_base64_of, says, tiny, url};
use super::{Report, SECRET, at_once, check, judged, routed};
use crate::support::Received;

const BODY: &str = r#"{"MessageSid":"SM1","Body":"hello"}"#;
const MODES: [&str; 2] = ["json", "json-sha256"];

fn digest(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

/// Whether the address was signed in this mode.
fn is_signed(mode: &str, request: &Received) -> bool {
    let content = url(request);
    let given = header(request, "X-Twilio-Signature");
    if mode == "json" {
        return is_base64_of(given, &hmac1(SECRET, content));
    }
    let settings = header(request, "X-Twilio-Webhooks-Signature-Settings");
    settings.contains("algorithm=HMAC_SHA256") && is_base64_of(given, &hmac256(SECRET, content))
}

/// Whether the query has the digest of the body.
fn is_covered(request: &Received) -> bool {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    parse(query.as_bytes()).any(|(name, value)| name == "bodySHA256" && value == digest(&request.body))
}

fn handled(is_authentic: bool, request: &Received) -> Reply {
    match serde_json::from_slice::<Value>(&request.body) {
        _ if !is_authentic => says(403, "no"),
        Err(_) => says(400, "no JSON"),
        Ok(_) => says(200, ""),
    }
}

/// A check of a receiver with this rule, in this mode and with a body of its own.
fn checked(mode: &'static str, rule: fn(&str, &Received) -> bool) -> Report {
    let receiver = tiny(routed(move |request| handled(rule(mode, request), request)));
    let to = format!("{}?tenant=1&bodySHA256={}", receiver.url, digest(BODY.as_bytes()));
    let words = format!("--body body.json --signature-mode {mode}");
    judged(check(&to, "twilio", &words).file("body.json", BODY))
}

#[test]
fn a_receiver_that_compares_the_digest_has_no_finding() {
    at_once(MODES.to_vec(), |mode| {
        let report = checked(mode, |mode, request| is_signed(mode, request) && is_covered(request));
        assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()), "{mode}");
        let passed = report.of("passed");
        for name in ["control", "tampered", "whitespace-appended", "no-signature", "wrong-secret", "repeat"] {
            assert!(passed.contains(name), "{mode} {name}: {:?}", report.case(name));
        }
    });
}

#[test]
fn a_receiver_that_ignores_the_digest_takes_another_body() {
    at_once(MODES.to_vec(), |mode| {
        let report = checked(mode, is_signed);
        let expected = ["must accepted tampered", "must accepted whitespace-appended"].map(str::to_string);
        assert_eq!((report.exit, report.findings()), (1, BTreeSet::from(expected)), "{mode}");
    });
}

/// A case that needs another body is left out for the digest, not for the form of the provider's samples.
#[test]
fn a_body_of_the_users_own_counts_as_what_it_is() {
    let report = checked("json", |mode, request| is_signed(mode, request) && is_covered(request));
    for name in ["whitespace", "extra-fields", "signed-not-json", "deep-nesting"] {
        let case = report.case(name);
        let why = case["reason"].as_str().unwrap_or_default();
        assert!(case["result"] == "skipped" && why.contains("`bodySHA256="), "{name}: {case}");
    }
    let receiver = tiny(routed(|request| handled(true, request)));
    let words = "--body body.json --only whitespace,extra-fields,signed-not-json,deep-nesting";
    let report = judged(check(&receiver.url, "twilio", words).file("body.json", BODY));
    assert_eq!((report.findings(), report.of("skipped")), (BTreeSet::new(), BTreeSet::new()));
    let lenient = tiny(routed(|_| says(200, "")));
    let report = judged(check(&lenient.url, "slack", "--body form --only whitespace,deep-nesting").file("form", "a=b"));
    for name in ["whitespace", "deep-nesting"] {
        assert_eq!(report.case(name)["reason"], "its body is not JSON itself", "{name}");
    }
}

/// The digest alone is no proof: anybody can compute it.
#[test]
fn a_receiver_that_compares_nothing_but_the_digest_is_found() {
    let report = checked("json", |_, request| is_covered(request));
    let findings = report.findings();
    for name in ["no-signature", "wrong-secret", "empty-signature"] {
        assert!(findings.contains(&format!("must accepted {name}")), "{name}: {findings:?}");
    }
    assert_eq!(report.case("tampered")["result"], "passed");
}
