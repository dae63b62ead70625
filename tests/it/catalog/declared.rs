//! What `provider.toml` declares, against the samples beside it.

use std::collections::HashMap;

use hookproof::catalog::{Piece, Template};
use hookproof::json::{Document, Kind};
use hookproof::path::Path;

use super::{catalog, forms, forms_of, identities, rendered_lines, sample};

#[test]
fn every_declared_path_stands_in_a_sample() {
    let catalog = catalog();
    for provider in &catalog.providers {
        let about = &provider.description;
        let forms = forms_of(provider);
        let texts: Vec<String> = forms.iter().map(sample).collect();
        let documents: Vec<Document<'_>> = texts.iter().map(|text| Document::parse(text).expect("JSON")).collect();
        let mut declared: Vec<(&str, &Path)> = Vec::new();
        declared.extend(about.identity.values().flat_map(|identity| &identity.at).map(|path| ("identity", path)));
        declared.extend(about.optional.iter().map(|path| ("optional", path)));
        declared.extend(about.open.iter().map(|path| ("open", path)));
        declared.extend(about.recognise.body.iter().map(|path| ("recognise", path)));
        declared.extend(about.time.iter().flat_map(|times| &times.shift).map(|path| ("time", path)));
        declared.extend(about.derived.iter().map(|part| ("derived", &part.path)));
        declared.extend(about.derived.iter().filter_map(|part| part.mirror.as_ref()).map(|path| ("mirror", path)));
        let changes = about.derived.iter().filter_map(|part| part.changes.as_ref());
        declared.extend(changes.flat_map(|changes| [("from", &changes.from), ("to", &changes.to)]));
        for (what, path) in declared {
            let stands = documents.iter().any(|document| document.find(path).is_some());
            assert!(stands, "{}: no sample has the {what} path `{path}`", provider.id);
        }
        for (form, document) in forms.iter().zip(&documents) {
            for path in form.open().skip(about.open.len()) {
                let kind = document.find(path).map(|node| document.kind(node));
                assert_eq!(kind, Some(Kind::Object), "{}: open path `{path}`", form.full_name());
            }
        }
        for (name, text) in &about.events {
            let own =
                |path: &&Path| !forms.iter().zip(&documents).any(|(f, d)| f.name == *name && d.find(path).is_some());
            assert_eq!(text.optional.iter().find(own), None, "{}/{name}: an optional path without sample", provider.id);
        }
    }
}

/// The names in a template, those inside base64 too.
fn names(template: &Template) -> Vec<&str> {
    let inner = |piece: &'_ Piece| matches!(piece, Piece::Base64(_) | Piece::Name(_));
    let pieces = template.0.iter().filter(|piece| inner(piece));
    pieces
        .flat_map(|piece| match piece {
            Piece::Base64(template) => names(template),
            Piece::Name(name) => vec![name.as_str()],
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn every_name_in_a_template_resolves() {
    let catalog = catalog();
    for form in forms(&catalog) {
        let about = &form.provider.description;
        let text = sample(&form);
        let mut known: HashMap<String, String> =
            ["event", "event_ms", "event_s"].map(|name| (name.to_string(), "set".to_string())).into();
        known.insert("object".to_string(), form.object.clone().unwrap_or_default());
        let values = identities(&form, &Document::parse(&text).expect("JSON"));
        for (name, identity) in &about.identity {
            // An identity is made of those declared before it.
            if let Some(value) = values.get(name) {
                for used in names(&identity.make) {
                    assert_ne!(
                        known.get(used).map_or("", String::as_str),
                        "",
                        "{}: `{used}` in {name}",
                        form.full_name()
                    );
                }
                known.insert(name.clone(), value.clone());
            }
        }
        for (header, template) in &about.header {
            for used in names(template) {
                assert_ne!(
                    known.get(used).map_or("", String::as_str),
                    "",
                    "{}: `{used}` in {header}",
                    form.full_name()
                );
            }
        }
    }
}

#[test]
fn sample_times_in_ulids_are_the_events_own() {
    let catalog = catalog();
    let mut seen = 0;
    for line in rendered_lines(&catalog, &["--verbatim"]) {
        let body: serde_json::Value = serde_json::from_str(line["body"].as_str().expect("a body")).expect("JSON");
        let Some(ulid) = body["data"]["activity"]["id"].as_str().and_then(|id| id.strip_prefix("evt_")) else {
            continue;
        };
        let carried = ulid::Ulid::from_string(ulid).expect("a ULID").timestamp_ms();
        let event: jiff::Timestamp = body["timestamp"].as_str().expect("a time").parse().expect("RFC 3339");
        assert_eq!(i64::try_from(carried).expect("a time"), event.as_millisecond(), "{}", line["event"]);
        seen += 1;
    }
    assert_eq!(seen, 8, "seven activity events, one of them in two forms");
}
