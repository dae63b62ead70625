//! The libFuzzer binary of the target `path`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("path", data));
