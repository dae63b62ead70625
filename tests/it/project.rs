//! `hookproof.toml`: where it is looked for, what its targets give, what it says of its faults.

use crate::support::{Run, Stub, accepting, hookproof, openssl_hmac};

/// A run at the root of a repository with this configuration.
fn send(words: &str, config: &str) -> Run {
    hookproof(&format!("send {words}")).file(".git/HEAD", "").file("hookproof.toml", config)
}

/// The target `local`, which is the stub, with these lines more.
fn local(stub: &Stub, lines: &str) -> String {
    format!("[targets.local]\nurl = \"{}\"\n{lines}\n", stub.url)
}

/// Expects that a superfolio delivery came that this secret signed.
#[track_caller]
fn is_signed(stub: &Stub, secret: &str) {
    let got = stub.next();
    assert_eq!(got.all("x-superfolio-signature"), [openssl_hmac(secret, &got.body)]);
}

#[test]
fn a_targets_address_and_secret_are_used_and_told_in_one_line() {
    let stub = accepting();
    let config = local(&stub, "provider = \"superfolio\"\nsecret_env = \"MINE\"");
    let finished = send("form.submitted --to local", &config).env("MINE", "hunter2!").exits(0);
    let note = format!("note: hookproof.toml is used: {}, and the secret from the variable MINE\n", stub.url);
    assert_eq!(finished.stderr(), note);
    is_signed(&stub, "hunter2!");
    let finished = send("form.submitted --to local --quiet", &config).env("MINE", "hunter2!").exits(0);
    assert_eq!(finished.stderr(), "");
    is_signed(&stub, "hunter2!");
}

#[test]
fn a_secret_of_the_command_line_comes_before_the_targets() {
    let check = |words: &str, secret: &str| {
        let stub = accepting();
        let run = send(&format!("form.submitted --to local {words}"), &local(&stub, "secret_env = \"MINE\""));
        run.env("MINE", "the target's").env("OTHER", "the flag's").file("key", "the file's").exits(0);
        is_signed(&stub, secret);
    };
    check("", "the target's");
    check("--secret-env OTHER", "the flag's");
    check("--secret-file key", "the file's");
    check("--env-file key", "the target's");
}

#[test]
fn a_target_names_the_header_and_the_mode_of_its_signatures() {
    let keys = "provider = \"fingerprinting-api\"\nsecret_env = \"MINE\"\nsignature_header = \"X-Own\"\nsignature_mode = \"hmac\"";
    let check = |words: &str, header: &str, is_hmac: bool| {
        let stub = accepting();
        send(&format!("{words} --to local"), &local(&stub, keys)).env("MINE", "hunter2!").exits(0);
        let got = stub.next();
        let expected = if is_hmac { openssl_hmac("hunter2!", &got.body) } else { "hunter2!".to_string() };
        assert_eq!(got.all(header), [expected], "{words}");
    };
    check("fingerprinting-api/NEW_VISIT", "x-own", true);
    check("fingerprinting-api/NEW_VISIT --secret-env MINE", "x-own", true);
    check("fingerprinting-api/NEW_VISIT --signature-header X-Flag", "x-flag", true);
    check("fingerprinting-api/NEW_VISIT --signature-mode token", "x-own", false);
    // What the target says of one provider is not said of another.
    check("superfolio/form.submitted --secret-env MINE", "x-superfolio-signature", true);
    let stub = accepting();
    let wrong = local(&stub, &keys.replace("hmac", "hmca"));
    send("fingerprinting-api/NEW_VISIT --to local", &wrong)
        .env("MINE", "a")
        .exits(2)
        .says("signature_mode")
        .says(":6:");
    let wrong = local(&stub, &keys.replace("X-Own", "X Own"));
    send("fingerprinting-api/NEW_VISIT --to local", &wrong).env("MINE", "a").exits(2).says("signature_header");
    let config = hookproof("config --json").file(".git/HEAD", "").file("hookproof.toml", local(&stub, keys)).exits(0);
    assert!(config.stdout().contains("targets.local.signature_header"), "{}", config.stdout());
}

#[test]
fn files_of_a_target_are_relative_to_the_configuration() {
    let check = |lines: &str, folder: &str| {
        let stub = accepting();
        let run = send("form.submitted --to local", &local(&stub, lines));
        let run = run.file("keys/hook", "from the file").file("keys/.env", "MINE='from the file'\n");
        run.file("app/api/x", "").within(folder).exits(0);
        is_signed(&stub, "from the file");
    };
    for folder in ["", "app", "app/api"] {
        check("secret_file = \"keys/hook\"", folder);
        check("secret_file = \"keys/hook\"\nprovider = \"superfolio\"", folder);
        check("secret_env = \"MINE\"\nenv_file = \"keys/.env\"", folder);
    }
    let stub = accepting();
    let run = send("form.submitted --to local", &local(&stub, "secret_file = \"keys/hook\"")).file("app/x", "");
    run.within("app").exits(3).says("../hookproof.toml is used").says("../keys/hook");
}

#[test]
fn a_targets_secret_is_its_providers_alone() {
    let stub = accepting();
    let config = local(&stub, "provider = \"superfolio\"\nsecret_env = \"MINE\"");
    send("lead.update --to local", &config).env("MINE", "x").exits(2).says("superleap signs its deliveries");
    let config = local(&stub, "provider = \"superfolo\"\nsecret_env = \"MINE\"");
    send("form.submitted --to local", &config).exits(2).says("no provider is called `superfolo`").says("`superfolio`?");
    assert!(stub.is_idle());
}

#[test]
fn it_is_found_up_to_the_repositorys_root_and_not_above() {
    let stub = accepting();
    let run = |git: &str, config: &str, folder: &str| {
        let run = hookproof("send komo/SiteViewed --to local").file(config, local(&stub, "")).file("a/b/c/x", "");
        run.file(git, "").within(folder)
    };
    let found = |git: &str, config: &str, folder: &str, shown: &str| {
        run(git, config, folder).exits(0).says(&format!("note: {shown} is used: {}", stub.url));
    };
    found("a/.git/HEAD", "a/hookproof.toml", "a", "hookproof.toml");
    found("a/.git/HEAD", "a/hookproof.toml", "a/b/c", "../../hookproof.toml");
    found("a/.git/HEAD", "a/b/hookproof.toml", "a/b/c", "../hookproof.toml");
    // In a worktree it is a file.
    found("a/.git", "a/hookproof.toml", "a/b", "../hookproof.toml");
    let lost = |git: &str, config: &str, folder: &str| {
        run(git, config, folder).exits(2).says("`local` is not an address to send to");
    };
    lost("a/.git/HEAD", "hookproof.toml", "a/b/c");
    lost("a/b/.git", "a/hookproof.toml", "a/b/c");
    lost("a/.git/HEAD", "a/b/hookproof.toml", "a");
    // Without a repository only the folder itself counts.
    found("a/x", "a/b/hookproof.toml", "a/b", "hookproof.toml");
    lost("a/x", "a/b/hookproof.toml", "a/b/c");
    // The nearest one counts.
    let nearest = run("a/.git/HEAD", "a/hookproof.toml", "a/b").file("a/b/hookproof.toml", "");
    nearest.exits(2).says("`local` is not an address to send to");
}

#[test]
fn a_fault_is_told_with_line_and_column_and_a_caret() {
    let check = |config: &str, expected: &str| {
        let finished = send("komo/SiteViewed --to local", config).exits(2);
        assert_eq!(finished.stderr().trim_end(), expected.trim());
    };
    let url = "[targets.local]\nurl = \"3000/\"\n";
    let around = "  1 | [targets.local]\n  2 | url = \"3000/\"\n";
    let unknown = format!(
        "error: hookproof.toml:3:1: unknown field `insecure`, expected one of \
        `url`, `provider`, `secret_env`, `secret_file`, `env_file`, `signature_header`, `signature_mode`, `headers`\n{around}  3 | insecure\n    | ^^^^^^^^\n  4 | # next"
    );
    check(&format!("{url}insecure = true\n# next\n"), &unknown);
    let literal = "error: hookproof.toml:3:1: a secret itself never stands in this file\n  1 | [targets.local]\n  \
        2 | url = \"3000/\"\n  3 | secret\n    | ^^^^^^\n \
        hint: secret_env = \"NAME\" names the variable that holds it, secret_file = \"PATH\" the file";
    check(&format!("{url}secret = \"hunter2\"\n"), literal);
    let address = "error: hookproof.toml:2:7: `nowhere` is not an address to send to: \
        write the scheme too, as in https://nowhere\n  1 | [targets.local]\n  2 | url = \"nowhere\"\n    |       ^^^^^^^^^";
    check("[targets.local]\nurl = \"nowhere\"\n", address);
    let run = send("komo/SiteViewed --to local", "");
    std::fs::write(run.folder().join("hookproof.toml"), b"# \xff").expect("a file");
    run.exits(2).says("this is not UTF-8");
}

#[test]
fn a_broken_configuration_is_told_unless_it_is_left_out() {
    let stub = accepting();
    for words in ["send komo/SiteViewed --to self", "events", "config", "render komo/SiteViewed"] {
        let run = || hookproof(words).file("hookproof.toml", "broken");
        run().exits(2).says("hookproof.toml:1:");
        run().arg("--config=").exits(0);
        run().env("HOOKPROOF_CONFIG", "").exits(0);
    }
    let finished = send("komo/SiteViewed --config=", "broken").args(["--to", &stub.url]).exits(0);
    assert_eq!(finished.stderr(), "");
    send("komo/SiteViewed --to example.com/hook", "").exits(2).says("`example.com/hook` is not an address");
}

#[test]
fn a_name_that_is_no_target_says_which_is_near() {
    let stub = accepting();
    let config = format!("{}[targets.staging]\nurl = \"https://staging.example.com\"", local(&stub, ""));
    let check = |typed: &str, hint: &str| {
        let finished = send(&format!("komo/SiteViewed --to {typed}"), &config).exits(2);
        finished.says(&format!("`{typed}` is not an address to send to")).says(hint);
    };
    check("locla", "hint: did you mean the target `local`?");
    check("Staging", "hint: did you mean the target `staging`?");
    check("production", "hint: `local` and `staging` are targets of hookproof.toml");
    assert!(stub.is_idle());
}

#[test]
fn no_target_is_used_that_was_not_named() {
    let stub = accepting();
    let remote = "[targets.far]\nurl = \"http://receiver.invalid/hook\"\nsecret_env = \"MINE\"\n";
    for config in [local(&stub, ""), remote.to_string()] {
        let name = if config.contains("far") { "far" } else { "local" };
        let finished = send("komo/SiteViewed", &config).exits(2).says("no target is given");
        assert!(finished.stderr().ends_with(&format!("; `{name}` is a target of hookproof.toml\n")));
    }
    assert!(stub.is_idle());
    let named = send("form.submitted --to far --dry-run", remote).env("MINE", "hunter2!").exits(0);
    named.says("http://receiver.invalid/hook, and the secret from the variable MINE").prints("receiver.invalid");
}

#[test]
fn the_example_of_the_readme_is_a_configuration() {
    let readme = include_str!("../../README.md");
    let examples = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let example = examples.into_iter().find(|example| example.contains("[targets.local]")).expect("an example");
    let run = send("form.submitted --to local --dry-run", example).env("WEBHOOK_SECRET", "hunter2!");
    let provider = "name = \"Acme\"\nsummary = \"Anvils\"\npage = \"https://acme.example\"\nchecked = \"2026-11-20\"\n\
        [event]\nname = { body = \"type\" }\n[events.dropped]\nsummary = \"An anvil fell\"\n";
    let run = run.file("webhooks/providers/acme/provider.toml", provider);
    let run = run.file("webhooks/providers/acme/dropped.json", "{\"type\":\"dropped\"}");
    let finished =
        run.exits(0).says("hookproof.toml is used: http://localhost:3000/superfolio-webhook, and the secret");
    finished.says("; its catalogs, headers and time limit\n").prints("X-Tenant: acme");
}

#[test]
fn a_file_of_variables_that_is_not_there_leaves_the_environment() {
    // As in CI: the configuration is kept with the code, and the file is not.
    let stub = accepting();
    let config = local(&stub, "provider = \"superfolio\"\nsecret_env = \"MINE\"\nenv_file = \".env.local\"");
    let run = |words: &str| hookproof(words).file("hookproof.toml", &config);
    run("send form.submitted --to local").env("MINE", "hunter2!").exits(0);
    is_signed(&stub, "hunter2!");
    run("config").env("MINE", "hunter2!").exits(0).prints("MINE: [secret, 8 characters]");
    run("send form.submitted --to local").exits(2).says("MINE in the environment or in .env.local, which is not there");
    run("send form.submitted --to local --env-file nowhere").env("MINE", "a").exits(3).says("can't read nowhere");
}

#[test]
fn a_configuration_is_utf8_with_or_without_a_mark() {
    let config = |bytes: &[u8]| hookproof("config").file("hookproof.toml", bytes);
    config(b"\xef\xbb\xbftimeout = \"3s\"\r\n").exits(0).prints("3s  (hookproof.toml:1)");
    config(b"\xef\xbb\xbftimeout = 3")
        .exits(2)
        .says("hookproof.toml:1:11: ")
        .says("  1 | timeout = 3\n    |           ^");
    config(b"# a\n# \xfc\nb = 1").exits(2).says("hookproof.toml:2:3: this is not UTF-8").says("save it as UTF-8");
}
