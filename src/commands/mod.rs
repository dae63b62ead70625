//! One file a command: its arguments, then `run`, which wires the pure parts to the world.

pub mod check;
mod choosing;
pub mod completions;
mod connection;
pub mod context;
mod edits;
mod env_file;
pub mod events;
pub mod explain;
pub mod export;
mod handling;
pub mod history;
mod input;
pub mod listen;
mod making;
pub mod man;
mod parts;
mod press;
mod project;
pub mod render;
pub mod replay;
mod secrets;
pub mod send;
pub mod sign;
mod signals;
pub mod verify;
mod way;
