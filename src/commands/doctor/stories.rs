//! The stories of the project's folder, and those of the user's own providers.

use super::catalog::Seen;
use super::found;
use crate::catalog::{Catalog, Provider};
use crate::commands::context::Context;
use crate::commands::settings::{self, Origin};
use crate::commands::{send, stories};
use crate::diagnosis::{Check, Finding, State};
use crate::error::Error;
use crate::story::Story;
use crate::words;

/// Looks at each story that did not come with the program.
pub(super) fn look(context: &Context, seen: &Seen) -> Result<Vec<Finding>, Error> {
    let own = seen.catalog.providers.iter().filter(|provider| seen.own.contains(&provider.id));
    let of_providers = own.flat_map(Provider::stories);
    let broken = of_providers.filter_map(|story| {
        stories::read(&seen.catalog, &story).and_then(|story| rehearsed(context, &seen.catalog, story)).err()
    });
    let mut findings: Vec<Finding> = broken.map(|error| self::broken(&error, State::Fault)).collect();
    findings.extend(of_project(context, seen)?);
    Ok(findings)
}

/// The project's folder of stories, where one is set.
fn of_project(context: &Context, seen: &Seen) -> Result<Vec<Finding>, Error> {
    let Some(folder) = settings::stories(context)? else { return Ok(Vec::new()) };
    let read = match stories::of_project(context, &seen.catalog) {
        Ok(read) => read.into_iter().map(|read| rehearsed(context, &seen.catalog, read?)).collect::<Vec<_>>(),
        Err(error) => return Ok(vec![missing(&error, &folder.origin)]),
    };
    let names = read.iter().flatten().map(|story| format!("`{}`", story.name));
    let names: Vec<String> = names.collect();
    let shown = folder.value.display();
    let told = match names.as_slice() {
        [] => Finding::note(Check::Stories, "stories-none", format!("{shown} has no story that could be played")),
        names => Finding::ok(Check::Stories, format!("{shown} has {}", words::list(names, "and"))),
    };
    // What a story speaks of may be in what is left out of the catalog.
    let state = if seen.is_whole { State::Fault } else { State::Unseen };
    let broken = read.iter().filter_map(|story| story.as_ref().err()).map(|error| self::broken(error, state));
    Ok(std::iter::once(told).chain(broken).collect())
}

/// A story, where each of its steps can be made.
fn rehearsed<'c>(context: &Context, catalog: &'c Catalog, story: Story<'c>) -> Result<Story<'c>, Error> {
    send::rehearse(context, catalog, story.clone())?;
    Ok(story)
}

fn missing(error: &Error, origin: &Origin) -> Finding {
    let finding = found(Check::Stories, "stories-missing", error);
    match origin {
        Origin::Variable(name) => finding.hinting(format!("correct {name}, or unset it")),
        _ => finding.or_hinting(|| "make it, or correct where the stories are".to_string()),
    }
}

fn broken(error: &Error, state: State) -> Finding {
    let hint = error.hint().unwrap_or_else(|| "correct it, or take it out of its folder".to_string());
    Finding { state, ..Finding::fault(Check::Stories, "story-broken", error.to_string()).hinting(hint) }
}
