//! An answer, read from its bytes.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::message::{Answer, Header, Headers};
use crate::transport::send::{KEPT, SendError};

/// Heads that are longer, those of interim answers included, are none. So is a chunk's first line.
const MAX_HEAD: usize = 64 * 1024;

/// An answer is read in pieces of about this size.
const PIECE: usize = 16 * 1024;

/// What comes from the receiver.
pub(super) struct Incoming<R> {
    stream: R,
    /// What was read and not yet used.
    buffer: BytesMut,
    has_begun: bool,
    is_last: bool,
    /// So much of a body is kept.
    kept: usize,
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    pub(super) fn new(stream: R) -> Self {
        Self::keeping(stream, KEPT)
    }

    /// Keeps so much of an answer's body.
    pub(super) fn keeping(stream: R, kept: usize) -> Self {
        Self { stream, buffer: BytesMut::new(), has_begun: false, is_last: false, kept }
    }

    /// A further request goes out.
    pub(super) fn begin(&mut self) {
        self.has_begun = self.holds_more();
    }

    /// Whether there is more than the line end that a chunked answer leaves.
    fn holds_more(&self) -> bool {
        self.buffer.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
    }

    /// Whether anything came since.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether the receiver takes no request after this one, or its answer was not read to the end.
    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// Reads on. The end is an error: whoever calls this needs more.
    async fn fill(&mut self) -> Result<(), SendError> {
        self.buffer.reserve(PIECE);
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(SendError::Dropped("the connection was closed before the answer was complete".to_string())),
            Ok(_) => {
                self.has_begun |= self.holds_more();
                Ok(())
            }
            Err(error) => Err(SendError::Dropped(error.to_string())),
        }
    }

    pub(super) async fn answer(&mut self, is_head: bool) -> Result<Answer, SendError> {
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
            answer.is_cut = answer.body.len() >= self.kept;
        }
        let closes = |value: &[u8]| value.to_ascii_lowercase().windows(5).any(|word| word == b"close");
        let is_framed = ["content-length", "transfer-encoding"].iter().any(|name| answer.headers.get(name).is_some());
        self.is_last = answer.headers.all("connection").any(closes)
            || answer.body.len() >= self.kept
            || !is_framed && !matches!(answer.status, 204 | 304);
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
        let length = length.min(self.kept);
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.split_to(length).to_vec())
    }

    /// Everything until the connection ends. How it ends is no matter: a receiver that has not read
    /// the whole request can't close without a reset.
    async fn rest(&mut self) -> Vec<u8> {
        while self.buffer.len() < self.kept && self.fill().await.is_ok() {}
        self.buffer.truncate(self.kept);
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
                if body.len() >= self.kept {
                    body.truncate(self.kept);
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
    let reason = response.reason.unwrap_or_default().as_bytes().to_vec();
    let (body, elapsed) = (Vec::new(), Duration::ZERO);
    Ok(Some((length, Answer { status, headers, reason, body, is_cut: false, elapsed, via: None })))
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
