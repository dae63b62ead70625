//! `completions`: scripts for shells, which ask the binary itself what may follow.

mod candidates;

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Args, Command};
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, CompletionCandidate, Shell};

use super::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use candidates::{OF_EVENTS, OFFERS, Offer, Typed, events};

/// The variable by which a script asks.
const ASKED: &str = "HOOKPROOF_COMPLETE";

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
    let shells = Shells::builtins();
    let shell = shells.completer(&name).ok_or_else(|| fail("it is not known".to_string()))?;
    let mut script = Vec::new();
    shell
        .write_registration(ASKED, "hookproof", "hookproof", "hookproof", &mut script)
        .map_err(|cause| fail(cause.to_string()))?;
    if args.shell == Shell::Zsh {
        script.extend_from_slice(AT_ONCE.as_bytes());
    }
    context.console.write(&script);
    Ok(Exit::Success)
}

/// Answers a script that asks what may follow; whether one did.
pub fn answer(arguments: &[OsString], var: fn(&str) -> Option<String>, command: fn() -> Command) -> bool {
    if var(ASKED).is_none() {
        return false;
    }
    let words = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let typed = Arc::new(Typed::new(words.map(|word| word.to_string_lossy().into_owned()).collect(), var));
    let with_offers = || offering(command(), &typed);
    let folder = std::env::current_dir().ok();
    let answered = CompleteEnv::with_factory(with_offers).var(ASKED).try_complete(arguments, folder.as_deref());
    // What a script asked wrongly is nobody's to read.
    answered.unwrap_or(true)
}

/// The command line with what its arguments offer.
fn offering(mut command: Command, typed: &Arc<Typed>) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    for name in names {
        let mut offers = OFFERS.to_vec();
        if OF_EVENTS.contains(&name.as_str()) {
            offers.push(("events", events));
        }
        command = command.mut_subcommand(name, |sub| with(sub, &offers, typed));
    }
    command
}

fn with(mut command: Command, offers: &[(&'static str, Offer)], typed: &Arc<Typed>) -> Command {
    for (id, offer) in offers {
        if !command.get_arguments().any(|argument| argument.get_id() == *id) {
            continue;
        }
        let (typed, offer) = (typed.clone(), *offer);
        let completer = ArgValueCompleter::new(move |begun: &OsStr| fitting(offer(&typed), begun));
        command = command.mut_arg(*id, |argument| argument.add(completer));
    }
    command
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
