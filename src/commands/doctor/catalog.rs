//! The catalog: what is built in, and every folder of the user's own.

use std::path::{Path, PathBuf};

use super::found;
use crate::catalog::{Catalog, LeftOut, Variants};
use crate::commands::catalogs;
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
        let findings = seen.add(context, &place).unwrap_or_else(|error| {
            seen.is_whole = false;
            vec![broken(&error, &place.value)]
        });
        seen.findings.extend(findings);
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

/// The finding that a provider's folder is broken.
fn broken_folder(left_out: &LeftOut) -> Finding {
    let finding = if left_out.is_unread { Finding::unseen } else { Finding::fault };
    let hint = format!("correct it, or leave {} out; payloads/README.md tells each key", left_out.shown);
    finding(Check::Catalog, "catalog-broken", left_out.fault.to_string()).hinting(hint)
}

impl Seen {
    /// Adds the sound folders of a place of the user's own, with a finding for each broken one.
    fn add(&mut self, context: &Context, place: &Setting<PathBuf>) -> Result<Vec<Finding>, Error> {
        let (mut ids, mut replaced) = (Vec::new(), Vec::new());
        let known = self.catalog.left_out().len();
        let before: Vec<String> = self.catalog.providers.iter().map(|provider| provider.id.clone()).collect();
        for folder in catalogs::read_place(context, place)? {
            let id = self.catalog.add(folder);
            if self.catalog.provider(&id).is_some() {
                replaced.extend(before.contains(&id).then(|| id.clone()));
                ids.push(id);
            }
        }
        self.own.extend(ids.iter().cloned());
        let left_out = &self.catalog.left_out()[known..];
        self.is_whole &= left_out.is_empty();
        let mut findings: Vec<Finding> = left_out.iter().map(broken_folder).collect();
        if findings.is_empty() || !ids.is_empty() {
            findings.insert(0, told(place, &ids, &replaced));
        }
        Ok(findings)
    }
}

/// The finding of a place with these providers, of which some replace those of the same id.
fn told(place: &Setting<PathBuf>, ids: &[String], replaced: &[String]) -> Finding {
    let shown = place.value.display();
    if ids.is_empty() {
        return Finding::ok(Check::Catalog, format!("{shown} has no provider"));
    }
    let mut told = format!("{shown} has {}", words::list(ids, "and"));
    if !replaced.is_empty() {
        let what = words::list(replaced, "and");
        told.push_str(&format!("; what was there before as {what} is replaced"));
    }
    Finding::ok(Check::Catalog, told)
}
