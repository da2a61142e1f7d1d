//! What one run has done in its sessions so far.

use std::collections::{BTreeMap, HashMap};

use super::{Action, Item};
use crate::base::Uid;

/// What a run need not do again in a later session: servers list what they
/// were asked to delete, or refused to hand out, as they did before.
#[derive(Clone, Debug, Default)]
pub struct Done {
    deeds: BTreeMap<Uid, Deed>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Deed {
    /// Messages that are still to be retrieved; `None` if that never was to
    /// be.
    due: Option<u32>,
    deletion: Deletion,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Deletion {
    #[default]
    Unasked,
    /// DELE was answered by `-ERR`.
    Refused,
    /// DELE, and then QUIT, was answered by `+OK`.
    Confirmed,
}

impl Done {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            deeds: BTreeMap::new(),
        }
    }

    /// A session is going to work on these.
    pub fn plan(&mut self, items: &[Item]) {
        let mut fresh: HashMap<&Uid, u32> = HashMap::new();
        for item in items.iter().filter(|item| item.action.retrieves()) {
            let is_due = |deed: &Deed| deed.due.is_some();
            if !self.deeds.get(&item.uid).is_some_and(is_due) {
                *fresh.entry(&item.uid).or_default() += 1;
            }
        }
        for (uid, count) in fresh {
            self.deed(uid).due = Some(count);
        }
    }

    /// A message needs no second look: it is stored, it was held already, or
    /// the server refused it.
    pub fn had(&mut self, uid: &Uid) {
        let deed = self.deed(uid);
        deed.due = Some(deed.due.unwrap_or(0).saturating_sub(1));
    }

    /// The server refused to delete a message of this uid.
    pub fn undeletable(&mut self, uid: &Uid) {
        self.deed(uid).deletion = Deletion::Refused;
    }

    /// The server says that it deleted a message of this uid.
    pub fn deleted(&mut self, uid: &Uid) {
        self.deed(uid).deletion = Deletion::Confirmed;
    }

    /// Whether nothing is left to do about a uid.
    pub fn is_through(&self, uid: &Uid) -> bool {
        let deed = self.deeds.get(uid);
        deed.is_some_and(|deed| deed.due.unwrap_or(0) == 0)
    }

    /// Whether this run has met a uid.
    pub fn knows(&self, uid: &Uid) -> bool {
        self.deeds.contains_key(uid)
    }

    /// Leaves out what was done. Answers how many messages are still there
    /// although the server confirmed their deletion. The items are in the
    /// order in which to work.
    pub(super) fn restrict(&self, items: &mut [Item]) -> u64 {
        if self.deeds.is_empty() {
            return 0;
        }
        let mut listed: HashMap<Uid, u32> = HashMap::new();
        for item in items.iter().filter(|item| item.action.retrieves()) {
            if self.deeds.contains_key(&item.uid) {
                *listed.entry(item.uid.clone()).or_default() += 1;
            }
        }
        let mut still_there = 0;
        for item in items {
            let Some(deed) = self.deeds.get(&item.uid) else {
                continue;
            };
            // Of several the first ones were had, those that vanished counted.
            if item.action.retrieves()
                && let (Some(due), Some(listed)) = (deed.due, listed.get_mut(&item.uid))
                && *listed > due
            {
                *listed -= 1;
                item.keep("done in this run");
            } else if item.action == Action::Delete && deed.deletion != Deletion::Unasked {
                still_there += u64::from(deed.deletion == Deletion::Confirmed);
                item.keep("its deletion was tried in this run");
            }
        }
        still_there
    }

    fn deed(&mut self, uid: &Uid) -> &mut Deed {
        self.deeds.entry(uid.clone()).or_default()
    }
}
