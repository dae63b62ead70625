//! What attempts to reach a receiver say.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Check, Finding};
use crate::words;

/// An attempt to connect to an address: how long it took, or why it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where to.
    pub address: SocketAddr,
    /// How long it took, or why there is no connection.
    pub result: Result<Duration, String>,
}

/// Whether any of a host's addresses takes connections.
pub fn connection(attempts: &[Attempt]) -> Finding {
    let failed: Vec<String> = attempts
        .iter()
        .filter_map(|attempt| Some(format!("{}: {}", attempt.address, attempt.result.as_ref().err()?)))
        .collect();
    let came = attempts.iter().find_map(|attempt| Some((attempt.address, *attempt.result.as_ref().ok()?)));
    let Some((address, took)) = came else {
        let is_here = attempts.iter().all(|attempt| attempt.address.ip().is_loopback());
        let hint = if is_here {
            "start the receiver, or correct the port"
        } else {
            "see whether the receiver runs, and whether a firewall or a VPN is in between"
        };
        let found = format!("nobody takes connections: {}", failed.join("; "));
        return Finding::fault(Check::Connection, "no-connection", found).hinting(hint);
    };
    let mut found = format!("{address} takes connections");
    if !failed.is_empty() {
        // A name with an address of each kind often has a receiver on one of them alone.
        found.push_str(&format!("; not so {}", failed.join("; ")));
    }
    Finding::ok(Check::Connection, found).taking(took)
}

/// What a TLS handshake came to; an error is that of the TLS library.
pub fn handshake(result: Result<Duration, String>, is_any_taken: bool) -> Finding {
    let cause = match result {
        Ok(took) if is_any_taken => {
            let found = "a handshake comes about; with --insecure nobody looked at the certificate";
            return Finding::note(Check::Tls, "certificate-unchecked", found).taking(took);
        }
        Ok(took) => {
            return Finding::ok(Check::Tls, "a handshake comes about, and the certificate is trusted").taking(took);
        }
        Err(cause) => cause,
    };
    let (code, hint) = TROUBLES
        .iter()
        .find(|(sign, ..)| cause.contains(sign))
        .map_or(("no-handshake", "see whether the receiver speaks TLS there"), |(_, code, hint)| (*code, *hint));
    let cause = words::shorten(&cause, LONGEST);
    Finding::fault(Check::Tls, code, format!("no handshake comes about: {cause}")).hinting(hint)
}

/// Characters of a cause: a certificate may have hundreds of names.
const LONGEST: usize = 300;

/// How the TLS library words what goes wrong, the code for it and the next action.
const TROUBLES: [(&str, &str, &str); 8] = [
    (
        "UnknownIssuer",
        "certificate-untrusted",
        "--cacert FILE trusts the authority that signed it, as a development CA's; --insecure takes any certificate",
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
        "it says of itself that it is an authority's: have it made with basicConstraints=CA:FALSE, which --cacert then \
         trusts; --insecure takes any certificate",
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
    use std::time::Duration;

    use super::{Attempt, connection, handshake};
    use crate::diagnosis::State;

    #[test]
    fn one_address_that_answers_is_enough_and_the_others_are_told() {
        let attempt = |address: &str, result: Result<u64, &str>| Attempt {
            address: address.parse().unwrap(),
            result: result.map(Duration::from_millis).map_err(str::to_string),
        };
        let one = connection(&[attempt("[::1]:30", Err("refused")), attempt("127.0.0.1:30", Ok(2))]);
        assert_eq!(one.state, State::Ok);
        assert_eq!(one.found, "127.0.0.1:30 takes connections; not so [::1]:30: refused");
        assert_eq!(one.took, Some(Duration::from_millis(2)));
        let none = connection(&[attempt("127.0.0.1:30", Err("refused"))]);
        assert_eq!((none.state, none.hint.as_deref()), (State::Fault, Some("start the receiver, or correct the port")));
        assert!(connection(&[attempt("192.0.2.1:30", Err("late"))]).hint.unwrap().contains("firewall"));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_has_a_name_and_a_next_action() {
        let check = |cause: &str, code: &str| {
            let finding = handshake(Err(cause.to_string()), false);
            assert_eq!((finding.state, finding.code), (State::Fault, Some(code)), "{cause}");
            assert!(finding.hint.is_some() && finding.found.contains(cause));
        };
        check("invalid peer certificate: UnknownIssuer", "certificate-untrusted");
        check("invalid peer certificate: BadSignature", "certificate-untrusted");
        check("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "certificate-of-an-authority");
        check("invalid peer certificate: certificate expired: verification time 1 (UNIX)", "certificate-expired");
        check("invalid peer certificate: certificate not valid yet", "certificate-early");
        check("invalid peer certificate: certificate not valid for name \"a\"", "certificate-of-another");
        check("invalid peer certificate: BadEncoding", "certificate-bad");
        check("received corrupt message of type InvalidContentType", "no-tls");
        check("tls handshake eof", "no-handshake");
    }
}
