//! What a restore knows of the messages in its target.

use std::collections::{HashMap, HashSet};

use crate::base::{Hash, Uid};
use crate::plan::Seen;

/// How often each message is in the target, and was seen in the source.
#[derive(Default)]
pub(super) struct Copies {
    by_hash: HashMap<Hash, Count>,
    /// Unique ids and ordinals of what an earlier run may have handed on.
    doubtful: HashSet<(Vec<u8>, u32)>,
}

#[derive(Default)]
pub(super) struct Count {
    pub(super) held: u32,
    seen: u32,
    /// The next ordinal to give.
    pub(super) next: u32,
}

impl Copies {
    pub(super) fn of(&mut self, hash: Hash) -> &mut Count {
        self.by_hash.entry(hash).or_default()
    }

    /// Counts one more in the source. Returns whether the target lacks it.
    pub(super) fn lacks(&mut self, hash: Hash, keeps_copies: bool) -> bool {
        let count = self.of(hash);
        let before = count.seen;
        count.seen += 1;
        if keeps_copies { before >= count.held } else { before == 0 && count.held == 0 }
    }

    /// Takes over from the ledger of which messages nobody knows whether an
    /// earlier run handed them on.
    pub(super) fn note_doubts(&mut self, seen: &Seen) {
        for (uid, known) in seen.iter() {
            let ordinals = known.in_doubt().iter();
            self.doubtful.extend(ordinals.map(|ordinal| (uid.to_vec(), *ordinal)));
        }
    }

    /// Returns whether this is one of those.
    pub(super) fn is_doubtful(&self, uid: &Uid, ordinal: u32) -> bool {
        self.doubtful.contains(&(uid.as_bytes().to_vec(), ordinal))
    }
}
