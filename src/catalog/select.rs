//! From what the user types to events: full names, bare names, globs, a provider alone.

use wildmatch::WildMatch;

use super::{Catalog, CatalogError, EXAMPLE, Event, Provider, StoryText};
use crate::shell;
use crate::words;

/// Whether a glob or a provider's name means the variants too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variants {
    /// Only default forms.
    Without,
    /// Every form.
    With,
}

/// Why nothing, or too much, is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// No such event.
    #[error("no event is called `{typed}`")]
    Unknown {
        /// What was typed.
        typed: String,
        /// The name that is near.
        near: Option<String>,
    },
    /// No such story.
    #[error("no story is called `{typed}`")]
    UnknownStory {
        /// What was typed.
        typed: String,
        /// The name that is near.
        near: Option<String>,
    },
    /// It is a story, and an event is wanted.
    #[error("`{typed}` is a story, and an event is wanted")]
    Story {
        /// What was typed.
        typed: String,
    },
    /// The provider's events are not cataloged.
    #[error("the events of {name} are not cataloged, so there is no `{typed}`")]
    NotCataloged {
        /// What was typed.
        typed: String,
        /// The provider's name.
        name: String,
        /// Its id.
        provider: String,
    },
    /// No such provider.
    #[error("no provider is called `{typed}`; there are {known}")]
    UnknownProvider {
        /// What was typed.
        typed: String,
        /// The name that is near.
        near: Option<String>,
        /// Every provider.
        known: String,
    },
    /// The folder that has it is broken.
    #[error("{fault}")]
    LeftOut {
        /// The first thing that is wrong with it.
        fault: CatalogError,
        /// The folder as the user knows it.
        folder: String,
    },
    /// The bare name is used by several providers.
    #[error("`{typed}` may be {meant}")]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// The full names.
        meant: String,
    },
    /// The event has no such variant.
    #[error("`{event}` has no variant `{variant}`; it has {known}")]
    UnknownVariant {
        /// The event.
        event: String,
        /// What was asked for.
        variant: String,
        /// Its variants.
        known: String,
    },
}

impl SelectError {
    /// What to type next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotCataloged { provider, .. } => {
                format!("`{provider}` alone is a neutral body of its own, and --body sends one of yours")
            }
            Self::Unknown { near: Some(near), .. }
            | Self::UnknownStory { near: Some(near), .. }
            | Self::UnknownProvider { near: Some(near), .. } => {
                format!("did you mean `{}`?", shell::argument(near))
            }
            Self::UnknownStory { .. } => "`hookproof events --search story` lists them all".to_string(),
            Self::Story { typed } => {
                format!("`hookproof send {} --dry-run --to self` shows its deliveries", shell::argument(typed))
            }
            Self::Unknown { .. } | Self::UnknownProvider { .. } => "`hookproof events` lists them all".to_string(),
            Self::LeftOut { folder, .. } => {
                format!("correct it, or take {folder} out; `hookproof doctor` reports on each catalog")
            }
            Self::Ambiguous { .. } => "name the provider too, as in PROVIDER/EVENT".to_string(),
            Self::UnknownVariant { event, .. } => {
                format!("`hookproof events {}` shows its forms", shell::argument(event))
            }
        }
    }
}

/// What the name of a story begins with, after its provider's.
const STORY: char = '@';

/// Whether a word means a story of the catalog: `superfolio/@hot-lead`, `@hot-lead`.
pub fn names_story(typed: &str) -> bool {
    typed.rsplit('/').next().is_some_and(|name| name.starts_with(STORY))
}

impl Catalog {
    /// Every story, in the catalog's order.
    pub fn stories(&self) -> impl Iterator<Item = StoryText<'_>> {
        self.providers.iter().flat_map(Provider::stories)
    }

    /// The story that a word of the command line means; its provider may be left out where only one has it.
    pub fn story(&self, typed: &str) -> Result<StoryText<'_>, SelectError> {
        let whose = typed.rsplit_once('/').map(|(id, _)| self.named(id)).transpose()?;
        let name = typed.rsplit('/').next().unwrap_or(typed).trim_start_matches(STORY);
        let is_meant =
            |story: &StoryText<'_>| story.name == name && whose.is_none_or(|whose| whose.id == story.provider.id);
        let found: Vec<StoryText<'_>> = self.stories().filter(is_meant).collect();
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(self.left_out_story(name).unwrap_or_else(|| SelectError::UnknownStory {
                typed: typed.to_string(),
                near: self.near_story(typed, name),
            })),
            several => {
                let meant: Vec<String> = several.iter().map(StoryText::full_name).collect();
                Err(SelectError::Ambiguous { typed: typed.to_string(), meant: words::list(&meant, "or") })
            }
        }
    }

    fn near_story(&self, typed: &str, name: &str) -> Option<String> {
        let full: Vec<String> = self.stories().map(|story| story.full_name()).collect();
        let bare = || self.stories().find(|story| words::nearest(name, [story.name]).is_some());
        let near = words::nearest(typed, full.iter().map(String::as_str)).map(str::to_string);
        near.or_else(|| bare().map(|story| story.full_name()))
    }

    /// The provider of this id, or what is near it.
    pub fn named(&self, id: &str) -> Result<&Provider, SelectError> {
        self.provider(id).ok_or_else(|| {
            if let Some(left_out) = self.left_out_as(id) {
                return left_out.error();
            }
            let mut ids: Vec<String> = self.providers.iter().map(|provider| provider.id.clone()).collect();
            ids.sort();
            let near = words::nearest(id, ids.iter().map(String::as_str)).map(str::to_string);
            SelectError::UnknownProvider { typed: id.to_string(), near, known: words::list(&ids, "and") }
        })
    }

    /// The events that one word of the command line means, in the catalog's order.
    pub fn select(&self, typed: &str, variants: Variants) -> Result<Vec<Event<'_>>, SelectError> {
        if let Some(provider) = self.provider(typed.strip_suffix('/').unwrap_or(typed)) {
            return Ok(provider.forms(variants));
        }
        if names_story(typed) {
            return Err(SelectError::Story { typed: typed.to_string() });
        }
        if typed.contains(['*', '?']) {
            let glob = WildMatch::new(typed);
            let wanted = |event: &Event<'_>| glob.matches(&event.full_name()) || glob.matches(&event.name);
            let found: Vec<_> = self.providers.iter().flat_map(|p| p.forms(variants)).filter(wanted).collect();
            return if found.is_empty() { Err(self.unknown(typed)) } else { Ok(found) };
        }
        let (name, variant) = typed.split_once("--").map_or((typed, None), |(name, variant)| (name, Some(variant)));
        self.one(name, variant).map(|event| vec![event])
    }

    /// The one event of this name, in its default form or a variant.
    pub fn one(&self, typed: &str, variant: Option<&str>) -> Result<Event<'_>, SelectError> {
        let (provider, name) = match typed.split_once('/') {
            Some((id, name)) => (self.named(id)?, name),
            None => (self.owner_of(typed)?, typed),
        };
        let event = provider.event(name, None).ok_or_else(|| {
            let (typed, provider_name) = (typed.to_string(), provider.description.name.clone());
            if provider.has_events() {
                return self.unknown(&typed);
            }
            SelectError::NotCataloged { typed, name: provider_name, provider: provider.id.clone() }
        })?;
        let Some(variant) = variant else { return Ok(event) };
        provider.event(name, Some(variant)).ok_or_else(|| {
            let known: Vec<String> = provider.variants(name).map(str::to_string).collect();
            SelectError::UnknownVariant {
                event: event.full_name(),
                variant: variant.to_string(),
                known: if known.is_empty() { "none".to_string() } else { words::list(&known, "and") },
            }
        })
    }

    /// A bare name means a listed event only: as a pattern it would swallow every misspelling.
    fn owner_of(&self, name: &str) -> Result<&Provider, SelectError> {
        let owners: Vec<_> = self.providers.iter().filter(|p| p.description.events.contains_key(name)).collect();
        match owners.as_slice() {
            [one] => Ok(one),
            [] => Err(self.unknown(name)),
            several => {
                let meant: Vec<String> = several.iter().map(|provider| format!("{}/{name}", provider.id)).collect();
                Err(SelectError::Ambiguous { typed: name.to_string(), meant: words::list(&meant, "or") })
            }
        }
    }

    fn unknown(&self, typed: &str) -> SelectError {
        if let Some(error) = self.needs_left_out(typed) {
            return error;
        }
        let names: Vec<String> = self.providers.iter().flat_map(|p| p.events().map(|e| e.full_name())).collect();
        let bare = |name: &'_ String| name.split_once('/').map_or(String::new(), |(_, bare)| bare.to_string());
        let bare_names: Vec<String> = names.iter().map(bare).filter(|bare| bare != EXAMPLE).collect();
        let near = if typed.contains('/') {
            words::nearest(typed, names.iter().map(String::as_str))
        } else {
            let providers = self.providers.iter().map(|provider| provider.id.as_str());
            words::nearest(typed, bare_names.iter().map(String::as_str).chain(providers))
        };
        // A name that follows a pattern is likelier meant than a listed one that is not that near.
        let near = near.filter(|near| words::likeness(typed, near) >= 0.8).map(str::to_string).or_else(|| {
            let follows = |provider: &&Provider| provider.event(typed, None).is_some_and(|event| !event.is_neutral());
            let owner = self.providers.iter().find(follows);
            owner.map(|provider| format!("{}/{typed}", provider.id)).or(near.map(str::to_string))
        });
        SelectError::Unknown { typed: typed.to_string(), near }
    }
}

impl Provider {
    /// Every event, each followed by its variants where they are wanted.
    pub fn forms(&self, variants: Variants) -> Vec<Event<'_>> {
        let mut forms = Vec::new();
        for event in self.events() {
            let name = event.name.clone();
            forms.push(event);
            if variants == Variants::With {
                forms.extend(self.variants(&name).filter_map(|variant| self.event(&name, Some(variant))));
            }
        }
        forms
    }
}
