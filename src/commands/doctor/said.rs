//! What `hookproof.toml` and the variables say beside targets, catalogs and stories.

use std::time::Duration;

use super::{DoctorArgs, found};
use crate::commands::context::Context;
use crate::commands::project::Project;
use crate::commands::settings::{self, Origin};
use crate::diagnosis::{Check, Finding};
use crate::error::Error;
use crate::words;

/// What is said.
pub(super) struct Said {
    /// Whether there is a project that can't be read; the rest is looked at as if there were none.
    pub(super) is_broken: bool,
    /// How long a connection may take.
    pub(super) limit: Duration,
    pub(super) findings: Vec<Finding>,
}

/// Looks at what is said.
pub(super) fn look(args: &DoctorArgs, context: &Context) -> Said {
    let mut findings = Vec::new();
    let project = context.project();
    let is_broken = project.is_err();
    findings.extend(match project {
        Ok(project) => project.map(names),
        Err(error) => Some(broken_project(context, &error)),
    });
    if is_broken {
        context.leave_project_out();
    }
    let limit = settings::timeout(context, args.timeout).map_or_else(
        |error| {
            findings.push(found(Check::Settings, "setting-unusable", &error));
            settings::ANSWER_WITHIN
        },
        |limit| limit.value,
    );
    Said { is_broken, limit, findings }
}

/// That the project's file can't be read.
fn broken_project(context: &Context, error: &Error) -> Finding {
    let finding = found(Check::Project, "project-broken", error);
    match (error, context.config_origin()) {
        (Error::Read { .. }, Origin::Variable(name)) => finding.hinting(format!("correct {name}, or unset it")),
        _ => finding.or_hinting(|| "correct it; --config '' goes without".to_string()),
    }
}

/// The project's file with its targets.
fn names(project: &Project) -> Finding {
    let names: Vec<String> = project.config.targets.keys().map(|name| format!("`{name}`")).collect();
    let mut told = match names.as_slice() {
        [] => format!("{} names no target", project.shown()),
        names => {
            let word = if names.len() == 1 { "target" } else { "targets" };
            format!("{} names the {word} {}", project.shown(), words::list(names, "and"))
        }
    };
    if let Some(default) = &project.config.target {
        told.push_str(&format!("; the default is `{default}`"));
    }
    Finding::ok(Check::Project, told)
}
