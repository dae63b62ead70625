//! Forms of a signature that are accepted besides the one that is sent.

use serde::Deserialize;

/// A form that is accepted, and named, besides the one that is sent.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Alternative {
    /// Hexadecimal digits in upper case.
    UpperCase,
    /// Without the prefix.
    NoPrefix,
    /// Over the body without white space between its tokens.
    CompactBody,
    /// Over the body with `\uXXXX` for all that is not ASCII.
    EscapedBody,
    /// Over the address with some of its `%XX` written plainly.
    DecodedUrl,
    /// Over the address without its port, or with the standard one.
    OtherPort,
    /// Items of a list that end in a comma: values of repeated headers, joined.
    JoinedValues,
    /// Items of a list with white space around them.
    Spaces,
    /// Base64 with other characters in it, or with more behind its padding.
    LooseBase64,
}

impl Alternative {
    /// The name in descriptions and machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::UpperCase => "upper-case",
            Self::NoPrefix => "no-prefix",
            Self::CompactBody => "compact-body",
            Self::EscapedBody => "escaped-body",
            Self::DecodedUrl => "decoded-url",
            Self::OtherPort => "other-port",
            Self::JoinedValues => "joined-values",
            Self::Spaces => "spaces",
            Self::LooseBase64 => "loose-base64",
        }
    }

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::UpperCase => "digits in upper case",
            Self::NoPrefix => "no prefix",
            Self::CompactBody => "the body without white space",
            Self::EscapedBody => "the body with \\uXXXX for all that is not ASCII",
            Self::DecodedUrl => "the address with its %XX written plainly",
            Self::OtherPort => "the address without its port or with the standard one",
            Self::JoinedValues => "a comma after a signature, from joined headers",
            Self::Spaces => "white space around items",
            Self::LooseBase64 => "base64 with other characters in it",
        }
    }
}
