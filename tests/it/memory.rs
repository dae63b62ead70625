//! Memory that peers can make `listen` hold, and messages that they can make it write. All of it is bounded.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Finished, Listener, Run, listen_with, post};

/// So many connections, each of which has sent these bytes.
fn connections(listener: &Listener, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
    rlimit::increase_nofile_limit(u64::MAX).expect("descriptors");
    let begin = |_| {
        let mut stream = TcpStream::connect(("127.0.0.1", listener.port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a time limit");
        // One that was closed takes nothing more.
        let _ = stream.write_all(bytes);
        stream
    };
    (0..count).map(begin).collect()
}

/// A head of nearly 60 KB without its end.
fn long_head() -> String {
    let lines: Vec<String> = (0..96).map(|line| format!("X{line}: {}\r\n", "a".repeat(600))).collect();
    format!("POST / HTTP/1.1\r\nHost: a\r\n{}", lines.concat())
}

/// The head of the answer that a connection gets.
fn answer(stream: &mut TcpStream) -> String {
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).unwrap_or(0);
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Others get their answers, though a slow machine may still be busy with what came before.
#[track_caller]
fn is_open_to_others(listener: &Listener) {
    for _ in 0..3 {
        let mut stream =
            connections(listener, 1, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}").remove(0);
        assert!(answer(&mut stream).starts_with("HTTP/1.1 200"));
    }
}

#[track_caller]
fn ends(listener: Listener) -> Finished {
    listener.signal("TERM");
    listener.exits(0)
}

#[test]
fn unfinished_heads_are_bounded_together_and_keep_nobody_out() {
    let listener = listen_with(Run::new(), "--compact --timeout 60s");
    let idle = connections(&listener, 2_000, long_head().as_bytes());
    is_open_to_others(&listener);
    assert!(listener.peak() < 230, "{} MB", listener.peak());
    drop(idle);
    ends(listener).says("3 deliveries");
}

#[test]
fn requests_whose_body_never_comes_are_bounded_by_their_heads() {
    let listener = listen_with(Run::new(), "--compact --timeout 60s");
    let head = format!("{}Content-Length: 10\r\n\r\n", long_head());
    let stalled = connections(&listener, 2_000, head.as_bytes());
    is_open_to_others(&listener);
    assert!(listener.peak() < 220, "{} MB", listener.peak());
    drop(stalled);
    ends(listener).says("3 deliveries");
}

#[test]
fn a_connection_whose_buffers_grew_is_not_kept() {
    let listener = listen_with(Run::new(), "--compact --timeout 60s");
    let whole = |lines: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}Content-Length: 2\r\n\r\n{{}}");
    let long = long_head().split_once("Host: a\r\n").expect("its lines").1.to_string();
    let mut large = connections(&listener, 1, whole(&long).as_bytes());
    let mut small = connections(&listener, 1, whole("").as_bytes());
    let (large, small) = (answer(&mut large[0]), answer(&mut small[0]));
    assert!(large.starts_with("HTTP/1.1 200") && large.contains("connection: close"), "{large}");
    assert!(small.starts_with("HTTP/1.1 200") && !small.contains("connection: close"), "{small}");
    ends(listener);
}

#[test]
fn a_body_of_brackets_costs_nine_bytes_for_each_and_no_more() {
    let listener = listen_with(Run::new(), "--compact --journal=");
    assert_eq!(post(listener.port, &[], ["[".repeat(5 << 20), "]".repeat(5 << 20)].concat().as_bytes()), 200);
    assert!(listener.peak() < 190, "{} MB", listener.peak());
    ends(listener);
}

/// Once the text of all 26 bodies waited, six times as long as they are, and nobody read it. An earlier
/// delivery gives back the room of its body once its text exists, so one may be accepted after another was refused.
#[test]
fn text_that_waits_to_be_shown_is_bounded_and_loses_nothing_that_was_accepted() {
    let listener = listen_with(Run::new(), "--json --journal=");
    let body = vec![1; 9 << 20];
    // Nothing reads stdout until the listener ends.
    let statuses: Vec<u16> = (0..7).map(|_| post(listener.port, &[], &body)).collect();
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert!(statuses[0] == 200 && refused > 0 && accepted + refused == statuses.len(), "{statuses:?}");
    assert!(listener.peak() < 500, "{} MB", listener.peak());
    let shown = ends(listener).stdout().matches("\"hookproof\":\"delivery/1\"").count();
    assert_eq!(shown, accepted, "{statuses:?}");
}

/// What a listener with these words writes to stderr of this request, which is sent again and again.
fn told(words: &str, request: &str, count: usize) -> Vec<String> {
    let listener = listen_with(Run::new().env("HOOKPROOF_SECRET", "secret-of-the-test"), words);
    let mut stream = connections(&listener, 1, b"").remove(0);
    for _ in 0..count {
        stream.write_all(request.as_bytes()).expect("a request");
        assert!(!answer(&mut stream).is_empty());
    }
    std::thread::sleep(Duration::from_millis(1_200));
    let finished = ends(listener);
    finished.stderr().lines().chain(finished.stdout().lines()).map(str::to_string).collect()
}

#[test]
fn messages_that_peers_cause_are_limited_whatever_causes_them() {
    let check = |words: &str, request: &str, part: &str, rest: &str| {
        let begun = std::time::Instant::now();
        let lines = told(words, request, 400);
        let seconds = usize::try_from(begun.elapsed().as_secs()).expect("a small number") + 2;
        let count = lines.iter().filter(|line| line.contains(part)).count();
        assert!((1..=20 * seconds).contains(&count), "{part}: {count} in {seconds} s");
        assert!(lines.iter().any(|line| line.contains(rest)), "{rest}: {lines:?}");
    };
    let handshake = "GET /?hub.mode=subscribe&hub.challenge=x HTTP/1.1\r\nHost: a\r\n\r\n";
    check("", handshake, "handshake ", "more handshakes");
    check("", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x", "more requests were refused");
    let refused = "POST / HTTP/1.1\r\nHost: a\r\nX-Superfolio-Signature: 00\r\nContent-Length: 2\r\n\r\n{}";
    check("--compact", refused, "  why ", "not explained");
}
