//! A receiver proved: the cases that a provider's description and catalog call for, how each is made, and what an
//! answer to it means.
//!
//! Pure: the clock and randomness come in, requests and judgements go out. Sending is the command's business.

mod cases;
mod findings;
mod judge;
mod leaks;
mod observe;
mod plan;
mod shot;
#[cfg(test)]
mod tests;

pub use cases::{CASES, Case, Family, Level, case};
pub use findings::{BROKE_ON_VALID, FINDINGS, Finding, finding};
pub use judge::{Came, Judged, Outcome, judge, why_refused};
pub use leaks::{Given, Leak, LeakScanner, judge_leaks};
pub use observe::{Observed, observe};
pub use plan::{Planned, Selection, everything, plan};
pub use shot::{Expect, Going, Kit, Request, Retries, Retry, Shot, address, ages, retries, shot};
