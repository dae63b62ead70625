//! The project's `hookproof.toml`: finding it, and what the names of its targets mean.
//!
//! It is looked for from the folder that the command runs in up to the repository's root, and in that folder alone
//! where there is no repository. A target of it is used only when it is named.

use std::path::{Path, PathBuf};

use reqwest::Url;

use super::context::Context;
use super::input;
use crate::config::{Config, FILE, Target};
use crate::error::Error;
use crate::target;
use crate::words;

/// A configuration that was found.
pub(super) struct Project {
    /// The file, as seen from the folder that the command runs in.
    path: PathBuf,
    /// What it says, with its files seen from there too.
    pub(super) config: Config,
}

/// Whether the secret of a target serves what it is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// It does.
    Used,
    /// It does not, and is not spoken of.
    Unused,
}

/// Where a word leads: to an address, or to a target of the project, which is told then.
pub(super) fn destination(context: &Context, typed: &str) -> Result<(Url, Option<Target>), Error> {
    lead(context, typed, Secrets::Used)
}

/// As above, where the target's secret may be of no use.
pub(super) fn lead(context: &Context, typed: &str, secrets: Secrets) -> Result<(Url, Option<Target>), Error> {
    // Only a word that may be a name is worth a look at the file.
    let may_be_name = typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let is_address = target::parse(typed).is_ok();
    let project = if may_be_name && !is_address { Project::here()? } else { None };
    let (url, mut target) = meant(project.as_ref(), typed)?;
    if let Some(target) = target.as_mut().filter(|_| secrets == Secrets::Unused) {
        (target.secret_env, target.secret_file, target.env_file) = (None, None, None);
    }
    if let (Some(project), Some(target)) = (&project, &target) {
        project.tell(context, Some(target));
    }
    Ok((url, target))
}

/// What a word means where this project is: an address, or else a target.
pub(super) fn meant(project: Option<&Project>, typed: &str) -> Result<(Url, Option<Target>), Error> {
    let error = match target::parse(typed) {
        Ok(url) => return Ok((url, None)),
        Err(error) => error,
    };
    let Some(project) = project else { return Err(error.into()) };
    let targets = &project.config.targets;
    if let Some(target) = targets.get(typed) {
        return Ok((target.url.clone(), Some(target.clone())));
    }
    match (words::nearest(typed, targets.keys().map(String::as_str)), project.names()) {
        (Some(near), _) => Err(Error::usage(error.to_string(), format!("did you mean the target `{near}`?"))),
        (None, Some(names)) => Err(Error::usage(error.to_string(), names)),
        (None, None) => Err(error.into()),
    }
}

impl Project {
    /// The project that the command runs in.
    pub(super) fn here() -> Result<Option<Self>, Error> {
        std::env::current_dir().map_or(Ok(None), |folder| Self::find(&folder))
    }

    /// The configuration that counts in a folder; its files are seen from there.
    fn find(start: &Path) -> Result<Option<Self>, Error> {
        let root = start.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
        let found = start.ancestors().take(root + 1).position(|folder| folder.join(FILE).is_file());
        let Some(up) = found else { return Ok(None) };
        let folder: PathBuf = std::iter::repeat_n("..", up).collect();
        let path = folder.join(FILE);
        let mut config = Config::parse(&input::read_text(&path)?, &path.display().to_string())?;
        for target in config.targets.values_mut() {
            target.seen_from(&folder);
        }
        Ok(Some(Self { path, config }))
    }

    /// Says in one line that the configuration is used, and what a target of it stands for.
    pub(super) fn tell(&self, context: &Context, target: Option<&Target>) {
        let mut note = format!("{} is used", self.path.display());
        if let Some(target) = target {
            note.push_str(&format!(": {}", target::shown(&target.url)));
            let file = target.secret_file.as_ref().map(|path| format!("the file {}", path.display()));
            let variable = target.secret_env.as_ref().map(|name| format!("the variable {name}"));
            let places: Vec<String> = variable.into_iter().chain(file).collect();
            if !places.is_empty() {
                note.push_str(&format!(", and the secret from {}", words::list(&places, "and")));
            }
        }
        context.console.note(&note);
    }

    /// The names of its targets, for a hint.
    pub(super) fn names(&self) -> Option<String> {
        let names: Vec<String> = self.config.targets.keys().map(|name| format!("`{name}`")).collect();
        let verb = if names.len() == 1 { "is a target" } else { "are targets" };
        (!names.is_empty()).then(|| format!("{} {verb} of {}", words::list(&names, "and"), self.path.display()))
    }
}
