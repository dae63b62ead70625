//! What holds where the command line says nothing: variables, `hookproof.toml`, and `config`, which tells it.

use std::time::Duration;

use crate::own_catalog::with_acme;
use crate::support::{Run, Stub, accepting, hookproof, on_each, openssl_hmac, read_request};

const EVENT: &str = "komo/SiteViewed";

/// The binary with these words, and a configuration in which the stub is the default target.
fn with_default(words: &str, stub: &Stub, lines: &str) -> Run {
    let config = format!("target = \"local\"\n{lines}\n[targets.local]\nurl = \"{}\"\n", stub.url);
    hookproof(words).file("hookproof.toml", config)
}

#[test]
fn the_default_target_is_used_and_told() {
    let stub = accepting();
    let finished = with_default(&format!("send {EVENT}"), &stub, "").exits(0);
    assert_eq!(finished.stderr(), format!("note: hookproof.toml is used: {}\n", stub.url));
    stub.next();
    let other = accepting();
    with_default(&format!("send {EVENT} --to {}", other.url), &stub, "").exits(0);
    other.next();
    with_default("replay input", &stub, "").file("input", "POST / HTTP/1.1\nHost: a\n\n{}").exits(0);
    stub.next();
    with_default("check --provider komo --list", &stub, "").exits(0);
    assert!(stub.is_idle() && other.is_idle());
}

#[test]
fn a_check_without_an_address_takes_the_default_target() {
    let stub = accepting();
    with_default("check --provider komo --only whitespace", &stub, "").output();
    stub.next();
    hookproof("check --provider komo").exits(2).says("no target is given").says("3000/hook");
}

#[test]
fn a_default_of_another_machine_has_to_be_named() {
    let config = "target = \"far\"\n[targets.far]\nurl = \"http://receiver.invalid/hook\"\n";
    let run = |words: &str| hookproof(words).file("hookproof.toml", config);
    for words in ["send komo/SiteViewed", "check -p komo", "replay input --dry-run"] {
        let run = run(words).file("input", "POST / HTTP/1.1\nHost: a\n\n{}");
        run.exits(2).says("the target `far` of hookproof.toml:1 is on another machine").says("name far");
    }
    run("send komo/SiteViewed --dry-run --to far").exits(0).prints("receiver.invalid");
    run("send komo/SiteViewed --dry-run").env("HOOKPROOF_TARGET", "far").exits(0).prints("receiver.invalid");
}

#[test]
fn a_flag_comes_before_a_variable_and_that_before_the_file() {
    let (flag, variable, file) = (accepting(), accepting(), accepting());
    let run = |words: &str| with_default(&format!("send {EVENT} {words}"), &file, "");
    run(&format!("--to {}", flag.url)).env("HOOKPROOF_TARGET", &variable.url).exits(0);
    flag.next();
    run("").env("HOOKPROOF_TARGET", &variable.url).exits(0);
    variable.next();
    run("").env("HOOKPROOF_TARGET", "").exits(0);
    file.next();
    assert!(flag.is_idle() && variable.is_idle() && file.is_idle());
    run("").env("HOOKPROOF_TARGET", "self").exits(0).prints("200 OK");
    run("")
        .env("HOOKPROOF_TARGET", "loca")
        .exits(2)
        .says("HOOKPROOF_TARGET: ")
        .says("did you mean the target `local`?");
}

/// An address that takes each request and answers none.
fn silent() -> String {
    on_each(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(Duration::from_secs(60));
    })
}

#[test]
fn the_time_limit_holds_wherever_it_is_said() {
    let url = silent();
    let begun = std::time::Instant::now();
    let send = || hookproof(&format!("send {EVENT} --to {url}"));
    send().file("hookproof.toml", "timeout = \"200ms\"").exits(1).says("hookproof.toml is used: its time limit");
    send().env("HOOKPROOF_TIMEOUT", "200ms").exits(1);
    send().env("HOOKPROOF_TIMEOUT", "200ms").file("hookproof.toml", "timeout = \"1h\"").exits(1);
    send().arg("--timeout=200ms").env("HOOKPROOF_TIMEOUT", "1h").exits(1);
    let replay = hookproof(&format!("replay input --to {url}")).file("input", "POST / HTTP/1.1\nHost: a\n\n{}");
    replay.env("HOOKPROOF_TIMEOUT", "200ms").exits(1);
    assert!(begun.elapsed() < Duration::from_secs(50), "one of them waited for long");
    send().env("HOOKPROOF_TIMEOUT", "5").exits(2).says("HOOKPROOF_TIMEOUT: `5` is no duration");
}

#[test]
fn headers_of_the_file_go_out_unless_the_command_line_has_them() {
    let stub = accepting();
    let lines = "headers = { X-Tenant = \"acme\", X-Trace = \"file\" }";
    let finished = with_default(&format!("send {EVENT} -H X-Trace:flag"), &stub, lines).exits(0);
    finished.says(&format!("note: hookproof.toml is used: {}; its headers\n", stub.url));
    let got = stub.next();
    assert_eq!((got.all("x-tenant"), got.all("x-trace")), (vec!["acme"], vec!["flag"]));
    let run = with_default(&format!("render {EVENT} --format http"), &stub, lines);
    run.exits(0).prints("X-Tenant: acme").says("its headers");
    let config = format!("{lines}\n[targets.a]\nurl = \"{}\"\nheaders = {{ x-tenant = \"other\" }}", stub.url);
    hookproof(&format!("send {EVENT} --to a")).file("hookproof.toml", config).exits(0);
    assert_eq!(stub.next().all("x-tenant"), ["other"]);
}

const ACME: &str = "name = \"Acme\"\nsummary = \"Anvils\"\npage = \"https://acme.example\"\nchecked = \"2026-11-20\"\n\
    [event]\nname = { body = \"type\" }\n[events.dropped]\nsummary = \"An anvil fell\"\n";

#[test]
fn catalogs_of_the_file_are_seen_from_its_folder() {
    let run = |words: &str, folders: &str| {
        let run = hookproof(words).file(".git/HEAD", "").file("app/x", "").within("app");
        let run = run.file("hooks/acme/provider.toml", ACME).file("hooks/acme/dropped.json", "{\"type\":\"dropped\"}");
        run.file("hookproof.toml", format!("catalogs = [{folders}]"))
    };
    let finished = run("events acme", "\"hooks\"").exits(0).prints("An anvil fell");
    assert_eq!(finished.stderr(), "note: ../hookproof.toml is used: its catalogs\n");
    run("render acme/dropped", "\"hooks/acme\"").exits(0).prints("{\"type\":\"dropped\"}");
    let missing = run("events acme", "\"hooks\",\n\"nowhere\"").exits(0).prints("An anvil fell");
    missing.says("../hookproof.toml:1:12: there is no folder ../nowhere");
}

#[test]
fn another_configuration_can_be_named() {
    let stub = accepting();
    let run = |words: &str| {
        let run = hookproof(&format!("send form.submitted --to local {words}")).file("hookproof.toml", "broken");
        let config = format!("[targets.local]\nurl = \"{}\"\nsecret_file = \"key\"", stub.url);
        run.file("ci/hooks.toml", config).file("ci/key", "hunter2!")
    };
    let is_signed = || {
        let got = stub.next();
        assert_eq!(got.all("x-superfolio-signature"), [openssl_hmac("hunter2!", &got.body)]);
    };
    run("--config ci/hooks.toml").exits(0).says("note: ci/hooks.toml is used");
    is_signed();
    run("").env("HOOKPROOF_CONFIG", "ci/hooks.toml").exits(0);
    is_signed();
    run("--config nowhere.toml").exits(3).says("can't read nowhere.toml");
}

const WHOLE: &str = "target = \"local\"\ntimeout = \"1500ms\"\nstories = \"s\"\n\n[headers]\nX-Tenant = \"acme\"\n\n\
    [targets.local]\nurl = \"http://localhost:3000/\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n\n\
    [targets.far]\nurl = \"https://example.com/\"\nsecret_env = \"OTHER\"\nenv_file = \".env\"\n\n[check]\nstrict = true\n";

#[test]
fn each_setting_is_told_with_its_place_and_no_secret() {
    let run = |words: &str| {
        let run = hookproof(&format!("config {words}")).file("hookproof.toml", WHOLE).file(".env", "OTHER=hunter2!!");
        run.env("MINE", "hunter2").env("SUPERFOLIO_WEBHOOK_SECRET", "hunter2\n").env("HOOKPROOF_TIMEOUT", "3s")
    };
    let finished = run("").exits(0);
    let shown: Vec<String> =
        finished.stdout().lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "config hookproof.toml (default)",
        "target local (hookproof.toml:1)",
        "timeout 3s (HOOKPROOF_TIMEOUT)",
        "stories s (hookproof.toml:3)",
        "no-input false (default)",
        "headers.X-Tenant acme (hookproof.toml:6)",
        "targets.local.url http://localhost:3000/ (hookproof.toml:9)",
        "targets.local.secret_env MINE: [secret, 7 characters] (hookproof.toml:11)",
        "targets.far.secret_env OTHER: [secret, 9 characters] (hookproof.toml:15)",
        "check.strict true (hookproof.toml:19)",
        "secret [secret, 8 characters, ends with LF] (SUPERFOLIO_WEBHOOK_SECRET)",
    ] {
        assert!(shown.iter().any(|shown| shown == line), "no {line:?} in\n{}", shown.join("\n"));
    }
    let json = run("--json --no-input --catalog .")
        .file("acme/provider.toml", ACME)
        .file("acme/dropped.json", "{\"type\":\"dropped\"}")
        .exits(0);
    for finished in [&finished, &json] {
        assert!(!(finished.stdout() + &finished.stderr()).contains("hunter2"), "{}", finished.stdout());
    }
    let lines = json.lines();
    let of = |name: &str| lines.iter().find(|line| line["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!((of("timeout")["value"].as_str(), of("timeout")["from"].as_str()), (Some("3s"), Some("variable")));
    assert_eq!((of("target")["from"].as_str(), of("target")["at"].as_str()), (Some("file"), Some("hookproof.toml:1")));
    assert_eq!(of("no-input")["at"], "--no-input");
    assert_eq!(of("catalogs")["from"], "flag");
}

#[test]
fn a_target_with_two_places_for_its_secret_has_both_told() {
    let config = "[targets.a]\nurl = \"3000\"\nsecret_env = \"MINE\"\nsecret_file = \"key\"\n";
    let finished =
        hookproof("config").file("hookproof.toml", config).file("key", "hunter2").env("MINE", "hunter2!").exits(0);
    finished.prints("MINE: [secret, 8 characters]").prints("key: [secret, 7 characters]");
}

#[test]
fn without_a_configuration_config_tells_what_is_built_in() {
    let finished = hookproof("config").exits(0).prints("10s").prints(".local/state/hookproof/journal.jsonl");
    assert!(finished.stdout().lines().all(|line| line.ends_with("(default)")), "{}", finished.stdout());
    hookproof("config").env("HOOKPROOF_JOURNAL", "").exits(0).prints("-  (HOOKPROOF_JOURNAL)");
}

/// Such a header went out in place of the signature, and `config` printed it.
#[test]
fn a_header_that_a_provider_signs_in_never_stands_in_the_file() {
    let stub = accepting();
    let check = |lines: &str, place: &str| {
        for words in ["send fingerprinting-api --to 3000", "config", "events", "render fingerprinting-api"] {
            let finished = hookproof(words).file("hookproof.toml", lines).exits(2);
            let finished = finished.says(&format!("hookproof.toml:{place}: `")).says("holds a signature or a secret");
            let finished = finished.says("hint: secret_env = \"NAME\"");
            let told = format!("{}{}", finished.stdout(), finished.stderr());
            assert!(!told.contains("hunter2"), "{told}");
        }
    };
    check("headers = { X-Tenant = \"a\", X-Webhook-Signature = \"hunter2\" }\n", "1:29");
    check("[headers]\nx-superfolio-signature = \"hunter2\"\n", "2:1");
    check("[targets.a]\nurl = \"3000\"\nheaders = { x-hub-signature-256 = \"hunter2\" }\n", "3:13");
    let lines = "headers = { X-Webhook-Signature = \"hunter2\" }";
    with_default(&format!("send {EVENT}"), &stub, lines).exits(2);
    assert!(stub.is_idle());
}

#[test]
fn a_providers_own_catalog_says_too_which_headers_hold_a_secret() {
    let config = "catalogs = [\"own\"]\nheaders = { x-acme-signature = \"hunter2\" }\n";
    with_acme("events acme")
        .file("hookproof.toml", config)
        .exits(2)
        .says("hookproof.toml:2:13: `x-acme-signature` holds")
        .says("with Acme");
}

#[test]
fn an_unknown_provider_of_a_target_is_told_with_its_place() {
    let config = "[targets.a]\nurl = \"3000\"\n[targets.local]\nurl = \"3001\"\nprovider = \"superflio\"\n";
    for words in ["send form.submitted --to local --dry-run", "check local", "config"] {
        let finished = hookproof(words).file("hookproof.toml", config).exits(2);
        finished.says("hookproof.toml:5:12: no provider is called `superflio`").says("did you mean `superfolio`?");
    }
    let finished = hookproof("config").file("hookproof.toml", config).exits(2);
    finished.prints("targets.local.provider  superflio");
    hookproof(&format!("send {EVENT} --to a --dry-run")).file("hookproof.toml", config).exits(0);
}
