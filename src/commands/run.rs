//! `run`: stories with expectations, as smoke tests of a receiver.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::connection::ConnectionArgs;
use super::context::Context;
use super::files::{self, Access, Existing};
use super::input::{self, HeaderArgs};
use super::job;
use super::making::StageArgs;
use super::picking;
use super::secrets::SecretArgs;
use super::send;
use super::stories;
use crate::catalog::Variants;
use crate::config::SELF;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Ran};
use crate::shell;
use crate::words::{self, Lines};

/// The arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Stories: files, folders of them, or those of the catalog such as superfolio/@hot-lead
    #[arg(value_name = "FILE|FOLDER|STORY")]
    stories: Vec<String>,
    /// The receiver: a URL, 3000/hook, localhost:3000/hook, or a target of hookproof.toml; otherwise `HOOKPROOF_TARGET`, or
    /// the default of hookproof.toml
    #[arg(short, long, value_name = "URL|NAME")]
    to: Option<String>,
    /// How long an answer may take, where a step doesn't allow more: otherwise as `HOOKPROOF_TIMEOUT` or hookproof.toml
    /// says, or 10s
    #[arg(long, value_name = "TIME", value_parser = input::time_limit)]
    timeout: Option<Duration>,
    /// Ends with the first step that failed
    #[arg(long)]
    fail_fast: bool,
    /// How many times faster pauses pass
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = input::factor)]
    time_scale: f64,
    /// One line of JSON for each step, and one for all
    #[arg(long)]
    json: bool,
    // Written out, as the documentation's marks would stand in it.
    #[arg(long, value_name = "FILE", value_parser = report_file, help = "Writes a JUnit report")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    stage: StageArgs,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs `run`.
pub fn run(args: &RunArgs, context: &Context) -> Result<Exit, Error> {
    let mut args = args.clone();
    if args.stories.is_empty() {
        args.stories.push(picking::story(context, &context.catalog_untold()?, args.to.as_deref())?);
    }
    args.stories = named(&args.stories, context)?;
    let args = &args;
    if args.to.as_deref() == Some(SELF) {
        return Err(Error::usage("a receiver of our own proves nothing of yours", "--to URL names yours"));
    }
    let stories = send::Stories {
        words: &args.stories,
        to: args.to.as_deref(),
        timeout: args.timeout,
        time_scale: args.time_scale,
        keep_going: !args.fail_fast,
        stage: &args.stage,
        headers: &args.headers,
        secrets: &args.secrets,
        connection: &args.connection,
    };
    if let Some(path) = &args.junit {
        try_writing(path).map_err(|cause| Error::Write { path: path.clone(), cause })?;
    }
    let all = RefCell::new(Vec::new());
    let tell = |ran: Ran| {
        show(args, context, &ran);
        all.borrow_mut().push(ran);
    };
    let (mut exit, target) = send::watched(&stories, context, &tell)?;
    let all = all.into_inner();
    tell_github(args, context, &all, &target, exit);
    if let Some(path) = &args.junit {
        exit = exit.with(write(context, path, &all, exit));
    }
    if args.json {
        context.console.print(&report::run_json(&all, &target, exit));
    } else {
        context.console.report(&report::run_summary(&all));
    }
    Ok(exit)
}

/// The stories that words mean: a folder is each of its own.
fn named(words: &[String], context: &Context) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for word in words {
        if stories::is_story(word) {
            all.push(word.clone());
        } else if Path::new(word).is_dir() {
            all.extend(stories::of_folder(Path::new(word))?);
        } else {
            return Err(no_story(word, context));
        }
    }
    Ok(all)
}

fn no_story(word: &str, context: &Context) -> Error {
    if let Some(error) = stories::of_other_ending(word) {
        return error;
    }
    let is_event = context.catalog_untold().is_ok_and(|catalog| catalog.select(word, Variants::Without).is_ok());
    let sends =
        if is_event { format!("`hookproof send {}` sends an event; ", shell::argument(word)) } else { String::new() };
    Error::usage(
        format!("`{word}` is no story: a file that ends in .toml, a folder of such files, or PROVIDER/@NAME"),
        format!("{sends}`hookproof events --search story` lists stories"),
    )
}

/// Whether a report can be written, found out before anything goes out. It leaves nothing behind: a run that is not even
/// begun has no report, and what is no plain file, as a pipe, is not opened for a trial.
fn try_writing(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => OpenOptions::new().append(true).open(path).map(drop),
        Ok(_) => Ok(()),
        Err(_) => {
            OpenOptions::new().append(true).create_new(true).open(path)?;
            fs::remove_file(path)
        }
    }
}

/// A file for a report; stdout holds the steps.
fn report_file(text: &str) -> Result<PathBuf, String> {
    match text {
        "-" => Err("stdout is for the steps; name a file".to_string()),
        "" => Err("name a file".to_string()),
        _ => Ok(PathBuf::from(text)),
    }
}

fn show(args: &RunArgs, context: &Context, ran: &Ran) {
    if args.json {
        context.console.print(&report::ran_json(ran));
        return;
    }
    let paint = context.console.out;
    if ran.number == 1 {
        context.console.report(&words::printable(&ran.story, Lines::Escape));
    }
    context.console.report_lines(report::ran_lines(ran, paint));
}

/// Tells GitHub what failed, where it runs the stories.
fn tell_github(args: &RunArgs, context: &Context, all: &[Ran], target: &str, exit: Exit) {
    if !job::is_of_github(context) {
        return;
    }
    let annotations = report::run_annotations(all, |file| job::in_repository(context, file), context.console.out);
    job::annotate(context, &annotations, args.json);
    job::summarise(context, |room| report::run_markdown(all, target, exit, room));
}

/// A report that can't be written hides no failure.
fn write(context: &Context, path: &Path, all: &[Ran], exit: Exit) -> Exit {
    let text = report::run_junit(all, exit)
        .map_err(|error| Error::Untestable { message: format!("the report can't be made: {error}"), hint: None });
    let written = text.and_then(|text| {
        let written = files::write(path, text.as_bytes(), Existing::Replace, Access::Usual);
        written.map_err(|cause| Error::Write { path: path.to_path_buf(), cause })
    });
    match written {
        Ok(()) => Exit::Success,
        Err(error) => {
            context.console.fail(&error.to_string(), error.hint().as_deref());
            error.exit()
        }
    }
}
