//! Where deliveries go: what the user types as an address, read as one.

use std::net::{IpAddr, Ipv6Addr};

use reqwest::Url;

/// What the names of a local network end with.
const LOCAL: [&str; 7] = ["local", "internal", "test", "lan", "home", "intranet", "docker"];
/// Metadata services of clouds with an address of a private network: of AWS and of Google.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
const METADATA: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];
/// Their names, which look as if they were of a local network.
const METADATA_NAMES: [&str; 4] =
    ["metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"];

/// Why an address can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{typed}` is not an address to send to: {what}")]
pub struct TargetError {
    typed: String,
    what: String,
}

/// Reads an address. `3000/hook` and `localhost:3000/hook` mean `http://localhost`.
pub fn parse(typed: &str) -> Result<Url, TargetError> {
    let fail = |what: &str| TargetError { typed: without_password(typed), what: what.to_string() };
    let full = if typed.contains("://") {
        typed.to_string()
    } else {
        let host = typed.split('/').next().unwrap_or_default();
        let port = host.strip_prefix(':').unwrap_or(host);
        if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("http://localhost:{}", typed.strip_prefix(':').unwrap_or(typed))
        } else if is_local_or_has_port(host) {
            format!("http://{typed}")
        } else {
            return Err(fail(&format!("write the scheme too, as in https://{}", without_password(typed))));
        }
    };
    let url = Url::parse(&full).map_err(|error| fail(&error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        other => Err(fail(&format!("webhooks go over http or https, not {other}"))),
    }
}

fn is_local_or_has_port(host: &str) -> bool {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    host == "localhost" || host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() || has_port
}

/// Whether an address stays on this machine, so that no proxy is asked.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
        // What is unspecified reaches this machine.
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Returns true if a connection to this address certainly ends on this machine. A name other than `localhost` may be
/// looked up elsewhere, `app.localhost` too, so it does not count.
pub fn is_on_this_machine(url: &Url) -> bool {
    let is_ip = |host: &str| host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    is_loopback(url) && url.host_str().is_some_and(|host| host == "localhost" || is_ip(host))
}

/// Whether an address may belong to somebody else: not this machine, not a private network, and no name that only a
/// local network has. No name is looked up for it.
///
/// Link-local addresses are public, since 169.254.169.254 is the metadata service of a cloud. Those of a carrier's
/// network (100.64.0.0/10) and of a translator (`64:ff9b::/96`) are public too.
pub fn is_public(url: &Url) -> bool {
    if is_loopback(url) {
        return false;
    }
    let Some(full) = url.host_str() else { return true };
    let host = full.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => !address.is_private(),
        Ok(IpAddr::V6(address)) => !address.is_unique_local() || METADATA.contains(&address),
        Err(_) if METADATA_NAMES.contains(&host) => true,
        Err(_) => match host.rsplit_once('.') {
            Some((_, last)) => !LOCAL.contains(&last),
            // With a dot at its end a single word is a top-level domain, and some of those have addresses.
            None => full.ends_with('.'),
        },
    }
}

/// The address as it may be shown.
pub fn shown(url: &Url) -> String {
    without_password(url.as_str())
}

/// A text with the password of its first address left out.
pub fn without_password(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    let Some(at) = address[start..end].rfind('@').map(|at| start + at) else { return address.to_string() };
    match address[start..at].find(':') {
        Some(colon) => format!("{}:***{}", &address[..start + colon], &address[at..]),
        None => address.to_string(),
    }
}

/// The name and the password that an address holds.
pub fn login(url: &Url) -> Option<(Vec<u8>, Vec<u8>)> {
    let has_one = !url.username().is_empty() || url.password().is_some();
    has_one.then(|| (unescaped(url.username()), unescaped(url.password().unwrap_or_default())))
}

/// The bytes that a text with `%xx` stands for.
fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).filter(|_| *first == b'%').and_then(|digits| hex::decode(digits).ok());
        if let Some(byte) = escape {
            out.extend(byte);
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, is_on_this_machine, is_public, parse};

    #[test]
    fn what_may_be_somebody_elses_is_public() {
        let public = |address: &str| is_public(&parse(address).unwrap());
        for own in [
            "3000/hook",
            "http://[::1]/",
            "http://10.0.0.7/",
            "http://192.168.1.9:81/",
            "http://app:3000/",
            "http://[fd00::1]/",
            "http://nas.local/",
            "http://app.internal/",
            "http://172.31.0.1/",
            "http://[::ffff:10.0.0.7]/",
            "http://[::]/",
            "http://0/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://3232235777/",
            "http://nas.local./",
        ] {
            assert!(!public(own), "{own}");
        }
        for other in [
            "https://example.com/hook",
            "http://8.8.8.8/",
            "http://[2001:db8::1]/",
            "https://hooks.example/",
            "http://169.254.169.254/latest/",
            "http://169.254.0.1./",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://[::ffff:169.254.169.254]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[fe80::1]/",
            "http://[febf::1]/",
            "http://100.64.0.1/",
            "http://[64:ff9b::7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[fec0::1]/",
            "http://172.32.0.1/",
            "http://0.1.2.3/",
            "http://255.255.255.255/",
            "http://[fd00:ec2::254]/",
            "http://[fd20:ce::254]/",
            "http://metadata/",
            "http://Metadata.Google.Internal./",
            "http://ai./",
            "http://local.example.com/",
        ] {
            assert!(public(other), "{other}");
        }
    }

    #[test]
    fn short_addresses_mean_this_machine() {
        let check = |typed: &str, url: &str| assert_eq!(parse(typed).unwrap().as_str(), url, "{typed}");
        check("3000/hook", "http://localhost:3000/hook");
        check(":3000", "http://localhost:3000/");
        check("localhost:3000/hook", "http://localhost:3000/hook");
        check("localhost/hook", "http://localhost/hook");
        check("[::1]:3000/hook", "http://[::1]:3000/hook");
        check("127.0.0.1:80/a?b=c", "http://127.0.0.1/a?b=c");
        check("app.internal:8080/a", "http://app.internal:8080/a");
        check("https://example.com/hook", "https://example.com/hook");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in ["example.com/hook", "ftp://example.com", "http://", "99999/hook", "", "/hook", "http://a b"] {
            assert!(parse(typed).is_err(), "{typed:?} was read as {:?}", parse(typed));
        }
    }

    #[test]
    fn loopback_is_recognised() {
        let check = |url: &str| is_loopback(&parse(url).unwrap());
        assert!(check("http://localhost") && check("http://127.8.0.1") && check("http://[::1]:1"));
        assert!(check("http://localhost.:1") && check("http://[::ffff:127.0.0.1]") && check("http://0.0.0.0:1"));
        assert!(!check("http://localhost.example.com") && !check("http://10.0.0.1"));
    }

    #[test]
    fn only_loopback_addresses_and_localhost_are_certainly_on_this_machine() {
        let check = |url: &str| is_on_this_machine(&parse(url).unwrap());
        for own in [
            "3000/hook",
            "http://LOCALHOST:1",
            "http://127.8.0.1",
            "http://0x7f.1",
            "http://2130706433/",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.1]",
            "http://0.0.0.0:1",
        ] {
            assert!(check(own), "{own}");
        }
        for other in [
            "http://app.localhost:3000",
            "http://localhost.:1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://localhost:80@example.com",
            "http://example.com#@localhost",
            "http://10.0.0.1",
            "http://[fe80::1]",
            "http://169.254.169.254",
            "http://app:3000",
            "http://127.0.0.1.",
        ] {
            // The last is read as an address by the URL standard, which drops the dot.
            assert_eq!(check(other), other == "http://127.0.0.1.", "{other}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let check = |typed: &str, expected: &str| assert_eq!(super::without_password(typed), expected);
        check("http://u:hunter2@h/p?a=b@c", "http://u:***@h/p?a=b@c");
        check("ftp://u:hun@ter2@h", "ftp://u:***@h");
        check("u:hunter2@h/p", "u:***@h/p");
        check("http://h/u:p@q", "http://h/u:p@q");
        for typed in ["ftp://u:hunter2@h", "u:hunter2@example.com/hook"] {
            assert!(!parse(typed).unwrap_err().to_string().contains("hunter2"), "{typed}");
        }
    }
}
