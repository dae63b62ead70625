//! The way to a receiver of captured deliveries, and what its answer counts for.

use reqwest::Url;

use super::connection::ConnectionArgs;
use super::context::Context;
use crate::catalog::Provider;
use crate::error::Error;
use crate::message::{Answer, Delivery};
use crate::transport::{self, Manner, SendError, SendOptions, Sender};

/// The way to a receiver. Byte for byte where that can be; TLS and proxies need the client, which writes header names
/// in lower case and repeats side by side.
pub(super) struct Way {
    sender: Sender,
    pub(super) url: Url,
    is_exact: bool,
    options: SendOptions,
}

impl Way {
    /// The way to an address; `options` are those of this connection.
    pub(super) fn new(
        url: &Url,
        options: SendOptions,
        connection: &ConnectionArgs,
        context: &Context,
    ) -> Result<Self, Error> {
        Ok(Self {
            sender: Sender::new(url, &options)?,
            url: url.clone(),
            is_exact: url.scheme() == "http" && !connection.may_proxy(url, context),
            options,
        })
    }

    pub(super) async fn send(&self, delivery: &Delivery) -> Result<Answer, SendError> {
        if self.is_exact {
            return transport::send_keeping(&self.url, delivery, Manner::Length, &self.options).await;
        }
        self.sender.send(delivery).await
    }
}

/// Whether an answer is a success by the provider's rule, or any 2xx where no provider is known.
pub(super) fn accepts(provider: Option<&Provider>, status: u16) -> bool {
    provider.map_or(status / 100 == 2, |provider| provider.accepts(status))
}
