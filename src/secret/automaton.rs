//! Byte sequences found in a text in any mix of spellings, in time that grows with the text alone.
//!
//! A nondeterministic automaton follows every reading of every place at once, with one bit for each byte of a sequence.

use std::ops::Range;

use super::spelling::{Reading, Readings, WIDEST, introduces};

/// Bytes of one pattern. A longer sequence is several patterns, each of which counts.
const LONGEST: usize = 63;
/// Bytes that the spelling of one pattern may have.
const FARTHEST: usize = LONGEST * 256;
/// Fewer bytes at the end of a text that was cut there are no loss.
pub(super) const SHORTEST_CUT: usize = 4;

/// Patterns that are searched for at once.
#[derive(Clone)]
pub(super) struct Automaton {
    patterns: Vec<Pattern>,
    /// The patterns that begin with each byte.
    starts: Vec<Vec<usize>>,
    /// One bit for each two bytes with which a pattern may begin: most places are left at once.
    pairs: Vec<u64>,
}

#[derive(Clone)]
struct Pattern {
    length: usize,
    /// For each byte the places of the pattern where it stands.
    masks: Box<[u64; 256]>,
}

/// How far a pattern has matched at a place: bit `n` for `n` bytes.
#[derive(Clone, Copy)]
struct Live {
    at: usize,
    pattern: usize,
    state: u64,
}

impl Pattern {
    fn new(bytes: &[u8]) -> Self {
        let mut masks = Box::new([0; 256]);
        for (at, byte) in bytes.iter().enumerate() {
            masks[usize::from(*byte)] |= 1 << at;
        }
        Self { length: bytes.len(), masks }
    }

    fn mask(&self, byte: u8) -> u64 {
        self.masks[usize::from(byte)]
    }

    fn forward(&self, state: u64, reading: &Reading) -> u64 {
        reading.bytes().iter().fold(state, |state, byte| (state & self.mask(*byte)) << 1)
    }

    fn backward(&self, state: u64, reading: &Reading) -> u64 {
        reading.bytes().iter().rev().fold(state, |state, byte| (state >> 1) & self.mask(*byte))
    }
}

impl Automaton {
    /// Builds the automaton. Empty sequences are left out.
    pub(super) fn new<'a>(sequences: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut automaton = Self { patterns: Vec::new(), starts: vec![Vec::new(); 256], pairs: vec![0; 1024] };
        for sequence in sequences {
            parts(sequence).for_each(|part| automaton.add(part));
        }
        automaton
    }

    fn add(&mut self, part: &[u8]) {
        let first = part[0];
        self.starts[usize::from(first)].push(self.patterns.len());
        for second in 0..=255 {
            if part.get(1).is_none_or(|own| *own == second) || introduces(second) {
                let pair = usize::from(first) << 8 | usize::from(second);
                self.pairs[pair / 64] |= 1 << (pair % 64);
            }
        }
        self.patterns.push(Pattern::new(part));
    }

    fn may_start(&self, first: u8, second: Option<&u8>) -> bool {
        let pair = usize::from(first) << 8 | usize::from(*second.unwrap_or(&b'\\'));
        self.pairs[pair / 64] >> (pair % 64) & 1 == 1
    }

    /// Returns where patterns are spelled. Of a text that was cut, the beginning of a pattern at its end counts too.
    pub(super) fn hits(&self, text: &[u8], is_cut: bool) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        let (mut live, mut later): (Vec<Live>, Vec<Live>) = (Vec::new(), Vec::new());
        let mut ends = Vec::new();
        for at in 0..text.len() {
            let may_start = introduces(text[at]) || self.may_start(text[at], text.get(at + 1));
            if !may_start && later.is_empty() {
                continue;
            }
            later.retain(|one| {
                if one.at == at {
                    live.push(*one);
                    false
                } else {
                    true
                }
            });
            if !may_start && live.is_empty() {
                continue;
            }
            let readings = Readings::of(text, at);
            if may_start {
                self.begin(&readings, at, &mut live);
            }
            for Live { pattern: index, state, .. } in live.drain(..) {
                let pattern = &self.patterns[index];
                for reading in readings.iter() {
                    let moved = pattern.forward(state | 1, reading);
                    let is_whole = moved >> pattern.length & 1 == 1;
                    // What ends before an earlier match does is part of that.
                    if is_whole && ends.get(index).is_none_or(|end| *end < reading.end) {
                        ends.resize(self.patterns.len(), 0);
                        hits.push(self.back(text, index, reading.end, pattern.length, ends[index]));
                        ends[index] = reading.end;
                    }
                    if moved != 0 {
                        merge(&mut later, Live { at: reading.end, pattern: index, state: moved });
                    }
                }
            }
        }
        for one in later.iter().filter(|_| is_cut) {
            let matched = one.state.checked_ilog2().unwrap_or(0) as usize;
            let floor = ends.get(one.pattern).copied().unwrap_or(0);
            // What ends with the text is found already.
            if matched >= SHORTEST_CUT && floor < text.len() {
                hits.push(self.back(text, one.pattern, text.len(), matched, floor));
            }
        }
        hits
    }

    /// Adds the patterns that begin with one of these readings.
    fn begin(&self, readings: &Readings, at: usize, live: &mut Vec<Live>) {
        for reading in readings.iter() {
            for index in &self.starts[usize::from(reading.bytes()[0])] {
                if live.iter().all(|live| live.pattern != *index) {
                    live.push(Live { at, pattern: *index, state: 0 });
                }
            }
        }
    }

    /// Returns the place of a match that ends here. What stands before `floor` is found already.
    fn back(&self, text: &[u8], pattern: usize, end: usize, matched: usize, floor: usize) -> Range<usize> {
        let floor = floor.max(end.saturating_sub(FARTHEST));
        let pattern = &self.patterns[pattern];
        let mut states = vec![0u64; end - floor + 1];
        states[end - floor] = 1 << matched;
        let (mut start, mut last) = (None, end);
        for at in (floor..end).rev() {
            let readings = Readings::of(text, at);
            let before = |reading: &Reading| pattern.backward(states[reading.end - floor], reading);
            let state = readings.iter().filter(|reading| reading.end <= end).fold(0, |all, one| all | before(one));
            states[at - floor] = state;
            if state & 1 == 1 {
                start = Some(at);
            }
            if state != 0 {
                last = at;
            } else if last - at >= WIDEST {
                break;
            }
        }
        start.unwrap_or(floor)..end
    }
}

/// Puts places that overlap or touch together.
pub(super) fn merged(mut hits: Vec<Range<usize>>) -> Vec<Range<usize>> {
    hits.sort_by_key(|hit| hit.start);
    let mut all: Vec<Range<usize>> = Vec::with_capacity(hits.len());
    for hit in hits {
        match all.last_mut() {
            Some(last) if hit.start <= last.end => last.end = last.end.max(hit.end),
            _ => all.push(hit),
        }
    }
    all
}

/// Splits a sequence into parts of about the same length, and no character in two.
pub(super) fn parts(sequence: &[u8]) -> impl Iterator<Item = &[u8]> {
    let count = sequence.len().div_ceil(LONGEST - 3);
    let place = move |part: usize| {
        let at = part * sequence.len() / count.max(1);
        if at == 0 {
            return 0;
        }
        at + sequence[at..].iter().take_while(|byte| **byte & 0xc0 == 0x80).take(3).count()
    };
    (0..count).map(move |part| &sequence[place(part)..place(part + 1)])
}

fn merge(all: &mut Vec<Live>, one: Live) {
    match all.iter_mut().find(|known| (known.at, known.pattern) == (one.at, one.pattern)) {
        Some(known) => known.state |= one.state,
        None => all.push(one),
    }
}

#[cfg(test)]
mod tests {
    use super::{Automaton, merged};

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: &[&str]) {
        let automaton = Automaton::new([pattern.as_bytes()]);
        let hits = merged(automaton.hits(text.as_bytes(), false));
        assert_eq!(hits.into_iter().map(|hit| &text[hit]).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn a_pattern_is_found_in_any_mix_of_spellings() {
        check("a\"b/c", "x a\"b/c a\"b/d", &["a\"b/c"]);
        check("a\"b/c", r#"a\"b\/c"#, &[r#"a\"b\/c"#]);
        check("a\"b/c", r"\u0061&quot;b%2fc", &[r"\u0061&quot;b%2fc"]);
        check("a b", "a+b a b a%20b a%2Bb", &["a+b", "a b", "a%20b", "a%2Bb"]);
        check("a+b", "a+b a b", &["a+b"]);
        // What stands around a pattern may be read as an escape sequence with it.
        check("nab%", r"\nab%41", &["nab%"]);
        check("41ab&", "%41ab&amp;", &["41ab&amp;"]);
    }
}
