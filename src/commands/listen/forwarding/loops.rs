//! Addresses that lead back to the listener itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use reqwest::Url;

/// Whether a connection to an address ends at one of these sockets. A name that can't be looked up now is told when a
/// delivery comes.
pub(super) async fn leads_back(url: &Url, listening: &[SocketAddr]) -> bool {
    let port = url.port_or_known_default().unwrap_or_default();
    if listening.iter().all(|address| address.port() != port) {
        return false;
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let Ok(mut addresses) = tokio::net::lookup_host((host, port)).await else { return false };
    addresses.any(|address| listening.iter().any(|own| reaches(address.ip(), own.ip())))
}

/// Whether a connection to the first address ends at a socket on the other.
fn reaches(to: IpAddr, listening: IpAddr) -> bool {
    let (to, listening) = (to.to_canonical(), listening.to_canonical());
    let loopback: IpAddr = if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    // What is unspecified is reached as loopback, and listens on every address of this machine.
    let to = if to.is_unspecified() { loopback } else { to };
    to == listening || listening.is_unspecified() && (to.is_loopback() || UdpSocket::bind((to, 0)).is_ok())
}
