//! Each fuzz target runs over its checked-in corpus, without libFuzzer. CONTRIBUTING.md says how to fuzz.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use targets::TARGETS;

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz crate calls it from its binaries")]
mod targets;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// The names in a folder, without their endings.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: fs::DirEntry| entry.path().file_stem().map(|stem| stem.to_string_lossy().into_owned());
    entries.map(|entry| entry.expect("an entry")).filter_map(name).collect()
}

#[test]
fn every_target_holds_over_its_corpus() {
    let mut failed = Vec::new();
    for (name, _) in TARGETS {
        let folder = folder("corpus").join(name);
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("a file");
            assert!(bytes.len() <= 4_096, "{} is no small file", path.display());
            if catch_unwind(|| targets::run(name, &bytes)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?} fail: the causes are above");
}

#[test]
fn every_target_has_a_corpus_and_a_binary() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_string()).collect();
    assert_eq!(names(&folder("corpus")), targets);
    assert_eq!(names(&folder("fuzz_targets")), targets);
    for name in &targets {
        assert!(!names(&folder("corpus").join(name)).is_empty(), "the corpus of {name} is empty");
    }
    let manifest = fs::read_to_string(folder("Cargo.toml")).expect("the manifest");
    for name in &targets {
        let binary = fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).expect("a binary");
        assert!(binary.contains(&format!("hookproof_fuzz::run(\"{name}\", data)")), "{name} calls another target");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} is not in fuzz/Cargo.toml");
    }
}
