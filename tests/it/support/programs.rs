//! Programs that the tests start. None of them sees the environment of whoever runs the tests, or writes into it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command};

use super::testing::bare;

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
