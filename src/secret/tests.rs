//! What the redactor takes out of texts, and what it leaves.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use proptest::prelude::*;

use super::{Redactor, Secret};
use crate::testing;

fn redactor(secrets: &[&str]) -> Redactor {
    // White space alone is no secret.
    let secrets: Vec<Secret> = secrets.iter().filter_map(|text| Secret::new(*text).ok()).collect();
    Redactor::new(&secrets, &[",", " ", "="])
}

#[test]
fn long_secrets_are_redacted_everywhere_and_short_ones_as_items() {
    let redactor = redactor(&["hunter2+hunter3", "abc", "a=b"]);
    let check = |value: &str, expected: &str| {
        assert_eq!(String::from_utf8(redactor.items(value.as_bytes())).unwrap(), expected, "{value}");
    };
    check("t=1,v1=00,s=hunter2+hunter3", "t=1,v1=00,s=[secret]");
    check("t=1,hunter2+hunter3=00", "t=1,[secret]=00");
    check("v0=aHVudGVyMitodW50ZXIz", "v0=[secret]");
    check("xhunter2%2Bhunter3x", "x[secret]x");
    check("abc", "[secret]");
    check("t=1,abc=2, v0=abc", "t=1,[secret]=2, v0=[secret]");
    check("v1=YWJj==", "v1=[secret]");
    check("v1=a=b", "v1=[secret]");
    check("v1=0abc1,t=abcd", "v1=0abc1,t=abcd");
    let many = "a=,".repeat(50_000);
    check(&many, &many);
}

#[test]
fn the_beginning_of_a_secret_at_a_cut_is_redacted() {
    let redactor = redactor(&["hunter2+hunter3", "abc"]);
    assert_eq!(redactor.sentence("only abc and hunter2+h…; more"), "only abc and [secret]…; more");
    assert_eq!(redactor.sentence("only hun…"), "only hun…");
    let cut = |text: &str| String::from_utf8(redactor.text(text.as_bytes(), true)).unwrap();
    assert_eq!(cut("{\"a\":\"hunter2\\u002b"), "{\"a\":\"[secret]");
    assert_eq!(cut("Basic dXNlcjpodW50ZXIy"), "Basic dXNlcj[secret]");
    // Once the cut after the last digit of a whole secret was a panic.
    assert_eq!(cut("x aHVudGVyMitodW50ZXIz"), "x [secret]");
    assert_eq!(cut("x hunter2+hunter3"), "x [secret]");
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let secret = "s3cr\"t/k&y+1 x";
    let redactor = redactor(&[secret]);
    let check = |text: &str, expected: &str| {
        assert_eq!(String::from_utf8(redactor.text(text.as_bytes(), false)).unwrap(), expected, "{text}");
    };
    for spelled in [
        secret,
        r#"s3cr\"t/k&y+1 x"#,
        r"s3cr\u0022t\/k\u0026y\u002b1 x",
        r#"s3cr\\\"t\\/k&y+1 x"#,
        "s3cr&quot;t/k&amp;y+1 x",
        "s3cr&#34;t&#x2F;k&amp;amp;y&#43;1&nbsp;x".replace("&nbsp;", " ").as_str(),
        "s3cr%22t%2Fk%26y%2B1+x",
        "s3cr%22t%2fk%26y%2b1%20x",
        "s3cr%2522t%252Fk%2526y%252B1%2520x",
        r"s3cr%5C%22t%5C%2Fk&y+1 x",
        r"\x73\x33cr\u{22}t/k&y+1 x",
        "czNjciJ0L2smeSsxIHg",
        "73 33 63 72 22 74 2f 6b 26 79 2b 31 20 78",
        "115,51,99,114,34,116,47,107,38,121,43,49,32,120",
    ] {
        check(&format!("<{spelled}>"), "<[secret]>");
    }
    for (text, expected) in [
        ("Basic dXNlcjpzM2NyInQvayZ5KzEgeA==", "Basic dXNlcj[secret]=="),
        ("dXNlcnM6czNjciJ0L2smeSsxIHg=", "dXNlcnM6[secret]="),
        ("ZGF0YTogInMzY3JcInRcL2smeSsxIHgi", "ZGF0YTogI[secret]i"),
        ("Q3pOamNpSjBMMnNtZVNzeElIZz0=", "Q3pOamNpSjBMMnNtZVNzeElIZz0="),
    ] {
        check(text, expected);
    }
}

#[test]
fn the_forms_of_a_secret_are_redacted_too() {
    let check = |secret: &str, text: &str, expected: &str| {
        let redacted = redactor(&[secret]).text(text.as_bytes(), false);
        assert_eq!(String::from_utf8(redacted).unwrap(), expected, "{text}");
    };
    let whsec = "whsec_c2VjcmV0IGtleSBvZiBtaW5l";
    check(whsec, "no c2VjcmV0IGtleSBvZiBtaW5l, secret key of mine", "no [secret], [secret]");
    check(whsec, "736563726574206b6579206f66206d696e65", "[secret]");
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----";
    check(pem, &pem.replace('\n', "\\n"), "[secret]");
    check(&pem.replace('\n', "\\n"), pem, "[secret]");
    check(pem, "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g.", "[secret].");
    check(pem, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "[secret]");
}

#[test]
fn hostile_texts_come_to_their_end() {
    let odd = ["hunter2+hunter3", r"\\\\\\\\\\x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "%25%25%25%2541"];
    let redactor = redactor(&odd);
    for piece in [r"\", "%25", "%5C", "&#", "&amp;", r"\u005c", "a", "%2541", "1,", "QUFB", "+", "&#92;", "%2"] {
        // What takes more than linear time would never end here.
        let text = piece.repeat((32 << 10) / piece.len());
        let _ = redactor.text(text.as_bytes(), true);
    }
}

/// One layer of escape sequences.
#[derive(Clone, Copy, Debug)]
enum Layer {
    Json,
    Html,
    Percent,
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

/// Spells a character in this layer; `choice` says how, where there is a choice.
fn escape(layer: Layer, character: char, choice: u8) -> String {
    let number = u32::from(character);
    let bytes = || character.to_string().into_bytes().into_iter();
    match layer {
        Layer::Json => match (character, choice % 3) {
            (_, 0) => joined(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
            ('"' | '\\' | '/', _) => format!("\\{character}"),
            ('\n', _) => "\\n".to_string(),
            (_, 1) if number < 32 => format!("\\u{number:04X}"),
            _ if number < 32 => format!("\\x{number:02x}"),
            _ => character.to_string(),
        },
        Layer::Html => match (character, choice % 4) {
            (_, 0) => format!("&#{number};"),
            (_, 1) => format!("&#x{number:X};"),
            ('&', _) => "&amp;".to_string(),
            ('<', _) => "&lt;".to_string(),
            ('"', _) => "&quot;".to_string(),
            ('/', 2) => "&sol;".to_string(),
            _ => character.to_string(),
        },
        Layer::Percent => match (character, choice % 3) {
            (' ', 1) => "+".to_string(),
            (_, 0) => joined(bytes().map(|byte| format!("%{byte:02x}"))),
            _ if character.is_ascii_alphanumeric() || "-._~".contains(character) => character.to_string(),
            _ => joined(bytes().map(|byte| format!("%{byte:02X}"))),
        },
    }
}

fn spelled(text: &str, layers: &[Layer], choices: &[u8]) -> String {
    let mut choices = choices.iter().cycle();
    let mut next = || *choices.next().expect("choices");
    layers.iter().fold(text.to_string(), |text, layer| text.chars().map(|c| escape(*layer, c, next())).collect())
}

fn layers() -> impl Strategy<Value = Vec<Layer>> {
    prop::collection::vec(prop::sample::select(vec![Layer::Json, Layer::Html, Layer::Percent]), 0..=2)
}

fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40)
}

/// A spelling of a secret: escape sequences in digits in digits in escape sequences, and how much of it is left.
#[derive(Clone, Debug)]
struct Planted {
    layers: [Vec<Layer>; 2],
    digits: Vec<u8>,
    choices: Vec<u8>,
    before: String,
    left: usize,
}

fn planted() -> impl Strategy<Value = Planted> {
    let digits = prop::collection::vec(any::<u8>(), 0..3);
    let all = ([layers(), layers()], digits, choices(), "[ -~]{0,4}", 0..80usize);
    all.prop_map(|(layers, digits, choices, before, left)| Planted { layers, digits, choices, before, left })
}

impl Planted {
    fn spell(&self, secret: &str) -> String {
        let encode = |text: String, digits: &u8| match digits % 4 {
            0 => hex::encode(text),
            1 => joined(text.bytes().map(|byte| format!("{byte:02X} "))),
            2 => joined(text.bytes().map(|byte| format!("{byte}, "))),
            _ => base64::engine::general_purpose::STANDARD.encode(text),
        };
        let inner = format!("{}{}", self.before, spelled(secret, &self.layers[0], &self.choices));
        let text = spelled(&self.digits.iter().fold(inner, encode), &self.layers[1], &self.choices);
        // Most are whole; of some the end is missing.
        let left = if self.left < 20 { text.chars().count() * self.left / 20 } else { usize::MAX };
        text.chars().take(left).collect()
    }
}

/// Asserts that what stands around a secret is all that is left, or less.
fn only_around(out: &str, before: &str, after: &str) -> Result<(), TestCaseError> {
    let parts = out.split_once("[secret]");
    let is_left = parts.is_some_and(|(first, last)| before.starts_with(first) && after.ends_with(last));
    prop_assert!(is_left, "{out:?} of {before:?} and {after:?}");
    Ok(())
}

fn text_of(redactor: &Redactor, text: &str) -> String {
    String::from_utf8_lossy(&redactor.text(text.as_bytes(), false)).into_owned()
}

proptest! {
    #![proptest_config(testing::property(300))]

    #[test]
    fn a_secret_in_any_mix_and_layers_of_escapes_is_redacted(
        secret in "[ -~é🎉\n]{8,80}", layers in layers(), choices in choices(), before in "[ -~]{0,8}", after in "[ -~]{0,8}",
    ) {
        let text = format!("{before}{}{after}", spelled(&secret, &layers, &choices));
        only_around(&text_of(&redactor(&[&secret]), &text), &before, &after)?;
    }

    #[test]
    fn a_secret_in_base64_is_redacted(
        secret in "[ -~]{8,60}", inner in layers(), outer in layers(), choices in choices(),
        before in "[ -~]{0,8}", after in "[ -~]{0,8}", url in any::<bool>(), pad in any::<bool>(),
    ) {
        let alphabet = if url { alphabet::URL_SAFE } else { alphabet::STANDARD };
        let engine = GeneralPurpose::new(&alphabet, GeneralPurposeConfig::new().with_encode_padding(pad));
        let encoded = engine.encode(format!("{before}{}{after}", spelled(&secret, &inner, &choices)));
        let out = text_of(&redactor(&[&secret]), &spelled(&encoded, &outer, &choices));
        prop_assert!(out.contains("[secret]"), "{out}");
        prop_assert!(!redactor(&[&secret]).finds(out.as_bytes()));
    }

    #[test]
    fn a_secret_in_hexadecimal_is_redacted(secret in "[ -~]{8,60}", case in choices(), before in "[g-z ]{0,5}") {
        let digits = hex::encode(&secret);
        let mixed = digits.chars().zip(case.iter().cycle());
        let mixed: String = mixed.map(|(c, case)| if case % 2 == 0 { c } else { c.to_ascii_uppercase() }).collect();
        only_around(&text_of(&redactor(&[&secret]), &format!("{before}{mixed}")), &before, "")?;
    }

    #[test]
    fn a_text_without_the_secret_is_unchanged(
        secret in "[ -~]{8,40}", text in any::<String>(), escapes in "([\\\\%&#;x0-9a-fA-F+/=,\" \n-]|&amp;|%25|u00){0,200}",
    ) {
        let redactor = redactor(&[&secret]);
        for text in [text, escapes] {
            prop_assume!(!text.contains(&secret));
            prop_assert_eq!(redactor.text(text.as_bytes(), false), text.as_bytes());
        }
    }

    #[test]
    fn the_filter_and_the_full_search_agree(
        secrets in prop::collection::vec("[ -~é\n]{1,70}|[a-z ]{8}|[+ ]{8,10}", 1..4),
        parts in prop::collection::vec((planted(), "[ -~\n]{0,3}|[A-Za-z0-9+/\n ]{0,60}|[0-9a-f :-]{0,60}|([\\\\%&#;+]|amp;|25|u00){0,9}"), 0..4),
        pick in any::<prop::sample::Index>(),
    ) {
        let all: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let redactor = redactor(&all);
        let secret: &&str = pick.get(&all);
        let text: String = parts.iter().map(|(plant, around)| around.clone() + &plant.spell(secret)).collect();
        let text = text.as_bytes();
        prop_assert_eq!((redactor.finds(text), redactor.hides(text)), redactor.finds_slowly(text));
        let (finds, _) = redactor.finds_slowly(text);
        prop_assert!(finds || redactor.places(text, false).is_empty());
    }

    #[test]
    fn of_a_secret_that_was_cut_no_more_than_three_characters_are_left(
        secret in "[ -~]{8,60}", layers in layers(), choices in choices(), share in 0..100_usize,
    ) {
        let characters: Vec<char> = secret.chars().collect();
        let kept = characters.len() * share / 100;
        let begun: String = characters[..kept].iter().collect();
        let out = redactor(&[&secret]).text(format!("a {}", spelled(&begun, &layers, &choices)).as_bytes(), true);
        let out = String::from_utf8_lossy(&out).into_owned();
        prop_assert!(kept < 4 || out.contains("[secret]"), "{out}");
    }
}
