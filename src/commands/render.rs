//! `render`: a delivery printed and not sent.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::files::{self, Access, Existing, NewFile};
use super::input::HeaderArgs;
use super::making::{Made, MakeArgs, Maker, Source};
use super::picking::{self, Offers};
use super::press::Press;
use super::project::Used;
use super::secrets::SecretArgs;
use super::settings;
use crate::catalog::{Algorithm, Event};
use crate::error::Error;
use crate::exit::Exit;
use crate::message::Delivery;
use crate::report;
use crate::words::{self, Lines};
use crate::{replay, target, wire};

/// The arguments of `render`.
#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// Events: superfolio/form.submitted, form.submitted, 'superfolio/*', superfolio
    #[arg(value_name = "EVENT")]
    events: Vec<String>,
    /// What to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// So many deliveries, of the events in turn, each a line of its own: for --format json
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// The body indented; the signature covers it as it is printed
    #[arg(long)]
    pretty: bool,
    /// Writes to a file; - is stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The address in --format http, curl and json
    #[arg(long, value_name = "URL", default_value = "http://localhost:4400/")]
    to: String,
    /// Prints a signature that is the secret itself
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    headers: HeaderArgs,
    #[command(flatten)]
    make: MakeArgs,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// What `render` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The exact bytes of the body
    #[default]
    Body,
    /// The HTTP request
    Http,
    /// A command for the shell
    Curl,
    /// A line of JSON, which `verify` reads
    Json,
}

/// Runs `render`.
pub fn run(args: &RenderArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog_untold()?;
    let mut words = args.events.clone();
    if words.is_empty() {
        words.push(picking::event(context, &catalog, ("render", None), Offers::Events)?);
        context.tell_picked("render");
    }
    let events = args.make.select(&catalog, &words)?;
    if let Some(project) = context.project()? {
        project.tell_used(context, &Used { headers: true, ..Used::default() });
    }
    let headers = settings::headers(context, &args.headers, None)?;
    let source = if args.pretty { Source::Pretty } else { Source::Sample };
    let format = if args.json { Format::Json } else { args.format };
    let url = target::parse(&args.to)?;
    // A bare body needs no signature, so no secret is asked for, unless the signature stands in it.
    let mut make = args.make.clone();
    let is_inside = |event: &Event<'_>| event.provider.scheme().is_some_and(|scheme| scheme.body.is_some());
    if format == Format::Body && !events.iter().any(is_inside) {
        make.leave_unsigned();
    }
    let mut maker = make.maker(context, &catalog, &events, &args.secrets, &headers, source)?;
    if let Some(count) = args.count {
        if format != Format::Json {
            return Err(Error::usage("--count prints lines", "add --format json"));
        }
        return stream(args, context, &events, &mut maker, &url, count);
    }
    let mut out = Vec::new();
    for (index, event) in (0..).zip(&events) {
        let delivery = maker.make(context, event, index, &target::shown(&url), Some(&url))?;
        for note in &delivery.notes {
            context.console.note(note);
        }
        if index > 0 && !matches!(format, Format::Json) {
            out.push(b'\n');
        }
        out.extend(print(&delivery, format, args, &url, context)?);
    }
    if let Some(path) = args.output.as_ref().filter(|path| path.as_os_str() != "-") {
        files::write(path, &out, Existing::Replace, Access::Usual)
            .map_err(|cause| Error::Write { path: path.clone(), cause })?;
        return Ok(Exit::Success);
    }
    if context.console.out_is_terminal && out.last() != Some(&b'\n') {
        out.push(b'\n');
    }
    context.console.exact(&out)?;
    Ok(Exit::Success)
}

/// So many bytes are written at once.
const BLOCK: usize = 64 << 10;

/// Prints line after line as they are made, until there are enough or nobody reads any more.
fn stream(
    args: &RenderArgs,
    context: &Context,
    events: &[Event<'_>],
    maker: &mut Maker,
    url: &reqwest::Url,
    count: u64,
) -> Result<Exit, Error> {
    let press = Press::new(context, maker, events, &target::shown(url), url)?;
    if let Some(event) = press.events().find(|event| !args.reveal && press.is_token(event)) {
        return Err(is_secret(event, "--reveal prints it"));
    }
    let mut lines = (0..count).map(|index| press.delivery(index).map(|made| json_line(&made, press.event(index))));
    let file = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    if let Some(path) = file {
        let fail = |cause| Error::Write { path: path.clone(), cause };
        let file = NewFile::create(path, Existing::Replace, Access::Usual).map_err(fail)?;
        let mut out = BufWriter::with_capacity(BLOCK, file);
        lines.try_for_each(|line| out.write_all(&line?).map_err(fail))?;
        let file = out.into_inner().map_err(|error| fail(error.into_error()))?;
        return file.finish().map_err(fail).map(|()| Exit::Success);
    }
    let mut block = Vec::with_capacity(BLOCK);
    for line in lines {
        block.extend(line?);
        if block.len() >= BLOCK {
            context.console.exact(&block)?;
            block.clear();
        }
        if context.console.is_closed() {
            break;
        }
    }
    context.console.exact(&block)?;
    Ok(Exit::Success)
}

/// A line that `verify` and other tools read.
fn json_line(delivery: &Delivery, event: &Event<'_>) -> Vec<u8> {
    let mut line = wire::write_delivery(delivery, &delivery.headers);
    line.insert("provider".to_string(), event.provider.id.clone().into());
    line.insert("event".to_string(), event.name.clone().into());
    (words::json_line(&serde_json::Value::Object(line)) + "\n").into_bytes()
}

fn is_secret(event: &Event<'_>, hint: &str) -> Error {
    Error::usage(format!("the signature of {} is the secret itself", event.full_name()), hint)
}

fn print(
    made: &Made<'_>,
    format: Format,
    args: &RenderArgs,
    url: &reqwest::Url,
    context: &Context,
) -> Result<Vec<u8>, Error> {
    let (reveal, secrets) = (args.reveal, &args.secrets);
    let token = made.scheme.as_ref().filter(|scheme| scheme.algorithm == Algorithm::Token);
    if token.is_some() && !reveal && matches!(format, Format::Http | Format::Json) {
        return Err(is_secret(&made.event, "--reveal prints it; --format curl takes it from a variable"));
    }
    if format != Format::Body {
        replay::check(&made.delivery).map_err(|refusal| {
            let message = format!("{} can't be printed: {refusal}", made.event.full_name());
            Error::Untestable { message: words::printable(&message, Lines::Escape), hint: None }
        })?;
    }
    Ok(match format {
        Format::Body => made.delivery.body.clone(),
        Format::Http => {
            let (host, path) = report::host_and_path(url);
            wire::write_http(&made.delivery, &host, &path)
        }
        Format::Curl => {
            if url.password().is_some() {
                context.console.note("the password of the address is left out; put it in the place of ***");
            }
            let variable = secrets.variable_of(made.event.provider, context)?;
            let text = wire::curl(&made.delivery, token.map(|scheme| (scheme.header.first(), &variable)));
            (text + "\n").into_bytes()
        }
        Format::Json => json_line(&made.delivery, &made.event),
    })
}
