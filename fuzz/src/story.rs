//! Stories: a complaint is bounded and names the file, and the steps of what is accepted render.

use std::time::Duration;

use hookproof::message::{Answer, Headers};
use hookproof::render::{Freshness, render};
use hookproof::story::{self, JUDGED, Play, Story};

use super::input::{CATALOG, world};

/// Steps that are played.
const STEPS: usize = 5;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match story::read(text, "own.toml", "own", &CATALOG, Some("superfolio")) {
        Ok(story) => play(&story),
        Err(complaint) => {
            let shown = complaint.to_string();
            assert!(shown.starts_with("own.toml:"), "{shown}");
            assert!(shown.len() <= 8 * text.len() + 4_000, "a complaint of {} bytes", shown.len());
            assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        }
    }
}

fn play(story: &Story<'_>) {
    let _ = story.length(Duration::MAX);
    let mut play = Play::default();
    for step in story.steps.iter().take(STEPS) {
        assert!(!step.title().is_empty() || step.name.is_some());
        let changes = play.turn(step);
        match render(&step.event, &changes, Freshness::Fresh, &mut world()) {
            Ok(rendered) => play.made(step, &rendered.body, &rendered.ids),
            Err(error) => {
                let complaint = step.complaint(&error).map(|complaint| complaint.to_string());
                assert!(complaint.is_none_or(|shown| shown.starts_with("own.toml:")));
            }
        }
        let Some(expect) = &step.expect else { continue };
        for body in [&b"{\"ok\":true,\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"[..], b"\xff", b""] {
            let headers = super::input::headers(b"Content-Type: application/json\nX-Id: aaaaaaaaaaaaaaaa");
            let (reason, elapsed) = (Vec::new(), Duration::from_millis(5));
            let answer =
                Answer { status: 200, headers, reason, body: body.to_vec(), is_cut: false, elapsed, via: None };
            let failures = expect.failures(&answer, JUDGED);
            assert!(failures.iter().all(|failure| failure.came.chars().count() <= 300), "{failures:?}");
        }
        let (headers, reason, body) = (Headers::default(), Vec::new(), Vec::new());
        let refused = Answer { status: 500, headers, reason, body, is_cut: false, elapsed: Duration::MAX, via: None };
        let _ = (expect.failures(&refused, 0), expect.to_string());
    }
}
