//! What is told of a step that failed: what was expected, and what came back.

use std::time::Duration;

use super::{SECRET, answering};
use crate::support::{Run, hookproof, on_each, read_request, stub};

const STEP: &str = "[[step]]\nevent = \"komo/SiteViewed\"\n";
const FAULT: &str = "[[step]]\nevent = \"superfolio/form.submitted\"\nfault = \"tampered\"\n";

fn run(words: &str, to: &str, story: &str) -> Run {
    let run = hookproof(&format!("run s.toml {words} --to")).arg(to).file("s.toml", story);
    run.env("HOOKPROOF_SECRET", SECRET)
}

#[test]
fn the_answer_stands_under_what_is_wrong_in_every_report() {
    let broken = stub(|_| (500, Vec::new(), "KeyError: 'email'\nat line 7".to_string()));
    let run = run("--junit run.xml", &broken.url, STEP).env("GITHUB_ACTIONS", "true");
    let report = run.folder().join("run.xml");
    let finished = run.output();
    assert_eq!(finished.output.status.code(), Some(1), "{}", finished.stderr());
    let answer = r"answer: KeyError: 'email'\nat line 7";
    let text = std::fs::read_to_string(report).expect("the report");
    assert!(text.contains(&answer.replace('\'', "&apos;")) || text.contains(answer), "{text}");
    let shown = finished.stdout();
    assert_eq!(shown.matches(answer).count(), 2, "once for people, once for GitHub:\n{shown}");
    let moved = stub(|_| (302, vec![("Location", "/login".to_string())], String::new()));
    self::run("", &moved.url, STEP)
        .exits(1)
        .prints("a redirect is not followed, as providers don't; it leads to /login");
}

#[test]
fn on_github_an_annotation_stands_at_the_step_of_its_file() {
    let broken = stub(|_| (500, Vec::new(), String::new()));
    let story = format!("summary = \"two\"\n\n{STEP}\n{STEP}");
    let run = hookproof("run ../hooks/s.toml superfolio/@form-testimonial --time-scale 1000 --to").arg(&broken.url);
    let run = run.file("hooks/s.toml", story).file("app/x", "").within("app").env("HOOKPROOF_SECRET", SECRET);
    let top = run.folder().to_str().expect("a path").to_string();
    let shown = run.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", &top).exits(1).stdout();
    let begins: Vec<_> =
        shown.lines().filter_map(|line| line.strip_prefix("::error ")?.split("hookproof").next()).collect();
    let placed = |line: usize| format!("file=hooks/s.toml,line={line},title=");
    assert_eq!(begins, [placed(4), placed(7), "title=".to_string(), "title=".to_string()], "{shown}");
}

#[test]
fn on_github_the_jobs_summary_tells_each_step() {
    let broken = stub(|_| (500, Vec::new(), "<b>no</b> | 1".to_string()));
    let run = run("--json", &broken.url, &STEP.repeat(2)).file("summary.md", "before\n");
    let path = run.folder().join("summary.md");
    let run = run.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", path.to_str().expect("a path"));
    let finished = run.output();
    let text = std::fs::read_to_string(path).expect("the summary");
    assert_eq!(finished.output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("before\n## ❌ 1 story, 2 steps: 2 failed\n"), "{text}");
    assert!(
        text.contains("| <code>s.toml</code> | 1 komo/SiteViewed | failed | 500 Internal Server Error, "),
        "{text}"
    );
    let told = "- **step 2 of <code>s.toml</code>, komo/SiteViewed**\n  - status: expected a success by the provider's rule, got 500\n  - answer: &#60;b&#62;";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_fault_that_is_taken_says_what_it_is_everywhere() {
    let open = answering_anything();
    let run = run("--junit run.xml", &open.url, FAULT).env("GITHUB_ACTIONS", "true");
    let report = run.folder().join("run.xml");
    let finished = run.output();
    let text = std::fs::read_to_string(report).expect("the report");
    assert!(text.contains(r#"name="1 superfolio/form.submitted (tampered)""#), "{text}");
    let told = "tampered: expected that a body that was changed is refused, got 200";
    assert!(text.contains(told) && text.contains(r#"type="unsound""#), "{text}");
    let title = "superfolio/form.submitted (tampered) (unsound)::tampered: expected";
    finished.prints(&format!("            {told}")).prints(title);
}

fn answering_anything() -> crate::support::Stub {
    stub(|_| (200, Vec::new(), String::new()))
}

#[test]
fn a_refused_answer_hides_nothing_else_that_was_expected() {
    let refusing = answering(500, r#"{"ok":false}"#);
    let story = "[[step]]\nevent = \"superfolio/form.submitted\"\nexpect = { body = { ok = true }, header = { x-by = \"you\" } }\n";
    let lines = run("--json", &refusing.url, story).exits(1).lines();
    let parts: Vec<_> =
        lines[0]["unexpected"].as_array().expect("a list").iter().map(|part| part["code"].clone()).collect();
    assert_eq!(parts, ["refused", "header-differs", "body-differs"], "{lines:?}");
    let open = answering_anything();
    let fault = format!("{FAULT}expect.header.x-by = \"you\"\n");
    let shown = run("", &open.url, &fault).exits(1);
    shown.prints("tampered: expected that").prints("header x-by: expected `you`, got none");
}

#[test]
fn each_line_of_json_has_the_same_keys_for_the_cause() {
    let refusing = stub(|_| (404, Vec::new(), String::new()));
    let lines = run("--json", &refusing.url, STEP).exits(1).lines();
    assert_eq!(lines[0]["reason"], "status: expected a success by the provider's rule, got 404");
    assert_eq!(lines[0]["unexpected"][0]["code"], "refused");
    let passed = run("--json", &answering_anything().url, STEP).exits(0).lines();
    assert!(passed[0]["reason"].is_null() && passed[0]["unexpected"] == serde_json::json!([]), "{passed:?}");
    let url = format!("http://127.0.0.1:{}/", crate::support::closed_port());
    let unreached = run("--json", &url, STEP).exits(3).lines();
    assert!(unreached[0]["reason"].as_str().is_some_and(|why| why.starts_with("no connection")), "{unreached:?}");
    assert!(unreached[0].get("error").is_none(), "{unreached:?}");
}

#[test]
fn a_time_that_was_expected_is_told_where_no_answer_came() {
    let silent = on_each(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(Duration::from_secs(30));
    });
    let story = format!("{STEP}expect.within = \"50ms\"\n");
    let finished = run("--timeout 300ms", &silent, &story).exits(1);
    finished.prints("time: expected an answer within 50 ms, got none within 300 ms");
}

#[test]
fn a_long_answer_is_judged_whole_and_an_endless_one_told_as_that() {
    let long = format!(r#"{{"pad":"{}","ok":true}}"#, "x".repeat(200_000));
    let receiver = stub(move |_| (200, Vec::new(), long.clone()));
    run("", &receiver.url, &format!("{STEP}expect.body.ok = true\n")).exits(0);
    let endless = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n");
        while std::io::Write::write_all(&mut stream, &[b'x'; 8_192]).is_ok() {}
    });
    let told = run("", &endless, &format!("{STEP}expect.text = {{ matches = \"x\" }}\n")).exits(1);
    told.prints("body: expected at most 4.1 MB to judge, got more than that");
    run("", &endless, STEP).exits(0);
}
