//! What senders commonly sign: the body with a timestamp, an id, the method and the address around it.

use jiff::Timestamp;

use super::is_common;
use super::places::Form;
use crate::catalog::{Algorithm, Content, IdHeader, Names, Part, Stamp, Template, Unit};
use crate::message::Headers;
use crate::signature::{self, Scene};

/// Timestamps that are tried, and ids.
const MOST_STAMPS: usize = 4;
const MOST_IDS: usize = 4;
/// The longest id.
const LONGEST_ID: usize = 256;
/// What stands between the parts.
const SEPARATORS: [&str; 12] = ["", ".", ":", "\n", "|", "-", "_", ",", ";", "+", "/", "&"];

/// Contents without a timestamp; `%` is the separator.
const PLAIN: [&str; 6] = [
    "{url}%{body}",
    "{body}%{url}",
    "{method}%{url}%{body}",
    "{path}%{body}",
    "{method}%{path}%{body}",
    "{url}%{method}%{body}",
];
/// Contents with a timestamp.
const STAMPED: [&str; 12] = [
    "{timestamp}%{body}",
    "{body}%{timestamp}",
    "{url}%{timestamp}%{body}",
    "{timestamp}%{url}%{body}",
    "{timestamp}%{path}%{body}",
    "{timestamp}%{method}%{path}%{body}",
    "{timestamp}%{method}%{url}%{body}",
    "{method}%{path}%{timestamp}%{body}",
    "{method}%{url}%{timestamp}%{body}",
    "{method}%{url}%{body}%{timestamp}",
    "{method}%{timestamp}%{path}%{body}",
    "{path}%{timestamp}%{body}",
];
/// Contents with an id.
const NAMED: [&str; 2] = ["{id}%{body}", "{body}%{id}"];
/// Contents with both.
const BOTH: [&str; 4] =
    ["{id}%{timestamp}%{body}", "{timestamp}%{id}%{body}", "{timestamp}%{body}%{id}", "{id}%{body}%{timestamp}"];

/// A content with the places of its timestamp and its id.
#[derive(Clone, Debug, Default)]
pub(super) struct Signed {
    /// The content.
    pub(super) content: Content,
    /// The place of its timestamp.
    pub(super) timestamp: Option<Stamp>,
    /// The place of its id.
    pub(super) id: Option<IdHeader>,
}

impl Signed {
    /// Returns true if an algorithm hashes such contents: a plain hash has the secret in them, an HMAC has not.
    pub(super) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.content.0.contains(&Part::Secret) == (algorithm == Algorithm::Sha256)
    }
}

/// Returns the contents of a delivery whose signature stands in the named header, the plainest first.
pub(super) fn signed(scene: &Scene<'_>, name: &str, form: &Form) -> Vec<Signed> {
    let headers = &scene.delivery.headers;
    let has_address = scene.url.is_some() || signature::address(scene.delivery).is_some();
    let is_possible =
        |content: &Content| has_address || !content.0.iter().any(|part| matches!(part, Part::Url | Part::Path));
    let contents = |texts: &[String]| -> Vec<Content> {
        let parsed = texts.iter().filter_map(|text| text.parse().ok());
        let all = parsed
            .flat_map(|content: Content| [content.clone(), with_secret(&content, true), with_secret(&content, false)]);
        all.filter(|content| is_possible(content)).collect()
    };
    let stamps = stamps(headers, name, form);
    let ids = ids(headers, name);
    let mut all = Vec::new();
    let mut add = |contents: &[Content], timestamp: Option<&Stamp>, id: Option<&IdHeader>| {
        let signed =
            |content: &Content| Signed { content: content.clone(), timestamp: timestamp.cloned(), id: id.cloned() };
        all.extend(contents.iter().map(signed));
    };
    add(&contents(&plain(scene)), None, None);
    let stamped = contents(&stamped(form));
    for stamp in &stamps {
        add(&stamped, Some(stamp), None);
    }
    let named = contents(&spread(&NAMED));
    for id in &ids {
        add(&named, None, Some(id));
    }
    let both = contents(&spread(&BOTH));
    for stamp in &stamps {
        for id in &ids {
            add(&both, Some(stamp), Some(id));
        }
    }
    all
}

/// Each pattern with each separator.
fn spread(patterns: &[&str]) -> Vec<String> {
    patterns.iter().flat_map(|pattern| SEPARATORS.map(|separator| pattern.replace('%', separator))).collect()
}

fn plain(scene: &Scene<'_>) -> Vec<String> {
    let media = scene.delivery.headers.text("content-type").unwrap_or_default().to_ascii_lowercase();
    let form = media.starts_with("application/x-www-form-urlencoded").then(|| "{url}{form}".to_string());
    std::iter::once("{body}".to_string()).chain(form).chain(spread(&PLAIN)).collect()
}

/// Contents with a timestamp, those with a version before it among them: `v0:{timestamp}:{body}`.
fn stamped(form: &Form) -> Vec<String> {
    let own = form.prefix.trim_end_matches(['=', ':', ',', ' ']);
    let mut versions = vec!["v0", "v1", "v2"];
    if !own.is_empty() && !versions.contains(&own) {
        versions.push(own);
    }
    let versioned =
        |version: &&str| [":", "."].map(|separator| format!("{version}{separator}{{timestamp}}{separator}{{body}}"));
    spread(&STAMPED).into_iter().chain(versions.iter().flat_map(versioned)).collect()
}

/// A content with the secret before or behind it, as plain hashes have it.
fn with_secret(content: &Content, is_first: bool) -> Content {
    let mut parts = content.0.clone();
    let at = if is_first { 0 } else { parts.len() };
    parts.insert(at, Part::Secret);
    Content(parts)
}

/// The timestamps of the list that the signature stands in, and of other headers.
fn stamps(headers: &Headers, name: &str, form: &Form) -> Vec<Stamp> {
    let stamp = |header: Option<&str>, item: Option<&str>, text: &str| {
        let header = header.map(Names::from);
        Some(Stamp {
            header,
            body: None,
            item: item.map(str::to_string),
            kind: None,
            unit: unit(text)?,
            past: None,
            future: None,
            advisory: Vec::new(),
        })
    };
    let items = form.items.iter().filter_map(|(item, text)| stamp(None, Some(item), text));
    let others = headers.0.iter().filter(|header| !header.name.eq_ignore_ascii_case(name) && !is_common(&header.name));
    let others = others.filter_map(|header| stamp(Some(&header.name), None, std::str::from_utf8(&header.value).ok()?));
    items.chain(others).take(MOST_STAMPS).collect()
}

/// The unit of a Unix time of this century or of RFC 3339; nothing for another text.
fn unit(text: &str) -> Option<Unit> {
    let is_number = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        10 if is_number => Some(Unit::Seconds),
        13 if is_number => Some(Unit::Milliseconds),
        20..=35 => text.parse::<Timestamp>().ok().map(|_| Unit::Iso8601),
        _ => None,
    }
}

/// The ids of the delivery, by the names of their headers.
fn ids(headers: &Headers, name: &str) -> Vec<IdHeader> {
    let is_id = |header: &str| {
        let header = header.to_ascii_lowercase();
        let has_word =
            header.split(['-', '_']).any(|word| matches!(word, "id" | "uuid" | "guid" | "nonce" | "delivery"));
        has_word || header.ends_with("id")
    };
    let others = headers.0.iter().filter(|header| !header.name.eq_ignore_ascii_case(name) && is_id(&header.name));
    let texts = others.filter(|header| (1..=LONGEST_ID).contains(&header.value.len()));
    let id = |header: &crate::message::Header| {
        let make: Template = "{uuid}".parse().ok()?;
        Some(IdHeader { header: Names::from(header.name.as_str()), make })
    };
    texts.filter_map(id).take(MOST_IDS).collect()
}
