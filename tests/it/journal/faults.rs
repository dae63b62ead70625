//! What comes between: a kill, another listener, damage, a full disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::{Sender, Shelf, bodies, lines_of};
use crate::support::programs::{make_pipe, tool};
use crate::support::testing::skipped;
use crate::support::{Listener, Run, listen_with, post};

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

/// A file system in memory. It is unmounted when this is dropped.
#[cfg(target_os = "linux")]
struct Disk(TempDir);

#[cfg(target_os = "linux")]
impl Disk {
    /// Nothing where this user may not mount one.
    fn new(options: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let mounted = tool("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = tool("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_recovered_from() {
    let Some(disk) = Disk::new("size=128k") else { return skipped("no tmpfs can be mounted here") };
    let disk = disk.0.path();
    let path = disk.join("journal.jsonl");
    fs::write(disk.join("filler"), vec![0; 64 << 10]).expect("a file");
    let listener = listen_with(Run::new().args(["--color", "never"]), &format!("--journal {}", path.display()));
    let (status, taken) = until_refused(listener.port);
    assert_eq!(status, Some(503));
    assert!(taken > 10, "{taken}");
    is_whole(&path, taken);
    assert_eq!(until_refused(listener.port), (Some(503), 0));
    fs::remove_file(disk.join("filler")).expect("the filler");
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    is_whole(&path, taken + 1);
    listener.signal("TERM");
    let finished = listener.exits(3).says("No space left on device").says("2 deliveries were answered 503");
    assert_eq!(finished.stderr().matches("No space left").count(), 1, "{}", finished.stderr());
    finished.says("2 could not be kept");
}

/// A listener whose journal is something else from one delivery to the next.
struct Changed {
    shelf: Shelf,
    listener: Listener,
    refused: usize,
}

impl Changed {
    fn new() -> Self {
        let shelf = Shelf::new();
        let listener = shelf.listen("--compact");
        let mut changed = Self { shelf, listener, refused: 0 };
        changed.takes("\"first\"");
        changed
    }

    /// A delivery is answered 200, and stands at the end of the file that the name means.
    #[track_caller]
    fn takes(&mut self, body: &str) {
        assert_eq!(post(self.listener.port, &[], body.as_bytes()), 200, "{body}");
        assert_eq!(bodies(&lines_of(&self.shelf.path())).last().map(String::as_str), Some(body));
    }

    /// One is answered 503.
    #[track_caller]
    fn refuses(&mut self, body: &str) {
        assert_eq!(post(self.listener.port, &[], body.as_bytes()), 503, "{body}");
        self.refused += 1;
    }

    #[track_caller]
    fn ends(self, causes: &[&str]) {
        self.listener.signal("TERM");
        let finished = self.listener.exits(if self.refused > 0 { 3 } else { 0 });
        for cause in causes {
            assert_eq!(finished.stderr().matches(cause).count(), 1, "{cause}: {}", finished.stderr());
        }
    }
}

#[test]
fn a_journal_that_is_gone_or_another_file_is_followed_at_once() {
    let mut changed = Changed::new();
    let path = changed.shelf.path();
    fs::remove_file(&path).expect("the journal");
    changed.takes("\"removed\"");
    let other = path.with_extension("new");
    fs::copy(&path, &other).expect("a copy");
    fs::rename(&other, &path).expect("a new journal");
    changed.takes("\"replaced\"");
    assert_eq!(lines_of(&path).len(), 2);
    fs::write(&path, "").expect("an empty journal");
    changed.takes("\"emptied\"");
    let half = fs::read(&path).expect("the journal");
    fs::write(&path, &half[..half.len() / 2]).expect("half of it");
    assert_eq!(post(changed.listener.port, &[], b"\"halved\""), 200);
    assert!(fs::read_to_string(&path).expect("text").lines().last().is_some_and(|line| line.contains("halved")));
    fs::rename(&path, path.with_extension("moved")).expect("another name");
    changed.takes("\"moved\"");
    fs::remove_dir_all(path.parent().expect("a folder")).expect("the folder");
    changed.takes("\"without a folder\"");
    changed.ends(&[]);
}

#[test]
#[cfg(unix)]
fn a_journal_that_is_no_file_any_longer_takes_no_delivery() {
    use std::os::unix::fs::symlink;
    let mut changed = Changed::new();
    let path = changed.shelf.path();
    fs::remove_file(&path).expect("the journal");
    fs::create_dir(&path).expect("a folder");
    changed.refuses("\"folder\"");
    fs::remove_dir(&path).expect("the folder");
    changed.takes("\"again\"");
    for device in ["/dev/null", "/dev/zero"] {
        fs::remove_file(&path).expect("the journal");
        symlink(device, &path).expect("a link");
        changed.refuses(device);
    }
    fs::remove_file(&path).expect("the link");
    make_pipe(&path);
    changed.refuses("\"pipe\"");
    fs::remove_file(&path).expect("the pipe");
    fs::write(path.with_extension("parent"), "").expect("a file");
    symlink(path.with_extension("parent").join("journal"), &path).expect("a link");
    changed.refuses("\"link below a file\"");
    fs::remove_file(&path).expect("the link");
    changed.takes("\"at last\"");
    // The kinds that are no file have one message for all.
    changed.ends(&["this is no ordinary file", "; 1 delivery was answered 503", "; 4 deliveries were answered 503"]);
}

#[test]
#[cfg(unix)]
fn a_journal_behind_a_link_is_the_file_that_the_link_means_now() {
    use std::os::unix::fs::symlink;
    let shelf = Shelf::new();
    let [one, other] = ["one", "other"].map(|name| shelf.folder.path().join(name));
    symlink(&one, shelf.path()).expect("a link");
    let listener = shelf.listen("--compact --journal-max 1KB");
    assert_eq!(post(listener.port, &[], b"1"), 200);
    fs::remove_file(shelf.path()).expect("the link");
    symlink(&other, shelf.path()).expect("a link");
    assert_eq!(post(listener.port, &[], b"2"), 200);
    assert_eq!((bodies(&lines_of(&one)), bodies(&lines_of(&other))), (vec!["1".into()], vec!["2".into()]));
    // What is rolled is the file, and the link stays.
    let long = format!("\"{}\"", "x".repeat(900));
    assert_eq!(post(listener.port, &[], long.as_bytes()), 200);
    assert_eq!(bodies(&lines_of(&other)), [long]);
    assert_eq!(bodies(&lines_of(&shelf.folder.path().join("other.1"))), ["2"]);
    assert!(shelf.path().is_symlink());
    listener.signal("TERM");
    listener.exits(0);
}
