//! A quick test that most texts fail: whether a text may hold a sequence in any spelling.
//!
//! Never says no to a text in which the automaton finds something. It may say yes to a text without any sequence.

use super::automaton::parts;
use super::encoded;
use super::spelling::{Reading, Readings, introduces};

/// Bytes at the beginning of each sequence that are looked for.
const HEAD: usize = super::SHORTEST_PART;
/// Bytes that are compared at once.
const WINDOW: usize = 4;
/// Distance of the places that are compared: each `HEAD` bytes in a row hold a whole window at one of them.
const STRIDE: usize = HEAD - WINDOW + 1;
/// Bits of the hash of a window.
const BITS: u32 = 14;

/// What the sequences have in common with any text that holds one of them.
#[derive(Clone)]
pub(super) struct Filter {
    /// The windows of the heads, sorted.
    windows: Vec<u32>,
    /// One bit for each hash of a window.
    hashes: Vec<u64>,
    /// Bytes that stand side by side in a sequence, sorted.
    pairs: Vec<[u8; 2]>,
    firsts: Vec<u8>,
    lasts: Vec<u8>,
    /// The length of the shortest part.
    least: usize,
    /// The length of the shortest sequence.
    shortest: usize,
}

impl Filter {
    /// Builds the filter of sequences of at least `HEAD` bytes, the shortest of which has this length.
    pub(super) fn new<'a>(sequences: impl IntoIterator<Item = &'a [u8]>, shortest: usize) -> Self {
        let all: Vec<&[u8]> = sequences.into_iter().flat_map(parts).collect();
        let windows = sorted(
            all.iter()
                .flat_map(|part| heads(&part[..HEAD]))
                .flat_map(|head| head.windows(WINDOW).map(window).collect::<Vec<_>>()),
        );
        let mut hashes = vec![0; 1 << (BITS - 6)];
        for window in &windows {
            hashes[hash(*window) / 64] |= 1 << (hash(*window) % 64);
        }
        Self {
            windows,
            hashes,
            pairs: sorted(all.iter().flat_map(|part| part.windows(2)).map(|two| [plain(two[0]), plain(two[1])])),
            firsts: sorted(all.iter().map(|part| plain(part[0]))),
            lasts: sorted(all.iter().map(|part| plain(part[part.len() - 1]))),
            least: all.iter().map(|part| part.len()).min().unwrap_or(usize::MAX),
            shortest,
        }
    }

    /// Whether a text, or what is encoded in it in so many layers, may hold a sequence.
    pub(super) fn may_hold(&self, text: &[u8], layers: usize) -> bool {
        // An escape sequence has at least as many bytes as it stands for.
        if text.len() < self.least {
            return false;
        }
        if self.has_window(text) || self.has_escape(text) {
            return true;
        }
        layers > 0
            && text.len() > self.shortest
            && encoded::any(text, self.shortest, &mut |bytes| self.may_hold(bytes, layers - 1))
    }

    /// Whether a part of a sequence stands here as it is, or with `+` for blanks.
    fn has_window(&self, text: &[u8]) -> bool {
        text.windows(WINDOW).step_by(STRIDE).map(window).any(|window| {
            self.hashes[hash(window) / 64] >> (hash(window) % 64) & 1 == 1
                && self.windows.binary_search(&window).is_ok()
        })
    }

    /// Whether an escape sequence stands here that decodes to a character of a sequence, between its neighbours.
    fn has_escape(&self, text: &[u8]) -> bool {
        memchr::memchr3_iter(b'\\', b'%', b'&', text).any(|at| {
            let may_follow = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
            text.get(at + 1).is_some_and(may_follow)
                && Readings::of(text, at).iter().skip(1).any(|reading| self.fits(text, at, reading))
        })
    }

    fn fits(&self, text: &[u8], at: usize, reading: &Reading) -> bool {
        let bytes = reading.bytes();
        let (first, last) = (plain(bytes[0]), plain(bytes[bytes.len() - 1]));
        let is_pair = |one: u8, other: u8| self.pairs.binary_search(&[one, other]).is_ok();
        let follows = || at > 0 && is_pair(plain(text[at - 1]), first);
        let goes_on = || text.get(reading.end).is_some_and(|next| introduces(*next) || is_pair(last, plain(*next)));
        (self.firsts.contains(&first) || follows()) && (self.lasts.contains(&last) || goes_on())
    }
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns the head of a sequence with `+` for any of its blanks.
fn heads(head: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![Vec::new()];
    for byte in head {
        let choices = if *byte == b' ' { &b" +"[..] } else { std::slice::from_ref(byte) };
        let longer = |head: &Vec<u8>| choices.iter().map(|one| [head.as_slice(), &[*one]].concat()).collect::<Vec<_>>();
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn window(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn hash(window: u32) -> usize {
    (window.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// Returns a byte as a form may mean it.
fn plain(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte }
}
