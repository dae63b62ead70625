//! The valid delivery that goes first: without it nothing else would mean anything.

use super::{Check, LATE};
use crate::commands::check::counter;
use crate::commands::check::fire::Fired;
use crate::commands::making::Base;
use crate::conformance::{self, Came, Outcome, Planned, Request, Retry, finding};
use crate::error::Error;
use crate::message::{Answer, Delivery};
use crate::refusal::refusal;
use crate::target;
use crate::transport::SendError;

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
            if refusal(answer).is_some_and(|refusal| refusal.is_certain) {
                *code = "before-handler";
            } else if (400..500).contains(&answer.status)
                && let Some(found) = self.retried(planned).await?
            {
                *code = found;
            }
            let why = finding(code).filter(|_| code.starts_with("control-")).map(|story| story.did.to_string());
            judged.did = format!("{}; {}", judged.did, why.unwrap_or_else(|| conformance::why_refused(answer)));
        }
        self.keep(planned, &shot, &[came], &judged);
        Ok(false)
    }

    /// The control in the forms that receivers with a certain fault take: the finding of the first that is accepted.
    async fn retried(&mut self, planned: &Planned<'_>) -> Result<Option<&'static str>, Error> {
        let Base { delivery: base, mut world, .. } =
            self.maker.base(&planned.event, 0, &target::shown(&self.url), 0)?;
        let retries: Vec<Retry> = conformance::retries(&base, &self.kit(), &mut world).into_iter().collect();
        for Retry { code, delivery } in retries {
            let sent = tokio::time::timeout_at(self.deadline.into(), self.sender.send(&delivery)).await;
            let Ok(sent) = sent else { break };
            if !self.takes(planned, &delivery, sent) {
                continue;
            }
            let wrong = conformance::wrongly_signed(&base, &self.kit(), &mut world);
            let Some(wrong) = wrong.filter(|_| code != "control-unsigned") else { return Ok(Some(code)) };
            let sent = tokio::time::timeout_at(self.deadline.into(), self.sender.send(&wrong)).await;
            let Ok(sent) = sent else { break };
            let is_any = self.takes(planned, &wrong, sent);
            return Ok(Some(if is_any { "control-any-signature" } else { code }));
        }
        Ok(None)
    }

    /// Returns true if a delivery of the control was accepted.
    fn takes(&mut self, planned: &Planned<'_>, delivery: &Delivery, sent: Result<Answer, SendError>) -> bool {
        let came = self.heard(&planned.name, (delivery, Fired::Back(sent)));
        matches!(came, Came::Answered(answer) if self.provider.accepts(answer.status))
    }
}
