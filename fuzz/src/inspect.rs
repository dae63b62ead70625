//! A listener's look at a request: a stranger's request is never accepted, and no secret is told.

use std::sync::{Arc, LazyLock};

use hookproof::catalog::Catalog;
use hookproof::drift;
use hookproof::inspect::{Guard, Inspected, Inspector, SchemeChoice, Seen};
use hookproof::json::Body;
use hookproof::message::Delivery;
use hookproof::secret::Keyring;
use hookproof::signature::{Tolerance, Verdict};
use hookproof::wire;

use super::input::{SECRET, now, secret};

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let mut keyring = Keyring::default();
    keyring.add(None, "FUZZ", secret().secret);
    Inspector {
        catalog: Arc::new(Catalog::built_in().expect("the built-in catalog")),
        only: None,
        keyring,
        guard: Guard::Full,
        choice: SchemeChoice::default(),
        public_url: None,
        tolerance: Tolerance::Documented,
    }
});

pub(crate) fn run(data: &[u8]) {
    let Ok(wire::Message { capture, .. }) = wire::read_http(data) else { return };
    let request = capture.delivery;
    if let Some(shaken) = INSPECTOR.shake_hands(&request, now()) {
        assert!(!format!("{:?}", shaken.answer).contains(SECRET));
    }
    let body = Body::new(&request.body);
    match INSPECTOR.look(&request, &body, now()) {
        Seen::Handshake(shaken) => {
            let told = format!("{:?}", shaken.answer);
            assert!(!told.contains(SECRET) && told.len() < 100_000, "{} bytes", told.len());
        }
        Seen::Delivery(inspected) => check(&inspected, &request, &body),
    }
}

fn check(inspected: &Inspected<'_>, request: &Delivery, body: &Body<'_>) {
    let verdict = inspected.judgement.verdict;
    assert!(!matches!(verdict, Verdict::Valid | Verdict::Stale), "{:?}", inspected.judgement);
    assert!(inspected.status >= 400, "{} for {verdict:?}", inspected.status);
    let told = format!("{} {:?}", inspected.identified.label(), inspected.judgement);
    let sent = String::from_utf8_lossy(&request.body).contains(SECRET)
        || request.headers.0.iter().any(|header| String::from_utf8_lossy(&header.value).contains(SECRET));
    assert!(sent || !told.contains(SECRET), "{told}");
    let Some(provider) = inspected.identified.provider else { return };
    if let Some(made) = drift::Made::of(provider, &inspected.identified.events) {
        assert!(made.differences(body.document()).len() <= 1_000);
    }
}
