//! What is on the server, as a listing to plan with: unique ids by UIDL,
//! sizes by LIST, and a made-up id for a message that has none.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::base::{Entry, Event, Failed, Listing, MessageNumber, Observer, Summary, Uid};
use crate::plan::{self, Moment, Plan, Policy, Seen};
use crate::session::{Request, Session, Sizes, UidList};
use crate::wait::now;

use super::collect::collect;
use crate::run::Error;

/// Octets of a header that count for a made-up id.
const HEADER_OCTETS: usize = 64 * 1024;

/// A complete listing, and what could not be listed.
#[derive(Debug, Default)]
pub(in crate::run) struct Listed {
    /// What can be worked on.
    pub(in crate::run) listing: Listing,
    /// Messages without a unique id, for which none could be made up.
    pub(in crate::run) failed: Vec<Failed>,
    /// Lines of the server's listing that made no sense.
    pub(in crate::run) nonsense: u64,
}

/// Asks for the unique ids (UIDL). A message without one gets an id made of
/// its header (TOP n 0), as RFC 1939 §7 lets servers do.
pub(in crate::run) fn read(session: &mut Session<'_>) -> Result<Listed, Error> {
    let list = session.uidl()?;
    complete(session, list)
}

/// Makes up the ids that are missing.
fn complete(session: &mut Session<'_>, list: UidList) -> Result<Listed, Error> {
    let mut entries = list.listing.into_entries();
    let mut failed = Vec::new();
    let requests = list.without_uid.iter().map(|number| Request::Top(*number, 0));
    collect(session, requests.collect(), HEADER_OCTETS, |number, header| {
        match header {
            Ok(header) => {
                let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(header)[..16]);
                entries.extend(entry(number, &format!("header:{hash}"), None));
            }
            Err(status) => failed.extend(Uid::new(b"?").map(|uid| {
                let status = status.sanitized();
                let error = format!("it has no unique id, and TOP was refused: {status}");
                Failed::new(number, uid, error)
            })),
        }
        Ok(())
    })?;
    Ok(Listed { listing: Listing::new(entries), failed, nonsense: list.nonsense })
}

/// Asks for ids and sizes, for commands that look at all there is.
pub(in crate::run) fn read_with_sizes(session: &mut Session<'_>) -> Result<Listed, Error> {
    let (uids, sizes) = session.uidl_and_list()?;
    let mut listed = complete(session, uids)?;
    set_sizes(&mut listed.listing, sizes);
    Ok(listed)
}

impl Listed {
    /// Reports what could not be listed, and how many these are.
    pub(in crate::run) fn tell_failed(&self, observer: &dyn Observer) -> u64 {
        for failed in &self.failed {
            observer.notice(&Event::Failed(failed.clone()));
        }
        self.failed.len() as u64
    }

    /// Counts what is listed, and tells and counts what could not be.
    pub(in crate::run) fn count(&self, observer: &dyn Observer, summary: &mut Summary) {
        summary.listed = self.listing.len() as u64;
        summary.failed += self.tell_failed(observer);
    }
}

/// What `fetch` would do with each message, for commands that only look.
pub(in crate::run) fn compare(listing: &Listing, seen: &Seen) -> Result<Plan, Error> {
    // Looking stores nothing, so a reset of the ids needs no guard.
    let policy = Policy { accept_uid_reset: true, ..Policy::default() };
    plan::decide(listing, seen, &policy, &Moment::at(now())).map_err(Error::UidReset)
}

/// The numbers of the messages that `fetch` would take for new.
pub(in crate::run) fn new_numbers(
    listing: &Listing,
    seen: &Seen,
) -> Result<HashSet<MessageNumber>, Error> {
    let items = compare(listing, seen)?.items;
    let kept = items.iter().filter(|item| !item.action.is_new());
    let kept: HashSet<MessageNumber> = kept.map(|item| item.number).collect();
    let numbers = listing.entries().iter().map(|entry| entry.number);
    Ok(numbers.filter(|number| !kept.contains(number)).collect())
}

/// For a server without UIDL: the numbers of LIST, each with an id that is
/// good for this session only. No two sessions may share one, or another
/// message would be taken for a stored one.
pub(in crate::run) fn read_without_uidl(session: &mut Session<'_>) -> Result<Listed, Error> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nonce = since.map_or(0, |elapsed| elapsed.as_nanos());
    let sizes = session.list()?.ok_or(Error::ListRefused)?;
    if sizes.is_empty() {
        session.check_empty("LIST")?;
    }
    let entries = sizes
        .into_iter()
        .filter_map(|(number, size)| entry(number, &format!("no-uidl:{nonce}:{number}"), size));
    Ok(Listed { listing: Listing::new(entries.collect()), ..Listed::default() })
}

fn entry(number: MessageNumber, uid: &str, size: Option<u64>) -> Option<Entry> {
    let uid = Uid::new(uid.as_bytes())?;
    Some(Entry::new(number, uid, size))
}

/// Asks for the sizes (LIST), where they can be had.
pub(in crate::run) fn add_sizes(
    session: &mut Session<'_>,
    listing: &mut Listing,
) -> Result<(), Error> {
    if listing.is_empty() {
        return Ok(());
    }
    set_sizes(listing, session.list()?);
    Ok(())
}

/// Notes the sizes that are known.
fn set_sizes(listing: &mut Listing, sizes: Option<Sizes>) {
    for (number, size) in sizes.into_iter().flatten() {
        if let Some(size) = size {
            listing.set_size(number, size);
        }
    }
}
