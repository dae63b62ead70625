//! Tab in real shells on a terminal: names that come from strangers never run a command, and ordinary ones complete.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use crate::support::BINARY;
use crate::support::testing::{bare, has_program};

const TYPIST: &str = include_str!("completions/typist.py");

/// A shell that a person sits at.
struct Shell {
    name: &'static str,
    command: &'static [&'static str],
    /// Counts prompts, marks second prompts, and reads the completion script.
    setup: &'static str,
    /// Keys that accept what a Tab shows.
    accept: &'static str,
}

const BASH: Shell = Shell {
    name: "bash",
    command: &["bash", "--norc", "--noprofile", "-i"],
    setup: "PROMPT_COMMAND='echo >> $LOG/prompts'; PS2='<''more>'; bind '\"\\C-o\": menu-complete'; \
            bind '\"\\C-p\": insert-completions'; source <(hookproof completions bash)",
    accept: "",
};
const ZSH: Shell = Shell {
    name: "zsh",
    command: &["zsh", "-f", "-i"],
    setup: "precmd() { echo >> $LOG/prompts }; PROMPT2='<''more>'; autoload -U compinit; compinit -u -D; \
            source <(hookproof completions zsh)",
    accept: "",
};
const FISH: Shell = Shell {
    name: "fish",
    command: &["fish", "--no-config", "-i"],
    setup: "function counted --on-event fish_prompt; echo >> $LOG/prompts; end; hookproof completions fish | source",
    accept: "",
};
const ELVISH: Shell = Shell {
    name: "elvish",
    command: &["elvish", "-norc"],
    setup: "set edit:completion:binding[Ctrl-G] = { edit:completion:accept }; set edit:insert:binding[Ctrl-G] = { nop }; \
            set edit:before-readline = [{ echo >> $E:LOG/prompts }]; eval (hookproof completions elvish | slurp)",
    accept: "\u{7}",
};

/// Names of files and fields. Each has a first letter of its own, which is typed.
const NAMES: [&str; 13] = [
    "pl ain",
    "q$(touch PWNED)",
    "s';touch PWNED;'",
    "b`touch PWNED`",
    "v!!",
    "w;touch PWNED;x",
    "n\"$(touch PWNED)\"",
    "Ü;touch PWNED;$(touch PWNED)",
    "z\\$(touch PWNED)",
    "k&touch PWNED&",
    "g*lob {a,b} ~ #",
    "h^[x]|<y>",
    "c:on\u{20ac}'\\",
];
/// Names that no shell is offered.
const NEVER: [&str; 4] = ["l\nine", "e\u{1b}[31m", "t\tab", "i\u{202e}nv"];

/// A line that is typed up to the Enter, and the last word that `hookproof` is started with.
struct Line {
    keys: String,
    last: Option<String>,
}

fn line(keys: impl Into<String>, last: &str) -> Line {
    Line { keys: keys.into(), last: Some(last.to_string()) }
}

/// Whether a shell is offered a name inside these quotes.
fn is_offered(shell: &Shell, quote: &str, name: &str) -> bool {
    let never: &[char] = match (shell.name, quote) {
        ("bash", "'") => &['`', '\'', '!'],
        ("bash" | "zsh", "\"") => &['`', '"', '$', '\\', '!'],
        ("bash", "$'") => &['`', '\'', '\\', '!'],
        _ => &['`'],
    };
    !name.contains(never)
}

/// A Tab behind the first letter of each of these names, in each kind of quotes that the shell has. A Tab that offers
/// nothing leaves the quotes open.
fn hostile_lines(shell: &Shell, before: &str, names: &[&str]) -> Vec<Line> {
    let quotes = if ["bash", "zsh"].contains(&shell.name) { &["", "'", "\"", "$'"][..] } else { &["", "'", "\""] };
    let of_name = |quote: &str, name: &str| {
        let begun: String = name.chars().take(1).collect();
        if is_offered(shell, quote, name) {
            return line(format!("{before}{quote}{begun}\t{}", shell.accept), name);
        }
        line(format!("{before}{quote}{begun}\t{}", quote.trim_start_matches('$')), &begun)
    };
    quotes.iter().flat_map(|quote| names.iter().map(|name| of_name(quote, name))).collect()
}

/// A folder with a user's files, a catalog and a journal that strangers could have filled. A shell completes files on its
/// own where it does not ask the script, so `files` may be left out.
fn root(files: &[&str]) -> TempDir {
    let root = TempDir::new().expect("a scratch folder");
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(path, text).expect("the file");
    };
    let all: Vec<&str> = NAMES.iter().chain(&NEVER).copied().collect();
    for name in files {
        write(&format!("work/{name}"), "");
    }
    write("work/--forward=evil", "");
    write("work/m y/f.json", "");
    write("home/t ilde", "");
    write("log/prompts", "");
    fs::write(root.path().join("work").join(OsStr::from_bytes(b"r\xff")), "").expect("a name that is not UTF-8");
    let fields: serde_json::Map<_, _> =
        all.iter().map(|name| ((*name).to_string(), "$(touch PWNED)\n;touch PWNED".into())).collect();
    write("catalog/acme/anvil.dropped.json", &serde_json::Value::from(fields).to_string());
    let provider = "name = 'Acme'\nsummary = 'x'\npage = 'https://a.example'\nchecked = '2026-11-20'\n\
                    [events.'anvil.dropped']\nsummary = '$(touch PWNED):x'";
    write("catalog/acme/provider.toml", provider);
    let ids = [
        "$(touch${IFS}PWNED)",
        "x';touch${IFS}PWNED;#",
        "y\"$(touch${IFS}PWNED)",
        "`touch${IFS}PWNED`",
        "=PWNED;",
        "o:k/1",
        "-q",
    ];
    write("journal", &ids.map(entry).concat());
    let hookproof = format!(
        "#!/bin/sh\ncase \"$1\" in __complete|completions) exec '{BINARY}' \"$@\" ;; esac\n\
         {{ printf 'RUN\\0'; for word; do printf '%s\\0' \"$word\"; done; }} >> \"$LOG/words\"\n"
    );
    write("bin/hookproof", &hookproof);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(root.path().join("bin/hookproof"), executable).expect("an executable");
    root
}

/// An entry of the journal whose sender gave it this id.
fn entry(id: &str) -> String {
    let entry = serde_json::json!({
        "hookproof": "journal/1", "id": "7k3m2p9q", "received": "2026-06-01T00:00:00Z", "verdict": "unchecked",
        "reason": "", "repeat_of": null, "answer": {"status": 200}, "method": "POST", "target": "/", "headers": [],
        "body": "", "delivery_id": id,
    });
    format!("{entry}\n")
}

/// Types these lines into a shell. Nothing where it is not installed, or where no terminal can be made.
fn typed(shell: &Shell, root: &Path, lines: &[&str]) -> Option<Vec<serde_json::Value>> {
    if !has_program(shell.name) || !has_program("python3") {
        return None;
    }
    let folder = |name: &str| root.join(name).display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut typist = bare("python3", &root.join("home"));
    typist.env("PATH", format!("{}:{path}", folder("bin")));
    typist
        .env("LOG", folder("log"))
        .env("HOOKPROOF_CATALOG", folder("catalog"))
        .env("HOOKPROOF_JOURNAL", folder("journal"));
    typist.env("TERM", "xterm").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    typist.args(["-c", TYPIST]).arg(root).arg(serde_json::json!(shell.command).to_string());
    let output = typist.arg(shell.setup).arg(serde_json::json!(lines).to_string()).output().expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let read: Vec<_> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read.len(), lines.len(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(read)
}

/// Types these lines, and expects their last words and that no command but `hookproof` ran.
fn check(shell: &Shell, files: &[&str], lines: &[Line]) {
    let root = root(files);
    let keys: Vec<&str> = lines.iter().map(|line| line.keys.as_str()).collect();
    let Some(done) = typed(shell, root.path(), &keys) else { return };
    let home = root.path().join("home").display().to_string();
    let mut wrong = Vec::new();
    for (line, done) in lines.iter().zip(&done) {
        let last = done["words"].as_array().and_then(|runs| runs.last()?.as_array()?.last());
        let last = last.and_then(|word| word.as_str()).map(|word| word.replace(&home, "HOME"));
        if line.last.is_some() && last != line.last {
            wrong.push(format!("{:?}: {last:?} is not {:?}: {}", line.keys, line.last, done["seen"]));
        }
    }
    assert!(wrong.is_empty(), "{}: {}", shell.name, wrong.join("\n"));
    for folder in ["work", "home"] {
        assert!(!root.path().join(folder).join("PWNED").exists(), "{}: a command ran", shell.name);
    }
}

/// Lines that a person types every day.
fn ordinary_lines(shell: &Shell) -> Vec<Line> {
    let accept = shell.accept;
    let tab = |typed: &str, last: &str| line(format!("hookproof {typed}\t{accept}"), last);
    let mut lines = vec![
        tab("send superfolio/form.su", "superfolio/form.submitted"),
        tab("send 'superfolio/form.su", "superfolio/form.submitted"),
        tab("send \"superfolio/form.su", "superfolio/form.submitted"),
        tab("render form.submitted --set data.submission.i", "data.submission.id="),
        tab("render form.submitted --set=data.submission.i", "--set=data.submission.id="),
        tab("render 'superfolio/activity.*' --variant tr", "tracked"),
        tab("run @hot", "@hot-lead"),
        tab("check --report junit=p", "junit=pl ain"),
        tab("sign 'm y/", "m y/f.json"),
        tab("sign 'm y/'", "m y/f.json"),
        tab("history --id o", "o:k/1"),
        tab("history --id 'o", "o:k/1"),
        tab("history --id \"o", "o:k/1"),
    ];
    if shell.name != "elvish" {
        lines.push(tab("sign m\\ y/", "m y/f.json"));
        lines.push(tab("sign ~/t", "HOME/t ilde"));
    }
    lines
}

/// Lines at which nothing that a stranger named may be offered.
fn guarded_lines(shell: &Shell) -> Vec<Line> {
    let mut lines = Vec::new();
    if shell.name == "bash" {
        lines.push(line("hookproof history --id \"$\t\"", "$"));
    }
    for quote in ["'", "\""] {
        for id in ["x", "y", "=", "-"] {
            lines.push(line(format!("hookproof history --id {quote}{id}\t{quote}"), id));
        }
        // Of seven ids, one needs no quotes anywhere.
        lines.push(line(format!("hookproof history --id {quote}\t{}", shell.accept), "o:k/1"));
    }
    lines.push(line("hookproof sign --forw\t", "--forw"));
    lines.push(line("hookproof sign r\t", "r"));
    lines.extend(NEVER.map(|name| line(format!("hookproof sign {}\t", &name[..1]), &name[..1])));
    lines
}

/// Keys of bash that insert more than one candidate, and words whose end bash alone knows.
fn bash_lines() -> Vec<Line> {
    let unset = "hookproof render anvil.dropped --unset";
    vec![
        // Readline takes the open quote away when it inserts all candidates.
        line(format!("{unset} 'q\u{10}'"), "q"),
        line(format!("{unset} \"w\u{10}\""), "w"),
        line(format!("{unset} 'q\u{f}"), "q$(touch PWNED)"),
        line(format!("{unset} \"$(echo a)\" w\t"), "w"),
        // Readline takes the last of these quotes for an open one.
        line(format!("{unset} $'it\\'s' w\t"), "w"),
        line(format!("{unset} 'a'$'q\t'"), "aq"),
    ]
}

/// Tabs inside substitutions: a shell does not say what is around the command. Each is tried with the quotes left open
/// and closed, so only one of both ends well.
fn nested_lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for (open, close) in [("echo `", "`"), ("echo $(", ")"), ("echo \"`", "`\""), ("echo \"$(", ")\"")] {
        for (quote, name) in ["", "'", "\""].iter().flat_map(|quote| ["q", "z", "w"].map(|name| (quote, name))) {
            let begun = format!("{open}hookproof render anvil.dropped --unset {quote}{name}\t");
            lines.push(Line { keys: format!("{begun}{close}"), last: None });
            lines.push(Line { keys: format!("{begun}{quote}{close}"), last: None });
        }
    }
    lines
}

/// Names that stand for themselves in the path of a field.
fn fields() -> Vec<&'static str> {
    NAMES.into_iter().filter(|name| !name.contains(['"', '['])).collect()
}

fn completes_safely(shell: &Shell, own: Vec<Line>) {
    let mut lines = hostile_lines(shell, "hookproof sign ", &NAMES);
    lines.extend(hostile_lines(shell, "hookproof render anvil.dropped --unset ", &fields()));
    lines.extend(guarded_lines(shell));
    lines.extend(ordinary_lines(shell));
    lines.extend(own);
    check(shell, &[&NAMES[..], &NEVER].concat(), &lines);
}

#[test]
fn a_strangers_name_runs_no_command_in_bash() {
    completes_safely(&BASH, bash_lines());
    check(&BASH, &[], &nested_lines());
}

#[test]
fn a_strangers_name_runs_no_command_in_zsh() {
    completes_safely(&ZSH, Vec::new());
    check(&ZSH, &[], &nested_lines());
}

#[test]
fn a_strangers_name_runs_no_command_in_fish() {
    let nested = hostile_lines(&FISH, "echo (hookproof render anvil.dropped --unset ", &["q$(touch PWNED)"]);
    let closed = nested.into_iter().map(|line| Line { keys: line.keys + ")", last: line.last });
    completes_safely(&FISH, closed.collect());
}

#[test]
fn a_strangers_name_runs_no_command_in_elvish() {
    completes_safely(&ELVISH, Vec::new());
}
