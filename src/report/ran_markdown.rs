//! Stories that were played as a test, as Markdown for the summary of a CI's job: the verdict, a table of the steps, and
//! what is wrong with those that failed.

use super::markdown::{append, code, inline};
use super::ran::{Ran, run_summary};
use super::sent::status_line;
use crate::exit::Exit;
use crate::words;

/// Characters of a name, an address, and what is wrong.
const NAME: usize = 120;
const TARGET: usize = 200;
const TOLD: usize = 600;
/// Bytes that are kept for saying what is left out.
const LEFT_OUT: usize = 200;

/// A run in so many bytes, of which only its head may be more: what doesn't fit is left out from the end.
pub fn run_markdown(all: &[Ran], target: &str, exit: Exit, room: usize) -> String {
    let mark = if exit == Exit::Success { "✅" } else { "❌" };
    let verdict = inline(&run_summary(all), TOLD);
    let mut out = format!(
        "## {mark} {verdict}\n\nsent to {}\n\n| story | step | result | answer |\n|---|---|---|---|\n",
        code(target, TARGET)
    );
    let room = room.saturating_sub(LEFT_OUT);
    let mut missing = append(&mut out, all.iter().map(row), room);
    let amiss = || all.iter().filter(|ran| ran.is_amiss());
    if missing == 0 && amiss().next().is_some() {
        out.push('\n');
        missing = append(&mut out, amiss().map(details), room);
    }
    if missing > 0 {
        let steps = words::count(missing, "step", "steps");
        out.push_str(&format!("\nThere is no room for more: {steps} not told here.\n"));
    }
    out
}

fn row(ran: &Ran) -> String {
    let answer =
        ran.answer().map(|answer| format!("{}, {}", status_line(answer.status), words::elapsed(answer.elapsed)));
    let (story, name) = (code(&ran.story, NAME), inline(&ran.name(), NAME));
    format!("| {story} | {} {name} | {} | {} |\n", ran.number, ran.word(), answer.unwrap_or_default())
}

/// What is wrong with a step, a line for each part.
fn details(ran: &Ran) -> String {
    let told: Vec<String> = ran.told_in_full().iter().map(|text| format!("  - {}\n", inline(text, TOLD))).collect();
    format!("- **step {} of {}, {}**\n{}", ran.number, code(&ran.story, NAME), inline(&ran.name(), NAME), told.concat())
}
