//! What may have been signed together with the body: times, ids, the address, as other schemes do.

use crate::message::{Delivery, Headers};
use crate::moment;

/// One alteration: the code of its cause, what is special about it, and what stands before and after
/// the body.
pub(super) type Alteration = (&'static str, String, Vec<u8>, Vec<u8>);

/// Headers that are looked at for a time or an id; a hostile sender could send thousands.
const MOST: usize = 4;

/// Alterations from what came along with the body.
pub(super) fn alterations(delivery: &Delivery) -> Vec<Alteration> {
    let mut found = Vec::new();
    let times = named(&delivery.headers, |name, value| {
        name.contains("time") && (moment::read(value).is_some() || value.parse::<f64>().is_ok())
    });
    let ids = named(&delivery.headers, |name, _| name.ends_with("id") || name.contains("delivery"));
    for (name, time) in &times {
        let mut add = |shape: &str, before: String, after: String| {
            let detail = shape.replace("TIME", name);
            found.push(("content-with-timestamp", detail, before.into_bytes(), after.into_bytes()));
        };
        add("`TIME.body`", format!("{time}."), String::new());
        add("`TIME:body`", format!("{time}:"), String::new());
        add("`v0:TIME:body`", format!("v0:{time}:"), String::new());
        add("TIME and body", time.clone(), String::new());
        add("body and TIME", String::new(), time.clone());
        add("`body.TIME`", String::new(), format!(".{time}"));
    }
    for (name, id) in &ids {
        let mut add = |shape: String, before: String, after: String| {
            found.push(("content-with-id", shape, before.into_bytes(), after.into_bytes()));
        };
        add(format!("`{name}.body`"), format!("{id}."), String::new());
        add(format!("{name} and body"), id.clone(), String::new());
        add(format!("body and {name}"), String::new(), id.clone());
        for (time_name, time) in &times {
            add(format!("`{name}.{time_name}.body`"), format!("{id}.{time}."), String::new());
            add(format!("`{time_name}.{name}.body`"), format!("{time}.{id}."), String::new());
        }
    }
    for address in addresses(delivery) {
        let method = &delivery.method;
        let mut add = |shape: String, before: String, after: String| {
            found.push(("content-with-url", shape, before.into_bytes(), after.into_bytes()));
        };
        add(format!("{address} and body"), address.clone(), String::new());
        add(format!("{method}, {address} and body"), format!("{method}{address}"), String::new());
        add(format!("body and {address}"), String::new(), address.clone());
        for (name, time) in &times {
            add(format!("{method}, {address}, body and {name}"), format!("{method}{address}"), time.clone());
        }
    }
    found
}

fn named(headers: &Headers, wanted: impl Fn(&str, &str) -> bool) -> Vec<(String, String)> {
    let text = |header: &crate::message::Header| {
        let value = String::from_utf8(header.value.clone()).ok().filter(|value| value.len() <= 200)?;
        Some((header.name.to_ascii_lowercase(), value))
    };
    headers.0.iter().filter_map(text).filter(|(name, value)| wanted(name, value)).take(MOST).collect()
}

/// The request's address as it may have been seen on either side of a proxy.
fn addresses(delivery: &Delivery) -> Vec<String> {
    let target = delivery
        .target
        .split_once("://")
        .map_or(delivery.target.as_str(), |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let path = target.split('?').next().unwrap_or(target);
    let mut addresses = vec![target.to_string()];
    // Behind a proxy the sender's own address is told in another header.
    let hosts = ["x-forwarded-host", "host"].into_iter().filter_map(|name| delivery.headers.text(name));
    for host in hosts.filter(|host| host.len() <= 200) {
        let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
        for scheme in ["https", "http"] {
            for host in [host, bare] {
                addresses.push(format!("{scheme}://{host}{target}"));
                addresses.push(format!("{scheme}://{host}{path}"));
                addresses.push(format!("{scheme}://{host}{}", path.trim_end_matches('/')));
                addresses.push(format!("{scheme}://{host}{}/", path.trim_end_matches('/')));
            }
        }
    }
    let mut unique: Vec<String> = Vec::new();
    for address in addresses {
        if address.len() > 1 && !unique.contains(&address) {
            unique.push(address);
        }
    }
    unique
}
