//! The sockets: sending requests and receiving them.
//!
//! Neither judges anything: what goes out and what came in are values of `message`.

mod receive;
mod send;

pub use receive::{BindError, Bound, Limits, Permit, Reply, bind, serve};
pub use send::{SendError, SendOptions, Sender};
