//! Reading the journal: `history`, and `verify` where it is given one.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{FINGERPRINT, FORM, SECRET, Shelf, lines_of};
use crate::support::{Finished, Run, hookproof, listen_with, openssl_hmac, post};

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
