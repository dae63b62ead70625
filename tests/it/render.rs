//! `render`: which events, which bytes, and where they go. Freshness, given parts and formats have
//! files of their own.

mod counted;
mod derived;
mod formats;
mod fresh;
mod given;

use serde_json::Value;

use crate::support::{Finished, Run, hookproof};

/// `render` with these arguments, expected to succeed.
#[track_caller]
fn render(args: &[&str]) -> Finished {
    Run::new().arg("render").args(args).exits(0)
}

/// The body that `render` prints.
#[track_caller]
fn body(args: &[&str]) -> Value {
    let run = render(args);
    serde_json::from_slice(&run.output.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout()))
}

/// A command that is wrong: exit 2, nothing on stdout, and these words.
#[track_caller]
fn refused(args: &[&str], says: &[&str]) {
    let run = Run::new().arg("render").args(args).exits(2);
    assert_eq!(run.stdout(), "");
    says.iter().fold(run, |run, text| run.says(text));
}

#[test]
fn a_body_is_printed_to_the_byte() {
    let fixed = ["integration.test", "--seed", "7", "--at", "2026-06-01T17:45:12.345Z"];
    let run = render(&fixed);
    let text = run.stdout();
    assert!(text.starts_with("{\"event_id\":\"") && text.ends_with("}}"), "compact, no final newline: {text}");
    assert_eq!(run.stderr(), "", "an ordinary body needs no word");
    let to_file = Run::new().arg("render").args(fixed).args(["-o", "out.json"]);
    let path = to_file.folder().join("out.json");
    // The folder lives as long as the finished run.
    let finished = to_file.exits(0);
    assert_eq!(finished.stdout(), "");
    assert_eq!(std::fs::read(&path).expect("the file"), text.as_bytes());
}

#[test]
fn several_bodies_stand_on_a_line_each() {
    let both = render(&["integration.test", "komo/SiteViewed", "--verbatim"]).stdout();
    let alone = |event| render(&[event, "--verbatim"]).stdout();
    assert_eq!(both, format!("{}\n{}", alone("integration.test"), alone("komo/SiteViewed")));
}

#[test]
fn pretty_indents_the_same_values() {
    let fixed = ["form.submitted", "--seed", "7", "--at", "0"];
    let plain = render(&fixed).stdout();
    let run = render(&[&fixed[..], &["--pretty"]].concat());
    let pretty = run.stdout();
    assert!(pretty.starts_with("{\n  \"event_id\": \"") && pretty.ends_with("\n}"), "{pretty}");
    let tree: Value = serde_json::from_str(&plain).expect("JSON");
    assert_eq!(pretty, serde_json::to_string_pretty(&tree).expect("text"));
}

#[test]
fn a_terminal_gets_a_final_newline() {
    let run = hookproof("render integration.test --seed 7 --at 0");
    let Some((_, text)) = run.on_a_terminal() else { return };
    assert!(text.ends_with("}}\r\n"), "{text:?}");
}

#[test]
fn a_place_that_cannot_be_written_is_exit_3() {
    hookproof("render integration.test -o no/such/folder.json").exits(3).says("can't write no/such/folder.json");
}

/// The events that these words render, by their variants' marks.
fn check(words: &str, expected: usize) {
    let run = hookproof("render --format json --unsigned").args(words.split_whitespace()).exits(0);
    assert_eq!(run.lines().len(), expected, "render {words}");
}

#[test]
fn variants_come_along_where_a_glob_or_a_provider_is_named() {
    check("superfolio", 16);
    check("superfolio --variants", 18);
    check("activity.page_*", 1);
    check("superfolio/activity.page_* --variants", 2);
    check("swapcard --variants", 9);
    check("swapcard --variant community", 3);
    check("activity.page_view --variants", 1);
    check("activity.page_view activity.page_view--tracked", 2);
    check("superleap/student.create superleap/building-plan.update komo/*", 6);
}

#[test]
fn a_variant_is_another_documented_form() {
    assert_eq!(body(&["activity.page_view"])["data"]["tracking_link"], Value::Null);
    assert!(body(&["activity.page_view", "--variant", "tracked"])["data"]["tracking_link"].is_object());
    assert!(body(&["activity.page_view--tracked"])["data"]["tracking_link"].is_object());
    assert_eq!(body(&["tracking_link.updated"])["data"]["action"], "updated");
    let deleted = body(&["tracking_link.updated", "--variant", "deleted"]);
    assert_eq!(deleted["data"]["action"], "deleted");
    assert_eq!(deleted["data"]["deleted_at"], deleted["timestamp"]);
    assert!(body(&["profile_update", "--variant", "community"])["context"]["communityId"].is_string());
}

#[test]
fn an_unknown_variant_is_refused_with_those_there_are() {
    refused(&["activity.page_view", "--variant", "tarcked"], &["no variant `tarcked`", "it has tracked"]);
    refused(&["form.submitted", "--variant", "deleted"], &["no variant `deleted`", "it has none"]);
    refused(&["swapcard/profile_update", "--variant", "x"], &["community and deleted"]);
    refused(&["superleap/student.create", "--variant", "x"], &["no variant `x`"]);
    refused(&["swapcard", "--variant", "community", "--variants"], &["cannot be used with"]);
}

#[test]
fn any_custom_object_has_its_three_events() {
    for (object, id) in [("student", "student_"), ("building-plan", "building-plan_"), ("Room_2", "Room_2_")] {
        let event = format!("superleap/{object}.create");
        let lines = render(&[&event, "--format", "json", "--unsigned"]).lines();
        let made: Value = serde_json::from_str(lines[0]["body"].as_str().expect("a body")).expect("JSON");
        assert_eq!(made["before"], serde_json::json!({}));
        assert!(made["after"]["id"].as_str().is_some_and(|found| found.starts_with(id)), "{made}");
        assert_eq!(made["diff"], made["after"], "on create the diff is everything");
        let headers = lines[0]["headers"].to_string();
        assert!(headers.contains(&format!("[\"x-superleap-event\",\"{object}.create\"]")), "{headers}");
        assert!(headers.contains(&format!(":{object}:")), "{headers}");
        let deleted = body(&[&format!("superleap/{object}.delete")]);
        assert_eq!((&deleted["after"], &deleted["diff"]), (&serde_json::json!({}), &serde_json::json!({})));
    }
}

#[test]
fn changes_are_made_in_the_order_in_which_they_are_typed() {
    let check = |words: &str, expected: &str| {
        let run = hookproof(&format!("render integration.test {words}"));
        assert!(run.exits(0).stdout().contains(expected), "{words}");
    };
    check("--unset data.message --set data.message=x --create", r#""message":"x""#);
    check("--set-string data.message=b --set data.message=7", r#""message":7"#);
    check("--set data.message=7 --set-string data.message=8", r#""message":"8""#);
}
