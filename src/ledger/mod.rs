//! What was seen, on disk: an append-only file of checksummed lines, and the
//! lock of an account.

mod error;

pub use error::Error;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{AccountId, Cancel, Hash, Listing, Uid};
use crate::disk::Disk;
use crate::plan::{Origin, Seen};

/// A message that became durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its unique id.
    pub uid: Uid,
    /// Listed size (or as counted), in octets.
    pub size: Option<u64>,
    /// SHA-256 of the stored form.
    pub hash: Hash,
    /// Seconds since 1970 when it was first seen.
    pub first_seen: u64,
    /// File name in the Maildir (without folder), or offset and length in the
    /// mbox.
    pub place: Delivered,
}

/// Where a recorded message went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// Name of the file in new/, later perhaps in cur/.
    File(String),
    /// Offset of the From_ line and length, in octets.
    Range {
        /// Offset.
        offset: u64,
        /// Length.
        length: u64,
    },
}

/// An append to an mbox that was announced and not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Inode of the mbox.
    pub ino: u64,
    /// Its length before.
    pub len: u64,
    /// What was to come; the places are as planned.
    pub messages: Vec<Stored>,
}

/// The account's lock, held as long as this lives. The file is created once
/// and never renamed or removed; the kernel frees the lock of a dead process.
#[derive(Debug)]
pub struct Lock {/* … */}

impl Lock {
    /// Creates the account's state folder if needed (state_dir and parents
    /// 0700, each synced) and takes its lock, waiting at most so long.
    pub fn take(
        state_dir: &Path,
        account: &AccountId,
        wait: Duration,
        cancel: &Cancel,
        disk: &Arc<dyn Disk>,
    ) -> Result<Self, Error> {
        todo!()
    }

    /// The account's state folder.
    pub fn dir(&self) -> &Path {
        todo!()
    }
}

/// The open ledger of an account.
#[derive(Debug)]
pub struct Ledger {/* … */}

impl Ledger {
    /// Loads it. A torn tail is cut off; damage before it is an error, never
    /// an empty ledger. A missing one is created.
    pub fn open(lock: Lock, disk: Arc<dyn Disk>) -> Result<Self, Error> {
        todo!()
    }

    /// Loads it to read only, without a lock (for `list`, `state show`).
    pub fn peek(state_dir: &Path, account: &AccountId, disk: &dyn Disk) -> Result<Seen, Error> {
        todo!()
    }

    /// What is known. Kept up to date by every call below.
    pub fn seen(&self) -> &Seen {
        todo!()
    }

    /// Whether the last session did not close cleanly, or the ledger is new:
    /// the store may hold what is not recorded.
    pub fn is_unclean(&self) -> bool {
        todo!()
    }

    /// An mbox append that was not settled.
    pub fn unsettled(&self) -> Option<&Intent> {
        todo!()
    }

    /// Notes durably that a session will publish messages. Once a session;
    /// later calls do nothing.
    pub fn begin(&mut self) -> Result<(), Error> {
        todo!()
    }

    /// Records messages that are durable in the store, durably.
    pub fn record(&mut self, messages: &[Stored]) -> Result<(), Error> {
        todo!()
    }

    /// Notes durably what is about to be appended to an mbox.
    pub fn intend(&mut self, intent: &Intent) -> Result<(), Error> {
        todo!()
    }

    /// The first `whole` messages of the intent are durable; the rest never
    /// happened. Durable.
    pub fn settle(&mut self, whole: usize) -> Result<(), Error> {
        todo!()
    }

    /// A complete listing was seen: uids that it lacks are noted as gone, gone
    /// ones that it has as back, and those missing for 90 days and 100
    /// sessions are forgotten. Not synced: losing it costs nothing.
    pub fn note_listing(&mut self, listing: &Listing, now: u64) -> Result<(), Error> {
        todo!()
    }

    /// The server said `+OK` to DELE for these. Not synced by itself.
    pub fn note_deleted(&mut self, uids: &[Uid]) -> Result<(), Error> {
        todo!()
    }

    /// Notes uids as seen without a stored copy.
    pub fn mark(
        &mut self,
        uids: &[(Uid, Option<u64>)],
        origin: Origin,
        now: u64,
    ) -> Result<(), Error> {
        todo!()
    }

    /// Forgets uids: they will be fetched again.
    pub fn forget(&mut self, uids: &[Uid]) -> Result<(), Error> {
        todo!()
    }

    /// Notes that the session closed cleanly. Compacts the file when most of
    /// its lines say nothing any more.
    pub fn close(self) -> Result<(), Error> {
        todo!()
    }
}

/// Copies every valid line of a damaged ledger into a new one; the damaged
/// file is kept beside it. Answers how many lines were kept and lost.
pub fn repair(lock: &Lock, disk: &dyn Disk) -> Result<Repaired, Error> {
    todo!()
}

/// What [`repair`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Lines kept.
    pub kept: u64,
    /// Lines that were no records.
    pub lost: u64,
}
