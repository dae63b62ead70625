//! `listen` against hostile senders: sizes, times, numbers, and framing that is not what it seems.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use crate::support::{Listener, Run, listen_with, openssl_hmac, post, raw};

const SECRET: &str = "it's a secret to nobody";

/// What comes back for a head, written with LF line ends, and the bytes after it.
fn answer(listener: &Listener, head: &str, rest: &[u8]) -> String {
    raw(listener.port, &[format!("{head}\n\n").replace('\n', "\r\n").as_bytes(), rest].concat())
}

/// The status of each answer in what came back.
fn statuses(answer: &str) -> Vec<u16> {
    answer.split("HTTP/1.1 ").skip(1).map(|rest| rest[..3].parse().expect("a status")).collect()
}

/// Ends a listener, and expects that so many deliveries got through.
#[track_caller]
fn ends_with(listener: Listener, count: usize) {
    listener.signal("TERM");
    let word = if count == 1 { "delivery" } else { "deliveries" };
    listener.exits(0).says(&format!("\n{count} {word}"));
}

/// A connection that has sent this.
fn begun(port: u16, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.write_all(bytes).expect("the bytes");
    stream
}

/// The quickest of a few good deliveries.
fn quickest(port: u16) -> Duration {
    let one = |_| {
        let begun = Instant::now();
        assert_eq!(post(port, &[], b"{}"), 200);
        begun.elapsed()
    };
    (0..3).map(one).min().expect("three")
}

#[test]
fn what_is_too_large_is_refused() {
    let listener = listen_with(Run::new(), "--max-body 1KB");
    let check = |head: &str, rest: &str, status: u16| {
        let answer =
            answer(&listener, &format!("POST / HTTP/1.1\nHost: x\nConnection: close\n{head}"), rest.as_bytes());
        assert_eq!(statuses(&answer), [status], "{}", &head[..head.len().min(60)]);
    };
    check("Content-Length: 1000", &"x".repeat(1000), 200);
    check("Content-Length: 1001", &"x".repeat(1001), 413);
    check("Content-Length: 10000000000", "", 413);
    check("Content-Length: 4611686018427387904", "", 413);
    check("Content-Length: 18446744073709551616", "", 400);
    check("Content-Length: 99999999999999999999999999", "", 400);
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    check("Transfer-Encoding: chunked", &format!("{}0\r\n\r\n", chunk.repeat(2)), 200);
    check("Transfer-Encoding: chunked", &format!("{}0\r\n\r\n", chunk.repeat(3)), 413);
    check("Transfer-Encoding: chunked", &format!("7fffffffffffffff\r\n{}", "x".repeat(2000)), 413);
    check(&format!("X-Long: {}", "x".repeat(200_000)), "", 431);
    check("X-A: b\n".repeat(10_000).trim_end(), "", 431);
    ends_with(listener, 2);
}

#[test]
fn a_head_larger_than_64_kib_is_refused_however_it_arrives() {
    let listener = listen_with(Run::new(), "");
    let line = format!("X-Long: {}\n", "x".repeat(6_993));
    let head = |lines: usize| {
        format!("POST / HTTP/1.1\nHost: x\nContent-Length: 0\nConnection: close\n{}\n", line.repeat(lines))
    };
    let at_once = |lines: usize| raw(listener.port, head(lines).replace('\n', "\r\n").as_bytes());
    let in_two = |lines: usize| {
        let head = head(lines).replace('\n', "\r\n");
        let (first, second) = head.split_at(60_000);
        let mut stream = begun(listener.port, first.as_bytes());
        std::thread::sleep(Duration::from_millis(50));
        let _ = stream.write_all(second.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    for _ in 0..10 {
        assert_eq!((statuses(&at_once(10)), statuses(&in_two(10))), (vec![431], vec![431]));
    }
    assert_eq!((statuses(&at_once(9)), statuses(&in_two(9))), (vec![200], vec![200]));
    ends_with(listener, 2);
}

#[test]
fn what_stalls_is_ended() {
    let listener = listen_with(Run::new(), "--timeout 1s");
    let begun = Instant::now();
    let head = "POST / HTTP/1.1\nHost: x";
    assert_eq!(statuses(&answer(&listener, &format!("{head}\nContent-Length: 10"), b"ab")), [408]);
    assert_eq!(statuses(&answer(&listener, &format!("{head}\nTransfer-Encoding: chunked"), b"2\r\nab\r\n")), [408]);
    // A head that stalls is closed, and so is a connection that sends nothing.
    assert!(!raw(listener.port, b"POST / HTTP/1.1\r\nHo").contains(" 200 "));
    assert_eq!(raw(listener.port, b""), "");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    ends_with(listener, 0);
}

#[test]
fn a_request_has_exactly_one_host() {
    let listener = listen_with(Run::new(), "");
    let status = |hosts: &str| {
        statuses(&answer(&listener, &format!("POST / HTTP/1.1\n{hosts}Content-Length: 0\nConnection: close"), b""))
    };
    assert_eq!(status("Host: x\n"), [200]);
    assert_eq!(status(""), [400]);
    assert_eq!(status("Host: x\nHost: x\n"), [400]);
    assert_eq!(status("Host: x\nHost: y\n"), [400]);
    ends_with(listener, 1);
}

#[test]
fn a_transfer_coding_other_than_chunked_is_refused() {
    let listener = listen_with(Run::new(), "--timeout 1s");
    let odd = ["gzip", "gzip, chunked", "chunked, gzip", "identity", "chunked\nTransfer-Encoding: chunked", "xchunked"];
    for coding in odd {
        let head = format!("POST / HTTP/1.1\nHost: x\nTransfer-Encoding: {coding}");
        let answer = answer(&listener, &head, b"2\r\n{}\r\n0\r\n\r\n");
        assert!(matches!(statuses(&answer).as_slice(), [400 | 501]), "{coding}: {answer}");
    }
    ends_with(listener, 0);
}

#[test]
fn nothing_smuggles_a_second_request() {
    let listener = listen_with(Run::new(), "--timeout 1s");
    let hidden = "POST /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    let length = hidden.len();
    let check = |framing: &str, rest: &str| {
        let answer = answer(&listener, &format!("POST / HTTP/1.1\nHost: x\n{framing}"), rest.as_bytes());
        assert!(statuses(&answer).len() <= 1, "{framing:?}: {answer}");
    };
    // What one reader takes for the body, another would take for a request of its own.
    let ended = format!("0\r\n\r\n{hidden}");
    check(&format!("Content-Length: {}\nTransfer-Encoding: chunked", length + 5), &ended);
    check(&format!("Transfer-Encoding: chunked\nContent-Length: {}", length + 5), &ended);
    check(&format!("Content-Length: {length}\nContent-Length: 0"), hidden);
    check(&format!("Content-Length: 0\nContent-Length: {length}"), hidden);
    check(&format!("Content-Length: 0, {length}"), hidden);
    check("Content-Length: +0", hidden);
    check("Content-Length: -1", hidden);
    check("Content-Length: 0x0", hidden);
    check("Content-Length : 0", hidden);
    check("Transfer-Encoding : chunked", &ended);
    check("Transfer-Encoding: chunked, identity", &ended);
    check("Transfer-Encoding:\u{b}chunked", &ended);
    check("X: y\n Content-Length: 0", hidden);
    check("Transfer-Encoding: chunked", &format!("0;a\nb\r\n\r\n{hidden}x"));
    check("Transfer-Encoding: chunked", &format!("-0\r\n\r\n{hidden}"));
    check("Transfer-Encoding: chunked", &format!("1\r\nxx0\r\n\r\n{hidden}"));
    check("Transfer-Encoding: chunked", &format!("10000000000000000\r\n\r\n{hidden}"));
    listener.signal("TERM");
    let finished = listener.exits(0);
    assert!(!finished.stdout().contains("smuggled"), "{}", finished.stdout());
}

#[test]
fn slow_connections_keep_no_good_delivery_waiting() {
    let listener = listen_with(Run::new(), "");
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
    let mut slow: Vec<TcpStream> = (0..300).map(|index| begun(listener.port, &head[..index % head.len()])).collect();
    for _ in 0..3 {
        for stream in &mut slow {
            // One that was ended has nothing more to say.
            let _ = stream.write_all(b"x");
        }
        let quickest = quickest(listener.port);
        assert!(quickest < Duration::from_secs(5), "{quickest:?}");
    }
    drop(slow);
    ends_with(listener, 9);
}

#[test]
fn large_bodies_that_are_only_announced_keep_no_good_delivery_out() {
    let listener = listen_with(Run::new(), "");
    let announce = |length: usize| {
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\nx");
        begun(listener.port, head.as_bytes())
    };
    let mut idle: Vec<TcpStream> = (0..25).map(|_| announce(10 << 20)).collect();
    idle.push(announce((256 << 20) - 25 * (10 << 20)));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    ends_with(listener, 1);
}

#[test]
fn a_stalled_sender_does_not_hold_up_the_end() {
    let listener = listen_with(Run::new(), "--timeout 1m");
    let _stalled = [&b"POST / HT"[..], b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab", b""]
        .map(|bytes| begun(listener.port, bytes));
    post(listener.port, &[], b"{}");
    let begun = Instant::now();
    ends_with(listener, 1);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn a_client_that_reads_nothing_does_not_stop_the_others() {
    let listener = listen_with(Run::new(), "");
    let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2_000);
    let mut deaf = begun(listener.port, b"");
    deaf.set_write_timeout(Some(Duration::from_secs(1))).expect("a time limit");
    let _ = (0..10).try_for_each(|_| deaf.write_all(&request));
    assert!(quickest(listener.port) < Duration::from_secs(5));
    ends_with(listener, 3);
}

#[test]
fn many_connections_at_the_same_moment_are_all_answered() {
    let listener = listen_with(Run::new().env("HOOKPROOF_SECRET", SECRET), "--compact --count 320");
    let (body, value) = (&b"{}"[..], openssl_hmac(SECRET, b"{}"));
    for _ in 0..5 {
        let start = Arc::new(Barrier::new(64));
        let sender = move |start: Arc<Barrier>, port: u16, value: String| {
            start.wait();
            post(port, &[("X-Superfolio-Signature", &value)], body)
        };
        let threads: Vec<_> = (0..64)
            .map(|_| {
                let (start, port, value) = (start.clone(), listener.port, value.clone());
                std::thread::spawn(move || sender(start, port, value))
            })
            .collect();
        let answers: Vec<u16> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(answers, [200; 64]);
    }
    listener.exits(0).says("320 deliveries: 320 valid");
}

#[test]
fn a_deeply_nested_body_keeps_nobody_waiting() {
    let listener = listen_with(Run::new(), "");
    let begun = Instant::now();
    assert_eq!(post(listener.port, &[], format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)).as_bytes()), 200);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    ends_with(listener, 1);
}

#[test]
fn what_breaks_off_is_no_delivery() {
    let listener = listen_with(Run::new(), "");
    let head = "POST / HTTP/1.1\r\nHost: x\r\n";
    for cut in [
        format!("{head}Content-Length: 100\r\n\r\n{{}}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
        format!("{head}Content-Le"),
    ] {
        let stream = begun(listener.port, cut.as_bytes());
        stream.shutdown(std::net::Shutdown::Write).expect("an open connection");
        let mut answer = String::new();
        let _ = (&stream).read_to_string(&mut answer);
        assert!(!answer.contains(" 200 "), "{cut:?}: {answer}");
    }
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    ends_with(listener, 1);
}

#[test]
fn requests_one_behind_the_other_are_each_answered() {
    let listener = listen_with(Run::new(), "");
    let one = "POST /n HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    let last = "POST /n HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let answer = raw(listener.port, format!("{}{last}", one.repeat(49)).as_bytes());
    assert_eq!(statuses(&answer), [200; 50]);
    // A connection that was kept and is used again after a while is good.
    let mut kept = begun(listener.port, one.as_bytes());
    std::thread::sleep(Duration::from_millis(700));
    kept.write_all(last.as_bytes()).expect("an open connection");
    let mut answers = String::new();
    kept.read_to_string(&mut answers).expect("text");
    assert_eq!(statuses(&answers), [200; 2]);
    ends_with(listener, 52);
}

#[test]
fn descriptors_that_run_out_come_back() {
    let listener = listen_with(Run::after("ulimit -n 48"), "");
    let idle: Vec<TcpStream> = (0..120).map(|_| begun(listener.port, b"POST / HTTP/1.1\r\n")).collect();
    std::thread::sleep(Duration::from_millis(300));
    drop(idle);
    for _ in 0..5 {
        assert_eq!(post(listener.port, &[], b"{}"), 200);
    }
    ends_with(listener, 5);
}

#[test]
fn malformed_requests_are_refused_and_harm_nobody() {
    let listener = listen_with(Run::new(), "--timeout 1s");
    for request in [
        "\r\n\r\n\r\n\r\n",
        "POST\r\n\r\n",
        "POST / HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost x\r\n\r\n",
        "POST / HTTP/1.1\r\n: x\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHo st: x\r\n\r\n",
        "POST /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        "PO\u{1}ST / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\rHost: x\r\r",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let answer = raw(listener.port, request.as_bytes());
        assert!(!answer.contains(" 200 "), "{request:?}: {answer}");
    }
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    ends_with(listener, 1);
}
