//! What crosses between the threads that speak HTTP and the one that judges, all of it bounded.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use tokio::sync::oneshot;

use super::budget::Permit;
use super::metered::Work;
use super::protocol::Protocol;
use crate::message::{Delivery, Headers};

/// The bounds on what comes in.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest body, in bytes.
    pub max_body: usize,
    /// All deliveries together, from their first byte until they are shown and forwarded. Connections have a quarter of it
    /// besides.
    pub in_flight: usize,
    /// How long a head may take, and how long a body may stall.
    pub stall: Duration,
    /// How long what is under way may take at the end.
    pub grace: Duration,
}

/// What came, and where its answer goes. An answer that nobody waits for any longer is none of the judge's business.
pub(super) enum Arrival<T> {
    /// What a delivery was seen to be, and the memory that it takes.
    Delivery(T, Permit, oneshot::Sender<Reply>),
    /// A request that is no POST and has no body; it is refused where it gets no answer.
    Aside(Delivery, oneshot::Sender<Option<Reply>>),
    /// A request that was refused.
    Refused(Refused),
    /// A connection that spoke another protocol, and who made it.
    Foreign(Protocol, SocketAddr),
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
    /// The memory that the body takes.
    permit: Option<Arc<Permit>>,
}

/// What a sender gets in place of a body that there is no memory for.
const LEFT_OUT: &str = "the body of this answer is left out, since too much is under way\n";

impl Reply {
    /// What another answered, but for the headers of its connection.
    pub fn of(status: u16, headers: &Headers, body: impl Into<Bytes>) -> Self {
        let reply = Self { status, headers: HeaderMap::new(), body: body.into(), is_hang_up: false, permit: None };
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
        Self { status, headers, body, is_hang_up: false, permit: None }
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

    /// The same answer, with memory that was taken for it. Where that is too little for its body, the body is left out.
    #[must_use]
    pub fn within(mut self, mut permit: Permit) -> Self {
        if self.permit.is_some() || self.body.len() <= PIECE {
            return self;
        }
        if permit.take(self.body.len()) {
            self.permit = Some(Arc::new(permit));
            return self;
        }
        Self { is_hang_up: self.is_hang_up, ..Self::text(self.status, LEFT_OUT) }
    }

    pub(super) fn response(self) -> Response<Pieces> {
        let mut response = Response::new(Pieces { rest: self.body, _permit: self.permit, _work: None });
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers;
        response
    }
}

/// The longest piece of a body that is written at once, in bytes.
const PIECE: usize = 16 * 1024;

/// A body in pieces. A connection writes a head and what follows it in one, which is quickest, and keeps the room for
/// that as long as it lives.
pub(super) struct Pieces {
    rest: Bytes,
    _permit: Option<Arc<Permit>>,
    /// The request that it answers.
    _work: Option<Work>,
}

impl Pieces {
    /// The same, and the request is worked on until all is written.
    pub(super) fn during(self, work: Work) -> Self {
        Self { _work: Some(work), ..self }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
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
