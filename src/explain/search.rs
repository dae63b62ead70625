//! The search itself: every combination of so many alterations, one level after the other.

use std::collections::HashSet;
use std::rc::Rc;

use super::digests::{Construction, OTHERS, Target, targets};
use super::{
    Altered, Cause, Change, Distinct, Explanation, Question, STORIES, Tried, ValueOf, bodies, contents, difference,
    distinct, keys_of, owned,
};
use crate::secret::Secret;

/// Triples are tried up to this length of a body, in bytes.
const TRIPLES: usize = 64 << 10;
/// Pairs are tried up to this length of a body, in bytes.
const PAIRS: usize = 256 << 10;

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

pub(super) struct Search<'a> {
    body: &'a [u8],
    secret: &'a Secret,
    targets: Vec<Target>,
    shapes: Option<Rc<Vec<Altered>>>,
    keys: Vec<Altered>,
    contents: Vec<contents::Alteration>,
    tried: Tried,
    found: Vec<(usize, Cause)>,
    seen: HashSet<Vec<u8>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(question: &Question<'a>, body: &'a [u8]) -> Self {
        let keys = keys_of(question);
        let contents = contents::alterations(question.delivery);
        let bearable = if body.len() <= TRIPLES {
            3
        } else if body.len() <= PAIRS {
            2
        } else {
            1
        };
        let tried = Tried {
            candidates: 0,
            bodies: bodies::ends(body).len(),
            keys: keys.len(),
            contents: contents.len(),
            digests: OTHERS.len() + 1,
            depth: bearable.min(question.depth),
            complete: true,
        };
        let mut targets = targets(question.value, question.scheme);
        if question.origin == ValueOf::OwnCode {
            for target in &mut targets {
                target.writing.clear();
            }
        }
        Self {
            body,
            secret: question.secret,
            targets,
            shapes: None,
            keys,
            contents,
            tried,
            found: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// The forms of the whole body, made when they are first wanted: they cost more than all else.
    fn shapes(&mut self) -> Rc<Vec<Altered>> {
        if let Some(shapes) = &self.shapes {
            return shapes.clone();
        }
        let mut shapes = Distinct::of(self.body);
        let is_whole =
            bodies::shapes(self.body, &mut |code, detail, bytes| shapes.add(code, detail.to_string(), bytes));
        self.tried.complete &= is_whole;
        self.tried.bodies += shapes.kept.len();
        self.shapes.insert(Rc::new(shapes.kept)).clone()
    }

    pub(super) fn run(mut self, in_time: &impl Fn() -> bool) -> Explanation {
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
                in_time_so_far = in_time_so_far && self.level(&altered, in_time);
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
        let all = if is(Dimension::Shape) { self.shapes() } else { Rc::default() };
        let unaltered = [None];
        let shapes: Vec<Option<&Altered>> =
            if is(Dimension::Shape) { all.iter().map(Some).collect() } else { unaltered.to_vec() };
        for shape in shapes {
            let (whole, bytes) = match shape {
                None => (None, self.body.to_vec()),
                Some((change, bytes)) => (Some(change.clone()), bytes.clone()),
            };
            let ends: Vec<(Option<Change>, Vec<u8>)> = if is(Dimension::End) {
                let ends = distinct(&bytes, bodies::ends(&bytes).into_iter().map(owned));
                // What gives the body as it is, or another altered one, is not an alteration more.
                let known = |bytes: &[u8]| bytes == self.body || all.iter().any(|(_, known)| known == bytes);
                ends.into_iter().filter(|(_, b)| shape.is_none() || !known(b)).map(|(c, b)| (Some(c), b)).collect()
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
        let key_bytes = key.map_or(self.secret.expose(), |index| self.keys[index].1.as_slice());
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
        let at = (!body_changes.is_empty()).then(|| difference(self.body, body, self.secret)).flatten();
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
    // The whole body's forms cost most, so what goes without them comes first.
    let mut all: Vec<u32> =
        (0..1 << DIMENSIONS.len()).filter(|mask: &u32| mask.count_ones() as usize == size).collect();
    all.sort_by_key(|mask| mask & 1);
    let chosen =
        |mask: u32| (0..DIMENSIONS.len()).filter(move |bit| mask >> bit & 1 == 1).map(|bit| DIMENSIONS[bit]).collect();
    all.into_iter().map(chosen).collect()
}

/// The order of the stories is that of likelihood.
fn likelihood(cause: &Cause) -> Vec<usize> {
    // An altered end is plainer than a body that was written anew and came out the same.
    let is_end = |change: &Change| {
        matches!(change.code, "body-newline-added" | "body-newline-lost" | "body-bom-added" | "body-bom-lost")
    };
    let place = |change: &Change| if is_end(change) { 0 } else { 1 + place(change) };
    cause.changes.iter().map(place).collect()
}

fn place(change: &Change) -> usize {
    STORIES.iter().position(|story| story.code.0 == change.code).unwrap_or(usize::MAX - 1)
}
