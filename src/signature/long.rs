//! A body of any length, judged in constant memory.

use super::hash::Hash;
use super::trial::{Claim, Trial};
use super::{Judgement, Key, Scene, Slot, received_in, repeated};
use crate::catalog::Scheme;
use crate::json::Body;
use crate::secret::Named;

/// The hashes that run over a body while it is read: one for each value that came and each key.
pub struct Long<'a> {
    trial: Trial<'a>,
    running: Vec<Vec<Option<Running>>>,
}

struct Running {
    hash: Hash,
    /// What is signed behind the body.
    after: Vec<u8>,
}

impl<'a> Long<'a> {
    /// Begins with what is signed before the body; nothing where the scheme does not sign the body as it is, or
    /// needs it twice. The body of the scene's delivery is not looked at.
    pub fn begin(scheme: &'a Scheme, secrets: &'a [Named], scene: &Scene<'a>) -> Option<Self> {
        let body = Body::new(&scene.delivery.body);
        let values = received_in(scheme, scene.delivery, &body);
        let trial = Trial::new(scheme, secrets, scene, &body, &values);
        let is_simple = |slots: &[Slot]| slots.iter().filter(|slot| **slot == Slot::Body).count() == 1;
        let layouts = trial.claims.iter().filter_map(|claim| claim.layout.as_ref().ok());
        if repeated::is_needed(scheme, &scene.delivery.headers)
            || scheme.body_digest.is_some()
            || scheme.algorithm.length().is_none()
            || scheme.algorithm.is_asymmetric()
            || scheme.timestamp.as_ref().is_some_and(|stamp| stamp.body.is_some())
            || layouts.clone().any(|layout| !is_simple(&layout.0) || layout.has(&Slot::Form))
        {
            return None;
        }
        let running = trial.claims.iter().map(|claim| {
            let begin = |(_, key): &(usize, Key)| {
                let layout = claim.layout.as_ref().ok()?;
                let at = layout.0.iter().position(|slot| *slot == Slot::Body)?;
                let parts = layout.parts(&[], &[], key.bytes());
                let mut hash = Hash::new(scheme.algorithm, key.bytes())?;
                parts[..at].iter().for_each(|part| hash.update(part));
                Some(Running { hash, after: parts[at + 1..].concat() })
            };
            trial.keys.iter().map(begin).collect()
        });
        let running = running.collect();
        Some(Self { trial, running })
    }

    /// The next part of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        for running in self.running.iter_mut().flatten().flatten() {
            running.hash.update(bytes);
        }
    }

    /// The verdict.
    pub fn judge(self) -> Judgement {
        let finish = |running: Option<Running>| {
            running.map(|mut running| {
                running.hash.update(&running.after);
                running.hash.finish()
            })
        };
        let digests: Vec<Vec<Option<Vec<u8>>>> =
            self.running.into_iter().map(|keys| keys.into_iter().map(finish).collect()).collect();
        let trial = &self.trial;
        let digest = |claim: &Claim, key: &Key| {
            let claim = trial.claims.iter().position(|other| std::ptr::eq(other, claim));
            let key = trial.keys.iter().position(|(_, other)| std::ptr::eq(other, key));
            claim.zip(key).and_then(|(claim, key)| digests[claim][key].clone()).unwrap_or_default()
        };
        trial.judge(None, digest, |_| Vec::new())
    }
}
