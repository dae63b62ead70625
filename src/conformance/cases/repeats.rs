//! Texts of the cases about deliveries that come twice or late.

use super::{Case, Family, Level, of};

#[rustfmt::skip]
pub(super) const REPEATS: &[Case] = &[
    of(Family::Repeats, Level::Should, "repeat", "a delivery that comes again is accepted",
        "a delivery twice, with the same id, signed anew for the second time",
        "Senders repeat what they saw no answer to, also where it was taken. A repeat that is refused is repeated \
         once more, and counts towards disabling the endpoint.",
        "remember the ids of deliveries that were worked on, and answer 2xx to one that is known"),
    of(Family::Repeats, Level::Should, "repeat-at-once", "a delivery that comes twice at the same moment is accepted",
        "a delivery twice at the same moment, with the same id",
        "A retry may overtake the first attempt, and two workers hold the same delivery. Without a lock or a unique \
         key both do the work, or the second throws.",
        "keep the id under a unique key in the database, and take its violation for a repeat"),
    of(Family::Repeats, Level::Info, "out-of-order", "a delivery older than the one before it is accepted",
        "a delivery, and after it one that happened an hour earlier",
        "Deliveries overtake each other, above all after retries. Code that takes the last to come for the newest \
         puts old values over new ones, and one that refuses old events loses them.",
        "compare the event's time with that of what is stored, and answer 2xx all the same"),
    of(Family::Repeats, Level::Info, "repeat-other-id", "a delivery that comes again under another unsigned ID is accepted",
        "the same signed delivery twice, the second time with fresh values in the ID headers that are not signed",
        "Anyone who holds one delivery can send it again under a fresh ID, since the signature does not cover it. Code \
         that deduplicates by that header alone does the work again: with --probe that is seen.",
        "deduplicate by what the signature covers: an ID of the signed body, or a digest of it"),
    of(Family::Repeats, Level::Must, "forged-first", "a delivery that comes after a forgery with its ID is accepted",
        "a delivery signed with another secret, and after it the genuine one with the same ID",
        "An ID that is stored before the signature is checked lets anyone who guesses IDs suppress deliveries: the \
         genuine one is taken for a repeat. With --probe a delivery without effect is seen.",
        "verify first, and store the ID only of a delivery that passed"),
];
