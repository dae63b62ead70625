//! Deliveries that came before: a memory of the last of them, by the id that their provider gives them, or by
//! their body where it gives none.
//!
//! Only what was accepted is remembered, and only that is held against it: a forged delivery can bear any id,
//! and must neither make the genuine one look like a repeat nor pass for one itself.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;
use jiff::Timestamp;

use crate::inspect::Inspected;
use crate::message::Delivery;
use crate::signature::{self, Verdict};

/// Deliveries that are remembered.
pub const REMEMBERED: usize = 100_000;

/// What makes two deliveries the same, as a hash under a key of this process: nobody can choose two that fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sameness(u64);

/// A delivery that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// How often it has come, with this time.
    pub count: u32,
    /// When it came first.
    pub first: Timestamp,
}

/// A delivery whose signature was right, and that came before one that bears the same signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// When it came.
    pub at: Timestamp,
    /// Whether it had the same delivery id.
    pub is_same_id: bool,
}

/// Signatures that were right, of the last deliveries. A retry that has another body and the first attempt's signature
/// is known by it.
#[derive(Debug, Default)]
pub struct Signatures {
    hash: RandomState,
    /// By signature: when the first delivery with it came, in microseconds since 1970, and a hash of its id.
    known: HashMap<u64, (i64, u64)>,
    /// The oldest first.
    order: VecDeque<u64>,
}

impl Signatures {
    /// Remembers the signatures of a delivery that is verified.
    pub fn remember(&mut self, delivery: &Delivery, inspected: &Inspected<'_>, at: Timestamp) {
        if inspected.judgement.verdict != Verdict::Valid {
            return;
        }
        let id = self.hash.hash_one(&inspected.identified.delivery_id);
        for key in self.keys(delivery, inspected) {
            if self.known.contains_key(&key) {
                continue;
            }
            self.known.insert(key, (at.as_microsecond(), id));
            self.order.push_back(key);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
    }

    /// Returns the delivery for which the signature of a refused one was right.
    pub fn earlier(&self, delivery: &Delivery, inspected: &Inspected<'_>) -> Option<Signed> {
        if inspected.judgement.verdict != Verdict::Invalid {
            return None;
        }
        let (at, id) = self.keys(delivery, inspected).into_iter().find_map(|key| self.known.get(&key))?;
        let is_same_id = *id == self.hash.hash_one(&inspected.identified.delivery_id);
        let has_id = inspected.identified.delivery_id.is_some();
        Some(Signed { at: Timestamp::from_microsecond(*at).ok()?, is_same_id: is_same_id && has_id })
    }

    /// The values of its signature, each as a hash under a key of this process. A token proves nothing about a body.
    fn keys(&self, delivery: &Delivery, inspected: &Inspected<'_>) -> Vec<u64> {
        let scheme = inspected.scheme.as_deref().filter(|scheme| scheme.covers_body());
        let provider = inspected.identified.provider.map(|provider| provider.id.as_str());
        let values = scheme.map(|scheme| signature::received(scheme, delivery)).unwrap_or_default();
        values.iter().map(|value| self.hash.hash_one((provider, value))).collect()
    }
}

/// The last deliveries, each with something that the caller wants to find again. The table that grows in powers of two
/// holds places alone, which are small.
#[derive(Debug)]
pub struct Memory<T> {
    hash: RandomState,
    limit: usize,
    /// Where each of the known stands.
    places: HashTable<u32>,
    known: Vec<Known<T>>,
    /// Places of what was forgotten.
    free: Vec<u32>,
    /// The place of each delivery that is remembered, the oldest first.
    order: VecDeque<u32>,
    /// How many deliveries there were in all.
    met: u64,
}

#[derive(Debug)]
struct Known<T> {
    same: Sameness,
    /// When it came first, in microseconds since 1970: half of what a timestamp takes.
    first: i64,
    count: u32,
    /// Which of all deliveries was the last of these.
    last: u64,
    kept: T,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self::of(REMEMBERED)
    }
}

impl<T> Memory<T> {
    /// A memory of so many deliveries.
    fn of(limit: usize) -> Self {
        // A table fills up with the marks of what was forgotten; with twice the room it is tidied up in its place.
        let places = HashTable::with_capacity(2 * limit);
        // One is forgotten after the next is known.
        let (known, order) = (Vec::with_capacity(limit + 1), VecDeque::with_capacity(limit + 1));
        Self { hash: RandomState::new(), limit, places, known, free: Vec::new(), order, met: 0 }
    }

    /// By what a delivery is known again; nothing for one that is refused.
    pub fn sameness(&self, inspected: &Inspected<'_>, body: &[u8]) -> Option<Sameness> {
        let is_accepted = inspected.status == 200;
        let provider = inspected.identified.provider.map(|provider| provider.id.as_str());
        let id = inspected.identified.delivery_id.as_deref().filter(|id| !id.is_empty());
        let same = match id {
            Some(id) => (provider, true, id.as_bytes()),
            None => (provider, false, body),
        };
        is_accepted.then(|| Sameness(self.hash.hash_one(same)))
    }

    /// What was kept with the first of the same deliveries.
    pub fn first(&self, same: Sameness) -> Option<&T> {
        self.place(same).map(|place| &self.known[place as usize].kept)
    }

    /// Remembers a delivery, and says whether it came before. Of several the first is what `kept` stays with.
    pub fn remember(&mut self, same: Sameness, at: Timestamp, kept: T) -> Option<Repeat> {
        self.met += 1;
        let new = Known { same, first: at.as_microsecond(), count: 0, last: 0, kept };
        let place = self.place(same).unwrap_or_else(|| self.begin(new));
        let known = &mut self.known[place as usize];
        known.last = self.met;
        known.count = known.count.saturating_add(1);
        let repeat = Repeat { count: known.count, first: Timestamp::from_microsecond(known.first).unwrap_or(at) };
        self.order.push_back(place);
        self.forget_the_oldest();
        (repeat.count > 1).then_some(repeat)
    }

    fn place(&self, same: Sameness) -> Option<u32> {
        self.places.find(same.0, |place| self.known[*place as usize].same == same).copied()
    }

    fn begin(&mut self, new: Known<T>) -> u32 {
        let same = new.same;
        let place = if let Some(place) = self.free.pop() {
            self.known[place as usize] = new;
            place
        } else {
            self.known.push(new);
            u32::try_from(self.known.len() - 1).unwrap_or(u32::MAX)
        };
        let known = &self.known;
        self.places.insert_unique(same.0, place, |place| known[*place as usize].same.0);
        place
    }

    fn forget_the_oldest(&mut self) {
        if self.order.len() <= self.limit {
            return;
        }
        let Some(oldest) = self.order.pop_front() else { return };
        let Known { same, last, .. } = &self.known[oldest as usize];
        // It is forgotten once none of the same is among those that are remembered.
        if *last == self.met - self.limit as u64
            && let Ok(entry) = self.places.find_entry(same.0, |place| *place == oldest)
        {
            entry.remove();
            self.free.push(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Memory, Sameness};
    use crate::testing;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #![proptest_config(testing::property(256))]

        #[test]
        fn what_is_told_follows_from_all_that_came(limit in 1_usize..5, came in vec(0_u64..6, 0..60)) {
            let mut memory = Memory::of(limit);
            // Since when one has been known, and how often it came since then.
            let mut known = HashMap::new();
            for (index, number) in came.iter().enumerate() {
                known.retain(|other, _| came[index.saturating_sub(limit)..index].contains(other));
                let (count, first) = known.entry(*number).or_insert((0, index));
                *count += 1;
                let second = i64::try_from(index).unwrap();
                let repeat = memory.remember(Sameness(*number), at(second), index);
                let told = repeat.map(|repeat| (repeat.count, repeat.first));
                let first_at = at(i64::try_from(*first).unwrap());
                prop_assert_eq!(told, (*count > 1).then_some((*count, first_at)));
                prop_assert_eq!(memory.first(Sameness(*number)), Some(&*first));
            }
        }
    }

    #[test]
    fn the_first_of_the_same_is_told_and_kept() {
        let mut memory = Memory::of(10);
        let [one, other] = [Sameness(1), Sameness(2)];
        let told = [(one, 5), (other, 6), (one, 7), (one, 9)].map(|(same, second)| {
            let repeat = memory.remember(same, at(second), second);
            repeat.map(|repeat| (repeat.count, repeat.first.as_second()))
        });
        assert_eq!(told, [None, None, Some((2, 5)), Some((3, 5))]);
        assert_eq!((memory.first(one), memory.first(Sameness(3))), (Some(&5), None));
    }

    #[test]
    fn only_the_last_deliveries_are_remembered() {
        let mut memory = Memory::of(3);
        let mut meets = |same| memory.remember(Sameness(same), at(0), ()).map(|repeat| repeat.count);
        assert_eq!([1, 2, 3, 1].map(&mut meets), [None, None, None, Some(2)]);
        assert_eq!([4, 2].map(&mut meets), [None, None], "2 was among the last three no more");
        assert_eq!(meets(1), Some(3), "it came again in the meantime");
        for same in 10..1_000 {
            meets(same);
        }
        assert_eq!((memory.places.len(), memory.order.len(), memory.known.len()), (3, 3, 4));
    }
}
