//! `--shuffle`, `--duplicate` and `--drop`: what networks do to deliveries.

use clap::Args;

use super::staging::Step;
use crate::network::{Network, Passage};
use crate::render::Randomness;

/// What happens on the way.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "The way")]
pub(super) struct WeatherArgs {
    /// Delivers in another order; each is made in its own
    #[arg(long)]
    shuffle: bool,
    /// Delivers each so many times: the very same delivery, as networks repeat it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=100))]
    duplicate: Option<u8>,
    /// Loses this share on the way, chosen at random: 10% or 0.1
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "retry")]
    drop: Option<f64>,
}

impl WeatherArgs {
    fn network(&self) -> Network {
        Network {
            shuffles: self.shuffle,
            copies: self.duplicate.map_or(1, usize::from),
            lost: self.drop.unwrap_or_default(),
        }
    }

    /// Whether chance has a say in it.
    pub(super) fn is_of_chance(&self) -> bool {
        self.shuffle || self.drop.is_some()
    }

    /// What goes out, in its order.
    pub(super) fn plan(&self, steps: &[Step<'_>], random: &mut Randomness) -> Vec<Passage> {
        self.network().plan(steps.len(), random)
    }

    /// Which copy it is, where there are several.
    pub(super) fn copy(&self, passage: &Passage) -> Option<(usize, usize)> {
        self.duplicate.map(|copies| (passage.copy, usize::from(copies)))
    }
}

/// `10%`, `0.1`
fn share(text: &str) -> Result<f64, String> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse::<f64>(),
    };
    let share = share.ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("`{text}` is no share; write one like 10% or 0.1"))
}
