//! HTTP and its faults, on a thread of several that each has connections of its own: what came whole is looked at and
//! goes to the one that judges.

use std::future::Future;
use std::net::{self, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::http::uri::{Authority, PathAndQuery};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::LocalSet;
use tokio::time::Instant;
use tokio_io_timeout::TimeoutStream;

use super::budget::{Budget, Permit, Share};
use super::crossing::{Arrival, Limits, Pieces, Refused, Reply};
use super::metered::{Connection, Connections, Metered};
use crate::message::{Capture, Delivery, Header, Headers};
use crate::transport::bind::BindError;
use crate::words;

/// The largest head that is read, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// What a header line takes besides its text, in bytes.
const LINE: usize = 64;
/// What hyper may keep of the trailers of a chunked body, in bytes.
const TRAILERS: usize = 16 * 1024;
/// The part of a request's method and address that is told where it is refused, in characters.
const TOLD: usize = 200;

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up on purpose")]
struct HungUp;

/// A connection that was taken, and its place among those that there is room for.
pub(super) struct Taken {
    pub(super) stream: net::TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) place: OwnedSemaphorePermit,
}

/// Speaks HTTP on this thread until no more connections come, and then until all is answered, within the grace. Where
/// nobody judges any longer it ends at once.
pub(super) fn speak<T, L>(
    server: Server<T, L>,
    mut connections: mpsc::UnboundedReceiver<Taken>,
) -> Result<(), BindError>
where
    T: 'static,
    L: Fn(Capture, &mut Permit) -> T + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(BindError::Start)?;
    let (desk, grace) = (server.desk.clone(), server.limits.grace);
    let serving = async move {
        let held = Connections::new(server.budget.clone());
        let server = Rc::new(server);
        let graceful = GracefulShutdown::new();
        while let Some(taken) = connections.recv().await {
            server.clone().begin(taken, &held, &graceful);
        }
        let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
    };
    let serving_somebody = async move {
        tokio::select! {
            () = serving => {}
            () = desk.closed() => {}
        }
    };
    LocalSet::new().block_on(&runtime, serving_somebody);
    Ok(())
}

/// What a thread needs to know of those it works with.
pub(super) struct Server<T, L> {
    pub(super) limits: Limits,
    pub(super) budget: Arc<Budget>,
    /// Looks at each delivery before it goes to the judge.
    pub(super) look: L,
    /// Where the judge takes what came.
    pub(super) desk: mpsc::Sender<Arrival<T>>,
}

/// Who is at the other end of a connection.
struct Peer {
    address: SocketAddr,
    /// As it is told.
    text: String,
}

/// An answer to a request that is no delivery.
struct Refusal {
    status: StatusCode,
    why: &'static str,
}

impl<T: 'static, L: Fn(Capture, &mut Permit) -> T + 'static> Server<T, L> {
    fn begin(self: Rc<Self>, taken: Taken, held: &Rc<Connections>, graceful: &GracefulShutdown) {
        let Taken { stream, peer, place } = taken;
        // One that the event loop can't take is as good as broken.
        let Ok(stream) = TcpStream::from_std(stream) else { return };
        let connection = held.admit();
        let serving = self.connection(stream, peer, connection.clone(), graceful);
        tokio::task::spawn_local(async move {
            tokio::select! {
                biased;
                () = serving => {}
                () = connection.closed() => {}
            }
            connection.leave();
            drop(place);
        });
    }

    fn connection(
        self: Rc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        connection: Rc<Connection>,
        graceful: &GracefulShutdown,
    ) -> impl Future<Output = ()> + use<T, L> {
        let _ = stream.set_nodelay(true);
        // A client that doesn't read its answers would hold the connection for ever.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.stall));
        let (stall, desk, seen) = (self.limits.stall, self.desk.clone(), connection.clone());
        let peer = Rc::new(Peer { address: peer, text: peer.to_string() });
        let stream = Metered::new(stream, connection.clone());
        let address = peer.address;
        let service = service_fn(move |request| {
            let (server, peer, connection) = (self.clone(), peer.clone(), connection.clone());
            async move {
                let work = connection.work();
                let mut response = server.answer(request, &peer).await?;
                if connection.is_large() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, HungUp>(response.map(|pieces| pieces.during(work)))
            }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(stall)
            .max_buf_size(MAX_HEAD)
            .half_close(true)
            .writev(false)
            .serve_connection(TokioIo::new(stream), service);
        let watched = graceful.watch(connection);
        async move {
            // A connection that breaks is its sender's affair.
            let _ = watched.await;
            if let Some(protocol) = seen.protocol() {
                let _ = desk.send(Arrival::Foreign(protocol, address)).await;
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>, peer: &Peer) -> Result<Response<Pieces>, HungUp> {
        let asks_first = request.headers().contains_key(EXPECT);
        let (head, mut body) = request.into_parts();
        let mut permit = self.budget.permit(Share::Deliveries);
        let read = match check_head(&head).and_then(|()| room_for(&head, &mut permit)) {
            Ok(()) => self.read(&mut body, &mut permit).await,
            Err(refusal) => Err(refusal),
        };
        let body = match read {
            Ok(bytes) => bytes,
            Err(refusal) => {
                let may_be_aside = refusal.status == StatusCode::METHOD_NOT_ALLOWED && body.is_end_stream();
                if may_be_aside && room_for(&head, &mut permit).is_ok() {
                    let request = delivery(&head, Vec::new());
                    if let Some(reply) = self.ask(|answer| Arrival::Aside(request, answer)).await? {
                        return Ok(reply.within(permit).response());
                    }
                }
                // A sender that is still writing would see a reset instead of the answer.
                if !asks_first && !body.is_end_stream() {
                    tokio::task::spawn_local(drain(body, self.limits.stall));
                }
                let refused = Refused {
                    method: words::shorten(head.method.as_str(), TOLD),
                    target: words::shorten(&head.uri.to_string(), TOLD),
                    peer: peer.address,
                    status: refusal.status.as_u16(),
                    why: refusal.why,
                };
                let _ = self.desk.send(Arrival::Refused(refused)).await;
                return Ok(refusal.response());
            }
        };
        let (received, peer) = (Some(Timestamp::now()), Some(peer.text.clone()));
        let seen = (self.look)(Capture { delivery: delivery(&head, body), received, peer }, &mut permit);
        // It is not kept while the answer is waited for.
        drop(head);
        let reply = self.ask(|answer| Arrival::Delivery(seen, permit, answer)).await?;
        let permit = self.budget.permit(Share::Deliveries);
        if reply.is_hang_up { Err(HungUp) } else { Ok(reply.within(permit).response()) }
    }

    /// The judge's answer; none where it has gone.
    async fn ask<A>(&self, arrival: impl FnOnce(oneshot::Sender<A>) -> Arrival<T>) -> Result<A, HungUp> {
        let (answer, answered) = oneshot::channel();
        self.desk.send(arrival(answer)).await.map_err(|_| HungUp)?;
        answered.await.map_err(|_| HungUp)
    }

    /// The body, copied frame by frame: hyper keeps a large buffer behind each small one.
    async fn read(&self, body: &mut Incoming, permit: &mut Permit) -> Result<Vec<u8>, Refusal> {
        let max = self.limits.max_body;
        let announced = body.size_hint().lower();
        if usize::try_from(announced).map_or(true, |length| length > max) {
            return Err(Refusal::TOO_LARGE);
        }
        let is_whole = body.size_hint().exact().is_some();
        if !is_whole && !permit.take(TRAILERS) {
            return Err(Refusal::BUSY);
        }
        let mut bytes = Vec::new();
        let mut now = Instant::now();
        // A body that trickles without ever stalling ends too.
        let end = now + self.limits.stall * 6;
        while !body.is_end_stream() {
            let next = end.min(now + self.limits.stall);
            let frame = tokio::time::timeout_at(next, body.frame()).await.map_err(|_| Refusal::STALLED)?;
            let Some(frame) = frame else { break };
            let Ok(data) = frame.map_err(|_| Refusal::BROKEN)?.into_data() else { continue };
            let longest = if is_whole { usize::try_from(announced).unwrap_or(max) } else { max };
            if bytes.len() + data.len() > max {
                return Err(Refusal::TOO_LARGE);
            }
            grow(&mut bytes, data.len(), longest, permit)?;
            bytes.extend_from_slice(&data);
            now = Instant::now();
        }
        Ok(bytes)
    }
}

/// Makes room for more of a body. One that is only announced takes none.
fn grow(bytes: &mut Vec<u8>, more: usize, longest: usize, permit: &mut Permit) -> Result<(), Refusal> {
    let needed = bytes.len() + more;
    if needed <= bytes.capacity() {
        return Ok(());
    }
    let grown = (2 * bytes.capacity()).min(longest).max(needed);
    if !permit.take(grown - bytes.capacity()) {
        return Err(Refusal::BUSY);
    }
    bytes.reserve_exact(grown - bytes.len());
    Ok(())
}

/// Takes what a head needs once it is copied.
fn room_for(head: &Parts, permit: &mut Permit) -> Result<(), Refusal> {
    if permit.take(text_of(head) + head.headers.len() * LINE) { Ok(()) } else { Err(Refusal::BUSY) }
}

/// The length of a head's texts, in bytes.
fn text_of(head: &Parts) -> usize {
    let path = head.uri.path_and_query().map_or("", PathAndQuery::as_str);
    let authority = head.uri.authority().map_or("", Authority::as_str);
    let lines: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    authority.len() + path.len() + lines
}

/// A request in the words of the rest.
fn delivery(head: &Parts, body: Vec<u8>) -> Delivery {
    let header = |(name, value): (&HeaderName, &HeaderValue)| Header {
        name: name.as_str().to_string(),
        value: value.as_bytes().to_vec(),
    };
    let headers = Headers(head.headers.iter().map(header).collect());
    let target = match head.uri.path_and_query() {
        Some(path) if head.uri.authority().is_none() => path.as_str().to_string(),
        _ => head.uri.to_string(),
    };
    Delivery { method: head.method.as_str().to_string(), target, headers, body }
}

/// What hyper lets through and RFC 9112 doesn't, and what is no delivery.
fn check_head(head: &Parts) -> Result<(), Refusal> {
    let path = head.uri.path_and_query().map_or("", PathAndQuery::as_str);
    // Hyper's own bound is on what it reads at a time, so a head that came at once may be longer.
    if text_of(head) > MAX_HEAD {
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
    if !path.is_ascii() {
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

impl Refusal {
    const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this listener takes");
    const HEAD: Self =
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is larger than this listener takes");
    const BUSY: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too much is under way; try again");
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

    fn response(&self) -> Response<Pieces> {
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
