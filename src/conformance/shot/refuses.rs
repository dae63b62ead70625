//! Deliveries that a receiver refuses: changed, forged, out of date, or not signed at all.

use jiff::Timestamp;

use super::bodies;
use super::{Kit, forged, own, signed, value_of};
use crate::catalog::{Algorithm, Alternative, Encoding, Scheme, Stamp};
use crate::json;
use crate::message::Delivery;
use crate::render::World;
use crate::signature::{self, Key, Ready, SignError, Use, as_requested};

pub(super) fn refused(
    id: &str,
    scheme: &Scheme,
    base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Delivery, String> {
    let own = own(kit);
    let is_token = scheme.algorithm == Algorithm::Token;
    let is_covered = || if scheme.covers_body() { Ok(()) } else { Err("its signature does not cover the body") };
    match id {
        "tampered" => {
            is_covered()?;
            let mut delivery = signed(base, own, kit, world)?;
            delivery.body = bodies::tampered(&delivery.body).ok_or("its body has nothing to change")?;
            Ok(delivery)
        }
        "whitespace-appended" => {
            is_covered()?;
            if scheme.accept.contains(&Alternative::CompactBody) {
                return Err("the provider lets a receiver hash the body without its white space".to_string());
            }
            let mut delivery = signed(base, own, kit, world)?;
            delivery.body.push(b' ');
            Ok(delivery)
        }
        "no-signature" | "malformed" => {
            let mut delivery = signed(base, own, kit, world)?;
            if id == "malformed" {
                delivery.body = b"{\"hookproof_check\":".to_vec();
                if scheme.body.is_some() {
                    return Ok(delivery);
                }
            }
            unsign(scheme, &mut delivery)?;
            Ok(delivery)
        }
        "wrong-secret" => forged(base, kit, world),
        "empty-key" | "key-undefined" | "key-null" => {
            let key: &[u8] = match id {
                "empty-key" => b"",
                "key-undefined" => b"undefined",
                _ => b"null",
            };
            if own.first().is_some_and(|named| named.secret.expose() == key) {
                return Err("the secret itself is that text".to_string());
            }
            if is_token && key.is_empty() {
                return Err("a token that is empty is the case empty-signature".to_string());
            }
            with_key(scheme, base, kit, world, scheme.algorithm, key)
        }
        "sha1" => {
            let is_newer =
                matches!(scheme.algorithm, Algorithm::HmacSha256 | Algorithm::HmacSha384 | Algorithm::HmacSha512);
            if !is_newer {
                return Err("the scheme has no newer hash in the place of SHA-1".to_string());
            }
            let key = own.first().map(|named| Key::read(scheme, &named.secret, Use::Sign));
            let key = key.and_then(Result::ok).map(|key| key.bytes().to_vec()).unwrap_or_default();
            with_key(scheme, base, kit, world, Algorithm::HmacSha1, &key)
        }
        "old-timestamp" | "future-timestamp" => shifted(id, scheme, base, kit, world),
        "other-header" => {
            let mut delivery = signed(base, own, kit, world)?;
            let value = value_of(scheme, &delivery)?;
            if scheme.body.is_some() {
                return Err("its signature stands in the body".to_string());
            }
            unsign(scheme, &mut delivery)?;
            delivery.headers.push(kit.foreign, value);
            Ok(delivery)
        }
        _ => {
            let mut delivery = signed(base, own, kit, world)?;
            let right = value_of(scheme, &delivery)?;
            let value = damaged(id, scheme, &right)?;
            if value == right {
                return Err("the right value happens to be that".to_string());
            }
            signature::put(scheme, &mut delivery, value).map_err(|error| error.to_string())?;
            Ok(delivery)
        }
    }
}

pub(super) fn unsign(scheme: &Scheme, delivery: &mut Delivery) -> Result<(), String> {
    match &scheme.body {
        None => {
            for name in &scheme.header.0 {
                delivery.headers.remove(name);
            }
        }
        Some(path) => {
            let text = String::from_utf8_lossy(&delivery.body).into_owned();
            delivery.body = json::remove(&text, path).map_err(|error| error.to_string())?.into_bytes();
        }
    }
    Ok(())
}

/// A value that is not right any more.
fn damaged(id: &str, scheme: &Scheme, value: &[u8]) -> Result<Vec<u8>, String> {
    let text = String::from_utf8_lossy(value).into_owned();
    let digest = signature::digests(scheme, &text).into_iter().next();
    let own = digest.as_ref().map_or_else(|| text.clone(), |digest| signature::encoded(scheme, digest));
    let with = |other: &str| text.replacen(&own, other, 1).into_bytes();
    Ok(match id {
        "empty-signature" => Vec::new(),
        "short-signature" => b"abc".to_vec(),
        "one-short" => {
            // Padding alone says nothing, and many decoders do without it.
            let mut shorter = own.trim_end_matches('=').to_string();
            // Some read a single digit at the end as a byte, and `0` is the byte that `00` was.
            if shorter.ends_with("00") {
                shorter.remove(0);
            } else {
                shorter.pop();
            }
            with(&shorter)
        }
        "first-half" => {
            let half = if let Some(digest) = &digest {
                let middle = digest.len() / 2;
                let other = digest.iter().enumerate().map(|(at, byte)| if at < middle { *byte } else { byte ^ 0x5a });
                signature::encoded(scheme, &other.collect::<Vec<u8>>())
            } else {
                let middle = own.chars().count() / 2;
                own.chars().enumerate().map(|(at, c)| if at < middle { c } else { '-' }).collect()
            };
            with(&half)
        }
        "not-encoded" => {
            if scheme.algorithm == Algorithm::Token {
                return Err("a token is any text".to_string());
            }
            let other = if scheme.encoding == Some(Encoding::Hex) { "z" } else { "!" };
            with(&other.repeat(own.len()))
        }
        "non-ascii" => {
            let at = text.find(&own).unwrap_or(0);
            let bytes = std::iter::repeat_n(0xe9, own.len());
            text.as_bytes()[..at]
                .iter()
                .copied()
                .chain(bytes)
                .chain(text.as_bytes()[at + own.len()..].iter().copied())
                .collect()
        }
        other => return Err(format!("`{other}` is not made here")),
    })
}

/// Signs with a key that is not the scheme's, or with another algorithm.
pub(super) fn with_key(
    scheme: &Scheme,
    mut delivery: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
    algorithm: Algorithm,
    key: &[u8],
) -> Result<Delivery, String> {
    let text = |error: SignError| error.to_string();
    if algorithm.is_asymmetric() {
        return Err("it is signed with a key pair, not with a text".to_string());
    }
    if algorithm == Algorithm::Token {
        signature::put(scheme, &mut delivery, key.to_vec()).map_err(text)?;
        return Ok(delivery);
    }
    let ready = Ready::make(scheme, &mut delivery, Some(&as_requested(kit.url)), world).map_err(text)?;
    let digest = ready.digest(algorithm, key, &delivery.body);
    ready.put(scheme, &mut delivery, &[digest]).map_err(text)?;
    Ok(delivery)
}

/// Seconds beyond the tolerance.
const BEYOND: u64 = 90;

/// Writes the time of signing into the body, where the scheme has it there.
pub(super) fn stamp_body(stamp: &Stamp, delivery: &mut Delivery, world: &World) -> Result<(), String> {
    let Some(path) = &stamp.body else { return Ok(()) };
    signature::set(delivery, path, &stamp.write(world.now)).map_err(|error| error.to_string())
}

/// Returns a time that lies beyond the scheme's tolerance.
pub(super) fn beyond(id: &str, scheme: &Scheme, now: Timestamp) -> Result<Timestamp, String> {
    let stamp = scheme.timestamp.as_ref().ok_or("its deliveries have no timestamp")?;
    if !scheme.covers_timestamp() {
        return Err("its signature does not cover the timestamp".to_string());
    }
    let bound = if id == "old-timestamp" { stamp.past } else { stamp.future };
    let bound = bound.ok_or(if id == "old-timestamp" {
        "the provider documents no age at which a delivery is too old"
    } else {
        "the provider's receivers look at the past only"
    })?;
    let distance = jiff::SignedDuration::from_secs(i64::try_from(bound + BEYOND).unwrap_or(i64::MAX));
    let then = if id == "old-timestamp" { now.checked_sub(distance) } else { now.checked_add(distance) };
    then.map_err(|error| error.to_string())
}

fn shifted(
    id: &str,
    scheme: &Scheme,
    mut base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Delivery, String> {
    let stamp = scheme.timestamp.as_ref().ok_or("its deliveries have no timestamp")?;
    let now = world.now;
    world.now = beyond(id, scheme, now)?;
    stamp_body(stamp, &mut base, world)?;
    let made = signed(base, own(kit), kit, world);
    world.now = now;
    made
}

#[cfg(test)]
mod tests {
    use super::damaged;
    use crate::catalog::Catalog;

    /// As lenient code reads digits: two at a time, and what is left as a byte too.
    fn lenient(text: &str) -> Vec<u8> {
        let digits: Vec<char> = text.chars().collect();
        digits.chunks(2).filter_map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok()).collect()
    }

    #[test]
    fn one_digit_less_is_another_signature_to_lenient_readers_too() {
        let catalog = Catalog::built_in().unwrap();
        let scheme = catalog.provider("superfolio").and_then(|provider| provider.scheme()).unwrap();
        for right in ["ab".repeat(32), format!("{}00", "cd".repeat(31)), format!("{}0b", "cd".repeat(31))] {
            let short = String::from_utf8(damaged("one-short", scheme, right.as_bytes()).unwrap()).unwrap();
            assert_eq!(short.len(), right.len() - 1);
            assert_ne!(lenient(&short), lenient(&right), "{right}");
        }
        let base64 = catalog.provider("shopify").and_then(|provider| provider.scheme()).unwrap();
        let right = format!("{}E=", "q".repeat(42));
        assert_eq!(damaged("one-short", base64, right.as_bytes()).unwrap(), "q".repeat(42).as_bytes());
    }
}
