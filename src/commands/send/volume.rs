//! `send --count` and `--for`: a load of deliveries, each made and signed when it goes out, and the answers counted.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use clap::{ArgGroup, Args};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reqwest::Url;

use super::SendArgs;
use super::staging::Step;
use crate::catalog::Event;
use crate::commands::context::Context;
use crate::commands::input;
use crate::commands::making::Maker;
use crate::commands::press::Press;
use crate::commands::signals::interrupted;
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{self, Load};
use crate::tally::Tally;
use crate::target;
use crate::transport::{Ended, Gun, Rate, SendError, SendOptions, Volley, volley};

/// Where no terminal shows a bar, a line tells this often how far it has come.
const LINE: Duration = Duration::from_secs(10);
/// A bar moves this often.
const MOVE: Duration = Duration::from_millis(100);

/// How many deliveries, and how fast.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Volume", group = ArgGroup::new("volume").args(["count", "time"]).multiple(true))]
pub(super) struct VolumeArgs {
    /// Sends so many deliveries, of the events in turn, each signed afresh
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ONE_BY_ONE)]
    count: Option<u64>,
    /// Sends for so long
    #[arg(long = "for", value_name = "TIME", value_parser = input::time_limit, conflicts_with_all = ONE_BY_ONE)]
    time: Option<Duration>,
    /// So many in a time, like 200/s or 90/m; otherwise as fast as can be
    #[arg(long, value_name = "N/s", requires = "volume")]
    rate: Option<Rate>,
    /// How many are under way at once, at most
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = concurrency, requires = "volume")]
    concurrency: usize,
    /// Sends them to a public address too
    #[arg(long, requires = "volume")]
    yes: bool,
}

/// What is about single deliveries.
const ONE_BY_ONE: [&str; 8] = ["fault", "verbose", "delay", "dry_run", "retry", "shuffle", "duplicate", "drop"];

/// Descriptors that are no connections.
const SPARE: u64 = 32;
/// More connections than a port range has are none.
const MOST: usize = 50_000;

fn concurrency(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| format!("`{text}` is no number from 1 to {MOST}"))
}

impl VolumeArgs {
    /// No load.
    pub(super) fn none() -> Self {
        Self { count: None, time: None, rate: None, concurrency: 1, yes: false }
    }

    /// Whether a load is wanted, and not one delivery of each event.
    pub(super) fn is_wanted(&self) -> bool {
        self.count.is_some() || self.time.is_some()
    }

    /// Whether so many are wanted.
    pub(super) fn counts(&self) -> bool {
        self.count.is_some()
    }

    /// A load goes to a public address only where the user says so once more.
    pub(super) fn check(&self, url: &Url) -> Result<(), Error> {
        if !self.is_wanted() || self.yes || !target::is_public(url) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        Err(Error::usage(
            format!("{host} is a public address, and a load may be taken for an attack"),
            "--yes sends it all the same; send it only to what is yours",
        ))
    }

    /// Every connection takes a descriptor, of which the system allows many only where it is asked.
    fn make_room(&self) -> Result<(), Error> {
        let wanted = u64::try_from(self.concurrency).unwrap_or(u64::MAX).min(self.count.unwrap_or(u64::MAX)) + SPARE;
        match rlimit::increase_nofile_limit(wanted) {
            Ok(allowed) if allowed < wanted => Err(Error::usage(
                format!(
                    "--concurrency {} takes {wanted} open files, and the system allows {allowed}",
                    self.concurrency
                ),
                "`ulimit -n` tells and changes that; or name a smaller number",
            )),
            _ => Ok(()),
        }
    }

    fn volley(&self) -> Volley {
        Volley { count: self.count, time: self.time, rate: self.rate, concurrency: self.concurrency }
    }
}

/// Sends a load and reports what came of it.
pub(super) async fn fire(
    args: &SendArgs,
    context: &Context,
    maker: &mut Maker,
    steps: &[Step<'_>],
    url: &Url,
    options: &SendOptions,
) -> Result<Exit, Error> {
    args.volume.make_room()?;
    let events: Vec<Event<'_>> = steps.iter().map(|step| step.event.clone()).collect();
    maker.gather_secrets(context, events.iter())?;
    let shown = maker.keyring.redact(target::shown(url).as_bytes());
    let shown = String::from_utf8_lossy(&shown).into_owned();
    let press = Press::new(context, maker, &events, &shown, url)?;
    let run = Run::new(&context.console, &args.volume, press);
    let is_plain = url.scheme() == "http" && !args.connection.may_proxy(url, context);
    let gun = if is_plain { Gun::plain(url, options).await } else { Gun::client(url, options) };
    let ended = match gun {
        Ok(gun) => run.to_the_end(&gun).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(end) => Ok(run.report(args, context, &shown, end)),
        // Whoever reads the report reads it of a receiver that is not there too.
        Err(Error::Send(error)) if args.json && !matches!(error, SendError::Options(_)) => {
            run.lose_first(&error);
            run.report(args, context, &shown, End::Itself(Ended::Unreachable));
            Err(error.into())
        }
        Err(error) => Err(error),
    }
}

/// A load that is under way.
struct Run<'c, 'm> {
    volley: Volley,
    press: Press<'c, 'm>,
    tally: RefCell<Tally>,
    /// Deliveries that were made.
    begun: Cell<u64>,
    since: Instant,
    bar: ProgressBar,
    console: Console,
}

/// How a load ended.
#[derive(Clone, Copy)]
enum End {
    Itself(Ended),
    Signal(Exit),
}

impl<'c, 'm> Run<'c, 'm> {
    fn new(console: &Console, args: &VolumeArgs, press: Press<'c, 'm>) -> Self {
        Self {
            volley: args.volley(),
            press,
            tally: RefCell::default(),
            begun: Cell::new(0),
            since: Instant::now(),
            bar: bar(console, args),
            console: console.clone(),
        }
    }

    async fn to_the_end(&self, gun: &Gun) -> Result<End, Error> {
        let make = |index| {
            self.begun.set(self.begun.get() + 1);
            self.press.delivery(index)
        };
        let tell = |hit: crate::transport::Hit| {
            let mut tally = self.tally.borrow_mut();
            match &hit.came {
                Ok(reply) => {
                    let is_success = self.press.event(hit.index).provider.accepts(reply.status);
                    tally.answered(reply.status, is_success, &reply.first[..], hit.latency);
                    if let Some(refusal) = reply.refusal {
                        tally.refused_before_handler(refusal, is_success);
                    }
                }
                Err(error) => tally.failed(error),
            }
            if hit.is_again {
                tally.sent_again();
            }
        };
        let ended = tokio::select! {
            ended = volley(gun, &self.volley, make, tell) => ended.map(End::Itself),
            signal = interrupted() => Ok(End::Signal(signal)),
            () = self.tell_progress() => unreachable!("it goes on until it is dropped"),
        };
        self.bar.finish_and_clear();
        ended
    }

    /// Counts the first delivery as one that nobody was there for.
    fn lose_first(&self, error: &SendError) {
        self.begun.set(self.begun.get().max(1));
        self.tally.borrow_mut().failed(error);
    }

    async fn tell_progress(&self) {
        let is_shown = !self.bar.is_hidden();
        let mut ticks = tokio::time::interval(if is_shown { MOVE } else { LINE });
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let elapsed = self.since.elapsed();
            let told = report::volume_progress(&self.tally.borrow(), elapsed);
            if is_shown {
                let done = if self.volley.count.is_some() { self.tally.borrow().all() } else { millis(elapsed) };
                self.bar.set_position(done);
                self.bar.set_message(self.console.err.line(&told));
            } else {
                self.console.say(&told);
            }
        }
    }

    fn report(&self, args: &SendArgs, context: &Context, target: &str, end: End) -> Exit {
        let mut tally = self.tally.borrow_mut();
        tally.redact(|text| self.press.redacted(text));
        let elapsed = self.since.elapsed();
        let (word, signal) = match end {
            End::Itself(Ended::Count) => ("count", Exit::Success),
            End::Itself(Ended::Time) => ("time", Exit::Success),
            End::Itself(Ended::Unreachable) => ("unreachable", Exit::Untestable),
            End::Signal(Exit::HungUp) => ("hung-up", Exit::HungUp),
            End::Signal(Exit::Terminated) => ("terminated", Exit::Terminated),
            End::Signal(signal) => ("interrupted", signal),
        };
        let labels: Vec<String> = self.press.events().map(|event| super::showing::label(args, event)).collect();
        let rate = self.volley.rate;
        let load = Load {
            target,
            events: &labels,
            tally: &tally,
            elapsed,
            ended: word,
            under_way: self.begun.get() - tally.all(),
            count: self.volley.count,
            due: rate.zip(self.volley.time).map(|(rate, time)| rate.due(time.min(elapsed)).saturating_sub(1)),
            rate: rate.map(Rate::per_second),
            concurrency: self.volley.concurrency,
        };
        let kept_up = if load.fell_short() { Exit::Failed } else { Exit::Success };
        let exit = tally.exit().with(signal).with(kept_up);
        if args.json {
            context.console.print(&report::volume_json(&load, exit));
        } else {
            context.console.report_lines(report::volume_lines(&load, context.console.out));
        }
        exit
    }
}

/// What shows on a terminal how far a load has come; hidden where nobody looks on, or nothing is to be said.
fn bar(console: &Console, args: &VolumeArgs) -> ProgressBar {
    let length = args.count.unwrap_or_else(|| args.time.map_or(0, millis));
    let target = if console.is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    match ProgressStyle::with_template("{bar:20} {wide_msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
