//! Receiving deliveries, over hyper: everything that comes is bounded in size, time and number.
//!
//! HTTP is spoken on a thread of its own, so that it goes on while a delivery is judged and kept. What a delivery
//! means, and what is answered to it, is the handler's, on the thread that serves.

mod crossing;
mod http;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use futures_util::FutureExt as _;
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
        F: Future<Output = Reply> + Unpin + 'static,
    {
        let (desk, arrivals) = mpsc::channel(WAITING);
        let (stopping, stopped) = oneshot::channel();
        let speaking = spawn_blocking(move || http::speak(self, limits, desk, stopped));
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
        // The handler lives until here: who waits for what it holds to be let go of waits for the end.
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
    F: Future<Output = Reply> + Unpin + 'static,
{
    bound.serve(limits, handler, Hooks::default(), stop).await
}

/// Judges whatever arrives, until nothing more can.
async fn judge<H, F>(mut arrivals: mpsc::Receiver<Arrival>, handler: &H, hooks: &Hooks)
where
    H: Fn(Capture, Permit) -> F + 'static,
    F: Future<Output = Reply> + Unpin + 'static,
{
    while let Some(arrival) = arrivals.recv().await {
        match arrival {
            Arrival::Delivery(came, permit, answer) => match begin(handler, came.capture(), permit).await {
                Begun::Answered(reply) => drop(answer.send(reply)),
                Begun::Waits(work) => drop(spawn_local(finish(work, answer))),
                Begun::Panicked => {}
            },
            Arrival::Aside(came, answer) => drop(answer.send((hooks.aside)(&came.capture().delivery))),
            Arrival::Refused(refused) => (hooks.refused)(refused),
        }
    }
}

/// How far a handler comes at once.
enum Begun<F> {
    /// To the end, as most do; so a delivery needs no task of its own.
    Answered(Reply),
    /// To something that it waits for.
    Waits(F),
    /// It was told of on stderr. The sender gets no answer, and the others theirs.
    Panicked,
}

async fn begin<H, F>(handler: &H, capture: Capture, permit: Permit) -> Begun<F>
where
    H: Fn(Capture, Permit) -> F,
    F: Future<Output = Reply> + Unpin,
{
    let Ok(mut work) = catch_unwind(AssertUnwindSafe(|| handler(capture, permit))) else { return Begun::Panicked };
    let polled = poll_fn(|context| Poll::Ready(catch_unwind(AssertUnwindSafe(|| work.poll_unpin(context))))).await;
    match polled {
        Ok(Poll::Ready(reply)) => Begun::Answered(reply),
        Ok(Poll::Pending) => Begun::Waits(work),
        Err(_) => Begun::Panicked,
    }
}

/// Sends an answer that is waited for.
async fn finish(work: impl Future<Output = Reply>, mut answer: oneshot::Sender<Reply>) {
    tokio::select! {
        biased;
        reply = work => drop(answer.send(reply)),
        // Its connection broke.
        () = answer.closed() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::{Limits, Reply, serve};
    use crate::transport::bind::bind;

    fn answer(address: SocketAddr, body: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(stream, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[tokio::test]
    async fn a_handler_that_panics_leaves_the_others_be() {
        let bound = bind(None, 0).await.unwrap();
        let address = bound.addresses[0];
        let second = Duration::from_secs(1);
        let limits = Limits { max_body: 100, in_flight: 100, stall: second, grace: second };
        let (stop, stopped) = oneshot::channel::<()>();
        let asking = std::thread::spawn(move || {
            let answers = ["bad", "good", "bad", "good"].map(|body| answer(address, body));
            stop.send(()).unwrap();
            answers
        });
        let handler = |capture: crate::message::Capture, _| {
            assert_ne!(capture.delivery.body, b"bad", "as it is meant to be here");
            ready(Reply::text(200, "fine"))
        };
        serve(bound, limits, handler, async { drop(stopped.await) }).await.unwrap();
        let answers = asking.join().unwrap();
        let are_answered =
            answers.each_ref().map(|answer| answer.starts_with("HTTP/1.1 200") && answer.ends_with("fine"));
        assert_eq!(are_answered, [false, true, false, true], "{answers:?}");
        assert_eq!(answers[0], "");
    }
}
