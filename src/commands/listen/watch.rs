//! What a listener looks at beyond the verdict, and remembers from one delivery to the next.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use clap::Args;
use jiff::Timestamp;

use super::expecting::Waiting;
use super::keeping::Keeper;
use super::responding::Responding;
use crate::drift::{Difference, Made};
use crate::exit::Exit;
use crate::inspect::Inspected;
use crate::journal::Id;
use crate::json::Body;
use crate::message::Capture;
use crate::repeats::{Memory, Signatures};
use crate::report::Noticed;

/// Events whose making is remembered; a sender can make up names without end.
const EVENTS: usize = 256;
/// A longer name is no event's, in bytes.
const NAME: usize = 200;

/// What is looked at, and what makes `listen` fail.
#[derive(Clone, Debug, Args)]
pub(super) struct WatchArgs {
    /// Fails where a delivery has fields that the catalog doesn't know, that are missing or of another type
    #[arg(long)]
    strict: bool,
}

/// Whether anybody sees where deliveries differ from the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drift {
    /// It is shown.
    Shown,
    /// It is not: it is looked for only where it makes a difference.
    Unseen,
}

/// A provider's id, and the events that a delivery may be.
type Meant = (String, Vec<String>);

/// Looks at each delivery beside those that came before, and beside the catalog.
pub(super) struct Watch {
    is_strict: bool,
    drift: Drift,
    /// With each delivery its entry in the journal.
    memory: RefCell<Memory<Option<Id>>>,
    signatures: RefCell<Signatures>,
    keeper: RefCell<Option<Keeper>>,
    /// How many could not be kept; their senders were told to try again.
    unkept: Cell<usize>,
    /// By provider and events.
    made: RefCell<HashMap<Meant, Option<Rc<Made>>>>,
    drifted: Cell<usize>,
    /// What is waited for.
    pub(super) waiting: Waiting,
    /// What is answered on purpose.
    pub(super) responding: Responding,
}

impl Watch {
    pub(super) fn new(args: &WatchArgs, drift: Drift, waiting: Waiting, responding: Responding) -> Self {
        Self {
            is_strict: args.strict,
            drift,
            memory: RefCell::default(),
            signatures: RefCell::default(),
            keeper: RefCell::default(),
            unkept: Cell::new(0),
            made: RefCell::default(),
            drifted: Cell::new(0),
            waiting,
            responding,
        }
    }

    /// Keeps each delivery from now on.
    pub(super) fn keep_in(&self, keeper: Keeper) {
        self.keeper.replace(Some(keeper));
    }

    /// Keeps nothing more, and has nothing more to say.
    pub(super) fn end_keeping(&self) {
        self.keeper.take();
    }

    /// What is worth telling of a delivery that just came; nothing where it could not be kept.
    pub(super) fn notice(&self, capture: &Capture, inspected: &Inspected<'_>) -> Option<Noticed> {
        let mut memory = self.memory.borrow_mut();
        let same = memory.sameness(inspected, &capture.delivery.body);
        let first = same.and_then(|same| memory.first(same).copied()).flatten();
        let mut noticed = Noticed { answer: self.responding.answer(inspected), ..Noticed::default() };
        let status = inspected.answered().and_then(|usual| noticed.status(usual));
        let id = match self.keeper.borrow().as_ref().map(|keeper| keeper.keep(capture, inspected, first, status)) {
            Some(None) => {
                self.unkept.set(self.unkept.get() + 1);
                return None;
            }
            id => id.flatten(),
        };
        self.waiting.count(inspected);
        let at = capture.received.unwrap_or(Timestamp::UNIX_EPOCH);
        self.responding.count(inspected, at, noticed.answer.as_ref());
        noticed.repeat = same.and_then(|same| memory.remember(same, at, id));
        let mut signatures = self.signatures.borrow_mut();
        signatures.remember(&capture.delivery, inspected, at);
        noticed.earlier = signatures.earlier(&capture.delivery, inspected);
        noticed.drift = self.differences(&capture.delivery.body, inspected);
        self.drifted.set(self.drifted.get() + usize::from(!noticed.drift.is_empty()));
        Some(noticed)
    }

    /// Where a delivery differs from the catalog. One that is refused may be anybody's, and is not judged.
    fn differences(&self, body: &[u8], inspected: &Inspected<'_>) -> Vec<Difference> {
        let is_wanted = self.is_strict || self.drift == Drift::Shown;
        if !is_wanted || inspected.status != 200 {
            return Vec::new();
        }
        let made = self.made(inspected);
        made.map(|made| made.differences(Body::new(body).document())).unwrap_or_default()
    }

    fn made(&self, inspected: &Inspected<'_>) -> Option<Rc<Made>> {
        let identified = &inspected.identified;
        let provider = identified.provider.filter(|_| identified.events.iter().all(|event| event.len() <= NAME))?;
        let mut known = self.made.borrow_mut();
        if known.len() >= EVENTS {
            known.clear();
        }
        let key = (provider.id.clone(), identified.events.clone());
        known.entry(key).or_insert_with_key(|(_, events)| Made::of(provider, events).map(Rc::new)).clone()
    }

    /// How many deliveries differed from the catalog.
    pub(super) fn drifted(&self) -> usize {
        self.drifted.get()
    }

    /// How many deliveries could not be kept.
    pub(super) fn unkept(&self) -> usize {
        self.unkept.get()
    }

    /// What `listen` ends with.
    pub(super) fn exit(&self) -> Exit {
        let drift = if self.is_strict && self.drifted() > 0 { Exit::Failed } else { Exit::Success };
        let unkept = if self.unkept() > 0 { Exit::Untestable } else { Exit::Success };
        drift.with(self.waiting.exit()).with(unkept)
    }
}
