//! Stories: identities that go through all steps, parts that go on, order, times, and a file's complaints.

mod bundled;
mod faults;

use std::collections::BTreeSet;

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
    own("[[step]]\nevent = \"gone\"", "events acme --catalog own").exits(3).says("own/acme/stories/visit.toml:2: ");
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
fn a_text_is_set_however_deep_it_stands() {
    let story = "[[step]]\nevent = \"superleap/lead.update\"\nset-string.after = { name = \"7\", email = \"null\" }\n";
    let stub = accepting();
    play("s.toml", &stub.url).file("s.toml", story).exits(0);
    let got = stub.next().json();
    assert_eq!((&got["after"]["name"], &got["after"]["email"]), (&"7".into(), &"null".into()));
}
