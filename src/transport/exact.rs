//! Sending byte for byte over plain TCP, for what reqwest can't write: header names in the case
//! given, values beyond ASCII, a chunked body.
//!
//! No TLS, no proxy, no redirects; one connection per request.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, BytesMut};
use reqwest::header::HeaderName;
use reqwest::{Method, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::ReadHalf;
use tokio::net::{TcpStream, lookup_host};

use super::send::{KEPT, SendError};
use crate::message::{Answer, Delivery, Header, Headers};

/// Heads that are longer, those of interim answers included, are none. So is a chunk's first line.
const MAX_HEAD: usize = 64 * 1024;

/// An answer is read in pieces of about this size.
const PIECE: usize = 16 * 1024;

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
    let begun = Instant::now();
    if url.scheme() != "http" {
        return Err(SendError::Options(format!("byte for byte, requests go over http, not {}", url.scheme())));
    }
    let request = request(url, delivery, manner)?;
    let mut stream = connect(url, timeout).await?;
    let is_head = delivery.method == "HEAD";
    let left = timeout.saturating_sub(begun.elapsed());
    match tokio::time::timeout(left, exchange(&mut stream, &request, is_head)).await {
        Ok(answer) => answer.map(|answer| Answer { elapsed: begun.elapsed(), ..answer }),
        Err(_) => Err(SendError::TimedOut(timeout)),
    }
}

/// The whole request, as it goes over the wire.
fn request(url: &Url, delivery: &Delivery, manner: Manner) -> Result<Vec<u8>, SendError> {
    let refuse = |what: String| Err(SendError::Options(what));
    if Method::from_bytes(delivery.method.as_bytes()).is_err() {
        return refuse(format!("`{}` is no HTTP method", delivery.method));
    }
    for header in &delivery.headers.0 {
        if HeaderName::from_bytes(header.name.as_bytes()).is_err() {
            return refuse(format!("`{}` is no header name", header.name));
        }
        // Everything else may be what the receiver is tested with.
        if header.value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return refuse(format!("the value of `{}` can't stand in a header", header.name));
        }
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut out = format!("{} {}{query} HTTP/1.1\r\n", delivery.method, url.path()).into_bytes();
    for header in &headers(url, delivery, manner).0 {
        out.extend_from_slice(header.name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(&header.value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    match manner {
        Manner::Length => out.extend_from_slice(&delivery.body),
        Manner::Chunked(size) => {
            for chunk in delivery.body.chunks(size.max(1)) {
                out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
        }
    }
    Ok(out)
}

/// The delivery's header lines between those that are added.
fn headers(url: &Url, delivery: &Delivery, manner: Manner) -> Headers {
    let given = &delivery.headers;
    let mut headers = Headers::default();
    if given.get("host").is_none() {
        let host = url.host_str().unwrap_or_default();
        headers.push("Host", url.port().map_or(host.to_string(), |port| format!("{host}:{port}")));
    }
    headers.0.extend(given.0.iter().cloned());
    if let Manner::Chunked(_) = manner {
        headers.remove("content-length");
    }
    if given.get("authorization").is_none()
        && let Some(authorization) = authorization(url)
    {
        headers.push("Authorization", authorization);
    }
    match manner {
        _ if given.get("transfer-encoding").is_some() => {}
        Manner::Chunked(_) => headers.push("Transfer-Encoding", "chunked"),
        Manner::Length if given.get("content-length").is_some() => {}
        Manner::Length => headers.push("Content-Length", delivery.body.len().to_string()),
    }
    if given.get("connection").is_none() {
        headers.push("Connection", "close");
    }
    headers
}

/// What an address with a name and password asks for; reqwest does the same.
fn authorization(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair = unescaped(url.username());
    pair.push(b':');
    pair.extend(unescaped(url.password().unwrap_or_default()));
    Some(format!("Basic {}", STANDARD.encode(pair)))
}

/// The bytes that a text with `%xx` stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).filter(|_| *first == b'%').and_then(|digits| hex::decode(digits).ok());
        if let Some(byte) = escape {
            out.extend(byte);
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// A connection to the first of the host's addresses that gives one.
async fn connect(url: &Url, limit: Duration) -> Result<TcpStream, SendError> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let late = || format!("it did not come about within {}", crate::words::elapsed(limit));
    let attempts = async {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<SocketAddr> = lookup_host((name, port)).await.map_err(|error| error.to_string())?.collect();
        // An address that swallows everything must not use up the time of the others.
        let share = limit / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut cause = "the name has no address".to_string();
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => cause = error.to_string(),
                Err(_) => cause = late(),
            }
        }
        Err(cause)
    };
    let connected = tokio::time::timeout(limit, attempts).await.unwrap_or_else(|_| Err(late()));
    let stream = connected.map_err(|cause| SendError::NoConnection { host: format!("{host}:{port}"), cause })?;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Writes and reads at the same time: a receiver may answer, and close, before it has read all.
async fn exchange(stream: &mut TcpStream, request: &[u8], is_head: bool) -> Result<Answer, SendError> {
    let (reader, mut writer) = stream.split();
    let mut incoming = Incoming { stream: reader, buffer: BytesMut::new() };
    let write = async {
        // When it fails there may still be an answer to read, and if not, reading says why.
        let _ = writer.write_all(request).await;
        std::future::pending().await
    };
    tokio::select! {
        biased;
        answer = incoming.answer(is_head) => answer,
        answer = write => answer,
    }
}

/// What comes from the receiver.
struct Incoming<'a> {
    stream: ReadHalf<'a>,
    /// What was read and not yet used.
    buffer: BytesMut,
}

impl Incoming<'_> {
    /// Reads on. The end is an error: whoever calls this needs more.
    async fn fill(&mut self) -> Result<(), SendError> {
        self.buffer.reserve(PIECE);
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(SendError::Dropped("the connection was closed before the answer was complete".to_string())),
            Ok(_) => Ok(()),
            Err(error) => Err(SendError::Dropped(error.to_string())),
        }
    }

    async fn answer(&mut self, is_head: bool) -> Result<Answer, SendError> {
        let mut used = 0;
        let mut answer = loop {
            let (length, answer) = self.head(used).await?;
            // 101 is no interim answer: what follows it would be another protocol.
            if answer.status == 101 || answer.status >= 200 {
                break answer;
            }
            used += length;
        };
        if !is_head && !matches!(answer.status, 101 | 204 | 304) {
            answer.body = self.body(&answer.headers).await?;
        }
        Ok(answer)
    }

    /// The next head and its length. `used` is the length of those before it.
    async fn head(&mut self, used: usize) -> Result<(usize, Answer), SendError> {
        loop {
            if let Some((length, answer)) = parse_head(&self.buffer)? {
                self.buffer.advance(length);
                return Ok((length, answer));
            }
            if used + self.buffer.len() > MAX_HEAD {
                return Err(SendError::Dropped("its head does not end".to_string()));
            }
            self.fill().await?;
        }
    }

    async fn body(&mut self, headers: &Headers) -> Result<Vec<u8>, SendError> {
        let coding = headers.all("transfer-encoding").last().map(|codings| codings.rsplit(|byte| *byte == b','));
        if let Some(mut codings) = coding {
            let last = codings.next().unwrap_or_default().trim_ascii();
            return if last.eq_ignore_ascii_case(b"chunked") { self.chunks().await } else { Ok(self.rest().await) };
        }
        let Some(length) = content_length(headers)? else { return Ok(self.rest().await) };
        let length = length.min(KEPT);
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.split_to(length).to_vec())
    }

    /// Everything until the connection ends. How it ends is no matter: a receiver that has not read
    /// the whole request can't close without a reset.
    async fn rest(&mut self) -> Vec<u8> {
        while self.buffer.len() < KEPT && self.fill().await.is_ok() {}
        self.buffer.truncate(KEPT);
        self.buffer.to_vec()
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, SendError> {
        let mut body = Vec::new();
        loop {
            let mut missing = self.chunk_size().await?;
            // Trailers say nothing that is asked here.
            if missing == 0 {
                return Ok(body);
            }
            while missing > 0 {
                if self.buffer.is_empty() {
                    self.fill().await?;
                }
                let some = self.buffer.split_to(missing.min(self.buffer.len()));
                missing -= some.len();
                body.extend_from_slice(&some);
                if body.len() >= KEPT {
                    body.truncate(KEPT);
                    return Ok(body);
                }
            }
            while self.buffer.len() < 2 {
                self.fill().await?;
            }
            if !self.buffer.starts_with(b"\r\n") {
                return Err(broken_chunks());
            }
            self.buffer.advance(2);
        }
    }

    async fn chunk_size(&mut self) -> Result<usize, SendError> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                // A line without a digit counts as 0 there.
                Ok(httparse::Status::Complete((length, size))) if self.buffer[0].is_ascii_hexdigit() => {
                    self.buffer.advance(length);
                    return Ok(usize::try_from(size).unwrap_or(usize::MAX));
                }
                Ok(httparse::Status::Partial) if self.buffer.len() <= MAX_HEAD => self.fill().await?,
                _ => return Err(broken_chunks()),
            }
        }
    }
}

fn broken_chunks() -> SendError {
    SendError::Dropped("its chunks are broken".to_string())
}

/// The head at the front and its length, where it is complete.
fn parse_head(bytes: &[u8]) -> Result<Option<(usize, Answer)>, SendError> {
    let mut slots = [httparse::EMPTY_HEADER; 256];
    let mut response = httparse::Response::new(&mut slots);
    let parsed = response.parse(bytes).map_err(|error| SendError::Dropped(error.to_string()))?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let status = response.code.unwrap_or_default();
    if status < 100 {
        return Err(SendError::Dropped(format!("{status} is no status")));
    }
    let header = |header: &httparse::Header<'_>| Header { name: header.name.to_string(), value: header.value.to_vec() };
    let headers = Headers(response.headers.iter().map(header).collect());
    Ok(Some((length, Answer { status, headers, body: Vec::new(), elapsed: Duration::ZERO })))
}

/// The announced length. Repeats must agree.
fn content_length(headers: &Headers) -> Result<Option<usize>, SendError> {
    let invalid = || SendError::Dropped("its Content-Length is no length".to_string());
    let mut length = None;
    for value in headers.all("content-length").flat_map(|value| value.split(|byte| *byte == b',')) {
        let digits = std::str::from_utf8(value.trim_ascii()).map_err(|_| invalid())?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let this: u64 = digits.parse().map_err(|_| invalid())?;
        if length.replace(this).is_some_and(|before| before != this) {
            return Err(invalid());
        }
    }
    Ok(length.map(|length| usize::try_from(length).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::{JoinHandle, sleep, spawn};
    use std::time::{Duration, Instant};

    use reqwest::Url;

    use super::{KEPT, Manner, send_exactly};
    use crate::message::{Answer, Delivery, Headers};
    use crate::transport::SendError;

    const SOON: Duration = Duration::from_millis(300);
    const LATE: Duration = Duration::from_secs(20);

    /// A receiver for one connection, its port, and what it makes of it.
    fn receiver<T: Send + 'static>(handle: impl FnOnce(&mut TcpStream) -> T + Send + 'static) -> (u16, JoinHandle<T>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (port, spawn(move || handle(&mut listener.accept().unwrap().0)))
    }

    fn delivery(headers: &[(&str, &[u8])], body: &[u8]) -> Delivery {
        let mut all = Headers::default();
        for (name, value) in headers {
            all.push(*name, *value);
        }
        Delivery { method: "POST".into(), target: String::new(), headers: all, body: body.to_vec() }
    }

    fn send(url: &str, delivery: &Delivery, manner: Manner, timeout: Duration) -> Result<Answer, SendError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(send_exactly(&Url::parse(url).unwrap(), delivery, manner, timeout))
    }

    /// Reads until what was read ends so.
    fn read_to(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        let mut byte = [0];
        while !all.ends_with(end) && stream.read(&mut byte).unwrap() == 1 {
            all.push(byte[0]);
        }
        all
    }

    /// The bytes that a delivery becomes; PORT stands for the receiver's port.
    #[track_caller]
    fn written(path: &str, delivery: &Delivery, manner: Manner, expected: &[u8]) {
        let end = expected[expected.len() - 5..].to_vec();
        let (port, thread) = receiver(move |stream| {
            stream.set_read_timeout(Some(LATE)).unwrap();
            let bytes = read_to(stream, &end);
            stream.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
            assert!(stream.read(&mut [0]).is_err(), "there is more");
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            bytes
        });
        let port = port.to_string();
        let answer = send(&path.replace("PORT", &port), delivery, manner, LATE).unwrap();
        assert_eq!(answer.status, 204);
        let mut expected = expected.to_vec();
        if let Some(at) = expected.windows(4).position(|four| four == b"PORT") {
            expected.splice(at..at + 4, port.bytes());
        }
        let bytes = thread.join().unwrap();
        assert!(bytes == expected, "{}\n{}", bytes.escape_ascii(), expected.escape_ascii());
    }

    /// What an answer is read as. The receiver reads the request, then closes.
    fn answered(method: &str, answer: &[u8]) -> Result<Answer, SendError> {
        let answer = answer.to_vec();
        let (port, thread) = receiver(move |stream| {
            read_to(stream, b"{}");
            // A sender that has enough hangs up.
            let _ = stream.write_all(&answer);
        });
        let delivery = Delivery { method: method.to_string(), ..delivery(&[], b"{}") };
        let answer = send(&format!("http://127.0.0.1:{port}/"), &delivery, Manner::Length, LATE);
        thread.join().unwrap();
        answer
    }

    #[track_caller]
    fn body(answer: &str, status: u16, body: &str) {
        let answer = answered("POST", answer.as_bytes()).unwrap();
        assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), (status, body));
    }

    #[test]
    fn the_bytes_are_those_given() {
        written(
            "http://127.0.0.1:PORT/a%20b?c=d#e",
            &delivery(&[("x-SIGNATURE", b"caf\xe9 \xf0\x9f\x98\x80\x01"), ("X-Signature", b"")], b"\xff{}"),
            Manner::Length,
            b"POST /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nx-SIGNATURE: caf\xe9 \xf0\x9f\x98\x80\x01\r\n\
              X-Signature: \r\nContent-Length: 3\r\nConnection: close\r\n\r\n\xff{}",
        );
        written(
            "http://u:p%40%zz@127.0.0.1:PORT",
            &delivery(&[("content-length", b"2"), ("HOST", b"h"), ("connection", b"x")], b"{}"),
            Manner::Length,
            b"POST / HTTP/1.1\r\ncontent-length: 2\r\nHOST: h\r\nconnection: x\r\n\
              Authorization: Basic dTpwQCV6eg==\r\n\r\n{}",
        );
    }

    #[test]
    fn chunks_have_the_size_asked_for() {
        written(
            "http://127.0.0.1:PORT/",
            &delivery(&[("Content-Length", b"5")], b"abcde"),
            Manner::Chunked(2),
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
              2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n",
        );
        written(
            "http://127.0.0.1:PORT/",
            &delivery(&[("transfer-encoding", b"Chunked")], b""),
            Manner::Chunked(0),
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\ntransfer-encoding: Chunked\r\nConnection: close\r\n\r\n\
              0\r\n\r\n",
        );
    }

    #[test]
    fn what_would_break_the_framing_is_refused() {
        let check = |delivery: &Delivery, url: &str| {
            let error = send(url, delivery, Manner::Length, LATE).unwrap_err();
            assert!(matches!(error, SendError::Options(_)), "{error:?}");
        };
        check(&delivery(&[("a b", b"")], b""), "http://127.0.0.1:1");
        check(&delivery(&[("", b"")], b""), "http://127.0.0.1:1");
        check(&delivery(&[("a", b"b\r\nc: d")], b""), "http://127.0.0.1:1");
        check(&Delivery { method: "A B".into(), ..delivery(&[], b"") }, "http://127.0.0.1:1");
        check(&delivery(&[], b""), "https://127.0.0.1:1");
    }

    #[test]
    fn an_answer_ends_where_it_says() {
        body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", 200, "abc");
        body("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\nContent-length: 3\r\n\r\nabc", 200, "abc");
        body("HTTP/1.0 401 Unauthorized\r\n\r\nwho are you?", 401, "who are you?");
        body("HTTP/1.1 200 OK\nA: b\n\nabc", 200, "abc");
        body("HTTP/1.1 599\r\nTransfer-Encoding: gzip\r\n\r\nabc", 599, "abc");
        body("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", 204, "");
        body("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, "");
        body("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x01", 101, "");
        let answer = answered("HEAD", b"HTTP/1.1 200 OK\r\nX-a: \xe9\r\nContent-Length: 3\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.headers.get("x-A"), answer.body), (200, Some(&b"\xe9"[..]), Vec::new()));
    }

    #[test]
    fn a_chunked_answer_is_put_together() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 99\r\n\r\n";
        body(&format!("{head}3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"), 200, "abc0123456789");
        body(&format!("{head}0\r\n"), 200, "");
        for broken in
            ["", "\r\n", "x\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nab", "3\r\nabc\r\n", "ffffffffffffffff\r\na"]
        {
            let error = answered("POST", format!("{head}{broken}").as_bytes()).unwrap_err();
            assert!(matches!(error, SendError::Dropped(_)), "{broken:?} {error:?}");
        }
    }

    #[test]
    fn interim_answers_are_skipped() {
        body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 202 OK\r\n\r\n", 202, "");
        let error = answered("POST", "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000).as_bytes()).unwrap_err();
        assert!(matches!(error, SendError::Dropped(_)), "{error:?}");
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_kept() {
        let long = "a".repeat(KEPT * 4);
        let kept = &long[..KEPT];
        body(&format!("HTTP/1.1 200 OK\r\n\r\n{long}"), 200, kept);
        body(&format!("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{long}"), 200, kept);
        body(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n{long}"), 200, kept);
    }

    #[test]
    fn what_is_no_answer_counts_as_dropped() {
        let long = format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(200_000));
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(300));
        for garbage in [
            "",
            "SSH-2.0-OpenSSH_9.9\r\n",
            "HTTP/2 200\r\n\r\n",
            "HTTP/1.1 099 X\r\n\r\n",
            "HTTP/1.1 2x0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n",
            "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
            "\0\u{ff}",
            &long,
            &many,
        ] {
            let error = answered("POST", garbage.as_bytes()).unwrap_err();
            assert!(matches!(error, SendError::Dropped(_)), "{garbage:.60?} {error:?}");
        }
    }

    #[test]
    fn an_answer_before_the_whole_request_was_read_is_one() {
        let large = vec![b'x'; 32 * 1024 * 1024];
        let send_to = |answer: &'static [u8], manner| {
            let (port, thread) = receiver(move |stream| {
                read_to(stream, b"\r\n\r\n");
                stream.write_all(answer).unwrap();
                // Where a reset overtakes what was sent before it, this is when it is read.
                sleep(Duration::from_millis(50));
            });
            let answer = send(&format!("http://127.0.0.1:{port}/"), &delivery(&[], &large), manner, LATE);
            thread.join().unwrap();
            answer
        };
        let answer = send_to(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", Manner::Length).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (413, &b"big"[..]));
        let answer = send_to(b"HTTP/1.1 413 Too Large\r\n\r\nbig", Manner::Chunked(4096)).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (413, &b"big"[..]));
        let error = send_to(b"", Manner::Length).unwrap_err();
        assert!(matches!(error, SendError::Dropped(_)), "{error:?}");
    }

    #[test]
    fn nobody_there_is_no_connection() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = send(&format!("http://127.0.0.1:{port}/"), &delivery(&[], b""), Manner::Length, LATE).unwrap_err();
        assert!(
            matches!(&error, SendError::NoConnection { host, .. } if *host == format!("127.0.0.1:{port}")),
            "{error:?}"
        );
    }

    #[test]
    fn silence_and_an_endless_answer_time_out() {
        let check = |piece: &'static [u8]| {
            let (port, thread) = receiver(move |stream| {
                read_to(stream, b"{}");
                while stream.write_all(piece).is_ok() {
                    sleep(Duration::from_millis(10));
                    // A sender that has hung up is the end.
                    stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
                    if stream.read(&mut [0]).is_ok_and(|read| read == 0) {
                        break;
                    }
                }
            });
            let begun = Instant::now();
            let error =
                send(&format!("http://127.0.0.1:{port}/"), &delivery(&[], b"{}"), Manner::Length, SOON).unwrap_err();
            assert_eq!(error, SendError::TimedOut(SOON));
            assert!(begun.elapsed() < LATE / 2);
            thread.join().unwrap();
        };
        check(b"");
        check(b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    #[test]
    fn a_receiver_that_never_reads_times_out() {
        let (port, thread) = receiver(|stream| {
            sleep(SOON * 2);
            drop(stream.shutdown(std::net::Shutdown::Both));
        });
        let large = delivery(&[], &vec![b'x'; 32 * 1024 * 1024]);
        let error = send(&format!("http://127.0.0.1:{port}/"), &large, Manner::Length, SOON).unwrap_err();
        assert_eq!(error, SendError::TimedOut(SOON));
        thread.join().unwrap();
    }
}
