//! The explainer: it is deterministic and bounded, tells no secret, and finds a change that was made.
//! Fields: provider, value, body.

use std::cell::Cell;

use hookproof::catalog::{Part, Scheme};
use hookproof::explain::{Explanation, Question, ValueOf, explain};
use hookproof::message::{Delivery, Headers};
use hookproof::secret::Named;
use hookproof::signature::{self, Scene, Tolerance};

use super::input::{delivery, fields, now, text, world};
use super::signature::{keys, picked};

/// How often the search may ask for more time.
const ASKED: usize = 4_000;
const URL: Option<&str> = Some("https://hooks.example/hook?a=b");

pub(crate) fn run(data: &[u8]) {
    let [pick, value, body] = fields(data);
    let scheme = picked(pick);
    let keys = keys(scheme);
    let secret = &keys.public[0];
    let mut headers = Headers::default();
    headers.push(scheme.header.first(), value);
    let came = delivery(headers, body);
    for (origin, depth) in [(ValueOf::Sender, 1), (ValueOf::OwnCode, 1)] {
        let found = search(scheme, secret, &came, &text(value), origin, depth);
        assert_eq!(search(scheme, secret, &came, &text(value), origin, depth), found);
        check(&found, secret, body);
    }
    if scheme.covers_body() && !scheme.algorithm.is_asymmetric() && scheme.content.0 == [Part::Body] {
        line_feed_is_explained(scheme, secret, body);
    }
}

fn search(scheme: &Scheme, secret: &Named, came: &Delivery, value: &str, origin: ValueOf, depth: usize) -> Explanation {
    let scene = Scene { delivery: came, url: URL, now: now(), tolerance: Tolerance::Off };
    let question = Question {
        scheme,
        secret: &secret.secret,
        variable: Some("WEBHOOK_SECRET"),
        others: &[],
        scene,
        value,
        origin,
        depth,
        beyond: &[],
    };
    let asked = Cell::new(0);
    explain(&question, || asked.replace(asked.get() + 1) < ASKED)
}

fn check(found: &Explanation, secret: &Named, body: &[u8]) {
    let secret = text(secret.secret.expose());
    for cause in &found.causes {
        let told = format!("{} {:?} {}", cause.text(), cause.at, cause.advice(ValueOf::Sender));
        assert!(!told.contains(&secret), "{told}");
        assert!(!cause.changes.is_empty() && cause.code().len() < 200, "{cause:?}");
        assert!(cause.at.as_ref().is_none_or(|at| at.byte <= body.len()), "{cause:?}");
        assert!(told.len() < 2_000, "{} bytes", told.len());
    }
}

/// The commonest fault: the sender signed a final line feed that is not in the body.
fn line_feed_is_explained(scheme: &Scheme, secret: &Named, body: &[u8]) {
    let mut sent = delivery(Headers::default(), &[body, b"\n"].concat());
    if signature::sign(scheme, std::slice::from_ref(secret), &mut sent, URL, &mut world()).is_err() {
        return;
    }
    let value = signature::received(scheme, &sent).remove(0);
    sent.body.pop();
    let found = search(scheme, secret, &sent, &text(&value), ValueOf::Sender, 1);
    check(&found, secret, body);
    assert!(!found.causes.is_empty() || !found.tried.complete, "{found:?}");
}
