//! What goes out signed afresh, and which credentials go with it.

use serde_json::json;

use super::{BODY, SECRET, entry, replay};
use crate::support::{accepting, hookproof, openssl_hmac};

#[test]
fn signed_afresh_it_is_the_same_delivery_with_a_signature_of_now() {
    let stub = accepting();
    let run = |words: &str| replay(words, &[entry("aaaaaaaa", 401, &json!({}))], &stub).env("HOOKPROOF_SECRET", SECRET);
    run("aaaa --re-sign").exits(0).prints("signed afresh").prints("fixed");
    let received = stub.next();
    assert_eq!(received.body, BODY.as_bytes());
    assert_eq!(received.all("x-superfolio-signature"), [openssl_hmac(SECRET, BODY.as_bytes())]);
    assert_eq!(received.all("x-a"), ["1"]);
    replay("aaaa --re-sign", &[entry("aaaaaaaa", 401, &json!({}))], &stub).exits(2).says("no secret is given");
    let forged = [entry("aaaaaaaa", 401, &json!({"verdict": "invalid"}))];
    let finished = replay("aaaa --re-sign", &forged, &stub).env("HOOKPROOF_SECRET", SECRET).exits(0);
    finished.says("its signature was invalid when it came");
    stub.next();
    assert!(stub.is_idle(), "nothing goes out without a secret");
}

#[test]
fn a_signature_in_another_mode_is_left_out_and_that_is_said() {
    let stub = accepting();
    let headers =
        json!([["x-github-event", "push"], ["x-hub-signature", "sha1=00"], ["x-hub-signature-256", "sha256=00"]]);
    let more = json!({"provider": "github", "event": "push", "headers": headers});
    let run = |words: &str| replay(words, &[entry("aaaaaaaa", 401, &more)], &stub).env("HOOKPROOF_SECRET", SECRET);
    run("aaaa --re-sign").exits(0).says("x-hub-signature is left out");
    let received = stub.next();
    let good = format!("sha256={}", openssl_hmac(SECRET, BODY.as_bytes()));
    assert_eq!((received.all("x-hub-signature").len(), received.all("x-hub-signature-256")), (0, vec![good.as_str()]));
    run("aaaa --re-sign --signature-mode sha1").exits(0).says("x-hub-signature-256 is left out");
    assert_eq!((stub.next().all("x-hub-signature-256").len(), stub.is_idle()), (0, true));
    run("aaaa --re-sign --signature-mode other").exits(2);
    let more = json!({"provider": "komo", "event": "SiteViewed", "headers": []});
    replay("aaaa --re-sign", &[entry("aaaaaaaa", 200, &more)], &stub)
        .exits(0)
        .prints("  unsigned")
        .says("documents no signature");
}

#[test]
fn a_timestamp_is_of_now_and_the_id_stays_unless_a_fresh_one_is_wanted() {
    let stub = accepting();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let headers = json!([
        ["webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"],
        ["webhook-timestamp", "1614265330"],
        ["webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
        ["x-a", "1"],
    ]);
    let more =
        json!({"provider": "standard-webhooks", "event": null, "headers": headers, "body": "{\"test\": 2432232314}"});
    let run = |words: &str| {
        replay(words, &[entry("aaaaaaaa", 401, &more)], &stub).env("HOOKPROOF_SECRET", secret).exits(0);
        stub.next()
    };
    let exact = run("aaaa");
    assert_eq!(exact.all("webhook-timestamp"), ["1614265330"]);
    let again = run("aaaa --re-sign");
    assert_eq!(again.all("webhook-id"), ["msg_p5jXN8AQM9LWM0D4loKWxJek"]);
    assert_eq!((again.all("webhook-timestamp").len(), again.all("webhook-signature").len()), (1, 1));
    assert_ne!(again.all("webhook-timestamp"), ["1614265330"]);
    let fresh = run("aaaa --fresh");
    assert_eq!(fresh.all("webhook-id").len(), 1);
    assert_ne!(fresh.all("webhook-id"), ["msg_p5jXN8AQM9LWM0D4loKWxJek"]);
    // What went out holds, by the rules of the scheme.
    for received in [again, fresh] {
        let headers: Vec<_> = received.headers.iter().map(|(name, value)| [name, value]).collect();
        let body = String::from_utf8(received.body.clone()).unwrap();
        let line =
            json!({"hookproof": "delivery/1", "method": "POST", "target": "/", "headers": headers, "body": body});
        hookproof("verify").env("HOOKPROOF_SECRET", secret).stdin(line.to_string()).exits(0).prints("valid");
    }
}

#[test]
fn a_fresh_one_has_an_id_and_a_time_of_its_own_each_time() {
    let stub = accepting();
    let entries = [entry("aaaaaaaa", 200, &json!({}))];
    replay("aaaa --fresh --repeat 2", &entries, &stub).env("HOOKPROOF_SECRET", SECRET).exits(0).prints("fresh, signed");
    let (one, two) = (stub.next(), stub.next());
    let ids = [&one, &two].map(|received| received.json()["event_id"].as_str().unwrap().to_string());
    assert!(ids[0] != ids[1] && !ids.contains(&"0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20".to_string()), "{ids:?}");
    for received in [one, two] {
        assert!(!received.json()["timestamp"].as_str().unwrap().starts_with("2020"));
        let was = BODY.replace("0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20", received.json()["event_id"].as_str().unwrap());
        let was = was.replace("2020-01-01T00:00:05Z", received.json()["timestamp"].as_str().unwrap());
        assert_eq!(String::from_utf8_lossy(&received.body), was, "nothing else changes");
        assert_eq!(received.all("x-superfolio-signature"), [openssl_hmac(SECRET, &received.body)]);
    }
    let unknown = entry("bbbbbbbb", 200, &json!({"provider": null, "headers": [], "body": "{}"}));
    replay("bbbb --fresh", &[unknown], &stub).exits(2).says("--provider");
}

#[test]
fn a_token_that_was_not_kept_is_that_of_the_secret_given() {
    let stub = accepting();
    let token = |verdict: &str| {
        let headers = json!([["x-gitlab-event", "Push Hook"], ["x-gitlab-token", "[token, 23 characters]"]]);
        let more = json!({"provider": "gitlab", "event": "push", "headers": headers, "verdict": verdict, "body": "{}"});
        entry("aaaaaaaa", 200, &more)
    };
    let run = |verdict: &str| replay("aaaa --verbose", &[token(verdict)], &stub);
    let finished = run("valid").env("HOOKPROOF_SECRET", SECRET).exits(0).prints("[token, 23 characters]");
    assert!(!finished.stdout().contains(SECRET) && !finished.stderr().contains("note:"), "{}", finished.stderr());
    assert_eq!(stub.next().all("x-gitlab-token"), [SECRET]);
    run("valid").env("HOOKPROOF_SECRET", "another length").exits(0).says("another length than");
    stub.next();
    run("valid").exits(2).says("the token in x-gitlab-token was not kept").says("hint: set ");
    assert!(stub.is_idle());
}

#[test]
fn a_wrong_token_that_was_not_kept_stays_wrong() {
    let stub = accepting();
    let headers = json!([["x-gitlab-event", "Push Hook"], ["x-gitlab-token", "[token, 23 characters]"]]);
    let more = json!({"provider": "gitlab", "event": "push", "headers": headers, "verdict": "invalid", "body": "{}"});
    let entries = [entry("aaaaaaaa", 401, &more)];
    // The right one would make a valid delivery of it; so no secret is needed either.
    for secret in [Some(SECRET), None] {
        let run = replay("aaaa", &entries, &stub);
        let run = secret.into_iter().fold(run, |run, secret| run.env("HOOKPROOF_SECRET", secret));
        let finished = run.exits(0).says("was a wrong one and was not kept");
        assert_eq!(finished.stderr().matches("note:").count(), 1, "{}", finished.stderr());
        assert_eq!(stub.next().all("x-gitlab-token"), ["[token, 23 characters]"]);
    }
    // Signed afresh it goes out with a right one, and that is said.
    let finished = replay("aaaa --re-sign", &entries, &stub).env("HOOKPROOF_SECRET", SECRET).exits(0);
    finished.says("it goes out with a right one");
    assert_eq!(stub.next().all("x-gitlab-token"), [SECRET]);
}

#[test]
fn credentials_go_out_only_when_asked_for_and_kept() {
    let stub = accepting();
    let with = |value: &str| {
        let headers =
            json!([["authorization", value], ["cookie", "a=b"], ["x-superfolio-signature", "00"], ["x-a", "1"]]);
        [entry("aaaaaaaa", 200, &json!({"headers": headers})), entry("bbbbbbbb", 200, &json!({"headers": headers}))]
    };
    let finished = replay("--last 2", &with("Basic abc"), &stub).exits(0);
    assert_eq!(finished.stderr(), "note: authorization and cookie are left out; --with-credentials sends them\n");
    assert!(stub.next().all("authorization").is_empty() && stub.next().all("cookie").is_empty());
    let finished = replay("--last --verbose --with-credentials", &with("Basic abc"), &stub).exits(0);
    assert!(!finished.stdout().contains("Basic abc"), "a credential is shown as little as a secret");
    let received = stub.next();
    assert_eq!((received.all("authorization"), received.all("cookie")), (vec!["Basic abc"], vec!["a=b"]));
    replay("--last --with-credentials", &with("[redacted]"), &stub)
        .exits(2)
        .says("the value of authorization was not kept")
        .says("--keep-headers");
    replay("--last", &with("[redacted]"), &stub).exits(0);
    stub.next();
    assert!(stub.is_idle());
}
