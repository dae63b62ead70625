//! Outcomes → text: for people, and as lines of JSON. Values in, text out; of the world only the
//! machine's time zone is asked for.

mod annotations;
mod attempts;
mod body;
mod caught;
mod checked;
mod diagnosed;
mod event;
mod excerpt;
mod expected;
mod forwarded;
mod har;
mod history;
mod junit;
mod markdown;
mod noticed;
mod page;
mod ran;
mod ran_markdown;
mod replayed;
mod sent;
mod settings;
mod standing;
mod story;
mod verified;
mod volume;

pub use annotations::{check_annotations, run_annotations};
pub use attempts::{attempts_json, attempts_lines};
pub use caught::{Caught, Detail, caught_human, caught_json, listen_summary, shaken_line, time_of_day};
pub use checked::{
    CaseResult, Checked, Exchange, Summary, case_told, check_json, check_junit, check_summary, checked_json,
    checked_line, findings_human, unsent_lines,
};
pub use diagnosed::{diagnosis_summary, finding_json, finding_lines};
pub use event::{event_full, event_json, event_table, pattern_json};
pub use expected::{expected_failure, expected_json, expected_met, ready_json};
pub use forwarded::{Forwarded, forwarded_json, forwarded_lines};
pub use har::{Archived, HAR_HEAD, HAR_TAIL, har_entry};
pub use history::{history_full, history_line};
pub use markdown::check_markdown;
pub use noticed::Noticed;
pub use page::check_html;
pub use ran::{Ran, ran_json, ran_lines, run_json, run_junit, run_summary};
pub use ran_markdown::run_markdown;
pub use replayed::{Replayed, replayed_json, replayed_lines, replayed_out};
pub use sent::{
    Attempt, Out, Outcome, answer_full, back_lines, other_loopback, out_line, request_full, sent_json, sent_summary,
};
pub use settings::{Held, setting_json, settings_human};
pub use standing::Occasion;
pub use story::{story_full, story_json};
pub use verified::{Verified, explanation_human, verified_human, verified_json};
pub use volume::{Load, volume_json, volume_lines, volume_progress};

use std::time::Duration;

use reqwest::Url;

use crate::console::{Paint, Tone};
use crate::signature::Verdict;

/// Characters of a name that came over the wire.
const LABEL: usize = 200;

/// Host (with its port where it is not the scheme's own) and request target of an address.
pub fn host_and_path(url: &Url) -> (String, String) {
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or(host.to_string(), |port| format!("{host}:{port}"));
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    (host, format!("{}{query}", url.path()))
}

/// Milliseconds as machines read them, exact to the microsecond and with no digits of chance behind.
fn millis(time: Duration) -> f64 {
    u32::try_from(time.as_micros()).map_or_else(|_| time.as_secs_f64() * 1e3, |micros| f64::from(micros) / 1e3)
}

fn verdict_word(verdict: Verdict, paint: Paint) -> String {
    let tone = match verdict {
        Verdict::Valid => Tone::Good,
        Verdict::Stale | Verdict::Invalid | Verdict::Missing => Tone::Bad,
        Verdict::Unchecked | Verdict::Unknown => Tone::Warn,
        Verdict::Unsigned => Tone::Strong,
    };
    paint.tone(tone, verdict.name())
}
