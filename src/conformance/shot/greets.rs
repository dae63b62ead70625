//! Handshakes, and the answers that they wait for.

use super::{Expect, Going, Kit, Request, Shot, own, signed};
use crate::catalog::{Handshake, Place, Provider};
use crate::handshake;
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
) -> Result<Shot, String> {
    let mut request = request(known, provider, base, &challenge(world))?;
    if let Some(place) = &known.token {
        let token = kit
            .token
            .ok_or("it brings a token of the receiver's own choice; check --verify-token-env NAME sends that")?;
        add_query(&mut request, &place.query, &String::from_utf8_lossy(token.expose()));
    }
    let delivery = if known.signed { signed(request, own(kit), kit, world)? } else { request };
    let answer = handshake::answer(known, &delivery, kit.secrets.first().map(|named| &named.secret))?;
    Ok(Shot::one(delivery, Expect::Answer(answer), Going::Usual))
}

/// The handshake with each of these tokens, none of which is the receiver's, or without one.
pub(super) fn untrusted(
    known: &Handshake,
    provider: &Provider,
    base: &Delivery,
    kit: &Kit<'_>,
    world: &mut World,
    tokens: &[Option<&str>],
) -> Result<Shot, String> {
    let place = known.token.as_ref().ok_or("it brings no token")?;
    let mut requests = Vec::new();
    for token in tokens {
        let mut request = request(known, provider, base.clone(), &challenge(world))?;
        if let Some(token) = token {
            add_query(&mut request, &place.query, token);
        }
        let delivery = if known.signed { signed(request, own(kit), kit, world)? } else { request };
        let answer = handshake::answer(known, &delivery, kit.secrets.first().map(|named| &named.secret))?;
        requests.push(Request { delivery, expect: Expect::Withhold(answer) });
    }
    Ok(Shot { requests, going: Going::Usual })
}

/// A challenge that was not sent before.
pub(super) fn challenge(world: &World) -> String {
    format!("hookproof{}", world.now.as_millisecond())
}

/// A handshake with this challenge, not signed yet and without a token.
pub(super) fn request(
    known: &Handshake,
    provider: &Provider,
    mut base: Delivery,
    challenge: &str,
) -> Result<Delivery, String> {
    let sample = base.clone();
    base.method.clone_from(&known.method);
    if known.method == "POST" {
        base.body = b"{}".to_vec();
    } else {
        base.body = Vec::new();
        // What the user has every request bring stays.
        for name in provider.description.header.keys().filter(|name| !name.eq_ignore_ascii_case("user-agent")) {
            base.headers.remove(name);
        }
    }
    if let Some(Place::Header(names)) = &provider.description.event.name {
        for name in &names.0 {
            base.headers.remove(name);
        }
    }
    mark(known, base, &sample, challenge)
}

/// Adds a field to the query of the address that a request goes to.
fn add_query(request: &mut Delivery, name: &str, value: &str) {
    let (address, fragment) = match request.target.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (request.target.as_str(), String::new()),
    };
    let field = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let before = if address.contains('?') { '&' } else { '?' };
    request.target = format!("{address}{before}{field}{fragment}");
}

/// Gives a request the marks of a handshake and this challenge. The sample tells the type of a mark in the body.
pub(super) fn mark(
    known: &Handshake,
    mut request: Delivery,
    sample: &Delivery,
    challenge: &str,
) -> Result<Delivery, String> {
    if let Some(name) = &known.when.query {
        add_query(&mut request, name, &known.when.is);
    }
    for name in known.answer.queries() {
        add_query(&mut request, name, challenge);
    }
    if known.when.body.is_some() || !known.answer.paths().is_empty() {
        let text = String::from_utf8(request.body).map_err(|_| "its body is no text".to_string())?;
        request.body = mark_body(known, text, sample, challenge)?.into_bytes();
    }
    Ok(request)
}

fn mark_body(known: &Handshake, mut text: String, sample: &Delivery, challenge: &str) -> Result<String, String> {
    let sample = std::str::from_utf8(&sample.body).ok().and_then(|text| Document::parse(text).ok());
    let mut set = |path: &Path, value: &str, is_number: bool| {
        let literal = if is_number { value.to_string() } else { json::quote(value) };
        text = json::set(&text, path, &literal, Create::Yes).map_err(|error| error.to_string())?;
        Ok::<(), String>(())
    };
    if let Some(told) = &known.when.body {
        let kind = sample.and_then(|sample| sample.find(told).map(|node| sample.kind(node)));
        set(told, &known.when.is, kind == Some(Kind::Number))?;
    }
    for path in known.answer.paths() {
        set(path, challenge, false)?;
    }
    Ok(text)
}
