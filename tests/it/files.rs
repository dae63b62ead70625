//! Files that are written: whole or not at all, with the mode and the links of what they replace.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::programs::Process;
use crate::support::testing::bare;
use crate::support::{BINARY, Run, accepting, hookproof};

/// Commands that write a file, with the file that each writes.
const WRITERS: [(&str, &str); 9] = [
    ("sign body -p discord --generate-key --key-out OUT", "key"),
    ("init --provider superfolio --url 3000/x --secret-env NAME", "hookproof.toml"),
    ("init --provider superfolio --url 3000/x --secret-env NAME --force", "hookproof.toml"),
    ("render form.submitted --unsigned --output OUT", "body"),
    ("render form.submitted --unsigned --format json --count 5000 --output OUT", "lines"),
    ("export --journal journal --last --format har --out OUT", "all.har"),
    ("export --journal journal --event * --format http --out deliveries", "deliveries"),
    ("man --out OUT", "pages"),
    ("check URL -p komo --only accepts --report html=OUT", "report.html"),
];

const ENTRY: &str = r#"{"hookproof":"journal/1","id":"a","received":"2026-06-01T12:00:00Z","peer":null,"provider":null,"event":null,"delivery_id":null,"verdict":"unknown","reason":"","repeat_of":null,"answer":{"status":200},"method":"POST","target":"/","headers":[],"body":"{}"}
"#;

/// A shell that can write no byte into a file, as on a full disk.
const FULL: &str = "trap '' XFSZ; ulimit -f 0";

fn two() -> String {
    ENTRY.to_string() + &ENTRY.replace(r#""id":"a""#, r#""id":"b""#)
}

fn is_temporary(name: &str) -> bool {
    name.contains(".hookproof-")
}

fn names(folder: &Path) -> Vec<String> {
    let name =
        |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name().to_string_lossy().to_string();
    let mut names: Vec<String> = fs::read_dir(folder).expect("the folder").map(name).collect();
    names.sort();
    names
}

/// The files of a folder and of the folders in it.
fn tree(folder: &Path) -> Vec<String> {
    let below = |name: &String| match folder.join(name) {
        path if path.is_dir() => names(&path).iter().map(|inner| format!("{name}/{inner}")).collect(),
        _ => vec![name.clone()],
    };
    names(folder).iter().flat_map(below).collect()
}

fn binary(words: &str, folder: &Path) -> Command {
    let mut command = bare(BINARY, folder);
    command.args(words.split_whitespace());
    command
}

#[test]
fn a_full_disk_leaves_nothing_behind_and_the_next_attempt_succeeds() {
    let receiver = accepting();
    for (words, out) in WRITERS {
        let words = words.replace("OUT", out).replace("URL", &receiver.url);
        let run = Run::after(FULL).args(words.split_whitespace()).file("body", "{}").file("journal", two());
        let folder = run.folder().to_path_buf();
        let before = tree(&folder);
        let finished = run.output();
        assert_ne!(finished.output.status.code(), Some(0), "{words}");
        assert_eq!(tree(&folder), before, "{words}\n{}", finished.stderr());
        let again = binary(&words, &folder).output().expect("the binary");
        assert!(folder.join(out).exists(), "{words}\n{}", String::from_utf8_lossy(&again.stderr));
        assert!(tree(&folder).iter().all(|name| !is_temporary(name)), "{:?}", tree(&folder));
    }
}

#[test]
fn a_full_disk_keeps_the_file_that_was_to_be_replaced() {
    let receiver = accepting();
    for (words, out) in
        WRITERS.into_iter().filter(|(words, _)| !words.contains("--format http") && !words.contains("man"))
    {
        let words = words.replace("OUT", out).replace("URL", &receiver.url);
        let run = Run::after(FULL).args(words.split_whitespace()).file("body", "{}").file("journal", two());
        let run = run.file(out, "old");
        let path = run.folder().join(out);
        let finished = run.output();
        assert_ne!(finished.output.status.code(), Some(0), "{words}");
        assert_eq!(fs::read_to_string(&path).expect("the file"), "old", "{words}");
    }
}

#[test]
fn a_report_that_a_full_disk_refuses_leaves_nothing_and_hides_no_result() {
    let story = "summary = \"x\"\nprovider = \"komo\"\n[[step]]\nevent = \"SiteViewed\"\n";
    let receiver = accepting();
    let words = format!("run story.toml --junit report.xml --to {}", receiver.url);
    let run = Run::after(FULL).args(words.split_whitespace()).file("story.toml", story);
    let folder = run.folder().to_path_buf();
    let finished = run.exits(3).says("can't write report.xml");
    assert_eq!(names(&folder), ["story.toml"]);
    drop(finished);
    hookproof(&words).file("story.toml", story).exits(0);
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode_and_its_links() {
    let check = |set_up: &dyn Fn(&Path), holds: &dyn Fn(&Path) -> bool| {
        let run = hookproof("render form.submitted --unsigned --output out").file("kept/old", "old");
        let folder = run.folder().to_path_buf();
        set_up(&folder);
        let finished = run.exits(0);
        assert!(fs::read_to_string(folder.join("out")).expect("the file").starts_with('{'));
        assert!(holds(&folder), "{:?}", tree(&folder));
        assert!(tree(&folder).iter().all(|name| !is_temporary(name)), "{:?}", tree(&folder));
        drop(finished);
    };
    let mode = |path: &Path| fs::metadata(path).expect("the file").permissions().mode() & 0o7777;
    for wanted in [0o600, 0o640, 0o664, 0o755] {
        let set_up = |folder: &Path| {
            fs::write(folder.join("out"), "old").expect("the file");
            fs::set_permissions(folder.join("out"), fs::Permissions::from_mode(wanted)).expect("the mode");
        };
        check(&set_up, &|folder| mode(&folder.join("out")) == wanted);
    }
    let is_link = |folder: &Path| folder.join("out").symlink_metadata().expect("the link").is_symlink();
    check(&|folder| symlink("kept/old", folder.join("out")).expect("a link"), &|folder| {
        is_link(folder) && fs::read_to_string(folder.join("kept/old")).expect("the file").starts_with('{')
    });
    let two_links = |folder: &Path| {
        symlink("kept/middle", folder.join("out")).expect("a link");
        symlink("new", folder.join("kept/middle")).expect("a link");
    };
    check(&two_links, &|folder| is_link(folder) && tree(folder).contains(&"kept/new".to_string()));
    check(&|folder| fs::hard_link(folder.join("kept/old"), folder.join("out")).expect("a link"), &|folder| {
        fs::metadata(folder.join("kept/old")).expect("the file").nlink() == 2
    });
}

#[test]
fn devices_pipes_and_descriptors_are_written_directly() {
    let render = "render form.submitted --unsigned --output";
    for name in ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "link"] {
        let run = hookproof(render).arg(name);
        if Path::new("/").join(name).parent().is_some_and(|parent| !parent.exists()) {
            continue;
        }
        let folder = run.folder().to_path_buf();
        symlink("/dev/stdout", folder.join("link")).expect("a link");
        let file = fs::File::create(folder.join("taken")).expect("a file");
        let finished = run.writing_to(file);
        assert!(finished.output.status.success(), "{name}: {}", finished.stderr());
        assert!(fs::read_to_string(folder.join("taken")).expect("the file").starts_with('{'), "{name}");
        assert_eq!(names(&folder), ["link", "taken"], "{name}");
    }
    hookproof(&format!("{render} /dev/null")).exits(0);
    assert!(!fs::metadata("/dev/null").expect("the device").is_file());
    let run = Run::after("mkfifo pipe; (cat pipe > taken) & :").args(render.split(' ')).arg("pipe");
    let folder = run.folder().to_path_buf();
    let _finished = run.exits(0);
    let begun = Instant::now();
    while fs::read_to_string(folder.join("taken")).is_ok_and(|text| !text.ends_with('}')) {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(names(&folder), ["pipe", "taken"]);
}

#[test]
fn a_key_is_written_once_however_many_write_it() {
    let run = hookproof("render form.submitted --unsigned").file("body", "{}");
    let folder = run.folder().to_path_buf();
    let words = "sign body -p discord --generate-key --json --key-out key";
    let all: Vec<_> =
        (0..8).map(|_| Process::start(binary(words, &folder).stdout(Stdio::piped()).stderr(Stdio::null()))).collect();
    let all: Vec<_> = all.into_iter().map(|child| child.into_child().wait_with_output().expect("the end")).collect();
    let won: Vec<_> = all.iter().filter(|output| output.status.success()).collect();
    assert_eq!(won.len(), 1);
    assert!(all.iter().filter(|output| !output.status.success()).all(|output| output.stdout.is_empty()));
    assert_eq!(names(&folder), ["body", "key"]);
    symlink("nowhere", folder.join("link")).expect("a link");
    let output = binary(&words.replace(" key", " link"), &folder).output().expect("the binary");
    assert_eq!((output.status.code(), folder.join("nowhere").exists()), (Some(3), false));
    drop(run);
}

#[test]
fn an_interrupted_file_leaves_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let run = hookproof("render form.submitted --unsigned --format json --count 900000000 --output out");
        let folder = run.folder().to_path_buf();
        let running = run.spawn();
        let begun = Instant::now();
        while !names(&folder).iter().any(|name| is_temporary(name)) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it never began");
            std::thread::sleep(Duration::from_millis(5));
        }
        running.signal(signal);
        let finished = running.finish();
        assert_eq!(finished.output.status.code(), Some(code));
        assert!(names(&folder).is_empty(), "{:?}", names(&folder));
    }
}

#[test]
fn what_can_not_be_a_file_is_refused() {
    for (out, set_up) in [("folder", "mkdir folder"), ("none/file", ":"), ("new/", ":"), ("loop", "ln -s loop loop")] {
        let run = Run::after(set_up).args(format!("render form.submitted --unsigned --output {out}").split(' '));
        run.exits(3).says(&format!("can't write {out}"));
    }
}
