//! From the words of the command line to the deliveries that are sent: events one by one, stories step by step.

use std::collections::BTreeSet;
use std::time::Duration;

use super::SendArgs;
use super::staging::{Scene, Stage, Step};
use crate::catalog::{Catalog, Event, Piece};
use crate::commands::context::Context;
use crate::commands::making::Maker;
use crate::commands::stories;
use crate::error::Error;
use crate::shell;
use crate::story::{self, Story};
use crate::target;
use crate::words::{self, Lines};

/// What takes longer could be hurried, and that is told.
const LONG: Duration = Duration::from_secs(10);

/// The address that deliveries are made for which go nowhere.
const NOWHERE: &str = "http://localhost/";

/// What the words mean, in their order.
pub(super) fn steps<'c>(args: &SendArgs, context: &Context, catalog: &'c Catalog) -> Result<Vec<Step<'c>>, Error> {
    let mut steps = Vec::new();
    let mut plays = 0;
    for word in &args.events {
        if stories::is_story(word) {
            check_flags(args, word)?;
            let story = stories::find(context, catalog, word)?;
            introduce(args, context, &story);
            warn(args, context, &story);
            steps.extend(of_story(args.delay, args.fault.as_deref(), story, plays));
            plays += 1;
        } else {
            let events = match args.body {
                Some(_) => carriers(catalog, args, word),
                None => args.make.select(catalog, std::slice::from_ref(word)),
            };
            let events = events.map_err(|error| stories::of_other_ending(word).unwrap_or(error))?;
            steps.extend(events.into_iter().map(|event| of_event(args, event)));
        }
    }
    if let Some(first) = steps.first_mut() {
        first.wait = Duration::ZERO;
    }
    for (index, step) in (0..).zip(&mut steps) {
        step.index = index;
    }
    Ok(steps)
}

fn of_event<'c>(args: &SendArgs, event: Event<'c>) -> Step<'c> {
    Step { event, index: 0, wait: args.delay, fault: args.fault.clone(), scene: None }
}

/// Makes each step of a story once, with nothing of the user's but the story; an error where that can't be.
pub(in crate::commands) fn rehearse(context: &Context, catalog: &Catalog, story: Story<'_>) -> Result<(), Error> {
    let mut maker = Maker::to_look_at(story.steps.iter().map(|step| &step.event))?;
    let url = target::parse(NOWHERE)?;
    let steps = of_story(Duration::ZERO, None, story, 0);
    Stage::new(context, catalog, &mut maker, &url).rehearse(&steps)
}

/// The steps of a story. Its own pauses and faults hold; what is given stands where it says nothing.
fn of_story<'c>(delay: Duration, fault: Option<&str>, story: Story<'c>, play: usize) -> Vec<Step<'c>> {
    let mut steps = Vec::new();
    let mut after = Duration::ZERO;
    for (number, of_story) in (1..).zip(story.steps) {
        let wait = of_story.delay.unwrap_or(delay);
        if number > 1 {
            after = after.saturating_add(wait);
        }
        steps.push(Step {
            event: of_story.event.clone(),
            index: 0,
            wait,
            fault: of_story.fault.clone().or_else(|| fault.map(str::to_string)),
            scene: Some(Scene { play, story: story.name.clone(), number, after, step: of_story }),
        });
    }
    steps
}

/// What a story can't be sent with.
fn check_flags(args: &SendArgs, word: &str) -> Result<(), Error> {
    let of_step = "a step of a story says `variant` itself";
    let of_load = "a load fires events, and each step of a story goes out once; name an event";
    let wrong = [
        ("--body", args.body.is_some(), "a step of a story says `data` itself; a body of your own goes with an event"),
        ("--variant", args.make.names_variant(), of_step),
        ("--variants", args.make.wants_variants(), of_step),
        ("--count", args.volume.counts(), of_load),
        ("--for", args.volume.is_wanted(), of_load),
    ];
    match wrong.into_iter().find(|(_, is_given, _)| *is_given) {
        None => Ok(()),
        Some((flag, _, hint)) => Err(Error::usage(format!("{flag} is for an event, and `{word}` is a story"), hint)),
    }
}

/// Says where the command line takes from a story what makes it one.
fn warn(args: &SendArgs, context: &Context, story: &Story<'_>) {
    if story.steps.len() < 2 {
        return;
    }
    let name = words::printable(&story.name, Lines::Escape);
    for flag in args.make.in_place_of_story() {
        let what = format!("{flag} goes to every step of {name}, in the place of what goes on from the step before");
        context.console.note(&what);
    }
    let mut seen = BTreeSet::new();
    let mut again = story.steps.iter().filter(|step| !seen.insert(step.event.full_name()));
    let has_id = |step: &&story::Step<'_>| step.event.provider.description.event.id.is_some();
    if let Some(step) = again.find(has_id).filter(|_| args.make.is_verbatim()) {
        let event = step.event.full_name();
        let what =
            format!("with --verbatim every {event} of {name} has one id, so a receiver may drop all but the first");
        context.console.note(&what);
    }
}

/// Says what will happen, and how long it takes.
fn introduce(args: &SendArgs, context: &Context, story: &Story<'_>) {
    let steps = words::count(story.steps.len(), "step", "steps");
    let length = story.length(args.delay);
    let told = |time: Duration| words::lapse(time.try_into().unwrap_or_default());
    let played = args.retry.played(length);
    let length = match (length, args.dry_run) {
        (Duration::ZERO, _) | (_, true) => String::new(),
        _ if played == length && length < LONG => format!(" in {}", told(length)),
        _ if played == length => format!(" in {} (--time-scale 100 plays it in {})", told(length), told(length / 100)),
        _ => format!(" in {}, played in {}", told(length), told(played)),
    };
    let summary = if story.summary.is_empty() { String::new() } else { format!("{}; ", story.summary) };
    let told = format!("{}: {summary}{steps}{length}", story.name);
    context.console.say(&words::printable(&told, Lines::Escape));
}

/// For a body of the user's own a provider alone is one delivery, where nothing depends on the event.
fn carriers<'c>(catalog: &'c Catalog, args: &SendArgs, word: &String) -> Result<Vec<Event<'c>>, Error> {
    let Some(provider) = catalog.provider(word) else {
        return args.make.select(catalog, std::slice::from_ref(word));
    };
    let names_event = |piece: &Piece| *piece == Piece::Name("event".to_string());
    if provider.description.header.values().any(|template| template.0.iter().any(names_event)) {
        return Err(Error::usage(
            format!("{} names the event in a header, so --body needs an event", provider.id),
            format!("name one of `hookproof events {}`", shell::argument(&provider.id)),
        ));
    }
    Ok(provider.events().next().into_iter().collect())
}
