//! `export`: captured deliveries as files that other tools take.

mod output;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use reqwest::Url;

use super::choosing::{ChooseArgs, Kept, PassedOver, label};
use super::context::Context;
use super::secrets::SecretArgs;
use crate::catalog::{Algorithm, Catalog, Provider};
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::SchemeChoice;
use crate::journal::{Cover, Keep, REDACTED};
use crate::message::{Capture, Delivery, Header, Headers};
use crate::report::{self, Archived};
use crate::secret::Keyring;
use crate::shell::Variable;
use crate::wire::{self, Shipment};
use crate::words::{self, Lines};
use crate::{moment, replay, secret, signature, target};
use output::{Folder, Output};

/// Notes that are told.
const TOLD: usize = 10;

/// The arguments of `export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// What to write
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Format,
    /// Where to; stdout where it is not given. A folder for several of --format http, named by their ids
    #[arg(short, long, value_name = "FILE|FOLDER")]
    out: Option<PathBuf>,
    /// The address in place of the captured one; a curl script takes it as an argument too
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Writes credentials and tokens that the input holds; what was not kept stays redacted
    #[arg(long)]
    reveal: bool,
    /// Whose deliveries they are, where that can't be seen from them
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    #[command(flatten)]
    choose: ChooseArgs,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A shell script that sends them with curl
    Curl,
    /// Raw HTTP requests, a file each
    Http,
    /// An HTTP archive, HAR 1.2
    Har,
}

/// A delivery as it may be written.
struct Exported {
    kept: Kept,
    /// Where it was sent to, or --to.
    url: String,
    /// What it is called.
    label: String,
    /// What does not stand in it.
    missing: Vec<String>,
    /// The header of a token that does not, and its variable.
    token: Option<(String, Variable)>,
}

/// Runs `export`.
pub fn run(args: &ExportArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
    let to = args.to.as_deref().map(target::parse).transpose()?;
    let named = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    let chosen = args.choose.choose(context)?;
    let is_folder =
        args.format == Format::Http && (chosen.len() > 1 || args.out.as_ref().is_some_and(|out| out.is_dir()));
    if is_folder && args.out.is_none() {
        return Err(Error::usage(
            format!("{} are a file each", words::count(chosen.len(), "delivery", "deliveries")),
            "--out FOLDER says where they go; --format har puts them into one",
        ));
    }
    if to.as_ref().is_some_and(|to| to.password().is_some()) {
        context.console.note("the password of the address is left out; put it in the place of ***");
    }
    // Secrets at hand must not stand in what is written either.
    let keyring = SecretArgs::default().keyring(context, &catalog)?;
    let cover = Cover::new(Keep::Redacted, &catalog, &keyring);
    let writer = Writer { args, context, catalog: &catalog, named, to, keyring, cover };
    let mut passed_over = PassedOver::new(&context.console);
    let mut notes = BTreeSet::new();
    let (mut output, mut folder) = (Output::new(context, args.out.as_deref()), None);
    if let (Some(out), true) = (&args.out, is_folder) {
        folder = Some(Folder::new(out));
    }
    for at in 0..chosen.len() {
        let exported = match chosen.kept(at).and_then(|kept| writer.export(kept)) {
            Ok(exported) => exported,
            Err(error) => {
                passed_over.take(error, &chosen)?;
                continue;
            }
        };
        let told = exported.missing.iter().chain(&exported.kept.note);
        notes.extend(told.take(TOLD.saturating_sub(notes.len())).cloned());
        match &mut folder {
            Some(folder) => folder.put(exported.kept.told.id.as_ref(), &http(&exported, writer.to.as_ref()))?,
            None => writer.put(&exported, &mut output)?,
        }
        if output.is_closed() {
            break;
        }
    }
    if output.has_begun() {
        output.put(writer.tail())?;
    }
    output.end()?;
    // Said once, though many lack the same.
    for note in notes {
        context.console.note(&words::printable(&note, Lines::Escape));
    }
    if let Some(folder) = folder {
        context.console.say(&format!("{} written", words::count(folder.count, "file", "files")));
    }
    Ok(passed_over.end())
}

struct Writer<'a> {
    args: &'a ExportArgs,
    context: &'a Context,
    catalog: &'a Catalog,
    named: Option<&'a Provider>,
    to: Option<Url>,
    keyring: Keyring,
    cover: Cover,
}

impl Writer<'_> {
    /// Makes a delivery fit to be written.
    fn export(&self, mut kept: Kept) -> Result<Exported, Error> {
        // Without its scheme a token would not be taken out.
        if let Some(error) = kept.needs_left_out(self.catalog, self.named) {
            return Err(error);
        }
        let captured = &kept.capture.delivery;
        let (provider, events) = kept.whose(self.catalog, self.named);
        let secrets = provider.map(|provider| self.keyring.all_of(provider.family())).unwrap_or_default();
        let choice = SchemeChoice::default();
        let scheme = provider.and_then(|provider| choice.of_received(provider, captured, secrets, false));
        let scheme = scheme.as_deref();
        let host = captured.headers.0.iter().find(|header| header.name.eq_ignore_ascii_case("host")).cloned();
        let mut delivery = Delivery { headers: replay::without_hops(&captured.headers), ..captured.clone() };
        let with_host = Delivery { headers: Headers(host.iter().cloned().collect()), ..delivery.clone() };
        let checks = [replay::check(&delivery), replay::check(&with_host), replay::check_target(&delivery)];
        checks.into_iter().collect::<Result<(), _>>().map_err(|refusal| {
            let message = format!("{} can't be exported: {refusal}", kept.name);
            Error::Untestable { message: words::printable(&message, Lines::Escape), hint: None }
        })?;
        let (covered, target) = if self.args.reveal {
            (Cow::Borrowed(&delivery.headers), delivery.target.clone())
        } else {
            let covered = self.cover.over(&delivery, scheme, &self.keyring);
            (covered.headers, covered.target.into_owned())
        };
        let pairs = delivery.headers.0.iter().zip(&covered.0);
        let mut missing: Vec<String> = pairs.filter_map(|(was, is)| missing(was, is)).collect();
        if target != delivery.target && self.to.is_none() {
            missing.push("the address stands redacted; --reveal writes it".to_string());
        }
        let is_token = |header: &&Header| {
            let is_one =
                scheme.is_some_and(|scheme| scheme.algorithm == Algorithm::Token && scheme.reads(&header.name));
            is_one && secret::is_redacted(&header.value)
        };
        // One that was wrong stays what it is: the right one would make another delivery of it.
        let is_right = kept.told.verdict.as_deref() != Some(replay::INVALID);
        let token = provider.filter(|_| is_right).zip(covered.0.iter().find(is_token)).map(|(provider, header)| {
            let variable = SecretArgs::default().variable_of(provider, self.context)?;
            Ok::<_, Error>((header.name.clone(), variable))
        });
        let token = token.transpose()?;
        delivery.headers = covered.into_owned();
        delivery.target = target;
        let url = match &self.to {
            Some(to) => target::shown(to),
            None => address(captured, &delivery.target),
        };
        // The archive and the raw request have it too; curl makes its own.
        if self.args.format != Format::Curl
            && let Some(host) = host.filter(|_| self.to.is_none())
        {
            delivery.headers.0.insert(0, host);
        }
        kept.capture.delivery = delivery;
        Ok(Exported { kept, url, label: label(provider, &events), missing, token })
    }

    /// Puts a delivery, and before the first what stands before all.
    fn put(&self, exported: &Exported, output: &mut Output<'_>) -> Result<(), Error> {
        let is_first = !output.has_begun();
        match self.args.format {
            Format::Http => output.put_raw(&http(exported, self.to.as_ref())),
            Format::Curl => {
                let head = wire::script_head(self.to.as_ref().map(target::shown).as_deref());
                output.put(if is_first { &head } else { "" })?;
                output.put(&command(exported))
            }
            Format::Har => {
                output.put(if is_first { report::HAR_HEAD } else { "," })?;
                output.put(&archived(exported))
            }
        }
    }

    /// What stands behind all.
    fn tail(&self) -> &'static str {
        if self.args.format == Format::Har { report::HAR_TAIL } else { "" }
    }
}

/// Where a delivery came to, with its target as it may be written.
fn address(captured: &Delivery, target: &str) -> String {
    let headers = captured.headers.clone();
    let bare = Delivery { method: String::new(), target: target.to_string(), headers, body: Vec::new() };
    signature::address(&bare).unwrap_or_else(|| format!("http://localhost{target}"))
}

/// What a header lacks of what came.
fn missing(was: &Header, is: &Header) -> Option<String> {
    let name = &was.name;
    if was.value != is.value {
        return Some(format!("{name} stands redacted; --reveal writes it"));
    }
    let is_lost = was.value == REDACTED || secret::is_redacted(&was.value);
    is_lost.then(|| format!("{name} was not kept, so it stays redacted"))
}

/// A delivery for a script, without the credentials that it can't send, and what is said of it.
fn shipment(one: &Exported) -> (Delivery, Vec<String>) {
    let Exported { kept, url, label, token, .. } = one;
    let received = kept.capture.received.map(|at| format!(", received {}", moment::utc(at))).unwrap_or_default();
    let mut about = vec![format!("{}: {label}{received} at {url}", kept.name)];
    let mut delivery = kept.capture.delivery.clone();
    let is_token = |name: &str| token.as_ref().is_some_and(|(header, _)| header.eq_ignore_ascii_case(name));
    about.extend(one.missing.iter().cloned());
    about.extend(token.iter().map(|(header, variable)| format!("{header} is taken from the variable {variable}")));
    let is_gone = |header: &Header| header.value == REDACTED && !is_token(&header.name);
    let gone = delivery.headers.0.iter().filter(|header| is_gone(header));
    about.extend(gone.map(|header| format!("{} is left out", header.name)));
    delivery.headers.0.retain(|header| !is_gone(header));
    (delivery, about)
}

/// A delivery as a command of the script.
fn command(one: &Exported) -> String {
    let (delivery, about) = shipment(one);
    let token = one.token.as_ref().map(|(header, variable)| (header.as_str(), variable));
    wire::script_part(&Shipment { delivery: &delivery, about: &about, token })
}

/// A delivery as an entry of the archive.
fn archived(one: &Exported) -> String {
    let comment = [vec![format!("{}: {}", one.kept.name, one.label)], one.missing.clone()].concat().join("; ");
    let Kept { capture, told, .. } = &one.kept;
    report::har_entry(&Archived { capture, url: &one.url, status: told.status, comment: &comment })
}

fn http(one: &Exported, to: Option<&Url>) -> Vec<u8> {
    let Capture { delivery, .. } = &one.kept.capture;
    match to.map(report::host_and_path) {
        Some((host, path)) => wire::write_http(delivery, &host, &path),
        None => wire::write_http(delivery, "localhost", &delivery.target),
    }
}
