//! `check`: a receiver proved.

mod baseline;
mod counter;
mod course;
mod fire;
mod reports;

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use reqwest::Url;

use super::asking;
use super::connection::ConnectionArgs;
use super::context::Context;
use super::destination::{self, Aim};
use super::handling::runtime;
use super::input::HeaderArgs;
use super::project::Used;
use super::secrets::SecretArgs;
use super::settings;
use super::signals::interrupted;
use super::trust;
use crate::catalog::{Catalog, Event, Provider, Variants};
use crate::config::Target;
use crate::conformance::{self, CASES, Level, Planned, Selection};
use crate::error::Error;
use crate::exit::Exit;
use crate::moment;
use crate::path::Path;
use crate::report::{self, Occasion, Summary};
use crate::shell;
use crate::target;
use crate::words;
use course::Check;
use reports::ReportFile;

pub(super) use course::make;
pub(super) use fire::{Fired, came, fire};

/// The default time limit of a response.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The findings of an earlier check, by case and code.
type Known = Vec<(String, String)>;

/// The arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The receiver: a URL, 3000/hook, or a target of hookproof.toml; otherwise the one of `HOOKPROOF_TARGET` or its default
    #[arg(value_name = "URL")]
    to: Option<String>,
    /// Whose deliveries it takes
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Only these cases: names, families or globs
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    skip: Vec<String>,
    /// Only cases of this level and above
    #[arg(long, value_name = "must|should|info", value_parser = level)]
    level: Option<Level>,
    /// Lists the cases and sends nothing
    #[arg(long)]
    list: bool,
    /// Tells a case and sends nothing
    #[arg(long, value_name = "CASE")]
    explain: Option<String>,
    /// Only events of these names
    #[arg(long, value_name = "GLOB")]
    events: Option<String>,
    /// Your own bytes for the control's body; - is stdin
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// How long an answer may take; the first may take 30s
    #[arg(long, value_name = "TIME", value_parser = moment::time_limit)]
    timeout: Option<Duration>,
    /// How long all of it may take: otherwise 45s, and 3m with --probe
    #[arg(long, value_name = "TIME", value_parser = moment::time_limit)]
    deadline: Option<Duration>,
    /// Waits so long until the receiver answers at all
    #[arg(long, value_name = "TIME", value_parser = moment::time_limit)]
    wait: Option<Duration>,
    /// How many cases are under way at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=64))]
    jobs: u64,
    /// Findings that are known: the --json output of an earlier check; only others fail
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Sends hostile requests to a public address without asking
    #[arg(short, long)]
    yes: bool,
    /// A number that a delivery moves, at an address or printed by a shell command: what comes twice must not move it twice
    #[arg(long, value_name = "URL|CMD")]
    probe: Option<String>,
    /// Where the number stands in the JSON that the probe gives
    #[arg(long, value_name = "PATH", requires = "probe", value_parser = probe_path)]
    probe_path: Option<Path>,
    /// The variable that holds the token of the provider's handshake, where it brings one
    #[arg(long, value_name = "NAME")]
    verify_token_env: Option<String>,
    /// Fails on a should as on a must
    #[arg(long)]
    strict: bool,
    /// One line of JSON for each case, and one for all
    #[arg(long)]
    json: bool,
    /// Writes a report: html=FILE, markdown=FILE or junit=FILE
    #[arg(long, value_name = "FORMAT=FILE", value_parser = ReportFile::parse)]
    report: Vec<ReportFile>,
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

fn level(text: &str) -> Result<Level, String> {
    let all = [Level::Must, Level::Should, Level::Info];
    all.into_iter().find(|level| level.word() == text).ok_or_else(|| "expected must, should or info".to_string())
}

fn probe_path(text: &str) -> Result<Path, String> {
    Path::parse(text).map_err(|error| error.to_string())
}

/// Runs `check`.
pub fn run(args: &CheckArgs, context: &Context) -> Result<Exit, Error> {
    if let Some(id) = &args.explain {
        return explain(id, context);
    }
    let catalog = context.catalog_untold()?;
    // A list needs no receiver, and so nobody is asked for one.
    let to = match &args.to {
        None if args.list => destination::settled(context, Aim::Check)?,
        to => Some(destination::destination(context, to.as_deref(), Aim::Check)?),
    };
    let target = to.as_ref().and_then(|to| to.target.clone());
    context.tell_picked("check");
    let given = args;
    let args = &merged(args, context, target.as_ref(), &catalog)?;
    let Some(id) = &args.provider else {
        let mut ids: Vec<String> = catalog.providers.iter().map(|provider| provider.id.clone()).collect();
        ids.sort();
        return Err(Error::usage(
            "whose deliveries the receiver takes is not said",
            format!("--provider says so: {}", words::list(&ids, "or")),
        ));
    };
    let provider = catalog.named(id)?;
    let events = events(args, provider)?;
    let selection = selection(args);
    let planned = conformance::plan(provider, &events, &selection);
    let is_own = !given.only.is_empty() || !given.skip.is_empty();
    if let Some(unknown) = selection.unknown(&conformance::everything(provider, &events)).filter(|_| is_own) {
        let ids: Vec<&str> = CASES.iter().map(|case| case.id).collect();
        let near = words::nearest(unknown, ids).map(|near| format!("did you mean `{near}`? "));
        return Err(Error::usage(
            format!("no case is called `{unknown}`"),
            format!("{}--list shows them all", near.unwrap_or_default()),
        ));
    }
    if planned.len() <= 2 && is_own {
        return Err(Error::usage(
            "of the cases that are selected none is left but the first and the last",
            "--list shows what --only, --skip and --level leave",
        ));
    }
    if args.list {
        list(&planned, context);
        return Ok(Exit::Success);
    }
    let no_target = || destination::no_target(context, Aim::Check);
    let to = to.ok_or_else(no_target)?;
    let url = to.url.clone().ok_or_else(no_target)?;
    confirm(args, context, &url)?;
    let known = args.baseline.as_deref().map(baseline::baseline).transpose()?.unwrap_or_default();
    let occasion = Occasion {
        provider: &provider.description.name,
        began: Timestamp::now(),
        version: env!("CARGO_PKG_VERSION"),
        is_strict: args.strict,
    };
    let timeout = args.timeout.unwrap_or(ANSWER_WITHIN);
    let cleared = trust::clear(context, &to, &args.secrets)?;
    let options = args.connection.options(&cleared, timeout, context)?;
    let check = Check::new(args, context, &catalog, provider, &events, (url, options), known)?;
    let runtime = runtime()?;
    let summary = runtime.block_on(async {
        let mut ended = pin!(interrupted());
        tokio::select! {
            summary = check.run(&planned) => summary.map(Ok),
            exit = &mut ended => Ok(Err(exit)),
        }
    })?;
    match summary {
        Err(exit) => Ok(exit),
        Ok(summary) => Ok(finish(args, context, &summary, &occasion)),
    }
}

/// A receiver that may be somebody else's gets hostile requests only where the user says so.
fn confirm(args: &CheckArgs, context: &Context, url: &Url) -> Result<(), Error> {
    if args.yes || !target::is_public(url) {
        return Ok(());
    }
    let host = url.host_str().unwrap_or_default();
    let refuse = || {
        Error::usage(
            format!("{host} is a public address, and a check sends forged and malformed requests"),
            "--yes says that the receiver is yours to test",
        )
    };
    if !context.console.can_ask {
        return Err(refuse());
    }
    let question = format!("{host} is a public address. Send it forged and malformed requests?");
    let asked = asking::confirm(context, &question)?;
    if asked { Ok(()) } else { Err(refuse()) }
}

/// The arguments with what the project says where they say nothing.
fn merged(args: &CheckArgs, context: &Context, target: Option<&Target>, catalog: &Catalog) -> Result<CheckArgs, Error> {
    let mut args = args.clone();
    let timeout = settings::check_timeout(context, args.timeout)?;
    args.timeout = timeout.as_ref().map(|timeout| timeout.value);
    args.headers = settings::headers(context, &args.headers, target)?;
    if let Some(target) = target {
        args.provider = args.provider.or(target.provider.clone());
        args.secrets = args.secrets.or_of(target, context, catalog)?;
    }
    let Some(project) = context.project()? else { return Ok(args) };
    let wanted = &project.config.check;
    let is_timed = timeout.is_some_and(|timeout| timeout.is_of_file());
    let used = Used { target, headers: true, timeout: is_timed, check: !wanted.is_empty(), ..Used::default() };
    project.tell_used(context, &used);
    // Who selects on the command line selects there alone.
    if args.only.is_empty() && args.skip.is_empty() && args.level.is_none() {
        args.only.clone_from(&wanted.only);
        args.skip.clone_from(&wanted.skip);
        args.level = wanted.level;
    }
    args.events = args.events.or(wanted.events.clone());
    args.deadline = args.deadline.or(wanted.deadline);
    args.strict |= wanted.strict;
    Ok(args)
}

fn explain(id: &str, context: &Context) -> Result<Exit, Error> {
    let bare = id.split(':').next().unwrap_or(id);
    let Some(case) = conformance::case(bare) else {
        let near =
            words::nearest(bare, CASES.iter().map(|case| case.id)).map(|near| format!("did you mean `{near}`? "));
        return Err(Error::usage(
            format!("no case is called `{bare}`"),
            format!("{}`hookproof check --list --provider PROVIDER` shows them all", near.unwrap_or_default()),
        ));
    };
    for line in report::case_told(case, context.console.out) {
        context.console.print(&line);
    }
    Ok(Exit::Success)
}

fn list(planned: &[Planned<'_>], context: &Context) {
    let width = planned.iter().map(|planned| planned.name.chars().count()).max().unwrap_or(0);
    for planned in planned {
        let (level, name) = (planned.case.level.word(), &planned.name);
        context.console.print(&format!("{level:<6}  {name:<width$}  {}", planned.case.title));
    }
}

fn selection(args: &CheckArgs) -> Selection {
    Selection { only: args.only.clone(), skip: args.skip.clone(), level: args.level }
}

fn events<'c>(args: &CheckArgs, provider: &'c Provider) -> Result<Vec<Event<'c>>, Error> {
    let mut events = provider.forms(Variants::With);
    if let Some(glob) = &args.events {
        let matcher = wildmatch::WildMatch::new(glob);
        events.retain(|event| matcher.matches(&event.name) || matcher.matches(&event.full_name()));
        if events.is_empty() {
            return Err(Error::usage(
                format!("no event of {} is like `{glob}`", provider.id),
                format!("`hookproof events {}` lists them", shell::argument(&provider.id)),
            ));
        }
    }
    Ok(events)
}

fn finish(args: &CheckArgs, context: &Context, summary: &Summary, occasion: &Occasion<'_>) -> Exit {
    if args.json {
        context.console.print(&report::check_json(summary));
    } else {
        let paint = context.console.out;
        let untold = report::unsent_lines(&summary.cases, paint);
        for line in untold.into_iter().chain(report::findings_human(&summary.cases, paint)) {
            context.console.report(&line);
        }
        context.console.report("");
        context.console.report(&report::check_summary(summary));
    }
    reports::tell_github(args, context, summary, occasion);
    let exit = match summary.exit {
        0 => Exit::Success,
        1 => Exit::Failed,
        _ => Exit::Untestable,
    };
    exit.with(reports::write(args, context, summary, occasion))
}
