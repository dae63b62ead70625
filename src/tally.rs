//! What came of a load of deliveries, counted in constant memory.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::transport::SendError;

/// The longest time that is told apart, in microseconds.
const LONGEST: u64 = 3_600_000_000;
/// Causes that are told apart; a receiver could make up thousands.
const CAUSES: usize = 20;
/// What the causes beyond that are called.
const OTHERS: &str = "for other reasons";

/// What came of the deliveries so far.
#[derive(Clone, Debug)]
pub struct Tally {
    accepted: u64,
    refused: u64,
    again: u64,
    statuses: BTreeMap<u16, Status>,
    failures: Vec<Failure>,
    /// At most as many as the table of refusals has.
    before_handler: Vec<BeforeHandler>,
    micros: Histogram<u64>,
}

/// The answers of one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// How many there were.
    pub count: u64,
    /// How many of them the provider would call a success.
    pub accepted: u64,
    /// The first part of the first answer that was none.
    pub example: Vec<u8>,
}

/// Deliveries that have no answer, all for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind: `unreachable`, `timed-out`, `dropped`.
    pub kind: &'static str,
    /// Why, in words.
    pub cause: String,
    /// How many there were.
    pub count: u64,
}

/// Answers that something in front of the handler gave, all of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeforeHandler {
    /// Who answered.
    pub refusal: &'static Refusal,
    /// True if the provider would call them a success.
    pub is_success: bool,
    /// How many there were.
    pub count: u64,
}

/// One row of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Times up to here are counted in it, and above the row before.
    pub to: Duration,
    /// How many there were.
    pub count: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            accepted: 0,
            refused: 0,
            again: 0,
            statuses: BTreeMap::new(),
            failures: Vec::new(),
            before_handler: Vec::new(),
            micros: three_digits(),
        }
    }
}

/// Exact to three digits, from a microsecond on.
fn three_digits() -> Histogram<u64> {
    // These bounds are right, and so are any others that the crate takes.
    Histogram::new_with_bounds(1, LONGEST, 3).unwrap_or_else(|_| unreachable!("the bounds are constants"))
}

impl Tally {
    /// Counts an answer.
    pub fn answered(&mut self, status: u16, is_success: bool, first: &[u8], latency: Duration) {
        let known = self.statuses.entry(status).or_insert(Status { count: 0, accepted: 0, example: Vec::new() });
        known.count += 1;
        if is_success {
            known.accepted += 1;
            self.accepted += 1;
        } else {
            if known.example.is_empty() {
                known.example = first.to_vec();
            }
            self.refused += 1;
        }
        self.micros.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(LONGEST).max(1));
    }

    /// Counts an answer as one that something in front of the handler gave.
    pub fn refused_before_handler(&mut self, refusal: &'static Refusal, is_success: bool) {
        let is_it = |known: &&mut BeforeHandler| known.is_success == is_success && known.refusal == refusal;
        match self.before_handler.iter_mut().find(is_it) {
            Some(known) => known.count += 1,
            None => self.before_handler.push(BeforeHandler { refusal, is_success, count: 1 }),
        }
    }

    /// Counts a delivery that has no answer.
    pub fn failed(&mut self, error: &SendError) {
        let kind = kind(error);
        let mut cause = error.to_string();
        let is_known = |failures: &[Failure], cause: &str| {
            failures.iter().position(|failure| (failure.kind, failure.cause.as_str()) == (kind, cause))
        };
        if is_known(&self.failures, &cause).is_none() && self.failures.len() >= CAUSES {
            cause = OTHERS.to_string();
        }
        match is_known(&self.failures, &cause) {
            Some(place) => self.failures[place].count += 1,
            None => self.failures.push(Failure { kind, cause, count: 1 }),
        }
    }

    /// Counts one that went out twice, because the receiver closed the kept connection without an answer.
    pub fn sent_again(&mut self) {
        self.again += 1;
    }

    /// Takes out of the answers that are kept what may not be shown.
    pub fn redact(&mut self, redacted: impl Fn(&[u8]) -> Vec<u8>) {
        for status in self.statuses.values_mut() {
            status.example = redacted(&status.example);
        }
    }

    /// How many of them the provider would call a success.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// How many were answered otherwise.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// How many went out twice.
    pub fn again(&self) -> u64 {
        self.again
    }

    /// How many have no answer, of one kind or of any.
    pub fn unanswered(&self, kind: Option<&str>) -> u64 {
        let wanted = self.failures.iter().filter(|failure| kind.is_none_or(|kind| failure.kind == kind));
        wanted.map(|failure| failure.count).sum()
    }

    /// How many were answered.
    pub fn answers(&self) -> u64 {
        self.accepted + self.refused
    }

    /// How many came to an end.
    pub fn all(&self) -> u64 {
        self.answers() + self.unanswered(None)
    }

    /// The answers by status.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, &Status)> {
        self.statuses.iter().map(|(status, told)| (*status, told))
    }

    /// The answers that something in front of the handler gave, the most frequent first.
    pub fn before_handler(&self) -> Vec<&BeforeHandler> {
        let mut all: Vec<&BeforeHandler> = self.before_handler.iter().collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.count));
        all
    }

    /// What has no answer, by reason.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The time within which this part of the answers came; nothing where none came.
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        (!self.micros.is_empty()).then(|| micros(self.micros.value_at_quantile(part)))
    }

    /// The longest time that an answer took.
    pub fn longest(&self) -> Option<Duration> {
        (!self.micros.is_empty()).then(|| micros(self.micros.max()))
    }

    /// How many answers took how long, in steps of 1, 2, 5 and 10.
    pub fn histogram(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let mut bounds = (0..).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power))).peekable();
        for recorded in self.micros.iter_recorded() {
            // Of the values that are not told apart, the least is the one on this side of a step.
            let value = self.micros.lowest_equivalent(recorded.value_iterated_to());
            while bounds.next_if(|bound| *bound < value && *bound < LONGEST).is_some() {
                let to = bounds.peek().copied().unwrap_or(LONGEST);
                if !rows.is_empty() {
                    rows.push(Row { to: micros(to), count: 0 });
                }
            }
            let to = micros(bounds.peek().copied().unwrap_or(LONGEST));
            match rows.last_mut().filter(|row| row.to == to) {
                Some(row) => row.count += recorded.count_at_value(),
                None => rows.push(Row { to, count: recorded.count_at_value() }),
            }
        }
        rows
    }

    /// The exit code for all of them.
    pub fn exit(&self) -> Exit {
        let refused = if self.refused > 0 { Exit::Failed } else { Exit::Success };
        self.failures.iter().fold(refused, |exit, failure| {
            exit.with(if failure.kind == UNREACHABLE { Exit::Untestable } else { Exit::Failed })
        })
    }
}

/// The kind of what was not even connected.
const UNREACHABLE: &str = "unreachable";

fn kind(error: &SendError) -> &'static str {
    match error {
        SendError::TimedOut(_) => "timed-out",
        SendError::Dropped(_) => "dropped",
        SendError::NoConnection { .. } | SendError::Options(_) => UNREACHABLE,
    }
}

fn micros(number: u64) -> Duration {
    Duration::from_micros(number)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Tally;
    use crate::exit::Exit;
    use crate::transport::{Fault, FaultKind, SendError};

    fn lost() -> SendError {
        let url = reqwest::Url::parse("http://localhost:1").unwrap();
        let fault = Fault::new(&url, FaultKind::Refused);
        SendError::NoConnection { host: "localhost:1".into(), cause: "refused".into(), fault }
    }

    #[test]
    fn what_was_refused_weighs_more_than_what_was_not_reached() {
        let mut tally = Tally::default();
        assert_eq!(tally.exit(), Exit::Success);
        tally.answered(200, true, b"", Duration::from_millis(1));
        tally.failed(&lost());
        assert_eq!(tally.exit(), Exit::Untestable);
        tally.answered(500, false, b"broken", Duration::from_millis(1));
        assert_eq!(tally.exit(), Exit::Failed);
        assert_eq!((tally.all(), tally.accepted(), tally.refused(), tally.unanswered(None)), (3, 1, 1, 1));
        let mut tally = Tally::default();
        tally.failed(&lost());
        tally.failed(&SendError::TimedOut(Duration::from_secs(1)));
        assert_eq!((tally.exit(), tally.unanswered(Some("timed-out"))), (Exit::Failed, 1));
    }

    #[test]
    fn causes_without_number_take_no_memory_without_bound() {
        let mut tally = Tally::default();
        for number in 0..10_000 {
            tally.failed(&SendError::Dropped(format!("cause {number}")));
        }
        assert_eq!(tally.failures().len(), super::CAUSES + 1);
        assert_eq!(tally.unanswered(None), 10_000);
    }

    #[test]
    fn times_are_counted_in_steps_and_none_is_lost() {
        let mut tally = Tally::default();
        for millis in 1..=1000_u64 {
            tally.answered(200, true, b"", Duration::from_millis(millis));
        }
        let rows: Vec<(u128, u64)> = tally.histogram().iter().map(|row| (row.to.as_millis(), row.count)).collect();
        assert_eq!(rows.iter().map(|(_, count)| count).sum::<u64>(), 1000);
        let tos: Vec<u128> = rows.iter().map(|(to, _)| *to).collect();
        assert_eq!(tos, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
        for (row, count) in rows.iter().zip([1, 1, 3, 5, 10, 30, 50, 100, 300, 500]) {
            assert!(row.1.abs_diff(count) <= 1, "{rows:?}");
        }
        let near = |part: f64, millis: u128| tally.quantile(part).unwrap().as_millis().abs_diff(millis) <= 1;
        assert!(near(0.5, 500) && near(0.99, 990), "{:?}", tally.quantile(0.99));
        assert!(tally.longest().unwrap().as_millis().abs_diff(1000) <= 1);
        assert_eq!((Tally::default().quantile(0.5), Tally::default().histogram()), (None, Vec::new()));
    }

    #[test]
    fn steps_between_two_times_are_told_as_empty() {
        let mut tally = Tally::default();
        tally.answered(200, true, b"", Duration::from_micros(150));
        tally.answered(200, true, b"", Duration::from_secs(9_999));
        let rows = tally.histogram();
        assert_eq!(rows.first().map(|row| (row.to.as_micros(), row.count)), Some((200, 1)));
        assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), 2);
        assert!(rows.len() > 15);
    }
}
