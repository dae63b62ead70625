//! A check under way: the control, then case after case, each judged as soon as its answer is there.

mod control;
mod effects;
mod keeping;
mod leaking;
mod reach;
mod slow;

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Url;
use tokio::task::JoinHandle;

use super::counter::Counter;
use super::fire::{Fired, fire};
use super::{CheckArgs, Known};
use crate::catalog::{Catalog, Event, Provider};
use crate::commands::context::Context;
use crate::commands::input;
use crate::commands::making::{Base, MakeArgs, Maker, Source};
use crate::commands::parts::Parts;
use crate::commands::trust;
use crate::conformance::{
    self, Came, Expect, Family, Going, Kit, Leak, LeakScanner, Level, Observed, Outcome, Planned, Shot,
};
use crate::error::Error;
use crate::message::Headers;
use crate::report::{CaseResult, Checked, Summary};
use crate::secret::{Keyring, Secret};
use crate::target;
use crate::transport::{SendOptions, Sender};
use effects::moves;

/// How long the first control may take: a receiver may have to warm up.
const FIRST: Duration = Duration::from_secs(30);
/// Time-outs after which the rest of a family is not sent.
const PATIENCE: usize = 2;
/// How long all of it may take where nothing is said, and with a probe.
const UNPROBED: Duration = Duration::from_secs(45);
const PROBED: Duration = Duration::from_secs(180);
/// Why a case is not sent any more.
const LATE: &str = "the time for all of it is up; --deadline gives more";
const GONE: &str = "the receiver is gone";

/// A check under way.
pub(super) struct Check<'a> {
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
    /// Findings of an earlier check.
    known: Known,
    /// What the receiver's work moves.
    counter: Option<Counter>,
    /// The number, where nothing was sent since it was seen to stand still.
    still: Option<i64>,
    /// For how many deliveries' worth a number that went beyond was seen to do so twice, so that no work that shows
    /// late is taken for it.
    sure: Vec<i64>,
    /// Whether the number could not be read any more.
    is_counter_lost: bool,
    /// The slow delivery that is under way beside the rest.
    slow: Option<(Shot, JoinHandle<Vec<Fired>>)>,
    /// Whether the slow delivery was answered beside the rest, so that it ended nothing.
    is_slow_done: bool,
    /// How many cases' requests were made.
    made: Cell<u64>,
    /// Searches the answers for what they give away; else why they can't.
    scanner: Result<LeakScanner, &'static str>,
    /// Leaks that were found so far.
    leaks: Vec<Leak>,
    cases: Vec<Checked>,
    timeouts: Vec<Family>,
    begun: Instant,
}

impl<'a> Check<'a> {
    pub(super) fn new(
        args: &'a CheckArgs,
        context: &'a Context,
        catalog: &Catalog,
        provider: &'a Provider,
        events: &[Event<'a>],
        (url, options): (Url, SendOptions),
        known: Known,
    ) -> Result<Self, Error> {
        let maker = |source| MakeArgs::default().maker(context, catalog, events, &args.secrets, &args.headers, source);
        let (mut maker, of_events) = match &args.body {
            None => (maker(Source::Sample)?, None),
            Some(path) => (maker(Source::Own(input::read(path)?))?, Some(maker(Source::Sample)?)),
        };
        let token = verify_token(args, context, provider, &mut maker.keyring)?;
        let parts = Parts::gather(context, catalog, provider, &mut maker)?.with_token(token);
        add_private(&mut maker.keyring, &url, &args.headers.headers());
        if !parts.is_signed() {
            let name = &provider.description.name;
            context.console.note(&format!("{name} signs nothing here, so nothing is proved about forged deliveries"));
        }
        let scanner = LeakScanner::new(parts.scheme(), parts.secrets());
        let is_proxied = args.connection.may_proxy(&url, context);
        let timeout = options.timeout;
        let probe = args.probe.as_deref();
        let counter = |source| Counter::new(source, args.probe_path.as_ref(), &options, maker.keyring.clone());
        let counter = probe.map(counter).transpose()?;
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
            deadline: Instant::now() + time_for_all(args),
            takes_extra: true,
            is_proxied,
            known,
            counter,
            still: None,
            sure: Vec::new(),
            is_counter_lost: false,
            slow: None,
            is_slow_done: false,
            made: Cell::new(0),
            scanner,
            leaks: Vec::new(),
            cases: Vec::new(),
            timeouts: Vec::new(),
            begun: Instant::now(),
        })
    }

    pub(super) async fn run(mut self, planned: &[Planned<'_>]) -> Result<Summary, Error> {
        if let Some(wait) = self.args.wait {
            self.wait(wait).await?;
            self.deadline = Instant::now() + time_for_all(self.args);
        }
        let Some((control, rest)) = planned.split_first() else { return Ok(self.summary()) };
        if !self.control(control).await? {
            let is_late = self.cases.last().is_some_and(|control| control.result == CaseResult::Unsent);
            let why = if is_late { LATE } else { "the control did not pass, so nothing else would mean anything" };
            self.all_unsent(rest, why);
            return Ok(self.summary());
        }
        self.begin_slowly(rest).await?;
        let mut rest = rest;
        // What two cases at once do to a number can't be told apart.
        let jobs = if self.counter.is_some() { 1 } else { usize::try_from(self.args.jobs).unwrap_or(1) };
        while !rest.is_empty() {
            let together = rest.iter().take(jobs).take_while(|planned| !goes_alone(planned)).count().max(1);
            let (batch, later) = rest.split_at(together);
            rest = later;
            if !self.batch(batch).await? {
                self.all_unsent(rest, GONE);
                break;
            }
        }
        Ok(self.summary())
    }

    fn kit(&self) -> Kit<'_> {
        let unsigned = self.cases.iter().find(|checked| checked.case.id == "no-signature");
        let unsigned = unsigned.filter(|_| self.verifies());
        self.parts.kit(&self.url, self.takes_extra, unsigned.and_then(Checked::status))
    }

    /// Returns false if a delivery without a right signature over its body was accepted.
    fn verifies(&self) -> bool {
        let is_forged = |checked: &Checked| {
            matches!(checked.case.id, "no-signature" | "wrong-secret" | "tampered")
                && matches!(checked.result, CaseResult::Found("accepted", _))
        };
        !self.cases.iter().any(is_forged)
    }

    /// The requests of a case; the error says why it has none.
    fn shot(&self, planned: &Planned<'_>) -> Result<Result<Shot, String>, Error> {
        let maker = self.events.as_ref().filter(|_| planned.case.id == "event").unwrap_or(&self.maker);
        // Each has its own randomness, and so its own identity.
        make(maker, planned, self.made.replace(self.made.get() + 1), &self.url, &self.kit())
    }

    /// Sends cases at once, and keeps them in their order; whether the receiver is still there.
    async fn batch(&mut self, batch: &[Planned<'_>]) -> Result<bool, Error> {
        let mut shots = Vec::new();
        for planned in batch {
            shots.push((planned, self.prepared(planned)?));
        }
        let deliveries = batch.first().and_then(|planned| moves(planned));
        let still = self.still.take();
        let before = match (deliveries, still) {
            (Some(deliveries), Some(number)) => Some((number, deliveries)),
            (Some(deliveries), None) => self.at_rest().await.map(|number| (number, deliveries)),
            _ => None,
        };
        let slow = if batch.iter().any(|planned| planned.case.id == "slow-body") { self.slow.take() } else { None };
        let slow = match slow {
            Some((shot, under_way)) => self.answered_beside(under_way).await.map(|fired| (shot, fired)),
            None => None,
        };
        self.is_slow_done |= slow.is_some();
        let deadline = self.deadline.into();
        let sent = if let Some((shot, fired)) = slow {
            shots = vec![(&batch[0], Ok(shot))];
            vec![Some(Ok(fired))]
        } else {
            join_all(shots.iter().map(|(_, made)| async {
                let shot = made.as_ref().ok()?;
                let sent = fire(&self.sender, &self.url, shot, self.timeout);
                Some(tokio::time::timeout_at(deadline, sent).await)
            }))
            .await
        };
        let mut is_there = true;
        for ((planned, made), sent) in shots.into_iter().zip(sent) {
            match (made, sent) {
                (Err((result, why)), _) => self.keep_unsent(planned, result, why),
                (Ok(_), None | Some(Err(_))) => self.unsent(planned, LATE),
                (Ok(shot), Some(Ok(fired))) => {
                    let requests = shot.requests.iter().map(|request| &request.delivery);
                    let came: Vec<Came> = requests.zip(fired).map(|one| self.heard(&planned.name, one)).collect();
                    let gone = came.iter().find_map(|came| if let Came::Gone(why) = came { Some(why) } else { None });
                    match gone {
                        Some(_) if !is_there => self.unsent(planned, GONE),
                        Some(why) if !self.is_back().await => {
                            self.gone(planned, why);
                            is_there = false;
                        }
                        _ => self.judged(planned, &shot, &came, before).await?,
                    }
                }
            }
        }
        Ok(is_there)
    }

    /// The requests of a case that is to be sent now; else what becomes of it.
    fn prepared(&self, planned: &Planned<'_>) -> Result<Result<Shot, (CaseResult, String)>, Error> {
        let family = planned.case.family;
        if is_observed(planned) {
            return Ok(Ok(Shot { requests: Vec::new(), going: Going::Usual }));
        }
        let late = self.timeouts.iter().filter(|timed_out| **timed_out == family).count();
        if Instant::now() >= self.deadline {
            return Ok(Err((CaseResult::Unsent, LATE.to_string())));
        }
        if late >= PATIENCE && family != Family::Alive {
            let why = format!("{PATIENCE} cases of this family timed out already");
            return Ok(Err((CaseResult::Unsent, why)));
        }
        let made = match self.shot(planned)? {
            Ok(shot) => match self.way_that_bars(&shot) {
                None => Ok(shot),
                Some(why) => Err(why),
            },
            Err(why) => Err(why),
        };
        Ok(made.map_err(|why| (CaseResult::Skipped, why)))
    }

    /// `before` is the number before it, and how many deliveries' worth it may move.
    async fn judged(
        &mut self,
        planned: &Planned<'_>,
        shot: &Shot,
        came: &[Came],
        before: Option<(i64, i64)>,
    ) -> Result<(), Error> {
        if planned.case.id == "leaks" {
            self.keep_leaks(planned);
            return Ok(());
        }
        if is_observed(planned) {
            match conformance::observe(planned.case, self.provider, &self.observed()) {
                Ok(judged) => self.keep(planned, shot, came, &judged),
                Err(why) => self.keep_unsent(planned, CaseResult::Skipped, why),
            }
            return Ok(());
        }
        let expects = shot.requests.iter().map(|request| request.expect.clone());
        let pairs: Vec<(Expect, Came)> = expects.zip(came.iter().cloned()).collect();
        let mut judged = conformance::judge(planned.case, self.provider, self.parts.scheme(), &pairs);
        if let Some((before, _)) = before.filter(|_| planned.case.id == "forged-first") {
            let is_passed = judged.outcome == Outcome::Passed;
            if self.had_body_of(shot) {
                judged.did.push_str("; its effect was not looked at, since a delivery before it had the same body");
            } else if let Some(what) = self.loss(before).await.filter(|_| is_passed) {
                judged.outcome = Outcome::Found { code: "lost-effect", severity: Level::Must };
                judged.did = format!("{}; {what}", judged.did);
            }
        } else if let Some((before, deliveries)) = before {
            let excess = match self.excess(before, deliveries).await {
                Some(_) if !self.sure.contains(&deliveries) => self.excess_again(planned, deliveries).await?,
                excess => excess,
            };
            // A delivery that was accepted does its work: the finding says that already.
            let is_told = matches!(
                judged.outcome,
                Outcome::Found { severity: Level::Must, .. } | Outcome::Found { code: "accepted", .. }
            );
            if let Some(what) = excess.filter(|_| !is_told) {
                let code = if deliveries == 0 { "refused-effect" } else { "repeated-effect" };
                judged.outcome = Outcome::Found { code, severity: Level::Must };
                judged.did = format!("{}; {what}", judged.did);
            }
        }
        if came.contains(&Came::TimedOut) {
            self.timeouts.push(planned.case.family);
        }
        if planned.case.id == "extra-fields" {
            self.takes_extra = judged.outcome == Outcome::Passed;
        }
        self.keep(planned, shot, came, &judged);
        Ok(())
    }

    /// Every answer that came so far.
    fn observed(&self) -> Vec<Observed<'_>> {
        self.cases.iter().flat_map(Checked::observed).collect()
    }
}

/// Reads the token that the provider's handshake brings. No report may show it.
fn verify_token(
    args: &CheckArgs,
    context: &Context,
    provider: &Provider,
    keyring: &mut Keyring,
) -> Result<Option<Secret>, Error> {
    let Some(name) = &args.verify_token_env else { return Ok(None) };
    if provider.description.handshake.iter().all(|known| known.token.is_none()) {
        return Err(Error::usage(
            format!("no handshake of {} brings a token", provider.description.name),
            "leave --verify-token-env out",
        ));
    }
    trust::before_token(context, provider)?;
    let token = args.secrets.token(context, "--verify-token-env", name)?;
    // Its owner has the name of no provider, so nothing is signed with it.
    keyring.add(Some(""), name, token.clone());
    Ok(Some(token))
}

/// Adds what else no report may show where a receiver echoes it: the address's password, and the values of headers
/// by which the user is let in.
fn add_private(keyring: &mut Keyring, url: &Url, headers: &Headers) {
    // Its owner has the name of no provider, so nothing is signed with it.
    let mut add = |bytes: &[u8]| {
        if let Ok(secret) = Secret::new(bytes) {
            keyring.add(Some(""), "the command line", secret);
        }
    };
    if let Some((name, password)) = target::login(url) {
        add(&[name.as_slice(), b":", &password].concat());
        add(&password);
    }
    for header in &headers.0 {
        let name = header.name.to_ascii_lowercase();
        if ["auth", "cookie", "key", "secret", "token"].iter().any(|word| name.contains(word)) {
            add(&header.value);
            // After the scheme, as in `Bearer ...`.
            header.value.split(|byte| *byte == b' ').skip(1).for_each(&mut add);
        }
    }
}

/// How long all of a check may take. Effects are waited for, so a probe takes its time.
fn time_for_all(args: &CheckArgs) -> Duration {
    let usual = if args.probe.is_some() { PROBED } else { UNPROBED };
    args.deadline.unwrap_or(usual)
}

/// Whether a case sends nothing and looks at the answers to the others.
fn is_observed(planned: &Planned<'_>) -> bool {
    planned.case.family == Family::Behaves && planned.case.id != "connection-reuse"
}

/// Whether a case goes alone: what it does tells something of others, or may end the receiver.
fn goes_alone(planned: &Planned<'_>) -> bool {
    let by_id = matches!(planned.case.id, "extra-fields" | "malformed");
    by_id || !matches!(planned.case.family, Family::Accepts | Family::Refuses | Family::Handshake)
}

/// The requests of a case, from fresh deliveries of its event; the error says why it has none.
pub(in crate::commands) fn make(
    maker: &Maker,
    planned: &Planned<'_>,
    index: u64,
    url: &Url,
    kit: &Kit<'_>,
) -> Result<Result<Shot, String>, Error> {
    // So many at most for one case.
    const EACH: u64 = 4;
    let ages = conformance::ages(planned.case.id);
    let mut bases = Vec::new();
    let mut first = None;
    for (offset, age) in (0..).zip(ages) {
        let stream = index * EACH + offset;
        let Base { delivery, world, .. } = maker.base(&planned.event, stream, &target::shown(url), *age)?;
        bases.push(delivery);
        first.get_or_insert(world);
    }
    let Some(mut world) = first else { return Ok(Err("no delivery was made".to_string())) };
    Ok(conformance::shot(planned, bases, kit, &mut world))
}
