//! Questions on a terminal: pickers, `init`, and the ways in which nothing is asked.

use std::process::Stdio;

use crate::support::programs::tool;
use crate::support::testing::has_program;
use crate::support::{Run, accepting, hookproof};

const DOWN: &str = "\u{1b}[B";
const ESCAPE: &str = "\u{1b}";
const INTERRUPT: &str = "\u{3}";
const ENTER: &str = "\r";

/// Runs a command on a terminal of its own. Each step waits until its text stands there, and types then. Prints all that
/// stood there, and exits as the command did.
const TYPIST: &str = r#"
import fcntl, json, os, pty, re, select, struct, sys, termios, time
steps, width, words = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    os.execvp(words[0], words)
seen, new = b"", b""
until = time.monotonic() + 60
def read():
    global seen, new
    if time.monotonic() > until:
        os.kill(child, 9)
        return False
    if not select.select([terminal], [], [], 1)[0]:
        return True
    try:
        got = os.read(terminal, 65536)
    except OSError:
        got = b""
    seen, new = seen + got, new + got
    return bool(got)
for text, keys in steps:
    while text.encode() not in re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", new) and read():
        pass
    new = b""
    time.sleep(0.2)
    try:
        os.write(terminal, keys.encode())
    except OSError:
        pass
while read():
    pass
status = os.waitpid(child, 0)[1]
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
"#;

/// The exit code, and what stood on the terminal; nothing where none can be made here.
fn typed(run: &Run, width: u16, steps: &[(&str, &str)]) -> Option<(i32, String)> {
    let command = run.command();
    let steps = serde_json::to_string(steps).expect("JSON");
    if !has_program("python3") {
        return None;
    }
    let mut typist = tool("python3");
    typist.args(["-c", TYPIST, &steps, &width.to_string()]).arg(command.get_program()).args(command.get_args());
    typist.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    typist.current_dir(command.get_current_dir().expect("a folder")).stdin(Stdio::null());
    let output = typist.output().expect("python3 runs");
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((output.status.code().expect("a code"), String::from_utf8_lossy(&output.stdout).replace('\r', "")))
}

fn on_terminal(words: &str) -> Run {
    hookproof(words).env("TERM", "xterm")
}

#[test]
fn more_than_one_entry_is_removed_only_after_a_yes() {
    let entry = |id: &str| {
        format!(
            "{{\"hookproof\":\"journal/1\",\"id\":\"{id}\",\"received\":null,\"peer\":null,\"provider\":null,\
             \"event\":null,\"delivery_id\":null,\"verdict\":\"unknown\",\"reason\":\"\",\"repeat_of\":null,\
             \"answer\":{{\"status\":200}},\"method\":\"POST\",\"target\":\"/\",\"headers\":[],\"body\":\"\"}}\n"
        )
    };
    let journal = entry("aaaaaaaa") + &entry("bbbbbbbb");
    for (words, steps, code, left) in [
        ("--verdict unknown --delete", &[("Remove 2 entries for good?", "n")][..], 2, 2),
        ("--verdict unknown --delete", &[("Remove 2 entries for good?", "y")], 0, 0),
        ("aaaaaaaa bbbbbbbb --delete", &[("Remove 2 entries for good?", "n")], 2, 2),
        ("--clear", &[("Remove 2 entries for good?", ESCAPE)], 130, 2),
        ("--clear --yes", &[], 0, 0),
        ("aaaaaaaa --delete", &[], 0, 1),
    ] {
        let run = on_terminal(&format!("history --journal j {words}")).file("j", &journal);
        let Some((exit, text)) = typed(&run, 100, steps) else { return };
        let lines = std::fs::read_to_string(run.folder().join("j")).expect("the journal").lines().count();
        assert_eq!((exit, lines), (code, left), "{words}: {text}");
    }
}

#[test]
fn an_event_and_a_target_are_picked_and_the_command_is_told() {
    let stub = accepting();
    let config = format!("[targets.local]\nurl = \"{}\"\n", stub.url);
    let run = on_terminal("send -H X-A:b").file("hookproof.toml", config);
    let steps = [("Which event", "komoSiteView"), ("komo/SiteViewed", ENTER), ("Where to", ENTER)];
    let Some((code, text)) = typed(&run, 100, &steps) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("the same again: hookproof send komo/SiteViewed --to local -H X-A:b"), "{text}");
    assert_eq!(stub.next().all("x-a"), ["b"]);
}

/// The first of the list is what Enter alone takes.
#[test]
fn events_of_the_targets_own_provider_come_first() {
    let config = "[targets.a]\nurl = \"http://127.0.0.1:9/\"\nprovider = \"superleap\"\n\
        [targets.b]\nurl = \"http://127.0.0.1:9/\"\nprovider = \"swapcard\"\n";
    for (words, first) in [
        ("send --dry-run --unsigned --to b", "hookproof send swapcard/"),
        ("render", "hookproof render superleap/"),
        ("run --time-scale 10000 --to b", "hookproof run swapcard/@profile-life"),
    ] {
        let run = on_terminal(words).file("hookproof.toml", config).env("SWAPCARD_WEBHOOK_SECRET", "x");
        let Some((_, text)) = typed(&run, 100, &[("Which", ENTER)]) else { return };
        assert!(text.contains(&format!("the same again: {first}")), "{words}\n{text}");
    }
}

#[test]
fn a_receiver_of_its_own_and_another_address_can_be_picked() {
    let Some((code, text)) = typed(&on_terminal("send komo/SiteViewed"), 100, &[("Where to", ENTER)]) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("200 OK") && text.contains("hookproof send --to self komo/SiteViewed"), "{text}");
    let stub = accepting();
    let steps = [("Where to", DOWN), ("another address", ENTER), ("Address", stub.url.as_str()), ("", ENTER)];
    let (code, text) = typed(&on_terminal("send komo/SiteViewed"), 100, &steps).expect("a terminal");
    assert_eq!(code, 0, "{text}");
    stub.next();
}

#[test]
fn who_breaks_off_ends_it_quietly_with_130() {
    for key in [ESCAPE, INTERRUPT] {
        for words in ["send", "render", "send komo/SiteViewed"] {
            let Some((code, text)) = typed(&on_terminal(words), 80, &[("Wh", key)]) else { return };
            assert_eq!(code, 130, "{words} {key:?}\n{text}");
            assert!(!text.contains("error"), "{text}");
            // The cursor is brought back.
            assert!(text.rfind("\u{1b}[?25h") > text.rfind("\u{1b}[?25l"), "{text:?}");
        }
    }
}

#[test]
fn a_prompt_for_a_secret_that_is_broken_off_leaves_the_terminal_with_its_echo() {
    let shell = format!("\"{}\" send stripe --to 9/; echo \"code $?\"; stty -a", crate::support::BINARY);
    let run = Run::of_shell(&shell).env("TERM", "xterm");
    let Some((code, text)) = typed(&run, 200, &[("Signing secret", INTERRUPT)]) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("code 130") && text.contains(" echo ") && !text.contains("-echo "), "{text}");
}

#[test]
fn nothing_is_asked_in_ci_or_without_input() {
    let never = |run: Run, what: &str| {
        let Some((code, text)) = typed(&run, 80, &[]) else { return };
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(what) && !text.contains("Wh"), "{text}");
    };
    never(on_terminal("send").env("CI", "true"), "no event is given");
    never(on_terminal("send").env("TERM", "dumb"), "no event is given");
    never(on_terminal("send --no-input"), "no event is given");
    never(on_terminal("send komo/SiteViewed --no-input"), "no target is given");
    never(on_terminal("send komo/SiteViewed").env("HOOKPROOF_NO_INPUT", "1"), "no target is given");
    never(on_terminal("init --no-input"), "--url");
    never(on_terminal("render").env("HOOKPROOF_NO_INPUT", "true"), "no event is given");
    let asks = typed(&on_terminal("render").env("HOOKPROOF_NO_INPUT", "0"), 80, &[("Which event", ESCAPE)]);
    assert!(asks.is_none_or(|(code, _)| code == 130));
    let asks = typed(&on_terminal("render").env("CI", "false"), 80, &[("Which event", ESCAPE)]);
    assert!(asks.is_none_or(|(code, _)| code == 130));
}

#[test]
fn a_target_on_another_machine_is_offered_where_it_is_the_default() {
    let config = "target = \"far\"\n[targets.far]\nurl = \"http://receiver.invalid/hook\"\n";
    let run = on_terminal("send komo/SiteViewed --dry-run").file("hookproof.toml", config);
    let Some((code, text)) = typed(&run, 100, &[("Where to", ENTER)]) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("hookproof send --to far komo/SiteViewed --dry-run"), "{text}");
}

#[test]
fn a_narrow_terminal_without_colour_has_a_list_of_whole_lines() {
    let run = on_terminal("render").env("NO_COLOR", "1");
    let Some((code, text)) = typed(&run, 40, &[("Which event", DOWN), ("", ESCAPE)]) else { return };
    assert_eq!(code, 130, "{text}");
    assert!(!text.contains("\u{1b}[3") && !text.contains("\u{1b}[1m"), "{text:?}");
    let longest = text.lines().filter(|line| !line.contains('\u{1b}')).map(|line| line.chars().count()).max();
    assert!(longest.is_some_and(|longest| longest <= 40), "{text}");
}

#[test]
fn a_kept_delivery_is_picked_from_the_journal() {
    let stub = accepting();
    let entry = |id: &str, event: &str| {
        serde_json::json!({
            "hookproof": "journal/1", "id": id, "received": "2026-06-01T12:00:00.000000Z", "peer": null,
            "provider": "komo", "event": event, "delivery_id": null, "verdict": "unsigned", "reason": "",
            "repeat_of": null, "answer": {"status": 200}, "method": "POST", "target": "/",
            "headers": [["Content-Type", "application/json"]], "body": format!("{{\"event\":\"{event}\"}}"),
        })
        .to_string()
    };
    let journal = format!("{}\n{}\n", entry("7k3m9qzx", "SiteViewed"), entry("8k3m9qzx", "SiteOpened"));
    let run = on_terminal(&format!("replay --to {}", stub.url)).file("j", journal).env("HOOKPROOF_JOURNAL", "j");
    let Some((code, text)) = typed(&run, 100, &[("Which delivery", DOWN), ("7k3m9qzx", ENTER)]) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(&format!("hookproof replay 7k3m9qzx --to {}", stub.url)), "{text}");
    assert_eq!(stub.next().body, b"{\"event\":\"SiteViewed\"}");
}

#[test]
fn init_asks_for_what_it_needs() {
    let run = on_terminal("init").file(".env.local", "SUPERFOLIO_WEBHOOK_SECRET=hunter2\nB_WEBHOOK_SECRET=hunter2\n");
    let path = run.folder().join("hookproof.toml");
    let steps = [
        ("Whose webhooks", ENTER),
        ("Address of your receiver", ENTER),
        ("Name of it", ENTER),
        ("Variable with the signing secret", ENTER),
    ];
    let Some((code, text)) = typed(&run, 100, &steps) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let written = std::fs::read_to_string(path).expect("the file");
    for line in ["url = \"http://localhost:3000/webhooks\"", "provider = \"superfolio\"", "env_file = \".env.local\""] {
        assert!(written.contains(line), "{written}");
    }
}

#[test]
fn init_looks_at_its_flags_before_it_asks() {
    for words in ["init --url nowhere", "init --name Local", "init --secret-env hunter2!", "init --env-file -"] {
        let Some((code, text)) = typed(&on_terminal(words), 100, &[]) else { return };
        assert_eq!(code, 2, "{text}");
        assert!(!text.contains("Whose webhooks"), "{text}");
    }
}

#[test]
fn a_sender_of_ones_own_is_none_of_the_providers() {
    let run = on_terminal("init --url 3000 --name mine --secret-env MINE");
    let path = run.folder().join("hookproof.toml");
    let steps = [("Whose webhooks", "none of these"), ("none of these", ENTER)];
    let Some((code, text)) = typed(&run, 100, &steps) else { return };
    assert_eq!(code, 0, "{text}");
    assert!(std::fs::read_to_string(path).expect("the file").contains("# provider = "));
}

#[test]
fn init_that_is_broken_off_writes_nothing() {
    let run = on_terminal("init");
    let path = run.folder().join("hookproof.toml");
    let Some((code, text)) = typed(&run, 100, &[("Whose webhooks", ENTER), ("Address", INTERRUPT)]) else { return };
    assert_eq!(code, 130, "{text}");
    assert!(!path.exists());
}

#[test]
fn a_project_that_is_not_trusted_is_asked_for_once() {
    let proxy = accepting();
    let config =
        "[targets.far]\nurl = \"http://receiver.invalid/hook\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n";
    let words = "send superfolio/form.submitted --to far";
    let start = || on_terminal(words).env("MINE", "hunter2!").env("http_proxy", &proxy.url);
    for no in ["n", ENTER, ESCAPE] {
        let run = start().file("hookproof.toml", config);
        let Some((code, text)) = typed(&run, 200, &[("Trust it?", no)]) else { return };
        assert_eq!(code, if no == ESCAPE { 130 } else { 2 }, "{text}");
        assert!(text.contains("the variable MINE") && text.contains("http://receiver.invalid/hook"), "{text}");
        assert!(proxy.is_idle() && !run.folder().join(".config/hookproof/trusted").exists());
    }
    let run = start().file("hookproof.toml", config);
    let Some((code, text)) = typed(&run, 200, &[("Trust it?", "y")]) else { return };
    assert_eq!(code, 0, "{text}");
    proxy.next();
    let Some((code, text)) = typed(&run, 200, &[]) else { return };
    assert_eq!((code, text.contains("Trust it?")), (0, false), "{text}");
    proxy.next();
    let changed = run.file("hookproof.toml", config.replace("/hook", "/other"));
    let Some((code, text)) = typed(&changed, 200, &[("it has changed since it was trusted. Trust it?", "n")]) else {
        return;
    };
    assert_eq!(code, 2, "{text}");
    let Some((code, text)) = typed(&start().arg("--no-input").file("hookproof.toml", config), 200, &[]) else { return };
    assert_eq!((code, text.contains("Trust it?")), (2, false), "{text}");
    assert!(proxy.is_idle());
}
