//! Scheme + secret + delivery → a signed delivery; scheme + secrets + what came → a verdict.
//!
//! Nothing here reads a clock or knows a provider. Digests and tokens are compared by the
//! constant-time functions of the audited crates.

mod conditions;
mod content;
mod describe;
mod forms;
mod grammar;
mod hash;
mod key;
mod long;
mod remark;
mod repeated;
mod sign;
mod signer;
mod stamp;
#[cfg(test)]
mod tests;
mod trial;
mod veil;
mod verify;

pub use content::{Layout, Slot, address, as_requested, fields, target_of};
pub use describe::describe;
pub(crate) use forms::compact_form;
pub use forms::right_digests;
pub use hash::digest;
pub use key::{Generated, Key, KeyError, Pair, Use, generate};
pub use long::Long;
pub use remark::Remark;
pub use sign::{Ready, SignError, put, set, sign};
pub use signer::Signer;
pub use stamp::Tolerance;
pub use veil::{conceal, lookout, shown};
pub use verify::verify;

use jiff::Timestamp;

use crate::catalog::{Algorithm, Need, Scheme};
use crate::json::Body;
use crate::message::Delivery;
use crate::secret::{Named, Secret};
use trial::Claim;

/// Values of a signature header that are looked at.
const MOST: usize = 8;

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
    /// Stable codes of what the reason says: how an accepted signature deviates, or why it is refused.
    pub codes: Vec<&'static str>,
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
        Self { verdict, reason: reason.into(), codes: Vec::new(), compared: None }
    }

    /// Returns true if the reason is the whole explanation: a search for another body or secret would contradict it.
    pub fn explains_itself(&self) -> bool {
        const WHOLE: [&str; 4] = ["mode-not-meant", "body-digest", "repeated-header", "id-empty"];
        matches!(self.codes.as_slice(), [code] if WHOLE.contains(code)) || self.codes.contains(&"digest-right")
    }

    /// Adds a remark to the reason.
    #[must_use]
    pub(crate) fn with(mut self, remark: &Remark) -> Self {
        let gap = if self.reason.is_empty() { "" } else { "; " };
        self.reason = format!("{}{gap}{}", self.reason, remark.words);
        self.codes.push(remark.code);
        self
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
        self.url.map(str::to_string).or_else(|| address(self.delivery))
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
    let is_meant = scheme.is_chosen || conditions::is_meant(scheme, delivery);
    let has_item = |value: &Vec<u8>| !grammar::read(scheme, &String::from_utf8_lossy(value)).items.is_empty();
    is_meant && received(scheme, delivery).iter().any(has_item)
}

/// Returns true if the header of this mode came, whatever stands in it, and its conditions hold.
pub fn came(scheme: &Scheme, delivery: &Delivery) -> bool {
    conditions::is_meant(scheme, delivery) && !received(scheme, delivery).is_empty()
}

/// Returns true if what came could be a signature of this mode by its form.
pub fn fits(scheme: &Scheme, delivery: &Delivery) -> bool {
    let has_digest = |value: &Vec<u8>| !digests(scheme, &String::from_utf8_lossy(value)).is_empty();
    scheme.algorithm == Algorithm::Token || received(scheme, delivery).iter().any(has_digest)
}

/// Returns true if one of the secrets proves the delivery in this mode, whatever its age.
pub fn is_proved(scheme: &Scheme, secrets: &[Named], delivery: &Delivery) -> bool {
    let scene = Scene { delivery, url: None, now: Timestamp::UNIX_EPOCH, tolerance: Tolerance::Off };
    !secrets.is_empty() && verify(scheme, secrets, &scene).verdict == Verdict::Valid
}

/// What the scheme signs of a delivery that claims to be signed by it, with places for what a search alters.
pub fn layout(scheme: &Scheme, scene: &Scene<'_>) -> Result<Layout, String> {
    let body = Body::new(&scene.delivery.body);
    let value = received_in(scheme, scene.delivery, &body).into_iter().next().unwrap_or_default();
    Claim::of(scheme, scene, &body, &value).layout.map_err(|remark| remark.words)
}

/// Returns a delivery's timestamp as it is written, if the scheme can't read it.
pub fn unreadable_stamp(scheme: &Scheme, scene: &Scene<'_>) -> Option<String> {
    let body = Body::new(&scene.delivery.body);
    let value = received_in(scheme, scene.delivery, &body).into_iter().next().unwrap_or_default();
    let written = Claim::of(scheme, scene, &body, &value).stamp?;
    let is_read = scheme.timestamp.as_ref()?.read_written(&written).is_ok();
    (!is_read).then_some(written.text)
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
