//! The completion scripts under `completions/` are generated and checked in.

use std::path::Path;

use crate::support::hookproof;

const FILES: [(&str, &str); 5] = [
    ("bash", "hookproof.bash"),
    ("zsh", "_hookproof"),
    ("fish", "hookproof.fish"),
    ("powershell", "_hookproof.ps1"),
    ("elvish", "hookproof.elv"),
];

#[test]
fn completions_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let mut stale = Vec::new();
    for (shell, name) in FILES {
        let script = hookproof("completions").arg(shell).exits(0).output.stdout;
        let path = folder.join(name);
        if std::fs::read(&path).ok().as_deref() != Some(script.as_slice()) {
            std::fs::write(&path, script).expect("a writable checkout");
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "were stale and are rewritten, commit them: {stale:?}");
}

#[test]
fn completions_offer_the_bundled_events_and_providers() {
    for (shell, _) in FILES {
        let script = hookproof("completions").arg(shell).exits(0).stdout();
        for name in ["superfolio/form.submitted", "swapcard/profile_create", "fingerprinting-api/NEW_VISIT"] {
            assert!(script.contains(name), "{shell} does not offer {name}");
        }
    }
}
