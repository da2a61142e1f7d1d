//! Where mail goes: a Maildir or an mbox. Knows how to make a message durable
//! and visible whole; does not know why it is fetched or what was seen.
//!
//! A batch of messages goes through three steps, and `run` does between them
//! what the ledger has to know:
//!
//! ```text
//!             Maildir                          mbox
//! draft       write into tmp/                  quote into a spool
//! begin       sync the drafts                  lock, mend the tail
//!                                              (run: ledger notes the intent)
//! publish     rename into new/, sync new/      append, sync
//!             (run: ledger records)            (run: ledger records)
//! drop                                         unlock
//! ```

mod error;

pub use error::Error;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{AccountId, Hash, Place, Uid};
use crate::disk::Disk;

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Maildir folder.
    Maildir(PathBuf),
    /// An mbox file.
    Mbox(PathBuf),
}

/// The identity of one copy of a message; its file name follows from it, so
/// that what was published but not recorded is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The unique id.
    pub uid: Uid,
    /// 0 for the first message of this uid, then 1, 2, …
    pub ordinal: u32,
    /// Seconds since 1970 for the name. Not part of the identity.
    pub seconds: u64,
}

/// A message that is received whole, but neither durable nor visible.
#[derive(Debug)]
pub struct Sealed {/* … */}

impl Sealed {
    /// Which message it is.
    pub fn key(&self) -> &Key {
        todo!()
    }
    /// SHA-256 of the message as received (LF form, before any quoting).
    pub fn hash(&self) -> Hash {
        todo!()
    }
    /// Octets of that form.
    pub fn len(&self) -> u64 {
        todo!()
    }
    /// Its header as far as it was captured (64 KiB at most), for display.
    pub fn header(&self) -> &[u8] {
        todo!()
    }
    /// Throws it away: its file in tmp/ or its spool is removed. (Dropping a
    /// `Draft` or a `Sealed` does the same.)
    pub fn discard(self) {
        todo!()
    }
}

/// A message being received.
#[derive(Debug)]
pub struct Draft {/* … */}

impl Draft {
    /// Takes a piece (dots off, LF line ends).
    pub fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        todo!()
    }
    /// The message is complete.
    pub fn seal(self) -> Result<Sealed, Error> {
        todo!()
    }
}

/// An open store. Shared by the receiving thread and the committer.
#[derive(Debug)]
pub enum Store {/* Maildir(Maildir), Mbox(Mbox) */}

impl Store {
    /// Opens, creating a missing Maildir (0700) or mbox (0600), and proves
    /// that it can be written to. Parents must be there.
    /// Spools of large messages for an mbox go into `scratch` (the account's
    /// state folder). Files that an earlier run of this account left in tmp/
    /// or `scratch` are removed: the caller holds the account's lock.
    pub fn open(
        target: &Target,
        account: &AccountId,
        scratch: &Path,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, Error> {
        todo!()
    }

    /// Starts to receive a message.
    pub fn draft(&self, key: Key) -> Result<Draft, Error> {
        todo!()
    }

    /// First step of a batch. On an error nothing of the batch is visible and
    /// its drafts are gone.
    pub fn begin(&self, batch: Vec<Sealed>) -> Result<Publishing<'_>, Error> {
        todo!()
    }

    /// Maildir: which of our keys are in new/ and cur/. Empty for an mbox.
    pub fn published(&self) -> Result<Published, Error> {
        todo!()
    }

    /// Reads a stored message again and hashes it.
    pub fn reread(&self, place: &Place) -> Result<Reread, Error> {
        todo!()
    }

    /// mbox: looks at the tail that an interrupted run may have left behind.
    /// Answers how many of the intent's messages stand there whole, in order;
    /// a torn last one is cut off if it is provably ours.
    pub fn recover(&self, intent: &Intent) -> Result<Recovered, Error> {
        todo!()
    }
}

/// Our keys that stand in new/ and cur/.
#[derive(Clone, Debug, Default)]
pub struct Published {/* by key */}

impl Published {
    /// Where a message with this key is, wherever a reader moved it within
    /// the Maildir and whatever flags it added.
    pub fn find(&self, key: &Key) -> Option<Place> {
        todo!()
    }
}

/// What a stored message is, read again from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reread {
    /// SHA-256 of the LF form, mbox quoting taken off.
    pub hash: Hash,
    /// Octets as a server counts them: each LF as two.
    pub octets: u64,
}

/// A batch between its steps. For an mbox it holds the locks.
#[derive(Debug)]
pub struct Publishing<'s> {
    store: &'s Store, /* … */
}

impl Publishing<'_> {
    /// What the ledger has to know before [`Publishing::publish`]; `None` for
    /// a Maildir.
    pub fn intent(&self) -> Option<Intent> {
        todo!()
    }
    /// Second step: afterwards every message is durable and visible. Answers
    /// where each is, in the batch's order. On an error: for an mbox the file
    /// is cut back under the lock; for a Maildir what is already visible
    /// stays and is found by its key next time.
    pub fn publish(&mut self) -> Result<Vec<Place>, Error> {
        todo!()
    }
}

/// What is about to be appended to an mbox, so that a crash can be cleaned up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Inode of the mbox.
    pub ino: u64,
    /// Its length before.
    pub len: u64,
    /// The messages to come.
    pub messages: Vec<Coming>,
}

/// One message of an [`Intent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Octets it takes in the mbox, From_ line and blank line included.
    pub length: u64,
    /// SHA-256 of the message unquoted.
    pub hash: Hash,
}

/// What [`Store::recover`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Where the whole ones are; as many as stand there, the first ones.
    pub whole: Vec<Place>,
    /// A tail that may be somebody else's was left alone.
    pub left_alone: bool,
}
