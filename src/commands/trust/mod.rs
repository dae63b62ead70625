//! Trust in a project: a configuration that was merely found sends no secret that it names, and nothing that its own
//! catalogs sign, to an address on another machine before the user says yes.
//!
//! Trust is `config trust`, a yes on a terminal, or an explicit `--config` or `HOOKPROOF_CONFIG`. Every command that
//! sends needs a [`Cleared`] address for its connection.

mod command;
mod store;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::asking;
use super::catalogs;
use super::context::Context;
use super::destination::Destination;
use super::project::Project;
use super::secrets::SecretArgs;
use super::settings::TARGET;
use crate::catalog::{FolderRead, Provider};
use crate::config::{self, Described, Target};
use crate::error::Error;
use crate::target;
use store::Entry;

pub(super) use command::{TrustArgs, run};

/// An address to which this command may send, as far as the project is concerned.
pub(super) struct Cleared<'a>(Option<&'a Url>);

impl<'a> Cleared<'a> {
    /// Our own receiver, or an address to which no delivery goes.
    pub(super) fn without_delivery(url: Option<&'a Url>) -> Self {
        Self(url)
    }

    /// The address; nothing for a receiver of our own.
    pub(super) fn url(&self) -> Option<&'a Url> {
        self.0
    }
}

/// Whether a project is trusted as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is, or needs no trust: the caller named it.
    Trusted,
    /// It was, and what decides where a secret goes has changed.
    Changed,
    /// It never was.
    Unknown,
}

/// Clears an address that deliveries are made for.
pub(super) fn clear<'a>(
    context: &Context,
    destination: &'a Destination,
    secrets: &SecretArgs,
) -> Result<Cleared<'a>, Error> {
    let url = destination.url.as_ref();
    let Some((project, to)) = exposed(context, url)? else { return Ok(Cleared(url)) };
    if destination.by_variable {
        require(context, project, &by_variable(to))?;
    } else if let Some(places) = secrets.named_by_project() {
        require(context, project, &format!("sends the secret from {places} to {}", target::shown(to)))?;
    } else if !project.config.catalogs.is_empty() {
        require(context, project, &by_catalogs(to))?;
    } else if destination.target.is_some() {
        // Whether a secret itself goes there is known once a delivery is signed.
        let _ = context.exposed.set(to.clone());
    }
    Ok(Cleared(url))
}

/// Clears an address that deliveries of others go on to, as they come in or later. They may hold secrets and personal
/// data, so each target of a project needs trust.
pub(super) fn clear_received<'a>(
    context: &Context,
    url: &'a Url,
    target: Option<&Target>,
) -> Result<Cleared<'a>, Error> {
    let Some((project, to)) = exposed(context, Some(url))? else { return Ok(Cleared(Some(url))) };
    if target.is_some() {
        require(context, project, &format!("hands received deliveries on to {}", target::shown(to)))?;
    } else if !project.config.catalogs.is_empty() {
        require(context, project, &by_catalogs(to))?;
    }
    Ok(Cleared(Some(url)))
}

/// Refuses a signature that is the secret itself, where it would go to a target of an untrusted project.
pub(super) fn before_token(context: &Context, provider: &Provider) -> Result<(), Error> {
    let (Some(project), Some(to)) = (context.project()?, context.exposed.get()) else { return Ok(()) };
    let what = format!("sends the secret of {} itself to {}", provider.id, target::shown(to));
    require(context, project, &what)
}

/// Refuses a target of an untrusted project that a variable names: it may have been meant for another project.
pub(super) fn before_named_by_variable(context: &Context, url: &Url) -> Result<(), Error> {
    let Some((project, to)) = exposed(context, Some(url))? else { return Ok(()) };
    require(context, project, &by_variable(to))
}

fn by_variable(to: &Url) -> String {
    format!("says that {TARGET} means {}", target::shown(to))
}

fn by_catalogs(to: &Url) -> String {
    format!("signs by catalogs of its own for {}", target::shown(to))
}

/// Refuses to let other machines ask a listener for handshakes of an untrusted project's catalogs: an answer may be signed
/// with the secret.
pub(super) fn before_listening(context: &Context, host: Option<&str>, public_url: Option<&str>) -> Result<(), Error> {
    let is_loopback = |host: &str| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    let is_local = host.is_none_or(is_loopback) && public_url.is_none();
    match context.project()?.filter(|project| !is_local && !project.config.catalogs.is_empty()) {
        Some(project) => require(context, project, "answers other machines by catalogs of its own"),
        None => Ok(()),
    }
}

/// The project that nobody named and the address on another machine, if both are so.
fn exposed<'a, 'c>(context: &'c Context, url: Option<&'a Url>) -> Result<Option<(&'c Project, &'a Url)>, Error> {
    let url = url.filter(|url| !target::is_on_this_machine(url));
    Ok(context.project()?.filter(|project| project.is_found()).zip(url))
}

/// Goes on with a project that is trusted, and asks on a terminal. `what` is what it is trusted with.
fn require(context: &Context, project: &Project, what: &str) -> Result<(), Error> {
    let standing = standing(project)?;
    if standing == Standing::Trusted {
        return Ok(());
    }
    let file = project.shown();
    let fact = match standing {
        Standing::Changed => "it has changed since it was trusted",
        _ => "it is not trusted",
    };
    let refuse = || {
        Error::usage(
            format!("{file} {what}, and {fact}"),
            format!(
                "`hookproof config` shows what it says, `hookproof config trust` trusts it; --config {file} uses it once"
            ),
        )
    };
    if !context.console.can_ask {
        return Err(refuse());
    }
    if !asking::confirm(context, &format!("{file} {what}, and {fact}. Trust it?"))? {
        return Err(refuse());
    }
    if let Err(error) = remember(project) {
        context.console.note(&format!("it is trusted this once: {error}"));
    }
    Ok(())
}

/// Whether a project is trusted as it is now.
pub(super) fn standing(project: &Project) -> Result<Standing, Error> {
    if !project.is_found() {
        return Ok(Standing::Trusted);
    }
    recorded(project)
}

/// What the user said of a project before, however the command came to it.
pub(super) fn recorded(project: &Project) -> Result<Standing, Error> {
    let Some(known) = store::find(&project.real_path()?) else { return Ok(Standing::Unknown) };
    Ok(if known.digest == digest(project)? { Standing::Trusted } else { Standing::Changed })
}

/// Trusts a project as it is now.
pub(super) fn remember(project: &Project) -> Result<(), Error> {
    store::put(&Entry { path: project.real_path()?, digest: digest(project)? })
}

/// The providers of one of the project's catalogs. One that is not there has none, and stays so for this command.
fn providers(project: &Project, catalog: &Path) -> Result<Vec<FolderRead>, Error> {
    if catalog.is_dir() {
        catalogs::of_project(project, catalog)
    } else {
        project.providers(catalog, || Ok(Vec::new()))
    }
}

/// The digest of what decides where the project's secrets go.
fn digest(project: &Project) -> Result<String, Error> {
    let read = |place: &PathBuf| providers(project, place);
    let folders: Vec<Vec<FolderRead>> = project.config.catalogs.iter().map(read).collect::<Result<_, _>>()?;
    let described = folders
        .iter()
        .flatten()
        // Nothing is signed by a folder that can't be read.
        .filter_map(|folder| folder.as_ref().ok())
        .map(|folder| Described { id: &folder.id, text: folder.files.get("provider.toml").map_or("", String::as_str) });
    Ok(config::digest(&project.as_written()?, &described.collect::<Vec<_>>()))
}
