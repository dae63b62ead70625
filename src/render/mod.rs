//! Event, overrides, clock and randomness in; a body and its headers out.
//!
//! The order is: variant, renew, `--id`, what a story carries along, given data, changes, derived parts. What the
//! user gives is never renewed. The clock and the randomness are arguments; signing comes after.

mod again;
mod cast;
mod change;
mod derive;
mod make;
mod renew;
mod stencil;

pub use again::{Renewal, renew_captured};
pub use cast::Cast;
pub use stencil::Stencil;

use std::collections::HashMap;

use jiff::Timestamp;
pub use rand_chacha::ChaCha8Rng as Randomness;
use rand_chacha::rand_core::SeedableRng as _;

use crate::catalog::{CatalogError, Event, Shape, Template};
use crate::json::{self, ChangeError, Create, Malformed};
use crate::message::Headers;
use crate::path::Path;
use crate::shell;
use crate::words;

/// What the user wants otherwise than the sample has it.
#[derive(Clone, Debug)]
pub struct Overrides {
    /// Identities by name.
    pub ids: Vec<(String, String)>,
    /// JSON for `data` where the body has one, else for the whole body.
    pub data: Option<String>,
    /// The record before a change, as JSON.
    pub before: Option<String>,
    /// The record after a change, as JSON.
    pub after: Option<String>,
    /// Single places, in order.
    pub edits: Vec<Edit>,
    /// Whether a place that isn't there is made.
    pub create: Create,
    /// What goes on from the steps of a story before; what is given here goes first.
    pub cast: Cast,
}

impl Overrides {
    /// Both at once: what the other has goes first, and its edits come last.
    #[must_use]
    pub fn under(mut self, other: &Self) -> Self {
        self.ids.extend(other.ids.iter().cloned());
        self.edits.extend(other.edits.iter().cloned());
        for (own, given) in
            [(&mut self.data, &other.data), (&mut self.before, &other.before), (&mut self.after, &other.after)]
        {
            if given.is_some() {
                own.clone_from(given);
            }
        }
        if other.create == Create::Yes {
            self.create = Create::Yes;
        }
        self
    }

    /// Whether no place of the body is to be another.
    fn is_empty(&self) -> bool {
        let given = [&self.data, &self.before, &self.after];
        self.edits.is_empty() && given.iter().all(|given| given.is_none())
    }

    /// An error where the body is a form and has no places to change.
    fn refuse_places(&self, event: &Event<'_>) -> Result<(), RenderError> {
        if self.is_empty() { Ok(()) } else { Err(RenderError::IsForm { event: event.full_name() }) }
    }
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            data: None,
            before: None,
            after: None,
            edits: Vec::new(),
            create: Create::No,
            cast: Cast::default(),
        }
    }
}

/// A change of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// This JSON text stands there.
    Set(Path, String),
    /// Nothing stands there.
    Unset(Path),
}

impl Edit {
    /// The place.
    pub fn path(&self) -> &Path {
        match self {
            Self::Set(path, _) | Self::Unset(path) => path,
        }
    }
}

/// Whether identities and times are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// They are: each delivery is one of its own.
    Fresh,
    /// They are not: the sample as it is.
    Verbatim,
}

/// What the world adds to a delivery.
#[derive(Debug)]
pub struct World {
    /// The event's time.
    pub now: Timestamp,
    /// Where new identities come from.
    pub random: Randomness,
}

/// A delivery's body and headers, not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The JSON body.
    pub body: String,
    /// Headers besides the signature.
    pub headers: Headers,
    /// The identities that it has.
    pub ids: Vec<(String, String)>,
    /// What the user should know of it.
    pub notes: Vec<String>,
}

/// Why an event can't be rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The sample is broken.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A change has no place.
    #[error("{error} of {event}")]
    Change {
        /// What is wrong.
        error: ChangeError,
        /// Whose body it is.
        event: String,
        /// A path that is near.
        near: Option<String>,
        /// Whether the place could be made.
        may_create: bool,
    },
    /// What the user gave is not JSON.
    #[error("{what} is {error}")]
    NotJson {
        /// Which input.
        what: &'static str,
        /// Where it breaks.
        error: Malformed,
    },
    /// The provider declares no identity of this name.
    #[error("{provider} has no identity `{name}`; it has {known}")]
    UnknownIdentity {
        /// The provider's id.
        provider: String,
        /// What was asked for.
        name: String,
        /// The declared ones.
        known: String,
    },
    /// An identity that is a number was given as text.
    #[error("the identity `{name}` is a number in this body, `{value}` is not")]
    NotANumber {
        /// The identity.
        name: String,
        /// What was given.
        value: String,
    },
    /// A header that is made from identities would hold a line break or another control character.
    #[error("the header `{name}` would hold a control character")]
    HeaderValue {
        /// The header.
        name: String,
    },
    /// The body is a form, which has no places to change.
    #[error("the body of {event} is a form, and only JSON can be changed in places")]
    IsForm {
        /// The event.
        event: String,
    },
    /// What is made would take too much memory.
    #[error("{what} would be larger than {}", words::size(*limit))]
    TooLarge {
        /// What is made.
        what: &'static str,
        /// The bound in bytes.
        limit: usize,
    },
    /// The event has no records before and after a change.
    #[error("{event} has no records before and after a change")]
    NoRecords {
        /// The event.
        event: String,
    },
}

impl RenderError {
    /// What to type next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Change { .. } => self.hint_of_place("--create"),
            Self::HeaderValue { .. } => Some("one of the given identities has it".to_string()),
            Self::IsForm { .. } => Some("`send --body` sends one of your own".to_string()),
            Self::TooLarge { .. } => Some("the provider's provider.toml makes it; shorten its parts".to_string()),
            Self::NoRecords { .. } => Some("--set and --data change other events".to_string()),
            _ => None,
        }
    }

    /// What to write in the place of one that isn't there; `create` has it made.
    pub fn hint_of_place(&self, create: &str) -> Option<String> {
        let Self::Change { error, event, near, may_create } = self else { return None };
        let near = near.as_ref().map(|near| format!("did you mean `{near}`?"));
        let is_missing = matches!(error, ChangeError::Missing(_));
        let listed = is_missing.then(|| format!("`hookproof events {}` lists its fields", shell::argument(event)));
        match (near, may_create) {
            (Some(near), true) => Some(format!("{near} {create} makes a new place")),
            (None, true) => listed.map(|listed| format!("{listed}; {create} makes a new place")),
            (near, false) => near.or(listed),
        }
    }
}

/// The largest body that is made of a sample, in bytes.
const LARGEST: usize = 16 << 20;

/// Refuses a body that grows with each of its provider's rules.
fn check_size(length: usize) -> Result<(), RenderError> {
    if length > LARGEST { Err(RenderError::TooLarge { what: "the body", limit: LARGEST }) } else { Ok(()) }
}

/// Makes a delivery's body and headers.
pub fn render(
    event: &Event<'_>,
    overrides: &Overrides,
    freshness: Freshness,
    world: &mut World,
) -> Result<Rendered, RenderError> {
    let sample = event.sample()?;
    let mut notes = Vec::new();
    if event.shape() == Shape::Form {
        return form(event, &sample, overrides, freshness, world);
    }
    let renewed = renew::renew(event, &sample, overrides, freshness, world, &mut notes)?;
    let carried = cast::carry(event, renewed.body, &renewed.ids, world.now, overrides)?;
    let body = finished(event, carried, overrides, &mut notes)?;
    Ok(Rendered { body, headers: renewed.headers, ids: renewed.ids, notes })
}

/// A renewed body with what the user gave in it, and with what follows from that.
fn finished(
    event: &Event<'_>,
    renewed: String,
    overrides: &Overrides,
    notes: &mut Vec<String>,
) -> Result<String, RenderError> {
    let given = change::give(event, renewed, overrides)?;
    // A change inside a derived part comes after the rest of that part was derived.
    let is_derived = |edit: &Edit| event.provider.description.derived.iter().any(|d| edit.path().is_within(&d.path));
    let (last, first): (Vec<_>, Vec<_>) = overrides.edits.iter().partition(|edit| is_derived(edit));
    let changed = change::edit(event, given, &first, overrides.create)?;
    let derived = derive::derive(event, changed, overrides, notes)?;
    change::edit(event, derived, &last, overrides.create)
}

/// A form is no tree: its identities are renewed where they stand, and nothing else can be changed.
fn form(
    event: &Event<'_>,
    body: &str,
    overrides: &Overrides,
    freshness: Freshness,
    world: &mut World,
) -> Result<Rendered, RenderError> {
    overrides.refuse_places(event)?;
    let renewed = renew::renew_form(event, body, overrides, freshness, world)?;
    Ok(Rendered { body: renewed.body, headers: renewed.headers, ids: renewed.ids, notes: Vec::new() })
}

/// Fills a template that names nothing of an event.
pub fn made(template: &Template, world: &mut World) -> String {
    // Without names a template is short, as its reader has seen to.
    make::make(template, &HashMap::new(), world.now, &mut world.random).unwrap_or_default()
}

/// The sample's body as it is, with nothing fresh in it.
pub fn verbatim(event: &Event<'_>) -> Result<String, RenderError> {
    let random = Randomness::from_seed([0; 32]);
    let mut world = World { now: Timestamp::UNIX_EPOCH, random };
    render(event, &Overrides::default(), Freshness::Verbatim, &mut world).map(|rendered| rendered.body)
}

/// Reads what the user gave as JSON, and lays it out as providers do.
fn compact_given(what: &'static str, text: &str) -> Result<String, RenderError> {
    json::compact(text.trim_start_matches('\u{feff}')).map_err(|error| RenderError::NotJson { what, error })
}
