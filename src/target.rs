//! Where deliveries go: what the user types as an address, read as one.

use reqwest::Url;

/// Why an address can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{typed}` is not an address to send to: {what}")]
pub struct TargetError {
    typed: String,
    what: String,
}

/// Reads an address. `3000/hook` and `localhost:3000/hook` mean `http://localhost`.
pub fn parse(typed: &str) -> Result<Url, TargetError> {
    let fail = |what: &str| TargetError { typed: typed.to_string(), what: what.to_string() };
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
            return Err(fail(&format!("write the scheme too, as in https://{typed}")));
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
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, parse};

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
        assert!(!check("http://localhost.example.com") && !check("http://10.0.0.1"));
    }
}
