//! From a delivery that was kept to one that can go out again.

use std::borrow::Cow;

use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

use super::player::Player;
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::commands::choosing::Kept;
use crate::commands::secrets::{self, Ask};
use crate::error::Error;
use crate::render::{Randomness, World};
use crate::replay::{self, Manner, Plan, Ready, Refusal};
use crate::secret::Named;
use crate::signature;
use crate::words::{self, Lines};

/// A delivery that can go out, with whose it is.
pub(super) struct Made<'a> {
    pub(super) ready: Ready,
    pub(super) provider: Option<&'a Provider>,
    pub(super) scheme: Option<Scheme>,
    pub(super) events: Vec<String>,
    pub(super) is_signed: bool,
}

impl<'a> Player<'a> {
    /// Makes a delivery ready as it goes out now.
    pub(super) fn make(&mut self, kept: &Kept) -> Result<Made<'a>, Error> {
        let (args, delivery) = (self.args, &kept.capture.delivery);
        let (provider, events) = kept.whose(self.catalog, self.named);
        if args.manner() != Manner::Exact {
            let broken = || kept.needs_left_out(self.catalog, self.named);
            if let Some(error) = broken().or_else(|| provider.is_none().then(|| unknown(kept, self.catalog))) {
                return Err(error);
            }
        }
        let mut scheme = None;
        if let Some(provider) = provider {
            let choice = self.secrets.choice(&[provider])?;
            let secrets = self.keyring.all_of(provider.family());
            scheme = choice.of_received(provider, delivery, secrets, true).map(Cow::into_owned);
        }
        let secrets = match (provider, &scheme) {
            (Some(provider), Some(scheme)) => self.wanted_secrets(kept, provider, scheme)?,
            _ => Vec::new(),
        };
        let plan = Plan {
            manner: args.manner(),
            credentials: args.credentials(),
            url: self.way.url.as_str(),
            provider,
            scheme: scheme.as_ref(),
            secrets: &secrets,
            verdict: kept.told.verdict.as_deref(),
        };
        let mut world = World { now: Timestamp::now(), random: Randomness::from_rng(&mut self.random) };
        let mut ready = replay::prepare(delivery, &plan, &mut world)
            .map_err(|refusal| refused(kept, provider, scheme.as_ref(), &refusal))?;
        if args.manner() != Manner::Exact
            && let (Some(provider), None) = (provider, &scheme)
        {
            ready.notes.push(format!("{} documents no signature, so it goes out unsigned", provider.description.name));
        }
        let is_signed = args.manner() != Manner::Exact && !secrets.is_empty();
        Ok(Made { ready, provider, scheme, events, is_signed })
    }

    /// The secrets to sign with, or to put in the place of a token; nothing where none is needed.
    fn wanted_secrets(&mut self, kept: &Kept, provider: &Provider, scheme: &Scheme) -> Result<Vec<Named>, Error> {
        let delivery = &kept.capture.delivery;
        let is_exact = self.args.manner() == Manner::Exact;
        let is_invalid = kept.told.verdict.as_deref() == Some(replay::INVALID);
        if is_exact && (is_invalid || replay::lost_token(Some(scheme), &delivery.headers).is_none()) {
            return Ok(Vec::new());
        }
        let secrets = secrets::signing(self.context, &mut self.keyring, provider, scheme, Ask::Yes)?;
        let is_needed = scheme.secret == Need::Required || signature::is_there(scheme, delivery);
        if secrets.is_empty() && !is_exact && is_needed {
            return Err(secrets::no_secret(provider, false));
        }
        Ok(secrets)
    }
}

fn unknown(kept: &Kept, catalog: &Catalog) -> Error {
    let what = format!("{} can't be signed afresh: whose delivery it is can't be seen from it", kept.name);
    Error::usage(catalog.or_left_out(&what), "--provider says so; `hookproof events` lists them")
}

/// The error that says why a delivery can't go out again.
fn refused(kept: &Kept, provider: Option<&Provider>, scheme: Option<&Scheme>, refusal: &Refusal) -> Error {
    let message = words::printable(&format!("{} can't be replayed: {refusal}", kept.name), Lines::Escape);
    match (refusal, provider, scheme) {
        (Refusal::Sign(error), Some(provider), Some(scheme)) => secrets::unsigned(provider, scheme, error),
        (Refusal::Token(_), Some(provider), _) => {
            let place = provider.description.secret.as_ref();
            let variable = place.map_or("HOOKPROOF_SECRET", |place| place.env.as_str());
            Error::usage(message, format!("set {variable}, or give --secret-env NAME or --secret-file FILE"))
        }
        (Refusal::Credential(_), ..) => Error::usage(
            message,
            "`listen --keep-headers` keeps what comes from then on; without --with-credentials it is left out",
        ),
        _ => Error::Untestable { message, hint: None },
    }
}
