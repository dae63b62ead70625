//! Whether a secret has the form that its provider's signatures want. Its value is never told, only its looks.

use super::{Check, Finding, State};
use crate::catalog::{Provider, Scheme};
use crate::secret::{Named, Secret};
use crate::shell;
use crate::signature::{Key, Use};
use crate::words;

/// What is odd about a secret.
struct Oddity {
    state: State,
    code: &'static str,
    what: String,
    hint: String,
}

/// A secret that is there, held against the schemes that it may serve, the first of which is used unless another is
/// asked for. `cut` is what of its file does not belong to it.
pub fn shape(provider: Option<&Provider>, schemes: &[&Scheme], named: &Named, cut: &[&str]) -> Finding {
    let secret = &named.secret;
    let oddities: Vec<Oddity> = [
        looks(secret),
        provider.and_then(|provider| beginning(provider, secret)),
        fit(schemes, secret),
        remainder(cut, &named.from),
    ]
    .into_iter()
    .flatten()
    .collect();
    let whose = provider.map_or(String::new(), |provider| format!(" for {}", provider.id));
    let mut found = format!("{}{whose}: {}", named.from, secret.looks());
    for oddity in &oddities {
        found.push_str(&format!("; {}", oddity.what));
    }
    // The worst says what to do.
    let worst = oddities.iter().find(|oddity| oddity.state == State::Fault).or(oddities.first());
    let Some(worst) = worst else { return Finding::ok(Check::Secret, found) };
    Finding {
        state: worst.state,
        code: Some(worst.code),
        hint: Some(worst.hint.clone()),
        ..Finding::ok(Check::Secret, found)
    }
}

/// A copying mistake; what it is stands in the looks.
fn looks(secret: &Secret) -> Option<Oddity> {
    secret.looks_malformed().then(|| Oddity {
        state: State::Fault,
        code: "secret-malformed",
        what: "it is used as it is".to_string(),
        hint: "copy it anew, without quotes and without anything around it".to_string(),
    })
}

/// Secrets of some providers begin alike, and keys of APIs do so in another way.
fn beginning(provider: &Provider, secret: &Secret) -> Option<Oddity> {
    let place = provider.description.secret.as_ref()?;
    if place.begins.iter().any(|begin| secret.expose().starts_with(begin.as_bytes())) {
        return None;
    }
    let found = place.find.as_ref().map_or_else(
        || "give the signing secret as the provider shows it".to_string(),
        |find| format!("where to find the signing secret: {find}"),
    );
    if secret.looks_like_api_key() {
        let what = "it looks like an API key, which is not the signing secret".to_string();
        return Some(Oddity { state: State::Fault, code: "secret-api-key", what, hint: found });
    }
    let is_pem = secret.expose().starts_with(b"-----BEGIN");
    (!place.begins.is_empty() && !is_pem).then(|| Oddity {
        state: State::Note,
        code: "secret-beginning",
        what: format!("it does not begin with {}, as those of this provider do", words::list(&place.begins, "or")),
        hint: found,
    })
}

/// Whether it is a key of a scheme.
fn fit(schemes: &[&Scheme], secret: &Secret) -> Option<Oddity> {
    let first = schemes.first()?;
    let read = |scheme: &Scheme, wanted| Key::read(scheme, secret, wanted);
    let error = read(first, Use::Sign).err()?;
    if read(first, Use::Verify).is_ok() {
        return Some(Oddity {
            state: State::Note,
            code: "secret-public",
            what: "it is a public key: it verifies and does not sign".to_string(),
            hint: "a private key of your own signs: sign --generate-key makes a pair".to_string(),
        });
    }
    let other = schemes[1..].iter().find(|scheme| read(scheme, Use::Verify).is_ok());
    Some(match other {
        Some(scheme) => Oddity {
            state: State::Note,
            code: "secret-of-another-mode",
            what: format!("it is a key of the mode `{}` and not of `{}`, which goes first", scheme.mode, first.mode),
            hint: format!("--signature-mode {} signs by it", shell::argument(&scheme.mode)),
        },
        None => Oddity {
            state: State::Fault,
            code: "secret-unfit",
            what: error.to_string(),
            hint: "give the secret as the provider shows it, whole".to_string(),
        },
    })
}

fn remainder(cut: &[&str], from: &str) -> Option<Oddity> {
    let cut: Vec<String> = cut.iter().map(ToString::to_string).collect();
    let verb = if cut.len() > 1 { "are" } else { "is" };
    (!cut.is_empty()).then(|| Oddity {
        state: State::Note,
        code: "secret-cut",
        what: format!("{} {verb} not part of it", words::list(&cut, "and")),
        hint: format!("an application that takes {from} as it is has another secret: write it without"),
    })
}

#[cfg(test)]
mod tests {
    use super::shape;
    use crate::catalog::{Catalog, Scheme};
    use crate::secret::{Named, Secret};
    use crate::signature;

    /// A secret of a provider: the code of what is odd about it, `ok` for nothing.
    fn code(provider: &str, secret: &str, cut: &[&str]) -> String {
        let catalog = Catalog::built_in().unwrap();
        let provider = catalog.provider(provider).unwrap();
        let schemes: Vec<&Scheme> = provider.description.signature.iter().collect();
        let named = Named { from: "MINE".to_string(), secret: Secret::new(secret).unwrap() };
        let finding = shape(Some(provider), &schemes, &named, cut);
        assert!(!finding.found.contains(secret.trim()), "{}", finding.found);
        assert_eq!(finding.code.is_some(), finding.hint.is_some());
        format!("{}{}", finding.state.word(), finding.code.map(|code| format!(" {code}")).unwrap_or_default())
    }

    #[test]
    fn a_secrets_shape_is_told_and_never_its_value() {
        let check = |provider: &str, secret: &str, expected: &str| {
            assert_eq!(code(provider, secret, &[]), expected, "{provider} {secret:?}");
        };
        check("superfolio", "hunter2hunter2", "ok");
        check("superfolio", "hunter2hunter2\n", "fault secret-malformed");
        check("superfolio", " hunter2hunter2", "fault secret-malformed");
        check("superfolio", "'hunter2hunter2'", "fault secret-malformed");
        check("stripe", "whsec_hunter2hunter2", "ok");
        check("stripe", "hunter2hunter2", "note secret-beginning");
        check("stripe", "sk_test_hunter2hunter2", "fault secret-api-key");
        check("standard-webhooks", "whsec_aHVudGVyMmh1bnRlcjI=", "ok");
        check("standard-webhooks", "whsec_hunter2 hunter2!", "fault secret-unfit");
        check("discord", "no key at all", "fault secret-unfit");
        let catalog = Catalog::built_in().unwrap();
        let scheme = &catalog.provider("discord").unwrap().description.signature[0];
        let made = signature::generate(scheme, [7; 32]).unwrap();
        check("discord", &made.public, "note secret-public");
        check("discord", std::str::from_utf8(made.private.expose()).unwrap(), "ok");
    }

    #[test]
    fn what_a_file_has_besides_is_told_after_what_is_worse() {
        assert_eq!(code("superfolio", "hunter2hunter2", &["one final newline"]), "note secret-cut");
        assert_eq!(code("superfolio", "\"hunter2hunter2\"", &["one final newline"]), "fault secret-malformed");
    }
}
