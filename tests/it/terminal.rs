//! What reaches a terminal, or a CI that reads along: colour, and text from the wire made harmless.

use std::io::Write as _;

use crate::support::{Run, accepting, hookproof, listen_with, on_each, post, read_request, stub};

const ESCAPE: char = '\u{1b}';

/// All that `listen` with these words prints of one delivery.
fn heard(run: Run, words: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
    let listener = listen_with(run, &format!("--count 1 {words}"));
    post(listener.port, headers, body);
    let finished = listener.exits(0);
    finished.stdout() + &finished.stderr()
}

/// Control characters and those that turn the direction of text, line feeds aside.
#[track_caller]
fn is_harmless(text: &str) {
    let bad = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(bad), "{text:?}");
}

#[test]
fn colour_follows_the_flag_then_the_variables_then_the_terminal() {
    let coloured = |words: &str, vars: &[(&str, &str)]| {
        let run = hookproof(&format!("events komo {words}"));
        let finished = vars.iter().fold(run, |run, (name, value)| run.env(name, value)).exits(0);
        finished.stdout().contains(ESCAPE)
    };
    assert!(!coloured("", &[]));
    assert!(coloured("--color always", &[]));
    assert!(coloured("--color always", &[("NO_COLOR", "1")]));
    assert!(coloured("", &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured("", &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured("", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured("--color never", &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn errors_on_stderr_are_coloured_by_the_same_rules() {
    let coloured = |words: &str| hookproof(&format!("events nobody {words}")).exits(2).stderr().contains(ESCAPE);
    assert!(!coloured("") && coloured("--color always"));
}

#[test]
fn a_terminal_is_coloured_unless_told_otherwise() {
    let coloured = |vars: &[(&str, &str)]| {
        let run = hookproof("events komo").env("TERM", "xterm");
        let (code, text) = vars.iter().fold(run, |run, (name, value)| run.env(name, value)).on_a_terminal()?;
        assert_eq!(code, Some(0), "{text}");
        Some(text.contains(ESCAPE))
    };
    let Some(plain) = coloured(&[]) else { return };
    assert!(plain);
    assert_eq!(coloured(&[("NO_COLOR", "1")]), Some(false));
    assert_eq!(coloured(&[("NO_COLOR", "")]), Some(true));
    assert_eq!(coloured(&[("TERM", "dumb")]), Some(false));
    assert_eq!(coloured(&[("CLICOLOR", "0")]), Some(false));
}

#[test]
fn json_for_machines_is_never_coloured() {
    let stub = accepting();
    let finished = hookproof("send komo/SiteViewed --json --color always --to").arg(&stub.url).exits(0);
    assert!(!finished.stdout().contains(ESCAPE));
    let text = heard(Run::new(), "--json --color always", &[], b"{}");
    assert!(!text.lines().any(|line| line.starts_with('{') && line.contains(ESCAPE)), "{text}");
}

#[test]
fn nothing_that_was_caught_drives_the_terminal() {
    let bodies: [&[u8]; 6] = [
        b"\x1b[2J\x1b]0;title\x07 \x9b31m \r over \x08\x7f",
        "\u{1b}[31m \u{9b}31m \u{202e}desrever\u{2066} \u{200b} text\r\nnext\tline".as_bytes(),
        b"{\"event\":\"\\u001b[31mred\",\"timestamp\":\"t\",\"site_id\":\"\",\"site_name\":\"\",\"user_session_id\":\"\"}",
        "{\"event\":\"\u{9b}2J\",\"timestamp\":\"t\",\"site_id\":\"\",\"site_name\":\"\",\"user_session_id\":\"\"}".as_bytes(),
        "{\"\u{1b}[31mkey\":\"\u{9b}\"}".as_bytes(),
        b"\x00\x01\x1b[31m",
    ];
    for body in bodies {
        for words in ["", "--compact", "--full"] {
            is_harmless(&heard(Run::new(), words, &[("X-A", "\u{9b}31m\u{202e}"), ("User-Agent", "\u{9b}2J")], body));
        }
    }
}

#[test]
fn nothing_that_was_answered_drives_the_terminal() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let text = "\u{1b}[2J\u{9b}\r\n\u{202e}x";
        let head = format!("Location: /\u{9b}2J\u{202e}\r\nX-A: \u{9b}31m\r\nContent-Length: {}", text.len());
        let _ = write!(stream, "HTTP/1.1 302 Found\r\nConnection: close\r\n{head}\r\n\r\n{text}");
    });
    for words in ["", "-v"] {
        let finished = hookproof(&format!("send komo/SiteViewed {words} --to {url}")).exits(1);
        is_harmless(&finished.prints("302 Found").prints("send to /\\u{9b}2J").stdout());
    }
}

const MESSAGE: &str =
    "POST / HTTP/1.1\r\nX-Superfolio-Signature: \u{9b}2J\u{202e}\r\n\r\n{\"event_type\":\"\u{1b}[31m\"}";

#[test]
fn nothing_of_a_captured_message_drives_the_terminal() {
    let finished = hookproof("verify input --secret k").file("input", MESSAGE).exits(1);
    is_harmless(&(finished.stdout() + &finished.stderr()));
}

#[test]
fn json_lines_drive_no_terminal() {
    is_harmless(&heard(Run::new(), "--json", &[("X-A", "\u{9b}31m\u{202e}")], "\u{9b}2J \u{7f}".as_bytes()));
    is_harmless(&hookproof("verify input --secret k --json").file("input", MESSAGE).exits(1).stdout());
    let stub = stub(|_| (200, Vec::new(), "\u{9b}2J\u{202e}".into()));
    is_harmless(&hookproof("send komo/SiteViewed --json --to").arg(&stub.url).exits(0).stdout());
}

/// Text that a GitHub runner takes for a command, as it may come over the wire.
const COMMANDS: &str = "::error::one\n  ::stop-commands::two\n##[error]three\n a ##[group]four\n:::error::five\n";

/// No line is one that a runner would take for a command.
#[track_caller]
fn commands_nothing(text: &str) {
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?} in\n{text}");
    }
}

#[test]
fn text_from_the_wire_is_no_command_to_github_actions() {
    let actions = || Run::new().env("GITHUB_ACTIONS", "true");
    let event = r#"{"event":"::error::x ##[error]","timestamp":"t","site_id":"","site_name":"","user_session_id":""}"#;
    for words in ["", "--compact", "--full"] {
        let headers = [("X-A", "::error::x"), ("X-B", "##[error]x")];
        let text = heard(actions(), words, &headers, COMMANDS.as_bytes());
        commands_nothing(&text);
        assert!(words == "--compact" || text.contains("three"), "{text}");
        commands_nothing(&heard(actions(), words, &[("User-Agent", "::error::x")], event.as_bytes()));
    }
    let stub = stub(|_| (302, vec![("Location", "::error::x##[error]".into())], COMMANDS.into()));
    for words in ["", "-v"] {
        let run = actions().args(["send", "komo/SiteViewed", "--to", &stub.url]).args(words.split_whitespace());
        commands_nothing(&run.exits(1).prints("302 Found").prints("one").stdout());
    }
    let message = "POST / HTTP/1.1\nX-Superfolio-Signature: ::error::x##[error]\n\n{\"event_type\":\"##[error]\"}";
    let run = actions().args(["verify", "input", "--secret", "k"]).file("input", message);
    commands_nothing(&run.exits(1).prints("x").stdout());
}

#[test]
fn json_lines_are_no_command_to_github_actions() {
    let actions = || Run::new().env("GITHUB_ACTIONS", "true");
    commands_nothing(&heard(actions(), "--json", &[("X-B", "##[error]x")], COMMANDS.as_bytes()));
    let stub = stub(|_| (200, Vec::new(), COMMANDS.into()));
    commands_nothing(&actions().args(["send", "komo/SiteViewed", "--json", "--to", &stub.url]).exits(0).stdout());
}

/// What is escaped for the eye's sake is the same to a reader of JSON.
#[test]
fn json_lines_are_exact_all_the_same() {
    let text = format!("{COMMANDS}\u{9b}2J \u{7f}\u{202e}\u{feff} Zo\u{eb} \u{1f389}");
    let listener = listen_with(Run::new(), "--count 1 --json");
    post(listener.port, &[("X-A", "##[::a")], text.as_bytes());
    let finished = listener.exits(0);
    let line = finished.lines().remove(0);
    assert_eq!(line["body"], text);
    assert!(line["headers"].as_array().unwrap().contains(&serde_json::json!(["x-a", "##[::a"])), "{line}");
    assert!(finished.stdout().contains("Zo\u{eb} \u{1f389}"), "{}", finished.stdout());
    hookproof("verify line --provider superfolio --signature 00 --secret k").file("line", finished.stdout()).exits(1);
}

#[test]
fn a_third_colon_does_not_keep_a_command_whole() {
    let run = Run::new().env("GITHUB_ACTIONS", "true");
    let text = heard(run, "", &[], b":::error::x");
    assert!(text.contains(": : : error"), "{text}");
    commands_nothing(&text);
}
