//! Looking at a journal without opening or changing it: whether it could be written, and how it stands.

use std::io;
use std::path::Path;

use super::private::{check_writable, mode};
use super::read::{check_kind, rolled};

/// How a journal stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Its size in bytes, where it is there.
    pub size: Option<u64>,
    /// The size of the file that it was before it rolled.
    pub older: Option<u64>,
    /// Who may use it, as `chmod` writes it; nothing where the system has no such thing.
    pub mode: Option<u32>,
    /// What keeps it from being written.
    pub obstacle: Option<String>,
}

impl Look {
    /// Looks at a journal. What keeps it from being looked at is the error.
    pub fn at(path: &Path) -> io::Result<Self> {
        let found = match path.metadata() {
            Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Self::at_nothing(path);
            }
            // Who may not look may not write.
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                return Ok(Self { obstacle: Some(cause.to_string()), ..Self::default() });
            }
            found => found?,
        };
        let full = path.canonicalize()?;
        let older = rolled(&full);
        let obstacle = check_kind(&full).and_then(|()| check_writable(&full));
        let mut obstacle = obstacle.err().map(|cause| cause.to_string());
        if older.is_dir() {
            let why = || format!("when it is full it becomes {}, and that is a directory", older.display());
            obstacle = obstacle.or_else(|| Some(why()));
        }
        let older = older.metadata().ok().filter(std::fs::Metadata::is_file).map(|older| older.len());
        Ok(Self { size: Some(found.len()), older, mode: mode(&found), obstacle })
    }

    /// Where there is none, the nearest folder that there is has to take it.
    fn at_nothing(path: &Path) -> io::Result<Self> {
        let in_the_way = |what: String| Ok(Self { obstacle: Some(what), ..Self::default() });
        let full = std::path::absolute(path)?;
        if path.as_os_str().as_encoded_bytes().last().is_some_and(|last| std::path::is_separator(char::from(*last))) {
            return in_the_way("that is the name of a folder".to_string());
        }
        // Folders are made above the name, and not where a link leads.
        if let Ok(to) = full.read_link()
            && !full.with_file_name(&to).parent().is_some_and(Path::is_dir)
        {
            return in_the_way(format!("it is a link to {}, which is not there", to.display()));
        }
        let folder = full.ancestors().skip(1).find(|folder| folder.exists());
        let obstacle = folder.map_or(Ok(()), |folder| {
            let found = if folder.is_dir() { check_writable(folder) } else { Err(io::ErrorKind::NotADirectory.into()) };
            found.map_err(|cause| format!("{}: {cause}", folder.display()))
        });
        Ok(Self { obstacle: obstacle.err(), ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Look;

    #[test]
    fn a_look_changes_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a/b/journal");
        assert_eq!(Look::at(&path).unwrap(), Look::default());
        assert!(!folder.path().join("a").exists());
        let path = folder.path().join("journal");
        fs::write(&path, "12").unwrap();
        fs::write(folder.path().join("journal.1"), "123").unwrap();
        let look = Look::at(&path).unwrap();
        assert_eq!((look.size, look.older, look.obstacle), (Some(2), Some(3), None));
    }

    #[test]
    fn what_is_in_the_way_is_told() {
        let folder = tempfile::TempDir::new().unwrap();
        let obstacle = |name: &str| Look::at(&folder.path().join(name)).unwrap().obstacle;
        fs::create_dir(folder.path().join("journal")).unwrap();
        assert!(obstacle("journal").unwrap().contains("directory"));
        fs::write(folder.path().join("full"), "").unwrap();
        fs::create_dir(folder.path().join("full.1")).unwrap();
        assert!(obstacle("full").unwrap().contains("full.1, and that is a directory"));
        assert!(obstacle("full/journal").unwrap().contains("full: "));
        assert!(obstacle("gone/").unwrap().contains("name of a folder"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("gone/journal", folder.path().join("astray")).unwrap();
            assert!(obstacle("astray").unwrap().contains("gone/journal, which is not there"));
            std::os::unix::fs::symlink("later", folder.path().join("early")).unwrap();
            assert_eq!(obstacle("early"), None);
        }
    }
}
