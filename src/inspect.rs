//! What came, looked at as a whole: identified, verified, and what the sender is to be told.
//!
//! `listen`, `verify` and the receiver of `send --to self` all judge here.

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
    /// How the user wants the schemes otherwise.
    pub choice: SchemeChoice,
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
    /// The provider's scheme as the user wants it; nothing where it documents none of the kind.
    pub fn of(&self, provider: &Provider) -> Option<Scheme> {
        let modes = &provider.description.signature;
        let mut scheme = match &self.mode {
            None => modes.first()?.clone(),
            Some(wanted) => modes.iter().find(|scheme| scheme.mode == *wanted)?.clone(),
        };
        if let Some(header) = &self.header {
            scheme.header.clone_from(header);
        }
        Some(scheme)
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
        let scheme = identified.provider.and_then(|provider| self.choice.of(provider));
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
        let guarded = self.only.is_none() && !self.keyring.is_empty();
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
