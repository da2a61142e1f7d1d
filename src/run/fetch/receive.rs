//! Receiving one batch after the other: which message is asked for next, and
//! where its content goes.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::base::{Event, Observer, Uid};
use crate::plan::{Action, CopyMatcher, Item, LineEnd, OddSize, SizeCheck};
use crate::proto::Status;
use crate::session::{Request, Work};
use crate::store::{Delivery, Draft, Key};

use super::super::Error;
use super::super::commit::{Arrived, Content};

/// Messages in a batch at most. Each batch costs a handful of syncs, however
/// many messages it has; more than some thousand gain nothing.
const MAX_BATCH: usize = 2_048;

/// Octets in a batch at most, by their listed sizes; one larger message is a
/// batch of its own.
const MAX_BATCH_OCTETS: u64 = 8 * 1024 * 1024;

/// The same while the batch before is still being committed.
const MAX_BATCH_OCTETS_BUSY: u64 = 32 * 1024 * 1024;

/// How long messages of a batch are asked for: what comes in after the last
/// batch is lost with the connection.
const MAX_BATCH_AGE: Duration = Duration::from_secs(2);

/// Messages that come one by one where something went wrong before, so that
/// what it goes wrong at is found out.
const MAX_SINGLES: usize = 8;

/// Octets beyond twice `--max-size` after which the end of a message is not
/// waited for.
const MAX_OVERRUN: u64 = 64 * 1024;

/// What a receiver works by.
#[derive(Clone, Copy)]
pub(super) struct Terms<'r> {
    pub(super) store: &'r dyn Delivery,
    pub(super) observer: &'r dyn Observer,
    /// Seconds since 1970 for the names of files.
    pub(super) now: u64,
    /// Octets of a message at most (`--max-size`).
    pub(super) max_size: Option<u64>,
    /// Octets of all messages after which no further one is asked for
    /// (`--max-bytes`).
    pub(super) max_octets: Option<u64>,
    /// When the run has to end.
    pub(super) until: Instant,
}

/// Which contents of each uid are held, and the next ordinal.
pub(super) type CopyMatchers = HashMap<Uid, CopyMatcher>;

/// The receiving side of a transfer.
pub(super) struct Receiver<'r> {
    terms: Terms<'r>,
    matchers: CopyMatchers,
    to_retrieve: VecDeque<Item>,
    batch: Batch,
    /// Messages in the next batch. It halves when a batch does not come out
    /// clean, and doubles when one does.
    goal: usize,
    /// Batches of one message that come first.
    singles: usize,
    octets: u64,
}

/// A message that was asked for.
struct Retrieving {
    item: Item,
    draft: Option<Draft>,
    octets: u64,
}

/// A batch on its way in.
#[derive(Default)]
pub(super) struct Batch {
    /// All that were asked for.
    items: Vec<Item>,
    asked: VecDeque<Retrieving>,
    /// Octets of all that were asked for, as far as they are listed.
    octets: u64,
    max_octets: u64,
    ends: Option<Instant>,
    /// Those that came in whole, and octets of all of them.
    arrived: Vec<Arrived>,
    came: u64,
    /// Those that are larger than wanted.
    pub(super) too_large: Vec<Item>,
    /// Those that were deleted before, and are the same.
    pub(super) still_there: u64,
    /// Whether they have their listed sizes.
    pub(super) sizes: SizeCheck,
    /// Those that begin as a reply does.
    doubtful: Vec<OddSize>,
    /// What the server said to the first one it refused.
    pub(super) refusal: Option<Status>,
    /// What was held before the batch, of each uid in it.
    matchers: CopyMatchers,
}

impl Batch {
    /// Returns whether the server refused one message of several. A refusal may
    /// be a reply too many, after which each reply comes to the next command;
    /// so it is believed only of a message that was asked for alone.
    pub(super) fn is_unclear(&self) -> bool {
        self.refusal.is_some() && self.items.len() > 1
    }

    /// Returns whether anything came in whole.
    pub(super) fn has_any(&self) -> bool {
        self.came > 0
    }

    /// The message that was asked for alone.
    pub(super) fn only(&self) -> Option<&Item> {
        match self.items.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl<'r> Receiver<'r> {
    /// Retrieves these items. One that is to be careful begins with batches of
    /// one message.
    pub(super) fn new(
        terms: Terms<'r>,
        items: VecDeque<Item>,
        matchers: CopyMatchers,
        careful: bool,
    ) -> Self {
        Self {
            terms,
            matchers,
            to_retrieve: items,
            batch: Batch::default(),
            goal: if careful { 1 } else { MAX_BATCH },
            singles: if careful { MAX_SINGLES } else { 0 },
            octets: 0,
        }
    }

    /// Returns whether messages are left to retrieve.
    pub(super) fn has_more(&self) -> bool {
        !self.to_retrieve.is_empty() && !self.has_enough() && !self.terms.store.takes_no_more()
    }

    fn has_enough(&self) -> bool {
        self.terms.max_octets.is_some_and(|most| self.octets >= most)
    }

    /// Returns whether messages are asked for one by one, because something
    /// went wrong.
    pub(super) fn is_careful(&self) -> bool {
        self.goal == 1
    }

    /// Begins a batch. It may be larger while the one before is committed.
    pub(super) fn begin(&mut self, is_busy: bool) {
        let left = self.terms.until.saturating_duration_since(Instant::now());
        self.batch = Batch {
            max_octets: if is_busy { MAX_BATCH_OCTETS_BUSY } else { MAX_BATCH_OCTETS },
            // Whatever the deadline is, something is to be had before it.
            ends: Instant::now().checked_add(MAX_BATCH_AGE.min(left / 2)),
            ..Batch::default()
        };
    }

    /// What came in whole.
    pub(super) fn arrived(&mut self) -> Vec<Arrived> {
        std::mem::take(&mut self.batch.arrived)
    }

    /// A message of the batch that has not its listed size, from a server that
    /// counts in this way, as far as is known.
    pub(super) fn odd(&self, counts: Option<LineEnd>) -> Option<OddSize> {
        self.batch.sizes.odd(counts)
    }

    /// Messages of the batch that begin as a reply does.
    pub(super) fn doubtful(&mut self) -> Vec<OddSize> {
        std::mem::take(&mut self.batch.doubtful)
    }

    /// What the server refused a message with.
    pub(super) fn refusal(&self) -> Option<&Status> {
        self.batch.refusal.as_ref()
    }

    /// The batch, once it is proven.
    pub(super) fn end(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }

    /// A batch came out clean.
    pub(super) fn clean(&mut self, batch: &Batch) {
        self.singles = self.singles.saturating_sub(1);
        if self.singles == 0 {
            self.goal = (self.goal * 2).min(MAX_BATCH);
        }
        self.octets += batch.came;
    }

    /// A batch is asked for once more, in smaller ones.
    pub(super) fn unclear(&mut self, batch: Batch) {
        self.goal = (batch.items.len() / 2).max(1);
        self.matchers.extend(batch.matchers);
        for item in batch.items.into_iter().rev() {
            self.to_retrieve.push_front(item);
        }
    }

    fn is_full(&self) -> bool {
        let batch = &self.batch;
        !batch.items.is_empty()
            && (batch.refusal.is_some()
                || batch.items.len() >= self.goal
                || batch.octets >= batch.max_octets
                || batch.ends.is_some_and(|ends| Instant::now() >= ends)
                || batch.items.first().is_some_and(|item| item.risky))
    }

    /// The draft of the message that is coming in.
    fn draft(&mut self) -> Result<Option<&mut Draft>, Error> {
        let Some(Retrieving { item, draft, .. }) = self.batch.asked.front_mut() else {
            return Ok(None);
        };
        if draft.is_none() {
            let key = Key {
                uid: item.uid.clone(),
                ordinal: self.matchers.get(&item.uid).map_or(0, CopyMatcher::next_ordinal),
                seconds: self.terms.now,
            };
            *draft = Some(self.terms.store.draft(key)?);
        }
        Ok(draft.as_mut())
    }

    /// Counts octets of the message that is coming in. Returns whether it is
    /// still wanted.
    fn count(&mut self, octets: u64) -> Result<bool, Error> {
        let Some(retrieving) = self.batch.asked.front_mut() else {
            return Ok(false);
        };
        retrieving.octets += octets;
        if retrieving.item.size.is_none() {
            self.batch.octets += octets;
        }
        let Some(most) = self.terms.max_size else {
            return Ok(true);
        };
        if retrieving.octets > most.saturating_mul(2).saturating_add(MAX_OVERRUN) {
            let item = retrieving.item.clone();
            self.batch.too_large.push(item);
            return Err(Error::Endless { most });
        }
        if retrieving.octets > most {
            retrieving.draft = None;
        }
        Ok(retrieving.octets <= most)
    }

    fn take_in(&mut self, octets: u64) -> Result<(), Error> {
        let wanted = self.count(0)?;
        if wanted {
            self.draft()?;
        }
        let Some(retrieved) = self.batch.asked.pop_front() else {
            return Ok(());
        };
        let (item, draft, with_lf) = (retrieved.item, retrieved.draft, retrieved.octets);
        if let Some(listed) = item.size {
            let message = OddSize { octets, listed, number: item.number };
            self.batch.sizes.note(message, with_lf);
        }
        let Some(draft) = draft.filter(|_| wanted) else {
            self.batch.too_large.push(item);
            return Ok(());
        };
        let sealed = draft.seal()?;
        self.terms.observer.notice(&Event::Arrived);
        let matcher = self.matchers.entry(item.uid.clone()).or_default();
        let before = self.batch.matchers.entry(item.uid.clone());
        before.or_insert_with(|| matcher.clone());
        let held = match item.action {
            Action::Compare => matcher.take(sealed.hash()),
            _ => None,
        };
        let content = match held {
            Some(ordinal) => {
                self.batch.still_there += u64::from(item.still_there);
                Content::AlreadyStored(ordinal)
            }
            None => {
                matcher.store();
                Content::New(sealed)
            }
        };
        self.batch.came += octets;
        self.batch.arrived.push(Arrived {
            number: item.number,
            uid: item.uid,
            listed: item.size,
            octets,
            then_delete: item.then_delete,
            content,
        });
        Ok(())
    }
}

impl Work for Receiver<'_> {
    type Error = Error;

    fn next(&mut self) -> Result<Option<Request>, Error> {
        if self.is_full() || self.has_enough() || self.terms.store.takes_no_more() {
            return Ok(None);
        }
        // What may break the session off comes alone.
        let is_alone = |item: &Item| item.risky && !self.batch.items.is_empty();
        if self.to_retrieve.front().is_some_and(is_alone) {
            return Ok(None);
        }
        let Some(item) = self.to_retrieve.pop_front() else {
            return Ok(None);
        };
        let request = Request::Retrieve(item.number, item.size);
        self.batch.octets += item.size.unwrap_or(0);
        self.batch.items.push(item.clone());
        self.batch.asked.push_back(Retrieving { item, draft: None, octets: 0 });
        Ok(Some(request))
    }

    fn data(&mut self, _: &Request, piece: &[u8]) -> Result<(), Error> {
        let octets = piece.len() as u64;
        if self.count(octets)?
            && let Some(draft) = self.draft()?
        {
            draft.write(piece)?;
        }
        self.terms.observer.notice(&Event::Received { octets });
        Ok(())
    }

    fn doubt(&mut self, request: &Request, octets: u64) {
        self.batch.doubtful.push(OddSize { octets, listed: octets, number: request.number() });
    }

    fn done(&mut self, _: &Request, octets: u64) -> Result<(), Error> {
        self.take_in(octets)
    }

    fn refused(&mut self, _: &Request, status: Status) -> Result<(), Error> {
        self.batch.asked.pop_front();
        self.batch.refusal.get_or_insert(status);
        Ok(())
    }
}
