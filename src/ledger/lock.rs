//! The lock of an account.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Error, guard};
use crate::base::{AccountId, Cancel};
use crate::disk::{Disk, File, Open};

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// The account's lock, held as long as this lives. The file is created once
/// and never renamed or removed; the kernel frees the lock of a dead process.
/// What the file says about its holder is for the other's error message only.
#[derive(Debug)]
pub struct Lock {
    account: AccountId,
    dir: PathBuf,
    /// The lock goes with it.
    _file: Box<dyn File>,
}

impl Lock {
    /// Creates the account's state folder if needed (state_dir and parents
    /// 0700, each synced) and takes its lock, waiting at most so long.
    pub fn take(
        state_dir: &Path,
        account: &AccountId,
        wait: Duration,
        cancel: &Cancel,
        disk: &Arc<dyn Disk>,
    ) -> Result<Self, Error> {
        Self::take_on(state_dir, account, wait, cancel, &**disk)
    }

    pub(super) fn take_on(
        state_dir: &Path,
        account: &AccountId,
        wait: Duration,
        cancel: &Cancel,
        disk: &dyn Disk,
    ) -> Result<Self, Error> {
        let dir = state_dir.join(account.as_str());
        create_dirs(&dir, disk)?;
        let stat = disk
            .stat(&dir)
            .map_err(|error| Error::opening("look at", &dir, error))?;
        guard::check_dir(&dir, &stat)?;
        let path = dir.join("lock");
        let started = Instant::now();
        loop {
            if let Some(mut file) = try_once(&path, disk)? {
                sign(&mut *file);
                return Ok(Self {
                    account: account.clone(),
                    dir,
                    _file: file,
                });
            }
            let left = wait.saturating_sub(started.elapsed());
            if left.is_zero() {
                let (pid, since) = holder(&path, disk);
                return Err(Error::Locked { path, pid, since });
            }
            cancel.check().map_err(Error::Stopped)?;
            std::thread::sleep(left.min(PAUSE));
        }
    }

    /// The account's state folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whose lock it is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }
}

/// `None` if somebody else has it.
fn try_once(path: &Path, disk: &dyn Disk) -> Result<Option<Box<dyn File>>, Error> {
    let file = guard::open(disk, path, Open::AppendOrCreate)?;
    let failed = Error::io("lock", path);
    let is_ours = (|| {
        // A lock on a file that somebody has replaced meanwhile is no lock.
        Ok(file.try_flock()? && disk.stat(path)?.ino == file.stat()?.ino)
    })();
    Ok(is_ours.map_err(failed)?.then_some(file))
}

/// Says who holds the lock and since when. A full disk is no reason to fail.
fn sign(file: &mut dyn File) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = now.map_or(0, |now| now.as_secs());
    if file.set_len(0).is_ok() {
        let _ = file.write_all(format!("{} {since}\n", std::process::id()).as_bytes());
    }
}

/// Who says to hold the lock, and since when.
fn holder(path: &Path, disk: &dyn Disk) -> (Option<u32>, Option<u64>) {
    let mut text = [0; 64];
    let read = guard::open(disk, path, Open::Read)
        .ok()
        .and_then(|file| file.read_at(&mut text, 0).ok());
    let text = std::str::from_utf8(&text[..read.unwrap_or(0)]).unwrap_or_default();
    // Without its LF it may be half of a number.
    let line = text.split_once('\n').map_or("", |(line, _)| line);
    let (pid, since) = line.split_once(' ').unwrap_or_default();
    (pid.parse().ok(), since.parse().ok())
}

/// Creates a folder and its parents as far as they are missing, and makes
/// each entry durable before anything is created in it. A run that is killed
/// leaves at most the last folder it made without a durable entry; so whoever
/// makes something in a folder that was there syncs that one's entry too.
fn create_dirs(dir: &Path, disk: &dyn Disk) -> Result<(), Error> {
    let fail = |error| Error::opening("create", dir, error);
    match disk.create_dir(dir) {
        Ok(()) => {
            if let Some(above) = dir.parent().and_then(Path::parent) {
                sync_entries(above, disk)?;
            }
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = dir.parent().ok_or(error).map_err(fail)?;
            create_dirs(parent, disk)?;
            match disk.create_dir(dir) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                result => result.map_err(fail)?,
            }
        }
        Err(error) => return Err(fail(error)),
    }
    dir.parent()
        .map_or(Ok(()), |parent| sync_entries(parent, disk))
}

/// Makes a folder's entries durable. One that we may not read is not ours,
/// and what is in it was there before.
pub(super) fn sync_entries(dir: &Path, disk: &dyn Disk) -> Result<(), Error> {
    match disk.sync_dir(dir) {
        Err(error) if error.kind() != ErrorKind::PermissionDenied => {
            Err(Error::opening("sync", dir, error))
        }
        _ => Ok(()),
    }
}
