//! What networks do to deliveries: some come twice, some never, and not in the order in which they went out.
//!
//! Pure: randomness in, a plan out. The deliveries themselves are made in their own order whatever happens to them.

use rand_chacha::rand_core::Rng as _;

use crate::render::Randomness;

/// What is done to deliveries on their way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// Whether they come in another order.
    pub shuffles: bool,
    /// How many times each goes out.
    pub copies: usize,
    /// The share of what goes out that never arrives, from 0 to 1.
    pub lost: f64,
}

impl Default for Network {
    /// One that does nothing.
    fn default() -> Self {
        Self { shuffles: false, copies: 1, lost: 0.0 }
    }
}

/// A delivery on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Which delivery, counted from 0 in the order in which they are made.
    pub delivery: usize,
    /// Which of its copies, from 1 in the order in which they go out.
    pub copy: usize,
    /// Whether it is lost.
    pub is_lost: bool,
    /// Whether none of its copies follows.
    pub is_last: bool,
}

impl Network {
    /// What goes out, in its order.
    pub fn plan(&self, deliveries: usize, random: &mut Randomness) -> Vec<Passage> {
        let copies = self.copies.max(1);
        let mut order: Vec<usize> =
            (0..deliveries).flat_map(|delivery| std::iter::repeat_n(delivery, copies)).collect();
        if self.shuffles {
            shuffle(&mut order, random);
        }
        let mut gone = vec![0; deliveries];
        let passage = |delivery: usize| {
            gone[delivery] += 1;
            let copy = gone[delivery];
            Passage { delivery, copy, is_lost: self.loses(random), is_last: copy == copies }
        };
        order.into_iter().map(passage).collect()
    }

    fn loses(&self, random: &mut Randomness) -> bool {
        self.lost > 0.0 && f64::from(random.next_u32()) < self.lost * (f64::from(u32::MAX) + 1.0)
    }
}

/// Fisher and Yates: every order is as likely as any other.
fn shuffle(items: &mut [usize], random: &mut Randomness) {
    for last in (1..items.len()).rev() {
        let bound = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        let other = usize::try_from(random.next_u64() % bound).unwrap_or(0);
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng as _;

    use super::{Network, Passage};
    use crate::render::Randomness;

    fn plan(network: Network, seed: u64) -> Vec<Passage> {
        network.plan(100, &mut Randomness::seed_from_u64(seed))
    }

    #[test]
    fn a_quiet_network_changes_nothing() {
        let order: Vec<_> = plan(Network::default(), 1).iter().map(|p| (p.delivery, p.copy, p.is_lost)).collect();
        assert_eq!(order, (0..100).map(|delivery| (delivery, 1, false)).collect::<Vec<_>>());
    }

    #[test]
    fn each_goes_out_as_often_as_it_should_in_any_order() {
        let network = Network { shuffles: true, copies: 3, lost: 0.0 };
        let planned = plan(network, 1);
        assert_eq!(planned, plan(network, 1), "a seed is a plan");
        assert_ne!(planned, plan(network, 2));
        assert!(!planned.is_sorted_by_key(|passage| passage.delivery));
        for delivery in 0..100 {
            let of: Vec<_> = planned.iter().filter(|passage| passage.delivery == delivery).collect();
            assert_eq!(of.iter().map(|passage| passage.copy).collect::<Vec<_>>(), [1, 2, 3]);
            assert_eq!(of.iter().map(|passage| passage.is_last).collect::<Vec<_>>(), [false, false, true]);
        }
        let unshuffled = plan(Network { copies: 2, ..Network::default() }, 1);
        assert_eq!(
            unshuffled[..4].iter().map(|p| (p.delivery, p.copy)).collect::<Vec<_>>(),
            [(0, 1), (0, 2), (1, 1), (1, 2)]
        );
    }

    #[test]
    fn about_its_share_is_lost() {
        let lost = |lost: f64| plan(Network { lost, ..Network::default() }, 7).iter().filter(|p| p.is_lost).count();
        assert_eq!((lost(0.0), lost(1.0)), (0, 100));
        assert!((1..30).contains(&lost(0.1)), "{}", lost(0.1));
    }
}
