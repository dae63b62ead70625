//! What every command needs of the world: the streams, the environment, the catalogs, the project's configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use reqwest::Url;

use super::asking::{self, Picked};
use super::files::{self, list};
use super::project::{Project, Used};
use super::settings::{self, CONFIG, Origin, Setting};
use super::stories;
use crate::catalog::{Catalog, CatalogError, Folder, STORIES};
use crate::console::Console;
use crate::error::Error;
use crate::message::Answer;
use crate::report;
use crate::words;

/// What the command line says for every command.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Folders of providers.
    pub catalogs: Vec<PathBuf>,
    /// The configuration.
    pub config: Option<PathBuf>,
    /// Whether nothing is ever asked.
    pub no_input: bool,
}

/// The world, gathered once.
#[derive(Debug)]
pub struct Context {
    /// The streams.
    pub console: Console,
    /// The user's own catalogs, as given on the command line.
    pub catalogs: Vec<PathBuf>,
    /// The words of the command line, the program's name before them.
    pub words: Vec<OsString>,
    /// Reads an environment variable.
    pub var: fn(&str) -> Option<String>,
    /// Whether nothing is ever asked.
    pub no_input: Setting<bool>,
    /// The configuration, as given on the command line.
    config: Option<PathBuf>,
    /// What was found of it, once it was looked for.
    project: OnceLock<Option<Project>>,
    /// What a person picked.
    picked: Mutex<Vec<Picked>>,
    /// Whether it was told what of a project is ignored.
    told_ignored: AtomicBool,
    /// True once the address behind `localhost` was printed.
    told_address: AtomicBool,
    /// The address of an untrusted project to which the command sends.
    pub(super) exposed: OnceLock<Url>,
}

impl Context {
    /// The world as the command line and the environment say. The project's configuration is not looked for yet.
    pub fn new(mut console: Console, given: Given, words: Vec<OsString>, var: fn(&str) -> Option<String>) -> Self {
        let no_input = settings::no_input(given.no_input, var);
        console.can_ask &= !no_input.value;
        let Given { catalogs, config, .. } = given;
        Self {
            console,
            catalogs,
            words,
            var,
            no_input,
            config,
            project: OnceLock::new(),
            picked: Mutex::default(),
            told_ignored: AtomicBool::new(false),
            told_address: AtomicBool::new(false),
            exposed: OnceLock::new(),
        }
    }

    /// The built-in catalog and the user's own, which come later and so win. It is told where the project has some.
    pub fn catalog(&self) -> Result<Catalog, Error> {
        if let Some(project) = self.project()? {
            project.tell_used(self, &Used::default());
        }
        self.catalog_untold()
    }

    /// As above, for a command that tells what it uses of the project.
    pub(super) fn catalog_untold(&self) -> Result<Catalog, Error> {
        let mut catalog = Catalog::built_in()?;
        let mut folders = Vec::new();
        for place in settings::catalogs(self)? {
            folders.extend(self.read_place(&place)?);
        }
        let own: Vec<String> = folders.iter().map(|folder| folder.id.clone()).collect();
        catalog.add(folders)?;
        let mut own = catalog.providers.iter().filter(|provider| own.contains(&provider.id));
        own.try_for_each(|provider| {
            provider.check()?;
            provider.stories().try_for_each(|story| stories::read(&catalog, &story).map(drop))
        })?;
        if let Some(project) = self.project()? {
            project.check_headers(&catalog)?;
        }
        Ok(catalog)
    }

    /// The providers of a place that is set.
    pub(super) fn read_place(&self, place: &Setting<PathBuf>) -> Result<Vec<Folder>, Error> {
        match self.project()?.filter(|_| place.is_of_file()) {
            Some(project) => project_catalog(project, &place.value),
            None => read_place(&place.value, &read_text).map_err(|error| place.blamed(error)),
        }
    }

    /// The same world without talk, for a command that tells by other means what it came upon.
    pub(super) fn hushed(&self) -> Self {
        Self {
            console: self.console.hushed(),
            catalogs: self.catalogs.clone(),
            words: self.words.clone(),
            var: self.var,
            no_input: self.no_input.clone(),
            config: self.config.clone(),
            project: OnceLock::new(),
            picked: Mutex::default(),
            told_ignored: AtomicBool::new(true),
            told_address: AtomicBool::new(true),
            exposed: self.exposed.clone(),
        }
    }

    /// Where deliveries are kept: as given, else as `HOOKPROOF_JOURNAL` says, else in the user's state directory. An
    /// empty name means nowhere.
    pub fn journal(&self, given: Option<&Path>) -> Result<Option<PathBuf>, Error> {
        settings::journal(self, given).map(|journal| journal.value)
    }

    /// The value of a variable; one that is empty says nothing.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.var)(name).filter(|value| !value.is_empty())
    }

    /// Remembers what a person picked, for [`Self::tell_picked`].
    pub(super) fn pick(&self, picked: Picked) {
        self.picked.lock().unwrap_or_else(PoisonError::into_inner).push(picked);
    }

    /// Says how the command can be typed, where something of it was picked.
    pub(super) fn tell_picked(&self, command: &str) {
        let picked = std::mem::take(&mut *self.picked.lock().unwrap_or_else(PoisonError::into_inner));
        if !picked.is_empty() {
            self.console.note(&format!("the same again: {}", asking::typed_out(&self.words, command, &picked)));
        }
    }

    /// Tells once that `localhost` is not the usual address, where a response came from another.
    pub(super) fn tell_address(&self, answer: &Answer) {
        if let Some(text) = report::other_loopback(answer)
            && !self.told_address.swap(true, Ordering::Relaxed)
        {
            self.console.note(&text);
        }
    }

    /// Goes on as if there were no project.
    pub(super) fn leave_project_out(&self) {
        let _ = self.project.set(None);
    }

    /// Who says where the project's configuration is.
    pub(super) fn config_origin(&self) -> Origin {
        match &self.config {
            Some(_) => Origin::Flag("--config"),
            None if (self.var)(CONFIG).is_some() => Origin::Variable(CONFIG),
            None => Origin::Default,
        }
    }

    /// The project's configuration, read once.
    pub(super) fn project(&self) -> Result<Option<&Project>, Error> {
        if self.project.get().is_none() {
            let variable = || (self.var)(CONFIG).map(PathBuf::from);
            let is_told = self.told_ignored.swap(true, Ordering::Relaxed);
            let note = |text: &str| {
                if !is_told {
                    self.console.note(text);
                }
            };
            let found = Project::here(self.config.clone().or_else(variable).as_deref(), &note)?;
            return Ok(self.project.get_or_init(|| found).as_ref());
        }
        Ok(self.project.get().and_then(Option::as_ref))
    }
}

/// The providers of a catalog of the project.
pub(super) fn project_catalog(project: &Project, place: &Path) -> Result<Vec<Folder>, Error> {
    const KEY: &[&str] = &["catalogs"];
    if !place.is_dir() {
        return Err(project.complaint(KEY, &format!("there is no folder {}", place.display())).into());
    }
    project.inside(KEY, place)?;
    project.providers(place, || {
        read_place(place, &|file| {
            String::from_utf8(project.read_file(KEY, file)?).map_err(|_| {
                let cause = std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8");
                Error::Read { path: file.to_path_buf(), cause }
            })
        })
    })
}

/// How the text of a file is read.
type ReadText<'a> = &'a dyn Fn(&Path) -> Result<String, Error>;

/// The most bytes that the files of a catalog have together.
const LARGEST_PLACE: usize = 64 << 20;

/// A folder of providers, or a single provider's.
fn read_place(place: &Path, read_text: ReadText<'_>) -> Result<Vec<Folder>, Error> {
    if place.join("provider.toml").is_file() {
        return Ok(vec![read_folder(place, read_text)?]);
    }
    let mut folders = Vec::new();
    for path in list(place)? {
        if path.join("provider.toml").is_file() {
            folders.push(read_folder(&path, read_text)?);
            check_total(place, &folders)?;
        }
    }
    if folders.is_empty() {
        return Err(CatalogError {
            file: place.display().to_string(),
            line: None,
            what: "no provider is in this folder; expected PROVIDER/provider.toml".to_string(),
        }
        .into());
    }
    Ok(folders)
}

fn read_folder(path: &Path, read_text: ReadText<'_>) -> Result<Folder, Error> {
    let full = path.canonicalize().map_err(|cause| Error::Read { path: path.to_path_buf(), cause })?;
    let id = name_of(&full);
    let mut texts = Folder { id, shown: path.display().to_string(), files: BTreeMap::new() };
    let mut add = |name: String, file: &Path| {
        texts.files.insert(name, read_text(file)?);
        check_total(path, std::slice::from_ref(&texts))
    };
    for file in list(path)? {
        let name = name_of(&file);
        if name == "provider.toml"
            || file.extension().is_some_and(|extension| extension == "json" || extension == "form")
        {
            add(name, &file)?;
        }
    }
    let stories = path.join(STORIES);
    for file in if stories.is_dir() { list(&stories)? } else { Vec::new() } {
        if file.extension().is_some_and(|extension| extension == "toml") {
            add(format!("{STORIES}/{}", name_of(&file)), &file)?;
        }
    }
    Ok(texts)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_text(file: &Path) -> Result<String, Error> {
    let no_text = |_| std::io::Error::new(std::io::ErrorKind::InvalidData, "stream did not contain valid UTF-8");
    let text = String::from_utf8(files::regular(file)?).map_err(no_text);
    text.map_err(|cause| Error::Read { path: file.to_path_buf(), cause })
}

/// Refuses a place whose files together would take too much memory.
fn check_total(place: &Path, folders: &[Folder]) -> Result<(), Error> {
    if folders.iter().map(Folder::size).sum::<usize>() <= LARGEST_PLACE {
        return Ok(());
    }
    let what = format!("its files have more than {} together", words::size(LARGEST_PLACE));
    Err(Error::Read { path: place.to_path_buf(), cause: std::io::Error::other(what) })
}
