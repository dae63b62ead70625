//! What may be shown of the lines around a fault: no value that may be a secret.

use crate::target;
use crate::words::{self, Lines};

/// What stands in the place of what may be a secret.
const HIDDEN: &str = "...";
/// A key or a text with one of these in it is about secrets.
const SECRETIVE: [&str; 18] = [
    "secret",
    "pass",
    "pwd",
    "token",
    "auth",
    "cookie",
    "credential",
    "key",
    "bearer",
    "whsec",
    "sign",
    "hmac",
    "salt",
    "private",
    "jwt",
    "psk",
    "sk_",
    "dsn",
];
/// Unbroken text of letters and digits that is so long may be a secret whatever it is called.
const LONG_WORD: usize = 20;

/// A line near a fault, as it may be shown.
pub(super) fn neighbour(lines: &[&str], at: usize) -> String {
    if goes_on(lines, at) { HIDDEN.to_string() } else { harmless(lines[at]) }
}

/// What of a line may be shown before its fault, and to the end of that: nothing where it goes on with what may be a
/// secret.
pub(super) fn faulty(lines: &[&str], at: usize, before: &str, to_end: &str) -> (String, String) {
    if goes_on(lines, at) {
        return (String::new(), HIDDEN.to_string());
    }
    (harmless(before), harmless(to_end))
}

/// Whether a line goes on with a value that may be a secret.
fn goes_on(lines: &[&str], at: usize) -> bool {
    let before = lines[..at].join("\n");
    let is_inside = |quotes: &str| before.matches(quotes).count() % 2 == 1;
    let begins = lines[..at].iter().rposition(|line| begins_statement(line)).unwrap_or(0);
    let is_of_one = || !begins_statement(lines[at]) && lines[begins..at].iter().any(|line| is_secretive(line));
    is_inside("\"\"\"") || is_inside("'''") || is_of_one()
}

/// Whether a line is empty, a comment, a table's head or a key with its value.
fn begins_statement(line: &str) -> bool {
    let line = line.trim_start();
    let key = line.split('=').next().unwrap_or_default().trim();
    let is_key = |c: char| c.is_alphanumeric() || "_-.\"' ".contains(c);
    line.is_empty() || line.starts_with(['#', '[']) || (line.contains('=') && key.chars().all(is_key))
}

fn is_secretive(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| line.contains(word))
}

/// A part of a line as it may be shown: no control characters, no password of an address, and no value that may be a
/// secret.
fn harmless(line: &str) -> String {
    let line = words::printable(line.trim_end_matches('\r'), Lines::Escape);
    let line = target::without_password(&line);
    match [secretive_value(&line), long_word(&line)].into_iter().flatten().min() {
        Some(at) if !line[at..].trim().is_empty() => format!("{} {HIDDEN}", line[..at].trim_end()),
        _ => line,
    }
}

/// Where the value begins of a key that is about secrets.
fn secretive_value(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let key = SECRETIVE.iter().filter_map(|word| lower.find(word)).min()?;
    Some(key + lower[key..].find(['=', ':', '\'', '"'])? + 1)
}

/// Where a word begins that no person wrote: it is long, and mixed as keys, tokens and UUIDs are.
fn long_word(line: &str) -> Option<usize> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '+';
    let is_base64 = |c: char| is_plain(c) || "/-_=".contains(c);
    let is_key = |word: &str| word.len() >= LONG_WORD && has(word, &[u8::is_ascii_digit, u8::is_ascii_alphabetic]);
    let is_token = |word: &str| {
        let all = [u8::is_ascii_digit as fn(&u8) -> bool, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
        word.len() >= LONG_WORD && has(word, &all)
    };
    let is_hex = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
        digits >= LONG_WORD && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') && is_key(word)
    };
    let plain = line.split(|c| !is_plain(c)).find(|word| is_key(word));
    let other = line.split(|c| !is_base64(c)).find(|word| is_token(word) || is_hex(word));
    plain.into_iter().chain(other).filter_map(|word| line.find(word)).min()
}

/// Whether each of these kinds of bytes is in a word.
fn has(word: &str, kinds: &[fn(&u8) -> bool]) -> bool {
    kinds.iter().all(|kind| word.as_bytes().iter().any(kind))
}
