//! What is known beyond doubt of a refused delivery, and the sentence that closes its explanation.
//!
//! The sentence is chosen from the facts in one place, so that no guess contradicts what is known.

use std::str;

use serde::de::IgnoredAny;

use super::{Cause, Change, Explanation, Idle, ValueOf};
use crate::catalog::{Scheme, Unit};
use crate::message::Delivery;
use crate::moment::{self, Form};
use crate::signature::{self, Scene};
use crate::words;

/// A fact about a refused delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The value holds the digest that it should, so neither the secret nor the body is wrong.
    DigestRight,
    /// The body is not all of what was sent.
    BodyIncomplete,
    /// Other deliveries are verified with the secret.
    SecretProven,
    /// The value was right for an earlier delivery, which had another body.
    SignatureOfEarlier,
}

impl Fact {
    /// Returns the stable name for machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::DigestRight => "digest-right",
            Self::BodyIncomplete => "body-incomplete",
            Self::SecretProven => "secret-proven",
            Self::SignatureOfEarlier => "signature-of-earlier",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::DigestRight => "the digest is right, so neither the secret nor the body is at fault",
            Self::BodyIncomplete => {
                "the body is not complete, and no signature can match a part of it: capture all of its bytes"
            }
            Self::SecretProven => {
                "the secret is right, since it verifies other deliveries: this body is not what was signed, or this \
                 signature belongs to another delivery"
            }
            Self::SignatureOfEarlier => "the secret is right, since this signature was verified before",
        }
    }
}

/// Returns the sentence that closes an explanation, chosen from what is known.
pub fn conclusion(explanation: &Explanation, origin: ValueOf) -> Option<String> {
    if let Some(fact) = explanation.facts.first().filter(|fact| {
        // A cause that was found says more than that something is missing.
        explanation.causes.is_empty() || **fact == Fact::DigestRight
    }) {
        return Some(fact.sentence().to_string());
    }
    if !explanation.causes.is_empty() {
        return None;
    }
    let sentence = match explanation.idle {
        Some(Idle::NoKey) => "the secret is no key of this scheme, so nothing was searched for",
        Some(Idle::NoDigest) if explanation.tried.candidates == 0 => {
            "the value is no digest that can be compared, so nothing was searched for"
        }
        Some(Idle::NoDigest) => "the value is no digest, and no part of one that was tried",
        None if explanation.tried.digests == 0 => "the token that came is not the secret, and not nearly it",
        None if origin == ValueOf::OwnCode => {
            "the cause is not known; print the length of the key and of the bytes that your code hashes, and compare both"
        }
        None => {
            "the cause is not known; check that the secret is this endpoint's, and that the body is captured byte for byte"
        }
    };
    Some(sentence.to_string())
}

/// Returns what a delivery itself shows to be wrong with it.
pub(super) fn facts_of(delivery: &Delivery) -> Vec<Fact> {
    let announced = delivery.headers.text("content-length").and_then(|length| length.trim().parse::<usize>().ok());
    let is_short = announced.is_some_and(|announced| announced > delivery.body.len());
    if is_short || breaks_off(delivery) { vec![Fact::BodyIncomplete] } else { Vec::new() }
}

/// Whether a body ends inside its JSON or inside a character.
pub(super) fn breaks_off(delivery: &Delivery) -> bool {
    let body = delivery.body.trim_ascii_start();
    let is_json = matches!(body.first(), Some(b'{' | b'['));
    let is_plain = delivery.headers.get("content-encoding").is_none();
    if !is_json || !is_plain {
        return false;
    }
    if let Err(error) = str::from_utf8(body) {
        return error.error_len().is_none();
    }
    serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// Returns what is wrong with a timestamp that can't be read, where the digest beside it is right.
pub(super) fn stamp_cause(scheme: &Scheme, scene: &Scene<'_>) -> Option<Cause> {
    let place = scheme.timestamp.as_ref()?;
    let text = signature::unreadable_stamp(scheme, scene)?;
    let bare = text.trim().trim_start_matches('+');
    let expected = match place.unit {
        Unit::Seconds => "seconds",
        Unit::Milliseconds => "milliseconds",
        Unit::Iso8601 => "a time like 2026-06-01T17:45:12Z",
    };
    let is_number = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit());
    let unit = match bare.len() {
        _ if !is_number => None,
        19 => Some("nanoseconds"),
        16 => Some("microseconds"),
        _ => match moment::read(bare) {
            Some((_, Form::Milliseconds)) => Some("milliseconds"),
            Some((_, Form::Seconds)) => Some("seconds"),
            _ => None,
        },
    };
    let (code, is) = match unit {
        Some(unit) if unit != expected => {
            ("timestamp-unit", format!("its {} are {unit}", words::count(bare.len(), "digit", "digits")))
        }
        _ if place.read(&text).is_ok() => ("timestamp-form", "it is another kind of value in the body".to_string()),
        Some(_) => ("timestamp-form", "it has zeros, white space or a sign around its digits".to_string()),
        None if bare.parse::<f64>().is_ok() => ("timestamp-form", "it is a number with a fraction".to_string()),
        None if moment::read(bare).is_some() => ("timestamp-form", "it is a date and time".to_string()),
        None => ("timestamp-form", "it is no time".to_string()),
    };
    let change = Change::new(code, format!("{is}; this scheme has {expected}"));
    Some(Cause { changes: vec![change], with: None, at: None })
}

#[cfg(test)]
mod tests {
    use super::{Fact, conclusion, facts_of};
    use crate::explain::{Cause, Change, Explanation, Idle, Tried, ValueOf};
    use crate::message::{Delivery, Headers};

    fn delivery(length: Option<&str>, body: &[u8]) -> Delivery {
        let mut headers = Headers::default();
        if let Some(length) = length {
            headers.push("Content-Length", length);
        }
        Delivery { method: "POST".into(), target: "/".into(), headers, body: body.to_vec() }
    }

    #[test]
    fn a_body_that_is_not_complete_is_known() {
        let check = |length, body: &[u8], expected: bool| {
            let facts = facts_of(&delivery(length, body));
            assert_eq!(facts == [Fact::BodyIncomplete], expected, "{:?}", String::from_utf8_lossy(body));
        };
        check(None, b"{\"a\":1}", false);
        check(None, b"{\"a\":1", true);
        check(None, b"[1,2", true);
        check(None, b"{\"a\":\"x", true);
        check(None, "{\"a\":\"é".as_bytes().split_last().unwrap().1, true);
        check(None, b"{\"a\":1}}", false);
        check(None, b"{broken", false);
        check(None, b"plain text", false);
        check(None, b"", false);
        check(Some("9"), b"a=1", true);
        check(Some("3"), b"a=1", false);
    }

    #[test]
    fn the_closing_sentence_follows_from_the_facts() {
        let none =
            Explanation { tried: Tried { digests: 9, candidates: 5, ..Tried::default() }, ..Explanation::default() };
        let close = |explanation: &Explanation| conclusion(explanation, ValueOf::Sender);
        let cause = Cause { changes: vec![Change::new("body-lf", "")], with: None, at: None };
        assert!(close(&none).unwrap().contains("not known"));
        for fact in [Fact::DigestRight, Fact::BodyIncomplete, Fact::SecretProven, Fact::SignatureOfEarlier] {
            let known = Explanation { facts: vec![fact], ..none.clone() };
            assert_eq!(close(&known).as_deref(), Some(fact.sentence()));
            let explained = Explanation { causes: vec![cause.clone()], ..known };
            assert_eq!(close(&explained).is_some(), fact == Fact::DigestRight);
        }
        assert_eq!(close(&Explanation { causes: vec![cause], ..none.clone() }), None);
        let idle = |idle, candidates| {
            let tried = Tried { candidates, ..none.tried.clone() };
            close(&Explanation { idle: Some(idle), tried, ..Explanation::default() }).unwrap()
        };
        assert!(idle(Idle::NoKey, 0).contains("no key"));
        assert!(idle(Idle::NoDigest, 0).contains("nothing was searched for"));
        assert!(!idle(Idle::NoDigest, 5).contains("nothing was searched for"));
    }
}
