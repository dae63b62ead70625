//! What has to hold beside the digest: the conditions of a mode, and a digest of the body in the address.

use subtle::ConstantTimeEq;

use super::{Compared, Remark, Scene, hash};
use crate::catalog::{Algorithm, BodyDigest, Condition, Scheme};
use crate::message::Delivery;
use crate::words;

/// Returns true if every condition of the mode holds.
pub(super) fn is_meant(scheme: &Scheme, delivery: &Delivery) -> bool {
    scheme.when.0.iter().all(|condition| held(condition, delivery, &delivery.target).is_ok())
}

/// Checks the conditions of a mode that nobody chose. Returns what had to be assumed, or why the mode is not meant.
pub(super) fn meant(scheme: &Scheme, scene: &Scene<'_>) -> Result<Vec<Remark>, Remark> {
    if scheme.is_chosen {
        return Ok(Vec::new());
    }
    let address = scene.url.unwrap_or(&scene.delivery.target);
    let mut assumed = Vec::new();
    for condition in &scheme.when.0 {
        assumed.extend(held(condition, scene.delivery, address)?.filter(|_| condition.told));
    }
    Ok(assumed)
}

/// Checks one condition. Returns a remark if it holds since nothing came.
fn held(condition: &Condition, delivery: &Delivery, address: &str) -> Result<Option<Remark>, Remark> {
    let (place, value) = match (&condition.header, &condition.query) {
        (Some(name), _) => (format!("header {name}"), in_header(delivery, name, condition.item.as_deref())),
        (None, Some(name)) => (format!("query field {name}"), in_query(address, name)),
        (None, None) => return Ok(None),
    };
    let fault = |what: String| Err(Remark::new("mode-not-meant", what));
    match (value, &condition.is) {
        (None, None) if condition.absent => Ok(None),
        (None, Some(is)) if condition.absent => {
            Ok(Some(Remark::new("mode-assumed", format!("the {place} did not come, `{is}` was assumed"))))
        }
        (None, _) => fault(format!("the {place} did not come, and this mode needs it")),
        (Some(_), None) if condition.absent => fault(format!("the {place} came, which this mode does not have")),
        (Some(_), None) => Ok(None),
        // Items name algorithms, whose case the libraries pass over.
        (Some(value), Some(is)) if value == *is || condition.item.is_some() && value.eq_ignore_ascii_case(is) => {
            Ok(None)
        }
        (Some(value), Some(is)) => {
            let value = words::shorten(&value, 40);
            fault(format!("the {place} is `{value}`, and no mode of this provider takes that; `{is}` was expected"))
        }
    }
}

/// Returns the value of a header, or of the first item of this name that has one.
fn in_header(delivery: &Delivery, name: &str, item: Option<&str>) -> Option<String> {
    let value = delivery.headers.get(name).map(String::from_utf8_lossy)?;
    let Some(item) = item else { return Some(value.into_owned()) };
    let pairs = value.split(',').filter_map(|part| part.split_once('='));
    let mut found = pairs.filter(|(name, value)| name.trim() == item && !value.trim().is_empty());
    found.next().map(|(_, value)| value.trim().to_string())
}

/// Returns the first value of a field of the query.
fn in_query(address: &str, name: &str) -> Option<String> {
    let query = address.split('#').next()?.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

/// Returns what is wrong with the digest of the body that stands in the address, and the two digests.
pub(super) fn digest_fault(scheme: &Scheme, scene: &Scene<'_>) -> Option<(Remark, Compared)> {
    let BodyDigest { query } = scheme.body_digest.as_ref()?;
    let address = scene.url.unwrap_or(&scene.delivery.target);
    let received = in_query(address, query).unwrap_or_default();
    let expected = of_body(&scene.delivery.body);
    if bool::from(received.as_bytes().ct_eq(expected.as_bytes())) {
        return None;
    }
    let what = format!("the signature is right, but `{query}` in the address is not the SHA-256 of the body");
    Some((Remark::new("body-digest", what), Compared { received, expected: Some(expected) }))
}

/// The digest of a body as it stands in an address.
fn of_body(body: &[u8]) -> String {
    hex::encode(hash::digest(Algorithm::Sha256, &[], &[body]))
}

/// Says which field the query of an address lacks for the body to be covered.
pub(super) fn absent_digest(scheme: &Scheme, address: &str, body: &[u8]) -> Option<String> {
    let BodyDigest { query } = scheme.body_digest.as_ref()?;
    let digest = of_body(body);
    let is_there = in_query(address, query).is_some_and(|found| found == digest);
    (!is_there).then(|| format!("the query of the address has no `{query}={digest}`, which covers the body"))
}

#[cfg(test)]
mod tests {
    use super::{in_header, in_query};
    use crate::message::{Delivery, Headers};

    #[test]
    fn a_field_of_the_query_is_its_first_value() {
        let check = |address: &str, expected: Option<&str>| {
            assert_eq!(in_query(address, "d").as_deref(), expected, "{address}");
        };
        check("https://a/b?x=1&d=2&d=3#d=4", Some("2"));
        check("/b?%64=a%2Fb", Some("a/b"));
        check("/b?d", Some(""));
        check("/b#?d=1", None);
        check("/d=1", None);
    }

    #[test]
    fn an_item_of_a_header_is_the_first_that_has_a_value() {
        let check = |value: &str, expected: Option<&str>| {
            let mut headers = Headers::default();
            headers.push("X-Settings", value);
            let delivery = Delivery { method: String::new(), target: String::new(), headers, body: Vec::new() };
            assert_eq!(in_header(&delivery, "x-settings", Some("algorithm")).as_deref(), expected, "{value}");
        };
        check("key=1,algorithm=A", Some("A"));
        check(" algorithm = A , algorithm=B", Some("A"));
        check("algorithm=,algorithm=B", Some("B"));
        check("algorithms=A", None);
        check("", None);
    }
}
