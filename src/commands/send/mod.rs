//! `send`: deliveries fired at a receiver, and the answer judged.

mod course;
mod faulty;
mod retrying;
mod showing;
mod staging;
mod steps;
mod volume;
mod watched;
mod weather;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use reqwest::Url;
use tokio::sync::oneshot;

use super::connection::ConnectionArgs;
use super::context::Context;
use super::destination::{self, Aim, Destination};
use super::handling::{Handling, Show, default_limits, runtime};
use super::input::{self, HeaderArgs};
use super::making::{MakeArgs, Maker, Source};
use super::picking::{self, Offers};
use super::project::Used;
use super::secrets::SecretArgs;
use super::trust::{self, Cleared};
use super::{settings, stories};
use crate::catalog::{Catalog, Event};
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::{Guard, Inspector};
use crate::report::Detail;
use crate::signature::Tolerance;
use crate::story::{Expectation, JUDGED};
use crate::target;
use crate::transport::{self, SendOptions};
use course::Course;
use retrying::RetryArgs;
use staging::Step;
use volume::VolumeArgs;
use weather::WeatherArgs;

pub(super) use showing::redacted;
pub(super) use steps::rehearse;
pub(super) use watched::{Stories, watched};

/// The arguments of `send`.
#[derive(Clone, Debug, Args)]
pub struct SendArgs {
    /// Events and stories: superfolio/form.submitted, form.submitted, 'superfolio/*', superfolio, @hot-lead, story.toml
    #[arg(value_name = "EVENT|STORY")]
    events: Vec<String>,
    /// Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml, or self for a receiver of its own;
    /// otherwise `HOOKPROOF_TARGET`, or the default of hookproof.toml
    #[arg(short, long, value_name = "URL|NAME")]
    to: Option<String>,
    /// Your own bytes for the body, signed and sent untouched; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "set", "set-string", "unset", "before", "after"])]
    body: Option<PathBuf>,
    /// How long an answer may take: otherwise as `HOOKPROOF_TIMEOUT` or hookproof.toml says, or 10s
    #[arg(long, value_name = "TIME", value_parser = input::time_limit)]
    timeout: Option<Duration>,
    /// How long to wait between deliveries
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = input::pause)]
    delay: Duration,
    /// Sends a case of `check` instead, and judges the answer as it does: tampered, no-signature and so on
    #[arg(long, value_name = "CASE", conflicts_with_all = ["dry_run", "retry"])]
    fault: Option<String>,
    /// Goes on after a delivery that failed
    #[arg(short, long)]
    keep_going: bool,
    /// Makes and shows the deliveries, and sends none
    #[arg(long)]
    dry_run: bool,
    /// Shows requests and answers in full, of --to self too
    #[arg(short, long, visible_alias = "full")]
    verbose: bool,
    /// One line of JSON for each delivery, or for all of --count and --for
    #[arg(long)]
    json: bool,
    // These have no heading of their own, so they come before those that have.
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    volume: VolumeArgs,
    #[command(flatten)]
    retry: RetryArgs,
    #[command(flatten)]
    weather: WeatherArgs,
    #[command(flatten)]
    make: MakeArgs,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs `send`.
pub fn run(args: &SendArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = Arc::new(context.catalog_untold()?);
    let args = &settled(args, context, &catalog)?;
    let source = match &args.body {
        None => Source::Sample,
        Some(path) => Source::Own(input::read(path)?),
    };
    let steps = steps::steps(args, context, &catalog)?;
    let Prepared { url, options, mut maker } = prepare(args, context, &catalog, &steps, source, Aim::Send)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        match url {
            Some(url) => fire(args, context, &catalog, &steps, &mut maker, (&url, &options)).await,
            None => to_self(args, context, &catalog, &steps, &mut maker, &options).await,
        }
    })
}

/// What has to be there before anything goes out.
struct Prepared {
    /// The address; nothing for a receiver of our own.
    url: Option<Url>,
    options: SendOptions,
    maker: Maker,
}

/// Finds out where deliveries go, by what settings and with whose secrets, and tells it.
fn prepare(
    args: &SendArgs,
    context: &Context,
    catalog: &Catalog,
    steps: &[Step<'_>],
    source: Source,
    aim: Aim,
) -> Result<Prepared, Error> {
    let to = destination::destination(context, args.to.as_deref(), aim)?;
    let Destination { url, target, .. } = &to;
    url.as_ref().map_or(Ok(()), |url| args.volume.check(url))?;
    let timeout = settings::timeout(context, args.timeout)?;
    if let Some(project) = context.project()? {
        let timeout = timeout.is_of_file();
        let stories = stories::are_of_project(context, &args.events)?;
        let used = Used { target: target.as_ref(), headers: true, timeout, stories, check: false };
        project.tell_used(context, &used);
    }
    context.tell_picked(aim.command());
    let headers = settings::headers(context, &args.headers, target.as_ref())?;
    let secrets = match target {
        Some(target) => args.secrets.or_of(target, context, catalog)?,
        None => args.secrets.clone(),
    };
    let cleared =
        if args.dry_run { Cleared::without_delivery(url.as_ref()) } else { trust::clear(context, &to, &secrets)? };
    // A step of a story may allow more time than the rest, and want to see all of an answer.
    let expected = || steps.iter().filter_map(|step| step.scene.as_ref()?.step.expect.as_ref());
    let allowed = expected().filter_map(|expected| expected.within).fold(timeout.value, Duration::max);
    let mut options = args.connection.options(&cleared, allowed, context)?;
    if expected().any(Expectation::reads_body) {
        options.kept = JUDGED + 1;
    }
    let events: Vec<Event<'_>> = steps.iter().map(|step| step.event.clone()).collect();
    let mut maker = args.make.maker(context, catalog, &events, &secrets, &headers, source)?;
    if args.dry_run {
        maker.stop_clock();
    }
    Ok(Prepared { url: to.url, options, maker })
}

/// Sends to an address: one delivery after the other, or a load.
async fn fire(
    args: &SendArgs,
    context: &Context,
    catalog: &Catalog,
    steps: &[Step<'_>],
    maker: &mut Maker,
    (url, options): (&Url, &SendOptions),
) -> Result<Exit, Error> {
    if args.volume.is_wanted() {
        return volume::fire(args, context, maker, steps, url, options).await;
    }
    Course::new(args, context, catalog, maker, url, options)?.run(steps).await
}

/// The arguments with an event that a person picked, where they name none, and whose time limit holds.
fn settled(args: &SendArgs, context: &Context, catalog: &Catalog) -> Result<SendArgs, Error> {
    let mut args = args.clone();
    if args.events.is_empty() {
        args.events.push(picking::event(context, catalog, ("send", args.to.as_deref()), Offers::Stories)?);
    }
    if args.weather.is_of_chance()
        && let Some(seed) = args.make.sow()?
    {
        context.console.say(&format!("--seed {seed} does the same again"));
    }
    args.retry.has_own_limit = !settings::timeout(context, args.timeout)?.is_default();
    Ok(args)
}

/// Delivers to a receiver of our own on a free port, and shows both sides.
async fn to_self(
    args: &SendArgs,
    context: &Context,
    catalog: &Arc<Catalog>,
    steps: &[Step<'_>],
    maker: &mut Maker,
    options: &SendOptions,
) -> Result<Exit, Error> {
    if maker.make_up_secrets(steps.iter().map(|step| &step.event))? {
        context.console.note("no secret is given, so a made-up one signs and verifies");
    }
    let providers: Vec<&str> = steps.iter().map(|step| step.event.provider.family()).collect();
    let inspector = Inspector {
        catalog: catalog.clone(),
        only: None,
        keyring: maker.keyring.only(&providers),
        guard: Guard::Off,
        choice: maker.choice().clone(),
        public_url: None,
        tolerance: Tolerance::Off,
    }
    .for_good();
    let bound = transport::bind(None, 0).await?;
    let url = target::parse(&format!("http://{}/", bound.addresses[0]))?;
    let show = match (args.json || args.volume.is_wanted(), args.verbose) {
        (true, _) => Show::Nothing,
        (false, true) => Show::Human(Detail::Full),
        (false, false) => Show::Human(Detail::Folded),
    };
    let console = &context.console;
    let (handling, mut shown) = Handling::new(inspector, show, console.out, None);
    let (stop, stopped) = oneshot::channel::<()>();
    let receiving = transport::serve(bound, default_limits(), handling.look(), handling.handler(), async {
        let _ = stopped.await;
    });
    let printer = async {
        while let Some(text) = shown.recv().await {
            console.report_block(&text.text);
        }
    };
    let sender = async {
        let result = fire(args, context, catalog, steps, maker, (&url, options)).await;
        drop(stop);
        result
    };
    drop(handling);
    let (served, (), result) = tokio::join!(receiving, printer, sender);
    served?;
    result
}
