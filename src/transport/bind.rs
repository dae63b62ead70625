//! Sockets that wait for connections: bound on every address that is meant, with one port.

use std::io;
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that may wait to be accepted: a burst of more waits a second each for a new SYN.
const BACKLOG: u32 = 4096;

/// Sockets that are bound.
#[derive(Debug)]
pub struct Bound {
    sockets: Vec<net::TcpListener>,
    /// The addresses, the first of which is shown.
    pub addresses: Vec<SocketAddr>,
}

/// Why there is nothing to listen on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The port is taken.
    #[error("port {port} of {host} is taken by another program")]
    Busy {
        /// The address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The host has no address here.
    #[error("can't listen on {host}: {cause}")]
    Host {
        /// The host.
        host: String,
        /// What failed.
        cause: io::Error,
    },
    /// Whoever connects could not be served.
    #[error("the system gives no event loop: {0}")]
    Start(io::Error),
}

/// Sockets of the event loop that accepts from them.
pub(super) struct Listening(Vec<TcpListener>);

/// Binds the port on all of the host's addresses, or on both loopback ones. Port 0 takes a free one,
/// the same on each.
pub async fn bind(host: Option<&str>, port: u16) -> Result<Bound, BindError> {
    let Some(host) = host else {
        let loopback = [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
        return bind_all("127.0.0.1", port, &loopback);
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let fail = |cause| BindError::Host { host: host.to_string(), cause };
    let mut addresses = Vec::new();
    for address in tokio::net::lookup_host((bare, port)).await.map_err(fail)? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    bind_all(host, port, &addresses)
}

fn bind_all(host: &str, port: u16, addresses: &[SocketAddr]) -> Result<Bound, BindError> {
    // A port that is free on one address may be taken on another, so a free one is tried again.
    let mut tries = if port == 0 { 16 } else { 1 };
    loop {
        tries -= 1;
        match bind_each(host, port, addresses) {
            Err(BindError::Busy { .. }) if tries > 0 => {}
            bound => return bound,
        }
    }
}

/// An address that isn't there, as on a machine without IPv6, is left out where another is.
fn bind_each(host: &str, mut port: u16, addresses: &[SocketAddr]) -> Result<Bound, BindError> {
    let fail = |cause| BindError::Host { host: host.to_string(), cause };
    let mut sockets = Vec::new();
    let mut missing = None;
    for address in addresses {
        let mut address = *address;
        address.set_port(port);
        match bind_one(address) {
            Ok(socket) => {
                port = socket.local_addr().map_err(fail)?.port();
                sockets.push(socket);
            }
            Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => {
                return Err(BindError::Busy { host: address.ip().to_string(), port });
            }
            Err(cause) => missing = missing.or(Some(cause)),
        }
    }
    if sockets.is_empty() {
        return Err(fail(missing.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into())));
    }
    Bound::new(sockets).map_err(fail)
}

fn bind_one(address: SocketAddr) -> io::Result<net::TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Unix this lets a listener start again at once; on Windows it would let two share a port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    // Another event loop than this one accepts.
    socket.listen(BACKLOG)?.into_std()
}

impl Bound {
    fn new(sockets: Vec<net::TcpListener>) -> io::Result<Self> {
        let addresses = sockets.iter().map(net::TcpListener::local_addr).collect::<io::Result<_>>()?;
        Ok(Self { sockets, addresses })
    }

    /// Hands the sockets to the event loop that this runs on.
    pub(super) fn listen(self) -> io::Result<Listening> {
        self.sockets.into_iter().map(TcpListener::from_std).collect::<io::Result<_>>().map(Listening)
    }
}

impl Listening {
    /// The next connection of any socket; each in turn is asked first, so that none starves.
    pub(super) async fn accept(&self, next: &mut usize) -> io::Result<(TcpStream, SocketAddr)> {
        let sockets = &self.0;
        *next = (*next + 1) % sockets.len();
        let first = *next;
        std::future::poll_fn(|context| {
            for offset in 0..sockets.len() {
                let ready = sockets[(first + offset) % sockets.len()].poll_accept(context);
                if ready.is_ready() {
                    return ready;
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

    use super::{BindError, bind_all};

    const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
    /// Of a range that is for documents alone.
    const NOWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    #[tokio::test(flavor = "current_thread")]
    async fn every_address_that_is_there_gets_the_same_port() {
        let bound = |addresses: &[SocketAddr], port| bind_all("name", port, addresses).map(|bound| bound.addresses);
        let one = bound(&[(NOWHERE, 0).into(), (HERE, 0).into()], 0).unwrap();
        assert!(matches!(one.as_slice(), [address] if address.ip() == HERE && address.port() != 0), "{one:?}");
        let both = bound(&[(Ipv6Addr::LOCALHOST, 0).into(), (HERE, 0).into()], 0).unwrap();
        assert!(both.iter().all(|address| address.port() == both[0].port()), "{both:?}");
        assert!(matches!(bound(&[(NOWHERE, 0).into()], 0), Err(BindError::Host { host, .. }) if host == "name"));
        let taken = std::net::TcpListener::bind((HERE, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let busy = bound(&[(Ipv6Addr::LOCALHOST, port).into(), (HERE, port).into()], port);
        assert!(matches!(busy, Err(BindError::Busy { host, .. }) if host == "127.0.0.1"));
    }
}
