//! `check`: sound receivers have no finding, flawed ones have theirs and no other, and the report says so.

mod behaves;
mod counted;
pub(crate) mod receivers;
mod repeats;
mod survives;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Finished, Received, Run, free_port, hookproof};
use receivers::{
    Habit, Handler, Manners, Receiver, Reply, any, bare, header, hmac1, hmac256, is_standard, is_stripe, latin1, says,
    sound, tiny, tiny_at,
};

/// In the form of Standard Webhooks, and searched for in all that is printed.
const SECRET: &str = "whsec_dDhQd1pyLTRnX1hqMm5CcTl2S20rU2NZNzFlTGg9QXVGajVk";
/// What it decodes to.
const INNER: &str = "t8PwZr-4g_Xj2nBq9vKm+ScY71eLh=AuFj5d";

const FAMILIES: [&str; 15] = [
    "superfolio",
    "superleap",
    "swapcard",
    "fingerprinting-api",
    "komo",
    "stripe",
    "standard-webhooks",
    "slack",
    "shopify",
    "zendesk",
    "twilio",
    "hubspot",
    "mailgun",
    "discord",
    "gitlab",
];

/// `hookproof check` of this receiver, with the secret at hand.
fn check(url: &str, provider: &str, words: &str) -> Run {
    let run = hookproof("check").arg(url).args(["--provider", provider]).args(words.split_whitespace());
    if provider == "komo" { run } else { run.args(["--secret-env", "KEY"]).env("KEY", SECRET) }
}

/// What a check with `--json` told.
#[derive(Debug)]
struct Report {
    cases: Vec<Value>,
    summary: Value,
    exit: i32,
}

/// Runs with `--json`, and proves what holds for every report.
#[track_caller]
fn judged(run: Run) -> Report {
    let finished = discreet(run.arg("--json").output());
    let exit = finished.output.status.code().expect("an exit code");
    let mut cases = finished.lines();
    let summary = cases.pop().unwrap_or_else(|| panic!("nothing was printed: {}", finished.stderr()));
    assert_eq!(summary["hookproof"], "check/1", "{}", finished.stdout());
    assert_eq!(summary["exit"], exit, "{summary}");
    let count = |key: &str, value: &str| cases.iter().filter(|case| case[key] == value).count();
    for result in ["passed", "failed", "warned", "skipped", "unsent"] {
        assert_eq!(summary[result], count("result", result), "{result} of {summary}");
    }
    for severity in ["must", "should", "info"] {
        assert_eq!(summary[severity], count("severity", severity), "{severity} of {summary}");
    }
    assert_eq!(summary["cases"], cases.len());
    for case in &cases {
        assert_eq!(case["hookproof"], "check-case/1");
        let result = case["result"].as_str().expect("a result");
        let severity = case["severity"].as_str();
        let wanted = match result {
            "failed" => [Some("must")].as_slice(),
            "warned" => &[Some("should"), Some("info")],
            "passed" | "skipped" | "unsent" => &[None],
            other => panic!("{other} is no result"),
        };
        assert!(wanted.contains(&severity) && severity.is_some() == case["finding"].is_string(), "{case}");
        assert!(result == "passed" || case["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{case}");
        assert_eq!(case["elapsed_ms"].is_number(), case["status"].is_number(), "{case}");
        assert!(result != "passed" || case["status"].is_number() || needs_no_answer(case), "{case}");
        assert!(!matches!(result, "skipped" | "unsent") || case["status"].is_null(), "{case}");
    }
    Report { cases, summary, exit }
}

/// Whether a case may pass without an answer of its own.
fn needs_no_answer(case: &Value) -> bool {
    match text(case, "case") {
        "non-ascii" | "huge-unsigned" => case["reason"] == "closed the connection",
        // All but the first look at the answers to the others.
        "early-close" | "answer-time" | "redirects" | "answer-size" | "stack-traces" => true,
        _ => false,
    }
}

impl Report {
    fn names(&self) -> Vec<&str> {
        self.cases.iter().map(|case| text(case, "name")).collect()
    }

    fn of(&self, result: &str) -> BTreeSet<&str> {
        self.cases.iter().filter(|case| case["result"] == result).map(|case| text(case, "name")).collect()
    }

    /// `must accepted tampered`: severity, finding and case.
    fn findings(&self) -> BTreeSet<String> {
        let found = self.cases.iter().filter(|case| !case["finding"].is_null());
        found.map(|case| ["severity", "finding", "name"].map(|key| text(case, key)).join(" ")).collect()
    }

    #[track_caller]
    fn case(&self, name: &str) -> &Value {
        let known = self.cases.iter().find(|case| case["name"] == name);
        known.unwrap_or_else(|| panic!("{name} is not among {:?}", self.names()))
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// Nothing that was printed holds the secret or what it decodes to.
#[track_caller]
fn discreet(finished: Finished) -> Finished {
    keeps(&(finished.stdout() + &finished.stderr()));
    finished
}

#[track_caller]
fn keeps(all: &str) {
    for secret in [SECRET.trim_start_matches("whsec_"), INNER] {
        for piece in secret.as_bytes().windows(12) {
            let piece = std::str::from_utf8(piece).expect("ASCII");
            assert!(!all.contains(piece), "{piece:?} of the secret stands in:\n{all}");
        }
    }
}

/// A check of a sound receiver of this provider: the report and what was skipped.
fn proved(provider: &'static str) -> Report {
    if provider != "discord" {
        let receiver = tiny(sound(provider, SECRET));
        return judged(check(&receiver.url, provider, ""));
    }
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let file = folder.path().join("key");
    let sign = hookproof("sign --provider discord --generate-key --json --key-out").arg(&file).stdin("{}");
    let line = sign.exits(0).lines().remove(0);
    let receiver = tiny(sound(provider, text(&line, "public_key")));
    judged(hookproof("check --provider discord").arg(&receiver.url).arg("--secret-file").arg(&file))
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

/// What does not apply to a provider.
fn skipped(provider: &str) -> &'static str {
    match provider {
        "superfolio" | "swapcard" => "rotation old-timestamp future-timestamp answer-time",
        // A receiver may hash the body without its white space.
        "superleap" => "rotation missing-fields whitespace-appended old-timestamp future-timestamp answer-time",
        // A token covers nothing, and is any text.
        "fingerprinting-api" => {
            "missing-fields unknown-event rotation tampered whitespace-appended empty-key sha1 old-timestamp \
             future-timestamp not-encoded answer-time"
        }
        "gitlab" => {
            "missing-fields rotation tampered whitespace-appended empty-key sha1 old-timestamp future-timestamp not-encoded \
             answer-time"
        }
        "komo" => {
            "rotation tampered whitespace-appended no-signature wrong-secret empty-key key-undefined key-null sha1 \
             old-timestamp future-timestamp first-half other-header empty-signature short-signature one-short not-encoded \
             non-ascii malformed huge-unsigned answer-time"
        }
        "stripe" => "missing-fields future-timestamp answer-time",
        "standard-webhooks" => "missing-fields",
        "slack" => "missing-fields rotation",
        "shopify" => "missing-fields rotation old-timestamp future-timestamp",
        "zendesk" => "missing-fields rotation old-timestamp future-timestamp answer-time",
        // Its bodies are forms.
        "twilio" => {
            "whitespace crlf escapes utf8 emoji extra-fields numbers null size-20kb missing-fields unknown-event \
             size-150kb size-1mb rotation sha1 old-timestamp future-timestamp signed-not-json signed-scalar signed-array \
             deep-nesting invalid-utf8 answer-time"
        }
        // Its bodies are lists.
        "hubspot" => "missing-fields rotation future-timestamp signed-array answer-time",
        // The body is not covered, and holds the signature.
        "mailgun" => {
            "missing-fields rotation tampered whitespace-appended old-timestamp future-timestamp other-header \
             signed-not-json signed-empty signed-scalar signed-array answer-time"
        }
        // A key pair has no keys that are texts.
        "discord" => {
            "missing-fields unknown-event rotation empty-key key-undefined key-null sha1 old-timestamp future-timestamp \
             answer-time"
        }
        other => panic!("{other}"),
    }
}

#[test]
fn sound_receivers_have_no_finding() {
    at_once(FAMILIES.to_vec(), |provider| {
        let report = proved(provider);
        assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()), "{provider}");
        assert_eq!(report.of("unsent"), BTreeSet::new(), "{provider}");
        assert_eq!(report.of("skipped"), words(skipped(provider)), "{provider}");
        assert_eq!((report.names()[0], *report.names().last().unwrap()), ("control", "alive"), "{provider}");
    });
}

#[test]
#[ignore = "takes a minute; for the gate"]
fn sound_receivers_have_no_finding_in_twenty_runs() {
    at_once(FAMILIES.to_vec(), |provider| {
        for run in 0..20 {
            assert_eq!(proved(provider).findings(), BTreeSet::new(), "{provider}, run {run}");
        }
    });
}

#[test]
fn sound_receivers_of_other_manners_have_no_finding() {
    let cuts = Manners { limit: Some(2_000_000), habit: Some(Habit::CutsLargeBodies), ..Manners::default() };
    let limited = Manners { limit: Some(2_000_000), ..Manners::default() };
    for manners in [Manners::default(), Manners { closes: true, ..Manners::default() }, limited, cuts] {
        let receiver = bare(manners, sound("superfolio", SECRET));
        let report = judged(check(&receiver.url, "superfolio", "--strict"));
        assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
        assert_eq!(report.case("non-ascii")["status"], 401);
    }
    let once: Handler = Box::new({
        let seen = Seen::default();
        move |request| then(request, |body| seen.knows(body).then(|| says(200, "a repeat")))
    });
    // It knows POST alone, and says so as a server says it.
    let plain: Handler =
        Box::new(|request| if request.method == "POST" { first(request, |_| None) } else { says(501, "") });
    let is_warm = AtomicBool::new(false);
    let cold: Handler = Box::new(move |request| {
        if !is_warm.swap(true, Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(3_300));
        }
        first(request, |_| None)
    });
    let talkative: Handler = Box::new(|request| {
        let page = || "<html><h1>Error 500: login, CSRF</h1></html>".to_string();
        let headers = || vec![("Content-Type", "text/html".to_string()), ("Location", "/login".to_string())];
        match first(request, |_| None) {
            Reply::Now(status, ..) => Reply::Now(status, headers(), page()),
            other => other,
        }
    });
    let all = [("knows repeats", once), ("starts cold", cold), ("talks much", talkative), ("knows POST alone", plain)];
    at_once(all.into(), |(name, handler)| {
        let report = judged(check(&tiny(handler).url, "superfolio", "--timeout 3s --strict"));
        assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()), "{name}");
    });
}

/// The ids of what came.
#[derive(Default)]
struct Seen(Mutex<BTreeSet<String>>);

impl Seen {
    /// Whether this one came before.
    fn knows(&self, body: &Value) -> bool {
        body["event_id"].is_string() && !self.0.lock().expect("no panic").insert(body["event_id"].to_string())
    }
}

/// A receiver, and what a check of it finds: `must accepted: tampered wrong-secret`.
struct Flaw {
    name: &'static str,
    receiver: Receiver,
    provider: &'static str,
    finds: &'static [&'static str],
}

/// A flawed receiver for superfolio on `tiny_http`.
fn flaw(
    name: &'static str,
    finds: &'static [&'static str],
    handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> Flaw {
    Flaw { name, receiver: tiny(routed(handler)), provider: "superfolio", finds }
}

/// Only POST is routed to the handler.
fn routed(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Handler {
    Box::new(move |request| if request.method == "POST" { handler(request) } else { says(405, "") })
}

/// The same over bare sockets.
fn bare_flaw(
    name: &'static str,
    finds: &'static [&'static str],
    handler: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> Flaw {
    Flaw { name, receiver: bare(Manners::default(), routed(handler)), provider: "superfolio", finds }
}

/// Each flaw is found by what is listed, and by nothing else.
#[track_caller]
fn found(flaws: Vec<Flaw>) {
    let wrong: Vec<String> = at_once(flaws, |flaw| misjudged(&flaw)).into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Does the same with each, in threads of their own: a check of a receiver that hears one request after the other
/// takes some seconds.
fn at_once<T: Send, R: Send>(all: Vec<T>, each: impl Fn(T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let running: Vec<_> = all.into_iter().map(|one| scope.spawn(|| each(one))).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

/// In what a check of a flawed receiver differs from what is listed.
fn misjudged(flaw: &Flaw) -> Option<String> {
    let report = judged(check(&flaw.receiver.url, flaw.provider, ""));
    let listed = flaw.finds.iter().flat_map(|line| {
        let (kind, names) = line.split_once(": ").expect("a colon");
        names.split(' ').map(move |name| format!("{kind} {name}"))
    });
    let (wanted, seen) = (listed.collect::<BTreeSet<_>>(), report.findings());
    let lacks: Vec<_> = wanted.difference(&seen).collect();
    let exceeds: Vec<_> = seen.difference(&wanted).collect();
    let code = i32::from(wanted.iter().any(|finding| finding.starts_with("must ")));
    let is_right = lacks.is_empty() && exceeds.is_empty() && report.exit == code;
    let what = || format!("{}: exit {}, not found {lacks:?}, found beside {exceeds:?}", flaw.name, report.exit);
    (!is_right).then(what)
}

fn given(request: &Received) -> Option<&str> {
    request.all("x-superfolio-signature").first().copied()
}

fn right(body: &[u8]) -> String {
    hex::encode(hmac256(SECRET, body))
}

fn refused() -> Reply {
    says(401, "no")
}

fn taken(request: &Received) -> Reply {
    if serde_json::from_slice::<Value>(&request.body).is_ok() { says(200, "thanks") } else { says(400, "no JSON") }
}

/// Verifies by a rule of its own, and is sound otherwise.
fn by(request: &Received, is_right: impl Fn(&str) -> bool) -> Reply {
    if given(request).is_some_and(is_right) { taken(request) } else { refused() }
}

/// Verifies as it should, and then does something of its own with the body.
fn then(request: &Received, answer: impl Fn(&Value) -> Option<Reply>) -> Reply {
    if given(request).is_none_or(|given| given != right(&request.body)) {
        return refused();
    }
    let Ok(body) = serde_json::from_slice(&request.body) else { return says(400, "no JSON") };
    answer(&body).unwrap_or_else(|| says(200, "thanks"))
}

/// Verifies as it should, and then does something of its own with the bytes.
fn after(request: &Received, answer: impl Fn(&[u8]) -> Option<Reply>) -> Reply {
    if given(request).is_none_or(|given| given != right(&request.body)) {
        return refused();
    }
    answer(&request.body).unwrap_or_else(|| taken(request))
}

/// Does something of its own before it verifies as it should.
fn first(request: &Received, answer: impl Fn(&Received) -> Option<Reply>) -> Reply {
    answer(request).unwrap_or_else(|| by(request, |given| given == right(&request.body)))
}

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
        flaw(
            "accepts without a header",
            &["must accepted: no-signature other-header huge-unsigned", "should parses-before-verifying: malformed"],
            |request| {
                if given(request).is_none() {
                    taken(request)
                } else {
                    by(request, |given| given == right(&request.body))
                }
            },
        ),
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
            &["must server-error: malformed signed-not-json signed-empty deep-nesting invalid-utf8"],
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
            &["must server-error: signed-not-json signed-empty signed-scalar signed-array deep-nesting \
            invalid-utf8 huge-unsigned slow-body connection-reuse alive"],
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
            &["must accepted: first-half one-short"],
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
fn slow_answers_are_findings_and_two_of_them_end_a_family() {
    let is_slow = |is_slow: fn(&Received) -> bool| -> Handler {
        Box::new(
            move |request| {
                if is_slow(request) { Reply::Late(Duration::from_secs(2)) } else { first(request, |_| None) }
            },
        )
    };
    let receiver = tiny(is_slow(|request| request.body.len() > 100_000 && given(request).is_some()));
    let report = judged(check(&receiver.url, "superfolio", "--timeout 700ms --skip huge-unsigned"));
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
    let report = judged(check(&receiver.url, "superfolio", "--timeout 700ms"));
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
    let url = format!("http://127.0.0.1:{}/hook", free_port());
    let finished = discreet(check(&url, "superfolio", "").exits(3)).says("no connection to 127.0.0.1:");
    assert_eq!(finished.stdout(), "");
    discreet(check(&url, "superfolio", "--json").exits(3));
    let started = Instant::now();
    discreet(check(&url, "superfolio", "--wait 600ms").exits(3));
    assert!(started.elapsed() >= Duration::from_millis(600));
}

#[test]
fn a_receiver_that_comes_up_late_is_waited_for() {
    let port = free_port();
    let running = check(&format!("http://127.0.0.1:{port}/hook"), "superfolio", "--wait 20s --only tampered").spawn();
    std::thread::sleep(Duration::from_millis(700));
    let receiver = tiny_at(port, sound("superfolio", SECRET));
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
    // The control, then unsigned, with an empty key, with `undefined`, in upper case.
    let of = |index: usize, key: &str| hex::encode(hmac256(key, &seen[index].body));
    let signatures: Vec<_> = seen.iter().map(given).collect();
    let upper = of(4, SECRET).to_uppercase();
    assert_eq!(signatures, [Some(&*of(0, SECRET)), None, Some(&of(2, "")), Some(&of(3, "undefined")), Some(&upper)]);
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
                 early-close slow-body connection-reuse answer-time redirects answer-size stack-traces",
            )
            .contains(name)
        })
        .collect();
    assert_eq!(musts, without.join(" "));
    let infos = words(
        "content-type-case rotation out-of-order signed-empty signed-scalar signed-array deep-nesting invalid-utf8 get head \
         early-close slow-body connection-reuse answer-time redirects answer-size stack-traces",
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
fn the_order_of_the_report_does_not_hang_on_jobs() {
    let receiver = bare(Manners::default(), sound("superfolio", SECRET));
    let one = judged(check(&receiver.url, "superfolio", ""));
    let four = judged(check(&receiver.url, "superfolio", "--jobs 4"));
    assert_eq!((four.exit, one.names()), (0, four.names()));
    let slow = bare(
        Manners::default(),
        Box::new(|request| {
            // What was sent first is answered last.
            let pause = if request.body.len() > 100_000 { 0 } else { 15 };
            std::thread::sleep(Duration::from_millis(pause));
            first(request, |_| None)
        }),
    );
    assert_eq!(judged(check(&slow.url, "superfolio", "--jobs 4")).names(), one.names());
    check(&receiver.url, "superfolio", "--jobs 0").exits(2);
}

#[test]
fn the_deadline_ends_a_check_and_tells_what_was_not_sent() {
    let slow = tiny(Box::new(|request| {
        std::thread::sleep(Duration::from_millis(60));
        first(request, |_| None)
    }));
    let started = Instant::now();
    let report = judged(check(&slow.url, "superfolio", "--deadline 1s"));
    assert!(started.elapsed() < Duration::from_millis(2500), "{:?}", started.elapsed());
    assert_eq!(report.findings(), BTreeSet::new());
    assert!(report.of("unsent").contains("tampered") && report.of("passed").contains("control"), "{:?}", report.cases);
    assert!(text(report.case("tampered"), "reason").contains("deadline"), "{}", report.case("tampered"));
    // What was not proved is no success.
    assert_ne!(report.exit, 0);
    // An answer that does not come is not waited for beyond it, be it the first.
    let silent = tiny(Box::new(|_| Reply::Late(Duration::from_secs(6))));
    let started = Instant::now();
    assert_ne!(judged(check(&silent.url, "superfolio", "--deadline 700ms")).exit, 0);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn an_interrupt_ends_a_check() {
    let silent = tiny(Box::new(|_| Reply::Late(Duration::from_secs(6))));
    let running = check(&silent.url, "superfolio", "").spawn();
    while silent.seen().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.signal("INT");
    let started = Instant::now();
    assert_eq!(running.finish().output.status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
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

/// A receiver that puts into its answers what came and what hurts a terminal.
fn hostile() -> Handler {
    Box::new(|request| {
        let text = format!("\u{1b}[31m{SECRET}\u{7}\r\n::error::x\u{9b}2J{}", given(request).unwrap_or_default());
        if given(request).is_none() { says(200, &text) } else { first(request, |_| None) }
    })
}

#[test]
fn the_report_for_people_says_all_and_does_no_harm() {
    let receiver = tiny(hostile());
    let finished = discreet(check(&receiver.url, "superfolio", "").exits(1));
    let told = finished.stdout();
    for output in [&told, &finished.stderr()] {
        let harm = output.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(harm, None, "{output}");
        assert!(!output.lines().any(|line| line.starts_with("::")), "{output}");
    }
    for word in ["no-signature", "must", "control without its signature header", "401"] {
        assert!(told.contains(word), "no {word:?} in:\n{told}");
    }
    let coloured = check(&receiver.url, "superfolio", "--color always").exits(1).stdout();
    assert!(coloured.contains('\u{1b}') && !coloured.contains('\u{7}') && !coloured.contains("\u{1b}[31mwhsec"));
}

#[test]
fn the_junit_report_has_each_case() {
    let receiver = tiny(hostile());
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let file = folder.path().join("check.xml");
    let words = format!("--report junit={}", file.display());
    let report = judged(check(&receiver.url, "superfolio", &words));
    assert_eq!(report.exit, 1);
    let xml = std::fs::read_to_string(&file).expect("a report");
    keeps(&xml);
    let elements = elements(&xml);
    let cases: Vec<_> = elements.iter().filter(|element| element.name == "testcase").collect();
    let names: Vec<_> = cases.iter().map(|element| element.attribute("name")).collect();
    assert_eq!(names, report.names());
    let sum = |name: &str| elements.iter().filter(|element| element.name == name).count();
    assert_eq!(sum("failure"), report.of("failed").len());
    assert_eq!(sum("skipped"), report.of("skipped").len() + report.of("unsent").len());
    let suite = elements.iter().find(|element| element.name == "testsuite").expect("a suite");
    assert_eq!(suite.attribute("tests"), report.cases.len().to_string());
    assert_eq!(suite.attribute("failures"), report.of("failed").len().to_string());
    let failed = elements.iter().find(|element| element.name == "failure").expect("a failure");
    assert!(!failed.attribute("message").is_empty());
    // A report that can't be written hides no finding: nothing is sent then, or the exit tells the finding.
    receiver.seen();
    let finished = check(&receiver.url, "superfolio", "--report junit=/dev/null/x.xml").output();
    let code = if receiver.seen().is_empty() { 3 } else { 1 };
    assert_eq!(finished.output.status.code(), Some(code), "{}", finished.stderr());
    check(&receiver.url, "superfolio", "--report pdf=x").exits(2).says("junit");
}

#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    #[track_caller]
    fn attribute(&self, name: &str) -> String {
        let known = self.attributes.iter().find(|(known, _)| known == name);
        known.unwrap_or_else(|| panic!("no {name} in {self:?}")).1.clone()
    }
}

/// Every element of an XML text, which has to be well-formed: nested, closed, quoted, escaped, and of allowed
/// characters only.
#[track_caller]
fn elements(xml: &str) -> Vec<Element> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(allowed), "a character that XML has not: {xml:?}");
    let mut rest = xml.trim_start();
    if let Some((_, after)) = rest.strip_prefix("<?xml").and_then(|text| text.split_once("?>")) {
        rest = after.trim_start();
    }
    let (mut open, mut all) = (Vec::<String>::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        plain(&rest[..start]);
        assert!(!open.is_empty() || rest[..start].trim().is_empty(), "text outside the root: {:?}", &rest[..start]);
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix("![CDATA[") {
            rest = after.split_once("]]>").expect("an end of CDATA").1;
            continue;
        }
        let (tag, after) = rest.split_once('>').expect("an end of the tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name.trim()), "{xml}");
            continue;
        }
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/').trim();
        let (name, mut attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut element = Element { name: name.to_string(), attributes: Vec::new() };
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{tag}");
        while let Some((key, text)) = attributes.split_once('=') {
            let text = text.trim_start();
            let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'')).expect("a quote");
            let (value, after) = text[1..].split_once(quote).expect("a closing quote");
            plain(value);
            let key = key.trim().to_string();
            assert!(element.attributes.iter().all(|(known, _)| *known != key), "{key} twice in {tag}");
            element.attributes.push((key, unescaped(value)));
            attributes = after;
        }
        assert!(attributes.trim().is_empty(), "{attributes:?} in {tag}");
        assert!(!open.is_empty() || all.is_empty(), "a second root: {tag}");
        all.push(element);
        if !is_empty {
            open.push(name.to_string());
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty() && !all.is_empty(), "{open:?} stays open: {xml}");
    all
}

/// Text in which each `&` begins a reference.
#[track_caller]
fn plain(text: &str) {
    for after in text.split('&').skip(1) {
        let name = after.split_once(';').map_or("", |(name, _)| name);
        let is_named = ["lt", "gt", "amp", "quot", "apos"].contains(&name);
        assert!(is_named || name.starts_with('#'), "a bare & in {text:?}");
    }
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_string(), |text, (from, to)| text.replace(from, to))
}

#[test]
fn a_single_case_is_fired_by_hand() {
    let receiver = tiny(sound("superfolio", SECRET));
    let send = |url: &str, case: &str| {
        let run = hookproof("send superfolio/form.submitted --secret-env KEY --to").arg(url);
        run.args(["--fault", case]).env("KEY", SECRET)
    };
    // The exit tells whether the receiver did as a sound one does.
    let fired = |case: &str, status: &str| {
        discreet(send(&receiver.url, case).exits(0)).prints(status);
        let mut seen = receiver.seen();
        assert_eq!(seen.len(), 1, "{case}");
        seen.remove(0)
    };
    let request = fired("tampered", "401");
    assert_eq!(request.json()["event_type"], "form.submitted");
    assert!(given(&request).is_some_and(|given| given != right(&request.body)));
    let request = fired("no-signature", "401");
    assert_eq!((given(&request), &request.json()["event_type"]), (None, &json!("form.submitted")));
    let request = fired("crlf", "200");
    assert_eq!(given(&request), Some(&*right(&request.body)));
    assert!(request.body.windows(2).any(|pair| pair == b"\r\n"));
    let request = fired("chunked", "200");
    assert!(request.all("content-length").is_empty() && !request.body.is_empty());
    send(&receiver.url, "tamperd").exits(2).says("tampered");
    send(&receiver.url, "old-timestamp").exits(2).says("timestamp");
    assert_eq!(receiver.seen().len(), 0);
    let open = tiny(Box::new(|_| says(200, "")));
    discreet(send(&open.url, "tampered").exits(1));
    let strict = tiny(Box::new(|_| says(401, "")));
    discreet(send(&strict.url, "crlf").exits(1));
    discreet(send(&format!("http://127.0.0.1:{}/hook", free_port()), "crlf").exits(3));
}

#[test]
fn nothing_is_checked_without_an_address_a_provider_or_a_secret() {
    let receiver = tiny(sound("superfolio", SECRET));
    hookproof("check").exits(2);
    hookproof("check --provider superfolio --secret-env KEY").env("KEY", SECRET).exits(2);
    hookproof("check").arg(&receiver.url).exits(2);
    hookproof("check --provider superfolio").arg(&receiver.url).exits(2).says("SUPERFOLIO_WEBHOOK_SECRET");
    hookproof("check --provider superfolo").arg(&receiver.url).exits(2).says("superfolio");
    check(&receiver.url, "superfolio", "").env("KEY", "").exits(2);
    assert_eq!(receiver.seen().len(), 0);
}

#[test]
fn headers_of_ones_own_go_with_every_request() {
    let guarded =
        tiny(Box::new(
            |request| {
                if header(request, "x-pass") == "let me in" { first(request, |_| None) } else { says(418, "") }
            },
        ));
    let report = judged(check(&guarded.url, "superfolio", "").args(["-H", "X-Pass: let me in"]));
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
}

#[test]
fn a_check_of_a_fast_receiver_takes_no_time() {
    let receiver = bare(Manners::default(), sound("superfolio", SECRET));
    let took = || {
        let started = Instant::now();
        assert_eq!(judged(check(&receiver.url, "superfolio", "")).exit, 0);
        started.elapsed()
    };
    // A busy machine may hold one of them up.
    assert!((0..3).any(|_| took() < Duration::from_secs(3)), "three took 3 s each");
}

#[test]
fn a_public_address_gets_nothing_hostile_without_a_yes() {
    for url in ["https://hooks.example.com/in", "http://203.0.113.9/hook"] {
        check(url, "superfolio", "").exits(2).says("public address").says("--yes");
        check(url, "superfolio", "--list").exits(0);
    }
    // With a yes it is tried, and nothing is there.
    check("http://hooks.example.invalid:9/in", "superfolio", "--yes").exits(3);
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
fn what_lets_the_user_in_is_in_no_report() {
    let echo = tiny(Box::new(|request| {
        let reply = sound("superfolio", SECRET)(request);
        let Reply::Now(status, headers, _) = reply else { return reply };
        let given = ["authorization", "x-api-key", "cookie"].map(|name| header(request, name)).join(" and ");
        Reply::Now(status, headers, given)
    }));
    let file = tempfile::NamedTempFile::new().expect("a file");
    let report = format!("html={}", file.path().display());
    let told = |url: &str, words: &[&str]| {
        let run = check(url, "superfolio", "--skip slow-body,huge-unsigned").args(["--report", &report]);
        let run = run.args(words).exits(0);
        run.stdout() + &run.stderr() + &std::fs::read_to_string(file.path()).expect("the report")
    };
    // The form in which it goes over the wire, too.
    let by_address = told(&echo.url.replace("//", "//alice:hunter2secret@"), &[]);
    assert!(!by_address.contains("hunter2secret") && !by_address.contains("YWxpY2U6aHVudGVyMnNlY3JldA"));
    let headers = [
        "-H",
        "Authorization: Bearer tok_4711abcdef",
        "-H",
        "X-Api-Key: key_4711abcdef",
        "-H",
        "Cookie: sid=4711abcdef",
    ];
    let by_header = told(&echo.url, &headers);
    assert!(!by_header.contains("4711abcdef"), "{by_header}");
    assert!(by_header.contains("[secret]"));
}

#[test]
fn a_secret_that_a_receiver_echoes_is_not_shown_cut_either() {
    for padding in [0, 30, 45, 60, 70, 165, 190] {
        let echo = tiny(Box::new(move |_| says(401, &format!("{}{SECRET}", "x".repeat(padding)))));
        let file = tempfile::NamedTempFile::new().expect("a file");
        let words = format!("--report junit={}", file.path().display());
        let run = check(&echo.url, "superfolio", &words).exits(1);
        let report = std::fs::read_to_string(file.path()).expect("the report");
        for text in [run.stdout(), run.stderr(), report] {
            assert!(!text.contains(&SECRET[..9]), "behind {padding}: {text}");
        }
    }
    let receiver = tiny(sound("superfolio", SECRET));
    let named = judged(check(&format!("{}?token={SECRET}", receiver.url), "superfolio", "--only tampered"));
    assert!(!named.summary.to_string().contains(SECRET), "{}", named.summary);
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

#[test]
fn a_deadline_bounds_the_first_answer_and_those_after_a_refusal() {
    let slow = tiny(Box::new(|_| Reply::Late(Duration::from_secs(3))));
    let begun = Instant::now();
    let report = judged(check(&slow.url, "superfolio", "--deadline 500ms"));
    assert_eq!((report.exit, report.findings().len()), (3, 0), "{:?}", report.cases);
    let first = std::sync::atomic::AtomicBool::new(true);
    let hangs = tiny(Box::new(move |_| {
        let is_first = first.swap(false, std::sync::atomic::Ordering::Relaxed);
        if is_first { says(401, "") } else { Reply::Late(Duration::from_secs(6)) }
    }));
    assert_eq!(judged(check(&hangs.url, "superfolio", "--deadline 1s")).exit, 1);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_token_that_looks_like_a_case_fails_no_sound_receiver() {
    for token in ["abc", "undefined", "null", "ab----"] {
        let exact =
            tiny(Box::new(
                move |request| {
                    if request.all("x-gitlab-token") == [token] { says(200, "") } else { says(401, "") }
                },
            ));
        hookproof("check --provider gitlab --secret-env KEY").arg(&exact.url).env("KEY", token).exits(0);
    }
}
