//! `run`: stories with expectations, as smoke tests of a receiver.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::connection::ConnectionArgs;
use super::context::Context;
use super::input::{self, HeaderArgs};
use super::making::StageArgs;
use super::picking;
use super::secrets::SecretArgs;
use super::send;
use super::stories;
use crate::config::SELF;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Ran};
use crate::words::{self, Lines};

/// The arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Stories: files, or those of the catalog such as superfolio/@hot-lead
    #[arg(value_name = "FILE|STORY")]
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
    #[arg(long, value_name = "FILE", help = "Writes a JUnit report")]
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
        args.stories.push(picking::story(context, &context.catalog_untold()?)?);
    }
    let args = &args;
    if let Some(word) = args.stories.iter().find(|word| !stories::is_story(word)) {
        return Err(Error::usage(
            format!("`{word}` is no story: a file that ends in .toml, or PROVIDER/@NAME"),
            format!("`hookproof send {word}` sends an event; `hookproof events --search story` lists stories"),
        ));
    }
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
    let all = RefCell::new(Vec::new());
    let tell = |ran: Ran| {
        show(args, context, &ran);
        all.borrow_mut().push(ran);
    };
    let (mut exit, target) = send::watched(&stories, context, &tell)?;
    let all = all.into_inner();
    tell_github(args, context, &all);
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

fn show(args: &RunArgs, context: &Context, ran: &Ran) {
    if args.json {
        context.console.print(&report::ran_json(ran));
        return;
    }
    let paint = context.console.out;
    if ran.number == 1 {
        context.console.report(&words::printable(&ran.story, Lines::Escape));
    }
    context.console.report(&report::ran_lines(ran, paint).join("\n"));
}

/// Tells GitHub what failed, where it runs the stories.
fn tell_github(args: &RunArgs, context: &Context, all: &[Ran]) {
    if context.variable("GITHUB_ACTIONS").is_none() {
        return;
    }
    for line in report::run_annotations(all, context.console.out) {
        if args.json { context.console.say(&line) } else { context.console.report(&line) }
    }
}

/// A report that can't be written hides no failure.
fn write(context: &Context, path: &PathBuf, all: &[Ran], exit: Exit) -> Exit {
    let text = report::run_junit(all, exit)
        .map_err(|error| Error::Untestable { message: format!("the report can't be made: {error}"), hint: None });
    let written =
        text.and_then(|text| fs::write(path, text).map_err(|cause| Error::Write { path: path.clone(), cause }));
    match written {
        Ok(()) => Exit::Success,
        Err(error) => {
            context.console.fail(&error.to_string(), error.hint().as_deref());
            error.exit()
        }
    }
}
