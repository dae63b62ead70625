//! The libFuzzer binary of the target `http_request`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("http_request", data));
