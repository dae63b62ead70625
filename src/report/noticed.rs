//! What is noticed of a delivery besides its verdict: that it came before, and where it differs from the catalog.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Detail, LABEL};
use crate::console::{Paint, Tone};
use crate::drift::{Difference, What};
use crate::moment;
use crate::repeats::{Repeat, Signed};
use crate::respond::{Answer, Given};
use crate::words::{self, Lines};

/// Differences that are shown of more.
const SHOWN: usize = 5;

/// What is noticed of a delivery besides its verdict.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    /// That it came before.
    pub repeat: Option<Repeat>,
    /// That its signature was right for an earlier delivery, where it is not for this one.
    pub earlier: Option<Signed>,
    /// Where it is made otherwise than the catalog's event.
    pub drift: Vec<Difference>,
    /// What is answered on purpose.
    pub answer: Option<Given>,
}

impl Noticed {
    /// The status that is answered, where `usual` would be; none where the connection is closed without an answer.
    pub fn status(&self, usual: u16) -> Option<u16> {
        self.answer.as_ref().map_or(Some(usual), |given| given.answer.status())
    }
}

/// The lines below a delivery; where it has one line itself, what that ends with stands in [`brief`].
pub(super) fn lines(noticed: &Noticed, at: Option<Timestamp>, detail: Detail, paint: Paint) -> Vec<String> {
    let shown = match detail {
        Detail::Compact => return Vec::new(),
        Detail::Folded => SHOWN,
        Detail::Full => usize::MAX,
    };
    let warn = |text: &str| format!("  {}", paint.tone(Tone::Warn, text));
    let mut lines: Vec<String> = noticed.repeat.iter().map(|repeat| warn(&repeat_told(repeat, at))).collect();
    lines.extend(
        noticed.drift.iter().take(shown).map(|found| format!("{} {}", warn("drift:"), difference(found, paint))),
    );
    let more = noticed.drift.len().saturating_sub(shown);
    if more > 0 {
        lines.push(warn(&format!("and {more} more")));
    }
    lines
}

/// The same in a word, for the end of a delivery's one line.
pub(super) fn brief(noticed: &Noticed, at: Option<Timestamp>, detail: Detail, paint: Paint) -> String {
    if detail != Detail::Compact {
        return String::new();
    }
    let repeat = noticed.repeat.iter().map(|repeat| repeat_told(repeat, at));
    let drift = (!noticed.drift.is_empty())
        .then(|| format!("drift in {}", words::count(noticed.drift.len(), "place", "places")));
    repeat.chain(drift).fold(String::new(), |all, text| all + "  " + &paint.tone(Tone::Warn, &text))
}

/// `  → 500 after 3.0 s`; nothing where it is what anybody expects.
pub(super) fn answered(noticed: &Noticed, usual: u16) -> String {
    let (answer, delay) =
        noticed.answer.as_ref().map_or((Answer::Status(usual), None), |given| (given.answer, Some(given.delay)));
    let late = delay.filter(|delay| !delay.is_zero()).map(|delay| format!(" after {}", words::elapsed(delay)));
    match (answer, late) {
        (Answer::Status(200), None) => String::new(),
        (answer, late) => format!("  → {}{}", answer.word(), late.unwrap_or_default()),
    }
}

/// `delivered 3 times in 40 s`
fn repeat_told(repeat: &Repeat, at: Option<Timestamp>) -> String {
    let lapse = at.unwrap_or(repeat.first).duration_since(repeat.first);
    format!("delivered {} times in {}", repeat.count, words::lapse(lapse))
}

/// `data.form.title is a number, not a string`
fn difference(found: &Difference, paint: Paint) -> String {
    let path = if found.path.is_empty() { "the body" } else { &found.path };
    let path = paint.remote(&words::shorten(path, LABEL), Lines::Escape);
    match &found.what {
        What::Unknown => format!("{path} is not in the catalog"),
        What::Missing => format!("{path} is missing"),
        What::Type { expected, seen } => {
            let expected: Vec<String> = expected.iter().map(|kind| with_article(kind)).collect();
            format!("{path} is {}, not {}", with_article(seen), words::list(&expected, "or"))
        }
        What::NotJson => format!("{path} is no JSON"),
    }
}

fn with_article(kind: &str) -> String {
    match kind {
        "null" => kind.to_string(),
        "object" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

/// The members of a delivery's line of JSON, each only where there is something to tell.
pub(super) fn add_members(noticed: &Noticed, line: &mut Map<String, Value>) {
    if let Some(repeat) = &noticed.repeat {
        let told = json!({ "count": repeat.count, "first": moment::utc(repeat.first) });
        line.insert("repeat".to_string(), told);
    }
    if let Some(earlier) = &noticed.earlier {
        let told = json!({
            "code": "signature-earlier",
            "first": moment::utc(earlier.at),
            "same_id": earlier.is_same_id,
        });
        line.insert("signature_earlier".to_string(), told);
    }
    if !noticed.drift.is_empty() {
        line.insert("drift".to_string(), noticed.drift.iter().map(difference_json).collect());
    }
}

fn difference_json(found: &Difference) -> Value {
    let mut told = json!({ "path": found.path, "what": found.what.name() });
    if let What::Type { expected, seen } = &found.what {
        told["expected"] = json!(expected);
        told["seen"] = json!(seen);
    }
    told
}
