//! `listen --forward`: what reaches the application, and what comes back to the sender.

mod ways;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{
    Finished, Gate, Reserved, Run, accepting, closed_port, hookproof, listen, listen_with, on_each, openssl_hmac, post,
    raw, raw_receiver, read_request, stub,
};

const SECRET: &str = "it's a secret to nobody";
const OWN: &str = "the application's own secret";
const SUPERFOLIO: &[u8] = br#"{"event_id":"e1","event_type":"form.submitted","scope":"s","data":{},"event_data":{}}"#;

/// The lines of JSON about what went on.
fn forwarded(finished: &Finished) -> Vec<Value> {
    finished.lines().into_iter().filter(|line| line["hookproof"] == "forwarded/1").collect()
}

/// An answer's head and body.
fn parts(answer: &str) -> (String, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no whole answer: {answer:?}"));
    (head.to_lowercase(), body.to_string())
}

/// Posts from another thread.
fn posting(port: u16, body: &'static [u8]) -> std::thread::JoinHandle<u16> {
    std::thread::spawn(move || post(port, &[], body))
}

#[test]
fn the_same_bytes_and_headers_go_on_without_those_of_the_connection() {
    let (url, received) = raw_receiver();
    let listener = listen_with(Run::new(), &format!("--count 1 --forward {url}?a=b"));
    let body = b"\xff\x00{\"a\":1E2,\r\n \"a\":2}\x1b";
    let head = format!(
        "POST /captured?x=1 HTTP/1.1\r\nHost: public.example\r\nContent-Length: {}\r\nX-B: 1\r\nx-a: é\r\n\
         Connection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nProxy-Authorization: p\r\nAuthorization: Bearer t\r\n\
         Cookie: c=1\r\nX-B: 2\r\n\r\n",
        body.len()
    );
    let answer = raw(listener.port, &[head.as_bytes(), body].concat());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let seen = received.recv_timeout(Duration::from_secs(10)).expect("a request");
    let end = seen.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    assert_eq!(&seen[end + 4..], body);
    let head = String::from_utf8(seen[..end].to_vec()).expect("text").to_lowercase();
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines[0], "post /hook?a=b http/1.1");
    let port = url.rsplit(':').next().unwrap().split('/').next().unwrap();
    for line in [format!("host: 127.0.0.1:{port}"), "authorization: bearer t".into(), "cookie: c=1".into()] {
        assert!(lines.contains(&line.as_str()), "{line}: {head}");
    }
    assert!(lines.contains(&"x-a: é"), "{head}");
    let repeats: Vec<&&str> = lines.iter().filter(|line| line.starts_with("x-b: ")).collect();
    assert_eq!(repeats, [&"x-b: 1", &"x-b: 2"]);
    for gone in ["x-hop", "te:", "proxy-authorization", "public.example", "x-forwarded", "via:"] {
        assert!(!head.contains(gone), "{gone}: {head}");
    }
    listener.exits(0);
}

#[test]
fn the_applications_answer_is_given_back_and_shown() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(
            b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 10\r\nContent-Type: app/own\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
              Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\r\nshort\x1b\xff\x00\r\n",
        );
    });
    let listener = listen_with(Run::new(), &format!("--count 1 --forward {url}"));
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", listener.port)).expect("a connection");
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        .expect("a write");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert!(answer.ends_with(b"\r\n\r\nshort\x1b\xff\x00\r\n"), "{answer:?}");
    let (head, _) = parts(&String::from_utf8_lossy(&answer));
    for line in ["http/1.1 418", "content-type: app/own", "set-cookie: a=1", "set-cookie: b=2", "content-length: 10"] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert!(!head.contains("x-hop") && !head.contains("keep-alive") && !head.contains("nosniff"), "{head}");
    // The application refused it, and the exit code says so.
    let finished = listener.exits(1).says("forwarded: 1 refused");
    let line = finished.stdout().lines().find(|line| line.contains(&url)).expect("a line").to_string();
    assert!(line.contains("unknown → ") && line.contains("418") && line.contains("ms") && line.contains("short"));
    assert!(!finished.stdout().contains('\x1b'), "{line:?}");
}

#[test]
fn a_journal_leaves_open_what_the_application_answered() {
    let application = stub(|_| (201, Vec::new(), "made".to_string()));
    let folder = tempfile::TempDir::new().expect("a folder");
    let journal = folder.path().join("j.jsonl");
    let words = format!("--json --count 1 --journal {} --forward {}", journal.display(), application.url);
    let listener = listen_with(Run::new(), &words);
    assert_eq!(post(listener.port, &[], SUPERFOLIO), 201);
    let finished = listener.exits(0);
    let lines = finished.lines();
    assert_eq!(lines[0]["answer"], serde_json::json!({"status": null}));
    assert_eq!(lines[1]["target"].as_str(), Some(application.url.as_str()));
    let told = (&lines[1]["outcome"], &lines[1]["status"], &lines[1]["event"], &lines[1]["answer"]);
    assert_eq!(told, (&"accepted".into(), &201.into(), &"form.submitted".into(), &"made".into()));
    let entry: Value = serde_json::from_str(&std::fs::read_to_string(&journal).expect("a journal")).expect("a line");
    assert_eq!(entry["answer"], serde_json::json!({"status": null, "by": "application"}));
    let path = journal.display().to_string();
    hookproof("history --journal").arg(&path).exits(0).prints("fwd");
    hookproof("history --journal").arg(&path).arg(entry["id"].as_str().expect("an id")).exits(0).prints("→ forwarded");
    let again = accepting();
    let finished = hookproof("replay --last --journal").arg(&path).args(["--to", &again.url]).exits(0);
    assert!(!finished.stdout().contains("the first time"), "{}", finished.stdout());
    assert_eq!(again.next().body, SUPERFOLIO);
    // A line about forwarding is no delivery, and is passed over.
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    let proved = hookproof("verify --json -").env("HOOKPROOF_SECRET", SECRET).stdin(text.join("\n")).exits(1).lines();
    assert_eq!(proved.len(), 1, "{proved:?}");
}

#[test]
fn deliveries_go_on_one_after_the_other_in_the_order_they_came() {
    let application = stub(|received| {
        std::thread::sleep(Duration::from_millis(if received.body == b"0" { 300 } else { 0 }));
        (200, Vec::new(), String::new())
    });
    let listener = listen_with(Run::new(), &format!("--count 5 --forward {}", application.url));
    let bodies: [&'static [u8]; 5] = [b"0", b"1", b"2", b"3", b"4"];
    let posts: Vec<_> = bodies
        .iter()
        .map(|body| {
            let handle = posting(listener.port, body);
            std::thread::sleep(Duration::from_millis(40));
            handle
        })
        .collect();
    assert!(posts.into_iter().all(|post| post.join().expect("a status") == 200));
    for body in bodies {
        assert_eq!(application.next().body, body);
    }
    listener.exits(0).says("forwarded: 5 accepted");
}

#[test]
fn several_go_on_at_a_time_where_that_is_asked_for() {
    let at_once = |words: &str| {
        let (sender, most) = std::sync::mpsc::channel();
        let under_way = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let url = on_each(move |mut stream| {
            use std::sync::atomic::Ordering::SeqCst;
            read_request(&mut stream);
            let _ = sender.send(under_way.fetch_add(1, SeqCst) + 1);
            std::thread::sleep(Duration::from_millis(300));
            under_way.fetch_sub(1, SeqCst);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        let listener = listen_with(Run::new(), &format!("--count 6 --forward {url} {words}"));
        let posts: Vec<_> = (0..6).map(|_| posting(listener.port, b"{}")).collect();
        assert!(posts.into_iter().all(|post| post.join().expect("a status") == 200));
        listener.exits(0);
        most.try_iter().max().expect("requests")
    };
    assert_eq!((at_once(""), at_once("--parallel 3")), (1, 3));
}

#[test]
fn a_slow_application_keeps_no_other_request_waiting() {
    let (gate, (sender, arrived)) = (Gate::default(), std::sync::mpsc::channel());
    let held = gate.clone();
    let url = on_each(move |mut stream| {
        read_request(&mut stream);
        let _ = sender.send(());
        held.pass();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let run = Run::new().env("HOOKPROOF_SECRET", SECRET);
    let listener = listen_with(run, &format!("--forward {url}"));
    let signature = openssl_hmac(SECRET, SUPERFOLIO);
    let port = listener.port;
    let slow = std::thread::spawn(move || post(port, &[("X-Superfolio-Signature", &signature)], SUPERFOLIO));
    arrived.recv_timeout(Duration::from_secs(60)).expect("a request");
    assert!(raw(port, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").contains("405"));
    assert_eq!(post(port, &[], SUPERFOLIO), 401);
    gate.open();
    assert_eq!(slow.join().expect("a status"), 200);
    listener.signal("TERM");
    listener.exits(0).says("forwarded: 1 accepted");
}

#[test]
fn only_what_is_proved_goes_on_where_a_secret_is_given() {
    let application = accepting();
    let run = Run::new().env("HOOKPROOF_SECRET", SECRET);
    let listener = listen_with(run, &format!("--json --forward {}", application.url));
    let good = openssl_hmac(SECRET, SUPERFOLIO);
    let komo = br#"{"event":"SiteViewed","timestamp":"2026-01-01T00:00:00Z","site_id":"1","site_name":"n","user_session_id":"u"}"#;
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", "00")], SUPERFOLIO), 401);
    assert_eq!(post(listener.port, &[], SUPERFOLIO), 401);
    assert_eq!(post(listener.port, &[], komo), 401);
    assert_eq!(post(listener.port, &[], b"{}"), 401);
    assert!(application.is_idle());
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &good)], SUPERFOLIO), 200);
    let received = application.next();
    assert_eq!((received.body.as_slice(), received.all("x-superfolio-signature")), (SUPERFOLIO, vec![good.as_str()]));
    listener.signal("INT");
    assert_eq!(forwarded(&listener.exits(0)).len(), 1);
    // A secret of one provider lets nothing of another past either.
    let run = Run::new().env("OWN", SECRET);
    let listener = listen_with(run, &format!("--secret-env stripe=OWN --forward {}", application.url));
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &good)], SUPERFOLIO), 401);
    listener.signal("INT");
    listener.exits(0);
    assert!(application.is_idle());
    let words = format!("listen --port 0 --provider komo --forward {}", application.url);
    hookproof(&words).env("HOOKPROOF_SECRET", SECRET).exits(2).says("documents no signature");
}

#[test]
fn a_delivery_is_signed_afresh_for_the_applications_own_secret() {
    let application = stub(|received| {
        let is_right = received.all("x-superfolio-signature") == [openssl_hmac(OWN, &received.body)];
        (if is_right { 200 } else { 401 }, Vec::new(), format!("I know {OWN}"))
    });
    let run = Run::new().env("HOOKPROOF_SECRET", SECRET).env("APP", OWN);
    let words = format!("--json --count 1 --re-sign --forward-secret-env APP --forward {}", application.url);
    let listener = listen_with(run, &words);
    let good = openssl_hmac(SECRET, SUPERFOLIO);
    assert_eq!(post(listener.port, &[("X-Superfolio-Signature", &good), ("X-A", "1")], SUPERFOLIO), 200);
    let received = application.next();
    assert_eq!((received.body.as_slice(), received.all("x-a")), (SUPERFOLIO, vec!["1"]));
    let finished = listener.exits(0);
    assert!(!finished.stdout().contains(OWN), "{}", finished.stdout());
    // Its own receiver proves it too, with the timestamp of a scheme that has one.
    let inner = listen_with(Run::new().env("HOOKPROOF_SECRET", OWN), "--json --count 1");
    let run = Run::new().env("HOOKPROOF_SECRET", SECRET).env("APP", OWN);
    let words = format!("--count 1 --re-sign --forward-secret-env APP --forward 127.0.0.1:{}", inner.port);
    let outer = listen_with(run, &words);
    let to = format!("send slack --to {}", outer.port);
    let sent = hookproof(&to).env("HOOKPROOF_SECRET", SECRET).output();
    assert_eq!(sent.output.status.code(), Some(0), "{}{}", sent.stdout(), sent.stderr());
    assert_eq!(inner.exits(0).lines()[0]["verdict"], "valid");
    outer.exits(0);
    let words = format!("listen --port 0 --re-sign --forward {}", application.url);
    hookproof(&words).exits(2).says("no secret is given to sign with");
}

#[test]
fn an_application_that_is_not_up_is_told_once_and_the_sender_may_try_again() {
    let port = closed_port();
    let listener = listen_with(Run::new(), &format!("--count 3 --json --forward {port}/hook"));
    for _ in 0..3 {
        let (head, body) = parts(&raw(
            listener.port,
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        ));
        assert!(head.starts_with("http/1.1 502") && body.contains("try again"), "{head}\n{body}");
    }
    let finished = listener.exits(1).says("forwarded: 3 not delivered").says("--forward-retry");
    assert_eq!(finished.stderr().matches("can't be reached").count(), 1, "{}", finished.stderr());
    assert!(forwarded(&finished).iter().all(|line| line["outcome"] == "unreachable" && line["ok"] == false));
}

#[test]
fn an_application_that_comes_up_gets_what_waited_for_it() {
    let reserved = Reserved::new();
    let port = reserved.port();
    let folder = tempfile::TempDir::new().expect("a folder");
    let journal = folder.path().join("j.jsonl");
    let words = format!("--count 3 --journal {} --forward-retry 20s --forward {port}/hook", journal.display());
    let listener = listen_with(Run::new(), &words);
    let mut posts = Vec::new();
    for (at, body) in [b"0", b"1", b"2"].into_iter().enumerate() {
        posts.push(posting(listener.port, body));
        // The order of arrival is that of the journal. A busy machine may delay a thread for longer than any pause.
        let kept = || std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
        let begun = Instant::now();
        while kept() <= at {
            assert!(begun.elapsed() < Duration::from_secs(20), "delivery {at} was not kept");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    std::thread::sleep(Duration::from_millis(400));
    let server = tiny_http::Server::from_listener(reserved.listen(), None).expect("a server");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut request = server.recv_timeout(Duration::from_secs(10)).expect("a server").expect("a request");
        let mut body = String::new();
        request.as_reader().read_to_string(&mut body).expect("a body");
        seen.push(body);
        request.respond(tiny_http::Response::empty(204)).expect("an answer");
    }
    assert_eq!(seen, ["0", "1", "2"]);
    assert!(posts.into_iter().all(|post| post.join().expect("a status") == 204));
    let finished = listener.exits(0).says("takes deliveries again").says("forwarded: 3 accepted");
    assert_eq!(finished.stderr().matches("can't be reached").count(), 1, "{}", finished.stderr());
}

#[test]
fn an_application_that_is_late_or_breaks_off_is_told_apart() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let check = |to: &str, status: u16, outcome: &str| {
        let listener = listen_with(Run::new(), &format!("--count 1 --json --forward-timeout 300ms --forward {to}"));
        assert_eq!(post(listener.port, &[], b"{}"), status);
        assert_eq!(forwarded(&listener.exits(1))[0]["outcome"], outcome);
    };
    check(&format!("127.0.0.1:{port}"), 504, "timed-out");
    let broken = on_each(|mut stream| {
        read_request(&mut stream);
    });
    check(&broken, 502, "dropped");
}

#[test]
fn a_sender_may_be_answered_first() {
    let gate = Gate::default();
    let held = gate.clone();
    let url = on_each(move |mut stream| {
        read_request(&mut stream);
        held.pass();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let listener = listen_with(Run::new(), &format!("--count 2 --json --answer-first --forward {url}"));
    assert_eq!([post(listener.port, &[], b"1"), post(listener.port, &[], b"2")], [200, 200]);
    gate.open();
    // What was taken is handed on before it ends.
    let finished = listener.exits(0).says("forwarded: 2 accepted");
    assert_eq!(finished.lines()[0]["answer"]["status"], 200);
    assert_eq!(forwarded(&finished).len(), 2);
    let listener = listen_with(Run::new(), &format!("--count 1 --answer-first --forward {}", closed_port()));
    assert_eq!(post(listener.port, &[], b"1"), 200);
    listener.exits(1).says("1 not delivered");
}

#[test]
fn a_stop_waits_a_moment_and_counts_what_was_left() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(Duration::from_secs(30));
    });
    let listener = listen_with(Run::new(), &format!("--answer-first --forward {url}"));
    for body in [b"1", b"2", b"3"] {
        assert_eq!(post(listener.port, &[], body), 200);
    }
    let begun = Instant::now();
    listener.signal("INT");
    listener.exits(1).says("forwarded: 3 not delivered");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // Whoever waits for its answer still is told to try again.
    let listener = listen_with(Run::new(), &format!("--forward {url}"));
    let waiting: Vec<_> = [b"1", b"2"].map(|body| posting(listener.port, body)).into_iter().collect();
    std::thread::sleep(Duration::from_millis(600));
    listener.signal("INT");
    assert!(waiting.into_iter().all(|post| post.join().expect("a status") == 503));
    listener.exits(1).says("forwarded: 2 not delivered");
    let listener = listen_with(
        Run::new(),
        &format!(
            "--forward {}",
            on_each(|mut stream| {
                read_request(&mut stream);
                std::thread::sleep(Duration::from_millis(600));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            })
        ),
    );
    let under_way = posting(listener.port, b"1");
    std::thread::sleep(Duration::from_millis(200));
    listener.signal("TERM");
    assert_eq!(under_way.join().expect("a status"), 200);
    listener.exits(0).says("forwarded: 1 accepted");
}

#[test]
fn an_end_that_is_no_stop_waits_for_all_answers() {
    let url = on_each(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(Duration::from_secs(2));
        let _ = stream.write_all(b"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n");
    });
    let listener = listen_with(Run::new(), &format!("--for 500ms --forward {url}"));
    let under_way = posting(listener.port, b"1");
    assert_eq!(under_way.join().expect("a status"), 201);
    listener.exits(0).says("forwarded: 1 accepted");
}

#[test]
fn a_big_body_goes_on_whole_and_so_does_a_long_answer_up_to_its_bound() {
    let body: Vec<u8> = (0..8 << 20).map(|at: u32| (at * 7 % 251) as u8).collect();
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let answered = |length: usize| {
        let application = stub(move |_| (200, vec![("X-A", "1".to_string())], "x".repeat(length)));
        let listener = listen_with(Run::new(), &format!("--json --count 1 --forward {}", application.url));
        let answer = parts(&raw(listener.port, &[head.as_bytes(), &body].concat()));
        assert!(application.next().body == body);
        (answer, listener.exits(0))
    };
    let ((head, text), finished) = answered(8 << 20);
    assert!(head.starts_with("http/1.1 200") && head.contains("x-a: 1") && text.len() == 8 << 20, "{head}");
    assert!(!finished.stderr().contains("8 MiB"), "{}", finished.stderr());
    let ((head, text), finished) = answered((8 << 20) + 1);
    assert!(head.starts_with("http/1.1 200") && text.contains("longer than 8 MiB"), "{head}\n{text}");
    finished.says("longer than 8 MiB, so its sender got the status alone");
}

#[test]
fn an_answer_that_can_not_be_given_back_is_none() {
    for answer in [
        "200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n\x1f\x0b\r\n0\r\n\r\n",
        "101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhi",
        "200 OK\r\nContent-Length: 50\r\n\r\nshort",
        "200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    ] {
        let url = on_each(move |mut stream| {
            read_request(&mut stream);
            let _ = stream.write_all(format!("HTTP/1.1 {answer}").as_bytes());
        });
        let listener = listen_with(Run::new(), &format!("--json --count 1 --forward {url}"));
        assert_eq!(post(listener.port, &[], b"{}"), 502, "{answer}");
        let finished = listener.exits(1).says("1 not delivered");
        assert_eq!(forwarded(&finished)[0]["outcome"], "dropped", "{answer}");
    }
}

#[test]
fn interim_answers_and_answers_without_a_body_pass() {
    for (answer, status) in [
        (
            "100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
            202,
        ),
        ("204 No Content\r\n\r\n", 204),
        ("304 Not Modified\r\nContent-Length: 500\r\n\r\n", 304),
    ] {
        let url = on_each(move |mut stream| {
            read_request(&mut stream);
            let _ = stream.write_all(format!("HTTP/1.1 {answer}").as_bytes());
        });
        let listener = listen_with(Run::new(), &format!("--count 1 --forward {url}"));
        assert_eq!(post(listener.port, &[], b"{}"), status);
        listener.exits(i32::from(status == 304));
    }
}

#[test]
fn events_have_routes_and_all_others_the_usual_way() {
    let (usual, second, forms) = (accepting(), stub(|_| (500, Vec::new(), String::new())), accepting());
    let words = format!("--json --forward {} --forward {} --route form.*={}", usual.url, second.url, forms.url);
    let listener = listen_with(Run::new(), &words);
    assert_eq!(post(listener.port, &[], SUPERFOLIO), 200);
    assert_eq!(forms.next().body, SUPERFOLIO);
    // Of several the first one's answer is given back.
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    assert_eq!([usual.next().body, second.next().body], [b"{}", b"{}"]);
    assert!(forms.is_idle() && usual.is_idle());
    listener.signal("INT");
    let finished = listener.exits(1).says("forwarded: 2 accepted, 1 refused");
    assert_eq!(forwarded(&finished).len(), 3);
    // What no route takes is answered as ever.
    let listener = listen_with(Run::new(), &format!("--count 1 --json --route form.*={}", forms.url));
    assert_eq!(post(listener.port, &[], b"{}"), 200);
    assert_eq!(listener.exits(0).says("none forwarded").lines()[0]["answer"]["status"], 200);
    assert!(forms.is_idle());
}

#[test]
fn what_is_expected_is_forwarded_before_the_end() {
    let application = stub(|_| {
        std::thread::sleep(Duration::from_millis(400));
        (202, Vec::new(), String::new())
    });
    let words = format!("--expect form.submitted --allow unchecked --within 20s --forward {}", application.url);
    let listener = listen_with(Run::new(), &words);
    assert_eq!(post(listener.port, &[], SUPERFOLIO), 202);
    listener.exits(0).says("forwarded: 1 accepted");
}

/// Runs `listen` with these words, where PORT stands for a free port. If another process takes it first, it tries again.
fn on_a_free_port(words: &str) -> Finished {
    for _ in 0..20 {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let finished = hookproof(&format!("listen {}", words.replace("PORT", &port.to_string()))).output();
        if finished.output.status.code() != Some(3) {
            return finished;
        }
    }
    panic!("no port stays free");
}

#[test]
fn a_listener_does_not_forward_to_itself() {
    for to in ["PORT", "127.0.0.1:PORT/a", "http://[::1]:PORT", "0.0.0.0:PORT"] {
        let finished = on_a_free_port(&format!("--port PORT --for 2s --forward {to}"));
        assert_eq!(finished.output.status.code(), Some(2), "{to}");
        finished.says("is this listener itself");
    }
    let finished = on_a_free_port("--host 0.0.0.0 --port PORT --for 2s --forward localhost:PORT");
    assert_eq!(finished.output.status.code(), Some(2), "{}", finished.stderr());
    hookproof(&format!("listen --port 0 --for 100ms --forward {}", closed_port())).exits(0);
}

#[test]
fn what_is_said_wrong_is_an_error() {
    let check = |words: &str, text: &str| hookproof(&format!("listen --port 0 {words}")).exits(2).says(text);
    check("--forward nowhere", "write the scheme too");
    check("--route form.*", "is no route");
    check("--route form.submited=3000", "did you mean 'form.submitted'?");
    check("--route form.*=nowhere", "write the scheme too");
    check("--provider komo --route form.*=3000", "no event of komo is called `form.*`");
    check("--insecure", "as in --forward https://");
    check("--forward https://localhost:1 --proxy ::", "--proxy");
    check("--answer-first", "--forward");
    check("--forward 3000 --forward-secret-env A", "--re-sign");
    let finished = check("--forward http://u:hunter2@h:x/", "not an address");
    assert!(!finished.stderr().contains("hunter2"), "{}", finished.stderr());
    let listener = listen(Run::new().env("HOOKPROOF_SECRET", SECRET));
    listener.signal("INT");
    assert!(!listener.exits(0).stderr().contains("orward"));
}
