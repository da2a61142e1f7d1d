//! Maildir: a message is written in tmp/, and renamed into new/ once it is
//! durable. Readers move it to cur/ and add flags behind `:2,`.

mod archive;
mod name;
mod published;
#[cfg(test)]
mod tests;
mod tmp;

pub(super) use archive::Archive;
pub use published::{Published, Standing};
pub(super) use tmp::TmpFile;

use std::cmp::Reverse;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use self::name::Names;
use super::draft::Body;
use super::reread::{CHUNK, Tally};
use super::warnings::Warnings;
use super::{Error, Key, Reread, Sealed, Setting, origin};
use crate::base::{AccountId, Hash, Place};
use crate::disk::{Disk, Kind, Open, Stat};

/// Refuses what is no folder.
pub(super) fn fit(folder: &Path, facts: &Stat) -> Result<(), Error> {
    match facts.kind {
        Kind::Dir => Ok(()),
        Kind::Link => Err(Error::unfit(folder, "it is a symbolic link")),
        _ => Err(Error::unfit(folder, "it is not a folder")),
    }
}

/// An open Maildir.
#[derive(Debug)]
pub(super) struct Maildir {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    tmp: PathBuf,
    new: PathBuf,
    cur: PathBuf,
    account: AccountId,
    names: Names,
    serial: AtomicU64,
    anchored: AtomicBool,
    pub(super) warnings: Warnings,
}

impl Maildir {
    pub(super) fn open(dir: PathBuf, setting: &Setting) -> Result<Self, Error> {
        let [tmp, new, cur] = ["tmp", "new", "cur"].map(|name| dir.join(name));
        let maildir = Self {
            disk: Arc::clone(&setting.disk),
            dir,
            tmp,
            new,
            cur,
            account: setting.account.clone(),
            names: Names::new(&setting.account, &setting.scratch, &origin::host()),
            serial: AtomicU64::new(0),
            anchored: AtomicBool::new(false),
            warnings: Warnings::default(),
        };
        let mut made = false;
        for folder in [&maildir.dir, &maildir.tmp, &maildir.new, &maildir.cur] {
            made |= maildir.ensure(folder)?;
        }
        maildir.sweep().map_err(Error::at_open)?;
        maildir.probe()?;
        if made {
            maildir.anchor().map_err(Error::at_open)?;
        }
        Ok(maildir)
    }

    /// Sees to it that a folder is there; answers whether it was made.
    fn ensure(&self, folder: &Path) -> Result<bool, Error> {
        let mut made = false;
        let facts = match self.disk.stat(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match self.disk.create_dir(folder) {
                    // Another account's thread was quicker.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    result => result.map_err(Error::opening("create", folder))?,
                }
                made = true;
                self.disk.stat(folder)
            }
            facts => facts,
        };
        let facts = facts.map_err(Error::opening("look at", folder))?;
        fit(folder, &facts).map(|()| made)
    }

    /// Removes what an earlier run of this account left in tmp/. The caller
    /// holds the account's lock, so nobody is writing there.
    fn sweep(&self) -> Result<(), Error> {
        let names = self.disk.list(&self.tmp);
        let ending = self.names.ending();
        for name in names.map_err(Error::io("list", &self.tmp))? {
            if name.as_bytes().ends_with(ending.as_bytes()) {
                let path = self.tmp.join(name);
                gone(self.disk.remove(&path)).map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Proves that a file can be made in tmp/ and moved to new/, under a name
    /// that readers don't look at.
    fn probe(&self) -> Result<(), Error> {
        let name = self.names.probe();
        let [made, moved] = [&self.tmp, &self.new].map(|folder| folder.join(&name));
        self.disk
            .create(&made)
            .map_err(Error::opening("create a file", &made))?;
        // Replaces what a killed run may have left.
        if let Err(error) = self.disk.replace(&made, &moved) {
            let _ = self.disk.remove(&made);
            return Err(match error.kind() {
                ErrorKind::CrossesDevices => {
                    Error::unfit(&self.dir, "tmp/ and new/ are on different file systems")
                }
                _ => Error::opening("create a file", &moved)(error),
            });
        }
        self.disk
            .remove(&moved)
            .map_err(Error::opening("remove", &moved))
    }

    /// Makes the Maildir itself durable, before anything is published: an
    /// earlier run may have been killed between making it and syncing its name.
    fn anchor(&self) -> Result<(), Error> {
        if !self.anchored.load(Ordering::Relaxed) {
            self.sync_dir(&self.dir)?;
            if let Some(parent) = self.dir.parent() {
                self.sync_dir(parent)?;
            }
            self.anchored.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn sync_dir(&self, folder: &Path) -> Result<(), Error> {
        if !self
            .disk
            .sync_dir(folder)
            .map_err(Error::io("sync", folder))?
        {
            self.warnings.directory_sync(folder);
        }
        Ok(())
    }

    pub(super) fn draft(&self, key: &Key) -> Result<TmpFile, Error> {
        let id = name::id(&self.account, &key.uid, key.ordinal);
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let name = self.names.draft(key.seconds, &id, serial);
        TmpFile::create(&self.disk, self.tmp.join(name))
    }

    /// Makes the drafts' contents durable.
    pub(super) fn sync(&self, batch: &mut [Sealed]) -> Result<(), Error> {
        let files = batch
            .iter_mut()
            .filter_map(|sealed| match &mut sealed.body {
                Body::File(file) => file.unsynced(),
                Body::Spool(_) => None,
            });
        self.disk
            .sync_files(&self.tmp, files.collect())
            .map_err(Error::io("sync files in", &self.tmp))?;
        if batch.is_empty() {
            return Ok(());
        }
        self.anchor()
    }

    /// Makes the messages visible, and their names durable.
    pub(super) fn publish(&self, batch: Vec<Sealed>) -> Result<Vec<Place>, Error> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let places: Result<Vec<Place>, Error> = batch
            .into_iter()
            .map(|sealed| self.rename(sealed).map(Place::Maildir))
            .collect();
        let places = places?;
        self.sync_dir(&self.new)?;
        Ok(places)
    }

    /// Where the name is taken, it is by the same message, from a run that was
    /// not seen; under any other name recovery would not find this one.
    fn rename(&self, sealed: Sealed) -> Result<PathBuf, Error> {
        let (key, hash, size) = (sealed.key().clone(), sealed.hash(), sealed.len());
        let Body::File(file) = sealed.body else {
            return Err(Error::unfit(&self.dir, "a message is meant for an mbox"));
        };
        let id = name::id(&self.account, &key.uid, key.ordinal);
        let path = self.new.join(self.names.published(key.seconds, &id, size));
        match self.disk.rename(file.path(), &path) {
            Ok(()) => file.published(),
            Err(error)
                if error.kind() == ErrorKind::AlreadyExists && self.holds(&path, hash)? => {}
            Err(error) => return Err(Error::io("rename a message to", &path)(error)),
        }
        Ok(path)
    }

    /// Whether a file is this very message, and then durable.
    fn holds(&self, path: &Path, hash: Hash) -> Result<bool, Error> {
        match self.reread(path) {
            Ok(reread) if reread.hash == hash => {
                let file = self.disk.open(path, Open::Read);
                file.and_then(|mut file| file.sync())
                    .map_err(Error::io("sync", path))?;
                Ok(true)
            }
            Ok(_) | Err(Error::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn reread(&self, path: &Path) -> Result<Reread, Error> {
        reread(&*self.disk, path)
    }

    /// Our keys in new/ and cur/, and everything found is durable: its content
    /// was before it was renamed, its name need not be if that run was killed.
    pub(super) fn published(&self) -> Result<Published, Error> {
        let found = entries(&*self.disk, &self.new, &self.cur)?;
        if !found.is_empty() {
            self.sync_dir(&self.new)?;
            self.sync_dir(&self.cur)?;
        }
        Ok(Published::new(&self.account, &self.new, &self.cur, found))
    }
}

/// The names in new/ and cur/ that have an id.
fn entries(disk: &dyn Disk, new: &Path, cur: &Path) -> Result<Vec<published::Entry>, Error> {
    // A reader moves from new/ to cur/, so in this order nothing is missed;
    // cur/ twice, because a name that is changed (a flag) while its folder is
    // read may not show.
    let mut found = Vec::new();
    for folder in [new, cur, cur] {
        let names = disk.list(folder);
        for name in names.map_err(Error::io("list", folder))? {
            if let Some((seconds, id)) = name::parse(name.as_bytes()) {
                found.push(published::Entry {
                    id,
                    seconds: Reverse(seconds),
                    is_new: folder == new,
                    name: name.into_encoded_bytes().into(),
                });
            }
        }
    }
    Ok(found)
}

/// Hashes the file of a message.
fn reread(disk: &dyn Disk, path: &Path) -> Result<Reread, Error> {
    let missing = || Error::Missing { path: path.into() };
    let file = match disk.open(path, Open::Read) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
        result => result.map_err(Error::io("open", path))?,
    };
    if file.stat().map_err(Error::io("look at", path))?.kind != Kind::File {
        return Err(missing());
    }
    let mut tally = Tally::default();
    let mut buf = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let read = file
            .read_at(&mut buf, offset)
            .map_err(Error::io("read", path))?;
        if read == 0 {
            return Ok(tally.finish());
        }
        tally.take(&buf[..read]);
        offset += read as u64;
    }
}

/// A file that is not there is removed.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
