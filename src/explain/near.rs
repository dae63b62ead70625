//! A value that is nearly the right one: cut, mistyped, or copied with its surroundings.
//!
//! So many equal characters can't be chance, so a value that is near proves what it is near to: its key and
//! its body are right, and the value itself was altered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bits that have to agree before two values count as near.
const BITS: usize = 64;
/// Characters of a digest that may differ.
const OFF: usize = 3;
/// A longer text is no digest with surroundings, in bytes.
const LONGEST: usize = 600;

/// A way in which a value differs from the right one: the code of its cause, and what is special about it.
pub(super) type Nearness = (&'static str, String);

/// Characters of a digest, and how much each of them tells.
struct Digits {
    text: Vec<u8>,
    bits: usize,
    /// Whether its case is part of it.
    has_case: bool,
}

impl Digits {
    /// The characters that have to agree.
    fn least(&self) -> usize {
        BITS.div_ceil(self.bits)
    }
}

/// Returns how a text differs from a digest, if it is near to it in any of the ways to write it.
pub(super) fn nearness(text: &str, digest: &[u8]) -> Option<Nearness> {
    if text.len() > LONGEST || !text.is_ascii() && !text.contains('…') {
        return None;
    }
    let as_hex = || {
        let right = Digits { text: hex::encode(digest).into_bytes(), bits: 4, has_case: false };
        compared(&text.to_ascii_lowercase(), &right)
    };
    let as_base64 = || {
        let text = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
        let right = STANDARD.encode(digest).trim_end_matches('=').to_string();
        compared(&text, &Digits { text: right.into_bytes(), bits: 5, has_case: true })
    };
    as_hex().or_else(as_base64)
}

/// Returns how a text differs from a secret that is sent as it is. No character of it is told.
pub(super) fn nearness_of_token(text: &[u8], secret: &[u8]) -> Option<Nearness> {
    if text.len() > LONGEST {
        return None;
    }
    let right = Digits { text: secret.to_vec(), bits: 4, has_case: true };
    compared(std::str::from_utf8(text).ok()?, &right)
}

fn compared(text: &str, right: &Digits) -> Option<Nearness> {
    let all = right.text.len();
    if let Some((before, after)) = text.split_once("...").or_else(|| text.split_once('…')) {
        return elided(before.trim_end().as_bytes(), after.trim_start_matches(['.', ' ']).as_bytes(), right);
    }
    let text = text.as_bytes();
    if text.len() < right.least() || all < right.least() {
        return None;
    }
    if text == right.text {
        return None;
    }
    if right.has_case && text.eq_ignore_ascii_case(&right.text) {
        return Some(("value-case-lost", String::new()));
    }
    if let Some(cut) = cut(text, &right.text) {
        return Some(("value-cut", cut));
    }
    if text.len() > all
        && let Some(at) = text.windows(all).position(|part| part == right.text)
    {
        let (before, after) = (at, text.len() - at - all);
        let count = |number: usize, side: &str| (number > 0).then(|| format!("{number} {side} it"));
        let around: Vec<String> = [count(before, "before"), count(after, "after")].into_iter().flatten().collect();
        return Some(("value-surrounded", around.join(", ")));
    }
    altered(text, right).map(|detail| ("value-altered", detail))
}

/// `e58ec54e…4af863e`: a beginning and an end with the rest left out.
fn elided(before: &[u8], after: &[u8], right: &Digits) -> Option<Nearness> {
    let known = before.len() + after.len();
    let is_part = known >= right.least()
        && known < right.text.len()
        && right.text.starts_with(before)
        && right.text.ends_with(after);
    let detail = if after.is_empty() {
        format!("its first {} of {} characters", before.len(), right.text.len())
    } else {
        format!("{} of {} characters, with the middle left out", known, right.text.len())
    };
    is_part.then_some(("value-cut", detail))
}

fn cut(text: &[u8], right: &[u8]) -> Option<String> {
    let (has, all) = (text.len(), right.len());
    if right.starts_with(text) {
        return Some(format!("its first {has} of {all} characters"));
    }
    if right.ends_with(text) {
        return Some(format!("its last {has} of {all} characters"));
    }
    let at = right.windows(has).position(|part| part == text)?;
    Some(format!("characters {} to {} of {all}", at + 1, at + has))
}

/// Tells few characters that differ, are missing, are too many or changed places.
fn altered(text: &[u8], right: &Digits) -> Option<String> {
    let all = right.text.len();
    let shorter = text.len().min(all);
    if shorter < right.least() + OFF {
        return None;
    }
    let begin = text.iter().zip(&right.text).take_while(|(a, b)| a == b).count();
    if text.len() == all {
        let off: Vec<usize> = (0..all).filter(|at| text[*at] != right.text[*at]).collect();
        return match off.as_slice() {
            [one] => Some(format!("character {} of {all} is another", one + 1)),
            [one, two] if two - one == 1 && text[*one] == right.text[*two] && text[*two] == right.text[*one] => {
                Some(format!("characters {} and {} of {all} changed places", one + 1, two + 1))
            }
            few if few.len() <= OFF => Some(format!("{} of {all} characters are others", few.len())),
            _ => None,
        };
    }
    let end = text.iter().rev().zip(right.text.iter().rev()).take_while(|(a, b)| a == b).count();
    let differ = text.len().abs_diff(all);
    if differ > OFF || begin + end < shorter {
        return None;
    }
    let what = if text.len() < all { "missing" } else { "too many" };
    let count = if differ == 1 { "one character is".to_string() } else { format!("{differ} characters are") };
    Some(format!("{count} {what} after character {begin}"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{nearness, nearness_of_token};

    fn digest() -> Vec<u8> {
        (0..32_u8).map(|byte| byte.wrapping_mul(73).wrapping_add(19)).collect()
    }

    #[track_caller]
    fn check(text: &str, code: &str, detail: &str) {
        let found = nearness(text, &digest());
        assert_eq!(found, Some((code_of(code), detail.to_string())), "{text}");
    }

    fn code_of(code: &str) -> &'static str {
        ["value-case-lost", "value-cut", "value-surrounded", "value-altered"]
            .into_iter()
            .find(|known| *known == code)
            .unwrap()
    }

    #[test]
    fn a_value_that_is_nearly_right_is_told_by_its_difference() {
        let hex = hex::encode(digest());
        let base64 = STANDARD.encode(digest());
        check(&hex[..40], "value-cut", "its first 40 of 64 characters");
        check(&hex[24..], "value-cut", "its last 40 of 64 characters");
        check(&hex[8..40], "value-cut", "characters 9 to 40 of 64");
        check(&format!("{}...", &hex[..20]), "value-cut", "its first 20 of 64 characters");
        check(&format!("{}…{}", &hex[..10], &hex[54..]), "value-cut", "20 of 64 characters, with the middle left out");
        check(&base64[..30], "value-cut", "its first 30 of 43 characters");
        check(&format!("xyz{hex}"), "value-surrounded", "3 before it");
        check(&format!("ab{hex}c"), "value-surrounded", "2 before it, 1 after it");
        check(&format!("g{}", &hex[1..]), "value-altered", "character 1 of 64 is another");
        check(&format!("{}{}", &hex[..7], &hex[8..]), "value-altered", "one character is missing after character 7");
        check(&format!("{}zz{}", &hex[..9], &hex[9..]), "value-altered", "2 characters are too many after character 9");
        let mut swapped = hex.clone().into_bytes();
        let at = (0..63).find(|at| swapped[*at] != swapped[at + 1]).unwrap();
        swapped.swap(at, at + 1);
        let detail = format!("characters {} and {} of 64 changed places", at + 1, at + 2);
        check(&String::from_utf8(swapped).unwrap(), "value-altered", &detail);
        check(&format!("!!!{}", &hex[3..]), "value-altered", "3 of 64 characters are others");
        check(&base64.to_lowercase(), "value-case-lost", "");
        check(&base64.to_uppercase(), "value-case-lost", "");
    }

    #[test]
    fn what_shares_little_is_not_near() {
        let hex = hex::encode(digest());
        let other = hex::encode([0x5a; 32]);
        for text in ["", "abc", &hex[..15], &other, &other[..40], "…", "...", &format!("{}...", &hex[..8])] {
            assert_eq!(nearness(text, &digest()), None, "{text}");
        }
        let far: String =
            hex.bytes().enumerate().map(|(at, b)| if at % 9 == 0 { 'z' } else { char::from(b) }).collect();
        assert_eq!(nearness(&far, &digest()), None);
        assert_eq!(nearness(&hex, &digest()), None, "an equal value is not near but right");
    }

    #[test]
    fn a_token_is_near_without_a_character_of_it() {
        let token = b"tok_0123456789abcdefgh";
        let code = |text: &[u8]| nearness_of_token(text, token).map(|(code, _)| code);
        assert_eq!(code(b"tok_0123456789abcdef"), Some("value-cut"));
        assert_eq!(code(b"TOK_0123456789ABCDEFGH"), Some("value-case-lost"));
        assert_eq!(code(b"tok_0123456789abcdefgX"), Some("value-altered"));
        assert_eq!(code(b"another token altogether"), None);
        assert_eq!(nearness_of_token(b"shor", b"short"), None);
    }
}
