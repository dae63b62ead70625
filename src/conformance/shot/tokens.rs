//! A shared token in another spelling, which is not the token.

use super::{Going, Kit, Shot, own, signed, value_of};
use crate::catalog::{Algorithm, Scheme};
use crate::conformance::plan::Planned;
use crate::message::Delivery;
use crate::render::World;
use crate::signature;

pub(super) fn spelt(
    planned: &Planned<'_>,
    scheme: &Scheme,
    base: &Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    if scheme.algorithm != Algorithm::Token {
        return Err("its deliveries carry a signature, not a token".to_string());
    }
    let delivery = signed(base.clone(), own(kit), kit, world)?;
    let value = value_of(scheme, &delivery)?;
    let token = value.strip_prefix(scheme.prefix.as_bytes()).unwrap_or(&value);
    let others: Vec<Vec<u8>> = spellings(planned.case.id, token).into_iter().filter(|other| other != token).collect();
    if others.is_empty() {
        return Err("the token is written that way itself".to_string());
    }
    let mut deliveries = Vec::new();
    for other in others {
        let mut forged = delivery.clone();
        let value = [scheme.prefix.as_bytes(), &other].concat();
        signature::put(scheme, &mut forged, value).map_err(|error| error.to_string())?;
        deliveries.push(forged);
    }
    // Bytes beyond ASCII are written as they are.
    let going = if planned.case.id == "token-decorated" { Going::Exact } else { Going::Usual };
    Ok(Shot::forgeries(deliveries, planned.case.level, going))
}

/// The token as a case spells it. White space at either end is not among them: HTTP parsers strip it.
fn spellings(id: &str, token: &[u8]) -> Vec<Vec<u8>> {
    match id {
        "token-upper-case" => vec![token.to_ascii_uppercase()],
        "token-lower-case" => vec![token.to_ascii_lowercase()],
        "token-suffix" => vec![[token, b"x"].concat()],
        "token-prefix" => vec![[b"x", token].concat()],
        _ => vec![[b"\"", token, b"\""].concat(), [token, b"%20"].concat(), [token, "\u{a0}".as_bytes()].concat()],
    }
}
