//! Whose delivery it is, how it is signed, and the secrets that are at hand.

use std::borrow::Cow;
use std::path::Path;

use jiff::Timestamp;

use super::VerifyArgs;
use crate::catalog::{Algorithm, Catalog, Need, Provider, Scheme};
use crate::commands::context::Context;
use crate::commands::secrets::{self, Ask};
use crate::error::Error;
use crate::explain::ValueOf;
use crate::identify::identify;
use crate::json::Body;
use crate::message::{Capture, Delivery};
use crate::report::Verified;
use crate::secret::{self, Keyring, Named};
use crate::signature::{self, Judgement, Key, KeyError, Scene, Use, Verdict};
use crate::words;

/// The provider, its scheme, its secrets, and the delivery with `--signature` in it.
pub(super) struct Case<'a> {
    pub(super) provider: &'a Provider,
    pub(super) event: Option<String>,
    pub(super) scheme: Option<Scheme>,
    pub(super) secrets: Vec<Named>,
    pub(super) keyring: Keyring,
    pub(super) delivery: Delivery,
    pub(super) now: Timestamp,
    pub(super) notes: Vec<String>,
}

/// Returns the delivery of a capture with what the command line says of it.
pub(super) fn delivery_of(args: &VerifyArgs, capture: &Capture) -> Delivery {
    let mut delivery = capture.delivery.clone();
    if let Some(method) = &args.method {
        delivery.method.clone_from(method);
    }
    // Its query may tell the mode of signing.
    if let Some(url) = &args.url {
        delivery.target.clone_from(url);
    }
    delivery
}

/// Finds out how a provider's delivery is signed and with what.
pub(super) fn case<'a>(
    args: &VerifyArgs,
    context: &Context,
    catalog: &'a Catalog,
    provider: &'a Provider,
    capture: &Capture,
) -> Result<Case<'a>, Error> {
    let mut delivery = delivery_of(args, capture);
    let identified = identify(catalog, Some(provider), &delivery.headers, &Body::new(&delivery.body));
    let event = if let [event] = identified.events.as_slice() { Some(event.clone()) } else { None };
    let choice = args.secrets.choice(&[provider])?;
    if let (Some(value), Some(scheme)) = (&args.signature, choice.of(provider)) {
        // What is pasted may have the header's name along, and blanks around it.
        let value = value.trim();
        let named = value.split_once(':').filter(|(name, _)| scheme.reads(name));
        if scheme.body.is_some() {
            return Err(Error::usage(
                format!("the signature of {} stands in the {}", provider.description.name, scheme.place()),
                "leave --signature out; --as body says that the input is a body",
            ));
        }
        delivery.headers.push(scheme.header.first(), named.map_or(value, |(_, value)| value.trim()));
    }
    let mut keyring = args.secrets.keyring(context, catalog)?;
    let scheme = choice.of_received(provider, &delivery, keyring.all_of(provider.family()), true).map(Cow::into_owned);
    let now = args.now(capture.received)?;
    let secrets = match &scheme {
        None => Vec::new(),
        Some(scheme) => {
            if scheme.algorithm == Algorithm::Token
                && signature::received(scheme, &delivery).iter().any(|value| secret::is_redacted(value))
            {
                return Err(Error::Untestable {
                    message: "the token stands redacted in the input, so there is nothing to compare".to_string(),
                    hint: Some("give it with --signature, from where it was sent".to_string()),
                });
            }
            let ask = if args.file == Path::new("-") { Ask::No } else { Ask::Yes };
            secrets::signing(context, &mut keyring, provider, scheme, ask)?
        }
    };
    // Where customers may leave the secret out, an unsigned delivery is what they get.
    let may_be_unsigned = |scheme: &Scheme| {
        scheme.secret == Need::Optional && args.computed.is_none() && signature::received(scheme, &delivery).is_empty()
    };
    if scheme.as_ref().is_some_and(|scheme| secrets.is_empty() && !may_be_unsigned(scheme)) {
        return Err(secrets::no_secret(provider, false));
    }
    if scheme.as_ref().is_some_and(Scheme::covers_address)
        && args.url.is_none()
        && signature::address(&delivery).is_none()
    {
        return Err(Error::usage(
            format!("{} signs the address too, and the input doesn't tell it", provider.description.name),
            "--url says which one the provider was told",
        ));
    }
    let notes = match &scheme {
        Some(scheme) if scheme.algorithm.is_asymmetric() && args.computed.is_some() => {
            return Err(Error::usage(
                format!("with {} a receiver computes no value that could be compared", scheme.algorithm.word()),
                "give the signature that came, with --signature or in the input",
            ));
        }
        Some(scheme) => unusable_keys(provider, scheme, &secrets)?,
        None => Vec::new(),
    };
    Ok(Case { provider, event, scheme, secrets, keyring, delivery, now, notes })
}

/// The secrets that hold no key of the scheme, as notes; an error where none of them does. One that can't be decoded
/// may be explained all the same.
fn unusable_keys(provider: &Provider, scheme: &Scheme, secrets: &[Named]) -> Result<Vec<String>, Error> {
    if scheme.algorithm == Algorithm::Token {
        return Ok(Vec::new());
    }
    let fault = |named: &Named| Some((named.from.clone(), Key::read(scheme, &named.secret, Use::Verify).err()?));
    let faults: Vec<(String, KeyError)> = secrets.iter().filter_map(fault).collect();
    match faults.as_slice() {
        [(_, error), ..] if faults.len() == secrets.len() && scheme.algorithm.is_asymmetric() => {
            let names: Vec<String> = faults.iter().map(|(from, _)| from.clone()).collect();
            let find = provider.description.secret.as_ref().and_then(|place| place.find.as_ref());
            Err(Error::usage(
                format!("nothing can be verified with {}: {error}", words::list(&names, "or")),
                find.map_or_else(
                    || "give the key as the provider shows it".to_string(),
                    |find| format!("where to find it: {find}"),
                ),
            ))
        }
        _ if secrets.len() == 1 => Ok(Vec::new()),
        _ => Ok(faults.iter().map(|(from, error)| format!("{from} is of no use here: {error}")).collect()),
    }
}

impl Case<'_> {
    /// The finding for a delivery that came unsigned where signing is optional and no secret is given.
    pub(super) fn unchecked(self, args: &VerifyArgs, bytes: u64) -> Verified {
        let scheme = self.scheme.as_ref();
        let judgement = scheme.map(|scheme| signature::verify(scheme, &self.secrets, &self.scene(args)));
        let judgement = judgement.unwrap_or_else(|| Judgement::of(Verdict::Unchecked, "no secret is given"));
        let place = self.provider.description.secret.as_ref();
        let mut verified = self.verified(judgement, bytes);
        verified
            .notes
            .extend(place.and_then(|place| place.find.as_ref()).map(|find| format!("where the secret is: {find}")));
        verified
    }

    /// What is judged.
    pub(super) fn scene<'s>(&'s self, args: &'s VerifyArgs) -> Scene<'s> {
        Scene { delivery: &self.delivery, url: args.url.as_deref(), now: self.now, tolerance: args.tolerance() }
    }

    /// What came of it.
    pub(super) fn verified(self, judgement: Judgement, bytes: u64) -> Verified {
        Verified {
            provider: Some(self.provider.id.clone()),
            event: self.event,
            scheme: self.scheme.as_ref().map(signature::describe),
            bytes,
            judgement,
            explanation: None,
            origin: ValueOf::Sender,
            notes: self.notes,
            found: None,
        }
    }

    /// What is to say of a delivery that nobody signs.
    pub(super) fn unsigned(self, bytes: u64) -> Verified {
        let reason =
            format!("{} documents no signature, so there is nothing to verify", self.provider.description.name);
        self.verified(Judgement::of(Verdict::Unsigned, reason), bytes)
    }
}
