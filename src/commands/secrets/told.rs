//! What `config` tells of secrets: where each is, and its looks.

use std::path::{Path, PathBuf};

use super::{ANY, Variables};
use crate::catalog::Catalog;
use crate::commands::context::Context;
use crate::commands::input;
use crate::config::Target;
use crate::error::Error;
use crate::secret::{Secret, SecretError};
use crate::words;

/// The variables of the environment that hold secrets, with what may be told of each.
pub(in crate::commands) fn set_variables(context: &Context, catalog: &Catalog) -> Vec<(String, String)> {
    let documented = catalog.providers.iter().filter_map(|provider| provider.description.secret.as_ref());
    let mut names: Vec<&str> = documented.map(|place| place.env.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.push(ANY);
    names.into_iter().filter_map(|name| Some((name.to_string(), looks(Secret::new((context.var)(name)?))))).collect()
}

/// A target's file of variables: that which is here, else that which is not. The configuration is shared and the file is
/// not, so without it the environment is what counts.
pub(super) fn env_file(target: &Target) -> (Option<PathBuf>, Option<PathBuf>) {
    let Some(file) = &target.env_file else { return (None, None) };
    if file.try_exists().unwrap_or(true) { (Some(file.clone()), None) } else { (None, Some(file.clone())) }
}

/// Where a target's secrets are by the keys that say so, and what may be told of each.
pub(in crate::commands) fn of_target(context: &Context, target: &Target) -> Vec<(&'static str, String)> {
    let variable = target.secret_env.as_ref().map(|name| {
        let value = Variables::read(env_file(target).0.as_deref(), Some(target), context)
            .and_then(|variables| variables.get(name));
        let told = match value {
            Ok(Some(value)) => looks(Secret::new(value)),
            Ok(None) => "not set".to_string(),
            Err(error) => first_line(&error),
        };
        ("secret_env", format!("{name}: {told}"))
    });
    let file = target.secret_file.as_ref().map(|path| {
        let read = read(context, target, path);
        let read = read.map(|bytes| looks(Secret::from_file(&bytes).map(|(secret, _)| secret)));
        ("secret_file", format!("{}: {}", path.display(), read.unwrap_or_else(|error| first_line(&error))))
    });
    variable.into_iter().chain(file).collect()
}

/// Reads a target's file, which is below the project's root.
fn read(context: &Context, target: &Target, path: &Path) -> Result<Vec<u8>, Error> {
    match context.project()? {
        Some(project) => project.read_file(&project.key_of(target, "secret_file"), path),
        None => input::read(path),
    }
}

/// An error without the lines of the file that it is about.
fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

/// Where a target says that its secret is: `the variable MINE and the file .env`.
pub(in crate::commands) fn places(target: &Target) -> String {
    let file = |path: &PathBuf| format!("the file {}", path.display());
    let variable = target.secret_env.as_ref().map(|name| format!("the variable {name}"));
    let all = [variable, target.secret_file.as_ref().map(file), target.env_file.as_ref().map(file)];
    let all: Vec<String> = all.into_iter().flatten().collect();
    words::list(&all, "and")
}

fn looks(secret: Result<Secret, SecretError>) -> String {
    secret.map_or_else(|error| error.to_string(), |secret| format!("[secret, {}]", secret.looks()))
}
