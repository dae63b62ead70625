//! A scheme in words.

use jiff::SignedDuration;

use super::Algorithm;
use super::Need;
use crate::catalog::{Decode, Encoding, Part, Scheme};
use crate::words;

/// The scheme in words, for people.
pub fn describe(scheme: &Scheme) -> String {
    let mut said = scheme.place();
    if scheme.header_is_free {
        said.push_str(" or a header of one's choice");
    }
    if scheme.algorithm == Algorithm::Token {
        said.push_str(": the shared secret itself; the body is not signed");
    } else {
        said.push_str(": ");
        match &scheme.list {
            Some(list) => said.push_str(&format!("`{}{}` and ", list.take, list.pair)),
            None if !scheme.prefix.is_empty() => said.push_str(&format!("`{}` and the ", scheme.prefix)),
            None => {}
        }
        let encoding = scheme.encoding.map_or("", Encoding::word);
        said.push_str(&format!("{encoding} {} of {}", scheme.algorithm.word(), content(scheme)));
        if scheme.key.decode != Decode::Text && !scheme.algorithm.is_asymmetric() {
            let strip = scheme.key.strip.first().map(|begin| format!(" after `{begin}`")).unwrap_or_default();
            said.push_str(&format!(", keyed with the {} of the secret{strip}", scheme.key.decode.word()));
        }
        if let Some(digest) = &scheme.body_digest {
            said.push_str(&format!(", where `{}` in its query is the SHA-256 of the body", digest.query));
        }
        if let Some(past) = scheme.timestamp.as_ref().and_then(|stamp| stamp.past) {
            let past = SignedDuration::from_secs(i64::try_from(past).unwrap_or(i64::MAX));
            let early = scheme.timestamp.as_ref().is_some_and(|stamp| stamp.future.is_some());
            said.push_str(&format!(", at most {} old{}", words::span(past), if early { " or early" } else { "" }));
        }
    }
    if scheme.secret == Need::Optional {
        said.push_str(" (only where a secret is set)");
    }
    said
}

fn content(scheme: &Scheme) -> String {
    if scheme.content.0 == [Part::Body] {
        return "the raw body".to_string();
    }
    format!("`{}`", scheme.content.0.iter().map(ToString::to_string).collect::<String>())
}
