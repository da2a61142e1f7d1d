//! What was seen, on disk: an append-only file of checksummed lines, and the
//! lock of an account.
//!
//! `STATE/ACCOUNT-ID/ledger` is only ever appended to, or replaced as a whole
//! by a synced copy. What is promised to be durable was synced when the call
//! returns; after a failed write or sync nothing more is written in this run,
//! and because the session then has no `close` record, the next one copies
//! what can be read into a new file before it relies on it: a failed fsync
//! leaves pages that look clean and are not on the disk.

mod codec;
mod error;
mod failing;
mod fields;
mod fitness;
mod format1;
mod guard;
mod hints;
// The folder and its noun have the same name.
#[allow(clippy::module_inception)]
mod ledger;
mod lock;
mod notes;
mod read;
mod record;
mod repair;
mod rewrite;
mod snapshot;
mod takeover;
mod targets;
mod words;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use failing::{forget_failures, note_failure};
pub use fitness::{examine_account, examine_state_dir};
pub use hints::{read_hints, write_hints};
pub use ledger::Ledger;
pub use lock::Lock;
pub use repair::{Repaired, repair};
pub use snapshot::Snapshot;

use crate::base::{Hash, Note, Receipt, Uid};

/// The ledger's name in the account's state folder.
const NAME: &str = "ledger";

/// A message that became durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its unique id.
    pub uid: Uid,
    /// Which of the uid's messages, from 0 on ([`crate::plan::CopyMatcher`]). What
    /// was known under this ordinal is replaced.
    pub ordinal: u32,
    /// Listed size (or as counted), in octets.
    pub size: Option<u64>,
    /// SHA-256 of the stored form.
    pub hash: Hash,
    /// Seconds since 1970 when it was first seen.
    pub first_seen: u64,
    /// By what its target finds it again.
    pub receipt: Receipt,
}

/// A batch that was announced by its target and not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    /// What the target has to know.
    pub note: Note,
    /// The record of each of its messages.
    pub messages: Vec<Stored>,
}
