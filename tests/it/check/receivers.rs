//! Receivers to try `check` on: sound ones by scheme, verified by code of their own, and the servers they run in.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;

use crate::support::Received;

/// What a receiver does with a request.
pub(crate) enum Reply {
    /// Status, headers, body.
    Now(u16, Vec<(&'static str, String)>, String),
    /// 200, but after a while.
    Late(Duration),
    /// The connection is closed instead.
    Close,
    /// So are the listener and every other connection, for good.
    Die,
}

pub(crate) type Handler = Box<dyn Fn(&Received) -> Reply + Send + Sync>;

pub(crate) fn says(status: u16, text: &str) -> Reply {
    Reply::Now(status, Vec::new(), text.to_string())
}

/// A receiver that is up until it is dropped.
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Received>>>,
    stop: Box<dyn Fn() + Send + Sync>,
}

impl Receiver {
    /// What came so far.
    pub(crate) fn seen(&self) -> Vec<Received> {
        std::mem::take(&mut self.seen.lock().expect("no panic"))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        (self.stop)();
    }
}

/// On `tiny_http`: an HTTP implementation independent of ours, which hears one request after the other.
pub(crate) fn tiny(handler: Handler) -> Receiver {
    tiny_at(TcpListener::bind("127.0.0.1:0").expect("a free port"), handler)
}

/// A receiver that accepts connections from this listener.
pub(crate) fn tiny_at(listener: TcpListener, handler: Handler) -> Receiver {
    let server = Arc::new(tiny_http::Server::from_listener(listener, None).expect("a server"));
    let url = format!("http://{}/hook", server.server_addr());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (accepting, keeping) = (server.clone(), seen.clone());
    std::thread::spawn(move || {
        for mut request in accepting.incoming_requests() {
            let mut body = Vec::new();
            if request.as_reader().read_to_end(&mut body).is_err() {
                continue;
            }
            let header = |h: &tiny_http::Header| (h.field.to_string(), h.value.to_string());
            let received = Received {
                method: request.method().to_string(),
                target: request.url().to_string(),
                headers: request.headers().iter().map(header).collect(),
                body,
            };
            let reply = handler(&received);
            keeping.lock().expect("no panic").push(received);
            match reply {
                Reply::Now(status, headers, text) => {
                    let mut response = tiny_http::Response::from_string(text).with_status_code(status);
                    for (name, value) in headers {
                        response.add_header(tiny_http::Header::from_bytes(name, value).expect("a header"));
                    }
                    let _ = request.respond(response);
                }
                Reply::Late(pause) => {
                    std::thread::spawn(move || {
                        std::thread::sleep(pause);
                        let _ = request.respond(tiny_http::Response::from_string("late"));
                    });
                }
                Reply::Close | Reply::Die => unreachable!("tiny_http answers"),
            }
        }
    });
    Receiver { url, seen, stop: Box::new(move || server.unblock()) }
}

/// What a server over bare sockets does beside serving.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manners {
    /// Answers 413 to an announced body beyond this, before it is read.
    pub(crate) limit: Option<usize>,
    /// Closes each connection after its answer.
    pub(crate) closes: bool,
    /// What it does that few do.
    pub(crate) habit: Option<Habit>,
}

/// What a server over bare sockets does otherwise than most.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Closes the connection where the body is over the limit, in place of an answer.
    CutsLargeBodies,
    /// Takes what came by the first pause for the whole body.
    ReadsToTheFirstPause,
    /// Reads no body of a request that has no signature.
    LeavesUnsignedBodies,
    /// Ends where a body breaks off.
    DiesOfBrokenBodies,
}

struct Bare {
    handler: Handler,
    manners: Manners,
    seen: Arc<Mutex<Vec<Received>>>,
    open: Mutex<Vec<TcpStream>>,
    port: u16,
    is_over: AtomicBool,
    is_closed: AtomicBool,
}

/// Over bare sockets, for what no HTTP library would do; a thread for each connection.
pub(crate) fn bare(manners: Manners, handler: Handler) -> Receiver {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Arc::new(Bare {
        handler,
        manners,
        seen: seen.clone(),
        open: Mutex::default(),
        port,
        is_over: AtomicBool::new(false),
        is_closed: AtomicBool::new(false),
    });
    let accepting = server.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if accepting.is_over.load(Ordering::SeqCst) {
                break;
            }
            accepting.open.lock().expect("no panic").push(stream.try_clone().expect("a second handle"));
            let serving = accepting.clone();
            std::thread::spawn(move || serving.serve(stream));
        }
        drop(listener);
        accepting.is_closed.store(true, Ordering::SeqCst);
    });
    Receiver { url: format!("http://127.0.0.1:{port}/hook"), seen, stop: Box::new(move || server.die(None)) }
}

impl Bare {
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(reply) = self.reply(&mut reader) {
            let stream = reader.get_mut();
            let (status, headers, text) = match reply {
                Reply::Now(status, headers, text) => (status, headers, text),
                Reply::Late(pause) => {
                    std::thread::sleep(pause);
                    (200, Vec::new(), "late".to_string())
                }
                Reply::Close => break,
                Reply::Die => return self.die(reader.get_ref().peer_addr().ok()),
            };
            let mut head = format!("HTTP/1.1 {status} Told\r\nContent-Length: {}\r\n", text.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let is_last = self.manners.closes || status == 413;
            head.push_str(if is_last { "Connection: close\r\n\r\n" } else { "\r\n" });
            if stream.write_all(format!("{head}{text}").as_bytes()).is_err() {
                break;
            }
            if is_last {
                // As real servers do: what still comes is read, else the answer is lost with a reset.
                let _ = stream.shutdown(Shutdown::Write);
                let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
                let _ = std::io::copy(&mut reader, &mut std::io::sink());
                break;
            }
        }
        let _ = reader.get_mut().shutdown(Shutdown::Both);
    }

    fn reply(&self, reader: &mut BufReader<TcpStream>) -> Option<Reply> {
        let first = line(reader)?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_string(), words.next()?.to_string());
        let mut headers = Vec::new();
        loop {
            let line = line(reader)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_string(), value.trim().to_string()));
        }
        let mut received = Received { method, target, headers, body: Vec::new() };
        if received.all("transfer-encoding").is_empty() {
            let length: usize = received.all("content-length").first().map_or(Some(0), |text| text.parse().ok())?;
            if self.manners.limit.is_some_and(|limit| length > limit) {
                let is_cut = self.manners.habit == Some(Habit::CutsLargeBodies);
                return Some(if is_cut { Reply::Close } else { says(413, "too large") });
            }
            let is_unsigned = header(&received, "x-superfolio-signature").is_empty();
            let length =
                if is_unsigned && self.manners.habit == Some(Habit::LeavesUnsignedBodies) { 0 } else { length };
            received.body.resize(length, 0);
            match self.manners.habit {
                Some(Habit::ReadsToTheFirstPause) => read_to_a_pause(reader, &mut received.body),
                Some(Habit::DiesOfBrokenBodies) if reader.read_exact(&mut received.body).is_err() => {
                    return Some(Reply::Die);
                }
                Some(Habit::DiesOfBrokenBodies) => {}
                _ => reader.read_exact(&mut received.body).ok()?,
            }
        } else {
            loop {
                let length = usize::from_str_radix(&line(reader)?, 16).ok()?;
                let start = received.body.len();
                received.body.resize(start + length, 0);
                reader.read_exact(&mut received.body[start..]).ok()?;
                line(reader)?;
                if length == 0 {
                    break;
                }
            }
        }
        let reply = (self.handler)(&received);
        self.seen.lock().expect("no panic").push(received);
        Some(reply)
    }

    /// Closes the listener, then every connection, as the end of a process does: who sees the one that ended it close
    /// finds no other open.
    fn die(&self, last: Option<SocketAddr>) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        while !self.is_closed.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut open: Vec<TcpStream> = self.open.lock().expect("no panic").drain(..).collect();
        open.sort_by_key(|stream| stream.peer_addr().is_ok_and(|peer| Some(peer) == last));
        for stream in open {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Reads what comes without a pause, and cuts the body off there.
fn read_to_a_pause(reader: &mut BufReader<TcpStream>, body: &mut Vec<u8>) {
    let _ = reader.get_ref().set_read_timeout(Some(Duration::from_millis(150)));
    let mut length = 0;
    while length < body.len() {
        match reader.read(&mut body[length..]) {
            Ok(count @ 1..) => length += count,
            _ => break,
        }
    }
    body.truncate(length);
    let _ = reader.get_ref().set_read_timeout(None);
}

/// A line without its end, each byte a character, as Node and PHP see headers.
fn line(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut bytes = Vec::new();
    let count = reader.read_until(b'\n', &mut bytes).ok()?;
    while bytes.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        bytes.pop();
    }
    (count > 0).then(|| latin1(&bytes))
}

pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

pub(crate) fn hmac256(key: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key.as_ref()).expect("any key").chain_update(text).finalize().into_bytes().to_vec()
}

pub(crate) fn hmac1(key: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Vec<u8> {
    Hmac::<Sha1>::new_from_slice(key.as_ref()).expect("any key").chain_update(text).finalize().into_bytes().to_vec()
}

/// The first value under a name, in whatever case it came.
pub(crate) fn header<'a>(request: &'a Received, name: &str) -> &'a str {
    request.all(name).first().copied().unwrap_or_default()
}

fn is_hex_of(given: &str, digest: &[u8]) -> bool {
    hex::decode(given).is_ok_and(|bytes| bytes == digest)
}

pub(crate) fn is_base64_of(given: &str, digest: &[u8]) -> bool {
    BASE64_STANDARD.decode(given).is_ok_and(|bytes| bytes == digest)
}

/// Seconds since the timestamp; negative ones lie in the future.
fn age(text: &str) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    Some(i64::try_from(now).expect("seconds") - text.parse::<i64>().ok()?)
}

pub(crate) fn is_recent(text: &str) -> bool {
    age(text).is_some_and(|age| age <= 300)
}

pub(crate) fn is_near(text: &str) -> bool {
    age(text).is_some_and(|age| age.abs() <= 300)
}

fn signed(text: &str, body: &[u8]) -> Vec<u8> {
    [text.as_bytes(), body].concat()
}

pub(crate) fn url(request: &Received) -> String {
    format!("http://{}{}", header(request, "host"), request.target)
}

/// The values of one name in a list such as `t=1,v1=a,v1=b`.
fn items<'a>(list: &'a str, separator: char, pair: char, name: &str) -> Vec<&'a str> {
    let item = |item: &'a str| item.split_once(pair).filter(|(known, _)| *known == name).map(|(_, value)| value);
    list.split(separator).filter_map(item).collect()
}

/// JSON without the white space outside its strings.
fn compact(body: &[u8]) -> Vec<u8> {
    let (mut out, mut is_inside, mut is_escaped) = (Vec::new(), false, false);
    for byte in body {
        if !is_inside && byte.is_ascii_whitespace() {
            continue;
        }
        is_inside ^= *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        out.push(*byte);
    }
    out
}

/// Which of the signatures in a list have to fit.
pub(crate) type Choice = fn(&[&str], &dyn Fn(&&str) -> bool) -> bool;

/// The Stripe scheme with these checks of its own on the timestamp and on the list of signatures.
pub(crate) fn is_stripe(secret: &str, request: &Received, in_time: fn(&str) -> bool, matches: Choice) -> bool {
    let list = header(request, "Stripe-Signature");
    let [at] = items(list, ',', '=', "t")[..] else { return false };
    let digest = hmac256(secret, signed(&format!("{at}."), &request.body));
    in_time(at) && matches(&items(list, ',', '=', "v1"), &|given| is_hex_of(given, &digest))
}

/// The same for Standard Webhooks.
pub(crate) fn is_standard(secret: &str, request: &Received, in_time: fn(&str) -> bool, matches: Choice) -> bool {
    let (id, at) = (header(request, "webhook-id"), header(request, "webhook-timestamp"));
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("a beginning")).expect("base64");
    let digest = hmac256(key, signed(&format!("{id}.{at}."), &request.body));
    let given = items(header(request, "webhook-signature"), ' ', ',', "v1");
    in_time(at) && matches(&given, &|given| is_base64_of(given, &digest))
}

pub(crate) fn any(given: &[&str], fits: &dyn Fn(&&str) -> bool) -> bool {
    given.iter().any(fits)
}

/// Whether a request is the provider's, judged from its documentation and with no line of ours.
fn is_authentic(provider: &str, secret: &str, request: &Received) -> bool {
    let given = |name: &str| header(request, name);
    let body = &request.body;
    match provider {
        "superfolio" => is_hex_of(given("X-Superfolio-Signature"), &hmac256(secret, body)),
        "superleap" => {
            let value = given("x-superleap-signature");
            let value = value.strip_prefix("sha256=").unwrap_or(value);
            is_hex_of(value, &hmac256(secret, body)) || is_hex_of(value, &hmac256(secret, compact(body)))
        }
        "swapcard" => given("X-Signature-256")
            .strip_prefix("sha256=")
            .is_some_and(|value| is_hex_of(value, &hmac256(secret, body))),
        "fingerprinting-api" => given("X-Webhook-Signature") == secret,
        "gitlab" => given("X-Gitlab-Token") == secret,
        "komo" => true,
        "stripe" => is_stripe(secret, request, is_recent, any),
        "standard-webhooks" => is_standard(secret, request, is_near, any),
        "slack" => {
            let at = given("X-Slack-Request-Timestamp");
            let digest = hmac256(secret, signed(&format!("v0:{at}:"), body));
            is_near(at) && given("X-Slack-Signature").strip_prefix("v0=").is_some_and(|value| is_hex_of(value, &digest))
        }
        "shopify" => is_base64_of(given("X-Shopify-Hmac-Sha256"), &hmac256(secret, body)),
        "zendesk" => {
            let at = given("X-Zendesk-Webhook-Signature-Timestamp");
            is_base64_of(given("X-Zendesk-Webhook-Signature"), &hmac256(secret, signed(at, body)))
        }
        "twilio" => {
            let fields: BTreeSet<_> = form_urlencoded::parse(body).into_owned().collect();
            let content = fields.into_iter().fold(url(request), |content, (name, value)| content + &name + &value);
            is_base64_of(given("X-Twilio-Signature"), &hmac1(secret, content))
        }
        "hubspot" => {
            let at = given("X-HubSpot-Request-Timestamp");
            let content = [signed(&format!("{}{}", request.method, url(request)), body), at.into()].concat();
            let seconds = at.get(..at.len().saturating_sub(3)).unwrap_or_default();
            is_recent(seconds) && is_base64_of(given("X-HubSpot-Signature-v3"), &hmac256(secret, content))
        }
        "mailgun" => {
            let Ok(body) = serde_json::from_slice::<Value>(body) else { return false };
            let part = |name: &str| body["signature"][name].as_str().unwrap_or_default();
            let is_near = age(part("timestamp")).is_some_and(|age| age.abs() <= 900);
            let content = format!("{}{}", part("timestamp"), part("token"));
            is_near && is_hex_of(part("signature"), &hmac256(secret, content))
        }
        "discord" => {
            let key = hex::decode(secret).expect("hex").try_into().expect("32 bytes");
            let key = VerifyingKey::from_bytes(&key).expect("a key");
            let signature = hex::decode(given("X-Signature-Ed25519")).ok();
            let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
            let content = signed(given("X-Signature-Timestamp"), body);
            signature.is_some_and(|signature| key.verify(&content, &signature).is_ok())
        }
        other => unreachable!("{other}"),
    }
}

/// What a sound receiver does with a request that is the provider's.
fn handled(provider: &str, request: &Received) -> Reply {
    if provider == "twilio" {
        return Reply::Now(200, vec![("Content-Type", "text/xml".to_string())], "<Response/>".to_string());
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return says(400, "no JSON") };
    match provider {
        "slack" if body["type"] == "url_verification" => says(200, body["challenge"].as_str().unwrap_or_default()),
        "discord" if body["type"] == 1 => says(200, r#"{"type":1}"#),
        "discord" => says(200, r#"{"type":4,"data":{"content":"done"}}"#),
        "superleap" => says(202, ""),
        "swapcard" | "stripe" => says(204, ""),
        _ => says(200, "thanks"),
    }
}

/// A sound receiver of this provider; for Discord the secret is the public key.
pub(crate) fn sound(provider: &'static str, secret: &str) -> Handler {
    let secret = secret.to_string();
    Box::new(move |request| match provider {
        _ if request.method != "POST" => says(405, ""),
        _ if request.body.len() > 25_000_000 => says(413, ""),
        // Any of the three is a refusal.
        "superleap" | "gitlab" if !is_authentic(provider, &secret, request) => says(403, "no"),
        "zendesk" | "twilio" if !is_authentic(provider, &secret, request) => says(400, "no"),
        _ if !is_authentic(provider, &secret, request) => says(401, "no"),
        _ => handled(provider, request),
    })
}
