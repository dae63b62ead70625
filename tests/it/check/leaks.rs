//! Answers that give the secret or a right signature away, in many schemes and spellings, and those that only seem to.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::receivers::{Receiver, Reply, header, hmac1, hmac256, says, tiny};
use super::{INNER, SECRET, at_once, check, judged, proved, routed};
use crate::support::Received;

/// The digest that a request should have, by code of our own; a token has none.
fn right(provider: &str, request: &Received) -> Option<Vec<u8>> {
    let body = &request.body;
    let after = |text: String| hmac256(SECRET, [text.as_bytes(), body].concat());
    let url = || format!("http://{}{}", header(request, "host"), request.target);
    Some(match provider {
        "github" | "shopify" => hmac256(SECRET, body),
        "stripe" => {
            let list = header(request, "Stripe-Signature");
            let at = list.split(',').find_map(|item| item.strip_prefix("t="))?;
            after(format!("{at}."))
        }
        "slack" => after(format!("v0:{}:", header(request, "X-Slack-Request-Timestamp"))),
        "standard-webhooks" => {
            let (id, at) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
            hmac256(INNER, [format!("{id}.{at}.").as_bytes(), body].concat())
        }
        "twilio" => {
            let fields: BTreeSet<_> = form_urlencoded::parse(body).into_owned().collect();
            hmac1(SECRET, fields.into_iter().fold(url(), |content, (name, value)| content + &name + &value))
        }
        "square" => after(url()),
        _ => return None,
    })
}

fn is_right(request: &Received, digest: Option<&[u8]>) -> bool {
    let Some(digest) = digest else { return header(request, "X-Gitlab-Token") == SECRET };
    let (hex, base64) = (hex::encode(digest), STANDARD.encode(digest));
    request.headers.iter().any(|(_, value)| value.contains(&hex) || value.contains(&base64))
}

/// What a refusal says, from the request and the digest that it should have.
type Says = fn(&Received, &[u8]) -> Reply;

/// A receiver that refuses in its own words, and the digests that it told.
fn refusing(provider: &'static str, refusal: Says) -> (Receiver, Arc<Mutex<Vec<Vec<u8>>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = told.clone();
    let receiver = tiny(routed(move |request| {
        let digest = right(provider, request);
        if is_right(request, digest.as_deref()) {
            return says(200, "ok");
        }
        let digest = digest.unwrap_or_default();
        telling.lock().expect("no panic").push(digest.clone());
        refusal(request, &digest)
    }));
    (receiver, told)
}

/// Text with each character that is no letter or digit in another spelling.
fn spelled(text: &str, spell: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { spell(c) }).collect()
}

fn percent(text: &str) -> String {
    spelled(text, |c| format!("%{:02x}", u32::from(c)))
}

/// Percent-encoding of every character, letters and digits too.
fn percent_all(text: &str) -> String {
    let digits = hex::encode_upper(text);
    digits.as_bytes().chunks(2).flat_map(|pair| ["%", std::str::from_utf8(pair).expect("digits")]).collect()
}

fn in_header(name: &'static str, value: String) -> Reply {
    Reply::Now(401, vec![(name, value)], "no".to_string())
}

#[test]
fn an_answer_that_gives_the_secret_or_a_right_signature_away_is_found() {
    let all: Vec<(&str, &str, Says)> = vec![
        ("signature-leaked", "github", |_, d| {
            says(401, &format!("invalid signature, expected sha256={}", hex::encode(d)))
        }),
        ("signature-leaked", "github", |_, d| says(401, &format!("want {}", URL_SAFE_NO_PAD.encode(d)))),
        ("signature-leaked", "github", |_, d| says(400, &format!("<i>{}</i>", percent_all(&hex::encode_upper(d))))),
        ("signature-leaked", "stripe", |r, d| {
            let got = header(r, "Stripe-Signature");
            says(400, &format!(r#"{{"error":"bad","expected":"{}","got":"{got}"}}"#, hex::encode(d)))
        }),
        ("signature-leaked", "stripe", |_, d| says(400, &serde_json::json!({"type": "Buffer", "data": d}).to_string())),
        ("signature-leaked", "slack", |_, d| in_header("X-Expected", format!("v0={}", hex::encode_upper(d)))),
        ("signature-leaked", "slack", |_, d| {
            says(401, &format!("{{\"trace\":{:?}}}", format!("{{\"want\":\"v0={}\"}}", hex::encode(d))))
        }),
        ("signature-leaked", "shopify", |_, d| {
            let spelled = spelled(&STANDARD.encode(d), |c| format!("&#x{:X};", u32::from(c)));
            says(401, &format!("<html><pre>expected &quot;{spelled}&quot;</pre></html>"))
        }),
        ("signature-leaked", "shopify", |_, d| says(401, &STANDARD.encode(d).replace('/', "\\/"))),
        ("signature-leaked", "standard-webhooks", |_, d| {
            says(401, &format!("expected v1,{} got x", STANDARD.encode(d)))
        }),
        ("signature-leaked", "standard-webhooks", |_, d| says(401, &STANDARD.encode(hex::encode(d)))),
        ("signature-leaked", "twilio", |_, d| {
            in_header("Location", format!("/error?want={}", percent(&STANDARD.encode(d))))
        }),
        ("signature-leaked", "square", |_, d| says(403, &format!("<Buffer {}>", hex::encode(d)))),
        ("secret-leaked", "gitlab", |_, _| says(401, &format!("token must be {SECRET}"))),
        ("secret-leaked", "gitlab", |_, _| says(401, &STANDARD.encode(format!("gitlab:{SECRET}")))),
        ("secret-leaked", "slack", |_, _| says(401, &format!("{{\"env\":{{\"SLACK_SECRET\":\"{SECRET}\"}}}}"))),
        ("secret-leaked", "github", |_, _| in_header("X-Secret", percent(SECRET))),
        ("secret-leaked", "standard-webhooks", |_, _| says(401, &format!("key {}", hex::encode(INNER)))),
        ("secret-leaked", "standard-webhooks", |_, _| says(401, SECRET.trim_start_matches("whsec_"))),
    ];
    at_once(all.into_iter().enumerate().collect(), |(number, (code, provider, refusal))| {
        let (receiver, told) = refusing(provider, refusal);
        let report = judged(check(&receiver.url, provider, "--only refuses,leaks"));
        let case = report.case("leaks");
        assert_eq!(
            (&case["finding"], &case["severity"]),
            (&code.into(), &"must".into()),
            "{number} {provider}: {case}"
        );
        assert_eq!(report.exit, 1, "{number} {provider}");
        hides(&format!("{:?}", report.cases), &told.lock().expect("no panic"));
    });
}

#[test]
fn what_only_seems_to_give_something_away_is_no_finding() {
    let all: Vec<(&str, Says)> = vec![
        // Everything that came goes back.
        ("github", |r, _| says(401, &format!("{:?} {}", r.headers, String::from_utf8_lossy(&r.body)))),
        ("stripe", |r, _| {
            in_header("X-Got", header(r, "Stripe-Signature").replace(|c: char| !c.is_ascii_graphic(), "?"))
        }),
        ("gitlab", |r, _| says(401, &format!("{:?}", r.headers))),
        // A part of the signature is no signature.
        ("github", |_, d| says(401, &format!("expected sha256={}...", &hex::encode(d)[..24]))),
        ("shopify", |_, d| says(401, &STANDARD.encode(&d[..31]))),
        ("slack", |_, d| says(401, &format!("v0={}", hex::encode(&d[1..])))),
        // Digests of another kind or key.
        ("square", |r, _| in_header("ETag", format!("\"{}\"", hex::encode(Sha256::digest(&r.body))))),
        ("twilio", |r, _| says(401, &STANDARD.encode(hmac1("another", &r.body)))),
        ("standard-webhooks", |r, _| says(401, &STANDARD.encode(hmac256(SECRET, &r.body)))),
    ];
    at_once(all.into_iter().enumerate().collect(), |(number, (provider, refusal))| {
        let (receiver, _) = refusing(provider, refusal);
        let report = judged(check(&receiver.url, provider, "--only accepts,refuses,leaks"));
        assert_eq!(report.case("leaks")["result"], "passed", "{number} {provider}: {}", report.case("leaks"));
    });
    // An echo of what was accepted, with the right signature in it.
    let echo = tiny(routed(|request| {
        let text = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
        if is_right(request, right("github", request).as_deref()) { says(200, &text) } else { says(401, "no") }
    }));
    assert_eq!(judged(check(&echo.url, "github", "--only accepts,refuses,leaks")).case("leaks")["result"], "passed");
}

#[test]
fn without_a_shared_secret_there_is_nothing_to_give_away() {
    for provider in ["discord", "komo"] {
        assert_eq!(proved(provider).case("leaks")["result"], "skipped", "{provider}");
    }
}

#[test]
fn no_report_shows_what_an_answer_gave_away() {
    let (receiver, told) = refusing("github", |_, digest| {
        let (hex, base64) = (hex::encode_upper(digest), STANDARD.encode(digest));
        Reply::Now(200, vec![("X-Want", base64)], format!("expected {hex}, secret {SECRET}"))
    });
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let file = |name: &str| folder.path().join(name);
    let reports = ["html", "markdown", "junit"].map(|format| format!("--report {format}={}", file(format).display()));
    let words = format!("--only refuses,leaks {}", reports.join(" "));
    let summary = file("summary");
    let run = check(&receiver.url, "github", &words)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary.display().to_string());
    let finished = super::discreet(run.exits(1));
    let mut all = finished.stdout() + &finished.stderr();
    assert!(all.contains("secret-leaked") && all.contains("gave the right signature away"), "{all}");
    for name in ["html", "markdown", "junit", "summary"] {
        let text = std::fs::read_to_string(file(name)).expect("a report");
        super::keeps(&text);
        assert!(text.contains("secret-leaked"), "{name}");
        all += &text;
    }
    // A body without an identity of its own has the signature that a valid delivery came with.
    let sent = receiver.seen();
    let is_sent = |digest: &Vec<u8>| sent.iter().any(|request| is_right(request, Some(digest)));
    told.lock().expect("no panic").retain(|digest| !is_sent(digest));
    assert!(!told.lock().expect("no panic").is_empty());
    hides(&all, &told.lock().expect("no panic"));
}

/// Asserts that none of these digests stands in a text.
#[track_caller]
fn hides(text: &str, digests: &[Vec<u8>]) {
    for digest in digests.iter().filter(|digest| !digest.is_empty()) {
        for spelled in [hex::encode(digest), hex::encode_upper(digest), STANDARD.encode(digest)] {
            assert!(!text.contains(&spelled), "{spelled} stands in {text}");
        }
    }
}
