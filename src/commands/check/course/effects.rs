//! What deliveries do behind the receiver's answers: a number that the user's probe tells.

use std::time::Instant;

use super::Check;
use crate::commands::check::counter::Counter;
use crate::commands::check::fire::fire;
use crate::conformance::{Family, Level, Planned, Shot};
use crate::error::Error;

impl Check<'_> {
    /// The number once what came before has done its work.
    pub(super) async fn at_rest(&mut self) -> Option<i64> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let number = self.counter.as_ref()?.still(left).await;
        self.counted(number)
    }

    /// What is to be said of a number that went beyond so many deliveries' worth of work.
    pub(super) async fn excess(&mut self, before: i64, deliveries: i64) -> Option<String> {
        let moved = self.counter.as_ref()?.excess(before, deliveries).await;
        let (after, excess) = self.counted(moved)?;
        self.still = Some(after).filter(|_| excess.is_none());
        excess
    }

    /// What is to be said of a number that did not move, though a genuine delivery was accepted.
    pub(super) async fn loss(&mut self, before: i64) -> Option<String> {
        let moved = self.counter.as_ref()?.excess(before, 1).await;
        let (after, _) = self.counted(moved)?;
        self.still = Some(after);
        (after <= before).then(|| format!("the number stayed {before} after the genuine delivery"))
    }

    /// Returns true if a delivery before these had the body of the last of them, so that a receiver may take it for a
    /// repeat.
    pub(super) fn had_body_of(&self, shot: &Shot) -> bool {
        let Some(last) = shot.requests.last() else { return false };
        let body = self.kept_body(&last.delivery);
        let mut exchanges = self.cases.iter().flat_map(|checked| &checked.exchanges);
        exchanges.any(|exchange| exchange.request.body == body && exchange.length == last.delivery.body.len())
    }

    /// The same for the case sent once more, with more patience: work that shows late is that of deliveries before it.
    pub(super) async fn excess_again(
        &mut self,
        planned: &Planned<'_>,
        deliveries: i64,
    ) -> Result<Option<String>, Error> {
        let Some(usual) = self.counter.as_mut().map(Counter::wait_longest) else { return Ok(None) };
        let Some(before) = self.at_rest().await else { return Ok(None) };
        let Ok(shot) = self.shot(planned)? else { return Ok(None) };
        fire(&self.sender, &self.url, &shot, self.timeout).await;
        let excess = self.excess(before, deliveries).await;
        if excess.is_some() {
            self.sure.push(deliveries);
            self.counter.iter_mut().for_each(|counter| counter.wait_for(usual));
        }
        Ok(excess)
    }

    /// What was read of the number. Where it can't be read any more, the rest is proved without it.
    pub(super) fn counted<T>(&mut self, read: Result<T, Error>) -> Option<T> {
        read.map_err(|error| {
            self.context.console.fail(&error.to_string(), error.hint().as_deref());
            self.counter = None;
            self.is_counter_lost = true;
        })
        .ok()
    }
}

/// How many deliveries' worth of work a case may cause, where that is to be looked at.
pub(super) fn moves(planned: &Planned<'_>) -> Option<i64> {
    match (planned.case.family, planned.case.id) {
        (Family::Refuses, _) if planned.case.level < Level::Must => None,
        (Family::Refuses, _) | (_, "huge-unsigned") => Some(0),
        (_, "repeat" | "repeat-at-once" | "repeat-other-id" | "forged-first") => Some(1),
        _ => None,
    }
}
