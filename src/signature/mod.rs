//! Scheme + secret + delivery → a signed delivery; scheme + secrets + what came → a verdict.
//!
//! Nothing here reads a clock or knows a provider. Digests and tokens are compared by the
//! constant-time functions of the audited crates.

mod content;
mod describe;
mod grammar;
mod hash;
mod key;
mod long;
mod sign;
mod signer;
mod stamp;

pub use content::{Layout, Slot, address, as_requested, fields, target_of};
pub use describe::describe;
pub use hash::digest;
pub use key::{Generated, Key, KeyError, Pair, Use, generate};
pub use long::Long;
pub use sign::{Ready, SignError, put, set, sign};
pub use signer::Signer;
pub use stamp::Tolerance;

use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::catalog::{Algorithm, Alternative, Need, Scheme};
use crate::json::{self, Body};
use crate::message::{Delivery, Headers};
use crate::secret::{Keyring, Lookout, Named, Secret, Veil, redacted_token};
use crate::words;
use grammar::Reading;

/// Values of a signature header that are looked at.
const MOST: usize = 8;

/// Signatures of key pairs that are verified of one delivery.
const CHECKS: usize = 8;

/// What a delivery's signature proves. Only [`Verdict::Valid`] counts as verified, anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is right.
    Valid,
    /// It is right, and its timestamp is too old or too early.
    Stale,
    /// It is wrong.
    Invalid,
    /// A secret is given and no signature came.
    Missing,
    /// No secret is given for this provider.
    Unchecked,
    /// The provider documents no signature.
    Unsigned,
    /// No provider was recognised.
    Unknown,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 7] =
        [Self::Valid, Self::Stale, Self::Invalid, Self::Missing, Self::Unchecked, Self::Unsigned, Self::Unknown];

    /// The name in reports and machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Stale => "stale",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Unchecked => "unchecked",
            Self::Unsigned => "unsigned",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence fragment.
    pub reason: String,
    /// The two digests; nothing for tokens, which are secrets themselves.
    pub compared: Option<Compared>,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// As it came.
    pub received: String,
    /// As it should be; nothing where only the private key can tell.
    pub expected: Option<String>,
}

impl Judgement {
    /// A verdict for which nothing was computed.
    pub fn of(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: reason.into(), compared: None }
    }
}

/// A delivery to judge, with what does not stand in it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What came.
    pub delivery: &'a Delivery,
    /// The address that the sender used, where it is known better than the delivery tells.
    pub url: Option<&'a str>,
    /// The time to judge by.
    pub now: Timestamp,
    /// How old or early a timestamp may be.
    pub tolerance: Tolerance,
}

impl Scene<'_> {
    /// The address to judge by.
    fn address(&self) -> Option<String> {
        self.url.map(as_requested).or_else(|| address(self.delivery))
    }
}

/// The values in which the scheme's signature stands.
pub fn received(scheme: &Scheme, delivery: &Delivery) -> Vec<Vec<u8>> {
    received_in(scheme, delivery, &Body::new(&delivery.body))
}

fn received_in(scheme: &Scheme, delivery: &Delivery, body: &Body<'_>) -> Vec<Vec<u8>> {
    if let Some(path) = &scheme.body {
        return body.scalar_at(path).map(String::into_bytes).into_iter().collect();
    }
    let values =
        |name: &'_ String| -> Vec<Vec<u8>> { delivery.headers.all(name).take(MOST).map(<[u8]>::to_vec).collect() };
    scheme.header.0.iter().map(values).find(|values| !values.is_empty()).unwrap_or_default()
}

/// Whether a delivery is signed in this mode.
pub fn is_there(scheme: &Scheme, delivery: &Delivery) -> bool {
    let is_meant = scheme.when.as_ref().is_none_or(|when| delivery.headers.text(&when.header) == Some(&when.is));
    let has_item = |value: &Vec<u8>| !grammar::read(scheme, &String::from_utf8_lossy(value)).items.is_empty();
    is_meant && received(scheme, delivery).iter().any(has_item)
}

/// What the scheme signs of a delivery that claims to be signed by it, with places for what a search alters.
pub fn layout(scheme: &Scheme, scene: &Scene<'_>) -> Result<Layout, String> {
    let body = Body::new(&scene.delivery.body);
    let value = received_in(scheme, scene.delivery, &body).into_iter().next().unwrap_or_default();
    Claim::of(scheme, scene, &body, &value).layout
}

/// The digest that a delivery should have, written as the scheme writes it. The error says what is not there.
pub fn expected(scheme: &Scheme, secret: &Secret, scene: &Scene<'_>) -> Result<String, String> {
    let key = Key::read(scheme, secret, Use::Verify).map_err(|error| error.to_string())?;
    let layout = layout(scheme, scene)?;
    let form = if layout.has(&Slot::Form) { fields(&scene.delivery.body) } else { Vec::new() };
    let parts = layout.parts(&scene.delivery.body, &form, key.bytes());
    Ok(grammar::item(scheme, &hash::digest(scheme.algorithm, key.bytes(), &parts)))
}

/// The signatures in a value as bytes, where they are written as the scheme says.
pub fn digests(scheme: &Scheme, value: &str) -> Vec<Vec<u8>> {
    let items = grammar::read(scheme, value).items;
    items.iter().filter_map(|item| grammar::digest(scheme, item).ok()).map(|(digest, _)| digest).collect()
}

/// A digest's text, without what stands around it.
pub fn encoded(scheme: &Scheme, digest: &[u8]) -> String {
    grammar::encoded(scheme, digest)
}

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
    for (other, note) in trial.other_forms() {
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
struct Claim {
    shown: String,
    reading: Reading,
    stamp: Option<String>,
    /// The digests of its items, or what is wrong with each.
    digests: Vec<ReadDigest>,
    layout: Result<Layout, String>,
}

impl Claim {
    fn of(scheme: &Scheme, scene: &Scene<'_>, body: &Body<'_>, value: &[u8]) -> Self {
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
struct Trial<'a> {
    scheme: &'a Scheme,
    scene: Scene<'a>,
    secrets: &'a [Named],
    keys: Vec<(usize, Key)>,
    unusable: Option<KeyError>,
    claims: Vec<Claim>,
}

/// Which signature matched, and with which key.
struct Match<'a> {
    claim: &'a Claim,
    item: usize,
    secret: usize,
}

impl<'a> Trial<'a> {
    fn new(scheme: &'a Scheme, secrets: &'a [Named], scene: &Scene<'a>, body: &Body<'_>, values: &[Vec<u8>]) -> Self {
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
    fn judge(
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
                    let compared = Some(Compared { received: claim.shown.clone(), expected });
                    let (verdict, reason) = self.fresh(&Match { claim, item, secret: *secret }, note);
                    let judgement = Judgement { verdict, reason, compared };
                    // What stands there as we write it ourselves holds nothing of the sender's.
                    let is_ours = claim.shown == grammar::write(self.scheme, claim.stamp.as_deref(), &[computed]);
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
            let bare = |name: &String| String::from_utf8_lossy(&veil.over(name.as_bytes())).into_owned();
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

    fn other_forms(&self) -> Vec<(Form, &'static str)> {
        let (scheme, body) = (self.scheme, &self.scene.delivery.body);
        let mut forms = Vec::new();
        if let Some(compact) = compact_form(scheme, body) {
            forms.push((Form::Body(compact.into_bytes()), "over the body without white space between its tokens"));
        }
        if let Some(escaped) = content::escaped(body).filter(|_| scheme.accept.contains(&Alternative::EscapedBody)) {
            forms.push((Form::Body(escaped), "over the body with \\uXXXX for all that is not ASCII"));
        }
        if scheme.accept.contains(&Alternative::DecodedUrl)
            && let Some(url) = self.scene.address()
        {
            let decoded = content::decoded_url(&url);
            if decoded != url {
                forms.push((Form::Url(decoded), "over the address with its %XX written plainly"));
            }
        }
        forms
    }
}

/// What hides the secrets in a value of this scheme: each as it is, without its beginning, and as the key it holds.
fn veil<'a>(scheme: Option<&Scheme>, secrets: impl IntoIterator<Item = &'a Secret>) -> Veil {
    let mut all: Vec<Secret> = Vec::new();
    for secret in secrets {
        all.push(secret.clone());
        all.extend(secret.without(scheme.map_or(&[], |scheme| &scheme.key.strip)));
        if let Some(scheme) = scheme {
            let key = Key::read(scheme, secret, Use::Verify).ok();
            all.extend(key.and_then(|key| Secret::new(key.bytes()).ok()));
        }
    }
    let list = scheme.and_then(|scheme| scheme.list.as_ref());
    let own = list.map_or(["", ""], |list| [&list.separator, &list.pair]);
    let prefix = scheme.map_or("", |scheme| &scheme.prefix);
    Veil::new(&all, &[own[0], ",", ";", " ", "\"", own[1], prefix, "=", ":"])
}

/// A judgement without the secrets that the sender may have put into what it sent.
pub fn conceal<'a>(judgement: Judgement, scheme: &Scheme, secrets: impl IntoIterator<Item = &'a Secret>) -> Judgement {
    let veil = veil(Some(scheme), secrets);
    let over = |text: String| String::from_utf8_lossy(&veil.over(text.as_bytes())).into_owned();
    let compared = judgement.compared.map(|compared| Compared { received: over(compared.received), ..compared });
    Judgement { reason: veil.over_sentence(&judgement.reason), compared, ..judgement }
}

/// Whether a secret stands where a digest should.
fn is_sent(scheme: &Scheme, secrets: &[Named], received: &str) -> bool {
    let veil = veil(Some(scheme), secrets.iter().map(|named| &named.secret));
    let bare = |item: &String| item.strip_prefix(scheme.prefix.as_str()).unwrap_or(item).as_bytes().to_vec();
    veil.hides(received.as_bytes()) || grammar::read(scheme, received).items.iter().any(|item| veil.hides(&bare(item)))
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

/// The headers as they may be shown: a token, and any value that is a secret at hand or holds one, stand redacted.
pub fn shown(headers: &Headers, scheme: Option<&Scheme>, keyring: &Keyring) -> Headers {
    let mut shown = headers.clone();
    let token = scheme.filter(|scheme| scheme.algorithm == Algorithm::Token);
    let veil = veil(scheme, keyring.all());
    for header in &mut shown.0 {
        let is_token = token.is_some_and(|scheme| scheme.reads(&header.name));
        let bare = scheme.and_then(|scheme| header.value.strip_prefix(scheme.prefix.as_bytes()));
        header.value = if is_token || veil.hides(&header.value) || bare.is_some_and(|bare| veil.hides(bare)) {
            redacted_token(&header.value).into_bytes()
        } else {
            veil.over(&header.value)
        };
    }
    shown
}

/// What sees quickly whether [`shown`] would take a secret out, whichever of the schemes is meant.
pub fn lookout<'a>(schemes: impl IntoIterator<Item = &'a Scheme>, keyring: &Keyring) -> Lookout {
    let any = std::iter::once(None).chain(schemes.into_iter().map(Some));
    Lookout::new(any.map(|scheme| veil(scheme, keyring.all())))
}

#[cfg(test)]
mod tests {
    use super::{Judgement, Scene, Tolerance, Verdict, verify};
    use crate::catalog::{Catalog, Provider};
    use crate::message::{Delivery, Headers};
    use crate::secret::{Named, Secret};

    fn named(secret: &str) -> Vec<Named> {
        vec![Named { from: "TEST".to_string(), secret: Secret::new(secret).unwrap() }]
    }

    fn judge(provider: &Provider, mode: &str, secret: &str, headers: &[(&str, &str)], body: &str) -> Judgement {
        let scheme = provider.description.signature.iter().find(|scheme| scheme.mode == mode).unwrap();
        let mut delivery = Delivery {
            method: "POST".to_string(),
            target: "https://hooks.example/hook".to_string(),
            headers: Headers::default(),
            body: body.as_bytes().to_vec(),
        };
        for (name, value) in headers {
            delivery.headers.push(*name, *value);
        }
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        verify(scheme, &named(secret), &Scene { delivery: &delivery, url: None, now, tolerance: Tolerance::Off })
    }

    /// Every answer that a provider or its library published holds, and not for another body.
    #[test]
    fn published_vectors_hold() {
        let catalog = Catalog::built_in().unwrap();
        let mut proved = 0;
        for provider in &catalog.providers {
            for vector in &provider.description.vector {
                let scheme = provider.description.signature.iter().find(|scheme| scheme.mode == vector.mode).unwrap();
                let mut delivery = Delivery {
                    method: vector.method.clone(),
                    target: vector.url.clone().unwrap_or_default(),
                    headers: Headers::default(),
                    body: vector.body.as_bytes().to_vec(),
                };
                for (name, value) in &vector.headers {
                    delivery.headers.push(name, value.as_str());
                }
                let now = "2026-06-01T12:00:00Z".parse().unwrap();
                let verdict = |delivery: &Delivery, secret: &str| {
                    let scene = Scene { delivery, url: vector.url.as_deref(), now, tolerance: Tolerance::Off };
                    verify(scheme, &named(secret), &scene)
                };
                let judgement = verdict(&delivery, &vector.secret);
                assert_eq!(judgement.verdict, Verdict::Valid, "{} {}: {judgement:?}", provider.id, vector.source);
                proved += 1;
                if scheme.covers_body() {
                    delivery.body.push(b'x');
                    assert_eq!(verdict(&delivery, &vector.secret).verdict, Verdict::Invalid, "{}", provider.id);
                }
                if !scheme.algorithm.is_asymmetric() {
                    let other = verdict(&delivery, "b3RoZXIgc2VjcmV0IG9mIG91cnM=");
                    assert_eq!(other.verdict, Verdict::Invalid, "{}", provider.id);
                }
            }
        }
        assert!(proved >= 15, "only {proved} were there");
    }

    const DIGEST: &str = "485090136a167ff6d70bbba47cd5d54c2774799a9447c70a3cb6bb3bff804bca";
    const BODY: &str = r#"{"test":"test"}"#;

    fn acme(scheme: &str) -> Provider {
        let text = format!(
            "name = 'Acme'\nsummary = ''\npage = ''\nchecked = ''\n[[signature]]\nmode = 'hmac'\n\
             algorithm = 'hmac-sha256'\nheader = 'X-Signature'\nencoding = 'hex'\nsecret = 'required'\n{scheme}"
        );
        let files = std::iter::once(("provider.toml".to_string(), text)).collect();
        Provider::load(crate::catalog::Folder { id: "acme".into(), shown: "acme".into(), files }).unwrap()
    }

    fn verdict(scheme: &str, value: &str, body: &str) -> Verdict {
        judge(&acme(scheme), "hmac", "abcd", &[("x-signature", value)], body).verdict
    }

    /// <https://docs.superleap.com/webhooks/security>: the sample prints bare digits.
    #[test]
    fn superleap_published_vector() {
        let accepting = "prefix = 'sha256='\naccept = ['no-prefix', 'compact-body']";
        assert_eq!(verdict(accepting, DIGEST, BODY), Verdict::Valid);
        assert_eq!(verdict(accepting, DIGEST, "{ \"test\": \"test\" }\n"), Verdict::Valid);
        assert_eq!(verdict("prefix = 'sha256='", DIGEST, BODY), Verdict::Invalid);
    }

    #[test]
    fn other_writings_are_accepted_only_where_the_scheme_says_so() {
        let upper = DIGEST.to_uppercase();
        assert_eq!(verdict("accept = ['upper-case']", &upper, BODY), Verdict::Valid);
        for broken in ["", "abc", &DIGEST[1..], "zz", &format!("{DIGEST}00"), "é", &upper] {
            assert_eq!(verdict("", broken, BODY), Verdict::Invalid, "{broken}");
        }
    }

    #[test]
    fn any_item_of_a_list_may_match_and_junk_around_it_does_no_harm() {
        let list = "list = { separator = ',', pair = '=', take = 'v1', ignore = ['v0'] }";
        let said = |value: &str| judge(&acme(list), "hmac", "abcd", &[("x-signature", value)], BODY);
        assert_eq!(said(&format!("v1={DIGEST}")).verdict, Verdict::Valid);
        let second = said(&format!("t=1, v1=dummy,,junk,v1={DIGEST}"));
        assert_eq!((second.verdict, second.reason.as_str()), (Verdict::Valid, "signature 2 of 2 matches"));
        let other = said(&format!("v0={DIGEST}"));
        assert_eq!(
            (other.verdict, other.reason.as_str()),
            (Verdict::Invalid, "no `v1` stands in the signature, only v0, which is of another kind")
        );
        assert_eq!(said(DIGEST).verdict, Verdict::Invalid, "a bare digest is no list");
        assert_eq!(said(&"v1=ab,".repeat(10_000)).verdict, Verdict::Invalid);
    }

    #[test]
    fn each_of_several_secrets_is_tried_and_named() {
        let provider = acme("");
        let scheme = &provider.description.signature[0];
        let mut delivery = Delivery {
            method: "POST".into(),
            target: "/".into(),
            headers: Headers::default(),
            body: BODY.as_bytes().to_vec(),
        };
        delivery.headers.push("X-Signature", DIGEST);
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let scene = Scene { delivery: &delivery, url: None, now, tolerance: Tolerance::Documented };
        let secret = |from: &str, text: &str| Named { from: from.to_string(), secret: Secret::new(text).unwrap() };
        let both = [secret("NEW", "efgh"), secret("OLD", "abcd")];
        let judgement = verify(scheme, &both, &scene);
        assert_eq!((judgement.verdict, judgement.reason.as_str()), (Verdict::Valid, "with the secret of OLD, 2 of 2"));
    }
}
