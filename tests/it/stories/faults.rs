//! Stories that are wrong: what is said of them, and where.

use super::CHECKOUT;
use crate::support::{accepting, hookproof, stub};

#[test]
fn a_file_s_fault_is_shown_where_it_stands() {
    let check = |story: &str, place: &str, what: &str| {
        let run = hookproof("send s.toml --to self").file("s.toml", story).exits(2);
        let text = run.stderr();
        assert!(text.contains(&format!("s.toml:{place}: ")) && text.contains(what), "{place} {what}\n{text}");
    };
    check("", "1:1", "no steps");
    check("[[step]]\nevnt = 1", "2:1", "unknown field `evnt`");
    check("[[step]]\nevent = 'komo/SiteVewed'", "2:9", "did you mean `komo/SiteViewed`?");
    check("[[step]]\nevent = 'superfolio/activity.*'", "2:9", "7 events, and a step is one");
    check("provider = 'kmo'\n[[step]]\nevent = 'SiteViewed'", "1:12", "no provider is called");
    check("[[step]]\nevent = 'komo/SiteViewed'\nnew = ['visitor']", "3:8", "komo has no identity `visitor`");
    check("[[step]]\nevent = 'komo/SiteViewed'\nid = { a = 1 }", "3:8", "komo has no identity `a`");
    check("[[step]]\nevent = 'komo/SiteViewed'\nset = { 'a..b' = 1 }", "3:9", "is not a path");
    check("[[step]]\nevent = 'komo/SiteViewed'\nfault = 'tamperd'", "3:9", "no case is called `tamperd`");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = '5'", "3:9", "500ms");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndata = '{'", "3:8", "JSON");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.status = 'ok'", "3:17", "is no status");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.text = { matches = '(' }", "3:15", "is no pattern");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = 3", "3:9", "expected a duration like");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.header = { 'a b' = 'x' }", "3:19", "`a b` is no header name");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.body.a = { json = '{' }", "3:17", "this text is");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.body.a.b = { matches = 1 }", "3:13", "a pattern is a text");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = '2562047788015215h'", "3:9", "longer than a year");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndelay = '2s'", "3:9", "this is the first");
    check("[[step]]\nevent = 'superfolio/form.submitted'\nnew = ['user']", "3:8", "`user` stays what it is");
    check("[[step]]\nevent = 'superfolio/form.submitted'\nnew = ['sesion']", "3:8", "did you mean `session`?");
    check("[[step]]\nevent = 'superfolio/form.submitted'\nid = { user = '' }", "3:8", "the identity `user` is empty");
    check("[[step]]\nevent = 'komo/SiteViewed'\ndata = 'x.json'", "3:8", "a table is wanted");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.body.a = { json = '> 3' }", "3:17", "a text needs no `json`");
    check("[[step]]\nevent = 'komo/SiteViewed'\nset-string.id = 7", "3:12", "expected a text");
    check("[[step]]\nevent = 'komo/SiteViewed'\nexpect.status = []", "3:17", "expects no status");
    check("[[step]]\nevent = ''", "2:9", "no event is named");
    check("[step]\nevent = 'komo/SiteViewed'", "1:1", "a step is [[step]]");
    let twice = "[[step]]\nevent = 'komo/SiteViewed'\n";
    check(&format!("{twice}set = {{ 'a.b' = 1, a = {{ b = 2 }} }}"), "3:20", "`a.b` is changed twice");
    check(&format!("{twice}set = {{ id = 1 }}\nunset = ['id']"), "4:10", "`id` is changed twice");
    hookproof("send gone.toml --to self").exits(3).says("gone.toml");
}

#[test]
fn a_story_is_no_load() {
    hookproof("send @hot-lead --count 3 --to 3000")
        .exits(2)
        .says("--count is for an event, and `@hot-lead` is a story")
        .says("hint: a load fires events");
    hookproof("send @hot-lead --variants --to 3000")
        .exits(2)
        .says("--variants is for an event")
        .says("`variant` itself");
    hookproof("send @hot-lead --for 3s --to 3000").exits(2).says("--for is for an event");
    for weather in ["--shuffle", "--duplicate 2", "--drop 10%"] {
        hookproof(&format!("send komo/SiteViewed --count 3 --to 3000 {weather}")).exits(2).says("cannot be used with");
    }
}

#[test]
fn a_story_that_can_t_be_told_to_its_end_is_not_begun() {
    let stub = accepting();
    let story = "[[step]]\nevent = \"komo/SiteViewed\"\n[[step]]\nevent = \"komo/SiteViewed\"\n";
    for command in ["send", "run"] {
        let run = hookproof(&format!("{command} s.toml --to")).arg(&stub.url);
        let run = run.file("s.toml", format!("{story}set.nowhere = 1\n"));
        let run = run.exits(2).says("s.toml:5:5: `nowhere` is not in the body of komo/SiteViewed\n");
        run.says("hookproof events komo/SiteViewed").says("`create = true` makes a new place");
    }
    assert!(stub.is_idle());
}

#[test]
fn what_only_making_a_step_shows_is_told_where_it_stands() {
    let check = |step: &str, place: &str, what: &str, hint: &str| {
        for command in ["send", "run"] {
            let run = hookproof(&format!("{command} s.toml --to 9")).file("s.toml", format!("[[step]]\n{step}"));
            let told = run.env("HOOKPROOF_SECRET", "it's a secret to nobody").exits(2).stderr();
            let is_told = |part: &str| told.contains(part);
            assert!(is_told(&format!("s.toml:{place}: {what}")) && is_told(hint), "{place} {what} {hint}\n{told}");
            assert!(!is_told("--create") && !is_told("--set") && is_told("^"), "{told}");
        }
    };
    let lead = |rest: &str| format!("event = 'superleap/lead.create'\n{rest}");
    check(&lead("set = { 'after.statu' = 1 }"), "3:9", "`after.statu`", "did you mean `after.status`? `create = true`");
    check(&lead("set.after.status.deep = 1"), "3:5", "`after.status.deep`", "did you mean `after.status`?\n");
    check(&lead("set.after.one = 1"), "3:5", "`after.one`", "`create = true` makes a new place");
    check(&lead("create = true\nset = { 'after.status.deep' = 1 }"), "4:9", "`after.status.deep` can't be", "");
    check(&lead("unset = [\n'after.id', 'after.mial']"), "4:13", "`after.mial`", "hint: did you mean `after.email`?\n");
    check(&lead("data = { a = 1 }\nafter = { a = 2 }"), "4:9", "`after` is not", "leave one of the two out");
    check(
        "event = 'superfolio/form.submitted'\nbefore = { a = 1 }",
        "3:10",
        "superfolio/form.submitted has no records",
        "`set` and `data`",
    );
    check("event = 'superleap/lead.create'\nid = { org = \"a\\nb\" }", "3:8", "the header", "");
    check("event = 'komo/SiteViewed'\nfault = 'tampered'", "3:9", "komo/SiteViewed has no case", "check --list");
    // What the command line says stands in no file.
    let of_flag = hookproof("send s.toml --set nowhere=1 --to 9").file("s.toml", CHECKOUT).exits(2);
    of_flag.says("step 1 of s.toml: `nowhere`").says("--create makes a new place");
}

#[test]
fn what_takes_from_a_story_what_makes_it_one_is_told() {
    let run = |words: &str| hookproof(&format!("send {words} --dry-run --to self")).exits(0);
    run("@lead-life --before {}").says("--before goes to every step of superleap/@lead-life");
    let told = run("@lead-life --verbatim");
    told.says("with --verbatim every superleap/lead.update of superleap/@lead-life has one id");
    assert!(!run("@hot-lead --verbatim").stderr().contains("note: with"), "each event is there once");
}

#[test]
fn a_story_that_is_wrong_hides_none_of_the_others() {
    let of = |words: &str| {
        let run = hookproof(words).env("HOOKPROOF_STORIES", "s").file("s/good.toml", CHECKOUT);
        run.file("s/bad.toml", "[[step]]\nevnt = 1\n")
    };
    let listed = of("events").exits(0).prints("@good").says("note: s/bad.toml:2:1: unknown field `evnt`");
    assert!(!listed.stdout().contains("@bad") && listed.stderr().contains("`hookproof doctor`"));
    of("send @good --dry-run --to self").exits(0);
    of("send @bad --dry-run --to self").exits(2).says("s/bad.toml:2:1");
}

#[test]
fn what_a_story_says_drives_no_terminal() {
    let story = "summary = \"a \\u001b[31m\"\n[[step]]\nname = \"b \\u001b[2J\"\nevent = \"komo/SiteViewed\"\nexpect.text = \"\\u001b[m\"\n";
    let receiver = stub(|_| (200, Vec::new(), "\u{1b}]0;x\u{7}]]>\u{fffe}\n::error::x".to_string()));
    for words in [
        "events",
        "events s/evil.toml",
        "send @evil --dry-run --to self",
        "send @evil --to",
        "run @evil --junit r.xml --to",
    ] {
        let run = hookproof(words).env("HOOKPROOF_STORIES", "s").file("s/evil.toml", story);
        let report = run.folder().join("r.xml");
        let run = if words.ends_with("--to") { run.arg(&receiver.url) } else { run };
        let finished = run.output();
        let written = std::fs::read_to_string(report).unwrap_or_default();
        let shown = [finished.stdout(), finished.stderr(), written].concat();
        assert!(
            shown.contains("\\u{1b}") && !shown.contains(['\u{1b}', '\u{fffe}']) && !shown.contains("\n::error::"),
            "{words}\n{shown}"
        );
    }
}
