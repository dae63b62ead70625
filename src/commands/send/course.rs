//! Deliveries that go out one after the other, each made when its time has come.

use std::pin::{Pin, pin};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;

use super::{SendArgs, faulty, retrying, showing};
use crate::catalog::{Catalog, Event};
use crate::commands::context::Context;
use crate::commands::making::{Made, Maker, Own};
use crate::commands::signals::interrupted;
use crate::conformance::{Planned, Shot};
use crate::error::Error;
use crate::exit::Exit;
use crate::network::Passage;
use crate::report::{self, Attempt, Out, Outcome};
use crate::retry::{Failure, Next, Schedule};
use crate::signature;
use crate::story::{self, Expectation, Play};
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
    /// The step of a story that it is.
    pub(super) scene: Option<Scene<'c>>,
}

/// A step of a story on the command line.
#[derive(Clone, Debug)]
pub(super) struct Scene<'c> {
    /// Which of the stories, from 0.
    pub(super) play: usize,
    /// What the story is called.
    pub(super) story: String,
    /// Which of its steps, from 1.
    pub(super) number: usize,
    /// How long after the story's first step.
    pub(super) after: Duration,
    pub(super) step: story::Step<'c>,
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
    /// What each story has come to.
    plays: Vec<Play>,
    url: &'a Url,
    /// The address as it is shown: where it really goes to is the sender's to know.
    shown: String,
}

/// A delivery that is about to go out.
#[derive(Clone)]
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
        let timeout = options.timeout;
        Ok(Self { args, context, catalog, maker, sender, timeout, plays: Vec::new(), url, shown })
    }

    /// Sends them all, or until one fails where that ends it.
    pub(super) async fn run(&mut self, steps: &[Step<'_>]) -> Result<Exit, Error> {
        self.args.retry.introduce(self.context, steps.iter().map(|step| step.event.provider))?;
        self.maker.gather_secrets(self.context, steps.iter().map(|step| &step.event))?;
        let plan = self.args.weather.plan(steps, &mut self.maker.aside());
        let mut ended = pin!(interrupted());
        let mut made = Vec::new();
        let mut outcomes = Vec::new();
        let mut exit = Exit::Success;
        for (slot, passage) in plan.iter().enumerate() {
            if !self.args.dry_run
                && let Some(signal) = wait(self.args.retry.played(pause(steps, &plan, slot)), ended.as_mut()).await
            {
                exit = exit.with(signal);
                break;
            }
            // Whatever comes first on the way, deliveries are made in their order.
            for step in steps.iter().take(passage.delivery + 1).skip(made.len()) {
                made.push(Some(self.prepare(step)?));
            }
            let (step, kept) = (&steps[passage.delivery], &mut made[passage.delivery]);
            let ready = if passage.is_last { kept.take() } else { kept.clone() };
            let Some(ready) = ready else { continue };
            let outcome = tokio::select! {
                outcome = self.attempts(step, ready, passage) => outcome?,
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
        self.sum_up(plan.len(), &outcomes, exit);
        Ok(exit)
    }

    /// Makes a delivery. Its time is that of its going out, so this comes after the wait.
    fn prepare<'c>(&mut self, step: &Step<'c>) -> Result<Ready<'c>, Error> {
        self.turn_to(step);
        let mut made = self.maker.make(self.context, &step.event, step.index, &self.shown, Some(self.url))?;
        if let Some(scene) = &step.scene {
            let body = String::from_utf8_lossy(&made.delivery.body);
            self.plays[scene.play].made(&scene.step, &body, &made.ids);
        }
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

    /// Has the delivery of a story's step made as the story wants it.
    fn turn_to(&mut self, step: &Step<'_>) {
        let own = match &step.scene {
            None => Own::default(),
            Some(scene) => {
                let plays = self.plays.len().max(scene.play + 1);
                self.plays.resize_with(plays, Play::default);
                Own { overrides: self.plays[scene.play].turn(&scene.step), after: scene.after }
            }
        };
        self.maker.turn_to(own);
    }

    /// Sends a delivery, and again as long as it is not accepted and a schedule says so. The last outcome counts.
    async fn attempts(&mut self, step: &Step<'_>, mut ready: Ready<'_>, passage: &Passage) -> Result<Outcome, Error> {
        // A case of a check is no delivery that a provider would send again.
        let schedule = match ready.shot {
            None => self.args.retry.schedule(step.event.provider)?,
            Some(_) => None,
        };
        let (mut retries, mut passed) = (0, Duration::ZERO);
        loop {
            let (outcome, again) = self.send(step, &ready, passage, schedule.as_ref(), retries).await?;
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
        passage: &Passage,
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
            scene: step.scene.as_ref().map(|scene| (scene.story.as_str(), scene.number)),
            copy: self.args.weather.copy(passage),
        };
        showing::out(self.args, self.context, &out);
        let outcome = match &ready.shot {
            _ if passage.is_lost => Outcome::Lost,
            _ if self.args.dry_run => Outcome::Dry,
            None => self.deliver(made).await,
            Some((planned, shot)) => {
                faulty::faulty(self.context, &self.sender, self.url, planned, shot, self.timeout).await?
            }
        };
        let outcome = showing::redacted(outcome, &self.maker.keyring);
        let failure = retrying::failure(&outcome, Timestamp::now());
        let expected = step.scene.as_ref().and_then(|scene| scene.step.expect.as_ref());
        let outcome = match expected {
            Some(expected) => judged(outcome, expected),
            None => outcome,
        };
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

/// An answer that something was expected of. What the provider takes for a success counts where no status is named.
fn judged(outcome: Outcome, expected: &Expectation) -> Outcome {
    match outcome {
        Outcome::Answered(answer, is_success) if is_success || !expected.status.is_empty() => {
            let failures = expected.failures(&answer);
            Outcome::Judged(answer, failures)
        }
        other => other,
    }
}

/// How long after the one before it a slot is: a copy goes out at once, and what comes in another's place waits as long.
fn pause(steps: &[Step<'_>], plan: &[Passage], slot: usize) -> Duration {
    let copies = plan.len() / steps.len().max(1);
    if slot.is_multiple_of(copies.max(1)) { steps[slot / copies.max(1)].wait } else { Duration::ZERO }
}

/// Lets time pass; the signal where one ended it.
async fn wait(time: Duration, ended: Pin<&mut impl Future<Output = Exit>>) -> Option<Exit> {
    tokio::select! {
        () = tokio::time::sleep(time) => None,
        signal = ended => Some(signal),
    }
}
