//! The secrets of the providers in question: whether they are there, and their shape.

use std::path::Path;

use super::aims::Aim;
use super::{DoctorArgs, found};
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::commands::context::Context;
use crate::commands::input;
use crate::commands::secrets::{SecretArgs, no_secret};
use crate::config::Target;
use crate::diagnosis::{self, Check, Finding};
use crate::error::Error;
use crate::secret::{Keyring, Named, Secret};

/// Looks at what each receiver is signed for with, or at what is set where none is looked at.
pub(super) fn look(
    args: &DoctorArgs,
    context: &Context,
    catalog: &Catalog,
    aims: &[Aim],
) -> Result<Vec<Finding>, Error> {
    let hushed = context.hushed();
    // Read once: a pipe can't be read again.
    let given = Asked::new(args.secrets.clone(), &hushed, catalog);
    let mut findings = Vec::new();
    if aims.is_empty() {
        let named = args.provider.as_deref().and_then(|id| catalog.provider(id));
        findings.extend(given.of(named)?);
    }
    for aim in aims {
        let own = match &aim.target {
            Some(target) if !args.secrets.is_given() => {
                let secrets = args.secrets.or_of(&known(target, catalog), context, catalog)?;
                Some(Asked::new(secrets, &hushed, catalog))
            }
            _ => None,
        };
        let provider = aim.provider.as_deref().and_then(|id| catalog.provider(id));
        let of_aim = own.as_ref().unwrap_or(&given).of(provider)?;
        findings.extend(of_aim.into_iter().map(|finding| finding.about(aim.name.as_deref())));
    }
    Ok(findings)
}

/// A target without its provider where that is unknown, which is told where the project is.
fn known(target: &Target, catalog: &Catalog) -> Target {
    let provider = target.provider.clone().filter(|id| catalog.named(id).is_ok());
    Target { provider, ..target.clone() }
}

/// The secrets that are asked for, as far as they could be read.
struct Asked<'a> {
    secrets: SecretArgs,
    catalog: &'a Catalog,
    keyring: Result<Keyring, Error>,
}

impl<'a> Asked<'a> {
    fn new(secrets: SecretArgs, context: &Context, catalog: &'a Catalog) -> Self {
        let keyring = secrets.keyring(context, catalog);
        Self { secrets, catalog, keyring }
    }

    /// The secrets of a provider; where none is in question, all that are set.
    fn of(&self, provider: Option<&Provider>) -> Result<Vec<Finding>, Error> {
        match (&self.keyring, provider) {
            (Err(error), _) => Ok(vec![unusable(error)]),
            (Ok(keyring), Some(provider)) => self.of_provider(keyring, provider),
            (Ok(keyring), None) => self.of_all(keyring),
        }
    }

    fn of_provider(&self, keyring: &Keyring, provider: &Provider) -> Result<Vec<Finding>, Error> {
        // Whether the provider in question has the mode that is asked for was seen before.
        let choice = self.secrets.choice(&[])?;
        let Some(scheme) = choice.of(provider) else {
            let what = format!("{} documents no signature, so no secret is needed", provider.id);
            return Ok(vec![Finding::ok(Check::Secret, what)]);
        };
        if let Some(broken) = keyring.unusable(provider.family()) {
            return Ok(vec![unusable(&Error::Secret { from: broken.from.clone(), cause: broken.cause.clone() })]);
        }
        let named = keyring.all_of(provider.family());
        if named.is_empty() {
            return Ok(vec![missing(provider, scheme.secret)]);
        }
        let all = &provider.description.signature;
        // Where the mode is chosen no other counts.
        let mut schemes = vec![&scheme];
        schemes.extend(all.iter().filter(|other| choice.mode.is_none() && other.mode != scheme.mode));
        Ok(named.iter().map(|named| self.shape(Some(provider), &schemes, named)).collect())
    }

    fn of_all(&self, keyring: &Keyring) -> Result<Vec<Finding>, Error> {
        // What is nobody's own is every provider's.
        let general = keyring.all_of("").iter().map(|named| self.shape(None, &[], named));
        let mut findings: Vec<Finding> = general.collect();
        let own = self.catalog.providers.iter().filter(|provider| provider.alias_of.is_none());
        for provider in own.filter(|provider| keyring.has_own(provider.family())) {
            findings.extend(self.of_provider(keyring, provider)?);
        }
        let unusable = keyring.all_unusable().iter().map(|unusable| {
            let error = Error::Secret { from: unusable.from.clone(), cause: unusable.cause.clone() };
            Finding::note(Check::Secret, "secret-unusable", error.to_string())
                .hinting("set it, or unset it: it is an error where that secret is wanted")
        });
        findings.extend(unusable);
        if findings.is_empty() {
            let what = "no secret is given, and no provider is named that would want one";
            findings.push(
                Finding::note(Check::Secret, "secret-none", what)
                    .hinting("--provider says whose deliveries you test; HOOKPROOF_SECRET serves any"),
            );
        }
        Ok(findings)
    }

    fn shape(&self, provider: Option<&Provider>, schemes: &[&Scheme], named: &Named) -> Finding {
        diagnosis::shape(provider, schemes, named, &self.cut(&named.from))
    }

    /// What of a secret's file does not belong to the secret.
    fn cut(&self, from: &str) -> Vec<&'static str> {
        // What is no ordinary file can't be read again.
        let is_file = Path::new(from).is_file() && self.secrets.files(self.catalog).any(|file| file == from);
        let read = || Secret::from_file(&input::read(Path::new(from)).ok()?).ok();
        if is_file { read().map(|(_, cut)| cut).unwrap_or_default() } else { Vec::new() }
    }
}

/// A secret is there and is no good, or can't be read.
fn unusable(error: &Error) -> Finding {
    found(Check::Secret, "secret-unusable", error).or_hinting(|| "correct it, or give another".to_string())
}

/// No secret is at hand.
fn missing(provider: &Provider, need: Need) -> Finding {
    let error = no_secret(provider, false);
    let finding = match need {
        Need::Required => Finding::fault(Check::Secret, "secret-missing", error.to_string()),
        Need::Optional => Finding::note(
            Check::Secret,
            "secret-missing",
            format!("{} signs its deliveries where a secret is set, and none is given", provider.id),
        ),
    };
    Finding { hint: error.hint(), ..finding }
}
