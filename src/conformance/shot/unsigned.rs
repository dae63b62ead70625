//! Deliveries with another time or ID where the signature does not cover it, and genuine ones after a forgery.

use jiff::Timestamp;

use super::{Expect, Going, Kit, Shot, forged, own, refuses, signed};
use crate::catalog::{Piece, Provider, Scheme, Template};
use crate::conformance::plan::Planned;
use crate::message::Delivery;
use crate::render::{World, made};

/// An old delivery with a fresh time in each header that is not signed.
pub(super) fn aged(
    planned: &Planned<'_>,
    scheme: &Scheme,
    base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let headers = planned.event.provider.unsigned_times(scheme);
    if headers.is_empty() {
        return Err("no header beside the signed timestamp holds a time".to_string());
    }
    let mut delivery = refuses::refused("old-timestamp", scheme, base, kit, world)?;
    stamp(&headers, &mut delivery, world.now);
    Ok(Shot::forgeries(vec![delivery], planned.case.level, Going::Usual))
}

/// Writes a time into headers, each with true where it counts milliseconds.
pub(super) fn stamp(headers: &[(String, bool)], delivery: &mut Delivery, at: Timestamp) {
    for (name, is_milliseconds) in headers {
        let time = if *is_milliseconds { at.as_millisecond() } else { at.as_second() };
        delivery.headers.remove(name);
        delivery.headers.push(name, time.to_string());
    }
}

/// The same delivery twice, the second time under another ID that is not signed.
pub(super) fn renamed(provider: &Provider, base: Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Shot, String> {
    let scheme = kit.scheme.ok_or("nothing is signed, so its ID proves nothing")?;
    if !scheme.covers_body() {
        return Err("its signature does not cover the body, so nothing tells a repeat from another delivery".into());
    }
    let headers = provider.unsigned_ids(scheme);
    if headers.is_empty() {
        return Err("its signature covers its ID, or no header holds one".to_string());
    }
    let first = signed(base, own(kit), kit, world)?;
    let mut again = first.clone();
    for name in headers {
        let template = provider.description.header.get(name).and_then(|template| fresh(provider, template));
        let template = template.ok_or("how its ID is made is not described")?;
        again.headers.remove(name);
        again.headers.push(name, made(template, world));
    }
    Ok(Shot::two([first, again], [Expect::Accept, Expect::TakeAgain], Going::Usual))
}

/// The template of the identity that a header holds.
fn fresh<'a>(provider: &'a Provider, template: &'a Template) -> Option<&'a Template> {
    match &template.0[..] {
        [Piece::Name(name)] => provider.description.identity.get(name).map(|identity| &identity.make),
        _ => None,
    }
}

/// A forgery, and after it the genuine delivery with the same ID.
pub(super) fn forged_first(base: Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Shot, String> {
    if kit.scheme.is_none() {
        return Err("nothing is signed, so nothing can be forged".to_string());
    }
    let genuine = signed(base, own(kit), kit, world)?;
    let forgery = forged(genuine.clone(), kit, world)?;
    // Other cases judge what is done with a forgery.
    Ok(Shot::two([forgery, genuine], [Expect::Anything, Expect::Accept], Going::Usual))
}
