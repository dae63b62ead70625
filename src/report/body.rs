//! A body from the wire, fit to be shown: JSON indented as it was written, text, or a hex dump.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Detail;
use crate::console::{Paint, Tone};
use crate::json::{Document, Line};
use crate::words::{self, Lines};

/// Lines that are shown of a longer body.
const FOLDED: usize = 30;
/// Characters that are shown of a longer line.
const WIDTH: usize = 2_000;
/// Bytes that are dumped of one that is not text.
const DUMPED: usize = 64;
/// Deeper lines stand no further in.
const DEEPEST: usize = 32;
/// A body whose layout would be longer than this many times itself is shown as it came.
const MAX_GROWTH: usize = 8;
/// Unless that layout is short all the same, in bytes.
const SHORT: usize = 64 << 10;
const INDENT: &str = "  ";

/// The body as indented lines. What is not shown is not laid out: depth and length are a sender's to choose.
pub(super) fn show(body: &[u8], detail: Detail, paint: Paint) -> Vec<String> {
    if body.is_empty() {
        return vec![format!("{INDENT}{}", paint.tone(Tone::Faint, "(empty body)"))];
    }
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| !text.contains('\0')) else {
        return dump(body, detail, paint);
    };
    match Document::parse(text) {
        Ok(document) if detail != Detail::Full || is_bearable(&document, body.len()) => {
            fold(document.lines(), written, detail, paint)
        }
        _ => fold(text.lines(), Cow::Borrowed, detail, paint),
    }
}

/// Whether all of a document may be laid out.
fn is_bearable(document: &Document<'_>, length: usize) -> bool {
    let laid_out: usize = document.lines().map(|line| indentation(&line).len() + line.length()).sum();
    laid_out <= (length * MAX_GROWTH).max(SHORT)
}

fn indentation(line: &Line<'_>) -> &'static str {
    const DEEP: &str = "                                                                ";
    &DEEP[..line.depth.min(DEEPEST) * INDENT.len()]
}

fn written(line: Line<'_>) -> Cow<'_, str> {
    let mut out = indentation(&line).to_string();
    line.write(": ", &mut out);
    out.into()
}

/// The lines as they are shown; of the others nothing is made.
fn fold<'a, T>(
    mut lines: impl Iterator<Item = T>,
    written: impl Fn(T) -> Cow<'a, str>,
    detail: Detail,
    paint: Paint,
) -> Vec<String> {
    let shown = |line: T| format!("{INDENT}{}", one_line(&written(line), detail, paint));
    if detail == Detail::Full {
        return vec![paint.kept(&paint.block(lines.map(shown)))];
    }
    // A fold that saves a line or two would only be in the way.
    let mut head: Vec<T> = lines.by_ref().take(FOLDED + 3).collect();
    let mut fold = None;
    if head.len() > FOLDED + 2 {
        fold = Some(head.len() - FOLDED + lines.count());
        head.truncate(FOLDED);
    }
    let mut out: Vec<String> = head.into_iter().map(shown).collect();
    out.extend(fold.map(|more| format!("{INDENT}{}", more_than_that(&format!("{more} more lines"), paint))));
    out
}

/// A line from the wire, of bearable length.
pub(super) fn one_line(line: &str, detail: Detail, paint: Paint) -> String {
    let (head, more) = words::cut(line, if detail == Detail::Full { usize::MAX } else { WIDTH });
    let head = paint.remote(head, Lines::Escape);
    if more == 0 { head } else { format!("{head} {}", more_than_that(&format!("{more} more characters"), paint)) }
}

fn more_than_that(what: &str, paint: Paint) -> String {
    paint.tone(Tone::Faint, &format!("… {what}; --full shows them"))
}

fn dump(body: &[u8], detail: Detail, paint: Paint) -> Vec<String> {
    let shown = if detail == Detail::Full { body } else { &body[..body.len().min(DUMPED)] };
    let row = |(index, bytes): (usize, &[u8])| {
        let mut digits = String::with_capacity(48);
        for byte in bytes {
            let _ = write!(digits, "{byte:02x} ");
        }
        let text: String = bytes
            .iter()
            .map(|&byte| if byte == b' ' || byte.is_ascii_graphic() { char::from(byte) } else { '.' })
            .collect();
        format!("{INDENT}{:06x}  {digits:<48} {}", index * 16, paint.remote(&text, Lines::Escape))
    };
    let mut rows: Vec<String> = shown.chunks(16).enumerate().map(row).collect();
    if shown.len() < body.len() {
        let more = format!("{} more", words::size(body.len() - shown.len()));
        rows.push(format!("{INDENT}{}", more_than_that(&more, paint)));
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
    use super::{Detail, first_part, show};
    use crate::console::Paint;

    fn lines(body: &[u8], detail: Detail) -> Vec<String> {
        show(body, detail, Paint::default()).iter().flat_map(|block| block.lines()).map(str::to_string).collect()
    }

    #[test]
    fn json_is_indented_as_written_and_folded() {
        let shown = lines(br#"{"b":1E2,"a":"\/"}"#, Detail::Folded);
        assert_eq!(shown, ["  {", "    \"b\": 1E2,", "    \"a\": \"\\/\"", "  }"]);
        let long = format!("[{}0]", "0,".repeat(50));
        let shown = lines(long.as_bytes(), Detail::Folded);
        assert_eq!(shown.len(), 31);
        assert!(shown[30].contains("23 more lines"), "{}", shown[30]);
        assert_eq!(lines(long.as_bytes(), Detail::Full).len(), 53);
        let almost = format!("[{}0]", "0,".repeat(29));
        assert_eq!(lines(almost.as_bytes(), Detail::Folded).len(), 32);
    }

    #[test]
    fn other_bytes_are_dumped_and_text_is_escaped() {
        assert!(lines(b"\xff\xfe\x00hello", Detail::Folded)[0].contains("ff fe 00 68"));
        assert_eq!(
            lines(b"\xffAB", Detail::Folded),
            ["  000000  ff 41 42                                         .AB"]
        );
        assert_eq!(lines(b"a\x1b[2Jb\nc", Detail::Folded), ["  a\\u{1b}[2Jb", "  c"]);
        assert_eq!(first_part(b"one\ntwo\n", 40, Paint::default()), "one\\ntwo");
    }

    #[test]
    fn a_deep_body_costs_what_its_length_does() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let shown = lines(nested(1_000_000).as_bytes(), Detail::Folded);
        assert_eq!((shown.len(), shown[29].len()), (31, 2 + 2 * 29 + 1));
        assert!(shown[30].contains("1999969 more lines"), "{}", shown[30]);
        assert_eq!(lines(nested(1_000_000).as_bytes(), Detail::Full)[0].len(), 2_000_002);
        let shown = lines(nested(100).as_bytes(), Detail::Full);
        assert_eq!((shown.len(), shown[99].as_str()), (199, &*format!("{}[]", " ".repeat(66))));
    }

    #[test]
    fn a_long_line_is_shortened_unless_all_of_it_is_wanted() {
        let text = "x".repeat(1_000_000);
        for body in [text.clone(), format!("{{\"a\":\"{text}\"}}"), format!("{{\"{text}\":1}}")] {
            let shown = lines(body.as_bytes(), Detail::Folded).join("\n");
            assert!(shown.len() < 2_200 && shown.contains("xxx … 998"), "{shown}");
            assert!(lines(body.as_bytes(), Detail::Full).join("\n").contains(&text));
        }
    }
}
