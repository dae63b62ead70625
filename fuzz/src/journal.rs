//! Journals: any file is read without harm, both ways give the same lines, and an entry that was written reads back.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use hookproof::journal::{Backwards, Entry, Id, Line, Lines, Record};
use hookproof::message::Capture;
use hookproof::wire;

use super::input::{now, text, world};

/// Lines of a file that are read as entries.
const LINES: usize = 8;

pub(crate) fn run(data: &[u8]) {
    let forth = forwards(data);
    let mut back = backwards(data);
    back.reverse();
    let part = |line: &Line| (line.start, line.is_ended, line.text.clone());
    assert_eq!(forth.iter().map(part).collect::<Vec<_>>(), back.iter().map(part).collect::<Vec<_>>());
    let size: usize =
        forth.iter().map(|line| line.text.as_ref().map_or(0, Vec::len) + usize::from(line.is_ended)).sum();
    assert_eq!(size, data.len());
    for line in forth.iter().filter_map(|line| line.text.as_ref().ok()).take(LINES) {
        check(line);
    }
    assert!(wire::values(data).len() <= data.len());
    let _ = (wire::has_lines(data), wire::is_line(data));
    written_entry_reads_back(data);
}

fn check(line: &[u8]) {
    if let Err(damage) = Entry::read(line) {
        assert!(damage.to_string().len() < 500);
    }
    if let (Ok(capture), Ok((again, _))) = (wire::read_line(line), wire::read_told(line)) {
        assert_eq!(capture, again);
        entry_reads_back(&capture, "");
    }
}

/// A delivery whose parts are the bytes themselves.
fn written_entry_reads_back(data: &[u8]) {
    let half = data.len() / 2;
    let mut headers = hookproof::message::Headers::default();
    headers.push(text(&data[..half]), &data[half..]);
    let delivery = super::input::delivery(headers, data);
    let peer = Some(text(&data[half..]));
    entry_reads_back(&Capture { delivery, received: Some(now()), peer }, &text(data));
}

fn entry_reads_back(capture: &Capture, word: &str) {
    let delivery = &capture.delivery;
    let events = [word.to_string()];
    let record = Record {
        id: Id::fresh(&mut world().random),
        capture,
        target: &delivery.target,
        headers: &delivery.headers,
        provider: Some(word),
        events: &events,
        delivery_id: Some(word),
        verdict: "valid",
        reason: word,
        repeat_of: None,
        status: Some(200),
        is_handed_on: false,
    };
    let line = record.line().expect("a line");
    let line = line.strip_suffix(b"\n").expect("a line feed");
    let shown = std::str::from_utf8(line).expect("UTF-8");
    assert!(!shown.chars().any(char::is_control) && !hookproof::words::has_command(shown), "{shown}");
    let entry = Entry::read(line).expect("an entry");
    assert_eq!((entry.size, entry.reason.as_str(), &entry.events[..]), (delivery.body.len(), word, &events[..]));
    assert_eq!((entry.peer, entry.provider.as_deref()), (capture.peer.clone(), Some(word)));
    assert_eq!(&wire::read_line(line).expect("a delivery").delivery, delivery);
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).and_then(|()| file.rewind()).expect("a file");
    file
}

fn forwards(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Lines::new(file(bytes));
    std::iter::from_fn(|| lines.next_any().expect("a line")).collect()
}

fn backwards(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Backwards::new(file(bytes)).expect("a file");
    std::iter::from_fn(|| lines.next_line().expect("a line")).collect()
}
