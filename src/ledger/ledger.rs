//! The ledger itself: open, note, close.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format1::Format1;
use super::hints::bring_hints;
use super::lock::{is_there, sync_entries};
use super::read::{Damage, Existing, Loaded, line_number, load, read_existing};
use super::record::Record;
use super::rewrite::{live_lines, remove_leftover, rewrite};
use super::takeover::{Source, bring, check_vacant, claim, find};
use super::{Error, Intent, Lock, NAME, Stored, guard};
use crate::base::{AccountId, Listing, Note, TargetName, Uid};
use crate::disk::{Disk, File, Open};
use crate::plan::{self, Change, Gone, Known, Origin, Plan, Seen};

/// How many lines have to say nothing any more, and be more than half of all,
/// before the ledger is written anew.
pub(super) const MAX_WASTE: u64 = 4096;

/// The open ledger of an account.
#[derive(Debug)]
pub struct Ledger {
    lock: Lock,
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: Box<dyn File>,
    /// Octets that are surely ours.
    len: u64,
    loaded: Loaded,
    was_unclean: bool,
    has_begun: bool,
    has_looked: bool,
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
            Some(Existing { loaded, file, end }) => (loaded, Some((file, end))),
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
            let old = old.as_ref().map(|(file, end)| (&**file, *end));
            rewrite(lock.dir(), account, &loaded, old, &*disk)?;
        }
        if let Some(above) = lock.dir().parent().filter(|_| new) {
            // A run may have been killed between making the account's folder
            // and syncing its entry.
            sync_entries(above, &*disk)?;
        }
        let file = guard::open(&*disk, &path, Open::Append)?;
        let len = file.stat().map_err(Error::io("read", &path))?.len;
        if is_old {
            Format1::forget(lock.dir(), &*disk);
        }
        if taken_over {
            // Should it stay, nobody reads it.
            let _ = disk.remove(&source.path);
        }
        if was_unclean || is_old {
            // The lines have other numbers now, and a copy is worth a look.
            loaded = load(&*file, len, &path, account, Damage::Refuse, &*disk)?;
        }
        Ok(Self {
            lock,
            disk,
            path,
            file,
            len,
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
        bring(&self.path, &to, &*disk)?;
        Self::open(to, disk)
    }

    /// Forgets uids, but for these copies, which stay known: what else is listed
    /// under such a uid is fetched.
    pub fn forget_but(&mut self, uids: &[Uid], kept: &[Stored]) -> Result<(), Error> {
        self.forget(uids)?;
        self.record(kept)
    }

    /// Loads it to read only, without a lock (for `list`, `state show`).
    pub fn peek(state_dir: &Path, account: &AccountId, disk: &dyn Disk) -> Result<Seen, Error> {
        Self::peek_stored(state_dir, account, disk, &mut |_| {})
    }

    /// As [`Ledger::peek`], and hands out every message that is stored, with
    /// its place, in the order of the records. Those of forgotten uids are
    /// not among them.
    pub fn peek_stored(
        state_dir: &Path,
        account: &AccountId,
        disk: &dyn Disk,
        each: &mut dyn FnMut(&Stored),
    ) -> Result<Seen, Error> {
        Self::peek_known(state_dir, account, disk, &mut |stored, _| each(stored))
    }

    /// As [`Ledger::peek_stored`], with what is known of the uid of each.
    pub fn peek_known(
        state_dir: &Path,
        account: &AccountId,
        disk: &dyn Disk,
        each: &mut dyn FnMut(&Stored, &Known),
    ) -> Result<Seen, Error> {
        let mut each = |stored: &Stored, seen: &Seen| {
            if let Some(known) = seen.get(&stored.uid) {
                each(stored, known);
            }
        };
        Self::peek_all(state_dir, account, disk, &mut |_| {}, &mut each)
    }

    /// The same with all that is known, which `begin` is given first.
    pub fn peek_all(
        state_dir: &Path,
        account: &AccountId,
        disk: &dyn Disk,
        begin: &mut dyn FnMut(&Seen),
        each: &mut dyn FnMut(&Stored, &Seen),
    ) -> Result<Seen, Error> {
        let Source { path, account } = find(state_dir, account, disk)?;
        let account = account.as_str();
        let read = || read_existing(&path, account, Damage::Refuse, disk);
        // Another run may mend a torn tail while this one reads it; the second
        // look tells that from damage.
        let Some(Existing { loaded, file, end }) = read().or_else(|_| read())? else {
            return Ok(Seen::default());
        };
        begin(&loaded.seen);
        let mut each = |stored: Stored| {
            each(&stored, &loaded.seen);
            Ok(())
        };
        loaded.each_stored(&*file, end, &path, &mut each)?;
        Ok(loaded.seen)
    }

    /// What is known. Kept up to date by every call below.
    pub fn seen(&self) -> &Seen {
        &self.loaded.seen
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

    /// Notes durably that a session, with the seconds since 1970 that are in
    /// the names it gives, will publish messages. Once a session; later calls
    /// do nothing.
    pub fn begin(&mut self, now: u64) -> Result<(), Error> {
        if !self.has_begun {
            self.append([Record::Open(Some(now))])?;
            self.sync()?;
            self.loaded.open = true;
            self.loaded.publishers.push(now);
            self.has_begun = true;
        }
        Ok(())
    }

    /// The store was looked at for what is on the server: that makes up for a
    /// session that did not close.
    pub fn looked(&mut self) {
        self.has_looked = true;
    }

    /// Records messages that are durable in their target, durably.
    pub fn record(&mut self, messages: &[Stored]) -> Result<(), Error> {
        self.record_with(messages, Vec::new())
    }

    /// The same, and changes that go with them.
    pub fn record_with(&mut self, messages: &[Stored], changes: Vec<Change>) -> Result<(), Error> {
        self.enter(messages, Record::Stored, Loaded::store, changes)
    }

    /// Records durably messages that are in the target, of which nobody knows
    /// whether they are the ones on the server: those are retrieved once more,
    /// and compared.
    pub fn record_found(&mut self, messages: &[Stored]) -> Result<(), Error> {
        self.enter(messages, Record::Found, Loaded::find, Vec::new())
    }

    /// A line each, durably, and only then what is known.
    fn enter(
        &mut self,
        messages: &[Stored],
        record: fn(Stored) -> Record,
        enter: fn(&mut Loaded, &Stored, u32),
        changes: Vec<Change>,
    ) -> Result<(), Error> {
        if messages.is_empty() && changes.is_empty() {
            return Ok(());
        }
        self.note_open()?;
        let records = messages.iter().cloned().map(record);
        let lines = self.append(records.chain(changes.iter().cloned().map(Record::Change)))?;
        self.sync()?;
        for (line, stored) in lines.into_iter().zip(messages) {
            enter(&mut self.loaded, stored, line);
        }
        for change in &changes {
            self.loaded.apply(change);
        }
        Ok(())
    }

    /// A message was handed on, and taken. Synced only with what follows.
    pub fn handed(&mut self, stored: &Stored) -> Result<(), Error> {
        for line in self.append([Record::Stored(stored.clone())])? {
            self.loaded.store(stored, line);
        }
        Ok(())
    }

    /// A message is about to be handed on. Synced at once if it must be
    /// durable, else with what follows.
    pub fn handing(&mut self, uid: &Uid, ordinal: u32, durably: bool) -> Result<(), Error> {
        self.apply(vec![Change::Handing(uid.clone(), ordinal)])?;
        if durably { self.sync() } else { Ok(()) }
    }

    /// It was not taken this time. Not synced by itself.
    pub fn returned(&mut self, uid: &Uid, ordinal: u32) -> Result<(), Error> {
        self.apply(vec![Change::Returned(uid.clone(), ordinal)])
    }

    /// It was refused, at these seconds since 1970. Not synced by itself.
    pub fn refused(
        &mut self,
        uid: &Uid,
        ordinal: u32,
        answer: &str,
        now: u64,
    ) -> Result<(), Error> {
        let refusal = plan::refusal(self.seen().get(uid), ordinal, answer, now);
        self.apply(vec![Change::Refused(uid.clone(), refusal)])
    }

    /// Notes that the messages of a plan that are to be compared are going to
    /// be retrieved. To be called before the transfer: should it break off,
    /// only what was retrieved counts as known. Not synced by itself.
    pub fn renew(&mut self, plan: &Plan) -> Result<(), Error> {
        self.apply(Seen::renewals(plan))
    }

    /// Notes that a session broke off when a message of this uid was asked for
    /// alone. Not synced: losing it costs another try.
    pub fn note_risky(&mut self, uid: &Uid) -> Result<(), Error> {
        self.apply(vec![Change::Risky(uid.clone())])
    }

    /// Notes durably what a target is about to publish, and the record of each
    /// of its messages.
    pub fn intend(&mut self, note: Note, messages: Vec<Stored>) -> Result<(), Error> {
        let intent = Intent { note, messages };
        self.append([Record::Intent(intent.clone())])?;
        self.sync()?;
        self.loaded.unsettled = Some(intent);
        Ok(())
    }

    /// The first `whole` messages of the intent are durable; the rest never
    /// happened. Durable. Does nothing without an intent.
    pub fn settle(&mut self, whole: usize) -> Result<(), Error> {
        self.settle_with(whole, Vec::new())
    }

    /// The same, and changes that go with it.
    pub fn settle_with(&mut self, whole: usize, changes: Vec<Change>) -> Result<(), Error> {
        if self.loaded.unsettled.is_none() {
            return Ok(());
        }
        let line = line_number(self.loaded.lines + 1);
        let settled = [Record::Settled(whole)].into_iter();
        self.append(settled.chain(changes.iter().cloned().map(Record::Change)))?;
        self.sync()?;
        self.loaded.settle(whole, line);
        for change in &changes {
            self.loaded.apply(change);
        }
        Ok(())
    }

    /// A complete listing was seen ([`Seen::changes`]): uids that it lacks are
    /// noted as gone, gone ones that it has as back, and those missing for 90
    /// days and 100 sessions are forgotten. To be called with the listing that
    /// was planned from, after [`crate::plan::decide`] and before anything is
    /// recorded. Not synced: losing it costs nothing, but for the news that
    /// what retr deleted is gone, which [`Ledger::close`] syncs.
    pub fn note_listing(&mut self, listing: &Listing, now: u64) -> Result<(), Error> {
        let changes = self.seen().changes(listing, now);
        let is_deleted = |uid: &Uid| self.seen().get(uid).is_some_and(|known| known.is_deleted());
        let matters = |change: &Change| matches!(change, Change::Gone(uid, _) if is_deleted(uid));
        if changes.iter().any(matters) {
            self.promise_sync()?;
        }
        self.apply(changes)
    }

    /// The server is going to be asked to delete these. Durable, so to be called
    /// before DELE: should the server do it at once, their absence from the next
    /// listing is no reset; and should such a uid be listed later, that tells
    /// another message from the same one.
    pub fn note_deleting(&mut self, uids: &[Uid]) -> Result<(), Error> {
        self.record_with(&[], uids.iter().cloned().map(Change::Deleted).collect())
    }

    /// The server confirmed by `+OK` to QUIT that these are deleted, as if a
    /// listing lacked them: what is listed under such a uid from now on is to be
    /// compared. To be synced by [`Ledger::close`].
    pub fn note_deleted(&mut self, uids: &[Uid], now: u64) -> Result<(), Error> {
        let gone = Gone {
            since: now,
            at_session: self.seen().sessions(),
        };
        let known = uids.iter().filter(|uid| self.seen().get(uid).is_some());
        let changes: Vec<Change> = known.map(|uid| Change::Gone(uid.clone(), gone)).collect();
        if changes.is_empty() {
            return Ok(());
        }
        self.promise_sync()?;
        self.apply(changes)
    }

    /// Notes messages as seen without a stored copy, each given by its uid
    /// and listed size; as often as a uid is given, this many messages of it
    /// are known afterwards ([`Seen::marks`]).
    pub fn mark(
        &mut self,
        messages: &[(Uid, Option<u64>)],
        origin: Origin,
        now: u64,
    ) -> Result<(), Error> {
        self.promise_sync()?;
        let marks = self.seen().marks(messages, origin, now);
        self.apply(marks)
    }

    /// Forgets uids: they will be fetched again. Unknown ones are ignored.
    pub fn forget(&mut self, uids: &[Uid]) -> Result<(), Error> {
        self.promise_sync()?;
        let known = uids.iter().filter(|uid| self.seen().get(uid).is_some());
        self.apply(known.cloned().map(Change::Forgotten).collect())
    }

    /// Syncs what is owed; then notes that the session closed cleanly, unless
    /// the one before did not and nobody has looked since. Writes the file anew
    /// when most of its lines say nothing any more.
    pub fn close(mut self) -> Result<(), Error> {
        if self.owes_sync {
            self.sync()?;
        }
        if self.loaded.open && !self.needs_rescan() {
            self.append([Record::Close])?;
            self.loaded.open = false;
            self.loaded.publishers.clear();
        }
        if self.is_wasteful() && !self.distrusted {
            let account = self.lock.account().as_str();
            let old = Some((&*self.file, self.len));
            // Nothing depends on it: if it fails, the old file stays.
            let _ = rewrite(self.lock.dir(), account, &self.loaded, old, &*self.disk);
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
    fn promise_sync(&mut self) -> Result<(), Error> {
        self.note_open()?;
        self.owes_sync = true;
        Ok(())
    }

    fn note_open(&mut self) -> Result<(), Error> {
        if !self.loaded.open {
            self.append([Record::Open(None)])?;
            self.loaded.open = true;
        }
        Ok(())
    }

    /// Appends changes, not synced, and takes them in.
    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        self.append(changes.iter().cloned().map(Record::Change))?;
        for change in &changes {
            self.loaded.apply(change);
        }
        Ok(())
    }

    /// Makes durable what was noted, and changes that go with it.
    pub fn make_durable(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        self.apply(changes)?;
        self.sync()
    }

    /// Appends records in one write, and returns their lines. After a failure
    /// the file is cut back, and nothing more is written.
    fn append(&mut self, records: impl IntoIterator<Item = Record>) -> Result<Vec<u32>, Error> {
        if self.distrusted {
            let path = self.path.clone();
            return Err(Error::Distrusted { path });
        }
        let (mut text, mut lines) = (Vec::new(), Vec::new());
        let mut last = self.loaded.lines;
        for record in records {
            last += self.loaded.codec.write(&record, &mut text);
            lines.push(line_number(last));
        }
        self.lock.keep();
        if let Err(error) = self.file.write_all(&text) {
            self.distrusted = true;
            // A torn tail would be cut off by the next run anyway.
            let _ = self.file.set_len(self.len);
            return Err(Error::io("write", &self.path)(error));
        }
        self.len += text.len() as u64;
        self.loaded.lines = last;
        Ok(lines)
    }

    fn sync(&mut self) -> Result<(), Error> {
        if self.distrusted {
            let path = self.path.clone();
            return Err(Error::Distrusted { path });
        }
        self.file.sync().map_err(|error| {
            self.distrusted = true;
            Error::io("sync", &self.path)(error)
        })?;
        self.owes_sync = false;
        Ok(())
    }
}
