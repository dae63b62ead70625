//! The sockets: sending requests and receiving them.
//!
//! Neither judges anything: what goes out and what came in are values of `message`.

mod bind;
mod connect;
mod exact;
mod fault;
mod reach;
mod receive;
mod send;
mod trust;
mod volley;

pub use bind::{BindError, Bound, bind};
pub use connect::resolve;
pub use exact::{Manner, read_response, send_exactly, send_half, send_in_pieces, send_keeping, send_on_one};
pub use fault::{Fault, FaultKind};
pub use reach::{connect_each, handshake, takes_connections};
pub use receive::{Aside, Hooks, Limits, Permit, Protocol, Refused, Reply, serve};
pub use send::{KEPT, SendError, SendOptions, Sender};
pub use volley::{Ended, FIRST_PART, Gun, Hit, Rate, Volley, volley};
