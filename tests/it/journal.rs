//! The journal: what `listen` keeps whatever happens, and `history`, which reads it.

mod deleting;
mod faults;
mod reading;

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hookproof::wire;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::own_catalog::{DESCRIPTION, SAMPLE};
use crate::support::testing::{self, skipped};
use crate::support::{Listener, Run, hookproof, listen_with, openssl_hmac, post, raw};

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

/// A key of Azure Functions stands in the query, a signature of a provider need not stay away.
#[test]
fn keys_of_gateways_are_not_kept_and_what_a_signature_needs_is() {
    let shelf = Shelf::new();
    let listener = shelf.listen("");
    let names = ["Ocp-Apim-Subscription-Key", "X-Functions-Key", "X-Auth-User", "X-Auth"];
    let lines = names.map(|name| format!("{name}: hunter2\r\n")).concat();
    let head = format!(
        "POST /hook?code=hunter2&a=1&SIG=hunter2&key=hunter2&auth=hunter2 HTTP/1.1\r\nHost: x\r\n{lines}\
         X-Author: Ada\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    raw(listener.port, head.as_bytes());
    listener.signal("TERM");
    listener.exits(0);
    let text = fs::read_to_string(shelf.path()).expect("the journal");
    assert!(!text.contains("hunter2") && text.contains("Ada"), "{text}");
    assert!(text.contains("/hook?code=[redacted]&a=1&SIG=[redacted]&key=[redacted]&auth=[redacted]"), "{text}");

    let description =
        DESCRIPTION.replace("encoding = \"hex\"", "encoding = \"hex\"\ncontent = \"{header:X-Auth-User}.{body}\"");
    let signed = |words: &str| {
        let run = shelf.with(hookproof(words)).env("ACME_SECRET", SECRET);
        run.file("own/acme/provider.toml", &description).file("own/acme/anvil.dropped.json", SAMPLE)
    };
    fs::remove_file(shelf.path()).expect("the journal");
    let listener = listen_with(signed(""), "--catalog own --count 1");
    let body = r#"{"id":"1","at":"2026-01-02T03:04:05Z"}"#;
    let signature = format!("v1={}", openssl_hmac(SECRET, format!("ada.{body}").as_bytes()));
    let headers = [("X-Auth-User", "ada"), ("X-Acme-Signature", &signature), ("X-Acme-Event", "anvil.dropped")];
    assert_eq!(post(listener.port, &headers, body.as_bytes()), 200);
    listener.exits(0);
    let entry = lines_of(&shelf.path()).pop().expect("an entry");
    assert_eq!(entry["verdict"], "valid");
    signed("verify --catalog own").arg(shelf.path()).exits(0);
}

#[test]
fn any_bytes_come_back_as_they_were_sent() {
    let shelf = Shelf::new();
    let listener = shelf.listen("--keep-headers");
    let sender = RefCell::new(Sender::new(listener.port));
    let legal = prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff];
    let header = ("x-[a-z!#$%&'*+.^_`|~0-9-]{1,9}", prop::collection::vec(legal, 0..30));
    let any = (prop::collection::vec(any::<u8>(), 0..300), prop::collection::vec(header, 0..6));
    let result = TestRunner::new(testing::property(60)).run(&any, |(body, headers)| {
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
