//! Addresses that lead back to the listener itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use reqwest::Url;

use crate::transport;

/// Time limit of a name lookup.
const NAME_WITHIN: Duration = Duration::from_secs(10);

/// Whether a connection to an address ends at one of these sockets. A name that can't be looked up now is told when a
/// delivery comes.
pub(super) async fn leads_back(url: &Url, listening: &[SocketAddr]) -> bool {
    let port = url.port_or_known_default().unwrap_or_default();
    if listening.iter().all(|address| address.port() != port) {
        return false;
    }
    let Ok(addresses) = transport::resolve(url, NAME_WITHIN).await else { return false };
    addresses.iter().any(|address| listening.iter().any(|own| reaches(address.ip(), own.ip())))
}

/// Whether a connection to the first address ends at a socket on the other.
fn reaches(to: IpAddr, listening: IpAddr) -> bool {
    let (to, listening) = (to.to_canonical(), listening.to_canonical());
    let loopback: IpAddr = if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    // What is unspecified is reached as loopback, and listens on every address of this machine.
    let to = if to.is_unspecified() { loopback } else { to };
    to == listening || listening.is_unspecified() && (to.is_loopback() || UdpSocket::bind((to, 0)).is_ok())
}
