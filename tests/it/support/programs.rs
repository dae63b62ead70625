//! Programs that the tests start. None of them sees the environment of whoever runs the tests, or writes into it.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// A command in a bare environment. `home` is its home, its current folder, and its folder for temporary files.
pub(crate) fn bare(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC");
    command.env("HOME", home).env("TMPDIR", home).current_dir(home);
    command
}

/// A command that keeps nothing in its home, such as `mkfifo`.
pub(crate) fn tool(program: impl AsRef<OsStr>) -> Command {
    bare(program, &std::env::temp_dir())
}

/// Makes a named pipe.
pub(crate) fn make_pipe(path: &Path) {
    assert!(tool("mkfifo").arg(path).status().expect("mkfifo").success());
}

/// A child process. It is killed when this is dropped, so a test that fails leaves no process behind.
pub(crate) struct Process(Option<Child>);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(Some(command.spawn().expect("the program starts")))
    }

    /// The child, for `wait_with_output`.
    pub(crate) fn into_child(mut self) -> Child {
        self.0.take().expect("a process until its end is waited for")
    }

    /// Sends a signal by its name, as `kill` knows it.
    pub(crate) fn signal(&self, name: &str) {
        let status = tool("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }
}

impl std::ops::Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().expect("a process until its end is waited for")
    }
}

impl std::ops::DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().expect("a process until its end is waited for")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Reports, past the capture of test output, that a test or a part of it was left out. The reports of a whole run are
/// in the file that `HOOKPROOF_TEST_SKIPS` names.
pub(crate) fn skipped(why: &str) {
    let line = format!("skipped: {}: {why}\n", std::thread::current().name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("HOOKPROOF_TEST_SKIPS") {
        let file = std::fs::File::options().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of HOOKPROOF_TEST_SKIPS");
    }
}

/// Finds a program on the path.
pub(crate) fn path_of(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Whether a program that a test needs is installed. If it is not, the test is skipped, or it fails where
/// `HOOKPROOF_TEST_NO_SKIP` is set.
#[track_caller]
pub(crate) fn has_program(program: &str) -> bool {
    let is_installed = path_of(program).is_some();
    if !is_installed {
        assert!(std::env::var_os("HOOKPROOF_TEST_NO_SKIP").is_none(), "{program} is not installed");
        skipped(&format!("{program} is not installed"));
    }
    is_installed
}
