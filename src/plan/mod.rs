//! Pure decisions: from a listing, what is known and what the user wants to
//! what is done with each message, and why.
//!
//! A message is new if its uid is unknown, or if the listing has more of its
//! uid than are known to be on the server. The second case covers servers
//! that make uids from header lines (different messages share one), and uids
//! that come back after a complete listing lacked them, for then nothing of
//! them counts any more. What is new under a known uid is compared by content
//! before it is stored.

mod copy_matcher;
mod decide;
mod groups;
mod known;
mod known_copy;
mod memory;
mod seen;
mod sift;
mod sizes;
mod uids;

pub use copy_matcher::CopyMatcher;
pub use decide::{decide, needs_sizes, refusal, still_there_warning, takes_sizes_ahead};
pub use known::{Gone, Known, Refusal};
pub use known_copy::{KnownCopy, Origin, Proof, RuleId};
pub use memory::{LastBatch, Memory};
pub use seen::{Change, Seen};
pub use sift::{Left, Sieve};
pub use sizes::{LineEnd, OddSize, SizeCheck};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::base::{Deletion, MessageNumber, Uid, Warning};

/// What becomes of stored messages on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposal {
    /// They stay.
    #[default]
    Keep,
    /// They are deleted.
    Delete,
    /// They are deleted once they were first seen this long ago.
    DeleteAfter(Duration),
}

/// What one run takes at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Messages retrieved.
    pub messages: Option<u64>,
    /// Listed size in octets of a message; larger ones are left out. An
    /// unknown size is not larger.
    pub size: Option<u64>,
    /// Octets retrieved, by listed size; an unknown size counts as none. The
    /// first message is taken whatever its size, or it would never come.
    pub bytes: Option<u64>,
}

impl Limits {
    /// Returns whether a message of this listed size is left out.
    fn is_beyond(&self, size: Option<u64>) -> bool {
        matches!((size, self.size), (Some(size), Some(most)) if size > most)
    }
}

/// What the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What becomes of stored messages.
    pub disposal: Disposal,
    /// What one run takes at most.
    pub limits: Limits,
    /// Also retrieve what is known and no longer in the target.
    pub all: bool,
    /// Also delete what another program is said to have fetched.
    pub delete_imported: bool,
    /// Retrieve the highest number first.
    pub newest_first: bool,
    /// Go on although the ids seem to have been reset.
    pub accept_uid_reset: bool,
    /// Leave to the user what may have been handed on already.
    pub hold_doubtful: bool,
    /// Try again at once what the target refused.
    pub retry_refused: bool,
    /// Leave out of the plan what stays as it is. Of a million messages that
    /// are known, nothing is left then.
    pub only_work: bool,
}

/// What is done with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Retrieve and store.
    Fetch,
    /// Retrieve, and store if the ledger does not hold its SHA-256 yet
    /// ([`Seen::matcher`]).
    Compare,
    /// Delete without fetching: it is stored and nothing differs.
    Delete,
    /// It is known and stays.
    Keep,
    /// It would be retrieved, but a limit says no.
    Skip,
    /// It would be retrieved, but may have been handed on already.
    Hold,
}

impl Action {
    /// Returns whether the message is not stored yet.
    pub fn is_new(self) -> bool {
        self.retrieves() || matches!(self, Action::Skip | Action::Hold)
    }

    /// Returns whether it is retrieved.
    pub fn retrieves(self) -> bool {
        matches!(self, Action::Fetch | Action::Compare)
    }

    /// As [`crate::base::Event::Planned`] has it.
    pub fn name(self) -> &'static str {
        match self {
            Action::Fetch | Action::Compare => "fetch",
            Action::Delete => "delete",
            Action::Keep => "keep",
            Action::Skip | Action::Hold => "skip",
        }
    }
}

/// One message and its fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// Listed size.
    pub size: Option<u64>,
    /// What is done.
    pub action: Action,
    /// Delete it once it is stored (for Fetch and Compare).
    pub then_delete: bool,
    /// The server confirmed its deletion, and no listing has lacked it since.
    pub still_there: bool,
    /// It was asked for before and did not come: the server may break the
    /// session off at it each time, so it comes last, and alone.
    pub risky: bool,
    /// Why, in a few words.
    pub reason: &'static str,
}

impl Item {
    /// Returns whether it is deleted on the server, at once or when it is
    /// stored.
    pub fn deletes(&self) -> bool {
        self.action == Action::Delete || self.action.retrieves() && self.then_delete
    }

    /// Its deletion.
    pub fn deletion(&self) -> Deletion {
        Deletion { number: self.number, uid: self.uid.clone() }
    }

    /// It stays, after all.
    pub fn keep(&mut self, reason: &'static str) {
        self.action = Action::Keep;
        self.then_delete = false;
        self.reason = reason;
    }
}

/// The moment of a decision.
#[derive(Clone, Copy)]
pub struct Moment<'m> {
    /// Seconds since 1970.
    pub now: u64,
    /// What this run has done already.
    pub memory: &'m Memory,
    /// Whether the copy of a uid and an ordinal is in the target, unaltered;
    /// asked with [`Policy::all`] only.
    pub intact: &'m dyn Fn(&Uid, u32) -> bool,
    /// Whether a rule by which messages were left on the server still holds.
    pub holds: &'m dyn Fn(RuleId) -> bool,
}

impl Moment<'static> {
    /// At the start of a run; nothing is known of the target, and every rule
    /// still holds.
    pub fn at(now: u64) -> Self {
        static NOTHING: std::sync::LazyLock<Memory> = std::sync::LazyLock::new(Memory::default);
        Self { now, memory: &NOTHING, intact: &|_, _| false, holds: &|_| true }
    }
}

/// The whole plan, in the order in which to work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One item a listed message, or only those with something to do
    /// ([`Policy::only_work`]).
    pub items: Vec<Item>,
    /// Worth telling; one of a kind.
    pub warnings: Vec<Warning>,
    /// Messages that would be deleted if they had been stored.
    pub never_stored: u64,
}

impl Plan {
    /// Takes out what has to wait for a session of its own: what the server
    /// may break off at, if anything is deleted, because without QUIT nothing
    /// is. Returns whether there was any.
    pub fn postpone_risky(&mut self) -> bool {
        let is_risky = |item: &Item| item.risky && item.action.retrieves();
        let postponed = self.items.iter().any(is_risky)
            && (self.items.iter()).any(|item| !is_risky(item) && item.deletes());
        if postponed {
            self.items.retain(|item| !is_risky(item));
        }
        postponed
    }
}

/// The ids were reset: nothing may be fetched, and the listing not be noted
/// ([`Seen::changes`]), unless the user insists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UidReset {
    /// Ids that were left on the server and are all gone.
    pub gone: u64,
    /// Messages listed, all of them new.
    pub listed: u64,
}
