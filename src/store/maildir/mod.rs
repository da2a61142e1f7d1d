//! Maildir: a message is written in tmp/, and renamed into new/ once it is
//! durable. Readers move it to cur/ and add flags behind `:2,`.

mod archive;
mod name;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::archive::Archive;
use self::name::Names;
pub(super) use self::name::safe_host;
use super::fitness;
use super::folders::{self, Folders, path};
use super::published::Entry;
use super::tmp::TmpFile;
use super::{
    Address, Delivery, Draft, Error, Fate, Guarantee, Id, Journal, Key, Prepared, Published,
    Reread, Scheme, Sealed, Setting, Target, origin,
};
use crate::base::{AccountId, Hash, Location, Receipt, TargetName, Value, Warning};
use crate::disk::Disk;

/// The row of the registry.
pub(super) static SCHEME: Scheme = Scheme {
    name: "maildir",
    noun: "Maildir",
    address: Address::Folder,
    guarantee: Guarantee::ByKey,
    ends_lines: false,
    keeps_copies: true,
    check: |_| Ok(()),
    open: |target, setting| Ok(Box::new(Maildir::open(target, setting)?)),
    archive: Some(|target, reading| Ok(Box::new(Archive::open(target, reading)?))),
    risks: |_, _| Vec::new(),
    examine: |target, disk| fitness::folders(target.path(), &["tmp", "new", "cur"], disk).map(drop),
    is_file: Some(|path, _| name::is_message(path)),
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

fn locate(receipt: &Receipt) -> Location {
    folders::locate(SCHEME.name, receipt)
}

fn recorded(receipt: &Receipt) -> Location {
    let mut location = locate(receipt);
    if let Some(name) = path(receipt).file_name() {
        let name = Value::Text(name.to_string_lossy().into_owned());
        location.fields.insert(0, ("file", name));
    }
    location
}

/// An open Maildir.
#[derive(Debug)]
struct Maildir {
    folders: Folders,
    name: Arc<TargetName>,
    dir: PathBuf,
    new: PathBuf,
    cur: PathBuf,
    account: AccountId,
    names: Names,
    anchored: AtomicBool,
}

impl Maildir {
    fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        let dir = target.path().to_owned();
        let [tmp, new, cur] = ["tmp", "new", "cur"].map(|name| dir.join(name));
        let names = Names::new(&setting.account, &setting.scratch, &origin::host());
        let maildir = Self {
            folders: Folders::new(&setting.disk, tmp.clone(), names.ending()),
            name: Arc::clone(target.name()),
            dir,
            new,
            cur,
            account: setting.account.clone(),
            names,
            anchored: AtomicBool::new(false),
        };
        let folders = &maildir.folders;
        let mut made = folders.ensure(&maildir.dir, !setting.had_mail)?;
        for folder in [&tmp, &maildir.new, &maildir.cur] {
            made |= folders.ensure(folder, true)?;
        }
        // Nothing is ever made or removed there; and files that may be open are
        // few on some systems.
        folders.release(&maildir.dir);
        folders.release(&maildir.cur);
        folders.sweep().map_err(Error::at_open)?;
        folders.probe(&maildir.new)?;
        if made {
            maildir.anchor().map_err(Error::at_open)?;
        }
        Ok(maildir)
    }

    /// Makes the Maildir itself durable, before anything is published: an
    /// earlier run may have been killed between making it and syncing its name.
    fn anchor(&self) -> Result<(), Error> {
        if !self.anchored.load(Ordering::Relaxed) {
            self.folders.sync_dir(&self.dir)?;
            if let Some(parent) = self.dir.parent() {
                self.folders.sync_dir(parent)?;
            }
            self.anchored.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Makes the drafts' contents durable.
    fn sync(&self, batch: &mut [Message]) -> Result<(), Error> {
        self.folders.sync(batch.iter_mut().map(|message| &mut message.file))?;
        match batch {
            [] => Ok(()),
            _ => self.anchor(),
        }
    }

    /// Where the name is taken, it is by the same message, from a run that was
    /// not seen; under any other name recovery would not find this one.
    fn rename(&self, message: Message) -> Result<Receipt, Error> {
        let name = self.names.published(message.seconds, &message.id, message.len);
        let receipt =
            Receipt { target: Arc::clone(&self.name), words: vec![format!("new/{name}")] };
        let path = self.new.join(name);
        match self.folders.publish(message.file, &path, message.hash)? {
            Ok(()) => Ok(receipt),
            Err(taken) => Err(Error::io("rename a message to", &path)(taken.error)),
        }
    }
}

impl Delivery for Maildir {
    fn draft(&self, key: Key) -> Result<Draft, Error> {
        let stem = name::draft(key.seconds, &key.id(&self.account));
        Ok(Draft::new(key, self.folders.draft(&stem, 0o600)?))
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
        let mut messages = batch.into_iter().map(message).collect::<Result<Vec<_>, Error>>()?;
        self.sync(&mut messages)?;
        Ok(Box::new(Batch { maildir: self, messages }))
    }

    /// What is found is durable: its content was before it was renamed, its
    /// name need not be if that run was killed.
    fn published(&self) -> Result<Published, Error> {
        let found = entries(self.folders.disk(), &self.dir)?;
        if !found.is_empty() {
            self.folders.sync_dir(&self.new)?;
            self.folders.sync_dir(&self.cur)?;
        }
        Ok(Published::new(&self.name, &self.account, found))
    }

    fn reread(&self, receipt: &Receipt) -> Result<Reread, Error> {
        self.folders.reread(&path(receipt))
    }

    fn warnings(&self) -> Vec<Warning> {
        self.folders.warnings()
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
        self.maildir.folders.sync_dir(&self.maildir.new)?;
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
                    new: folder == "new",
                    word: format!("{folder}/{}", name.to_string_lossy()).into(),
                });
            }
        }
    }
    Ok(found)
}
