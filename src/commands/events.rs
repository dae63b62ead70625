//! `events`: asking the catalog.

use clap::Args;

use super::context::Context;
use super::project::Used;
use super::stories;
use crate::catalog::{Catalog, Event, Pattern, Provider, Variants};
use crate::console::Paint;
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
    let found = Found::new(args, context, &catalog)?;
    if let Some(project) = context.project()? {
        let told: Vec<String> = found.stories.iter().map(|story| story.name.clone()).collect();
        let stories = stories::are_of_project(context, &told)?;
        project.tell_used(context, &Used { stories, ..Used::default() });
    }
    let lines = if args.json { found.json()? } else { found.human(&args.events, &catalog, context.console.out)? };
    for line in &lines {
        context.console.print(line);
    }
    if lines.is_empty() && !args.json {
        context.console.note("no event is like that; `hookproof events` lists them all");
    }
    Ok(Exit::Success)
}

/// What of the catalog is asked for.
struct Found<'c> {
    events: Vec<Event<'c>>,
    patterns: Vec<(&'c Provider, &'c Pattern)>,
    stories: Vec<Story<'c>>,
}

impl<'c> Found<'c> {
    fn new(args: &EventsArgs, context: &Context, catalog: &'c Catalog) -> Result<Self, Error> {
        let (words, named): (Vec<String>, Vec<String>) =
            args.events.iter().cloned().partition(|word| !stories::is_story(word));
        let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
        let is_of = |provider: &Provider| only.is_none_or(|only| only.id == provider.id);
        let mut events = told_events(args, catalog, &words)?;
        events.retain(|event| is_of(event.provider));
        // A pattern stands in the list of its provider, and in a search that finds it.
        let is_listed = |provider: &Provider| args.events.is_empty() || words.contains(&provider.id);
        let mut patterns: Vec<_> = catalog.patterns().collect();
        patterns.retain(|(provider, pattern)| {
            is_listed(provider)
                && is_of(provider)
                && args.search.as_deref().is_none_or(|search| mentions(pattern, search))
        });
        let stories = told_stories(args, context, catalog, (&words, &named))?;
        Ok(Self { events, patterns, stories })
    }

    fn json(&self) -> Result<Vec<String>, Error> {
        let event = |event: &Event<'_>| Ok(report::event_json(event, &render::verbatim(event)?));
        let mut lines = self.events.iter().map(event).collect::<Result<Vec<_>, Error>>()?;
        lines.extend(self.patterns.iter().map(|(provider, pattern)| report::pattern_json(provider, pattern)));
        lines.extend(self.stories.iter().map(report::story_json));
        Ok(lines)
    }

    /// One event or story that is named in full, else a table.
    fn human(&self, words: &[String], catalog: &Catalog, paint: Paint) -> Result<Vec<String>, Error> {
        let is_name = |word: &str| catalog.provider(word).is_none() && !word.contains(['*', '?']);
        Ok(match (words, self.events.as_slice(), self.stories.as_slice()) {
            ([word], [], [story]) if stories::is_story(word) => report::story_full(story, paint),
            ([word], [event], _) if event.is_neutral() || is_name(word) => {
                report::event_full(event, &render::verbatim(event)?, paint)
            }
            _ => report::event_table(&self.events, &self.patterns, &self.stories, paint),
        })
    }
}

/// The events that the words mean, or all, as far as the search finds them.
fn told_events<'c>(args: &EventsArgs, catalog: &'c Catalog, words: &[String]) -> Result<Vec<Event<'c>>, Error> {
    let variants = if args.variants { Variants::With } else { Variants::Without };
    let mut events = Vec::new();
    for word in words {
        events.extend(catalog.select(word, variants)?);
    }
    if args.events.is_empty() {
        events = catalog.providers.iter().flat_map(|provider| provider.forms(variants)).collect();
    }
    events.retain(|event| args.search.as_deref().is_none_or(|text| event.mentions(text)));
    Ok(events)
}

fn mentions(pattern: &Pattern, search: &str) -> bool {
    let verbs = pattern.verbs.values().map(|verb| verb.summary.as_str()).collect::<Vec<_>>().join(" ");
    format!("{} {} {verbs}", pattern.name, pattern.summary).to_lowercase().contains(&search.to_lowercase())
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
