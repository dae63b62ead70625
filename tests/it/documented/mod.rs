//! Samples against the key paths and types of the examples on the providers' pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hookproof::catalog::Origin;
use serde_json::Value;

use crate::catalog::{catalog, forms};
use crate::support::Run;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/documented")
}

/// Every fixture: the form's full name and its lines.
fn documented() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let providers = fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").path());
    for provider in providers.filter(|path| path.is_dir()) {
        for entry in fs::read_dir(&provider).expect("a folder") {
            let path = entry.expect("an entry").path();
            // The last dot is `.txt`'s; an event's own stay.
            let name = path.strip_prefix(folder()).expect("inside").with_extension("");
            let text = fs::read_to_string(&path).expect("text");
            found.push((name.to_string_lossy().replace('\\', "/"), text));
        }
    }
    found.sort();
    found
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A line for each path inside a value, in the order of the text.
fn shape(value: &Value) -> String {
    let mut lines = String::new();
    unfold(value, "", &mut lines);
    lines
}

fn unfold(value: &Value, path: &str, lines: &mut String) {
    if !path.is_empty() {
        lines.push_str(&format!("{path} {}\n", kind(value)));
    }
    match value {
        Value::Object(members) => {
            for (key, inner) in members {
                let separator = if path.is_empty() { "" } else { "." };
                unfold(inner, &format!("{path}{separator}{key}"), lines);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                unfold(inner, &format!("{path}[{index}]"), lines);
            }
        }
        _ => {}
    }
}

fn rendered(name: &str, flags: &[&str]) -> Value {
    let run = Run::new().args(["render", name]).args(flags).exits(0);
    serde_json::from_slice(&run.output.stdout).unwrap_or_else(|error| panic!("{name} is no JSON: {error}"))
}

#[test]
fn samples_and_fresh_deliveries_have_the_documented_keys_order_and_types() {
    for (name, expected) in documented() {
        assert_eq!(shape(&rendered(&name, &["--verbatim"])), expected, "the sample of {name}");
        assert_eq!(shape(&rendered(&name, &[])), expected, "a fresh {name}");
    }
}

#[test]
fn every_form_that_is_called_documented_has_its_documented_shape_and_no_other() {
    let catalog = catalog();
    let called: BTreeSet<String> = forms(&catalog)
        .into_iter()
        .filter(|form| form.origin == Origin::Documented)
        .map(|form| form.full_name())
        .collect();
    let shown: BTreeSet<String> = documented().into_iter().map(|(name, _)| name).collect();
    assert_eq!(called, shown);
}

/// An inferred form, the documented one it follows, and the lines that it lacks and has besides.
fn check_inferred(name: &str, documented: &str, without: &[&str], besides: &[&str]) {
    let text = fs::read_to_string(folder().join(format!("{documented}.txt"))).expect("a fixture");
    let own = shape(&rendered(name, &[]));
    let expected: BTreeSet<&str> = text.lines().collect();
    let actual: BTreeSet<&str> = own.lines().collect();
    let missing: Vec<_> = expected.difference(&actual).copied().collect();
    let more: Vec<_> = actual.difference(&expected).copied().collect();
    assert_eq!((missing.as_slice(), more.as_slice()), (without, besides), "{name} against {documented}");
}

#[test]
fn inferred_samples_follow_the_documented_ones() {
    let deleted = ["data.deleted_at string", "event_data.deleted_at string"];
    check_inferred("superfolio/tracking_link.updated", "superfolio/tracking_link.updated--deleted", &deleted, &[]);
    for object in ["user", "opportunity", "student"] {
        for verb in ["create", "update", "delete"] {
            check_inferred(&format!("superleap/{object}.{verb}"), &format!("superleap/lead.{verb}"), &[], &[]);
        }
    }
    let marks = ["profile.communityProfile.deletedAt string", "profile.communityProfile.photo.deleted_at string"];
    for event in ["profile_create", "profile_update", "profile_delete"] {
        check_inferred(&format!("swapcard/{event}"), "swapcard/profile_update", &[], &[]);
        check_inferred(&format!("swapcard/{event}--deleted"), "swapcard/profile_update", &[], &marks);
    }
}

#[test]
fn top_level_session_is_set_on_visits_and_hot_leads_only() {
    let catalog = catalog();
    for form in forms(&catalog).into_iter().filter(|form| form.provider.id == "superfolio") {
        let body = rendered(&form.full_name(), &[]);
        let name = form.full_name();
        if form.name.starts_with("activity.") {
            assert!(body["session_id"].is_string(), "{name}");
            assert_eq!(body["session_id"], body["data"]["session"]["id"], "{name}");
        } else {
            assert_eq!(body["session_id"].is_string(), form.name == "lead.hot_detected", "{name}");
        }
        assert_eq!(body["event_data"], body["data"], "event_data is a copy of data in {name}");
    }
}
