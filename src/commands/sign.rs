//! `sign`: the signature headers for a body of one's own.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::chance;
use super::context::Context;
use super::files::{Access, Existing, NewFile};
use super::input;
use super::secrets::{self, Ask, SecretArgs};
use crate::catalog::{Algorithm, Provider, Scheme};
use crate::error::Error;
use crate::exit::Exit;
use crate::message::{Delivery, Headers};
use crate::render::World;
use crate::secret::Named;
use crate::signature::{self, Generated};
use crate::words;

/// The arguments of `sign`.
#[derive(Clone, Debug, Args)]
pub struct SignArgs {
    /// The body; - or nothing is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Whose scheme to use
    #[arg(short, long, value_name = "PROVIDER")]
    provider: String,
    /// The address, for schemes that sign it
    #[arg(long, value_name = "URL", value_parser = input::web_address)]
    url: Option<String>,
    /// The request method, for schemes that sign it
    #[arg(long, value_name = "METHOD", default_value = "POST")]
    method: String,
    /// The time of signing: RFC 3339 or Unix seconds; now where it is not given
    #[arg(long, value_name = "TIME", value_parser = input::time)]
    at: Option<Timestamp>,
    /// The delivery's id, for schemes that sign it; a fresh one where it is not given
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Signs with a key pair made on the spot, and tells its public key
    #[arg(long, conflicts_with_all = ["secret", "secret_env", "secret_file"])]
    generate_key: bool,
    /// Keeps the private key that was made, in a new file
    #[arg(long, value_name = "FILE", requires = "generate_key")]
    key_out: Option<PathBuf>,
    /// Prints a signature that is the secret itself
    #[arg(long)]
    reveal: bool,
    /// One line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// Runs `sign`.
pub fn run(args: &SignArgs, context: &Context) -> Result<Exit, Error> {
    let catalog = context.catalog()?;
    let provider = catalog.named(&args.provider)?;
    let Some(scheme) = args.secrets.choice(&[provider])?.of(provider) else {
        return Err(Error::usage(
            format!("{} documents no signature", provider.description.name),
            "its deliveries go out unsigned",
        ));
    };
    if scheme.covers_address() && args.url.is_none() {
        return Err(Error::usage(
            format!("{} signs the address too", provider.description.name),
            "--url says which one the provider was told",
        ));
    }
    let generated = if args.generate_key { Some(generate(&scheme, provider)?) } else { None };
    let mut keyring = args.secrets.keyring(context, &catalog)?;
    if args.file.as_os_str() == "-" && context.console.can_ask {
        context.console.say("reading the body from the terminal; Ctrl-D ends it");
    }
    let body = input::read(&args.file)?;
    let ask = if args.file.as_os_str() == "-" { Ask::No } else { Ask::Yes };
    let secrets = match &generated {
        Some(pair) => vec![Named { from: "us".to_string(), secret: pair.private.clone() }],
        None => secrets::signing(context, &mut keyring, provider, &scheme, ask)?,
    };
    if secrets.is_empty() {
        return Err(secrets::no_secret(provider, false));
    }
    if scheme.algorithm == Algorithm::Token && !args.reveal {
        return Err(Error::usage(
            format!("the signature of {} is the secret itself, whatever the body", provider.description.name),
            "--reveal prints it",
        ));
    }
    let delivery = signed(args, provider, &scheme, &secrets, body)?;
    if let (Some(path), Some(pair)) = (&args.key_out, &generated) {
        keep(path, pair)?;
    }
    print(args, context, &scheme, &delivery, generated.as_ref())
}

fn signed(
    args: &SignArgs,
    provider: &Provider,
    scheme: &Scheme,
    secrets: &[Named],
    body: Vec<u8>,
) -> Result<Delivery, Error> {
    let mut world = World { now: args.at.unwrap_or_else(Timestamp::now), random: chance::stream()? };
    let mut headers = Headers::default();
    if let (Some(id), Some(place)) = (&args.id, &scheme.id) {
        input::header(&format!("{}: {id}", place.header.first()))
            .map_err(|what| Error::usage(what, "as in --id msg_1"))?;
        headers.push(place.header.first(), id.as_str());
    }
    let target = args.url.clone().unwrap_or_default();
    let mut delivery = Delivery { method: args.method.clone(), target, headers, body };
    signature::sign(scheme, secrets, &mut delivery, args.url.as_deref(), &mut world)
        .map_err(|error| secrets::unsigned(provider, scheme, &error))?;
    Ok(delivery)
}

fn print(
    args: &SignArgs,
    context: &Context,
    scheme: &Scheme,
    delivery: &Delivery,
    pair: Option<&Generated>,
) -> Result<Exit, Error> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let public = pair.map(|pair| pair.public.as_str());
    if args.json {
        let value = signature::received(scheme, delivery).into_iter().next().unwrap_or_default();
        let headers: Vec<_> = delivery.headers.0.iter().map(|h| [h.name.clone(), text(&h.value)]).collect();
        context.console.print(&words::json_line(&json!({
            "header": scheme.body.is_none().then(|| scheme.header.first()),
            "value": text(&value),
            "headers": headers,
            "body": scheme.body.as_ref().map(|_| text(&delivery.body)),
            "bytes": delivery.body.len(),
            "public_key": public,
        })));
        return Ok(Exit::Success);
    }
    if let Some(public) = public {
        context.console.say(&format!("signed with a key made for this; its public key, for the receiver: {public}"));
    }
    let mut out = Vec::new();
    if scheme.body.is_some() {
        out.extend([&delivery.body, b"\n".as_slice()].concat());
    }
    for header in &delivery.headers.0 {
        out.extend([header.name.as_bytes(), b": ", &header.value, b"\n"].concat());
    }
    context.console.exact(&out)?;
    Ok(Exit::Success)
}

fn generate(scheme: &Scheme, provider: &Provider) -> Result<Generated, Error> {
    if !scheme.algorithm.is_asymmetric() {
        return Err(Error::usage(
            format!("{} signs with a shared secret, not with a key pair", provider.description.name),
            "--secret-env NAME gives it",
        ));
    }
    secrets::made_up(scheme)
}

/// Keeps the private key, last of all, so that what fails leaves none behind.
fn keep(path: &Path, pair: &Generated) -> Result<(), Error> {
    let write = || {
        let mut file = NewFile::create(path, Existing::Refuse, Access::Private)?;
        file.write_all(pair.private.expose())?;
        file.write_all(b"\n")?;
        file.finish()
    };
    write().map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Untestable {
            message: format!("{} is there already, and a key is never written over", path.display()),
            hint: Some("name a new file".to_string()),
        },
        _ => Error::Write { path: path.to_path_buf(), cause },
    })
}
