//! Forgeries that name a hash of the sender's choice before their digest, as in `sha1=`.

use super::{Going, Kit, Shot, own, signed, value_of};
use crate::catalog::{Algorithm, Scheme};
use crate::conformance::plan::Planned;
use crate::message::Delivery;
use crate::render::World;
use crate::signature::{self, Key, Ready, Use, as_requested};

/// A name that no hash has.
const UNKNOWN: &str = "hookproof";

pub(super) fn named(
    planned: &Planned<'_>,
    scheme: &Scheme,
    base: &Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let id = planned.case.id;
    let name = scheme.hash_name().ok_or("no hash is named before its digest")?;
    if id == "algorithm-sha1" && takes_sha1(planned, scheme) {
        return Err("the provider documents SHA-1 in this header".to_string());
    }
    let mut delivery = signed(base.clone(), own(kit), kit, world)?;
    let value = String::from_utf8_lossy(&value_of(scheme, &delivery)?).into_owned();
    let ready = Ready::make(scheme, &mut delivery, Some(&as_requested(kit.url)), world).map_err(|e| e.to_string())?;
    let mut deliveries = Vec::new();
    for (other, digest) in forgeries(id, scheme, &ready, &delivery, kit)? {
        let value = renamed(scheme, &value, (name, other), &digest).ok_or("its digest does not follow a name")?;
        let mut forged = delivery.clone();
        signature::put(scheme, &mut forged, value.into_bytes()).map_err(|error| error.to_string())?;
        deliveries.push(forged);
    }
    Ok(Shot::forgeries(deliveries, planned.case.level, Going::Usual))
}

/// Returns true if SHA-1 is the documented hash of a mode that stands in the same header.
fn takes_sha1(planned: &Planned<'_>, scheme: &Scheme) -> bool {
    let all = &planned.event.provider.description.signature;
    let is_beside = |other: &&Scheme| other.header.0.iter().any(|name| scheme.reads(name));
    let is_sha1 = |other: &Scheme| other.algorithm == Algorithm::HmacSha1;
    is_sha1(scheme) || all.iter().filter(is_beside).any(is_sha1)
}

/// The names and digests that a case sends.
fn forgeries(
    id: &str,
    scheme: &Scheme,
    ready: &Ready,
    delivery: &Delivery,
    kit: &Kit<'_>,
) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let key = |secret| Key::read(scheme, secret, Use::Sign).map_err(|error| error.to_string());
    let right = key(&own(kit).first().ok_or("no secret is given")?.secret)?;
    let wrong = key(kit.wrong)?;
    let (right, wrong, body) = (right.bytes(), wrong.bytes(), &delivery.body);
    let sha1 = |key| ready.digest(Algorithm::HmacSha1, key, body);
    let own = |key| ready.digest(scheme.algorithm, key, body);
    Ok(match id {
        "algorithm-sha1" => vec![("sha1", sha1(right))],
        "algorithm-md5" => vec![("md5", ready.md5(right, body))],
        "algorithm-wrong" => vec![("sha1", sha1(wrong)), ("md5", ready.md5(wrong, body))],
        "algorithm-unknown" => vec![(UNKNOWN, own(wrong)), (UNKNOWN, Vec::new()), ("", own(wrong))],
        _ => vec![(UNKNOWN, own(right)), ("", own(right))],
    })
}

/// Returns the value with another name and another digest; nothing where no name stands before the digest.
fn renamed(scheme: &Scheme, value: &str, (name, other): (&str, &str), digest: &[u8]) -> Option<String> {
    let own = signature::encoded(scheme, signature::digests(scheme, value).first()?);
    let (before, after) = value.split_once(&own)?;
    let named = before.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let separator = &before[named.len()..];
    if separator.is_empty() || !named.to_ascii_lowercase().ends_with(name) {
        return None;
    }
    let start = &named[..named.len() - name.len()];
    Some(format!("{start}{other}{separator}{}{after}", signature::encoded(scheme, digest)))
}
