//! Deliveries that wait to go on, in the order they came, and how they are worked off.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{mpsc, oneshot};

use super::super::threads::Talk;
use super::answer::{not_delivered, onward, reply_of, usable};
use super::application::Parcel;
use super::{Forwarding, UNBOUNDED};
use crate::commands::handling::{Onward, Shown, Taken};
use crate::commands::room;
use crate::inspect::Inspected;
use crate::message::Capture;
use crate::report::Forwarded;
use crate::transport::{Permit, Reply};

/// What a line about a delivery takes besides its names, in bytes.
const LINE: usize = 1 << 10;

/// A delivery that waits to go on.
pub(super) struct Job {
    parcel: Parcel,
    pub(super) about: Forwarded,
    places: Vec<usize>,
    answer: Cell<Option<oneshot::Sender<Reply>>>,
    /// The memory that all of it takes.
    pub(super) permit: RefCell<Permit>,
}

/// Takes deliveries on; the queue ends with it.
pub(super) struct Desk {
    pub(super) forwarding: Rc<Forwarding>,
    pub(super) jobs: mpsc::Sender<Job>,
}

/// What is needed to work the queue off.
pub(in crate::commands::listen) struct Queue {
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) out: mpsc::Sender<Shown>,
}

impl Forwarding {
    /// Works off what waits, until nothing more can come.
    pub(in crate::commands::listen) async fn work(self: Rc<Self>, queue: Queue, talk: Talk) {
        let Queue { mut jobs, out } = queue;
        let mut under_way = FuturesUnordered::new();
        let mut is_open = true;
        loop {
            tokio::select! {
                job = jobs.recv(), if is_open && under_way.len() < self.parallel => match job {
                    Some(job) => under_way.push(self.pass(job, &out, &talk)),
                    None => is_open = false,
                },
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                else => return,
            }
        }
    }

    async fn pass(&self, job: Job, out: &mpsc::Sender<Shown>, talk: &Talk) {
        let each = job.places.iter().enumerate().map(async |(place, at)| {
            let application = &self.applications[*at];
            let outcome = usable(application.reach(&job.parcel, talk).await);
            self.tally(&outcome);
            let answer = if place == 0 { job.answer.take() } else { None };
            let reply = answer.is_some().then(|| reply_of(&outcome).within(job.permit.borrow_mut().split(0)));
            if reply.is_some() {
                self.say_too_long(&outcome, talk);
            }
            self.tell(&job, application, outcome, out).await;
            if let (Some(answer), Some(reply)) = (answer, reply) {
                // A sender that has gone wants none.
                let _ = answer.send(reply);
            }
        });
        join_all(each).await;
        self.open.set(self.open.get() - 1);
        self.done.notify_one();
    }
}

impl Onward for Desk {
    fn answers(&self, inspected: &Inspected<'_>) -> bool {
        !self.forwarding.answer_first && !self.forwarding.routes.of(&inspected.identified).is_empty()
    }

    fn room(&self, capture: &Capture, inspected: &Inspected<'_>) -> usize {
        let places = self.forwarding.routes.of(&inspected.identified).len();
        let names: usize = room::names(inspected).map(|name| 2 * name.len() + room::in_json(name.as_bytes())).sum();
        // Each application gets a copy.
        places * (capture.delivery.body.len() + names + LINE)
    }

    fn take(&self, capture: Capture, inspected: &Inspected<'_>, permit: Permit) -> Taken {
        let forwarding = self.forwarding.clone();
        let places = forwarding.routes.of(&inspected.identified);
        if places.is_empty() {
            return Box::pin(async { None });
        }
        let identified = &inspected.identified;
        let provider = identified.provider.map(|provider| provider.id.clone());
        let (answer, answered) = oneshot::channel();
        let job = Job {
            about: Forwarded {
                label: identified.label(),
                provider: provider.clone(),
                events: identified.events.clone(),
                delivery_id: identified.delivery_id.clone(),
                received: capture.received,
                peer: capture.peer,
            },
            parcel: Parcel {
                delivery: onward(capture.delivery),
                provider,
                scheme: inspected.scheme.as_deref().filter(|_| forwarding.signs()).cloned(),
                since: Instant::now(),
            },
            places,
            answer: Cell::new((!forwarding.answer_first).then_some(answer)),
            permit: RefCell::new(permit),
        };
        forwarding.open.set(forwarding.open.get() + 1);
        let jobs = self.jobs.clone();
        Box::pin(async move {
            let answer = async {
                let _ = jobs.send(job).await;
                // Nothing may keep the queue open any longer than it is written to.
                drop(jobs);
                if forwarding.answer_first {
                    return None;
                }
                Some(answered.await.unwrap_or_else(|_| not_delivered(502)))
            };
            tokio::select! {
                answer = answer => answer,
                // Whoever waits still at the end learns that it has to try again.
                () = forwarding.given_up.pause(UNBOUNDED) => Some(not_delivered(503)),
            }
        })
    }
}
