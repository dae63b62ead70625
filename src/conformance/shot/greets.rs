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
    mut base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<(Delivery, Answer), String> {
    if known.method != "POST" {
        return Err(format!("it is a {} that asks for a token of the receiver's own choice", known.method));
    }
    let challenge = format!("hookproof{}", world.now.as_millisecond());
    let mut text = "{}".to_string();
    let mut set = |path: &Path, value: &str, is_number: bool| {
        let literal = if is_number { value.to_string() } else { json::quote(value) };
        text = json::set(&text, path, &literal, Create::Yes).map_err(|error| error.to_string())?;
        Ok::<(), String>(())
    };
    let told = known.when.body.as_ref().ok_or("it is told by the address")?;
    let sample = std::str::from_utf8(&base.body).ok().and_then(|text| Document::parse(text).ok());
    let kind = sample.and_then(|sample| sample.find(told).map(|node| sample.kind(node)));
    set(told, &known.when.is, kind == Some(Kind::Number))?;
    for path in known.answer.paths() {
        set(path, &challenge, false)?;
    }
    base.body = text.into_bytes();
    if let Some(Place::Header(names)) = &provider.description.event.name {
        for name in &names.0 {
            base.headers.remove(name);
        }
    }
    let delivery = if known.signed { signed(base, own(kit), kit, world)? } else { base };
    let answer = handshake::answer(known, &delivery, kit.secrets.first().map(|named| &named.secret))?;
    Ok((delivery, answer))
}
