//! `send --retry`: what is not accepted goes out again.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Run, Stub, closed_port, hookproof, openssl_hmac, stub};

const SECRET: &str = "it's a secret to nobody";

/// A status and its headers.
type Scripted = (u16, &'static [(&'static str, &'static str)]);

/// A receiver that answers with these in turn, then 200.
fn scripted(answers: &'static [Scripted]) -> Stub {
    let turn = AtomicUsize::new(0);
    stub(move |_| {
        let (status, headers) = answers.get(turn.fetch_add(1, Ordering::Relaxed)).copied().unwrap_or((200, &[]));
        (status, headers.iter().map(|(name, value)| (*name, (*value).to_string())).collect(), String::new())
    })
}

fn send(event: &str, words: &str, to: &str) -> Run {
    hookproof(&format!("send {event} {words} --to")).arg(to).env("HOOKPROOF_SECRET", SECRET)
}

#[test]
fn a_providers_schedule_is_followed_with_the_same_delivery() {
    let stub = scripted(&[(500, &[]), (302, &[])]);
    let run = send("superleap/lead.update", "--retry provider --time-scale 10000", &stub.url).exits(0);
    run.says("13 retries in 3 d at most; it tells no lengths")
        .prints("again in 1 min, played in 6.0 ms (retry 1 of 13)")
        .prints("again in 2 min");
    let [first, second, third] = [(); 3].map(|()| stub.next());
    for again in [&second, &third] {
        assert_eq!(again.body, first.body);
        assert_eq!(again.all("x-superleap-event-id"), first.all("x-superleap-event-id"));
        assert_eq!(again.all("x-superleap-signature"), [format!("sha256={}", openssl_hmac(SECRET, &first.body))]);
    }
    assert!(stub.is_idle());
}

#[test]
fn a_retry_is_signed_afresh_where_the_scheme_has_a_timestamp() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let stub = scripted(&[(500, &[])]);
    // With a fixed time the pauses of the schedule are seen whole, however fast they are played.
    let words = "--retry provider --time-scale 1000 --at 2026-06-01T00:00:00Z";
    send("standard-webhooks", words, &stub.url).env("HOOKPROOF_SECRET", secret).exits(0);
    let [first, second] = [(); 2].map(|()| stub.next());
    assert_eq!(first.all("webhook-id"), second.all("webhook-id"));
    assert_eq!(first.all("webhook-timestamp"), ["1780272000"]);
    assert_eq!(second.all("webhook-timestamp"), ["1780272005"]);
    assert_ne!(first.all("webhook-signature"), second.all("webhook-signature"));
    assert_eq!(first.body, second.body);
}

#[test]
fn headers_of_a_retry_stand_as_the_provider_has_them() {
    let stub = scripted(&[(500, &[]), (500, &[])]);
    send("slack", "--retry provider --time-scale 100000", &stub.url).exits(0);
    let [first, second, third] = [(); 3].map(|()| stub.next());
    assert!(first.all("x-slack-retry-num").is_empty());
    assert_eq!((second.all("x-slack-retry-num"), third.all("x-slack-retry-num")), (vec!["1"], vec!["2"]));
    assert_eq!(third.all("x-slack-retry-reason"), ["http_error"]);
}

#[test]
fn what_ends_a_schedule_ends_it_and_the_last_outcome_counts() {
    let gone = scripted(&[(410, &[]), (410, &[])]);
    let run = send("standard-webhooks", "--retry provider --unsigned", &gone.url).exits(1);
    run.prints("given up after 1 attempt: 410 ends it");
    let refusing = scripted(&[(500, &[]), (500, &[]), (500, &[]), (500, &[])]);
    let run = send("superfolio/form.submitted", "--retry 1ms,2ms", &refusing.url).exits(1);
    run.prints("given up after 3 attempts: that was the last attempt");
    let nobody = format!("http://127.0.0.1:{}/", closed_port());
    send("superfolio/form.submitted", "--retry 1ms", &nobody).exits(3).prints("given up after 2 attempts");
}

#[test]
fn a_receiver_may_ask_for_a_longer_pause_where_that_counts() {
    let stub = scripted(&[(503, &[("Retry-After", "60")])]);
    let run = send("superfolio/form.submitted", "--retry 1s --time-scale 1000 --json", &stub.url).exits(0);
    let lines = run.lines();
    assert_eq!((&lines[0]["attempt"], &lines[0]["again_after_s"]), (&1.into(), &60.0.into()), "{lines:?}");
    assert_eq!((&lines[1]["attempt"], &lines[1]["ok"]), (&2.into(), &true.into()), "{lines:?}");
    let stub = scripted(&[(503, &[("Retry-After", "3600")])]);
    send("superleap/lead.create", "--retry provider --time-scale 10000", &stub.url)
        .exits(0)
        .prints("again in 1 min, played in 6.0 ms (retry 1 of 13); the provider documents no Retry-After");
    let stub = scripted(&[(503, &[])]);
    let run = send("superfolio/form.submitted", "--retry 1500ms --time-scale 100000", &stub.url).exits(0);
    run.prints("again in 1.5 s, played at once (retry 1 of 1)");
}

#[test]
fn a_provider_without_documented_retries_says_so_before_anything_goes_out() {
    let stub = scripted(&[]);
    let run = send("superleap/lead.create superfolio/form.submitted", "--retry provider", &stub.url).exits(2);
    run.says("Superfolio documents no retries").says("--retry 5s,1m,10m");
    send("twilio", "--retry provider", &stub.url).exits(2).says("tried once more within 15 seconds");
    send("superfolio/form.submitted", "--retry 5", &stub.url).exits(2).says("`5` is no duration");
    assert!(stub.is_idle());
}

#[test]
fn a_status_of_success_that_the_provider_takes_for_none_is_told() {
    let stub = scripted(&[(201, &[])]);
    let run = send("linear", "--retry provider --time-scale 10000000", &stub.url).exits(0);
    run.prints("201 Created").prints("linear takes this for no success; `hookproof events linear` tells what it does");
}

#[test]
fn a_receiver_may_want_no_more_where_the_provider_heeds_that() {
    let stub = scripted(&[(500, &[("X-Slack-No-Retry", "1")])]);
    let run = send("slack", "--retry provider --time-scale 100000", &stub.url).exits(1);
    run.prints("given up after 1 attempt: X-Slack-No-Retry: 1 ends it");
    stub.next();
    assert!(stub.is_idle());
}

#[test]
fn a_documented_schedule_is_followed_where_the_page_tells_one() {
    let says = |provider: &str, words: &str| {
        let stub = scripted(&[(500, &[])]);
        send(provider, "--retry provider --time-scale 1000000", &stub.url).exits(0).says(words);
        [stub.next(), stub.next()]
    };
    says("zoom", "Zoom: 3 retries in 1 h 25 min at most; it waits 3 s for an answer");
    says("paddle", "Paddle: 60 retries in 3 d at most; it tells no lengths, so they begin at 1 min and grow");
    let [_, again] = says("square", "Square: 11 retries in 1 d");
    assert_eq!((again.all("square-retry-number"), again.all("square-retry-reason")), (vec!["1"], vec!["http_error"]));
}

#[test]
fn a_provider_waits_for_an_answer_as_long_as_it_documents() {
    let first = AtomicUsize::new(0);
    let stub = stub(move |_| {
        if first.fetch_add(1, Ordering::Relaxed) == 0 {
            std::thread::sleep(std::time::Duration::from_secs(5));
        }
        (200, Vec::new(), String::new())
    });
    let run = send("slack", "--retry provider --time-scale 100000", &stub.url).exits(0);
    run.prints("no answer within 3.0 s").prints("again at once (retry 1 of 3)");
    let [_, second] = [(); 2].map(|()| stub.next());
    assert_eq!(second.all("x-slack-retry-reason"), ["http_timeout"]);
}

#[test]
fn a_time_limit_of_ones_own_comes_before_the_providers() {
    let check = |words: &str, variable: &str, waits: bool| {
        let stub = stub(|_| (200, Vec::new(), String::new()));
        let run = send("slack", &format!("--retry provider {words}"), &stub.url).env("HOOKPROOF_TIMEOUT", variable);
        let told = run.exits(0).stderr().contains("it waits 3 s for an answer");
        assert_eq!(told, waits, "{words} {variable}");
    };
    check("", "", true);
    check("--timeout 20s", "", false);
    check("", "20s", false);
}

#[test]
fn a_retry_after_of_ages_is_passed_by() {
    for asked in ["18446744073709551615", "99999999999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"] {
        let stub = scripted_with(asked);
        let run = send("superfolio/form.submitted", "--retry 1s --time-scale 1000", &stub.url).exits(0);
        run.prints("again in 1 s, played in 1.0 ms (retry 1 of 1); its Retry-After asks for more than a year");
    }
}

/// A receiver that answers 503 with this `Retry-After`, then 200.
fn scripted_with(asked: &'static str) -> Stub {
    let turn = AtomicUsize::new(0);
    stub(move |_| match turn.fetch_add(1, Ordering::Relaxed) {
        0 => (503, vec![("Retry-After", asked.to_string())], String::new()),
        _ => (200, Vec::new(), String::new()),
    })
}

#[test]
fn an_interrupt_ends_a_pause() {
    let stub = scripted(&[(500, &[])]);
    let running = send("superfolio/form.submitted", "--retry 1h", &stub.url).spawn();
    stub.next();
    running.signal("INT");
    assert_eq!(running.finish().output.status.code(), Some(130));
}
