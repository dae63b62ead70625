//! `replay`: captured deliveries sent again, against real receivers.

mod signed;

use std::time::{Duration, Instant};

use hookproof::journal::{Id, Record};
use hookproof::message::{Capture, Delivery, Header, Headers};
use hookproof::render::Randomness;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Value, json};

use crate::support::testing;
use crate::support::{Received, Run, Stub, accepting, hookproof, on_each, raw_receiver, read_request, stub};

const SECRET: &str = "it's a secret to nobody";
const BODY: &str = r#"{"event_id":"0b989ba4-242f-4e51-8c6a-9d7b3e1f5a20","event_type":"form.submitted","timestamp":"2020-01-01T00:00:05Z","data":{}}"#;

/// An entry of a journal, as `listen` writes it.
fn entry(id: &str, status: u16, more: &Value) -> Value {
    let mut entry = json!({
        "hookproof": "journal/1", "id": id, "received": "2026-06-01T12:00:00.000000Z", "peer": "127.0.0.1:4000",
        "provider": "superfolio", "event": "form.submitted", "delivery_id": "d1", "verdict": "valid", "reason": "",
        "repeat_of": null, "answer": {"status": status}, "method": "POST", "target": "/old?a=b",
        "headers": [["host", "old.example"], ["content-length", "9"], ["x-superfolio-signature", "00ff"], ["x-a", "1"]],
        "body": BODY,
    });
    for (key, value) in more.as_object().expect("members") {
        entry[key] = value.clone();
    }
    entry
}

fn lines(entries: &[Value]) -> String {
    entries.iter().map(|entry| entry.to_string() + "\n").collect()
}

/// `hookproof replay` of a journal that holds these entries.
fn replay(words: &str, entries: &[Value], stub: &Stub) -> Run {
    hookproof(&format!("replay --journal journal.jsonl --to {} {words}", stub.url))
        .file("journal.jsonl", lines(entries))
}

/// What goes over the wire is not in our hands, so it is taken off.
fn own(received: &Received) -> Vec<(String, String)> {
    let added = ["host", "content-length", "connection"];
    received.headers.iter().filter(|(name, _)| !added.contains(&name.to_ascii_lowercase().as_str())).cloned().collect()
}

#[test]
fn an_entry_goes_out_as_it_came_to_the_path_of_the_target() {
    let stub = accepting();
    let headers = json!([
        ["host", "old.example"],
        ["X-B", "1"],
        ["x-a", "2"],
        ["connection", "close, x-hop"],
        ["x-hop", "1"],
        ["transfer-encoding", "chunked"],
        ["X-B", "3"],
        ["x-superfolio-signature", "00ff"],
    ]);
    let odd =
        entry("7k3m9qzx", 500, &json!({"method": "PUT", "headers": headers, "body": "{\"a\":1E2,\r\n \"a\":2}\n"}));
    let finished = replay("7K3M", &[entry("00000000", 200, &json!({})), odd], &stub).exits(0);
    finished.prints("→ 7k3m9qzx  superfolio/form.submitted  19 B  as captured").prints("fixed (500 the first time)");
    let received = stub.next();
    assert_eq!((received.method.as_str(), received.target.as_str()), ("PUT", "/hook"));
    assert_eq!(received.body, b"{\"a\":1E2,\r\n \"a\":2}\n");
    let expected = [("X-B", "1"), ("x-a", "2"), ("X-B", "3"), ("x-superfolio-signature", "00ff")];
    assert_eq!(own(&received), expected.map(|(name, value)| (name.to_string(), value.to_string())));
    assert!(stub.is_idle());
}

#[test]
fn the_answer_is_held_against_the_first() {
    let answers = stub(|received| (if received.all("x-a") == ["bad"] { 500 } else { 204 }, Vec::new(), String::new()));
    let bad = json!([["x-superfolio-signature", "00"], ["x-a", "bad"]]);
    let entries = [
        entry("aaaaaaaa", 500, &json!({})),
        entry("bbbbbbbb", 200, &json!({"headers": bad})),
        entry("cccccccc", 401, &json!({"headers": bad})),
        entry("dddddddd", 200, &json!({})),
    ];
    let finished = replay("--event form.* --keep-going", &entries, &answers).exits(1);
    let finished = finished.prints("4 deliveries: 1 fixed, 1 regressed, 1 still failing, 1 still passing");
    let finished = finished.prints("regressed (200 the first time)");
    assert_eq!(finished.stdout().matches("the first time").count(), 4);
    let told = replay("--event * --keep-going --json", &entries, &answers).exits(1).lines();
    let changes: Vec<_> =
        told.iter().map(|line| json!([line["id"], line["before"], line["status"], line["change"]])).collect();
    assert_eq!(changes[0], json!(["aaaaaaaa", 500, 204, "fixed"]));
    assert_eq!(changes[1], json!(["bbbbbbbb", 200, 500, "regressed"]));
    assert_eq!(changes[2], json!(["cccccccc", 401, 500, "still-failing"]));
    assert_eq!(changes[3], json!(["dddddddd", 200, 204, "still-passing"]));
    assert_eq!(told[0]["hookproof"], "replayed/1");
    assert_eq!((&told[0]["event"], &told[0]["manner"]), (&json!("form.submitted"), &json!("exact")));
    // Without --keep-going the first failure is the end.
    let finished = replay("--event *", &entries, &answers).exits(1);
    finished.prints("1 fixed, 1 regressed, 2 not sent").says("--keep-going");
}

#[test]
fn success_is_judged_by_the_rules_of_the_provider() {
    // Of an unknown provider any 2xx is one.
    let answers = stub(|_| (204, Vec::new(), String::new()));
    let unknown =
        entry("aaaaaaaa", 200, &json!({"provider": null, "event": null, "headers": [["x-a", "1"]], "body": "{}"}));
    replay("aaaa", std::slice::from_ref(&unknown), &answers).exits(0).prints("unknown").prints("still passing");
    let strict = "name = 'Acme'\nsummary = ''\npage = ''\nchecked = ''\n[delivery]\nsuccess = ['200']\n[events.a]\nsummary = ''\n";
    let run = replay("aaaa --provider acme --catalog own", &[unknown], &answers);
    run.file("own/acme/provider.toml", strict).file("own/acme/a.json", "{}").exits(1).prints("regressed");
}

#[test]
fn no_connection_is_no_change() {
    let finished = hookproof(&format!("replay --from x --json --to 127.0.0.1:{}", crate::support::closed_port()))
        .file("x", lines(&[entry("aaaaaaaa", 200, &json!({}))]))
        .exits(3);
    assert_eq!(
        (&finished.lines()[0]["outcome"], &finished.lines()[0]["change"]),
        (&json!("unreachable"), &json!(null))
    );
    let dropped = on_each(|mut stream| drop(read_request(&mut stream)));
    let run = hookproof(&format!("replay --from x --json --to {dropped}"));
    let finished = run.file("x", lines(&[entry("aaaaaaaa", 200, &json!({}))])).exits(1);
    assert_eq!(finished.lines()[0]["change"], "regressed");
}

#[test]
fn the_last_ones_and_those_that_pass_filters_go_out_in_their_order() {
    let stub = accepting();
    let at = |id: &str, number: u32| {
        let body = format!("{{\"n\":{number}}}");
        entry(id, 200, &json!({"body": body, "event": if number.is_multiple_of(2) { "a.b" } else { "c.d" }}))
    };
    let entries: Vec<Value> = (0..5).map(|number| at(&format!("aaaaaaa{number}"), number)).collect();
    let sent = |words: &str, expected: &[u32]| {
        // The older half stands in the file that was rolled.
        let run = replay(words, &entries[2..], &stub).file("journal.jsonl.1", lines(&entries[..2]));
        run.exits(0);
        let numbers: Vec<u64> = expected.iter().map(|_| stub.next().json()["n"].as_u64().unwrap()).collect();
        assert_eq!(numbers, expected.iter().map(|number| u64::from(*number)).collect::<Vec<_>>(), "{words}");
        assert!(stub.is_idle(), "{words}");
    };
    sent("--last", &[4]);
    sent("--last 4", &[1, 2, 3, 4]);
    sent("-n 2 --event a.b", &[2, 4]);
    sent("--event *", &[0, 1, 2, 3, 4]);
    sent("--where n=3", &[3]);
    sent("aaaaaaa3 aaaaaaa0", &[3, 0]);
    sent("aaaaaaa1 --repeat 3", &[1, 1, 1]);
    sent("--last 2 --repeat 2", &[3, 4, 3, 4]);
}

#[test]
fn a_seed_gives_the_same_order_again() {
    let stub = accepting();
    let entries: Vec<Value> =
        (0..8).map(|n| entry(&format!("aaaaaaa{n}"), 200, &json!({"body": format!("{{\"n\":{n}}}")}))).collect();
    let order = |words: &str| {
        replay(&format!("--event * --shuffle {words}"), &entries, &stub).exits(0);
        (0..8).map(|_| stub.next().json()["n"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let first = order("--seed 7");
    assert_eq!(first, order("--seed 7"));
    assert_ne!(first, order("--seed 8"));
    let told = replay("--event * --shuffle", &entries, &stub).exits(0).stderr();
    let again: Vec<_> = (0..8).map(|_| stub.next().json()["n"].as_u64().unwrap()).collect();
    let seed = told.split("--seed ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a seed");
    assert_eq!(order(&format!("--seed {seed}")), again);
}

#[test]
fn gaps_are_kept_and_shortened_as_asked() {
    let stub = accepting();
    let at = |second: u32| json!({"received": format!("2026-06-01T12:00:0{second}.000000Z")});
    let entries = [entry("aaaaaaaa", 200, &at(0)), entry("bbbbbbbb", 200, &at(4)), entry("cccccccc", 200, &at(6))];
    let begun = Instant::now();
    replay("--event * --timing --speed 10", &entries, &stub).exits(0);
    assert!(begun.elapsed() >= Duration::from_millis(600), "{:?}", begun.elapsed());
    let begun = Instant::now();
    replay("--event *", &entries, &stub).exits(0);
    // Without it nothing waits for six seconds.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for wrong in ["--speed 2", "--timing --speed 0", "--timing --speed fast", "--timing --shuffle"] {
        replay(&format!("--last {wrong}"), &entries, &stub).exits(2);
    }
}

#[test]
fn an_interruption_ends_it_at_once() {
    let hanging = on_each(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(Duration::from_secs(30));
    });
    let entries =
        [entry("aaaaaaaa", 200, &json!({})), entry("bbbbbbbb", 200, &json!({"received": "2026-06-01T13:00:00Z"}))];
    let stub = accepting();
    let ends = |words: &str, url: &str, signal: &str, code: i32| {
        let run = hookproof(&format!("replay x --to {url} {words}")).file("x", lines(&entries)).spawn();
        std::thread::sleep(Duration::from_millis(500));
        run.signal(signal);
        let finished = run.finish();
        assert_eq!(finished.output.status.code(), Some(code), "{}", finished.stderr());
    };
    ends("--timeout 30s", &hanging, "INT", 130);
    // Between two deliveries lies an hour.
    ends("--timing", &stub.url, "TERM", 143);
    stub.next();
    assert!(stub.is_idle());
}

#[test]
fn files_are_replayed_too() {
    let stub = accepting();
    let http =
        b"PATCH /x HTTP/1.1\r\nHost: old\r\nX-B: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\xffab\r\n0\r\n\r\n";
    let url = &stub.url;
    hookproof(&format!("replay raw.http --to {url}"))
        .file("raw.http", http)
        .exits(0)
        .prints("→ unknown  3 B  as captured");
    let received = stub.next();
    assert_eq!((received.method.as_str(), received.body.as_slice()), ("PATCH", &b"\xffab"[..]));
    hookproof(&format!("replay --from - --to {url}")).stdin(*http).exits(0);
    assert_eq!(stub.next().body, b"\xffab");
    let listener = crate::support::listen_with(Run::new(), "--json --count 2");
    crate::support::post(listener.port, &[("X-A", "1"), ("X-A", "2")], b"\xff\x00");
    crate::support::post(listener.port, &[("X-Superfolio-Signature", "00")], BODY.as_bytes());
    let caught = listener.exits(0).stdout();
    let finished = hookproof(&format!("replay caught --to {url} --json")).file("caught", caught).exits(0);
    assert_eq!(finished.lines()[1]["change"], "still-passing");
    let received = stub.next();
    assert_eq!((received.body.as_slice(), received.all("x-a")), (&b"\xff\x00"[..], vec!["1", "2"]));
    assert_eq!(stub.next().body, BODY.as_bytes());
}

#[test]
fn what_can_not_be_found_or_read_is_said_and_nothing_goes_out() {
    let stub = accepting();
    let entries = [entry("aaaaaaaa", 200, &json!({})), entry("aaaabbbb", 200, &json!({}))];
    let run = |words: &str| replay(words, &entries, &stub);
    run("").exits(2).says("which deliveries are meant").says("history");
    run("bbbb").exits(2).says("has an id like bbbb").says("history");
    run("aaaa").exits(2).says("aaaabbbb");
    run("il-legal").exits(2).says("neither a file nor an id").says("history");
    run("--event x.* --verdict stale").exits(2).says("--event x.* and --verdict stale").says("history");
    run("--last 0").exits(2);
    hookproof(&format!("replay --last --to {}", stub.url)).exits(3).says("can't read the journal");
    hookproof(&format!("replay --last --journal gone --to {}", stub.url)).exits(3).says("gone");
    hookproof("replay --last").exits(2).says("no target is given");
    let url = &stub.url;
    hookproof(&format!("replay x --to {url}")).file("x", "{\"a\":1}").exits(3).says("send PROVIDER --body");
    let good = lines(&entries[..1]);
    hookproof(&format!("replay x --to {url}"))
        .file("x", format!("{good}{{broken\n{good}"))
        .exits(3)
        .says("delivery 2 of x");
    let split = entry("aaaaaaaa", 200, &json!({"headers": [["x-a", "1\r\nx-b: 2"]]}));
    hookproof(&format!("replay x --to {url}"))
        .file("x", lines(&[entries[0].clone(), split]))
        .exits(3)
        .says("delivery 2 of x");
    let method = entry("aaaaaaaa", 200, &json!({"method": "A B"}));
    replay("--last", &[method], &stub).exits(3).says("the method `A B`");
    assert!(stub.is_idle());
}

#[test]
fn a_proxy_gets_what_goes_beyond_this_machine() {
    let proxy = accepting();
    let headers = json!([["x-superfolio-signature", "00"], ["x-a", "1"], ["x-a", "2"]]);
    let entry = entry("aaaaaaaa", 200, &json!({"headers": headers}));
    let run = hookproof("replay x --to http://app.internal/hook").file("x", lines(&[entry]));
    run.env("HTTP_PROXY", &proxy.url).exits(0);
    let received = proxy.next();
    assert!(received.target.ends_with("app.internal/hook"), "{}", received.target);
    assert_eq!((received.all("x-a"), received.body.as_slice()), (vec!["1", "2"], BODY.as_bytes()));
}

#[test]
fn a_file_without_a_delivery_and_rounds_without_end_are_errors() {
    let ready = "{\"hookproof\":\"ready/1\",\"urls\":[]}\n";
    for words in ["replay caught.jsonl --to 9", "export caught.jsonl --format har"] {
        hookproof(words).file("caught.jsonl", ready).exits(2).says("caught.jsonl holds no delivery");
    }
    let stub = accepting();
    for rounds in [usize::MAX, 10_000_001] {
        replay(&format!("--last --repeat {rounds}"), &[entry("7k3m9qzx", 200, &json!({}))], &stub)
            .exits(2)
            .says("10000000 deliveries can go out at a time");
    }
    assert!(stub.is_idle());
    hookproof("replay --last --to 9").arg("--journal").arg("").exits(2).says("no journal is kept");
}

#[test]
fn damage_in_a_journal_is_passed_over() {
    let stub = accepting();
    let text = format!(
        "{}{{\"hookproof\":\"jour\n{}",
        lines(&[entry("aaaaaaaa", 200, &json!({}))]),
        lines(&[entry("bbbbbbbb", 200, &json!({}))])
    );
    let run = hookproof(&format!("replay --event * --journal j --to {}", stub.url)).file("j", text);
    run.exits(0).says("line 2 of").prints("2 deliveries");
}

#[test]
fn an_odd_entry_keeps_no_other_from_going_out() {
    let stub = accepting();
    let odd = entry("bbbbbbbb", 200, &json!({"headers": {}}));
    let illegal = entry("cccccccc", 200, &json!({"method": "A B"}));
    let all = [entry("aaaaaaaa", 200, &json!({})), odd, illegal, entry("dddddddd", 200, &json!({"body": "{}"}))];
    let told = |finished: crate::support::Finished| {
        let finished = finished.says("entry bbbbbbbb can't be read").says("the method `A B`");
        assert_eq!(finished.stderr().matches("passed over").count(), 2, "{}", finished.stderr());
        finished
    };
    told(replay("--event *", &all, &stub).exits(3)).prints("2 deliveries: 2 still passing");
    assert_eq!([stub.next().body, stub.next().body], [BODY.as_bytes(), b"{}"]);
    told(replay("--last 4 --repeat 2 --quiet", &all, &stub).exits(3));
    for body in [BODY, "{}", BODY, "{}"] {
        assert_eq!(stub.next().body, body.as_bytes());
    }
    // What fails is told before what could not be tried.
    let refusing = crate::support::stub(|_| (500, Vec::new(), String::new()));
    told(replay("--event * --keep-going", &all, &refusing).exits(1));
    // One that is named is what is wanted, and without it nothing goes out.
    replay("bbbb", &all, &stub).exits(3).says("entry bbbbbbbb can't be read");
    replay("aaaa bbbb", &all, &stub).exits(3);
    replay("--event *", &all[1..3], &stub).exits(3);
    assert!(stub.is_idle());
}

#[test]
fn a_dry_run_shows_all_and_sends_nothing() {
    let stub = accepting();
    let finished = replay("--last --dry-run", &[entry("aaaaaaaa", 200, &json!({}))], &stub).exits(0);
    finished.prints("x-superfolio-signature: 00ff").prints("not sent (--dry-run)").prints(&stub.url);
    assert!(stub.is_idle());
}

#[test]
fn nothing_that_was_kept_drives_a_terminal() {
    let stub = accepting();
    let evil = "\u{1b}]0;x\u{7}\u{202e}::error::";
    let headers = json!([[format!("x{evil}"), "1"]]);
    let entries = [entry("aaaaaaaa", 200, &json!({"provider": null, "event": evil, "headers": headers}))];
    let finished = replay("--last --verbose", &entries, &stub).exits(3);
    assert!(!(finished.stdout() + &finished.stderr()).contains(['\u{1b}', '\u{7}', '\u{202e}']));
    let headers = json!([["x-a", "\u{9b}31m\u{202e}"]]);
    let entries = [entry("aaaaaaaa", 200, &json!({"event": evil, "target": evil, "headers": headers, "body": evil}))];
    for words in ["--last --verbose", "--last --dry-run", "--last --json"] {
        let finished = replay(words, &entries, &stub).output();
        let all = finished.stdout() + &finished.stderr();
        assert!(!all.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']), "{all}");
    }
}

#[test]
fn any_body_and_any_legal_headers_survive_the_journal_and_the_replay() {
    let value = prop::collection::vec(
        prop_oneof![4 => 0x21_u8..=0x7e, 1 => 0x80_u8..=0xff, 1 => Just(b' '), 1 => Just(b'\t')],
        0..30,
    )
    .prop_map(|value| value.trim_ascii().to_vec());
    let name = "[A-Za-z!#$%&'*+.^_`|~-][A-Za-z0-9!#$%&'*+.^_`|~-]{0,10}";
    // What belongs to the connection, and what is taken for a secret's mark, is not replayed.
    let name = name.prop_filter("of the connection", |name| {
        !["te", "host", "upgrade", "trailer", "connection", "expect"].contains(&name.to_lowercase().as_str())
    });
    let headers = prop::collection::vec((name, value), 0..8);
    let body = prop_oneof![prop::collection::vec(any::<u8>(), 0..300), any::<String>().prop_map(String::into_bytes)];
    let (url, received) = raw_receiver();
    let mut runner = TestRunner::new(testing::property(40));
    let outcome = runner.run(&(headers, body, any::<u64>()), |(headers, body, seed)| {
        let headers = Headers(headers.into_iter().map(|(name, value)| Header { name, value }).collect());
        let delivery = Delivery { method: "POST".into(), target: "/hook".into(), headers, body };
        let capture = Capture { delivery, received: None, peer: None };
        let id = Id::fresh(&mut Randomness::seed_from_u64(seed));
        let record = Record {
            id,
            capture: &capture,
            target: "/hook",
            headers: &capture.delivery.headers,
            provider: None,
            events: &[],
            delivery_id: None,
            verdict: "unknown",
            reason: "",
            repeat_of: None,
            status: Some(200),
            is_handed_on: false,
        };
        let run = hookproof(&format!("replay {} --with-credentials --journal j --to {url}", id.as_str()));
        run.file("j", record.line().expect("a line")).exits(0);
        let seen = received.recv_timeout(Duration::from_secs(10)).expect("a request");
        let mut expected = b"POST /hook HTTP/1.1\r\n".to_vec();
        let host = url.trim_start_matches("http://").trim_end_matches("/hook");
        expected.extend_from_slice(format!("Host: {host}\r\n").as_bytes());
        for header in &capture.delivery.headers.0 {
            expected.extend_from_slice(&[header.name.as_bytes(), b": ", &header.value, b"\r\n"].concat());
        }
        let length = capture.delivery.body.len();
        expected.extend_from_slice(format!("Content-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes());
        expected.extend_from_slice(&capture.delivery.body);
        prop_assert_eq!(String::from_utf8_lossy(&seen), String::from_utf8_lossy(&expected));
        prop_assert_eq!(seen, expected);
        Ok(())
    });
    outcome.expect("every delivery comes through");
}
