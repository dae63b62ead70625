//! Text for a POSIX shell: words that stand for exact bytes, and names of variables.
//!
//! Data gets into a script, or into a command that is shown, only through this module. It runs nothing. A CI log that
//! prints the script sees no logging command of GitHub Actions or Azure Pipelines in the data. fish reads the words alike.

use std::fmt;

use serde::Deserialize;

use crate::words::{self, Lines};

/// The name of an environment variable: letters, digits and `_`, not beginning with a digit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Variable(String);

impl Variable {
    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins = name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        (begins && name.bytes().all(is_word)).then(|| Self(name.to_string()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Variable {
    type Error = &'static str;

    /// The text may be a secret given by mistake, so the error does not repeat it.
    fn try_from(name: String) -> Result<Self, &'static str> {
        Self::parse(&name)
            .ok_or("this is no name of a variable; expected letters, digits and _, not beginning with a digit")
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Quotes bytes as one word. The shell reads it as exactly these bytes; only NUL cannot stand in a word.
pub fn word(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "''".to_string();
    }
    let mut quoter = Quoter::default();
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|character| quoter.push(character));
        quoter.push_bytes(chunk.invalid());
    }
    quoter.enter(Mode::Bare);
    quoter.out
}

/// Quotes text as one word, unless it is plain: for commands that are shown to people.
pub fn argument(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    let has_command = words::has_command(text) || text.starts_with('=');
    if !text.is_empty() && text.bytes().all(is_plain) && !has_command {
        text.to_string()
    } else {
        word(text.as_bytes())
    }
}

/// Returns a comment on one line. An interactive zsh reads `#` as a command, so what is not plain is quoted here too.
pub fn comment(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" -_./:@+,".contains(&byte);
    let text = words::printable(text, Lines::Escape);
    if text.bytes().all(is_plain) { format!("# {text}") } else { format!("# {}", word(text.as_bytes())) }
}

/// Returns the `printf` command that writes exactly these bytes.
pub fn printf(bytes: &[u8]) -> String {
    match printable(bytes) {
        Some(text) => format!("printf '%s' {}", word(text.as_bytes())),
        None => format!("printf '{}'", format_of(bytes)),
    }
}

/// Returns the bytes as text where a terminal can show them, and a shell can be given them, as they are.
pub fn printable(bytes: &[u8]) -> Option<&str> {
    let is_plain = |text: &&str| !text.contains('\t') && words::printable(text, Lines::Keep) == *text;
    std::str::from_utf8(bytes).ok().filter(is_plain)
}

/// Returns a format from which `printf` makes these bytes. It begins with no `-` and holds no quote.
fn format_of(bytes: &[u8]) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _.,/={}[]\"".contains(&byte);
    let piece = |byte: &u8| if is_plain(*byte) { char::from(*byte).to_string() } else { octal(*byte) };
    bytes.iter().map(piece).collect()
}

fn octal(byte: u8) -> String {
    format!("\\{byte:03o}")
}

/// How the next character of a word is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// Outside of quotes, behind a backslash.
    #[default]
    Bare,
    /// Between single quotes.
    Quoted,
    /// As an octal escape in a `printf` that the shell runs.
    Escaped,
}

/// Builds a word.
#[derive(Default)]
struct Quoter {
    out: String,
    mode: Mode,
    last: Option<char>,
    /// Whether only white space and colons stand between the beginning of the line and here.
    has_text: bool,
}

impl Quoter {
    fn push(&mut self, character: char) {
        if is_escaped(character) {
            self.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            // fish reads a backslash between single quotes as an escape, so it stands outside too.
            let is_bare = matches!(character, '\'' | '\\') || self.completes_mark(character);
            self.enter(if is_bare { Mode::Bare } else { Mode::Quoted });
            if is_bare {
                self.out.push('\\');
            }
            self.out.push(character);
        }
        self.last = Some(character);
        self.has_text = match character {
            '\n' | '\r' => false,
            _ => self.has_text || !(character == ':' || character.is_whitespace()),
        };
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.enter(Mode::Escaped);
            self.out.extend(bytes.iter().map(|byte| octal(*byte)));
        }
    }

    /// Whether a character would complete what begins a command in a CI log: `##`, or `::` at the start of a line.
    fn completes_mark(&self, character: char) -> bool {
        self.last == Some(character) && (character == '#' || (character == ':' && !self.has_text))
    }

    fn enter(&mut self, mode: Mode) {
        if self.mode != mode {
            let close = [("", Mode::Bare), ("'", Mode::Quoted), ("')\"", Mode::Escaped)];
            let open = [("", Mode::Bare), ("'", Mode::Quoted), ("\"$(printf '", Mode::Escaped)];
            let of = |all: [(&'static str, Mode); 3], wanted| all.into_iter().find(|(_, mode)| *mode == wanted);
            self.out.extend([of(close, self.mode), of(open, mode)].into_iter().flatten().map(|(text, _)| text));
            self.mode = mode;
        }
    }
}

/// Whether a character must not stand in the script: a terminal would obey it, or hide it. In pasted text a tab asks for
/// completions. Line feeds stay, since a shell cuts them off the end of what a command writes.
fn is_escaped(character: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    character == '\t' || !character.is_ascii_graphic() && words::printable(text, Lines::Keep) != text
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::{Variable, argument, comment, printf, word};
    use crate::testing::{bare, has_program};

    fn all_bytes() -> Vec<u8> {
        (1..=255).chain((1..=255).rev()).collect()
    }

    fn samples() -> Vec<Vec<u8>> {
        let texts = [
            "",
            "it's",
            "'",
            "''",
            "\\",
            "a\\",
            "\\'",
            "$(id) `id` $HOME \"x\" !! ~ * ?",
            "a\nb\n\n",
            "\n",
            "\t\r\n",
            "-n",
            "%s %d \\n \\101",
            "::a",
            " ::b\n::c\n\t:::d",
            "a::b",
            "##[x]",
            "###[x] ##vso[y] #",
            "é 🎉",
            "\u{202e}",
            "\u{1b}[m\u{7}",
            ";|&<>(){}[]",
            "#x",
            "=x",
        ];
        texts.iter().map(|text| text.as_bytes().to_vec()).chain([all_bytes(), b"\xff\n\xfe\n".to_vec()]).collect()
    }

    /// Prints what a shell makes of a script.
    fn run(shell: &str, script: &str) -> Vec<u8> {
        let home = TempDir::new().expect("a folder");
        let output = bare(shell, home.path()).args(["-c", script]).output().expect("a shell");
        assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {script}");
        output.stdout
    }

    #[test]
    fn shells_read_a_word_as_exactly_these_bytes() {
        for shell in ["sh", "dash", "bash", "zsh", "fish"].into_iter().filter(|shell| has_program(shell)) {
            for bytes in samples() {
                // fish is no POSIX shell. Its own limits: it reads bytes that are no UTF-8 by the locale.
                if shell == "fish" && std::str::from_utf8(&bytes).is_err() {
                    continue;
                }
                let written = run(shell, &format!("printf '%s.' {}", word(&bytes)));
                let expected = [bytes.as_slice(), b"."].concat();
                assert_eq!(written, expected, "{shell}: {}", word(&bytes));
            }
        }
    }

    #[test]
    fn printf_writes_exactly_these_bytes() {
        for shell in ["sh", "dash", "bash", "zsh"].into_iter().filter(|shell| has_program(shell)) {
            for bytes in samples().into_iter().chain([b"\x001\x0077".to_vec()]) {
                let written = run(shell, &printf(&bytes));
                assert_eq!(written, bytes, "{shell}: {}", printf(&bytes));
            }
        }
    }

    #[test]
    fn a_log_sees_no_command_and_a_terminal_no_control() {
        for bytes in samples() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for written in [word(&bytes), printf(&bytes), comment(&text), argument(&text)] {
                assert!(written.chars().all(|c| c == '\n' || !c.is_control()), "{written}");
                assert!(!written.contains("##") && !crate::words::has_command(&written), "{written}");
            }
            assert!(!comment(&text).contains('\n'));
        }
        assert_eq!(word(b"http://[::1]:3000/"), "'http://[::1]:3000/'");
        assert_eq!(word(b"##vso[a]"), "'#'\\#'vso[a]'");
    }

    #[test]
    fn plain_arguments_need_no_quotes() {
        assert_eq!([argument("komo/SiteViewed"), argument("a b"), argument("")], ["komo/SiteViewed", "'a b'", "''"]);
        assert_eq!([comment("X-A is left out"), comment("a; b")], ["# X-A is left out", "# 'a; b'"]);
    }

    #[test]
    fn only_names_are_variables() {
        for name in ["A", "_", "WEBHOOK_SECRET", "a1"] {
            assert_eq!(Variable::parse(name).map(|name| name.to_string()).as_deref(), Some(name));
        }
        for none in ["", "1A", "A-B", "a b", "A:-$(id)", "A}", "A\n", "É", "A\0"] {
            assert_eq!(Variable::parse(none), None, "{none:?}");
        }
    }
}
