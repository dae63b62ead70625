//! Planted causes are found, and nothing else is.
#![expect(clippy::print_stdout, reason = "the tests tell how much was planted")]

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rand_chacha::rand_core::SeedableRng as _;

use super::bodies::{ends, shapes};
use super::digests::{Construction, others};
use super::{Explanation, Question, ValueOf, explain, keys_of};
use crate::catalog::{Algorithm, Catalog, Decode, Encoding, Folder, Part, Provider, Scheme};
use crate::message::{Delivery, Headers};
use crate::render::{Randomness, World};
use crate::secret::{Named, Secret};
use crate::signature::{self, Key, Layout, Scene, Slot, Tolerance, Use};

const BODIES: [&str; 5] = [
    r#"{"event_id":"e-1","event_type":"form.submitted","amount":10}"#,
    "{\"b\": 1.0, \"a\": 1E2, \"2\": \"x\", \"url\": \"https://a/b\", \"name\": \"Zo\u{eb} \u{1f389}\"}\n",
    "{\r\n  \"html\": \"<p>a&b</p>\",\r\n  \"esc\": \"\\u00e9\\/\\u003c\",\r\n  \"n\": 12345678901234567890\r\n}\r\n",
    "payload=%7B%22a%22%3A1%7D&b=x+y",
    "  plain text, no JSON  ",
];
const SECRETS: [&str; 4] = ["s3cr3t", "whsec_c2VjcmV0LWtleS1ieXRlcw==", "with space # and $HOME", "0123456789abcdef"];

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

fn delivery(body: &str) -> Delivery {
    let mut headers = Headers::default();
    headers.push("Host", "hooks.example:8080");
    headers.push("X-Request-Timestamp", "1764000000");
    headers.push("X-Request-Id", "req_123456");
    Delivery { method: "POST".into(), target: "/hook?a=b".into(), headers, body: body.as_bytes().to_vec() }
}

fn scene(delivery: &Delivery) -> Scene<'_> {
    let now = "2025-11-24T16:00:00Z".parse().unwrap();
    Scene { delivery, url: None, now, tolerance: Tolerance::Off }
}

fn ask(scheme: &Scheme, secret: &str, delivery: &Delivery, value: &str) -> Explanation {
    let secret = Secret::new(secret).unwrap();
    let scene = scene(delivery);
    explain(&Question { scheme, secret: &secret, others: &[], scene, value, origin: ValueOf::Sender, depth: 3 }, || {
        true
    })
}

fn all_shapes(text: &str) -> Vec<super::bodies::Alteration> {
    let mut all = Vec::new();
    shapes(text.as_bytes(), &mut |code, detail, bytes| all.push((code, detail, bytes)));
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
    fn new(scheme: &Scheme, secret: &str, body: &str) -> Self {
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
            let text = String::from_utf8(body.to_vec()).unwrap();
            for (code, _, other) in all_shapes(&text).into_iter().chain(ends(body)) {
                plant(code, own, None, &layout, &other);
            }
        }
        if !self.scheme.algorithm.is_asymmetric() {
            for (code, _, key) in super::keys::alterations(&self.scheme.key, self.secret.as_bytes()) {
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
    for prefix in ["", "sha256="] {
        for text in BODIES {
            for secret in SECRETS {
                let bench = Bench::new(&plain(prefix), secret, text);
                for (code, value) in bench.causes() {
                    planted += 1;
                    if !bench.finds(code, &value) {
                        missed.push(format!("{code} on {text:?} with {secret:?}"));
                    }
                }
            }
        }
    }
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
    for provider in catalog.providers.iter().filter(|provider| provider.alias_of.is_none()) {
        for scheme in provider.description.signature.iter().filter(|scheme| scheme.algorithm != Algorithm::Token) {
            schemes += 1;
            let mut seen: HashMap<&str, usize> = HashMap::new();
            let reads_body = scheme.content.0.iter().any(|part| matches!(part, Part::At(_)));
            for text in &BODIES {
                let text = if reads_body {
                    r#"{"signature":{"timestamp":"1764000000","token":"0123456789abcdef"},"n":1.0,"u":"a/b"}"#
                } else {
                    text
                };
                let bench = Bench::new(scheme, &secret_of(scheme), text);
                for (code, value) in bench.causes() {
                    let times = seen.entry(code).or_default();
                    *times += 1;
                    if *times <= TIMES {
                        planted += 1;
                        if !bench.finds(code, &value) {
                            missed.push(format!("{code} on {} {} over {text:?}", provider.id, scheme.mode));
                        }
                    }
                }
            }
        }
    }
    println!("planted {planted} on {schemes} schemes, missed {}", missed.len());
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
            for (shape, _, body) in all_shapes(text).into_iter().step_by(3) {
                for (key_code, _, key) in super::keys::alterations(&scheme.key, b"s3cr3t").into_iter().step_by(3) {
                    let is_plain = body == text.as_bytes() || key == b"s3cr3t" || body.is_empty();
                    if is_plain {
                        continue;
                    }
                    planted += 1;
                    let own = Construction::Of(scheme.algorithm);
                    let value = bench.planted(&bench.digest(own, Some(&key), &bench.layout(), &body));
                    if !names(&ask(&scheme, "s3cr3t", &bench.delivery, &value), &[shape, key_code]) {
                        missed.push(format!("{shape} with {key_code} on {text:?}"));
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
    let digest = hmac(b"s3cr3t", BODIES[0].as_bytes());
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
    check("", &format!("\"{digits}\""), "digest-quoted");
    check("", &format!("t=1764000000,v1={digits}"), "digest-prefix");
}

#[test]
fn a_wrong_secret_is_never_explained_away() {
    for index in 0..300 {
        let wrong = format!("wrong-secret-{index}");
        let body = BODIES[index % BODIES.len()];
        let delivery = delivery(body);
        let value = hex::encode(hmac(wrong.as_bytes(), body.as_bytes()));
        let secret = Secret::new("the-right-secret").unwrap();
        let plain = plain("");
        let question = Question {
            scheme: &plain,
            secret: &secret,
            others: &[],
            scene: scene(&delivery),
            value: &value,
            origin: ValueOf::Sender,
            depth: 2,
        };
        let explanation = explain(&question, || true);
        assert!(explanation.causes.is_empty(), "{wrong}: {explanation:?}");
        assert!(explanation.tried.candidates > 1_000, "{:?}", explanation.tried);
        let token = ask(&token(), "the-right-secret", &delivery, &wrong);
        assert!(token.causes.is_empty(), "{wrong}: {token:?}");
    }
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
    let digest = hmac(b"tok_en", BODIES[0].as_bytes());
    check(&hex::encode(digest), "token-scheme");
}

#[test]
fn another_secret_at_hand_is_named_by_its_owner() {
    let scheme = plain("");
    let delivery = delivery(BODIES[0]);
    let (right, other) = (Secret::new("right").unwrap(), Secret::new("other").unwrap());
    let value = hex::encode(hmac(b"other", BODIES[0].as_bytes()));
    let others = [("acme".to_string(), other)];
    let question = Question {
        scheme: &scheme,
        secret: &right,
        others: &others,
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
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
        others: &[],
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
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
        others: &[],
        scene: scene(&delivery),
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
    };
    let explanation = explain(&question, || false);
    assert!(explanation.causes.is_empty() && !explanation.tried.complete);
}
