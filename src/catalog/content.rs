//! What is signed, as a scheme's `content` says it: `{timestamp}.{body}`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::Error as _;

use super::template::pieces;
use crate::path::Path;

/// What is signed: parts in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(pub Vec<Part>);

/// A part of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands.
    Text(String),
    /// The exact body.
    Body,
    /// The timestamp as it is written.
    Timestamp,
    /// The id that stands in the scheme's header.
    Id,
    /// The request method.
    Method,
    /// The whole address.
    Url,
    /// The path of the address, without the query.
    Path,
    /// A header's value.
    Header(String),
    /// A text or number of a JSON body.
    At(Path),
    /// The fields of a form, sorted by name.
    Form,
    /// The secret.
    Secret,
}

impl Content {
    /// Returns the content without some of its parts. A separator goes with the part before it.
    #[must_use]
    pub fn without(&self, is_left_out: impl Fn(&Part) -> bool) -> Self {
        let mut kept: Vec<Part> = Vec::new();
        let mut is_after_gap = false;
        for part in &self.0 {
            let is_gone = is_left_out(part);
            let is_orphan = is_after_gap && matches!(part, Part::Text(_));
            if !is_gone && !is_orphan {
                kept.push(part.clone());
            }
            is_after_gap = is_gone;
        }
        Self(kept)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Body => f.write_str("{body}"),
            Self::Timestamp => f.write_str("{timestamp}"),
            Self::Id => f.write_str("{id}"),
            Self::Method => f.write_str("{method}"),
            Self::Url => f.write_str("{url}"),
            Self::Path => f.write_str("{path}"),
            Self::Header(name) => write!(f, "{{header:{name}}}"),
            Self::At(path) => write!(f, "{{at:{path}}}"),
            Self::Form => f.write_str("{form}"),
            Self::Secret => f.write_str("{secret}"),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self(vec![Part::Body])
    }
}

impl FromStr for Content {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |hole: &str| match hole.split_once(':') {
            Some(("header", name)) if !name.is_empty() => Ok(Part::Header(name.to_string())),
            Some(("at", path)) => Path::parse(path).map(Part::At).map_err(|error| error.to_string()),
            None => match hole {
                "body" => Ok(Part::Body),
                "timestamp" => Ok(Part::Timestamp),
                "id" => Ok(Part::Id),
                "method" => Ok(Part::Method),
                "url" => Ok(Part::Url),
                "path" => Ok(Part::Path),
                "form" => Ok(Part::Form),
                "secret" => Ok(Part::Secret),
                _ => Err(()),
            }
            .map_err(|()| no_part(hole)),
            Some(_) => Err(no_part(hole)),
        };
        pieces(text, |text| Part::Text(text.to_string()), part).map(Self)
    }
}

fn no_part(hole: &str) -> String {
    format!(
        "`{{{hole}}}` is no part of what is signed; there are {{body}} {{timestamp}} {{id}} {{method}} {{url}} {{path}} \
         {{header:NAME}} {{at:PATH}} {{form}} {{secret}}"
    )
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Part};

    #[test]
    fn contents_are_read() {
        let check = |text: &str, parts: &[Part]| assert_eq!(text.parse(), Ok(Content(parts.to_vec())));
        let text = |text: &str| Part::Text(text.to_string());
        check("{body}", &[Part::Body]);
        check("v0:{timestamp}:{body}", &[text("v0:"), Part::Timestamp, text(":"), Part::Body]);
        check("{method}{url}{header:X-A}", &[Part::Method, Part::Url, Part::Header("X-A".into())]);
        check("{at:signature.token}", &[Part::At(crate::path::Path::parse("signature.token").unwrap())]);
        for broken in ["{bodies}", "{header:}", "{body", "{at:a[}"] {
            assert!(broken.parse::<Content>().is_err(), "{broken}");
        }
    }
}
