//! Reads a file within bounds.
//!
//! A file that a project, a catalog or a story names, or that lies in one of their folders, is a regular file of at most
//! [`LARGEST`] bytes. One that the command line names may be a pipe or a device too; of it [`LARGEST_GIVEN`] bytes are read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::commands::owner;
use crate::error::Error;
use crate::words;

/// The largest file of a project, a catalog or a story, in bytes.
const LARGEST: u64 = 4 << 20;
/// The largest input that the command line names, in bytes. A journal of the usual size fits.
pub(crate) const LARGEST_GIVEN: u64 = 256 << 20;
/// The most entries of a folder of stories or providers.
const MOST_ENTRIES: usize = 10_000;

/// Reads a regular file of a project, a catalog or a story. Nothing else is opened, so that none is waited for.
pub(crate) fn regular(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        check(&path.metadata()?)?;
        // What stands under a name may be another file by now.
        opened(owner::open_at_once(path)?)
    };
    read().map_err(|cause| Error::Read { path: path.to_path_buf(), cause })
}

/// Reads a file of a project that was opened without waiting.
pub(crate) fn opened(file: File) -> io::Result<Vec<u8>> {
    check(&file.metadata()?)?;
    to_end(file, LARGEST)
}

/// Refuses a file that [`regular`] would not read. One that is not there is left to whoever reads it.
pub(crate) fn check_regular(path: &Path) -> Result<(), Error> {
    match path.metadata().and_then(|found| check(&found)) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::Read { path: path.to_path_buf(), cause }),
        _ => Ok(()),
    }
}

/// Reads a file that the command line names.
pub(crate) fn given(path: &Path) -> Result<Vec<u8>, Error> {
    let read = || File::open(path).and_then(|file| to_end(file, LARGEST_GIVEN));
    read().map_err(|cause| Error::Read { path: path.to_path_buf(), cause })
}

/// Reads all of an input that has at most so many bytes.
pub(crate) fn to_end(input: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

/// Lists a folder in the order of its names.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let fail = |cause| Error::Read { path: folder.to_path_buf(), cause };
    let entries = fs::read_dir(folder).map_err(fail)?.take(MOST_ENTRIES + 1);
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(fail)?;
    if paths.len() > MOST_ENTRIES {
        return Err(fail(io::Error::other(format!("it has more than {MOST_ENTRIES} entries"))));
    }
    paths.sort();
    Ok(paths)
}

fn check(found: &fs::Metadata) -> io::Result<()> {
    match () {
        () if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        () if !found.is_file() => Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file")),
        () if found.len() > LARGEST => Err(too_large(LARGEST)),
        () => Ok(()),
    }
}

fn too_large(limit: u64) -> io::Error {
    let limit = words::size(usize::try_from(limit).unwrap_or(usize::MAX));
    io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {limit}, the most that is read of it"))
}
