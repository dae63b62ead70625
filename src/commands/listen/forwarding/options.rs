//! What is asked for on the command line: where deliveries go on to, how, and which secrets sign them there.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{ArgGroup, Args};
use reqwest::Url;

use crate::catalog::{Catalog, Provider};
use crate::commands::connection::ConnectionArgs;
use crate::commands::context::Context;
use crate::commands::handling::GRACE;
use crate::commands::secrets::{self, SecretArgs};
use crate::commands::{input, project};
use crate::config::Target;
use crate::error::Error;
use crate::expect::EventGlob;
use crate::inspect::Inspector;
use crate::route::{self, Routes};
use crate::secret::Keyring;
use crate::signature::{Key, SignError, Use};

use super::UNBOUNDED;

/// Where deliveries go on to, and how.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Forwarding", group = ArgGroup::new("onward").multiple(true).conflicts_with("RespondArgs"))]
pub(in crate::commands::listen) struct ForwardArgs {
    /// Hands each delivery on to this address or target of hookproof.toml, as it came, and gives its answer back; of
    /// several the first one's
    #[arg(long, value_name = "URL|NAME", group = "onward")]
    forward: Vec<String>,
    /// Hands these events on to an address of their own; EVENT is a name or glob, with or without PROVIDER/
    #[arg(long, value_name = "EVENT=URL|NAME", group = "onward")]
    route: Vec<String>,
    /// So many deliveries at a time; otherwise each waits for the one before, in the order they came
    #[arg(long, value_name = "N", default_value = "1", requires = "onward")]
    pub(super) parallel: NonZeroUsize,
    /// Answers the sender at once, not with what the application says
    #[arg(long, requires = "onward")]
    pub(super) answer_first: bool,
    /// How long the application may take to answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = input::time_limit, requires = "onward")]
    pub(super) forward_timeout: Duration,
    /// How long an application that isn't up is tried again, counted from when the delivery came
    #[arg(long, value_name = "TIME", value_parser = input::time_limit, requires = "onward")]
    pub(super) forward_retry: Option<Duration>,
    /// Signs each delivery afresh: for the application's own secret or that of its target, or with the one that it is
    /// verified by
    #[arg(long, requires = "onward")]
    re_sign: bool,
    /// With --re-sign: the variable that holds the application's own secret
    #[arg(long, value_name = "[PROVIDER=]NAME", requires = "re_sign")]
    forward_secret_env: Vec<String>,
    /// With --re-sign: the file that holds it
    #[arg(long, value_name = "[PROVIDER=]FILE", requires = "re_sign")]
    forward_secret_file: Vec<String>,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// Where deliveries go on to, and the targets of the project among it.
pub(super) struct Destinations {
    pub(super) routes: Routes,
    targets: Vec<(Url, Target)>,
}

impl Destinations {
    /// The target that has this address, where it was named.
    pub(super) fn target(&self, url: &Url) -> Option<&Target> {
        self.targets.iter().find(|(known, _)| known == url).map(|(_, target)| target)
    }
}

impl ForwardArgs {
    /// How long answers may still be under way at the end: here the listener bounds it, since it depends on what ends it.
    pub(in crate::commands::listen) fn grace(&self) -> Duration {
        if self.is_given() { UNBOUNDED } else { GRACE }
    }

    /// Whether anything goes on.
    pub(in crate::commands::listen) fn is_given(&self) -> bool {
        !self.forward.is_empty() || !self.route.is_empty()
    }

    /// The flags of the connection say nothing about a listener's own.
    pub(in crate::commands::listen) fn check(&self) -> Result<(), Error> {
        if self.is_given() || !self.connection.is_given() {
            return Ok(());
        }
        let message = "--insecure, --cacert and --proxy are about where deliveries go on to, and none does";
        Err(Error::usage(message, "as in --forward https://localhost:3000/hook --insecure"))
    }

    /// Reads where deliveries go on to.
    pub(super) fn destinations(&self, context: &Context, inspector: &Inspector) -> Result<Destinations, Error> {
        let mut targets = Vec::new();
        let mut lead = |typed: &str| -> Result<Url, Error> {
            let (url, target) = project::lead(context, typed, self.needs_its_secret())?;
            targets.extend(target.map(|target| (url.clone(), target)));
            Ok(url)
        };
        let usual = self.forward.iter().map(|typed| lead(typed)).collect::<Result<_, Error>>()?;
        let mut by_event = Vec::new();
        for typed in &self.route {
            let as_in = "as in --route 'form.*=http://localhost:3000/hook'";
            let (events, to) = route::split(typed).map_err(|error| Error::usage(error.to_string(), as_in))?;
            let url = lead(to)?;
            by_event.push((EventGlob::read(events, &inspector.catalog, inspector.named())?, url));
        }
        Ok(Destinations { routes: Routes::new(usual, by_event), targets })
    }

    fn has_own_secret(&self) -> bool {
        !self.forward_secret_env.is_empty() || !self.forward_secret_file.is_empty()
    }

    /// Whether the secret of a target signs for it.
    fn needs_its_secret(&self) -> project::Secrets {
        if self.re_sign && !self.has_own_secret() { project::Secrets::Used } else { project::Secrets::Unused }
    }

    /// The secrets to sign with for an address, where that is wanted: those of the command line, of its target, or those
    /// that verify.
    pub(super) fn signing(
        &self,
        secrets: &SecretArgs,
        target: Option<&Target>,
        context: &Context,
        inspector: &Inspector,
    ) -> Result<Option<Keyring>, Error> {
        if !self.re_sign {
            return Ok(None);
        }
        let catalog: &Catalog = &inspector.catalog;
        let own = secrets.others(&self.forward_secret_env, &self.forward_secret_file);
        let target = target.filter(|target| target.secret_env.is_some() || target.secret_file.is_some());
        let keyring = match target.filter(|_| !self.has_own_secret()) {
            Some(target) => own.or_of(target, context, catalog)?.keyring(context, catalog)?,
            None if self.has_own_secret() => own.keyring(context, catalog)?,
            None => inspector.keyring.clone(),
        };
        check_secrets(inspector, &keyring)?;
        Ok(Some(keyring))
    }
}

/// Where one provider was named, what is to be verified can be.
pub(super) fn check_verifying(inspector: &Inspector) -> Result<(), Error> {
    match inspector.named() {
        Some(provider) if inspector.choice.of(provider).is_none() && !inspector.keyring.is_empty() => {
            Err(never_valid(provider))
        }
        _ => Ok(()),
    }
}

/// There is something to sign with; and where one provider was named, it can serve.
fn check_secrets(inspector: &Inspector, signing: &Keyring) -> Result<(), Error> {
    if signing.is_empty() {
        return Err(match inspector.named() {
            Some(provider) => secrets::no_secret(provider, false),
            None => Error::usage("no secret is given to sign with", "--forward-secret-env NAME, or --secret-env NAME"),
        });
    }
    let Some(provider) = inspector.named() else { return Ok(()) };
    let Some(scheme) = inspector.choice.of(provider) else { return Ok(()) };
    for named in signing.all_of(provider.family()) {
        Key::read(&scheme, &named.secret, Use::Sign)
            .map_err(|error| secrets::unsigned(provider, &scheme, &SignError::Key(error)))?;
    }
    Ok(())
}

fn never_valid(provider: &Provider) -> Error {
    Error::usage(
        format!(
            "a secret is given, so only valid deliveries go on, and {} documents no signature",
            provider.description.name
        ),
        "without a secret all of them do; look at HOOKPROOF_SECRET too",
    )
}
