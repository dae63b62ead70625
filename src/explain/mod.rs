//! A signature that fails → the named change under which it would match.
//!
//! The search alters body, key, content and hash, one named change first, then pairs, then triples.
//! A hit is proof: no two inputs give the same digest by chance. Pure: how long it may take is told
//! by a function that is passed in, and no character of a secret gets into an explanation.

mod addresses;
mod after_body;
mod bodies;
mod charsets;
mod codes;
mod contents;
mod digests;
mod facts;
mod form_values;
mod forms;
mod key_texts;
mod keys;
mod lengths;
mod lists;
mod multipart;
mod near;
mod notice;
mod printed;
mod queries;
mod readings;
mod rewrite;
mod search;
mod tokens;
mod zipped;

pub(crate) use bodies::rewritings;
pub(crate) use charsets::from_utf16;

pub use codes::{STORIES, Story, story};
pub use facts::{Fact, conclusion};
pub(crate) use keys::{decoded, leniently_decoded};
pub use notice::notice;

use crate::catalog::{Algorithm, Scheme};
use crate::secret::{Named, Redactor, Secret};
use crate::signature::{self, Key, Scene, Use};
use digests::{Target, targets};
use lists::explain_list;
use search::Search;
use tokens::explain_token;

/// Characters shown on both sides of the first difference.
const AROUND: usize = 16;
/// Bytes that each byte of a secret may be spelled with there.
const SPELLED: usize = 6;

/// What is to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The scheme that it should follow.
    pub scheme: &'a Scheme,
    /// The secret that it should be made with.
    pub secret: &'a Secret,
    /// The name of the variable that holds it, where it is known: some code takes the name for the value.
    pub variable: Option<&'a str>,
    /// Other secrets at hand, with whose they are.
    pub others: &'a [(String, Secret)],
    /// The delivery, with what does not stand in it.
    pub scene: Scene<'a>,
    /// The signature as it came, or the value that the user's code got.
    pub value: &'a str,
    /// Whose the value is.
    pub origin: ValueOf,
    /// How many changes are combined at most, from 1 to 3; long bodies allow fewer.
    pub depth: usize,
    /// Bytes that stood behind the body in the capture and were left out by its announced length.
    pub beyond: &'a [u8],
}

/// Whose value is to be explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValueOf {
    /// It came with the delivery: the sender made it.
    #[default]
    Sender,
    /// The user's own code computed it from what it got. How it is written does not matter then.
    OwnCode,
}

/// What the search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Ways in which the value would match, the likeliest first; none where nothing is known.
    pub causes: Vec<Cause>,
    /// How much was tried.
    pub tried: Tried,
    /// Why nothing was searched for, where nothing was.
    pub idle: Option<Idle>,
    /// What is known beyond doubt, whatever the search found.
    pub facts: Vec<Fact>,
}

/// Why nothing was searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The value holds no digest.
    NoDigest,
    /// The secret holds no key of this scheme.
    NoKey,
}

/// A way in which the value matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The changes that together make it match: one, or a pair, or three.
    pub changes: Vec<Change>,
    /// Whose secret it takes, where several are at hand and the others don't do.
    pub with: Option<String>,
    /// Where the altered body first differs from the given one.
    pub at: Option<Difference>,
}

/// A named change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its story.
    pub code: &'static str,
    /// What is special about it here.
    pub detail: String,
    /// Other codes that give the very same bytes.
    pub same: Vec<&'static str>,
}

/// Where two bodies first differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The offset in bytes, from 0.
    pub byte: usize,
    /// What stands around it in the given body.
    pub given: String,
    /// What stands around it in the signed one.
    pub signed: String,
}

/// How much was tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Digests that were computed.
    pub candidates: usize,
    /// Forms of the body.
    pub bodies: usize,
    /// Forms of the key.
    pub keys: usize,
    /// Forms of what is signed with the body.
    pub contents: usize,
    /// Ways to compute the hash.
    pub digests: usize,
    /// How many changes were combined at most.
    pub depth: usize,
    /// Whether all of that was finished in time.
    pub complete: bool,
}

impl Explanation {
    /// Whether only the value itself was altered, so that nothing else was hashed than should be.
    pub fn is_of_value(&self) -> bool {
        let is_of_value = |cause: &Cause| cause.changes.iter().all(|change| change.code.starts_with("value-"));
        !self.causes.is_empty() && self.causes.iter().all(is_of_value)
    }
}

impl Change {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), same: Vec::new() }
    }

    /// What was signed or computed instead.
    pub fn text(&self) -> String {
        let change = story(self.code).map_or(self.code, |story| story.change);
        if self.detail.is_empty() { change.to_string() } else { format!("{change} ({})", self.detail) }
    }
}

impl Cause {
    /// The codes of its changes, as one name.
    pub fn code(&self) -> String {
        self.changes.iter().map(|change| change.code).collect::<Vec<_>>().join("+")
    }

    /// What has to be so for the value to match.
    pub fn text(&self) -> String {
        let with = self.with.as_ref().map(|from| format!(", with the secret of {from}")).unwrap_or_default();
        self.changes.iter().map(Change::text).collect::<Vec<_>>().join(", and ") + &with
    }

    /// The line that mends it, which is another for the one who received than for the one who hashed.
    pub fn advice(&self, origin: ValueOf) -> String {
        let mut lines: Vec<&str> = Vec::new();
        for advice in self.changes.iter().filter_map(|change| story(change.code)).map(|story| story.advice_to(origin)) {
            if !lines.contains(&advice) {
                lines.push(advice);
            }
        }
        lines.join("; ")
    }
}

/// Searches for what would make the value match. `in_time` says whether there is time left.
pub fn explain(question: &Question<'_>, in_time: impl Fn() -> bool) -> Explanation {
    let mut explanation = match question.scheme.algorithm {
        Algorithm::Token => explain_token(question),
        _ => explain_digest(question, &in_time),
    };
    for fact in facts::facts_of(question.scene.delivery) {
        if !explanation.facts.contains(&fact) {
            explanation.facts.push(fact);
        }
    }
    // Addresses and header values stand in details, and either may hold the secret.
    let others = question.others.iter().map(|(_, secret)| secret);
    redact(&mut explanation, &Redactor::new(others.chain([question.secret]), &[]));
    explanation
}

/// Returns the explanation of a value that was right for an earlier delivery.
pub fn of_earlier(which: &str) -> Explanation {
    let cause = Cause { changes: vec![Change::new("signature-earlier", which)], with: None, at: None };
    Explanation { causes: vec![cause], facts: vec![Fact::SignatureOfEarlier], ..Explanation::default() }
}

/// The same with each of several secrets. What needs the fewest changes counts, and names the secret it takes.
pub fn explain_each(question: &Question<'_>, secrets: &[Named], in_time: &impl Fn() -> bool) -> Explanation {
    if let [only] = secrets {
        return explain(&Question { secret: &only.secret, variable: Some(&only.from), ..*question }, in_time);
    }
    let mut depth = 0;
    loop {
        depth += 1;
        let search = |named: &Named| {
            let mut found =
                explain(&Question { secret: &named.secret, variable: Some(&named.from), depth, ..*question }, in_time);
            found.causes.iter_mut().for_each(|cause| cause.with = Some(named.from.clone()));
            found
        };
        let all: Vec<Explanation> = secrets.iter().map(search).collect();
        let candidates = all.iter().map(|found| found.tried.candidates).sum();
        let complete = all.iter().all(|found| found.tried.complete);
        let first = |found: &Explanation| found.causes.first().map(Cause::code);
        let is_of_any = all.iter().all(|found| first(found) == all.first().and_then(first));
        let best = all.into_iter().min_by_key(|found| {
            let is_right = found.facts.contains(&Fact::DigestRight);
            (!is_right, changes_of(found), found.idle.is_some())
        });
        let mut best = best.unwrap_or_default();
        best.tried = Tried { candidates, complete, ..best.tried };
        // A short depth was all that is bearable.
        let is_over = depth >= question.depth || best.tried.depth < depth || !in_time();
        let is_known = !best.causes.is_empty() || best.facts.contains(&Fact::DigestRight);
        if is_known || is_over {
            if is_of_any {
                best.causes.iter_mut().for_each(|cause| cause.with = None);
            }
            redact(&mut best, &Redactor::new(secrets.iter().map(|named| &named.secret), &[]));
            return best;
        }
    }
}

fn redact(explanation: &mut Explanation, redactor: &Redactor) {
    for change in explanation.causes.iter_mut().flat_map(|cause| &mut cause.changes) {
        change.detail = String::from_utf8_lossy(&redactor.value(change.detail.as_bytes())).into_owned();
    }
}

/// How many changes the likeliest cause needs.
fn changes_of(explanation: &Explanation) -> usize {
    explanation.causes.first().map_or(usize::MAX, |cause| cause.changes.len())
}

/// Whether two values hold the same digest in the same encoding, whatever stands around each.
pub fn is_same_digest(scheme: &Scheme, value: &str, other: &str) -> bool {
    let (own, others) = (computed_targets(value, scheme), computed_targets(other, scheme));
    // Hexadecimal is base64 of other bytes too, which are no digest that either value means.
    let is_plain = |target: &&Target| target.writing.is_empty();
    own.iter().filter(is_plain).any(|own| others.iter().filter(is_plain).any(|other| other.digest == own.digest))
}

/// The causes that are about the encoding of a digest.
const ENCODINGS: [&str; 4] = ["digest-hex", "digest-base64", "digest-base64-of-hex", "digest-hex-as-base64"];

/// The digests that a value of the user's code may hold. A prefix is put before a digest, not computed; its
/// encoding is.
fn computed_targets(value: &str, scheme: &Scheme) -> Vec<Target> {
    let mut all = targets(value, scheme);
    for target in &mut all {
        target.writing.retain(|(code, _)| ENCODINGS.contains(code));
    }
    all
}

/// Searches over the body, and over its compact form where the scheme accepts that as well: what needs fewer
/// changes counts.
fn explain_digest(question: &Question<'_>, in_time: &impl Fn() -> bool) -> Explanation {
    let body = &question.scene.delivery.body;
    if let Some(digest) = after_body::digest(question.scheme, question.value, body) {
        return after_body::explain(question, &digest, in_time);
    }
    let search = |depth, body| Search::new(&Question { depth, ..*question }, body).run(in_time);
    if question.origin == ValueOf::Sender && targets(question.value, question.scheme).is_empty() {
        // The secret itself in the digest's place is the other mode's business.
        let is_token = question.value.trim().as_bytes() == question.secret.expose();
        let change = Change::new("token-scheme", "the secret itself came where a digest was expected");
        if is_token {
            let causes = vec![Cause { changes: vec![change], with: None, at: None }];
            return Explanation { causes, ..search(question.depth, body) };
        }
    }
    if let Some(found) = explain_list(question, in_time) {
        return found;
    }
    let Some(compact) = signature::compact_form(question.scheme, body) else {
        return with_stamp(question, search(question.depth, body));
    };
    let mut depth = 0;
    loop {
        depth += 1;
        let (as_it_is, compacted) = (search(depth, body), search(depth, compact.as_bytes()));
        let candidates = as_it_is.tried.candidates + compacted.tried.candidates;
        // Over a form that the scheme accepts, only what is not the digest can be at fault.
        let has_fault = as_it_is.causes.is_empty() || facts::stamp_cause(question.scheme, &question.scene).is_some();
        let is_right = has_fault && compacted.facts.contains(&Fact::DigestRight);
        let is_better = is_right || changes_of(&compacted) < changes_of(&as_it_is);
        let mut best = if is_better { compacted } else { as_it_is };
        best.tried.candidates = candidates;
        let is_known = !best.causes.is_empty() || best.facts.contains(&Fact::DigestRight);
        if is_known || !best.tried.complete || depth >= question.depth {
            return with_stamp(question, best);
        }
    }
}

/// Adds what is wrong with the timestamp where the digest is right.
fn with_stamp(question: &Question<'_>, mut found: Explanation) -> Explanation {
    if found.facts.contains(&Fact::DigestRight) {
        found.causes.extend(facts::stamp_cause(question.scheme, &question.scene));
    }
    found
}

/// An altered value with the change that made it.
type Altered = (Change, Vec<u8>);

/// Alterations without those that alter nothing; what gives the same bytes is joined.
struct Distinct<'a> {
    /// Nothing where nothing is known to be altered.
    original: Option<&'a [u8]>,
    kept: Vec<Altered>,
}

impl<'a> Distinct<'a> {
    fn of(original: &'a [u8]) -> Self {
        Self { original: Some(original), kept: Vec::new() }
    }

    fn add(&mut self, code: &'static str, detail: String, bytes: Vec<u8>) {
        if Some(bytes.as_slice()) == self.original {
            return;
        }
        match self.kept.iter_mut().find(|(_, known)| *known == bytes) {
            None => self.kept.push((Change::new(code, detail), bytes)),
            Some((first, _)) => {
                if first.code != code && !first.same.contains(&code) {
                    first.same.push(code);
                }
            }
        }
    }
}

fn distinct(original: &[u8], alterations: impl IntoIterator<Item = (&'static str, String, Vec<u8>)>) -> Vec<Altered> {
    let mut distinct = Distinct::of(original);
    for (code, detail, bytes) in alterations {
        distinct.add(code, detail, bytes);
    }
    distinct.kept
}

fn owned<D: ToString>((code, detail, bytes): (&'static str, D, Vec<u8>)) -> (&'static str, String, Vec<u8>) {
    (code, detail.to_string(), bytes)
}

/// Every other key, those of other secrets at hand among them.
fn keys_of(question: &Question<'_>) -> Vec<Altered> {
    let scheme = question.scheme;
    if scheme.algorithm.is_asymmetric() {
        return Vec::new();
    }
    let read = |secret: &Secret| Key::read(scheme, secret, Use::Verify).map(|key| key.bytes().to_vec()).ok();
    let own = read(question.secret);
    let other = |(whose, secret): &(String, Secret)| {
        let text = secret.expose().to_vec();
        let decoded = read(secret).filter(|key| *key != text);
        decoded.into_iter().chain([text]).map(|key| ("key-other", whose.clone(), key)).collect::<Vec<_>>()
    };
    let others = question.others.iter().flat_map(other);
    let own_altered = keys::alterations(&scheme.key, question.secret.expose()).into_iter().map(owned);
    let named =
        question.variable.map(|name| key_texts::of_variable(name, question.secret.expose())).unwrap_or_default();
    let mut distinct = Distinct { original: own.as_deref(), kept: Vec::new() };
    others.chain(own_altered).chain(named).for_each(|(code, detail, key)| distinct.add(code, detail, key));
    distinct.kept
}

/// Where two bodies first differ, with what stands around it, and without the secret where that is part of it.
fn difference(given: &[u8], signed: &[u8], secret: &Secret) -> Option<Difference> {
    if given == signed {
        return None;
    }
    let byte = given.iter().zip(signed).take_while(|(a, b)| a == b).count();
    Some(Difference { byte, given: around(given, byte, secret), signed: around(signed, byte, secret) })
}

fn around(bytes: &[u8], at: usize, secret: &Secret) -> String {
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut start = at.saturating_sub(AROUND).min(bytes.len());
    let mut end = (at + AROUND).min(bytes.len());
    // A character is not cut in two.
    while start > 0 && is_inside(start) {
        start -= 1;
    }
    while is_inside(end) {
        end += 1;
    }
    let reach = secret.expose().len() * SPELLED;
    let near = start.saturating_sub(reach)..(end + reach).min(bytes.len());
    let hidden = Redactor::new([secret], &[]).places(&bytes[near.clone()], false);
    let mut out = Vec::new();
    let mut place = start;
    while place < end {
        if let Some(range) = hidden.iter().find(|range| range.contains(&(place - near.start))) {
            out.extend_from_slice(b"[secret]");
            place = near.start + range.end;
        } else {
            out.push(bytes[place]);
            place += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod value_tests;
