//! The terminal: results on stdout, talk on stderr, colour decided for each stream of its own.
//!
//! All output goes through here. A line is one line whatever it contains: [`Paint::line`] escapes it as the last step, so
//! no command has to think of it. Exact bytes, such as a body, are escaped on a terminal only: see [`Console::exact`].
//!
//! A stdout that nobody reads is no error: it is remembered, and the command goes on to its exit code.
//! Any other write that fails, as on a full disk, is told and remembered, and no command is a success then.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use colored::Colorize as _;

use crate::complaint;
use crate::words::{self, Lines};

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Also in files and pipes.
    Always,
    /// Nowhere.
    Never,
}

/// The colours of one stream, and how its lines are made harmless.
///
/// [`Paint::tone`] puts marks around a piece of text, and [`Paint::line`] turns them into colours when the line is
/// printed. A mark contains a number that is drawn at each start, so no text from outside contains one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    /// The number in each mark; none where nothing is printed.
    mark: Option<u64>,
    coloured: bool,
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It went well.
    Good,
    /// It failed.
    Bad,
    /// Worth a look.
    Warn,
    /// A name or heading.
    Strong,
    /// Of less weight.
    Faint,
}

impl Tone {
    /// Each tone with the letter that stands for it in a mark.
    const ALL: [(char, Self); 5] =
        [('g', Self::Good), ('b', Self::Bad), ('w', Self::Warn), ('s', Self::Strong), ('f', Self::Faint)];

    fn colour(self, text: &str) -> String {
        match self {
            Self::Good => text.green(),
            Self::Bad => text.red(),
            Self::Warn => text.yellow(),
            Self::Strong => text.bold(),
            Self::Faint => text.dimmed(),
        }
        .to_string()
    }
}

impl Paint {
    /// Whether there is colour.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// Marks a piece of a line, which gets its colour when the line is printed.
    pub fn tone(self, tone: Tone, text: &str) -> String {
        let Some(mark) = self.mark.filter(|_| self.coloured).map(mark) else { return text.to_string() };
        let letter = Tone::ALL.into_iter().find(|(_, known)| *known == tone).map_or('-', |(letter, _)| letter);
        format!("{mark}{letter}{text}{mark}-")
    }

    /// Returns text from outside on one line or, with [`Lines::Keep`], as a block. Where it is printed it is made
    /// harmless anyway; this is for text whose line feeds or width matter before.
    pub fn remote(self, text: &str, lines: Lines) -> String {
        words::printable(text, lines)
    }

    /// Marks lines that are made harmless already, so that a long body is one text and not one for each line.
    pub fn kept(self, block: &Block) -> String {
        let lines = block.0.strip_suffix('\n').unwrap_or(&block.0);
        self.mark.map_or_else(|| lines.to_string(), |number| format!("{}k{lines}", mark(number)))
    }

    /// Returns a line as it may be printed. Control, invisible and bidirectional characters are escaped, line feeds
    /// are written `\n`, commands of CI systems are broken up, and marks become colours.
    pub fn line(self, line: &str) -> String {
        let Some(mark) = self.mark.filter(|_| line.contains('\u{1b}')).map(mark) else { return harmless(line, true) };
        if let Some(lines) = line.strip_prefix(&mark).and_then(|rest| rest.strip_prefix('k')) {
            return lines.to_string();
        }
        let mut out = String::with_capacity(line.len());
        let mut starts_line = true;
        for (index, piece) in line.split(&mark).enumerate() {
            let letter = if index > 0 { piece.chars().next() } else { None };
            let text = &piece[letter.map_or(0, char::len_utf8)..];
            let tone = Tone::ALL.into_iter().find(|(known, _)| Some(*known) == letter).map(|(_, tone)| tone);
            let shown = harmless(text, starts_line);
            starts_line &= text.trim().is_empty();
            out.push_str(&tone.map_or(shown.clone(), |tone| tone.colour(&shown)));
        }
        out
    }

    /// Returns lines as they may be printed, each with a line feed.
    pub fn block<L: AsRef<str>>(self, lines: impl IntoIterator<Item = L>) -> Block {
        let mut block = Block::default();
        lines.into_iter().for_each(|line| block.push(self, line.as_ref()));
        block
    }
}

fn mark(number: u64) -> String {
    format!("\u{1b}{number:016x}")
}

fn harmless(text: &str, starts_line: bool) -> String {
    words::broken_up(&words::printable(text, Lines::Escape), starts_line)
}

/// Lines that were made harmless by [`Paint::block`]. Nothing else makes one.
#[derive(Debug, Default)]
pub struct Block(String);

impl Block {
    /// Adds a line.
    pub fn push(&mut self, paint: Paint, line: &str) {
        self.0.push_str(&paint.line(line));
        self.0.push('\n');
    }

    /// Bytes that it takes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives back memory that it does not need.
    pub fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why stdout gets no exact bytes: a CI system would read a command in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the output holds what the CI system that reads the log would take for a command")]
pub struct HarmsLog;

/// The three streams and what is known of them. Clones know the same of stdout.
#[derive(Clone, Debug)]
pub struct Console {
    /// How stdout is dressed.
    pub out: Paint,
    /// How stderr is dressed.
    pub err: Paint,
    /// Whether stdout is a terminal.
    pub out_is_terminal: bool,
    /// Whether a person can be asked: stdin and stderr are a terminal that can draw a list, outside CI.
    pub can_ask: bool,
    /// Whether stderr is a terminal where somebody looks on, and no log of a CI.
    pub is_watched: bool,
    /// Whether stdout may be the log of a CI system that obeys commands in it. A file is not.
    is_log: bool,
    quiet: bool,
    stdout: Arc<Stdout>,
}

/// What has become of stdout.
#[derive(Debug, Default)]
struct Stdout {
    /// It takes no more.
    closed: AtomicBool,
    /// That is a fault, and not a reader who has had enough.
    failed: AtomicBool,
}

impl Console {
    /// Looks at the streams. `var` reads the environment.
    pub fn new(colour: Colour, quiet: bool, var: impl Fn(&str) -> Option<String>) -> Self {
        // The crate looks at stdout alone, so it is told to obey, and each stream decides here.
        colored::control::set_override(true);
        let is_set = |name: &str| var(name).is_some_and(|value| !value.is_empty());
        let in_ci = var("CI").is_some_and(|value| !words::says_no(&value));
        let is_dumb = var("TERM").as_deref() == Some("dumb");
        let coloured = |is_terminal: bool| match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if is_set("NO_COLOR") => false,
            Colour::Auto if var("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => true,
            Colour::Auto => is_terminal && !is_dumb && var("CLICOLOR").as_deref() != Some("0"),
        };
        let has_log = in_ci || ["GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "TEAMCITY_VERSION"].into_iter().any(is_set);
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let number = RandomState::new().hash_one(0);
        Self {
            out: Paint { mark: Some(number), coloured: coloured(out) },
            err: Paint { mark: Some(number), coloured: coloured(err) },
            out_is_terminal: out,
            can_ask: io::stdin().is_terminal() && err && !in_ci && !is_dumb,
            is_watched: err && !in_ci && !is_dumb && !quiet,
            is_log: has_log && !out && !stdout_is_file(),
            quiet,
            stdout: Arc::default(),
        }
    }

    fn write(&self, bytes: &[u8]) {
        if self.is_closed() {
            return;
        }
        let mut out = io::stdout().lock();
        let Err(cause) = out.write_all(bytes).and_then(|()| out.flush()) else { return };
        self.stdout.closed.store(true, Ordering::Relaxed);
        if cause.kind() != io::ErrorKind::BrokenPipe && !self.stdout.failed.swap(true, Ordering::Relaxed) {
            self.fail(&format!("can't write to stdout: {cause}"), None);
        }
    }

    /// Bytes that a file or a pipe gets unchanged. A terminal gets them escaped, except for line ends and tabs. Where
    /// a CI system may read them from its log, they are refused if they hold a command: a pipe to a program and one to
    /// the log look the same, and neither may get something else than was asked for.
    pub fn exact(&self, bytes: &[u8]) -> Result<(), HarmsLog> {
        if self.out_is_terminal {
            self.write(words::printable_bytes(bytes).as_bytes());
        } else if self.log_obeys(bytes) {
            return Err(HarmsLog);
        } else {
            self.write(bytes);
        }
        Ok(())
    }

    /// Whether stdout may be the log of a CI system that would take a part of the bytes for a command.
    pub fn log_obeys(&self, bytes: &[u8]) -> bool {
        self.is_log && words::has_command(&String::from_utf8_lossy(bytes))
    }

    /// Lines that are made harmless already.
    pub fn print_block(&self, block: &Block) {
        self.write(block.0.as_bytes());
    }

    /// A line of the result.
    pub fn print(&self, line: &str) {
        self.print_block(&self.out.block([line]));
    }

    /// A line of a human report, which `--quiet` leaves out.
    pub fn report(&self, line: &str) {
        self.report_lines([line]);
    }

    /// Lines of a human report that come as one block.
    pub fn report_lines<L: AsRef<str>>(&self, lines: impl IntoIterator<Item = L>) {
        self.report_block(&self.out.block(lines));
    }

    /// Lines of a human report that are made harmless already.
    pub fn report_block(&self, block: &Block) {
        if !self.quiet {
            self.print_block(block);
        }
    }

    /// A line of talk.
    pub fn say(&self, line: &str) {
        self.say_lines([line]);
    }

    /// Lines of talk that come as one block.
    pub fn say_lines<L: AsRef<str>>(&self, lines: impl IntoIterator<Item = L>) {
        if !self.quiet {
            to_stderr(&self.err.block(lines));
        }
    }

    /// Something the user should know.
    pub fn note(&self, text: &str) {
        self.say(&format!("{} {text}", self.err.tone(Tone::Warn, "note:")));
    }

    /// What went wrong, and what to do; `--quiet` does not hide it.
    pub fn fail(&self, message: &str, hint: Option<&str>) {
        self.fail_lines(&complaint::lines(message), hint);
    }

    /// What went wrong, on several lines, and what to do.
    pub fn fail_lines<L: AsRef<str>>(&self, message: &[L], hint: Option<&str>) {
        let Some((first, rest)) = message.split_first() else { return };
        let mut lines = vec![format!("{} {}", self.err.tone(Tone::Bad, "error:"), first.as_ref())];
        lines.extend(rest.iter().map(|line| line.as_ref().to_string()));
        lines.extend(hint.map(|hint| format!(" {} {hint}", self.err.tone(Tone::Strong, "hint:"))));
        to_stderr(&self.err.block(lines));
    }

    /// Lines of talk that hold commands for GitHub's runner, or of the report where `on_stdout`. Their texts are made
    /// harmless as the runner wants it.
    pub fn annotate(&self, annotations: &[String], on_stdout: bool) {
        let paint = if on_stdout { self.out } else { self.err };
        let command = |line: &String| match line.strip_prefix("::") {
            Some(rest) => format!("::{}\n", harmless(rest, false)),
            None => paint.line(line) + "\n",
        };
        let block = Block(annotations.iter().map(command).collect());
        match on_stdout {
            _ if self.quiet => {}
            true => self.print_block(&block),
            false => to_stderr(&block),
        }
    }

    /// The same streams without talk, for what tells by other means what it came upon.
    #[must_use]
    pub fn hushed(&self) -> Self {
        Self { quiet: true, can_ask: false, ..self.clone() }
    }

    /// Whether only results and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether stdout takes no more: nobody reads it, or a write failed.
    pub fn is_closed(&self) -> bool {
        self.stdout.closed.load(Ordering::Relaxed)
    }

    /// Whether a write to stdout failed for another reason than that nobody reads it.
    pub fn has_failed(&self) -> bool {
        self.stdout.failed.load(Ordering::Relaxed)
    }
}

/// A stderr that is gone is nobody's loss.
fn to_stderr(block: &Block) {
    let _ = io::stderr().lock().write_all(block.0.as_bytes());
}

/// Whether stdout is an ordinary file.
fn stdout_is_file() -> bool {
    #[cfg(unix)]
    let file = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned().map(std::fs::File::from);
    #[cfg(windows)]
    let file = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned().map(std::fs::File::from);
    file.and_then(|file| file.metadata()).is_ok_and(|found| found.is_file())
}

#[cfg(test)]
mod tests {
    use super::{Paint, Tone};

    const COLOURED: Paint = Paint { mark: Some(7), coloured: true };

    #[test]
    fn only_our_own_marks_become_colours() {
        colored::control::set_override(true);
        let text = format!("a {}\u{1b}[31m", COLOURED.tone(Tone::Good, "b\u{1b}c\n"));
        assert_eq!(COLOURED.line(&text), "a \u{1b}[32mb\\u{1b}c\\n\u{1b}[0m\\u{1b}[31m");
        let forged = format!("\u{1b}{:016x}gx", 8);
        assert_eq!(COLOURED.line(&forged), "\\u{1b}0000000000000008gx");
        assert_eq!(Paint::default().tone(Tone::Bad, "x"), "x");
        let block = COLOURED.block(["a\n::b", "  c"]);
        assert_eq!(COLOURED.line(&COLOURED.kept(&block)), "a\\n::b\n  c");
        assert_eq!(Paint::default().line("a\nb"), "a\\nb");
    }

    #[test]
    fn no_line_starts_with_a_command_whatever_its_colours() {
        let line = format!(" {}::error::x", COLOURED.tone(Tone::Bad, ""));
        assert!(COLOURED.line(&line).ends_with(": : error::x"));
        assert!(!COLOURED.line(&COLOURED.tone(Tone::Bad, "::a")).contains("::"));
        assert_eq!(Paint::default().line("a\n::b ##[c]"), "a\\n::b # #[c]");
    }
}
