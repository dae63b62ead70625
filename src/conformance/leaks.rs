//! Answers that give the secret away, or the signature that their request should have had.

use super::cases::{Case, Level};
use super::findings::finding;
use super::judge::{Judged, Outcome};
use crate::catalog::Scheme;
use crate::message::{Answer, Delivery};
use crate::secret::{Named, Redactor};
use crate::signature::{self, Scene};
use crate::words;

/// What an answer gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The secret, or the key that it holds.
    Secret,
    /// The signature that the request should have had.
    Signature,
}

/// An answer that gives something away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The case that it answers, by name.
    pub name: String,
    /// What it gives away.
    pub given: Given,
    /// Where it stands: "the body".
    pub place: String,
}

/// Searches answers for secrets and signatures that their requests do not hold.
#[derive(Debug)]
pub struct LeakScanner {
    scheme: Scheme,
    secrets: Vec<(Named, Redactor)>,
}

impl LeakScanner {
    /// Builds the scanner. The error says why no answer can give anything away.
    pub fn new(scheme: Option<&Scheme>, secrets: &[Named]) -> Result<Self, &'static str> {
        let scheme = scheme.ok_or("nothing is signed, so there is nothing to give away")?;
        if scheme.algorithm.is_asymmetric() {
            return Err("a receiver has the public key alone, which is no secret");
        }
        let secrets = secrets.iter().map(|named| (named.clone(), Redactor::new([&named.secret], &[]))).collect();
        Ok(Self { scheme: scheme.clone(), secrets })
    }

    /// Returns what an answer gives away, and the answer as it may be shown.
    pub fn scan(&self, name: &str, scene: &Scene<'_>, answer: &Answer) -> (Vec<Leak>, Answer) {
        let mut leaks = Vec::new();
        let mut shown = answer.clone();
        for (named, secret) in &self.secrets {
            leaks.extend(leak(name, Given::Secret, secret, scene.delivery, answer));
            for digest in signature::right_digests(&self.scheme, &named.secret, scene) {
                let signature = Redactor::exact([digest.as_slice()]);
                if let Some(leak) = leak(name, Given::Signature, &signature, scene.delivery, answer) {
                    leaks.push(leak);
                    shown = shown.redacted(&signature);
                }
            }
        }
        (leaks, shown)
    }
}

fn leak(name: &str, given: Given, sought: &Redactor, request: &Delivery, answer: &Answer) -> Option<Leak> {
    let place = place(sought, answer).filter(|_| !holds(sought, request))?;
    Some(Leak { name: name.to_string(), given, place })
}

/// Returns where in an answer something stands that is sought.
fn place(sought: &Redactor, answer: &Answer) -> Option<String> {
    let is_in = |text: &[u8]| !sought.places(text, false).is_empty();
    if is_in(&answer.body) {
        return Some("the body".to_string());
    }
    if is_in(&answer.reason) {
        return Some("the status line".to_string());
    }
    let header = answer.headers.0.iter().find(|header| is_in(&header.value) || is_in(header.name.as_bytes()))?;
    let name = if is_in(header.name.as_bytes()) { "name" } else { &header.name };
    Some(format!("the header {}", words::shorten(name, 80)))
}

/// Whether a request holds what is sought, so that an answer may echo it.
fn holds(sought: &Redactor, request: &Delivery) -> bool {
    let is_in = |text: &[u8]| !sought.places(text, false).is_empty();
    let in_headers = || request.headers.0.iter().any(|header| is_in(&header.value) || is_in(header.name.as_bytes()));
    is_in(request.target.as_bytes()) || in_headers() || is_in(&request.body)
}

/// Judges what the answers of a check gave away. The worst counts.
pub fn judge_leaks(case: &Case, leaks: &[Leak]) -> Judged {
    let of = |given: Given| leaks.iter().filter(move |leak| leak.given == given).collect::<Vec<_>>();
    let told = [("secret-leaked", of(Given::Secret)), ("signature-leaked", of(Given::Signature))];
    let found: Vec<_> = told.into_iter().filter(|(_, leaks)| !leaks.is_empty()).collect();
    let Some((code, _)) = found.first() else {
        return Judged { outcome: Outcome::Passed, did: "gave nothing away".to_string() };
    };
    let did: Vec<String> = found.iter().map(|(code, leaks)| told_once(code, leaks)).collect();
    Judged::found(code, case.level.max(Level::Must), did.join("; "))
}

fn told_once(code: &str, leaks: &[&Leak]) -> String {
    let mut names: Vec<&str> = leaks.iter().map(|leak| leak.name.as_str()).collect();
    names.dedup();
    let more = match names.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", words::count(more, "other", "others")),
    };
    let did = finding(code).map_or("did so", |finding| finding.did);
    format!("{did} in {} of its answer in the case {}{more}", leaks[0].place, names[0])
}
