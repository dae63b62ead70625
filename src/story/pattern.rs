//! Regular expressions of a story: of bounded size, and matched against texts that fit it.
//!
//! The engine takes time in proportion to the text and, in the worst case, to the pattern's size. A match can't be ended
//! from outside, so both together are bounded before it begins.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::words;

/// The longest pattern, in bytes.
const LONGEST: usize = 4096;
/// Characters of a pattern that an error shows.
const SHOWN: usize = 200;
/// The smallest and the largest compiled size of a pattern, in bytes.
const SIZES: (usize, usize) = (1 << 10, 1 << 20);
/// How much one engine remembers of what it found, in bytes.
const REMEMBERED: usize = 1 << 20;
/// The work of all patterns of an answer: bytes of text times bytes of compiled pattern.
pub(super) const WORK: u64 = 1 << 35;

/// A pattern that can be compiled.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// The compiled size, rounded up by a quarter at most.
    size: usize,
}

impl Pattern {
    /// Reads a pattern, and finds how large it is.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("the pattern has {} bytes; at most {LONGEST}", text.len()));
        }
        let shown = words::shorten(text, SHOWN);
        for size in sizes() {
            match compile(text, size) {
                Ok(_) => return Ok(Self { text: text.to_string(), size }),
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(error) => {
                    // The lines before the last one repeat the pattern.
                    let error = error.to_string();
                    let what = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    return Err(format!("`{shown}` is no pattern: {what}"));
                }
            }
        }
        Err(format!("the pattern `{shown}` is too large; shorten its repetitions"))
    }

    /// Whether something in the text matches; nothing where that could take longer than the work that is left.
    pub(super) fn is_match(&self, text: &str, work: &mut u64) -> Option<bool> {
        *work = work.checked_sub((self.size as u64).saturating_mul(text.len() as u64))?;
        compile(&self.text, self.size).ok().map(|regex| regex.is_match(text))
    }
}

/// Sizes that grow by a quarter.
fn sizes() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(SIZES.0), |size| Some(size + size / 4).filter(|size| *size <= SIZES.1))
}

/// Compiles when it is wanted: an engine keeps what it remembers as long as it lives.
fn compile(text: &str, size: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&ascii(text)).size_limit(size).dfa_size_limit(REMEMBERED).build()
}

/// Writes `\d`, `\w`, `\s` and `\b` for ASCII alone: with all of Unicode they are a hundred times as large.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push_str(&escape(characters.next(), depth > 0)),
            '[' => {
                depth += 1;
                out.push('[');
                out.extend(characters.next_if_eq(&'^'));
                // The first character of a class is a part of it.
                out.extend(characters.next_if_eq(&']'));
            }
            ']' => {
                depth -= i32::from(depth > 0);
                out.push(']');
            }
            other => out.push(other),
        }
    }
    out
}

/// An escape, within a class or outside of one.
fn escape(letter: Option<char>, in_class: bool) -> String {
    let name = match letter {
        Some('d') => "[:digit:]",
        Some('D') => "[:^digit:]",
        Some('w') => "[:word:]",
        Some('W') => "[:^word:]",
        Some('s') => "[:space:]",
        Some('S') => "[:^space:]",
        Some(letter @ ('b' | 'B')) if !in_class => return format!("(?-u:\\{letter})"),
        other => return std::iter::once('\\').chain(other).collect(),
    };
    if in_class { name.to_string() } else { format!("[{name}]") }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, WORK};

    #[test]
    fn ordinary_patterns_fit_the_largest_body() {
        let body = format!("{}{{\"id\":\"{}\"}}", "x".repeat(4 << 20), "0".repeat(64));
        for pattern in [r#""id":"[a-f0-9]{64}""#, r"\d{4}-\d{2}-\d{2}|0{64}", "(?i)ID.*", r"(?s)\w.*0"] {
            let pattern = Pattern::new(pattern).unwrap();
            assert_eq!(pattern.is_match(&body, &mut WORK.clone()), Some(true), "{pattern}, {}", pattern.size);
        }
    }

    #[test]
    fn classes_of_letters_are_ascii_and_a_dot_is_any_character() {
        let check = |pattern: &str, text: &str, expected: bool| {
            let pattern = Pattern::new(pattern).unwrap();
            assert_eq!(pattern.is_match(text, &mut WORK.clone()), Some(expected), "{pattern} {text}");
        };
        check(r"^\d+$", "123", true);
        check(r"^\d$", "\u{665}", false);
        check(r"^[\w.]+\s\S$", "a_1.b c", true);
        check(r"^[^\d\]]+$", "a]", false);
        check(r"^[]\d]+$", "1]2", true);
        check(r"^\\d$", "\\d", true);
        check(r"\bid\b", "an id.", true);
        check(r"\bid\b", "wider", false);
        check(r"^[\D]$", "x", true);
        check("^.$", "é", true);
        check(r"^\W$", "é", true);
    }

    #[test]
    fn a_pattern_that_could_take_minutes_is_refused_before_it_begins() {
        let body = "a".repeat(4 << 20);
        for pattern in ["[a-z]{1,1000}z", "(a?){0,500}b", "(.*){0,200}z", "(a|b)*a(a|b){500}z"] {
            let pattern = Pattern::new(pattern).unwrap();
            assert_eq!(pattern.is_match(&body, &mut WORK.clone()), None, "{pattern}");
            assert!(pattern.is_match("aaa", &mut WORK.clone()).is_some(), "{pattern}");
        }
        let mut work = WORK;
        let small = Pattern::new("a.c").unwrap();
        let times = (0..100_000).take_while(|_| small.is_match(&body[..100_000], &mut work).is_some()).count();
        assert!(times < 1000, "the patterns of an answer share its work: {times}");
    }

    #[test]
    fn a_pattern_is_bounded_in_length_and_in_size() {
        let long =
            ["x".repeat(5_000), "(".repeat(4_000), "a{1000}{1000}".to_string(), "[[:word:]]{9999}{99}".to_string()];
        for pattern in &long {
            assert!(Pattern::new(pattern).is_err(), "{}", &pattern[..10]);
        }
    }
}
