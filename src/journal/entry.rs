//! An entry and its line: what was caught, what it proved to be, and what was answered.

use std::fmt;

use jiff::Timestamp;
use rand_chacha::rand_core::Rng as _;
use serde::de::IgnoredAny;
use serde::ser::Error as _;
use serde::{Deserialize, Serialize};

use crate::json;
use crate::message::{Capture, Headers};
use crate::moment;
use crate::render::Randomness;
use crate::wire::{self, Pairs};
use crate::words;

/// The form of a line, as a JSON Schema.
pub const SCHEMA: &str = include_str!("schema.json");

/// A delivery that is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// How the user speaks of it.
    pub id: Id,
    /// What came.
    pub capture: &'a Capture,
    /// Its target as it may be kept.
    pub target: &'a str,
    /// Its headers as they may be kept.
    pub headers: &'a Headers,
    /// The provider's id, where one was recognised.
    pub provider: Option<&'a str>,
    /// The event, or every event it may be.
    pub events: &'a [String],
    /// The delivery's own id.
    pub delivery_id: Option<&'a str>,
    /// The verdict's name.
    pub verdict: &'static str,
    /// Why, in a sentence fragment.
    pub reason: &'a str,
    /// The earlier entry that holds the same delivery.
    pub repeat_of: Option<Id>,
    /// The status that is answered; none where the connection is closed without an answer, or the answer is an
    /// application's and not known yet.
    pub status: Option<u16>,
    /// Whether an application answers in our place.
    pub is_handed_on: bool,
}

/// The members of a line in their order; what is looked at stands before what is long. A body of text comes last.
#[derive(Serialize)]
struct Written<'a> {
    hookproof: &'static str,
    id: &'a str,
    received: Option<String>,
    peer: Option<&'a str>,
    provider: Option<&'a str>,
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a [String]>,
    delivery_id: Option<&'a str>,
    verdict: &'static str,
    reason: &'a str,
    repeat_of: Option<&'a str>,
    answer: Answered,
    method: &'a str,
    target: &'a str,
    headers: Pairs<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    #[serde(deserialize_with = "Option::deserialize")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// Who answers where a delivery went on.
const APPLICATION: &str = "application";

impl Record<'_> {
    /// The line with its LF.
    pub fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let delivery = &self.capture.delivery;
        let body = std::str::from_utf8(&delivery.body).ok();
        let written = Written {
            hookproof: wire::JOURNAL,
            id: self.id.as_str(),
            received: self.capture.received.map(moment::utc_micros),
            peer: self.capture.peer.as_deref(),
            provider: self.provider,
            event: if let [event] = self.events { Some(event) } else { None },
            events: (self.events.len() > 1).then_some(self.events),
            delivery_id: self.delivery_id,
            verdict: self.verdict,
            reason: self.reason,
            repeat_of: self.repeat_of.as_ref().map(Id::as_str),
            answer: Answered { status: self.status, by: self.is_handed_on.then(|| APPLICATION.to_string()) },
            method: &delivery.method,
            target: self.target,
            headers: Pairs(self.headers),
            body_base64: body.is_none().then(|| wire::base64(&delivery.body)),
        };
        // Room for the line of a usual delivery: what grows is copied.
        let mut line = Vec::with_capacity(delivery.body.len() / 4 * 5 + 2_048);
        serde_json::to_writer(&mut line, &written)?;
        if let Some(body) = body {
            line.pop();
            line.extend_from_slice(b",\"body\":");
            json::write_quoted(body, &mut line);
            line.push(b'}');
        }
        let mut line = words::harmless_line(String::from_utf8(line).map_err(serde_json::Error::custom)?);
        line.push('\n');
        Ok(line.into_bytes())
    }
}

/// An entry as it was read; the delivery itself is read when it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How the user speaks of it.
    pub id: String,
    /// When its body was complete.
    pub received: Option<Timestamp>,
    /// Who sent it.
    pub peer: Option<String>,
    /// The provider's id.
    pub provider: Option<String>,
    /// The event, or every event it may be.
    pub events: Vec<String>,
    /// The delivery's own id.
    pub delivery_id: Option<String>,
    /// The verdict's name.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// The earlier entry that holds the same delivery.
    pub repeat_of: Option<String>,
    /// The status that was answered; none where the connection was closed without an answer, or the delivery went on
    /// and the answer was another's.
    pub status: Option<u16>,
    /// Whether an application answered in the listener's place.
    pub is_handed_on: bool,
    /// The length of the body, in bytes.
    pub size: usize,
}

/// Why a line is passed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It is no whole JSON, or a part is missing or of another type.
    #[error("is damaged")]
    Broken,
    /// It is longer than any that is written.
    #[error("is too long to be an entry")]
    TooLong,
    /// It is marked as something else; the mark as it may be shown.
    #[error("is no entry of a journal, but marked `{0}`")]
    Other(String),
}

/// The members of a line that are looked at first.
#[derive(Deserialize)]
struct Read {
    hookproof: String,
    id: String,
    received: Option<Timestamp>,
    peer: Option<String>,
    provider: Option<String>,
    event: Option<String>,
    events: Option<Vec<String>>,
    delivery_id: Option<String>,
    verdict: String,
    reason: String,
    repeat_of: Option<String>,
    answer: Answered,
    #[serde(rename = "method")]
    _method: IgnoredAny,
    #[serde(rename = "target")]
    _target: IgnoredAny,
    #[serde(rename = "headers")]
    _headers: IgnoredAny,
    body: Option<String>,
    body_base64: Option<String>,
}

/// The mark alone, to tell a line of another kind from a broken one.
#[derive(Deserialize)]
struct Mark {
    hookproof: String,
}

impl Entry {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Result<Self, Damage> {
        let read: Read = serde_json::from_slice(line).map_err(|_| damage(line))?;
        if read.hookproof != wire::JOURNAL {
            return Err(damage(line));
        }
        let size = match (&read.body, &read.body_base64) {
            (Some(body), _) => body.len(),
            (None, Some(encoded)) => decoded_length(encoded),
            (None, None) => return Err(Damage::Broken),
        };
        Ok(Self {
            id: read.id,
            received: read.received,
            peer: read.peer,
            provider: read.provider,
            events: read.events.unwrap_or_else(|| read.event.into_iter().collect()),
            delivery_id: read.delivery_id,
            verdict: read.verdict,
            reason: read.reason,
            repeat_of: read.repeat_of,
            status: read.answer.status,
            is_handed_on: read.answer.by.is_some_and(|by| by == APPLICATION),
            size,
        })
    }

    /// `superfolio/form.submitted`, `stripe`, `unknown`.
    pub fn label(&self) -> String {
        words::delivery(self.provider.as_deref(), &self.events)
    }
}

fn damage(line: &[u8]) -> Damage {
    match serde_json::from_slice::<Mark>(line) {
        Ok(mark) if mark.hookproof != wire::JOURNAL => {
            Damage::Other(words::printable(&words::shorten(&mark.hookproof, 40), words::Lines::Escape))
        }
        _ => Damage::Broken,
    }
}

/// The length of what base64 text holds.
fn decoded_length(encoded: &str) -> usize {
    encoded.trim_end_matches('=').len() * 3 / 4
}

/// How the user speaks of an entry: eight letters and digits, none of which looks like another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id([u8; Id::LENGTH]);

impl Id {
    /// Letters and digits of an id.
    pub const LENGTH: usize = 8;
    /// So many of its first are enough, where no other begins with them.
    pub const SHORTEST: usize = 4;
    /// Without i, l, o and u.
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    /// A fresh one.
    pub fn fresh(random: &mut Randomness) -> Self {
        let mut bytes = [0; Self::LENGTH];
        random.fill_bytes(&mut bytes);
        Self(bytes.map(|byte| Self::LETTERS[usize::from(byte) % Self::LETTERS.len()]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The beginning of an id as the user gives it, in the case that ids have.
    pub fn beginning(text: &str) -> Result<String, String> {
        let text = text.to_ascii_lowercase();
        let is_letter = |byte: u8| Self::LETTERS.contains(&byte);
        if !(Self::SHORTEST..=Self::LENGTH).contains(&text.len()) || !text.bytes().all(is_letter) {
            return Err(format!("an id has {} letters and digits, and its first 4 may be enough", Self::LENGTH));
        }
        Ok(text)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng as _;

    use super::{Damage, Entry, Id, Record};
    use crate::message::{Capture, Delivery, Headers};
    use crate::render::Randomness;
    use crate::wire;

    fn capture(body: &[u8]) -> Capture {
        let mut headers = Headers::default();
        headers.push("X-A", "1");
        headers.push("x-a", b"\xe9".to_vec());
        let delivery = Delivery { method: "POST".into(), target: "/h".into(), headers, body: body.to_vec() };
        let received = Some("2026-06-01T12:00:00.123456Z".parse().unwrap());
        Capture { delivery, received, peer: Some("[::1]:4000".into()) }
    }

    fn line(capture: &Capture, events: &[String]) -> Vec<u8> {
        let id = Id::fresh(&mut Randomness::from_seed([3; 32]));
        let record = Record {
            id,
            capture,
            target: &capture.delivery.target,
            headers: &capture.delivery.headers,
            provider: Some("acme"),
            events,
            delivery_id: Some("d1"),
            verdict: "valid",
            reason: "",
            repeat_of: Some(id),
            status: Some(200),
            is_handed_on: false,
        };
        record.line().unwrap()
    }

    #[test]
    fn an_entry_is_written_on_one_line_and_read_back() {
        for body in [&b"{\"a\":1E2}\r\n"[..], b"\xff\x00\x1b", b"", "Zo\u{eb} \u{202e} \u{2028} ::a".as_bytes()] {
            let capture = capture(body);
            let line = line(&capture, &["a.b".to_string()]);
            assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1));
            let entry = Entry::read(&line).unwrap();
            assert_eq!((entry.size, entry.label().as_str(), entry.status), (body.len(), "acme/a.b", Some(200)));
            assert_eq!((entry.received, entry.repeat_of.as_ref()), (capture.received, Some(&entry.id)));
            assert_eq!(wire::read_line(&line).unwrap(), capture);
        }
        let several = line(&capture(b"{}"), &["a".to_string(), "b".to_string()]);
        assert_eq!(Entry::read(&several).unwrap().label(), "acme/a or b");
    }

    #[test]
    fn every_cut_of_a_line_is_damage() {
        let line = line(&capture(b"{\"a\":1}"), &[]);
        for end in 0..line.len() - 2 {
            assert_eq!(Entry::read(&line[..end]), Err(Damage::Broken), "{end}");
        }
        let other = Entry::read(br#"{"hookproof":"delivery/1","body":""}"#);
        assert_eq!(other, Err(Damage::Other("delivery/1".into())));
    }

    #[test]
    fn an_id_is_named_by_its_beginning() {
        let id = Id::fresh(&mut Randomness::from_seed([1; 32]));
        assert_eq!(id.as_str().len(), Id::LENGTH);
        assert_eq!(Id::beginning(&id.as_str()[..4].to_uppercase()).as_deref(), Ok(&id.as_str()[..4]));
        for wrong in ["abc", "abcdefghj", "abci", "ab-d", "", "äbcd"] {
            assert!(Id::beginning(wrong).is_err(), "{wrong}");
        }
    }
}
