//! What came, taken apart and held against the secrets at hand.

use subtle::ConstantTimeEq;

use super::content::{self, Layout, Slot, fields};
use super::grammar::{self, Reading};
use super::key::{self, Key, KeyError, Use};
use super::remark::{self, Remark};
use super::stamp::Written;
use super::veil::{conceal, is_sent, veil};
use super::{Compared, Judgement, Scene, Verdict, hash, verify};
use crate::catalog::Scheme;
use crate::json::Body;
use crate::secret::Named;
use crate::words;

/// Signatures of key pairs that are verified of one delivery.
const CHECKS: usize = 8;

/// A digest with what is unusual about how it is written, or what is wrong with it.
type ReadDigest = Result<(Vec<u8>, Vec<Remark>), Remark>;

/// One value of the signature header, taken apart.
pub(super) struct Claim {
    shown: String,
    reading: Reading,
    pub(super) stamp: Option<Written>,
    /// The digests of its items, or what is wrong with each.
    digests: Vec<ReadDigest>,
    /// What is signed, or why that can't be told.
    pub(super) layout: Result<Layout, Remark>,
}

impl Claim {
    pub(super) fn of(scheme: &Scheme, scene: &Scene<'_>, body: &Body<'_>, value: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(value).into_owned();
        let reading = match std::str::from_utf8(value) {
            Ok(text) => grammar::read(scheme, text),
            Err(_) => Reading { items: vec![shown.clone()], ..Reading::default() },
        };
        let in_list = reading.stamp.as_deref().map(Written::text);
        let stamp = in_list.or_else(|| content::stamp_of(scheme, scene.delivery, body));
        let address = if scheme.covers_address() { scene.address() } else { None };
        let text = stamp.as_ref().map(|stamp| stamp.text.as_str());
        let layout = content::lay(scheme, scene.delivery, body, address.as_deref(), text);
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

    /// Judges the signature over this body.
    pub(super) fn over(&self, body: &[u8], note: Option<&Remark>) -> Judgement {
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
        note: Option<&Remark>,
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
                    let stamp = claim.stamp.as_ref().map(|stamp| stamp.text.as_str());
                    let written = grammar::value(self.scheme, stamp, expected.clone().into_iter());
                    let is_ours = claim.shown == written;
                    let compared = Some(Compared { received: claim.shown.clone(), expected });
                    let (verdict, remarks) = self.fresh(&Match { claim, item, secret: *secret }, note);
                    let (reason, codes) = told(remarks);
                    let judgement = Judgement { verdict, reason, codes, compared };
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
    fn fresh(&self, found: &Match<'_>, note: Option<&Remark>) -> (Verdict, Vec<Remark>) {
        let claim = found.claim;
        let mut notes = claim.digests[found.item].as_ref().map(|(_, notes)| notes.clone()).unwrap_or_default();
        notes.extend(note.cloned());
        notes.extend(key::remark(self.scheme, &self.secrets[found.secret].secret));
        notes.extend(self.beside(found));
        let place = self.scheme.timestamp.as_ref();
        let stamped = place.zip(claim.stamp.as_ref());
        let takes_any = stamped.is_some_and(|(stamp, text)| stamp.takes_any_text(text, self.scene.tolerance));
        let fault = match stamped.map(|(stamp, text)| (stamp, stamp.read_written(text))) {
            None if place.is_some_and(|place| place.is_judged(self.scene.tolerance)) => {
                let what = "valid, but without a timestamp to judge its age by";
                return (Verdict::Stale, vec![Remark::new("timestamp-missing", what)]);
            }
            None => None,
            // Where no age is documented, libraries sign the text as it came and read no time in it.
            Some((_, Err(reason))) if takes_any => {
                notes.push(reason);
                None
            }
            Some((_, Err(reason))) => return (Verdict::Invalid, vec![reason]),
            Some((stamp, Ok((at, unusual)))) => {
                notes.extend(unusual);
                stamp.fault(at, self.scene.now, self.scene.tolerance)
            }
        };
        match fault {
            None => (Verdict::Valid, notes),
            Some(fault) => {
                notes.insert(0, Remark::new("timestamp-age", format!("valid, but {fault}")));
                (Verdict::Stale, notes)
            }
        }
    }

    /// What a matching signature does not cover, and which one of several it is. None of it is a deviation.
    fn beside(&self, found: &Match<'_>) -> Vec<Remark> {
        let mut words = Vec::new();
        if !self.scheme.covers_body() {
            words.push("the body is not covered by it".to_string());
        }
        if found.claim.digests.len() > 1 {
            words.push(format!("signature {} of {} matches", found.item + 1, found.claim.digests.len()));
        }
        if self.secrets.len() > 1 {
            let (which, all) = (found.secret + 1, self.secrets.len());
            words.push(format!("with the secret of {}, {which} of {all}", self.secrets[found.secret].from));
        }
        words.into_iter().map(|words| Remark::new("", words)).collect()
    }

    fn refused(&self, expected: Option<String>) -> Judgement {
        let Some(claim) = self.claims.first() else { return verify::missing(self.scheme) };
        let compared = Some(Compared { received: claim.shown.clone(), expected });
        let fault = self.fault(claim);
        let (reason, codes) = told(vec![fault]);
        let judgement = Judgement { verdict: Verdict::Invalid, reason, codes, compared };
        self.concealed(judgement)
    }

    /// Why the signature is not right.
    fn fault(&self, claim: &Claim) -> Remark {
        if is_sent(self.scheme, self.secrets, &claim.shown) {
            return Remark::new("secret-sent", "the secret itself was sent in the digest's place");
        }
        if let Some(spaced) = spaced(claim) {
            return spaced;
        }
        if let Err(reason) = &claim.layout {
            return reason.clone();
        }
        if let (true, Some(error)) = (self.keys.is_empty(), &self.unusable) {
            return Remark::new("key-form", error.to_string());
        }
        if claim.digests.is_empty() && self.scheme.list.is_some() {
            return self.no_item(claim);
        }
        match claim.digests.as_slice() {
            [Err(reason)] => reason.clone(),
            [_, _, ..] => {
                Remark::new("digest-differs", format!("none of the {} signatures matches", claim.digests.len()))
            }
            _ if self.scheme.algorithm.is_asymmetric() => {
                Remark::new("digest-differs", "the signature does not verify with this key")
            }
            _ => Remark::new("digest-differs", "the digest does not match"),
        }
    }

    /// Says that the list has no item of the scheme's name, and which it has.
    fn no_item(&self, claim: &Claim) -> Remark {
        let Some(list) = &self.scheme.list else { return Remark::new("item-missing", "no signature is there") };
        let veil = veil(Some(self.scheme), self.secrets.iter().map(|named| &named.secret));
        let bare = |name: &String| String::from_utf8_lossy(&veil.items(name.as_bytes())).into_owned();
        let others = words::list(&claim.reading.others.iter().map(bare).collect::<Vec<_>>(), "and");
        let is_other_kind = |name: &String| list.ignore.contains(name);
        let kind = if claim.reading.others.iter().all(is_other_kind) { ", which is of another kind" } else { "" };
        let others = match others.as_str() {
            "" => String::new(),
            others => format!(", only {}{kind}", words::shorten(others, 80)),
        };
        Remark::new("item-missing", format!("no `{}` stands in the signature{others}", list.take))
    }
}

/// Says that white space hides an item that is needed: the libraries trim no names.
fn spaced(claim: &Claim) -> Option<Remark> {
    let is_needed = claim.digests.is_empty() || claim.layout.is_err();
    let name = claim.reading.spaced.first().filter(|_| is_needed)?;
    let what = format!("white space stands before or after `{name}`, so the libraries read another name");
    Some(Remark::new("list-space", what))
}

/// Returns the reason that remarks make, and the codes of those that have one.
fn told(remarks: Vec<Remark>) -> (String, Vec<&'static str>) {
    let (words, mut codes) = remark::split(remarks);
    codes.retain(|code| !code.is_empty());
    (words.join("; "), codes)
}
