//! What the requests of a check are made with, gathered from the world once: `check` and `send --fault` share it.

use reqwest::Url;

use super::context::Context;
use super::making::Maker;
use super::secrets::{self, Ask};
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::conformance::Kit;
use crate::error::Error;
use crate::secret::{Named, Secret};
use crate::shell;
use crate::signature::{Key, Use};
use crate::target;

/// The scheme of a provider, its secrets, and what is wrong in their place.
pub(super) struct Parts {
    scheme: Option<Scheme>,
    secrets: Vec<Named>,
    wrong: Secret,
    token: Option<Secret>,
    foreign: String,
}

impl Parts {
    /// Asks for the secret where it is needed and none is at hand.
    pub(super) fn gather(
        context: &Context,
        catalog: &Catalog,
        provider: &Provider,
        maker: &mut Maker,
    ) -> Result<Self, Error> {
        let mut scheme = maker.choice().of(provider);
        let mut secrets = Vec::new();
        if let Some(wanted) = &scheme {
            secrets = secrets::signing(context, &mut maker.keyring, provider, wanted, Ask::Yes)?;
            let is_usable = |named: &Named| Key::read(wanted, &named.secret, Use::Sign).is_ok();
            if wanted.algorithm.is_asymmetric() && !secrets.first().is_some_and(is_usable) {
                let (name, id) = (&provider.description.name, shell::argument(&provider.id));
                return Err(Error::usage(
                    format!("to sign like {name} takes a private key, whose public half the receiver has to use"),
                    format!(
                        "`hookproof sign --provider {id} --generate-key --key-out FILE` makes one for --secret-file FILE"
                    ),
                ));
            }
            if secrets.is_empty() && wanted.secret == Need::Required {
                return Err(secrets::no_secret(provider, false));
            }
            if secrets.is_empty() {
                scheme = None;
            }
        }
        let wrong = match &scheme {
            Some(scheme) => secrets::made_up(scheme)?.private,
            None => Secret::new("none").map_err(|cause| Error::Secret { from: "us".to_string(), cause })?,
        };
        let own = |name: &str| scheme.as_ref().is_some_and(|scheme| scheme.reads(name));
        let mut others = catalog.providers.iter().flat_map(|provider| &provider.description.signature);
        let foreign = others.find_map(|other| other.header.0.first().filter(|name| !own(name)));
        let foreign = foreign.cloned().unwrap_or_else(|| "X-Signature".to_string());
        Ok(Self { scheme, secrets, wrong, token: None, foreign })
    }

    /// Has handshakes bring this token.
    pub(super) fn with_token(self, token: Option<Secret>) -> Self {
        Self { token, ..self }
    }

    /// The token that handshakes bring.
    pub(super) fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// How the provider signs.
    pub(super) fn scheme(&self) -> Option<&Scheme> {
        self.scheme.as_ref()
    }

    /// The secrets that deliveries are signed with.
    pub(super) fn secrets(&self) -> &[Named] {
        &self.secrets
    }

    /// Whether anything is signed at all.
    pub(super) fn is_signed(&self) -> bool {
        self.scheme.is_some()
    }

    /// The kit for requests to an address.
    pub(super) fn kit<'a>(&'a self, url: &'a Url, takes_extra: bool, unsigned: Option<u16>) -> Kit<'a> {
        Kit {
            scheme: self.scheme.as_ref(),
            secrets: &self.secrets,
            url: url.as_str(),
            foreign: &self.foreign,
            wrong: &self.wrong,
            token: self.token.as_ref(),
            takes_extra,
            unsigned,
            is_public: target::is_public(url),
        }
    }
}
