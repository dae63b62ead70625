//! The reason why a connection did not come about, as far as the system and the TLS library tell it.

use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use reqwest::Url;

/// A kind of fault on the way to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Nobody listens at the port.
    Refused,
    /// The name has no address.
    NoName,
    /// Nothing came back in time.
    TimedOut,
    /// No route leads to the address.
    NoRoute,
    /// The TLS handshake failed.
    Tls,
    /// Another fault.
    Other,
}

/// A connection that did not come about: the kind of fault, and the address that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind.
    pub kind: FaultKind,
    /// The host, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether TLS was to be spoken.
    pub is_tls: bool,
    /// Whether a proxy stood between.
    pub is_proxied: bool,
    /// Whether this machine is a container.
    pub is_contained: bool,
}

impl Fault {
    /// Returns a fault of this kind at an address, without a proxy.
    pub fn new(url: &Url, kind: FaultKind) -> Self {
        Self {
            kind,
            host: url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_string(),
            port: url.port_or_known_default().unwrap_or_default(),
            is_tls: url.scheme() == "https",
            is_proxied: false,
            is_contained: is_contained(),
        }
    }
}

impl FaultKind {
    /// Returns the kind of an error of the system.
    pub(super) fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            // A machine without IPv6 has no address to come from.
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
                Self::NoRoute
            }
            _ if error.to_string().contains("family not supported") => Self::NoRoute,
            _ => Self::Other,
        }
    }

    /// Returns the kind of an error of the HTTP client. `is_tls` says whether the address is one of TLS.
    pub(super) fn of_client(error: &(dyn StdError + 'static), is_tls: bool) -> Self {
        let mut next = Some(error);
        let mut kind = Self::Other;
        while let Some(error) = next {
            // The client names the step that failed in no other way.
            if error.to_string() == "dns error" {
                return Self::NoName;
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                kind = Self::of_io(error);
            }
            next = error.source();
        }
        if kind == Self::Other && is_tls { Self::Tls } else { kind }
    }
}

/// Returns true if the program runs in a container, where `localhost` is the container itself.
fn is_contained() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let has_mark = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists());
        has_mark || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
    })
}
