//! A target, to be read as it is: nothing is created, locked, tried out or
//! cleaned up.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use super::{Error, Kept, Reread, Sink, Target};
use crate::base::{AccountId, Cancel, Hash, Receipt, Uid};
use crate::disk::{Disk, Kind};

/// What an archive is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'r> {
    /// Whose mail.
    pub account: &'r AccountId,
    /// Ends a long search.
    pub cancel: &'r Cancel,
    /// The file system.
    pub disk: &'r Arc<dyn Disk>,
}

impl Reading<'_> {
    /// Fails unless what makes a target of this kind is there.
    pub(super) fn check_there(
        &self,
        target: &Target,
        part: &Path,
        kind: Kind,
    ) -> Result<(), Error> {
        match self.disk.stat(part) {
            Ok(facts) if facts.kind == kind => Ok(()),
            _ => Err(Error::NoStore { kind: target.scheme().noun, path: target.path().into() }),
        }
    }
}

/// What is found of a stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is here, unaltered.
    Intact(Receipt),
    /// Something else is in its place.
    Altered(Receipt),
    /// It is not here.
    Missing,
}

/// A target that is only read. Others may change it meanwhile, and in an mbox
/// one message may be where another one was. So whatever
/// [`Archive::look`] does not find intact deserves a [`Archive::search`] once
/// all else was looked at, and if that does not find it either, a last look
/// once all else was searched. What is found intact is kept, as far as there is
/// room.
pub trait Archive: Debug {
    /// Looks where the receipt, of a target of this kind, says that a message
    /// is.
    fn look(&mut self, receipt: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error>;

    /// Looks again, and at all that [`Archive::look`] did not find.
    fn search(&mut self, receipt: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error>;

    /// Reads a message again that was found, and hands out its pieces: LF line
    /// ends, quoting taken off. What it is shows whether it is still the same.
    fn read(&self, receipt: &Receipt, sink: Sink<'_>) -> Result<Reread, Error>;

    /// Returns where a message is by its key, if its key is all that is known.
    fn under_key(&self, _uid: &Uid, _ordinal: u32) -> Option<Receipt> {
        None
    }

    /// Returns whether another program wrote since this was opened, where what
    /// was not found may have been on the move.
    fn has_changed(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
