//! Whether deliveries can be kept.

use std::path::Path;

use super::{Check, Finding};
use crate::journal::Look;
use crate::words;

/// A journal as it was found.
pub fn kept(path: &Path, look: &Look) -> Finding {
    let shown = path.display();
    if let Some(what) = &look.obstacle {
        return Finding::fault(Check::Journal, "journal-unusable", format!("{shown} can't be written: {what}"))
            .hinting("--journal FILE or HOOKPROOF_JOURNAL names another; --journal '' keeps nothing");
    }
    let Some(size) = look.size else {
        return Finding::ok(Check::Journal, format!("{shown} is not there yet; listen makes it"));
    };
    let told = |bytes| words::size(usize::try_from(bytes).unwrap_or(usize::MAX));
    let mut found = format!("{shown} has {}", told(size));
    if let Some(older) = look.older {
        found.push_str(&format!(", and {} in the older file beside it", told(older)));
    }
    match look.mode {
        Some(mode) if mode & 0o077 != 0 => {
            found.push_str(&format!(", and others than its owner may use it (mode {mode:o})"));
            Finding::note(Check::Journal, "journal-open", found)
                .hinting(format!("chmod 600 {shown}; listen does so when it opens it"))
        }
        Some(mode) => Finding::ok(Check::Journal, format!("{found}, mode {mode:o}")),
        None => Finding::ok(Check::Journal, found),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::kept;
    use crate::journal::Look;

    #[test]
    fn a_journal_is_told_by_its_size_and_mode() {
        let check = |look: Look, expected: &str| {
            let finding = kept(Path::new("j"), &look);
            assert_eq!(format!("{}: {}", finding.state.word(), finding.found), expected);
        };
        let look = |size, mode| Look { size, mode, older: None, obstacle: None };
        check(look(None, None), "ok: j is not there yet; listen makes it");
        check(look(Some(2_500), Some(0o600)), "ok: j has 2.5 KB, mode 600");
        check(look(Some(0), Some(0o644)), "note: j has 0 B, and others than its owner may use it (mode 644)");
        check(
            Look { older: Some(64_000_000), ..look(Some(10), None) },
            "ok: j has 10 B, and 64.0 MB in the older file beside it",
        );
        let obstacle = Some("a directory".to_string());
        check(Look { obstacle, ..look(None, None) }, "fault: j can't be written: a directory");
    }
}
