//! Whether a story can be told to its end: each step is made once, and nothing is signed or sent.

use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

use super::{Play, Story};
use crate::complaint::Complaint;
use crate::render::{Freshness, Randomness, World, render};

impl Story<'_> {
    /// An error where a step can't be made. Whether a case of `check` can be made of one shows with the secret only.
    pub fn rehearse(&self) -> Result<(), Complaint> {
        let mut play = Play::default();
        for (number, step) in (0..).zip(&self.steps) {
            let mut random = Randomness::from_seed([0; 32]);
            random.set_stream(number);
            let mut world = World { now: Timestamp::UNIX_EPOCH, random };
            let made = render(&step.event, &play.turn(step), Freshness::Fresh, &mut world).map_err(|error| {
                let of_event = || step.complaint_of_event(&error.to_string());
                step.complaint(&error).unwrap_or_else(of_event)
            })?;
            play.made(step, &made.body, &made.ids);
        }
        Ok(())
    }
}
