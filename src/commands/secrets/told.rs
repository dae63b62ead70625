//! What `config` tells of secrets: where each is, and its looks.

use super::{ANY, Variables};
use crate::catalog::Catalog;
use crate::commands::context::Context;
use crate::commands::input;
use crate::config::Target;
use crate::secret::{Secret, SecretError};

/// The variables of the environment that hold secrets, with what may be told of each.
pub(in crate::commands) fn set_variables(context: &Context, catalog: &Catalog) -> Vec<(String, String)> {
    let documented = catalog.providers.iter().filter_map(|provider| provider.description.secret.as_ref());
    let mut names: Vec<&str> = documented.map(|place| place.env.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.push(ANY);
    names.into_iter().filter_map(|name| Some((name.to_string(), looks(Secret::new((context.var)(name)?))))).collect()
}

/// Where a target's secret is, and what may be told of it.
pub(in crate::commands) fn of_target(context: &Context, target: &Target) -> Option<String> {
    if let Some(name) = &target.secret_env {
        let value = Variables::read(target.env_file.as_deref(), context).and_then(|variables| variables.get(name));
        let told = match value {
            Ok(Some(value)) => looks(Secret::new(value)),
            Ok(None) => "not set".to_string(),
            Err(error) => error.to_string(),
        };
        return Some(format!("{name}: {told}"));
    }
    let path = target.secret_file.as_ref()?;
    let read = input::read(path).map(|bytes| looks(Secret::from_file(&bytes).map(|(secret, _)| secret)));
    Some(format!("{}: {}", path.display(), read.unwrap_or_else(|error| error.to_string())))
}

fn looks(secret: Result<Secret, SecretError>) -> String {
    secret.map_or_else(|error| error.to_string(), |secret| format!("[secret, {}]", secret.looks()))
}
