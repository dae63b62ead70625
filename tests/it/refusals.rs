//! Responses that come from something in front of the handler.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Run, Stub, hookproof, listen_with, post, stub};

/// A receiver behind Cloudflare's challenge.
fn challenged() -> Stub {
    stub(|_| (403, vec![("cf-mitigated", "challenge".to_string())], "<title>Just a moment...</title>".to_string()))
}

#[test]
fn every_command_names_what_stands_in_front_of_the_handler() {
    let stub = challenged();
    let is_told = |line: &serde_json::Value| {
        assert_eq!(line["cause"], "cloudflare-challenge", "{line}");
        assert!(line["hint"].is_string(), "{line}");
    };
    let sent = hookproof("send komo/SiteViewed --to").arg(&stub.url).exits(1);
    assert!(sent.stdout().contains("before the handler") && !sent.stdout().contains("raw body"), "{}", sent.stdout());
    is_told(&hookproof("send komo/SiteViewed --json --to").arg(&stub.url).exits(1).lines()[0]);
    let kept = "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
    is_told(&hookproof("replay r.http --json --to").arg(&stub.url).file("r.http", kept).exits(1).lines()[0]);
    let story = "[[step]]\nevent = \"komo/SiteViewed\"\n";
    is_told(&hookproof("run komo.toml --json --to").arg(&stub.url).file("komo.toml", story).exits(1).lines()[0]);
    hookproof("run komo.toml --to").arg(&stub.url).file("komo.toml", story).exits(1).prints("before the handler");
    let listener = listen_with(Run::new(), &format!("--count 1 --json --forward {}", stub.url));
    assert_eq!(post(listener.port, &[], b"{}"), 403);
    let ended = listener.exits(1);
    is_told(ended.lines().iter().find(|line| line["hookproof"] == "forwarded/1").expect("it went on"));
    let listener = listen_with(Run::new(), &format!("--count 1 --compact --forward {}", stub.url));
    assert_eq!(post(listener.port, &[], b"{}"), 403);
    listener.exits(1).prints("before the handler");
}

#[test]
fn a_load_counts_what_stands_in_front_of_the_handler() {
    let count = AtomicUsize::new(0);
    let login = format!("<!doctype html>{}<input type=\"password\">", " ".repeat(20_000));
    let stub = stub(move |_| match count.fetch_add(1, Ordering::SeqCst) % 4 {
        0 => (200, vec![("Content-Type", "text/html".to_string())], "<!doctype html>".to_string()),
        1 => (401, vec![("Content-Type", "text/html".to_string())], login.clone()),
        2 => (401, Vec::new(), "bad signature".to_string()),
        _ => (403, vec![("cf-mitigated", "challenge".to_string())], String::new()),
    });
    let load = |words: &str| hookproof(&format!("send komo/SiteViewed {words} --to")).arg(&stub.url).exits(1);
    let line = load("--count 12 --json").lines().remove(0);
    let told = |cause: &str| {
        let all = line["before_handler"].as_array().expect("a list").iter();
        let found = all.filter(|one| one["cause"] == cause);
        found.map(|one| (one["count"].clone(), one["accepted"].clone(), one["hint"].is_string())).collect::<Vec<_>>()
    };
    assert_eq!(told("html-page"), [(3.into(), true.into(), true)]);
    assert_eq!(told("login-page"), [(3.into(), false.into(), true)], "also beyond what is shown of a body");
    assert_eq!(told("cloudflare-challenge"), [(3.into(), false.into(), true)]);
    assert_eq!(line["before_handler"].as_array().expect("a list").len(), 3, "a plain refusal is none: {line}");
    load("--count 4").prints("1 × before the handler: ").prints("1 × an HTML page came back with a success");
    let proxied = hookproof("send komo/SiteViewed --count 4 --json --proxy").arg(&stub.url);
    let line = proxied.args(["--to", "http://receiver.invalid/"]).arg("--yes").exits(1).lines().remove(0);
    assert_eq!(line["before_handler"].as_array().expect("a list").len(), 3, "{line}");
}

#[test]
fn a_check_that_is_refused_before_the_handler_says_so_and_nothing_of_signatures() {
    let stub = challenged();
    let check = || hookproof("check --provider superfolio --secret-env S").env("S", "whsec").arg(&stub.url);
    let lines = check().arg("--json").exits(1).lines();
    assert_eq!((&lines[0]["finding"], &lines[0]["cause"]), (&"before-handler".into(), &"cloudflare-challenge".into()));
    assert!(lines[1..lines.len() - 1].iter().all(|line| line["result"] == "unsent"), "{lines:?}");
    assert_eq!(stub.next().method, "POST");
    assert!(stub.is_idle(), "the control was tried in no other form");
    let told = check().exits(1).stdout();
    assert!(told.contains("before the handler") && !told.contains("raw body") && !told.contains("secret on"), "{told}");
}

#[test]
fn a_plain_refusal_still_asks_for_the_secret_and_names_no_cause() {
    let stub = stub(|_| (401, vec![("Server", "cloudflare".to_string())], "bad signature".to_string()));
    let sent =
        hookproof("send superfolio/form.submitted --secret-env S --to").env("S", "whsec").arg(&stub.url).exits(1);
    assert!(sent.stdout().contains("raw body"), "{}", sent.stdout());
    let line = hookproof("send komo/SiteViewed --json --to").arg(&stub.url).exits(1).lines().remove(0);
    assert!(line["cause"].is_null() && line["hint"].is_null(), "{line}");
}

#[test]
fn a_page_that_comes_with_a_success_is_told_and_stays_one() {
    let page = || ("Content-Type", "text/html".to_string());
    let stub = stub(move |_| (200, vec![page()], "<!doctype html><div id=root></div>".to_string()));
    let line = hookproof("send komo/SiteViewed --json --to").arg(&stub.url).exits(0).lines().remove(0);
    assert_eq!((&line["outcome"], &line["cause"]), (&"accepted".into(), &"html-page".into()));
    hookproof("send komo/SiteViewed --to").arg(&stub.url).exits(0).prints("HTML page");
    hookproof("check --provider komo --only null").arg(&stub.url).exits(0).says("HTML page");
}
