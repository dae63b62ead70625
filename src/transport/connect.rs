//! Plain TCP connections to the host of an address.

use std::net::SocketAddr;
use std::time::Duration;

use indexmap::IndexSet;
use reqwest::Url;
use tokio::net::{TcpStream, lookup_host};

use super::send::SendError;
use crate::words;

/// A host whose name was looked up.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// Name and port, as errors tell them.
    shown: String,
    addresses: Vec<SocketAddr>,
}

impl Host {
    /// Looks the name up.
    pub(super) async fn find(url: &Url, limit: Duration) -> Result<Self, SendError> {
        let shown =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        match resolve(url, limit).await {
            Ok(addresses) => Ok(Self { shown, addresses }),
            Err(cause) => Err(SendError::NoConnection { host: shown, cause }),
        }
    }

    /// A connection to the first of the host's addresses that gives one.
    pub(super) async fn connect(&self, limit: Duration) -> Result<TcpStream, SendError> {
        // An address that swallows everything must not use up the time of the others.
        let share = limit / u32::try_from(self.addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut cause = "the name has no address".to_string();
        for address in &self.addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => cause = error.to_string(),
                Err(_) => cause = late(limit),
            }
        }
        Err(SendError::NoConnection { host: self.shown.clone(), cause })
    }
}

/// The addresses that the host of an address has.
pub async fn resolve(url: &Url, limit: Duration) -> Result<Vec<SocketAddr>, String> {
    let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or_default();
    match tokio::time::timeout(limit, lookup_host((name, port))).await {
        // A resolver may tell one twice.
        Ok(Ok(addresses)) => Ok(addresses.collect::<IndexSet<_>>().into_iter().collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late(limit)),
    }
}

/// It did not come about in time.
pub(super) fn late(limit: Duration) -> String {
    format!("it did not come about within {}", words::elapsed(limit))
}
