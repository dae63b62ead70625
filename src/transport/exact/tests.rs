//! What is written and read, byte by byte, against sockets of our own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use reqwest::Url;

use super::{Manner, send_exactly, send_half, send_in_pieces, send_on_one};
use crate::message::{Answer, Delivery, Headers};
use crate::transport::SendError;
use crate::transport::send::KEPT;

const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(20);

/// A receiver for one connection, its port, and what it makes of it.
fn receiver<T: Send + 'static>(handle: impl FnOnce(&mut TcpStream) -> T + Send + 'static) -> (u16, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, spawn(move || handle(&mut listener.accept().unwrap().0)))
}

fn delivery(headers: &[(&str, &[u8])], body: &[u8]) -> Delivery {
    let mut all = Headers::default();
    for (name, value) in headers {
        all.push(*name, *value);
    }
    Delivery { method: "POST".into(), target: String::new(), headers: all, body: body.to_vec() }
}

fn send(url: &str, delivery: &Delivery, manner: Manner, timeout: Duration) -> Result<Answer, SendError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(send_exactly(&Url::parse(url).unwrap(), delivery, manner, timeout))
}

/// Reads until what was read ends so.
fn read_to(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut byte = [0];
    while !all.ends_with(end) && stream.read(&mut byte).unwrap() == 1 {
        all.push(byte[0]);
    }
    all
}

/// The bytes that a delivery becomes; PORT stands for the receiver's port.
#[track_caller]
fn written(path: &str, delivery: &Delivery, manner: Manner, expected: &[u8]) {
    let end = expected[expected.len() - 5..].to_vec();
    let (port, thread) = receiver(move |stream| {
        stream.set_read_timeout(Some(LATE)).unwrap();
        let bytes = read_to(stream, &end);
        stream.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
        assert!(stream.read(&mut [0]).is_err(), "there is more");
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        bytes
    });
    let port = port.to_string();
    let answer = send(&path.replace("PORT", &port), delivery, manner, LATE).unwrap();
    assert_eq!(answer.status, 204);
    let mut expected = expected.to_vec();
    if let Some(at) = expected.windows(4).position(|four| four == b"PORT") {
        expected.splice(at..at + 4, port.bytes());
    }
    let bytes = thread.join().unwrap();
    assert!(bytes == expected, "{}\n{}", bytes.escape_ascii(), expected.escape_ascii());
}

/// What an answer is read as. The receiver reads the request, then closes.
fn answered(method: &str, answer: &[u8]) -> Result<Answer, SendError> {
    let answer = answer.to_vec();
    let (port, thread) = receiver(move |stream| {
        read_to(stream, b"{}");
        // A sender that has enough hangs up.
        let _ = stream.write_all(&answer);
    });
    let delivery = Delivery { method: method.to_string(), ..delivery(&[], b"{}") };
    let answer = send(&format!("http://127.0.0.1:{port}/"), &delivery, Manner::Length, LATE);
    thread.join().unwrap();
    answer
}

#[track_caller]
fn body(answer: &str, status: u16, body: &str) {
    let answer = answered("POST", answer.as_bytes()).unwrap();
    assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), (status, body));
}

#[test]
fn the_bytes_are_those_given() {
    written(
        "http://127.0.0.1:PORT/a%20b?c=d#e",
        &delivery(&[("x-SIGNATURE", b"caf\xe9 \xf0\x9f\x98\x80\x01"), ("X-Signature", b"")], b"\xff{}"),
        Manner::Length,
        b"POST /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nx-SIGNATURE: caf\xe9 \xf0\x9f\x98\x80\x01\r\n\
          X-Signature: \r\nContent-Length: 3\r\nConnection: close\r\n\r\n\xff{}",
    );
    written(
        "http://u:p%40%zz@127.0.0.1:PORT",
        &delivery(&[("content-length", b"2"), ("HOST", b"h"), ("connection", b"x")], b"{}"),
        Manner::Length,
        b"POST / HTTP/1.1\r\ncontent-length: 2\r\nHOST: h\r\nconnection: x\r\n\
          Authorization: Basic dTpwQCV6eg==\r\n\r\n{}",
    );
}

#[test]
fn chunks_have_the_size_asked_for() {
    written(
        "http://127.0.0.1:PORT/",
        &delivery(&[("Content-Length", b"5")], b"abcde"),
        Manner::Chunked(2),
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
          2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n",
    );
    written(
        "http://127.0.0.1:PORT/",
        &delivery(&[("transfer-encoding", b"Chunked")], b""),
        Manner::Chunked(0),
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\ntransfer-encoding: Chunked\r\nConnection: close\r\n\r\n\
          0\r\n\r\n",
    );
}

#[test]
fn what_would_break_the_framing_is_refused() {
    let check = |delivery: &Delivery, url: &str| {
        let error = send(url, delivery, Manner::Length, LATE).unwrap_err();
        assert!(matches!(error, SendError::Options(_)), "{error:?}");
    };
    check(&delivery(&[("a b", b"")], b""), "http://127.0.0.1:1");
    check(&delivery(&[("", b"")], b""), "http://127.0.0.1:1");
    check(&delivery(&[("a", b"b\r\nc: d")], b""), "http://127.0.0.1:1");
    check(&Delivery { method: "A B".into(), ..delivery(&[], b"") }, "http://127.0.0.1:1");
    check(&delivery(&[], b""), "https://127.0.0.1:1");
}

#[test]
fn an_answer_ends_where_it_says() {
    body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", 200, "abc");
    body("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\nContent-length: 3\r\n\r\nabc", 200, "abc");
    body("HTTP/1.0 401 Unauthorized\r\n\r\nwho are you?", 401, "who are you?");
    body("HTTP/1.1 200 OK\nA: b\n\nabc", 200, "abc");
    body("HTTP/1.1 599\r\nTransfer-Encoding: gzip\r\n\r\nabc", 599, "abc");
    body("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", 204, "");
    body("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, "");
    body("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x01", 101, "");
    let answer = answered("HEAD", b"HTTP/1.1 200 OK\r\nX-a: \xe9\r\nContent-Length: 3\r\n\r\n").unwrap();
    assert_eq!((answer.status, answer.headers.get("x-A"), answer.body), (200, Some(&b"\xe9"[..]), Vec::new()));
}

#[test]
fn a_chunked_answer_is_put_together() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 99\r\n\r\n";
    body(&format!("{head}3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"), 200, "abc0123456789");
    body(&format!("{head}0\r\n"), 200, "");
    for broken in ["", "\r\n", "x\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nab", "3\r\nabc\r\n", "ffffffffffffffff\r\na"] {
        let error = answered("POST", format!("{head}{broken}").as_bytes()).unwrap_err();
        assert!(matches!(error, SendError::Dropped(_)), "{broken:?} {error:?}");
    }
}

#[test]
fn interim_answers_are_skipped() {
    body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 202 OK\r\n\r\n", 202, "");
    let error = answered("POST", "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000).as_bytes()).unwrap_err();
    assert!(matches!(error, SendError::Dropped(_)), "{error:?}");
}

#[test]
fn of_a_long_answer_the_beginning_is_kept() {
    let long = "a".repeat(KEPT * 4);
    let kept = &long[..KEPT];
    body(&format!("HTTP/1.1 200 OK\r\n\r\n{long}"), 200, kept);
    body(&format!("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n{long}"), 200, kept);
    body(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n{long}"), 200, kept);
}

#[test]
fn what_is_no_answer_counts_as_dropped() {
    let long = format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(200_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(300));
    for garbage in [
        "",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 099 X\r\n\r\n",
        "HTTP/1.1 2x0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n",
        "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        "\0\u{ff}",
        &long,
        &many,
    ] {
        let error = answered("POST", garbage.as_bytes()).unwrap_err();
        assert!(matches!(error, SendError::Dropped(_)), "{garbage:.60?} {error:?}");
    }
}

#[test]
fn an_answer_before_the_whole_request_was_read_is_one() {
    let large = vec![b'x'; 32 * 1024 * 1024];
    let send_to = |answer: &'static [u8], manner| {
        let (port, thread) = receiver(move |stream| {
            read_to(stream, b"\r\n\r\n");
            stream.write_all(answer).unwrap();
            // Where a reset overtakes what was sent before it, this is when it is read.
            sleep(Duration::from_millis(50));
        });
        let answer = send(&format!("http://127.0.0.1:{port}/"), &delivery(&[], &large), manner, LATE);
        thread.join().unwrap();
        answer
    };
    let answer = send_to(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", Manner::Length).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (413, &b"big"[..]));
    let answer = send_to(b"HTTP/1.1 413 Too Large\r\n\r\nbig", Manner::Chunked(4096)).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (413, &b"big"[..]));
    let error = send_to(b"", Manner::Length).unwrap_err();
    assert!(matches!(error, SendError::Dropped(_)), "{error:?}");
}

#[test]
fn nobody_there_is_no_connection() {
    // A socket that is bound and does not listen keeps the port from others, and refuses connections.
    let reserved = tokio::net::TcpSocket::new_v4().unwrap();
    reserved.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = reserved.local_addr().unwrap().port();
    let error = send(&format!("http://127.0.0.1:{port}/"), &delivery(&[], b""), Manner::Length, LATE).unwrap_err();
    assert!(
        matches!(&error, SendError::NoConnection { host, .. } if *host == format!("127.0.0.1:{port}")),
        "{error:?}"
    );
}

#[test]
fn silence_and_an_endless_answer_time_out() {
    let check = |piece: &'static [u8]| {
        let (port, thread) = receiver(move |stream| {
            read_to(stream, b"{}");
            while stream.write_all(piece).is_ok() {
                sleep(Duration::from_millis(10));
                // A sender that has hung up is the end.
                stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
                if stream.read(&mut [0]).is_ok_and(|read| read == 0) {
                    break;
                }
            }
        });
        let begun = Instant::now();
        let error =
            send(&format!("http://127.0.0.1:{port}/"), &delivery(&[], b"{}"), Manner::Length, SOON).unwrap_err();
        assert_eq!(error, SendError::TimedOut(SOON));
        assert!(begun.elapsed() < LATE / 2);
        thread.join().unwrap();
    };
    check(b"");
    check(b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn a_receiver_that_never_reads_times_out() {
    let (port, thread) = receiver(|stream| {
        sleep(SOON * 2);
        drop(stream.shutdown(std::net::Shutdown::Both));
    });
    let large = delivery(&[], &vec![b'x'; 32 * 1024 * 1024]);
    let error = send(&format!("http://127.0.0.1:{port}/"), &large, Manner::Length, SOON).unwrap_err();
    assert_eq!(error, SendError::TimedOut(SOON));
    thread.join().unwrap();
}

/// Runs something that sends.
fn run<T>(sending: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(sending)
}

#[test]
fn a_body_goes_out_in_pieces() {
    let (port, thread) = receiver(|stream| {
        read_to(stream, b"\r\n\r\n");
        let mut pieces: Vec<Vec<u8>> = Vec::new();
        let mut buffer = [0; 64];
        while pieces.concat().len() < 10 {
            let read = stream.read(&mut buffer).unwrap();
            pieces.push(buffer[..read].to_vec());
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        pieces
    });
    let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    let whole = delivery(&[], b"0123456789");
    let pause = || tokio::time::sleep(Duration::from_millis(40));
    let answer = run(send_in_pieces(&url, &whole, 4, pause, LATE)).unwrap();
    assert_eq!(answer.status, 204);
    assert_eq!(thread.join().unwrap(), [b"012".to_vec(), b"345".to_vec(), b"678".to_vec(), b"9".to_vec()]);
}

#[test]
fn half_of_a_body_is_sent_and_no_more() {
    let (port, thread) = receiver(|stream| {
        let head = read_to(stream, b"\r\n\r\n");
        assert!(String::from_utf8_lossy(&head).contains("Content-Length: 10\r\n"));
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    run(send_half(&url, &delivery(&[], b"0123456789"), LATE)).unwrap();
    assert_eq!(thread.join().unwrap(), b"01234");
}

#[test]
fn several_go_over_one_connection_until_it_is_closed() {
    let check = |answers: Vec<&'static str>, statuses: &[u16], is_broken: bool| {
        let (port, thread) = receiver(move |stream| {
            for answer in answers {
                read_to(stream, b"{}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let url = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let deliveries = [delivery(&[], b"{}"), delivery(&[], b"{}")];
        let (answers, error) = run(send_on_one(&url, &deliveries, LATE));
        assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), statuses);
        assert_eq!(error.is_some(), is_broken, "{error:?}");
        thread.join().unwrap();
    };
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    check(vec![whole, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"], &[200, 401], false);
    check(vec!["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", whole], &[200, 200], false);
    check(vec![whole], &[200], false);
    check(vec!["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"], &[200], false);
    check(vec![whole, "HTTP/1.1 200 OK\r\nContent-Le"], &[200], true);
    check(vec![whole, "garbage\r\n\r\n"], &[200], true);
}
