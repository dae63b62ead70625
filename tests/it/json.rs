//! Our JSON reader against `serde_json`, on valid documents in odd forms and on documents with faults.

use hookproof::json::{self, Document, Kind, Node};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::support::testing;

fn space() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", " ", "\n", "\t", "\r\n", " \r \n"])
}

/// Numbers as they are usual, with more digits than a machine has, and beyond the range of a double.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        1 => "-?[1-9][0-9]{17,40}(\\.[0-9]{1,40})?",
        1 => "-?(0|[1-9])(\\.[0-9]{1,3})?[eE][+-]?[0-9]{1,4}",
    ]
}

/// String literals with every escape, pairs of surrogates, and a few lone surrogates.
fn string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => "[ -!#-\\[\\]-~]{1,12}",
        2 => "[\u{7f}\u{80}é\u{2028}\u{feff}🎉]{1,2}",
        2 => "\\\\[\"\\\\/bfnrt]",
        2 => "\\\\u[0-9a-cA-C][0-9a-fA-F]{3}",
        2 => "\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}",
        1 => "\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// Keys, of which many are the same in different spellings.
fn key() -> impl Strategy<Value = String> {
    let usual = select(vec![r#""a""#, r#""\u0061""#, r#""b""#, r#""""#]).prop_map(str::to_string);
    prop_oneof![3 => usual, 1 => string()]
}

/// Valid documents. A few are nested deeper than `serde_json` reads.
fn document() -> impl Strategy<Value = String> {
    let nested = (1_usize..300).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth));
    let literal = select(vec!["true", "false", "null"]).prop_map(str::to_string);
    let leaf = prop_oneof![20 => literal, 20 => number(), 20 => string(), 1 => nested];
    let value = leaf.prop_recursive(5, 40, 6, |inner| {
        let item =
            (space(), inner, space()).prop_map(|(before, value, after)| [before, &value, after].concat()).boxed();
        let member = (space(), key(), space(), item.clone())
            .prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
        let within = |open: char, close: char| {
            move |(space, parts): (&str, Vec<String>)| {
                let inner = if parts.is_empty() { space.to_string() } else { parts.join(",") };
                format!("{open}{inner}{close}")
            }
        };
        prop_oneof![
            (space(), prop::collection::vec(item, 0..6)).prop_map(within('[', ']')),
            (space(), prop::collection::vec(member, 0..6)).prop_map(within('{', '}')),
        ]
    });
    (space(), value, space()).prop_map(|(before, value, after)| [before, &value, after].concat())
}

/// A change of a document, in characters.
#[derive(Clone, Debug)]
enum Fault {
    Delete(Index, usize),
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    /// Copies this many characters to another place: keys, brackets, halves of escapes.
    Copy(Index, usize, Index),
    Truncate(Index),
}

/// What a fault puts into a document.
const PIECES: &[&str] = &[
    "{", "}", "[", "]", ":", ",", ",,", "\"", "\\", "\\u", "\\u12", "\\ud800", "\\udc00", "\\x", "0", "00", "1", "-",
    "+", ".", "1.", ".5", "e", "E", "e+", "null", "tru", "True", "NaN", "Infinity", "/", "//", "/**/", "'", "#", " ",
    "\n", "\u{0}", "\u{8}", "\u{b}", "\u{c}", "\u{1f}", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}", "é",
    "🎉",
];

fn fault() -> impl Strategy<Value = Fault> {
    let (at, length, piece) = (any::<Index>, 1_usize..8, || select(PIECES));
    prop_oneof![
        (at(), length.clone()).prop_map(|(at, length)| Fault::Delete(at, length)),
        (at(), piece()).prop_map(|(at, piece)| Fault::Insert(at, piece)),
        (at(), piece()).prop_map(|(at, piece)| Fault::Replace(at, piece)),
        (at(), length, at()).prop_map(|(from, length, to)| Fault::Copy(from, length, to)),
        at().prop_map(Fault::Truncate),
    ]
}

fn with_fault(text: &str, fault: &Fault) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let place = |at: &Index| at.index(chars.len() + 1);
    let from = |start: usize, length: usize| start..(start + length).min(chars.len());
    match fault {
        Fault::Delete(at, length) => drop(chars.drain(from(place(at), *length))),
        Fault::Insert(at, piece) => drop(chars.splice(from(place(at), 0), piece.chars())),
        Fault::Replace(at, piece) => drop(chars.splice(from(place(at), 1), piece.chars())),
        Fault::Copy(start, length, to) => {
            let copied = chars[from(place(start), *length)].to_vec();
            drop(chars.splice(from(place(to), 0), copied));
        }
        Fault::Truncate(at) => chars.truncate(place(at)),
    }
    chars.into_iter().collect()
}

/// Documents with up to three faults. 56 % of them are valid JSON.
fn faulty() -> impl Strategy<Value = String> {
    let faults = prop_oneof![Just(Vec::new()), prop::collection::vec(fault(), 1..4)];
    (document(), faults).prop_map(|(text, faults)| faults.iter().fold(text, |text, fault| with_fault(&text, fault)))
}

/// Whether `serde_json` finds the grammar of RFC 8259. It builds no value, so it has no limit of depth or range.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Why `serde_json` makes no value of a text with the right grammar. Our reader keeps literals as they are written, and
/// reads all of these.
const NO_VALUE: [&str; 4] = [
    "number out of range",
    "recursion limit exceeded",
    "lone leading surrogate in hex escape",
    "unexpected end of hex escape",
];

/// The tree of what our reader has read.
fn tree(document: &Document<'_>, node: Node) -> Value {
    match document.kind(node) {
        Kind::Object => {
            let members = document.members(node);
            let member = |member: json::Member| (document.key(member).into_owned(), tree(document, member.value));
            Value::Object(members.map(member).collect())
        }
        Kind::Array => document.items(node).map(|item| tree(document, item)).collect(),
        Kind::String => Value::String(document.scalar(node).expect("a string")),
        Kind::Number | Kind::Literal => serde_json::from_str(document.text(node)).expect("a number or a literal"),
        Kind::End => unreachable!("no value begins with a closing bracket"),
    }
}

proptest! {
    #![proptest_config(testing::property(3_000))]

    #[test]
    fn both_readers_accept_the_same_texts(text in faulty()) {
        let is_json = is_json(&text);
        prop_assert_eq!(Document::parse(&text).is_ok(), is_json, "{:?}", text);
        if let Err(error) = serde_json::from_str::<Value>(&text) {
            let why = error.to_string();
            prop_assert!(!is_json || NO_VALUE.iter().any(|known| why.starts_with(known)), "{text:?}: {why}");
        }
    }

    #[test]
    fn both_readers_read_the_same_values(text in document()) {
        let document = Document::parse(&text).unwrap();
        let Ok(value) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        prop_assert_eq!(&tree(&document, document.root()), &value, "{}", text);
        for laid_out in [json::compact(&text).unwrap(), json::pretty(&text).unwrap()] {
            prop_assert_eq!(&serde_json::from_str::<Value>(&laid_out).unwrap(), &value, "{} from {}", laid_out, text);
        }
    }
}

/// A comparison of documents that all readers refuse would prove nothing.
#[test]
fn most_documents_of_the_comparison_are_valid() {
    let mut runner = TestRunner::new(testing::property(1));
    let texts: Vec<String> =
        (0..2_000).map(|_| faulty().new_tree(&mut runner).expect("a document").current()).collect();
    let share = texts.iter().filter(|text| is_json(text)).count() * 100 / texts.len();
    assert!((50..75).contains(&share), "{share} % are valid");
    let values = texts.iter().filter(|text| serde_json::from_str::<Value>(text).is_ok()).count();
    assert!(values * 100 / texts.len() > 40, "{values} have a value");
}
