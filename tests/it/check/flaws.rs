//! Receivers with a flaw: each is found by the cases that are about it, and by no other.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::receivers::{
    self, Handler, Manners, Reply, any, bare, header, hmac1, hmac256, is_standard, is_stripe, latin1, says, sound, tiny,
};
use super::{Flaw, SECRET, bare_flaw, by, first, flaw, found, given, refused, right, routed, taken, then};
use crate::support::Received;

#[test]
fn receivers_that_hash_something_else_are_found() {
    found(vec![
        flaw(
            "re-serialises",
            &["must refused: whitespace crlf escapes numbers", "must accepted: whitespace-appended"],
            |request| {
                by(request, |given| {
                    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
                    given == right(body.to_string().as_bytes())
                })
            },
        ),
        flaw(
            "decodes the body as Latin-1",
            &[
                "must refused: event:form.submitted event:testimonial.submitted event:portfolio.profile_changed utf8 emoji",
            ],
            |request| by(request, |given| given == right(latin1(&request.body).as_bytes())),
        ),
        flaw(
            "decodes the body as ASCII",
            &[
                "must refused: event:form.submitted event:testimonial.submitted event:portfolio.profile_changed utf8 emoji",
            ],
            |request| {
                let ascii = |b: &u8| if b.is_ascii() { char::from(*b) } else { '?' };
                by(request, |given| given == right(request.body.iter().map(ascii).collect::<String>().as_bytes()))
            },
        ),
        flaw("trims the body", &["must refused: whitespace crlf", "must accepted: whitespace-appended"], |request| {
            by(request, |given| given == right(request.body.trim_ascii()))
        }),
        flaw("converts line ends", &["must refused: crlf"], |request| {
            by(request, |given| given == right(String::from_utf8_lossy(&request.body).replace("\r\n", "\n").as_bytes()))
        }),
        flaw("resolves escaped slashes", &["must refused: escapes"], |request| {
            by(request, |given| given == right(String::from_utf8_lossy(&request.body).replace("\\/", "/").as_bytes()))
        }),
    ]);
}

#[test]
fn receivers_that_accept_too_much_are_found() {
    found(vec![
        bare_flaw(
            "does not verify",
            &[
                "must accepted: tampered whitespace-appended no-signature wrong-secret empty-key key-undefined key-null \
               sha1 first-half other-header empty-signature short-signature one-short not-encoded non-ascii malformed \
               huge-unsigned",
                "should nonsense-accepted: signed-not-json",
            ],
            |_| says(200, "thanks"),
        ),
        flaw("accepts without a header", &["must accepted: no-signature other-header huge-unsigned"], |request| {
            if given(request).is_none() { taken(request) } else { by(request, |given| given == right(&request.body)) }
        }),
        flaw(
            "any well-formed signature will do",
            &["must accepted: tampered whitespace-appended wrong-secret empty-key key-undefined key-null first-half"],
            |request| by(request, |given| hex::decode(given).is_ok_and(|bytes| bytes.len() == 32)),
        ),
        flaw("the empty key too", &["must accepted: empty-key"], |request| {
            by(request, |given| [SECRET, ""].iter().any(|key| given == hex::encode(hmac256(key, &request.body))))
        }),
        flaw("the key undefined too", &["must accepted: key-undefined"], |request| {
            by(request, |given| {
                [SECRET, "undefined"].iter().any(|key| given == hex::encode(hmac256(key, &request.body)))
            })
        }),
        flaw("the key null too", &["must accepted: key-null"], |request| {
            by(request, |given| [SECRET, "null"].iter().any(|key| given == hex::encode(hmac256(key, &request.body))))
        }),
        flaw("SHA-1 too", &["must accepted: sha1"], |request| {
            by(request, |given| given == right(&request.body) || given == hex::encode(hmac1(SECRET, &request.body)))
        }),
        flaw("compares the first eight digits", &["must accepted: first-half one-short"], |request| {
            by(request, |given| given.get(..8) == right(&request.body).get(..8))
        }),
        flaw("compares to the end of what came", &["must accepted: empty-signature one-short"], |request| {
            by(request, |given| right(&request.body).starts_with(given))
        }),
        flaw("takes it from any header", &["must accepted: other-header"], |request| {
            let right = right(&request.body);
            if request.headers.iter().any(|(_, value)| *value == right) { taken(request) } else { refused() }
        }),
    ]);
}

#[test]
fn receivers_that_break_are_found() {
    found(vec![
        bare_flaw("characters for bytes", &["must server-error: not-encoded non-ascii"], |request| {
            by_or_break(request, |given| {
                (given.chars().count() == 64).then(|| hex::decode(given).ok().filter(|bytes| bytes.len() == 32))
            })
        }),
        bare_flaw("breaks on what is not ASCII", &["must server-error: non-ascii"], |request| {
            first(request, |request| given(request).filter(|given| !given.is_ascii()).map(|_| says(500, "TypeError")))
        }),
        bare_flaw(
            "breaks on what is not hexadecimal",
            &["must server-error: short-signature one-short not-encoded non-ascii"],
            |request| first(request, |request| hex::decode(given(request)?).is_err().then(|| says(500, "ValueError"))),
        ),
        flaw("breaks on an empty signature", &["must server-error: empty-signature"], |request| {
            first(request, |request| given(request).filter(|given| given.is_empty()).map(|_| says(500, "IndexError")))
        }),
        flaw(
            "breaks without a header",
            &["must server-error: no-signature other-header malformed huge-unsigned"],
            |request| first(request, |request| given(request).is_none().then(|| says(500, "TypeError"))),
        ),
        flaw(
            "breaks on malformed bodies",
            &[
                "must server-error: malformed",
                "should server-error: signed-not-json signed-empty deep-nesting invalid-utf8",
            ],
            |request| {
                first(request, |request| {
                    serde_json::from_slice::<Value>(&request.body).is_err().then(|| says(500, "SyntaxError"))
                })
            },
        ),
        flaw("breaks on unknown events", &["must server-error: unknown-event"], |request| {
            then(request, |body| (body["event_type"].is_string() && !is_known(body)).then(|| says(500, "KeyError")))
        }),
        flaw("breaks on one event", &["must server-error: event:lead.hot_detected"], |request| {
            then(request, |body| (body["event_type"] == "lead.hot_detected").then(|| says(503, "later")))
        }),
        flaw("breaks on one variant", &["must server-error: event:tracking_link.updated--deleted"], |request| {
            then(request, |body| (!body["data"]["deleted_at"].is_null()).then(|| says(500, "TypeError")))
        }),
        flaw("breaks on null", &["must server-error: null"], |request| {
            let is_null =
                |body: &Value| OPTIONAL.iter().any(|key| body["data"]["event_data"].get(key) == Some(&Value::Null));
            then(request, |body| is_null(body).then(|| says(500, "TypeError")))
        }),
        flaw("breaks on what is missing", &["must server-error: missing-fields"], |request| {
            let lacks = |body: &Value| OPTIONAL.iter().any(|key| body["data"]["event_data"].get(key).is_none());
            then(request, |body| {
                (body["event_type"] == "activity.page_view" && lacks(body)).then(|| says(500, "KeyError"))
            })
        }),
        flaw("has no room for four bytes", &["must server-error: emoji event:form.submitted"], |request| {
            then(request, |_| {
                request.body.iter().any(|byte| *byte >= 0xf0).then(|| says(500, "Incorrect string value"))
            })
        }),
        flaw("knows integers only", &["must server-error: numbers"], |request| {
            then(request, |body| has_odd_number(body).then(|| says(500, "OverflowError")))
        }),
        flaw(
            "is stuck after a malformed body",
            &[
                "should server-error: signed-not-json signed-empty signed-scalar signed-array deep-nesting invalid-utf8",
                "must server-error: huge-unsigned slow-body connection-reuse alive",
            ],
            {
                let is_stuck = AtomicBool::new(false);
                move |request| {
                    if is_stuck.load(Ordering::SeqCst) {
                        return says(503, "stuck");
                    }
                    is_stuck.store(
                        request.body.starts_with(b"{\"hookproof_check\":") && request.body.len() < 40,
                        Ordering::SeqCst,
                    );
                    by(request, |given| given == right(&request.body))
                }
            },
        ),
        bare_flaw(
            "closes the connection in place of a refusal",
            &[
                "must dropped: tampered whitespace-appended no-signature wrong-secret empty-key key-undefined key-null sha1 \
               first-half other-header empty-signature short-signature one-short not-encoded malformed",
            ],
            |request| match by(request, |given| given == right(&request.body)) {
                Reply::Now(401, ..) => Reply::Close,
                other => other,
            },
        ),
    ]);
}

/// The optional fields that a visit's sample has.
const OPTIONAL: [&str; 9] = [
    "repeat_viewer",
    "repeat_signal",
    "city",
    "region",
    "country",
    "latitude",
    "longitude",
    "postal_code",
    "geo_source",
];

/// `None` refuses, `Some(None)` is an exception that nobody catches.
fn by_or_break(request: &Received, decode: impl Fn(&str) -> Option<Option<Vec<u8>>>) -> Reply {
    match given(request).and_then(decode) {
        Some(None) => says(500, "RangeError"),
        Some(Some(bytes)) if bytes == hmac256(SECRET, &request.body) => taken(request),
        _ => refused(),
    }
}

fn is_known(body: &Value) -> bool {
    let name = body["event_type"].as_str().unwrap_or_default();
    ["activity.", "lead.", "form.", "testimonial.", "tracking_link.", "portfolio.", "integration."]
        .iter()
        .any(|beginning| name.starts_with(beginning))
}

fn has_odd_number(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_i64(),
        Value::Array(items) => items.iter().any(has_odd_number),
        Value::Object(members) => members.values().any(has_odd_number),
        _ => false,
    }
}

#[test]
fn receivers_that_refuse_too_much_are_found() {
    let limit = |limit| Manners { limit: Some(limit), ..Manners::default() };
    let over_sockets = |limit| bare(limit, routed(|request| by(request, |given| given == right(&request.body))));
    found(vec![
        flaw("100 KB at most", &["should refused: size-150kb size-1mb"], |request| {
            first(request, |request| (request.body.len() > 102_400).then(|| says(413, "too large")))
        }),
        Flaw {
            receiver: over_sockets(limit(102_400)),
            ..flaw("says so early", &["should refused: size-150kb size-1mb"], |_| refused())
        },
        Flaw {
            receiver: over_sockets(limit(16_384)),
            ..flaw("16 KB at most", &["must refused: size-20kb", "should refused: size-150kb size-1mb"], |_| refused())
        },
        flaw("refuses unknown events", &["should refused: unknown-event"], |request| {
            then(request, |body| (!is_known(body)).then(|| says(404, "no such event")))
        }),
        flaw("a strict schema", &["must refused: extra-fields"], |request| {
            let known = ["event_id", "event_type", "scope", "timestamp", "user_id", "session_id", "data", "event_data"];
            let is_plain = |body: &Value| {
                body.as_object().is_some_and(|body| body.keys().all(|key| known.contains(&key.as_str())))
            };
            then(request, |body| (!is_plain(body)).then(|| says(400, "unknown field")))
        }),
        flaw("a schema that requires optional fields", &["should refused: missing-fields"], |request| {
            let is_whole = |body: &Value| OPTIONAL.iter().all(|key| body["data"]["event_data"].get(key).is_some());
            then(request, |body| {
                (body["event_type"] == "activity.page_view" && !is_whole(body)).then(|| says(422, "required"))
            })
        }),
        flaw("one content type", &["must refused: charset", "info refused: content-type-case"], |request| {
            first(request, |request| (header(request, "content-type") != "application/json").then(|| says(415, "")))
        }),
        flaw("minds the case of the content type", &["info refused: content-type-case"], |request| {
            first(request, |request| {
                (!header(request, "content-type").starts_with("application/json")).then(|| says(415, ""))
            })
        }),
        flaw("minds the case of header names", &["must refused: header-case"], |request| {
            let as_sent = request.headers.iter().any(|(name, _)| name == "x-superfolio-signature");
            if as_sent { by(request, |given| given == right(&request.body)) } else { refused() }
        }),
        flaw("wants a length", &["should refused: chunked"], |request| {
            first(request, |request| request.all("content-length").is_empty().then(|| says(411, "")))
        }),
        flaw("parses before it verifies", &["should parses-before-verifying: malformed"], |request| {
            first(request, |request| {
                serde_json::from_slice::<Value>(&request.body).is_err().then(|| says(400, "no JSON"))
            })
        }),
        flaw(
            "refuses with 404",
            &["should odd-refusal: tampered whitespace-appended no-signature wrong-secret empty-key key-undefined \
               key-null sha1 first-half other-header empty-signature short-signature one-short not-encoded malformed \
               huge-unsigned"],
            |request| {
                if given(request) == Some(&right(&request.body)) { taken(request) } else { says(404, "not found") }
            },
        ),
        flaw(
            "sends all else to a login page",
            &[
                "should redirect: tampered whitespace-appended no-signature wrong-secret empty-key key-undefined key-null \
               sha1 first-half other-header empty-signature short-signature one-short not-encoded malformed huge-unsigned",
                "info redirect: redirects",
            ],
            |request| match by(request, |given| given == right(&request.body)) {
                Reply::Now(401, ..) => Reply::Now(302, vec![("Location", "/login".to_string())], String::new()),
                other => other,
            },
        ),
    ]);
}

#[test]
fn flaws_of_other_schemes_are_found() {
    let of = |provider, name, finds, handler: Handler| Flaw { name, receiver: tiny(handler), provider, finds };
    let accepts = |is_authentic: fn(&Received) -> bool| -> Handler {
        Box::new(move |request| if is_authentic(request) { taken(request) } else { refused() })
    };
    found(vec![
        of(
            "stripe",
            "ignores timestamps",
            &["must accepted: old-timestamp"],
            accepts(|request| is_stripe(SECRET, request, |_| true, any)),
        ),
        of(
            "standard-webhooks",
            "ignores timestamps",
            &["must accepted: old-timestamp future-timestamp"],
            accepts(|request| is_standard(SECRET, request, |_| true, any)),
        ),
        of(
            "standard-webhooks",
            "looks at the past only",
            &["must accepted: future-timestamp"],
            accepts(|request| is_standard(SECRET, request, receivers::is_recent, any)),
        ),
        of(
            "standard-webhooks",
            "looks at the first signature",
            &["info refused: rotation"],
            accepts(|request| {
                is_standard(SECRET, request, receivers::is_near, |given, fits| given.first().is_some_and(fits))
            }),
        ),
        of(
            "stripe",
            "wants one signature",
            &["info refused: rotation"],
            accepts(|request| {
                is_stripe(SECRET, request, receivers::is_recent, |given, fits| given.len() == 1 && fits(&given[0]))
            }),
        ),
        of("slack", "does not answer the handshake", &["must wrong-answer: handshake:url_verification"], {
            let sound = sound("slack", SECRET);
            Box::new(move |request| match sound(request) {
                Reply::Now(200, ..) => says(200, "ok"),
                other => other,
            })
        }),
        of("slack", "knows events only", &["must wrong-answer: handshake:url_verification"], {
            let sound = sound("slack", SECRET);
            let is_handshake = |request: &Received| String::from_utf8_lossy(&request.body).contains("url_verification");
            Box::new(move |request| match sound(request) {
                Reply::Now(200, ..) if is_handshake(request) => says(400, "no event"),
                other => other,
            })
        }),
        of(
            "fingerprinting-api",
            "compares the beginning of a token",
            &["must accepted: first-half one-short token-lower-case token-suffix", "info accepted: token-decorated"],
            accepts(|request| header(request, "x-webhook-signature").get(..6) == SECRET.get(..6)),
        ),
        of(
            "gitlab",
            "accepts without a token",
            &["must accepted: no-signature other-header empty-signature huge-unsigned"],
            accepts(|request| ["", SECRET].contains(&header(request, "x-gitlab-token"))),
        ),
        of(
            "mailgun",
            "does not verify",
            // What is signed says nothing of the event.
            &[
                "must accepted: no-signature wrong-secret empty-key key-undefined key-null sha1 first-half empty-signature \
               short-signature one-short not-encoded non-ascii huge-unsigned",
                "info accepted: old-timestamp future-timestamp",
            ],
            accepts(|_| true),
        ),
        of(
            "twilio",
            "does not verify",
            &[
                "must accepted: tampered whitespace-appended no-signature wrong-secret empty-key key-undefined key-null \
               first-half other-header empty-signature short-signature one-short not-encoded malformed huge-unsigned",
            ],
            Box::new(|_| says(200, "")),
        ),
    ]);
}

#[test]
fn the_level_of_a_finding_depends_on_the_scheme() {
    let of = |provider, name, finds, handler: Handler| Flaw { name, receiver: tiny(handler), provider, finds };
    found(vec![
        of(
            "slack",
            "looks at the past only",
            &["info accepted: future-timestamp"],
            Box::new(|request| {
                let at = header(request, "x-slack-request-timestamp");
                let content = [format!("v0:{at}:").as_bytes(), &request.body].concat();
                let right = format!("v0={}", hex::encode(hmac256(SECRET, content)));
                if !receivers::is_recent(at) || header(request, "x-slack-signature") != right {
                    return refused();
                }
                match serde_json::from_slice::<Value>(&request.body) {
                    Ok(body) => says(200, body["challenge"].as_str().unwrap_or_default()),
                    Err(_) => says(400, "no JSON"),
                }
            }),
        ),
        of(
            "komo",
            "breaks on a number that anyone can send",
            &["must server-error: signed-scalar"],
            Box::new(|request| if request.body == b"1" { says(500, "TypeError") } else { taken(request) }),
        ),
    ]);
}
