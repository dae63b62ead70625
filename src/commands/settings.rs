//! What holds where the command line says nothing: a variable, then the project's file, then what is built in; and where
//! each came from.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;

use super::context::Context;
use super::input::{self, HeaderArgs};
use crate::config::Target;
use crate::error::Error;
use crate::message::Headers;
use crate::words;

/// The variable that names a target.
pub(super) const TARGET: &str = "HOOKPROOF_TARGET";
/// The variable that bounds an answer.
pub(super) const TIMEOUT: &str = "HOOKPROOF_TIMEOUT";
/// The variable that names folders of providers.
pub(super) const CATALOG: &str = "HOOKPROOF_CATALOG";
/// The variable that names the folder of stories.
pub(super) const STORIES: &str = "HOOKPROOF_STORIES";
/// The variable that names the journal.
pub(super) const JOURNAL: &str = "HOOKPROOF_JOURNAL";
/// The variable that names the configuration.
pub(super) const CONFIG: &str = "HOOKPROOF_CONFIG";
/// The variable that forbids questions.
pub(super) const NO_INPUT: &str = "HOOKPROOF_NO_INPUT";

/// How long an answer may take where nothing says so.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// The project's configuration; the place in it.
    File(String),
    /// The user's own folders, or what is built in.
    Default,
}

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// An error of what stands in this value: where a variable says so, that is named.
    pub(super) fn blamed(&self, error: Error) -> Error {
        let (Origin::Variable(name), Error::Read { cause, .. }) = (&self.origin, &error) else { return error };
        let (message, hint) = (format!("{name}: {error}"), format!("correct {name}, or unset it"));
        match cause.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Error::usage(message, hint),
            // What is there and can't be read may be sound.
            _ => Error::Untestable { message, hint: Some(hint) },
        }
    }

    /// Whether nobody says so.
    pub(super) fn is_default(&self) -> bool {
        matches!(self.origin, Origin::Default)
    }

    /// Whether the project's configuration says so.
    pub(super) fn is_of_file(&self) -> bool {
        matches!(self.origin, Origin::File(_))
    }
}

/// The target where the command line names none.
pub(super) fn target(context: &Context) -> Result<Option<Setting<String>>, Error> {
    if let Some(word) = context.variable(TARGET) {
        return Ok(Some(Setting::new(word, Origin::Variable(TARGET))));
    }
    let Some(project) = context.project()? else { return Ok(None) };
    let named = project.config.target.clone();
    Ok(named.map(|name| Setting::new(name, Origin::File(project.place(&["target"])))))
}

/// How long an answer may take.
pub(super) fn timeout(context: &Context, given: Option<Duration>) -> Result<Setting<Duration>, Error> {
    let none = || Setting::new(ANSWER_WITHIN, Origin::Default);
    Ok(maybe_timeout(context, given, &[&["timeout"]])?.unwrap_or_else(none))
}

/// How long an answer of a check may take; nothing where nothing says so.
pub(super) fn check_timeout(context: &Context, given: Option<Duration>) -> Result<Option<Setting<Duration>>, Error> {
    maybe_timeout(context, given, &[&["check", "timeout"], &["timeout"]])
}

fn maybe_timeout(
    context: &Context,
    given: Option<Duration>,
    keys: &[&[&str]],
) -> Result<Option<Setting<Duration>>, Error> {
    if let Some(time) = given {
        return Ok(Some(Setting::new(time, Origin::Flag("--timeout"))));
    }
    if let Some(text) = context.variable(TIMEOUT) {
        let time = input::time_limit(&text)
            .map_err(|what| Error::usage(format!("{TIMEOUT}: {what}"), format!("as in {TIMEOUT}=5s")))?;
        return Ok(Some(Setting::new(time, Origin::Variable(TIMEOUT))));
    }
    let Some(project) = context.project()? else { return Ok(None) };
    let said = |key: &&[&str]| if key.len() > 1 { project.config.check.timeout } else { project.config.timeout };
    let found = keys.iter().find_map(|key| Some((key, said(key)?)));
    Ok(found.map(|(key, time)| Setting::new(time, Origin::File(project.place(key)))))
}

/// The headers of deliveries to a target, with those of the command line in their place.
pub(super) fn headers(context: &Context, given: &HeaderArgs, target: Option<&Target>) -> Result<HeaderArgs, Error> {
    let Some(project) = context.project()? else { return Ok(given.clone()) };
    let mut headers = project.config.headers(target);
    headers.replace_with(&given.headers());
    let Headers(headers) = headers;
    Ok(HeaderArgs { headers })
}

/// Where deliveries are kept; an empty name means nowhere.
pub(super) fn journal(context: &Context, given: Option<&Path>) -> Result<Setting<Option<PathBuf>>, Error> {
    let flag = given.map(|path| (path.to_path_buf(), Origin::Flag("--journal")));
    let variable = || (context.var)(JOURNAL).map(|name| (PathBuf::from(name), Origin::Variable(JOURNAL)));
    if let Some((path, origin)) = flag.or_else(variable) {
        return Ok(Setting::new(Some(path).filter(|path| !path.as_os_str().is_empty()), origin));
    }
    let base = etcetera::choose_base_strategy().map_err(|cause| Error::Untestable {
        message: format!("there is no place for a journal: {cause}"),
        hint: Some("--journal FILE names one".to_string()),
    })?;
    // Windows has no directory for state; what is local and not the user's own work is nearest.
    let state = base.state_dir().unwrap_or_else(|| base.cache_dir());
    Ok(Setting::new(Some(state.join("hookproof").join("journal.jsonl")), Origin::Default))
}

/// The folders of providers in the order in which a later one wins: the user's own where it is there, the project's, the
/// variable's, the flags'.
pub(super) fn catalogs(context: &Context) -> Result<Vec<Setting<PathBuf>>, Error> {
    let configured = etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("hookproof/catalog"));
    let configured = configured.filter(|folder| folder.is_dir());
    let mut places: Vec<_> = configured.into_iter().map(|path| Setting::new(path, Origin::Default)).collect();
    if let Some(project) = context.project()? {
        let origin = Origin::File(project.place(&["catalogs"]));
        places.extend(project.config.catalogs.iter().map(|path| Setting::new(path.clone(), origin.clone())));
    }
    let variable = context.variable(CATALOG);
    let paths = variable.iter().flat_map(std::env::split_paths);
    places.extend(paths.map(|path| Setting::new(path, Origin::Variable(CATALOG))));
    places.extend(context.catalogs.iter().map(|path| Setting::new(path.clone(), Origin::Flag("--catalog"))));
    Ok(places)
}

/// The folder of the project's stories.
pub(super) fn stories(context: &Context) -> Result<Option<Setting<PathBuf>>, Error> {
    if let Some(folder) = context.variable(STORIES) {
        return Ok(Some(Setting::new(folder.into(), Origin::Variable(STORIES))));
    }
    let Some(project) = context.project()? else { return Ok(None) };
    let folder = project.config.stories.clone();
    Ok(folder.map(|folder| Setting::new(folder, Origin::File(project.place(&["stories"])))))
}

/// Whether nothing is ever asked: the flag, or a variable that is set to anything but no.
pub(super) fn no_input(given: bool, var: fn(&str) -> Option<String>) -> Setting<bool> {
    match var(NO_INPUT).filter(|value| !words::says_no(value)) {
        _ if given => Setting::new(true, Origin::Flag("--no-input")),
        Some(_) => Setting::new(true, Origin::Variable(NO_INPUT)),
        None => Setting::new(false, Origin::Default),
    }
}
