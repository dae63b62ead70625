//! Receivers that are killed, close, reset and talk out of turn, and a reader who does not read: nothing of it hides what
//! became of the deliveries, and nothing hangs.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{OK, SECRET, load, report};
use crate::support::{Run, accepting, hookproof, on_each, read_request};

/// The failures of a report by kind.
fn failures(told: &Value) -> Vec<(&str, u64)> {
    let all = told["failures"].as_array().expect("failures");
    all.iter().map(|one| (one["kind"].as_str().expect("a kind"), one["count"].as_u64().expect("a number"))).collect()
}

/// What a receiver had read when it was killed was not unreachable: it may have done its work.
#[test]
fn what_a_killed_receiver_had_got_is_told_apart_from_what_it_never_got() {
    const WORKERS: usize = 4;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = format!("http://{}/", listener.local_addr().expect("an address"));
    let (got, all) = channel::<TcpStream>();
    let killed = std::thread::spawn(move || {
        for _ in 0..WORKERS {
            let (mut stream, _) = listener.accept().expect("a connection");
            let got = got.clone();
            std::thread::spawn(move || {
                for _ in 0..5 {
                    read_request(&mut stream);
                    stream.write_all(OK).expect("room");
                }
                read_request(&mut stream);
                got.send(stream).expect("it waits");
            });
        }
        let streams: Vec<TcpStream> = (0..WORKERS).map(|_| all.recv().expect("a connection")).collect();
        // Nobody can connect any more before anybody hears of it.
        drop(listener);
        drop(streams);
    });
    let told = report(load(&format!("--count 1000000 --concurrency {WORKERS}"), &to), 1);
    killed.join().expect("it ended");
    assert_eq!((&told["accepted"], &told["ended"]), (&20.into(), &"unreachable".into()), "{told}");
    let failures = failures(&told);
    assert_eq!(failures[0], ("dropped", WORKERS as u64), "{told}");
    assert_eq!((failures.len(), failures[1].0), (2, "unreachable"), "{told}");
    let sent = told["sent"].as_u64().expect("a number");
    assert_eq!(sent, 20 + failures[0].1 + failures[1].1);
    assert_eq!(told["unsent"].as_u64(), Some(1_000_000 - sent), "{told}");
}

/// Some servers say 408 on a connection that was idle, and close it. That is no answer to what comes next.
#[test]
fn what_a_receiver_says_unasked_fails_no_delivery() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(OK);
        std::thread::sleep(Duration::from_millis(50));
        let _ = stream.write_all(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let told = report(load("--count 4 --concurrency 1 --rate 2/s", &url), 0);
    assert_eq!((&told["accepted"], &told["sent_twice"]), (&4.into(), &0.into()), "{told}");
}

/// A kept connection that ends after the request was read looks like one that was closed before: both are told.
#[test]
fn a_receiver_that_closes_every_second_time_is_told() {
    let closing = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(OK);
        read_request(&mut stream);
    });
    let told = report(load("--count 5 --concurrency 1", &closing), 0);
    assert_eq!((&told["accepted"], &told["sent_twice"]), (&5.into(), &4.into()), "{told}");
    // The second time it goes out counts too where it fails, and both have one time limit.
    let url = on_each({
        let first = Arc::new(AtomicBool::new(true));
        move |mut stream| {
            read_request(&mut stream);
            if first.swap(false, Ordering::SeqCst) {
                let _ = stream.write_all(OK);
                read_request(&mut stream);
            } else {
                std::thread::sleep(Duration::from_secs(60));
            }
        }
    });
    let told = report(load("--count 2 --concurrency 1 --timeout 500ms", &url), 1);
    assert_eq!((failures(&told), &told["sent_twice"]), (vec![("timed-out", 1)], &1.into()), "{told}");
}

/// A socket that goes with bytes in it that nobody read is reset.
#[test]
fn a_receiver_that_resets_is_told() {
    let url = on_each(|mut stream| drop(stream.read(&mut [0; 10])));
    let told = report(load("--count 8 --concurrency 2", &url), 1);
    assert_eq!((failures(&told), &told["unanswered"]), (vec![("dropped", 8)], &8.into()), "{told}");
    assert_eq!((&told["ended"], &told["sent_twice"]), (&"count".into(), &0.into()), "{told}");
}

#[test]
fn an_answer_in_parts_is_told_whole_and_without_the_secret() {
    let url = on_each(|mut stream| {
        let (begun, rest) = SECRET.split_at(5);
        while !read_request(&mut stream).is_empty() {
            let _ = stream.write_all(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n");
            for text in ["it broke: ", begun, rest, ""] {
                let _ = stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes());
            }
        }
    });
    let run = hookproof("send superfolio/form.submitted --count 2 --to").arg(&url);
    run.env("HOOKPROOF_SECRET", SECRET).exits(1).prints("Internal Server Error: it broke: [secret]\n");
}

#[cfg(unix)]
#[test]
fn more_connections_than_the_system_allows_are_refused_and_otherwise_room_is_made() {
    let stub = accepting();
    let under = |limit: &str, words: &str| {
        let run = Run::after(limit).args(["send", "superfolio/form.submitted", "--unsigned", "--to", &stub.url]);
        run.args(words.split(' '))
    };
    let done = under("ulimit -n 100", "--count 200 --concurrency 90").exits(2);
    done.says("takes 122 open files, and the system allows 100").says("ulimit -n");
    under("ulimit -n 100", "--count 5 --concurrency 90").exits(0);
    under("ulimit -Sn 40", "--count 200 --concurrency 64").exits(0).prints("200 accepted");
}

/// Who writes to a full pipe does not see a signal.
#[cfg(unix)]
#[test]
fn a_full_pipe_that_nobody_reads_is_no_prison() {
    for signals in [&["INT", "INT"][..], &["TERM"]] {
        let stub = accepting();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut filler = writer.try_clone().expect("a pipe");
        let filling = std::thread::spawn(move || while filler.write_all(&[b'x'; 1_024]).is_ok() {});
        std::thread::sleep(Duration::from_millis(300));
        let mut running = load("--count 3", &stub.url).spawn_onto(writer);
        (0..3).for_each(|_| drop(stub.next()));
        std::thread::sleep(Duration::from_millis(500));
        for signal in signals {
            running.signal(signal);
            std::thread::sleep(Duration::from_millis(200));
        }
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = running.child.try_wait().expect("a process") {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it hangs");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(if signals.len() == 2 { 130 } else { 143 }));
        drop(reader);
        filling.join().expect("the filler ends");
    }
}
