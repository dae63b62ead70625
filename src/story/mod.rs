//! Stories: deliveries that belong together, one step after the other, and what is expected of the answers.
//!
//! Owns the format of a story's file with its complaints, and what goes through all of its steps. When a delivery is
//! made and sent is the command's business; which identities and parts go on is the provider's to declare.

mod expect;
mod pattern;
mod places;
mod read;
mod text;
mod values;

pub use expect::{Expectation, Failure, JUDGED};
pub use places::Places;
pub use read::read;

use std::time::Duration;

use crate::catalog::Event;
use crate::render::{Cast, Overrides};

/// What the name of a story's file ends with.
pub const ENDING: &str = ".toml";

/// A story, read against the catalog.
#[derive(Clone, Debug)]
pub struct Story<'c> {
    /// `superfolio/@hot-lead`, or the path of its file.
    pub name: String,
    /// What happens, in a line.
    pub summary: String,
    /// Its steps in order.
    pub steps: Vec<Step<'c>>,
}

/// A step of a story: one delivery.
#[derive(Clone, Debug)]
pub struct Step<'c> {
    /// What it is called, where its event alone says too little.
    pub name: Option<String>,
    /// What is delivered.
    pub event: Event<'c>,
    /// How long after the step before, where it is said.
    pub delay: Option<Duration>,
    /// Identities that begin anew with it.
    pub new: Vec<String>,
    /// How it differs from its sample and from what goes on.
    pub changes: Overrides,
    /// The case of a check that it is sent as.
    pub fault: Option<String>,
    /// What is expected of the answer.
    pub expect: Option<Expectation>,
    /// Where its parts stand in the file.
    pub places: Places,
}

impl Story<'_> {
    /// How long it takes from the first step to the last, where pauses that it doesn't tell are as long as this.
    pub fn length(&self, untold: Duration) -> Duration {
        let pauses = self.steps.iter().skip(1).map(|step| step.delay.unwrap_or(untold));
        pauses.fold(Duration::ZERO, Duration::saturating_add)
    }
}

impl Step<'_> {
    /// What it is called in reports.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.event.full_name())
    }
}

/// A story on its way: what its steps so far have in common.
#[derive(Clone, Debug, Default)]
pub struct Play {
    cast: Cast,
}

impl Play {
    /// How the next delivery differs from its sample: the step's own changes and all that goes on.
    pub fn turn(&mut self, step: &Step<'_>) -> Overrides {
        for name in &step.new {
            self.cast.release(&step.event, name);
        }
        let is_kept = |(name, _): &&(String, String)| Cast::keeps(&step.event, name);
        for (name, value) in step.changes.ids.iter().filter(is_kept) {
            self.cast.bind(&step.event, name, value);
        }
        Overrides { cast: self.cast.clone(), ..step.changes.clone() }
    }

    /// Remembers what was made of the step: its body before anything was done to it, and the identities in it.
    pub fn made(&mut self, step: &Step<'_>, body: &str, ids: &[(String, String)]) {
        self.cast.learn(&step.event, body, ids);
    }
}
