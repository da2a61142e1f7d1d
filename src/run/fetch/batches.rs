//! The transfer, batch by batch:
//!
//! 1. RETR of its messages, and nothing else meanwhile
//! 2. their contents are made durable, and at the same time DELE goes out for
//!    what earlier batches made safe, and STAT
//! 3. the answer to STAT proves that replies match the commands: only then the
//!    batch is published and recorded
//!
//! What came in after the last such answer is dropped, and fetched again.

use std::time::Duration;

use crate::base::{Deletion, Disposition, Event, Observer, Skipped, Uid};
use crate::plan::{Item, LineEnd};
use crate::session::{self, Interrupt, Session};

use super::super::Error;
use super::super::commit::{Committed, Settled};
use super::receive::{Batch, Receiver};
use super::worker::CommitQueue;

/// How long the server hears nothing while a batch becomes durable. Some hang
/// up after a minute.
pub(super) const IDLE: Duration = Duration::from_secs(20);

/// What a transfer brought.
#[derive(Debug, Default)]
pub(super) struct Transferred {
    /// Messages that were stored.
    pub(super) stored: u64,
    /// Which copies these are, if anybody has to know.
    pub(super) copies: Option<Vec<(Uid, u32)>>,
    /// Messages that are safe, those that were stored before included.
    pub(super) messages: u64,
    /// Their octets.
    pub(super) octets: u64,
    /// Messages that the server marked as deleted.
    pub(super) deleted: Vec<Deletion>,
    /// Uids whose deletion was refused.
    pub(super) kept: Vec<Uid>,
    /// Uids of messages that the server refused.
    pub(super) refused: Vec<Uid>,
    /// Uids of messages that the target did not take.
    pub(super) not_taken: Vec<(Uid, Disposition)>,
    /// Uids of messages that turned out to be larger than wanted.
    pub(super) too_large: Vec<Uid>,
    /// The uid of the one whose end was not waited for.
    pub(super) endless: Option<Uid>,
    /// How the server counts the octets of a message, if one had its listed
    /// size.
    pub(super) counts: Option<LineEnd>,
    /// Messages whose listed sizes turned out to be wrong.
    pub(super) odd_sizes: u32,
    /// Messages that are safe, and that the server was to have deleted before.
    pub(super) still_there: u64,
    /// The message that was asked for alone when the session broke off.
    pub(super) broke_at: Option<Item>,
    /// Whether the session broke off when messages had come, and none was safe.
    pub(super) was_for_nothing: bool,
}

/// A transfer under way.
pub(super) struct Transfer<'t, 's> {
    pub(super) session: &'t mut Session<'s>,
    pub(super) receiver: Receiver<'t>,
    pub(super) queue: CommitQueue,
    pub(super) observer: &'t dyn Observer,
    /// Batches in which a message that has not its listed size is worth a
    /// second look.
    pub(super) rechecks: u32,
    /// What is safe, and still to be deleted.
    pub(super) to_delete: Vec<Deletion>,
    pub(super) result: Transferred,
}

impl Transfer<'_, '_> {
    /// Retrieves and deletes all there is to, and waits until what was proven is
    /// safe. Returns what went wrong on the wire or while receiving, and what
    /// while committing.
    pub(super) fn run(mut self) -> (Transferred, Result<(), Interrupt<Error>>, Result<(), Error>) {
        let transferred = self.batches();
        if let Err(interrupt) = &transferred {
            self.break_off(interrupt);
        }
        let mut result = self.result;
        let committed = self.queue.finish().map(|batches| {
            for committed in batches {
                result.settle_all(committed).for_each(drop);
            }
        });
        result.was_for_nothing &= result.messages == 0;
        (result, transferred, committed)
    }

    fn batches(&mut self) -> Result<(), Interrupt<Error>> {
        while self.receiver.has_more() {
            self.receiver.begin(self.queue.is_busy());
            self.session.transfer(&mut self.receiver)?;
            let odd = self.receiver.odd(self.result.counts);
            let odd = odd.filter(|_| self.result.odd_sizes < self.rechecks);
            for message in self.receiver.doubtful().into_iter().chain(odd) {
                let recheck = self.session.recheck(message.number, message.listed, message.octets);
                recheck.map_err(Interrupt::Session)?;
            }
            let arrived = self.receiver.arrived();
            self.queue.prepare(arrived).map_err(Interrupt::Work)?;
            self.collect(Duration::ZERO).map_err(Interrupt::Work)?;
            self.delete().map_err(|error| {
                let words = self.receiver.refusal().map(|status| status.sanitized());
                Interrupt::Session(match words {
                    Some(words) => error.after(&format!("-ERR {words}")),
                    None => error,
                })
            })?;
            let batch = self.receiver.end();
            self.await_commit()?;
            self.take(batch).map_err(Interrupt::Work)?;
            self.result.odd_sizes += u32::from(odd.is_some());
        }
        self.await_commit()?;
        if self.to_delete.is_empty() {
            return Ok(());
        }
        self.delete().map_err(Interrupt::Session)
    }

    /// Waits for the batch before, and has the server know that we are here.
    fn await_commit(&mut self) -> Result<(), Interrupt<Error>> {
        while self.queue.is_busy() {
            if !self.collect(IDLE).map_err(Interrupt::Work)? {
                self.session.keep_alive().map_err(Interrupt::Session)?;
            }
        }
        Ok(())
    }

    /// Deletes what is safe, and proves that replies match the commands.
    fn delete(&mut self) -> Result<(), session::Error> {
        let doomed = std::mem::take(&mut self.to_delete);
        let numbers: Vec<_> = doomed.iter().map(|deletion| deletion.number).collect();
        let answers = self.session.delete(&numbers)?;
        for (deletion, answer) in doomed.into_iter().zip(answers) {
            match answer {
                Ok(()) => self.result.deleted.push(deletion),
                Err(status) => {
                    self.observer.fail(deletion.number, deletion.uid.clone(), status.sanitized());
                    self.result.kept.push(deletion.uid);
                }
            }
        }
        Ok(())
    }

    /// Publishes a batch that is proven, or asks for it again.
    fn take(&mut self, batch: Batch) -> Result<(), Error> {
        if batch.is_unclear() {
            self.queue.forget()?;
            self.receiver.unclear(batch);
            return Ok(());
        }
        self.queue.publish()?;
        self.receiver.clean(&batch);
        self.result.counts = batch.sizes.counts(self.result.counts);
        self.result.still_there += batch.still_there;
        if let (Some(status), Some(item)) = (&batch.refusal, batch.only()) {
            self.observer.fail(item.number, item.uid.clone(), status.sanitized());
            self.result.refused.push(item.uid.clone());
        }
        self.leave_out(batch.too_large);
        Ok(())
    }

    fn leave_out(&mut self, items: Vec<Item>) {
        for item in items {
            self.observer.notice(&Event::Skipped(Skipped {
                number: item.number,
                uid: item.uid.clone(),
                size: item.size,
                reason: "larger than --max-size".into(),
            }));
            self.result.too_large.push(item.uid);
        }
    }

    /// The batch at hand is lost.
    fn break_off(&mut self, interrupt: &Interrupt<Error>) {
        let batch = self.receiver.end();
        match interrupt {
            Interrupt::Session(error) => {
                self.result.was_for_nothing = batch.has_any();
                let careful = self.receiver.is_careful();
                let only = batch.only().filter(|item| careful || item.risky);
                let culprit = only.filter(|_| error.is_by_server());
                self.result.broke_at = culprit.cloned();
            }
            Interrupt::Work(Error::Endless { .. }) => {
                self.result.endless = batch.too_large.last().map(|item| item.uid.clone());
                self.leave_out(batch.too_large);
            }
            Interrupt::Work(_) => {}
        }
    }

    /// Takes what became safe, waiting for it no longer than this. Returns
    /// whether anything did.
    fn collect(&mut self, wait: Duration) -> Result<bool, Error> {
        let mut wait = wait;
        let mut has_any = false;
        while let Some(committed) = self.queue.committed(wait)? {
            wait = Duration::ZERO;
            has_any = true;
            self.to_delete.extend(self.result.settle_all(committed));
        }
        Ok(has_any)
    }
}

impl Transferred {
    /// Nothing yet, from a server that counts in this way as far as is known;
    /// the copies that are stored are named if that is wanted.
    pub(super) fn new(names_copies: bool, counts: Option<LineEnd>) -> Self {
        Self { counts, copies: names_copies.then(Vec::new), ..Self::default() }
    }

    /// Counts what became of a batch. Returns what is to be deleted of it.
    fn settle_all(&mut self, committed: Committed) -> impl Iterator<Item = Deletion> {
        self.not_taken.extend(committed.failed);
        let settled = committed.settled.into_iter();
        settled.filter_map(|settled| self.settle(settled))
    }

    /// Counts a message that is safe. Returns it if it is to be deleted.
    fn settle(&mut self, settled: Settled) -> Option<Deletion> {
        let Settled { number, uid, ordinal, octets, new, then_delete } = settled;
        self.messages += 1;
        self.octets += octets;
        let deletion = then_delete.then(|| Deletion { number, uid: uid.clone() });
        if new {
            self.stored += 1;
            self.copies.iter_mut().for_each(|copies| copies.push((uid.clone(), ordinal)));
        }
        deletion
    }
}
