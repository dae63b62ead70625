//! What became of a story's steps, as a test: for people, as lines of JSON, and as `JUnit`.

use std::time::Duration;

use serde_json::{Value, json};

use super::junit::{Test, TestResult, junit};
use super::sent::{Outcome, add_answer, failures_json, status_line};
use crate::console::{Paint, Tone};
use crate::exit::Exit;
use crate::message::Answer;
use crate::words::{self, Lines};

/// A step that was to be sent.
#[derive(Debug)]
pub struct Ran {
    /// The story's name.
    pub story: String,
    /// Which of its steps, from 1.
    pub number: usize,
    /// What the step is called.
    pub title: String,
    /// Its event.
    pub event: String,
    /// The case of a check that it was sent as.
    pub fault: Option<String>,
    /// What came of it; nothing where it was not sent any more.
    pub outcome: Option<Outcome>,
}

impl Ran {
    /// The word for it, as the summary counts it.
    fn word(&self) -> &'static str {
        match self.outcome.as_ref().map(Outcome::exit) {
            None => "unsent",
            Some(Exit::Success) => "passed",
            Some(Exit::Failed) => "failed",
            Some(_) => "untestable",
        }
    }

    /// Whether it was sent, and is not as it should be.
    pub(super) fn is_amiss(&self) -> bool {
        matches!(self.word(), "failed" | "untestable")
    }

    fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Some(Outcome::Answered(answer, _) | Outcome::Judged(answer, _)) => Some(answer),
            _ => None,
        }
    }

    fn elapsed(&self) -> Option<Duration> {
        self.answer().map(|answer| answer.elapsed)
    }

    /// What is wrong, each in a line; what was done, for one that passed without an answer.
    pub(super) fn told(&self) -> Vec<String> {
        match &self.outcome {
            Some(Outcome::Judged(_, failures)) => failures.iter().map(ToString::to_string).collect(),
            Some(Outcome::Answered(answer, false)) if self.fault.is_some() => {
                vec![format!("a sound receiver does otherwise, got {}", status_line(answer.status))]
            }
            Some(Outcome::Answered(answer, false)) => {
                vec![format!("status: expected a success by the provider's rule, got {}", answer.status)]
            }
            Some(Outcome::Failed(error)) => vec![error.to_string()],
            Some(Outcome::Left(did)) => vec![did.clone()],
            _ => Vec::new(),
        }
    }

    /// A stable name for what is wrong.
    pub(super) fn code(&self) -> &'static str {
        match &self.outcome {
            Some(Outcome::Judged(_, failures)) => failures.first().map_or("", |failure| failure.code),
            Some(Outcome::Answered(_, false)) if self.fault.is_some() => "unsound",
            Some(outcome) => outcome.word(),
            None => "unsent",
        }
    }
}

/// `ok     2  superleap/lead.update  200 OK  1.2 ms`, and under a failed one what is wrong.
pub fn ran_lines(ran: &Ran, paint: Paint) -> Vec<String> {
    let (word, tone) = match ran.word() {
        "passed" => ("ok   ", Tone::Good),
        "failed" => ("FAIL ", Tone::Bad),
        "untestable" => ("ERROR", Tone::Bad),
        _ => ("     ", Tone::Faint),
    };
    let title = words::printable(&words::shorten(&ran.title, 80), Lines::Escape);
    let answer =
        ran.answer().map(|answer| format!("{}  {}", status_line(answer.status), words::elapsed(answer.elapsed)));
    let tail = answer.or_else(|| ran.outcome.is_none().then(|| "not sent".to_string())).unwrap_or_default();
    let fault = ran.fault.as_ref().map(|case| format!(" ({case})")).unwrap_or_default();
    let name = format!("{title}{fault}");
    let line = format!("{} {:>3}  {name:<48}  {}", paint.tone(tone, word), ran.number, paint.tone(Tone::Faint, &tail));
    let told = ran.told().into_iter().map(|text| format!("            {}", paint.remote(&text, Lines::Escape)));
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
    });
    if let Some(outcome) = &ran.outcome {
        add_answer(&mut line, outcome);
    }
    if let Some(Outcome::Judged(_, failures)) = &ran.outcome {
        line["unexpected"] = failures_json(failures);
    }
    if let Some(Outcome::Answered(_, false)) = &ran.outcome {
        line["reason"] = ran.told().join("; ").into();
    }
    words::json_line(&line)
}

/// All of it as a line of JSON.
pub fn run_json(all: &[Ran], target: &str, exit: Exit) -> String {
    words::json_line(&json!({
        "hookproof": "run/1",
        "target": target,
        "stories": stories(all).len(),
        "steps": all.len(),
        "passed": count(all, "passed"),
        "failed": count(all, "failed"),
        "untestable": count(all, "untestable"),
        "unsent": count(all, "unsent"),
        "exit": exit.code(),
    }))
}

/// `2 stories, 6 steps: 5 passed, 1 failed`
pub fn run_summary(all: &[Ran]) -> String {
    let parts: Vec<String> = ["passed", "failed", "untestable", "unsent"]
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

/// All of it as `JUnit` XML: a suite for each story, a test for each step.
pub fn run_junit(all: &[Ran]) -> Result<String, quick_junit::SerializeError> {
    let test = |ran: &Ran| {
        let told = ran.told();
        let message = told.join("; ");
        let code = ran.code().to_string();
        let result = match ran.word() {
            "passed" => TestResult::Passed,
            "failed" => TestResult::Failed { code, message, description: lines(&told) },
            "untestable" => TestResult::Untestable { code, message },
            _ => TestResult::Skipped("not sent".to_string()),
        };
        let output = told.first().cloned().filter(|_| matches!(result, TestResult::Passed));
        let name = format!("{} {}", ran.number, ran.title);
        Test { name, class: ran.story.clone(), result, elapsed: ran.elapsed(), output }
    };
    let suite = |steps: &[Ran]| {
        let name = steps.first().map(|ran| ran.story.clone()).unwrap_or_default();
        (name, steps.iter().map(test).collect())
    };
    junit("hookproof run", stories(all).into_iter().map(suite).collect())
}
