//! Where secrets come from: flag, then the provider's own variable, then `HOOKPROOF_SECRET`, then a prompt.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::env_file::{BadLine, EnvFile};
use super::input;
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::error::Error;
use crate::inspect::SchemeChoice;
use crate::secret::{Keyring, Secret, SecretError, Unusable};

/// The variable that serves any provider.
const ANY: &str = "HOOKPROOF_SECRET";

/// How a secret is given, and how it is used.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Secret and signature")]
pub(super) struct SecretArgs {
    /// The variable that holds the signing secret; PROVIDER=NAME for one of several
    #[arg(long, value_name = "[PROVIDER=]NAME")]
    secret_env: Vec<String>,
    /// The file that holds it; one final newline is cut
    #[arg(long, value_name = "[PROVIDER=]FILE")]
    secret_file: Vec<String>,
    /// A file of NAME=VALUE lines in which variables are looked up before the environment
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// The secret itself; other users of this machine can see it
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret: Option<String>,
    /// The header that the signature stands in, where it is not the documented one
    #[arg(long, value_name = "NAME")]
    signature_header: Option<String>,
    /// How to sign, where the provider leaves a choice: token or hmac
    #[arg(long, value_name = "MODE")]
    signature_mode: Option<String>,
}

/// Whether a missing secret may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// On a terminal.
    Yes,
    /// Never.
    No,
}

impl SecretArgs {
    /// How the user wants the scheme otherwise; the providers at work must have that mode.
    pub(super) fn choice(&self, providers: &[&Provider]) -> Result<SchemeChoice, Error> {
        if let Some(header) = &self.signature_header {
            input::header(&format!("{header}:"))
                .map_err(|what| Error::usage(what, "as in --signature-header X-Token"))?;
        }
        let choice = SchemeChoice { mode: self.signature_mode.clone(), header: self.signature_header.clone() };
        for provider in providers {
            let modes: Vec<&str> = provider.description.signature.iter().map(|scheme| scheme.mode.as_str()).collect();
            if let Some(mode) = &self.signature_mode
                && !modes.contains(&mode.as_str())
            {
                let known = if modes.is_empty() {
                    "it documents no signature".to_string()
                } else {
                    format!("it has {}", modes.join(", "))
                };
                return Err(Error::usage(
                    format!("{} has no signature mode `{mode}`", provider.id),
                    format!("{known}; without --signature-mode the first is used"),
                ));
            }
        }
        Ok(choice)
    }

    /// The variable that a provider's secret stands in, for a command that someone else runs.
    pub(super) fn variable_of<'a>(&'a self, provider: &'a Provider, context: &Context) -> &'a str {
        let own = self.secret_env.iter().find_map(|given| given.strip_prefix(provider.id.as_str())?.strip_prefix('='));
        let general = self.secret_env.iter().find(|given| !given.contains('=')).map(String::as_str);
        let documented = provider.description.secret.as_ref().map(|place| place.env.as_str());
        let is_set = |name: &&str| (context.var)(name).is_some() || (context.var)(ANY).is_none();
        own.or(general).or(documented.filter(is_set)).unwrap_or(ANY)
    }

    /// Every secret at hand, by the order of precedence. Nobody is asked here.
    pub(super) fn keyring(&self, context: &Context, catalog: &Catalog) -> Result<Keyring, Error> {
        let variables = Variables::read(self.env_file.as_deref(), context)?;
        let mut keyring = Keyring::default();
        let mut general = Vec::new();
        for given in &self.secret_env {
            let is_set = |name: &str| variables.get(name).is_ok_and(|value| value.is_some());
            let (provider, name) = scoped(catalog, given, is_set)?;
            let value = variables.get(name)?.ok_or_else(|| {
                let place = self.env_file.as_ref().map(|file| format!(" or in {}", file.display())).unwrap_or_default();
                Error::usage(format!("the variable {name} is not set"), format!("set {name} in the environment{place}"))
            })?;
            let secret = usable(&format!("the variable {name}"), Secret::new(value))?;
            remember(context, &mut keyring, &mut general, provider, secret, name)?;
        }
        for given in &self.secret_file {
            let (provider, path) = scoped_file(catalog, given);
            let from = format!("the file {path}");
            let (secret, cut) = usable(&from, Secret::from_file(&input::read(Path::new(path))?))?;
            for what in cut {
                context.console.note(&format!("{what} of {path} is not part of the secret"));
            }
            remember(context, &mut keyring, &mut general, provider, secret, path)?;
        }
        if let Some(secret) = &self.secret {
            let secret = usable("--secret", Secret::new(secret.as_str()))?;
            context.console.note(
                "--secret can be seen in the process list and in the shell's history; --secret-env keeps it out of both",
            );
            remember(context, &mut keyring, &mut general, None, secret, "--secret")?;
        }
        if general.len() > 1 {
            return Err(Error::usage(
                format!("several secrets are given: {}", general.join(", ")),
                format!("give one, or say whose each is, as in --secret-env {}=NAME", example_id(catalog)),
            ));
        }
        if general.is_empty() {
            add_variables(context, catalog, &variables, &mut keyring)?;
        }
        Ok(keyring)
    }
}

/// The secret that a provider's deliveries are signed with; nothing where none is at hand and none is
/// typed at the prompt.
pub(super) fn signing(
    context: &Context,
    keyring: &mut Keyring,
    provider: &Provider,
    scheme: &Scheme,
    ask: Ask,
) -> Result<Option<Secret>, Error> {
    if let Some(unusable) = keyring.unusable(&provider.id) {
        return Err(Error::Secret { from: unusable.from.clone(), cause: unusable.cause.clone() });
    }
    if let Some(secret) = keyring.of(&provider.id) {
        return Ok(Some(secret.clone()));
    }
    if scheme.secret == Need::Optional || ask == Ask::No || !context.console.can_ask {
        return Ok(None);
    }
    let secret = prompt(context, provider)?;
    keyring.add(Some(&provider.id), secret.clone());
    Ok(Some(secret))
}

/// A listener that should verify and can't must not let everything in.
pub(super) fn refuse_unusable(keyring: &Keyring, only: Option<&Provider>) -> Result<(), Error> {
    let unusable = match only {
        Some(provider) => keyring.unusable(&provider.id),
        None => keyring.all_unusable().first(),
    };
    unusable
        .map_or(Ok(()), |unusable| Err(Error::Secret { from: unusable.from.clone(), cause: unusable.cause.clone() }))
}

/// The error that says how a secret is given.
pub(super) fn no_secret(provider: &Provider, or_unsigned: bool) -> Error {
    let place = provider.description.secret.as_ref();
    Error::NoSecret {
        provider: provider.id.clone(),
        variable: place.map_or(ANY, |place| &place.env).to_string(),
        find: place.and_then(|place| place.find.clone()),
        or_unsigned,
    }
}

/// What the environment holds. A variable that is set and empty, as CI sets those it lacks, is an error
/// only where its secret is wanted.
fn add_variables(
    context: &Context,
    catalog: &Catalog,
    variables: &Variables,
    keyring: &mut Keyring,
) -> Result<(), Error> {
    let own = catalog.providers.iter().filter_map(|provider| {
        let place = provider.description.secret.as_ref()?;
        Some((Some(provider.id.as_str()), place.env.as_str()))
    });
    for (provider, name) in own.chain([(None, ANY)]) {
        if provider.is_some_and(|id| keyring.has_own(id)) {
            continue;
        }
        let Some(value) = variables.get(name)? else { continue };
        match Secret::new(value) {
            Ok(secret) => {
                warn_of_looks(context, &secret, name);
                keyring.add(provider, secret);
            }
            Err(cause) => keyring.add_unusable(Unusable {
                provider: provider.map(str::to_string),
                from: format!("the variable {name}"),
                cause,
            }),
        }
    }
    Ok(())
}

fn remember(
    context: &Context,
    keyring: &mut Keyring,
    general: &mut Vec<String>,
    provider: Option<&str>,
    secret: Secret,
    from: &str,
) -> Result<(), Error> {
    warn_of_looks(context, &secret, from);
    match provider {
        None => general.push(from.to_string()),
        Some(id) if keyring.has_own(id) => {
            return Err(Error::usage(format!("several secrets are given for {id}"), "give one for each provider"));
        }
        Some(_) => {}
    }
    keyring.add(provider, secret);
    Ok(())
}

fn warn_of_looks(context: &Context, secret: &Secret, from: &str) {
    if secret.looks_malformed() {
        context.console.note(&format!("the secret from {from} has {}; it is used as it is", secret.looks()));
    }
}

fn usable<T>(from: &str, secret: Result<T, SecretError>) -> Result<T, Error> {
    secret.map_err(|cause| Error::Secret { from: from.to_string(), cause })
}

/// `PROVIDER=NAME`, or `NAME` for any provider.
fn scoped<'a>(
    catalog: &Catalog,
    given: &'a str,
    is_set: impl Fn(&str) -> bool,
) -> Result<(Option<&'a str>, &'a str), Error> {
    let is_name = |text: &str| {
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        text.bytes().all(is_word) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    };
    let (provider, name) = match given.split_once('=') {
        Some((id, name)) if catalog.provider(id).is_some() => (Some(id), name),
        // A provider that isn't there is told where the name is right; else it may be a part of the secret.
        Some((id, name)) if is_name(name) && is_set(name) => {
            catalog.named(id)?;
            (Some(id), name)
        }
        _ => (None, given),
    };
    if is_name(name) {
        return Ok((provider, name));
    }
    // What stands there may be the secret itself, so it is not repeated.
    Err(Error::usage(
        "--secret-env takes the name of a variable, and what is given is none",
        "as in --secret-env WEBHOOK_SECRET",
    ))
}

/// As above; a file's name may hold `=`, so only a provider's id is taken for one.
fn scoped_file<'a>(catalog: &Catalog, given: &'a str) -> (Option<&'a str>, &'a str) {
    match given.split_once('=') {
        Some((id, path)) if catalog.provider(id).is_some() => (Some(id), path),
        _ => (None, given),
    }
}

fn example_id(catalog: &Catalog) -> String {
    catalog.providers.first().map(|provider| provider.id.clone()).unwrap_or_default()
}

fn prompt(context: &Context, provider: &Provider) -> Result<Secret, Error> {
    if let Some(find) = provider.description.secret.as_ref().and_then(|place| place.find.as_ref()) {
        context.console.say(&format!("where to find it: {find}"));
    }
    let answer = dialoguer::Password::new()
        .with_prompt(format!("Signing secret of {}", provider.description.name))
        .allow_empty_password(true)
        .interact()
        .map_err(|dialoguer::Error::IO(cause)| Error::Read { path: "the terminal".into(), cause })?;
    usable("the prompt", Secret::new(answer))
}

/// Variables of a file before those of the environment, since the file was named on the command line.
struct Variables<'a> {
    path: &'a Path,
    file: EnvFile,
    environment: fn(&str) -> Option<String>,
}

impl<'a> Variables<'a> {
    fn read(path: Option<&'a Path>, context: &Context) -> Result<Self, Error> {
        let file = path.map(input::read).transpose()?.map(|bytes| EnvFile::new(&bytes)).unwrap_or_default();
        Ok(Self { path: path.unwrap_or(Path::new("")), file, environment: context.var })
    }

    fn get(&self, name: &str) -> Result<Option<String>, Error> {
        let found = self.file.get(name).map_err(|BadLine(line, what)| {
            Error::usage(
                format!("{}:{line}: the value of {name} can't be read", self.path.display()),
                format!("{what}; single quotes keep everything as it is"),
            )
        })?;
        Ok(found.or_else(|| (self.environment)(name)))
    }
}
