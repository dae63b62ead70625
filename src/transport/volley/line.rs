//! A connection over plain HTTP that is kept from one delivery to the next.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Reply;
use crate::message::{Answer, Delivery, Headers};
use crate::refusal::LOOKED_AT;
use crate::target;
use crate::transport::connect::Host;
use crate::transport::send::{SendError, header_map, headers_of, root};

/// So much of an answer is kept.
pub const FIRST_PART: usize = 512;
/// A longer answer is not read to its end; its connection is given up.
const LONGEST: usize = 1 << 20;

/// Where a load goes over plain HTTP, and what every request says of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    host: Host,
    path: Uri,
    host_header: HeaderValue,
    authorization: Option<HeaderValue>,
    limit: Duration,
}

impl Place {
    pub(super) async fn find(url: &Url, limit: Duration) -> Result<Self, SendError> {
        let name = url.host_str().unwrap_or_default();
        let host = url.port().map_or(name.to_string(), |port| format!("{name}:{port}"));
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", url.path());
        let unfit = |_| SendError::Options(format!("`{host}` can't stand in a header"));
        let login = target::login(url)
            .map(|(name, password)| format!("Basic {}", STANDARD.encode([name.as_slice(), b":", &password].concat())));
        Ok(Self {
            path: path.parse().map_err(|_| SendError::Options(format!("`{path}` is no path")))?,
            host_header: HeaderValue::from_str(&host).map_err(unfit)?,
            authorization: login.map(|login| HeaderValue::from_str(&login).map_err(unfit)).transpose()?,
            host: Host::find(url, limit).await?,
            limit,
        })
    }

    fn request(&self, delivery: &Delivery, body: Bytes) -> Result<Request<Full<Bytes>>, SendError> {
        let mut headers: HeaderMap = header_map(&delivery.headers)?;
        headers.entry(HOST).or_insert_with(|| self.host_header.clone());
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        if let Some(authorization) = &self.authorization {
            headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
        let method = Method::from_bytes(delivery.method.as_bytes())
            .map_err(|_| SendError::Options(format!("`{}` is no HTTP method", delivery.method)))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.path.clone();
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// A worker's way to the receiver: one connection, made when it is needed.
pub(super) struct Line<'a> {
    place: &'a Place,
    kept: Option<Kept>,
}

/// What moves a connection on.
type Driven = Connection<TokioIo<Counted>, Full<Bytes>>;

struct Kept {
    sender: SendRequest<Full<Bytes>>,
    connection: Option<Pin<Box<Driven>>>,
    /// Bytes that came.
    read: Rc<Cell<usize>>,
    /// Whether it has carried an answer.
    is_used: bool,
    /// Whether the last delivery went out on it, be it in part.
    is_sent: bool,
}

impl<'a> Line<'a> {
    pub(super) fn new(place: &'a Place) -> Self {
        Self { place, kept: None }
    }

    /// Connects, so that it shows whether anybody is there.
    pub(super) async fn connect(&mut self) -> Result<(), SendError> {
        self.kept = Some(Kept::open(self.place).await?);
        Ok(())
    }

    /// Sends a delivery, and tells whether it went out twice. A kept connection that the receiver closed, so that nothing
    /// of an answer came, is no answer: the delivery goes out once more on a fresh one. Where none can be had, the
    /// receiver is gone with what it got.
    pub(super) async fn send(&mut self, mut delivery: Delivery) -> (Result<Reply, SendError>, bool) {
        let body = Bytes::from(std::mem::take(&mut delivery.body));
        let begun = Instant::now();
        let mut lost = None;
        if let Some(mut kept) = self.kept.take() {
            let before = kept.read.get();
            let came = kept.carry(self.place, &delivery, body.clone(), begun).await;
            // What comes unasked on an idle connection, like a 408, is no answer to what did not go out.
            let is_closed = !kept.is_sent || (kept.is_used && kept.read.get() == before);
            lost = match came {
                Err(error @ SendError::Dropped(_)) if is_closed => kept.is_sent.then_some(error),
                came => return (self.keep(kept, came), false),
            };
        }
        match Kept::open(self.place).await {
            Ok(mut kept) => {
                let came = kept.carry(self.place, &delivery, body, begun).await;
                (self.keep(kept, came), lost.is_some())
            }
            Err(error) => (Err(lost.unwrap_or(error)), false),
        }
    }

    /// Keeps a connection whose answer was read to its end.
    fn keep(&mut self, kept: Kept, came: Result<(Reply, bool), SendError>) -> Result<Reply, SendError> {
        let (reply, is_whole) = came?;
        self.kept = Some(kept).filter(|_| is_whole);
        Ok(reply)
    }
}

impl Kept {
    async fn open(place: &Place) -> Result<Self, SendError> {
        let stream = place.host.connect(place.limit).await?;
        let read = Rc::new(Cell::new(0));
        let io = TokioIo::new(Counted { stream, read: read.clone() });
        let (sender, connection) = http1::handshake(io).await.map_err(|error| dropped(&error))?;
        Ok(Self { sender, connection: Some(Box::pin(connection)), read, is_used: false, is_sent: false })
    }

    /// Sends a delivery within the time limit, which began then. Whether the answer was read to its end comes with it.
    async fn carry(
        &mut self,
        place: &Place,
        delivery: &Delivery,
        body: Bytes,
        begun: Instant,
    ) -> Result<(Reply, bool), SendError> {
        let request = place.request(delivery, body)?;
        let left = place.limit.saturating_sub(begun.elapsed());
        let came = tokio::time::timeout(left, self.exchange(request)).await;
        came.unwrap_or(Err(SendError::TimedOut(place.limit)))
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<(Reply, bool), SendError> {
        let Self { sender, connection, is_used, is_sent, .. } = self;
        *is_sent = false;
        let work = async {
            sender.ready().await.map_err(|error| dropped(&error))?;
            *is_sent = true;
            let response = sender.send_request(request).await.map_err(|error| {
                // What hyper cancels has not gone out at all.
                *is_sent = !error.is_canceled();
                dropped(&error)
            })?;
            *is_used = true;
            read(response).await
        };
        let mut work = pin!(work);
        // Both in one task: the connection moves on whenever the request waits for it, and nobody has to be woken.
        poll_fn(|context| {
            for _ in 0..2 {
                if connection.as_mut().is_some_and(|connection| connection.as_mut().poll(context).is_ready()) {
                    *connection = None;
                }
                if let Poll::Ready(came) = work.as_mut().poll(context) {
                    return Poll::Ready(came);
                }
            }
            Poll::Pending
        })
        .await
    }
}

async fn read(response: Response<Incoming>) -> Result<(Reply, bool), SendError> {
    let (status, headers) = (response.status().as_u16(), headers_of(response.headers()));
    let wanted = if may_be_page(status, &headers) { LOOKED_AT } else { FIRST_PART };
    let mut body = response.into_body();
    let (mut first, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(|error| dropped(&error))?.into_data() else { continue };
        length += part.len();
        first.extend_from_slice(&part[..part.len().min(wanted - first.len())]);
        if length > LONGEST {
            return Ok((Reply::of(answer(status, headers, first)), false));
        }
    }
    Ok((Reply::of(answer(status, headers, first)), true))
}

/// True if more of a body than is shown may tell who answered.
fn may_be_page(status: u16, headers: &Headers) -> bool {
    status >= 300 || headers.text("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("text/html"))
}

/// An answer of which only this part of the body was kept, to be judged.
fn answer(status: u16, headers: Headers, body: Vec<u8>) -> Answer {
    Answer { status, headers, reason: Vec::new(), body, is_cut: true, elapsed: Duration::ZERO, via: None }
}

fn dropped(error: &hyper::Error) -> SendError {
    SendError::Dropped(root(error))
}

/// A connection that counts the bytes that come.
struct Counted {
    stream: TcpStream,
    read: Rc<Cell<usize>>,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let came = Pin::new(&mut self.stream).poll_read(context, into);
        self.read.set(self.read.get().wrapping_add(into.filled().len() - before));
        came
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
