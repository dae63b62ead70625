//! Deliveries that go out one after the other, each made when its time has come.

use std::pin::{Pin, pin};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;

use super::{SendArgs, faulty, retrying, showing};
use crate::catalog::{Catalog, Event};
use crate::commands::context::Context;
use crate::commands::making::{Made, Maker};
use crate::commands::signals::interrupted;
use crate::conformance::{Planned, Shot};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Attempt, Out, Outcome};
use crate::retry::{Failure, Next, Schedule};
use crate::signature;
use crate::target;
use crate::transport::{SendOptions, Sender};

/// One delivery of a course.
#[derive(Clone, Debug)]
pub(super) struct Step<'c> {
    pub(super) event: Event<'c>,
    /// Which stream of randomness it is made of.
    pub(super) index: u64,
    /// How long after the one before it goes out.
    pub(super) wait: Duration,
    /// The case of a check that it is sent as.
    pub(super) fault: Option<String>,
}

/// The way of deliveries to one address.
pub(super) struct Course<'a> {
    args: &'a SendArgs,
    context: &'a Context,
    catalog: &'a Catalog,
    maker: &'a mut Maker,
    sender: Sender,
    /// How long an answer may take.
    timeout: Duration,
    url: &'a Url,
    /// The address as it is shown: where it really goes to is the sender's to know.
    shown: String,
}

/// A delivery that is about to go out.
struct Ready<'c> {
    made: Made<'c>,
    /// The case of a check that goes out in its place.
    shot: Option<(Planned<'c>, Shot)>,
}

impl<'a> Course<'a> {
    pub(super) fn new(
        args: &'a SendArgs,
        context: &'a Context,
        catalog: &'a Catalog,
        maker: &'a mut Maker,
        url: &'a Url,
        options: &SendOptions,
    ) -> Result<Self, Error> {
        let shown = maker.keyring.redact(target::shown(url).as_bytes());
        let shown = String::from_utf8_lossy(&shown).into_owned();
        let sender = Sender::new(url, options)?;
        Ok(Self { args, context, catalog, maker, sender, timeout: options.timeout, url, shown })
    }

    /// Sends them all, or until one fails where that ends it.
    pub(super) async fn run(&mut self, steps: &[Step<'_>]) -> Result<Exit, Error> {
        self.args.retry.introduce(self.context, steps.iter().map(|step| step.event.provider))?;
        self.maker.gather_secrets(self.context, steps.iter().map(|step| &step.event))?;
        let mut ended = pin!(interrupted());
        let mut outcomes = Vec::new();
        let mut exit = Exit::Success;
        for step in steps {
            if !self.args.dry_run
                && let Some(signal) = wait(self.args.retry.played(step.wait), ended.as_mut()).await
            {
                exit = exit.with(signal);
                break;
            }
            let ready = self.prepare(step)?;
            let outcome = tokio::select! {
                outcome = self.attempts(step, ready) => outcome?,
                signal = &mut ended => {
                    exit = exit.with(signal);
                    outcomes.push("unanswered");
                    break;
                }
            };
            exit = exit.with(outcome.exit());
            outcomes.push(outcome.word());
            if exit != Exit::Success && !self.args.keep_going {
                break;
            }
        }
        self.sum_up(steps.len(), &outcomes, exit);
        Ok(exit)
    }

    /// Makes a delivery. Its time is that of its going out, so this comes after the wait.
    fn prepare<'c>(&mut self, step: &Step<'c>) -> Result<Ready<'c>, Error> {
        let mut made = self.maker.make(self.context, &step.event, step.index, &self.shown, Some(self.url))?;
        let mut shot = None;
        if let Some(name) = &step.fault {
            let (planned, made_shot) =
                faulty::fault(self.context, self.maker, self.catalog, &step.event, step.index, self.url, name)?;
            if let Some(request) = made_shot.requests.first() {
                made.delivery = request.delivery.clone();
            }
            made.delivery.target.clone_from(&self.shown);
            shot = Some((planned, made_shot));
        }
        for note in &made.notes {
            self.context.console.note(note);
        }
        Ok(Ready { made, shot })
    }

    /// Sends a delivery, and again as long as it is not accepted and a schedule says so. The last outcome counts.
    async fn attempts(&mut self, step: &Step<'_>, mut ready: Ready<'_>) -> Result<Outcome, Error> {
        let schedule = self.args.retry.schedule(step.event.provider)?;
        let (mut retries, mut passed) = (0, Duration::ZERO);
        loop {
            let (outcome, again) = self.send(step, &ready, schedule.as_ref(), retries).await?;
            let Some((failure, pause)) = again else { return Ok(outcome) };
            tokio::time::sleep(self.args.retry.played(pause)).await;
            retries += 1;
            passed = passed.saturating_add(pause);
            self.maker.sign_again(self.context, &mut ready.made, self.url, passed)?;
            let told = schedule.iter().flat_map(|schedule| schedule.headers(retries, failure));
            for (name, value) in told {
                ready.made.delivery.headers.remove(name);
                ready.made.delivery.headers.push(name, value);
            }
        }
    }

    /// Sends a delivery once; where it is to go out again, after what failure and which pause.
    async fn send(
        &self,
        step: &Step<'_>,
        ready: &Ready<'_>,
        schedule: Option<&Schedule>,
        retries: usize,
    ) -> Result<(Outcome, Option<(Failure, Duration)>), Error> {
        let made = &ready.made;
        // A signature given by hand may be a token too, so the scheme counts and not what was signed.
        let scheme = self.maker.choice().of(made.event.provider);
        let headers = signature::shown(&made.delivery.headers, scheme.as_ref(), &self.maker.keyring);
        let out = Out {
            event: showing::label(self.args, &made.event),
            provider: &made.event.provider.id,
            family: made.event.provider.family(),
            delivery: &made.delivery,
            headers: &headers,
            signed_in: made.scheme.as_ref().map(|scheme| scheme.header.first()),
            fault: step.fault.as_deref(),
        };
        showing::out(self.args, self.context, &out);
        let outcome = match &ready.shot {
            None => self.deliver(made).await,
            Some((planned, shot)) => {
                faulty::faulty(self.context, &self.sender, self.url, planned, shot, self.timeout).await?
            }
        };
        let outcome = showing::redacted(outcome, &self.maker.keyring);
        let failure = retrying::failure(&outcome, Timestamp::now());
        let next = schedule.zip(failure).map(|(schedule, failure)| schedule.next(retries, failure));
        let attempt =
            schedule.map(|schedule| Attempt { number: retries + 1, of: schedule.len() + 1, next: next.as_ref() });
        showing::back(self.args, self.context, self.maker, &out, &outcome, attempt.as_ref());
        let again = match next {
            Some(Next::Again { after, .. }) => failure.map(|failure| (failure, after)),
            _ => None,
        };
        Ok((outcome, again))
    }

    async fn deliver(&self, made: &Made<'_>) -> Outcome {
        if self.args.dry_run {
            return Outcome::Dry;
        }
        match self.sender.send(&made.delivery).await {
            Ok(answer) => {
                let is_success = made.event.provider.accepts(answer.status);
                Outcome::Answered(answer, is_success)
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    fn sum_up(&self, all: usize, outcomes: &[&'static str], exit: Exit) {
        if all < 2 || self.args.json {
            return;
        }
        let unsent = all - outcomes.len();
        self.context.console.report(&report::sent_summary(outcomes, unsent));
        if unsent > 0 && matches!(exit, Exit::Failed | Exit::Untestable) {
            self.context.console.say("--keep-going sends the rest all the same");
        }
    }
}

/// Lets time pass; the signal where one ended it.
async fn wait(time: Duration, ended: Pin<&mut impl Future<Output = Exit>>) -> Option<Exit> {
    tokio::select! {
        () = tokio::time::sleep(time) => None,
        signal = ended => Some(signal),
    }
}
