//! The project's `hookproof.toml`: finding it, and what the names of its targets mean.
//!
//! It is the file of `--config` or `HOOKPROOF_CONFIG`; else it is looked for from the folder that the command runs in up
//! to the repository's root, and in that folder alone where there is no repository.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Url;

use super::context::Context;
use super::input;
use crate::catalog::Catalog;
use crate::complaint::Complaint;
use crate::config::{Config, FILE, Target};
use crate::error::Error;
use crate::replay;
use crate::target;
use crate::words;

/// A configuration that was found.
#[derive(Debug)]
pub(super) struct Project {
    /// The file, as seen from the folder that the command runs in.
    path: PathBuf,
    text: String,
    /// What it says, with its files seen from there too.
    pub(super) config: Config,
    /// Whether it was said that its catalogs are used, which is said once.
    told_catalogs: AtomicBool,
}

/// What of a configuration a command goes by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used<'a> {
    /// One of its targets.
    pub(super) target: Option<&'a Target>,
    /// Its headers, where it has some.
    pub(super) headers: bool,
    /// Its time limit.
    pub(super) timeout: bool,
    /// Its folder of stories.
    pub(super) stories: bool,
    /// What it selects for a check.
    pub(super) check: bool,
}

/// Whether the secret of a target serves what it is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// It does.
    Used,
    /// It does not, and is not spoken of.
    Unused,
}

/// Where a word leads: to an address, or to a target of the project, which is told then. Its secret may be of no use.
pub(super) fn lead(context: &Context, typed: &str, secrets: Secrets) -> Result<(Url, Option<Target>), Error> {
    let project = context.project()?;
    let (url, mut target) = meant(project, typed)?;
    if let Some(target) = target.as_mut().filter(|_| secrets == Secrets::Unused) {
        (target.secret_env, target.secret_file, target.env_file) = (None, None, None);
    }
    if let (Some(project), Some(target)) = (project, &target) {
        project.tell_used(context, &Used { target: Some(target), ..Used::default() });
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
    /// The project that the command runs in, or the one that is named; an empty name is none.
    pub(super) fn here(named: Option<&Path>) -> Result<Option<Self>, Error> {
        match named {
            Some(path) if path.as_os_str().is_empty() => Ok(None),
            Some(path) => Self::read(path.to_path_buf()).map(Some),
            None => std::env::current_dir().map_or(Ok(None), |folder| Self::find(&folder)),
        }
    }

    /// The configuration that counts in a folder.
    fn find(start: &Path) -> Result<Option<Self>, Error> {
        let root = start.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
        let found = start.ancestors().take(root + 1).position(|folder| folder.join(FILE).is_file());
        let Some(up) = found else { return Ok(None) };
        let folder: PathBuf = std::iter::repeat_n("..", up).collect();
        Self::read(folder.join(FILE)).map(Some)
    }

    fn read(path: PathBuf) -> Result<Self, Error> {
        let text = text(&path)?;
        let mut config = Config::parse(&text, &path.display().to_string())?;
        config.seen_from(path.parent().unwrap_or(Path::new("")));
        Ok(Self { path, text, config, told_catalogs: AtomicBool::new(false) })
    }

    /// Says in one line that the configuration is used, and what of it; nothing where nothing is.
    pub(super) fn tell_used(&self, context: &Context, used: &Used<'_>) {
        let headers = !self.config.headers(used.target).0.is_empty();
        let parts = [
            (!self.config.catalogs.is_empty() && !self.told_catalogs.swap(true, Ordering::Relaxed), "catalogs"),
            (used.headers && headers, "headers"),
            (used.timeout, "time limit"),
            (used.stories, "stories"),
            (used.check, "check"),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter(|(is_used, _)| *is_used).map(|(_, word)| word.into()).collect();
        let target = used.target.map(told).into_iter();
        let its = (!parts.is_empty()).then(|| format!("its {}", words::list(&parts, "and")));
        let said: Vec<String> = target.chain(its).collect();
        if !said.is_empty() {
            context.console.note(&format!("{} is used: {}", self.path.display(), said.join("; ")));
        }
    }

    /// The names of its targets, for a hint.
    pub(super) fn names(&self) -> Option<String> {
        let names: Vec<String> = self.config.targets.keys().map(|name| format!("`{name}`")).collect();
        let verb = if names.len() == 1 { "is a target" } else { "are targets" };
        (!names.is_empty()).then(|| format!("{} {verb} of {}", words::list(&names, "and"), self.path.display()))
    }

    /// The file, as the user knows it.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Where a key stands: `hookproof.toml:3`.
    pub(super) fn place(&self, key: &[&str]) -> String {
        match self.config.line(key) {
            Some(line) => format!("{}:{line}", self.path.display()),
            None => self.shown(),
        }
    }

    /// Refuses headers in which a provider sends its signature, or the secret itself.
    pub(super) fn check_headers(&self, catalog: &Catalog) -> Result<(), Complaint> {
        self.config.header_keys().try_for_each(|key| {
            let name = key.last().copied().unwrap_or_default();
            let mut providers = catalog.providers.iter();
            let Some(provider) = providers.find(|provider| replay::is_signature(Some(provider), None, name)) else {
                return Ok(());
            };
            let what = format!(
                "`{name}` holds a signature or a secret, as with {}, and neither ever stands in this file; -H gives it",
                provider.description.name
            );
            let complaint = self.config.complaint_of_key(&self.text, &self.shown(), &key, &what);
            Err(complaint.hinting("secret_env = \"NAME\" of a target names the variable that holds its secret"))
        })
    }

    /// Tells where a target of this file names a provider that is none.
    pub(super) fn check_provider(&self, target: &Target, catalog: &Catalog) -> Result<(), Complaint> {
        let Some(Err(error)) = target.provider.as_deref().map(|id| catalog.named(id)) else { return Ok(()) };
        let is_it = |other: &Target| other.url == target.url && other.provider == target.provider;
        let name = self.config.targets.iter().find(|(_, other)| is_it(other)).map_or("", |(name, _)| name);
        Err(self.complaint(&["targets", name, "provider"], &error.to_string()).hinting(error.hint()))
    }

    /// A fault of a key's value that shows only when it is used.
    pub(super) fn complaint(&self, key: &[&str], what: &str) -> Complaint {
        self.config.complaint(&self.text, &self.shown(), key, what)
    }
}

/// The text of a configuration, without the mark that some editors put before it.
fn text(path: &Path) -> Result<String, Error> {
    let mut text = String::from_utf8(input::read(path)?).map_err(|error| {
        let (at, text) = (error.utf8_error().valid_up_to(), String::from_utf8_lossy(error.as_bytes()).into_owned());
        Complaint::at(&text, &path.display().to_string(), at..at + 1, "this is not UTF-8").hinting("save it as UTF-8")
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// What a target stands for.
fn told(target: &Target) -> String {
    let mut told = target::shown(&target.url);
    let file = target.secret_file.as_ref().map(|path| format!("the file {}", path.display()));
    let variable = target.secret_env.as_ref().map(|name| format!("the variable {name}"));
    let places: Vec<String> = variable.into_iter().chain(file).collect();
    if !places.is_empty() {
        told.push_str(&format!(", and the secret from {}", words::list(&places, "and")));
    }
    told
}
