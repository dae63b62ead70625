//! From a folder's files to a provider, with every complaint naming file and line.

use std::collections::BTreeMap;

use super::describe::{Algorithm, Description, EventTime, Place};
use super::template::Template;
use super::{Catalog, Provider};
use crate::json;
use crate::path::Path;

/// A provider's folder, read into memory.
#[derive(Debug)]
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
        let mut providers: Vec<Provider> = Vec::new();
        for folder in folders {
            let provider = Provider::load(folder)?;
            providers.retain(|known| known.id != provider.id);
            providers.push(provider);
        }
        Ok(Self { providers })
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
        let provider = Self { id: folder.id, shown: folder.shown, description, samples: samples(folder.files), text };
        provider.files_match_events()?;
        Ok(provider)
    }

    /// Every event and variant has its file, and every file its event.
    fn files_match_events(&self) -> Result<(), CatalogError> {
        let mut expected: Vec<String> = self.description.pattern.iter().map(|p| p.sample.clone()).collect();
        for (name, event) in &self.description.events {
            expected.push(name.clone());
            expected.extend(event.variants.keys().map(|variant| format!("{name}--{variant}")));
        }
        if let Some(missing) = expected.iter().find(|name| !self.samples.contains_key(*name)) {
            let event = missing.split("--").next().unwrap_or(missing);
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
        for (name, text) in &self.samples {
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
        let headers = description.header.keys().chain(description.signature.iter().map(|scheme| &scheme.header));
        if let Some(name) = headers.into_iter().find(|name| !is_token(name)) {
            return fail(name, format!("`{name}` is no header name; expected letters, digits and dashes"));
        }
        for scheme in &description.signature {
            match scheme.algorithm {
                Algorithm::HmacSha256 if scheme.encoding.is_none() => {
                    return fail(
                        &scheme.header,
                        format!("the mode `{}` has no encoding; expected encoding = \"hex\"", scheme.mode),
                    );
                }
                Algorithm::Token if !scheme.prefix.is_empty() || scheme.encoding.is_some() => {
                    return fail(
                        &scheme.header,
                        format!("the mode `{}` is a token; expected no prefix and no encoding", scheme.mode),
                    );
                }
                _ => {}
            }
        }
        let known = |name: &str| {
            ["event", "object", "event_ms", "event_s"].contains(&name) || description.identity.contains_key(name)
        };
        let templates = description.header.values().chain(description.identity.values().map(|i| &i.make));
        if let Some(name) = templates.flat_map(Template::names).find(|name| !known(name)) {
            let expected =
                "an identity of this file, event, object, event_ms, or {uuid} {ulid} {hex:N} {base62:N} {digits:N}";
            return fail(&format!("{{{name}"), format!("`{{{name}}}` names no identity; expected {expected}"));
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
        let documents: Vec<_> = self.samples.values().filter_map(|text| json::Document::parse(text).ok()).collect();
        let times = description.time.iter().flat_map(|times| &times.shift);
        let identities = description.identity.values().flat_map(|identity| &identity.at);
        let derived = description.derived.iter().map(|derived| &derived.path);
        let naming = [&description.event.name, &description.event.id].into_iter().flatten();
        let named = naming.filter_map(|place| match place {
            Place::Body(path) => Some(path),
            Place::Header(_) => None,
        });
        let marks = &description.recognise.body;
        let stands = |path: &&Path| documents.iter().any(|document| document.find(path).is_some());
        match times.chain(identities).chain(derived).chain(named).chain(marks).find(|path| !stands(path)) {
            None => Ok(()),
            Some(path) => Err(CatalogError {
                file: format!("{}/provider.toml", self.shown),
                line: self.line_with(&format!("\"{path}\"")),
                what: format!("`{path}` stands in no sample of this folder; expected a path that does"),
            }),
        }
    }
}

fn samples(files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    files.into_iter().filter_map(|(name, text)| Some((name.strip_suffix(".json")?.to_string(), text))).collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
