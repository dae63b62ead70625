//! The valid delivery that goes first: without it nothing else would mean anything.

use super::{Check, LATE};
use crate::catalog::Scheme;
use crate::commands::check::counter;
use crate::commands::check::fire::Fired;
use crate::commands::making::Base;
use crate::conformance::{self, Came, Outcome, Planned, Request, Retry, finding};
use crate::error::Error;
use crate::message::{Answer, Delivery};
use crate::refusal::refusal;
use crate::signature::as_requested;
use crate::target;
use crate::transport::SendError;

/// The status of a receiver that limits the rate of requests.
const TOO_MANY: u16 = 429;

impl Check<'_> {
    /// Sends the control; whether it was accepted.
    pub(super) async fn control(&mut self, planned: &Planned<'_>) -> Result<bool, Error> {
        let shot = self.shot(planned)?.map_err(|why| {
            Error::usage(format!("a valid delivery can't be made: {why}"), "give the secret as the provider shows it")
        })?;
        let Some(Request { delivery, expect }) = shot.requests.first() else { return Ok(false) };
        let before = match &self.counter {
            Some(counter) => Some(counter.still(counter::FIRST).await?),
            None => None,
        };
        let sent = tokio::time::timeout_at(self.deadline.into(), self.patient.send(delivery)).await;
        let came = match sent {
            Ok(Err(error @ (SendError::NoConnection { .. } | SendError::Options(_)))) => return Err(error.into()),
            Ok(other) => {
                if let Ok(answer) = &other {
                    self.context.tell_address(answer);
                }
                self.heard(&planned.name, (delivery, Fired::Back(other)))
            }
            Err(_) => {
                self.unsent(planned, LATE);
                return Ok(false);
            }
        };
        let mut judged =
            conformance::judge(planned.case, self.provider, self.parts.scheme(), &[(expect.clone(), came.clone())]);
        let Outcome::Found { code, .. } = &mut judged.outcome else {
            if let Came::Answered(answer) = &came
                && let Some(refusal) = refusal(answer)
            {
                self.context.console.note(&format!("{refusal}; {}", refusal.hint));
            }
            self.keep(planned, &shot, &[came], &judged);
            if let (Some(counter), Some(before)) = (&mut self.counter, before) {
                counter.learn(before).await?;
            }
            return Ok(true);
        };
        if let Came::Answered(answer) = &came {
            let is_certain = refusal(answer).is_some_and(|refusal| refusal.is_certain);
            let is_retried = !is_certain && (400..500).contains(&answer.status) && answer.status != TOO_MANY;
            let retried = if is_retried { self.retried(planned).await? } else { None };
            if is_certain {
                *code = "before-handler";
            }
            if let Some((found, _)) = retried {
                *code = found;
            }
            let why = retried.map_or_else(|| self.why_refused(answer), |(_, did)| did);
            judged.did = format!("{}; {why}", judged.did);
        }
        self.keep(planned, &shot, &[came], &judged);
        Ok(false)
    }

    /// Returns what may be the cause of a refusal that no other form of the control explains.
    fn why_refused(&self, answer: &Answer) -> String {
        let why = conformance::why_refused(answer);
        let covers_address = self.parts.scheme().is_some_and(Scheme::covers_address);
        if !covers_address || !matches!(answer.status, 400 | 401 | 403) {
            return why;
        }
        format!(
            "{why}; the signature is over {}, and the receiver has to verify over that address",
            as_requested(self.url.as_str())
        )
    }

    /// Sends the control signed in the ways that receivers get wrong. Returns the finding of the first that is accepted,
    /// and what the receiver did.
    async fn retried(&mut self, planned: &Planned<'_>) -> Result<Option<(&'static str, String)>, Error> {
        let Base { delivery: base, mut world, .. } =
            self.maker.base(&planned.event, 0, &target::shown(&self.url), 0)?;
        let retries = conformance::retries(self.provider, base, &self.kit(), &mut world);
        let Some(mut retries) = retries else { return Ok(None) };
        while let Some(Retry { code, detail, delivery, forged }) = retries.next(&self.kit(), &mut world) {
            match self.tried(planned, &delivery).await {
                Tried::Accepted => {}
                Tried::Refused => continue,
                Tried::Unknown => break,
            }
            let is_any = match &forged {
                Some(forged) => match self.tried(planned, forged).await {
                    Tried::Unknown => break,
                    tried => tried == Tried::Accepted,
                },
                None => false,
            };
            let (code, detail) = if is_any { ("control-any-signature", String::new()) } else { (code, detail) };
            let did = finding(code).map_or("", |finding| finding.did);
            let gap = if detail.is_empty() { "" } else { ": " };
            return Ok(Some((code, format!("{did}{gap}{detail}"))));
        }
        Ok(None)
    }

    /// Sends a delivery of the control.
    async fn tried(&mut self, planned: &Planned<'_>, delivery: &Delivery) -> Tried {
        let sent = tokio::time::timeout_at(self.deadline.into(), self.sender.send(delivery)).await;
        let Ok(sent) = sent else { return Tried::Unknown };
        match self.heard(&planned.name, (delivery, Fired::Back(sent))) {
            Came::Answered(answer) if self.provider.accepts(answer.status) => Tried::Accepted,
            Came::Answered(answer) if answer.status == TOO_MANY => Tried::Unknown,
            Came::TimedOut | Came::Gone(_) => Tried::Unknown,
            _ => Tried::Refused,
        }
    }
}

/// What a receiver did with the control in another form.
#[derive(PartialEq)]
enum Tried {
    Accepted,
    Refused,
    /// It answers no more, or nothing but that there are too many requests.
    Unknown,
}
