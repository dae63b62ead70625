//! Owners of files: only the caller and root decide what a command goes by, not other users of the machine.
//!
//! Windows has no such owner, so every file counts there.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// A file or folder at a path that was searched, not named.
pub(super) enum Found<T> {
    Absent,
    /// It belongs to this other user.
    Foreign(u32),
    Ours(T),
}

/// Returns the owner of a file, if that is neither the caller nor root.
#[cfg(unix)]
pub(super) fn stranger(found: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = found.uid();
    (owner != caller() && owner != 0).then_some(owner)
}

/// Windows: no file has an owner that counts.
#[cfg(not(unix))]
pub(super) fn stranger(_: &Metadata) -> Option<u32> {
    None
}

/// Returns the user that the command runs as.
#[cfg(unix)]
pub(super) fn caller() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Windows: nobody asks for it, since no file is a stranger's.
#[cfg(not(unix))]
pub(super) fn caller() -> u32 {
    0
}

/// Looks at a path without opening it. Of a link both the link and what it leads to count.
pub(super) fn look(path: &Path) -> Found<Metadata> {
    let (Ok(link), Ok(found)) = (path.symlink_metadata(), path.metadata()) else { return Found::Absent };
    match stranger(&link).or_else(|| stranger(&found)) {
        Some(owner) => Found::Foreign(owner),
        None => Found::Ours(found),
    }
}

/// Opens a regular file that was searched. The owner is that of the opened file, whatever the path leads to by then.
pub(super) fn open(path: &Path) -> io::Result<Found<File>> {
    match look(path) {
        Found::Ours(found) if found.is_file() => {}
        Found::Foreign(owner) if path.is_file() => return Ok(Found::Foreign(owner)),
        _ => return Ok(Found::Absent),
    }
    let file = open_at_once(path)?;
    let found = file.metadata()?;
    Ok(match stranger(&found) {
        Some(owner) => Found::Foreign(owner),
        None if found.is_file() => Found::Ours(file),
        None => Found::Absent,
    })
}

/// Opens a file for reading. A pipe that took its place is not waited for.
#[cfg(unix)]
pub(super) fn open_at_once(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Windows: pipes have paths of their own there.
#[cfg(not(unix))]
pub(super) fn open_at_once(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}
