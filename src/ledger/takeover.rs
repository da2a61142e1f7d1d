//! A ledger that another account had: because the user gives it away, or under
//! the id of before, which left out by which port, socket or tunnel a server is
//! reached. The first account that opens one of those gets it, and no other:
//! what is in it may be one server's only.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::format1::{self, Format1};
use super::lock::is_there;
use super::{Error, Lock, NAME, read};
use crate::base::{AccountId, Cancel};
use crate::disk::{Disk, sync_entries};

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
    let former = account.former();
    let (here, moved) = (own.join(NAME), own.join(MOVED));
    if !is_there(&here, disk)? {
        if is_there(&moved, disk)? {
            let owner = read::heading(&moved, disk)?.map(|(_, owner)| owner);
            let owner = owner.or(former);
            return Ok(Source { path: moved, account: owner.unwrap_or_else(|| account.clone()) });
        }
        if let Some(former) = former {
            let theirs = state_dir.join(former.as_str()).join(NAME);
            if is_there(&theirs, disk)? && !is_todays(&theirs, disk)? {
                return Ok(Source { path: theirs, account: former });
            }
        }
    }
    Ok(Source { path: here, account: account.clone() })
}

/// Returns whether a ledger was written by a program that tells servers behind
/// one name apart, and so is that of the account at the usual port.
fn is_todays(ledger: &Path, disk: &dyn Disk) -> Result<bool, Error> {
    let heading = read::heading(ledger, disk)?;
    Ok(heading.is_some_and(|(format, _)| format > format1::FORMAT))
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
        source.path = bring(&source.path, lock, disk)?;
    }
    Ok(source)
}

/// Moves a ledger into the folder of another account, under both locks, where
/// [`find`] finds it. Whenever this is cut off, one of the two has it.
pub(super) fn bring(ledger: &Path, lock: &Lock, disk: &dyn Disk) -> Result<PathBuf, Error> {
    // A run may have been killed between making the folder and syncing its
    // entry.
    if let Some(above) = lock.dir().parent() {
        sync_entries(above, disk, &Error::opening)?;
    }
    let moved = lock.dir().join(MOVED);
    disk.rename(ledger, &moved).map_err(|error| Error::opening("move", ledger, error))?;
    sync_entries(lock.dir(), disk, &Error::opening)?;
    if let Some(from) = ledger.parent() {
        sync_entries(from, disk, &Error::opening)?;
    }
    Ok(moved)
}

/// Fails if an account has a ledger.
pub(super) fn check_vacant(
    state_dir: &Path,
    account: &AccountId,
    disk: &dyn Disk,
) -> Result<(), Error> {
    let Source { path, .. } = find(state_dir, account, disk)?;
    if is_there(&path, disk)? {
        return Err(Error::Taken { path });
    }
    Ok(())
}
