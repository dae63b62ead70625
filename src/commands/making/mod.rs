//! From words on the command line to deliveries: shared by `render`, `send`, `run` and `check`.

mod args;

use std::time::Duration;

use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;
use reqwest::Url;

use super::context::Context;
use super::secrets::{self, Ask};
use crate::catalog::{Event, Need, Scheme};
use crate::error::Error;
use crate::inspect::SchemeChoice;
use crate::json;
use crate::message::{Delivery, Headers};
use crate::render::{Freshness, Overrides, Randomness, Rendered, Stencil, World, render};
use crate::replay::{self, Credentials, Manner};
use crate::secret::{Keyring, Named};
use crate::signature::{self, Signer};
use crate::words;

pub(super) use args::{MakeArgs, StageArgs};

/// A delivery that is ready, and what it was made from.
#[derive(Clone, Debug)]
pub(super) struct Made<'a> {
    pub(super) event: Event<'a>,
    pub(super) delivery: Delivery,
    /// The scheme, where it is signed.
    pub(super) scheme: Option<Scheme>,
    /// What the user should know of it.
    pub(super) notes: Vec<String>,
    /// The identities in it.
    pub(super) ids: Vec<(String, String)>,
    /// How long after the time of --at it is.
    after: Duration,
}

/// What a delivery has of its own, beside what the command line says of all.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    /// How it differs from its sample; the command line goes first.
    pub(super) overrides: Overrides,
    /// How long after the time of --at it is; without one it is when it is made.
    pub(super) after: Duration,
    /// Identities of the command line that only other steps of the story have.
    pub(super) elsewhere: Vec<String>,
}

/// Where the body comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The sample.
    Sample,
    /// The sample, indented.
    Pretty,
    /// The user's bytes.
    Own(Vec<u8>),
}

/// Everything that making deliveries needs, read once.
pub(super) struct Maker {
    overrides: Overrides,
    freshness: Freshness,
    seed: [u8; 32],
    at: Option<Timestamp>,
    unsigned: bool,
    source: Source,
    extra: Headers,
    choice: SchemeChoice,
    pub(super) keyring: Keyring,
    own: Own,
}

impl Maker {
    /// One that has nothing of the user's: no change, no header, and secrets of our own.
    pub(super) fn to_look_at<'e, 'c: 'e>(events: impl Iterator<Item = &'e Event<'c>>) -> Result<Self, Error> {
        let mut maker = Self {
            overrides: Overrides::default(),
            freshness: Freshness::Fresh,
            seed: [0; 32],
            at: None,
            unsigned: false,
            source: Source::Sample,
            extra: Headers::default(),
            choice: SchemeChoice::default(),
            keyring: Keyring::default(),
            own: Own::default(),
        };
        maker.make_up_secrets(events)?;
        Ok(maker)
    }

    /// Lets no time pass but that of a story: where nothing goes out, its steps are still as far apart as it says.
    pub(super) fn stop_clock(&mut self) {
        self.at.get_or_insert_with(Timestamp::now);
    }

    /// The deliveries from here on have this of their own.
    pub(super) fn turn_to(&mut self, own: Own) {
        self.own = own;
    }

    /// How the user wants the schemes otherwise.
    pub(super) fn choice(&self) -> &SchemeChoice {
        &self.choice
    }

    /// Has every secret at hand before anything is made, so that none goes out when another can't.
    pub(super) fn gather_secrets<'e, 'c: 'e>(
        &mut self,
        context: &Context,
        events: impl Iterator<Item = &'e Event<'c>>,
    ) -> Result<(), Error> {
        for event in events {
            if let Some(scheme) = self.wanted_scheme(event) {
                self.secrets(context, event, &scheme)?;
            }
        }
        Ok(())
    }

    /// The scheme to sign with; nothing where it is not to be signed, or was signed by hand.
    fn wanted_scheme(&self, event: &Event<'_>) -> Option<Scheme> {
        let scheme = self.choice.of(event.provider)?;
        let is_given = scheme.header.0.iter().any(|name| self.extra.get(name).is_some());
        (!self.unsigned && !is_given).then_some(scheme)
    }

    fn secrets(&mut self, context: &Context, event: &Event<'_>, scheme: &Scheme) -> Result<Vec<Named>, Error> {
        let secrets = secrets::signing(context, &mut self.keyring, event.provider, scheme, Ask::Yes)?;
        if secrets.is_empty() && scheme.secret == Need::Required {
            return Err(secrets::no_secret(event.provider, true));
        }
        Ok(secrets)
    }

    /// Makes up a secret for every provider that has none at hand; whether there was one.
    pub(super) fn make_up_secrets<'e, 'c: 'e>(
        &mut self,
        events: impl Iterator<Item = &'e Event<'c>>,
    ) -> Result<bool, Error> {
        let mut is_made_up = false;
        for event in events {
            let id = event.provider.family();
            let Some(scheme) = self.choice.of(event.provider).filter(|_| !self.unsigned) else { continue };
            if self.keyring.of(id).is_none() {
                self.keyring.add(Some(id), "us", secrets::made_up(&scheme)?.private);
                is_made_up = true;
            }
        }
        Ok(is_made_up)
    }

    /// Makes the delivery of the `index`th event: with a seed, each has its own stream of randomness. `target` is
    /// shown, `url` is what a scheme signs.
    pub(super) fn make<'c>(
        &mut self,
        context: &Context,
        event: &Event<'c>,
        index: u64,
        target: &str,
        url: Option<&Url>,
    ) -> Result<Made<'c>, Error> {
        let Base { mut delivery, mut world, mut notes, ids } = self.base(event, index, target, 0)?;
        if let Some(near) = misspelt(event) {
            notes.insert(0, format!("`{}` is taken for an object of your own; did you mean `{near}`?", event.name));
        }
        let mut scheme = self.wanted_scheme(event);
        if let Some(wanted) = &scheme {
            let secrets = self.secrets(context, event, wanted)?;
            if secrets.is_empty() {
                scheme = None;
            } else {
                let url = url.map(|url| signature::as_requested(url.as_str()));
                signature::sign(wanted, &secrets, &mut delivery, url.as_deref(), &mut world)
                    .map_err(|error| secrets::unsigned(event.provider, wanted, &error))?;
            }
        }
        Ok(Made { event: event.clone(), delivery, scheme, notes, ids, after: self.own.after })
    }

    /// Gives a delivery that was made a fresh timestamp and signature, as a retry has them. It goes out so long after
    /// the first attempt.
    pub(super) fn sign_again(
        &mut self,
        context: &Context,
        made: &mut Made<'_>,
        url: &Url,
        after: Duration,
    ) -> Result<(), Error> {
        let Some(scheme) = &made.scheme else { return Ok(()) };
        let secrets = self.secrets(context, &made.event, scheme)?;
        let now = self.time(made.after.saturating_add(after));
        let mut world = World { now, random: Randomness::from_seed(self.seed) };
        let plan = replay::Plan {
            manner: Manner::ReSigned,
            credentials: Credentials::Sent,
            url: url.as_str(),
            provider: Some(made.event.provider),
            scheme: Some(scheme),
            secrets: &secrets,
            verdict: None,
        };
        made.delivery = replay::signed_again(made.delivery.clone(), &plan, &mut world).map_err(|refusal| {
            Error::usage(
                format!("{} can't be signed again: {refusal}", made.event.full_name()),
                "leave --retry out, or name another event",
            )
        })?;
        Ok(())
    }

    /// Randomness for what is no part of a delivery.
    pub(super) fn aside(&self) -> Randomness {
        let mut random = Randomness::from_seed(self.seed);
        random.set_stream(u64::MAX);
        random
    }

    /// The time of what happens so long after the time of --at; without one it is now.
    fn time(&self, after: Duration) -> Timestamp {
        let after = jiff::SignedDuration::try_from(after).unwrap_or_default();
        self.at.map_or_else(Timestamp::now, |at| at.saturating_add(after).unwrap_or(at))
    }

    /// The same without its signature, of an event that happened so many seconds ago.
    pub(super) fn base(&self, event: &Event<'_>, index: u64, target: &str, age: i64) -> Result<Base, Error> {
        let mut world = self.world(index);
        let now = world.now;
        world.now = now.saturating_sub(jiff::SignedDuration::from_secs(age)).unwrap_or(now);
        let mut overrides = self.own.overrides.clone().under(&self.overrides);
        overrides.ids.retain(|(name, _)| !self.own.elsewhere.contains(name));
        let rendered = render(event, &overrides, self.freshness, &mut world)?;
        world.now = now;
        let (notes, ids) = (rendered.notes.clone(), rendered.ids.clone());
        Ok(Base { delivery: self.dress(rendered, target), world, notes, ids })
    }

    /// The time and the randomness of the `index`th delivery.
    pub(super) fn world(&self, index: u64) -> World {
        let mut random = Randomness::from_seed(self.seed);
        random.set_stream(index);
        World { now: self.time(self.own.after), random }
    }

    /// A delivery of what was rendered, with what the user wants in the place of ours.
    pub(super) fn dress(&self, rendered: Rendered, target: &str) -> Delivery {
        let body = match &self.source {
            Source::Sample => rendered.body.into_bytes(),
            Source::Pretty => json::pretty(&rendered.body).unwrap_or(rendered.body).into_bytes(),
            Source::Own(bytes) => bytes.clone(),
        };
        let mut headers = rendered.headers;
        if headers.get("user-agent").is_none() {
            headers.push("User-Agent", concat!("hookproof/", env!("CARGO_PKG_VERSION")));
        }
        headers.replace_with(&self.extra);
        Delivery { method: "POST".to_string(), target: target.to_string(), headers, body }
    }

    /// The event as pieces and holes, for as many deliveries as one likes.
    pub(super) fn stencil<'c>(&self, event: &Event<'c>) -> Result<Stencil<'c>, Error> {
        Ok(Stencil::cut(event, &self.overrides, self.freshness)?)
    }

    /// What signs the deliveries of an event; nothing where they go out unsigned.
    pub(super) fn signer(&mut self, context: &Context, event: &Event<'_>) -> Result<Option<Signer>, Error> {
        let Some(scheme) = self.wanted_scheme(event) else { return Ok(None) };
        let secrets = self.secrets(context, event, &scheme)?;
        if secrets.is_empty() {
            return Ok(None);
        }
        let signer = Signer::new(&scheme, &secrets);
        signer.map(Some).map_err(|error| secrets::unsigned(event.provider, &scheme, &error))
    }
}

/// A delivery that is not signed yet, with the time and the randomness it was made of.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) delivery: Delivery,
    pub(super) world: World,
    notes: Vec<String>,
    ids: Vec<(String, String)>,
}

/// The listed event that a name which follows a pattern is near to.
fn misspelt<'a>(event: &Event<'a>) -> Option<&'a str> {
    let listed = event.provider.description.events.keys().map(String::as_str);
    let near = words::nearest(&event.name, listed)?;
    let is_listed = near == event.name;
    (!is_listed && event.variant.is_none() && words::likeness(&event.name, near) >= 0.8).then_some(near)
}
