//! The libFuzzer binary of the target `config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("config", data));
