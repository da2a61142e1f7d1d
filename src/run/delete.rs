//! `delete`: messages are deleted on the server, by the user's own word.

use crate::base::{
    Cancel, Closing, Deletion, Entry, Event, Observer, Planned, Summary, WarningCode,
};
use crate::plan::Known;
use crate::session::Leave;
use crate::wait::now;

use super::select::{Wanted, select};
use super::{Account, Connector, Context, Error, Outcome, confirm, listing, uids};

/// One `delete` of one account.
#[derive(Clone, Debug)]
pub struct DeleteJob {
    /// Whose mail.
    pub account: Account,
    /// Which messages.
    pub wanted: Vec<Wanted>,
    /// Only tell what would be deleted.
    pub dry_run: bool,
    /// The server has no UIDL: the numbers of this session count.
    pub no_uidl: bool,
}

/// Deletes. Numbers mean those of this command's own session: the listing
/// that they are looked up in and DELE belong to the same one. Announces
/// [`Event::Deleted`] once the server has confirmed QUIT. If some of them were
/// never fetched, warns, and asks `may_go_on` before any is deleted.
pub fn delete(
    job: &DeleteJob,
    may_go_on: &dyn Fn() -> bool,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(&job.account, cancel, observer);
    context.online(|connector, summary| run(job, may_go_on, &context, connector, summary))
}

fn run(
    job: &DeleteJob,
    may_go_on: &dyn Fn() -> bool,
    context: &Context<'_>,
    connector: &mut Connector<'_>,
    summary: &mut Summary,
) -> Result<(), Error> {
    let observer = context.observer;
    let mut ledger = if job.dry_run || job.no_uidl {
        None
    } else {
        // Where nothing was ever fetched there is nothing to note.
        context.existing_ledger()?
    };
    let snapshot;
    let seen = match &ledger {
        Some(ledger) => ledger.seen(),
        None => {
            snapshot = context.snapshot()?;
            snapshot.seen()
        }
    };
    if job.dry_run {
        connector.keep_nothing();
    }
    let (mut session, listing) = connector.ask(|session| {
        if job.no_uidl {
            return Ok(listing::read_without_uidl(session)?.listing);
        }
        let mut listing = listing::read(session)?.listing;
        if job.dry_run {
            // For the reader of the rows; a deletion needs no sizes.
            listing::add_sizes(session, &mut listing)?;
        }
        Ok(listing)
    })?;
    summary.listed = listing.len() as u64;
    summary.closing = if job.dry_run { Closing::DryRun } else { Closing::Delete };
    let entries = select(&listing, &job.wanted)?;
    let new = listing::new_numbers(&listing, seen)?;
    // What was only marked as seen, imported or left by a rule is nowhere else.
    let is_stored = |entry: &&Entry| {
        let known = seen.get(&entry.uid).into_iter();
        known.flat_map(Known::copies).any(|(_, copy)| copy.hash().is_some())
    };
    let never_fetched =
        (entries.iter()).filter(|entry| new.contains(&entry.number) || !is_stored(entry));
    let never_fetched = never_fetched.count() as u64;
    if never_fetched > 0 {
        warn(never_fetched, entries.len() as u64, job.no_uidl, observer);
        if !job.dry_run && !may_go_on() {
            return Err(Error::NotConfirmed);
        }
    }
    if job.dry_run {
        for entry in entries {
            observer.notice(&Event::Planned(Planned {
                number: entry.number,
                size: entry.size(),
                uid: entry.uid,
                action: "delete",
                then_delete: false,
                reason: "asked for".into(),
            }));
        }
        return Ok(session.leave(Leave::Quit)?);
    }
    let wanted = entries.len() as u64;
    if let Some(ledger) = &mut ledger {
        let uids: Vec<_> = entries.iter().map(|entry| entry.uid.clone()).collect();
        ledger.note_deleting(&uids)?;
    }
    let numbers: Vec<_> = entries.iter().map(|entry| entry.number).collect();
    let answers = session.delete(&numbers)?;
    let mut deleted = Vec::new();
    for (Entry { number, uid, .. }, answer) in entries.into_iter().zip(answers) {
        match answer {
            Ok(()) => deleted.push(Deletion { number, uid }),
            Err(status) => {
                summary.failed += 1;
                let error = status.sanitized();
                observer.fail(number, uid, error);
            }
        }
    }
    let confirmed = uids(&deleted);
    let result = confirm(session, deleted, observer);
    if let Some(mut ledger) = ledger {
        if result.is_ok() {
            ledger.note_deleted(&confirmed, now())?;
        }
        ledger.close()?;
    }
    summary.deleted = result?;
    Error::partial(summary.failed, wanted)
}

fn warn(never_fetched: u64, wanted: u64, no_uidl: bool, observer: &dyn Observer) {
    let text = match (never_fetched, wanted) {
        _ if no_uidl => "without unique ids nothing tells what was ever fetched".to_owned(),
        (_, 1) => "the message to delete was never fetched".to_owned(),
        (all, wanted) if all == wanted => {
            format!("none of the {wanted} messages to delete was ever fetched")
        }
        (some, wanted) => format!("{some} of the {wanted} messages to delete were never fetched"),
    };
    let code = WarningCode::NeverFetched;
    observer.warn(code, text);
}
