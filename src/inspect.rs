//! What came, looked at as a whole: identified, verified, and what the sender is to be told.
//!
//! `listen` and the receiver of `send --to self` judge here; `verify`, which can't be without a secret,
//! asks `signature` itself.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{Catalog, Names, Provider, Scheme};
use crate::handshake;
use crate::identify::{Identified, identify};
use crate::json::Body;
use crate::message::Delivery;
use crate::secret::{Keyring, Named};
use crate::shell;
use crate::signature::{self, Judgement, Key, Scene, Tolerance, Use, Verdict};

/// What deliveries are held against.
#[derive(Debug)]
pub struct Inspector {
    /// Every provider at hand.
    pub catalog: Arc<Catalog>,
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
    /// It keeps out all that is not proved, whoever was named: what gets in goes on to others.
    Full,
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
        self.modes(provider, true).into_iter().next().map(Cow::into_owned)
    }

    /// The scheme to judge a delivery by: of the modes that it is signed in the first whose kind of key the
    /// secret is. Where the provider was recognised and not named, the header is another only where it is free.
    pub fn of_received<'a>(
        &self,
        provider: &'a Provider,
        delivery: &Delivery,
        secrets: &[Named],
        is_named: bool,
    ) -> Option<Cow<'a, Scheme>> {
        let modes = self.modes(provider, is_named);
        let at = if modes.len() > 1 { meant(&modes, delivery, secrets) } else { 0 };
        modes.into_iter().nth(at)
    }

    /// The modes that may be meant, the likelier first.
    fn modes<'a>(&self, provider: &'a Provider, is_named: bool) -> Vec<Cow<'a, Scheme>> {
        let mut modes: Vec<Cow<'a, Scheme>> = provider.description.signature.iter().map(Cow::Borrowed).collect();
        if modes.iter().any(|scheme| Some(&scheme.mode) == self.mode.as_ref()) {
            modes.retain(|scheme| Some(&scheme.mode) == self.mode.as_ref());
            for scheme in &mut modes {
                scheme.to_mut().is_chosen = true;
            }
        }
        if let Some(header) = &self.header {
            for scheme in modes.iter_mut().filter(|scheme| is_named || scheme.header_is_free) {
                let scheme = scheme.to_mut();
                scheme.header = Names(vec![header.clone()]);
                scheme.body = None;
            }
        }
        modes
    }
}

/// Which of several modes a delivery is signed in.
fn meant(modes: &[Cow<'_, Scheme>], delivery: &Delivery, secrets: &[Named]) -> usize {
    // A header that only one mode has tells that mode, whatever stands in it: no other may be tried in its place.
    let is_own = |at: usize| {
        let others = || modes.iter().enumerate().filter(|(other, _)| *other != at);
        modes[at].header.0.iter().all(|name| others().all(|(_, other)| !other.reads(name)))
    };
    let is_there = |at: &usize| {
        signature::is_there(&modes[*at], delivery) || is_own(*at) && signature::came(&modes[*at], delivery)
    };
    let there: Vec<usize> = (0..modes.len()).filter(is_there).collect();
    let is_key = |at: &&usize| secrets.iter().any(|named| Key::read(&modes[**at], &named.secret, Use::Verify).is_ok());
    let begins = |at: &&usize| {
        let strip = &modes[**at].key.strip;
        secrets.iter().any(|named| strip.iter().any(|begin| named.secret.expose().starts_with(begin.as_bytes())))
    };
    let found = there.iter().find(begins).or_else(|| there.iter().find(is_key)).or(there.first());
    let Some(found) = found.copied() else {
        // Of those that are not meant, one whose header came says why.
        return modes.iter().position(|scheme| !signature::received(scheme, delivery).is_empty()).unwrap_or(0);
    };
    by_form(modes, &there, found, delivery, secrets)
}

/// Of several modes that share a header, the one whose form the value has and which it proves: customers choose how a
/// digest is written where the provider leaves it to them.
fn by_form(modes: &[Cow<'_, Scheme>], there: &[usize], found: usize, delivery: &Delivery, secrets: &[Named]) -> usize {
    let is_rival = |at: &&usize| {
        let scheme = &modes[**at];
        scheme.header == modes[found].header && !scheme.algorithm.is_asymmetric() && signature::fits(scheme, delivery)
    };
    let rivals: Vec<usize> = there.iter().filter(is_rival).copied().collect();
    if rivals.len() < 2 {
        return found;
    }
    let proves = |at: &usize| signature::is_proved(&modes[*at], secrets, delivery);
    rivals.into_iter().find(proves).unwrap_or(found)
}

/// A delivery that was looked at.
#[derive(Clone, Debug)]
pub struct Inspected<'a> {
    /// What it is.
    pub identified: Identified<'a>,
    /// The scheme it was held against.
    pub scheme: Option<Cow<'a, Scheme>>,
    /// What its signature proves.
    pub judgement: Judgement,
    /// The status to answer.
    pub status: u16,
    /// Whether another is asked for the answer, and that status only says that it may be.
    pub is_handed_on: bool,
}

impl Inspected<'_> {
    /// The status that is answered, where that is known yet.
    pub fn answered(&self) -> Option<u16> {
        (!self.is_handed_on).then_some(self.status)
    }
}

/// A handshake and its answer, or why there is none.
#[derive(Clone, Debug)]
pub struct Shaken<'a> {
    /// Whose it is.
    pub provider: &'a Provider,
    /// What the provider calls it.
    pub name: &'a str,
    /// Whether its own signature was right.
    pub is_proved: bool,
    /// What is answered.
    pub answer: Result<handshake::Answer, String>,
}

/// What a request turned out to be.
#[derive(Clone, Debug)]
pub enum Seen<'a> {
    /// A handshake, which is no delivery.
    Handshake(Shaken<'a>),
    /// A delivery.
    Delivery(Box<Inspected<'a>>),
}

/// Names the mode where it is not the provider's first: an older one may prove less.
pub fn in_mode(provider: &Provider, scheme: &Scheme, judgement: Judgement) -> Judgement {
    let is_first = provider.description.signature.first().is_none_or(|first| first.mode == scheme.mode);
    if is_first || judgement.verdict != Verdict::Valid {
        return judgement;
    }
    let said = format!("in the mode {}", scheme.mode);
    let reason = if judgement.reason.is_empty() { said } else { format!("{said}; {}", judgement.reason) };
    Judgement { reason, ..judgement }
}

impl Inspector {
    /// Lets it live as long as the process, so that every thread may look and hand on what it saw.
    pub fn for_good(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    /// The provider that the user named.
    pub fn named(&self) -> Option<&Provider> {
        self.only.as_deref().and_then(|id| self.catalog.provider(id))
    }

    /// Looks at a request that came; `body` is its body.
    pub fn look(&self, request: &Delivery, body: &Body<'_>, now: Timestamp) -> Seen<'_> {
        let identified = identify(&self.catalog, self.named(), &request.headers, body);
        match identified.provider.and_then(|provider| self.shaken(provider, request, body, now)) {
            Some(shaken) => Seen::Handshake(shaken),
            None => Seen::Delivery(Box::new(self.inspect(identified, request, now))),
        }
    }

    /// Answers a handshake that is no POST, where the request is one.
    pub fn shake_hands(&self, request: &Delivery, now: Timestamp) -> Option<Shaken<'_>> {
        let body = Body::new(&request.body);
        let is_meant = |provider: &&Provider| {
            self.only.is_some() || provider.alias_of.is_none() && handshake::meant(provider, request, &body).is_some()
        };
        let provider = self.named().or_else(|| self.catalog.providers.iter().find(is_meant))?;
        self.shaken(provider, request, &body, now)
    }

    fn inspect<'a>(&'a self, identified: Identified<'a>, delivery: &Delivery, now: Timestamp) -> Inspected<'a> {
        // A receiver of our own gets what we signed by the same choice.
        let is_named = self.only.is_some() || self.guard == Guard::Off;
        let secrets = identified.provider.map(|provider| self.keyring.all_of(provider.family())).unwrap_or_default();
        let scheme =
            identified.provider.and_then(|provider| self.choice.of_received(provider, delivery, secrets, is_named));
        let judgement = match (identified.provider, &scheme) {
            (None, _) => Judgement::of(Verdict::Unknown, self.catalog.or_left_out(&identified.why)),
            (Some(provider), None) => {
                let reason = format!("{} documents no signature", provider.description.name);
                Judgement::of(Verdict::Unsigned, reason)
            }
            (Some(provider), Some(scheme)) if self.lends_its_key(provider, scheme) => Judgement::of(
                Verdict::Invalid,
                format!(
                    "a public key is no general secret; --secret-env {}=NAME says whose it is",
                    shell::argument(provider.family())
                ),
            ),
            (Some(provider), Some(scheme)) => {
                let url = if scheme.covers_address() { self.address(delivery) } else { None };
                let scene = Scene { delivery, url: url.as_deref(), now, tolerance: self.tolerance };
                let judgement = signature::verify(scheme, secrets, &scene);
                // What is right holds a digest, and no secret.
                let judgement = match judgement.verdict {
                    Verdict::Valid => judgement,
                    _ => signature::conceal(judgement, scheme, self.keyring.all()),
                };
                in_mode(provider, scheme, judgement)
            }
        };
        let status = self.status(judgement.verdict);
        Inspected { identified, scheme, judgement, status, is_handed_on: false }
    }

    /// Whether a key that anybody may know would prove this provider's deliveries and, as a general secret,
    /// everybody else's.
    fn lends_its_key(&self, provider: &Provider, scheme: &Scheme) -> bool {
        let is_general = !self.keyring.has_own(provider.family()) && !self.keyring.is_empty();
        scheme.algorithm.is_asymmetric() && self.only.is_none() && is_general
    }

    /// The secret's text goes out in no form, and what is made with it only to a request whose own signature is right.
    fn shaken<'a>(
        &self,
        provider: &'a Provider,
        request: &Delivery,
        body: &Body<'_>,
        now: Timestamp,
    ) -> Option<Shaken<'a>> {
        let handshake = handshake::meant(provider, request, body)?;
        let secrets = self.keyring.all_of(provider.family());
        // Of several secrets the answer is made with the one that signed the request.
        let proved_by = || {
            let scheme = self.choice.of_received(provider, request, secrets, self.only.is_some())?;
            let url = self.address(request);
            let scene = Scene { delivery: request, url: url.as_deref(), now, tolerance: self.tolerance };
            let proves = |named: &&Named| {
                signature::verify(&scheme, std::slice::from_ref(*named), &scene).verdict == Verdict::Valid
            };
            secrets.iter().find(proves).filter(|_| !self.lends_its_key(provider, &scheme))
        };
        let secret = if handshake.signed { proved_by() } else { secrets.first() };
        // One whose signature is wrong is refused as any delivery is.
        if handshake.signed && !secrets.is_empty() && secret.is_none() {
            return None;
        }
        let is_proved = handshake.signed && secret.is_some();
        let secret = secret.map(|named| &named.secret);
        let answer = handshake::answer(handshake, request, secret);
        Some(Shaken { provider, name: &handshake.name, is_proved, answer })
    }

    /// The address that the sender used.
    pub fn address(&self, delivery: &Delivery) -> Option<String> {
        match &self.public_url {
            Some(base) => Some(format!("{}{}", base.trim_end_matches('/'), signature::target_of(&delivery.target))),
            None => signature::address(delivery),
        }
    }

    /// Nobody gets past a secret by dressing up as a provider that doesn't sign.
    fn status(&self, verdict: Verdict) -> u16 {
        let has_secret = !self.keyring.is_empty();
        let guarded = self.guard == Guard::On && self.only.is_none() && has_secret;
        match verdict {
            Verdict::Valid => 200,
            _ if self.guard == Guard::Full && has_secret => 401,
            Verdict::Unchecked => 200,
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
