//! The search itself: every combination of so many alterations, one level after the other.

use std::collections::HashSet;
use std::rc::Rc;

use super::digests::{Construction, Fragment, Other, Target, fragments, others, targets};
use super::near::nearness;
use super::readings::Writing;
use super::{
    Altered, Cause, Change, Distinct, Explanation, Fact, Idle, Question, STORIES, Tried, ValueOf, bodies, codes,
    computed_targets, contents, difference, distinct, keys_of, lengths, owned,
};
use crate::catalog::Algorithm;
use crate::secret::Secret;
use crate::signature::{self, Key, Layout, Pair, Slot, Use};

/// Triples are tried up to this length of a body, in bytes.
const TRIPLES: usize = 64 << 10;
/// Triples are tried where all of them together hash no more than this, in bytes.
const TRIPLES_TOGETHER: usize = 64 << 20;
/// Pairs are tried up to this length of a body, in bytes.
const PAIRS: usize = 256 << 10;
/// With more changes than this a value is not looked at for being nearly right.
const NEAR: usize = 1;

/// Rare forms of body and key are paired with other changes up to this length of a body, in bytes; never in triples.
const RARE_PAIRS: usize = 16 << 10;

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
    question: Question<'a>,
    secret: &'a Secret,
    /// The secret as the scheme's key.
    key: Vec<u8>,
    /// The same for a scheme with two keys.
    pair: Option<Pair>,
    own: Construction,
    others: Vec<Other>,
    /// What the scheme signs; where that can't be known, only other contents are tried.
    layout: Option<Layout>,
    targets: Vec<Target>,
    /// What may be nearly a digest.
    fragments: Vec<Fragment>,
    /// How many changes are tried now.
    level: usize,
    /// Whether the secret is a key of the scheme.
    is_key: bool,
    /// Whether the value holds the digest that it should.
    is_right: bool,
    shapes: Option<Rc<Vec<Altered>>>,
    keys: Vec<Altered>,
    contents: Vec<contents::Alteration>,
    /// Whether each of the keys and of the contents is rare.
    rare: (Vec<bool>, Vec<bool>),
    tried: Tried,
    found: Vec<(usize, Cause)>,
    seen: HashSet<Vec<u8>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(question: &Question<'a>, body: &'a [u8]) -> Self {
        let (scheme, scene) = (question.scheme, question.scene);
        let key = Key::read(scheme, question.secret, Use::Verify);
        let keys = keys_of(question);
        let contents = contents::alterations(scheme, &scene);
        let others = others(scheme);
        let layout = signature::layout(scheme, &scene).ok();
        let bearable = if body.len() <= TRIPLES {
            3
        } else if body.len() <= PAIRS {
            2
        } else {
            1
        };
        // A signature costs too much for triples.
        let bearable = if scheme.algorithm.is_asymmetric() { bearable.min(2) } else { bearable };
        let tried = Tried {
            candidates: 0,
            bodies: if scheme.covers_body() { bodies::ends(body).len() } else { 0 },
            keys: keys.len(),
            contents: contents.len(),
            digests: others.len() + 1,
            depth: bearable.min(question.depth),
            complete: true,
        };
        let targets = match question.origin {
            ValueOf::Sender => targets(question.value, question.scheme),
            ValueOf::OwnCode => computed_targets(question.value, question.scheme),
        };
        let fragments = match question.origin {
            _ if Key::read(scheme, question.secret, Use::Verify).is_err() => Vec::new(),
            ValueOf::Sender => fragments(question.value, question.scheme),
            // How a value of the user's code is written is not judged.
            ValueOf::OwnCode => fragments(question.value, question.scheme)
                .into_iter()
                .map(|fragment| Fragment { writing: Writing::new(), ..fragment })
                .collect(),
        };
        Self {
            body,
            question: *question,
            secret: question.secret,
            key: key.as_ref().map_or(question.secret.expose(), Key::bytes).to_vec(),
            is_key: key.is_ok(),
            pair: key.ok().and_then(|key| if let Key::Pair(pair) = key { Some(*pair) } else { None }),
            own: Construction::Of(scheme.algorithm),
            others,
            layout,
            targets,
            fragments,
            level: 0,
            is_right: false,
            shapes: None,
            rare: (
                keys.iter().map(|(change, _)| codes::is_rare(change.code)).collect(),
                contents.iter().map(|(code, ..)| codes::is_rare(code)).collect(),
            ),
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
        for (code, detail, bytes) in lengths::alterations(self.body, self.question.scene.delivery, self.question.beyond)
        {
            shapes.add(code, detail, bytes);
        }
        let is_whole =
            bodies::shapes(self.body, &mut |code, detail, bytes| shapes.add(code, detail.to_string(), bytes));
        self.tried.complete &= is_whole;
        self.tried.bodies += shapes.kept.len();
        self.shapes.insert(Rc::new(shapes.kept)).clone()
    }

    pub(super) fn run(mut self, in_time: &impl Fn() -> bool) -> Explanation {
        let deepest = self.tried.depth;
        let mut in_time_so_far = true;
        let is_asymmetric =
            self.own == Construction::Of(Algorithm::Ed25519) || self.own == Construction::Of(Algorithm::EcdsaP256);
        let idle = if is_asymmetric && self.pair.is_none() {
            Some(Idle::NoKey)
        } else {
            (self.targets.is_empty() && self.fragments.is_empty()).then_some(Idle::NoDigest)
        };
        // A value that holds no digest can't match anything, and a level with a hit is the last:
        // what needs fewer changes is likelier.
        for level in 0..=deepest {
            if idle.is_some() || self.is_right || self.found.iter().any(|(weight, _)| *weight <= level) {
                break;
            }
            if level > NEAR && self.targets.is_empty() {
                break;
            }
            self.level = level;
            if level > 2 && self.work(level) > TRIPLES_TOGETHER {
                break;
            }
            self.tried.depth = level;
            for altered in subsets(level) {
                if self.is_worth(&altered) {
                    in_time_so_far = in_time_so_far && self.level(&altered, in_time);
                }
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
        let facts = if self.is_right { vec![Fact::DigestRight] } else { Vec::new() };
        // What is no digest was held against digests as a part of one, and is none.
        let idle = idle.or_else(|| (self.targets.is_empty() && causes.is_empty()).then_some(Idle::NoDigest));
        Explanation { causes, tried: self.tried, idle, facts }
    }

    /// About how many bytes all candidates of a level hash.
    fn work(&self, level: usize) -> usize {
        let common = |all: &[bool]| all.iter().filter(|is_rare| self.is_tried(**is_rare, level)).count();
        let of_shape = |(change, _): &Altered| codes::is_rare(change.code);
        let shapes: Vec<bool> = self.shapes.iter().flat_map(|shapes| shapes.iter().map(of_shape)).collect();
        let count = |dimension: &Dimension| match dimension {
            Dimension::Shape => common(&shapes),
            Dimension::End => 10,
            Dimension::Key => common(&self.rare.0),
            Dimension::Content => common(&self.rare.1),
            Dimension::Hash => self.others.len(),
        };
        let of = |altered: Vec<Dimension>| altered.iter().map(count).product::<usize>();
        subsets(level).into_iter().map(of).sum::<usize>().saturating_mul(self.body.len())
    }

    /// Whether altering just these can change what is hashed.
    fn is_worth(&self, altered: &[Dimension]) -> bool {
        let is_body = |dimension: &Dimension| matches!(dimension, Dimension::Shape | Dimension::End);
        let has_body = |layout: &Layout| layout.has(&Slot::Body) || layout.has(&Slot::Form);
        altered.contains(&Dimension::Content)
            || !altered.iter().any(is_body)
            || self.layout.as_ref().is_some_and(has_body)
    }

    /// Tries every candidate in which just these dimensions are altered; false when time is up.
    fn level(&mut self, altered: &[Dimension], in_time: &impl Fn() -> bool) -> bool {
        let is = |dimension| altered.contains(&dimension);
        let all = if is(Dimension::Shape) { self.shapes() } else { Rc::default() };
        let unaltered = [None];
        let wanted = |(change, _): &&Altered| self.is_tried(codes::is_rare(change.code), altered.len());
        let shapes: Vec<Option<&Altered>> =
            if is(Dimension::Shape) { all.iter().filter(wanted).map(Some).collect() } else { unaltered.to_vec() };
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
                if !self.one_body(altered, &changes, &body, in_time) {
                    return false;
                }
            }
        }
        true
    }

    /// As above for one form of the body.
    fn one_body(
        &mut self,
        altered: &[Dimension],
        body_changes: &[Change],
        body: &[u8],
        in_time: &impl Fn() -> bool,
    ) -> bool {
        let is = |dimension| altered.contains(&dimension);
        let all = |rare: &[bool], dimension| {
            let tried = |index: &usize| self.is_tried(rare[*index], altered.len());
            if is(dimension) { (0..rare.len()).filter(tried).map(Some).collect() } else { vec![None] }
        };
        let contents: Vec<Option<usize>> = all(&self.rare.1, Dimension::Content);
        let hashes: Vec<Option<usize>> = all(&vec![false; self.others.len()], Dimension::Hash);
        let keys: Vec<Option<usize>> = all(&self.rare.0, Dimension::Key);
        let layouts = self.layout.iter().chain(self.contents.iter().map(|(.., layout)| layout));
        let form =
            if layouts.clone().any(|layout| layout.has(&Slot::Form)) { signature::fields(body) } else { Vec::new() };
        for &content in &contents {
            // What doesn't hold the body is the same whatever the body is.
            let layout = self.layout_of(content);
            if !body_changes.is_empty()
                && layout.is_none_or(|layout| !layout.has(&Slot::Body) && !layout.has(&Slot::Form))
            {
                continue;
            }
            for &hash in &hashes {
                let construction = hash.map_or(self.own, |index| self.others[index].0);
                if is(Dimension::Key) && !construction.is_keyed()
                    || self.pair.is_none()
                        && (self.level > NEAR || self.fragments.is_empty())
                        && !self.targets.iter().any(|target| target.digest.len() == construction.length())
                {
                    continue;
                }
                for &key in &keys {
                    // A signature costs a hundred times what a digest does, and so does a long body.
                    if (self.pair.is_some() || body.len() > PAIRS) && !in_time() {
                        return false;
                    }
                    self.candidate(body_changes, body, &form, content, hash, key);
                }
            }
        }
        true
    }

    /// Returns whether an alteration is tried where so many are combined.
    fn is_tried(&self, is_rare: bool, combined: usize) -> bool {
        !is_rare || combined < 2 || combined == 2 && self.body.len() <= RARE_PAIRS
    }

    fn layout_of(&self, content: Option<usize>) -> Option<&Layout> {
        content.map_or(self.layout.as_ref(), |index| Some(&self.contents[index].2))
    }

    fn candidate(
        &mut self,
        body_changes: &[Change],
        body: &[u8],
        form: &[u8],
        content: Option<usize>,
        hash: Option<usize>,
        key: Option<usize>,
    ) {
        self.tried.candidates += 1;
        let Some(layout) = self.layout_of(content) else { return };
        let written: Option<(&Writing, Option<Change>)> = if let Some(pair) = &self.pair {
            let message = layout.parts(body, form, &[]).concat();
            let target = self.targets.iter().find(|target| pair.verifies(&message, &target.digest));
            target.map(|target| (&target.writing, None))
        } else {
            let construction = hash.map_or(self.own, |index| self.others[index].0);
            let key_bytes = key.map_or(self.key.as_slice(), |index| self.keys[index].1.as_slice());
            let digest = construction.digest(key_bytes, layout, body, form);
            let target = self.targets.iter().find(|target| target.digest == digest);
            target.map(|target| (&target.writing, None)).or_else(|| self.near(&digest))
        };
        let Some((writing, near)) = written else { return };
        let mut changes = body_changes.to_vec();
        changes.extend(key.map(|index| self.keys[index].0.clone()));
        changes.extend(content.map(|index| Change::new(self.contents[index].0, self.contents[index].1.clone())));
        changes.extend(hash.map(|index| Change::new(self.others[index].1, self.others[index].2)));
        changes.extend(writing.iter().map(|(code, detail)| Change::new(code, *detail)));
        changes.extend(near);
        if changes.is_empty() {
            // A secret that is no key of this scheme proves nothing of the digest.
            self.is_right = self.is_key;
            return;
        }
        let at = (!body_changes.is_empty()).then(|| difference(self.body, body, self.secret)).flatten();
        // The same digest reached in another way is told once.
        let weight = changes.len();
        let name = changes.iter().flat_map(|change| change.code.bytes()).collect();
        if self.seen.insert(name) {
            self.found.push((weight, Cause { changes, with: None, at }));
        }
    }
}

impl Search<'_> {
    /// Finds what of the value is nearly a digest.
    fn near(&self, digest: &[u8]) -> Option<(&Writing, Option<Change>)> {
        if self.level > NEAR || digest.is_empty() {
            return None;
        }
        let near = |fragment: &Fragment| nearness(&fragment.text, digest);
        let (fragment, (code, detail)) =
            self.fragments.iter().find_map(|fragment| Some((fragment, near(fragment)?)))?;
        Some((&fragment.writing, Some(Change::new(code, detail))))
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
