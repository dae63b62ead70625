//! What is sent after a control that was refused.

use super::refuses::{unsign, with_key};
use super::{Kit, own, signed, value_of};
use crate::catalog::Encoding;
use crate::message::Delivery;
use crate::render::World;
use crate::secret::Named;
use crate::signature;

/// The control once more, signed as a receiver with a certain fault would have it.
pub struct Retry {
    /// The finding, where this one is accepted.
    pub code: &'static str,
    /// The request.
    pub delivery: Delivery,
}

/// What is sent after a control that was refused: the one that is accepted tells why.
pub fn retries(base: &Delivery, kit: &Kit<'_>, world: &mut World) -> Vec<Retry> {
    let Some(scheme) = kit.scheme else { return Vec::new() };
    let mut all = Vec::new();
    let mut unsigned = base.clone();
    if scheme.body.is_none() && unsign(scheme, &mut unsigned).is_ok() {
        all.push(Retry { code: "control-unsigned", delivery: unsigned });
    }
    for (code, key) in [("control-empty-key", &b""[..]), ("control-undefined", b"undefined")] {
        if let Ok(delivery) = with_key(scheme, base.clone(), kit, world, scheme.algorithm, key) {
            all.push(Retry { code, delivery });
        }
    }
    if scheme.encoding == Some(Encoding::Hex)
        && let Ok(mut delivery) = signed(base.clone(), own(kit), kit, world)
        && let Ok(value) = value_of(scheme, &delivery)
    {
        let text = String::from_utf8_lossy(&value).into_owned();
        let own = signature::digests(scheme, &text).into_iter().next();
        if let Some(own) = own.map(|digest| signature::encoded(scheme, &digest)) {
            let upper = text.replacen(&own, &own.to_uppercase(), 1).into_bytes();
            if signature::put(scheme, &mut delivery, upper).is_ok() {
                all.push(Retry { code: "control-upper-case", delivery });
            }
        }
    }
    all
}

/// Returns the control signed with a key that is not the receiver's. A receiver that accepts it accepts any signature,
/// so an accepted [`Retry`] proves nothing.
pub fn wrongly_signed(base: &Delivery, kit: &Kit<'_>, world: &mut World) -> Option<Delivery> {
    let wrong = Named { from: "another".to_string(), secret: kit.wrong.clone() };
    signed(base.clone(), std::slice::from_ref(&wrong), kit, world).ok()
}
