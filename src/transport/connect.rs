//! Plain TCP connections to the host of an address.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use indexmap::IndexSet;
use reqwest::Url;
use tokio::net::{TcpStream, lookup_host};

use super::fault::{Fault, FaultKind};
use super::send::SendError;
use crate::words;

/// A host whose name was looked up.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// Name and port, as errors tell them.
    shown: String,
    url: Url,
    addresses: Vec<SocketAddr>,
}

impl Host {
    /// Looks the name up.
    pub(super) async fn find(url: &Url, limit: Duration) -> Result<Self, SendError> {
        let shown =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        match resolve(url, limit).await {
            Ok(addresses) => Ok(Self { shown, url: url.clone(), addresses }),
            Err(cause) => {
                Err(SendError::NoConnection { host: shown, cause, fault: Fault::new(url, FaultKind::NoName) })
            }
        }
    }

    /// A connection to the first of the host's addresses that gives one.
    pub(super) async fn connect(&self, limit: Duration) -> Result<TcpStream, SendError> {
        // An address that swallows everything must not use up the time of the others.
        let share = limit / u32::try_from(self.addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut failed = (FaultKind::NoName, "the name has no address".to_string());
        for address in &self.addresses {
            let one = match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => (FaultKind::of_io(&error), error.to_string()),
                Err(_) => (FaultKind::TimedOut, late(limit)),
            };
            if !is_localhost(&self.url) {
                failed = one;
                continue;
            }
            // A machine without IPv6 says so of [::1], which would hide that nobody listens at 127.0.0.1.
            if failed.0 == FaultKind::NoName {
                failed = one;
            }
            if failed.0 != FaultKind::Refused {
                break;
            }
        }
        let (kind, mut cause) = failed;
        if kind == FaultKind::Refused && is_localhost(&self.url) {
            cause.push_str(AT_BOTH);
        }
        Err(SendError::NoConnection { host: self.shown.clone(), cause, fault: Fault::new(&self.url, kind) })
    }
}

/// Tells where a connection to `localhost` was refused.
pub(super) const AT_BOTH: &str = ", at 127.0.0.1 and at [::1]";

/// Returns true for the name that means 127.0.0.1, then `[::1]` where nobody listens there.
pub(super) fn is_localhost(url: &Url) -> bool {
    url.host_str() == Some("localhost")
}

/// Returns the addresses that `localhost` means, in the order in which they are tried. The system may know only one of
/// them, and a receiver may listen on the other.
pub(super) fn both_loopbacks(port: u16) -> [SocketAddr; 2] {
    [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

/// The addresses that the host of an address has.
pub async fn resolve(url: &Url, limit: Duration) -> Result<Vec<SocketAddr>, String> {
    let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or_default();
    if is_localhost(url) {
        return Ok(both_loopbacks(port).to_vec());
    }
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
