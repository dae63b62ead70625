//! `init`: what it writes and finds, what it never does.

use std::fs;

use crate::support::{Run, accepting, hookproof, openssl_hmac};

fn init(words: &str) -> Run {
    hookproof(&format!("init {words}"))
}

#[test]
fn what_is_written_serves_the_next_command() {
    let stub = accepting();
    let run =
        init(&format!("--provider superfolio --url {} --secret-env MINE", stub.url)).file(".env", "MINE=hunter2!");
    let folder = run.folder().to_path_buf();
    let finished =
        run.exits(0).says("hookproof.toml is written").says("MINE in .env").says("hookproof send superfolio/");
    assert!(!finished.stderr().contains("hunter2"));
    let text = fs::read_to_string(folder.join("hookproof.toml")).expect("the file");
    assert!(!text.contains("hunter2"), "{text}");
    let next = hookproof("send form.submitted").file("hookproof.toml", &text).file(".env", "MINE=hunter2!");
    next.exits(0).says("the secret from the variable MINE");
    let got = stub.next();
    assert_eq!(got.all("x-superfolio-signature"), [openssl_hmac("hunter2!", &got.body)]);
}

#[test]
fn a_frameworks_variable_is_found_by_its_name() {
    let written = |words: &str, files: &[(&str, &str)]| {
        let run =
            files.iter().fold(init(&format!("--url 3000/hook {words}")), |run, (name, text)| run.file(name, text));
        let path = run.folder().join("hookproof.toml");
        let finished = run.exits(0);
        let text = fs::read_to_string(path).expect("the file");
        assert!(!(text.clone() + &finished.stderr()).contains("hunter2"), "{text}");
        text
    };
    let check = |words: &str, files: &[(&str, &str)], expected: &[&str]| {
        let text = written(words, files);
        for line in expected {
            assert!(text.lines().any(|written| written.starts_with(line)), "no {line:?} in\n{text}");
        }
    };
    let local = ("x/.env", "WEBHOOK_SECRET=hunter2");
    check("", &[local], &["# provider = ", "# secret_env = ", "# env_file = "]);
    let env = (".env", "SLACK_SIGNING_SECRET=hunter2\nSLACK_TOKEN=hunter2\n");
    check("", &[env], &["provider = \"slack\"", "secret_env = \"SLACK_SIGNING_SECRET\"", "env_file = \".env\""]);
    let both = [(".env", "WEBHOOK_SECRET=hunter2"), (".env.local", "export WEBHOOK_SECRET='hunter2'")];
    check("-p superfolio", &both, &["secret_env = \"WEBHOOK_SECRET\"", "env_file = \".env.local\""]);
    let other = (".env", "STRIPE_WEBHOOK_SECRET=hunter2");
    check("-p superfolio", &[other], &["secret_env = \"SUPERFOLIO_WEBHOOK_SECRET\"", "# env_file = "]);
    check("-p komo", &[both[0]], &["provider = \"komo\"", "# secret_env = "]);
    check("--env-file keys", &[("keys", "A_WEBHOOK_SECRET=hunter2")], &["env_file = \"keys\""]);
    let key = (".env", "A=\"-----BEGIN\nWEBHOOK_SECREThunter2=\n-----END\"\n");
    check("", &[key], &["# secret_env = "]);
    check("--secret-env OTHER", &[both[0]], &["secret_env = \"OTHER\"", "# env_file = "]);
}

#[test]
fn nothing_is_written_over_unasked() {
    let run = init("--url 3000/hook").file("hookproof.toml", "mine");
    let path = run.folder().join("hookproof.toml");
    let finished = run.exits(2).says("hookproof.toml is there already").says("--force");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "mine");
    drop(finished);
    let run = init("--url 3000/hook --force").file("hookproof.toml", "mine");
    let path = run.folder().join("hookproof.toml");
    let _finished = run.exits(0);
    assert!(fs::read_to_string(path).expect("the file").contains("[targets.local]"));
}

#[test]
fn one_further_up_is_told() {
    let run = init("--url 3000/hook").file(".git/HEAD", "").file("hookproof.toml", "").file("app/x", "").within("app");
    run.exits(0).says("../hookproof.toml is there too");
}

#[test]
fn a_target_on_another_machine_is_no_default() {
    let run = init("--url https://example.com/hook -p komo");
    let path = run.folder().join("hookproof.toml");
    let _finished = run.exits(0).says("hookproof send komo/").says("--to remote").says("hookproof check remote");
    let text = fs::read_to_string(path).expect("the file");
    assert!(text.contains("# target = \"remote\"") && text.contains("[targets.remote]"), "{text}");
}

#[test]
fn what_can_not_be_written_is_refused_without_a_file() {
    let refused = |words: &str, code: i32, what: &str| {
        let run = init(words);
        let path = run.folder().join("hookproof.toml");
        let finished = run.exits(code).says(what);
        assert!(!path.exists() && !finished.stderr().contains("hunter2"), "{}", finished.stderr());
    };
    refused("", 2, "--url");
    refused("--url example.com", 2, "write the scheme too");
    refused("--url http://u:hunter2@localhost/", 2, "a password before its host is not written down");
    refused("--url http://hunter2@localhost/", 2, "is not written down");
    refused("--url 3000/ --secret-env whsec_hunter2hunter2hunter2", 2, "takes the name of a variable");
    refused("--url 3000/ --name self", 2, "expected another name");
    refused("--url 3000/ --name Local", 2, "is no name of a target");
    refused("--url 3000/ --secret-env hunter2!", 2, "takes the name of a variable");
    refused("--url 3000/ --provider superfolo", 2, "`superfolio`?");
    refused("--url 3000/ --env-file -", 2, "--env-file takes a file");
    refused("--url 3000/ --env-file nowhere", 3, "can't read nowhere");
}

#[test]
fn a_variable_that_is_in_no_file_is_told() {
    let run = init("--url 3000/hook --secret-env MINE --env-file .env").file(".env", "OTHER=1");
    run.exits(0).says("the variable MINE is not set yet");
    let run = init("--url 3000/hook --secret-env MINE").file(".env", "OTHER=1").env("MINE", "hunter2");
    run.exits(0).says("the secret stays where it is: the variable MINE");
}

#[test]
fn what_is_no_file_is_not_written_to() {
    let run = init("--url 3000/hook --force").file("hookproof.toml/x", "");
    run.exits(2).says("hookproof.toml is there and is no file");
}
