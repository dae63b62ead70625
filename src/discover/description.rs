//! A scheme that fits → the lines of `provider.toml` that describe it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Found, UNNAMED};
use crate::catalog::{Algorithm, KeyForm, List, Scheme, Stamp};

/// The lines that describe a provider, and the folder that they belong in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The provider's id, which is the name of its folder.
    pub id: String,
    /// The text of `provider.toml`.
    pub text: String,
}

/// Returns the lines for schemes that fit. `is_taken` tells the ids that other providers have.
pub fn lines(found: &Found, now: Timestamp, is_taken: impl Fn(&str) -> bool) -> Option<Lines> {
    let first = found.fits.first()?;
    let mut id = provider_id(first.scheme.header.first());
    if is_taken(&id) {
        id.push_str("-own");
    }
    let day = now.to_zoned(TimeZone::UTC).date();
    let mut text = format!("name = {}\n", quoted(&id));
    text.push_str("summary = \"described from a delivery\"\n");
    text.push_str("page = \"\"                               # the address of its webhook documentation\n");
    text.push_str(&format!("checked = \"{day}\"\n\n[recognise]\n"));
    let mut marks: Vec<String> = found.fits.iter().map(|fit| fit.scheme.header.first().to_ascii_lowercase()).collect();
    marks.dedup();
    text.push_str(&format!("headers = {}\n", quoted(&marks)));
    for (at, fit) in found.fits.iter().enumerate() {
        let is_known = |other: &super::Fit| other.scheme.mode == fit.scheme.mode;
        let is_repeat = found.fits[..at].iter().any(is_known);
        let mode = if is_repeat { format!("{}-{}", fit.scheme.mode, at + 1) } else { fit.scheme.mode.clone() };
        text.push_str(&format!("\n[[signature]]\nmode = {}\n{}", quoted(&mode), scheme(&fit.scheme)));
    }
    Some(Lines { id, text })
}

/// The keys of a `[[signature]]` table but its mode.
fn scheme(scheme: &Scheme) -> String {
    let is_unnamed = scheme.header.first() == UNNAMED;
    let unnamed = if is_unnamed { "                  # the header that it comes in" } else { "" };
    let mut lines = vec![
        format!("algorithm = {}", quoted(&scheme.algorithm)),
        "secret = \"required\"".to_string(),
        format!("header = {}{unnamed}", quoted(scheme.header.first())),
    ];
    if !scheme.prefix.is_empty() {
        lines.push(format!("prefix = {}", quoted(&scheme.prefix)));
    }
    lines.extend(scheme.list.as_ref().map(list));
    if let Some(encoding) = scheme.encoding {
        lines.push(format!("encoding = {}", quoted(&encoding)));
    }
    if !scheme.accept.is_empty() {
        let names: Vec<&str> = scheme.accept.iter().map(|accept| accept.name()).collect();
        lines.push(format!("accept = {}", quoted(&names)));
    }
    if scheme.algorithm != Algorithm::Token {
        let content: String = scheme.content.0.iter().map(ToString::to_string).collect();
        lines.push(format!("content = {}", quoted(&content)));
    }
    if scheme.key != KeyForm::default() {
        let KeyForm { strip, decode } = &scheme.key;
        lines.push(format!("key = {{ strip = {}, decode = {} }}", quoted(strip), quoted(decode)));
    }
    lines.extend(scheme.timestamp.as_ref().map(stamp));
    if let Some(id) = &scheme.id {
        lines.push(format!("id = {{ header = {}, make = \"{{uuid}}\" }}", quoted(id.header.first())));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn list(list: &List) -> String {
    let (separator, pair, take) = (quoted(&list.separator), quoted(&list.pair), quoted(&list.take));
    format!("list = {{ separator = {separator}, pair = {pair}, take = {take} }}")
}

fn stamp(stamp: &Stamp) -> String {
    let place = match (&stamp.header, &stamp.item) {
        (Some(names), _) => format!("header = {}", quoted(names.first())),
        (None, item) => format!("item = {}", quoted(item.as_deref().unwrap_or_default())),
    };
    let unit = quoted(&stamp.unit);
    format!("timestamp = {{ {place}, unit = {unit} }}   # past = 300 refuses what is older than 5 minutes")
}

/// A text or a name as TOML writes it; every string of JSON is one of TOML.
fn quoted<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An id from the words of a header's name that are its owner's: `acme` from `X-Acme-Webhook-Signature`.
fn provider_id(header: &str) -> String {
    const COMMON: [&str; 16] = [
        "x",
        "hub",
        "hook",
        "webhook",
        "webhooks",
        "signature",
        "sig",
        "sign",
        "hmac",
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "256",
        "v1",
        "token",
    ];
    let header = header.to_ascii_lowercase();
    let is_own = |word: &&str| !word.is_empty() && !COMMON.contains(word);
    let clean = |word: &str| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let words: Vec<String> =
        header.split(['-', '_']).filter(is_own).map(clean).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "my-provider".to_string() } else { words.join("-") }
}
