//! Plain values that cross the wire: a delivery, what was caught, what was answered.
//!
//! No behaviour beyond looking things up, refusing what can't be, and taking secrets out. Header names are case-insensitive; values, repeats and
//! their order are kept.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::secret::Redactor;

/// One header line. The value is bytes, because not every sender writes UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name, in the case it was given.
    pub name: String,
    /// The value, without the white space around it.
    pub value: Vec<u8>,
}

/// Whether HTTP has such names.
pub fn is_header_name(name: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_token)
}

impl Header {
    /// A header that a user gives: nothing that could end its line, and nothing that follows from the body.
    pub fn new(name: &str, value: &str) -> Result<Self, String> {
        if !is_header_name(name) {
            return Err(format!("`{name}` is no header name"));
        }
        if ["content-length", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("`{name}` follows from the body and can't be given"));
        }
        let value = value.trim_matches([' ', '\t']);
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(format!("the value of `{name}` holds a control character"));
        }
        Ok(Self { name: name.to_string(), value: value.as_bytes().to_vec() })
    }
}

/// Header lines in their order, repeats included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// The first value under this name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_slice())
    }

    /// The first value under this name where it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Every value under this name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_slice())
    }

    /// Adds a line at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push(Header { name: name.into(), value: value.into() });
    }

    /// Takes every line of this name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|header| !header.name.eq_ignore_ascii_case(name));
    }

    /// Puts the user's lines in the place of ours: a name that the user gives is theirs alone.
    pub fn replace_with(&mut self, given: &Self) {
        for header in &given.0 {
            self.remove(&header.name);
        }
        self.0.extend(given.0.iter().cloned());
    }
}

/// A webhook delivery: what goes over the wire, as a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The request method, `POST` unless a description says otherwise.
    pub method: String,
    /// The address it goes to, or the request target of one that was caught.
    pub target: String,
    /// Header lines.
    pub headers: Headers,
    /// The exact body.
    pub body: Vec<u8>,
}

/// A delivery that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// What came.
    pub delivery: Delivery,
    /// When its body was complete; unknown for one that was read from a file.
    pub received: Option<Timestamp>,
    /// Who sent it, as `address:port`.
    pub peer: Option<String>,
}

/// What a receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header lines.
    pub headers: Headers,
    /// The reason phrase of the status line.
    pub reason: Vec<u8>,
    /// The body, up to a limit of the one who asked.
    pub body: Vec<u8>,
    /// Whether there is more of the body than that.
    pub is_cut: bool,
    /// From the first byte out to the last byte in.
    pub elapsed: Duration,
    /// The address that `localhost` stood for, where the delivery went there.
    pub via: Option<SocketAddr>,
}

impl Answer {
    /// Returns the answer without the secrets that a receiver may echo, as it may be shown, cut and judged.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        for header in &mut self.headers.0 {
            header.name = String::from_utf8_lossy(&redactor.value(header.name.as_bytes())).into_owned();
            header.value = redactor.value(&header.value);
        }
        self.reason = redactor.value(&self.reason);
        self.body = if self.is_cut { redactor.text(&self.body, true) } else { redactor.value(&self.body) };
        self
    }
}
