//! The protocol between a completion script and the binary.
//!
//! ```text
//! hookproof __complete bash BEFORE AFTER REPLACED TYPE
//! hookproof __complete zsh QUOTE BEHIND WORD...
//! hookproof __complete fish|powershell|elvish BEHIND WORD...
//! ```
//!
//! BEFORE and AFTER are the command line on both sides of the cursor, and QUOTE is the quote that is open there. BEHIND
//! is the number of words behind the one at the cursor. The answer has one candidate a line.

use std::ffi::OsString;

use clap::ValueEnum as _;
use clap_complete::{CompletionCandidate, Shell};

use super::line::{self, Quote, Word};
use super::quoting::{fits, for_bash, is_offered};

/// The first argument of a request.
const ASKED: &str = "__complete";
/// The type of a completion by which Readline inserts all candidates, and drops the open quote.
const INSERTS_ALL: &str = "42";

/// A question for the words that may stand at the cursor.
pub(super) struct Request {
    /// The words of the command line without their quotes.
    pub words: Vec<String>,
    /// The position of the word at the cursor.
    pub index: usize,
    form: Form,
}

/// The form that a shell wants.
enum Form {
    /// Text that replaces `replaced`, which is behind the last break of the word.
    Bash { word: Word, replaced: String },
    /// `value:help` behind a mark. A tilde at the beginning is not given back.
    Zsh { quote: Quote, has_tilde: bool },
    /// A value, a tab and its help.
    Described,
    /// A value.
    Plain,
}

/// Reads the request of a script. `None` is another command line.
pub(super) fn read(arguments: &[OsString]) -> Option<Result<Request, String>> {
    let asked = arguments.get(1..).filter(|rest| rest.first().is_some_and(|word| word == ASKED))?;
    let given: Vec<String> = asked.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let Some((name, given)) = given.split_first() else { return Some(Err("no shell given".to_string())) };
    let Ok(shell) = Shell::from_str(name, false) else { return Some(Err(format!("unknown shell `{name}`"))) };
    let request = if shell == Shell::Bash { of_line(given) } else { of_words(shell, given) };
    Some(request.ok_or_else(|| format!("incomplete request of {name}")))
}

/// Reads the request of bash, which breaks words at `=` and `:` too: the line is split again.
fn of_line(given: &[String]) -> Option<Request> {
    let [before, after, replaced, kind] = given else { return None };
    let mut before = line::words(before);
    let mut word = before.pop()?;
    word.is_nested |= kind == INSERTS_ALL;
    let mut words: Vec<String> = before.into_iter().map(|word| word.value).collect();
    let index = words.len();
    words.push(word.value.clone());
    // The first word behind the cursor is the rest of the word at the cursor.
    words.extend(line::words(after).into_iter().skip(1).map(|word| word.value));
    Some(Request { words, index, form: Form::Bash { word, replaced: replaced.clone() } })
}

/// Reads the request of a shell that hands on words: zsh with their quotes, fish with those of the word at the cursor.
fn of_words(shell: Shell, given: &[String]) -> Option<Request> {
    let (quote, given) = if shell == Shell::Zsh {
        given.split_first().map(|(quote, rest)| (quote.as_str(), rest))?
    } else {
        ("", given)
    };
    let (behind, words) = given.split_first()?;
    let index = words.len().checked_sub(behind.parse::<usize>().ok()?)?.checked_sub(1)?;
    let meant = |(at, word): (usize, &String)| match shell {
        Shell::PowerShell => word.strip_prefix(':').unwrap_or(word).to_string(),
        Shell::Zsh => unquoted(word),
        Shell::Fish if at == index => unquoted(word),
        _ => word.clone(),
    };
    let form = match shell {
        Shell::Zsh => {
            let quote = if quote == "\"" { Quote::Double } else { Quote::None };
            Form::Zsh { quote, has_tilde: words.get(index)?.starts_with("~/") }
        }
        Shell::Elvish => Form::Plain,
        _ => Form::Described,
    };
    Some(Request { words: words.iter().enumerate().map(meant).collect(), index, form })
}

/// The word without its quotes, which may still be open.
fn unquoted(word: &str) -> String {
    match line::words(word).as_slice() {
        [one] => one.value.clone(),
        _ => word.to_string(),
    }
}

impl Request {
    /// Writes the candidates for the shell, one a line. A candidate that the shell cannot hold is left out.
    pub(super) fn answer(&self, candidates: &[CompletionCandidate]) -> String {
        candidates.iter().filter_map(|candidate| self.line(candidate)).map(|line| line + "\n").collect()
    }

    fn line(&self, candidate: &CompletionCandidate) -> Option<String> {
        let value = candidate.get_value().to_str().filter(|value| is_offered(value))?;
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.as_deref().and_then(|help| help.lines().next()).filter(|help| !help.is_empty());
        match &self.form {
            Form::Bash { word, replaced } => for_bash(value, word, replaced),
            // zsh does not quote what is inside double quotes for the backquotes around them.
            Form::Zsh { quote: Quote::Double, .. } if !fits(value, Quote::Double) => None,
            Form::Zsh { has_tilde, .. } => for_zsh(if *has_tilde { value.strip_prefix("~/")? } else { value }, help),
            Form::Described => Some(help.map_or_else(|| value.to_string(), |help| format!("{value}\t{help}"))),
            Form::Plain => Some(value.to_string()),
        }
    }
}

/// `value:help` with a mark before it. zsh quotes the value when it inserts it.
fn for_zsh(value: &str, help: Option<&str>) -> Option<String> {
    let (mark, value) = value.strip_suffix('/').map_or((' ', value), |folder| ('/', folder));
    let value = value.replace('\\', "\\\\").replace(':', "\\:");
    let help = help.map(|help| format!(":{}", help.replace('\\', "\\\\"))).unwrap_or_default();
    (!value.is_empty()).then(|| format!("{mark}{value}{help}"))
}
