//! Which receivers are looked at.

use reqwest::Url;

use super::DoctorArgs;
use super::catalog::Seen;
use crate::commands::context::Context;
use crate::commands::project::{self, Project};
use crate::commands::settings::{self, Origin, Setting};
use crate::commands::trust::{self, Standing};
use crate::complaint::Complaint;
use crate::config::{SELF, Target};
use crate::diagnosis::{Check, Finding};
use crate::error::Error;
use crate::target;

/// A receiver that is looked at.
pub(super) struct Aim {
    /// The variable that names it, where the command line does not.
    pub(super) by: Option<&'static str>,
    /// Its name, where the project has it.
    pub(super) name: Option<String>,
    pub(super) url: Url,
    pub(super) target: Option<Target>,
    /// Whose deliveries it takes, by id; the catalog has it.
    pub(super) provider: Option<String>,
}

/// The receivers, and what was found on the way to them.
#[derive(Default)]
pub(super) struct Aims {
    pub(super) aims: Vec<Aim>,
    pub(super) findings: Vec<Finding>,
}

/// The receiver that is named, on the command line or by the variable, else all of the project's on this machine.
/// `is_broken` says whether there is a project that can't be read.
pub(super) fn aims(args: &DoctorArgs, context: &Context, seen: &Seen, is_broken: bool) -> Result<Aims, Error> {
    let provider = provider(args, seen)?;
    let project = context.project()?;
    let mut found = Aims::default();
    found.findings.extend(project.iter().flat_map(|project| unsound(project, seen)));
    found.findings.extend(project.and_then(untrusted));
    match (&args.to, settings::target(context)?) {
        (Some(typed), _) => {
            if let Err(error) = found.add_meant(project, typed, None) {
                // What can't be read may have it.
                found.findings.push(unread(typed, is_broken).ok_or(error)?);
            }
        }
        (None, Some(Setting { value: word, origin: Origin::Variable(name) })) => {
            found.add_by_variable(context, name, &word, is_broken);
        }
        (None, default) => match project {
            Some(project) => found.add_near(project, default.map(|default| default.value).as_deref()),
            None if is_broken => {}
            None => found.findings.push(
                Finding::note(Check::Target, "target-none", "no target is named, and there is no hookproof.toml")
                    .hinting("hookproof doctor 3000/hook looks at a receiver too"),
            ),
        },
    }
    for aim in &mut found.aims {
        let own = aim.target.as_ref().and_then(|target| target.provider.clone());
        aim.provider = provider.clone().or(own.filter(|id| seen.catalog.provider(id).is_some()));
    }
    Ok(found)
}

/// The provider that is asked for, by id.
fn provider(args: &DoctorArgs, seen: &Seen) -> Result<Option<String>, Error> {
    let Some(id) = &args.provider else { return Ok(None) };
    match seen.catalog.named(id) {
        Ok(provider) => Ok(Some(provider.id.clone())),
        // It may be in what is left out.
        Err(_) if !seen.is_whole => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// That a word may mean something in a project that can't be read.
fn unread(word: &str, is_broken: bool) -> Option<Finding> {
    is_broken.then(|| {
        Finding::unseen(Check::Target, "target-unknown", format!("what `{word}` means is not known"))
            .hinting("correct hookproof.toml, or give the address itself")
    })
}

impl Aims {
    fn add_meant(&mut self, project: Option<&Project>, word: &str, by: Option<&'static str>) -> Result<(), Error> {
        let (url, target) = project::meant(project, word)?;
        self.aims.push(Aim { by, name: target.as_ref().map(|_| word.to_string()), url, target, provider: None });
        Ok(())
    }

    /// A variable is a part of what is looked at, so that a wrong one is no wrong command.
    fn add_by_variable(&mut self, context: &Context, variable: &'static str, word: &str, is_broken: bool) {
        let project = context.project().ok().flatten();
        if word == SELF {
            let what = format!("{variable} names `{SELF}`, a receiver of hookproof's own");
            return self.findings.push(Finding::ok(Check::Target, what));
        }
        let added = self.add_meant(project, word, Some(variable)).and_then(|()| {
            let aim = self.aims.last().filter(|aim| aim.target.is_some());
            aim.map_or(Ok(()), |aim| trust::before_named_by_variable(context, &aim.url))
        });
        if let Err(error) = added {
            self.aims.clear();
            let hint = error.hint().unwrap_or_else(|| format!("correct {variable}, or unset it"));
            let fault =
                || Finding::fault(Check::Target, "target-unknown", format!("{variable}: {error}")).hinting(hint);
            self.findings.push(unread(word, is_broken).unwrap_or_else(fault));
        }
    }

    /// The targets on this machine; the others are used only when they are named.
    fn add_near(&mut self, project: &Project, default: Option<&str>) {
        for (name, target) in &project.config.targets {
            if !target.is_remote() {
                let (url, target) = (target.url.clone(), Some(target.clone()));
                self.aims.push(Aim { by: None, name: Some(name.clone()), url, target, provider: None });
                continue;
            }
            let what = format!("{} is not on this machine, and left out", target::shown(&target.url));
            let hint = if default == Some(name) {
                format!("as the default it is used only when it is named: hookproof doctor {name}, send --to {name}")
            } else {
                format!("hookproof doctor {name} looks at it")
            };
            self.findings.push(Finding::note(Check::Target, "target-remote", what).about(Some(name)).hinting(hint));
        }
    }
}

/// That other commands will want trust before a secret goes to another machine.
fn untrusted(project: &Project) -> Option<Finding> {
    let is_far = |target: &Target| target.names_secret() && !target::is_on_this_machine(&target.url);
    if project.config.catalogs.is_empty() && !project.config.targets.values().any(is_far) {
        return None;
    }
    let what = match trust::standing(project).ok()? {
        Standing::Trusted => return None,
        Standing::Changed => "has changed since it was trusted",
        Standing::Unknown => "is not trusted",
    };
    let what = format!("{} {what}, so it sends no secret to another machine", project.shown());
    Some(Finding::note(Check::Project, "project-untrusted", what).hinting("hookproof config trust trusts it"))
}

/// What of the project the catalog does not bear out: targets whose provider is not there, headers that hold a secret.
fn unsound(project: &Project, seen: &Seen) -> Vec<Finding> {
    let targets = project.config.targets.values().filter(|_| seen.is_whole);
    let unknown = targets.filter_map(|target| project.check_provider(target, &seen.catalog).err());
    let unknown = unknown.map(|complaint| ("provider-unknown", complaint));
    let secret = project.check_headers(&seen.catalog).err().map(|complaint| ("header-secret", complaint));
    let fault = |(code, complaint): (&'static str, Complaint)| {
        let hint = complaint.hint().unwrap_or("hookproof events lists the providers").to_string();
        Finding::fault(Check::Project, code, complaint.to_string()).hinting(hint)
    };
    unknown.chain(secret).map(fault).collect()
}
