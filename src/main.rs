//! The binary: gathers the world, calls the library, returns the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    hookproof::cli::run(std::env::args_os(), |name| std::env::var(name).ok()).into()
}
