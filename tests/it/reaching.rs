//! Receivers that are not reached, or at another address than the first one.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::testing::skipped;
use crate::support::{Run, accepting, closed_port, hookproof, listen_with, on_each, post, raw};

/// A delivery as it was captured.
const KEPT: &str = "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// A receiver on `[::1]` alone: its port. Nothing where this machine has no such address.
fn on_ipv6() -> Option<u16> {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        skipped("there is no [::1] here");
        return None;
    };
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                while matches!(stream.read(&mut buffer), Ok(count) if count > 0) {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                }
            });
        }
    });
    Some(port)
}

#[test]
fn localhost_is_the_other_loopback_where_nobody_listens_at_the_first() {
    let Some(port) = on_ipv6() else { return };
    let address = format!("[::1]:{port}");
    let to = format!("localhost:{port}/hook");
    let sent = hookproof("send komo/SiteViewed --json --to").arg(&to).exits(0);
    assert_eq!(sent.lines()[0]["address"], address.as_str());
    assert!(sent.stderr().contains(&address), "{}", sent.stderr());
    // Byte for byte, and as a load.
    let sent = hookproof("send komo/SiteViewed --fault chunked --json --to").arg(&to).exits(0);
    assert_eq!(sent.lines()[0]["status"], 200);
    hookproof("send komo/SiteViewed --count 3 --concurrency 1 --to").arg(&to).exits(0);
    let run = hookproof("replay r.http --json --to").arg(&to).file("r.http", KEPT).exits(0);
    assert_eq!(run.lines()[0]["address"], address.as_str());
    hookproof("check --provider komo --only control,null --wait 5s").arg(&to).exits(0);
}

#[test]
fn a_listener_hands_on_to_the_other_loopback_and_says_so() {
    let Some(port) = on_ipv6() else { return };
    let listener = listen_with(Run::new(), &format!("--count 1 --json --forward localhost:{port}/hook"));
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    let ended = listener.exits(0);
    let forwarded = ended.lines().into_iter().find(|line| line["hookproof"] == "forwarded/1").expect("it went on");
    assert_eq!(forwarded["address"], format!("[::1]:{port}"));
    assert!(ended.stderr().contains(&format!("[::1]:{port}")), "{}", ended.stderr());
}

#[test]
fn the_first_loopback_is_used_where_somebody_listens_there() {
    let stub = accepting();
    let to = stub.url.replace("127.0.0.1", "localhost");
    let sent = hookproof("send komo/SiteViewed --json --to").arg(&to).exits(0);
    assert!(sent.lines()[0]["address"].as_str().expect("an address").starts_with("127.0.0.1:"));
    assert_eq!(sent.stderr(), "");
    assert!(hookproof("send komo/SiteViewed --json --to").arg(&stub.url).exits(0).lines()[0]["address"].is_null());
}

#[test]
fn where_nobody_listens_every_command_says_what_to_do() {
    let port = closed_port();
    let sent = hookproof(&format!("send komo/SiteViewed --json --to localhost:{port}")).exits(3);
    assert_eq!(sent.lines()[0]["cause"], "no-connection");
    assert!(sent.lines()[0]["hint"].as_str().is_some_and(|hint| hint.contains("start the receiver")));
    let told = "start the receiver";
    hookproof(&format!("send komo/SiteViewed --to 127.0.0.1:{port}")).exits(3).prints(told);
    hookproof(&format!("send komo/SiteViewed --count 2 --to localhost:{port}")).exits(3).says(told);
    hookproof(&format!("check localhost:{port} --provider komo")).exits(3).says(told);
    hookproof(&format!("doctor localhost:{port}")).exits(1).prints(told);
    hookproof(&format!("run komo.toml --to localhost:{port}"))
        .file("komo.toml", "[[step]]\nevent = \"komo/SiteViewed\"\n")
        .exits(3)
        .prints(told);
    hookproof(&format!("replay r.http --to localhost:{port}")).file("r.http", KEPT).exits(3).prints(told);
    let listener = listen_with(Run::new(), &format!("--count 1 --forward localhost:{port}/hook"));
    assert_eq!(post(listener.port, &[], b"{}"), 502);
    listener.exits(1).says(told);
}

#[test]
fn tls_spoken_to_plain_http_names_the_address_that_is_meant() {
    let url = on_each(|mut stream| {
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let https = url.replace("http://", "https://");
    let sent = hookproof("send komo/SiteViewed --json --to").arg(&https).exits(3);
    assert_eq!(sent.lines()[0]["cause"], "no-tls");
    let meant = url.trim_end_matches("/hook");
    assert!(sent.lines()[0]["hint"].as_str().is_some_and(|hint| hint.contains(meant)), "{}", sent.stdout());
    hookproof("check --provider komo").arg(&https).exits(3).says(meant);
    hookproof("doctor").arg(&https).exits(1).prints(meant);
}

#[test]
fn plain_http_spoken_to_tls_says_that_https_may_be_meant() {
    let (url, ..) = crate::tls::self_signed();
    let sent = hookproof("send komo/SiteViewed --json --to").arg(url.replace("https://", "http://")).exits(1);
    assert_eq!(sent.lines()[0]["cause"], "not-http");
    assert!(sent.lines()[0]["hint"].as_str().is_some_and(|hint| hint.contains("https://")));
}

#[test]
fn other_protocols_at_the_listeners_port_are_told_once_each() {
    let listener = listen_with(Run::new(), "--count 1");
    for _ in 0..2 {
        for bytes in [
            b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00".as_slice(),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 4 5\r\nPOST / HTTP/1.1\r\n\r\n",
        ] {
            raw(listener.port, bytes);
        }
    }
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    let told = listener.exits(0).stderr();
    for protocol in ["speaks TLS", "speaks HTTP/2", "PROXY protocol"] {
        assert_eq!(told.matches(protocol).count(), 1, "{told}");
    }
}

#[test]
fn a_name_without_an_address_is_told_as_one() {
    let sent = hookproof("send komo/SiteViewed --json --to http://no-such-name.invalid/").exits(3);
    assert_eq!(sent.lines()[0]["cause"], "name-unknown");
    assert!(sent.lines()[0]["hint"].is_string());
}
