//! Handshakes, and the answers that they wait for.

use super::{Kit, own, signed};
use crate::catalog::{Handshake, Place, Provider};
use crate::handshake::{self, Answer};
use crate::json::{self, Create, Document, Kind};
use crate::message::Delivery;
use crate::path::Path;
use crate::render::World;

/// A handshake as the provider sends it, and the answer that it waits for.
pub(super) fn greeting(
    known: &Handshake,
    provider: &Provider,
    base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<(Delivery, Answer), String> {
    let base = request(known, provider, base, &challenge(world))?;
    let delivery = if known.signed { signed(base, own(kit), kit, world)? } else { base };
    let answer = handshake::answer(known, &delivery, kit.secrets.first().map(|named| &named.secret))?;
    Ok((delivery, answer))
}

/// A challenge that was not sent before.
pub(super) fn challenge(world: &World) -> String {
    format!("hookproof{}", world.now.as_millisecond())
}

/// A handshake with this challenge, not signed yet.
pub(super) fn request(
    known: &Handshake,
    provider: &Provider,
    mut base: Delivery,
    challenge: &str,
) -> Result<Delivery, String> {
    if known.method != "POST" {
        return Err(format!("it is a {} that asks for a token of the receiver's own choice", known.method));
    }
    base.body = mark(known, "{}".to_string(), &base, challenge)?.into_bytes();
    if let Some(Place::Header(names)) = &provider.description.event.name {
        for name in &names.0 {
            base.headers.remove(name);
        }
    }
    Ok(base)
}

/// A body with the marks of a handshake and this challenge; the sample tells the type of the mark.
pub(super) fn mark(known: &Handshake, mut text: String, sample: &Delivery, challenge: &str) -> Result<String, String> {
    let told = known.when.body.as_ref().ok_or("it is told by the address")?;
    let sample = std::str::from_utf8(&sample.body).ok().and_then(|text| Document::parse(text).ok());
    let kind = sample.and_then(|sample| sample.find(told).map(|node| sample.kind(node)));
    let mut set = |path: &Path, value: &str, is_number: bool| {
        let literal = if is_number { value.to_string() } else { json::quote(value) };
        text = json::set(&text, path, &literal, Create::Yes).map_err(|error| error.to_string())?;
        Ok::<(), String>(())
    };
    set(told, &known.when.is, kind == Some(Kind::Number))?;
    for path in known.answer.paths() {
        set(path, challenge, false)?;
    }
    Ok(text)
}
