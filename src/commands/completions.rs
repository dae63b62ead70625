//! `completions`: scripts for shells, and the names that they offer.

use std::io::Write as _;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;

use super::context::Context;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::exit::Exit;

/// The arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// Whose script to print
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs `completions`.
pub fn run(args: &CompletionsArgs, context: &Context, command: Command) -> Exit {
    context.console.write(&script(args.shell, command));
    Exit::Success
}

/// The script of one shell.
pub fn script(shell: Shell, mut command: Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "hookproof", &mut script);
    script
}

/// Every shell, with the name of its file under `completions/`.
pub fn files() -> Vec<(Shell, String)> {
    Shell::value_variants().iter().map(|shell| (*shell, file_name(*shell))).collect()
}

fn file_name(shell: Shell) -> String {
    use clap_complete::Generator as _;
    shell.file_name("hookproof")
}

/// Names that are offered and not enforced: globs and the user's own catalogs are words too.
#[derive(Clone)]
pub struct Names(fn(&Catalog) -> Vec<String>);

/// The bundled providers' ids.
pub fn provider_names() -> Names {
    Names(|catalog| catalog.providers.iter().map(|provider| provider.id.clone()).collect())
}

/// The bundled events' full names.
pub fn event_names() -> Names {
    Names(|catalog| catalog.providers.iter().flat_map(|p| p.events().map(|event| event.full_name())).collect())
}

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        clap::builder::StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let catalog = Catalog::load(Catalog::embedded()).ok()?;
        Some(Box::new((self.0)(&catalog).into_iter().map(PossibleValue::new)))
    }
}

/// Writes every script into a folder, and says which of them were stale.
pub fn refresh(folder: &std::path::Path, command: &Command) -> Result<Vec<String>, Error> {
    let mut stale = Vec::new();
    for (shell, name) in files() {
        let path = folder.join(&name);
        let script = script(shell, command.clone());
        if std::fs::read(&path).ok().as_deref() == Some(&script) {
            continue;
        }
        let fail = |cause| Error::Write { path: path.clone(), cause };
        let mut file = std::fs::File::create(&path).map_err(fail)?;
        file.write_all(&script).map_err(fail)?;
        stale.push(name);
    }
    Ok(stale)
}
