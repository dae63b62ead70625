//! What was sent and what came back.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{Detail, body};
use crate::console::{Paint, Tone};
use crate::diagnosis::advice;
use crate::exit::Exit;
use crate::message::{Answer, Delivery, Headers};
use crate::refusal::{ASKS_FOR_LOGIN, asks_for_login, refusal};
use crate::retry::Next;
use crate::shell;
use crate::story::Failure;
use crate::transport::SendError;
use crate::wire;
use crate::words::{self, Lines};

/// Characters of an answer on its line.
const ANSWER: usize = 100;
/// What is said of a delivery that went out before the command was ended.
pub(super) const UNANSWERED: &str = "interrupted before it was answered";
/// Characters of an address that an answer points to.
const LOCATION: usize = 500;

/// A delivery that goes out.
#[derive(Debug)]
pub struct Out<'a> {
    /// The event's full name.
    pub event: String,
    /// The provider's id.
    pub provider: &'a str,
    /// The id that its secrets go by.
    pub family: &'a str,
    /// What went out.
    pub delivery: &'a Delivery,
    /// Its headers, with tokens redacted.
    pub headers: &'a Headers,
    /// The header that the signature stands in, where it is signed.
    pub signed_in: Option<&'a str>,
    /// The case of a check that it is, where it is one.
    pub fault: Option<&'a str>,
    /// The story that it is a step of, and which one.
    pub scene: Option<(&'a str, usize)>,
    /// Which copy it is of how many, where it goes out several times.
    pub copy: Option<(usize, usize)>,
}

/// An attempt of one that goes out again where it is not accepted.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Which one, from 1.
    pub number: usize,
    /// How many there are at most.
    pub of: usize,
    /// What follows, where it failed.
    pub next: Option<&'a Next>,
}

/// What came of a delivery.
#[derive(Debug)]
pub enum Outcome {
    /// The receiver answered; the second value says whether the provider would call it a success.
    Answered(Answer, bool),
    /// It answered a step of a story that says what to expect; what was not so.
    Judged(Answer, Vec<Failure>),
    /// It did not.
    Failed(SendError),
    /// Nothing came back, and of this case nothing had to.
    Left(String),
    /// The command was ended before anything came back; by this.
    Unanswered(Exit),
    /// Nothing was sent, as asked.
    Dry,
    /// It was lost on its way, as asked.
    Lost,
}

impl Outcome {
    /// The exit code for this delivery alone.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Answered(_, true) | Self::Left(_) | Self::Dry | Self::Lost => Exit::Success,
            Self::Judged(_, failures) if failures.is_empty() => Exit::Success,
            Self::Judged(..)
            | Self::Answered(_, false)
            | Self::Failed(SendError::TimedOut(_) | SendError::Dropped(_)) => Exit::Failed,
            Self::Failed(SendError::NoConnection { .. }) => Exit::Untestable,
            Self::Unanswered(signal) => *signal,
            Self::Failed(SendError::Options(_)) => Exit::Usage,
        }
    }

    /// The word for it, as the summary counts it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answered(_, true) => "accepted",
            Self::Answered(_, false) => "refused",
            Self::Judged(_, failures) if failures.is_empty() => "as-expected",
            Self::Judged(..) => "unexpected",
            Self::Failed(SendError::TimedOut(_)) => "timed-out",
            Self::Failed(SendError::Dropped(_)) => "dropped",
            Self::Failed(_) => "unreachable",
            Self::Left(_) => "left",
            Self::Unanswered(_) => "unanswered",
            Self::Dry => "not-sent",
            Self::Lost => "lost",
        }
    }
}

/// The line out.
pub fn out_line(sent: &Out<'_>, paint: Paint) -> String {
    let size = words::size(sent.delivery.body.len());
    let signed = match (sent.fault, sent.signed_in) {
        (Some(case), _) => case,
        (None, Some(_)) => "signed",
        (None, None) => "unsigned",
    };
    let copy = sent.copy.map(|(copy, of)| format!("  copy {copy} of {of}")).unwrap_or_default();
    format!("→ {}  {size}  {signed}{copy}", paint.tone(Tone::Strong, &sent.event))
}

/// The line back, with advice where there is some.
pub fn back_lines(sent: &Out<'_>, outcome: &Outcome, paint: Paint) -> Vec<String> {
    match outcome {
        Outcome::Left(what) => vec![paint.tone(Tone::Faint, &format!("← {what}"))],
        Outcome::Unanswered(_) => vec![paint.tone(Tone::Bad, &format!("← {UNANSWERED}"))],
        Outcome::Dry => vec![paint.tone(Tone::Faint, "← not sent (--dry-run)")],
        Outcome::Lost => vec![paint.tone(Tone::Warn, "← lost on the way (--drop)")],
        Outcome::Failed(error) => {
            let text = paint.remote(&error.to_string(), Lines::Escape);
            let advice = advice(error).map(|advice| format!("  {}", paint.remote(&advice.hint, Lines::Escape)));
            std::iter::once(paint.tone(Tone::Bad, &format!("← {text}"))).chain(advice).collect()
        }
        Outcome::Judged(answer, failures) => {
            let line = answer_line(answer, failures.is_empty(), paint);
            let told = |failure: &Failure| format!("  {}", paint.remote(&failure.to_string(), Lines::Escape));
            let is_refused = failures.iter().any(|failure| failure.code == "refused");
            let advice = if is_refused { advice_lines(sent, answer, paint) } else { refusal_lines(answer) };
            std::iter::once(line).chain(failures.iter().map(told)).chain(advice).collect()
        }
        Outcome::Answered(answer, is_success) => {
            let line = answer_line(answer, *is_success, paint);
            let advice = if *is_success { refusal_lines(answer) } else { advice_lines(sent, answer, paint) };
            std::iter::once(line).chain(advice).collect()
        }
    }
}

/// `← 200 OK  1.2 ms  thanks`
fn answer_line(answer: &Answer, is_success: bool, paint: Paint) -> String {
    let tone = if is_success { Tone::Good } else { Tone::Bad };
    let text = body::first_part(&answer.body, ANSWER, paint);
    let status = paint.tone(tone, &status_line(answer.status));
    format!("← {status}  {}  {text}", words::elapsed(answer.elapsed)).trim_end().to_string()
}

/// `401 Unauthorized`
pub(super) fn status_line(status: u16) -> String {
    let reason = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.map_or(status.to_string(), |reason| format!("{status} {reason}"))
}

/// Returns what refused the delivery in front of the handler, and what to look at where the handler may have done so.
fn advice_lines(sent: &Out<'_>, answer: &Answer, paint: Paint) -> Vec<String> {
    let mut lines = refusal_lines(answer);
    if lines.is_empty() {
        lines.extend(look_at(sent, answer, paint).map(|advice| format!("  {advice}")));
    } else if (300..400).contains(&answer.status) {
        lines.push(format!("  {}", redirected(answer, paint)));
    }
    lines
}

/// Returns who answered in front of the handler, and the next step.
pub(super) fn refusal_lines(answer: &Answer) -> Vec<String> {
    refusal_told(answer).iter().map(|told| format!("  {told}")).collect()
}

/// Returns the same texts without their indentation.
pub(super) fn refusal_told(answer: &Answer) -> Vec<String> {
    let Some(refusal) = refusal(answer) else { return Vec::new() };
    vec![refusal.to_string(), refusal.hint.to_string()]
}

/// What to look at when a receiver does not accept.
fn look_at(sent: &Out<'_>, answer: &Answer, paint: Paint) -> Option<String> {
    let advice = match answer.status {
        200..=299 => {
            let (provider, word) = (paint.remote(sent.provider, Lines::Escape), shell::argument(sent.provider));
            return Some(format!("{provider} takes this for no success; `hookproof events {word}` tells what it does"));
        }
        300..=399 => return Some(redirected(answer, paint)),
        401 | 403 if asks_for_login(answer) => ASKS_FOR_LOGIN,
        401 | 403 if sent.signed_in.is_none() => "it went out unsigned; does the receiver ask for a signature?",
        401 | 403 => "does the receiver have the same secret, and hash the raw body?",
        404 => "nothing is at this path; is the route the one you registered?",
        405 => "this path takes no POST",
        413 => "the body is over the receiver's limit",
        415 => "the receiver does not take this content type",
        419 | 422 => "some frameworks answer this from a CSRF check, before the handler runs",
        500..=599 => "the receiver broke on it; its log says where",
        _ => return None,
    };
    Some(advice.to_string())
}

/// Tells that nobody listens at the usual address of `localhost`, where another one answered.
pub fn other_loopback(answer: &Answer) -> Option<String> {
    let via = answer.via.filter(SocketAddr::is_ipv6)?;
    Some(format!("localhost is {via} here; nobody listens at 127.0.0.1:{}", via.port()))
}

/// Where an answer points to instead.
pub(super) fn redirected(answer: &Answer, paint: Paint) -> String {
    let place = answer.headers.get("location").map(|value| String::from_utf8_lossy(value));
    let place = place.map(|place| paint.remote(&words::shorten(&place, LOCATION), Lines::Escape));
    let place = place.map_or("it names no address".to_string(), |place| format!("send to {place}"));
    if refusal(answer).is_some() {
        return format!("a redirect is not followed, as providers don't; {}", place.replacen("send", "it leads", 1));
    }
    format!("a redirect is not followed, as providers don't; {place}")
}

/// The request in full.
pub fn request_full(sent: &Out<'_>, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("  {} {}", sent.delivery.method, sent.delivery.target)];
    lines.extend(header_lines(sent.headers, Detail::Full, paint));
    lines.extend(body::show(&sent.delivery.body, Detail::Full, paint));
    lines
}

/// The answer in full.
pub fn answer_full(answer: &Answer, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("  {}", status_line(answer.status))];
    lines.extend(header_lines(&answer.headers, Detail::Full, paint));
    lines.extend(body::show(&answer.body, Detail::Full, paint));
    lines
}

pub(super) fn header_lines(headers: &Headers, detail: Detail, paint: Paint) -> Vec<String> {
    let line = |header: &crate::message::Header| {
        let text = format!("{}: {}", header.name, String::from_utf8_lossy(&header.value));
        format!("  {}", body::one_line(&text, detail, paint))
    };
    headers.0.iter().map(line).collect()
}

/// One line for machines.
pub fn sent_json(sent: &Out<'_>, outcome: &Outcome, attempt: Option<&Attempt<'_>>) -> String {
    let mut line = json!({
        "hookproof": "sent/1",
        "provider": sent.provider,
        "event": sent.event.split_once('/').map_or(sent.event.as_str(), |(_, event)| event),
        "target": sent.delivery.target,
        "bytes": sent.delivery.body.len(),
        "signed": sent.signed_in.is_some(),
        "fault": sent.fault,
        // Of a case it counts whether the receiver did as a sound one does.
        "outcome": match (sent.fault, outcome) {
            (Some(_), Outcome::Answered(_, true) | Outcome::Left(_)) => "sound",
            (Some(_), Outcome::Answered(_, false)) => "unsound",
            _ => outcome.word(),
        },
        "ok": outcome.exit() == Exit::Success,
        "status": Value::Null,
    });
    add_answer(&mut line, outcome);
    if matches!(outcome, Outcome::Dry) {
        // Nobody else gets to see it.
        for part in wire::write_delivery(sent.delivery, sent.headers) {
            line.as_object_mut().map(|members| members.entry(part.0).or_insert(part.1));
        }
    }
    if let Outcome::Judged(_, failures) = outcome {
        line["unexpected"] = failures_json(failures);
    }
    if let Some((copy, of)) = sent.copy {
        line["copy"] = copy.into();
        line["copies"] = of.into();
    }
    if let Some((story, step)) = sent.scene {
        line["story"] = story.into();
        line["step"] = step.into();
    }
    if let Some(attempt) = attempt {
        line["attempt"] = attempt.number.into();
        match attempt.next {
            Some(Next::Again { after, .. }) => line["again_after_s"] = after.as_secs_f64().into(),
            Some(Next::Over(why)) => line["given_up"] = why.as_str().into(),
            None => {}
        }
    }
    words::json_line(&line)
}

/// What came back, for machines.
pub(super) fn add_answer(line: &mut Value, outcome: &Outcome) {
    match outcome {
        Outcome::Answered(answer, _) | Outcome::Judged(answer, _) => {
            line["status"] = answer.status.into();
            line["elapsed_ms"] = (u32::try_from(answer.elapsed.as_micros()).map_or(f64::MAX, f64::from) / 1e3).into();
            if let Some(refusal) = refusal(answer) {
                line["cause"] = refusal.code.into();
                line["hint"] = refusal.hint.into();
            }
            if let Some(address) = answer.via {
                line["address"] = address.to_string().into();
            }
            line["answer"] = words::shorten(&String::from_utf8_lossy(&answer.body), 1_000).into();
        }
        Outcome::Failed(error) => {
            line["error"] = error.to_string().into();
            if let Some(advice) = advice(error) {
                line["cause"] = advice.code.into();
                line["hint"] = advice.hint.into();
            }
        }
        Outcome::Left(_) | Outcome::Unanswered(_) | Outcome::Dry | Outcome::Lost => {}
    }
}

/// What was not as expected, for machines.
pub(super) fn failures_json(failures: &[Failure]) -> Value {
    let one = |failure: &Failure| json!({ "code": failure.code, "place": failure.place, "expected": failure.expected, "came": failure.came });
    failures.iter().map(one).collect()
}

/// `16 deliveries: 15 accepted, 1 refused`
pub fn sent_summary(outcomes: &[&'static str], unsent: usize) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for outcome in outcomes {
        match kinds.iter_mut().find(|(kind, _)| kind == outcome) {
            Some((_, count)) => *count += 1,
            None => kinds.push((outcome, 1)),
        }
    }
    let mut parts: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if unsent > 0 {
        parts.push(format!("{unsent} not sent"));
    }
    format!("{}: {}", words::count(outcomes.len() + unsent, "delivery", "deliveries"), parts.join(", "))
}
