//! `listen` tells scripts where it can be reached.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::testing::bare;
use crate::support::{BINARY, Run, hookproof, listen_with, post};

#[test]
fn the_ready_file_names_an_address_that_takes_deliveries() {
    // What an earlier listener left is no sign of this one.
    let run = Run::new().file("ready", "http://127.0.0.1:1\n");
    let folder = run.folder().to_path_buf();
    let run = run.env("HOOKPROOF_JOURNAL", "");
    let running = run.args("listen --port 0 --count 1 --ready-file ready".split(' ')).spawn();
    let begun = Instant::now();
    let text = loop {
        assert!(begun.elapsed() < Duration::from_secs(20), "it was never ready");
        match std::fs::read_to_string(folder.join("ready")) {
            Ok(text) if !text.contains(":1\n") => break text,
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert!(text.ends_with('\n') && text.lines().all(|url| url.starts_with("http://")), "{text:?}");
    let port = text.lines().next().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(post(port, &[], b"{}"), 200);
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ready"], "nothing else stays behind");
    assert!(running.finish().output.status.success());
}

#[test]
fn who_is_not_ready_writes_no_ready_file() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let words = format!("listen --port {} --ready-file ready", taken.local_addr().unwrap().port());
    let run = hookproof(&words).file("ready", "old");
    let path = run.folder().join("ready");
    let finished = run.exits(3);
    assert!(!path.exists());
    drop(finished);
    let run = Run::after("mkfifo pipe").args("listen --port 0 --ready-file pipe".split(' '));
    let pipe = run.folder().join("pipe");
    let finished = run.exits(3).says("this is no ordinary file");
    assert!(pipe.exists(), "who reads from it goes on");
    drop(finished);
    hookproof("listen --port 0 --ready-file no/such/folder").exits(3).says("can't write no/such/folder");
}

#[test]
fn the_first_line_of_json_says_where() {
    let listener = listen_with(Run::new(), "--json --count 1");
    let port = listener.port;
    post(port, &[], b"{}");
    let text = listener.exits(0).stdout();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["hookproof"]), (2, &Value::from("ready/1")));
    assert_eq!(lines[0]["urls"][0], format!("http://127.0.0.1:{port}"));
    // What is about the listener is no delivery to others.
    let secret = |words: &str| hookproof(words).env("HOOKPROOF_SECRET", "s");
    secret("verify --provider komo").stdin(text.clone()).exits(3).prints("unsigned");
    secret("verify").stdin(text.lines().next().unwrap()).exits(2).says("holds no delivery");
}

#[test]
fn the_recipe_of_the_readme_proves_a_sender() {
    let text = include_str!("../../README.md");
    let recipe = text.split("```bash\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a recipe");
    assert!(recipe.contains("--expect 'form.submitted*2' --within 30s"), "{recipe}");
    let recipe = recipe.replace("--within 30s", "--within 2s");
    for (deliveries, succeeds) in [(2, true), (1, false)] {
        let folder = tempfile::TempDir::new().unwrap();
        let send = format!("{BINARY} send form.submitted \"$@\" || exit 1\n").repeat(deliveries);
        std::fs::write(folder.path().join("your-sender"), format!("#!/bin/sh\n{send}")).unwrap();
        let command = recipe.replace("hookproof ", &format!("{BINARY} ")).replace("your-sender", "sh your-sender");
        let output = bare("sh", folder.path()).args(["-c", &command]).env("HOOKPROOF_SECRET", "s").output().unwrap();
        assert_eq!(output.status.success(), succeeds, "{}", String::from_utf8_lossy(&output.stderr));
    }
}
