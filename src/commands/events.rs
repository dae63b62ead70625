//! `events`: asking the catalog.

use clap::Args;

use super::context::Context;
use super::project::Used;
use super::stories;
use crate::catalog::{Catalog, Event, Variants};
use crate::error::Error;
use crate::exit::Exit;
use crate::story::Story;
use crate::{render, report};

/// The arguments of `events`.
#[derive(Clone, Debug, Args)]
pub struct EventsArgs {
    /// One event or story for all that is known of it; several, a glob or a provider for a table
    #[arg(value_name = "EVENT|STORY")]
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
    let catalog = context.catalog_untold()?;
    let (words, named): (Vec<String>, Vec<String>) =
        args.events.iter().cloned().partition(|word| !stories::is_story(word));
    let variants = if args.variants { Variants::With } else { Variants::Without };
    let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let mut events = Vec::new();
    for word in &words {
        events.extend(catalog.select(word, variants)?);
    }
    let is_all = args.events.is_empty();
    if is_all {
        events = catalog.providers.iter().flat_map(|provider| provider.forms(variants)).collect();
    }
    events.retain(|event| only.is_none_or(|provider| provider.id == event.provider.id));
    events.retain(|event| args.search.as_deref().is_none_or(|text| event.mentions(text)));

    // A pattern stands in the list of its provider, and in a search that finds it.
    let mut patterns: Vec<_> = catalog.patterns().collect();
    patterns.retain(|(provider, pattern)| {
        let is_listed = is_all || words.contains(&provider.id);
        let verbs = pattern.verbs.values().map(|verb| verb.summary.as_str()).collect::<Vec<_>>().join(" ");
        let text = format!("{} {} {verbs}", pattern.name, pattern.summary).to_lowercase();
        is_listed
            && only.is_none_or(|only| only.id == provider.id)
            && args.search.as_deref().is_none_or(|search| text.contains(&search.to_lowercase()))
    });

    let stories = told_stories(args, context, &catalog, (&words, &named))?;
    if let Some(project) = context.project()? {
        let told: Vec<String> = stories.iter().map(|story| story.name.clone()).collect();
        let stories = stories::are_of_project(context, &told)?;
        project.tell_used(context, &Used { stories, ..Used::default() });
    }

    let body = |event: &Event<'_>| render::verbatim(event).map_err(Error::from);
    if args.json {
        for event in &events {
            context.console.print(&report::event_json(event, &body(event)?));
        }
        for (provider, pattern) in &patterns {
            context.console.print(&report::pattern_json(provider, pattern));
        }
        for story in &stories {
            context.console.print(&report::story_json(story));
        }
        return Ok(Exit::Success);
    }
    let paint = context.console.out;
    let lines = match (args.events.as_slice(), events.as_slice()) {
        (_, []) if stories.len() == 1 && named.len() == 1 => report::story_full(&stories[0], paint),
        ([word], [event]) if event.is_neutral() || catalog.provider(word).is_none() && !word.contains(['*', '?']) => {
            report::event_full(event, &body(event)?, paint)
        }
        _ => report::event_table(&events, &patterns, &stories, paint),
    };
    for line in lines {
        context.console.print(&line);
    }
    if events.is_empty() && patterns.is_empty() && stories.is_empty() {
        context.console.note("no event is like that; `hookproof events` lists them all");
    }
    Ok(Exit::Success)
}

/// The stories that are named, and those that stand in the list of their provider.
fn told_stories<'c>(
    args: &EventsArgs,
    context: &Context,
    catalog: &'c Catalog,
    (words, named): (&[String], &[String]),
) -> Result<Vec<Story<'c>>, Error> {
    let find = |word: &String| stories::find(context, catalog, word);
    let mut told: Vec<Story<'c>> = named.iter().map(find).collect::<Result<_, _>>()?;
    let is_of = |story: &Story<'_>, id: &str| story.steps.iter().any(|step| step.event.provider.id == id);
    if args.events.is_empty() || words.iter().any(|word| catalog.provider(word).is_some()) {
        let all = stories::all(context, catalog)?.into_iter();
        told.extend(all.filter(|story| args.events.is_empty() || words.iter().any(|id| is_of(story, id))));
    }
    let is_found = |story: &Story<'_>, text: &str| {
        format!("story {} {}", story.name, story.summary).to_lowercase().contains(&text.to_lowercase())
    };
    told.retain(|story| args.provider.as_deref().is_none_or(|only| is_of(story, only)));
    told.retain(|story| args.search.as_deref().is_none_or(|text| is_found(story, text)));
    Ok(told)
}
