//! Where mail goes: a Maildir, an mbox, an archive, a command, an LMTP server, and
//! whatever else has a row in [`SCHEMES`]. Knows how to make a message durable and visible whole; does
//! not know why it is fetched or what was seen.
//!
//! A batch of messages goes through three steps, and `run` does between them
//! what the ledger has to know:
//!
//! ```text
//!             Maildir                          mbox
//! draft       write into tmp/                  quote into a spool
//! prepare     sync the drafts                  lock, mend the tail
//!                                              (run: ledger takes the note)
//! publish     rename into new/, sync new/      append, sync
//!             (run: ledger records)            (run: ledger records)
//! drop                                         unlock
//! ```
//!
//! A command and an LMTP server keep nothing that could be found again. There a
//! draft is the whole message in memory or in a file without a name, to prepare
//! is nothing, and to publish is to hand on one after the other, each between
//! two lines in the ledger ([`Journal`]).
//!
//! To add a target: a folder or file here with its [`Delivery`], a row in
//! [`SCHEMES`], and its options in `cli`.

mod agent;
mod archive;
mod by_hash;
mod delivery;
mod draft;
mod error;
pub mod export;
mod fitness;
mod folders;
mod from_line;
mod handover;
mod kept;
mod key;
mod lmtp;
mod maildir;
mod mbox;
mod mda;
mod origin;
mod parcel;
mod published;
mod registry;
mod reread;
pub mod source;
mod spool;
mod target;
#[cfg(test)]
mod testing;
mod tmp;
mod ustar;
mod warnings;

pub use archive::{Archive, Finding, Reading};
pub use delivery::{Delivery, Fate, Journal, JournalFailed, Prepared, Recovered};
pub use draft::{Draft, Sealed};
pub use error::Error;
pub use handover::{Handover, InDoubt, Sender};
pub use kept::Kept;
pub use key::{Id, Key, key_text};
pub use published::{Published, Standing};
pub use registry::{
    SCHEMES, elsewhere, file_of, locate, recorded, recover, scheme, scheme_of_file,
};
pub use reread::{Reread, Sink};
pub use target::{Address, Guarantee, Scheme, Target};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{AccountId, Cancel};
use crate::disk::Disk;

/// Whose target it is, and what it works with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The account, whose lock the caller holds.
    pub account: AccountId,
    /// Its state folder: spools of large messages go there.
    pub scratch: PathBuf,
    /// Mail was stored there before, and nobody asked to begin anew: a Maildir
    /// that is missing is not made.
    pub had_mail: bool,
    /// While others have the target locked, every call waits at most this long.
    pub lock_wait: Duration,
    /// Ends such a wait.
    pub cancel: Cancel,
    /// When the run has to end.
    pub deadline: Instant,
    /// How messages are handed on, where that is what becomes of them.
    pub handover: Handover,
    /// The file system.
    pub disk: Arc<dyn Disk>,
}
