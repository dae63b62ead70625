//! What a check writes besides its output: report files, and on GitHub annotations and the job's summary.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::CheckArgs;
use crate::commands::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Occasion, Summary};

/// Bytes of a step's summary that GitHub takes.
const STEP: u64 = 1 << 20;

/// A report that is to be written.
#[derive(Clone, Debug)]
pub(super) struct ReportFile {
    format: Format,
    path: PathBuf,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Html,
    Markdown,
    Junit,
}

impl ReportFile {
    /// `html=FILE`
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').unwrap_or_default();
        let format = match format {
            "html" => Some(Format::Html),
            "markdown" => Some(Format::Markdown),
            "junit" => Some(Format::Junit),
            _ => None,
        };
        match format {
            Some(format) if !path.is_empty() => Ok(Self { format, path: PathBuf::from(path) }),
            _ => Err(format!("`{text}` is no report; write html=FILE, markdown=FILE or junit=FILE")),
        }
    }

    fn text(&self, args: &CheckArgs, summary: &Summary, occasion: &Occasion<'_>) -> Result<String, Error> {
        match self.format {
            Format::Html => Ok(report::check_html(summary, occasion)),
            Format::Markdown => Ok(report::check_markdown(summary, occasion, usize::MAX)),
            Format::Junit => report::check_junit(summary, args.strict).map_err(|error| Error::Untestable {
                message: format!("the report can't be made: {error}"),
                hint: None,
            }),
        }
    }
}

/// Writes the reports that were asked for. One that can't be written hides no finding and no other report.
pub(super) fn write(args: &CheckArgs, context: &Context, summary: &Summary, occasion: &Occasion<'_>) -> Exit {
    let mut exit = Exit::Success;
    for file in &args.report {
        let written = file.text(args, summary, occasion).and_then(|text| {
            fs::write(&file.path, text).map_err(|cause| Error::Write { path: file.path.clone(), cause })
        });
        if let Err(error) = written {
            context.console.fail(&error.to_string(), error.hint().as_deref());
            exit = exit.with(error.exit());
        }
    }
    exit
}

/// Tells GitHub where it runs the check.
pub(super) fn tell_github(args: &CheckArgs, context: &Context, summary: &Summary, occasion: &Occasion<'_>) {
    let var = |name: &str| (context.var)(name).filter(|value| !value.is_empty());
    if var("GITHUB_ACTIONS").is_none() {
        return;
    }
    for line in report::check_annotations(summary, context.console.out) {
        if args.json { context.console.say(&line) } else { context.console.report(&line) }
    }
    let Some(path) = var("GITHUB_STEP_SUMMARY") else { return };
    if let Err(cause) = append(Path::new(&path), |room| report::check_markdown(summary, occasion, room)) {
        context.console.note(&format!("the job's summary can't be written to {path}: {cause}"));
    }
}

/// Appends a text to what other commands of the step wrote; it is told how much room is left.
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
