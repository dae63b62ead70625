//! What attempts to reach a receiver say.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;

use super::advice::unreached;
use super::{Check, Finding};
use crate::transport::{Fault, FaultKind};
use crate::words;

/// An attempt to connect to an address: how long it took, or why it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Where to.
    pub address: SocketAddr,
    /// How long it took, or why there is no connection.
    pub result: Result<Duration, (FaultKind, String)>,
}

/// Whether any of the addresses of a URL's host takes connections.
pub fn connection(url: &Url, attempts: &[Attempt]) -> Finding {
    let failed: Vec<String> = attempts
        .iter()
        .filter_map(|attempt| Some(format!("{}: {}", attempt.address, attempt.result.as_ref().err()?.1)))
        .collect();
    let came = attempts.iter().find_map(|attempt| Some((attempt.address, *attempt.result.as_ref().ok()?)));
    let Some((address, took)) = came else {
        let mut kinds = attempts.iter().filter_map(|attempt| Some(attempt.result.as_ref().err()?.0));
        // That nobody listens at one address says more than that another is not there.
        let is_refused = kinds.clone().any(|kind| kind == FaultKind::Refused);
        let kind = if is_refused { FaultKind::Refused } else { kinds.next_back().unwrap_or(FaultKind::Other) };
        let advice = unreached(&Fault::new(url, kind), "");
        let found = format!("nobody takes connections: {}", failed.join("; "));
        return Finding::fault(Check::Connection, "no-connection", found).hinting(advice.hint);
    };
    let mut found = format!("{address} takes connections");
    if !failed.is_empty() {
        // A name with an address of each kind often has a receiver on one of them alone.
        found.push_str(&format!("; not so {}", failed.join("; ")));
    }
    Finding::ok(Check::Connection, found).taking(took)
}

/// What a TLS handshake came to; an error is that of the TLS library.
pub fn handshake(url: &Url, result: Result<Duration, String>, is_any_taken: bool) -> Finding {
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
    let advice = unreached(&Fault::new(url, FaultKind::Tls), &cause);
    let cause = words::shorten(&cause, LONGEST);
    Finding::fault(Check::Tls, advice.code, format!("no handshake comes about: {cause}")).hinting(advice.hint)
}

/// Characters of a cause: a certificate may have hundreds of names.
const LONGEST: usize = 300;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::Url;

    use super::{Attempt, connection, handshake};
    use crate::diagnosis::State;
    use crate::transport::FaultKind;

    #[test]
    fn one_address_that_answers_is_enough_and_the_others_are_told() {
        let attempt = |address: &str, result: Result<u64, &str>| Attempt {
            address: address.parse().unwrap(),
            result: result.map(Duration::from_millis).map_err(|cause| (FaultKind::Refused, cause.to_string())),
        };
        let url = Url::parse("http://localhost:30").unwrap();
        let one = connection(&url, &[attempt("[::1]:30", Err("refused")), attempt("127.0.0.1:30", Ok(2))]);
        assert_eq!(one.state, State::Ok);
        assert_eq!(one.found, "127.0.0.1:30 takes connections; not so [::1]:30: refused");
        assert_eq!(one.took, Some(Duration::from_millis(2)));
        let none = connection(&url, &[attempt("127.0.0.1:30", Err("refused"))]);
        assert_eq!(none.state, State::Fault);
        assert!(none.hint.unwrap().starts_with("start the receiver, or correct the port"));
        let url = Url::parse("http://192.0.2.1:30").unwrap();
        assert!(connection(&url, &[attempt("192.0.2.1:30", Err("late"))]).hint.unwrap().contains("firewall"));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_has_a_name_and_a_next_action() {
        let check = |cause: &str, code: &str| {
            let url = Url::parse("https://localhost").unwrap();
            let finding = handshake(&url, Err(cause.to_string()), false);
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
