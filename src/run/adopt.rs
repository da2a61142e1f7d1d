//! After a session that did not close cleanly, what is listed and unknown may
//! be in the target already, under its key.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Entry, Listing, Observer, Uid, counted};
use crate::ledger::{Ledger, Stored};
use crate::session::Session;
use crate::store::{self, Delivery, Published, Reread, Standing};

use super::Error;
use super::listing;

/// How long a server is kept waiting without a word.
const MAX_TIME: Duration = Duration::from_secs(20);

/// Messages that are recorded at once, so that a run which is ended in
/// between has got on.
const PIECE: usize = 1_000;

/// One look at a target that finds messages by their keys.
///
/// A message that an unclosed session has published, and that has the listed
/// size, is the one on the server: it is recorded. Any other may bear a unique
/// id of another time, or be damaged and forgotten for that reason: its hash
/// is recorded, and what is on the server is retrieved, and compared with it.
pub(super) struct Adoption<'a> {
    pub(super) target: &'a dyn Delivery,
    pub(super) ledger: &'a mut Ledger,
    pub(super) cancel: &'a Cancel,
    pub(super) observer: &'a dyn Observer,
    pub(super) now: u64,
    published: Published,
    fresh: bool,
    since: Instant,
    ours: Vec<Stored>,
    doubtful: Vec<Stored>,
    counts: (u64, u64),
}

impl<'a> Adoption<'a> {
    pub(super) fn new(
        target: &'a dyn Delivery,
        ledger: &'a mut Ledger,
        cancel: &'a Cancel,
        observer: &'a dyn Observer,
        now: u64,
    ) -> Result<Self, Error> {
        Ok(Self {
            published: target.published()?,
            target,
            ledger,
            cancel,
            observer,
            now,
            fresh: false,
            since: Instant::now(),
            ours: Vec::new(),
            doubtful: Vec::new(),
            counts: (0, 0),
        })
    }

    /// Returns whether nothing of this account is there.
    pub(super) fn finds_nothing(&self) -> bool {
        self.published.is_empty()
    }

    /// Looks for all that is listed, and asks for its sizes if anything is
    /// there. Returns whether it did. What is found is durable, and recorded.
    /// That is a look ([`Ledger::looked`]) once the listing is believed.
    pub(super) fn run(
        mut self,
        session: &mut Session<'_>,
        listing: &mut Listing,
    ) -> Result<bool, Error> {
        let sized = !self.published.is_empty() && !listing.is_empty();
        if sized {
            listing::add_sizes(session, listing)?;
            self.look(session, listing)?;
        }
        self.tell();
        Ok(sized)
    }

    fn look(&mut self, session: &mut Session<'_>, listing: &Listing) -> Result<(), Error> {
        let mut counts: HashMap<&Uid, u32> = HashMap::new();
        for entry in listing.entries() {
            *counts.entry(&entry.uid).or_default() += 1;
        }
        for entry in listing.entries() {
            if let Some(count) = counts.remove(&entry.uid) {
                self.look_for(entry, count)?;
            }
            let late = self.since.elapsed() >= MAX_TIME;
            if late || self.ours.len() + self.doubtful.len() >= PIECE {
                self.record()?;
            }
            if late {
                session.keep_alive()?;
                self.since = Instant::now();
            }
        }
        self.record()
    }

    /// All messages of a uid of which this many are listed: any of them may
    /// have been published, and others of that uid before.
    fn look_for(&mut self, entry: &Entry, count: u32) -> Result<(), Error> {
        let first = self.ledger.seen().matcher(&entry.uid).next_ordinal();
        for ordinal in first.. {
            self.cancel.check()?;
            let Some((standing, reread)) = self.read(&entry.uid, ordinal)? else {
                if ordinal - first < count {
                    continue;
                } else {
                    break;
                }
            };
            let is_ours = count == 1
                && entry.size() == Some(reread.octets)
                && self.ledger.publishers().contains(&standing.seconds);
            let list = if is_ours { &mut self.ours } else { &mut self.doubtful };
            list.push(Stored {
                uid: entry.uid.clone(),
                ordinal,
                size: entry.size().filter(|_| is_ours),
                hash: reread.hash,
                first_seen: standing.seconds.min(self.now),
                receipt: standing.receipt,
            });
        }
        Ok(())
    }

    /// The message of a uid and an ordinal. What a reader has moved since the
    /// target was listed is looked for once more.
    fn read(&mut self, uid: &Uid, ordinal: u32) -> Result<Option<(Standing, Reread)>, Error> {
        loop {
            let Some(standing) = self.published.find(uid, ordinal) else {
                return Ok(None);
            };
            match self.target.reread(&standing.receipt) {
                Ok(reread) => return Ok(Some((standing, reread))),
                Err(store::Error::Missing { .. }) if self.fresh => return Ok(None),
                Err(store::Error::Missing { .. }) => {
                    self.published = self.target.published()?;
                    self.fresh = true;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn record(&mut self) -> Result<(), Error> {
        self.counts.0 += self.ours.len() as u64;
        self.counts.1 += self.doubtful.len() as u64;
        self.ledger.record(std::mem::take(&mut self.ours))?;
        let doubtful = std::mem::take(&mut self.doubtful);
        Ok(self.ledger.record_found(doubtful)?)
    }

    fn tell(&self) {
        let (ours, doubtful) = self.counts;
        if ours > 0 {
            self.observer.note(format!(
                "{} of an interrupted run found in the target, and recorded",
                counted(ours, "message")
            ));
        }
        if doubtful > 0 {
            self.observer.note(format!(
                "{} found in the target that the ledger does not know: what is on the server is \
                 retrieved, and compared",
                counted(doubtful, "message")
            ));
        }
    }
}
