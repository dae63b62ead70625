//! Reading: lines from the beginning or from the end, the rolled file before the other, damage passed over by the reader.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use memchr::{memchr, memrchr};

use super::entry::Damage;
use super::private::is_at;

/// The longest line, in bytes; a longer one is damage.
pub(super) const LONGEST: usize = 512 << 20;
/// What is read at a time, in bytes.
const BLOCK: usize = 64 << 10;

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first line is 1.
    FromStart(u64),
    /// The last line is 1.
    FromEnd(u64),
}

/// A line that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in its file.
    pub place: Place,
    /// Its first byte's place.
    pub start: u64,
    /// Whether LF ends it. The last line of a file may be under way still.
    pub is_ended: bool,
    /// The line without its LF.
    pub text: Result<Vec<u8>, Damage>,
}

/// The files of a journal, opened at one moment.
#[derive(Debug)]
pub struct Source {
    /// The file that grows.
    pub path: PathBuf,
    /// What it is now; nothing where it has just been rolled.
    pub current: Option<File>,
    /// What was rolled, and its name.
    pub rolled: Option<(PathBuf, File)>,
}

/// The name of the file that a journal is rolled to.
pub(super) fn rolled(path: &Path) -> PathBuf {
    let mut name: OsString = path.into();
    name.push(".1");
    name.into()
}

/// Pipes and devices would be waited for, or never end.
pub(super) fn check_kind(path: &Path) -> io::Result<()> {
    check_file(&path.metadata()?)
}

/// Refuses what is no ordinary file.
pub(super) fn check_file(kind: &Metadata) -> io::Result<()> {
    match () {
        () if kind.is_file() => Ok(()),
        () if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        () => Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no ordinary file")),
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match check_kind(path).and_then(|()| File::open(path)) {
        Ok(file) => Ok(Some(file)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

impl Source {
    /// Opens both files. Neither being there is an error.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let older = rolled(&path);
        loop {
            let current = open(&path)?;
            let rolled = open(&older)?;
            let is_same = current.as_ref().map_or(Ok(!path.exists()), |file| is_at(&path, file))?;
            if !is_same {
                continue; // It was rolled in between.
            }
            if current.is_none() && rolled.is_none() {
                path.metadata()?;
                continue;
            }
            return Ok(Self { path, current, rolled: rolled.map(|file| (older, file)) });
        }
    }
}

/// The lines of a file that may grow, from a place on.
#[derive(Debug)]
pub struct Lines {
    reader: BufReader<File>,
    /// Where the next line begins.
    at: u64,
    number: u64,
}

impl Lines {
    /// The lines from the beginning.
    pub fn new(file: File) -> Self {
        Self { reader: BufReader::with_capacity(BLOCK, file), at: 0, number: 0 }
    }

    /// The lines from this place on, at which one begins.
    pub fn from(file: File, at: u64) -> io::Result<Self> {
        let mut lines = Self::new(file);
        lines.at = at;
        lines.reader.seek(SeekFrom::Start(at))?;
        Ok(lines)
    }

    /// The next whole line; nothing where none is there yet.
    pub fn next_ended(&mut self) -> io::Result<Option<Line>> {
        match self.read()? {
            Some(line) if line.is_ended => Ok(Some(self.passed(line))),
            _ => {
                // What is there of a line may be taken back before it is whole.
                self.reader.seek(SeekFrom::Start(self.at))?;
                Ok(None)
            }
        }
    }

    /// The next line, whole or not.
    pub fn next_any(&mut self) -> io::Result<Option<Line>> {
        let line = self.read()?;
        Ok(line.map(|line| self.passed(line)))
    }

    /// Goes back to the end of a file that was made shorter.
    pub fn mind_the_end(&mut self) -> io::Result<()> {
        let length = self.reader.get_ref().metadata()?.len();
        if length < self.at {
            self.at = length;
            self.reader.seek(SeekFrom::Start(length))?;
        }
        Ok(())
    }

    /// The place at which the next line begins.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// Whether this name still means the file.
    pub fn is_at(&self, path: &Path) -> io::Result<bool> {
        is_at(path, self.reader.get_ref())
    }

    fn passed(&mut self, line: Line) -> Line {
        self.number += 1;
        line
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut text = Vec::new();
        let mut length = (&mut self.reader).take(LONGEST as u64 + 1).read_until(b'\n', &mut text)? as u64;
        if length == 0 {
            return Ok(None);
        }
        let mut is_ended = text.pop_if(|last| *last == b'\n').is_some();
        let mut text = Ok(text);
        if length > LONGEST as u64 && !is_ended {
            text = Err(Damage::TooLong);
            let (skipped, found) = self.skip_line()?;
            (length, is_ended) = (length + skipped, found);
        }
        let line = Line { place: Place::FromStart(self.number + 1), start: self.at, is_ended, text };
        if line.is_ended {
            self.at += length;
        }
        Ok(Some(line))
    }

    /// Passes over the rest of a line; its length, and whether it ended.
    fn skip_line(&mut self) -> io::Result<(u64, bool)> {
        let mut skipped = 0;
        loop {
            let block = self.reader.fill_buf()?;
            let end = memchr(b'\n', block);
            let length = end.map_or(block.len(), |end| end + 1);
            self.reader.consume(length);
            skipped += length as u64;
            if end.is_some() || length == 0 {
                return Ok((skipped, end.is_some()));
            }
        }
    }
}

/// The lines of a file from the last to the first. Only what is asked for is read.
#[derive(Debug)]
pub struct Backwards {
    file: File,
    /// What was read and not given yet begins here.
    at: u64,
    held: Vec<u8>,
    /// Whether LF ends what is held.
    is_ended: bool,
    /// Whether the end of what is held was too long and is gone.
    is_skipping: bool,
    number: u64,
}

impl Backwards {
    /// The lines of a file as it is now.
    pub fn new(mut file: File) -> io::Result<Self> {
        let at = file.seek(SeekFrom::End(0))?;
        let mut lines = Self { file, at, held: Vec::new(), is_ended: false, is_skipping: false, number: 0 };
        lines.read_block()?;
        lines.is_ended = lines.held.pop_if(|last| *last == b'\n').is_some();
        Ok(lines)
    }

    /// Leaves out a last line that is under way still. The place where the next one begins.
    pub fn leave_unended(&mut self) -> io::Result<u64> {
        let end = self.at + self.held.len() as u64 + u64::from(self.is_ended);
        if self.is_ended {
            return Ok(end);
        }
        Ok(self.next_line()?.map_or(end, |line| line.start))
    }

    /// The line before; nothing at the beginning.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(before) = memrchr(b'\n', &self.held) {
                let text = self.held.split_off(before + 1);
                self.held.truncate(before);
                return Ok(Some(self.line(self.at + before as u64 + 1, text)));
            }
            if self.held.len() > LONGEST {
                self.is_skipping = true;
                self.held.clear();
            }
            if self.at == 0 {
                let text = std::mem::take(&mut self.held);
                let is_over = text.is_empty() && !self.is_ended && !self.is_skipping;
                return Ok(if is_over { None } else { Some(self.line(0, text)) });
            }
            self.read_block()?;
        }
    }

    /// A line; what is held now ends with the LF before it, or is nothing.
    fn line(&mut self, start: u64, text: Vec<u8>) -> Line {
        self.number += 1;
        let text = if std::mem::take(&mut self.is_skipping) { Err(Damage::TooLong) } else { Ok(text) };
        let is_ended = std::mem::replace(&mut self.is_ended, start > 0);
        Line { place: Place::FromEnd(self.number), start, is_ended, text }
    }

    /// Reads what stands before; twice as much each time, so that a long line costs what its length does.
    fn read_block(&mut self) -> io::Result<()> {
        let length = self.at.min(self.held.len().max(BLOCK) as u64);
        self.at -= length;
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut block = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + self.held.len());
        (&mut self.file).take(length).read_to_end(&mut block)?;
        if (block.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        block.append(&mut self.held);
        self.held = block;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Backwards, Line, Lines, Place};

    fn file(bytes: &[u8]) -> std::fs::File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        file
    }

    fn forwards(bytes: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(file(bytes));
        std::iter::from_fn(|| lines.next_any().unwrap()).collect()
    }

    fn backwards(bytes: &[u8]) -> Vec<Line> {
        let mut lines = Backwards::new(file(bytes)).unwrap();
        std::iter::from_fn(|| lines.next_line().unwrap()).collect()
    }

    #[test]
    fn both_ways_give_the_same_lines() {
        let long = "x".repeat(200_000);
        let texts = ["", "\n", "a", "a\n", "a\nb", "a\nb\n", "\na\n\nb\n", "\n\n", &format!("a\n{long}\n{long}\nb")];
        for text in texts.iter().map(|text| text.as_bytes()).chain([b"\xff\n\x00\n".as_slice()]) {
            let mut back = backwards(text);
            back.reverse();
            let part = |line: &Line| (line.start, line.is_ended, line.text.clone());
            let forth = forwards(text);
            assert_eq!(forth.iter().map(part).collect::<Vec<_>>(), back.iter().map(part).collect::<Vec<_>>());
            let lines = text.strip_suffix(b"\n").unwrap_or(text);
            let expected = if text.is_empty() { 0 } else { lines.split(|byte| *byte == b'\n').count() };
            assert_eq!(forth.len(), expected, "{:?}", String::from_utf8_lossy(&text[..text.len().min(20)]));
        }
        let left = |bytes: &[u8]| Backwards::new(file(bytes)).unwrap().leave_unended().unwrap();
        assert_eq!([&b""[..], b"a", b"a\n", b"a\nb", b"\n"].map(left), [0, 0, 2, 2, 1]);
        assert_eq!((forwards(b"a\nb")[1].place, backwards(b"a\nb")[1].place), (Place::FromStart(2), Place::FromEnd(2)));
    }

    #[test]
    fn a_line_that_grows_is_given_when_it_is_whole() {
        let mut growing = file(b"a\nb");
        let mut lines = Lines::new(growing.try_clone().unwrap());
        let text = |line: Option<Line>| line.map(|line| String::from_utf8(line.text.unwrap()).unwrap());
        assert_eq!(text(lines.next_ended().unwrap()).as_deref(), Some("a"));
        assert_eq!(text(lines.next_ended().unwrap()), None);
        // What was half-written is taken back, and another line comes in its place.
        growing.set_len(2).unwrap();
        lines.mind_the_end().unwrap();
        std::io::Seek::seek(&mut growing, std::io::SeekFrom::End(0)).unwrap();
        growing.write_all(b"cde\n").unwrap();
        std::io::Seek::seek(&mut growing, std::io::SeekFrom::Start(2)).unwrap();
        assert_eq!(text(lines.next_ended().unwrap()).as_deref(), Some("cde"));
        assert_eq!(text(lines.next_ended().unwrap()), None);
    }
}
