//! A delivery as one line of JSON, marked `"hookproof":"delivery/1"`.
//!
//! Headers are pairs, so that repeats and order stay. Bodies and header values that are UTF-8 stand
//! as text, others as base64, both exact; secrets among the headers were taken out before. An entry of a
//! journal, `"hookproof":"journal/1"`, holds its delivery in the same members and is read here too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use crate::message::{Capture, Delivery, Header, Headers};

/// The key that marks a line of ours.
pub const MARK: &str = "hookproof";
/// The version of the form.
pub const VERSION: &str = "delivery/1";
/// The version of a journal's entries.
pub const JOURNAL: &str = "journal/1";

/// The first line of a listener: where it can be reached.
pub const READY: &str = "ready/1";
/// The last line of a listener: what came of what it waited for.
pub const EXPECTED: &str = "expected/1";
/// A late line of a listener that answers on purpose: who tried again.
pub const ATTEMPTS: &str = "attempts/1";
/// What came of a delivery that went on to an application.
pub const FORWARDED: &str = "forwarded/1";

/// Why a text is no line of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not JSON.
    #[error("not a line of JSON: {0}")]
    NotJson(String),
    /// JSON, but without the mark.
    #[error("not marked `\"{MARK}\":\"{VERSION}\"` or `\"{JOURNAL}\"`")]
    Unmarked,
    /// A part is missing or of another type.
    #[error("damaged: `{0}` is missing or of another type")]
    Broken(&'static str),
}

/// Whether a text begins as a line of ours does.
pub fn is_line(text: &[u8]) -> bool {
    let compact: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(32).collect();
    compact.starts_with(format!("{{\"{MARK}\":\"").as_bytes())
}

/// Whether a line is about a listener and holds no delivery.
fn is_about_listener(line: &Value) -> bool {
    matches!(line.get(MARK).and_then(Value::as_str), Some(READY | EXPECTED | ATTEMPTS | FORWARDED))
}

/// The members that every line begins with.
pub fn write_delivery(delivery: &Delivery, headers: &Headers) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert(MARK.to_string(), VERSION.into());
    members.insert("method".to_string(), delivery.method.clone().into());
    members.insert("target".to_string(), delivery.target.clone().into());
    members.insert("headers".to_string(), json!(Pairs(headers)));
    match std::str::from_utf8(&delivery.body) {
        Ok(text) => members.insert("body".to_string(), text.into()),
        Err(_) => members.insert("body_base64".to_string(), base64(&delivery.body).into()),
    };
    members
}

/// Bytes as lines hold them where they are no text.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Header lines as pairs of name and value.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a>(pub &'a Headers);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.0.iter().map(|header| (&header.name, Exact(&header.value))))
    }
}

/// Bytes that stand as text where they are UTF-8, else as `{"base64": "..."}`.
struct Exact<'a>(&'a [u8]);

impl Serialize for Exact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(self.0) {
            return serializer.serialize_str(text);
        }
        let mut members = serializer.serialize_map(Some(1))?;
        members.serialize_entry("base64", &base64(self.0))?;
        members.end()
    }
}

/// What a line says of its delivery besides the delivery itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The entry's id, where it is one of a journal.
    pub id: Option<String>,
    /// The provider that was recognised.
    pub provider: Option<String>,
    /// The event, or every event it may be.
    pub events: Vec<String>,
    /// The verdict's name.
    pub verdict: Option<String>,
    /// The status that was answered.
    pub status: Option<u16>,
}

/// Reads a line.
pub fn read_line(text: &[u8]) -> Result<Capture, LineError> {
    capture(&parse(text)?)
}

/// Reads a line with all that it says.
pub fn read_told(text: &[u8]) -> Result<(Capture, Told), LineError> {
    let line = parse(text)?;
    let text = |key| line.get(key).and_then(Value::as_str).map(str::to_string);
    let events = match line.get("events").and_then(Value::as_array) {
        Some(events) => events.iter().filter_map(Value::as_str).map(str::to_string).collect(),
        None => text("event").into_iter().collect(),
    };
    let status = line.get("answer").and_then(|answer| answer.get("status")).and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    let told = Told { id: text("id"), provider: text("provider"), events, verdict: text("verdict"), status };
    Ok((capture(&line)?, told))
}

/// Every JSON value of a text, since other tools may have laid the lines out anew; but for those about the listener
/// itself. Behind one that is broken the reading goes on at the next line.
pub fn values(text: &[u8]) -> Vec<Result<Value, serde_json::Error>> {
    let mut all = Vec::new();
    let mut rest = without_mark(text);
    loop {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let mut is_broken = false;
        for value in values.by_ref() {
            is_broken = value.is_err();
            if !value.as_ref().is_ok_and(is_about_listener) {
                all.push(value);
            }
        }
        let at = values.byte_offset();
        match rest[at..].iter().position(|byte| *byte == b'\n').filter(|_| is_broken) {
            Some(end) => rest = &rest[at + end + 1..],
            None => return all,
        }
    }
}

/// Whether the first JSON value of a text is marked as ours.
pub fn has_lines(text: &[u8]) -> bool {
    let first = serde_json::Deserializer::from_slice(without_mark(text)).into_iter::<Value>().next();
    first.is_some_and(|first| first.is_ok_and(|value| value.get(MARK).is_some()))
}

/// Some tools put a byte order mark before what they save.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn parse(text: &[u8]) -> Result<Value, LineError> {
    let line: Value = serde_json::from_slice(text).map_err(|error| LineError::NotJson(error.to_string()))?;
    match line.get(MARK).and_then(Value::as_str) {
        Some(VERSION | JOURNAL) => Ok(line),
        _ => Err(LineError::Unmarked),
    }
}

fn capture(line: &Value) -> Result<Capture, LineError> {
    let text = |key| line.get(key).and_then(Value::as_str).map(str::to_string);
    let body = match (text("body"), text("body_base64")) {
        (Some(body), _) => body.into_bytes(),
        (None, Some(encoded)) => STANDARD.decode(encoded).map_err(|_| LineError::Broken("body_base64"))?,
        (None, None) => return Err(LineError::Broken("body")),
    };
    let pairs = line.get("headers").and_then(Value::as_array).ok_or(LineError::Broken("headers"))?;
    let headers = pairs.iter().map(read_header).collect::<Option<_>>().ok_or(LineError::Broken("headers"))?;
    let delivery = Delivery {
        method: text("method").ok_or(LineError::Broken("method"))?,
        target: text("target").ok_or(LineError::Broken("target"))?,
        headers: Headers(headers),
        body,
    };
    let received = text("received").and_then(|at| at.parse().ok());
    Ok(Capture { delivery, received, peer: text("peer") })
}

fn read_header(pair: &Value) -> Option<Header> {
    let value = pair.get(1)?;
    let value = match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => STANDARD.decode(value.get("base64")?.as_str()?).ok()?,
    };
    Some(Header { name: pair.get(0)?.as_str()?.to_string(), value })
}

#[cfg(test)]
mod tests {
    use super::{LineError, read_line, write_delivery};
    use crate::message::{Delivery, Headers};

    #[test]
    fn any_bytes_survive_the_line() {
        for body in [&b"{\"a\":1E2}\r\n"[..], b"\xff\x00\x1b", b"", "Zo\u{eb} \u{1f389} \u{2028}".as_bytes()] {
            let mut headers = Headers::default();
            headers.push("X-A", "1");
            headers.push("x-a", b"\xe9".to_vec());
            let delivery = Delivery { method: "POST".into(), target: "/h".into(), headers, body: body.to_vec() };
            let line = serde_json::Value::Object(write_delivery(&delivery, &delivery.headers)).to_string();
            assert!(!line.contains('\n') && super::is_line(line.as_bytes()));
            assert_eq!(read_line(line.as_bytes()).unwrap().delivery, delivery);
        }
    }

    #[test]
    fn other_lines_are_refused() {
        assert_eq!(read_line(b"{\"a\":1}"), Err(LineError::Unmarked));
        assert!(matches!(read_line(b"nope"), Err(LineError::NotJson(_))));
        assert_eq!(read_line(br#"{"hookproof":"delivery/1"}"#), Err(LineError::Broken("body")));
    }
}
