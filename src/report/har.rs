//! Deliveries as an HTTP archive, HAR 1.2: <http://www.softwareishard.com/blog/har-12-spec/>.

use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use crate::message::{Capture, Delivery, Header};
use crate::moment;
use crate::{wire, words};

/// A delivery for an archive.
#[derive(Debug)]
pub struct Archived<'a> {
    /// What came, with what may be written of it.
    pub capture: &'a Capture,
    /// The address that it came to.
    pub url: &'a str,
    /// The status that was answered, where that is known.
    pub status: Option<u16>,
    /// What is said of it.
    pub comment: &'a str,
}

/// What an archive begins with; its entries follow with commas between them.
pub const HAR_HEAD: &str = concat!(
    r#"{"log":{"version":"1.2","creator":{"name":"hookproof","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""},"entries":["#
);
/// What it ends with.
pub const HAR_TAIL: &str = "]}}\n";

/// An entry of the archive, on one line.
pub fn har_entry(archived: &Archived<'_>) -> String {
    words::json_line(&entry(archived))
}

fn entry(archived: &Archived<'_>) -> Value {
    // The time must be there; for what was read from a file without one it is that of nothing.
    let received = archived.capture.received.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    json!({
        "startedDateTime": moment::utc(received),
        "time": 0,
        "request": request(archived),
        "response": response(archived.status),
        "cache": {},
        "timings": { "send": 0, "wait": 0, "receive": 0 },
        "comment": archived.comment,
    })
}

fn request(archived: &Archived<'_>) -> Value {
    let delivery = &archived.capture.delivery;
    let url = Url::parse(archived.url).ok();
    let pairs = url.iter().flat_map(Url::query_pairs);
    let query: Vec<Value> = pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let mut request = json!({
        "method": delivery.method,
        "url": archived.url,
        "httpVersion": "HTTP/1.1",
        "cookies": cookies(delivery),
        "headers": delivery.headers.0.iter().map(header).collect::<Vec<_>>(),
        "queryString": query,
        "headersSize": -1,
        "bodySize": delivery.body.len(),
    });
    if !delivery.body.is_empty() {
        request["postData"] = body(delivery);
    }
    request
}

/// A value that is no UTF-8 is written as browsers do, a character for each byte.
fn header(header: &Header) -> Value {
    let name = &header.name;
    if let Ok(value) = std::str::from_utf8(&header.value) {
        return json!({ "name": name, "value": value });
    }
    let value: String = header.value.iter().map(|byte| char::from(*byte)).collect();
    json!({ "name": name, "value": value, "comment": "a character for each byte, since it is no UTF-8" })
}

fn cookies(delivery: &Delivery) -> Vec<Value> {
    let values = delivery.headers.all("cookie").map(|value| String::from_utf8_lossy(value).into_owned());
    let pairs = values.flat_map(|value| {
        let pair =
            |pair: &str| pair.trim().split_once('=').map(|(name, value)| json!({ "name": name, "value": value }));
        value.split(';').filter_map(pair).collect::<Vec<_>>()
    });
    pairs.collect()
}

fn body(delivery: &Delivery) -> Value {
    let kind = delivery.headers.text("content-type").unwrap_or_default();
    match std::str::from_utf8(&delivery.body) {
        Ok(text) => json!({ "mimeType": kind, "params": [], "text": text }),
        // The format has no place for other bytes; a name of one's own begins with an underscore.
        Err(_) => json!({
            "mimeType": kind, "params": [], "text": wire::base64(&delivery.body), "_encoding": "base64",
            "comment": "base64, since it is no UTF-8",
        }),
    }
}

fn response(status: Option<u16>) -> Value {
    let words = status.and_then(|status| StatusCode::from_u16(status).ok()?.canonical_reason());
    json!({
        "status": status.unwrap_or(0),
        "statusText": words.unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": { "size": 0, "mimeType": "x-unknown" },
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}
