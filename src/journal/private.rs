//! What differs between Unix and Windows: files for their owner alone, and whether a name still means the same file.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are missing, for its owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file to be appended to; a new one is its owner's alone.
pub(super) fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes from all but its owner what they may do with a file that was there before. One that is somebody else's stays
/// as they have it.
pub(super) fn tighten(file: &File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if let Ok(found) = file.metadata()
            && found.permissions().mode() & 0o077 != 0
        {
            let _ = file.set_permissions(PermissionsExt::from_mode(found.permissions().mode() & 0o700));
        }
    }
    #[cfg(windows)]
    let _ = file;
}

/// Whether a file can be written to, or a folder take another, as the system says without trying.
#[cfg(unix)]
pub(super) fn check_writable(path: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    let wanted = if path.is_dir() { Access::WRITE_OK | Access::EXEC_OK } else { Access::WRITE_OK };
    access(path, wanted).map_err(io::Error::from)
}

/// As above: where there is no such question, a mark on the file is all that is known.
#[cfg(windows)]
pub(super) fn check_writable(path: &Path) -> io::Result<()> {
    let found = path.metadata()?;
    if found.is_file() && found.permissions().readonly() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

/// Who may use a file, where the system says so in a number.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "Windows has no such number")]
pub(super) fn mode(found: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777)
}

/// As above: there is no such number.
#[cfg(windows)]
pub(super) fn mode(_found: &Metadata) -> Option<u32> {
    None
}

/// Whether this name still means this file. One that means nothing does not.
pub(super) fn is_at(path: &Path, file: &File) -> io::Result<bool> {
    match is_same(path, file) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        other => other,
    }
}

#[cfg(unix)]
fn is_same(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (named, open) = (path.metadata()?, file.metadata()?);
    Ok((named.dev(), named.ino()) == (open.dev(), open.ino()))
}

#[cfg(windows)]
fn is_same(path: &Path, file: &File) -> io::Result<bool> {
    Ok(same_file::Handle::from_path(path)? == same_file::Handle::from_file(file.try_clone()?)?)
}
