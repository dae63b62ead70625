//! `events`: the catalog, asked.

use std::collections::BTreeSet;

use crate::catalog::{NEUTRAL, catalog};
use crate::support::{Finished, Run, hookproof};

/// How many stories are built in.
const STORIES: usize = 7;

/// The first word of every line: the names of a table.
fn names(run: &Finished) -> Vec<String> {
    run.stdout().lines().filter_map(|line| line.split_whitespace().next().map(str::to_string)).collect()
}

#[test]
fn the_table_has_a_line_for_every_event_and_the_pattern() {
    let run = hookproof("events").exits(0);
    let names = names(&run);
    assert_eq!(names.len(), 16 + 9 + 4 + 3 + 2 + 1 + STORIES + NEUTRAL.len(), "{names:?}");
    for id in NEUTRAL {
        assert!(names.contains(&format!("{id}/example")), "{id}");
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert_eq!(run.stderr(), "");
    assert!(!run.stdout().contains('\u{1b}'), "no colour where no terminal is");
    let column = |line: &str| {
        let gap = line.find("  ").expect("a gap after the name");
        line.len() - line[gap..].trim_start().len()
    };
    let starts: BTreeSet<usize> = run.stdout().lines().map(column).collect();
    assert_eq!(starts.len(), 1, "the summaries stand in one column:\n{}", run.stdout());
    run.prints("superleap/OBJECT.create|update|delete")
        .prints("(beta)")
        .prints("(announced)")
        .prints("(inferred, --variant deleted)")
        .prints("(--variant tracked)");
}

/// Asks with these words and expects these names.
fn check(words: &str, expected: &[&str]) {
    let run = hookproof("events").args(words.split_whitespace()).exits(0);
    assert_eq!(names(&run), expected, "events {words}");
}

#[test]
fn words_choose_events() {
    let komo = ["komo/SignUpSuccess", "komo/SiteViewed", "komo/WebhookSuccess", "komo/WebhookError", "komo/@sign-up"];
    check("komo", &komo);
    check("--provider komo", &komo);
    let fingerprinting =
        ["fingerprinting-api/NEW_VISIT", "fingerprinting-api/NEW_VISITOR", "fingerprinting-api/@new-visitor"];
    check("-p fingerprinting-api", &fingerprinting);
    check("superfolio/portfolio.* -p komo", &[]);
    let portfolio = [
        "superfolio/portfolio.project_changed",
        "superfolio/portfolio.profile_changed",
        "superfolio/portfolio.availability_changed",
    ];
    check("superfolio/portfolio.*", &portfolio);
    check("portfolio.*_changed", &portfolio);
    check("NEW_VISIT?? *test", &["fingerprinting-api/NEW_VISITOR", "superfolio/integration.test"]);
    check("form.submitted superleap/lead.update", &["superfolio/form.submitted", "superleap/lead.update"]);
    check("superleap/*.delete", &["superleap/lead.delete", "superleap/user.delete", "superleap/opportunity.delete"]);
    check(
        "superfolio/tracking_link.* --variants",
        &[
            "superfolio/tracking_link.created",
            "superfolio/tracking_link.updated",
            "superfolio/tracking_link.updated--deleted",
        ],
    );
}

#[test]
fn a_search_looks_at_names_meanings_and_scopes_whatever_the_case() {
    check("--search TESTIMONIALS.READ", &["superfolio/testimonial.submitted"]);
    check("--search HOT", &["superfolio/lead.hot_detected", "superfolio/@hot-lead"]);
    check("--search payments", &["square/example", "stripe/example"]);
    check("--search hot_", &["superfolio/lead.hot_detected"]);
    check("--search new_visitor", &["fingerprinting-api/NEW_VISITOR"]);
    check("--search revenue-dashboard-no-one-sells", &[]);
    check("swapcard --search removed", &["swapcard/profile_delete", "swapcard/@profile-life"]);
    check(
        "--search opportunity -p superleap",
        &["superleap/opportunity.create", "superleap/opportunity.update", "superleap/opportunity.delete"],
    );
    check("--search slug", &["superleap/OBJECT.create|update|delete"]);
}

#[test]
fn a_search_that_finds_nothing_says_so() {
    hookproof("events --search revenue-dashboard-no-one-sells").exits(0).says("no event is like that");
}

#[test]
fn one_event_is_told_in_full() {
    let run = hookproof("events activity.page_view").exits(0);
    let told = [
        "superfolio/activity.page_view\n",
        "Someone opened the portfolio",
        "https://superfolio.app/documentation (read 20",
        "activity.read",
        "stable",
        "documented",
        "tracked: They came through a tracked link",
        "Content-Type",
        "X-Superfolio-Signature: hexadecimal HMAC-SHA256 of the raw body",
        "SUPERFOLIO_WEBHOOK_SECRET",
        "body event_type",
        "body event_id",
        "any 2xx (documented)",
        "401",
        "retries     not documented",
        "the retry schedule",
        "data.activity.created_at  string",
        "data.tracking_link  null",
        "data.event_data.repeat_viewer  boolean, may be missing",
        "event_data  object",
        "\"event_type\": \"activity.page_view\"",
    ];
    told.iter().fold(run, |run, text| run.prints(text));
    let custom = hookproof("events superleap/student.create").exits(0);
    for text in
        ["inferred", "sha256=", "x-superleap-event-id", "header x-superleap-event\n", "after  object, keys not fixed"]
    {
        assert!(custom.stdout().contains(text), "{text:?} is not in\n{}", custom.stdout());
    }
    hookproof("events komo/SiteViewed").exits(0).prints("signature   not documented").prints("delivery id nothing");
    hookproof("events NEW_VISIT")
        .exits(0)
        .prints("--signature-mode hmac")
        .prints("named by    nothing in the delivery");
    hookproof("events activity.page_view--tracked").exits(0).prints("superfolio/activity.page_view--tracked\n");
}

#[test]
fn a_neutral_body_is_told_like_an_event() {
    let names = [
        ("stripe", "Stripe-Signature", "STRIPE_WEBHOOK_SECRET"),
        ("twilio", "X-Twilio-Signature", "TWILIO_AUTH_TOKEN"),
        ("standard-webhooks", "webhook-signature", "STANDARD_WEBHOOKS_SECRET"),
        ("clerk", "svix-signature", "CLERK_WEBHOOK_SIGNING_SECRET"),
    ];
    for (id, header, variable) in names {
        let run = hookproof(&format!("events {id}/example")).exits(0);
        let run = run.prints(&format!("{id}/example\n")).prints(&format!("signature   {header}: ")).prints(variable);
        run.prints("sample      neutral");
    }
    let twilio = hookproof("events twilio/example").exits(0);
    twilio.prints("ToCountry=US&ToState=&").prints("named by    nothing in the delivery");
}

#[test]
fn lines_of_json_say_the_same() {
    let mut lines = hookproof("events --json --variants").exits(0).lines();
    let all = lines.len();
    lines.retain(|line| line["hookproof"] != "story/1");
    assert_eq!(all - lines.len(), STORIES);
    assert_eq!(lines.len(), 16 + 2 + 9 + 4 + 3 + 6 + 2 + 1 + NEUTRAL.len());
    for line in &lines {
        assert!(line["provider"].is_string() && line["summary"].is_string(), "{line}");
    }
    let find = |event: &str| lines.iter().find(|line| line["event"] == event).expect("the event");
    let visit = find("activity.page_view");
    assert_eq!(visit["hookproof"], "event/1");
    assert_eq!(visit["scope"], "activity.read");
    assert_eq!(visit["stability"], "stable");
    assert_eq!(visit["sample"]["data"]["activity"]["type"], "page_view");
    assert_eq!(visit["signature"][0]["header"], "X-Superfolio-Signature");
    let field =
        visit["fields"].as_array().expect("fields").iter().find(|field| field["path"] == "data.event_data.city");
    assert_eq!(field.expect("the city")["optional"], true);
    assert_eq!(find("WebhookError")["stability"], "announced");
    assert_eq!(find("user.update")["sample_is"], "inferred");
    assert_eq!(find("profile_update")["variants"], serde_json::json!(["community", "deleted"]));
    let example = |provider: &str| {
        lines.iter().find(|line| line["provider"] == provider && line["event"] == "example").expect("its body")
    };
    assert_eq!(example("stripe")["sample_is"], "neutral");
    assert_eq!(example("stripe")["sample"]["type"], "customer.created");
    assert_eq!(example("svix")["sample"], example("standard-webhooks")["sample"]);
    assert_eq!(example("svix")["signature"][0]["header"], "svix-signature");
    assert_eq!(example("standard-webhooks")["signature"][0]["header"], "webhook-signature");
    let pattern = lines.iter().find(|line| line["hookproof"] == "pattern/1").expect("the pattern");
    assert_eq!(pattern["example"], "student.{verb}");
}

/// A word that means nothing: exit 2, and what was meant.
#[track_caller]
fn refused(words: &str, message: &str, hint: &str) {
    let run = hookproof(words).exits(2).says(message).says(hint);
    assert_eq!(run.stdout(), "", "nothing was found");
}

#[test]
fn misspelt_names_are_met_with_what_was_meant() {
    refused("events form.submited", "no event is called `form.submited`", "did you mean `form.submitted`?");
    refused(
        "events superfolio/from.submitted",
        "superfolio/from.submitted",
        "did you mean `superfolio/form.submitted`?",
    );
    refused("events new_visitr", "no event is called `new_visitr`", "did you mean `NEW_VISITOR`?");
    refused("events superfoli/form.submitted", "no provider is called `superfoli`", "did you mean `superfolio`?");
    refused("events --provider Swapcart", "no provider is called `Swapcart`", "did you mean `swapcard`?");
    refused("events komoo", "komoo", "did you mean `komo`?");
    refused("render form.submited", "no event is called", "did you mean `form.submitted`?");
    let mut known: Vec<String> = catalog().providers.iter().map(|provider| provider.id.clone()).collect();
    known.sort();
    refused("events quite/another", &hookproof::words::list(&known, "and"), "hookproof events");
    refused("events strype", "no event is called `strype`", "did you mean `stripe`?");
    refused("events stripe/charge.succeeded", "the events of Stripe are not cataloged", "--body sends one of yours");
    refused("events example", "no event is called `example`", "hookproof events");
    refused("events superfolio/zebra.*", "no event is called `superfolio/zebra.*`", "hookproof events");
    refused("events activity.page_view--trakced", "no variant `trakced`; it has tracked", "shows its forms");
    refused("events superleap/student.vanish", "superleap/student.vanish", "hint:");
    refused("events student.create", "no event is called `student.create`", "hint:");
}

#[test]
fn a_bare_name_that_two_providers_use_needs_the_provider() {
    let toml = r#"
name = "Mine"
summary = "Forms of our own"
page = "https://example.com/webhooks"
checked = "2026-11-20"
[events."form.submitted"]
summary = "Someone sent a form of ours"
"#;
    let own = |words: &str| {
        Run::new()
            .file("own/mine/provider.toml", toml)
            .file("own/mine/form.submitted.json", "{\"a\":1}")
            .args(["--catalog", "own"])
            .args(words.split_whitespace())
    };
    let run = own("events form.submitted").exits(2);
    run.says("`form.submitted` may be superfolio/form.submitted or mine/form.submitted").says("PROVIDER/EVENT");
    own("render mine/form.submitted").exits(0).prints("{\"a\":1}");
    own("render superfolio/form.submitted").exits(0).prints("\"event_type\":\"form.submitted\"");
}

#[test]
fn a_story_without_summary_has_its_mark_where_summaries_stand() {
    let story = "[[step]]\nevent = \"komo/SiteViewed\"\n[[step]]\nevent = \"komo/SiteViewed\"\ndelay = \"1500ms\"\n";
    let run = |words: &str| hookproof(words).env("HOOKPROOF_STORIES", "s").file("s/one.toml", story);
    let listed = run("events komo").exits(0).stdout();
    let line = listed.lines().find(|line| line.starts_with("@one")).expect("the story");
    let other = listed.lines().find(|line| line.starts_with("komo/SiteViewed")).expect("an event");
    let column = |line: &str| line.find("  ").map(|gap| line.len() - line[gap..].trim_start().len());
    assert_eq!((column(line), line.ends_with("(story, 2 steps)")), (column(other), true), "{listed}");
    // A pause is not cut to whole seconds.
    run("events @one").exits(0).prints("2 steps in 1.5 s").prints("after 1.5 s");
}
