//! Forged handshakes, and forged deliveries that look like one.

use super::refuses::unsign;
use super::{Expect, Going, Kit, Request, Shot, forged as forge, greets, in_lower_case, own, signed};
use crate::catalog::{Algorithm, Encoding, Handshake, KeyForm, Scheme};
use crate::conformance::cases::Level;
use crate::conformance::plan::Planned;
use crate::handshake;
use crate::json;
use crate::message::Delivery;
use crate::render::World;
use crate::signature::{Ready, as_requested};

pub(super) fn forged(
    planned: &Planned<'_>,
    scheme: &Scheme,
    base: &Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let provider = planned.event.provider;
    let known = planned.handshake.and_then(|index| provider.description.handshake.get(index));
    let known = known.ok_or("the provider documents none")?;
    let id = planned.case.id;
    if id == "handshake-marks" {
        return marked(known, base, kit, world);
    }
    if !known.signed {
        return Err("the provider does not sign this handshake".to_string());
    }
    let challenge =
        if id == "handshake-oracle" { content(known, scheme, base, kit, world)? } else { greets::challenge(world) };
    let request = greets::request(known, provider, base.clone(), &challenge)?;
    let mut unsigned = signed(request.clone(), own(kit), kit, world)?;
    unsign(scheme, &mut unsigned)?;
    let deliveries = match id {
        "handshake-unsigned" => vec![unsigned],
        "handshake-forged" => vec![forge(request, kit, world)?],
        _ => vec![unsigned, forge(request, kit, world)?],
    };
    let severity = if id == "handshake-oracle" { Level::Must } else { severity(known) };
    Ok(Shot::forgeries(deliveries, severity, Going::Usual))
}

/// How much a forged handshake counts that is answered: an echo of the challenge alone gives nothing away.
fn severity(known: &Handshake) -> Level {
    if known.answer.computes() || known.tests_forgeries { Level::Must } else { Level::Should }
}

/// The signed content of a delivery, whose digest would be its signature.
fn content(
    known: &Handshake,
    scheme: &Scheme,
    base: &Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<String, String> {
    let is_same = scheme.algorithm == Algorithm::HmacSha256
        && scheme.encoding == Some(Encoding::Hex)
        && scheme.key == KeyForm::default();
    if !known.answer.computes() || !is_same {
        return Err("its answer holds no digest of the kind that signs deliveries".to_string());
    }
    let mut delivery = Delivery { body: b"{\"hookproof_check\":\"forged\"}".to_vec(), ..base.clone() };
    let ready = Ready::make(scheme, &mut delivery, Some(&as_requested(kit.url)), world).map_err(|e| e.to_string())?;
    String::from_utf8(ready.content(&delivery.body)).map_err(|_| "its signed content is no text".to_string())
}

/// An event's delivery with the marks of a handshake in its body or address, signed with another secret.
fn marked(known: &Handshake, base: &Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Shot, String> {
    let mut request = greets::mark(known, base.clone(), base, &greets::challenge(world))?;
    if let Some(path) = &known.when.without
        && let Ok(shorter) = json::remove(&String::from_utf8_lossy(&request.body), path)
    {
        request.body = shorter.into_bytes();
    }
    let mut delivery = forge(request, kit, world)?;
    in_lower_case(&mut delivery);
    let answer = handshake::answer(known, &delivery, kit.secrets.first().map(|named| &named.secret))?;
    let severity = known.signed.then(|| severity(known));
    let request = Request { delivery, expect: Expect::RefuseMarked { answer, severity } };
    Ok(Shot { requests: vec![request], going: Going::Usual })
}
