//! The binary, tried from outside: real sockets, real files, exit codes. A file a command or topic.
#![allow(missing_docs, reason = "test names are their documentation")]

mod completions;
mod readme;
mod support;
mod tidy;
