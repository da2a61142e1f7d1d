//! A ledger that an account had under the id of before, which left out by
//! which port, socket or tunnel its server is reached. The first account that
//! opens it gets it, and no other: what is in it may be one server's only.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::format1::Format1;
use super::lock::{is_there, sync_entries};
use super::{Error, Lock, NAME};
use crate::base::{AccountId, Cancel};
use crate::disk::Disk;

/// A ledger on its way to the account that takes it over.
const MOVED: &str = "ledger.moved";

/// Where an account's ledger is to be read, and whose id it has.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) account: AccountId,
}

/// Finds it, wherever it is; its own place if there is none.
pub(super) fn find(
    state_dir: &Path,
    account: &AccountId,
    disk: &dyn Disk,
) -> Result<Source, Error> {
    let own = state_dir.join(account.as_str());
    let at = |path, account| Source { path, account };
    let here = at(own.join(NAME), account.clone());
    let Some(former) = account.former() else {
        return Ok(here);
    };
    let theirs = state_dir.join(former.as_str()).join(NAME);
    let places = [at(own.join(MOVED), former.clone()), at(theirs, former)];
    if is_there(&here.path, disk)? {
        return Ok(here);
    }
    for place in places {
        if is_there(&place.path, disk)? {
            return Ok(place);
        }
    }
    Ok(here)
}

/// The same for the account whose lock this is, and moves one of the id of
/// before into its folder, under both locks.
pub(super) fn claim(lock: &Lock, shared: &Arc<dyn Disk>) -> Result<Source, Error> {
    let disk = &**shared;
    let state_dir = lock.dir().parent().unwrap_or(lock.dir());
    let mut source = find(state_dir, lock.account(), disk)?;
    let Some(folder) = source.path.parent().filter(|dir| *dir != lock.dir()) else {
        return Ok(source);
    };
    let folder = folder.to_owned();
    let cancel = Cancel::new();
    let _theirs = Lock::take(state_dir, &source.account, Duration::ZERO, &cancel, shared)?;
    // Another account may have been quicker.
    source = find(state_dir, lock.account(), disk)?;
    if source.path.parent() == Some(&*folder) {
        Format1::bring(&folder, lock.dir(), disk);
        let moved = lock.dir().join(MOVED);
        disk.rename(&source.path, &moved)
            .map_err(|error| Error::opening("move", &source.path, error))?;
        sync_entries(lock.dir(), disk)?;
        sync_entries(&folder, disk)?;
        source.path = moved;
    }
    Ok(source)
}
