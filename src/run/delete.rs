//! `delete`: messages are deleted on the server, by the user's own word.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{Cancel, Deletion, Entry, Event, Failed, Observer, Planned, Summary};
use crate::disk::{Disk, RealDisk};
use crate::proto::Status;
use crate::session::{Leave, Next, Request, Work};

use super::select::{Wanted, select};
use super::state::open_existing;
use super::{Account, Connector, Error, Outcome, confirm, listing, uids};

/// One `delete` of one account.
#[derive(Clone, Debug)]
pub struct DeleteJob {
    /// Whose mail.
    pub account: Account,
    /// Which messages.
    pub wanted: Vec<Wanted>,
    /// Only tell what would be deleted.
    pub dry_run: bool,
}

/// Deletes. Numbers mean those of this command's own session: the listing
/// that they are looked up in and DELE belong to the same one. Announces
/// [`Event::Deleted`] once the server has confirmed QUIT.
pub fn delete(job: &DeleteJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let mut connector = Connector::new(&job.account, cancel, observer, Arc::clone(&disk));
    let mut summary = Summary::default();
    let result = run(job, &disk, &mut connector, cancel, observer, &mut summary);
    connector.outcome(summary, result)
}

fn run(
    job: &DeleteJob,
    disk: &Arc<dyn Disk>,
    connector: &mut Connector<'_>,
    cancel: &Cancel,
    observer: &dyn Observer,
    summary: &mut Summary,
) -> Result<(), Error> {
    let ledger = match job.dry_run {
        true => None,
        // Where nothing was ever fetched there is nothing to note.
        false => open_existing(&job.account, cancel, disk)?,
    };
    if job.dry_run {
        connector.keep_nothing();
    }
    let (mut session, listing) = connector.ask(|session| {
        let mut listing = listing::read(session)?.listing;
        if job.dry_run {
            // For whoever reads the rows; a deletion needs no sizes.
            listing::add_sizes(session, &mut listing)?;
        }
        Ok(listing)
    })?;
    summary.listed = listing.len() as u64;
    let entries = select(&listing, &job.wanted)?;
    if job.dry_run {
        for entry in entries {
            observer.notice(&Event::Planned(Planned {
                number: entry.number,
                size: entry.size(),
                uid: entry.uid,
                action: "delete",
                then_delete: false,
                reason: "asked for",
            }));
        }
        return Ok(session.leave(Leave::Quit)?);
    }
    let wanted = entries.len() as u64;
    let mut deleting = Deleting {
        to_ask: entries.into(),
        asked: VecDeque::new(),
        deleted: Vec::new(),
        failed: 0,
        observer,
    };
    session.transfer(&mut deleting)?;
    let Deleting {
        deleted, failed, ..
    } = deleting;
    summary.failed = failed;
    if let Some(mut ledger) = ledger {
        ledger.note_deleted(&uids(&deleted))?;
        ledger.close()?;
    }
    summary.deleted = confirm(session, deleted, observer)?;
    Error::partial(failed, wanted)
}

struct Deleting<'d> {
    to_ask: VecDeque<Entry>,
    asked: VecDeque<Entry>,
    deleted: Vec<Deletion>,
    failed: u64,
    observer: &'d dyn Observer,
}

impl Work for Deleting<'_> {
    type Error = Error;

    fn next(&mut self, _: Option<Duration>) -> Result<Next, Error> {
        let Some(entry) = self.to_ask.pop_front() else {
            return Ok(Next::Finished);
        };
        let request = Request::Delete(entry.number);
        self.asked.push_back(entry);
        Ok(Next::Send(request))
    }

    fn data(&mut self, _: &Request, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }

    fn done(&mut self, _: &Request, _: u64) -> Result<(), Error> {
        if let Some(Entry { number, uid, .. }) = self.asked.pop_front() {
            self.deleted.push(Deletion { number, uid });
        }
        Ok(())
    }

    fn refused(&mut self, _: &Request, status: Status) -> Result<(), Error> {
        self.failed += 1;
        if let Some(Entry { number, uid, .. }) = self.asked.pop_front() {
            let error = status.shown();
            self.observer
                .notice(&Event::Failed(Failed { number, uid, error }));
        }
        Ok(())
    }
}
