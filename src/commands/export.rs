//! `export`: captured deliveries as files that other tools take.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use reqwest::Url;

use super::choosing::{ChooseArgs, Kept, label};
use super::context::Context;
use super::secrets::SecretArgs;
use crate::catalog::{Algorithm, Catalog, Provider};
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::SchemeChoice;
use crate::journal::{Cover, Keep, REDACTED};
use crate::message::{Capture, Delivery, Header};
use crate::report::{self, Archived};
use crate::secret::Keyring;
use crate::wire::{self, Shipment};
use crate::words::{self, Lines};
use crate::{moment, replay, secret, signature, target};

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
    token: Option<(String, String)>,
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
    let exported: Vec<Exported> =
        (0..chosen.len()).map(|at| writer.export(chosen.kept(at)?)).collect::<Result<_, _>>()?;
    tell(context, &exported);
    match (&args.out, args.format) {
        (Some(folder), Format::Http) if is_folder => {
            write_folder(folder, &exported, writer.to.as_ref())?;
            context.console.say(&format!("{} written", words::count(exported.len(), "file", "files")));
        }
        (out, format) => {
            let bytes = match format {
                Format::Curl => writer.script(&exported).into_bytes(),
                Format::Har => archive(&exported).into_bytes(),
                Format::Http => exported.iter().flat_map(|one| http(one, writer.to.as_ref())).collect(),
            };
            put(context, out.as_deref(), &bytes)?;
        }
    }
    Ok(Exit::Success)
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
        let captured = &kept.capture.delivery;
        let (provider, events) = kept.whose(self.catalog, self.named);
        let secrets = provider.map(|provider| self.keyring.all_of(provider.family())).unwrap_or_default();
        let choice = SchemeChoice::default();
        let scheme = provider.and_then(|provider| choice.of_received(provider, captured, secrets, false));
        let scheme = scheme.as_deref();
        let host = captured.headers.0.iter().find(|header| header.name.eq_ignore_ascii_case("host")).cloned();
        let mut delivery = Delivery { headers: replay::without_hops(&captured.headers), ..captured.clone() };
        replay::check(&delivery).and_then(|()| replay::check_target(&delivery)).map_err(|refusal| {
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
        let token = provider.zip(covered.0.iter().find(is_token)).map(|(provider, header)| {
            (header.name.clone(), SecretArgs::default().variable_of(provider, self.context).to_string())
        });
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

    fn script(&self, exported: &[Exported]) -> String {
        let parts: Vec<(Delivery, Vec<String>)> = exported.iter().map(shipment).collect();
        let shipments: Vec<Shipment<'_>> = parts
            .iter()
            .zip(exported)
            .map(|((delivery, about), one)| Shipment {
                delivery,
                about,
                token: one.token.as_ref().map(|(header, variable)| (header.as_str(), variable.as_str())),
            })
            .collect();
        wire::script(&shipments, self.to.as_ref().map(target::shown).as_deref())
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

fn archive(exported: &[Exported]) -> String {
    let comments: Vec<String> = exported
        .iter()
        .map(|one| [vec![format!("{}: {}", one.kept.name, one.label)], one.missing.clone()].concat().join("; "))
        .collect();
    let archived: Vec<Archived<'_>> = exported
        .iter()
        .zip(&comments)
        .map(|(one, comment)| Archived {
            capture: &one.kept.capture,
            url: &one.url,
            status: one.kept.told.status,
            comment,
        })
        .collect();
    report::har(&archived) + "\n"
}

fn http(one: &Exported, to: Option<&Url>) -> Vec<u8> {
    let Capture { delivery, .. } = &one.kept.capture;
    match to.map(report::host_and_path) {
        Some((host, path)) => wire::write_http(delivery, &host, &path),
        None => wire::write_http(delivery, "localhost", &delivery.target),
    }
}

/// A file for each, named by its id alone: nothing that came is a file's name. An id that came before takes a number.
fn write_folder(folder: &Path, exported: &[Exported], to: Option<&Url>) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|cause| Error::Write { path: folder.to_path_buf(), cause })?;
    let mut taken = BTreeSet::new();
    for (number, one) in (1..).zip(exported) {
        let id = one.kept.told.id.as_ref().filter(|id| taken.insert(id.as_str()));
        let name = id.cloned().unwrap_or_else(|| format!("delivery-{number}"));
        write(&folder.join(format!("{name}.http")), &http(one, to))?;
    }
    Ok(())
}

fn put(context: &Context, out: Option<&Path>, bytes: &[u8]) -> Result<(), Error> {
    if let Some(path) = out.filter(|path| *path != Path::new("-")) {
        return write(path, bytes);
    }
    let is_printable = || {
        let text = std::str::from_utf8(bytes).ok().map(|text| text.replace("\r\n", "\n"));
        text.is_some_and(|text| words::printable(&text, Lines::Keep) == text)
    };
    if context.console.out_is_terminal && !is_printable() {
        return Err(Error::usage("the delivery holds what may disturb a terminal", "--out FILE writes it to a file"));
    }
    context.console.write(bytes);
    Ok(())
}

/// Writes a file; a new one is nobody else's to read.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|cause| Error::Write { path: path.to_path_buf(), cause })
}

/// Says once what does not stand in what is written.
fn tell(context: &Context, exported: &[Exported]) {
    let notes: BTreeSet<&String> = exported.iter().flat_map(|one| one.missing.iter().chain(&one.kept.note)).collect();
    for note in notes.into_iter().take(TOLD) {
        context.console.note(&words::printable(note, Lines::Escape));
    }
}
