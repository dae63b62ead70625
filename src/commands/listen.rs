//! `listen`: deliveries caught, verified and shown.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;

use super::context::Context;
use super::input;
use super::secrets::{self, SecretArgs};
use super::signals::Signals;
use crate::catalog::{Catalog, Scheme};
use crate::console::{Console, Paint, Tone};
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{self, Question};
use crate::inspect::{Guard, Inspected, Inspector, SchemeChoice};
use crate::message::{Capture, Delivery};
use crate::report::{self, Caught, Detail};
use crate::secret::{Keyring, Secret};
use crate::signature::{self, Verdict};
use crate::transport::{self, Bound, Limits, Permit, Reply};
use crate::words::{self, Lines};

/// Deliveries that may wait to be shown; then answering waits too.
const WAITING: usize = 256;
/// All bodies that are under way, in bytes.
const IN_FLIGHT: usize = 256 << 20;
/// The longest refused body that is explained, in bytes.
const EXPLAINED: usize = 256 << 10;
/// How long one explanation may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long each thread may go on after the end, where nothing says that somebody waits for it.
const GRACE: Duration = Duration::from_secs(1);
/// Refused requests that are told in a second; of more only the number is.
const TOLD: usize = 20;

/// The arguments of `listen`.
#[derive(Clone, Debug, Args)]
pub struct ListenArgs {
    /// The port; 0 takes a free one
    #[arg(short, long, value_name = "PORT", default_value_t = 4400)]
    port: u16,
    /// The address to listen on, in place of both loopback ones
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Whose deliveries come; otherwise each is recognised by its headers and body
    #[arg(long, value_name = "PROVIDER", hide_possible_values = true, value_parser = super::completions::provider_names())]
    provider: Option<String>,
    /// One line each
    #[arg(long, conflicts_with = "full")]
    compact: bool,
    /// Long bodies in full
    #[arg(long)]
    full: bool,
    /// One line of JSON for each delivery
    #[arg(long)]
    json: bool,
    /// Ends after so many deliveries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Ends after so long
    #[arg(long = "for", value_name = "TIME", value_parser = input::time_limit)]
    duration: Option<Duration>,
    /// The longest body that is taken
    #[arg(long, value_name = "SIZE", default_value = "10MiB", value_parser = input::bytes)]
    max_body: usize,
    /// How long a head may take, and how long a body may stall
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = input::time_limit)]
    timeout: Duration,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// A runtime of one thread: with many connections it is faster than two here.
pub(super) fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::Untestable { message: format!("the system gives no event loop: {cause}"), hint: None })
}

/// The bounds that hold unless others are asked for.
pub(super) fn default_limits() -> Limits {
    Limits { max_body: 10 << 20, in_flight: IN_FLIGHT, stall: Duration::from_secs(10) }
}

/// Runs `listen`.
pub fn run(args: &ListenArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
    let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let choice = args.secrets.choice(only.as_slice())?;
    if only.is_none() {
        check_mode(&catalog, &choice)?;
    }
    let keyring = args.secrets.keyring(context, &catalog)?;
    secrets::refuse_unusable(&keyring, only)?;
    let inspector =
        Inspector { catalog: Rc::new(catalog), only: args.provider.clone(), keyring, guard: Guard::On, choice };
    let show = match () {
        () if args.json => Show::Json,
        () if context.console.is_quiet() => Show::Nothing,
        () if args.compact => Show::Human(Detail::Compact),
        () if args.full => Show::Human(Detail::Full),
        () => Show::Human(Detail::Folded),
    };
    let limits = Limits { max_body: args.max_body, stall: args.timeout, ..default_limits() };
    let (mut handling, shown) = Handling::new(inspector, show, context.console.out, args.count);
    let (refused, to_explain) = sync_channel(1);
    handling.explainer = Some(refused);
    let threads = Threads::start(&context.console, shown, to_explain, show);
    let runtime = runtime()?;
    let result = runtime.block_on(serve(args, handling, limits, threads));
    // A look-up of a name may still be under way.
    runtime.shutdown_background();
    result?;
    Ok(Exit::Success)
}

/// Where no provider is named, one of them at least has the mode.
fn check_mode(catalog: &Catalog, choice: &SchemeChoice) -> Result<(), Error> {
    let Some(wanted) = &choice.mode else { return Ok(()) };
    let mut known: Vec<String> = Vec::new();
    for scheme in catalog.providers.iter().flat_map(|provider| &provider.description.signature) {
        if !known.contains(&scheme.mode) {
            known.push(scheme.mode.clone());
        }
    }
    if known.contains(wanted) {
        return Ok(());
    }
    Err(Error::usage(format!("no provider has a signature mode `{wanted}`"), words::list(&known, "or")))
}

/// A thread that the process does not wait for: what it writes to may take nothing for ever.
struct Worker {
    thread: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

impl Worker {
    fn start(work: impl FnOnce() + Send + 'static) -> Self {
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let _end = end;
            work();
        });
        Self { thread, ended }
    }

    async fn ended(self) {
        let _ = self.ended.await;
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// All that writes, each on a thread of its own: a terminal that is held with Ctrl-S, or a pipe that
/// nobody reads, must keep neither senders waiting nor the end.
struct Threads {
    printer: Worker,
    nobody_reads: Arc<Notify>,
    explainer: Worker,
    /// Tells the explainer to be done.
    hurry: Arc<AtomicBool>,
    talker: Worker,
    talk: Talk,
}

impl Threads {
    fn start(console: &Console, shown: mpsc::Receiver<Shown>, refused: Receiver<Refused>, show: Show) -> Self {
        let nobody_reads = Arc::new(Notify::new());
        let printer = Worker::start({
            let (console, nobody_reads) = (console.clone(), nobody_reads.clone());
            move || print_all(shown, &console, &nobody_reads)
        });
        let hurry = Arc::new(AtomicBool::new(false));
        // One search at a time, off the way of the answers; the sender never sees it.
        let explainer = Worker::start({
            let (console, hurry) = (console.clone(), hurry.clone());
            move || explain_all(&refused, &console, show, &hurry)
        });
        let (lines, to_say) = sync_channel(WAITING);
        let talker = Worker::start({
            let console = console.clone();
            move || say_all(&to_say, &console)
        });
        Self { printer, nobody_reads, explainer, hurry, talker, talk: Talk { lines, paint: console.err } }
    }

    /// Lets the threads end, and says how it went. What waits to be shown is waited for until `hasten`
    /// is told; everything else has its time.
    async fn end(self, hasten: &Notify, summary: String) {
        let given_up = async {
            hasten.notified().await;
            tokio::time::sleep(GRACE).await;
        };
        let is_shown = tokio::select! {
            () = self.printer.ended() => true,
            () = given_up => false,
        };
        if is_shown {
            let mut explained = pin!(self.explainer.ended());
            if timeout(GRACE / 2, &mut explained).await.is_err() {
                self.hurry.store(true, Ordering::Relaxed);
                let _ = timeout(GRACE / 2, explained).await;
            }
        } else {
            self.talk.say(Said::Note("nobody reads stdout, so not all is shown"));
        }
        self.talk.say(Said::Line(summary));
        drop(self.talk);
        let _ = timeout(GRACE, self.talker.ended()).await;
    }
}

/// Lines for stderr.
#[derive(Clone)]
struct Talk {
    lines: SyncSender<Said>,
    paint: Paint,
}

/// What is said there.
enum Said {
    Line(String),
    Note(&'static str),
}

impl Talk {
    /// Says it, unless so much waits already that nobody seems to read it.
    fn say(&self, said: Said) -> bool {
        self.lines.try_send(said).is_ok()
    }
}

async fn serve(args: &ListenArgs, handling: Handling, limits: Limits, threads: Threads) -> Result<(), Error> {
    // Who is told the address may send a signal at once.
    let mut signals = Signals::minded();
    let bound = tokio::select! {
        bound = transport::bind(args.host.as_deref(), args.port) => bound?,
        _ = signals.next() => return Ok(()),
    };
    announce(&threads.talk, &bound.addresses, args);
    let (enough, nobody_reads) = (handling.enough.clone(), threads.nobody_reads.clone());
    let time = args.duration.unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
    let (stop, hasten) = (Notify::new(), Notify::new());
    let mut all = pin!(serve_to_the_end(bound, handling, limits, threads, &stop, &hasten));
    let is_signal = tokio::select! {
        () = &mut all => return Ok(()),
        _ = signals.next() => true,
        () = enough.notified() => false,
        () = nobody_reads.notified() => false,
        () = tokio::time::sleep(time) => false,
    };
    stop.notify_one();
    if !is_signal {
        tokio::select! {
            () = &mut all => return Ok(()),
            _ = signals.next() => {}
        }
    }
    hasten.notify_one();
    tokio::select! {
        () = all => {}
        // Whoever asks twice wants no more.
        _ = signals.next() => {}
    }
    Ok(())
}

async fn serve_to_the_end(
    bound: Bound,
    handling: Handling,
    limits: Limits,
    threads: Threads,
    stop: &Notify,
    hasten: &Notify,
) {
    let (seen, handler) = (handling.seen.clone(), handling.handler());
    // The channels close with the last who could send.
    drop(handling);
    let refusals = Rc::new(Refusals::new(threads.talk.clone()));
    let counted = refusals.clone();
    let serving = bound.serve(
        limits,
        handler,
        move |refused| {
            counted.tell(|paint| {
                let request = format!("{} {}", refused.method, refused.target);
                refusal_line(&request, refused.peer, refused.status, refused.why, paint)
            });
        },
        stop.notified(),
    );
    tokio::select! {
        () = serving => {}
        () = refusals.tell_the_rest() => {}
    }
    let mut summary = report::listen_summary(&seen.borrow());
    if refusals.count.get() > 0 {
        summary.push_str(&format!("; {} refused", refusals.count.get()));
    }
    drop(refusals);
    threads.end(hasten, summary).await;
}

fn announce(talk: &Talk, addresses: &[SocketAddr], args: &ListenArgs) {
    let urls: Vec<String> = addresses.iter().map(|address| format!("http://{address}")).collect();
    let ends = match (args.count, args.duration) {
        (None, None) => "; Ctrl-C ends it",
        _ => "",
    };
    talk.say(Said::Line(format!("Listening on {}{ends}", words::list(&urls, "and"))));
    if addresses.iter().any(|address| !address.ip().is_loopback()) {
        talk.say(Said::Note("other machines can reach this listener"));
    }
}

/// Requests that are no deliveries: each is counted, and so many a second are told.
struct Refusals {
    talk: Talk,
    count: Cell<usize>,
    second: Cell<Instant>,
    told: Cell<usize>,
    untold: Cell<usize>,
    more: Notify,
}

impl Refusals {
    fn new(talk: Talk) -> Self {
        let none = || Cell::new(0);
        Self {
            talk,
            count: none(),
            second: Cell::new(Instant::now()),
            told: none(),
            untold: none(),
            more: Notify::new(),
        }
    }

    fn tell(&self, line: impl FnOnce(Paint) -> String) {
        self.count.set(self.count.get() + 1);
        if self.second.get().elapsed() >= Duration::from_secs(1) {
            self.second.set(Instant::now());
            self.told.set(0);
        }
        if self.told.get() < TOLD && self.talk.say(Said::Line(line(self.talk.paint))) {
            self.told.set(self.told.get() + 1);
        } else {
            self.untold.set(self.untold.get() + 1);
            self.more.notify_one();
        }
    }

    /// Tells the number of the others from time to time.
    async fn tell_the_rest(&self) {
        loop {
            self.more.notified().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let untold = self.untold.take();
            if untold > 0 {
                let more = words::count(untold, "more request was", "more requests were");
                self.talk.say(Said::Line(format!("{more} refused")));
            }
        }
    }
}

/// `GET /x from 127.0.0.1:50123: 405, webhooks come as POST`
fn refusal_line(request: &str, peer: SocketAddr, status: u16, why: &str, paint: Paint) -> String {
    let why = match status {
        405 => "webhooks come as POST",
        413 => "the body is larger than --max-body allows",
        _ => why,
    };
    let request = paint.remote(&words::shorten(request, 100), Lines::Escape);
    paint.tone(Tone::Faint, &format!("{request} from {peer}: {status}, {why}"))
}

fn print_all(mut shown: mpsc::Receiver<Shown>, console: &Console, nobody_reads: &Notify) {
    while let Some(next) = shown.blocking_recv() {
        console.write(next.text.as_bytes());
        if console.is_closed() {
            nobody_reads.notify_one();
        }
    }
}

fn say_all(said: &Receiver<Said>, console: &Console) {
    for said in said {
        match said {
            Said::Line(line) => console.say(&line),
            Said::Note(text) => console.note(text),
        }
    }
}

/// A refused delivery that waits to be explained.
struct Refused {
    label: String,
    delivery: Delivery,
    scheme: Scheme,
    secret: Secret,
    others: Vec<(String, Secret)>,
}

fn explain_all(refused: &Receiver<Refused>, console: &Console, show: Show, hurry: &AtomicBool) {
    let is_late = || hurry.load(Ordering::Relaxed);
    for refused in refused.iter().take_while(|_| !is_late()) {
        let value = refused.delivery.headers.text(&refused.scheme.header).unwrap_or_default();
        let question = Question {
            scheme: &refused.scheme,
            secret: &refused.secret,
            others: &refused.others,
            delivery: &refused.delivery,
            value,
            depth: 2,
        };
        let begun = Instant::now();
        let explanation = explain::explain(&question, || begun.elapsed() < PATIENCE && !is_late());
        // Lines of JSON are for machines: there the explanation is talk.
        let paint = if show == Show::Json { console.err } else { console.out };
        let mut lines = vec![format!("  why {} was refused:", paint.remote(&refused.label, Lines::Escape))];
        lines.extend(report::explanation_human(&explanation, paint));
        match show {
            Show::Json => console.say(&lines.join("\n")),
            _ => console.report(&lines.join("\n")),
        }
    }
}

/// What is shown of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// It is only counted.
    Nothing,
    /// Lines for the eye.
    Human(Detail),
    /// A line of JSON.
    Json,
}

/// Text that waits to be written, and the room that its body takes until then.
pub(super) struct Shown {
    pub(super) text: String,
    _permit: Permit,
}

/// What happens to each delivery: looked at, counted, shown, answered.
pub(super) struct Handling {
    inspector: Rc<Inspector>,
    show: Show,
    paint: Paint,
    count: Option<u64>,
    out: mpsc::Sender<Shown>,
    /// Who explains what is refused, where that is wanted.
    explainer: Option<SyncSender<Refused>>,
    /// How many there were of each verdict.
    pub(super) seen: Rc<RefCell<Vec<(Verdict, usize)>>>,
    /// Told when the wanted number has come.
    enough: Rc<Notify>,
}

impl Handling {
    pub(super) fn new(
        inspector: Inspector,
        show: Show,
        paint: Paint,
        count: Option<u64>,
    ) -> (Self, mpsc::Receiver<Shown>) {
        let (out, shown) = mpsc::channel(WAITING);
        let handling = Self {
            inspector: Rc::new(inspector),
            show,
            paint,
            count,
            out,
            explainer: None,
            seen: Rc::default(),
            enough: Rc::new(Notify::new()),
        };
        (handling, shown)
    }

    /// The handler for the server; the channel closes with the last of its clones.
    pub(super) fn handler(&self) -> impl Fn(Capture, Permit) -> HandlerFuture + 'static {
        let (inspector, seen, enough) = (self.inspector.clone(), self.seen.clone(), self.enough.clone());
        let (show, paint, count, out) = (self.show, self.paint, self.count, self.out.clone());
        let explainer = self.explainer.clone();
        move |capture, permit| {
            let inspected = inspector.inspect(&capture.delivery.headers, &capture.delivery.body);
            let status = inspected.status;
            let total = tally(&mut seen.borrow_mut(), inspected.judgement.verdict);
            let headers = signature::shown(&capture.delivery.headers, inspected.scheme.as_ref(), &inspector.keyring);
            let caught = Caught { capture: &capture, headers: &headers, inspected: &inspected };
            let text = match show {
                Show::Nothing => None,
                Show::Human(detail) => Some(report::caught_human(&caught, detail, paint).join("\n") + "\n"),
                Show::Json => Some(report::caught_json(&caught) + "\n"),
            };
            let refused = if explainer.is_some() && show != Show::Nothing {
                refused(&capture, &inspected, &inspector.keyring)
            } else {
                None
            };
            let (out, enough, explainer) = (out.clone(), enough.clone(), explainer.clone());
            Box::pin(async move {
                if let Some(text) = text {
                    // A printer that is gone has nobody to print for.
                    let _ = out.send(Shown { text, _permit: permit }).await;
                }
                if let (Some(explainer), Some(refused)) = (explainer, refused) {
                    // The one at work goes on; what comes meanwhile is not explained.
                    let _ = explainer.try_send(refused);
                }
                if count.is_some_and(|count| total >= count) {
                    enough.notify_one();
                }
                Reply { status, text: reply(status).to_string() }
            })
        }
    }
}

type HandlerFuture = std::pin::Pin<Box<dyn Future<Output = Reply>>>;

/// What the explainer needs, where a delivery is worth it.
fn refused(capture: &Capture, inspected: &Inspected<'_>, keyring: &Keyring) -> Option<Refused> {
    let provider = inspected.identified.provider?;
    let is_wanted = inspected.judgement.verdict == Verdict::Invalid && capture.delivery.body.len() <= EXPLAINED;
    is_wanted.then_some(())?;
    Some(Refused {
        label: inspected.identified.label(),
        delivery: capture.delivery.clone(),
        scheme: inspected.scheme.clone()?,
        secret: keyring.of(&provider.id)?.clone(),
        others: keyring.others(&provider.id),
    })
}

fn tally(seen: &mut Vec<(Verdict, usize)>, verdict: Verdict) -> u64 {
    match seen.iter_mut().find(|(known, _)| *known == verdict) {
        Some((_, count)) => *count += 1,
        None => seen.push((verdict, 1)),
    }
    seen.iter().map(|(_, count)| *count as u64).sum()
}

/// The sender learns that it was refused, and never why.
fn reply(status: u16) -> &'static str {
    if status == 200 { "ok\n" } else { "refused\n" }
}
