//! A damaged ledger made usable again.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::read::{Damage, LedgerFile, read_existing};
use super::rewrite::{remove_leftover, rewrite};
use super::takeover::{Source, claim};
use super::{Error, Lock, NAME, Stored};
use crate::base::Uid;
use crate::disk::Disk;

/// What [`repair`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Lines kept.
    pub kept: u64,
    /// Lines that were no records.
    pub lost: u64,
    /// Messages that are not in their target any more.
    pub forgotten: u64,
}

/// Copies every valid line of a damaged ledger into a new one; the damaged
/// file is kept beside it. The next session is unclean. A ledger of a newer
/// format or of another account is not touched.
///
/// A lost line may have said that something else is true now. So each uid is to
/// be compared with what the server has; and `not_there`, which is given what
/// is stored by the lines that are left, returns the uid and ordinal of what is
/// not in its target any more and therefore forgotten.
pub fn repair<E: From<Error>>(
    lock: &Lock,
    disk: &Arc<dyn Disk>,
    not_there: impl FnOnce(Vec<Stored>) -> Result<Vec<(Uid, u32)>, E>,
) -> Result<Repaired, E> {
    let Source { path, account } = claim(lock, disk)?;
    let disk = &**disk;
    remove_leftover(lock.dir(), disk)?;
    let (account, own) = (account.as_str(), lock.account().as_str());
    let Some((mut loaded, file)) = read_existing(&path, account, Damage::Skip, disk)? else {
        return Ok(Repaired::default());
    };
    let mut repaired =
        Repaired { kept: loaded.lines - loaded.lost, lost: loaded.lost, forgotten: 0 };
    if loaded.lost > 0 {
        // A torn tail alone is what every run cuts off.
        if read_existing(&path, account, Damage::Refuse, disk).is_err() {
            let mut stored = Vec::new();
            loaded.each_stored(&file, &mut |message| -> Result<(), Error> {
                stored.push(message);
                Ok(())
            })?;
            let gone = not_there(stored)?;
            repaired.forgotten = gone.len() as u64;
            loaded.doubt_all(&gone);
        }
        keep_damaged(lock.dir(), &file, disk)?;
    }
    loaded.open = true;
    if account != own {
        loaded.key.get_or_insert(account.to_owned());
    }
    rewrite(lock.dir(), own, &loaded, Some(&file), disk)?;
    Ok(repaired)
}

/// Copies a damaged ledger to the first free name. A copy, because the ledger
/// itself must neither have two names nor be missing, whenever a run is cut
/// off.
fn keep_damaged(dir: &Path, from: &LedgerFile, disk: &dyn Disk) -> Result<(), Error> {
    let mut number = 1;
    let (path, mut copy) = loop {
        let path = dir.join(format!("{NAME}.damaged-{number}"));
        match disk.create(&path) {
            Ok(copy) => break (path, copy),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(Error::opening("create", &path, error)),
        }
    };
    let mut piece = vec![0; 256 * 1024];
    let mut at = 0;
    while at < from.len {
        let read = from.file.read_at(&mut piece, at).map_err(Error::io("read", &dir.join(NAME)))?;
        if read == 0 {
            break;
        }
        copy.write_all(&piece[..read]).map_err(Error::io("write", &path))?;
        at += read as u64;
    }
    copy.sync().map_err(Error::io("sync", &path))
}
