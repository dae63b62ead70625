//! Descriptions of providers: an error names the file, and what is accepted renders and signs within bounds.

use std::collections::BTreeMap;

use hookproof::catalog::{Catalog, Event, Folder, Provider, Shape, Variants};
use hookproof::json::Document;
use hookproof::message::Delivery;
use hookproof::render::{Freshness, Overrides, Rendered, render};
use hookproof::{retry, signature};
use toml::{Table, Value};

use super::input::{named, world};
use super::signature::keys;

/// The body of each event that a description lists.
const SAMPLE: &str = r#"{"id":"evt_1","type":"a.b","event":"a.b","created":1780315200,"time":"2026-06-01T12:00:00Z",
"data":{"id":"1","object":{"id":7,"name":"n"},"items":[{"id":"2"}]},"signature":{"token":"","timestamp":0}}"#;
/// Events that are rendered of one description.
const EVENTS: usize = 4;
/// What one byte of a description may add to a body at most.
const GROWTH: usize = 300;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let folder = Folder { id: "own".to_string(), shown: "own".to_string(), files: files(text) };
    let error = match Provider::load(folder.clone()) {
        Err(error) => error,
        Ok(provider) => match provider.check() {
            Err(error) => error,
            Ok(()) => return use_it(folder, text),
        },
    };
    let message = error.to_string();
    assert!(message.starts_with("own/"), "{message}");
    assert!(message.len() <= 10 * text.len() + 2_000, "a message of {} bytes", message.len());
    assert!(error.line.is_none_or(|line| line <= text.lines().count() + 1), "{message}");
}

/// The description, and a sample for each event that it lists.
fn files(text: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("provider.toml".to_string(), text.to_string())]);
    let Ok(table) = text.parse::<Table>() else { return files };
    let mut names = vec!["example".to_string()];
    let tables = |key: &str| table.get(key).and_then(Value::as_table).cloned().unwrap_or_default();
    for (name, event) in tables("events") {
        let variants = event.get("variants").and_then(Value::as_table).cloned().unwrap_or_default();
        names.extend(variants.keys().map(|variant| format!("{name}--{variant}")));
        names.push(name);
    }
    let patterns = table.get("pattern").and_then(Value::as_array).cloned().unwrap_or_default();
    names.extend(patterns.iter().filter_map(|pattern| pattern.get("sample")?.as_str().map(str::to_string)));
    if !table.contains_key("example") {
        names.retain(|name| name != "example");
    }
    files.extend(names.into_iter().map(|name| (format!("{name}.json"), SAMPLE.to_string())));
    files
}

fn use_it(folder: Folder, text: &str) {
    let Ok(catalog) = Catalog::load(vec![folder]) else { return };
    for provider in &catalog.providers {
        if let Some(retries) = &provider.description.delivery.retry {
            assert!(retry::Schedule::documented(retries).len() <= 100_000);
        }
        for event in provider.forms(Variants::With).iter().take(EVENTS) {
            let rendered = render(event, &Overrides::default(), Freshness::Fresh, &mut world());
            let Ok(rendered) = rendered else { continue };
            is_sound(event, &rendered, text);
            sign(provider, &rendered);
        }
    }
}

fn is_sound(event: &Event<'_>, rendered: &Rendered, text: &str) {
    let most = SAMPLE.len() + GROWTH * text.len();
    assert!(rendered.body.len() <= most, "a body of {} bytes", rendered.body.len());
    assert!(event.shape() != Shape::Json || Document::parse(&rendered.body).is_ok(), "{}", rendered.body);
    for header in &rendered.headers.0 {
        assert!(!header.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{} breaks its line", header.name);
    }
}

fn sign(provider: &Provider, rendered: &Rendered) {
    for scheme in &provider.description.signature {
        let mut delivery = Delivery {
            method: "POST".to_string(),
            target: "https://hooks.example/hook".to_string(),
            headers: rendered.headers.clone(),
            body: rendered.body.clone().into_bytes(),
        };
        let keys = keys(scheme);
        let _ = signature::sign(scheme, &keys.private, &mut delivery, None, &mut world());
        let _ = signature::sign(scheme, &[named("other")], &mut delivery, None, &mut world());
    }
}
