//! What a check writes besides its output: report files, and on GitHub annotations and the job's summary.

use std::path::PathBuf;

use super::CheckArgs;
use crate::commands::context::Context;
use crate::commands::files::{self, Access, Existing};
use crate::commands::job;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Occasion, Summary};

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
            let written = files::write(&file.path, text.as_bytes(), Existing::Replace, Access::Usual);
            written.map_err(|cause| Error::Write { path: file.path.clone(), cause })
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
    if !job::is_of_github(context) {
        return;
    }
    job::annotate(context, &report::check_annotations(summary, context.console.out), args.json);
    job::summarise(context, |room| report::check_markdown(summary, occasion, room));
}
