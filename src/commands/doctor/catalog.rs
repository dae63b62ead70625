//! The catalog: what is built in, and every folder of the user's own.

use std::path::{Path, PathBuf};

use super::found;
use crate::catalog::{Catalog, Provider, Variants};
use crate::commands::context::Context;
use crate::commands::settings::{self, Setting};
use crate::diagnosis::{Check, Finding};
use crate::error::Error;
use crate::words;

/// The catalog, of which what is broken is left out.
pub(super) struct Seen {
    pub(super) catalog: Catalog,
    /// The providers of the user's own, by id.
    pub(super) own: Vec<String>,
    /// Whether nothing had to be left out.
    pub(super) is_whole: bool,
    pub(super) findings: Vec<Finding>,
}

/// Looks at every place that providers come from.
pub(super) fn look(context: &Context) -> Result<Seen, Error> {
    let catalog = Catalog::built_in()?;
    let events: usize = catalog.providers.iter().map(|provider| provider.forms(Variants::Without).len()).sum();
    let built_in = format!(
        "{} and {} are built in",
        words::count(catalog.providers.len(), "provider", "providers"),
        words::count(events, "event", "events"),
    );
    let mut seen =
        Seen { catalog, own: Vec::new(), is_whole: true, findings: vec![Finding::ok(Check::Catalog, built_in)] };
    for place in settings::catalogs(context)? {
        let finding = seen.add(context, &place).unwrap_or_else(|error| {
            seen.is_whole = false;
            broken(&error, &place.value)
        });
        seen.findings.push(finding);
    }
    Ok(seen)
}

/// That a place can't be used.
fn broken(error: &Error, place: &Path) -> Finding {
    let finding = found(Check::Catalog, "catalog-broken", error);
    let shown = place.display();
    match error {
        Error::Catalog(_) => {
            finding.hinting(format!("correct it, or leave {shown} out; payloads/README.md tells each key"))
        }
        _ => finding.or_hinting(|| format!("correct the path, or leave {shown} out")),
    }
}

impl Seen {
    /// Adds a place of the user's own, where all of it is sound.
    fn add(&mut self, context: &Context, place: &Setting<PathBuf>) -> Result<Finding, Error> {
        let folders = context.read_place(place)?;
        let ids: Vec<String> = folders.iter().map(|folder| folder.id.clone()).collect();
        for folder in &folders {
            Provider::load(folder.clone())?.check()?;
        }
        let replaced: Vec<String> = ids.iter().filter(|id| self.catalog.provider(id).is_some()).cloned().collect();
        self.catalog.add(folders)?;
        self.own.extend(ids.iter().cloned());
        let mut told = format!("{} has {}", place.value.display(), words::list(&ids, "and"));
        if !replaced.is_empty() {
            let what = words::list(&replaced, "and");
            told.push_str(&format!("; what was there before as {what} is replaced"));
        }
        Ok(Finding::ok(Check::Catalog, told))
    }
}
