//! What is signed: the parts that a scheme names, found in a delivery.

use std::collections::{BTreeMap, BTreeSet};

use super::Remark;
use super::stamp::Written;
use crate::catalog::{Part, Scheme};
use crate::json::Body;
use crate::message::Delivery;

/// What is signed, with places for what a search alters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(pub Vec<Slot>);

/// A piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The body.
    Body,
    /// The fields of the body, which is a form.
    Form,
    /// The secret.
    Secret,
}

impl Layout {
    /// The parts to hash, for a body and a secret. `form` is what [`fields`] made of the body.
    pub fn parts<'a>(&'a self, body: &'a [u8], form: &'a [u8], secret: &'a [u8]) -> Vec<&'a [u8]> {
        let part = |slot: &'a Slot| match slot {
            Slot::Bytes(bytes) => bytes.as_slice(),
            Slot::Body => body,
            Slot::Form => form,
            Slot::Secret => secret,
        };
        self.0.iter().map(part).collect()
    }

    /// Whether a slot is in it.
    pub fn has(&self, slot: &Slot) -> bool {
        self.0.contains(slot)
    }
}

/// Returns what a scheme signs of a delivery. The error says what is not there.
pub(super) fn lay(
    scheme: &Scheme,
    delivery: &Delivery,
    body: &Body<'_>,
    url: Option<&str>,
    stamp: Option<&str>,
) -> Result<Layout, Remark> {
    let mut slots: Vec<Slot> = Vec::new();
    for part in &scheme.content.0 {
        let address = || {
            url.map(str::to_string)
                .ok_or_else(|| Remark::new("address-unknown", "the address that was signed is not known"))
        };
        let bytes = match part {
            Part::Body => {
                slots.push(Slot::Body);
                continue;
            }
            Part::Form => {
                slots.push(Slot::Form);
                continue;
            }
            Part::Secret => {
                slots.push(Slot::Secret);
                continue;
            }
            Part::Text(text) => text.clone().into_bytes(),
            Part::Method => delivery.method.clone().into_bytes(),
            Part::Url => address()?.into_bytes(),
            Part::Path => path_of(&address()?).as_bytes().to_vec(),
            Part::Timestamp => {
                let missing = || Remark::new("timestamp-missing", no_timestamp(scheme));
                stamp.ok_or_else(missing)?.as_bytes().to_vec()
            }
            Part::Id => {
                let names = scheme.id.as_ref().map(|id| &id.header);
                let value = names.and_then(|names| names.0.iter().find_map(|name| delivery.headers.get(name)));
                let name = || names.map_or("", |names| names.first());
                let value = value.ok_or_else(|| Remark::new("id-missing", no_header(name())))?;
                if value.trim_ascii().is_empty() {
                    return Err(Remark::new("id-empty", format!("the {} header is empty", name())));
                }
                value.to_vec()
            }
            Part::Header(name) => {
                let missing = || Remark::new("header-missing", no_header(name));
                delivery.headers.get(name).ok_or_else(missing)?.to_vec()
            }
            Part::At(path) => {
                let missing = || Remark::new("field-missing", format!("the body has no `{path}`"));
                body.scalar_at(path).ok_or_else(missing)?.into_bytes()
            }
        };
        match slots.last_mut() {
            Some(Slot::Bytes(before)) => before.extend(bytes),
            _ => slots.push(Slot::Bytes(bytes)),
        }
    }
    Ok(Layout(slots))
}

fn no_header(name: &str) -> String {
    format!("no {name} header came")
}

fn no_timestamp(scheme: &Scheme) -> String {
    let stamp = scheme.timestamp.as_ref();
    match stamp.map(|stamp| (&stamp.header, &stamp.body, &stamp.item)) {
        Some((Some(names), ..)) => no_header(names.first()),
        Some((_, Some(path), _)) => format!("the body has no `{path}`"),
        Some((.., Some(item))) => format!("the signature has no `{item}`"),
        _ => "no timestamp came".to_string(),
    }
}

/// Returns the timestamp as it is written, where it stands in a header or in the body.
pub(super) fn stamp_of(scheme: &Scheme, delivery: &Delivery, body: &Body<'_>) -> Option<Written> {
    let stamp = scheme.timestamp.as_ref()?;
    if let Some(names) = &stamp.header {
        return names.0.iter().find_map(|name| delivery.headers.text(name)).map(Written::text);
    }
    let path = stamp.body.as_ref()?;
    let document = body.document()?;
    let kind = document.find(path).map(|node| document.kind(node));
    Some(Written { text: body.scalar_at(path)?, kind })
}

/// The address that the sender saw: the one it was sent to, or what a proxy and the request tell of it.
pub fn address(delivery: &Delivery) -> Option<String> {
    if !delivery.target.starts_with('/') && delivery.target.contains("://") {
        return Some(as_requested(&delivery.target));
    }
    let header = |name: &str| delivery.headers.text(name).map(|value| value.split(',').next().unwrap_or(value).trim());
    let host = header("x-forwarded-host").or_else(|| header("host")).filter(|host| !host.is_empty())?;
    let scheme = header("x-forwarded-proto").filter(|scheme| matches!(*scheme, "http" | "https")).unwrap_or("http");
    Some(format!("{scheme}://{host}{}", delivery.target))
}

/// An address as it goes over the wire: without user and password, and without a fragment.
pub fn as_requested(address: &str) -> String {
    let whole = address.split('#').next().unwrap_or(address);
    let Some((scheme, rest)) = whole.split_once("://") else { return whole.to_string() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
    format!("{scheme}://{host}{}", &rest[end..])
}

/// An address without its port, and with the standard port, where that is another address. Everything else stays letter
/// for letter.
pub(super) fn other_ports(url: &str) -> Vec<(String, &'static str)> {
    let Some((scheme, rest)) = url.split_once("://") else { return Vec::new() };
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let at = authority.rfind('@').map_or(0, |at| at + 1);
    let (user, host) = authority.split_at(at);
    // The colons of an IPv6 address stand in brackets.
    let bare = host.rfind(']').map_or(0, |at| at + 1);
    if let Some(colon) = host[bare..].find(':') {
        let url = format!("{scheme}://{user}{}{after}", &host[..bare + colon]);
        return vec![(url, "over the address without its port")];
    }
    let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    vec![(format!("{scheme}://{user}{host}:{port}{after}"), "over the address with the standard port")]
}

/// What of an address follows its host.
pub fn target_of(address: &str) -> &str {
    if address.starts_with('/') {
        return address;
    }
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// The path of an address, without its query.
fn path_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// The fields of a form, sorted by name, with nothing between names and values; a value that comes twice counts
/// once. As Twilio's libraries do: <https://www.twilio.com/docs/usage/security>.
pub fn fields(body: &[u8]) -> Vec<u8> {
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name.into_owned()).or_default().insert(value.into_owned());
    }
    let parts = fields.iter().flat_map(|(name, values)| values.iter().flat_map(move |value| [name.as_str(), value]));
    parts.collect::<String>().into_bytes()
}

/// The characters that `HubSpot`'s third scheme writes plainly before it signs an address:
/// <https://developers.hubspot.com/docs/api/webhooks/validating-requests>.
const PLAIN: [(&str, &str); 12] = [
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

/// An address with some of its `%XX` written plainly.
pub(super) fn decoded_url(url: &str) -> String {
    PLAIN
        .iter()
        .fold(url.to_string(), |url, (escape, plain)| url.replace(escape, plain).replace(&escape.to_lowercase(), plain))
}

/// A body with `\uXXXX` in place of all that is not ASCII, as Meta documents it.
pub(super) fn escaped(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok().filter(|text| !text.is_ascii())?;
    let mut out = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Some(out.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{address, as_requested, decoded_url, escaped, fields, other_ports, path_of};
    use crate::message::{Delivery, Headers};

    #[test]
    fn fields_of_a_form_are_sorted_and_stand_close() {
        assert_eq!(fields(b"b=2&a=x+y&a=%C3%A9&b=2&c"), "ax yaéb2c".as_bytes());
    }

    #[test]
    fn an_address_is_what_the_sender_saw() {
        let mut delivery =
            Delivery { method: "POST".into(), target: "/h?a=1".into(), headers: Headers::default(), body: Vec::new() };
        assert_eq!(address(&delivery), None);
        delivery.headers.push("Host", "localhost:4400");
        assert_eq!(address(&delivery).as_deref(), Some("http://localhost:4400/h?a=1"));
        delivery.headers.push("X-Forwarded-Proto", "https");
        delivery.headers.push("X-Forwarded-Host", "hooks.example, inner");
        assert_eq!(address(&delivery).as_deref(), Some("https://hooks.example/h?a=1"));
        delivery.target = "https://a.example/x#part".into();
        assert_eq!(address(&delivery).as_deref(), Some("https://a.example/x"));
        delivery.target = "/x?cb=https://b.example/".into();
        assert_eq!(address(&delivery).as_deref(), Some("https://hooks.example/x?cb=https://b.example/"));
        assert_eq!(as_requested("https://me:pw@a.example/x?y#z"), "https://a.example/x?y");
        assert_eq!(as_requested("https://a.example?to=b@c"), "https://a.example?to=b@c");
        assert_eq!(path_of("https://a.example/x?y"), "/x");
        assert_eq!(path_of("https://a.example"), "/");
    }

    #[test]
    fn an_address_has_another_with_or_without_its_port() {
        let check = |url: &str, expected: &str| {
            let others: Vec<String> = other_ports(url).into_iter().map(|(url, _)| url).collect();
            assert_eq!(others, [expected]);
        };
        check("https://a.example/x?y=b:1", "https://a.example:443/x?y=b:1");
        check("http://u:p@a.example?y#z", "http://u:p@a.example:80?y#z");
        check("https://u@a.example:1234/x", "https://u@a.example/x");
        check("http://[::1]/x", "http://[::1]:80/x");
        check("http://[::1]:8080/x", "http://[::1]/x");
        assert_eq!(other_ports("/x"), []);
    }

    #[test]
    fn other_writings_of_address_and_body() {
        assert_eq!(decoded_url("https://a/b?c=%3a%2F%20"), "https://a/b?c=:/%20");
        assert_eq!(escaped("{\"é\":\"🎉\"}".as_bytes()).unwrap(), br#"{"\u00e9":"\ud83c\udf89"}"#);
        assert_eq!(escaped(b"{}"), None);
    }
}
