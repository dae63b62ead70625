//! From a folder's files to a provider, with every complaint naming file and line.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::describe::{Alias, Description, EventTime, Marks, Place};
use super::retry::Retries;
use super::scheme::{Algorithm, Handshake, Part, Scheme, Stamp};
use super::template::Template;
use super::{Catalog, EXAMPLE, Provider, STORIES, Sample, Shape};
use crate::json;
use crate::path::Path;

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
        let mut catalog = Self { providers: Vec::new() };
        catalog.add(folders)?;
        Ok(catalog)
    }

    /// Adds folders in order; each replaces the provider of the same id.
    pub fn add(&mut self, folders: Vec<Folder>) -> Result<(), CatalogError> {
        for folder in folders {
            self.put(Provider::load(folder)?);
        }
        Ok(())
    }

    /// The embedded folders, with their descriptions in one JSON text.
    pub(super) fn of_embedded(folders: Vec<Folder>, descriptions: &str) -> Result<Self, CatalogError> {
        let fail = |what| CatalogError { file: "the built-in catalog".to_string(), line: None, what };
        let mut descriptions: IndexMap<String, Description> =
            serde_json::from_str(descriptions).map_err(|error| fail(error.to_string()))?;
        let mut catalog = Self { providers: Vec::new() };
        for mut folder in folders {
            let text = folder.files.remove("provider.toml").unwrap_or_default();
            let description = descriptions.swap_remove(&folder.id);
            let description = description.ok_or_else(|| fail(format!("{} has no description", folder.id)))?;
            catalog.put(Provider::of(folder, description, text));
        }
        Ok(catalog)
    }

    fn put(&mut self, provider: Provider) {
        for provider in provider.with_aliases() {
            self.providers.retain(|known| known.id != provider.id);
            self.providers.push(provider);
        }
    }
}

impl Provider {
    /// Reads one folder.
    pub fn load(mut folder: Folder) -> Result<Self, CatalogError> {
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

    /// Looks at everything that no reader of TOML can: samples, names, paths. It is skipped for the embedded
    /// folders, since the tests do it.
    pub fn check(&self) -> Result<(), CatalogError> {
        self.check_description()?;
        for (name, Sample { text, .. }) in self.samples.iter().filter(|(_, sample)| sample.shape == Shape::Json) {
            let fail = |line, what| CatalogError { file: format!("{}/{name}.json", self.shown), line, what };
            let document = json::Document::parse(text)
                .map_err(|error| fail(Some(line_of(text, error.at)), format!("{error}; expected one JSON value")))?;
            let times = self.description.time.as_ref();
            if let Some(EventTime::At(path)) = times.map(|times| &times.event) {
                let written = document.scalar_at(path);
                if written.as_deref().and_then(crate::moment::read).is_none() {
                    let found = written.map_or("nothing".to_string(), |found| format!("`{found}`"));
                    return Err(fail(None, format!("at `{path}` a time was expected, found {found}")));
                }
            }
        }
        self.check_paths()
    }

    /// The line of the description, from 1, in which a text first stands.
    fn line_with(&self, text: &str) -> Option<usize> {
        self.text.find(text).map(|at| line_of(&self.text, at))
    }

    fn check_description(&self) -> Result<(), CatalogError> {
        let description = &self.description;
        let fail = |near: &str, what: String| {
            Err(CatalogError { file: format!("{}/provider.toml", self.shown), line: self.line_with(near), what })
        };
        let is_token = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        let retry = description.delivery.retry.as_ref();
        let headers = description.header.keys().chain(description.signature.iter().flat_map(|s| &s.header.0));
        let headers = headers.chain(retry.iter().flat_map(|retry| retry.header.keys().chain(retry.stop.keys())));
        if let Some(name) = headers.into_iter().find(|name| !is_token(name)) {
            return fail(name, format!("`{name}` is no header name; expected letters, digits and dashes"));
        }
        if let Some(what) = retry.and_then(Retries::fault) {
            return fail("[delivery.retry]", format!("the table delivery.retry {what}"));
        }
        for scheme in &description.signature {
            if let Some(what) = contradiction(scheme) {
                let near = scheme.header.0.first().unwrap_or(&scheme.mode);
                return fail(near, format!("the mode `{}` {what}", scheme.mode));
            }
        }
        let known = |name: &str| {
            ["event", "object", "event_ms", "event_s"].contains(&name) || description.identity.contains_key(name)
        };
        let modes: Vec<&str> = description.signature.iter().map(|scheme| scheme.mode.as_str()).collect();
        let mentioned = description.vector.iter().map(|vector| &vector.mode);
        let mentioned = mentioned.chain(description.alias.values().map(|alias| &alias.mode));
        if let Some(mode) = mentioned.into_iter().find(|mode| !modes.contains(&mode.as_str())) {
            return fail(&format!("\"{mode}\""), format!("`{mode}` is no mode of this file; expected one of them"));
        }
        if let Some(odd) = description.handshake.iter().find(|h| h.when.body.is_some() == h.when.query.is_some()) {
            return fail(&odd.name, format!("`when` of the handshake `{}` needs a body or a query", odd.name));
        }
        let computes = |handshake: &&Handshake| handshake.answer.computes() && !handshake.signed;
        if let Some(odd) = description.handshake.iter().find(computes) {
            let what = "would sign any text for anybody; expected signed = true";
            return fail(&odd.name, format!("the handshake `{}` {what}", odd.name));
        }
        let with_names = |scheme: &&Scheme| scheme.id.as_ref().is_some_and(|id| !id.make.names().is_empty());
        if let Some(odd) = description.signature.iter().find(with_names) {
            return fail(
                &odd.mode,
                format!("the id of the mode `{}` names an identity; expected {{uuid}} and such", odd.mode),
            );
        }
        let ids = description.signature.iter().filter_map(|scheme| scheme.id.as_ref()).map(|id| &id.make);
        let templates = description.header.values().chain(description.identity.values().map(|i| &i.make)).chain(ids);
        if let Some(name) = templates.flat_map(Template::names).find(|name| !known(name)) {
            let expected =
                "an identity of this file, event, object, event_ms, or {uuid} {ulid} {hex:N} {base62:N} {digits:N}";
            return fail(&format!("{{{name}"), format!("`{{{name}}}` names no identity; expected {expected}"));
        }
        if let Some(odd) = description.carried.iter().find(|c| !description.identity.contains_key(&c.with)) {
            return fail(&odd.with, format!("`{}` is no identity of this file; expected one of them", odd.with));
        }
        for pattern in &description.pattern {
            if !pattern.name.contains("{object}") {
                return fail(&pattern.name, format!("the pattern `{}` has no {{object}}; expected one", pattern.name));
            }
            for path in pattern.verbs.values().flat_map(|verb| verb.set.keys()) {
                if let Err(error) = Path::parse(path) {
                    return fail(path, error.to_string());
                }
            }
        }
        Ok(())
    }

    /// A declared path that no sample has is a misspelt one.
    fn check_paths(&self) -> Result<(), CatalogError> {
        let description = &self.description;
        let documents: Vec<_> =
            self.samples.values().filter_map(|sample| json::Document::parse(&sample.text).ok()).collect();
        let times = description.time.iter().flat_map(|times| &times.shift);
        let identities = description.identity.values().flat_map(|identity| &identity.at);
        let derived = description.derived.iter().map(|derived| &derived.path);
        let carried = description.carried.iter().flat_map(|carried| carried.paths.iter().chain(&carried.from));
        let naming = [&description.event.name, &description.event.id].into_iter().flatten();
        let named = naming.filter_map(|place| match place {
            Place::Body(path) => Some(path),
            Place::Header(_) => None,
        });
        let marks = &description.recognise.body;
        let stands = |path: &&Path| documents.iter().any(|document| document.find(path).is_some());
        match times.chain(identities).chain(derived).chain(carried).chain(named).chain(marks).find(|path| !stands(path))
        {
            None => Ok(()),
            Some(path) => Err(CatalogError {
                file: format!("{}/provider.toml", self.shown),
                line: self.line_with(&format!("\"{path}\"")),
                what: format!("`{path}` stands in no sample of this folder; expected a path that does"),
            }),
        }
    }
}

/// What of a scheme does not fit together.
fn contradiction(scheme: &Scheme) -> Option<String> {
    let has = |part: Part| scheme.content.0.contains(&part);
    let places = |stamp: &Stamp| [stamp.header.is_some(), stamp.body.is_some(), stamp.item.is_some()];
    let is_token = scheme.algorithm == Algorithm::Token;
    let bodies = scheme.content.0.iter().filter(|part| matches!(part, Part::Body | Part::Form)).count();
    let wrong = [
        (scheme.header.0.is_empty() == scheme.body.is_none(), "stands nowhere, or twice; expected a header or a body"),
        (!is_token && scheme.encoding.is_none(), "has no encoding; expected encoding = \"hex\" or \"base64\""),
        (
            is_token && (!scheme.prefix.is_empty() || scheme.encoding.is_some() || scheme.list.is_some()),
            "is a token; expected no prefix, no list and no encoding",
        ),
        (
            (scheme.algorithm == Algorithm::Sha256) != has(Part::Secret),
            "needs the {secret} in its content just where the algorithm is sha256",
        ),
        (has(Part::Timestamp) && scheme.timestamp.is_none(), "signs a {timestamp} and doesn't say where it stands"),
        (has(Part::Id) && scheme.id.is_none(), "signs an {id} and doesn't say where it stands"),
        (
            scheme.timestamp.as_ref().is_some_and(|stamp| places(stamp).iter().filter(|is| **is).count() != 1),
            "has a timestamp in no place or in several; expected a header, a body or an item",
        ),
        (
            scheme.timestamp.as_ref().is_some_and(|stamp| stamp.item.is_some()) && scheme.list.is_none(),
            "takes its timestamp from a list and has none",
        ),
        (
            scheme.list.as_ref().is_some_and(|list| list.separator.is_empty() || list.pair.is_empty()),
            "has a list with nothing between its parts",
        ),
        (bodies > 1, "signs the body twice"),
    ];
    wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, what)| what.to_string())
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

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
