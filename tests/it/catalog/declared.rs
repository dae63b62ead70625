//! What `provider.toml` declares, against the samples beside it.

use std::collections::{BTreeMap, HashMap};

use hookproof::catalog::{EventTime, Life, Part, Piece, Place, Shape, Template};
use hookproof::json::{Document, Kind};
use hookproof::moment;
use hookproof::path::Path;

use super::{catalog, forms, forms_of, identities, json, sample};

#[test]
fn every_declared_path_stands_in_a_sample() {
    let catalog = catalog();
    for provider in &catalog.providers {
        let about = &provider.description;
        let forms = forms_of(provider);
        let texts: Vec<String> = forms.iter().map(json).collect();
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
        declared.extend([&about.event.name, &about.event.id].into_iter().flatten().filter_map(|place| match place {
            Place::Body(path) => Some(("event", path)),
            Place::Header(_) => None,
        }));
        for scheme in &about.signature {
            declared.extend(scheme.body.as_ref().map(|path| ("signature", path)));
            declared.extend(scheme.timestamp.iter().filter_map(|stamp| Some(("timestamp", stamp.body.as_ref()?))));
            declared.extend(scheme.content.0.iter().filter_map(|part| match part {
                Part::At(path) => Some(("content", path)),
                _ => None,
            }));
        }
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

/// One that stands nowhere would be renewed and never seen.
#[test]
fn every_identity_stands_in_a_sample_or_in_what_is_sent_with_it() {
    let catalog = catalog();
    for provider in &catalog.providers {
        let about = &provider.description;
        let texts: Vec<String> = forms_of(provider).iter().map(sample).collect();
        let makes = about.identity.values().map(|identity| &identity.make);
        let named: Vec<&str> = about.header.values().chain(makes).flat_map(names).collect();
        for (name, identity) in about.identity.iter().filter(|(_, identity)| identity.at.is_empty()) {
            let value = identity.value.as_deref().expect("a value, where no path leads to one");
            let stands = texts.iter().any(|text| text.contains(value)) || named.contains(&name.as_str());
            assert!(stands, "{}: `{name}` stands nowhere", provider.id);
        }
    }
}

/// A form goes out as the sample has it, so nothing in it may be declared as renewed.
#[test]
fn a_form_is_a_line_of_fields() {
    let catalog = catalog();
    let mut seen = 0;
    for form in forms(&catalog).iter().filter(|form| form.shape() == Shape::Form) {
        let text = sample(form);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "*-._+%".contains(c);
        for field in text.split('&') {
            let (name, value) = field.split_once('=').unwrap_or_else(|| panic!("{}: {field}", form.full_name()));
            assert!(!name.is_empty() && name.chars().chain(value.chars()).all(is_plain), "{field:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 1, "the bodies that are forms");
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
        let text = json(&form);
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

/// A delivery's id is made where nothing of the event is known.
#[test]
fn the_id_that_a_signature_covers_is_made_of_nothing_else() {
    for provider in &catalog().providers {
        for id in provider.description.signature.iter().filter_map(|scheme| scheme.id.as_ref()) {
            assert_eq!(names(&id.make), Vec::<&str>::new(), "{}: {}", provider.id, id.header.first());
        }
    }
}

#[test]
fn sample_times_in_ulids_are_the_events_own() {
    let catalog = catalog();
    let mut seen = BTreeMap::new();
    for form in forms(&catalog) {
        let about = &form.provider.description;
        let text = json(&form);
        let document = Document::parse(&text).expect("JSON");
        let values = identities(&form, &document);
        for (name, identity) in about.identity.iter().filter(|(_, identity)| identity.lives == Life::Delivery) {
            let [before @ .., Piece::Ulid] = identity.make.0.as_slice() else { continue };
            let Some(value) = values.get(name) else { continue };
            let prefix: String =
                before.iter().map(|piece| if let Piece::Text(text) = piece { text } else { "?" }).collect();
            let ulid = value.strip_prefix(&prefix).expect("the prefix that it is made with");
            let carried = ulid::Ulid::from_string(ulid).expect("a ULID").timestamp_ms();
            let Some(EventTime::At(path)) = about.time.as_ref().map(|times| &times.event) else {
                panic!("{}: a ULID needs the event's time", form.full_name());
            };
            let (_, written) = moment::read(&document.scalar_at(path).expect("the event's time")).expect("a time");
            let carried = jiff::Timestamp::from_millisecond(i64::try_from(carried).expect("a time")).expect("a time");
            // A body may write less than the ULID holds.
            let carried = moment::write(carried, &written);
            assert_eq!(document.scalar_at(path), Some(carried), "{}: {value}", form.full_name());
            *seen.entry(form.provider.id.as_str()).or_insert(0) += 1;
        }
    }
    // Of the first, seven activity events, one of them in two forms.
    assert_eq!(seen, BTreeMap::from([("superfolio", 8), ("typeform", 1)]));
}
