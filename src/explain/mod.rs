//! A signature that fails → the named change under which it would match.
//!
//! The search alters body, key, content and hash, one named change first, then pairs, then triples.
//! A hit is proof: no two inputs give the same digest by chance. Pure: how long it may take is told
//! by a function that is passed in, and no character of a secret gets into an explanation.

mod bodies;
mod codes;
mod contents;
mod digests;
mod keys;
mod rewrite;

pub use codes::{STORIES, Story, story};

use std::collections::HashSet;
use std::ops::Range;

use crate::catalog::{Algorithm, Scheme};
use crate::message::Delivery;
use crate::secret::Secret;
use digests::{Construction, OTHERS, Target, targets};

/// Triples are tried up to this length of a body, in bytes.
const TRIPLES: usize = 64 << 10;
/// Pairs are tried up to this length of a body, in bytes.
const PAIRS: usize = 256 << 10;
/// Characters shown on both sides of the first difference.
const AROUND: usize = 16;

/// What is to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The scheme that it should follow.
    pub scheme: &'a Scheme,
    /// The secret that it should be made with.
    pub secret: &'a Secret,
    /// Other secrets at hand, with whose they are.
    pub others: &'a [(String, Secret)],
    /// The delivery.
    pub delivery: &'a Delivery,
    /// The signature as it came, or the value that the user's code got.
    pub value: &'a str,
    /// How many changes are combined at most, from 1 to 3; long bodies allow fewer.
    pub depth: usize,
}

/// What the search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Ways in which the value would match, the likeliest first; none where nothing is known.
    pub causes: Vec<Cause>,
    /// How much was tried.
    pub tried: Tried,
}

/// A way in which the value matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The changes that together make it match: one, or a pair, or three.
    pub changes: Vec<Change>,
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
        self.changes.iter().map(Change::text).collect::<Vec<_>>().join(", and ")
    }

    /// The line that mends it.
    pub fn advice(&self) -> String {
        let mut lines: Vec<&str> = Vec::new();
        for advice in self.changes.iter().filter_map(|change| story(change.code)).map(|story| story.advice) {
            if !lines.contains(&advice) {
                lines.push(advice);
            }
        }
        lines.join("; ")
    }
}

/// Searches for what would make the value match. `in_time` says whether there is time left.
pub fn explain(question: &Question<'_>, in_time: impl Fn() -> bool) -> Explanation {
    match question.scheme.algorithm {
        Algorithm::Token => explain_token(question),
        Algorithm::HmacSha256 => Search::new(question).run(in_time),
    }
}

/// What catches the eye and proves nothing. `owner` says whose signature a header is, by its name.
pub fn notice(
    scheme: &Scheme,
    secret: &Secret,
    delivery: &Delivery,
    owner: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut noticed = Vec::new();
    let announced = delivery.headers.text("content-length").and_then(|length| length.trim().parse::<usize>().ok());
    if let Some(announced) = announced.filter(|announced| *announced != delivery.body.len()) {
        noticed.push(format!("Content-Length says {announced}, the body has {} bytes", delivery.body.len()));
    }
    if let Some(coding) = delivery.headers.text("content-encoding") {
        noticed.push(format!("the body came with Content-Encoding {coding}"));
    }
    if delivery.headers.get(&scheme.header).is_none() {
        let is_like = |name: &str| name.to_ascii_lowercase().contains("signature") || owner(name).is_some();
        for header in delivery.headers.0.iter().filter(|header| is_like(&header.name)) {
            let whose = owner(&header.name).map(|whose| format!(", which is {whose}'s")).unwrap_or_default();
            noticed.push(format!("there is a header {}{whose}; this scheme reads {}", header.name, scheme.header));
        }
    }
    if secret.looks_like_api_key() {
        noticed.push("the secret looks like an API key, which is not the signing secret".to_string());
    }
    if secret.looks_malformed() {
        noticed.push(format!("the secret has {}", secret.looks()));
    }
    noticed
}

/// An altered value with the change that made it.
type Altered = (Change, Vec<u8>);

/// Alterations without those that alter nothing; what gives the same bytes is joined.
struct Distinct<'a> {
    original: &'a [u8],
    kept: Vec<Altered>,
}

impl<'a> Distinct<'a> {
    fn of(original: &'a [u8]) -> Self {
        Self { original, kept: Vec::new() }
    }

    fn add(&mut self, code: &'static str, detail: String, bytes: Vec<u8>) {
        if bytes == self.original {
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
fn keys(question: &Question<'_>) -> Vec<Altered> {
    let own = question.secret.expose();
    let others = question.others.iter().map(|(whose, secret)| ("key-other", whose.clone(), secret.expose().to_vec()));
    distinct(own, others.chain(keys::alterations(own).into_iter().map(owned)))
}

/// A token is its own proof: only a value that is made from the secret itself is explained.
fn explain_token(question: &Question<'_>) -> Explanation {
    let value = question.value.as_bytes();
    let mut all = keys(question);
    let keyed = all.len();
    let digest = Construction::HmacSha256.digest(question.secret.expose(), &[&question.delivery.body]);
    all.push((
        Change::new("token-scheme", "an HMAC-SHA256 of the body came in its place"),
        hex::encode(digest).into_bytes(),
    ));
    let bearer = [b"Bearer ", question.secret.expose()].concat();
    all.push((Change::new("digest-prefix", "Bearer"), bearer));
    let tried = Tried { candidates: all.len(), keys: keyed, depth: 1, complete: true, ..Tried::default() };
    let hit = |(change, bytes): Altered| (bytes == value).then(|| Cause { changes: vec![change], at: None });
    Explanation { causes: all.into_iter().filter_map(hit).collect(), tried }
}

/// A dimension in which something may be altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Shape,
    End,
    Content,
    Hash,
    Key,
}

const DIMENSIONS: [Dimension; 5] =
    [Dimension::Shape, Dimension::End, Dimension::Key, Dimension::Content, Dimension::Hash];

struct Search<'a> {
    body: &'a [u8],
    key: &'a [u8],
    targets: Vec<Target>,
    shapes: Vec<Altered>,
    keys: Vec<Altered>,
    contents: Vec<contents::Alteration>,
    tried: Tried,
    found: Vec<(usize, Cause)>,
    seen: HashSet<Vec<u8>>,
}

impl<'a> Search<'a> {
    fn new(question: &Question<'a>) -> Self {
        let body = question.delivery.body.as_slice();
        let mut shapes = Distinct::of(body);
        let is_whole = bodies::shapes(body, &mut |code, detail, bytes| shapes.add(code, detail.to_string(), bytes));
        let shapes = shapes.kept;
        let keys = keys(question);
        let contents = contents::alterations(question.delivery);
        let bearable = if body.len() <= TRIPLES {
            3
        } else if body.len() <= PAIRS {
            2
        } else {
            1
        };
        let depth = bearable.min(question.depth);
        let tried = Tried {
            candidates: 0,
            bodies: shapes.len() + bodies::ends(body).len(),
            keys: keys.len(),
            contents: contents.len(),
            digests: OTHERS.len() + 1,
            depth,
            complete: is_whole,
        };
        Self {
            body,
            key: question.secret.expose(),
            targets: targets(question.value, question.scheme),
            shapes,
            keys,
            contents,
            tried,
            found: Vec::new(),
            seen: HashSet::new(),
        }
    }

    fn run(mut self, in_time: impl Fn() -> bool) -> Explanation {
        let deepest = self.tried.depth;
        let mut in_time_so_far = true;
        // A value that holds no digest can't match anything, and a level with a hit is the last:
        // what needs fewer changes is likelier.
        for level in 0..=deepest {
            if self.targets.is_empty() || self.found.iter().any(|(weight, _)| *weight <= level) {
                break;
            }
            self.tried.depth = level;
            for altered in subsets(level) {
                in_time_so_far = in_time_so_far && self.level(&altered, &in_time);
            }
            if !in_time_so_far {
                self.tried.complete = false;
                break;
            }
        }
        let best = self.found.iter().map(|(weight, _)| *weight).min();
        let mut causes: Vec<Cause> =
            self.found.into_iter().filter(|(weight, _)| Some(*weight) == best).map(|(_, cause)| cause).collect();
        causes.sort_by_key(likelihood);
        Explanation { causes, tried: self.tried }
    }

    /// Tries every candidate in which just these dimensions are altered; false when time is up.
    fn level(&mut self, altered: &[Dimension], in_time: &impl Fn() -> bool) -> bool {
        let is = |dimension| altered.contains(&dimension);
        let unaltered = [None];
        let shapes: Vec<Option<usize>> =
            if is(Dimension::Shape) { (0..self.shapes.len()).map(Some).collect() } else { unaltered.to_vec() };
        for shape in shapes {
            let (whole, bytes) = match shape {
                None => (None, self.body.to_vec()),
                Some(index) => (Some(self.shapes[index].0.clone()), self.shapes[index].1.clone()),
            };
            let ends: Vec<(Option<Change>, Vec<u8>)> = if is(Dimension::End) {
                let all = distinct(&bytes, bodies::ends(&bytes).into_iter().map(owned));
                // What gives the body as it is, or another altered one, is not an alteration more.
                let known = |bytes: &[u8]| bytes == self.body || self.shapes.iter().any(|(_, known)| known == bytes);
                all.into_iter().filter(|(_, b)| shape.is_none() || !known(b)).map(|(c, b)| (Some(c), b)).collect()
            } else {
                vec![(None, bytes)]
            };
            for (end_change, body) in ends {
                if !in_time() {
                    return false;
                }
                let changes: Vec<Change> = whole.iter().chain(&end_change).cloned().collect();
                self.one_body(altered, &changes, &body);
            }
        }
        true
    }

    fn one_body(&mut self, altered: &[Dimension], body_changes: &[Change], body: &[u8]) {
        let is = |dimension| altered.contains(&dimension);
        let contents: Vec<Option<usize>> =
            if is(Dimension::Content) { (0..self.contents.len()).map(Some).collect() } else { vec![None] };
        let hashes: Vec<Option<usize>> =
            if is(Dimension::Hash) { (0..OTHERS.len()).map(Some).collect() } else { vec![None] };
        let keys: Vec<Option<usize>> =
            if is(Dimension::Key) { (0..self.keys.len()).map(Some).collect() } else { vec![None] };
        for &content in &contents {
            for &hash in &hashes {
                let construction = hash.map_or(Construction::HmacSha256, |index| OTHERS[index].0);
                if is(Dimension::Key) && !construction.is_keyed()
                    || !self.targets.iter().any(|target| target.digest.len() == construction.length())
                {
                    continue;
                }
                for &key in &keys {
                    self.candidate(body_changes, body, content, hash, key);
                }
            }
        }
    }

    fn candidate(
        &mut self,
        body_changes: &[Change],
        body: &[u8],
        content: Option<usize>,
        hash: Option<usize>,
        key: Option<usize>,
    ) {
        self.tried.candidates += 1;
        let (before, after) = content
            .map_or((&[][..], &[][..]), |index| (self.contents[index].2.as_slice(), self.contents[index].3.as_slice()));
        let construction = hash.map_or(Construction::HmacSha256, |index| OTHERS[index].0);
        let key_bytes = key.map_or(self.key, |index| self.keys[index].1.as_slice());
        let digest = construction.digest(key_bytes, &[before, body, after]);
        let Some(target) = self.targets.iter().find(|target| target.digest == digest) else { return };
        let mut changes = body_changes.to_vec();
        changes.extend(key.map(|index| self.keys[index].0.clone()));
        changes.extend(content.map(|index| Change::new(self.contents[index].0, self.contents[index].1.clone())));
        changes.extend(hash.map(|index| Change::new(OTHERS[index].1, OTHERS[index].2)));
        changes.extend(target.writing.iter().map(|(code, detail)| Change::new(code, *detail)));
        if changes.is_empty() {
            return;
        }
        let at = (!body_changes.is_empty()).then(|| difference(self.body, body)).flatten();
        // The same digest reached in another way is told once.
        let weight = changes.len();
        let name = changes.iter().flat_map(|change| change.code.bytes()).collect();
        if self.seen.insert(name) {
            self.found.push((weight, Cause { changes, at }));
        }
    }
}

/// Every choice of so many dimensions.
fn subsets(size: usize) -> Vec<Vec<Dimension>> {
    let all = (0_u32..1 << DIMENSIONS.len()).filter(|mask| mask.count_ones() as usize == size);
    let chosen =
        |mask: u32| (0..DIMENSIONS.len()).filter(move |bit| mask >> bit & 1 == 1).map(|bit| DIMENSIONS[bit]).collect();
    all.map(chosen).collect()
}

/// The order of the stories is that of likelihood.
fn likelihood(cause: &Cause) -> Vec<usize> {
    let place = |change: &Change| STORIES.iter().position(|story| story.code.0 == change.code).unwrap_or(usize::MAX);
    cause.changes.iter().map(place).collect()
}

/// Where two bodies first differ, with what stands around it.
pub fn difference(given: &[u8], signed: &[u8]) -> Option<Difference> {
    if given == signed {
        return None;
    }
    let byte = given.iter().zip(signed).take_while(|(a, b)| a == b).count();
    Some(Difference { byte, given: around(given, byte), signed: around(signed, byte) })
}

fn around(bytes: &[u8], at: usize) -> String {
    let range = Range { start: at.saturating_sub(AROUND), end: (at + AROUND).min(bytes.len()) };
    String::from_utf8_lossy(&bytes[range]).into_owned()
}

#[cfg(test)]
mod tests;
