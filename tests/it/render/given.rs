//! What the user gives: identities, values at paths, whole parts. None of it is renewed.

use serde_json::{Value, json};

use super::{body, refused, render};
use crate::support::{Run, hookproof};

#[test]
fn an_identity_is_set_wherever_it_stands() {
    let hot = body(&["lead.hot_detected", "--id", "tracking_link=tl_mine"]);
    assert_eq!(hot["data"]["tracking_link"]["id"], "tl_mine");
    assert_eq!(hot["data"]["dashboard_url"], "https://superfolio.app/dashboard/tracking/tl_mine", "in an address");
    assert_eq!(hot["event_data"], hot["data"], "in the copy");
    let visit = body(&["activity.page_view", "--variant", "tracked", "--id", "session=s1", "--id", "project=p1"]);
    for path in ["/session_id", "/data/session/id", "/data/activity/session_id", "/event_data/session/id"] {
        assert_eq!(visit.pointer(path), Some(&json!("s1")), "{path}");
    }
    assert_eq!(visit["data"]["tracking_link"]["selection_ids"]["project_ids"][0], "p1", "beyond its declared places");
    let fixed = body(&["integration.test", "--id", "user=user_1", "--verbatim"]);
    assert_eq!(fixed["user_id"], "user_1", "also one that otherwise stays, and with --verbatim");
    assert_eq!(
        body(&["integration.test", "--id", "event=1", "--id", "event=2"])["event_id"],
        "2",
        "the last one holds"
    );
    assert_eq!(body(&["integration.test", "--id", "event=a\"b\\c=é"])["event_id"], "a\"b\\c=é");
    let person = body(&["profile_update", "--id", "event_person=P1", "--id", "community_profile=C1"]);
    assert_eq!((&person["profile"]["id"], &person["profile"]["communityProfile"]["id"]), (&json!("P1"), &json!("C1")));
}

#[test]
fn an_identity_is_set_in_keys_too() {
    let toml = r#"
name = "Mine"
summary = "Carts of our own"
page = "https://example.com/webhooks"
checked = "2026-11-20"
[identity.cart]
at = ["cart.id"]
make = "cart_{hex:12}"
lives = "story"
[events."cart.changed"]
summary = "A cart changed"
"#;
    let sample =
        r#"{"cart":{"id":"cart_0123456789ab"},"by":{"cart_0123456789ab":"/c/cart_0123456789ab/x_cart_0123456789ab"}}"#;
    let own = |flags: &[&str]| {
        let run = Run::new().file("own/mine/provider.toml", toml).file("own/mine/cart.changed.json", sample);
        run.args(["--catalog", "own", "render", "mine/cart.changed"]).args(flags).exits(0).stdout()
    };
    assert_eq!(own(&["--id", "cart=c1"]), r#"{"cart":{"id":"c1"},"by":{"c1":"/c/c1/x_cart_0123456789ab"}}"#);
    assert_eq!(own(&["--verbatim"]), sample);
    assert!(!own(&[]).contains("\"cart_0123456789ab\""), "renewed in values and keys");
}

/// An identity that is a number stays one.
#[test]
fn an_identity_that_is_a_number_takes_numbers_only() {
    let toml = r#"
name = "Mine"
summary = "Orders of our own"
page = "https://example.com/webhooks"
checked = "2026-11-20"
[identity.order]
at = ["order"]
make = "{digits:9}"
lives = "delivery"
[events."order.paid"]
summary = "An order was paid"
"#;
    let own = |flags: &[&str]| {
        let run =
            Run::new().file("own/mine/provider.toml", toml).file("own/mine/order.paid.json", "{\"order\":412345678}");
        run.args(["--catalog", "own", "render", "mine/order.paid"]).args(flags)
    };
    assert_eq!(own(&["--id", "order=12345678901234567890"]).exits(0).stdout(), "{\"order\":12345678901234567890}");
    let fresh: Value = serde_json::from_str(&own(&[]).exits(0).stdout()).expect("JSON");
    assert!(fresh["order"].as_u64().is_some_and(|order| (100_000_000..1_000_000_000).contains(&order)), "{fresh}");
    for value in ["A-1", "", "inf", "NaN", "+5", ".5", "5.", "007"] {
        own(&["--id", &format!("order={value}")]).exits(2).says("`order` is a number");
    }
}

#[test]
fn an_identity_in_a_header_is_set() {
    let words = "render superleap/lead.update --unsigned --format json --id org=ACME01 --id record=R9 --id id=lead_1";
    let line = &hookproof(words).exits(0).lines()[0];
    let headers = line["headers"].to_string();
    assert!(headers.contains("\"ACME01:lead:") && headers.contains(":ACME01_R9:lead.update:"), "{headers}");
    assert!(line["body"].as_str().is_some_and(|body| body.matches("\"id\":\"lead_1\"").count() == 2), "{line}");
}

#[test]
fn an_identity_that_is_not_declared_is_refused() {
    refused(&["form.submitted", "--id", "sesion=1"], &["no identity `sesion`", "session"]);
    refused(&["form.submitted", "--id", "session"], &["`session` has no `=`", "--id NAME=VALUE"]);
    render(&["form.submitted", "--id", "session=1"]).says("superfolio/form.submitted has no identity `session`");
}

#[test]
fn a_header_made_from_an_identity_refuses_line_breaks() {
    for value in ["a\nX-Evil: 1", "a\rX-Evil: 1", "a\r\n\r\n{}"] {
        for format in ["http", "curl", "json"] {
            let id = format!("record={value}");
            refused(
                &["superleap/lead.update", "--unsigned", "--format", format, "--id", &id],
                &["x-superleap-event-id"],
            );
        }
    }
}

/// Sets one thing and expects this value at a pointer.
#[track_caller]
fn check(event: &str, flags: &[&str], pointer: &str, expected: &Value) {
    let body = body(&[&[event][..], flags].concat());
    assert_eq!(body.pointer(pointer), Some(expected), "{event} {flags:?}");
}

#[test]
fn a_value_is_json_where_it_parses_and_else_a_string() {
    let message = "/data/message";
    let event = "integration.test";
    check(event, &["--set", "data.message=5"], message, &json!(5));
    check(event, &["--set", "data.message={\"a\": [1, null]}"], message, &json!({"a": [1, null]}));
    check(event, &["--set", "data.message=true"], message, &json!(true));
    check(event, &["--set", "data.message=\"5\""], message, &json!("5"));
    check(event, &["--set", "data.message=won"], message, &json!("won"));
    check(event, &["--set", "data.message="], message, &json!(""));
    check(event, &["--set", "data.message={a"], message, &json!("{a"));
    check(event, &["--set", "data.message=a=b \"c\" é\n"], message, &json!("a=b \"c\" é\n"));
    check(event, &["--set-string", "data.message=5"], message, &json!("5"));
    check(event, &["--set-string", "data.message=\"5\""], message, &json!("\"5\""));
    check(event, &["--set", "data.message=1", "--set", "data.message=2"], message, &json!(2));
    let text = render(&[event, "--set", "data.message=[1E2, 12345678901234567890, \"\\/\"]"]).stdout();
    assert_eq!(text.matches(r#""message":[1E2,12345678901234567890,"\/"]"#).count(), 2, "{text}");
}

#[test]
fn every_form_of_a_path_leads_to_its_place() {
    let label = "/data/fields/1/label";
    check("form.submitted", &["--set", "data.fields[1].label=L"], label, &json!("L"));
    check("form.submitted", &["--set", "/data/fields/1/label=L"], label, &json!("L"));
    check("form.submitted", &["--set", "[\"data\"].fields[1][\"label\"]=L"], label, &json!("L"));
    check("form.submitted", &["--set", "data[\"odd.key\"]=1", "--create"], "/data/odd.key", &json!(1));
    check("form.submitted", &["--set", "data[\"a=b\"]=1", "--create"], "/data/a=b", &json!(1));
    check("form.submitted", &["--set", "/data/a~1b~0=1", "--create"], "/data/a~1b~0", &json!(1));
    check(
        "form.submitted",
        &["--set", "data.submission.responses.name=N"],
        "/event_data/submission/responses/name",
        &json!("N"),
    );
}

#[test]
fn a_missing_path_is_refused_with_what_is_near() {
    let event = "form.submitted";
    refused(
        &[event, "--set", "data.form.titel=x"],
        &["`data.form.titel` is not in the body", "did you mean `data.form.title`?", "--create"],
    );
    refused(&[event, "--set", "title=x"], &["did you mean `data.form.title`?"]);
    refused(&[event, "--set-string", "data.fields[3].label=x"], &["`data.fields[3].label`", "data.fields["]);
    refused(&[event, "--unset", "data.form.titel"], &["did you mean `data.form.title`?"]);
    refused(&[event, "--set", "/data/form/titel=x"], &["did you mean `data.form.title`?"]);
    refused(
        &[event, "--set", "zebra=x"],
        &["`zebra` is not in the body", "hookproof events superfolio/form.submitted"],
    );
    refused(&[event, "--set", "data.form"], &["`data.form` has no `=`"]);
    refused(&[event, "--set", "data..form=1"], &["data..form"]);
    refused(&[event, "--set", "=1"], &["path is empty"]);
    refused(&[event, "--set", "data.form.title.inner=1", "--create"], &["can't be created", "string"]);
    refused(&[event, "--set", "data.fields[9]=1", "--create"], &["can't be created", "shorter"]);
}

#[test]
fn create_makes_what_is_missing_and_unset_takes_out() {
    check("komo/SignUpSuccess", &["--set", "team=Red", "--create"], "/team", &json!("Red"));
    check("integration.test", &["--create", "--set", "data.a.b[0].c=1"], "/data/a", &json!({"b": [{"c": 1}]}));
    check("form.submitted", &["--create", "--set", "data.fields[3]=1"], "/data/fields/3", &json!(1));
    let body = body(&["form.submitted", "--unset", "data.form.title", "--unset", "data.fields[0]"]);
    assert!(body["data"]["form"].get("title").is_none() && body["event_data"]["form"].get("title").is_none());
    assert_eq!(body["data"]["fields"].as_array().map(Vec::len), Some(2));
}

/// Once a pointer to an item took every item out.
#[test]
fn a_pointer_to_an_item_takes_out_that_item_only() {
    let fields = |flags: &[&str]| body(&[&["form.submitted"][..], flags].concat())["data"]["fields"].clone();
    let all = fields(&[]);
    assert_eq!(fields(&["--unset", "/data/fields/0"]), json!([all[1], all[2]]));
    assert_eq!(fields(&["--unset", "data.fields.1"]), json!([all[0], all[2]]));
}

#[test]
fn what_the_user_gives_is_never_renewed() {
    let sample = body(&["activity.page_view", "--verbatim"]);
    let (session, time) =
        (sample["session_id"].as_str().expect("an id"), sample["timestamp"].as_str().expect("a time"));
    let fresh = body(&[
        "activity.page_view",
        "--set",
        &format!("data.session.id={session}"),
        "--set",
        &format!("data.session.started_at={time}"),
        "--set",
        &format!("data.event_data.referrer=https://example.com/{session}"),
    ]);
    assert_eq!(
        (&fresh["data"]["session"]["id"], &fresh["data"]["session"]["started_at"]),
        (&json!(session), &json!(time))
    );
    assert_eq!(fresh["data"]["event_data"]["referrer"], format!("https://example.com/{session}"));
    assert_ne!(fresh["session_id"], session, "what is not given is");
    let data = format!("{{\"session\":{{\"id\":\"{session}\"}},\"at\":\"{time}\"}}");
    let run = Run::new().file("d.json", &data).args(["render", "activity.page_view", "--data", "d.json"]).exits(0);
    assert!(run.stdout().contains(&format!("\"data\":{data}")), "{}", run.stdout());
    let id =
        body(&["integration.test", "--set", "data.message=keep", "--id", &format!("event={}", sample["event_id"])]);
    assert_eq!(id["event_id"].as_str(), Some(sample["event_id"].to_string().as_str()));
}

const LITERALS: &str = "{ \"big\": 12345678901234567890,\n \"e\": 1E2, \"s\": \"a\\/b \\u00e9\", \"big\": -0.0 }";
const COMPACT: &str = "{\"big\":12345678901234567890,\"e\":1E2,\"s\":\"a\\/b \\u00e9\",\"big\":-0.0}";

#[test]
fn given_data_stands_for_data_and_its_copy_with_every_literal_kept() {
    for (run, name) in [(Run::new().file("d.json", LITERALS), "d.json"), (Run::new().stdin(LITERALS), "-")] {
        let text = run.args(["render", "form.submitted", "--data", name]).exits(0).stdout();
        let tail = format!(",\"session_id\":null,\"data\":{COMPACT},\"event_data\":{COMPACT}}}");
        assert!(text.starts_with("{\"event_id\":") && text.ends_with(&tail), "{text}");
    }
}

#[test]
fn given_data_is_the_whole_body_where_there_is_no_data() {
    for (run, name) in [(Run::new().file("d.json", LITERALS), "d.json"), (Run::new().stdin(LITERALS), "-")] {
        assert_eq!(run.args(["render", "komo/SiteViewed", "--data", name]).exits(0).stdout(), COMPACT);
    }
    let set = Run::new().stdin(LITERALS).args(["render", "komo/SiteViewed", "--data", "-", "--set", "e=2"]).exits(0);
    assert_eq!(set.stdout(), COMPACT.replace("1E2", "2"));
}

#[test]
fn data_that_cannot_be_read_is_told_apart_from_data_that_is_not_json() {
    hookproof("render form.submitted --data no.json").exits(3).says("can't read no.json");
    for broken in ["", "{", "{\"a\":1,}", "nope", "{} {}"] {
        hookproof("render form.submitted --data -").stdin(broken).exits(2).says("the given data is not JSON");
    }
    hookproof("render form.submitted --data -").stdin([0xff, 0xfe]).exits(2).says("not UTF-8");
}

#[test]
fn a_place_is_offered_to_be_made_where_it_can_be() {
    let told = |words: &str| hookproof(&format!("render {words} --unsigned")).exits(2).stderr();
    assert!(told("lead.create --set after.nope=1").contains("--create makes a new place"));
    let removed = told("lead.create --unset after.nope");
    assert!(removed.contains("did you mean `after.name`?") && !removed.contains("--create"), "{removed}");
    let far = told("lead.create --unset far.off");
    assert!(far.contains("lists its fields") && !far.contains("--create"), "{far}");
}
