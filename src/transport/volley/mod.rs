//! Deliveries by the thousand: some are under way at once, each worker keeps its connection.
//!
//! Plain HTTP goes over hyper's own connections, which cost least; TLS and proxies go over reqwest's.

mod line;
mod pace;

pub use line::FIRST_PART;
pub use pace::Rate;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use reqwest::Url;

use super::send::{SendError, SendOptions, Sender};
use crate::message::{Answer, Delivery};
use crate::refusal::{Refusal, refusal};
use line::{Line, Place};
use pace::Pace;

/// Where nobody can be reached for so long, and no time was told, a load ends.
const PATIENCE: Duration = Duration::from_secs(5);
/// A worker that reached nobody waits this long at first, then twice as long each time.
const PAUSE: Duration = Duration::from_millis(1);
/// And at most this long.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How much goes out, and how fast.
#[derive(Clone, Copy, Debug)]
pub struct Volley {
    /// So many deliveries.
    pub count: Option<u64>,
    /// For so long.
    pub time: Option<Duration>,
    /// So many in a time; as many as can be where nothing is said.
    pub rate: Option<Rate>,
    /// So many under way at once.
    pub concurrency: usize,
}

/// Why a load ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All went out.
    Count,
    /// Its time was over.
    Time,
    /// Nobody could be reached any more.
    Unreachable,
}

/// What came of one delivery.
#[derive(Debug)]
pub struct Hit {
    /// Which one it was.
    pub index: u64,
    /// The answer, or why there is none.
    pub came: Result<Reply, SendError>,
    /// Until the answer's end: from its going out, or from when it was due where a rate is kept.
    pub latency: Duration,
    /// Whether it went out twice, because the receiver closed the kept connection without an answer.
    pub is_again: bool,
}

/// An answer, as far as it counts here.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The first part of its body.
    pub first: Bytes,
    /// What gave it in front of the handler.
    pub refusal: Option<&'static Refusal>,
}

impl Reply {
    fn of(mut answer: Answer) -> Self {
        let refusal = refusal(&answer);
        answer.body.truncate(FIRST_PART);
        Self { status: answer.status, first: Bytes::from(answer.body), refusal }
    }
}

/// The way to a receiver.
#[derive(Clone, Debug)]
pub struct Gun(Way);

#[derive(Clone, Debug)]
enum Way {
    Plain(Place),
    Client(Sender),
}

impl Gun {
    /// The way over plain HTTP, without a proxy.
    pub async fn plain(url: &Url, options: &SendOptions) -> Result<Self, SendError> {
        Ok(Self(Way::Plain(Place::find(url, options.timeout).await?)))
    }

    /// The way that knows TLS and proxies.
    pub fn client(url: &Url, options: &SendOptions) -> Result<Self, SendError> {
        Ok(Self(Way::Client(Sender::keeping(url, options)?)))
    }
}

/// A worker's share of the way.
enum Arm<'a> {
    Line(Line<'a>),
    Client(&'a Sender),
}

impl Arm<'_> {
    /// What came of a delivery, and whether it went out twice.
    async fn send(&mut self, delivery: Delivery) -> (Result<Reply, SendError>, bool) {
        match self {
            Self::Line(line) => line.send(delivery).await,
            Self::Client(sender) => {
                let answer = sender.send(&delivery).await;
                (answer.map(Reply::of), false)
            }
        }
    }
}

/// Sends deliveries until there are enough of them. Each is made when it goes out, and what came of it is told. An
/// error is one that ends it all: a delivery that can't be made, or nobody who can be reached from the first.
pub async fn volley<E: From<SendError>>(
    gun: &Gun,
    volley: &Volley,
    make: impl Fn(u64) -> Result<Delivery, E>,
    tell: impl FnMut(Hit),
) -> Result<Ended, E> {
    let arm = || match &gun.0 {
        Way::Plain(place) => Arm::Line(Line::new(place)),
        Way::Client(sender) => Arm::Client(sender),
    };
    let mut first = arm();
    if let Arm::Line(line) = &mut first {
        line.connect().await?;
    }
    let course = Course::begin(volley);
    let tell = RefCell::new(tell);
    let most = volley.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let arms = std::iter::once(first).chain(std::iter::repeat_with(arm));
    let mut workers: FuturesUnordered<_> =
        arms.take(volley.concurrency.clamp(1, most)).map(|arm| work(&course, arm, &make, &tell)).collect();
    while let Some(done) = workers.next().await {
        done?;
    }
    Ok(course.ended.get())
}

async fn work<E: From<SendError>>(
    course: &Course,
    mut arm: Arm<'_>,
    make: &impl Fn(u64) -> Result<Delivery, E>,
    tell: &RefCell<impl FnMut(Hit)>,
) -> Result<(), E> {
    let mut pause = PAUSE;
    while let Some((index, due)) = course.next().await {
        let delivery = make(index)?;
        let begun = due.unwrap_or_else(Instant::now);
        let (came, is_again) = arm.send(delivery).await;
        let is_lost = matches!(came, Err(SendError::NoConnection { .. }));
        let came = match came {
            Err(error @ SendError::Options(_)) => return Err(error.into()),
            came => came,
        };
        (tell.borrow_mut())(Hit { index, came, latency: begun.elapsed(), is_again });
        course.remember(is_lost);
        if is_lost && due.is_none() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        } else {
            pause = PAUSE;
        }
    }
    Ok(())
}

/// How far a load has come.
struct Course {
    count: u64,
    next: Cell<u64>,
    end: Option<Instant>,
    pace: Option<Pace>,
    ended: Cell<Ended>,
    /// Since when nobody could be reached.
    lost: Cell<Option<Instant>>,
}

impl Course {
    fn begin(volley: &Volley) -> Self {
        Self {
            count: volley.count.unwrap_or(u64::MAX),
            next: Cell::new(0),
            end: volley.time.and_then(|time| Instant::now().checked_add(time)),
            pace: volley.rate.map(Pace::start),
            ended: Cell::new(Ended::Count),
            lost: Cell::new(None),
        }
    }

    /// Waits for the next delivery: which one it is, and when it is due where a rate is kept.
    async fn next(&self) -> Option<(u64, Option<Instant>)> {
        if let Some(pace) = &self.pace {
            let is_due = match self.end {
                None => pace.wait().await,
                Some(end) => match tokio::time::timeout_at(end.into(), pace.wait()).await {
                    Ok(is_due) => is_due,
                    Err(_) => self.stop(Ended::Time),
                },
            };
            if !is_due {
                return None;
            }
        }
        let index = self.next.get();
        if index >= self.count || self.ended.get() == Ended::Unreachable {
            return None;
        }
        if self.end.is_some_and(|end| Instant::now() >= end) {
            self.stop(Ended::Time);
            return None;
        }
        self.next.set(index + 1);
        if let Some(pace) = self.pace.as_ref().filter(|_| index + 1 == self.count) {
            // Nobody waits for what does not come.
            pace.stop();
        }
        Some((index, self.pace.as_ref().map(|pace| pace.due(index))))
    }

    /// Gives up where nobody could be reached for long, unless it is told how long it takes.
    fn remember(&self, is_lost: bool) {
        if !is_lost {
            self.lost.set(None);
            return;
        }
        let since = self.lost.get().unwrap_or_else(Instant::now);
        self.lost.set(Some(since));
        if self.end.is_none() && since.elapsed() >= PATIENCE {
            self.stop(Ended::Unreachable);
        }
    }

    /// Lets no more go out.
    fn stop(&self, ended: Ended) -> bool {
        self.ended.set(ended);
        if let Some(pace) = &self.pace {
            pace.stop();
        }
        false
    }
}
