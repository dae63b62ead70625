//! What crosses between the threads that speak HTTP and the one that judges, all of it bounded.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use tokio::sync::oneshot;

use crate::message::{Delivery, Headers};

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
pub(super) enum Arrival<T> {
    /// What a delivery was seen to be, and the room that its body takes.
    Delivery(T, Permit, oneshot::Sender<Reply>),
    /// A request that is no POST and has no body; it is refused where it gets no answer.
    Aside(Delivery, oneshot::Sender<Option<Reply>>),
    /// A request that was refused.
    Refused(Refused),
}

/// What is answered to a sender.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    /// But for those of the connection.
    headers: HeaderMap,
    body: Bytes,
    /// Whether the connection is closed instead, without an answer.
    pub is_hang_up: bool,
}

impl Reply {
    /// What another answered, but for the headers of its connection.
    pub fn of(status: u16, headers: &Headers, body: impl Into<Bytes>) -> Self {
        let reply = Self { status, headers: HeaderMap::new(), body: body.into(), is_hang_up: false };
        reply.with(headers)
    }

    /// A line of text; one of ours never says why a signature is wrong.
    pub fn text(status: u16, text: impl Into<Bytes>) -> Self {
        Self::ours(status, "text/plain; charset=utf-8", text.into())
    }

    /// JSON.
    pub fn json(status: u16, text: impl Into<Bytes>) -> Self {
        Self::ours(status, "application/json", text.into())
    }

    fn ours(status: u16, kind: &'static str, body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(2);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        // A handshake gives back what the sender chose, and a browser must not take it for a page.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Self { status, headers, body, is_hang_up: false }
    }

    /// With more header lines. Their Content-Type takes the place of ours; others stand side by side.
    #[must_use]
    pub fn with(mut self, headers: &Headers) -> Self {
        if headers.get(CONTENT_TYPE.as_str()).is_some() {
            self.headers.remove(CONTENT_TYPE);
        }
        for header in &headers.0 {
            let name = HeaderName::from_bytes(header.name.as_bytes());
            // What can't stand in a header was none of the application's.
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&header.value)) {
                self.headers.append(name, value);
            }
        }
        self
    }

    pub(super) fn response(self) -> Response<Pieces> {
        let mut response = Response::new(Pieces(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers;
        response
    }
}

/// The longest piece of a body that is written at once, in bytes.
const PIECE: usize = 16 * 1024;

/// A body in pieces. A connection writes a head and what follows it in one, which is quickest, and keeps the room for
/// that as long as it lives.
pub(super) struct Pieces(Bytes);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.0.len().min(PIECE);
        let piece = self.0.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
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
