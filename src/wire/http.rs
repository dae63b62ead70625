//! HTTP/1.1 messages as they stand in a file.

use crate::message::{Capture, Delivery, Header, Headers};

/// Why a text is no HTTP message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The first lines are not a request line and headers.
    #[error("not an HTTP request: {0}")]
    Head(String),
    /// The chunked body is broken.
    #[error("the chunked body is broken at byte {0}")]
    Chunk(usize),
}

/// A request that was read from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The request, its body as long as it is announced.
    pub capture: Capture,
    /// A note on a body whose length is not the announced one.
    pub note: Option<String>,
    /// The bytes behind the announced end of the body.
    pub beyond: Vec<u8>,
}

/// Reads a request, with CR LF or LF line ends; a chunked body is put together.
pub fn read_http(bytes: &[u8]) -> Result<Message, HttpError> {
    let mut slots = [httparse::EMPTY_HEADER; 256];
    let mut request = httparse::Request::new(&mut slots);
    let parsed = request.parse(bytes).map_err(|error| HttpError::Head(error.to_string()))?;
    let httparse::Status::Complete(body_at) = parsed else {
        return Err(HttpError::Head("the empty line after the headers is missing".to_string()));
    };
    let header = |header: &httparse::Header<'_>| Header { name: header.name.to_string(), value: header.value.to_vec() };
    let headers = Headers(request.headers.iter().map(header).collect());
    let rest = &bytes[body_at..];
    let chunked = headers.text("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let announced: Option<usize> = headers.text("content-length").and_then(|length| length.trim().parse().ok());
    let (body, note, beyond) = match announced {
        _ if chunked => (dechunk(rest).map_err(|at| HttpError::Chunk(body_at + at))?, None, Vec::new()),
        Some(length) if length <= rest.len() => {
            let beyond = &rest[length..];
            // A final newline is an editor's; more than that should be known of.
            let note = (!beyond.trim_ascii().is_empty())
                .then(|| format!("{} bytes stand behind the body's Content-Length and were left out", beyond.len()));
            (rest[..length].to_vec(), note, beyond.to_vec())
        }
        Some(length) => {
            let note = format!("Content-Length says {length}, the body has {} bytes", rest.len());
            (rest.to_vec(), Some(note), Vec::new())
        }
        None => (rest.to_vec(), None, Vec::new()),
    };
    let delivery = Delivery {
        method: request.method.unwrap_or_default().to_string(),
        target: request.path.unwrap_or_default().to_string(),
        headers,
        body,
    };
    Ok(Message { capture: Capture { delivery, received: None, peer: None }, note, beyond })
}

/// The body of a chunked message, or where it breaks.
fn dechunk(bytes: &[u8]) -> Result<Vec<u8>, usize> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let Ok(httparse::Status::Complete((digits, size))) = httparse::parse_chunk_size(&bytes[at..]) else {
            return Err(at);
        };
        at += digits;
        let size = usize::try_from(size).map_err(|_| at)?;
        if size == 0 {
            return Ok(body);
        }
        let end = at.checked_add(size).filter(|end| *end <= bytes.len()).ok_or(at)?;
        body.extend_from_slice(&bytes[at..end]);
        at = match &bytes[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [b'\n', ..] => end + 1,
            _ => return Err(end),
        };
    }
}

/// The request as it goes over the wire. Host and Content-Length are added where they are missing.
pub fn write_http(delivery: &Delivery, host: &str, target: &str) -> Vec<u8> {
    let mut out = format!("{} {target} HTTP/1.1\r\n", delivery.method).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    };
    if delivery.headers.get("host").is_none() {
        line("Host", host.as_bytes());
    }
    for header in &delivery.headers.0 {
        line(&header.name, &header.value);
    }
    if delivery.headers.get("content-length").is_none() {
        line("Content-Length", delivery.body.len().to_string().as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&delivery.body);
    out
}

#[cfg(test)]
mod tests {
    use super::{Message, read_http, write_http};

    #[test]
    fn a_message_is_written_and_read_back() {
        let text = b"POST /hook?a=b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\n\xff{}";
        let Message { capture, note, beyond } = read_http(text).unwrap();
        assert_eq!((note, beyond), (None, Vec::new()));
        assert_eq!(capture.delivery.body, b"\xff{}");
        assert_eq!(capture.delivery.headers.all("X-A").count(), 2);
        assert_eq!(write_http(&capture.delivery, "x", "/hook?a=b"), text);
    }

    #[test]
    fn an_editors_final_newline_is_not_part_of_the_body() {
        let message = read_http(b"POST / HTTP/1.1\nContent-Length: 2\n\n{}\n").unwrap();
        assert_eq!(
            (message.capture.delivery.body, message.note, message.beyond),
            (b"{}".to_vec(), None, b"\n".to_vec())
        );
    }

    #[test]
    fn chunks_are_put_together() {
        let chunked =
            |body: &str| read_http(format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}").as_bytes());
        assert_eq!(chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").unwrap().capture.delivery.body, b"abcde");
        for broken in ["", "5\r\nabc", "x\r\n", "3\r\nabcde\r\n0\r\n\r\n", "ffffffffffffffff\r\na"] {
            assert!(chunked(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn other_texts_are_no_message() {
        for text in ["{\"a\":1}", "", "POST /", "HTTP/1.1 200 OK\r\n\r\n"] {
            assert!(read_http(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
