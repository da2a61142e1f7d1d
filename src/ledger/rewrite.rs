//! A ledger written anew, so that it says the same in fewer lines, or in
//! octets that are surely on the disk.

use std::io::Write;
use std::path::Path;

use super::codec::Codec;
use super::read::{LedgerFile, Loaded, first_line};
use super::record::{FORMAT, Record};
use super::{Error, Stored};
use crate::base::Uid;
use crate::disk::{Disk, File};
use crate::plan::{Change, Known, KnownCopy, Proof};

/// Octets written at once.
const PIECE: usize = 256 * 1024;

/// The name of a ledger being written, beside the one it will replace.
const NEW: &str = "ledger.new";

/// Removes what a killed [`rewrite`] left behind.
pub(super) fn remove_leftover(dir: &Path, disk: &dyn Disk) -> Result<(), Error> {
    let new = dir.join(NEW);
    disk.remove_if_there(&new).map_err(|error| Error::opening("remove", &new, error))
}

/// Writes what `loaded` says to a new file, syncs it and has it replace the
/// ledger. `old` is the file it was loaded from, if there is one. Until the
/// replacement the old ledger is in force, after it the new one, in a power cut
/// one of the two.
pub(super) fn rewrite(
    dir: &Path,
    account: &str,
    loaded: &Loaded,
    old: Option<&LedgerFile>,
    disk: &dyn Disk,
) -> Result<(), Error> {
    let new = dir.join(NEW);
    let path = dir.join(super::NAME);
    let file = disk.create(&new).map_err(|error| Error::opening("create", &new, error))?;
    let mut writer = Writer {
        path: &new,
        buffer: first_line(FORMAT, account).into_bytes(),
        codec: Codec::default(),
        file,
    };
    let written = writer.content(loaded, old);
    if let Err(error) = written.and_then(|()| writer.sync()) {
        // The next run removes it as well, but a full disk wants it now.
        let _ = disk.remove(&new);
        return Err(error);
    }
    disk.replace(&new, &path).map_err(|error| Error::opening("replace", &path, error))?;
    disk.sync_dir(dir).map_err(Error::io("sync", dir))?;
    Ok(())
}

/// How many lines [`rewrite`] would write at most.
pub(super) fn live_lines(loaded: &Loaded) -> u64 {
    let lines = |(_, known): (_, &Known)| match known.copies().count() as u64 {
        1 if known.is_left() && known.wanted() == 0 => 1,
        copies => 2 * copies + 5 + known.in_doubt().len() as u64,
    };
    let others = loaded.codec.targets() + loaded.publishers.len();
    5 + others as u64 + loaded.seen.iter().map(lines).sum::<u64>()
}

struct Writer<'p> {
    path: &'p Path,
    buffer: Vec<u8>,
    codec: Codec,
    file: Box<dyn File>,
}

impl Writer<'_> {
    fn content(&mut self, loaded: &Loaded, old: Option<&LedgerFile>) -> Result<(), Error> {
        let seen = &loaded.seen;
        if let Some(account) = &loaded.key {
            self.record(&Record::Key(account.clone()))?;
        }
        if let Some(now) = seen.last_session() {
            self.change(Change::Listed {
                sessions: seen.sessions(),
                now,
                messages: seen.last_listed(),
            })?;
        }
        if let Some(file) = old {
            let mut each = |stored: Stored| self.record(&Record::Stored(stored));
            loaded.each_stored(file, &mut each)?;
        }
        for (uid, known) in seen.iter() {
            if let Some(uid) = Uid::new(uid) {
                self.known(&uid, known)?;
            }
        }
        if let Some(intent) = &loaded.unsettled {
            self.record(&Record::Intent(intent.clone()))?;
        }
        if loaded.open {
            self.record(&Record::Open(None))?;
        }
        for now in &loaded.publishers {
            self.record(&Record::Open(Some(*now)))?;
        }
        Ok(())
    }

    /// What the stored messages of a uid, all of which count as current when
    /// they are read, do not say.
    fn known(&mut self, uid: &Uid, known: &Known) -> Result<(), Error> {
        let stored = |(_, copy): &(u32, &KnownCopy)| copy.hash().is_some();
        let is_past = |(_, copy): (u32, &KnownCopy)| !copy.is_current();
        if known.copies().next().is_none() || known.copies().any(is_past) {
            self.change(Change::Renewed(uid.clone(), 0))?;
            for (ordinal, copy) in known.current().filter(stored) {
                self.change(Change::Again { uid: uid.clone(), ordinal, size: copy.size() })?;
            }
        }
        for (ordinal, copy) in known.copies() {
            if let Proof::Said(origin) = copy.proof() {
                self.change(Change::Marked {
                    uid: uid.clone(),
                    ordinal,
                    origin,
                    size: copy.size(),
                    first_seen: copy.first_seen(),
                })?;
            }
        }
        if known.wanted() > 0 {
            self.change(Change::Wanted(uid.clone(), known.wanted()))?;
        }
        if known.is_deleted() {
            self.change(Change::Deleted(uid.clone()))?;
        }
        if known.is_risky() {
            self.change(Change::Risky(uid.clone()))?;
        }
        if let Some(refusal) = known.refusal() {
            self.change(Change::Refused(uid.clone(), refusal.clone()))?;
        }
        for ordinal in known.in_doubt() {
            self.change(Change::Handing(uid.clone(), *ordinal))?;
        }
        if let Some(gone) = known.gone() {
            self.change(Change::Gone(uid.clone(), gone))?;
        }
        Ok(())
    }

    fn change(&mut self, change: Change) -> Result<(), Error> {
        self.record(&Record::Change(change))
    }

    fn record(&mut self, record: &Record) -> Result<(), Error> {
        self.codec.write(record, &mut self.buffer);
        if self.buffer.len() < PIECE {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Error> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(Error::io("write", self.path))
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.flush()?;
        self.file.sync().map_err(Error::io("sync", self.path))
    }
}
