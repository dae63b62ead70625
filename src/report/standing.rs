//! What the written reports tell first: when and by what was checked, and whether the receiver passes.

use jiff::Timestamp;

use super::{CaseResult, Checked, Summary};
use crate::conformance::Level;
use crate::words;

/// When, for whom and by what a check was made.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// When it began.
    pub began: Timestamp,
    /// The version of this program.
    pub version: &'a str,
    /// Whether a should fails the check.
    pub is_strict: bool,
}

/// How a receiver stands after a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing was found.
    Sound,
    /// It passes, and something was found.
    Passes,
    /// It fails.
    Fails,
    /// Not all was sent, so nothing is proved.
    Open,
}

impl Standing {
    pub(super) fn of(summary: &Summary) -> Self {
        match summary.exit {
            0 if summary.cases.iter().any(is_found) => Self::Passes,
            0 => Self::Sound,
            1 => Self::Fails,
            _ => Self::Open,
        }
    }
}

impl Occasion<'_> {
    /// `2026-11-21 10:19 UTC`
    pub(super) fn time(&self) -> String {
        self.began.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }
}

/// `The receiver fails: 2 findings must be mended`
pub(super) fn verdict(summary: &Summary) -> String {
    let new = |level| summary.cases.iter().filter(|one| !one.is_known && found(one) == Some(level)).count();
    let (must, should, info) = (new(Level::Must), new(Level::Should), new(Level::Info));
    let is_first_found = summary.cases.first().is_some_and(|first| first.case.id == "control" && is_found(first));
    match Standing::of(summary) {
        Standing::Sound => "The receiver passes: nothing was found".to_string(),
        Standing::Fails if is_first_found => {
            "The receiver fails: it does not take a valid delivery, so nothing else was tried".to_string()
        }
        Standing::Fails if must > 0 => format!("The receiver fails: {} must be mended", findings(must)),
        Standing::Fails => format!("The receiver fails: {} should be mended", findings(should)),
        Standing::Open if summary.count("unsent") > 0 => {
            "Not proved: the time was up before every case was sent".to_string()
        }
        Standing::Open => "Not proved: the number that --probe gives could not be read to the end".to_string(),
        Standing::Passes if should + info == 0 => "The receiver passes: what was found is known".to_string(),
        Standing::Passes => format!("The receiver passes, with {}", findings(should + info)),
    }
}

fn findings(number: usize) -> String {
    words::count(number, "finding", "findings")
}

fn found(checked: &Checked) -> Option<Level> {
    if let CaseResult::Found(_, level) = checked.result { Some(level) } else { None }
}

fn is_found(checked: &Checked) -> bool {
    found(checked).is_some()
}
