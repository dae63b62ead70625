//! The libFuzzer binary of the target `provider`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("provider", data));
