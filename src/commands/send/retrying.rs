//! `--retry`: what was not accepted goes out again, as the provider does it or after pauses of one's own.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::catalog::Provider;
use crate::commands::context::Context;
use crate::commands::input;
use crate::error::Error;
use crate::moment;
use crate::report::Outcome;
use crate::retry::{FIRST_PAUSE, Failure, LONGEST, Next, Schedule};
use crate::transport::SendError;
use crate::words;

/// Whether and when what was not accepted goes out again.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Retries")]
pub(super) struct RetryArgs {
    /// Sends again what is not accepted: as its provider does, or after pauses of your own such as 5s,1m,10m
    #[arg(long, value_name = "provider|PAUSES", value_parser = wanted)]
    retry: Option<Wanted>,
    /// How many times faster pauses pass
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = input::factor)]
    pub(super) time_scale: f64,
    /// Whether the user says how long an answer may take; that comes before what the provider documents.
    #[arg(skip)]
    pub(super) has_own_limit: bool,
}

#[derive(Clone, Debug)]
enum Wanted {
    Documented,
    Own(Vec<Duration>),
}

fn wanted(text: &str) -> Result<Wanted, String> {
    if text == "provider" {
        return Ok(Wanted::Documented);
    }
    let pauses = text.split(',').map(|pause| moment::duration(pause.trim()));
    let pauses: Vec<Duration> = pauses.collect::<Result<_, _>>().map_err(|error| format!("{error}, or `provider`"))?;
    match pauses.iter().find(|pause| **pause > LONGEST) {
        Some(_) => Err("a pause is longer than a year".to_string()),
        None => Ok(Wanted::Own(pauses)),
    }
}

/// A shorter pause is told as none.
const SHORTEST: Duration = Duration::from_micros(100);

impl RetryArgs {
    /// No retries; pauses pass so many times faster.
    pub(super) fn none(time_scale: f64) -> Self {
        Self { retry: None, time_scale, has_own_limit: false }
    }

    /// When deliveries of a provider go out again; nothing where that was not asked for.
    pub(super) fn schedule(&self, provider: &Provider) -> Result<Option<Schedule>, Error> {
        let rules = &provider.description.delivery;
        match (&self.retry, &rules.retry) {
            (None, _) => Ok(None),
            (Some(Wanted::Own(pauses)), _) => Ok(Some(Schedule::own(pauses.clone()))),
            (Some(Wanted::Documented), Some(retries)) => Ok(Some(Schedule::documented(retries))),
            (Some(Wanted::Documented), None) => {
                let name = &provider.description.name;
                let what = match &rules.retries {
                    None => format!("{name} documents no retries"),
                    Some(told) => format!("{name} documents no schedule of retries that could be followed ({told})"),
                };
                Err(Error::usage(what, "--retry 5s,1m,10m is a schedule of your own"))
            }
        }
    }

    /// How long the provider waits for an answer, where its own retries are asked for.
    pub(super) fn patience(&self, provider: &Provider) -> Option<Duration> {
        let seconds = provider.description.delivery.answer_within?;
        let counts = matches!(self.retry, Some(Wanted::Documented)) && !self.has_own_limit;
        counts.then_some(Duration::from_secs(seconds))
    }

    /// Tells of each provider's schedule.
    pub(super) fn introduce<'a>(
        &self,
        context: &Context,
        providers: impl Iterator<Item = &'a Provider>,
    ) -> Result<(), Error> {
        let mut told: Vec<&str> = Vec::new();
        for provider in providers {
            let Some(schedule) = self.schedule(provider)? else { continue };
            if told.contains(&provider.id.as_str()) || !matches!(self.retry, Some(Wanted::Documented)) {
                continue;
            }
            told.push(&provider.id);
            let times = words::count(schedule.len(), "retry", "retries");
            let length = span(schedule.length());
            let own = schedule.own_lengths().map_or(String::new(), |grow| {
                format!("; it tells no lengths, so they begin at {} and {grow}", span(FIRST_PAUSE))
            });
            let patience = self
                .patience(provider)
                .map_or(String::new(), |limit| format!("; it waits {} for an answer", span(limit)));
            let name = &provider.description.name;
            context.console.note(&format!("{name}: {times} in {length} at most{own}{patience}"));
        }
        Ok(())
    }

    /// How long a pause is at the speed that is asked for.
    pub(super) fn played(&self, pause: Duration) -> Duration {
        Duration::try_from_secs_f64(pause.as_secs_f64() / self.time_scale).unwrap_or(LONGEST)
    }

    /// `again in 1 min, played in 60 ms (retry 1 of 13)`
    pub(super) fn again(&self, pause: Duration, number: usize, all: usize) -> String {
        if pause.is_zero() {
            return format!("again at once (retry {number} of {all})");
        }
        let played = self.played(pause);
        let played = match played {
            same if same == pause => String::new(),
            // It would be told as 0.0 ms.
            short if short < SHORTEST => ", played at once".to_string(),
            played => format!(", played in {}", span(played)),
        };
        format!("again in {}{played} (retry {number} of {all})", span(pause))
    }
}

/// What a failed attempt was; nothing for one that is not tried again in any case.
pub(super) fn failure(outcome: &Outcome, now: Timestamp) -> Option<Failure> {
    match outcome {
        Outcome::Answered(answer, false) => {
            let asked = answer.headers.text("retry-after").and_then(|text| moment::retry_after(text, now));
            Some(Failure::Status(answer.status, asked))
        }
        Outcome::Failed(SendError::TimedOut(_) | SendError::Dropped(_)) => Some(Failure::Silence),
        Outcome::Failed(SendError::NoConnection { .. }) => Some(Failure::Unreached),
        _ => None,
    }
}

/// What follows a failed attempt, after so many retries.
pub(super) fn next(schedule: &Schedule, retries: usize, outcome: &Outcome, failure: Failure) -> Next {
    let answer = match outcome {
        Outcome::Answered(answer, _) => Some(answer),
        _ => None,
    };
    let stopped = answer.and_then(|answer| schedule.stopped_by(&answer.headers));
    stopped.map_or_else(|| schedule.next(retries, failure), Next::Over)
}

pub(super) fn span(time: Duration) -> String {
    words::lapse(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX))
}
