//! The ways to an application: over TLS, through a proxy, and to the targets of the project.

use serde_json::Value;

use super::SUPERFOLIO;
use crate::support::{Run, accepting, hookproof, listen_with, openssl_hmac, post};
use crate::tls::self_signed;

/// What came of the one delivery that is posted to a listener with these words.
fn outcome(run: Run, words: &str, exit: i32) -> (u16, Value) {
    let listener = listen_with(run, &format!("--json --count 1 {words}"));
    let status = post(listener.port, &[], b"{}");
    let lines = listener.exits(exit).lines();
    (status, lines.into_iter().find(|line| line["hookproof"] == "forwarded/1").expect("a line"))
}

#[test]
fn deliveries_go_on_over_tls() {
    let (url, pem) = self_signed();
    let (status, line) = outcome(Run::new(), &format!("--forward {url}"), 1);
    assert_eq!((status, &line["outcome"]), (502, &"unreachable".into()));
    assert!(line["error"].as_str().is_some_and(|error| error.contains("certificate")), "{line}");
    let trusting = Run::new().file("ca.pem", pem);
    assert_eq!(outcome(trusting, &format!("--forward {url} --cacert ca.pem"), 0).0, 202);
    assert_eq!(outcome(Run::new(), &format!("--forward {url} --insecure"), 0).0, 202);
}

#[test]
fn deliveries_go_on_through_a_proxy_but_never_to_this_machine() {
    let proxy = accepting();
    let words = format!("--forward http://example.invalid/hook --proxy {}", proxy.url);
    assert_eq!(outcome(Run::new(), &words, 0).0, 200);
    let received = proxy.next();
    assert_eq!((received.target.as_str(), received.body.as_slice()), ("http://example.invalid/hook", &b"{}"[..]));
    let application = accepting();
    assert_eq!(outcome(Run::new(), &format!("--forward {} --proxy {}", application.url, proxy.url), 0).0, 200);
    assert!(application.next().body == b"{}" && proxy.is_idle());
}

#[test]
fn targets_of_the_project_are_addresses_to_forward_to() {
    let (usual, forms) = (accepting(), accepting());
    let config = format!(
        "[targets.app]\nurl = \"{}\"\nsecret_env = \"APP\"\n[targets.forms]\nurl = \"{}\"\nsecret_env = \"FORMS\"\n",
        usual.url, forms.url
    );
    let listening = |words: &str| {
        let run = Run::new().file(".git/HEAD", "").file("hookproof.toml", &config);
        let run = run.env("APP", "the app's").env("FORMS", "the forms'").env("OWN", "one for all");
        listen_with(run.env("SECRET", "theirs"), &format!("--forward app --route form.*=forms {words}"))
    };
    let good = openssl_hmac("theirs", SUPERFOLIO);
    let sign = [("X-Superfolio-Signature", good.as_str())];
    // As they came; then the secrets of the targets are not asked for.
    let listener = listening("--count 1 --secret-env SECRET");
    assert_eq!(post(listener.port, &sign, SUPERFOLIO), 200);
    assert_eq!(forms.next().all("x-superfolio-signature"), [good.as_str()]);
    let finished = listener.exits(0).says(&format!("hookproof.toml is used: {}", usual.url));
    assert!(!finished.stderr().contains("variable"), "{}", finished.stderr());
    // Signed afresh, each for its own.
    let page = br#"{"event_id":"e2","event_type":"page.viewed","scope":"s","data":{},"event_data":{}}"#;
    let listener = listening("--count 2 --secret-env SECRET --re-sign");
    assert_eq!(post(listener.port, &sign, SUPERFOLIO), 200);
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &openssl_hmac("theirs", page))], page), 200);
    assert_eq!(forms.next().all("x-superfolio-signature"), [openssl_hmac("the forms'", SUPERFOLIO)]);
    assert_eq!(usual.next().all("x-superfolio-signature"), [openssl_hmac("the app's", page)]);
    listener.exits(0).says("the secret from the variable FORMS");
    // One that is given comes before the targets'.
    let listener = listening("--count 1 --secret-env SECRET --re-sign --forward-secret-env OWN");
    assert_eq!(post(listener.port, &sign, SUPERFOLIO), 200);
    assert_eq!(forms.next().all("x-superfolio-signature"), [openssl_hmac("one for all", SUPERFOLIO)]);
    listener.exits(0);
    let run = hookproof("listen --port 0 --forward ap").file(".git/HEAD", "").file("hookproof.toml", &config);
    run.exits(2).says("did you mean the target `app`?");
}
