//! Questions to a person on a terminal: never the only way to say a thing, never in CI, never with `--no-input`.
//!
//! A question that is broken off by Ctrl-C or Esc ends the command as an interruption.

use std::ffi::OsString;
use std::sync::Once;

use dialoguer::console::{self, Term};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, FuzzySelect, Input, Password};

use super::context::Context;
use super::signals;
use crate::error::Error;
use crate::journal;
use crate::shell;
use crate::target;
use crate::words::{self, Lines};

/// Rows of a list that are shown at once.
const ROWS: usize = 12;
/// What a list puts before each of its lines, and a column that stays free.
const MARGIN: usize = 4;
/// What a list puts around its prompt, and room for what is typed.
const AROUND_PROMPT: usize = 10;
/// A name is cut to no fewer characters than these.
const SHORTEST_NAME: usize = 12;

/// A word that a person picked where the command line had none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// A word of its own.
    Word(String),
    /// A flag and its value.
    Flag(&'static str, String),
}

/// A question answered by yes or no; no where Enter alone is pressed.
pub(super) fn confirm(context: &Context, question: &str) -> Result<bool, Error> {
    let theme = theme(context);
    asked(|| Confirm::with_theme(&*theme).with_prompt(clean(question)).default(false).interact_opt())?
        .ok_or(Error::Interrupted)
}

/// A secret, which is not shown as it is typed.
pub(super) fn password(context: &Context, prompt: &str) -> Result<String, Error> {
    let theme = theme(context);
    asked(|| Password::with_theme(&*theme).with_prompt(clean(prompt)).allow_empty_password(true).interact())
}

/// A line of text for which `check` has nothing to say against.
pub(super) fn line(
    context: &Context,
    prompt: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<String, Error> {
    let theme = theme(context);
    let mut input = Input::<String>::with_theme(&*theme).with_prompt(clean(prompt));
    // A default is shown as it is.
    if let Some(default) = default.filter(|default| clean(default) == **default) {
        input = input.default(default.to_string());
    }
    let input = input.validate_with(|typed: &String| check(typed.trim()).map_err(|what| clean(&what)));
    asked(|| input.interact_text()).map(|typed| typed.trim().to_string())
}

/// One of several: a name each, and what is said of it. Typing narrows them down.
pub(super) fn pick(context: &Context, prompt: &str, choices: &[(String, String)]) -> Result<usize, Error> {
    let theme = theme(context);
    let (_, columns) = Term::stderr().size();
    let columns = usize::from(columns);
    let labels = labels(choices, columns.saturating_sub(MARGIN));
    let picker = FuzzySelect::with_theme(&*theme)
        .with_prompt(fitting(&clean(prompt), columns))
        .items(&labels)
        .default(0)
        .max_length(ROWS);
    asked(|| picker.report(false).interact_opt())?.ok_or(Error::Interrupted)
}

/// A list's prompt on one line: one that goes over two would be left behind with each key.
fn fitting(prompt: &str, columns: usize) -> String {
    words::shorten(prompt, columns.saturating_sub(AROUND_PROMPT).max(SHORTEST_NAME))
}

/// Lines that fit a terminal of this width, each different from the others.
fn labels(choices: &[(String, String)], width: usize) -> Vec<String> {
    let longest = choices.iter().map(|(name, _)| clean(name).chars().count()).max().unwrap_or(0);
    // A few long names leave room for what is said of the others.
    let column = longest.min(width / 2);
    let label = |(name, said): &(String, String)| {
        let line = format!("{:<column$}  {}", clean(name), clean(said));
        words::shorten(line.trim_end(), width.max(SHORTEST_NAME))
    };
    let labels: Vec<String> = choices.iter().map(label).collect();
    let mut seen = std::collections::BTreeSet::new();
    if labels.iter().all(|label| seen.insert(label)) {
        return labels;
    }
    // The one that was picked is known by its line, so the lines have to differ even where they don't fit.
    (1..).zip(choices).map(|(number, (name, _))| format!("{number} {}", clean(name))).collect()
}

/// Text as a question shows it; what it shows goes past the console.
fn clean(text: &str) -> String {
    words::broken_up(&words::printable(text, Lines::Escape), true)
}

fn theme(context: &Context) -> Box<dyn Theme> {
    let coloured = context.console.err.is_coloured();
    console::set_colors_enabled_stderr(coloured);
    if coloured { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) }
}

/// Asks, and leaves the terminal as it was whatever comes.
fn asked<T>(question: impl FnOnce() -> dialoguer::Result<T>) -> Result<T, Error> {
    signals::end_questions_at_once(restore);
    question().map_err(|dialoguer::Error::IO(cause)| {
        restore();
        match cause.kind() {
            std::io::ErrorKind::Interrupted => Error::Interrupted,
            _ => Error::Read { path: "the terminal".into(), cause },
        }
    })
}

/// Brings the cursor back, at the beginning of a line; once, whoever comes first.
fn restore() {
    static RESTORED: Once = Once::new();
    RESTORED.call_once(|| {
        let terminal = Term::stderr();
        let _ = terminal.write_line("").and_then(|()| terminal.show_cursor());
    });
}

/// The command line with what was picked, as it can be typed next time.
pub(super) fn typed_out(line: &[OsString], command: &str, picked: &[Picked]) -> String {
    let mut out = vec!["hookproof".to_string()];
    let mut given = line.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    // What was picked stands right behind the command's name, before flags that take whatever follows.
    for word in given.by_ref() {
        let is_command = word == command;
        out.push(shell::argument(&word));
        if is_command {
            break;
        }
    }
    for picked in picked {
        match picked {
            Picked::Word(word) => out.push(shell::argument(&target::without_password(word))),
            Picked::Flag(name, value) => {
                out.extend([(*name).to_string(), shell::argument(&target::without_password(value))]);
            }
        }
    }
    let mut is_value_of = String::new();
    for word in given {
        out.push(shell::argument(&harmless(&word, &is_value_of)));
        is_value_of = word;
    }
    out.join(" ")
}

/// A word of the command line without a secret in it.
fn harmless(word: &str, before: &str) -> String {
    const HIDDEN: &str = "...";
    let header = |text: &str| match text.split_once(':') {
        Some((name, _)) if journal::is_credential(name) => format!("{name}: {HIDDEN}"),
        _ => target::without_password(text),
    };
    match (before, word.split_once('=')) {
        ("--secret", _) => HIDDEN.to_string(),
        (_, Some(("--secret", _))) => format!("--secret={HIDDEN}"),
        (_, Some((name, value))) if name.starts_with("--") => format!("{name}={}", header(value)),
        // A header may stand behind other short flags, as in -kH or -kHX-Token:..., so each word may be one.
        _ => header(word),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Picked, fitting, labels, typed_out};

    #[test]
    fn the_command_is_told_as_it_can_be_typed() {
        let check = |line: &str, picked: &[Picked], expected: &str| {
            let line: Vec<OsString> = line.split('|').map(OsString::from).collect();
            assert_eq!(typed_out(&line, "send", picked), expected);
        };
        let event = Picked::Word("komo/SiteViewed".to_string());
        let to = Picked::Flag("--to", "self".to_string());
        check("/bin/hookproof|send", &[event.clone(), to.clone()], "hookproof send komo/SiteViewed --to self");
        check("hookproof|--quiet|send|a.b|-v", std::slice::from_ref(&to), "hookproof --quiet send --to self a.b -v");
        check("hookproof|send|--set|a=it's", &[to], "hookproof send --to self --set 'a=it'\\''s'");
        for secret in [
            "--secret|hunter2",
            "--secret=hunter2",
            "-H|X-Token: hunter2",
            "-HX-Token:hunter2",
            "-kH|X-Token: hunter2",
            "-kHX-Token: hunter2",
            "--header=X-Token: hunter2",
        ] {
            let line: Vec<OsString> = format!("hookproof|send|{secret}").split('|').map(OsString::from).collect();
            let told = typed_out(&line, "send", &[]);
            assert!(!told.contains("hunter2") && told.contains("..."), "{told}");
        }
        let typed = Picked::Flag("--to", "http://u:hunter2@h".to_string());
        check("hookproof|send", &[typed], "hookproof send --to 'http://u:***@h'");
        check("hookproof|send|--proxy|http://u:hunter2@h", &[], "hookproof send --proxy 'http://u:***@h'");
        check("hookproof|send|--proxy=http://u:hunter2@h", &[], "hookproof send '--proxy=http://u:***@h'");
    }

    #[test]
    fn lines_of_a_list_fit_and_differ() {
        let choices = |names: &[&str]| -> Vec<(String, String)> {
            names.iter().map(|name| ((*name).to_string(), "what it is".to_string())).collect()
        };
        assert_eq!(labels(&choices(&["a", "bcd"]), 40), ["a    what it is", "bcd  what it is"]);
        assert_eq!(labels(&choices(&["a", "bcd"]), 12), ["a    what i…", "bcd  what i…"]);
        assert_eq!(labels(&choices(&["a", "bcdefghijk"]), 14), ["a        what…", "bcdefghijk  w…"]);
        assert_eq!(fitting("Variable with the signing secret", 80), "Variable with the signing secret");
        assert_eq!(fitting("Variable with the signing secret", 30), "Variable with the s…");
        let long = labels(&choices(&["superfolio/activity.one", "superfolio/activity.two"]), 14);
        assert_eq!(long, ["1 superfolio/activity.one", "2 superfolio/activity.two"]);
    }
}
