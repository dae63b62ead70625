//! Where a project keeps its signing secret: found by the names of variables, and never by a value.

use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, Provider};
use crate::commands::env_file::EnvFile;
use crate::commands::{files, input};
use crate::error::Error;

/// Files of variables as frameworks read them, those that come first there come first here.
const FILES: [&str; 6] =
    [".env.development.local", ".env.local", ".env.development", ".env", ".dev.vars", "config/.env"];
/// What begins so is built into pages that everybody gets, and holds no secret.
const OPEN: [&str; 5] = ["NEXT_PUBLIC_", "PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_"];

/// A variable that may hold the signing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its name.
    pub(super) name: String,
    /// The file that it stands in.
    pub(super) file: PathBuf,
    /// The provider that its name speaks of.
    pub(super) provider: Option<String>,
    weight: u8,
}

/// The names of a file's variables.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) file: PathBuf,
    pub(super) names: Vec<String>,
}

/// The names in the files of a folder, or in the one that is given.
pub(super) fn names(given: Option<&Path>) -> Result<Vec<Names>, Error> {
    let read = |file: &Path| -> Result<Names, Error> {
        let bytes = if given.is_some() { input::read(file)? } else { files::regular(file)? };
        Ok(Names { file: file.to_path_buf(), names: EnvFile::new(&bytes).names() })
    };
    match given {
        Some(file) => Ok(vec![read(file)?]),
        // One that can't be read, as another user's, is as if it were not there.
        None => {
            Ok(FILES.iter().map(Path::new).filter(|file| file.is_file()).filter_map(|file| read(file).ok()).collect())
        }
    }
}

/// The variables that may hold a signing secret, the likeliest first; for a provider, where one is given, no other's.
pub(super) fn likely(all: &[Names], catalog: &Catalog, only: Option<&Provider>) -> Vec<Found> {
    let mut found = Vec::new();
    for Names { file, names } in all {
        for name in names {
            let provider = spoken_of(name, catalog);
            let is_others = only.is_some_and(|only| provider.is_some_and(|other| other.family() != only.family()));
            let weight = weight(name, provider);
            if weight > 0 && !is_others {
                let provider = provider.map(|provider| provider.id.clone());
                found.push(Found { name: name.clone(), file: file.clone(), provider, weight });
            }
        }
    }
    // What was found first stays first among equals; a name counts where it stands first.
    found.sort_by_key(|found| std::cmp::Reverse(found.weight));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|found| seen.insert(found.name.clone()));
    found
}

/// The one that is surely meant: likelier than any other.
pub(super) fn surest(found: &[Found]) -> Option<&Found> {
    match found {
        [first, second, ..] if first.weight == second.weight => None,
        [first, ..] => Some(first),
        [] => None,
    }
}

/// How likely a variable of this name holds a signing secret; nothing where it is not.
fn weight(name: &str, provider: Option<&Provider>) -> u8 {
    let name = name.to_ascii_uppercase();
    if OPEN.iter().any(|open| name.starts_with(open)) {
        return 0;
    }
    let has = |word: &str| name.contains(word);
    let is_documented =
        |provider: &Provider| provider.description.secret.as_ref().is_some_and(|s| s.env.as_str() == name);
    let names_provider = u8::from(provider.is_some());
    let rules = [
        (provider.is_some_and(is_documented), 9),
        (has("WEBHOOK") && has("SECRET"), 6 + names_provider),
        (has("SIGNING") && (has("SECRET") || has("KEY")), 5 + names_provider),
        (has("WEBHOOK") && (has("KEY") || has("TOKEN")), 3 + names_provider),
        // What ends in SECRET_KEY calls the provider's API.
        (provider.is_some() && name.ends_with("SECRET"), 2),
    ];
    rules.into_iter().find(|(holds, _)| *holds).map_or(0, |(_, weight)| weight)
}

/// The provider whose id is a part of a name, the longest where there are several.
fn spoken_of<'c>(name: &str, catalog: &'c Catalog) -> Option<&'c Provider> {
    let name = format!("_{}_", name.to_ascii_uppercase());
    let is_named = |provider: &&Provider| {
        let id = provider.id.to_ascii_uppercase().replace('-', "_");
        let env = provider.description.secret.as_ref().map(|secret| format!("_{}_", secret.env));
        name.contains(&format!("_{id}_")) || env.is_some_and(|env| env == name)
    };
    catalog.providers.iter().filter(is_named).max_by_key(|provider| provider.id.len())
}

#[cfg(test)]
mod tests {
    use super::{Names, likely, surest};
    use crate::catalog::Catalog;

    fn found(names: &[&str], only: Option<&str>) -> Vec<(String, Option<String>)> {
        let catalog = Catalog::built_in().unwrap();
        let names = names.iter().map(ToString::to_string).collect();
        let only = only.map(|id| catalog.provider(id).unwrap());
        let found = likely(&[Names { file: ".env".into(), names }], &catalog, only);
        found.into_iter().map(|found| (found.name, found.provider)).collect()
    }

    #[test]
    fn a_signing_secret_is_known_by_its_name() {
        let check = |names: &[&str], only: Option<&str>, expected: &[(&str, Option<&str>)]| {
            let found = found(names, only);
            let found: Vec<_> = found.iter().map(|(name, id)| (name.as_str(), id.as_deref())).collect();
            assert_eq!(found, expected, "{names:?}");
        };
        check(&["PORT", "DATABASE_URL", "SESSION_SECRET", "API_KEY"], None, &[]);
        let stripe = ("STRIPE_WEBHOOK_SECRET", Some("stripe"));
        check(&["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"], None, &[stripe]);
        check(&["STRIPE_HOOK_SECRET"], None, &[("STRIPE_HOOK_SECRET", Some("stripe"))]);
        check(&["WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET"], None, &[stripe, ("WEBHOOK_SECRET", None)]);
        check(&["WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET"], Some("superfolio"), &[("WEBHOOK_SECRET", None)]);
        check(&["NEXT_PUBLIC_WEBHOOK_SECRET"], None, &[]);
        check(&["slack_signing_secret"], None, &[("slack_signing_secret", Some("slack"))]);
        check(&["HOOK_SIGNING_KEY", "HOOK_SIGNING_KEY"], None, &[("HOOK_SIGNING_KEY", None)]);
    }

    #[test]
    fn of_equals_none_is_taken_unasked() {
        let catalog = Catalog::built_in().unwrap();
        let all = |names: &[&str]| {
            let names = names.iter().map(ToString::to_string).collect();
            likely(&[Names { file: ".env".into(), names }], &catalog, None)
        };
        assert_eq!(surest(&all(&["A_WEBHOOK_SECRET", "B_WEBHOOK_SECRET"])), None);
        assert_eq!(surest(&all(&["A_WEBHOOK_SECRET", "B_SIGNING_KEY"])).unwrap().name, "A_WEBHOOK_SECRET");
        assert_eq!(surest(&[]), None);
    }
}
