//! The next step where a receiver is not reached: one answer for every command.

use reqwest::Url;

use crate::transport::{Fault, FaultKind, SendError};

/// A stable name for a fault, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The name, in output for machines too.
    pub code: &'static str,
    /// The next step.
    pub hint: String,
}

impl Advice {
    fn new(code: &'static str, hint: impl Into<String>) -> Self {
        Self { code, hint: hint.into() }
    }
}

/// The name by which a container reaches the machine that runs it.
const MACHINE: &str = "host.docker.internal";

/// Returns the next step for a delivery that got no response; nothing where the error says it already.
pub fn advice(error: &SendError) -> Option<Advice> {
    match error {
        SendError::NoConnection { cause, fault, .. } => Some(unreached(fault, cause)),
        SendError::Dropped(cause) if cause.contains("invalid HTTP version") => Some(Advice::new(
            "not-http",
            "the port does not speak HTTP/1: where it speaks TLS, give https:// in place of http://",
        )),
        SendError::Dropped(cause) if cause.contains("close_notify") => Some(Advice::new(
            "cut-off",
            "the response has neither Content-Length nor chunks, and TLS ended without notice, so it may be cut: have the \
             receiver state its length",
        )),
        SendError::Dropped(_) | SendError::TimedOut(_) | SendError::Options(_) => None,
    }
}

/// Returns the next step for a connection that did not come about.
pub(super) fn unreached(fault: &Fault, cause: &str) -> Advice {
    match fault.kind {
        FaultKind::Tls => handshake(fault, cause),
        _ if fault.is_proxied => Advice::new(
            "no-connection",
            "--proxy URL or a variable such as https_proxy says which proxy; no_proxy=HOST goes without",
        ),
        FaultKind::NoName => Advice::new("name-unknown", unknown(fault)),
        FaultKind::Refused => Advice::new("no-connection", refused(fault)),
        FaultKind::TimedOut if fault.is_tls => Advice::new(
            "no-connection",
            format!(
                "see whether the receiver runs and speaks TLS there, or whether {} is meant, and whether a firewall or a \
                 VPN is in between",
                plain(fault)
            ),
        ),
        FaultKind::TimedOut | FaultKind::NoRoute | FaultKind::Other => {
            Advice::new("no-connection", "see whether the receiver runs, and whether a firewall or a VPN is in between")
        }
    }
}

/// Returns the next step for the host of an address that no address is found for.
pub fn unknown_name(url: &Url) -> String {
    unknown(&Fault::new(url, FaultKind::NoName))
}

fn unknown(fault: &Fault) -> String {
    let host = fault.host.as_str();
    match () {
        () if host == MACHINE && fault.is_contained => {
            format!("Docker Desktop has this name; on Linux start the container with --add-host={MACHINE}:host-gateway")
        }
        () if host == MACHINE => {
            format!("only containers have the name {MACHINE}; on the machine itself it is localhost")
        }
        () if host.ends_with(".localhost") => {
            "this system does not look names below localhost up; give localhost itself, with -H 'Host: NAME'"
                .to_string()
        }
        () if !host.contains('.') && !fault.is_contained => {
            format!(
                "`{host}` may be a service of a container network, which has its name inside only; from outside give \
                 localhost and the published port"
            )
        }
        () if !host.contains('.') => {
            format!("see whether `{host}` is a service on this container's network, and runs; else correct the name")
        }
        () => "correct the name, or see whether the network and its DNS are up".to_string(),
    }
}

fn refused(fault: &Fault) -> String {
    let is_here = matches!(fault.host.as_str(), "localhost" | "::1" | "0.0.0.0") || fault.host.starts_with("127.");
    match () {
        () if is_here && fault.is_contained => format!(
            "start the receiver, or correct the port; in a container localhost is the container itself: {MACHINE} is the \
             machine that runs it, and a service of the same network has its own name"
        ),
        () if is_here => "start the receiver, or correct the port".to_string(),
        () if fault.host == MACHINE => format!(
            "start the receiver, or correct the port; it has to listen on 0.0.0.0, since what listens on 127.0.0.1 alone \
             is not reached from a container (port {})",
            fault.port
        ),
        () => {
            "see whether the receiver runs, whether it listens on more than 127.0.0.1, and whether a firewall or a VPN \
               is in between"
                .to_string()
        }
    }
}

fn handshake(fault: &Fault, cause: &str) -> Advice {
    let (code, hint) = tls_trouble(cause);
    if !matches!(code, "no-tls" | "no-handshake") {
        return Advice::new(code, hint);
    }
    let what = if code == "no-tls" { "speaks something else than TLS" } else { "may speak something else than TLS" };
    Advice::new(code, format!("the port {what}: is {} meant?", plain(fault)))
}

/// Returns the address over plain HTTP.
fn plain(fault: &Fault) -> String {
    let host = if fault.host.contains(':') { format!("[{}]", fault.host) } else { fault.host.clone() };
    format!("http://{host}:{}", fault.port)
}

/// Returns the name of what goes wrong in a TLS handshake, and the next step.
pub(super) fn tls_trouble(cause: &str) -> (&'static str, &'static str) {
    TROUBLES
        .iter()
        .find(|(sign, ..)| cause.contains(sign))
        .map_or(("no-handshake", "see whether the receiver speaks TLS there"), |(_, code, hint)| (*code, *hint))
}

/// How the TLS library words what goes wrong, the code for it and the next action.
const TROUBLES: [(&str, &str, &str); 8] = [
    (
        "UnknownIssuer",
        "certificate-untrusted",
        "--cacert FILE trusts the authority that signed it, or the certificate itself; --insecure takes any certificate",
    ),
    (
        "BadSignature",
        "certificate-untrusted",
        "an authority of the same name is trusted and did not sign it, as where a certificate was made anew: --cacert \
         FILE trusts the one that did; --insecure takes any certificate",
    ),
    (
        "CaUsedAsEndEntity",
        "certificate-of-an-authority",
        "it says of itself that it is an authority's: --cacert FILE with this very certificate trusts it; --insecure \
         takes any certificate",
    ),
    ("certificate expired", "certificate-expired", "renew the receiver's certificate, or set the clock if it is wrong"),
    ("not valid yet", "certificate-early", "set the clock, or wait for the certificate's first day"),
    (
        "not valid for name",
        "certificate-of-another",
        "use a name that the certificate has, or have one made for this one",
    ),
    ("certificate", "certificate-bad", "have the receiver's certificate made anew; --insecure takes any"),
    ("InvalidContentType", "no-tls", "the port speaks something else than TLS: is http:// meant?"),
];

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::advice;
    use crate::transport::{Fault, FaultKind, SendError};

    fn hint(url: &str, kind: FaultKind, cause: &str, is_contained: bool) -> (&'static str, String) {
        let fault = Fault { is_contained, ..Fault::new(&Url::parse(url).unwrap(), kind) };
        let error = SendError::NoConnection { host: String::new(), cause: cause.to_string(), fault };
        let advice = advice(&error).unwrap();
        (advice.code, advice.hint)
    }

    #[test]
    fn each_fault_on_the_way_has_a_name_and_a_next_step() {
        let check = |url: &str, kind, is_contained: bool, code: &str, part: &str| {
            let (found, hint) = hint(url, kind, "cause", is_contained);
            assert_eq!(found, code, "{url}");
            assert!(hint.contains(part), "{url}: {hint}");
        };
        check("http://localhost:1", FaultKind::Refused, false, "no-connection", "start the receiver");
        check("http://127.0.0.1:1", FaultKind::Refused, true, "no-connection", "host.docker.internal");
        check("http://[::1]:1", FaultKind::Refused, true, "no-connection", "host.docker.internal");
        check("http://host.docker.internal:1", FaultKind::Refused, true, "no-connection", "0.0.0.0");
        check("http://192.0.2.1", FaultKind::Refused, false, "no-connection", "firewall");
        check("https://192.0.2.1:8443", FaultKind::TimedOut, false, "no-connection", "http://192.0.2.1:8443 ");
        check("http://192.0.2.1", FaultKind::TimedOut, false, "no-connection", "firewall");
        check("http://host.docker.internal:1", FaultKind::NoName, true, "name-unknown", "--add-host");
        check("http://host.docker.internal:1", FaultKind::NoName, false, "name-unknown", "localhost");
        check("http://app:1", FaultKind::NoName, false, "name-unknown", "container network");
        check("http://app:1", FaultKind::NoName, true, "name-unknown", "this container's network");
        check("http://app.localhost:1", FaultKind::NoName, false, "name-unknown", "localhost");
        check("http://a.example", FaultKind::NoName, false, "name-unknown", "DNS");
    }

    #[test]
    fn a_failed_handshake_names_what_is_wrong() {
        let check = |cause: &str, code: &str, part: &str| {
            let (found, hint) = hint("https://[::1]:1/h", FaultKind::Tls, cause, false);
            assert_eq!(found, code, "{cause}");
            assert!(hint.contains(part), "{cause}: {hint}");
        };
        check("received corrupt message of type InvalidContentType", "no-tls", "http://[::1]:1 ");
        check("tls handshake eof", "no-handshake", "http://[::1]:1 ");
        check("invalid peer certificate: UnknownIssuer", "certificate-untrusted", "--cacert");
        check(
            "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
            "certificate-of-an-authority",
            "--cacert",
        );
    }

    #[test]
    fn what_is_not_http_may_be_tls() {
        let error = SendError::Dropped("invalid HTTP version parsed".to_string());
        assert!(advice(&error).unwrap().hint.contains("https://"));
        assert_eq!(advice(&SendError::Dropped("connection closed before message completed".to_string())), None);
    }
}
