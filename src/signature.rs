//! Scheme + secret + delivery → a signature header; scheme + secret + what came → a verdict.
//!
//! Nothing here reads a clock or knows a provider. Digests and tokens are compared by the
//! constant-time functions of the audited crates.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::catalog::{Algorithm, Alternative, Need, Scheme};
use crate::json;
use crate::message::Headers;
use crate::secret::{Keyring, Secret, redacted_token};

/// What a delivery's signature proves. Only [`Verdict::Valid`] counts as verified, anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is right.
    Valid,
    /// It is wrong.
    Invalid,
    /// A secret is given and no signature came.
    Missing,
    /// No secret is given for this provider.
    Unchecked,
    /// The provider documents no signature.
    Unsigned,
    /// No provider was recognised.
    Unknown,
}

impl Verdict {
    /// The name in reports and machine output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Unchecked => "unchecked",
            Self::Unsigned => "unsigned",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence fragment.
    pub reason: String,
    /// The two digests; nothing for tokens, which are secrets themselves.
    pub compared: Option<Compared>,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// As it came.
    pub received: String,
    /// As it should be.
    pub expected: String,
}

impl Judgement {
    /// A verdict for which nothing was computed.
    pub fn of(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: reason.into(), compared: None }
    }
}

/// The value of the signature header.
pub fn sign(scheme: &Scheme, secret: &Secret, body: &[u8]) -> Vec<u8> {
    match scheme.algorithm {
        Algorithm::Token => secret.expose().to_vec(),
        Algorithm::HmacSha256 => {
            let mut hash = Hash::new(secret);
            hash.update(body);
            hash.value(scheme).into_bytes()
        }
    }
}

/// The scheme in words, for people.
pub fn describe(scheme: &Scheme) -> String {
    let what = match scheme.algorithm {
        Algorithm::Token => "the shared secret itself; the body is not signed".to_string(),
        Algorithm::HmacSha256 if scheme.prefix.is_empty() => "hexadecimal HMAC-SHA256 of the raw body".to_string(),
        Algorithm::HmacSha256 => format!("`{}` and the hexadecimal HMAC-SHA256 of the raw body", scheme.prefix),
    };
    let need = if scheme.secret == Need::Optional { " (only where a secret is set)" } else { "" };
    let free = if scheme.header_is_free { " or a header of one's choice" } else { "" };
    format!("{}{free}: {what}{need}", scheme.header)
}

/// A running hash over a body, so that one of any length is proved in constant memory.
#[derive(Clone, Debug)]
pub struct Hash(Hmac<Sha256>);

impl Hash {
    /// A hash keyed with the secret's bytes.
    #[expect(clippy::missing_panics_doc, reason = "HMAC takes keys of every length")]
    pub fn new(secret: &Secret) -> Self {
        Self(Hmac::new_from_slice(secret.expose()).expect("HMAC takes keys of every length"))
    }

    /// The next part of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn value(self, scheme: &Scheme) -> String {
        format!("{}{}", scheme.prefix, hex::encode(self.0.finalize().into_bytes()))
    }

    /// The verdict over the values of the signature header. One that matches is enough.
    pub fn judge(&self, scheme: &Scheme, received: &[&[u8]]) -> Judgement {
        let mut first = None;
        for value in received {
            let judgement = self.judge_one(scheme, value);
            if judgement.verdict == Verdict::Valid {
                return judgement;
            }
            first.get_or_insert(judgement);
        }
        first.unwrap_or_else(|| missing(scheme))
    }

    fn judge_one(&self, scheme: &Scheme, received: &[u8]) -> Judgement {
        let shown = String::from_utf8_lossy(received).into_owned();
        let (verdict, reason) = match read_digest(scheme, received) {
            Err(reason) => (Verdict::Invalid, reason),
            Ok((digest, notes)) => match self.0.clone().verify_slice(&digest) {
                Ok(()) => (Verdict::Valid, notes),
                Err(_) => (Verdict::Invalid, "the digest is of other bytes or another secret".to_string()),
            },
        };
        let expected = self.clone().value(scheme);
        Judgement { verdict, reason, compared: Some(Compared { received: shown, expected }) }
    }
}

/// The verdict over a delivery in memory, with every form that the scheme accepts.
pub fn verify(scheme: &Scheme, secret: Option<&Secret>, headers: &Headers, body: &[u8]) -> Judgement {
    let received: Vec<&[u8]> = headers.all(&scheme.header).collect();
    let Some(secret) = secret else { return unchecked(scheme, &received) };
    if received.is_empty() {
        return missing(scheme);
    }
    if scheme.algorithm == Algorithm::Token {
        return judge_token(secret, &received);
    }
    conceal(judge_forms(scheme, secret, &received, body), scheme, secret)
}

/// A sender that sends the secret in the digest's place must not have it printed.
pub fn conceal(judgement: Judgement, scheme: &Scheme, secret: &Secret) -> Judgement {
    let is_secret = |compared: &Compared| {
        let value = compared.received.strip_prefix(scheme.prefix.as_str()).unwrap_or(&compared.received);
        judgement.verdict != Verdict::Valid && secret.is_spelt_by(value.as_bytes())
    };
    match judgement.compared {
        Some(ref compared) if is_secret(compared) => {
            let compared = Compared { received: "[secret]".to_string(), expected: compared.expected.clone() };
            let reason = "the secret itself was sent in the digest's place".to_string();
            Judgement { reason, compared: Some(compared), ..judgement }
        }
        _ => judgement,
    }
}

/// Over the raw body, then over its compact form where the scheme accepts that too.
fn judge_forms(scheme: &Scheme, secret: &Secret, received: &[&[u8]], body: &[u8]) -> Judgement {
    let mut hash = Hash::new(secret);
    hash.update(body);
    let judgement = hash.judge(scheme, received);
    if judgement.verdict == Verdict::Invalid
        && let Some(compact) = compact_form(scheme, body)
    {
        let mut hash = Hash::new(secret);
        hash.update(compact.as_bytes());
        let other = hash.judge(scheme, received);
        if other.verdict == Verdict::Valid {
            let reason = joined(&other.reason, "over the body without white space between its tokens");
            return Judgement { reason, ..other };
        }
    }
    judgement
}

/// The compact form of a body, where the scheme accepts a signature over it and it differs.
pub(crate) fn compact_form(scheme: &Scheme, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok().filter(|_| scheme.accept.contains(&Alternative::CompactBody))?;
    json::compact(text).ok().filter(|compact| compact.as_bytes() != body)
}

fn judge_token(secret: &Secret, received: &[&[u8]]) -> Judgement {
    let equal = received.iter().any(|value| bool::from(value.ct_eq(secret.expose())));
    if equal {
        Judgement::of(Verdict::Valid, "the token is equal; the body is not covered by it")
    } else {
        Judgement::of(Verdict::Invalid, "the token differs")
    }
}

fn unchecked(scheme: &Scheme, received: &[&[u8]]) -> Judgement {
    match (scheme.secret, received.is_empty()) {
        (Need::Optional, true) => Judgement::of(Verdict::Unchecked, "no secret is given, and no signature came"),
        _ => Judgement::of(Verdict::Unchecked, "no secret is given"),
    }
}

fn missing(scheme: &Scheme) -> Judgement {
    Judgement::of(Verdict::Missing, format!("no {} header came", scheme.header))
}

/// The digest in a header value, and what is unusual about how it is written.
fn read_digest(scheme: &Scheme, value: &[u8]) -> Result<(Vec<u8>, String), String> {
    let text = std::str::from_utf8(value).map_err(|_| "the signature is not text".to_string())?;
    let mut notes = String::new();
    let digits = match text.strip_prefix(scheme.prefix.as_str()) {
        Some(digits) => digits,
        None if scheme.accept.contains(&Alternative::NoPrefix) => {
            notes = format!("without the prefix `{}`", scheme.prefix);
            text
        }
        None => return Err(format!("the signature does not begin with `{}`", scheme.prefix)),
    };
    if digits.is_empty() {
        return Err("the signature is empty".to_string());
    }
    let digest = hex::decode(digits).map_err(|_| not_hex(digits))?;
    if digest.len() != 32 {
        return Err(not_hex(digits));
    }
    if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
        if !scheme.accept.contains(&Alternative::UpperCase) {
            return Err("the digits are in upper case".to_string());
        }
        notes = joined(&notes, "the digits are in upper case");
    }
    Ok((digest, notes))
}

fn not_hex(digits: &str) -> String {
    let length = digits.chars().count();
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!("the digest has {length} digits, SHA-256 has 64")
    } else {
        format!("the digest is not hexadecimal ({length} characters)")
    }
}

fn joined(first: &str, second: &str) -> String {
    if first.is_empty() { second.to_string() } else { format!("{first}; {second}") }
}

/// The headers as they may be shown: a token, and any value that is a secret at hand, stand redacted.
pub fn shown(headers: &Headers, scheme: Option<&Scheme>, keyring: &Keyring) -> Headers {
    let mut shown = headers.clone();
    let token = scheme.filter(|scheme| scheme.algorithm == Algorithm::Token).map(|scheme| scheme.header.as_str());
    for header in &mut shown.0 {
        let is_token = token.is_some_and(|name| header.name.eq_ignore_ascii_case(name));
        let bare = scheme.and_then(|scheme| header.value.strip_prefix(scheme.prefix.as_bytes()));
        if is_token || keyring.holds(&header.value) || bare.is_some_and(|bare| keyring.holds(bare)) {
            header.value = redacted_token(&header.value).into_bytes();
        } else if !scheme.is_some_and(|scheme| header.name.eq_ignore_ascii_case(&scheme.header)) {
            // A digest may hold a short secret's letters by chance, and must stay whole.
            header.value = keyring.redact(&header.value);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Verdict, sign, verify};
    use crate::catalog::{Algorithm, Alternative, Encoding, Need, Scheme};
    use crate::message::Headers;
    use crate::secret::Secret;

    fn scheme(prefix: &str, accept: &[Alternative]) -> Scheme {
        Scheme {
            mode: "hmac".into(),
            algorithm: Algorithm::HmacSha256,
            header: "X-Signature".into(),
            header_is_free: false,
            secret: Need::Required,
            prefix: prefix.into(),
            encoding: Some(Encoding::Hex),
            accept: accept.to_vec(),
        }
    }

    fn verdict(scheme: &Scheme, secret: &str, value: &str, body: &str) -> Verdict {
        let mut headers = Headers::default();
        headers.push("x-signature", value);
        verify(scheme, Some(&Secret::new(secret).unwrap()), &headers, body.as_bytes()).verdict
    }

    /// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
    #[test]
    fn github_published_vector() {
        let secret = Secret::new("It's a Secret to Everybody").unwrap();
        let value = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(sign(&scheme("sha256=", &[]), &secret, b"Hello, World!"), value.as_bytes());
    }

    /// <https://docs.superleap.com/webhooks/security>: the sample prints bare digits.
    #[test]
    fn superleap_published_vector() {
        let value = "485090136a167ff6d70bbba47cd5d54c2774799a9447c70a3cb6bb3bff804bca";
        let accepting = scheme("sha256=", &[Alternative::NoPrefix, Alternative::CompactBody]);
        assert_eq!(verdict(&accepting, "abcd", value, r#"{"test":"test"}"#), Verdict::Valid);
        assert_eq!(verdict(&accepting, "abcd", value, "{ \"test\": \"test\" }\n"), Verdict::Valid);
        assert_eq!(verdict(&scheme("sha256=", &[]), "abcd", value, r#"{"test":"test"}"#), Verdict::Invalid);
    }

    #[test]
    fn other_writings_are_accepted_only_where_the_scheme_says_so() {
        let value = "485090136A167FF6D70BBBA47CD5D54C2774799A9447C70A3CB6BB3BFF804BCA";
        let body = r#"{"test":"test"}"#;
        assert_eq!(verdict(&scheme("", &[Alternative::UpperCase]), "abcd", value, body), Verdict::Valid);
        for broken in ["", "abc", &value[1..], "zz", &format!("{value}00"), "é", value] {
            assert_eq!(verdict(&scheme("", &[]), "abcd", broken, body), Verdict::Invalid, "{broken}");
        }
    }
}
