//! Text that is not ours on its way to a terminal or a CI log.

use hookproof::words::{self, Lines};
use serde_json::Value;

/// Some characters that cannot be seen, or turn the direction of text.
const UNSEEN: [char; 12] = [
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{115f}',
    '\u{180e}',
    '\u{200b}',
    '\u{202e}',
    '\u{2066}',
    '\u{3164}',
    '\u{feff}',
    '\u{ffa0}',
    '\u{e0100}',
];

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for lines in [Lines::Keep, Lines::Escape] {
        let shown = words::printable(&text, lines);
        let is_kept = |c: char| lines == Lines::Keep && matches!(c, '\n' | '\t');
        assert!(shown.chars().all(|c| is_kept(c) || !c.is_control()), "{shown:?}");
        assert!(!shown.contains(UNSEEN), "{}", shown.escape_unicode());
        assert_eq!(words::printable(&shown, lines), shown, "it is escaped twice");
        assert!(shown.len() <= 10 * text.len(), "{} bytes for {}", shown.len(), text.len());
    }
    let line = words::json_line(&Value::from(text.as_ref()));
    assert!(!line.chars().any(char::is_control) && !words::has_command(&line), "{line}");
    assert_eq!(serde_json::from_str::<String>(&line).ok().as_deref(), Some(text.as_ref()));
    assert_eq!(words::harmless_line(line.clone()), line);
    for limit in [1, 4, 40] {
        let short = words::shorten(&text, limit);
        assert!(short.chars().count() <= limit, "{short:?} has more than {limit} characters");
        let (first, rest) = words::cut(&text, limit);
        assert!(text.starts_with(first) && first.chars().count() + rest == text.chars().count());
    }
}
