//! What is wrong in a TOML file that the user wrote, and where: line, column, the lines around it with marks.
//!
//! Owns how such a fault is shown, for any file. What stands behind it in its line is not shown, and elsewhere no value
//! that may be a secret is. Which files there are and what they mean is not known here.

use std::fmt;
use std::ops::Range;

use crate::target;
use crate::words::{self, Lines};

/// Lines shown before that of the fault, and after it.
const BEFORE: usize = 2;
const AFTER: usize = 1;
/// What stands in the place of what may be a secret.
const HIDDEN: &str = "...";
/// A key or a text with one of these in it is about secrets.
const SECRETIVE: [&str; 10] =
    ["secret", "passw", "pwd", "token", "auth", "cookie", "credential", "key", "bearer", "whsec"];
/// Unbroken text of letters and digits that is so long may be a secret whatever it is called.
const LONG_WORD: usize = 20;

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
}

impl Complaint {
    /// What the reader of TOML has to say of a text; `shown` is its file as the user knows it.
    pub fn of_toml(text: &str, shown: &str, error: &toml::de::Error) -> Self {
        let what = error.message().trim_end().replace('\n', "; ");
        Self::at(text, shown, error.span().unwrap_or_default(), &what)
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
        write!(f, "{}:{}:{}: {}\n{}", self.file, self.line, self.column, self.what, self.excerpt)
    }
}

impl std::error::Error for Complaint {}

/// The line, from 1, that a place of a text is in.
pub fn line_of(text: &str, at: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() + 1
}

/// The lines around a fault, and marks under it.
fn excerpt(text: &str, line_start: usize, start: usize, end: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let number = line_of(text, start);
    // A final line feed begins no line that could be shown.
    let last = (number + AFTER).min(lines.len() - usize::from(lines.len() > number && text.ends_with('\n')));
    let gutter = last.to_string().len();
    let (before, at_fault) = (harmless(&text[line_start..start]), harmless(&text[line_start..end]));
    let width = at_fault.chars().count();
    let indent = before.chars().count().min(width);
    let mut shown = Vec::new();
    for shown_number in number.saturating_sub(BEFORE).max(1)..=last {
        let line = if shown_number == number { at_fault.clone() } else { neighbour(&lines, shown_number - 1) };
        shown.push(format!("  {shown_number:>gutter$} | {line}").trim_end().to_string());
        if shown_number == number {
            let marks = "^".repeat((width - indent).max(1));
            shown.push(format!("  {:gutter$} | {}{marks}", "", " ".repeat(indent)));
        }
    }
    shown.join("\n")
}

/// A line near a fault, as it may be shown: nothing of it where it goes on with a value that may be a secret.
fn neighbour(lines: &[&str], at: usize) -> String {
    let before = lines[..at].join("\n");
    let is_inside = |quotes: &str| before.matches(quotes).count() % 2 == 1;
    let begins = lines[..at].iter().rposition(|line| begins_statement(line)).unwrap_or(0);
    let goes_on = !begins_statement(lines[at]) && lines[begins..at].iter().any(|line| is_secretive(line));
    if is_inside("\"\"\"") || is_inside("'''") || goes_on { HIDDEN.to_string() } else { harmless(lines[at]) }
}

/// Whether a line is empty, a comment, a table's head or a key with its value.
fn begins_statement(line: &str) -> bool {
    let line = line.trim_start();
    let key = line.split('=').next().unwrap_or_default().trim();
    let is_key = |c: char| c.is_alphanumeric() || "_-.\"' ".contains(c);
    line.is_empty() || line.starts_with(['#', '[']) || (line.contains('=') && key.chars().all(is_key))
}

fn is_secretive(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| line.contains(word))
}

/// A part of a line as it may be shown: no control characters, no password of an address, and no value that may be a
/// secret.
fn harmless(line: &str) -> String {
    let line = words::printable(line.trim_end_matches('\r'), Lines::Escape);
    let line = target::without_password(&line);
    match [secretive_value(&line), long_word(&line)].into_iter().flatten().min() {
        Some(at) if !line[at..].trim().is_empty() => format!("{} {HIDDEN}", line[..at].trim_end()),
        _ => line,
    }
}

/// Where the value begins of a key that is about secrets.
fn secretive_value(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let key = SECRETIVE.iter().filter_map(|word| lower.find(word)).min()?;
    Some(key + lower[key..].find(['=', ':', '\'', '"'])? + 1)
}

/// Where a word begins that is too long and too mixed for one that a person wrote.
fn long_word(line: &str) -> Option<usize> {
    let is_mixed = |word: &str| {
        let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
        has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
    };
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '+');
    let found = words.find(|word| word.len() >= LONG_WORD && is_mixed(word))?;
    line.find(found)
}

#[cfg(test)]
mod tests {
    use super::Complaint;

    #[track_caller]
    fn check(text: &str, fault: &str, expected: &str) {
        let start = text.find(fault).expect("the fault");
        let complaint = Complaint::at(text, "a.toml", start..start + fault.len(), "wrong");
        assert_eq!(complaint.to_string(), expected.trim_start_matches('\n'));
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
        ] {
            hides(&format!("{line}\n!"));
            hides(&format!("{line}\n\n!"));
        }
        hides("!\nsecret = \"hunter2\"");
        hides("secret = \"hunter2 !\"");
        let text = "secrets = [\n!\n\"hunter2\"]";
        hides(text);
        check(
            "url = \"http://u:hunter2@h\"\n!",
            "!",
            "a.toml:2:1: wrong\n  1 | url = \"http://u:***@h\"\n  2 | !\n    | ^",
        );
    }

    #[test]
    fn a_fault_beyond_the_text_or_inside_a_character_is_shown_too() {
        let at = |text: &str, span| Complaint::at(text, "a.toml", span, "wrong\u{1b}").to_string();
        assert_eq!(at("", 5..9), "a.toml:1:1: wrong\\u{1b}\n  1 |\n    | ^");
        assert_eq!(at("\u{e9}", 1..2), "a.toml:1:1: wrong\\u{1b}\n  1 | \u{e9}\n    | ^");
        assert_eq!(at("a\n", 2..2), "a.toml:2:1: wrong\\u{1b}\n  1 | a\n  2 |\n    | ^");
    }
}
