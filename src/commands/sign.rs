//! `sign`: the signature header for a body of one's own.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::input;
use super::secrets::{self, Ask, SecretArgs};
use crate::catalog::Algorithm;
use crate::error::Error;
use crate::exit::Exit;
use crate::signature;

/// The arguments of `sign`.
#[derive(Clone, Debug, Args)]
pub struct SignArgs {
    /// The body; - or nothing is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Whose scheme to use
    #[arg(short, long, value_name = "PROVIDER", hide_possible_values = true, value_parser = super::completions::provider_names())]
    provider: String,
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
    let mut keyring = args.secrets.keyring(context, &catalog)?;
    if args.file.as_os_str() == "-" && context.console.can_ask {
        context.console.say("reading the body from the terminal; Ctrl-D ends it");
    }
    let body = input::read(&args.file)?;
    let ask = if args.file.as_os_str() == "-" { Ask::No } else { Ask::Yes };
    let Some(secret) = secrets::signing(context, &mut keyring, provider, &scheme, ask)? else {
        return Err(secrets::no_secret(provider, false));
    };
    if scheme.algorithm == Algorithm::Token && !args.reveal {
        return Err(Error::usage(
            format!("the signature of {} is the secret itself, whatever the body", provider.description.name),
            "--reveal prints it",
        ));
    }
    let value = signature::sign(&scheme, &secret, &body);
    let value = String::from_utf8_lossy(&value);
    context.console.print(&if args.json {
        json!({ "header": scheme.header, "value": value, "bytes": body.len() }).to_string()
    } else {
        format!("{}: {value}", scheme.header)
    });
    Ok(Exit::Success)
}
