//! Files as candidates.

use std::ffi::OsStr;
use std::path::Path;

use clap_complete::CompletionCandidate;
use clap_complete::engine::{PathCompleter, ValueCompleter as _};

use super::candidates::{OF_FILES, OF_STEPS};
use crate::commands::files::regular;
use crate::story::ENDING;

/// Candidates for a word that begins like this.
pub(super) type Files = fn(&OsStr) -> Vec<CompletionCandidate>;

/// The files that an argument may take beside its other values.
pub(super) fn of_argument(command: &str, id: &str) -> Files {
    match command {
        _ if OF_FILES.contains(&id) => named,
        "run" if OF_STEPS.contains(&id) => with_steps,
        "send" | "events" if OF_STEPS.contains(&id) => |begun| {
            // Folders would stand among the names of events.
            let is_path = begun.to_string_lossy().contains('/');
            let is_folder = |file: &CompletionCandidate| file.get_value().to_string_lossy().ends_with('/');
            with_steps(begun).into_iter().filter(|file| is_path || !is_folder(file)).collect()
        },
        _ => |_| Vec::new(),
    }
}

/// All files.
pub(super) fn any(begun: &OsStr) -> Vec<CompletionCandidate> {
    values(&PathCompleter::any(), begun)
}

/// Folders.
pub(super) fn folders(begun: &OsStr) -> Vec<CompletionCandidate> {
    values(&PathCompleter::dir(), begun)
}

/// Files, behind the name of what they are for too: `superfolio=secret.txt`.
fn named(begun: &OsStr) -> Vec<CompletionCandidate> {
    let text = begun.to_string_lossy();
    let Some((name, path)) = text.split_once('=') else { return any(begun) };
    any(OsStr::new(path)).into_iter().map(|file| file.add_prefix(format!("{name}="))).collect()
}

/// Files of stories, and the folders in which there may be some.
fn with_steps(begun: &OsStr) -> Vec<CompletionCandidate> {
    values(&PathCompleter::any().filter(has_steps), begun)
}

fn has_steps(path: &Path) -> bool {
    path.to_string_lossy().ends_with(ENDING)
        && regular(path).is_ok_and(|text| String::from_utf8_lossy(&text).contains("[[step]]"))
}

/// A file whose name begins with a dash would be read as an option.
fn values(completer: &PathCompleter, begun: &OsStr) -> Vec<CompletionCandidate> {
    let mut files = completer.complete(begun);
    files.retain(|file| !file.get_value().to_string_lossy().starts_with('-'));
    files
}
