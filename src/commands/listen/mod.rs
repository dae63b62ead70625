//! `listen`: deliveries caught, verified and shown.

mod expecting;
mod forwarding;
mod keeping;
mod limit;
mod ready;
mod responding;
mod threads;
mod watch;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use clap::Args;
use tokio::sync::Notify;

use super::context::Context;
use super::handling::{GRACE, Handling, Show, default_limits, runtime};
use super::input;
use super::secrets::{self, SecretArgs};
use super::signals::Signals;
use super::trust;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::{Guard, Inspector, SchemeChoice};
use crate::report::{self, Detail};
use crate::signature::Tolerance;
use crate::transport::{self, Bound, Hooks, Limits, Protocol, Refused};
use crate::words;
use expecting::{ExpectArgs, Waiting};
use forwarding::{ForwardArgs, Forwarding, Queue, Setting};
use keeping::{Keeper, KeepingArgs};
use limit::{Cause, foreign_line, refusal_line};
use ready::ReadyArgs;
use responding::{RespondArgs, Responding};
use threads::{Said, Talk, Threads};
use watch::{Drift, Watch, WatchArgs};

/// The arguments of `listen`.
#[derive(Clone, Debug, Args)]
pub struct ListenArgs {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4400)]
    port: u16,
    /// The address to listen on, in place of both loopback ones
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Whose deliveries come; otherwise each is recognised by its headers and body
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// One line each
    #[arg(long, conflicts_with_all = ["full", "json"])]
    compact: bool,
    /// Long bodies in full
    #[arg(long, conflicts_with = "json")]
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
    /// The address that the provider was told, without the path, for schemes that sign it
    #[arg(long, value_name = "URL", value_parser = input::public_address)]
    public_url: Option<String>,
    /// How old a timestamp may be; otherwise as the provider has it
    #[arg(long, value_name = "TIME|off", value_parser = input::tolerance)]
    tolerance: Option<Tolerance>,
    #[command(flatten)]
    keeping: KeepingArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    ready: ReadyArgs,
    #[command(flatten)]
    expect: ExpectArgs,
    #[command(flatten)]
    respond: RespondArgs,
    #[command(flatten)]
    forward: ForwardArgs,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// Runs `listen`.
pub fn run(args: &ListenArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
    let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let choice = args.secrets.choice(only.as_slice())?;
    if only.is_none() {
        check_mode(&catalog, &choice)?;
    }
    trust::before_listening(context, args.host.as_deref(), args.public_url.as_deref())?;
    let keyring = args.secrets.keyring(context, &catalog)?;
    secrets::refuse_unusable(&keyring, only)?;
    let waiting = Waiting::new(&args.expect, &catalog, only)?;
    let responding = Responding::new(&args.respond, &catalog, only)?;
    args.forward.check()?;
    args.ready.clear()?;
    let inspector = Inspector {
        catalog: Arc::new(catalog),
        only: args.provider.clone(),
        keyring,
        guard: if args.forward.is_given() { Guard::Full } else { Guard::On },
        choice,
        public_url: args.public_url.clone(),
        tolerance: args.tolerance.unwrap_or_default(),
    }
    .for_good();
    let show = match () {
        () if args.json => Show::Json,
        () if context.console.is_quiet() => Show::Nothing,
        () if args.compact => Show::Human(Detail::Compact),
        () if args.full => Show::Human(Detail::Full),
        () => Show::Human(Detail::Folded),
    };
    let limits =
        Limits { max_body: args.max_body, stall: args.timeout, grace: args.forward.grace(), ..default_limits() };
    let journal = context.journal(args.keeping.journal.as_deref())?;
    let (mut handling, shown) = Handling::new(inspector, show, context.console.out, args.count);
    let (refused, to_explain) = sync_channel(1);
    handling.explainer = Some(refused);
    handling.enough = waiting.enough.clone();
    let mut onward = None;
    if args.forward.is_given() {
        let setting = Setting { context, secrets: &args.secrets, inspector, show };
        let forwarding = Forwarding::new(&args.forward, setting)?;
        let (desk, queue) = forwarding.open(handling.printer());
        handling.onward = Some(desk);
        onward = Some((forwarding, queue));
    }
    let forwarding = onward.as_ref().map(|(forwarding, _)| forwarding.clone());
    let drift = if show == Show::Nothing { Drift::Unseen } else { Drift::Shown };
    let watch = Rc::new(Watch::new(&args.watch, drift, waiting, responding));
    let noticing = watch.clone();
    handling.notice = Rc::new(move |capture, inspected| noticing.notice(capture, inspected));
    let threads = Threads::start(&context.console, shown, to_explain, show);
    let runtime = runtime()?;
    let result = runtime.block_on(serve(args, journal.as_deref(), handling, onward, &watch, limits, threads));
    // A look-up of a name may still be under way.
    runtime.shutdown_background();
    result?;
    Ok(forwarding.map_or(Exit::Success, |forwarding| forwarding.exit()).with(watch.exit()))
}

/// Where deliveries go on to, and what waits to.
type Onward = Option<(Rc<Forwarding>, Queue)>;

/// How it ends.
#[derive(Default)]
struct Ending {
    /// Takes nothing more.
    stop: Notify,
    /// Waits for nothing more.
    hasten: Notify,
    /// Whether the user said so.
    is_signal: Cell<bool>,
    /// Told when it has begun, and when the user says so later.
    begun: Notify,
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

async fn serve(
    args: &ListenArgs,
    journal: Option<&Path>,
    handling: Handling,
    onward: Onward,
    watch: &Watch,
    limits: Limits,
    threads: Threads,
) -> Result<(), Error> {
    // Who is told the address may send a signal at once.
    let mut signals = Signals::minded();
    let bound = tokio::select! {
        bound = transport::bind(args.host.as_deref(), args.port) => bound?,
        _ = signals.next() => return Ok(()),
    };
    if let Some((forwarding, _)) = &onward {
        forwarding.refuse_loops(&bound.addresses).await?;
    }
    if let Some(path) = journal {
        watch.keep_in(Keeper::open(path, &args.keeping, handling.inspector, threads.talk.clone())?);
    }
    let urls: Vec<String> = bound.addresses.iter().map(|address| format!("http://{address}")).collect();
    args.ready.write(&urls)?;
    if args.json {
        handling.say_first(&report::ready_json(&urls));
        watch.responding.keep_room(&handling);
        watch.waiting.keep_room(&handling);
    }
    announce(&threads.talk, &bound.addresses, &urls, journal, args);
    watch.responding.announce(&threads.talk);
    let stopping = handling.stopping.clone();
    if let Some((forwarding, _)) = &onward {
        forwarding.introduce(&threads.talk);
    }
    let (enough, nobody_reads) = (handling.enough.clone(), threads.nobody_reads.clone());
    let time =
        args.duration.into_iter().chain(args.expect.within).min().unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
    let ending = Ending::default();
    let mut all = pin!(serve_to_the_end(bound, handling, onward, watch, limits, threads, &ending));
    let is_signal = tokio::select! {
        ended = &mut all => return ended,
        _ = signals.next() => true,
        () = enough.notified() => false,
        () = nobody_reads.notified(), if !watch.waiting.is_on() => false,
        () = tokio::time::sleep(time) => false,
    };
    ending.is_signal.set(is_signal);
    ending.stop.notify_one();
    ending.begun.notify_one();
    stopping.tell();
    if !is_signal {
        tokio::select! {
            ended = &mut all => return ended,
            _ = signals.next() => {}
        }
        ending.is_signal.set(true);
        ending.begun.notify_one();
    }
    ending.hasten.notify_one();
    tokio::select! {
        ended = all => ended,
        // Whoever asks twice wants no more.
        _ = signals.next() => Ok(()),
    }
}

async fn serve_to_the_end(
    bound: Bound,
    mut handling: Handling,
    onward: Onward,
    watch: &Watch,
    limits: Limits,
    threads: Threads,
    ending: &Ending,
) -> Result<(), Error> {
    let refusals = Rc::new(Cell::new(0));
    let refused = tell_refused(threads.talk.clone(), refusals.clone());
    let talk = threads.talk.clone();
    handling.shaken = Rc::new(move |line| talk.say_within(Cause::Handshake, || Said::Line(line)));
    handling.crowded = refused.clone();
    let limit = threads.talk.limit.clone();
    limit.limit_panics();
    handling.may_explain = Rc::new({
        let limit = limit.clone();
        move || limit.allows(Cause::Explanation)
    });
    let (seen, unexplained) = (handling.seen.clone(), handling.unexplained.clone());
    let (look, handler) = (handling.look(), handling.handler());
    let hooks = Hooks {
        refused: Box::new(move |one| refused(one)),
        foreign: tell_foreign(threads.talk.clone()),
        aside: Box::new(handling.aside()),
    };
    // The channels close with the last who could send.
    drop(handling);
    let (forwarding, queue) = onward.unzip();
    let mut work: Pin<Box<dyn Future<Output = ()>>> = match forwarding.clone().zip(queue) {
        Some((forwarding, queue)) => Box::pin(forwarding.work(queue, threads.talk.clone())),
        None => Box::pin(std::future::pending()),
    };
    // A signal gives answers that are under way a moment; any other end waits for what has gone on.
    let late = async {
        let Some(forwarding) = &forwarding else { return std::future::pending().await };
        ending.begun.notified().await;
        if !ending.is_signal.get() {
            tokio::select! {
                () = forwarding.settled() => {}
                () = ending.begun.notified() => {}
            }
        }
        tokio::time::sleep(GRACE).await;
        forwarding.give_up().await;
    };
    let settled = async {
        watch.waiting.ended().await;
        if let Some(forwarding) = &forwarding {
            forwarding.settled().await;
        }
    };
    let serving = bound.serve(limits, look, handler, hooks, ending.stop.notified());
    tokio::select! {
        served = serving => served?,
        () = limit.tell_the_rest(&threads.talk) => {}
        () = settled => {}
        () = late => {}
        () = &mut work => {}
    }
    watch.responding.tell(&threads.talk);
    if let Some(forwarding) = &forwarding {
        forwarding.finish(&mut work, ending.is_signal.get(), &ending.hasten).await;
    }
    // It holds a way to the printer.
    drop(work);
    watch.waiting.tell(&threads);
    let mut summary = report::listen_summary(&seen.borrow());
    if let Some(forwarding) = &forwarding {
        summary.push_str(&forwarding.summary());
    }
    summary.push_str(&besides(refusals.get(), watch, unexplained.get()));
    watch.end_keeping();
    threads.end(&ending.hasten, summary).await;
    Ok(())
}

/// Tells of connections that speak another protocol, once of each.
fn tell_foreign(talk: Talk) -> Box<dyn Fn(Protocol, SocketAddr)> {
    let told = RefCell::new(Vec::new());
    Box::new(move |protocol, peer| {
        let mut told = told.borrow_mut();
        if !told.contains(&protocol) {
            told.push(protocol);
            talk.say(Said::Fault(foreign_line(protocol, peer)));
        }
    })
}

/// Counts requests that are refused, and tells of them.
fn tell_refused(talk: Talk, count: Rc<Cell<usize>>) -> Rc<dyn Fn(Refused)> {
    Rc::new(move |refused| {
        count.set(count.get() + 1);
        talk.say_within(Cause::Refusal, || Said::Line(refusal_line(&refused, talk.paint)));
    })
}

/// What else is to be told at the end.
fn besides(turned_away: usize, watch: &Watch, unexplained: usize) -> String {
    let mut told = String::new();
    if turned_away > 0 {
        let others = words::count(turned_away, "other request", "other requests");
        told.push_str(&format!("; {others} turned away"));
    }
    if watch.unkept() > 0 {
        told.push_str(&format!("; {} could not be kept", watch.unkept()));
    }
    if watch.drifted() > 0 {
        told.push_str(&format!("; {} drifted from the catalog", watch.drifted()));
    }
    if unexplained > 0 {
        let many = words::count(unexplained, "refused delivery was", "refused deliveries were");
        told.push_str(&format!("; {many} not explained, since others came close behind"));
    }
    told
}

fn announce(talk: &Talk, addresses: &[SocketAddr], urls: &[String], journal: Option<&Path>, args: &ListenArgs) {
    let ends = match (args.count, args.duration) {
        (None, None) if !args.expect.is_given() => "; Ctrl-C ends it",
        _ => "",
    };
    let kept = journal.map(|path| format!(", journal {}", path.display())).unwrap_or_default();
    talk.say(Said::Line(format!("Listening on {}{kept}{ends}", words::list(urls, "and"))));
    if addresses.iter().any(|address| !address.ip().is_loopback()) {
        talk.say(Said::Note("other machines can reach this listener"));
    }
}
