//! `list`: what is on the server.

use crate::base::{
    Cancel, Closing, Entry, Event, Failed, Headers, Listed, Listing, Observer, Summary,
};
use crate::message;
use crate::plan::Seen;
use crate::session::{Leave, Session};

use super::server::{doubt, headers};
use super::{Account, Connector, Context, Error, Outcome, listing};

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
    let context = Context::new(&job.account, cancel, observer);
    context.online(|connector, summary| {
        let mut lister = Lister { job, observer, summary };
        lister.run(connector, &context)
    })
}

struct Lister<'l> {
    job: &'l ListJob,
    observer: &'l dyn Observer,
    summary: &'l mut Summary,
}

/// A message, and whether it is new.
type Row = (Entry, bool);

impl Lister<'_> {
    fn run(&mut self, connector: &mut Connector<'_>, context: &Context<'_>) -> Result<(), Error> {
        let snapshot = context.snapshot()?;
        let (mut session, (listed, rows)) = connector.ask(|session| {
            let listed = listing::read_with_sizes(session)?;
            let rows = self.rows(&listed.listing, snapshot.seen())?;
            if self.job.headers && rows.len() > 1 {
                session.settle_pipelining()?;
            }
            Ok((listed, rows))
        })?;
        listed.count(self.observer, self.summary);
        self.summary.closing = Closing::List;
        self.summary.new = rows.iter().filter(|(_, is_new)| *is_new).count() as u64;
        if self.job.headers {
            self.with_headers(&mut session, rows)?;
        } else {
            rows.into_iter().for_each(|row| self.tell(row, None));
        }
        session.leave(Leave::Quit)?;
        Error::partial(self.summary.failed, self.summary.listed)
    }

    /// The messages that are wanted.
    fn rows(&self, listing: &Listing, seen: &Seen) -> Result<Vec<Row>, Error> {
        let new = listing::new_numbers(listing, seen)?;
        let entries = listing.entries().iter();
        let rows = entries.map(|entry| (entry.clone(), new.contains(&entry.number)));
        Ok(rows.filter(|(_, is_new)| *is_new || !self.job.only_new).collect())
    }

    /// Asks for all headers.
    fn with_headers(&mut self, session: &mut Session<'_>, rows: Vec<Row>) -> Result<(), Error> {
        let numbers: Vec<_> = rows.iter().map(|(entry, _)| entry.number).collect();
        let proof = doubt(session, numbers.len());
        let mut rows = rows.into_iter();
        headers(session, &numbers, message::MAX_HEADER, proof, |number, header| {
            let Some(row) = rows.next() else {
                return Ok(());
            };
            match header {
                Ok(header) => self.tell(row, Some(message::headers(header))),
                Err(status) => self.fail(Failed::new(number, row.0.uid, status.sanitized())),
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
