//! A receiver proved: the cases that a provider's description and catalog call for, how each is made, and what an
//! answer to it means.
//!
//! Pure: the clock and randomness come in, requests and judgements go out. Sending is the command's business.

mod bodies;
mod cases;
mod judge;
mod plan;
mod shot;

pub use cases::{CASES, Case, FINDINGS, Family, Finding, Level, case, finding};
pub use judge::{Came, Judged, Outcome, judge, why_refused};
pub use plan::{Planned, Selection, everything, plan};
pub use shot::{Expect, Kit, Retry, Shot, retries, shot};
