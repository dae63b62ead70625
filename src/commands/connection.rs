//! How a connection is made: the flags about certificates and proxies, the same in every command that sends.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::Url;

use super::context::Context;
use super::input;
use super::trust::Cleared;
use crate::error::Error;
use crate::target;
use crate::transport::{KEPT, SendOptions};

/// The variables that name a proxy.
const PROXIES: [&str; 6] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// How the connection is made.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionArgs {
    /// Takes any certificate
    #[arg(long)]
    insecure: bool,
    /// Trust these certificates too, as PEM: an authority's, or the receiver's own
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// The proxy, in place of the usual variables; loopback is never proxied
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
}

impl ConnectionArgs {
    /// Whether anything is given.
    pub(super) fn is_given(&self) -> bool {
        self.insecure || self.cacert.is_some() || self.proxy.is_some()
    }

    /// How deliveries go out to an address that the project may be used with.
    pub(super) fn options(
        &self,
        cleared: &Cleared<'_>,
        timeout: Duration,
        context: &Context,
    ) -> Result<SendOptions, Error> {
        if self.proxy.is_none() && cleared.url().is_some_and(|url| !target::is_loopback(url)) {
            check_proxy_variables(context)?;
        }
        Ok(SendOptions {
            timeout,
            insecure: self.insecure,
            cacert: self.cacert.as_deref().map(input::read).transpose()?,
            proxy: self.proxy.clone(),
            kept: KEPT,
        })
    }

    /// Whether what goes to an address may go through a proxy.
    pub(super) fn may_proxy(&self, url: &Url, context: &Context) -> bool {
        let is_set = |name: &&str| (context.var)(name).is_some_and(|value| !value.is_empty());
        !target::is_loopback(url) && (self.proxy.is_some() || PROXIES.iter().any(is_set))
    }
}

/// A proxy that can't be used must not be passed by without a word.
fn check_proxy_variables(context: &Context) -> Result<(), Error> {
    let is_odd = |value: &str| value.split_once("://").is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https"));
    match PROXIES.into_iter().find(|name| (context.var)(name).is_some_and(|value| is_odd(&value))) {
        None => Ok(()),
        Some(name) => Err(Error::usage(
            format!("the proxy of the variable {name} is neither http:// nor https://"),
            "unset it, or give --proxy",
        )),
    }
}
