//! `run`: stories whose expectations prove a receiver, in all three reports and in the exit code.

mod ended;
mod told;

use crate::check::receivers;
use crate::support::{Run, accepting, closed_port, hookproof, on_each, read_request, stub};

const SECRET: &str = "it's a secret to nobody";

const STORY: &str = r#"
summary = "A form is taken, and what was changed on the way is not"
provider = "superfolio"

[[step]]
name = "a form"
event = "form.submitted"

[step.expect]
status = 200
header = { x-by = "me", content-type = { matches = "^application/json" } }
body = { ok = true, "items[0].id" = { matches = "^[a-z]+$" }, count = 2, of.who = "me", of.why = { json = "null" } }
text = { matches = "items" }
within = "5s"

[[step]]
event = "activity.page_view"
variant = "tracked"
expect.status = ["2xx", 304]

[[step]]
event = "form.submitted"
fault = "tampered"
"#;

fn run(words: &str, to: &str) -> Run {
    hookproof(&format!("run {words} --to")).arg(to).file("story.toml", STORY).env("HOOKPROOF_SECRET", SECRET)
}

/// A receiver that answers like this, and refuses what was tampered with.
fn answering(status: u16, body: &'static str) -> crate::support::Stub {
    stub(move |got| {
        let is_sound = got.all("x-superfolio-signature")[0] == crate::support::openssl_hmac(SECRET, &got.body);
        let headers = vec![("Content-Type", "application/json".to_string()), ("X-By", "me".to_string())];
        if is_sound { (status, headers, body.to_string()) } else { (401, headers, String::new()) }
    })
}

const GOOD: &str = r#"{"ok":true,"items":[{"id":"abc"}],"count":2,"of":{"who":"me","why":null,"more":1}}"#;

#[test]
fn what_is_as_expected_passes() {
    let receiver = answering(200, GOOD);
    let run = run("story.toml --junit run.xml", &receiver.url);
    let report = run.folder().join("run.xml");
    let finished = run.output();
    assert_eq!(finished.output.status.code(), Some(0), "{}{}", finished.stdout(), finished.stderr());
    let text = std::fs::read_to_string(report).expect("the report");
    assert!(text.contains(r#"tests="3" skipped="0" failures="0" errors="0""#), "{text}");
    let shown = finished.prints("1 story, 3 steps: 3 passed").prints("ok      1  a form");
    shown.prints("superfolio/activity.page_view--tracked").prints("superfolio/form.submitted (tampered)");
}

#[test]
fn what_is_not_is_told_part_by_part_and_the_rest_goes_on() {
    let receiver = answering(200, r#"{"ok":false,"items":[],"count":2,"of":{"who":"me","why":"x"}}"#);
    let run = run("story.toml --json --junit run.xml", &receiver.url);
    let report = run.folder().join("run.xml");
    let finished = run.output();
    assert_eq!(finished.output.status.code(), Some(1), "{}", finished.stderr());
    let lines = finished.lines();
    assert_eq!(
        lines.iter().map(|line| line["result"].as_str()).collect::<Vec<_>>()[..3],
        [Some("failed"), Some("passed"), Some("passed")]
    );
    let unexpected = lines[0]["unexpected"].as_array().expect("a list");
    let places: Vec<&str> = unexpected.iter().filter_map(|failure| failure["place"].as_str()).collect();
    assert_eq!(places, ["body ok", "body items[0].id", "body of.why"]);
    assert_eq!((&lines[0]["name"], &lines[0]["step"]), (&"a form".into(), &1.into()));
    let all = &lines[3];
    assert_eq!((&all["hookproof"], &all["failed"], &all["passed"]), (&"run/1".into(), &1.into(), &2.into()));
    assert_eq!(all["exit"], 1);
    let text = std::fs::read_to_string(report).expect("the report");
    assert!(text.contains(r#"failures="1""#) && text.contains("body ok: expected `true`, got `false`"), "{text}");
    assert!(text.contains(r#"type="body-differs""#), "{text}");
}

#[test]
fn the_first_failure_ends_it_where_that_is_asked_for() {
    let receiver = answering(500, GOOD);
    let lines = run("story.toml --json --fail-fast", &receiver.url).exits(1).lines();
    let results: Vec<_> = lines.iter().filter_map(|line| line["result"].as_str()).collect();
    assert_eq!(results, ["failed", "unsent", "unsent"]);
    run("story.toml", &receiver.url).exits(1).prints("status: expected 200, got 500").prints("2 failed");
}

#[test]
fn a_receiver_that_takes_anything_is_found_by_a_fault() {
    let receiver =
        stub(|_| (200, vec![("Content-Type", "application/json".into()), ("X-By", "me".into())], GOOD.into()));
    let finished = run("story.toml", &receiver.url).exits(1);
    finished
        .prints("tampered: expected that a body that was changed is refused, got 200")
        .prints("3 steps: 2 passed, 1 failed");
}

#[test]
fn a_step_that_says_nothing_is_judged_by_the_provider() {
    let sound = receivers::bare(receivers::Manners::default(), receivers::sound("superfolio", SECRET));
    run("superfolio/@form-testimonial --time-scale 100000", &sound.url).exits(0).prints("2 passed");
    let refusing = stub(|_| (404, Vec::new(), String::new()));
    let finished = run("superfolio/@form-testimonial --time-scale 100000", &refusing.url).exits(1);
    finished.prints("expected a success by the provider's rule, got 404").prints("2 failed");
}

#[test]
fn an_answer_that_comes_too_late_or_never_fails() {
    let slow = stub(|_| {
        std::thread::sleep(std::time::Duration::from_millis(150));
        (200, Vec::new(), String::new())
    });
    let hasty = "[[step]]\nevent = \"komo/SiteViewed\"\nexpect.within = \"1ms\"\n";
    hookproof("run hasty.toml --to")
        .arg(&slow.url)
        .file("hasty.toml", hasty)
        .exits(1)
        .prints("time: expected an answer");
    let silent = on_each(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(std::time::Duration::from_secs(30));
    });
    let story = "[[step]]\nevent = \"komo/SiteViewed\"\n";
    let run = hookproof("run s.toml --timeout 300ms --to").arg(&silent).file("s.toml", story);
    run.exits(1).prints("FAIL").prints("1 failed");
    // A step may allow more than the rest.
    let patient = "[[step]]\nevent = \"komo/SiteViewed\"\nexpect.within = \"20s\"\n";
    hookproof("run p.toml --timeout 1ms --to").arg(&slow.url).file("p.toml", patient).exits(0);
}

#[test]
fn nobody_there_is_no_failure_of_the_receiver() {
    let url = format!("http://127.0.0.1:{}/", closed_port());
    let run = run("story.toml --junit run.xml", &url);
    let report = run.folder().join("run.xml");
    let finished = run.output();
    assert_eq!(finished.output.status.code(), Some(3), "{}", finished.stderr());
    assert!(std::fs::read_to_string(report).expect("the report").contains(r#"errors="3""#));
    finished.prints("ERROR").prints("3 untestable");
}

#[test]
fn several_stories_are_suites_of_their_own() {
    let receiver = answering(200, GOOD);
    let words = "story.toml superfolio/@form-testimonial story.toml --time-scale 100000 --junit run.xml";
    let run = run(words, &receiver.url);
    let report = run.folder().join("run.xml");
    let finished = run.output();
    assert_eq!(finished.output.status.code(), Some(0), "{}{}", finished.stdout(), finished.stderr());
    let text = std::fs::read_to_string(report).expect("the report");
    assert_eq!(text.matches("<testsuite ").count(), 3, "{text}");
    finished.prints("3 stories, 8 steps: 8 passed");
}

#[test]
fn a_wrong_command_is_told_before_anything_goes_out() {
    let stub = accepting();
    run("form.submitted", &stub.url).exits(2).says("is no story").says("hookproof send form.submitted");
    run("story.toml", "self").exits(2).says("--to URL names yours");
    hookproof("run story.toml").file("story.toml", STORY).exits(2).says("no target is given");
    hookproof("run").exits(2).says("no story is given").says("as in `hookproof run fingerprinting-api/@new-visitor`");
    run("gone.toml", &stub.url).exits(3).says("gone.toml");
    hookproof("run s.toml --to").arg(&stub.url).file("s.toml", "[[step]]\nevent = 1").exits(2).says("s.toml:2:9");
    assert!(stub.is_idle());
    run("story.toml --junit nowhere/run.xml", &stub.url).exits(3).says("nowhere/run.xml");
    run("story.toml --junit .", &stub.url).exits(3).says("can't write .");
    run("story.toml --junit -", &stub.url).exits(2).says("stdout is for the steps; name a file");
    let wrong = run("gone.toml --junit run.xml", &stub.url);
    let report = wrong.folder().join("run.xml");
    let _folder = wrong.exits(3);
    assert!(!report.exists(), "a run that was not begun has no report");
    assert!(stub.is_idle(), "nothing goes out where the report can't be written");
}

#[test]
fn a_folder_is_each_of_its_stories() {
    let receiver = accepting();
    let step = "[[step]]\nevent = \"komo/SiteViewed\"\n";
    let run = |words: &str| {
        let run = hookproof(&format!("run {words} --to")).arg(&receiver.url).file("hooks/b.toml", step);
        run.file("hooks/a.toml", step.repeat(2)).file("hooks/notes.txt", "no story").file("other/x.story", step)
    };
    let told = run("hooks hooks/b.toml").exits(0).prints("3 stories, 4 steps: 4 passed").stdout();
    assert!(told.find("hooks/a.toml") < told.find("hooks/b.toml"), "{told}");
    run("other").exits(2).says("the folder other holds no story");
    run("other/x.story").exits(2).says("`other/x.story` is a file, and that of a story ends in .toml");
    let sent = hookproof("send ./x.story --to 1").file("x.story", step).exits(2);
    sent.says("`./x.story` is a file, and that of a story ends in .toml");
    let told = run("nothing/here").exits(2).says("a folder of such files").stderr();
    assert!(!told.contains("sends an event"), "{told}");
}

#[test]
fn a_secret_that_a_receiver_echoes_is_not_printed() {
    let receiver = stub(|_| (200, Vec::new(), format!("{{\"echo\":\"{SECRET}\"}}")));
    let story = "[[step]]\nevent = \"superfolio/form.submitted\"\nexpect.body.echo = \"no\"\n";
    for words in ["run s.toml --to", "run s.toml --json --to", "send s.toml --to", "send s.toml --json --to"] {
        let run = hookproof(words).arg(&receiver.url).file("s.toml", story).env("HOOKPROOF_SECRET", SECRET).exits(1);
        assert!(!run.stdout().contains(SECRET) && !run.stderr().contains(SECRET), "{words}\n{}", run.stdout());
    }
}

#[test]
fn an_expected_answer_has_to_come() {
    let receiver = accepting();
    let fault = "[[step]]\nevent = \"superfolio/form.submitted\"\nfault = \"early-close\"\n";
    let run = |story: &str| {
        let run = hookproof("run s.toml --to").arg(&receiver.url).file("s.toml", story);
        run.env("HOOKPROOF_SECRET", SECRET)
    };
    assert!(!run(fault).exits(0).stderr().contains("as a sound receiver does"), "the report tells it");
    run(fault).exits(0).prints("was left before it could answer").prints("1 passed");
    run(&format!("{fault}expect.within = \"9s\"\n")).exits(0);
    run(&format!("{fault}expect.status = 401\n")).exits(1).prints("was left before it could answer").prints("1 failed");
}

#[test]
fn a_project_says_where_to_how_long_and_with_which_headers() {
    let receiver = accepting();
    let config = format!(
        "target = \"local\"\nstories = \"hooks\"\nheaders = {{ X-Tenant = \"acme\" }}\n[targets.local]\nurl = \"{}\"\n",
        receiver.url
    );
    let story = "[[step]]\nevent = \"komo/SiteViewed\"\n";
    let run = |words: &str| hookproof(words).file("hookproof.toml", &config).file("hooks/smoke.toml", story);
    let told = run("run @smoke").exits(0).prints("@smoke").prints("1 passed").stderr();
    assert!(told.contains("hookproof.toml is used: ") && told.contains("its headers and stories"), "{told}");
    assert_eq!(receiver.next().all("x-tenant"), ["acme"]);
    let other = accepting();
    run("run @smoke --to").arg(&other.url).exits(0);
    other.next();
    assert!(receiver.is_idle());
}

#[test]
fn a_step_goes_out_unsigned_where_that_is_wanted() {
    let receiver = accepting();
    let story = "[[step]]\nevent = \"superfolio/form.submitted\"\n";
    let run = |words: &str| hookproof(&format!("run s.toml {words} --to")).arg(&receiver.url).file("s.toml", story);
    run("").exits(2).says("--unsigned goes without");
    run("--unsigned --seed 1 --at 2026-06-01T12:00:00Z").exits(0);
    assert!(receiver.next().all("x-superfolio-signature").is_empty());
}

#[test]
fn on_github_each_step_that_failed_is_annotated() {
    let receiver = answering(200, r#"{"ok":false,"items":["::error::x"],"count":2}"#);
    let finished = run("story.toml", &receiver.url).env("GITHUB_ACTIONS", "true").exits(1);
    let shown = finished.stdout();
    let lines: Vec<&str> = shown.lines().filter(|line| line.starts_with("::")).collect();
    let title = "::error title=hookproof%3A step 1 of story.toml%2C a form (body-differs)::body ok: expected `true`";
    assert!(lines.len() == 1 && lines[0].starts_with(title), "{shown}");
    assert!(lines[0].contains("%0Abody items[0].id: expected"), "{shown}");
    let json = run("story.toml --json", &receiver.url).env("GITHUB_ACTIONS", "true").exits(1);
    assert!(json.stderr().contains(title) && json.lines().len() == 4, "{}", json.stderr());
}

#[test]
fn a_receiver_that_dies_halfway_fails_what_it_had_and_cannot_be_tested_further() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        drop(listener);
        read_request(&mut stream);
    });
    let step = "[[step]]\nevent = \"komo/SiteViewed\"\n";
    let lines = hookproof("run s.toml --json --to").arg(&url).file("s.toml", step.repeat(2)).exits(1).lines();
    let results: Vec<_> = lines.iter().filter_map(|line| line["result"].as_str()).collect();
    assert_eq!(results, ["failed", "untestable"], "{lines:?}");
}
