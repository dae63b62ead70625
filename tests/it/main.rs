//! The binary, tried from outside: real sockets, real files, exit codes. A file a command or topic.
#![allow(missing_docs, reason = "test names are their documentation")]

mod answers;
mod catalog;
mod check;
mod completions;
mod documented;
mod drift;
mod events;
mod exits;
mod expect;
mod explain;
mod export;
mod forgeries;
mod forward;
mod hostile;
mod journal;
mod limits;
mod listen;
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
mod schemes;
mod secrets;
mod send;
mod support;
mod terminal;
mod tidy;
mod tls;
mod verify;
