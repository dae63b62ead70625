//! A request's bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderName;
use reqwest::{Method, Url};

use super::Manner;
use crate::message::{Delivery, Headers};
use crate::target;
use crate::transport::SendError;

/// The head, and the body as it is framed, as they go over the wire.
pub(super) fn request(url: &Url, delivery: &Delivery, manner: Manner) -> Result<(Vec<u8>, Vec<u8>), SendError> {
    let refuse = |what: String| Err(SendError::Options(what));
    if url.scheme() != "http" {
        return refuse(format!("byte for byte, requests go over http, not {}", url.scheme()));
    }
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
    let mut head = format!("{} {}{query} HTTP/1.1\r\n", delivery.method, url.path()).into_bytes();
    for header in &headers(url, delivery, manner).0 {
        head.extend_from_slice(header.name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(&header.value);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let body = match manner {
        Manner::Length => delivery.body.clone(),
        Manner::Chunked(size) => {
            let mut out = Vec::new();
            for chunk in delivery.body.chunks(size.max(1)) {
                out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
            out
        }
    };
    Ok((head, body))
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
    let (name, password) = target::login(url)?;
    Some(format!("Basic {}", STANDARD.encode([name.as_slice(), b":", &password].concat())))
}
