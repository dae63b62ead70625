//! What is wrong in a TOML file that the user wrote, and where: line, column, the lines around it with marks.
//!
//! Owns how such a fault is shown, for any file. What stands behind it in its line is not shown, and elsewhere no value
//! that may be a secret is. Which files there are and what they mean is not known here.

mod hiding;
mod wording;

use std::ops::Range;
use std::{fmt, iter};

use crate::words::{self, Lines};
use hiding::{faulty, neighbour};

/// Lines shown before that of the fault, and after it.
const BEFORE: usize = 2;
const AFTER: usize = 1;
/// Characters shown of a line before its fault, and of any line in all.
const LEAD: usize = 60;
const LONGEST: usize = 120;

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The file, as the user knows it.
    file: String,
    /// The line, from 1.
    line: usize,
    /// The character in it, from 1.
    column: usize,
    what: String,
    hint: Option<String>,
    /// The lines around, with the marks.
    excerpt: String,
    /// True if the file asks for something of the catalog that is broken.
    is_of_catalog: bool,
}

impl Complaint {
    /// What the reader of TOML has to say of a text; `shown` is its file as the user knows it.
    pub fn of_toml(text: &str, shown: &str, error: &toml::de::Error) -> Self {
        let what = wording::reworded(error.message());
        let complaint = Self::at(text, shown, error.span().unwrap_or_default(), &what);
        match wording::meant(&what) {
            Some(near) => complaint.hinting(format!("did you mean `{near}`?")),
            None => complaint,
        }
    }

    /// A fault that stands at these bytes of the text.
    pub fn at(text: &str, shown: &str, span: Range<usize>, what: &str) -> Self {
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let start = boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = boundary(span.end.clamp(start, line_end));
        Self {
            file: shown.to_string(),
            line: line_of(text, start),
            column: text[line_start..start].chars().count() + 1,
            what: words::printable(what, Lines::Escape),
            hint: None,
            excerpt: excerpt(text, line_start, start, end),
            is_of_catalog: false,
        }
    }

    /// The same fault in other words.
    #[must_use]
    pub fn reworded(mut self, what: &str) -> Self {
        self.what = words::printable(what, Lines::Escape);
        self
    }

    /// The same fault with what to write instead.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same fault, of which a broken part of the catalog is the cause, and not this file.
    #[must_use]
    pub fn blaming_catalog(mut self, is_of_catalog: bool) -> Self {
        self.is_of_catalog = is_of_catalog;
        self
    }

    /// True if a broken part of the catalog is the cause.
    pub fn is_of_catalog(&self) -> bool {
        self.is_of_catalog
    }

    /// The file, and the line in it.
    pub fn place(&self) -> (&str, usize) {
        (&self.file, self.line)
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = words::printable(&self.file, Lines::Escape);
        write!(f, "{file}:{}:{}: {}\n{}", self.line, self.column, self.what, self.excerpt)
    }
}

impl std::error::Error for Complaint {}

/// The line, from 1, that a place of a text is in.
pub fn line_of(text: &str, at: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() + 1
}

/// Splits a message that may hold a complaint into its lines. A line feed ends a line only before a line of an excerpt,
/// such as `  12 | `; all others stay, since they may be part of a file name or another text from outside.
pub fn lines(message: &str) -> Vec<&str> {
    let is_excerpt = |line: &str| {
        let gutter = line.strip_prefix("  ").and_then(|line| line.split_once(" |"));
        gutter.is_some_and(|(gutter, _)| gutter.bytes().all(|byte| byte == b' ' || byte.is_ascii_digit()))
    };
    let (mut lines, mut start) = (Vec::new(), 0);
    for (at, _) in message.match_indices('\n').filter(|(at, _)| is_excerpt(&message[at + 1..])) {
        lines.push(&message[start..at]);
        start = at + 1;
    }
    lines.push(&message[start..]);
    lines
}

/// The lines around a fault, and marks under it.
fn excerpt(text: &str, line_start: usize, start: usize, end: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let number = line_of(text, start);
    // A final line feed begins no line that could be shown.
    let last = (number + AFTER).min(lines.len() - usize::from(lines.len() > number && text.ends_with('\n')));
    let gutter = last.to_string().len();
    let (before, at_fault) = faulty(&lines, number - 1, &text[line_start..start], &text[line_start..end]);
    let (at_fault, indent) = near(&at_fault, before.chars().count().min(at_fault.chars().count()));
    let width = at_fault.chars().count();
    let mut shown = Vec::new();
    for shown_number in number.saturating_sub(BEFORE).max(1)..=last {
        let line = if shown_number == number {
            at_fault.clone()
        } else {
            words::shorten(&neighbour(&lines, shown_number - 1), LONGEST)
        };
        shown.push(format!("  {shown_number:>gutter$} | {line}").trim_end().to_string());
        if shown_number == number {
            let marks = "^".repeat((width - indent).max(1));
            shown.push(format!("  {:gutter$} | {}{marks}", "", " ".repeat(indent)));
        }
    }
    shown.join("\n")
}

/// What is near a fault in its line, where that is long, and how many characters of it stand before the fault.
fn near(line: &str, indent: usize) -> (String, usize) {
    let Some(skipped) = indent.checked_sub(LEAD).filter(|skipped| *skipped > 0) else {
        return (words::shorten(line, LONGEST), indent);
    };
    let rest: String = iter::once('…').chain(line.chars().skip(skipped)).collect();
    (words::shorten(&rest, LONGEST), LEAD + 1)
}

#[cfg(test)]
mod tests {
    use super::{Complaint, lines};

    #[track_caller]
    fn check(text: &str, fault: &str, expected: &str) {
        let start = text.find(fault).expect("the fault");
        let complaint = Complaint::at(text, "a.toml", start..start + fault.len(), "wrong");
        assert_eq!(complaint.to_string(), expected.trim_start_matches('\n'));
    }

    #[test]
    fn only_an_excerpt_goes_over_several_lines() {
        let complaint = Complaint::at("a = 1\nb = 2\n", "x\ny.toml", 10..11, "wrong").to_string();
        let shown = ["x\\ny.toml:2:5: wrong", "  1 | a = 1", "  2 | b = 2", "    |     ^"];
        assert_eq!(lines(&complaint), shown);
        assert_eq!(lines("a\n::b\n  c | d\n"), ["a\n::b\n  c | d\n"]);
    }

    #[test]
    fn two_lines_before_and_one_after_are_shown() {
        check("a = 1", "1", "a.toml:1:5: wrong\n  1 | a = 1\n    |     ^");
        check("a = 1\nb = 2\n", "2", "a.toml:2:5: wrong\n  1 | a = 1\n  2 | b = 2\n    |     ^");
        let text = "# 1\n# 2\n\n[t]\r\nx = 1 # why\r\n# 6\n# 7";
        let shown = "a.toml:5:1: wrong\n  3 |\n  4 | [t]\n  5 | x\n    | ^\n  6 | # 6";
        check(text, "x", shown);
        let text = "\n".repeat(8) + "a = 1\nb = 2";
        check(&text, "1", "a.toml:9:5: wrong\n   7 |\n   8 |\n   9 | a = 1\n     |     ^\n  10 | b = 2");
    }

    #[test]
    fn no_line_around_shows_what_may_be_a_secret() {
        let hides = |text: &str| {
            let start = text.find('!').expect("a fault");
            let shown = Complaint::at(text, "a.toml", start..start + 1, "wrong").to_string();
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("..."), "{shown}");
        };
        for line in [
            "secret = \"hunter2\"",
            "password = 'hunter2'",
            "X-Api-Key = \"hunter2\"",
            "headers = { Authorization = \"hunter2\" }",
            "headers = [\"X-Token: hunter2\"]",
            "# secret: hunter2",
            "\"-H\" = \"Cookie: hunter2\"",
            "other = \"hunter20123456789abcdefghij\"",
            "note = \"\"\"\nhunter2",
            "secrets = [\n\"hunter2\",",
            "signing = \"hunter2\"",
            "pass = \"hunter2\"",
            "# wJalrXUtnFEMI/K7MDENG/hunter2EXAMPLEKEY",
            "id = \"550e8400-e29b-41d4-a716-446655440000 hunter2\"",
        ] {
            hides(&format!("{line}\n!"));
            hides(&format!("{line}\n\n!"));
        }
        hides("!\nsecret = \"hunter2\"");
        hides("secret = \"hunter2 !\"");
        // The line of the fault may itself go on with a secret.
        hides("secrets = [\n\"hunter2\" !\n]");
        hides("secret = \"\"\"\nhunter2!");
        let text = "secrets = [\n!\n\"hunter2\"]";
        hides(text);
        check(
            "url = \"http://u:hunter2@h\"\n!",
            "!",
            "a.toml:2:1: wrong\n  1 | url = \"http://u:***@h\"\n  2 | !\n    | ^",
        );
    }

    #[test]
    fn a_long_line_is_cut_to_what_is_near_its_fault() {
        let long = "x ".repeat(100_000);
        for text in [format!("a = {long}! {long}\n# {long}"), format!("# {long}\n!"), format!("# {long}\na = !{long}")]
        {
            let at = text.find('!').expect("a fault");
            let shown = Complaint::at(&text, "a.toml", at..text.len(), "wrong").to_string();
            assert!(shown.chars().count() < 500, "{} characters", shown.len());
            let lines: Vec<&str> = shown.lines().collect();
            let marks = lines.iter().position(|line| line.ends_with('^')).expect("marks");
            let column = |line: &str, sign: char| line.chars().position(|c| c == sign);
            assert_eq!(column(lines[marks - 1], '!'), column(lines[marks], '^'), "{shown}");
        }
    }

    #[test]
    fn a_fault_beyond_the_text_or_inside_a_character_is_shown_too() {
        let at = |text: &str, span| Complaint::at(text, "a.toml", span, "wrong\u{1b}").to_string();
        assert_eq!(at("", 5..9), "a.toml:1:1: wrong\\u{1b}\n  1 |\n    | ^");
        assert_eq!(at("\u{e9}", 1..2), "a.toml:1:1: wrong\\u{1b}\n  1 | \u{e9}\n    | ^");
        assert_eq!(at("a\n", 2..2), "a.toml:2:1: wrong\\u{1b}\n  1 | a\n  2 |\n    | ^");
    }
}
