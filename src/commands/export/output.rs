//! Where what is exported goes: piece by piece to a file or stdout, so that a million deliveries take no more memory
//! than one, or to a folder with a file each.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::commands::context::Context;
use crate::commands::files::{Access, Existing, NewFile};
use crate::console::Console;
use crate::error::Error;
use crate::wire;
use crate::words::{self, Lines};

/// So much is gathered before it is written, in bytes.
const GATHERED: usize = 64 << 10;
/// So much of a file tells whether it holds deliveries, in bytes.
const BEGIN: u64 = 64;

/// A file or stdout; nothing is opened before there is something to write.
pub(super) struct Output<'a> {
    console: &'a Console,
    path: Option<&'a Path>,
    file: Option<NewFile>,
    gathered: Vec<u8>,
    has_begun: bool,
}

impl<'a> Output<'a> {
    /// What a path means; none and `-` are stdout.
    pub(super) fn new(context: &'a Context, out: Option<&'a Path>) -> Self {
        let path = out.filter(|path| *path != Path::new("-"));
        Self { console: &context.console, path, file: None, gathered: Vec::new(), has_begun: false }
    }

    /// Whether a piece was put already.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether nobody takes any more.
    pub(super) fn is_closed(&self) -> bool {
        self.path.is_none() && self.console.is_closed()
    }

    /// Puts text that can stand anywhere.
    pub(super) fn put(&mut self, text: &str) -> Result<(), Error> {
        self.put_bytes(text.as_bytes())
    }

    /// Puts a delivery as it came, which not every stdout can take.
    pub(super) fn put_raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.path.is_none() {
            refuse_harm(self.console, bytes)?;
        }
        self.put_bytes(bytes)
    }

    fn put_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.has_begun = true;
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Error> {
        let gathered = std::mem::take(&mut self.gathered);
        let Some(path) = self.path else {
            return Ok(self.console.exact(&gathered)?);
        };
        let fail = |cause| Error::Write { path: path.to_path_buf(), cause };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(create(path)?),
        };
        file.write_all(&gathered).map_err(fail)
    }

    /// Writes what is gathered still.
    pub(super) fn end(mut self) -> Result<(), Error> {
        if !self.gathered.is_empty() {
            self.write()?;
        }
        self.file.map_or(Ok(()), |file| finish(file, self.path))
    }
}

/// Bytes that came over the wire can drive a terminal, and a CI that reads commands from its log.
fn refuse_harm(console: &Console, bytes: &[u8]) -> Result<(), Error> {
    let is_printable = || {
        let text = std::str::from_utf8(bytes).ok().map(|text| text.replace("\r\n", "\n"));
        text.is_some_and(|text| words::printable(&text, Lines::Keep) == text)
    };
    let what = if console.out_is_terminal && !is_printable() {
        "the delivery holds what may disturb a terminal"
    } else if console.log_obeys(bytes) {
        "the delivery holds what the CI that reads along would take for a command"
    } else {
        return Ok(());
    };
    Err(Error::usage(what, "--out FILE writes it to a file"))
}

/// A folder, and the names that are taken in it.
pub(super) struct Folder<'a> {
    path: &'a Path,
    taken: HashSet<String>,
    number: usize,
    /// Files written.
    pub(super) count: usize,
}

impl<'a> Folder<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path, taken: HashSet::new(), number: 0, count: 0 }
    }

    /// Writes a file that is named by its id alone: nothing that came is a file's name. An id that came before takes a
    /// number.
    pub(super) fn put(&mut self, id: Option<&String>, bytes: &[u8]) -> Result<(), Error> {
        if self.count == 0 {
            fs::create_dir_all(self.path).map_err(|cause| Error::Write { path: self.path.to_path_buf(), cause })?;
        }
        self.number += 1;
        let id = id.filter(|id| self.taken.insert((*id).clone()));
        let name = id.cloned().unwrap_or_else(|| format!("delivery-{}", self.number));
        let path: PathBuf = self.path.join(format!("{name}.http"));
        let mut file = create(&path)?;
        file.write_all(bytes).map_err(|cause| Error::Write { path: path.clone(), cause })?;
        finish(file, Some(&path))?;
        self.count += 1;
        Ok(())
    }
}

/// A file to write; a new one is nobody else's to read. One that holds deliveries, as a journal does, stays.
fn create(path: &Path) -> Result<NewFile, Error> {
    if holds_deliveries(path) {
        let message = format!("{} holds captured deliveries, which would be lost", path.display());
        return Err(Error::usage(message, "--out takes the name of another file"));
    }
    let new = NewFile::create(path, Existing::Replace, Access::Private);
    new.map_err(|cause| Error::Write { path: path.to_path_buf(), cause })
}

fn finish(file: NewFile, path: Option<&Path>) -> Result<(), Error> {
    let path = path.unwrap_or(Path::new("-"));
    file.finish().map_err(|cause| Error::Write { path: path.to_path_buf(), cause })
}

/// Whether a file begins with a line of a journal or of `listen --json`.
fn holds_deliveries(path: &Path) -> bool {
    let mut begin = Vec::new();
    // A pipe is only opened once it is written to.
    path.is_file()
        && File::open(path).and_then(|file| file.take(BEGIN).read_to_end(&mut begin)).is_ok()
        && wire::is_line(&begin)
}
