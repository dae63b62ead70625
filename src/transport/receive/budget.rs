//! The memory that peers can make a listener hold. All of it counts against one budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// All memory that peers may take. Connections have a share of their own: a request can always be read far enough to
/// be answered, however many deliveries wait, and connections that only wait keep no delivery out.
#[derive(Debug)]
pub(super) struct Budget {
    deliveries: Account,
    connections: Account,
}

/// A part of the budget.
#[derive(Debug)]
struct Account {
    used: AtomicUsize,
    limit: usize,
}

/// The part of the budget that a permit takes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Share {
    /// Heads and bodies, and all that is made from them until it is written.
    Deliveries,
    /// Read buffers and unfinished heads: a quarter of what deliveries have.
    Connections,
}

/// Memory that was taken from the budget; it is given back when this is dropped.
#[derive(Debug)]
pub struct Permit {
    taken: usize,
    share: Share,
    budget: Arc<Budget>,
}

impl Budget {
    /// A budget with so many bytes for deliveries.
    pub(super) fn of(deliveries: usize) -> Arc<Self> {
        let account = |limit| Account { used: AtomicUsize::new(0), limit };
        Arc::new(Self { deliveries: account(deliveries), connections: account(deliveries / 4) })
    }

    /// A permit that has taken nothing yet.
    pub(super) fn permit(self: &Arc<Self>, share: Share) -> Permit {
        Permit { taken: 0, share, budget: self.clone() }
    }
}

impl Permit {
    fn account(&self) -> &Account {
        match self.share {
            Share::Deliveries => &self.budget.deliveries,
            Share::Connections => &self.budget.connections,
        }
    }

    /// Takes so many bytes if the budget has them.
    #[must_use]
    pub fn take(&mut self, bytes: usize) -> bool {
        let Account { used, limit } = self.account();
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| sum <= limit);
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        self.taken += if taken { bytes } else { 0 };
        taken
    }

    /// Takes so many bytes even beyond the limit. This is for what exists already: nothing more is let in until it is
    /// given back.
    pub fn take_anyway(&mut self, bytes: usize) {
        self.account().used.fetch_add(bytes, Ordering::Relaxed);
        self.taken += bytes;
    }

    /// Gives back all but so many bytes.
    pub fn keep(&mut self, bytes: usize) {
        let spare = self.taken.saturating_sub(bytes);
        self.account().used.fetch_sub(spare, Ordering::Relaxed);
        self.taken -= spare;
    }

    /// A permit of its own for so many bytes. They come out of this one as far as it has them.
    #[must_use]
    pub fn split(&mut self, bytes: usize) -> Self {
        let moved = bytes.min(self.taken);
        self.taken -= moved;
        let mut other = Self { taken: moved, share: self.share, budget: self.budget.clone() };
        other.take_anyway(bytes - moved);
        other
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.keep(0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Share};

    #[test]
    fn connections_and_deliveries_keep_out_of_each_others_share() {
        let budget = Budget::of(400);
        let mut delivery = budget.permit(Share::Deliveries);
        let mut connection = budget.permit(Share::Connections);
        assert!(delivery.take(400) && connection.take(100));
        assert!(!delivery.take(1) && !connection.take(1));
        drop(connection);
        assert!(!delivery.take(1) && budget.permit(Share::Connections).take(100));
    }

    #[test]
    fn what_is_split_off_or_taken_beyond_the_limit_is_given_back_once() {
        let budget = Budget::of(100);
        let mut one = budget.permit(Share::Deliveries);
        assert!(one.take(60));
        let other = one.split(90);
        assert!(!budget.permit(Share::Deliveries).take(11));
        one.keep(0);
        assert!(budget.permit(Share::Deliveries).take(10));
        drop(other);
        one.take_anyway(200);
        assert!(!budget.permit(Share::Deliveries).take(1));
        drop(one);
        assert!(budget.permit(Share::Deliveries).take(100));
    }
}
