//! Answering on purpose: which answer an accepted delivery gets, by its event and by how often it came.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use jiff::Timestamp;
use rand_chacha::rand_core::Rng as _;

use crate::expect::EventGlob;
use crate::identify::Identified;
use crate::inspect::Inspected;
use crate::message::{Header, Headers};
use crate::render::Randomness;
use crate::words;

/// Delivery ids whose attempts are counted.
const REMEMBERED: usize = 100_000;
/// Deliveries that came several times and are told of.
const TOLD: usize = 1_000;
/// Attempts of one delivery that are told of.
const ATTEMPTS: usize = 20;
/// Characters of a delivery's id, which the sender chose.
const LABEL: usize = 200;
/// What a delivery gets that fails at random.
const FAILED: Answer = Answer::Status(500);

/// What the sender gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An answer with this status.
    Status(u16),
    /// None: the connection is closed.
    HangUp,
}

impl Answer {
    /// Reads `500` or `hang-up`.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "hang-up" => Some(Self::HangUp),
            _ => text.parse().ok().filter(|status| (200..=599).contains(status)).map(Self::Status),
        }
    }

    /// The status, where there is an answer.
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            Self::HangUp => None,
        }
    }

    /// `500`, `hang-up`.
    pub fn word(self) -> String {
        self.status().map_or_else(|| "hang-up".to_string(), |status| status.to_string())
    }
}

/// A text to answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Whether it is a JSON object or array.
    pub is_json: bool,
}

impl Text {
    /// Looks whether it is JSON.
    pub fn of(text: &str) -> Self {
        let is_json =
            text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        Self { text: text.to_string(), is_json }
    }
}

/// What holds for some events, or for all.
#[derive(Clone, Debug)]
pub struct Rule<T> {
    /// The events; none stands for all that no other rule takes.
    pub events: Option<EventGlob>,
    /// What holds for them.
    pub value: T,
}

/// Everything that the user wants of the answers. Of the rules for an event the first holds, and of headers all.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Answers in turn; the last repeats. Never empty.
    pub scripts: Vec<Rule<Vec<Answer>>>,
    /// How long an answer is held back.
    pub delays: Vec<Rule<Duration>>,
    /// The text of the answer.
    pub bodies: Vec<Rule<Text>>,
    /// Headers of the answer.
    pub headers: Vec<Rule<Header>>,
    /// Seconds after which a failed sender may try again.
    pub retry_after: Vec<Rule<u64>>,
    /// The share of deliveries that fail at random, from 0 to 1.
    pub fail_rates: Vec<Rule<f64>>,
}

/// The answer that a delivery is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The answer.
    pub answer: Answer,
    /// How long it is held back.
    pub delay: Duration,
    /// Its text; the usual where there is none.
    pub body: Option<Text>,
    /// Its headers besides the usual ones.
    pub headers: Headers,
    /// The script it was taken from.
    script: Option<usize>,
}

/// The first rule that names the event, or else one for all.
fn chosen<'a, T>(rules: &'a [Rule<T>], identified: &Identified<'_>) -> Option<(usize, &'a T)> {
    let takes = |rule: &Rule<T>| rule.events.as_ref().is_some_and(|events| events.takes(identified));
    let index = rules.iter().position(takes).or_else(|| rules.iter().position(|rule| rule.events.is_none()))?;
    Some((index, &rules[index].value))
}

/// The rules, and how far each script has come.
#[derive(Debug)]
pub struct Responder {
    rules: Rules,
    random: Randomness,
    /// For each script, how many deliveries without an id it answered.
    answered: Vec<usize>,
    /// The attempts of those that have an id.
    pub attempts: Attempts,
}

impl Responder {
    /// Nothing has come yet.
    pub fn new(rules: Rules, random: Randomness) -> Self {
        let answered = vec![0; rules.scripts.len()];
        Self { rules, random, answered, attempts: Attempts::of(REMEMBERED) }
    }

    /// The answer to a delivery; none where it is refused, which is answered as ever.
    pub fn answer(&mut self, inspected: &Inspected<'_>) -> Option<Given> {
        let identified = &inspected.identified;
        (inspected.status == 200).then_some(())?;
        let script = chosen(&self.rules.scripts, identified);
        let in_turn = script.and_then(|(index, steps)| {
            let earlier = self.attempts.earlier(identified).unwrap_or(self.answered[index]);
            steps.get(earlier).or(steps.last()).copied()
        });
        let rate = chosen(&self.rules.fail_rates, identified).map(|(_, rate)| *rate);
        let fails = rate.is_some_and(|rate| f64::from(self.random.next_u32()) < rate * 4_294_967_296.0);
        let answer = if fails { FAILED } else { in_turn.unwrap_or(Answer::Status(200)) };
        Some(Given {
            answer,
            delay: chosen(&self.rules.delays, identified).map(|(_, delay)| *delay).unwrap_or_default(),
            body: chosen(&self.rules.bodies, identified).map(|(_, body)| body.clone()),
            headers: self.headers(answer, identified),
            script: script.map(|(index, _)| index),
        })
    }

    fn headers(&self, answer: Answer, identified: &Identified<'_>) -> Headers {
        let is_meant = |rule: &&Rule<Header>| rule.events.as_ref().is_none_or(|events| events.takes(identified));
        let mut headers: Vec<Header> =
            self.rules.headers.iter().filter(is_meant).map(|rule| rule.value.clone()).collect();
        let is_failure = answer.status().is_some_and(|status| status / 100 != 2);
        if let Some((_, seconds)) = chosen(&self.rules.retry_after, identified).filter(|_| is_failure) {
            headers.push(Header { name: "Retry-After".to_string(), value: seconds.to_string().into_bytes() });
        }
        Headers(headers)
    }

    /// Counts a delivery that gets this answer.
    pub fn count(&mut self, identified: &Identified<'_>, at: Timestamp, given: &Given) {
        let has_id = self.attempts.count(identified, at, given.answer);
        if let Some(script) = given.script.filter(|_| !has_id) {
            self.answered[script] += 1;
        }
    }
}

/// A delivery that came several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retried {
    /// The provider's id for it.
    pub delivery_id: String,
    /// How often it came.
    pub count: u32,
    /// What the first of these attempts got.
    pub answers: Vec<Answer>,
    /// How long after the one before each came.
    pub gaps: Vec<Duration>,
}

/// The attempts of each delivery that has an id.
#[derive(Debug)]
pub struct Attempts {
    hash: RandomState,
    limit: usize,
    known: HashMap<u64, Known>,
    /// The oldest first.
    order: VecDeque<u64>,
    /// Those that came several times, as long as there is room.
    pub retried: Vec<Retried>,
    /// How many more did.
    pub others: usize,
}

/// What the memory keeps of a delivery that came once.
#[derive(Debug)]
struct Known {
    count: u32,
    last: Timestamp,
    first_answer: Answer,
    /// Where it stands among those that came several times.
    retried: Option<usize>,
}

impl Attempts {
    fn of(limit: usize) -> Self {
        Self {
            hash: RandomState::new(),
            limit,
            known: HashMap::new(),
            order: VecDeque::new(),
            retried: Vec::new(),
            others: 0,
        }
    }

    fn key(&self, identified: &Identified<'_>) -> Option<u64> {
        let id = identified.delivery_id.as_deref().filter(|id| !id.is_empty())?;
        Some(self.hash.hash_one((identified.provider.map(|provider| provider.id.as_str()), id)))
    }

    /// How often a delivery came before; nothing where it has no id.
    fn earlier(&self, identified: &Identified<'_>) -> Option<usize> {
        let key = self.key(identified)?;
        Some(self.known.get(&key).map_or(0, |known| known.count as usize))
    }

    /// Counts an attempt; whether the delivery has an id.
    fn count(&mut self, identified: &Identified<'_>, at: Timestamp, answer: Answer) -> bool {
        let Some(key) = self.key(identified) else { return false };
        self.meet(key, identified.delivery_id.as_deref().unwrap_or_default(), at, answer);
        true
    }

    fn meet(&mut self, key: u64, id: &str, at: Timestamp, answer: Answer) {
        let Some(known) = self.known.get_mut(&key) else {
            self.known.insert(key, Known { count: 1, last: at, first_answer: answer, retried: None });
            self.order.push_back(key);
            if self.order.len() > self.limit
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            return;
        };
        known.count = known.count.saturating_add(1);
        let gap = Duration::try_from(at.duration_since(known.last)).unwrap_or_default();
        known.last = at;
        if known.count == 2 {
            if self.retried.len() < TOLD {
                known.retried = Some(self.retried.len());
                let delivery_id = words::shorten(id, LABEL);
                let answers = vec![known.first_answer];
                self.retried.push(Retried { delivery_id, count: 1, answers, gaps: Vec::new() });
            } else {
                self.others += 1;
            }
        }
        let Some(retried) = known.retried.and_then(|index| self.retried.get_mut(index)) else { return };
        retried.count = known.count;
        if retried.answers.len() < ATTEMPTS {
            retried.answers.push(answer);
            retried.gaps.push(gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{ATTEMPTS, Answer, Attempts, TOLD, Text};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn answers_are_statuses_that_end_a_request_or_a_hang_up() {
        assert_eq!(Answer::read("500"), Some(Answer::Status(500)));
        assert_eq!(Answer::read("hang-up"), Some(Answer::HangUp));
        for wrong in ["100", "199", "600", "", " 500", "ok", "70000"] {
            assert_eq!(Answer::read(wrong), None, "{wrong}");
        }
        assert!(Text::of("{\"a\":1}").is_json && !Text::of("{a}").is_json && !Text::of("1").is_json);
    }

    #[test]
    fn attempts_are_told_in_their_order_and_bounded() {
        let mut attempts = Attempts::of(3);
        for (second, answer) in [(0, Answer::HangUp), (1, Answer::Status(500)), (3, Answer::Status(200))] {
            attempts.meet(1, "one", at(second), answer);
        }
        let told = &attempts.retried[0];
        assert_eq!((told.delivery_id.as_str(), told.count), ("one", 3));
        assert_eq!(told.answers, [Answer::HangUp, Answer::Status(500), Answer::Status(200)]);
        assert_eq!(told.gaps, [Duration::from_secs(1), Duration::from_secs(2)]);
        for _ in 0..100 {
            attempts.meet(1, "one", at(3), Answer::HangUp);
        }
        assert_eq!((attempts.retried[0].count, attempts.retried[0].answers.len()), (103, ATTEMPTS));
        for key in 2..10_000 {
            attempts.meet(key, "x", at(4), Answer::HangUp);
            attempts.meet(key, "x", at(4), Answer::HangUp);
        }
        assert_eq!((attempts.known.len(), attempts.order.len()), (3, 3));
        assert_eq!((attempts.retried.len(), attempts.others), (TOLD, 9_999 - TOLD));
    }
}
