//! A delivery with its signature put in.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;

use super::key::KeyError;
use super::signer::Signer;
use super::{Algorithm, Layout, Slot, address, conditions, content, fields, grammar, hash};
use crate::catalog::{Condition, Part, Piece, Scheme, Template};
use crate::json::{self, Body, ChangeError, Create, Document, Kind};
use crate::message::Delivery;
use crate::path::Path;
use crate::render::{World, made};
use crate::secret::Named;

/// The length of a token that is made for a body.
const TOKEN: usize = 50;

/// Why a delivery can't be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The secret is no key of this scheme.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// A part that is signed is not there.
    #[error("{0}")]
    Absent(String),
    /// The signature has no place in the body.
    #[error("the signature stands in the body: {0}")]
    Body(#[from] ChangeError),
    /// Several secrets are given, and a value holds one signature.
    #[error("several secrets are given, and this scheme has room for one signature")]
    Several,
}

/// Signs a delivery as the provider does: timestamp, id and signature are put where they belong. A timestamp or id
/// header that is there stays. Several secrets sign side by side where the scheme has a list.
pub fn sign(
    scheme: &Scheme,
    secrets: &[Named],
    delivery: &mut Delivery,
    url: Option<&str>,
    world: &mut World,
) -> Result<(), SignError> {
    Signer::new(scheme, secrets)?.sign(delivery, url, world)
}

/// A delivery with everything in it that is signed along, and nothing but the signature missing.
#[derive(Clone, Debug)]
pub struct Ready {
    layout: Layout,
    form: Vec<u8>,
    stamp: Option<String>,
}

impl Ready {
    /// Puts timestamp and id where they belong.
    pub fn make(
        scheme: &Scheme,
        delivery: &mut Delivery,
        url: Option<&str>,
        world: &mut World,
    ) -> Result<Self, SignError> {
        for (name, value) in scheme.when.0.iter().filter_map(Condition::sent) {
            if delivery.headers.get(name).is_none() {
                delivery.headers.push(name, value);
            }
        }
        let signs_id = scheme.signs(|part| *part == Part::Id);
        if let Some(id) = scheme.id.as_ref().filter(|_| signs_id)
            && !id.header.0.iter().any(|name| delivery.headers.get(name).is_some())
        {
            delivery.headers.push(id.header.first(), made(&id.make, world));
        }
        let stamp = put_stamp(scheme, delivery, world)?;
        put_tokens(scheme, delivery, world)?;
        let address = || url.map(str::to_string).or_else(|| address(delivery));
        let url = if scheme.covers_address() { address() } else { None };
        if let Some(absent) = conditions::absent_digest(scheme, url.as_deref().unwrap_or(""), &delivery.body) {
            return Err(SignError::Absent(absent));
        }
        let layout = content::lay(scheme, delivery, &Body::new(&delivery.body), url.as_deref(), stamp.as_deref())
            .map_err(|remark| SignError::Absent(remark.words))?;
        let form = if layout.has(&Slot::Form) { fields(&delivery.body) } else { Vec::new() };
        Ok(Self { layout, form, stamp })
    }

    /// The digest that some algorithm makes with some key, which need not be the scheme's own.
    pub fn digest(&self, algorithm: Algorithm, key: &[u8], body: &[u8]) -> Vec<u8> {
        hash::digest(algorithm, key, &self.parts(body, key))
    }

    /// The HMAC-MD5 that no scheme uses, as a receiver computes it that lets the request choose the hash.
    pub fn md5(&self, key: &[u8], body: &[u8]) -> Vec<u8> {
        let Ok(mut hash) = Hmac::<Md5>::new_from_slice(key) else { return Vec::new() };
        self.parts(body, key).into_iter().for_each(|part| hash.update(part));
        hash.finalize().into_bytes().to_vec()
    }

    /// The content that is signed.
    pub fn content(&self, body: &[u8]) -> Vec<u8> {
        self.parts(body, b"").concat()
    }

    /// What is signed, in its order.
    pub(super) fn parts<'a>(&'a self, body: &'a [u8], key: &'a [u8]) -> Vec<&'a [u8]> {
        self.layout.parts(body, &self.form, key)
    }

    /// Puts digests in as the scheme writes them.
    pub fn put(&self, scheme: &Scheme, delivery: &mut Delivery, digests: &[Vec<u8>]) -> Result<(), SignError> {
        put(scheme, delivery, grammar::write(scheme, self.stamp.as_deref(), digests).into_bytes())
    }
}

/// The timestamp as it is written, put where it stands.
fn put_stamp(scheme: &Scheme, delivery: &mut Delivery, world: &World) -> Result<Option<String>, SignError> {
    let Some(stamp) = &scheme.timestamp else { return Ok(None) };
    let now = stamp.write(world.now);
    if let Some(names) = &stamp.header {
        if let Some(given) = names.0.iter().find_map(|name| delivery.headers.text(name)) {
            return Ok(Some(given.to_string()));
        }
        delivery.headers.push(names.first(), now.as_str());
    }
    // A body is altered only where the signature itself stands in it.
    if let Some(path) = stamp.body.as_ref().filter(|_| scheme.body.is_some()) {
        set(delivery, path, &now)?;
    }
    Ok(Some(now))
}

/// Fresh values for what stands beside the signature in the body, is signed, and is not there yet.
fn put_tokens(scheme: &Scheme, delivery: &mut Delivery, world: &mut World) -> Result<(), SignError> {
    let Some((_, beside)) = scheme.body.as_ref().and_then(|path| path.0.split_last()) else { return Ok(()) };
    for part in &scheme.content.0 {
        let Part::At(path) = part else { continue };
        let is_beside = path.0.split_last().is_some_and(|(_, before)| before == beside);
        let text = String::from_utf8_lossy(&delivery.body);
        let is_there = Document::parse(&text).is_ok_and(|document| document.find(path).is_some());
        if is_beside && !is_there {
            set(delivery, path, &made(&Template(vec![Piece::Hex(TOKEN)]), world))?;
        }
    }
    Ok(())
}

/// Puts a value where the scheme's signature stands; one that is there is replaced.
pub fn put(scheme: &Scheme, delivery: &mut Delivery, value: Vec<u8>) -> Result<(), SignError> {
    match &scheme.body {
        None => {
            delivery.headers.remove(scheme.header.first());
            delivery.headers.push(scheme.header.first(), value);
        }
        Some(path) => set(delivery, path, &String::from_utf8_lossy(&value))?,
    }
    Ok(())
}

/// Puts a text at a place of the body; a number stays one.
pub fn set(delivery: &mut Delivery, path: &Path, value: &str) -> Result<(), SignError> {
    let text = String::from_utf8_lossy(&delivery.body).into_owned();
    let document = Document::parse(&text).map_err(ChangeError::from)?;
    let is_number = document.find(path).is_some_and(|node| document.kind(node) == Kind::Number);
    let literal = if is_number { value.to_string() } else { json::quote(value) };
    delivery.body = json::set(&text, path, &literal, Create::Yes)?.into_bytes();
    Ok(())
}
