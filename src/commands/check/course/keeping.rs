//! What became of each case, kept for the reports.

use std::time::Instant;

use super::{Check, GONE};
use crate::conformance::{Came, Judged, Level, Outcome, Planned, Request, Shot};
use crate::message::Delivery;
use crate::report::{self, CaseResult, Checked, Exchange, Summary};
use crate::signature;
use crate::target;

/// Bytes of a request's body that are kept for the reports.
const KEPT: usize = 4 * 1024;

impl Check<'_> {
    /// The receiver is gone: the case before is the one that it did not survive.
    pub(super) fn gone(&mut self, planned: &Planned<'_>, why: &str) {
        let is_beside = |checked: &Checked| self.is_slow_done && checked.case.id == "slow-body";
        if let Some(last) = self.cases.iter_mut().rev().find(|checked| was_sent(checked) && !is_beside(checked)) {
            last.did = format!("{}; after it the receiver took no connection any more ({why})", last.did);
            // A forgery that it took stays found.
            if !matches!(last.result, CaseResult::Found("accepted", _)) {
                last.result = CaseResult::Found("gone", Level::Must);
            }
            last.is_known = false;
            let line = report::checked_line(last, self.context.console.out);
            if !self.args.json {
                self.context.console.report(&line);
            }
        }
        self.unsent(planned, GONE);
    }

    pub(super) fn unsent(&mut self, planned: &Planned<'_>, why: &str) {
        self.keep_unsent(planned, CaseResult::Unsent, why.to_string());
    }

    pub(super) fn keep_unsent(&mut self, planned: &Planned<'_>, result: CaseResult, did: String) {
        let name = planned.name.clone();
        self.add(Checked { name, case: planned.case, result, exchanges: Vec::new(), did, is_known: false });
    }

    pub(super) fn keep(&mut self, planned: &Planned<'_>, shot: &Shot, came: &[Came], judged: &Judged) {
        let did = String::from_utf8_lossy(&self.maker.keyring.redact(judged.did.as_bytes())).into_owned();
        let exchanges = shot.requests.iter().zip(came).map(|(request, came)| self.exchange(request, came)).collect();
        let result = match judged.outcome {
            Outcome::Passed => CaseResult::Passed,
            Outcome::Found { code, severity } => CaseResult::Found(code, severity),
        };
        self.add(Checked { name: planned.name.clone(), case: planned.case, result, exchanges, did, is_known: false });
    }

    /// A request and its answer, as they may be shown.
    pub(super) fn exchange(&self, request: &Request, came: &Came) -> Exchange {
        let keyring = &self.maker.keyring;
        let sent = &request.delivery;
        let body = self.kept_body(sent);
        let shown = Delivery {
            method: sent.method.clone(),
            target: String::from_utf8_lossy(&keyring.redact(self.without_token(&sent.target).as_bytes())).into_owned(),
            headers: signature::shown(&sent.headers, self.parts.scheme(), keyring),
            body,
        };
        let answer = if let Came::Answered(answer) = came { Some(answer.clone()) } else { None };
        Exchange { request: shown, length: sent.body.len(), answer }
    }

    /// Returns an address without the token of a handshake. A short one is left out of no text otherwise.
    fn without_token(&self, target: &str) -> String {
        let Some(token) = self.parts.token() else { return target.to_string() };
        let written: String = form_urlencoded::byte_serialize(token.expose()).collect();
        let field = |field: &str| match field.split_once('=') {
            Some((name, value)) if value == written => format!("{name}=[secret]"),
            _ => field.to_string(),
        };
        target.split('&').map(field).collect::<Vec<_>>().join("&")
    }

    /// Returns the beginning of a body, as it may be shown.
    pub(super) fn kept_body(&self, sent: &Delivery) -> Vec<u8> {
        // What is cut off first is longer than any secret, so none is cut in two.
        let mut body = self.maker.keyring.redact(&sent.body[..sent.body.len().min(2 * KEPT)]);
        body.truncate(KEPT);
        body
    }

    pub(super) fn add(&mut self, mut checked: Checked) {
        checked.is_known = self.is_known(&checked);
        // Of a whole rest that is not sent the summary tells.
        if !self.args.json && checked.result != CaseResult::Unsent {
            self.context.console.report(&report::checked_line(&checked, self.context.console.out));
        }
        self.cases.push(checked);
    }

    pub(super) fn is_known(&self, checked: &Checked) -> bool {
        let CaseResult::Found(code, _) = checked.result else { return false };
        // Without it nothing else was tried, and nothing would be proved.
        if checked.case.id == "control" {
            return false;
        }
        self.known.iter().any(|(name, known)| *name == checked.name && known == code)
    }

    pub(super) fn summary(self) -> Summary {
        if self.args.json {
            for checked in &self.cases {
                self.context.console.print(&report::checked_json(checked));
            }
        }
        let is_found = |level: Level| {
            let is_new = |checked: &Checked| !checked.is_known;
            let is_of = |checked: &Checked| matches!(checked.result, CaseResult::Found(_, found) if found == level);
            self.cases.iter().any(|checked| is_of(checked) && is_new(checked))
        };
        let is_cut =
            Instant::now() >= self.deadline && self.cases.iter().any(|checked| checked.result == CaseResult::Unsent);
        let exit = match () {
            () if is_found(Level::Must) || self.args.strict && is_found(Level::Should) => 1,
            // What was not sent is not proved.
            () if is_cut || self.is_counter_lost => 3,
            () => 0,
        };
        let url = self.maker.keyring.redact(target::shown(&self.url).as_bytes());
        Summary {
            url: String::from_utf8_lossy(&url).into_owned(),
            provider: self.provider.id.clone(),
            cases: self.cases,
            took: self.begun.elapsed(),
            exit,
        }
    }
}

fn was_sent(checked: &Checked) -> bool {
    matches!(checked.result, CaseResult::Passed | CaseResult::Found(..)) && !checked.exchanges.is_empty()
}
