//! The control signed over another form of its address, as receivers rebuild it from the request.

use super::{Parts, Variant};

pub(super) fn variants(parts: &Parts<'_>) -> Vec<Variant> {
    if !parts.scheme.covers_address() {
        return Vec::new();
    }
    let variant = |(code, url): (&'static str, String)| Variant { url: url.clone(), ..parts.variant(code, url) };
    others(parts.url).into_iter().map(variant).collect()
}

/// Returns the other forms of an address, the likelier first. Each has the finding of its only difference.
fn others(url: &str) -> Vec<(&'static str, String)> {
    let Some((protocol, rest)) = url.split_once("://") else { return Vec::new() };
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
    let other_protocol = if protocol == "https" { "http" } else { "https" };
    let slashed = match path.strip_suffix('/') {
        Some(bare) => bare.to_string(),
        None => format!("{path}/"),
    };
    let own_port = other_port(protocol, authority);
    let far_port = other_port(other_protocol, authority);
    let (dropped, protocol_code, port, slash) =
        ("control-without-query", "control-other-protocol", "control-other-port", "control-other-slash");
    let other = "control-other-address";
    let mut all = vec![
        (dropped, format!("{protocol}://{authority}{path}")),
        (protocol_code, format!("{other_protocol}://{authority}{target}")),
        (other, format!("{other_protocol}://{authority}{path}")),
        (port, format!("{protocol}://{own_port}{target}")),
        (other, format!("{other_protocol}://{far_port}{target}")),
        (slash, format!("{protocol}://{authority}{slashed}{query}")),
        (other, target.to_string()),
    ];
    for (name, same) in [("localhost", "127.0.0.1"), ("127.0.0.1", "localhost")] {
        if let Some(port) = authority.strip_prefix(name) {
            all.insert(3, (other, format!("{protocol}://{same}{port}{target}")));
        }
    }
    all.retain(|(_, form)| form != url && !form.is_empty());
    all
}

/// An authority without its port, or with the default port where it has none.
fn other_port(protocol: &str, authority: &str) -> String {
    // The colons of an IPv6 address stand in brackets.
    let bare = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[bare..].find(':') {
        Some(colon) => authority[..bare + colon].to_string(),
        None => format!("{authority}:{}", if protocol == "https" { 443 } else { 80 }),
    }
}

#[cfg(test)]
mod tests {
    use super::others;

    #[test]
    fn an_address_has_other_forms_the_likelier_first() {
        let check = |url: &str, expected: &[&str]| {
            let forms: Vec<String> = others(url).into_iter().map(|(code, form)| format!("{code} {form}")).collect();
            assert_eq!(forms, expected, "{url}");
        };
        check(
            "https://a.example/hook?x=1",
            &[
                "control-without-query https://a.example/hook",
                "control-other-protocol http://a.example/hook?x=1",
                "control-other-address http://a.example/hook",
                "control-other-port https://a.example:443/hook?x=1",
                "control-other-address http://a.example:80/hook?x=1",
                "control-other-slash https://a.example/hook/?x=1",
                "control-other-address /hook?x=1",
            ],
        );
        check(
            "http://127.0.0.1:3000/",
            &[
                "control-other-protocol https://127.0.0.1:3000/",
                "control-other-address https://127.0.0.1:3000/",
                "control-other-address http://localhost:3000/",
                "control-other-port http://127.0.0.1/",
                "control-other-address https://127.0.0.1/",
                "control-other-slash http://127.0.0.1:3000",
                "control-other-address /",
            ],
        );
    }
}
