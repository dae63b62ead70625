//! Small inputs that ask for much: templates, numbers, files, patterns. Each is refused, or costs what its length does.
#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::own_catalog::{DESCRIPTION, SAMPLE};
use crate::support::{Finished, Run, accepting};

/// What no command may need for any of these.
const SOON: Duration = Duration::from_secs(60);
/// Memory that is enough for any of these, in KiB.
const MEMORY: &str = "ulimit -c 0; ulimit -v 3000000";

/// The binary with bounded memory, in a folder with a provider of its own.
fn bounded(words: &str, description: &str) -> Run {
    let run = Run::after(MEMORY).args(words.split_whitespace()).env("ACME_SECRET", "tnt");
    run.file("own/acme/provider.toml", description).file("own/acme/anvil.dropped.json", SAMPLE)
}

#[track_caller]
fn soon(run: Run, code: i32) -> Finished {
    let begun = Instant::now();
    let finished = run.exits(code);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert!(finished.stderr().len() < 2_000, "{}", finished.stderr());
    finished
}

/// The description with another text in the place of one.
fn with(old: &str, new: &str) -> String {
    assert!(DESCRIPTION.contains(old), "{old}");
    DESCRIPTION.replace(old, new)
}

fn nested(depth: usize) -> String {
    format!("{}x{}", "{base64:".repeat(depth), "}".repeat(depth))
}

#[test]
fn a_template_in_a_description_is_bounded() {
    let templates =
        [nested(9), nested(100), nested(100_000), "{".repeat(100_000), "{hex:256}".repeat(20), "x".repeat(5_000)];
    for template in &templates {
        for old in ["\"dl_{hex:12}\"", "\"{event}\""] {
            let description = with(old, &format!("\"{template}\""));
            soon(bounded("events acme --catalog own", &description), 3).says("own/acme/provider.toml:");
        }
        let content = with("prefix = \"v1=\"", &format!("content = \"{template}\""));
        soon(bounded("events acme --catalog own", &content), 3).says("own/acme/provider.toml:");
        let answer = format!(
            "{DESCRIPTION}[[handshake]]\nname = 'x'\nwhen = {{ body = 'id', is = 'x' }}\nanswer = \"{template}\"\n"
        );
        soon(bounded("events acme --catalog own", &answer), 3).says("own/acme/provider.toml:");
    }
    soon(bounded("render anvil.dropped --catalog own", &with("dl_{hex:12}", &nested(8))), 0);
}

/// Names of identities in one another double a text with each line.
#[test]
fn identities_that_name_one_another_are_bounded() {
    let mut description = with("\"dl_{hex:12}\"", "\"{i30}\"").replace(
        "[identity.delivery]",
        "[identity.i0]\nvalue = 'x'\nmake = '{hex:64}'\nlives = 'delivery'\nPLACE[identity.delivery]",
    );
    let line = |n: usize| {
        format!("[identity.i{n}]\nvalue = 'x'\nmake = '{}'\nlives = 'delivery'\n", format!("{{i{}}}", n - 1).repeat(4))
    };
    description = description.replace("PLACE", &(1..=30).map(line).collect::<String>());
    soon(bounded("render anvil.dropped --catalog own", &description), 2)
        .says("identities would be larger than 65.5 KB");
    soon(bounded("render anvil.dropped --catalog own --count 3 --format json", &description), 2);
}

/// A part that is a copy of another doubles a body with each rule.
#[test]
fn bodies_that_grow_with_each_rule_are_bounded() {
    let mirrors = "[[derived]]\npath = 'a'\nmirror = ''\n[[derived]]\npath = 'b'\nmirror = ''\n".repeat(20);
    let run = bounded("render anvil.dropped --catalog own", &format!("{DESCRIPTION}{mirrors}"));
    let run = run.file("own/acme/anvil.dropped.json", SAMPLE.replace('{', "{\"a\": 1, \"b\": 2,"));
    soon(run, 2).says("the body would be larger than 16.7 MB");
    let many = "\"dl_0123456789ab\",".repeat(100_000);
    let run = bounded("render anvil.dropped --catalog own --id", DESCRIPTION)
        .arg(format!("delivery={}", "y".repeat(100_000)));
    let run =
        run.file("own/acme/anvil.dropped.json", SAMPLE.replace("\"weight\": 1E2", &format!("\"all\": [{many}0]")));
    soon(run, 2).says("the body would be larger than 16.7 MB");
}

#[test]
fn a_description_has_a_bounded_number_of_tables() {
    let alias = |n: usize| format!("[alias.a{n}]\nname = 'A'\nmode = 'hmac'\n");
    let aliases = (0..101).map(alias).collect::<Vec<_>>().concat();
    soon(bounded("events acme --catalog own", &format!("{DESCRIPTION}{aliases}")), 3)
        .says("there are 101 tables of `alias`");
    let mirrors = "[[derived]]\npath = 'id'\nmirror = 'at'\n".repeat(50_000);
    soon(bounded("events acme --catalog own", &format!("{DESCRIPTION}{mirrors}")), 3).says("tables of `derived`");
}

#[test]
fn numbers_of_a_description_are_bounded() {
    let retry = |text: &str| format!("{DESCRIPTION}[delivery.retry]\n{text}\n");
    for text in [
        "times = 10001",
        "times = 9223372036854775807",
        "times = 18446744073709551615\nwithin = '1h'",
        "times = 18446744073709551616",
        "times = -1",
        "every = '0s'\nwithin = '1h'",
        "after = ['366d']",
        "after = ['1e300s']",
        "growing = '1e18d'",
        "every = '1h'",
    ] {
        soon(bounded("events acme --catalog own", &retry(text)), 3).says("own/acme/provider.toml");
    }
    let many = format!("after = [{}]", "'0s',".repeat(20_000));
    soon(bounded("events acme --catalog own", &retry(&many)), 3).says("too often");
    let receiver = accepting();
    for text in [
        "times = 10000\nwithin = '1h'",
        "every = '1ms'\nwithin = '365d'",
        "growing = '365d'\nevery = '1ms'\nwithin = '365d'",
    ] {
        let run = bounded("send anvil.dropped --catalog own --retry provider --time-scale 1e9 --to", &retry(text));
        soon(run.arg(&receiver.url), 0);
    }
    for old in ["{digits:0}", "{digits:257}", "{hex:999999999}", "{base62:18446744073709551616}", "{hex:-1}"] {
        soon(bounded("events acme --catalog own", &with("{hex:12}", old)), 3).says("needs a length from 1 to 256");
    }
    let huge = format!("{DESCRIPTION}[delivery]\nanswer_within = 9223372036854775807\n");
    let run = bounded("check --catalog own -p acme --only accepts", &huge).arg(&receiver.url);
    let finished = run.output();
    assert!(matches!(finished.output.status.code(), Some(0..=3)), "{}", finished.stderr());
}

#[test]
fn a_path_has_a_bounded_number_of_steps() {
    for path in ["a.".repeat(60_000) + "b", "[0]".repeat(40_000), "/a".repeat(60_000)] {
        let run = bounded("render anvil.dropped --catalog own --create --set", DESCRIPTION).arg(format!("{path}=1"));
        soon(run, 2).says("it has more than 500 steps");
    }
    let run = bounded("render anvil.dropped --catalog own --create --set", DESCRIPTION);
    soon(run.arg(format!("{}b=1", "a.".repeat(499))), 0);
}

/// What a folder may hold in the place of a file: it never ends, or is waited for, or is larger than any such file.
const ODD: [(&str, &str); 6] = [
    ("ln -s /dev/zero", "it is not a regular file"),
    ("mkfifo", "it is not a regular file"),
    ("ln -s /dev/tty", "it is not a regular file"),
    ("mkdir", "directory"),
    ("truncate -s 5M", "it has more than 4.1 MB"),
    ("truncate -s 900G", "it has more than 4.1 MB"),
];

/// A run after a shell made something odd under this name.
fn odd(make: &str, name: &str, words: &str) -> Run {
    let script = format!("{MEMORY}; rm -rf '{name}'; {make} '{name}'");
    let run = Run::after(&script).args(words.split_whitespace()).env("ACME_SECRET", "tnt");
    run.file("own/acme/provider.toml", DESCRIPTION).file("own/acme/anvil.dropped.json", SAMPLE)
}

#[test]
fn a_file_of_a_catalog_is_a_regular_file_of_bounded_size() {
    for (make, what) in ODD {
        for name in ["own/acme/more.json", "own/acme/more.form", "own/acme/anvil.dropped.json"] {
            soon(odd(make, name, "events acme --catalog own"), 3).says(what);
        }
        let stories = "own/acme/stories/a.toml";
        let script = format!("mkdir -p own/acme/stories; {make}");
        soon(odd(&script, stories, "events acme --catalog own"), 3).says(what);
        if make != "mkdir" && !make.contains("truncate") {
            odd(make, "own/acme/provider.toml", "events acme --catalog own").exits(3);
        }
    }
    soon(odd("mkdir", "own/acme/loop", "events acme --catalog own").file("own/acme/loop/x", ""), 0);
    soon(odd("ln -s .", "own/loop", "events acme --catalog own"), 0);
    soon(odd("ln -s own", "own/loop", "events acme --catalog own"), 0);
}

#[test]
fn a_file_that_a_project_names_is_a_regular_file_of_bounded_size() {
    let project = |keys: &str| {
        format!(
            "stories = \"st\"\n[targets.local]\nurl = \"http://127.0.0.1:1/x\"\nprovider = \"superfolio\"\n{keys}\n"
        )
    };
    for (make, what) in ODD {
        // A link out of the project is refused before its target is looked at.
        let (code, refusal) = if make.starts_with("ln") { (2, "outside of the project") } else { (3, what) };
        let plain = |keys: &str| odd(make, "odd", "").file("hookproof.toml", project(keys)).file("st/x", "");
        for keys in ["secret_file = 'odd'", "secret_env = 'KEY'\nenv_file = 'odd'"] {
            soon(plain(keys).args(["send", "form.submitted", "--to", "local"]), code).says(refusal);
            let shown = soon(plain(keys).arg("config"), 0);
            assert!(shown.stdout().contains("odd"), "{}", shown.stdout());
        }
        let stories = |words: &str| {
            odd(&format!("mkdir -p st; {make}"), "st/a.toml", words)
                .file("hookproof.toml", project(""))
                .file("st/x", "")
        };
        soon(stories("run @a --to http://127.0.0.1:1/"), code).says(refusal);
        soon(stories("run st --to http://127.0.0.1:1/"), 3).says(what);
        soon(stories("doctor"), 1).prints("st/a.toml");
        let listed = soon(stories("events superfolio"), 0);
        assert!(listed.stderr().contains("st/a.toml"), "{}", listed.stderr());
        // What no project can be is not one.
        let found = odd(make, "hookproof.toml", "config").output();
        assert!(matches!(found.output.status.code(), Some(0 | 3)), "{}", found.stderr());
        let finished = odd(make, ".env", "init --provider superfolio --url 3000/x").output();
        assert!(matches!(finished.output.status.code(), Some(0)), "{make}: {}", finished.stderr());
    }
}

#[test]
fn a_folder_has_a_bounded_number_of_entries_and_bytes() {
    let many = "mkdir -p st own/acme; (cd st && seq -f '%g.toml' 10001 | xargs touch); (cd own/acme && seq -f '%g.x' 10001 | xargs touch)";
    let run = |words: &str| Run::after(&format!("{MEMORY}; {many}")).args(words.split_whitespace());
    soon(run("run st --to 1/"), 3).says("it has more than 10000 entries");
    soon(run("events acme --catalog own").file("own/acme/provider.toml", DESCRIPTION), 3)
        .says("it has more than 10000 entries");
    let large = "for i in $(seq 17); do truncate -s 4M own/acme/$i.json; done";
    soon(
        Run::after(&format!("{MEMORY}; {large}"))
            .args(["events", "acme", "--catalog", "own"])
            .file("own/acme/provider.toml", DESCRIPTION),
        3,
    )
    .says("its files have more than 67.1 MB together");
}

#[test]
fn a_file_that_the_command_line_names_may_be_a_pipe_and_is_bounded() {
    let story = "summary = 'x'\nprovider = 'komo'\n[[step]]\nevent = 'SiteViewed'\n";
    let receiver = accepting();
    let piped = |words: &str, text: &str| {
        let run =
            Run::after(&format!("{MEMORY}; mkfifo p.toml; (cat text > p.toml) & :")).args(words.split_whitespace());
        run.file("text", text)
    };
    soon(piped("run p.toml --to", story).arg(&receiver.url), 0);
    soon(piped("sign p.toml -p superfolio --secret k", "{}"), 0);
    soon(piped("render SiteViewed --data p.toml", "{}"), 0);
    soon(piped("config --config p.toml", "timeout = '3s'\n"), 0);
    soon(piped("sign nothing -p superfolio --secret-file p.toml", "secret").file("nothing", ""), 0);
    for words in [
        "sign /dev/zero -p superfolio --secret k",
        "render SiteViewed --data /dev/zero",
        "replay /dev/zero --to 1/",
        "sign body -p superfolio --secret-file /dev/zero",
        "sign body -p superfolio --env-file /dev/zero --secret-env A",
        "config --config /dev/zero",
        "check 1/ -p komo --baseline /dev/zero",
        "verify /dev/zero --as http --secret k",
        "send SiteViewed --to 1/ --cacert /dev/zero",
        "send SiteViewed --to 1/ --body /dev/zero",
    ] {
        let run = Run::after(MEMORY).args(words.split_whitespace()).file("body", "{}");
        run.exits(3).says("it has more than 268.4 MB, the most that is read of it");
    }
}

#[test]
fn a_pattern_that_could_take_minutes_fails_at_once() {
    let receiver = crate::support::stub(|_| {
        (200, vec![("X-A", "a".repeat(2_000))], format!("{{\"a\":\"{}\"}}", "a".repeat(4_000_000)))
    });
    let story = |expect: &str| {
        format!("summary = 'x'\nprovider = 'komo'\n[[step]]\nevent = 'SiteViewed'\n[step.expect]\n{expect}\n")
    };
    let run = |expect: &str| {
        Run::after(MEMORY).args(["run", "s.toml", "--json", "--to", &receiver.url]).file("s.toml", story(expect))
    };
    for expect in [
        "text = { matches = '[a-z]{1,1000}z' }",
        "body = { a = { matches = '[a-z]{1,1000}z' } }",
        "text = { matches = '(a?){0,500}b' }",
        "text = { matches = '(.*){0,200}z' }",
        "text = { matches = '(a|b)*a(a|b){400}z' }",
    ] {
        let begun = Instant::now();
        let lines = run(expect).exits(1).stdout();
        assert!(begun.elapsed() < SOON && lines.contains("pattern-too-costly"), "{expect}: {lines}");
    }
    for (expect, code) in [
        ("text = { matches = 'a{10}' }", 0),
        ("text = { matches = '^.a' }", 1),
        ("header = { X-A = { matches = '[a-z]{1,1000}z' } }", 1),
        ("text = { matches = '(a+)+b' }", 1),
        ("text = { matches = '\\Aé' }", 1),
    ] {
        soon(run(expect), code);
    }
    for pattern in
        ["a{1000}{1000}{1000}".to_string(), "x".repeat(5_000), "(".repeat(2_000), "[[:word:]]{9999}{99}".to_string()]
    {
        soon(run(&format!("text = {{ matches = '{pattern}' }}")), 2);
    }
}
