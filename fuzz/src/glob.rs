//! Globs and names of events: they match as documented, and messages about them are bounded. Fields: pattern, name.

use hookproof::catalog::Variants;
use hookproof::expect::{EventGlob, Wanted};
use wildmatch::WildMatch;

use super::input::{CATALOG, fields, text};

pub(crate) fn run(data: &[u8]) {
    let [pattern, name] = fields(data).map(text);
    assert_eq!(WildMatch::new(&pattern).matches(&name), matches(&pattern, &name), "{pattern} on {name}");
    match CATALOG.select(&pattern, Variants::With) {
        Ok(events) => assert!(!events.is_empty() && events.iter().all(|event| is_meant(&pattern, event))),
        Err(error) => is_bounded(&format!("{error} {}", error.hint()), &pattern),
    }
    if let Err(error) = CATALOG.story(&pattern) {
        is_bounded(&format!("{error} {}", error.hint()), &pattern);
    }
    match Wanted::read(&pattern, &CATALOG, None) {
        Ok(wanted) => assert!(wanted.count > 0),
        Err(error) => is_bounded(&format!("{error} {}", error.hint()), &pattern),
    }
    let of = CATALOG.providers.first();
    if let Err(error) = EventGlob::read(&pattern, &CATALOG, of) {
        is_bounded(&format!("{error} {}", error.hint()), &pattern);
    }
}

fn is_meant(pattern: &str, event: &hookproof::catalog::Event<'_>) -> bool {
    let (full, id) = (event.full_name(), event.provider.id.as_str());
    let bare = full.split_once('/').map_or("", |(_, bare)| bare);
    pattern.trim_end_matches('/') == id || matches(pattern, &full) || matches(pattern, &event.name) || pattern == bare
}

/// The documented meaning: `*` stands for any text, `?` for one character.
fn matches(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    // After each sign of the pattern: which beginnings of the name match.
    let mut ends = vec![false; name.len() + 1];
    ends[0] = true;
    for sign in pattern.chars() {
        let mut next = vec![false; name.len() + 1];
        for at in 0..=name.len() {
            next[at] = match sign {
                '*' => ends[at] || at > 0 && next[at - 1],
                '?' => at > 0 && ends[at - 1],
                _ => at > 0 && ends[at - 1] && name[at - 1] == sign,
            };
        }
        ends = next;
    }
    ends[name.len()]
}

/// A message names the input a few times, and a few names of the catalog.
fn is_bounded(message: &str, typed: &str) {
    assert!(message.len() <= 12 * typed.len() + 5_000, "a message of {} bytes", message.len());
}
