//! Where secrets come from: flag, then the provider's own variable, then `HOOKPROOF_SECRET`, then a prompt.

mod told;

use std::path::{Path, PathBuf};

use super::context::Context;
use super::env_file::{BadLine, EnvFile};
use super::{asking, chance, input, trust};
use crate::catalog::{Algorithm, Catalog, Need, Part, Provider, Scheme};
use crate::config::Target;
use crate::error::Error;
use crate::inspect::SchemeChoice;
use crate::secret::{Keyring, Named, Secret, SecretError, Unusable};
use crate::shell::{self, Variable};
use crate::signature::{self, Generated, SignError};
use crate::words;

pub(super) use told::{of_target, places, set_variables};

/// The variable that serves any provider.
const ANY: &str = "HOOKPROOF_SECRET";

/// How a secret is given, and how it is used.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Secret and signature")]
pub(super) struct SecretArgs {
    /// The variable that holds the signing secret; PROVIDER=NAME for one provider's; several while one replaces another
    #[arg(long, value_name = "[PROVIDER=]NAME")]
    secret_env: Vec<String>,
    /// The file that holds it; one final newline is cut
    #[arg(long, value_name = "[PROVIDER=]FILE")]
    secret_file: Vec<String>,
    /// A file of NAME=VALUE lines in which variables are looked up before the environment
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// The one that the project names and that is not here, as in CI
    #[arg(skip)]
    absent: Option<PathBuf>,
    /// The target of the project that the secret, or the file of variables, is named by
    #[arg(skip)]
    named_by: NamedBy,
    /// How the target of the project wants its deliveries signed
    #[arg(skip)]
    of_target: Option<TargetSignature>,
    /// The secret itself; other users of this machine can see it
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    secret: Option<String>,
    /// The header that the signature stands in, where it is not the documented one
    #[arg(long, value_name = "NAME")]
    signature_header: Option<String>,
    /// How to sign, where the provider leaves a choice: a mode by its name, which `events EVENT` tells
    #[arg(long, value_name = "MODE")]
    signature_mode: Option<String>,
}

/// What of the secrets a target of the project names, and not the command line.
#[derive(Clone, Debug, Default)]
struct NamedBy {
    /// The target, if it names any.
    target: Option<Target>,
    /// Whether the file of variables is its.
    has_env_file: bool,
}

/// The header and the mode of signatures that a target of the project names, for the provider that it names.
#[derive(Clone, Debug)]
struct TargetSignature {
    provider: Option<String>,
    header: Option<String>,
    mode: Option<String>,
}

impl TargetSignature {
    fn of(target: &Target) -> Self {
        let Target { provider, signature_header, signature_mode, .. } = target.clone();
        Self { provider, header: signature_header, mode: signature_mode }
    }

    /// Returns true if these providers are the target's. Deliveries of another provider are signed as that one documents.
    fn is_for(&self, providers: &[&Provider]) -> bool {
        let is_its = |provider: &&Provider| {
            self.provider.as_ref().is_none_or(|id| provider.id == *id || provider.family() == id)
        };
        providers.iter().all(is_its)
    }
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
    /// Whether the command line gives a secret.
    pub(super) fn is_given(&self) -> bool {
        !self.secret_env.is_empty() || !self.secret_file.is_empty() || self.secret.is_some()
    }

    /// Takes the secret of a target of the project, and its header and mode of signatures, where the command line gives
    /// none.
    pub(super) fn or_of(&self, target: &Target, context: &Context, catalog: &Catalog) -> Result<Self, Error> {
        let mut args = self.clone();
        args.of_target = Some(TargetSignature::of(target));
        if let Some(project) = context.project()? {
            project.check_mode(target, catalog)?;
            if !self.is_given() {
                project.check_provider(target, catalog)?;
            }
        }
        if self.is_given() {
            return Ok(args);
        }
        let whose = match &target.provider {
            Some(id) => format!("{}=", catalog.named(id)?.id),
            None => String::new(),
        };
        args.secret_env.extend(target.secret_env.as_ref().map(|name| format!("{whose}{name}")));
        args.secret_file.extend(target.secret_file.as_ref().map(|path| format!("{whose}{}", path.display())));
        args.named_by.target = target.names_secret().then(|| target.clone());
        if args.env_file.is_none() {
            (args.env_file, args.absent) = told::env_file(target);
            args.named_by.has_env_file = args.env_file.is_some();
        }
        Ok(args)
    }

    /// Where the project says that the secret is, if it does.
    pub(super) fn named_by_project(&self) -> Option<String> {
        self.named_by.target.as_ref().map(places)
    }

    /// The bytes of a secret's file: a project's own only below its root.
    fn read_secret(&self, context: &Context, path: &Path) -> Result<Vec<u8>, Error> {
        match (context.project()?, &self.named_by.target) {
            (Some(project), Some(target)) => project.read_file(&project.key_of(target, "secret_file"), path),
            _ => input::read(path),
        }
    }

    /// Reads the variables of the env file and of the environment.
    fn variables(&self, context: &Context) -> Result<Variables<'_>, Error> {
        let target = self.named_by.target.as_ref().filter(|_| self.named_by.has_env_file);
        Variables::read(self.env_file.as_deref(), target, context)
    }

    /// Reads a secret that signs nothing from a variable, whose name a flag gives.
    pub(super) fn token(&self, context: &Context, flag: &str, name: &str) -> Result<Secret, Error> {
        if !words::is_variable(name) {
            return Err(no_variable(flag));
        }
        let value = self.variables(context)?.get(name)?.ok_or_else(|| self.unset(name))?;
        let token = usable(&format!("the variable {name}"), Secret::new(value))?;
        warn_of_looks(context, &token, name);
        Ok(token)
    }

    /// The error for a variable that is not set.
    fn unset(&self, name: &str) -> Error {
        let place = match (&self.env_file, &self.absent) {
            (Some(file), _) => format!(" or in {}", file.display()),
            (None, Some(file)) => format!(" or in {}, which is not there", file.display()),
            (None, None) => String::new(),
        };
        Error::usage(format!("the variable {name} is not set"), format!("set {name} in the environment{place}"))
    }

    /// The files that secrets are read from.
    pub(super) fn files<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = &'a str> {
        self.secret_file.iter().map(|given| scoped_file(catalog, given).1)
    }

    /// Whether each word of --secret-env names a variable, whatever that holds.
    pub(super) fn check_names(&self, catalog: &Catalog) -> Result<(), Error> {
        self.secret_env.iter().try_for_each(|given| scoped(catalog, given, |_| true).map(drop))
    }

    /// Other secrets than these, from variables and files; an env file serves both.
    pub(super) fn others(&self, secret_env: &[String], secret_file: &[String]) -> Self {
        let (secret_env, secret_file) = (secret_env.to_vec(), secret_file.to_vec());
        Self { secret_env, secret_file, env_file: self.env_file.clone(), ..Self::default() }
    }

    /// How the user wants the scheme otherwise; the providers at work must have that mode.
    pub(super) fn choice(&self, providers: &[&Provider]) -> Result<SchemeChoice, Error> {
        if let Some(header) = &self.signature_header {
            input::header(&format!("{header}:"))
                .map_err(|what| Error::usage(what, "as in --signature-header X-Token"))?;
        }
        let of_target = self.of_target.as_ref().filter(|wanted| wanted.is_for(providers));
        let choice = SchemeChoice {
            mode: self.signature_mode.clone().or(of_target.and_then(|wanted| wanted.mode.clone())),
            header: self.signature_header.clone().or(of_target.and_then(|wanted| wanted.header.clone())),
        };
        for provider in providers {
            let modes: Vec<&str> = provider.description.signature.iter().map(|scheme| scheme.mode.as_str()).collect();
            if let Some(mode) = &choice.mode
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
    pub(super) fn variable_of(&self, provider: &Provider, context: &Context) -> Result<Variable, Error> {
        let own = self.secret_env.iter().find_map(|given| given.strip_prefix(provider.id.as_str())?.strip_prefix('='));
        let general = self.secret_env.iter().find(|given| !given.contains('=')).map(String::as_str);
        let documented = provider.description.secret.as_ref().map(|place| place.env.as_str());
        let is_set = |name: &&str| (context.var)(name).is_some() || (context.var)(ANY).is_none();
        Variable::parse(own.or(general).or(documented.filter(is_set)).unwrap_or(ANY))
            .ok_or_else(|| no_variable("--secret-env"))
    }

    /// Every secret at hand, by the order of precedence. Nobody is asked here.
    pub(super) fn keyring(&self, context: &Context, catalog: &Catalog) -> Result<Keyring, Error> {
        let variables = self.variables(context)?;
        let mut keyring = Keyring::default();
        let mut has_general = false;
        let mut keep = |keyring: &mut Keyring, provider: Option<&str>, secret: Secret, from: &str| {
            warn_of_looks(context, &secret, from);
            has_general |= provider.is_none();
            let family = provider.and_then(|id| catalog.provider(id)).map(Provider::family);
            keyring.add(family.or(provider), from, secret);
        };
        for given in &self.secret_env {
            let is_set = |name: &str| variables.get(name).is_ok_and(|value| value.is_some());
            let (provider, name) = scoped(catalog, given, is_set)?;
            let value = variables.get(name)?.ok_or_else(|| self.unset(name))?;
            let secret = usable(&format!("the variable {name}"), Secret::new(value))?;
            keep(&mut keyring, provider, secret, name);
        }
        for given in &self.secret_file {
            let (provider, path) = scoped_file(catalog, given);
            let from = format!("the file {path}");
            let (secret, cut) = usable(&from, Secret::from_file(&self.read_secret(context, Path::new(path))?))?;
            for what in cut {
                context.console.note(&format!("{what} of {path} is not part of the secret"));
            }
            keep(&mut keyring, provider, secret, path);
        }
        if let Some(secret) = &self.secret {
            let secret = usable("--secret", Secret::new(secret.as_str()))?;
            context.console.note(
                "--secret can be seen in the process list and in the shell's history; --secret-env keeps it out of both",
            );
            keep(&mut keyring, None, secret, "--secret");
        }
        if !has_general {
            add_variables(context, catalog, &variables, &mut keyring)?;
        }
        Ok(keyring)
    }
}

/// The secrets that a provider's deliveries are signed with; none where none is at hand and none is
/// typed at the prompt.
pub(super) fn signing(
    context: &Context,
    keyring: &mut Keyring,
    provider: &Provider,
    scheme: &Scheme,
    ask: Ask,
) -> Result<Vec<Named>, Error> {
    if let Some(unusable) = keyring.unusable(provider.family()) {
        return Err(Error::Secret { from: unusable.from.clone(), cause: unusable.cause.clone() });
    }
    let secrets = keyring.all_of(provider.family());
    let may_ask = scheme.secret == Need::Required && ask == Ask::Yes && context.console.can_ask;
    if scheme.algorithm == Algorithm::Token && (!secrets.is_empty() || may_ask) {
        trust::before_token(context, provider)?;
    }
    if !secrets.is_empty() || !may_ask {
        return Ok(secrets.to_vec());
    }
    keyring.add(Some(&provider.id), "the prompt", prompt(context, provider)?);
    Ok(keyring.all_of(provider.family()).to_vec())
}

/// A listener that should verify and can't must not let everything in.
pub(super) fn refuse_unusable(keyring: &Keyring, only: Option<&Provider>) -> Result<(), Error> {
    let unusable = match only {
        Some(provider) => keyring.unusable(provider.family()),
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
        variable: place.map_or(ANY, |place| place.env.as_str()).to_string(),
        find: place.and_then(|place| place.find.clone()),
        or_unsigned,
    }
}

/// A secret of a scheme's own form, for a delivery that needs any.
pub(super) fn made_up(scheme: &Scheme) -> Result<Generated, Error> {
    let seed = chance::bytes(Some("--secret-env NAME does without"))?;
    signature::generate(scheme, seed).map_err(|error| Error::Untestable { message: error.to_string(), hint: None })
}

/// The error that says why a delivery can't be signed.
pub(super) fn unsigned(provider: &Provider, scheme: &Scheme, error: &SignError) -> Error {
    let is_pair = scheme.algorithm.is_asymmetric();
    let hint = match error {
        SignError::Key(_) if is_pair => {
            "--secret-file gives a private key of your own; sign --generate-key makes one".to_string()
        }
        SignError::Key(_) => {
            let place = provider.description.secret.as_ref();
            place.and_then(|place| place.find.as_ref()).map_or_else(
                || "give the secret as the provider shows it".to_string(),
                |find| format!("give it as the provider shows it: {find}"),
            )
        }
        SignError::Absent(_) if !signed_places(scheme).is_empty() => {
            format!("the body has to have {}, which is signed", words::list(&signed_places(scheme), "and"))
        }
        SignError::Absent(_) => "--url, --at, --id or -H give what is signed along".to_string(),
        SignError::Body(_) => "the body has to be a JSON object".to_string(),
        SignError::Several => {
            format!("give one, or say whose each is, as in --secret-env {}=NAME", shell::argument(&provider.id))
        }
    };
    Error::usage(format!("a delivery of {} can't be signed: {error}", provider.description.name), hint)
}

/// The places of the body whose values are signed.
fn signed_places(scheme: &Scheme) -> Vec<String> {
    let place = |part: &Part| if let Part::At(path) = part { Some(format!("`{path}`")) } else { None };
    scheme.content.0.iter().filter_map(place).collect()
}

/// What the environment holds. A variable that is set and empty, as CI sets those it lacks, is an error
/// only where its secret is wanted.
fn add_variables(
    context: &Context,
    catalog: &Catalog,
    variables: &Variables,
    keyring: &mut Keyring,
) -> Result<(), Error> {
    let place = |provider: &'_ Provider| provider.description.secret.as_ref().map(|place| place.env.to_string());
    // What comes is recognised under the provider's own name, whichever of its names the variable has.
    let mut own: Vec<(Option<&str>, String)> = catalog
        .providers
        .iter()
        .filter(|provider| !keyring.has_own(provider.family()))
        .filter_map(|provider| Some((Some(provider.family()), place(provider)?)))
        .collect();
    own.push((None, ANY.to_string()));
    for (provider, name) in own {
        let Some(value) = variables.get(&name)? else { continue };
        match Secret::new(value) {
            Ok(secret) => {
                warn_of_looks(context, &secret, &name);
                keyring.add(provider, &name, secret);
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
    let (provider, name) = match given.split_once('=') {
        Some((id, name)) if catalog.provider(id).is_some() => (Some(id), name),
        // A provider that isn't there is told where the name is right; else it may be a part of the secret.
        Some((id, name)) if words::is_variable(name) && is_set(name) => {
            catalog.named(id)?;
            (Some(id), name)
        }
        _ => (None, given),
    };
    if words::is_variable(name) {
        return Ok((provider, name));
    }
    Err(no_variable("--secret-env"))
}

/// The error for a text that names no variable. It may be the secret itself, so it is not repeated.
fn no_variable(flag: &str) -> Error {
    Error::usage(
        format!("{flag} takes the name of a variable, and what is given is none"),
        format!("as in {flag} WEBHOOK_SECRET"),
    )
}

/// As above; a file's name may hold `=`, so only a provider's id is taken for one.
fn scoped_file<'a>(catalog: &Catalog, given: &'a str) -> (Option<&'a str>, &'a str) {
    match given.split_once('=') {
        Some((id, path)) if catalog.provider(id).is_some() => (Some(id), path),
        _ => (None, given),
    }
}

fn prompt(context: &Context, provider: &Provider) -> Result<Secret, Error> {
    if let Some(find) = provider.description.secret.as_ref().and_then(|place| place.find.as_ref()) {
        context.console.say(&format!("where to find it: {find}"));
    }
    let answer = asking::password(context, &format!("Signing secret of {}", provider.description.name))?;
    usable("the prompt", Secret::new(answer))
}

/// Variables of a file before those of the environment, since the file was named on the command line.
struct Variables<'a> {
    path: &'a Path,
    file: EnvFile,
    environment: fn(&str) -> Option<String>,
}

impl<'a> Variables<'a> {
    /// Reads a file of variables: that of a target only below the project's root.
    fn read(path: Option<&'a Path>, target: Option<&Target>, context: &Context) -> Result<Self, Error> {
        let project = context.project()?.zip(target);
        let read = |path: &Path| match project {
            Some((project, target)) => project.read_file(&project.key_of(target, "env_file"), path),
            None => input::read(path),
        };
        let file = path.map(read).transpose()?.map(|bytes| EnvFile::new(&bytes)).unwrap_or_default();
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
