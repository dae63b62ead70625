//! Searches each response for the secret and for right signatures, before a part of the response is kept.

use jiff::Timestamp;

use super::Check;
use crate::commands::check::fire::{Fired, address, came};
use crate::conformance::{Came, Going, Planned, Shot, judge_leaks};
use crate::message::Delivery;
use crate::report::CaseResult;
use crate::signature::{Scene, Tolerance};

impl Check<'_> {
    /// Returns what came back for a request, without what may not be shown. What it gives away is remembered.
    pub(super) fn heard(&mut self, name: &str, (request, fired): (&Delivery, Fired)) -> Came {
        let mut answer = match came(fired) {
            Came::Answered(answer) => answer,
            other => return other,
        };
        if let Ok(scanner) = &self.scanner {
            let url = address(&self.url, request);
            let scene =
                Scene { delivery: request, url: Some(url.as_str()), now: Timestamp::now(), tolerance: Tolerance::Off };
            let (leaks, shown) = scanner.scan(name, &scene, &answer);
            self.leaks.extend(leaks);
            answer = shown;
        }
        Came::Answered(answer.redacted(self.maker.keyring.redactor()))
    }

    /// Keeps the case about what all answers gave away.
    pub(super) fn keep_leaks(&mut self, planned: &Planned<'_>) {
        if let Err(why) = &self.scanner {
            let why = (*why).to_string();
            return self.keep_unsent(planned, CaseResult::Skipped, why);
        }
        let judged = judge_leaks(planned.case, &self.leaks);
        let shot = Shot { requests: Vec::new(), going: Going::Usual };
        self.keep(planned, &shot, &[], &judged);
    }

    /// Records cases that are not sent any more. Leaks that were found so far are reported all the same.
    pub(super) fn all_unsent(&mut self, rest: &[Planned<'_>], why: &str) {
        for planned in rest {
            if planned.case.id == "leaks" && !self.leaks.is_empty() {
                self.keep_leaks(planned);
            } else {
                self.unsent(planned, why);
            }
        }
    }
}
