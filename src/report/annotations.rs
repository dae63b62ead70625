//! What failed in a check or in a run as commands that a GitHub runner reads from the log: one annotation each.

use super::Summary;
use super::checked::{Told, told_by_weight};
use super::ran::Ran;
use crate::conformance::Level;
use crate::console::Paint;
use crate::words::{self, Lines};

/// Characters of a case's name.
const NAME: usize = 120;
/// Characters of a sentence.
const SENTENCE: usize = 500;

/// A line for each finding that the baseline doesn't know.
pub fn check_annotations(summary: &Summary, paint: Paint) -> Vec<String> {
    let told = told_by_weight(&summary.cases);
    told.iter().filter(|told| !told.checked.is_known).map(|told| annotation(told, paint)).collect()
}

fn annotation(told: &Told<'_>, paint: Paint) -> String {
    let command = match told.level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::Info => "notice",
    };
    let mut lines = vec![sentence(&told.checked.did, paint)];
    let others = told.rows().into_iter().filter(|(label, _)| *label != "yours");
    lines.extend(others.map(|(label, text)| format!("{label}: {}", sentence(text, paint))));
    written(&format!("{command} "), &name(&told.checked.name, paint), told.code, &lines)
}

/// A line for each step that failed, or could not be tested. `in_repository` gives the path of a file that is checked out.
pub fn run_annotations(all: &[Ran], in_repository: impl Fn(&str) -> Option<String>, paint: Paint) -> Vec<String> {
    let amiss = all.iter().filter(|ran| ran.is_amiss());
    amiss.map(|ran| of_step(ran, in_repository(&ran.file).as_deref(), paint)).collect()
}

fn of_step(ran: &Ran, path: Option<&str>, paint: Paint) -> String {
    let step = name(&format!("step {} of {}, {}", ran.number, ran.story, ran.name()), paint);
    let lines: Vec<String> = ran.told_in_full().iter().map(|text| sentence(text, paint)).collect();
    let place = path.map(|path| format!("file={},line={},", property(path), ran.line)).unwrap_or_default();
    written(&format!("error {place}"), &step, ran.code(), &lines)
}

fn name(text: &str, paint: Paint) -> String {
    paint.remote(&words::shorten(text, NAME), Lines::Escape)
}

fn sentence(text: &str, paint: Paint) -> String {
    paint.remote(&words::shorten(text, SENTENCE), Lines::Escape)
}

/// `command` ends with a blank, or with a property and its comma.
fn written(command: &str, what: &str, code: &str, lines: &[String]) -> String {
    let title = format!("hookproof: {what} ({code})");
    format!("::{command}title={}::{}", property(&title), data(&lines.join("\n")))
}

/// The text of a command, as the runner unescapes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn a_command_is_escaped_as_the_runner_reads_it() {
        assert_eq!(data("50%0A, a::b\r\n"), "50%250A, a::b%0D%0A");
        assert_eq!(property("a: b, 5%\n"), "a%3A b%2C 5%25%0A");
    }
}
