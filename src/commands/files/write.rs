//! Writes a file whole or not at all: into a temporary file beside it, which then takes its name.
//!
//! Devices, pipes and open descriptors (`/dev/stdout`, `/proc/self/fd/1`) are written directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::commands::signals;

/// The most symbolic links that are followed to a file, as on Linux.
const LINKS: usize = 40;
/// The most names that are tried for a temporary file.
const NAMES: u32 = 1000;

/// Temporary files of this process that have not taken their name yet.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Treatment of a file that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The new file takes its place, and keeps its mode.
    Replace,
    /// It stays, and the write fails with [`ErrorKind::AlreadyExists`].
    Refuse,
}

/// Mode of a file that did not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The mode that the umask leaves.
    Usual,
    /// Only its owner can read and write it.
    Private,
}

/// Writes a file at once.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing, access: Access) -> io::Result<()> {
    let mut file = NewFile::create(path, existing, access)?;
    file.write_all(bytes)?;
    file.finish()
}

/// A file that is being written. Without [`NewFile::finish`] it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    place: Place,
}

/// Where the bytes of a file go until it is finished.
#[derive(Debug)]
enum Place {
    /// Into the file itself: a device, a pipe, or a file that can't be replaced.
    Direct,
    /// Into a file that was made for this and did not exist before. It is removed on failure.
    Made(PathBuf),
    /// Into a temporary file, which takes the name of the target.
    Beside { temporary: PathBuf, target: PathBuf, existing: Existing },
    /// Nowhere any more.
    Finished,
}

impl NewFile {
    /// Opens a file for writing. It appears under its name when it is finished.
    pub(crate) fn create(path: &Path, existing: Existing, access: Access) -> io::Result<Self> {
        if [b"/".as_slice(), b"/."].iter().any(|end| path.as_os_str().as_encoded_bytes().ends_with(end)) {
            return Err(ErrorKind::IsADirectory.into());
        }
        if existing == Existing::Refuse {
            return Self::new(path, access);
        }
        let target = target(path)?;
        let found = match target.as_deref().map(fs::metadata) {
            Some(Ok(found)) if found.is_file() => found,
            Some(Err(cause)) if cause.kind() == ErrorKind::NotFound => {
                return Self::beside(&target.unwrap_or_default(), existing, access);
            }
            _ => return Self::direct(path),
        };
        let old = OpenOptions::new().write(true).open(path)?;
        let target = target.unwrap_or_default();
        if !has_one_name(&found) {
            return Self::direct(path);
        }
        match Self::beside(&target, existing, Access::Private) {
            Ok(new) if new.resemble(&old).is_ok() => Ok(new),
            // A folder that takes no other file, or an owner that can't be given.
            _ => Self::direct(path),
        }
    }

    /// Opens a file that takes the place of `old` with its mode and owner. It never writes into that file itself.
    pub(crate) fn replacing(path: &Path, old: &File) -> io::Result<Self> {
        let new = Self::beside(path, Existing::Replace, Access::Private)?;
        new.resemble(old)?;
        Ok(new)
    }

    fn new(path: &Path, access: Access) -> io::Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        Self::beside(path, Existing::Refuse, access)
    }

    fn direct(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        Ok(Self { file, place: Place::Direct })
    }

    fn beside(target: &Path, existing: Existing, access: Access) -> io::Result<Self> {
        signals::before_an_end(remove_unfinished);
        for number in 0..NAMES {
            let temporary = target.with_file_name(format!(".hookproof-{}-{number}.tmp", std::process::id()));
            // An end waits for the list, so it knows every file that was made.
            let made = unfinished(|all| make(&temporary, access).inspect(|_| all.push(temporary.clone())));
            match made {
                Ok(file) => {
                    return Ok(Self { file, place: Place::Beside { temporary, target: target.into(), existing } });
                }
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(cause),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Takes the mode and the owner of the file that it replaces.
    #[cfg(unix)]
    fn resemble(&self, old: &File) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        let (old, own) = (old.metadata()?, self.file.metadata()?);
        if (old.uid(), old.gid()) != (own.uid(), own.gid()) {
            std::os::unix::fs::fchown(&self.file, Some(old.uid()), Some(old.gid()))?;
        }
        self.file.set_permissions(old.permissions())
    }

    #[cfg(windows)]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    fn resemble(&self, _old: &File) -> io::Result<()> {
        Ok(())
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let Place::Beside { temporary, target, existing } = &self.place else {
            self.place = Place::Finished;
            return Ok(());
        };
        match existing {
            Existing::Replace => fs::rename(temporary, target).or_else(|cause| self.copy_over(target, cause))?,
            Existing::Refuse => {
                self.file.sync_all()?;
                self.link(temporary, target)?;
            }
        }
        Ok(())
    }

    /// Writes over a file that can't be renamed over, such as one that is mounted by itself.
    fn copy_over(&self, target: &Path, cause: io::Error) -> io::Result<()> {
        let Place::Beside { temporary, .. } = &self.place else { return Err(cause) };
        if !matches!(cause.kind(), ErrorKind::ResourceBusy | ErrorKind::CrossesDevices | ErrorKind::PermissionDenied) {
            return Err(cause);
        }
        let mut over = OpenOptions::new().write(true).truncate(true).open(target)?;
        io::copy(&mut File::open(temporary)?, &mut over).map(drop)
    }

    /// Gives a name that nobody has, in one step: who comes second fails. A file system without links takes a file that
    /// is made under its name.
    fn link(&self, temporary: &Path, target: &Path) -> io::Result<()> {
        match fs::hard_link(temporary, target) {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => {
                let mut new = Self { file: make(target, Access::Private)?, place: Place::Made(target.into()) };
                new.file.set_permissions(self.file.metadata()?.permissions())?;
                io::copy(&mut File::open(temporary)?, &mut new.file)?;
                new.finish()
            }
            linked => linked,
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Place::Made(path) | Place::Beside { temporary: path, .. } = &self.place {
            // After a rename nothing has this name.
            let _ = fs::remove_file(path);
            unfinished(|all| all.retain(|known| known != path));
        }
    }
}

/// Makes a file that does not exist.
fn make(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(windows)]
    let _ = access;
    options.open(path)
}

/// Follows symbolic links to the name that a file has or would have. Returns nothing for a descriptor: its link leads
/// to a file, yet who opened it goes on with the one that it has.
fn target(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        let Some(name) = path.file_name() else { return Ok(Some(path)) };
        let folder = match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => folder.canonicalize()?,
            None => std::env::current_dir()?,
        };
        if folder.starts_with("/dev") || folder.starts_with("/proc") {
            return Ok(None);
        }
        let here = folder.join(name);
        match fs::read_link(&here) {
            Ok(to) => path = folder.join(to),
            Err(_) => return Ok(Some(here)),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether no other name leads to a file. Another one would keep the old content.
#[cfg(unix)]
fn has_one_name(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) == 1
}

#[cfg(windows)]
fn has_one_name(_found: &fs::Metadata) -> bool {
    true
}

fn unfinished<R>(change: impl FnOnce(&mut Vec<PathBuf>) -> R) -> R {
    change(&mut UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Removes the temporary files of this process.
fn remove_unfinished() {
    unfinished(|all| {
        for path in all.drain(..) {
            let _ = fs::remove_file(path);
        }
    });
}
