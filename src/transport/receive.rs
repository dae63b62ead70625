//! Receiving deliveries, over hyper: everything that comes is bounded in size, time and number.
//!
//! Knows HTTP and its faults; what a delivery means, and what is answered to it, is the handler's.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, EXPECT, HOST, HeaderName, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::Instant;
use tokio_io_timeout::TimeoutStream;

use super::bind::Bound;
use crate::message::{Capture, Delivery, Header, Headers};

/// Descriptors that are left for everything but connections.
const SPARE_DESCRIPTORS: u64 = 64;
/// The largest head that is read, in bytes.
const MAX_HEAD: usize = 64 * 1024;

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

    fn response(self) -> Response<Full<Bytes>> {
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

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up on purpose")]
struct HungUp;

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

#[derive(Debug)]
struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Permit {
    fn take(&mut self, bytes: usize) -> bool {
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

impl Bound {
    /// Serves until `stop` is done, then lets what is under way finish within the grace.
    pub async fn serve<H, F>(self, limits: Limits, handler: H, hooks: Hooks, stop: impl Future<Output = ()>)
    where
        H: Fn(Capture, Permit) -> F + 'static,
        F: Future<Output = Reply> + 'static,
    {
        let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256);
        let room = usize::try_from(descriptors.saturating_sub(SPARE_DESCRIPTORS).max(16)).unwrap_or(usize::MAX);
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        let grace = limits.grace;
        let budget = Arc::new(Budget { used: AtomicUsize::new(0), limit: limits.in_flight });
        let server = Rc::new(Server { limits, handler, hooks, budget });
        let graceful = GracefulShutdown::new();
        let local = LocalSet::new();
        let accept = async {
            let mut stop = pin!(stop);
            let mut next = 0;
            loop {
                let connect = async {
                    let room = room.clone().acquire_owned().await;
                    (room, self.accept(&mut next).await)
                };
                let (permit, accepted) = tokio::select! {
                    () = &mut stop => return,
                    connected = connect => connected,
                };
                // Out of descriptors, most likely: others are given back soon.
                let Ok((stream, peer)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let connection = server.clone().connection(stream, peer, &graceful);
                tokio::task::spawn_local(async move {
                    connection.await;
                    drop(permit);
                });
            }
        };
        local.run_until(accept).await;
        drop(self);
        let _ = local.run_until(tokio::time::timeout(grace, graceful.shutdown())).await;
    }
}

/// As [`Bound::serve`], where nobody wants to know of anything but deliveries.
pub async fn serve<H, F>(bound: Bound, limits: Limits, handler: H, stop: impl Future<Output = ()>)
where
    H: Fn(Capture, Permit) -> F + 'static,
    F: Future<Output = Reply> + 'static,
{
    bound.serve(limits, handler, Hooks::default(), stop).await;
}

struct Server<H> {
    limits: Limits,
    handler: H,
    hooks: Hooks,
    budget: Arc<Budget>,
}

/// An answer to a request that is no delivery.
struct Refusal {
    status: StatusCode,
    why: &'static str,
}

impl<H, F> Server<H>
where
    H: Fn(Capture, Permit) -> F + 'static,
    F: Future<Output = Reply> + 'static,
{
    fn connection(
        self: Rc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        graceful: &GracefulShutdown,
    ) -> impl Future<Output = ()> + use<H, F> {
        let _ = stream.set_nodelay(true);
        // A client that doesn't read its answers would hold the connection for ever.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.stall));
        let stall = self.limits.stall;
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { server.answer(request, peer).await }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(stall)
            .max_buf_size(MAX_HEAD)
            .half_close(true)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let watched = graceful.watch(connection);
        async move {
            // A connection that breaks is its sender's affair.
            let _ = watched.await;
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Result<Response<Full<Bytes>>, HungUp> {
        let asks_first = request.headers().contains_key(EXPECT);
        let (head, mut body) = request.into_parts();
        let mut permit = Permit { taken: 0, budget: self.budget.clone() };
        let read = match check_head(&head) {
            Ok(()) => self.read(&mut body, &mut permit).await,
            Err(refusal) => Err(refusal),
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(refusal) => {
                if refusal.status == StatusCode::METHOD_NOT_ALLOWED
                    && body.is_end_stream()
                    && let Some(reply) = (self.hooks.aside)(&delivery(&head, Vec::new()))
                {
                    return Ok(reply.response());
                }
                // A sender that is still writing would see a reset instead of the answer.
                if !asks_first && !body.is_end_stream() {
                    tokio::task::spawn_local(drain(body, self.limits.stall));
                }
                (self.hooks.refused)(Refused {
                    method: head.method.to_string(),
                    target: head.uri.to_string(),
                    peer,
                    status: refusal.status.as_u16(),
                    why: refusal.why,
                });
                return Ok(refusal.response());
            }
        };
        let delivery = delivery(&head, bytes);
        let capture = Capture { delivery, received: Some(Timestamp::now()), peer: Some(peer.to_string()) };
        let reply = (self.handler)(capture, permit).await;
        // What has come meanwhile is looked at first: answers that go out together wake their senders less often.
        tokio::task::yield_now().await;
        if reply.is_hang_up { Err(HungUp) } else { Ok(reply.response()) }
    }

    /// The body, copied frame by frame: hyper keeps a large buffer behind each small one.
    async fn read(&self, body: &mut Incoming, permit: &mut Permit) -> Result<Vec<u8>, Refusal> {
        let max = self.limits.max_body;
        let announced = body.size_hint().lower();
        if usize::try_from(announced).map_or(true, |length| length > max) {
            return Err(Refusal::TOO_LARGE);
        }
        let mut bytes = Vec::new();
        // A body that trickles without ever stalling ends too.
        let end = Instant::now() + self.limits.stall * 6;
        loop {
            let next = end.min(Instant::now() + self.limits.stall);
            let frame = tokio::time::timeout_at(next, body.frame()).await.map_err(|_| Refusal::STALLED)?;
            let Some(frame) = frame else { return Ok(bytes) };
            let Ok(data) = frame.map_err(|_| Refusal::BROKEN)?.into_data() else { continue };
            if bytes.len() + data.len() > max {
                return Err(Refusal::TOO_LARGE);
            }
            // A body that is only announced takes no room.
            if !permit.take(data.len()) {
                return Err(Refusal::BUSY);
            }
            bytes.extend_from_slice(&data);
        }
    }
}

/// What hyper lets through and RFC 9112 doesn't, and what is no delivery.
fn check_head(head: &hyper::http::request::Parts) -> Result<(), Refusal> {
    let target = head.uri.to_string();
    // Hyper's own bound is on what it reads at a time, so a head that came at once may be longer.
    let lines: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if target.len() + lines > MAX_HEAD {
        return Err(Refusal::HEAD);
    }
    let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    if codings.next().is_some_and(|coding| !is_chunked(coding)) || codings.next().is_some() {
        return Err(Refusal::CODING);
    }
    let hosts = head.headers.get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && head.version == Version::HTTP_11) {
        return Err(Refusal::HOST);
    }
    if !target.is_ascii() {
        return Err(Refusal::TARGET);
    }
    if head.method != Method::POST {
        return Err(Refusal::METHOD);
    }
    Ok(())
}

async fn drain(mut body: Incoming, limit: Duration) {
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(limit.min(Duration::from_secs(2)), all).await;
}

fn headers(map: &hyper::HeaderMap) -> Headers {
    let header = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.to_string(),
        value: value.as_bytes().to_vec(),
    };
    Headers(map.iter().map(header).collect())
}

fn delivery(head: &hyper::http::request::Parts, body: Vec<u8>) -> Delivery {
    Delivery { method: head.method.to_string(), target: head.uri.to_string(), headers: headers(&head.headers), body }
}

impl Refusal {
    const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this listener takes");
    const HEAD: Self =
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is larger than this listener takes");
    const BUSY: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too many bodies are under way; try again");
    const STALLED: Self = Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
    const BROKEN: Self = Self::new(StatusCode::BAD_REQUEST, "the body ended too early or is framed wrong");
    const CODING: Self =
        Self::new(StatusCode::NOT_IMPLEMENTED, "of transfer codings, only a single `chunked` is understood");
    const HOST: Self = Self::new(StatusCode::BAD_REQUEST, "a request has exactly one Host header");
    const TARGET: Self = Self::new(StatusCode::BAD_REQUEST, "an address has only ASCII characters; escape others");
    const METHOD: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "hookproof is listening; webhooks come here as POST requests");

    const fn new(status: StatusCode, why: &'static str) -> Self {
        Self { status, why }
    }

    fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Reply::text(self.status.as_u16(), format!("{}\n", self.why)).response();
        let extra = match self.status {
            StatusCode::METHOD_NOT_ALLOWED => (ALLOW, "POST"),
            StatusCode::SERVICE_UNAVAILABLE => (RETRY_AFTER, "1"),
            _ => (CONNECTION, "close"),
        };
        response.headers_mut().insert(extra.0, HeaderValue::from_static(extra.1));
        response
    }
}
