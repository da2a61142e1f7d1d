//! All the locks of an mbox, for as long as it takes to append.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Mbox;
use super::dotlock::{Attempt, Dotlock};
use crate::base::{WarningCode, sanitized};
use crate::disk::{Disk, File, Kind, Open, Stat};
use crate::store::{Error, origin};

/// The mbox, open and locked. The locks go when this is dropped, in the order
/// of the fields.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) file: Box<dyn File>,
    pub(super) facts: Stat,
    _dotlock: Option<Dotlock>,
    _turn: Turn,
}

/// Which file: its folder's device and inode, and its name.
pub(super) type FileKey = (u64, u64, OsString);

/// The key of an mbox.
pub(super) fn file_key(parent: &Path, name: &OsStr, disk: &dyn Disk) -> Result<FileKey, Error> {
    let folder = disk.hold(&parent.join(".")).map_err(Error::opening("look at", parent))?;
    Ok((folder.dev, folder.ino, name.into()))
}

/// Files that a thread of this process works on.
static BUSY: Mutex<Vec<FileKey>> = Mutex::new(Vec::new());

/// Told when there is one less.
static DONE: Condvar = Condvar::new();

/// The right of one thread to open an mbox for writing, and to close it: a
/// record lock keeps no other thread of this process out, and is lost when any
/// of them closes the file.
#[derive(Debug)]
pub(super) struct Turn(FileKey);

impl Turn {
    fn try_take(key: &FileKey) -> Option<Self> {
        let mut busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        if busy.contains(key) {
            return None;
        }
        busy.push(key.clone());
        Some(Self(key.clone()))
    }

    /// Waits for it; threads hold it while they wait for locks, append and
    /// sync.
    pub(super) fn take(key: &FileKey) -> Self {
        let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        let free = DONE.wait_while(busy, |busy| busy.contains(key));
        free.unwrap_or_else(PoisonError::into_inner).push(key.clone());
        Self(key.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        busy.retain(|key| *key != self.0);
        DONE.notify_all();
    }
}

/// How an attempt to lock something ended.
enum Tried<T> {
    Taken(T),
    /// Somebody has it, in words.
    Held(String),
}

/// An mbox that is locked, and its dotlock if one could be made.
type Opened = (Box<dyn File>, Stat, Option<Dotlock>);

impl Mbox {
    /// Calls until something comes of it, or the wait is over; after growing
    /// pauses.
    fn persist<T>(&self, mut attempt: impl FnMut() -> Result<Tried<T>, Error>) -> Result<T, Error> {
        let until = Instant::now() + self.wait;
        let mut pause = Duration::from_millis(10);
        loop {
            let holder = match attempt()? {
                Tried::Taken(taken) => return Ok(taken),
                Tried::Held(holder) => holder,
            };
            self.cancel.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Locked { path: self.path.clone(), holder });
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(200));
            self.cancel.check()?;
        }
    }

    /// The right to open the mbox.
    pub(super) fn turn(&self) -> Result<Turn, Error> {
        self.persist(|| {
            Ok(match Turn::try_take(&self.key) {
                Some(turn) => Tried::Taken(turn),
                None => Tried::Held("another account of this run".into()),
            })
        })
    }

    /// Takes all the locks.
    pub(super) fn hold(&self, how: Open) -> Result<Hold, Error> {
        let turn = self.turn()?;
        let (file, facts, dotlock) = self.persist(|| self.try_hold(how))?;
        Ok(Hold { file, facts, _dotlock: dotlock, _turn: turn })
    }

    fn try_hold(&self, how: Open) -> Result<Tried<Opened>, Error> {
        let dotlock = match self.dotlock.try_take()? {
            Attempt::Taken(dotlock) => Some(dotlock),
            Attempt::Held(holder) => return Ok(Tried::Held(holder)),
            Attempt::Impossible(error) => {
                self.warn_of_no_dotlock(&error);
                None
            }
        };
        let there = self.disk.stat(&self.path);
        if let Ok(facts) = &there {
            fit(&self.path, facts)?;
        }
        let file = self.disk.open(&self.path, how);
        let file = file.map_err(Error::io("open", &self.path))?;
        if there.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            self.sync_parent()?;
        }
        if !file.try_record_lock().map_err(Error::io("lock", &self.path))? {
            return Ok(Tried::Held("another program (a record lock)".into()));
        }
        // A program that rewrites the mbox may have put another in its place
        // before we had the lock.
        let facts = file.stat().map_err(Error::io("look at", &self.path))?;
        fit(&self.path, &facts)?;
        match self.disk.stat(&self.path) {
            Ok(named) if (named.dev, named.ino) == (facts.dev, facts.ino) => {
                Ok(Tried::Taken((file, facts, dotlock)))
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io("look at", &self.path)(error))
            }
            _ => Ok(Tried::Held("another program that replaces it".into())),
        }
    }

    fn warn_of_no_dotlock(&self, error: &io::Error) {
        self.warnings.add(WarningCode::NoDotlock, || {
            let path = sanitized(self.path.as_os_str().as_bytes());
            format!("no dotlock can be made for {path} ({error}): only its record lock is taken")
        });
    }
}

/// Refuses a file that holds something else than mail. Empty lines may be
/// before the first From_ line, and zeros where a crash lost what was written.
pub(super) fn is_one(path: &Path, disk: &dyn Disk) -> Result<(), Error> {
    const FROM: &[u8] = b"From ";
    let file = disk.open(path, Open::Read).map_err(Error::opening("open", path))?;
    let mut head = [0; 1024];
    let read = file.fill(&mut head, 0).map_err(Error::io("read", path))?;
    let is_blank = |byte: &u8| b"\0\r\n".contains(byte);
    let start = head[..read].iter().position(|byte| !is_blank(byte));
    let text = &head[start.unwrap_or(read)..read];
    if text.starts_with(FROM) || FROM.starts_with(text) {
        Ok(())
    } else {
        Err(Error::unfit(path, "it is no mbox: it does not begin with From_"))
    }
}

/// Refuses what is no file of one name.
pub(super) fn fit(path: &Path, facts: &Stat) -> Result<(), Error> {
    let reason = match facts.kind {
        Kind::File if facts.links <= 1 => return origin::check_owner(path, facts),
        Kind::File => "it is a file of several names (hard links)",
        Kind::Link => "it is a symbolic link",
        Kind::Dir => "it is a folder",
        Kind::Other => "it is not a regular file",
    };
    Err(Error::unfit(path, reason))
}
