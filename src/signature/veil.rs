//! What may be shown of a delivery: no secret of those at hand, wherever the sender put it.

use super::key::{Key, Use};
use super::{Compared, Judgement, grammar};
use crate::catalog::{Algorithm, Scheme};
use crate::message::Headers;
use crate::secret::{Keyring, Named, Redactor, Secret, redacted_token};

/// What hides the secrets in a value of this scheme: each as it is, without its beginning, and as the key it holds.
pub(super) fn veil<'a>(scheme: Option<&Scheme>, secrets: impl IntoIterator<Item = &'a Secret>) -> Redactor {
    let all = forms(scheme, secrets);
    let list = scheme.and_then(|scheme| scheme.list.as_ref());
    let own = list.map_or(["", ""], |list| [&list.separator, &list.pair]);
    let prefix = scheme.map_or("", |scheme| &scheme.prefix);
    Redactor::new(&all, &[own[0], ",", ";", " ", "\"", own[1], prefix, "=", ":"])
}

/// Each secret as it is, without its beginning, and as the key it holds.
fn forms<'a>(scheme: Option<&Scheme>, secrets: impl IntoIterator<Item = &'a Secret>) -> Vec<Secret> {
    let mut all: Vec<Secret> = Vec::new();
    for secret in secrets {
        all.push(secret.clone());
        // White space after a secret is passed over, so a sender may have it without.
        all.extend(Secret::new(secret.expose().trim_ascii_end()).ok().filter(|bare| bare != secret));
        all.extend(secret.without(scheme.map_or(&[], |scheme| &scheme.key.strip)));
        if let Some(scheme) = scheme {
            let key = Key::read(scheme, secret, Use::Verify).ok();
            all.extend(key.and_then(|key| Secret::new(key.bytes()).ok()));
        }
    }
    all
}

/// A judgement without the secrets that the sender may have put into what it sent.
pub fn conceal<'a>(judgement: Judgement, scheme: &Scheme, secrets: impl IntoIterator<Item = &'a Secret>) -> Judgement {
    let veil = veil(Some(scheme), secrets);
    let over = |text: String| String::from_utf8_lossy(&veil.items(text.as_bytes())).into_owned();
    let compared = judgement.compared.map(|compared| Compared { received: over(compared.received), ..compared });
    Judgement { reason: veil.sentence(&judgement.reason), compared, ..judgement }
}

/// Whether a secret stands where a digest should.
pub(super) fn is_sent(scheme: &Scheme, secrets: &[Named], received: &str) -> bool {
    let veil = veil(Some(scheme), secrets.iter().map(|named| &named.secret));
    let bare = |item: &String| item.strip_prefix(scheme.prefix.as_str()).unwrap_or(item).as_bytes().to_vec();
    veil.hides(received.as_bytes()) || grammar::read(scheme, received).items.iter().any(|item| veil.hides(&bare(item)))
}

/// The headers as they may be shown: a token, and any value that is a secret at hand or holds one, stand redacted.
pub fn shown(headers: &Headers, scheme: Option<&Scheme>, keyring: &Keyring) -> Headers {
    let mut shown = headers.clone();
    let token = scheme.filter(|scheme| scheme.algorithm == Algorithm::Token);
    let veil = veil(scheme, keyring.all());
    for header in &mut shown.0 {
        let is_token = token.is_some_and(|scheme| scheme.reads(&header.name));
        let bare = scheme.and_then(|scheme| header.value.strip_prefix(scheme.prefix.as_bytes()));
        header.value = if is_token || veil.hides(&header.value) || bare.is_some_and(|bare| veil.hides(bare)) {
            redacted_token(&header.value).into_bytes()
        } else {
            veil.items(&header.value)
        };
    }
    shown
}

/// Returns a redactor that finds what [`shown`] would take out, whichever of the schemes is meant.
pub fn lookout<'a>(schemes: impl IntoIterator<Item = &'a Scheme>, keyring: &Keyring) -> Redactor {
    let any = std::iter::once(None).chain(schemes.into_iter().map(Some));
    let all: Vec<Secret> = any.flat_map(|scheme| forms(scheme, keyring.all())).collect();
    Redactor::new(&all, &[])
}
