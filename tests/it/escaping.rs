//! Text from outside in every place that a command may show: catalogs, stories, projects, words, variables, responses,
//! deliveries and journals. None of it controls a terminal or the log of a CI system.
//!
//! The places are not listed here. They are read from the data: each string of a file, each flag of the command line,
//! each variable of the README.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use tempfile::TempDir;
use toml::{Table, Value};

use crate::own_catalog::{DESCRIPTION, SAMPLE};
use crate::support::testing::{bare, has_program};
use crate::support::{BINARY, Run, listen_with, on_each, post, read_request};

/// An escape sequence that sets a title, others that a terminal obeys, commands of three CI systems, characters that
/// turn text around, and characters that nobody sees.
const HOSTILE: &str = "\u{1b}]0;PWNED\u{7}\r\u{8}\u{9b}2J\n::add-mask::PWNED\n ##[error]PWNED ##vso[task.complete]\n\
    error: PWNED\u{202e}\u{2066}\u{3164}\u{e0100}\u{200b}\u{34f}\u{2028}";
/// What a file name and an argument can hold of it: no slash and no NUL stand in it.
const UNSEEN: [char; 7] = ['\u{202e}', '\u{2066}', '\u{3164}', '\u{e0100}', '\u{200b}', '\u{34f}', '\u{2028}'];

const STORY: &str = r#"
summary = "Two anvils"
provider = "acme"
[[step]]
event = "anvil.dropped"
name = "first"
set = { weight = 2, at = "2026-01-02T03:04:06Z" }
id = { delivery = "dl_0123456789ac" }
[[step]]
event = "acme/anvil.dropped"
delay = "1s"
fault = "tampered"
[step.expect]
status = ["2xx"]
text = { matches = "thanks" }
header = { X-A = "b" }
body = { ok = "yes" }
"#;
const PROJECT: &str = r#"
catalogs = ["own"]
stories = "stories"
target = "local"
timeout = "1s"
headers = { X-Extra = "extra" }
[targets.local]
url = "http://127.0.0.1:9/hook"
provider = "acme"
secret_env = "ACME_SECRET"
headers = { X-Other = "other" }
[targets.other]
url = "http://127.0.0.1:9/"
secret_file = "secret"
env_file = ".env"
[check]
only = ["valid-*"]
skip = ["slow"]
level = "must"
events = "acme/*"
"#;

/// A folder with a catalog, a story and a project, and what is run in it.
struct Place {
    folder: TempDir,
    event: String,
}

/// How output is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Onto {
    Pipe,
    Log,
    Terminal,
}

impl Place {
    fn new(description: &Table) -> Self {
        let folder = TempDir::new().expect("a folder");
        let empty = Table::new();
        let events = description.get("events").and_then(Value::as_table).unwrap_or(&empty);
        let event = events.keys().next().cloned().unwrap_or_default();
        let place = Self { folder, event };
        place.write("own/acme/provider.toml", &description.to_string());
        place.write("stories/twice.toml", STORY);
        place.write("hookproof.toml", PROJECT);
        place.write("body", SAMPLE);
        for (name, event) in events {
            place.write(&format!("own/acme/{name}.json"), SAMPLE);
            let variants = event.get("variants").and_then(Value::as_table).unwrap_or(&empty);
            variants.keys().for_each(|variant| place.write(&format!("own/acme/{name}--{variant}.json"), SAMPLE));
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(path, text).expect("the file");
    }

    /// Runs a command to its end. Gives stdout and stderr, or nothing where no terminal can be made.
    fn run(&self, words: &[&str], variable: Option<(&str, &str)>, onto: Onto) -> Option<(String, String)> {
        let quote = |word: &&str| format!("'{}'", word.replace('\'', "'\\''"));
        let mut command = match onto {
            Onto::Terminal => {
                if !has_program("script") {
                    return None;
                }
                let mut script = bare("script", self.folder.path());
                let line: Vec<String> = std::iter::once(&BINARY).chain(words).map(quote).collect();
                script.args(["-qec", &line.join(" "), "/dev/null"]);
                script
            }
            Onto::Pipe | Onto::Log => {
                let mut command = bare(BINARY, self.folder.path());
                command.args(words);
                command
            }
        };
        command.env("ACME_SECRET", "tnt").env("NO_COLOR", "1").stdin(Stdio::null());
        // A question on a terminal would wait for an answer.
        command.env("HOOKPROOF_NO_INPUT", "1");
        command.envs(variable).envs((onto == Onto::Log).then_some(("GITHUB_ACTIONS", "true")));
        let output = command.output().expect("the binary starts");
        assert!(output.status.code().is_some_and(|code| code < 100), "{words:?}: {output:?}");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace("^D\u{8}\u{8}", "");
        Some((text(&output.stdout), text(&output.stderr)))
    }

    /// Runs a command on a pipe, in a CI and on a terminal, and looks at all that it prints.
    #[track_caller]
    fn check(&self, words: &[&str], variable: Option<(&str, &str)>, all: &[Onto]) -> usize {
        let is_exact = words.iter().any(|word| ["render", "sign", "export"].contains(word));
        for onto in all {
            let Some((stdout, stderr)) = self.run(words, variable, *onto) else { continue };
            let what = format!("{onto:?}, {words:?}, {variable:?}");
            is_harmless(&stderr, &what);
            match onto {
                // A pipe gets a body as it is, and a log no part of one that would be a command.
                Onto::Pipe if is_exact => {}
                Onto::Log if is_exact => is_no_command(&stdout, &what),
                _ => is_harmless(&stdout, &what),
            }
        }
        all.len()
    }

    /// The commands that show most of a catalog, and with `is_thorough` all that read one.
    fn check_all(&self, before: &[&str], is_thorough: bool, all: &[Onto]) -> usize {
        let event = format!("acme/{}", self.event);
        let lines: [&[&str]; 24] = [
            &["events", "acme"],
            &["events", &event],
            &["events", &event, "--json"],
            &["render", &event, "--format", "http", "--reveal"],
            &["render", &event, "--format", "curl"],
            &["render", &event, "--json", "--id", "x=1"],
            &["send", &event, "--dry-run", "-v", "--to", "1"],
            &["sign", "body", "--provider", "acme", "--signature-mode", "x"],
            &["listen", "--port", "0", "--for", "1ms", "--journal=", "--provider", "acme"],
            &["doctor", "--timeout", "1s"],
            &["events"],
            &["events", "acme", "--json"],
            &["render", &event],
            &["send", &event, "--json", "--to", "1"],
            &["send", "@twice", "--to", "self", "--time-scale", "100000"],
            &["send", "@twice", "--dry-run", "--to", "1"],
            &["run", "stories/twice.toml", "--to", "1", "--time-scale", "100000"],
            &["check", "1", "--provider", "acme", "--list"],
            &["check", "1", "--provider", "acme"],
            &["sign", "body", "--provider", "acme"],
            &["verify", "body", "--provider", "acme", "--signature", "00"],
            &["doctor", "--json", "--timeout", "1s"],
            &["config"],
            &["init", "--provider", "acme", "--url", "http://127.0.0.1:1/", "--name", "x", "--force"],
        ];
        let lines = &lines[..if is_thorough { lines.len() } else { 10 }];
        lines.iter().map(|words| self.check(&[before, words].concat(), None, all)).sum()
    }
}

/// Does the work of each item on as many threads as the machine has.
fn each<T: Send>(items: impl Iterator<Item = T> + Send, work: impl Fn(T) -> usize + Sync) -> usize {
    let items = std::sync::Mutex::new(items);
    let next = || items.lock().expect("no panic").next();
    let worker = || std::iter::from_fn(&next).map(&work).sum::<usize>();
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let done = |worker: std::thread::ScopedJoinHandle<'_, usize>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(done).sum()
    })
}

#[track_caller]
fn is_harmless(text: &str, what: &str) {
    let bad = |c: char| c.is_control() && c != '\n' || UNSEEN.contains(&c);
    assert!(!text.contains(bad), "{what}\n{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("error: PWNED")), "{what}\n{text}");
    is_no_command(text, what);
}

#[track_caller]
fn is_no_command(text: &str, what: &str) {
    assert!(!text.contains('\u{1b}'), "{what}\n{text:?}");
    for line in text.lines() {
        // Annotations are ours.
        let is_ours = ["error", "warning", "notice"].iter().any(|kind| line.starts_with(&format!("::{kind} ")));
        assert!(is_ours || !line.trim_start().starts_with("::"), "{what}\n{text:?}");
        assert!(!line.contains("##[") && !line.contains("##vso["), "{what}\n{text:?}");
    }
}

/// The strings of a value, keys among them.
fn strings(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(items) => items.iter().map(strings).sum(),
        Value::Table(table) => table.iter().map(|(_, value)| 1 + strings(value)).sum(),
        _ => 0,
    }
}

/// A value whose string at an index has hostile text at its end.
fn spoilt(value: &Value, index: &mut usize) -> Value {
    let mut turn = |text: &str| {
        let is_turn = *index == 0;
        *index = index.wrapping_sub(1);
        if is_turn { format!("{text}{HOSTILE}") } else { text.to_string() }
    };
    match value {
        Value::String(text) => Value::String(turn(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| spoilt(item, index)).collect()),
        Value::Table(table) => {
            let member = |(key, value): (&String, &Value)| {
                let is_turn = *index == 0;
                *index = index.wrapping_sub(1);
                (if is_turn { format!("{key}{HOSTILE}") } else { key.clone() }, spoilt(value, index))
            };
            Value::Table(table.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

fn table(text: &str) -> Table {
    text.parse().expect("TOML")
}

fn each_spoilt(text: &str) -> impl Iterator<Item = Table> {
    let whole = Value::Table(table(text));
    (0..strings(&whole)).map(move |index| match spoilt(&whole, &mut index.clone()) {
        Value::Table(table) => table,
        _ => unreachable!("it was a table"),
    })
}

/// More of what a description can say than the one that other tests use.
fn description() -> String {
    let retry = "retries = \"twice\"\nanswer_within = 5\nretry = { after = ['1m'], then = 'it stops' }";
    let more = format!(
        "scope = \"yard\"\nstability = \"beta\"\nundocumented = [\"how hard\"]\n\
         [events.\"anvil.dropped\".variants.heavy]\nsummary = \"A heavy one\"\n\
         [[handshake]]\nname = \"hello\"\nwhen = {{ query = \"challenge\", is = \"x\" }}\nanswer = \"ok\"\n\
         [alias.beta]\nname = \"Beta\"\nmode = \"hmac\"\n[delivery]\n{retry}\n"
    );
    DESCRIPTION.replace("checked = \"2026-11-20\"", "checked = \"2026-11-20\"\nundocumented = [\"when\"]") + &more
}

const ALL: [Onto; 3] = [Onto::Pipe, Onto::Log, Onto::Terminal];

#[test]
fn every_string_of_a_catalog_is_harmless_in_every_command() {
    let whole = description();
    let before = ["--catalog", "own", "--config", ""];
    let runs = each(each_spoilt(&whole), |spoilt| Place::new(&spoilt).check_all(&before, false, &[Onto::Log]));
    assert!(runs > 700, "{runs}");
}

/// As many places as the catalog can be read with are spoilt at once.
#[test]
fn a_catalog_that_can_be_read_is_harmless_on_pipes_and_terminals() {
    let whole = Value::Table(table(&description()));
    let mut spoilt_whole = whole.clone();
    for index in 0..strings(&whole) {
        let next = spoilt(&spoilt_whole, &mut index.clone());
        let place = Place::new(next.as_table().expect("a table"));
        let words = ["--catalog", "own", "--config", "", "events", "acme"];
        if place.run(&words, None, Onto::Pipe).is_some_and(|(stdout, _)| stdout.contains("acme/anvil.dropped")) {
            spoilt_whole = next;
        }
    }
    let place = Place::new(spoilt_whole.as_table().expect("a table"));
    assert!(spoilt_whole.to_string().matches("PWNED").count() > 20, "{spoilt_whole}");
    place.check_all(&["--catalog", "own", "--config", ""], true, &ALL);
    place.check_all(&[], true, &ALL);
}

#[test]
fn every_string_of_a_story_is_harmless_in_every_command() {
    let url = responding();
    let lines: [&[&str]; 7] = [
        &["send", "@twice", "--dry-run", "-v", "--to", &url],
        &["send", "@twice", "--to", &url, "--time-scale", "100000"],
        &["send", "@twice", "--to", &url, "--time-scale", "100000", "--json"],
        &["run", "stories/twice.toml", "--to", &url, "--time-scale", "100000", "--junit", "junit.xml"],
        &["run", "@twice", "--to", &url, "--time-scale", "100000", "--json"],
        &["events", "@twice"],
        &["doctor", "--timeout", "1s"],
    ];
    let runs = each(each_spoilt(STORY), |story| {
        let place = Place::new(&table(DESCRIPTION));
        place.write("stories/twice.toml", &story.to_string());
        place.check(lines[1], None, &[Onto::Terminal]);
        lines.iter().map(|words| place.check(words, None, &[Onto::Log])).sum()
    });
    assert!(runs > 200, "{runs}");
}

#[test]
fn every_string_of_a_project_is_harmless_in_every_command() {
    let lines: [&[&str]; 7] = [
        &["send", "acme/anvil.dropped"],
        &["send", "acme/anvil.dropped", "--dry-run", "-v"],
        &["check", "--list"],
        &["config"],
        &["config", "--json"],
        &["doctor", "--timeout", "1s"],
        &["events", "acme"],
    ];
    let runs = each(each_spoilt(PROJECT), |project| {
        let place = Place::new(&table(DESCRIPTION));
        place.write("hookproof.toml", &project.to_string());
        place.check(&["config"], None, &[Onto::Pipe, Onto::Terminal]);
        lines.iter().map(|words| place.check(words, None, &[Onto::Log])).sum()
    });
    assert!(runs > 150, "{runs}");
}

/// A file that cannot be read at all is shown where it is wrong.
#[test]
fn files_that_are_no_toml_are_harmless_in_their_complaints() {
    for text in [format!("a = {HOSTILE}"), format!("# {HOSTILE}\nb = \"{HOSTILE}"), format!("[x]\n'{HOSTILE}' = 1")] {
        let place = Place::new(&table(DESCRIPTION));
        for file in ["hookproof.toml", "stories/twice.toml", "own/acme/provider.toml", "own/acme/anvil.dropped.json"] {
            let kept = fs::read_to_string(place.folder.path().join(file)).expect("text");
            place.write(file, &text);
            for words in [["events", "acme"], ["send", "@twice"], ["run", "@twice"], ["doctor", "--port=0"]] {
                place.check(&words, None, &[Onto::Log, Onto::Terminal]);
            }
            place.write(file, &kept);
        }
    }
}

/// Each flag and each positional word of each command. A flag may refuse the text, take it for a file's name, or use it.
#[test]
fn every_word_of_the_command_line_is_harmless() {
    let place = Place::new(&table(DESCRIPTION));
    place.write(&format!("stories/{HOSTILE}.toml"), STORY);
    place.write(&format!("own/{HOSTILE}/provider.toml"), DESCRIPTION);
    place.write(&format!("file{HOSTILE}"), "no TOML, no HTTP");
    let commands = hookproof::cli::command();
    let runs = each(commands.get_subcommands(), |command| {
        let name = command.get_name();
        let unknown = format!("--nothing{HOSTILE}");
        let mut runs = place.check(&[name, &unknown], None, &[Onto::Log, Onto::Terminal]);
        // What only ends with a signal is not run.
        let lasts = |argument: &&clap::Arg| argument.get_id() == "follow" || argument.get_id() == "time";
        for argument in command.get_arguments().filter(|argument| !lasts(argument)) {
            let flag = argument.get_long().map(|long| format!("--{long}"));
            for value in [HOSTILE.to_string(), format!("a=b{HOSTILE}")] {
                let ends: &[&str] = if name == "listen" { &["--for", "1ms", "--port", "0"] } else { &[] };
                let words = [&[name], flag.as_deref().as_slice(), &[value.as_str()], ends].concat();
                runs += place.check(&words, None, &[Onto::Log]);
            }
        }
        runs
    });
    let odd = place.check(&[HOSTILE], None, &ALL);
    assert_eq!(odd + place.check(&["events", HOSTILE, "--catalog", HOSTILE], None, &ALL), 6);
    assert!(runs > 400, "{runs}");
}

#[test]
fn every_variable_is_harmless() {
    let readme = include_str!("../../README.md");
    let mut names: Vec<String> = readme
        .split("HOOKPROOF_")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect())
        .map(|name: String| format!("HOOKPROOF_{name}"))
        .chain(["ACME_SECRET", "GITHUB_STEP_SUMMARY", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"].map(String::from))
        .collect();
    names.sort();
    names.dedup();
    assert!(names.len() > 10, "{names:?}");
    let place = Place::new(&table(DESCRIPTION));
    for name in &names {
        for words in [
            ["send", "acme/anvil.dropped", "--dry-run"].as_slice(),
            &["config"],
            &["check", "1"],
            &["history"],
            &["doctor", "--timeout", "1s"],
            &["sign", "body", "--provider", "acme"],
        ] {
            place.check(words, Some((name, HOSTILE)), &[Onto::Pipe, Onto::Log]);
        }
        place.check(&["config"], Some((name, HOSTILE)), &[Onto::Terminal]);
    }
}

/// A receiver whose reason, headers and body are hostile, as far as HTTP lets them.
fn responding() -> String {
    on_each(|mut stream| {
        read_request(&mut stream);
        let line: String = HOSTILE.chars().filter(|c| !"\r\n".contains(*c)).collect();
        let head = format!("HTTP/1.1 400 ::error::x {line}\r\nX-A: ::error::{line}\r\nLocation: /{line}\r\n");
        let body = format!("{HOSTILE}{{\"{HOSTILE}\"}}");
        let _ = write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    })
}

#[test]
fn a_response_is_harmless_in_every_command_and_report() {
    let url = responding();
    let place = Place::new(&table(DESCRIPTION));
    let report = ["html=r.html", "markdown=r.md", "junit=r.xml", "json=r.json"];
    for words in [
        ["send", "acme/anvil.dropped", "-v", "--to", &url].as_slice(),
        &["send", "acme/anvil.dropped", "--json", "--to", &url],
        &["send", "acme/anvil.dropped", "--to", &url, "--count", "3", "--retry", "1ms"],
        &["check", &url, "--provider", "acme", "--only", "valid*"],
        &["check", &url, "--provider", "acme", "--json"],
        &["check", &url, "--provider", "acme", "--report", report[0], "--report", report[1], "--report", report[2]],
        &["run", "stories/twice.toml", "--to", &url, "--time-scale", "100000", "--junit", "junit.xml"],
    ] {
        place.check(words, None, &ALL);
    }
    for name in ["r.html", "r.md", "r.xml", "junit.xml"] {
        let text = fs::read_to_string(place.folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        is_harmless(&text.replace("<![CDATA[", ""), name);
    }
}

#[test]
fn a_delivery_and_its_journal_are_harmless_in_every_command() {
    for flags in ["", "--compact", "--full", "--json"] {
        let run = Run::new().env("GITHUB_ACTIONS", "true").env("HOOKPROOF_JOURNAL", "kept.jsonl");
        let listener = listen_with(run, &format!("--count 1 --secret k {flags}"));
        let value: String = HOSTILE.chars().filter(|c| !c.is_ascii_control()).collect();
        let headers = [("X-Superfolio-Signature", value.as_str()), ("User-Agent", &value), ("X-A", "::error::x")];
        let event =
            serde_json::json!({ "event_type": HOSTILE, "event_id": HOSTILE, "scope": HOSTILE, HOSTILE: HOSTILE });
        post(listener.port, &headers, event.to_string().as_bytes());
        let finished = listener.exits(0);
        is_harmless(&finished.stdout(), flags);
        is_harmless(&finished.stderr(), flags);
    }
}

/// Whoever can write to a journal can write anything.
#[test]
fn every_string_of_a_journal_line_is_harmless() {
    let place = Place::new(&table(DESCRIPTION));
    let run = Run::new();
    let kept = run.folder().join("kept.jsonl");
    let path = kept.to_str().expect("text").to_string();
    let listener = listen_with(run, &format!("--count 1 --journal {path}"));
    post(listener.port, &[("X-A", "b")], br#"{"event":"x","n":1}"#);
    let finished = listener.exits(0);
    let line = fs::read_to_string(&kept).expect("a journal");
    drop(finished);
    let whole: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let id = whole["id"].as_str().expect("an id").to_string();
    let members: Vec<String> = whole.as_object().expect("an object").keys().cloned().collect();
    for name in &members {
        for raw in [false, true] {
            let mut line = whole.clone();
            line[name] = match &whole[name] {
                serde_json::Value::Array(_) => serde_json::json!([[HOSTILE, HOSTILE]]),
                _ => HOSTILE.into(),
            };
            // Another program may write the characters as they are.
            let text = if raw { line.to_string() } else { line.to_string().replace(HOSTILE, "\\u001b") };
            place.write("kept.jsonl", &format!("{text}\n{HOSTILE}\n"));
            for words in [
                ["history", "--journal", "kept.jsonl"].as_slice(),
                &["history", &id, "--journal", "kept.jsonl"],
                &["history", "--json", "--journal", "kept.jsonl"],
                &["export", "--journal", "kept.jsonl", "--last"],
                &["export", "--journal", "kept.jsonl", "--last", "--format", "http"],
                &["replay", "--journal", "kept.jsonl", "--last", "--dry-run", "-v", "--to", "1"],
                &["verify", "kept.jsonl", "--provider", "acme"],
            ] {
                place.check(words, None, &[Onto::Log]);
            }
            place.check(&["history", &id, "--journal", "kept.jsonl"], None, &[Onto::Terminal]);
        }
    }
}

/// A body and a signature reach a program unchanged, and a person or a log never as something that would act.
#[test]
fn exact_output_is_exact_in_pipes_and_files_and_never_altered_in_a_log() {
    let place = Place::new(&table(DESCRIPTION));
    let body = "{\"a\":\"\u{202e}\u{e0100}\",\n::error::x\u{1b}[31m ##[error]";
    place.write("raw", body);
    let words = [
        "render",
        "acme/anvil.dropped",
        "--seed",
        "1",
        "--at",
        "2026-06-01T12:00:00Z",
        "--set",
        "weight=\"\u{202e}\u{e0100}##[error]\"",
    ];
    let piped = place.run(&words, None, Onto::Pipe).expect("a pipe").0;
    assert!(piped.contains("\u{202e}\u{e0100}##[error]"), "{piped:?}");
    let (logged, told) = place.run(&words, None, Onto::Log).expect("a pipe");
    assert!(logged.is_empty() && told.contains("hint: write it to a file"), "{logged:?} {told}");
    let file = fs::File::create(place.folder.path().join("out")).expect("a file");
    let mut command = bare(BINARY, place.folder.path());
    assert!(command.args(words).env("GITHUB_ACTIONS", "true").stdout(file).status().expect("the binary").success());
    assert_eq!(fs::read_to_string(place.folder.path().join("out")).expect("text"), piped);
    if let Some((shown, _)) = place.run(&words, None, Onto::Terminal) {
        assert!(shown.contains("\\u{202e}\\u{e0100}# #[error]"), "{shown}");
    }
}
