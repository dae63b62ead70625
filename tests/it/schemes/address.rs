//! Schemes that sign the address or the method.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;

use super::{AT, BODY, SECRET, URL, ask, base256, discreet, finds, listener, refuses, run, sha1, with_headers};
use crate::support::{Run, listen_with};

/// What each provider that signs the address makes of a JSON body, or of a form, sent to it with this method.
fn addressed(provider: &str, method: &str, url: &str) -> Vec<(&'static str, String)> {
    match provider {
        "square" => vec![("x-square-hmacsha256-signature", base256(SECRET, &format!("{url}{BODY}")))],
        "twilio" => vec![("X-Twilio-Signature", BASE64_STANDARD.encode(sha1(SECRET, format!("{url}a1a=zb2"))))],
        "hubspot" => {
            let stamp = format!("{AT}123");
            let value = base256(SECRET, &format!("{method}{url}{BODY}{stamp}"));
            vec![("X-HubSpot-Request-Timestamp", stamp), ("X-HubSpot-Signature-v3", value)]
        }
        _ => panic!("{provider}"),
    }
}

/// `verify` of such a delivery.
fn verify_addressed(provider: &str, words: &str, method: &str, url: &str) -> Run {
    let run = run(&format!("verify input -p {provider} --secret-env NEW --at {AT} {words}"));
    let body = if provider == "twilio" { "b=2&a=1&a%3D=z" } else { BODY };
    with_headers(run.file("input", body), &addressed(provider, method, url))
}

#[test]
fn an_address_that_is_signed_has_to_be_given_and_right() {
    for provider in ["square", "hubspot", "twilio"] {
        let verify = |words: &str| verify_addressed(provider, words, "POST", URL);
        finds(verify(&format!("--url {URL}")), 0, "valid");
        finds(verify(&format!("--url {URL}&b=2")), 1, "invalid");
        refuses(verify(""), "--url");
        refuses(run(&format!("sign body -p {provider} --secret-env NEW")), "--url");
        let wrong = verify_addressed(provider, &format!("--url {URL}"), "POST", &URL.replace("https", "http"));
        finds(wrong, 1, "invalid").prints("[content-address]");
        let wrong = verify_addressed(provider, &format!("--url {}", URL.replace("https", "http")), "POST", URL);
        finds(wrong, 1, "invalid").prints("[content-address]");
    }
    let signed = discreet(run(&format!("sign body -p square --secret-env NEW --url {URL}")).exits(0)).stdout();
    let (name, value) = addressed("square", "POST", URL).remove(0);
    assert_eq!(signed.trim_end(), format!("{name}: {value}"));
}

#[test]
fn a_method_that_is_signed_has_to_be_right() {
    let put = |words: &str| verify_addressed("hubspot", &format!("--url {URL} {words}"), "PUT", URL);
    finds(put("--method PUT"), 0, "valid");
    finds(put("--method POST"), 1, "invalid");
    let line = run(&format!("sign body -p hubspot --json --secret-env NEW --url {URL} --method PUT --at {AT}"));
    let line = discreet(line.exits(0)).lines().remove(0);
    let stamp = format!("{AT}000");
    let value = base256(SECRET, &format!("PUT{URL}{BODY}{stamp}"));
    assert_eq!(line["headers"], json!([["X-HubSpot-Request-Timestamp", stamp], ["X-HubSpot-Signature-v3", value]]));
}

#[test]
fn a_listener_knows_its_address_from_a_flag_or_from_the_proxy() {
    let check = |words: &str, forwarded: &[(&str, &str)], url: &str, status: u16| {
        let caught = listen_with(listener(), &format!("--count 1 -p square --secret-env NEW {words}"));
        let mut headers = addressed("square", "POST", url);
        headers.extend(forwarded.iter().map(|(name, value)| match *name {
            "X-Forwarded-Proto" => ("X-Forwarded-Proto", (*value).to_string()),
            _ => ("X-Forwarded-Host", (*value).to_string()),
        }));
        assert_eq!(ask(caught.port, "POST", "/in?a=1", &headers, BODY).0, status, "{words} {forwarded:?} {url}");
        discreet(caught.exits(0))
    };
    let proxy = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "tunnel.example")];
    check("--public-url https://hooks.example", &[], URL, 200);
    check("--public-url https://hooks.example/", &[], URL, 200);
    check("--public-url https://hooks.example", &proxy, URL, 200);
    check("--public-url https://hooks.example", &proxy, "https://tunnel.example/in?a=1", 401);
    check("", &proxy, "https://tunnel.example/in?a=1", 200);
    check("", &[("X-Forwarded-Proto", "https")], "https://localhost/in?a=1", 200);
    check("", &[], "http://localhost/in?a=1", 200);
    check("", &[], "https://localhost/in?a=1", 401);
    let refused = check("--public-url https://hooks.example", &[], "http://hooks.example/in?a=1", 401);
    let all = refused.stdout() + &refused.stderr();
    assert!(all.contains("[content-address]"), "{all}");
}
