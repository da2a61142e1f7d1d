//! Maildir: a message is written in tmp/, and renamed into new/ once it is
//! durable. Readers move it to cur/ and add flags behind `:2,`.

mod archive;
mod fitness;
mod name;
#[cfg(test)]
mod tests;
mod tmp;

use std::cmp::Reverse;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use self::archive::Archive;
use self::name::Names;
use self::tmp::TmpFile;
use super::draft::Body;
use super::published::Entry;
use super::reread::{CHUNK, MessageHasher};
use super::warnings::Warnings;
use super::{
    Address, Delivery, Draft, Error, Fate, Guarantee, Id, Journal, Key, Prepared, Published,
    Reread, Scheme, Sealed, Setting, Sink, Target, origin,
};
use crate::base::{AccountId, Hash, Location, Receipt, TargetName, Value, Warning};
use crate::disk::{Disk, Kind, Open, Stat};

/// The row of the registry.
pub(super) static SCHEME: Scheme = Scheme {
    name: "maildir",
    noun: "Maildir",
    address: Address::Folder,
    guarantee: Guarantee::ByKey,
    open: |target, setting| Ok(Box::new(Maildir::open(target, setting)?)),
    archive: Some(|target, reading| Ok(Box::new(Archive::open(target, reading)?))),
    examine: fitness::examine,
    recover: None,
    locate,
    recorded,
};

impl Target {
    /// A Maildir.
    pub fn maildir(dir: impl Into<PathBuf>) -> Self {
        Self::new(&SCHEME, dir.into())
    }
}

/// The path of the file that a receipt names: its word is the path below the
/// Maildir.
fn path(receipt: &Receipt) -> PathBuf {
    let word = receipt.words.first().map_or("", String::as_str);
    Path::new(&receipt.target.address).join(word)
}

fn locate(receipt: &Receipt) -> Location {
    let path = path(receipt).to_string_lossy().into_owned();
    Location {
        fields: vec![("maildir", Value::Text(path.clone()))],
        text: path,
    }
}

fn recorded(receipt: &Receipt) -> Location {
    let mut location = locate(receipt);
    if let Some(name) = path(receipt).file_name() {
        let name = Value::Text(name.to_string_lossy().into_owned());
        location.fields.insert(0, ("file", name));
    }
    location
}

/// Refuses what is no folder.
fn fit(folder: &Path, facts: &Stat) -> Result<(), Error> {
    match facts.kind {
        Kind::Dir => origin::check_owner(folder, facts),
        Kind::Link => Err(Error::unfit(folder, "it is a symbolic link")),
        _ => Err(Error::unfit(folder, "it is not a folder")),
    }
}

/// An open Maildir.
#[derive(Debug)]
struct Maildir {
    disk: Arc<dyn Disk>,
    name: Arc<TargetName>,
    dir: PathBuf,
    tmp: PathBuf,
    new: PathBuf,
    cur: PathBuf,
    account: AccountId,
    names: Names,
    serial: AtomicU64,
    anchored: AtomicBool,
    warnings: Warnings,
}

impl Maildir {
    fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        let dir = target.path().to_owned();
        let [tmp, new, cur] = ["tmp", "new", "cur"].map(|name| dir.join(name));
        let maildir = Self {
            disk: Arc::clone(&setting.disk),
            name: Arc::clone(target.name()),
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
        let mut made = maildir.ensure(&maildir.dir, !setting.had_mail)?;
        for folder in [&maildir.tmp, &maildir.new, &maildir.cur] {
            made |= maildir.ensure(folder, true)?;
        }
        // Nothing is ever made or removed there; and files that may be open are
        // few on some systems.
        maildir.disk.release(&maildir.dir);
        maildir.disk.release(&maildir.cur);
        maildir.sweep().map_err(Error::at_open)?;
        maildir.probe()?;
        if made {
            maildir.anchor().map_err(Error::at_open)?;
        }
        Ok(maildir)
    }

    /// Sees to it that a folder is there, and holds it: from here on nobody can
    /// put another in its place, and mail into that. Returns whether it was
    /// made.
    fn ensure(&self, folder: &Path, may_make: bool) -> Result<bool, Error> {
        let mut made = false;
        match self.disk.stat(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !may_make {
                    let path = folder.into();
                    return Err(Error::Vanished { path });
                }
                match self.disk.create_dir(folder) {
                    // Another account's thread was quicker.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    result => result.map_err(Error::opening("create", folder))?,
                }
                made = true;
            }
            facts => fit(folder, &facts.map_err(Error::opening("look at", folder))?)?,
        }
        let facts = self.disk.hold(folder);
        fit(folder, &facts.map_err(Error::opening("look at", folder))?).map(|()| made)
    }

    /// Removes what an earlier run of this account left in tmp/. The caller
    /// holds the account's lock, so nobody is writing there.
    fn sweep(&self) -> Result<(), Error> {
        let names = self.disk.list(&self.tmp);
        let ending = self.names.ending();
        for name in names.map_err(Error::io("list", &self.tmp))? {
            if name.as_encoded_bytes().ends_with(ending.as_bytes()) {
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

    /// Makes the drafts' contents durable.
    fn sync(&self, batch: &mut [Message]) -> Result<(), Error> {
        let files = batch
            .iter_mut()
            .filter_map(|message| message.file.unsynced());
        self.disk
            .sync_files(&self.tmp, files.collect())
            .map_err(Error::io("sync files in", &self.tmp))?;
        if batch.is_empty() {
            return Ok(());
        }
        self.anchor()
    }

    /// Where the name is taken, it is by the same message, from a run that was
    /// not seen; under any other name recovery would not find this one.
    fn rename(&self, message: Message) -> Result<Receipt, Error> {
        let name = self
            .names
            .published(message.seconds, &message.id, message.len);
        let receipt = Receipt {
            target: Arc::clone(&self.name),
            words: vec![format!("new/{name}")],
        };
        let path = self.new.join(name);
        match self.disk.rename(message.file.path(), &path) {
            Ok(()) => message.file.published(),
            Err(error)
                if error.kind() == ErrorKind::AlreadyExists
                    && self.holds(&path, message.hash)? => {}
            Err(error) => return Err(Error::io("rename a message to", &path)(error)),
        }
        Ok(receipt)
    }

    /// Whether a file is this very message, and then durable.
    fn holds(&self, path: &Path, hash: Hash) -> Result<bool, Error> {
        match reread(&*self.disk, path, &mut |_| Ok(())) {
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
}

impl Delivery for Maildir {
    fn draft(&self, key: Key) -> Result<Draft, Error> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let name = self
            .names
            .draft(key.seconds, &key.id(&self.account), serial);
        let file = TmpFile::create(&self.disk, self.tmp.join(name))?;
        Ok(Draft::new(key, file))
    }

    fn prepare(&self, batch: Vec<Sealed>) -> Result<Box<dyn Prepared + '_>, Error> {
        let message = |sealed: Sealed| {
            Ok(Message {
                id: sealed.key().id(&self.account),
                seconds: sealed.key().seconds,
                hash: sealed.hash(),
                len: sealed.len(),
                file: sealed.into_body()?,
            })
        };
        let mut messages = batch
            .into_iter()
            .map(message)
            .collect::<Result<Vec<_>, Error>>()?;
        self.sync(&mut messages)?;
        Ok(Box::new(Batch {
            maildir: self,
            messages,
        }))
    }

    /// What is found is durable: its content was before it was renamed, its
    /// name need not be if that run was killed.
    fn published(&self) -> Result<Published, Error> {
        let found = entries(&*self.disk, &self.dir)?;
        if !found.is_empty() {
            self.sync_dir(&self.new)?;
            self.sync_dir(&self.cur)?;
        }
        Ok(Published::new(&self.name, &self.account, found))
    }

    fn reread(&self, receipt: &Receipt) -> Result<Reread, Error> {
        reread(&*self.disk, &path(receipt), &mut |_| Ok(()))
    }

    fn warnings(&self) -> Vec<Warning> {
        self.warnings.take()
    }
}

/// A message whose draft is complete.
#[derive(Debug)]
struct Message {
    id: Id,
    seconds: u64,
    hash: Hash,
    len: u64,
    file: TmpFile,
}

/// Messages whose contents are durable.
#[derive(Debug)]
struct Batch<'m> {
    maildir: &'m Maildir,
    messages: Vec<Message>,
}

impl Prepared for Batch<'_> {
    /// Makes the messages visible, and their names durable.
    fn publish(&mut self, _: &mut dyn Journal) -> Result<Vec<Fate>, Error> {
        if self.messages.is_empty() {
            return Ok(Vec::new());
        }
        let messages = std::mem::take(&mut self.messages).into_iter();
        let fates = messages.map(|message| self.maildir.rename(message).map(Fate::Stored));
        let fates = fates.collect::<Result<Vec<_>, Error>>()?;
        self.maildir.sync_dir(&self.maildir.new)?;
        Ok(fates)
    }
}

/// The names in new/ and cur/ that have an id.
fn entries(disk: &dyn Disk, dir: &Path) -> Result<Vec<Entry>, Error> {
    // A reader moves from new/ to cur/, so in this order nothing is missed;
    // cur/ twice, because a name that is changed (a flag) while its folder is
    // read may not show.
    let mut found = Vec::new();
    for folder in ["new", "cur", "cur"] {
        let path = dir.join(folder);
        let names = disk.list(&path);
        for name in names.map_err(Error::io("list", &path))? {
            if let Some((seconds, id)) = name::parse(name.as_encoded_bytes()) {
                found.push(Entry {
                    id,
                    seconds: Reverse(seconds),
                    is_new: folder == "new",
                    word: format!("{folder}/{}", name.to_string_lossy()).into(),
                });
            }
        }
    }
    Ok(found)
}

/// Hands out and hashes the file of a message.
fn reread(disk: &dyn Disk, path: &Path, sink: Sink<'_>) -> Result<Reread, Error> {
    let missing = || Error::Missing { path: path.into() };
    let file = match disk.open(path, Open::Read) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
        result => result.map_err(Error::io("open", path))?,
    };
    if file.stat().map_err(Error::io("look at", path))?.kind != Kind::File {
        return Err(missing());
    }
    let mut hasher = MessageHasher::default();
    let mut buf = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let read = file
            .read_at(&mut buf, offset)
            .map_err(Error::io("read", path))?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        hasher.take(&buf[..read]);
        sink(&buf[..read])?;
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
