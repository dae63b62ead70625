//! Writing: a line at a time, whole or not at all, by several listeners at once.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::private::{is_at, make_folder, open_to_append, tighten};
use super::read::{LONGEST, check_file, check_kind, rolled};

/// A journal that is written to.
#[derive(Debug)]
pub struct Journal {
    /// Its name as it was given. What that means may change while it is written to.
    name: PathBuf,
    /// The file that the name means, without links: what is rolled is the file, and not a link to it.
    path: PathBuf,
    file: File,
    /// Its length when this was written last. Another length is somebody else's doing.
    length: u64,
    /// The length at which it rolls.
    max: u64,
    /// Whether nobody else writes now. Its name means the file then, and its length is known.
    is_held: bool,
}

impl Journal {
    /// Opens a journal, and makes it and its folder where they are missing.
    pub fn open(path: &Path, max: u64) -> io::Result<Self> {
        let (file, real) = open_named(path)?;
        lock(&file)?;
        file.unlock()?;
        check_room(&rolled(&real))?;
        Ok(Self { name: path.to_path_buf(), path: real, file, length: 0, max, is_held: false })
    }

    /// Its name as it was given.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Whether other listeners wait until [`Journal::release`].
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Appends a line, which ends with LF. Where that fails nothing of it stays. Otherwise the journal is held from
    /// here on, so that what comes at once is written without asking again.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if line.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the entry would be too long to be read"));
        }
        self.hold()?;
        while self.length > 0 && self.length + line.len() as u64 > self.max {
            self.roll()?;
            self.hold()?;
        }
        self.write(line)
    }

    /// Lets other listeners write.
    pub fn release(&mut self) {
        if std::mem::take(&mut self.is_held)
            && self.file.unlock().is_err()
            // A file that is closed is let go of in any case.
            && let Ok((file, path)) = open_named(&self.name)
        {
            (self.file, self.path) = (file, path);
        }
    }

    /// Keeps others from writing, and sees what they did since.
    fn hold(&mut self) -> io::Result<()> {
        for _ in 0..TRIES {
            if self.is_held {
                return Ok(());
            }
            lock(&self.file)?;
            self.is_held = true;
            let checked = self.check();
            if !matches!(checked, Ok(true)) {
                self.release();
            }
            if !checked? {
                (self.file, self.path) = open_named(&self.name)?;
            }
        }
        Err(io::Error::new(io::ErrorKind::WouldBlock, "its name means another file again and again"))
    }

    /// Whether this is the file to write to. A line that its writer did not live to end is ended.
    fn check(&mut self) -> io::Result<bool> {
        if !is_at(&self.name, &self.file)? {
            return Ok(false);
        }
        let length = self.file.metadata()?.len();
        let is_cut = length > 0 && length != self.length && !self.ends_a_line()?;
        self.length = length;
        if is_cut {
            self.write(b"\n")?;
        }
        Ok(true)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(cause) = self.file.write_all(bytes) {
            // Where this fails too the length is another, and what was cut is ended and passed over. A file that somebody
            // made shorter meanwhile stays so.
            if self.file.metadata().is_ok_and(|now| now.len() > self.length) {
                let _ = self.file.set_len(self.length);
            }
            self.release();
            return Err(cause);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn roll(&mut self) -> io::Result<()> {
        self.path = self.name.canonicalize()?;
        let older = rolled(&self.path);
        fs::rename(&self.path, &older).map_err(|cause| {
            io::Error::new(cause.kind(), format!("it is full and can't become {}: {cause}", older.display()))
        })?;
        self.release();
        Ok(())
    }

    fn ends_a_line(&mut self) -> io::Result<bool> {
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        Ok(last == *b"\n")
    }
}

/// Opens the file that a name means, and makes it and its folder where they are missing. Only an ordinary file keeps what
/// is written to it.
fn open_named(name: &Path) -> io::Result<(File, PathBuf)> {
    match check_kind(name) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = name.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                make_folder(folder)?;
            }
        }
        checked => checked?,
    }
    let file = open_to_append(name)?;
    // Its name may have come to mean something else in between.
    check_file(&file.metadata()?)?;
    tighten(&file);
    Ok((file, name.canonicalize()?))
}

/// A folder is in the way of a journal that rolls, which is better known before it is full.
fn check_room(older: &Path) -> io::Result<()> {
    if !older.is_dir() {
        return Ok(());
    }
    let why = format!("when it is full it becomes {}, and that is a directory", older.display());
    Err(io::Error::new(io::ErrorKind::IsADirectory, why))
}

/// How often a name is followed to the file that it means.
const TRIES: usize = 100;
/// How long another program may hold a journal. Listeners do so for a moment.
const PATIENCE: Duration = Duration::from_secs(2);

/// Locks a file, and gives up where somebody else keeps it: the rest of the program waits meanwhile.
pub(super) fn lock(file: &File) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(cause)) => return Err(cause),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= PATIENCE => {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "another program holds its lock"));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(200)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::{Journal, open_to_append};

    #[test]
    fn what_comes_at_once_is_written_under_one_lock_and_others_go_on_after_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("journal");
        let [mut one, mut other] = [(), ()].map(|()| Journal::open(&path, 12).unwrap());
        let is_free = || open_to_append(&path).unwrap().try_lock().is_ok();
        one.append(b"1\n").unwrap();
        one.append(b"2\n").unwrap();
        assert!(one.is_held() && !is_free());
        one.release();
        assert!(!one.is_held() && is_free());
        other.append(b"3\n").unwrap();
        other.release();
        one.append(b"4\n").unwrap();
        one.release();
        assert_eq!(fs::read(&path).unwrap(), b"1\n2\n3\n4\n");
    }

    #[test]
    fn a_lock_that_is_never_let_go_of_is_an_error_and_no_wait_without_end() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, 100).unwrap();
        let holder = open_to_append(&path).unwrap();
        holder.lock().unwrap();
        assert_eq!(journal.append(b"1\n").unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        holder.unlock().unwrap();
        journal.append(b"2\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2\n");
    }

    #[test]
    fn what_others_did_in_between_is_seen() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("journal");
        let [mut one, mut other] = [(), ()].map(|()| Journal::open(&path, 12).unwrap());
        one.append(b"1\n").unwrap();
        one.release();
        open_to_append(&path).unwrap().write_all(b"cut").unwrap();
        one.append(b"2\n").unwrap();
        one.release();
        assert_eq!(fs::read(&path).unwrap(), b"1\ncut\n2\n");
        other.append(b"rolled\n").unwrap();
        other.append(b"3\n").unwrap();
        other.release();
        one.append(b"4\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"rolled\n3\n4\n");
        assert_eq!(fs::read(folder.path().join("journal.1")).unwrap(), b"1\ncut\n2\n");
        // One long line has a file to itself.
        one.append(b"longer than a file may be\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"longer than a file may be\n");
    }
}
