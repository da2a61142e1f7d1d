//! The dotlock of an mbox: `FILE.lock`, which most programs that write to an
//! mbox honour, also over NFS.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use data_encoding::HEXLOWER;
use rustix::io::Errno;
use rustix::process::{Pid, getpid, test_kill_process};

use crate::disk::{Disk, Open, Stat};
use crate::store::{Error, origin};

/// Seconds after which a lock is stale, no matter who made it.
const STALE: i64 = 300;

/// Random octets in a name of our own.
const RANDOM: usize = 8;

/// How the name of a stale lock ends that was taken away.
const STALE_ENDING: &[u8] = b".stale";

/// Where the dotlock of an mbox is, and who we are.
#[derive(Debug)]
pub(super) struct DotlockPlace {
    disk: Arc<dyn Disk>,
    lock: PathBuf,
    host: Vec<u8>,
    has_swept: AtomicBool,
}

/// Names of our own beside the lock, which nobody can guess and take before.
struct OwnNames {
    /// Made with our content first, then linked to the lock.
    made: PathBuf,
    /// Where a stale lock is taken away to.
    aside: PathBuf,
}

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
    pub(super) fn new(disk: &Arc<dyn Disk>, mbox: &Path, host: Vec<u8>) -> Self {
        Self {
            disk: Arc::clone(disk),
            lock: beside(mbox, ".lock"),
            host,
            has_swept: AtomicBool::new(false),
        }
    }

    /// Removes what a killed run left under names of our own. `now` is the
    /// file system's time. What cannot be removed is in nobody's way.
    fn sweep(&self, now: i64) {
        let (Some(folder), Some(lock)) = (self.lock.parent(), self.lock.file_name()) else {
            return;
        };
        let prefix = [lock.as_encoded_bytes(), b"."].concat();
        let is_own = |name: &OsString| {
            let ending = name.as_encoded_bytes().strip_prefix(&prefix[..]);
            ending.is_some_and(|ending| {
                let word = ending.strip_suffix(STALE_ENDING).unwrap_or(ending);
                word.len() == 2 * RANDOM && word.iter().all(u8::is_ascii_hexdigit)
            })
        };
        let names = self.disk.list(folder).unwrap_or_default().into_iter();
        for path in names.filter(is_own).map(|name| folder.join(name)) {
            let found = self.disk.stat(&path);
            if found.is_ok_and(|found| now - found.modified > STALE) {
                let _ = self.disk.remove(&path);
            }
        }
    }

    fn own_names(&self) -> io::Result<OwnNames> {
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let made = beside(&self.lock, &format!(".{}", HEXLOWER.encode(&random)));
        Ok(OwnNames { aside: beside(&made, ".stale"), made })
    }

    /// Tries to take the lock. No other thread of this process may try, or
    /// hold it.
    pub(super) fn try_take(&self) -> Result<Attempt, Error> {
        let names = self.own_names().map_err(Error::io("name", &self.lock))?;
        let ours = match self.make(&names.made) {
            Err(error) if is_refusal(&error) => return Ok(Attempt::Impossible(error)),
            result => result.map_err(Error::io("create", &names.made))?,
        };
        if !self.has_swept.swap(true, Ordering::Relaxed) {
            self.sweep(ours.modified);
        }
        let attempt = self.attempt(&names, &ours);
        let _ = self.disk.remove(&names.made);
        attempt
    }

    fn attempt(&self, names: &OwnNames, ours: &Stat) -> Result<Attempt, Error> {
        match self.link(&names.made, ours)? {
            Attempt::Held(_) if self.clear(names, ours.modified)? => self.link(&names.made, ours),
            attempt => Ok(attempt),
        }
    }

    /// Makes the file that is to become the lock. Durable, so that after a power
    /// cut it says whose it was.
    fn make(&self, made: &Path) -> io::Result<Stat> {
        let mut file = self.disk.create(made)?;
        let mut content = format!("{}:", getpid()).into_bytes();
        content.extend_from_slice(&self.host);
        content.push(b'\n');
        let written = file.write_all(&content).and_then(|()| file.sync());
        let facts = written.and_then(|()| file.stat());
        if facts.is_err() {
            let _ = self.disk.remove(made);
        }
        facts
    }

    /// Links it to its place. Over NFS the answer of link(2) may be wrong; the
    /// number of names is not.
    fn link(&self, made: &Path, ours: &Stat) -> Result<Attempt, Error> {
        let linked = self.disk.link(made, &self.lock);
        let found = self.disk.stat(made).map_err(Error::io("look at", made))?;
        match linked {
            _ if found.ino == ours.ino && found.links == 2 => Ok(Attempt::Taken(Dotlock {
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
        let lock = crate::base::sanitized(lock.as_encoded_bytes());
        let nobody = (format!("another program ({lock})"), None);
        let mut content = [0; 256];
        let Ok(read) =
            self.disk.open(&self.lock, Open::Read).and_then(|file| file.read_at(&mut content, 0))
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

    /// Takes a stale lock away. Returns whether the place may be free now.
    /// `now` is the file system's time, which may not be ours.
    fn clear(&self, names: &OwnNames, now: i64) -> Result<bool, Error> {
        let found = self.disk.find(&self.lock);
        let Some(found) = found.map_err(Error::io("look at", &self.lock))? else {
            return Ok(true);
        };
        let is_dead = |pid| {
            // A process of our own number that is not us: it ran before us.
            pid == getpid() || test_kill_process(pid) == Err(Errno::SRCH)
        };
        // In the file system's time, in which we have just made a file.
        let age = now - found.modified;
        if !is_old(age, origin::uptime()) && !self.holder().1.is_some_and(is_dead) {
            return Ok(false);
        }
        // Another program may judge the same and be quicker, and what is there
        // now its fresh lock: so it is moved away, looked at again, and put
        // back if it is not the one that was found.
        if self.disk.replace(&self.lock, &names.aside).is_err() {
            return Ok(true);
        }
        let moved = self.disk.stat(&names.aside);
        let same = moved.is_ok_and(|m| (m.ino, m.modified) == (found.ino, found.modified));
        if !same {
            let _ = self.disk.link(&names.aside, &self.lock);
        }
        let _ = self.disk.remove(&names.aside);
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

/// Returns whether a lock of this age is stale, no matter who made it: after a
/// time, and at once if it is of before the last start of this system, `uptime`
/// ago. All in seconds.
pub(super) fn is_old(age: i64, uptime: Option<i64>) -> bool {
    age > STALE || uptime.is_some_and(|uptime| age > uptime)
}

/// A path with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.to_path_buf().into_os_string();
    path.push(ending);
    path.into()
}

/// Returns whether the folder, or its file system, does not allow such a file.
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
