//! Whether a delivery that was not accepted goes out again, and when: as its provider does it, or as the user says.
//!
//! Nothing is sent and no clock is read here; the pauses are those of the provider, however fast they are played.

use std::time::Duration;

use crate::catalog::{Reasons, Retries, RetryHeader, Statuses};

/// The first of the pauses that grow, where a provider doesn't tell their lengths. Each is twice the one before.
pub const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// A schedule that would never end ends after so many.
const MOST: usize = 10_000;

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
    /// What the provider does after the last one.
    then: Option<String>,
    /// Whether some of the lengths are ours.
    has_own_lengths: bool,
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
            then: None,
            has_own_lengths: false,
        }
    }

    /// A provider's.
    pub fn documented(retries: &Retries) -> Self {
        Self {
            pauses: pauses(retries),
            on: retries.on.clone(),
            ends: retries.ends.clone(),
            heeds_retry_after: retries.retry_after,
            headers: retries.header.iter().map(|(name, header)| (name.clone(), header.clone())).collect(),
            then: retries.then.clone(),
            has_own_lengths: retries.growing.is_some() || grows_without_end(retries),
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

    /// Whether some lengths are ours, because the provider tells none.
    pub fn has_own_lengths(&self) -> bool {
        self.has_own_lengths
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

/// A number of retries and nothing else says that the pauses between them are left open.
fn grows_without_end(retries: &Retries) -> bool {
    retries.growing.is_none()
        && retries.every.is_none()
        && retries.times.is_some_and(|times| times > retries.after.len())
}

/// The pauses, as far as they are told; the lengths of others begin with [`FIRST_PAUSE`] and double.
fn pauses(retries: &Retries) -> Vec<Duration> {
    let within = retries.within.map_or(Duration::MAX, |pause| pause.0);
    let most = retries.times.unwrap_or(MOST).min(MOST);
    let mut line = Line { pauses: Vec::new(), at: Duration::ZERO };
    for pause in &retries.after {
        line.push(pause.0);
    }
    let growing = retries.growing.map(|pause| pause.0).or(grows_without_end(retries).then_some(within));
    if let Some(end) = growing {
        line.grow(end.min(within), most);
    }
    if let Some(every) = retries.every {
        while line.pauses.len() < most && line.at + every.0 <= within {
            line.push(every.0);
        }
    }
    line.pauses.truncate(most);
    line.pauses
}

struct Line {
    pauses: Vec<Duration>,
    /// The time of the last one after the first attempt.
    at: Duration,
}

impl Line {
    fn push(&mut self, pause: Duration) {
        self.pauses.push(pause);
        self.at += pause;
    }

    /// The last of the growing pauses ends with the time that they grow for.
    fn grow(&mut self, end: Duration, most: usize) {
        let mut pause = FIRST_PAUSE;
        while self.at < end && self.pauses.len() < most {
            self.push(pause.min(end.saturating_sub(self.at)));
            pause = pause.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Failure, Next, Schedule};
    use crate::catalog::Retries;

    fn schedule(toml: &str) -> Schedule {
        Schedule::documented(&toml::from_str::<Retries>(toml).expect(toml))
    }

    fn minutes(schedule: &Schedule) -> Vec<u64> {
        schedule.pauses.iter().map(|pause| pause.as_secs() / 60).collect()
    }

    #[test]
    fn documented_pauses_are_kept_and_others_grow_to_the_documented_end() {
        assert_eq!(minutes(&schedule("after = ['1m', '1h', '6h']")), [1, 60, 360]);
        let day_then_daily = schedule("growing = '24h'\nevery = '24h'\nwithin = '72h'");
        assert_eq!(minutes(&day_then_daily), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 417, 1440, 1440]);
        assert_eq!(day_then_daily.length(), Duration::from_secs(72 * 3600));
        assert!(day_then_daily.has_own_lengths());
        assert_eq!(minutes(&schedule("times = 4")), [1, 2, 4, 8]);
        assert_eq!(minutes(&schedule("times = 8\nwithin = '10m'")), [1, 2, 4, 3]);
        assert_eq!(minutes(&schedule("after = ['0s']\ngrowing = '5m'")), [0, 1, 2, 2]);
        assert!(schedule("times = 0").is_empty());
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
