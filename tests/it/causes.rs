//! Causes beyond the commonest, by the binary: forms, keys, addresses, character sets.

use crate::support::{Finished, hookproof, openssl_hmac};

const SECRET: &str = "tr0ub4dor&3";
const BODY: &str = "{\"event_id\":\"e-1\",\"event_type\":\"form.submitted\",\"name\":\"Zo\u{eb} \u{1f692}\"}";
const FORM: &str = "token=t&text=api+prod%21+%2A%28now%29%2A+it%27s&a=1";

fn computed(secret: &str, given: impl AsRef<[u8]>, key: &str, hashed: &[u8]) -> Finished {
    hookproof("verify body --provider superfolio --secret-env MY_SECRET --json --computed")
        .arg(openssl_hmac(key, hashed))
        .file("body", given)
        .env("MY_SECRET", secret)
        .exits(1)
}

/// The code of the first cause, or of one that gives the same bytes.
#[track_caller]
fn check(finished: &Finished, code: &str) {
    let line = &finished.lines()[0];
    let cause = &line["causes"][0];
    let is_same = cause["same"].as_array().is_some_and(|all| all.iter().any(|other| other == code));
    assert!(cause["code"] == code || is_same, "{code}: {line}");
    assert!(!finished.stdout().contains(SECRET) && !finished.stderr().contains(SECRET));
}

#[test]
fn a_form_that_was_written_again_is_named() {
    let form = |hashed: &str, code| check(&computed(SECRET, FORM, SECRET, hashed.as_bytes()), code);
    form("token=t&text=api%20prod!%20*(now)*%20it's&a=1", "body-form-rewritten");
    form("a=1&text=api+prod%21+%2A%28now%29%2A+it%27s&token=t", "body-form-sorted");
    form("token=t&text=api prod! *(now)* it's&a=1", "body-form-unescaped");
    form(r#"{"token":"t","text":"api prod! *(now)* it's","a":"1"}"#, "body-form-json");
}

#[test]
fn a_body_that_was_printed_or_misread_is_named() {
    let body = |hashed: &[u8], code| check(&computed(SECRET, BODY, SECRET, hashed), code);
    let printed = BODY.replace('\u{eb}', "\\xc3\\xab").replace('\u{1f692}', "\\xf0\\x9f\\x9a\\x92");
    body(format!("b'{printed}'").as_bytes(), "body-python-bytes");
    body(BODY.replace('\u{eb}', "?").replace('\u{1f692}', "??").as_bytes(), "body-non-ascii-replaced");
    body(BODY.bytes().map(char::from).collect::<String>().as_bytes(), "body-mojibake");
}

#[test]
fn the_name_of_the_variable_as_key_is_named_and_the_secret_is_kept() {
    let key = |secret: &str, key: &str, code| check(&computed(secret, BODY, key, BODY.as_bytes()), code);
    key(SECRET, "MY_SECRET", "key-variable-name");
    key(SECRET, "${MY_SECRET}", "key-variable-name");
    key(SECRET, &format!("MY_SECRET={SECRET}"), "key-assignment");
    key(SECRET, "tr0ub4dor&amp;3", "key-entities");
    key("pa$$word'quoted", "pa$word'quoted", "key-quoted");
}

#[test]
fn a_query_in_another_order_is_named() {
    let twilio = |signed: &str, given: &str, code: &str| {
        let digest = hmac_sha1(&format!("{signed}CallSidCA1"));
        let finished = hookproof("verify body --provider twilio --secret-env MY_SECRET --json -H")
            .arg("Content-Type: application/x-www-form-urlencoded")
            .arg("--url")
            .arg(given)
            .arg("--signature")
            .arg(digest)
            .file("body", "CallSid=CA1")
            .env("MY_SECRET", SECRET)
            .exits(1);
        check(&finished, code);
    };
    twilio("https://a.example/h?b=1&c=2&a=3", "https://a.example/h?a=3&b=1&c=2", "content-query-order");
    twilio("https://a.example/h?n=x:1@y", "https://a.example/h?n=x%3A1%40y", "content-query-encoding");
}

fn hmac_sha1(message: &str) -> String {
    use base64::Engine as _;
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(message.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// PowerShell's `>` writes UTF-16: what it kept is decoded, and said to be.
#[test]
fn a_capture_in_utf16_is_read_and_said_to_be() {
    let signature = openssl_hmac(SECRET, BODY.as_bytes());
    let says = |finished: &Finished| {
        let line = &finished.lines()[0];
        assert_eq!(line["verdict"], "valid");
        assert!(line["noticed"].to_string().contains("UTF-16"), "{line}");
    };
    let body = hookproof("verify body --provider superfolio --secret-env MY_SECRET --json --signature")
        .arg(&signature)
        .file("body", utf16(BODY))
        .env("MY_SECRET", SECRET);
    says(&body.exits(0));
    let message = format!(
        "POST /hook HTTP/1.1\r\nHost: a.example\r\nX-Superfolio-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let http = hookproof("verify capture --provider superfolio --secret-env MY_SECRET --json")
        .file("capture", utf16(&message))
        .env("MY_SECRET", SECRET);
    says(&http.exits(0));
    // A sender that signs its UTF-16 is right.
    let signed = openssl_hmac(SECRET, &utf16(BODY));
    let raw = hookproof("verify body --provider superfolio --secret-env MY_SECRET --json --signature")
        .arg(&signed)
        .file("body", utf16(BODY))
        .env("MY_SECRET", SECRET);
    assert!(!raw.exits(0).stdout().contains("UTF-16"));
}

/// Some senders write the prefix with a space behind it.
#[test]
fn white_space_between_prefix_and_digest_is_named() {
    for spaced in ["sha256= ", "sha256 = ", "sha256 ="] {
        let signature = format!("{spaced}{}", openssl_hmac(SECRET, BODY.as_bytes()));
        let run = hookproof("verify body --provider github --secret-env MY_SECRET --json --signature").arg(signature);
        let finished = run.file("body", BODY).env("MY_SECRET", SECRET).exits(1);
        check(&finished, "digest-prefix");
        assert_eq!(finished.lines()[0]["causes"].as_array().map(Vec::len), Some(1), "{spaced}");
    }
}

/// PHP's `base64_decode` takes a hexadecimal digest without a word, and what comes out is printed by bin2hex.
#[test]
fn a_hexadecimal_digest_that_was_decoded_as_base64_is_named() {
    use base64::Engine as _;
    let decoded = base64::engine::general_purpose::STANDARD.decode(openssl_hmac(SECRET, BODY.as_bytes()));
    let printed = hex::encode(decoded.expect("hexadecimal is base64"));
    for provider in ["superfolio", "github", "shopify"] {
        let run = hookproof("verify body --secret-env MY_SECRET --json --provider").args([provider, "--computed"]);
        let finished = run.arg(&printed).file("body", BODY).env("MY_SECRET", SECRET).exits(1);
        check(&finished, "digest-hex-as-base64");
    }
}
