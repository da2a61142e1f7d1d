//! `list`: what is on the server.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::{
    Cancel, Entry, Event, Failed, Headers, Listed, MessageNumber, Observer, Summary,
};
use crate::disk::RealDisk;
use crate::ledger::Ledger;
use crate::message;
use crate::session::{Leave, Request, Session};

use super::collect::collect;
use super::{Account, Connector, Error, Outcome, listing};

/// One `list` of one account.
#[derive(Clone, Debug)]
pub struct ListJob {
    /// Whose mail.
    pub account: Account,
    /// Ask for the headers (TOP), for date, sender and subject.
    pub headers: bool,
    /// Only what is not stored yet.
    pub only_new: bool,
}

/// Announces [`Event::Listed`] for each message.
pub fn list(job: &ListJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let disk = Arc::new(RealDisk::new());
    let mut connector = Connector::new(&job.account, cancel, observer, disk.clone());
    let mut listing = Lister {
        job,
        observer,
        summary: Summary::default(),
    };
    let result = listing.run(&mut connector, &disk);
    Outcome::new(listing.summary, result, connector.started())
}

struct Lister<'l> {
    job: &'l ListJob,
    observer: &'l dyn Observer,
    summary: Summary,
}

/// So many refusals in a row, and nothing else, make a server that has no TOP.
const DOUBT: usize = 3;

/// A message, and whether it is new.
type Row = (Entry, bool);

impl Lister<'_> {
    fn run(&mut self, connector: &mut Connector<'_>, disk: &RealDisk) -> Result<(), Error> {
        let account = &self.job.account;
        let seen = Ledger::peek(&account.state_dir, &account.id, disk)?;
        let mut session = connector.open()?;
        let listing = listing::read_with_sizes(&mut session, self.observer, &mut self.summary)?;
        let plan = listing::compare(&listing, &seen)?;
        let is_new = plan
            .items
            .iter()
            .map(|item| (item.number, item.action.is_new()));
        let new: HashMap<MessageNumber, bool> = is_new.collect();
        let mut rows = Vec::new();
        for entry in listing.entries() {
            let is_new = new.get(&entry.number).copied().unwrap_or(true);
            self.summary.new += u64::from(is_new);
            if is_new || !self.job.only_new {
                rows.push((entry.clone(), is_new));
            }
        }
        if self.job.headers {
            if rows.len() > 1 {
                session.settle_pipelining()?;
            }
            self.with_headers(&mut session, rows)?;
        } else {
            rows.into_iter().for_each(|row| self.tell(row, None));
        }
        session.leave(Leave::Quit)?;
        Error::partial(self.summary.failed, self.summary.listed)
    }

    /// Asks for all headers. A message may be gone since it was listed; but a
    /// server that does not announce TOP, and refuses the first few, has none.
    /// RETR is no substitute, because it may mark or delete.
    fn with_headers(&mut self, session: &mut Session<'_>, rows: Vec<Row>) -> Result<(), Error> {
        let mut doubt = match session.facts().capabilities.has("TOP") {
            true => None,
            false => Some(Vec::new()),
        };
        let few = rows.len().min(DOUBT);
        let requests = rows
            .iter()
            .map(|(entry, _)| Request::Top(entry.number, 0))
            .collect();
        let mut rows = rows.into_iter();
        collect(session, requests, message::HEADER_MAX, |number, header| {
            let Some(row) = rows.next() else {
                return Ok(());
            };
            let status = match header {
                Ok(header) => {
                    doubt
                        .take()
                        .into_iter()
                        .flatten()
                        .for_each(|f| self.fail(f));
                    self.tell(row, Some(message::headers(header)));
                    return Ok(());
                }
                Err(status) => status,
            };
            let failed = Failed {
                number,
                uid: row.0.uid,
                error: status.shown(),
            };
            match &mut doubt {
                None => self.fail(failed),
                Some(refused) if refused.len() + 1 < few => refused.push(failed),
                Some(_) => return Err(Error::TopRefused { text: failed.error }),
            }
            Ok(())
        })
    }

    fn tell(&self, (entry, new): Row, headers: Option<Headers>) {
        self.observer.notice(&Event::Listed(Box::new(Listed {
            number: entry.number,
            size: entry.size(),
            uid: entry.uid,
            new,
            headers,
        })));
    }

    fn fail(&mut self, failed: Failed) {
        self.summary.failed += 1;
        self.observer.notice(&Event::Failed(failed));
    }
}
