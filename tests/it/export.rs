//! `export`: what it writes is run and read by others.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::testing::{bare, has_program};
use crate::support::{Run, hookproof, raw_receiver};

const SECRET: &str = "it's a secret to nobody";

fn entry(id: &str, headers: &Value, body: &[u8]) -> Value {
    let (key, body) = match std::str::from_utf8(body) {
        Ok(text) => ("body", text.to_string()),
        Err(_) => ("body_base64", hookproof::wire::base64(body)),
    };
    json!({
        "hookproof": "journal/1", "id": id, "received": "2026-06-01T12:00:00.123456Z", "peer": null, "provider": null,
        "event": null, "delivery_id": null, "verdict": "unknown", "reason": "", "repeat_of": null,
        "answer": {"status": 401}, "method": "PUT", "target": "/old?a=b&c=d%20e", "headers": headers, (key): body,
    })
}

/// `hookproof export` of a journal that holds these entries.
fn export(words: &str, entries: &[Value]) -> Run {
    let lines: String = entries.iter().map(|entry| entry.to_string() + "\n").collect();
    hookproof(&format!("export --journal j {words}")).file("j", lines)
}

/// Headers of every awkward kind, with repeats.
fn awkward() -> Value {
    json!([
        ["Host", "old.example"], ["Connection", "close"], ["Content-Length", "5"], ["Transfer-Encoding", "chunked"],
        ["X-A", "it's $HOME `id` \"q\" \\ %s"], ["x-a", {"base64": "6f+AgQ=="}], ["X-Empty", ""], ["X-A", "é 🎉"],
        ["Content-Type", "text/plain"], ["X-'`$-!", "1"], ["Cookie", "[redacted]"],
    ])
}

#[test]
fn the_curl_script_sends_the_same_bytes() {
    if !has_program("curl") {
        return;
    }
    let (url, received) = raw_receiver();
    let all: Vec<u8> = (0..=255).chain([b'\n', b'\n']).collect();
    let texts =
        ["", "it's $HOME `id` \"q\" \\n %s\n\n", "-n", "@j", "{\"a\": \"é 🎉 \u{2081}\"}\r\n", "\u{1b}[m\n::error::x"];
    let long = "0123456789abcdef".repeat(20_000);
    let bodies: Vec<&[u8]> =
        texts.iter().map(|text| text.as_bytes()).chain([all.as_slice(), long.as_bytes()]).collect();
    let entries: Vec<Value> =
        bodies.iter().zip(0..).map(|(body, n)| entry(&format!("aaaaaaa{n}"), &awkward(), body)).collect();
    let script = export("--event * --format curl", &entries).exits(0);
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("script"), &script.output.stdout).unwrap();
    let run = |words: &[&str]| bare("sh", folder.path()).arg("script").args(words).output().unwrap();
    let output = run(&[&url]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let head: &[u8] = b"X-A: it's $HOME `id` \"q\" \\ %s\r\nx-a: \xe9\xff\x80\x81\r\nX-Empty:\r\nX-A: \xc3\xa9 \xf0\x9f\x8e\x89\r\nContent-Type: text/plain\r\nX-'`$-!: 1\r\n";
    let host = url.trim_start_matches("http://").trim_end_matches("/hook");
    for body in bodies {
        let seen = received.recv_timeout(Duration::from_secs(10)).expect("a request");
        let begin = format!("PUT /hook HTTP/1.1\r\nHost: {host}\r\n");
        let end = format!("Content-Length: {}\r\n\r\n", body.len());
        let expected = [begin.as_bytes(), head, end.as_bytes(), body].concat();
        assert_eq!(String::from_utf8_lossy(&seen), String::from_utf8_lossy(&expected));
        assert_eq!(seen, expected);
    }
    // Without an address there is none: those that came are the sender's word.
    let output = run(&[]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("sh FILE URL"));
    let script = export(&format!("--last --format curl --to {url}"), &entries).exits(0);
    std::fs::write(folder.path().join("script"), &script.output.stdout).unwrap();
    assert!(run(&[]).status.success());
    assert!(received.recv_timeout(Duration::from_secs(10)).expect("a request").ends_with(long.as_bytes()));
}

#[test]
fn a_token_comes_from_a_variable_and_no_secret_stands_in_what_is_written() {
    let headers = json!([
        ["x-gitlab-event", "Push Hook"],
        ["x-gitlab-token", "[token, 23 characters]"],
        ["authorization", "[redacted]"]
    ]);
    let mut kept = entry("aaaaaaaa", &headers, b"{}");
    kept["provider"] = "gitlab".into();
    let script = export("aaaa --format curl", std::slice::from_ref(&kept)).exits(0).says("x-gitlab-token was not kept");
    let text = script.stdout();
    assert!(
        text.contains("-H 'x-gitlab-token: '\"${GITLAB_") && text.contains("# authorization is left out"),
        "{text}"
    );
    assert!(!text.contains("[token") && !text.contains("[redacted]"), "{text}");
    for format in ["http", "har"] {
        export(&format!("aaaa --reveal --format {format}"), std::slice::from_ref(&kept))
            .exits(0)
            .prints("[token, 23 characters]")
            .prints("[redacted]");
    }
    // A wrong one does not become a right one.
    let mut wrong = kept.clone();
    wrong["verdict"] = "invalid".into();
    let text = export("aaaa --format curl", &[wrong]).exits(0).says("x-gitlab-token was not kept").stdout();
    assert!(text.contains("x-gitlab-token: [token, 23 characters]") && !text.contains("GITLAB_"), "{text}");
    // A file may hold what a journal never does.
    let raw = format!(
        "POST / HTTP/1.1\r\nHost: h\r\nX-Gitlab-Event: Push Hook\r\nX-Gitlab-Token: {SECRET}\r\nCookie: a=b; c=d\r\nX-Other: {SECRET}\r\n\r\n{{}}"
    );
    for format in ["http", "har", "curl"] {
        let run = |more: &str| {
            hookproof(&format!("export raw --format {format} {more}")).file("raw", &raw).env("HOOKPROOF_SECRET", SECRET)
        };
        let finished = run("").exits(0).says("--reveal writes it");
        assert!(
            !finished.stdout().contains("it's a secret") && !finished.stdout().contains("a=b"),
            "{}",
            finished.stdout()
        );
        let finished = run("--reveal").exits(0);
        assert!(
            finished.stdout().contains("a=b") && finished.stdout().contains("a secret to nobody"),
            "{}",
            finished.stdout()
        );
    }
}

#[test]
fn raw_requests_are_read_again() {
    let body = b"\xff\x00{\r\n}\n\n";
    let entries = [entry("aaaaaaaa", &awkward(), body), entry("bbbbbbbb", &awkward(), b"{}")];
    let one = export("aaaa --format http", &entries).exits(0).output.stdout.clone();
    let hookproof::wire::Message { capture, note, .. } = hookproof::wire::read_http(&one).unwrap();
    assert_eq!(note, None);
    assert_eq!((capture.delivery.body.as_slice(), capture.delivery.target.as_str()), (&body[..], "/old?a=b&c=d%20e"));
    let values: Vec<&[u8]> = capture.delivery.headers.all("x-a").collect();
    assert_eq!(values, [&b"it's $HOME `id` \"q\" \\ %s"[..], b"\xe9\xff\x80\x81", "é 🎉".as_bytes()]);
    assert_eq!(capture.delivery.headers.text("host"), Some("old.example"));
    export("--event * --format http", &entries).exits(2).says("--out FOLDER");
}

#[test]
fn several_requests_are_files_named_by_ids_alone() {
    let folder = tempfile::TempDir::new().unwrap();
    let out = folder.path().join("deep/er");
    let mut evil = entry("../../ev", &awkward(), b"{}");
    evil["event"] = "../evil".into();
    let entries = [entry("aaaaaaaa", &awkward(), b"{}"), evil];
    export("--event * --format http --out", &entries).arg(&out).exits(0).says("2 files written");
    let mut names: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["aaaaaaaa.http", "delivery-2.http"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    private(&out.join("aaaaaaaa.http"));
    let file = folder.path().join("one.har");
    export("aaaa --format har --out", &entries).arg(&file).exits(0);
    private(&file);
    export("aaaa --format har --out", &entries).arg(folder.path().join("no/where")).exits(3).says("can't write");
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn private(path: &Path) {
    assert!(path.is_file());
}

#[test]
fn captured_deliveries_are_never_written_over() {
    let folder = tempfile::TempDir::new().unwrap();
    let kept = folder.path().join("kept.jsonl");
    let line = entry("aaaaaaaa", &awkward(), b"{}").to_string() + "\n";
    for holds in [line.clone(), line.replace("journal/1", "delivery/1"), format!(" {line}")] {
        std::fs::write(&kept, &holds).unwrap();
        for words in ["--format har", "--format curl", "--format http"] {
            let run = hookproof(&format!("export --last {words} --journal")).arg(&kept).arg("--out").arg(&kept);
            let other = export(&format!("--last {words} --out"), &[entry("bbbbbbbb", &awkward(), b"{}")]).arg(&kept);
            if holds.contains("journal/1") {
                run.exits(2).says("holds captured deliveries");
            }
            other.exits(2).says("holds captured deliveries");
            assert_eq!(std::fs::read_to_string(&kept).unwrap(), holds, "{words}");
        }
    }
    std::fs::write(&kept, "{\"log\":1}").unwrap();
    export("--last --format har --out", &[entry("bbbbbbbb", &awkward(), b"{}")]).arg(&kept).exits(0);
}

/// A member's name and type.
type Member = (&'static str, fn(&Value) -> bool);

/// Members that <http://www.softwareishard.com/blog/har-12-spec/> has without calling them optional, with their types.
#[track_caller]
fn has(value: &Value, members: &[Member]) {
    for (name, is_of_type) in members {
        assert!(value.get(name).is_some_and(is_of_type), "`{name}` of {value}");
    }
}

#[test]
fn the_archive_has_every_member_that_har_asks_for() {
    let entries = [
        entry("aaaaaaaa", &awkward(), b"\xff"),
        entry("bbbbbbbb", &json!([["Cookie", "a=b; c=d=e"]]), b"{\"a\": \"\x1b\"}"),
        entry("cccccccc", &json!([]), b""),
    ];
    let finished = export("--event * --format har --reveal", &entries).exits(0);
    assert!(!finished.stdout().contains('\u{1b}'));
    let har: Value = serde_json::from_str(&finished.stdout()).unwrap();
    let log = &har["log"];
    has(log, &[("version", Value::is_string), ("creator", Value::is_object), ("entries", Value::is_array)]);
    assert_eq!(log["version"], "1.2");
    has(&log["creator"], &[("name", Value::is_string), ("version", Value::is_string)]);
    for entry in log["entries"].as_array().unwrap() {
        has(
            entry,
            &[
                ("startedDateTime", Value::is_string),
                ("time", Value::is_number),
                ("request", Value::is_object),
                ("response", Value::is_object),
                ("cache", Value::is_object),
                ("timings", Value::is_object),
            ],
        );
        assert_eq!(entry["startedDateTime"], "2026-06-01T12:00:00.123Z");
        has(
            &entry["timings"],
            &[("send", Value::is_number), ("wait", Value::is_number), ("receive", Value::is_number)],
        );
        let shared: [Member; 5] = [
            ("httpVersion", Value::is_string),
            ("cookies", Value::is_array),
            ("headers", Value::is_array),
            ("headersSize", Value::is_number),
            ("bodySize", Value::is_number),
        ];
        has(&entry["request"], &shared);
        has(&entry["response"], &shared);
        has(
            &entry["request"],
            &[("method", Value::is_string), ("url", Value::is_string), ("queryString", Value::is_array)],
        );
        has(
            &entry["response"],
            &[
                ("status", Value::is_number),
                ("statusText", Value::is_string),
                ("content", Value::is_object),
                ("redirectURL", Value::is_string),
            ],
        );
        has(&entry["response"]["content"], &[("size", Value::is_number), ("mimeType", Value::is_string)]);
        for list in ["cookies", "headers", "queryString"] {
            for pair in entry["request"][list].as_array().unwrap() {
                has(pair, &[("name", Value::is_string), ("value", Value::is_string)]);
            }
        }
        if let Some(body) = entry["request"].get("postData") {
            has(body, &[("mimeType", Value::is_string), ("params", Value::is_array), ("text", Value::is_string)]);
        }
    }
    let request = |at: usize| &log["entries"][at]["request"];
    assert_eq!(
        (&request(0)["url"], &request(0)["method"]),
        (&json!("http://old.example/old?a=b&c=d%20e"), &json!("PUT"))
    );
    assert_eq!(request(0)["queryString"], json!([{"name": "a", "value": "b"}, {"name": "c", "value": "d e"}]));
    assert_eq!(
        (&request(0)["postData"]["text"], &request(0)["postData"]["_encoding"]),
        (&json!("/w=="), &json!("base64"))
    );
    assert_eq!(request(0)["headers"][2]["value"], "\u{e9}\u{ff}\u{80}\u{81}");
    assert_eq!(request(1)["cookies"], json!([{"name": "a", "value": "b"}, {"name": "c", "value": "d=e"}]));
    assert_eq!(request(1)["postData"]["text"], "{\"a\": \"\u{1b}\"}");
    assert_eq!(log["entries"][2]["response"]["status"], 401);
    assert!(request(2).get("postData").is_none());
}

#[test]
fn what_is_none_of_https_is_refused() {
    let mut split = entry("aaaaaaaa", &json!([]), b"");
    split["target"] = "/ HTTP/1.1\r\nX-Evil: 1".into();
    let named = entry("bbbbbbbb", &json!([["@/etc/passwd", "1"]]), b"");
    let valued = entry("cccccccc", &json!([["X-A", "1\nX-B: 2"]]), b"");
    for entry in [split, named, valued] {
        export("--last --format http", std::slice::from_ref(&entry)).exits(3).says("can't be exported");
        export("--last --format curl", &[entry]).exits(3);
    }
    export("--last --format http", &[]).exits(2).says("has no entry");
}

#[test]
fn credentials_of_the_address_are_written_only_when_asked_for() {
    let mut entry = entry("aaaaaaaa", &json!([["Host", "h"]]), b"");
    entry["target"] = format!("/hook?token=t0ken&a={SECRET}").replace(' ', "+").into();
    for format in ["curl", "http", "har"] {
        let run = |words: &str| {
            let run = export(&format!("--last --format {format} {words}"), std::slice::from_ref(&entry));
            run.env("HOOKPROOF_SECRET", &SECRET.replace(' ', "+"))
        };
        let covered = run("").exits(0).says("the address stands redacted");
        covered.prints("/hook?token=[redacted]&a=[secret]");
        run("--reveal").exits(0).prints("token=t0ken");
    }
}

#[test]
fn deliveries_of_one_id_are_a_file_each() {
    let twins = [entry("aaaaaaaa", &json!([]), b"1"), entry("aaaaaaaa", &json!([]), b"2")];
    let run = export("--event * --format http --out out", &twins);
    let folder = run.folder().join("out");
    let finished = run.exits(0).says("2 files written");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["aaaaaaaa.http", "delivery-2.http"]);
    drop(finished);
}

#[test]
fn raw_bytes_do_not_reach_a_terminal() {
    let run = export("--last --format http", &[entry("aaaaaaaa", &json!([]), b"\x1b]0;x\x07")]);
    let Some((code, text)) = run.on_a_terminal() else { return };
    assert!(code == Some(2) && text.contains("--out FILE") && !text.contains("\u{1b}]0"), "{text}");
}

#[test]
fn raw_bytes_give_no_command_to_a_ci() {
    for body in ["{}\n::error::x", "\r ::warning::x", "a ##[error]x"] {
        let entries = [entry("aaaaaaaa", &json!([]), body.as_bytes())];
        let run = || export("--last --format http", &entries);
        let finished = run().env("GITHUB_ACTIONS", "true").exits(2).says("the CI that reads along");
        assert_eq!(finished.stdout(), "");
        run().exits(0).prints(body);
        let run = export("--last --format http --out f", &entries).env("GITHUB_ACTIONS", "true");
        let path = run.folder().join("f");
        let finished = run.exits(0);
        assert!(std::fs::read_to_string(path).unwrap().ends_with(body));
        drop(finished);
    }
    let harmless = [entry("aaaaaaaa", &json!([["X-A", "a::b"]]), b"a::b")];
    export("--last --format http", &harmless).env("GITHUB_ACTIONS", "true").exits(0).prints("a::b");
}

#[test]
fn an_odd_entry_keeps_no_other_from_being_written() {
    let mut odd = entry("bbbbbbbb", &json!([]), b"");
    odd["headers"] = json!({});
    let all = [entry("aaaaaaaa", &json!([]), b"1"), odd, entry("cccccccc", &json!([]), b"3")];
    let run = |words: &str| export(&format!("--event * {words}"), &all);
    let har = run("--format har").exits(3).says("entry bbbbbbbb can't be read").says("passed over").stdout();
    let har: Value = serde_json::from_str(&har).unwrap();
    assert_eq!(har["log"]["entries"].as_array().map(Vec::len), Some(2));
    assert_eq!(run("--format curl").exits(3).stdout().matches("curl -q").count(), 2);
    run("--format http --out f").exits(3).says("2 files written");
    let run = export("--event * --format har --out f", &all[1..2]);
    let path = run.folder().join("f");
    let finished = run.exits(3);
    assert!(!path.exists(), "{}", finished.stderr());
}
