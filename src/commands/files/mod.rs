//! Files of the user: written whole or not at all, read within bounds.
//!
//! The journal is not here: it is appended to, and read by lines.

mod read;
mod write;

pub(super) use read::{LARGEST_GIVEN, check_regular, given, list, opened, regular, to_end};
pub(super) use write::{Access, Existing, NewFile, write};
