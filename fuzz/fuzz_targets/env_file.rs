//! The libFuzzer binary of the target `env_file`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("env_file", data));
