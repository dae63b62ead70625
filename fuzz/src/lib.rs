//! The fuzz targets: one function for each, which takes any bytes and asserts properties of the library.
//!
//! The libFuzzer binaries call them, and so does a test of the main package, which runs each over its checked-in corpus.

mod address;
mod config;
mod content;
mod env_file;
mod explain;
mod glob;
mod http_request;
mod http_response;
mod input;
mod inspect;
mod journal;
mod json;
mod json_change;
mod path;
mod provider;
mod redact;
mod script;
mod shell;
mod signature;
mod story;
mod terminal;
mod time;

/// A target: it panics if a property does not hold.
pub type Target = fn(&[u8]);

/// The targets by name. Each has a binary in `fuzz_targets` and a folder in `corpus`.
pub const TARGETS: [(&str, Target); 20] = [
    ("address", address::run),
    ("config", config::run),
    ("content", content::run),
    ("env_file", env_file::run),
    ("explain", explain::run),
    ("glob", glob::run),
    ("http_request", http_request::run),
    ("http_response", http_response::run),
    ("inspect", inspect::run),
    ("journal", journal::run),
    ("json", json::run),
    ("json_change", json_change::run),
    ("path", path::run),
    ("provider", provider::run),
    ("redact", redact::run),
    ("script", script::run),
    ("signature", signature::run),
    ("story", story::run),
    ("terminal", terminal::run),
    ("time", time::run),
];

/// Runs the target of this name.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    target(data);
}
