//! What of a delivery may be kept: no secret that was given, and of credentials only that they came.

use std::borrow::Cow;

use crate::catalog::{Algorithm, Catalog, Scheme};
use crate::message::{Delivery, Headers};
use crate::secret::{Keyring, Redactor};
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
pub const REDACTED: &[u8] = b"[redacted]";
/// Headers and parameters hold credentials whose name ends like this.
const ENDINGS: [&str; 13] = [
    "authorization",
    "cookie",
    "token",
    "api-key",
    "apikey",
    "api_key",
    "auth-key",
    "access-key",
    "subscription-key",
    "functions-key",
    "secret",
    "password",
    "passwd",
];

/// Parameters of a query hold credentials that have exactly this name.
const PARAMETERS: [&str; 4] = ["code", "sig", "key", "auth"];
/// Headers whose name begins like this hold credentials, unless they hold a signature or its time.
const BEGINNING: &str = "x-auth";

/// Takes out of a delivery what may not be kept.
pub struct Cover {
    keep: Keep,
    lookout: Redactor,
}

impl Cover {
    /// A cover over these secrets, whoever's scheme they are used with.
    pub fn new(keep: Keep, catalog: &Catalog, keyring: &Keyring) -> Self {
        Self { keep, lookout: signature::lookout(catalog.all_schemes(), keyring) }
    }

    /// Headers and target as they may be kept. A signature that is no secret itself stays, since it proves the delivery.
    pub fn over<'a>(&self, delivery: &'a Delivery, scheme: Option<&Scheme>, keyring: &'a Keyring) -> Covered<'a> {
        let has_secret = self.lookout.finds(&joined(delivery));
        let is_token = scheme.is_some_and(|scheme| scheme.algorithm == Algorithm::Token);
        let mut headers = Cow::Borrowed(&delivery.headers);
        if is_token || has_secret {
            headers = Cow::Owned(signature::shown(&headers, scheme, keyring));
        }
        // Without a part that is signed the signature would prove nothing.
        let is_proof = |name: &str| scheme.is_some_and(|scheme| scheme.verifies_with(name));
        let is_hidden = |name: &str| is_credential(name) && !is_proof(name);
        if self.keep == Keep::Redacted && headers.0.iter().any(|header| is_hidden(&header.name)) {
            for header in headers.to_mut().0.iter_mut().filter(|header| is_hidden(&header.name)) {
                header.value = REDACTED.to_vec();
            }
        }
        let keyring = has_secret.then_some(keyring);
        let mut target = redacted(&delivery.target, keyring);
        // An address that is signed proves nothing once a part of it is gone.
        let is_signed = scheme.is_some_and(Scheme::covers_address);
        if let Some(covered) = without_credentials(&target).filter(|_| self.keep == Keep::Redacted && !is_signed) {
            target = Cow::Owned(covered);
        }
        Covered { headers, target, keyring }
    }
}

/// What of a delivery may be kept.
#[derive(Debug)]
pub struct Covered<'a> {
    /// Its headers.
    pub headers: Cow<'a, Headers>,
    /// Its target.
    pub target: Cow<'a, str>,
    /// The secrets, one of which stands in its headers or target.
    keyring: Option<&'a Keyring>,
}

impl Covered<'_> {
    /// A text that was taken from its headers, as it may be kept.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        redacted(text, self.keyring)
    }

    /// Several of them.
    pub fn texts<'t>(&self, texts: &'t [String]) -> Cow<'t, [String]> {
        match self.keyring {
            None => Cow::Borrowed(texts),
            Some(_) => texts.iter().map(|text| self.text(text).into_owned()).collect(),
        }
    }
}

fn redacted<'t>(text: &'t str, keyring: Option<&Keyring>) -> Cow<'t, str> {
    match keyring {
        None => Cow::Borrowed(text),
        Some(keyring) => Cow::Owned(String::from_utf8_lossy(&keyring.redact(text.as_bytes())).into_owned()),
    }
}

/// A target with the values of its query's credentials taken out; nothing where it has none.
fn without_credentials(target: &str) -> Option<String> {
    let (path, query) = target.split_once('?')?;
    let is_hidden = |(name, value): &(&str, &str)| is_parameter(name) && !value.is_empty() && *value != "[secret]";
    let hidden = |part: &str| part.split_once('=').filter(is_hidden).map(|(name, _)| format!("{name}=[redacted]"));
    if !query.split('&').any(|part| hidden(part).is_some()) {
        return None;
    }
    let parts: Vec<String> = query.split('&').map(|part| hidden(part).unwrap_or_else(|| part.to_string())).collect();
    Some(format!("{path}?{}", parts.join("&")))
}

/// Returns true if a query's parameter of this name holds a credential of the sender.
fn is_parameter(name: &str) -> bool {
    is_credential(name) || PARAMETERS.iter().any(|parameter| name.eq_ignore_ascii_case(parameter))
}

/// Returns true for `X-Auth`, `X-Auth-...` and `X-Authentic...`: not for `X-Author`, nor for signatures and their times.
fn is_x_auth(name: &[u8]) -> bool {
    let Some((begin, rest)) = name.split_at_checked(BEGINNING.len()) else { return false };
    let begins = |text: &str| rest.get(..text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(text.as_bytes()));
    let ends = |text: &str| {
        let at = rest.len().checked_sub(text.len());
        at.is_some_and(|at| rest[at..].eq_ignore_ascii_case(text.as_bytes()))
    };
    begin.eq_ignore_ascii_case(BEGINNING.as_bytes())
        && (rest.is_empty() || ["-", "_", "entic"].into_iter().any(begins))
        && !["signature", "timestamp", "digest"].into_iter().any(ends)
}

/// Whether a header or parameter of this name holds a credential of the sender.
pub fn is_credential(name: &str) -> bool {
    let name = name.as_bytes();
    let last = name.last().map(u8::to_ascii_lowercase);
    let ends_like = |ending: &&str| {
        // Most names end otherwise, and that is seen at once.
        let at = name.len().checked_sub(ending.len()).filter(|_| last == ending.bytes().next_back());
        at.is_some_and(|at| name[at..].eq_ignore_ascii_case(ending.as_bytes()))
    };
    ENDINGS.iter().any(ends_like) || is_x_auth(name)
}

/// The target and every header value, each on a line of its own: one search is quicker than many.
fn joined(delivery: &Delivery) -> Vec<u8> {
    let values = || delivery.headers.0.iter().map(|header| header.value.as_slice());
    let mut all = Vec::with_capacity(delivery.target.len() + values().map(|value| value.len() + 1).sum::<usize>());
    all.extend_from_slice(delivery.target.as_bytes());
    for value in values() {
        all.push(b'\n');
        all.extend_from_slice(value);
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
        let headers = Cover::new(keep, &catalog, &keyring).over(&delivery, scheme, &keyring).headers.into_owned();
        assert_eq!(headers.get("x-other"), Some(&b"1"[..]));
        String::from_utf8(headers.0[1].value.clone()).unwrap()
    }

    #[test]
    fn credentials_are_taken_out_unless_they_are_wanted() {
        for name in [
            "Authorization",
            "cookie",
            "Set-Cookie",
            "X-API-Key",
            "X-Amz-Security-Token",
            "apikey",
            "X-Forwarded-Authorization",
            "X-Auth-Key",
            "Ocp-Apim-Subscription-Key",
            "x-functions-key",
            "X-Auth",
            "x-auth-user",
            "X-Auth_Email",
            "X-Authentication",
            "X-Authenticated-Userid",
        ] {
            assert_eq!(kept(Keep::Redacted, None, name, "value"), "[redacted]", "{name}");
            assert_eq!(kept(Keep::Credentials, None, name, "value"), "value", "{name}");
        }
        let others = ["Idempotency-Key", "X-Author", "X-Auth-Signature", "x-auth-timestamp", "Key", "Code", "X-Aut"];
        for name in others {
            assert_eq!(kept(Keep::Redacted, None, name, "value"), "value", "{name}");
        }
    }

    #[test]
    fn credentials_in_the_address_are_taken_out_where_it_is_not_signed() {
        let catalog = Catalog::built_in().unwrap();
        let target =
            "/hook?a=1&access_token=t0ken&b&token=&x-token=[secret]&code=c&sig=s&Key=k&auth=a&barcode=1&keys=2";
        let kept = |keep, provider: &str| {
            let scheme = catalog.provider(provider).and_then(|p| p.description.signature.first());
            let delivery = Delivery {
                method: "POST".into(),
                target: target.into(),
                headers: Headers::default(),
                body: Vec::new(),
            };
            let keyring = Keyring::default();
            Cover::new(keep, &catalog, &keyring).over(&delivery, scheme, &keyring).target.into_owned()
        };
        let covered = "/hook?a=1&access_token=[redacted]&b&token=&x-token=[secret]&code=[redacted]&sig=[redacted]\
            &Key=[redacted]&auth=[redacted]&barcode=1&keys=2";
        assert_eq!([kept(Keep::Redacted, ""), kept(Keep::Redacted, "superfolio")], [covered, covered]);
        assert_eq!([kept(Keep::Credentials, ""), kept(Keep::Redacted, "twilio")], [target, target]);
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
