//! A refused control is signed again in the ways that receivers get wrong, and the report names the accepted one.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use form_urlencoded::parse;
use serde_json::Value;

use super::receivers::{Receiver, Reply, header, hmac1, hmac256, is_base64_of, is_near, says, sound, tiny, url};
use super::{SECRET, at_once, check, judged, routed, text};
use crate::own_catalog::{DESCRIPTION, SAMPLE};
use crate::support::Received;

/// A receiver that accepts what this rule does.
fn ruled(rule: impl Fn(&Received) -> bool + Send + Sync + 'static) -> Receiver {
    tiny(routed(move |request| if rule(request) { taken(request) } else { says(401, "no") }))
}

fn taken(request: &Received) -> Reply {
    let is_form = header(request, "content-type").contains("form");
    let is_read = is_form || serde_json::from_slice::<Value>(&request.body).is_ok();
    says(if is_read { 200 } else { 400 }, "")
}

/// Whether a value is the digest in hexadecimal after this prefix.
fn is_hex(given: &str, prefix: &str, digest: impl AsRef<[u8]>) -> bool {
    given.strip_prefix(prefix) == Some(&*hex::encode(digest))
}

/// The content of a signature: texts around the body.
fn content(before: &str, request: &Received, after: &str) -> Vec<u8> {
    [before.as_bytes(), &request.body, after.as_bytes()].concat()
}

/// The address of a request in another form.
fn address(request: &Received, from: &str, to: &str) -> String {
    url(request).replacen(from, to, 1)
}

fn path(request: &Received) -> &str {
    request.target.split('?').next().unwrap_or_default()
}

type Rule = fn(&Received) -> bool;

/// A receiver with a fault: provider, what follows its address, rule, finding, and what the report says of it.
type Fault = (&'static str, &'static str, Rule, &'static str, &'static str);

fn is_square(request: &Received, address: &str) -> bool {
    is_base64_of(header(request, "x-square-hmacsha256-signature"), &hmac256(SECRET, content(address, request, "")))
}

fn is_twilio(request: &Received, content: String) -> bool {
    is_base64_of(header(request, "X-Twilio-Signature"), &hmac1(SECRET, content))
}

/// The fields of a form as they are signed.
fn fields(request: &Received) -> String {
    let fields: BTreeSet<_> = parse(&request.body).into_owned().collect();
    fields.into_iter().map(|(name, value)| name + &value).collect()
}

/// A receiver of Standard Webhooks with this key, which signs these texts before the body.
fn is_standard(request: &Received, key: impl AsRef<[u8]>, before: &str) -> bool {
    let given = header(request, "webhook-signature").strip_prefix("v1,");
    given.is_some_and(|given| is_base64_of(given, &hmac256(key, content(before, request, ""))))
}

fn stamp(request: &Received) -> &str {
    header(request, "webhook-timestamp")
}

fn key() -> Vec<u8> {
    BASE64_STANDARD.decode(SECRET.trim_start_matches("whsec_")).expect("base64")
}

fn is_slack(request: &Received, at: &str) -> bool {
    is_hex(header(request, "X-Slack-Signature"), "v0=", hmac256(SECRET, content(&format!("v0:{at}:"), request, "")))
}

/// The timestamp of a request, whose age is taken for milliseconds.
fn in_milliseconds(request: &Received) -> Option<&str> {
    let at = header(request, "X-Slack-Request-Timestamp");
    let seconds = at.get(..at.len().checked_sub(3)?)?;
    is_near(seconds).then_some(at)
}

#[rustfmt::skip]
const OF_ADDRESSES: &[Fault] = &[
    ("square", "?tenant=1&a=%20b", |request| is_square(request, &format!("http://{}{}", header(request, "host"), path(request))),
        "control-without-query", "/hook"),
    ("square", "", |request| is_square(request, &address(request, "http:", "https:")), "control-other-protocol", ": https://127.0.0.1:"),
    ("square", "?tenant=1", |request| is_square(request, &address(request, "/hook", "/hook/")), "control-other-slash", "/hook/?tenant=1"),
    ("square", "/", |request| is_square(request, &address(request, "/hook/", "/hook")), "control-other-slash", "/hook"),
    ("square", "", |request| is_square(request, "http://127.0.0.1/hook"), "control-other-port", ": http://127.0.0.1/hook"),
    ("square", "", |request| is_square(request, &address(request, "127.0.0.1", "localhost")), "control-other-address", "localhost"),
    ("square", "", |request| is_square(request, ""), "control-without-address", "without the address"),
    ("twilio", "?a=1", |request| is_twilio(request, format!("http://{}{}{}", header(request, "host"), path(request), fields(request))),
        "control-without-query", "/hook"),
    ("twilio", "", |request| is_twilio(request, address(request, "http:", "https:") + &fields(request)), "control-other-protocol", "https://"),
    ("twilio", "", |request| is_twilio(request, url(request)), "control-without-fields", "fields"),
    ("twilio", "", |request| is_twilio(request, url(request) + &String::from_utf8_lossy(&request.body)), "control-raw-form", "form as it stands"),
    ("hubspot", "", |request| {
        let content = content(&format!("{}{}", request.method, url(request)), request, "");
        is_base64_of(header(request, "X-HubSpot-Signature-v3"), &hmac256(SECRET, content))
    }, "control-without-timestamp", "timestamp"),
];

#[rustfmt::skip]
const OF_KEYS_AND_PARTS: &[Fault] = &[
    ("standard-webhooks", "", |request| is_standard(request, SECRET, &format!("{}.{}.", header(request, "webhook-id"), stamp(request))),
        "control-undecoded-secret", "whole text"),
    ("standard-webhooks", "", |request| is_standard(request, SECRET.trim_start_matches("whsec_"), &format!("{}.{}.", header(request, "webhook-id"), stamp(request))),
        "control-undecoded-secret", "after its beginning"),
    ("standard-webhooks", "", |request| is_standard(request, key(), &format!("{}.", stamp(request))), "control-without-id", "without its ID"),
    ("standard-webhooks", "", |request| is_standard(request, key(), &format!("{}.", header(request, "webhook-id"))), "control-without-timestamp", "timestamp"),
    ("standard-webhooks", "", |request| is_standard(request, key(), ""), "control-body-only", "body alone"),
    ("standard-webhooks", "", |request| {
        let before = format!("{}.{}.", header(request, "svix-id"), header(request, "svix-timestamp"));
        let given = header(request, "svix-signature").strip_prefix("v1,");
        given.is_some_and(|given| is_base64_of(given, &hmac256(key(), content(&before, request, ""))))
    }, "control-other-mode", "svix-signature"),
    ("shopify", "", |request| is_base64_of(header(request, "X-Shopify-Hmac-Sha256"), &hmac256(key(), &request.body)), "control-decoded-secret", "base64"),
    ("shopify", "", |request| is_base64_of(header(request, "X-Shopify-Hmac-Sha256"), &hmac256(SECRET.trim_start_matches("whsec_"), &request.body)),
        "control-secret-prefix", "cut off"),
    ("shopify", "", |request| is_base64_of(header(request, "X-Shopify-Hmac-Sha256"), &hmac256(format!("{SECRET}\n"), &request.body)), "control-secret-line-end", "line end"),
    ("shopify", "", |request| is_base64_of(header(request, "Shopify-Hmac-Sha256"), &hmac256(SECRET, &request.body)), "control-other-header", "Shopify-Hmac-Sha256"),
    ("zendesk", "", |request| {
        let at = header(request, "X-Zendesk-Webhook-Signature-Timestamp");
        is_base64_of(header(request, "X-Zendesk-Webhook-Signature"), &hmac256(SECRET, content(&format!("{at}."), request, "")))
    }, "control-other-separator", "`.`"),
    ("zendesk", "", |request| {
        let at = header(request, "X-Zendesk-Webhook-Signature-Timestamp");
        is_base64_of(header(request, "X-Zendesk-Webhook-Signature"), &hmac256(SECRET, content("", request, at)))
    }, "control-other-order", "reverse"),
];

#[rustfmt::skip]
const OF_DIGESTS_TIMES_AND_BODIES: &[Fault] = &[
    ("slack", "", |request| in_milliseconds(request).is_some_and(|at| is_slack(request, at)), "control-milliseconds", "in the delivery"),
    ("slack", "", |request| is_slack(request, &format!("{}000", header(request, "X-Slack-Request-Timestamp"))), "control-milliseconds", "signed content"),
    ("github", "", |request| is_base64_of(header(request, "X-Hub-Signature-256").trim_start_matches("sha256="), &hmac256(SECRET, &request.body)),
        "control-other-encoding", "base64"),
    ("github", "", |request| is_hex(header(request, "X-Hub-Signature"), "sha1=", hmac1(SECRET, &request.body)), "control-other-mode", "sha1, in X-Hub-Signature"),
    ("github", "", |request| is_hex(header(request, "X-Hub-Signature-256"), "sha256=", hmac1(SECRET, &request.body)), "control-other-hash", "HMAC-SHA1"),
    ("github", "", |request| is_hex(header(request, "X-Hub-Signature-256"), "", hmac256(SECRET, &request.body)), "control-without-prefix", "`sha256=`"),
    ("shopify", "", |request| is_hex(header(request, "X-Shopify-Hmac-Sha256"), "", hmac256(SECRET, &request.body)), "control-other-encoding", "hexadecimal"),
    ("shopify", "", |request| is_base64_of(header(request, "X-Shopify-Hmac-Sha256"), hex::encode(hmac256(SECRET, &request.body)).as_bytes()),
        "control-other-encoding", "base64 of its hexadecimal digits"),
    ("superfolio", "", |request| is_hex(header(request, "X-Superfolio-Signature"), "sha256=", hmac256(SECRET, &request.body)), "control-with-prefix", "sha256="),
    ("superfolio", "", |request| is_hex(header(request, "X-Superfolio-Signature"), "", hmac256(SECRET, "")), "control-empty-body", "empty body"),
    ("superfolio", "", |request| {
        // As json.dumps puts a blank after each comma and colon.
        let text = serde_json::from_slice::<Value>(&request.body).map(|value| spaced(&value)).unwrap_or_default();
        is_hex(header(request, "X-Superfolio-Signature"), "", hmac256(SECRET, text))
    }, "control-rewritten-body", "json.dumps"),
];

/// JSON as Python writes it, of a body without a list or a text beyond ASCII.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| format!("{}: {}", Value::from(key.as_str()), spaced(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The finding of the control and what the report says of it.
fn refused(receiver: &Receiver, after: &str, provider: &str) -> (String, String) {
    let report = judged(check(&format!("{}{after}", receiver.url), provider, ""));
    assert_eq!((report.exit, report.findings().len()), (1, 1), "{:?}", report.findings());
    let control = report.case("control");
    assert_eq!(control["severity"], "must");
    (text(control, "finding").to_string(), text(control, "reason").to_string())
}

fn named(faults: &[Fault]) {
    at_once(faults.to_vec(), |(provider, after, rule, code, said)| {
        let receiver = ruled(rule);
        let (finding, reason) = refused(&receiver, after, provider);
        assert_eq!(finding, code, "{provider}{after}: {reason}");
        assert!(reason.contains(said), "{provider}{after}: {reason}");
        let requests = receiver.seen();
        assert!(requests.len() <= 25, "{provider}{after}: {} requests", requests.len());
        // The last one is a forgery of the same form, which was refused.
        assert!(!requests.last().is_some_and(rule), "{provider}{after}");
    });
}

#[test]
fn an_address_or_a_form_that_is_taken_otherwise_is_named() {
    named(OF_ADDRESSES);
}

#[test]
fn a_secret_or_a_signed_part_that_is_taken_otherwise_is_named() {
    named(OF_KEYS_AND_PARTS);
}

#[test]
fn a_digest_a_time_or_a_body_that_is_taken_otherwise_is_named() {
    named(OF_DIGESTS_TIMES_AND_BODIES);
}

/// Another secret explains itself by no other form.
#[test]
fn a_receiver_with_another_secret_is_asked_for_it_after_few_requests() {
    let providers =
        vec!["superfolio", "stripe", "slack", "shopify", "zendesk", "twilio", "hubspot", "gitlab", "mailgun"];
    at_once(providers, |provider| {
        let receiver = tiny(sound(provider, "the secret of another endpoint"));
        let (finding, reason) = refused(&receiver, "?tenant=1", provider);
        assert_eq!(finding, "refused", "{provider}: {reason}");
        let asked =
            "does the receiver have the same secret, and hash the raw body? `verify --computed` says what it hashed";
        assert!(reason.contains(asked), "{provider}: {reason}");
        let covers_address = matches!(provider, "twilio" | "hubspot");
        assert_eq!(reason.contains("the signature is over http://127.0.0.1:"), covers_address, "{provider}: {reason}");
        let count = receiver.seen().len();
        assert!((5..=24).contains(&count), "{provider}: {count} requests");
    });
}

/// A receiver that compares nothing in an older header proves nothing about its mode.
#[test]
fn any_signature_in_another_header_is_told_as_such() {
    let receiver = ruled(|request| !header(request, "X-Hub-Signature").is_empty());
    assert_eq!(refused(&receiver, "", "github").0, "control-any-signature");
}

#[test]
fn a_receiver_that_limits_the_rate_is_left_alone() {
    let limited = tiny(Box::new(|_| says(429, "slow down")));
    refused(&limited, "", "superfolio");
    assert_eq!(limited.seen().len(), 1);
    let count = std::sync::atomic::AtomicUsize::new(0);
    let later = tiny(Box::new(move |_| {
        let count = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        says(if count < 3 { 401 } else { 429 }, "")
    }));
    refused(&later, "", "superfolio");
    assert_eq!(later.seen().len(), 4);
}

/// A scheme of the user's own is tried in the ways that its description calls for.
#[test]
fn a_scheme_of_ones_own_is_tried_in_its_ways() {
    let description = DESCRIPTION.replace("prefix = \"v1=\"", "content = \"{url}|{body}\"");
    assert_ne!(description, DESCRIPTION);
    let checked = |signed: fn(&Received) -> String| {
        let receiver = ruled(move |request| {
            let content = content(&format!("{}|", signed(request)), request, "");
            is_hex(header(request, "X-Acme-Signature"), "", hmac256(SECRET, content))
        });
        let run = check(&format!("{}?tenant=1", receiver.url), "acme", "--catalog own");
        let run = run.file("own/acme/provider.toml", &description).file("own/acme/anvil.dropped.json", SAMPLE);
        judged(run)
    };
    let sound = checked(url);
    assert_eq!(sound.case("control")["result"], "passed");
    let flawed = checked(|request| format!("http://{}{}", header(request, "host"), path(request)));
    assert_eq!(flawed.findings(), BTreeSet::from(["must control-without-query control".to_string()]));
}
