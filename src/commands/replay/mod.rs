//! `replay`: captured deliveries sent again, and the answer held against the first.

mod making;
mod player;

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::Args;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::chance;
use super::choosing::{ChooseArgs, PassedOver};
use super::connection::ConnectionArgs;
use super::context::Context;
use super::destination::{self, Aim};
use super::handling::runtime;
use super::input;
use super::project::Used;
use super::secrets::SecretArgs;
use super::settings;
use super::trust::{self, Cleared};
use super::way::Way;
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::{Cover, Keep};
use crate::render::Randomness;
use crate::replay::{self, Credentials, Manner};
use crate::target;
use crate::words;
use player::Player;

/// The order of so many deliveries is held in memory at most.
const MOST: usize = 10_000_000;
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
    let to = destination::destination(context, args.to.as_deref(), Aim::Replay)?;
    let url = to.url.clone().ok_or_else(|| destination::no_target(context, Aim::Replay))?;
    let target = &to.target;
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
    if let Some(target) = target {
        secrets = secrets.or_of(target, context, &catalog)?;
    }
    let way = {
        let cleared = if args.dry_run {
            Cleared::without_delivery(Some(&url))
        } else {
            trust::clear_received(context, &url, target.as_ref())?
        };
        let options = args.connection.options(&cleared, timeout.value, context)?;
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
