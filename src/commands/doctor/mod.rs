//! `doctor`: whether what the other commands need is there. It sends no request to anybody.

mod aims;
mod catalog;
mod machine;
mod receiver;
mod said;
mod secret;
mod stories;

use std::cell::RefCell;
use std::time::Duration;

use clap::Args;

use super::connection::ConnectionArgs;
use super::context::Context;
use super::handling::runtime;
use super::input;
use super::secrets::SecretArgs;
use super::settings;
use super::trust::Cleared;
use crate::catalog::{Catalog, Provider};
use crate::diagnosis::{Check, Finding, State};
use crate::error::Error;
use crate::exit::Exit;
use crate::report;
use crate::transport::Sender;
use aims::{Aim, Aims, aims};

/// The arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// The receiver: a URL, 3000/hook, or a target of hookproof.toml; otherwise the one of `HOOKPROOF_TARGET`, or all
    /// of its targets on this machine
    #[arg(value_name = "URL|NAME")]
    to: Option<String>,
    /// Whose secret is looked at, where the target does not say
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// The port that is meant to be free for `listen`
    #[arg(long, value_name = "PORT", default_value_t = 4400)]
    port: u16,
    /// How long a name, a connection and a handshake may take, each: otherwise as `HOOKPROOF_TIMEOUT` or hookproof.toml says, or 10s
    #[arg(long, value_name = "TIME", value_parser = input::time_limit)]
    timeout: Option<Duration>,
    /// One line of JSON for each thing that was looked at
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs `doctor`.
pub fn run(args: &DoctorArgs, context: &Context) -> Result<Exit, Error> {
    let mut said = said::look(args, context);
    let seen = catalog::look(context)?;
    let Aims { aims, findings } = aims(args, context, &seen, said.is_broken)?;
    check_words(args, context, &seen.catalog, &aims)?;
    let told = Told { context, is_json: args.json, findings: RefCell::default() };
    // A file that is at fault is not well besides.
    if findings.iter().any(|finding| finding.check == Check::Project && finding.state == State::Fault) {
        said.findings.retain(|finding| finding.check != Check::Project);
    }
    let stories = stories::look(context, &seen)?;
    let first = [&seen.findings, &said.findings, &stories, &findings];
    first.into_iter().flatten().for_each(|finding| told.tell(finding.clone()));
    let runtime = runtime()?;
    runtime.block_on(async {
        for aim in &aims {
            receiver::look(aim, args, said.limit, context, &told).await;
        }
    });
    let port = runtime.block_on(machine::port(args.port));
    // A look-up of a name may still be under way.
    runtime.shutdown_background();
    for finding in secret::look(args, context, &seen.catalog, &aims)? {
        told.tell_once(finding);
    }
    told.tell(machine::clock(&seen.catalog));
    told.tell(port);
    told.tell(machine::journal(context));
    Ok(told.end())
}

/// What is wrong with the command line is told before anything is looked at.
fn check_words(args: &DoctorArgs, context: &Context, catalog: &Catalog, aims: &[Aim]) -> Result<(), Error> {
    args.secrets.check_names(catalog)?;
    let ids = aims.iter().filter_map(|aim| aim.provider.as_deref()).chain(args.provider.as_deref());
    let providers: Vec<&Provider> = ids.filter_map(|id| catalog.provider(id)).collect();
    args.secrets.choice(&providers)?;
    let options = args.connection.options(&Cleared::without_delivery(None), settings::ANSWER_WITHIN, context)?;
    let given = aims.iter().filter(|_| args.connection.is_given());
    given.map(|aim| Sender::new(&aim.url, &options)).try_for_each(|made| made.map(drop))?;
    Ok(())
}

/// What was found so far; it is told at once, since some of it takes its time.
struct Told<'a> {
    context: &'a Context,
    is_json: bool,
    findings: RefCell<Vec<Finding>>,
}

impl Told<'_> {
    fn tell(&self, finding: Finding) {
        let console = &self.context.console;
        if self.is_json {
            console.print(&report::finding_json(&finding));
        } else {
            for line in report::finding_lines(&finding, console.out) {
                console.report(&line);
            }
        }
        self.findings.borrow_mut().push(finding);
    }

    /// The same secret may serve several targets.
    fn tell_once(&self, finding: Finding) {
        let is_known = self.findings.borrow().iter().any(|known| known.found == finding.found);
        if !is_known {
            self.tell(finding);
        }
    }

    fn end(self) -> Exit {
        let findings = self.findings.into_inner();
        if !self.is_json {
            self.context.console.report("");
            self.context.console.report(&report::diagnosis_summary(&findings));
        }
        findings.iter().fold(Exit::Success, |exit, finding| exit.with(finding.state.exit()))
    }
}

/// A command's error as what was found.
fn found(check: Check, code: &'static str, error: &Error) -> Finding {
    let is_gone = matches!(error, Error::Read { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound);
    let finding = match error {
        // What is there and can't be read may be sound.
        Error::Read { .. } | Error::Untestable { .. } if !is_gone => Finding::unseen(check, code, error.to_string()),
        _ => Finding::fault(check, code, error.to_string()),
    };
    let unread = matches!(error, Error::Read { .. }).then(|| "correct the path, or who may read it".to_string());
    Finding { hint: error.hint().or(unread), ..finding }
}
