//! Receiving while committing: one thread reads the wire, another makes the
//! last batch durable. What is safe joins the pipeline as DELE.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::base::{Deletion, Event, Failed, MessageNumber, Observer, Uid};
use crate::ledger::Held;
use crate::plan::{Action, Item, Tally};
use crate::proto::Status;
use crate::session::{Next, Request, Work};
use crate::store::{Delivery, Draft, Key, Sealed};

use super::Error;
use super::commit::{Arrived, Committer};
use super::evidence::Evidence;

/// Messages in a batch at first: a handful of new messages becomes safe at
/// once.
const BATCH_MIN: usize = 32;
/// Messages in a batch at most. Each batch costs a handful of syncs, however
/// many messages it has; more than some thousand gain nothing.
const BATCH_MAX: usize = 2_048;
/// Octets in a batch at most (one larger message is a batch of its own).
const BATCH_OCTETS: u64 = 8 * 1024 * 1024;
/// How long received mail waits for company.
const BATCH_AGE: Duration = Duration::from_secs(5);

/// Messages and their contents on the way to the committer.
type Batch = Vec<(Arrived, Sealed)>;

/// The receiving side's end of the two channels to the committer.
pub(super) struct Lane {
    batches: mpsc::SyncSender<Batch>,
    results: mpsc::Receiver<Result<Vec<Arrived>, Error>>,
}

/// The committer's end.
pub(super) struct CommitLane {
    batches: mpsc::Receiver<Batch>,
    results: mpsc::Sender<Result<Vec<Arrived>, Error>>,
}

/// Both ends. At most one batch waits while one is committed, so that a slow
/// disk slows the wire down instead of filling memory.
pub(super) fn lanes() -> (Lane, CommitLane) {
    let (to_commit, batches) = mpsc::sync_channel(1);
    let (to_receive, results) = mpsc::channel();
    let lane = Lane {
        batches: to_commit,
        results,
    };
    let commit_lane = CommitLane {
        batches,
        results: to_receive,
    };
    (lane, commit_lane)
}

impl CommitLane {
    /// Commits batches until the other end is dropped or one fails.
    pub(super) fn serve(self, mut committer: Committer<'_>) {
        for batch in self.batches {
            let prepared = committer.prepare(batch);
            let result = prepared.and_then(|batch| committer.publish(batch));
            let failed = result.is_err();
            if self.results.send(result).is_err() || failed {
                return;
            }
        }
    }
}

/// What a transfer brought.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// Messages that are stored or were held already: their uids, and their
    /// places among those that came ([`Evidence::came`]).
    pub(super) had: Vec<(Uid, u32)>,
    /// The same of those that the server refused.
    pub(super) refused: Vec<(Uid, u32)>,
    /// What speaks for the messages.
    pub(super) evidence: Evidence,
    /// Uids whose deletion was refused.
    pub(super) undeletable: Vec<Uid>,
    /// Messages that were retrieved and are held already.
    pub(super) held: Vec<Held>,
    /// Messages stored.
    pub(super) stored: u64,
    /// Messages retrieved.
    pub(super) messages: u64,
    /// Octets of messages retrieved.
    pub(super) octets: u64,
    /// Messages the server marked as deleted.
    pub(super) deleted: Vec<Deletion>,
}

/// What holds for one session.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionTerms {
    /// Deletions after which it should end, so that a cut costs little.
    pub(super) deletions: usize,
    /// When it should end, if it deletes.
    pub(super) until: Instant,
    /// Whether several messages are asked for at a time.
    pub(super) is_pipelined: bool,
}

/// A message that was asked for.
struct Retrieving {
    item: Item,
    draft: Option<Draft>,
}

/// The receiving side of a transfer.
pub(super) struct Receiver<'r> {
    store: &'r dyn Delivery,
    observer: &'r dyn Observer,
    lane: Lane,
    now: u64,
    terms: SessionTerms,
    /// Deletions of this session, those that are still to be asked for and
    /// those of messages on their way in included.
    deletions: usize,
    /// By uid: which contents are already held, and the next ordinal.
    tallies: HashMap<Uid, Tally>,
    to_retrieve: VecDeque<Item>,
    to_delete: VecDeque<Deletion>,
    retrieving: VecDeque<Retrieving>,
    deleting: VecDeque<Deletion>,
    batch: Batch,
    batch_octets: u64,
    batch_since: Instant,
    batch_goal: usize,
    committing: usize,
    received: Received,
}

impl<'r> Receiver<'r> {
    /// Works on the items whose action is Fetch, Compare or Delete.
    pub(super) fn new(
        store: &'r dyn Delivery,
        observer: &'r dyn Observer,
        lane: Lane,
        now: u64,
        terms: SessionTerms,
        items: Vec<Item>,
        tallies: HashMap<Uid, Tally>,
    ) -> Self {
        let mut to_retrieve = VecDeque::new();
        let mut to_delete = VecDeque::new();
        for item in items {
            match item.action {
                action if action.retrieves() => to_retrieve.push_back(item),
                Action::Delete => to_delete.push_back(Deletion {
                    number: item.number,
                    uid: item.uid,
                }),
                _ => {}
            }
        }
        Self {
            store,
            observer,
            lane,
            now,
            terms,
            deletions: to_delete.len(),
            tallies,
            to_retrieve,
            to_delete,
            retrieving: VecDeque::new(),
            deleting: VecDeque::new(),
            batch: Vec::new(),
            batch_octets: 0,
            batch_since: Instant::now(),
            batch_goal: BATCH_MIN,
            committing: 0,
            received: Received {
                evidence: Evidence::new(terms.is_pipelined),
                ..Received::default()
            },
        }
    }

    /// Whether messages are left for another session.
    pub(super) fn has_more(&self) -> bool {
        !self.to_retrieve.is_empty() || !self.to_delete.is_empty()
    }

    /// Commits what has come in whole, also after the connection broke, and
    /// waits for it.
    pub(super) fn finish(mut self) -> (Received, Result<(), Error>) {
        self.retrieving.clear();
        let result = self.hand_over().and_then(|()| {
            while self.committing > 0 && self.wait(None)? {}
            Ok(())
        });
        (self.received, result)
    }

    /// Whether this session has, or will have, asked for enough deletions.
    fn is_full(&self) -> bool {
        let is_late = || Instant::now() >= self.terms.until;
        self.deletions > 0 && (self.deletions >= self.terms.deletions || is_late())
    }

    fn hand_over(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.batch_octets = 0;
        self.batch_goal = (self.batch_goal * 2).min(BATCH_MAX);
        if self.lane.batches.send(batch).is_err() {
            // The committer has stopped, and left its reason.
            while self.wait(None)? {}
            return Ok(());
        }
        self.committing += 1;
        Ok(())
    }

    /// Takes one result, waiting at most so long (`None`: until there is
    /// one). Answers whether there was one.
    fn wait(&mut self, limit: Option<Duration>) -> Result<bool, Error> {
        let result = match limit {
            None => self.lane.results.recv().ok(),
            Some(limit) => self.lane.results.recv_timeout(limit).ok(),
        };
        let Some(result) = result else {
            return Ok(false);
        };
        self.committing -= 1;
        for arrived in result? {
            self.received.stored += 1;
            let Arrived {
                number,
                uid,
                place,
                then_delete,
                ..
            } = arrived;
            self.settled(number, uid, place, then_delete);
        }
        Ok(true)
    }

    /// A message is safe here.
    fn settled(&mut self, number: MessageNumber, uid: Uid, place: u32, then_delete: bool) {
        self.received.had.push((uid.clone(), place));
        if then_delete {
            self.to_delete.push_back(Deletion { number, uid });
        }
    }

    /// The draft of the message that is coming in; `None` if none was asked
    /// for.
    fn draft(&mut self) -> Result<Option<&mut Draft>, Error> {
        let Some(Retrieving { item, draft }) = self.retrieving.front_mut() else {
            return Ok(None);
        };
        if draft.is_none() {
            let key = Key {
                uid: item.uid.clone(),
                ordinal: self.tallies.get(&item.uid).map_or(0, Tally::next_ordinal),
                seconds: self.now,
            };
            *draft = Some(self.store.draft(key)?);
        }
        Ok(draft.as_mut())
    }

    fn arrived(&mut self, octets: u64) -> Result<(), Error> {
        self.draft()?;
        let Some(Retrieving {
            item,
            draft: Some(draft),
        }) = self.retrieving.pop_front()
        else {
            return Ok(());
        };
        let sealed = draft.seal()?;
        self.received.messages += 1;
        self.received.octets += octets;
        let place = self.received.evidence.came(item.size, octets);
        self.observer.notice(&Event::Arrived);
        let tally = self.tallies.entry(item.uid.clone()).or_default();
        let held = match item.action {
            Action::Compare => tally.take(sealed.hash()),
            _ => None,
        };
        if let Some(ordinal) = held {
            self.received.evidence.is_held();
            self.received.held.push(Held {
                uid: item.uid.clone(),
                ordinal,
                size: item.size,
            });
            self.settled(item.number, item.uid, place, item.then_delete);
            return Ok(());
        }
        tally.store();
        self.batch_octets += octets;
        if self.batch.is_empty() {
            self.batch_since = Instant::now();
        }
        let arrived = Arrived {
            number: item.number,
            uid: item.uid,
            listed: item.size,
            octets,
            place,
            then_delete: item.then_delete,
        };
        self.batch.push((arrived, sealed));
        while self.wait(Some(Duration::ZERO))? {}
        let is_due = self.batch.len() >= self.batch_goal || self.batch_since.elapsed() >= BATCH_AGE;
        let is_full = self.batch.len() >= BATCH_MAX || self.batch_octets >= BATCH_OCTETS;
        if is_full || (is_due && self.committing == 0) {
            self.hand_over()?;
        }
        Ok(())
    }

    fn fail(&self, number: MessageNumber, uid: Uid, status: &Status) {
        self.observer.notice(&Event::Failed(Failed {
            number,
            uid,
            error: status.shown(),
        }));
    }
}

impl Work for Receiver<'_> {
    type Error = Error;

    fn next(&mut self, idle: Option<Duration>) -> Result<Next, Error> {
        while self.wait(Some(Duration::ZERO))? {}
        loop {
            if let Some(deletion) = self.to_delete.pop_front() {
                let request = Request::Delete(deletion.number);
                self.deleting.push_back(deletion);
                return Ok(Next::Send(request));
            }
            if !self.is_full()
                && let Some(item) = self.to_retrieve.pop_front()
            {
                let request = Request::Retrieve(item.number, item.size);
                self.deletions += usize::from(item.then_delete);
                self.retrieving.push_back(Retrieving { item, draft: None });
                return Ok(Next::Send(request));
            }
            if !self.retrieving.is_empty() || !self.deleting.is_empty() {
                return Ok(Next::Later);
            }
            self.hand_over()?;
            if self.committing == 0 {
                return Ok(Next::Finished);
            }
            match idle {
                Some(limit) if self.wait(Some(limit))? => {}
                _ => return Ok(Next::Later),
            }
        }
    }

    fn data(&mut self, _: &Request, piece: &[u8]) -> Result<(), Error> {
        if let Some(draft) = self.draft()? {
            draft.write(piece)?;
        }
        self.observer.notice(&Event::Received {
            octets: piece.len() as u64,
        });
        Ok(())
    }

    fn done(&mut self, request: &Request, octets: u64) -> Result<(), Error> {
        match request {
            Request::Retrieve(..) | Request::Top(..) => self.arrived(octets),
            Request::Delete(_) => {
                self.received.deleted.extend(self.deleting.pop_front());
                Ok(())
            }
        }
    }

    fn in_step(&mut self) {
        self.received.evidence.in_step();
    }

    fn refused(&mut self, request: &Request, status: Status) -> Result<(), Error> {
        match request {
            Request::Retrieve(..) | Request::Top(..) => {
                if let Some(Retrieving { item, .. }) = self.retrieving.pop_front() {
                    let place = self.received.evidence.refused();
                    self.received.refused.push((item.uid.clone(), place));
                    self.fail(item.number, item.uid, &status);
                }
            }
            Request::Delete(_) => {
                if let Some(deletion) = self.deleting.pop_front() {
                    self.received.undeletable.push(deletion.uid.clone());
                    self.fail(deletion.number, deletion.uid, &status);
                }
            }
        }
        Ok(())
    }
}
