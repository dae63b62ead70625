//! What became of a story's steps, as a test: for people, as lines of JSON, and as `JUnit`.

use std::time::Duration;

use serde_json::{Value, json};

use super::body;
use super::junit::{Test, TestResult, junit};
use super::sent::{Outcome, UNANSWERED, add_answer, failures_json, redirected, refusal_told, status_line};
use crate::console::{Paint, Tone};
use crate::diagnosis::advice;
use crate::exit::Exit;
use crate::message::Answer;
use crate::story::Failure;
use crate::transport::SendError;
use crate::words::{self, Lines};

/// Characters of an answer under what is wrong with it.
const ANSWER: usize = 300;
/// What became of steps, as they are counted.
const RESULTS: [&str; 5] = ["passed", "failed", "untestable", "unanswered", "unsent"];

/// A step that was to be sent.
#[derive(Debug)]
pub struct Ran {
    /// The story's name.
    pub story: String,
    /// The file that says the step, and the line there.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// Which of the story's steps, from 1.
    pub number: usize,
    /// What the step is called.
    pub title: String,
    /// Its event.
    pub event: String,
    /// The case of a check that it was sent as.
    pub fault: Option<String>,
    /// What a sound receiver does with that case.
    pub case: Option<&'static str>,
    /// How long its answer was expected to take at most.
    pub within: Option<Duration>,
    /// What came of it; nothing where it was not sent any more.
    pub outcome: Option<Outcome>,
}

impl Ran {
    /// The word for it, as the summary counts it.
    pub(super) fn word(&self) -> &'static str {
        match self.outcome.as_ref().map(Outcome::exit) {
            None => "unsent",
            Some(Exit::Success) => "passed",
            Some(Exit::Failed) => "failed",
            Some(Exit::HungUp | Exit::Interrupted | Exit::Terminated) => "unanswered",
            Some(_) => "untestable",
        }
    }

    /// Whether it was sent, and is not as it should be.
    pub(super) fn is_amiss(&self) -> bool {
        matches!(self.word(), "failed" | "untestable" | "unanswered")
    }

    /// What it is called, with the case that it was sent as.
    pub(super) fn name(&self) -> String {
        match &self.fault {
            Some(fault) => format!("{} ({fault})", self.title),
            None => self.title.clone(),
        }
    }

    pub(super) fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Some(Outcome::Answered(answer, _) | Outcome::Judged(answer, _)) => Some(answer),
            _ => None,
        }
    }

    fn elapsed(&self) -> Option<Duration> {
        self.answer().map(|answer| answer.elapsed)
    }

    /// What is not as expected, by the step or by the provider.
    fn failures(&self) -> Vec<Failure> {
        match (&self.outcome, &self.fault, self.case) {
            (Some(Outcome::Judged(_, failures)), ..) => failures.clone(),
            (Some(Outcome::Answered(answer, false)), Some(fault), Some(case)) => {
                vec![Failure::unsound(fault, case, answer.status)]
            }
            (Some(Outcome::Answered(answer, false)), ..) => vec![Failure::refused(answer.status)],
            (Some(Outcome::Failed(SendError::TimedOut(waited))), None, _) => {
                self.within.map(|within| Failure::unanswered(within, *waited)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What is wrong, each in a line; what was done, for one that passed without an answer.
    pub(super) fn told(&self) -> Vec<String> {
        let failures = self.failures();
        if !failures.is_empty() {
            return failures.iter().map(ToString::to_string).collect();
        }
        match (&self.outcome, &self.fault, self.case) {
            (Some(Outcome::Failed(error)), Some(fault), Some(case)) => {
                vec![format!("{fault}: expected that {case}, got this: {error}")]
            }
            (Some(Outcome::Failed(error)), ..) => vec![error.to_string()],
            (Some(Outcome::Left(did)), ..) => vec![did.clone()],
            (Some(Outcome::Unanswered(_)), ..) => vec![UNANSWERED.to_string()],
            _ => Vec::new(),
        }
    }

    /// What is wrong, and under it what came back.
    pub(super) fn told_in_full(&self) -> Vec<String> {
        let mut told = self.told();
        if let Some(Outcome::Failed(error)) = &self.outcome {
            told.extend(advice(error).map(|advice| advice.hint));
        }
        let Some(answer) = self.answer().filter(|_| self.is_amiss()) else { return told };
        let text = body::first_part(&answer.body, ANSWER, Paint::default());
        let is_told = self.failures().iter().any(|failure| failure.place == "body");
        if !text.is_empty() && !is_told {
            told.push(format!("answer: {text}"));
        }
        told.extend(refusal_told(answer));
        if (300..400).contains(&answer.status) {
            told.push(redirected(answer, Paint::default()));
        }
        told
    }

    /// A stable name for what is wrong.
    pub(super) fn code(&self) -> &'static str {
        let word = self.outcome.as_ref().map_or("unsent", Outcome::word);
        self.failures().first().map_or(word, |failure| failure.code)
    }
}

/// `ok     2  superleap/lead.update  200 OK  1.2 ms`, and under a failed one what is wrong.
pub fn ran_lines(ran: &Ran, paint: Paint) -> Vec<String> {
    let (word, tone) = match ran.word() {
        "passed" => ("ok   ", Tone::Good),
        "failed" => ("FAIL ", Tone::Bad),
        "untestable" | "unanswered" => ("ERROR", Tone::Bad),
        _ => ("     ", Tone::Faint),
    };
    let name = words::printable(&words::shorten(&ran.name(), 80), Lines::Escape);
    let answer =
        ran.answer().map(|answer| format!("{}  {}", status_line(answer.status), words::elapsed(answer.elapsed)));
    let tail = answer.or_else(|| ran.outcome.is_none().then(|| "not sent".to_string())).unwrap_or_default();
    let line = format!("{} {:>3}  {name:<48}  {}", paint.tone(tone, word), ran.number, paint.tone(Tone::Faint, &tail));
    let told = ran.told_in_full().into_iter().map(|text| format!("            {}", paint.remote(&text, Lines::Escape)));
    std::iter::once(line.trim_end().to_string()).chain(told).collect()
}

/// A step as a line of JSON.
pub fn ran_json(ran: &Ran) -> String {
    let mut line = json!({
        "hookproof": "run-step/1",
        "story": ran.story,
        "step": ran.number,
        "name": ran.title,
        "event": ran.event,
        "fault": ran.fault,
        "result": ran.word(),
        "status": Value::Null,
        // In words whatever it is; part by part where an answer or its time was not as expected.
        "reason": ran.is_amiss().then(|| ran.told().join("; ")),
        "unexpected": failures_json(&ran.failures()),
    });
    if let Some(outcome) = &ran.outcome {
        add_answer(&mut line, outcome);
    }
    // The reason says it.
    line.as_object_mut().map(|members| members.shift_remove("error"));
    words::json_line(&line)
}

/// All of it as a line of JSON.
pub fn run_json(all: &[Ran], target: &str, exit: Exit) -> String {
    let mut line = json!({
        "hookproof": "run/1",
        "target": target,
        "stories": stories(all).len(),
        "steps": all.len(),
        "exit": exit.code(),
    });
    for result in RESULTS {
        line[result] = count(all, result).into();
    }
    words::json_line(&line)
}

/// `2 stories, 6 steps: 5 passed, 1 failed`
pub fn run_summary(all: &[Ran]) -> String {
    let parts: Vec<String> = RESULTS
        .iter()
        .map(|word| (count(all, word), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let (stories, steps) = (stories(all).len(), all.len());
    let (stories, steps) = (words::count(stories, "story", "stories"), words::count(steps, "step", "steps"));
    format!("{stories}, {steps}: {}", parts.join(", "))
}

fn count(all: &[Ran], word: &str) -> usize {
    all.iter().filter(|ran| ran.word() == word).count()
}

/// The steps of each story; one that is played twice is two.
fn stories(all: &[Ran]) -> Vec<&[Ran]> {
    all.chunk_by(|before, after| after.number > before.number && before.story == after.story).collect()
}

/// Each in a line of its own, whatever line feeds came over the wire.
fn lines(told: &[String]) -> String {
    told.iter().map(|text| words::printable(text, Lines::Escape)).collect::<Vec<_>>().join("\n")
}

/// All of it as `JUnit` XML: a suite for each story, a test for each step. Where a signal ended it, the step that it met is
/// an error, so that nobody takes the rest for passed.
pub fn run_junit(all: &[Ran], exit: Exit) -> Result<String, quick_junit::SerializeError> {
    let is_ended = matches!(exit, Exit::HungUp | Exit::Interrupted | Exit::Terminated) && count(all, "unanswered") == 0;
    let met = all.iter().find(|ran| is_ended && ran.outcome.is_none());
    let test = |ran: &Ran| {
        let told = ran.told();
        let message = told.join("; ");
        let code = ran.code().to_string();
        let result = match ran.word() {
            "passed" => TestResult::Passed,
            "failed" => TestResult::Failed { code, message, description: lines(&ran.told_in_full()) },
            "untestable" | "unanswered" => TestResult::Untestable { code, message },
            _ if met.is_some_and(|met| std::ptr::eq(met, ran)) => {
                TestResult::Untestable { code, message: "interrupted before it was sent".to_string() }
            }
            _ => TestResult::Skipped("not sent".to_string()),
        };
        let output = told.first().cloned().filter(|_| matches!(result, TestResult::Passed));
        let name = format!("{} {}", ran.number, ran.name());
        Test { name, class: ran.story.clone(), result, elapsed: ran.elapsed(), output }
    };
    let suite = |steps: &[Ran]| {
        let name = steps.first().map(|ran| ran.story.clone()).unwrap_or_default();
        (name, steps.iter().map(test).collect())
    };
    junit("hookproof run", stories(all).into_iter().map(suite).collect())
}
