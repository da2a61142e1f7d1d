//! The ledger itself: open, append, close. What is noted is in [`super::notes`].

use std::path::Path;
use std::sync::Arc;

use super::format1::Format1;
use super::hints::bring_hints;
use super::lock::is_there;
use super::read::{Damage, LedgerFile, Loaded, load, read_existing};
use super::record::Record;
use super::rewrite::{live_lines, remove_leftover, rewrite};
use super::takeover::{bring, check_vacant, claim, find};
use super::{Error, Lock, NAME, Stored};
use crate::base::{AccountId, Note, TargetName};
use crate::disk::{Disk, Open, sync_entries};
use crate::plan::Seen;

/// How many lines have to say nothing any more, and be more than half of all,
/// before the ledger is written anew.
pub(super) const MAX_WASTE: u64 = 4096;

/// The open ledger of an account.
#[derive(Debug)]
pub struct Ledger {
    lock: Lock,
    disk: Arc<dyn Disk>,
    /// Its length are the octets that are surely ours.
    file: LedgerFile,
    pub(super) loaded: Loaded,
    was_unclean: bool,
    /// This session has said that it publishes.
    pub(super) has_begun: bool,
    pub(super) has_looked: bool,
    /// Something was written that should be durable when the session ends.
    owes_sync: bool,
    distrusted: bool,
    torn: u64,
}

impl Ledger {
    /// Loads it. A torn tail is cut off; damage before it is an error, never
    /// an empty ledger. A missing one is created. One whose last session did
    /// not close is copied into a new file first, as is one of the format of
    /// before.
    pub fn open(mut lock: Lock, disk: Arc<dyn Disk>) -> Result<Self, Error> {
        let path = lock.dir().join(NAME);
        let account = lock.account().clone();
        let account = account.as_str();
        remove_leftover(lock.dir(), &*disk)?;
        let source = claim(&lock, &disk)?;
        let theirs = source.account.as_str();
        let taken_over = source.path != path;
        let existing = read_existing(&source.path, theirs, Damage::Refuse, &*disk)?;
        let (mut loaded, old) = match existing {
            Some((loaded, file)) => (loaded, Some(file)),
            None => (Loaded::default(), None),
        };
        let torn = loaded.torn;
        let new = old.is_none() || loaded.new;
        let was_unclean = new || loaded.open || torn > 0;
        let is_old = loaded.format1.is_some() || taken_over;
        if taken_over {
            loaded.key.get_or_insert(theirs.to_owned());
        }
        if old.is_none() {
            lock.begin();
        } else {
            lock.keep();
        }
        if was_unclean || is_old {
            loaded.open = was_unclean;
            rewrite(lock.dir(), account, &loaded, old.as_ref(), &*disk)?;
        }
        if let Some(above) = lock.dir().parent().filter(|_| new) {
            // A run may have been killed between making the account's folder
            // and syncing its entry.
            sync_entries(above, &*disk, &Error::opening)?;
        }
        let file = LedgerFile::open(&path, Open::Append, &*disk)?;
        if is_old {
            Format1::forget(lock.dir(), &*disk);
        }
        if taken_over {
            // Should it stay, nobody reads it.
            let _ = disk.remove(&source.path);
        }
        if was_unclean || is_old {
            // The lines have other numbers now, and a copy is worth a look.
            loaded = load(&file, account, Damage::Refuse, &*disk)?;
        }
        Ok(Self {
            lock,
            disk,
            file,
            loaded,
            was_unclean,
            has_begun: false,
            has_looked: false,
            owes_sync: false,
            distrusted: false,
            torn,
        })
    }

    /// Returns whether an account has one.
    pub fn exists(state_dir: &Path, account: &AccountId, disk: &dyn Disk) -> Result<bool, Error> {
        is_there(&find(state_dir, account, disk)?.path, disk)
    }

    /// Fails with [`Error::Taken`] if an account has one.
    pub fn check_vacant(
        state_dir: &Path,
        account: &AccountId,
        disk: &dyn Disk,
    ) -> Result<(), Error> {
        check_vacant(state_dir, account, disk)
    }

    /// Gives it to another account, which has none: what is known stays known,
    /// and messages keep their keys. Nothing is owed to it yet.
    pub fn give(self, to: Lock) -> Result<Self, Error> {
        let disk = Arc::clone(&self.disk);
        let state_dir = to.dir().parent().unwrap_or(to.dir());
        check_vacant(state_dir, to.account(), &*disk)?;
        bring_hints(self.lock.dir(), to.dir(), &*disk);
        bring(&self.file.path, &to, &*disk)?;
        Self::open(to, disk)
    }

    /// What is known. Kept up to date by every call below.
    pub fn seen(&self) -> &Seen {
        &self.loaded.seen
    }

    /// Hands out every message that is stored, in the order of the records.
    /// Those of forgotten uids are not among them.
    pub fn stored<E: From<Error>>(
        &self,
        mut each: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        self.loaded.each_stored(&self.file, &mut each)
    }

    /// Returns whether the last session did not close cleanly, or the ledger is
    /// new, and nobody has looked since ([`Ledger::looked`]): the store may
    /// hold what is not recorded.
    pub fn needs_rescan(&self) -> bool {
        self.was_unclean && !self.has_looked
    }

    /// Octets of a torn tail that were cut off when the ledger was opened.
    pub fn repaired_tail(&self) -> u64 {
        self.torn
    }

    /// Seconds since 1970 of the sessions that did not close and may have
    /// published what is not recorded.
    pub fn publishers(&self) -> &[u64] {
        &self.loaded.publishers
    }

    /// The note of a batch that was not settled.
    pub fn unsettled(&self) -> Option<&Note> {
        self.loaded.unsettled.as_ref().map(|intent| &intent.note)
    }

    /// Where the last message was stored.
    pub fn last_target(&self) -> Option<&Arc<TargetName>> {
        self.loaded.last_target.as_ref()
    }

    /// The account by which messages have their keys ([`crate::store::Key::id`]):
    /// that of the ledger that was taken over, so that they are found again.
    pub fn key_account(&self) -> AccountId {
        let key = self.loaded.key.as_deref();
        key.map_or_else(|| self.lock.account().clone(), AccountId::named)
    }

    /// Returns whether a message was stored in this target.
    pub fn names(&self, target: &Arc<TargetName>) -> bool {
        self.loaded.codec.names(target)
    }

    /// The account's state folder.
    pub fn dir(&self) -> &Path {
        self.lock.dir()
    }

    /// Syncs what is owed; then notes that the session closed cleanly, unless
    /// the one before did not and nobody has looked since. Writes the file anew
    /// when most of its lines say nothing any more.
    pub fn close(mut self) -> Result<(), Error> {
        if self.owes_sync {
            self.sync()?;
        }
        if self.loaded.open && !self.needs_rescan() {
            self.write(vec![Record::Close])?;
        }
        if self.is_wasteful() && !self.distrusted {
            let account = self.lock.account().as_str();
            // Nothing depends on it: if it fails, the old file stays.
            let (dir, file) = (self.lock.dir(), Some(&self.file));
            let _ = rewrite(dir, account, &self.loaded, file, &*self.disk);
        }
        Ok(())
    }

    fn is_wasteful(&self) -> bool {
        let lines = self.loaded.lines;
        let is_waste = |waste| waste > MAX_WASTE && waste > lines / 2;
        lines > MAX_WASTE && is_waste(lines.saturating_sub(live_lines(&self.loaded)))
    }

    /// What comes is to be synced when the session ends. Should that fail, an
    /// open session tells the next one not to trust the file.
    pub(super) fn promise_sync(&mut self) -> Result<(), Error> {
        self.note_open()?;
        self.owes_sync = true;
        Ok(())
    }

    pub(super) fn note_open(&mut self) -> Result<(), Error> {
        if self.loaded.open {
            return Ok(());
        }
        self.write(vec![Record::Open(None)])
    }

    /// Appends records in one write, syncs if that is wanted, and takes them
    /// in. After a failure the file is cut back, and nothing more is written.
    fn append(&mut self, records: Vec<Record>, durably: bool) -> Result<(), Error> {
        self.check_trusted()?;
        let (mut text, mut lines) = (Vec::new(), Vec::with_capacity(records.len()));
        let mut last = self.loaded.lines;
        for record in &records {
            last += self.loaded.codec.write(record, &mut text);
            lines.push(last);
        }
        self.lock.keep();
        let LedgerFile { path, file, len } = &mut self.file;
        if let Err(error) = file.write_all(&text) {
            self.distrusted = true;
            // A torn tail would be cut off by the next run anyway.
            let _ = file.set_len(*len);
            return Err(Error::io("write", path)(error));
        }
        *len += text.len() as u64;
        self.loaded.lines = last;
        if durably {
            self.sync()?;
        }
        for (record, line) in records.into_iter().zip(lines) {
            self.loaded.take(record, line);
        }
        Ok(())
    }

    /// Appends records, not synced.
    pub(super) fn write(&mut self, records: Vec<Record>) -> Result<(), Error> {
        self.append(records, false)
    }

    /// Appends records, durably.
    pub(super) fn write_durably(&mut self, records: Vec<Record>) -> Result<(), Error> {
        self.append(records, true)
    }

    pub(super) fn sync(&mut self) -> Result<(), Error> {
        self.check_trusted()?;
        let LedgerFile { path, file, .. } = &mut self.file;
        if let Err(error) = file.sync() {
            self.distrusted = true;
            return Err(Error::io("sync", path)(error));
        }
        self.owes_sync = false;
        Ok(())
    }

    fn check_trusted(&self) -> Result<(), Error> {
        if self.distrusted {
            let path = self.file.path.clone();
            return Err(Error::Distrusted { path });
        }
        Ok(())
    }
}
