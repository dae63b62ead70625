//! `verify`: a captured delivery proved.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::context::Context;
use super::input::HeaderArgs;
use super::secrets::{self, Ask, SecretArgs};
use crate::catalog::{Algorithm, Catalog, Provider, Scheme};
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{self, Explanation, Question, ValueOf};
use crate::identify::identify;
use crate::message::{Capture, Delivery, Headers};
use crate::report::{self, Verified};
use crate::secret::Keyring;
use crate::signature::{self, Hash, Judgement, Verdict};
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
    let first = serde_json::Deserializer::from_slice(without_mark(bytes)).into_iter::<Value>().next();
    if first.is_some_and(|first| first.is_ok_and(|value| value.get(wire::MARK).is_some())) {
        return Ok(InputKind::Line);
    }
    wire::read_http(bytes).map(|_| InputKind::Http).map_err(|_| {
        Error::usage(
            format!("{} is neither an HTTP request nor a line of `listen --json`", shown_name(&args.file)),
            "for a body alone give --header 'NAME: VALUE' or --signature VALUE too",
        )
    })
}

/// Some tools put a byte order mark before what they save.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Every JSON value of the input. Behind one that is broken the reading goes on at the next line.
fn values(bytes: &[u8]) -> Vec<Result<Value, serde_json::Error>> {
    let mut all = Vec::new();
    let mut rest = bytes;
    loop {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let mut is_broken = false;
        for value in values.by_ref() {
            is_broken = value.is_err();
            all.push(value);
        }
        let at = values.byte_offset();
        match rest[at..].iter().position(|byte| *byte == b'\n').filter(|_| is_broken) {
            Some(end) => rest = &rest[at + end + 1..],
            None => return all,
        }
    }
}

/// A delivery of the input with what is odd about it, or why it can't be read.
type Captured = Result<(Capture, Option<String>), Error>;

fn captures(args: &VerifyArgs, kind: InputKind, bytes: Vec<u8>) -> Result<Vec<Captured>, Error> {
    let input = shown_name(&args.file);
    match kind {
        InputKind::Body => {
            let delivery = Delivery {
                method: "POST".to_string(),
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
            // Other tools may have laid the lines out anew, so values count and not line ends.
            let read = |value: Result<Value, serde_json::Error>| {
                let fail = |cause| Error::Line { input: input.clone(), cause };
                let value = value.map_err(|error| fail(LineError::NotJson(error.to_string())))?;
                let mut capture = wire::read_line(value.to_string().as_bytes()).map_err(fail)?;
                capture.delivery.headers.replace_with(&args.headers.headers());
                Ok((capture, None))
            };
            let captures: Vec<Captured> = values(without_mark(&bytes)).into_iter().map(read).collect();
            if captures.is_empty() {
                return Err(Error::usage(format!("{input} is empty"), "a line of `listen --json` was expected"));
            }
            Ok(captures)
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
        // What is pasted may have the header's name along, and blanks around it.
        let value = value.trim();
        let named = value.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case(&scheme.header));
        headers.push(scheme.header.clone(), named.map_or(value, |(_, value)| value.trim()));
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
            origin: ValueOf::Sender,
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
        let question = Question {
            scheme,
            secret: &secret,
            others: &others,
            delivery: &delivery,
            value: &value,
            origin: origin(args),
            depth: 3,
        };
        explanation = Some(explain_in_time(&question));
    }
    let mut verified = case.verified(judgement, body.len() as u64);
    verified.origin = origin(args);
    verified.explanation = explanation;
    verified.notes = notes;
    Ok(verified)
}

fn origin(args: &VerifyArgs) -> ValueOf {
    if args.computed.is_some() { ValueOf::OwnCode } else { ValueOf::Sender }
}

/// The value that the user's code got, against the one it should have got. How it is written is not judged:
/// a prefix is put before a digest, not computed.
fn judge_computed(scheme: &Scheme, secret: &secret::Secret, delivery: &Delivery, value: &str) -> Judgement {
    let mut headers = Headers::default();
    headers.push(scheme.header.clone(), value.trim());
    let judgement = signature::verify(scheme, Some(secret), &headers, &delivery.body);
    computed(scheme, value, judgement)
}

fn computed(scheme: &Scheme, value: &str, judgement: Judgement) -> Judgement {
    let is_same = |compared: &signature::Compared| explain::is_same_digest(scheme, value, &compared.expected);
    let is_right = judgement.verdict == Verdict::Valid || judgement.compared.as_ref().is_some_and(is_same);
    let (verdict, reason) = if is_right {
        (
            Verdict::Valid,
            "your code's value is right; if it refuses, its comparison or its secret at run time is at fault",
        )
    } else {
        (Verdict::Invalid, "your code hashed something else")
    };
    Judgement { verdict, reason: reason.to_string(), ..judgement }
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
    let received: Vec<&[u8]> = match &args.computed {
        Some(value) => vec![value.trim().as_bytes()],
        None => case.headers.all(&scheme.header).collect(),
    };
    let judgement = match scheme.algorithm {
        Algorithm::Token => signature::verify(scheme, Some(&secret), &case.headers, b""),
        Algorithm::HmacSha256 => signature::conceal(hash.judge(scheme, &received), scheme, &secret),
    };
    let judgement = match &args.computed {
        Some(value) => computed(scheme, value, judgement),
        None => judgement,
    };
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
