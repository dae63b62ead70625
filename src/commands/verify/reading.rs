//! What `verify` reads: a body, an HTTP message, or lines of `listen --json`.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use clap::ValueEnum;
use serde_json::Value;

use super::VerifyArgs;
use crate::error::Error;
use crate::explain::from_utf16;
use crate::message::{Capture, Delivery};
use crate::wire::{self, LineError, Message};

/// What the input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InputKind {
    /// The bytes of a body
    Body,
    /// An HTTP request with its headers
    Http,
    /// Lines marked "hookproof":"delivery/1"
    Line,
}

pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, Error> {
    if path == Path::new("-") {
        return Ok(Box::new(stdin().lock()));
    }
    let fail = |cause| Error::Read { path: path.to_path_buf(), cause };
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(fail(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(Box::new(file))
}

pub(super) fn shown_name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_string() } else { path.display().to_string() }
}

pub(super) fn guess(args: &VerifyArgs, bytes: &[u8]) -> Result<InputKind, Error> {
    if wire::has_lines(bytes) {
        return Ok(InputKind::Line);
    }
    wire::read_http(bytes).map(|_| InputKind::Http).map_err(|_| Error::Untestable {
        message: format!("{} is neither an HTTP request nor a line of `listen --json`", shown_name(&args.file)),
        hint: Some("for a body alone give --header 'NAME: VALUE' or --signature VALUE too, or --as body".to_string()),
    })
}

/// Decodes an input in UTF-16, as PowerShell's `>` writes it, and returns the note that says so.
pub(super) fn decoded(bytes: &[u8]) -> Option<(Vec<u8>, String)> {
    let (text, order) = from_utf16(bytes)?;
    let note =
        format!("the input is UTF-16 text ({order}), as PowerShell's > writes it; it was decoded before it was judged");
    Some((text.into_bytes(), note))
}

/// A delivery of the input.
pub(super) struct Captured {
    pub(super) capture: Capture,
    /// What is odd about it.
    pub(super) note: Option<String>,
    /// The bytes behind the announced end of its body.
    pub(super) beyond: Vec<u8>,
    /// The headers whose names were written as CGI and frameworks show them.
    pub(super) restored: Vec<String>,
}

impl Captured {
    fn new(capture: Capture, note: Option<String>) -> Self {
        Self { capture, note, beyond: Vec::new(), restored: Vec::new() }
    }
}

pub(super) fn captures(
    args: &VerifyArgs,
    kind: InputKind,
    bytes: Vec<u8>,
) -> Result<Vec<Result<Captured, Error>>, Error> {
    let input = shown_name(&args.file);
    match kind {
        InputKind::Body => {
            let delivery = Delivery {
                method: args.method.clone().unwrap_or_else(|| "POST".to_string()),
                target: "/".to_string(),
                headers: args.headers.headers(),
                body: bytes,
            };
            let is_marked = wire::is_line(&delivery.body);
            let note = "the input looks like a line of `listen --json`; --as line reads it as one".to_string();
            let capture = Capture { delivery, received: None, peer: None };
            Ok(vec![Ok(Captured::new(capture, is_marked.then_some(note)))])
        }
        InputKind::Http => {
            let Message { mut capture, note, beyond } =
                wire::read_http(&bytes).map_err(|cause| Error::Http { input, cause })?;
            capture.delivery.headers.replace_with(&args.headers.headers());
            Ok(vec![Ok(Captured { beyond, ..Captured::new(capture, note) })])
        }
        InputKind::Line => {
            let read = |value: Result<Value, serde_json::Error>| {
                let fail = |cause| Error::Line { input: input.clone(), cause };
                let value = value.map_err(|error| fail(LineError::NotJson(error.to_string())))?;
                let mut capture = wire::read_line(value.to_string().as_bytes()).map_err(fail)?;
                capture.delivery.headers.replace_with(&args.headers.headers());
                Ok(Captured::new(capture, None))
            };
            let captures: Vec<Result<Captured, Error>> = wire::values(&bytes).into_iter().map(read).collect();
            if captures.is_empty() {
                return Err(Error::usage(
                    format!("{input} holds no delivery"),
                    "a line of `listen --json` was expected",
                ));
            }
            Ok(captures)
        }
    }
}
