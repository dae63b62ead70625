//! `verify`: a captured delivery proved.

mod case;
mod judging;
mod long;
mod reading;
mod unknown;

use std::collections::HashSet;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::context::Context;
use super::files::{self, LARGEST_GIVEN};
use super::input::{self, HeaderArgs};
use super::secrets::SecretArgs;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::{self, Fact};
use crate::report::{self, Verified};
use crate::signature::{Tolerance, Verdict};
use crate::words;
use judging::verify;
use long::verify_long;
use reading::{Captured, InputKind, captures, decoded, guess, open, shown_name};
use unknown::restored;

/// A longer body is hashed as it is read and not kept.
const KEPT: usize = 16 << 20;

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
    /// Only judge; do not search for the cause of an invalid signature, which is quicker for many deliveries
    #[arg(long, conflicts_with = "computed")]
    no_explain: bool,
    /// One line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    secrets: SecretArgs,
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
    let text = decoded(&bytes).map(|(text, _)| text);
    let text = text.as_deref().unwrap_or(&bytes);
    let has_headers = args.signature.is_some() || args.computed.is_some() || !args.headers.headers.is_empty();
    let bare = has_headers && (args.computed.is_none() || guess(args, text).is_err());
    let kind = args.kind.or(bare.then_some(InputKind::Body)).map_or_else(|| guess(args, text), Ok)?;
    if kind == InputKind::Body && bytes.len() == KEPT {
        let verified = verify_long(args, context, &catalog, &bytes, rest)?;
        return Ok(finish(args, context, &verified));
    }
    bytes.extend(files::to_end(rest, LARGEST_GIVEN).map_err(fail)?);
    // HTTP and lines are never UTF-16; a body may be.
    let text = if kind == InputKind::Body { None } else { decoded(&bytes) };
    let (bytes, of_input) = text.map_or((bytes, None), |(text, note)| (text, Some(note)));
    let captures = captures(args, kind, bytes)?;
    let is_one = captures.len() == 1;
    let mut exit = Exit::Success;
    let mut all = Vec::new();
    for (index, capture) in captures.into_iter().enumerate() {
        let found = capture.and_then(|mut captured| {
            captured.restored = restored(&catalog, &mut captured.capture.delivery.headers);
            let note = captured.note.take();
            let mut verified = verify_either(args, context, &catalog, captured)?;
            verified.notes.extend(note.into_iter().chain(of_input.clone()));
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
    let known: HashSet<Proved> = all.iter().filter(|v| is_valid(v)).filter_map(proved).collect();
    for mut verified in all {
        let is_asked = verified.judgement.verdict == Verdict::Invalid && !args.no_explain;
        if is_asked && proved(&verified).is_some_and(|one| known.contains(&one)) {
            verified.explanation = Some(explain::of_earlier("another delivery of this input"));
        }
        let same = valid.iter().filter(|provider| **provider == verified.provider).count();
        if same > 0 && verified.judgement.verdict == Verdict::Invalid {
            let others = words::count(same, "other delivery", "other deliveries");
            verified.notes.push(format!("{others} of this input verified with the same secret"));
            if let Some(found) = verified.explanation.as_mut().filter(|found| found.facts.is_empty()) {
                found.facts.push(Fact::SecretProven);
            }
        }
        exit = exit.with(finish(args, context, &verified));
    }
    Ok(exit)
}

/// Verifies a delivery as it is; if that fails and its body is UTF-16, verifies what the body is decoded to.
fn verify_either(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    mut captured: Captured,
) -> Result<Verified, Error> {
    let verified = verify(args, context, catalog, &captured)?;
    if verified.judgement.verdict != Verdict::Invalid {
        return Ok(verified);
    }
    let Some((body, note)) = decoded(&captured.capture.delivery.body) else { return Ok(verified) };
    captured.capture.delivery.body = body;
    let mut of_text = verify(args, context, catalog, &captured)?;
    of_text.notes.push(note);
    Ok(of_text)
}

/// A provider and a value of its signature.
type Proved = (Option<String>, String);

/// Returns the signature that a delivery bears; a token proves nothing about a body.
fn proved(verified: &Verified) -> Option<Proved> {
    let received = verified.judgement.compared.as_ref().map(|compared| compared.received.clone())?;
    Some((verified.provider.clone(), received))
}

fn is_valid(verified: &Verified) -> bool {
    verified.judgement.verdict == Verdict::Valid
}

fn finish(args: &VerifyArgs, context: &Context, verified: &Verified) -> Exit {
    if args.json {
        context.console.print(&report::verified_json(verified));
    } else {
        let lines = report::verified_human(verified, context.console.out);
        context.console.report_lines(lines);
    }
    match verified.judgement.verdict {
        Verdict::Valid => Exit::Success,
        Verdict::Stale | Verdict::Invalid | Verdict::Missing => Exit::Failed,
        Verdict::Unchecked | Verdict::Unknown => Exit::Usage,
        Verdict::Unsigned => Exit::Untestable,
    }
}
