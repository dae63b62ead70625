//! What of a delivery may be kept: no secret that was given, and of credentials only that they came.

use std::borrow::Cow;

use crate::catalog::{Algorithm, Catalog, Scheme};
use crate::message::{Delivery, Headers};
use crate::secret::{Keyring, Lookout};
use crate::signature;

/// Whether credentials of the sender are kept. Secrets that were given never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// They stand as `[redacted]`.
    Redacted,
    /// They stand as they came.
    Credentials,
}

/// What stands in a credential's place.
const REDACTED: &[u8] = b"[redacted]";
/// Headers that hold credentials.
const CREDENTIALS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
/// And those whose name ends like this.
const ENDINGS: [&str; 6] = ["token", "api-key", "apikey", "api_key", "secret", "password"];

/// Takes out of a delivery what may not be kept.
pub struct Cover {
    keep: Keep,
    lookout: Lookout,
}

impl Cover {
    /// A cover over these secrets, whoever's scheme they are used with.
    pub fn new(keep: Keep, catalog: &Catalog, keyring: &Keyring) -> Self {
        let schemes = catalog.providers.iter().flat_map(|provider| &provider.description.signature);
        Self { keep, lookout: signature::lookout(schemes, keyring) }
    }

    /// The headers as they may be kept. A signature that is no secret itself stays, since it is what proves the delivery.
    pub fn headers<'a>(&self, delivery: &'a Delivery, scheme: Option<&Scheme>, keyring: &Keyring) -> Cow<'a, Headers> {
        let mut headers = Cow::Borrowed(&delivery.headers);
        let is_token = scheme.is_some_and(|scheme| scheme.algorithm == Algorithm::Token);
        if is_token || self.lookout.sees(&joined(&headers)) {
            headers = Cow::Owned(signature::shown(&headers, scheme, keyring));
        }
        let is_signature = |name: &str| scheme.is_some_and(|scheme| scheme.reads(name));
        let is_hidden = |name: &str| is_credential(name) && !is_signature(name);
        if self.keep == Keep::Redacted && headers.0.iter().any(|header| is_hidden(&header.name)) {
            for header in headers.to_mut().0.iter_mut().filter(|header| is_hidden(&header.name)) {
                header.value = REDACTED.to_vec();
            }
        }
        headers
    }

    /// A text that came, such as the target, as it may be kept.
    pub fn text<'a>(&self, text: &'a str, keyring: &Keyring) -> Cow<'a, str> {
        if !self.lookout.sees(text.as_bytes()) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(String::from_utf8_lossy(&keyring.redact(text.as_bytes())).into_owned())
    }

    /// Several texts that came.
    pub fn texts<'a>(&self, texts: &'a [String], keyring: &Keyring) -> Cow<'a, [String]> {
        if texts.iter().all(|text| !self.lookout.sees(text.as_bytes())) {
            return Cow::Borrowed(texts);
        }
        texts.iter().map(|text| self.text(text, keyring).into_owned()).collect()
    }
}

fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CREDENTIALS.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Every value on one line of its own: one search is quicker than many.
fn joined(headers: &Headers) -> Vec<u8> {
    let mut all = Vec::with_capacity(headers.0.iter().map(|header| header.value.len() + 1).sum());
    for header in &headers.0 {
        all.extend_from_slice(&header.value);
        all.push(b'\n');
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Cover, Keep};
    use crate::catalog::Catalog;
    use crate::message::{Delivery, Headers};
    use crate::secret::{Keyring, Secret};

    const SECRET: &str = "whsec_c2VjcmV0IGtleSBvZiBtaW5l";

    fn kept(keep: Keep, provider: Option<&str>, name: &str, value: &str) -> String {
        let catalog = Catalog::built_in().unwrap();
        let mut keyring = Keyring::default();
        keyring.add(None, "TEST", Secret::new(SECRET).unwrap());
        let scheme = provider.and_then(|id| catalog.provider(id)).and_then(|p| p.description.signature.first());
        let mut headers = Headers::default();
        headers.push("X-Other", "1");
        headers.push(name, value);
        let delivery = Delivery { method: "POST".into(), target: "/".into(), headers, body: Vec::new() };
        let headers = Cover::new(keep, &catalog, &keyring).headers(&delivery, scheme, &keyring).into_owned();
        assert_eq!(headers.get("x-other"), Some(&b"1"[..]));
        String::from_utf8(headers.0[1].value.clone()).unwrap()
    }

    #[test]
    fn credentials_are_taken_out_unless_they_are_wanted() {
        for name in ["Authorization", "cookie", "Set-Cookie", "X-API-Key", "X-Amz-Security-Token", "apikey"] {
            assert_eq!(kept(Keep::Redacted, None, name, "value"), "[redacted]", "{name}");
            assert_eq!(kept(Keep::Credentials, None, name, "value"), "value", "{name}");
        }
        assert_eq!(kept(Keep::Redacted, None, "Idempotency-Key", "value"), "value");
    }

    #[test]
    fn a_signature_stays_and_a_token_that_is_one_does_not() {
        assert_eq!(kept(Keep::Redacted, Some("superfolio"), "X-Superfolio-Signature", "00ff"), "00ff");
        for keep in [Keep::Redacted, Keep::Credentials] {
            assert_eq!(kept(keep, Some("gitlab"), "X-Gitlab-Token", "0123456789"), "[token, 10 characters]");
        }
    }

    #[test]
    fn a_secret_that_was_given_is_kept_in_no_spelling() {
        for value in
            [SECRET, "c2VjcmV0IGtleSBvZiBtaW5l", "secret key of mine", "d2hzZWNfYzJWamNtVjBJR3RsZVNCdlppQnRhVzVs"]
        {
            let kept = kept(Keep::Credentials, Some("standard-webhooks"), "X-Echo", &format!("v={value}."));
            assert_eq!(kept, "v=[secret].");
        }
    }
}
