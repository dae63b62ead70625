//! Scripts that `export` and `render` write, run by real shells: data of catalogs, journals and stories stays data.
#![cfg(unix)]

use std::collections::HashSet;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::testing::{bare, has_program, path_of};
use crate::support::{Run, hookproof, raw_receiver};

/// What stands in the place of each string. Whatever of it a shell runs leaves a file behind. A name of an event or a
/// story is a file's name too, so there is no slash.
const PAYLOADS: [&str; 4] = [
    "x'\"$(touch PWNED)`touch PWNED`;touch PWNED;'\\",
    "x\ntouch PWNED\n'\ntouch PWNED\n\"\ntouch PWNED #\r\u{1b}]0;x\u{7}\n::error::x",
    "X:-$(touch PWNED)}\"; touch PWNED; '##[error]x ##vso[task.complete]y",
    "a\\' ; touch PWNED # é\u{202e} ${HOME} !! %s \\101 *",
];

const DESCRIPTION: &str = r#"
name = "Acme"
summary = "Anvils"
page = "https://acme.example/webhooks"
checked = "2026-11-20"
undocumented = ["how anvils fall"]
[secret]
env = "ACME_TOKEN"
find = "in the vault"
begins = ["tok"]
[[signature]]
mode = "plain"
algorithm = "token"
header = "X-Acme-Token"
secret = "required"
[[signature]]
mode = "signed"
algorithm = "hmac-sha256"
header = ["X-Acme-Signature", "X-Acme-Sign"]
secret = "required"
prefix = "v1="
encoding = "hex"
content = "{id}.{timestamp}.{body}"
timestamp = { header = "X-Acme-Time", unit = "s" }
id = { header = "X-Acme-Id", make = "id_{uuid}" }
when = { header = "X-Acme-Mode", is = "signed" }
[header]
Content-Type = "application/json"
"X-Acme-Event" = "{event} of acme"
[event]
name = { body = "type" }
id = { body = "id" }
[recognise]
headers = ["X-Acme-Token"]
user_agent = "acme/1"
[delivery]
retries = "none"
success = ["2xx"]
[time]
event = "at"
[identity.delivery]
at = ["id"]
make = "dl_{hex:12}"
lives = "delivery"
[alias.acme2]
name = "Acme Two"
mode = "plain"
env = "ACME2_TOKEN"
page = "https://acme2.example/"
[events."anvil.dropped"]
summary = "An anvil fell"
scope = "anvils"
[events."anvil.dropped".variants."heavy"]
summary = "A heavy one"
"#;
const SAMPLE: &str = r#"{"id":"dl_0123456789ab","type":"anvil.dropped","at":"2026-01-02T03:04:05Z","note":"it's"}"#;
const STORY: &str = r#"
summary = "An anvil falls twice"
[[step]]
event = "anvil.dropped"
set.note = "first"
[[step]]
event = "anvil.dropped"
name = "again"
delay = "1s"
set.note = "second"
id.delivery = "dl_000000000000"
set-string.more = "it's"
create = true
expect.status = "2xx"
"#;
const ENTRY: &str = r#"{"hookproof":"journal/1","id":"aaaaaaaa","received":"2026-06-01T12:00:00.123456Z","peer":"127.0.0.1:1",
    "provider":"acme","event":"anvil.dropped","delivery_id":"d1","verdict":"valid","reason":"right","repeat_of":"bbbbbbbb",
    "answer":{"status":200},"method":"PUT","target":"/old?a=b","headers":[["Host","old.example"],["X-A","1"],
    ["X-Acme-Token","[token, 5 characters]"],["Connection","close"]],"body":"{}"}"#;

/// A catalog of one provider, with the names that are also names of files.
#[derive(Clone)]
struct Own {
    provider: String,
    description: String,
    event: String,
    variant: String,
    story: String,
    story_text: String,
}

impl Own {
    fn new() -> Self {
        Self {
            provider: "acme".into(),
            description: DESCRIPTION.into(),
            event: "anvil.dropped".into(),
            variant: "heavy".into(),
            story: "fall".into(),
            story_text: STORY.into(),
        }
    }

    fn run(&self, words: &[&str]) -> Run {
        let folder = format!("own/{}", self.provider);
        let run = Run::new().args(words).args(["--catalog", "own"]).env("ACME_TOKEN", "t'oken");
        run.file(&format!("{folder}/provider.toml"), &self.description)
            .file(&format!("{folder}/{}.json", self.event), SAMPLE)
            .file(&format!("{folder}/{}--{}.json", self.event, self.variant), SAMPLE)
            .file(&format!("{folder}/stories/{}.toml", self.story), &self.story_text)
    }
}

/// Every text that differs from this one in one string, which is the payload there, and the string that was.
fn with_each_string(text: &str, payload: &str) -> Vec<(String, String)> {
    let bounds: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
    let replaced = |pair: &[usize]| {
        let (begin, end) = (pair[0] + 1, pair[1]);
        let written = serde_json::to_string(payload).expect("text");
        (text[begin..end].to_string(), [&text[..begin - 1], &written, &text[end + 1..]].concat())
    };
    bounds.chunks(2).map(replaced).collect()
}

/// The shells that are installed.
fn shells() -> Vec<&'static str> {
    ["sh", "dash", "bash", "zsh"].into_iter().filter(|shell| has_program(shell)).collect()
}

/// Runs a script in a folder of its own and asserts that nothing but `curl` ran.
fn run(shell: &str, script: &[u8], words: &[&str]) {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("script"), script).expect("the script");
    let mut command = bare(shell, folder.path());
    command.arg("script").args(words).env("ACME_TOKEN", "t'oken").env("ACME2_TOKEN", "t'oken");
    let output = command.env("HOOKPROOF_SECRET", "any").output().expect("a shell");
    let text = String::from_utf8_lossy(script);
    assert!(output.status.success(), "{shell}: {}\n{text}", String::from_utf8_lossy(&output.stderr));
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").flatten().collect();
    assert_eq!(left.len(), 1, "{shell} ran data of the script: {left:?}\n{text}");
}

/// A log that prints the script finds no command in it, nor does a terminal find a control character.
fn is_harmless(script: &[u8]) {
    let text = std::str::from_utf8(script).expect("a script is text");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(!text.contains("##[") && !text.contains("##vso["), "{text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
}

/// A request as it arrived: its first line, its headers and its body.
fn request(received: &Receiver<Vec<u8>>) -> (String, Vec<Vec<u8>>, Vec<u8>) {
    let seen = received.recv_timeout(Duration::from_secs(10)).expect("a request");
    let end = seen.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let mut lines = seen[..end].split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end().to_vec());
    let first = String::from_utf8_lossy(&lines.next().expect("a first line")).into_owned();
    (first, lines.collect(), seen[end + 4..].to_vec())
}

/// Asserts that a request has this delivery's headers and body, byte for byte.
fn is_exact(got: &(String, Vec<Vec<u8>>, Vec<u8>), delivery: &Value) {
    assert_eq!(String::from_utf8_lossy(&got.2), delivery["body"].as_str().expect("a body"));
    for pair in delivery["headers"].as_array().expect("headers") {
        let [name, value] = [0, 1].map(|at| pair[at].as_str().expect("text"));
        let line = if value.is_empty() { format!("{name}:") } else { format!("{name}: {value}") };
        assert!(got.1.contains(&line.clone().into_bytes()), "no {line:?} in {:?}", got.1);
    }
}

/// Catalogs each of which has the payload in the place of one string of its description, or of one name of a file.
fn hostile_catalogs(payload: &str) -> Vec<Own> {
    let mut all = Vec::new();
    for (was, description) in with_each_string(DESCRIPTION, payload) {
        let mut own = Own { description, ..Own::new() };
        if was == own.event {
            // The event, wherever it is named: its variants come with it.
            own.description = DESCRIPTION.replace("\"anvil.dropped\"", &serde_json::to_string(payload).expect("text"));
            own.story_text = STORY.replace("\"anvil.dropped\"", &serde_json::to_string(payload).expect("text"));
            own.event = payload.to_string();
        } else if was == own.variant {
            own.variant = payload.to_string();
        }
        all.push(own);
    }
    all.push(Own { provider: payload.to_string(), ..Own::new() });
    all.push(Own { story: payload.to_string(), ..Own::new() });
    all
}

#[test]
fn no_string_of_a_catalog_runs_in_a_script_of_render() {
    if !has_program("curl") {
        return;
    }
    let (url, received) = raw_receiver();
    let shells = shells();
    let (mut printed, mut refused, mut seen) = (0, 0, HashSet::new());
    for own in PAYLOADS.iter().flat_map(|payload| hostile_catalogs(payload)) {
        let event = format!("{}/{}", own.provider, own.event);
        let words = |mode, format| {
            let words = ["render", &event, "--to", &url, "--seed", "1", "--at", "2026-06-01T12:00:00Z", "--reveal"];
            let run = own.run(&words).args(["--signature-mode", mode, "--format", format]);
            run.output()
        };
        for mode in ["plain", "signed"] {
            let script = words(mode, "curl");
            if script.output.status.code() != Some(0) {
                assert!(matches!(script.output.status.code(), Some(2 | 3)), "{}", script.stderr());
                refused += 1;
                continue;
            }
            printed += 1;
            // Most strings stand in no script: what was run once is not run again.
            if !seen.insert(script.stdout()) {
                continue;
            }
            is_harmless(&script.output.stdout);
            let delivery: Value = serde_json::from_str(&words(mode, "json").stdout()).expect("a line");
            for shell in &shells {
                run(shell, &script.output.stdout, &[]);
                is_exact(&request(&received), &delivery);
            }
            let raw = words(mode, "http").output.stdout;
            let hookproof::wire::Message { capture, note, .. } = hookproof::wire::read_http(&raw).expect("a request");
            assert_eq!(
                (note, Some(capture.delivery.body.as_slice())),
                (None, delivery["body"].as_str().map(str::as_bytes))
            );
        }
    }
    assert!(printed > 100 && refused > 50 && seen.len() > 20, "{printed} {refused} {}", seen.len());
}

#[test]
fn no_string_of_a_story_runs_in_a_script_of_export() {
    if !has_program("curl") {
        return;
    }
    let (url, received) = raw_receiver();
    let shells = shells();
    let mut exported = 0;
    for payload in PAYLOADS {
        let mut all: Vec<Own> = with_each_string(STORY, payload)
            .into_iter()
            .map(|(_, story_text)| Own { story_text, ..Own::new() })
            .collect();
        all.extend([
            Own { story: payload.to_string(), ..Own::new() },
            Own { provider: payload.to_string(), ..Own::new() },
        ]);
        for own in all {
            let story = format!("{}/@{}", own.provider, own.story);
            let lines =
                own.run(&["send", &story, "--dry-run", "--json", "--to", &url, "--signature-mode", "signed"]).output();
            if lines.output.status.code() != Some(0) {
                assert!(matches!(lines.output.status.code(), Some(2 | 3)), "{}", lines.stderr());
                continue;
            }
            let line = |sent: Value| {
                let (headers, body) = (&sent["headers"], &sent["body"]);
                json!({"hookproof": "delivery/1", "method": "POST", "target": "/", "headers": headers, "body": body})
            };
            let deliveries: Vec<Value> = lines.lines().into_iter().map(line).collect();
            let text: String = deliveries.iter().map(|line| line.to_string() + "\n").collect();
            assert_eq!(deliveries.len(), 2);
            let script = own.run(&["export", "--from", "lines", "--format", "curl"]);
            let script = script.file("lines", text).exits(0).output.stdout;
            is_harmless(&script);
            exported += 1;
            for shell in &shells {
                run(shell, &script, &[&url]);
                for delivery in &deliveries {
                    is_exact(&request(&received), delivery);
                }
            }
        }
    }
    assert!(exported > 20, "{exported}");
}

/// Entries each of which has the payload in the place of one string. Each has a body of its own.
fn hostile_entries() -> Vec<Value> {
    let mut all = Vec::new();
    for payload in PAYLOADS {
        let count = all.len();
        let keys = ["hookproof", "received", "id", "headers"];
        let strings = with_each_string(ENTRY, payload).into_iter();
        let kept = strings.filter(|(was, _)| !keys.contains(&was.as_str()) && !was.starts_with("journal/"));
        all.extend(kept.filter_map(|(_, entry)| serde_json::from_str::<Value>(&entry).ok()).zip(count..).map(
            |(mut entry, n)| {
                if let Some(body) = entry["body"].as_str().map(|body| format!("{n} {body}")) {
                    entry["body"] = body.into();
                }
                entry
            },
        ));
    }
    all
}

fn export(words: &str, entries: &[Value]) -> Run {
    let lines: String = entries.iter().map(|entry| entry.to_string() + "\n").collect();
    let own = Own::new();
    let mut run = own.run(&["export", "--journal", "j", "--event", "*"]).file("j", lines);
    for word in words.split(' ') {
        run = run.arg(word);
    }
    run
}

#[test]
fn no_string_of_a_journal_runs_in_a_script_or_leaves_its_format() {
    let entries = hostile_entries();
    let of_body = |body: &str| entries.iter().find(|entry| entry["body"] == body).expect("a body of ours");
    let har: Value = serde_json::from_str(&export("--format har", &entries).exits(3).stdout()).expect("JSON");
    let archived = har["log"]["entries"].as_array().expect("entries");
    assert!(archived.len() > 60, "{}", archived.len());
    let allowed = ["startedDateTime", "time", "request", "response", "cache", "timings", "comment"];
    for entry in archived {
        let of = of_body(entry["request"]["postData"]["text"].as_str().expect("a body"));
        assert_eq!(entry["request"]["method"], of["method"]);
        assert!(entry.as_object().expect("an object").keys().all(|key| allowed.contains(&key.as_str())));
    }
    let folder = TempDir::new().expect("a folder");
    export("--format http --out", &entries).arg(folder.path().join("all")).exits(3);
    let files: Vec<_> = std::fs::read_dir(folder.path().join("all")).expect("files").flatten().collect();
    assert_eq!(files.len(), archived.len());
    for file in files {
        let raw = std::fs::read(file.path()).expect("a file");
        let hookproof::wire::Message { capture, note, .. } = hookproof::wire::read_http(&raw).expect("a request");
        assert_eq!(note, None);
        let of = of_body(std::str::from_utf8(&capture.delivery.body).expect("text"));
        assert_eq!((&json!(capture.delivery.method), &json!(capture.delivery.target)), (&of["method"], &of["target"]));
        // Host, X-A, the token and the length; a header that the entry's Connection names is of the connection.
        assert!(capture.delivery.headers.0.len() <= 5, "{:?}", capture.delivery.headers);
    }
    if !has_program("curl") {
        return;
    }
    let (url, received) = raw_receiver();
    let script = export("--format curl", &entries).exits(3).output.stdout;
    is_harmless(&script);
    for shell in shells() {
        run(shell, &script, &[&url]);
        for _ in archived {
            let got = request(&received);
            let of = of_body(std::str::from_utf8(&got.2).expect("text"));
            assert_eq!(got.0, format!("{} /hook HTTP/1.1", of["method"].as_str().expect("a method")));
            let mut sent = of.clone();
            let kept = |pair: &&Value| !["Host", "Connection", "X-Acme-Token"].iter().any(|name| pair[0] == *name);
            sent["headers"] = of["headers"].as_array().expect("headers").iter().filter(kept).cloned().collect();
            is_exact(&got, &sent);
        }
    }
}

/// Once `[secret] env` stood unquoted in the script: `${X:-$(touch PWNED):?}`.
#[test]
fn a_variable_that_is_no_name_is_refused_wherever_it_can_stand() {
    let hostile = ["X:-$(touch PWNED)", "", "1A", "A B", "A\\nB", "A}", "-A", "É"];
    for name in hostile {
        for known in ["ACME_TOKEN", "ACME2_TOKEN"] {
            let own = Own { description: DESCRIPTION.replace(known, name), ..Own::new() };
            let finished =
                own.run(&["events", "acme"]).exits(3).says("own/acme/provider.toml:").says("no name of a variable");
            assert!(!finished.stderr().contains("PWNED"), "{}", finished.stderr());
        }
        for words in [
            &["render", "acme", "--format", "curl", "--secret-env"][..],
            &["render", "acme", "--format", "curl", "--reveal", "--secret-env"],
            &["init", "--url", "3000", "--secret-env"],
        ] {
            let name = name.replace("\\n", "\n");
            Own::new().run(words).arg(&name).exits(2);
            if words[0] == "render" {
                Own::new().run(words).arg(format!("acme={name}")).exits(2);
            }
        }
        let toml = format!("[targets.a]\nurl = \"3000\"\nsecret_env = \"{name}\"\n");
        hookproof("config").file("hookproof.toml", toml).exits(2).says("secret_env");
    }
}

/// A shell that a person sits at takes `#` for a command in zsh, and fish reads `\'` otherwise.
#[test]
fn a_script_that_is_pasted_runs_no_data_either() {
    let mut entry: Value = serde_json::from_str(ENTRY).expect("JSON");
    entry["provider"] = "komo".into();
    entry["event"] = "x;touch PWNED;$(touch PWNED)".into();
    entry["target"] = "/a?b=c;touch$IFS''PWNED;$(touch${IFS}PWNED)".into();
    entry["headers"] = json!([["Host", "h"], ["X-A", "a\\"], ["X-B", " ; touch PWNED #"]]);
    entry["body"] = "\\' ; touch PWNED #".into();
    let script = export("--format curl", &[entry]).exits(0).output.stdout;
    let text = String::from_utf8(script).expect("text");
    // What sets the shell up is not what is looked at here.
    let pasted = text.replace("set -eu\n", "").replace("url=${1:?the address is missing: sh FILE URL}\n", "");
    for words in [&["zsh", "-f", "-i"][..], &["bash", "--norc", "-i"], &["fish", "--no-config"], &["dash", "-i"]] {
        let folder = TempDir::new().expect("a folder");
        let input = folder.path().join("input");
        std::fs::write(&input, &pasted).expect("the text");
        if !has_program(words[0]) {
            continue;
        }
        // `curl` is not to be found, and `touch` is.
        let tools = folder.path().join("tools");
        std::fs::create_dir(&tools).expect("a folder");
        std::os::unix::fs::symlink(path_of("touch").expect("touch"), tools.join("touch")).expect("a link");
        let mut command = bare(path_of(words[0]).expect("a shell"), folder.path());
        command.args(&words[1..]).env("PATH", &tools).stdin(std::fs::File::open(&input).expect("the text"));
        command.output().expect("a shell");
        assert!(!folder.path().join("PWNED").exists(), "{words:?} ran data of\n{pasted}");
    }
}

#[test]
fn a_command_that_a_hint_names_runs_no_data() {
    let own = Own { provider: "ac;touch PWNED;me".into(), ..Own::new() };
    let told = own.run(&["check", "3000", "--provider", &own.provider, "--events", "none"]).exits(2).stderr();
    assert!(told.contains("`hookproof events 'ac;touch PWNED;me'`"), "{told}");
    let own = Own { event: "$(touch PWNED)".into(), ..Own::new() };
    let own = Own {
        description: DESCRIPTION.replace("anvil.dropped", &own.event),
        story_text: STORY.replace("anvil.dropped", &own.event),
        ..own
    };
    let told = own.run(&["render", "acme/$(touch PWNED)", "--variant", "none"]).exits(2).stderr();
    assert!(told.contains("`hookproof events 'acme/$(touch PWNED)'`"), "{told}");
    let told = own.run(&["events", "acme/$(touch PWNEE)"]).exits(2).stderr();
    assert!(told.contains("did you mean `'acme/$(touch PWNED)'`"), "{told}");
}
