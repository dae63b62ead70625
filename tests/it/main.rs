//! The binary, tried from outside: real sockets, real files, exit codes. A file a command or topic.
#![allow(missing_docs, reason = "test names are their documentation")]

mod answers;
mod asking;
mod bounds;
mod catalog;
mod check;
mod completions;
mod doctor;
mod documented;
mod drift;
mod escaping;
mod events;
mod exits;
mod expect;
mod explain;
mod export;
mod files;
#[cfg(unix)]
mod foreign;
mod forgeries;
mod forward;
mod fuzz;
mod hostile;
mod init;
mod journal;
mod limits;
mod listen;
mod memory;
mod own_catalog;
mod project;
mod properties;
mod readme;
mod ready;
mod render;
mod repeats;
mod replay;
mod reports;
mod respond;
mod retries;
mod run;
mod schemes;
mod scripts;
mod secrets;
mod security;
mod send;
mod settings;
mod stories;
mod support;
#[cfg(unix)]
mod tabs;
mod terminal;
mod tidy;
mod tls;
mod trust;
mod verify;
mod volume;
