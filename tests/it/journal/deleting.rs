//! `history --delete` and `--clear`: what is removed is gone from both files, and listeners lose nothing.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Sender, Shelf, lines_of};

const IDS: [&str; 6] = ["aaaaaaa1", "aaaaaaa2", "bbbbbbb1", "bbbbbbb2", "ccccccc1", "ccccccc2"];
const DAMAGED: &str = "{\"hookproof\":\"journal/1\",\"id\":\n";

fn entry(id: &str, provider: &str, received: &str) -> String {
    let line = json!({
        "hookproof": "journal/1", "id": id, "received": received, "peer": null, "provider": provider, "event": "e",
        "delivery_id": null, "verdict": "valid", "reason": "", "repeat_of": null, "answer": {"status": 200},
        "method": "POST", "target": "/", "headers": [], "body": format!("personal data of {id}"),
    });
    line.to_string() + "\n"
}

/// A journal of six entries in two files, with a damaged line in each.
fn six() -> Shelf {
    let shelf = Shelf::new();
    let older =
        [&entry(IDS[0], "acme", "2026-01-01T00:00:00Z"), DAMAGED, &entry(IDS[1], "komo", "2026-01-02T00:00:00Z")]
            .concat();
    let older = older + &entry(IDS[2], "komo", "2026-01-03T00:00:00Z");
    let newer =
        [&entry(IDS[3], "komo", "2026-01-04T00:00:00Z"), DAMAGED, "\n", &entry(IDS[4], "acme", "2026-01-05T00:00:00Z")];
    fs::write(shelf.rolled(), older).expect("the older file");
    fs::write(shelf.path(), newer.concat() + &entry(IDS[5], "acme", "2026-01-06T00:00:00Z")).expect("the newer file");
    shelf
}

/// The ids that are left, in order, and how many damaged lines.
fn left(shelf: &Shelf) -> (Vec<String>, usize) {
    let text = fs::read_to_string(shelf.rolled()).expect("text") + &fs::read_to_string(shelf.path()).expect("text");
    let ids = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ids = ids.map(|line| line["id"].as_str().expect("an id").to_string()).collect();
    (ids, text.matches(DAMAGED).count())
}

#[track_caller]
fn leaves(shelf: &Shelf, expected: &[&str]) {
    let (ids, damaged) = left(shelf);
    assert_eq!((ids, damaged), (expected.iter().map(ToString::to_string).collect(), 2));
    // Nothing stands beside the journal.
    assert_eq!(fs::read_dir(shelf.folder.path()).expect("the folder").count(), 2);
}

#[test]
fn entries_are_deleted_by_id_in_both_files() {
    let shelf = six();
    shelf.history("aaaaaaa2 --delete").exits(0).says("1 entry removed");
    leaves(&shelf, &[IDS[0], IDS[2], IDS[3], IDS[4], IDS[5]]);
    shelf.history("--delete aaaa ccccccc2 bbbbbbb2").exits(0).says("3 entries removed");
    leaves(&shelf, &[IDS[2], IDS[4]]);
    shelf.history("aaaaaaa2").exits(2).says("has an id like");
    shelf.history("ccccccc1").exits(0).prints("personal data of ccccccc1");
}

#[test]
fn nothing_is_deleted_where_the_command_is_not_certain() {
    let shelf = six();
    for (words, said) in [
        ("--delete", "needs an id or a filter"),
        ("--delete --yes", "needs an id or a filter"),
        ("aaaaaaa1 zzzzzzzz --delete", "has an id like zzzzzzzz"),
        ("aaaaaaa --delete", "2 entries have an id that begins with aaaaaaa"),
        ("--event acme --delete", "--yes removes"),
        ("--until 1d --delete --no-input", "--yes removes"),
        ("--clear", "--yes removes"),
        ("--yes", "required"),
        ("--clear --delete", "cannot be used with"),
        ("aaaaaaa1 --clear --yes", "cannot be used with"),
        ("--event acme --clear --yes", "cannot be used with"),
        ("--last 1 --delete --yes", "cannot be used with"),
        ("--follow --event acme --delete --yes", "cannot be used with"),
        ("aaaaaaa1 --event acme --delete --yes", "cannot be used with"),
        ("aaaaaaa1 aaaaaaa2", "--delete removes several"),
    ] {
        shelf.history(words).exits(2).says(said);
        leaves(&shelf, &IDS);
    }
    shelf.history("--event nobody --delete --yes").exits(1).says("no entry is like that");
    leaves(&shelf, &IDS);
}

#[test]
fn filters_choose_what_is_deleted() {
    let check = |words: &str, expected: &[&str]| {
        let shelf = six();
        shelf.history("--delete --yes").args(words.split(' ')).exits(0);
        leaves(&shelf, expected);
    };
    check("--event acme", &IDS[1..4]);
    check("--until 2026-01-03T00:00:00Z", &IDS[3..]);
    check("--event acme --since 2026-01-05T12:00:00Z", &IDS[..5]);
    check("--verdict valid", &[]);
}

#[test]
fn clear_leaves_nothing_of_anybody() {
    let shelf = six();
    fs::write(shelf.path(), fs::read_to_string(shelf.path()).expect("text") + "{\"cut\":\"personal")
        .expect("a cut line");
    shelf.history("--clear --yes").exits(0).says("9 entries removed");
    assert_eq!((fs::read(shelf.path()).expect("a file"), fs::read(shelf.rolled()).expect("a file")), (vec![], vec![]));
    shelf.history("--clear --yes").exits(0).says("the journal is empty");
    shelf.catches("", &[b"1", b"2"]);
    assert_eq!(lines_of(&shelf.path()).len(), 2);
    Shelf::new().history("--clear --yes").exits(3).says("can't read the journal");
}

#[cfg(unix)]
#[test]
fn mode_and_link_of_the_journal_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let shelf = six();
    let real = shelf.folder.path().join("real.jsonl");
    fs::rename(shelf.path(), &real).expect("another name");
    fs::rename(shelf.rolled(), shelf.folder.path().join("real.jsonl.1")).expect("another name");
    symlink("real.jsonl", shelf.path()).expect("a link");
    let mode = |name: &str| fs::metadata(shelf.folder.path().join(name)).expect("a file").permissions().mode() & 0o777;
    for (name, wanted) in [("real.jsonl", 0o600), ("real.jsonl.1", 0o640)] {
        fs::set_permissions(shelf.folder.path().join(name), fs::Permissions::from_mode(wanted)).expect("a mode");
    }
    shelf.history("--event acme --delete --yes").exits(0).says("3 entries removed");
    assert_eq!((mode("real.jsonl"), mode("real.jsonl.1")), (0o600, 0o640));
    assert_eq!(fs::read_link(shelf.path()).expect("a link"), std::path::Path::new("real.jsonl"));
    let lines = |file: &std::path::Path| fs::read_to_string(file).expect("text").lines().count();
    // An entry, a damaged line and an empty one.
    assert_eq!(lines(&real), 3);
    shelf.catches("", &[b"1"]);
    assert_eq!(lines(&real), 4);
}

/// What each sender sends. More lines than these do not fit the pipe of a listener whose stdout nobody reads.
const SENT: usize = 250;

/// Sends bodies that may stay and bodies that may go, in turn. Returns those that stay, and any status but 200.
fn send_all(port: u16, name: &str) -> (Vec<String>, Vec<Option<u16>>) {
    let mut sender = Sender::new(port);
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for number in 0..SENT {
        let kind = if number % 2 == 0 { "stays" } else { "goes" };
        let body = format!("{{\"kind\":\"{kind}\",\"name\":\"{name}-{number}\"}}");
        match sender.send(b"", body.as_bytes()) {
            Some(200) if kind == "stays" => kept.push(body),
            Some(200) => {}
            other => refused.push(other),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    (kept, refused)
}

/// Two listeners share the journal and take deliveries while this goes on beside them.
fn under_load(shelf: &Shelf, words: &str, beside: impl Fn()) -> Vec<String> {
    let listeners = [(); 2].map(|()| shelf.listen(words));
    let mut acknowledged = Vec::new();
    std::thread::scope(|scope| {
        let sender = |number: usize| {
            let port = listeners[number % 2].port;
            scope.spawn(move || send_all(port, &number.to_string()))
        };
        let senders: Vec<_> = (0..4).map(sender).collect();
        while !senders.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            beside();
        }
        for sender in senders {
            let (kept, refused) = sender.join().expect("a sender");
            assert_eq!(refused, [], "every delivery is taken");
            acknowledged.extend(kept);
        }
    });
    for listener in listeners {
        listener.signal("TERM");
        listener.exits(0);
    }
    acknowledged.sort();
    acknowledged
}

fn kept_bodies(shelf: &Shelf) -> Vec<String> {
    let lines = lines_of(&shelf.path()).into_iter();
    let bodies = lines.map(|line| line["body"].as_str().expect("a body").to_string());
    let mut bodies: Vec<String> = bodies.collect();
    bodies.sort();
    bodies
}

#[test]
fn a_listener_under_load_loses_nothing_that_it_acknowledged() {
    let shelf = Shelf::new();
    shelf.catches("", &[b"{\"kind\":\"goes\"}"]);
    let delete = || shelf.history("--where kind=goes --delete --yes").output();
    let acknowledged = under_load(&shelf, "--compact", || {
        let finished = delete();
        assert!(matches!(finished.output.status.code(), Some(0 | 1)), "{}", finished.stderr());
    });
    delete();
    assert_eq!(acknowledged.len(), 4 * SENT / 2);
    assert_eq!(kept_bodies(&shelf), acknowledged);
}

#[test]
fn a_clear_takes_nothing_that_came_after_it_began() {
    let shelf = Shelf::new();
    let listener = shelf.listen("--compact");
    let mut sender = Sender::new(listener.port);
    for number in 0..20 {
        assert_eq!(sender.send(b"", format!("{number}").as_bytes()), Some(200));
        shelf.history("--clear --yes").exits(0);
        assert_eq!(fs::read(shelf.path()).expect("a file"), b"");
    }
    assert_eq!(sender.send(b"", b"last"), Some(200));
    assert_eq!(kept_bodies(&shelf), ["last"]);
    listener.signal("TERM");
    listener.exits(0);
}

/// A journal that rolls all the while changes the names of its files under the deletion.
#[test]
fn a_journal_that_rolls_meanwhile_stays_whole() {
    let shelf = Shelf::new();
    shelf.catches("", &[b"{\"kind\":\"goes\"}"]);
    under_load(&shelf, "--compact --journal-max 20KB", || {
        let finished = shelf.history("--where kind=goes --delete --yes").output();
        assert!(matches!(finished.output.status.code(), Some(0 | 1)), "{}", finished.stderr());
    });
    shelf.history("--where kind=goes --delete --yes").output();
    for path in [shelf.path(), shelf.rolled()] {
        let lines = lines_of(&path);
        assert!(!lines.is_empty() && lines.iter().all(|line| line["body"].as_str().expect("a body").contains("stays")));
    }
    assert_eq!(fs::read_dir(shelf.folder.path()).expect("the folder").count(), 2);
}
