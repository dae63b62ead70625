//! How commands connect: certificates and proxies.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::mpsc::channel;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::support::{Run, accepting, closed_port, hookproof, on_each, read_request};

/// A receiver over TLS for localhost and 127.0.0.1: its address, and the PEM of the authority that signed for it.
fn secured(
    issue: impl Fn(rcgen::CertificateParams, &rcgen::KeyPair) -> (rcgen::Certificate, String),
) -> (String, String) {
    let (url, trusted, _) = overheard(issue);
    (url, trusted)
}

/// As above, and what it hears of each connection.
fn overheard(
    issue: impl Fn(rcgen::CertificateParams, &rcgen::KeyPair) -> (rcgen::Certificate, String),
) -> (String, String, std::sync::mpsc::Receiver<String>) {
    responding(issue, b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true)
}

/// A receiver that gives this response to a POST, and may end TLS without notice.
fn responding(
    issue: impl Fn(rcgen::CertificateParams, &rcgen::KeyPair) -> (rcgen::Certificate, String),
    response: &'static [u8],
    ends_with_notice: bool,
) -> (String, String, std::sync::mpsc::Receiver<String>) {
    let (sender, heard) = channel();
    let key = rcgen::KeyPair::generate().expect("a key");
    let names = ["localhost".to_string(), "127.0.0.1".to_string()];
    let (certificate, trusted) = issue(rcgen::CertificateParams::new(names).expect("names"), &key);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate");
    let config = Arc::new(config);
    let url = on_each(move |stream| {
        let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let request = read_request(&mut stream);
        let _ = sender.send(request.clone());
        if request.starts_with("post ") {
            let _ = stream.write_all(response);
            if ends_with_notice {
                stream.conn.send_close_notify();
            }
            let _ = stream.flush();
        }
    });
    (url.replace("http://", "https://"), trusted, heard)
}

fn by_itself(params: &rcgen::CertificateParams, key: &rcgen::KeyPair) -> (rcgen::Certificate, String) {
    let certificate = params.self_signed(key).expect("a certificate");
    let pem = certificate.pem();
    (certificate, pem)
}

pub(crate) fn self_signed() -> (String, String) {
    secured(|params, key| by_itself(&params, key))
}

/// As above, with a certificate whose last day is over.
pub(crate) fn expired() -> (String, String) {
    secured(|mut params, key| {
        params.not_after = rcgen::date_time_ymd(2020, 1, 2);
        by_itself(&params, key)
    })
}

/// A receiver that signed for itself, and what it hears of each connection.
pub(crate) fn self_signed_overheard() -> (String, String, std::sync::mpsc::Receiver<String>) {
    overheard(|params, key| by_itself(&params, key))
}

/// A receiver whose certificate an authority of its own signed.
fn signed_by_an_authority() -> (String, String) {
    secured(|params, key| {
        let authority_key = rcgen::KeyPair::generate().expect("a key");
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = authority.clone().self_signed(&authority_key).expect("a certificate").pem();
        let issuer = rcgen::Issuer::new(authority, authority_key);
        (params.signed_by(key, &issuer).expect("a certificate"), pem)
    })
}

fn send(words: &str, to: &str) -> Run {
    hookproof(&format!("send komo/SiteViewed {words} --to")).arg(to)
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    for (url, _) in [self_signed(), signed_by_an_authority()] {
        send("", &url).exits(3).prints("no connection to 127.0.0.1").prints("certificate");
    }
}

#[test]
fn any_certificate_will_do_where_that_is_wanted() {
    let (url, _) = self_signed();
    send("--insecure", &url).exits(0).prints("202 Accepted");
}

#[test]
fn a_further_authority_is_trusted() {
    for (url, pem) in [self_signed(), signed_by_an_authority()] {
        send("--cacert ca.pem", &url).file("ca.pem", &pem).exits(0).prints("202 Accepted");
        send("--cacert ca.pem", &url.replace("127.0.0.1", "localhost")).file("ca.pem", &pem).exits(0);
    }
}

#[test]
fn an_authority_vouches_for_its_own_only() {
    let (url, _) = signed_by_an_authority();
    let (_, other) = signed_by_an_authority();
    send("--cacert ca.pem", &url).file("ca.pem", other).exits(3);
}

/// A certificate that says of itself that it is an authority's, as `openssl req -x509` makes it.
fn of_an_authority(
    change: impl Fn(&mut rcgen::CertificateParams),
) -> impl Fn(rcgen::CertificateParams, &rcgen::KeyPair) -> (rcgen::Certificate, String) {
    move |mut params, key| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        change(&mut params);
        by_itself(&params, key)
    }
}

#[test]
fn the_certificate_that_is_named_is_trusted_itself() {
    let (url, pem) = secured(of_an_authority(|_| {}));
    let refused = send("--json", &url).exits(3).lines().remove(0);
    assert!(["certificate-untrusted", "certificate-of-an-authority"].contains(&refused["cause"].as_str().unwrap()));
    send("--cacert own.pem", &url).file("own.pem", &pem).exits(0).prints("202 Accepted");
    hookproof("doctor --cacert own.pem").arg(&url).file("own.pem", &pem).exits(0);
    // One that an authority signed, which nobody names.
    let (url, pem) = secured(|params, key| {
        let authority_key = rcgen::KeyPair::generate().expect("a key");
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.signed_by(key, &rcgen::Issuer::new(authority, authority_key)).expect("a certificate");
        let pem = certificate.pem();
        (certificate, pem)
    });
    send("--cacert own.pem", &url).file("own.pem", &pem).exits(0).prints("202 Accepted");
    // Another certificate, however alike, is not.
    let (_, other) = secured(of_an_authority(|_| {}));
    send("--cacert own.pem", &url).file("own.pem", other).exits(3);
}

#[test]
fn names_and_dates_of_the_certificate_that_is_named_count() {
    let check = |change: fn(&mut rcgen::CertificateParams), cause: &str| {
        let (url, pem) = secured(of_an_authority(change));
        let line = send("--json --cacert own.pem", &url).file("own.pem", &pem).exits(3).lines().remove(0);
        assert_eq!(line["cause"], cause, "{line}");
    };
    check(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 2), "certificate-expired");
    check(|params| params.not_before = rcgen::date_time_ymd(2100, 1, 2), "certificate-early");
    check(
        |params| {
            params.subject_alt_names =
                rcgen::CertificateParams::new(["a.example".to_string()]).expect("names").subject_alt_names;
        },
        "certificate-of-another",
    );
}

#[test]
fn a_whole_response_counts_although_tls_ends_without_notice() {
    for response in [
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok".as_slice(),
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (url, pem, _) = responding(|params, key| by_itself(&params, key), response, false);
        send("--cacert own.pem", &url).file("own.pem", &pem).exits(0);
    }
    for response in [
        b"HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\nok".as_slice(),
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nok",
    ] {
        let (url, pem, _) = responding(|params, key| by_itself(&params, key), response, false);
        let line = send("--json --cacert own.pem", &url).file("own.pem", &pem).exits(1).lines().remove(0);
        assert_eq!((&line["outcome"], &line["cause"]), (&"dropped".into(), &"cut-off".into()), "{line}");
    }
}

#[test]
fn a_file_of_authorities_that_holds_none_is_an_error() {
    let (url, _) = self_signed();
    send("--cacert ca.pem", &url).exits(3).says("ca.pem");
    send("--cacert ca.pem", &url).file("ca.pem", "no certificate").exits(2).says("--cacert");
}

#[test]
fn a_receiver_that_speaks_no_tls_can_not_be_tested() {
    let check = |answer: &'static [u8]| {
        let plain = on_each(move |mut stream| {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(answer);
            let _ = stream.read(&mut [0; 512]);
        });
        send("--timeout 2s", &plain.replace("http://", "https://")).exits(3).prints("no connection to");
    };
    check(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    // One that waits for a request that it understands.
    check(b"");
}

#[test]
fn proxies_are_never_asked_for_loopback() {
    let proxy = accepting();
    let target = accepting();
    let port = target.url.rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{port}");
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"] {
            send("", &url).env(name, &proxy.url).exits(0);
            target.next();
        }
        send("", &url).args(["--proxy", &proxy.url]).exits(0);
        target.next();
    }
    assert!(proxy.is_idle());
}

#[test]
fn the_usual_variables_choose_a_proxy_for_other_hosts() {
    let check = |run: &dyn Fn(&str) -> Run| {
        let proxy = accepting();
        run(&proxy.url).exits(0).prints("200 OK");
        assert_eq!(proxy.next().target, "http://example.invalid/hook");
    };
    let to = "http://example.invalid/hook";
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        check(&|proxy| send("", to).env(name, proxy));
    }
    check(&|proxy| send("", to).args(["--proxy", proxy]));
    // The flag comes before the variables.
    check(&|proxy| {
        send("", to).env("HTTP_PROXY", &format!("http://127.0.0.1:{}", closed_port())).args(["--proxy", proxy])
    });
    check(&|proxy| send("", to).env("NO_PROXY", "example.invalid").args(["--proxy", proxy]));
}

#[test]
fn a_proxy_is_asked_to_connect_to_a_host_over_tls() {
    let (sender, heads) = channel();
    let proxy = on_each(move |mut stream| {
        let _ = sender.send(read_request(&mut stream));
        let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    });
    send("", "https://example.invalid/hook").env("HTTPS_PROXY", &proxy).exits(3);
    assert!(heads.recv().unwrap().starts_with("connect example.invalid:443 "));
}

#[test]
fn a_host_can_be_left_out_of_proxying() {
    let proxy = accepting();
    let run = send("--timeout 20s", "http://example.invalid/").env("HTTP_PROXY", &proxy.url);
    run.env("NO_PROXY", "example.invalid").exits(3).prints("example.invalid");
    assert!(proxy.is_idle());
}

#[test]
fn a_proxy_that_is_not_there_can_not_be_tested() {
    let gone = format!("http://127.0.0.1:{}", closed_port());
    send("", "http://example.invalid/").args(["--proxy", &gone]).exits(3);
    send("", "http://example.invalid/").args(["--proxy", "::"]).exits(2).says("--proxy");
}

#[test]
fn what_is_replayed_goes_over_tls_too() {
    let (url, pem) = self_signed();
    let http = "POST / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n{}";
    let replay =
        |words: &str| hookproof(&format!("replay raw --to {url} {words}")).file("raw", http).file("ca.pem", &pem);
    replay("--cacert ca.pem").exits(0).prints("202 Accepted");
    replay("").exits(3).prints("no connection to 127.0.0.1").prints("certificate");
}

/// A load keeps its connections over TLS too, and what closes them is no failure.
#[test]
fn a_load_goes_over_tls_and_through_a_proxy() {
    let (url, pem) = self_signed();
    let run = send("--count 20 --concurrency 4 --json --cacert ca.pem", &url).file("ca.pem", &pem);
    assert_eq!(run.exits(0).lines()[0]["statuses"]["202"], 20);
    send("--count 5 --json", &url).exits(3).prints("\"kind\":\"unreachable\"").prints("certificate");
    let (sender, asked) = channel();
    let proxy = on_each(move |mut stream| {
        for _ in 0..2 {
            let _ = sender.send(read_request(&mut stream));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let run = send("--count 4 --concurrency 1 --json --yes", "http://example.invalid/hook").args(["--proxy", &proxy]);
    assert_eq!(run.exits(0).lines()[0]["accepted"], 4);
    assert!(asked.recv().expect("a request").starts_with("post http://example.invalid/hook"));
}
