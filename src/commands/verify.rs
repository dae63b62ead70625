//! `verify`: a captured delivery proved.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::context::Context;
use super::input::HeaderArgs;
use super::secrets::{self, Ask, SecretArgs};
use crate::catalog::{Algorithm, Catalog, Provider, Scheme};
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{self, Explanation, Question};
use crate::identify::identify;
use crate::message::{Capture, Delivery, Headers};
use crate::report::{self, Verified};
use crate::secret::Keyring;
use crate::signature::{self, Hash, Judgement, Verdict};
use crate::words;
use crate::{secret, wire};

/// A longer body is hashed as it is read and not kept.
const KEPT: usize = 16 << 20;
/// How long a search may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The arguments of `verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// The body, with --header or --signature; else an HTTP message or a line of `listen --json`; - or nothing is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Whose delivery it is; otherwise its headers tell
    #[arg(short, long, value_name = "PROVIDER", hide_possible_values = true, value_parser = super::completions::provider_names())]
    provider: Option<String>,
    /// The value of the provider's signature header
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    signature: Option<String>,
    /// The digest that your own code got: says what it hashed
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    computed: Option<String>,
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

/// Runs `verify`.
pub fn run(args: &VerifyArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
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
    let mut all = Vec::new();
    for (capture, note) in captures(args, kind, bytes)? {
        let mut verified = verify(args, context, &catalog, &capture)?;
        verified.notes.extend(note.filter(|_| verified.judgement.verdict == Verdict::Valid));
        all.push(verified);
    }
    let valid = all.iter().filter(|verified| verified.judgement.verdict == Verdict::Valid).count();
    let mut exit = Exit::Success;
    for mut verified in all {
        if valid > 0 && verified.judgement.verdict == Verdict::Invalid {
            let others = words::count(valid, "other delivery", "other deliveries");
            verified.notes.push(format!("{others} of this input verified with the same secret"));
        }
        exit = exit.with(finish(args, context, &verified));
    }
    Ok(exit)
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
    if wire::is_line(bytes) {
        return Ok(InputKind::Line);
    }
    wire::read_http(bytes).map(|_| InputKind::Http).map_err(|_| {
        Error::usage(
            format!("{} is neither an HTTP request nor a line of `listen --json`", shown_name(&args.file)),
            "for a body alone give --header 'NAME: VALUE' or --signature VALUE too",
        )
    })
}

/// What the input holds, each with what is odd about it.
fn captures(args: &VerifyArgs, kind: InputKind, bytes: Vec<u8>) -> Result<Vec<(Capture, Option<String>)>, Error> {
    let input = shown_name(&args.file);
    match kind {
        InputKind::Body => {
            let delivery = Delivery {
                method: "POST".to_string(),
                target: "/".to_string(),
                headers: args.headers.headers(),
                body: bytes,
            };
            Ok(vec![(Capture { delivery, received: None, peer: None }, None)])
        }
        InputKind::Http => {
            let (mut capture, note) = wire::read_http(&bytes).map_err(|cause| Error::Http { input, cause })?;
            capture.delivery.headers.replace_with(&args.headers.headers());
            Ok(vec![(capture, note)])
        }
        InputKind::Line => {
            let lines: Vec<&[u8]> =
                bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
            let read = |line: &&[u8]| {
                let mut capture = wire::read_line(line).map_err(|cause| Error::Line { input: input.clone(), cause })?;
                capture.delivery.headers.replace_with(&args.headers.headers());
                Ok((capture, None))
            };
            if lines.is_empty() {
                return Err(Error::usage(format!("{input} is empty"), "a line of `listen --json` was expected"));
            }
            lines.iter().map(read).collect()
        }
    }
}

/// The provider, its scheme and the delivery's headers, with `--signature` among them.
struct Case<'a> {
    provider: &'a Provider,
    event: Option<String>,
    scheme: Option<Scheme>,
    headers: Headers,
}

fn case<'a>(args: &VerifyArgs, catalog: &'a Catalog, headers: &Headers, body: &[u8]) -> Result<Case<'a>, Error> {
    let only = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let identified = identify(catalog, only, headers, body);
    let provider = identified.provider.ok_or_else(|| {
        let ids: Vec<String> = catalog.providers.iter().map(|provider| provider.id.clone()).collect();
        Error::usage(
            "whose delivery it is can't be seen from its headers",
            format!("--provider says so: {}", words::list(&ids, "or")),
        )
    })?;
    let event = if let [event] = identified.events.as_slice() { Some(event.clone()) } else { None };
    let scheme = args.secrets.choice(&[provider])?.of(provider);
    let mut headers = headers.clone();
    if let (Some(value), Some(scheme)) = (&args.signature, &scheme) {
        headers.push(scheme.header.clone(), value.as_bytes());
    }
    Ok(Case { provider, event, scheme, headers })
}

impl Case<'_> {
    fn verified(self, judgement: Judgement, bytes: u64) -> Verified {
        Verified {
            provider: Some(self.provider.id.clone()),
            event: self.event,
            scheme: self.scheme.as_ref().map(signature::describe),
            bytes,
            judgement,
            explanation: None,
            notes: Vec::new(),
        }
    }
}

fn verify(args: &VerifyArgs, context: &Context, catalog: &Catalog, capture: &Capture) -> Result<Verified, Error> {
    let body = &capture.delivery.body;
    let case = case(args, catalog, &capture.delivery.headers, body)?;
    let Some(scheme) = &case.scheme else { return Ok(unsigned(case, body.len() as u64)) };
    if scheme.algorithm == Algorithm::Token && case.headers.all(&scheme.header).any(secret::is_redacted) {
        return Err(Error::Untestable {
            message: "the token stands redacted in the input, so there is nothing to compare".to_string(),
            hint: Some("give it with --signature, from where it was sent".to_string()),
        });
    }
    let (secret, keyring) = secret_of(args, context, catalog, case.provider, scheme)?;
    let delivery = Delivery { headers: case.headers.clone(), ..capture.delivery.clone() };
    let judgement = match &args.computed {
        None => signature::verify(scheme, Some(&secret), &case.headers, body),
        Some(value) => judge_computed(scheme, &secret, &delivery, value),
    };
    let mut explanation = None;
    let mut notes = Vec::new();
    if judgement.verdict != Verdict::Valid {
        let owner = |name: &str| {
            let owns = |provider: &&Provider| provider.scheme().is_some_and(|s| s.header.eq_ignore_ascii_case(name));
            catalog.providers.iter().find(owns).map(|provider| provider.description.name.clone())
        };
        notes = explain::notice(scheme, &secret, &delivery, owner);
    }
    if judgement.verdict == Verdict::Invalid {
        let others = keyring.others(&case.provider.id);
        let value = args.computed.clone().or_else(|| delivery.headers.text(&scheme.header).map(str::to_string));
        let value = value.unwrap_or_default();
        let question =
            Question { scheme, secret: &secret, others: &others, delivery: &delivery, value: &value, depth: 3 };
        explanation = Some(explain_in_time(&question));
    }
    let mut verified = case.verified(judgement, body.len() as u64);
    verified.explanation = explanation;
    verified.notes = notes;
    Ok(verified)
}

/// The value that the user's code got, against the one it should have got.
fn judge_computed(scheme: &Scheme, secret: &secret::Secret, delivery: &Delivery, value: &str) -> Judgement {
    let mut headers = Headers::default();
    headers.push(scheme.header.clone(), value.trim());
    let judgement = signature::verify(scheme, Some(secret), &headers, &delivery.body);
    let reason = match judgement.verdict {
        Verdict::Valid => {
            "your code's value is right; if it refuses, its comparison or its secret at run time is at fault"
        }
        _ => "your code hashed something else",
    };
    Judgement { reason: reason.to_string(), ..judgement }
}

fn explain_in_time(question: &Question<'_>) -> Explanation {
    let begun = Instant::now();
    explain::explain(question, || begun.elapsed() < PATIENCE)
}

/// A body that is longer than what is kept: constant memory, and its raw bytes only.
fn verify_long(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    head: &[u8],
    mut rest: Box<dyn Read>,
) -> Result<Verified, Error> {
    let case = case(args, catalog, &args.headers.headers(), b"")?;
    let Some(scheme) = &case.scheme else { return Ok(unsigned(case, head.len() as u64)) };
    let (secret, _) = secret_of(args, context, catalog, case.provider, scheme)?;
    let mut hash = Hash::new(&secret);
    hash.update(head);
    let mut bytes = head.len() as u64;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = rest.read(&mut buffer).map_err(|cause| Error::Read { path: args.file.clone(), cause })?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let received: Vec<&[u8]> = case.headers.all(&scheme.header).collect();
    let judgement = match scheme.algorithm {
        Algorithm::Token => signature::verify(scheme, Some(&secret), &case.headers, b""),
        Algorithm::HmacSha256 => hash.judge(scheme, &received),
    };
    let mut verified = case.verified(judgement, bytes);
    if verified.judgement.verdict == Verdict::Invalid {
        verified.notes.push(format!("over {}, only the raw bytes are checked", words::size(KEPT)));
    }
    Ok(verified)
}

fn unsigned(case: Case<'_>, bytes: u64) -> Verified {
    let reason = format!("{} documents no signature, so there is nothing to verify", case.provider.description.name);
    case.verified(Judgement::of(Verdict::Unsigned, reason), bytes)
}

fn secret_of(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    provider: &Provider,
    scheme: &Scheme,
) -> Result<(secret::Secret, Keyring), Error> {
    let mut keyring = args.secrets.keyring(context, catalog)?;
    let ask = if args.file == Path::new("-") { Ask::No } else { Ask::Yes };
    let secret = secrets::signing(context, &mut keyring, provider, scheme, ask)?;
    let secret = secret.ok_or_else(|| secrets::no_secret(provider, false))?;
    Ok((secret, keyring))
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
        Verdict::Invalid | Verdict::Missing => Exit::Failed,
        Verdict::Unchecked | Verdict::Unknown => Exit::Usage,
        Verdict::Unsigned => Exit::Untestable,
    }
}
