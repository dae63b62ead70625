//! `send`: deliveries fired at a receiver, and the answer judged.

use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use reqwest::Url;
use tokio::sync::oneshot;

use super::check::{self, Fired};
use super::context::Context;
use super::handling::{Handling, Show, default_limits, runtime};
use super::input::{self, HeaderArgs};
use super::making::{Made, MakeArgs, Maker, Source};
use super::parts::Parts;
use super::project::{self, Project};
use super::secrets::SecretArgs;
use super::signals::interrupted;
use crate::catalog::{Catalog, Event, Piece};
use crate::conformance::{self, CASES, Planned, Shot};
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::{Guard, Inspector};
use crate::report::{self, Detail, Out, Outcome};
use crate::secret::Keyring;
use crate::signature::{self, Tolerance};
use crate::target;
use crate::transport::{self, SendError, SendOptions, Sender};
use crate::words;

/// The address that means a receiver of our own.
const SELF: &str = "self";

/// The arguments of `send`.
#[derive(Clone, Debug, Args)]
pub struct SendArgs {
    /// Events: superfolio/form.submitted, form.submitted, 'superfolio/*', superfolio
    #[arg(value_name = "EVENT", required = true, hide_possible_values = true, value_parser = super::completions::event_names())]
    events: Vec<String>,
    /// Where to: a URL, 3000/hook, localhost:3000/hook, a target of hookproof.toml, or self for a receiver of its own
    #[arg(short, long, value_name = "URL|NAME")]
    to: Option<String>,
    /// Your own bytes for the body, signed and sent untouched; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "set", "set-string", "unset", "before", "after"])]
    body: Option<PathBuf>,
    /// How long an answer may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = input::time_limit)]
    timeout: Duration,
    /// How long to wait between deliveries
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = input::duration)]
    delay: Duration,
    /// Sends a case of `check` instead, and judges the answer as it does: tampered, no-signature and so on
    #[arg(long, value_name = "CASE", conflicts_with = "dry_run")]
    fault: Option<String>,
    /// Goes on after a delivery that failed
    #[arg(short, long)]
    keep_going: bool,
    /// Makes and shows the deliveries, and sends none
    #[arg(long)]
    dry_run: bool,
    /// Shows the request and the answer in full, and what --to self caught
    #[arg(short, long, visible_alias = "full")]
    verbose: bool,
    /// One line of JSON for each delivery
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    make: MakeArgs,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// How the connection is made.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// Takes any certificate
    #[arg(long)]
    pub(super) insecure: bool,
    /// A further root certificate, as PEM
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
    /// The proxy, in place of the usual variables; loopback is never proxied
    #[arg(long, value_name = "URL")]
    pub(super) proxy: Option<String>,
}

/// Runs `send`.
pub fn run(args: &SendArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = Rc::new(context.catalog()?);
    let source = match &args.body {
        None => Source::Sample,
        Some(path) => Source::Own(input::read(path)?),
    };
    let events = match source {
        Source::Own(_) => carriers(&catalog, args)?,
        _ => args.make.select(&catalog, &args.events)?,
    };
    let to = match &args.to {
        Some(to) => to.as_str(),
        None if context.console.can_ask && context.console.out_is_terminal => SELF,
        None => {
            let names = Project::here().ok().flatten().and_then(|project| project.names());
            let names = names.map(|names| format!("; {names}")).unwrap_or_default();
            return Err(Error::usage(
                "no target is given",
                format!("--to URL says where to; --to self is a receiver of its own{names}"),
            ));
        }
    };
    let (url, target) = match to {
        SELF => (None, None),
        to => project::destination(context, to).map(|(url, target)| (Some(url), target))?,
    };
    let secrets = target.map_or_else(|| Ok(args.secrets.clone()), |target| args.secrets.or_of(&target, &catalog))?;
    if args.connection.proxy.is_none() && url.as_ref().is_some_and(|url| !target::is_loopback(url)) {
        check_proxy_variables(context)?;
    }
    let options = SendOptions {
        timeout: args.timeout,
        insecure: args.connection.insecure,
        cacert: args.connection.cacert.as_deref().map(input::read).transpose()?,
        proxy: args.connection.proxy.clone(),
    };
    let mut maker = args.make.maker(context, &catalog, &events, &secrets, &args.headers, source)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        match url {
            Some(url) => fire(args, context, &catalog, &events, &mut maker, &url, &options).await,
            None => to_self(args, context, &catalog, &events, &mut maker, &options).await,
        }
    })
}

/// The variables that name a proxy.
pub(super) const PROXIES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// A proxy that can't be used must not be passed by without a word.
pub(super) fn check_proxy_variables(context: &Context) -> Result<(), Error> {
    let is_odd = |value: &str| value.split_once("://").is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https"));
    match PROXIES.into_iter().find(|name| (context.var)(name).is_some_and(|value| is_odd(&value))) {
        None => Ok(()),
        Some(name) => Err(Error::usage(
            format!("the proxy of the variable {name} is neither http:// nor https://"),
            "unset it, or give --proxy",
        )),
    }
}

/// For a body of the user's own a provider alone is one delivery, where nothing depends on the event.
fn carriers<'c>(catalog: &'c Catalog, args: &SendArgs) -> Result<Vec<Event<'c>>, Error> {
    let mut events = Vec::new();
    for word in &args.events {
        match catalog.provider(word) {
            None => events.extend(args.make.select(catalog, std::slice::from_ref(word))?),
            Some(provider) => {
                let names_event = |piece: &Piece| *piece == Piece::Name("event".to_string());
                if provider.description.header.values().any(|template| template.0.iter().any(names_event)) {
                    return Err(Error::usage(
                        format!("{} names the event in a header, so --body needs an event", provider.id),
                        format!("name one of `hookproof events {}`", provider.id),
                    ));
                }
                events.extend(provider.events().next());
            }
        }
    }
    Ok(events)
}

/// Delivers to a receiver of our own on a free port, and shows both sides.
async fn to_self(
    args: &SendArgs,
    context: &Context,
    catalog: &Rc<Catalog>,
    events: &[Event<'_>],
    maker: &mut Maker,
    options: &SendOptions,
) -> Result<Exit, Error> {
    if maker.make_up_secrets(events)? {
        context.console.note("no secret is given, so a made-up one signs and verifies");
    }
    let providers: Vec<&str> = events.iter().map(|event| event.provider.family()).collect();
    let inspector = Inspector {
        catalog: catalog.clone(),
        only: None,
        keyring: maker.keyring.only(&providers),
        guard: Guard::Off,
        choice: maker.choice().clone(),
        public_url: None,
        tolerance: Tolerance::Off,
    };
    let bound = transport::bind(None, 0).await?;
    let url = target::parse(&format!("http://{}/", bound.addresses[0]))?;
    let show = match (args.json, args.verbose) {
        (true, _) => Show::Nothing,
        (false, true) => Show::Human(Detail::Full),
        (false, false) => Show::Human(Detail::Folded),
    };
    let console = &context.console;
    let (handling, mut shown) = Handling::new(inspector, show, console.out, None);
    let (stop, stopped) = oneshot::channel::<()>();
    let receiver = transport::serve(bound, default_limits(), handling.handler(), async {
        let _ = stopped.await;
    });
    let printer = async {
        while let Some(text) = shown.recv().await {
            console.report_block(&text.text);
        }
    };
    let sender = async {
        let result = fire(args, context, catalog, events, maker, &url, options).await;
        drop(stop);
        result
    };
    drop(handling);
    let ((), (), result) = tokio::join!(receiver, printer, sender);
    result
}

async fn fire(
    args: &SendArgs,
    context: &Context,
    catalog: &Catalog,
    events: &[Event<'_>],
    maker: &mut Maker,
    url: &Url,
    options: &SendOptions,
) -> Result<Exit, Error> {
    let sender = Sender::new(url, options)?;
    maker.gather_secrets(context, events)?;
    let mut ended = pin!(interrupted());
    // Only shown: where it really goes to is the sender's to know.
    let target = maker.keyring.redact(target::shown(url).as_bytes());
    let target = String::from_utf8_lossy(&target).into_owned();
    let mut outcomes = Vec::new();
    let mut exit = Exit::Success;
    for (index, event) in (0..).zip(events) {
        // The time of a delivery is that of its going out, so it is made after the wait.
        if index > 0 && !args.dry_run {
            let is_over = tokio::select! {
                () = tokio::time::sleep(args.delay) => None,
                signal = &mut ended => Some(signal),
            };
            if let Some(signal) = is_over {
                exit = exit.with(signal);
                break;
            }
        }
        let mut made = maker.make(context, event, index, &target, Some(url))?;
        let mut shot = None;
        if let Some(name) = &args.fault {
            let (planned, made_shot) = fault(context, maker, catalog, event, index, url, name)?;
            if let Some(request) = made_shot.requests.first() {
                made.delivery = request.delivery.clone();
            }
            made.delivery.target.clone_from(&target);
            shot = Some((planned, made_shot));
        }
        for note in &made.notes {
            context.console.note(note);
        }
        // A signature given by hand may be a token too, so the scheme counts and not what was signed.
        let scheme = maker.choice().of(made.event.provider);
        let headers = signature::shown(&made.delivery.headers, scheme.as_ref(), &maker.keyring);
        let out = Out {
            event: label(args, &made.event),
            provider: &made.event.provider.id,
            family: made.event.provider.family(),
            delivery: &made.delivery,
            headers: &headers,
            signed_in: made.scheme.as_ref().map(|scheme| scheme.header.first()),
            fault: args.fault.as_deref(),
        };
        let one = async {
            show_out(args, context, &out);
            match &shot {
                None => Ok::<_, Error>(deliver(args, &sender, &made).await),
                Some((planned, shot)) => faulty(context, &sender, url, planned, shot, options.timeout).await,
            }
        };
        let outcome = tokio::select! {
            outcome = one => outcome?,
            ended = &mut ended => {
                exit = exit.with(ended);
                outcomes.push("unanswered");
                break;
            }
        };
        let outcome = redacted(outcome, &maker.keyring);
        show_back(args, context, maker, &out, &outcome);
        exit = exit.with(outcome.exit());
        outcomes.push(outcome.word());
        if exit != Exit::Success && !args.keep_going {
            break;
        }
    }
    if events.len() > 1 && !args.json {
        let unsent = events.len() - outcomes.len();
        context.console.report(&report::sent_summary(&outcomes, unsent));
        if unsent > 0 && matches!(exit, Exit::Failed | Exit::Untestable) {
            context.console.say("--keep-going sends the rest all the same");
        }
    }
    Ok(exit)
}

/// The case of a check, made from an event.
fn fault<'c>(
    context: &Context,
    maker: &mut Maker,
    catalog: &Catalog,
    event: &Event<'c>,
    index: u64,
    url: &Url,
    name: &str,
) -> Result<(Planned<'c>, Shot), Error> {
    let all = conformance::everything(event.provider, std::slice::from_ref(event));
    let fits = |planned: &Planned<'_>| planned.name == name || planned.case.id == name;
    let planned = all.into_iter().find(fits).ok_or_else(|| {
        let near =
            words::nearest(name, CASES.iter().map(|case| case.id)).map(|near| format!("did you mean `{near}`? "));
        let hint = format!("`hookproof check --list --provider {}` shows them all", event.provider.id);
        Error::usage(format!("no case is called `{name}`"), format!("{}{hint}", near.unwrap_or_default()))
    })?;
    let parts = Parts::gather(context, catalog, event.provider, maker)?;
    let shot = check::make(maker, &planned, index, url, &parts.kit(url, true, None))?;
    let shot = shot.map_err(|why| {
        let what = format!("{} has no case {}: {why}", event.full_name(), planned.name);
        Error::usage(what, format!("`hookproof check --list --provider {}` shows the others", event.provider.id))
    })?;
    Ok((planned, shot))
}

/// Sends the request of a case; it is a success where the receiver does what a sound one does.
async fn faulty(
    context: &Context,
    sender: &Sender,
    url: &Url,
    planned: &Planned<'_>,
    shot: &Shot,
    timeout: Duration,
) -> Result<Outcome, Error> {
    let mut fired = check::fire(sender, url, shot, timeout).await;
    let unreached =
        |fired: &Fired| matches!(fired, Fired::Back(Err(SendError::NoConnection { .. } | SendError::Options(_))));
    if let Some(index) = fired.iter().position(unreached)
        && let Fired::Back(Err(error)) = fired.swap_remove(index)
    {
        return Ok(Outcome::Failed(error));
    }
    let expects = shot.requests.iter().map(|request| request.expect.clone());
    let pairs: Vec<_> = expects.zip(fired.iter().cloned().map(check::came)).collect();
    let judged = conformance::judge(planned.case, planned.event.provider, &pairs);
    let is_sound = judged.outcome == conformance::Outcome::Passed;
    let word = if is_sound { "as a sound receiver does" } else { "a sound receiver does otherwise" };
    context.console.say(&format!("{}: {}; {word}", planned.name, planned.case.title));
    Ok(match fired.pop() {
        Some(Fired::Back(Ok(answer))) => Outcome::Answered(answer, is_sound),
        Some(Fired::Back(Err(error))) if !is_sound => Outcome::Failed(error),
        _ => Outcome::Left(judged.did),
    })
}

async fn deliver(args: &SendArgs, sender: &Sender, made: &Made<'_>) -> Outcome {
    if args.dry_run {
        return Outcome::Dry;
    }
    match sender.send(&made.delivery).await {
        Ok(answer) => {
            let is_success = made.event.provider.accepts(answer.status);
            Outcome::Answered(answer, is_success)
        }
        Err(error) => Outcome::Failed(error),
    }
}

/// An own body under a provider's name alone is no certain event.
fn label(args: &SendArgs, event: &Event<'_>) -> String {
    if args.body.is_some() && args.events.contains(&event.provider.id) {
        format!("{}/(own body)", event.provider.id)
    } else {
        event.full_name()
    }
}

/// A receiver that echoes what it got must not have a secret printed.
pub(super) fn redacted(outcome: Outcome, keyring: &Keyring) -> Outcome {
    let Outcome::Answered(mut answer, is_success) = outcome else { return outcome };
    answer.body = keyring.redact(&answer.body);
    for header in &mut answer.headers.0 {
        header.value = keyring.redact(&header.value);
    }
    Outcome::Answered(answer, is_success)
}

fn show_out(args: &SendArgs, context: &Context, out: &Out<'_>) {
    if args.json {
        return;
    }
    let paint = context.console.out;
    context.console.report(&report::out_line(out, paint));
    if args.verbose || args.dry_run {
        context.console.report(&report::request_full(out, paint).join("\n"));
    }
}

fn show_back(args: &SendArgs, context: &Context, maker: &Maker, out: &Out<'_>, outcome: &Outcome) {
    if args.json {
        context.console.print(&report::sent_json(out, outcome));
        return;
    }
    let paint = context.console.out;
    context.console.report(&report::back_lines(out, outcome, paint).join("\n"));
    let Outcome::Answered(answer, is_success) = outcome else { return };
    if args.verbose {
        context.console.report(&report::answer_full(answer, paint).join("\n"));
    }
    let secret = maker.keyring.of(out.family).filter(|secret| secret.looks_malformed());
    if let Some(secret) = secret.filter(|_| !is_success && matches!(answer.status, 401 | 403)) {
        context.console.note(&format!("the secret in use has {}; was it copied whole?", secret.looks()));
    }
}
