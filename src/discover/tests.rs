//! A search finds what a secret signed, and nothing else.

use jiff::Timestamp;

use super::{Search, lines, search};
use crate::message::{Delivery, Headers};
use crate::secret::{Named, Secret};
use crate::signature::{Scene, Tolerance};

/// A delivery with a timestamp, an id and two signatures that no secret of these tests made.
fn delivery() -> Delivery {
    let mut headers = Headers::default();
    headers.push("Host", "a.example");
    headers.push("Content-Type", "application/json");
    headers.push("Acme-Sent", "1764563000");
    headers.push("Acme-Id", "m1");
    headers.push("Acme-Signature", format!("t=1764563000,v1={}", "7".repeat(64)));
    headers.push("Acme-Signature-512", format!("sha512={}", "a".repeat(128)));
    Delivery { method: "POST".into(), target: "/hook".into(), headers, body: b"{\"a\": 1}".to_vec() }
}

#[test]
fn random_secrets_fit_nothing() {
    let delivery = delivery();
    let scene = Scene { delivery: &delivery, url: None, now: Timestamp::UNIX_EPOCH, tolerance: Tolerance::Documented };
    for number in 0..5 {
        let secret = Secret::new(format!("acme_{}", hex::encode(format!("secret {number}")))).unwrap();
        let secrets = [Named { from: "S".to_string(), secret }];
        let found = search(&Search { scene, header: None, secrets: &secrets }, || true);
        assert!(found.fits.is_empty() && found.is_complete && found.tried > 500, "{found:?}");
        assert_eq!(found.places, ["Acme-Signature", "Acme-Signature-512"]);
        assert_eq!(lines(&found, Timestamp::UNIX_EPOCH, |_| false), None);
    }
}

#[test]
fn a_search_ends_when_its_time_is_up() {
    let delivery = delivery();
    let scene = Scene { delivery: &delivery, url: None, now: Timestamp::UNIX_EPOCH, tolerance: Tolerance::Documented };
    let secrets = [Named { from: "S".to_string(), secret: Secret::new("acme").unwrap() }];
    let found = search(&Search { scene, header: None, secrets: &secrets }, || false);
    assert!(!found.is_complete && found.tried == 0, "{found:?}");
}
