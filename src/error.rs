//! Every way a command can end early: the facts, one wording, the exit code, the next action.

use std::path::PathBuf;

use crate::catalog::{CatalogError, SelectError};
use crate::complaint::Complaint;
use crate::console::HarmsLog;
use crate::diagnosis;
use crate::exit::Exit;
use crate::expect::ExpectError;
use crate::render::RenderError;
use crate::secret::SecretError;
use crate::target::TargetError;
use crate::transport::{BindError, SendError};
use crate::wire::{HttpError, LineError};

/// Why a command ends early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A catalog is broken.
    #[error("{0}")]
    Catalog(#[from] CatalogError),
    /// A file that the user wrote is wrong.
    #[error("{0}")]
    Complaint(#[from] Complaint),
    /// A name means nothing, or too much.
    #[error("{0}")]
    Select(#[from] SelectError),
    /// A delivery can't be waited for.
    #[error("{0}")]
    Expect(#[from] ExpectError),
    /// An event can't be rendered as asked.
    #[error("{0}")]
    Render(#[from] RenderError),
    /// An address can't be used.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// There is nothing to listen on.
    #[error("{0}")]
    Bind(#[from] BindError),
    /// A request can't be made.
    #[error("{0}")]
    Send(#[from] SendError),
    /// A secret can't be used.
    #[error("the secret from {from} can't be used: {cause}")]
    Secret {
        /// Where it was taken from.
        from: String,
        /// What is wrong with it.
        cause: SecretError,
    },
    /// A scheme signs, and no secret is there.
    #[error("{provider} signs its deliveries, and no secret is given")]
    NoSecret {
        /// The provider's id.
        provider: String,
        /// Its own variable.
        variable: String,
        /// Where the provider shows the secret.
        find: Option<String>,
        /// Whether `--unsigned` would do.
        or_unsigned: bool,
    },
    /// Stdout may not get what is exact.
    #[error("{0}")]
    Output(#[from] HarmsLog),
    /// A file can't be read.
    #[error("can't read {}: {cause}", path.display())]
    Read {
        /// The file; `-` is stdin.
        path: PathBuf,
        /// What failed.
        cause: std::io::Error,
    },
    /// A file can't be written.
    #[error("can't write {}: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What failed.
        cause: std::io::Error,
    },
    /// A captured message can't be read.
    #[error("{input} is {cause}")]
    Http {
        /// The input.
        input: String,
        /// What is wrong.
        cause: HttpError,
    },
    /// A captured line can't be read.
    #[error("{input} is {cause}")]
    Line {
        /// The input.
        input: String,
        /// What is wrong.
        cause: LineError,
    },
    /// The command line asks for something that can't be.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead.
        hint: Option<String>,
    },
    /// A person broke off a question.
    #[error("interrupted")]
    Interrupted,
    /// It can't be tested, for a reason beyond the command line.
    #[error("{message}")]
    Untestable {
        /// Why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl Error {
    /// A wrong command line.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// The exit code that tells the truth about it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Send(SendError::TimedOut(_) | SendError::Dropped(_)) => Exit::Failed,
            Self::Catalog(_)
            | Self::Select(SelectError::LeftOut { .. })
            | Self::Expect(ExpectError::LeftOut(_))
            | Self::Render(RenderError::Catalog(_))
            | Self::Bind(_)
            | Self::Send(SendError::NoConnection { .. })
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Http { .. }
            | Self::Line { .. }
            | Self::Untestable { .. } => Exit::Untestable,
            Self::Complaint(complaint) if complaint.is_of_catalog() => Exit::Untestable,
            Self::Interrupted => Exit::Interrupted,
            Self::Complaint(_)
            | Self::Expect(_)
            | Self::Render(_)
            | Self::Select(_)
            | Self::Target(_)
            | Self::Secret { .. }
            | Self::NoSecret { .. }
            | Self::Usage { .. }
            | Self::Output(_)
            | Self::Send(SendError::Options(_)) => Exit::Usage,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Complaint(error) => error.hint().map(str::to_string),
            Self::Select(error) => Some(error.hint()),
            Self::Expect(error) => Some(error.hint()),
            Self::Render(error) => error.hint(),
            Self::Send(error) => diagnosis::advice(error).map(|advice| advice.hint),
            Self::Bind(BindError::Busy { .. }) => Some("--port 0 takes a free one".to_string()),
            Self::NoSecret { variable, find, or_unsigned, .. } => {
                Some(how_to_give_one(variable, find.as_deref(), *or_unsigned))
            }
            Self::Secret { cause: SecretError::Empty | SecretError::Blank, .. } => {
                Some("with an empty secret anyone could sign; set it, or leave it out".to_string())
            }
            Self::Http { .. } | Self::Line { .. } => Some("--as body|http|line says what it is".to_string()),
            Self::Output(_) => Some("write it to a file instead, as in `> FILE`".to_string()),
            Self::Usage { hint, .. } | Self::Untestable { hint, .. } => hint.clone(),
            _ => None,
        }
    }
}

fn how_to_give_one(variable: &str, find: Option<&str>, or_unsigned: bool) -> String {
    let mut hint = format!("set {variable}, or give --secret-env NAME, --secret-file FILE or --env-file .env");
    if let Some(find) = find {
        hint.push_str(&format!("; where to find it: {find}"));
    }
    if or_unsigned {
        hint.push_str("; --unsigned goes without");
    }
    hint
}
