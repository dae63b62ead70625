//! Candidates as text of a command line. Values come from strangers, so a value that does not fit is not offered.

use super::line::{self, Quote, Word};
use crate::words::{Lines, printable};

/// Returns true if a shell may show the value.
///
/// Inside backquotes, every shell but fish reads a backquote and a backslash in quotes too, and no script can tell
/// whether the command line stands inside some.
pub(super) fn is_offered(value: &str) -> bool {
    let is_seen = |character: char| character == ' ' || !character.is_whitespace();
    !value.is_empty() && !value.contains('`') && value.chars().all(is_seen) && printable(value, Lines::Escape) == value
}

/// Returns true if every shell reads the character as itself, inside quotes and outside.
pub(super) fn is_bare(character: char) -> bool {
    character.is_ascii_alphanumeric() || "@%+=:,./_-".contains(character)
}

/// Replaces the end of a word by the rest of a value.
///
/// Readline replaces `replaced`, which is the text behind its last word break or behind the open quote. It quotes
/// nothing and adds the closing quote.
pub(super) fn for_bash(value: &str, word: &Word, replaced: &str) -> Option<String> {
    let kept = word.raw.strip_suffix(replaced)?;
    let before = line::words(kept).pop().filter(|before| before.raw == kept && !before.expands)?;
    let rest = value.strip_prefix(&before.value).filter(|rest| !rest.is_empty())?;
    let quote = if word.is_nested { Quote::Unknown } else { before.quote };
    match rest.strip_prefix("~/").filter(|_| quote == Quote::None && replaced.starts_with("~/")) {
        Some(path) => Some(format!("~/{}", quoted(path, quote)?)),
        None => quoted(rest, quote),
    }
}

/// Quotes text for bash where these quotes are open.
fn quoted(text: &str, quote: Quote) -> Option<String> {
    if quote == Quote::None { escaped(text) } else { fits(text, quote).then(|| text.to_string()) }
}

/// Returns true if the text stands for itself inside these quotes, in backquotes too.
pub(super) fn fits(text: &str, quote: Quote) -> bool {
    match quote {
        Quote::None | Quote::Unknown => text.chars().all(is_bare),
        Quote::Single => !text.contains(['\'', '!']),
        Quote::Double => !text.contains(['"', '$', '\\', '!']),
        Quote::Dollar => !text.contains(['\'', '\\', '!']),
    }
}

/// Quotes text for bash where no quotes are open.
///
/// Inside backquotes, bash removes a backslash before `$` and `\`. In a multi-byte locale other than UTF-8, a backslash
/// may become the second byte of a character. Quotes work in both cases.
fn escaped(text: &str) -> Option<String> {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            _ if is_bare(character) || !character.is_ascii() => out.push(character),
            '$' | '\\' => out.extend(['\'', character, '\'']),
            _ if text.is_ascii() => out.extend(['\\', character]),
            // Quotes do not keep every shell from expanding the history.
            '!' => return None,
            '\'' => out.push_str("\"'\""),
            _ => out.extend(['\'', character, '\'']),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::line::words;
    use super::{for_bash, is_offered};

    /// Completes a line at its end. Readline replaces what stands behind `|`.
    fn inserted(typed: &str, value: &str) -> Option<String> {
        let (kept, replaced) = typed.split_once('|').expect("a place");
        let line = format!("{kept}{replaced}");
        for_bash(value, words(&line).last().expect("a word"), replaced)
    }

    #[test]
    fn a_value_fits_the_quotes_that_are_open() {
        let check = |typed: &str, value: &str, text: &str| {
            assert_eq!(inserted(typed, value).as_deref(), Some(text), "{typed} {value}");
        };
        check("|my", "my hooks/", r"my\ hooks/");
        check("'|my", "my hooks/", "my hooks/");
        check("\"|my", "my hooks/", "my hooks/");
        check("$'|my", "my hooks/", "my hooks/");
        check("|my' 'h", "my hooks/", r"my\ hooks/");
        check(r"|'my'\ h", "my hooks/", r"my\ hooks/");
        check("--set=|data", "--set=data.id=", "data.id=");
        check("--set='|a", "--set=a b", "a b");
        check("|~/a", "~/a b", r"~/a\ b");
        check("|", "~/a b", r"\~/a\ b");
        check("|a", "a$(x);y'z!", r"a'$'\(x\)\;y\'z\!");
        check("|", r"é;$x'y\", r#"é';''$'x"'"y'\'"#);
        check("'|", r#"$(x);"\"#, r#"$(x);"\"#);
        check("\"|", "a;b'(c)", "a;b'(c)");
        check(r"|a\", "a b", r"a\ b");
        check("$(x) |a", "abc", "abc");
    }

    #[test]
    fn a_value_that_fits_no_quotes_is_left_out() {
        for (typed, value) in [
            ("'|", "it's"),
            ("'|", "a!b"),
            ("\"|", "a$b"),
            ("\"|", "a\"b"),
            ("\"|", r"a\b"),
            ("\"|", "a!b"),
            ("$'|", r"a\b"),
            ("$'|", "it's"),
            ("|", "é!"),
            ("$(x '|", "a b"),
            ("`x |", "a b"),
            ("$HOME|/a", "$HOME/ab"),
            ("a|a", "ba"),
            ("|a", "a\n"),
        ] {
            assert_eq!(inserted(typed, value).filter(|_| is_offered(value)), None, "{typed} {value}");
        }
        for value in ["", "a`b", "a\tb", "a\nb", "\u{1b}[m", "a\u{a0}b", "a\u{202e}b", "a\u{3000}b", "\u{7f}"] {
            assert!(!is_offered(value), "{value:?}");
        }
    }
}
