//! The verdict: what came, held against what should have come.

use subtle::ConstantTimeEq;

use super::conditions;
use super::forms::{Form, other_forms};
use super::trial::Trial;
use super::{Judgement, Remark, Scene, Verdict, received_in, repeated};
use crate::catalog::{Algorithm, Alternative, Need, Scheme};
use crate::json::Body;
use crate::secret::Named;

/// The verdict over a delivery in memory, with every form that the scheme accepts. The first of the secrets is
/// the one in use; the others are accepted too, as while one takes the place of the other.
pub fn verify(scheme: &Scheme, secrets: &[Named], scene: &Scene<'_>) -> Judgement {
    repeated::judge(scheme, scene, |scene| verify_once(scheme, secrets, scene))
}

/// The verdict over a delivery in which no header that counts is repeated.
fn verify_once(scheme: &Scheme, secrets: &[Named], scene: &Scene<'_>) -> Judgement {
    let json = Body::new(&scene.delivery.body);
    let values = received_in(scheme, scene.delivery, &json);
    if secrets.is_empty() {
        return unchecked(scheme, values.is_empty());
    }
    if values.is_empty() {
        return missing(scheme);
    }
    let assumed = match conditions::meant(scheme, scene) {
        Ok(assumed) => assumed,
        Err(fault) => return Judgement::of(Verdict::Invalid, "").with(&fault),
    };
    if scheme.algorithm == Algorithm::Token {
        return judge_token(secrets, &values);
    }
    let judgement = in_any_form(scheme, secrets, scene, &json, &values);
    if judgement.codes == ["list-space"] {
        return without_spaces(judgement, scheme, secrets, scene, &json, &values);
    }
    if !matches!(judgement.verdict, Verdict::Valid | Verdict::Stale) {
        return judgement;
    }
    if let Some((fault, compared)) = conditions::digest_fault(scheme, scene) {
        return Judgement { compared: Some(compared), ..Judgement::of(Verdict::Invalid, "").with(&fault) };
    }
    let other = scheme.header.0.iter().skip(1).find(|name| scene.delivery.headers.get(name).is_some());
    let is_first = scheme.header.0.first().is_none_or(|name| scene.delivery.headers.get(name).is_some());
    let other = other.filter(|_| !is_first).map(|name| Remark::new("other-header", format!("in the header {name}")));
    assumed.into_iter().chain(other).fold(judgement, |judgement, remark| judgement.with(&remark))
}

/// Adds what the signature would prove without the white space in its list, where its digest is right.
fn without_spaces(
    judgement: Judgement,
    scheme: &Scheme,
    secrets: &[Named],
    scene: &Scene<'_>,
    json: &Body<'_>,
    values: &[Vec<u8>],
) -> Judgement {
    let mut lenient = scheme.clone();
    lenient.accept.push(Alternative::Spaces);
    let found = in_any_form(&lenient, secrets, scene, json, values);
    let is_late = found.codes.first().is_some_and(|code| code.starts_with("timestamp-"));
    let what = match found.verdict {
        Verdict::Valid => "without it the signature is right".to_string(),
        Verdict::Stale | Verdict::Invalid if is_late => format!("without it the digest is right, but {}", found.reason),
        _ => return judgement,
    };
    judgement.with(&Remark::new("digest-right", what.replace("but valid, but", "but")))
}

/// The verdict over the delivery as it is, or over the first other form that is signed.
fn in_any_form(
    scheme: &Scheme,
    secrets: &[Named],
    scene: &Scene<'_>,
    json: &Body<'_>,
    values: &[Vec<u8>],
) -> Judgement {
    let trial = Trial::new(scheme, secrets, scene, json, values);
    let body = &scene.delivery.body;
    let judgement = trial.over(body, None);
    if judgement.verdict != Verdict::Invalid {
        return judgement;
    }
    for (other, note) in other_forms(scheme, scene) {
        let found = match other {
            Form::Body(body) => trial.over(&body, Some(&note)),
            Form::Url(url) => {
                let scene = Scene { url: Some(&url), ..*scene };
                Trial::new(scheme, secrets, &scene, json, values).over(body, Some(&note))
            }
        };
        if matches!(found.verdict, Verdict::Valid | Verdict::Stale) {
            return found;
        }
    }
    judgement
}

fn judge_token(secrets: &[Named], received: &[Vec<u8>]) -> Judgement {
    let equal = |named: &Named| received.iter().any(|value| bool::from(value.as_slice().ct_eq(named.secret.expose())));
    let Some(found) = secrets.iter().position(equal) else {
        return Judgement::of(Verdict::Invalid, "the token differs");
    };
    let mut reason = "the token is equal; the body is not covered by it".to_string();
    if secrets.len() > 1 {
        reason.push_str(&format!("; it is that of {}, {} of {}", secrets[found].from, found + 1, secrets.len()));
    }
    Judgement::of(Verdict::Valid, reason)
}

fn unchecked(scheme: &Scheme, nothing_came: bool) -> Judgement {
    match (scheme.secret, nothing_came) {
        (Need::Optional, true) => {
            Judgement::of(Verdict::Unchecked, "signing is optional: no secret is given, and no signature came")
        }
        _ => Judgement::of(Verdict::Unchecked, "no secret is given"),
    }
}

pub(super) fn missing(scheme: &Scheme) -> Judgement {
    let what = match &scheme.body {
        Some(path) => format!("the body has no `{path}`"),
        None => format!("no {} header came", scheme.header.first()),
    };
    Judgement::of(Verdict::Missing, what)
}
