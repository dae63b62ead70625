//! Telling others that the listener can be reached: a file for scripts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::files::{self, Access, Existing};
use crate::error::Error;

/// Who is told where the listener can be reached.
#[derive(Clone, Debug, Args)]
pub(super) struct ReadyArgs {
    /// Written once deliveries can come: the addresses, one a line
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

impl ReadyArgs {
    /// Takes away what an earlier listener left, so that nobody sends to where it was.
    pub(super) fn clear(&self) -> Result<(), Error> {
        let Some(path) = &self.ready_file else { return Ok(()) };
        match fs::symlink_metadata(path).and_then(|found| take_away(path, &found)) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(Error::Write { path: path.clone(), cause }),
            _ => Ok(()),
        }
    }

    /// Writes the addresses, all at once: whoever sees the file can read all of it.
    pub(super) fn write(&self, urls: &[String]) -> Result<(), Error> {
        let Some(path) = &self.ready_file else { return Ok(()) };
        let lines = urls.join("\n") + "\n";
        let written = files::write(path, lines.as_bytes(), Existing::Replace, Access::Usual);
        written.map_err(|cause| Error::Write { path: path.clone(), cause })
    }
}

/// Who reads from a pipe or looks at a device would never see what takes its place.
fn take_away(path: &Path, found: &fs::Metadata) -> io::Result<()> {
    if found.is_file() {
        return fs::remove_file(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no ordinary file"))
}
