//! Hookproof fires, catches and proves webhooks. This is the map of its house.
//!
//! ```text
//! Event -> body -> Delivery -> signed Delivery -> answer -> outcome -> report -> text
//! bytes -> Capture -> identified -> Verdict -> explanation -> text
//! ```
//!
//! A module imports only what stands above it here. What is not there matters as much: nothing above
//! `transport` opens a socket, reads a file, a clock or the environment; no module names a
//! provider; clap's arguments don't leave `commands` and `cli`; `async` begins at `transport`.
//!
//! The library serves the binary and its tests. It makes no promise of stability.

#[cfg(test)]
mod testing;

pub mod exit;
pub mod secret;

pub mod message;
pub mod words;

pub mod refusal;

pub mod shell;

pub mod target;

pub mod complaint;

pub mod path;

pub mod json;

pub mod moment;

pub mod catalog;

pub mod render;

pub mod signature;

pub mod handshake;

pub mod identify;

pub mod inspect;

pub mod repeats;

pub mod drift;

pub mod expect;

pub mod respond;

pub mod retry;

pub mod explain;

pub mod discover;

pub mod conformance;

pub mod story;

pub mod network;

pub mod route;

pub mod wire;

pub mod transport;

pub mod journal;

pub mod replay;

pub mod tally;

pub mod diagnosis;

pub mod console;

pub mod report;

pub mod config;

pub mod error;

pub mod commands;

pub mod cli;
