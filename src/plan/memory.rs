//! What a run has done in its sessions so far, and whether it needs another.

use std::collections::{BTreeMap, HashSet};

use super::{Action, Item, Limits};
use crate::base::{Listing, Uid};

/// Messages in a listing from which on it may be one batch of several: Gmail
/// lists a few hundred of more, and the next ones in a session after that.
const MIN_BATCH: usize = 200;

/// What a run need not do again in a later session: servers list what they
/// were asked to delete, or refused to hand out, as they did before.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    treatments: BTreeMap<Uid, Treatment>,
    /// Copies that this run stored, for `--all`.
    stored: HashSet<(Uid, u32)>,
    taken: LimitUsage,
}

/// What the limits of a run count.
#[derive(Clone, Copy, Debug, Default)]
struct LimitUsage {
    messages: u64,
    octets: u64,
}

/// What became of a unique id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    /// The server did not hand a message out, or it was left out.
    Failed,
    /// DELE was refused.
    Kept,
    /// DELE, and then QUIT, was answered by `+OK`.
    Deleted,
}

impl Memory {
    /// A message of this uid could not be had.
    pub fn failed(&mut self, uid: &Uid) {
        self.treatments.insert(uid.clone(), Treatment::Failed);
    }

    /// The server refused to delete a message of this uid.
    pub fn kept(&mut self, uid: &Uid) {
        self.treatments.insert(uid.clone(), Treatment::Kept);
    }

    /// The server says that it deleted a message of this uid.
    pub fn deleted(&mut self, uid: &Uid) {
        self.treatments.insert(uid.clone(), Treatment::Deleted);
    }

    /// A copy was stored.
    pub fn stored(&mut self, uid: &Uid, ordinal: u32) {
        self.stored.insert((uid.clone(), ordinal));
    }

    /// Returns whether this run has stored this copy.
    pub fn has_stored(&self, uid: &Uid, ordinal: u32) -> bool {
        !self.stored.is_empty() && self.stored.contains(&(uid.clone(), ordinal))
    }

    /// Messages and their octets were retrieved.
    pub fn took(&mut self, messages: u64, octets: u64) {
        self.taken.messages += messages;
        self.taken.octets += octets;
    }

    /// Returns whether this run has dealt with a uid, and not by storing it.
    fn knows(&self, uid: &Uid) -> bool {
        self.treatments.contains_key(uid)
    }

    /// What is left of the limits of the run.
    pub fn left(&self, limits: Limits) -> Limits {
        let Limits { messages, size, bytes } = limits;
        Limits {
            messages: messages.map(|most| most.saturating_sub(self.taken.messages)),
            size,
            bytes: bytes.map(|most| most.saturating_sub(self.taken.octets)),
        }
    }

    /// Leaves out what was done. Returns how many messages are still there
    /// although the server confirmed their deletion.
    pub(super) fn restrict(&self, items: &mut [Item]) -> u64 {
        let mut still_there = 0;
        if self.treatments.is_empty() {
            return 0;
        }
        for item in items {
            match self.treatments.get(&item.uid) {
                Some(Treatment::Failed) if item.action.retrieves() => {
                    item.keep("it failed in this run")
                }
                Some(Treatment::Kept) if item.action == Action::Delete => {
                    item.keep("its deletion was refused in this run");
                }
                Some(Treatment::Deleted) => {
                    still_there += 1;
                    item.keep("its deletion was confirmed in this run");
                }
                _ => {}
            }
        }
        still_there
    }

    /// Returns whether a plan for a listing of this length may be one batch of
    /// several: a large one of which nothing stays, and something goes in this
    /// session. To be asked of a server that takes away what was retrieved
    /// (EXPIRE 0, RFC 2449 §6.7), as Gmail does.
    pub fn is_batch(&self, items: &[Item], listed: usize) -> bool {
        let vanishes = |item: &Item| item.deletes() || item.action.retrieves();
        items.len() == listed
            && listed >= MIN_BATCH
            && items.iter().any(vanishes)
            && (items.iter()).all(|item| vanishes(item) || self.knows(&item.uid))
    }
}

/// The sizes of a listing after which another batch is expected. Unique ids
/// may be other ones in each session; then deletions without effect would have
/// everything fetched again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastBatch {
    sizes: Vec<Option<u64>>,
}

impl LastBatch {
    /// Of a listing with sizes.
    pub fn new(listing: &Listing) -> Self {
        let entries = listing.entries().iter();
        Self { sizes: entries.map(|entry| entry.size()).collect() }
    }

    /// Returns whether the next listing has the same messages under other ids.
    /// New mail may be before them or behind them.
    pub fn is_repeated(&self, listing: &Listing, is_known: impl Fn(&Uid) -> bool) -> bool {
        let entries = listing.entries();
        let sizes: Vec<Option<u64>> = entries.iter().map(|entry| entry.size()).collect();
        !entries.is_empty()
            && !entries.iter().any(|entry| is_known(&entry.uid))
            && (sizes.starts_with(&self.sizes) || sizes.ends_with(&self.sizes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Entry, MessageNumber};

    fn listing(sizes: &[u64]) -> Listing {
        let entry = |(n, size): (u32, &u64)| {
            let uid = Uid::new(format!("u{n}").as_bytes()).expect("valid");
            Entry::new(MessageNumber::new(n).expect("not 0"), uid, Some(*size))
        };
        Listing::new((1..).zip(sizes).map(entry).collect())
    }

    #[test]
    fn the_same_sizes_under_unknown_ids_are_the_same_messages() {
        let last = LastBatch::new(&listing(&[1, 2, 3, 4]));
        for (sizes, is_repeated) in [
            (&[1, 2, 3, 4][..], true),
            (&[1, 2, 3, 4, 5], true),
            (&[9, 1, 2, 3, 4], true),
            (&[1, 2, 3, 5], false),
            (&[], false),
        ] {
            let listing = listing(sizes);
            assert_eq!(last.is_repeated(&listing, |_| false), is_repeated, "{sizes:?}");
            assert!(!last.is_repeated(&listing, |uid| uid.as_bytes() == b"u1"));
        }
    }
}
