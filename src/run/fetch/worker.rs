//! Committing while receiving: another thread makes a batch durable, in two
//! steps, while this one reads the wire.

use std::sync::mpsc;
use std::time::Duration;

use super::super::Error;
use super::super::commit::{Arrived, Committed, Committer};

/// What the worker is asked to do, in this order for each batch.
enum Order {
    /// Make it durable, and nothing visible.
    Prepare(Vec<Arrived>),
    /// Publish and record what was prepared.
    Publish,
    /// Forget what was prepared.
    Drop,
}

/// The receiving side's end.
pub(super) struct CommitQueue {
    orders: mpsc::SyncSender<Order>,
    results: mpsc::Receiver<Result<Committed, Error>>,
    /// Batches that are to be published, and are not yet.
    outstanding: usize,
}

/// The committer's end.
pub(super) struct CommitWorker {
    orders: mpsc::Receiver<Order>,
    results: mpsc::Sender<Result<Committed, Error>>,
}

/// Both ends. At most one batch waits while one is committed, so that a slow
/// disk slows the wire down instead of filling memory.
pub(super) fn commit_queue() -> (CommitQueue, CommitWorker) {
    let (to_commit, orders) = mpsc::sync_channel(1);
    let (to_receive, results) = mpsc::channel();
    let queue = CommitQueue { orders: to_commit, results, outstanding: 0 };
    let worker = CommitWorker { orders, results: to_receive };
    (queue, worker)
}

impl CommitWorker {
    /// Commits batches until the other end is dropped or one fails.
    pub(super) fn serve(self, mut committer: Committer<'_>) {
        let mut prepared = None;
        for order in self.orders {
            let result = match order {
                Order::Drop => {
                    prepared = None;
                    continue;
                }
                Order::Prepare(batch) => match committer.prepare(batch) {
                    Ok(batch) => {
                        prepared = Some(batch);
                        continue;
                    }
                    Err(error) => Err(error),
                },
                Order::Publish => match prepared.take() {
                    Some(batch) => committer.publish(batch),
                    None => continue,
                },
            };
            let has_failed = result.is_err();
            if self.results.send(result).is_err() || has_failed {
                return;
            }
        }
    }
}

impl CommitQueue {
    /// Returns whether a batch is being committed.
    pub(super) fn is_busy(&self) -> bool {
        self.outstanding > 0
    }

    /// Has a batch made durable. It is published once that is asked for.
    pub(super) fn prepare(&mut self, batch: Vec<Arrived>) -> Result<(), Error> {
        self.send(Order::Prepare(batch))
    }

    /// Has the batch that was prepared published and recorded.
    pub(super) fn publish(&mut self) -> Result<(), Error> {
        self.outstanding += 1;
        self.send(Order::Publish)
    }

    /// Has the batch that was prepared forgotten.
    pub(super) fn forget(&mut self) -> Result<(), Error> {
        self.send(Order::Drop)
    }

    fn send(&mut self, order: Order) -> Result<(), Error> {
        if self.orders.send(order).is_ok() {
            return Ok(());
        }
        // The worker has stopped, and left its reason.
        while let Ok(result) = self.results.recv() {
            result?;
        }
        Ok(())
    }

    /// What became of a batch, waiting for it no longer than this; `None` if
    /// none is done.
    pub(super) fn committed(&mut self, wait: Duration) -> Result<Option<Committed>, Error> {
        let Ok(result) = self.results.recv_timeout(wait) else {
            return Ok(None);
        };
        let committed = result?;
        self.outstanding -= 1;
        Ok(Some(committed))
    }

    /// Ends the worker, once it has published what it was asked to.
    pub(super) fn finish(self) -> Result<Vec<Committed>, Error> {
        drop(self.orders);
        self.results.iter().collect()
    }
}
