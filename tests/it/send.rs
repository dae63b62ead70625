//! `send`: what goes over the wire, and how the answer is judged.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::testing::skipped;
use crate::support::{Run, accepting, hookproof, openssl_hmac, read_request, stub};

const SECRET: &str = "it's a secret to nobody";

/// `hookproof send` with these words, to this address.
fn send(words: &str, to: &str) -> Run {
    hookproof(&format!("send {words} --to")).arg(to)
}

fn signed(words: &str, to: &str) -> Run {
    send(words, to).env("HOOKPROOF_SECRET", SECRET)
}

#[test]
fn each_scheme_stands_on_the_wire_as_documented() {
    let hmac = |prefix: &str, body: &[u8]| format!("{prefix}{}", openssl_hmac(SECRET, body));
    let check = |words: &str, header: &str, expected: &dyn Fn(&[u8]) -> String| {
        let stub = accepting();
        signed(words, &stub.url).exits(0);
        let got = stub.next();
        assert_eq!(got.method, "POST", "{words}");
        assert_eq!(got.all("content-type"), ["application/json"], "{words}");
        assert_eq!(got.all(header), [expected(&got.body)], "{words}");
    };
    check("superfolio/form.submitted", "X-Superfolio-Signature", &|body| hmac("", body));
    check("superleap/lead.update", "x-superleap-signature", &|body| hmac("sha256=", body));
    check("superleap/student.create", "x-superleap-signature", &|body| hmac("sha256=", body));
    check("swapcard/profile_update", "X-Signature-256", &|body| hmac("sha256=", body));
    check("fingerprinting-api/NEW_VISIT", "X-Webhook-Signature", &|_| SECRET.to_string());
    let mine = "fingerprinting-api/NEW_VISIT --signature-header X-Mine";
    check(mine, "X-Mine", &|_| SECRET.to_string());
    check(&format!("{mine} --signature-mode hmac"), "X-Mine", &|body| hmac("", body));
}

#[test]
fn what_is_not_signed_carries_no_signature() {
    let check = |run: &dyn Fn(&str) -> Run| {
        let stub = accepting();
        run(&stub.url).exits(0).prints("unsigned");
        let got = stub.next();
        let names: Vec<_> = got.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        assert!(!names.iter().any(|name| name.contains("signature")), "{names:?}");
        assert!(!got.headers.iter().any(|(_, value)| value.contains(SECRET)));
    };
    check(&|url| signed("komo/SiteViewed", url));
    check(&|url| send("swapcard/profile_create", url));
    check(&|url| signed("superfolio/form.submitted --unsigned", url));
}

#[test]
fn a_body_of_ones_own_is_signed_and_sent_byte_for_byte() {
    for body in [&b"{\"a\" : 1}\r\n\r\n"[..], b"\xff\xfe\x00\x80 not text", b"", "Zo\u{eb} \u{1f389}".as_bytes()] {
        for name in ["body.bin", "-"] {
            let stub = accepting();
            let run = signed("superfolio", &stub.url).args(["--body", name]);
            run.file("body.bin", body).stdin(body).exits(0);
            let got = stub.next();
            assert_eq!(got.body, body, "{name}");
            assert_eq!(got.all("x-superfolio-signature"), [openssl_hmac(SECRET, body)], "{name}");
        }
    }
}

#[test]
fn headers_keep_commas_repeats_and_order_and_replace_ours() {
    let stub = accepting();
    let run = signed("superfolio/form.submitted", &stub.url);
    let given = ["X-List: a, b,c", "x-list: d", "Content-Type: text/plain", "User-Agent: mine", "X-Empty:"];
    given.iter().fold(run, |run, header| run.args(["-H", header])).exits(0);
    let got = stub.next();
    assert_eq!(got.all("x-list"), ["a, b,c", "d"]);
    assert_eq!(got.all("content-type"), ["text/plain"]);
    assert_eq!(got.all("user-agent"), ["mine"]);
    assert_eq!(got.all("x-empty"), [""]);
}

#[test]
fn a_signature_given_by_hand_takes_the_place_of_ours() {
    let stub = accepting();
    signed("superfolio/form.submitted", &stub.url).args(["-H", "x-superfolio-signature: wrong"]).exits(0);
    assert_eq!(stub.next().all("x-superfolio-signature"), ["wrong"]);
}

#[test]
fn a_host_given_by_hand_goes_out_once() {
    let stub = accepting();
    send("komo/SiteViewed", &stub.url).args(["-H", "Host: shop.example"]).exits(0);
    assert_eq!(stub.next().all("host"), ["shop.example"]);
}

#[test]
fn a_header_with_a_line_break_is_refused() {
    let stub = accepting();
    for header in ["X-A: b\r\nX-B: c", "X-A: b\nX-B: c", "X-A: b\rc", "X\n-A: b", "no colon", ": b"] {
        send("komo/SiteViewed", &stub.url).args(["-H", header]).exits(2).says("header");
    }
    assert!(stub.is_idle());
}

#[test]
fn names_globs_and_providers_choose_what_is_sent_in_their_order() {
    let check = |words: &str, expected: &[&str]| {
        let stub = accepting();
        let lines = signed(&format!("{words} --json"), &stub.url).exits(0).lines();
        let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
        assert_eq!(events, expected, "{words}");
        for _ in expected {
            stub.next();
        }
        assert!(stub.is_idle(), "{words}");
    };
    check("form.submitted komo/SiteViewed", &["form.submitted", "SiteViewed"]);
    check("superleap/lead.*", &["lead.create", "lead.update", "lead.delete"]);
    check("fingerprinting-api", &["NEW_VISIT", "NEW_VISITOR"]);
    check("superfolio/tracking_link.updated", &["tracking_link.updated"]);
}

#[test]
fn variants_go_out_only_when_asked_for() {
    let count = |words: &str| {
        let stub = accepting();
        signed(&format!("{words} --json"), &stub.url).exits(0).lines().len()
    };
    assert_eq!(count("superfolio"), 16);
    assert_eq!(count("superfolio --variants"), 18);
    assert_eq!(count("swapcard/*"), 3);
    assert_eq!(count("swapcard/* --variants"), 9);
}

#[test]
fn every_secret_is_there_before_anything_goes_out() {
    let stub = accepting();
    let run = send("superfolio/form.submitted superleap/lead.create", &stub.url);
    run.env("SUPERFOLIO_WEBHOOK_SECRET", SECRET).exits(2).says("SUPERLEAP_WEBHOOK_SECRET");
    assert!(stub.is_idle());
}

#[test]
fn a_dry_run_shows_everything_and_sends_nothing() {
    let stub = accepting();
    let finished = signed("superfolio/form.submitted --dry-run --seed 1", &stub.url).exits(0);
    finished.prints("X-Superfolio-Signature: ").prints("\"event_type\": \"form.submitted\"").prints("not sent");
    let plain = signed("superfolio/form.submitted --dry-run --seed 1 --json", &stub.url).exits(0).lines();
    let body = plain[0]["body"].as_str().expect("the body");
    assert_eq!(plain[0]["bytes"], body.len());
    let header = |name: &str| {
        let named = |pair: &&Value| pair[0].as_str().is_some_and(|given| given.eq_ignore_ascii_case(name));
        plain[0]["headers"].as_array().and_then(|pairs| pairs.iter().find(named)).map(|pair| pair[1].clone())
    };
    assert_eq!(header("x-superfolio-signature"), Some(openssl_hmac(SECRET, body.as_bytes()).into()));
    assert_eq!((&plain[0]["hookproof"], &plain[0]["method"]), (&"sent/1".into(), &"POST".into()));
    let token = signed("fingerprinting-api/NEW_VISIT --dry-run --json", &stub.url).exits(0).stdout();
    assert!(token.contains("[token, 23 characters]") && !token.contains(SECRET), "{token}");
    assert!(stub.is_idle());
}

#[test]
fn a_delay_stands_between_deliveries() {
    let stub = accepting();
    let begun = Instant::now();
    send("komo/SiteViewed komo/SignUpSuccess komo/WebhookError --delay 300ms", &stub.url).exits(0);
    assert!(begun.elapsed() >= Duration::from_millis(600), "{:?}", begun.elapsed());
}

#[test]
fn verbose_shows_the_request_and_the_whole_answer() {
    let long = "x".repeat(500);
    let answer = long.clone();
    let stub = stub(move |_| (200, vec![("X-Answer", "42".into())], format!("{answer}\nend of it")));
    let finished = signed("fingerprinting-api/NEW_VISIT -v", &stub.url).exits(0);
    let finished = finished.prints("POST http://127").prints("trafficSource").prints("x-answer: 42");
    let finished = finished.prints(&long).prints("end of it").prints("[token, 23 characters]");
    assert!(!finished.stdout().contains(SECRET) && !finished.stderr().contains(SECRET));
}

#[test]
fn a_missing_target_outside_a_terminal_is_an_error() {
    hookproof("send komo/SiteViewed").exits(2).says("no target").says("--to");
}

#[test]
fn every_provider_can_be_sent_to_self() {
    for provider in ["superfolio", "superleap", "komo", "swapcard", "fingerprinting-api"] {
        let finished = hookproof(&format!("send {provider} --to self --variants")).exits(0);
        assert!(!finished.stdout().contains("invalid") && !finished.stdout().contains("refused"), "{provider}");
    }
}

#[test]
fn sending_to_self_shows_both_sides_and_names_the_made_up_secret() {
    let finished = hookproof("send superfolio/form.submitted --to self").exits(0).says("made-up");
    finished.prints("→ superfolio/form.submitted").prints("  valid\n").prints("← 200 OK");
}

#[test]
fn short_addresses_reach_this_machine() {
    let stub = accepting();
    let port = stub.url.rsplit(':').next().unwrap().split('/').next().unwrap();
    for to in ["PORT/hook", ":PORT/hook", "localhost:PORT/hook", "127.0.0.1:PORT/hook", "http://localhost:PORT/hook"] {
        send("komo/SiteViewed", &to.replace("PORT", port)).exits(0);
        assert_eq!(stub.next().target, "/hook", "{to}");
    }
}

#[test]
fn an_ipv6_literal_is_an_address() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return skipped("this machine has no IPv6");
    };
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            assert!(read_request(&mut stream).contains(&format!("host: [::1]:{port}")));
            stream.write_all(b"HTTP/1.1 204 None\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    send("komo/SiteViewed", &format!("[::1]:{port}/hook")).exits(0);
    send("komo/SiteViewed", &format!("http://[::1]:{port}/hook")).exits(0);
    serving.join().unwrap();
}

#[test]
fn a_duration_without_its_unit_is_refused() {
    for flag in ["--timeout 5", "--delay 1", "--timeout 0s", "--delay=-1s", "--timeout soon"] {
        send(&format!("komo/SiteViewed {flag}"), "1/").exits(2).says("3s");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for to in ["example.com/hook", "ftp://example.com", "99999/hook", ""] {
        send("komo/SiteViewed", to).exits(2).says("is not an address to send to");
    }
}

#[test]
fn a_receiver_of_our_own_takes_what_is_not_signed_too() {
    let run = hookproof("send komo superleap/lead.create --to self").env("HOOKPROOF_SECRET", "any");
    run.exits(0).prints("5 deliveries: 5 accepted");
}

#[test]
fn an_own_body_under_a_providers_name_alone_claims_no_event() {
    let stub = accepting();
    let run = hookproof("send superfolio --body own --json").args(["--to", &stub.url]).file("own", "{}");
    assert_eq!(run.env("HOOKPROOF_SECRET", "any").exits(0).lines()[0]["event"], "(own body)");
}

#[test]
fn a_name_near_a_listed_one_is_doubted_before_it_passes_for_an_own_object() {
    let finished = hookproof("send superleap/leed.create --to self").exits(0);
    finished.says("did you mean `lead.create`?");
}

#[test]
fn a_proxy_of_an_unknown_kind_is_refused_and_nothing_goes_out() {
    for proxy in ["hptt://localhost:1", "socks5://localhost:1", "localhost:1"] {
        let run = hookproof("send komo/SiteViewed --to http://example.invalid/ --proxy").arg(proxy);
        run.exits(2).says("--proxy takes an http:// or https:// address");
    }
    for name in ["http_proxy", "ALL_PROXY"] {
        let run = hookproof("send komo/SiteViewed --to http://example.invalid/").env(name, "socks5://localhost:1");
        run.exits(2).says(name);
    }
    let stub = accepting();
    hookproof("send komo/SiteViewed --to").arg(&stub.url).env("http_proxy", "socks5://localhost:1").exits(0);
}

#[test]
fn a_delivery_is_made_when_it_goes_out_and_not_before_the_wait() {
    let stub = accepting();
    send("komo/SiteViewed komo/SignUpSuccess --delay 1200ms", &stub.url).exits(0);
    let time = |got: crate::support::Received| got.json()["timestamp"].as_str().expect("a time").to_string();
    let (first, second) = (time(stub.next()), time(stub.next()));
    assert!(first[..19] < second[..19], "{first} and {second}");
}

#[test]
fn a_secret_in_the_address_is_not_printed() {
    let stub = accepting();
    for words in ["-v", "--json", "--dry-run"] {
        let run = hookproof(&format!("send komo/SiteViewed {words} --to {}?token=mysupersecretvalue", stub.url));
        let finished = run.env("HOOKPROOF_SECRET", "mysupersecretvalue").exits(0);
        assert!(!finished.stdout().contains("mysupersecretvalue"), "{}", finished.stdout());
    }
    assert!(stub.next().target.ends_with("?token=mysupersecretvalue"), "it still goes where it was told to");
}
