//! What is noted in an open ledger.

use super::record::Record;
use super::{Error, Intent, Ledger, Stored};
use crate::base::{Listing, Note, Uid};
use crate::plan::{self, Change, Gone, Origin, Plan, Seen};

impl Ledger {
    /// Notes durably that a session, with the seconds since 1970 that are in
    /// the names it gives, will publish messages. Once a session; later calls
    /// do nothing.
    pub fn begin(&mut self, now: u64) -> Result<(), Error> {
        if !self.has_begun {
            self.write_durably(vec![Record::Open(Some(now))])?;
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
    pub fn record(&mut self, messages: Vec<Stored>) -> Result<(), Error> {
        self.record_with(messages, Vec::new())
    }

    /// The same, and changes that go with them.
    pub fn record_with(
        &mut self,
        messages: Vec<Stored>,
        changes: Vec<Change>,
    ) -> Result<(), Error> {
        let messages = messages.into_iter().map(Record::Stored);
        self.enter(messages.chain(all(changes)).collect())
    }

    /// Records durably messages that are in the target, of which nobody knows
    /// whether they are the ones on the server: those are retrieved once more,
    /// and compared.
    pub fn record_found(&mut self, messages: Vec<Stored>) -> Result<(), Error> {
        self.enter(messages.into_iter().map(Record::Found).collect())
    }

    fn enter(&mut self, records: Vec<Record>) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        self.note_open()?;
        self.write_durably(records)
    }

    /// A message was handed on, and taken. Synced only with what follows.
    pub fn handed(&mut self, stored: Stored) -> Result<(), Error> {
        self.write(vec![Record::Stored(stored)])
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
        self.write_durably(vec![Record::Intent(Intent { note, messages })])
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
        let settled = std::iter::once(Record::Settled(whole));
        self.write_durably(settled.chain(all(changes)).collect())
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
        self.record_with(Vec::new(), uids.iter().cloned().map(Change::Deleted).collect())
    }

    /// The server confirmed by `+OK` to QUIT that these are deleted, as if a
    /// listing lacked them: what is listed under such a uid from now on is to be
    /// compared. To be synced by [`Ledger::close`].
    pub fn note_deleted(&mut self, uids: &[Uid], now: u64) -> Result<(), Error> {
        let gone = Gone { since: now, at_session: self.seen().sessions() };
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

    /// Forgets uids, but for these copies, which stay known: what else is listed
    /// under such a uid is fetched.
    pub fn forget_but(&mut self, uids: &[Uid], kept: Vec<Stored>) -> Result<(), Error> {
        self.forget(uids)?;
        self.record(kept)
    }

    /// Makes durable what was noted, and changes that go with it.
    pub fn make_durable(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        self.write_durably(all(changes).collect())
    }

    /// Notes changes. Not synced.
    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Error> {
        self.write(all(changes).collect())
    }
}

fn all(changes: Vec<Change>) -> impl Iterator<Item = Record> {
    changes.into_iter().map(Record::Change)
}
