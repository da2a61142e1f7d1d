//! What a command on one account works with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Observer, Summary};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{Ledger, Lock, Snapshot};
use crate::store::Reading;

use super::{Account, Connector, Error, Outcome};

/// The account, and all that the work on it goes through.
#[derive(Clone)]
pub(super) struct Context<'c> {
    pub(super) account: &'c Account,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) cancel: &'c Cancel,
    pub(super) observer: &'c dyn Observer,
}

impl<'c> Context<'c> {
    /// On this machine's disk.
    pub(super) fn new(
        account: &'c Account,
        cancel: &'c Cancel,
        observer: &'c dyn Observer,
    ) -> Self {
        Self { account, disk: Arc::new(RealDisk::new()), cancel, observer }
    }

    /// Does work that connects.
    pub(super) fn online(
        &self,
        work: impl FnOnce(&mut Connector<'c>, &mut Summary) -> Result<(), Error>,
    ) -> Outcome {
        let mut connector = Connector::new(self);
        let mut summary = Summary::default();
        let result = work(&mut connector, &mut summary);
        connector.outcome(summary, result)
    }

    /// Does work that connects to nothing.
    pub(super) fn local(&self, work: impl FnOnce() -> Result<(), Error>) -> Outcome {
        let started = Instant::now();
        let result = work();
        Outcome::new(Summary::default(), result, started)
    }

    /// What the ledger says, without a lock.
    pub(super) fn snapshot(&self) -> Result<Snapshot, Error> {
        let Account { id, state_dir, .. } = self.account;
        Ok(Snapshot::read(state_dir, id, &*self.disk)?)
    }

    /// The same if there is one.
    pub(super) fn existing_snapshot(&self) -> Result<Snapshot, Error> {
        if self.has_ledger()? { self.snapshot() } else { Err(self.never_fetched()) }
    }

    pub(super) fn has_ledger(&self) -> Result<bool, Error> {
        let Account { id, state_dir, .. } = self.account;
        Ok(Ledger::exists(state_dir, id, &*self.disk)?)
    }

    /// Nothing is recorded of the account.
    pub(super) fn never_fetched(&self) -> Error {
        let state_dir = self.account.state_dir.clone();
        Error::NeverFetched { state_dir }
    }

    /// The account's lock. Nobody waits for it: another run is told about at
    /// once.
    pub(super) fn lock(&self) -> Result<Lock, Error> {
        let Account { id, state_dir, .. } = self.account;
        let wait = Duration::ZERO;
        Ok(Lock::take(state_dir, id, wait, self.cancel, &self.disk)?)
    }

    /// The ledger, open.
    pub(super) fn ledger(&self) -> Result<Ledger, Error> {
        Ok(Ledger::open(self.lock()?, Arc::clone(&self.disk))?)
    }

    /// `None` where nothing was ever recorded: nothing is created then.
    pub(super) fn existing_ledger(&self) -> Result<Option<Ledger>, Error> {
        self.has_ledger()?.then(|| self.ledger()).transpose()
    }

    /// What a target is read with.
    pub(super) fn reading(&self) -> Reading<'_> {
        Reading { account: &self.account.id, cancel: self.cancel, disk: &self.disk }
    }
}
