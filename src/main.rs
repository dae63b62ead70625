//! The binary: gathers the world, calls the library, returns the exit code.

use std::process::ExitCode;

/// What one thread takes and another gives back costs less here than with most systems' own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hookproof::cli::run(std::env::args_os(), |name| std::env::var(name).ok()).into()
}
