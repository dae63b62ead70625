//! A body from the wire, fit to be shown: JSON indented as it was written, text, or a hex dump.

use crate::console::{Paint, Tone};
use crate::json;
use crate::words::{self, Lines};

/// Lines that are shown of a longer body.
const FOLDED: usize = 30;
/// Bytes that are dumped of one that is not text.
const DUMPED: usize = 64;
const INDENT: &str = "  ";

/// The body as indented lines. `full` folds nothing.
pub(super) fn show(body: &[u8], full: bool, paint: Paint) -> Vec<String> {
    if body.is_empty() {
        return vec![format!("{INDENT}{}", paint.tone(Tone::Faint, "(empty body)"))];
    }
    match std::str::from_utf8(body) {
        Ok(text) if !text.contains('\0') => {
            let text = json::pretty(text).unwrap_or_else(|_| text.to_string());
            let lines: Vec<&str> = text.lines().collect();
            fold(&lines, full, paint, |line| format!("{INDENT}{}", paint.remote(line, Lines::Escape)))
        }
        _ => dump(body, full, paint),
    }
}

fn fold<T>(lines: &[T], full: bool, paint: Paint, show: impl Fn(&T) -> String) -> Vec<String> {
    // A fold that saves a line or two would only be in the way.
    if full || lines.len() <= FOLDED + 2 {
        return lines.iter().map(show).collect();
    }
    let mut shown: Vec<String> = lines[..FOLDED].iter().map(show).collect();
    let more = format!("… {} more lines; --full shows them", lines.len() - FOLDED);
    shown.push(format!("{INDENT}{}", paint.tone(Tone::Faint, &more)));
    shown
}

fn dump(body: &[u8], full: bool, paint: Paint) -> Vec<String> {
    let shown = if full { body } else { &body[..body.len().min(DUMPED)] };
    let row = |(index, bytes): (usize, &[u8])| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = bytes
            .iter()
            .map(|&byte| if byte == b' ' || byte.is_ascii_graphic() { char::from(byte) } else { '.' })
            .collect();
        format!("{INDENT}{:06x}  {:<47}  {}", index * 16, digits.join(" "), paint.remote(&text, Lines::Escape))
    };
    let mut rows: Vec<String> = shown.chunks(16).enumerate().map(row).collect();
    if shown.len() < body.len() {
        let more = format!("… {} more; --full shows them", words::size(body.len() - shown.len()));
        rows.push(format!("{INDENT}{}", paint.tone(Tone::Faint, &more)));
    }
    rows
}

/// The first part of a text on one line.
pub(super) fn first_part(body: &[u8], limit: usize, paint: Paint) -> String {
    let head = &body[..body.len().min(limit * 4)];
    let text = String::from_utf8_lossy(head);
    words::shorten(&paint.remote(text.trim_end(), Lines::Escape), limit)
}

#[cfg(test)]
mod tests {
    use super::{first_part, show};
    use crate::console::Paint;

    #[test]
    fn json_is_indented_as_written_and_folded() {
        let shown = show(br#"{"b":1E2,"a":"\/"}"#, false, Paint::default());
        assert_eq!(shown, ["  {", "    \"b\": 1E2,", "    \"a\": \"\\/\"", "  }"]);
        let long = format!("[{}0]", "0,".repeat(50));
        let shown = show(long.as_bytes(), false, Paint::default());
        assert_eq!(shown.len(), 31);
        assert!(shown[30].contains("23 more lines"), "{}", shown[30]);
        assert_eq!(show(long.as_bytes(), true, Paint::default()).len(), 53);
    }

    #[test]
    fn other_bytes_are_dumped_and_text_is_escaped() {
        assert!(show(b"\xff\xfe\x00hello", false, Paint::default())[0].contains("ff fe 00 68"));
        assert_eq!(show(b"a\x1b[2Jb\nc", false, Paint::default()), ["  a\\u{1b}[2Jb", "  c"]);
        assert_eq!(first_part(b"one\ntwo\n", 40, Paint::default()), "one\\ntwo");
    }
}
