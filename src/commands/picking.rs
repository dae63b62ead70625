//! What a person picks from a list where the command line names nothing: an event, a kept delivery.

use jiff::Timestamp;

use super::asking::{self, Picked};
use super::choosing::{ChooseArgs, Chosen, label};
use super::context::Context;
use super::settings;
use super::stories;
use crate::catalog::{Catalog, Event, Provider, Variants};
use crate::error::Error;
use crate::shell;
use crate::words;

/// Kept deliveries that are offered, the newest.
const OFFERED: usize = 200;

/// What a command takes besides events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offers {
    /// Nothing.
    Events,
    /// Stories too.
    Stories,
}

/// The command that an event is picked for, and where it says that deliveries go.
type Wanted<'a> = (&'a str, Option<&'a str>);

/// An event by its full name, or a story where the command takes them.
pub(super) fn event(
    context: &Context,
    catalog: &Catalog,
    (command, to): Wanted<'_>,
    offers: Offers,
) -> Result<String, Error> {
    if !context.console.can_ask {
        let known = catalog.providers.iter().filter(|provider| provider.has_events());
        let one =
            known.flat_map(Provider::events).next().map(|event| shell::argument(&word(&event))).unwrap_or_default();
        let hint = format!("as in `hookproof {command} {one}`; `hookproof events` lists them all");
        return Err(Error::usage("no event is given", hint));
    }
    let events = catalog.providers.iter().flat_map(|provider| provider.forms(Variants::Without));
    let mut choices: Vec<(String, String)> = events.map(|event| (word(&event), event.summary.to_string())).collect();
    if offers == Offers::Stories {
        choices.extend(stories::all(context, catalog)?.into_iter().map(|story| (story.name, story.summary)));
    }
    put_first(&mut choices, &providers(context, to)?);
    let picked = asking::pick(context, "Which event", &choices)?;
    let word = choices[picked].0.clone();
    context.pick(Picked::Word(word.clone()));
    Ok(word)
}

/// A story, for a command that takes nothing else.
pub(super) fn story(context: &Context, catalog: &Catalog, to: Option<&str>) -> Result<String, Error> {
    let stories = stories::all(context, catalog)?;
    if !context.console.can_ask {
        let one = stories.first().map(|story| shell::argument(&story.name)).unwrap_or_default();
        let hint = format!("as in `hookproof run {one}`; `hookproof events --search story` lists them all");
        return Err(Error::usage("no story is given", hint));
    }
    let mut choices: Vec<(String, String)> = stories.into_iter().map(|story| (story.name, story.summary)).collect();
    put_first(&mut choices, &providers(context, to)?);
    let picked = asking::pick(context, "Which story", &choices)?;
    let word = choices[picked].0.clone();
    context.pick(Picked::Word(word.clone()));
    Ok(word)
}

/// The providers of the target that is meant, or of all the project's where none is.
fn providers(context: &Context, to: Option<&str>) -> Result<Vec<String>, Error> {
    let Some(project) = context.project()? else { return Ok(Vec::new()) };
    let meant = match to {
        Some(to) => Some(to.to_string()),
        None => settings::target(context)?.map(|target| target.value),
    };
    let targets = project.config.targets.iter();
    let meant = targets.filter(|(name, _)| meant.as_ref().is_none_or(|meant| meant == *name));
    Ok(meant.filter_map(|(_, target)| target.provider.clone()).collect())
}

/// What is of these providers, or of the project, goes before the rest; otherwise the order stays.
fn put_first(choices: &mut [(String, String)], providers: &[String]) {
    choices.sort_by_key(|(name, _)| {
        let provider = name.split('/').next().unwrap_or_default();
        !provider.starts_with('@') && !providers.iter().any(|own| own == provider)
    });
}

/// What an event is called on the command line: the neutral body of a provider goes by the provider's name.
pub(super) fn word(event: &Event<'_>) -> String {
    if event.is_neutral() { event.provider.id.clone() } else { event.full_name() }
}

impl ChooseArgs {
    /// What is meant, or what a person picks among the newest of the journal where nothing says so.
    pub(super) fn choose_or_pick(&self, context: &Context, catalog: &Catalog) -> Result<Chosen, Error> {
        if !context.console.can_ask || !self.says_nothing() {
            return self.choose(context);
        }
        let newest = self.newest(OFFERED).choose(context)?;
        let now = Timestamp::now();
        let mut choices = Vec::with_capacity(newest.len());
        for at in (0..newest.len()).rev() {
            let kept = newest.kept(at)?;
            let (provider, events) = kept.whose(catalog, None);
            let age = kept.capture.received.map(|at| format!(", {} ago", words::lapse(now.duration_since(at))));
            let verdict = kept.told.verdict.as_deref().unwrap_or("unchecked");
            let said = format!("{}  {verdict}{}", label(provider, &events), age.unwrap_or_default());
            choices.push((kept.told.id.unwrap_or_default(), said));
        }
        let picked = asking::pick(context, "Which delivery", &choices)?;
        let id = choices[picked].0.clone();
        context.pick(Picked::Word(id.clone()));
        self.named(id).choose(context)
    }
}
