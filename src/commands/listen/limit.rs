//! Messages that a peer can cause: so many of each kind are told in a second, and of the others their number.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::threads::{Said, Talk};
use crate::console::{Paint, Tone};
use crate::transport::{Protocol, Refused};
use crate::words::{self, Lines};

/// Messages of a kind that are told in a second.
const TOLD: usize = 20;
const SECOND: Duration = Duration::from_secs(1);

/// A kind of message that a peer can cause. Each is limited by itself: one that floods hides no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A request that was refused before it was a delivery.
    Refusal,
    /// A handshake.
    Handshake,
    /// The journal took no delivery, or takes them again.
    Journal,
    /// An application is down, or up again.
    Application,
    /// A refused delivery is explained. These are counted where they are explained.
    Explanation,
    /// A fault of our own.
    Panic,
}

impl Cause {
    const ALL: [Self; 6] =
        [Self::Refusal, Self::Handshake, Self::Journal, Self::Application, Self::Explanation, Self::Panic];

    /// What the others are called; nothing where they are told of elsewhere.
    fn others(self, count: usize) -> Option<String> {
        let words = |one, many| Some(words::count(count, one, many));
        match self {
            Self::Refusal => words("more request was refused", "more requests were refused"),
            Self::Handshake => words("more handshake", "more handshakes"),
            Self::Journal => words("more message about the journal", "more messages about the journal"),
            Self::Application => words("more message about applications", "more messages about applications"),
            Self::Explanation => None,
            Self::Panic => words("more panic", "more panics"),
        }
    }
}

/// What was told of one kind.
#[derive(Clone, Copy, Debug)]
struct Count {
    second: Instant,
    told: usize,
    untold: usize,
}

/// Limits the messages that peers can cause. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct MessageLimit(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    each: Mutex<[Count; Cause::ALL.len()]>,
    /// Told where something is left to tell.
    more: Notify,
}

impl MessageLimit {
    pub(super) fn new() -> Self {
        let none = Count { second: Instant::now(), told: 0, untold: 0 };
        Self(Arc::new(Counts { each: Mutex::new([none; Cause::ALL.len()]), more: Notify::new() }))
    }

    fn counts(&self) -> MutexGuard<'_, [Count; Cause::ALL.len()]> {
        self.0.each.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more may be told now. It is counted in any case.
    pub(super) fn allows(&self, cause: Cause) -> bool {
        let count = &mut self.counts()[cause as usize];
        if count.second.elapsed() >= SECOND {
            (count.second, count.told) = (Instant::now(), 0);
        }
        let is_allowed = count.told < TOLD;
        count.told += usize::from(is_allowed);
        count.untold += usize::from(!is_allowed);
        if !is_allowed {
            self.0.more.notify_one();
        }
        is_allowed
    }

    /// Counts one that nobody would read now.
    pub(super) fn untold(&self, cause: Cause) {
        self.counts()[cause as usize].untold += 1;
        self.0.more.notify_one();
    }

    /// What the others were since this was asked last.
    fn others(&self) -> Vec<String> {
        let mut counts = self.counts();
        let taken = Cause::ALL.map(|cause| (cause, std::mem::take(&mut counts[cause as usize].untold)));
        taken.into_iter().filter(|(_, untold)| *untold > 0).filter_map(|(cause, untold)| cause.others(untold)).collect()
    }

    /// Tells the number of the others from time to time.
    pub(super) async fn tell_the_rest(&self, talk: &Talk) {
        loop {
            self.0.more.notified().await;
            tokio::time::sleep(SECOND).await;
            for others in self.others() {
                talk.say(Said::Line(others));
            }
        }
    }

    /// Limits what the standard library writes to stderr where a thread panics.
    pub(super) fn limit_panics(&self) {
        let (limit, tell) = (self.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            if limit.allows(Cause::Panic) {
                tell(panic);
            }
        }));
    }
}

/// `GET /x from 127.0.0.1:50123: 405, webhooks come as POST`
pub(super) fn refusal_line(refused: &Refused, paint: Paint) -> String {
    let Refused { method, target, peer, status, why } = refused;
    let why = match status {
        405 => "webhooks come as POST",
        413 => "the body is larger than --max-body allows",
        _ => why,
    };
    let request = paint.remote(&words::shorten(&format!("{method} {target}"), 100), Lines::Escape);
    paint.tone(Tone::Faint, &format!("{request} from {peer}: {status}, {why}"))
}

/// Returns what is told of a connection that speaks another protocol, with the next step.
pub(super) fn foreign_line(protocol: Protocol, peer: SocketAddr) -> String {
    let what = match protocol {
        Protocol::Tls => {
            "speaks TLS to this port, which takes plain HTTP: give the sender http:// in place of https://, or have a \
             tunnel in front that takes https (ngrok, cloudflared)"
        }
        Protocol::Http2 => {
            "speaks HTTP/2 without TLS to this port, which takes HTTP/1.1: have the sender or the proxy in front speak \
             HTTP/1.1 (no h2c, no prior knowledge)"
        }
        Protocol::Proxy => {
            "begins with the PROXY protocol, which this port does not take: switch it off in the proxy in front \
             (send-proxy, proxy_protocol)"
        }
    };
    format!("{peer} {what}")
}

#[cfg(test)]
mod tests {
    use super::{Cause, MessageLimit, TOLD};

    #[test]
    fn each_kind_has_its_own_measure_and_the_others_are_counted() {
        let limit = MessageLimit::new();
        let told = |cause| (0..1_000).filter(|_| limit.allows(cause)).count();
        assert_eq!((told(Cause::Handshake), told(Cause::Refusal)), (TOLD, TOLD));
        assert_eq!(limit.others(), ["980 more requests were refused", "980 more handshakes"]);
        assert_eq!(limit.others(), Vec::<String>::new());
    }
}
