//! The dotlock of an mbox: `FILE.lock`, which most programs that write to an
//! mbox honour, also over NFS.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;
use rustix::process::{Pid, getpid, test_kill_process};

use crate::disk::{Disk, Open, Stat};
use crate::store::Error;

/// Seconds after which a lock is stale, whoever made it.
const STALE: i64 = 300;

/// Where the dotlock of an mbox is, and who we are.
#[derive(Debug)]
pub(super) struct DotlockPlace {
    disk: Arc<dyn Disk>,
    lock: PathBuf,
    /// Made with our content first, then linked to the lock. A name of our
    /// own that stays the same, so that what a killed run left is used again.
    made: PathBuf,
    /// Where a stale lock is taken away to.
    aside: PathBuf,
    host: Vec<u8>,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Attempt {
    /// It is ours.
    Taken(Dotlock),
    /// It is held, as far as can be told by this holder.
    Held(String),
    /// There can be no dotlock: the folder cannot be written to.
    Impossible(io::Error),
}

/// A dotlock that is held; removed when dropped.
#[derive(Debug)]
pub(super) struct Dotlock {
    disk: Arc<dyn Disk>,
    lock: PathBuf,
    ours: Stat,
}

impl DotlockPlace {
    /// `tag` is a word of our own, that of the account's lock.
    pub(super) fn new(disk: &Arc<dyn Disk>, mbox: &Path, tag: &str, host: Vec<u8>) -> Self {
        let beside = |ending: &str| {
            let mut path = mbox.to_path_buf().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        Self {
            disk: Arc::clone(disk),
            lock: beside(".lock"),
            made: beside(&format!(".lock.{tag}")),
            aside: beside(&format!(".lock.{tag}.stale")),
            host,
        }
    }

    /// Tries to take the lock. No other thread of this process may try, or
    /// hold it.
    pub(super) fn try_take(&self) -> Result<Attempt, Error> {
        let ours = match self.make() {
            Err(error) if is_refusal(&error) => return Ok(Attempt::Impossible(error)),
            result => result.map_err(Error::io("create", &self.made))?,
        };
        let attempt = self.attempt(&ours);
        let _ = self.disk.remove(&self.made);
        attempt
    }

    fn attempt(&self, ours: &Stat) -> Result<Attempt, Error> {
        match self.link(ours)? {
            Attempt::Held(_) if self.clear(ours.modified)? => self.link(ours),
            attempt => Ok(attempt),
        }
    }

    /// Makes the file that is to become the lock.
    fn make(&self) -> io::Result<Stat> {
        let mut file = match self.disk.create(&self.made) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.disk.remove(&self.made)?;
                self.disk.create(&self.made)?
            }
            result => result?,
        };
        let mut content = format!("{}:", getpid()).into_bytes();
        content.extend_from_slice(&self.host);
        content.push(b'\n');
        let written = file.write_all(&content).and_then(|()| file.stat());
        if written.is_err() {
            let _ = self.disk.remove(&self.made);
        }
        written
    }

    /// Links it to its place. Over NFS the answer of link(2) may be wrong; the
    /// number of names is not.
    fn link(&self, ours: &Stat) -> Result<Attempt, Error> {
        let linked = self.disk.link(&self.made, &self.lock);
        let made = self.disk.stat(&self.made);
        let made = made.map_err(Error::io("look at", &self.made))?;
        match linked {
            _ if made.ino == ours.ino && made.links == 2 => Ok(Attempt::Taken(Dotlock {
                disk: Arc::clone(&self.disk),
                lock: self.lock.clone(),
                ours: *ours,
            })),
            Err(error) if is_refusal(&error) => Ok(Attempt::Impossible(error)),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(Error::io("create", &self.lock)(error))
            }
            _ => Ok(Attempt::Held(self.holder().0)),
        }
    }

    /// Who holds the lock, in words, and his process if it is one of this
    /// host.
    fn holder(&self) -> (String, Option<Pid>) {
        let lock = self.lock.file_name().unwrap_or_default();
        let lock = crate::base::shown(lock.as_encoded_bytes());
        let nobody = (format!("another program ({lock})"), None);
        let mut content = [0; 256];
        let Ok(read) = self
            .disk
            .open(&self.lock, Open::Read)
            .and_then(|file| file.read_at(&mut content, 0))
        else {
            return nobody;
        };
        let content = content[..read].trim_ascii();
        let mut parts = content.splitn(2, |byte| *byte == b':');
        let pid = parts
            .next()
            .and_then(|pid| std::str::from_utf8(pid).ok()?.parse().ok())
            .and_then(Pid::from_raw);
        match (pid, parts.next()) {
            (Some(pid), Some(host)) if host == self.host => {
                (format!("process {pid} ({lock})"), Some(pid))
            }
            _ => nobody,
        }
    }

    /// Takes a stale lock away. Answers whether the place may be free now.
    /// `now` is the file system's time, which may not be ours.
    fn clear(&self, now: i64) -> Result<bool, Error> {
        let found = match self.disk.stat(&self.lock) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
            result => result.map_err(Error::io("look at", &self.lock))?,
        };
        let is_dead = |pid| {
            // A process of our own number that is not us: it ran before us.
            pid == getpid() || test_kill_process(pid) == Err(Errno::SRCH)
        };
        if now - found.modified <= STALE && !self.holder().1.is_some_and(is_dead) {
            return Ok(false);
        }
        // Another program may judge the same and be quicker, and what is there
        // now its fresh lock: so it is moved away, looked at again, and put
        // back if it is not the one that was found.
        if self.disk.replace(&self.lock, &self.aside).is_err() {
            return Ok(true);
        }
        let moved = self.disk.stat(&self.aside);
        let same = moved.is_ok_and(|m| (m.ino, m.modified) == (found.ino, found.modified));
        if !same {
            let _ = self.disk.link(&self.aside, &self.lock);
        }
        let _ = self.disk.remove(&self.aside);
        Ok(same)
    }
}

impl Drop for Dotlock {
    fn drop(&mut self) {
        let found = self.disk.stat(&self.lock);
        if found.is_ok_and(|found| (found.dev, found.ino) == (self.ours.dev, self.ours.ino)) {
            let _ = self.disk.remove(&self.lock);
        }
    }
}

/// Whether the folder, or its file system, does not allow such a file.
fn is_refusal(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::ACCESS
                | Errno::PERM
                | Errno::ROFS
                | Errno::NAMETOOLONG
                | Errno::NOTSUP
                | Errno::MLINK
        )
    )
}
