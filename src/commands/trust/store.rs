//! Projects that the user trusts, a file each in the user's own configuration directory: two commands at once never
//! write one file, and a broken file concerns one project.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::commands::files::{self, Access, Existing};
use crate::commands::input;
use crate::commands::owner::{self, Found};
use crate::error::Error;

/// What such a file says it is.
const FORM: &str = "trust/1";
const ENDING: &str = ".json";

/// A project that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The configuration's file, without links.
    pub(super) path: PathBuf,
    /// The digest of what was trusted.
    pub(super) digest: String,
}

impl Entry {
    fn text(&self) -> String {
        let (path, bytes) = (self.path.display().to_string(), hex::encode(self.path.as_os_str().as_encoded_bytes()));
        json!({"hookproof": FORM, "path": path, "path_hex": bytes, "sha256": self.digest}).to_string()
    }

    /// Reads a file of the store; nothing if it is broken.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok().filter(|value: &Value| value["hookproof"] == FORM)?;
        let path = path_of(hex::decode(value["path_hex"].as_str()?).ok()?);
        Some(Self { path, digest: value["sha256"].as_str()?.to_string() })
    }
}

/// A path from its bytes.
#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes).into()
}

/// Windows: a path that is not Unicode can't be made from bytes. It becomes another path, which is not trusted.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    OsString::from(String::from_utf8_lossy(&bytes).into_owned()).into()
}

/// The entry of a configuration's file. What can't be read, or what another user owns, is none.
pub(super) fn find(path: &Path) -> Option<Entry> {
    read(&folder().ok()?.join(name(path))).filter(|entry| entry.path == path)
}

/// Keeps an entry in place of an older one.
pub(super) fn put(entry: &Entry) -> Result<(), Error> {
    let folder = folder()?;
    let path = folder.join(name(&entry.path));
    make_folder(&folder)
        .and_then(|()| files::write(&path, entry.text().as_bytes(), Existing::Replace, Access::Private))
        .map_err(|cause| Error::Write { path: path.clone(), cause })
}

/// Removes the entry of a configuration's file; whether there was one.
pub(super) fn forget(path: &Path) -> Result<bool, Error> {
    let file = folder()?.join(name(path));
    match fs::remove_file(&file) {
        Ok(()) => Ok(true),
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(cause) => Err(Error::Write { path: file, cause }),
    }
}

/// Every entry, by path, and the files that can't be read.
pub(super) fn list() -> Result<(Vec<Entry>, Vec<PathBuf>), Error> {
    let folder = folder()?;
    let (mut entries, mut broken) = (Vec::new(), Vec::new());
    let found = match fs::read_dir(&folder) {
        Ok(found) => found,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok((entries, broken)),
        Err(cause) => return Err(Error::Read { path: folder, cause }),
    };
    let is_entry = |path: &PathBuf| path.to_string_lossy().ends_with(ENDING);
    for file in found.filter_map(|found| found.ok().map(|found| found.path())).filter(is_entry) {
        match read(&file).filter(|entry| file.ends_with(name(&entry.path))) {
            Some(entry) => entries.push(entry),
            None => broken.push(file),
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    broken.sort();
    Ok((entries, broken))
}

fn read(file: &Path) -> Option<Entry> {
    let Ok(Found::Ours(open)) = owner::open(file) else { return None };
    Entry::parse(&input::read_open(open, file).ok()?)
}

/// The name of an entry's file: a path may be longer than a name, and hold any byte.
fn name(path: &Path) -> String {
    format!("{}{ENDING}", hex::encode(Sha256::digest(path.as_os_str().as_encoded_bytes())))
}

fn folder() -> Result<PathBuf, Error> {
    let base = etcetera::choose_base_strategy().map_err(|cause| Error::Untestable {
        message: format!("there is no place to keep what is trusted: {cause}"),
        hint: Some("--config FILE uses a configuration without it".to_string()),
    })?;
    Ok(base.config_dir().join("hookproof").join("trusted"))
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::Entry;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let check = |path: &std::ffi::OsStr| {
            let entry = Entry { path: path.into(), digest: "ab".to_string() };
            assert_eq!(Entry::parse(entry.text().as_bytes()), Some(entry));
        };
        check("/a b/\"ü\"\n/hookproof.toml".as_ref());
        #[cfg(unix)]
        check(std::os::unix::ffi::OsStrExt::from_bytes(b"/\xff\xfe/hookproof.toml"));
    }

    #[test]
    fn what_is_broken_is_no_entry() {
        let good = Entry { path: "/a".into(), digest: "ab".to_string() }.text();
        let forms = [&good[..good.len() - 1], "", "[]", "null", "{}", &good.replace("trust/1", "trust/2")];
        for text in forms {
            assert_eq!(Entry::parse(text.as_bytes()), None, "{text}");
        }
    }
}
