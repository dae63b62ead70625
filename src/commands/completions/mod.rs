//! `completions`: scripts for shells, which ask the binary itself what may follow.

mod candidates;
mod quoted;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Arc;

use clap::{Args, Command};
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter as _};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, CompletionCandidate, Shell};

use super::context::Context;
use super::files::regular;
use crate::error::Error;
use crate::exit::Exit;
use crate::story::ENDING;
use candidates::{OF_FILES, OF_STEPS, OFFERS, Offer, Typed};

/// The variable by which a script asks.
const ASKED: &str = "HOOKPROOF_COMPLETE";

/// bash breaks words where no blank is, and takes what it is told as it stands.
const BASH: &str = include_str!("hookproof.bash");

/// zsh loads a script of its function path with the first Tab, which has to be answered too.
const AT_ONCE: &str = "
if [[ $funcstack[1] == _hookproof ]]; then
    _clap_dynamic_completer_hookproof \"$@\"
fi
";

/// The arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// Whose script to print
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs `completions`.
pub fn run(args: &CompletionsArgs, context: &Context) -> Result<Exit, Error> {
    let name = args.shell.to_string();
    let fail = |cause: String| Error::Untestable { message: format!("no script for {name}: {cause}"), hint: None };
    let script = match args.shell {
        Shell::Bash => BASH.as_bytes().to_vec(),
        Shell::Fish => quiet(&registration(&name).map_err(fail)?),
        Shell::Zsh => [registration(&name).map_err(fail)?.as_slice(), AT_ONCE.as_bytes()].concat(),
        _ => registration(&name).map_err(fail)?,
    };
    context.console.write(&script);
    Ok(Exit::Success)
}

/// What a shell reads to ask us.
fn registration(shell: &str) -> Result<Vec<u8>, String> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or("it is not known")?;
    let mut script = Vec::new();
    shell
        .write_registration(ASKED, "hookproof", "hookproof", "hookproof", &mut script)
        .map_err(|cause| cause.to_string())?;
    Ok(script)
}

/// What an older binary says to the question is nothing to read at a prompt.
fn quiet(script: &[u8]) -> Vec<u8> {
    let script = String::from_utf8_lossy(script);
    let asked = "(commandline --current-token))";
    script.replace(asked, "(commandline --current-token) 2> /dev/null)").into_bytes()
}

/// Answers a script that asks what may follow; whether one did.
pub fn answer(arguments: &[OsString], var: fn(&str) -> Option<String>, command: fn() -> Command) -> bool {
    let Some(shell) = var(ASKED) else { return false };
    let before = arguments.iter().position(|word| word == "--").map_or(arguments.len(), |at| at + 1);
    let (asked, typed) = arguments.split_at(before);
    let typed: Vec<OsString> = typed.iter().map(|word| quoted::meant(word, &shell)).collect();
    let arguments: Vec<OsString> = asked.iter().chain(&typed).cloned().collect();
    let typed = Arc::new(Typed::new(
        typed.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        &names(&command()),
        var,
    ));
    let with_offers = || offering(command(), &typed);
    let folder = std::env::current_dir().ok();
    let answered = CompleteEnv::with_factory(with_offers).var(ASKED).try_complete(arguments, folder.as_deref());
    // What a script asked wrongly is nobody's to read.
    answered.unwrap_or(true)
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
        command = command.mut_subcommand(name, |sub| with(sub, &OFFERS, typed));
    }
    command
}

fn with(mut command: Command, offers: &[(&'static str, Offer)], typed: &Arc<Typed>) -> Command {
    for (id, offer) in offers {
        if !command.get_arguments().any(|argument| argument.get_id() == *id) {
            continue;
        }
        let (typed, offer) = (typed.clone(), *offer);
        let files = files_of(command.get_name(), id);
        let completer = ArgValueCompleter::new(move |begun: &OsStr| {
            fitting(offer(&typed), begun).into_iter().chain(files(begun)).collect()
        });
        command = command.mut_arg(*id, |argument| argument.add(completer));
    }
    command
}

/// The files that an argument may take, by how a path begins.
fn files_of(command: &str, id: &str) -> fn(&OsStr) -> Vec<CompletionCandidate> {
    match command {
        _ if OF_FILES.contains(&id) => files,
        "run" if OF_STEPS.contains(&id) => with_steps,
        "send" | "events" if OF_STEPS.contains(&id) => |begun| {
            // Folders would stand among the names of events.
            let is_path = begun.to_string_lossy().contains('/');
            let is_folder = |file: &CompletionCandidate| file.get_value().to_string_lossy().ends_with('/');
            with_steps(begun).into_iter().filter(|file| is_path || !is_folder(file)).collect()
        },
        _ => |_| Vec::new(),
    }
}

/// Files, behind the name of what they are for too: `superfolio=secret.txt`.
fn files(begun: &OsStr) -> Vec<CompletionCandidate> {
    let text = begun.to_string_lossy();
    let Some((name, path)) = text.split_once('=') else { return PathCompleter::any().complete(begun) };
    let found = PathCompleter::any().complete(OsStr::new(path));
    found.into_iter().map(|file| file.add_prefix(format!("{name}="))).collect()
}

/// Files of stories, and the folders in which there may be some.
fn with_steps(begun: &OsStr) -> Vec<CompletionCandidate> {
    let has_steps = |path: &Path| {
        path.to_string_lossy().ends_with(ENDING)
            && regular(path).is_ok_and(|text| String::from_utf8_lossy(&text).contains("[[step]]"))
    };
    PathCompleter::any().filter(has_steps).complete(begun)
}

/// Those that begin as the word does.
fn fitting(offered: Vec<CompletionCandidate>, begun: &OsStr) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy();
    let mut values: Vec<OsString> = Vec::new();
    let mut fits = |candidate: &CompletionCandidate| {
        let is_new = !values.iter().any(|value| value == candidate.get_value());
        values.push(candidate.get_value().to_os_string());
        is_new && candidate.get_value().to_string_lossy().starts_with(&*begun)
    };
    offered.into_iter().filter(|candidate| fits(candidate)).collect()
}
