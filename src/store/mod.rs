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

mod archive;
mod draft;
mod error;
mod fitness;
mod maildir;
mod mbox;
mod origin;
mod reread;
#[cfg(test)]
mod testing;
mod warnings;

pub use archive::{Archive, Look};
pub use draft::{Draft, Sealed};
pub use error::Error;
pub use maildir::{Published, Standing};
pub use reread::Reread;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::draft::Body;
use self::maildir::Maildir;
use self::mbox::Mbox;
use crate::base::{AccountId, Cancel, Hash, Place, Uid, Warning};
use crate::disk::Disk;

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Maildir folder.
    Maildir(PathBuf),
    /// An mbox file.
    Mbox(PathBuf),
}

impl Target {
    /// The option and config key that names it.
    pub fn key(&self) -> &'static str {
        match self {
            Target::Maildir(_) => "maildir",
            Target::Mbox(_) => "mbox",
        }
    }

    /// Where it is, as the user has it.
    pub fn path(&self) -> &Path {
        match self {
            Target::Maildir(path) | Target::Mbox(path) => path,
        }
    }

    /// The same without a final slash, which would follow a link.
    fn place(&self) -> PathBuf {
        self.path().components().collect()
    }
}

/// The identity of one copy of a message; its file name follows from it, so
/// that what was published but not recorded is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The unique id.
    pub uid: Uid,
    /// 0 for the first message of this uid, then 1, 2, …
    pub ordinal: u32,
    /// Seconds since 1970 for the name and the From_ line. Not part of the
    /// identity.
    pub seconds: u64,
}

/// Whose store it is, and what it works with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The account, whose lock the caller holds.
    pub account: AccountId,
    /// Its state folder: spools of large messages for an mbox go there.
    pub scratch: PathBuf,
    /// While others have the mbox locked, every call waits up to so long.
    pub lock_wait: Duration,
    /// Ends such a wait.
    pub cancel: Cancel,
    /// The file system.
    pub disk: Arc<dyn Disk>,
}

/// An open store. Shared by the receiving thread and the committer.
#[derive(Debug)]
pub struct Store {
    kind: StoreKind,
}

#[derive(Debug)]
enum StoreKind {
    Maildir(Maildir),
    Mbox(Mbox),
}

impl Store {
    /// Opens, creating a missing Maildir (0700) or mbox (0600), and proves
    /// that it can be written to. Parents must be there, paths absolute.
    /// Files that an earlier run of this account left in tmp/ or in the state
    /// folder are removed: there is one lock of the account for each folder.
    pub fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        let path = target.place();
        let kind = match target {
            Target::Maildir(_) => StoreKind::Maildir(Maildir::open(path, setting)?),
            Target::Mbox(_) => StoreKind::Mbox(Mbox::open(path, setting)?),
        };
        Ok(Self { kind })
    }

    /// Starts to receive a message.
    pub fn draft(&self, key: Key) -> Result<Draft, Error> {
        let body = match &self.kind {
            StoreKind::Maildir(maildir) => Body::File(maildir.draft(&key)?),
            StoreKind::Mbox(mbox) => Body::Spool(mbox.draft()),
        };
        Ok(Draft::new(key, body))
    }

    /// First step of a batch. On an error nothing of the batch is visible and
    /// its drafts are gone.
    pub fn begin(&self, mut batch: Vec<Sealed>) -> Result<Publishing<'_>, Error> {
        let step = match &self.kind {
            StoreKind::Maildir(maildir) => {
                maildir.sync(&mut batch)?;
                Step::Maildir(maildir, batch)
            }
            StoreKind::Mbox(mbox) => Step::Mbox(Box::new(mbox.begin(batch)?)),
        };
        Ok(Publishing { step })
    }

    /// Maildir: which of our keys are in new/ and cur/, all of them durable.
    /// Empty for an mbox.
    pub fn published(&self) -> Result<Published, Error> {
        match &self.kind {
            StoreKind::Maildir(maildir) => maildir.published(),
            StoreKind::Mbox(_) => Ok(Published::default()),
        }
    }

    /// Maildir: reads a stored message again and hashes it. [`Error::Missing`]
    /// if no message is at this place. A file that a reader moved or flagged
    /// has another place: see [`Published::find`].
    pub fn reread(&self, place: &Place) -> Result<Reread, Error> {
        match (&self.kind, place) {
            (StoreKind::Maildir(maildir), Place::Maildir(path)) => maildir.reread(path),
            (_, Place::Maildir(path) | Place::Mbox { path, .. }) => {
                Err(Error::Missing { path: path.clone() })
            }
        }
    }

    /// What came up since the last call that is worth telling: folders that
    /// cannot be synced, a dotlock that cannot be made. Each once.
    pub fn warnings(&self) -> Vec<Warning> {
        match &self.kind {
            StoreKind::Maildir(maildir) => maildir.warnings.take(),
            StoreKind::Mbox(mbox) => mbox.warnings.take(),
        }
    }
}

/// A batch between its steps. For an mbox it holds the locks.
#[derive(Debug)]
pub struct Publishing<'s> {
    step: Step<'s>,
}

#[derive(Debug)]
enum Step<'s> {
    Maildir(&'s Maildir, Vec<Sealed>),
    Mbox(Box<mbox::Append<'s>>),
}

impl Publishing<'_> {
    /// What the ledger has to know before [`Publishing::publish`]; `None` for
    /// a Maildir.
    pub fn intent(&self) -> Option<Intent> {
        match &self.step {
            Step::Maildir(..) => None,
            Step::Mbox(append) => Some(append.intent()),
        }
    }

    /// Second step: afterwards every message is durable and visible. Answers
    /// where each is, in the batch's order; a second call publishes nothing.
    /// On an error: for an mbox the file is cut back under the lock, as far as
    /// the disk allows, and the intent must stay unsettled until
    /// [`Intent::recover`] has looked; for a Maildir what is already visible
    /// stays and is found by its key next time.
    pub fn publish(&mut self) -> Result<Vec<Place>, Error> {
        match &mut self.step {
            Step::Maildir(maildir, batch) => maildir.publish(std::mem::take(batch)),
            Step::Mbox(append) => append.publish(),
        }
    }
}

/// What is about to be appended to an mbox, so that a crash can be cleaned up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The mbox, absolute.
    pub path: PathBuf,
    /// Its inode.
    pub ino: u64,
    /// Its length before.
    pub len: u64,
    /// The messages to come, one behind the other. The first one may start a
    /// few octets behind `len`: line ends that mend a foreign tail.
    pub messages: Vec<Coming>,
}

impl Intent {
    /// Looks at the tail that an interrupted run may have left in the mbox,
    /// wherever mail goes now. Answers how many of the messages stand there
    /// whole, in order, and durable; a torn last one is cut off if it is
    /// provably ours. Creates nothing: of an mbox that is gone nothing is
    /// whole.
    pub fn recover(&self, setting: &Setting) -> Result<Recovered, Error> {
        mbox::recover(self, setting).map_err(Error::at_open)
    }

    /// Whether it is about the mbox of this target.
    pub fn is_for(&self, target: &Target) -> bool {
        matches!(target, Target::Mbox(_)) && target.place() == self.path
    }
}

/// One message of an [`Intent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Where its From_ line will start, in octets.
    pub offset: u64,
    /// Octets it takes in the mbox, From_ line and blank line included.
    pub length: u64,
    /// SHA-256 of the message unquoted.
    pub hash: Hash,
    /// Its From_ line without the LF, printable ASCII. It proves that a torn
    /// message is ours; where it is not known (empty), a torn tail is left
    /// alone.
    pub from_line: String,
}

/// What [`Intent::recover`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Where the whole ones are; as many as stand there, the first ones.
    pub whole: Vec<Place>,
    /// A tail that may be somebody else's was left alone.
    pub left_alone: bool,
}
