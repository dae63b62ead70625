//! Answering on purpose, to see what a sender makes of it: scripts, delays, hang-ups, random failures.

use std::cell::RefCell;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;
use tokio::sync::mpsc::OwnedPermit;

use super::threads::{Said, Talk};
use crate::catalog::{Catalog, Provider};
use crate::commands::handling::{Handling, Shown};
use crate::commands::{chance, input};
use crate::error::Error;
use crate::expect::EventGlob;
use crate::inspect::Inspected;
use crate::message::Header;
use crate::render::Randomness;
use crate::report;
use crate::respond::{Answer, Given, Responder, Rule, Rules, Text};

/// How accepted deliveries are answered.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Answering on purpose (what is refused still gets 401)")]
pub(super) struct RespondArgs {
    /// Answers with these statuses in turn and repeats the last, counted for each delivery id, or overall where there is none;
    /// `hang-up` among them closes without an answer. EVENT, here and below, is a name or glob: 'form.*=500,200'; without one it
    /// is for all others, and '*=' goes before a value that itself begins like EVENT=
    #[arg(long = "respond", value_name = "[EVENT=]STATUS,...", value_parser = For::script)]
    scripts: Vec<For<Vec<Answer>>>,
    /// Closes the connection without an answer
    #[arg(long = "hang-up", value_name = "EVENT", num_args = 0..=1, require_equals = true, default_missing_value = "*")]
    hang_ups: Vec<String>,
    /// Holds the answer back so long; the end of `listen` cuts it short
    #[arg(long = "respond-delay", value_name = "[EVENT=]TIME", value_parser = For::delay)]
    delays: Vec<For<Duration>>,
    /// The body of the answer
    #[arg(long = "respond-body", value_name = "[EVENT=]TEXT", value_parser = For::body)]
    bodies: Vec<For<Text>>,
    /// A header of the answer; repeatable
    #[arg(long = "respond-header", value_name = "[EVENT=]NAME: VALUE", value_parser = For::header)]
    headers: Vec<For<Header>>,
    /// Puts Retry-After on every answer that is no 2xx
    #[arg(long, value_name = "[EVENT=]TIME", value_parser = For::seconds)]
    retry_after: Vec<For<u64>>,
    /// Answers 500 to this share of deliveries, chosen at random, in place of what they would get
    #[arg(long = "fail-rate", value_name = "[EVENT=]SHARE", value_parser = For::rate)]
    fail_rates: Vec<For<f64>>,
    /// Fails the same ones again, where they come in the same order
    #[arg(long, value_name = "N", requires = "fail_rates")]
    seed: Option<u64>,
}

/// A value for the events of this name or glob.
#[derive(Clone, Debug)]
struct For<T> {
    events: Option<String>,
    value: T,
}

/// Splits at the first `=`, where what stands before it can be an event.
fn split(text: &str) -> (Option<String>, &str) {
    let is_event = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-*?/".contains(&byte));
    match text.split_once('=').filter(|(name, _)| !name.is_empty() && is_event(name)) {
        Some(("*", value)) => (None, value),
        Some((name, value)) => (Some(name.to_string()), value),
        None => (None, text),
    }
}

impl<T> For<T> {
    fn read(text: &str, value: impl Fn(&str) -> Result<T, String>) -> Result<Self, String> {
        let (events, rest) = split(text);
        Ok(Self { events, value: value(rest)? })
    }
}

impl For<Vec<Answer>> {
    fn script(text: &str) -> Result<Self, String> {
        let wrong =
            |step: &str| format!("`{step}` is no answer; write statuses from 200 to 599, or hang-up: 500,500,200");
        Self::read(text, |steps| steps.split(',').map(|step| Answer::read(step).ok_or_else(|| wrong(step))).collect())
    }
}

impl For<Duration> {
    fn delay(text: &str) -> Result<Self, String> {
        Self::read(text, input::duration)
    }
}

impl For<Text> {
    fn body(text: &str) -> Result<Self, String> {
        Self::read(text, |body| Ok(Text::of(body)))
    }
}

impl For<Header> {
    fn header(text: &str) -> Result<Self, String> {
        Self::read(text, input::header)
    }
}

impl For<u64> {
    fn seconds(text: &str) -> Result<Self, String> {
        Self::read(text, |time| match input::duration(time)? {
            whole if whole.subsec_nanos() == 0 => Ok(whole.as_secs()),
            _ => Err("Retry-After is told in whole seconds; write 2s or 1m".to_string()),
        })
    }
}

impl For<f64> {
    fn rate(text: &str) -> Result<Self, String> {
        Self::read(text, |rate| {
            let read = rate.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
            read.ok_or_else(|| format!("`{rate}` is no share; write one from 0 to 1, as 0.2 for every fifth"))
        })
    }
}

/// Which events there are to name.
struct Names<'a> {
    catalog: &'a Catalog,
    only: Option<&'a Provider>,
}

impl Names<'_> {
    fn rule<T>(&self, events: Option<&str>, value: T) -> Result<Rule<T>, Error> {
        let read = |name: &str| {
            EventGlob::read(name, self.catalog, self.only).map_err(|error| {
                let hint =
                    format!("{}; where it is no event but belongs to the value, put '*=' before it", error.hint());
                Error::usage(error.to_string(), hint)
            })
        };
        Ok(Rule { events: events.map(read).transpose()?, value })
    }

    fn rules<T: Clone>(&self, given: &[For<T>]) -> Result<Vec<Rule<T>>, Error> {
        given.iter().map(|one| self.rule(one.events.as_deref(), one.value.clone())).collect()
    }

    /// As above, where only one can hold.
    fn single<T: Clone>(&self, option: &str, given: &[For<T>]) -> Result<Vec<Rule<T>>, Error> {
        let rules = self.rules(given)?;
        let name = |rule: &Rule<T>| rule.events.as_ref().map(|events| events.text.clone());
        for (index, rule) in rules.iter().enumerate() {
            if rules[..index].iter().any(|earlier| name(earlier) == name(rule)) {
                let whose = name(rule).map_or_else(|| "all events".to_string(), |name| format!("`{name}`"));
                let hint = "give it once for each event, or name the event: EVENT=VALUE";
                return Err(Error::usage(format!("{option} is given twice for {whose}"), hint));
            }
        }
        Ok(rules)
    }
}

impl RespondArgs {
    fn rules(&self, names: &Names<'_>) -> Result<Rules, Error> {
        let hang_up = |event: &String| For {
            events: Some(event.clone()).filter(|event| event != "*"),
            value: vec![Answer::HangUp],
        };
        let scripts: Vec<_> = self.scripts.iter().cloned().chain(self.hang_ups.iter().map(hang_up)).collect();
        if !self.retry_after.is_empty() && self.scripts.is_empty() && self.fail_rates.is_empty() {
            let hint = "add --respond 503,200 or --fail-rate 0.2";
            return Err(Error::usage("--retry-after goes with failures, and none is asked for", hint));
        }
        Ok(Rules {
            scripts: names.single("an answer (--respond, --hang-up)", &scripts)?,
            delays: names.single("--respond-delay", &self.delays)?,
            bodies: names.single("--respond-body", &self.bodies)?,
            headers: names.rules(&self.headers)?,
            retry_after: names.single("--retry-after", &self.retry_after)?,
            fail_rates: names.single("--fail-rate", &self.fail_rates)?,
        })
    }

    fn is_given(&self) -> bool {
        !(self.scripts.is_empty()
            && self.hang_ups.is_empty()
            && self.delays.is_empty()
            && self.bodies.is_empty()
            && self.headers.is_empty()
            && self.fail_rates.is_empty())
    }
}

/// What is answered on purpose, and what came of it; nothing where all is answered as ever.
pub(super) struct Responding {
    responder: Option<RefCell<Responder>>,
    /// The seed, where the user gave none and chance has a say.
    own_seed: Option<u64>,
    /// Where the line of JSON about attempts goes.
    last_line: RefCell<Option<OwnedPermit<Shown>>>,
}

impl Responding {
    pub(super) fn new(args: &RespondArgs, catalog: &Catalog, only: Option<&Provider>) -> Result<Self, Error> {
        let rules = args.rules(&Names { catalog, only })?;
        let own_seed = if args.seed.is_none() && !args.fail_rates.is_empty() { Some(fresh_seed()?) } else { None };
        let random = Randomness::seed_from_u64(args.seed.or(own_seed).unwrap_or_default());
        let responder = args.is_given().then(|| RefCell::new(Responder::new(rules, random)));
        Ok(Self { responder, own_seed, last_line: RefCell::default() })
    }

    /// Says how to have the same failures again.
    pub(super) fn announce(&self, talk: &Talk) {
        if let Some(seed) = self.own_seed {
            talk.say(Said::Line(format!("Failing at random; --seed {seed} fails the same ones again")));
        }
    }

    /// Keeps room for the line of JSON behind all deliveries.
    pub(super) fn keep_room(&self, handling: &Handling) {
        if self.responder.is_some() {
            self.last_line.replace(handling.last_line());
        }
    }

    /// The answer to a delivery, where it is not the usual one.
    pub(super) fn answer(&self, inspected: &Inspected<'_>) -> Option<Given> {
        self.responder.as_ref()?.borrow_mut().answer(inspected)
    }

    /// Counts a delivery that gets this answer.
    pub(super) fn count(&self, inspected: &Inspected<'_>, at: Timestamp, given: Option<&Given>) {
        if let (Some(responder), Some(given)) = (&self.responder, given) {
            responder.borrow_mut().count(&inspected.identified, at, given);
        }
    }

    /// Says which deliveries were tried again, on stderr and in a line of JSON.
    pub(super) fn tell(&self, talk: &Talk) {
        let Some(responder) = &self.responder else { return };
        let responder = responder.borrow();
        for line in report::attempts_lines(&responder.attempts, talk.paint) {
            talk.say(Said::Line(line));
        }
        if let Some(room) = self.last_line.take() {
            room.send(Shown::line(&report::attempts_json(&responder.attempts)));
        }
    }
}

fn fresh_seed() -> Result<u64, Error> {
    // Four bytes make a number that is easily typed again.
    Ok(u32::from_le_bytes(chance::bytes(Some("--seed N does without"))?).into())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_event_stands_before_the_first_equals_sign() {
        let check = |text: &str, event: Option<&str>, value: &str| {
            assert_eq!(split(text), (event.map(str::to_string), value), "{text}");
        };
        check("500,200", None, "500,200");
        check("form.*=500", Some("form.*"), "500");
        check("acme/a_b-?=x=y", Some("acme/a_b-?"), "x=y");
        check("*=a=b", None, "a=b");
        check("Cache-Control: max-age=0", None, "Cache-Control: max-age=0");
        check("{\"a\":\"=\"}", None, "{\"a\":\"=\"}");
        check("=x", None, "=x");
    }
}
