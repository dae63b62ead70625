//! A captured delivery made ready to go out again: exactly as it came, signed afresh, or as one of its own.
//!
//! Which one goes when, and what another answer means, is decided here too. Nothing is sent, and no clock is read.

use std::time::Duration;

use jiff::Timestamp;
use rand_chacha::rand_core::Rng as _;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};

use crate::catalog::{Algorithm, Place, Provider, Scheme};
use crate::journal::{REDACTED, is_credential};
use crate::message::{Delivery, Header, Headers};
use crate::render::{Randomness, RenderError, World, renew_captured};
use crate::secret::{self, Named, Secret};
use crate::signature::{self, SignError};
use crate::words;

/// Headers that belong to a connection and not to what goes over it.
const HOPS: [&str; 9] = [
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// How a secret that was given stands in what was kept.
const SECRET: &[u8] = b"[secret]";
/// The verdict on a delivery whose signature was wrong.
pub const INVALID: &str = "invalid";
/// The longest wait; a journal may have slept for years.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// How much of a captured delivery goes out as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// All of it, the old signature too.
    Exact,
    /// All but timestamp and signature.
    ReSigned,
    /// All but what makes it that delivery: its ids, its times, its signature.
    Fresh,
}

impl Manner {
    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ReSigned => "re-signed",
            Self::Fresh => "fresh",
        }
    }
}

/// Whether the sender's credentials go out too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// They stay here.
    LeftOut,
    /// They go out.
    Sent,
}

/// How a delivery goes out again.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// How much of it as it came.
    pub manner: Manner,
    /// Whether credentials go out too.
    pub credentials: Credentials,
    /// Where it goes to.
    pub url: &'a str,
    /// Whose it is, where that is known.
    pub provider: Option<&'a Provider>,
    /// The scheme that it is signed in.
    pub scheme: Option<&'a Scheme>,
    /// The secrets to sign with.
    pub secrets: &'a [Named],
    /// The verdict's name when it came.
    pub verdict: Option<&'a str>,
}

/// A delivery that can go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// What goes out.
    pub delivery: Delivery,
    /// Names of headers that hold credentials and stay here.
    pub left_out: Vec<String>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Why a delivery can't go out again as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A part of it is none of HTTP's.
    #[error("{0} can't be sent over HTTP")]
    Illegal(String),
    /// The token was not kept, and no secret is there to take its place.
    #[error("the token in {0} was not kept, and no secret is given to put in")]
    Token(String),
    /// A credential was not kept.
    #[error("the value of {0} was not kept")]
    Credential(String),
    /// It can't be signed.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// It can't be renewed.
    #[error("{0}")]
    Renew(#[from] RenderError),
}

/// The headers without those of the connection that they came over.
pub fn without_hops(headers: &Headers) -> Headers {
    let named: Vec<String> = headers
        .all("connection")
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .collect();
    let is_hop = |name: &str| {
        let name = name.to_ascii_lowercase();
        HOPS.contains(&name.as_str()) || named.contains(&name)
    };
    Headers(headers.0.iter().filter(|header| !is_hop(&header.name)).cloned().collect())
}

/// Whether a header carries a signature of this provider: then it is no credential, whatever its name.
pub fn is_signature(provider: Option<&Provider>, scheme: Option<&Scheme>, name: &str) -> bool {
    let modes = provider.map(|provider| provider.description.signature.as_slice()).unwrap_or_default();
    modes.iter().chain(scheme).any(|scheme| scheme.reads(name))
}

/// Whether a signature of this provider is verified with a header: then it is no credential either.
fn is_proof(provider: Option<&Provider>, scheme: Option<&Scheme>, name: &str) -> bool {
    let modes = provider.map(|provider| provider.description.signature.as_slice()).unwrap_or_default();
    modes.iter().chain(scheme).any(|scheme| scheme.verifies_with(name))
}

/// Whether a header's value is a token that was not kept.
pub fn lost_token<'a>(scheme: Option<&Scheme>, headers: &'a Headers) -> Option<&'a Header> {
    let scheme = scheme.filter(|scheme| scheme.algorithm == Algorithm::Token)?;
    headers.0.iter().find(|header| scheme.reads(&header.name) && secret::is_redacted(&header.value))
}

/// Makes a captured delivery ready.
pub fn prepare(captured: &Delivery, plan: &Plan<'_>, world: &mut World) -> Result<Ready, Refusal> {
    let headers = without_hops(&captured.headers);
    let delivery = Delivery {
        method: captured.method.clone(),
        target: plan.url.to_string(),
        headers,
        body: captured.body.clone(),
    };
    check(&delivery)?;
    let mut ready = Ready { delivery, left_out: Vec::new(), notes: Vec::new() };
    take_credentials(&mut ready, plan)?;
    match plan.manner {
        Manner::Exact => put_token(&mut ready, plan)?,
        Manner::ReSigned => re_sign(&mut ready, plan, world)?,
        Manner::Fresh => {
            renew(&mut ready, plan, world)?;
            re_sign(&mut ready, plan, world)?;
        }
    }
    note_verdict(&mut ready, plan);
    note_secrets(&mut ready, plan);
    Ok(ready)
}

/// As [`check`], of the target.
pub fn check_target(delivery: &Delivery) -> Result<(), Refusal> {
    let is_legal = |byte: u8| byte.is_ascii_graphic() || !byte.is_ascii();
    if delivery.target.is_empty() || !delivery.target.bytes().all(is_legal) {
        return Err(Refusal::Illegal("its target".to_string()));
    }
    Ok(())
}

/// Whether a delivery is one of HTTP's: what a file says need not have come over it.
pub fn check(delivery: &Delivery) -> Result<(), Refusal> {
    let shown = |text: &str| words::printable(&words::shorten(text, 80), words::Lines::Escape);
    if Method::from_bytes(delivery.method.as_bytes()).is_err() {
        return Err(Refusal::Illegal(format!("the method `{}`", shown(&delivery.method))));
    }
    for header in &delivery.headers.0 {
        if HeaderName::from_bytes(header.name.as_bytes()).is_err() {
            return Err(Refusal::Illegal(format!("a header called `{}`", shown(&header.name))));
        }
        if HeaderValue::from_bytes(&header.value).is_err() {
            return Err(Refusal::Illegal(format!("the value of {}", shown(&header.name))));
        }
    }
    Ok(())
}

fn take_credentials(ready: &mut Ready, plan: &Plan<'_>) -> Result<(), Refusal> {
    let headers = &mut ready.delivery.headers;
    let is_held = |header: &Header| is_credential(&header.name) && !is_proof(plan.provider, plan.scheme, &header.name);
    if plan.credentials == Credentials::Sent {
        let lost = headers.0.iter().find(|header| is_held(header) && header.value == REDACTED);
        return lost.map_or(Ok(()), |header| Err(Refusal::Credential(header.name.clone())));
    }
    ready.left_out.extend(headers.0.iter().filter(|header| is_held(header)).map(|header| header.name.clone()));
    headers.0.retain(|header| !is_held(header));
    Ok(())
}

/// Puts the token of the given secret in the place of one that was not kept. Where that was another, the delivery would
/// become a valid one, so there the mark stays, which is no right token either.
fn put_token(ready: &mut Ready, plan: &Plan<'_>) -> Result<(), Refusal> {
    let Some(lost) = lost_token(plan.scheme, &ready.delivery.headers) else { return Ok(()) };
    let (name, value) = (lost.name.clone(), lost.value.clone());
    if plan.verdict == Some(INVALID) {
        let note = format!(
            "the token that came in {name} was a wrong one and was not kept; its mark goes out, and stays wrong"
        );
        ready.notes.push(note);
        return Ok(());
    }
    let looks_alike = |secret: &Secret| secret::redacted_token(secret.expose()).as_bytes() == value;
    let alike = plan.secrets.iter().find(|named| looks_alike(&named.secret));
    let Some(named) = alike.or(plan.secrets.first()) else { return Err(Refusal::Token(name)) };
    if alike.is_none() {
        ready.notes.push(format!("the token that came in {name} had another length than the one of {}", named.from));
    }
    for header in &mut ready.delivery.headers.0 {
        if header.name == name && header.value == value {
            header.value = named.secret.expose().to_vec();
        }
    }
    Ok(())
}

/// Puts a fresh timestamp and signature in the place of those that came. The delivery's id stays.
fn re_sign(ready: &mut Ready, plan: &Plan<'_>, world: &mut World) -> Result<(), Refusal> {
    let (Some(provider), Some(scheme)) = (plan.provider, plan.scheme) else { return Ok(()) };
    let id = id_of(provider, &ready.delivery);
    let headers = &mut ready.delivery.headers;
    let is_other = |name: &str| is_signature(Some(provider), None, name) && !scheme.reads(name);
    for header in headers.0.iter().filter(|header| is_other(&header.name)) {
        ready.notes.push(format!("{} is left out: signed afresh is the mode {} alone", header.name, scheme.mode));
    }
    for mode in provider.description.signature.iter().chain([scheme]) {
        let stamp = mode.timestamp.iter().filter_map(|stamp| stamp.header.as_ref()).flat_map(|names| &names.0);
        let when = mode.when.headers();
        for name in mode.header.0.iter().chain(stamp).chain(when) {
            headers.remove(name);
        }
    }
    if plan.secrets.is_empty() {
        return Ok(());
    }
    // Another mode may have the id under another name.
    if let (Some(place), Some(id)) = (&scheme.id, id)
        && plan.manner == Manner::ReSigned
        && !place.header.0.iter().any(|name| headers.get(name).is_some())
        && HeaderValue::from_str(&id).is_ok()
    {
        headers.push(place.header.first(), id);
    }
    signature::sign(scheme, plan.secrets, &mut ready.delivery, Some(&signature::as_requested(plan.url)), world)?;
    Ok(())
}

/// The same delivery with a fresh timestamp and signature, as a provider's retry has them. Its id stays.
pub fn signed_again(delivery: Delivery, plan: &Plan<'_>, world: &mut World) -> Result<Delivery, Refusal> {
    let mut ready = Ready { delivery, left_out: Vec::new(), notes: Vec::new() };
    re_sign(&mut ready, plan, world)?;
    Ok(ready.delivery)
}

/// The delivery's own id where it stands in a header.
fn id_of(provider: &Provider, delivery: &Delivery) -> Option<String> {
    match &provider.description.event.id {
        Some(Place::Header(names)) => names.0.iter().find_map(|name| delivery.headers.text(name)).map(str::to_string),
        _ => None,
    }
}

fn renew(ready: &mut Ready, plan: &Plan<'_>, world: &mut World) -> Result<(), Refusal> {
    let Some(provider) = plan.provider else { return Ok(()) };
    let renewal = renew_captured(provider, &mut ready.delivery, world)?;
    let mut has_new_id = !renewal.ids.is_empty();
    for place in provider.description.signature.iter().chain(plan.scheme).filter_map(|scheme| scheme.id.as_ref()) {
        for name in &place.header.0 {
            has_new_id |= ready.delivery.headers.get(name).is_some();
            ready.delivery.headers.remove(name);
        }
    }
    if !has_new_id {
        ready.notes.push(format!("nothing is declared as an id of {}'s deliveries, or none is there", provider.id));
    }
    if !renewal.is_dated && provider.description.time.is_some() {
        ready.notes.push(format!("the time that {}'s deliveries have is not there, so none is renewed", provider.id));
    }
    Ok(())
}

/// What anybody may have sent looks genuine once it is signed afresh.
fn note_verdict(ready: &mut Ready, plan: &Plan<'_>) {
    let is_signed = plan.manner != Manner::Exact && !plan.secrets.is_empty();
    if let Some(verdict @ (INVALID | "missing")) = plan.verdict.filter(|_| is_signed) {
        ready.notes.push(format!("its signature was {verdict} when it came; it goes out with a right one"));
    }
}

/// A secret that was given when the delivery was kept can't be told from its mark any more.
fn note_secrets(ready: &mut Ready, plan: &Plan<'_>) {
    let told = lost_token(plan.scheme, &ready.delivery.headers).filter(|_| plan.manner == Manner::Exact);

    let is_marked = |value: &[u8]| value.windows(SECRET.len()).any(|part| part == SECRET) || secret::is_redacted(value);
    let marked = ready.delivery.headers.0.iter().filter(|header| is_marked(&header.value) && Some(*header) != told);
    let names: Vec<String> = marked.map(|header| header.name.clone()).collect();
    ready.notes.extend(names.iter().map(|name| format!("a secret stood in {name}; its mark goes out in its place")));
}

/// The order in which so many deliveries go out so many times.
pub fn order(count: usize, rounds: usize, shuffle: Option<&mut Randomness>) -> Vec<usize> {
    let mut order: Vec<usize> = std::iter::repeat_n(0..count, rounds).flatten().collect();
    if let Some(random) = shuffle {
        for last in (1..order.len()).rev() {
            let pick = random.next_u64() % (last as u64 + 1);
            order.swap(last, usize::try_from(pick).unwrap_or(last));
        }
    }
    order
}

/// When each delivery goes out after the first, with the gaps that lay between them, so many times faster.
pub fn offsets(received: &[Option<Timestamp>], speed: f64) -> Vec<Duration> {
    let first = received.iter().flatten().next();
    let mut latest = Duration::ZERO;
    let offset = |at: &Option<Timestamp>| {
        let since = at.zip(first).map_or(0.0, |(at, first)| at.duration_since(*first).as_secs_f64());
        let since = Duration::try_from_secs_f64((since / speed).max(0.0)).unwrap_or(LONGEST);
        // One that came before the other may have been kept after it.
        latest = latest.max(since.min(LONGEST));
        latest
    };
    received.iter().map(offset).collect()
}

/// What another answer means, held against the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Refused then, accepted now.
    Fixed,
    /// Accepted then, not now.
    Regressed,
    /// Neither then nor now.
    StillFailing,
    /// Then and now.
    StillPassing,
}

impl Change {
    /// The change between two answers, each a success or not.
    pub fn between(was_success: bool, is_success: bool) -> Self {
        match (was_success, is_success) {
            (false, true) => Self::Fixed,
            (true, false) => Self::Regressed,
            (false, false) => Self::StillFailing,
            (true, true) => Self::StillPassing,
        }
    }

    /// The name in machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Regressed => "regressed",
            Self::StillFailing => "still-failing",
            Self::StillPassing => "still-passing",
        }
    }

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::StillFailing => "still failing",
            Self::StillPassing => "still passing",
            other => other.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rand_chacha::rand_core::SeedableRng as _;

    use super::{offsets, order, without_hops};
    use crate::message::Headers;
    use crate::render::Randomness;

    #[test]
    fn what_belongs_to_the_connection_stays_behind() {
        let mut headers = Headers::default();
        let lines =
            [("Host", "h"), ("X-A", "1"), ("Connection", "close, X-Hop"), ("x-hop", "1"), ("X-a", "2"), ("TE", "t")];
        for (name, value) in lines {
            headers.push(name, value);
        }
        let names: Vec<String> = without_hops(&headers).0.into_iter().map(|header| header.name).collect();
        assert_eq!(names, ["X-A", "X-a"]);
    }

    #[test]
    fn gaps_are_kept_at_the_speed_asked_for() {
        let at = |text: &str| Some(text.parse().unwrap());
        let times = [
            at("2026-06-01T12:00:00Z"),
            None,
            at("2026-06-01T12:00:05Z"),
            at("2026-06-01T12:00:03Z"),
            at("9999-01-01T00:00:00Z"),
        ];
        let found = offsets(&times, 10.0);
        let half = Duration::from_millis(500);
        assert_eq!(found[..4], [Duration::ZERO, Duration::ZERO, half, half]);
        assert!(found[4] <= super::LONGEST);
        assert_eq!(offsets(&[None, None], 1.0), [Duration::ZERO; 2]);
        assert!(offsets(&[], 1.0).is_empty());
    }

    #[test]
    fn a_seed_gives_the_same_order_with_each_as_often_as_asked() {
        assert_eq!(order(2, 2, None), [0, 1, 0, 1]);
        let shuffled = |seed| order(50, 2, Some(&mut Randomness::from_seed([seed; 32])));
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut sorted = shuffled(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).flat_map(|at| [at, at]).collect::<Vec<_>>());
        assert!(order(0, 3, None).is_empty());
    }
}
