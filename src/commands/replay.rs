//! `replay`: captured deliveries sent again, and the answer held against the first.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tokio::time::Instant;

use super::chance;
use super::choosing::{ChooseArgs, Chosen, Kept, PassedOver, label};
use super::connection::ConnectionArgs;
use super::context::Context;
use super::destination::{self, Aim, Destination};
use super::handling::runtime;
use super::input;
use super::project::Used;
use super::secrets::{self, Ask, SecretArgs};
use super::send::redacted;
use super::settings;
use super::signals::interrupted;
use super::way::{Way, accepts};
use crate::catalog::{Catalog, Need, Provider, Scheme};
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::{Cover, Keep};
use crate::message::{Delivery, Headers};
use crate::render::{Randomness, World};
use crate::replay::{self, Change, Credentials, Manner, Plan, Ready, Refusal};
use crate::report::{self, Out, Outcome, Replayed};
use crate::secret::{Keyring, Named};
use crate::signature;
use crate::target;
use crate::transport::SendError;
use crate::words::{self, Lines};

/// A wait that is worth a word.
const LONG_WAIT: Duration = Duration::from_secs(5);
/// The order of so many deliveries is held in memory at most.
const MOST: usize = 10_000_000;
/// Notes about single deliveries that are told.
const TOLD: usize = 10;

/// The arguments of `replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml; its path counts, not the captured one
    #[arg(short, long, value_name = "URL|NAME")]
    to: Option<String>,
    /// Puts a fresh timestamp and signature in; body and delivery id stay
    #[arg(long)]
    re_sign: bool,
    /// Gives it a new delivery id and time too, and signs it afresh
    #[arg(long)]
    fresh: bool,
    /// Whose deliveries they are, where that can't be seen from them
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Sends Authorization, Cookie and other credentials too, which are left out otherwise
    #[arg(long)]
    with_credentials: bool,
    /// Keeps the gaps that lay between the deliveries
    #[arg(long)]
    timing: bool,
    /// With --timing: so many times faster
    #[arg(long, value_name = "FACTOR", default_value = "1", requires = "timing", value_parser = input::factor)]
    speed: f64,
    /// Sends all of them so many times
    #[arg(long, value_name = "N", default_value = "1")]
    repeat: NonZeroUsize,
    /// Sends them in an order of chance
    #[arg(long, conflicts_with = "timing")]
    shuffle: bool,
    /// With --shuffle: the same order each time
    #[arg(long, value_name = "N", requires = "shuffle")]
    seed: Option<u64>,
    /// How long an answer may take: otherwise as `HOOKPROOF_TIMEOUT` or hookproof.toml says, or 10s
    #[arg(long, value_name = "TIME", value_parser = input::time_limit)]
    timeout: Option<Duration>,
    /// Goes on after a delivery that failed
    #[arg(short, long)]
    keep_going: bool,
    /// Shows what would go out, and sends nothing
    #[arg(long)]
    dry_run: bool,
    /// Shows the request and the answer in full
    #[arg(short, long, visible_alias = "full")]
    verbose: bool,
    /// One line of JSON for each delivery
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    choose: ChooseArgs,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

impl ReplayArgs {
    fn manner(&self) -> Manner {
        match (self.fresh, self.re_sign) {
            (true, _) => Manner::Fresh,
            (false, true) => Manner::ReSigned,
            (false, false) => Manner::Exact,
        }
    }

    fn credentials(&self) -> Credentials {
        if self.with_credentials { Credentials::Sent } else { Credentials::LeftOut }
    }
}

/// Runs `replay`.
pub fn run(args: &ReplayArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog_untold()?;
    let named = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let Destination { url, target } = destination::destination(context, args.to.as_deref(), Aim::Replay)?;
    let url = url.ok_or_else(|| destination::no_target(context, Aim::Replay))?;
    let chosen = args.choose.choose_or_pick(context, &catalog)?;
    let timeout = settings::timeout(context, args.timeout)?;
    if let Some(project) = context.project()? {
        let timeout = timeout.is_of_file();
        project.tell_used(context, &Used { target: target.as_ref(), timeout, ..Used::default() });
    }
    context.tell_picked("replay");
    if chosen.len().checked_mul(args.repeat.get()).is_none_or(|all| all > MOST) {
        let message =
            format!("{} of {} are too many", words::count(args.repeat.get(), "round", "rounds"), chosen.len());
        return Err(Error::usage(message, format!("{MOST} deliveries can go out at a time")));
    }
    let mut secrets = args.secrets.clone();
    if let Some(target) = &target {
        secrets = secrets.or_of(target, &catalog)?;
    }
    let way = {
        let options = args.connection.options(Some(&url), timeout.value, context)?;
        Way::new(&url, options, &args.connection, context)?
    };
    let keyring = secrets.keyring(context, &catalog)?;
    let mut random = chance::stream()?;
    let mut player = Player {
        args,
        context,
        catalog: &catalog,
        named,
        secrets: &secrets,
        cover: Cover::new(Keep::Redacted, &catalog, &keyring),
        keyring,
        shown_url: String::new(),
        random: Randomness::from_rng(&mut random),
        way,
    };
    let shown = player.keyring.redact(target::shown(&url).as_bytes());
    player.shown_url = String::from_utf8_lossy(&shown).into_owned();
    let mut passed_over = PassedOver::new(&context.console);
    let usable = player.look_ahead(&chosen, &mut passed_over)?;
    let exit = passed_over.end();
    if usable.places.is_empty() {
        return Ok(exit);
    }
    let order = replay::order(usable.places.len(), args.repeat.get(), shuffle(args, context, &mut random).as_mut());
    let offsets = if args.timing { replay::offsets(&usable.received, args.speed) } else { Vec::new() };
    let outcome = runtime()?.block_on(player.play(&chosen, &usable.places, &order, &offsets))?;
    Ok(exit.with(outcome))
}

/// The randomness of the order; its seed is told, so that it can be had again.
fn shuffle(args: &ReplayArgs, context: &Context, random: &mut Randomness) -> Option<Randomness> {
    if !args.shuffle {
        return None;
    }
    let seed = args.seed.unwrap_or_else(|| {
        let seed = u64::from(random.next_u32());
        context.console.say(&format!("--seed {seed} gives the same order again"));
        seed
    });
    Some(Randomness::seed_from_u64(seed))
}

/// What is done with each delivery.
struct Player<'a> {
    args: &'a ReplayArgs,
    context: &'a Context,
    catalog: &'a Catalog,
    named: Option<&'a Provider>,
    secrets: &'a SecretArgs,
    keyring: Keyring,
    cover: Cover,
    shown_url: String,
    random: Randomness,
    way: Way,
}

/// The deliveries that can go out.
struct Usable {
    /// Which of the chosen ones they are.
    places: Vec<usize>,
    /// When each came.
    received: Vec<Option<Timestamp>>,
}

/// A delivery that can go out, with whose it is.
struct Made<'a> {
    ready: Ready,
    provider: Option<&'a Provider>,
    scheme: Option<Scheme>,
    events: Vec<String>,
    is_signed: bool,
}

impl<'a> Player<'a> {
    /// Makes every delivery ready once, so that none goes out where another needs what was not given, and tells what
    /// there is to know.
    fn look_ahead(&mut self, chosen: &Chosen, passed_over: &mut PassedOver<'_>) -> Result<Usable, Error> {
        let mut usable = Usable { places: Vec::new(), received: Vec::new() };
        let (mut notes, mut left_out) = (BTreeSet::new(), BTreeSet::new());
        for at in 0..chosen.len() {
            let made = chosen.kept(at).and_then(|kept| self.make(&kept).map(|made| (kept, made)));
            let (kept, made) = match made {
                Ok(made) => made,
                Err(error) => {
                    passed_over.take(error, chosen)?;
                    continue;
                }
            };
            usable.places.push(at);
            usable.received.push(kept.capture.received);
            left_out.extend(made.ready.left_out.into_iter().map(|name| name.to_ascii_lowercase()));
            let one = made.ready.notes.into_iter().chain(kept.note).map(|note| format!("{}: {note}", kept.name));
            // Of a thousand notes of a kind the first are enough.
            notes.extend(one.take(TOLD.saturating_sub(notes.len())));
        }
        if !left_out.is_empty() {
            let names: Vec<String> = left_out.into_iter().collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            notes.insert(format!("{} {verb} left out; --with-credentials sends them", words::list(&names, "and")));
        }
        for note in notes {
            self.context.console.note(&words::printable(&note, Lines::Escape));
        }
        Ok(usable)
    }

    /// Makes a delivery ready as it goes out now.
    fn make(&mut self, kept: &Kept) -> Result<Made<'a>, Error> {
        let (args, delivery) = (self.args, &kept.capture.delivery);
        let (provider, events) = kept.whose(self.catalog, self.named);
        if provider.is_none() && args.manner() != Manner::Exact {
            return Err(unknown(kept));
        }
        let mut scheme = None;
        if let Some(provider) = provider {
            let choice = self.secrets.choice(&[provider])?;
            let secrets = self.keyring.all_of(provider.family());
            scheme = choice.of_received(provider, delivery, secrets, true).map(Cow::into_owned);
        }
        let secrets = match (provider, &scheme) {
            (Some(provider), Some(scheme)) => self.wanted_secrets(kept, provider, scheme)?,
            _ => Vec::new(),
        };
        let plan = Plan {
            manner: args.manner(),
            credentials: args.credentials(),
            url: self.way.url.as_str(),
            provider,
            scheme: scheme.as_ref(),
            secrets: &secrets,
            verdict: kept.told.verdict.as_deref(),
        };
        let mut world = World { now: Timestamp::now(), random: Randomness::from_rng(&mut self.random) };
        let mut ready = replay::prepare(delivery, &plan, &mut world)
            .map_err(|refusal| refused(kept, provider, scheme.as_ref(), &refusal))?;
        if args.manner() != Manner::Exact
            && let (Some(provider), None) = (provider, &scheme)
        {
            ready.notes.push(format!("{} documents no signature, so it goes out unsigned", provider.description.name));
        }
        let is_signed = args.manner() != Manner::Exact && !secrets.is_empty();
        Ok(Made { ready, provider, scheme, events, is_signed })
    }

    /// The secrets to sign with, or to put in the place of a token; nothing where none is needed.
    fn wanted_secrets(&mut self, kept: &Kept, provider: &Provider, scheme: &Scheme) -> Result<Vec<Named>, Error> {
        let delivery = &kept.capture.delivery;
        let is_exact = self.args.manner() == Manner::Exact;
        let is_invalid = kept.told.verdict.as_deref() == Some(replay::INVALID);
        if is_exact && (is_invalid || replay::lost_token(Some(scheme), &delivery.headers).is_none()) {
            return Ok(Vec::new());
        }
        let secrets = secrets::signing(self.context, &mut self.keyring, provider, scheme, Ask::Yes)?;
        let is_needed = scheme.secret == Need::Required || signature::is_there(scheme, delivery);
        if secrets.is_empty() && !is_exact && is_needed {
            return Err(secrets::no_secret(provider, false));
        }
        Ok(secrets)
    }

    async fn play(
        &mut self,
        chosen: &Chosen,
        places: &[usize],
        order: &[usize],
        offsets: &[Duration],
    ) -> Result<Exit, Error> {
        let args = self.args;
        let mut ended = pin!(interrupted());
        let mut outcomes = Vec::new();
        let mut exit = Exit::Success;
        let mut begun = Instant::now();
        for (turn, at) in order.iter().enumerate() {
            if turn % places.len() == 0 {
                begun = Instant::now();
            }
            if let Some(offset) = offsets.get(*at).filter(|_| !args.dry_run) {
                let signal = tokio::select! {
                    () = self.wait(begun, *offset) => None,
                    signal = &mut ended => Some(signal),
                };
                if let Some(signal) = signal {
                    exit = exit.with(signal);
                    break;
                }
            }
            let kept = chosen.kept(places[*at])?;
            let made = self.make(&kept)?;
            let mut delivery = made.ready.delivery.clone();
            delivery.target.clone_from(&self.shown_url);
            let headers = self.cover.over(&delivery, made.scheme.as_ref(), &self.keyring).headers.into_owned();
            let replayed = self.replayed(&kept, &made, &delivery, &headers);
            self.show_out(&replayed);
            let outcome = tokio::select! {
                outcome = self.send(&made) => outcome,
                signal = &mut ended => {
                    exit = exit.with(signal);
                    outcomes.push("unanswered");
                    break;
                }
            };
            let outcome = redacted(outcome, &self.keyring);
            let change = change(&made, kept.told.status, &outcome);
            self.show_back(&replayed, &outcome, change);
            exit = exit.with(outcome.exit());
            outcomes.push(change.map_or_else(|| outcome.word(), Change::words));
            if exit != Exit::Success && !args.keep_going {
                break;
            }
        }
        if order.len() > 1 && !args.json {
            let unsent = order.len() - outcomes.len();
            self.context.console.report(&report::sent_summary(&outcomes, unsent));
            if unsent > 0 && matches!(exit, Exit::Failed | Exit::Untestable) {
                self.context.console.say("--keep-going sends the rest all the same");
            }
        }
        Ok(exit)
    }

    async fn wait(&self, begun: Instant, offset: Duration) {
        let left = offset.saturating_sub(begun.elapsed());
        if left >= LONG_WAIT {
            let left = jiff::SignedDuration::try_from(left).unwrap_or(jiff::SignedDuration::MAX);
            self.context.console.say(&format!("the next one goes out in {}", words::span(left)));
        }
        tokio::time::sleep(left).await;
    }

    async fn send(&self, made: &Made<'_>) -> Outcome {
        if self.args.dry_run {
            return Outcome::Dry;
        }
        match self.way.send(&made.ready.delivery).await {
            Ok(answer) => {
                let is_success = accepts(made.provider, answer.status);
                Outcome::Answered(answer, is_success)
            }
            Err(error) => Outcome::Failed(error),
        }
    }

    fn replayed<'r>(
        &self,
        kept: &'r Kept,
        made: &'r Made<'a>,
        delivery: &'r Delivery,
        headers: &'r Headers,
    ) -> Replayed<'r> {
        let event = label(made.provider, &made.events);
        // An exact one is as it was: whether it is signed is seen from it.
        let is_there = |scheme: &&Scheme| made.is_signed || signature::is_there(scheme, delivery);
        let signed_in = made.scheme.as_ref().filter(is_there).map(|scheme| scheme.header.first());
        let provider = made.provider.map(|provider| provider.id.as_str()).unwrap_or_default();
        let family = made.provider.map(Provider::family).unwrap_or_default();
        Replayed {
            out: Out { event, provider, family, delivery, headers, signed_in, fault: None, scene: None, copy: None },
            events: &made.events,
            told: &kept.told,
            received: kept.capture.received,
            manner: self.args.manner(),
        }
    }

    fn show_out(&self, replayed: &Replayed<'_>) {
        if self.args.json {
            return;
        }
        let console = &self.context.console;
        console.report(&report::replayed_out(replayed, console.out));
        if self.args.verbose || self.args.dry_run {
            console.report(&report::request_full(&replayed.out, console.out).join("\n"));
        }
    }

    fn show_back(&self, replayed: &Replayed<'_>, outcome: &Outcome, change: Option<Change>) {
        let console = &self.context.console;
        if self.args.json {
            console.print(&report::replayed_json(replayed, outcome, change));
            return;
        }
        console.report(&report::replayed_lines(replayed, outcome, change, console.out).join("\n"));
        if let Outcome::Answered(answer, _) = outcome
            && self.args.verbose
        {
            console.report(&report::answer_full(answer, console.out).join("\n"));
        }
    }
}

/// What the answer means, held against the first; nothing where either is not known.
fn change(made: &Made<'_>, before: Option<u16>, outcome: &Outcome) -> Option<Change> {
    let is_success = match outcome {
        Outcome::Answered(_, is_success) => *is_success,
        Outcome::Failed(SendError::TimedOut(_) | SendError::Dropped(_)) => false,
        Outcome::Failed(_) | Outcome::Left(_) | Outcome::Dry | Outcome::Judged(..) | Outcome::Lost => return None,
    };
    before.map(|before| Change::between(accepts(made.provider, before), is_success))
}

fn unknown(kept: &Kept) -> Error {
    Error::usage(
        format!("{} can't be signed afresh: whose delivery it is can't be seen from it", kept.name),
        "--provider says so; `hookproof events` lists them",
    )
}

/// The error that says why a delivery can't go out again.
fn refused(kept: &Kept, provider: Option<&Provider>, scheme: Option<&Scheme>, refusal: &Refusal) -> Error {
    let message = words::printable(&format!("{} can't be replayed: {refusal}", kept.name), Lines::Escape);
    match (refusal, provider, scheme) {
        (Refusal::Sign(error), Some(provider), Some(scheme)) => secrets::unsigned(provider, scheme, error),
        (Refusal::Token(_), Some(provider), _) => {
            let place = provider.description.secret.as_ref();
            let variable = place.map_or("HOOKPROOF_SECRET", |place| place.env.as_str());
            Error::usage(message, format!("set {variable}, or give --secret-env NAME or --secret-file FILE"))
        }
        (Refusal::Credential(_), ..) => Error::usage(
            message,
            "`listen --keep-headers` keeps what comes from then on; without --with-credentials it is left out",
        ),
        _ => Error::Untestable { message, hint: None },
    }
}
