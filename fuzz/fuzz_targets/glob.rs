//! The libFuzzer binary of the target `glob`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("glob", data));
