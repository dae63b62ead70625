//! Receiving deliveries, over hyper: everything that comes is bounded in size, time and number.
//!
//! Two threads speak HTTP and look at what came, each for connections of its own. What a delivery means beside the
//! others, and what is answered to it, is the handler's, on the thread that serves: it sees one after the other.

mod accept;
mod budget;
mod crossing;
mod http;
mod metered;
mod protocol;

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Poll;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, LocalSet, spawn_blocking, spawn_local};

use super::bind::{BindError, Bound};
use crate::message::{Capture, Delivery};
use budget::Budget;
pub use budget::Permit;
use crossing::Arrival;
pub use crossing::{Limits, Refused, Reply};
use http::Server;
pub use protocol::Protocol;

/// Requests that may wait to be judged; then their senders wait too.
const WAITING: usize = 1024;
/// Threads that speak HTTP: as many as keep one judge busy.
const SPEAKERS: usize = 2;

/// What a server tells and asks besides handing over deliveries.
pub struct Hooks {
    /// Learns of every request that the handler never sees.
    pub refused: Box<dyn Fn(Refused)>,
    /// Learns of every connection that spoke another protocol.
    pub foreign: Box<dyn Fn(Protocol, SocketAddr)>,
    /// May answer a request that is no POST and has no body.
    pub aside: Aside,
}

/// What may answer a request by itself.
pub type Aside = Box<dyn Fn(&Delivery) -> Option<Reply>>;

impl Default for Hooks {
    fn default() -> Self {
        Self { refused: Box::new(|_| ()), foreign: Box::new(|_, _| ()), aside: Box::new(|_| None) }
    }
}

impl Bound {
    /// Serves until `stop` is done, then lets what is under way finish within the grace. Where this is dropped
    /// nothing has any grace. What `look` sees in a delivery, on any thread, is what the handler gets; with the memory that
    /// it took for that.
    pub async fn serve<T, L, H, F>(
        self,
        limits: Limits,
        look: L,
        handler: H,
        hooks: Hooks,
        stop: impl Future<Output = ()>,
    ) -> Result<(), BindError>
    where
        T: Send + 'static,
        L: Fn(Capture, &mut Permit) -> T + Clone + Send + 'static,
        H: Fn(T, Permit) -> F + 'static,
        F: Future<Output = Reply> + Unpin + 'static,
    {
        let listening = self.listen().map_err(BindError::Start)?;
        let (desk, arrivals) = mpsc::channel(WAITING);
        let budget = Budget::of(limits.in_flight);
        let speaker = |_| {
            let (taker, connections) = mpsc::unbounded_channel();
            let (limits, budget, look, desk) = (limits.clone(), budget.clone(), look.clone(), desk.clone());
            (taker, spawn_blocking(|| http::speak(Server { limits, budget, look, desk }, connections)))
        };
        let (takers, speakers): (Vec<_>, Vec<_>) = (0..SPEAKERS).map(speaker).unzip();
        // Judging ends with the last who speaks.
        drop(desk);
        let dealing = accept::deal(listening, takers);
        let until_stopped = async {
            tokio::select! {
                () = stop => {}
                () = dealing => {}
            }
            std::future::pending::<()>().await;
        };
        let judging = judge(arrivals, &handler, &hooks);
        let until_all_is_judged = async {
            tokio::select! {
                () = judging => {}
                () = until_stopped => {}
            }
        };
        LocalSet::new().run_until(until_all_is_judged).await;
        // The handler lives until here: who waits for what it holds to be let go of waits for the end.
        for speaker in speakers {
            speaker.await.map_err(JoinError::into_panic).unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(())
    }
}

/// As [`Bound::serve`], where nobody wants to know of anything but deliveries.
pub async fn serve<T, L, H, F>(
    bound: Bound,
    limits: Limits,
    look: L,
    handler: H,
    stop: impl Future<Output = ()>,
) -> Result<(), BindError>
where
    T: Send + 'static,
    L: Fn(Capture, &mut Permit) -> T + Clone + Send + 'static,
    H: Fn(T, Permit) -> F + 'static,
    F: Future<Output = Reply> + Unpin + 'static,
{
    bound.serve(limits, look, handler, Hooks::default(), stop).await
}

/// Judges whatever arrives, until nothing more can.
async fn judge<T, H, F>(mut arrivals: mpsc::Receiver<Arrival<T>>, handler: &H, hooks: &Hooks)
where
    H: Fn(T, Permit) -> F + 'static,
    F: Future<Output = Reply> + Unpin + 'static,
{
    while let Some(arrival) = arrivals.recv().await {
        match arrival {
            Arrival::Delivery(seen, permit, answer) => match begin(handler, seen, permit).await {
                Begun::Answered(reply) => drop(answer.send(reply)),
                Begun::Waits(work) => drop(spawn_local(finish(work, answer))),
                Begun::Panicked => {}
            },
            Arrival::Aside(request, answer) => drop(answer.send((hooks.aside)(&request))),
            Arrival::Refused(refused) => (hooks.refused)(refused),
            Arrival::Foreign(protocol, peer) => (hooks.foreign)(protocol, peer),
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

async fn begin<T, H, F>(handler: &H, seen: T, permit: Permit) -> Begun<F>
where
    H: Fn(T, Permit) -> F,
    F: Future<Output = Reply> + Unpin,
{
    let Ok(mut work) = catch_unwind(AssertUnwindSafe(|| handler(seen, permit))) else { return Begun::Panicked };
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
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::{Limits, Permit, Reply, serve};
    use crate::message::Capture;
    use crate::transport::bind::bind;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limits() -> Limits {
        Limits { max_body: 100, in_flight: 1 << 20, stall: MINUTE, grace: MINUTE }
    }

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
    async fn what_panics_at_one_delivery_leaves_the_others_be() {
        let bound = bind(None, 0).await.unwrap();
        let address = bound.addresses[0];
        let (stop, stopped) = oneshot::channel::<()>();
        let asking = std::thread::spawn(move || {
            let answers = ["bad", "good", "ugly", "good", "bad", "good"].map(|body| answer(address, body));
            stop.send(()).unwrap();
            answers
        });
        let look = |capture: Capture, _: &mut Permit| {
            assert_ne!(capture.delivery.body, b"ugly", "as it is meant to be here");
            capture.delivery.body
        };
        let handler = |body, _| {
            assert_ne!(body, b"bad", "as it is meant to be here");
            ready(Reply::text(200, "fine"))
        };
        serve(bound, limits(), look, handler, async { drop(stopped.await) }).await.unwrap();
        let answers = asking.join().unwrap();
        let are_answered =
            answers.each_ref().map(|answer| answer.starts_with("HTTP/1.1 200") && answer.ends_with("fine"));
        assert_eq!(are_answered, [false, true, false, true, false, true], "{answers:?}");
        assert_eq!([&answers[0], &answers[2]], ["", ""]);
    }

    #[tokio::test]
    async fn a_connection_is_served_while_another_is_looked_at() {
        let bound = bind(None, 0).await.unwrap();
        let address = bound.addresses[0];
        let (begin, has_begun) = channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (go_on, may_go_on) = channel();
        let asking = std::thread::spawn(move || {
            let long = std::thread::spawn(move || answer(address, "long"));
            has_begun.recv_timeout(MINUTE).unwrap();
            let short = answer(address, "short");
            go_on.send(()).unwrap();
            let long = long.join().unwrap();
            stop.send(()).unwrap();
            [short, long]
        });
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        let look = move |capture: Capture, _: &mut Permit| {
            if capture.delivery.body == b"long" {
                begin.send(()).unwrap();
                may_go_on.lock().unwrap().recv_timeout(MINUTE).unwrap();
            }
        };
        serve(bound, limits(), look, |(), _| ready(Reply::text(200, "fine")), async { drop(stopped.await) })
            .await
            .unwrap();
        let answers = asking.join().unwrap();
        assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")), "{answers:?}");
    }
}
