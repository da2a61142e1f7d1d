//! Whether another session of the same run is called for, and gets on.

use std::collections::HashSet;

use super::{Done, Item};
use crate::base::{Listing, MessageNumber, Uid};

/// Messages of a listing that are so many that they may be a batch: Gmail
/// lists a few hundred of more, and the next ones once these are gone, which
/// they are after QUIT (EXPIRE 0) or when deleted.
const BATCH: usize = 200;

/// Whether the items of a plan for so many listed messages may be one batch of
/// several: a large one in which everything is worked on in this run, and
/// something in this session, and of which nothing stays.
pub fn is_batch(items: &[Item], listed: usize, expires: bool, done: &Done) -> bool {
    let vanishes = |item: &Item| item.deletes() || expires && item.action.retrieves();
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

/// What a session found, for the next one to be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    messages: Vec<(MessageNumber, Option<u64>)>,
}

impl Found {
    /// In a listing with sizes.
    pub fn new(listing: &Listing) -> Self {
        let entries = listing.entries().iter();
        Self {
            messages: entries.map(|entry| (entry.number, entry.size())).collect(),
        }
    }
}

/// A session that another one is to go on from. Unique ids may be other ones in
/// each session, or none at all; then deletions without effect would have
/// everything fetched again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// What the other one is for.
    pub goal: Goal,
    /// What was there.
    pub found: Found,
    /// What the server confirmed to be deleted.
    pub deleted: HashSet<MessageNumber>,
}

impl Last {
    /// Whether the next session would work on the same messages under other
    /// ids: it knows none of them, and their sizes are not those of what is
    /// left without these deletions; or, for the next batch, they are the same.
    /// New mail may stand behind, and there also in front.
    pub fn is_repeated(&self, listing: &Listing, is_known: impl Fn(&Uid) -> bool) -> bool {
        let Self {
            goal,
            found,
            deleted,
        } = self;
        let entries = listing.entries();
        if entries.is_empty() || entries.iter().any(|entry| is_known(&entry.uid)) {
            return false;
        }
        let sizes: Vec<Option<u64>> = entries.iter().map(|entry| entry.size()).collect();
        let stays = |number| *goal == Goal::NextBatch || !deleted.contains(number);
        let left = found.messages.iter().filter(|(number, _)| stays(number));
        let left: Vec<Option<u64>> = left.map(|(_, size)| *size).collect();
        match goal {
            Goal::Rest => deleted.is_empty() || !sizes.starts_with(&left),
            Goal::NextBatch => sizes.starts_with(&left) || sizes.ends_with(&left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Entry;

    fn number(n: u32) -> MessageNumber {
        MessageNumber::new(n).expect("not 0")
    }

    fn listing(sizes: &[u64]) -> Listing {
        let entry = |(n, size): (u32, &u64)| {
            let uid = Uid::new(format!("u{n}").as_bytes()).expect("valid");
            Entry::new(number(n), uid, Some(*size))
        };
        Listing::new((1..).zip(sizes).map(entry).collect())
    }

    #[test]
    fn what_is_left_is_told_by_its_sizes() {
        let found = Found::new(&listing(&[1, 2, 3, 4]));
        for (sizes, goal, deleted, repeated) in [
            (&[1, 2, 3, 4][..], Goal::Rest, &[1, 2][..], true),
            (&[3, 4], Goal::Rest, &[1, 2], false),
            (&[3, 4, 5, 6, 7], Goal::Rest, &[1, 2], false),
            (&[2, 3, 4], Goal::Rest, &[1, 2], true),
            (&[1, 3], Goal::Rest, &[2, 4], false),
            (&[1, 2, 3, 4], Goal::Rest, &[], true),
            (&[1, 2, 3, 4], Goal::NextBatch, &[1, 2, 3, 4], true),
            (&[1, 2, 3, 4, 5], Goal::NextBatch, &[1, 2, 3, 4], true),
            (&[9, 1, 2, 3, 4], Goal::NextBatch, &[], true),
            (&[1, 2, 3, 5], Goal::NextBatch, &[1, 2, 3, 4], false),
            (&[], Goal::Rest, &[], false),
        ] {
            let listing = listing(sizes);
            let last = Last {
                goal,
                found: found.clone(),
                deleted: deleted.iter().map(|n| number(*n)).collect(),
            };
            let is_repeated =
                |known: &[u8]| last.is_repeated(&listing, |uid| uid.as_bytes() == known);
            assert_eq!(is_repeated(b""), repeated, "{sizes:?} {last:?}");
            assert!(!is_repeated(b"u1"));
        }
    }
}
