//! The project's `hookproof.toml`: finding it, and what the names of its targets mean.
//!
//! It is the file of `--config` or `HOOKPROOF_CONFIG`; else it is looked for from the folder that the command runs in up
//! to the repository's root, and in that folder alone where there is no repository. What another user of the machine owns
//! is not found. Files that it names must be below the project's root, wherever links lead.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use reqwest::Url;

use super::context::Context;
use super::input;
use super::owner::{self, Found};
use crate::catalog::{Catalog, FolderRead, SelectError};
use crate::complaint::Complaint;
use crate::config::{Config, FILE, Target};
use crate::error::Error;
use crate::replay;
use crate::target;
use crate::words;

/// What a repository's root has.
const GIT: &str = ".git";

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
    origin: Origin,
    /// Its folder, below which all of its files are, without links.
    root: PathBuf,
    /// The folders of each of its catalogs, read once: what was judged is what is used.
    providers: Mutex<BTreeMap<PathBuf, Vec<FolderRead>>>,
}

/// How a command came to its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The caller named it.
    Named,
    /// It was there.
    Found,
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
    /// The project that the command runs in, or the one that is named; an empty name is none. Notes tell what is ignored.
    pub(super) fn here(named: Option<&Path>, note: &dyn Fn(&str)) -> Result<Option<Self>, Error> {
        match named {
            Some(path) if path.as_os_str().is_empty() => Ok(None),
            Some(path) => Self::named(path).map(Some),
            None => std::env::current_dir().map_or(Ok(None), |folder| Self::find(&folder, note)),
        }
    }

    /// The configuration at a path that the caller named.
    pub(super) fn named(path: &Path) -> Result<Self, Error> {
        Self::read(path.to_path_buf(), input::read(path)?, Origin::Named)
    }

    /// The configuration that counts in a folder.
    fn find(start: &Path, note: &dyn Fn(&str)) -> Result<Option<Self>, Error> {
        let root = repository(start);
        tell_ignored_repositories(start, root, note);
        for (up, folder) in start.ancestors().take(root.unwrap_or(0) + 1).enumerate() {
            let seen = seen_from_below(up).join(FILE);
            let fail = |cause| Error::Read { path: seen.clone(), cause };
            match owner::open(&folder.join(FILE)).map_err(fail)? {
                Found::Absent => {}
                Found::Foreign(owner) => note(&ignored(&seen, owner, &format!("--config {} uses it", seen.display()))),
                Found::Ours(file) => {
                    if let Some(real) = leads_out(&folder.join(FILE)) {
                        note(&ignored_link(&seen, &real));
                        continue;
                    }
                    let bytes = input::read_open(file, &seen)?;
                    return Self::read(seen, bytes, Origin::Found).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn read(path: PathBuf, bytes: Vec<u8>, origin: Origin) -> Result<Self, Error> {
        let text = text(bytes, &path)?;
        let mut config = Config::parse(&text, &path.display().to_string())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.seen_from(folder);
        let root = root(folder).map_err(|cause| Error::Read { path: path.clone(), cause })?;
        let (told_catalogs, providers) = (AtomicBool::new(false), Mutex::default());
        Ok(Self { path, text, config, told_catalogs, origin, root, providers })
    }

    /// Returns true if nobody named it: it was there.
    pub(super) fn is_found(&self) -> bool {
        self.origin == Origin::Found
    }

    /// Its file in a folder without links, by which it is known from everywhere. A file that is a link is known by its
    /// own name: other files are seen from there.
    pub(super) fn real_path(&self) -> Result<PathBuf, Error> {
        real_path(&self.path)
    }

    /// What it says, with its files as they are written.
    pub(super) fn as_written(&self) -> Result<Config, Error> {
        Ok(Config::parse(&self.text, &self.shown())?)
    }

    /// Where one of its files is without links. Refuses what is not below its root.
    pub(super) fn inside(&self, key: &[&str], path: &Path) -> Result<PathBuf, Error> {
        let real = path.canonicalize().map_err(|cause| Error::Read { path: path.to_path_buf(), cause })?;
        if real.starts_with(&self.root) {
            return Ok(real);
        }
        let what = format!(
            "{} leads to {}, which is outside of the project ({})",
            path.display(),
            real.display(),
            self.root.display()
        );
        let complaint = self.complaint(key, &what);
        Err(complaint
            .hinting("move it into the project, or name it on the command line: --secret-file, --env-file, --catalog")
            .into())
    }

    /// Opens one of its files, named by this key. If the project was merely found, no other user may own the file.
    pub(super) fn open(&self, key: &[&str], path: &Path) -> Result<File, Error> {
        let real = self.inside(key, path)?;
        let fail = |cause| Error::Read { path: path.to_path_buf(), cause };
        let file = owner::open_at_once(&real).map_err(fail)?;
        let stranger = owner::stranger(&file.metadata().map_err(fail)?).filter(|_| self.is_found());
        let Some(owner) = stranger else { return Ok(file) };
        let what = format!("{} belongs to another user ({owner})", path.display());
        Err(self.complaint(key, &what).hinting(format!("--config {} uses it all the same", self.path.display())).into())
    }

    /// Reads one of its files.
    pub(super) fn read_file(&self, key: &[&str], path: &Path) -> Result<Vec<u8>, Error> {
        input::read_open(self.open(key, path)?, path)
    }

    /// The folders of one of its catalogs, by this reader the first time.
    pub(super) fn providers(
        &self,
        catalog: &Path,
        read: impl FnOnce() -> Result<Vec<FolderRead>, Error>,
    ) -> Result<Vec<FolderRead>, Error> {
        let mut known = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folders) = known.get(catalog) {
            return Ok(folders.clone());
        }
        let folders = read()?;
        known.insert(catalog.to_path_buf(), folders.clone());
        Ok(folders)
    }

    /// The key of a target, for a complaint about its file.
    pub(super) fn key_of<'a>(&'a self, target: &Target, key: &'a str) -> [&'a str; 3] {
        ["targets", self.name_of(target), key]
    }

    fn name_of(&self, target: &Target) -> &str {
        self.config.targets.iter().find(|(_, other)| *other == target).map_or("", |(name, _)| name)
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
        let complaint = self.complaint(&["targets", name, "provider"], &error.to_string()).hinting(error.hint());
        Err(complaint.blaming_catalog(matches!(error, SelectError::LeftOut { .. })))
    }

    /// Checks that the provider of a target has the signature mode that the target names.
    pub(super) fn check_mode(&self, target: &Target, catalog: &Catalog) -> Result<(), Complaint> {
        let Some(mode) = &target.signature_mode else { return Ok(()) };
        let Some(provider) = target.provider.as_deref().and_then(|id| catalog.provider(id)) else { return Ok(()) };
        let modes: Vec<String> = provider.description.signature.iter().map(|scheme| scheme.mode.clone()).collect();
        if modes.contains(mode) {
            return Ok(());
        }
        let hint = match modes.as_slice() {
            [] => format!("{} documents no signature", provider.id),
            modes => format!("expected {}", words::list(modes, "or")),
        };
        let what = format!("{} has no such signature mode", provider.id);
        Err(self.complaint(&self.key_of(target, "signature_mode"), &what).hinting(hint))
    }

    /// A fault of a key's value that shows only when it is used.
    pub(super) fn complaint(&self, key: &[&str], what: &str) -> Complaint {
        self.config.complaint(&self.text, &self.shown(), key, what)
    }
}

/// A path whose folder has no links in it.
pub(super) fn real_path(path: &Path) -> Result<PathBuf, Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|cause| Error::Read { path: path.to_path_buf(), cause })?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

/// How many folders up the repository begins, if there is one. A worktree has a file in place of the folder.
fn repository(start: &Path) -> Option<usize> {
    start.ancestors().position(|folder| matches!(owner::look(&folder.join(GIT)), Found::Ours(_)))
}

/// The folder that a project's files must be below: that of its repository, or else that of its configuration.
fn root(folder: &Path) -> std::io::Result<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.canonicalize()?;
    let up = repository(&folder).unwrap_or(0);
    Ok(folder.ancestors().nth(up).unwrap_or(&folder).to_path_buf())
}

/// Tells of a repository that is another user's, where a configuration would be found by it.
fn tell_ignored_repositories(start: &Path, root: Option<usize>, note: &dyn Fn(&str)) {
    for (up, folder) in start.ancestors().enumerate().take_while(|(up, _)| root.is_none_or(|root| *up < root)) {
        let Found::Foreign(owner) = owner::look(&folder.join(GIT)) else { continue };
        let has_config = |folder: &Path| folder.join(FILE).is_file();
        if root.is_none()
            && let Some(above) = start.ancestors().take(up + 1).skip(1).position(has_config)
        {
            let config = seen_from_below(above + 1).join(FILE);
            let hint = format!("--config {} uses the configuration there", config.display());
            note(&ignored(&seen_from_below(up).join(GIT), owner, &hint));
        }
    }
}

/// Where a configuration is, if it is a link to a file outside of its project: what stands there is not the project's.
fn leads_out(path: &Path) -> Option<PathBuf> {
    let (real, root) = (path.canonicalize().ok()?, root(path.parent()?).ok()?);
    (!real.starts_with(root)).then_some(real)
}

fn ignored_link(path: &Path, real: &Path) -> String {
    let (path, real) = (path.display(), real.display());
    format!("{path} is ignored: it leads to {real}, outside of the project; --config {path} uses it")
}

/// What is said of something that another user owns.
fn ignored(path: &Path, owner: u32, hint: &str) -> String {
    let caller = owner::caller();
    format!("{} is ignored: it belongs to another user ({owner}, and this is {caller}); {hint}", path.display())
}

/// A folder so many steps up.
fn seen_from_below(up: usize) -> PathBuf {
    std::iter::repeat_n("..", up).collect()
}

/// The text of a configuration, without the mark that some editors put before it.
fn text(bytes: Vec<u8>, path: &Path) -> Result<String, Error> {
    let mut text = String::from_utf8(bytes).map_err(|error| {
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
