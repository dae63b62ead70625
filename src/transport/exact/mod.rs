//! Sending byte for byte over plain TCP, for what reqwest can't write: header names in the case given, values beyond
//! ASCII, a chunked body, a body in pieces or broken off, several requests on one connection.
//!
//! No TLS, no proxy, no redirects.

mod answer;
mod request;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::connect::{Host, is_localhost};
use super::send::{KEPT, SendError, SendOptions};
use crate::message::{Answer, Delivery};
use answer::Incoming;
use request::request;

/// How the body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With its length. Where the delivery brings a Transfer-Encoding, none is added and the body
    /// goes out as it is.
    Length,
    /// In chunks of so many bytes (0 counts as 1). A Content-Length of the delivery is left out.
    Chunked(usize),
}

/// Sends a delivery to an `http` address and waits for the answer.
///
/// Host, Connection, the body's framing and the Authorization that the address holds are added
/// where the delivery doesn't bring them.
pub async fn send_exactly(
    url: &Url,
    delivery: &Delivery,
    manner: Manner,
    timeout: Duration,
) -> Result<Answer, SendError> {
    send_whole(url, delivery, manner, timeout, KEPT).await
}

/// As [`send_exactly`], within the time limit of these options, and with so much of the answer kept. What they say of
/// TLS and proxies counts for nothing here.
pub async fn send_keeping(
    url: &Url,
    delivery: &Delivery,
    manner: Manner,
    options: &SendOptions,
) -> Result<Answer, SendError> {
    send_whole(url, delivery, manner, options.timeout, options.kept).await
}

async fn send_whole(
    url: &Url,
    delivery: &Delivery,
    manner: Manner,
    timeout: Duration,
    kept: usize,
) -> Result<Answer, SendError> {
    let (head, body) = request(url, delivery, manner)?;
    let whole = [head, body].concat();
    let is_head = delivery.method == "HEAD";
    within(timeout, async |begun| {
        let mut stream = connect(url, timeout).await?;
        let via = stream.peer_addr().ok().filter(|_| is_localhost(url));
        let (reader, writer) = stream.split();
        let mut incoming = Incoming::keeping(reader, kept);
        let answer = exchange(&mut incoming, writer, &[&whole], is_head, || std::future::ready(())).await;
        answer.map(|answer| Answer { via, ..timed(answer, begun) })
    })
    .await
}

/// Sends the head and then the body in so many pieces (at least one), each but the first after a pause. An answer
/// that comes before the last piece is the answer.
pub async fn send_in_pieces<F: Future<Output = ()>>(
    url: &Url,
    delivery: &Delivery,
    pieces: usize,
    pause: impl FnMut() -> F,
    timeout: Duration,
) -> Result<Answer, SendError> {
    let (head, body) = request(url, delivery, Manner::Length)?;
    let size = body.len().div_ceil(pieces.max(1)).max(1);
    let mut parts: Vec<Vec<u8>> = body.chunks(size).map(<[u8]>::to_vec).collect();
    match parts.first_mut() {
        Some(first) => first.splice(..0, head).for_each(drop),
        None => parts.push(head),
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    within(timeout, async |begun| {
        let mut stream = connect(url, timeout).await?;
        let (reader, writer) = stream.split();
        let answer = exchange(&mut Incoming::new(reader), writer, &parts, false, pause).await;
        answer.map(|answer| timed(answer, begun))
    })
    .await
}

/// Sends the head and half of the body, and closes the connection. There is no answer to wait for.
pub async fn send_half(url: &Url, delivery: &Delivery, timeout: Duration) -> Result<(), SendError> {
    let (head, body) = request(url, delivery, Manner::Length)?;
    within(timeout, async |_| {
        let mut stream = connect(url, timeout).await?;
        let half = [&head, &body[..body.len() / 2]].concat();
        stream.write_all(&half).await.map_err(|error| SendError::Dropped(error.to_string()))
    })
    .await
}

/// Sends deliveries one after the other on the same connection. Where the receiver closes it between two of them,
/// which it may, there are fewer answers. The error is that of the first that has none.
pub async fn send_on_one(url: &Url, deliveries: &[Delivery], timeout: Duration) -> (Vec<Answer>, Option<SendError>) {
    let mut answers = Vec::new();
    let sent = each_on_one(url, deliveries, timeout, &mut answers).await;
    (answers, sent.err())
}

async fn each_on_one(
    url: &Url,
    deliveries: &[Delivery],
    timeout: Duration,
    answers: &mut Vec<Answer>,
) -> Result<(), SendError> {
    let mut stream = connect(url, timeout).await?;
    let (reader, mut writer) = stream.split();
    let mut incoming = Incoming::new(reader);
    for delivery in deliveries {
        let mut delivery = delivery.clone();
        delivery.headers.remove("connection");
        delivery.headers.push("Connection", "keep-alive");
        let (head, body) = request(url, &delivery, Manner::Length)?;
        let whole = [head, body].concat();
        incoming.begin();
        let answer = within(timeout, async |begun| {
            // A receiver that has closed meanwhile shows when the answer is read.
            let _ = writer.write_all(&whole).await;
            incoming.answer(delivery.method == "HEAD").await.map(|answer| timed(answer, begun))
        });
        match answer.await {
            Err(SendError::Dropped(_)) if !answers.is_empty() && !incoming.has_begun() => break,
            answer => answers.push(answer?),
        }
        if incoming.is_last() {
            break;
        }
    }
    Ok(())
}

/// Reads one response from a stream and keeps at most `kept` bytes of its body. `is_head` is set for a HEAD request.
pub async fn read_response(stream: impl AsyncRead + Unpin, kept: usize, is_head: bool) -> Result<Answer, SendError> {
    Incoming::keeping(stream, kept).answer(is_head).await
}

/// The same within a time limit. What is run learns when it began.
async fn within<T>(timeout: Duration, run: impl AsyncFnOnce(Instant) -> Result<T, SendError>) -> Result<T, SendError> {
    let run = run(Instant::now());
    tokio::time::timeout(timeout, run).await.unwrap_or(Err(SendError::TimedOut(timeout)))
}

fn timed(answer: Answer, begun: Instant) -> Answer {
    Answer { elapsed: begun.elapsed(), ..answer }
}

async fn connect(url: &Url, limit: Duration) -> Result<TcpStream, SendError> {
    let begun = Instant::now();
    let host = Host::find(url, limit).await?;
    host.connect(limit.saturating_sub(begun.elapsed())).await
}

/// Writes and reads at the same time: a receiver may answer, and close, before it has read all.
async fn exchange<F: Future<Output = ()>>(
    incoming: &mut Incoming<ReadHalf<'_>>,
    mut writer: WriteHalf<'_>,
    parts: &[&[u8]],
    is_head: bool,
    mut pause: impl FnMut() -> F,
) -> Result<Answer, SendError> {
    let write = async {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                pause().await;
            }
            // When it fails there may still be an answer to read, and if not, reading says why.
            let _ = writer.write_all(part).await;
        }
        std::future::pending().await
    };
    tokio::select! {
        biased;
        answer = incoming.answer(is_head) => answer,
        answer = write => answer,
    }
}
