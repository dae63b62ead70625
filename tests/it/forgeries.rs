//! Deliveries that nobody with the secret has sent, or that were sent long ago, and requests that cost more than they should.

use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::support::{Run, hookproof, listen_with, post};

const SECRET: &str = "whsec_UXg3dlRtSzJ3WjgtcExkNVJnWV9oTjNiSmM2K0ZzVzF1RTBpQW85PWtWdFg0ek1xRw==";

fn sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn standard(key: &[u8], body: &str) -> [String; 3] {
    let (id, stamp) = ("msg_1".to_string(), now().to_string());
    let digest = BASE64_STANDARD.encode(sha256(key, format!("{id}.{stamp}.{body}").as_bytes()));
    [id, stamp, format!("v1,{digest}")]
}

#[test]
fn a_secret_given_for_one_of_a_providers_names_is_that_of_all() {
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    for words in [
        "--secret-env clerk=S",
        "--secret-env standard-webhooks=S",
        "--provider clerk --secret-env standard-webhooks=S",
    ] {
        let listener = listen_with(Run::new().env("S", SECRET), words);
        let [id, stamp, right] = standard(&key, "{}");
        let headers =
            |value: &'static str| vec![("svix-id", "msg_1"), ("svix-timestamp", "1"), ("svix-signature", value)];
        assert_eq!(post(listener.port, &headers("v1,AAAA"), b"{}"), 401, "{words}");
        let headers = [("svix-id", &*id), ("svix-timestamp", &*stamp), ("svix-signature", &*right)];
        assert_eq!(post(listener.port, &headers, b"{}"), 200, "{words}");
    }
    hookproof("send clerk --to self --secret-env clerk=S").env("S", SECRET).exits(0).prints("valid");
    hookproof("send clerk --to self").exits(0).prints("valid");
}

#[test]
fn a_scheme_under_another_providers_headers_is_that_providers() {
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let listener = listen_with(Run::new().env("S", SECRET), "--secret-env gitlab=S");
    let [id, stamp, right] = standard(&key, "{}");
    let with = |value: &str| {
        let headers = [
            ("X-Gitlab-Event", "Push Hook"),
            ("X-Gitlab-Event-UUID", "u"),
            ("webhook-id", &*id),
            ("webhook-timestamp", &*stamp),
            ("webhook-signature", value),
        ];
        post(listener.port, &headers, b"{}")
    };
    assert_eq!((with("v1,AAAA"), with(&right)), (401, 200));
}

#[test]
fn a_public_key_is_no_general_secret() {
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let listener = listen_with(Run::new().env("S", public), "--secret-env S");
    let headers = [("X-Signature-Ed25519", &*"00".repeat(64)), ("X-Signature-Timestamp", "1")];
    assert_eq!(post(listener.port, &headers, b"{}"), 401);
}

#[test]
fn bare_bytes_are_not_taken_for_a_public_key_where_keys_have_beginnings() {
    let line = hookproof("sign body --provider standard-webhooks --signature-mode v1a --generate-key --json");
    let line = line.file("body", "{}").exits(0).lines().remove(0);
    let text = |name: &str| line[name].as_str().unwrap().to_string();
    let headers: Vec<String> = line["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| format!("{}: {}", h[0].as_str().unwrap(), h[1].as_str().unwrap()))
        .collect();
    let verify = |key: &str| {
        let run = hookproof("verify body --provider standard-webhooks --secret-env K").file("body", "{}").env("K", key);
        headers.iter().fold(run, |run, header| run.arg("-H").arg(header))
    };
    let public = text("public_key");
    verify(&public).exits(0).prints("in the mode v1a");
    // An HMAC's secret may look like that.
    let bare = verify(public.strip_prefix("whpk_").unwrap()).output();
    assert!(!bare.stdout().starts_with("valid"), "{}", bare.stdout());
}

#[test]
fn a_time_in_the_future_is_no_way_around_a_tolerance() {
    // The digit that divides timestamp and token may be moved, and the digest is the same.
    let (stamp, token) = ("1403645220", "5egbgr1vjgqxtrnp65xfznchgdccwh5d6i09vijqi3whgowmn6");
    let digest = hex::encode(sha256(b"key-of-mailgun", format!("{stamp}{token}").as_bytes()));
    let body = |stamp: &str, token: &str| {
        format!(
            r#"{{"signature":{{"timestamp":"{stamp}","token":"{token}","signature":"{digest}"}},"event-data":{{}}}}"#
        )
    };
    let verify = |body: &str| {
        let run = hookproof("verify body --as body --provider mailgun --secret-env S --tolerance 5m --header X-A:b");
        run.file("body", body).env("S", "key-of-mailgun").exits(1)
    };
    verify(&body(stamp, token)).prints("stale");
    let moved = verify(&body(&format!("{stamp}5"), &token[1..]));
    assert!(!moved.stdout().starts_with("valid"), "{}", moved.stdout());
}

#[test]
fn without_a_timestamp_to_judge_nothing_is_fresh() {
    let verify = |body: &str| {
        let signature = hex::encode(sha256(b"key-of-linear", body.as_bytes()));
        let run = hookproof("verify body --provider linear --secret-env S --signature").arg(signature);
        run.file("body", body).env("S", "key-of-linear")
    };
    verify(r#"{"a":1}"#).exits(1).prints("without a timestamp");
    verify(&format!(r#"{{"webhookTimestamp":{}}}"#, now() * 1_000)).exits(0).prints("valid");
    // One that is too long to be looked into can't be judged at all.
    verify(&format!(r#"{{"webhookTimestamp":1000000000000,"a":"{}"}}"#, "x".repeat(17 << 20))).exits(3);
}

#[test]
fn an_address_is_signed_as_it_goes_over_the_wire() {
    for path in ["/hook?cb=https://a.example/c", "/hook#rc=3", "/hook"] {
        let listener = listen_with(Run::new().env("S", "key-of-square"), "--provider square --secret-env S");
        let to = format!("http://127.0.0.1:{}{path}", listener.port);
        hookproof("send square --secret-env S --to").arg(to).env("S", "key-of-square").exits(0);
    }
    let sign = |url: &str| {
        let run = hookproof("sign body --provider square --secret-env S --url").arg(url).file("body", "{}");
        run.env("S", "key-of-square").exits(0).stdout()
    };
    // An address that is told is signed letter for letter, as the libraries do.
    assert_ne!(sign("https://h.example/x#rc=3"), sign("https://h.example/x"));
    assert_ne!(sign("https://me:pw@h.example/x"), sign("https://h.example/x"));
    assert_ne!(sign("https://h.example/y"), sign("https://h.example/x"));
    hookproof("listen --public-url https://h.example/?a=b --for 1s").exits(2).says("query");
}

#[test]
fn requests_cost_what_their_size_says() {
    // Ten megabytes that would be a million fields of a form, and a head with hundreds of signatures.
    let public = hookproof("sign body --provider discord --generate-key --json").file("body", "{}").exits(0);
    let key = public.lines().remove(0)["public_key"].as_str().unwrap().to_string();
    let run = Run::new().env("S", "key-of-superfolio").env("K", &key);
    let listener = listen_with(run, "--compact --secret-env superfolio=S --secret-env discord=K");
    let fields = (0..1_200_000).fold(String::new(), |text, n| text + &format!("{n:x}&"));
    let plain = "x".repeat(fields.len());
    let time = |body: &str| {
        let begun = Instant::now();
        assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &"ab".repeat(32))], body.as_bytes()), 401);
        begun.elapsed()
    };
    let (simple, many) = (time(&plain), time(&fields));
    assert!(many < simple * 8 + Duration::from_secs(2), "{many:?} against {simple:?}");
    listener.signal("TERM");
}
