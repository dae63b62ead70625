//! Deliveries that go out again, one after the other.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::ReplayArgs;
use super::making::Made;
use crate::catalog::{Catalog, Provider, Scheme};
use crate::commands::choosing::{Chosen, Kept, PassedOver, label};
use crate::commands::context::Context;
use crate::commands::secrets::SecretArgs;
use crate::commands::send::redacted;
use crate::commands::signals::interrupted;
use crate::commands::way::{Way, accepts};
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::Cover;
use crate::message::{Delivery, Headers};
use crate::render::Randomness;
use crate::replay::Change;
use crate::report::{self, Out, Outcome, Replayed};
use crate::secret::Keyring;
use crate::signature;
use crate::transport::SendError;
use crate::words::{self, Lines};

/// A wait that is worth a word.
const LONG_WAIT: Duration = Duration::from_secs(5);
/// Notes about single deliveries that are told.
const TOLD: usize = 10;

/// What is done with each delivery.
pub(super) struct Player<'a> {
    pub(super) args: &'a ReplayArgs,
    pub(super) context: &'a Context,
    pub(super) catalog: &'a Catalog,
    pub(super) named: Option<&'a Provider>,
    pub(super) secrets: &'a SecretArgs,
    pub(super) keyring: Keyring,
    pub(super) cover: Cover,
    pub(super) shown_url: String,
    pub(super) random: Randomness,
    pub(super) way: Way,
}

/// The deliveries that can go out.
pub(super) struct Usable {
    /// Which of the chosen ones they are.
    pub(super) places: Vec<usize>,
    /// When each came.
    pub(super) received: Vec<Option<Timestamp>>,
}

impl<'a> Player<'a> {
    /// Makes every delivery ready once, so that none goes out where another needs what was not given, and tells what
    /// there is to know.
    pub(super) fn look_ahead(&mut self, chosen: &Chosen, passed_over: &mut PassedOver<'_>) -> Result<Usable, Error> {
        let mut usable = Usable { places: Vec::new(), received: Vec::new() };
        let (mut notes, mut left_out) = (BTreeSet::new(), BTreeSet::new());
        for at in 0..chosen.len() {
            let made = chosen.kept(at).and_then(|kept| self.make(&kept).map(|made| (kept, made)));
            let (kept, made) = match made {
                Ok(made) => made,
                Err(error) => {
                    passed_over.take(error, chosen)?;
                    continue;
                }
            };
            usable.places.push(at);
            usable.received.push(kept.capture.received);
            left_out.extend(made.ready.left_out.into_iter().map(|name| name.to_ascii_lowercase()));
            let one = made.ready.notes.into_iter().chain(kept.note).map(|note| format!("{}: {note}", kept.name));
            // Of a thousand notes of a kind the first are enough.
            notes.extend(one.take(TOLD.saturating_sub(notes.len())));
        }
        if !left_out.is_empty() {
            let names: Vec<String> = left_out.into_iter().collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            notes.insert(format!("{} {verb} left out; --with-credentials sends them", words::list(&names, "and")));
        }
        for note in notes {
            self.context.console.note(&words::printable(&note, Lines::Escape));
        }
        Ok(usable)
    }

    /// Sends what can go out in this order, each so long after the first as `offsets` says, where there are any.
    pub(super) async fn play(
        &mut self,
        chosen: &Chosen,
        places: &[usize],
        order: &[usize],
        offsets: &[Duration],
    ) -> Result<Exit, Error> {
        let args = self.args;
        let mut ended = pin!(interrupted());
        let mut outcomes = Vec::new();
        let mut exit = Exit::Success;
        let mut begun = Instant::now();
        for (turn, at) in order.iter().enumerate() {
            if turn % places.len() == 0 {
                begun = Instant::now();
            }
            if let Some(offset) = offsets.get(*at).filter(|_| !args.dry_run) {
                let signal = tokio::select! {
                    () = self.wait(begun, *offset) => None,
                    signal = &mut ended => Some(signal),
                };
                if let Some(signal) = signal {
                    exit = exit.with(signal);
                    break;
                }
            }
            let kept = chosen.kept(places[*at])?;
            let made = self.make(&kept)?;
            let mut delivery = made.ready.delivery.clone();
            delivery.target.clone_from(&self.shown_url);
            let headers = self.cover.over(&delivery, made.scheme.as_ref(), &self.keyring).headers.into_owned();
            let replayed = self.replayed(&kept, &made, &delivery, &headers);
            self.show_out(&replayed);
            let outcome = tokio::select! {
                outcome = self.send(&made) => outcome,
                signal = &mut ended => {
                    exit = exit.with(signal);
                    outcomes.push("unanswered");
                    break;
                }
            };
            let outcome = redacted(outcome, &self.keyring);
            if let Outcome::Answered(answer, _) = &outcome {
                self.context.tell_address(answer);
            }
            let change = change(&made, kept.told.status, &outcome);
            self.show_back(&replayed, &outcome, change);
            exit = exit.with(outcome.exit());
            outcomes.push(change.map_or_else(|| outcome.word(), Change::words));
            if exit != Exit::Success && !args.keep_going {
                break;
            }
        }
        if order.len() > 1 && !args.json {
            let unsent = order.len() - outcomes.len();
            self.context.console.report(&report::sent_summary(&outcomes, unsent));
            if unsent > 0 && matches!(exit, Exit::Failed | Exit::Untestable) {
                self.context.console.say("--keep-going sends the rest all the same");
            }
        }
        Ok(exit)
    }

    async fn wait(&self, begun: Instant, offset: Duration) {
        let left = offset.saturating_sub(begun.elapsed());
        if left >= LONG_WAIT {
            let left = jiff::SignedDuration::try_from(left).unwrap_or(jiff::SignedDuration::MAX);
            self.context.console.say(&format!("the next one goes out in {}", words::span(left)));
        }
        tokio::time::sleep(left).await;
    }

    async fn send(&self, made: &Made<'_>) -> Outcome {
        if self.args.dry_run {
            return Outcome::Dry;
        }
        match self.way.send(&made.ready.delivery).await {
            Ok(answer) => {
                let is_success = accepts(made.provider, answer.status);
                Outcome::Answered(answer, is_success)
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    fn replayed<'r>(
        &self,
        kept: &'r Kept,
        made: &'r Made<'a>,
        delivery: &'r Delivery,
        headers: &'r Headers,
    ) -> Replayed<'r> {
        let event = label(made.provider, &made.events);
        // An exact one is as it was: whether it is signed is seen from it.
        let is_there = |scheme: &&Scheme| made.is_signed || signature::is_there(scheme, delivery);
        let signed_in = made.scheme.as_ref().filter(is_there).map(|scheme| scheme.header.first());
        let provider = made.provider.map(|provider| provider.id.as_str()).unwrap_or_default();
        let family = made.provider.map(Provider::family).unwrap_or_default();
        Replayed {
            out: Out { event, provider, family, delivery, headers, signed_in, fault: None, scene: None, copy: None },
            events: &made.events,
            told: &kept.told,
            received: kept.capture.received,
            manner: self.args.manner(),
        }
    }

    fn show_out(&self, replayed: &Replayed<'_>) {
        if self.args.json {
            return;
        }
        let console = &self.context.console;
        console.report(&report::replayed_out(replayed, console.out));
        if self.args.verbose || self.args.dry_run {
            console.report_lines(report::request_full(&replayed.out, console.out));
        }
    }

    fn show_back(&self, replayed: &Replayed<'_>, outcome: &Outcome, change: Option<Change>) {
        let console = &self.context.console;
        if self.args.json {
            console.print(&report::replayed_json(replayed, outcome, change));
            return;
        }
        console.report_lines(report::replayed_lines(replayed, outcome, change, console.out));
        if let Outcome::Answered(answer, _) = outcome
            && self.args.verbose
        {
            console.report_lines(report::answer_full(answer, console.out));
        }
    }
}

/// What the answer means, held against the first; nothing where either is not known.
fn change(made: &Made<'_>, before: Option<u16>, outcome: &Outcome) -> Option<Change> {
    let is_success = match outcome {
        Outcome::Answered(_, is_success) => *is_success,
        Outcome::Failed(SendError::TimedOut(_) | SendError::Dropped(_)) => false,
        Outcome::Failed(_)
        | Outcome::Left(_)
        | Outcome::Unanswered(_)
        | Outcome::Dry
        | Outcome::Judged(..)
        | Outcome::Lost => return None,
    };
    before.map(|before| Change::between(accepts(made.provider, before), is_success))
}
