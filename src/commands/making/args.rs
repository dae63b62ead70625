//! What the command line says of deliveries that are made.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::{Maker, Own, Source};
use crate::catalog::{Catalog, Event, Variants};
use crate::commands::chance;
use crate::commands::context::Context;
use crate::commands::edits::EditArgs;
use crate::commands::input::{self, HeaderArgs};
use crate::commands::secrets::SecretArgs;
use crate::error::Error;
use crate::json::Create;
use crate::render::{Freshness, Overrides};

/// Which events, and how they differ from their samples.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "The delivery")]
pub(in crate::commands) struct MakeArgs {
    /// A documented form of the event other than its first
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Variants too, where a glob or a provider is named
    #[arg(long, conflicts_with = "variant")]
    variants: bool,
    /// Fixes every fresh identity
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The event's time: RFC 3339 or Unix seconds; now where it is not given
    #[arg(long, value_name = "TIME", value_parser = input::time)]
    at: Option<Timestamp>,
    /// An identity, wherever it stands
    #[arg(long = "id", value_name = "NAME=VALUE")]
    ids: Vec<String>,
    /// The sample's own identities and times
    #[arg(long, conflicts_with_all = ["seed", "at"])]
    verbatim: bool,
    #[command(flatten)]
    edits: EditArgs,
    /// Makes paths that are not there
    #[arg(long)]
    create: bool,
    /// JSON of your own for `data`, or for the body where it has none; - is stdin
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The record before a change: JSON or a file
    #[arg(long, value_name = "JSON|FILE")]
    before: Option<String>,
    /// The record after a change: JSON or a file
    #[arg(long, value_name = "JSON|FILE")]
    after: Option<String>,
    /// Goes out without a signature
    #[arg(long)]
    unsigned: bool,
}

/// The part of these that stories have of the command line.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "The delivery")]
pub(in crate::commands) struct StageArgs {
    /// Fixes every fresh identity
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The time of each story's first step: RFC 3339 or Unix seconds; now where it is not given
    #[arg(long, value_name = "TIME", value_parser = input::time)]
    at: Option<Timestamp>,
    /// Goes out without a signature
    #[arg(long)]
    unsigned: bool,
}

impl StageArgs {
    /// The samples as they are beside that.
    pub(in crate::commands) fn making(&self) -> MakeArgs {
        MakeArgs { seed: self.seed, at: self.at, unsigned: self.unsigned, ..MakeArgs::default() }
    }
}

impl MakeArgs {
    /// The events that the words mean.
    pub(in crate::commands) fn select<'c>(
        &self,
        catalog: &'c Catalog,
        words: &[String],
    ) -> Result<Vec<Event<'c>>, Error> {
        let variants = if self.variants { Variants::With } else { Variants::Without };
        let mut events = Vec::new();
        for word in words {
            let selected = catalog.select(word, variants)?;
            for event in selected {
                events.push(match &self.variant {
                    Some(variant) => catalog.one(&format!("{}/{}", event.provider.id, event.name), Some(variant))?,
                    None => event,
                });
            }
        }
        Ok(events)
    }

    /// Reads the files, secrets and randomness that the deliveries need.
    pub(in crate::commands) fn maker(
        &self,
        context: &Context,
        catalog: &Catalog,
        events: &[Event<'_>],
        secrets: &SecretArgs,
        headers: &HeaderArgs,
        source: Source,
    ) -> Result<Maker, Error> {
        let providers: Vec<_> = events.iter().map(|event| event.provider).collect();
        Ok(Maker {
            overrides: self.overrides()?,
            freshness: if self.verbatim { Freshness::Verbatim } else { Freshness::Fresh },
            seed: self.seed()?,
            at: self.at,
            unsigned: self.unsigned,
            source,
            extra: headers.headers(),
            choice: secrets.choice(&providers)?,
            keyring: secrets.keyring(context, catalog)?,
            own: Own::default(),
        })
    }

    /// Takes a seed at random where none is given and one may be; that seed, so that it can be told.
    pub(in crate::commands) fn sow(&mut self) -> Result<Option<u64>, Error> {
        if self.seed.is_some() || self.verbatim {
            return Ok(None);
        }
        // Short enough to be typed again.
        let seed = u64::from(u32::from_le_bytes(chance::bytes(Some("--seed N does without"))?));
        self.seed = Some(seed);
        Ok(self.seed)
    }

    /// Whether a form of the event is named beside it.
    pub(in crate::commands) fn names_variant(&self) -> bool {
        self.variant.is_some()
    }

    /// Whether all forms of an event are asked for.
    pub(in crate::commands) fn wants_variants(&self) -> bool {
        self.variants
    }

    /// Whether identities and times are the sample's own.
    pub(in crate::commands) fn is_verbatim(&self) -> bool {
        self.verbatim
    }

    /// The flags that put something in the place of what a story carries from step to step.
    pub(in crate::commands) fn in_place_of_story(&self) -> impl Iterator<Item = &'static str> {
        let given = [("--data", self.data.is_some()), ("--before", self.before.is_some())];
        given.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag))
    }

    /// Signs nothing, because nothing but the body is wanted.
    pub(in crate::commands) fn leave_unsigned(&mut self) {
        self.unsigned = true;
    }

    fn seed(&self) -> Result<[u8; 32], Error> {
        let Some(number) = self.seed else { return chance::bytes(Some("--seed N does without")) };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        Ok(seed)
    }

    fn overrides(&self) -> Result<Overrides, Error> {
        Ok(Overrides {
            ids: self.ids.iter().map(|text| identity(text)).collect::<Result<_, _>>()?,
            data: self.data.as_deref().map(input::read_text).transpose()?,
            before: self.before.as_deref().map(input::inline_or_file).transpose()?,
            after: self.after.as_deref().map(input::inline_or_file).transpose()?,
            edits: self.edits.read()?,
            create: if self.create { Create::Yes } else { Create::No },
            ..Overrides::default()
        })
    }
}

fn identity(text: &str) -> Result<(String, String), Error> {
    text.split_once('=')
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .ok_or_else(|| Error::usage(format!("`{text}` has no `=`"), "write --id NAME=VALUE"))
}
