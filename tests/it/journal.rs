//! The journal: what `listen` keeps whatever happens, and `history`, which reads it.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use hookproof::wire;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Finished, Listener, Run, hookproof, listen_with, openssl_hmac, post, raw, skipped};

const SECRET: &str = "correct-horse-battery-staple";
const FORM: &[u8] = br#"{"event_id":"e1","event_type":"form.submitted","scope":"s","data":{"n":5},"event_data":{}}"#;
const FINGERPRINT: &[u8] =
    br#"{"id":"1","visitor":{"id":"v","firstSeen":"x"},"trafficSource":{},"device":{},"screen":{}}"#;

/// A folder with a journal in it, which several runs share.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal.jsonl")
    }

    fn rolled(&self) -> PathBuf {
        self.folder.path().join("journal.jsonl.1")
    }

    fn with(&self, run: Run) -> Run {
        run.env("HOOKPROOF_JOURNAL", self.path().to_str().expect("text"))
    }

    #[track_caller]
    fn listen(&self, words: &str) -> Listener {
        listen_with(self.with(Run::new()), words)
    }

    fn history(&self, words: &str) -> Run {
        self.with(hookproof(&format!("history {words}")))
    }

    /// A listener with these words catches these bodies.
    #[track_caller]
    fn catches(&self, words: &str, bodies: &[&[u8]]) {
        let listener = self.listen(&format!("--count {} {words}", bodies.len()));
        for body in bodies {
            assert_eq!(post(listener.port, &[], body), 200);
        }
        listener.exits(0);
    }
}

/// Every line of a file as JSON.
#[track_caller]
fn lines_of(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("text");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn bodies(lines: &[Value]) -> Vec<String> {
    lines.iter().map(|line| line["body"].as_str().expect("a body").to_string()).collect()
}

/// A connection that stays open for many deliveries.
struct Sender(BufReader<TcpStream>);

impl Sender {
    fn new(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
        Self(BufReader::new(stream))
    }

    /// The status that a body is answered with; nothing where the other side is gone.
    fn send(&mut self, headers: &[u8], body: &[u8]) -> Option<u16> {
        let head = format!("POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
        self.0.get_mut().write_all(&[head.as_bytes(), headers, b"\r\n", body].concat()).ok()?;
        let (mut first, mut length) = (String::new(), 0);
        self.0.read_line(&mut first).ok()?;
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_lowercase();
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        std::io::Read::read_exact(&mut self.0, &mut vec![0; length]).ok()?;
        first.split_whitespace().nth(1)?.parse().ok()
    }
}

/// Whether a value is of the form that a part of the schema gives it, as far as our schema goes.
fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    let fail = |what: &str| Err(format!("{value} has not {what} of {schema}"));
    let is = |kind: &Value| match kind.as_str().expect("a type") {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema has a type {other}"),
    };
    for (key, part) in schema.as_object().expect("a schema") {
        let holds = match key.as_str() {
            "type" => part.as_array().map_or_else(|| is(part), |kinds| kinds.iter().any(is)),
            "const" => value == part,
            "enum" => part.as_array().expect("values").contains(value),
            "required" => part.as_array().expect("keys").iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
            "oneOf" => part.as_array().expect("forms").iter().filter(|form| fits(value, form).is_ok()).count() == 1,
            "properties" => {
                for (key, value) in value.as_object().expect("an object") {
                    fits(value, part.get(key).ok_or_else(|| format!("`{key}` is not in the schema"))?)?;
                }
                true
            }
            "items" => value.as_array().expect("items").iter().all(|item| fits(item, part).is_ok()),
            "prefixItems" => {
                let forms = part.as_array().expect("forms");
                forms.iter().zip(value.as_array().expect("items")).all(|(form, item)| fits(item, form).is_ok())
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= part.as_u64().expect("a number")),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= part.as_u64().expect("a number")),
            "minimum" => value.as_u64() >= part.as_u64(),
            "maximum" => value.as_u64() <= part.as_u64(),
            "pattern" => value.as_str().is_some_and(|id| id.len() == 8 && !id.contains(['i', 'l', 'o', 'u'])),
            "format" | "contentEncoding" | "description" | "title" | "$schema" => true,
            other => panic!("the schema has a `{other}` that this test can't judge"),
        };
        if !holds {
            return fail(key);
        }
    }
    Ok(())
}

#[test]
fn every_line_is_of_the_form_that_the_schema_tells() {
    let shelf = Shelf::new();
    let signature = openssl_hmac(SECRET, FORM);
    let listener = listen_with(shelf.with(Run::new()).env("HOOKPROOF_SECRET", SECRET), "");
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &signature), ("X-A", "1"), ("x-a", "2")], FORM), 200);
    post(listener.port, &[("X-Superfolio-Signature", "00")], FORM);
    post(listener.port, &[("X-Webhook-Signature", SECRET)], FINGERPRINT);
    post(listener.port, &[], b"\xff");
    Sender::new(listener.port).send(b"X-Latin: caf\xe9\r\n", b"");
    listener.signal("TERM");
    listener.exits(0);
    let schema: Value = serde_json::from_str(&hookproof("history --schema").exits(0).stdout()).expect("JSON");
    let lines = lines_of(&shelf.path());
    for line in &lines {
        assert_eq!(fits(line, &schema), Ok(()), "{line}");
    }
    // Every member that the schema names was there, and none is missing by chance.
    for key in schema["properties"].as_object().expect("members").keys() {
        assert!(lines.iter().any(|line| line.get(key).is_some()), "no line has `{key}`");
    }
    let told = |key: &str| lines.iter().map(|line| line[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("verdict"), ["valid", "invalid", "valid", "unknown", "unknown"]);
    assert_eq!(lines.iter().map(|line| &line["answer"]["status"]).collect::<Vec<_>>(), [200, 401, 200, 401, 401]);
    assert_eq!(lines[0]["event"], "form.submitted");
    assert_eq!(lines[2]["events"], json!(["NEW_VISIT", "NEW_VISITOR"]));
    assert_eq!((&lines[3]["body"], &lines[3]["body_base64"]), (&Value::Null, &json!("/w==")));
    assert!(lines[4]["headers"].as_array().unwrap().contains(&json!(["x-latin", { "base64": "Y2Fm6Q==" }])));
    let received = lines[0]["received"].as_str().unwrap();
    assert!(received.len() == "2026-06-01T12:00:00.123456Z".len() && received.ends_with('Z'), "{received}");
    for (broken, instead) in
        [("id", json!("short")), ("answer", json!({})), ("headers", json!([["x"]])), ("body", json!(1))]
    {
        let mut line = lines[0].clone();
        line[broken] = instead;
        assert!(fits(&line, &schema).is_err(), "the schema takes any {broken}");
    }
}

#[test]
fn the_journal_is_in_the_state_directory_and_its_owners_alone() {
    let run = Run::new();
    let home = run.folder().to_path_buf();
    let listener = listen_with(run, "--count 1");
    post(listener.port, &[], b"{}");
    let folder = home.join(".local/state/hookproof");
    let path = folder.join("journal.jsonl");
    assert_eq!(lines_of(&path).len(), 1, "it is there before the answer is");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
    }
    listener.exits(0).says(path.to_str().expect("text"));
}

#[cfg(unix)]
#[test]
fn a_journal_that_others_could_read_is_its_owners_alone_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = Shelf::new();
    fs::write(shelf.path(), "").expect("a file");
    fs::set_permissions(shelf.path(), fs::Permissions::from_mode(0o644)).expect("a mode");
    shelf.catches("", &[b"1"]);
    assert_eq!(fs::metadata(shelf.path()).expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_folder_in_the_way_of_a_full_journal_is_named_at_once_and_when_it_is_full() {
    let shelf = Shelf::new();
    let listener = shelf.listen("--journal-max 1KB");
    fs::create_dir(shelf.rolled()).expect("a folder");
    let body = format!("\"{}\"", "x".repeat(700));
    assert_eq!([200, 503], [(), ()].map(|()| post(listener.port, &[], body.as_bytes())));
    listener.signal("TERM");
    listener.exits(3).says("journal.jsonl.1");
    assert_eq!(lines_of(&shelf.path()).len(), 1, "nothing of the other one stays");
    let journal = shelf.path();
    let command = format!("listen --port 0 --journal {}", journal.display());
    hookproof(&command).exits(3).says("journal.jsonl.1, and that is a directory");
}

#[test]
fn flag_variable_and_state_directory_say_where_in_this_order() {
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_string();
    let keeps = |run: Run, words: &str| {
        let listener = listen_with(run.env("XDG_STATE_HOME", &at("state")), &format!("--count 1 {words}"));
        post(listener.port, &[], b"{}");
        listener.exits(0)
    };
    keeps(Run::new(), "");
    assert!(Path::new(&at("state/hookproof/journal.jsonl")).exists());
    keeps(Run::new().env("HOOKPROOF_JOURNAL", &at("variable")), "");
    keeps(Run::new().env("HOOKPROOF_JOURNAL", &at("variable")), &format!("--journal {}", at("new/flag")));
    let none = keeps(Run::new().env("HOOKPROOF_JOURNAL", ""), "");
    assert!(!none.stderr().contains("journal"), "{}", none.stderr());
    keeps(Run::new().env("HOOKPROOF_JOURNAL", &at("variable")), "--journal=");
    for name in ["state/hookproof/journal.jsonl", "variable", "new/flag"] {
        assert_eq!(lines_of(Path::new(&at(name))).len(), 1, "{name}");
    }
    hookproof("history").env("HOOKPROOF_JOURNAL", "").exits(2).says("--journal FILE");
}

#[test]
fn a_place_that_takes_no_journal_is_an_error() {
    let check = |path: &str| {
        let finished = hookproof("listen --port 0 --for 1s --journal").arg(path).exits(3);
        finished.says("can't keep a journal in").says("--journal FILE keeps it elsewhere");
    };
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_string();
    fs::write(at("file"), "").expect("a file");
    check(&at("file/journal"));
    check(&at(""));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        check("/dev/null");
        fs::create_dir(at("closed")).expect("a folder");
        fs::set_permissions(at("closed"), fs::Permissions::from_mode(0o500)).expect("a mode");
        if fs::write(at("closed/x"), "").is_ok() {
            skipped("to this user no folder is read-only");
        } else {
            check(&at("closed/journal"));
        }
    }
}

#[test]
fn only_listen_keeps_a_journal() {
    let shelf = Shelf::new();
    shelf.with(hookproof("send komo --to self")).exits(0);
    shelf.with(hookproof("events komo")).exits(0);
    assert!(!shelf.path().exists());
}

#[test]
fn what_was_answered_is_kept_though_the_listener_is_killed() {
    for after in [15, 60, 200] {
        let shelf = Shelf::new();
        // What nobody reads would hold up the answers.
        let listener = shelf.listen("--compact");
        let port = listener.port;
        let is_over = Arc::new(AtomicBool::new(false));
        let burst = |thread: usize| {
            let is_over = is_over.clone();
            move || {
                let mut sender = Sender::new(port);
                let mut answered = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let body = format!(
                        "{{\"thread\":{thread},\"number\":{},\"pad\":\"{}\"}}",
                        answered.len(),
                        "x".repeat(20_000)
                    );
                    if sender.send(b"", body.as_bytes()) != Some(200) {
                        break;
                    }
                    answered.push(body);
                }
                answered
            }
        };
        let threads: Vec<_> = (0..8).map(|thread| std::thread::spawn(burst(thread))).collect();
        std::thread::sleep(Duration::from_millis(after));
        listener.signal("KILL");
        let answered: Vec<String> = threads.into_iter().flat_map(|thread| thread.join().expect("answers")).collect();
        is_over.store(true, Ordering::Relaxed);
        let kept = bodies(&shelf.history("--json").exits(0).lines());
        let kept: std::collections::HashSet<&str> = kept.iter().map(String::as_str).collect();
        let lost = answered.iter().filter(|body| !kept.contains(body.as_str())).count();
        assert_eq!(lost, 0, "of {} answered", answered.len());
        // The next one goes on behind whatever is there.
        shelf.catches("", &[b"{\"next\":1}"]);
        let newest = shelf.history("--last 1 --json").exits(0).lines();
        assert_eq!(bodies(&newest), ["{\"next\":1}"]);
    }
}

#[test]
fn two_listeners_share_a_journal_and_tear_no_line() {
    const EACH: usize = 150;
    for words in ["--compact", "--compact --journal-max 60KB"] {
        let shelf = Shelf::new();
        let listeners = [shelf.listen(words), shelf.listen(words)];
        let burst = |port: u16, thread: usize| {
            move || {
                let mut sender = Sender::new(port);
                for number in 0..EACH {
                    let body =
                        format!("{{\"thread\":{thread},\"number\":{number},\"pad\":\"{}\"}}", "x".repeat(number * 7));
                    assert_eq!(sender.send(b"", body.as_bytes()), Some(200));
                }
            }
        };
        let ports = listeners.iter().map(|listener| listener.port).cycle();
        let threads: Vec<_> =
            ports.take(6).enumerate().map(|(thread, port)| std::thread::spawn(burst(port, thread))).collect();
        for thread in threads {
            thread.join().expect("all answered");
        }
        // Both write into the file of that name, whoever rolled it.
        for (listener, body) in listeners.iter().zip(["\"one\"", "\"two\""]) {
            assert_eq!(post(listener.port, &[], body.as_bytes()), 200);
        }
        let current = lines_of(&shelf.path());
        assert_eq!(bodies(&current)[current.len() - 2..], ["\"one\"", "\"two\""]);
        let mut all = current;
        if words == "--compact" {
            assert_eq!(all.len(), 6 * EACH + 2);
        } else {
            assert!(fs::metadata(shelf.path()).unwrap().len() <= 60_000);
            assert!(fs::metadata(shelf.rolled()).unwrap().len() <= 60_000);
            all.extend(lines_of(&shelf.rolled()));
        }
        let ids: std::collections::HashSet<&str> = all.iter().map(|line| line["id"].as_str().expect("an id")).collect();
        assert_eq!(ids.len(), all.len());
        for listener in listeners {
            listener.signal("TERM");
            listener.exits(0);
        }
    }
}

#[test]
fn at_its_limit_a_journal_rolls_once() {
    let shelf = Shelf::new();
    let body = |number: usize| format!("{{\"number\":{number},\"pad\":\"{}\"}}", "x".repeat(1_000));
    let all: Vec<String> = (0..20).map(body).collect();
    let sent: Vec<&[u8]> = all.iter().map(String::as_bytes).collect();
    shelf.catches("--journal-max 5KB", &sent);
    let (older, newer) = (bodies(&lines_of(&shelf.rolled())), bodies(&lines_of(&shelf.path())));
    assert!(!older.is_empty() && !newer.is_empty());
    assert_eq!(fs::read_dir(shelf.folder.path()).expect("a folder").count(), 2);
    for path in [shelf.rolled(), shelf.path()] {
        assert!(fs::metadata(path).expect("a file").len() <= 5_000);
    }
    let both = [older, newer].concat();
    assert_eq!(both, all[20 - both.len()..], "the last ones in their order");
    assert_eq!(bodies(&shelf.history("--json").exits(0).lines()), both, "the rolled file comes first");
    assert_eq!(bodies(&shelf.history("--json --last 100").exits(0).lines()), both);
    let last = &both[both.len() - 4..];
    assert_eq!(bodies(&shelf.history("--json --last 4").exits(0).lines()), last);
    // One that is longer than the limit is kept all the same.
    shelf.catches("--journal-max 100B", &[b"\"long\""]);
    assert_eq!(bodies(&lines_of(&shelf.path())), ["\"long\""]);
    hookproof("listen --port 0 --journal-max 0").exits(2);
}

#[test]
fn damage_is_passed_over_and_writing_goes_on() {
    let shelf = Shelf::new();
    shelf.catches("", &[b"1", b"2", b"3"]);
    let whole = fs::read(shelf.path()).expect("the journal");
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let other = b"{\"hookproof\":\"delivery/1\"}\n";
    let cut = &lines[2][..lines[2].len() / 2];
    let damaged = [lines[0], b"\x00\xff garbage\n", b"\n", lines[1], other, cut].concat();
    fs::write(shelf.path(), damaged).expect("the journal");
    shelf.catches("", &[b"4"]);
    let finished = shelf.history("--json").exits(0);
    assert_eq!(bodies(&finished.lines()), ["1", "2", "4"]);
    let path = shelf.path().canonicalize().expect("a path");
    let finished = finished.says(&format!("line 2 of {} is damaged: passed over", path.display()));
    let finished = finished.says("line 5 of").says("marked `delivery/1`").says("line 6 of");
    assert_eq!(finished.stderr().lines().count(), 3, "{}", finished.stderr());
    let finished = shelf.history("--json --last 2").exits(0).says("line 2 from the end");
    assert_eq!(bodies(&finished.lines()), ["2", "4"]);
    // A line that is under way or was cut is the last one.
    fs::write(shelf.path(), [lines[0], cut].concat()).expect("the journal");
    assert_eq!(bodies(&shelf.history("--json --last 5").exits(0).says("the last line").lines()), ["1"]);
    fs::write(shelf.path(), b"{\n".repeat(40)).expect("the journal");
    shelf.history("").exits(0).says("line 10 of").says("40 lines in all were passed over");
}

#[test]
fn secrets_and_credentials_are_not_kept() {
    let headers = |words: &str, run: Run| -> (String, Vec<Value>) {
        let shelf = Shelf::new();
        let listener = listen_with(shelf.with(run), words);
        let head = format!(
            "POST /hook?token={SECRET} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic b64\r\nCookie: a=b\r\nX-API-Key: k1\r\n\
             X-Echo: v={SECRET}\r\nX-Webhook-Signature: {SECRET}\r\nX-Superfolio-Signature: 00\r\nContent-Length: 2\r\n\
             Connection: close\r\n\r\n{{}}"
        );
        raw(listener.port, head.as_bytes());
        listener.signal("TERM");
        listener.exits(0);
        let text = fs::read_to_string(shelf.path()).expect("the journal");
        let line: Value = serde_json::from_str(&text).expect("a line");
        (text, line["headers"].as_array().expect("headers").clone())
    };
    for (words, is_kept) in [("", false), ("--keep-headers", true)] {
        for provider in ["", " -p fingerprinting-api"] {
            let (text, headers) = headers(&format!("{words}{provider}"), Run::new().env("HOOKPROOF_SECRET", SECRET));
            let has = |name: &str, value: &str| assert!(headers.contains(&json!([name, value])), "{name}: {text}");
            assert!(!text.contains(SECRET), "{text}");
            assert!(text.contains("\"target\":\"/hook?token=[secret]\""), "{text}");
            for (name, value) in [("authorization", "Basic b64"), ("cookie", "a=b"), ("x-api-key", "k1")] {
                has(name, if is_kept { value } else { "[redacted]" });
            }
            has("x-echo", "v=[secret]");
            has("x-superfolio-signature", "00");
            has("x-webhook-signature", &format!("[token, {} characters]", SECRET.len()));
        }
    }
    let (text, _) = headers("", Run::new());
    assert!(text.contains(SECRET), "of a secret that was not given nobody knows");
}

#[test]
fn any_bytes_come_back_as_they_were_sent() {
    let shelf = Shelf::new();
    let listener = shelf.listen("--keep-headers");
    let sender = RefCell::new(Sender::new(listener.port));
    let legal = prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff];
    let header = ("x-[a-z!#$%&'*+.^_`|~0-9-]{1,9}", prop::collection::vec(legal, 0..30));
    let any = (prop::collection::vec(any::<u8>(), 0..300), prop::collection::vec(header, 0..6));
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_121),
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&any, |(body, headers)| {
        let mut head = Vec::new();
        for (name, value) in &headers {
            head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        prop_assert_eq!(sender.borrow_mut().send(&head, &body), Some(200));
        let text = fs::read(shelf.path()).expect("the journal");
        let last = text.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().expect("a line");
        prop_assert!(last.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f), "no raw control byte");
        let capture = wire::read_line(last).expect("an entry");
        prop_assert_eq!(capture.delivery.body, body);
        // White space around a value is none of it. Of one name they stand in their order.
        for (name, _) in &headers {
            let sent: Vec<&[u8]> =
                headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.trim_ascii()).collect();
            prop_assert_eq!(capture.delivery.headers.all(name).collect::<Vec<_>>(), sent);
        }
        Ok(())
    });
    listener.signal("TERM");
    listener.exits(0);
    result.expect("every delivery survives");
}

/// Sends until one is refused; the status, and how many were taken.
fn until_refused(port: u16) -> (Option<u16>, usize) {
    let mut sender = Sender::new(port);
    let body = format!("\"{}\"", "x".repeat(1_500));
    for taken in 0..1_000 {
        match sender.send(b"", body.as_bytes()) {
            Some(200) => {}
            other => return (other, taken),
        }
    }
    (Some(200), 1_000)
}

/// Expects that this many lines stand there and nothing half-written.
#[track_caller]
fn is_whole(path: &Path, lines: usize) {
    let text = fs::read(path).expect("the journal");
    assert!(text.ends_with(b"\n"), "the last line is whole");
    assert_eq!(lines_of(path).len(), lines);
}

#[test]
#[cfg(unix)]
fn a_write_that_fails_leaves_nothing_and_is_told_once() {
    let shelf = Shelf::new();
    // A file that may grow no further takes the first part of a line, as a full disk does.
    let listener = listen_with(shelf.with(Run::after("trap '' 25; ulimit -S -f 13")), "");
    let (status, taken) = until_refused(listener.port);
    assert_eq!(status, Some(503));
    assert!(taken > 1, "{taken}");
    is_whole(&shelf.path(), taken);
    assert_eq!(until_refused(listener.port), (Some(503), 0));
    is_whole(&shelf.path(), taken);
    // A shorter one may still find room.
    let status = post(listener.port, &[], b"");
    is_whole(&shelf.path(), taken + usize::from(status == 200));
    listener.signal("TERM");
    let finished = listener.exits(3).says("can't write to the journal").says("could not be kept");
    assert_eq!(finished.stderr().matches("File too large").count(), 1, "{}", finished.stderr());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_recovered_from() {
    let disk = TempDir::new().expect("a folder");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"]).arg(disk.path()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        skipped("no tmpfs can be mounted here");
        return;
    }
    let path = disk.path().join("journal.jsonl");
    fs::write(disk.path().join("filler"), vec![0; 64 << 10]).expect("a file");
    let listener = listen_with(Run::new().args(["--color", "never"]), &format!("--journal {}", path.display()));
    let (status, taken) = until_refused(listener.port);
    assert_eq!(status, Some(503));
    assert!(taken > 10, "{taken}");
    is_whole(&path, taken);
    assert_eq!(until_refused(listener.port), (Some(503), 0));
    fs::remove_file(disk.path().join("filler")).expect("the filler");
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    is_whole(&path, taken + 1);
    listener.signal("TERM");
    let finished = listener.exits(3);
    let _ = Command::new("umount").arg("-l").arg(disk.path()).status();
    let finished = finished.says("No space left on device").says("2 deliveries were answered 503");
    assert_eq!(finished.stderr().matches("No space left").count(), 1, "{}", finished.stderr());
    finished.says("2 could not be kept");
}

/// A journal of four entries, and their ids.
fn four() -> (Shelf, Vec<String>) {
    let shelf = Shelf::new();
    let listener = listen_with(shelf.with(Run::new()).env("HOOKPROOF_SECRET", SECRET), "--count 4");
    let signature = openssl_hmac(SECRET, FORM);
    post(listener.port, &[("X-Superfolio-Signature", &signature), ("X-Request-Id", "42-a")], FORM);
    post(listener.port, &[("X-Superfolio-Signature", "00"), ("X-Request-Id", "43")], FORM);
    post(listener.port, &[("X-Webhook-Signature", SECRET)], FINGERPRINT);
    post(listener.port, &[], b"{\"a\":\"\\u001b[31m\"}");
    listener.exits(0);
    let ids = lines_of(&shelf.path()).iter().map(|line| line["id"].as_str().expect("an id").to_string()).collect();
    (shelf, ids)
}

/// The first word of each line.
fn ids(finished: &Finished) -> Vec<String> {
    finished.stdout().lines().map(|line| line.split(' ').next().unwrap_or_default().to_string()).collect()
}

#[test]
fn history_lists_what_is_asked_for() {
    let (shelf, all) = four();
    let check = |words: &[&str], expected: &[usize]| {
        let code = i32::from(expected.is_empty());
        let finished = shelf.history("").args(words).exits(code);
        let expected: Vec<&String> = expected.iter().map(|index| &all[*index]).collect();
        assert_eq!(ids(&finished).iter().collect::<Vec<_>>(), expected, "{words:?}");
        let lines = shelf.history("--json").args(words).exits(code).lines();
        assert_eq!(lines.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), expected, "{words:?}");
    };
    check(&[], &[0, 1, 2, 3]);
    check(&["--last", "2"], &[2, 3]);
    check(&["--event", "form.*"], &[0, 1]);
    check(&["--event", "superfolio/*", "--event", "unknown"], &[0, 1, 3]);
    check(&["--event", "NEW_VISITOR"], &[2]);
    check(&["--event", "form.*", "--last", "1"], &[1]);
    check(&["--verdict", "valid"], &[0, 2]);
    check(&["--verdict", "valid", "--verdict", "unknown"], &[0, 2, 3]);
    check(&["--id", "e1"], &[0, 1]);
    check(&["--id", "nobody"], &[]);
    check(&["--header", "x-request-id: 42*"], &[0]);
    check(&["--header", "X-Request-Id: *", "--verdict", "invalid"], &[1]);
    check(&["--where", "data.n=5"], &[0, 1]);
    check(&["--where", "/data/n=5", "--where", "event_id=e1", "--event", "superleap"], &[]);
    check(&["--where", "visitor.id=v"], &[2]);
    check(&["--since", "1h"], &[0, 1, 2, 3]);
    check(&["--until", "1h"], &[]);
    check(&["--since", "2020-01-01T00:00:00Z", "--until", "1600000000"], &[]);
    shelf.history("--event nothing").exits(1).says("no entry is like that");
    let row = shelf.history("--last 2").exits(0).stdout();
    let row = row.lines().next().expect("a line").split_whitespace().collect::<Vec<_>>();
    let size = FINGERPRINT.len().to_string();
    let expected = ["fingerprinting-api/NEW_VISIT", "or", "NEW_VISITOR", "valid", "200", &size, "B"];
    assert_eq!(row[3..10], expected);
    for wrong in
        ["--verdict good", "--where a", "--where .=1", "--header x", "--since 5", "--last x", "abc", "not-an-id"]
    {
        let code = if wrong == "--since 5" { 0 } else { 2 };
        shelf.history(wrong).exits(code);
    }
    hookproof("history --journal not-there").exits(3).says("hookproof listen");
    hookproof("history --journal .").exits(3).says("is a directory");
}

#[test]
fn history_shows_one_in_full_by_the_beginning_of_its_id() {
    let (shelf, all) = four();
    let finished = shelf.history(&all[0][..6]).exits(0);
    let text = finished.stdout();
    assert!(text.starts_with(&all[0]) && text.contains("POST /hook") && text.contains("→ 200"), "{text}");
    assert!(text.contains("\n  x-request-id: 42-a\n") && text.contains("\n  from 127.0.0.1:"), "{text}");
    assert!(
        text.ends_with("    \"event_data\": {}\n  }\n") && text.contains("\n    \"event_id\": \"e1\",\n"),
        "{text}"
    );
    assert!(shelf.history(&all[2]).exits(0).stdout().contains("[token, 28 characters]"));
    assert!(!shelf.history(&all[3].to_uppercase()).exits(0).stdout().contains('\u{1b}'));
    let line = shelf.history(&format!("{} --json", all[1])).exits(0).stdout();
    assert_eq!(line, fs::read_to_string(shelf.path()).unwrap().split_inclusive('\n').nth(1).expect("a line"));
    shelf.history("zzzzzzzz").exits(2).says("has an id like zzzzzzzz").says("hint: ");
    let text = fs::read_to_string(shelf.path()).expect("the journal");
    let text = text.replace(&all[0], "abcdefgh").replace(&all[1], "abcdezzz");
    fs::write(shelf.path(), text).expect("the journal");
    shelf.history("abcde").exits(2).says("2 entries").says("abcdezzz or abcdefgh");
    shelf.history("abcdef").exits(0).prints("abcdefgh");
}

#[test]
fn history_prints_the_journals_own_lines_and_nothing_raw() {
    let (shelf, _) = four();
    let finished = shelf.history("--json").exits(0);
    assert_eq!(finished.stdout(), fs::read_to_string(shelf.path()).expect("the journal"));
    // A journal that another hand wrote drives no terminal either.
    let text = fs::read_to_string(shelf.path()).expect("the journal");
    fs::write(shelf.path(), text.replace("form.submitted", "form\u{9b}31m\u{202e}\\u001b[2J")).expect("the journal");
    for words in ["", "--json"] {
        let text = shelf.history(words).exits(0).stdout();
        assert!(!text.contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{text:?}");
    }
}

#[test]
fn a_history_that_nobody_reads_ends_quietly() {
    let (shelf, _) = four();
    for words in ["", "--json", "--last 3", "--follow"] {
        let finished = shelf.history(words).unread();
        assert_eq!((finished.output.status.code(), finished.stderr().as_str()), (Some(0), ""), "{words}");
    }
}

#[test]
fn what_another_hand_wrote_drives_no_terminal() {
    let (shelf, _) = four();
    let line = fs::read_to_string(shelf.path()).expect("the journal").lines().next().expect("a line").to_string();
    let id = line.split('"').nth(7).expect("an id").to_string();
    let odd = |end: &str| line.replace(&id, &format!("zzzz\\u001b[31m{end}"));
    let mark = "{\"hookproof\":\"\\u001b[31mred\\u0007\"}";
    fs::write(shelf.path(), [mark, &odd("1"), &odd("2"), ""].join("\n")).expect("the journal");
    let damaged = line.replace("\"headers\":[", "\"headers\":[1,");
    fs::write(shelf.rolled(), damaged + "\n").expect("the journal");
    shelf.history(&id).exits(3).says("since it is damaged: `headers` is missing or of another type");
    for (words, code) in [("", 0), ("zzzz", 2), ("--last 3", 0)] {
        let finished = shelf.history(words).exits(code);
        let all = finished.stdout() + &finished.stderr();
        assert!(all.contains("\\u{1b}[31m") && !all.contains(['\u{1b}', '\u{7}']), "{words}: {all:?}");
    }
}

/// The processor time of a process, in ticks.
#[cfg(target_os = "linux")]
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("a process");
    let numbers = stat.rsplit(')').next().expect("numbers");
    numbers.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn a_history_that_follows_what_was_rolled_away_idles() {
    let (shelf, _) = four();
    fs::rename(shelf.path(), shelf.rolled()).expect("a roll");
    let running = shelf.history("--follow").spawn();
    std::thread::sleep(Duration::from_secs(1));
    assert!(ticks(running.child.id()) < 30, "it waits and does not spin");
    running.signal("TERM");
    running.finish();
}

#[test]
fn history_follows_through_a_roll() {
    for words in ["--follow", "--follow --last 1"] {
        let shelf = Shelf::new();
        shelf.catches("", &[b"\"first\""]);
        let mut following = shelf.history("--json").args(words.split(' ')).spawn();
        let shown = BufReader::new(following.child.stdout.take().expect("stdout"));
        let (sender, lines) = channel();
        std::thread::spawn(move || shown.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let next = || {
            let line = lines.recv_timeout(Duration::from_secs(10)).expect("a line in time");
            serde_json::from_str::<Value>(&line).expect("JSON")["body"].as_str().expect("a body").to_string()
        };
        assert_eq!(next(), "\"first\"");
        // The first part of a line is none, and may be taken back; so may be all of it.
        let mut file = fs::OpenOptions::new().append(true).open(shelf.path()).expect("the journal");
        let whole = file.metadata().expect("a file").len();
        file.write_all(b"{\"hookproof\"").expect("a write");
        for length in [whole, 0] {
            std::thread::sleep(Duration::from_millis(250));
            file.set_len(length).expect("a shorter file");
        }
        std::thread::sleep(Duration::from_millis(250));
        let listener = shelf.listen("--journal-max 2KB");
        let begun = Instant::now();
        for number in 0..6 {
            let body = format!("\"{number}{}\"", "x".repeat(700));
            assert_eq!(post(listener.port, &[], body.as_bytes()), 200);
            assert_eq!(next(), body, "{words}");
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert!(shelf.rolled().exists());
        following.child.kill().expect("a kill");
        listener.signal("TERM");
        listener.exits(0);
        assert_eq!(following.finish().stderr(), "");
    }
}

#[test]
fn verify_reads_a_journal() {
    let (shelf, _) = four();
    let path = shelf.path();
    let run = hookproof("verify -p superfolio --json").arg(&path).env("HOOKPROOF_SECRET", SECRET);
    let verdicts: Vec<Value> = run.exits(1).lines().iter().map(|line| line["verdict"].clone()).collect();
    assert_eq!(verdicts, ["valid", "invalid", "missing", "missing"]);
}
