//! `listen`: deliveries caught, verified and shown.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc};

use super::context::Context;
use super::input;
use super::secrets::SecretArgs;
use super::signals::interrupted;
use crate::catalog::Scheme;
use crate::console::{Console, Paint};
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{self, Question};
use crate::inspect::{Inspected, Inspector};
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
    let keyring = args.secrets.keyring(context, &catalog)?;
    let inspector = Inspector { catalog: Rc::new(catalog), only: args.provider.clone(), keyring, choice };
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
    let seen = handling.seen.clone();
    let nobody_reads = Arc::new(Notify::new());
    let console = &context.console;
    std::thread::scope(|scope| {
        // A terminal that is held with Ctrl-S must not keep senders waiting.
        scope.spawn({
            let nobody_reads = nobody_reads.clone();
            move || print_all(shown, console, &nobody_reads)
        });
        // One search at a time, off the way of the answers; the sender never sees it.
        scope.spawn(move || explain_all(&to_explain, console, show));
        runtime()?.block_on(serve(args, console, handling, limits, &nobody_reads))
    })?;
    console.say(&report::listen_summary(&seen.borrow()));
    Ok(Exit::Success)
}

async fn serve(
    args: &ListenArgs,
    console: &Console,
    handling: Handling,
    limits: Limits,
    nobody_reads: &Notify,
) -> Result<(), Error> {
    let bound = transport::bind(args.host.as_deref(), args.port).await?;
    announce(console, &bound, args);
    let enough = handling.enough.clone();
    let time = args.duration.unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
    let stop = async {
        tokio::select! {
            _ = interrupted() => {}
            () = enough.notified() => {}
            () = nobody_reads.notified() => {}
            () = tokio::time::sleep(time) => {}
        }
    };
    transport::serve(bound, limits, handling.handler(), stop).await;
    Ok(())
}

fn announce(console: &Console, bound: &Bound, args: &ListenArgs) {
    let urls: Vec<String> = bound.addresses.iter().map(|address| format!("http://{address}")).collect();
    let ends = match (args.count, args.duration) {
        (None, None) => "; Ctrl-C ends it",
        _ => "",
    };
    console.say(&format!("Listening on {}{ends}", words::list(&urls, "and")));
    if bound.addresses.iter().any(|address| !address.ip().is_loopback()) {
        console.note("other machines can reach this listener");
    }
}

fn print_all(mut shown: mpsc::Receiver<Shown>, console: &Console, nobody_reads: &Notify) {
    while let Some(next) = shown.blocking_recv() {
        console.write(next.text.as_bytes());
        if console.is_closed() {
            nobody_reads.notify_one();
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

fn explain_all(refused: &Receiver<Refused>, console: &Console, show: Show) {
    for refused in refused {
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
        let explanation = explain::explain(&question, || begun.elapsed() < PATIENCE);
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
