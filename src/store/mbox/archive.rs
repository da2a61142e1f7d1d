//! An mbox that is only read, and not locked.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::lock::{FileKey, Turn, file_key};
use super::scan::{read, scan};
use super::{Part, message};
use crate::base::{Cancel, Hash, Receipt, TargetName};
use crate::disk::{Disk, File, Kind, Open, Stat};
use crate::store::{self, Error, Finding, Kept, Reading, Reread, Sink, Target};

/// An open mbox, and which of its messages were accounted for.
#[derive(Debug)]
pub(super) struct Archive {
    disk: Arc<dyn Disk>,
    target: Arc<TargetName>,
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

impl Archive {
    pub(super) fn open(target: &Target, reading: &Reading<'_>) -> Result<Self, Error> {
        let (path, disk) = (target.path(), reading.disk);
        reading.check_there(target, path, Kind::File)?;
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Error::unfit(path, "it is a folder"));
        };
        let key = file_key(parent, name, &**disk)?;
        let file = disk.open(path, Open::Read).map_err(Error::io("open", path))?;
        let open = Opened { file, key, closing: None };
        Ok(Self {
            disk: Arc::clone(disk),
            target: Arc::clone(target.name()),
            facts: open.file.stat().map_err(Error::io("look at", path))?,
            open,
            cancel: reading.cancel.clone(),
            taken: HashSet::new(),
            by_hash: None,
        })
    }

    fn path(&self) -> &Path {
        Path::new(&self.target.address)
    }

    /// All messages by their hash, read once.
    fn scan(&self) -> Result<HashMap<Hash, Vec<Part>>, Error> {
        let mut by_hash: HashMap<Hash, Vec<Part>> = HashMap::new();
        let mut each = |reread: Reread, part| {
            by_hash.entry(reread.hash).or_default().push(part);
            ControlFlow::Continue(())
        };
        let all = 0..u64::MAX;
        scan(&*self.open.file, all, self.path(), &self.cancel, &mut |_| Ok(()), &mut each)?;
        Ok(by_hash)
    }
}

impl store::Archive for Archive {
    /// At its place. What is there and was found to be another message is
    /// not this one, altered.
    fn look(&mut self, receipt: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        let Some(part) = Part::of(receipt) else {
            return Ok(Finding::Missing);
        };
        if self.taken.contains(&part.offset) {
            return Ok(Finding::Missing);
        }
        let found = message(&*self.open.file, part, self.path(), &mut kept.sink())?;
        let receipt = part.receipt(&self.target);
        Ok(match found {
            Some(reread) if reread.hash == hash => {
                self.taken.insert(part.offset);
                Finding::Intact(receipt)
            }
            Some(_) => Finding::Altered(receipt),
            None => Finding::Missing,
        })
    }

    /// Anywhere else, by its hash: a reader that takes messages out moves the
    /// others. A message that was found once is not found for another record.
    fn search(&mut self, _: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        let by_hash = match self.by_hash.take() {
            Some(by_hash) => by_hash,
            None => self.scan()?,
        };
        let parts = self.by_hash.insert(by_hash).get(&hash);
        let mut parts = parts.into_iter().flatten().copied();
        let Some(part) = parts.find(|part| !self.taken.contains(&part.offset)) else {
            return Ok(Finding::Missing);
        };
        self.taken.insert(part.offset);
        let receipt = part.receipt(&self.target);
        if kept.has_room() && self.read(&receipt, &mut kept.sink())?.hash != hash {
            return Ok(Finding::Altered(receipt));
        }
        Ok(Finding::Intact(receipt))
    }

    fn read(&self, receipt: &Receipt, sink: Sink<'_>) -> Result<Reread, Error> {
        let path = self.path();
        let part = Part::of(receipt).ok_or_else(|| Error::Missing { path: path.into() })?;
        read(&*self.open.file, part, path, &self.cancel, sink)
    }

    fn has_changed(&self) -> bool {
        self.disk.stat(self.path()).ok() != Some(self.facts)
    }
}
