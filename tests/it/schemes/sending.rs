//! What goes out signed: aliases, forms, bodies that hold their signature.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;

use super::{
    AT, OLD, SECRET, base256, decoded, discreet, finds, hex256, names, now, refuses, run, sha1, sha256, signed_inside,
    standard, stripe, text, verify,
};
use crate::support::{accepting, hookproof};

#[test]
fn an_alias_sends_its_own_headers_and_reads_the_common_ones_where_its_library_does() {
    for names_of in ["svix", "webhook"] {
        let headers = standard(names_of, AT, SECRET);
        for provider in ["svix", "clerk", "resend", "standard-webhooks"] {
            let reads = names_of == "svix" || !["clerk", "resend"].contains(&provider);
            let (right, wrong) = if reads { ((0, "valid"), (1, "invalid")) } else { ((1, "missing"), (1, "missing")) };
            let words = format!("-p {provider} --secret-env NEW --at {AT}");
            finds(verify(&words, &names(&headers)), right.0, right.1);
            let words = format!("-p {provider} --secret-env OLD --at {AT}");
            finds(verify(&words, &names(&headers)), wrong.0, wrong.1);
        }
    }
    let line = discreet(run(&format!("sign body -p svix --secret-env NEW --id msg_1 --at {AT} --json")).exits(0));
    let own: Vec<_> = standard("svix", AT, SECRET).into_iter().map(|(name, value)| json!([name, value])).collect();
    assert_eq!(line.lines()[0]["headers"], json!(own));
    let stub = accepting();
    discreet(run("send svix --secret-env NEW").args(["--to", &stub.url]).exits(0));
    let got = stub.next();
    let part = |name: &str| got.all(name).first().map_or_else(|| panic!("no {name}"), ToString::to_string);
    let content = format!("{}.{}.{}", part("svix-id"), part("svix-timestamp"), String::from_utf8_lossy(&got.body));
    assert_eq!(part("svix-signature"), format!("v1,{}", base256(decoded(SECRET), &content)));
    assert!(got.all("webhook-signature").is_empty());
}

#[test]
fn the_variable_of_a_provider_or_of_its_alias_is_found() {
    let check = |provider: &str, variable: &str, headers: &[(&str, String)]| {
        let words = format!("-p {provider} --at {AT}");
        finds(verify(&words, headers).env(variable, SECRET), 0, "valid");
        finds(verify(&words, headers).env(variable, OLD), 1, "invalid");
        refuses(verify(&words, headers), variable);
    };
    check("stripe", "STRIPE_WEBHOOK_SECRET", &[stripe(AT, SECRET)]);
    check("svix", "SVIX_WEBHOOK_SECRET", &names(&standard("svix", AT, SECRET)));
    check("standard-webhooks", "STANDARD_WEBHOOKS_SECRET", &names(&standard("webhook", AT, SECRET)));
    check("clerk", "CLERK_WEBHOOK_SIGNING_SECRET", &names(&standard("svix", AT, SECRET)));
    let signed = discreet(run("sign body -p stripe --at 1750000000").env("STRIPE_WEBHOOK_SECRET", SECRET).exits(0));
    assert_eq!(signed.stdout().trim_end(), format!("Stripe-Signature: {}", stripe(AT, SECRET).1));
}

#[test]
fn every_provider_sends_to_a_receiver_of_its_own() {
    let lines = hookproof("events --json").exits(0).lines();
    let events = lines.iter().filter(|line| line["hookproof"] == "event/1");
    let providers: BTreeSet<&str> = events.map(|line| text(line, "provider")).collect();
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/payloads")).expect("the folders");
    for folder in folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()) {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(providers.contains(name.as_str()), "{name} is not listed");
    }
    let failed: Vec<String> = providers
        .iter()
        .filter_map(|provider| {
            let finished = hookproof(&format!("send {provider} --to self --keep-going")).output();
            let failed = finished.output.status.code() != Some(0);
            failed.then(|| format!("{provider}: {}{}", finished.stdout(), finished.stderr()))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_body_of_ones_own_goes_out_untouched_and_signed() {
    let stub = accepting();
    for body in [&b"{ \"a\":1E2,\r\n\"Zo\xc3\xab\":\"\\u001b\" }\n"[..], b"\xff\x00not json", b""] {
        let run = run("send stripe --body own --secret-env NEW").file("own", body).args(["--to", &stub.url]);
        discreet(run.exits(0));
        let got = stub.next();
        assert_eq!(got.body, body);
        let value = got.all("stripe-signature")[0];
        let (stamp, digest) = value.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("a signature");
        assert!((stamp.parse::<i64>().unwrap() - now()).abs() < 60, "{stamp}");
        assert_eq!(digest, hex::encode(sha256(SECRET, [stamp.as_bytes(), b".", body].concat())));
    }
    assert!(stub.is_idle());
}

#[test]
fn a_form_is_signed_by_its_sorted_fields() {
    for (words, url) in
        [("", "http://localhost:4400/"), ("--to https://hooks.example/sms?x=1", "https://hooks.example/sms?x=1")]
    {
        let printed = discreet(run(&format!("render twilio --format http --secret-env NEW {words}")).exits(0)).stdout();
        let (head, body) = printed.split_once("\r\n\r\n").or_else(|| printed.split_once("\n\n")).expect("a message");
        let mut fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
        assert!(fields.len() > 5, "{body}");
        fields.sort();
        let content: String = fields.iter().flat_map(|(name, value)| [&**name, &**value]).collect();
        let value = BASE64_STANDARD.encode(sha1(SECRET, format!("{url}{content}")));
        assert!(head.contains(&format!("X-Twilio-Signature: {value}")), "{head}");
        assert!(head.contains("Content-Type: application/x-www-form-urlencoded"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
    }
}

#[test]
fn a_signature_that_stands_in_the_body_is_put_there() {
    let stub = accepting();
    discreet(run("send mailgun --secret-env NEW").args(["--to", &stub.url]).exits(0));
    signed_inside(&stub.next().json());
    let http = discreet(run("render mailgun --format http --secret-env NEW").exits(0)).stdout();
    let body = http.split_once("\r\n\r\n").or_else(|| http.split_once("\n\n")).expect("a message").1.to_string();
    signed_inside(&serde_json::from_str(&body).expect("JSON"));
    finds(run("verify input -p mailgun --as body --secret-env NEW").file("input", &body), 0, "valid");
    finds(run("verify input -p mailgun --as body --secret-env OLD").file("input", &body), 1, "invalid");
    let line = discreet(run("render mailgun --json --secret-env NEW").exits(0)).lines().remove(0);
    signed_inside(&serde_json::from_str(text(&line, "body")).expect("JSON"));
}

#[test]
fn a_body_rendered_alone_has_its_signature_inside_too() {
    let body = discreet(run("render mailgun --secret-env NEW").exits(0)).stdout();
    signed_inside(&serde_json::from_str(&body).expect("JSON"));
}

#[test]
fn a_signature_in_the_body_is_not_given_by_a_flag() {
    let body = r#"{"signature":{"timestamp":"1750000000","token":"t0","signature":"00"},"event-data":{}}"#;
    let run = |words: &str| run(&format!("verify mg -p mailgun --secret-env NEW {words}")).file("mg", body);
    refuses(run("--signature x"), "body signature.signature");
    finds(run("--as body"), 1, "invalid");
    let over_body = hex256(SECRET, body);
    finds(run(&format!("--computed {over_body}")), 1, "invalid").prints("[content-body]");
}
