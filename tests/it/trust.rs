//! Trust in a project: what a configuration that was merely found may not do with secrets before the user says yes.
//!
//! `receiver.invalid` is an address on another machine. A proxy of the user's stands in for it, so that what would go
//! out is seen.

use std::path::PathBuf;

use crate::support::{Run, Stub, accepting, closed_port, hookproof, stub};

const FAR: &str = "http://receiver.invalid/hook";

/// A provider whose signature is the secret itself.
pub(crate) const TOKEN: &str = "name = \"Acme\"\nsummary = \"Anvils\"\npage = \"https://acme.example\"\n\
    checked = \"2026-11-20\"\n[secret]\nenv = \"ACME_SECRET\"\n[[signature]]\nmode = \"tok\"\nalgorithm = \"token\"\n\
    header = \"X-Acme-Token\"\nsecret = \"required\"\n[event]\nname = { body = \"type\" }\n\
    [events.\"form.submitted\"]\nsummary = \"An anvil fell\"\n";
pub(crate) const SAMPLE: &str = "{\"type\":\"form.submitted\"}";

/// A run in somebody's repository, with a proxy that receives what goes to other machines.
fn run(words: &str, config: &str, proxy: &Stub) -> Run {
    let run = hookproof(words).file(".git/HEAD", "").file("hookproof.toml", config);
    run.env("http_proxy", &proxy.url).env("MINE", "hunter2!").env("HOOKPROOF_JOURNAL", "")
}

fn far(lines: &str) -> String {
    format!("[targets.far]\nurl = \"{FAR}\"\n{lines}\n")
}

/// A repository whose catalog makes superfolio's signature the secret itself.
fn with_catalog(run: Run) -> Run {
    run.file("cat/superfolio/provider.toml", TOKEN).file("cat/superfolio/form.submitted.json", SAMPLE)
}

#[track_caller]
fn refused(run: Run, proxy: &Stub) {
    let finished = run.exits(2).says("hookproof.toml").says("and it is not trusted").says("`hookproof config trust`");
    assert!(!finished.stderr().contains("hunter2!") && finished.stdout().is_empty(), "{}", finished.stdout());
    assert!(proxy.is_idle(), "something went out");
}

/// Runs the second command in the folder and home of the first.
fn then(first: &Run, words: &str) -> Run {
    let mut next = hookproof(words).env("MINE", "hunter2!").env("HOOKPROOF_JOURNAL", "");
    let folder = first.folder().to_string_lossy().into_owned();
    next = next.env("HOME", &folder);
    next.at(first.folder())
}

#[test]
fn a_secret_that_a_found_project_names_goes_to_no_other_machine() {
    let proxy = accepting();
    let secrets = [
        "secret_env = \"MINE\"",
        "secret_file = \"key\"",
        "env_file = \".env\"",
        "secret_env = \"MINE\"\nenv_file = \".env\"",
    ];
    for lines in secrets {
        let config = far(&format!("provider = \"superfolio\"\n{lines}"));
        for words in [
            "send form.submitted --to far",
            "send form.submitted --to far --count 3 --yes",
            "send form.submitted --to far --fault tampered",
            "run superfolio/@hot-lead --to far",
            "check far --yes",
            "check far --yes --provider superfolio --only tampered",
            "replay --to far --re-sign d.http",
            "listen --port 0 --for 1ms --forward far",
            "listen --port 0 --for 1ms --forward far --re-sign",
            "listen --port 0 --for 1ms --route form.*=far --re-sign",
        ] {
            let run = run(words, &config, &proxy)
                .file("key", "hunter2!")
                .file(".env", "MINE=hunter2!\nHOOKPROOF_SECRET=hunter2!\n");
            let run = run.file(
                "d.http",
                "POST / HTTP/1.1\r\nHost: a\r\nX-Superfolio-Signature: a\r\n\r\n{\"event\":\"form.submitted\"}",
            );
            refused(run.env("HOOKPROOF_SECRET", "hunter2!"), &proxy);
        }
    }
}

#[test]
fn what_a_found_projects_catalog_signs_goes_to_no_other_machine() {
    let proxy = accepting();
    let config = format!("catalogs = [\"cat\"]\n{}", far("provider = \"superfolio\""));
    for secret in ["", " --secret-env MINE", " --secret hunter2!", " --secret-file key", " --env-file .env"] {
        for words in [
            "send superfolio/form.submitted --to far",
            "send superfolio/form.submitted --to http://receiver.invalid/hook",
            "send komo/SiteViewed --to http://receiver.invalid/hook",
            "check http://receiver.invalid/hook --provider superfolio --yes",
            "replay --to http://receiver.invalid/hook d.http",
            "listen --port 0 --for 1ms --forward http://receiver.invalid/hook",
        ] {
            let run = with_catalog(run(&format!("{words}{secret}"), &config, &proxy)).file("key", "hunter2!");
            let run = run.file(".env", "SUPERFOLIO_WEBHOOK_SECRET=hunter2!\nACME_SECRET=hunter2!\n");
            let run = run.file("d.http", "POST / HTTP/1.1\r\nHost: a\r\n\r\n{}").env("ACME_SECRET", "hunter2!");
            refused(run.env("HOOKPROOF_SECRET", "hunter2!").env("SUPERFOLIO_WEBHOOK_SECRET", "hunter2!"), &proxy);
        }
    }
}

#[test]
fn what_comes_in_goes_on_to_no_far_target_of_a_found_project() {
    let proxy = accepting();
    // It may hold a secret of its sender's, whether the project names one or not.
    for words in ["--forward far", "--route form.*=far", "--forward far --re-sign", "--forward far --answer-first"] {
        let run = run(&format!("listen --port 0 --for 1ms {words}"), &far(""), &proxy);
        refused(run.env("HOOKPROOF_SECRET", "hunter2!"), &proxy);
    }
    let typed = format!("listen --port 0 --for 1ms --forward {FAR}");
    run(&typed, &far(""), &proxy).exits(0);
    let replay = |words: &str| run(words, &far(""), &proxy).file("d.http", "POST / HTTP/1.1\r\nHost: a\r\n\r\n{}");
    refused(replay("replay d.http --to far"), &proxy);
    replay("replay d.http --to far --dry-run").exits(0);
    replay(&format!("replay d.http --to {FAR}")).exits(0);
    proxy.next();
}

#[test]
fn other_machines_get_no_answer_by_a_found_projects_catalog() {
    let proxy = accepting();
    for words in ["--host 0.0.0.0", "--host ::", "--host 192.0.2.1", "--public-url https://hooks.example.com"] {
        let words = format!("listen --port 0 --for 1ms {words}");
        refused(with_catalog(run(&words, "catalogs = [\"cat\"]\n", &proxy)), &proxy);
    }
    for words in ["", "--host 127.0.0.1", "--host localhost"] {
        let words = format!("listen --port 0 --for 1ms {words}");
        with_catalog(run(&words, "catalogs = [\"cat\"]\n", &proxy)).exits(0);
    }
}

#[test]
fn a_names_own_suffix_makes_no_address_local() {
    let proxy = accepting();
    for url in [
        "http://app.localhost:3000/",
        "http://localhost.:3000/",
        "http://localhost.example.invalid/",
        "http://127.0.0.1.example.invalid/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://[fe80::1]/",
    ] {
        let config = format!("[targets.far]\nurl = \"{url}\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n");
        refused(run("send form.submitted --to far", &config, &proxy), &proxy);
    }
}

#[test]
fn on_this_machine_nothing_has_to_be_trusted() {
    let stub = accepting();
    let port = stub.url.rsplit(':').next().expect("a port").split('/').next().expect("a port").to_string();
    for host in ["localhost", "127.0.0.1", "0.0.0.0"] {
        let config = format!(
            "catalogs = [\"cat\"]\n[targets.near]\nurl = \"http://{host}:{port}/hook\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n"
        );
        with_catalog(run("send superfolio/form.submitted --to near", &config, &stub)).exits(0);
        assert_eq!(stub.next().all("x-acme-token"), ["hunter2!"]);
        with_catalog(run("send superfolio/form.submitted", &config, &stub)).env("HOOKPROOF_TARGET", "near").exits(0);
        assert_eq!(stub.next().all("x-acme-token"), ["hunter2!"]);
    }
}

#[test]
fn nothing_at_stake_needs_no_trust() {
    let proxy = accepting();
    // No secret of the project's, no catalog of its own: the user named the target, and signs with a secret of their own.
    run("send form.submitted --to far", &far(""), &proxy).env("HOOKPROOF_SECRET", "hunter2!").exits(0);
    assert!(!proxy.next().all("x-superfolio-signature").is_empty());
    run("send form.submitted --to far --secret-env MINE", &far("secret_env = \"OTHER\""), &proxy).exits(0);
    proxy.next();
    run("send komo/SiteViewed --to far", &far(""), &proxy).exits(0);
    proxy.next();
    // Nothing goes out.
    let config = format!("catalogs = [\"cat\"]\n{}", far("provider = \"superfolio\"\nsecret_env = \"MINE\""));
    for words in [
        "send superfolio/form.submitted --to far --dry-run",
        "config",
        "events superfolio",
        "check far --list",
        "doctor --port 0",
    ] {
        with_catalog(run(words, &config, &proxy)).output();
        assert!(proxy.is_idle(), "{words}");
    }
    with_catalog(run("send superfolio/form.submitted --to far --dry-run", &config, &proxy)).exits(0);
}

#[test]
fn a_secret_itself_goes_to_no_target_of_a_found_project() {
    let proxy = accepting();
    // The built-in provider's signature is the secret, and the user's own variable is set.
    let words = "send gitlab --to far";
    for set in ["GITLAB_WEBHOOK_SECRET", "HOOKPROOF_SECRET"] {
        refused(run(words, &far("provider = \"gitlab\""), &proxy).env(set, "hunter2!"), &proxy);
        refused(run("check far --yes", &far("provider = \"gitlab\""), &proxy).env(set, "hunter2!"), &proxy);
    }
    refused(run(&format!("{words} --secret hunter2!"), &far(""), &proxy), &proxy);
    // An address that the user typed gets it.
    let typed = format!("send gitlab --to {FAR}");
    run(&typed, &far(""), &proxy).env("HOOKPROOF_SECRET", "hunter2!").exits(0);
    assert_eq!(proxy.next().all("x-gitlab-token"), ["hunter2!"]);
}

#[test]
fn a_variable_names_no_far_target_of_a_found_project() {
    let proxy = accepting();
    for words in
        ["send komo/SiteViewed", "run superfolio/@hot-lead --unsigned", "check --provider komo --yes", "replay d.http"]
    {
        let run = run(words, &far(""), &proxy).file("d.http", "POST / HTTP/1.1\r\nHost: a\r\n\r\n{}");
        refused(run.env("HOOKPROOF_TARGET", "far"), &proxy);
    }
    let doctor = run("doctor --json --port 0", &far(""), &proxy).env("HOOKPROOF_TARGET", "far").exits(1);
    assert!(
        doctor.stdout().contains("target-unknown") && !doctor.stdout().contains("\"connection\""),
        "{}",
        doctor.stdout()
    );
    assert!(proxy.is_idle());
    // An address that the variable holds is the user's own.
    run("send komo/SiteViewed", &far(""), &proxy).env("HOOKPROOF_TARGET", FAR).exits(0);
    proxy.next();
}

#[test]
fn a_configuration_that_is_named_is_trusted() {
    let proxy = accepting();
    let config = format!("catalogs = [\"cat\"]\n{}", far("provider = \"superfolio\"\nsecret_env = \"MINE\""));
    let named = |words: &str| with_catalog(run(&format!("{words} --config hookproof.toml"), &config, &proxy));
    named("send superfolio/form.submitted --to far").exits(0);
    assert_eq!(proxy.next().all("x-acme-token"), ["hunter2!"]);
    named("send superfolio/form.submitted").env("HOOKPROOF_TARGET", "far").exits(0);
    proxy.next();
    let by_variable = with_catalog(run("send superfolio/form.submitted --to far", &config, &proxy));
    by_variable.env("HOOKPROOF_CONFIG", "hookproof.toml").exits(0);
    proxy.next();
}

#[test]
fn trust_lasts_until_what_decides_about_a_secret_changes() {
    let proxy = accepting();
    let config = format!("catalogs = [\"cat\"]\n{}", far("provider = \"superfolio\"\nsecret_env = \"MINE\""));
    let first = with_catalog(run("config trust", &config, &proxy));
    let folder = first.folder().to_path_buf();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
    let send = || then(&first, "send superfolio/form.submitted --to far").env("http_proxy", &proxy.url);
    let passes = || {
        send().exits(0);
        proxy.next();
    };
    let asks = || {
        send().exits(2).says("it has changed since it was trusted");
        assert!(proxy.is_idle());
    };
    send().exits(2).says("it is not trusted");
    then(&first, "config trust")
        .exits(0)
        .says("far: http://receiver.invalid/hook, the secret from the variable MINE")
        .says("superfolio");
    passes();
    std::fs::create_dir_all(folder.join("app/api")).expect("folders");
    send().at(&folder.join("app/api")).exits(0);
    proxy.next();
    // Events, samples and time limits decide nothing.
    put("hookproof.toml", &format!("# seen\ntimeout = \"9s\"\n{config}"));
    put("cat/superfolio/form.submitted.json", "{\"type\":\"form.submitted\",\"a\":1}");
    put("cat/superfolio/provider.toml", &TOKEN.replace("An anvil fell", "An anvil flew"));
    passes();
    put("cat/superfolio/provider.toml", &TOKEN.replace("X-Acme-Token", "X-Other"));
    asks();
    put("cat/superfolio/provider.toml", &TOKEN.replace("ACME_SECRET", "AWS_SECRET_ACCESS_KEY"));
    asks();
    put(
        "cat/superfolio/provider.toml",
        &format!("{TOKEN}[[handshake]]\nname = \"a\"\nwhen = {{ query = \"a\", is = \"b\" }}\nanswer = \"c\"\n"),
    );
    asks();
    put("cat/superfolio/provider.toml", TOKEN);
    passes();
    put("hookproof.toml", &config.replace("receiver.invalid", "other.invalid"));
    asks();
    put("hookproof.toml", &config.replace("\"MINE\"", "\"OTHER\""));
    asks();
    put("hookproof.toml", &config);
    std::fs::create_dir_all(folder.join("cat/komo")).expect("a folder");
    put("cat/komo/provider.toml", TOKEN);
    put("cat/komo/form.submitted.json", SAMPLE);
    asks();
    std::fs::remove_dir_all(folder.join("cat/komo")).expect("it is there");
    passes();
    then(&first, "config trust --revoke").exits(0).says("is no longer trusted");
    send().exits(2).says("it is not trusted");
}

#[test]
fn trust_is_of_one_path() {
    let proxy = accepting();
    let config = far("provider = \"superfolio\"\nsecret_env = \"MINE\"");
    let first = run("config trust", &config, &proxy).file("other/.git/HEAD", "").file("other/hookproof.toml", &config);
    then(&first, "config trust").exits(0);
    let other = then(&first, "send form.submitted --to far").at(&first.folder().join("other"));
    refused(other.env("http_proxy", &proxy.url), &proxy);
}

/// The files in which projects are trusted.
fn kept(run: &Run) -> Vec<PathBuf> {
    let found = std::fs::read_dir(run.folder().join(".config/hookproof/trusted"));
    found.map_or(Vec::new(), |found| found.map(|entry| entry.expect("an entry").path()).collect())
}

#[test]
fn trusted_projects_are_listed_and_revoked_by_their_path() {
    let proxy = accepting();
    let first = run("config trust", &far("secret_env = \"MINE\""), &proxy).file("b/hookproof.toml", far(""));
    then(&first, "config trust --list").exits(0).prints("");
    then(&first, "config trust").exits(0);
    then(&first, "config trust").exits(0);
    then(&first, "config trust --config b/hookproof.toml").exits(0);
    assert_eq!(kept(&first).len(), 2);
    let root = first.folder().canonicalize().expect("a folder");
    let states = || -> Vec<(String, String)> {
        let lines = then(&first, "config trust --list --json").exits(0).lines();
        let text = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap_or_default().to_string();
        assert!(lines.iter().all(|line| line["hookproof"] == "trusted/1"));
        let short = |path: String| path.replace(&format!("{}/", root.display()), "");
        lines.iter().map(|line| (short(text(line, "path")), text(line, "state"))).collect()
    };
    let pair = |path: &str, state: &str| (path.to_string(), state.to_string());
    assert_eq!(states(), [pair("b/hookproof.toml", "trusted"), pair("hookproof.toml", "trusted")]);
    std::fs::write(root.join("hookproof.toml"), far("secret_env = \"OTHER\"")).expect("a file");
    std::fs::remove_dir_all(root.join("b")).expect("a folder");
    assert_eq!(states(), [pair("b/hookproof.toml", "gone"), pair("hookproof.toml", "changed")]);
    then(&first, "config trust --list").exits(0).prints("gone").prints("changed");
    then(&first, &format!("config trust --revoke {}/b/hookproof.toml", root.display())).exits(0);
    assert_eq!(states(), [pair("hookproof.toml", "changed")]);
    then(&first, "config trust --revoke hookproof.toml").exits(0);
    then(&first, "config trust --revoke").exits(0).says("was not trusted");
    assert!(kept(&first).is_empty());
    hookproof("config trust").exits(2).says("there is no hookproof.toml here").says("hookproof init");
    hookproof("config trust --list --revoke").exits(2);
    hookproof("config trust").file("hookproof.toml", "broken").exits(2);
}

#[test]
fn a_store_that_is_broken_trusts_nothing_and_stops_nothing() {
    let proxy = accepting();
    let first = run("config trust", &far("provider = \"superfolio\"\nsecret_env = \"MINE\""), &proxy);
    then(&first, "config trust").exits(0);
    let file = kept(&first).pop().expect("one");
    let good = std::fs::read_to_string(&file).expect("text");
    let send = || then(&first, "send form.submitted --to far").env("http_proxy", &proxy.url);
    for broken in ["", "{", "[]", &good[..good.len() / 2], &good.replace("trust/1", "trust/9"), "\u{0}"] {
        std::fs::write(&file, broken).expect("a file");
        refused(send(), &proxy);
        then(&first, "config trust --list").exits(0).says("can't be read, and trusts nothing");
    }
    // One of another project under this name.
    std::fs::write(&file, good.replace("\"path_hex\":\"2f", "\"path_hex\":\"2e")).expect("a file");
    refused(send(), &proxy);
    then(&first, "config trust").exits(0);
    assert_eq!(std::fs::read_to_string(&file).expect("text"), good);
    send().exits(0);
    proxy.next();
    assert_eq!(kept(&first), [file]);
}

#[test]
fn a_home_that_takes_nothing_is_told() {
    let first = hookproof("config trust").file("hookproof.toml", far("")).file("home", "no folder");
    let home = first.folder().join("home").to_string_lossy().into_owned();
    then(&first, "config trust").env("HOME", &home).exits(3).says("can't write");
    let init = then(&first, "init --force --url 3000 -p komo").env("HOME", &home).exits(0);
    init.says("is not trusted yet").says("hookproof.toml is written");
}

#[test]
fn init_trusts_what_it_wrote() {
    let proxy = accepting();
    let first = hookproof("x").file("a", "");
    let words = format!("init --url {FAR} -p superfolio --name far --secret-env MINE");
    then(&first, &words).exits(0);
    then(&first, "send form.submitted --to far").env("http_proxy", &proxy.url).exits(0);
    proxy.next();
    let written = std::fs::read_to_string(first.folder().join("hookproof.toml")).expect("text");
    let other = written.replace("receiver.invalid", "other.invalid");
    std::fs::write(first.folder().join("hookproof.toml"), other).expect("a file");
    then(&first, "send form.submitted --to far").exits(2).says("it has changed since it was trusted");
}

#[test]
fn doctor_tells_what_other_commands_will_ask() {
    let config = far("provider = \"superfolio\"\nsecret_env = \"MINE\"");
    let untrusted = |run: Run| {
        let finished = run.output();
        finished.lines().iter().any(|line| {
            line["code"] == "project-untrusted"
                && line["hint"].as_str().is_some_and(|hint| hint.contains("config trust"))
        })
    };
    let first = hookproof("doctor").file("hookproof.toml", &config);
    assert!(untrusted(then(&first, "doctor --json --port 0")));
    assert!(!untrusted(then(&first, "doctor --json --port 0 --config hookproof.toml")));
    then(&first, "config trust").exits(0);
    assert!(!untrusted(then(&first, "doctor --json --port 0")));
    let near = hookproof("doctor").file("hookproof.toml", "[targets.a]\nurl = \"3000\"\nsecret_env = \"MINE\"");
    assert!(!untrusted(then(&near, "doctor --json --port 0")));
}

#[test]
fn no_redirect_leads_a_secret_to_another_machine() {
    let proxy = accepting();
    let local = stub(|_| (307, vec![("Location", FAR.to_string())], String::new()));
    let config = format!(
        "catalogs = [\"cat\"]\n[targets.near]\nurl = \"{}\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n",
        local.url
    );
    with_catalog(run("send superfolio/form.submitted --to near", &config, &proxy)).exits(1);
    local.next();
    assert!(local.is_idle() && proxy.is_idle());
}

#[test]
fn a_project_sets_no_proxy_and_no_address_by_a_story() {
    let proxy = accepting();
    for key in ["proxy = \"http://a\"", "insecure = true", "cacert = \"a\"", "config = \"a\"", "trusted = true"] {
        run("send komo/SiteViewed --to 3000", &format!("{key}\n"), &proxy).exits(2).says("unknown field");
        run("send komo/SiteViewed --to far", &far(key), &proxy).exits(2).says("unknown field");
    }
    for key in [
        "to = \"http://receiver.invalid\"",
        "url = \"http://receiver.invalid\"",
        "secret = \"a\"",
        "secret_env = \"MINE\"",
    ] {
        let story = format!("summary = \"a\"\n{key}\n[[step]]\nevent = \"komo/SiteViewed\"\n{key}\n");
        let words = format!("send @a --to http://127.0.0.1:{}", closed_port());
        run(&words, "stories = \"s\"\n", &proxy).file("s/a.toml", story).exits(2).says("unknown field");
    }
    assert!(proxy.is_idle());
}
