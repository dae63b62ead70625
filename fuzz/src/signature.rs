//! Signature grammars: what we sign is valid, and nothing else is. Fields: provider, value, timestamp, body.

use std::sync::LazyLock;

use hookproof::catalog::{Algorithm, Part, Scheme};
use hookproof::message::Headers;
use hookproof::secret::Named;
use hookproof::signature::{self, Scene, Tolerance, Verdict};

use super::input::{CATALOG, delivery, fields, named, now, text, world};

/// The most items of a list that are read.
const ITEMS: usize = 64;

/// The built-in schemes with their provider's id.
pub(crate) static SCHEMES: LazyLock<Vec<(&str, &Scheme)>> = LazyLock::new(|| {
    let of = |provider: &'static hookproof::catalog::Provider| {
        provider.description.signature.iter().map(move |scheme| (provider.id.as_str(), scheme))
    };
    CATALOG.providers.iter().flat_map(of).collect()
});

pub(crate) fn run(data: &[u8]) {
    let [pick, value, stamp, body] = fields(data);
    let scheme = picked(pick);
    let keys = keys(scheme);
    forgery_is_refused(scheme, &keys, value, stamp, body);
    signed_delivery_is_valid(scheme, &keys, stamp, body);
    assert!(signature::digests(scheme, &text(value)).len() <= ITEMS);
}

/// Schemes that are cheap to try.
static SYMMETRIC: LazyLock<Vec<&Scheme>> = LazyLock::new(|| {
    SCHEMES.iter().map(|(_, scheme)| *scheme).filter(|scheme| !scheme.algorithm.is_asymmetric()).collect()
});

/// The first scheme of the provider with this id, or else any that is cheap to try.
pub(crate) fn picked(pick: &[u8]) -> &'static Scheme {
    let by_id = SCHEMES.iter().find(|(id, _)| id.as_bytes() == pick);
    let sum: usize = pick.iter().map(|byte| usize::from(*byte)).sum();
    by_id.map_or(SYMMETRIC[sum % SYMMETRIC.len()], |(_, scheme)| scheme)
}

/// What signs and what verifies.
pub(crate) struct Keys {
    pub(crate) private: [Named; 1],
    pub(crate) public: [Named; 1],
}

pub(crate) fn keys(scheme: &Scheme) -> Keys {
    let made = signature::generate(scheme, [9; 32]).expect("a key");
    let private = Named { from: "FUZZ".to_string(), secret: made.private };
    let public = if scheme.algorithm.is_asymmetric() { named(&made.public) } else { private.clone() };
    Keys { private: [private], public: [public] }
}

fn forgery_is_refused(scheme: &Scheme, keys: &Keys, value: &[u8], stamp: &[u8], body: &[u8]) {
    let mut headers = Headers::default();
    headers.push(scheme.header.first(), value);
    if let Some(names) = scheme.timestamp.as_ref().and_then(|stamp| stamp.header.as_ref()) {
        headers.push(names.first(), stamp);
    }
    if let Some(id) = &scheme.id {
        headers.push(id.header.first(), stamp);
    }
    let delivery = delivery(headers, body);
    let scene = scene(&delivery);
    for secrets in [&keys.private, &keys.public] {
        let judgement = signature::verify(scheme, secrets, &scene);
        assert!(!matches!(judgement.verdict, Verdict::Valid | Verdict::Stale), "{judgement:?}");
        let secret = text(secrets[0].secret.expose());
        assert!(!judgement.reason.contains(&secret), "{}", judgement.reason);
    }
    let _ = (signature::layout(scheme, &scene), signature::is_there(scheme, &delivery));
}

fn scene(delivery: &hookproof::message::Delivery) -> Scene<'_> {
    Scene { delivery, url: Some("https://hooks.example/hook?a=b"), now: now(), tolerance: Tolerance::Documented }
}

fn signed_delivery_is_valid(scheme: &Scheme, keys: &Keys, junk: &[u8], body: &[u8]) {
    let mut sent = delivery(Headers::default(), body);
    let url = Some("https://hooks.example/hook?a=b");
    if signature::sign(scheme, &keys.private, &mut sent, url, &mut world()).is_err() {
        return;
    }
    let judgement = signature::verify(scheme, &keys.public, &scene(&sent));
    // A time that stands in the body is the body's own, so there may be none, or an old one.
    let has_own_time = scheme.timestamp.as_ref().is_some_and(|stamp| stamp.body.is_some());
    assert!(
        judgement.verdict == Verdict::Valid || has_own_time && judgement.verdict == Verdict::Stale,
        "{judgement:?}"
    );
    if scheme.algorithm == Algorithm::Token {
        return;
    }
    if !scheme.algorithm.is_asymmetric() {
        let received = signature::received(scheme, &sent);
        let expected = signature::expected(scheme, &keys.public[0].secret, &scene(&sent)).expect("a signature");
        assert!(text(&received[0]).contains(&expected), "{expected} is not what was signed");
    }
    // Other forms of the body may be accepted too.
    if scheme.accept.is_empty() && scheme.content.0.contains(&Part::Body) {
        let mut tampered = sent.clone();
        tampered.body.extend(if junk.is_empty() { b" " } else { junk });
        let judgement = signature::verify(scheme, &keys.public, &scene(&tampered));
        assert!(!matches!(judgement.verdict, Verdict::Valid | Verdict::Stale), "{judgement:?}");
    }
}
