//! The delivery that takes two seconds, sent beside the rest where that can be.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Check;
use crate::commands::check::fire::{Fired, fire};
use crate::conformance::{Planned, Shot};
use crate::error::Error;
use crate::transport::send_in_pieces;

/// How long a second connection may wait for its answer while a first is held up.
const BESIDE: Duration = Duration::from_secs(1);
/// How much earlier the first is there.
const HEAD_START: Duration = Duration::from_millis(30);
impl Check<'_> {
    /// Has the slow delivery under way beside the rest, where a probe shows that a second connection is served
    /// meanwhile. Else it waits for its turn, which is near the end.
    pub(super) async fn begin_slowly(&mut self, rest: &[Planned<'_>]) -> Result<(), Error> {
        let is_slow = |planned: &&Planned<'_>| planned.case.id == "slow-body";
        let Some(planned) = rest.iter().find(is_slow).filter(|_| self.counter.is_none()) else { return Ok(()) };
        let Ok(shot) = self.shot(planned)? else { return Ok(()) };
        let Ok(held) = self.shot(planned)? else { return Ok(()) };
        if self.way_that_bars(&shot).is_some() || !self.serves_a_second(&held, &shot).await {
            return Ok(());
        }
        let Ok(shot) = self.shot(planned)? else { return Ok(()) };
        let (sender, url, timeout) = (self.sender.clone(), self.url.clone(), self.timeout);
        let sent = shot.clone();
        self.slow = Some((shot, tokio::spawn(async move { fire(&sender, &url, &sent, timeout).await })));
        Ok(())
    }

    /// Whether a delivery is answered while half of another has come.
    pub(super) async fn serves_a_second(&self, held: &Shot, second: &Shot) -> bool {
        let (is_out, release) = (Notify::new(), Notify::new());
        let pause = || {
            is_out.notify_one();
            release.notified()
        };
        let held = send_in_pieces(&self.url, &held.requests[0].delivery, 2, pause, self.timeout);
        let beside = async {
            // A second that overtakes the half would be served by anyone.
            let _ = tokio::time::timeout(BESIDE, is_out.notified()).await;
            tokio::time::sleep(HEAD_START).await;
            let mut second = pin!(self.sender.send(&second.requests[0].delivery));
            let early = tokio::time::timeout(BESIDE, &mut second).await;
            release.notify_one();
            // One that has to wait is waited for: a connection that is left could harm.
            if let Ok(sent) = early {
                return sent.is_ok();
            }
            drop(second.await);
            false
        };
        let both = async { tokio::join!(held, beside) };
        tokio::time::timeout_at(self.deadline.into(), both).await.is_ok_and(|(held, beside)| held.is_ok() && beside)
    }

    /// What came back for the slow delivery. Without an answer it tells nothing of its own, as another case may have
    /// ended the receiver meanwhile: then it is sent once more.
    pub(super) async fn answered_beside(&self, under_way: JoinHandle<Vec<Fired>>) -> Option<Vec<Fired>> {
        let fired = tokio::time::timeout_at(self.deadline.into(), under_way).await.ok()?.ok()?;
        fired.iter().all(|fired| matches!(fired, Fired::Back(Ok(_)))).then_some(fired)
    }
}
