//! Providers of the user's own: read by the same code, added or put in place of a built-in one.

use crate::support::{Run, accepting, hookproof, openssl_hmac};

pub(crate) const DESCRIPTION: &str = r#"
name = "Acme"
summary = "Anvils"
page = "https://acme.example/webhooks"
checked = "2026-11-20"

[secret]
env = "ACME_SECRET"

[[signature]]
mode = "hmac"
algorithm = "hmac-sha256"
header = "X-Acme-Signature"
secret = "required"
prefix = "v1="
encoding = "hex"

[header]
Content-Type = "application/json"
X-Acme-Event = "{event}"

[event]
name = { header = "X-Acme-Event" }
id = { body = "id" }

[recognise]
headers = ["X-Acme-Signature"]

[time]
event = "at"

[identity.delivery]
at = ["id"]
make = "dl_{hex:12}"
lives = "delivery"

[events."anvil.dropped"]
summary = "An anvil fell"
"#;
pub(crate) const SAMPLE: &str = r#"{ "id": "dl_0123456789ab", "at": "2026-01-02T03:04:05Z", "weight": 1E2 }"#;

pub(crate) fn with_acme(words: &str) -> Run {
    hookproof(words).file("own/acme/provider.toml", DESCRIPTION).file("own/acme/anvil.dropped.json", SAMPLE)
}

#[test]
fn an_added_provider_is_listed_sent_and_caught_like_any_other() {
    with_acme("events acme --catalog own").exits(0).prints("acme/anvil.dropped");
    let stub = accepting();
    with_acme("send anvil.dropped --catalog own").args(["--to", &stub.url]).env("ACME_SECRET", "tnt").exits(0);
    let got = stub.next();
    assert_eq!(got.all("x-acme-signature"), [format!("v1={}", openssl_hmac("tnt", &got.body))]);
    assert_eq!(got.all("x-acme-event"), ["anvil.dropped"]);
    assert!(String::from_utf8_lossy(&got.body).ends_with(r#""weight":1E2}"#), "literals of a sample stay");
    with_acme("send acme --to self --catalog own").exits(0).prints("acme/anvil.dropped");
}

#[test]
fn the_variable_and_the_configuration_directory_are_looked_into() {
    with_acme("events acme").env("HOOKPROOF_CATALOG", "own").exits(0).prints("An anvil fell");
    hookproof("events acme")
        .file(".config/hookproof/catalog/acme/provider.toml", DESCRIPTION)
        .file(".config/hookproof/catalog/acme/anvil.dropped.json", SAMPLE)
        .exits(0)
        .prints("An anvil fell");
    hookproof("events acme").exits(2);
}

#[test]
fn a_single_providers_folder_is_a_catalog_too() {
    with_acme("events anvil.dropped --catalog own/acme").exits(0).prints("v1=");
}

#[test]
fn a_provider_of_the_same_name_takes_the_place_of_the_built_in_one() {
    hookproof("events komo --catalog own")
        .file("own/komo/provider.toml", DESCRIPTION)
        .file("own/komo/anvil.dropped.json", SAMPLE)
        .exits(0)
        .prints("komo/anvil.dropped");
    let listed = hookproof("events komo --json --catalog own")
        .file("own/komo/provider.toml", DESCRIPTION)
        .file("own/komo/anvil.dropped.json", SAMPLE)
        .exits(0)
        .lines();
    assert_eq!(listed.len(), 1, "nothing of the built-in one is left");
}

#[test]
fn a_broken_folder_names_file_and_line_and_what_was_expected() {
    let check = |description: &str, sample: Option<&str>, expected: &[&str]| {
        let mut run = hookproof("events acme --catalog own").file("own/acme/provider.toml", description);
        if let Some(sample) = sample {
            run = run.file("own/acme/anvil.dropped.json", sample);
        }
        let finished = run.exits(3);
        for text in expected {
            assert!(finished.stderr().contains(text), "no {text:?} in:\n{}", finished.stderr());
        }
    };
    let with = |from: &str, to: &str| DESCRIPTION.replace(from, to);
    check(
        &with("secret = \"required\"", "secrt = 1"),
        Some(SAMPLE),
        &["own/acme/provider.toml:14", "secrt", "expected"],
    );
    check(&with("hmac-sha256", "rot13"), Some(SAMPLE), &["provider.toml:12", "rot13", "expected"]);
    check(&with("at = [\"id\"]", "at = [\"a..b\"]"), Some(SAMPLE), &["provider.toml:", "a..b"]);
    check(&with("{hex:12}", "{hex}"), Some(SAMPLE), &["provider.toml:", "needs a length"]);
    check(
        &with("{hex:12}", "{sesion}"),
        Some(SAMPLE),
        &["provider.toml:34", "`{sesion}` names no identity", "expected"],
    );
    check(
        &with("at = [\"id\"]", "at = [\"idd\"]"),
        Some(SAMPLE),
        &["provider.toml:33", "`idd` stands in no sample", "expected"],
    );
    check(
        &with("X-Acme-Event =", "\"X Acme\" ="),
        Some(SAMPLE),
        &["provider.toml:20", "`X Acme` is no header name", "expected"],
    );
    let alias = |when: &str| format!("{DESCRIPTION}[alias.other]\nname = \"O\"\nmode = \"hmac\"\nwhen.{when}\n");
    check(&alias("hmac = { absent = true }"), Some(SAMPLE), &["provider.toml:", "needs a header or a query"]);
    check(&alias("gone = { header = \"X-A\" }"), Some(SAMPLE), &["provider.toml:", "`gone` is no mode"]);
    check(&with("encoding = \"hex\"", ""), Some(SAMPLE), &["provider.toml:13", "has no encoding", "expected"]);
    let timed = |side: &str| {
        let stamp = format!("{{ header = \"X-Acme-Time\", unit = \"s\", past = 300, advisory = [\"{side}\"] }}");
        with(
            "encoding = \"hex\"",
            &format!("encoding = \"hex\"\ncontent = \"{{timestamp}}{{body}}\"\ntimestamp = {stamp}"),
        )
    };
    let missing = "the mode `hmac` has a timestamp with an advisory side that has no bound";
    check(&timed("future"), Some(SAMPLE), &["own/acme/provider.toml:13", missing]);
    with_acme("events acme --catalog own").file("own/acme/provider.toml", timed("past")).exits(0);
    check(DESCRIPTION, Some("{\n  \"id\": oops }"), &["own/acme/anvil.dropped.json:2", "expected one JSON value"]);
    check(DESCRIPTION, Some("{\"at\":\"soon\"}"), &["anvil.dropped.json", "a time was expected", "soon"]);
    check(DESCRIPTION, None, &["anvil.dropped.json", "missing", "provider.toml:37"]);
    with_acme("events acme --catalog own").file("own/acme/lost.json", "{}").exits(3).says("own/acme/lost.json");
}

#[test]
fn the_example_of_the_readme_is_a_provider() {
    let readme = include_str!("../../README.md");
    let mut examples = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let example = examples.find(|example| example.contains("[[signature]]")).expect("an example");
    let sample = example.split("anvil.dropped.json: ").nth(1).and_then(|rest| rest.lines().next()).expect("its sample");
    let stub = accepting();
    hookproof("send acme --catalog own --secret-env S")
        .args(["--to", &stub.url])
        .file("own/acme/provider.toml", example)
        .file("own/acme/anvil.dropped.json", sample)
        .env("S", "tnt")
        .exits(0);
    let got = stub.next();
    assert_eq!(got.all("x-acme-signature"), [format!("sha256={}", openssl_hmac("tnt", &got.body))]);
}
