//! The completion scripts under `completions/` are generated and checked in.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::programs::make_pipe;
use crate::support::testing::{bare, has_program, path_of, skipped};
use crate::support::{BINARY, Run, hookproof};

const FILES: [(&str, &str); 5] = [
    ("bash", "hookproof.bash"),
    ("zsh", "_hookproof"),
    ("fish", "hookproof.fish"),
    ("powershell", "_hookproof.ps1"),
    ("elvish", "hookproof.elv"),
];

#[test]
fn completions_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let mut stale = Vec::new();
    for (shell, name) in FILES {
        let script = hookproof("completions").arg(shell).exits(0).output.stdout;
        let path = folder.join(name);
        if std::fs::read(&path).ok().as_deref() != Some(script.as_slice()) {
            std::fs::write(&path, script).expect("a writable checkout");
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "were stale and are rewritten, commit them: {stale:?}");
}

#[test]
fn manual_pages_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/man");
    let run = hookproof("man --out made");
    let made = run.folder().join("made");
    let finished = run.exits(0);
    let read = |folder: &Path| -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let page = |path: std::path::PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            (name.unwrap_or_default(), std::fs::read(path).expect("a page"))
        };
        entries.map(|entry| page(entry.expect("an entry").path())).collect()
    };
    let (fresh, kept) = (read(&made), read(&folder));
    assert!(fresh.len() > 10, "{:?}", fresh.keys());
    if fresh != kept {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a writable checkout");
        for (name, page) in &fresh {
            std::fs::write(folder.join(name), page).expect("a writable checkout");
        }
    }
    drop(finished);
    assert!(fresh == kept, "were stale and are rewritten, commit completions/man");
}

#[test]
fn a_manual_page_is_printed_by_name() {
    hookproof("man").exits(0).prints(".TH hookproof 1").prints("hookproof\\-send(1)");
    hookproof("man send")
        .exits(0)
        .prints(".TH hookproof-send 1 \"\" \"hookproof ")
        .prints("\\fBhookproof send\\fR")
        .prints("SECRET AND SIGNATURE")
        .prints("How long an answer may take")
        .prints("\\fB\\-\\-proxy\\fR] [\\fB\\-\\-catalog\\fR]");
    hookproof("man sned").exits(2).says("did you mean `send`?");
    hookproof("man --out /dev/null/x").exits(3).says("/dev/null/x");
}

#[test]
fn a_short_help_is_one_screen_and_the_long_one_has_everything() {
    for name in ["send", "run", "listen", "check", "replay", "history", "export", "verify", "render"] {
        let short = hookproof(name).arg("-h").exits(0).stdout();
        assert!(short.lines().count() <= 48, "{name} -h takes {} lines", short.lines().count());
        assert!(short.contains(&format!("`hookproof {name} --help` has every option")), "{short}");
        let long = hookproof(name).arg("--help").exits(0).stdout();
        assert!(long.contains("Examples:") && long.contains("Everywhere:"), "{long}");
    }
    hookproof("send --help").exits(0).prints("--signature-mode");
    let narrow = hookproof("send -h").env("COLUMNS", "80").exits(0).stdout();
    assert!(narrow.lines().count() <= 60, "send -h takes {} lines of 80 columns", narrow.lines().count());
    assert!(!narrow.contains("--no-input"), "{narrow}");
    hookproof("check --help").exits(0).prints("--no-input");
}

#[test]
fn what_is_no_number_is_told_without_the_words_of_a_parser() {
    for line in ["listen --port abc", "history --last x", "send form.submitted --count 1.5"] {
        let text = hookproof(line).exits(2).stderr();
        assert!(text.contains("a whole number is wanted") && !text.contains("digit found"), "{text}");
        assert!(text.contains("invalid value"), "{text}");
    }
    hookproof("listen --port 99999").exits(2).says("99999");
}

/// What follows a heading in the code stands under it, whether it belongs there or not.
#[test]
fn what_is_under_the_heading_of_a_load_belongs_there() {
    for words in ["send -h", "send --help"] {
        let help = hookproof(words).exits(0).stdout();
        let (before, after) = help.split_once("\nVolume:\n").expect("the heading");
        assert!(after.contains("--count") && after.contains("--rate"), "{help}");
        assert!(before.contains("--header") && !after.contains("--header"), "{help}");
    }
}

/// What the binary offers after these words, as it answers the script of fish.
fn offered(run: Run, words: &[&str]) -> Vec<String> {
    let run = run.args(["__complete", "fish", "0", "hookproof"]).args(words);
    let finished = run.exits(0);
    assert_eq!(finished.stderr(), "", "a Tab is no place for warnings");
    finished.stdout().lines().map(|line| line.split('\t').next().unwrap_or_default().to_string()).collect()
}

#[track_caller]
fn offers(words: &[&str], name: &str) {
    let all = offered(Run::new(), words);
    assert!(all.iter().any(|one| one == name), "{words:?} has no {name} in {all:?}");
}

#[test]
fn a_tab_offers_what_fits_the_word_and_what_was_typed_before() {
    offers(&["send", "superf"], "superfolio/form.submitted");
    offers(&["send", "form.s"], "form.submitted");
    offers(&["events", "--provider", "swap"], "swapcard");
    offers(&["send", "superfolio/form.submitted", "--set", "data.submission.i"], "data.submission.id=");
    offers(&["render", "form.submitted", "--unset", "data.submission.i"], "data.submission.id");
    offers(&["send", "form.submitted", "--id", "subm"], "submission=");
    offers(&["render", "swapcard/profile_update", "--variant", ""], "deleted");
    offers(&["check", "3000/", "--only", "tamp"], "tampered");
    offers(&["explain", "body-n"], "body-newline-added");
    offers(&["send", "form.submitted", "--to", "s"], "self");
    offers(&["send", "form.submitted", "--dry"], "--dry-run");
    offers(&["send", "@hot"], "@hot-lead");
    offers(&["events", "superfolio/@h"], "superfolio/@hot-lead");
    offers(&["run", "superleap/@le"], "superleap/@lead-life");
    offers(&["run", "@hot-lead", "--fail"], "--fail-fast");
    assert_eq!(offered(Run::new(), &["render", "@hot"]), Vec::<String>::new(), "render takes no story");
    offers(&["send", "form.submitted", "--conc"], "--concurrency");
    offers(&["render", "form.submitted", "--cou"], "--count");
    offers(&["send", "'superfolio/form.s"], "superfolio/form.submitted");
    offers(&["render", "superfolio/activity.*", "--variant", ""], "tracked");
    offers(&["send", "--retry", "pro"], "provider");
    offers(&["man", "repl"], "replay");
    let files = || Run::new().file("secret.txt", "s").file("body.json", "{}");
    assert_eq!(offered(files(), &["send", "form.submitted", "--secret-file", "s"]), ["secret.txt"]);
    assert_eq!(offered(files(), &["send", "lead.update", "--before", "b"]), ["body.json"]);
    assert_eq!(offered(files(), &["replay", "bo"]), ["body.json"]);
    assert_eq!(offered(files(), &["check", "3000/", "--report", "junit=s"]), ["junit=secret.txt"]);
    assert_eq!(offered(files(), &["send", "--secret-file", "komo=s"]), ["komo=secret.txt"]);
    offers(&["check", "--report", ""], "html=");
    offers(&["check", "--level", "s"], "should");
    for command in
        [&["history", "--event"][..], &["replay", "--event"], &["check", "--events"], &["listen", "--expect"]]
    {
        offers(&[command, &["superfolio/form.s"]].concat(), "superfolio/form.submitted");
    }
    offers(&["--color", "never", "send", "@hot"], "@hot-lead");
    let fitting = offered(Run::new(), &["send", "superfolio/form.s"]);
    assert_eq!(fitting, ["superfolio/form.submitted"]);
}

#[test]
fn a_tab_knows_the_users_own_catalog_targets_and_journal() {
    let provider = "name = 'Acme'\nsummary = 'x'\npage = 'https://a.example'\nchecked = '2026-11-20'\n[events.'anvil.dropped']\nsummary = 'x'";
    let run = || Run::new().file("acme/provider.toml", provider).file("acme/anvil.dropped.json", r#"{"depth": 1}"#);
    assert_eq!(offered(run(), &["--catalog", "acme", "send", "anv"]), ["anvil.dropped"]);
    assert_eq!(offered(run(), &["--catalog=acme", "send", "acme/anvil.dropped", "--set", "d"]), ["depth="]);
    assert_eq!(offered(run().env("HOOKPROOF_CATALOG", "acme"), &["send", "acme/"]), ["acme/anvil.dropped"]);
    let broken = || run().file("broken/other/provider.toml", "name = ");
    let words = ["--catalog", "broken", "--catalog", "acme", "send", "acme/"];
    let all = offered(broken().env("HOOKPROOF_CATALOG", "nowhere"), &words);
    assert_eq!(all, ["acme/anvil.dropped"], "a broken folder hides no other one");
    let project = Run::new().file("hookproof.toml", "[targets.staging]\nurl = '3000/hook'");
    assert_eq!(offered(project, &["check", "sta"]), ["staging"]);
    let project = Run::new().file("hookproof.toml", "[targets.staging]\nurl = '3000/hook'");
    assert_eq!(offered(project, &["render", "--to", "s"]), Vec::<String>::new(), "render takes an address");
    let story = "[[step]]\nevent = 'komo/SiteViewed'";
    let project = Run::new().file("hookproof.toml", "stories = 's'").file("s/checkout.toml", story);
    assert_eq!(offered(project, &["send", "@ch"]), ["@checkout"]);
    let files = || Run::new().file("hooks/smoke.toml", story).file("hooks/other.toml", "a = 1").file("top.toml", story);
    assert_eq!(offered(files(), &["run", "hooks/"]), ["hooks/smoke.toml"]);
    assert_eq!(offered(files(), &["run", "ho"]), ["hooks/"]);
    assert_eq!(offered(files(), &["send", "top"]), ["top.toml"]);
    assert_eq!(offered(files(), &["run", "@sign"]), ["@sign-up"]);
    let line = r#"{"hookproof":"journal/1","id":"7k3m2p9q","received":"2026-06-01T00:00:00Z","verdict":"valid","reason":"","repeat_of":null,"answer":{"status":200},"method":"POST","target":"/","headers":[],"body":"","delivery_id":"msg:1"}"#;
    let journal = || Run::new().file("j.jsonl", format!("{line}\n"));
    assert_eq!(offered(journal(), &["history", "--journal", "j.jsonl", "7"]), ["7k3m2p9q"]);
    assert_eq!(offered(journal(), &["history", "--journal", "j.jsonl", "--id", "m"]), ["msg:1"]);
    assert_eq!(offered(journal(), &["history", "--journal=j.jsonl", "7"]), ["7k3m2p9q"]);
    assert_eq!(offered(journal().env("HOOKPROOF_JOURNAL", "j.jsonl"), &["replay", "7k"]), ["7k3m2p9q"]);
}

#[test]
fn what_cannot_be_read_offers_nothing_and_says_nothing() {
    let broken = || {
        Run::new()
            .file("hookproof.toml", "[")
            .env("HOOKPROOF_CATALOG", "nowhere")
            .env("HOOKPROOF_JOURNAL", "/dev/null/x")
    };
    let asked = |words: &[&str]| broken().args(["__complete", "fish", "0", "hookproof"]).args(words).exits(0);
    for words in
        [&["check", "st"][..], &["replay", "7"], &["send", "\u{1b}[31m", "--set", "x"], &[], &["nonsense", "a", "b"]]
    {
        assert_eq!(asked(words).stderr(), "", "{words:?}");
    }
    let built_in = offered(broken(), &["send", "superfolio/form.s"]);
    assert_eq!(built_in, ["superfolio/form.submitted"]);
}

/// Asks as bash does at the end of this line. Readline replaces the text behind `|`.
fn in_bash(folder: &Run, typed: &str) -> Vec<String> {
    let (kept, replaced) = typed.split_once('|').expect("a place");
    let output = bare(BINARY, folder.folder())
        .args(["__complete", "bash", &format!("{kept}{replaced}"), "", replaced, "9"])
        .output();
    String::from_utf8_lossy(&output.expect("the binary runs").stdout).lines().map(str::to_string).collect()
}

#[test]
fn bash_gets_what_stands_behind_its_last_break_quoted_where_it_has_to_be() {
    let run = Run::new().file("my hooks/a.json", "{}").file("a b.json", "{}");
    let check = |typed: &str, offered: &[&str]| assert_eq!(in_bash(&run, typed), offered, "{typed}");
    check("hookproof send x --to=|se", &["self"]);
    check("hookproof send x --to=|", &["self"]);
    check("hookproof send form.submitted --set=|data.submission.id", &["data.submission.id="]);
    check("hookproof sign |my", &["my\\ hooks/"]);
    check("hookproof sign '|my", &["my hooks/"]);
    check("hookproof sign \"|my", &["my hooks/"]);
    check("hookproof sign $'|my", &["my hooks/"]);
    check("hookproof sign |'my 'h", &["my\\ hooks/"]);
    check("hookproof events '|superfolio/form.su", &["superfolio/form.submitted"]);
    check("hookproof send 'superfolio/activity.*' --variant |", &["tracked"]);
    check("hookproof sign |~/a", &["~/a\\ b.json"]);
    check("hookproof send @|hot", &["hot-lead"]);
    check("hookproof sign $HOME|/a", &[]);
    check("hookproof sign $(x) |a", &[]);
}

#[test]
fn only_a_request_of_a_script_is_answered_in_place_of_a_command() {
    for shell in ["bash", "fish", "x", "0", ""] {
        let check = "check 1/x --provider superfolio --secret-env S --timeout 1s";
        let run = hookproof(check).env("S", "abcdefgh").env("HOOKPROOF_COMPLETE", shell);
        let finished = run.env("_CLAP_COMPLETE_INDEX", "1").env("_CLAP_IFS", ":").env("COMPLETE", shell).output();
        assert!(finished.output.status.code() != Some(0), "{shell}: {}", finished.stdout());
        hookproof("--").env("HOOKPROOF_COMPLETE", shell).args(["hookproof", "send"]).exits(2);
    }
    for words in
        ["__complete", "__complete csh 0 hookproof", "__complete fish", "__complete fish 0", "__complete bash x"]
    {
        hookproof(words).exits(2).says("error: ");
    }
    hookproof("__complete fish x hookproof").exits(2);
    hookproof("__complete fish 9 hookproof").exits(2);
    hookproof("--quiet __complete fish 0 hookproof").exits(2);
}

#[test]
fn no_variable_of_ours_lets_a_command_succeed_without_doing_anything() {
    let names = ["CATALOG", "CONFIG", "JOURNAL", "NO_INPUT", "SECRET", "STORIES", "TARGET", "TIMEOUT", "COMPLETE"];
    for (name, value) in
        names.iter().flat_map(|name| ["", "0", "1", "x", "bash", "--help", "/"].map(|value| (name, value)))
    {
        let run = hookproof("check 1/x --provider superfolio --secret-env S").env("S", "abcdefgh");
        let finished = run.env(&format!("HOOKPROOF_{name}"), value).output();
        assert!(finished.output.status.code() != Some(0), "HOOKPROOF_{name}={value}: {}", finished.stdout());
    }
}

#[test]
fn a_tab_opens_no_pipe_and_offers_no_id_that_has_to_be_quoted() {
    let line = |id: &str| {
        format!(
            r#"{{"hookproof":"journal/1","id":"7k3m2p9q","received":"2026-06-01T00:00:00Z","verdict":"valid","reason":"","repeat_of":null,"answer":{{"status":200}},"method":"POST","target":"/","headers":[],"body":"","delivery_id":{id}}}"#
        ) + "\n"
    };
    let ids = [
        r#""a;b""#,
        r#""a'b""#,
        r#""a\"b""#,
        r#""a$b""#,
        r#""a b""#,
        r#""a\\b""#,
        r#""é""#,
        r#""-a""#,
        r#""a~""#,
        r#""""#,
        r#""a%+=:,./_-@1""#,
    ];
    let run = Run::new().file("journal", ids.map(line).concat());
    assert_eq!(offered(run, &["history", "--journal", "journal", "--id", ""]), ["a%+=:,./_-@1"]);
    let run = Run::new().file("a.toml", "[[step]]");
    make_pipe(&run.folder().join("b.toml"));
    assert_eq!(offered(run, &["run", "a"]), ["a.toml"]);
}

#[test]
fn the_scripts_work_in_their_shells() {
    let folder = Path::new(BINARY).parent().expect("a folder");
    let check = |shell: &str, script: &str| {
        if !has_program(shell) {
            return;
        }
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let home = tempfile::TempDir::new().expect("a scratch folder");
        let output = bare(shell, home.path()).env("PATH", path).args(["-c", script]).output().expect("the shell runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.contains("superfolio/form.submitted"),
            "{shell}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!text.contains("superfolio/form.spam"), "{shell}: {text}");
    };
    let asked =
        "COMP_LINE='hookproof send superfolio/form.su'; COMP_POINT=${#COMP_LINE}; _hookproof x superfolio/form.su";
    check("bash", &format!("source <(hookproof completions bash); {asked}; echo \"${{COMPREPLY[@]}}\""));
    let in_powershell = |script: &str| match path_of("pwsh") {
        Some(_) => check("pwsh", script),
        None => skipped("PowerShell is not installed"), // No package of a distribution has it.
    };
    in_powershell(
        "hookproof completions powershell | Out-String | Invoke-Expression; $line = 'hookproof send superfolio/form.su'; \
         (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText",
    );
    check("fish", "hookproof completions fish | source; complete -C 'hookproof send superfolio/form.su'");
}
