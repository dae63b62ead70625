//! Where deliveries go: as the command line says, else as the variable or the project's configuration does, else as a
//! person picks on a terminal.

use reqwest::Url;

use super::asking::{self, Picked};
use super::context::Context;
use super::project;
use super::settings::{self, Origin, Setting};
use crate::config::{SELF, Target};
use crate::error::Error;
use crate::target;

/// Where deliveries go.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    /// The address; nothing for a receiver of our own.
    pub(super) url: Option<Url>,
    /// The target of the project that it is of.
    pub(super) target: Option<Target>,
    /// Whether a variable names that target, and not the command line, the project or a person.
    pub(super) by_variable: bool,
}

impl Destination {
    /// A receiver of our own.
    fn own() -> Self {
        Self { url: None, target: None, by_variable: false }
    }
}

/// What a target is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Deliveries that are made; a receiver of our own will do.
    Send,
    /// Stories, as a test.
    Run,
    /// Deliveries that were kept.
    Replay,
    /// A receiver is tried.
    Check,
}

impl Aim {
    fn takes_own(self) -> bool {
        self == Self::Send
    }

    /// The command that wants it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Run => "run",
            Self::Replay => "replay",
            Self::Check => "check",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Send => "--to URL says where to; --to self is a receiver of its own",
            Self::Run | Self::Replay => "--to URL says where to",
            Self::Check => "name the receiver's address, as in 3000/hook",
        }
    }

    fn picked(self, word: String) -> Picked {
        if self == Self::Check { Picked::Word(word) } else { Picked::Flag("--to", word) }
    }
}

/// Where deliveries go, whoever says so.
pub(super) fn destination(context: &Context, given: Option<&str>, aim: Aim) -> Result<Destination, Error> {
    let settled = match given {
        Some(typed) => Some(named(context, typed, aim)?),
        None => settled(context, aim)?,
    };
    match settled {
        Some(settled) => Ok(settled),
        None if context.console.can_ask => pick(context, aim),
        None => Err(no_target(context, aim)),
    }
}

/// Where deliveries go by a word of the command line or by a setting. On a terminal a target on another machine is asked
/// for where none was named.
pub(super) fn settled(context: &Context, aim: Aim) -> Result<Option<Destination>, Error> {
    let Some(Setting { value: word, origin }) = settings::target(context)? else { return Ok(None) };
    let Origin::File(place) = origin else { return named_by_variable(context, &word, aim).map(Some) };
    if word == SELF {
        return Ok(aim.takes_own().then(Destination::own));
    }
    let destination = named(context, &word, aim)?;
    match &destination.target {
        Some(target) if target.is_remote() && context.console.can_ask => Ok(None),
        Some(target) if target.is_remote() => Err(Error::usage(
            format!(
                "the target `{word}` of {place} is on another machine ({}), and is used only when it is named",
                target::shown(&target.url)
            ),
            format!("name {word} as the target, or set {}={word}", settings::TARGET),
        )),
        _ => Ok(Some(destination)),
    }
}

fn named(context: &Context, typed: &str, aim: Aim) -> Result<Destination, Error> {
    if typed == SELF && aim.takes_own() {
        return Ok(Destination::own());
    }
    let (url, target) = project::meant(context.project()?, typed)?;
    Ok(Destination { url: Some(url), target, by_variable: false })
}

fn named_by_variable(context: &Context, word: &str, aim: Aim) -> Result<Destination, Error> {
    let destination = named(context, word, aim).map_err(|error| {
        let hint = error.hint().unwrap_or_else(|| "a target can be named on the command line too".to_string());
        Error::usage(format!("{}: {error}", settings::TARGET), hint)
    })?;
    Ok(Destination { by_variable: destination.target.is_some(), ..destination })
}

/// The error that says how a target is named.
pub(super) fn no_target(context: &Context, aim: Aim) -> Error {
    let names = context.project().ok().flatten().and_then(project::Project::names);
    let names = names.map(|names| format!("; {names}")).unwrap_or_default();
    Error::usage("no target is given", format!("{}{names}", aim.hint()))
}

/// Lets a person pick a target of the project, a receiver of our own, or another address.
fn pick(context: &Context, aim: Aim) -> Result<Destination, Error> {
    let mut words = Vec::new();
    let mut choices = Vec::new();
    if let Some(project) = context.project()? {
        for (name, target) in &project.config.targets {
            words.push(name.clone());
            choices.push((name.clone(), target::shown(&target.url)));
        }
    }
    if aim.takes_own() {
        words.push(SELF.to_string());
        choices.push((SELF.to_string(), "a receiver of its own, which shows both sides".to_string()));
    }
    choices.push(("another address".to_string(), "to be typed".to_string()));
    let picked = asking::pick(context, "Where to", &choices)?;
    let word = match words.get(picked) {
        Some(word) => word.clone(),
        None => {
            asking::line(context, "Address", None, |typed| target::parse(typed).map(drop).map_err(|e| e.to_string()))?
        }
    };
    context.pick(aim.picked(word.clone()));
    named(context, &word, aim)
}
