//! Whether another session of the same run is called for, and gets on.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Action, Done, Item};
use crate::base::{Entry, Listing, Uid};

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
        Self::of(listing.entries())
    }

    fn of(entries: &[Entry]) -> Self {
        let mut hasher = DefaultHasher::new();
        (entries.iter()).for_each(|entry| entry.size().hash(&mut hasher));
        Self {
            listed: entries.len(),
            sizes: hasher.finish(),
        }
    }

    /// Whether the next session, though something should be gone, would work on
    /// the same messages under other ids: it knows none of them, and the sizes
    /// are the same from the first one on. New mail stands behind.
    pub fn is_repeated(&self, listing: &Listing, is_known: impl Fn(&Uid) -> bool) -> bool {
        let entries = listing.entries();
        let first = entries.get(..self.listed);
        first.is_some_and(|first| *self == Self::of(first))
            && !entries.iter().any(|entry| is_known(&entry.uid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MessageNumber;

    fn listing(sizes: &[u64]) -> Listing {
        let entry = |(at, size): (u32, &u64)| {
            let number = MessageNumber::new(at + 1).expect("not 0");
            let uid = Uid::new(format!("u{at}").as_bytes()).expect("valid");
            Entry::new(number, uid, Some(*size))
        };
        Listing::new((0..).zip(sizes).map(entry).collect())
    }

    #[test]
    fn the_same_sizes_from_the_first_on_are_the_same_messages() {
        let found = Found::new(&listing(&[1, 2, 3, 4]));
        for (sizes, repeated) in [
            (&[1, 2, 3, 4][..], true),
            (&[1, 2, 3, 4, 5], true),
            (&[3, 4], false),
            (&[3, 4, 5, 6], false),
            (&[1, 2, 3], false),
            (&[], false),
        ] {
            let listing = listing(sizes);
            assert_eq!(
                found.is_repeated(&listing, |_| false),
                repeated,
                "{sizes:?}"
            );
            assert!(!found.is_repeated(&listing, |uid| uid.as_bytes() == b"u0"));
        }
    }
}
