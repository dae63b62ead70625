//! A delivery that is held in memory, or the value that the user's code got, judged and explained.

use std::time::{Duration, Instant};

use super::case::{Case, case, delivery_of};
use super::reading::Captured;
use super::unknown::{self, Unknown, as_named, recognised};
use super::{JudgedAt, VerifyArgs};
use crate::catalog::{Algorithm, Catalog, Provider, Scheme};
use crate::commands::context::Context;
use crate::error::Error;
use crate::explain::{self, Question, ValueOf};
use crate::inspect::in_mode;
use crate::report::Verified;
use crate::secret::Named;
use crate::signature::{self, Compared, Judgement, Scene, Verdict};

/// How long a search may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Judges a delivery; where it is wrong, says why.
pub(super) fn verify(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    captured: &Captured,
) -> Result<Verified, Error> {
    let delivery = delivery_of(args, &captured.capture);
    let Some(provider) = recognised(args, catalog, &delivery)? else {
        return match unknown::judge(args, context, catalog, captured)? {
            Unknown::Judged(verified) => Ok(*verified),
            Unknown::Of(provider, note) => {
                let mut verified = verify_as(args, context, catalog, provider, captured)?;
                verified.notes.push(note);
                Ok(verified)
            }
        };
    };
    verify_as(args, context, catalog, provider, captured)
}

/// Judges a delivery as that of a provider; where it is wrong, says why.
fn verify_as(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    provider: &Provider,
    captured: &Captured,
) -> Result<Verified, Error> {
    let capture = &captured.capture;
    let case = case(args, context, catalog, provider, capture)?;
    let bytes = case.delivery.body.len() as u64;
    let Some(scheme) = &case.scheme else { return Ok(case.unsigned(bytes)) };
    if case.secrets.is_empty() {
        return Ok(case.unchecked(args, bytes));
    }
    let scene = case.scene(args);
    let judgement = match &args.computed {
        None => in_mode(case.provider, scheme, signature::verify(scheme, &case.secrets, &scene)),
        Some(value) => judge_computed(scheme, &case, &scene, value),
    };
    let mut judgement = signature::conceal(judgement, scheme, case.keyring.all());
    if args.computed.is_none() {
        judgement = as_named(judgement, scheme, &captured.restored);
    }
    let mut explanation = None;
    let mut notes = Vec::new();
    let (secret, place) = (&case.secrets[0].secret, case.provider.description.secret.as_ref());
    if !matches!(judgement.verdict, Verdict::Valid | Verdict::Stale) {
        let owner = |name: &str| {
            let owns = |provider: &&Provider| provider.description.signature.iter().any(|scheme| scheme.reads(name));
            catalog.providers.iter().find(owns).map(|provider| provider.description.name.clone())
        };
        let begins = place.map_or(&[][..], |place| &place.begins);
        notes = explain::notice(scheme, secret, begins, &case.delivery, owner);
    }
    if judgement.verdict == Verdict::Stale && args.at == JudgedAt::Now && capture.received.is_some() {
        notes.push("--at captured judges by the time at which it came in".to_string());
    }
    if judgement.verdict == Verdict::Invalid && !args.no_explain && !judgement.explains_itself() {
        let others = case.keyring.others(case.provider.family());
        let received = || signature::received(scheme, &case.delivery).into_iter().next().unwrap_or_default();
        let value = args.computed.clone().unwrap_or_else(|| String::from_utf8_lossy(&received()).into_owned());
        let question = Question {
            scheme,
            secret,
            variable: None,
            others: &others,
            scene,
            value: &value,
            origin: origin(args),
            depth: 3,
            beyond: &captured.beyond,
        };
        let begun = Instant::now();
        let found = explain::explain_each(&question, &case.secrets, &|| begun.elapsed() < PATIENCE);
        if args.computed.is_some() && found.causes.is_empty() {
            // Without the whole delivery a right value can't be told from a wrong one.
            signature::layout(scheme, &scene).map_err(|what| {
                let hint = format!("-H '{}: ...' gives what came, and so for other headers", scheme.place());
                Error::usage(format!("what should be hashed is not known: {what}"), hint)
            })?;
        }
        if args.computed.is_some() && found.is_of_value() {
            judgement.reason = "your code's value is nearly the right one".to_string();
        }
        explanation = Some(found);
    }
    let is_missing = judgement.verdict == Verdict::Missing && judgement.compared.is_none() && args.computed.is_none();
    let elsewhere = if is_missing { unknown::elsewhere(&case, catalog, &scene) } else { None };
    let (found, note) = elsewhere.map_or((None, None), |(found, note)| (Some(found), note));
    notes.extend(note);
    let mut verified = case.verified(judgement, bytes);
    verified.found = found;
    verified.origin = origin(args);
    verified.explanation = explanation;
    verified.notes.extend(notes);
    Ok(verified)
}

pub(super) fn origin(args: &VerifyArgs) -> ValueOf {
    if args.computed.is_some() { ValueOf::OwnCode } else { ValueOf::Sender }
}

/// The value that the user's code got, against the one it should have got. How it is written is not judged:
/// a prefix is put before a digest, not computed.
fn judge_computed(scheme: &Scheme, case: &Case<'_>, scene: &Scene<'_>, value: &str) -> Judgement {
    if scheme.algorithm == Algorithm::Token {
        let mut delivery = case.delivery.clone();
        delivery.headers.remove(scheme.header.first());
        delivery.headers.push(scheme.header.first(), value.trim());
        let judgement = signature::verify(scheme, &case.secrets, &Scene { delivery: &delivery, ..*scene });
        return computed(scheme, value, judgement);
    }
    let expected = |named: &Named| signature::expected(scheme, &named.secret, scene);
    let is_same = |digest: &Result<String, String>| {
        digest.as_ref().is_ok_and(|digest| explain::is_same_digest(scheme, value, digest))
    };
    // Any of the secrets may be the one that the code has.
    let right = case.secrets.iter().map(expected).find(is_same);
    let digest = right.unwrap_or_else(|| expected(&case.secrets[0]));
    let reason = digest.as_ref().err().cloned().unwrap_or_default();
    let compared = Compared { received: value.trim().to_string(), expected: digest.ok() };
    computed(scheme, value, Judgement { compared: Some(compared), ..Judgement::of(Verdict::Invalid, reason) })
}

pub(super) fn computed(scheme: &Scheme, value: &str, judgement: Judgement) -> Judgement {
    let expected = judgement.compared.as_ref().and_then(|compared| compared.expected.as_deref());
    let is_same = |expected: &str| explain::is_same_digest(scheme, value, expected);
    let is_right = judgement.verdict == Verdict::Valid || expected.is_some_and(is_same);
    let (verdict, reason) = if is_right {
        (
            Verdict::Valid,
            "your code's value is right; if it refuses, its comparison or its secret at run time is at fault"
                .to_string(),
        )
    } else if expected.is_none() && !judgement.reason.is_empty() && scheme.algorithm != Algorithm::Token {
        (Verdict::Invalid, format!("{}, so what should have been hashed is not known", judgement.reason))
    } else {
        (Verdict::Invalid, "your code hashed something else".to_string())
    };
    Judgement { verdict, reason, ..judgement }
}
