//! Which messages are in a target under their keys.

use std::cmp::Reverse;
use std::sync::Arc;

use super::key::{self, Id};
use crate::base::{AccountId, Receipt, TargetName, Uid};

/// The messages in a target that have a key.
#[derive(Clone, Debug, Default)]
pub struct Published {
    target: Arc<TargetName>,
    account: Option<AccountId>,
    entries: Vec<Entry>,
}

/// A message that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub receipt: Receipt,
    /// Seconds since 1970 at the start of the run that published it.
    pub seconds: u64,
}

/// A name that has an id. Of those with the same one, the youngest comes
/// first, and one that a reader has seen before one that is new.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) seconds: Reverse<u64>,
    pub(super) new: bool,
    /// The word of its receipt.
    pub(super) word: Box<str>,
}

impl Published {
    pub(super) fn new(
        target: &Arc<TargetName>,
        account: &AccountId,
        mut entries: Vec<Entry>,
    ) -> Self {
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        Self { target: Arc::clone(target), account: Some(account.clone()), entries }
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The message of a uid and an ordinal, wherever a reader moved it within
    /// the target. Of several the youngest.
    pub fn find(&self, uid: &Uid, ordinal: u32) -> Option<Standing> {
        let id = key::id(self.account.as_ref()?, uid, ordinal);
        self.of(id)
            .next()
            .map(|entry| Standing { receipt: self.receipt(entry), seconds: entry.seconds.0 })
    }

    /// The entries with an id.
    pub(super) fn of(&self, id: Id) -> impl Iterator<Item = &Entry> {
        let at = self.entries.partition_point(|entry| entry.id < id);
        self.entries[at..].iter().take_while(move |entry| entry.id == id)
    }

    pub(super) fn receipt(&self, entry: &Entry) -> Receipt {
        Receipt { target: Arc::clone(&self.target), words: vec![entry.word.to_string()] }
    }
}
