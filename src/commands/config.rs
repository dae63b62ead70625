//! `config`: each setting that holds, and where it came from; `config trust` trusts the project.

use clap::{Args, Subcommand};

use super::context::Context;
use super::project::Project;
use super::secrets;
use super::settings::{self, Origin, Setting};
use super::trust;
use crate::config::Check;
use crate::error::Error;
use crate::exit::Exit;
use crate::message::Header;
use crate::report::{self, Held};
use crate::target;

/// The arguments of `config`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct ConfigArgs {
    /// One line of JSON for each setting
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<ConfigCommand>,
}

/// Subcommands of `config`.
#[derive(Clone, Debug, Subcommand)]
enum ConfigCommand {
    /// Trust this project with secrets: it may send them to other machines as it says now
    Trust(trust::TrustArgs),
}

/// Runs `config`.
pub fn run(args: &ConfigArgs, context: &Context) -> Result<Exit, Error> {
    if let Some(ConfigCommand::Trust(args)) = &args.command {
        return trust::run(args, context);
    }
    let mut all = general(context)?;
    if let Some(project) = context.project()? {
        all.extend(of_project(project, context));
    }
    let catalog = context.catalog_untold()?;
    all.extend(secrets::set_variables(context, &catalog).into_iter().map(|(name, looks)| Held {
        name: "secret".to_string(),
        value: Some(looks),
        from: "variable",
        at: Some(name),
    }));
    let lines = if args.json {
        all.iter().map(report::setting_json).collect()
    } else {
        report::settings_human(&all, context.console.out)
    };
    for line in &lines {
        context.console.print(line);
    }
    // What holds is shown all the same.
    if let Some(project) = context.project()? {
        project.config.targets.values().try_for_each(|target| project.check_provider(target, &catalog))?;
    }
    Ok(Exit::Success)
}

fn held(name: &str, value: Option<String>, origin: &Origin) -> Held {
    let (from, at) = match origin {
        Origin::Flag(flag) => ("flag", Some((*flag).to_string())),
        Origin::Variable(name) => ("variable", Some((*name).to_string())),
        Origin::File(place) => ("file", Some(place.clone())),
        Origin::Default => ("default", None),
    };
    Held { name: name.to_string(), value, from, at }
}

/// What can be set in several ways.
fn general(context: &Context) -> Result<Vec<Held>, Error> {
    let project = context.project()?;
    let shown = |path: &std::path::PathBuf| path.display().to_string();
    let mut all = vec![held("config", project.map(Project::shown), &context.config_origin())];
    let target = settings::target(context)?;
    let target = target.unwrap_or(Setting { value: String::new(), origin: Origin::Default });
    let word = Some(target::without_password(&target.value)).filter(|word| !word.is_empty());
    all.push(held("target", word, &target.origin));
    let timeout = settings::timeout(context, None)?;
    all.push(held("timeout", Some(spelt(timeout.value)), &timeout.origin));
    let stories = settings::stories(context)?;
    all.extend(stories.iter().map(|stories| held("stories", Some(shown(&stories.value)), &stories.origin)));
    let catalogs = settings::catalogs(context)?;
    all.extend(catalogs.iter().map(|catalog| held("catalogs", Some(shown(&catalog.value)), &catalog.origin)));
    let journal = settings::journal(context, None)?;
    all.push(held("journal", journal.value.as_ref().map(shown), &journal.origin));
    all.push(held("no-input", Some(context.no_input.value.to_string()), &context.no_input.origin));
    Ok(all)
}

/// What only the project's configuration says.
fn of_project(project: &Project, context: &Context) -> Vec<Held> {
    let origin = |key: &[&str]| Origin::File(project.place(key));
    let header = |table: &[&str], header: &Header| {
        let key = [table, &["headers", &header.name]].concat();
        held(&key.join("."), Some(String::from_utf8_lossy(&header.value).into_owned()), &origin(&key))
    };
    let mut all: Vec<Held> = project.config.headers.iter().map(|one| header(&[], one)).collect();
    for (name, target) in &project.config.targets {
        let key = |key: &'static str| ["targets", name.as_str(), key];
        let mut said = vec![("url", target::shown(&target.url))];
        said.extend(target.provider.iter().map(|provider| ("provider", provider.clone())));
        said.extend(secrets::of_target(context, target));
        said.extend(target.env_file.iter().map(|path| ("env_file", path.display().to_string())));
        said.extend(target.signature_header.iter().map(|name| ("signature_header", name.clone())));
        said.extend(target.signature_mode.iter().map(|mode| ("signature_mode", mode.clone())));
        let said = said.into_iter().map(|(word, value)| held(&key(word).join("."), Some(value), &origin(&key(word))));
        all.extend(said);
        all.extend(target.headers.iter().map(|one| header(&["targets", name.as_str()], one)));
    }
    let checks = check(&project.config.check).into_iter();
    all.extend(checks.map(|(key, value)| held(&format!("check.{key}"), Some(value), &origin(&["check", key]))));
    all
}

/// What of a check is set.
fn check(check: &Check) -> Vec<(&'static str, String)> {
    let list = |all: &[String]| (!all.is_empty()).then(|| all.join(", "));
    let all = [
        ("only", list(&check.only)),
        ("skip", list(&check.skip)),
        ("level", check.level.map(|level| level.word().to_string())),
        ("events", check.events.clone()),
        ("strict", check.strict.then(|| "true".to_string())),
        ("timeout", check.timeout.map(spelt)),
        ("deadline", check.deadline.map(spelt)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// A duration as the configuration takes it.
fn spelt(time: std::time::Duration) -> String {
    match time.as_millis() {
        millis if millis % 1_000 == 0 => format!("{}s", time.as_secs()),
        millis => format!("{millis}ms"),
    }
}
