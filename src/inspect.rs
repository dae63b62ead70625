//! What came, looked at as a whole: identified, verified, and what the sender is to be told.
//!
//! `listen` and the receiver of `send --to self` judge here; `verify`, which can't be without a secret,
//! asks `signature` itself.

use std::rc::Rc;

use crate::catalog::{Catalog, Provider, Scheme};
use crate::identify::{Identified, identify};
use crate::message::Headers;
use crate::secret::Keyring;
use crate::signature::{self, Judgement, Verdict};

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
    /// The scheme of a provider that the user named, as the user wants it; nothing where it documents
    /// none. A mode that it doesn't have leaves its first in force.
    pub fn of(&self, provider: &Provider) -> Option<Scheme> {
        let mut scheme = self.mode_of(provider)?;
        if let Some(header) = &self.header {
            scheme.header.clone_from(header);
        }
        Some(scheme)
    }

    /// As above for a provider that was recognised: the header is another only where it is free.
    pub fn of_recognised(&self, provider: &Provider) -> Option<Scheme> {
        let scheme = self.mode_of(provider)?;
        if scheme.header_is_free { self.of(provider) } else { Some(scheme) }
    }

    fn mode_of(&self, provider: &Provider) -> Option<Scheme> {
        let modes = &provider.description.signature;
        let wanted = modes.iter().find(|scheme| self.mode.as_ref().is_some_and(|mode| scheme.mode == *mode));
        wanted.or(modes.first()).cloned()
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

impl Inspector {
    /// The provider that the user named.
    pub fn named(&self) -> Option<&Provider> {
        self.only.as_deref().and_then(|id| self.catalog.provider(id))
    }

    /// Looks at a delivery.
    pub fn inspect(&self, headers: &Headers, body: &[u8]) -> Inspected<'_> {
        let identified = identify(&self.catalog, self.named(), headers, body);
        // A receiver of our own gets what we signed by the same choice.
        let is_named = self.only.is_some() || self.guard == Guard::Off;
        let scheme = identified
            .provider
            .and_then(|provider| if is_named { self.choice.of(provider) } else { self.choice.of_recognised(provider) });
        let judgement = match (identified.provider, &scheme) {
            (None, _) => Judgement::of(Verdict::Unknown, identified.why.clone()),
            (Some(provider), None) => {
                let reason = format!("{} documents no signature", provider.description.name);
                Judgement::of(Verdict::Unsigned, reason)
            }
            (Some(provider), Some(scheme)) => signature::verify(scheme, self.keyring.of(&provider.id), headers, body),
        };
        let status = self.status(judgement.verdict);
        Inspected { identified, scheme, judgement, status }
    }

    /// Nobody gets past a secret by dressing up as a provider that doesn't sign.
    fn status(&self, verdict: Verdict) -> u16 {
        let guarded = self.guard == Guard::On && self.only.is_none() && !self.keyring.is_empty();
        match verdict {
            Verdict::Valid | Verdict::Unchecked => 200,
            Verdict::Invalid | Verdict::Missing => 401,
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
