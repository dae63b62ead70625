//! Parts that follow from others: copies and computed changes.

use serde_json::{Value, json};

use super::{body, refused, render};
use crate::support::Run;

/// The `diff` of a change between two records.
#[track_caller]
fn check(before: &str, after: &str, diff: &str) {
    let text = render(&["superleap/lead.update", "--before", before, "--after", after]).stdout();
    let (_, found) = text.split_once(",\"diff\":").expect("a diff");
    assert_eq!(found.strip_suffix('}'), Some(diff), "{text}");
}

#[test]
fn a_diff_is_shallow_and_in_the_order_of_the_record_after() {
    check("{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":4,\"a\":1,\"b\":5}", "{\"c\":4,\"b\":5}");
    check("{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"x\":1,\"y\":3}}", "{\"a\":{\"x\":1,\"y\":3}}");
    check("{\"a\":[1, 2]}", "{ \"a\": [1,2] }", "{}");
    check("{}", "{\"n\":null,\"a\":1E2}", "{\"n\":null,\"a\":1E2}");
    check("{\"a\":1}", "{}", "{}");
    check("{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":\"1\"}");
    check("{\"id\":1,\"gone\":2}", "{\"id\":1}", "{}");
}

#[test]
fn records_come_inline_or_from_files() {
    let run = Run::new().file("b.json", "{\"s\": \"new\", \"n\": 12345678901234567890}");
    let args = ["render", "superleap/lead.update", "--before", "b.json", "--after", " {\"s\":\"won\",\"n\":1}"];
    let text = run.args(args).exits(0).stdout();
    let expected =
        r#"{"before":{"s":"new","n":12345678901234567890},"after":{"s":"won","n":1},"diff":{"s":"won","n":1}}"#;
    assert_eq!(text, expected);
    Run::new().args(["render", "superleap/lead.update", "--after", "no.json"]).exits(3).says("can't read no.json");
    refused(&["superleap/lead.update", "--before", "{a}"], &["the record before is not JSON"]);
    refused(&["form.submitted", "--before", "{}"], &["no records before and after"]);
}

#[test]
fn one_given_record_is_compared_with_the_samples_other() {
    let made = body(&["superleap/lead.create", "--after", "{\"id\":\"lead_1\"}"]);
    assert_eq!(made, json!({"before": {}, "after": {"id": "lead_1"}, "diff": {"id": "lead_1"}}));
    let changed = body(&["superleap/lead.update", "--before", "{}"]);
    assert_eq!(changed["diff"], changed["after"]);
}

#[test]
fn a_changed_field_shows_up_in_the_diff() {
    let run = render(&["superleap/lead.update", "--set", "after.status=won"]);
    let body: Value = serde_json::from_slice(&run.output.stdout).expect("JSON");
    assert_eq!((&body["after"]["status"], &body["diff"]["status"]), (&json!("won"), &json!("won")));
    assert_eq!(run.stderr(), "");
    let same = super::body(&["superleap/lead.update", "--set", "after.status=new", "--set", "before.status=new"]);
    assert!(same["diff"].get("status").is_none(), "{same}");
    let new = super::body(&["superleap/lead.update", "--create", "--set", "after.score=7"]);
    assert_eq!(new["diff"]["score"], 7);
    let gone = super::body(&["superleap/lead.update", "--unset", "after.status"]);
    assert!(gone["diff"].get("status").is_none(), "{gone}");
}

#[test]
fn changes_of_a_given_body_show_up_in_the_diff() {
    let given = r#"{"before":{"s":1},"after":{"s":2},"diff":{"s":2}}"#;
    let run = Run::new().stdin(given).args(["render", "superleap/lead.update", "--data", "-", "--set", "after.s=3"]);
    assert_eq!(run.exits(0).stdout(), r#"{"before":{"s":1},"after":{"s":3},"diff":{"s":3}}"#);
}

#[test]
fn a_derived_part_that_the_user_sets_wins_with_a_note() {
    let run = render(&["superleap/lead.update", "--set", "diff={\"odd\":1}", "--set", "after.status=won"])
        .says("note: `diff` is set by hand");
    let body: Value = serde_json::from_slice(&run.output.stdout).expect("JSON");
    assert_eq!(body["diff"], json!({"odd": 1}));
    let run = render(&["form.submitted", "--set", "event_data=null"]).says("note: `event_data` is set by hand");
    let body: Value = serde_json::from_slice(&run.output.stdout).expect("JSON");
    assert!(body["event_data"].is_null() && body["data"].is_object());
    let run = render(&["form.submitted", "--unset", "event_data"]).says("note: `event_data` is set by hand");
    let body: Value = serde_json::from_slice(&run.output.stdout).expect("JSON");
    assert!(body.get("event_data").is_none());
}

/// Only the place that was set differs from what would have followed.
///
/// Once a single place inside a copy was set, all the rest of it kept the sample's times.
#[test]
fn the_rest_of_a_part_set_by_hand_still_follows() {
    let mut visit = body(&["activity.page_view", "--set", "event_data.session.id=odd"]);
    assert_eq!(visit["event_data"]["session"]["id"], "odd");
    visit["event_data"]["session"]["id"] = visit["data"]["session"]["id"].clone();
    assert_eq!(visit["event_data"], visit["data"]);
    let mut made = body(&["superleap/lead.create", "--set", "diff.status=odd"]);
    assert_eq!(made["diff"]["status"], "odd");
    made["diff"]["status"] = made["after"]["status"].clone();
    assert_eq!(made["diff"], made["after"]);
}
