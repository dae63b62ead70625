//! The exit codes that design.md documents, each with commands that produce it.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::{
    BINARY, Run, Running, accepting, free_port, hookproof, listen_with, on_each, openssl_hmac, post, read_request,
    skipped, stub,
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
    let closed = free_port();
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
        check(&format!("send {KOMO} {words} --to {}", free_port()), 3);
    }
    check("verify body -p superfolio --secret k --signature 00", 1);
    check("verify body -p superfolio --secret k --signature 00 --json", 1);
    for line in ["events", "render komo/SiteViewed", "--help", "completions bash", "send komo --to self"] {
        check(line, 0);
    }
}

#[test]
fn a_listener_whose_stdout_is_closed_ends() {
    let (sender, ended) = channel();
    let port = free_port();
    std::thread::spawn(move || sender.send(hookproof(&format!("listen --port {port}")).unread().output.status.code()));
    let deliver = || std::net::TcpStream::connect(("127.0.0.1", port)).map(|_| crate::support::post(port, &[], b"{}"));
    let begun = Instant::now();
    while deliver().is_err() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok(Some(0)));
}

/// A listener that shows more than a pipe holds, and nobody reads it.
fn held(words: &str) -> Running {
    let port = free_port();
    let mut running = hookproof(&format!("listen --json --port {port} {words}")).spawn();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(running.child.try_wait().expect("a child").is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..30 {
        assert_eq!(crate::support::post(port, &[], &[b'x'; 5_000]), 200);
    }
    running
}

/// How long it goes on.
#[track_caller]
fn ends(child: &mut Child) -> Duration {
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if begun.elapsed() > Duration::from_secs(10) {
            child.kill().expect("a child");
            panic!("it did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    begun.elapsed()
}

#[test]
fn a_listener_whose_output_is_held_can_be_interrupted() {
    for signal in ["INT", "TERM"] {
        let mut running = held("");
        running.signal(signal);
        ends(&mut running.child);
        let finished = running.finish();
        assert_eq!(finished.output.status.code(), Some(0), "{}", finished.stderr());
        finished.says("nobody reads stdout").says("30 deliveries: 30 unknown");
    }
}

#[test]
fn a_second_interruption_ends_it_at_once() {
    let mut running = held("");
    running.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    running.signal("TERM");
    // Else it would go on for a second.
    let took = ends(&mut running.child);
    assert!(took < Duration::from_millis(600), "{took:?}");
    assert_eq!(running.finish().output.status.code(), Some(0));
}

#[test]
fn what_a_slow_reader_has_not_read_yet_is_not_lost() {
    let running = held("--count 30");
    std::thread::sleep(Duration::from_millis(2_500));
    let finished = running.finish();
    assert_eq!((finished.output.status.code(), finished.lines().len()), (Some(0), 30), "{}", finished.stderr());
    finished.says("30 deliveries: 30 unknown");

    let mut running = held("--count 30");
    running.signal("INT");
    ends(&mut running.child);
    running.finish().says("30 deliveries: 30 unknown");
}

#[test]
fn a_listener_whose_stderr_is_held_can_be_interrupted() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    // What fits into the pipe is taken; then whoever writes waits.
    let mut filler = writer.try_clone().expect("a pipe");
    let writing = std::thread::spawn(move || while filler.write_all(&[b'x'; 1_024]).is_ok() {});
    std::thread::sleep(Duration::from_millis(300));
    let port = free_port();
    let mut command = Command::new(BINARY);
    command.env_clear().args(["listen", "--port", &port.to_string()]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(writer).spawn().expect("the binary starts");
    // The command keeps the writing end too.
    drop(command);
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never listened");
        std::thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..50 {
        crate::support::raw(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    assert_eq!(crate::support::post(port, &[], b"{}"), 200);
    let kill = Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.expect("kill").success());
    ends(&mut child);
    drop(reader);
    writing.join().expect("the filler ends");
    let output = child.wait_with_output().expect("the binary ends");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!((output.status.code(), shown.contains("unknown")), (Some(0), true), "{shown}");
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
    let port = free_port();
    let running = std::thread::spawn(move || hookproof(&format!("listen --port {port}")).writing_to(full));
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(crate::support::post(port, &[], b"{}"), 200);
    let finished = running.join().expect("it ends");
    assert_eq!(finished.output.status.code(), Some(3), "{}", finished.stderr());
    finished.says("can't write to stdout").says("1 delivery");
}
