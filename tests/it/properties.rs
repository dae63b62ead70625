//! Whatever comes in: no panic, nothing lost, and our readers agree with other people's.

use std::collections::BTreeMap;

use hookproof::catalog::{Catalog, Content, Folder, Provider, Shape, Variants};
use hookproof::explain::{Question, ValueOf, explain};
use hookproof::json::{self, Create, Document};
use hookproof::message::{Delivery, Header, Headers};
use hookproof::path::Path;
use hookproof::render::{Edit, Freshness, Overrides, Randomness, Stencil, World, render};
use hookproof::secret::{Named, Secret};
use hookproof::signature::{self, Scene, Tolerance, Verdict};
use hookproof::{moment, wire};
use proptest::prelude::*;
use rand_chacha::rand_core::SeedableRng as _;

use crate::support::testing;

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text in which the bytes that readers stumble over are frequent.
fn treacherous() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TREACHEROUS.to_vec()), 0..60).prop_map(|parts| parts.concat())
}

const TREACHEROUS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "\\udc00",
    "d83c",
    "00e9",
    "1",
    "-",
    "0",
    ".",
    "e",
    "E+",
    "null",
    "tru",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u{0}",
    "\u{feff}",
    "é",
    "🎉",
    "=",
    "%",
    "payload=",
    "#",
    "$",
    "'",
    "POST / HTTP/1.1",
    "Host: x",
    "/",
    "~1",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "ffffffffffffffff",
    "sha256=",
    "t=1,v1=",
    "ab",
    "AQ==",
    "2026-06-01T17:45:12",
    "+05:30",
    "Z",
];

fn delivery(body: Vec<u8>, headers: Vec<(String, Vec<u8>)>) -> Delivery {
    let headers = headers.into_iter().map(|(name, value)| Header { name, value }).collect();
    Delivery { method: "POST".into(), target: "/hook?a=b".into(), headers: Headers(headers), body }
}

proptest! {
    #![proptest_config(testing::property(300))]

    #[test]
    fn every_document_is_read_laid_out_and_found_again(value in any_json()) {
        let text = value.to_string();
        prop_assert_eq!(json::compact(&json::pretty(&text).unwrap()).unwrap(), text.clone());
        let document = Document::parse(&text).unwrap();
        for (path, _) in document.paths() {
            prop_assert!(document.find(&path).is_some(), "{} in {}", path, text);
            // A path with the written form of a plain key reads back as the same steps.
            let again = Path::parse(&path.to_string()).unwrap();
            prop_assert!(document.find(&again).is_some(), "{} as {:?} in {}", path, again, text);
        }
    }

    #[test]
    fn a_value_that_is_set_stands_there_and_nothing_else_changes(value in any_json(), new in any_json(), pick in any::<prop::sample::Index>()) {
        let text = value.to_string();
        let document = Document::parse(&text).unwrap();
        let paths: Vec<_> = document.paths().collect();
        prop_assume!(!paths.is_empty());
        let path = &paths[pick.index(paths.len())].0;
        let changed = json::set(&text, path, &new.to_string(), Create::No).unwrap();
        let document = Document::parse(&changed).unwrap();
        let node = document.find(path).unwrap();
        prop_assert_eq!(document.text(node), new.to_string());
        let span = document.span(node);
        prop_assert!(text.starts_with(&changed[..span.start]) && text.ends_with(&changed[span.end..]));
        prop_assert!(Document::parse(&json::remove(&text, path).unwrap()).is_ok());
    }

    #[test]
    fn no_reader_panics(text in treacherous(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Path::parse(&text), moment::read(&text), moment::parse_user(&text));
        let _ = (wire::read_http(&bytes), wire::read_http(text.as_bytes()), wire::read_line(text.as_bytes()));
        let _ = (Secret::from_file(&bytes), hookproof::target::parse(&text));
        let head = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{text}");
        let _ = wire::read_http(head.as_bytes());
    }

    #[test]
    fn any_delivery_survives_the_line(
        body in prop::collection::vec(any::<u8>(), 0..200),
        headers in prop::collection::vec(("[A-Za-z-]{1,12}", prop::collection::vec(0x20_u8..=0xff, 0..20)), 0..6),
    ) {
        let delivery = delivery(body, headers);
        let line = serde_json::Value::Object(wire::write_delivery(&delivery, &delivery.headers)).to_string();
        prop_assert_eq!(wire::read_line(line.as_bytes()).unwrap().delivery, delivery);
    }
}

proptest! {
    #![proptest_config(testing::property(40))]

    #[test]
    fn the_explainer_takes_any_body_and_any_value(text in treacherous(), value in treacherous(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let catalog = Catalog::built_in().unwrap();
        let secret = Secret::new("pr0perty").unwrap();
        let headers = vec![("X-Time".to_string(), value.clone().into_bytes()), ("X-Id".to_string(), bytes.clone())];
        for scheme in catalog.providers.iter().flat_map(|provider| &provider.description.signature) {
            for body in [text.clone().into_bytes(), bytes.clone()] {
                let delivery = delivery(body, headers.clone());
                let now = "2026-06-01T12:00:00Z".parse().expect("a time");
    let scene = Scene { delivery: &delivery, url: None, now, tolerance: Tolerance::Off };
    let question = Question { scheme, secret: &secret, variable: None, others: &[], scene, value: &value, origin: ValueOf::Sender, depth: 1, beyond: &[] };
                // What holds no digest can't be explained. A token that is a text for nothing says it all itself.
                let causes = explain(&question, || true).causes;
                let says_nothing = |code: String| ["key-empty", "key-undefined"].contains(&code.as_str());
                prop_assert!(causes.iter().all(|cause| says_nothing(cause.code())), "{:?}", causes);
            }
        }
    }

    #[test]
    fn no_header_grammar_takes_a_value_for_a_signature_that_it_is_not(value in treacherous(), junk in treacherous(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let catalog = Catalog::built_in().unwrap();
        let secret = Named { from: "TEST".to_string(), secret: Secret::new("whsec_cHIwcGVydHk").unwrap() };
        let now = "2026-06-01T12:00:00Z".parse().expect("a time");
        for scheme in catalog.providers.iter().flat_map(|provider| &provider.description.signature) {
            let list = scheme.list.as_ref().map_or_else(String::new, |list| {
                let item = format!("{}{}{value}", list.take, list.pair);
                [item.as_str(), &junk, &item].join(&list.separator)
            });
            for value in [value.clone(), format!("{}{value}", scheme.prefix), list] {
                let mut headers: Vec<_> =
                    scheme.header.0.iter().map(|name| (name.clone(), value.clone().into_bytes())).collect();
                let stamp = scheme.timestamp.as_ref().and_then(|stamp| stamp.header.as_ref());
                headers.extend(stamp.map(|names| (names.first().to_string(), junk.clone().into_bytes())));
                headers.extend(scheme.id.as_ref().map(|id| (id.header.first().to_string(), bytes.clone())));
                let delivery = delivery(bytes.clone(), headers);
                let scene = Scene { delivery: &delivery, url: Some("https://a.example/"), now, tolerance: Tolerance::Documented };
                let judgement = signature::verify(scheme, std::slice::from_ref(&secret), &scene);
                prop_assert!(!matches!(judgement.verdict, Verdict::Valid | Verdict::Stale), "{:?}", judgement);
            }
        }
    }

    #[test]
    fn whatever_stands_around_a_right_item_it_is_found(before in "[ -~]{0,40}", after in "[ -~]{0,40}", body in treacherous()) {
        let catalog = Catalog::built_in().unwrap();
        let now = "2026-06-01T12:00:00Z".parse().expect("a time");
        let secret = [Named { from: "TEST".to_string(), secret: Secret::new("whsec_cHIwcGVydHk=").unwrap() }];
        for scheme in catalog.providers.iter().flat_map(|provider| &provider.description.signature) {
            let Some(list) = scheme.list.as_ref().filter(|_| !scheme.algorithm.is_asymmetric()) else { continue };
            let mut sent = delivery(body.clone().into_bytes(), Vec::new());
            let mut world = World { now, random: Randomness::from_seed([1; 32]) };
            signature::sign(scheme, &secret, &mut sent, None, &mut world).unwrap();
            let value = String::from_utf8(signature::received(scheme, &sent).remove(0)).unwrap();
            // Junk that is another timestamp would be believed.
            let is_stamp = |text: &str| text.contains(list.pair.as_str());
            prop_assume!(!is_stamp(&before) && !is_stamp(&after));
            sent.headers.remove(scheme.header.first());
            sent.headers.push(scheme.header.first(), [before.as_str(), &value, &after].join(&list.separator));
            let scene = Scene { delivery: &sent, url: None, now, tolerance: Tolerance::Documented };
            prop_assert_eq!(signature::verify(scheme, &secret, &scene).verdict, Verdict::Valid);
        }
    }

    #[test]
    fn a_content_template_is_read_or_refused(text in treacherous()) {
        let _ = text.parse::<Content>();
        for hole in ["{body}", "{timestamp}", "{at:a.b}", "{header:X-A}"] {
            let is_plain = !text.contains('{');
            let template = [text.as_str(), hole, text.as_str()].concat();
            prop_assert!(!is_plain || template.parse::<Content>().is_ok());
        }
    }

    #[test]
    fn a_description_that_is_cut_or_garbled_is_an_error_and_no_panic(at in any::<prop::sample::Index>(), junk in treacherous()) {
        for folder in Catalog::embedded() {
            let text = &folder.files["provider.toml"];
            let cut = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let garbled = [&text[..cut], &junk, &text[cut..]].concat();
            for text in [text[..cut].to_string(), garbled] {
                let mut files: BTreeMap<String, String> = folder.files.clone();
                files.insert("provider.toml".to_string(), text);
                let folder = Folder { id: folder.id.clone(), shown: "own".to_string(), files };
                if let Err(error) = Provider::load(folder).and_then(|provider| provider.check()) {
                    prop_assert!(error.to_string().starts_with("own/"), "{}", error);
                }
            }
        }
    }
}

/// What a user may want otherwise: values anywhere, places gone, identities, whole records.
fn overrides() -> impl Strategy<Value = (prop::sample::Index, Vec<Wanted>, Option<serde_json::Value>, Vec<String>, i64)>
{
    let wanted =
        (any::<prop::sample::Index>(), prop::option::of(any_json())).prop_map(|(at, value)| Wanted { at, value });
    let wanted = prop::collection::vec(wanted, 0..4);
    let ids = prop::collection::vec("[ -~é\"\\\\]{0,12}", 0..3);
    (any::<prop::sample::Index>(), wanted, prop::option::weighted(0.2, any_json()), ids, 0..4_000_000_000_i64)
}

/// A place of the body, and what is to stand there; nothing takes it out.
#[derive(Clone, Debug)]
struct Wanted {
    at: prop::sample::Index,
    value: Option<serde_json::Value>,
}

proptest! {
    #![proptest_config(testing::property(400))]

    /// What a load sends is what single deliveries would be, whatever the user wants otherwise.
    #[test]
    fn a_filled_stencil_is_what_is_rendered((event, wanted, data, ids, second) in overrides()) {
        let catalog = Catalog::built_in().unwrap();
        let forms: Vec<_> = catalog.providers.iter().flat_map(|provider| provider.forms(Variants::With)).collect();
        let event = event.get(&forms);
        let sample = event.sample().unwrap();
        let is_json = event.shape() == Shape::Json;
        let paths: Vec<Path> = match Document::parse(&sample) {
            Ok(document) if is_json => document.paths().map(|(path, _)| path).filter(|path| !path.0.is_empty()).collect(),
            _ => Vec::new(),
        };
        let edit = |wanted: &Wanted| {
            let path = wanted.at.get(&paths).clone();
            wanted.value.as_ref().map_or(Edit::Unset(path.clone()), |value| Edit::Set(path, value.to_string()))
        };
        let names = event.provider.description.identity.keys();
        let overrides = Overrides {
            ids: names.zip(ids).map(|(name, value)| (name.clone(), value)).collect(),
            edits: if paths.is_empty() { Vec::new() } else { wanted.iter().map(edit).collect() },
            after: data.filter(|_| is_json).map(|value| value.to_string()),
            create: Create::Yes,
            ..Overrides::default()
        };
        let stencil = Stencil::cut(event, &overrides, Freshness::Fresh);
        for stream in 0..3 {
            let world = || {
                let mut random = Randomness::from_seed([3; 32]);
                random.set_stream(stream);
                let now = jiff::Timestamp::new(second, 987_654_321).unwrap();
                World { now, random }
            };
            let rendered = render(event, &overrides, Freshness::Fresh, &mut world());
            let filled = stencil.clone().and_then(|stencil| stencil.fill(&mut world()));
            let told = |rendered: Result<hookproof::render::Rendered, hookproof::render::RenderError>| {
                rendered.map(|rendered| (rendered.body, rendered.headers)).map_err(|error| error.to_string())
            };
            prop_assert_eq!(told(filled), told(rendered), "{} with {:?}", event.full_name(), overrides);
        }
    }
}
