//! A scheme with its secrets, ready to sign any number of deliveries: keys are read and hashes keyed once.

use super::hash::Hash;
use super::key::{Key, Pair, Use};
use super::sign::{Ready, SignError, put};
use crate::catalog::{Algorithm, Scheme};
use crate::message::Delivery;
use crate::render::World;
use crate::secret::Named;

/// Signs deliveries as a provider does.
#[derive(Clone, Debug)]
pub struct Signer {
    scheme: Scheme,
    means: Means,
}

#[derive(Clone, Debug)]
enum Means {
    /// The secret itself.
    Token(Vec<u8>),
    /// Each key makes a signature.
    Keys(Vec<Keyed>),
}

#[derive(Clone, Debug)]
enum Keyed {
    /// A hash that is keyed already, and the bytes for a content that has them in it.
    Hash(Box<Hash>, Vec<u8>),
    Pair(Box<Pair>),
}

impl Signer {
    /// Reads the keys. Several secrets sign side by side where the scheme has a list.
    pub fn new(scheme: &Scheme, secrets: &[Named]) -> Result<Self, SignError> {
        if scheme.list.is_none() && secrets.len() > 1 {
            return Err(SignError::Several);
        }
        let means = if scheme.algorithm == Algorithm::Token {
            Means::Token(secrets.first().map(|named| named.secret.expose().to_vec()).unwrap_or_default())
        } else {
            let mut keys = Vec::new();
            for named in secrets {
                match Key::read(scheme, &named.secret, Use::Sign)? {
                    Key::Bytes(key) => {
                        keys.extend(Hash::new(scheme.algorithm, &key).map(|hash| Keyed::Hash(Box::new(hash), key)));
                    }
                    Key::Pair(pair) => keys.push(Keyed::Pair(pair)),
                }
            }
            Means::Keys(keys)
        };
        Ok(Self { scheme: scheme.clone(), means })
    }

    /// Signs a delivery: timestamp, id and signature are put where they belong. A timestamp or id header that is
    /// there stays.
    pub fn sign(&self, delivery: &mut Delivery, url: Option<&str>, world: &mut World) -> Result<(), SignError> {
        let keys = match &self.means {
            Means::Token(token) => return put(&self.scheme, delivery, token.clone()),
            Means::Keys(keys) => keys,
        };
        let ready = Ready::make(&self.scheme, delivery, url, world)?;
        let digests: Vec<Vec<u8>> = keys.iter().map(|keyed| keyed.digest(&ready, &delivery.body)).collect();
        ready.put(&self.scheme, delivery, &digests)
    }
}

impl Keyed {
    fn digest(&self, ready: &Ready, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Pair(pair) => pair.sign(&ready.parts(body, &[]).concat()),
            Self::Hash(keyed, key) => {
                let mut hash = Hash::clone(keyed);
                ready.parts(body, key).iter().for_each(|part| hash.update(part));
                hash.finish()
            }
        }
    }
}
