//! Receiving deliveries, over hyper: everything that comes is bounded in size, time and number.
//!
//! HTTP is spoken on a thread of its own, so that it goes on while a delivery is judged and kept. What a delivery
//! means, and what is answered to it, is the handler's, on the thread that serves.

mod crossing;
mod http;

use std::future::Future;
use std::rc::Rc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, LocalSet, spawn_blocking, spawn_local};

use super::bind::{BindError, Bound};
use crate::message::{Capture, Delivery};
use crossing::Arrival;
pub use crossing::{Limits, Permit, Refused, Reply};

/// Requests that may wait to be judged; then their senders wait too.
const WAITING: usize = 1024;

/// What a server tells and asks besides handing over deliveries.
pub struct Hooks {
    /// Learns of every request that the handler never sees, but for those that are no HTTP at all.
    pub refused: Box<dyn Fn(Refused)>,
    /// May answer a request that is no POST and has no body.
    pub aside: Aside,
}

/// What may answer a request by itself.
pub type Aside = Box<dyn Fn(&Delivery) -> Option<Reply>>;

impl Default for Hooks {
    fn default() -> Self {
        Self { refused: Box::new(|_| ()), aside: Box::new(|_| None) }
    }
}

impl Bound {
    /// Serves until `stop` is done, then lets what is under way finish within the grace. Where this is dropped
    /// nothing has any grace.
    pub async fn serve<H, F>(
        self,
        limits: Limits,
        handler: H,
        hooks: Hooks,
        stop: impl Future<Output = ()>,
    ) -> Result<(), BindError>
    where
        H: Fn(Capture, Permit) -> F + 'static,
        F: Future<Output = Reply> + 'static,
    {
        let (desk, arrivals) = mpsc::channel(WAITING);
        let (stopping, stopped) = oneshot::channel();
        let speaking = spawn_blocking(move || http::speak(self, limits, desk, stopped));
        // It lives until all has ended: who waits for what it holds to be let go of waits for that.
        let handler = Rc::new(handler);
        let judging = judge(arrivals, &handler, &hooks);
        let telling = async {
            stop.await;
            let _ = stopping.send(());
            std::future::pending::<()>().await;
        };
        let until_all_is_judged = async {
            tokio::select! {
                () = judging => {}
                () = telling => {}
            }
        };
        LocalSet::new().run_until(until_all_is_judged).await;
        speaking.await.map_err(JoinError::into_panic).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// As [`Bound::serve`], where nobody wants to know of anything but deliveries.
pub async fn serve<H, F>(
    bound: Bound,
    limits: Limits,
    handler: H,
    stop: impl Future<Output = ()>,
) -> Result<(), BindError>
where
    H: Fn(Capture, Permit) -> F + 'static,
    F: Future<Output = Reply> + 'static,
{
    bound.serve(limits, handler, Hooks::default(), stop).await
}

/// Judges whatever arrives, until nothing more can.
async fn judge<H, F>(mut arrivals: mpsc::Receiver<Arrival>, handler: &Rc<H>, hooks: &Hooks)
where
    H: Fn(Capture, Permit) -> F + 'static,
    F: Future<Output = Reply> + 'static,
{
    while let Some(arrival) = arrivals.recv().await {
        match arrival {
            Arrival::Delivery(came, permit, mut answer) => {
                let handler = handler.clone();
                spawn_local(async move {
                    tokio::select! {
                        biased;
                        reply = async { handler(came.capture(), permit).await } => drop(answer.send(reply)),
                        // Its connection broke.
                        () = answer.closed() => {}
                    }
                });
            }
            Arrival::Aside(came, answer) => drop(answer.send((hooks.aside)(&came.capture().delivery))),
            Arrival::Refused(refused) => (hooks.refused)(refused),
        }
    }
}
