//! One session of a fetch, from the connection to QUIT.

use std::collections::HashMap;
use std::thread;

use crate::base::{Disposition, Event, Listing, Uid, WarningCode};
use crate::ledger::Ledger;
use crate::plan::{self, Action, CopyMatcher, Item, LastBatch, Moment, Plan, Policy, Seen};
use crate::session::{Interrupt, Leave, Session};
use crate::store::Delivery;

use super::super::adopt::Adoption;
use super::super::commit::Committer;
use super::super::{Error, confirm, uids};
use super::Run;
use super::batches::{Transfer, Transferred};
use super::receive::{CopyMatchers, Receiver, Terms};
use super::worker::commit_queue;
use crate::run::server::listing::{self, Listed};

/// What comes after a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Done,
    /// Another session: for the next batch, or for what had to wait.
    Another,
}

impl<'r> Run<'r> {
    /// One session.
    pub(super) fn sit(&mut self, store: &dyn Delivery, ledger: &mut Ledger) -> Result<Next, Error> {
        let last_batch = self.last_batch.take();
        match self.connector.await_login() {
            // What was listed is done; whether there is more, nobody knows.
            Err(Error::LoginDelay { seconds }) if last_batch.is_some() => {
                let text = format!(
                    "there may be more messages: the server allows the next login in {seconds} s, \
                     and this run ends before that"
                );
                self.warn(WarningCode::LoginDelay, text);
                return Ok(Next::Done);
            }
            waited => waited?,
        }
        let mut session = self.connector.open()?;
        let with_sizes = session.lists_at_once() && plan::takes_sizes_ahead(ledger.seen());
        let mut listed = list(&mut session, self.job.no_uidl, with_sizes)?;
        let listing = &mut listed.listing;
        let (mut is_sized, mut has_looked) = (self.job.no_uidl || with_sizes, true);
        if ledger.needs_rescan() {
            let (cancel, observer) = (self.context.cancel, self.context.observer);
            let adoption = Adoption::new(store, ledger, cancel, observer, self.now)?;
            // An empty listing tells nothing of what is in the store.
            has_looked = !listing.is_empty() || adoption.finds_nothing();
            is_sized |= adoption.run(&mut session, listing)?;
        }
        let policy = self.policy(&session);
        let rules = &self.job.rules;
        let moment = Moment { holds: &|rule| rules.holds(rule), ..Moment::at(self.now) };
        if !is_sized && plan::needs_sizes(listing, ledger.seen(), &policy, &moment) {
            listing::add_sizes(&mut session, listing)?;
        }
        let checked = check_progress(last_batch.as_ref(), listing, ledger.seen());
        let mut plan = match checked.and_then(|()| self.plan(listing, ledger.seen(), &policy)) {
            Ok(plan) => plan,
            Err(error) => {
                // Without QUIT nothing can change on the server.
                let _ = session.leave(Leave::Abandon);
                return Err(error);
            }
        };
        if retrieved(&plan).nth(1).is_some() {
            session.settle_pipelining()?;
        }
        if has_looked {
            ledger.looked();
        }
        // Up to here another session can begin anew.
        ledger.note_listing(listing, self.now)?;
        let is_first = self.announce(&session, &plan, &listed);
        let listing = &listed.listing;
        if let Err(error) = self.sift(&mut session, &mut plan, Some(ledger)) {
            let _ = session.leave(Leave::Abandon);
            return Err(error);
        }
        if is_first {
            self.announce_skips(&plan, ledger.seen());
        }
        // Without ids the next batch could not be told from this one.
        let is_batch = !self.job.no_uidl
            && session.facts().capabilities.expires_at_once()
            && self.memory.is_batch(&plan.items, listing.len());
        let last_batch = is_batch.then(|| LastBatch::new(listing));
        let postponed = plan.postpone_risky();
        self.transfer(session, store, ledger, plan)?;
        self.last_batch = last_batch;
        self.counts = self.last_batch.is_some();
        Ok(if postponed || self.last_batch.is_some() { Next::Another } else { Next::Done })
    }

    /// Retrieves and deletes what the plan says, and ends the session.
    fn transfer(
        &mut self,
        mut session: Session<'r>,
        store: &dyn Delivery,
        ledger: &mut Ledger,
        plan: Plan,
    ) -> Result<(), Error> {
        self.sittings += 1;
        let messages = retrieved(&plan).count() as u64;
        let is_delete = |item: &&Item| item.action == Action::Delete;
        let to_delete: Vec<_> = plan.items.iter().filter(is_delete).map(Item::deletion).collect();
        if messages == 0 && to_delete.is_empty() {
            session.leave(Leave::Quit)?;
            return Ok(());
        }
        if messages > 0
            && let Err(error) = store.greet()
        {
            // Nothing was asked for yet.
            let _ = session.leave(Leave::Quit);
            return Err(error.into());
        }
        if messages > 0 && std::mem::take(&mut self.was_cut_off) {
            let text = "an earlier run was cut off: what it handed on last may be handed on \
                        again, under the same ids";
            self.warn(WarningCode::InDoubt, text.to_owned());
        }
        self.context.observer.notice(&Event::Transfer {
            messages,
            octets: retrieved(&plan).map(|item| item.size).sum(),
        });
        ledger.renew(&plan)?;
        ledger.note_deleting(&uids(&to_delete))?;
        let matchers = self.matchers(&plan, ledger.seen());
        let terms = Terms {
            store,
            observer: self.context.observer,
            now: self.now,
            max_size: self.job.policy.limits.size,
            max_octets: self.memory.left(self.job.policy.limits).bytes,
            until: self.connector.until(),
        };
        let items = plan.items.into_iter().filter(|item| item.action.retrieves());
        let receiver = Receiver::new(terms, items.collect(), matchers, self.connector.is_careful());
        let committer =
            Committer { target: store, ledger, observer: self.context.observer, now: self.now };
        let (queue, worker) = commit_queue();
        let transfer = Transfer {
            session: &mut session,
            receiver,
            queue,
            observer: self.context.observer,
            rechecks: self.connector.rechecks(),
            to_delete,
            result: Transferred::new(self.job.policy.all, self.connector.counts()),
        };
        let (result, transferred, committed) = thread::scope(|scope| {
            scope.spawn(move || worker.serve(committer));
            transfer.run()
        });
        self.connector.learn(&session);
        self.take(&result, ledger)?;
        match transferred {
            Ok(()) => committed?,
            Err(Interrupt::Session(error)) => {
                // What failed on this side is what the user has to know.
                committed?;
                return Err(error.into());
            }
            Err(Interrupt::Work(error)) => {
                let _ = session.leave(Leave::Abandon);
                return Err(error);
            }
        }
        let deleted = uids(&result.deleted);
        self.summary.deleted += confirm(session, result.deleted, self.context.observer)?;
        deleted.iter().for_each(|uid| self.memory.deleted(uid));
        ledger.note_deleted(&deleted, self.now)?;
        Ok(())
    }

    /// Takes over what a transfer brought.
    fn take(&mut self, result: &Transferred, ledger: &mut Ledger) -> Result<(), Error> {
        self.summary.stored += result.stored;
        self.summary.bytes += result.octets;
        self.summary.skipped += result.too_large.len() as u64;
        self.summary.failed +=
            (result.refused.len() + result.kept.len() + result.not_taken.len()) as u64;
        self.memory.took(result.messages, result.octets);
        for uid in result.refused.iter().chain(&result.too_large) {
            self.memory.failed(uid);
        }
        for (uid, disposition) in &result.not_taken {
            self.deferred += u64::from(*disposition == Disposition::Deferred);
            self.memory.failed(uid);
        }
        for uid in &result.kept {
            self.memory.kept(uid);
        }
        for (uid, ordinal) in result.copies.iter().flatten() {
            self.memory.stored(uid, *ordinal);
        }
        if result.still_there > 0 {
            self.warn_of(vec![plan::still_there_warning(result.still_there)]);
        }
        self.connector.note_sizes(result.counts, result.odd_sizes);
        if result.was_for_nothing {
            self.connector.be_careful();
        }
        // In later runs it holds nothing up.
        if let Some(uid) = &result.endless {
            ledger.note_risky(uid)?;
        }
        if let Some(item) = &result.broke_at {
            ledger.note_risky(&item.uid)?;
            self.memory.failed(&item.uid);
            self.summary.failed += 1;
            self.context.observer.fail(
                item.number,
                item.uid.clone(),
                "the session broke off at this message".to_owned(),
            );
        }
        Ok(())
    }

    /// What counts as held of each uid that is retrieved. With `--all` that is
    /// what is in the target.
    fn matchers(&self, plan: &Plan, seen: &Seen) -> CopyMatchers {
        let mut matchers = HashMap::new();
        for item in retrieved(plan).filter(|item| item.action == Action::Compare) {
            let matcher = matchers.entry(item.uid.clone());
            matcher.or_insert_with(|| self.matcher(&item.uid, seen));
        }
        matchers
    }

    fn matcher(&self, uid: &Uid, seen: &Seen) -> CopyMatcher {
        if self.job.policy.all {
            seen.matcher_of(uid, &|ordinal| self.is_intact(uid, ordinal))
        } else {
            seen.matcher(uid)
        }
    }

    fn is_intact(&self, uid: &Uid, ordinal: u32) -> bool {
        self.memory.has_stored(uid, ordinal) || self.intact.has(uid, ordinal)
    }

    /// The policy with the limits of what is left of the run. Other ids than
    /// before are no reset where the server lists mail in batches, or takes
    /// away what was retrieved, or has none.
    pub(super) fn policy(&self, session: &Session<'_>) -> Policy {
        let mut policy = Policy {
            only_work: !self.job.dry_run,
            limits: self.memory.left(self.job.policy.limits),
            ..self.job.policy
        };
        policy.accept_uid_reset |=
            self.sittings > 0 || self.job.no_uidl || session.facts().capabilities.expires_at_once();
        policy
    }

    /// What is to be done.
    pub(super) fn plan(
        &mut self,
        listing: &Listing,
        seen: &Seen,
        policy: &Policy,
    ) -> Result<Plan, Error> {
        let rules = &self.job.rules;
        let moment = Moment {
            now: self.now,
            memory: &self.memory,
            intact: &|uid, ordinal| self.is_intact(uid, ordinal),
            holds: &|rule| rules.holds(rule),
        };
        let mut policy = *policy;
        if !rules.is_empty() {
            // What is left on the server counts towards no limit.
            policy.limits.messages = None;
            policy.limits.bytes = None;
        }
        let mut plan = plan::decide(listing, seen, &policy, &moment).map_err(Error::UidReset)?;
        if self.job.delete_verified {
            let mut verified = std::mem::take(&mut self.verified);
            verified.restrict(&mut plan, seen, &self.survey())?;
            self.verified = verified;
        }
        Ok(plan)
    }
}

/// Fails if a session would do the last one's work again.
fn check_progress(last: Option<&LastBatch>, listing: &Listing, seen: &Seen) -> Result<(), Error> {
    let is_known = |uid: &Uid| seen.get(uid).is_some();
    if last.is_some_and(|last| last.is_repeated(listing, is_known)) {
        let listed = listing.len() as u64;
        return Err(Error::NotDeleted { listed });
    }
    Ok(())
}

/// Asks what is there.
pub(super) fn list(
    session: &mut Session<'_>,
    no_uidl: bool,
    with_sizes: bool,
) -> Result<Listed, Error> {
    if no_uidl {
        listing::read_without_uidl(session)
    } else if with_sizes {
        listing::read_with_sizes(session)
    } else {
        listing::read(session)
    }
}

/// What is to be retrieved.
pub(super) fn retrieved(plan: &Plan) -> impl Iterator<Item = &Item> {
    plan.items.iter().filter(|item| item.action.retrieves())
}
