//! A broken folder of a catalog: reported once, and an error only for what needs it.

use crate::own_catalog::{DESCRIPTION, SAMPLE, with_acme};
use crate::support::{Finished, Run, accepting, hookproof, listen_with, post};

const STORY: &str = "[[step]]\nevent = \"acme/anvil.dropped\"\n";

/// A catalog with a sound provider `acme` and a broken folder of this name.
fn with_broken(name: &str, words: &str) -> Run {
    let description = DESCRIPTION.replace("prefix", "prefixx").replace("X-Acme", "X-Broken");
    let run = with_acme(words).file(&format!("own/{name}/provider.toml"), description);
    run.file(&format!("own/{name}/thing.broke.json"), SAMPLE).file(&format!("own/{name}/stories/fall.toml"), STORY)
}

fn count(finished: &Finished, text: &str) -> usize {
    finished.stderr().matches(text).count()
}

#[test]
fn a_broken_folder_is_reported_once_and_stops_nothing_that_does_not_need_it() {
    let stub = accepting();
    for words in [
        "events --catalog own",
        "events acme --json --catalog own",
        "events superfolio/form.submitted --catalog own",
        "render anvil.dropped --catalog own",
        "send anvil.dropped --to self --json --catalog own",
        "check --list --provider acme --catalog own",
        "config --catalog own",
        "send tale.toml --to self --catalog own",
    ] {
        let finished = with_broken("other", words).file("tale.toml", STORY).env("ACME_SECRET", "tnt").exits(0);
        assert_eq!(count(&finished, "own/other/provider.toml:15: "), 1, "{words}\n{}", finished.stderr());
        assert_eq!(count(&finished, "`hookproof doctor --catalog own`"), 1, "{words}");
        assert!(!finished.stdout().contains("own/other"), "{words}");
    }
    with_broken("other", "send anvil.dropped --catalog own --to").arg(&stub.url).env("ACME_SECRET", "tnt").exits(0);
    assert!(!stub.next().all("x-acme-signature").is_empty());
    let quiet = with_broken("other", "events acme -q --catalog own").exits(0);
    assert_eq!(quiet.stderr(), "");
    let finished = with_broken("other", "events acme").env("HOOKPROOF_CATALOG", "own").exits(0);
    assert_eq!(count(&finished, "own/other/provider.toml:15: "), 1);
    let own = ".config/hookproof/catalog/other/provider.toml";
    let finished = hookproof("events").file(own, "name = ").exits(0);
    assert_eq!(count(&finished, "catalog/other/provider.toml:1: "), 1);
}

#[test]
fn what_needs_a_broken_folder_fails_by_its_fault() {
    let config = "[targets.own]\nurl = \"3000/\"\nprovider = \"other\"\nsecret_env = \"S\"\n";
    for words in [
        "events other --catalog own",
        "events other/thing.broke --catalog own",
        "events other/* --catalog own",
        "events thing.broke --catalog own",
        "events --provider other --catalog own",
        "events other/@fall --catalog own",
        "events @fall --catalog own",
        "render thing.broke --catalog own",
        "send other --to self --catalog own",
        "send other/@fall --to self --catalog own",
        "send superfolio/form.submitted --to own --catalog own --dry-run",
        "check 3000/ --provider other --catalog own",
        "verify body --provider other --as body --catalog own",
        "sign body --provider other --catalog own",
        "listen --port 0 --provider other --catalog own",
        "listen --port 0 --expect other/thing.broke --catalog own",
        "listen --port 0 --expect thing.broke --catalog own",
        "run tale.toml --to 1/ --catalog own",
        "config --catalog own",
    ] {
        let run = with_broken("other", words).file("body", "{}").file("hookproof.toml", config);
        let finished = run.file("tale.toml", "[[step]]\nevent = \"other/thing.broke\"\n").env("S", "tnt").exits(3);
        assert_eq!(count(&finished, "own/other/provider.toml:15: "), 2, "{words}\n{}", finished.stderr());
    }
}

#[test]
fn a_broken_folder_hides_the_built_in_provider_that_it_replaces() {
    for words in [
        "events superfolio --catalog own",
        "render superfolio/form.submitted --catalog own",
        "render form.submitted --catalog own",
        "send superfolio/form.submitted --to self --catalog own",
        "send superfolio/@hot-lead --to self --catalog own",
        "verify body -p superfolio --as body --catalog own",
    ] {
        with_broken("superfolio", words).file("body", "{}").exits(3).says("error: own/superfolio/provider.toml:15: ");
    }
    // Nothing of the folder can be read, so that only its name is known.
    hookproof("send svix --to self --catalog own")
        .file("own/standard-webhooks/provider.toml", "broken")
        .exits(3)
        .says("error: own/standard-webhooks/provider.toml:1: ");
    let listed = with_broken("superfolio", "events --json --catalog own").exits(0).lines();
    assert!(listed.iter().all(|line| line["provider"] != "superfolio"));
    assert!(listed.iter().any(|line| line["provider"] == "acme"));
    // A sound folder of a later place takes its place.
    with_broken("superfolio", "events superfolio --catalog own --catalog later")
        .file("later/superfolio/provider.toml", DESCRIPTION)
        .file("later/superfolio/anvil.dropped.json", SAMPLE)
        .exits(0)
        .prints("superfolio/anvil.dropped")
        .says("own/superfolio/provider.toml:15: ");
}

#[test]
fn every_fault_of_a_folder_leaves_only_that_folder_out() {
    let sound = DESCRIPTION;
    let folder = |words: &str, files: &[(&str, &str)]| {
        let run = with_acme(words).file("own/other/provider.toml", sound).file("own/other/anvil.dropped.json", SAMPLE);
        files.iter().fold(run, |run, (name, text)| run.file(&format!("own/other/{name}"), text))
    };
    for (files, place) in [
        ([("lost.json", "{}")], "own/other/lost.json: "),
        ([("anvil.dropped.json", "{")], "own/other/anvil.dropped.json:1: "),
        ([("stories/x.toml", "[[step]]\nevent = \"gone\"\n")], "own/other/stories/x.toml:2: "),
        ([("stories/x.toml", "[[step")], "own/other/stories/x.toml:1: "),
        ([("provider.toml", "name = \"A\"")], "own/other/provider.toml:"),
    ] {
        let finished = folder("events acme --catalog own", &files).exits(0);
        assert_eq!(count(&finished, place), 1, "{}", finished.stderr());
        folder("events other --catalog own", &files).exits(3);
    }
    let binary = with_acme("events acme --catalog own").file("own/other/provider.toml", [0xff]);
    assert_eq!(count(&binary.exits(0), "own/other/provider.toml: "), 1);
    // A story that needs a broken folder breaks no other one.
    let run = with_broken("other", "events acme --catalog own");
    let run = run.file("own/acme/stories/both.toml", "[[step]]\nevent = \"other/thing.broke\"\n");
    run.exits(0).prints("acme/anvil.dropped");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_looked_into_is_left_out_too() {
    let run = with_acme("events acme --catalog own");
    let folder = run.folder().join("own");
    std::os::unix::fs::symlink("nowhere", folder.join("acme/more.json")).expect("a link");
    run.exits(3).says("own/acme/more.json: ");
    let run = with_acme("events acme --catalog own");
    std::fs::create_dir(run.folder().join("own/other")).expect("a folder");
    std::os::unix::fs::symlink("nowhere", run.folder().join("own/other/provider.toml")).expect("a link");
    run.exits(0).says("own/other/provider.toml: ");
}

#[test]
fn a_place_that_is_not_there_is_an_error_only_on_the_command_line() {
    hookproof("events --catalog nowhere").exits(3).says("error: can't read nowhere");
    let gone = hookproof("events komo").env("HOOKPROOF_CATALOG", "nowhere").exits(0).prints("komo/SiteViewed");
    gone.says("HOOKPROOF_CATALOG: can't read nowhere: ").says("hint: correct HOOKPROOF_CATALOG, or unset it");
    let config = "catalogs = [\"nowhere\"]\n";
    let gone = hookproof("events komo").file("hookproof.toml", config).exits(0).prints("komo/SiteViewed");
    gone.says("hookproof.toml:1:12: there is no folder nowhere");
}

#[test]
fn a_catalog_without_providers_is_no_fault() {
    for name in ["own/README.md", "own/.gitkeep"] {
        let finished = hookproof("events komo --catalog own").file(name, "").exits(0);
        assert_eq!(finished.stderr(), "");
        let finished = hookproof("events komo").env("HOOKPROOF_CATALOG", "own").file(name, "").exits(0);
        assert_eq!(finished.stderr(), "");
        let doctor = hookproof("doctor --json --port 0 --catalog own").file(name, "").exits(0);
        let found = doctor.lines().into_iter().filter(|line| line["check"] == "catalog");
        assert_eq!(found.map(|line| line["state"].clone()).collect::<Vec<_>>(), ["ok", "ok"]);
    }
    // Another folder is likely meant.
    let wrong = hookproof("events --catalog src").file("src/main/x.txt", "").exits(3);
    wrong.says("no provider is in this folder; expected PROVIDER/provider.toml");
}

#[test]
fn doctor_reports_each_broken_folder_and_uses_the_sound_ones() {
    let run = with_broken("other", "doctor --json --port 0 --catalog own --provider acme");
    let finished = run.file("own/third/provider.toml", "x").env("ACME_SECRET", "hunter2hunter2").exits(1);
    let states = |check: &str| {
        let lines = finished.lines().into_iter().filter(|line| line["check"] == check);
        lines.map(|line| line["state"].as_str().unwrap_or_default().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(states("catalog"), ["ok", "ok", "fault", "fault"]);
    assert_eq!(states("secret"), ["ok"]);
}

#[test]
fn an_unrecognised_delivery_may_be_of_a_broken_folder() {
    let http = "POST / HTTP/1.1\r\nHost: a\r\nX-Broken-Signature: v1=00\r\n\r\n{}";
    let finished = with_broken("other", "verify request --as http --catalog own").file("request", http).exits(2);
    finished.says("own/other was left out, since it is broken");
    let listener = listen_with(with_broken("other", ""), "--catalog own --json --count 2");
    post(listener.port, &[("X-Broken-Signature", "v1=00")], b"{}");
    post(listener.port, &[("X-Acme-Signature", "v1=00"), ("X-Acme-Event", "anvil.dropped")], SAMPLE.as_bytes());
    let lines = listener.exits(0).lines();
    let reason = |at: usize| lines[at].to_string().contains("own/other was left out");
    assert!(reason(0) && !reason(1), "{lines:?}");
}

#[test]
fn trust_and_replay_need_the_folder_that_they_are_about() {
    let config = "catalogs = [\"own\"]\n[targets.far]\nurl = \"http://receiver.invalid/\"\n";
    let run = with_broken("other", "config trust").file(".git/HEAD", "").file("hookproof.toml", config);
    run.exits(3).says("own/other/provider.toml:15: ");
    let kept = "{\"hookproof\":\"delivery/1\",\"provider\":\"other\",\"events\":[\"thing.broke\"],\"verdict\":\"valid\",\
        \"method\":\"POST\",\"target\":\"/\",\"headers\":[[\"X-Broken-Event\",\"thing.broke\"]],\"body\":\"{}\"}\n";
    for words in ["replay kept --to 1/ --catalog own", "export kept --format http --catalog own"] {
        with_broken("other", words).file("kept", kept).exits(3).says("own/other/provider.toml:15: ");
    }
}
