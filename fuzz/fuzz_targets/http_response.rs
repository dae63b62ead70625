//! The libFuzzer binary of the target `http_response`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookproof_fuzz::run("http_response", data));
