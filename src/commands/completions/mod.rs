//! `completions`: scripts for shells, which ask the binary itself what may follow.

mod candidates;
mod files;
mod line;
mod quoting;
mod request;

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, Args, Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, complete};
use clap_complete::{CompletionCandidate, Shell};

use super::context::Context;
use crate::console::{Colour, Console};
use crate::error::Error;
use crate::exit::Exit;
use candidates::{OFFERS, Offer, Typed};
use files::Files;
use request::Request;

const BASH: &str = include_str!("scripts/hookproof.bash");
const ELVISH: &str = include_str!("scripts/hookproof.elv");
const FISH: &str = include_str!("scripts/hookproof.fish");
const POWERSHELL: &str = include_str!("scripts/_hookproof.ps1");
const ZSH: &str = include_str!("scripts/_hookproof");

/// The arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// Whose script to print
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs `completions`.
pub fn run(args: &CompletionsArgs, context: &Context) -> Result<Exit, Error> {
    let script = match args.shell {
        Shell::Bash => BASH,
        Shell::Elvish => ELVISH,
        Shell::Fish => FISH,
        Shell::PowerShell => POWERSHELL,
        Shell::Zsh => ZSH,
        other => return Err(Error::Untestable { message: format!("no script for {other}"), hint: None }),
    };
    context.console.exact(script.as_bytes())?;
    Ok(Exit::Success)
}

/// Answers the request of a completion script. `None` is another command line.
pub fn answer(arguments: &[OsString], var: fn(&str) -> Option<String>, command: fn() -> Command) -> Option<Exit> {
    let console = Console::new(Colour::Never, true, var);
    Some(match request::read(arguments)? {
        Ok(request) => {
            let candidates = candidates(&request, var, command());
            // A shell reads this through a pipe; where a log would obey it, there are no candidates.
            let _ = console.exact(request.answer(&candidates).as_bytes());
            Exit::Success
        }
        Err(message) => {
            console.fail(&message, Some("`hookproof completions SHELL` prints a script that asks correctly"));
            Exit::Usage
        }
    })
}

fn candidates(request: &Request, var: fn(&str) -> Option<String>, command: Command) -> Vec<CompletionCandidate> {
    let typed = Arc::new(Typed::new(request.words.clone(), &names(&command), var));
    let words = request.words.iter().map(OsString::from).collect();
    let folder = std::env::current_dir().ok();
    // A line that cannot be completed has no candidates.
    complete(&mut offering(command, &typed), words, request.index, folder.as_deref()).unwrap_or_default()
}

fn names(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|sub| sub.get_name().to_string()).collect()
}

/// The command line with what its arguments offer.
fn offering(mut command: Command, typed: &Arc<Typed>) -> Command {
    let names = names(&command);
    let pages = names.clone();
    command = command.mut_subcommand("man", |sub| {
        sub.mut_arg("command", |page| {
            page.add(ArgValueCompleter::new(move |begun: &OsStr| {
                fitting(pages.iter().map(CompletionCandidate::new).collect(), begun)
            }))
        })
    });
    for name in names {
        command = command.mut_subcommand(name, |sub| with(sub, typed));
    }
    with(command, typed)
}

/// The command with what its arguments offer: all that comes from data passes here.
fn with(command: Command, typed: &Arc<Typed>) -> Command {
    let name = command.get_name().to_string();
    command.mut_args(|argument| match completer(&name, &argument, typed) {
        Some(completer) => argument.add(completer),
        None => argument,
    })
}

fn completer(command: &str, argument: &Arg, typed: &Arc<Typed>) -> Option<ArgValueCompleter> {
    let id = argument.get_id().as_str();
    let Some((_, offer)) = OFFERS.iter().find(|(known, _)| *known == id) else {
        return path(argument).map(ArgValueCompleter::new);
    };
    let (typed, offer, files): (_, Offer, Files) = (typed.clone(), *offer, files::of_argument(command, id));
    Some(ArgValueCompleter::new(move |begun: &OsStr| {
        fitting(offer(&typed), begun).into_iter().chain(files(begun)).collect::<Vec<_>>()
    }))
}

/// The files of an argument that clap knows to be a path.
fn path(argument: &Arg) -> Option<Files> {
    match argument.get_value_hint() {
        ValueHint::DirPath => Some(files::folders),
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::ExecutablePath => Some(files::any),
        _ => None,
    }
}

/// Those that begin as the word does.
fn fitting(offered: Vec<CompletionCandidate>, begun: &OsStr) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy();
    let mut values: Vec<OsString> = Vec::new();
    let mut fits = |candidate: &CompletionCandidate| {
        let is_new = !values.iter().any(|value| value == candidate.get_value());
        values.push(candidate.get_value().to_os_string());
        let value = candidate.get_value().to_string_lossy();
        // Data that begins with a dash would be read as an option.
        is_new && value.starts_with(&*begun) && !value.starts_with('-')
    };
    offered.into_iter().filter(|candidate| fits(candidate)).collect()
}
