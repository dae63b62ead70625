//! `completions`: scripts for shells, and the names that they offer.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args, Command};
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
pub fn run(args: &CompletionsArgs, context: &Context, mut command: Command) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "hookproof", &mut script);
    let script = String::from_utf8_lossy(&script);
    let names = event_names().list(&Catalog::built_in()?);
    context.console.write(with_events(args.shell, &script, &names).as_bytes());
    Ok(Exit::Success)
}

/// The commands whose words are events.
const OF_EVENTS: [&str; 3] = ["send", "events", "render"];

/// For bash and zsh the generator offers the values of words too; for the others they are added here.
fn with_events(shell: Shell, script: &str, names: &[String]) -> String {
    let lines = |line: &str| -> String {
        names.iter().fold(String::new(), |all, name| all + &format!("            {}\n", line.replace("EVENT", name)))
    };
    let after_line = |opening: &str, entries: &str| {
        OF_EVENTS.iter().fold(script.to_string(), |script, name| {
            let line = opening.replace("NAME", name);
            script.replacen(&line, &format!("{line}{entries}"), 1)
        })
    };
    match shell {
        Shell::Fish => OF_EVENTS.iter().fold(script.to_string(), |script, name| {
            let condition = format!("complete -c hookproof -n \"__fish_hookproof_using_subcommand {name}\"");
            script + &format!("{condition} -f -a \"{}\"\n", names.join(" "))
        }),
        Shell::PowerShell => {
            let result = "[CompletionResult]::new('EVENT', 'EVENT', [CompletionResultType]::ParameterValue, 'EVENT')";
            after_line("'hookproof;NAME' {\n", &lines(result))
        }
        Shell::Elvish => after_line("&'hookproof;NAME'= {\n", &lines("cand EVENT EVENT")),
        _ => script.to_string(),
    }
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

impl Names {
    fn list(&self, catalog: &Catalog) -> Vec<String> {
        (self.0)(catalog)
    }
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
        let catalog = Catalog::built_in().ok()?;
        Some(Box::new(self.list(&catalog).into_iter().map(PossibleValue::new)))
    }
}
