//! `fetch`: one run over one maildrop, in as many sessions as it takes.

mod announce;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::base::{
    Cancel, Event, Listing, MessageNumber, Observer, Planned, Summary, Uid, WarningCode,
};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{Ledger, Lock};
use crate::plan::{self, Action, Done, Found, Goal, Item, Last, Moment, Plan, Policy, Seen};
use crate::session::{Interrupt, Leave, Session};
use crate::store::{self, Archive, Delivery, Guarantee, Reading, Setting};

use super::adopt::Adoption;
use super::commit::Committer;
use super::evidence::Doubts;
use super::listing::{self, Listed};
use super::receive::{Received, Receiver, SessionTerms, lanes};
use super::survey::{Survey, Verified};
use super::{Connector, Error, FetchJob, Outcome, confirm, now, recover, uids};

/// Deletions after which a session quits, so that the server does them, and
/// another one goes on: a cut in a long run costs little.
const SESSION_DELETIONS: usize = 1_000;
/// Time after which it does, if anything is to be deleted.
const SESSION_TIME: Duration = Duration::from_secs(15 * 60);

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
    let mut run = Run {
        job,
        cancel,
        observer,
        connector: Connector::new(&job.account, cancel, observer, Arc::clone(&disk)),
        disk,
        now: now(),
        summary: Summary::default(),
        done: Done::new(),
        told: Vec::new(),
        taken: Taken::default(),
        verified: Verified::default(),
        last: None,
        is_first: true,
        is_news: true,
    };
    let result = if job.dry_run {
        run.rehearse()
    } else {
        run.fetch()
    };
    run.connector.outcome(run.summary, result)
}

/// What limits count, over all sessions of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    messages: u64,
    octets: u64,
}

/// How a session ended.
#[derive(Default)]
struct Ended {
    /// It left something over.
    has_more: bool,
    /// What the server confirmed to be deleted.
    deleted: HashSet<MessageNumber>,
}

struct Run<'r> {
    job: &'r FetchJob,
    cancel: &'r Cancel,
    observer: &'r dyn Observer,
    disk: Arc<dyn Disk>,
    connector: Connector<'r>,
    now: u64,
    summary: Summary,
    /// What need not be done again in a later session.
    done: Done,
    /// Warnings that were given.
    told: Vec<WarningCode>,
    taken: Taken,
    verified: Verified,
    /// The session before, if it ended well.
    last: Option<Last>,
    is_first: bool,
    /// What is new in the next listing was in none before.
    is_news: bool,
}

impl<'r> Run<'r> {
    fn fetch(&mut self) -> Result<(), Error> {
        let account = &self.job.account;
        let lock = Lock::take(
            &account.state_dir,
            &account.id,
            self.connector.at_most(self.job.lock_wait),
            self.cancel,
            &self.disk,
        )?;
        let mut ledger = Ledger::open(lock, Arc::clone(&self.disk))?;
        self.now = own_second(self.now, ledger.seen().last_session());
        if let octets @ 1.. = ledger.repaired_tail() {
            self.observer.notice(&Event::Note(format!(
                "an interrupted run left a torn line in the ledger; its {octets} octets were cut off"
            )));
        }
        let target = &self.job.target;
        let setting = || Setting {
            account: account.id.clone(),
            scratch: account.dir(),
            lock_wait: self.connector.at_most(account.access.timeout),
            cancel: self.cancel.clone(),
            disk: Arc::clone(&self.disk),
        };
        recover::settle(target, &mut ledger, &setting(), self.observer)?;
        let store = target.open(&setting())?;
        self.warn_of(store.warnings());
        self.warn_of_target(ledger.last_target().map(|name| &**name), ledger.seen());
        let result = self.sessions(&*store, &mut ledger);
        self.warn_of(store.warnings());
        match &result {
            // What failed on this side leaves the ledger unclosed: the next
            // run then looks closely at what is there.
            Err(Error::Store(_) | Error::Ledger(_)) => {}
            _ => ledger.close()?,
        }
        result?;
        let failed = self.summary.failed;
        Error::partial(failed, self.summary.listed.max(failed))
    }

    /// Sessions until there is nothing left to do. A connection that is lost
    /// is made anew once; if that fails, what the first one was lost by is what
    /// the user has to know.
    fn sessions(&mut self, store: &dyn Delivery, ledger: &mut Ledger) -> Result<(), Error> {
        let mut lost: Option<Error> = None;
        let mut reconnected = false;
        loop {
            let logins = self.connector.logins();
            let error = match self.session(store, ledger) {
                Ok(()) if self.last.is_none() => return Ok(()),
                Ok(()) => {
                    lost = None;
                    continue;
                }
                Err(error) => error,
            };
            let is_news = self.connector.heed(&error);
            let is_lost = matches!(&error, Error::Session(error) if error.is_connection_lost());
            match lost.take() {
                Some(lost) if self.connector.logins() == logins && error.is_passing() => {
                    self.connector.note(&error, "");
                    return Err(lost);
                }
                None if !reconnected && (is_news || is_lost && !self.is_first) => {
                    self.connector.tell_of_another(&error);
                    lost = Some(error);
                    reconnected = true;
                }
                _ => return Err(error),
            }
        }
    }

    /// One session. What another one is for is in [`Run::last`].
    fn session(&mut self, store: &dyn Delivery, ledger: &mut Ledger) -> Result<(), Error> {
        let last = self.last.take();
        match (self.connector.await_login(), &last) {
            // What was listed is done; whether there is more, nobody knows.
            (Err(Error::LoginDelay { seconds }), Some(last)) if last.goal == Goal::NextBatch => {
                let text = format!(
                    "there may be more messages: the server allows the next login in {seconds} s, \
                     and this run ends before that"
                );
                self.warn(WarningCode::LoginDelay, text);
                return Ok(());
            }
            (waited, _) => waited?,
        }
        let mut session = self.connector.open()?;
        let mut listed = list(&mut session, self.job.no_uidl)?;
        let listing = &mut listed.listing;
        let (mut is_sized, mut has_looked) = (self.job.no_uidl, true);
        if ledger.needs_rescan() {
            let (cancel, observer) = (self.cancel, self.observer);
            let adoption = Adoption::new(store, ledger, cancel, observer, self.now)?;
            // An empty listing tells nothing of what is in the store.
            has_looked = !listing.is_empty() || adoption.finds_nothing();
            is_sized |= adoption.run(&mut session, listing)?;
        }
        let policy = self.policy(&session);
        if !is_sized && plan::needs_sizes(listing, ledger.seen(), &policy, self.now) {
            listing::add_sizes(&mut session, listing)?;
        }
        let checked = self.check_progress(last.as_ref(), listing, ledger.seen());
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
        let expires = session.facts().capabilities.expires_at_once();
        // Without ids the next batch could not be told from this one.
        let is_batch =
            !self.job.no_uidl && plan::is_batch(&plan.items, listing.len(), expires, &self.done);
        // Where nothing is to vanish, no other session goes on from this one.
        let may_go_on = is_batch || plan.items.iter().any(Item::deletes);
        let found = may_go_on.then(|| Found::new(listing));
        self.announce(&session, &plan, listed);
        let has_doubts = plan.put_off_doubts();
        let Ended { has_more, deleted } = self.transfer(session, store, ledger, plan)?;
        let goal = match has_more || has_doubts {
            true => Some(Goal::Rest),
            false => (is_batch && (expires || !deleted.is_empty())).then_some(Goal::NextBatch),
        };
        self.is_news = goal == Some(Goal::NextBatch);
        self.last = goal.zip(found).map(|(goal, found)| Last {
            goal,
            found,
            deleted,
        });
        Ok(())
    }

    /// Fails if a session would do the last one's work again.
    fn check_progress(
        &self,
        last: Option<&Last>,
        listing: &Listing,
        seen: &Seen,
    ) -> Result<(), Error> {
        let is_known = |uid: &Uid| self.done.knows(uid) || seen.get(uid).is_some();
        match last.is_some_and(|last| last.is_repeated(listing, is_known)) {
            true => Err(Error::NotDeleted {
                listed: listing.len() as u64,
            }),
            false => Ok(()),
        }
    }

    /// Retrieves and deletes what the plan says, and ends the session.
    fn transfer(
        &mut self,
        mut session: Session<'r>,
        store: &dyn Delivery,
        ledger: &mut Ledger,
        plan: Plan,
    ) -> Result<Ended, Error> {
        self.done.plan(&plan.items);
        let fetched = || retrieved(&plan);
        let messages = fetched().count();
        let deletes = plan.items.iter().any(|item| item.action == Action::Delete);
        if messages == 0 && !deletes {
            self.is_first = false;
            session.leave(Leave::Quit)?;
            return Ok(Ended::default());
        }
        self.observer.notice(&Event::Transfer {
            messages: messages as u64,
            octets: fetched().map(|item| item.size).sum(),
        });
        ledger.renew(&plan)?;
        let seen = ledger.seen();
        let mut tallies = HashMap::new();
        for item in fetched() {
            let tally = tallies.entry(item.uid.clone());
            tally.or_insert_with(|| match item.action {
                Action::Compare => seen.tally(&item.uid),
                // Whatever is known of it counts for nothing (`--all`).
                _ => seen.tally_anew(&item.uid),
            });
        }
        // Where sessions must keep their distance, one has to do.
        let (deletions, until) = match self.connector.has_login_delay() {
            true => (usize::MAX, self.connector.until()),
            false => (SESSION_DELETIONS, Instant::now() + SESSION_TIME),
        };
        let terms = SessionTerms {
            deletions,
            until,
            is_pipelined: session.is_pipelined(),
        };
        let (lane, commit_lane) = lanes();
        let committer = Committer {
            target: store,
            ledger,
            observer: self.observer,
            now: self.now,
        };
        let mut receiver = Receiver::new(
            store,
            self.observer,
            lane,
            self.now,
            terms,
            plan.items,
            tallies,
        );
        let (transferred, has_more, received, committed) = thread::scope(|scope| {
            scope.spawn(move || commit_lane.serve(committer));
            let transferred = session.transfer(&mut receiver);
            let has_more = receiver.has_more();
            let (received, committed) = receiver.finish();
            (transferred, has_more, received, committed)
        });
        self.is_first = false;
        self.connector.learn(&session);
        // Where something is deleted, the answers to DELE and QUIT would tell.
        let listens =
            committed.is_ok() && received.deleted.is_empty() && received.evidence.differs();
        let transferred = match transferred {
            Ok(()) if listens => session.listen().map_err(Interrupt::Session),
            transferred => transferred,
        };
        let doubts = match &transferred {
            Ok(()) => Doubts::none(),
            Err(interrupt) => received.evidence.doubts(interrupt),
        };
        let doubtful = self.count(&received, &doubts);
        let deleting = uids(&received.deleted);
        let noted = ledger
            .note_held(&received.held)
            .and_then(|()| ledger.note_deleted(&deleting))
            .and_then(|()| ledger.doubt(&doubtful));
        match transferred {
            Ok(()) => {}
            Err(Interrupt::Session(error)) => {
                // What failed on this side is what the user has to know.
                committed?;
                noted?;
                return Err(error.into());
            }
            Err(Interrupt::Work(error)) => {
                let _ = session.leave(Leave::Abandon);
                return Err(error);
            }
        }
        committed?;
        noted?;
        if listens {
            let _ = session.leave(Leave::Abandon);
            return Ok(Ended {
                has_more,
                ..Ended::default()
            });
        }
        let deleted = received.deleted.iter().map(|it| it.number).collect();
        self.summary.deleted += confirm(session, received.deleted, self.observer)?;
        deleting.iter().for_each(|uid| self.done.deleted(uid));
        Ok(Ended { has_more, deleted })
    }

    /// Adds what a transfer brought. Answers the uids whose messages may be
    /// other ones; the rest needs no second look in this run.
    fn count(&mut self, received: &Received, doubts: &Doubts) -> Vec<Uid> {
        if doubts.pipelining {
            self.connector.distrust_pipelining();
        }
        self.summary.stored += received.stored;
        self.summary.bytes += received.octets;
        self.taken.messages += received.messages;
        self.taken.octets += received.octets;
        let is_sure = |(_, place): &&(Uid, u32)| !doubts.has(*place);
        let (sure, doubtful): (Vec<_>, Vec<_>) = received.had.iter().partition(is_sure);
        let refused: Vec<_> = received.refused.iter().filter(is_sure).collect();
        self.summary.failed += (refused.len() + received.undeletable.len()) as u64;
        for (uid, _) in sure.into_iter().chain(refused) {
            self.done.had(uid);
        }
        for uid in &received.undeletable {
            self.done.undeletable(uid);
        }
        doubtful.into_iter().map(|(uid, _)| uid.clone()).collect()
    }

    /// The policy with the limits of what is left of the run. Other ids than
    /// before are no reset where the server lists mail in batches, or takes
    /// away what was retrieved, or has none.
    fn policy(&self, session: &Session<'_>) -> Policy {
        let mut policy = Policy {
            only_work: !self.job.dry_run,
            ..self.job.policy
        };
        policy.accept_uid_reset |=
            !self.is_first || self.job.no_uidl || session.facts().capabilities.expires_at_once();
        let limits = &mut policy.limits;
        limits.messages = limits
            .messages
            .map(|n| n.saturating_sub(self.taken.messages));
        limits.bytes = limits.bytes.map(|n| n.saturating_sub(self.taken.octets));
        policy
    }

    /// What is to be done.
    fn plan(&mut self, listing: &Listing, seen: &Seen, policy: &Policy) -> Result<Plan, Error> {
        let archive = match policy.all {
            true => self.archive()?,
            false => None,
        };
        let moment = Moment {
            now: self.now,
            done: &self.done,
            stands: &|uid, ordinal| {
                let archive = archive.as_ref();
                archive.is_some_and(|archive| archive.stands(uid, ordinal))
            },
        };
        let mut plan = plan::decide(listing, seen, policy, &moment).map_err(Error::UidReset)?;
        self.verify(&mut plan, seen)?;
        Ok(plan)
    }

    /// What stands in the target under its key; `None` where nothing can.
    fn archive(&self) -> Result<Option<Box<dyn Archive>>, Error> {
        let target = &self.job.target;
        if target.scheme().guarantee != Guarantee::ByKey {
            return Ok(None);
        }
        let reading = Reading {
            account: &self.job.account.id,
            cancel: self.cancel,
            disk: &self.disk,
        };
        match target.archive(&reading) {
            Err(store::Error::NoStore { .. }) => Ok(None),
            archive => Ok(Some(archive?)),
        }
    }

    /// `--delete-verified`: takes out deletions of what is not intact here.
    fn verify(&mut self, plan: &mut Plan, seen: &Seen) -> Result<(), Error> {
        if !self.job.delete_verified {
            return Ok(());
        }
        let survey = Survey {
            account: &self.job.account,
            target: &self.job.target,
            cancel: self.cancel,
            disk: &self.disk,
            observer: self.observer,
        };
        self.verified.restrict(plan, seen, &survey)
    }

    /// `--dry-run`: tells what would be done, and touches nothing.
    fn rehearse(&mut self) -> Result<(), Error> {
        let account = &self.job.account;
        let (state_dir, id) = (&account.state_dir, &account.id);
        let mut last = None;
        let seen = Ledger::peek_stored(state_dir, id, &*self.disk, &mut |stored| {
            last = Some(Arc::clone(&stored.receipt.target));
        })?;
        self.warn_of_target(last.as_deref(), &seen);
        self.connector.keep_nothing();
        let no_uidl = self.job.no_uidl;
        let (session, listed) = self.connector.ask(|session| {
            let mut listed = list(session, no_uidl)?;
            if !no_uidl {
                listing::add_sizes(session, &mut listed.listing)?;
            }
            Ok(listed)
        })?;
        let policy = self.policy(&session);
        let plan = self.plan(&listed.listing, &seen, &policy)?;
        self.announce(&session, &plan, listed);
        for item in plan.items {
            self.observer.notice(&Event::Planned(Planned {
                number: item.number,
                uid: item.uid,
                size: item.size,
                action: item.action.name(),
                then_delete: item.then_delete,
                reason: item.reason,
            }));
        }
        session.leave(Leave::Quit)?;
        Ok(())
    }
}

/// Asks what is there.
fn list(session: &mut Session<'_>, no_uidl: bool) -> Result<Listed, Error> {
    match no_uidl {
        true => listing::read_without_uidl(session),
        false => listing::read(session),
    }
}

/// What is to be retrieved.
fn retrieved(plan: &Plan) -> impl Iterator<Item = &Item> {
    plan.items.iter().filter(|item| item.action.retrieves())
}

/// Seconds since 1970 that the last run had not: they are in the names of
/// stored files, and tell whose those are. A clock that was set back by a
/// minute or more can bring old ones again; then what stands in the Maildir is
/// still believed for its size only.
fn own_second(now: u64, last: Option<u64>) -> u64 {
    match last {
        Some(last) if last >= now && last - now < 60 => last + 1,
        _ => now,
    }
}
