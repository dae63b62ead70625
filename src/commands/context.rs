//! What every command needs of the world: the streams, the environment, the catalogs, the project's configuration.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use reqwest::Url;

use super::asking::{self, Picked};
use super::catalogs;
use super::project::{Project, Used};
use super::settings::{self, CONFIG, Origin, Setting};
use crate::catalog::Catalog;
use crate::console::Console;
use crate::error::Error;
use crate::message::Answer;
use crate::report;

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
    /// True once the broken folders of catalogs were reported.
    told_broken: AtomicBool,
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
            told_broken: AtomicBool::new(false),
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

    /// Returns the same catalog without a note that the project's catalogs are used, for a command that tells what it
    /// uses of the project. Each broken folder is reported once in a run.
    pub(super) fn catalog_untold(&self) -> Result<Catalog, Error> {
        let (catalog, warnings) = catalogs::load(self)?;
        if !self.told_broken.swap(true, Ordering::Relaxed) {
            catalogs::tell(&warnings, &self.console);
        }
        if let Some(project) = self.project()? {
            project.check_headers(&catalog)?;
        }
        Ok(catalog)
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
            told_broken: AtomicBool::new(true),
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
