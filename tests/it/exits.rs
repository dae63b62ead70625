//! The exit codes that design.md documents, each with commands that produce it.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::programs::Process;
use crate::support::testing::skipped;
use crate::support::{
    Listener, Run, accepting, closed_port, hookproof, listen_onto, listen_with, on_each, openssl_hmac, post, raw,
    read_request, ready_port, stub,
};

const KOMO: &str = "komo/SiteViewed";

/// Expects this exit code of each of these command lines.
#[track_caller]
fn all_exit(code: i32, lines: &[&str]) {
    for line in lines {
        let finished = hookproof(line).file("body", "{}").file("broken/x/provider.toml", "name = ").output();
        let all = finished.stdout() + &finished.stderr();
        assert_eq!(finished.output.status.code(), Some(code), "{line}\n{all}");
    }
}

/// A receiver that answers the first request, and leaves every other one waiting; it tells of each.
fn answering_once() -> (String, Receiver<()>) {
    let (sender, requests) = channel();
    let seen = Arc::new(AtomicUsize::new(0));
    let url = on_each(move |mut stream| {
        while read_request(&mut stream).starts_with("post ") {
            if seen.fetch_add(1, Ordering::Relaxed) == 0 {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
            let _ = sender.send(());
        }
    });
    (url, requests)
}

#[test]
fn zero_means_that_all_went_as_it_should() {
    all_exit(
        0,
        &["--help", "--version", "send --help", "events", "events komo", "render komo/SiteViewed", "completions bash"],
    );
    let stub = accepting();
    all_exit(
        0,
        &[
            &format!("send {KOMO} --to {}", stub.url),
            &format!("send {KOMO} --to {} --dry-run", stub.url),
            "send komo --to self",
            "listen --port 0 --for 200ms",
        ],
    );
    all_exit(0, &[&format!("verify body -p superfolio --secret k --signature {}", openssl_hmac("k", b"{}"))]);
    all_exit(0, &["sign body -p superfolio --secret k"]);
}

#[test]
fn one_means_that_what_was_tested_failed() {
    let refusing = stub(|_| (500, Vec::new(), String::new()));
    let silent = on_each(|mut stream| while stream.read(&mut [0; 512]).is_ok_and(|count| count > 0) {});
    let closing = on_each(|mut stream| drop(read_request(&mut stream)));
    all_exit(
        1,
        &[
            &format!("send {KOMO} --to {}", refusing.url),
            &format!("send {KOMO} --to {silent} --timeout 300ms"),
            &format!("send {KOMO} --to {closing}"),
            "verify body -p superfolio --secret k --signature 00",
            "verify body -p superfolio --secret k --as body",
        ],
    );
}

#[test]
fn two_means_that_the_command_is_wrong() {
    all_exit(
        2,
        &[
            "",
            "--no-such-flag",
            "no-such-command",
            "send",
            "send komo/NoSuchEvent --to 1/",
            "send nobody --to 1/",
            "send superfolio/nothing.* --to 1/",
            "send superfolio --to 1/",
            "send superfolio --to 1/ --secret=",
            "send komo",
            "send komo --to example.com/x",
            "send komo --to 1/ --timeout 5",
            "send komo --to 1/ -H nothing",
            "send komo --to 1/ --set a.b",
            "send komo --to 1/ --set no.such.path=1",
            "send komo --to 1/ --signature-mode token",
            "listen --provider nobody",
            "listen --count 0",
            "listen --max-body much",
            "verify body --as body",
            "verify body -p superfolio --signature 00",
            "verify body -p superfolio --signature 00 --secret=",
            "sign body -p komo --secret k",
            "sign body -p fingerprinting-api --secret k",
            "sign body -p superfolio --secret k --secret-env K",
            "events nobody",
            "render superfolio --color pink",
        ],
    );
}

#[test]
fn three_means_that_it_could_not_be_tested() {
    let closed = closed_port();
    let plain = accepting();
    let plain = plain.url.replace("http://", "https://");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    all_exit(
        3,
        &[
            &format!("send {KOMO} --to {closed}/hook"),
            &format!("send {KOMO} --to http://host.invalid/"),
            &format!("send {KOMO} --to {plain} --timeout 1s"),
            "send superfolio --to 1/ --secret k --body no-such-file",
            "send superfolio --to 1/ --secret-file no-such-file",
            "send superfolio --to 1/ --env-file no-such-file",
            "send komo --to 1/ --data no-such-file",
            "send komo --to 1/ --cacert no-such-file",
            "verify body",
            "send x/event --to 1/ --catalog broken",
            "events --catalog no-such-folder",
            "verify no-such-file -p superfolio --as body --secret k",
            "verify body -p komo --as body",
            "verify body --as http",
            "verify body --as line",
            &format!("listen --port {port}"),
            "listen --host host.invalid",
            "render komo/SiteViewed -o no/such/folder/file",
        ],
    );
}

#[test]
fn an_interrupted_send_reports_what_went_out_so_far() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (url, requests) = answering_once();
        let running =
            hookproof(&format!("send {KOMO} komo/SignUpSuccess komo/WebhookError --timeout 60s --to {url}")).spawn();
        for _ in 0..2 {
            requests.recv_timeout(Duration::from_secs(20)).expect("a request");
        }
        running.signal(signal);
        let finished = running.finish();
        assert_eq!(finished.output.status.code(), Some(code), "{}", finished.stderr());
        finished.prints("← 200 OK").prints("3 deliveries: 1 accepted, 1 unanswered, 1 not sent");
    }
}

#[test]
fn an_interruption_ends_a_delay_too() {
    let (url, requests) = answering_once();
    let running = hookproof(&format!("send {KOMO} komo/SignUpSuccess --delay 1m --json --to {url}")).spawn();
    requests.recv_timeout(Duration::from_secs(20)).expect("a request");
    std::thread::sleep(Duration::from_millis(500));
    running.signal("INT");
    let finished = running.finish();
    assert_eq!(finished.output.status.code(), Some(130));
    assert_eq!(finished.lines().len(), 1);
}

#[test]
fn a_listener_that_told_its_address_can_be_interrupted() {
    for signal in ["INT", "TERM", "HUP"].repeat(4) {
        let listener = listen_with(Run::new(), "");
        listener.signal(signal);
        listener.exits(0);
    }
}

#[test]
#[cfg(unix)]
fn a_hangup_ends_a_listener_as_a_termination_does() {
    let listener = listen_with(Run::new(), "--expect form.submitted --json");
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    // The system and the shell both send one.
    listener.signal("HUP");
    listener.signal("HUP");
    let finished = listener.exits(1).says("1 delivery: 1 unknown");
    assert_eq!(finished.lines().last().map(|line| line["hookproof"].clone()), Some("expected/1".into()));
}

#[test]
#[cfg(unix)]
fn a_hangup_that_is_ignored_at_the_start_stays_so() {
    let ignoring = || Run::after("trap '' HUP");
    let listener = listen_with(ignoring(), "");
    let (url, requests) = answering_once();
    let words = format!("send {KOMO} komo/SignUpSuccess --timeout 60s --to {url}");
    let sending = ignoring().args(words.split_whitespace()).spawn();
    requests.recv_timeout(Duration::from_secs(20)).expect("a request");
    listener.signal("HUP");
    sending.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    listener.signal("TERM");
    listener.exits(0).says("1 delivery");
    sending.signal("TERM");
    assert_eq!(sending.finish().output.status.code(), Some(143));
}

#[test]
fn a_closed_stdout_ends_quietly_and_hides_no_failure() {
    let check = |line: &str, code: i32| {
        let finished = hookproof(line).file("body", "{}").unread();
        assert_eq!(finished.output.status.code(), Some(code), "{line}\n{}", finished.stderr());
        assert!(
            !finished.stderr().contains("panicked") && !finished.stderr().contains("pipe"),
            "{}",
            finished.stderr()
        );
    };
    let good = accepting();
    let bad = stub(|_| (500, Vec::new(), String::new()));
    for words in ["", "--json", "-v"] {
        check(&format!("send {KOMO} {words} --to {}", good.url), 0);
        check(&format!("send {KOMO} {words} --to {}", bad.url), 1);
        check(&format!("send {KOMO} {words} --to {}", closed_port()), 3);
    }
    check("verify body -p superfolio --secret k --signature 00", 1);
    check("verify body -p superfolio --secret k --signature 00 --json", 1);
    for line in ["events", "render komo/SiteViewed", "--help", "completions bash", "send komo --to self"] {
        check(line, 0);
    }
}

#[test]
fn a_listener_whose_stdout_is_closed_ends() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut listener = listen_onto(Run::new(), &[], writer);
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    ends(&mut listener.running.child);
    listener.exits(0);
}

/// A listener that shows more than a pipe holds, and nobody reads it.
fn held(words: &str) -> Listener {
    let listener = listen_with(Run::new(), &format!("--json {words}"));
    for _ in 0..30 {
        assert_eq!(post(listener.port, &[], &[b'x'; 5_000]), 200);
    }
    listener
}

/// Waits until it ends, without reading what it writes.
#[track_caller]
fn ends(child: &mut Process) {
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it did not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_listener_whose_output_is_held_can_be_interrupted() {
    for signal in ["INT", "TERM"] {
        let mut listener = held("");
        listener.signal(signal);
        ends(&mut listener.running.child);
        listener.exits(0).says("nobody reads stdout").says("30 deliveries: 30 unknown");
    }
}

#[test]
fn a_second_interruption_ends_it_at_once() {
    let mut listener = held("");
    listener.signal("TERM");
    listener.signal("INT");
    ends(&mut listener.running.child);
    // After one signal it waits for a reader of stdout, and then prints a summary.
    let told = listener.exits(0).stderr();
    assert!(!told.contains("nobody reads stdout") && !told.contains("30 deliveries"), "{told}");
}

#[test]
fn what_a_slow_reader_has_not_read_yet_is_not_lost() {
    let listener = held("--count 30");
    std::thread::sleep(Duration::from_millis(2_500));
    let finished = listener.exits(0).says("30 deliveries: 30 unknown");
    assert_eq!(finished.lines().len(), 30, "{}", finished.stderr());

    let mut listener = held("--count 30");
    listener.signal("INT");
    ends(&mut listener.running.child);
    listener.exits(0).says("30 deliveries: 30 unknown");
}

#[test]
fn a_listener_whose_stderr_is_held_can_be_interrupted() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    // What fits into the pipe is taken; then whoever writes waits.
    let mut filler = writer.try_clone().expect("a pipe");
    let writing = std::thread::spawn(move || while filler.write_all(&[b'x'; 1_024]).is_ok() {});
    std::thread::sleep(Duration::from_millis(300));
    let run = hookproof("listen --port 0 --ready-file ready");
    let ready = run.folder().join("ready");
    let mut running = run.spawn_with(Stdio::piped(), writer);
    let port = ready_port(&ready);
    for _ in 0..50 {
        raw(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    assert_eq!(post(port, &[], b"{}"), 200);
    running.signal("TERM");
    ends(&mut running.child);
    drop(reader);
    writing.join().expect("the filler ends");
    let finished = running.finish().prints("unknown");
    assert_eq!(finished.output.status.code(), Some(0));
}

#[test]
fn a_full_disk_is_no_success() {
    let full = || std::fs::File::options().write(true).open("/dev/full");
    if full().is_err() {
        return skipped("there is no /dev/full here");
    }
    let check = |line: &str, code: i32| {
        let finished = hookproof(line).file("body", "{}").writing_to(full().expect("/dev/full"));
        assert_eq!(finished.output.status.code(), Some(code), "{line}\n{}", finished.stderr());
        assert_eq!(finished.stderr().matches("can't write to stdout").count(), 1, "{line}\n{}", finished.stderr());
    };
    for line in ["render komo/SiteViewed", "events", "--help", "--version", "completions bash"] {
        check(line, 3);
    }
    check("send komo/SiteViewed --to self", 3);
    // What is worse stays.
    check("verify body -p superfolio --secret k --signature 00", 1);
}

#[test]
fn a_listener_whose_disk_is_full_ends_and_is_no_success() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        return skipped("there is no /dev/full here");
    };
    let listener = listen_onto(Run::new(), &[], full);
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    listener.exits(3).says("can't write to stdout").says("1 delivery");
}
