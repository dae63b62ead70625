//! What a check found: for people, as lines of JSON, and as `JUnit`.

use std::cmp::Reverse;
use std::time::Duration;

use serde_json::json;

use super::junit::{Test, TestResult, junit};
use super::millis;
use crate::conformance::{BROKE_ON_VALID, Case, Family, Level, Observed, finding};
use crate::console::{Paint, Tone};
use crate::message::{Answer, Delivery};
use crate::refusal::refusal;
use crate::words::{self, Lines};

/// A case with what became of it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What it is.
    pub case: &'static Case,
    /// What became of it.
    pub result: CaseResult,
    /// The requests that went out, with what came back.
    pub exchanges: Vec<Exchange>,
    /// What this receiver did, or why the case was not sent.
    pub did: String,
    /// Whether the finding stands in the baseline.
    pub is_known: bool,
}

/// A request and its answer, both as they may be shown.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request; of a long body the beginning.
    pub request: Delivery,
    /// How many bytes its body has.
    pub length: usize,
    /// The answer, where one came.
    pub answer: Option<Answer>,
}

impl Checked {
    /// The answer that the case was judged by: the last.
    fn answer(&self) -> Option<&Answer> {
        self.exchanges.iter().rev().find_map(|exchange| exchange.answer.as_ref())
    }

    /// The status that came.
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    /// From the first byte out to the last byte in.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        self.answer().map(|answer| answer.elapsed)
    }

    /// Every answer, for the cases that look at all of them.
    pub fn observed(&self) -> Vec<Observed<'_>> {
        let is_of_deliveries =
            matches!(self.case.family, Family::Accepts | Family::Repeats | Family::Behaves | Family::Alive);
        let is_taken = self.result == CaseResult::Passed && is_of_deliveries;
        // The refusal of a malformed body may be about its form.
        let is_of_forgeries = self.case.family == Family::Refuses && self.case.id != "malformed";
        let is_refused = self.result == CaseResult::Passed && is_of_forgeries;
        let mut all = Vec::new();
        for exchange in &self.exchanges {
            if let Some(answer) = &exchange.answer {
                let method = &exchange.request.method;
                all.push(Observed { name: &self.name, method, is_taken, is_refused, answer });
            }
        }
        all
    }
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// It passed.
    Passed,
    /// It is a finding.
    Found(&'static str, Level),
    /// The scheme or the catalog has no place for it.
    Skipped,
    /// It was not sent any more.
    Unsent,
}

impl CaseResult {
    /// The word for it, as the summary counts it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Found(_, Level::Must) => "failed",
            Self::Found(..) => "warned",
            Self::Skipped => "skipped",
            Self::Unsent => "unsent",
        }
    }
}

/// All of a check.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Where to, as it may be shown.
    pub url: String,
    /// The provider's id.
    pub provider: String,
    /// Every case in order.
    pub cases: Vec<Checked>,
    /// How long it took.
    pub took: Duration,
    /// The exit code.
    pub exit: u8,
}

impl Summary {
    /// How many cases this became of.
    pub(super) fn count(&self, word: &str) -> usize {
        self.cases.iter().filter(|checked| checked.result.word() == word).count()
    }

    fn found(&self, level: Level) -> usize {
        let is_found = |checked: &&Checked| matches!(checked.result, CaseResult::Found(_, found) if found == level);
        self.cases.iter().filter(is_found).count()
    }
}

/// The line of a case.
pub fn checked_line(checked: &Checked, paint: Paint) -> String {
    let (word, tone) = match checked.result {
        CaseResult::Passed => ("ok   ", Tone::Good),
        CaseResult::Found(..) if checked.is_known => ("known", Tone::Faint),
        CaseResult::Found(_, Level::Must) => ("FAIL ", Tone::Bad),
        CaseResult::Found(_, Level::Should) => ("warn ", Tone::Warn),
        CaseResult::Found(_, Level::Info) => ("info ", Tone::Strong),
        CaseResult::Skipped => ("skip ", Tone::Faint),
        CaseResult::Unsent => ("     ", Tone::Faint),
    };
    let tail = match (checked.result, checked.status()) {
        (CaseResult::Passed, Some(status)) => {
            let time = checked.elapsed().map(words::elapsed).unwrap_or_default();
            paint.tone(Tone::Faint, &format!("{status}  {time}"))
        }
        (CaseResult::Skipped | CaseResult::Unsent, _) => {
            let why = if checked.result == CaseResult::Unsent { "not sent: " } else { "" };
            paint.tone(Tone::Faint, &format!("{why}{}", paint.remote(&checked.did, Lines::Escape)))
        }
        _ => paint.remote(&checked.did, Lines::Escape),
    };
    let name = paint.remote(&words::shorten(&checked.name, 80), Lines::Escape);
    format!("{}  {name:<40}  {tail}", paint.tone(tone, word)).trim_end().to_string()
}

/// The findings told, each with why it matters and how it is mended.
pub fn findings_human(cases: &[Checked], paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for told in told(cases).into_iter().filter(|told| !told.checked.is_known) {
        let tone = if told.level == Level::Must { Tone::Bad } else { Tone::Warn };
        let name = paint.tone(Tone::Strong, &paint.remote(&told.checked.name, Lines::Escape));
        lines.push(String::new());
        lines.push(format!("{} {name}  [{}]", paint.tone(tone, told.level.word()), told.code));
        for (label, text) in told.rows() {
            let text = if label == "yours" { paint.remote(text, Lines::Escape) } else { text.to_string() };
            lines.push(format!("  {} {text}", paint.tone(Tone::Faint, &format!("{label:<7}"))));
        }
    }
    lines
}

/// A finding told, for every report.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) checked: &'a Checked,
    pub(super) code: &'static str,
    pub(super) level: Level,
    sound: String,
    why: &'static str,
    mend: &'static str,
}

/// The findings, in the order of their cases.
fn told(cases: &[Checked]) -> Vec<Told<'_>> {
    cases.iter().filter_map(Told::of).collect()
}

/// The findings with what matters most first, and what is known last.
pub(super) fn told_by_weight(cases: &[Checked]) -> Vec<Told<'_>> {
    let mut told = told(cases);
    told.sort_by_key(|told| (told.checked.is_known, Reverse(told.level)));
    told
}

impl<'a> Told<'a> {
    fn of(checked: &'a Checked) -> Option<Self> {
        let CaseResult::Found(code, level) = checked.result else { return None };
        let (story, case) = (finding(code), checked.case);
        let is_fault = matches!(code, "server-error" | "dropped" | "gone");
        let is_case_better = is_fault && case.explains_faults();
        let of = |own: &'static str, case: &'static str| if own.is_empty() || is_case_better { case } else { own };
        let why = of(story.map_or("", |story| story.why), case.why);
        let is_valid = matches!(case.family, Family::Accepts | Family::Repeats | Family::Alive);
        let mend = match code {
            "server-error" if is_valid => BROKE_ON_VALID,
            _ => of(story.map_or("", |story| story.fix), case.fix),
        };
        Some(Self { checked, code, level, sound: sound(case), why, mend })
    }

    /// What is told of it, each with its label; of these only `yours` may hold remote text.
    pub(super) fn rows(&self) -> Vec<(&'static str, &str)> {
        let rows = [
            ("sent", self.checked.case.sent),
            ("sound", self.sound.as_str()),
            ("yours", self.checked.did.as_str()),
            ("why", self.why),
            ("mend", self.mend),
        ];
        rows.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }
}

/// What a sound receiver does.
fn sound(case: &Case) -> String {
    match case.family {
        Family::Accepts | Family::Alive => "answers with a success".to_string(),
        Family::Refuses => "refuses it: 400, 401 or 403".to_string(),
        Family::Handshake if case.id.starts_with("handshake-") => "does not give the challenge back".to_string(),
        Family::Handshake => "gives the documented answer".to_string(),
        Family::Repeats => "answers each with a success, and does the work once".to_string(),
        Family::Survives => match case.id {
            "signed-not-json" => "declines it: 400",
            "huge-unsigned" => "refuses it: 413, 400, 401 or 403",
            "slow-body" => "answers with a success",
            _ => "answers as it likes, below 500, and lives on",
        }
        .to_string(),
        Family::Behaves => case.title.to_string(),
    }
}

/// One case told for `--explain`.
pub fn case_told(case: &Case, paint: Paint) -> Vec<String> {
    let mut lines =
        vec![format!("{}  {} ({})", paint.tone(Tone::Strong, case.id), case.title, case.level.word()), String::new()];
    for (label, text) in
        [("sent", case.sent.to_string()), ("sound", sound(case)), ("why", case.why.into()), ("mend", case.fix.into())]
    {
        lines.push(format!("  {} {text}", paint.tone(Tone::Faint, &format!("{label:<7}"))));
    }
    lines.extend(case.reports().iter().map(|address| format!("  {} {address}", paint.tone(Tone::Faint, "seen in"))));
    lines
}

/// Why cases were not sent, each reason once.
pub fn unsent_lines(cases: &[Checked], paint: Paint) -> Vec<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for checked in cases.iter().filter(|checked| checked.result == CaseResult::Unsent) {
        match reasons.iter_mut().find(|(why, _)| *why == checked.did) {
            Some((_, count)) => *count += 1,
            None => reasons.push((&checked.did, 1)),
        }
    }
    let line = |(why, count): (&str, usize)| {
        let many = words::count(count, "case was", "cases were");
        paint.tone(Tone::Faint, &format!("{many} not sent: {}", paint.remote(why, Lines::Escape)))
    };
    reasons.into_iter().map(line).collect()
}

/// `47 cases: 40 passed, 2 failed, 5 skipped; 2 must, 1 should`
pub fn check_summary(summary: &Summary) -> String {
    let parts: Vec<String> = ["passed", "failed", "warned", "skipped", "unsent"]
        .iter()
        .filter(|word| summary.count(word) > 0)
        .map(|word| format!("{} {word}", summary.count(word)))
        .collect();
    let found: Vec<String> = [Level::Must, Level::Should, Level::Info]
        .iter()
        .filter(|level| summary.found(**level) > 0)
        .map(|level| format!("{} {}", summary.found(*level), level.word()))
        .collect();
    let mut found = if found.is_empty() { "no finding".to_string() } else { format!("findings: {}", found.join(", ")) };
    let known = summary.cases.iter().filter(|checked| checked.is_known).count();
    if known > 0 {
        found.push_str(&format!(" ({known} known from the baseline)"));
    }
    format!("{}: {}; {found}", words::count(summary.cases.len(), "case", "cases"), parts.join(", "))
}

/// A case as a line of JSON.
pub fn checked_json(checked: &Checked) -> String {
    let (code, severity) = match checked.result {
        CaseResult::Found(code, level) => (Some(code), Some(level.word())),
        _ => (None, None),
    };
    let mut line = json!({
        "hookproof": "check-case/1",
        "case": checked.case.id,
        "name": checked.name,
        "family": checked.case.family.word(),
        "level": checked.case.level.word(),
        "result": checked.result.word(),
        "finding": code,
        "severity": severity,
        "known": checked.is_known,
        "status": checked.status(),
        "elapsed_ms": checked.elapsed().map(millis),
        "reason": checked.did,
    });
    if let Some(refusal) = checked.answer().and_then(refusal) {
        line["cause"] = refusal.code.into();
        line["hint"] = refusal.hint.into();
    }
    words::json_line(&line)
}

/// The check as a line of JSON.
pub fn check_json(summary: &Summary) -> String {
    words::json_line(&json!({
        "hookproof": "check/1",
        "url": summary.url,
        "provider": summary.provider,
        "cases": summary.cases.len(),
        "passed": summary.count("passed"),
        "failed": summary.count("failed"),
        "warned": summary.count("warned"),
        "skipped": summary.count("skipped"),
        "unsent": summary.count("unsent"),
        "must": summary.found(Level::Must),
        "should": summary.found(Level::Should),
        "info": summary.found(Level::Info),
        "known": summary.cases.iter().filter(|checked| checked.is_known).count(),
        "exit": summary.exit,
    }))
}

/// The check as `JUnit` XML. A finding that does not fail the check is told in the case's output.
pub fn check_junit(summary: &Summary, is_strict: bool) -> Result<String, quick_junit::SerializeError> {
    let test = |checked: &Checked| {
        let result = match checked.result {
            CaseResult::Found(code, level)
                if !checked.is_known && (level == Level::Must || is_strict && level == Level::Should) =>
            {
                TestResult::Failed {
                    code: code.to_string(),
                    message: checked.did.clone(),
                    description: format!("{}\n{}\n{}", checked.case.sent, checked.case.why, checked.case.fix),
                }
            }
            CaseResult::Passed | CaseResult::Found(..) => TestResult::Passed,
            CaseResult::Skipped | CaseResult::Unsent => TestResult::Skipped(checked.did.clone()),
        };
        let is_told = matches!(checked.result, CaseResult::Found(..)) && matches!(result, TestResult::Passed);
        Test {
            name: checked.name.clone(),
            class: format!("{}.{}", summary.provider, checked.case.family.word()),
            result,
            elapsed: checked.elapsed(),
            output: is_told.then(|| checked.did.clone()),
        }
    };
    let suite = (format!("{} {}", summary.provider, summary.url), summary.cases.iter().map(test).collect());
    junit("hookproof check", vec![suite])
}
