//! The terminal: results on stdout, talk on stderr, colour decided for each stream of its own.
//!
//! A stdout that nobody reads is no error: it is remembered, and the command goes on to its exit code.
//! Any other write that fails, as on a full disk, is told and remembered, and no command is a success then.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use colored::Colorize as _;

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

/// How text is dressed for one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    coloured: bool,
    /// Whether GitHub Actions reads along and would take remote text for a command.
    defused: bool,
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

impl Paint {
    /// Whether there is colour.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// Text of our own in its colour.
    pub fn tone(self, tone: Tone, text: &str) -> String {
        if !self.coloured {
            return text.to_string();
        }
        match tone {
            Tone::Good => text.green(),
            Tone::Bad => text.red(),
            Tone::Warn => text.yellow(),
            Tone::Strong => text.bold(),
            Tone::Faint => text.dimmed(),
        }
        .to_string()
    }

    /// Whether GitHub Actions reads along.
    pub fn is_read_for_commands(self) -> bool {
        self.defused
    }

    /// Text from the wire, made harmless for a terminal and for a CI that reads commands from logs.
    pub fn remote(self, text: &str, lines: Lines) -> String {
        let text = words::printable(text, lines);
        if !self.defused {
            return text;
        }
        // Twice, since of three colons the first pass leaves two together.
        text.replace("::", ": :").replace("::", ": :").replace("##[", "# #[")
    }
}

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
        let defused = is_set("GITHUB_ACTIONS");
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            out: Paint { coloured: coloured(out), defused },
            err: Paint { coloured: coloured(err), defused },
            out_is_terminal: out,
            can_ask: io::stdin().is_terminal() && err && !in_ci && !is_dumb,
            is_watched: err && !in_ci && !is_dumb && !quiet,
            quiet,
            stdout: Arc::default(),
        }
    }

    /// Bytes of the result.
    pub fn write(&self, bytes: &[u8]) {
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

    /// A line of the result.
    pub fn print(&self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// A line of a human report, which `--quiet` leaves out.
    pub fn report(&self, line: &str) {
        if !self.quiet {
            self.print(line);
        }
    }

    /// Lines of a human report that come as one block.
    pub fn report_block(&self, text: &str) {
        if !self.quiet {
            self.write(text.as_bytes());
        }
    }

    /// A line of talk.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            to_stderr(line);
        }
    }

    /// Something the user should know.
    pub fn note(&self, text: &str) {
        self.say(&format!("{} {text}", self.err.tone(Tone::Warn, "note:")));
    }

    /// What went wrong, and what to do; `--quiet` does not hide it.
    pub fn fail(&self, message: &str, hint: Option<&str>) {
        to_stderr(&format!("{} {message}", self.err.tone(Tone::Bad, "error:")));
        if let Some(hint) = hint {
            to_stderr(&format!(" {} {hint}", self.err.tone(Tone::Strong, "hint:")));
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
fn to_stderr(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
