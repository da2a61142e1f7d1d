//! `fetch`: one run over one maildrop. It takes one session, but for a
//! connection that is lost and made anew, and for servers that hide messages
//! until others are gone.

mod announce;
mod batches;
mod receive;
mod rehearse;
mod sift;
mod sitting;
mod worker;

use std::sync::Arc;

use crate::base::{AccountId, Cancel, Observer, Summary, WarningCode};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{Ledger, Lock};
use crate::plan::{LastBatch, Memory};
use crate::store::{Delivery, Guarantee, InDoubt, Setting};
use crate::wait::now;

use super::stored::{Intact, Survey, Verified};
use super::{Connector, Context, Error, FetchJob, Outcome, recover};

use sitting::Next;

/// Fetches what is new.
pub fn fetch(job: &FetchJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    fetch_on(Arc::new(RealDisk::new()), job, cancel, observer)
}

/// The same on a given file system.
pub(crate) fn fetch_on(
    disk: Arc<dyn Disk>,
    job: &FetchJob,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context { account: &job.account, disk, cancel, observer };
    let mut run = Run {
        job,
        connector: Connector::new(&context),
        context,
        now: now(),
        summary: Summary::default(),
        memory: Memory::default(),
        warned: Vec::new(),
        key_account: job.account.id.clone(),
        deferred: 0,
        was_cut_off: false,
        verified: Verified::default(),
        intact: Intact::default(),
        last_batch: None,
        sittings: 0,
        counts: true,
    };
    let result = if job.dry_run { run.rehearse() } else { run.fetch() };
    run.connector.outcome(run.summary, result)
}

struct Run<'r> {
    job: &'r FetchJob,
    context: Context<'r>,
    connector: Connector<'r>,
    now: u64,
    summary: Summary,
    /// What need not be done again in a later session.
    memory: Memory,
    /// Warnings that were given.
    warned: Vec<WarningCode>,
    /// In whose name the ids of messages are.
    key_account: AccountId,
    /// Messages that the target did not take now.
    deferred: u64,
    /// An earlier run was cut off while it handed messages on, and has not
    /// been made up for yet.
    was_cut_off: bool,
    verified: Verified,
    /// What is in the target, unaltered, for `--all`.
    intact: Intact,
    /// The session before, if another batch is expected behind it.
    last_batch: Option<LastBatch>,
    /// Sessions that came as far as a transfer.
    sittings: u32,
    /// Whether what the next listing has was in none before.
    counts: bool,
}

impl<'r> Run<'r> {
    fn fetch(&mut self) -> Result<(), Error> {
        let account = &self.job.account;
        let lock = Lock::take(
            &account.state_dir,
            &account.id,
            self.connector.at_most(self.job.lock_wait),
            self.context.cancel,
            &self.context.disk,
        )?;
        let mut ledger = Ledger::open(lock, Arc::clone(&self.context.disk))?;
        self.now = own_second(self.now, ledger.seen().last_session());
        if let octets @ 1.. = ledger.repaired_tail() {
            self.context.observer.note(format!(
                "an interrupted run left a torn line in the ledger; its {octets} octets were cut off"
            ));
        }
        let target = &self.job.target;
        self.was_cut_off = !ledger.publishers().is_empty()
            && target.scheme().guarantee == Guarantee::Acknowledged
            && self.job.handover.in_doubt == InDoubt::Again;
        let had_mail = ledger.names(target.name()) && !self.job.policy.all;
        self.key_account = ledger.key_account();
        let deadline = self.connector.until();
        let key_account = self.key_account.clone();
        let setting = || Setting {
            account: key_account.clone(),
            scratch: account.dir(),
            had_mail,
            lock_wait: self.connector.at_most(account.access.timeout),
            cancel: self.context.cancel.clone(),
            deadline,
            handover: self.job.handover.clone(),
            disk: Arc::clone(&self.context.disk),
        };
        recover::settle(target, &mut ledger, &setting(), self.context.observer)?;
        let store = target.open(&setting())?;
        self.warn_of(store.warnings());
        let changed = self.target_changed(ledger.last_target().map(|name| &**name), ledger.seen());
        if self.job.policy.all {
            self.intact = self.survey().intact()?;
        }
        let result = self.sittings(&*store, &mut ledger);
        // Now the new target has proved to be one.
        self.warn_of(changed.into_iter().filter(|_| self.summary.stored > 0).collect());
        self.warn_of(store.warnings());
        match &result {
            // What failed on this side leaves the ledger unclosed: the next
            // run then looks closely at what is there.
            Err(Error::Store(error)) if error.is_ours() => {}
            Err(Error::Ledger(_)) => {}
            _ => ledger.close()?,
        }
        result?;
        let failed = self.summary.failed;
        let wanted = self.summary.listed.max(failed);
        if failed > 0 && failed == self.deferred {
            let by = Box::new(self.job.target.clone());
            return Err(Error::Deferred { by, failed, wanted });
        }
        Error::partial(failed, wanted)
    }

    /// A look at what is stored.
    fn survey(&self) -> Survey<'_> {
        Survey { context: self.context.clone(), target: &self.job.target, keeps: 0 }
    }

    /// Sessions until there is nothing left to do. One that breaks off is made
    /// up for once; if that fails, what the first one was lost by is what the
    /// user has to know.
    fn sittings(&mut self, store: &dyn Delivery, ledger: &mut Ledger) -> Result<(), Error> {
        let mut lost: Option<Error> = None;
        let mut may_reconnect = !self.job.no_uidl;
        loop {
            let logins = self.connector.logins();
            let error = match self.sit(store, ledger) {
                Ok(Next::Done) => return Ok(()),
                Ok(Next::Another) => {
                    lost = None;
                    continue;
                }
                Err(error) => error,
            };
            let is_news = self.connector.learn_from_error(&error);
            let goes_on = match &error {
                Error::Session(error) => error.is_connection_lost() || error.is_mixed_up(),
                Error::Endless { .. } => true,
                _ => false,
            };
            match lost.take() {
                Some(lost) if self.connector.logins() == logins && error.is_passing() => {
                    self.connector.note(&error, "");
                    return Err(lost);
                }
                None if may_reconnect && (is_news || goes_on && self.sittings > 0) => {
                    self.connector.tell_of_another(&error);
                    lost = Some(error);
                    may_reconnect = false;
                }
                _ => return Err(error),
            }
        }
    }
}

/// Seconds since 1970 that the last run had not: they are in the names of
/// stored files, and tell whose those are. A clock that was set back by a
/// minute or more can bring old ones again; then what is in the Maildir is
/// still believed for its size only.
fn own_second(now: u64, last: Option<u64>) -> u64 {
    match last {
        Some(last) if last >= now && last - now < 60 => last + 1,
        _ => now,
    }
}
