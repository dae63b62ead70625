//! When a provider sends a delivery again that was not accepted, as far as it says so.

use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

use super::describe::Statuses;
use crate::moment;

/// The most retries of a delivery.
pub const MOST_RETRIES: usize = 10_000;

/// A provider's retries. What its page leaves open is left out here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retries {
    /// Pauses of a known length, in order, each from the attempt before.
    pub after: Vec<Pause>,
    /// After these, pauses that grow by steps which are not told: until so long after the first attempt.
    pub growing: Option<Pause>,
    /// After these, one attempt every so often.
    pub every: Option<Pause>,
    /// Nothing goes out later than so long after the first attempt.
    pub within: Option<Pause>,
    /// Nothing goes out more often than so many times after the first.
    pub times: Option<usize>,
    /// The statuses that lead to a retry; every one that is no success where nothing is said. Silence always does.
    pub on: Option<Vec<Statuses>>,
    /// Statuses after which it is given up.
    pub ends: Vec<Statuses>,
    /// Headers of an answer, and the values that they have, after which it is given up.
    pub stop: IndexMap<String, String>,
    /// Whether `Retry-After` is documented to count.
    pub retry_after: bool,
    /// Headers that tell the receiver of a retry.
    pub header: IndexMap<String, RetryHeader>,
    /// What happens to the webhook after the last one.
    pub then: Option<String>,
}

impl Retries {
    /// Why it can't be followed.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.times.is_some_and(|times| times > MOST_RETRIES) || self.after.len() > MOST_RETRIES {
            return Some("tries again too often; expected 10000 times at most");
        }
        let has_pauses = !self.after.is_empty() || self.growing.is_some() || self.every.is_some();
        if !has_pauses && self.times.is_none() {
            return Some("has no pauses; expected after, growing, every or times");
        }
        if self.every.is_some_and(|Pause(pause)| pause.is_zero()) {
            return Some("tries again without a pause; expected every = \"24h\" or so");
        }
        if self.every.is_some() && self.within.is_none() && self.times.is_none() {
            return Some("never ends; expected within or times");
        }
        None
    }
}

/// A header of a retry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum RetryHeader {
    /// How many retries there were, this one too.
    Number,
    /// Why the attempt before counts as failed, in the provider's words.
    Reason(Reasons),
}

/// A provider's words for a failed attempt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// No answer came in time.
    pub timeout: String,
    /// The receiver was not reached.
    pub connection: String,
    /// The status was no success.
    pub status: String,
}

/// A length of time as a description writes it: `5s`, `1m`, `24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pause(pub Duration);

impl TryFrom<String> for Pause {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match moment::duration(&text)? {
            pause if pause > Duration::from_secs(31_536_000) => Err(format!("`{text}` is longer than a year")),
            pause => Ok(Self(pause)),
        }
    }
}
