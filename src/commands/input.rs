//! Reading what the user names on the command line: files, headers, durations, times.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use jiff::Timestamp;
use reqwest::Url;

use super::files::{self, LARGEST_GIVEN};
use crate::error::Error;
use crate::message::{Header, Headers};
use crate::moment;
use crate::signature::Tolerance;

/// The bytes of a file, or of stdin for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let fail = |cause| Error::Read { path: path.to_path_buf(), cause };
    if path == Path::new("-") {
        return files::to_end(std::io::stdin().lock(), LARGEST_GIVEN).map_err(fail);
    }
    files::given(path)
}

/// The bytes of a file that a project names; `path` is how the user knows it.
pub(super) fn read_open(file: fs::File, path: &Path) -> Result<Vec<u8>, Error> {
    files::opened(file).map_err(|cause| Error::Read { path: path.to_path_buf(), cause })
}

/// The text of a file, or of stdin for `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    text(read(path)?, path)
}

/// The bytes of a file as text.
pub(super) fn text(bytes: Vec<u8>, path: &Path) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| {
        Error::usage(format!("{} is not UTF-8 text", path.display()), "JSON and TOML are written in UTF-8")
    })
}

/// A path, which may be empty.
pub(crate) fn maybe_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// JSON given inline, or the file that holds it.
pub(super) fn inline_or_file(given: &str) -> Result<String, Error> {
    if given.trim_start().starts_with(['{', '[', '"']) {
        Ok(given.to_string())
    } else {
        read_text(&PathBuf::from(given))
    }
}

/// `500ms`, `3s`, `2m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    moment::duration(text)
}

/// A duration of a year at most.
pub(super) fn pause(text: &str) -> Result<Duration, String> {
    moment::pause(text)
}

/// A duration that is longer than nothing.
pub(super) fn time_limit(text: &str) -> Result<Duration, String> {
    moment::time_limit(text)
}

/// How many times faster: `10`, `0.5`, `10x`.
pub(super) fn factor(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('x').unwrap_or(text).parse::<f64>().ok();
    number
        .filter(|factor| factor.is_finite() && *factor > 0.0)
        .ok_or_else(|| format!("`{text}` is no speed; 10 is ten times faster, 0.5 half as fast"))
}

/// RFC 3339 or Unix seconds.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    moment::parse_user(text)
}

/// An http or https address; what is signed is its very text.
pub(super) fn web_address(text: &str) -> Result<String, String> {
    let is_web = |url: Url| matches!(url.scheme(), "http" | "https");
    if text.parse().is_ok_and(is_web) {
        return Ok(text.to_string());
    }
    Err(format!("`{text}` is no address; write it whole, as in https://example.com/hook"))
}

/// An address without query and fragment, to which the path of each request is put.
pub(super) fn public_address(text: &str) -> Result<String, String> {
    if text.contains(['?', '#']) {
        return Err(format!("`{text}` has a query or a fragment; give what stands before each request's path"));
    }
    web_address(text)
}

/// `off`, or a duration of whole seconds.
pub(super) fn tolerance(text: &str) -> Result<Tolerance, String> {
    if text == "off" {
        return Ok(Tolerance::Off);
    }
    duration(text).map(|time| Tolerance::Seconds(time.as_secs()))
}

/// `1000`, `64KB`, `10MiB`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let bad = || format!("`{text}` is no size; write one like 64KB, 10MiB or 1000");
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let scale: usize = match text[end..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return Err(bad()),
    };
    text[..end].parse::<usize>().ok().and_then(|number| number.checked_mul(scale)).ok_or_else(bad)
}

/// `Name: value`, as `-H` takes it.
pub(super) fn header(text: &str) -> Result<Header, String> {
    let (name, value) = text.split_once(':').ok_or_else(|| format!("`{text}` is no header; write it `Name: value`"))?;
    if text.contains(['\r', '\n', '\0']) {
        return Err("a header holds no CR, LF or NUL".to_string());
    }
    Header::new(name, value)
}

/// `-H` and `--header`, the same in every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct HeaderArgs {
    /// A header; repeatable, and in place of ours where the name is ours
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub headers: Vec<Header>,
}

impl HeaderArgs {
    /// The headers as given.
    pub(super) fn headers(&self) -> Headers {
        Headers(self.headers.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, header};

    #[test]
    fn sizes_take_common_units() {
        assert_eq!([bytes("10MiB"), bytes("64kb"), bytes("7")], [Ok(10_485_760), Ok(64_000), Ok(7)]);
        assert!(bytes("ten").is_err() && bytes("99999999999GiB").is_err());
    }

    #[test]
    fn headers_keep_commas_and_colons_and_refuse_line_breaks() {
        assert_eq!(header("X-A: b, c: d").unwrap().value, b"b, c: d");
        assert_eq!(header("X-Empty:").unwrap().value, b"");
        for broken in ["X-A", ": b", "X A: b", "X-A: b\r\nX-B: c", "X-A: b\nc", "X-A: \u{1b}[m"] {
            assert!(header(broken).is_err(), "{broken:?}");
        }
    }
}
