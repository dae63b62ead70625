//! Writing: a line at a time, whole or not at all, by several listeners at once.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::private::{is_at, make_folder, open_to_append};
use super::read::{LONGEST, check_kind, rolled};

/// A journal that is written to.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Its length when this was written last. Another length is somebody else's doing.
    length: u64,
    /// The length at which it rolls.
    max: u64,
}

/// What came of a line.
enum Outcome {
    Appended,
    /// The name means another file now, or none.
    Rolled,
}

impl Journal {
    /// Opens a journal, and makes it and its folder where they are missing.
    pub fn open(path: &Path, max: u64) -> io::Result<Self> {
        if path.exists() {
            check_kind(path)?;
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_folder(folder)?;
        }
        let file = open_to_append(path)?;
        file.lock()?;
        file.unlock()?;
        // What is rolled is the file, and not a link to it.
        let path = path.canonicalize()?;
        Ok(Self { path, file, length: 0, max })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line, which ends with LF. Where that fails nothing of it stays.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if line.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the entry would be too long to be read"));
        }
        loop {
            self.file.lock()?;
            let outcome = self.append_alone(line);
            let unlocked = self.file.unlock();
            match outcome? {
                Outcome::Appended => return unlocked,
                Outcome::Rolled => self.file = open_to_append(&self.path)?,
            }
        }
    }

    /// As above, while nobody else writes.
    fn append_alone(&mut self, line: &[u8]) -> io::Result<Outcome> {
        if !is_at(&self.path, &self.file)? {
            return Ok(Outcome::Rolled);
        }
        let length = self.file.metadata()?.len();
        // A listener that died while it wrote has left the beginning of a line.
        let is_cut = length > 0 && length != self.length && !self.ends_a_line()?;
        let added = line.len() as u64 + u64::from(is_cut);
        if length > 0 && length + added > self.max {
            fs::rename(&self.path, rolled(&self.path))?;
            return Ok(Outcome::Rolled);
        }
        let written = if is_cut { self.file.write_all(&[b"\n", line].concat()) } else { self.file.write_all(line) };
        if let Err(cause) = written {
            // Where this fails too the next line begins with LF, and what was cut is passed over.
            let _ = self.file.set_len(length);
            return Err(cause);
        }
        self.length = length + added;
        Ok(Outcome::Appended)
    }

    fn ends_a_line(&mut self) -> io::Result<bool> {
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        Ok(last == *b"\n")
    }
}
