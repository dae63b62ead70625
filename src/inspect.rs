//! What came, looked at as a whole: identified, verified, and what the sender is to be told.
//!
//! `listen` and the receiver of `send --to self` judge here; `verify`, which can't be without a secret,
//! asks `signature` itself.

use std::rc::Rc;

use crate::catalog::{Catalog, Names, Provider, Scheme};
use crate::handshake;
use crate::identify::{Identified, identify};
use jiff::Timestamp;

use crate::message::Delivery;
use crate::secret::{Keyring, Named};
use crate::signature::{self, Judgement, Key, Scene, Tolerance, Use, Verdict};

/// What deliveries are held against.
#[derive(Debug)]
pub struct Inspector {
    /// Every provider at hand.
    pub catalog: Rc<Catalog>,
    /// The provider that the user named, by id.
    pub only: Option<String>,
    /// The secrets.
    pub keyring: Keyring,
    /// Whether a given secret keeps out what is not signed at all.
    pub guard: Guard,
    /// How the user wants the schemes otherwise.
    pub choice: SchemeChoice,
    /// The address that senders use, without the path; what the request tells where nothing is said.
    pub public_url: Option<String>,
    /// How old or early a timestamp may be.
    pub tolerance: Tolerance,
}

/// Whether a given secret keeps out what is not signed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It does, unless a provider was named.
    On,
    /// It does not: the receiver is our own, and gets what we send.
    Off,
}

/// How the user wants a provider's scheme otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemeChoice {
    /// The mode by name.
    pub mode: Option<String>,
    /// The header that the signature stands in.
    pub header: Option<String>,
}

impl SchemeChoice {
    /// The scheme to sign with, as the user wants it; nothing where the provider documents none. A mode that
    /// it doesn't have leaves its first in force.
    pub fn of(&self, provider: &Provider) -> Option<Scheme> {
        self.modes(provider, true).into_iter().next()
    }

    /// The scheme to judge a delivery by: of the modes that it is signed in the first whose kind of key the
    /// secret is. Where the provider was recognised and not named, the header is another only where it is free.
    pub fn of_received(
        &self,
        provider: &Provider,
        delivery: &Delivery,
        secrets: &[Named],
        is_named: bool,
    ) -> Option<Scheme> {
        let modes = self.modes(provider, is_named);
        let there: Vec<&Scheme> = modes.iter().filter(|scheme| signature::is_there(scheme, delivery)).collect();
        let is_key =
            |scheme: &&&Scheme| secrets.iter().any(|named| Key::read(scheme, &named.secret, Use::Verify).is_ok());
        let begins = |scheme: &&&Scheme| {
            let strip = &scheme.key.strip;
            secrets.iter().any(|named| strip.iter().any(|begin| named.secret.expose().starts_with(begin.as_bytes())))
        };
        there
            .iter()
            .find(begins)
            .or(there.iter().find(is_key))
            .or(there.first())
            .map_or(modes.first(), |scheme| Some(scheme))
            .cloned()
    }

    /// The modes that may be meant, the likelier first.
    fn modes(&self, provider: &Provider, is_named: bool) -> Vec<Scheme> {
        let mut modes = provider.description.signature.clone();
        if modes.iter().any(|scheme| Some(&scheme.mode) == self.mode.as_ref()) {
            modes.retain(|scheme| Some(&scheme.mode) == self.mode.as_ref());
        }
        if let Some(header) = &self.header {
            for scheme in modes.iter_mut().filter(|scheme| is_named || scheme.header_is_free) {
                scheme.header = Names(vec![header.clone()]);
                scheme.body = None;
            }
        }
        modes
    }
}

/// A delivery that was looked at.
#[derive(Clone, Debug)]
pub struct Inspected<'a> {
    /// What it is.
    pub identified: Identified<'a>,
    /// The scheme it was held against.
    pub scheme: Option<Scheme>,
    /// What its signature proves.
    pub judgement: Judgement,
    /// The status to answer.
    pub status: u16,
}

/// A handshake and its answer, or why there is none.
#[derive(Clone, Debug)]
pub struct Shaken<'a> {
    /// Whose it is.
    pub provider: &'a Provider,
    /// What the provider calls it.
    pub name: &'a str,
    /// What is answered.
    pub answer: Result<handshake::Answer, String>,
}

impl Inspector {
    /// The provider that the user named.
    pub fn named(&self) -> Option<&Provider> {
        self.only.as_deref().and_then(|id| self.catalog.provider(id))
    }

    /// Looks at a delivery.
    pub fn inspect(&self, delivery: &Delivery, now: Timestamp) -> Inspected<'_> {
        let identified = identify(&self.catalog, self.named(), &delivery.headers, &delivery.body);
        // A receiver of our own gets what we signed by the same choice.
        let is_named = self.only.is_some() || self.guard == Guard::Off;
        let secrets = identified.provider.map(|provider| self.keyring.all_of(&provider.id)).unwrap_or_default();
        let scheme =
            identified.provider.and_then(|provider| self.choice.of_received(provider, delivery, &secrets, is_named));
        let judgement = match (identified.provider, &scheme) {
            (None, _) => Judgement::of(Verdict::Unknown, identified.why.clone()),
            (Some(provider), None) => {
                let reason = format!("{} documents no signature", provider.description.name);
                Judgement::of(Verdict::Unsigned, reason)
            }
            (Some(_), Some(scheme)) => {
                let url = self.address(delivery);
                let scene = Scene { delivery, url: url.as_deref(), now, tolerance: self.tolerance };
                signature::verify(scheme, &secrets, &scene)
            }
        };
        let status = self.status(judgement.verdict);
        Inspected { identified, scheme, judgement, status }
    }

    /// Answers a handshake, where the request is one. The secret's text goes out in no form, and what is made
    /// with it only to a request whose own signature is right.
    pub fn shake_hands(&self, request: &Delivery, now: Timestamp) -> Option<Shaken<'_>> {
        let mut known = self.catalog.providers.iter().filter(|provider| provider.alias_of.is_none());
        let (provider, handshake) = if let Some(provider) = self.named() {
            (provider, handshake::meant(provider, request)?)
        } else if request.method == "POST" {
            let provider = identify(&self.catalog, None, &request.headers, &request.body).provider?;
            (provider, handshake::meant(provider, request)?)
        } else {
            known.find_map(|provider| Some((provider, handshake::meant(provider, request)?)))?
        };
        let secrets = self.keyring.all_of(&provider.id);
        // Of several secrets the answer is made with the one that signed the request.
        let proved_by = || {
            let scheme = self.choice.of_received(provider, request, &secrets, self.only.is_some())?;
            let url = self.address(request);
            let scene = Scene { delivery: request, url: url.as_deref(), now, tolerance: self.tolerance };
            let proves = |named: &&Named| {
                signature::verify(&scheme, std::slice::from_ref(*named), &scene).verdict == Verdict::Valid
            };
            secrets.iter().find(proves)
        };
        let secret = if handshake.signed { proved_by() } else { secrets.first() };
        // One whose signature is wrong is refused as any delivery is.
        if handshake.signed && !secrets.is_empty() && secret.is_none() {
            return None;
        }
        let secret = secret.map(|named| &named.secret);
        Some(Shaken { provider, name: &handshake.name, answer: handshake::answer(handshake, request, secret) })
    }

    /// The address that the sender used.
    pub fn address(&self, delivery: &Delivery) -> Option<String> {
        match &self.public_url {
            Some(base) => Some(format!("{}{}", base.trim_end_matches('/'), delivery.target)),
            None => signature::address(delivery),
        }
    }

    /// Nobody gets past a secret by dressing up as a provider that doesn't sign.
    fn status(&self, verdict: Verdict) -> u16 {
        let guarded = self.guard == Guard::On && self.only.is_none() && !self.keyring.is_empty();
        match verdict {
            Verdict::Valid | Verdict::Unchecked => 200,
            Verdict::Stale | Verdict::Invalid | Verdict::Missing => 401,
            Verdict::Unsigned | Verdict::Unknown => {
                if guarded {
                    401
                } else {
                    200
                }
            }
        }
    }
}
