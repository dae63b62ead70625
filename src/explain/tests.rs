//! Planted causes are found, and nothing else is.
#![expect(clippy::print_stdout, reason = "the tests tell how much was planted")]

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rand_chacha::rand_core::SeedableRng as _;

mod wrong_secrets;

use super::bodies::{ends, shapes};
use super::codes::is_rare;
use super::digests::{Construction, others};
use super::{Explanation, Question, STORIES, ValueOf, explain, keys_of};
use crate::catalog::{Algorithm, Catalog, Decode, Encoding, Folder, Part, Provider, Scheme};
use crate::message::{Delivery, Headers};
use crate::render::{Randomness, World};
use crate::secret::{Named, Secret};
use crate::signature::{self, Key, Layout, Scene, Slot, Tolerance, Use};

const BODIES: [&[u8]; 13] = [
    br#"{"event_id":"e-1","event_type":"form.submitted","amount":10}"#,
    "{\"b\": 1.0, \"a\": 1E2, \"2\": \"x\", \"url\": \"https://a/b\", \"name\": \"Zo\u{eb} \u{1f389}\"}\n".as_bytes(),
    b"{\r\n  \"html\": \"<p>a&b</p>\",\r\n  \"esc\": \"\\u00e9\\/\\u003c\",\r\n  \"n\": 12345678901234567890\r\n}\r\n",
    b"payload=%7B%22a%22%3A1.0%7D&b=x+y",
    b"  plain text, no JSON  ",
    b"token=t&command=%2Fdeploy&text=api+prod%21+%2A%28now%29%2A+it%27s%7E&a=1&c=%c3%a9&a=2&b[]=3&b[]=4&e=",
    b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 2\r\n--X\r\nContent-Disposition: form-data; \
      name=\"f\"; filename=\"f.txt\"\r\n\r\nfile\r\n--X--\r\n",
    b"\xff\xfe{\0\"\0a\0\"\0:\x001\0}\0",
    br#""{\"a\":\"&lt;b&gt; it's &amp;\"}""#,
    "{\"name\":\"Ã©â€™\"}".as_bytes(),
    // gzip of {"a":1}
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\x00\xaf\xac\x1b\x56\x07\x00\x00\x00",
    b"\xef\xbb\xbf{}",
    b"eyJhIjoxfQ==",
];
const SECRETS: [&str; 7] = [
    "s3cr3t",
    "whsec_c2VjcmV0LWtleS1ieXRlcw==",
    "with space # and $HOME",
    "0123456789abcdef",
    "<a&b>\"c'd&lt;&amp;\\n",
    "{\"key\":\"a%2Bb\"}",
    "a$$b''c\\\"d\\\\e+f%%g\\n",
];
/// The variable that holds the secret.
const VARIABLE: &str = "WEBHOOK_SECRET";

/// The scheme of a provider that was made up for the test.
fn scheme(lines: &str) -> Scheme {
    let text = format!(
        "name = 'Acme'\nsummary = ''\npage = ''\nchecked = ''\n[[signature]]\nmode = 'hmac'\nheader = 'X-Signature'\n\
         secret = 'required'\n{lines}"
    );
    let files = std::iter::once(("provider.toml".to_string(), text)).collect();
    let provider = Provider::load(Folder { id: "acme".into(), shown: "acme".into(), files }).unwrap();
    provider.description.signature[0].clone()
}

fn plain(prefix: &str) -> Scheme {
    scheme(&format!("algorithm = 'hmac-sha256'\nencoding = 'hex'\nprefix = '{prefix}'\naccept = ['upper-case']"))
}

fn token() -> Scheme {
    scheme("algorithm = 'token'")
}

fn delivery(body: impl AsRef<[u8]>) -> Delivery {
    let mut headers = Headers::default();
    headers.push("Host", "hooks.example:8080");
    headers.push("X-Request-Timestamp", "1764000000");
    headers.push("X-Request-Id", "req_123456");
    Delivery {
        method: "POST".into(),
        target: "/hook?b=x%20y&a=c/d&c=%C3%A9".into(),
        headers,
        body: body.as_ref().to_vec(),
    }
}

fn scene(delivery: &Delivery) -> Scene<'_> {
    let now = "2025-11-24T16:00:00Z".parse().unwrap();
    Scene { delivery, url: None, now, tolerance: Tolerance::Off }
}

fn ask(scheme: &Scheme, secret: &str, delivery: &Delivery, value: &str) -> Explanation {
    let secret = Secret::new(secret).unwrap();
    let scene = scene(delivery);
    let question = Question {
        scheme,
        secret: &secret,
        variable: Some(VARIABLE),
        others: &[],
        scene,
        value,
        origin: ValueOf::Sender,
        depth: 3,
        beyond: &[],
    };
    explain(&question, || true)
}

fn all_shapes(body: &[u8]) -> Vec<super::bodies::Alteration> {
    let mut all = Vec::new();
    shapes(body, &mut |code, detail, bytes| all.push((code, detail, bytes)));
    all
}

/// Whether the first cause is the planted one, or one that gives the same bytes.
fn names(explanation: &Explanation, codes: &[&str]) -> bool {
    explanation.causes.iter().any(|cause| {
        let matches = |(change, code): (&super::Change, &&str)| change.code == *code || change.same.contains(code);
        cause.changes.len() == codes.len() && cause.changes.iter().zip(codes).all(matches)
    })
}

/// A delivery that a scheme signed, from which planted ones are made.
struct Bench {
    scheme: Scheme,
    secret: String,
    delivery: Delivery,
    value: String,
}

impl Bench {
    fn new(scheme: &Scheme, secret: &str, body: &[u8]) -> Self {
        let mut delivery = delivery(body);
        let now = "2025-11-24T16:00:00Z".parse().unwrap();
        let mut world = World { now, random: Randomness::from_seed([7; 32]) };
        let named = Named { from: "TEST".to_string(), secret: Secret::new(secret).unwrap() };
        signature::sign(scheme, &[named], &mut delivery, None, &mut world).unwrap();
        let value = String::from_utf8(signature::received(scheme, &delivery).remove(0)).unwrap();
        Self { scheme: scheme.clone(), secret: secret.to_string(), delivery, value }
    }

    fn written(&self, digest: &[u8]) -> String {
        match self.scheme.encoding.unwrap() {
            Encoding::Hex => hex::encode(digest),
            Encoding::Base64 => STANDARD.encode(digest),
            Encoding::Base64Url => URL_SAFE_NO_PAD.encode(digest),
        }
    }

    fn key(&self) -> Key {
        Key::read(&self.scheme, &Secret::new(self.secret.as_str()).unwrap(), Use::Sign).unwrap()
    }

    fn layout(&self) -> Layout {
        signature::layout(&self.scheme, &scene(&self.delivery)).unwrap()
    }

    /// The digest or signature over an altered delivery.
    fn digest(&self, construction: Construction, key: Option<&[u8]>, layout: &Layout, body: &[u8]) -> Vec<u8> {
        let form = signature::fields(body);
        match self.key() {
            Key::Bytes(own) => construction.digest(key.unwrap_or(&own), layout, body, &form),
            Key::Pair(pair) => pair.sign(&layout.parts(body, &form, &[]).concat()),
        }
    }

    /// The header's value with another digest in it.
    fn planted(&self, digest: &[u8]) -> String {
        let own = signature::digests(&self.scheme, &self.value).remove(0);
        self.value.replace(&self.written(&own), &self.written(digest))
    }

    /// Every single cause that can be planted here: its code and the value that it gives.
    fn causes(&self) -> Vec<(&'static str, String)> {
        let (own, layout) = (Construction::Of(self.scheme.algorithm), self.layout());
        let body = self.delivery.body.as_slice();
        let mut causes = Vec::new();
        let mut plant = |code, construction, key: Option<&[u8]>, layout: &Layout, body: &[u8]| {
            let value = self.planted(&self.digest(construction, key, layout, body));
            if value != self.value {
                causes.push((code, value));
            }
        };
        if layout.has(&Slot::Body) || layout.has(&Slot::Form) {
            for (code, _, other) in all_shapes(body).into_iter().chain(ends(body)) {
                plant(code, own, None, &layout, &other);
            }
        }
        if !self.scheme.algorithm.is_asymmetric() {
            for (code, _, key) in super::keys::alterations(&self.scheme.key, self.secret.as_bytes()) {
                plant(code, own, Some(&key), &layout, body);
            }
            for (code, _, key) in super::key_texts::of_variable(VARIABLE, self.secret.as_bytes()) {
                plant(code, own, Some(&key), &layout, body);
            }
        }
        for (code, _, other) in super::contents::alterations(&self.scheme, &scene(&self.delivery)) {
            plant(code, own, None, &other, body);
        }
        for (construction, code, _) in others(&self.scheme) {
            plant(code, construction, None, &layout, body);
        }
        causes
    }

    fn finds(&self, code: &str, value: &str) -> bool {
        names(&ask(&self.scheme, &self.secret, &self.delivery, value), &[code])
    }
}

#[test]
fn every_single_cause_that_is_planted_is_found() {
    let (mut planted, mut missed) = (0, Vec::new());
    let (bare, prefixed) = (plain(""), plain("sha256="));
    let bodies = BODIES.iter().map(|body| (&bare, SECRETS[0], body));
    let secrets = SECRETS[1..].iter().map(|secret| (&bare, *secret, &BODIES[0]));
    let mut codes: HashSet<&str> = HashSet::new();
    for (scheme, secret, body) in bodies.chain(secrets).chain([(&prefixed, SECRETS[0], &BODIES[1])]) {
        let bench = Bench::new(scheme, secret, body);
        for (code, value) in bench.causes() {
            planted += 1;
            codes.insert(code);
            if !bench.finds(code, &value) {
                missed.push(format!("{code} on {:?} with {secret:?}", String::from_utf8_lossy(body)));
            }
        }
    }
    // What depends on the scheme is planted on every scheme, and ways of writing a digest by a test of their own.
    // Forms of a value, of its timestamp and of an announced length have tests beside this one.
    let elsewhere = |code: &str| {
        ["content-", "digest-", "token-", "value-", "timestamp-"].iter().any(|begin| code.starts_with(begin))
            || ["body-beyond-length", "body-cut-short", "signature-earlier"].contains(&code)
    };
    let of_search = STORIES.iter().map(|story| story.code.0).filter(|code| !elsewhere(code));
    let unplanted: Vec<&str> = of_search
        .filter(|code| !codes.contains(code) && !["key-other", "key-not-decoded", "body-chunks"].contains(code))
        .collect();
    assert!(unplanted.is_empty(), "never planted: {unplanted:?}");
    println!("planted {planted}, missed {}", missed.len());
    assert!(planted > 1_000 && missed.is_empty(), "of {planted} were missed: {missed:#?}");
}

/// How often each cause is planted on a scheme.
const TIMES: usize = 2;

/// A secret of the scheme's own form, and one that shows what can go wrong with it.
fn secret_of(scheme: &Scheme) -> String {
    if scheme.algorithm.is_asymmetric() || scheme.key.decode != Decode::Text {
        let made = signature::generate(scheme, [42; 32]).unwrap().private;
        return String::from_utf8(made.expose().to_vec()).unwrap();
    }
    format!("{}c2VjcmV0I2tleQ$x \\n", scheme.key.strip.first().map_or("sec_", String::as_str))
}

#[test]
fn every_single_cause_is_found_on_every_scheme() {
    let catalog = Catalog::built_in().unwrap();
    let (mut planted, mut missed, mut schemes) = (0, Vec::new(), 0);
    let mut planted_codes: HashSet<&str> = HashSet::new();
    for provider in catalog.providers.iter().filter(|provider| provider.alias_of.is_none()) {
        // A digest in the address covers the body apart from the signature.
        let is_bench = |scheme: &&Scheme| scheme.algorithm != Algorithm::Token && scheme.body_digest.is_none();
        for scheme in provider.description.signature.iter().filter(is_bench) {
            schemes += 1;
            let mut seen: HashMap<&str, usize> = HashMap::new();
            let reads_body = scheme.content.0.iter().any(|part| matches!(part, Part::At(_)));
            for text in &BODIES {
                let text = if reads_body {
                    br#"{"signature":{"timestamp":"1764000000","token":"0123456789abcdef"},"n":1.0,"u":"a/b"}"#
                } else {
                    *text
                };
                let bench = Bench::new(scheme, &secret_of(scheme), text);
                for (code, value) in bench.causes() {
                    let times = seen.entry(code).or_default();
                    *times += 1;
                    planted_codes.insert(code);
                    if *times <= if is_rare(code) { 1 } else { TIMES } {
                        planted += 1;
                        if !bench.finds(code, &value) {
                            let text = String::from_utf8_lossy(text);
                            missed.push(format!("{code} on {} {} over {text:?}", provider.id, scheme.mode));
                        }
                    }
                }
            }
        }
    }
    println!("planted {planted} on {schemes} schemes, missed {}", missed.len());
    let of_content = STORIES.iter().map(|story| story.code.0).filter(|code| code.starts_with("content-"));
    let unplanted: Vec<&str> = of_content.filter(|code| !planted_codes.contains(code)).collect();
    assert!(unplanted.is_empty(), "never planted: {unplanted:?}");
    assert!(planted > 1_000 && missed.is_empty(), "of {planted} were missed: {missed:#?}");
}

#[test]
fn planted_pairs_are_found() {
    let (mut planted, mut missed) = (0, Vec::new());
    let stamped = scheme(
        "algorithm = 'hmac-sha256'\nencoding = 'hex'\ncontent = '{timestamp}.{body}'\n\
         list = { separator = ',', pair = '=', take = 'v1' }\ntimestamp = { item = 't', unit = 's', past = 300 }",
    );
    for scheme in [plain(""), stamped] {
        for text in &BODIES[..3] {
            let bench = Bench::new(&scheme, "s3cr3t", text);
            for (shape, _, body) in all_shapes(text).into_iter().step_by(13) {
                for (key_code, _, key) in super::keys::alterations(&scheme.key, b"s3cr3t").into_iter().step_by(11) {
                    let is_plain = body == *text || key == b"s3cr3t" || body.is_empty();
                    if is_plain {
                        continue;
                    }
                    planted += 1;
                    let own = Construction::Of(scheme.algorithm);
                    let value = bench.planted(&bench.digest(own, Some(&key), &bench.layout(), &body));
                    if !names(&ask(&scheme, "s3cr3t", &bench.delivery, &value), &[shape, key_code]) {
                        missed.push(format!("{shape} with {key_code} on {:?}", String::from_utf8_lossy(text)));
                    }
                }
            }
        }
    }
    println!("planted {planted} pairs, missed {}", missed.len());
    assert!(planted > 100 && missed.is_empty(), "of {planted} were missed: {missed:#?}");
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    signature::digest(Algorithm::HmacSha256, key, &[message])
}

#[test]
fn ways_of_writing_a_right_digest_are_named() {
    let delivery = delivery(BODIES[0]);
    let digest = hmac(b"s3cr3t", BODIES[0]);
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &digest);
    let twice = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hex::encode(&digest));
    let digits = hex::encode(&digest);
    let check = |prefix: &str, value: &str, code: &str| {
        let explanation = ask(&plain(prefix), "s3cr3t", &delivery, value);
        assert!(names(&explanation, &[code]), "{code}: {explanation:?}");
    };
    check("", &encoded, "digest-base64");
    check("", &twice, "digest-base64-of-hex");
    check("", &format!("sha256={digits}"), "digest-prefix");
    check("sha256=", &digits, "digest-prefix");
    for spaced in ["sha256= ", "sha256 =", "sha256 = ", "sha256=\t"] {
        check("sha256=", &format!("{spaced}{digits}"), "digest-prefix");
    }
    let decoded = STANDARD.decode(&digits).unwrap();
    check("", &hex::encode(&decoded), "digest-hex-as-base64");
    check("sha256=", &format!("sha256={}", hex::encode(decoded)), "digest-hex-as-base64");
    check("", &hex::encode(STANDARD.decode(digits.to_uppercase()).unwrap()), "digest-hex-as-base64");
    check("", &format!("\"{digits}\""), "digest-quoted");
    check("", &format!("t=1764000000,v1={digits}"), "digest-prefix");
    let after_body = hex::encode([BODIES[0], digest.as_slice()].concat());
    check("", &after_body, "digest-after-body");
    check("sha256=", &format!("sha256={after_body}"), "digest-after-body");
}

/// Long bodies are planted here: on each of the others they would take time.
#[test]
fn a_character_that_chunks_cut_is_named() {
    let body = |middle: &str| format!("{{\"text\":\"{}{middle}\"}}", "x".repeat(600));
    let value = hex::encode(hmac(b"s3cr3t", body("\u{fffd}\u{fffd}").as_bytes()));
    let found = ask(&plain(""), "s3cr3t", &delivery(body("\u{e9}")), &value);
    assert!(names(&found, &["body-chunks"]) || names(&found, &["body-non-ascii-replaced"]), "{found:?}");
    let value = hex::encode(hmac(b"s3cr3t", body("\u{e9}\u{fffd}\u{fffd}").as_bytes()));
    assert!(names(&ask(&plain(""), "s3cr3t", &delivery(body("\u{e9}\u{e8}")), &value), &["body-chunks"]));
}

/// Go's `h.Sum(body)` hashes nothing and writes the digest after the body.
#[test]
fn a_digest_of_nothing_after_the_body_is_named() {
    let explanation = |body: &[u8], value: &str| ask(&plain(""), "s3cr3t", &delivery(body), value);
    let digest = hmac(b"s3cr3t", b"");
    let value = [BODIES[0], digest.as_slice()].concat();
    assert!(names(&explanation(BODIES[0], &hex::encode(&value)), &["body-empty", "digest-after-body"]));
    assert!(names(&explanation(BODIES[0], &STANDARD.encode(&value)), &["body-empty", "digest-after-body"]));
    let wrong = hmac(b"another", b"");
    assert!(explanation(BODIES[0], &hex::encode([BODIES[0], wrong.as_slice()].concat())).causes.is_empty());
}

#[test]
fn a_token_that_was_altered_is_named() {
    let scheme = token();
    let delivery = delivery(BODIES[0]);
    let check = |value: &str, code: &str| assert!(names(&ask(&scheme, "tok_en", &delivery, value), &[code]), "{code}");
    check("tok_en\n", "key-newline");
    check("\"tok_en\"", "key-quotes");
    check("undefined", "key-undefined");
    check("Bearer tok_en", "digest-prefix");
    let digest = hmac(b"tok_en", BODIES[0]);
    check(&hex::encode(digest), "token-scheme");
}

#[test]
fn another_secret_at_hand_is_named_by_its_owner() {
    let scheme = plain("");
    let delivery = delivery(BODIES[0]);
    let (right, other) = (Secret::new("right").unwrap(), Secret::new("other").unwrap());
    let value = hex::encode(hmac(b"other", BODIES[0]));
    let others = [("acme".to_string(), other)];
    let question = Question {
        scheme: &scheme,
        secret: &right,
        variable: None,
        others: &others,
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
        beyond: &[],
    };
    let explanation = explain(&question, || true);
    assert!(explanation.causes[0].text().contains("acme"), "{explanation:?}");
    assert!(!keys_of(&question).is_empty());
}

#[test]
fn a_search_with_a_key_pair_asks_for_the_time_and_takes_few_signatures() {
    let scheme = scheme(
        "algorithm = 'ed25519'\nencoding = 'base64'\ncontent = '{timestamp}{body}'\nkey = { decode = 'base64' }\n\
         timestamp = { header = 'X-Request-Timestamp', unit = 's' }\n\
         list = { separator = ' ', pair = ',', take = 'v1' }",
    );
    let value: Vec<String> = (0..40_u8).map(|byte| format!("v1,{}", STANDARD.encode([byte; 64]))).collect();
    let value = value.join(" ");
    assert_eq!(super::targets(&value, &scheme).len(), 4);
    let delivery = delivery(BODIES[0]);
    let secret = Secret::new(signature::generate(&scheme, [42; 32]).unwrap().public).unwrap();
    let asked = std::cell::Cell::new(0);
    let question = Question {
        scheme: &scheme,
        secret: &secret,
        variable: None,
        others: &[],
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
        beyond: &[],
    };
    let explanation = explain(&question, || {
        asked.set(asked.get() + 1);
        asked.get() <= 10
    });
    assert!((1..10).contains(&explanation.tried.candidates), "{:?}", explanation.tried);
    assert!(!explanation.tried.complete);
    let wrong = Secret::new("no key").unwrap();
    let explanation = explain(&Question { secret: &wrong, ..question }, || true);
    assert_eq!((explanation.idle, explanation.tried.candidates), (Some(super::Idle::NoKey), 0));
}

#[test]
fn time_that_is_up_is_said() {
    let scheme = plain("");
    let delivery = delivery(BODIES[0]);
    let secret = Secret::new("s").unwrap();
    let value = "ab".repeat(32);
    let question = Question {
        scheme: &scheme,
        secret: &secret,
        variable: None,
        others: &[],
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
        beyond: &[],
    };
    let explanation = explain(&question, || false);
    assert!(explanation.causes.is_empty() && !explanation.tried.complete);
}
