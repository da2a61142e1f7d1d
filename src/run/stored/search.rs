//! Looks for messages in a target until each is found or surely not there.

use crate::base::{Cancel, Hash, Receipt, Uid};
use crate::ledger::Stored;
use crate::store::{Archive, Finding, Kept};

use crate::run::Error;

/// A message that may be in a target.
pub(in crate::run) trait Sought: Clone {
    /// Where it was put.
    fn receipt(&self) -> &Receipt;
    /// SHA-256 of its stored form.
    fn hash(&self) -> Hash;
}

impl Sought for Stored {
    fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    fn hash(&self) -> Hash {
        self.hash
    }
}

/// A search through a target that others may change meanwhile. What is not
/// intact at the first look comes last: it is searched once all else was looked
/// at, and looked at once more when all else was searched.
pub(in crate::run) struct Search<'s, T> {
    archive: Box<dyn Archive>,
    cancel: &'s Cancel,
    /// The message that was read last.
    kept: Kept,
    doubtful: Vec<T>,
}

impl<'s, T: Sought> Search<'s, T> {
    pub(in crate::run) fn new(archive: Box<dyn Archive>, cancel: &'s Cancel, kept: Kept) -> Self {
        Self { archive, cancel, kept, doubtful: Vec::new() }
    }

    /// Returns where the target has a message by its key.
    pub(in crate::run) fn under_key(&self, uid: &Uid, ordinal: u32) -> Option<Receipt> {
        self.archive.under_key(uid, ordinal)
    }

    /// Looks at one, and hands it out if it is intact.
    pub(in crate::run) fn look(
        &mut self,
        sought: &T,
        each: &mut dyn FnMut(&T, Finding, &Kept),
    ) -> Result<(), Error> {
        self.cancel.check()?;
        let (receipt, hash) = (sought.receipt(), sought.hash());
        match self.archive.look(receipt, hash, &mut self.kept)? {
            found @ Finding::Intact(_) => each(sought, found, &self.kept),
            _ => self.doubtful.push(sought.clone()),
        }
        Ok(())
    }

    /// Hands out the rest. Returns whether what was not found may have been on
    /// the move.
    pub(in crate::run) fn finish(
        mut self,
        each: &mut dyn FnMut(&T, Finding, &Kept),
    ) -> Result<bool, Error> {
        let mut lost = Vec::new();
        for sought in std::mem::take(&mut self.doubtful) {
            self.cancel.check()?;
            let (receipt, hash) = (sought.receipt(), sought.hash());
            match self.archive.search(receipt, hash, &mut self.kept)? {
                found @ Finding::Intact(_) => each(&sought, found, &self.kept),
                _ => lost.push(sought),
            }
        }
        for sought in &lost {
            self.cancel.check()?;
            let (receipt, hash) = (sought.receipt(), sought.hash());
            let found = self.archive.look(receipt, hash, &mut self.kept)?;
            each(sought, found, &self.kept);
        }
        Ok(!lost.is_empty() && self.archive.has_changed())
    }
}
