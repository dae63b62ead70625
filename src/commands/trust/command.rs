//! `config trust`: trusts a project as it is now, lists those that are trusted, and takes trust back.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde_json::json;

use super::store::{self, Entry};
use super::{Standing, recorded, remember};
use crate::commands::context::Context;
use crate::commands::input::maybe_path;
use crate::commands::project::{self, Project};
use crate::commands::secrets;
use crate::config::{FILE, Target};
use crate::error::Error;
use crate::exit::Exit;
use crate::words::{self, Lines};
use crate::{catalog, target};

/// The arguments of `config trust`.
#[derive(Clone, Debug, Args)]
pub(in crate::commands) struct TrustArgs {
    /// List the projects that are trusted
    #[arg(long, conflicts_with = "revoke")]
    list: bool,
    /// With --list: one line of JSON for each
    #[arg(long, requires = "list")]
    json: bool,
    /// Take the trust back: from this project, or from the one whose hookproof.toml is given
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "",
        value_parser = maybe_path(),
        value_hint = ValueHint::FilePath
    )]
    revoke: Option<PathBuf>,
}

/// Runs `config trust`.
pub(in crate::commands) fn run(args: &TrustArgs, context: &Context) -> Result<Exit, Error> {
    match &args.revoke {
        _ if args.list => list(args, context),
        Some(file) if file.as_os_str().is_empty() => revoke(&here(context)?.real_path()?, context),
        Some(file) => revoke(&project::real_path(file).unwrap_or_else(|_| file.clone()), context),
        None => trust(here(context)?, context),
    }
}

fn here(context: &Context) -> Result<&Project, Error> {
    context.project()?.ok_or_else(|| {
        let what = format!("there is no {FILE} here, nor above up to the repository's root");
        Error::usage(what, "`hookproof init` writes one; --config FILE names another")
    })
}

fn trust(project: &Project, context: &Context) -> Result<Exit, Error> {
    // What can't be read is not trusted blindly.
    let catalog = context.catalog_untold()?;
    let is_own = |shown: &str| project.config.catalogs.iter().any(|place| Path::new(shown).starts_with(place));
    if let Some(left_out) = catalog.left_out().iter().find(|left_out| is_own(&left_out.shown)) {
        return Err(left_out.error().into());
    }
    project.config.targets.values().try_for_each(|target| project.check_provider(target, &catalog))?;
    remember(project)?;
    context.console.say(&format!("{} is trusted as it is now", project.shown()));
    for (name, target) in &project.config.targets {
        context.console.say(&format!("  {name}: {}", told(target)));
    }
    for folder in &project.config.catalogs {
        let ids = super::providers(project, folder)?;
        let ids: Vec<String> = ids.iter().flatten().map(|folder: &catalog::Folder| folder.id.clone()).collect();
        let line = format!("  providers of {}: {}", folder.display(), words::list(&ids, "and"));
        context.console.say(&words::printable(&line, Lines::Escape));
    }
    Ok(Exit::Success)
}

/// Where a target's secret is, and where it goes.
fn told(target: &Target) -> String {
    let to = target::shown(&target.url);
    if target.names_secret() { format!("{to}, the secret from {}", secrets::places(target)) } else { to }
}

fn revoke(path: &Path, context: &Context) -> Result<Exit, Error> {
    let shown = words::printable(&path.display().to_string(), Lines::Escape);
    if store::forget(path)? {
        context.console.say(&format!("{shown} is no longer trusted"));
    } else {
        context.console.note(&format!("{shown} was not trusted"));
    }
    Ok(Exit::Success)
}

fn list(args: &TrustArgs, context: &Context) -> Result<Exit, Error> {
    let (entries, broken) = store::list()?;
    for entry in &entries {
        let state = state(entry);
        let path = entry.path.display().to_string();
        context.console.print(&if args.json {
            words::json_line(&json!({"hookproof": "trusted/1", "path": path, "state": state}))
        } else {
            format!("{state:<8}  {}", words::printable(&path, Lines::Escape))
        });
    }
    for file in broken {
        let shown = words::printable(&file.display().to_string(), Lines::Escape);
        context.console.note(&format!("{shown} can't be read, and trusts nothing; remove it"));
    }
    Ok(Exit::Success)
}

/// Whether a project is still as it was trusted.
fn state(entry: &Entry) -> &'static str {
    if !entry.path.exists() {
        return "gone";
    }
    match Project::named(&entry.path).and_then(|project| recorded(&project)) {
        Ok(Standing::Trusted) => "trusted",
        _ => "changed",
    }
}
