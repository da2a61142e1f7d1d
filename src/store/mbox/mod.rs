//! mbox in its mboxrd form: one file to which messages are appended under
//! locks, a whole batch by one sync.

mod append;
mod archive;
mod dotlock;
mod from_line;
mod lock;
mod quote;
mod recover;
mod scan;
mod spool;
#[cfg(test)]
mod tests;

pub(super) use self::lock::{fit, is_one};
pub(super) use append::Append;
pub(super) use archive::Archive;
pub(super) use recover::recover;
pub(super) use spool::Spool;

use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use self::dotlock::DotlockPlace;
use self::lock::{FileKey, file_key};
use self::quote::Unquote;
use super::reread::{CHUNK, Tally};
use super::warnings::Warnings;
use super::{Error, Reread, Setting, origin};
use crate::base::Cancel;
use crate::disk::{Disk, File, Open};

/// How the names of spool files start.
const SPOOL: &str = "spool-";

/// Longest From_ line that is read, in octets. Ours are shorter.
const FROM_LINE_MAX: usize = 1024;

/// An mbox that can be appended to.
#[derive(Debug)]
pub(super) struct Mbox {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    parent: PathBuf,
    scratch: PathBuf,
    key: FileKey,
    dotlock: DotlockPlace,
    wait: Duration,
    cancel: Cancel,
    serial: AtomicU64,
    anchored: AtomicBool,
    pub(super) warnings: Warnings,
}

impl Mbox {
    pub(super) fn open(path: PathBuf, setting: &Setting) -> Result<Self, Error> {
        let mbox = Self::at(path, setting)?;
        mbox.prove().map_err(Error::at_open)?;
        mbox.sweep().map_err(Error::at_open)?;
        Ok(mbox)
    }

    /// Touches nothing yet.
    fn at(path: PathBuf, setting: &Setting) -> Result<Self, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Error::unfit(&path, "it is a folder"));
        };
        let host = origin::host();
        let disk = Arc::clone(&setting.disk);
        let tag = origin::tag(&setting.account, &setting.scratch, &host);
        Ok(Self {
            dotlock: DotlockPlace::new(&disk, &path, &tag, host),
            key: file_key(parent, name, &*disk)?,
            parent: parent.into(),
            path,
            scratch: setting.scratch.clone(),
            wait: setting.lock_wait,
            cancel: setting.cancel.clone(),
            serial: AtomicU64::new(0),
            anchored: AtomicBool::new(false),
            warnings: Warnings::default(),
            disk,
        })
    }

    /// Proves that the mbox can be appended to; creates a missing one.
    fn prove(&self) -> Result<(), Error> {
        let _turn = self.turn()?;
        match self.disk.stat(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.disk
                    .create(&self.path)
                    .map_err(Error::io("create", &self.path))?;
                self.sync_parent()
            }
            facts => {
                fit(
                    &self.path,
                    &facts.map_err(Error::io("look at", &self.path))?,
                )?;
                self.disk
                    .open(&self.path, Open::Append)
                    .map_err(Error::io("open", &self.path))?;
                is_one(&self.path, &*self.disk)
            }
        }
    }

    /// Removes spools that a killed run left. The caller holds the account's
    /// lock.
    fn sweep(&self) -> Result<(), Error> {
        let names = self.disk.list(&self.scratch);
        for name in names.map_err(Error::io("list", &self.scratch))? {
            if name.as_bytes().starts_with(SPOOL.as_bytes()) {
                let path = self.scratch.join(name);
                self.disk
                    .remove(&path)
                    .map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }

    fn sync_parent(&self) -> Result<(), Error> {
        let synced = self.disk.sync_dir(&self.parent);
        if !synced.map_err(Error::io("sync", &self.parent))? {
            self.warnings.directory_sync(&self.parent);
        }
        self.anchored.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Makes the mbox's name durable, before anything is written: an earlier
    /// run may have been killed between creating it and syncing its folder.
    fn anchor(&self) -> Result<(), Error> {
        match self.anchored.load(Ordering::Relaxed) {
            true => Ok(()),
            false => self.sync_parent(),
        }
    }

    pub(super) fn draft(&self) -> Spool {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        Spool::new(&self.disk, self.scratch.join(format!("{SPOOL}{serial}")))
    }
}

/// Reads and unquotes the message in a part of an mbox. `None` unless there is
/// a From_ line, one message and a blank line, and nothing else.
fn message(file: &dyn File, offset: u64, length: u64) -> std::io::Result<Option<Reread>> {
    let Some(end) = offset.checked_add(length) else {
        return Ok(None);
    };
    let mut buf = vec![0; CHUNK];
    let read = fill(file, &mut buf[..FROM_LINE_MAX], offset)?;
    let from_line = &buf[..read.min(usize::try_from(length).unwrap_or(read))];
    let Some(lf) = memchr::memchr(b'\n', from_line).filter(|_| from_line.starts_with(b"From "))
    else {
        return Ok(None);
    };
    let mut at = offset + lf as u64 + 1;
    let mut tally = Tally::default();
    let mut unquote = Unquote::new();
    let mut out = Vec::with_capacity(CHUNK + 8);
    let mut last = b'\n';
    while at + 1 < end {
        let most = usize::try_from(end - 1 - at).map_or(CHUNK, |left| left.min(CHUNK));
        let read = file.read_at(&mut buf[..most], at)?;
        let Some(&byte) = buf[..read].last() else {
            return Ok(None);
        };
        last = byte;
        unquote.push(&buf[..read], &mut out);
        tally.take(&out);
        out.clear();
        at += read as u64;
    }
    let whole = unquote.finish(&mut out);
    tally.take(&out);
    let closed = at + 1 == end && fill(file, &mut buf[..1], at)? == 1 && buf[0] == b'\n';
    Ok((whole && closed && last == b'\n').then(|| tally.finish()))
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &dyn File, buf: &mut [u8], offset: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buf.len() {
        match file.read_at(&mut buf[filled..], offset + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
