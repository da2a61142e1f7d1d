//! The one order of steps that keeps mail safe. Nothing else in the program
//! publishes a fetched message. What an earlier run published is recorded by
//! `adopt` and `recover`. Only what is recorded durably as stored, by them or
//! here, may be deleted on the server, and what the user marked as seen.
//!
//! For each batch, every step durable before the next begins:
//!
//! 1. the ledger notes that this session publishes (once a session)
//! 2. the store makes the drafts durable, or locks the mbox
//! 3. mbox: the ledger notes what is about to be appended, and where
//! 4. the store publishes: rename and directory sync, or append and sync
//! 5. the ledger records
//! 6. only now the messages are announced, and may be deleted on the server
//!
//! A failure at any step ends the run without QUIT, so that the server
//! deletes nothing; what is published but not recorded is found again by its
//! key or by the intent.

use crate::base::{Event, Hash, Headers, MessageNumber, Observer, Place, StoredMessage, Uid};
use crate::ledger::{self, Announced, Delivered, Ledger, Stored};
use crate::message;
use crate::store::{self, Sealed, Store};

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
    pub(super) store: &'c Store,
    pub(super) ledger: &'c mut Ledger,
    pub(super) observer: &'c dyn Observer,
    /// Seconds since 1970 at the start of the run: when its messages were
    /// first seen.
    pub(super) now: u64,
}

/// A message on its way through the steps.
struct Passing {
    arrived: Arrived,
    ordinal: u32,
    hash: Hash,
    headers: Headers,
}

impl Committer<'_> {
    /// Takes a batch through all steps; the messages are safe afterwards.
    pub(super) fn commit(&mut self, batch: Vec<(Arrived, Sealed)>) -> Result<Vec<Arrived>, Error> {
        let mut passing = Vec::with_capacity(batch.len());
        let mut contents = Vec::with_capacity(batch.len());
        for (arrived, sealed) in batch {
            passing.push(Passing {
                arrived,
                ordinal: sealed.key().ordinal,
                hash: sealed.hash(),
                headers: self.headers(&sealed),
            });
            contents.push(sealed);
        }

        self.ledger.begin(self.now)?;
        let mut publishing = self.store.begin(contents)?;
        let places = match publishing.intent() {
            None => {
                let places = publishing.publish()?;
                let records: Vec<Stored> = passing
                    .iter()
                    .zip(&places)
                    .map(|(message, place)| self.record(message, delivered(place)))
                    .collect();
                self.ledger.record(&records)?;
                places
            }
            Some(intent) => {
                self.ledger.intend(&self.announced(&intent, &passing))?;
                let places = publishing.publish()?;
                self.ledger.settle(places.len())?;
                places
            }
        };
        drop(publishing);

        let arrived = passing
            .iter()
            .map(|message| message.arrived.clone())
            .collect();
        for (message, place) in passing.into_iter().zip(places) {
            let event = Event::Message(Box::new(message.event(place)));
            self.observer.notice(&event);
        }
        Ok(arrived)
    }

    fn headers(&self, sealed: &Sealed) -> Headers {
        if self.observer.wants_headers() {
            message::headers(sealed.header())
        } else {
            Headers::default()
        }
    }

    fn record(&self, message: &Passing, place: Delivered) -> Stored {
        Stored {
            uid: message.arrived.uid.clone(),
            ordinal: message.ordinal,
            size: message.arrived.listed,
            hash: message.hash,
            first_seen: self.now,
            place,
        }
    }

    /// The ledger's form of what the store is about to append.
    fn announced(&self, intent: &store::Intent, passing: &[Passing]) -> ledger::Intent {
        let messages = passing
            .iter()
            .zip(&intent.messages)
            .map(|(message, coming)| {
                let place = Delivered::Range {
                    offset: coming.offset,
                    length: coming.length,
                };
                Announced {
                    stored: self.record(message, place),
                    from_line: coming.from_line.clone(),
                }
            })
            .collect();
        ledger::Intent {
            path: intent.path.clone(),
            ino: intent.ino,
            len: intent.len,
            messages,
        }
    }
}

impl Passing {
    fn event(self, place: Place) -> StoredMessage {
        StoredMessage {
            number: self.arrived.number,
            uid: self.arrived.uid,
            size: self.arrived.octets,
            sha256: self.hash,
            place,
            headers: self.headers,
        }
    }
}

/// The ledger's form of a place.
pub(super) fn delivered(place: &Place) -> Delivered {
    match place {
        Place::Maildir(path) => {
            let name = path.file_name().unwrap_or_default();
            Delivered::File(name.to_string_lossy().into_owned())
        }
        Place::Mbox { offset, length, .. } => Delivered::Range {
            offset: *offset,
            length: *length,
        },
    }
}
