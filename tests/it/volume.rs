//! `send --count`, `--for`, `--rate`: a load whose report is true, whatever becomes of the receiver.

mod lost;

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Run, accepting, closed_port, hookproof, listen, on_each, openssl_hmac, read_request, stub};

const SECRET: &str = "it's a secret to nobody";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// `hookproof send --json` with these words, to this address.
fn load(words: &str, to: &str) -> Run {
    hookproof(&format!("send superfolio/activity.page_view --json {words} --to"))
        .arg(to)
        .env("HOOKPROOF_SECRET", SECRET)
}

#[track_caller]
fn report(run: Run, exit: i32) -> Value {
    let lines = run.exits(exit).lines();
    assert_eq!(lines.len(), 1, "one line for all: {lines:?}");
    assert_eq!(lines[0]["hookproof"], "volume/1");
    lines[0].clone()
}

/// A receiver that answers every request of every connection, and counts them.
fn steady(answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let url = on_each(move |mut stream| {
        while !read_request(&mut stream).is_empty() {
            counted.fetch_add(1, Ordering::SeqCst);
            if stream.write_all(answer).is_err() {
                break;
            }
        }
    });
    (url, count)
}

#[test]
fn every_delivery_has_its_own_id_and_signature() {
    let stub = accepting();
    let words = "superfolio/form.submitted --count 9 --concurrency 3";
    let told = report(load(words, &stub.url), 0);
    assert_eq!((&told["sent"], &told["accepted"], &told["ok"]), (&9.into(), &9.into(), &true.into()));
    assert_eq!(told["events"], serde_json::json!(["superfolio/activity.page_view", "superfolio/form.submitted"]));
    let mut ids = HashSet::new();
    let mut kinds = Vec::new();
    for _ in 0..9 {
        let got = stub.next();
        assert_eq!(got.all("x-superfolio-signature"), [openssl_hmac(SECRET, &got.body)]);
        assert_eq!(got.all("content-type"), ["application/json"]);
        ids.insert(got.json()["event_id"].as_str().expect("an id").to_string());
        kinds.push(got.json()["event_type"].as_str().expect("a type").to_string());
    }
    assert_eq!(ids.len(), 9);
    assert_eq!(kinds.iter().filter(|kind| *kind == "form.submitted").count(), 4, "the events go in turn: {kinds:?}");
}

#[test]
fn a_seed_gives_the_deliveries_that_single_ones_would_be() {
    let words = "--seed 5 --at 2026-06-01T12:00:00Z --set data.session.device=phone --create";
    let bodies = |extra: &str| {
        let stub = accepting();
        load(&format!("{words} {extra}"), &stub.url).exits(0);
        let mut bodies: Vec<Vec<u8>> = (0..2).map(|_| stub.next().body).collect();
        bodies.sort();
        bodies
    };
    assert_eq!(bodies("superfolio/activity.page_view"), bodies("--count 2 --concurrency 1"));
}

#[test]
fn connections_are_kept() {
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = connections.clone();
    let url = on_each(move |mut stream| {
        seen.fetch_add(1, Ordering::SeqCst);
        while !read_request(&mut stream).is_empty() && stream.write_all(OK).is_ok() {}
    });
    report(load("--count 200 --concurrency 4", &url), 0);
    assert_eq!(connections.load(Ordering::SeqCst), 4);
}

/// A receiver may close a kept connection at any time, and most do after a while.
#[test]
fn a_connection_that_was_closed_meanwhile_is_no_failure() {
    let url = on_each(|mut stream| {
        for _ in 0..3 {
            read_request(&mut stream);
            let _ = stream.write_all(OK);
        }
    });
    let told = report(load("--count 60 --concurrency 2", &url), 0);
    assert_eq!((&told["accepted"], &told["unanswered"]), (&60.into(), &0.into()));
    // One that says so closes nothing that was under way.
    let (closing, count) = steady(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    let told = report(load("--count 20 --concurrency 2", &closing), 0);
    assert_eq!((&told["accepted"], &told["sent_twice"]), (&20.into(), &0.into()));
    assert_eq!(count.load(Ordering::SeqCst), 20);
}

#[test]
fn a_fresh_connection_that_gives_no_answer_is_a_failure_and_half_an_answer_too() {
    let silent = on_each(|mut stream| drop(read_request(&mut stream)));
    let told = report(load("--count 5 --concurrency 1", &silent), 1);
    assert_eq!((&told["sent"], &told["failures"][0]["kind"]), (&5.into(), &"dropped".into()));
    // The second request of each connection gets the beginning of an answer, so it is not sent again.
    let (count, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    let half = on_each(move |mut stream| {
        read_request(&mut stream);
        counted.fetch_add(1, Ordering::SeqCst);
        let _ = stream.write_all(OK);
        read_request(&mut stream);
        counted.fetch_add(1, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-");
    });
    let told = report(load("--count 4 --concurrency 1", &half), 1);
    seen.store(count.load(Ordering::SeqCst), Ordering::SeqCst);
    assert_eq!((&told["accepted"], &told["unanswered"], &told["sent_twice"]), (&2.into(), &2.into(), &0.into()));
    assert_eq!(seen.load(Ordering::SeqCst), 4);
}

#[test]
fn refusals_are_counted_by_status_and_shown_with_an_example() {
    let count = AtomicUsize::new(0);
    let stub = stub(move |_| match count.fetch_add(1, Ordering::SeqCst) % 3 {
        0 => (500, Vec::new(), format!("broken, {SECRET}")),
        _ => (202, Vec::new(), String::new()),
    });
    let told = report(load("--count 9", &stub.url), 1);
    assert_eq!(told["statuses"], serde_json::json!({"202": 6, "500": 3}));
    assert_eq!((&told["refused"], &told["accepted"]), (&3.into(), &6.into()));
    let run = hookproof("send superfolio/form.submitted --count 3 --to").arg(&stub.url).env("HOOKPROOF_SECRET", SECRET);
    run.exits(1).prints("1 × 500 Internal Server Error: broken, [secret]").prints("2 accepted");
}

#[test]
fn a_closed_port_is_told_at_once() {
    let to = format!("http://127.0.0.1:{}/", closed_port());
    let finished = load("--count 1000000", &to).exits(3);
    let told = &finished.says("no connection to 127.0.0.1").lines()[0];
    assert_eq!((&told["hookproof"], &told["ended"]), (&"volume/1".into(), &"unreachable".into()));
    assert_eq!((&told["ok"], &told["accepted"], &told["unsent"]), (&false.into(), &0.into(), &999_999.into()));
    assert_eq!(told["failures"][0]["kind"], "unreachable");
}

#[test]
fn a_slow_receiver_is_waited_for_no_longer_than_said() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.read(&mut [0]);
    });
    let told = report(load("--count 4 --concurrency 4 --timeout 300ms", &url), 1);
    assert_eq!((&told["failures"][0]["kind"], &told["failures"][0]["count"]), (&"timed-out".into(), &4.into()));
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(4096)).as_bytes()).is_ok() {}
    });
    let told = report(load("--count 6 --concurrency 2", &url), 0);
    assert_eq!(told["accepted"], 6);
}

#[test]
fn a_rate_is_kept_and_time_ends_it() {
    let (url, count) = steady(OK);
    let told = report(load("--rate 100/s --for 2s", &url), 0);
    assert_eq!(told["ended"], "time");
    assert_eq!(told["latency_ms"]["from"], "due");
    let sent = told["sent"].as_u64().expect("a number");
    assert!((190..=200).contains(&sent), "{told}");
    assert_eq!(count.load(Ordering::SeqCst) as u64, sent);
    let told = report(load("--rate 600/m --count 5 --for 1h", &url), 0);
    assert_eq!((&told["ended"], &told["sent"]), (&"count".into(), &5.into()));
    let elapsed = told["elapsed_ms"].as_f64().expect("a number");
    assert!(elapsed >= 400.0, "the fifth is due after 400 ms: {told}");
}

/// A receiver that stands still for a second makes all that were due meanwhile late, and not one alone.
#[test]
fn latency_counts_from_when_each_was_due() {
    let url = on_each(|mut stream| {
        let mut is_first = true;
        while !read_request(&mut stream).is_empty() {
            if std::mem::take(&mut is_first) {
                std::thread::sleep(Duration::from_secs(1));
            }
            let _ = stream.write_all(OK);
        }
    });
    let told = report(load("--rate 50/s --count 60 --concurrency 1", &url), 0);
    let p50 = told["latency_ms"]["p50"].as_f64().expect("a number");
    assert!(p50 > 300.0, "the median would be a millisecond, had it waited with sending: {told}");
}

#[test]
fn what_a_rate_asks_for_and_no_worker_could_send_is_told() {
    let url = on_each(|mut stream| {
        while !read_request(&mut stream).is_empty() {
            std::thread::sleep(Duration::from_millis(200));
            let _ = stream.write_all(OK);
        }
    });
    let run = hookproof("send superfolio/form.submitted --rate 100/s --for 1s --concurrency 1 --to").arg(&url);
    let done = run.env("HOOKPROOF_SECRET", SECRET).exits(1);
    done.prints("that were due did not go out, so the load failed; a higher --concurrency may help");
    let told = report(load("--rate 100/s --for 1s --count 90 --concurrency 1", &url), 1);
    assert_eq!((&told["ok"], &told["refused"], &told["unanswered"]), (&false.into(), &0.into(), &0.into()), "{told}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_the_report_so_far() {
    for (signal, exit, word) in [("INT", 130, "interrupted"), ("TERM", 143, "terminated"), ("HUP", 129, "hung-up")] {
        let (url, count) = steady(OK);
        let running = load("--for 1h --concurrency 2", &url).spawn();
        let begun = Instant::now();
        while count.load(Ordering::SeqCst) < 20 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it never began");
            std::thread::sleep(Duration::from_millis(10));
        }
        running.signal(signal);
        let done = running.finish();
        assert_eq!(done.output.status.code(), Some(exit), "{}", done.stderr());
        let told = &done.lines()[0];
        assert_eq!(told["ended"], word);
        assert!(told["accepted"].as_u64() >= Some(19), "{told}");
        assert_eq!(told["unanswered"], 0);
    }
}

#[test]
fn a_stdout_that_nobody_reads_hides_no_failure() {
    let stub = stub(|_| (500, Vec::new(), String::new()));
    assert_eq!(load("--count 3", &stub.url).unread().output.status.code(), Some(1));
    let stub = accepting();
    assert_eq!(load("--count 3", &stub.url).unread().output.status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_success() {
    let stub = accepting();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let done = load("--count 3", &stub.url).writing_to(full);
    assert_eq!(done.output.status.code(), Some(3), "{}", done.stderr());
}

#[test]
fn what_makes_no_sense_with_a_load_is_refused() {
    let check = |words: &str, said: &str| drop(load(words, "http://127.0.0.1:9/").exits(2).says(said));
    check("--count 3 --fault tampered", "cannot be used with");
    check("--count 3 --verbose", "cannot be used with");
    check("--for 3s --delay 1s", "cannot be used with");
    check("--count 3 --dry-run", "cannot be used with");
    check("--count 3 --retry provider", "cannot be used with");
    check("--rate 3/s", "required");
    check("--count 0", "0");
    check("--count 3 --rate 3", "write one like 200/s");
    check("--count 3 --concurrency 0", "no number from 1");
    for url in ["https://hooks.example.com/", "http://169.254.169.254/", "http://[fe80::1]:3000/"] {
        load("--count 3", url).exits(2).says("public address").says("--yes");
    }
}

#[test]
fn it_goes_to_a_receiver_of_our_own_and_to_listen() {
    let told = report(hookproof("send superfolio/form.submitted --json --count 50 --to self"), 0);
    assert_eq!(told["accepted"], 50);
    let listener = listen(hookproof("").env("SUPERFOLIO_WEBHOOK_SECRET", SECRET));
    let told = report(load("--count 50", &format!("http://127.0.0.1:{}/", listener.port)), 0);
    assert_eq!(told["accepted"], 50, "each is signed as it should be");
}

/// The log of a CI that gives its jobs a terminal would hold every state of a bar.
#[cfg(target_os = "linux")]
#[test]
fn a_bar_shows_on_a_terminal_where_somebody_looks_on() {
    let (url, _) = steady(OK);
    let shown = |run: Run| {
        let run = run.args(["send", "superfolio/form.submitted", "--unsigned", "--for", "1s", "--to"]).arg(&url);
        run.env("TERM", "xterm").on_a_terminal()
    };
    let Some((code, text)) = shown(Run::new()) else { return };
    assert_eq!((code, text.contains('░'), text.contains(" answers a second")), (Some(0), true, true), "{text}");
    for (name, words) in [("CI", ""), ("X", "--quiet")] {
        let run = Run::new().env(name, "true").args(words.split_whitespace());
        let Some((code, text)) = shown(run) else { return };
        assert_eq!((code, text.contains('░')), (Some(0), false), "{name} {words}: {text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat() {
    let (url, count) = steady(OK);
    let running = load("--for 1h --concurrency 4", &url).spawn();
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line").trim();
        line.split(' ').next().expect("a number").parse::<u64>().expect("a number")
    };
    let until = |wanted: usize| {
        let begun = Instant::now();
        while count.load(Ordering::SeqCst) < wanted {
            assert!(begun.elapsed() < Duration::from_secs(120), "too slow");
            std::thread::sleep(Duration::from_millis(20));
        }
        resident()
    };
    let early = until(2_000);
    let late = until(12_000);
    running.signal("INT");
    running.finish();
    assert!(late < early + 1_500, "{early} kB became {late} kB");
}
