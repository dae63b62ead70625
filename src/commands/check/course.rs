//! A check under way: the control, then case after case, each judged as soon as its answer is there.

use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Url;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::counter::{self, Counter};
use super::fire::{Fired, came, discreet, fire};
use super::{CheckArgs, Known};
use crate::catalog::{Catalog, Event, Provider};
use crate::commands::context::Context;
use crate::commands::input;
use crate::commands::making::{Base, MakeArgs, Maker, Source};
use crate::commands::parts::Parts;
use crate::conformance::{
    self, Came, Expect, Family, Going, Judged, Kit, Level, Observed, Outcome, Planned, Request, Retry, Shot, finding,
};
use crate::error::Error;
use crate::message::{Delivery, Headers};
use crate::report::{self, CaseResult, Checked, Exchange, Summary};
use crate::secret::{Keyring, Secret};
use crate::signature;
use crate::target;
use crate::transport::{SendError, SendOptions, Sender, send_in_pieces};
use crate::words;

/// How long the first control may take: a receiver may have to warm up.
const FIRST: Duration = Duration::from_secs(30);
/// Time-outs after which the rest of a family is not sent.
const PATIENCE: usize = 2;
/// How long a second connection may wait for its answer while a first is held up.
const BESIDE: Duration = Duration::from_secs(1);
/// How much earlier the first is there.
const HEAD_START: Duration = Duration::from_millis(30);
/// How long all of it may take where nothing is said, and with a probe.
const UNPROBED: Duration = Duration::from_secs(45);
const PROBED: Duration = Duration::from_secs(180);
/// Bytes of a request's body that are kept for the reports.
const KEPT: usize = 4 * 1024;

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
        url: Url,
        known: Known,
    ) -> Result<Self, Error> {
        let maker = |source| MakeArgs::default().maker(context, catalog, events, &args.secrets, &args.headers, source);
        let (mut maker, of_events) = match &args.body {
            None => (maker(Source::Sample)?, None),
            Some(path) => (maker(Source::Own(input::read(path)?))?, Some(maker(Source::Sample)?)),
        };
        let parts = Parts::gather(context, catalog, provider, &mut maker)?;
        add_private(&mut maker.keyring, &url, &args.headers.headers());
        if !parts.is_signed() {
            let name = &provider.description.name;
            context.console.note(&format!("{name} signs nothing here, so nothing is proved about forged deliveries"));
        }
        let is_proxied = args.connection.may_proxy(&url, context);
        let timeout = args.timeout.unwrap_or(Duration::from_secs(5));
        let options = args.connection.options(Some(&url), timeout, context)?;
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
            for planned in rest {
                self.unsent(planned, why);
            }
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
                for planned in rest {
                    self.unsent(planned, GONE);
                }
                break;
            }
        }
        Ok(self.summary())
    }

    /// Has the slow delivery under way beside the rest, where a probe shows that a second connection is served
    /// meanwhile. Else it waits for its turn, which is near the end.
    async fn begin_slowly(&mut self, rest: &[Planned<'_>]) -> Result<(), Error> {
        let is_slow = |planned: &&Planned<'_>| planned.case.id == "slow-body";
        let Some(planned) = rest.iter().find(is_slow).filter(|_| self.counter.is_none()) else { return Ok(()) };
        let Ok(shot) = self.shot(planned)? else { return Ok(()) };
        let Ok(held) = self.shot(planned)? else { return Ok(()) };
        if self.way_that_bars(&shot).is_some() || !self.serves_a_second(&held, &shot).await {
            return Ok(());
        }
        let Ok(shot) = self.shot(planned)? else { return Ok(()) };
        let (sender, url, timeout) = (self.sender.clone(), self.url.clone(), self.timeout);
        let sent = shot.clone();
        self.slow = Some((shot, tokio::spawn(async move { fire(&sender, &url, &sent, timeout).await })));
        Ok(())
    }

    /// Whether a delivery is answered while half of another has come.
    async fn serves_a_second(&self, held: &Shot, second: &Shot) -> bool {
        let (is_out, release) = (Notify::new(), Notify::new());
        let pause = || {
            is_out.notify_one();
            release.notified()
        };
        let held = send_in_pieces(&self.url, &held.requests[0].delivery, 2, pause, self.timeout);
        let beside = async {
            // A second that overtakes the half would be served by anyone.
            let _ = tokio::time::timeout(BESIDE, is_out.notified()).await;
            tokio::time::sleep(HEAD_START).await;
            let mut second = pin!(self.sender.send(&second.requests[0].delivery));
            let early = tokio::time::timeout(BESIDE, &mut second).await;
            release.notify_one();
            // One that has to wait is waited for: a connection that is left could harm.
            if let Ok(sent) = early {
                return sent.is_ok();
            }
            drop(second.await);
            false
        };
        let both = async { tokio::join!(held, beside) };
        tokio::time::timeout_at(self.deadline.into(), both).await.is_ok_and(|(held, beside)| held.is_ok() && beside)
    }

    /// Why a request that has to be written byte for byte can't be here.
    fn way_that_bars(&self, shot: &Shot) -> Option<String> {
        let way = match () {
            () if !shot.is_exact() => return None,
            () if self.is_proxied => "through a proxy",
            () if self.url.scheme() == "https" => "over TLS",
            () => return None,
        };
        Some(format!("{way} it can't be written byte for byte here"))
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
        self.parts.kit(&self.url, self.takes_extra, unsigned.and_then(Checked::status))
    }

    /// The requests of a case; the error says why it has none.
    fn shot(&self, planned: &Planned<'_>) -> Result<Result<Shot, String>, Error> {
        let maker = self.events.as_ref().filter(|_| planned.case.id == "event").unwrap_or(&self.maker);
        // Each has its own randomness, and so its own identity.
        make(maker, planned, self.made.replace(self.made.get() + 1), &self.url, &self.kit())
    }

    /// Sends the control; whether it was accepted.
    async fn control(&mut self, planned: &Planned<'_>) -> Result<bool, Error> {
        let shot = self.shot(planned)?.map_err(|why| {
            Error::usage(format!("a valid delivery can't be made: {why}"), "give the secret as the provider shows it")
        })?;
        let Some(Request { delivery, expect }) = shot.requests.first() else { return Ok(false) };
        let before = match &self.counter {
            Some(counter) => Some(counter.still(counter::FIRST).await?),
            None => None,
        };
        let sent = tokio::time::timeout_at(self.deadline.into(), self.patient.send(delivery)).await;
        let came = match sent {
            Ok(Err(error @ (SendError::NoConnection { .. } | SendError::Options(_)))) => return Err(error.into()),
            Ok(other) => discreet(came(Fired::Back(other)), &self.maker.keyring),
            Err(_) => {
                self.unsent(planned, LATE);
                return Ok(false);
            }
        };
        let mut judged = conformance::judge(planned.case, self.provider, &[(expect.clone(), came.clone())]);
        let Outcome::Found { code, .. } = &mut judged.outcome else {
            self.keep(planned, &shot, &[came], &judged);
            if let (Some(counter), Some(before)) = (&mut self.counter, before) {
                counter.learn(before).await?;
            }
            return Ok(true);
        };
        if let Came::Answered(answer) = &came {
            if (400..500).contains(&answer.status)
                && let Some(found) = self.retried(planned).await?
            {
                *code = found;
            }
            let why = finding(code).filter(|_| code.starts_with("control-")).map(|story| story.did.to_string());
            judged.did = format!("{}; {}", judged.did, why.unwrap_or_else(|| conformance::why_refused(answer)));
        }
        self.keep(planned, &shot, &[came], &judged);
        Ok(false)
    }

    /// The control in the forms that receivers with a certain fault take: the finding of the first that is accepted.
    async fn retried(&self, planned: &Planned<'_>) -> Result<Option<&'static str>, Error> {
        let Base { delivery: base, mut world, .. } =
            self.maker.base(&planned.event, 0, &target::shown(&self.url), 0)?;
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
        let quiet = |all: Vec<Fired>| -> Vec<Came> {
            all.into_iter().map(|fired| discreet(came(fired), &self.maker.keyring)).collect()
        };
        let sent = if let Some((shot, fired)) = slow {
            shots = vec![(&batch[0], Ok(shot))];
            vec![Some(Ok(quiet(fired)))]
        } else {
            join_all(shots.iter().map(|(_, made)| async {
                let shot = made.as_ref().ok()?;
                let sent = fire(&self.sender, &self.url, shot, self.timeout);
                Some(tokio::time::timeout_at(deadline, sent).await.map(quiet))
            }))
            .await
        };
        let mut is_there = true;
        for ((planned, made), sent) in shots.into_iter().zip(sent) {
            match (made, sent) {
                (Err((result, why)), _) => self.keep_unsent(planned, result, why),
                (Ok(_), None | Some(Err(_))) => self.unsent(planned, LATE),
                (Ok(shot), Some(Ok(came))) => {
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

    /// What came back for the slow delivery. Without an answer it tells nothing of its own, as another case may have
    /// ended the receiver meanwhile: then it is sent once more.
    async fn answered_beside(&self, under_way: JoinHandle<Vec<Fired>>) -> Option<Vec<Fired>> {
        let fired = tokio::time::timeout_at(self.deadline.into(), under_way).await.ok()?.ok()?;
        fired.iter().all(|fired| matches!(fired, Fired::Back(Ok(_)))).then_some(fired)
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
        if is_observed(planned) {
            match conformance::observe(planned.case, self.provider, &self.observed()) {
                Ok(judged) => self.keep(planned, shot, came, &judged),
                Err(why) => self.keep_unsent(planned, CaseResult::Skipped, why),
            }
            return Ok(());
        }
        let expects = shot.requests.iter().map(|request| request.expect.clone());
        let pairs: Vec<(Expect, Came)> = expects.zip(came.iter().cloned()).collect();
        let mut judged = conformance::judge(planned.case, self.provider, &pairs);
        if let Some((before, deliveries)) = before {
            let excess = match self.excess(before, deliveries).await {
                Some(_) if !self.sure.contains(&deliveries) => self.excess_again(planned, deliveries).await?,
                excess => excess,
            };
            let is_must = matches!(judged.outcome, Outcome::Found { severity: Level::Must, .. });
            if let Some(what) = excess.filter(|_| !is_must) {
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

    /// The number once what came before has done its work.
    async fn at_rest(&mut self) -> Option<i64> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let number = self.counter.as_ref()?.still(left).await;
        self.counted(number)
    }

    /// What is to be said of a number that went beyond so many deliveries' worth of work.
    async fn excess(&mut self, before: i64, deliveries: i64) -> Option<String> {
        let moved = self.counter.as_ref()?.excess(before, deliveries).await;
        let (after, excess) = self.counted(moved)?;
        self.still = Some(after).filter(|_| excess.is_none());
        excess
    }

    /// The same for the case sent once more, with more patience: work that shows late is that of deliveries before it.
    async fn excess_again(&mut self, planned: &Planned<'_>, deliveries: i64) -> Result<Option<String>, Error> {
        let Some(usual) = self.counter.as_mut().map(Counter::wait_longest) else { return Ok(None) };
        let Some(before) = self.at_rest().await else { return Ok(None) };
        let Ok(shot) = self.shot(planned)? else { return Ok(None) };
        fire(&self.sender, &self.url, &shot, self.timeout).await;
        let excess = self.excess(before, deliveries).await;
        if excess.is_some() {
            self.sure.push(deliveries);
            self.counter.iter_mut().for_each(|counter| counter.wait_for(usual));
        }
        Ok(excess)
    }

    /// What was read of the number. Where it can't be read any more, the rest is proved without it.
    fn counted<T>(&mut self, read: Result<T, Error>) -> Option<T> {
        read.map_err(|error| {
            self.context.console.fail(&error.to_string(), error.hint().as_deref());
            self.counter = None;
            self.is_counter_lost = true;
        })
        .ok()
    }

    /// Every answer that came so far.
    fn observed(&self) -> Vec<Observed<'_>> {
        self.cases.iter().flat_map(Checked::observed).collect()
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
        let is_beside = |checked: &Checked| self.is_slow_done && checked.case.id == "slow-body";
        if let Some(last) = self.cases.iter_mut().rev().find(|checked| was_sent(checked) && !is_beside(checked)) {
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
        let name = planned.name.clone();
        self.add(Checked { name, case: planned.case, result, exchanges: Vec::new(), did, is_known: false });
    }

    fn keep(&mut self, planned: &Planned<'_>, shot: &Shot, came: &[Came], judged: &Judged) {
        let did = String::from_utf8_lossy(&self.maker.keyring.redact(judged.did.as_bytes())).into_owned();
        let exchanges = shot.requests.iter().zip(came).map(|(request, came)| self.exchange(request, came)).collect();
        let result = match judged.outcome {
            Outcome::Passed => CaseResult::Passed,
            Outcome::Found { code, severity } => CaseResult::Found(code, severity),
        };
        self.add(Checked { name: planned.name.clone(), case: planned.case, result, exchanges, did, is_known: false });
    }

    /// A request and its answer, as they may be shown.
    fn exchange(&self, request: &Request, came: &Came) -> Exchange {
        let keyring = &self.maker.keyring;
        let sent = &request.delivery;
        // What is cut off first is longer than any secret, so none is cut in two.
        let mut body = keyring.redact(&sent.body[..sent.body.len().min(2 * KEPT)]);
        body.truncate(KEPT);
        let shown = Delivery {
            method: sent.method.clone(),
            target: String::from_utf8_lossy(&keyring.redact(sent.target.as_bytes())).into_owned(),
            headers: signature::shown(&sent.headers, self.parts.scheme(), keyring),
            body,
        };
        let answer = if let Came::Answered(answer) = came { Some(answer.clone()) } else { None };
        Exchange { request: shown, length: sent.body.len(), answer }
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
        // Without it nothing else was tried, and nothing would be proved.
        if checked.case.id == "control" {
            return false;
        }
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
            () if is_cut || self.is_counter_lost => 3,
            () => 0,
        };
        let url = self.maker.keyring.redact(target::shown(&self.url).as_bytes());
        Summary {
            url: String::from_utf8_lossy(&url).into_owned(),
            provider: self.provider.id.clone(),
            cases: self.cases,
            took: self.begun.elapsed(),
            exit,
        }
    }
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

fn was_sent(checked: &Checked) -> bool {
    matches!(checked.result, CaseResult::Passed | CaseResult::Found(..)) && !checked.exchanges.is_empty()
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

/// How many deliveries' worth of work a case may cause, where that is to be looked at.
fn moves(planned: &Planned<'_>) -> Option<i64> {
    match (planned.case.family, planned.case.id) {
        (Family::Refuses, _) | (_, "huge-unsigned") => Some(0),
        (_, "repeat" | "repeat-at-once") => Some(1),
        _ => None,
    }
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
