//! From a case to the request that is sent, and what is expected of the answer.

use super::bodies;
use super::plan::Planned;
use crate::catalog::{Algorithm, Alternative, Encoding, Handshake, Place, Provider, Scheme, Shape, Stamp};
use crate::handshake::{self, Answer};
use crate::json::{self, Create, Document, Kind};
use crate::message::Delivery;
use crate::path::Path;
use crate::render::World;
use crate::secret::{Named, Secret};
use crate::signature::{self, Key, Ready, SignError, Use};

/// What the requests of a check are made with.
pub struct Kit<'a> {
    /// How the provider signs; nothing where it documents none, or no secret is given where none is needed.
    pub scheme: Option<&'a Scheme>,
    /// The secrets.
    pub secrets: &'a [Named],
    /// The address that is signed.
    pub url: &'a str,
    /// A header in which another provider's signature stands.
    pub foreign: &'a str,
    /// A secret of the scheme's form that is not the receiver's.
    pub wrong: &'a Secret,
    /// Whether the receiver took fields that it did not know.
    pub takes_extra: bool,
    /// The status with which it refused what was not signed.
    pub unsigned: Option<u16>,
}

/// A request with what is expected of the answer.
#[derive(Clone, Debug)]
pub struct Shot {
    /// The request.
    pub delivery: Delivery,
    /// What a sound receiver does.
    pub expect: Expect,
    /// Whether it goes out byte for byte, in chunks.
    pub chunked: bool,
    /// Whether header names go out as they are spelt.
    pub exact: bool,
}

impl Shot {
    /// Whether it has to be written byte for byte.
    pub fn is_exact(&self) -> bool {
        self.chunked || self.exact
    }
}

/// What a sound receiver does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It takes the delivery.
    Accept,
    /// It refuses it.
    Refuse {
        /// Whether a connection that is closed counts as refused.
        may_drop: bool,
        /// Whether it may say that the body is malformed before it says that it is unsigned.
        is_malformed: bool,
    },
    /// It gives this answer.
    Answer(Answer),
}

/// The request of a case, made from a fresh delivery that is not signed yet. The error says why the case is not sent.
pub fn shot(planned: &Planned<'_>, base: Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Shot, String> {
    let shot = |delivery, expect| Shot { delivery, expect, chunked: false, exact: false };
    match planned.case.family {
        super::Family::Handshake => {
            let provider = planned.event.provider;
            let known = planned.handshake.and_then(|index| provider.description.handshake.get(index));
            let known = known.ok_or("the provider documents none")?;
            let (delivery, answer) = greeting(known, provider, base, kit, world)?;
            Ok(shot(delivery, Expect::Answer(answer)))
        }
        super::Family::Accepts | super::Family::Alive => {
            let mut made = shot(accepted(planned, base, kit, world)?, Expect::Accept);
            made.chunked = planned.case.id == "chunked";
            made.exact = planned.case.id == "header-case";
            if made.chunked {
                in_lower_case(&mut made.delivery);
            }
            Ok(made)
        }
        super::Family::Refuses => {
            let scheme = kit.scheme.ok_or("nothing is signed, so there is nothing to refuse")?;
            let may_drop = planned.case.id == "non-ascii";
            // One that answers 400 to whatever it refuses tells nothing by it.
            let is_malformed = planned.case.id == "malformed" && kit.unsigned.is_some_and(|status| status != 400);
            let delivery = refused(planned.case.id, scheme, base, kit, world)?;
            let mut made = shot(delivery, Expect::Refuse { may_drop, is_malformed });
            made.exact = may_drop;
            in_lower_case(&mut made.delivery);
            Ok(made)
        }
    }
}

/// Header names as ordinary sending spells them, so that a case is about one thing only.
fn in_lower_case(delivery: &mut Delivery) {
    for header in &mut delivery.headers.0 {
        header.name = header.name.to_ascii_lowercase();
    }
}

fn signed(mut delivery: Delivery, secrets: &[Named], kit: &Kit<'_>, world: &mut World) -> Result<Delivery, String> {
    if let Some(scheme) = kit.scheme {
        signature::sign(scheme, secrets, &mut delivery, Some(kit.url), world).map_err(|error| error.to_string())?;
    }
    Ok(delivery)
}

fn accepted(planned: &Planned<'_>, mut base: Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Delivery, String> {
    let id = planned.case.id;
    let event = &planned.event;
    let alters = matches!(
        id,
        "whitespace" | "crlf" | "escapes" | "utf8" | "emoji" | "extra-fields" | "numbers" | "null" | "missing-fields"
    ) || id.starts_with("size-");
    if alters {
        if event.shape() == Shape::Form {
            return Err("its bodies are forms, not JSON".to_string());
        }
        let text = String::from_utf8(base.body).map_err(|_| "its body is no text".to_string())?;
        let altered = bodies::alter(id, event, &text)?;
        if altered.has_probe && id != "extra-fields" && !kit.takes_extra {
            return Err("it needs a field more, and the receiver refused extra-fields".to_string());
        }
        base.body = altered.text.into_bytes();
    }
    match id {
        "charset" | "content-type-case" => {
            let given = base.headers.text("content-type").ok_or("its deliveries have no content type")?.to_string();
            if id == "charset" && given.contains("charset") {
                return Err("its content type has a charset already".to_string());
            }
            let other = if id == "charset" { format!("{given}; charset=utf-8") } else { title_case(&given) };
            base.headers.remove("content-type");
            base.headers.push("Content-Type", other);
        }
        "unknown-event" => rename(event.provider, &mut base)?,
        "rotation" => {
            let scheme = kit.scheme.filter(|scheme| scheme.list.is_some());
            scheme.ok_or("its signature has no room for several")?;
            let bogus = Named { from: "another".to_string(), secret: kit.wrong.clone() };
            return signed(base, &[std::slice::from_ref(&bogus), &kit.secrets[..1]].concat(), kit, world);
        }
        _ => {}
    }
    let mut delivery = signed(base, kit.secrets.get(..1).unwrap_or_default(), kit, world)?;
    if id == "header-case" {
        for header in &mut delivery.headers.0 {
            header.name = header.name.to_ascii_uppercase();
        }
    }
    Ok(delivery)
}

/// `Application/Json`
fn title_case(text: &str) -> String {
    let mut is_start = true;
    let each = |c: char| {
        let out = if is_start { c.to_ascii_uppercase() } else { c };
        is_start = !c.is_ascii_alphanumeric();
        out
    };
    text.chars().map(each).collect()
}

/// Gives a delivery the name of an event that nobody knows.
fn rename(provider: &Provider, delivery: &mut Delivery) -> Result<(), String> {
    let name = "hookproof.unknown_event";
    match &provider.description.event.name {
        None => Err("its deliveries name no event".to_string()),
        Some(Place::Header(names)) => {
            for known in &names.0 {
                delivery.headers.remove(known);
            }
            delivery.headers.push(names.first(), name);
            Ok(())
        }
        Some(Place::Body(path)) => {
            let text = String::from_utf8_lossy(&delivery.body).into_owned();
            let is_text =
                |document: &Document<'_>| document.find(path).map(|node| document.kind(node)) == Some(Kind::String);
            if !Document::parse(&text).is_ok_and(|document| is_text(&document)) {
                return Err("its events have no names that are text".to_string());
            }
            signature::set(delivery, path, name).map_err(|error| error.to_string())
        }
    }
}

fn refused(id: &str, scheme: &Scheme, base: Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Delivery, String> {
    let own = kit.secrets.get(..1).unwrap_or_default();
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
        "wrong-secret" => {
            let wrong = [Named { from: "another".to_string(), secret: kit.wrong.clone() }];
            signed(base, &wrong, kit, world)
        }
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

fn value_of(scheme: &Scheme, delivery: &Delivery) -> Result<Vec<u8>, String> {
    signature::received(scheme, delivery).into_iter().next().ok_or_else(|| "its signature is empty".to_string())
}

fn unsign(scheme: &Scheme, delivery: &mut Delivery) -> Result<(), String> {
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
fn with_key(
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
    let ready = Ready::make(scheme, &mut delivery, Some(kit.url), world).map_err(text)?;
    let digest = ready.digest(algorithm, key, &delivery.body);
    ready.put(scheme, &mut delivery, &[digest]).map_err(text)?;
    Ok(delivery)
}

/// Seconds beyond the tolerance.
const BEYOND: u64 = 90;

fn shifted(
    id: &str,
    scheme: &Scheme,
    mut base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Delivery, String> {
    let stamp = scheme.timestamp.as_ref().ok_or("its deliveries have no timestamp")?;
    if !scheme.covers_timestamp() {
        return Err("its signature does not cover the timestamp".to_string());
    }
    let bound = |stamp: &Stamp| if id == "old-timestamp" { stamp.past } else { stamp.future };
    let bound = bound(stamp).ok_or(if id == "old-timestamp" {
        "the provider documents no age at which a delivery is too old"
    } else {
        "the provider's receivers look at the past only"
    })?;
    let distance = jiff::SignedDuration::from_secs(i64::try_from(bound + BEYOND).unwrap_or(i64::MAX));
    let now = world.now;
    let then = if id == "old-timestamp" { now.checked_sub(distance) } else { now.checked_add(distance) };
    world.now = then.map_err(|error| error.to_string())?;
    if let Some(path) = &stamp.body {
        let text = stamp.write(world.now);
        signature::set(&mut base, path, &text).map_err(|error| error.to_string())?;
    }
    let made = signed(base, kit.secrets.get(..1).unwrap_or_default(), kit, world);
    world.now = now;
    made
}

/// A handshake as the provider sends it, and the answer that it waits for.
fn greeting(
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
    let delivery =
        if known.signed { signed(base, kit.secrets.get(..1).unwrap_or_default(), kit, world)? } else { base };
    let answer = handshake::answer(known, &delivery, kit.secrets.first().map(|named| &named.secret))?;
    Ok((delivery, answer))
}

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
        && let Ok(mut delivery) = signed(base.clone(), kit.secrets.get(..1).unwrap_or_default(), kit, world)
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
