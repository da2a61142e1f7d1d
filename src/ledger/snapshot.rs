//! A ledger that is only read.

use std::path::Path;

use super::read::{Damage, LedgerFile, Loaded, read_existing};
use super::takeover::{Source, find};
use super::{Error, Stored};
use crate::base::{AccountId, TargetName};
use crate::disk::Disk;
use crate::plan::Seen;

/// What a ledger says at one moment, read without a lock (for `list`,
/// `state show`).
#[derive(Debug, Default)]
pub struct Snapshot {
    loaded: Loaded,
    file: Option<LedgerFile>,
}

impl Snapshot {
    /// Reads it. A missing one says nothing.
    pub fn read(state_dir: &Path, account: &AccountId, disk: &dyn Disk) -> Result<Self, Error> {
        let Source { path, account } = find(state_dir, account, disk)?;
        let read = || read_existing(&path, account.as_str(), Damage::Refuse, disk);
        // Another run may mend a torn tail while this one reads it; the second
        // look tells that from damage.
        let Some((loaded, file)) = read().or_else(|_| read())? else {
            return Ok(Self::default());
        };
        let file = Some(file);
        Ok(Self { loaded, file })
    }

    /// What is known.
    pub fn seen(&self) -> &Seen {
        &self.loaded.seen
    }

    /// Where the last message was stored.
    pub fn last_target(&self) -> Option<&TargetName> {
        self.loaded.last_target.as_deref()
    }

    /// Hands out every message that is stored, in the order of the records.
    /// Those of forgotten uids are not among them.
    pub fn stored<E: From<Error>>(
        &self,
        mut each: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.file {
            Some(file) => self.loaded.each_stored(file, &mut each),
            None => Ok(()),
        }
    }
}
