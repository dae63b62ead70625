//! Command lines as bash reads them, up to the cursor. It does not expand anything.
//!
//! <https://www.gnu.org/software/bash/manual/html_node/Quoting.html>

use std::iter::Peekable;
use std::str::CharIndices;

/// The quotes that are open at one place of a command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quote {
    /// No quotes.
    #[default]
    None,
    /// `'`
    Single,
    /// `"`
    Double,
    /// `$'`
    Dollar,
    /// An escape or a substitution is open, so the meaning of a character is not known.
    Unknown,
}

/// A word of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// The text as it was typed.
    pub raw: String,
    /// The text without its quotes.
    pub value: String,
    /// The quotes that are open at its end.
    pub quote: Quote,
    /// True if bash expands a part of the word, such as `$HOME`.
    pub expands: bool,
    /// True if a substitution or an operator came before its end: its bounds and its quotes are a guess.
    pub is_nested: bool,
}

/// Splits a line into words. The last word is empty if the line ends with a blank.
pub(super) fn words(line: &str) -> Vec<Word> {
    let mut lexer =
        Lexer { line, rest: line.char_indices().peekable(), words: Vec::new(), word: None, is_nested: false };
    while let Some((at, character)) = lexer.rest.next() {
        lexer.take(at, character);
    }
    lexer.word.get_or_insert_with(|| (line.len(), Word::default()));
    lexer.end(line.len());
    lexer.words
}

struct Lexer<'l> {
    line: &'l str,
    rest: Peekable<CharIndices<'l>>,
    words: Vec<Word>,
    /// The word that is being read, and its first byte.
    word: Option<(usize, Word)>,
    is_nested: bool,
}

impl Lexer<'_> {
    fn take(&mut self, at: usize, character: char) {
        let quote = self.word.as_ref().map_or(Quote::None, |(_, word)| word.quote);
        if quote == Quote::None && matches!(character, ' ' | '\t' | '<' | '>') {
            return self.end(at);
        }
        let (_, word) = self.word.get_or_insert_with(|| (at, Word::default()));
        match (quote, character) {
            (Quote::None, '\'') => word.quote = Quote::Single,
            (Quote::None, '"') => word.quote = Quote::Double,
            (Quote::Single | Quote::Dollar, '\'') | (Quote::Double, '"') => word.quote = Quote::None,
            (Quote::None | Quote::Double | Quote::Dollar, '\\') => self.escape(quote),
            (Quote::None | Quote::Double, '$') => self.dollar(quote),
            (Quote::Double, '`') | (Quote::None, '`' | '(' | ')' | '|' | '&' | ';' | '\n') => self.nest(character),
            (Quote::None, '~') if word.value.is_empty() => {
                word.expands = self.rest.peek().is_some_and(|(_, next)| *next != '/');
                word.value.push('~');
            }
            _ => word.value.push(character),
        }
    }

    /// Reads what a backslash stands before.
    fn escape(&mut self, quote: Quote) {
        let next = self.rest.peek().map(|(_, next)| *next);
        let Some((_, word)) = self.word.as_mut() else { return };
        match (quote, next) {
            (_, None) => word.quote = Quote::Unknown,
            (Quote::Double, Some(next)) if !"$`\"\\".contains(next) => word.value.push('\\'),
            (Quote::Dollar, Some(next)) if !"'\"\\".contains(next) => {
                word.expands = true;
                word.value.push('\\');
            }
            (_, Some(next)) => {
                word.value.push(next);
                self.rest.next();
            }
        }
    }

    /// Reads what a dollar sign stands before.
    fn dollar(&mut self, quote: Quote) {
        let next = self.rest.peek().map(|(_, next)| *next);
        let Some((_, word)) = self.word.as_mut() else { return };
        match next {
            Some('\'') if quote == Quote::None => word.quote = Quote::Dollar,
            Some('"') if quote == Quote::None => word.quote = Quote::Double,
            Some('(' | '{' | '[') => return self.nest('$'),
            Some(next) if next.is_alphanumeric() || "_@*#?-$!".contains(next) => {
                word.expands = true;
                word.value.push('$');
                return;
            }
            _ => return word.value.push('$'),
        }
        self.rest.next();
    }

    fn nest(&mut self, character: char) {
        self.is_nested = true;
        if let Some((_, word)) = self.word.as_mut() {
            word.expands = true;
            word.value.push(character);
        }
    }

    /// Ends the word that is being read.
    fn end(&mut self, at: usize) {
        if let Some((start, mut word)) = self.word.take() {
            word.raw = self.line[start..at].to_string();
            word.is_nested = self.is_nested;
            self.words.push(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Quote, words};

    #[test]
    fn the_last_word_and_its_open_quote_are_found() {
        let check = |line: &str, raw: &str, value: &str, quote: Quote| {
            let words = words(line);
            let last = words.last().expect("a word");
            assert_eq!((last.raw.as_str(), last.value.as_str(), last.quote), (raw, value, quote), "{line}");
        };
        check("", "", "", Quote::None);
        check("a ", "", "", Quote::None);
        check("a b", "b", "b", Quote::None);
        check("a 'b c", "'b c", "b c", Quote::Single);
        check(r"a 'b\", r"'b\", r"b\", Quote::Single);
        check(r#"a "b\"\c $ "#, r#""b\"\c $ "#, r#"b"\c $ "#, Quote::Double);
        check(r"a $'b\'c", r"$'b\'c", "b'c", Quote::Dollar);
        check("a \"$'b", "\"$'b", "$'b", Quote::Double);
        check("a $\"b", "$\"b", "b", Quote::Double);
        check("a b' 'c", "b' 'c", "b c", Quote::None);
        check(r"a b\ c", r"b\ c", "b c", Quote::None);
        check(r"a b\", r"b\", "b", Quote::Unknown);
        check("a >b", "b", "b", Quote::None);
        check("a # it's", "it's", "its", Quote::Single);
        check("a ~/b", "~/b", "~/b", Quote::None);
        check("é 'ü", "'ü", "ü", Quote::Single);
        for nested in ["a $(b 'c", "a \"$(b \"", "a `b 'c", "a ${b 'c", "a <(b c", "a; b", "a $(b) c", "a `b` '"] {
            assert!(words(nested).last().expect("a word").is_nested, "{nested}");
        }
    }

    #[test]
    fn a_word_that_bash_would_replace_is_marked() {
        let expands = |line: &str| words(line).last().is_some_and(|word| word.expands);
        for line in ["$HOME/a", "\"$HOME/a", "a$1", "$(b)c", "~root/a", "`b`c", r"$'\x24"] {
            assert!(expands(line), "{line}");
        }
        for line in ["'$HOME/a", r"\$HOME", "~/a", "a~b", "a$", "\"$\"a", r"$'it\'s"] {
            assert!(!expands(line), "{line}");
        }
    }
}
