//! Providers that are no part of the catalog, since their folders are broken.
//!
//! One of them stops no command that does not need it. A word that names it, its events or its stories is an error, and
//! the provider that it was meant to replace is hidden: nothing is signed or verified by another description than the
//! user wrote.

use std::collections::BTreeMap;

use super::{Catalog, CatalogError, EXAMPLE, Folder, Provider, STORIES, Scheme, SelectError};
use crate::words;

/// The most of them that one message names.
const NAMED: usize = 3;

/// A provider's folder that is broken.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// The provider's id: the folder's name.
    pub id: String,
    /// The folder as the user knows it.
    pub shown: String,
    /// The first thing that is wrong with it.
    pub fault: CatalogError,
    /// True if a file or the folder could not be read, and so may be sound.
    pub is_unread: bool,
    /// The ids that mean it, its own and its aliases, as far as they are known.
    ids: Vec<String>,
    /// The names of its events, as far as they are known.
    events: Vec<String>,
    /// The names of its stories.
    stories: Vec<String>,
    /// The providers that it hides.
    hidden: Vec<Provider>,
}

/// A folder that was read, or why it could not be.
pub type FolderRead = Result<Folder, Box<LeftOut>>;

impl LeftOut {
    /// Leaves a folder out, of which these files are known. A text may be empty if it was not read.
    pub fn new(folder: &Folder, fault: CatalogError) -> Self {
        let description = folder.files.get("provider.toml").map_or("", String::as_str);
        let keys = |table: &str| keys(description, table);
        let ids = std::iter::once(folder.id.clone()).chain(keys("alias")).collect();
        let events = folder.files.keys().filter_map(|name| event_of(name)).chain(keys("events")).collect();
        Self { ids, events, ..Self::named(&folder.id, &folder.shown, &folder.files, fault) }
    }

    /// Leaves a folder out that could not be read, or of which a file could not be.
    pub fn unread(folder: &Folder, fault: CatalogError) -> Self {
        Self { is_unread: true, ..Self::new(folder, fault) }
    }

    fn named(id: &str, shown: &str, files: &BTreeMap<String, String>, fault: CatalogError) -> Self {
        Self {
            id: id.to_string(),
            shown: shown.to_string(),
            fault,
            is_unread: false,
            ids: Vec::new(),
            events: Vec::new(),
            stories: files.keys().filter_map(|name| story_of(name)).collect(),
            hidden: Vec::new(),
        }
    }

    /// The error of a command that needs it.
    pub fn error(&self) -> SelectError {
        SelectError::LeftOut { fault: self.fault.clone(), folder: self.shown.clone() }
    }

    fn has_event(&self, name: &str) -> bool {
        let is_hidden = |provider: &Provider| provider.description.events.contains_key(name);
        self.events.iter().any(|event| event == name) || self.hidden.iter().any(is_hidden)
    }

    fn has_story(&self, name: &str) -> bool {
        let is_hidden = |provider: &Provider| provider.stories.contains_key(name);
        self.stories.iter().any(|story| story == name) || self.hidden.iter().any(is_hidden)
    }
}

impl Catalog {
    /// Adds a folder that replaces the provider of the same id, or leaves it out if it is broken. Returns the id.
    pub fn add(&mut self, folder: FolderRead) -> String {
        match folder.and_then(Provider::sound) {
            Ok(provider) => {
                let id = provider.id.clone();
                self.put(provider);
                id
            }
            Err(left_out) => {
                let id = left_out.id.clone();
                self.leave_out(*left_out);
                id
            }
        }
    }

    /// Leaves a provider of this catalog out, since something of it is wrong that shows only beside the other ones.
    pub fn withdraw(&mut self, id: &str, fault: CatalogError) {
        let Some(provider) = self.provider(id) else { return };
        let aliases = provider.description.alias.keys().cloned();
        let left_out = LeftOut {
            ids: std::iter::once(id.to_string()).chain(aliases).collect(),
            ..LeftOut::named(id, &provider.shown, &BTreeMap::new(), fault)
        };
        self.leave_out(left_out);
    }

    /// The broken folders, in the order in which they were read.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The signature schemes of all providers, also of those that are hidden.
    pub fn all_schemes(&self) -> impl Iterator<Item = &Scheme> {
        let hidden = self.left_out.iter().flat_map(|left_out| &left_out.hidden);
        self.providers.iter().chain(hidden).flat_map(|provider| &provider.description.signature)
    }

    /// Returns a message that no provider was found, and which folders were left out: one of them may be meant.
    pub fn or_left_out(&self, message: &str) -> String {
        let named = self.left_out.iter().take(NAMED).map(|left_out| left_out.shown.clone());
        let mut named: Vec<String> = named.collect();
        if self.left_out.len() > NAMED {
            named.push(format!("{} more", self.left_out.len() - NAMED));
        }
        match named.as_slice() {
            [] => message.to_string(),
            [one] => format!("{message}; {one} was left out, since it is broken"),
            several => format!("{message}; {} were left out, since they are broken", words::list(several, "and")),
        }
    }

    /// The error for an id, an event or a story that a broken folder has, if no sound provider has it.
    pub fn needs_left_out(&self, typed: &str) -> Option<SelectError> {
        let typed = typed.strip_suffix('/').unwrap_or(typed);
        let (id, name) = typed.split_once('/').map_or((typed, None), |(id, name)| (id, Some(name)));
        let by_name = || self.left_out.iter().find(|left_out| left_out.has_event(bare(typed)));
        let found = self.left_out_as(id).or_else(|| by_name().filter(|_| name.is_none()));
        found.map(LeftOut::error)
    }

    /// The broken folder of this id.
    pub(super) fn left_out_as(&self, id: &str) -> Option<&LeftOut> {
        self.left_out.iter().rev().find(|left_out| left_out.ids.iter().any(|known| known == id))
    }

    /// The error for a story that a broken folder has.
    pub(super) fn left_out_story(&self, name: &str) -> Option<SelectError> {
        self.left_out.iter().find(|left_out| left_out.has_story(name)).map(LeftOut::error)
    }

    /// Forgets that these ids mean a broken folder, since a later folder has them.
    pub(super) fn replace_left_out(&mut self, id: &str) {
        for left_out in &mut self.left_out {
            left_out.ids.retain(|known| known != id);
            if left_out.id == id {
                left_out.events.clear();
                left_out.stories.clear();
            }
            left_out.hidden.retain(|provider| provider.id != id);
        }
    }

    fn leave_out(&mut self, mut left_out: LeftOut) {
        let is_hidden = |provider: &mut Provider| {
            left_out.ids.contains(&provider.id) || provider.alias_of.as_ref() == Some(&left_out.id)
        };
        let hidden: Vec<Provider> = self.providers.extract_if(.., is_hidden).collect();
        left_out.ids.extend(hidden.iter().map(|provider| provider.id.clone()));
        left_out.hidden = hidden;
        self.left_out.push(left_out);
    }
}

impl Provider {
    /// Reads one folder and checks it.
    fn sound(folder: Folder) -> Result<Self, Box<LeftOut>> {
        // Only names and the description are needed if it fails.
        let names = folder.files.iter().map(|(name, text)| {
            let is_kept = name == "provider.toml";
            (name.clone(), if is_kept { text.clone() } else { String::new() })
        });
        let outline = Folder { id: folder.id.clone(), shown: folder.shown.clone(), files: names.collect() };
        let checked = Self::load(folder).and_then(|provider| provider.check().map(|()| provider));
        checked.map_err(|fault| Box::new(LeftOut::new(&outline, fault)))
    }
}

/// The keys of a table of a description that may have faults.
fn keys(description: &str, table: &str) -> Vec<String> {
    let Ok(read) = toml::from_str::<toml::Table>(description) else { return Vec::new() };
    read.get(table).and_then(toml::Value::as_table).map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// The event that a sample's file is named after. The neutral body is none.
fn event_of(file: &str) -> Option<String> {
    let name = file.strip_suffix(".json").or(file.strip_suffix(".form"))?;
    Some(bare(name).to_string()).filter(|name| name != EXAMPLE)
}

/// The story that a file is named after.
fn story_of(file: &str) -> Option<String> {
    Some(file.strip_prefix(STORIES)?.strip_prefix('/')?.strip_suffix(".toml")?.to_string())
}

/// An event's name without its variant.
fn bare(name: &str) -> &str {
    name.split_once("--").map_or(name, |(event, _)| event)
}
