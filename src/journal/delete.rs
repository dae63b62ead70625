//! Deletion: which bytes of a journal stay, while listeners go on writing.
//!
//! The caller copies what stays to a new file, which then takes the journal's name. A listener that writes meanwhile
//! waits for the lock, finds that the name means another file, and goes on with that one.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::append::lock;
use super::private::{is_at, open_to_append};
use super::read::{Line, Lines, Source, rolled};

/// How often the lock is tried for. Each time takes two seconds at most.
const TRIES: usize = 5;

/// A journal as it was when its deletion began. What is written later stays.
#[derive(Debug)]
pub struct Deletion {
    path: PathBuf,
    /// Its files, and the length up to which each counts.
    seen: Vec<(File, u64)>,
}

/// A file of a journal, and how much of it was copied.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: File,
    /// The same file, read at another place.
    whole: File,
    /// Lines that begin here or later stay.
    end: u64,
    /// What stands from here on is not copied yet.
    from: u64,
}

/// The lock on a journal. Listeners wait until it is dropped, for two seconds at most.
#[derive(Debug)]
pub struct Held(File);

impl Deletion {
    /// Opens a journal. Where it is a link, it stays one.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let Source { path, current, rolled } = Source::open(path)?;
        let mut seen = Vec::new();
        if let Some((_, file)) = rolled {
            let end = file.metadata()?.len();
            seen.push((file, end));
        }
        if current.is_some() {
            // Whoever holds the lock writes whole lines, so while it is held here none is under way.
            let Held(file) = hold(&path)?;
            let end = file.metadata()?.len();
            file.unlock()?;
            seen.push((file, end));
        }
        Ok(Self { path, seen })
    }

    /// Opens the files of the journal by the names that they have now.
    pub fn parts(&self) -> io::Result<Vec<Part>> {
        let mut parts = Vec::new();
        for path in [rolled(&self.path), self.path.clone()] {
            for (file, end) in &self.seen {
                if is_at(&path, file)? {
                    let (file, whole) = (File::open(&path)?, File::open(&path)?);
                    parts.push(Part { path: path.clone(), file, whole, end: *end, from: 0 });
                }
            }
        }
        Ok(parts)
    }

    /// Keeps listeners from writing and rolling. Returns nothing where a part has another name by now.
    pub fn hold(&self, parts: &[Part]) -> io::Result<Option<Held>> {
        let held = hold(&self.path)?;
        for part in parts {
            if !is_at(&part.path, &part.file)? || !is_at(&part.path, &part.whole)? {
                return Ok(None);
            }
        }
        Ok(Some(held))
    }
}

/// Locks the file that a name means.
fn hold(path: &Path) -> io::Result<Held> {
    let mut tries = 0;
    loop {
        let file = open_to_append(path)?;
        tries += 1;
        match lock(&file) {
            Ok(()) if is_at(path, &file)? => return Ok(Held(file)),
            Err(cause) if cause.kind() != io::ErrorKind::WouldBlock || tries >= TRIES => return Err(cause),
            _ => {}
        }
    }
}

impl Part {
    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its content.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Copies what stays of the lines that were there when the deletion began. Returns whether any does not.
    pub fn copy(&mut self, out: &mut impl Write, mut is_unwanted: impl FnMut(&Line) -> bool) -> io::Result<bool> {
        let mut lines = Lines::new(self.file.try_clone()?);
        let mut removes = false;
        let mut at = 0;
        while at < self.end
            && let Some(line) = lines.next_any()?
        {
            // A last line that its writer did not live to end goes as far as the file did.
            at = if line.is_ended { lines.position() } else { self.end };
            if is_unwanted(&line) {
                copy_range(&mut self.whole, self.from, line.start, out)?;
                (self.from, removes) = (at, true);
            }
        }
        Ok(removes)
    }

    /// Copies what stands behind: part of it was written since.
    pub fn copy_rest(&mut self, held: &Held, out: &mut impl Write) -> io::Result<()> {
        let end = self.file.metadata()?.len();
        // On Windows only the file that holds the lock can be read.
        let mut locked = if is_at(&self.path, &held.0)? { Some(held.0.try_clone()?) } else { None };
        copy_range(locked.as_mut().unwrap_or(&mut self.whole), self.from, end, out)
    }
}

fn copy_range(file: &mut File, from: u64, to: u64, out: &mut impl Write) -> io::Result<()> {
    file.seek(SeekFrom::Start(from))?;
    let length = to.saturating_sub(from);
    if io::copy(&mut file.take(length), out)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}
