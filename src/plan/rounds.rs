//! Whether another session of the same run is called for, and gets on.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Action, Done, Item};
use crate::base::{Listing, Uid};

/// Messages of a listing that are so many that they may be a batch: Gmail
/// lists a few hundred of more, and the next ones once these are gone, which
/// they are after QUIT (EXPIRE 0) or when deleted.
const BATCH: usize = 200;

/// Whether the items of a plan for so many listed messages may be one batch of
/// several: a large one in which everything is worked on in this run, and
/// something in this session, and of which nothing stays.
pub fn is_batch(items: &[Item], listed: usize, expires: bool, done: &Done) -> bool {
    let vanishes = |item: &Item| {
        let retrieved = item.action.retrieves() && (expires || item.then_delete);
        retrieved || item.action == Action::Delete
    };
    items.len() == listed
        && listed >= BATCH
        && items.iter().any(vanishes)
        && (items.iter()).all(|item| vanishes(item) || done.is_through(&item.uid))
}

/// What another session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// What this one left over.
    Rest,
    /// What the server lists once the batch is gone.
    NextBatch,
}

/// What a session found, for the next one to be compared with. Unique ids may
/// be other ones in each session, or none at all; then deletions without
/// effect would have everything fetched again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    listed: usize,
    sizes: u64,
}

impl Found {
    /// Of a listing with sizes.
    pub fn new(listing: &Listing) -> Self {
        let mut hasher = DefaultHasher::new();
        let entries = listing.entries();
        (entries.iter()).for_each(|entry| entry.size().hash(&mut hasher));
        Self {
            listed: listing.len(),
            sizes: hasher.finish(),
        }
    }

    /// Whether a session that was to go on after so many confirmed deletions
    /// would find the same messages under other ids: it knows none of them, and
    /// what is there tells of no deletion. Mail that came meanwhile may hide
    /// half of them.
    pub fn is_repeated(
        &self,
        listing: &Listing,
        goal: Goal,
        deleted: usize,
        is_known: impl Fn(&Uid) -> bool,
    ) -> bool {
        let entries = listing.entries();
        if entries.is_empty() || entries.iter().any(|entry| is_known(&entry.uid)) {
            return false;
        }
        match goal {
            Goal::Rest => {
                let fewer = deleted.div_ceil(2).max(1);
                entries.len() > self.listed.saturating_sub(fewer)
            }
            Goal::NextBatch => *self == Self::new(listing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Entry, MessageNumber};

    fn listing(sizes: &[u64]) -> Listing {
        let entry = |(at, size): (u32, &u64)| {
            let number = MessageNumber::new(at + 1).expect("not 0");
            let uid = Uid::new(format!("u{at}").as_bytes()).expect("valid");
            Entry::new(number, uid, Some(*size))
        };
        Listing::new((0..).zip(sizes).map(entry).collect())
    }

    #[test]
    fn a_rest_is_smaller_and_a_batch_is_another_one() {
        let found = Found::new(&listing(&[1, 2, 3, 4]));
        let is_repeated = |sizes: &[u64], goal, deleted| {
            found.is_repeated(&listing(sizes), goal, deleted, |_| false)
        };
        for (sizes, deleted, repeated) in [
            (&[1, 2, 3, 4][..], 2, true),
            (&[3, 4], 2, false),
            (&[3, 4, 5], 2, false),
            (&[3, 4, 5, 6], 2, true),
            (&[1, 2, 3, 4], 0, true),
            (&[1, 2, 3], 0, false),
            (&[], 4, false),
        ] {
            let rest = is_repeated(sizes, Goal::Rest, deleted);
            assert_eq!(rest, repeated, "{sizes:?} after {deleted}");
        }
        assert!(is_repeated(&[1, 2, 3, 4], Goal::NextBatch, 4));
        assert!(!is_repeated(&[1, 2, 3, 5], Goal::NextBatch, 4));
        let known = |_: &Uid| true;
        assert!(!found.is_repeated(&listing(&[1, 2, 3, 4]), Goal::Rest, 4, known));
    }
}
