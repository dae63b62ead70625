//! The verdict: what came, held against what should have come.

use subtle::ConstantTimeEq;

use super::content::{self, Layout, Slot, fields};
use super::grammar::{self, Reading};
use super::key::{Key, KeyError, Use};
use super::veil::{conceal, is_sent, veil};
use super::{Compared, Judgement, Scene, Verdict, hash, received_in};
use crate::catalog::{Algorithm, Alternative, Need, Scheme};
use crate::json::{self, Body};
use crate::secret::{Named, Secret};
use crate::words;

/// Signatures of key pairs that are verified of one delivery.
const CHECKS: usize = 8;

/// The verdict over a delivery in memory, with every form that the scheme accepts. The first of the secrets is
/// the one in use; the others are accepted too, as while one takes the place of the other.
pub fn verify(scheme: &Scheme, secrets: &[Named], scene: &Scene<'_>) -> Judgement {
    let json = Body::new(&scene.delivery.body);
    let values = received_in(scheme, scene.delivery, &json);
    if secrets.is_empty() {
        return unchecked(scheme, values.is_empty());
    }
    if values.is_empty() {
        return missing(scheme);
    }
    if scheme.algorithm == Algorithm::Token {
        return judge_token(secrets, &values);
    }
    let trial = Trial::new(scheme, secrets, scene, &json, &values);
    let body = &scene.delivery.body;
    let judgement = trial.over(body, None);
    if judgement.verdict != Verdict::Invalid {
        return judgement;
    }
    for (other, note) in other_forms(scheme, scene) {
        let found = match other {
            Form::Body(body) => trial.over(&body, Some(note)),
            Form::Url(url) => {
                let scene = Scene { url: Some(&url), ..*scene };
                Trial::new(scheme, secrets, &scene, &json, &values).over(body, Some(note))
            }
        };
        if matches!(found.verdict, Verdict::Valid | Verdict::Stale) {
            return found;
        }
    }
    judgement
}

/// Another form of a delivery that a scheme accepts a signature over.
enum Form {
    Body(Vec<u8>),
    Url(String),
}

/// A digest with what is unusual about how it is written, or what is wrong with it.
type ReadDigest = Result<(Vec<u8>, Vec<String>), String>;

/// One value of the signature header, taken apart.
pub(super) struct Claim {
    shown: String,
    reading: Reading,
    stamp: Option<String>,
    /// The digests of its items, or what is wrong with each.
    digests: Vec<ReadDigest>,
    /// What is signed, or why that can't be told.
    pub(super) layout: Result<Layout, String>,
}

impl Claim {
    pub(super) fn of(scheme: &Scheme, scene: &Scene<'_>, body: &Body<'_>, value: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(value).into_owned();
        let reading = match std::str::from_utf8(value) {
            Ok(text) => grammar::read(scheme, text),
            Err(_) => Reading { items: vec![shown.clone()], ..Reading::default() },
        };
        let stamp = reading.stamp.clone().or_else(|| content::stamp_of(scheme, scene.delivery, body));
        let address = if scheme.covers_address() { scene.address() } else { None };
        let layout = content::lay(scheme, scene.delivery, body, address.as_deref(), stamp.as_deref());
        let digests = reading.items.iter().map(|item| grammar::digest(scheme, item)).collect();
        Self { shown, reading, stamp, digests, layout }
    }
}

/// What came, held against the secrets at hand.
pub(super) struct Trial<'a> {
    scheme: &'a Scheme,
    scene: Scene<'a>,
    secrets: &'a [Named],
    /// Each with the place of its secret.
    pub(super) keys: Vec<(usize, Key)>,
    unusable: Option<KeyError>,
    pub(super) claims: Vec<Claim>,
}

/// Which signature matched, and with which key.
struct Match<'a> {
    claim: &'a Claim,
    item: usize,
    secret: usize,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        scheme: &'a Scheme,
        secrets: &'a [Named],
        scene: &Scene<'a>,
        body: &Body<'_>,
        values: &[Vec<u8>],
    ) -> Self {
        let mut keys = Vec::new();
        let mut unusable = None;
        for (index, named) in secrets.iter().enumerate() {
            match Key::read(scheme, &named.secret, Use::Verify) {
                Ok(key) => keys.push((index, key)),
                Err(error) => unusable = Some(error),
            }
        }
        let claims = values.iter().map(|value| Claim::of(scheme, scene, body, value)).collect();
        Self { scheme, scene: *scene, secrets, keys, unusable, claims }
    }

    fn over(&self, body: &[u8], note: Option<&str>) -> Judgement {
        let wants_form = |claim: &Claim| claim.layout.as_ref().is_ok_and(|layout| layout.has(&Slot::Form));
        let form = if self.claims.iter().any(wants_form) { fields(body) } else { Vec::new() };
        let digest = |claim: &Claim, key: &Key| match (&claim.layout, key) {
            (Ok(layout), Key::Bytes(bytes)) => {
                hash::digest(self.scheme.algorithm, bytes, &layout.parts(body, &form, bytes))
            }
            _ => Vec::new(),
        };
        let message = |claim: &Claim| -> Vec<u8> {
            claim.layout.as_ref().map(|layout| layout.parts(body, &form, &[]).concat()).unwrap_or_default()
        };
        self.judge(note, digest, message)
    }

    /// Judges by the digests that were computed, or by what a key pair says of a signature.
    pub(super) fn judge(
        &self,
        note: Option<&str>,
        digest: impl Fn(&Claim, &Key) -> Vec<u8>,
        message: impl Fn(&Claim) -> Vec<u8>,
    ) -> Judgement {
        let mut expected = None;
        // A key pair's signature costs far more to verify than to send.
        let mut left = CHECKS;
        for claim in self.claims.iter().filter(|claim| claim.layout.is_ok()) {
            for (secret, key) in &self.keys {
                let computed = digest(claim, key);
                let signed = if let Key::Pair(_) = key { message(claim) } else { Vec::new() };
                let is_right = |found: &ReadDigest| match (found, key) {
                    (Ok((found, _)), Key::Bytes(_)) => bool::from(found.ct_eq(&computed)),
                    (Ok((found, _)), Key::Pair(pair)) if left > 0 => {
                        left -= 1;
                        pair.verifies(&signed, found)
                    }
                    _ => false,
                };
                if let Some(item) = claim.digests.iter().position(is_right) {
                    let expected = (!computed.is_empty()).then(|| grammar::item(self.scheme, &computed));
                    // What stands there as we write it ourselves holds nothing of the sender's.
                    let written = grammar::value(self.scheme, claim.stamp.as_deref(), expected.clone().into_iter());
                    let is_ours = claim.shown == written;
                    let compared = Some(Compared { received: claim.shown.clone(), expected });
                    let (verdict, reason) = self.fresh(&Match { claim, item, secret: *secret }, note);
                    let judgement = Judgement { verdict, reason, compared };
                    return if is_ours && judgement.reason.is_empty() { judgement } else { self.concealed(judgement) };
                }
                if expected.is_none() && !computed.is_empty() {
                    expected = Some(grammar::item(self.scheme, &computed));
                }
            }
        }
        self.refused(expected)
    }

    fn concealed(&self, judgement: Judgement) -> Judgement {
        conceal(judgement, self.scheme, self.secrets.iter().map(|named| &named.secret))
    }

    /// A signature that is right, judged by its time.
    fn fresh(&self, found: &Match<'_>, note: Option<&str>) -> (Verdict, String) {
        let claim = found.claim;
        let mut notes = claim.digests[found.item].as_ref().map(|(_, notes)| notes.clone()).unwrap_or_default();
        notes.extend(note.map(str::to_string));
        if !self.scheme.covers_body() {
            notes.push("the body is not covered by it".to_string());
        }
        if claim.digests.len() > 1 {
            notes.push(format!("signature {} of {} matches", found.item + 1, claim.digests.len()));
        }
        if self.secrets.len() > 1 {
            let (which, all) = (found.secret + 1, self.secrets.len());
            notes.push(format!("with the secret of {}, {which} of {all}", self.secrets[found.secret].from));
        }
        let stamp = self.scheme.timestamp.as_ref().zip(claim.stamp.as_deref());
        let place = self.scheme.timestamp.as_ref();
        let fault = match stamp.map(|(stamp, text)| (stamp, stamp.read(text))) {
            None if place.is_some_and(|place| place.is_judged(self.scene.tolerance)) => {
                return (Verdict::Stale, "valid, but without a timestamp to judge its age by".to_string());
            }
            None => None,
            Some((_, Err(reason))) => return (Verdict::Invalid, reason),
            Some((stamp, Ok(at))) => stamp.fault(at, self.scene.now, self.scene.tolerance),
        };
        match fault {
            None => (Verdict::Valid, notes.join("; ")),
            Some(fault) => {
                notes.insert(0, format!("valid, but {fault}"));
                (Verdict::Stale, notes.join("; "))
            }
        }
    }

    fn refused(&self, expected: Option<String>) -> Judgement {
        let Some(claim) = self.claims.first() else { return missing(self.scheme) };
        let compared = Some(Compared { received: claim.shown.clone(), expected });
        let list = self.scheme.list.as_ref();
        let reason = if is_sent(self.scheme, self.secrets, &claim.shown) {
            "the secret itself was sent in the digest's place".to_string()
        } else if let Err(reason) = &claim.layout {
            reason.clone()
        } else if let (true, Some(error)) = (self.keys.is_empty(), &self.unusable) {
            error.to_string()
        } else if let (true, Some(list)) = (claim.digests.is_empty(), list) {
            let veil = veil(Some(self.scheme), self.secrets.iter().map(|named| &named.secret));
            let bare = |name: &String| String::from_utf8_lossy(&veil.items(name.as_bytes())).into_owned();
            let others = words::list(&claim.reading.others.iter().map(bare).collect::<Vec<_>>(), "and");
            let is_other_kind = |name: &String| list.ignore.contains(name);
            let kind = if claim.reading.others.iter().all(is_other_kind) { ", which is of another kind" } else { "" };
            let others = match others.as_str() {
                "" => String::new(),
                others => format!(", only {}{kind}", words::shorten(others, 80)),
            };
            format!("no `{}` stands in the signature{others}", list.take)
        } else if let Some(Err(reason)) = claim.digests.iter().find(|_| claim.digests.len() == 1) {
            reason.clone()
        } else if claim.digests.len() > 1 {
            format!("none of the {} signatures matches", claim.digests.len())
        } else if self.scheme.algorithm.is_asymmetric() {
            "the signature is over other bytes or of another key".to_string()
        } else {
            "the digest is of other bytes or another secret".to_string()
        };
        let judgement = Judgement { verdict: Verdict::Invalid, reason, compared };
        self.concealed(judgement)
    }
}

/// The other forms of a delivery that the scheme accepts a signature over, each with what to say of it.
fn other_forms(scheme: &Scheme, scene: &Scene<'_>) -> Vec<(Form, &'static str)> {
    let body = &scene.delivery.body;
    let mut forms = Vec::new();
    if let Some(compact) = compact_form(scheme, body) {
        forms.push((Form::Body(compact.into_bytes()), "over the body without white space between its tokens"));
    }
    if let Some(escaped) = content::escaped(body).filter(|_| scheme.accept.contains(&Alternative::EscapedBody)) {
        forms.push((Form::Body(escaped), "over the body with \\uXXXX for all that is not ASCII"));
    }
    if scheme.accept.contains(&Alternative::DecodedUrl)
        && let Some(url) = scene.address()
    {
        let decoded = content::decoded_url(&url);
        if decoded != url {
            forms.push((Form::Url(decoded), "over the address with its %XX written plainly"));
        }
    }
    forms
}

/// Returns the digests that a delivery should have with this secret, one for each form that the scheme accepts. A token
/// and a key pair make none.
pub fn right_digests(scheme: &Scheme, secret: &Secret, scene: &Scene<'_>) -> Vec<Vec<u8>> {
    let Ok(Key::Bytes(key)) = Key::read(scheme, secret, Use::Verify) else { return Vec::new() };
    let json = Body::new(&scene.delivery.body);
    let mut values = received_in(scheme, scene.delivery, &json);
    if values.is_empty() {
        values.push(Vec::new());
    }
    let own = [Form::Body(scene.delivery.body.clone())];
    let forms = own.into_iter().chain(other_forms(scheme, scene).into_iter().map(|(form, _)| form));
    let mut digests = Vec::new();
    for form in forms {
        let (body, url) = match &form {
            Form::Body(body) => (body.as_slice(), scene.url),
            Form::Url(url) => (scene.delivery.body.as_slice(), Some(url.as_str())),
        };
        for value in &values {
            let Ok(layout) = Claim::of(scheme, &Scene { url, ..*scene }, &json, value).layout else { continue };
            let form = if layout.has(&Slot::Form) { fields(body) } else { Vec::new() };
            digests.push(hash::digest(scheme.algorithm, &key, &layout.parts(body, &form, &key)));
        }
    }
    digests.retain(|digest| !digest.is_empty());
    digests.sort();
    digests.dedup();
    digests
}

/// The compact form of a body, where the scheme accepts a signature over it and it differs.
pub(crate) fn compact_form(scheme: &Scheme, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok().filter(|_| scheme.accept.contains(&Alternative::CompactBody))?;
    json::compact(text).ok().filter(|compact| compact.as_bytes() != body)
}

fn judge_token(secrets: &[Named], received: &[Vec<u8>]) -> Judgement {
    let equal = |named: &Named| received.iter().any(|value| bool::from(value.as_slice().ct_eq(named.secret.expose())));
    let Some(found) = secrets.iter().position(equal) else {
        return Judgement::of(Verdict::Invalid, "the token differs");
    };
    let mut reason = "the token is equal; the body is not covered by it".to_string();
    if secrets.len() > 1 {
        reason.push_str(&format!("; it is that of {}, {} of {}", secrets[found].from, found + 1, secrets.len()));
    }
    Judgement::of(Verdict::Valid, reason)
}

fn unchecked(scheme: &Scheme, nothing_came: bool) -> Judgement {
    match (scheme.secret, nothing_came) {
        (Need::Optional, true) => Judgement::of(Verdict::Unchecked, "no secret is given, and no signature came"),
        _ => Judgement::of(Verdict::Unchecked, "no secret is given"),
    }
}

fn missing(scheme: &Scheme) -> Judgement {
    let what = match &scheme.body {
        Some(path) => format!("the body has no `{path}`"),
        None => format!("no {} header came", scheme.header.first()),
    };
    Judgement::of(Verdict::Missing, what)
}
