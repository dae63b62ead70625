//! `events`: asking the catalog.

use clap::Args;

use super::context::Context;
use crate::catalog::{Event, Variants};
use crate::error::Error;
use crate::exit::Exit;
use crate::{render, report};

/// The arguments of `events`.
#[derive(Clone, Debug, Args)]
pub struct EventsArgs {
    /// One event for all that is known of it; several, a glob or a provider for a table
    #[arg(value_name = "EVENT")]
    events: Vec<String>,
    /// Only this provider's
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Only those whose name, meaning or scope has this text
    #[arg(short, long, value_name = "TEXT")]
    search: Option<String>,
    /// Variants too
    #[arg(long)]
    variants: bool,
    /// One line of JSON for each
    #[arg(long)]
    json: bool,
}

/// Runs `events`.
pub fn run(args: &EventsArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
    let variants = if args.variants { Variants::With } else { Variants::Without };
    let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let mut events = Vec::new();
    for word in &args.events {
        events.extend(catalog.select(word, variants)?);
    }
    if args.events.is_empty() {
        events = catalog.providers.iter().flat_map(|provider| provider.forms(variants)).collect();
    }
    events.retain(|event| only.is_none_or(|provider| provider.id == event.provider.id));
    events.retain(|event| args.search.as_deref().is_none_or(|text| event.mentions(text)));

    // A pattern stands in the list of its provider, and in a search that finds it.
    let mut patterns: Vec<_> = catalog.patterns().collect();
    patterns.retain(|(provider, pattern)| {
        let is_listed = args.events.is_empty() || args.events.contains(&provider.id);
        let verbs = pattern.verbs.values().map(|verb| verb.summary.as_str()).collect::<Vec<_>>().join(" ");
        let text = format!("{} {} {verbs}", pattern.name, pattern.summary).to_lowercase();
        is_listed
            && only.is_none_or(|only| only.id == provider.id)
            && args.search.as_deref().is_none_or(|search| text.contains(&search.to_lowercase()))
    });

    let body = |event: &Event<'_>| render::verbatim(event).map_err(Error::from);
    if args.json {
        for event in &events {
            context.console.print(&report::event_json(event, &body(event)?));
        }
        for (provider, pattern) in &patterns {
            context.console.print(&report::pattern_json(provider, pattern));
        }
        return Ok(Exit::Success);
    }
    let paint = context.console.out;
    let lines = match (args.events.as_slice(), events.as_slice()) {
        ([word], [event]) if event.is_neutral() || catalog.provider(word).is_none() && !word.contains(['*', '?']) => {
            report::event_full(event, &body(event)?, paint)
        }
        _ => report::event_table(&events, &patterns, paint),
    };
    for line in lines {
        context.console.print(&line);
    }
    if events.is_empty() && patterns.is_empty() {
        context.console.note("no event is like that; `hookproof events` lists them all");
    }
    Ok(Exit::Success)
}
