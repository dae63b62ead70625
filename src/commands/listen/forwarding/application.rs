//! An application: the way to it, whether it is up, and how a delivery reaches it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

use super::super::limit::Cause;
use super::super::threads::{Said, Talk};
use crate::catalog::{Need, Scheme};
use crate::commands::way::{Way, accepts};
use crate::diagnosis::advice;
use crate::inspect::Inspector;
use crate::message::{Answer, Delivery};
use crate::render::{Randomness, World};
use crate::replay::{self, Credentials, Manner, Plan};
use crate::report::{self, Outcome};
use crate::secret::Keyring;
use crate::transport::SendError;
use crate::words;

/// The first wait for an application that isn't up; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What goes to an application.
pub(super) struct Parcel {
    pub(super) delivery: Delivery,
    /// The provider's id, where it is known.
    pub(super) provider: Option<String>,
    /// The scheme that it is signed in, where it is signed afresh.
    pub(super) scheme: Option<Scheme>,
    /// When it came.
    pub(super) since: Instant,
}

/// An application.
pub(super) struct Application {
    pub(super) way: Way,
    /// Its address as it may be shown.
    pub(super) shown: String,
    /// The secrets to sign with for it; nothing where deliveries go on as they came.
    pub(super) signing: Option<Keyring>,
    pub(super) inspector: &'static Inspector,
    pub(super) random: RefCell<Randomness>,
    /// How long it is tried again where it isn't up.
    pub(super) retry: Option<Duration>,
    pub(super) is_down: Cell<bool>,
    /// How many it missed while it was down.
    pub(super) missed: Cell<usize>,
    /// True once the address behind `localhost` was printed.
    pub(super) is_address_told: Cell<bool>,
}

impl Application {
    /// Sends a delivery; where the application isn't up again and again, if that is wanted.
    pub(super) async fn reach(&self, parcel: &Parcel, talk: &Talk) -> Outcome {
        let mut pause = FIRST_PAUSE;
        loop {
            let sent = match self.made(parcel) {
                Ok(delivery) => self.way.send(&delivery).await,
                Err(why) => return Outcome::Failed(SendError::Options(why)),
            };
            let cause = match sent {
                Ok(answer) => {
                    self.say_up(talk);
                    self.say_address(&answer, talk);
                    let provider = parcel.provider.as_deref().and_then(|id| self.inspector.catalog.provider(id));
                    let is_success = accepts(provider, answer.status);
                    return Outcome::Answered(answer, is_success);
                }
                Err(error @ SendError::NoConnection { .. }) => error,
                Err(error) => return Outcome::Failed(error),
            };
            self.say_down(&cause, talk);
            let left = self.retry.unwrap_or_default().saturating_sub(parcel.since.elapsed());
            if left.is_zero() {
                self.missed.set(self.missed.get() + 1);
                return Outcome::Failed(cause);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The delivery as it goes to this application.
    fn made<'p>(&self, parcel: &'p Parcel) -> Result<Cow<'p, Delivery>, String> {
        let Some(signing) = &self.signing else { return Ok(Cow::Borrowed(&parcel.delivery)) };
        let Some(provider) = parcel.provider.as_deref().and_then(|id| self.inspector.catalog.provider(id)) else {
            return Err("it can't be signed afresh: whose delivery it is can't be seen from it".to_string());
        };
        let secrets = signing.all_of(provider.family());
        let is_needed = |scheme: &Scheme| scheme.secret == Need::Required && secrets.is_empty();
        if parcel.scheme.as_ref().is_some_and(is_needed) {
            return Err(format!("it can't be signed afresh: no secret is given for {}", provider.id));
        }
        let plan = Plan {
            manner: Manner::ReSigned,
            credentials: Credentials::Sent,
            url: self.way.url.as_str(),
            provider: Some(provider),
            scheme: parcel.scheme.as_ref(),
            secrets,
            verdict: None,
        };
        let random = Randomness::from_rng(&mut *self.random.borrow_mut());
        let mut world = World { now: Timestamp::now(), random };
        let ready = replay::prepare(&parcel.delivery, &plan, &mut world)
            .map_err(|refusal| format!("it can't be signed afresh: {refusal}"))?;
        Ok(Cow::Owned(ready.delivery))
    }

    /// Said where it was down.
    fn say_up(&self, talk: &Talk) {
        if !self.is_down.replace(false) {
            return;
        }
        let missed = match self.missed.take() {
            0 => String::new(),
            missed => format!("; {} it", words::count(missed, "delivery did not reach", "deliveries did not reach")),
        };
        talk.say_within(Cause::Application, || Said::Line(format!("{} takes deliveries again{missed}", self.shown)));
    }

    /// Said once where `localhost` is not the usual address.
    fn say_address(&self, answer: &Answer, talk: &Talk) {
        if let Some(text) = report::other_loopback(answer)
            && !self.is_address_told.replace(true)
        {
            talk.say_within(Cause::Application, || Said::Line(format!("note: {text}")));
        }
    }

    /// Said once until it is up again.
    fn say_down(&self, cause: &SendError, talk: &Talk) {
        if self.is_down.replace(true) {
            return;
        }
        let then = match self.retry {
            Some(time) => format!("each delivery is tried for {}", words::elapsed(time)),
            None => "--forward-retry TIME tries again".to_string(),
        };
        let hint = advice(cause).map_or_else(String::new, |advice| format!("; {}", advice.hint));
        let cause = words::printable(&format!("{cause}{hint}"), words::Lines::Escape);
        talk.say_within(Cause::Application, || {
            Said::Fault(format!("{} can't be reached: {cause}; {then}", self.shown))
        });
    }
}
