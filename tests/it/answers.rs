//! `send`: how an answer, or none, is judged and shown.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Run, accepting, closed_port, hookproof, on_each, read_request, stub};

/// `hookproof send` with these words, to this address.
fn send(words: &str, to: &str) -> Run {
    hookproof(&format!("send {words} --to")).arg(to)
}

#[test]
fn a_failure_ends_the_run_unless_it_keeps_going() {
    let refusing =
        || stub(|got| (if got.json()["event"] == "SiteViewed" { 500 } else { 200 }, Vec::new(), String::new()));
    let words = "komo/SiteViewed komo/SignUpSuccess komo/WebhookError";
    let first = refusing();
    send(words, &first.url).exits(1).prints("3 deliveries: 1 refused, 2 not sent").says("--keep-going");
    first.next();
    assert!(first.is_idle());

    let all = refusing();
    send(&format!("{words} --keep-going"), &all.url).exits(1).prints("3 deliveries: 1 refused, 2 accepted");
    for event in ["SiteViewed", "SignUpSuccess", "WebhookError"] {
        assert_eq!(all.next().json()["event"], event);
    }
}

#[test]
fn a_refusal_counts_before_a_connection_that_fails() {
    // It answers once, and then nothing listens there any more.
    let url = once(b"HTTP/1.1 500 Broken\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let run = send("komo/SiteViewed komo/SignUpSuccess --keep-going --delay 1s", &url);
    run.exits(1).prints("1 refused, 1 unreachable");
}

#[test]
fn json_has_a_line_for_each_delivery_and_nothing_else() {
    let stub = stub(|got| (if got.json()["event"] == "SiteViewed" { 200 } else { 422 }, Vec::new(), "because".into()));
    let lines = send("komo/SiteViewed komo/SignUpSuccess --json", &stub.url).exits(1).lines();
    let fields = |line: &serde_json::Value| json!([line["provider"], line["event"], line["status"], line["ok"]]);
    assert_eq!(fields(&lines[0]), json!(["komo", "SiteViewed", 200, true]));
    assert_eq!(fields(&lines[1]), json!(["komo", "SignUpSuccess", 422, false]));
    assert_eq!([&lines[0]["outcome"], &lines[1]["outcome"]], ["accepted", "refused"]);
    assert_eq!(lines[1]["answer"], "because");
    assert_eq!(lines.len(), 2);
}

#[test]
fn quiet_leaves_the_exit_code_to_speak() {
    let check = |status: u16, code: i32| {
        let stub = stub(move |_| (status, Vec::new(), String::new()));
        let finished = send("komo/SiteViewed --quiet", &stub.url).exits(code);
        assert_eq!((finished.stdout(), finished.stderr()), (String::new(), String::new()));
        stub.next();
    };
    check(200, 0);
    check(500, 1);
}

#[test]
fn the_line_back_shows_status_and_the_first_part_of_the_answer() {
    let stub = stub(|_| (200, Vec::new(), format!("first\n{}", "x".repeat(5000))));
    let finished = send("komo/SiteViewed", &stub.url).exits(0).prints("← 200 OK").prints("first\\nxxx");
    assert!(finished.stdout().len() < 600, "{}", finished.stdout());
}

#[test]
fn a_redirect_is_shown_and_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let other = accepting();
        let place = other.url.clone();
        let stub = stub(move |_| (status, vec![("Location", place.clone())], String::new()));
        send("komo/SiteViewed", &stub.url).exits(1).prints(&status.to_string()).prints(&other.url);
        stub.next();
        assert!(stub.is_idle() && other.is_idle(), "{status}");
    }
}

#[test]
fn a_redirect_to_nowhere_says_so() {
    for status in [300, 302, 304] {
        let stub = stub(move |_| (status, Vec::new(), String::new()));
        let text = send("komo/SiteViewed", &stub.url).exits(1).prints("it names no address").stdout();
        assert!(!text.contains("send to"), "{text}");
    }
}

#[test]
fn any_2xx_is_a_success_and_nothing_else_is() {
    for (status, code) in [(200, 0), (201, 0), (202, 0), (204, 0), (299, 0), (304, 1), (400, 1), (401, 1), (500, 1)] {
        let stub = stub(move |_| (status, Vec::new(), String::new()));
        send("komo/SiteViewed", &stub.url).exits(code).prints(&format!("← {status}"));
    }
}

/// `events` once said "any 2xx" of every provider.
#[test]
fn what_counts_as_success_is_told_as_it_is_judged() {
    let run = |words: &str| {
        let text = "name = \"Acme\"\nsummary = \"Anvils\"\npage = \"https://acme.example\"\nchecked = \"2026-11-20\"\n\
            [delivery]\nsuccess = [\"202\", \"3xx\", \"200\"]\nsuccess_documented = true\n\
            [events.dropped]\nsummary = \"An anvil fell\"\n";
        hookproof(words).file("own/acme/provider.toml", text).file("own/acme/dropped.json", "{}")
    };
    run("events acme/dropped --catalog own").exits(0).prints("200, 202 or any 3xx (documented)");
    for (status, code) in [(200, 0), (201, 1), (202, 0), (304, 0)] {
        let stub = stub(move |_| (status, Vec::new(), String::new()));
        run("send acme/dropped --catalog own --to").arg(&stub.url).exits(code);
    }
    hookproof("events komo/SiteViewed").exits(0).prints("any 2xx (not documented; our reading)");
}

#[test]
fn a_receiver_that_is_not_there_can_not_be_tested() {
    let port = closed_port();
    send("komo/SiteViewed", &format!("{port}/hook")).exits(3).prints("no connection to localhost");
    send("komo/SiteViewed --timeout 20s", "http://host.invalid/").exits(3).prints("no connection to host.invalid:80");
    send("komo/SiteViewed --json", &format!("{port}")).exits(3).prints("\"outcome\":\"unreachable\"");
}

#[test]
fn a_receiver_that_never_answers_fails_within_the_time_limit() {
    let url = hold(b"");
    let begun = Instant::now();
    send("komo/SiteViewed --timeout 500ms", &url).exits(1).prints("no answer within 500 ms");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn an_answer_that_stops_half_way_fails_within_the_time_limit() {
    for part in [&b"HTTP/1.1 200 OK\r\n"[..], b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let url = hold(part);
        send("komo/SiteViewed --timeout 500ms", &url).exits(1).prints("no answer within");
    }
}

#[test]
fn a_receiver_that_closes_without_an_answer_fails() {
    for answer in [&b""[..], b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let url = once(answer);
        send("komo/SiteViewed", &url).exits(1).prints("the answer broke off, or is none");
    }
}

#[test]
fn an_endless_answer_is_read_only_so_far() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    });
    let begun = Instant::now();
    let finished = send("komo/SiteViewed -v --timeout 30s", &url).exits(0).prints("200 OK");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(finished.stdout().len() < 200_000, "{}", finished.stdout().len());
}

#[test]
fn a_receiver_that_closes_after_each_answer_gets_every_delivery() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let deliveries = ["komo"; 10].join(" ");
    assert_eq!(send(&format!("{deliveries} --json"), &url).exits(0).lines().len(), 40);
}

/// A receiver that reads one request, answers this, and is gone.
fn once(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        drop(listener);
        read_request(&mut stream);
        let _ = stream.write_all(answer);
    });
    format!("http://127.0.0.1:{port}/hook")
}

/// A receiver that writes this and then neither goes on nor closes.
fn hold(answer: &'static [u8]) -> String {
    on_each(move |mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(answer);
        // Until the other side has had enough.
        let _ = stream.read(&mut [0]);
    })
}
