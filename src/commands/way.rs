//! The way to a receiver of captured deliveries, and what its answer counts for.

use std::time::Duration;

use reqwest::Url;

use super::context::Context;
use super::input;
use super::send::{ConnectionArgs, PROXIES, check_proxy_variables};
use crate::catalog::Provider;
use crate::error::Error;
use crate::message::{Answer, Delivery};
use crate::target;
use crate::transport::{self, Manner, SendError, SendOptions, Sender};

/// The way to a receiver. Byte for byte where that can be; TLS and proxies need the client, which writes header names
/// in lower case and repeats side by side.
pub(super) struct Way {
    sender: Sender,
    pub(super) url: Url,
    is_exact: bool,
    timeout: Duration,
}

impl Way {
    pub(super) fn new(
        url: &Url,
        timeout: Duration,
        connection: &ConnectionArgs,
        context: &Context,
    ) -> Result<Self, Error> {
        let is_loopback = target::is_loopback(url);
        if connection.proxy.is_none() && !is_loopback {
            check_proxy_variables(context)?;
        }
        let options = SendOptions {
            timeout,
            insecure: connection.insecure,
            cacert: connection.cacert.as_deref().map(input::read).transpose()?,
            proxy: connection.proxy.clone(),
        };
        let is_set = |name: &&str| (context.var)(name).is_some_and(|value| !value.is_empty());
        let may_be_proxied = !is_loopback && (options.proxy.is_some() || PROXIES.iter().any(is_set));
        Ok(Self {
            sender: Sender::new(url, &options)?,
            url: url.clone(),
            is_exact: url.scheme() == "http" && !may_be_proxied,
            timeout,
        })
    }

    pub(super) async fn send(&self, delivery: &Delivery) -> Result<Answer, SendError> {
        if self.is_exact {
            return transport::send_exactly(&self.url, delivery, Manner::Length, self.timeout).await;
        }
        self.sender.send(delivery).await
    }
}

/// Whether an answer is a success by the provider's rule, or any 2xx where no provider is known.
pub(super) fn accepts(provider: Option<&Provider>, status: u16) -> bool {
    provider.map_or(status / 100 == 2, |provider| provider.accepts(status))
}
