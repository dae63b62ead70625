//! The command line: its words, and from them to a command's `run`.

mod short;

use std::error::Error as _;
use std::ffi::OsString;
use std::io;
use std::num::ParseIntError;
use std::path::PathBuf;

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

const EXAMPLES: &str = "\
Examples:
  hookproof send superfolio/form.submitted --to self
  hookproof listen
  hookproof events superfolio

Exit codes: 0 all well; 1 the receiver refused or the signature is wrong; 2 the command is wrong;
3 it could not be tested; 130 and 143 interrupted.";

const SEND: &str = "\
Examples:
  hookproof send superfolio/form.submitted --to self
  hookproof send form.submitted --to 3000/hook --secret-env WEBHOOK_SECRET
  hookproof send 'superfolio/activity.*' --to 3000/hook --keep-going
  hookproof send superleap/student.create --to 3000/hook --set after.name='Zoë Lund'
  hookproof send superfolio --body delivery.json --to 3000/hook
  hookproof send superfolio/@hot-lead --to 3000/hook --time-scale 100";

const LISTEN: &str = "\
Examples:
  hookproof listen
  hookproof listen --provider superfolio --secret-env WEBHOOK_SECRET
  hookproof listen --port 0 --json --count 3 --for 30s
  hookproof listen --expect 'form.submitted*2' --within 30s --ready-file ready
  hookproof listen --respond 500,500,200 --retry-after 2s";

const HISTORY: &str = "\
Examples:
  hookproof history --last 20
  hookproof history 7k3m
  hookproof history --event 'form.*' --verdict invalid --since 10m
  hookproof history --header 'x-request-id: 42*' --where data.lead.id=5 --json
  hookproof history --last 0 --follow

Exit codes: 0 found, or all was asked for; 1 no entry has this id or passes the filters; 2 the
command is wrong, or several ids begin like this; 3 the journal can't be read.";

const REPLAY: &str = "\
Examples:
  hookproof replay --last --to 3000/hook
  hookproof replay 7k3m --to 3000/hook --re-sign --secret-env WEBHOOK_SECRET
  hookproof replay --event 'form.*' --since 10m --to 3000/hook --keep-going
  hookproof replay captured.jsonl --to 3000/hook --timing --speed 10

What goes out is what was captured: method, headers, bytes and the old signature, at the path of --to. Headers of the
connection (Host, Content-Length, Connection and what it names, Transfer-Encoding and the like) are made anew.

Exit codes: 0 all were accepted; 1 one was refused, or got no answer; 2 the command is wrong, or no delivery is like
that; 3 the journal can't be read, or there was no connection; 130 and 143 interrupted.";

const EXPORT: &str = "\
Examples:
  hookproof export 7k3m --format curl --out again.sh
  hookproof export --event 'form.*' --format http --out deliveries
  hookproof export --last 20 --format har --out deliveries.har

Exit codes: 0 written; 2 the command is wrong, or no delivery is like that; 3 the journal can't be read.";

const VERIFY: &str = "\
Examples:
  hookproof verify body.json --provider superfolio --signature 3d4f... --secret-env WEBHOOK_SECRET
  hookproof verify body.json --provider superfolio --computed 9a1b... --secret-env WEBHOOK_SECRET
  hookproof verify body.json -H 'X-Signature-256: sha256=3d4f...' --secret-file secret.txt
  hookproof listen --json --count 1 | hookproof verify";

const CHECK: &str = "\
Examples:
  hookproof check 3000/hook --provider superfolio --secret-env WEBHOOK_SECRET
  hookproof check 3000/hook --provider stripe --secret-env WEBHOOK_SECRET --report junit=check.xml
  hookproof check --list --provider superfolio
  hookproof check --explain tampered";

const RUN: &str = "\
Examples:
  hookproof run smoke.toml --to 3000/hook --secret-env WEBHOOK_SECRET
  hookproof run superfolio/@hot-lead --to 3000/hook --time-scale 1000 --junit run.xml

Exit codes: 0 all was as expected; 1 a step was not, or got no answer; 2 the command or a story is wrong; 3 the receiver
was not reached; 130 and 143 interrupted.";

const EVENTS: &str = "\
Examples:
  hookproof events
  hookproof events superfolio/form.submitted
  hookproof events 'superfolio/activity.*' --variants
  hookproof events --search lead --json";

const RENDER: &str = "\
Examples:
  hookproof render superfolio/form.submitted --pretty
  hookproof render lead.update --set after.status=won --seed 1 --at 2026-06-01T12:00:00Z
  hookproof render form.submitted --format curl --to 3000/hook --secret-env WEBHOOK_SECRET";

const SIGN: &str = "\
Examples:
  hookproof sign body.json --provider superfolio --secret-env WEBHOOK_SECRET
  printf '{}' | hookproof sign --provider swapcard --secret-file secret.txt";

const DOCTOR: &str = "\
Examples:
  hookproof doctor
  hookproof doctor 3000/hook --provider superfolio --secret-env WEBHOOK_SECRET
  hookproof doctor staging --json

No request is sent to the receiver: its name is looked up, a connection is made, and a TLS handshake for https.

Exit codes: 0 nothing is at fault, notes or not; 1 something is; 2 the command is wrong; 3 something could not be
looked at.";

const EXPLAIN: &str = "\
Examples:
  hookproof explain body-newline-added
  hookproof explain";

const INIT: &str = "\
Examples:
  hookproof init
  hookproof init --provider superfolio --url 3000/hook --secret-env WEBHOOK_SECRET

Exit codes: 0 written; 2 the command is wrong, or a hookproof.toml is there already; 3 it can't be written.";

const CONFIG: &str = "\
Examples:
  hookproof config
  HOOKPROOF_TARGET=staging hookproof config --json

A flag comes before a variable, a variable before hookproof.toml, and that before what is built in. Of a secret only its
looks are shown.";

const COMPLETIONS: &str = "\
Examples:
  hookproof completions bash > ~/.local/share/bash-completion/completions/hookproof
  hookproof completions zsh > \"${fpath[1]}/_hookproof\"
  hookproof completions fish > ~/.config/fish/completions/hookproof.fish";

const MAN: &str = "\
Examples:
  hookproof man send | man -l -
  hookproof man --out ~/.local/share/man/man1";

/// The whole command line, as data.
pub fn command() -> clap::Command {
    short::shorten(Cli::command())
}

/// Runs a command line to its exit code. `var` reads the environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>, var: fn(&str) -> Option<String>) -> Exit {
    let words: Vec<OsString> = arguments.into_iter().collect();
    if completions::answer(&words, var, command) {
        return Exit::Success;
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
    let printed = error.print();
    if error.use_stderr() {
        return Exit::Usage;
    }
    match printed {
        // Help that nobody reads any more is no failure.
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Console::new(Colour::Auto, false, var).fail(&format!("can't write to stdout: {cause}"), None);
            Exit::Untestable
        }
        _ => Exit::Success,
    }
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
