//! `verify`: a captured delivery proved.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::Value;

use super::context::Context;
use super::input::{self, HeaderArgs};
use super::secrets::{self, Ask, SecretArgs};
use crate::catalog::{Algorithm, Catalog, Provider, Scheme};
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{self, Question, ValueOf};
use crate::identify::identify;
use crate::inspect::in_mode;
use crate::json::Body;
use crate::message::{Capture, Delivery};
use crate::report::{self, Verified};
use crate::secret::{Keyring, Named};
use crate::signature::{self, Compared, Judgement, Key, KeyError, Long, Scene, Tolerance, Use, Verdict};
use crate::wire::LineError;
use crate::words;
use crate::{secret, wire};

/// A longer body is hashed as it is read and not kept.
const KEPT: usize = 16 << 20;
/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The arguments of `verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// The body, with --header or --signature; else an HTTP message or a line of `listen --json`; - or nothing is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Whose delivery it is; otherwise its headers tell
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// The value of the provider's signature header
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    signature: Option<String>,
    /// The digest that your own code got: says what it hashed
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    computed: Option<String>,
    /// The address that the sender used, for schemes that sign it
    #[arg(long, value_name = "URL", value_parser = input::web_address)]
    url: Option<String>,
    /// The request method, where the input doesn't tell it
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// The time to judge a timestamp by: now, captured (when the input came in), RFC 3339 or Unix seconds
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = judged_at)]
    at: JudgedAt,
    /// How old a timestamp may be; otherwise as the provider has it
    #[arg(long, value_name = "TIME|off", value_parser = input::tolerance)]
    tolerance: Option<Tolerance>,
    /// What the input is, where it is not seen from it
    #[arg(long = "as", value_name = "KIND", value_enum)]
    kind: Option<InputKind>,
    /// One line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// What the input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InputKind {
    /// The bytes of a body
    Body,
    /// An HTTP request with its headers
    Http,
    /// Lines marked "hookproof":"delivery/1"
    Line,
}

/// The time to judge a timestamp by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JudgedAt {
    Now,
    Captured,
    At(Timestamp),
}

fn judged_at(text: &str) -> Result<JudgedAt, String> {
    match text {
        "now" => Ok(JudgedAt::Now),
        "captured" => Ok(JudgedAt::Captured),
        _ => input::time(text).map(JudgedAt::At),
    }
}

impl VerifyArgs {
    fn tolerance(&self) -> Tolerance {
        self.tolerance.unwrap_or_default()
    }

    fn now(&self, received: Option<Timestamp>) -> Result<Timestamp, Error> {
        match self.at {
            JudgedAt::Now => Ok(Timestamp::now()),
            JudgedAt::At(at) => Ok(at),
            JudgedAt::Captured => received.ok_or_else(|| {
                Error::usage(
                    format!("{} does not tell when it came in", shown_name(&self.file)),
                    "--at TIME says when; lines of `listen --json` tell it",
                )
            }),
        }
    }
}

/// Runs `verify`.
pub fn run(args: &VerifyArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
    if args.file.as_os_str() == "-" && context.console.can_ask {
        context.console.say("reading from the terminal; Ctrl-D ends it");
    }
    let mut rest = open(&args.file)?;
    let fail = |cause| Error::Read { path: args.file.clone(), cause };
    let mut bytes = Vec::new();
    rest.by_ref().take(KEPT as u64).read_to_end(&mut bytes).map_err(fail)?;
    let has_headers = args.signature.is_some() || args.computed.is_some() || !args.headers.headers.is_empty();
    let bare = has_headers && (args.computed.is_none() || guess(args, &bytes).is_err());
    let kind = args.kind.or(bare.then_some(InputKind::Body)).map_or_else(|| guess(args, &bytes), Ok)?;
    if kind == InputKind::Body && bytes.len() == KEPT {
        let verified = verify_long(args, context, &catalog, &bytes, rest)?;
        return Ok(finish(args, context, &verified));
    }
    rest.read_to_end(&mut bytes).map_err(fail)?;
    let captures = captures(args, kind, bytes)?;
    let is_one = captures.len() == 1;
    let mut exit = Exit::Success;
    let mut all = Vec::new();
    for (index, capture) in captures.into_iter().enumerate() {
        let found = capture.and_then(|(capture, note)| {
            let mut verified = verify(args, context, &catalog, &capture)?;
            verified.notes.extend(note);
            Ok(verified)
        });
        match found {
            Ok(verified) => all.push(verified),
            Err(error) if is_one => return Err(error),
            // One delivery that can't be judged hides nothing of the others.
            Err(error) => {
                let place = format!("{}, delivery {}", shown_name(&args.file), index + 1);
                context.console.fail(&format!("{place}: {error}"), error.hint().as_deref());
                exit = exit.with(Exit::Untestable);
            }
        }
    }
    let valid: Vec<Option<String>> = all.iter().filter(|v| is_valid(v)).map(|v| v.provider.clone()).collect();
    for mut verified in all {
        let same = valid.iter().filter(|provider| **provider == verified.provider).count();
        if same > 0 && verified.judgement.verdict == Verdict::Invalid {
            let others = words::count(same, "other delivery", "other deliveries");
            verified.notes.push(format!("{others} of this input verified with the same secret"));
        }
        exit = exit.with(finish(args, context, &verified));
    }
    Ok(exit)
}

fn is_valid(verified: &Verified) -> bool {
    verified.judgement.verdict == Verdict::Valid
}

fn open(path: &Path) -> Result<Box<dyn Read>, Error> {
    if path == Path::new("-") {
        return Ok(Box::new(stdin().lock()));
    }
    let fail = |cause| Error::Read { path: path.to_path_buf(), cause };
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(fail(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(Box::new(file))
}

fn shown_name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_string() } else { path.display().to_string() }
}

fn guess(args: &VerifyArgs, bytes: &[u8]) -> Result<InputKind, Error> {
    if wire::has_lines(bytes) {
        return Ok(InputKind::Line);
    }
    wire::read_http(bytes).map(|_| InputKind::Http).map_err(|_| {
        Error::usage(
            format!("{} is neither an HTTP request nor a line of `listen --json`", shown_name(&args.file)),
            "for a body alone give --header 'NAME: VALUE' or --signature VALUE too, or --as body",
        )
    })
}

/// A delivery of the input with what is odd about it, or why it can't be read.
type Captured = Result<(Capture, Option<String>), Error>;

fn captures(args: &VerifyArgs, kind: InputKind, bytes: Vec<u8>) -> Result<Vec<Captured>, Error> {
    let input = shown_name(&args.file);
    match kind {
        InputKind::Body => {
            let delivery = Delivery {
                method: args.method.clone().unwrap_or_else(|| "POST".to_string()),
                target: "/".to_string(),
                headers: args.headers.headers(),
                body: bytes,
            };
            let is_marked = wire::is_line(&delivery.body);
            let note = "the input looks like a line of `listen --json`; --as line reads it as one".to_string();
            Ok(vec![Ok((Capture { delivery, received: None, peer: None }, is_marked.then_some(note)))])
        }
        InputKind::Http => {
            let (mut capture, note) = wire::read_http(&bytes).map_err(|cause| Error::Http { input, cause })?;
            capture.delivery.headers.replace_with(&args.headers.headers());
            Ok(vec![Ok((capture, note))])
        }
        InputKind::Line => {
            let read = |value: Result<Value, serde_json::Error>| {
                let fail = |cause| Error::Line { input: input.clone(), cause };
                let value = value.map_err(|error| fail(LineError::NotJson(error.to_string())))?;
                let mut capture = wire::read_line(value.to_string().as_bytes()).map_err(fail)?;
                capture.delivery.headers.replace_with(&args.headers.headers());
                Ok((capture, None))
            };
            let captures: Vec<Captured> = wire::values(&bytes).into_iter().map(read).collect();
            if captures.is_empty() {
                return Err(Error::usage(
                    format!("{input} holds no delivery"),
                    "a line of `listen --json` was expected",
                ));
            }
            Ok(captures)
        }
    }
}

/// The provider, its scheme, its secrets, and the delivery with `--signature` in it.
struct Case<'a> {
    provider: &'a Provider,
    event: Option<String>,
    scheme: Option<Scheme>,
    secrets: Vec<Named>,
    keyring: Keyring,
    delivery: Delivery,
    now: Timestamp,
    notes: Vec<String>,
}

fn case<'a>(args: &VerifyArgs, context: &Context, catalog: &'a Catalog, capture: &Capture) -> Result<Case<'a>, Error> {
    let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let mut delivery = capture.delivery.clone();
    if let Some(method) = &args.method {
        delivery.method.clone_from(method);
    }
    let identified = identify(catalog, only, &delivery.headers, &Body::new(&delivery.body));
    let provider = identified.provider.ok_or_else(|| {
        let ids: Vec<String> = catalog.providers.iter().map(|provider| provider.id.clone()).collect();
        Error::usage(
            "whose delivery it is can't be seen from its headers",
            format!("--provider says so: {}", words::list(&ids, "or")),
        )
    })?;
    let event = if let [event] = identified.events.as_slice() { Some(event.clone()) } else { None };
    let choice = args.secrets.choice(&[provider])?;
    if let (Some(value), Some(scheme)) = (&args.signature, choice.of(provider)) {
        // What is pasted may have the header's name along, and blanks around it.
        let value = value.trim();
        let named = value.split_once(':').filter(|(name, _)| scheme.reads(name));
        if scheme.body.is_some() {
            return Err(Error::usage(
                format!("the signature of {} stands in the {}", provider.description.name, scheme.place()),
                "leave --signature out; --as body says that the input is a body",
            ));
        }
        delivery.headers.push(scheme.header.first(), named.map_or(value, |(_, value)| value.trim()));
    }
    let mut keyring = args.secrets.keyring(context, catalog)?;
    let scheme = choice.of_received(provider, &delivery, keyring.all_of(provider.family()), true).map(Cow::into_owned);
    let now = args.now(capture.received)?;
    let secrets = match &scheme {
        None => Vec::new(),
        Some(scheme) => {
            if scheme.algorithm == Algorithm::Token
                && signature::received(scheme, &delivery).iter().any(|value| secret::is_redacted(value))
            {
                return Err(Error::Untestable {
                    message: "the token stands redacted in the input, so there is nothing to compare".to_string(),
                    hint: Some("give it with --signature, from where it was sent".to_string()),
                });
            }
            let ask = if args.file == Path::new("-") { Ask::No } else { Ask::Yes };
            secrets::signing(context, &mut keyring, provider, scheme, ask)?
        }
    };
    if scheme.is_some() && secrets.is_empty() {
        return Err(secrets::no_secret(provider, false));
    }
    if scheme.as_ref().is_some_and(Scheme::covers_address)
        && args.url.is_none()
        && signature::address(&delivery).is_none()
    {
        return Err(Error::usage(
            format!("{} signs the address too, and the input doesn't tell it", provider.description.name),
            "--url says which one the provider was told",
        ));
    }
    let notes = match &scheme {
        Some(scheme) if scheme.algorithm.is_asymmetric() && args.computed.is_some() => {
            return Err(Error::usage(
                format!("with {} a receiver computes no value that could be compared", scheme.algorithm.word()),
                "give the signature that came, with --signature or in the input",
            ));
        }
        Some(scheme) => unusable_keys(provider, scheme, &secrets)?,
        None => Vec::new(),
    };
    Ok(Case { provider, event, scheme, secrets, keyring, delivery, now, notes })
}

/// The secrets that hold no key of the scheme, as notes; an error where none of them does. One that can't be decoded
/// may be explained all the same.
fn unusable_keys(provider: &Provider, scheme: &Scheme, secrets: &[Named]) -> Result<Vec<String>, Error> {
    if scheme.algorithm == Algorithm::Token {
        return Ok(Vec::new());
    }
    let fault = |named: &Named| Some((named.from.clone(), Key::read(scheme, &named.secret, Use::Verify).err()?));
    let faults: Vec<(String, KeyError)> = secrets.iter().filter_map(fault).collect();
    match faults.as_slice() {
        [(_, error), ..] if faults.len() == secrets.len() && scheme.algorithm.is_asymmetric() => {
            let names: Vec<String> = faults.iter().map(|(from, _)| from.clone()).collect();
            let find = provider.description.secret.as_ref().and_then(|place| place.find.as_ref());
            Err(Error::usage(
                format!("nothing can be verified with {}: {error}", words::list(&names, "or")),
                find.map_or_else(
                    || "give the key as the provider shows it".to_string(),
                    |find| format!("where to find it: {find}"),
                ),
            ))
        }
        _ if secrets.len() == 1 => Ok(Vec::new()),
        _ => Ok(faults.iter().map(|(from, error)| format!("{from} is of no use here: {error}")).collect()),
    }
}

impl Case<'_> {
    fn scene<'s>(&'s self, args: &'s VerifyArgs) -> Scene<'s> {
        Scene { delivery: &self.delivery, url: args.url.as_deref(), now: self.now, tolerance: args.tolerance() }
    }

    fn verified(self, judgement: Judgement, bytes: u64) -> Verified {
        Verified {
            provider: Some(self.provider.id.clone()),
            event: self.event,
            scheme: self.scheme.as_ref().map(signature::describe),
            bytes,
            judgement,
            explanation: None,
            origin: ValueOf::Sender,
            notes: self.notes,
        }
    }
}

fn verify(args: &VerifyArgs, context: &Context, catalog: &Catalog, capture: &Capture) -> Result<Verified, Error> {
    let case = case(args, context, catalog, capture)?;
    let bytes = case.delivery.body.len() as u64;
    let Some(scheme) = &case.scheme else { return Ok(unsigned(case, bytes)) };
    let scene = case.scene(args);
    let judgement = match &args.computed {
        None => in_mode(case.provider, scheme, signature::verify(scheme, &case.secrets, &scene)),
        Some(value) => judge_computed(scheme, &case, &scene, value),
    };
    let judgement = signature::conceal(judgement, scheme, case.keyring.all());
    let mut explanation = None;
    let mut notes = Vec::new();
    let (secret, place) = (&case.secrets[0].secret, case.provider.description.secret.as_ref());
    if !matches!(judgement.verdict, Verdict::Valid | Verdict::Stale) {
        let owner = |name: &str| {
            let owns = |provider: &&Provider| provider.description.signature.iter().any(|scheme| scheme.reads(name));
            catalog.providers.iter().find(owns).map(|provider| provider.description.name.clone())
        };
        let begins = place.map_or(&[][..], |place| &place.begins);
        notes = explain::notice(scheme, secret, begins, &case.delivery, owner);
    }
    if judgement.verdict == Verdict::Stale && args.at == JudgedAt::Now && capture.received.is_some() {
        notes.push("--at captured judges by the time at which it came in".to_string());
    }
    if judgement.verdict == Verdict::Invalid {
        let others = case.keyring.others(case.provider.family());
        let received = || signature::received(scheme, &case.delivery).into_iter().next().unwrap_or_default();
        let value = args.computed.clone().unwrap_or_else(|| String::from_utf8_lossy(&received()).into_owned());
        let question =
            Question { scheme, secret, others: &others, scene, value: &value, origin: origin(args), depth: 3 };
        let begun = Instant::now();
        let found = explain::explain_each(&question, &case.secrets, &|| begun.elapsed() < PATIENCE);
        if args.computed.is_some() && found.causes.is_empty() {
            // Without the whole delivery a right value can't be told from a wrong one.
            signature::layout(scheme, &scene).map_err(|what| {
                let hint = format!("-H '{}: ...' gives what came, and so for other headers", scheme.place());
                Error::usage(format!("what should be hashed is not known: {what}"), hint)
            })?;
        }
        explanation = Some(found);
    }
    let mut verified = case.verified(judgement, bytes);
    verified.origin = origin(args);
    verified.explanation = explanation;
    verified.notes.extend(notes);
    Ok(verified)
}

fn origin(args: &VerifyArgs) -> ValueOf {
    if args.computed.is_some() { ValueOf::OwnCode } else { ValueOf::Sender }
}

/// The value that the user's code got, against the one it should have got. How it is written is not judged:
/// a prefix is put before a digest, not computed.
fn judge_computed(scheme: &Scheme, case: &Case<'_>, scene: &Scene<'_>, value: &str) -> Judgement {
    if scheme.algorithm == Algorithm::Token {
        let mut delivery = case.delivery.clone();
        delivery.headers.remove(scheme.header.first());
        delivery.headers.push(scheme.header.first(), value.trim());
        let judgement = signature::verify(scheme, &case.secrets, &Scene { delivery: &delivery, ..*scene });
        return computed(scheme, value, judgement);
    }
    let expected = |named: &Named| signature::expected(scheme, &named.secret, scene);
    let is_same = |digest: &Result<String, String>| {
        digest.as_ref().is_ok_and(|digest| explain::is_same_digest(scheme, value, digest))
    };
    // Any of the secrets may be the one that the code has.
    let right = case.secrets.iter().map(expected).find(is_same);
    let digest = right.unwrap_or_else(|| expected(&case.secrets[0]));
    let reason = digest.as_ref().err().cloned().unwrap_or_default();
    let compared = Compared { received: value.trim().to_string(), expected: digest.ok() };
    computed(scheme, value, Judgement { verdict: Verdict::Invalid, reason, compared: Some(compared) })
}

fn computed(scheme: &Scheme, value: &str, judgement: Judgement) -> Judgement {
    let expected = judgement.compared.as_ref().and_then(|compared| compared.expected.as_deref());
    let is_same = |expected: &str| explain::is_same_digest(scheme, value, expected);
    let is_right = judgement.verdict == Verdict::Valid || expected.is_some_and(is_same);
    let (verdict, reason) = if is_right {
        (
            Verdict::Valid,
            "your code's value is right; if it refuses, its comparison or its secret at run time is at fault"
                .to_string(),
        )
    } else if expected.is_none() && !judgement.reason.is_empty() && scheme.algorithm != Algorithm::Token {
        (Verdict::Invalid, format!("{}, so what should have been hashed is not known", judgement.reason))
    } else {
        (Verdict::Invalid, "your code hashed something else".to_string())
    };
    Judgement { verdict, reason, ..judgement }
}

/// A body that is longer than what is kept: constant memory, and its raw bytes only.
fn verify_long(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    head: &[u8],
    mut rest: Box<dyn Read>,
) -> Result<Verified, Error> {
    let headers = args.headers.headers();
    let delivery = Delivery { method: "POST".to_string(), target: "/".to_string(), headers, body: Vec::new() };
    let capture = Capture { delivery, received: None, peer: None };
    let mut case = case(args, context, catalog, &capture)?;
    let Some(scheme) = case.scheme.clone() else { return Ok(unsigned(case, head.len() as u64)) };
    if let Some(value) = &args.computed {
        case.delivery.headers.remove(scheme.header.first());
        case.delivery.headers.push(scheme.header.first(), value.trim());
    }
    let mut bytes = head.len() as u64;
    let scene = case.scene(args);
    let judgement = if scheme.algorithm == Algorithm::Token {
        signature::verify(&scheme, &case.secrets, &scene)
    } else {
        let too_long = || Error::Untestable {
            message: format!(
                "{} is longer than {}, which this scheme needs in one piece",
                shown_name(&args.file),
                words::size(KEPT)
            ),
            hint: None,
        };
        let mut long = Long::begin(&scheme, &case.secrets, &scene).ok_or_else(too_long)?;
        long.update(head);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = rest.read(&mut buffer).map_err(|cause| Error::Read { path: args.file.clone(), cause })?;
            if read == 0 {
                break;
            }
            long.update(&buffer[..read]);
            bytes += read as u64;
        }
        long.judge()
    };
    let judgement = match &args.computed {
        Some(value) => computed(&scheme, value, judgement),
        None => judgement,
    };
    let judgement = signature::conceal(judgement, &scheme, case.keyring.all());
    let mut verified = case.verified(judgement, bytes);
    verified.origin = origin(args);
    if verified.judgement.verdict == Verdict::Invalid {
        verified.notes.push(format!("over {}, only the raw bytes are checked", words::size(KEPT)));
    }
    Ok(verified)
}

fn unsigned(case: Case<'_>, bytes: u64) -> Verified {
    let reason = format!("{} documents no signature, so there is nothing to verify", case.provider.description.name);
    case.verified(Judgement::of(Verdict::Unsigned, reason), bytes)
}

fn finish(args: &VerifyArgs, context: &Context, verified: &Verified) -> Exit {
    if args.json {
        context.console.print(&report::verified_json(verified));
    } else {
        let lines = report::verified_human(verified, context.console.out);
        context.console.report(&lines.join("\n"));
    }
    match verified.judgement.verdict {
        Verdict::Valid => Exit::Success,
        Verdict::Stale | Verdict::Invalid | Verdict::Missing => Exit::Failed,
        Verdict::Unchecked | Verdict::Unknown => Exit::Usage,
        Verdict::Unsigned => Exit::Untestable,
    }
}
