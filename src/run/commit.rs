//! The one order of steps that keeps mail safe. Nothing else in the program
//! publishes a fetched message. What an earlier run published is recorded by
//! `adopt` and `recover`. Only what is recorded durably as stored, by them or
//! here, may be deleted on the server, and what another program had seen if the
//! user says so (`--delete-imported`).
//!
//! For each batch, every step durable before the next begins:
//!
//! 1. the ledger notes that this session publishes (once a session)
//! 2. the target makes the drafts durable
//! 3. the server proves that its replies match the commands (STAT)
//!
//!    Up to here nothing is visible: a batch may still be dropped.
//! 4. the ledger takes the target's note, if it gives one
//! 5. the target publishes: rename and directory sync, or append and sync
//! 6. the ledger records, and what is to be deleted as well
//! 7. only now the messages are announced, and may be deleted on the server
//!
//! A failure at any step ends the run without QUIT, so that the server
//! deletes nothing; what is published but not recorded is found again by its
//! key or by the note.

use crate::base::{
    Disposition, Event, Failed, Hash, Headers, MessageNumber, Observer, Receipt, StoredMessage,
    Uid, Warning, WarningCode, sanitized,
};
use crate::ledger::{self, Ledger, Stored};
use crate::message;
use crate::plan::Change;
use crate::store::{self, Delivery, Fate, Journal, JournalFailed, Prepared, Sealed};

use super::Error;

/// A message that came in whole.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) number: MessageNumber,
    /// Unique id to record it by.
    pub(super) uid: Uid,
    /// Listed size in octets.
    pub(super) listed: Option<u64>,
    /// Octets as the server sent them.
    pub(super) octets: u64,
    /// Whether to delete it on the server once it is safe.
    pub(super) then_delete: bool,
    /// What came.
    pub(super) content: Content,
}

/// What came in.
#[derive(Debug)]
pub(super) enum Content {
    /// A message to store.
    New(Sealed),
    /// The copy of this ordinal, which is stored already.
    AlreadyStored(u32),
}

/// A message that is safe.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) number: MessageNumber,
    /// Unique id.
    pub(super) uid: Uid,
    /// Which of the uid's messages it is.
    pub(super) ordinal: u32,
    /// Octets as the server sent them.
    pub(super) octets: u64,
    /// Whether it was stored just now.
    pub(super) new: bool,
    /// Whether it is to be deleted on the server.
    pub(super) then_delete: bool,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Committed {
    /// What is safe.
    pub(super) settled: Vec<Settled>,
    /// What the target did not take.
    pub(super) failed: Vec<(Uid, Disposition)>,
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
    /// `None` if all of it is stored already.
    contents: Option<Box<dyn Prepared + 'c>>,
    held: Vec<Settled>,
    /// What the ledger learns of those.
    changes: Vec<Change>,
}

/// A message on its way through the steps.
struct Passing {
    settled: Settled,
    listed: Option<u64>,
    hash: Hash,
    headers: Headers,
    first_seen: u64,
}

impl<'c> Committer<'c> {
    /// The first two steps.
    pub(super) fn prepare(&mut self, batch: Vec<Arrived>) -> Result<PreparedBatch<'c>, Error> {
        let mut messages = Vec::with_capacity(batch.len());
        let mut contents = Vec::with_capacity(batch.len());
        let (mut held, mut changes) = (Vec::new(), Vec::new());
        for arrived in batch {
            let ordinal = match &arrived.content {
                Content::New(sealed) => sealed.key().ordinal,
                Content::AlreadyStored(ordinal) => *ordinal,
            };
            let settled = Settled {
                number: arrived.number,
                uid: arrived.uid,
                ordinal,
                octets: arrived.octets,
                new: matches!(arrived.content, Content::New(_)),
                then_delete: arrived.then_delete,
            };
            match arrived.content {
                Content::New(sealed) => {
                    messages.push(Passing {
                        settled,
                        listed: arrived.listed,
                        hash: sealed.hash(),
                        headers: self.headers(&sealed),
                        first_seen: self.now,
                    });
                    contents.push(sealed);
                }
                Content::AlreadyStored(ordinal) => {
                    changes.push(Change::Again {
                        uid: settled.uid.clone(),
                        ordinal,
                        size: arrived.listed,
                    });
                    held.push(settled);
                }
            }
        }
        let contents = if contents.is_empty() {
            None
        } else {
            self.ledger.begin(self.now)?;
            Some(self.target.prepare(contents)?)
        };
        Ok(PreparedBatch { messages, contents, held, changes })
    }

    /// The rest: the messages that are returned are safe afterwards.
    pub(super) fn publish(&mut self, batch: PreparedBatch<'c>) -> Result<Committed, Error> {
        let PreparedBatch { messages, contents, held: mut settled, mut changes } = batch;
        let Some(mut contents) = contents else {
            changes.extend(settled.iter().filter_map(Settled::deletion));
            self.ledger.record_with(Vec::new(), changes)?;
            return Ok(Committed { settled, failed: Vec::new() });
        };
        let note = contents.note();
        let announced = note.is_some();
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
            observer: self.observer,
            now: self.now,
            used: false,
            error: None,
        };
        let published = contents.publish(&mut log);
        let (is_logged, failed) = (log.used, log.error);
        let fates = published.map_err(|error| failed.map_or(error.into(), Error::from))?;
        let stored = || {
            let fates = messages.iter().zip(&fates);
            fates.filter_map(|(message, fate)| match fate {
                Fate::Stored(receipt) => Some((message, receipt)),
                _ => None,
            })
        };
        settled.extend(stored().map(|(message, _)| message.settled.clone()));
        changes.extend(settled.iter().filter_map(Settled::deletion));
        if announced {
            self.ledger.settle_with(fates.len(), changes)?;
        } else if is_logged {
            self.ledger.make_durable(changes)?;
        } else {
            let records = stored().map(|(message, receipt)| message.record(receipt));
            self.ledger.record_with(records.collect(), changes)?;
        }
        drop(contents);
        let mut failed = Vec::new();
        for (message, fate) in messages.into_iter().zip(fates) {
            let disposition = match &fate {
                Fate::Stored(_) => None,
                // There will be another try.
                Fate::Left => continue,
                Fate::Deferred(_) | Fate::InDoubt(_) => Some(Disposition::Deferred),
                Fate::Refused(_) => Some(Disposition::Refused),
            };
            failed.extend(disposition.map(|how| (message.settled.uid.clone(), how)));
            self.announce(message, fate, disposition);
        }
        Ok(Committed { settled, failed })
    }

    /// Reports what became of a message.
    fn announce(&self, message: Passing, fate: Fate, disposition: Option<Disposition>) {
        let Settled { number, uid, octets: size, .. } = message.settled;
        self.observer.notice(&match fate {
            Fate::Stored(receipt) => Event::Message(Box::new(StoredMessage {
                number,
                uid,
                size,
                sha256: message.hash,
                location: store::locate(&receipt),
                headers: message.headers,
            })),
            Fate::Deferred(error) | Fate::Refused(error) | Fate::InDoubt(error) => {
                Event::Failed(Failed { disposition, ..Failed::new(number, uid, error) })
            }
            Fate::Left => return,
        });
    }

    fn headers(&self, sealed: &Sealed) -> Headers {
        if self.observer.wants_headers() {
            message::headers(sealed.header())
        } else {
            Headers::default()
        }
    }
}

impl Settled {
    /// What the ledger has to know before it is deleted on the server.
    fn deletion(&self) -> Option<Change> {
        self.then_delete.then(|| Change::Deleted(self.uid.clone()))
    }
}

impl Passing {
    fn record(&self, receipt: &Receipt) -> Stored {
        Stored {
            uid: self.settled.uid.clone(),
            ordinal: self.settled.ordinal,
            size: self.listed,
            hash: self.hash,
            first_seen: self.first_seen,
            receipt: receipt.clone(),
        }
    }
}

/// A message goes out once more of which nobody knows whether it was taken.
fn in_doubt(uid: &Uid, ordinal: u32, ledger: &Ledger) -> Event {
    let id = store::key_text(&ledger.key_account(), uid, ordinal);
    Event::Warning(Warning {
        code: WarningCode::InDoubt,
        text: format!(
            "unique id {} is handed on again under the same id, {id}: whether it was taken when an \
             earlier try was cut off is not known",
            sanitized(uid.as_bytes())
        ),
    })
}

/// The ledger while messages of a batch are handed on.
struct Log<'l> {
    ledger: &'l mut Ledger,
    messages: &'l [Passing],
    observer: &'l dyn Observer,
    now: u64,
    used: bool,
    error: Option<ledger::Error>,
}

impl Log<'_> {
    fn note(
        &mut self,
        at: usize,
        note: impl FnOnce(&mut Ledger, &Passing) -> Result<(), ledger::Error>,
    ) -> Result<(), JournalFailed> {
        self.used = true;
        let message = self.messages.get(at).ok_or(JournalFailed)?;
        note(self.ledger, message).map_err(|error| {
            self.error.get_or_insert(error);
            JournalFailed
        })
    }
}

impl Journal for Log<'_> {
    fn handing(&mut self, at: usize, durably: bool) -> Result<(), JournalFailed> {
        let (observer, mut again) = (self.observer, None);
        self.note(at, |ledger, message| {
            let Settled { uid, ordinal, .. } = &message.settled;
            let known = ledger.seen().get(uid);
            if known.is_some_and(|known| known.in_doubt().contains(ordinal)) {
                again = Some(in_doubt(uid, *ordinal, ledger));
            }
            ledger.handing(uid, *ordinal, durably)
        })?;
        again.iter().for_each(|warning| observer.notice(warning));
        Ok(())
    }

    fn handed(&mut self, at: usize, fate: &Fate) -> Result<(), JournalFailed> {
        let now = self.now;
        self.note(at, |ledger, message| {
            let Settled { uid, ordinal, .. } = &message.settled;
            match fate {
                Fate::Stored(receipt) => ledger.handed(message.record(receipt)),
                Fate::Deferred(_) | Fate::Left => ledger.returned(uid, *ordinal),
                Fate::Refused(answer) => ledger.refused(uid, *ordinal, answer, now),
                Fate::InDoubt(_) => Ok(()),
            }
        })
    }

    fn tell(&mut self, event: &Event) {
        self.observer.notice(event);
    }
}
