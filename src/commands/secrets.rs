//! Where secrets come from: flag, then the provider's own variable, then `HOOKPROOF_SECRET`, then a prompt.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::input;
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::error::Error;
use crate::inspect::SchemeChoice;
use crate::secret::{Keyring, Secret, SecretError};

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

    /// Every secret at hand, by the order of precedence. Nobody is asked here.
    pub(super) fn keyring(&self, context: &Context, catalog: &Catalog) -> Result<Keyring, Error> {
        let variables = Variables::read(self.env_file.as_deref(), context)?;
        let mut keyring = Keyring::default();
        let mut general = Vec::new();
        for given in &self.secret_env {
            let (provider, name) = scoped(catalog, given)?;
            let value = variables.get(name).ok_or_else(|| {
                let place = self.env_file.as_ref().map(|file| format!(" or in {}", file.display())).unwrap_or_default();
                Error::usage(format!("the variable {name} is not set"), format!("set {name} in the environment{place}"))
            })?;
            let secret = usable(&format!("the variable {name}"), Secret::new(value))?;
            remember(context, &mut keyring, &mut general, provider, secret, name);
        }
        for given in &self.secret_file {
            let (provider, path) = scoped_file(catalog, given);
            let from = format!("the file {path}");
            let (secret, was_cut) = usable(&from, Secret::from_file(&input::read(Path::new(path))?))?;
            if was_cut {
                context.console.note(&format!("one final newline of {path} is not part of the secret"));
            }
            remember(context, &mut keyring, &mut general, provider, secret, path);
        }
        if let Some(secret) = &self.secret {
            let secret = usable("--secret", Secret::new(secret.as_str()))?;
            context.console.note(
                "--secret can be seen in the process list and in the shell's history; --secret-env keeps it out of both",
            );
            remember(context, &mut keyring, &mut general, None, secret, "--secret");
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
    if let Some(secret) = keyring.of(&provider.id) {
        return Ok(Some(secret.clone()));
    }
    if scheme.secret == Need::Optional || ask == Ask::No || !context.console.can_ask {
        return Ok(None);
    }
    let secret = prompt(provider)?;
    keyring.add(Some(&provider.id), secret.clone());
    Ok(Some(secret))
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

fn add_variables(
    context: &Context,
    catalog: &Catalog,
    variables: &Variables,
    keyring: &mut Keyring,
) -> Result<(), Error> {
    for provider in &catalog.providers {
        let Some(place) = &provider.description.secret else { continue };
        if let Some(value) = variables.get(&place.env) {
            let secret = usable(&format!("the variable {}", place.env), Secret::new(value))?;
            warn_of_looks(context, &secret, &place.env);
            if !keyring.has_own(&provider.id) {
                keyring.add(Some(&provider.id), secret);
            }
        }
    }
    if let Some(value) = variables.get(ANY) {
        let secret = usable(&format!("the variable {ANY}"), Secret::new(value))?;
        warn_of_looks(context, &secret, ANY);
        keyring.add(None, secret);
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
) {
    warn_of_looks(context, &secret, from);
    if provider.is_none() {
        general.push(from.to_string());
    }
    keyring.add(provider, secret);
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
fn scoped<'a>(catalog: &Catalog, given: &'a str) -> Result<(Option<&'a str>, &'a str), Error> {
    match given.split_once('=') {
        None => Ok((None, given)),
        Some((id, name)) => {
            catalog.named(id)?;
            Ok((Some(id), name))
        }
    }
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

fn prompt(provider: &Provider) -> Result<Secret, Error> {
    let answer = dialoguer::Password::new()
        .with_prompt(format!("Signing secret of {}", provider.description.name))
        .interact()
        .map_err(|dialoguer::Error::IO(cause)| Error::Read { path: "the terminal".into(), cause })?;
    usable("the prompt", Secret::new(answer))
}

/// Variables of a file before those of the environment, since the file was named on the command line.
struct Variables {
    file: HashMap<String, String>,
    environment: fn(&str) -> Option<String>,
}

impl Variables {
    fn read(file: Option<&Path>, context: &Context) -> Result<Self, Error> {
        let mut variables = HashMap::new();
        if let Some(path) = file {
            let bytes = input::read(path)?;
            for entry in dotenvy::from_read_iter(bytes.as_slice()) {
                let (name, value) = entry.map_err(|error| bad_line(path, &bytes, &error))?;
                variables.insert(name, value);
            }
        }
        Ok(Self { file: variables, environment: context.var })
    }

    fn get(&self, name: &str) -> Option<String> {
        self.file.get(name).cloned().or_else(|| (self.environment)(name))
    }
}

/// The parser's own message quotes the line, which may hold a secret: only its number is told.
fn bad_line(path: &Path, bytes: &[u8], error: &dotenvy::Error) -> Error {
    let line = match error {
        dotenvy::Error::LineParse(text, _) => {
            String::from_utf8_lossy(bytes).lines().position(|line| line.trim() == text.trim()).map(|index| index + 1)
        }
        _ => None,
    };
    let place = line.map(|line| format!(":{line}")).unwrap_or_default();
    Error::usage(
        format!("{}{place} is no NAME=VALUE line", path.display()),
        "a value with spaces or quotes inside stands in single quotes",
    )
}
