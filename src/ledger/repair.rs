//! A damaged ledger made usable again.

use std::io::ErrorKind;
use std::path::Path;

use super::read::{Damage, Existing, read_existing};
use super::rewrite::{remove_leftover, rewrite};
use super::takeover::{Source, claim};
use super::{Error, Lock, NAME};
use crate::disk::{Disk, File};

/// What [`repair`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Lines kept.
    pub kept: u64,
    /// Lines that were no records.
    pub lost: u64,
}

/// Copies every valid line of a damaged ledger into a new one; the damaged
/// file is kept beside it. Answers how many lines were kept and lost. The
/// next session is unclean. A ledger of a newer format or of another account
/// is not touched.
pub fn repair(lock: &Lock, disk: &dyn Disk) -> Result<Repaired, Error> {
    remove_leftover(lock.dir(), disk)?;
    let Source { path, account } = claim(lock, disk)?;
    let (account, own) = (account.as_str(), lock.account().as_str());
    let Some(existing) = read_existing(&path, account, Damage::Skip, disk)? else {
        return Ok(Repaired::default());
    };
    let Existing {
        mut loaded,
        file,
        end,
    } = existing;
    let repaired = Repaired {
        kept: loaded.lines - loaded.lost,
        lost: loaded.lost,
    };
    if loaded.lost > 0 {
        keep_damaged(lock.dir(), &*file, end, disk)?;
        // A torn tail alone is what every run cuts off.
        if read_existing(&path, account, Damage::Refuse, disk).is_err() {
            loaded.doubt_all();
        }
    }
    loaded.is_open = true;
    if account != own {
        loaded.key.get_or_insert(account.to_owned());
    }
    rewrite(lock.dir(), own, &loaded, Some((&*file, end)), disk)?;
    Ok(repaired)
}

/// Copies a damaged ledger to the first free name. A copy, because the ledger
/// itself must neither have two names nor be missing, whenever a run is cut
/// off.
fn keep_damaged(dir: &Path, file: &dyn File, end: u64, disk: &dyn Disk) -> Result<(), Error> {
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
    while at < end {
        let read = file
            .read_at(&mut piece, at)
            .map_err(Error::io("read", &dir.join(NAME)))?;
        if read == 0 {
            break;
        }
        copy.write_all(&piece[..read])
            .map_err(Error::io("write", &path))?;
        at += read as u64;
    }
    copy.sync().map_err(Error::io("sync", &path))
}
