//! The secrets at hand, and whose they are.

use std::sync::OnceLock;

use super::{Redactor, Secret, SecretError};

/// A secret with where it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// A variable's name or a file's.
    pub from: String,
    /// The secret.
    pub secret: Secret,
}

/// The secrets of a run: those for any provider, and those of single providers, which come first. There may be
/// several for one, as while a new one takes the place of an old one.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    any: Vec<Named>,
    own: Vec<(String, Vec<Named>)>,
    unusable: Vec<Unusable>,
    /// Built when first needed.
    redactor: OnceLock<Redactor>,
}

/// A variable that can't serve as a secret. It is an error only where that secret is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Whose secret it would be; nothing for that of any.
    pub provider: Option<String>,
    /// Where it was taken from.
    pub from: String,
    /// What is wrong with it.
    pub cause: SecretError,
}

impl Keyring {
    /// Adds a secret of one provider, or of any where none is named.
    pub fn add(&mut self, provider: Option<&str>, from: &str, secret: Secret) {
        let named = Named { from: from.to_string(), secret };
        self.redactor = OnceLock::new();
        let Some(provider) = provider else { return self.any.push(named) };
        match self.own.iter_mut().find(|(id, _)| id == provider) {
            Some((_, known)) => known.push(named),
            None => self.own.push((provider.to_string(), vec![named])),
        }
    }

    /// The secrets to use for a provider, the first given first.
    pub fn all_of(&self, provider: &str) -> &[Named] {
        self.own.iter().find(|(id, _)| id == provider).map_or(&self.any, |(_, own)| own)
    }

    /// The secrets that are no provider's own.
    pub fn general(&self) -> &[Named] {
        &self.any
    }

    /// The first secret to use for a provider.
    pub fn of(&self, provider: &str) -> Option<&Secret> {
        self.all_of(provider).first().map(|named| &named.secret)
    }

    /// Every other secret than those in use for a provider, with whose it is.
    pub fn others(&self, provider: &str) -> Vec<(String, Secret)> {
        let used = self.all_of(provider);
        let own = self.own.iter().flat_map(|(id, own)| own.iter().map(move |named| (format!("that of {id}"), named)));
        let all = own.chain(self.any.iter().map(|named| ("the general one".to_string(), named)));
        let is_used = |secret: &Secret| used.iter().any(|used| used.secret == *secret);
        all.filter(|(_, named)| !is_used(&named.secret)).map(|(whose, named)| (whose, named.secret.clone())).collect()
    }

    /// Whether a provider has a secret of its own.
    pub fn has_own(&self, provider: &str) -> bool {
        self.own.iter().any(|(id, _)| id == provider)
    }

    /// Whether no secret was given at all.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.own.is_empty()
    }

    /// Remembers a variable that can't be used.
    pub fn add_unusable(&mut self, unusable: Unusable) {
        self.unusable.push(unusable);
    }

    /// What stands in the way of a provider's secret, where it has no other of its own.
    pub fn unusable(&self, provider: &str) -> Option<&Unusable> {
        let own = self.unusable.iter().find(|unusable| unusable.provider.as_deref() == Some(provider));
        let general = self.unusable.iter().find(|unusable| unusable.provider.is_none());
        own.filter(|_| !self.has_own(provider)).or(general.filter(|_| self.of(provider).is_none()))
    }

    /// Every variable that can't be used.
    pub fn all_unusable(&self) -> &[Unusable] {
        &self.unusable
    }

    /// Returns the redactor of every secret at hand.
    pub fn redactor(&self) -> &Redactor {
        self.redactor.get_or_init(|| Redactor::new(self.all(), &[]))
    }

    /// Returns the bytes without the secrets in them.
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        self.redactor().value(bytes)
    }

    /// Only the secrets of these providers.
    #[must_use]
    pub fn only(&self, providers: &[&str]) -> Self {
        let own = self.own.iter().filter(|(id, _)| providers.contains(&id.as_str())).cloned().collect();
        Self { any: self.any.clone(), own, ..Self::default() }
    }

    /// Every secret at hand.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        self.own.iter().flat_map(|(_, own)| own).chain(&self.any).map(|named| &named.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::Keyring;
    use crate::secret::Secret;

    #[test]
    fn a_provider_keeps_its_secrets_in_the_order_they_were_given() {
        let mut keyring = Keyring::default();
        for (provider, from) in [(Some("acme"), "A"), (None, "B"), (Some("other"), "C"), (Some("acme"), "D")] {
            keyring.add(provider, from, Secret::new(from).unwrap());
        }
        let of = |provider| keyring.all_of(provider).iter().map(|named| named.from.as_str()).collect::<String>();
        assert_eq!([of("acme"), of("other"), of("third")], ["AD", "C", "B"]);
    }

    #[test]
    fn a_secret_is_taken_out_of_what_holds_it() {
        let mut keyring = Keyring::default();
        keyring.add(None, "A", Secret::new("hunter2+").unwrap());
        keyring.add(Some("acme"), "B", Secret::new("abc").unwrap());
        let redacted = |text: &str| String::from_utf8(keyring.redact(text.as_bytes())).unwrap();
        assert_eq!(redacted("Bearer hunter2+, hunter2+!"), "Bearer [secret], [secret]!");
        assert_eq!(redacted("abc"), "[secret]");
        assert_eq!(redacted("abcdef"), "abcdef", "a short secret may be part of any word");
        assert_eq!(
            redacted("aHVudGVyMis= 68756E746572322b hunter2%2B"),
            "[secret]= [secret] [secret]",
            "spelled for transport"
        );
    }
}
