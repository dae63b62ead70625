//! Stories: identities that go through all steps, parts that go on, order, times, and a file's complaints.

use std::collections::BTreeSet;

use hookproof::catalog::Catalog;
use serde_json::Value;

use crate::support::{Received, Run, accepting, hookproof, stub};

const AT: &str = "2026-06-01T12:00:00Z";

/// `hookproof send` of a story at a time, with a seed and a secret.
fn play(words: &str, url: &str) -> Run {
    hookproof(&format!("send {words} --seed 7 --at {AT} --time-scale 100000 --to"))
        .arg(url)
        .env("HOOKPROOF_SECRET", "it's a secret to nobody")
}

/// What a receiver gets of a story.
#[track_caller]
fn played(story: &str) -> Vec<Received> {
    let stub = accepting();
    let sent = play(&format!("{story} --json"), &stub.url).exits(0).lines();
    let steps: Vec<u64> = sent.iter().map(|line| line["step"].as_u64().expect("a step")).collect();
    assert_eq!(steps, (1..=sent.len() as u64).collect::<Vec<_>>(), "{story}: each step is told, in order");
    assert!(sent.iter().all(|line| line["story"] == story), "{story}: {sent:?}");
    let got = sent.iter().map(|_| stub.next()).collect();
    assert!(stub.is_idle());
    got
}

fn bodies(got: &[Received]) -> Vec<Value> {
    got.iter().map(Received::json).collect()
}

/// The one value that a field has in all bodies that have it.
#[track_caller]
fn shared<'a>(bodies: &'a [Value], pointer: &str) -> &'a Value {
    let values: Vec<&Value> =
        bodies.iter().filter_map(|body| body.pointer(pointer)).filter(|value| !value.is_null()).collect();
    assert!(values.len() > 1 && values.iter().all(|value| *value == values[0]), "{pointer}: {values:?}");
    values[0]
}

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

/// A story of two leads and a user, with all that a step may say.
const OWN: &str = r#"
summary = "Two leads, and who looks after them"
provider = "superleap"

[[step]]
event = "lead.create"
id = { id = "lead_1", record = "first" }

[[step]]
event = "user.create"

[[step]]
event = "lead.update"
set.after = { status = "won", score = 7 }
set-string = { "after.name" = "1" }
unset = ["after.email"]
create = true

[[step]]
name = "another lead"
event = "superleap/lead.create"
new = ["id", "record"]
after = { id = "mine", tags = ["a", "b"], since = 2026-01-01 }

[[step]]
event = "lead.update"
"#;

#[test]
fn a_file_binds_renews_and_changes() {
    let stub = accepting();
    play("own.toml", &stub.url).file("own.toml", OWN).exits(0).says("own.toml: Two leads").prints("5 deliveries");
    let received: Vec<Received> = (0..5).map(|_| stub.next()).collect();
    let got = bodies(&received);
    assert_eq!(got[0]["after"]["id"], "lead_1");
    assert_ne!(got[1]["after"]["id"], "lead_1", "a user is no lead");
    assert_eq!(got[2]["before"], got[0]["after"]);
    assert_eq!(
        got[2]["after"],
        serde_json::json!({
            "id": "lead_1", "name": "1", "status": "won", "score": 7, "created_at": 1_780_315_200_000_u64,
        })
    );
    assert_eq!(got[2]["diff"], serde_json::json!({ "name": "1", "status": "won", "score": 7 }));
    assert_eq!(got[3]["after"], serde_json::json!({ "id": "mine", "tags": ["a", "b"], "since": "2026-01-01" }));
    assert_eq!(got[4]["before"], got[3]["after"]);
    assert_eq!(got[4]["after"]["email"], "renee.okafor@example.com", "without changes of its own it has the sample's");
    let records: Vec<&str> =
        received.iter().map(|got| got.all("x-superleap-event-id")[0].split(':').nth(3).expect("a record")).collect();
    assert_eq!((records[0], records[2]), ("hV4t9Q_first", "hV4t9Q_first"));
    assert!(records[3] == records[4] && records[3] != records[0]);
}

#[test]
fn what_is_given_on_the_command_line_goes_first() {
    let stub = accepting();
    play("@sign-up --id session=mine --set site_name=Ours", &stub.url).exits(0);
    for _ in 0..2 {
        let got = stub.next().json();
        assert_eq!((&got["user_session_id"], &got["site_name"]), (&"mine".into(), &"Ours".into()));
    }
    play("@sign-up --body own.json", &stub.url).file("own.json", "{}").exits(2).says("is a story");
    play("@sign-up --variant tracked", &stub.url).exits(2).says("is a story");
}

#[test]
fn stories_and_events_go_out_in_their_order() {
    let stub = accepting();
    play("komo/SiteViewed @sign-up komo/SiteViewed", &stub.url).exits(0).prints("4 deliveries: 4 accepted");
    let got = bodies(&[stub.next(), stub.next(), stub.next(), stub.next()]);
    assert_eq!(got[1]["user_session_id"], got[2]["user_session_id"]);
    assert_ne!(got[0]["user_session_id"], got[1]["user_session_id"]);
    assert_ne!(got[3]["user_session_id"], got[1]["user_session_id"]);
}

#[test]
fn a_dry_run_keeps_the_pauses_and_waits_for_none() {
    let words = "send komo/@sign-up --to self --dry-run --at 2026-06-01T12:00:00Z";
    hookproof(words).exits(0).prints("2026-06-01T12:01:17.000Z").prints("2 not-sent");
}

#[test]
fn stories_are_listed_and_told_in_full() {
    hookproof("events").exits(0).prints("superfolio/@hot-lead");
    hookproof("events superleap").exits(0).prints("superleap/@lead-life").prints("(story, 4 steps)");
    hookproof("events --search hot").exits(0).prints("@hot-lead");
    hookproof("events @hot-lead").exits(0).prints("8 steps in 4 min 9 s").prints("tracked");
    let lines = hookproof("events komo/@sign-up --json").exits(0).lines();
    assert_eq!((&lines[0]["hookproof"], &lines[0]["length_s"]), (&"story/1".into(), &77.0.into()));
    hookproof("events @hot-leed").exits(2).says("did you mean `superfolio/@hot-lead`?");
    hookproof("send superfolio/@hotlead --to self").exits(2).says("did you mean `superfolio/@hot-lead`?");
    hookproof("render @hot-lead").exits(2).says("is a story");
}

#[test]
fn a_file_s_fault_is_shown_where_it_stands() {
    let check = |story: &str, place: &str, what: &str| {
        let run = hookproof("send s.toml --to self").file("s.toml", story).exits(2);
        let text = run.stderr();
        assert!(text.contains(&format!("s.toml:{place}: ")) && text.contains(what), "{place} {what}\n{text}");
    };
    check("", "1:1", "no steps");
    check("[[step]]\nevnt = 1", "2:1", "unknown field `evnt`");
    check("[[step]]\nevent = 'komo/SiteVewed'", "2:9", "did you mean `komo/SiteViewed`?");
    check("[[step]]\nevent = 'superfolio/activity.*'", "2:9", "7 events, and a step is one");
    check("provider = 'kmo'\n[[step]]\nevent = 'SiteViewed'", "1:12", "no provider is called");
    check("[[step]]\nevent = 'komo/SiteViewed'\nnew = ['visitor']", "3:8", "komo has no identity `visitor`");
    check("[[step]]\nevent = 'komo/SiteViewed'\nid = { a = 1 }", "3:8", "komo has no identity `a`");
    check("[[step]]\nevent = 'komo/SiteViewed'\nset = { 'a..b' = 1 }", "3:9", "is not a path");
    check("[[step]]\nevent = 'komo/SiteViewed'\nfault = 'tamperd'", "3:9", "no case is called `tamperd`");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = '5'", "3:9", "500ms");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndata = '{'", "3:8", "JSON");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.status = 'ok'", "3:17", "is no status");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.text = { matches = '(' }", "3:15", "is no pattern");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = 3", "3:9", "expected a duration like");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.header = { 'a b' = 'x' }", "3:19", "`a b` is no header name");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.body.a = { json = '{' }", "3:17", "this text is");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.body.a.b = { matches = 1 }", "3:13", "a pattern is a text");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = '2562047788015215h'", "3:9", "longer than a year");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = '2s'", "3:9", "this is the first");
    check("[[step]]\nevent = 'superfolio/form.submitted'\nnew = ['user']", "3:8", "`user` stays what it is");
    check("[[step]]\nevent = 'superfolio/form.submitted'\nnew = ['sesion']", "3:8", "did you mean `session`?");
    check("[[step]]\nevent = 'superfolio/form.submitted'\nid = { user = '' }", "3:8", "the identity `user` is empty");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndata = 'x.json'", "3:8", "a table is wanted");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.body.a = { json = '> 3' }", "3:17", "a text needs no `json`");
    check("[[step]]\nevent = 'komo/SiteViewed'\nset-string.id = 7", "3:12", "expected a text");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.status = []", "3:17", "expects no status");
    check("[[step]]\nevent = ''", "2:9", "no event is named");
    check("[step]\nevent = 'komo/SiteViewed'", "1:1", "a step is [[step]]");
    let twice = "[[step]]\nevent = 'komo/SiteViewed'\n";
    check(&format!("{twice}set = {{ 'a.b' = 1, a = {{ b = 2 }} }}"), "3:20", "`a.b` is changed twice");
    check(&format!("{twice}set = {{ id = 1 }}\nunset = ['id']"), "4:10", "`id` is changed twice");
    hookproof("send gone.toml --to self").exits(3).says("gone.toml");
}

#[test]
fn a_provider_of_one_s_own_has_stories_too() {
    let description = "name = \"A\"\nsummary = \"s\"\npage = \"p\"\nchecked = \"2026-11-20\"\n[identity.who]\nat = [\"who\"]\n\
        make = \"{hex:12}\"\nlives = \"story\"\n[events.come]\nsummary = \"s\"\n[events.go]\nsummary = \"s\"\n";
    let own = |story: &str, words: &str| {
        let run = hookproof(words).file("own/acme/provider.toml", description);
        let run = run.file("own/acme/come.json", "{\"who\":\"0123456789ab\"}");
        run.file("own/acme/go.json", "{\"who\":\"0123456789ab\"}").file("own/acme/stories/visit.toml", story)
    };
    let story = "[[step]]\nevent = \"come\"\n[[step]]\nevent = \"go\"\n";
    own(story, "events acme --catalog own").exits(0).prints("acme/@visit");
    let stub = accepting();
    own(story, "send @visit --catalog own --to").arg(&stub.url).exits(0);
    let got = bodies(&[stub.next(), stub.next()]);
    assert_ne!(shared(&got, "/who"), "0123456789ab");
    own("[[step]]\nevent = \"gone\"", "events --catalog own").exits(3).says("own/acme/stories/visit.toml:2:9");
}

#[test]
fn the_story_of_the_readme_plays() {
    let readme = include_str!("../../README.md");
    let mut examples = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let example = examples.find(|example| example.contains("[[step]]")).expect("a story");
    let receiver =
        stub(|_| (200, vec![("Content-Type", "application/json".into())], r#"{"ok":true,"id":"lead_1"}"#.into()));
    // This receiver accepts what was tampered with, and that is what the story is for.
    let run = play("story.toml --keep-going", &receiver.url).file("story.toml", example).exits(1);
    run.prints("status: expected 400, 401 or 403, got 200").prints("1 unexpected").prints("1 as-expected");
}

#[test]
fn a_network_mixes_doubles_and_loses_what_was_made_in_order() {
    let calm = bodies(&played("superleap/@lead-life"));
    let stub = accepting();
    let words = "superleap/@lead-life --shuffle --duplicate 3 --drop 20% --json";
    let sent = play(words, &stub.url).exits(0).lines();
    let told = |line: &Value| (line["step"].as_u64().expect("a step"), line["copy"].as_u64().expect("a copy"));
    let order: Vec<_> = sent.iter().map(told).collect();
    assert_eq!(order.len(), 12);
    assert!(!order.is_sorted(), "{order:?}");
    let lost = sent.iter().filter(|line| line["outcome"] == "lost").count();
    assert!(lost > 0 && lost < 12, "{lost}");
    let arrived: Vec<_> = sent.iter().filter(|line| line["outcome"] == "accepted").collect();
    assert_eq!(arrived.len() + lost, 12);
    let mut ids: Vec<BTreeSet<String>> = vec![BTreeSet::new(); 4];
    for line in arrived {
        let (step, _) = told(line);
        let at = usize::try_from(step).expect("small") - 1;
        let got = stub.next();
        assert_eq!(got.json(), calm[at], "a copy is the very delivery that a calm network brings");
        ids[at].insert(got.all("x-superleap-event-id")[0].to_string());
    }
    assert!(stub.is_idle(), "what is lost never comes");
    assert!(ids.iter().all(|ids| ids.len() < 2), "{ids:?}");
    let again: Vec<_> = play(words, &stub.url).exits(0).lines().iter().map(told).collect();
    assert_eq!(order, again, "a seed is a plan");
}

#[test]
fn an_order_of_chance_can_be_had_again() {
    let stub = accepting();
    let order = |words: &str| {
        let events = "komo/SiteViewed ".repeat(8);
        let finished = hookproof(&format!("send {events} {words} --json --to")).arg(&stub.url).exits(0);
        let told: Vec<bool> = finished.lines().iter().map(|line| line["outcome"] == "lost").collect();
        (told, finished.stderr())
    };
    let (lost, told) = order("--drop 50%");
    let seed = told.split("--seed ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a seed");
    let (again, told) = order(&format!("--drop 50% --seed {seed}"));
    assert_eq!(lost, again);
    assert!(!told.contains("--seed"), "who gave it knows it: {told}");
    assert!(order("--shuffle").1.contains(" does the same again") && !order("--duplicate 2").1.contains("--seed"));
}

#[test]
fn plain_events_go_over_the_same_network() {
    let stub = accepting();
    let run = play("komo/SiteViewed komo/SignUpSuccess --duplicate 2 --drop 1", &stub.url).exits(0);
    run.prints("copy 2 of 2").prints("lost on the way (--drop)").prints("4 deliveries: 4 lost");
    assert!(stub.is_idle());
    play("komo/SiteViewed --duplicate 2", &stub.url).exits(0).prints("2 deliveries: 2 accepted");
    assert_eq!(stub.next().body, stub.next().body);
    for wrong in ["--drop 110%", "--drop x", "--duplicate 1", "--drop 10% --retry 1s"] {
        play(&format!("komo/SiteViewed {wrong}"), &stub.url).exits(2);
    }
}

const CHECKOUT: &str = "summary = \"A signup\"\n[[step]]\nevent = \"komo/SiteViewed\"\n";

#[test]
fn stories_of_the_project_go_by_their_names() {
    let stub = accepting();
    let of_file = || {
        hookproof("")
            .file("hookproof.toml", "stories = \"hooks/stories\"\n")
            .file("hooks/stories/checkout.toml", CHECKOUT)
            .file("hooks/stories/hot-lead.toml", CHECKOUT)
            .file("hooks/stories/README.md", "no story")
    };
    let run = |words: &str| of_file().args(words.split(' '));
    let told = run("send @checkout --to").arg(&stub.url).exits(0).stderr();
    assert!(told.starts_with("@checkout: A signup; 1 step\nnote: hookproof.toml is used: its stories\n"), "{told}");
    stub.next();
    // The project's own goes before one that is built in.
    run("send @hot-lead --to").arg(&stub.url).exits(0);
    stub.next();
    assert!(stub.is_idle());
    run("events @checkout").exits(0).prints("@checkout\n  A signup\n");
    run("events komo").exits(0).prints("@checkout").prints("komo/@sign-up").says("hookproof.toml is used: its stories");
    let other = run("events superfolio").exits(0);
    assert!(!other.stdout().contains("@checkout") && other.stderr().is_empty(), "{}", other.stderr());
    run("send @chekout --to self").exits(2).says("did you mean `@checkout`?");
}

#[test]
fn a_folder_of_stories_is_named_by_a_variable_too_and_has_to_be_there() {
    let run = hookproof("send @checkout --dry-run --to 3000").file("hooks/checkout.toml", CHECKOUT);
    run.env("HOOKPROOF_STORIES", "hooks").exits(0).prints("komo/SiteViewed");
    let run =
        hookproof("send @checkout --dry-run --to 3000").file("hookproof.toml", "timeout = \"5s\"\nstories = \"x\"\n");
    run.exits(2).says("hookproof.toml:2:11: there is no folder x");
    let gone = hookproof("events @checkout").env("HOOKPROOF_STORIES", "nowhere").exits(2);
    gone.says("HOOKPROOF_STORIES: can't read nowhere: ").says("hint: correct HOOKPROOF_STORIES, or unset it");
    let file = hookproof("run @checkout --to 3000").env("HOOKPROOF_STORIES", "a.toml").file("a.toml", CHECKOUT);
    file.exits(2).says("HOOKPROOF_STORIES: can't read a.toml: ");
}

#[test]
fn a_story_is_no_load() {
    hookproof("send @hot-lead --count 3 --to 3000")
        .exits(2)
        .says("--count is for an event, and `@hot-lead` is a story")
        .says("hint: a load fires events");
    hookproof("send @hot-lead --variants --to 3000")
        .exits(2)
        .says("--variants is for an event")
        .says("`variant` itself");
    hookproof("send @hot-lead --for 3s --to 3000").exits(2).says("--for is for an event");
    for weather in ["--shuffle", "--duplicate 2", "--drop 10%"] {
        hookproof(&format!("send komo/SiteViewed --count 3 --to 3000 {weather}")).exits(2).says("cannot be used with");
    }
}

#[test]
fn a_story_that_can_t_be_told_to_its_end_is_not_begun() {
    let stub = accepting();
    let story = "[[step]]\nevent = \"komo/SiteViewed\"\n[[step]]\nevent = \"komo/SiteViewed\"\n";
    for command in ["send", "run"] {
        let run = hookproof(&format!("{command} s.toml --to")).arg(&stub.url);
        let run = run.file("s.toml", format!("{story}set.nowhere = 1\n"));
        let run = run.exits(2).says("s.toml:5:5: `nowhere` is not in the body of komo/SiteViewed\n");
        run.says("hookproof events komo/SiteViewed").says("`create = true` makes a new place");
    }
    assert!(stub.is_idle());
}

#[test]
fn what_only_making_a_step_shows_is_told_where_it_stands() {
    let check = |step: &str, place: &str, what: &str, hint: &str| {
        for command in ["send", "run"] {
            let run = hookproof(&format!("{command} s.toml --to 9")).file("s.toml", format!("[[step]]\n{step}"));
            let told = run.env("HOOKPROOF_SECRET", "it's a secret to nobody").exits(2).stderr();
            let is_told = |part: &str| told.contains(part);
            assert!(is_told(&format!("s.toml:{place}: {what}")) && is_told(hint), "{place} {what} {hint}\n{told}");
            assert!(!is_told("--create") && !is_told("--set") && is_told("^"), "{told}");
        }
    };
    let lead = |rest: &str| format!("event = 'superleap/lead.create'\n{rest}");
    check(&lead("set = { 'after.statu' = 1 }"), "3:9", "`after.statu`", "did you mean `after.status`? `create = true`");
    check(&lead("set.after.status.deep = 1"), "3:5", "`after.status.deep`", "did you mean `after.status`?\n");
    check(&lead("set.after.one = 1"), "3:5", "`after.one`", "`create = true` makes a new place");
    check(&lead("create = true\nset = { 'after.status.deep' = 1 }"), "4:9", "`after.status.deep` can't be", "");
    check(&lead("unset = [\n'after.id', 'after.mial']"), "4:13", "`after.mial`", "hint: did you mean `after.email`?\n");
    check(&lead("data = { a = 1 }\nafter = { a = 2 }"), "4:9", "`after` is not", "leave one of the two out");
    check(
        "event = 'superfolio/form.submitted'\nbefore = { a = 1 }",
        "3:10",
        "superfolio/form.submitted has no records",
        "`set` and `data`",
    );
    check("event = 'superleap/lead.create'\nid = { org = \"a\\nb\" }", "3:8", "the header", "");
    check("event = 'komo/SiteViewed'\nfault = 'tampered'", "3:9", "komo/SiteViewed has no case", "check --list");
    // What the command line says stands in no file.
    let of_flag = hookproof("send s.toml --set nowhere=1 --to 9").file("s.toml", CHECKOUT).exits(2);
    of_flag.says("step 1 of s.toml: `nowhere`").says("--create makes a new place");
}

/// Steps of any providers, and nothing else.
fn steps(events: &[&str]) -> String {
    events.iter().flat_map(|event| ["[[step]]\nevent = \"", event, "\"\n"]).collect()
}

#[test]
fn an_identity_binds_where_it_is_known_and_is_unknown_where_no_step_has_it() {
    let stub = accepting();
    let story = steps(&["komo/SiteViewed", "superleap/lead.create", "superfolio/activity.page_view"]);
    play("s.toml --id id=lead_7 --id session=mine", &stub.url).file("s.toml", &story).exits(0);
    let got = bodies(&[stub.next(), stub.next(), stub.next()]);
    assert_eq!((&got[0]["user_session_id"], &got[1]["after"]["id"]), (&"mine".into(), &"lead_7".into()));
    assert_eq!(got[2]["session_id"], "mine");
    let unknown = play("s.toml --id sesion=mine", &stub.url).file("s.toml", &story).exits(2);
    unknown.says("komo has no identity `sesion`");
    assert!(stub.is_idle());
}

#[test]
fn after_a_removal_another_record_begins() {
    let stub = accepting();
    for next in ["superleap/lead.update", "superleap/lead.create"] {
        let first = "[[step]]\nevent = \"superleap/lead.create\"\nid = { id = \"lead_1\" }\n";
        let rest = steps(&["superleap/user.create", "superleap/lead.delete", next, "superleap/lead.update"]);
        let rest = rest + &steps(&["superleap/user.update"]);
        play("s.toml", &stub.url).file("s.toml", format!("{first}{rest}")).exits(0);
        let received: Vec<Received> = (0..6).map(|_| stub.next()).collect();
        let got = bodies(&received);
        assert_eq!((&got[0]["after"]["id"], &got[2]["before"]["id"]), (&"lead_1".into(), &"lead_1".into()));
        let other = got[3]["after"]["id"].as_str().expect("an id");
        assert_ne!(other, "lead_1", "{next}");
        assert_eq!((&got[4]["before"], &got[4]["after"]["id"]), (&got[3]["after"], &other.into()));
        assert_eq!(got[5]["before"], got[1]["after"], "a user is no lead");
        let record = |at: usize| received[at].all("x-superleap-event-id")[0].split(':').nth(3).map(str::to_string);
        assert!(record(0) == record(2) && record(2) != record(3) && record(3) == record(4), "{next}");
    }
}

#[test]
fn what_takes_from_a_story_what_makes_it_one_is_told() {
    let run = |words: &str| hookproof(&format!("send {words} --dry-run --to self")).exits(0);
    run("@lead-life --before {}").says("--before goes to every step of superleap/@lead-life");
    let told = run("@lead-life --verbatim");
    told.says("with --verbatim every superleap/lead.update of superleap/@lead-life has one id");
    assert!(!run("@hot-lead --verbatim").stderr().contains("note: with"), "each event is there once");
}

#[test]
fn a_text_is_set_however_deep_it_stands() {
    let story = "[[step]]\nevent = \"superleap/lead.update\"\nset-string.after = { name = \"7\", email = \"null\" }\n";
    let stub = accepting();
    play("s.toml", &stub.url).file("s.toml", story).exits(0);
    let got = stub.next().json();
    assert_eq!((&got["after"]["name"], &got["after"]["email"]), (&"7".into(), &"null".into()));
}

#[test]
fn a_story_that_is_wrong_hides_none_of_the_others() {
    let of = |words: &str| {
        let run = hookproof(words).env("HOOKPROOF_STORIES", "s").file("s/good.toml", CHECKOUT);
        run.file("s/bad.toml", "[[step]]\nevnt = 1\n")
    };
    let listed = of("events").exits(0).prints("@good").says("note: s/bad.toml:2:1: unknown field `evnt`");
    assert!(!listed.stdout().contains("@bad") && listed.stderr().contains("`hookproof doctor`"));
    of("send @good --dry-run --to self").exits(0);
    of("send @bad --dry-run --to self").exits(2).says("s/bad.toml:2:1");
}

#[test]
fn what_a_story_says_drives_no_terminal() {
    let story = "summary = \"a \\u001b[31m\"\n[[step]]\nname = \"b \\u001b[2J\"\nevent = \"komo/SiteViewed\"\nexpect.text = \"\\u001b[m\"\n";
    let receiver = stub(|_| (200, Vec::new(), "\u{1b}]0;x\u{7}]]>\u{fffe}\n::error::x".to_string()));
    for words in [
        "events",
        "events s/evil.toml",
        "send @evil --dry-run --to self",
        "send @evil --to",
        "run @evil --junit r.xml --to",
    ] {
        let run = hookproof(words).env("HOOKPROOF_STORIES", "s").file("s/evil.toml", story);
        let report = run.folder().join("r.xml");
        let run = if words.ends_with("--to") { run.arg(&receiver.url) } else { run };
        let finished = run.output();
        let written = std::fs::read_to_string(report).unwrap_or_default();
        let shown = [finished.stdout(), finished.stderr(), written].concat();
        assert!(
            shown.contains("\\u{1b}") && !shown.contains(['\u{1b}', '\u{fffe}']) && !shown.contains("\n::error::"),
            "{words}\n{shown}"
        );
    }
}
