//! `man`: the manual pages, made from the same words as the help.

use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueHint};
use clap_mangen::Man;

use super::context::Context;
use super::files::{self, Access, Existing};
use crate::error::Error;
use crate::exit::Exit;
use crate::words;

/// The place of what every command has, behind the options of its own.
const EVERYWHERE: usize = 900;

/// The arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The command whose page to print; otherwise that of hookproof itself
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Writes every page into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

/// Runs `man`. Pages carry no date, so the same version writes the same pages.
pub fn run(args: &ManArgs, context: &Context, mut command: Command) -> Result<Exit, Error> {
    command = command.disable_help_subcommand(true);
    command.build();
    if let Some(folder) = &args.out {
        return write_all(folder, &command);
    }
    let page = match &args.command {
        None => page(&command, None)?,
        Some(name) => page(find(&command, name)?, Some(name))?,
    };
    context.console.exact(&page)?;
    Ok(Exit::Success)
}

/// The commands with the names of their pages: `config`, `config-trust`.
fn pages(command: &Command) -> Vec<(String, &Command)> {
    let mut pages = Vec::new();
    for sub in command.get_subcommands() {
        pages.push((sub.get_name().to_string(), sub));
        pages.extend(sub.get_subcommands().map(|inner| (format!("{}-{}", sub.get_name(), inner.get_name()), inner)));
    }
    pages
}

fn find<'c>(command: &'c Command, name: &str) -> Result<&'c Command, Error> {
    let pages = pages(command);
    pages.iter().find(|(known, _)| known == name).map(|(_, command)| *command).ok_or_else(|| {
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        let near = words::nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        Error::usage(format!("there is no command `{name}`"), near.unwrap_or_else(|| names.join(", ")))
    })
}

fn write_all(folder: &Path, command: &Command) -> Result<Exit, Error> {
    let write = |path: PathBuf, page: Vec<u8>| {
        let written = files::write(&path, &page, Existing::Replace, Access::Usual);
        written.map_err(|cause| Error::Write { path: path.clone(), cause })
    };
    std::fs::create_dir_all(folder).map_err(|cause| Error::Write { path: folder.to_path_buf(), cause })?;
    write(folder.join("hookproof.1"), page(command, None)?)?;
    for (name, sub) in pages(command) {
        write(folder.join(format!("hookproof-{name}.1")), page(sub, Some(&name))?)?;
    }
    Ok(Exit::Success)
}

/// The page of a command; `sub` is its name below `hookproof`.
fn page(command: &Command, sub: Option<&str>) -> Result<Vec<u8>, Error> {
    // A page tells all of an option, what -h leaves out too, and what each command has at its end.
    let mut command = command.clone().mut_args(|argument| {
        let argument = argument.hide_short_help(false);
        if argument.is_global_set() { argument.display_order(EVERYWHERE) } else { argument }
    });
    if let Some(name) = sub {
        // The name of a page has a dash where the command line has a space.
        let typed = name.replace('-', " ");
        command = command.name(format!("hookproof-{name}")).bin_name(format!("hookproof {typed}"));
    }
    let mut page = Vec::new();
    let made = Man::new(command)
        .date("")
        .source(concat!("hookproof ", env!("CARGO_PKG_VERSION")))
        .manual("Hookproof manual")
        .render(&mut page);
    made.map_err(|cause| Error::Untestable { message: format!("the page can't be made: {cause}"), hint: None })?;
    // A date that is left out has to leave its place, or the version stands there.
    let page = String::from_utf8_lossy(&page).replacen("  \"", " \"\" \"", 1);
    Ok(page.into_bytes())
}
