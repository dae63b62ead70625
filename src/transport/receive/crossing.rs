//! What crosses between the thread that speaks HTTP and the one that judges: plain values, all of them bounded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use tokio::sync::oneshot;

use crate::message::{Capture, Delivery, Headers};

/// The bounds on what comes in.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest body, in bytes.
    pub max_body: usize,
    /// All bodies together, from their first byte until they are shown.
    pub in_flight: usize,
    /// How long a head may take, and how long a body may stall.
    pub stall: Duration,
    /// How long what is under way may take at the end.
    pub grace: Duration,
}

/// What came, and where its answer goes. An answer that nobody waits for any longer is none of the judge's business.
pub(super) enum Arrival {
    /// A delivery, and the room that its body takes.
    Delivery(Capture, Permit, oneshot::Sender<Reply>),
    /// A request that is no POST and has no body; it is refused where it gets no answer.
    Aside(Delivery, oneshot::Sender<Option<Reply>>),
    /// A request that was refused.
    Refused(Refused),
}

/// What is answered to a sender.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header lines, but for those of the connection.
    pub headers: Headers,
    /// The body; one of ours never says why a signature is wrong.
    pub body: Vec<u8>,
    /// Whether the connection is closed instead, without an answer.
    pub is_hang_up: bool,
}

impl Reply {
    /// A line of text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::ours(status, "text/plain; charset=utf-8", text.into())
    }

    /// JSON.
    pub fn json(status: u16, text: impl Into<String>) -> Self {
        Self::ours(status, "application/json", text.into())
    }

    fn ours(status: u16, kind: &str, text: String) -> Self {
        let mut headers = Headers::default();
        headers.push(CONTENT_TYPE.as_str(), kind);
        // A handshake gives back what the sender chose, and a browser must not take it for a page.
        headers.push(X_CONTENT_TYPE_OPTIONS.as_str(), "nosniff");
        Self { status, headers, body: text.into_bytes(), is_hang_up: false }
    }

    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for header in self.headers.0 {
            let name = HeaderName::from_bytes(header.name.as_bytes());
            // What can't stand in a header was none of the application's.
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(Bytes::from(header.value))) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A request that was no delivery, and what was answered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The request method, as it came.
    pub method: String,
    /// The request target, as it came.
    pub target: String,
    /// Who sent it.
    pub peer: SocketAddr,
    /// The status.
    pub status: u16,
    /// What the sender was told.
    pub why: &'static str,
}

/// Room for a body; it is given back when this is dropped.
#[derive(Debug)]
pub struct Permit {
    taken: usize,
    budget: Arc<Budget>,
}

/// All the room there is.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(super) fn of(limit: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), limit })
    }

    /// No room yet.
    pub(super) fn permit(self: &Arc<Self>) -> Permit {
        Permit { taken: 0, budget: self.clone() }
    }
}

impl Permit {
    /// Takes so much room, where there is as much.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.budget.limit);
        let taken = self.budget.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        self.taken += if taken { bytes } else { 0 };
        taken
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.taken, Ordering::Relaxed);
    }
}
