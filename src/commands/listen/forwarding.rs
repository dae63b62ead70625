//! Deliveries handed on to an application, and its answer back to the sender.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{ArgGroup, Args};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;
use reqwest::Url;
use tokio::sync::{Notify, mpsc, oneshot};

use super::threads::{Said, Talk};
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::commands::context::Context;
use crate::commands::handling::{GRACE, Onward, Show, Shown, Taken, WAITING};
use crate::commands::input;
use crate::commands::secrets::{self, SecretArgs};
use crate::commands::send::{ConnectionArgs, redacted};
use crate::commands::way::{Way, accepts};
use crate::console::Paint;
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::{Inspected, Inspector};
use crate::message::{Capture, Delivery};
use crate::render::{Randomness, World};
use crate::replay::{self, Credentials, Manner, Plan};
use crate::report::{self, Forwarded, Outcome};
use crate::route::Routes;
use crate::secret::Keyring;
use crate::signature::{Key, SignError, Use};
use crate::target;
use crate::transport::{KEPT, Permit, Reply, SendError};
use crate::words;

/// The first wait for an application that isn't up; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Longer than anything waits.
const UNBOUNDED: Duration = Duration::from_secs(365 * 86_400);
/// How long the last answers have to be written.
const LAST_ANSWERS: Duration = Duration::from_millis(50);
/// Headers of an exchange with a proxy, and the wait for a word that the sender has had already.
const OURS: [&str; 4] = ["proxy-authorization", "proxy-authenticate", "proxy-authentication-info", "expect"];

/// Where deliveries go on to, and how.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Forwarding", group = ArgGroup::new("onward").multiple(true).conflicts_with("RespondArgs"))]
pub(super) struct ForwardArgs {
    /// Hands each delivery on to this address, as it came, and gives its answer back; of several the first one's
    #[arg(long, value_name = "URL", group = "onward")]
    forward: Vec<String>,
    /// Hands these events on to an address of their own; EVENT is a name or glob, with or without PROVIDER/
    #[arg(long, value_name = "EVENT=URL", group = "onward")]
    route: Vec<String>,
    /// So many deliveries at a time; otherwise each waits for the one before, in the order they came
    #[arg(long, value_name = "N", default_value = "1", requires = "onward")]
    parallel: NonZeroUsize,
    /// Answers the sender at once, not with what the application says
    #[arg(long, requires = "onward")]
    answer_first: bool,
    /// How long the application may take to answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = input::time_limit, requires = "onward")]
    forward_timeout: Duration,
    /// How long an application that isn't up is tried again, counted from when the delivery came
    #[arg(long, value_name = "TIME", value_parser = input::time_limit, requires = "onward")]
    forward_retry: Option<Duration>,
    /// Signs each delivery afresh: for the application's own secret, or with the one that it is verified by
    #[arg(long, requires = "onward")]
    re_sign: bool,
    /// With --re-sign: the variable that holds the application's own secret
    #[arg(long, value_name = "[PROVIDER=]NAME", requires = "re_sign")]
    forward_secret_env: Vec<String>,
    /// With --re-sign: the file that holds it
    #[arg(long, value_name = "[PROVIDER=]FILE", requires = "re_sign")]
    forward_secret_file: Vec<String>,
}

impl ForwardArgs {
    /// How long answers may still be under way at the end: here the listener bounds it, since it depends on what ends it.
    pub(super) fn grace(&self) -> Duration {
        if self.is_given() { UNBOUNDED } else { GRACE }
    }

    /// Whether anything goes on.
    pub(super) fn is_given(&self) -> bool {
        !self.forward.is_empty() || !self.route.is_empty()
    }

    /// The secrets to sign with, where that is wanted.
    fn signing(
        &self,
        secrets: &SecretArgs,
        context: &Context,
        catalog: &Catalog,
        verifying: &Keyring,
    ) -> Result<Option<Keyring>, Error> {
        if !self.re_sign {
            return Ok(None);
        }
        if self.forward_secret_env.is_empty() && self.forward_secret_file.is_empty() {
            return Ok(Some(verifying.clone()));
        }
        let own = secrets.others(&self.forward_secret_env, &self.forward_secret_file);
        let keyring = own.keyring(context, catalog)?;
        if verifying.is_empty() {
            context.console.note("no secret is given to verify with, so whatever comes is signed for the application");
        }
        Ok(Some(keyring))
    }
}

/// An application.
struct Application {
    way: Way,
    /// Its address as it may be shown.
    shown: String,
    is_down: Cell<bool>,
    /// How many it missed while it was down.
    missed: Cell<usize>,
}

impl Application {
    /// Said where it was down.
    fn say_up(&self, talk: &Talk) {
        if !self.is_down.replace(false) {
            return;
        }
        let missed = match self.missed.take() {
            0 => String::new(),
            missed => format!("; {} it", words::count(missed, "delivery did not reach", "deliveries did not reach")),
        };
        talk.say(Said::Line(format!("{} takes deliveries again{missed}", self.shown)));
    }
}

/// A delivery that waits to go on.
struct Job {
    delivery: Delivery,
    about: Forwarded,
    scheme: Option<Scheme>,
    places: Vec<usize>,
    since: Instant,
    answer: Cell<Option<oneshot::Sender<Reply>>>,
    _permit: Arc<Permit>,
}

/// Where deliveries go on to, and what came of them so far.
pub(super) struct Forwarding {
    routes: Routes,
    applications: Vec<Application>,
    parallel: usize,
    answer_first: bool,
    retry: Option<Duration>,
    inspector: Rc<Inspector>,
    signing: Option<Keyring>,
    random: RefCell<Randomness>,
    show: Show,
    paint: Paint,
    /// Taken on, and not done with.
    open: Cell<usize>,
    done: Notify,
    accepted: Cell<usize>,
    refused: Cell<usize>,
    undelivered: Cell<usize>,
}

/// Takes deliveries on; the queue ends with it.
struct Desk {
    forwarding: Rc<Forwarding>,
    jobs: mpsc::Sender<Job>,
}

/// What is needed to work the queue off.
pub(super) struct Queue {
    jobs: mpsc::Receiver<Job>,
    out: mpsc::Sender<Shown>,
}

/// What a listener was started with.
pub(super) struct Setting<'a> {
    pub(super) context: &'a Context,
    pub(super) secrets: &'a SecretArgs,
    pub(super) inspector: Rc<Inspector>,
    pub(super) show: Show,
}

impl Forwarding {
    pub(super) fn new(args: &ForwardArgs, setting: Setting<'_>) -> Result<Rc<Self>, Error> {
        let Setting { context, secrets, inspector, show } = setting;
        let routes = Routes::read(&args.forward, &args.route)
            .map_err(|error| Error::usage(error.to_string(), "as in --forward http://localhost:3000/hook"))?;
        let signing = args.signing(secrets, context, &inspector.catalog, &inspector.keyring)?;
        check_secrets(&inspector, signing.as_ref())?;
        let application = |url: &Url| {
            let shown = inspector.keyring.redact(target::shown(url).as_bytes());
            Ok(Application {
                way: Way::new(url, args.forward_timeout, &ConnectionArgs::default(), context)?,
                shown: String::from_utf8_lossy(&shown).into_owned(),
                is_down: Cell::new(false),
                missed: Cell::new(0),
            })
        };
        let applications = routes.addresses.iter().map(application).collect::<Result<_, Error>>()?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|cause| Error::Untestable {
            message: format!("the system gives no randomness: {cause}"),
            hint: None,
        })?;
        Ok(Rc::new(Self {
            routes,
            applications,
            parallel: args.parallel.get(),
            answer_first: args.answer_first,
            retry: args.forward_retry,
            inspector,
            signing,
            random: RefCell::new(Randomness::from_seed(seed)),
            show,
            paint: context.console.out,
            open: Cell::new(0),
            done: Notify::new(),
            accepted: Cell::new(0),
            refused: Cell::new(0),
            undelivered: Cell::new(0),
        }))
    }

    /// What takes deliveries on, and what works them off.
    pub(super) fn open(self: &Rc<Self>, out: mpsc::Sender<Shown>) -> (Rc<dyn Onward>, Queue) {
        let (sender, jobs) = mpsc::channel(WAITING);
        (Rc::new(Desk { forwarding: self.clone(), jobs: sender }), Queue { jobs, out })
    }

    /// Refuses to forward to the listener itself.
    pub(super) async fn refuse_loops(&self, listening: &[SocketAddr]) -> Result<(), Error> {
        for application in &self.applications {
            let url = &application.way.url;
            let port = url.port_or_known_default().unwrap_or_default();
            if listening.iter().all(|address| address.port() != port) {
                continue;
            }
            let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            // A name that can't be looked up now is told when a delivery comes.
            let Ok(mut addresses) = tokio::net::lookup_host((host, port)).await else { continue };
            if addresses.any(|address| listening.iter().any(|own| reaches(address.ip(), own.ip()))) {
                return Err(Error::usage(
                    format!("{} is this listener itself; forwarding to it would never end", application.shown),
                    "--forward takes the application's address, --port another one for the listener",
                ));
            }
        }
        Ok(())
    }

    /// Says where deliveries go.
    pub(super) fn introduce(&self, talk: &Talk) {
        let shown: Vec<String> = self.applications.iter().map(|application| application.shown.clone()).collect();
        let how = if self.answer_first { "; senders are answered at once" } else { "" };
        talk.say(Said::Line(format!("Forwarding to {}{how}", words::list(&shown, "and"))));
    }

    /// Works off what waits, until nothing more can come.
    pub(super) async fn work(self: Rc<Self>, queue: Queue, talk: Talk) {
        let Queue { mut jobs, out } = queue;
        let mut under_way = FuturesUnordered::new();
        let mut is_open = true;
        loop {
            tokio::select! {
                job = jobs.recv(), if is_open && under_way.len() < self.parallel => match job {
                    Some(job) => under_way.push(self.pass(job, &out, &talk)),
                    None => is_open = false,
                },
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                else => return,
            }
        }
    }

    /// Done when nothing waits any more, and the last answers had their time.
    pub(super) async fn settled(&self) {
        if self.open.get() == 0 {
            return;
        }
        while self.open.get() > 0 {
            self.done.notified().await;
        }
        tokio::time::sleep(LAST_ANSWERS).await;
    }

    async fn pass(&self, job: Job, out: &mpsc::Sender<Shown>, talk: &Talk) {
        let each = job.places.iter().enumerate().map(async |(place, at)| {
            let application = &self.applications[*at];
            let outcome = self.reach(application, &job, talk).await;
            self.tally(&outcome);
            let answer = if place == 0 { job.answer.take() } else { None };
            let reply = answer.is_some().then(|| reply_of(&outcome));
            self.tell(&job.about, application, outcome, out).await;
            if let (Some(answer), Some(reply)) = (answer, reply) {
                // A sender that has gone wants none.
                let _ = answer.send(reply);
            }
        });
        join_all(each).await;
        self.open.set(self.open.get() - 1);
        self.done.notify_one();
    }

    /// Sends a delivery; to an application that isn't up again and again, where that is wanted.
    async fn reach(&self, application: &Application, job: &Job, talk: &Talk) -> Outcome {
        let mut pause = FIRST_PAUSE;
        loop {
            let sent = match self.made(application, job) {
                Ok(delivery) => application.way.send(&delivery).await,
                Err(why) => return Outcome::Failed(SendError::Options(why)),
            };
            let cause = match sent {
                Ok(answer) => {
                    application.say_up(talk);
                    let provider = job.about.provider.as_deref().and_then(|id| self.inspector.catalog.provider(id));
                    let is_success = accepts(provider, answer.status);
                    return Outcome::Answered(answer, is_success);
                }
                Err(error @ SendError::NoConnection { .. }) => error,
                Err(error) => return Outcome::Failed(error),
            };
            self.say_down(application, &cause, talk);
            let left = self.retry.unwrap_or_default().saturating_sub(job.since.elapsed());
            if left.is_zero() {
                application.missed.set(application.missed.get() + 1);
                return Outcome::Failed(cause);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The delivery as it goes to this application.
    fn made<'j>(&self, application: &Application, job: &'j Job) -> Result<Cow<'j, Delivery>, String> {
        let Some(signing) = &self.signing else { return Ok(Cow::Borrowed(&job.delivery)) };
        let Some(provider) = job.about.provider.as_deref().and_then(|id| self.inspector.catalog.provider(id)) else {
            return Err("it can't be signed afresh: whose delivery it is can't be seen from it".to_string());
        };
        let secrets = signing.all_of(provider.family());
        let is_needed = |scheme: &Scheme| scheme.secret == Need::Required && secrets.is_empty();
        if job.scheme.as_ref().is_some_and(is_needed) {
            return Err(format!("it can't be signed afresh: no secret is given for {}", provider.id));
        }
        let plan = Plan {
            manner: Manner::ReSigned,
            credentials: Credentials::Sent,
            url: application.way.url.as_str(),
            provider: Some(provider),
            scheme: job.scheme.as_ref(),
            secrets,
            verdict: None,
        };
        let random = Randomness::from_rng(&mut *self.random.borrow_mut());
        let mut world = World { now: Timestamp::now(), random };
        let ready = replay::prepare(&job.delivery, &plan, &mut world)
            .map_err(|refusal| format!("it can't be signed afresh: {refusal}"))?;
        Ok(Cow::Owned(ready.delivery))
    }

    fn tally(&self, outcome: &Outcome) {
        let count = match outcome {
            Outcome::Answered(_, true) => &self.accepted,
            Outcome::Answered(_, false) => &self.refused,
            _ => &self.undelivered,
        };
        count.set(count.get() + 1);
    }

    async fn tell(&self, about: &Forwarded, to: &Application, outcome: Outcome, out: &mpsc::Sender<Shown>) {
        let mut outcome = redacted(outcome, &self.inspector.keyring);
        if let Some(signing) = &self.signing {
            outcome = redacted(outcome, signing);
        }
        let line = match self.show {
            Show::Nothing => return,
            Show::Json => report::forwarded_json(about, &to.shown, &outcome),
            Show::Human(_) => report::forwarded_line(about, &to.shown, &outcome, self.paint),
        };
        // A printer that is gone has nobody to print for.
        let _ = out.send(Shown::line(&line)).await;
    }

    /// Said once until it is up again.
    fn say_down(&self, application: &Application, cause: &SendError, talk: &Talk) {
        if application.is_down.replace(true) {
            return;
        }
        let then = match self.retry {
            Some(time) => format!("each delivery is tried for {}", words::elapsed(time)),
            None => "--forward-retry TIME tries again".to_string(),
        };
        let cause = words::printable(&cause.to_string(), words::Lines::Escape);
        talk.say(Said::Fault(format!("{} can't be reached: {cause}; {then}", application.shown)));
    }

    /// What came of them, for the summary.
    pub(super) fn summary(&self) -> String {
        let counts = [
            (self.accepted.get(), "accepted"),
            (self.refused.get(), "refused"),
            (self.undelivered.get() + self.open.get(), "not delivered"),
        ];
        let all: usize = counts.iter().map(|(count, _)| count).sum();
        let parts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if all == 0 { "; none forwarded".to_string() } else { format!("; forwarded: {}", parts.join(", ")) }
    }

    /// What `listen` ends with.
    pub(super) fn exit(&self) -> Exit {
        let is_whole = self.refused.get() + self.undelivered.get() + self.open.get() == 0;
        if is_whole { Exit::Success } else { Exit::Failed }
    }

    /// Lets what waits go on to its end. A signal gives it a moment, a second one none.
    pub(super) async fn finish(&self, work: impl Future<Output = ()>, is_signal: bool, hasten: &Notify) {
        let enough = async {
            if is_signal {
                tokio::time::sleep(GRACE).await;
            } else {
                hasten.notified().await;
                // Others wait for it too.
                hasten.notify_one();
            }
        };
        tokio::select! {
            () = work => {}
            () = enough => {}
        }
    }
}

impl Onward for Desk {
    fn answers(&self, inspected: &Inspected<'_>) -> bool {
        !self.forwarding.answer_first && !self.forwarding.routes.of(&inspected.identified).is_empty()
    }

    fn take(&self, capture: Capture, inspected: &Inspected<'_>, permit: Arc<Permit>) -> Taken {
        let forwarding = self.forwarding.clone();
        let places = forwarding.routes.of(&inspected.identified);
        if places.is_empty() {
            return Box::pin(async { None });
        }
        let identified = &inspected.identified;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            about: Forwarded {
                label: identified.label(),
                provider: identified.provider.map(|provider| provider.id.clone()),
                events: identified.events.clone(),
                delivery_id: identified.delivery_id.clone(),
                received: capture.received,
                peer: capture.peer,
            },
            delivery: onward(capture.delivery),
            scheme: inspected.scheme.as_deref().filter(|_| forwarding.signing.is_some()).cloned(),
            places,
            since: Instant::now(),
            answer: Cell::new((!forwarding.answer_first).then_some(answer)),
            _permit: permit,
        };
        forwarding.open.set(forwarding.open.get() + 1);
        let jobs = self.jobs.clone();
        Box::pin(async move {
            let _ = jobs.send(job).await;
            // Nothing may keep the queue open any longer than it is written to.
            drop(jobs);
            if forwarding.answer_first {
                return None;
            }
            Some(answered.await.unwrap_or_else(|_| not_delivered(502)))
        })
    }
}

/// What came, without what belongs to the connection.
fn onward(delivery: Delivery) -> Delivery {
    let mut headers = replay::without_hops(&delivery.headers);
    for name in OURS {
        headers.remove(name);
    }
    Delivery { headers, ..delivery }
}

/// What the sender gets of an application's answer.
fn reply_of(outcome: &Outcome) -> Reply {
    match outcome {
        Outcome::Answered(answer, _) if answer.status < 200 => not_delivered(502),
        Outcome::Answered(answer, _) if answer.body.len() >= KEPT => {
            Reply::text(answer.status, "the application's answer is too long to be given back\n")
        }
        Outcome::Answered(answer, _) => {
            let mut headers = replay::without_hops(&answer.headers);
            for name in OURS {
                headers.remove(name);
            }
            Reply { status: answer.status, headers, body: answer.body.clone(), is_hang_up: false }
        }
        Outcome::Failed(SendError::TimedOut(_)) => not_delivered(504),
        _ => not_delivered(502),
    }
}

fn not_delivered(status: u16) -> Reply {
    Reply::text(status, "this delivery could not be handed on; try again\n")
}

/// Whether a connection to the first address ends at a socket on the other.
fn reaches(to: IpAddr, listening: IpAddr) -> bool {
    let (to, listening) = (to.to_canonical(), listening.to_canonical());
    let loopback: IpAddr = if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    // What is unspecified is reached as loopback, and listens on every address of this machine.
    let to = if to.is_unspecified() { loopback } else { to };
    to == listening || listening.is_unspecified() && (to.is_loopback() || UdpSocket::bind((to, 0)).is_ok())
}

/// Where one provider was named, what is to be verified and signed can be.
fn check_secrets(inspector: &Inspector, signing: Option<&Keyring>) -> Result<(), Error> {
    if signing.is_some_and(Keyring::is_empty) {
        return Err(match inspector.named() {
            Some(provider) => secrets::no_secret(provider, false),
            None => Error::usage("no secret is given to sign with", "--forward-secret-env NAME, or --secret-env NAME"),
        });
    }
    let Some(provider) = inspector.named() else { return Ok(()) };
    let Some(scheme) = inspector.choice.of(provider) else {
        return if inspector.keyring.is_empty() { Ok(()) } else { Err(never_valid(provider)) };
    };
    for named in signing.map(|signing| signing.all_of(provider.family())).unwrap_or_default() {
        Key::read(&scheme, &named.secret, Use::Sign)
            .map_err(|error| secrets::unsigned(provider, &scheme, &SignError::Key(error)))?;
    }
    Ok(())
}

fn never_valid(provider: &Provider) -> Error {
    Error::usage(
        format!(
            "a secret is given, so only valid deliveries go on, and {} documents no signature",
            provider.description.name
        ),
        "without a secret all of them do; look at HOOKPROOF_SECRET too",
    )
}
