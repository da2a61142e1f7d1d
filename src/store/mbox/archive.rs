//! An mbox that is only read, and not locked.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::lock::{FileKey, Turn, file_key};
use super::message;
use super::scan::scan;
use crate::base::{Cancel, Hash, Place};
use crate::disk::{Disk, File, Open, Stat};
use crate::store::{Error, Look};

/// An open mbox, and which of its messages were accounted for.
#[derive(Debug)]
pub(in crate::store) struct Archive {
    path: PathBuf,
    open: Opened,
    /// As it was when it was opened.
    facts: Stat,
    cancel: Cancel,
    /// Offsets of messages that were found.
    taken: HashSet<u64>,
    /// All messages by their hash; made when it is first needed.
    by_hash: Option<HashMap<Hash, Vec<Part>>>,
}

/// The file. It is closed in its turn.
#[derive(Debug)]
struct Opened {
    file: Box<dyn File>,
    key: FileKey,
    /// Held from the moment that the file is to be closed until it is.
    closing: Option<Turn>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.closing = Some(Turn::take(&self.key));
    }
}

/// Offset and length of a message.
type Part = (u64, u64);

impl Archive {
    pub(in crate::store) fn open(
        path: &Path,
        cancel: &Cancel,
        disk: &dyn Disk,
    ) -> Result<Self, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Error::unfit(path, "it is a folder"));
        };
        let key = file_key(parent, name, disk)?;
        let file = disk
            .open(path, Open::Read)
            .map_err(Error::io("open", path))?;
        let open = Opened {
            file,
            key,
            closing: None,
        };
        Ok(Self {
            path: path.into(),
            facts: open.file.stat().map_err(Error::io("look at", path))?,
            open,
            cancel: cancel.clone(),
            taken: HashSet::new(),
            by_hash: None,
        })
    }

    /// Whether another program wrote to it since it was opened.
    pub(in crate::store) fn has_changed(&self, disk: &dyn Disk) -> bool {
        disk.stat(&self.path).ok() != Some(self.facts)
    }

    fn place(&self, (offset, length): Part) -> Place {
        Place::Mbox {
            path: self.path.clone(),
            offset,
            length,
        }
    }

    /// At its place. What stands there and was found to be another message is
    /// not this one, altered.
    pub(in crate::store) fn look(&mut self, part: Part, hash: Hash) -> Result<Look, Error> {
        let found = message(&*self.open.file, part.0, part.1);
        match found.map_err(Error::io("read", &self.path))? {
            Some(reread) if reread.hash == hash => {
                self.taken.insert(part.0);
                Ok(Look::Intact(self.place(part)))
            }
            Some(_) if !self.taken.contains(&part.0) => Ok(Look::Altered(self.place(part))),
            _ => Ok(Look::Missing),
        }
    }

    /// Anywhere else, by its hash. A message that was found once is not found
    /// for another record.
    pub(in crate::store) fn search(&mut self, hash: Hash) -> Result<Look, Error> {
        let by_hash = match &self.by_hash {
            Some(by_hash) => by_hash,
            None => {
                let mut by_hash: HashMap<Hash, Vec<Part>> = HashMap::new();
                scan(
                    &*self.open.file,
                    &self.path,
                    &self.cancel,
                    &mut |hash, part| {
                        by_hash.entry(hash).or_default().push(part);
                    },
                )?;
                self.by_hash.insert(by_hash)
            }
        };
        let parts = by_hash.get(&hash).map(Vec::as_slice).unwrap_or_default();
        let free = parts.iter().find(|part| !self.taken.contains(&part.0));
        match free.copied() {
            Some(part) => {
                self.taken.insert(part.0);
                Ok(Look::Intact(self.place(part)))
            }
            None => Ok(Look::Missing),
        }
    }
}
