//! What every target can do with a batch of messages.

use std::fmt::Debug;

use super::{Draft, Error, Key, Published, Reread, Sealed};
use crate::base::{Event, Note, Receipt, Warning};

/// An open target. Shared by the receiving thread and the committer.
pub trait Delivery: Debug + Send + Sync {
    /// Makes sure that it can be reached, once there is something for it.
    /// [`Error::Unready`] if it cannot.
    fn greet(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Returns whether nothing more can be had by it in this run, whatever it
    /// is.
    fn takes_no_more(&self) -> bool {
        false
    }

    /// Starts to receive a message.
    fn draft(&self, key: Key) -> Result<Draft, Error>;

    /// First step of a batch: its contents become durable, or what the target
    /// needs is locked; nothing is visible. On an error, and when what it
    /// returns is dropped, the drafts are gone.
    fn prepare(&self, batch: Vec<Sealed>) -> Result<Box<dyn Prepared + '_>, Error>;

    /// Which messages are there under keys made of account, unique id and
    /// ordinal, all of them durable. None but in a Maildir: an archive finds a
    /// message by its hash, once it was retrieved again.
    fn published(&self) -> Result<Published, Error> {
        Ok(Published::default())
    }

    /// Reads a message again that [`Published::find`] found, and hashes it.
    /// [`Error::Missing`] if it is not there any more.
    fn reread(&self, receipt: &Receipt) -> Result<Reread, Error> {
        let path = receipt.target.address.clone().into();
        Err(Error::Missing { path })
    }

    /// What came up since the last call that is worth telling, each once.
    fn warnings(&self) -> Vec<Warning> {
        Vec::new()
    }
}

/// A batch between its two steps. It may hold locks.
pub trait Prepared: Debug + Send {
    /// What the ledger has to know durably before [`Prepared::publish`];
    /// `None` unless the target is [`super::Guarantee::Announced`].
    fn note(&self) -> Option<Note> {
        None
    }

    /// Second step: afterwards every message that is [`Fate::Stored`] is
    /// durable and visible. Tells what became of each, in the batch's order; a
    /// second call publishes nothing.
    ///
    /// On an error, an announced batch is taken back as far as the disk
    /// allows, and its note must stay unsettled until [`super::recover`] has
    /// looked; under a key, what is visible stays and is found next time.
    ///
    /// A target that only acknowledges tells the journal of each hand-over
    /// before and after it; the others leave it alone.
    fn publish(&mut self, journal: &mut dyn Journal) -> Result<Vec<Fate>, Error>;
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is stored.
    Stored(Receipt),
    /// Not now; why, safe to print.
    Deferred(String),
    /// Not this one; why, safe to print.
    Refused(String),
    /// Nobody knows whether it was taken; why, safe to print.
    InDoubt(String),
    /// It was not even tried: nothing more was to be had
    /// ([`Delivery::takes_no_more`]).
    Left,
}

/// Takes down what is handed on while it happens, for targets that only
/// acknowledge. Messages are named by their place in the batch. After a
/// failure nothing more may be handed on.
pub trait Journal {
    /// A message is about to be handed on; on a durable record if the caller
    /// needs one.
    fn handing(&mut self, at: usize, durably: bool) -> Result<(), JournalFailed>;

    /// What became of it. Not synced one by one.
    fn handed(&mut self, at: usize, fate: &Fate) -> Result<(), JournalFailed>;

    /// Something was said about it that people may want to know.
    fn tell(&mut self, event: &Event);
}

/// The journal cannot be written; the one who keeps it knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record of what is handed on cannot be written")]
pub struct JournalFailed;

/// What [`super::recover`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many of the announced messages are there whole, the first ones,
    /// durably.
    pub whole: usize,
    /// A tail that may be somebody else's was left alone.
    pub left_alone: bool,
}
