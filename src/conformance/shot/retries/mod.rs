//! What is sent after a control that was refused: the control once more, signed in the ways that receivers get wrong.
//!
//! Each variant follows from the scheme's description, so it applies to every provider that has the property.

mod addresses;
mod contents;
mod digests;
mod keys;
mod modes;
#[cfg(test)]
mod tests;

use super::refuses::{stamp_body, unsign};
use super::{Kit, own, signed, value_of};
use crate::catalog::{Algorithm, Provider, Scheme};
use crate::explain;
use crate::message::{Delivery, Headers};
use crate::render::World;
use crate::secret::Secret;
use crate::signature::{self, Key, Ready, SignError, Use, as_requested};

/// The most requests after a refused control. The last of them proves the one that was accepted.
const MOST: usize = 24;
/// A longer body is not parsed and written again.
const LONG: usize = 1 << 20;

/// The control once more, signed as a receiver with a certain fault would have it.
pub struct Retry {
    /// The finding, where this one is accepted.
    pub code: &'static str,
    /// What is special about it, such as the address that is signed; empty where the finding says it all.
    pub detail: String,
    /// The request.
    pub delivery: Delivery,
    /// The same signed with a secret that is not the receiver's. A receiver that accepts it accepts any signature, so
    /// the accepted request proves nothing. There is none where nothing is signed.
    pub forged: Option<Delivery>,
}

/// Makes the retries one after the other, the likelier first.
pub struct Retries {
    variants: std::vec::IntoIter<Variant>,
    /// The control without its signature.
    base: Delivery,
    /// The same with the timestamp and the ID that are signed.
    prepared: Delivery,
    /// What was sent.
    sent: Vec<(Headers, Option<Vec<u8>>)>,
    left: usize,
}

/// A way to sign the control.
struct Variant {
    code: &'static str,
    detail: String,
    /// How it is signed.
    scheme: Scheme,
    /// The address that is signed.
    url: String,
    /// Whether it has a timestamp and an ID of its own, and not the control's.
    is_anew: bool,
    /// Whether it is sent without a signature.
    is_unsigned: bool,
    /// The key, where it is not the scheme's.
    key: Option<Vec<u8>>,
    /// What is signed in the place of the body.
    body: Option<Vec<u8>>,
    /// How the digest is written, where that is not as the scheme writes it.
    written: Option<fn(&[u8]) -> String>,
}

/// What variants are made from.
struct Parts<'a> {
    scheme: &'a Scheme,
    url: &'a str,
}

impl Parts<'_> {
    /// The control as it was, for a variant to change.
    fn variant(&self, code: &'static str, detail: impl Into<String>) -> Variant {
        Variant {
            code,
            detail: detail.into(),
            scheme: self.scheme.clone(),
            url: self.url.to_string(),
            is_anew: false,
            is_unsigned: false,
            key: None,
            body: None,
            written: None,
        }
    }
}

/// Plans what is sent after a control that was refused.
pub fn retries(provider: &Provider, base: Delivery, kit: &Kit<'_>, world: &mut World) -> Option<Retries> {
    let scheme = kit.scheme?;
    let url = as_requested(kit.url);
    let mut prepared = base.clone();
    Ready::make(scheme, &mut prepared, Some(&url), world).ok()?;
    let right = signed(prepared.clone(), own(kit), kit, world).ok()?;
    let secret = own(kit).first().map(|named| named.secret.expose()).unwrap_or_default();
    let parts = Parts { scheme, url: &url };
    let mut variants = keys::variants(&parts, secret);
    variants.extend(digests::written(&parts));
    variants.extend(modes::variants(&parts, provider, kit.is_public));
    variants.extend(contents::timed(&parts, world.now));
    variants.extend(addresses::variants(&parts));
    variants.extend(contents::without(&parts));
    variants.extend(bodies(&parts, &prepared.body));
    variants.extend(digests::hashed(&parts));
    variants.extend(contents::joined(&parts));
    variants.extend(digests::rarely_written(&parts));
    let sent = vec![signed_part(scheme, right)];
    Some(Retries { variants: variants.into_iter(), base, prepared, sent, left: MOST - 1 })
}

impl Retries {
    /// Makes the next one that was not sent yet.
    pub fn next(&mut self, kit: &Kit<'_>, world: &mut World) -> Option<Retry> {
        if self.left == 0 {
            return None;
        }
        let secret = &own(kit).first()?.secret;
        loop {
            let variant = self.variants.next()?;
            let from = if variant.is_anew { &self.base } else { &self.prepared };
            let Some(delivery) = variant.made(from, secret, world) else { continue };
            let part = signed_part(&variant.scheme, delivery.clone());
            if self.sent.contains(&part) {
                continue;
            }
            let wrong = Variant { key: None, ..variant };
            let forged = wrong.made(from, kit.wrong, world).filter(|_| !wrong.is_unsigned);
            if forged.is_none() && !wrong.is_unsigned {
                continue;
            }
            self.sent.push(part);
            self.left -= 1;
            return Some(Retry { code: wrong.code, detail: wrong.detail, delivery, forged });
        }
    }
}

/// What differs between deliveries that are signed otherwise: the headers, and the body where the signature is in it.
fn signed_part(scheme: &Scheme, delivery: Delivery) -> (Headers, Option<Vec<u8>>) {
    (delivery.headers, scheme.body.is_some().then_some(delivery.body))
}

impl Variant {
    /// Signs a delivery. There is none where the scheme has no place for the variant.
    fn made(&self, from: &Delivery, secret: &Secret, world: &mut World) -> Option<Delivery> {
        let mut delivery = from.clone();
        if self.is_unsigned {
            unsign(&self.scheme, &mut delivery).ok()?;
            return Some(delivery);
        }
        self.sign(&mut delivery, secret, world).ok()?;
        Some(delivery)
    }

    fn sign(&self, delivery: &mut Delivery, secret: &Secret, world: &mut World) -> Result<(), String> {
        let text = |error: SignError| error.to_string();
        let scheme = &self.scheme;
        if scheme.algorithm == Algorithm::Token {
            let token = self.key.as_deref().unwrap_or(secret.expose()).to_vec();
            return signature::put(scheme, delivery, token).map_err(text);
        }
        if let Some(stamp) = scheme.timestamp.as_ref().filter(|_| self.is_anew) {
            stamp_body(stamp, delivery, world)?;
        }
        let ready = Ready::make(scheme, delivery, Some(&self.url), world).map_err(text)?;
        let key = Key::read(scheme, secret, Use::Sign).map_err(|error| error.to_string())?;
        let body = self.body.as_deref().unwrap_or(&delivery.body);
        let digest = match (&self.key, key) {
            (Some(key), Key::Bytes(_)) => ready.digest(scheme.algorithm, key, body),
            (Some(_), Key::Pair(_)) => return Err("a key pair has no other form".to_string()),
            (None, Key::Bytes(key)) => ready.digest(scheme.algorithm, &key, body),
            (None, Key::Pair(pair)) => pair.sign(&ready.content(body)),
        };
        ready.put(scheme, delivery, std::slice::from_ref(&digest)).map_err(text)?;
        let Some(written) = self.written else { return Ok(()) };
        let value = String::from_utf8_lossy(&value_of(scheme, delivery)?).into_owned();
        let other = value.replacen(&signature::encoded(scheme, &digest), &written(&digest), 1);
        signature::put(scheme, delivery, other.into_bytes()).map_err(text)
    }
}

/// The control with what other code takes for the body in its place.
fn bodies(parts: &Parts<'_>, body: &[u8]) -> Vec<Variant> {
    if !parts.scheme.covers_body() || body.len() > LONG {
        return Vec::new();
    }
    let variant = |code, detail: &str, body| Variant { body: Some(body), ..parts.variant(code, detail) };
    let mut all = vec![variant("control-empty-body", "", Vec::new())];
    for (cause, rewritten) in explain::rewritings(body) {
        let how = explain::story(cause).map_or("", |story| story.change);
        all.push(variant("control-rewritten-body", how, rewritten));
    }
    all
}
