//! The stories that come with each provider.

use std::collections::BTreeSet;

use hookproof::catalog::Catalog;
use serde_json::Value;

use super::{bodies, played, shared};
use crate::support::Received;

#[track_caller]
fn all_differ(bodies: &[Value], pointer: &str) {
    let values: BTreeSet<String> =
        bodies.iter().map(|body| body.pointer(pointer).expect("a value").to_string()).collect();
    assert_eq!(values.len(), bodies.len(), "{pointer}");
}

fn column<'a>(bodies: &'a [Value], pointer: &str) -> Vec<&'a str> {
    bodies.iter().filter_map(|body| body.pointer(pointer)?.as_str()).collect()
}

#[test]
fn every_bundled_story_is_the_same_for_a_seed_and_a_time() {
    let catalog = Catalog::built_in().expect("the built-in catalog");
    let names: Vec<String> = catalog.stories().map(|story| story.full_name()).collect();
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        let seen = |got: Vec<Received>| -> Vec<_> {
            let kept = |(header, _): &(String, String)| !header.eq_ignore_ascii_case("host");
            let one = |got: Received| (got.headers.into_iter().filter(kept).collect::<Vec<_>>(), got.body);
            got.into_iter().map(one).collect()
        };
        assert_eq!(seen(played(&name)), seen(played(&name)), "{name}");
    }
}

#[test]
fn one_visitor_on_one_tracked_link_turns_hot() {
    let got = bodies(&played("superfolio/@hot-lead"));
    assert_eq!(
        column(&got, "/event_type"),
        [
            "activity.page_view",
            "activity.section_view",
            "activity.project_view",
            "activity.project_click",
            "activity.external_link_click",
            "activity.time_on_page",
            "activity.session_end",
            "lead.hot_detected",
        ]
    );
    all_differ(&got, "/event_id");
    all_differ(&got[..7], "/data/activity/id");
    for pointer in [
        "/session_id",
        "/data/session/id",
        "/data/session/visitor_id",
        "/data/session/started_at",
        "/data/event_data/session_started_at",
        "/data/event_data/repeat_viewer",
        "/data/event_data/first_seen_at",
        "/data/tracking_link/id",
        "/data/tracking_link/created_at",
        "/data/activity/tracking_link_id",
    ] {
        shared(&got, pointer);
    }
    assert_eq!(got[0]["data"]["tracking_link"]["id"], got[6]["data"]["activity"]["tracking_link_id"]);
    assert!(got.iter().all(|body| body["data"] == body["event_data"]), "the copy follows");
    assert!(got.iter().all(|body| body["session_id"] == got[0]["data"]["session"]["id"]));
    let times = column(&got, "/timestamp");
    assert_eq!(times[0], "2026-06-01T12:00:00.000Z");
    assert_eq!(times[6], "2026-06-01T12:04:07.000Z", "pauses are unscaled");
    let link = got[0]["data"]["tracking_link"]["id"].as_str().expect("an id");
    let dashboard = got[7]["data"]["dashboard_url"].as_str().expect("an address");
    assert!(dashboard.ends_with(link), "{dashboard}");
}

#[test]
fn a_form_and_a_testimonial_come_in() {
    let got = bodies(&played("superfolio/@form-testimonial"));
    assert_eq!(column(&got, "/event_type"), ["form.submitted", "testimonial.submitted"]);
    assert!(got.iter().all(|body| body["data"] == body["event_data"] && body["session_id"].is_null()));
    assert_eq!(got[1]["timestamp"], "2026-06-01T12:00:30.000Z");
}

/// `before` is the last `after`, and the diff follows from both.
#[track_caller]
fn is_a_record_s_life(story: &str, object: &str) {
    let received = played(story);
    let got = bodies(&received);
    let events: Vec<&str> = received.iter().map(|got| got.all("x-superleap-event")[0]).collect();
    assert_eq!(events, ["create", "update", "update", "delete"].map(|verb| format!("{object}.{verb}")));
    let empty = serde_json::json!({});
    assert_eq!((&got[0]["before"], &got[0]["diff"]), (&empty, &got[0]["after"]));
    for pair in got.windows(2) {
        assert_eq!(pair[1]["before"], pair[0]["after"]);
    }
    for change in &got[1..3] {
        let (before, after) = (change["before"].as_object().expect("a record"), &change["after"]);
        let changed =
            after.as_object().expect("a record").iter().filter(|(key, value)| before.get(*key) != Some(value));
        let changed: Vec<_> = changed.collect();
        assert!(!changed.is_empty());
        assert_eq!(change["diff"].as_object().expect("a diff").iter().collect::<Vec<_>>(), changed);
        assert_eq!(after["id"], got[0]["after"]["id"]);
        assert_eq!(after["created_at"], 1_780_315_200_000_u64, "it was made when it was made");
    }
    assert_eq!((&got[3]["after"], &got[3]["diff"]), (&empty, &empty));
    let records: BTreeSet<&str> =
        received.iter().map(|got| got.all("x-superleap-event-id")[0].split(':').nth(3).expect("a record")).collect();
    assert_eq!(records.len(), 1, "{records:?}");
}

#[test]
fn a_change_begins_with_the_record_that_the_one_before_left() {
    is_a_record_s_life("superleap/@lead-life", "lead");
    is_a_record_s_life("superleap/@custom-object-life", "student");
}

#[test]
fn a_profile_is_made_once_and_changed_later() {
    let got = bodies(&played("swapcard/@profile-life"));
    assert_eq!(column(&got, "/action"), ["profile_create", "profile_update", "profile_delete"]);
    for pointer in ["/profile/id", "/profile/communityProfile/id", "/profile/communityProfile/user/id"] {
        shared(&got, pointer);
    }
    // The sample's times are cut to whole seconds, and so are those that were moved.
    assert_eq!(shared(&got, "/profile/createdAt"), "2026-06-01T11:59:59Z");
    let changed = ["2026-06-01T11:59:59Z", "2026-06-01T12:00:29Z", "2026-06-01T12:00:29Z"];
    assert_eq!(column(&got, "/profile/updatedAt"), changed, "a removal changes nothing");
}

#[test]
fn one_session_signs_up() {
    let got = bodies(&played("komo/@sign-up"));
    assert_eq!(column(&got, "/event"), ["SiteViewed", "SignUpSuccess"]);
    all_differ(&got, "/id");
    shared(&got, "/user_session_id");
    shared(&got, "/user_profile_id");
}

#[test]
fn a_visitor_is_new_once() {
    let got = bodies(&played("fingerprinting-api/@new-visitor"));
    shared(&got, "/visitor/id");
    assert_eq!(shared(&got, "/visitor/firstSeen"), "2026-06-01T12:00:00Z");
    assert_eq!(column(&got, "/date")[2], "2026-06-01T12:00:40Z");
    all_differ(&got, "/id");
}
