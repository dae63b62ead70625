//! What a step expects of the answer to it, and whether that came.

use std::fmt;
use std::time::Duration;

use super::pattern::{Pattern, WORK};
use crate::catalog::Statuses;
use crate::json::{self, Document};
use crate::message::Answer;
use crate::path::Path;
use crate::words;

/// Bytes of a body that is judged: where something is expected of it, so much is read, and not more.
pub const JUDGED: usize = 4 << 20;

/// Characters of what came that a failure repeats.
const SHOWN: usize = 200;

/// What is expected of an answer. What is not said is not judged.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// Any of these; the provider's rule where there is none.
    pub status: Vec<Statuses>,
    /// Headers by name: one of its values is this.
    pub headers: Vec<(String, Text)>,
    /// Places of a JSON body.
    pub body: Vec<(Path, At)>,
    /// The body as a text.
    pub text: Option<Text>,
    /// How long the answer may take.
    pub within: Option<Duration>,
}

/// What a text is expected to be.
#[derive(Clone, Debug)]
pub enum Text {
    /// Just this.
    Exactly(String),
    /// Something in it matches.
    Matches(Pattern),
}

/// What is expected at a path.
#[derive(Clone, Debug)]
pub enum At {
    /// This JSON value, however it is written.
    Value(String),
    /// A text or number that matches.
    Matches(Pattern),
}

/// What is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A stable name for it.
    pub code: &'static str,
    /// Where it stands.
    pub place: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
}

impl Failure {
    /// A delivery that the provider would take for refused.
    pub fn refused(status: u16) -> Self {
        let expected = "a success by the provider's rule".to_string();
        Self { code: "refused", place: "status".to_string(), expected, came: status.to_string() }
    }

    /// A case of a check that a sound receiver answers otherwise: what it does stands in `case`.
    pub fn unsound(fault: &str, case: &str, status: u16) -> Self {
        let expected = format!("that {case}");
        Self { code: "unsound", place: fault.to_string(), expected, came: status.to_string() }
    }

    /// An answer that was wanted in this time, and did not come in that one.
    pub fn unanswered(within: Duration, waited: Duration) -> Self {
        let came = format!("none within {}", words::elapsed(waited));
        Self { code: "timed-out", place: "time".to_string(), expected: in_time(within), came }
    }
}

fn in_time(within: Duration) -> String {
    format!("an answer within {}", words::elapsed(within))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.place, self.expected, self.came)
    }
}

impl Text {
    /// Whether a text is this; nothing where the work that is left does not tell.
    fn holds(&self, text: &str, work: &mut u64) -> Option<bool> {
        match self {
            Self::Exactly(expected) => Some(text == expected),
            Self::Matches(pattern) => pattern.is_match(text, work),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(text) => write!(f, "`{text}`"),
            Self::Matches(regex) => write!(f, "a match of `{regex}`"),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "`{value}`"),
            Self::Matches(regex) => write!(f, "a match of `{regex}`"),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.status.is_empty() {
            parts.push(self.status_words());
        }
        parts.extend(self.headers.iter().map(|(name, text)| format!("{name}: {text}")));
        parts.extend(self.body.iter().map(|(path, at)| format!("{path} = {at}")));
        parts.extend(self.text.iter().map(|text| format!("body {text}")));
        parts.extend(self.within.iter().map(|within| format!("within {}", words::elapsed(*within))));
        f.write_str(&parts.join(", "))
    }
}

impl Expectation {
    fn status_words(&self) -> String {
        words::list(&self.status.iter().map(ToString::to_string).collect::<Vec<_>>(), "or")
    }

    /// Whether something is said of an answer that has to come.
    pub fn wants_answer(&self) -> bool {
        !self.status.is_empty() || !self.headers.is_empty() || !self.body.is_empty() || self.text.is_some()
    }

    /// Whether something is said of the body.
    pub fn reads_body(&self) -> bool {
        !self.body.is_empty() || self.text.is_some()
    }

    /// What of an answer is not as expected, in the order of its parts. A body of more than `judgeable` bytes is cut.
    pub fn failures(&self, answer: &Answer, judgeable: usize) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut work = WORK;
        let mut fail = |code, place: String, expected: String, came: String| {
            failures.push(Failure { code, place, expected, came: words::shorten(&came, SHOWN) });
        };
        if !self.status.is_empty() && !self.status.iter().any(|status| status.holds(answer.status)) {
            fail("status-differs", "status".to_string(), self.status_words(), answer.status.to_string());
        }
        for (name, text) in &self.headers {
            let values: Vec<_> = answer.headers.all(name).map(String::from_utf8_lossy).collect();
            let holds = any(values.iter().map(|value| text.holds(value, &mut work)));
            if holds.is_none() {
                fail(TOO_COSTLY, format!("header {name}"), text.to_string(), costly());
            } else if holds == Some(false) {
                let came = if values.is_empty() { "none".to_string() } else { format!("`{}`", values.join("`, `")) };
                fail("header-differs", format!("header {name}"), text.to_string(), came);
            }
        }
        if self.reads_body() && answer.body.len() > judgeable {
            let expected = format!("at most {} to judge", words::size(judgeable));
            fail("body-too-long", "body".to_string(), expected, "more than that".to_string());
        } else {
            self.judge_body(&answer.body, &mut work, &mut fail);
        }
        if let Some(within) = self.within.filter(|within| answer.elapsed > *within) {
            fail("too-slow", "time".to_string(), in_time(within), words::elapsed(answer.elapsed));
        }
        failures
    }

    /// The part of the above that is about the body.
    fn judge_body(&self, body: &[u8], work: &mut u64, fail: &mut impl FnMut(&'static str, String, String, String)) {
        let body = String::from_utf8_lossy(body);
        if let Some(text) = &self.text {
            match text.holds(&body, work) {
                Some(true) => {}
                Some(false) => fail("body-differs", "body".to_string(), text.to_string(), format!("`{body}`")),
                None => fail(TOO_COSTLY, "body".to_string(), text.to_string(), costly()),
            }
        }
        match Document::parse(&body) {
            Err(_) if self.body.is_empty() => {}
            Err(_) => fail("body-not-json", "body".to_string(), "JSON".to_string(), format!("`{body}`")),
            Ok(document) => {
                for (path, at) in &self.body {
                    match differs(&document, path, at, work) {
                        Ok(None) => {}
                        Ok(Some(came)) => fail("body-differs", format!("body {path}"), at.to_string(), came),
                        Err(TooCostly) => fail(TOO_COSTLY, format!("body {path}"), at.to_string(), costly()),
                    }
                }
            }
        }
    }
}

/// A code of a failure: a pattern and a text that might take minutes.
const TOO_COSTLY: &str = "pattern-too-costly";

/// A match that is not tried.
struct TooCostly;

fn costly() -> String {
    "more text than a pattern of this size is matched against; shorten its repetitions".to_string()
}

/// Whether any of them holds; nothing where that is not known.
fn any(mut all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all.try_fold(false, |any, holds| Some(any || holds?))
}

/// What stands at a path, where it is not what is expected there.
fn differs(document: &Document<'_>, path: &Path, at: &At, work: &mut u64) -> Result<Option<String>, TooCostly> {
    let Some(node) = document.find(path) else { return Ok(Some("nothing".to_string())) };
    let holds = match at {
        At::Value(value) => {
            let both = format!("[{value},{}]", document.text(node));
            Document::parse(&both).is_ok_and(|both| {
                let mut items = both.items(both.root());
                items.next().zip(items.next()).is_some_and(|(one, other)| json::equal(&both, one, other))
            })
        }
        At::Matches(pattern) => match document.scalar(node) {
            Some(text) => pattern.is_match(&text, work).ok_or(TooCostly)?,
            None => false,
        },
    };
    Ok((!holds).then(|| format!("`{}`", document.text(node))))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{At, Expectation, Text};
    use crate::message::{Answer, Headers};
    use crate::path::Path;

    fn answer(status: u16, body: &str) -> Answer {
        let mut headers = Headers::default();
        headers.push("Content-Type", "application/json; charset=utf-8");
        headers.push("X-Seen", "1");
        headers.push("X-Seen", "2");
        let elapsed = Duration::from_millis(40);
        Answer { status, headers, reason: Vec::new(), body: body.into(), is_cut: false, elapsed, via: None }
    }

    #[track_caller]
    fn check(expectation: &Expectation, answer: &Answer, expected: &[&str]) {
        let told: Vec<String> = expectation.failures(answer, 100).iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn each_part_of_an_answer_is_judged_where_something_is_said_of_it() {
        let regex = |text| super::Pattern::new(text).unwrap();
        let path = |text| Path::parse(text).unwrap();
        let all = Expectation {
            status: ["2xx", "304"].map(|text| text.to_string().try_into().unwrap()).to_vec(),
            headers: vec![
                ("content-type".into(), Text::Matches(regex("^application/json"))),
                ("x-seen".into(), Text::Exactly("2".into())),
            ],
            body: vec![
                (path("ok"), At::Value("true".into())),
                (path("id"), At::Matches(regex("^rec_[0-9]+$"))),
                (path("n"), At::Value(r#"{"b":1,"a":"é"}"#.into())),
            ],
            text: Some(Text::Matches(regex("rec_"))),
            within: Some(Duration::from_millis(50)),
        };
        check(&Expectation::default(), &answer(500, "oops"), &[]);
        check(&all, &answer(202, r#"{"ok":true,"id":"rec_7","n":{"a":"\u00e9","b":1}}"#), &[]);
        let slow = Answer { elapsed: Duration::from_millis(70), headers: Headers::default(), ..answer(401, "{}") };
        check(
            &all,
            &slow,
            &[
                "status: expected 2xx or 304, got 401",
                "header content-type: expected a match of `^application/json`, got none",
                "header x-seen: expected `2`, got none",
                "body: expected a match of `rec_`, got `{}`",
                "body ok: expected `true`, got nothing",
                "body id: expected a match of `^rec_[0-9]+$`, got nothing",
                "body n: expected `{\"b\":1,\"a\":\"é\"}`, got nothing",
                "time: expected an answer within 50 ms, got 70 ms",
            ],
        );
        let bare = Expectation { body: vec![(path("ok"), At::Value("true".into()))], ..Expectation::default() };
        check(&bare, &answer(200, r#"{"ok":"true"}"#), &["body ok: expected `true`, got `\"true\"`"]);
        check(&bare, &answer(200, "fine"), &["body: expected JSON, got `fine`"]);
        let two = Expectation { body: vec![(path("n"), At::Value("2".into()))], ..Expectation::default() };
        check(&two, &answer(200, r#"{"n":2.0}"#), &[]);
        check(&bare, &answer(200, &"a".repeat(101)), &["body: expected at most 100 B to judge, got more than that"]);
        check(&Expectation::default(), &answer(200, &"a".repeat(101)), &[]);
    }
}
