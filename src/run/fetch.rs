//! `fetch`: one run over one maildrop, in as many sessions as it takes.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::base::{
    Cancel, Event, Observer, SessionFacts, Skipped, Summary, Uid, Warning, WarningCode,
};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{Ledger, Lock};
use crate::plan::{self, Action, Item, Plan, Policy, Seen};
use crate::proto::Expiry;
use crate::session::{Interrupt, Leave, Session};
use crate::store::{Key, Published, Store, Target};

use super::commit::Committer;
use super::listing::{self, Listed};
use super::receive::{Received, Receiver, SessionBounds, lanes};
use super::survey::{Survey, Verified};
use super::{Connector, Error, FetchJob, Outcome, confirm, now, recover, target, uids};

/// Deletions after which a session quits, so that the server does them, and
/// another one goes on: a cut in a long run costs little.
const SESSION_DELETIONS: usize = 1_000;
/// Time after which it does, if anything is to be deleted.
const SESSION_TIME: Duration = Duration::from_secs(15 * 60);

/// Messages of a listing that are so many that they may be a batch: Gmail
/// lists a few hundred of more, and the next ones once these are gone, which
/// they are after QUIT (EXPIRE 0) or when deleted.
const LISTING_BATCH: usize = 200;

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
        handled: HashMap::new(),
        taken: Taken::default(),
        verified: Verified::default(),
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
enum Round {
    /// There is nothing left to do.
    Complete,
    /// There is more for another session.
    More,
}

struct Run<'r> {
    job: &'r FetchJob,
    cancel: &'r Cancel,
    observer: &'r dyn Observer,
    disk: Arc<dyn Disk>,
    connector: Connector<'r>,
    now: u64,
    summary: Summary,
    /// How many messages of a uid need no second look in this run.
    handled: HashMap<Uid, u32>,
    taken: Taken,
    verified: Verified,
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
        if let octets @ 1.. = ledger.repaired_tail() {
            self.observer.notice(&Event::Note(format!(
                "an interrupted run left a torn line in the ledger; its {octets} octets were cut off"
            )));
        }
        let store = Store::open(
            &self.job.target,
            &account.id,
            ledger.dir(),
            self.connector.at_most(account.access.timeout),
            self.cancel,
            Arc::clone(&self.disk),
        )?;
        for warning in store.warnings() {
            self.observer.notice(&Event::Warning(warning));
        }
        recover::settle(&store, &mut ledger, self.observer)?;
        let last = target::last(ledger.dir(), &*self.disk);
        self.warn_of_target(last.as_ref(), ledger.seen());
        target::remember(&self.job.target, last.as_ref(), ledger.dir(), &*self.disk);
        let result = self.sessions(&store, &mut ledger);
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
    /// is made anew once.
    fn sessions(&mut self, store: &Store, ledger: &mut Ledger) -> Result<(), Error> {
        let mut reconnected = false;
        loop {
            match self.session(store, ledger) {
                Ok(Round::Complete) => return Ok(()),
                Ok(Round::More) => {}
                Err(error) => {
                    let is_news = self.connector.heed(&error);
                    let is_lost =
                        matches!(&error, Error::Session(error) if error.is_connection_lost());
                    if reconnected || !(is_news || is_lost && !self.is_first) {
                        return Err(error);
                    }
                    reconnected = true;
                    self.connector.tell_of_another(&error);
                }
            }
        }
    }

    fn session(&mut self, store: &Store, ledger: &mut Ledger) -> Result<Round, Error> {
        self.connector.await_login()?;
        let mut session = self.connector.open()?;
        let mut listed = list(&mut session, self.job.no_uidl)?;
        let listing = &mut listed.listing;
        let published = self.published(store, ledger)?;
        if self.is_first && ledger.is_unclean() {
            recover::adopt(store, &published, ledger, listing, self.now, self.observer)?;
        }
        let policy = self.remaining(&session);
        if !self.job.no_uidl && plan::needs_sizes(listing, ledger.seen(), &policy, self.now) {
            listing::add_sizes(&mut session, listing)?;
        }
        let mut plan = match plan::decide(listing, ledger.seen(), &policy, self.now) {
            Ok(plan) => self.without_handled(plan, &published),
            Err(reset) => {
                // Without QUIT nothing can change on the server.
                let _ = session.leave(Leave::Abandon);
                return Err(Error::UidReset(reset));
            }
        };
        self.verify(&mut plan, ledger.seen())?;
        if retrieved(&plan).nth(1).is_some() {
            session.settle_pipelining()?;
        }
        // Up to here another session can begin anew.
        ledger.note_listing(listing, self.now)?;
        let len = listing.len();
        self.announce(&session, &plan, listed);
        let expires = session.facts().capabilities.expires_at_once();
        let is_batch = plan.items.len() == len && self.is_batch(&plan, expires);
        let round = self.transfer(session, store, ledger, plan)?;
        self.is_news = is_batch && matches!(round, Round::Complete);
        Ok(if is_batch { Round::More } else { round })
    }

    /// Whether a plan that holds all that is listed may be that of one batch
    /// of several: a large one in which everything is worked on in this run,
    /// and something in this session, and of which nothing stays.
    fn is_batch(&self, plan: &Plan, expires: bool) -> bool {
        let vanishes = |item: &Item| {
            let retrieved = item.action.retrieves() && (expires || item.then_delete);
            retrieved || item.action == Action::Delete
        };
        plan.items.len() >= LISTING_BATCH
            && plan.items.iter().any(vanishes)
            && (plan.items.iter())
                .all(|item| vanishes(item) || self.handled.contains_key(&item.uid))
    }

    fn warn(&self, code: WarningCode, text: String) {
        self.observer
            .notice(&Event::Warning(Warning { code, text }));
    }

    /// Retrieves and deletes what the plan says, and ends the session.
    fn transfer(
        &mut self,
        mut session: Session<'r>,
        store: &Store,
        ledger: &mut Ledger,
        plan: Plan,
    ) -> Result<Round, Error> {
        let fetched = || retrieved(&plan);
        let messages = fetched().count();
        let deletes = plan.items.iter().any(|item| item.action == Action::Delete);
        if messages == 0 && !deletes {
            self.is_first = false;
            session.leave(Leave::Quit)?;
            return Ok(Round::Complete);
        }
        self.observer.notice(&Event::Transfer {
            messages: messages as u64,
            octets: fetched().map(|item| item.size).sum(),
        });
        ledger.renew(&plan)?;
        let tallies = fetched().map(|item| {
            let seen = ledger.seen();
            let tally = match item.action {
                Action::Compare => seen.tally(&item.uid),
                // Whatever is known of it counts for nothing (`--all`).
                _ => seen.tally_anew(&item.uid),
            };
            (item.uid.clone(), tally)
        });
        let tallies = tallies.collect();
        // Where sessions must keep their distance, one has to do.
        let bounds = match self.connector.has_login_delay() {
            true => SessionBounds {
                deletions: usize::MAX,
                until: self.connector.until(),
            },
            false => SessionBounds {
                deletions: SESSION_DELETIONS,
                until: Instant::now() + SESSION_TIME,
            },
        };
        let (lane, commit_lane) = lanes();
        let committer = Committer {
            store,
            ledger,
            observer: self.observer,
            now: self.now,
        };
        let mut receiver = Receiver::new(
            store,
            self.observer,
            lane,
            self.now,
            bounds,
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
        self.count(&received);
        let transferred = match transferred {
            Ok(()) => Ok(()),
            Err(Interrupt::Session(error)) => Err(error),
            Err(Interrupt::Work(error)) => {
                let _ = session.leave(Leave::Abandon);
                return Err(error);
            }
        };
        committed?;
        let Received { held, deleted, .. } = received;
        ledger.note_held(&held)?;
        ledger.note_deleted(&uids(&deleted))?;
        transferred?;
        self.summary.deleted += confirm(session, deleted, self.observer)?;
        Ok(if has_more {
            Round::More
        } else {
            Round::Complete
        })
    }

    /// Adds what a transfer brought.
    fn count(&mut self, received: &Received) {
        self.summary.stored += received.stored;
        self.summary.failed += received.failed;
        self.summary.bytes += received.octets;
        self.taken.messages += received.messages;
        self.taken.octets += received.octets;
        for uid in &received.handled {
            *self.handled.entry(uid.clone()).or_default() += 1;
        }
    }

    /// The policy with the limits of what is left of the run. Other ids than
    /// before are no reset where the server lists mail in batches, or takes
    /// away what was retrieved.
    fn remaining(&self, session: &Session<'_>) -> Policy {
        let mut policy = Policy {
            only_work: true,
            ..self.job.policy
        };
        policy.accept_uid_reset |= !self.is_first || session.facts().capabilities.expires_at_once();
        let limits = &mut policy.limits;
        limits.messages = limits
            .messages
            .map(|n| n.saturating_sub(self.taken.messages));
        limits.bytes = limits.bytes.map(|n| n.saturating_sub(self.taken.octets));
        policy
    }

    /// What stands in the Maildir under our keys, if that has to be known.
    fn published(&self, store: &Store, ledger: &Ledger) -> Result<Published, Error> {
        if (self.is_first && ledger.is_unclean()) || self.job.policy.all {
            Ok(store.published()?)
        } else {
            Ok(Published::default())
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

    /// Leaves out what this run has done already (in an earlier session), and
    /// with `--all` what still stands in the Maildir.
    fn without_handled(&self, mut plan: Plan, published: &Published) -> Plan {
        let mut handled = self.handled.clone();
        let mut ordinals: HashMap<Uid, u32> = HashMap::new();
        for item in plan.items.iter_mut().filter(|item| item.action.retrieves()) {
            if let Some(count @ 1..) = handled.get_mut(&item.uid) {
                *count -= 1;
                item.action = Action::Keep;
                item.reason = "done in this run";
            } else if self.job.policy.all {
                let next = ordinals.entry(item.uid.clone()).or_default();
                let key = Key {
                    uid: item.uid.clone(),
                    ordinal: *next,
                    seconds: self.now,
                };
                *next += 1;
                if published.find(&key).is_some() {
                    item.action = Action::Keep;
                    item.reason = "in the Maildir";
                }
            }
        }
        plan
    }

    /// Tells what there is and what becomes of it. What cannot be worked on
    /// is told once.
    fn announce(&mut self, session: &Session<'_>, plan: &Plan, listed: Listed) {
        if self.is_first {
            if listed.nonsense > 0 {
                self.warn(
                    WarningCode::ListingNonsense,
                    match listed.nonsense {
                        1 => "a line of the listing names no message".to_owned(),
                        lines => format!("{lines} lines of the listing name no message"),
                    },
                );
            }
            self.summary.failed += listed.tell_failed(self.observer);
        }
        let listed = listed.listing.len() as u64;
        let new = plan
            .items
            .iter()
            .filter(|item| item.action.is_new())
            .count() as u64;
        if self.is_news {
            self.summary.listed += if self.is_first { listed } else { new };
            self.summary.new += new;
            self.is_news = false;
        }
        self.observer
            .notice(&Event::Session(facts(session, self.job, listed, new)));
        for warning in &plan.warnings {
            self.observer.notice(&Event::Warning(warning.clone()));
        }
        self.warn_of_expiry(session, new > 0);
        for item in plan.items.iter().filter(|item| item.action == Action::Skip) {
            self.summary.skipped += 1;
            self.observer.notice(&Event::Skipped(Skipped {
                number: item.number,
                uid: item.uid.clone(),
                size: item.size,
                reason: item.reason,
            }));
        }
    }

    /// Messages stay in another target, and `--all` is not there to store
    /// them in this one too.
    fn warn_of_target(&self, last: Option<&Target>, seen: &Seen) {
        if self.job.policy.all {
            return;
        }
        if let Some(warning) = target::changed(&self.job.target, last, seen, &*self.disk) {
            self.observer.notice(&Event::Warning(warning));
        }
    }

    /// The server deletes by itself what the user wants to stay there.
    fn warn_of_expiry(&mut self, session: &Session<'_>, retrieves: bool) {
        let keeps = match self.job.policy.disposal {
            plan::Disposal::Keep => Duration::MAX,
            plan::Disposal::Delete => return,
            plan::Disposal::DeleteAfter(time) => time,
        };
        let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 3600);
        let (code, what) = match session.facts().capabilities.expiry() {
            Some(Expiry::AtOnce) if retrieves => (
                WarningCode::ExpireAtOnce,
                "whatever was retrieved (EXPIRE 0), asked to or not".to_owned(),
            ),
            Some(Expiry::Days(n)) if keeps > days(n) => (
                WarningCode::Expire,
                format!("messages after {n} days (EXPIRE), asked to or not"),
            ),
            _ => return,
        };
        if self.is_first && self.connector.must_warn() {
            self.warn(code, format!("the server may delete {what}"));
        }
    }

    /// `--dry-run`: tells what would be done, and touches nothing.
    fn rehearse(&mut self) -> Result<(), Error> {
        let account = &self.job.account;
        let seen = Ledger::peek(&account.state_dir, &account.id, &*self.disk)?;
        let last = target::last(&account.dir(), &*self.disk);
        self.warn_of_target(last.as_ref(), &seen);
        self.connector.keep_nothing();
        let no_uidl = self.job.no_uidl;
        let (session, listed) = self.connector.ask(|session| {
            let mut listed = list(session, no_uidl)?;
            listing::add_sizes(session, &mut listed.listing)?;
            Ok(listed)
        })?;
        let mut plan = plan::decide(&listed.listing, &seen, &self.job.policy, self.now)
            .map_err(Error::UidReset)?;
        self.verify(&mut plan, &seen)?;
        self.announce(&session, &plan, listed);
        for item in plan.items {
            self.observer.notice(&Event::Planned {
                number: item.number,
                uid: item.uid,
                size: item.size,
                action: item.action.name(),
                then_delete: item.then_delete,
                reason: item.reason,
            });
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

fn facts(session: &Session<'_>, job: &FetchJob, listed: u64, new: u64) -> SessionFacts {
    let facts = session.facts();
    SessionFacts {
        host: job.account.access.route.host.clone(),
        port: facts.port,
        tls: facts.tls.is_some(),
        greeting: facts.greeting.clone(),
        capabilities: facts.capabilities.lines().to_vec(),
        listed,
        new,
    }
}
