//! Requests that are no deliveries: counted, and told in measure.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::threads::{Said, Talk};
use crate::console::{Paint, Tone};
use crate::words::{self, Lines};

/// Refused requests that are told in a second; of more only the number is.
const TOLD: usize = 20;

/// Requests that are no deliveries: each is counted, and so many a second are told.
pub(super) struct Refusals {
    talk: Talk,
    pub(super) count: Cell<usize>,
    second: Cell<Instant>,
    told: Cell<usize>,
    untold: Cell<usize>,
    more: Notify,
}

impl Refusals {
    pub(super) fn new(talk: Talk) -> Self {
        let none = || Cell::new(0);
        Self {
            talk,
            count: none(),
            second: Cell::new(Instant::now()),
            told: none(),
            untold: none(),
            more: Notify::new(),
        }
    }

    pub(super) fn tell(&self, line: impl FnOnce(Paint) -> String) {
        self.count.set(self.count.get() + 1);
        self.in_measure(line);
    }

    /// As above for a request that is neither: it is told in the same measure and not counted.
    pub(super) fn say(&self, line: &str) {
        if !self.talk.say(Said::Line(line.to_string())) {
            self.more.notify_one();
        }
    }

    fn in_measure(&self, line: impl FnOnce(Paint) -> String) {
        if self.second.get().elapsed() >= Duration::from_secs(1) {
            self.second.set(Instant::now());
            self.told.set(0);
        }
        if self.told.get() < TOLD && self.talk.say(Said::Line(line(self.talk.paint))) {
            self.told.set(self.told.get() + 1);
        } else {
            self.untold.set(self.untold.get() + 1);
            self.more.notify_one();
        }
    }

    /// Tells the number of the others from time to time.
    pub(super) async fn tell_the_rest(&self) {
        loop {
            self.more.notified().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let untold = self.untold.take();
            if untold > 0 {
                let more = words::count(untold, "more request was", "more requests were");
                self.talk.say(Said::Line(format!("{more} refused")));
            }
        }
    }
}

/// `GET /x from 127.0.0.1:50123: 405, webhooks come as POST`
pub(super) fn refusal_line(request: &str, peer: SocketAddr, status: u16, why: &str, paint: Paint) -> String {
    let why = match status {
        405 => "webhooks come as POST",
        413 => "the body is larger than --max-body allows",
        _ => why,
    };
    let request = paint.remote(&words::shorten(request, 100), Lines::Escape);
    paint.tone(Tone::Faint, &format!("{request} from {peer}: {status}, {why}"))
}
