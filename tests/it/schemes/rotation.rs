//! Several secrets, while one takes the place of another.

use super::{
    AT, BODY, OLD, SECRET, ask, base256, decoded, discreet, finds, hex256, listener, now, refuses, run, stripe, text,
    verify,
};
use crate::support::{accepting, listen_with};

#[test]
fn the_signature_and_the_secret_that_matched_are_told() {
    let signed = |secret: &str| hex256(secret, &format!("{AT}.{BODY}"));
    let nobody = signed("nobody's");
    let check = |secrets: &str, items: &[&str], code: i32, verdict: &str| {
        let items = items.join(",v1=");
        let words = format!("-p stripe --at {AT} {secrets}");
        finds(verify(&words, &[("Stripe-Signature", format!("t={AT},v1={items},v0={nobody}"))]), code, verdict)
    };
    let both = "--secret-env OLD --secret-env NEW";
    let said = check(both, &[&nobody, &signed(SECRET)], 0, "valid");
    said.prints("signature 2 of 2").prints("the secret of NEW, 2 of 2");
    check(both, &[&signed(OLD), &nobody, &nobody], 0, "valid").prints("signature 1 of 3").prints("OLD, 1 of 2");
    let one = check("--secret-env NEW", &[&signed(SECRET)], 0, "valid");
    assert!(!one.stdout().contains("1 of 1"), "{}", one.stdout());
    check(both, &[&nobody, &nobody], 1, "invalid");
    check("--secret-env OLD", &[&signed(SECRET), &nobody], 1, "invalid");
    check("--secret-env NEW --secret-env OLD", &[&signed(SECRET)], 0, "valid").prints("NEW, 1 of 2");
}

#[test]
fn the_value_that_was_expected_is_the_one_that_came_where_a_later_secret_matches() {
    let words = format!("-p stripe --at {AT} --json --secret-env OLD --secret-env NEW");
    let line = verify(&words, &[stripe(AT, SECRET)]).exits(0).lines().remove(0);
    assert!(text(&line, "received").contains(text(&line, "expected")), "{line}");
}

#[test]
fn several_secrets_sign_where_the_scheme_has_a_list() {
    let both = "--secret-env OLD --secret-env NEW";
    let signed = |secret: &str| hex256(secret, &format!("{AT}.{BODY}"));
    let printed = discreet(run(&format!("sign body -p stripe --at {AT} {both}")).exits(0)).stdout();
    assert_eq!(printed.trim_end(), format!("Stripe-Signature: t={AT},v1={},v1={}", signed(OLD), signed(SECRET)));
    let signed = |secret: &str| base256(decoded(secret), &format!("msg_1.{AT}.{BODY}"));
    let words = format!("sign body -p standard-webhooks --id msg_1 --at {AT} --json {both}");
    let line = discreet(run(&words).exits(0)).lines().remove(0);
    assert_eq!(text(&line, "value"), format!("v1,{} v1,{}", signed(OLD), signed(SECRET)));
    for provider in ["shopify", "github", "intercom", "square --url https://a.example/"] {
        refuses(run(&format!("sign body -p {provider} {both}")), "give one");
    }
    refuses(run(&format!("render shopify --format http {both}")), "give one");
    let stub = accepting();
    discreet(run(&format!("send stripe {both}")).args(["--to", &stub.url]).exits(0));
    let got = stub.next();
    let items: Vec<_> = got.all("stripe-signature")[0].split(',').map(str::to_string).collect();
    let content = format!("{}.{}", items[0].strip_prefix("t=").unwrap(), String::from_utf8_lossy(&got.body));
    assert_eq!(items[1..], [OLD, SECRET].map(|secret| format!("v1={}", hex256(secret, &content))));
}

#[test]
fn a_listener_takes_the_old_secret_and_the_new() {
    let caught = listen_with(listener(), "--json --count 3 --secret-env OLD --secret-env NEW");
    let status = |secret: &str| ask(caught.port, "POST", "/hook", &[stripe(now(), secret)], BODY).0;
    assert_eq!([status(OLD), status(SECRET), status("other")], [200, 200, 401]);
    discreet(caught.exits(0));
}

#[test]
fn every_secret_is_searched_while_one_replaces_another() {
    let pretty = "{\n  \"a\": 1\n}";
    for (secret, name) in [(SECRET, "NEW"), (OLD, "OLD")] {
        for secrets in ["--secret-env NEW --secret-env OLD", "--secret-env OLD --secret-env NEW"] {
            let value = format!("sha256={}", hex256(secret, "{\"a\":1}"));
            let run = run(&format!("verify p -p github {secrets}")).file("p", pretty).arg("--signature").arg(value);
            finds(run, 1, "invalid").prints(&format!("with the secret of {name}  [body-json-stringify]"));
            let value = hex256(secret, pretty);
            let words = format!("verify p -p github {secrets} --computed {value}");
            finds(self::run(&words).file("p", pretty), 0, "valid");
        }
    }
    // What holds with any of them names none.
    let value = format!("sha256={}", hex256("", pretty));
    let run = run("verify p -p github --secret-env NEW --secret-env OLD --signature").file("p", pretty).arg(value);
    let finished = finds(run, 1, "invalid").prints("[key-empty]");
    assert!(!finished.stdout().contains("with the secret of"), "{}", finished.stdout());
}
