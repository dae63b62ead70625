//! Whether a delivery that was not accepted goes out again, and when: as its provider does it, or as the user says.
//!
//! Nothing is sent and no clock is read here; the pauses are those of the provider, however fast they are played.

mod pauses;

use std::time::Duration;

use crate::catalog::{Reasons, Retries, RetryHeader, Statuses};
use crate::message::Headers;
use pauses::{DOUBLE, pauses};

pub use pauses::{FIRST_PAUSE, LONGEST};

/// When a delivery goes out again.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// From each attempt to the next, in order.
    pauses: Vec<Duration>,
    on: Option<Vec<Statuses>>,
    ends: Vec<Statuses>,
    /// Whether a receiver may ask for a longer pause.
    heeds_retry_after: bool,
    headers: Vec<(String, RetryHeader)>,
    /// Headers of an answer, and their values, by which a receiver wants no more.
    stops: Vec<(String, String)>,
    /// What the provider does after the last one.
    then: Option<String>,
    /// How much longer than the one before a pause is whose length is ours.
    growth: Option<f64>,
}

/// What came of an attempt that was no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An answer with this status, and for how long it asks to wait.
    Status(u16, Option<Duration>),
    /// None in time.
    Silence,
    /// Nobody was reached.
    Unreached,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another attempt, after this pause.
    Again {
        /// How long after the one before.
        after: Duration,
        /// What the user should know of the receiver's `Retry-After`.
        heeded: Option<&'static str>,
    },
    /// No other, and why.
    Over(String),
}

impl Schedule {
    /// The user's own pauses. A receiver may ask for longer ones.
    pub fn own(pauses: Vec<Duration>) -> Self {
        Self {
            pauses,
            on: None,
            ends: Vec::new(),
            heeds_retry_after: true,
            headers: Vec::new(),
            stops: Vec::new(),
            then: None,
            growth: None,
        }
    }

    /// A provider's.
    pub fn documented(retries: &Retries) -> Self {
        let (pauses, growth) = pauses(retries);
        Self {
            pauses,
            on: retries.on.clone(),
            ends: retries.ends.clone(),
            heeds_retry_after: retries.retry_after,
            headers: retries.header.iter().map(|(name, header)| (name.clone(), header.clone())).collect(),
            stops: retries.stop.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            then: retries.then.clone(),
            growth,
        }
    }

    /// How often it goes out again at most.
    pub fn len(&self) -> usize {
        self.pauses.len()
    }

    /// Whether it never does.
    pub fn is_empty(&self) -> bool {
        self.pauses.is_empty()
    }

    /// From the first attempt to the last.
    pub fn length(&self) -> Duration {
        self.pauses.iter().sum()
    }

    /// What is to say of lengths that are ours, because the provider tells none.
    pub fn own_lengths(&self) -> Option<&'static str> {
        self.growth.map(|growth| if growth < DOUBLE { "grow" } else { "double" })
    }

    /// The header by which an answer asks for no more attempts, where the provider heeds it.
    pub fn stopped_by(&self, answer: &Headers) -> Option<String> {
        let (name, value) = self.stops.iter().find(|(name, value)| answer.text(name).is_some_and(|is| is == *value))?;
        Some(format!("{name}: {value} ends it"))
    }

    /// What follows a failed attempt, after so many retries.
    pub fn next(&self, retries: usize, failure: Failure) -> Next {
        if let Failure::Status(status, _) = failure {
            if self.ends.iter().any(|ends| ends.holds(status)) {
                return Next::Over(format!("{status} ends it{}", self.what_then()));
            }
            if self.on.as_ref().is_some_and(|on| !on.iter().any(|on| on.holds(status))) {
                return Next::Over(format!("{status} is not tried again"));
            }
        }
        let Some(pause) = self.pauses.get(retries) else {
            return Next::Over(format!("that was the last attempt{}", self.what_then()));
        };
        match failure {
            Failure::Status(_, Some(asked)) if !self.heeds_retry_after => Next::Again {
                after: *pause,
                heeded: (asked > *pause).then_some("the provider documents no Retry-After, so it is passed by"),
            },
            Failure::Status(_, Some(asked)) if asked > LONGEST => Next::Again {
                after: *pause,
                heeded: Some("its Retry-After asks for more than a year, so it is passed by"),
            },
            Failure::Status(_, Some(asked)) if asked > *pause => {
                Next::Again { after: asked, heeded: Some("as its Retry-After asks") }
            }
            _ => Next::Again { after: *pause, heeded: None },
        }
    }

    /// The headers of a retry that follows this failure.
    pub fn headers(&self, number: usize, failure: Failure) -> Vec<(&str, String)> {
        let text = |header: &RetryHeader| match header {
            RetryHeader::Number => number.to_string(),
            RetryHeader::Reason(words) => reason(words, failure).to_string(),
        };
        self.headers.iter().map(|(name, header)| (name.as_str(), text(header))).collect()
    }

    fn what_then(&self) -> String {
        self.then.as_ref().map(|then| format!("; {then}")).unwrap_or_default()
    }
}

fn reason(words: &Reasons, failure: Failure) -> &str {
    match failure {
        Failure::Status(..) => &words.status,
        Failure::Silence => &words.timeout,
        Failure::Unreached => &words.connection,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Failure, Next, Schedule};
    use crate::catalog::Retries;
    use crate::message::Headers;

    fn schedule(toml: &str) -> Schedule {
        Schedule::documented(&toml::from_str::<Retries>(toml).expect(toml))
    }

    #[test]
    fn a_header_of_the_answer_ends_it_where_the_provider_heeds_it() {
        let headers = |value: &str| {
            let mut headers = Headers::default();
            headers.push("x-no-more", value);
            headers
        };
        let heeding = schedule("after = ['1m']\nstop = { X-No-More = '1' }");
        assert_eq!(heeding.stopped_by(&headers("1")).as_deref(), Some("X-No-More: 1 ends it"));
        assert_eq!(heeding.stopped_by(&headers("0")), None);
        assert_eq!(schedule("after = ['1m']").stopped_by(&headers("1")), None);
    }

    #[test]
    fn a_status_decides_whether_it_goes_out_again() {
        let schedule =
            schedule("after = ['1m']\non = ['5xx', '410']\nends = ['410']\nthen = 'the webhook is disabled'");
        let over = |text: &str| Next::Over(text.to_string());
        let again = Next::Again { after: Duration::from_secs(60), heeded: None };
        assert_eq!(schedule.next(0, Failure::Status(500, None)), again);
        assert_eq!(schedule.next(0, Failure::Silence), again);
        assert_eq!(schedule.next(0, Failure::Status(404, None)), over("404 is not tried again"));
        assert_eq!(schedule.next(0, Failure::Status(410, None)), over("410 ends it; the webhook is disabled"));
        let last = over("that was the last attempt; the webhook is disabled");
        assert_eq!(schedule.next(1, Failure::Status(500, None)), last);
    }

    #[test]
    fn retry_after_counts_where_it_is_documented_and_asks_for_more() {
        let asked =
            |schedule: &Schedule, seconds| schedule.next(0, Failure::Status(503, Some(Duration::from_secs(seconds))));
        let after = |seconds, heeded| Next::Again { after: Duration::from_secs(seconds), heeded };
        let own = Schedule::own(vec![Duration::from_secs(5)]);
        assert_eq!(asked(&own, 9), after(9, Some("as its Retry-After asks")));
        assert_eq!(asked(&own, 2), after(5, None));
        let for_ever = "its Retry-After asks for more than a year, so it is passed by";
        assert_eq!(asked(&own, u64::MAX), after(5, Some(for_ever)));
        assert_eq!(
            asked(&schedule("after = ['5s']\nretry_after = true"), 9),
            after(9, Some("as its Retry-After asks"))
        );
        let passed_by = "the provider documents no Retry-After, so it is passed by";
        assert_eq!(asked(&schedule("after = ['5s']"), 9), after(5, Some(passed_by)));
    }

    #[test]
    fn headers_tell_of_a_retry_in_the_providers_words() {
        let schedule = schedule(
            "after = ['1m']\n[header]\nX-Num = 'number'\n[header.X-Reason]\nreason = { timeout = 't', connection = 'c', status = 's' }",
        );
        let check = |failure, word: &str| {
            assert_eq!(schedule.headers(2, failure), [("X-Num", "2".to_string()), ("X-Reason", word.to_string())]);
        };
        check(Failure::Status(500, None), "s");
        check(Failure::Silence, "t");
        check(Failure::Unreached, "c");
    }
}
