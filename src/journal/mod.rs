//! What `listen` caught, kept: one line of JSON for each delivery, in a file that only grows, and rolls once.
//!
//! An entry and its line, what of a delivery may be kept, and which entries are wanted are pure; `append`, `delete`,
//! `look`, `read` and `private` touch files.

mod append;
mod cover;
mod delete;
mod entry;
mod filter;
mod look;
mod private;
mod read;

pub use append::Journal;
pub use cover::{Cover, Covered, Keep, REDACTED, is_credential};
pub use delete::{Deletion, Part};
pub use entry::{Damage, Entry, Id, Record, SCHEMA};
pub use filter::Filter;
pub use look::Look;
pub use read::{Backwards, Line, Lines, Place, Source};
