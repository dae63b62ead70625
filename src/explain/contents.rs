//! What may have been signed instead: parts left out, put otherwise, or put in as other schemes do.

use jiff::Timestamp;

use super::addresses::{addresses, other_queries};
use super::forms;
use crate::catalog::{Part, Scheme, Unit};
use crate::message::Headers;
use crate::moment;
use crate::signature::{self, Layout, Scene, Slot};

/// One alteration: the code of its cause, what is special about it, and what is signed then.
pub(super) type Alteration = (&'static str, String, Layout);

/// Headers that are looked at for a time or an id; a hostile sender could send thousands.
const MOST: usize = 4;

/// Alterations of what the scheme signs, the likelier first.
pub(super) fn alterations(scheme: &Scheme, scene: &Scene<'_>) -> Vec<Alteration> {
    let own = signature::layout(scheme, scene).ok();
    let mut found: Vec<Alteration> = Vec::new();
    let mut add = |code: &'static str, detail: String, layout: Layout| {
        let is_new = own.as_ref() != Some(&layout) && !found.iter().any(|(_, _, known)| *known == layout);
        if is_new && !layout.0.is_empty() {
            found.push((code, detail, layout));
        }
    };
    for (code, detail, layout) in of_own_parts(scheme, scene) {
        add(code, detail, layout);
    }
    for (detail, layout) in with_query(scheme, scene) {
        add("content-query-fields", detail.to_string(), layout);
    }
    for (detail, layout) in headers_alone(&scene.delivery.headers) {
        add("content-header", detail, layout);
    }
    for (code, detail, before, after) in as_others_do(scheme, scene) {
        add(code, detail, around_body(before, after));
    }
    found
}

fn around_body(before: String, after: String) -> Layout {
    let text = |text: String| (!text.is_empty()).then(|| Slot::Bytes(text.into_bytes()));
    Layout([text(before), Some(Slot::Body), text(after)].into_iter().flatten().collect())
}

/// The scheme's own parts, some of them left out or written otherwise.
fn of_own_parts(scheme: &Scheme, scene: &Scene<'_>) -> Vec<Alteration> {
    let mut found = Vec::new();
    let parts = &scheme.content.0;
    if *parts == [Part::Body] {
        return found;
    }
    let lay = |parts: Vec<Part>, scene: &Scene<'_>| {
        let mut other = scheme.clone();
        other.content.0 = parts;
        signature::layout(&other, scene).ok()
    };
    let mut add = |code, detail: &str, layout: Option<Layout>| {
        found.extend(layout.map(|layout| (code, detail.to_string(), layout)));
    };
    let has = |wanted: &Part| parts.contains(wanted);
    let without = |unwanted: Part| scheme.content.without(|part| *part == unwanted).0;
    let alone = if !scheme.covers_body() {
        "content-body"
    } else if has(&Part::Timestamp) {
        "content-no-timestamp"
    } else if has(&Part::Url) || has(&Part::Path) {
        "content-no-url"
    } else {
        "content-no-id"
    };
    if !has(&Part::Secret) {
        add(alone, "the body alone", Some(Layout(vec![Slot::Body])));
    }
    if has(&Part::Form) {
        let body = |part: &Part| if *part == Part::Form { Part::Body } else { part.clone() };
        add("content-form", "", lay(parts.iter().map(body).collect(), scene));
        add("content-no-url", "the fields alone", Some(Layout(vec![Slot::Form])));
    }
    add("content-no-timestamp", "", lay(without(Part::Timestamp), scene));
    add("content-no-id", "", lay(without(Part::Id), scene));
    add("content-no-url", "", lay(without(Part::Url), scene));
    add("content-no-method", "", lay(without(Part::Method), scene));
    let plain: Vec<Part> = parts.iter().filter(|part| !matches!(part, Part::Text(_))).cloned().collect();
    if plain.len() < parts.len() {
        for separator in [".", ":", ",", "|", "\n", " ", ""] {
            let between: Vec<Part> = plain
                .iter()
                .flat_map(|part| [Part::Text(separator.to_string()), part.clone()])
                .skip(1)
                .filter(|part| *part != Part::Text(String::new()))
                .collect();
            let detail = match separator {
                "" => "nothing between the parts".to_string(),
                "\n" => "a line end between the parts".to_string(),
                other => format!("`{other}` between the parts"),
            };
            add("content-separator", &detail, lay(between, scene));
        }
    }
    let mut turned = parts.clone();
    turned.reverse();
    add("content-order", "the parts in reverse", lay(turned, scene));
    if let (true, Some(stamp)) = (has(&Part::Timestamp), stamp_of(scheme, scene)) {
        for (detail, text) in stamp_forms(scheme, &stamp) {
            let other = |part: &Part| if *part == Part::Timestamp { Part::Text(text.clone()) } else { part.clone() };
            add("content-timestamp-form", detail, lay(parts.iter().map(other).collect(), scene));
        }
    }
    if scheme.covers_address() {
        for address in addresses(scene) {
            let other = Scene { url: Some(&address), ..*scene };
            add("content-address", &address, lay(parts.clone(), &other));
        }
        for (code, detail, address) in other_queries(scene) {
            let other = Scene { url: Some(&address), ..*scene };
            add(code, detail, lay(parts.clone(), &other));
        }
    }
    found
}

fn stamp_of(scheme: &Scheme, scene: &Scene<'_>) -> Option<String> {
    let mut other = scheme.clone();
    other.content.0 = vec![Part::Timestamp];
    match signature::layout(&other, scene).ok()?.0.as_slice() {
        [Slot::Bytes(bytes)] => String::from_utf8(bytes.clone()).ok().filter(|text| text.len() <= 64),
        _ => None,
    }
}

/// A timestamp as other code would write it.
fn stamp_forms(scheme: &Scheme, stamp: &str) -> Vec<(&'static str, String)> {
    let Some(at): Option<Timestamp> = scheme.timestamp.as_ref().and_then(|place| place.read(stamp).ok()) else {
        return Vec::new();
    };
    let unit = scheme.timestamp.as_ref().map(|place| place.unit);
    let mut forms = vec![
        ("in seconds", at.as_second().to_string()),
        ("in milliseconds", at.as_millisecond().to_string()),
        ("as a fraction", format!("{stamp}.0")),
        ("in RFC 3339", at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("in RFC 3339 with milliseconds", at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()),
    ];
    if unit == Some(Unit::Iso8601) {
        forms.retain(|(_, text)| text != stamp);
    }
    forms
}

/// The value of a header in the place of everything, as where the arguments of a function are mixed up.
fn headers_alone(headers: &Headers) -> Vec<(String, Layout)> {
    let is_wanted = |name: &str, _: &str| ["signature", "hmac", "time", "id"].iter().any(|part| name.contains(part));
    let mut found = Vec::new();
    for (name, value) in named(headers, is_wanted) {
        let bare = value.split_once('=').map(|(_, bare)| bare.to_string());
        for (detail, value) in [(name.clone(), Some(value.clone())), (format!("{name} without its prefix"), bare)] {
            found.extend(value.map(|value| (detail, Layout(vec![Slot::Bytes(value.into_bytes())]))));
        }
    }
    found
}

/// What is signed where the query's parameters stand among the form's fields, as servlets have it. The body is taken as
/// it is.
fn with_query(scheme: &Scheme, scene: &Scene<'_>) -> Vec<(&'static str, Layout)> {
    let address = scene.url.unwrap_or(&scene.delivery.target);
    let Some((bare, query)) = address.split_once('?').filter(|(_, query)| !query.is_empty()) else { return Vec::new() };
    let Ok(body) = std::str::from_utf8(&scene.delivery.body) else { return Vec::new() };
    let without = Scene { url: scene.url.map(|_| bare), ..*scene };
    let layouts = [signature::layout(scheme, scene).ok(), signature::layout(scheme, &without).ok()];
    let mut found = Vec::new();
    for (detail, form) in forms::with_query(body, query) {
        let slot = |slot: &Slot| match slot {
            Slot::Form => Slot::Bytes(signature::fields(form.as_bytes())),
            Slot::Body => Slot::Bytes(form.clone().into_bytes()),
            other => other.clone(),
        };
        found.extend(layouts.iter().flatten().map(|layout| (detail, Layout(layout.0.iter().map(slot).collect()))));
    }
    found
}

/// What stands before and after the body as other providers' schemes have it.
fn as_others_do(scheme: &Scheme, scene: &Scene<'_>) -> Vec<(&'static str, String, String, String)> {
    let delivery = scene.delivery;
    let mut found = Vec::new();
    let mut times = named(&delivery.headers, |name, value| {
        name.contains("time") && (moment::read(value).is_some() || value.parse::<f64>().is_ok())
    });
    if times.is_empty() {
        times.extend(stamp_of(scheme, scene).map(|stamp| ("timestamp".to_string(), stamp)));
    }
    let ids = named(&delivery.headers, |name, _| name.ends_with("id") || name.contains("delivery"));
    for (name, time) in &times {
        let mut add = |shape: &str, before: String, after: String| {
            found.push(("content-with-timestamp", shape.replace("TIME", name), before, after));
        };
        add("`TIME.body`", format!("{time}."), String::new());
        add("`TIME:body`", format!("{time}:"), String::new());
        add("`v0:TIME:body`", format!("v0:{time}:"), String::new());
        add("TIME and body", time.clone(), String::new());
        add("body and TIME", String::new(), time.clone());
        add("`body.TIME`", String::new(), format!(".{time}"));
    }
    for (name, id) in &ids {
        let mut add =
            |shape: String, before: String, after: String| found.push(("content-with-id", shape, before, after));
        add(format!("`{name}.body`"), format!("{id}."), String::new());
        add(format!("{name} and body"), id.clone(), String::new());
        add(format!("body and {name}"), String::new(), id.clone());
        for (time_name, time) in &times {
            add(format!("`{name}.{time_name}.body`"), format!("{id}.{time}."), String::new());
            add(format!("`{time_name}.{name}.body`"), format!("{time}.{id}."), String::new());
        }
    }
    for address in addresses(scene) {
        let method = &delivery.method;
        let mut add =
            |shape: String, before: String, after: String| found.push(("content-with-url", shape, before, after));
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
