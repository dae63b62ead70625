//! Which entries are wanted.

use jiff::Timestamp;
use wildmatch::WildMatch;

use super::Entry;
use crate::json::Document;
use crate::message::{Capture, Header};
use crate::path::Path;
use crate::wire;

/// Which entries are wanted: of several kinds every one must hold, of events, verdicts and ids one is enough.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Globs over the event, the provider, or both with a `/`.
    pub events: Vec<WildMatch>,
    /// Names of verdicts.
    pub verdicts: Vec<String>,
    /// The deliveries' own ids.
    pub delivery_ids: Vec<String>,
    /// Received then or later.
    pub since: Option<Timestamp>,
    /// Received then or earlier.
    pub until: Option<Timestamp>,
    /// Header names with a glob over their values.
    pub headers: Vec<(String, WildMatch)>,
    /// Places of the body with what stands there: a string without its quotes, a number as written.
    pub values: Vec<(Path, String)>,
}

impl Filter {
    /// Whether an entry is wanted, which was read from this line.
    pub fn takes(&self, entry: &Entry, line: &[u8]) -> bool {
        let is_one = |wanted: &[String], is: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == is);
        is_one(&self.verdicts, &entry.verdict)
            && is_one(&self.delivery_ids, entry.delivery_id.as_deref().unwrap_or_default())
            && self.takes_time(entry.received)
            && self.takes_event(entry)
            && self.takes_delivery(line)
    }

    fn takes_time(&self, received: Option<Timestamp>) -> bool {
        self.since.is_none_or(|since| received.is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| received.is_some_and(|at| at <= until))
    }

    fn takes_event(&self, entry: &Entry) -> bool {
        let provider = entry.provider.as_deref().unwrap_or("unknown");
        let named = |glob: &WildMatch, event: &String| {
            glob.matches(event) || glob.matches(&format!("{provider}/{event}")) || glob.matches(provider)
        };
        let takes = |glob: &WildMatch| match entry.events.as_slice() {
            [] => glob.matches(provider),
            events => events.iter().any(|event| named(glob, event)),
        };
        self.events.is_empty() || self.events.iter().any(takes)
    }

    /// The delivery is read only where something of it is asked for.
    fn takes_delivery(&self, line: &[u8]) -> bool {
        if self.headers.is_empty() && self.values.is_empty() {
            return true;
        }
        wire::read_line(line).is_ok_and(|capture| self.takes_headers(&capture) && self.takes_values(&capture))
    }

    fn takes_headers(&self, capture: &Capture) -> bool {
        let has = |(name, glob): &(String, WildMatch)| {
            let fits = |header: &Header| {
                header.name.eq_ignore_ascii_case(name) && glob.matches(&String::from_utf8_lossy(&header.value))
            };
            capture.delivery.headers.0.iter().any(fits)
        };
        self.headers.iter().all(has)
    }

    fn takes_values(&self, capture: &Capture) -> bool {
        if self.values.is_empty() {
            return true;
        }
        let text = std::str::from_utf8(&capture.delivery.body).ok();
        let document = text.and_then(|text| Document::parse(text).ok());
        let has = |document: &Document<'_>| {
            self.values.iter().all(|(path, value)| document.scalar_at(path).as_ref() == Some(value))
        };
        document.is_some_and(|document| has(&document))
    }
}

#[cfg(test)]
mod tests {
    use wildmatch::WildMatch;

    use super::{Entry, Filter};
    use crate::path::Path;

    const LINE: &[u8] = br#"{"hookproof":"journal/1","id":"00000000","received":"2026-06-01T12:00:00Z","provider":"acme",
        "event":"a.b","delivery_id":"d1","verdict":"valid","reason":"","answer":{"status":200},"method":"POST","target":"/",
        "headers":[["X-A","1"],["X-A","two"]],"body":"{\"data\":{\"id\":5,\"n\":\"x\"}}"}"#;

    fn takes(filter: &Filter) -> bool {
        filter.takes(&Entry::read(LINE).unwrap(), LINE)
    }

    #[test]
    fn events_are_named_as_everywhere() {
        let check = |globs: &[&str], expected: bool| {
            let events = globs.iter().map(|glob| WildMatch::new(glob)).collect();
            assert_eq!(takes(&Filter { events, ..Filter::default() }), expected, "{globs:?}");
        };
        check(&["a.b"], true);
        check(&["a.*"], true);
        check(&["acme/a.?"], true);
        check(&["acme"], true);
        check(&["c", "a.b"], true);
        check(&["a"], false);
        check(&["other/*"], false);
        check(&["unknown"], false);
    }

    #[test]
    fn headers_values_and_times_must_all_hold() {
        let header = |name: &str, glob: &str| (name.to_string(), WildMatch::new(glob));
        let value = |path: &str, value: &str| (Path::parse(path).unwrap(), value.to_string());
        let check = |headers: Vec<_>, values: Vec<_>, expected: bool| {
            assert_eq!(takes(&Filter { headers, values, ..Filter::default() }), expected);
        };
        check(vec![header("x-a", "t*")], vec![value("data.id", "5"), value("/data/n", "x")], true);
        check(vec![header("x-a", "t*"), header("X-A", "1")], vec![], true);
        check(vec![header("x-b", "*")], vec![], false);
        check(vec![], vec![value("data.id", "6")], false);
        check(vec![], vec![value("data.id", "5"), value("data", "x")], false);
        let at = |text: &str| Some(text.parse().unwrap());
        let noon = at("2026-06-01T12:00:00Z");
        assert!(takes(&Filter { since: noon, until: noon, ..Filter::default() }));
        assert!(!takes(&Filter { since: at("2026-06-01T12:00:01Z"), ..Filter::default() }));
        assert!(!takes(&Filter { until: at("2026-06-01T11:59:59Z"), ..Filter::default() }));
        assert!(!takes(&Filter { delivery_ids: vec!["d2".into()], ..Filter::default() }));
        assert!(takes(&Filter { verdicts: vec!["stale".into(), "valid".into()], ..Filter::default() }));
    }
}
