//! What the job of a CI gets beside a command's output: on GitHub annotations in its log, and its summary.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{self, Path};

use super::context::Context;

/// Bytes of a step's summary that GitHub takes.
const STEP: u64 = 1 << 20;

/// Whether GitHub runs the command.
pub(super) fn is_of_github(context: &Context) -> bool {
    context.variable("GITHUB_ACTIONS").is_some()
}

/// Writes annotations into the log, beside the lines of JSON where stdout has those.
pub(super) fn annotate(context: &Context, annotations: &[String], has_json: bool) {
    context.console.annotate(annotations, !has_json);
}

/// The path of a file from the top of what was checked out, as annotations name it; nothing for one that is not part of it.
pub(super) fn in_repository(context: &Context, file: &str) -> Option<String> {
    let top = fs::canonicalize(context.variable("GITHUB_WORKSPACE")?).ok()?;
    let file = fs::canonicalize(file).ok()?;
    let path = file.strip_prefix(top).ok()?.to_str()?;
    Some(path.replace(path::MAIN_SEPARATOR, "/"))
}

/// Appends to the job's summary where it has one; the text is told how much room is left.
pub(super) fn summarise(context: &Context, text: impl Fn(usize) -> String) {
    let Some(path) = context.variable("GITHUB_STEP_SUMMARY") else { return };
    if let Err(cause) = append(Path::new(&path), text) {
        context.console.note(&format!("the job's summary can't be written to {path}: {cause}"));
    }
}

/// Appends a text to what other commands of the step wrote.
fn append(path: &Path, text: impl Fn(usize) -> String) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let room = STEP.saturating_sub(file.metadata()?.len() + 1);
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let text = text(room);
    if text.len() > room {
        return Err(io::Error::other("it is full"));
    }
    file.write_all(format!("{text}\n").as_bytes())
}
