//! The lock of an account.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Error, NAME, guard};
use crate::base::{AccountId, Cancel};
use crate::disk::{Disk, File, Open, create_dirs};
use crate::wait;

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// How often in a row the folder may be taken away under our hands.
const MAX_GONE: u32 = 100;

const LOCK: &str = "lock";

/// The account's lock, held as long as this lives. The file is created once
/// and never renamed; the kernel frees the lock of a dead process. It is only
/// removed with its folder, by the run that made the folder and learned
/// nothing, while it holds the lock: a waiting process looks again.
/// What the file says about its holder is for the other's error message only.
#[derive(Debug)]
pub struct Lock {
    account: AccountId,
    dir: PathBuf,
    /// The lock goes with it.
    _file: Box<dyn File>,
    disk: Arc<dyn Disk>,
    folder: Folder,
    /// How many folders above it this run made.
    made_above: usize,
}

/// Most folders above the account's that are made, and that go with it: the
/// state folder and three above that.
const MAX_ABOVE: usize = 4;

/// What the folder of the lock is to this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folder {
    /// It stays.
    Kept,
    /// This run made it.
    Made,
    /// This run made it, and in it a ledger that says nothing.
    Blank,
}

enum Attempt {
    Taken(Box<dyn File>),
    /// Somebody else has it.
    Held,
    /// Its folder, or the file, was taken away meanwhile.
    Gone,
}

impl Lock {
    /// Creates the account's state folder if needed (state_dir and parents
    /// 0700, each synced) and takes its lock, waiting at most this long.
    pub fn take(
        state_dir: &Path,
        account: &AccountId,
        wait: Duration,
        cancel: &Cancel,
        disk: &Arc<dyn Disk>,
    ) -> Result<Self, Error> {
        let dir = state_dir.join(account.as_str());
        let path = dir.join(LOCK);
        let started = Instant::now();
        let mut gone = 0;
        loop {
            let made = match create_dirs(&dir, &**disk, &Error::opening) {
                // A run that learned nothing took the folder above away.
                Err(error) if gone < MAX_GONE && error.is_of_missing() => {
                    gone += 1;
                    continue;
                }
                made => made?,
            };
            match try_once(&dir, &path, &**disk) {
                Ok(Attempt::Taken(mut file)) => {
                    sign(&mut *file);
                    return Ok(Self {
                        account: account.clone(),
                        dir,
                        _file: file,
                        disk: Arc::clone(disk),
                        folder: match made {
                            0 => Folder::Kept,
                            _ => Folder::Made,
                        },
                        made_above: made.saturating_sub(1).min(MAX_ABOVE),
                    });
                }
                Ok(Attempt::Gone) if gone < MAX_GONE => {
                    gone += 1;
                    continue;
                }
                held => _ = held?,
            }
            let left = wait.saturating_sub(started.elapsed());
            if left.is_zero() {
                let (pid, since) = holder(&path, &**disk);
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

    /// A ledger is being made in the folder.
    pub(super) fn begin(&mut self) {
        if self.folder == Folder::Made {
            self.folder = Folder::Blank;
        }
    }

    /// There is something in the folder to be kept.
    pub(super) fn keep(&mut self) {
        self.folder = Folder::Kept;
    }

    /// Whose lock it is.
    pub fn account(&self) -> &AccountId {
        &self.account
    }
}

/// The folder goes if this run made it and nothing is in it. That is no loss
/// at any moment, and so need not be durable.
impl Drop for Lock {
    fn drop(&mut self) {
        let ledger = self.dir.join(NAME);
        match self.folder {
            Folder::Kept => return,
            Folder::Made => {}
            Folder::Blank => _ = self.disk.remove(&ledger),
        }
        if matches!(is_there(&ledger, &*self.disk), Ok(false)) {
            let _ = self.disk.remove(&self.dir.join(LOCK));
            // Those above only as far as nobody else has anything there.
            for folder in self.dir.ancestors().take(1 + self.made_above) {
                if self.disk.remove_dir(folder).is_err() {
                    break;
                }
            }
        }
    }
}

fn try_once(dir: &Path, path: &Path, disk: &dyn Disk) -> Result<Attempt, Error> {
    let found = disk.find(dir);
    let Some(facts) = found.map_err(|error| Error::opening("look at", dir, error))? else {
        return Ok(Attempt::Gone);
    };
    guard::check_dir(dir, &facts)?;
    let file = match guard::open(disk, path, Open::AppendOrCreate) {
        Err(Error::CantCreate { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(Attempt::Gone);
        }
        file => file?,
    };
    let failed = Error::io("lock", path);
    let attempt = || {
        if !file.try_flock()? {
            return Ok(Attempt::Held);
        }
        // A lock on a file that somebody has replaced meanwhile is no lock.
        match disk.stat(path) {
            Ok(stat) if stat.ino == file.stat()?.ino => Ok(Attempt::Taken(file)),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(Attempt::Gone),
        }
    };
    attempt().map_err(failed)
}

/// Returns whether something is at this path.
pub(super) fn is_there(path: &Path, disk: &dyn Disk) -> Result<bool, Error> {
    let found = disk.find(path);
    Ok(found.map_err(|error| Error::opening("open", path, error))?.is_some())
}

/// Says who holds the lock and since when. A full disk is no reason to fail.
fn sign(file: &mut dyn File) {
    let since = wait::now();
    if file.set_len(0).is_ok() {
        let _ = file.write_all(format!("{} {since}\n", std::process::id()).as_bytes());
    }
}

/// Who says to hold the lock, and since when.
fn holder(path: &Path, disk: &dyn Disk) -> (Option<u32>, Option<u64>) {
    let mut text = [0; 64];
    let read =
        guard::open(disk, path, Open::Read).ok().and_then(|file| file.read_at(&mut text, 0).ok());
    let text = std::str::from_utf8(&text[..read.unwrap_or(0)]).unwrap_or_default();
    // Without its LF it may be half of a number.
    let line = text.split_once('\n').map_or("", |(line, _)| line);
    let (pid, since) = line.split_once(' ').unwrap_or_default();
    (pid.parse().ok(), since.parse().ok())
}
