//! Stories that a signal ends: what went out is never told as what did not, and no report is green.

use std::time::Duration;

use crate::support::{accepting, hookproof, on_each, read_request, stub};

const STEP: &str = "[[step]]\nevent = \"komo/SiteViewed\"\n";

/// A receiver that takes a request, says so, and never answers.
fn silent() -> (String, std::sync::mpsc::Receiver<()>) {
    let (sender, received) = std::sync::mpsc::channel();
    let url = on_each(move |mut stream| {
        read_request(&mut stream);
        let _ = sender.send(());
        std::thread::sleep(Duration::from_secs(60));
    });
    (url, received)
}

#[test]
fn a_run_that_is_ended_in_a_pause_writes_what_it_knows() {
    let receiver = accepting();
    let story = format!("{STEP}{STEP}delay = \"10m\"\n{STEP}");
    let run = hookproof("run s.toml --json --junit run.xml --to").arg(&receiver.url).file("s.toml", story);
    let report = run.folder().join("run.xml");
    let running = run.spawn();
    receiver.next();
    // The answer has to arrive before the pause, in which the signal comes.
    std::thread::sleep(Duration::from_secs(1));
    running.signal("TERM");
    let finished = running.finish();
    let results: Vec<_> = finished.lines().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results[..3], ["passed", "unsent", "unsent"], "{}", finished.stderr());
    assert_eq!(finished.output.status.code(), Some(143));
    assert!(finished.stderr().contains("next in 10 min"), "{}", finished.stderr());
    let text = std::fs::read_to_string(report).expect("the report");
    assert!(text.contains(r#"tests="3" skipped="1" failures="0" errors="1""#), "{text}");
    assert!(text.contains("interrupted before it was sent"), "{text}");
}

#[test]
fn a_step_that_went_out_is_told_where_its_answer_was_not_waited_for() {
    let (url, received) = silent();
    let run = hookproof("run s.toml --json --junit run.xml --timeout 60s --to").arg(&url);
    let run = run.file("s.toml", STEP.repeat(2)).env("GITHUB_ACTIONS", "true");
    let report = run.folder().join("run.xml");
    let running = run.spawn();
    received.recv_timeout(Duration::from_secs(20)).expect("a request");
    running.signal("INT");
    let finished = running.finish();
    let lines = finished.lines();
    assert_eq!(finished.output.status.code(), Some(130), "{}", finished.stderr());
    assert_eq!((&lines[0]["result"], &lines[1]["result"]), (&"unanswered".into(), &"unsent".into()));
    assert_eq!(lines[0]["reason"], "interrupted before it was answered");
    assert_eq!((&lines[2]["unanswered"], &lines[2]["unsent"]), (&1.into(), &1.into()));
    let text = std::fs::read_to_string(report).expect("the report");
    assert!(text.contains(r#"tests="2" skipped="1" failures="0" errors="1""#), "{text}");
    assert!(text.contains(r#"type="unanswered""#), "{text}");
    finished.says("(unanswered)::interrupted before it was answered");
}

#[test]
fn an_end_in_the_pause_of_a_retry_loses_no_answer() {
    let refusing = stub(|_| (500, Vec::new(), String::new()));
    let send = |words: &str| {
        let running = hookproof(&format!("send komo/SiteViewed komo/SignUpSuccess --retry 1m {words} --to"))
            .arg(&refusing.url)
            .spawn();
        refusing.next();
        std::thread::sleep(Duration::from_secs(1));
        running.signal("INT");
        let finished = running.finish();
        assert_eq!(finished.output.status.code(), Some(130), "{}", finished.stderr());
        finished
    };
    let told = send("").prints("given up after 1 attempt: interrupted");
    told.prints("2 deliveries: 1 refused, 1 not sent");
    let lines = send("--json").lines();
    let last = lines.last().expect("a line");
    assert_eq!((&last["outcome"], &last["given_up"]), (&"refused".into(), &"interrupted".into()), "{lines:?}");
}

#[test]
fn a_delivery_that_was_not_answered_has_its_line_of_json() {
    let (url, received) = silent();
    let running = hookproof("send komo/SiteViewed --json --timeout 60s --to").arg(&url).spawn();
    received.recv_timeout(Duration::from_secs(20)).expect("a request");
    running.signal("INT");
    let lines = running.finish().lines();
    assert_eq!((&lines[0]["outcome"], &lines[0]["ok"]), (&"unanswered".into(), &false.into()), "{lines:?}");
}
