//! What `doctor` finds: for each thing that was looked at a finding, and for a fault the next action.
//!
//! Judging only. What was seen of sockets, files, the clock and the environment comes in as values.

mod advice;
mod clock;
mod kept;
mod reach;
mod shape;

pub use advice::{Advice, advice, unknown_name};
pub use clock::clock;
pub use kept::kept;
pub use reach::{Attempt, connection, handshake};
pub use shape::shape;

use std::time::Duration;

use crate::exit::Exit;

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The providers and their samples.
    Catalog,
    /// `hookproof.toml`.
    Project,
    /// What variables and `hookproof.toml` set beside targets, catalogs and stories.
    Settings,
    /// The stories of the project and of its providers.
    Stories,
    /// A receiver's address.
    Target,
    /// What its host's name stands for.
    Name,
    /// Whether somebody takes connections there.
    Connection,
    /// Whether a TLS handshake comes about.
    Tls,
    /// A signing secret.
    Secret,
    /// The machine's time.
    Clock,
    /// The port to listen on.
    Port,
    /// The file that deliveries are kept in.
    Journal,
}

impl Check {
    /// The name, in output for machines too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Project => "project",
            Self::Settings => "settings",
            Self::Stories => "stories",
            Self::Target => "target",
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Secret => "secret",
            Self::Clock => "clock",
            Self::Port => "port",
            Self::Journal => "journal",
        }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should.
    Ok,
    /// It works, and is worth knowing.
    Note,
    /// It would keep a command from working, or make it lie.
    Fault,
    /// It could not be looked at.
    Unseen,
}

impl State {
    /// The name, in output for machines too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Fault => "fault",
            Self::Unseen => "unseen",
        }
    }

    /// The exit code of a run in which nothing stands worse.
    pub fn exit(self) -> Exit {
        match self {
            Self::Ok | Self::Note => Exit::Success,
            Self::Fault => Exit::Failed,
            Self::Unseen => Exit::Untestable,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// The target of the project that it is about, by name.
    pub target: Option<String>,
    /// How it stands.
    pub state: State,
    /// A stable name for what is not as it should be.
    pub code: Option<&'static str>,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do next.
    pub hint: Option<String>,
    /// How long it took, where that tells something.
    pub took: Option<Duration>,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(check: Check, found: impl Into<String>) -> Self {
        Self { check, target: None, state: State::Ok, code: None, found: found.into(), hint: None, took: None }
    }

    /// It is worth knowing.
    pub fn note(check: Check, code: &'static str, found: impl Into<String>) -> Self {
        Self { state: State::Note, code: Some(code), ..Self::ok(check, found) }
    }

    /// It is at fault.
    pub fn fault(check: Check, code: &'static str, found: impl Into<String>) -> Self {
        Self { state: State::Fault, code: Some(code), ..Self::ok(check, found) }
    }

    /// It could not be looked at.
    pub fn unseen(check: Check, code: &'static str, found: impl Into<String>) -> Self {
        Self { state: State::Unseen, code: Some(code), ..Self::ok(check, found) }
    }

    /// With the next action.
    #[must_use]
    pub fn hinting(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// With a next action where it has none.
    #[must_use]
    pub fn or_hinting(self, hint: impl FnOnce() -> String) -> Self {
        Self { hint: self.hint.or_else(|| Some(hint())), ..self }
    }

    /// With the time that it took.
    #[must_use]
    pub fn taking(self, took: Duration) -> Self {
        Self { took: Some(took), ..self }
    }

    /// As one about a target of the project.
    #[must_use]
    pub fn about(self, target: Option<&str>) -> Self {
        Self { target: target.map(str::to_string), ..self }
    }
}
