//! The one order of steps that keeps mail safe. Nothing else in the program
//! publishes a fetched message. What an earlier run published is recorded by
//! `adopt` and `recover`. Only what is recorded durably as stored, by them or
//! here, may be deleted on the server, and what the user marked as seen.
//!
//! For each batch, every step durable before the next begins:
//!
//! 1. the ledger notes that this session publishes (once a session)
//! 2. the target makes the drafts durable, or takes its locks
//!
//!    Up to here nothing is visible: a batch may still be dropped.
//! 3. the ledger takes the target's note, if it gives one
//! 4. the target publishes: rename and directory sync, or append and sync
//! 5. the ledger records
//! 6. only now the messages are announced, and may be deleted on the server
//!
//! A failure at any step ends the run without QUIT, so that the server
//! deletes nothing; what is published but not recorded is found again by its
//! key or by the note.

use crate::base::{
    Event, Failed, Hash, Headers, MessageNumber, Observer, Receipt, StoredMessage, Uid,
};
use crate::ledger::{self, Ledger, Stored};
use crate::message;
use crate::store::{self, Delivery, Fate, Journal, JournalFailed, Prepared, Sealed};

use super::Error;

/// What is known of a message that came in whole, besides its content.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    /// Number in this session.
    pub(super) number: MessageNumber,
    /// Unique id to record it by.
    pub(super) uid: Uid,
    /// Listed size in octets.
    pub(super) listed: Option<u64>,
    /// Octets as the server sent them.
    pub(super) octets: u64,
    /// Its place among the messages that came ([`super::evidence`]).
    pub(super) place: u32,
    /// Whether to delete it on the server once it is safe.
    pub(super) then_delete: bool,
}

/// Where batches become durable.
pub(super) struct Committer<'c> {
    pub(super) target: &'c dyn Delivery,
    pub(super) ledger: &'c mut Ledger,
    pub(super) observer: &'c dyn Observer,
    /// Seconds since 1970 at the start of the run: when its messages were
    /// first seen.
    pub(super) now: u64,
}

/// A batch of which nothing is visible yet. Dropped, it was never there; its
/// locks go with it.
pub(super) struct PreparedBatch<'c> {
    messages: Vec<Passing>,
    contents: Box<dyn Prepared + 'c>,
}

/// A message on its way through the steps.
struct Passing {
    arrived: Arrived,
    ordinal: u32,
    hash: Hash,
    headers: Headers,
    first_seen: u64,
}

impl<'c> Committer<'c> {
    /// The first two steps.
    pub(super) fn prepare(
        &mut self,
        batch: Vec<(Arrived, Sealed)>,
    ) -> Result<PreparedBatch<'c>, Error> {
        let mut messages = Vec::with_capacity(batch.len());
        let mut contents = Vec::with_capacity(batch.len());
        for (arrived, sealed) in batch {
            messages.push(Passing {
                arrived,
                ordinal: sealed.key().ordinal,
                hash: sealed.hash(),
                headers: self.headers(&sealed),
                first_seen: self.now,
            });
            contents.push(sealed);
        }
        self.ledger.begin(self.now)?;
        let contents = self.target.prepare(contents)?;
        Ok(PreparedBatch { messages, contents })
    }

    /// The rest: the messages that are returned are safe afterwards.
    pub(super) fn publish(&mut self, batch: PreparedBatch<'c>) -> Result<Vec<Arrived>, Error> {
        let PreparedBatch {
            messages,
            mut contents,
        } = batch;
        let note = contents.note();
        let is_announced = note.is_some();
        if let Some(note) = note {
            let planned = note.messages.iter().map(|pending| &pending.receipt);
            let records = messages.iter().zip(planned);
            let records = records.map(|(message, receipt)| message.record(receipt));
            let records = records.collect();
            self.ledger.intend(note, records)?;
        }
        let mut log = Log {
            ledger: self.ledger,
            messages: &messages,
            is_used: false,
            error: None,
        };
        let published = contents.publish(&mut log);
        let (is_logged, failed) = (log.is_used, log.error);
        let fates = published.map_err(|error| failed.map_or(error.into(), Error::from))?;
        if is_announced {
            self.ledger.settle(fates.len())?;
        } else if is_logged {
            self.ledger.make_durable()?;
        } else {
            let stored = messages.iter().zip(&fates).filter_map(|(message, fate)| {
                let Fate::Stored(receipt) = fate else {
                    return None;
                };
                Some(message.record(receipt))
            });
            self.ledger.record(&stored.collect::<Vec<_>>())?;
        }
        drop(contents);
        let settled = messages.into_iter().zip(fates);
        Ok(settled
            .filter_map(|(message, fate)| self.announce(message, fate))
            .collect())
    }

    /// Tells what became of a message; gives it back if it is stored.
    fn announce(&self, message: Passing, fate: Fate) -> Option<Arrived> {
        let arrived = message.arrived;
        match fate {
            Fate::Stored(receipt) => {
                let stored = StoredMessage {
                    number: arrived.number,
                    uid: arrived.uid.clone(),
                    size: arrived.octets,
                    sha256: message.hash,
                    location: store::locate(&receipt),
                    headers: message.headers,
                };
                self.observer.notice(&Event::Message(Box::new(stored)));
                Some(arrived)
            }
            Fate::Deferred(error) | Fate::Refused(error) => {
                self.observer.notice(&Event::Failed(Failed {
                    number: arrived.number,
                    uid: arrived.uid,
                    error,
                }));
                None
            }
        }
    }

    fn headers(&self, sealed: &Sealed) -> Headers {
        if self.observer.wants_headers() {
            message::headers(sealed.header())
        } else {
            Headers::default()
        }
    }
}

impl Passing {
    fn record(&self, receipt: &Receipt) -> Stored {
        Stored {
            uid: self.arrived.uid.clone(),
            ordinal: self.ordinal,
            size: self.arrived.listed,
            hash: self.hash,
            first_seen: self.first_seen,
            receipt: receipt.clone(),
        }
    }
}

/// The ledger while messages of a batch are handed on.
struct Log<'l> {
    ledger: &'l mut Ledger,
    messages: &'l [Passing],
    is_used: bool,
    error: Option<ledger::Error>,
}

impl Log<'_> {
    fn note(
        &mut self,
        at: usize,
        note: impl FnOnce(&mut Ledger, &Passing) -> Result<(), ledger::Error>,
    ) -> Result<(), JournalFailed> {
        self.is_used = true;
        let message = self.messages.get(at).ok_or(JournalFailed)?;
        note(self.ledger, message).map_err(|error| {
            self.error.get_or_insert(error);
            JournalFailed
        })
    }
}

impl Journal for Log<'_> {
    fn handing(&mut self, at: usize, durably: bool) -> Result<(), JournalFailed> {
        self.note(at, |ledger, message| {
            ledger.handing(&message.arrived.uid, message.ordinal, durably)
        })
    }

    fn handed(&mut self, at: usize, fate: &Fate) -> Result<(), JournalFailed> {
        self.note(at, |ledger, message| match fate {
            Fate::Stored(receipt) => ledger.handed(&message.record(receipt)),
            Fate::Deferred(_) | Fate::Refused(_) => {
                ledger.returned(&message.arrived.uid, message.ordinal)
            }
        })
    }
}
