//! `check`: a receiver proved.

use std::fs;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::future::join_all;
use reqwest::Url;

use super::context::Context;
use super::handling::runtime;
use super::input::{self, HeaderArgs};
use super::making::{Base, MakeArgs, Maker, Source};
use super::parts::Parts;
use super::project::{self, Project};
use super::secrets::SecretArgs;
use super::send::{ConnectionArgs, PROXIES, check_proxy_variables};
use super::signals::interrupted;
use crate::catalog::{Catalog, Event, Provider, Variants};
use crate::config::Target;
use crate::conformance::{
    self, CASES, Came, Expect, Family, Kit, Level, Outcome, Planned, Retry, Selection, Shot, finding,
};
use crate::error::Error;
use crate::exit::Exit;
use crate::message::Answer;
use crate::moment;
use crate::report::{self, CaseResult, Checked, Summary};
use crate::secret::Keyring;
use crate::target;
use crate::transport::{Manner, SendError, SendOptions, Sender, send_exactly};
use crate::words;

/// How long the first control may take: a receiver may have to warm up.
const FIRST: Duration = Duration::from_secs(30);
/// Time-outs after which the rest of a family is not sent.
const PATIENCE: usize = 2;

/// Why a case is not sent any more.
const LATE: &str = "the time for all of it is up; --deadline gives more";
const GONE: &str = "the receiver is gone";

/// The arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The receiver: a URL, 3000/hook, or a target of hookproof.toml
    #[arg(value_name = "URL", required_unless_present_any = ["list", "explain"])]
    to: Option<String>,
    /// Whose deliveries it takes
    #[arg(short, long, value_name = "PROVIDER", hide_possible_values = true, value_parser = super::completions::provider_names())]
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
    /// How long all of it may take
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
    /// Fails on a should as on a must
    #[arg(long)]
    strict: bool,
    /// One line of JSON for each case, and one for all
    #[arg(long)]
    json: bool,
    /// Writes a report: junit=FILE
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file)]
    report: Vec<PathBuf>,
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

fn report_file(text: &str) -> Result<PathBuf, String> {
    match text.split_once('=') {
        Some(("junit", file)) if !file.is_empty() => Ok(PathBuf::from(file)),
        _ => Err(format!("`{text}` is no report; write junit=FILE")),
    }
}

/// Runs `check`.
pub fn run(args: &CheckArgs, context: &Context) -> Result<Exit, Error> {
    if let Some(id) = &args.explain {
        return explain(id, context);
    }
    let catalog = context.catalog()?;
    let project = Project::here()?;
    let to = args.to.as_deref().map(|typed| project::meant(project.as_ref(), typed)).transpose()?;
    let (url, target) = to.map_or((None, None), |(url, target)| (Some(url), target));
    let given = args;
    let args = &merged(args, project.as_ref(), target.as_ref(), &catalog)?;
    if let Some(project) = project.as_ref().filter(|project| target.is_some() || !project.config.check.is_empty()) {
        project.tell(context, target.as_ref());
    }
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
    let Some(url) = url else {
        return Err(Error::usage("no target is given", "name the receiver's address, as in 3000/hook"));
    };
    confirm(args, context, &url)?;
    let known = args.baseline.as_deref().map(baseline).transpose()?.unwrap_or_default();
    let check = Check::new(args, context, &catalog, provider, &events, url, known)?;
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
        Ok(summary) => finish(args, context, &summary),
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
    let asked = dialoguer::Confirm::new()
        .with_prompt(format!("{host} is a public address. Send it forged and malformed requests?"))
        .default(false)
        .interact()
        .map_err(|dialoguer::Error::IO(cause)| Error::Read { path: "the terminal".into(), cause })?;
    if asked { Ok(()) } else { Err(refuse()) }
}

/// The findings of an earlier check, by case and code.
fn baseline(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let text = input::read_text(path)?;
    let odd = |what: String| Error::Untestable {
        message: format!("{} is no output of `check --json`: {what}", path.display()),
        hint: Some("`hookproof check ... --json > FILE` writes one".to_string()),
    };
    let mut known = Vec::new();
    let mut is_one = false;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let value: serde_json::Value =
            serde_json::from_str(line).map_err(|error| odd(format!("line {}: {error}", index + 1)))?;
        is_one |= value["hookproof"] == "check/1";
        let finding = |key: &str| value[key].as_str().map(str::to_string);
        if value["hookproof"] == "check-case/1" {
            known.extend(finding("name").zip(finding("finding")));
        }
    }
    if is_one { Ok(known) } else { Err(odd("its last line, marked check/1, is missing".to_string())) }
}

/// The arguments with what the project says where they say nothing.
fn merged(
    args: &CheckArgs,
    project: Option<&Project>,
    target: Option<&Target>,
    catalog: &Catalog,
) -> Result<CheckArgs, Error> {
    let mut args = args.clone();
    if let Some(target) = target {
        args.provider = args.provider.or(target.provider.clone());
        args.secrets = args.secrets.or_of(target, catalog)?;
    }
    let Some(wanted) = project.map(|project| &project.config.check) else { return Ok(args) };
    // Who selects on the command line selects there alone.
    if args.only.is_empty() && args.skip.is_empty() && args.level.is_none() {
        args.only.clone_from(&wanted.only);
        args.skip.clone_from(&wanted.skip);
        args.level = wanted.level;
    }
    args.events = args.events.or(wanted.events.clone());
    args.timeout = args.timeout.or(wanted.timeout);
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
                format!("`hookproof events {}` lists them", provider.id),
            ));
        }
    }
    Ok(events)
}

fn finish(args: &CheckArgs, context: &Context, summary: &Summary) -> Result<Exit, Error> {
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
    let mut exit = match summary.exit {
        0 => Exit::Success,
        1 => Exit::Failed,
        _ => Exit::Untestable,
    };
    for path in &args.report {
        let text = report::check_junit(summary, args.strict)
            .map_err(|error| Error::Untestable { message: format!("the report can't be made: {error}"), hint: None })?;
        // A report that can't be written hides no finding.
        if let Err(cause) = fs::write(path, text) {
            let error = Error::Write { path: path.clone(), cause };
            context.console.fail(&error.to_string(), error.hint().as_deref());
            exit = exit.with(error.exit());
        }
    }
    Ok(exit)
}

/// A check under way.
struct Check<'a> {
    args: &'a CheckArgs,
    context: &'a Context,
    provider: &'a Provider,
    parts: Parts,
    maker: Maker,
    /// Makes the events' own bodies, where the user gave one for the control.
    events: Option<Maker>,
    url: Url,
    patient: Sender,
    sender: Sender,
    timeout: Duration,
    deadline: Instant,
    takes_extra: bool,
    /// Whether a proxy stands between.
    is_proxied: bool,
    /// Findings of an earlier check, by case and code.
    known: Vec<(String, String)>,
    cases: Vec<Checked>,
    timeouts: Vec<Family>,
}

impl<'a> Check<'a> {
    fn new(
        args: &'a CheckArgs,
        context: &'a Context,
        catalog: &Catalog,
        provider: &'a Provider,
        events: &[Event<'a>],
        url: Url,
        known: Vec<(String, String)>,
    ) -> Result<Self, Error> {
        if args.connection.proxy.is_none() && !target::is_loopback(&url) {
            check_proxy_variables(context)?;
        }
        let maker = |source| MakeArgs::default().maker(context, catalog, events, &args.secrets, &args.headers, source);
        let (mut maker, of_events) = match &args.body {
            None => (maker(Source::Sample)?, None),
            Some(path) => (maker(Source::Own(input::read(path)?))?, Some(maker(Source::Sample)?)),
        };
        let parts = Parts::gather(context, catalog, provider, &mut maker)?;
        if !parts.is_signed() {
            let name = &provider.description.name;
            context.console.note(&format!("{name} signs nothing here, so nothing is proved about forged deliveries"));
        }
        let is_set = |name: &&str| (context.var)(name).is_some_and(|value| !value.is_empty());
        let by_variable = || PROXIES.iter().any(is_set);
        let is_proxied = !target::is_loopback(&url) && (args.connection.proxy.is_some() || by_variable());
        let timeout = args.timeout.unwrap_or(Duration::from_secs(5));
        let options = SendOptions {
            timeout,
            insecure: args.connection.insecure,
            cacert: args.connection.cacert.as_deref().map(input::read).transpose()?,
            proxy: args.connection.proxy.clone(),
        };
        Ok(Self {
            args,
            context,
            provider,
            parts,
            maker,
            events: of_events,
            patient: Sender::new(&url, &SendOptions { timeout: FIRST.max(timeout), ..options.clone() })?,
            sender: Sender::new(&url, &options)?,
            url,
            timeout,
            deadline: Instant::now() + args.deadline.unwrap_or(Duration::from_secs(45)),
            takes_extra: true,
            is_proxied,
            known,
            cases: Vec::new(),
            timeouts: Vec::new(),
        })
    }

    async fn run(mut self, planned: &[Planned<'_>]) -> Result<Summary, Error> {
        if let Some(wait) = self.args.wait {
            self.wait(wait).await?;
            self.deadline = Instant::now() + self.args.deadline.unwrap_or(Duration::from_secs(45));
        }
        let Some((control, rest)) = planned.split_first() else { return Ok(self.summary()) };
        if !self.control(control).await? {
            let is_late = self.cases.last().is_some_and(|control| control.result == CaseResult::Unsent);
            let why = if is_late { LATE } else { "the control did not pass, so nothing else would mean anything" };
            for planned in rest {
                self.unsent(planned, why);
            }
            return Ok(self.summary());
        }
        let mut rest = rest;
        while !rest.is_empty() {
            // A case that tells what others need goes alone, and so does the last.
            let alone = |planned: &Planned<'_>| matches!(planned.case.id, "extra-fields" | "malformed" | "alive");
            let jobs = usize::try_from(self.args.jobs).unwrap_or(1);
            let together = rest.iter().take(jobs).take_while(|planned| !alone(planned)).count().max(1);
            let (batch, later) = rest.split_at(together);
            rest = later;
            if !self.batch(batch).await? {
                for planned in rest {
                    self.unsent(planned, GONE);
                }
                break;
            }
        }
        Ok(self.summary())
    }

    /// Waits until something answers at the address.
    async fn wait(&self, limit: Duration) -> Result<(), Error> {
        if self.is_proxied {
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            if self.connects().await {
                return Ok(());
            }
            if begun.elapsed() >= limit {
                return Err(Error::Untestable {
                    message: format!(
                        "nothing answered at {} within {}",
                        report::host_and_path(&self.url).0,
                        words::elapsed(limit)
                    ),
                    hint: Some("start the receiver, or wait longer".to_string()),
                });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn kit(&self) -> Kit<'_> {
        let unsigned = self.cases.iter().find(|checked| checked.case.id == "no-signature");
        self.parts.kit(self.url.as_str(), self.takes_extra, unsigned.and_then(|checked| checked.status))
    }

    /// The request of a case; the error says why it has none.
    fn shot(&self, planned: &Planned<'_>) -> Result<Result<Shot, String>, Error> {
        let index = self.cases.len() as u64;
        let maker = self.events.as_ref().filter(|_| planned.case.id == "event").unwrap_or(&self.maker);
        let Base { delivery: base, mut world, .. } = maker.base(&planned.event, index, &target::shown(&self.url))?;
        Ok(conformance::shot(planned, base, &self.kit(), &mut world))
    }

    /// Sends the control; whether it was accepted.
    async fn control(&mut self, planned: &Planned<'_>) -> Result<bool, Error> {
        let shot = self.shot(planned)?.map_err(|why| {
            Error::usage(format!("a valid delivery can't be made: {why}"), "give the secret as the provider shows it")
        })?;
        let sent = tokio::time::timeout_at(self.deadline.into(), self.patient.send(&shot.delivery)).await;
        let came = match sent {
            Ok(Err(error @ (SendError::NoConnection { .. } | SendError::Options(_)))) => return Err(error.into()),
            Ok(other) => discreet(came(other), &self.maker.keyring),
            Err(_) => {
                self.unsent(planned, LATE);
                return Ok(false);
            }
        };
        let judged = conformance::judge(planned.case, &shot.expect, self.provider, &came);
        let Outcome::Found { mut code, severity } = judged.outcome else {
            self.keep(planned, CaseResult::Passed, &came, &judged.did);
            return Ok(true);
        };
        let mut did = judged.did;
        if let Came::Answered(answer) = &came {
            if (400..500).contains(&answer.status)
                && let Some(found) = self.retried(planned).await?
            {
                code = found;
            }
            let why = finding(code).filter(|_| code.starts_with("control-")).map(|story| story.did.to_string());
            did = format!("{did}; {}", why.unwrap_or_else(|| conformance::why_refused(answer)));
        }
        self.keep(planned, CaseResult::Found(code, severity), &came, &did);
        Ok(false)
    }

    /// The control in the forms that receivers with a certain fault take: the finding of the first that is accepted.
    async fn retried(&self, planned: &Planned<'_>) -> Result<Option<&'static str>, Error> {
        let Base { delivery: base, mut world, .. } = self.maker.base(&planned.event, 0, &target::shown(&self.url))?;
        for Retry { code, delivery } in conformance::retries(&base, &self.kit(), &mut world) {
            let sent = tokio::time::timeout_at(self.deadline.into(), self.sender.send(&delivery)).await;
            if sent.is_ok_and(|sent| sent.is_ok_and(|answer| self.provider.accepts(answer.status))) {
                return Ok(Some(code));
            }
        }
        Ok(None)
    }

    /// Sends cases at once, and keeps them in their order; whether the receiver is still there.
    async fn batch(&mut self, batch: &[Planned<'_>]) -> Result<bool, Error> {
        let mut shots = Vec::new();
        for planned in batch {
            let family = planned.case.family;
            let late = self.timeouts.iter().filter(|timed_out| **timed_out == family).count();
            let made = if Instant::now() >= self.deadline {
                Err((CaseResult::Unsent, LATE.to_string()))
            } else if late >= PATIENCE && family != Family::Alive {
                let why = format!("{PATIENCE} cases of this family timed out already");
                Err((CaseResult::Unsent, why))
            } else {
                match self.shot(planned)? {
                    Ok(shot) if shot.is_exact() && (self.is_proxied || self.url.scheme() == "https") => {
                        let way = if self.is_proxied { "through a proxy" } else { "over TLS" };
                        Err((CaseResult::Skipped, format!("{way} it can't be written byte for byte here")))
                    }
                    Ok(shot) => Ok(shot),
                    Err(why) => Err((CaseResult::Skipped, why)),
                }
            };
            shots.push((planned, made));
        }
        let deadline = self.deadline.into();
        let sent = join_all(shots.iter().map(|(_, made)| async {
            let shot = made.as_ref().ok()?;
            let sent = fire(&self.sender, &self.url, shot, self.timeout);
            let sent = tokio::time::timeout_at(deadline, sent).await;
            Some(sent.map(|sent| discreet(came(sent), &self.maker.keyring)))
        }))
        .await;
        let mut is_there = true;
        for ((planned, made), sent) in shots.into_iter().zip(sent) {
            match (made, sent) {
                (Err((result, why)), _) => self.keep_unsent(planned, result, why),
                (Ok(_), None | Some(Err(_))) => self.unsent(planned, LATE),
                (Ok(_), Some(Ok(Came::Gone(_)))) if !is_there => self.unsent(planned, GONE),
                (Ok(shot), Some(Ok(came))) => match &came {
                    Came::Gone(why) if !self.is_back().await => {
                        self.gone(planned, why);
                        is_there = false;
                    }
                    came => self.judged(planned, &shot.expect, came),
                },
            }
        }
        Ok(is_there)
    }

    fn judged(&mut self, planned: &Planned<'_>, expect: &Expect, came: &Came) {
        let judged = conformance::judge(planned.case, expect, self.provider, came);
        if *came == Came::TimedOut {
            self.timeouts.push(planned.case.family);
        }
        let result = match judged.outcome {
            Outcome::Passed => CaseResult::Passed,
            Outcome::Found { code, severity } => CaseResult::Found(code, severity),
        };
        if planned.case.id == "extra-fields" {
            self.takes_extra = result == CaseResult::Passed;
        }
        self.keep(planned, result, came, &judged.did);
    }

    /// Whether a receiver that took no connection takes one a moment later.
    async fn is_back(&self) -> bool {
        if self.is_proxied {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.connects().await
    }

    /// Whether the receiver takes a connection.
    async fn connects(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.url.port_or_known_default().unwrap_or(80);
        let connect = tokio::net::TcpStream::connect((host, port));
        tokio::time::timeout(Duration::from_secs(1), connect).await.is_ok_and(|connected| connected.is_ok())
    }

    /// The receiver is gone: the case before is the one that it did not survive.
    fn gone(&mut self, planned: &Planned<'_>, why: &str) {
        if let Some(last) =
            self.cases.iter_mut().rev().find(|checked| checked.status.is_some() || was_sent(checked.result))
        {
            last.did = format!("{}; after it the receiver took no connection any more ({why})", last.did);
            // A forgery that it took stays found.
            if !matches!(last.result, CaseResult::Found("accepted", _)) {
                last.result = CaseResult::Found("gone", Level::Must);
            }
            last.is_known = false;
            let line = report::checked_line(last, self.context.console.out);
            if !self.args.json {
                self.context.console.report(&line);
            }
        }
        self.unsent(planned, GONE);
    }

    fn unsent(&mut self, planned: &Planned<'_>, why: &str) {
        self.keep_unsent(planned, CaseResult::Unsent, why.to_string());
    }

    fn keep_unsent(&mut self, planned: &Planned<'_>, result: CaseResult, did: String) {
        self.add(Checked {
            name: planned.name.clone(),
            case: planned.case,
            result,
            status: None,
            elapsed: None,
            did,
            is_known: false,
        });
    }

    fn keep(&mut self, planned: &Planned<'_>, result: CaseResult, came: &Came, did: &str) {
        let answer = if let Came::Answered(answer) = came { Some(answer) } else { None };
        let did = String::from_utf8_lossy(&self.maker.keyring.redact(did.as_bytes())).into_owned();
        self.add(Checked {
            name: planned.name.clone(),
            case: planned.case,
            result,
            status: answer.map(|answer| answer.status),
            elapsed: answer.map(|answer| answer.elapsed),
            did,
            is_known: false,
        });
    }

    fn add(&mut self, mut checked: Checked) {
        checked.is_known = self.is_known(&checked);
        // Of a whole rest that is not sent the summary tells.
        if !self.args.json && checked.result != CaseResult::Unsent {
            self.context.console.report(&report::checked_line(&checked, self.context.console.out));
        }
        self.cases.push(checked);
    }

    fn is_known(&self, checked: &Checked) -> bool {
        let CaseResult::Found(code, _) = checked.result else { return false };
        self.known.iter().any(|(name, known)| *name == checked.name && known == code)
    }

    fn summary(self) -> Summary {
        if self.args.json {
            for checked in &self.cases {
                self.context.console.print(&report::checked_json(checked));
            }
        }
        let is_found = |level: Level| {
            let is_new = |checked: &Checked| !checked.is_known;
            let is_of = |checked: &Checked| matches!(checked.result, CaseResult::Found(_, found) if found == level);
            self.cases.iter().any(|checked| is_of(checked) && is_new(checked))
        };
        let is_cut =
            Instant::now() >= self.deadline && self.cases.iter().any(|checked| checked.result == CaseResult::Unsent);
        let exit = match () {
            () if is_found(Level::Must) || self.args.strict && is_found(Level::Should) => 1,
            // What was not sent is not proved.
            () if is_cut => 3,
            () => 0,
        };
        let url = self.maker.keyring.redact(target::shown(&self.url).as_bytes());
        Summary {
            url: String::from_utf8_lossy(&url).into_owned(),
            provider: self.provider.id.clone(),
            cases: self.cases,
            exit,
        }
    }
}

fn was_sent(result: CaseResult) -> bool {
    matches!(result, CaseResult::Passed | CaseResult::Found(..))
}

/// The same without the secrets that a receiver may echo: what is shown of an answer is cut, and a secret that is
/// cut is none that could be found.
fn discreet(came: Came, keyring: &Keyring) -> Came {
    let Came::Answered(mut answer) = came else { return came };
    answer.body = keyring.redact(&answer.body);
    for header in &mut answer.headers.0 {
        header.value = keyring.redact(&header.value);
    }
    Came::Answered(answer)
}

/// What came back, without the words for it.
pub(super) fn came(sent: Result<Answer, SendError>) -> Came {
    match sent {
        Ok(answer) => Came::Answered(answer),
        Err(SendError::TimedOut(_)) => Came::TimedOut,
        Err(SendError::Dropped(_)) => Came::Dropped,
        Err(error) => Came::Gone(error.to_string()),
    }
}

/// Chunks of this many bytes.
const CHUNK: usize = 1_000;

/// Sends a request as it is meant to go out.
pub(super) async fn fire(sender: &Sender, url: &Url, shot: &Shot, timeout: Duration) -> Result<Answer, SendError> {
    match (shot.chunked, shot.exact) {
        (true, _) => send_exactly(url, &shot.delivery, Manner::Chunked(CHUNK), timeout).await,
        (false, true) => send_exactly(url, &shot.delivery, Manner::Length, timeout).await,
        (false, false) => sender.send(&shot.delivery).await,
    }
}
