//! What may follow what was typed: names of the catalog at hand, of the project, of the journal.
//!
//! Whatever can't be read offers nothing; a Tab is no place for complaints.

use std::path::PathBuf;

use clap_complete::CompletionCandidate;

use super::quoting::is_bare;
use crate::catalog::{Catalog, Event, Provider, Variants};
use crate::commands::context::{Context, Given};
use crate::commands::stories as found;
use crate::conformance::CASES;
use crate::console::{Colour, Console};
use crate::error::Error;
use crate::explain::STORIES;
use crate::journal::{Backwards, Entry, Source};
use crate::json::{Document, Reach};
use crate::words;

/// So many entries of the journal are offered, the newest first.
const ENTRIES: usize = 50;
/// Fields below so many others are rarely set.
const FIELDS: Reach = Reach { depth: 8, key: 60 };

/// The command line as far as it was typed, and the environment.
pub(super) struct Typed {
    words: Vec<String>,
    /// The command's name, and where it stands: options that every command has may come before.
    command: Option<(usize, String)>,
    context: Context,
}

/// What is offered for a word that begins like this.
pub(super) type Offer = fn(&Typed) -> Vec<CompletionCandidate>;

/// The arguments, by their names in the code, that have more to offer than clap knows.
pub(super) const OFFERS: [(&str, Offer); 27] = [
    ("provider", providers),
    ("variant", variants),
    ("set", settings),
    ("set_string", settings),
    ("unset", paths),
    ("ids", identities),
    ("to", targets),
    ("forward", targets),
    ("fault", cases),
    ("only", cases),
    ("skip", cases),
    ("explain", cases),
    ("codes", codes),
    ("id", entries),
    ("names", entries),
    ("stories", stories),
    ("signature_mode", modes),
    ("events", events),
    ("patterns", events),
    ("delivery_ids", deliveries),
    ("level", levels),
    ("report", reports),
    ("retry", schedules),
    ("secret_file", none),
    ("forward_secret_file", none),
    ("before", none),
    ("after", none),
];
/// Arguments that take files beside that, although clap doesn't know it.
pub(super) const OF_FILES: [&str; 6] = ["names", "secret_file", "forward_secret_file", "report", "before", "after"];
/// Arguments that take files with steps.
pub(super) const OF_STEPS: [&str; 2] = ["stories", "events"];
/// Commands whose --to is an address and no target.
const OF_ADDRESSES: [&str; 2] = ["render", "export"];

impl Typed {
    pub(super) fn new(words: Vec<String>, commands: &[String], var: fn(&str) -> Option<String>) -> Self {
        let values = |option: &str| -> Vec<PathBuf> {
            let value = |(index, word): (usize, &String)| match word.strip_prefix(option) {
                Some("") => words.get(index + 1).map(PathBuf::from),
                Some(rest) => rest.strip_prefix('=').map(PathBuf::from),
                None => None,
            };
            words.iter().enumerate().filter_map(value).collect()
        };
        let given = Given { catalogs: values("--catalog"), config: values("--config").pop(), no_input: true };
        let console = Console::new(Colour::Never, true, var);
        let command = words.iter().enumerate().skip(1).find(|(_, word)| commands.contains(word));
        let command = command.map(|(at, word)| (at, word.clone()));
        Self { context: Context::new(console, given, Vec::new(), var), words, command }
    }

    /// The user's own catalogs too, unless they are broken.
    fn catalog(&self) -> Option<Catalog> {
        self.context.catalog().or_else(|_| Catalog::built_in().map_err(Error::from)).ok()
    }

    /// The events that were typed before.
    fn events<'c>(&self, catalog: &'c Catalog) -> Vec<Event<'c>> {
        let before = self.command.as_ref().map_or(1, |(at, _)| at + 1);
        let typed = self.words.iter().skip(before).filter(|word| !word.starts_with('-'));
        typed.filter_map(|word| catalog.select(word, Variants::Without).ok()).flatten().collect()
    }

    /// The providers that were named before, or else all.
    fn providers<'c>(&self, catalog: &'c Catalog) -> Vec<&'c Provider> {
        let named = self.words.iter().filter_map(|word| catalog.provider(word.trim_start_matches("--provider=")));
        let mut providers: Vec<&Provider> =
            named.chain(self.events(catalog).iter().map(|event| event.provider)).collect();
        if providers.is_empty() {
            providers = catalog.providers.iter().collect();
        }
        providers
    }

    /// Whether it is one of these commands.
    fn is_of(&self, commands: &[&str]) -> bool {
        self.command.as_ref().is_some_and(|(_, name)| commands.contains(&name.as_str()))
    }

    /// The value of an option that was typed before.
    fn value_of(&self, option: &str) -> Option<&str> {
        let (at, rest) = self.words.iter().enumerate().find_map(|(at, word)| Some((at, word.strip_prefix(option)?)))?;
        if rest.is_empty() { self.words.get(at + 1).map(String::as_str) } else { rest.strip_prefix('=') }
    }
}

fn offered(value: impl Into<String>, help: impl Into<String>) -> CompletionCandidate {
    let help = words::printable(&help.into(), words::Lines::Escape);
    let help = Some(help).filter(|help| !help.is_empty());
    CompletionCandidate::new(value.into()).help(help.map(Into::into))
}

/// Full names, and names alone for a word that begins like none of these.
fn events(typed: &Typed) -> Vec<CompletionCandidate> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    let events = catalog.providers.iter().flat_map(Provider::events);
    let (full, bare): (Vec<_>, Vec<_>) =
        events.map(|event| (offered(event.full_name(), event.summary), offered(&event.name, event.summary))).unzip();
    let ids = catalog.providers.iter().map(|provider| offered(&provider.id, &provider.description.summary));
    let (told, short) =
        if typed.is_of(&["send", "events"]) { told_stories(typed, &catalog) } else { Default::default() };
    full.into_iter().chain(told).chain(ids).chain(bare).chain(short).collect()
}

/// Stories by their full names, and without the provider's where that is enough.
fn told_stories(typed: &Typed, catalog: &Catalog) -> (Vec<CompletionCandidate>, Vec<CompletionCandidate>) {
    let mut stories = found::all(&typed.context, catalog).unwrap_or_default();
    stories.retain(|story| !story.name.chars().any(char::is_control));
    let short = stories.iter().filter_map(|story| {
        let (_, name) = story.name.rsplit_once('/')?;
        catalog.story(name).is_ok().then(|| offered(name, &story.summary))
    });
    let told = stories.iter().map(|story| offered(&story.name, &story.summary));
    (told.collect(), short.collect())
}

fn stories(typed: &Typed) -> Vec<CompletionCandidate> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    let (told, short) = told_stories(typed, &catalog);
    told.into_iter().chain(short).collect()
}

fn providers(typed: &Typed) -> Vec<CompletionCandidate> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    catalog.providers.iter().map(|provider| offered(&provider.id, &provider.description.summary)).collect()
}

fn variants(typed: &Typed) -> Vec<CompletionCandidate> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    let events = typed.events(&catalog);
    events.iter().flat_map(|event| event.provider.variants(&event.name).map(|name| offered(name, ""))).collect()
}

fn none(_: &Typed) -> Vec<CompletionCandidate> {
    Vec::new()
}

fn schedules(_: &Typed) -> Vec<CompletionCandidate> {
    vec![offered("provider", "as the provider documents it")]
}

fn modes(typed: &Typed) -> Vec<CompletionCandidate> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    let providers = typed.providers(&catalog);
    let schemes = providers.iter().flat_map(|provider| &provider.description.signature);
    schemes.map(|scheme| offered(&scheme.mode, "")).collect()
}

fn identities(typed: &Typed) -> Vec<CompletionCandidate> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    let providers = typed.providers(&catalog);
    let names = providers.iter().flat_map(|provider| provider.description.identity.keys());
    names.map(|name| offered(format!("{name}="), "")).collect()
}

/// The fields of the events at hand, with their values in the sample.
fn fields(typed: &Typed) -> Vec<(String, String)> {
    let Some(catalog) = typed.catalog() else { return Vec::new() };
    let mut fields = Vec::new();
    for event in typed.events(&catalog) {
        let Ok(sample) = event.sample() else { continue };
        let Ok(document) = Document::parse(&sample) else { continue };
        let value = |node| words::shorten(document.text(node), 40);
        fields.extend(document.paths_within(FIELDS).map(|(path, node)| (path.to_string(), value(node))));
    }
    fields
}

fn paths(typed: &Typed) -> Vec<CompletionCandidate> {
    fields(typed).into_iter().map(|(path, value)| offered(path, value)).collect()
}

fn settings(typed: &Typed) -> Vec<CompletionCandidate> {
    fields(typed).into_iter().map(|(path, value)| offered(format!("{path}="), value)).collect()
}

fn targets(typed: &Typed) -> Vec<CompletionCandidate> {
    if typed.is_of(&OF_ADDRESSES) {
        return Vec::new();
    }
    let project = typed.context.project().ok().flatten();
    let named = project.iter().flat_map(|project| &project.config.targets);
    let mut all: Vec<_> = named.map(|(name, target)| offered(name, crate::target::shown(&target.url))).collect();
    if typed.is_of(&["send"]) {
        all.push(offered("self", "a receiver of its own"));
    }
    all
}

fn cases(_: &Typed) -> Vec<CompletionCandidate> {
    CASES.iter().map(|case| offered(case.id, case.title)).collect()
}

fn codes(_: &Typed) -> Vec<CompletionCandidate> {
    STORIES.iter().map(|story| offered(story.code.0, "")).collect()
}

fn levels(_: &Typed) -> Vec<CompletionCandidate> {
    ["must", "should", "info"].map(|level| offered(level, "")).into()
}

fn reports(_: &Typed) -> Vec<CompletionCandidate> {
    ["html=", "markdown=", "junit="].map(|format| offered(format, "")).into()
}

/// Ids of the newest entries of the journal.
fn entries(typed: &Typed) -> Vec<CompletionCandidate> {
    newest(typed).iter().map(|entry| described(&entry.id, entry)).collect()
}

/// The ids that their senders gave them. Anybody may be the sender: only what needs no quotes anywhere is offered.
fn deliveries(typed: &Typed) -> Vec<CompletionCandidate> {
    let newest = newest(typed);
    let named = newest.iter().filter_map(|entry| Some((entry.delivery_id.as_deref()?, entry)));
    named.filter(|(id, _)| id.chars().all(is_bare)).map(|(id, entry)| described(id, entry)).collect()
}

fn newest(typed: &Typed) -> Vec<Entry> {
    let given = typed.value_of("--journal").map(PathBuf::from);
    let Ok(Some(path)) = typed.context.journal(given.as_deref()) else { return Vec::new() };
    let Some(file) = Source::open(&path).ok().and_then(|source| source.current) else { return Vec::new() };
    let Ok(mut lines) = Backwards::new(file) else { return Vec::new() };
    let next = std::iter::from_fn(move || lines.next_line().ok().flatten());
    let read = next.take(ENTRIES).filter_map(|line| Entry::read(&line.text.ok()?).ok());
    read.filter(|entry| entry.id.bytes().all(|byte| byte.is_ascii_alphanumeric())).collect()
}

fn described(id: &str, entry: &Entry) -> CompletionCandidate {
    let at = entry.received.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default();
    let help = format!("{} {} {at}", entry.label(), entry.verdict);
    offered(id, help)
}
