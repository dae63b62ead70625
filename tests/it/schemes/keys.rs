//! Key pairs and keys: made, kept, and of no use.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

use super::{AT, BODY, ask, finds, keeps, listener, refuses, run, text, verify, with_headers};
use crate::support::programs::tool;
use crate::support::testing::{has_program, skipped};
use crate::support::{hookproof, listen_with};

/// The headers of a line of `sign --json`, for `verify`.
fn signed_headers(line: &Value) -> Vec<(&str, String)> {
    let pairs = line["headers"].as_array().expect("headers").iter();
    pairs.map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap().to_string())).collect()
}

#[test]
fn a_key_pair_made_on_the_spot_signs_and_its_public_key_verifies() {
    for (provider, mode) in [("discord", ""), ("sendgrid", ""), ("standard-webhooks", "--signature-mode v1a")] {
        let words = format!("sign body -p {provider} {mode} --generate-key --json");
        let line = run(&words).exits(0).lines().remove(0);
        let other = run(&words).exits(0).lines().remove(0);
        let verify = |body: &str, key: &str| {
            let run = hookproof(&format!("verify input -p {provider} {mode} --secret-env KEY")).file("input", body);
            with_headers(run, &signed_headers(&line)).env("KEY", key)
        };
        verify(BODY, text(&line, "public_key")).exits(0).prints("valid");
        finds(verify(&format!("{BODY} "), text(&line, "public_key")), 1, "invalid");
        assert_ne!(line["public_key"], other["public_key"]);
        finds(verify(BODY, text(&other, "public_key")), 1, "invalid");
    }
    refuses(run("sign body -p stripe --generate-key"), "key pair");
    refuses(run("verify body -p discord --secret-env KEY --computed 00").env("KEY", &"a".repeat(64)), "--signature");
    refuses(run("verify body -p sendgrid --secret-env NEW --computed 00"), "--signature");
}

#[test]
fn a_public_key_signs_nothing() {
    for (provider, mode) in [("sendgrid", ""), ("standard-webhooks", "--signature-mode v1a"), ("discord", "")] {
        let words = format!("sign body -p {provider} {mode}");
        let line = run(&format!("{words} --generate-key --json")).exits(0).lines().remove(0);
        refuses(run(&format!("{words} --secret-env KEY")).env("KEY", text(&line, "public_key")), "public key");
    }
}

#[test]
fn a_private_key_that_is_kept_is_for_its_owner_alone() {
    for (provider, length) in [("discord", 64), ("sendgrid", 40)] {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("key");
        let words = format!("sign body -p {provider} --generate-key --json --key-out");
        let made = run(&words).arg(&path).exits(0);
        let key = std::fs::read_to_string(&path).expect("the key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        }
        keeps(&key.trim()[..length], &(made.stdout() + &made.stderr()));
        let again = run(&words).arg(&path).output();
        assert!(!again.output.status.success() && again.stdout().is_empty(), "{}", again.stdout());
        assert!(again.stderr().contains("key"), "{}", again.stderr());
        assert_eq!(std::fs::read_to_string(&path).expect("the key"), key, "what was there stays");
        let line = made.lines().remove(0);
        let signed = run(&format!("sign body -p {provider} --json --at {AT} --secret-file")).arg(&path).exits(0);
        keeps(&key.trim()[..length], &(signed.stdout() + &signed.stderr()));
        let run = verify(&format!("-p {provider} --secret-env KEY"), &signed_headers(&signed.lines()[0]));
        run.env("KEY", text(&line, "public_key")).exits(0).prints("valid");
    }
}

#[test]
fn keys_that_openssl_made_sign_and_verify() {
    let openssl = |words: &[&str]| tool("openssl").args(words).output();
    if !has_program("openssl") {
        return;
    }
    for (provider, words) in [
        ("discord", &["-algorithm", "ed25519"][..]),
        ("sendgrid", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ] {
        let folder = tempfile::TempDir::new().expect("a folder");
        let [private, public, content, signature] =
            ["private", "public", "content", "signature"].map(|name| folder.path().join(name).display().to_string());
        let made = openssl(&[&["genpkey", "-out", &private], words].concat()).expect("openssl");
        if !made.status.success() {
            skipped(&format!("this openssl makes no key for {provider}"));
            continue;
        }
        assert!(openssl(&["pkey", "-in", &private, "-pubout", "-out", &public]).expect("openssl").status.success());
        let signed = run(&format!("sign body -p {provider} --json --at {AT} --secret-file")).arg(&private).exits(0);
        let line = signed.lines().remove(0);
        let pem = std::fs::read_to_string(&private).expect("the key");
        for line in pem.lines().filter(|line| !line.starts_with('-')) {
            // The beginning of it says the algorithm.
            keeps(&line[40.min(line.len() - 16)..], &(signed.stdout() + &signed.stderr()));
        }
        let judge = || verify(&format!("-p {provider} --secret-file {public}"), &signed_headers(&line));
        judge().exits(0).prints("valid");
        judge().file("body", format!("{BODY}\n")).exits(1).prints("invalid");
        refuses(run(&format!("sign body -p {provider} --secret-file {public}")), "public key");
        // The other way round: openssl judges what was signed here.
        std::fs::write(&content, format!("{AT}{BODY}")).expect("the content");
        let value = text(&line, "value");
        let bytes = if provider == "discord" { hex::decode(value).ok() } else { BASE64_STANDARD.decode(value).ok() };
        std::fs::write(&signature, bytes.expect("a signature")).expect("the signature");
        let how: &[&str] = if provider == "discord" { &["-rawin"] } else { &["-rawin", "-digest", "sha256"] };
        let judged = ["pkeyutl", "-verify", "-pubin", "-inkey", &public, "-sigfile", &signature, "-in", &content];
        let judged = openssl(&[&judged, how].concat()).expect("openssl");
        assert!(judged.status.success(), "{provider}: {}", String::from_utf8_lossy(&judged.stderr));
    }
}

#[test]
fn a_key_that_can_t_be_used_is_a_usage_error() {
    let headers = [("X-Signature-Ed25519", "0".repeat(128)), ("X-Signature-Timestamp", AT.to_string())];
    let check = |words: &str| verify(&format!("-p discord {words}"), &headers).env("BADK", "no key at all");
    refuses(check("--secret-env BADK"), "BADK: the secret is no Ed25519 public key");
    refuses(check("--secret-env BADK"), "where to find it");
    refuses(check("--secret-env BADK --secret-env NEW"), "BADK or NEW");
    let key = run("sign body -p discord --generate-key --json").exits(0).lines().remove(0);
    let some = check("--secret-env BADK --secret-env KEY").env("KEY", text(&key, "public_key"));
    let some = finds(some, 1, "invalid").prints("BADK is of no use here").prints("no known cause matches");
    assert!(!some.stdout().contains("KEY is of no use"), "{}", some.stdout());
    // A listener explains it without a word about the digest.
    let caught = listen_with(listener().env("BADK", "no key at all"), "-p discord --secret-env BADK --count 1");
    ask(caught.port, "POST", "/h", &headers, BODY);
    let all = caught.exits(0);
    assert!(!(all.stdout() + &all.stderr()).contains("the value is no digest"), "{}", all.stdout());
}

#[test]
fn a_key_of_nothing_signed_is_not_kept() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("key");
    run("sign nothing -p discord --generate-key --key-out").arg(&path).exits(3);
    assert!(!path.exists());
}
