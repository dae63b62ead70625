//! The request's address as it may have been seen on either side of a proxy.

use super::queries;
use crate::message::Delivery;
use crate::signature::{self, Scene};

/// Returns other ways to write the address's query: the code of the cause, what is special about it, and the address.
/// With each, the address may have the other protocol: that changes at every proxy that ends TLS.
pub(super) fn other_queries(scene: &Scene<'_>) -> Vec<(&'static str, &'static str, String)> {
    let whole = scene.url.map(str::to_string).or_else(|| signature::address(scene.delivery));
    let Some((bare, query)) = whole.as_deref().and_then(|address| address.split_once('?')) else { return Vec::new() };
    // A formatter that takes the query for a part of the path.
    let mut found = vec![("content-query-encoding", "with %3F for the ?", format!("{bare}%3F{query}"))];
    for (code, detail, other) in queries::rewritten(query) {
        found.push((code, detail, format!("{bare}?{other}")));
        if let Some(rest) = bare.strip_prefix("http://") {
            found.push((code, detail, format!("https://{rest}?{other}")));
        }
    }
    found
}

/// The request's address as it may have been seen on either side of a proxy.
pub(super) fn addresses(scene: &Scene<'_>) -> Vec<String> {
    let delivery: &Delivery = scene.delivery;
    let whole = scene.url.map(str::to_string).or_else(|| signature::address(delivery));
    let rest_of = |address: &str| address.split_once("://").map(|(_, rest)| rest.to_string());
    let own = whole.as_deref().and_then(rest_of);
    let own_host = own.as_ref().map(|own| own.split('/').next().unwrap_or(own).to_string());
    let target = match &own {
        Some(own) => own.find('/').map_or("/", |at| &own[at..]),
        None => delivery.target.as_str(),
    };
    let path = target.split('?').next().unwrap_or(target);
    let header = |name: &str| delivery.headers.text(name).map(str::to_string);
    // Behind a proxy the sender's own address is told in another header.
    let hosts = [own_host, header("x-forwarded-host"), header("host")];
    let mut unique: Vec<String> = Vec::new();
    let mut add = |address: String| {
        if address.len() > 1 && !unique.contains(&address) {
            unique.push(address);
        }
    };
    for host in hosts.into_iter().flatten().filter(|host| !host.is_empty() && host.len() <= 200) {
        let bare = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        for (scheme, port) in [("https", ":443"), ("http", ":80")] {
            for host in [host.as_str(), bare, &format!("{bare}{port}")] {
                let bare_path = path.trim_end_matches('/');
                let query = &target[path.len()..];
                for tail in [target, path, bare_path, &format!("{bare_path}{query}"), &format!("{bare_path}/{query}")] {
                    add(format!("{scheme}://{host}{tail}"));
                }
                add(format!("{scheme}://{host}{bare_path}/"));
            }
        }
    }
    add(target.to_string());
    unique
}
