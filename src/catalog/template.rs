//! Templates of identities and headers: text with holes such as `{uuid}` and `{digits:9}`.
//!
//! Only their reading; what fills the holes is the business of `render`.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::Error as _;

use crate::words;

/// The longest template, and the longest text that its own holes make, in bytes.
const LONGEST: usize = 4096;
/// The deepest nesting of holes.
const DEEPEST: usize = 8;

/// A text with holes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// A random UUID.
    Uuid,
    /// A ULID of the event's time.
    Ulid,
    /// So many random hexadecimal digits.
    Hex(usize),
    /// So many random letters and digits.
    Base62(usize),
    /// So many random decimal digits, the first of them not 0.
    Digits(usize),
    /// The base64 of another template.
    Base64(Template),
    /// A value by name: an identity, `event`, `object`, `event_ms`.
    Name(String),
}

impl Template {
    /// The names that stand in it.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Name(name) => names.push(name.as_str()),
                Piece::Base64(template) => names.extend(template.names()),
                _ => {}
            }
        }
        names
    }

    /// The text between the holes.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
    }
}

impl Template {
    /// The length of what it makes, without the values of names.
    fn length(&self) -> usize {
        let length = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Uuid => 36,
            Piece::Ulid => 26,
            Piece::Hex(length) | Piece::Base62(length) | Piece::Digits(length) => *length,
            Piece::Base64(inner) => inner.length().div_ceil(3) * 4,
            Piece::Name(_) => 0,
        };
        self.0.iter().map(length).sum()
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let template = pieces(text, |text| Piece::Text(text.to_string()), hole).map(Self)?;
        match template.length() {
            0..=LONGEST => Ok(template),
            length => Err(format!("`{}` makes {length} bytes; at most {LONGEST}", shown(text))),
        }
    }
}

/// Splits a text into what stands between its holes and the holes themselves.
pub(super) fn pieces<P>(
    text: &str,
    plain: impl Fn(&str) -> P,
    hole: impl Fn(&str) -> Result<P, String>,
) -> Result<Vec<P>, String> {
    if text.len() > LONGEST {
        return Err(format!("`{}` has {} bytes; a template has at most {LONGEST}", shown(text), text.len()));
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        if start > 0 {
            pieces.push(plain(&rest[..start]));
        }
        let inner = &rest[start + 1..];
        let end = closing(inner).map_err(|what| format!("`{}` {what}", shown(text)))?;
        pieces.push(hole(&inner[..end])?);
        rest = &inner[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(plain(rest));
    }
    Ok(pieces)
}

/// Finds the end of a hole.
fn closing(inner: &str) -> Result<usize, String> {
    let mut depth = 0;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'{' if depth + 1 == DEEPEST => return Err(format!("nests holes deeper than {DEEPEST}")),
            b'{' => depth += 1,
            b'}' if depth == 0 => return Ok(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    Err("has a `{` without its `}`".to_string())
}

/// A template as an error shows it.
fn shown(text: &str) -> String {
    words::shorten(text, 60)
}

fn hole(text: &str) -> Result<Piece, String> {
    let (name, argument) = text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
    let length = || {
        let length = argument.and_then(|digits| digits.parse().ok()).filter(|length| (1..=256).contains(length));
        length.ok_or_else(|| format!("`{{{text}}}` needs a length from 1 to 256, as in `{{{name}:8}}`"))
    };
    match name {
        "hex" => length().map(Piece::Hex),
        "base62" => length().map(Piece::Base62),
        "digits" => length().map(Piece::Digits),
        "base64" => argument.unwrap_or_default().parse().map(Piece::Base64),
        "uuid" => Ok(Piece::Uuid),
        "ulid" => Ok(Piece::Ulid),
        _ if argument.is_none() && !name.is_empty() => Ok(Piece::Name(name.to_string())),
        _ => Err(format!(
            "`{{{text}}}` is no hole; there are {{uuid}} {{ulid}} {{hex:N}} {{base62:N}} {{digits:N}} {{base64:...}} \
             and the names of identities"
        )),
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Template};

    #[test]
    fn templates_are_read() {
        let text = |text: &str| Piece::Text(text.into());
        let check = |source: &str, pieces: &[Piece]| assert_eq!(source.parse(), Ok(Template(pieces.to_vec())));
        check("sess_{uuid}", &[text("sess_"), Piece::Uuid]);
        let inner = Template(vec![text("EventPeople_"), Piece::Digits(6)]);
        check("{base64:EventPeople_{digits:6}}", &[Piece::Base64(inner)]);
        check("{org}:{hex:12}", &[Piece::Name("org".into()), text(":"), Piece::Hex(12)]);
    }

    #[test]
    fn broken_templates_say_what_is_missing() {
        for source in ["{uuid", "{hex}", "{hex:0}", "{digits:x}", "{}", "{what:3}"] {
            assert!(source.parse::<Template>().is_err(), "{source}");
        }
    }

    #[test]
    fn a_template_is_bounded_in_depth_and_in_length() {
        let nested = |depth: usize| format!("{}x{}", "{base64:".repeat(depth), "}".repeat(depth)).parse::<Template>();
        assert!(nested(8).is_ok());
        for depth in [9, 100, 400] {
            assert!(nested(depth).is_err_and(|what| what.contains("deeper than 8")), "{depth}");
        }
        let long =
            ["x".repeat(4097), "{hex:256}".repeat(17), "{a}".repeat(1400), "{".repeat(4096), "{uuid}".repeat(200)];
        for text in long.iter().chain([&"{base64:{base64:{hex:256}{hex:256}{hex:256}{hex:256}{hex:256}{hex:256}{hex:256}{hex:256}{hex:256}{hex:256}}}".to_string()]) {
            let what = text.parse::<Template>().expect_err("too long");
            assert!(what.len() < 300, "{what}");
        }
        assert!("{hex:256}".repeat(16).parse::<Template>().is_ok());
    }
}
