//! The libFuzzer binary of the target `json_change`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("json_change", data));
