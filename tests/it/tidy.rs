//! The rules of the house that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    files_below("src")
}

fn files_below(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut open = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
                sources.push((name, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    sources.sort();
    sources
}

/// The code without its unit tests, which stand at the end of a file.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

fn room(name: &str) -> &str {
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

#[test]
fn modules_import_only_what_stands_above_them_in_the_map() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let order: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let height = |room: &str| order.iter().position(|known| *known == room);
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let Some(own) = height(room(&name)) else { continue };
        for used in code(&text)
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        {
            let used = used.unwrap_or_default();
            if height(used).is_some_and(|used| used > own) {
                wrong.push(format!("{name} imports {used}, which stands below it"));
            }
        }
        for grouped in code(&text).split("use crate::{").skip(1).filter_map(|rest| rest.split("};").next()) {
            for used in grouped.split(',').map(|part| part.trim().split("::").next().unwrap_or_default()) {
                if height(used).is_some_and(|used| used > own) {
                    wrong.push(format!("{name} imports {used}, which stands below it"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn clocks_files_sockets_and_the_environment_stay_at_the_edges() {
    let edges = ["testing", "transport", "journal", "console", "commands", "cli", "main"];
    let pure = ["journal/entry.rs", "journal/cover.rs", "journal/filter.rs"];
    let words =
        ["Timestamp::now", "SystemTime", "Instant::now", "std::env", "std::fs", "fs::read", "TcpStream", "getrandom"];
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        if edges.contains(&room(&name)) && !pure.contains(&name.as_str()) {
            continue;
        }
        let found = words.iter().filter(|word| code(&text).contains(**word));
        wrong.extend(found.map(|word| format!("{name} has {word}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_says_what_it_owns() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "no `//!` at the top of {silent:?}");
}

/// The unit tests of a file.
fn unit_tests<'a>(name: &str, text: &'a str) -> &'a str {
    if name.ends_with("tests.rs") { text } else { &text[code(text).len()..] }
}

#[test]
fn tests_start_programs_in_a_bare_environment_only() {
    let mut tests = files_below("tests/it");
    tests.extend(
        sources().into_iter().map(|(name, text)| (format!("src/{name}"), unit_tests(&name, &text).to_string())),
    );
    let marks = [concat!("Command", "::new("), concat!("CARGO_", "BIN_EXE")];
    let found: Vec<_> = tests
        .iter()
        .flat_map(|(name, text)| marks.map(|mark| (name.as_str(), mark, text.matches(mark).count())))
        .filter(|(_, _, count)| *count > 0)
        .collect();
    assert_eq!(found, [("support.rs", marks[1], 1)], "use `bare` of src/testing.rs");
}
