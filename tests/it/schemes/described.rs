//! Schemes of one's own.

use serde_json::{Value, json};

use super::{AT, BODY, SECRET, discreet, hex256, refuses, run, signed_inside};
use crate::support::Run;

const DESCRIPTION: &str = r#"name = "Acme"
summary = "Anvils"
page = "https://acme.example/webhooks"
checked = "2026-11-20"

[secret]
env = "ACME_SECRET"

[[signature]]
mode = "v1"
algorithm = "hmac-sha256"
header = "X-Acme-Signature"
secret = "required"
encoding = "hex"
content = "{timestamp}.{body}"
timestamp = { header = "X-Acme-Time", unit = "s", past = 300 }

[header]
Content-Type = "application/json"
X-Acme-Event = "{event}"

[event]
name = { header = "X-Acme-Event" }

[recognise]
headers = ["X-Acme-Signature"]

[events."anvil.dropped"]
summary = "An anvil fell"
"#;

fn described(description: &str, words: &str) -> Run {
    let run = run(words).file("own/acme/provider.toml", description);
    run.file("own/acme/anvil.dropped.json", "{\"a\":1}")
}

#[test]
fn what_is_signed_beside_the_signature_is_made_where_the_body_lacks_it() {
    let signed = |body: &str| {
        let finished = discreet(run("sign q -p mailgun --secret-env NEW").file("q", body).exits(0));
        let body: Value = serde_json::from_str(finished.stdout().trim()).expect("JSON");
        signed_inside(&body);
        body["signature"]["token"].as_str().expect("a token").to_string()
    };
    let token = signed(r#"{"event-data":{}}"#);
    assert!(token.len() == 50 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert_ne!(token, signed(r#"{"event-data":{}}"#));
    assert_eq!(signed(r#"{"signature":{"token":"mine"}}"#), "mine");
    refuses(run("sign q -p mailgun --secret-env NEW").file("q", "[]"), "signature");
    let scheme = r#"body = "sig"
encoding = "hex"
content = "{at:event.id}""#;
    let description = DESCRIPTION
        .replace("header = \"X-Acme-Signature\"\nsecret", "secret")
        .replace("encoding = \"hex\"\ncontent = \"{timestamp}.{body}\"", scheme)
        .replace("timestamp = { header = \"X-Acme-Time\", unit = \"s\", past = 300 }\n", "");
    let refused = described(&description, "sign q -p acme --catalog own --secret-env NEW").file("q", "{}");
    refuses(refused, "the body has to have `event.id`");
}

#[test]
fn a_scheme_that_was_described_signs_as_it_says() {
    let line = described(DESCRIPTION, &format!("sign body -p acme --catalog own --secret-env NEW --at {AT} --json"));
    let value = hex256(SECRET, &format!("{AT}.{BODY}"));
    let headers = json!([["X-Acme-Time", AT.to_string()], ["X-Acme-Signature", value]]);
    assert_eq!(discreet(line.exits(0)).lines()[0]["headers"], headers);
}

#[test]
fn a_scheme_that_contradicts_itself_names_file_and_line() {
    described(DESCRIPTION, "events acme --catalog own").exits(0);
    let block = 9..=17;
    let check = |from: &str, to: &str, said: &str| {
        assert!(DESCRIPTION.contains(from), "{from}");
        let description = DESCRIPTION.replacen(from, to, 1);
        for words in ["events acme --catalog own", "sign body -p acme --catalog own --secret-env NEW"] {
            let finished = discreet(described(&description, words).exits(3));
            let stderr = finished.stderr();
            let place = stderr.split_once("own/acme/provider.toml:").map(|(_, rest)| rest);
            let line = place.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
            assert!(line.is_some_and(|line| block.contains(&line)), "{to}: {stderr}");
            assert!(stderr.contains(said) && finished.stdout().is_empty(), "no {said:?} for {to:?}: {stderr}");
        }
    };
    check("encoding = \"hex\"\n", "", "encoding");
    check("encoding = \"hex\"", "encoding = \"octal\"", "octal");
    check("secret = \"required\"", "secret = \"required\"\nbody = \"sig\"", "header or a body");
    check("header = \"X-Acme-Signature\"\n", "", "header or a body");
    check("timestamp = { header = \"X-Acme-Time\", unit = \"s\", past = 300 }\n", "", "timestamp");
    check("{timestamp}.{body}", "{timestmap}.{body}", "timestmap");
    check("{timestamp}.{body}", "{timestamp}.{body", "{body");
    check("{timestamp}.{body}", "{id}.{timestamp}.{body}", "id");
    check("header = \"X-Acme-Time\"", "item = \"t\"", "list");
    check("unit = \"s\"", "unit = \"fortnight\"", "fortnight");
    check("hmac-sha256", "sha256", "{secret}");
    check("hmac-sha256", "token", "token");
    check("encoding = \"hex\"", "encoding = \"hex\"\nkey = { decode = \"rot13\" }", "rot13");
    check("encoding = \"hex\"", "encoding = \"hex\"\naccept = [\"anything\"]", "anything");
    check("past = 300", "past = -300", "-300");
}
