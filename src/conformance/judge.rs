//! What an answer to a case means.

use super::cases::{Case, Level};
use super::shot::Expect;
use crate::catalog::{Provider, Scheme, Side};
use crate::json::Document;
use crate::message::Answer;
use crate::refusal::{ASKS_FOR_LOGIN, asks_for_login, refusal};
use crate::words;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// An answer.
    Answered(Answer),
    /// None in time.
    TimedOut,
    /// The connection was closed instead.
    Dropped,
    /// It was closed between two requests, which is nobody's fault.
    Closed,
    /// Nothing was waited for: the connection was closed on our side.
    Unawaited,
    /// There was no connection.
    Gone(String),
}

/// What it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether it is as it should be.
    pub outcome: Outcome,
    /// What this receiver did, in words.
    pub did: String,
}

/// Whether a case passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Passed,
    /// It did not.
    Found {
        /// The finding's stable name.
        code: &'static str,
        /// How much it counts.
        severity: Level,
    },
}

impl Judged {
    pub(super) fn found(code: &'static str, severity: Level, did: String) -> Self {
        Self { outcome: Outcome::Found { code, severity }, did }
    }
}

/// Judges what came back for the requests of a case: the first that is not as it should be counts, else the last.
/// `scheme` is the one that deliveries are signed with.
pub fn judge(case: &Case, provider: &Provider, scheme: Option<&Scheme>, backs: &[(Expect, Came)]) -> Judged {
    let judged = judge_all(case, provider, backs);
    match judged.outcome {
        Outcome::Found { code: "refused", .. } if case.id == "address-query" && !takes_first(provider, backs) => {
            let did = "verifies over an address of its own, whatever the request says".to_string();
            Judged { outcome: Outcome::Passed, did }
        }
        Outcome::Found { code, severity: Level::Must } => {
            Judged { outcome: Outcome::Found { code, severity: severity_of(case, scheme, code) }, ..judged }
        }
        _ => judged,
    }
}

/// Returns true if the first request of a case was accepted.
fn takes_first(provider: &Provider, backs: &[(Expect, Came)]) -> bool {
    matches!(backs.first(), Some((_, Came::Answered(answer))) if provider.accepts(answer.status))
}

/// Returns the level of a finding that is otherwise a must.
fn severity_of(case: &Case, scheme: Option<&Scheme>, code: &str) -> Level {
    let Some(scheme) = scheme else { return Level::Must };
    let advises = |side| scheme.timestamp.as_ref().is_some_and(|stamp| stamp.advisory.contains(&side));
    match (code, case.id) {
        // Only the holder of the secret can send it, and several official samples answer so.
        ("server-error", _) if case.is_signed_oddity() => Level::Should,
        ("accepted", "future-timestamp") if advises(Side::Future) => Level::Info,
        ("accepted", "old-timestamp" | "unsigned-time") if advises(Side::Past) => Level::Info,
        _ => Level::Must,
    }
}

fn judge_all(case: &Case, provider: &Provider, backs: &[(Expect, Came)]) -> Judged {
    let mut judged = Judged { outcome: Outcome::Passed, did: String::new() };
    for (index, (expect, back)) in backs.iter().enumerate() {
        judged = judge_one(case, expect, provider, back);
        if judged.outcome != Outcome::Passed {
            if backs.len() > 1 {
                judged.did = format!("to the {} request it {}", ["first", "second", "third"][index.min(2)], judged.did);
            }
            return judged;
        }
    }
    judged
}

fn judge_one(case: &Case, expect: &Expect, provider: &Provider, back: &Came) -> Judged {
    let answer = match back {
        Came::Answered(_) | Came::Dropped | Came::TimedOut if *expect == Expect::Anything => {
            return Judged { outcome: Outcome::Passed, did: "is another case's".to_string() };
        }
        Came::Answered(answer) => answer,
        Came::Dropped if matches!(expect, Expect::Refuse { may_drop: true, .. }) => {
            return Judged { outcome: Outcome::Passed, did: "closed the connection".to_string() };
        }
        Came::Dropped => {
            return Judged::found("dropped", Level::Must, "closed the connection without an answer".into());
        }
        Came::Unawaited => {
            return Judged { outcome: Outcome::Passed, did: "was left before it could answer".to_string() };
        }
        Came::Closed => {
            return Judged { outcome: Outcome::Passed, did: "takes nothing more on the connection".to_string() };
        }
        Came::TimedOut => return Judged::found("no-answer", Level::Must, "gave no answer in time".to_string()),
        Came::Gone(why) => return Judged::found("gone", Level::Must, format!("takes no connection any more: {why}")),
    };
    let status = answer.status;
    let did = said(answer);
    // A server that knows no such method says so by 501.
    if status >= 500 && !(status == 501 && matches!(case.id, "get" | "head")) {
        return Judged::found("server-error", Level::Must, did);
    }
    if !matches!(expect, Expect::Survive | Expect::Withhold(_))
        && (300..400).contains(&status)
        && !provider.accepts(status)
    {
        let place = answer.headers.text("location").map(|place| format!(" to {}", words::shorten(place, 200)));
        let severity = if matches!(expect, Expect::Refuse { .. } | Expect::RefuseMarked { .. }) {
            Level::Should
        } else {
            case.level
        };
        return Judged::found("redirect", severity, format!("redirected ({status}){}", place.unwrap_or_default()));
    }
    match expect {
        Expect::Accept | Expect::TakeAgain if provider.accepts(status) => Judged { outcome: Outcome::Passed, did },
        Expect::TakeAgain => Judged::found("repeat-refused", case.level, did),
        Expect::Decline if (200..300).contains(&status) => Judged::found("nonsense-accepted", case.level, did),
        Expect::Withhold(expected) if is_answer(expected, answer) => Judged::found("accepted", case.level, did),
        Expect::Decline | Expect::Survive | Expect::Anything | Expect::Withhold(_) => {
            Judged { outcome: Outcome::Passed, did }
        }
        Expect::Accept => Judged::found("refused", case.level, did),
        Expect::Answer(expected) if is_answer(expected, answer) => Judged { outcome: Outcome::Passed, did },
        Expect::Answer(expected) => {
            let did = format!("{did}; {} with {} was expected", expected.status, quoted(expected.text.as_bytes()));
            Judged::found("wrong-answer", case.level, did)
        }
        Expect::Refuse { severity, .. } if (200..300).contains(&status) => Judged::found("accepted", *severity, did),
        Expect::RefuseMarked { answer: expected, severity } if (200..300).contains(&status) => {
            match (is_only(expected, answer), severity) {
                (true, None) => Judged { outcome: Outcome::Passed, did },
                (true, Some(severity)) => Judged::found("accepted", *severity, did),
                (false, _) => Judged::found("accepted", Level::Must, did),
            }
        }
        Expect::RefuseMarked { .. } if matches!(status, 400 | 401 | 403) => Judged { outcome: Outcome::Passed, did },
        Expect::RefuseMarked { .. } if provider.description.delivery.refusal == Some(status) => {
            Judged { outcome: Outcome::Passed, did }
        }
        Expect::RefuseMarked { .. } => Judged::found("odd-refusal", Level::Should, did),
        Expect::Refuse { is_malformed, .. } => {
            let documented = provider.description.delivery.refusal;
            let is_early = *is_malformed && status == 400 && documented == Some(401);
            match status {
                _ if is_early => Judged::found("parses-before-verifying", Level::Should, did),
                400 | 401 | 403 => Judged { outcome: Outcome::Passed, did },
                413 if case.id == "huge-unsigned" => Judged { outcome: Outcome::Passed, did },
                _ if documented == Some(status) => Judged { outcome: Outcome::Passed, did },
                _ => Judged::found("odd-refusal", Level::Should, did),
            }
        }
    }
}

/// `answered 401, "refused"`
fn said(answer: &Answer) -> String {
    if answer.body.is_empty() {
        return format!("answered {}", answer.status);
    }
    format!("answered {}, {}", answer.status, quoted(&answer.body))
}

fn quoted(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(1_000)]).split_whitespace().collect::<Vec<_>>().join(" ");
    format!("\"{}\"", words::shorten(&text, 80))
}

/// Whether an answer says what a handshake waits for: the text, or each member of the JSON.
fn is_answer(expected: &crate::handshake::Answer, answer: &Answer) -> bool {
    if answer.status != expected.status && !(expected.status == 200 && (200..300).contains(&answer.status)) {
        return false;
    }
    let text = String::from_utf8_lossy(&answer.body);
    if !expected.is_json {
        // Some take the text in a JSON object too.
        return text.contains(expected.text.as_str());
    }
    let (Ok(wanted), Ok(given)) = (Document::parse(&expected.text), Document::parse(&text)) else { return false };
    wanted.paths().all(|(path, _)| match wanted.scalar_at(&path) {
        Some(value) => given.scalar_at(&path) == Some(value),
        None => true,
    })
}

/// Returns true if an answer is a handshake's and holds nothing else.
fn is_only(expected: &crate::handshake::Answer, answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body);
    is_answer(expected, answer) && (expected.is_json || text.trim() == expected.text)
}

/// Why a control that was refused may have been.
pub fn why_refused(answer: &Answer) -> String {
    if let Some(refusal) = refusal(answer) {
        return format!("{refusal}; {}", refusal.hint);
    }
    let header = |name: &str| answer.headers.text(name).unwrap_or_default().to_ascii_lowercase();
    let text = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    let is_page = header("content-type").contains("html");
    let is_login = text.contains("login") || text.contains("log in") || text.contains("sign in");
    let names_csrf = text.contains("csrf") || text.contains("authenticitytoken") || text.contains("authenticity token");
    match answer.status {
        300..=399 => {
            let place = answer.headers.text("location").map_or("no address", |place| place);
            let place = words::shorten(place, 200);
            let login = if place.to_ascii_lowercase().contains("login") { ", a login page by its name" } else { "" };
            format!("it redirects to {place}{login}; providers follow no redirect, so give the final address")
        }
        404 | 410 => "nothing is at this path; is the route the one you registered?".to_string(),
        405 => "this path takes no POST".to_string(),
        419 | 422 => "frameworks answer this from a CSRF check, before the handler runs; exempt the route".to_string(),
        _ if names_csrf => "the answer speaks of CSRF; exempt the route from that check".to_string(),
        401 | 403 if is_page && is_login => {
            "a login page answers; the route must not be behind the session's guard".to_string()
        }
        401 | 403 if asks_for_login(answer) => ASKS_FOR_LOGIN.to_string(),
        401 | 403 | 400 => {
            "does the receiver have the same secret, and hash the raw body? `verify --computed` says what it hashed"
                .into()
        }
        413 => "the body is over the receiver's limit".to_string(),
        415 => "the receiver does not take this content type".to_string(),
        500..=599 => "the receiver broke on it; its log says where".to_string(),
        _ if is_page && is_login => {
            "a login page answers; the route must not be behind the session's guard".to_string()
        }
        status => format!("{status} is no success for this provider"),
    }
}
