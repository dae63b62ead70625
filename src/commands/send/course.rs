//! Deliveries that go out one after the other, each made when its time has come.

use std::pin::{Pin, pin};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;

use super::staging::{Ready, Stage, Step};
use super::{SendArgs, faulty, retrying, showing};
use crate::catalog::Catalog;
use crate::commands::context::Context;
use crate::commands::making::{Made, Maker};
use crate::commands::signals::interrupted;
use crate::conformance::Going;
use crate::error::Error;
use crate::exit::Exit;
use crate::network::Passage;
use crate::report::{self, Attempt, Out, Outcome, Ran};
use crate::retry::{Failure, Next, Schedule};
use crate::signature;
use crate::story::{self, JUDGED};
use crate::transport::{KEPT, SendError, SendOptions, Sender};

/// A pause of this length is told, so that nobody takes it for a command that hangs.
const LONG: Duration = Duration::from_secs(5);

/// The way of deliveries to one address.
pub(super) struct Course<'a> {
    args: &'a SendArgs,
    stage: Stage<'a>,
    sender: Sender,
    /// How long an answer may take.
    timeout: Duration,
    /// Where what became of each step is told in place of showing it.
    tell: Option<&'a dyn Fn(Ran)>,
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
        let sender = Sender::new(url, options)?;
        let stage = Stage::new(context, catalog, maker, url);
        Ok(Self { args, stage, sender, timeout: options.timeout, tell: None })
    }

    /// Tells what becomes of each step, and shows nothing.
    pub(super) fn watch(&mut self, tell: &'a dyn Fn(Ran)) {
        self.tell = Some(tell);
    }

    /// The address as it is shown.
    pub(super) fn shown(&self) -> &str {
        &self.stage.shown
    }

    /// Sends them all, or until one fails where that ends it.
    pub(super) async fn run(&mut self, steps: &[Step<'_>]) -> Result<Exit, Error> {
        self.args.retry.introduce(self.stage.context, steps.iter().map(|step| step.event.provider))?;
        self.stage.maker.gather_secrets(self.stage.context, steps.iter().map(|step| &step.event))?;
        self.stage.rehearse(steps)?;
        let plan = self.args.weather.plan(steps, &mut self.stage.maker.aside());
        let mut ended = pin!(interrupted());
        let mut made = Vec::new();
        let mut outcomes = Vec::new();
        let mut exit = Exit::Success;
        for (slot, passage) in plan.iter().enumerate() {
            if !self.args.dry_run
                && let Some(signal) = self.pause(pause(steps, &plan, slot), ended.as_mut()).await
            {
                exit = exit.with(signal);
                break;
            }
            // Whatever comes first on the way, deliveries are made in their order.
            for step in steps.iter().take(passage.delivery + 1).skip(made.len()) {
                made.push(Some(self.stage.make(step)?));
            }
            let (step, kept) = (&steps[passage.delivery], &mut made[passage.delivery]);
            let ready = if passage.is_last { kept.take() } else { kept.clone() };
            let Some(ready) = ready else { continue };
            let case = ready.case();
            let (outcome, signal) = self.attempts(step, ready, passage, ended.as_mut()).await?;
            exit = exit.with(outcome.exit()).with(signal.unwrap_or(Exit::Success));
            outcomes.push(outcome.word());
            self.ran(step, case, Some(outcome));
            if signal.is_some() || exit != Exit::Success && !self.args.keep_going {
                break;
            }
        }
        for passage in plan.iter().skip(outcomes.len()) {
            self.ran(&steps[passage.delivery], None, None);
        }
        self.sum_up(plan.len(), &outcomes, exit);
        Ok(exit)
    }

    /// Lets the time before a delivery pass, and tells of it where it is long; the signal where one ended it.
    async fn pause(&self, pause: Duration, ended: Pin<&mut impl Future<Output = Exit>>) -> Option<Exit> {
        let played = self.args.retry.played(pause);
        if played >= LONG {
            self.stage.context.console.say(&format!("next in {}", retrying::span(played)));
        }
        wait(played, ended).await
    }

    /// Tells what became of a step, where that is wanted. `case` is what a sound receiver does with its fault.
    fn ran(&self, step: &Step<'_>, case: Option<&'static str>, outcome: Option<Outcome>) {
        let (Some(tell), Some(scene)) = (self.tell, &step.scene) else { return };
        let (file, line) = scene.step.place();
        tell(Ran {
            story: scene.story.clone(),
            file: file.to_string(),
            line,
            number: scene.number,
            title: scene.step.title(),
            event: step.event.full_name(),
            fault: step.fault.clone(),
            case,
            within: scene.step.expect.as_ref().and_then(|expected| expected.within),
            outcome,
        });
    }

    /// Sends a delivery, and again as long as it is not accepted and a schedule says so. The last outcome counts, and
    /// the signal where one ended it.
    async fn attempts(
        &mut self,
        step: &Step<'_>,
        mut ready: Ready<'_>,
        passage: &Passage,
        mut ended: Pin<&mut impl Future<Output = Exit>>,
    ) -> Result<(Outcome, Option<Exit>), Error> {
        // A case of a check is no delivery that a provider would send again.
        let schedule = match ready.shot {
            None => self.args.retry.schedule(step.event.provider)?,
            Some(_) => None,
        };
        let (mut retries, mut passed) = (0, Duration::ZERO);
        loop {
            let (outcome, again) = tokio::select! {
                sent = self.send(step, &ready, passage, schedule.as_ref(), retries) => sent,
                signal = ended.as_mut() => {
                    let outcome = Outcome::Unanswered(signal);
                    self.show_back(step, &ready, passage, &outcome, None);
                    return Ok((outcome, Some(signal)));
                }
            };
            let Some((failure, pause)) = again else { return Ok((outcome, None)) };
            if let Some(signal) = wait(self.args.retry.played(pause), ended.as_mut()).await {
                let next = Next::Over("interrupted".to_string());
                let attempt = attempt(schedule.as_ref(), retries, Some(&next));
                // For people one line is enough; a line of JSON stands for itself.
                match (&attempt, self.args.json) {
                    (_, true) => self.show_back(step, &ready, passage, &outcome, attempt.as_ref()),
                    (Some(attempt), false) => showing::follow(self.args, self.stage.context, attempt),
                    (None, false) => {}
                }
                return Ok((outcome, Some(signal)));
            }
            retries += 1;
            passed = passed.saturating_add(pause);
            self.stage.maker.sign_again(self.stage.context, &mut ready.made, self.stage.url, passed)?;
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
    ) -> (Outcome, Option<(Failure, Duration)>) {
        if self.tell.is_none() {
            self.with_out(step, ready, passage, |out| showing::out(self.args, self.stage.context, out));
        }
        let outcome = showing::redacted(self.go(ready, passage).await, &self.stage.maker.keyring);
        if let Outcome::Answered(answer, _) = &outcome {
            self.stage.context.tell_address(answer);
        }
        let failure = retrying::failure(&outcome, Timestamp::now());
        let next =
            schedule.zip(failure).map(|(schedule, failure)| retrying::next(schedule, retries, &outcome, failure));
        let outcome = judged(step, ready, outcome);
        self.show_back(step, ready, passage, &outcome, attempt(schedule, retries, next.as_ref()).as_ref());
        let again = match next {
            Some(Next::Again { after, .. }) => failure.map(|failure| (failure, after)),
            _ => None,
        };
        (outcome, again)
    }

    /// Shows what came back, where nobody asked to be told in another way.
    fn show_back(
        &self,
        step: &Step<'_>,
        ready: &Ready<'_>,
        passage: &Passage,
        outcome: &Outcome,
        attempt: Option<&Attempt<'_>>,
    ) {
        if self.tell.is_none() {
            let (context, maker) = (self.stage.context, &*self.stage.maker);
            self.with_out(step, ready, passage, |out| {
                showing::back(self.args, context, maker, out, outcome, attempt);
            });
        }
    }

    /// Gives what is shown of a delivery that goes out.
    fn with_out(&self, step: &Step<'_>, ready: &Ready<'_>, passage: &Passage, show: impl FnOnce(&Out<'_>)) {
        let made = &ready.made;
        // A signature given by hand may be a token too, so the scheme counts and not what was signed.
        let scheme = self.stage.maker.choice().of(made.event.provider);
        let headers = signature::shown(&made.delivery.headers, scheme.as_ref(), &self.stage.maker.keyring);
        show(&Out {
            event: showing::label(self.args, &made.event),
            provider: &made.event.provider.id,
            family: made.event.provider.family(),
            delivery: &made.delivery,
            headers: &headers,
            signed_in: made.scheme.as_ref().map(|scheme| scheme.header.first()),
            fault: step.fault.as_deref(),
            scene: step.scene.as_ref().map(|scene| (scene.story.as_str(), scene.number)),
            copy: self.args.weather.copy(passage),
        });
    }

    /// What becomes of a delivery that goes its way.
    async fn go(&self, ready: &Ready<'_>, passage: &Passage) -> Outcome {
        match &ready.shot {
            _ if passage.is_lost => Outcome::Lost,
            _ if self.args.dry_run => Outcome::Dry,
            None => self.deliver(&ready.made).await,
            Some((planned, shot)) => {
                let (outcome, told) = faulty::faulty(&self.sender, self.stage.url, planned, shot, self.timeout).await;
                if let Some(told) = told.filter(|_| self.tell.is_none()) {
                    self.stage.context.console.say(&told);
                }
                outcome
            }
        }
    }

    async fn deliver(&self, made: &Made<'_>) -> Outcome {
        let patience = self.args.retry.patience(made.event.provider);
        let sent = self.sender.send(&made.delivery);
        let answered = match patience {
            Some(limit) => tokio::time::timeout(limit, sent).await.unwrap_or(Err(SendError::TimedOut(limit))),
            None => sent.await,
        };
        match answered {
            Ok(answer) => {
                let is_success = made.event.provider.accepts(answer.status);
                Outcome::Answered(answer, is_success)
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    fn sum_up(&self, all: usize, outcomes: &[&'static str], exit: Exit) {
        if all < 2 || self.args.json || self.tell.is_some() {
            return;
        }
        let unsent = all - outcomes.len();
        self.stage.context.console.report(&report::sent_summary(outcomes, unsent));
        if unsent > 0 && matches!(exit, Exit::Failed | Exit::Untestable) {
            self.stage.context.console.say("--keep-going sends the rest all the same");
        }
    }
}

/// Which attempt it was, where there may be several.
fn attempt<'n>(schedule: Option<&Schedule>, retries: usize, next: Option<&'n Next>) -> Option<Attempt<'n>> {
    schedule.map(|schedule| Attempt { number: retries + 1, of: schedule.len() + 1, next })
}

/// An answer to a step that expects something of it. What the provider takes for a success, or what a sound receiver does
/// with a fault, counts where no status is named.
fn judged(step: &Step<'_>, ready: &Ready<'_>, outcome: Outcome) -> Outcome {
    let Some(expected) = step.scene.as_ref().and_then(|scene| scene.step.expect.as_ref()) else { return outcome };
    match outcome {
        Outcome::Answered(mut answer, is_success) => {
            let is_by_rule = !is_success && expected.status.is_empty();
            let refusal = is_by_rule.then(|| match (&step.fault, ready.case()) {
                (Some(fault), Some(case)) => story::Failure::unsound(fault, case, answer.status),
                _ => story::Failure::refused(answer.status),
            });
            let failures = expected.failures(&answer, judgeable(ready));
            // What is judged need not be kept until the end.
            answer.body.truncate(KEPT);
            Outcome::Judged(answer, refusal.into_iter().chain(failures).collect())
        }
        Outcome::Left(did) if expected.wants_answer() => Outcome::Failed(SendError::Dropped(did)),
        other => other,
    }
}

/// So many bytes of an answer's body are sure to be all of it; a case that goes out in a way of its own keeps fewer.
fn judgeable(ready: &Ready<'_>) -> usize {
    match &ready.shot {
        Some((_, shot)) if !matches!(shot.going, Going::Usual | Going::AtOnce) => KEPT - 1,
        _ => JUDGED,
    }
}

/// How long after the one before it a slot is: a copy goes out at once, and what comes in another's place waits as long.
fn pause(steps: &[Step<'_>], plan: &[Passage], slot: usize) -> Duration {
    let copies = (plan.len() / steps.len().max(1)).max(1);
    if slot.is_multiple_of(copies) { steps[slot / copies].wait } else { Duration::ZERO }
}

/// Lets time pass; the signal where one ended it.
async fn wait(time: Duration, ended: Pin<&mut impl Future<Output = Exit>>) -> Option<Exit> {
    tokio::select! {
        () = tokio::time::sleep(time) => None,
        signal = ended => Some(signal),
    }
}
