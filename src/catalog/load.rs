//! From a folder's files to a provider, with every complaint naming file and line.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::describe::{Alias, Description, Marks};
use super::{Catalog, EXAMPLE, Provider, STORIES, Sample, Scheme, Shape};

/// The most tables of one kind in a description.
const MOST_TABLES: usize = 100;

/// The most bytes that the copies of a provider under its other names take.
const LARGEST_COPIES: usize = 64 << 20;

/// A provider's folder, read into memory.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The provider's id: the folder's name.
    pub id: String,
    /// The folder as the user knows it, for messages.
    pub shown: String,
    /// Its files by name.
    pub files: BTreeMap<String, String>,
}

impl Folder {
    /// The bytes of its files.
    pub fn size(&self) -> usize {
        self.files.values().map(String::len).sum()
    }
}

/// What is wrong with a catalog.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {what}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct CatalogError {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// What was found and what was expected.
    pub what: String,
}

impl Catalog {
    /// Reads folders in order; a later one replaces the provider of the same id.
    pub fn load(folders: Vec<Folder>) -> Result<Self, CatalogError> {
        let mut catalog = Self { providers: Vec::new(), left_out: Vec::new() };
        for folder in folders {
            catalog.put(Provider::load(folder)?);
        }
        Ok(catalog)
    }

    /// The embedded folders, with their descriptions in one JSON text.
    pub(super) fn of_embedded(folders: Vec<Folder>, descriptions: &str) -> Result<Self, CatalogError> {
        let fail = |what| CatalogError { file: "the built-in catalog".to_string(), line: None, what };
        let mut descriptions: IndexMap<String, Description> =
            serde_json::from_str(descriptions).map_err(|error| fail(error.to_string()))?;
        let mut catalog = Self { providers: Vec::new(), left_out: Vec::new() };
        for mut folder in folders {
            let text = folder.files.remove("provider.toml").unwrap_or_default();
            let description = descriptions.swap_remove(&folder.id);
            let description = description.ok_or_else(|| fail(format!("{} has no description", folder.id)))?;
            catalog.put(Provider::of(folder, description, text));
        }
        Ok(catalog)
    }

    pub(super) fn put(&mut self, provider: Provider) {
        for provider in provider.with_aliases() {
            self.replace_left_out(&provider.id);
            self.providers.retain(|known| known.id != provider.id);
            self.providers.push(provider);
        }
    }
}

impl Provider {
    /// Reads one folder.
    pub fn load(mut folder: Folder) -> Result<Self, CatalogError> {
        let size = folder.size();
        let file = format!("{}/provider.toml", folder.shown);
        let text = folder.files.remove("provider.toml").ok_or_else(|| CatalogError {
            file: file.clone(),
            line: None,
            what: "the file is missing; it describes the provider".to_string(),
        })?;
        let description: Description = toml::from_str(&text).map_err(|error| CatalogError {
            file: file.clone(),
            line: error.span().map(|span| line_of(&text, span.start)),
            what: error.message().to_string(),
        })?;
        let provider = Self::of(folder, description, text);
        provider.check_counts(size)?;
        provider.files_match_events()?;
        Ok(provider)
    }

    fn of(folder: Folder, description: Description, text: String) -> Self {
        let (stories, files) = folder.files.into_iter().partition(|(name, _)| name.starts_with(STORIES));
        let (samples, stories) = (samples(files), self::stories(stories));
        Self { id: folder.id, alias_of: None, shown: folder.shown, description, samples, stories, text }
    }

    /// The provider, and once more under each of its other names.
    fn with_aliases(self) -> Vec<Self> {
        let alias = |(id, alias): (&String, &Alias)| {
            let mut other = self.clone();
            other.alias_of = Some(std::mem::replace(&mut other.id, id.clone()));
            let description = &mut other.description;
            description.name.clone_from(&alias.name);
            let is_its = |scheme: &Scheme| alias.modes.is_empty() || alias.modes.contains(&scheme.mode);
            description.signature.retain(is_its);
            for scheme in &mut description.signature {
                scheme.when.0.extend(alias.when.get(&scheme.mode).iter().flat_map(|more| more.0.iter().cloned()));
            }
            description.vector.retain(|vector| alias.modes.is_empty() || alias.modes.contains(&vector.mode));
            description.signature.sort_by_key(|scheme| scheme.mode != alias.mode);
            // What comes is recognised once, under the provider's own name.
            description.recognise = Marks::default();
            other.stories.clear();
            if let (Some(place), Some(env)) = (&mut description.secret, &alias.env) {
                place.env.clone_from(env);
            }
            if let Some(page) = &alias.page {
                description.page.clone_from(page);
            }
            other
        };
        let aliases: Vec<Self> = self.description.alias.iter().map(alias).collect();
        std::iter::once(self).chain(aliases).collect()
    }

    /// Refuses tables that are read with each delivery, or copied, in numbers that no provider needs.
    fn check_counts(&self, size: usize) -> Result<(), CatalogError> {
        let all = &self.description;
        let counts = [
            ("alias", all.alias.len()),
            ("carried", all.carried.len()),
            ("derived", all.derived.len()),
            ("handshake", all.handshake.len()),
            ("header", all.header.len()),
            ("identity", all.identity.len()),
            ("pattern", all.pattern.len()),
            ("signature", all.signature.len()),
            ("vector", all.vector.len()),
        ];
        match counts.into_iter().find(|(_, count)| *count > MOST_TABLES) {
            None if size.saturating_mul(all.alias.len()) > LARGEST_COPIES => Err(CatalogError {
                file: format!("{}/provider.toml", self.shown),
                line: self.line_with("[alias"),
                what: "each alias has all samples, and together they are too large; expected fewer of either"
                    .to_string(),
            }),
            None => Ok(()),
            Some((name, count)) => Err(CatalogError {
                file: format!("{}/provider.toml", self.shown),
                line: self.line_with(&format!("[{name}")).or_else(|| self.line_with(name)),
                what: format!("there are {count} tables of `{name}`; expected {MOST_TABLES} at most"),
            }),
        }
    }

    /// Every event and variant has its file, and every file its event.
    fn files_match_events(&self) -> Result<(), CatalogError> {
        let mut expected: Vec<String> = self.description.pattern.iter().map(|p| p.sample.clone()).collect();
        expected.extend(self.description.example.iter().map(|_| EXAMPLE.to_string()));
        for (name, event) in &self.description.events {
            expected.push(name.clone());
            expected.extend(event.variants.keys().map(|variant| format!("{name}--{variant}")));
        }
        if let Some(missing) = expected.iter().find(|name| !self.samples.contains_key(*name)) {
            let event = missing.split("--").next().unwrap_or(missing);
            if event == EXAMPLE && self.description.example.is_some() {
                return Err(CatalogError {
                    file: format!("{}/{EXAMPLE}.json", self.shown),
                    line: None,
                    what: format!("the neutral body is missing; [example] wants it, or an {EXAMPLE}.form"),
                });
            }
            return Err(CatalogError {
                file: format!("{}/{missing}.json", self.shown),
                line: None,
                what: format!(
                    "the sample is missing; provider.toml{} lists `{event}`",
                    self.line_with(&format!("events.\"{event}\"")).map(|line| format!(":{line}")).unwrap_or_default()
                ),
            });
        }
        match self.samples.keys().find(|name| !expected.contains(name)) {
            None => Ok(()),
            Some(orphan) => Err(CatalogError {
                file: format!("{}/{orphan}.json", self.shown),
                line: None,
                what: format!("no event of provider.toml has this name; add [events.\"{orphan}\"] or remove the file"),
            }),
        }
    }

    /// The line of the description, from 1, in which a text first stands.
    pub(super) fn line_with(&self, text: &str) -> Option<usize> {
        self.text.find(text).map(|at| line_of(&self.text, at))
    }
}

fn samples(files: BTreeMap<String, String>) -> BTreeMap<String, Sample> {
    let sample = |(name, text): (String, String)| {
        let json = name.strip_suffix(".json").map(|name| (name, Shape::Json));
        let (name, shape) = json.or(name.strip_suffix(".form").map(|name| (name, Shape::Form)))?;
        Some((name.to_string(), Sample { shape, text }))
    };
    files.into_iter().filter_map(sample).collect()
}

fn stories(files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let story = |(name, text): (String, String)| {
        let name = name.strip_prefix(STORIES)?.strip_prefix('/')?.strip_suffix(".toml")?;
        Some((name.to_string(), text))
    };
    files.into_iter().filter_map(story).collect()
}

/// The line, from 1, in which a byte stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
