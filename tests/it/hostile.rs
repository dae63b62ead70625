//! Bodies made to cost much: deep, long, of a million keys. What they cost may grow with their length alone.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::support::{Finished, Run, hookproof, listen_with, on_each, post, read_request};

/// What no command may need for any of these; they take a tenth of it, and took minutes or all memory once.
const SOON: Duration = Duration::from_secs(60);
const SIGNED: &str = "X-Superfolio-Signature: 00";

/// So many brackets that close again.
fn nested(length: usize) -> Vec<u8> {
    ["[".repeat(length / 2), "]".repeat(length / 2)].concat().into_bytes()
}

/// So many that don't.
fn open(length: usize) -> Vec<u8> {
    vec![b'['; length]
}

/// What a listener with these words prints of one delivery.
#[track_caller]
fn heard(words: &str, body: &[u8]) -> String {
    let listener = listen_with(Run::new(), &format!("--count 1 {words}"));
    let begun = Instant::now();
    assert_eq!(post(listener.port, &[], body), 200);
    let text = listener.exits(0).stdout();
    assert!(begun.elapsed() < SOON, "{words}: {:?}", begun.elapsed());
    text
}

#[track_caller]
fn soon(words: &str, body: &[u8], code: i32) -> Finished {
    let begun = Instant::now();
    let finished = hookproof(words).file("body", body).exits(code);
    assert!(begun.elapsed() < SOON, "{words}: {:?}", begun.elapsed());
    finished
}

/// Once all of a body was indented before it was folded: 40 KB of brackets became 800 MB.
#[test]
fn a_deeply_nested_body_costs_a_listener_what_its_length_does() {
    for body in [nested(1_000_000), open(5_000_000)] {
        assert!(heard("", &body).len() < 5_000);
        assert!(heard("--compact", &body).len() < 500);
        let length = heard("--full", &body).len();
        assert!((body.len()..body.len() + 1_000).contains(&length), "{length}");
        let lines = heard("--json", &body);
        let line: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap_or_default()).expect("JSON");
        assert_eq!(line["body"].as_str().map(str::len), Some(body.len()));
    }
    let text = heard("", &nested(5_000_000));
    assert!(text.contains("\n      [\n") && text.contains("… 4999969 more lines; --full shows them"), "{text}");
}

#[test]
fn a_deeply_nested_body_is_harmless_in_every_command() {
    for body in [nested(1_000_000), open(1_000_000)] {
        let shown = soon("send superfolio/form.submitted --body body --dry-run -v --to 1 --secret k", &body, 0);
        assert!(shown.stdout().len() < body.len() + 2_000);
        soon("verify body --provider superfolio --signature 00 --secret k", &body, 1);
        soon("verify body --as http --secret k", &body, 3);
        soon("verify body --as line --secret k", &body, 3);
        soon("sign body --provider superfolio --secret k", &body, 0);
    }
    for words in ["", "--pretty", "--json --unsigned", "--format curl --unsigned"] {
        let text = soon(&format!("render komo/SiteViewed --data body {words}"), &nested(1_000_000), 0).stdout();
        assert!(text.len() < 1_002_000, "{words}: {}", text.len());
        soon(&format!("render komo/SiteViewed --data body {words}"), &open(1_000_000), 2);
    }
    soon("render komo/SiteViewed --data body --set nope=1", &nested(1_000_000), 2);
    soon("render komo/SiteViewed --data body --set [0][0]={} --set [0][1]=1 --create", &nested(1_000_000), 0);
}

#[test]
fn a_deeply_nested_answer_is_harmless() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(&nested(60_000));
    });
    let begun = Instant::now();
    let text = hookproof(&format!("send komo/SiteViewed -v --to {url}")).exits(0).stdout();
    assert!(text.len() < 70_000 && begun.elapsed() < SOON, "{} {:?}", text.len(), begun.elapsed());
}

/// Up to a depth that others write too, `--pretty` is exact.
#[test]
fn pretty_is_exact_as_deep_as_anybody_nests() {
    let deep = |depth: usize| ["[".repeat(depth), "1".to_string(), "]".repeat(depth)].concat();
    let text = soon("render komo/SiteViewed --data body --pretty", deep(500).as_bytes(), 0).stdout();
    assert_eq!(text.lines().nth(500), Some(format!("{}1", " ".repeat(1_000)).as_str()));
    assert_eq!(text.split_whitespace().collect::<String>(), deep(500));
}

#[test]
fn long_lines_are_shortened_unless_all_is_wanted() {
    let text = "x".repeat(5_000_000);
    for body in [text.clone(), format!("{{\"file\":\"{text}\"}}"), format!("[{{\"{text}\":1}}]")] {
        let shown = heard("", body.as_bytes());
        assert!(shown.len() < 5_000 && shown.contains("more characters; --full shows them"), "{shown}");
        assert!(shown.contains("… 4998"), "{shown}");
        assert!(heard("--full", body.as_bytes()).contains(&text));
    }
}

#[test]
fn names_from_the_wire_are_always_short() {
    let name = "n".repeat(3_000_000);
    let body = format!(r#"{{"event":"{name}","timestamp":"t","site_id":"","site_name":"","user_session_id":""}}"#);
    for words in ["", "--compact", "--full"] {
        let first = heard(words, body.as_bytes()).lines().next().map(str::len);
        assert!(first.is_some_and(|length| length < 500), "{first:?}");
    }
    let message = format!("POST / HTTP/1.1\r\n{SIGNED}\r\n\r\n{{\"event_type\":\"{name}\",\"event_id\":1}}");
    let text = soon("verify body --secret k", message.as_bytes(), 1).stdout();
    assert!(text.len() < 5_000, "{}", text.len());
}

#[test]
fn where_a_delivery_came_is_shown_and_short() {
    let at = |target: &str| {
        let listener = listen_with(Run::new(), "--count 1 --compact");
        let head = format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
        crate::support::raw(listener.port, head.as_bytes());
        listener.exits(0).stdout()
    };
    assert!(!at("/").contains("  at "), "{}", at("/"));
    assert!(at("/hooks/komo?x=1").contains("unknown  at /hooks/komo?x=1  2 B"), "{}", at("/hooks/komo?x=1"));
    let long = at(&format!("/{}", "x".repeat(5_000)));
    assert!(long.len() < 500 && long.contains("xxx…"), "{long}");
}

/// Once each look for a field decoded every key.
#[test]
fn a_million_keys_keep_nobody_waiting() {
    let object = |key: &dyn Fn(usize) -> String| {
        let members: Vec<String> = (0..500_000).map(|index| format!("\"{}\":0", key(index))).collect();
        format!("{{{}}}", members.join(","))
    };
    for body in [object(&|index| format!("key{index:06}")), object(&|index| format!("\\u006b{index:x}"))] {
        assert!(body.len() < 10 << 20);
        heard("--compact", body.as_bytes());
        soon("render komo/SiteViewed --data body --set nope=1", body.as_bytes(), 2).says("`nope` is not in the body");
    }
    let same = format!("{{{}\"b\":1}}", "\"a\":0,".repeat(500_000));
    let text = soon("render komo/SiteViewed --data body --unset a", same.as_bytes(), 0).stdout();
    assert_eq!(text, "{\"b\":1}");
}
