//! An archive: each message is a file that is named by its hash,
//! `YYYY/MM/SHA256.eml`, in the month (UTC) in which it was first seen. A file
//! never changes its name or what it holds, and the same message is one file,
//! however often and from however many accounts it comes. So incremental
//! back-ups and object locks never meet a file that they know in another form.

mod archive;
mod fitness;
mod name;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use self::archive::Archive;
use self::name::{Month, file_name, months};
use super::folders::{self, Folders, path};
use super::tmp::TmpFile;
use super::{
    Address, Delivery, Draft, Error, Fate, Guarantee, Journal, Key, Prepared, Published, Scheme,
    Sealed, Setting, Target, origin,
};
use crate::base::{
    AccountId, Hash, Location, Receipt, TargetName, Warning, WarningCode, sanitized,
};

/// The row of the registry.
pub(super) static SCHEME: Scheme = Scheme {
    name: "archive",
    noun: "archive",
    address: Address::Folder,
    guarantee: Guarantee::ByKey,
    ends_lines: false,
    keeps_copies: false,
    check: |_| Ok(()),
    open: |target, setting| Ok(Box::new(ByHash::open(target, setting)?)),
    archive: Some(|target, reading| Ok(Box::new(Archive::open(target, reading)?))),
    risks: |_, _| Vec::new(),
    examine: fitness::examine,
    is_file: Some(|path, hash| Month::in_word(path, hash).is_some()),
    recover: None,
    locate,
    recorded: locate,
};

/// Mode of every message: nobody writes to it any more.
const MODE: u32 = 0o400;

/// Where the drafts are.
const DRAFTS: &str = "tmp";

/// Most damaged files of one message that are kept.
const MAX_DAMAGED: u32 = 1_000;

fn locate(receipt: &Receipt) -> Location {
    folders::locate(SCHEME.name, receipt)
}

impl Target {
    /// An archive.
    pub fn archive_of(dir: impl Into<PathBuf>) -> Self {
        Self::new(&SCHEME, dir.into())
    }
}

/// An open archive.
#[derive(Debug)]
struct ByHash {
    folders: Folders,
    name: Arc<TargetName>,
    dir: PathBuf,
    account: AccountId,
    /// Months whose own names are durable.
    anchored: Mutex<BTreeSet<Month>>,
}

impl ByHash {
    fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        let dir = target.path().to_owned();
        let tag = origin::tag(&setting.account, &setting.scratch, &origin::host());
        let tmp = dir.join(DRAFTS);
        let archive = Self {
            folders: Folders::new(&setting.disk, tmp.clone(), format!(".{tag}")),
            name: Arc::clone(target.name()),
            dir,
            account: setting.account.clone(),
            anchored: Mutex::default(),
        };
        let folders = &archive.folders;
        folders.ensure(&archive.dir, !setting.had_mail)?;
        folders.ensure(&tmp, true)?;
        months(folders.disk(), &archive.dir).map_err(Error::at_open)?;
        folders.sweep().map_err(Error::at_open)?;
        folders.probe(&archive.dir)?;
        Ok(archive)
    }

    /// Stores a message, unless the archive holds it. Returns in which month.
    /// `ready` are the months whose folders are there, and held.
    fn store(
        &self,
        message: Message,
        months: &[Month],
        ready: &mut BTreeSet<Month>,
    ) -> Result<Month, Error> {
        let Message { month, hash, file } = message;
        let name = file_name(hash);
        for other in months.iter().filter(|other| **other != month) {
            let path = other.path(&self.dir).join(&name);
            if self.folders.holds(&path, hash)? {
                return Ok(*other);
            }
        }
        if ready.insert(month) {
            self.folders.ensure(&month.year_path(&self.dir), true)?;
            self.folders.ensure(&month.path(&self.dir), true)?;
        }
        let path = month.path(&self.dir).join(name);
        let Err(taken) = self.folders.publish(file, &path, hash)? else {
            return Ok(month);
        };
        self.set_aside(&path)?;
        match self.folders.publish(taken.file, &path, hash)? {
            Ok(()) => Ok(month),
            Err(taken) => Err(Error::io("rename a message to", &path)(taken.error)),
        }
    }

    /// A file does not hold what its name says: it loses the name, and stays.
    fn set_aside(&self, path: &Path) -> Result<(), Error> {
        let disk = self.folders.disk();
        let mut number = 1;
        let aside = loop {
            let aside = path.with_extension(format!("damaged-{number}"));
            match disk.rename(path, &aside) {
                Ok(()) => break aside,
                Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MAX_DAMAGED => {
                    number += 1;
                }
                Err(error) => return Err(Error::io("rename a damaged file to", &aside)(error)),
            }
        };
        self.folders.warn(WarningCode::SetAside, || {
            let [path, aside] = [path, &aside].map(|path| sanitized(path.as_os_str().as_bytes()));
            format!(
                "{path} did not hold what its name says: it is {aside} now, and the message is \
                 stored anew"
            )
        });
        Ok(())
    }

    /// Makes durable which files are in a month, and the month itself: an
    /// earlier run may have been killed before it did.
    fn anchor(&self, month: Month) -> Result<(), Error> {
        self.folders.sync_dir(&month.path(&self.dir))?;
        let mut anchored = self.anchored.lock().unwrap_or_else(PoisonError::into_inner);
        if !anchored.contains(&month) {
            self.folders.sync_dir(&month.year_path(&self.dir))?;
            self.folders.sync_dir(&self.dir)?;
            if let Some(parent) = self.dir.parent() {
                self.folders.sync_dir(parent)?;
            }
            anchored.insert(month);
        }
        Ok(())
    }
}

impl Delivery for ByHash {
    fn draft(&self, key: Key) -> Result<Draft, Error> {
        let stem = data_encoding::HEXLOWER.encode(&key.id(&self.account));
        Ok(Draft::new(key, self.folders.draft(&stem, MODE)?))
    }

    fn prepare(&self, batch: Vec<Sealed>) -> Result<Box<dyn Prepared + '_>, Error> {
        let message = |sealed: Sealed| {
            Ok(Message {
                month: Month::of(sealed.key().seconds),
                hash: sealed.hash(),
                file: sealed.into_body()?,
            })
        };
        let messages = batch.into_iter().map(message);
        let mut messages = messages.collect::<Result<Vec<_>, Error>>()?;
        let files = messages.iter_mut().map(|message| &mut message.file);
        self.folders.sync(files)?;
        Ok(Box::new(Batch { archive: self, messages }))
    }

    /// None has a key of its own; all that are there become durable.
    fn published(&self) -> Result<Published, Error> {
        for month in months(self.folders.disk(), &self.dir)? {
            self.anchor(month)?;
        }
        Ok(Published::default())
    }

    fn warnings(&self) -> Vec<Warning> {
        self.folders.warnings()
    }
}

/// A message whose draft is complete.
#[derive(Debug)]
struct Message {
    month: Month,
    hash: Hash,
    file: TmpFile,
}

/// Messages whose contents are durable.
#[derive(Debug)]
struct Batch<'a> {
    archive: &'a ByHash,
    messages: Vec<Message>,
}

impl Prepared for Batch<'_> {
    /// Makes the messages visible, and their names durable.
    fn publish(&mut self, _: &mut dyn Journal) -> Result<Vec<Fate>, Error> {
        let archive = self.archive;
        let messages = std::mem::take(&mut self.messages);
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let months = months(archive.folders.disk(), &archive.dir)?;
        let (mut ready, mut touched) = (BTreeSet::new(), BTreeSet::new());
        let mut fates = Vec::with_capacity(messages.len());
        for message in messages {
            let hash = message.hash;
            let month = archive.store(message, &months, &mut ready)?;
            touched.insert(month);
            fates.push(Fate::Stored(month.receipt(&archive.name, hash)));
        }
        for month in touched {
            archive.anchor(month)?;
        }
        Ok(fates)
    }
}
