//! mbox in its mboxrd form: one file to which messages are appended under
//! locks, a whole batch by one sync.

mod append;
mod archive;
mod dotlock;
mod fitness;
mod lock;
mod quote;
mod recover;
mod scan;
mod spool;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use self::archive::Archive;
use self::dotlock::DotlockPlace;
use self::lock::{FileKey, file_key, fit, is_one};
pub(super) use self::quote::Quote;
use self::quote::Unquote;
pub(super) use self::scan::{read, scan};
use self::spool::{MAX_MEMORY, QuotedSpool};
use super::reread::{CHUNK, MessageHasher};
use super::spool::Spool;
use super::warnings::Warnings;
use super::{
    Address, Delivery, Draft, Error, Guarantee, Key, Prepared, Reread, Scheme, Sealed, Setting,
    Sink, Target, origin,
};
use crate::base::{Cancel, Location, Receipt, TargetName, Value, Warning};
use crate::disk::{Disk, File, Open};

/// The row of the registry.
pub(super) static SCHEME: Scheme = Scheme {
    name: "mbox",
    noun: "mbox",
    address: Address::File,
    guarantee: Guarantee::Announced,
    ends_lines: true,
    keeps_copies: true,
    check: |_| Ok(()),
    open: |target, setting| Ok(Box::new(Mbox::open(target.name(), setting)?)),
    archive: Some(|target, reading| Ok(Box::new(Archive::open(target, reading)?))),
    risks: |_, _| Vec::new(),
    examine: fitness::examine,
    is_file: None,
    recover: Some(recover::recover),
    locate,
    recorded: locate,
};

impl Target {
    /// An mbox.
    pub fn mbox(file: impl Into<PathBuf>) -> Self {
        Self::new(&SCHEME, file.into())
    }
}

/// Part of an mbox, which is what a receipt of one says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Where its From_ line starts, in octets.
    pub(super) offset: u64,
    /// From there to behind the closing blank line, in octets.
    length: u64,
}

impl Part {
    fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    fn receipt(self, target: &Arc<TargetName>) -> Receipt {
        Receipt {
            target: Arc::clone(target),
            words: vec![self.offset.to_string(), self.length.to_string()],
        }
    }

    /// `None` for a receipt that no mbox gave.
    fn of(receipt: &Receipt) -> Option<Self> {
        let [offset, length] = receipt.words.as_slice() else {
            return None;
        };
        Some(Self { offset: offset.parse().ok()?, length: length.parse().ok()? })
    }
}

fn locate(receipt: &Receipt) -> Location {
    let mbox = Path::new(&receipt.target.address).to_string_lossy();
    let Some(Part { offset, length }) = Part::of(receipt) else {
        return Location::default();
    };
    Location {
        text: format!("{mbox} at {offset}").trim_start().to_owned(),
        fields: vec![
            ("mbox", Value::Text(mbox.into_owned())),
            ("offset", Value::Number(offset)),
            ("length", Value::Number(length)),
        ],
    }
}

/// Longest From_ line that is read, in octets. Ours are shorter.
const MAX_FROM_LINE: usize = 1024;

/// An mbox that can be appended to.
#[derive(Debug)]
struct Mbox {
    disk: Arc<dyn Disk>,
    name: Arc<TargetName>,
    path: PathBuf,
    parent: PathBuf,
    scratch: PathBuf,
    key: FileKey,
    dotlock: DotlockPlace,
    wait: Duration,
    cancel: Cancel,
    serial: AtomicU64,
    anchored: AtomicBool,
    warnings: Warnings,
}

impl Mbox {
    fn open(name: &Arc<TargetName>, setting: &Setting) -> Result<Self, Error> {
        let mbox = Self::at(name, setting)?;
        mbox.prove().map_err(Error::at_open)?;
        Spool::sweep(&mbox.scratch, &*mbox.disk).map_err(Error::at_open)?;
        Ok(mbox)
    }

    /// Touches nothing yet.
    fn at(name: &Arc<TargetName>, setting: &Setting) -> Result<Self, Error> {
        let path = PathBuf::from(&name.address);
        let (Some(parent), Some(file)) = (path.parent(), path.file_name()) else {
            return Err(Error::unfit(&path, "it is a folder"));
        };
        let host = origin::host();
        let disk = Arc::clone(&setting.disk);
        Ok(Self {
            dotlock: DotlockPlace::new(&disk, &path, host),
            key: file_key(parent, file, &*disk)?,
            name: Arc::clone(name),
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
                self.disk.create(&self.path).map_err(Error::io("create", &self.path))?;
                self.sync_parent()
            }
            facts => {
                fit(&self.path, &facts.map_err(Error::io("look at", &self.path))?)?;
                self.disk.open(&self.path, Open::Append).map_err(Error::io("open", &self.path))?;
                is_one(&self.path, &*self.disk)
            }
        }
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
        if self.anchored.load(Ordering::Relaxed) { Ok(()) } else { self.sync_parent() }
    }
}

impl Delivery for Mbox {
    fn draft(&self, key: Key) -> Result<Draft, Error> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let spool = Spool::new(&self.disk, &self.scratch, serial, MAX_MEMORY);
        Ok(Draft::new(key, QuotedSpool::new(spool)))
    }

    fn prepare(&self, batch: Vec<Sealed>) -> Result<Box<dyn Prepared + '_>, Error> {
        Ok(Box::new(self.lay_out(batch)?))
    }

    fn warnings(&self) -> Vec<Warning> {
        self.warnings.take()
    }
}

/// Reads and unquotes the message in a part of an mbox. `None` unless there is
/// a From_ line, one message and a blank line, and nothing else.
fn message(
    file: &dyn File,
    part: Part,
    path: &Path,
    sink: Sink<'_>,
) -> Result<Option<Reread>, Error> {
    let failed = |error| Error::io("read", path)(error);
    let Part { offset, length } = part;
    let Some(end) = offset.checked_add(length) else {
        return Ok(None);
    };
    let mut buf = vec![0; CHUNK];
    let read = file.fill(&mut buf[..MAX_FROM_LINE], offset).map_err(failed)?;
    let from_line = &buf[..read.min(usize::try_from(length).unwrap_or(read))];
    let Some(lf) = memchr::memchr(b'\n', from_line).filter(|_| from_line.starts_with(b"From "))
    else {
        return Ok(None);
    };
    let mut at = offset + lf as u64 + 1;
    let mut hasher = MessageHasher::default();
    let mut unquote = Unquote::new();
    let mut out = Vec::with_capacity(CHUNK + 8);
    let mut last = b'\n';
    while at + 1 < end {
        let most = usize::try_from(end - 1 - at).map_or(CHUNK, |left| left.min(CHUNK));
        let read = file.read_at(&mut buf[..most], at).map_err(failed)?;
        let Some(&byte) = buf[..read].last() else {
            return Ok(None);
        };
        last = byte;
        unquote.push(&buf[..read], &mut out);
        hasher.take(&out);
        sink(&out)?;
        out.clear();
        at += read as u64;
    }
    let whole = unquote.finish(&mut out);
    hasher.take(&out);
    sink(&out)?;
    let left = file.fill(&mut buf[..1], at).map_err(failed)?;
    let closed = at + 1 == end && left == 1 && buf[0] == b'\n';
    Ok((whole && closed && last == b'\n').then(|| hasher.finish()))
}
