//! What unit tests and the tests in `tests/it` share: the configuration of property tests, programs, and skipped tests.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::test_runner::{Config, RngSeed};

/// The seed of every property test. A test run must not depend on chance.
const SEED: u64 = 20_261_120;

/// Configures a property test that runs this number of cases. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` replace the
/// number and the seed.
pub(crate) fn property(cases: u32) -> Config {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let given = Config::default();
    Config {
        cases: if is_set("PROPTEST_CASES") { given.cases } else { cases },
        rng_seed: if is_set("PROPTEST_RNG_SEED") { given.rng_seed } else { RngSeed::Fixed(SEED) },
        failure_persistence: None,
        ..given
    }
}

/// Makes a command in a bare environment. `home` is its home, its current folder, and its folder for temporary files.
pub(crate) fn bare(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC");
    command.env("HOME", home).env("TMPDIR", home).current_dir(home);
    command
}

/// Reports that a test, or a part of it, was skipped. The report passes the capture of test output, and is added to the
/// file that `HOOKPROOF_TEST_SKIPS` names.
pub(crate) fn skipped(why: &str) {
    let line = format!("skipped: {}: {why}\n", std::thread::current().name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("HOOKPROOF_TEST_SKIPS") {
        let file = File::options().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of HOOKPROOF_TEST_SKIPS");
    }
}

/// Finds a program on the path.
pub(crate) fn path_of(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Whether a program that a test needs is installed. If it is not, this part of the test is skipped. With
/// `HOOKPROOF_TEST_NO_SKIP` the test fails.
#[track_caller]
pub(crate) fn has_program(program: &str) -> bool {
    let is_installed = path_of(program).is_some();
    if !is_installed {
        assert!(std::env::var_os("HOOKPROOF_TEST_NO_SKIP").is_none(), "{program} is not installed");
        skipped(&format!("{program} is not installed"));
    }
    is_installed
}
