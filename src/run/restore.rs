//! `restore`: mail of any source, put into a target.
//!
//! What the target holds already is not stored a second time, so that a restore
//! that was broken off goes on where it was: a message counts by its SHA-256,
//! and one that the source has twice is stored twice. Where a target cannot be
//! read, what was handed on is known from the ledger, which a restore has for
//! each target ([`AccountId::of_restored`]); its unique ids are the SHA-256.

mod copies;

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{
    AccountId, Cancel, Closing, Disposition, Event, Failed, Failure, Hash, MessageNumber, Observer,
    Summary, Uid, Unrestored, WarningCode, counted, sanitized,
};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{Ledger, Lock, Snapshot};
use crate::plan::Seen;
use crate::store::source::{Aside, Position, Source, SourceItem};
use crate::store::{self, Guarantee, Handover, InDoubt, Kept, Key, Published, Setting, Target};
use crate::wait::{Timeouts, now};

use self::copies::Copies;
use super::commit::{Arrived, Committed, Committer, Content};
use super::export::{MAX_KEPT, PIECE};
use super::{Error, Outcome, recover};

/// Messages that become durable at once, and their octets.
const MAX_BATCH: usize = 500;
const MAX_BATCH_OCTETS: u64 = 32 << 20;

/// One `restore`.
#[derive(Clone, Debug)]
pub struct RestoreJob {
    /// Where mail is.
    pub source: PathBuf,
    /// Where it goes.
    pub target: Target,
    /// Folder of all state.
    pub state_dir: PathBuf,
    /// How it is handed on, where it is.
    pub handover: Handover,
    /// Only count.
    pub dry_run: bool,
    /// How long to wait while others have the target locked.
    pub timeout: Duration,
}

/// Stores what the source has and the target has not. Announces
/// [`Event::Message`] for each message once it is durable, and
/// [`Event::Unrestored`] for what could not be had.
pub fn restore(job: &RestoreJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    restore_on(Arc::new(RealDisk::new()), job, cancel, observer)
}

/// The same on a given file system.
pub(crate) fn restore_on(
    disk: Arc<dyn Disk>,
    job: &RestoreJob,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let started = Instant::now();
    let mut summary = Summary {
        closing: if job.dry_run { Closing::RestoreDryRun } else { Closing::Restore },
        ..Summary::default()
    };
    let run = Run { job, cancel, observer, disk };
    let result = if job.dry_run { run.rehearse(&mut summary) } else { run.restore(&mut summary) };
    Outcome::new(summary, result, started)
}

struct Run<'r> {
    job: &'r RestoreJob,
    cancel: &'r Cancel,
    observer: &'r dyn Observer,
    disk: Arc<dyn Disk>,
}

impl Run<'_> {
    fn restore(&self, summary: &mut Summary) -> Result<(), Error> {
        let RestoreJob { target, state_dir, .. } = self.job;
        let source = self.open()?;
        let account = self.account();
        let wait = Duration::ZERO;
        let lock = Lock::take(state_dir, &account, wait, self.cancel, &self.disk)?;
        let mut ledger = Ledger::open(lock, Arc::clone(&self.disk))?;
        let setting = || Setting {
            account: account.clone(),
            scratch: state_dir.join(account.as_str()),
            // A user who restores may have lost all that was there.
            had_mail: false,
            lock_wait: self.job.timeout,
            cancel: self.cancel.clone(),
            // Restoring takes as long as it takes.
            deadline: Timeouts::new(Duration::MAX, Duration::MAX, self.cancel).deadline,
            handover: self.job.handover.clone(),
            disk: Arc::clone(&self.disk),
        };
        recover::settle(target, &mut ledger, &setting(), self.observer)?;
        let delivery = target.open(&setting())?;
        // A killed run may have published what is not durable yet.
        let published = delivery.published()?;
        let copies = self.copies(ledger.seen())?;
        ledger.looked();
        let committer = Committer {
            target: &*delivery,
            ledger: &mut ledger,
            observer: self.observer,
            now: now(),
        };
        let result = self.fill(&source, Some(committer), copies, published, summary);
        for warning in delivery.warnings() {
            self.observer.notice(&Event::Warning(warning));
        }
        match &result {
            Err(Error::Store(error)) if error.is_ours() => {}
            Err(Error::Ledger(_)) => {}
            _ => ledger.close()?,
        }
        result
    }

    fn open(&self) -> Result<Source, Error> {
        Ok(Source::open(&self.job.source, self.cancel, &self.disk)?)
    }

    fn account(&self) -> AccountId {
        AccountId::of_restored(self.job.target.name())
    }

    /// What its ledger says, without a lock.
    fn snapshot(&self) -> Result<Snapshot, Error> {
        let (dir, account) = (&self.job.state_dir, self.account());
        Ok(Snapshot::read(dir, &account, &*self.disk)?)
    }

    /// What the target holds, and what it may hold if that is to stay so.
    fn copies(&self, seen: &Seen) -> Result<Copies, Error> {
        let mut copies = match self.job.target.scheme().guarantee {
            Guarantee::Acknowledged => self.handed_on()?,
            Guarantee::ByKey | Guarantee::Announced => self.held()?,
        };
        if self.job.handover.in_doubt == InDoubt::Hold {
            copies.note_doubts(seen);
        }
        Ok(copies)
    }

    /// The messages that earlier runs handed on.
    fn handed_on(&self) -> Result<Copies, Error> {
        let mut copies = Copies::default();
        self.snapshot()?.stored(|stored| {
            copies.of(stored.hash).held += 1;
            Ok::<_, Error>(())
        })?;
        Ok(copies)
    }

    /// The messages that are there, no matter who stored them.
    fn held(&self) -> Result<Copies, Error> {
        let mut copies = Copies::default();
        let path = self.job.target.path();
        match self.disk.stat(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(copies),
            _ => {}
        }
        let target = Source::open(path, self.cancel, &self.disk)?;
        let mut failed = None;
        target.each(&mut Kept::nothing(), &mut |_, found, _| {
            match found {
                SourceItem::Message { reread, .. } => copies.of(reread.hash).held += 1,
                SourceItem::Unfit(_) => {}
                SourceItem::Unread(error) => failed = Some(error),
            }
            match failed {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        })?;
        match failed {
            None => Ok(copies),
            Some(error) => Err(error.into()),
        }
    }

    fn fill(
        &self,
        source: &Source,
        delivery: Option<Committer<'_>>,
        copies: Copies,
        published: Published,
        summary: &mut Summary,
    ) -> Result<(), Error> {
        let mut filling = Filling {
            run: self,
            source,
            delivery,
            copies,
            published,
            now: now(),
            batch: Vec::new(),
            octets: 0,
            unfit: 0,
            deferred: 0,
            summary,
        };
        filling.go()
    }

    /// Counts what would be restored; nothing is created.
    fn rehearse(&self, summary: &mut Summary) -> Result<(), Error> {
        let source = self.open()?;
        self.job.target.examine(&RealDisk::new())?;
        let copies = self.copies(self.snapshot()?.seen())?;
        self.fill(&source, None, copies, Published::default(), summary)
    }
}

/// The source on its way into the target.
struct Filling<'f> {
    run: &'f Run<'f>,
    source: &'f Source,
    /// `None` in a dry run.
    delivery: Option<Committer<'f>>,
    copies: Copies,
    /// What is in the target under its key.
    published: Published,
    now: u64,
    batch: Vec<Arrived>,
    octets: u64,
    unfit: u64,
    deferred: u64,
    summary: &'f mut Summary,
}

impl Filling<'_> {
    fn go(&mut self) -> Result<(), Error> {
        let mut kept = Kept::up_to(MAX_KEPT);
        let mut failed = None;
        let source = self.source;
        let read = source.each(&mut kept, &mut |name, found, kept| {
            failed = self.take(name, found, kept).err();
            match failed {
                None if !self.takes_no_more() => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        // What was read before something went wrong is restored.
        self.commit()?;
        self.tell(&read?);
        let (found, unfit, deferred) = (self.summary.listed, self.unfit, self.deferred);
        match self.summary.failed - unfit - deferred {
            0 if unfit > 0 => Err(Error::Unrestored { unfit, found }),
            0 if deferred == 0 => Ok(()),
            refused => Err(Error::NotTaken { refused, deferred }),
        }
    }

    fn takes_no_more(&self) -> bool {
        let committer = self.delivery.as_ref();
        committer.is_some_and(|committer| committer.target.takes_no_more())
    }

    fn take(&mut self, name: &str, found: SourceItem, kept: &Kept) -> Result<(), Error> {
        self.summary.listed += 1;
        let (place, reread, seconds) = match found {
            SourceItem::Message { place, reread, seconds } => (place, reread, seconds),
            SourceItem::Unfit(error) => {
                self.leave_out(name, error);
                return Ok(());
            }
            SourceItem::Unread(error) => {
                self.leave_out(name, text_of(&error));
                return Ok(());
            }
        };
        let scheme = self.run.job.target.scheme();
        let hash = if scheme.ends_lines { reread.ended } else { reread.hash };
        if !self.copies.lacks(hash, scheme.keeps_copies) {
            self.summary.skipped += 1;
            return Ok(());
        }
        let Some(uid) = Uid::new(hash.to_string().as_bytes()) else {
            return Ok(());
        };
        // What a killed run published has its ordinal, and it need not be the
        // first.
        let is_free =
            |ordinal: &u32| !scheme.keeps_copies || self.published.find(&uid, *ordinal).is_none();
        let next = self.copies.of(hash).next;
        let ordinal = (next..).find(is_free).unwrap_or(next);
        self.copies.of(hash).next = ordinal + 1;
        let number = u32::try_from(self.summary.listed).ok();
        let Some(number) = number.and_then(MessageNumber::new) else {
            self.leave_out(name, "the source has too many messages".to_owned());
            return Ok(());
        };
        if self.copies.is_doubtful(&uid, ordinal) {
            let account = self.run.account();
            let error = format!(
                "it may have been handed on already, as {}: in_doubt = \"again\" has it handed on \
                 again",
                store::key_text(&account, &uid, ordinal)
            );
            self.summary.failed += 1;
            let failed = Failed::new(number, uid, error);
            self.run.observer.notice(&Event::Failed(failed));
            return Ok(());
        }
        self.summary.new += 1;
        let key = Key {
            seconds: seconds.filter(|seconds| *seconds <= self.now).unwrap_or(self.now),
            uid: uid.clone(),
            ordinal,
        };
        let content = match self.draft(&place, hash, key, kept)? {
            None => return Ok(()),
            Some(Ok(content)) => content,
            Some(Err(error)) => {
                self.leave_out(name, error);
                return Ok(());
            }
        };
        self.batch.push(Arrived {
            number,
            uid,
            listed: Some(reread.octets),
            octets: reread.octets,
            then_delete: false,
            content,
        });
        self.octets += kept.len();
        if self.batch.len() >= MAX_BATCH || self.octets >= MAX_BATCH_OCTETS {
            self.commit()?;
        }
        Ok(())
    }

    /// Writes a message into a draft; `None` in a dry run. One that cannot be
    /// read a second time is left out.
    fn draft(
        &self,
        place: &Position,
        hash: Hash,
        key: Key,
        kept: &Kept,
    ) -> Result<Option<Result<Content, String>>, Error> {
        let Some(committer) = &self.delivery else {
            return Ok(None);
        };
        let mut draft = committer.target.draft(key)?;
        if kept.is_whole() {
            for piece in kept.bytes().chunks(PIECE) {
                draft.write(piece)?;
            }
        } else {
            let mut is_ours = false;
            let read = self
                .source
                .read(place, &mut |piece| draft.write(piece).inspect_err(|_| is_ours = true));
            match read {
                Err(error @ store::Error::Cancelled(_)) => return Err(error.into()),
                Err(error) if is_ours => return Err(error.into()),
                Err(error) => return Ok(Some(Err(text_of(&error)))),
                Ok(_) => {}
            }
        }
        let sealed = draft.seal()?;
        Ok(Some(if sealed.hash() == hash {
            Ok(Content::New(sealed))
        } else {
            Err("it was changed while it was read".to_owned())
        }))
    }

    fn commit(&mut self) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.batch);
        self.octets = 0;
        let (Some(committer), false) = (&mut self.delivery, batch.is_empty()) else {
            return Ok(());
        };
        self.run.cancel.check()?;
        committer.target.greet()?;
        let prepared = committer.prepare(batch)?;
        let Committed { settled, failed } = committer.publish(prepared)?;
        let is_deferred = |(_, how): &&(Uid, Disposition)| *how == Disposition::Deferred;
        self.deferred += failed.iter().filter(is_deferred).count() as u64;
        self.summary.failed += failed.len() as u64;
        self.summary.stored += settled.len() as u64;
        self.summary.bytes += settled.iter().map(|settled| settled.octets).sum::<u64>();
        // It may have left the rest of the batch.
        Ok(self.run.cancel.check()?)
    }

    fn leave_out(&mut self, name: &str, error: String) {
        self.unfit += 1;
        self.summary.failed += 1;
        let file = name.to_owned();
        self.run.observer.notice(&Event::Unrestored(Box::new(Unrestored { file, error })));
    }

    fn tell(&self, aside: &Aside) {
        let warn = |code, text| {
            self.run.observer.warn(code, text);
        };
        if let Some(example) = &aside.example {
            let files = counted(aside.left_out, "file");
            let example = sanitized(example.as_bytes());
            warn(
                WarningCode::NotMail,
                format!("left out, as no messages by their names: {files}, such as {example}"),
            );
        }
        if aside.torn {
            let path = sanitized(self.source.path().as_os_str().as_encoded_bytes());
            warn(
                WarningCode::TornSource,
                format!("{path} does not end with an empty line: its last message may be cut"),
            );
        }
    }
}

/// An error in one line.
fn text_of(error: &store::Error) -> String {
    Failure::from_error(error.class(), error).text()
}
