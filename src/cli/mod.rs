//! The command line: its words, and from them to a command's `run`.

mod examples;
mod short;

use std::error::Error as _;
use std::ffi::OsString;
use std::io;
use std::num::ParseIntError;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueHint};

use crate::commands::context::{Context, Given};
use crate::commands::input::maybe_path;
use crate::commands::{
    check, completions, config, doctor, events, explain, export, history, init, listen, man, render, replay, run, send,
    sign, verify,
};
use crate::console::{Colour, Console};
use crate::error::Error;
use crate::exit::Exit;
use crate::words::{self, Lines};
use examples::{
    CHECK, COMPLETIONS, CONFIG, DOCTOR, EVENTS, EXAMPLES, EXPLAIN, EXPORT, HISTORY, INIT, LISTEN, MAN, RENDER, REPLAY,
    RUN, SEND, SIGN, VERIFY,
};

/// Fires, catches and proves webhooks. Offline; no account, no telemetry.
#[derive(Debug, Parser)]
#[command(name = "hookproof", version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// A folder of providers of your own; repeatable, and a later one wins
    #[arg(long = "catalog", value_name = "DIR", global = true, help_heading = "Everywhere", value_hint = ValueHint::DirPath)]
    catalogs: Vec<PathBuf>,
    /// The project's configuration, in place of the hookproof.toml that is found; '' goes without
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Everywhere",
        value_parser = maybe_path(),
        hide_short_help = true
    )]
    config: Option<PathBuf>,
    /// Never asks for what is missing
    #[arg(long, global = true, help_heading = "Everywhere", hide_short_help = true)]
    no_input: bool,
    /// When to colour
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Everywhere",
        hide_short_help = true
    )]
    color: Colour,
    /// Only results for machines, and errors
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fire sample deliveries, signed, and judge the answer
    #[command(after_help = SEND)]
    Send(Box<send::SendArgs>),
    /// Catch deliveries: verify, identify and show them
    #[command(after_help = LISTEN)]
    Listen(Box<listen::ListenArgs>),
    /// Look into the journal of what was caught
    #[command(after_help = HISTORY)]
    History(Box<history::HistoryArgs>),
    /// Send captured deliveries again, byte for byte or signed afresh
    #[command(after_help = REPLAY)]
    Replay(Box<replay::ReplayArgs>),
    /// Write captured deliveries as a curl script, raw HTTP or HAR
    #[command(after_help = EXPORT)]
    Export(Box<export::ExportArgs>),
    /// Prove a captured delivery
    #[command(after_help = VERIFY)]
    Verify(Box<verify::VerifyArgs>),
    /// Prove a receiver: does it accept the good and refuse the bad?
    #[command(after_help = CHECK)]
    Check(Box<check::CheckArgs>),
    /// Play stories and hold the answers against what they expect
    #[command(after_help = RUN)]
    Run(Box<run::RunArgs>),
    /// Ask the catalog
    #[command(after_help = EVENTS)]
    Events(events::EventsArgs),
    /// Print a delivery without sending it
    #[command(after_help = RENDER)]
    Render(Box<render::RenderArgs>),
    /// Print the signature header for a body of your own
    #[command(after_help = SIGN)]
    Sign(Box<sign::SignArgs>),
    /// See whether what the other commands need is there
    #[command(after_help = DOCTOR)]
    Doctor(Box<doctor::DoctorArgs>),
    /// Tell how a cause that verify named comes about
    #[command(after_help = EXPLAIN)]
    Explain(explain::ExplainArgs),
    /// Write a hookproof.toml for a project
    #[command(after_help = INIT)]
    Init(init::InitArgs),
    /// Show each setting that holds, and where it came from
    #[command(after_help = CONFIG)]
    Config(config::ConfigArgs),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS)]
    Completions(completions::CompletionsArgs),
    /// Print a manual page
    #[command(after_help = MAN)]
    Man(man::ManArgs),
}

/// The whole command line, as data.
pub fn command() -> clap::Command {
    short::shorten(Cli::command())
}

/// Runs a command line to its exit code. `var` reads the environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>, var: fn(&str) -> Option<String>) -> Exit {
    let words: Vec<OsString> = arguments.into_iter().collect();
    if let Some(exit) = completions::answer(&words, var, command) {
        return exit;
    }
    let parsed = command().try_get_matches_from(&words).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return tell(&worded(error), var),
    };
    let console = Console::new(cli.color, cli.quiet, var);
    let given = Given { catalogs: cli.catalogs, config: cli.config, no_input: cli.no_input };
    let context = Context::new(console, given, words, var);
    let exit = dispatch(&cli.command, &context).unwrap_or_else(|error| {
        // Who broke off a question knows that.
        if !matches!(error, Error::Interrupted) {
            context.console.fail(&error.to_string(), error.hint().as_deref());
        }
        error.exit()
    });
    if context.console.has_failed() { exit.with(Exit::Untestable) } else { exit }
}

/// What is no number is told in words of ours.
fn worded(error: clap::Error) -> clap::Error {
    if !error.source().is_some_and(<dyn std::error::Error>::is::<ParseIntError>) {
        return error;
    }
    let mut ours = clap::Error::new(ErrorKind::ValueValidation).with_cmd(&command());
    for (kind, value) in error.context() {
        ours.insert(kind, value.clone());
    }
    let wanted = ContextValue::StyledStrs(vec!["a whole number is wanted, such as 10".into()]);
    ours.insert(ContextKind::Suggested, wanted);
    ours
}

/// Prints what clap has to say: help, the version, or what is wrong with the command line.
fn tell(error: &clap::Error, var: fn(&str) -> Option<String>) -> Exit {
    let console = Console::new(Colour::Auto, false, var);
    if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let text = harmless(error);
        let lines: Vec<&str> = text.trim_start_matches("error: ").lines().collect();
        console.fail_lines(&lines, None);
        return Exit::Usage;
    }
    // Help has no text from outside.
    let printed = error.print();
    match printed {
        _ if error.use_stderr() => Exit::Usage,
        // Help that nobody reads any more is no failure.
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            console.fail(&format!("can't write to stdout: {cause}"), None);
            Exit::Untestable
        }
        _ => Exit::Success,
    }
}

/// Returns the text of an error in which words of the command line stand on one line each. Its other line feeds are
/// clap's.
fn harmless(error: &clap::Error) -> String {
    let mut echoed: Vec<String> = error.source().map(ToString::to_string).into_iter().collect();
    for (_, value) in error.context() {
        match value {
            ContextValue::String(text) => echoed.push(text.clone()),
            ContextValue::Strings(texts) => echoed.extend(texts.iter().cloned()),
            _ => {}
        }
    }
    // One may be a part of another.
    echoed.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let styled = error.render().ansi().to_string();
    let text = echoed.iter().filter(|text| !text.is_empty()).fold(styled, |all, text| {
        let shown = words::printable(text, Lines::Escape);
        if shown == *text { all } else { all.replace(text, &shown) }
    });
    // What is left of escape sequences is clap's own.
    StyledStr::from(text).to_string()
}

fn dispatch(command: &Command, context: &Context) -> Result<Exit, Error> {
    match command {
        Command::Send(args) => send::run(args, context),
        Command::Listen(args) => listen::run(args, context),
        Command::History(args) => history::run(args, context),
        Command::Replay(args) => replay::run(args, context),
        Command::Export(args) => export::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Events(args) => events::run(args, context),
        Command::Render(args) => render::run(args, context),
        Command::Sign(args) => sign::run(args, context),
        Command::Doctor(args) => doctor::run(args, context),
        Command::Explain(args) => explain::run(args, context),
        Command::Init(args) => init::run(args, context),
        Command::Config(args) => config::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context, self::command()),
    }
}
